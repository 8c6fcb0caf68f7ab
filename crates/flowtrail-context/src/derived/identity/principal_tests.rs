//! The principals of records of every type, and of records that lack parts.

use super::super::super::testing::cloudtrail;

type Fields = &'static [(&'static str, &'static str)];

const TYPE: &str = "userIdentity.type";
const ID: &str = "userIdentity.principalId";
const ARN: &str = "userIdentity.arn";
const ACCOUNT: &str = "userIdentity.accountId";
const NAME: &str = "userIdentity.userName";
const INVOKED_BY: &str = "userIdentity.invokedBy";
const ISSUER: &str = "userIdentity.sessionContext.sessionIssuer.arn";

fn check(cases: &[(Fields, Option<&str>)]) {
    for (fields, expected) in cases {
        let got = cloudtrail("flowtrail.principal", fields);
        assert_eq!(got.as_deref(), *expected, "{fields:?}");
    }
}

#[test]
fn role_sessions_are_their_role() {
    check(&[
        (
            &[
                (TYPE, "AssumedRole"),
                (
                    ARN,
                    "arn:aws:sts::111122223333:assumed-role/App/i-0123456789abcdef0",
                ),
                (ISSUER, "arn:aws:iam::111122223333:role/team/App"),
            ],
            Some("arn:aws:iam::111122223333:role/team/App"),
        ),
        (
            &[
                (TYPE, "AssumedRole"),
                (ARN, "arn:aws-cn:sts::111122223333:assumed-role/App/s"),
            ],
            Some("arn:aws-cn:iam::111122223333:role/App"),
        ),
        (
            &[
                (TYPE, "AssumedRole"),
                (ARN, "arn:aws-us-gov:sts::111122223333:assumed-role/App"),
            ],
            Some("arn:aws-us-gov:iam::111122223333:role/App"),
        ),
        (
            &[(ARN, "arn:aws:sts::111122223333:assumed-role/App/s")],
            Some("arn:aws:iam::111122223333:role/App"),
        ),
        (
            &[
                (TYPE, "Role"),
                (ARN, "arn:aws:iam::111122223333:role/a/App"),
            ],
            Some("arn:aws:iam::111122223333:role/a/App"),
        ),
        (
            &[
                (TYPE, "AssumedRole"),
                (ARN, "arn:aws:sts::1:assumed-role/App/s"),
                (ISSUER, "not an arn"),
            ],
            Some("arn:aws:iam::1:role/App"),
        ),
        (&[(TYPE, "AssumedRole"), (ARN, "odd")], Some("odd")),
        (
            &[(TYPE, "AssumedRole"), (ID, "AROAEXAMPLE:s")],
            Some("id:AROAEXAMPLE"),
        ),
    ]);
}

#[test]
fn the_session_of_an_sso_role_is_the_person() {
    check(&[
        (
            &[
                (TYPE, "AssumedRole"),
                (
                    ARN,
                    "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admin_0a/ann@example.com",
                ),
                (
                    ISSUER,
                    "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0a",
                ),
            ],
            Some(
                "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0a/ann@example.com",
            ),
        ),
        (
            &[
                (TYPE, "AssumedRole"),
                (ID, "AROAEXAMPLE:ann"),
                (
                    ISSUER,
                    "arn:aws:iam::111122223333:role/AWSReservedSSO_Admin_0a",
                ),
            ],
            Some("arn:aws:iam::111122223333:role/AWSReservedSSO_Admin_0a/ann"),
        ),
        (
            &[
                (TYPE, "AssumedRole"),
                (ID, "AROAEXAMPLE:ann"),
                (
                    ISSUER,
                    "arn:aws:iam::111122223333:role/NotAWSReservedSSO_Admin_0a",
                ),
            ],
            Some("arn:aws:iam::111122223333:role/NotAWSReservedSSO_Admin_0a"),
        ),
    ]);
}

#[test]
fn users_root_and_accounts() {
    check(&[
        (
            &[
                (TYPE, "IAMUser"),
                (ARN, "arn:aws:iam::111122223333:user/a/Ann"),
            ],
            Some("arn:aws:iam::111122223333:user/a/Ann"),
        ),
        (
            &[(TYPE, "IAMUser"), (ACCOUNT, "111122223333"), (NAME, "ann")],
            Some("arn:aws:iam::111122223333:user/ann"),
        ),
        (
            &[
                (TYPE, "IAMUser"),
                (ACCOUNT, "111122223333"),
                (NAME, "ann"),
                ("awsRegion", "cn-north-1"),
            ],
            Some("arn:aws-cn:iam::111122223333:user/ann"),
        ),
        (
            &[
                (TYPE, "IAMUser"),
                (ACCOUNT, "111122223333"),
                (NAME, "HIDDEN_DUE_TO_SECURITY_REASONS"),
            ],
            Some("account:111122223333"),
        ),
        (
            &[(TYPE, "Root"), (ACCOUNT, "111122223333")],
            Some("root:111122223333"),
        ),
        (
            &[(TYPE, "Root"), (ARN, "arn:aws:iam::111122223333:root")],
            Some("root:111122223333"),
        ),
        (
            &[(TYPE, "Root"), (ID, "111122223333")],
            Some("root:111122223333"),
        ),
        (
            &[
                (TYPE, "AWSAccount"),
                (ACCOUNT, "111122223333"),
                (ID, "AROAEXAMPLE:s"),
            ],
            Some("account:111122223333"),
        ),
        (
            &[(TYPE, "AWSAccount"), (ID, "111122223333")],
            Some("account:111122223333"),
        ),
        (
            &[(TYPE, "AWSAccount"), (ID, "AIDAEXAMPLE")],
            Some("id:AIDAEXAMPLE"),
        ),
        (
            &[
                (TYPE, "FederatedUser"),
                (ARN, "arn:aws:sts::111122223333:federated-user/ann"),
            ],
            Some("arn:aws:sts::111122223333:federated-user/ann"),
        ),
    ]);
}

#[test]
fn services() {
    check(&[
        (
            &[(TYPE, "AWSService"), (INVOKED_BY, "config.amazonaws.com")],
            Some("svc:config.amazonaws.com"),
        ),
        (
            &[
                (TYPE, "AWSService"),
                ("sourceIPAddress", "ec2.amazonaws.com"),
            ],
            Some("svc:ec2.amazonaws.com"),
        ),
        (
            &[
                (ACCOUNT, "111122223333"),
                (INVOKED_BY, "secretsmanager.amazonaws.com"),
            ],
            Some("svc:secretsmanager.amazonaws.com"),
        ),
        (
            &[
                (ACCOUNT, "111122223333"),
                (INVOKED_BY, "AWS Internal"),
                ("eventType", "AwsServiceEvent"),
                ("eventSource", "kms.amazonaws.com"),
            ],
            Some("svc:kms.amazonaws.com"),
        ),
        (
            &[(TYPE, "AWSService"), (INVOKED_BY, "AWS Internal")],
            Some("svc:AWS Internal"),
        ),
        (
            &[
                (TYPE, "AssumedRole"),
                (ARN, "arn:aws:sts::111122223333:assumed-role/App/s"),
                (INVOKED_BY, "athena.amazonaws.com"),
            ],
            Some("arn:aws:iam::111122223333:role/App"),
        ),
        (
            &[
                (TYPE, "Root"),
                (ACCOUNT, "111122223333"),
                (INVOKED_BY, "autoscaling.amazonaws.com"),
            ],
            Some("root:111122223333"),
        ),
    ]);
}

#[test]
fn identities_from_outside_and_nobody() {
    check(&[
        (
            &[(TYPE, "SAMLUser"), (ID, "qualifier:ann"), (NAME, "ann")],
            Some("saml:qualifier:ann"),
        ),
        (&[(TYPE, "SAMLUser"), (NAME, "ann")], Some("saml:ann")),
        (
            &[
                (TYPE, "WebIdentityUser"),
                (NAME, "42"),
                ("userIdentity.identityProvider", "accounts.google.com"),
            ],
            Some("web:accounts.google.com:42"),
        ),
        (
            &[
                (TYPE, "IdentityCenterUser"),
                ("userIdentity.onBehalfOf.userId", "e0b4-1"),
            ],
            Some("idc:e0b4-1"),
        ),
        (
            &[(TYPE, "AWSAccount"), (ACCOUNT, "ANONYMOUS_PRINCIPAL")],
            Some("anonymous"),
        ),
        (
            &[(TYPE, "AWSAccount"), (ACCOUNT, "anonymous"), (ID, "")],
            Some("anonymous"),
        ),
        (&[(TYPE, "Unknown"), (ID, "Anonymous")], Some("anonymous")),
        (
            &[(TYPE, "Unknown"), (ID, "111122223333")],
            Some("account:111122223333"),
        ),
        (
            &[(TYPE, "Directory"), (ID, "S-1-5-21")],
            Some("id:S-1-5-21"),
        ),
        (&[(TYPE, "Unknown")], None),
        (&[(TYPE, "IAMUser"), (NAME, "ann")], None),
        (&[], None),
    ]);
}

#[test]
fn a_long_principal_is_not_cut() {
    let path = "p".repeat(400);
    let issuer = format!("arn:aws:iam::111122223333:role/{path}/AWSReservedSSO_Admin_0a");
    let fields = [
        (TYPE, "AssumedRole"),
        (ID, "AROAEXAMPLE:ann"),
        (ISSUER, issuer.as_str()),
    ];
    let got = cloudtrail("flowtrail.principal", &fields).unwrap();
    assert_eq!(got, format!("{issuer}/ann"));
}

#[test]
fn sessions_are_access_keys_or_ids_with_a_session() {
    const KEY: &str = "userIdentity.accessKeyId";
    for (fields, expected) in [
        (
            &[
                (TYPE, "AssumedRole"),
                (KEY, "ASIAEXAMPLE"),
                (ID, "AROAEXAMPLE:s"),
            ],
            Some("ASIAEXAMPLE"),
        ),
        (
            &[(TYPE, "AssumedRole"), (KEY, ""), (ID, "AROAEXAMPLE:s")],
            Some("AROAEXAMPLE:s"),
        ),
        (&[(TYPE, "IAMUser"), (KEY, ""), (ID, "AIDAEXAMPLE")], None),
        (
            &[(TYPE, "AssumedRole"), (KEY, ""), (ID, "AROAEXAMPLE:")],
            None,
        ),
        (
            &[(TYPE, "SAMLUser"), (KEY, ""), (ID, "qualifier:ann")],
            None,
        ),
        (
            &[
                (TYPE, "WebIdentityUser"),
                (KEY, ""),
                (ID, "accounts.google.com:a:b"),
            ],
            None,
        ),
    ] {
        let got = cloudtrail("flowtrail.session", fields);
        assert_eq!(got.as_deref(), expected, "{fields:?}");
    }
}
