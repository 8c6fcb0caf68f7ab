//! Writes one JSON object, member by member.

use crate::value::lossy;

/// An open JSON object at the end of a buffer.
pub(crate) struct Object<'a> {
    out: &'a mut Vec<u8>,
    empty: bool,
}

impl<'a> Object<'a> {
    pub(crate) fn open(out: &'a mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, empty: true }
    }

    /// Adds a member whose value is text; what is not UTF-8 becomes U+FFFD.
    pub(crate) fn text(&mut self, key: &str, value: &[u8]) {
        self.key(key);
        string(self.out, value);
    }

    /// Adds a member whose value is a decimal integer, without the leading
    /// zeros that JSON does not allow.
    pub(crate) fn number(&mut self, key: &str, value: &[u8]) {
        self.key(key);
        let (sign, digits) = match value.split_first() {
            Some((b'-', digits)) => (true, digits),
            Some(_) | None => (false, value),
        };
        let zeros = digits.iter().take_while(|b| **b == b'0').count();
        let kept = digits.get(zeros..).unwrap_or(&[]);
        if sign && !kept.is_empty() {
            self.out.push(b'-');
        }
        self.out
            .extend_from_slice(if kept.is_empty() { b"0" } else { kept });
    }

    pub(crate) fn close(self) {
        self.out.push(b'}');
    }

    fn key(&mut self, key: &str) {
        if !self.empty {
            self.out.push(b',');
        }
        self.empty = false;
        string(self.out, key.as_bytes());
        self.out.push(b':');
    }
}

fn string(out: &mut Vec<u8>, text: &[u8]) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.push(b'"');
    for b in lossy(text).iter().copied() {
        match b {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', b]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0..=0x1f | 0x7f => {
                out.extend_from_slice(b"\\u00");
                out.extend(
                    [b >> 4, b & 15]
                        .iter()
                        .filter_map(|n| HEX.get(usize::from(*n))),
                );
            }
            _ => out.push(b),
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_and_number_makes_valid_json() {
        let mut out = Vec::new();
        let mut o = Object::open(&mut out);
        o.text("a\"b", "x\\\"\n\r\t\u{1}\u{7f}é".as_bytes());
        o.text("bad", b"\xff!");
        o.number("n", b"0042");
        o.number("z", b"000");
        o.number("m", b"-007");
        o.number("mz", b"-0");
        o.number("u", b"18446744073709551615");
        o.close();
        let v: serde_json::Value = serde_json::from_slice(&out).unwrap();
        let expected = serde_json::json!({
            "a\"b": "x\\\"\n\r\t\u{1}\u{7f}é", "bad": "\u{fffd}!",
            "n": 42, "z": 0, "m": -7, "mz": 0, "u": u64::MAX,
        });
        assert_eq!(v, expected);
    }

    #[test]
    fn an_empty_object_is_one() {
        let mut out = b"[".to_vec();
        Object::open(&mut out).close();
        assert_eq!(out, b"[{}");
    }
}
