//! Records of `CloudTrail` with something wrong in or between them.

use flowtrail_event::NoteKind::{self, DuplicateKey, LoneSurrogate, NumberOutOfRange};
use flowtrail_event::SkipReason;

use super::{Specimen, record, records, with};

/// An object with `bad` between two sound records.
fn amid(bad: &[u8]) -> Vec<u8> {
    let (a, b) = (record("a"), record("b"));
    [
        b"{\"Records\":[",
        a.as_bytes(),
        b",",
        bad,
        b",",
        b.as_bytes(),
        b"]}",
    ]
    .concat()
}

/// Where the bad one of [`amid`] begins: it opens as every record does.
fn bad_at() -> Vec<u8> {
    b"{\"eventVersion\":\"1.08\",\"eventID\":\"x\"".to_vec()
}

fn odd(name: &'static str, more: &str, kind: NoteKind) -> Specimen {
    Specimen::new(name, amid(with("x", more).as_bytes()))
        .judged(&["a", "b", "x"])
        .note(kind, &bad_at())
}

fn refused(name: &'static str, more: &str, reason: SkipReason) -> Specimen {
    Specimen::new(name, amid(with("x", more).as_bytes()))
        .judged(&["a", "b"])
        .skip(reason, &bad_at())
}

/// What is odd about a record that is judged all the same.
const ODD: [(&str, &str, NoteKind); 8] = [
    ("high surrogate", r#""userAgent":"\ud800""#, LoneSurrogate),
    ("low surrogate", r#""userAgent":"\udc00 x""#, LoneSurrogate),
    (
        "swapped surrogates",
        r#""userAgent":"\udc00\ud800""#,
        LoneSurrogate,
    ),
    ("surrogate in a key", r#""\ud83d":1"#, LoneSurrogate),
    ("beyond a float", r#""n":[1e999]"#, NumberOutOfRange),
    (
        "beyond 64 bits",
        r#""n":-12345678901234567890123"#,
        NumberOutOfRange,
    ),
    (
        "a key twice",
        r#""eventName":"A","eventName":"B""#,
        DuplicateKey,
    ),
    (
        "the time twice",
        r#""eventTime":"2026-03-02T11:00:00Z""#,
        DuplicateKey,
    ),
];

/// What is no JSON in a record.
const MALFORMED: [(&str, &str); 7] = [
    ("raw NUL in a text", "\"userAgent\":\"a\0b\""),
    ("raw NUL in a key", "\"user\0Agent\":1"),
    ("raw line end in a text", "\"userAgent\":\"a\r\nb\""),
    ("a lost quote", r#""userAgent":"x,"n":1"#),
    ("number with a leading zero", r#""n":007"#),
    ("NaN", r#""n":NaN"#),
    ("escape that is none", r#""userAgent":"\x1b""#),
];

/// What is no UTF-8.
const INVALID: [(&str, &[u8]); 4] = [
    ("a byte that is no UTF-8", b"caf\xE9"),
    ("an overlong sequence", b"\xC0\xAF"),
    ("a surrogate in UTF-8", b"\xED\xA0\x80"),
    ("a cut sequence", b"\xF0\x9F"),
];

fn invalid(name: &'static str, bytes: &[u8]) -> Specimen {
    let mut record = with("x", r#""userAgent":"@""#).into_bytes();
    let at = record.iter().position(|b| *b == b'@').unwrap();
    record.splice(at..=at, bytes.iter().copied());
    Specimen::new(name, amid(&record))
        .judged(&["a", "b", "x"])
        .note(NoteKind::InvalidUtf8, &bad_at())
}

pub(super) fn specimens() -> Vec<Specimen> {
    let mut all: Vec<_> = ODD
        .iter()
        .map(|(name, more, kind)| odd(name, more, *kind))
        .collect();
    all.extend(
        MALFORMED
            .iter()
            .map(|(name, more)| refused(name, more, SkipReason::Malformed)),
    );
    all.extend(INVALID.iter().map(|(name, bytes)| invalid(name, bytes)));
    let no_time = r#""eventTime":"yesterday""#;
    all.push(odd("a time that is none", no_time, DuplicateKey).note(NoteKind::NoTime, &bad_at()));
    let nul = with("x", r#""userAgent":"a\u0000b""#);
    all.push(Specimen::new("escaped NUL", amid(nul.as_bytes())).judged(&["a", "b", "x"]));
    all.extend(depths());
    all.extend(damage());
    all.extend(lists());
    all
}

fn depths() -> Vec<Specimen> {
    let arrays = format!("\"d\":{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let objects = format!("\"d\":{}1{}", "{\"k\":".repeat(10_000), "}".repeat(10_000));
    let open = format!("\"d\":{}", "[".repeat(10_000));
    let fits = format!("\"d\":{}{}", "[".repeat(99), "]".repeat(99));
    vec![
        refused("10,000 arrays deep", &arrays, SkipReason::TooDeep),
        refused("10,000 objects deep", &objects, SkipReason::TooDeep),
        Specimen::new("as deep as is allowed", amid(with("x", &fits).as_bytes()))
            .judged(&["a", "b", "x"]),
        Specimen::new(
            "10,000 arrays that never close",
            amid(with("x", &open).as_bytes()),
        )
        .judged(&["a"])
        .skip(SkipReason::TooDeep, &bad_at()),
        Specimen::new("an object that is nothing but depth", "[".repeat(10_000))
            .skip_at(SkipReason::TooDeep, 1),
    ]
}

fn damage() -> Vec<Specimen> {
    let nul = [b"\0".repeat(4096), record("x").into_bytes()].concat();
    let nul_at = b"\0".to_vec();
    let zeros = [records(&["a", "b"]), vec![0; 5000]].concat();
    let text = [records(&["a"]), b"\ntrailing words".to_vec()].concat();
    let two = [records(&["a"]), records(&["b"])].concat();
    let comma = format!("{{\"Records\":[{} {}]}}", record("a"), record("b"));
    vec![
        Specimen::new("a block of NUL bytes between records", amid(&nul))
            .judged(&["a", "b", "x"])
            .skip(SkipReason::Malformed, &nul_at),
        Specimen::new("NUL bytes behind the end", zeros)
            .judged(&["a", "b"])
            .skip(SkipReason::NotARecord, &nul_at),
        Specimen::new("words behind the end", text)
            .judged(&["a"])
            .skip(SkipReason::NotARecord, b"trailing"),
        Specimen::new("two documents in one", two).judged(&["a", "b"]),
        Specimen::new("no comma", comma)
            .judged(&["a", "b"])
            .skip_at(SkipReason::Malformed, 13 + record("a").len() as u64),
    ]
}

fn lists() -> Vec<Specimen> {
    let odd = |name, member: &str| {
        Specimen::new(name, amid(format!(" {member}").as_bytes()))
            .judged(&["a", "b"])
            .skip(SkipReason::NotARecord, member.as_bytes())
    };
    let whole = |name, text: &'static str| {
        Specimen::new(name, text).skip(SkipReason::NotARecord, text.as_bytes())
    };
    vec![
        odd("null for a record", "null"),
        odd("a number for a record", "17"),
        // It could have been a line of a flow log.
        Specimen::new("a text for a record", amid(b"\"none\""))
            .judged(&["a", "b"])
            .skip(SkipReason::UnknownFormat, b"\"none\""),
        odd("an array for a record", "[[]]"),
        odd(
            "a configuration for a record",
            r#"{"name":"x","items":[1,2]}"#,
        ),
        whole("Records is null", r#"{"Records":null}"#),
        whole("Records is a number", r#"{"Records":7}"#),
        whole("Records is an object", r#"{"Records":{"a":[]}}"#),
        whole(
            "another tool's configuration",
            r#"{"compilerOptions":{"strict":true}}"#,
        ),
        Specimen::new(
            "a digest",
            r#"{"awsAccountId":"1","digestS3Object":"AWSLogs/1/x"}"#,
        )
        .skip(SkipReason::Digest, b"{"),
    ]
}
