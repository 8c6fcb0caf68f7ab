//! Errors as each service words them.

use hyper::{Response, header};
use serde_json::{Value, json};

use super::Call;
use crate::http::{Body, whole};

/// An error that a service answers with.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Trouble {
    /// Too much is asked for: `SlowDown` and its like.
    Throttled,
    /// 500.
    Internal,
    /// A policy says no.
    Denied,
    /// The policy of a KMS key says no.
    KeyDenied,
    /// DynamoDB has no room for any item of a batch, and says so in a success.
    Unprocessed,
    /// Whatever else: status and code.
    Other(u16, &'static str),
}

impl Trouble {
    /// Status, code and message (API references of the services, common errors).
    fn words(self, service: &str) -> (u16, &'static str, &'static str) {
        const MESSAGE: &str = "made by the test";
        const KEY: &str = "User: arn:aws:sts::123456789012:assumed-role/r/f is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:us-east-1:123456789012:key/k";
        match (self, service) {
            (Self::Throttled, "s3") => (503, "SlowDown", "Please reduce your request rate."),
            (Self::Throttled, "dynamodb") => {
                (400, "ProvisionedThroughputExceededException", MESSAGE)
            }
            (Self::Throttled, "sns") => (429, "Throttled", MESSAGE),
            (Self::Throttled, "sqs") => (403, "RequestThrottled", MESSAGE),
            (Self::Throttled, _) => (400, "ThrottlingException", MESSAGE),
            (Self::Internal, "s3" | "sns") => (500, "InternalError", MESSAGE),
            (Self::Internal, "dynamodb") => (500, "InternalServerError", MESSAGE),
            (Self::Internal, "cloudwatch") => (500, "InternalServiceFault", MESSAGE),
            (Self::Internal, _) => (500, "InternalException", MESSAGE),
            (Self::Denied, "s3") => (403, "AccessDenied", "Access Denied"),
            (Self::Denied, "sns") => (403, "AuthorizationError", MESSAGE),
            (Self::Denied, _) => (400, "AccessDeniedException", MESSAGE),
            (Self::KeyDenied, "s3") => (403, "AccessDenied", KEY),
            (Self::KeyDenied, "sns") => (400, "KMSAccessDenied", KEY),
            (Self::KeyDenied, "sqs") => (400, "KmsAccessDenied", KEY),
            (Self::KeyDenied, _) => (400, "AccessDeniedException", KEY),
            (Self::Unprocessed, _) => (200, "", ""),
            (Self::Other(status, code), _) => (status, code, MESSAGE),
        }
    }

    pub(super) fn answer(self, call: &Call) -> Response<Body> {
        let (status, code, message) = self.words(&call.service);
        let xml = |inside: String| (inside.into_bytes(), "application/xml");
        let error = format!("<Code>{code}</Code><Message>{message}</Message>");
        let (body, kind) = match call.service.as_str() {
            "s3" => xml(format!("<Error>{error}<RequestId>t</RequestId></Error>")),
            "sns" => xml(format!(
                "<ErrorResponse><Error><Type>Sender</Type>{error}</Error><RequestId>t</RequestId></ErrorResponse>"
            )),
            "cloudwatch" => (cbor(code, message), "application/cbor"),
            service => {
                let body = if matches!(self, Self::Unprocessed) {
                    let sent: Value = serde_json::from_slice(&call.body).unwrap();
                    json!({"UnprocessedItems": sent["RequestItems"]})
                } else {
                    let code = format!("com.amazonaws.{service}#{code}");
                    json!({"__type": code, "message": message})
                };
                (body.to_string().into_bytes(), "application/x-amz-json-1.0")
            }
        };
        Response::builder()
            .status(status)
            .header(header::CONTENT_TYPE, kind)
            .header("smithy-protocol", "rpc-v2-cbor")
            .body(whole(body))
            .unwrap()
    }
}

/// `{"__type": code, "message": message}` in CBOR (RFC 8949): a map of two pairs
/// of texts.
fn cbor(code: &str, message: &str) -> Vec<u8> {
    let mut out = vec![0xA2];
    for text in ["__type", code, "message", message] {
        // A text whose length is in the byte that follows.
        out.extend([0x78, u8::try_from(text.len()).unwrap()]);
        out.extend(text.bytes());
    }
    out
}
