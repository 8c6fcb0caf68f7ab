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

/// White space that may stand before a brace, and between it and its key. With
/// a limit the answer does not depend on how much of the text is held.
const BLANKS_MAX: usize = 100;

/// Bytes at the end of `text` in which a beginning could still be incomplete:
/// twice the white space, a brace, two quotes and the longest key fit well.
pub(crate) const KEEP_BYTES: usize = 256;

/// The position of the next beginning of a record behind `before`; what stands
/// ahead of that position is not looked at.
pub(crate) fn next_record(text: &[u8], before: usize) -> Option<usize> {
    let mut at = before + 1;
    while let Some(found) = text.get(at..).and_then(|t| memchr::memchr(b'{', t)) {
        let brace = at + found;
        let ahead = text.get(before..brace).unwrap_or(&[]);
        if follows_a_record(ahead) && begins_a_record(text, brace) {
            return Some(brace);
        }
        at = brace + 1;
    }
    None
}

/// A list or a line goes on here, or there are control characters, which no
/// JSON text has in it: blocks of NUL bytes stand where a disk lost something.
fn follows_a_record(ahead: &[u8]) -> bool {
    let mut last = ahead.iter().rev().take(BLANKS_MAX + 1);
    match last.find(|b| !b" \t\r".contains(b)) {
        Some(b',' | b'[' | b'}') => true,
        Some(b) => *b < 0x20,
        None => false,
    }
}

fn begins_a_record(text: &[u8], brace: usize) -> bool {
    let behind = text.get(brace + 1..).unwrap_or(&[]);
    let mut near = behind.iter().take(BLANKS_MAX + 1);
    let quote = near.position(|b| !b" \t\r\n".contains(b));
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
        assert_eq!(next_record(text, 28), Some(29));
        assert_eq!(next_record(text, 29), None);
        assert_eq!(next_record(b"junk\n{\"Records\":[", 0), Some(5));
        assert_eq!(next_record(b"\0\0{\"Records\":[", 0), Some(2));
        assert_eq!(next_record(b"{", 0), None);
        assert_eq!(next_record(b"", 0), None);
    }

    #[test]
    fn what_it_looks_at_fits_into_what_is_kept() {
        let key = FIRST_KEYS.iter().map(|k| k.len()).max().unwrap();
        assert!(2 * BLANKS_MAX + key + 10 < KEEP_BYTES);
        for blanks in [0, BLANKS_MAX, BLANKS_MAX + 1] {
            let gap = " ".repeat(blanks);
            let found = (blanks <= BLANKS_MAX).then_some(2 + blanks);
            assert_eq!(
                next_record(format!("x,{gap}{{\"Records\":").as_bytes(), 0),
                found
            );
            let found = (blanks <= BLANKS_MAX).then_some(2);
            assert_eq!(
                next_record(format!("x,{{{gap}\"Records\":").as_bytes(), 0),
                found
            );
        }
    }
}
