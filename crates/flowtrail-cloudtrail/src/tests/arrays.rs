//! Slots that keep arrays whole, beside those that do not.

use flowtrail_event::{
    Event, Flow, Limits, Note, NoteKind, Projection, Service, Sink, Skip, Value,
};

use crate::Reader;

const FIELDS: [&str; 3] = ["a", "a.b", "c"];

#[derive(Default)]
struct Shown {
    projection: Projection,
    values: Vec<String>,
    notes: Vec<NoteKind>,
}

impl Sink for Shown {
    fn event(&mut self, event: &mut Event<'_>) -> Flow {
        for name in FIELDS {
            for value in event.values(self.projection.find(name).unwrap()) {
                let text = match value {
                    Value::Object(json) => String::from_utf8(json.to_vec()).unwrap(),
                    Value::EmptyArray => "no member".to_owned(),
                    Value::Null => "null".to_owned(),
                    Value::Bool(_) | Value::Number(_) | Value::Text(_) => {
                        value.as_str().unwrap().to_owned()
                    }
                };
                self.values.push(format!("{name}: {text}"));
            }
        }
        Flow::Continue
    }
    fn skip(&mut self, _: Skip) {
        self.values.push("skip".to_owned());
    }
    fn note(&mut self, note: Note) {
        self.notes.push(note.kind);
    }
}

fn read(json: &str, whole: &[&str]) -> Vec<String> {
    let mut shown = Shown::default();
    for name in FIELDS {
        let slot = shown.projection.slot(name);
        if whole.contains(&name) {
            shown.projection.keep_arrays(slot);
        }
    }
    let mut reader = Reader::new(&shown.projection, &Limits::default());
    reader.read_object(json.as_bytes(), Service::CloudTrail, &mut shown);
    assert!(!shown.notes.contains(&NoteKind::DuplicateKey), "{json}");
    shown.values
}

#[test]
fn an_array_is_one_value_as_written() {
    for (json, spread, whole) in [
        (
            r#"{"c":[1, "x",null]}"#,
            vec!["c: 1", "c: x", "c: null"],
            r#"c: [1, "x",null]"#,
        ),
        (r#"{"c":[]}"#, vec!["c: no member"], "c: []"),
        (r#"{"c":[[1],[ 2]]}"#, vec!["c: 1", "c: 2"], "c: [[1],[ 2]]"),
        (
            r#"{"c":[{"d":[]}]}"#,
            vec![r#"c: {"d":[]}"#],
            r#"c: [{"d":[]}]"#,
        ),
        (
            r#"{"c":{"d":[1]}}"#,
            vec![r#"c: {"d":[1]}"#],
            r#"c: {"d":[1]}"#,
        ),
        (r#"{"c":"x"}"#, vec!["c: x"], "c: x"),
    ] {
        assert_eq!(read(json, &[]), spread, "{json}");
        assert_eq!(read(json, &["c"]), [whole], "{json}");
    }
}

#[test]
fn fields_below_a_whole_array_are_still_read() {
    let json = r#"{"a":[{"b":1},[{"b":[2,3]}],4],"c":5}"#;
    assert_eq!(
        read(json, &["a"]),
        [
            "a: [{\"b\":1},[{\"b\":[2,3]}],4]",
            "a.b: 1",
            "a.b: 2",
            "a.b: 3",
            "c: 5"
        ]
    );
    assert_eq!(
        read(json, &["a.b"]),
        [
            "a: {\"b\":1}",
            "a: {\"b\":[2,3]}",
            "a: 4",
            "a.b: 1",
            "a.b: [2,3]",
            "c: 5"
        ]
    );
}
