//! A payload that nobody knows, shown without its values.

use serde_json::Value;

/// Levels of a payload that are shown.
const DEPTH_MAX: usize = 3;
/// Keys of one object that are shown.
const KEYS_MAX: usize = 12;
/// Characters of a key that are shown: keys may be anybody's.
const KEY_CHARS_MAX: usize = 40;

/// A payload that announces no logs in any way that is known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the event is of no known kind; its shape is {shape}")]
pub struct UnknownPayload {
    shape: String,
}

impl UnknownPayload {
    pub(super) fn of(payload: &Value) -> Self {
        let mut shape = String::new();
        show(payload, DEPTH_MAX, &mut shape);
        Self { shape }
    }
}

fn show(value: &Value, depth: usize, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(_) => out.push_str("bool"),
        Value::Number(_) => out.push_str("number"),
        Value::String(_) => out.push_str("text"),
        Value::Array(list) => {
            out.push('[');
            if let Some(first) = list.first().filter(|_| depth > 0) {
                show(first, depth - 1, out);
                out.push_str(&format!("; {}", list.len()));
            }
            out.push(']');
        }
        Value::Object(map) => {
            out.push('{');
            for (n, (key, value)) in map.iter().take(KEYS_MAX).enumerate() {
                if n > 0 {
                    out.push_str(", ");
                }
                let key: String = key.chars().take(KEY_CHARS_MAX).collect();
                out.push_str(&key.escape_debug().to_string());
                if depth > 0 {
                    out.push_str(": ");
                    show(value, depth - 1, out);
                }
            }
            if map.len() > KEYS_MAX {
                out.push_str(", …");
            }
            out.push('}');
        }
    }
}
