//! Log data inside an event: a batch of a `CloudWatch` Logs subscription, an
//! announcement in a stream, or log records as they are.

use std::fmt;
use std::io::Read as _;
use std::marker::PhantomData;

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use serde::de::{Deserialize, Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_json::Value;

use super::{Work, message};

/// Inflated bytes of one message or record of a stream. An event has at most
/// 6 MB, in base64, and logs are seldom compressed to less than a twentieth.
const INFLATED_MAX: usize = 32 << 20;
/// Bytes of an announcement inside a stream: no queue or topic takes more.
const ANNOUNCEMENT_MAX: usize = 1 << 20;
/// Characters of a name that others chose.
const NAME_CHARS_MAX: usize = 512;

/// The works of the binary data of a stream or a subscription, which logs call
/// `name` if it does not say itself whose it is.
pub(super) fn works(bytes: Bytes, name: &str) -> Vec<Work> {
    match read(&bytes) {
        Ok(Read::Nothing(reason)) => vec![Work::Nothing(reason)],
        Ok(Read::Announced(works)) => works,
        Ok(Read::Records(own)) => vec![Work::Inline {
            name: own.unwrap_or_else(|| name.to_owned()),
            bytes,
        }],
        Err(reason) => vec![Work::Unread {
            name: name.to_owned(),
            reason,
            raw: bytes,
        }],
    }
}

/// What data is.
enum Read {
    Nothing(&'static str),
    Announced(Vec<Work>),
    /// Log records, and how they are called, if they say so.
    Records(Option<String>),
}

fn read(bytes: &[u8]) -> Result<Read, String> {
    let mut inflated = Vec::new();
    let plain: &[u8] = if bytes.starts_with(&[0x1F, 0x8B]) {
        let most = u64::try_from(INFLATED_MAX).unwrap_or(u64::MAX);
        MultiGzDecoder::new(bytes)
            .take(most.saturating_add(1))
            .read_to_end(&mut inflated)
            .map_err(|e| format!("the data cannot be inflated: {e}"))?;
        &inflated
    } else {
        bytes
    };
    if plain.len() > INFLATED_MAX {
        let mebibytes = INFLATED_MAX >> 20;
        return Err(format!("the data inflates to more than {mebibytes} MiB"));
    }
    if plain.iter().all(u8::is_ascii_whitespace) {
        return Ok(Read::Nothing("an empty record"));
    }
    // What is not one object of JSON is judged by the scan.
    let Ok(head) = serde_json::from_slice::<Head>(plain) else {
        return Ok(Read::Records(None));
    };
    if head.message_type.as_deref() == Some("CONTROL_MESSAGE") {
        return Ok(Read::Nothing("a control message"));
    }
    if head.may_announce()
        && plain.len() <= ANNOUNCEMENT_MAX
        && let Ok(value) = serde_json::from_slice::<Value>(plain)
        && let Some(works) = message::works(&value, 1)
    {
        return Ok(Read::Announced(works));
    }
    Ok(Read::Records(head.name()))
}

/// What an object of JSON says of itself. All else is passed over unread, so
/// that a large batch takes no memory.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    message_type: Option<String>,
    log_group: Option<String>,
    log_stream: Option<String>,
    log_events: Option<First<LogEvent>>,
    event_version: Option<IgnoredAny>,
    #[serde(rename = "Records")]
    records: Option<First<Announced>>,
}

#[derive(serde::Deserialize)]
struct LogEvent {
    id: Option<String>,
}

#[derive(serde::Deserialize)]
struct Announced {
    s3: Option<IgnoredAny>,
}

impl Head {
    /// Whether it may announce logs: neither a batch, nor a record of
    /// `CloudTrail`, nor a file of such.
    fn may_announce(&self) -> bool {
        let file = self.records.as_ref().is_some_and(|records| {
            let first = records.0.as_ref();
            first.is_none_or(|r| r.s3.is_none())
        });
        self.log_events.is_none() && self.event_version.is_none() && !file
    }

    /// Log group, stream, and the first of its events: the same whichever way
    /// a batch came.
    fn name(&self) -> Option<String> {
        let first = self.log_events.as_ref()?.0.as_ref()?;
        let short = |text: &Option<String>| -> String {
            let text = text.as_deref().unwrap_or("");
            text.chars().take(NAME_CHARS_MAX).collect()
        };
        let (group, stream) = (short(&self.log_group), short(&self.log_stream));
        let group = group.trim_start_matches('/');
        Some(format!(
            "cloudwatch-logs/{group}/{stream}#{}",
            short(&first.id)
        ))
    }
}

/// The first element of a list; the others are passed over.
struct First<T>(Option<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for First<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for List<T> {
            type Value = First<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<First<T>, A::Error> {
                let first = list.next_element()?;
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(First(first))
            }
        }
        deserializer.deserialize_seq(List(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use serde_json::json;

    use super::*;

    fn gzip(bytes: &[u8]) -> Bytes {
        let mut out = GzEncoder::new(Vec::new(), Compression::fast());
        out.write_all(bytes).unwrap();
        Bytes::from(out.finish().unwrap())
    }

    fn batch(group: &str, id: &str) -> Bytes {
        let batch = json!({"messageType": "DATA_MESSAGE", "owner": "1", "logGroup": group,
            "logStream": "s", "subscriptionFilters": ["all"], "logEvents": [
                {"id": id, "timestamp": 1, "message": "{}"}, {"id": "last", "message": "{}"}]});
        gzip(batch.to_string().as_bytes())
    }

    fn name(bytes: Bytes) -> String {
        match works(bytes, "stream#1").as_slice() {
            [Work::Inline { name, .. }] => name.clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn batches_are_called_by_what_they_hold() {
        assert_eq!(
            name(batch("/aws/trail", "1")),
            "cloudwatch-logs/aws/trail/s#1"
        );
        assert_eq!(name(batch("g", "2")), "cloudwatch-logs/g/s#2");
        let long = name(batch(&"g".repeat(9_000), &"i".repeat(9_000)));
        assert!(long.len() < 1_100, "{}", long.len());
        // Whatever does not say whose it is, is called by how it came.
        for text in [
            "2 111122223333 eni-1 192.0.2.1 192.0.2.2 1 2 6 1 40 1 2 ACCEPT OK",
            r#"{"eventVersion":"1.08","eventName":"A"}"#,
            r#"{"Records":[{"eventVersion":"1.08"}]}"#,
            r#"{"logGroup":"g","logStream":"s","logEvents":[]}"#,
            r#"{"logEvents":[{"id":7}]}"#,
            r#"{"Records":7}"#,
            "[1]",
            "{\"a\":1}\n{\"a\":2}",
        ] {
            assert_eq!(name(Bytes::from(text)), "stream#1", "{text}");
            assert_eq!(name(gzip(text.as_bytes())), "stream#1", "{text}");
        }
    }

    #[test]
    fn what_inflates_to_too_much_is_an_error_and_not_a_part() {
        let blanks = vec![b' '; INFLATED_MAX];
        assert!(matches!(
            works(gzip(&blanks), "n").as_slice(),
            [Work::Nothing("an empty record")]
        ));
        let mut more = blanks;
        more.extend_from_slice(b"{}");
        let packed = gzip(&more);
        let got = works(packed.clone(), "n");
        let [Work::Unread { name, reason, raw }] = got.as_slice() else {
            panic!("{got:?}");
        };
        assert_eq!(reason, "the data inflates to more than 32 MiB");
        assert_eq!((name.as_str(), raw), ("n", &packed));
    }

    #[test]
    fn announcements_in_streams_are_found_unless_they_are_none() {
        let s3 = json!({"Records": [{"eventName": "ObjectCreated:Put",
            "s3": {"bucket": {"name": "b"}, "object": {"key": "k"}}}]});
        let found = works(Bytes::from(s3.to_string()), "n");
        assert!(matches!(found.as_slice(), [Work::Object(_)]), "{found:?}");
        let mut large = s3;
        large["padding"] = json!("x".repeat(ANNOUNCEMENT_MAX));
        assert_eq!(name(Bytes::from(large.to_string())), "stream#1");
    }
}
