//! IAM, STS, Organizations and sign-in.

use super::{Kind, Row, read, write};

const ROLE: &str = r#"[{"accountId":"$account","type":"AWS::IAM::Role","ARN":"arn:aws:iam::$account:role/$role"}]"#;

const ACCESS_ROLE: &str = r#"[{"accountId":"$account","type":"AWS::IAM::Role","ARN":"arn:aws:iam::$account:role/shared-$service-access"}]"#;

const ASSUMED: &str = r#"{"credentials":{"accessKeyId":"$accesskey","sessionToken":"$token","expiration":"$expiry"},"assumedRoleUser":{"assumedRoleId":"$roleid:$session","arn":"arn:aws:sts::$account:assumed-role/shared-$service-access/$session"}}"#;

/// A service takes a role: no `assumedRoleUser`, as real records have it.
const SERVICE_ASSUMED: &str = r#"{"credentials":{"accessKeyId":"$accesskey","sessionToken":"$token","expiration":"$expiry"}}"#;

pub(super) const ROWS: &[Row] = &[
    read("sts", "GetCallerIdentity").version("1.08"),
    read("sts", "AssumeRole")
        .version("1.08")
        .request(r#"{"roleArn":"arn:aws:iam::$account:role/shared-$service-access","roleSessionName":"$session"}"#)
        .response(ASSUMED)
        .resources(ACCESS_ROLE)
        .fault(6, "AccessDenied", "User: $arn is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::$account:role/shared-$service-access"),
    read("sts", "AssumeRole")
        .id("AssumeRole.function")
        .version("1.08")
        .request(r#"{"roleArn":"arn:aws:iam::$account:role/$role","roleSessionName":"$function"}"#)
        .response(SERVICE_ASSUMED)
        .resources(ROLE),
    read("sts", "AssumeRole")
        .id("AssumeRole.instance")
        .version("1.08")
        .request(r#"{"roleArn":"arn:aws:iam::$account:role/$hostrole","roleSessionName":"$instance"}"#)
        .response(SERVICE_ASSUMED)
        .resources(r#"[{"accountId":"$account","type":"AWS::IAM::Role","ARN":"arn:aws:iam::$account:role/$hostrole"}]"#),
    read("sts", "AssumeRole")
        .id("AssumeRole.task")
        .version("1.08")
        .request(r#"{"roleArn":"arn:aws:iam::$account:role/$role","roleSessionName":"$hexc"}"#)
        .response(SERVICE_ASSUMED)
        .resources(ROLE),
    read("sts", "AssumeRole")
        .id("AssumeRole.foreign")
        .version("1.08")
        .request(r#"{"roleArn":"arn:aws:iam::$account:role/$role","roleSessionName":"$name"}"#)
        .response(r#"{"credentials":{"accessKeyId":"$accesskey","sessionToken":"$token","expiration":"$expiry"},"assumedRoleUser":{"assumedRoleId":"$roleid:$name","arn":"arn:aws:sts::$account:assumed-role/$role/$name"}}"#)
        .resources(ROLE),
    read("sts", "AssumeRoleWithSAML")
        .version("1.08")
        .request(r#"{"sAMLAssertionID":"_$uuid","roleSessionName":"$session","principalTags":{},"durationSeconds":3600,"roleArn":"$value","principalArn":"arn:aws:iam::$account:saml-provider/AWSSSO_$name_DO_NOT_DELETE"}"#)
        .response(r#"{"subjectType":"persistent","issuer":"https://portal.sso.eu-central-1.amazonaws.com/saml/assertion/$name","credentials":{"accessKeyId":"$accesskey","sessionToken":"$token","expiration":"$expiry"},"nameQualifier":"$suffix","assumedRoleUser":{"assumedRoleId":"$roleid:$session","arn":"$arn"},"subject":"$session","audience":"https://signin.aws.amazon.com/saml"}"#),
    write("signin", "ConsoleLogin")
        .id("ConsoleLogin.mfa")
        .version("1.08")
        .kind(Kind::SignIn)
        .global()
        .response(r#"{"ConsoleLogin":"Success"}"#)
        .extra(r#"{"LoginTo":"https://console.aws.amazon.com/console/home?hashArgs=%23&isauthcode=true","MobileVersion":"No","MFAIdentifier":"arn:aws:iam::$account:mfa/$session","MFAUsed":"Yes"}"#),
    write("signin", "ConsoleLogin")
        .id("ConsoleLogin.root")
        .version("1.08")
        .kind(Kind::SignIn)
        .global()
        .response(r#"{"ConsoleLogin":"Success"}"#)
        .extra(r#"{"LoginTo":"https://console.aws.amazon.com/console/home?hashArgs=%23&isauthcode=true","MobileVersion":"No","MFAIdentifier":"arn:aws:iam::$account:mfa/root-account-mfa-device","MFAUsed":"Yes"}"#),
    // A first password: there is no second factor yet.
    write("signin", "ConsoleLogin")
        .id("ConsoleLogin.first")
        .version("1.08")
        .kind(Kind::SignIn)
        .global()
        .response(r#"{"ConsoleLogin":"Success"}"#)
        .extra(r#"{"LoginTo":"https://console.aws.amazon.com/console/home?hashArgs=%23&isauthcode=true","MobileVersion":"No","MFAUsed":"No"}"#),
    write("signin", "ConsoleLogin")
        .id("ConsoleLogin.sso")
        .version("1.08")
        .kind(Kind::SignIn)
        .response(r#"{"ConsoleLogin":"Success"}"#)
        .extra(r#"{"MobileVersion":"No","MFAUsed":"No"}"#),
    write("signin", "ConsoleLogin")
        .id("ConsoleLogin.no-mfa")
        .version("1.08")
        .kind(Kind::SignIn)
        .global()
        .response(r#"{"ConsoleLogin":"Success"}"#)
        .extra(r#"{"LoginTo":"https://console.aws.amazon.com/console/home?hashArgs=%23&isauthcode=true","MobileVersion":"No","MFAUsed":"No"}"#),
    write("signin", "ConsoleLogin")
        .id("ConsoleLogin.failure")
        .version("1.08")
        .kind(Kind::SignIn)
        .global()
        .response(r#"{"ConsoleLogin":"Failure"}"#)
        .extra(r#"{"LoginTo":"https://console.aws.amazon.com/console/home?hashArgs=%23&isauthcode=true","MobileVersion":"No","MFAUsed":"No"}"#),
    read("iam", "ListUsers").global().request(r#"{"maxItems":100}"#),
    read("iam", "ListRoles").global().request(r#"{"maxItems":1000}"#),
    read("iam", "ListPolicies").global().request(r#"{"scope":"Local","onlyAttached":false,"maxItems":1000}"#),
    read("iam", "ListAccessKeys").global().request(r#"{"userName":"$user"}"#),
    read("iam", "ListAccountAliases").global(),
    read("iam", "ListMFADevices").global().request(r#"{"userName":"$user"}"#),
    read("iam", "GetAccountSummary").global(),
    read("iam", "GetAccountPasswordPolicy").global().fault(
        200,
        "NoSuchEntityException",
        "The Password Policy with domain name $account cannot be found.",
    ),
    read("iam", "GetAccountAuthorizationDetails").global(),
    read("iam", "GenerateCredentialReport").global(),
    read("iam", "GetRole").global().request(r#"{"roleName":"$role"}"#).fault(
        40,
        "NoSuchEntityException",
        "The role with name $role cannot be found.",
    ),
    read("iam", "GetRolePolicy")
        .global()
        .request(r#"{"roleName":"$role","policyName":"inline"}"#)
        .fault(60, "NoSuchEntityException", "The role policy with name inline cannot be found."),
    read("iam", "ListAttachedRolePolicies").global().request(r#"{"roleName":"$role"}"#),
    read("iam", "GetUser").global().request(r#"{"userName":"$user"}"#),
    read("iam", "GetLoginProfile").global().request(r#"{"userName":"$user"}"#).fault(
        500,
        "NoSuchEntityException",
        "Login Profile for User $user cannot be found.",
    ),
    read("iam", "GetPolicyVersion")
        .global()
        .request(r#"{"policyArn":"arn:aws:iam::$account:policy/$role","versionId":"v$small"}"#),
    write("iam", "TagRole").global().request(
        r#"{"roleName":"$role","tags":[{"key":"revision","value":"$hexa"}]}"#,
    ),
    write("iam", "PutRolePolicy").global().request(
        r#"{"roleName":"$role","policyName":"inline","policyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\"sqs:SendMessage\",\"sqs:ReceiveMessage\"],\"Resource\":\"arn:aws:sqs:*:$account:$queue\"}]}"}"#,
    ),
    write("iam", "UpdateAccessKey")
        .global()
        .request(r#"{"status":"Inactive","userName":"$user","accessKeyId":"AKIA$sthree"}"#),
    write("iam", "CreateUser")
        .global()
        .request(r#"{"userName":"$name"}"#)
        .response(r#"{"user":{"path":"/","userName":"$name","userId":"$userid","arn":"arn:aws:iam::$account:user/$name","createDate":"$created"}}"#),
    write("iam", "AttachUserPolicy")
        .global()
        .request(r#"{"userName":"$name","policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}"#),
    write("iam", "CreateAccessKey")
        .global()
        .request(r#"{"userName":"$name"}"#)
        .response(r#"{"accessKey":{"userName":"$name","accessKeyId":"$value","status":"Active","createDate":"$created"}}"#),
    write("iam", "CreateLoginProfile")
        .global()
        .request(r#"{"userName":"$name","passwordResetRequired":false}"#)
        .response(r#"{"loginProfile":{"userName":"$name","createDate":"$created","passwordResetRequired":false}}"#),
    write("iam", "UpdateAssumeRolePolicy")
        .global()
        .request(r#"{"roleName":"$role","policyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"ec2.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"},{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::$outside:root\"},\"Action\":\"sts:AssumeRole\"}]}"}"#),
    read("organizations", "DescribeOrganization").global(),
    read("organizations", "ListAccounts").global().fault(
        100,
        "TooManyRequestsException",
        "AWS Organizations can't complete your request because another request is already in progress. Try again later.",
    ),
    write("organizations", "LeaveOrganization").global(),
];
