//! What can go wrong with a call to AWS, and whether trying again can help.

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// The sort of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FaultKind {
    /// What was asked for does not exist, or does not exist any more.
    NotFound,
    /// A policy says no. Also what S3 answers for a missing key to whoever may
    /// not list the bucket.
    Denied,
    /// The KMS key that encrypts it says no, or is disabled or scheduled for deletion.
    KeyDenied,
    /// Too many requests, or too much capacity asked for.
    Throttled,
    /// No answer in time.
    Timeout,
    /// No connection, or one that broke.
    Network,
    /// The request is wrong: it will be refused however often it is sent.
    Invalid,
    /// AWS failed (5xx), or answered with something that cannot be read.
    Service,
}

impl FaultKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::NotFound,
        Self::Denied,
        Self::KeyDenied,
        Self::Throttled,
        Self::Timeout,
        Self::Network,
        Self::Invalid,
        Self::Service,
    ];

    /// The word for it in logs and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Denied => "denied",
            Self::KeyDenied => "key_denied",
            Self::Throttled => "throttled",
            Self::Timeout => "timeout",
            Self::Network => "network",
            Self::Invalid => "invalid",
            Self::Service => "service",
        }
    }

    /// Whether the same request can succeed later. Denials count: a policy that
    /// is mended makes the retry work, and until then the item waits in its queue.
    #[must_use]
    pub const fn is_temporary(self) -> bool {
        match self {
            Self::Denied
            | Self::KeyDenied
            | Self::Throttled
            | Self::Timeout
            | Self::Network
            | Self::Service => true,
            Self::NotFound | Self::Invalid => false,
        }
    }
}

/// A call to AWS that failed, after the retries of the SDK.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{call}: {message} ({})", kind.name())]
pub struct Fault {
    /// The operation: `GetObject`.
    pub call: &'static str,
    /// Its sort.
    pub kind: FaultKind,
    /// What AWS, or the connection, said.
    pub message: String,
}

impl Fault {
    /// A fault that is not an answer of AWS.
    pub fn new(call: &'static str, kind: FaultKind, message: impl Into<String>) -> Self {
        Self {
            call,
            kind,
            message: message.into(),
        }
    }

    /// The fault of one entry of a batch, which AWS reports beside those that
    /// went well.
    pub(crate) fn coded(call: &'static str, code: &str, message: &str) -> Self {
        let text = format!("{code} {message}");
        Self::new(call, kind_of(code, message), text.trim())
    }

    /// Reads an error of the SDK.
    pub fn of<E, R>(call: &'static str, error: &SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        R: std::fmt::Debug,
    {
        let said = |text: String| Self::new(call, FaultKind::Service, text);
        match error {
            SdkError::TimeoutError(_) => Self::new(call, FaultKind::Timeout, "no answer in time"),
            SdkError::DispatchFailure(e) if e.is_timeout() => {
                Self::new(call, FaultKind::Timeout, "no connection in time")
            }
            SdkError::DispatchFailure(e) => {
                let why = e
                    .as_connector_error()
                    .map_or_else(|| "no connection".to_owned(), |e| chain(e));
                Self::new(call, FaultKind::Network, why)
            }
            SdkError::ConstructionFailure(_) => {
                Self::new(call, FaultKind::Invalid, "the request could not be built")
            }
            SdkError::ResponseError(_) => said("an answer that cannot be read".to_owned()),
            SdkError::ServiceError(e) => {
                let meta = e.err().meta();
                let code = meta.code().unwrap_or("");
                let message = meta.message().unwrap_or("");
                Self::coded(call, code, message)
            }
            // The SDK may learn new ones.
            _ => said("a failure of a new sort".to_owned()),
        }
    }
}

/// A credential or a signature that does not count, or not any more, and an
/// account that may not yet. None of it is about the item that was asked for.
const NO_CREDENTIAL: [&str; 16] = [
    "SignatureDoesNotMatch",
    "InvalidSignature",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidToken",
    "InvalidSecurity",
    "ExpiredToken",
    "TokenRefreshRequired",
    "RequestExpired",
    "RequestTimeTooSkewed",
    "MissingAuthenticationToken",
    "MissingSecurityHeader",
    "UnrecognizedClient",
    "OptInRequired",
    "NotSignedUp",
];

/// Error codes of S3, SQS, SNS, DynamoDB, EventBridge and CloudWatch, from
/// their API references.
fn kind_of(code: &str, message: &str) -> FaultKind {
    let is = |words: &[&str]| words.iter().any(|w| code.contains(w));
    // S3 reports a key that may not be used as its own AccessDenied.
    if is(&["KMS", "Kms"]) || (is(&["AccessDenied"]) && message.contains("kms:")) {
        FaultKind::KeyDenied
    } else if is(&[
        "AccessDenied",
        "Unauthorized",
        "Forbidden",
        "AuthorizationError",
    ]) || is(&NO_CREDENTIAL)
    {
        FaultKind::Denied
    } else if is(&[
        "Throttl",
        "SlowDown",
        "TooManyRequests",
        "RequestLimitExceeded",
    ]) || is(&[
        "ProvisionedThroughputExceeded",
        "TransactionConflict",
        "LimitExceeded",
    ]) {
        FaultKind::Throttled
    } else if is(&[
        "NoSuchKey",
        "NoSuchBucket",
        "NoSuchVersion",
        "NotFound",
        "NonExistent",
        "DoesNotExist",
    ]) {
        FaultKind::NotFound
    } else if is(&["RequestTimeout", "TimedOut"]) {
        FaultKind::Timeout
    } else if is(&[
        "Invalid",
        "Validation",
        "Malformed",
        "MissingParameter",
        "TooLarge",
    ]) || is(&["MethodNotAllowed", "TooLong"])
    {
        FaultKind::Invalid
    } else {
        FaultKind::Service
    }
}

/// An error and what caused it, in one line.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_aws_are_told_apart() {
        let cases = [
            ("NoSuchKey", "", FaultKind::NotFound),
            ("AccessDenied", "", FaultKind::Denied),
            (
                "AccessDenied",
                "not authorized to perform: kms:Decrypt on the resource",
                FaultKind::KeyDenied,
            ),
            ("KMS.DisabledException", "", FaultKind::KeyDenied),
            ("SlowDown", "", FaultKind::Throttled),
            (
                "ProvisionedThroughputExceededException",
                "",
                FaultKind::Throttled,
            ),
            ("InvalidParameterValue", "", FaultKind::Invalid),
            ("InvalidObjectState", "", FaultKind::Invalid),
            ("QueueDoesNotExist", "", FaultKind::NotFound),
            ("KMSDisabled", "", FaultKind::KeyDenied),
            ("InternalError", "", FaultKind::Service),
            ("", "", FaultKind::Service),
        ];
        for (code, message, kind) in cases {
            assert_eq!(kind_of(code, message), kind, "{code}");
        }
    }

    #[test]
    fn a_credential_that_does_not_count_can_be_mended() {
        let codes = [
            "InvalidToken",
            "InvalidClientTokenId",
            "InvalidSignatureException",
            "SignatureDoesNotMatch",
            "IncompleteSignatureException",
            "InvalidAccessKeyId",
            "InvalidSecurity",
            "ExpiredToken",
            "ExpiredTokenException",
            "RequestExpired",
            "RequestTimeTooSkewed",
            "MissingAuthenticationTokenException",
            "UnrecognizedClientException",
            "OptInRequired",
        ];
        for code in codes {
            assert_eq!(kind_of(code, ""), FaultKind::Denied, "{code}");
        }
    }

    #[test]
    fn only_what_cannot_change_is_final() {
        let fixed: Vec<_> = FaultKind::ALL
            .into_iter()
            .filter(|k| !k.is_temporary())
            .collect();
        assert_eq!(fixed, [FaultKind::NotFound, FaultKind::Invalid]);
    }
}
