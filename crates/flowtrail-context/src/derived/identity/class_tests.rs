//! Each class, its near misses, and callers who lie.

use proptest::prelude::*;

use super::super::super::testing::of_case;

const TERRAFORM: &str = "APN/1.0 HashiCorp/1.0 Terraform/1.5.5 aws-sdk-go-v2/1.25.2";
const LAMBDA: &str = "Boto3/1.24 Linux/5.10 exec-env/AWS_Lambda_python3.8 Botocore/1.27";

fn class(case: &str) -> Option<String> {
    of_case("flowtrail.identity.class", case)
}

fn check(expected: &str, cases: &[&str]) {
    for case in cases {
        assert_eq!(class(case).as_deref(), Some(expected), "{case}");
    }
}

#[test]
fn services() {
    check(
        "aws_service",
        &[
            "type=AWSService | by=eks.amazonaws.com",
            "type=AWSService | by=AWS Internal",
            "role=AWSServiceRoleForConfig/AWSConfig-Describe | by=AWS Internal | from=AWS Internal \
             | issuer=aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig",
            "role=AWSServiceRoleForConfig/AWSConfig-Describe",
            "account=111122223333 | by=secretsmanager.amazonaws.com",
            "account=111122223333 | by=AWS Internal",
            "account=111122223333 | eventType=AwsServiceEvent",
            "role=App/cli | by=autoscaling.amazonaws.com | from=203.0.113.49",
            "user=Ann | from=config.amazonaws.com",
        ],
    );
}

#[test]
fn a_service_that_acts_as_told_does_not_hide_its_caller() {
    check(
        "unknown",
        &[
            "user=Ann | by=cloudformation.amazonaws.com | from=cloudformation.amazonaws.com",
            "user=Ann | by=athena.amazonaws.com",
            "role=App/cli | from=states.amazonaws.com",
            "user=Ann | by=AWS Internal | from=AWS Internal",
        ],
    );
    check(
        "human",
        &["role=AWSReservedSSO_Admin_0a/ann | by=cloudformation.amazonaws.com"],
    );
}

#[test]
fn a_role_that_only_has_the_name_of_a_service_role_is_none() {
    check(
        "unknown",
        &[
            "role=AWSServiceRoleForConfig/x | issuer=AWSServiceRoleForConfig",
            "role=AWSServiceRoleForConfig/x | issuer=my/aws-service-role/AWSServiceRoleForConfig",
            "type=Role | arn=arn:aws:iam::111122223333:role/AWSServiceRoleForConfig",
            "role=MyAWSServiceRoleForConfig/x",
            "arn=arn:aws:iam::111122223333:user/Ann | by=AWS Internal",
        ],
    );
}

#[test]
fn humans() {
    check(
        "human",
        &[
            "type=Root | account=111122223333",
            "type=IdentityCenterUser | for=e0b4",
            "type=IdentityCenterUser | eventType=AwsServiceEvent",
            "type=SAMLUser | name=ann",
            "user=Ann | eventType=AwsConsoleSignIn",
            "user=Ann | eventType=AwsConsoleAction",
            "user=Ann | console=true",
            "user=Ann | by=signin.amazonaws.com",
            "user=Ann | mfa=true",
            "user=ann@example.com",
            "type=IAMUser | name=ann@example.com",
            "role=App/cli | for=e0b4",
            "role=App/ann@example.com",
            "type=AssumedRole | issuer=App | id=AROAEXAMPLE:ann@example.com",
            "role=AWSReservedSSO_Admin_0a/ann",
            "role=App/cli | origin=ann@example.com",
            // A person who borrows a deployer's or a scanner's role stays a person.
            "role=github-deploy/ann@example.com | ua=Terraform/1.5",
            "role=AwsSecurityAudit/scan | read=true | eventName=ListBuckets | console=true",
        ],
    );
}

#[test]
fn scanners_read_and_do_nothing_else() {
    check(
        "scanner",
        &[
            "role=AwsSecurityAudit/scan | read=true | eventName=GetBucketAcl",
            "role=AwsSecurityAudit/scan | eventName=DescribeInstances",
            "user=prowler | read=true | eventName=ListUsers",
            "type=AssumedRole | issuername=prowler | read=true | eventName=ListUsers",
        ],
    );
    check(
        "unknown",
        &[
            "role=AwsSecurityAudit/scan | read=false | eventName=CreateUser",
            "role=AwsSecurityAudit/scan | read=false | eventName=GetCredentialReport",
            "role=AwsSecurityAudit/scan | eventName=CreateUser",
            "role=AwsSecurityAudit/scan",
            "role=AwsSecurityAudit/scan | read=true | eventName=GetSecretValue",
            "role=AwsSecurityAudit/scan | read=true | eventName=AssumeRole",
            "role=AwsSecurityAudit/scan | read=true | eventName=Decrypt",
            "role=AwsSecurityAudit/scan | read=true | eventName=InvokeModel",
            "user=Ann | read=true | eventName=GetBucketAcl | ua=prowler/3.0",
            "role=wizard/x | read=true | eventName=ListUsers",
        ],
    );
}

#[test]
fn infrastructure_as_code_takes_a_name_and_a_tool() {
    check(
        "iac",
        &[
            "role=github-deploy/run | ua=APN/1.0 HashiCorp/1.0 Terraform/1.5.5 aws-sdk-go/1.2",
            "role=github-deploy/run | ua=cloudformation.amazonaws.com",
            "role=github-deploy/run | by=cloudformation.amazonaws.com",
            "role=github-deploy/run | from=cloudformation.amazonaws.com",
            "role=App/run | ua=APN/1.0 Pulumi/1.0 \
             | provider=arn:aws:iam::1:oidc-provider/token.actions.githubusercontent.com",
            "role=App/run | ua=Terraform/1.5 | provider=https://acme.app.spacelift.io",
            "user=ci-bot | ua=aws-sdk-nodejs/2.1 aws-cdk/2.99",
            // A session name that a program made does not take the class away.
            "role=github-deploy/aws-go-sdk-1722375070115 | ua=Terraform/1.5",
        ],
    );
    check(
        "unknown",
        &[
            "role=github-deploy/run | ua=aws-cli/2.13.5 Python/3.11.4",
            "role=github-deploy/run",
            "role=github-deploy/run | by=athena.amazonaws.com",
            "role=App/cli | ua=Terraform/1.5",
            "type=WebIdentityUser | name=repo:acme/deploy | web=example.net | ua=Terraform/1.5",
            "user=Ann | ua=Terraform/1.5",
            "role=App/terraform | ua=Terraform/1.5",
        ],
    );
}

#[test]
fn workloads() {
    check(
        "workload",
        &[
            "role=App/i-0123456789abcdef0",
            "role=App/botocore-session-1722375070",
            "role=App/1722375070115",
            "role=resize-role-a1b2c3d4/resize",
            "role=App/cli | ec2=2.0",
            "role=App/cli | scope=AWS::Lambda::Function",
            "role=App/cli | provider=arn:aws:iam::1:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id",
            "role=App/cli | provider=https://oidc-eks.eu-west-1.api.aws/id/AB",
            "role=App/cli | provider=https://token.actions.githubusercontent.com",
            "role=App/cli | issuer=service-role/App",
            "role=LogPipe-SenderRole-LMN03K1C37JK/LogPipe-SenderFn-Pkgt7c \
             | ua=Boto3/1.24 exec-env/AWS_Lambda_python3.8 Botocore/1.27",
            "type=WebIdentityUser | web=oidc.eks.eu-west-1.amazonaws.com/id/AB",
        ],
    );
    check(
        "unknown",
        &[
            "role=App/i-am-ann",
            "role=App/session-7",
            "role=LogPipe-SenderRole-LMN03K1C37JK/LogPipe-SenderFn-Pkgt7c",
            "role=LogSender-Role-LMN03K1C37JK/LogPipe-SenderFn-Pkgt7c | ua=exec-env/AWS_Lambda",
            "role=App/cli | issuer=my/service-role/App",
            "role=App/cli | provider=https://accounts.google.com",
            "role=App/cli | provider=https://token.actions.githubusercontent.com.example.net",
            "role=App/cli | provider=https://example.net/gitlab.com",
            "role=App/cli | provider=https://notgitlab.com",
            "role=App/cli | provider=https://oidc.eks.example.net/id/AB",
            "role=App/cli | provider=https://oidc-eks.example.net/id/AB",
            "role=App/cli | provider=https://lambda.eu-west-1.api.aws/id/AB",
            "type=IAMUser | web=oidc.eks.eu-west-1.amazonaws.com/id/AB",
        ],
    );
}

#[test]
fn unknown_and_absent() {
    check(
        "unknown",
        &[
            "user=Ann",
            "type=AWSAccount | account=anonymous",
            "type=Unknown",
            "account=111122223333",
            "id=AIDAEXAMPLE",
        ],
    );
    assert_eq!(
        class("eventType=AwsCloudTrailInsight | ua=Terraform/1.5"),
        None
    );
    assert_eq!(class(""), None);
}

/// Callers without evidence that an agent could confirm.
const PLAIN: [(&str, &str); 7] = [
    ("unknown", "user=Ann"),
    ("unknown", "role=App/cli"),
    ("unknown", "type=AWSAccount | account=111122223333"),
    (
        "unknown",
        "role=AwsSecurityAudit/scan | read=false | eventName=CreateUser",
    ),
    ("human", "type=Root | account=111122223333"),
    ("human", "user=Ann | console=true"),
    ("workload", "role=App/i-0123456789abcdef0"),
];

fn check_agent(agent: &str) {
    for (expected, case) in PLAIN {
        let lying = format!("{case} | ua={agent}");
        assert_eq!(class(&lying).as_deref(), Some(expected), "{lying}");
    }
}

#[test]
fn a_lying_user_agent_changes_nothing() {
    for agent in [
        TERRAFORM,
        LAMBDA,
        "APN/1.0 Pulumi/1.0",
        "cloudformation.amazonaws.com",
        "config.amazonaws.com",
        "console.amazonaws.com",
        "signin.amazonaws.com",
        "AWS Internal",
        "prowler/3.0",
        "AWSServiceRoleForConfig",
        "ann@example.com",
    ] {
        check_agent(agent);
    }
}

#[test]
fn a_session_name_never_gives_a_class_that_rules_leave_out() {
    for session in [
        "AWSCloudFormation",
        "AWSServiceRoleForConfig",
        "terraform",
        "prowler",
        "config.amazonaws.com",
        "GitHubActions",
    ] {
        let case = format!("role=App/{session} | read=true | eventName=ListUsers | ua={TERRAFORM}");
        assert_eq!(class(&case).as_deref(), Some("unknown"), "{session}");
    }
}

proptest! {
    #[test]
    fn no_user_agent_changes_the_class(agent in "[^|\\p{C}]{0,80}") {
        check_agent(&agent);
    }
}
