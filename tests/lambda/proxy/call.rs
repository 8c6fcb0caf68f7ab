//! What a request asks of which service.

use bytes::Bytes;
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method};

/// A call of AWS, as it went over the wire.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// As in IAM: `s3`, `dynamodb`, `sqs`, `sns`, `events`, `cloudwatch`.
    pub(crate) service: String,
    /// As in the API: `GetObject`.
    pub(crate) operation: String,
    /// Path and query, as sent.
    pub(crate) path: String,
    /// The body, as sent.
    pub(crate) body: Bytes,
    /// How the body is compressed.
    pub(crate) encoding: Option<String>,
    /// Names of the headers `x-amz…`.
    pub(crate) amz_headers: Vec<String>,
    /// What came back; `None`: nothing has yet.
    pub(crate) status: Option<u16>,
    /// The body that came back, of DynamoDB, if no rule acted.
    pub(crate) answer: Option<Bytes>,
    /// Whether a rule acted on it.
    pub(crate) faulty: bool,
}

impl Call {
    pub(super) fn of(head: &Parts, body: &Bytes) -> Self {
        let path = head.uri.path_and_query().map_or("/", |p| p.as_str());
        let (service, operation) = name(head, path, body);
        let names = head.headers.keys().map(|name| name.as_str().to_owned());
        Self {
            service,
            operation,
            amz_headers: names.filter(|name| name.starts_with("x-amz")).collect(),
            path: path.to_owned(),
            body: body.clone(),
            encoding: text(&head.headers, "content-encoding").map(str::to_owned),
            status: None,
            answer: None,
            faulty: false,
        }
    }

    /// Whether it is meant by `service:Operation`. Either part may end in `*`;
    /// `*` alone is any call.
    pub(crate) fn is(&self, which: &str) -> bool {
        let (service, operation) = which.split_once(':').unwrap_or((which, "*"));
        fits(service, &self.service) && fits(operation, &self.operation)
    }
}

fn fits(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == pattern,
    }
}

fn name(head: &Parts, path: &str, body: &Bytes) -> (String, String) {
    if let Some(target) = text(&head.headers, "x-amz-target") {
        let (api, operation) = target.split_once('.').unwrap_or((target, ""));
        let service = match api {
            "AWSEvents" => "events",
            "AmazonSQS" => "sqs",
            "DynamoDB_20120810" => "dynamodb",
            other => other,
        };
        return (service.to_owned(), operation.to_owned());
    }
    if let Some(operation) = path.strip_prefix("/service/GraniteServiceVersion20100801/operation/")
    {
        return ("cloudwatch".to_owned(), operation.to_owned());
    }
    let signed_for = text(&head.headers, "authorization").and_then(|a| {
        let scope = a.split("Credential=").nth(1)?.split(',').next()?;
        scope.split('/').nth(3)
    });
    let service = signed_for.unwrap_or("unsigned").to_owned();
    if service == "s3" {
        return (service, s3_operation(head));
    }
    // The query protocol has the operation in the form.
    let form = String::from_utf8_lossy(body);
    let action = form.split('&').find_map(|p| p.strip_prefix("Action="));
    (service, action.unwrap_or("").to_owned())
}

/// The SDK adds the name where the request alone does not tell it.
fn s3_operation(head: &Parts) -> String {
    let query = head.uri.query().unwrap_or("");
    if let Some(id) = query.split('&').find_map(|p| p.strip_prefix("x-id=")) {
        return id.to_owned();
    }
    let lists = query.split('&').any(|p| p.starts_with("list-type="));
    let in_bucket = head.uri.path().trim_matches('/').contains('/');
    let name = match (&head.method, in_bucket) {
        (&Method::GET, true) => "GetObject",
        (&Method::HEAD, true) => "HeadObject",
        (&Method::DELETE, true) => "DeleteObject",
        (&Method::GET, false) if lists => "ListObjectsV2",
        (&Method::PUT, false) if query.is_empty() => "CreateBucket",
        (method, _) => return format!("{method} {query}"),
    };
    name.to_owned()
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}
