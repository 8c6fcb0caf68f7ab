//! Which reader an object needs, by its first bytes and never by its name.

use flowtrail_event::EventTime;
use flowtrail_flowlog::{looks_like_flow_text, looks_like_parquet};

/// The format of an object, once it is inflated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// JSON of any shape, or lines with JSON behind a time stamp.
    CloudTrail,
    /// Lines of columns.
    FlowText,
    /// Columnar flow logs, or a compacted file of either log.
    Parquet,
    /// Nothing at all.
    Empty,
    /// Neither log.
    Unknown,
}

/// Bytes that are looked at: several lines of any flow-log format.
pub(crate) const SNIFF_BYTES: usize = 8 << 10;

/// Tells the format of an object that begins with `first_bytes`. `flow_format`:
/// the user says how flow-log lines look, so that text that is not JSON is one.
pub(crate) fn sniff(first_bytes: &[u8], flow_format: bool) -> Format {
    if looks_like_parquet(first_bytes) {
        return Format::Parquet;
    }
    let text = first_bytes
        .strip_prefix(b"\xEF\xBB\xBF")
        .unwrap_or(first_bytes);
    let text = text.trim_ascii_start();
    match text.first() {
        None => Format::Empty,
        Some(b'{' | b'[') => Format::CloudTrail,
        Some(_) if is_exported_json(text) => Format::CloudTrail,
        Some(_) if looks_like_flow_text(text) => Format::FlowText,
        Some(_) if flow_format && is_text(text) => Format::FlowText,
        Some(_) => Format::Unknown,
    }
}

/// A line of an export of `CloudWatch` Logs: a time, a blank, a JSON object.
fn is_exported_json(text: &[u8]) -> bool {
    let mut words = text.splitn(2, |b| *b == b' ');
    let stamp = words.next().unwrap_or(&[]);
    let rest = words.next().unwrap_or(&[]).trim_ascii_start();
    EventTime::parse(stamp).is_some() && rest.first() == Some(&b'{')
}

fn is_text(bytes: &[u8]) -> bool {
    bytes.iter().all(|b| *b >= 0x20 || b"\t\r\n".contains(b))
}

/// What an unknown object might be, for the error message.
pub(crate) fn guess(first_bytes: &[u8]) -> &'static str {
    const MAGICS: [(&[u8], &str); 8] = [
        (b"\x1F\x8B", "gzip inside gzip"),
        (b"\x28\xB5\x2F\xFD", "zstd-compressed"),
        (b"BZh", "bzip2-compressed"),
        (b"PK\x03\x04", "a zip archive"),
        (b"\xFD7zXZ\x00", "xz-compressed"),
        (b"\x7FELF", "a program"),
        (b"\xFF\xFE", "UTF-16 text"),
        (b"Obj\x01", "an Avro file"),
    ];
    let known = MAGICS
        .iter()
        .find(|(magic, _)| first_bytes.starts_with(magic));
    known.map_or_else(
        || {
            if is_text(first_bytes) {
                "text of another kind"
            } else {
                "binary data"
            }
        },
        |(_, what)| what,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_by_content() {
        for (text, want) in [
            ("{\"Records\":[", Format::CloudTrail),
            ("\u{feff} [{", Format::CloudTrail),
            (
                "2026-01-01T00:00:00.000Z {\"eventVersion\"",
                Format::CloudTrail,
            ),
            (
                "version account-id interface-id srcaddr\n",
                Format::FlowText,
            ),
            (
                "2 123456789012 eni-1 - - - - - - - 1742570089 1742570142 - NODATA\n",
                Format::FlowText,
            ),
            ("PAR1\x15", Format::Parquet),
            (" \n", Format::Empty),
            ("hello world", Format::Unknown),
        ] {
            assert_eq!(sniff(text.as_bytes(), false), want, "{text}");
        }
        assert_eq!(sniff(b"eni-1 10.0.0.1", true), Format::FlowText);
        assert_eq!(sniff(b"\x00\x01\x02", true), Format::Unknown);
    }
}
