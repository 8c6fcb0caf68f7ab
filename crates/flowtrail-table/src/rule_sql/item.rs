//! One field of a rule, its modifiers and its values.

use rsigma_parser::{DetectionItem, Modifier, SigmaString, SigmaValue, SpecialChar, StringPart};

use super::NoStatement;
use super::field::Place;
use super::text::{Sql, one_or_list, quoted};
use super::value::{How, like, literal, plain};
use crate::schema::LogTable;

/// Numbers up to which a DOUBLE holds every whole one: 2^53.
const EXACT_MAX: i64 = 1 << 53;

/// Keywords: searched in every value of the record.
pub(super) fn keywords(values: &[SigmaValue]) -> Result<Sql, NoStatement> {
    let mut any = Vec::new();
    for value in values {
        let pattern = if let SigmaValue::String(text) = value {
            like(text, How::Contains)
        } else {
            like(&SigmaString::new(&plain(value)?), How::Contains)
        };
        any.push(pattern);
    }
    let patterns = one_or_list(&any);
    Ok(Sql::leaf(format!(
        "any_like(leaf_values(record), {patterns})"
    )))
}

/// The test of one item.
pub(super) fn item(item: &DetectionItem, table: LogTable) -> Result<Sql, NoStatement> {
    let modifiers = &item.field.modifiers;
    let Some(field) = &item.field.name else {
        return keywords(&item.values);
    };
    let field = field.replace("\\[", "[").replace("\\]", "]");
    let place = Place::of(&field, table)?;
    let target = Target {
        place: &place,
        field: &field,
        modifiers,
        table,
    };
    let sql = if modifiers.contains(&Modifier::All) {
        let each = item.values.iter();
        let each = each.map(|v| target.any(std::slice::from_ref(v)));
        Sql::And(each.collect::<Result<_, _>>()?)
    } else {
        target.any(&item.values)?
    };
    Ok(if modifiers.contains(&Modifier::Neq) {
        sql.negated()
    } else {
        sql
    })
}

struct Target<'r> {
    place: &'r Place,
    field: &'r str,
    modifiers: &'r [Modifier],
    table: LogTable,
}

impl Target<'_> {
    fn has(&self, modifier: Modifier) -> bool {
        self.modifiers.contains(&modifier)
    }

    fn how(&self) -> How {
        if self.has(Modifier::Contains) {
            How::Contains
        } else if self.has(Modifier::StartsWith) {
            How::Begins
        } else if self.has(Modifier::EndsWith) {
            How::Ends
        } else {
            How::Whole
        }
    }

    /// Values that are alternatives.
    fn any(&self, values: &[SigmaValue]) -> Result<Sql, NoStatement> {
        for modifier in self.modifiers {
            if !is_known(*modifier) {
                let word = format!("{modifier:?}").to_lowercase();
                return Err(NoStatement::new(format!(
                    "the modifier `{word}` of `{}` has no form in SQL",
                    self.field
                )));
            }
        }
        for (modifier, sign) in [
            (Modifier::Gt, ">"),
            (Modifier::Gte, ">="),
            (Modifier::Lt, "<"),
            (Modifier::Lte, "<="),
        ] {
            if self.has(modifier) {
                let each = values.iter().map(|v| self.number(sign, v));
                return Ok(Sql::Or(each.collect::<Result<_, _>>()?));
            }
        }
        if self.has(Modifier::Exists) {
            let [value] = values else {
                return Err(NoStatement::new("`exists` takes one value"));
            };
            let there = Sql::leaf(format!("{} IS NOT NULL", self.place.texts()));
            let yes = ["true", "yes"].contains(&plain(value)?.to_lowercase().as_str());
            return Ok(if yes { there } else { self.absent() });
        }
        if self.has(Modifier::FieldRef) {
            return self.references(values);
        }
        if self.has(Modifier::Re) {
            let each = values.iter().map(|v| self.regex(v));
            return Ok(Sql::Or(each.collect::<Result<_, _>>()?));
        }
        if self.has(Modifier::Cidr) {
            let networks: Result<Vec<_>, _> = values.iter().map(plain).collect();
            let networks = quoted(&networks?.join(", "));
            let values = self.place.values();
            return Ok(Sql::leaf(format!("cidr_contains({networks}, {values})")));
        }
        self.plain_values(values)
    }

    fn absent(&self) -> Sql {
        Sql::leaf(format!("{} IS NULL", self.place.texts()))
    }

    /// One value as a number that stands so to the field.
    fn number(&self, sign: &str, value: &SigmaValue) -> Result<Sql, NoStatement> {
        let number = self.literal(value)?;
        Ok(Sql::leaf(match self.place {
            Place::Number(column) => format!("{column} {sign} {number}"),
            Place::Text(_) | Place::Inside { .. } => {
                format!("any_number({}, '{sign}', {number})", self.place.values())
            }
        }))
    }

    /// Numbers, one of which the field is.
    fn numbers(&self, values: &[&SigmaValue]) -> Result<Vec<Sql>, NoStatement> {
        if let (Place::Number(column), 2..) = (self.place, values.len()) {
            let numbers = values.iter().map(|v| self.literal(v));
            let numbers = numbers.collect::<Result<Vec<_>, _>>()?.join(", ");
            return Ok(vec![Sql::leaf(format!("{column} IN ({numbers})"))]);
        }
        values.iter().map(|v| self.number("=", v)).collect()
    }

    /// A number as SQL writes it, if it is one that a DOUBLE holds.
    fn literal(&self, value: &SigmaValue) -> Result<String, NoStatement> {
        let number = match value {
            SigmaValue::Integer(n) if n.unsigned_abs() > EXACT_MAX.unsigned_abs() => None,
            SigmaValue::Integer(n) => Some(n.to_string()),
            SigmaValue::Float(n) => Some(format!("{n:?}")),
            SigmaValue::String(_) | SigmaValue::Bool(_) | SigmaValue::Null => {
                let text = plain(value)?;
                text.parse::<f64>().ok().map(|_| text)
            }
        };
        number.ok_or_else(|| {
            NoStatement::new(format!("`{value}` of `{}` is no number of SQL", self.field))
        })
    }

    fn references(&self, values: &[SigmaValue]) -> Result<Sql, NoStatement> {
        if self.has(Modifier::Cased) {
            return Err(NoStatement::new(
                "`fieldref` with `cased` has no form in SQL",
            ));
        }
        let function = match self.how() {
            How::Whole => "any_equals",
            How::Contains => "any_contains",
            How::Begins => "any_starts_with",
            How::Ends => "any_ends_with",
        };
        let mut any = Vec::new();
        for value in values {
            let other = Place::of(&plain(value)?, self.table)?.values();
            let own = self.place.values();
            any.push(Sql::leaf(format!("{function}({own}, {other})")));
        }
        Ok(Sql::Or(any))
    }

    fn regex(&self, value: &SigmaValue) -> Result<Sql, NoStatement> {
        let pattern = if let SigmaValue::String(s) = value {
            s.original.clone()
        } else {
            plain(value)?
        };
        let flags = [
            (Modifier::IgnoreCase, 'i'),
            (Modifier::Multiline, 'm'),
            (Modifier::DotAll, 's'),
        ];
        let flags = flags.into_iter().filter(|(m, _)| self.has(*m));
        let flags: String = flags.map(|(_, flag)| flag).collect();
        let pattern = if flags.is_empty() {
            quoted(&pattern)
        } else {
            quoted(&format!("(?{flags}){pattern}"))
        };
        Ok(Sql::leaf(match self.place {
            Place::Text(text) => format!("regexp_like({text}, {pattern})"),
            Place::Number(n) => format!("regexp_like(CAST({n} AS VARCHAR), {pattern})"),
            Place::Inside { .. } => format!("any_regexp({}, {pattern})", self.place.texts()),
        }))
    }

    /// Values without a modifier that says what they are.
    fn plain_values(&self, values: &[SigmaValue]) -> Result<Sql, NoStatement> {
        let mut any = Vec::new();
        let (mut texts, mut numbers) = (Vec::new(), Vec::new());
        for value in values {
            match (value, self.how()) {
                (SigmaValue::Null, _) => any.push(self.null()),
                (SigmaValue::Integer(_) | SigmaValue::Float(_), How::Whole) => {
                    numbers.push(value);
                }
                (SigmaValue::Float(n), _) => texts.push(SigmaString::new(&format!("{n:?}"))),
                (SigmaValue::Integer(_) | SigmaValue::Bool(_), _) => {
                    texts.push(SigmaString::new(&plain(value)?));
                }
                (SigmaValue::String(text), _) => texts.push(text.clone()),
            }
        }
        any.extend(self.numbers(&numbers)?);
        if !texts.is_empty() {
            any.push(match self.place {
                Place::Text(text) => self.column(text, &texts),
                Place::Number(n) => self.column(&format!("CAST({n} AS VARCHAR)"), &texts),
                Place::Inside { .. } => self.inside(&texts)?,
            });
        }
        Ok(Sql::Or(any))
    }

    /// Absent or null.
    fn null(&self) -> Sql {
        match self.place {
            Place::Inside { json, name } if !name.is_empty() => {
                Sql::leaf(format!("field_absent({json}, {})", quoted(name)))
            }
            // A column is null where its JSON is.
            Place::Text(_) | Place::Number(_) | Place::Inside { .. } => self.absent(),
        }
    }

    /// Texts against one text.
    fn column(&self, column: &str, texts: &[SigmaString]) -> Sql {
        let cased = self.has(Modifier::Cased);
        let each = texts.iter().map(|text| {
            let pattern = like(text, self.how());
            if pattern == "%" {
                return Sql::leaf(format!("{column} IS NOT NULL"));
            }
            let word = if cased { "LIKE" } else { "ILIKE" };
            Sql::leaf(format!("{column} {word} {}", quoted(&pattern)))
        });
        Sql::Or(each.collect())
    }

    /// Texts against the values inside JSON.
    fn inside(&self, texts: &[SigmaString]) -> Result<Sql, NoStatement> {
        if self.has(Modifier::Cased) {
            return self.inside_cased(texts);
        }
        let (mut simple, mut patterns, mut any) = (Vec::new(), Vec::new(), Vec::new());
        for text in texts {
            match (literal(text), like(text, self.how())) {
                (_, pattern) if pattern == "%" => {
                    let values = format!("any_like({}, '%')", self.place.texts());
                    any.push(Sql::leaf(values));
                }
                (Some(text), _) => simple.push(text),
                (None, pattern) => patterns.push(pattern),
            }
        }
        if !simple.is_empty() {
            let (function, values) = match self.how() {
                How::Whole => ("any_equals", self.place.values()),
                How::Contains => ("any_contains", self.place.texts()),
                How::Begins => ("any_starts_with", self.place.texts()),
                How::Ends => ("any_ends_with", self.place.texts()),
            };
            let wanted = one_or_list(&simple);
            any.push(Sql::leaf(format!("{function}({values}, {wanted})")));
        }
        if !patterns.is_empty() {
            let (values, wanted) = (self.place.texts(), one_or_list(&patterns));
            any.push(Sql::leaf(format!("any_like({values}, {wanted})")));
        }
        Ok(Sql::Or(any))
    }

    fn inside_cased(&self, texts: &[SigmaString]) -> Result<Sql, NoStatement> {
        let mut any = Vec::new();
        for text in texts {
            let how = self.how();
            let values = match (how, literal(text)) {
                (How::Whole, Some(_)) => self.place.values(),
                _ => self.place.texts(),
            };
            let head = if matches!(how, How::Whole | How::Begins) {
                "^"
            } else {
                ""
            };
            let tail = if matches!(how, How::Whole | How::Ends) {
                "$"
            } else {
                ""
            };
            let parts = text.parts.iter().map(|part| match part {
                StringPart::Plain(text) => regex::escape(text),
                StringPart::Special(SpecialChar::WildcardMulti) => ".*".to_owned(),
                StringPart::Special(SpecialChar::WildcardSingle) => ".".to_owned(),
            });
            let pattern = format!("(?s){head}{}{tail}", parts.collect::<String>());
            let pattern = quoted(&pattern);
            any.push(Sql::leaf(format!("any_regexp({values}, {pattern})")));
        }
        Ok(Sql::Or(any))
    }
}

/// The modifiers that are translated.
const fn is_known(modifier: Modifier) -> bool {
    matches!(
        modifier,
        Modifier::Contains
            | Modifier::StartsWith
            | Modifier::EndsWith
            | Modifier::All
            | Modifier::Re
            | Modifier::Cidr
            | Modifier::Cased
            | Modifier::Exists
            | Modifier::FieldRef
            | Modifier::Gt
            | Modifier::Gte
            | Modifier::Lt
            | Modifier::Lte
            | Modifier::Neq
            | Modifier::IgnoreCase
            | Modifier::Multiline
            | Modifier::DotAll
    )
}
