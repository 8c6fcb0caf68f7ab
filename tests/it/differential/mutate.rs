//! Records as nobody writes them: what a rule says must not depend on luck.

use serde_json::{Map, Value, json};

use super::dice::Dice;

/// Fields that rules look at; a change elsewhere changes nothing.
const LOOKED_AT: [&str; 9] = [
    "eventName",
    "eventSource",
    "errorCode",
    "userAgent",
    "userIdentity",
    "requestParameters",
    "responseElements",
    "additionalEventData",
    "recipientAccountId",
];

/// Text that is easily handled wrongly.
const ODD_TEXT: [&str; 16] = [
    "\n", "\r\n", "\"", "\\", "/", "\u{0}", "\u{7f}", "é", "É", "İ", "ı", "\u{212a}", "ς", "ß",
    "😀", " ",
];

/// Changes up to four fields of `record`.
pub(crate) fn mutated(record: &Value, dice: &mut Dice) -> Value {
    let mut out = record.clone();
    for _ in 0..=dice.below(4) {
        if let Value::Object(map) = &mut out {
            change(map, dice, true);
        }
    }
    out
}

/// Changes the value at a path of keys, or puts one there.
pub(crate) fn changed_at(record: &Value, path: &str, dice: &mut Dice) -> Value {
    let mut out = record.clone();
    change_at(&mut out, path, dice);
    out
}

fn change_at(value: &mut Value, path: &str, dice: &mut Dice) {
    match value {
        Value::Array(list) if !list.is_empty() => {
            let n = dice.below(list.len());
            change_at(&mut list[n], path, dice);
        }
        Value::Object(map) => match path.split_once('.') {
            Some((key, rest)) => {
                let below = map.entry(key).or_insert_with(|| json!({}));
                change_at(below, rest, dice);
            }
            None => {
                let at = map.entry(path).or_insert(Value::Null);
                *at = changed(at.take(), dice);
            }
        },
        Value::Array(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn change(map: &mut Map<String, Value>, dice: &mut Dice, top: bool) {
    let mut keys: Vec<String> = map.keys().cloned().collect();
    if top && !dice.one_in(5) {
        keys.retain(|k| LOOKED_AT.contains(&k.as_str()));
    }
    if keys.is_empty() {
        return;
    }
    let key = dice.from(&keys).clone();
    if !dice.one_in(3) && descend(map.get_mut(&key), dice) {
        return;
    }
    if dice.one_in(12) {
        dotted(map, &key, dice);
        return;
    }
    if dice.one_in(6) {
        map.shift_remove(&key);
        return;
    }
    if let Some(value) = map.get_mut(&key) {
        let old = value.take();
        *value = changed(old, dice);
    }
}

/// Goes on inside a value, if there is an inside.
fn descend(value: Option<&mut Value>, dice: &mut Dice) -> bool {
    match value {
        Some(Value::Object(map)) if !map.is_empty() => change(map, dice, false),
        Some(Value::Array(list)) if !list.is_empty() => {
            let at = dice.below(list.len());
            if let Value::Object(map) = &mut list[at] {
                change(map, dice, false);
            } else {
                let old = list[at].take();
                list[at] = changed(old, dice);
            }
        }
        _ => return false,
    }
    true
}

/// Writes the members of the object under `key` beside it, with dotted names.
fn dotted(map: &mut Map<String, Value>, key: &str, dice: &mut Dice) {
    let Some(Value::Object(inner)) = map.get(key).cloned() else {
        return;
    };
    if !dice.one_in(3) {
        map.shift_remove(key);
    }
    for (name, value) in inner {
        map.insert(format!("{key}.{name}"), value);
    }
}

fn changed(old: Value, dice: &mut Dice) -> Value {
    match dice.below(5) {
        0 => Value::Null,
        1 => wrapped(old, dice),
        _ => match old {
            Value::String(text) => string(&text, dice),
            Value::Number(n) if dice.one_in(2) => json!(n.to_string()),
            Value::Number(_) => json!(dice.below(100_000)),
            Value::Bool(b) => match dice.below(3) {
                0 => json!(!b),
                1 => json!(b.to_string()),
                _ => json!(u8::from(b)),
            },
            Value::Object(map) => split(map, dice),
            Value::Array(list) => match dice.below(3) {
                0 => json!([]),
                1 => list.into_iter().next().unwrap_or(Value::Null),
                _ => json!([list, [null]]),
            },
            Value::Null => json!(dice.pick(&["", "null", "x"])),
        },
    }
}

fn wrapped(old: Value, dice: &mut Dice) -> Value {
    match dice.below(6) {
        0 => json!([]),
        1 => json!([old, "other"]),
        2 => json!([[old]]),
        3 => json!([null, old]),
        4 => json!({ "value": old }),
        _ => json!([old]),
    }
}

fn string(text: &str, dice: &mut Dice) -> Value {
    let chars: Vec<char> = text.chars().collect();
    let cut = dice.below(chars.len() + 1);
    let (head, tail): (String, String) =
        (chars[..cut].iter().collect(), chars[cut..].iter().collect());
    match dice.below(10) {
        0 => json!(""),
        1 => json!(text.to_uppercase()),
        2 => json!(text.to_lowercase()),
        3 => text
            .parse::<i64>()
            .map_or_else(|_| json!(head), |n| json!(n)),
        4 => json!(tail),
        5 => json!(text.parse::<bool>().unwrap_or(true)),
        6 => json!({ "text": text }),
        7 => json!(format!("{head}{}", dice.pick(&ODD_TEXT))),
        _ => json!(format!("{head}{}{tail}", dice.pick(&ODD_TEXT))),
    }
}

/// An object as one or two objects in an array.
fn split(map: Map<String, Value>, dice: &mut Dice) -> Value {
    let (mut one, mut two) = (Map::new(), Map::new());
    for (key, value) in map {
        let half = if dice.one_in(2) { &mut one } else { &mut two };
        half.insert(key, value);
    }
    json!([one, two])
}

/// JSON with blanks and escapes where they may stand.
pub(crate) fn loosely_written(value: &Value, dice: &mut Dice) -> String {
    match value {
        Value::Object(map) => {
            let member = |(k, v): (&String, &Value), dice: &mut Dice| {
                let key = escaped(k, dice);
                let gap = blank(dice);
                format!("{gap}{key}{gap}:{gap}{}", loosely_written(v, dice))
            };
            let members: Vec<String> = map.iter().map(|m| member(m, dice)).collect();
            format!("{{{}{}}}", members.join(","), blank(dice))
        }
        Value::Array(list) => {
            let mut members = Vec::new();
            for v in list {
                members.push(format!("{}{}", blank(dice), loosely_written(v, dice)));
            }
            format!("[{}{}]", members.join(","), blank(dice))
        }
        Value::String(text) => escaped(text, dice),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

fn blank(dice: &mut Dice) -> &'static str {
    dice.pick(&["", "", "", " ", "\n", "\r\n\t"])
}

fn escaped(text: &str, dice: &mut Dice) -> String {
    let often = dice.one_in(4);
    let mut out = String::from("\"");
    for c in text.chars() {
        if often && dice.one_in(3) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else if c == '/' && dice.one_in(4) {
            out.push_str("\\/");
        } else {
            let quoted = Value::from(c.to_string()).to_string();
            out.extend(quoted.strip_prefix('"').and_then(|q| q.strip_suffix('"')));
        }
    }
    out.push('"');
    out
}

#[test]
fn loose_writing_means_the_same() {
    let mut dice = Dice::new(1);
    let mut value = json!({"a": {"b": [1, "x/y\"\\é😀\n", null]}, "c": true});
    for _ in 0..200 {
        value = mutated(&value, &mut dice);
        let text = loosely_written(&value, &mut dice);
        assert_eq!(
            serde_json::from_str::<Value>(&text).unwrap(),
            value,
            "{text}"
        );
    }
}
