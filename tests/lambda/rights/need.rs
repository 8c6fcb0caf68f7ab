//! What a call needs, in the words of IAM (service authorization reference).

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read as _;

use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::proxy::Call;

/// Where the role is.
const HERE: &str = "eu-central-1:111122223333";

/// An action on a resource, with what its conditions can be asked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Need {
    pub(super) action: String,
    pub(super) resource: String,
    pub(super) keys: BTreeMap<&'static str, String>,
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {} {:?}", self.action, self.resource, self.keys)
    }
}

/// Rights that no call of the program shows, whom they are for, and on what.
pub(super) const UNSEEN: [(&str, &str, &[&str]); 8] = [
    // Lambda takes messages for the function, with the function's role.
    ("sqs:ReceiveMessage", "the event source mapping", &["sqs"]),
    ("sqs:DeleteMessage", "the event source mapping", &["sqs"]),
    (
        "sqs:GetQueueAttributes",
        "the event source mapping",
        &["sqs"],
    ),
    // What the program says on its output is written by Lambda.
    ("logs:CreateLogStream", "the runtime", &["logs"]),
    ("logs:PutLogEvents", "the runtime", &["logs"]),
    (
        "xray:PutTelemetryRecords",
        "the runtime, where tracing is on",
        &["*"],
    ),
    (
        "xray:PutTraceSegments",
        "the runtime, where tracing is on",
        &["*"],
    ),
    // Not called: S3 looks for it to tell a missing object from a denied one.
    (
        "s3:ListBucket",
        "S3, for an object that is gone",
        &["arn:aws:s3:::trail-logs", "arn:aws:s3:::flow-logs"],
    ),
];

/// The needs of [`UNSEEN`].
pub(super) fn unseen() -> Vec<Need> {
    let on = |name: &str| match name {
        "sqs" => format!("arn:aws:sqs:{HERE}:flowtrail-ingest"),
        "logs" => format!("arn:aws:logs:{HERE}:log-group:/aws/lambda/flowtrail:*"),
        other => other.to_owned(),
    };
    let needs = |(action, _, on_what): &(&str, &str, &[&str])| {
        let need = |name: &&str| Need::of(action, on(name));
        on_what.iter().map(need).collect::<Vec<_>>()
    };
    UNSEEN.iter().flat_map(needs).collect()
}

/// The names that the role has for what the test made.
pub(super) type Names = BTreeMap<String, &'static str>;

impl Need {
    fn of(action: &str, resource: String) -> Self {
        Self {
            action: action.to_owned(),
            resource,
            keys: BTreeMap::new(),
        }
    }

    fn where_is(mut self, key: &'static str, value: &str) -> Self {
        self.keys.insert(key, value.to_owned());
        self
    }
}

/// The action that a call is, by the name that IAM has for it.
pub(super) fn action(call: &Call) -> String {
    let operation = match (call.service.as_str(), call.operation.as_str()) {
        ("s3", "GetObject") if query(call, "versionId").is_some() => "GetObjectVersion",
        ("s3", "HeadObject") => "GetObject",
        ("s3", "ListObjectsV2") => "ListBucket",
        ("s3", "DeleteObject") if query(call, "versionId").is_some() => "DeleteObjectVersion",
        ("sns", "PublishBatch") => "Publish",
        ("sqs", "SendMessageBatch") => "SendMessage",
        (_, operation) => operation,
    };
    format!("{}:{operation}", call.service)
}

/// Everything that a call needs: the right to make it, and to use keys for it.
pub(super) fn all(call: &Call, names: &Names) -> Vec<Need> {
    let action = action(call);
    for header in &call.amz_headers {
        assert!(
            is_plain(header),
            "{action} with {header} needs more than itself"
        );
    }
    let named = |name: &str| {
        let own = names.get(name).copied();
        own.unwrap_or_else(|| panic!("{action} on {name}, which nobody made"))
    };
    let body = || serde_json::from_slice::<Value>(&call.body).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let tail = |name: &str| named(name.rsplit([':', '/']).next().unwrap());
    let needs = match call.service.as_str() {
        "s3" => vec![s3(call, &action, &named)],
        "dynamodb" => {
            let tables: Vec<String> = match body()["RequestItems"].as_object() {
                Some(items) => items.keys().cloned().collect(),
                None => vec![text(&body()["TableName"])],
            };
            let arn = |t: &String| format!("arn:aws:dynamodb:{HERE}:table/{}", named(t));
            let need = |t: &String| Need::of(&action, arn(t));
            tables.iter().map(need).collect()
        }
        "sns" => {
            let topic = form(&call.body, "TopicArn").unwrap();
            vec![Need::of(
                &action,
                format!("arn:aws:sns:{HERE}:{}", tail(&topic)),
            )]
        }
        "sqs" => {
            let queue = text(&body()["QueueUrl"]);
            vec![Need::of(
                &action,
                format!("arn:aws:sqs:{HERE}:{}", tail(&queue)),
            )]
        }
        "events" => {
            let entries = body()["Entries"].as_array().unwrap().clone();
            let bus = |e: &Value| tail(e["EventBusName"].as_str().unwrap());
            let arn = |e: &Value| format!("arn:aws:events:{HERE}:event-bus/{}", bus(e));
            entries.iter().map(|e| Need::of(&action, arn(e))).collect()
        }
        "cloudwatch" => {
            let need = Need::of(&action, "*".to_owned());
            vec![need.where_is("cloudwatch:namespace", named(&namespace(call)))]
        }
        other => panic!("{other} is not known"),
    };
    let keys = needs.iter().flat_map(|n| keys(&call.service, n));
    let keys: Vec<Need> = keys.collect();
    [needs, keys].concat()
}

fn s3(call: &Call, action: &str, named: &dyn Fn(&str) -> &'static str) -> Need {
    let path = call.path.split('?').next().unwrap().trim_start_matches('/');
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    let bucket = format!("arn:aws:s3:::{}", named(bucket));
    if key.is_empty() {
        let prefix = query(call, "prefix").unwrap_or_default();
        return Need::of(action, bucket).where_is("s3:prefix", &prefix);
    }
    let key = percent_decode_str(key).decode_utf8().unwrap();
    Need::of(action, format!("{bucket}/{key}"))
}

/// What a service does with the key of a resource in the name of whoever calls it
/// (S3 "Using SSE-KMS", SNS "Key management", SQS "Key management", DynamoDB
/// "Encryption at rest: usage notes", each of the developer guides).
fn keys(service: &str, need: &Need) -> Vec<Need> {
    let operation = need.action.split(':').nth(1).unwrap();
    let actions: &[&str] = match (service, operation) {
        ("s3", "GetObject" | "GetObjectVersion") => &["Decrypt"],
        ("s3", "PutObject") => &["GenerateDataKey"],
        ("sns" | "sqs", _) => &["GenerateDataKey", "Decrypt"],
        ("dynamodb", _) => &["Decrypt", "DescribeKey", "CreateGrant"],
        _ => &[],
    };
    let bucket = need.resource.strip_prefix("arn:aws:s3:::");
    let key = match bucket.and_then(|b| b.split('/').next()) {
        Some("trail-logs") => "trail",
        Some("flow-logs") => "flow",
        Some("own-rules" | "own-context" | "own-baseline" | "own-geo") => "rules",
        Some(_) | None => "own",
    };
    let one = |action: &&str| {
        let via = format!("{service}.eu-central-1.amazonaws.com");
        let arn = format!("arn:aws:kms:{HERE}:key/{key}");
        let need = Need::of(&format!("kms:{action}"), arn).where_is("kms:ViaService", &via);
        match (*action, key) {
            ("CreateGrant", _) => need.where_is("kms:GrantIsForAWSResource", "true"),
            (_, "trail") => need.where_is("kms:EncryptionContext:aws:cloudtrail:arn", "its"),
            _ => need,
        }
    };
    actions.iter().map(one).collect()
}

/// Headers by which a call asks for no further right. Others (`x-amz-acl`,
/// `x-amz-tagging`, `x-amz-object-lock-mode`) do.
fn is_plain(header: &str) -> bool {
    const PLAIN: [&str; 8] = [
        "x-amz-user-agent",
        "x-amz-date",
        "x-amz-security-token",
        "x-amz-target",
        "x-amz-content-sha256",
        "x-amz-sdk-checksum-algorithm",
        "x-amzn-query-mode",
        "x-amzn-trace-id",
    ];
    PLAIN.contains(&header) || header.starts_with("x-amz-checksum-")
}

/// A parameter of the query.
fn query(call: &Call, name: &str) -> Option<String> {
    form(call.path.split_once('?')?.1.as_bytes(), name)
}

/// A value of a form.
fn form(bytes: &[u8], name: &str) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let pairs = text.split('&').filter_map(|p| p.split_once('='));
    let (_, value) = pairs.into_iter().find(|(key, _)| *key == name)?;
    let value = value.replace('+', " ");
    Some(percent_decode_str(&value).decode_utf8().ok()?.into_owned())
}

/// The namespace of a `PutMetricData`: the text behind the key `Namespace` in its
/// CBOR (RFC 8949, section 3: major type 3, its length in the head or the byte
/// behind it).
fn namespace(call: &Call) -> String {
    let mut body = Vec::new();
    match call.encoding.as_deref() {
        Some("gzip") => {
            let mut reader = flate2::read::GzDecoder::new(call.body.as_ref());
            reader.read_to_end(&mut body).unwrap();
        }
        None => body.extend_from_slice(&call.body),
        Some(other) => panic!("{other} is not known"),
    }
    let key = b"\x69Namespace";
    let at = body.windows(key.len()).position(|w| w == key).unwrap();
    let rest = &body[at + key.len()..];
    let (length, from) = match rest[0] {
        head @ 0x60..=0x77 => (usize::from(head - 0x60), 1),
        0x78 => (usize::from(rest[1]), 2),
        head => panic!("{head:#x} begins no short text"),
    };
    String::from_utf8(rest[from..from + length].to_vec()).unwrap()
}
