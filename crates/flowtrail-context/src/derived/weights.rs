//! How grave it is if a call is new: by the tactic that it belongs to.

use super::class;

/// What changes nothing.
const READ: f64 = 0.5;
/// What changes something, or uses a key.
const CHANGE: f64 = 1.0;
/// What hands out credentials, makes them, or turns off what watches.
const GRAVE: f64 = 2.0;

/// Calls of which an attacker lives, as `flowtrail.api` has them, by ATT&CK's
/// tactics: credential access, persistence (and the privileges that come with
/// it), evasion. In order.
const GRAVE_CALLS: [&str; 56] = [
    "cloudtrail:DeleteTrail",
    "cloudtrail:PutEventSelectors",
    "cloudtrail:StopLogging",
    "cloudtrail:UpdateTrail",
    "cloudwatch:DeleteAlarms",
    "cloudwatch:DisableAlarmActions",
    "cognito-identity:GetCredentialsForIdentity",
    "config:DeleteConfigurationRecorder",
    "config:DeleteDeliveryChannel",
    "config:StopConfigurationRecorder",
    "ec2:CreateKeyPair",
    "ec2:DeleteFlowLogs",
    "ec2:GetPasswordData",
    "ec2:ImportKeyPair",
    "ec2:ModifyInstanceAttribute",
    "ec2:ModifyInstanceMetadataOptions",
    "ecr:SetRepositoryPolicy",
    "events:DeleteRule",
    "events:DisableRule",
    "guardduty:CreateFilter",
    "guardduty:DeleteDetector",
    "guardduty:UpdateDetector",
    "iam:AddUserToGroup",
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:CreateOpenIDConnectProvider",
    "iam:CreatePolicyVersion",
    "iam:CreateRole",
    "iam:CreateSAMLProvider",
    "iam:CreateServiceSpecificCredential",
    "iam:CreateUser",
    "iam:DeactivateMFADevice",
    "iam:PutGroupPolicy",
    "iam:PutRolePolicy",
    "iam:PutUserPolicy",
    "iam:SetDefaultPolicyVersion",
    "iam:UpdateAccessKey",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateLoginProfile",
    "iam:UploadSSHPublicKey",
    "lambda:AddPermission",
    "lambda:CreateFunctionUrlConfig",
    "lambda:UpdateFunctionCode",
    "logs:DeleteLogGroup",
    "logs:DeleteLogStream",
    "organizations:LeaveOrganization",
    "secretsmanager:BatchGetSecretValue",
    "secretsmanager:GetSecretValue",
    "securityhub:DisableSecurityHub",
    "ssm:GetParameter",
    "ssm:GetParameters",
    "ssm:GetParametersByPath",
    "wafv2:DeleteWebACL",
];

/// The weight of a call: of its name, else of its sort (`flowtrail.api.class`).
pub(super) fn of_call(api: &[u8], sort: &[u8]) -> f64 {
    let is_grave = GRAVE_CALLS
        .binary_search_by(|known| known.as_bytes().cmp(api))
        .is_ok();
    if is_grave || sort == class::AUTH.as_bytes() {
        GRAVE
    } else if sort == class::READ.as_bytes() {
        READ
    } else {
        CHANGE
    }
}

/// The weight of a connection.
pub(super) const OF_FLOW: f64 = CHANGE;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_can_be_searched() {
        assert!(GRAVE_CALLS.is_sorted());
        for call in GRAVE_CALLS {
            assert!((of_call(call.as_bytes(), b"read") - GRAVE).abs() < f64::EPSILON);
        }
    }

    #[test]
    fn calls_weigh_by_their_sort() {
        for (api, sort, weight) in [
            ("s3:ListBuckets", "read", 0.5),
            ("s3:CreateBucket", "write", 1.0),
            ("s3:DeleteBucket", "delete", 1.0),
            ("kms:Decrypt", "crypto", 1.0),
            ("sts:AssumeRole", "auth", 2.0),
            ("secretsmanager:GetSecretValue", "read", 2.0),
            ("cloudtrail:StopLogging", "write", 2.0),
        ] {
            let found = of_call(api.as_bytes(), sort.as_bytes());
            assert!((found - weight).abs() < f64::EPSILON, "{api}");
        }
    }
}
