//! Recognises lines that stand without a header.

use flowtrail_event::EventTime;

use crate::columns::Columns;
use crate::format::Format;

/// A default format that a line can be recognised by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DefaultFormat {
    Vpc,
    Tgw,
}

/// The default format that a line has the shape of. Fourteen or thirty-six
/// columns alone would be too weak a sign: a custom format read as the default
/// one would put values into the wrong fields.
pub(crate) fn default_format(columns: &Columns, line: &[u8]) -> Option<DefaultFormat> {
    let of = |n: usize| columns.of(n, line);
    match columns.count() {
        14 if of(0) == b"2"
            && is_account(of(1))
            && (of(2).starts_with(b"eni-") || of(2) == b"-")
            && matches!(of(12), b"ACCEPT" | b"REJECT" | b"-")
            && matches!(of(13), b"OK" | b"NODATA" | b"SKIPDATA") =>
        {
            Some(DefaultFormat::Vpc)
        }
        36 if of(0) == b"6" && of(1).starts_with(b"TransitGateway") => Some(DefaultFormat::Tgw),
        _ => None,
    }
}

fn is_account(text: &[u8]) -> bool {
    matches!(text, b"unknown" | b"-") || (!text.is_empty() && text.iter().all(u8::is_ascii_digit))
}

/// The line behind a leading ISO time and its blank, as exports from
/// `CloudWatch` Logs write it; the line itself if there is none. No column of a
/// flow log is an ISO time.
pub(crate) fn without_export_time(line: &[u8]) -> &[u8] {
    if line.get(4) != Some(&b'-') || line.get(10) != Some(&b'T') {
        return line;
    }
    let end = line.iter().position(|b| matches!(b, b' ' | b'\t'));
    let Some((time, rest)) = end.and_then(|at| line.split_at_checked(at)) else {
        return line;
    };
    if EventTime::parse(time).is_some() {
        rest.trim_ascii_start()
    } else {
        line
    }
}

/// The bytes of a UTF-8 byte-order mark.
pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Lines that are looked at before a text is said to be no flow log.
const SNIFFED_LINES_MAX: usize = 32;

/// Whether a text that begins with `first_bytes` is a flow log: whether a header
/// or a line of a default format stands within the first 32 lines. Some
/// kilobytes are enough; the last line may be cut anywhere.
#[must_use]
pub fn looks_like_flow_text(first_bytes: &[u8]) -> bool {
    let text = first_bytes
        .strip_prefix(BYTE_ORDER_MARK)
        .unwrap_or(first_bytes);
    let mut lines = text
        .split(|b| *b == b'\n')
        .take(SNIFFED_LINES_MAX)
        .peekable();
    let mut columns = Columns::default();
    while let Some(line) = lines.next() {
        let line = without_export_time(line.trim_ascii());
        columns.split(line.get(..SNIFFED_LINE_BYTES_MAX).unwrap_or(line));
        if columns.has_control() {
            continue;
        }
        let is_cut = lines.peek().is_none();
        if Format::from_header(line).is_some()
            || (is_cut && Format::from_header(without_last_token(line)).is_some())
            || default_format(&columns, line).is_some()
        {
            return true;
        }
    }
    false
}

/// Far more than the 54 names of the longest header, or any record.
const SNIFFED_LINE_BYTES_MAX: usize = 64 << 10;

/// `line` without its last token, which may be cut.
fn without_last_token(line: &[u8]) -> &[u8] {
    let end = line
        .iter()
        .rposition(|b| matches!(b, b' ' | b'\t'))
        .unwrap_or(0);
    line.get(..end).unwrap_or(&[])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::{DEFAULT_TGW_FORMAT, DEFAULT_VPC_FORMAT};

    const OK: &str =
        "2 123456789012 eni-1 10.0.0.1 10.0.0.2 1 2 6 1 40 1700000000 1700000060 ACCEPT OK";

    fn shape(line: &str) -> Option<DefaultFormat> {
        let mut c = Columns::default();
        c.split(line.as_bytes());
        default_format(&c, line.as_bytes())
    }

    #[test]
    fn the_default_shapes_are_known() {
        assert_eq!(shape(OK), Some(DefaultFormat::Vpc));
        assert_eq!(
            shape("2 unknown eni-1 - - - - - - - 1 2 - SKIPDATA"),
            Some(DefaultFormat::Vpc)
        );
        let tgw = format!("6 TransitGateway{}", " -".repeat(34));
        assert_eq!(shape(&tgw), Some(DefaultFormat::Tgw));
        assert_eq!(shape(&tgw.replace("6 ", "5 ")), None);
        for other in [
            &OK.replacen('2', "3", 1),
            &OK.replace("eni-1", "10.0.0.9"),
            &OK.replace("ACCEPT OK", "OK ACCEPT"),
            &OK.replace("123456789012", "acct"),
            &format!("{OK} more"),
        ] {
            assert_eq!(shape(other), None, "{other}");
        }
    }

    #[test]
    fn an_export_time_is_taken_off() {
        let line = format!("2026-01-01T00:00:00.000Z  {OK}");
        assert_eq!(without_export_time(line.as_bytes()), OK.as_bytes());
        for same in [
            OK,
            "2026-01-01T00:00:00Z",
            "2026-99-01T00:00:00Z 2 3",
            "",
            "2026-01-01",
        ] {
            assert_eq!(without_export_time(same.as_bytes()), same.as_bytes());
        }
    }

    #[test]
    fn flow_text_is_told_from_other_text() {
        let yes = [
            DEFAULT_VPC_FORMAT.to_owned(),
            DEFAULT_TGW_FORMAT.chars().take(200).collect(),
            format!("\u{feff}{DEFAULT_VPC_FORMAT}\r\n{OK}"),
            format!("\n\nsome other line\n{OK}\n"),
            format!("2026-01-01T00:00:00.000Z {OK}"),
        ];
        for text in yes {
            assert!(looks_like_flow_text(text.as_bytes()), "{text}");
        }
        let no = [
            "",
            "{\"Records\":[{\"eventVersion\":\"1.08\"}]}",
            "version: 2\nend: never\n",
            "start end now.\n",
            "10.0.0.1 - - [10/Oct/2000:13:55:36] \"GET / HTTP/1.0\" 200 2326",
            "PAR1\0\0",
            "\0\0\0\0",
        ];
        for text in no {
            assert!(!looks_like_flow_text(text.as_bytes()), "{text}");
        }
    }
}
