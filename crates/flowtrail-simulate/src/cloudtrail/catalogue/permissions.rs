//! Changes to users, roles and policies, and the ways into an account.

use super::{Row, read, write};

const fn iam(name: &'static str, request: &'static str) -> Row {
    write("iam", name).global().request(request)
}

const POLICY_MADE: &str = r#"{"policy":{"policyName":"$name","policyId":"ANPA$sthree","arn":"arn:aws:iam::$account:policy/$name","path":"/","defaultVersionId":"v1","attachmentCount":0,"permissionsBoundaryUsageCount":0,"isAttachable":true,"createDate":"$created","updateDate":"$created"}}"#;

const ROLE_MADE: &str = r#"{"role":{"path":"/","roleName":"$name","roleId":"$roleid","arn":"arn:aws:iam::$account:role/$name","createDate":"$created","assumeRolePolicyDocument":"%7B%22Version%22%3A%222012-10-17%22%7D","tags":[{"key":"managed-by","value":"platform"}]}}"#;

pub(super) const ROWS: &[Row] = &[
    iam("CreatePolicy", r#"{"policyName":"$name","path":"/","policyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\"s3:GetObject\",\"s3:PutObject\"],\"Resource\":\"arn:aws:s3:::$bucket/*\"},{\"Effect\":\"Allow\",\"Action\":[\"kms:Decrypt\",\"kms:GenerateDataKey\"],\"Resource\":\"arn:aws:kms:$value:$account:key/$key\"}]}","tags":[{"key":"managed-by","value":"platform"}]}"#)
        .response(POLICY_MADE),
    iam("CreatePolicyVersion", r#"{"policyArn":"arn:aws:iam::$account:policy/$name","policyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\"sqs:SendMessage\",\"sqs:ReceiveMessage\",\"sqs:DeleteMessage\"],\"Resource\":\"arn:aws:sqs:*:$account:$queue\"},{\"Effect\":\"Allow\",\"Action\":\"logs:*\",\"Resource\":\"arn:aws:logs:*:$account:log-group:/aws/lambda/*\"}]}","setAsDefault":true}"#)
        .response(r#"{"policyVersion":{"versionId":"v$small","isDefaultVersion":true,"createDate":"$created"}}"#),
    iam("CreatePolicyVersion", r#"{"policyArn":"arn:aws:iam::$account:policy/$name","policyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}]}","setAsDefault":true}"#)
        .id("CreatePolicyVersion.everything")
        .response(r#"{"policyVersion":{"versionId":"v$small","isDefaultVersion":true,"createDate":"$created"}}"#),
    iam("SetDefaultPolicyVersion", r#"{"policyArn":"arn:aws:iam::$account:policy/$name","versionId":"v$small"}"#),
    iam("DeletePolicyVersion", r#"{"policyArn":"arn:aws:iam::$account:policy/$name","versionId":"v$small"}"#),
    iam("DeletePolicy", r#"{"policyArn":"arn:aws:iam::$account:policy/$name"}"#)
        .fault(120, "DeleteConflictException", "Cannot delete a policy attached to entities."),
    // A role for a service: what almost every role is.
    iam("CreateRole", r#"{"roleName":"$name","path":"/","assumeRolePolicyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"$value\"},\"Action\":\"sts:AssumeRole\",\"Condition\":{\"StringEquals\":{\"aws:SourceAccount\":\"$account\"}}}]}","maxSessionDuration":3600,"tags":[{"key":"managed-by","value":"platform"}]}"#)
        .id("CreateRole.service")
        .response(ROLE_MADE)
        .fault(30, "EntityAlreadyExistsException", "Role with name $name already exists."),
    // A role for another account; `$outside` is of the same organisation on
    // ordinary days.
    iam("CreateRole", r#"{"roleName":"$name","path":"/","assumeRolePolicyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::$outside:role/$value\"},\"Action\":\"sts:AssumeRole\"}]}","maxSessionDuration":3600,"tags":[{"key":"managed-by","value":"platform"}]}"#)
        .id("CreateRole.account")
        .response(ROLE_MADE),
    // Anyone of the organisation: a star with a condition.
    iam("CreateRole", r#"{"roleName":"$name","path":"/","assumeRolePolicyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"*\"},\"Action\":\"sts:AssumeRole\",\"Condition\":{\"StringEquals\":{\"aws:PrincipalOrgID\":\"$other\"}}}]}","maxSessionDuration":3600}"#)
        .id("CreateRole.organization")
        .response(ROLE_MADE),
    // What single sign-on makes when a permission set reaches an account.
    iam("CreateRole", r#"{"roleName":"$name","path":"/aws-reserved/sso.amazonaws.com/eu-central-1/","assumeRolePolicyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Federated\":\"arn:aws:iam::$account:saml-provider/AWSSSO_a1b2c3d4e5f6_DO_NOT_DELETE\"},\"Action\":[\"sts:AssumeRoleWithSAML\",\"sts:TagSession\"],\"Condition\":{\"StringEquals\":{\"SAML:aud\":\"https://signin.aws.amazon.com/saml\"}}}]}","maxSessionDuration":43200}"#)
        .id("CreateRole.sso")
        .response(ROLE_MADE),
    iam("UpdateAssumeRolePolicy", r#"{"roleName":"$name","policyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"ecs-tasks.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"},{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::$outside:role/$value\"},\"Action\":\"sts:AssumeRole\"}]}"}"#)
        .id("UpdateAssumeRolePolicy.account"),
    iam("UpdateRole", r#"{"roleName":"$name","description":"","maxSessionDuration":7200}"#),
    iam("DeleteRole", r#"{"roleName":"$name"}"#),
    iam("AttachRolePolicy", r#"{"roleName":"$name","policyArn":"$value"}"#),
    iam("DetachRolePolicy", r#"{"roleName":"$name","policyArn":"$value"}"#),
    iam("PutRolePolicy", r#"{"roleName":"$name","policyName":"$value","policyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\"dynamodb:GetItem\",\"dynamodb:PutItem\",\"dynamodb:Query\"],\"Resource\":\"arn:aws:dynamodb:*:$account:table/$table\"}]}"}"#)
        .id("PutRolePolicy.table"),
    iam("PutRolePolicy", r#"{"roleName":"$name","policyName":"AwsSSOInlinePolicy","policyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Action\":[\"iam:CreateUser\",\"iam:CreateAccessKey\"],\"Resource\":\"*\"}]}"}"#)
        .id("PutRolePolicy.sso"),
    iam("PutRolePermissionsBoundary", r#"{"roleName":"$name","permissionsBoundary":"arn:aws:iam::$account:policy/workload-boundary"}"#),
    iam("DeleteRolePolicy", r#"{"roleName":"$name","policyName":"$value"}"#),
    iam("CreateInstanceProfile", r#"{"instanceProfileName":"$name","path":"/"}"#)
        .response(r#"{"instanceProfile":{"path":"/","instanceProfileName":"$name","instanceProfileId":"AIPA$sthree","arn":"arn:aws:iam::$account:instance-profile/$name","createDate":"$created","roles":[]}}"#),
    iam("AddRoleToInstanceProfile", r#"{"instanceProfileName":"$name","roleName":"$name"}"#),
    iam("CreateServiceLinkedRole", r#"{"aWSServiceName":"$value"}"#)
        .response(r#"{"role":{"path":"/aws-service-role/$value/","roleName":"$name","roleId":"$roleid","arn":"arn:aws:iam::$account:role/aws-service-role/$value/$name","createDate":"$created","assumeRolePolicyDocument":"%7B%22Version%22%3A%222012-10-17%22%7D"}}"#),
    // What a user does about himself. The API leaves the name out, the console
    // puts it in.
    write("iam", "CreateAccessKey")
        .id("CreateAccessKey.own")
        .global()
        .response(r#"{"accessKey":{"userName":"$name","accessKeyId":"$value","status":"Active","createDate":"$created"}}"#),
    iam("UpdateAccessKey", r#"{"status":"Inactive","userName":"$name","accessKeyId":"$value"}"#)
        .id("UpdateAccessKey.named"),
    iam("DeleteAccessKey", r#"{"userName":"$name","accessKeyId":"$value"}"#),
    read("iam", "GetAccessKeyLastUsed").global().request(r#"{"accessKeyId":"$value"}"#),
    write("iam", "ChangePassword").global().fault(
        200,
        "PasswordPolicyViolationException",
        "Password does not conform to the account password policy.",
    ),
    iam("DeactivateMFADevice", r#"{"userName":"$name","serialNumber":"arn:aws:iam::$account:mfa/$value"}"#),
    iam("DeleteVirtualMFADevice", r#"{"serialNumber":"arn:aws:iam::$account:mfa/$value"}"#),
    iam("CreateVirtualMFADevice", r#"{"path":"/","virtualMFADeviceName":"$value"}"#)
        .response(r#"{"virtualMFADevice":{"serialNumber":"arn:aws:iam::$account:mfa/$value"}}"#)
        .fault(80, "EntityAlreadyExistsException", "MFADevice entity at the same path and name already exists."),
    iam("EnableMFADevice", r#"{"userName":"$name","serialNumber":"arn:aws:iam::$account:mfa/$value"}"#)
        .fault(150, "InvalidAuthenticationCodeException", "Authentication code for device is not valid."),
    iam("AddUserToGroup", r#"{"groupName":"$value","userName":"$name"}"#),
    iam("RemoveUserFromGroup", r#"{"groupName":"$value","userName":"$name"}"#),
    iam("CreateLoginProfile", r#"{"userName":"$name","passwordResetRequired":true}"#)
        .id("CreateLoginProfile.reset")
        .response(r#"{"loginProfile":{"userName":"$name","createDate":"$created","passwordResetRequired":true}}"#),
    iam("UpdateLoginProfile", r#"{"userName":"$name","passwordResetRequired":true}"#),
    iam("DeleteLoginProfile", r#"{"userName":"$name"}"#),
    iam("DeleteUser", r#"{"userName":"$name"}"#),
    iam("TagUser", r#"{"userName":"$name","tags":[{"key":"owner","value":"$value"}]}"#),
    iam("CreateSAMLProvider", r#"{"name":"$name","sAMLMetadataDocument":"<?xml version=\"1.0\" encoding=\"UTF-8\"?><md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"https://$value/saml\"><md:IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"/></md:EntityDescriptor>"}"#)
        .response(r#"{"sAMLProviderArn":"arn:aws:iam::$account:saml-provider/$name"}"#),
    iam("CreateRole", r#"{"roleName":"$name","path":"/","assumeRolePolicyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Federated\":\"arn:aws:iam::$account:saml-provider/$value\"},\"Action\":\"sts:AssumeRoleWithSAML\",\"Condition\":{\"StringEquals\":{\"SAML:aud\":\"https://signin.aws.amazon.com/saml\"}}}]}","maxSessionDuration":43200}"#)
        .id("CreateRole.federated")
        .response(ROLE_MADE),
    iam("CreateOpenIDConnectProvider", r#"{"url":"https://$value","clientIDList":["sts.amazonaws.com"],"thumbprintList":["$hexc$hexa"]}"#)
        .response(r#"{"openIDConnectProviderArn":"arn:aws:iam::$account:oidc-provider/$value"}"#),
    iam("GenerateServiceLastAccessedDetails", r#"{"arn":"arn:aws:iam::$account:role/$role"}"#)
        .response(r#"{"jobId":"$uuid"}"#),
    read("iam", "SimulatePrincipalPolicy").global().request(
        r#"{"policySourceArn":"arn:aws:iam::$account:role/$role","actionNames":["s3:GetObject","kms:Decrypt"],"resourceArns":["arn:aws:s3:::$bucket/*"]}"#,
    ),
    // A user for a program that has to send mail.
    iam("PutUserPolicy", r#"{"userName":"$name","policyName":"send","policyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"ses:SendRawEmail\",\"Resource\":\"*\"}]}"}"#)
        .id("PutUserPolicy.mail"),
    read("iam", "ListAttachedUserPolicies")
        .id("ListAttachedUserPolicies.named")
        .global()
        .request(r#"{"userName":"$name"}"#),
    write("sts", "GetFederationToken")
        .version("1.08")
        .request(r#"{"name":"$name","policy":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}]}","durationSeconds":129600}"#)
        .response(r#"{"credentials":{"accessKeyId":"$value","sessionToken":"$token","expiration":"$expiry"},"federatedUser":{"federatedUserId":"$account:$name","arn":"arn:aws:sts::$account:federated-user/$name"},"packedPolicySize":4}"#),
    write("signin", "GetSigninToken")
        .version("1.08")
        .kind(super::Kind::SignIn)
        .global()
        .response(r#"{"credentials":{"accessKeyId":"$value"},"GetSigninToken":"Success"}"#)
        .extra(r#"{"MobileVersion":"No","MFAUsed":"No"}"#),
    write("sts", "GetSessionToken")
        .version("1.08")
        .request(r#"{"durationSeconds":43200,"serialNumber":"arn:aws:iam::$account:mfa/$name"}"#)
        .response(r#"{"credentials":{"accessKeyId":"$accesskey","sessionToken":"$token","expiration":"$expiry"}}"#)
        .fault(120, "AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code."),
    // Roles that are taken by somebody else.
    read("sts", "AssumeRole")
        .id("AssumeRole.supplier")
        .version("1.08")
        .request(r#"{"roleArn":"arn:aws:iam::$account:role/$value","roleSessionName":"$name","externalId":"$other","durationSeconds":3600}"#)
        .response(r#"{"credentials":{"accessKeyId":"$accesskey","sessionToken":"$token","expiration":"$expiry"},"assumedRoleUser":{"assumedRoleId":"$roleid:$name","arn":"arn:aws:sts::$account:assumed-role/$value/$name"}}"#)
        .resources(r#"[{"accountId":"$account","type":"AWS::IAM::Role","ARN":"arn:aws:iam::$account:role/$value"}]"#),
    read("sts", "AssumeRole")
        .id("AssumeRole.member")
        .version("1.08")
        .request(r#"{"roleArn":"arn:aws:iam::$outside:role/$value","roleSessionName":"$name"}"#)
        .response(r#"{"credentials":{"accessKeyId":"$accesskey","sessionToken":"$token","expiration":"$expiry"},"assumedRoleUser":{"assumedRoleId":"$roleid:$name","arn":"arn:aws:sts::$outside:assumed-role/$value/$name"}}"#)
        .resources(r#"[{"accountId":"$outside","type":"AWS::IAM::Role","ARN":"arn:aws:iam::$outside:role/$value"}]"#),
    read("sts", "AssumeRoleWithWebIdentity")
        .version("1.08")
        .request(r#"{"roleArn":"arn:aws:iam::$account:role/$value","roleSessionName":"$name"}"#)
        .response(r#"{"credentials":{"accessKeyId":"$accesskey","sessionToken":"$token","expiration":"$expiry"},"subjectFromWebIdentityToken":"$session","assumedRoleUser":{"assumedRoleId":"$roleid:$name","arn":"arn:aws:sts::$account:assumed-role/$value/$name"},"provider":"arn:aws:iam::$account:oidc-provider/$other","audience":"sts.amazonaws.com"}"#)
        .extra(r#"{"identityProviderConnectionVerificationMethod":"IAMTrustStore"}"#)
        .resources(r#"[{"accountId":"$account","type":"AWS::IAM::Role","ARN":"arn:aws:iam::$account:role/$value"}]"#),
    write("rolesanywhere", "CreateTrustAnchor")
        .version("1.10")
        .request(r#"{"name":"$name","enabled":true,"source":{"sourceType":"CERTIFICATE_BUNDLE","sourceData":{"x509CertificateData":"-----BEGIN CERTIFICATE-----\nMII$shost\n-----END CERTIFICATE-----\n"}}}"#)
        .response(r#"{"trustAnchor":{"trustAnchorId":"$value","trustAnchorArn":"arn:aws:rolesanywhere:$region:$account:trust-anchor/$value","name":"$name","enabled":true,"createdAt":"$now","updatedAt":"$now"}}"#),
    write("rolesanywhere", "CreateProfile")
        .version("1.10")
        .request(r#"{"name":"$name","roleArns":["arn:aws:iam::$account:role/$role"],"durationSeconds":3600,"enabled":true}"#)
        .response(r#"{"profile":{"profileId":"$value","profileArn":"arn:aws:rolesanywhere:$region:$account:profile/$value","name":"$name","roleArns":["arn:aws:iam::$account:role/$role"],"enabled":true,"durationSeconds":3600,"acceptRoleSessionName":false,"createdBy":"$arn","createdAt":"$now","updatedAt":"$now"}}"#),
    // Single sign-on of the organisation.
    write("sso-directory", "CreateUser")
        .id("CreateUser.sso-directory")
        .version("1.09")
        .request(r#"{"identityStoreId":"d-99671f2c4b","passwordMode":"EMAIL","active":true,"userAttributes":{"emails":{"complexListValue":[{"type":{},"value":{},"primary":{}}]},"displayName":{},"name":{"complexValue":{"givenName":{},"familyName":{}}}}}"#)
        .response(r#"{"user":{"userId":"$value","userAttributes":{"displayName":{}},"active":true,"meta":{"createdAt":"$created","updatedAt":"$created"}}}"#),
    write("sso-directory", "AddMemberToGroup")
        .version("1.09")
        .request(r#"{"identityStoreId":"d-99671f2c4b","groupId":"$other","member":{"memberId":"$value"}}"#),
    write("sso", "CreatePermissionSet")
        .version("1.09")
        .request(r#"{"instanceArn":"arn:aws:sso:::instance/ssoins-66871f2c4b9d7e05","name":"$name","sessionDuration":"PT12H"}"#)
        .response(r#"{"permissionSet":{"name":"$name","permissionSetArn":"$value","createdDate":"$created","sessionDuration":"PT12H"}}"#),
    write("sso", "AttachManagedPolicyToPermissionSet")
        .version("1.09")
        .request(r#"{"instanceArn":"arn:aws:sso:::instance/ssoins-66871f2c4b9d7e05","permissionSetArn":"$value","managedPolicyArn":"$other"}"#),
    write("sso", "CreateAccountAssignment")
        .version("1.09")
        .request(r#"{"instanceArn":"arn:aws:sso:::instance/ssoins-66871f2c4b9d7e05","targetId":"$outside","targetType":"AWS_ACCOUNT","permissionSetArn":"$value","principalType":"$name","principalId":"$other"}"#)
        .response(r#"{"accountAssignmentCreationStatus":{"status":"IN_PROGRESS","requestId":"$uuid","targetId":"$outside","targetType":"AWS_ACCOUNT","permissionSetArn":"$value","principalType":"$name","principalId":"$other","createdDate":"$created"}}"#),
    write("sso", "ProvisionPermissionSet")
        .version("1.09")
        .request(r#"{"instanceArn":"arn:aws:sso:::instance/ssoins-66871f2c4b9d7e05","permissionSetArn":"$value","targetType":"ALL_PROVISIONED_ACCOUNTS"}"#)
        .response(r#"{"permissionSetProvisioningStatus":{"status":"IN_PROGRESS","requestId":"$uuid","permissionSetArn":"$value"}}"#),
    // The account itself.
    write("account", "PutContactInformation").version("1.08").global().request(
        r#"{"contactInformation":"HIDDEN_DUE_TO_SECURITY_REASONS"}"#,
    ),
    write("account", "PutAlternateContact").version("1.08").global().request(
        r#"{"alternateContactType":"SECURITY","name":"HIDDEN_DUE_TO_SECURITY_REASONS","title":"HIDDEN_DUE_TO_SECURITY_REASONS","emailAddress":"HIDDEN_DUE_TO_SECURITY_REASONS","phoneNumber":"HIDDEN_DUE_TO_SECURITY_REASONS"}"#,
    ),
    write("account", "EnableRegion").version("1.08").global().request(r#"{"regionName":"$value"}"#),
    write("support", "CreateCase")
        .version("1.08")
        .global()
        .request(r#"{"severityCode":"normal","categoryCode":"other","language":"en","serviceCode":"amazon-rds","issueType":"technical"}"#)
        .response(r#"{"caseId":"case-$account-muen-2026-$hexb"}"#),
    write("support", "AddCommunicationToCase")
        .version("1.08")
        .global()
        .request(r#"{"caseId":"$value"}"#)
        .response(r#"{"result":true}"#),
];
