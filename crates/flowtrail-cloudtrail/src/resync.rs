//! Finds the next record behind a damaged one.

/// Keys with which a record, or an envelope of records, is known to begin.
/// Finding one of them right behind an opening brace, where a list or a line
/// goes on, is as sure a sign as damaged text can give.
const FIRST_KEYS: [&[u8]; 22] = [
    b"additionalEventData",
    b"apiVersion",
    b"awsRegion",
    b"detail-type",
    b"errorCode",
    b"eventCategory",
    b"eventID",
    b"eventName",
    b"eventSource",
    b"eventTime",
    b"eventType",
    b"eventVersion",
    b"EventId",
    b"Records",
    b"managementEvent",
    b"messageType",
    b"readOnly",
    b"recipientAccountId",
    b"sourceIPAddress",
    b"userAgent",
    b"userIdentity",
    b"version",
];

/// Bytes at the end of `text` in which a beginning could still be incomplete:
/// white space, a brace, a quote and the longest key fit well.
pub(crate) const KEEP_BYTES: usize = 256;

/// The position of the next beginning of a record at or behind `from`.
pub(crate) fn next_record(text: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    while let Some(found) = text.get(at..).and_then(|t| memchr::memchr(b'{', t)) {
        let brace = at + found;
        if follows_a_record(text, brace) && begins_a_record(text, brace) {
            return Some(brace);
        }
        at = brace + 1;
    }
    None
}

fn follows_a_record(text: &[u8], brace: usize) -> bool {
    let before = text.get(..brace).unwrap_or(&[]);
    let last = before.iter().rev().find(|b| !b" \t\r".contains(b));
    matches!(last, Some(b',' | b'[' | b'\n' | b'}'))
}

fn begins_a_record(text: &[u8], brace: usize) -> bool {
    let behind = text.get(brace + 1..).unwrap_or(&[]);
    let quote = behind.iter().position(|b| !b" \t\r\n".contains(b));
    let Some(key) = quote.and_then(|q| behind.get(q..)) else {
        return false;
    };
    let Some(key) = key.strip_prefix(b"\"") else {
        return false;
    };
    FIRST_KEYS.iter().any(|k| {
        key.strip_prefix(*k)
            .is_some_and(|rest| rest.first() == Some(&b'"'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_records_and_nothing_else() {
        let text = br#"x":{"eventName":1},{"foo":2},{ "eventVersion":"1"}"#;
        assert_eq!(next_record(text, 0), Some(29));
        assert_eq!(next_record(text, 30), None);
        assert_eq!(next_record(b"junk\n{\"Records\":[", 0), Some(5));
        assert_eq!(next_record(b"{", 0), None);
    }
}
