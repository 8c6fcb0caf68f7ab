//! Texts that are cut to what AWS takes.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use serde_json::{Value, json};

/// The head of a text: at most `bytes`, cut between characters.
pub(super) fn head(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or("")
}

/// JSON in which the two characters are escaped that are valid in JSON and make
/// SQS refuse a message. Outside of its strings JSON has neither.
pub(super) fn without_noncharacters(json: &str) -> String {
    json.replace('\u{fffe}', "\\ufffe")
        .replace('\u{ffff}', "\\uffff")
}

/// A text as one that SQS and SNS take as the value of an attribute: never
/// empty, at most 256 bytes, without control characters.
pub(super) fn attribute(text: &str) -> Option<String> {
    const BYTES_MAX: usize = 256;
    let allowed = |c: &char| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}');
    let clean: String = text.chars().filter(allowed).collect();
    let clean = head(clean.trim(), BYTES_MAX);
    (!clean.is_empty()).then(|| clean.to_owned())
}

/// A finding of at most `bytes`: its members, smallest first, as far as they
/// fit, with the names of the others and where the whole of it lies.
pub(super) fn finding(text: &str, bytes: usize, whole: Option<&str>) -> String {
    /// Room that a member takes beside its name and value: `"":,`.
    const MARKS: usize = 4;
    // What is no object has no members; it is not shown, and that is said.
    let members: BTreeMap<String, &RawValue> = serde_json::from_str(text).unwrap_or_default();
    let mut by_size: Vec<(&String, &&RawValue)> = members.iter().collect();
    by_size.sort_by_key(|(name, value)| (value.get().len(), *name));
    let mut left_out: Vec<&str> = by_size.iter().map(|(name, _)| name.as_str()).collect();
    let head = |left_out: &[&str]| json!({"truncated": true, "whole": whole, "left_out": left_out});
    let mut room = bytes.saturating_sub(head(&left_out).to_string().len());
    let mut kept = Vec::new();
    for (name, value) in by_size {
        let quoted = Value::from(name.as_str()).to_string();
        let len = quoted.len() + value.get().len() + MARKS;
        if len > room {
            break;
        }
        room -= len;
        left_out.retain(|n| n != name);
        kept.push(format!(",{quoted}:{}", value.get()));
    }
    let mut text = head(&left_out).to_string();
    // The brace at the end makes way for the members.
    text.pop();
    text.extend(kept);
    text.push('}');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_finding_says_what_is_missing_and_where_it_is() {
        let evidence = "e".repeat(5_000);
        let text = format!(
            r#"{{"id":"ab","evidence":"{evidence}","level":"high","agent":"\u202e","count":7}}"#
        );
        let got = finding(&text, 400, Some("s3://b/k"));
        assert!(got.len() <= 400);
        assert!(got.contains(r#""agent":"\u202e""#), "escapes stay: {got}");
        let value: Value = serde_json::from_str(&got).unwrap();
        assert_eq!(value["truncated"], true);
        assert_eq!(value["whole"], "s3://b/k");
        assert_eq!(value["left_out"], json!(["evidence"]));
        assert_eq!((&value["id"], &value["count"]), (&json!("ab"), &json!(7)));
    }

    #[test]
    fn cutting_keeps_to_the_limit_and_to_json() {
        let members: Vec<String> = (0..60)
            .map(|n| format!(r#""name \" {n}":"{}""#, "ü".repeat(n)))
            .collect();
        let text = format!("{{{}}}", members.join(","));
        for bytes in [1_500, 2_000, 3_000, 4_321] {
            let got = finding(&text, bytes, None);
            assert!(got.len() <= bytes, "{} of {bytes}", got.len());
            let value: Value = serde_json::from_str(&got).unwrap();
            let shown = value.as_object().unwrap().len() - 3;
            let left_out = value["left_out"].as_array().unwrap().len();
            assert_eq!(shown + left_out, 60, "every member is accounted for");
        }
    }

    #[test]
    fn characters_that_aws_refuses_are_gone() {
        let json = without_noncharacters("{\"a\":\"\u{ffff}b\u{fffe}\"}");
        assert_eq!(json, r#"{"a":"\uffffb\ufffe"}"#);
        let value: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(value["a"], "\u{ffff}b\u{fffe}");
        assert_eq!(attribute(" a\nb\u{7}\u{ffff} ").as_deref(), Some("ab"));
        assert_eq!(attribute("\n\t "), None);
        assert_eq!(attribute(&"ü".repeat(500)).map(|a| a.len()), Some(256));
        assert_eq!(head("aü", 2), "a");
    }
}
