//! Random rules, valid ones: every modifier and every form of a condition.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::dice::Dice;
use super::events::{address, number, text};
use super::pools::{DASHED, EXPANDED, NETWORKS, PARTS, REGEXES};
use super::world::World;

/// Values of the placeholders.
pub(crate) fn placeholders() -> BTreeMap<String, Vec<String>> {
    let of = |values: &[&str]| values.iter().map(|v| (*v).to_owned()).collect();
    BTreeMap::from([
        ("one".to_owned(), of(&["Stop"])),
        ("two".to_owned(), of(&["a", "Logging"])),
        ("wild".to_owned(), of(&["S*p", "?"])),
    ])
}

/// Makes rules that have something to do with the records at hand.
pub(crate) struct Author<'d> {
    dice: &'d mut Dice,
    /// The fields to ask for.
    fields: &'static [&'static str],
    /// Texts that stand in the records, by field; all of them under no name.
    texts: BTreeMap<&'static str, Vec<String>>,
    /// The field that the next value is for.
    field: &'static str,
    /// What the rule uses.
    used: Vec<String>,
    /// Items of this rule and of those before.
    made: Vec<Item>,
}

/// An item: a key with modifiers, and a value.
type Item = (String, Value);

impl<'d> Author<'d> {
    pub(crate) fn new(
        dice: &'d mut Dice,
        fields: &'static [&'static str],
        worlds: &[World<'_>],
    ) -> Self {
        let texts = |field: &&'static str| {
            let of = worlds.iter().flat_map(|w| w.texts(field));
            (*field, of.collect::<Vec<_>>())
        };
        Self {
            texts: fields.iter().map(texts).collect(),
            dice,
            fields,
            field: "",
            used: Vec::new(),
            made: Vec::new(),
        }
    }

    /// What the last rule uses: modifiers and the like.
    pub(crate) fn used(&self) -> &[String] {
        &self.used
    }
}

impl Author<'_> {
    /// A rule as JSON, which is YAML, too.
    pub(crate) fn rule(&mut self, title: &str, service: &str) -> String {
        self.used.clear();
        let mut detection = Map::new();
        let condition = if self.dice.one_in(2) {
            detection.insert("sel".into(), self.selection());
            json!("sel")
        } else {
            for name in ["sel", "sel_a", "sel_b", "filter", "other-x1", "_hidden"] {
                if name == "sel" || self.dice.one_in(2) {
                    detection.insert(name.into(), self.selection());
                }
            }
            let names: Vec<String> = detection.keys().cloned().collect();
            match self.dice.below(5) {
                0 => json!([self.condition(&names, 2), self.condition(&names, 1)]),
                _ => json!(self.condition(&names, 3)),
            }
        };
        detection.insert("condition".into(), condition);
        json!({
            "title": title,
            "logsource": { "product": "aws", "service": service },
            "detection": detection,
        })
        .to_string()
    }

    fn condition(&mut self, names: &[String], depth: usize) -> String {
        let kind = if depth == 0 { 0 } else { self.dice.below(8) };
        match kind {
            0 | 1 => self.dice.from(names).clone(),
            2 => format!("not {}", self.condition(names, depth - 1)),
            3 => format!("({})", self.condition(names, depth - 1)),
            4 => {
                let quantifier = self.dice.pick(&["1", "all", "any"]);
                // `*` chooses `sel`, which is always there.
                let target = self.dice.pick(&["them", "sel*", "*", "*e*", "s*l*"]);
                self.used.push(format!("{quantifier} of"));
                format!("{quantifier} of {target}")
            }
            5 => format!(
                "{} and  {}",
                self.condition(names, depth - 1),
                self.condition(names, depth - 1)
            ),
            _ => format!(
                "{} or {}",
                self.condition(names, depth - 1),
                self.condition(names, depth - 1)
            ),
        }
    }

    fn selection(&mut self) -> Value {
        match self.dice.below(9) {
            0 => {
                self.used.push("keywords".into());
                (0..=self.dice.below(3)).map(|_| self.keyword()).collect()
            }
            1 => {
                self.used.push("list of maps".into());
                (0..=self.dice.below(3)).map(|_| self.map(2)).collect()
            }
            2 => json!({ "|all": [self.keyword(), self.keyword()] }),
            3..=6 => self.map(1),
            _ => self.map(3),
        }
    }

    fn map(&mut self, items_max: usize) -> Value {
        let mut map = Map::new();
        for _ in 0..=self.dice.below(items_max) {
            let (key, value) = self.item();
            map.insert(key, value);
        }
        Value::Object(map)
    }

    fn keyword(&mut self) -> Value {
        self.field = "";
        match self.dice.below(8) {
            0 => json!(443),
            1 => json!(true),
            _ => json!(self.written()),
        }
    }

    fn item(&mut self) -> Item {
        if !self.made.is_empty() && self.dice.one_in(8) {
            let (key, value) = self.dice.from(&self.made).clone();
            return (sibling(&key), value);
        }
        let item = self.new_item();
        self.made.push(item.clone());
        item
    }

    fn new_item(&mut self) -> Item {
        self.field = self.dice.pick(self.fields);
        let (modifiers, value) = match self.dice.below(16) {
            0 => ("exists".to_owned(), json!(self.dice.one_in(2))),
            1 => self.regex(),
            2 => self.network(),
            3 => self.comparison(),
            4 => self.reference(),
            5 => self.part(),
            6 => self.expanded(),
            7 if self.dice.one_in(2) => self.dashed(),
            7 => self.encoded(),
            8 | 9 => self.scalars(),
            _ => self.strings(),
        };
        let negated = self.dice.one_in(9) && modifiers != "exists";
        let mut key = self.field.to_owned();
        for modifier in modifiers.split('|').filter(|m| !m.is_empty()) {
            key = format!("{key}|{modifier}");
            self.used.push(modifier.to_owned());
        }
        if negated {
            key.push_str("|neq");
            self.used.push("neq".into());
        }
        (key, value)
    }

    /// A value, or a list of several.
    fn list(&mut self, mut one: impl FnMut(&mut Self) -> Value) -> Value {
        match self.dice.below(3) {
            0 => (0..=self.dice.below(3)).map(|_| one(self)).collect(),
            _ => one(self),
        }
    }

    fn strings(&mut self) -> (String, Value) {
        let operator = self.dice.pick(&["", "contains", "startswith", "endswith"]);
        let cased = if self.dice.one_in(5) { "|cased" } else { "" };
        if self.dice.one_in(5) {
            let values = (0..2).map(|_| json!(self.written())).collect();
            return (format!("{operator}|all{cased}"), values);
        }
        if self.dice.one_in(40) {
            // More values than are compared one by one.
            let values = (0..12).map(|_| json!(self.written())).collect();
            return (format!("{operator}{cased}"), values);
        }
        let value = self.list(|me| json!(me.written()));
        (format!("{operator}{cased}"), value)
    }

    /// Values of other types, and lists of any.
    fn scalars(&mut self) -> (String, Value) {
        let operator = self.dice.pick(&["", "", "", "contains", "startswith"]);
        let value = self.list(|me| match me.dice.below(6) {
            0 if me.field.is_empty() => json!("null"),
            0 => Value::Null,
            1 => json!(me.dice.one_in(2)),
            2 => json!(me.dice.from(&[1.5, -1.5, 0.05, 443.25])),
            3 => json!(me.written()),
            _ => json!(
                me.dice
                    .from(&[0_i64, 1, -1, 443, 80, 65_535, 9_007_199_254_740_993])
            ),
        });
        self.used.push("scalars".into());
        (operator.to_owned(), value)
    }

    fn regex(&mut self) -> (String, Value) {
        let flags = self
            .dice
            .pick(&["", "", "|i", "|m", "|s", "|i|m", "|i|m|s"]);
        let value = self.list(|me| match me.dice.below(3) {
            0 => json!(regex::escape(&me.part_of_text())),
            _ => json!(me.dice.pick(&REGEXES)),
        });
        (format!("re{flags}"), value)
    }

    fn network(&mut self) -> (String, Value) {
        let value = self.list(|me| json!(me.dice.pick(&NETWORKS)));
        ("cidr".to_owned(), value)
    }

    fn comparison(&mut self) -> (String, Value) {
        let operator = self.dice.pick(&["gt", "gte", "lt", "lte"]);
        let value = self.list(|me| {
            let text = number(me.dice);
            match text.parse::<i64>() {
                Ok(n) if me.dice.one_in(2) => json!(n),
                _ => json!(text),
            }
        });
        (operator.to_owned(), value)
    }

    fn reference(&mut self) -> (String, Value) {
        let operator = self
            .dice
            .pick(&["", "", "|contains", "|startswith", "|endswith"]);
        let cased = if self.dice.one_in(4) { "|cased" } else { "" };
        let fields = self.fields;
        let value = self.list(|me| match me.dice.pick(fields) {
            // A name with brackets is rejected here: it could be a selector.
            "" | "br[0]" => json!("name"),
            field => json!(field),
        });
        (format!("fieldref{operator}{cased}"), value)
    }

    fn part(&mut self) -> (String, Value) {
        let part = self.dice.pick(&PARTS);
        let value = self.list(|me| {
            let n = *me
                .dice
                .from(&[0, 1, 2, 5, 7, 10, 12, 23, 28, 30, 53, 59, 2021, 2024]);
            match me.dice.below(4) {
                0 => json!(n.to_string()),
                _ => json!(n),
            }
        });
        let compared = self.dice.pick(&["", "", "", "|gte", "|lt"]);
        (format!("{part}{compared}"), value)
    }

    fn expanded(&mut self) -> (String, Value) {
        let operators = ["", "|contains", "|startswith", "|endswith"];
        let operator = self.dice.pick(&operators);
        let value = self.list(|me| json!(me.dice.pick(&EXPANDED)));
        (format!("expand{operator}"), value)
    }

    fn dashed(&mut self) -> (String, Value) {
        let operator = self
            .dice
            .pick(&["|contains", "", "|startswith", "|endswith"]);
        let value = self.list(|me| json!(me.dice.pick(&DASHED)));
        (format!("windash{operator}"), value)
    }

    fn encoded(&mut self) -> (String, Value) {
        let encoding = self.dice.pick(&[
            "base64",
            "base64offset",
            "wide",
            "utf16be",
            "utf16",
            "utf16le",
            "wide|base64",
            "wide|base64offset",
        ]);
        let operator = self
            .dice
            .pick(&["|contains", "|contains", "", "|startswith"]);
        let wildcards = !encoding.contains("base64");
        let value = self.list(|me| match me.dice.below(9) {
            0 if wildcards => json!("S*p"),
            1 => json!(""),
            2 => json!("é"),
            _ => json!(me.dice.pick(&["admin", "Stop", "a", "ad", "xadminy"])),
        });
        (format!("{encoding}{operator}"), value)
    }

    /// A part of a text that stands in the field, or in another, or of a new one.
    fn part_of_text(&mut self) -> String {
        let field = if self.dice.one_in(4) { "" } else { self.field };
        let known = self.texts.get(field).map_or(&[][..], Vec::as_slice);
        let whole = match self.dice.below(8) {
            0 => text(self.dice),
            1 => address(self.dice).to_owned(),
            _ if known.is_empty() => text(self.dice),
            _ => self.dice.from(known).clone(),
        };
        let chars: Vec<char> = whole.chars().collect();
        let (from, to) = match self.dice.below(5) {
            0 => (0, self.dice.below(chars.len() + 1)),
            1 => (self.dice.below(chars.len() + 1), chars.len()),
            2 => {
                let from = self.dice.below(chars.len() + 1);
                (from, from + self.dice.below(chars.len() - from + 1))
            }
            _ => (0, chars.len()),
        };
        chars[from..to].iter().collect()
    }

    /// A string value: text with escapes, wildcards and another case.
    fn written(&mut self) -> String {
        let text = self.part_of_text();
        if self.dice.one_in(6) {
            return text; // Wildcards and backslashes as they come.
        }
        let other_case = self.dice.one_in(3);
        let wild = if self.dice.one_in(3) { 4 } else { 1000 };
        let mut out = String::new();
        for c in text.chars() {
            match self.dice.below(wild) {
                0 => out.push_str(self.dice.pick(&["*", "?", "*?", "**"])),
                1 if wild == 4 => out.push(c),
                _ if matches!(c, '*' | '?' | '\\') => {
                    out.push('\\');
                    out.push(c);
                }
                _ if other_case && c.is_lowercase() => out.extend(c.to_uppercase()),
                _ if other_case => out.extend(c.to_lowercase()),
                _ => out.push(c),
            }
        }
        out
    }
}

/// The key of an item that differs from another in a flag and in nothing else:
/// the engine must not take the one for the other.
fn sibling(key: &str) -> String {
    let has = |word: &str| key.split('|').skip(1).any(|m| m == word);
    let flag = match key.split('|').nth(1) {
        Some("re") => "|i",
        Some("exists" | "cidr" | "gt" | "gte" | "lt" | "lte") => return key.to_owned(),
        Some(part) if PARTS.contains(&part) => return key.to_owned(),
        _ => "|cased",
    };
    if has(flag.trim_start_matches('|')) {
        key.replace(flag, "")
    } else {
        format!("{key}{flag}")
    }
}
