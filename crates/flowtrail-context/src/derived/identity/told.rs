//! Services that do what their caller wrote down.
//!
//! When a person reads a secret, Secrets Manager calls KMS in that person's
//! name; the second call is a by-product of the first. When a person creates a
//! stack, `CloudFormation` makes in that person's name whatever the template
//! says, an administrator included. The first kind is the service's doing, the
//! second the person's, or else a template would be a way around every rule
//! that leaves services out.

use super::super::text::service_labels;

/// The labels of services that run templates, documents, pipelines, queries,
/// notebooks or requests of their caller.
const ACT_AS_TOLD: &[&[u8]] = &[
    b"amplify",
    b"apigateway",
    b"appsync",
    b"athena",
    b"batch",
    b"bedrock",
    b"cloud9",
    b"cloudcontrolapi",
    b"cloudformation",
    b"cloudshell",
    b"codebuild",
    b"codecatalyst",
    b"codedeploy",
    b"codepipeline",
    b"datapipeline",
    b"elasticbeanstalk",
    b"elasticmapreduce",
    b"emr-serverless",
    b"glue",
    b"opsworks",
    b"pipes",
    b"proton",
    b"quicksight",
    b"redshift",
    b"redshift-data",
    b"sagemaker",
    b"scheduler",
    b"servicecatalog",
    b"ssm",
    b"states",
];

/// Of these, the ones that set infrastructure up from a description.
const PROVISION: &[&[u8]] = &[b"cloudcontrolapi", b"cloudformation", b"servicecatalog"];

/// Whether a call through this service is its caller's own doing.
pub(super) fn acts_as_told(service: &[u8]) -> bool {
    has_label(service, ACT_AS_TOLD)
}

/// Whether this service sets infrastructure up.
pub(super) fn provisions(service: &[u8]) -> bool {
    has_label(service, PROVISION)
}

/// Whether this is the sign-in service, which old records name as the invoker
/// of what a person does in the console.
pub(super) fn is_sign_in(service: &[u8]) -> bool {
    has_label(service, &[b"signin"])
}

fn has_label(service: &[u8], wanted: &[&[u8]]) -> bool {
    let labels = service_labels(service).unwrap_or_default();
    labels
        .split(|b| *b == b'.')
        .any(|label| wanted.iter().any(|w| label.eq_ignore_ascii_case(w)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_compared_whole() {
        assert!(acts_as_told(b"cloudformation.amazonaws.com"));
        assert!(acts_as_told(
            b"member.org.stacksets.cloudformation.amazonaws.com"
        ));
        assert!(acts_as_told(b"ssm.us-east-1.amazonaws.com"));
        assert!(!acts_as_told(b"ssm-incidents.amazonaws.com"));
        assert!(!acts_as_told(b"config.amazonaws.com"));
        assert!(!acts_as_told(b"cloudformation.example.com"));
        assert!(!acts_as_told(b""));
    }

    #[test]
    fn what_provisions_also_acts_as_told() {
        for label in PROVISION {
            assert!(ACT_AS_TOLD.contains(label));
        }
        assert!(provisions(b"servicecatalog.amazonaws.com"));
        assert!(!provisions(b"athena.amazonaws.com"));
    }
}
