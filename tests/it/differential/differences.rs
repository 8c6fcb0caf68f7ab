//! Where `rsigma-eval` 0.23.0 is known to judge otherwise. Each entry names the
//! clause that decides, and has a case that shows it. In every entry the naive
//! evaluator sides with Flowtrail: it is asked, not assumed.

use rsigma_parser::{Detection, DetectionItem, Modifier, SigmaValue, StringPart};
use serde_json::Value;

use super::ruleset::Rule;
use super::world::World;

/// Where an entry must be met besides in its own case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Met {
    /// Among records as they are written.
    InRecords,
    /// Among mutated records.
    InMutants,
    /// Nowhere for sure: rules at hand seldom have what it takes.
    Nowhere,
}

/// A known difference.
pub(crate) struct Difference {
    pub(crate) name: &'static str,
    /// The item of the checklist that decides, with the clause behind it.
    pub(crate) clause: &'static str,
    pub(crate) met: Met,
    /// Whether a rule and a record have what it takes.
    pub(crate) applies: fn(&DetectionItem, &World<'_>) -> bool,
    /// The detection of a rule.
    pub(crate) detection: &'static str,
    /// A record, and whether it matches.
    pub(crate) record: &'static str,
    pub(crate) matches: bool,
}

impl Difference {
    /// Whether it explains a difference about `rule` and a record.
    pub(crate) fn explains(&self, rule: &Rule, world: &World<'_>) -> bool {
        let named = rule.sigma.detection.named.values();
        let items = named.flat_map(items);
        items.into_iter().any(|i| (self.applies)(i, world))
    }
}

/// The items of a detection.
pub(crate) fn items(detection: &Detection) -> Vec<&DetectionItem> {
    match detection {
        Detection::AllOf(items) => items.iter().collect(),
        Detection::AnyOf(all) | Detection::And(all) => all.iter().flat_map(items).collect(),
        Detection::Keywords(_) | Detection::ArrayMatch { .. } | Detection::Conditional { .. } => {
            Vec::new()
        }
    }
}

fn has(item: &DetectionItem, modifier: Modifier) -> bool {
    item.field.modifiers.contains(&modifier)
}

fn values<'e>(item: &DetectionItem, world: &World<'e>) -> Vec<&'e Value> {
    let name = item.field.name.as_deref();
    name.map_or_else(Vec::new, |name| world.values(name))
}

/// The members of arrays in the place of these.
fn flat<'e>(values: &[&'e Value]) -> Vec<&'e Value> {
    let mut out = Vec::new();
    for value in values {
        match value.as_array() {
            Some(list) => out.extend(flat(&list.iter().collect::<Vec<_>>())),
            None => out.push(*value),
        }
    }
    out
}

/// A value as text without wildcards, as a name of a field is.
fn as_name(value: &SigmaValue) -> Option<String> {
    let SigmaValue::String(s) = value else {
        return None;
    };
    s.as_plain()
}

fn has_wildcard(value: &SigmaValue) -> bool {
    let special = |p: &StringPart| matches!(p, StringPart::Special(_));
    matches!(value, SigmaValue::String(s) if s.parts.iter().any(special))
}

/// What the other engine finds under a name: a key of the record, or a path
/// without dots in its keys.
fn theirs<'e>(world: &World<'e>, name: &str) -> Vec<&'e Value> {
    fn walk<'e>(value: &'e Value, path: &[&str], out: &mut Vec<&'e Value>) {
        match (value, path) {
            (_, []) => out.push(value),
            (Value::Array(list), _) => list.iter().for_each(|v| walk(v, path, out)),
            (Value::Object(map), [key, rest @ ..]) => {
                if let Some(below) = map.get(*key) {
                    walk(below, rest, out);
                }
            }
            _ => {}
        }
    }
    let mut out = Vec::new();
    match world.record.get(name) {
        Some(value) => out.push(value),
        None => walk(world.record, &name.split('.').collect::<Vec<_>>(), &mut out),
    }
    out
}

/// The fields that an item looks at.
fn fields(item: &DetectionItem) -> Vec<String> {
    let referred = item.values.iter().filter_map(as_name);
    let referred = referred.filter(|_| has(item, Modifier::FieldRef));
    item.field.name.iter().cloned().chain(referred).collect()
}

fn in_dotted_key(item: &DetectionItem, world: &World<'_>) -> bool {
    let names = fields(item);
    let mut read = names.iter().filter(|n| !n.starts_with("flowtrail."));
    read.any(|n| world.values(n) != theirs(world, n))
}

fn is_exists_of_null(item: &DetectionItem, world: &World<'_>) -> bool {
    has(item, Modifier::Exists) && values(item, world) == [&Value::Null]
}

fn searches_object(item: &DetectionItem, world: &World<'_>) -> bool {
    let search = [
        Modifier::Contains,
        Modifier::StartsWith,
        Modifier::EndsWith,
        Modifier::Re,
    ];
    let searches = search.iter().any(|m| has(item, *m)) || item.values.iter().any(has_wildcard);
    searches && flat(&values(item, world)).iter().any(|v| v.is_object())
}

fn wildcard_meets_newline(item: &DetectionItem, world: &World<'_>) -> bool {
    let newline = |v: &&Value| v.as_str().is_some_and(|t| t.contains('\n'));
    item.values.iter().any(has_wildcard) && flat(&values(item, world)).iter().any(newline)
}

fn is_null_in_array(item: &DetectionItem, world: &World<'_>) -> bool {
    let values = values(item, world);
    item.values.contains(&SigmaValue::Null)
        && values != [&Value::Null]
        && flat(&values).contains(&&Value::Null)
}

fn refers_to_other_type(item: &DetectionItem, world: &World<'_>) -> bool {
    let names = fields(item);
    let mut both = names.iter().flat_map(|n| world.values(n));
    has(item, Modifier::FieldRef) && both.any(|v| !v.is_string())
}

fn is_neq_of_absent(item: &DetectionItem, world: &World<'_>) -> bool {
    has(item, Modifier::Neq) && values(item, world).is_empty()
}

fn is_word_for_boolean(item: &DetectionItem, world: &World<'_>) -> bool {
    let word = |v: &&Value| {
        let text = v.as_str().unwrap_or("").to_lowercase();
        ["1", "yes", "0", "no"].contains(&text.as_str())
    };
    let boolean = item.values.iter().any(|v| matches!(v, SigmaValue::Bool(_)));
    boolean && flat(&values(item, world)).iter().any(word)
}

fn is_long_number(item: &DetectionItem, world: &World<'_>) -> bool {
    let long = |v: &&Value| v.as_u64().is_some_and(|n| n > 1 << 53);
    let number = item
        .values
        .iter()
        .any(|v| matches!(v, SigmaValue::Integer(_)));
    number && flat(&values(item, world)).iter().any(long)
}

fn is_fieldless(item: &DetectionItem, _world: &World<'_>) -> bool {
    item.field.name.is_none()
}

fn is_anchored_wildcard(item: &DetectionItem, _world: &World<'_>) -> bool {
    let anchored = has(item, Modifier::StartsWith) || has(item, Modifier::EndsWith);
    anchored && item.values.iter().any(has_wildcard)
}

fn is_windash(item: &DetectionItem, _world: &World<'_>) -> bool {
    has(item, Modifier::WindAsh)
}

fn is_base64_offset(item: &DetectionItem, _world: &World<'_>) -> bool {
    has(item, Modifier::Base64Offset)
}

fn is_mapped_address(item: &DetectionItem, world: &World<'_>) -> bool {
    let mapped = |v: &&Value| v.as_str().is_some_and(|t| t.starts_with("::ffff:"));
    has(item, Modifier::Cidr) && flat(&values(item, world)).iter().any(mapped)
}

/// Every known difference.
pub(crate) const DIFFERENCES: [Difference; 16] = [
    Difference {
        name: "a part of a path is a key with dots",
        clause: "item 11: a literal dotted key should match too",
        met: Met::InMutants,
        applies: in_dotted_key,
        detection: "sel: {a.b.c: x}",
        record: r#"{"a": {"b.c": "x"}}"#,
        matches: true,
    },
    Difference {
        name: "exists of null",
        clause: "item 8, M:40: presence only, null counts as present",
        met: Met::InMutants,
        applies: is_exists_of_null,
        detection: "sel: {a|exists: true}",
        record: r#"{"a": null}"#,
        matches: true,
    },
    Difference {
        name: "an object is its text",
        clause: "item 13: an object compared with a string modifier is its JSON text",
        met: Met::InRecords,
        applies: searches_object,
        detection: "sel: {a|contains: Suspended}",
        record: r#"{"a": {"b": {"Status": "Suspended"}}}"#,
        matches: true,
    },
    Difference {
        name: "wildcards cross newlines",
        clause: "item 2, R:371: any length, any character",
        met: Met::Nowhere,
        applies: wildcard_meets_newline,
        detection: "sel: {a: 'x*z'}",
        record: r#"{"a": "x\ny\nz"}"#,
        matches: true,
    },
    Difference {
        name: "null among the members of an array",
        clause: "items 7 and 12: any member matches, and null is null",
        met: Met::InMutants,
        applies: is_null_in_array,
        detection: "sel: {a: null}",
        record: r#"{"a": [null, "x"]}"#,
        matches: true,
    },
    Difference {
        name: "fieldref between types",
        clause: "items 6, 7 and 12: numbers compare with strings, arrays by member, null with nothing",
        met: Met::Nowhere,
        applies: refers_to_other_type,
        detection: "sel: {a|fieldref: b}",
        record: r#"{"a": 443, "b": ["80", "443"]}"#,
        matches: true,
    },
    Difference {
        name: "neq of what is absent",
        clause: "item 9, R:675: an absent field is not equal",
        met: Met::Nowhere,
        applies: is_neq_of_absent,
        detection: "sel: {a|neq: x}",
        record: r#"{"b": "y"}"#,
        matches: true,
    },
    Difference {
        name: "words for booleans",
        clause: "item 6, R:361: values are compared as strings, so `yes` is not `true`",
        met: Met::Nowhere,
        applies: is_word_for_boolean,
        detection: "sel: {a: true}",
        record: r#"{"a": "yes"}"#,
        matches: false,
    },
    Difference {
        name: "integers beyond 2^53",
        clause: "item 6: compare integers exactly",
        met: Met::Nowhere,
        applies: is_long_number,
        detection: "sel: {a: 9007199254740992}",
        record: r#"{"a": 9007199254740993}"#,
        matches: false,
    },
    Difference {
        name: "keywords that must all stand",
        clause: "item 22, R:613: fieldless `|all` searches for parts of values",
        met: Met::Nowhere,
        applies: is_fieldless,
        detection: "sel: {'|all': [foo, bar]}",
        record: r#"{"a": "a foo", "b": {"c": "a bar"}}"#,
        matches: true,
    },
    Difference {
        name: "wildcards behind startswith",
        clause: "item 15, M:24: the value must begin so, and may go on",
        met: Met::Nowhere,
        applies: is_anchored_wildcard,
        detection: "sel: {a|startswith: 'x*y'}",
        record: r#"{"a": "x-y-z"}"#,
        matches: true,
    },
    Difference {
        name: "wildcards before endswith",
        clause: "item 15, M:24: the value must end so",
        met: Met::Nowhere,
        applies: is_anchored_wildcard,
        detection: "sel: {a|endswith: 'x*y'}",
        record: r#"{"a": "x-y-z"}"#,
        matches: false,
    },
    Difference {
        name: "dashes inside words",
        clause: "item 15, M:50: windash is about flags of command lines",
        met: Met::Nowhere,
        applies: is_windash,
        detection: "sel: {a|windash: 'set-item'}",
        record: r#"{"a": "set/item"}"#,
        matches: false,
    },
    Difference {
        name: "the last character of base64offset",
        clause: "item 15: three offsets, whatever stands behind",
        met: Met::Nowhere,
        applies: is_base64_offset,
        detection: "sel: {a|base64offset|contains: foob}",
        // The encoding of `foobar`.
        record: r#"{"a": "Zm9vYmFy"}"#,
        matches: true,
    },
    Difference {
        name: "IPv4 addresses written as IPv6",
        clause: "item 15, M:111: cidr is about addresses",
        met: Met::Nowhere,
        applies: is_mapped_address,
        detection: "sel: {a|cidr: 10.0.0.0/8}",
        record: r#"{"a": "::ffff:10.1.2.3"}"#,
        matches: true,
    },
    Difference {
        name: "numbers as written",
        clause: "item 6, R:361: `1.0` is written otherwise than '1'",
        met: Met::Nowhere,
        applies: |item, world| {
            let float = |v: &&Value| v.is_f64();
            item.field.name.is_some() && flat(&values(item, world)).iter().any(float)
        },
        detection: "sel: {a: '1'}",
        record: r#"{"a": 1.0}"#,
        matches: false,
    },
];
