//! The keys in the findings bucket.
//!
//! | key | holds |
//! |---|---|
//! | `objects/<bucket>/<key>.<content>.json` | what one log object gave, and its accounting |
//! | `inline/<name>.<content>.json` | the same for records that came inside an event |
//! | `windows/<rule>/<finding>.json` | a finding that spans objects |
//! | `ocsf/…` | the findings of each of these as OCSF, one a line (`.jsonl`) |
//!
//! `<content>` tells the contents that one key had one after the other, by
//! twelve hexadecimal digits: whoever overwrites a log must not overwrite what
//! was found in it. Source keys are somebody else's text, so all but plain
//! characters are percent-encoded, and no segment is `.` or `..`.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest as _, Sha256};

/// Longest key of S3, in bytes.
const KEY_BYTES_MAX: usize = 1_024;
/// Room for what is put behind a stem: content, part and ending.
const ENDING_BYTES_MAX: usize = 64;
/// Longest prefix, so that half of a key is left for the source.
pub const PREFIX_BYTES_MAX: usize = 512;

/// What is not encoded within a segment of a path.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'=')
    .remove(b',')
    .remove(b'!')
    .remove(b'(')
    .remove(b')');

/// The key of a log object's findings, without its ending.
pub(super) fn object(prefix: &str, bucket: &str, key: &str, content: &str) -> String {
    let path = format!("objects/{}/{}", segment(bucket), encoded(key));
    let tag = hash(&[bucket, key, content], 6);
    format!("{}.{tag}", bounded(prefix, &path))
}

/// The key of the findings of records that came inside an event, without its
/// ending. Batches of one name are told apart by their content.
pub(super) fn inline(prefix: &str, name: &str, content: &str) -> String {
    let path = format!("inline/{}", encoded(name));
    format!("{}.{}", bounded(prefix, &path), hash(&[name, content], 6))
}

/// The key of a finding that spans objects, without its ending.
pub(super) fn window(prefix: &str, rule: &str, finding: &str) -> String {
    bounded(
        prefix,
        &format!("windows/{}/{}", segment(rule), segment(finding)),
    )
}

/// The ending of one of several parts; the first has none.
pub(super) fn part(number: usize) -> String {
    match number {
        0 | 1 => String::new(),
        n => format!(".part-{n:04}"),
    }
}

fn encoded(path: &str) -> String {
    let segments: Vec<String> = path.split('/').map(segment).collect();
    segments.join("/")
}

fn segment(text: &str) -> String {
    match text {
        "." => "%2E".to_owned(),
        ".." => "%2E%2E".to_owned(),
        other => utf8_percent_encode(other, PLAIN).to_string(),
    }
}

/// A path, its tail replaced by a hash where it is too long.
fn bounded(prefix: &str, path: &str) -> String {
    const HASH_BYTES: usize = 16;
    let room = KEY_BYTES_MAX.saturating_sub(ENDING_BYTES_MAX + prefix.len());
    if path.len() <= room {
        return format!("{prefix}{path}");
    }
    let head = room.saturating_sub(2 * HASH_BYTES + 1);
    // The path is ASCII, so every cut is one between characters.
    let head = path.get(..head).unwrap_or("");
    format!("{prefix}{head}~{}", hash(&[path], HASH_BYTES))
}

/// The first `bytes` of a hash over some texts, in hexadecimal.
pub(super) fn hash(texts: &[&str], bytes: usize) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    }
    let hash = hash.finalize();
    hash.iter()
        .take(bytes)
        .map(|b| format!("{b:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn keys_of_aws_are_readable() {
        let key = "AWSLogs/aws-account-id=1/CloudTrail/2026/11/21/1_CloudTrail_T1620Z_a.json.gz";
        let got = object("found/", "my.logs", key, "etag");
        let tag = got.rsplit('.').next().unwrap();
        assert_eq!(got, format!("found/objects/my.logs/{key}.{tag}"));
        assert_eq!(tag.len(), 12);
        assert_eq!(window("", "r-1", "ab"), "windows/r-1/ab");
        assert_eq!((part(1), part(2)), (String::new(), ".part-0002".to_owned()));
    }

    #[test]
    fn names_of_others_are_no_paths() {
        let nasty = [
            "../../etc",
            "a/../b",
            "./a",
            "a\nb",
            "a%2Fb",
            "ü\u{202e}",
            "a b",
            "a?b#c",
        ];
        for key in nasty {
            let got = object("", "b", key, "");
            assert!(got.starts_with("objects/b/"), "{got}");
            assert!(got.split('/').all(|s| s != "." && s != ".."), "{got}");
            assert!(got.bytes().all(|b| b.is_ascii_graphic()), "{got}");
            assert_eq!(got.matches('/').count(), 2 + key.matches('/').count());
        }
        assert_eq!(window("", "a/b", ".."), "windows/a%2Fb/%2E%2E");
        let got = inline("", "arn:aws:kinesis#1", "c");
        assert!(got.starts_with("inline/arn%3Aaws%3Akinesis%231."), "{got}");
    }

    #[test]
    fn different_sources_have_different_keys() {
        let long = "x/".repeat(511);
        let sources = [
            ("b", "k", "1"),
            ("b", "k", "2"),
            ("b", "k%20", "1"),
            ("b", "k ", "1"),
            ("b", &format!("{long}a"), "1"),
            ("b", &format!("{long}b"), "1"),
            ("b", &format!("{long}b"), "2"),
        ];
        let keys: BTreeSet<String> = sources
            .iter()
            .map(|(b, k, c)| object("", b, k, c))
            .collect();
        assert_eq!(keys.len(), sources.len());
        let inlines: BTreeSet<String> = [("n", "1"), ("n", "2"), ("n1", ""), ("m", "1")]
            .iter()
            .map(|(name, content)| inline("", name, content))
            .collect();
        assert_eq!(inlines.len(), 4, "{inlines:?}");
    }

    #[test]
    fn no_key_is_too_long_for_s3() {
        let prefix = "p".repeat(PREFIX_BYTES_MAX);
        let stems = |prefix: &str| {
            [1_usize, 100, 300, 1_000].map(|n| {
                [
                    object(prefix, &"b".repeat(63), &"ü/".repeat(n), "etag"),
                    inline(prefix, &"i".repeat(n), "content"),
                    window(prefix, &"r".repeat(n), "0123"),
                ]
            })
        };
        for stem in stems("").iter().chain(&stems(&prefix)).flatten() {
            let key = format!("{stem}{}.json.gz", part(123_456));
            assert!(key.len() <= KEY_BYTES_MAX, "{} bytes", key.len());
            assert!(key.is_ascii());
        }
        let whole = object("", "b", &"k".repeat(900), "");
        assert!(!whole.contains('~'), "not cut without need");
    }
}
