//! JSON that may be shown on a terminal.
//!
//! JSON itself escapes only what lies below U+0020. Everything else that a
//! terminal or a reader could be misled by is written as `\uXXXX` here, which
//! every parser turns back into the same text: nothing is lost.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};

use crate::sanitize::is_unsafe;

/// Compact JSON with unsafe characters escaped.
struct SafeFormatter(CompactFormatter);

impl Formatter for SafeFormatter {
    fn write_string_fragment<W>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()>
    where
        W: ?Sized + Write,
    {
        if !fragment.chars().any(is_unsafe) {
            return self.0.write_string_fragment(writer, fragment);
        }
        let mut units = [0_u16; 2];
        let mut utf8 = [0_u8; 4];
        for c in fragment.chars() {
            if is_unsafe(c) {
                for unit in c.encode_utf16(&mut units) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            } else {
                writer.write_all(c.encode_utf8(&mut utf8).as_bytes())?;
            }
        }
        Ok(())
    }
}

/// Writes a value as one line of JSON that a terminal may show: what it would
/// act upon is escaped.
///
/// # Errors
/// Those of `out`.
pub fn write_line<T: Serialize + ?Sized>(value: &T, out: &mut dyn Write) -> io::Result<()> {
    let mut serializer = Serializer::with_formatter(&mut *out, SafeFormatter(CompactFormatter));
    value.serialize(&mut serializer)?;
    out.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_lose_nothing() {
        let text = "a\u{9b}31m\u{7f}\u{202e}\u{e0041}\n\"\\日本é";
        let mut out = Vec::new();
        write_line(text, &mut out).unwrap();
        let line = String::from_utf8(out).unwrap();
        assert_eq!(
            line,
            "\"a\\u009b31m\\u007f\\u202e\\udb40\\udc41\\n\\\"\\\\日本é\"\n"
        );
        assert!(!line.trim_end().chars().any(is_unsafe));
        assert_eq!(serde_json::from_str::<String>(&line).unwrap(), text);
    }
}
