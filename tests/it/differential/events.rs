//! Random records over few fields and few values, so that random rules meet
//! them.

use serde_json::{Map, Value, json};

use super::dice::Dice;
use super::pools::{ADDRESSES, ENCODED, NUMBERS, PIECES, TIMES};

pub(crate) fn text(dice: &mut Dice) -> String {
    match dice.below(12) {
        0 => String::new(),
        1 => dice.pick(&NUMBERS).to_owned(),
        2 => dice.pick(&ADDRESSES).to_owned(),
        3 => dice.pick(&TIMES).to_owned(),
        4 => dice.pick(&ENCODED).to_owned(),
        _ => (0..=dice.below(4)).map(|_| dice.pick(&PIECES)).collect(),
    }
}

pub(crate) fn number(dice: &mut Dice) -> &'static str {
    dice.pick(&NUMBERS)
}

pub(crate) fn address(dice: &mut Dice) -> &'static str {
    dice.pick(&ADDRESSES)
}

fn scalar(dice: &mut Dice) -> Value {
    match dice.below(10) {
        0 => Value::Null,
        1 => json!(dice.one_in(2)),
        2 | 3 => {
            // Not all are JSON, and one is beyond what serde_json keeps.
            let number: Result<Value, _> = serde_json::from_str(dice.pick(&NUMBERS));
            let kept = number.ok().filter(|n| n.as_f64() < Some(1e20));
            kept.unwrap_or_else(|| json!(443))
        }
        _ => json!(text(dice)),
    }
}

/// A value as none expects it.
fn odd(dice: &mut Dice) -> Value {
    match dice.below(8) {
        0 => Value::Null,
        1 => json!([]),
        2 => json!({}),
        3 => json!([[], [scalar(dice)]]),
        4 => json!([null]),
        5 => json!({ "a": scalar(dice) }),
        6 => json!([{ "a": scalar(dice) }, scalar(dice)]),
        _ => scalar(dice),
    }
}

fn some(values: &[&str], dice: &mut Dice) -> Value {
    let text = dice.pick(values);
    match text.parse::<i64>() {
        Ok(n) if dice.one_in(2) => json!(n),
        _ => json!(text),
    }
}

fn list(dice: &mut Dice) -> Value {
    (0..dice.below(4)).map(|_| scalar(dice)).collect()
}

fn inner(dice: &mut Dice) -> Value {
    let mut map = Map::new();
    for key in ["a", "b", "a.b"] {
        if !dice.one_in(3) {
            map.insert(key.into(), scalar(dice));
        }
    }
    if dice.one_in(2) {
        map.insert("b".into(), json!({ "c": scalar(dice), "d": list(dice) }));
    }
    Value::Object(map)
}

/// A record.
pub(crate) fn record(dice: &mut Dice) -> Value {
    let mut map = Map::new();
    for key in [
        "name", "code", "text", "ip", "port", "when", "flag", "obj", "list", "items", "dot.ted",
        "br[0]",
    ] {
        if dice.one_in(6) {
            continue;
        }
        let value = if dice.one_in(7) {
            odd(dice)
        } else {
            match key {
                "ip" => some(&ADDRESSES, dice),
                "port" => some(&NUMBERS, dice),
                "when" => some(&TIMES, dice),
                "flag" => dice
                    .from(&[json!(true), json!(false), json!("True"), json!(1)])
                    .clone(),
                "obj" => inner(dice),
                "list" => list(dice),
                "items" => (0..dice.below(4)).map(|_| inner(dice)).collect(),
                "code" => json!(dice.pick(&["AccessDenied", "accessdenied", "Access", ""])),
                _ => json!(text(dice)),
            }
        };
        map.insert(key.into(), value);
    }
    if dice.one_in(8) {
        map.insert("dot".into(), json!({ "ted": scalar(dice) }));
    }
    if dice.one_in(10) {
        // Nobody but Flowtrail says who somebody is.
        map.insert("flowtrail".into(), json!({ "principal": "forged" }));
        map.insert("flowtrail.principal".into(), json!("forged"));
    }
    Value::Object(map)
}
