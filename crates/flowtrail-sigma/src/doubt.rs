//! Whether what the parser made of a document could be a misreading.
//!
//! The parser drops or rewrites what it does not expect, and leaves traces of
//! it. A document without such traces need not be read a second time.

use rsigma_parser::{Detection, DetectionItem, Detections, SigmaCollection, SigmaValue};

/// Whether there is a trace of anything that `yaml::check_shape` would name, or
/// of an error, whose cause a wrong shape may be. Filters and correlations are
/// doubted always: less is kept of them.
pub(crate) fn is_doubtful(made: &SigmaCollection) -> bool {
    let only_rules = made.correlations.is_empty() && made.filters.is_empty();
    let mut rules = made.rules.iter();
    made.rules.is_empty()
        || !only_rules
        || !made.errors.is_empty()
        || rules.any(|r| in_detections(&r.detection))
}

/// A name that is no text becomes an empty one.
fn in_detections(detections: &Detections) -> bool {
    let mut named = detections.named.iter();
    named.any(|(name, part)| name.is_empty() || in_part(part))
}

/// Keywords are what is left of any part or member of a list that is no map:
/// nothing, a tag, a list inside a list.
fn in_part(part: &Detection) -> bool {
    match part {
        Detection::AllOf(items) => items.iter().any(in_item),
        Detection::AnyOf(parts) => parts.iter().any(|p| match p {
            Detection::AllOf(items) => items.iter().any(in_item),
            Detection::AnyOf(_)
            | Detection::Keywords(_)
            | Detection::ArrayMatch { .. }
            | Detection::And(_)
            | Detection::Conditional { .. } => true,
        }),
        Detection::Keywords(_)
        | Detection::ArrayMatch { .. }
        | Detection::And(_)
        | Detection::Conditional { .. } => true,
    }
}

/// A value that is a map, a list or has a tag becomes its own debug text.
fn in_item(item: &DetectionItem) -> bool {
    const DEBUG_TEXTS: [&str; 3] = ["Mapping", "Sequence", "Tagged"];
    item.field.name.is_none()
        || item.values.iter().any(|v| match v {
            SigmaValue::String(s) => DEBUG_TEXTS.iter().any(|d| s.original.starts_with(d)),
            SigmaValue::Integer(_)
            | SigmaValue::Float(_)
            | SigmaValue::Bool(_)
            | SigmaValue::Null => false,
        })
}

#[cfg(test)]
mod tests {
    use rsigma_parser::parse_sigma_yaml;

    use super::*;
    use crate::yaml::{check_shape, documents};

    /// Every shape at every place, so that what is not doubted is well read
    /// whatever becomes of the parser.
    #[test]
    fn what_is_not_doubted_has_a_good_shape() {
        let values = [
            "x",
            "1",
            "null",
            "true",
            "!tag x",
            "!tag [x]",
            "!tag {g: x}",
            "[]",
            "[x, 1, null]",
            "[x, [y]]",
            "[x, []]",
            "[x, {g: y}]",
            "[{g: y}]",
            "[x, !tag y]",
            "{}",
            "{g: x}",
            "{443: x}",
            "{g|re: {h: x}}",
            "{g: [x, {h: y}]}",
            "{g: {h: x}}",
            "{g: !tag x}",
            "{'': x}",
            "{f: x, g: y}",
            "[{443: x}, {f: x}]",
            "[[{f: x}]]",
            "[{f: x}, null]",
            "[{f: x}, !tag {f: x}]",
            "[{f: [x, [y]]}]",
        ];
        let places = [
            "{s: VALUE, condition: s}",
            "{s: {f: VALUE}, condition: s}",
            "{s: {f|re: VALUE}, condition: s}",
            "{s: {f|contains|all: VALUE}, condition: s}",
            "{s: {'a[b]': VALUE}, condition: s}",
            "{s: {443: VALUE}, condition: s}",
            "{s: [{f: VALUE}], condition: s}",
            "{s: {f: x}, 443: VALUE, condition: s}",
            "{s: {f: x}, condition: s, timeframe: VALUE}",
        ];
        let mut doubted = 0;
        for (value, place) in values.iter().flat_map(|v| places.map(|p| (v, p))) {
            let detection = place.replace("VALUE", value);
            for version in ["", "sigma-version: 3\n"] {
                let text = format!("title: t\n{version}detection: {detection}\n");
                let shape = documents(&text).map(|d| check_shape(&d)).next();
                let doubt = is_doubtful(&parse_sigma_yaml(&text).unwrap());
                doubted += usize::from(doubt);
                assert!(doubt || shape == Some(Ok(())), "{text}");
            }
        }
        assert!(doubted < values.len() * places.len() * 2);
    }

    #[test]
    fn a_rule_as_rules_are_is_not_doubted() {
        let text = "title: t\ndetection:\n  s:\n    f: [a, 1]\n    g|contains: b\n  \
                    o:\n    - f: a\n    - g: null\n  condition: s or o\n";
        assert!(!is_doubtful(&parse_sigma_yaml(text).unwrap()));
        for bad in [
            "level: far\n",
            "detection: {s: {f: Mapping}, condition: s}\n",
            "",
        ] {
            let text = format!("title: t\n{bad}");
            assert!(is_doubtful(&parse_sigma_yaml(&text).unwrap()), "{text}");
        }
    }
}
