//! JSON put together from texts that are JSON already, byte for byte: what is
//! escaped in a finding stays escaped.

use serde_json::Value;

/// An object with one more member, whose value is given as JSON. The object
/// has at least one member of its own.
pub(super) fn member(object: &Value, name: &str, json: &str) -> String {
    let mut text = object.to_string();
    // The brace at the end makes way.
    text.pop();
    text.push(',');
    text.push_str(&Value::from(name).to_string());
    text.push(':');
    text.push_str(json);
    text.push('}');
    text
}

/// An array.
pub(super) fn array<'a>(items: impl Iterator<Item = &'a str>) -> String {
    let items: Vec<&str> = items.collect();
    format!("[{}]", items.join(","))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_put_together_is_json() {
        let items = ["{\"a\":\"\\u202e\"}", "7"];
        let text = member(&json!({"n": 1}), "it\"s", &array(items.into_iter()));
        assert_eq!(text, r#"{"n":1,"it\"s":[{"a":"\u202e"},7]}"#);
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["it\"s"][1], 7);
        assert_eq!(array(std::iter::empty()), "[]");
    }
}
