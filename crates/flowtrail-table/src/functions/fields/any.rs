//! Tests of values of which one has to pass.

use std::cmp::Ordering;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray as _, BooleanBuilder, ListArray, StringViewArray,
};
use datafusion::common::Result;
use regex::{Regex, RegexBuilder};

use super::super::Knowledge;
use super::super::fault;
use super::super::inputs::{Cells, Inputs, Memo};
use super::super::regular::compile;

/// The values of an argument of [`Kind::Values`](super::super::kind::Kind::Values).
pub(in super::super) enum Values<'a> {
    One(Cells<'a, StringViewArray>),
    List(&'a ListArray, bool),
}

impl<'a> Values<'a> {
    pub(in super::super) fn of(inputs: &Inputs<'a>, ix: usize) -> Self {
        let column = inputs.column(ix);
        match column.and_then(|c| Some((c.array.as_list_opt()?, c.constant))) {
            Some((list, constant)) => Self::List(list, constant),
            None => Self::One(inputs.text(ix)),
        }
    }

    fn is_constant(&self) -> bool {
        match self {
            Self::One(cells) => cells.is_constant(),
            Self::List(_, constant) => *constant,
        }
    }

    /// Whether the row has a value or a list.
    pub(in super::super) fn is_there(&self, row: usize) -> bool {
        match self {
            Self::One(cells) => cells.get(row).is_some(),
            Self::List(lists, constant) => {
                let row = if *constant { 0 } else { row };
                row < lists.len() && lists.is_valid(row)
            }
        }
    }

    /// Whether `passes` holds for a value of the row that is not null.
    pub(in super::super) fn any(&self, row: usize, mut passes: impl FnMut(&str) -> bool) -> bool {
        match self {
            Self::One(cells) => cells.get(row).is_some_and(passes),
            Self::List(lists, constant) => {
                let row = if *constant { 0 } else { row };
                if row >= lists.len() || lists.is_null(row) {
                    return false;
                }
                let list = lists.value(row);
                let texts = list.as_string_view_opt();
                let mut texts = texts.into_iter().flat_map(|t| t.iter().flatten());
                texts.any(&mut passes)
            }
        }
    }

    /// The values of the row, made ready for comparison.
    fn wanted(&self, row: usize, relation: Relation) -> Result<Vec<Wanted>> {
        let mut texts = Vec::new();
        self.any(row, |text| {
            texts.push(text.to_owned());
            false
        });
        let made = texts.iter().map(|text| Wanted::new(text, relation));
        made.collect()
    }
}

/// How a value has to stand to a wanted text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    Equals,
    Contains,
    Begins,
    Ends,
    Like,
}

/// A wanted text, made ready.
enum Wanted {
    Text(String),
    Pattern(Regex),
}

impl Wanted {
    fn new(text: &str, relation: Relation) -> Result<Self> {
        if relation != Relation::Like {
            return Ok(Self::Text(fold(text)));
        }
        let mut pattern = String::from("^");
        let mut escaped = false;
        for c in fold(text).chars() {
            match c {
                '\\' if !escaped => {
                    escaped = true;
                    continue;
                }
                '%' if !escaped => pattern.push_str(".*"),
                '_' if !escaped => pattern.push('.'),
                _ => pattern.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
            }
            escaped = false;
        }
        if escaped {
            pattern.push_str(r"\\");
        }
        pattern.push('$');
        let mut builder = RegexBuilder::new(&pattern);
        let built = builder.dot_matches_new_line(true).build();
        built.map(Self::Pattern).map_err(|e| {
            let shown = text.escape_debug();
            fault(format!("`{shown}` is no pattern that can be run: {e}"))
        })
    }

    /// Whether a value in lower case stands so to it.
    fn fits(&self, value: &str, relation: Relation) -> bool {
        match (self, relation) {
            (Self::Pattern(pattern), _) => pattern.is_match(value),
            (Self::Text(text), Relation::Equals) => value == text,
            (Self::Text(text), Relation::Contains) => value.contains(text),
            (Self::Text(text), Relation::Begins) => value.starts_with(text),
            (Self::Text(text), Relation::Ends) => value.ends_with(text),
            (Self::Text(_), Relation::Like) => false,
        }
    }
}

/// The lower case of each character, one for one; both small sigmas are one.
fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let lower = |c: char| {
        let mut lower = c.to_lowercase();
        match (lower.next(), lower.next()) {
            (Some('ς'), None) => 'σ',
            (Some(one), None) => one,
            _ => c,
        }
    };
    text.chars().map(lower).collect()
}

/// Answers with `judge`, which never says that it does not know.
fn verdicts(inputs: &Inputs<'_>, mut judge: impl FnMut(usize) -> Result<bool>) -> Result<ArrayRef> {
    let mut out = BooleanBuilder::with_capacity(inputs.rows);
    for row in 0..inputs.rows {
        out.append_value(judge(row)?);
    }
    Ok(Arc::new(out.finish()))
}

/// Whether one of the values stands so to one of the wanted ones.
pub(super) fn related(inputs: &Inputs<'_>, relation: Relation) -> Result<ArrayRef> {
    let (values, wanted) = (Values::of(inputs, 0), Values::of(inputs, 1));
    let constant = wanted.is_constant();
    let always = if constant && inputs.rows > 0 {
        wanted.wanted(0, relation)?
    } else {
        Vec::new()
    };
    verdicts(inputs, |row| {
        let own = if constant {
            Vec::new()
        } else {
            wanted.wanted(row, relation)?
        };
        let wanted = if constant { &always } else { &own };
        Ok(values.any(row, |value| {
            let value = fold(value);
            wanted.iter().any(|w| w.fits(&value, relation))
        }))
    })
}

/// Whether a regular expression finds something in one of the values.
pub(super) fn regexp(inputs: &Inputs<'_>, _: &Knowledge) -> Result<ArrayRef> {
    let (values, pattern) = (Values::of(inputs, 0), inputs.text(1));
    let mut patterns = Memo::new();
    verdicts(inputs, |row| {
        let Some(pattern) = pattern.get(row) else {
            return Ok(false);
        };
        let pattern = patterns.get(pattern, compile)?;
        Ok(values.any(row, |value| pattern.is_match(value)))
    })
}

/// Whether one of the values is a number on that side of another.
pub(super) fn number(inputs: &Inputs<'_>, _: &Knowledge) -> Result<ArrayRef> {
    let (values, operator, limit) = (Values::of(inputs, 0), inputs.text(1), inputs.number(2));
    verdicts(inputs, |row| {
        let (Some(operator), Some(limit)) = (operator.get(row), limit.get(row)) else {
            return Ok(false);
        };
        let holds: fn(Ordering) -> bool = match operator {
            "=" => Ordering::is_eq,
            "<" => Ordering::is_lt,
            "<=" => Ordering::is_le,
            ">" => Ordering::is_gt,
            ">=" => Ordering::is_ge,
            other => {
                return Err(fault(format!(
                    "`{}` compares no numbers\nhint: operators are `=`, `<`, `<=`, `>` and `>=`",
                    other.escape_debug()
                )));
            }
        };
        let side = |value: f64| value.partial_cmp(&limit).is_some_and(holds);
        Ok(values.any(row, |value| decimal(value).is_some_and(side)))
    })
}

/// A number in decimal digits; words for infinity are none.
fn decimal(text: &str) -> Option<f64> {
    let digits = |b: u8| matches!(b, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
    let number: f64 = text.parse().ok().filter(|_| text.bytes().all(digits))?;
    number.is_finite().then_some(number)
}
