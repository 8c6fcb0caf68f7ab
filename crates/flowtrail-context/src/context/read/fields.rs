//! Maps, lists and texts of the tree, with what is wrong about their shape.

use crate::context::node::{Node, Value};
use crate::context::problem::Problems;
use crate::nearest::nearest;

/// Characters of one text; longer ones are not read by anybody.
const TEXT_CHARS_MAX: usize = 1024;

/// The entries of a map whose keys are known.
#[derive(Clone, Copy)]
pub(super) struct Fields<'n, 't> {
    pub(super) node: &'n Node<'t>,
    entries: &'n [(Node<'t>, Node<'t>)],
}

impl<'n, 't> Fields<'n, 't> {
    /// The map `node`, called `what`. Keys that are not among `keys`, that stand
    /// twice or have no value are reported.
    pub(super) fn of(
        node: &'n Node<'t>,
        what: &str,
        keys: &[&'static str],
        problems: &mut Problems<'_>,
    ) -> Option<Self> {
        let fields = Self::sections(node, what, keys, problems)?;
        for (key, value) in fields.entries {
            if matches!(value.value, Value::Null) {
                let reason = format!("`{}` has no value", shown(key));
                problems
                    .error(key, reason)
                    .hint(|| Some("give it one, or leave the key out".to_owned()));
            }
        }
        Some(fields)
    }

    /// The same where a key without a value is as good as none.
    pub(super) fn sections(
        node: &'n Node<'t>,
        what: &str,
        keys: &[&'static str],
        problems: &mut Problems<'_>,
    ) -> Option<Self> {
        let Value::Map(entries) = &node.value else {
            let reason = format!("{what} has to be a map, and this is {}", node.sort());
            let names = || Some(format!("its keys are {}", quoted(keys.iter().copied())));
            problems.error(node, reason).hint(names);
            return None;
        };
        let mut seen: Vec<&'static str> = Vec::new();
        for (key, _) in entries {
            let name = text_of(key).unwrap_or_default();
            match keys.iter().find(|k| **k == name) {
                None => unknown_key(key, what, keys, problems),
                Some(known) if seen.contains(known) => {
                    let reason = format!("`{known}` stands twice in {what}");
                    problems
                        .error(key, reason)
                        .hint(|| Some("put both values under one key".to_owned()));
                }
                Some(known) => seen.push(known),
            }
        }
        Some(Self { node, entries })
    }

    /// The value of `key`, if it has one.
    pub(super) fn get(&self, key: &str) -> Option<&'n Node<'t>> {
        self.entries
            .iter()
            .find(|(k, _)| text_of(k) == Some(key))
            .map(|(_, value)| value)
            .filter(|value| !matches!(value.value, Value::Null))
    }

    /// The key itself, whatever its value.
    pub(super) fn written(&self, key: &str) -> Option<&'n Node<'t>> {
        let entry = self.entries.iter().find(|(k, _)| text_of(k) == Some(key));
        entry.map(|(key, _)| key)
    }

    /// The value of `key`, which must be there.
    pub(super) fn need(
        &self,
        key: &'static str,
        hint: &str,
        problems: &mut Problems<'_>,
    ) -> Option<&'n Node<'t>> {
        if self.written(key).is_none() {
            problems
                .error(self.node, format!("`{key}` is missing"))
                .hint(|| Some(hint.to_owned()));
        }
        self.get(key)
    }
}

fn unknown_key(key: &Node<'_>, what: &str, keys: &[&'static str], problems: &mut Problems<'_>) {
    let name = shown(key);
    let reason = format!("{what} has no key `{name}`");
    problems.error(key, reason).hint(|| {
        Some(match nearest(&name, keys.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("its keys are {}", quoted(keys.iter().copied())),
        })
    });
}

/// The names in backticks with commas.
pub(super) fn quoted<'s>(names: impl Iterator<Item = &'s str>) -> String {
    const NAMES_MAX: usize = 24;
    let mut out = String::new();
    for (i, name) in names.enumerate() {
        if i == NAMES_MAX {
            out.push_str(", …");
            break;
        }
        if i > 0 {
            out.push_str(", ");
        }
        out.push('`');
        out.push_str(name);
        out.push('`');
    }
    out
}

/// The text of a scalar, unchecked.
pub(super) fn text_of<'n>(node: &'n Node<'_>) -> Option<&'n str> {
    match &node.value {
        Value::Text { text, .. } => Some(text),
        Value::Null | Value::List(_) | Value::Map(_) => None,
    }
}

/// A value as a problem shows it: short, and nothing that a terminal obeys.
pub(super) fn shown(node: &Node<'_>) -> String {
    const CHARS_MAX: usize = 64;
    let Some(text) = text_of(node) else {
        return node.sort().to_owned();
    };
    let mut out: String = text
        .chars()
        .take(CHARS_MAX)
        .flat_map(char::escape_debug)
        .collect();
    if text.chars().nth(CHARS_MAX).is_some() {
        out.push('…');
    }
    out
}

/// The items of a list called `what`.
pub(super) fn items<'n, 't>(
    node: &'n Node<'t>,
    what: &str,
    problems: &mut Problems<'_>,
) -> &'n [Node<'t>] {
    if let Value::List(items) = &node.value {
        return items;
    }
    let reason = format!("{what} has to be a list, and this is {}", node.sort());
    problems
        .error(node, reason)
        .hint(|| Some("begin each item with `- `".to_owned()));
    &[]
}

/// A text that is not empty and can be shown as it is, and that every reader of
/// YAML takes for a text.
pub(super) fn text<'n>(
    node: &'n Node<'_>,
    what: &str,
    problems: &mut Problems<'_>,
) -> Option<&'n str> {
    let text = any_text(node, what, problems)?;
    let plain = matches!(node.value, Value::Text { plain: true, .. });
    if plain && is_typed(text) {
        let reason = format!("{what} is `{text}`, which is no text");
        let hint = || Some(format!("put it in quotes: `\"{text}\"`"));
        problems.error(node, reason).hint(hint);
        return None;
    }
    Some(text)
}

/// The same for what may be a number: ports and ids.
pub(super) fn any_text<'n>(
    node: &'n Node<'_>,
    what: &str,
    problems: &mut Problems<'_>,
) -> Option<&'n str> {
    let Some(text) = text_of(node) else {
        let reason = format!(
            "{what} has to be a single value, and this is {}",
            node.sort()
        );
        problems.error(node, reason);
        return None;
    };
    let wrong = if text.trim().is_empty() {
        "is empty"
    } else if text.chars().nth(TEXT_CHARS_MAX).is_some() {
        "has more than 1024 characters"
    } else if text.chars().any(is_unseen) {
        "holds a character that cannot be seen"
    } else {
        return Some(text);
    };
    problems.error(node, format!("{what} {wrong}"));
    None
}

/// Whether YAML takes a text without quotes for a number or a truth value, so
/// that other readers of the file would see something else.
fn is_typed(text: &str) -> bool {
    let number = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'))
        && (text.parse::<f64>().is_ok() || text.starts_with("0x") || text.starts_with("0o"));
    let truth = ["true", "True", "TRUE", "false", "False", "FALSE"].contains(&text);
    number || truth
}

/// Control characters, and those that change the order or the width of others.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// The items of a list, or the value itself.
pub(super) fn items_or_one<'n, 't>(node: &'n Node<'t>) -> &'n [Node<'t>] {
    match &node.value {
        Value::List(items) => items,
        Value::Text { .. } | Value::Null | Value::Map(_) => std::slice::from_ref(node),
    }
}

/// One text, or a list of at least one.
pub(super) fn texts<'n, 't>(
    node: &'n Node<'t>,
    what: &str,
    problems: &mut Problems<'_>,
) -> Vec<(&'n Node<'t>, &'n str)> {
    let items = items_or_one(node);
    if items.is_empty() {
        problems.error(node, format!("{what} is an empty list"));
    }
    let each = |item| any_text(item, what, problems).map(|text| (item, text));
    items.iter().filter_map(each).collect()
}
