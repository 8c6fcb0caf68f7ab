//! The reader over every shape, every split and every kind of damage.

mod arrays;

use std::fmt::Write as _;

use flowtrail_event::{
    Event, Flow, Limits, Location, Note, NoteKind, Projection, Sink, Skip, SkipReason, SlotId,
    Value,
};

use crate::{Reader, RecordSink};

const FIELDS: [&str; 6] = [
    "eventName",
    "userIdentity.userName",
    "requestParameters",
    "requestParameters.groups.items.id",
    "requestParameters.tags",
    "errorCode",
];

#[derive(Default, Debug, PartialEq)]
struct Seen {
    events: Vec<String>,
    skips: Vec<(SkipReason, u64, u64)>,
    notes: Vec<(NoteKind, u64)>,
    lines: Vec<String>,
}

struct Collect {
    slots: Vec<SlotId>,
    seen: Seen,
    stop_after: usize,
}

impl Sink for Collect {
    fn event(&mut self, event: &mut Event<'_>) -> Flow {
        let mut text = format!(
            "{} {:?} @{}",
            event.service,
            event.time.map(|t| t.0),
            event.location.offset
        );
        for (slot, name) in self.slots.iter().zip(FIELDS) {
            for v in event.values(*slot) {
                let shown = match v {
                    Value::Null => "null".into(),
                    Value::EmptyArray => "[]".into(),
                    Value::Bool(b) => b.to_string(),
                    Value::Object(o) => format!("object:{}", o.len()),
                    Value::Text(t) => format!("{:?}", String::from_utf8_lossy(t)),
                    Value::Number(n) => String::from_utf8_lossy(n).into_owned(),
                };
                write!(text, " {name}={shown}").unwrap();
            }
        }
        self.seen.events.push(text);
        if self.seen.events.len() == self.stop_after {
            return Flow::Stop;
        }
        Flow::Continue
    }

    fn skip(&mut self, skip: Skip) {
        self.seen.skips.push((skip.reason, skip.offset, skip.len));
    }

    fn note(&mut self, note: Note) {
        self.seen.notes.push((note.kind, note.offset));
    }
}

impl RecordSink for Collect {
    fn log_line(&mut self, line: &[u8], _: Location) -> Flow {
        self.seen
            .lines
            .push(String::from_utf8_lossy(line).into_owned());
        Flow::Continue
    }
}

fn read_in(text: &[u8], piece: usize, limits: &Limits) -> Seen {
    let mut projection = Projection::new();
    let slots = FIELDS.iter().map(|f| projection.slot(f)).collect();
    let mut sink = Collect {
        slots,
        seen: Seen::default(),
        stop_after: usize::MAX,
    };
    let mut reader = Reader::new(&projection, limits);
    for bytes in text.chunks(piece) {
        reader.push(bytes, &mut sink);
    }
    reader.finish(&mut sink);
    sink.seen
}

/// Reads `text` in one piece and in many splits, which must agree.
fn read_with(text: &[u8], limits: &Limits) -> Seen {
    let whole = read_in(text, text.len().max(1), limits);
    for piece in [1, 2, 3, 5, 7, 11, 13, 64, 255, 4096] {
        assert_eq!(read_in(text, piece, limits), whole, "pieces of {piece}");
    }
    whole
}

fn read(text: &str) -> Seen {
    read_with(text.as_bytes(), &Limits::default())
}

fn record(name: &str) -> String {
    format!(
        r#"{{"eventVersion":"1.08","userIdentity":{{"type":"IAMUser","userName":"ada"}},"eventTime":"2026-11-21T10:00:00Z","eventSource":"iam.amazonaws.com","eventName":"{name}","requestParameters":null}}"#
    )
}

fn names(seen: &Seen) -> Vec<&str> {
    let name = |e: &'_ str| -> Option<usize> { e.find("eventName=\"").map(|at| at + 11) };
    seen.events
        .iter()
        .map(|e| {
            name(e)
                .and_then(|at| e.get(at..)?.split('"').next())
                .unwrap_or("?")
        })
        .collect()
}

#[test]
fn every_shape_gives_the_same_records() {
    let (a, b) = (record("CreateUser"), record("DeleteUser"));
    let quoted = |r: &str| serde_json::to_string(r).unwrap();
    let shapes = [
        format!(r#"{{"Records":[{a},{b}]}}"#),
        format!(" {{ \"Records\" : [ {a} ,\n {b} ] }} "),
        format!(r#"{{"nextToken":{{"x":["Records"]}},"Records":[{a},{b}],"tail":[1,{{"k":2}}]}}"#),
        format!(r#"{{"Records":[{a}],"x":1,"Records":[{b}]}}"#),
        format!("[{a},{b}]"),
        format!("{a}\n{b}\n"),
        format!("{a}\r\n{b}"),
        format!("{a}{b}"),
        format!(r#"{{"Records":[{a}]}}{{"Records":[{b}]}}"#),
        format!(
            r#"{{"version":"0","detail-type":"AWS API Call via CloudTrail","source":"aws.iam","detail":{a}}}"#
        ) + &format!(r#"{{"detail":{b},"account":"1"}}"#),
        format!(
            r#"{{"Events":[{{"EventName":"x","CloudTrailEvent":{}}},{{"CloudTrailEvent":{}}}]}}"#,
            quoted(&a),
            quoted(&b)
        ),
        format!(
            r#"{{"messageType":"DATA_MESSAGE","logEvents":[{{"id":"1","message":{}}},{{"id":"2","message":{}}}]}}"#,
            quoted(&a),
            quoted(&b)
        ),
        format!("2026-11-21T10:00:00.000Z {a}\n2026-11-21T10:00:01.000Z {b}\n"),
        format!(r#"[{{"data":{{"Records":[{a},{b}]}},"log":"cloudtrail"}}]"#),
        format!("\u{feff}{a}\n{b}"),
    ];
    for shape in &shapes {
        let seen = read(shape);
        assert_eq!(names(&seen), ["CreateUser", "DeleteUser"], "{shape}");
        assert!(seen.skips.is_empty(), "{shape}: {:?}", seen.skips);
        assert!(
            seen.events
                .iter()
                .all(|e| e.contains("Some(1795255200000)")),
            "{:?}",
            seen.events
        );
    }
}

#[test]
fn pretty_printed_is_read_too() {
    let value: serde_json::Value = serde_json::from_str(&record("CreateUser")).unwrap();
    let pretty =
        serde_json::to_string_pretty(&serde_json::json!({"Records": [value, value]})).unwrap();
    assert_eq!(names(&read(&pretty)), ["CreateUser", "CreateUser"]);
    assert_eq!(
        names(&read(&pretty.replace('\n', "\r\n"))),
        ["CreateUser", "CreateUser"]
    );
}

#[test]
fn services_are_told_by_content() {
    let insight = r#"{"eventVersion":"1.08","eventTime":"2026-11-21T10:00:00Z","eventType":"AwsCloudTrailInsight","insightDetails":{"state":"Start"},"eventCategory":"Insight"}"#;
    let network = r#"{"eventVersion":"1.09","eventTime":"2026-11-21T10:00:00Z","eventName":"GetObject","eventType":"AwsVpceEvents","eventCategory":"NetworkActivity"}"#;
    let seen = read(&format!(r#"{{"Records":[{insight},{network}]}}"#));
    assert!(
        seen.events[0].starts_with("cloudtrail-insight "),
        "{seen:?}"
    );
    assert!(
        seen.events[1].starts_with("cloudtrail-networkactivity "),
        "{seen:?}"
    );
}

#[test]
fn digests_aggregates_and_control_messages_are_named() {
    let digest = r#"{"awsAccountId":"1","digestS3Object":"k","logFiles":[{"s3Bucket":"b"}]}"#;
    assert_eq!(
        read(digest).skips,
        [(SkipReason::Digest, 0, digest.len() as u64)]
    );
    let aggregate =
        r#"{"eventVersion":"1.0","eventCategory":"Aggregated","eventType":"AwsAggregatedEvent"}"#;
    assert_eq!(
        read(&format!("[{aggregate}]")).skips,
        [(SkipReason::Aggregate, 1, aggregate.len() as u64)]
    );
    let control = r#"{"messageType":"CONTROL_MESSAGE","logEvents":[{"id":"","message":"CWL CONTROL MESSAGE"}]}"#;
    let seen = read(control);
    assert_eq!(seen.skips.len(), 1);
    assert_eq!(seen.skips[0].0, SkipReason::ControlMessage);
}

#[test]
fn lines_of_other_logs_are_handed_on() {
    let seen = read(
        r#"{"messageType":"DATA_MESSAGE","logEvents":[{"message":"2 123 eni-1 -"},{"message":"x"}]}"#,
    );
    assert_eq!(seen.lines, ["2 123 eni-1 -", "x"]);
    assert!(seen.skips.is_empty());
}

#[test]
fn fields_of_every_kind() {
    let text = r#"{"eventVersion":"1","eventTime":"2026-11-21T10:00:00Z","eventName":"A\u0042\n","requestParameters":{"groups":{"items":[{"id":"g1"},{"id":null},{"x":1},{"id":["g2",{"id":7},3]}]},"tags":[]},"errorCode":false,"user\u0049dentity":{"userName":12.5e1}}"#;
    let seen = read(text);
    let event = &seen.events[0];
    for want in [
        r#"eventName="AB\n""#,
        r#"requestParameters.groups.items.id="g1" requestParameters.groups.items.id=null requestParameters.groups.items.id="g2" requestParameters.groups.items.id=object:8 requestParameters.groups.items.id=3"#,
        "requestParameters=object:",
        "requestParameters.tags=[]",
        "errorCode=false",
        "userIdentity.userName=12.5e1",
    ] {
        assert!(event.contains(want), "{want} in {event}");
    }
    assert!(seen.notes.is_empty(), "{:?}", seen.notes);
}

#[test]
fn literal_dotted_keys_stand_for_paths() {
    let seen = read(
        r#"{"eventVersion":"1","userIdentity.userName":"a","requestParameters":{"groups.items":{"id":"b"}}}"#,
    );
    assert!(seen.events[0].contains(r#"userIdentity.userName="a""#));
    assert!(seen.events[0].contains(r#"items.id="b""#));
}

#[test]
fn doubled_keys_show_both_values() {
    let seen = read(
        r#"{"eventVersion":"1","eventTime":"2026-11-21T10:00:00Z","eventName":"A","eventName":"B"}"#,
    );
    assert!(seen.events[0].contains(r#"eventName="A" eventName="B""#));
    assert_eq!(seen.notes, [(NoteKind::DuplicateKey, 0)]);
    let seen = read(
        r#"{"eventVersion":"1","eventTime":"2026-11-21T10:00:00Z","eventTime":"2026-11-21T11:00:00Z"}"#,
    );
    assert_eq!(seen.notes, [(NoteKind::DuplicateKey, 0)]);
}

#[test]
fn damage_costs_one_record() {
    let (a, b) = (record("CreateUser"), record("DeleteUser"));
    let broken = [
        a.replace("\"eventSource\":", "\"eventSource:"),
        a.replace("\"userIdentity\":{", "\"userIdentity\":["),
        a.replace("null", "nul"),
        a.replace("IAMUser\"", "IAMUser\u{0}\""),
        a.replace("IAMUser\"", "IAM\nUser\""),
        a.replace("ada\"}", "ada\""),
    ];
    for x in &broken {
        let text = format!(r#"{{"Records":[{b},{x},{b},{b}]}}"#);
        let seen = read(&text);
        let lost = 4 - names(&seen).len();
        assert!((1..=2).contains(&lost), "{x}: {seen:?}");
        assert_eq!(seen.skips.len(), 1, "{x}: {seen:?}");
        assert!(seen.skips[0].2 > 0);
        let lines = format!("{b}\n{x}\n{b}\n{b}\n");
        assert!(names(&read(&lines)).len() >= 2, "{x}");
    }
}

#[test]
fn a_missing_comma_costs_nothing_and_is_told() {
    let (a, b) = (record("CreateUser"), record("DeleteUser"));
    for gap in ["", " ", "\n"] {
        let seen = read(&format!(r#"{{"Records":[{a}{gap}{b},{a}]}}"#));
        assert_eq!(names(&seen), ["CreateUser", "DeleteUser", "CreateUser"]);
        let at = (12 + a.len() + gap.len()) as u64;
        assert_eq!(seen.skips, [(SkipReason::Malformed, at, 0)]);
    }
}

/// Behind damage the next record is looked for; how much white space or how
/// many NUL bytes stand around it must not matter to the split.
#[test]
fn behind_damage_the_split_does_not_matter() {
    let (a, b) = (record("CreateUser"), record("DeleteUser"));
    for n in [1, 90, 110, 250, 300, 5000] {
        let (blank, nul) = (" ".repeat(n), "\0".repeat(n));
        let spread = b.replacen('{', &format!("{{{blank}"), 1);
        let seen = read(&format!(r#"{{"Records":[{a},x,{blank}{b},{a}]}}"#));
        assert!(names(&seen).len() >= 2, "{n}: {seen:?}");
        let seen = read(&format!(r#"{{"Records":[{a},x,{spread},{a}]}}"#));
        assert!(names(&seen).len() >= 2, "{n}: {seen:?}");
        let seen = read(&format!(r#"{{"Records":[{a},{nul}{b},{a}]}}"#));
        assert_eq!(names(&seen), ["CreateUser", "DeleteUser", "CreateUser"]);
        assert_eq!(seen.skips.len(), 1);
        read(&format!(r#"{{"Records":[],"x":{{}}{blank}{a}{blank}{b}}}"#));
    }
}

#[test]
fn a_cut_names_what_it_cut() {
    let text = format!(
        r#"{{"Records":[{},{}]}}"#,
        record("CreateUser"),
        record("DeleteUser")
    );
    for cut in 1..text.len() {
        let seen = read_in(&text.as_bytes()[..cut], cut, &Limits::default());
        assert_eq!(seen.skips.len(), 1, "{cut}: {seen:?}");
        assert_eq!(seen.skips[0].0, SkipReason::Truncated);
        let end = seen.skips[0].1 + seen.skips[0].2;
        assert_eq!(end, cut as u64);
    }
    assert_eq!(read("").events.len() + read("").skips.len(), 0);
    assert_eq!(read(" \n ").skips.len(), 0);
}

#[test]
fn limits_are_kept_and_counted() {
    let limits = Limits {
        record_bytes_max: 2000,
        nesting_max: 20,
        ..Limits::default()
    };
    let a = record("CreateUser");
    let big = a.replace("IAMUser", &"x\\\"}]".repeat(4000));
    let deep = a.replace("null", &format!("{}{}", "[".repeat(500), "]".repeat(500)));
    let deep_wanted = a.replace(
        "null",
        &format!(
            "{}{}",
            "{\"groups\":".repeat(30),
            "1".to_owned() + &"}".repeat(30)
        ),
    );
    let text = format!(r#"{{"Records":[{a},{big},{deep},{deep_wanted},{a}]}}"#);
    let seen = read_with(text.as_bytes(), &limits);
    assert_eq!(names(&seen), ["CreateUser", "CreateUser"]);
    let reasons: Vec<_> = seen.skips.iter().map(|s| s.0).collect();
    assert_eq!(
        reasons,
        [
            SkipReason::TooLarge,
            SkipReason::TooDeep,
            SkipReason::TooDeep
        ]
    );
    let line = "x".repeat(10_000);
    let seen = read_with(format!("{line}\n{a}\n{line}").as_bytes(), &limits);
    assert_eq!(
        seen.skips.iter().map(|s| s.0).collect::<Vec<_>>(),
        [SkipReason::TooLarge; 2]
    );
    assert_eq!(names(&seen), ["CreateUser"]);
}

#[test]
fn ten_thousand_levels_do_no_harm() {
    let a = record("CreateUser");
    let deep = a.replace("null", &"[".repeat(10_000));
    let seen = read(&format!("{deep}\n"));
    assert_eq!(seen.skips.len(), 1);
    assert_eq!(seen.skips[0].0, SkipReason::TooDeep);
}

#[test]
fn invalid_utf8_is_read_and_noted() {
    let mut text = record("CreateUser").into_bytes();
    let at = text.windows(3).position(|w| w == b"ada").unwrap();
    text[at] = 0xFF;
    let seen = read_with(&text, &Limits::default());
    assert!(seen.events[0].contains("\u{fffd}da"), "{:?}", seen.events);
    assert_eq!(seen.notes, [(NoteKind::InvalidUtf8, 0)]);
}

#[test]
fn half_a_surrogate_is_noted_wherever_it_stands() {
    let seen = read(&record("CreateUser").replace("iam.", r"\ud800"));
    assert_eq!(seen.notes, [(NoteKind::LoneSurrogate, 0)]);
    assert_eq!(names(&seen), ["CreateUser"]);
}

#[test]
fn what_is_no_log_is_skipped_not_lost() {
    for text in [
        "hello\nworld\n",
        r#"{"a":1}"#,
        "[1,2]",
        "123\n",
        "\0\0\0",
        "[[{\"a\":1}]]",
        "}",
        "]",
        r#"{"Records":{}}"#,
    ] {
        let seen = read(text);
        assert!(seen.events.is_empty());
        assert!(!seen.skips.is_empty(), "{text}");
    }
}

#[test]
fn a_sink_can_stop_the_reader() {
    let a = record("CreateUser");
    let mut projection = Projection::new();
    let slots = vec![projection.slot("eventName")];
    let mut sink = Collect {
        slots,
        seen: Seen::default(),
        stop_after: 1,
    };
    let mut reader = Reader::new(&projection, &Limits::default());
    let text = format!("{a}\n{a}\n{a}\n");
    assert_eq!(reader.push(text.as_bytes(), &mut sink), Flow::Stop);
    assert_eq!(reader.finish(&mut sink), Flow::Stop);
    assert_eq!(sink.seen.events.len(), 1);
    reader.reset();
    sink.stop_after = usize::MAX;
    reader.push(text.as_bytes(), &mut sink);
    assert_eq!(sink.seen.events.len(), 4);
}

#[test]
fn every_value_reaches_the_keyword_slot() {
    let mut projection = Projection::new();
    projection.slot("userIdentity.userName");
    // Whether somebody wants a null or not, it is no value to search in.
    projection.slot("wanted");
    let every = projection.slot_for_every_value();
    let mut reader = Reader::new(&projection, &Limits::default());
    let mut sink = Collect {
        slots: vec![every],
        seen: Seen::default(),
        stop_after: usize::MAX,
    };
    let text = r#"{"eventVersion":"1","userIdentity":{"userName":"u","x":["a",{"b":"c\u0041"}]},"n":4444,"t":true,"z":null,"wanted":null,"e":[],"eventTime":"t"}"#;
    reader.push(text.as_bytes(), &mut sink);
    let event = &sink.seen.events[0];
    let values: Vec<&str> = event.split("eventName=").skip(1).map(str::trim).collect();
    assert_eq!(
        values,
        ["\"1\"", "\"u\"", "\"a\"", "\"cA\"", "4444", "true", "\"t\""]
    );
}

#[test]
fn blanks_before_a_cut_belong_to_no_skip() {
    let limits = Limits::default();
    for text in [
        "[\n\"",
        "[ 1 , \"a",
        "{\"Records\":[\n {\"a",
        "[\n[\"",
        "[ [\n{",
    ] {
        let whole = read_in(text.as_bytes(), text.len(), &limits);
        for piece in 1..text.len() {
            assert_eq!(
                read_in(text.as_bytes(), piece, &limits),
                whole,
                "{text:?} by {piece}"
            );
        }
    }
}

mod random {
    use super::{Limits, read_in, record};
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        /// Damage anywhere: nothing panics, the split changes nothing, and every
        /// byte lies in an event, in a skip, or between them.
        #[test]
        fn damage_anywhere(at in 0_usize..600, byte: u8, piece in 1_usize..40, cut in 0_usize..700) {
            let mut text = format!(r#"{{"Records":[{},{},{}]}}"#, record("A"), record("B"), record("C")).into_bytes();
            if let Some(b) = text.get_mut(at) { *b = byte; }
            text.truncate(cut);
            let limits = Limits { record_bytes_max: 400, ..Limits::default() };
            let whole = read_in(&text, text.len().max(1), &limits);
            prop_assert_eq!(&read_in(&text, piece, &limits), &whole);
        }

        #[test]
        fn any_bytes(text in proptest::collection::vec(any::<u8>(), 0..300), piece in 1_usize..40) {
            let whole = read_in(&text, text.len().max(1), &Limits::default());
            prop_assert_eq!(read_in(&text, piece, &Limits::default()), whole);
        }

        #[test]
        fn json_like_bytes(text in r#"[\{\}\[\]",: \nRecords"eventVersion"a1\\]{0,200}"#, piece in 1_usize..40) {
            let text = text.as_bytes();
            let whole = read_in(text, text.len().max(1), &Limits::default());
            prop_assert_eq!(read_in(text, piece, &Limits::default()), whole);
        }
    }
}
