//! Resolves JSON string escapes.

/// Appends the text of a JSON string (`raw`: between its quotes, grammar
/// already checked) to `out`. Halves of surrogate pairs become U+FFFD.
pub(crate) fn unescape(raw: &[u8], out: &mut Vec<u8>) {
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        let (plain, tail) = rest.split_at(at);
        out.extend_from_slice(plain);
        rest = escape(tail, out);
    }
    out.extend_from_slice(rest);
}

/// Resolves the escape at the beginning of `tail` and gives what follows it.
fn escape<'a>(tail: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    let simple = match tail.get(1) {
        Some(b'b') => 0x08,
        Some(b'f') => 0x0C,
        Some(b'n') => b'\n',
        Some(b'r') => b'\r',
        Some(b't') => b'\t',
        Some(b'u') => return unicode(tail, out),
        Some(&other) => other,
        None => return &[],
    };
    out.push(simple);
    tail.get(2..).unwrap_or(&[])
}

fn unicode<'a>(tail: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    let after = tail.get(6..).unwrap_or(&[]);
    let unit = hex4(tail.get(2..6));
    let (scalar, rest) = match unit {
        0xD800..=0xDBFF => {
            let low = match after {
                [b'\\', b'u', ..] => hex4(after.get(2..6)),
                _ => 0,
            };
            if (0xDC00..=0xDFFF).contains(&low) {
                let scalar = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
                (scalar, after.get(6..).unwrap_or(&[]))
            } else {
                (0xFFFD, after)
            }
        }
        _ => (unit, after),
    };
    let c = char::from_u32(scalar).unwrap_or(char::REPLACEMENT_CHARACTER);
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    rest
}

fn hex4(digits: Option<&[u8]>) -> u32 {
    digits.unwrap_or(&[]).iter().fold(0, |unit, &b| {
        unit * 16 + char::from(b).to_digit(16).unwrap_or(0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(raw: &str) -> String {
        let mut out = Vec::new();
        unescape(raw.as_bytes(), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn resolves_every_escape() {
        assert_eq!(text(r#"a\"b\\c\/d\b\f\n\r\t"#), "a\"b\\c/d\u{8}\u{c}\n\r\t");
        assert_eq!(text(r"\u00e9\ud83d\ude00x"), "é😀x");
    }

    #[test]
    fn half_pairs_become_the_replacement_character() {
        assert_eq!(text(r"\ud800"), "\u{fffd}");
        assert_eq!(text(r"\ud800\u0041"), "\u{fffd}A");
        assert_eq!(text(r"\udc00z"), "\u{fffd}z");
    }

    #[test]
    fn agrees_with_serde_json() {
        for raw in [
            r"a\u0000b",
            r"\\\\n",
            r"tail\\",
            "plain",
            "",
            r"\u2028\uFFFF",
        ] {
            let quoted = format!("\"{raw}\"");
            let want: String = serde_json::from_str(&quoted).unwrap();
            assert_eq!(text(raw), want);
        }
    }
}
