//! Objects with something wrong in them, each with what must be told of it.

mod flow;
mod json;

use flowtrail_event::{NoteKind, ObjectFault, SkipReason};

pub(crate) use flow::line;

/// An object, and what a scan under the witness rules must say.
pub(crate) struct Specimen {
    pub(crate) name: &'static str,
    pub(crate) bytes: Vec<u8>,
    /// Records that are judged, sorted.
    pub(crate) judged: Vec<String>,
    /// Skips with their offsets, in the order in which they are met.
    pub(crate) skips: Vec<(SkipReason, u64)>,
    /// Notes with the offsets of their records, in that order.
    pub(crate) notes: Vec<(NoteKind, u64)>,
    pub(crate) fault: Option<ObjectFault>,
}

impl Specimen {
    fn new(name: &'static str, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            name,
            bytes: bytes.into(),
            judged: Vec::new(),
            skips: Vec::new(),
            notes: Vec::new(),
            fault: None,
        }
    }

    fn judged(mut self, ids: &[&str]) -> Self {
        self.judged = ids.iter().map(|id| (*id).to_owned()).collect();
        self
    }

    /// A skip at the place where `mark` stands.
    fn skip(self, reason: SkipReason, mark: &[u8]) -> Self {
        let at = self.place(mark);
        self.skip_at(reason, at)
    }

    fn skip_at(mut self, reason: SkipReason, at: u64) -> Self {
        self.skips.push((reason, at));
        self
    }

    /// A note about the record that begins where `mark` stands.
    fn note(mut self, kind: NoteKind, mark: &[u8]) -> Self {
        let at = self.place(mark);
        self.notes.push((kind, at));
        self
    }

    fn fault(mut self, fault: ObjectFault) -> Self {
        self.fault = Some(fault);
        self
    }

    fn place(&self, mark: &[u8]) -> u64 {
        let found = self.bytes.windows(mark.len()).position(|w| w == mark);
        found.unwrap_or_else(|| panic!("{}: no such mark", self.name)) as u64
    }

    /// Of an object that is no log only the beginning is read.
    pub(crate) fn bytes_read(&self) -> usize {
        match self.fault {
            Some(_) => self.bytes.len().min(8 << 10),
            None => self.bytes.len(),
        }
    }
}

/// A sound record.
pub(crate) fn record(id: &str) -> String {
    with(id, r#""eventName":"StopLogging""#)
}

/// A record with more in it.
pub(crate) fn with(id: &str, more: &str) -> String {
    format!(
        r#"{{"eventVersion":"1.08","eventID":"{id}","eventTime":"2026-03-02T10:00:00Z","eventSource":"cloudtrail.amazonaws.com","recipientAccountId":"123456789012",{more}}}"#
    )
}

/// An object with these records.
pub(crate) fn records(ids: &[&str]) -> Vec<u8> {
    let all: Vec<_> = ids.iter().map(|id| record(id)).collect();
    format!("{{\"Records\":[{}]}}", all.join(",")).into_bytes()
}

/// All of them.
pub(crate) fn specimens() -> Vec<Specimen> {
    let mut all = json::specimens();
    all.extend(flow::specimens());
    all.extend(frames());
    all.extend(no_logs());
    all
}

fn frames() -> Vec<Specimen> {
    let bom = |rest: &[u8]| [b"\xEF\xBB\xBF", rest].concat();
    let crlf = format!(
        "{{\r\n \"Records\": [\r\n{},\r\n{}\r\n]\r\n}}\r\n",
        record("a"),
        record("b")
    );
    let lines = format!("{}\r\n\r\n{}\r\n", record("a"), record("b"));
    vec![
        Specimen::new("nothing", ""),
        Specimen::new("blanks", " \r\n\t\n"),
        Specimen::new("kilobytes of blanks", " ".repeat(20_000)),
        Specimen::new(
            "a log behind kilobytes of blanks",
            [vec![b'\n'; 20_000], records(&["a"])].concat(),
        )
        .judged(&["a"]),
        Specimen::new("no records", "{\"Records\":[]}"),
        Specimen::new("an empty array", "[]"),
        Specimen::new("an empty object", "{}").skip(SkipReason::NotARecord, b"{}"),
        Specimen::new("byte-order mark", bom(&records(&["a", "b"])))
            .judged(&["a", "b"])
            .note(NoteKind::ByteOrderMark, b"\xEF"),
        Specimen::new(
            "byte-order mark before a record a line",
            bom(lines.as_bytes()),
        )
        .judged(&["a", "b"])
        .note(NoteKind::ByteOrderMark, b"\xEF"),
        Specimen::new("nothing but a byte-order mark", bom(b"")),
        Specimen::new("CRLF", crlf).judged(&["a", "b"]),
        Specimen::new("CRLF between a record a line", lines).judged(&["a", "b"]),
    ]
}

fn no_logs() -> Vec<Specimen> {
    let none = |name, bytes: &[u8]| Specimen::new(name, bytes).fault(ObjectFault::NotALog);
    vec![
        none("words", b"The quick brown fox\njumps over the lazy dog\n"),
        none("a long text", &b"All work and no play\n".repeat(1000)),
        none("a program", b"\x7FELF\x02\x01\x01\0"),
        none("an image", b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR"),
        none("NUL bytes", &[0; 9000]),
        none("UTF-16", b"\xFF\xFE{\0\"\0"),
        none("zstd", b"\x28\xB5\x2F\xFD\0\0"),
        none("one byte of gzip", b"\x1F"),
        none("a table", b"time,name\n2026-03-02,x\n"),
        none(
            "NUL before a log",
            &[b"\0".to_vec(), records(&["a"])].concat(),
        ),
        Specimen::new("Parquet that ends too early", b"PAR1\x15\x04".to_vec())
            .fault(ObjectFault::Corrupt),
    ]
}
