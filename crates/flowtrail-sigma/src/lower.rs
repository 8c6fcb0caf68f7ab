//! From a parsed rule to an expression over atoms.

use flowtrail_event::{Kind, Projection, SlotId};
use ipnet::IpNet;
use rsigma_ir::LowerOptions;
use rsigma_ir::lower::lower_detection_item;
use rsigma_parser::{Detection, DetectionItem, Modifier, SigmaString, SigmaValue};

use crate::atom::{Atom, RefOp, Test, TimePart};
use crate::cidr::CidrSet;
use crate::correlation::Op;
use crate::expand::expand;
use crate::expr::{Atoms, Expr};
use crate::expression::How;
use crate::load::Options;
use crate::names::{is_derived, no_flow_field};
use crate::number::Number;
use crate::problem::Reject;
use crate::ruleset::KindSet;
use crate::sorted::{Sorted, StrOp, str_op};
use crate::value::{literal, patterns, plain_text};

/// What a rule is lowered into.
pub(crate) struct Lower<'a> {
    kind: Kind,
    projection: &'a mut Projection,
    atoms: &'a mut Atoms,
    options: &'a Options,
    pub(crate) warnings: Vec<Reject>,
}

/// An item's field, shown and stored.
struct Target<'t> {
    slot: SlotId,
    label: &'t str,
    /// A keyword: text is searched, not compared.
    keyword: bool,
}

impl<'a> Lower<'a> {
    pub(crate) fn new(kind: Kind, set: &'a mut KindSet, options: &'a Options) -> Self {
        Self {
            kind,
            projection: &mut set.projection,
            atoms: &mut set.atoms,
            options,
            warnings: Vec::new(),
        }
    }
}

impl Lower<'_> {
    /// Lowers a named part of a rule.
    pub(crate) fn detection(&mut self, detection: &Detection) -> Result<Expr, Reject> {
        match detection {
            Detection::AllOf(items) if items.is_empty() => {
                Err(Reject::new("a selection without fields matches nothing"))
            }
            Detection::AllOf(items) => {
                let all: Result<Vec<_>, _> = items.iter().map(|i| self.item(i)).collect();
                Ok(Expr::And(all?))
            }
            Detection::AnyOf(parts) => {
                let any: Result<Vec<_>, _> = parts.iter().map(|d| self.detection(d)).collect();
                Ok(Expr::Or(any?))
            }
            Detection::And(parts) => {
                let all: Result<Vec<_>, _> = parts.iter().map(|d| self.detection(d)).collect();
                Ok(Expr::And(all?))
            }
            Detection::Keywords(values) => self.keywords(values),
            Detection::ArrayMatch { field, .. } => Err(array_selector(field)),
            Detection::Conditional { .. } => Err(array_selector("condition")),
        }
    }

    fn keywords(&mut self, values: &[SigmaValue]) -> Result<Expr, Reject> {
        if values.is_empty() {
            return Err(Reject::new("an empty list of keywords matches nothing"));
        }
        let target = Target {
            slot: self.projection.slot_for_every_value(),
            label: "keyword",
            keyword: true,
        };
        self.strings(&target, &[], values)
    }

    fn item(&mut self, item: &DetectionItem) -> Result<Expr, Reject> {
        let name = item.field.name.as_deref().unwrap_or("");
        let located = |r: Reject| if r.near.is_none() { r.near(name) } else { r };
        self.item_in(item, name).map_err(located)
    }

    fn item_in(&mut self, item: &DetectionItem, name: &str) -> Result<Expr, Reject> {
        if item.values.is_empty() {
            return Err(Reject::new(format!("`{name}` has an empty list of values"))
                .hint("give a value, `null` for an absent field, or '' for an empty one"));
        }
        if item.field.modifiers.iter().any(takes_number) {
            numbers(&item.values).map_err(|r| r.near(name))?;
        }
        // The library checks which modifiers go together. It knows parts of a
        // time only by themselves; a part is a number and can be compared.
        let checked = if is_part_compared(&item.field.modifiers) {
            let mut item = item.clone();
            item.field.modifiers.retain(|m| time_part(m).is_none());
            lower_detection_item(&item, &LowerOptions::default())
        } else {
            lower_detection_item(item, &LowerOptions::default())
        };
        checked.map_err(|e| Reject::new(format!("`{name}`: {e}")))?;
        let modifiers = &item.field.modifiers;
        if item.values.len() > 1 && item.values.contains(&SigmaValue::Null) {
            self.warnings.push(
                Reject::new(format!("`{name}` has `null` inside a list of values"))
                    .hint("the specification forbids it; it is read as one more alternative")
                    .near(name),
            );
        }
        let label = label(name, modifiers, &item.values);
        let target = match &item.field.name {
            Some(name) => Target {
                slot: self.field(name)?,
                label: &label,
                keyword: false,
            },
            None => Target {
                slot: self.projection.slot_for_every_value(),
                label: &label,
                keyword: true,
            },
        };
        let expr = if modifiers.contains(&Modifier::All) {
            let each = item
                .values
                .iter()
                .map(|v| self.values(&target, modifiers, std::slice::from_ref(v)));
            Expr::And(each.collect::<Result<_, _>>()?)
        } else {
            self.values(&target, modifiers, &item.values)?
        };
        Ok(if modifiers.contains(&Modifier::Neq) {
            Expr::Not(Box::new(expr))
        } else {
            expr
        })
    }

    /// The slot of a field as a rule's key names it: the parser escaped what is
    /// no selector.
    fn field(&mut self, name: &str) -> Result<SlotId, Reject> {
        let plain = unescape_brackets(name).ok_or_else(|| array_selector(name))?;
        self.plain_field(&plain)
    }

    /// The slot of a field by its literal name.
    fn plain_field(&mut self, plain: &str) -> Result<SlotId, Reject> {
        self.options.derived(plain)?;
        if self.kind == Kind::Flow && !is_derived(plain) {
            if let Some(mapped) = (self.options.flow_field)(plain) {
                return Ok(self.projection.slot(mapped));
            }
            self.warnings.push(no_flow_field(plain));
        }
        Ok(self.projection.slot(plain))
    }

    /// Values that are alternatives.
    fn values(
        &mut self,
        target: &Target<'_>,
        modifiers: &[Modifier],
        values: &[SigmaValue],
    ) -> Result<Expr, Reject> {
        if let Some(part) = modifiers.iter().find_map(time_part) {
            let numbers = numbers(values)?;
            let op = modifiers.iter().find_map(comparison).unwrap_or(Op::Eq);
            return Ok(self.atom(target, Test::Time(part, op, numbers)));
        }
        if let Some(op) = modifiers.iter().find_map(comparison) {
            let each = numbers(values)?;
            let any = each
                .into_iter()
                .map(|n| self.atom(target, Test::Compare(op, n)));
            return Ok(Expr::Or(any.collect()));
        }
        let has = |m| modifiers.contains(&m);
        if has(Modifier::Exists) {
            return self.exists(target, values);
        }
        if has(Modifier::FieldRef) {
            return self.field_ref(target, modifiers, values);
        }
        if has(Modifier::Re) {
            return self.regexes(target, modifiers, values);
        }
        if has(Modifier::Cidr) {
            return self.cidr(target, values);
        }
        if has(Modifier::Expand) {
            let values = self.expand(values)?;
            return self.strings(target, modifiers, &values);
        }
        self.strings(target, modifiers, values)
    }

    fn exists(&mut self, target: &Target<'_>, values: &[SigmaValue]) -> Result<Expr, Reject> {
        let wanted = match values {
            [SigmaValue::Bool(b)] => Some(*b),
            [v] => plain_text(v).and_then(|t| match t.to_lowercase().as_str() {
                "true" | "yes" => Some(true),
                "false" | "no" => Some(false),
                _ => None,
            }),
            _ => None,
        };
        let atom = self.atom(target, Test::Exists);
        match wanted {
            Some(true) => Ok(atom),
            Some(false) => Ok(Expr::Not(Box::new(atom))),
            None => Err(Reject::new("`exists` takes `true` or `false`")),
        }
    }

    fn field_ref(
        &mut self,
        target: &Target<'_>,
        modifiers: &[Modifier],
        values: &[SigmaValue],
    ) -> Result<Expr, Reject> {
        let op = match str_op(modifiers) {
            StrOp::Exact => RefOp::Equal,
            StrOp::Contains => RefOp::Contains,
            StrOp::Start => RefOp::Start,
            StrOp::End => RefOp::End,
        };
        let fold = !modifiers.contains(&Modifier::Cased);
        let mut any = Vec::new();
        for value in values {
            let name = plain_text(value)
                .ok_or_else(|| Reject::new("`fieldref` takes the name of a field"))?;
            let other = self.plain_field(&name)?;
            any.push(self.atom(target, Test::FieldRef { other, op, fold }));
        }
        Ok(Expr::Or(any))
    }

    fn regexes(
        &mut self,
        target: &Target<'_>,
        modifiers: &[Modifier],
        values: &[SigmaValue],
    ) -> Result<Expr, Reject> {
        let mut any = Vec::new();
        for value in values {
            let pattern = match value {
                SigmaValue::String(s) => s.original.clone(),
                SigmaValue::Integer(_)
                | SigmaValue::Float(_)
                | SigmaValue::Bool(_)
                | SigmaValue::Null => plain_text(value)
                    .ok_or_else(|| Reject::new("`re` takes a regular expression"))?,
            };
            let how = How {
                ignore_case: modifiers.contains(&Modifier::IgnoreCase),
                multi_line: modifiers.contains(&Modifier::Multiline),
                dot_all: modifiers.contains(&Modifier::DotAll),
            };
            let expression = self.atoms.expressions.get(&pattern, how)?;
            any.push(self.atom(target, Test::Regex(expression)));
        }
        Ok(Expr::Or(any))
    }

    fn cidr(&mut self, target: &Target<'_>, values: &[SigmaValue]) -> Result<Expr, Reject> {
        let networks: Result<Vec<IpNet>, Reject> = values.iter().map(network).collect();
        Ok(self.atom(target, Test::Cidr(CidrSet::new(&networks?))))
    }

    fn expand(&self, values: &[SigmaValue]) -> Result<Vec<SigmaValue>, Reject> {
        let mut out = Vec::new();
        for value in values {
            let SigmaValue::String(written) = value else {
                return Err(Reject::new("`expand` takes text with %placeholders%"));
            };
            let texts = expand(&written.original, &self.options.placeholders)?;
            let texts = texts.iter().map(|t| SigmaString::new(t));
            out.extend(texts.map(SigmaValue::String));
        }
        Ok(out)
    }

    /// Plain values: equal ones become one set, searched ones one automaton.
    fn strings(
        &mut self,
        target: &Target<'_>,
        modifiers: &[Modifier],
        values: &[SigmaValue],
    ) -> Result<Expr, Reject> {
        let op = match str_op(modifiers) {
            StrOp::Exact if target.keyword => StrOp::Contains,
            op @ (StrOp::Exact | StrOp::Contains | StrOp::Start | StrOp::End) => op,
        };
        let fold = !modifiers.contains(&Modifier::Cased);
        let mut sorted = Sorted::default();
        for value in values {
            match value {
                SigmaValue::Null if target.keyword => {
                    return Err(Reject::new("a keyword cannot be `null`")
                        .hint("keywords are searched in values, and null is none"));
                }
                SigmaValue::Null => sorted.null = true,
                SigmaValue::Bool(b) => sorted.pattern(literal(&b.to_string()), op),
                SigmaValue::Integer(n) if op == StrOp::Exact => {
                    sorted.numbers.push(Number::Int((*n).into()))
                }
                SigmaValue::Float(n) if op == StrOp::Exact => {
                    sorted.numbers.push(Number::float(*n))
                }
                SigmaValue::Integer(n) => sorted.pattern(literal(&n.to_string()), op),
                // `10.0` and not `10`: the point is part of what is searched.
                SigmaValue::Float(n) => sorted.pattern(literal(&format!("{n:?}")), op),
                SigmaValue::String(s) => {
                    for p in patterns(s, modifiers)? {
                        sorted.pattern(p, op);
                    }
                }
            }
        }
        let tests = sorted.tests(fold).into_iter();
        let mut any: Vec<Expr> = tests.map(|t| self.atom(target, t)).collect();
        Ok(match any.len() {
            1 => any.remove(0),
            _ => Expr::Or(any),
        })
    }

    fn atom(&mut self, target: &Target<'_>, test: Test) -> Expr {
        let fields = std::iter::once(target.slot).chain(test.other_field());
        let atom = Atom {
            slot: target.slot,
            derived: fields.filter(|s| self.projection.is_derived(*s)).collect(),
            test,
        };
        self.atoms.add(atom, target.label)
    }
}

fn label(name: &str, modifiers: &[Modifier], values: &[SigmaValue]) -> String {
    use std::fmt::Write as _;
    const SHOWN: usize = 6;
    let mut out = if name.is_empty() {
        "keyword".to_owned()
    } else {
        name.to_owned()
    };
    for m in modifiers {
        let word = serde_json::to_value(m).ok();
        let word = word
            .as_ref()
            .and_then(serde_json::Value::as_str)
            .unwrap_or("?");
        // Writing to a string cannot fail.
        let _ = write!(out, "|{word}");
    }
    out.push_str(": ");
    let shown: Vec<String> = values
        .iter()
        .take(SHOWN)
        .map(|v| format!("`{v}`"))
        .collect();
    out.push_str(&shown.join(", "));
    if values.len() > SHOWN {
        let _ = write!(out, " and {} more", values.len() - SHOWN);
    }
    out
}

/// Whether one part of a time is taken, and then compared.
fn is_part_compared(modifiers: &[Modifier]) -> bool {
    let part = modifiers.iter().position(|m| time_part(m).is_some());
    let compared = modifiers.iter().position(|m| comparison(m).is_some());
    let parts = modifiers.iter().filter(|m| time_part(m).is_some()).count();
    parts == 1 && part.zip(compared).is_some_and(|(p, c)| p < c)
}

fn takes_number(modifier: &Modifier) -> bool {
    comparison(modifier).is_some() || time_part(modifier).is_some()
}

fn numbers(values: &[SigmaValue]) -> Result<Vec<Number>, Reject> {
    let number = |v: &SigmaValue| {
        let text = plain_text(v);
        text.and_then(|t| Number::parse(t.as_bytes()))
            .ok_or_else(|| Reject::new(format!("`{v}` is not a number")))
    };
    values.iter().map(number).collect()
}

fn network(value: &SigmaValue) -> Result<IpNet, Reject> {
    let text = plain_text(value).unwrap_or_default();
    let net = text.parse::<IpNet>();
    net.or_else(|_| text.parse::<std::net::IpAddr>().map(IpNet::from))
        .map_err(|_| {
            Reject::new(format!("`{value}` is not a network"))
                .hint("write it as `10.0.0.0/8` or `2001:db8::/32`")
        })
}

fn array_selector(field: &str) -> Reject {
    Reject::new(format!(
        "`{field}` uses an array selector of the draft of Sigma 3"
    ))
    .hint("a field matches if any member does; leave the selector and `sigma-version: 3` away")
    .near(field)
}

/// Field names in which the parser escaped literal brackets. `None` if a
/// bracket is a selector.
fn unescape_brackets(name: &str) -> Option<String> {
    if !name.contains(['[', ']']) {
        return Some(name.to_owned());
    }
    let bare = name.replace("\\[", "").replace("\\]", "");
    (!bare.contains(['[', ']'])).then(|| name.replace("\\[", "[").replace("\\]", "]"))
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the parser's modifiers; those that are not named here are handled elsewhere"
)]
const fn comparison(m: &Modifier) -> Option<Op> {
    match m {
        Modifier::Gt => Some(Op::Gt),
        Modifier::Gte => Some(Op::Gte),
        Modifier::Lt => Some(Op::Lt),
        Modifier::Lte => Some(Op::Lte),
        _ => None,
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the parser's modifiers; those that are not named here are handled elsewhere"
)]
const fn time_part(m: &Modifier) -> Option<TimePart> {
    match m {
        Modifier::Minute => Some(TimePart::Minute),
        Modifier::Hour => Some(TimePart::Hour),
        Modifier::Day => Some(TimePart::Day),
        Modifier::Week => Some(TimePart::Week),
        Modifier::Month => Some(TimePart::Month),
        Modifier::Year => Some(TimePart::Year),
        _ => None,
    }
}
