//! `flowtrail.mfa`, `flowtrail.cross_account` and `flowtrail.outcome`: how a
//! call was authenticated, across which border, and how it ended.

use super::base::{Base, View};
use super::text::{TextBuf, contains_ignore_case, is_account_id};

pub(super) const TRUE: &str = "true";
pub(super) const FALSE: &str = "false";
pub(super) const SUCCESS: &str = "success";
pub(super) const DENIED: &str = "denied";
pub(super) const ERROR: &str = "error";

/// Parts of error codes that mean that somebody was not allowed. Services name
/// the same thing differently: `AccessDeniedException`, `VpceAccessDenied`,
/// `Client.UnauthorizedOperation`, `ForbiddenException`, `AuthorizationError`
/// (SNS), `NotAuthorizedException` (Cognito).
const DENIALS: [&[u8]; 5] = [
    b"accessdenied",
    b"unauthorized",
    b"notauthorized",
    b"forbidden",
    b"authorizationerror",
];

/// Whether the session, or the sign-in, was authenticated with MFA. Absent
/// where the record says nothing, as for long-term access keys.
pub(super) fn mfa(view: View<'_>, out: &mut TextBuf) -> Option<()> {
    let session = yes_or_no(view, Base::MfaAuthenticated, TRUE, FALSE);
    let sign_in = yes_or_no(view, Base::MfaUsed, "Yes", "No");
    let used = match (session, sign_in) {
        (Some(a), Some(b)) => a || b,
        (one, other) => one.or(other)?,
    };
    push_bool(used, out)
}

fn yes_or_no(view: View<'_>, base: Base, yes: &str, no: &str) -> Option<bool> {
    let is_yes = view.says(base, yes);
    (is_yes || view.says(base, no)).then_some(is_yes)
}

/// Whether the caller's account is another one than the account in which the
/// event was recorded. Absent unless both are 12 digits, so that services and
/// anonymous callers never count as foreign accounts.
pub(super) fn cross_account(view: View<'_>, out: &mut TextBuf) -> Option<()> {
    let caller = view.text(Base::IdentityAccount);
    let recipient = view.text(Base::RecipientAccount);
    let caller = caller.filter(|id| is_account_id(id))?;
    let recipient = recipient.filter(|id| is_account_id(id))?;
    push_bool(caller != recipient, out)
}

fn push_bool(value: bool, out: &mut TextBuf) -> Option<()> {
    let text = if value { TRUE } else { FALSE };
    out.push_all(&[text.as_bytes()])
}

/// How the call ended. A record without an error code succeeded, unless a
/// sign-in says `Failure` in its response or an error message stands alone.
pub(super) fn outcome(view: View<'_>, out: &mut TextBuf) -> Option<()> {
    let ended = match view.text(Base::ErrorCode) {
        Some(code) if is_denial(code) => DENIED,
        Some(_) | None if sign_in_failed(view) => DENIED,
        Some(_) => ERROR,
        None if view.has(Base::ErrorMessage) => ERROR,
        None => SUCCESS,
    };
    out.push_all(&[ended.as_bytes()])
}

fn is_denial(code: &[u8]) -> bool {
    DENIALS.iter().any(|part| contains_ignore_case(code, part))
}

/// The sign-in service reports in `responseElements`, without an error code
/// ("AWS Management Console sign-in events" of the `CloudTrail` User Guide).
fn sign_in_failed(view: View<'_>) -> bool {
    [Base::ConsoleLogin, Base::SwitchRole, Base::CheckMfa]
        .into_iter()
        .any(|base| view.says(base, "Failure"))
}

#[cfg(test)]
mod tests {
    use super::super::testing::cloudtrail;

    #[test]
    fn mfa_from_the_session_or_from_the_sign_in() {
        const SESSION: &str = "userIdentity.sessionContext.attributes.mfaAuthenticated";
        for (session, sign_in, expected) in [
            ("true", "", Some("true")),
            ("false", "", Some("false")),
            ("", "Yes", Some("true")),
            ("", "No", Some("false")),
            ("false", "Yes", Some("true")),
            ("false", "No", Some("false")),
            ("", "", None),
            ("maybe", "", None),
        ] {
            let fields = [(SESSION, session), ("additionalEventData.MFAUsed", sign_in)];
            let got = cloudtrail("flowtrail.mfa", &fields);
            assert_eq!(got.as_deref(), expected, "{session} {sign_in}");
        }
    }

    #[test]
    fn accounts_are_compared_only_when_both_are_known() {
        for (caller, recipient, expected) in [
            ("111111111111", "111111111111", Some("false")),
            ("111111111111", "222222222222", Some("true")),
            ("", "222222222222", None),
            ("111111111111", "", None),
            ("anonymous", "222222222222", None),
            ("11111111111", "222222222222", None),
            ("1111111111111", "222222222222", None),
        ] {
            let fields = [
                ("userIdentity.accountId", caller),
                ("recipientAccountId", recipient),
            ];
            let got = cloudtrail("flowtrail.cross_account", &fields);
            assert_eq!(got.as_deref(), expected, "{caller} {recipient}");
        }
    }

    #[test]
    fn error_codes_are_denials_errors_or_absent() {
        for (code, expected) in [
            ("", "success"),
            ("AccessDenied", "denied"),
            ("AccessDeniedException", "denied"),
            ("VpceAccessDenied", "denied"),
            ("Client.UnauthorizedOperation", "denied"),
            ("UnauthorizedException", "denied"),
            ("ForbiddenException", "denied"),
            ("NotAuthorizedException", "denied"),
            ("AuthorizationError", "denied"),
            ("NoSuchBucketPolicy", "error"),
            ("InvalidAccessException", "error"),
            ("AuthorizationNotFound", "error"),
            ("ThrottlingException", "error"),
        ] {
            let got = cloudtrail("flowtrail.outcome", &[("errorCode", code)]);
            assert_eq!(got.as_deref(), Some(expected), "{code}");
        }
    }

    #[test]
    fn a_failed_sign_in_is_a_denial() {
        let outcome = |fields: &[(&str, &str)]| cloudtrail("flowtrail.outcome", fields).unwrap();
        let response = "responseElements.ConsoleLogin";
        let message = ("errorMessage", "Failed authentication");
        assert_eq!(outcome(&[(response, "Failure"), message]), "denied");
        assert_eq!(outcome(&[(response, "Success")]), "success");
        for step in ["SwitchRole", "CheckMfa"] {
            let response = format!("responseElements.{step}");
            assert_eq!(outcome(&[(&response, "Failure")]), "denied", "{step}");
        }
        assert_eq!(
            outcome(&[(response, "Failure"), ("errorCode", "Odd")]),
            "denied"
        );
        assert_eq!(outcome(&[message]), "error");
    }
}
