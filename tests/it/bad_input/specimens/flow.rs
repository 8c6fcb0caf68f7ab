//! Lines of flow logs with something wrong in them.

use flowtrail_event::NoteKind;
use flowtrail_event::SkipReason::{self, BadNumber, Garbage, WrongColumns};

use super::Specimen;

const HEADER: &str = "version account-id interface-id srcaddr dstaddr srcport dstport protocol \
                      packets bytes start end action log-status";

/// A line of the default format.
pub(crate) fn line(src: &str) -> String {
    let ports = "40000 443 6 10 840 1772445600 1772445660 ACCEPT OK";
    format!("2 123456789012 eni-1 {src} 10.0.0.9 {ports}")
}

/// A sound line but for one thing: what stands there, and what instead.
const REFUSED: [(&str, &str, &str, SkipReason); 7] = [
    (
        "a port beyond 64 bits",
        "443",
        "18446744073709551616",
        BadNumber,
    ),
    ("bytes in hexadecimal", "840", "0x348", BadNumber),
    ("a fraction of a packet", " 10 ", " 1.5 ", BadNumber),
    ("a column too many", "OK", "OK OK", WrongColumns),
    ("a column too few", " OK", "", WrongColumns),
    (
        "half a line",
        " 10.0.0.9 40000 443 6 10 840 1772445600 1772445660 ACCEPT OK",
        "",
        WrongColumns,
    ),
    ("NUL in a line", "eni-1", "eni\0", Garbage),
];

/// A header, and `odd` between two sound lines.
fn amid(odd: &[u8]) -> Vec<u8> {
    let (a, b) = (line("10.0.0.1"), line("10.0.0.2"));
    [HEADER.as_bytes(), a.as_bytes(), odd, b.as_bytes(), b""].join(&b'\n')
}

fn refused(name: &'static str, bad: &[u8], reason: SkipReason) -> Specimen {
    Specimen::new(name, amid(bad))
        .judged(&["10.0.0.1", "10.0.0.2"])
        .skip(reason, bad)
}

fn kept(name: &'static str, odd: &[u8]) -> Specimen {
    Specimen::new(name, amid(odd)).judged(&["10.0.0.1", "10.0.0.2", "10.9.9.9"])
}

fn changed(from: &str, to: &str) -> Vec<u8> {
    line("10.9.9.9").replace(from, to).into_bytes()
}

pub(super) fn specimens() -> Vec<Specimen> {
    let mut all: Vec<_> = REFUSED
        .iter()
        .map(|(name, from, to, reason)| refused(name, &changed(from, to), *reason))
        .collect();
    let nodata = changed("ACCEPT OK", "- NODATA");
    let beyond = "18446744073709551615 18446744073709551615";
    let timeless = changed("1772445600 1772445660", beyond);
    let late = changed("1772445660", "99999999999999999");
    let mut latin1 = changed("eni-1", "eni-?");
    latin1
        .iter_mut()
        .filter(|b| **b == b'?')
        .for_each(|b| *b = 0xE9);
    let good = line("10.0.0.3");
    let crlf = format!(
        "\u{feff}{HEADER}\r\n{good}\r\n\r\n{} \r\n",
        line("10.9.9.9")
    );
    all.extend([
        refused("binary for a line", b"\xDE\xAD\xBE\xEF", Garbage),
        kept("no UTF-8 in a line", &latin1).note(NoteKind::InvalidUtf8, &latin1),
        kept("a time beyond every calendar", &late),
        kept("times beyond a signed number", &timeless).note(NoteKind::NoTime, &timeless),
        kept("an interval without data", &nodata).note(NoteKind::NoData, &nodata),
        Specimen::new("mark and CRLF in a flow log", crlf)
            .judged(&["10.0.0.3", "10.9.9.9"])
            .note(NoteKind::ByteOrderMark, b"\xEF"),
        Specimen::new("a header and nothing else", HEADER),
        Specimen::new("lines without a header", format!("{good}\nsome words\n"))
            .judged(&["10.0.0.3"])
            .skip(SkipReason::UnknownFormat, b"some"),
    ]);
    all
}
