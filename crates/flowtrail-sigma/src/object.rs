//! An object as text, for rules that search in one (`requestParameters|contains`).
//!
//! This goes beyond the specification, which knows no objects: the text is
//! compact JSON, in which the escapes of strings are resolved once, so that a
//! policy document inside a string reads as it was written.

/// Appends the text of `json` (grammar already checked) to `out`.
pub(crate) fn write_text(json: &[u8], out: &mut Vec<u8>) {
    let mut rest = json;
    while let Some((&b, tail)) = rest.split_first() {
        match b {
            b' ' | b'\n' | b'\r' | b'\t' => rest = tail,
            b'"' => {
                let len = string_len(tail);
                let (inner, behind) = tail.split_at(len.min(tail.len()));
                out.push(b'"');
                unescape(inner, out);
                out.push(b'"');
                rest = behind.get(1..).unwrap_or(&[]);
            }
            _ => {
                out.push(b);
                rest = tail;
            }
        }
    }
}

/// Length of a string, from behind its opening quote to its closing one.
fn string_len(text: &[u8]) -> usize {
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|t| memchr::memchr2(b'"', b'\\', t)) {
        at += found;
        if text.get(at) == Some(&b'"') {
            return at;
        }
        at += 2;
    }
    text.len()
}

fn unescape(inner: &[u8], out: &mut Vec<u8>) {
    if memchr::memchr(b'\\', inner).is_none() {
        out.extend_from_slice(inner);
        return;
    }
    let mut quoted = Vec::with_capacity(inner.len() + 2);
    quoted.push(b'"');
    quoted.extend_from_slice(inner);
    quoted.push(b'"');
    match serde_json::from_slice::<String>(&quoted) {
        Ok(text) => out.extend_from_slice(text.as_bytes()),
        // A lone surrogate: the text as it was written.
        Err(_) => out.extend_from_slice(inner),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(json: &str) -> String {
        let mut out = Vec::new();
        write_text(json.as_bytes(), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn is_compact_and_unescaped_once() {
        assert_eq!(text("{ \"a\" : [ 1 , \"b c\" ] }"), r#"{"a":[1,"b c"]}"#);
        assert_eq!(
            text(r#"{"p":"{\"Effect\":\"Allow\"}"}"#),
            r#"{"p":"{"Effect":"Allow"}"}"#
        );
        assert_eq!(text(r#"{"p":"\ud800"}"#), r#"{"p":"\ud800"}"#);
    }
}
