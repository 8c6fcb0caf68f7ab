//! The value of a parameter: read from what a user wrote, put into a statement
//! as a literal of its type.

use datafusion::sql::sqlparser::ast::{Array, Expr, Interval, Value as Literal};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;
use flowtrail_event::EventTime;

/// What a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ParameterKind {
    /// Any text.
    Text,
    /// A whole number of 64 bits.
    Integer,
    /// A number.
    Number,
    /// An instant, UTC: `2026-11-21`, `2026-11-21T10:00`.
    Time,
    /// A length of time: `10 minutes`, `10m`, `1d`.
    Duration,
    /// Texts with commas between them.
    List,
}

impl ParameterKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::Text,
        Self::Integer,
        Self::Number,
        Self::Time,
        Self::Duration,
        Self::List,
    ];

    /// The word for it in the head of a query and in `--param NAME:KIND=VALUE`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Time => "time",
            Self::Duration => "duration",
            Self::List => "list",
        }
    }

    /// The kind that a word names.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.name() == name)
    }

    /// Reads a value of this kind.
    ///
    /// # Errors
    /// How it has to be written.
    pub fn read(self, text: &str) -> Result<ParameterValue, String> {
        match self {
            Self::Text => Ok(ParameterValue::Text(text.to_owned())),
            Self::Integer => match text.parse() {
                Ok(n) => Ok(ParameterValue::Integer(n)),
                Err(_) => Err("write a whole number, such as 20".to_owned()),
            },
            Self::Number => match text.parse::<f64>() {
                Ok(n) if n.is_finite() => Ok(ParameterValue::Number(n)),
                Ok(_) | Err(_) => Err("write a number, such as 0.5".to_owned()),
            },
            Self::Time => time(text)
                .map(ParameterValue::Time)
                .ok_or_else(|| "write it as 2026-11-21 or 2026-11-21T10:00 (UTC)".to_owned()),
            Self::Duration => duration(text).map(ParameterValue::Duration).ok_or_else(|| {
                "write it as 10 minutes or 10m; units are s, m, h, d and w".to_owned()
            }),
            Self::List => {
                let items = text.split(',').map(|i| i.trim().to_owned());
                Ok(ParameterValue::List(
                    items.filter(|i| !i.is_empty()).collect(),
                ))
            }
        }
    }
}

/// The value of a parameter.
#[derive(Debug, Clone, PartialEq)]
pub enum ParameterValue {
    /// None: SQL's null.
    Null,
    /// A text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A finite number.
    Number(f64),
    /// An instant.
    Time(EventTime),
    /// A length of time in seconds.
    Duration(u32),
    /// Texts.
    List(Vec<String>),
}

impl ParameterValue {
    /// The literal that stands for it.
    pub(super) fn expression(&self) -> Expr {
        match self {
            Self::Null => Expr::value(Literal::Null),
            Self::Text(text) => quoted(text),
            Self::Integer(n) => number(&n.to_string()),
            // An exponent is read as a floating number wherever it stands.
            Self::Number(n) => number(&format!("{n:e}")),
            Self::Time(time) => instant(*time),
            Self::Duration(secs) => Expr::Interval(Interval {
                value: Box::new(quoted(&format!("{secs} seconds"))),
                leading_field: None,
                leading_precision: None,
                last_field: None,
                fractional_seconds_precision: None,
            }),
            Self::List(items) => Expr::Array(Array {
                elem: items.iter().map(|i| quoted(i)).collect(),
                named: false,
            }),
        }
    }
}

fn quoted(text: &str) -> Expr {
    Expr::value(Literal::SingleQuotedString(text.to_owned()))
}

/// A sign is an operator in SQL, so that a negative number is nested.
fn number(digits: &str) -> Expr {
    use datafusion::sql::sqlparser::ast::UnaryOperator;
    let literal = |d: &str| Expr::value(Literal::Number(d.to_owned(), false));
    match digits.strip_prefix('-') {
        None => literal(digits),
        Some(digits) => Expr::Nested(Box::new(Expr::UnaryOp {
            op: UnaryOperator::Minus,
            expr: Box::new(literal(digits)),
        })),
    }
}

/// An instant of the type that the column `time` has, so that comparing them
/// converts nothing.
fn instant(time: EventTime) -> Expr {
    let call = format!("arrow_cast('{time}', 'Timestamp(ms, \"UTC\")')");
    let parser = Parser::new(&GenericDialect {});
    let parsed = parser.try_with_sql(&call).and_then(|mut p| p.parse_expr());
    // It is our own text, digits and all; a text would be compared just so.
    parsed.unwrap_or_else(|_| quoted(&time.to_string()))
}

/// A day stands for its first instant, a minute too.
fn time(text: &str) -> Option<EventTime> {
    let ends = ["", "Z", ":00Z", "T00:00:00Z"];
    let mut times = ends.iter().map(|end| format!("{text}{end}"));
    times.find_map(|t| EventTime::parse(t.as_bytes()))
}

fn duration(text: &str) -> Option<u32> {
    let text = text.trim();
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = text.get(digits.len()..)?.trim();
    let secs = match unit {
        "s" | "second" | "seconds" => 1,
        "m" | "min" | "minute" | "minutes" => 60,
        "h" | "hour" | "hours" => 3600,
        "d" | "day" | "days" => 86_400,
        "w" | "week" | "weeks" => 604_800,
        _ => return None,
    };
    digits.parse::<u32>().ok()?.checked_mul(secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_by_their_kind() {
        use ParameterKind::{Duration, Integer, List, Number, Text, Time};
        assert_eq!(Text.read("a'b"), Ok(ParameterValue::Text("a'b".into())));
        assert_eq!(Integer.read("-3"), Ok(ParameterValue::Integer(-3)));
        assert_eq!(Number.read("0.25"), Ok(ParameterValue::Number(0.25)));
        let day = Ok(ParameterValue::Time(EventTime(86_400_000)));
        assert_eq!(Time.read("1970-01-02"), day);
        assert_eq!(Time.read("1970-01-02T00:00"), day);
        for (text, secs) in [
            ("10m", 600),
            ("10 minutes", 600),
            ("1 day", 86_400),
            ("90s", 90),
        ] {
            assert_eq!(
                Duration.read(text),
                Ok(ParameterValue::Duration(secs)),
                "{text}"
            );
        }
        let list = ParameterValue::List(vec!["a".into(), "b c".into()]);
        assert_eq!(List.read("a, b c ,"), Ok(list));
        assert_eq!(List.read(""), Ok(ParameterValue::List(Vec::new())));
    }

    #[test]
    fn what_is_no_value_says_how_to_write_one() {
        for (kind, texts) in [
            (
                ParameterKind::Integer,
                vec!["", "1.5", "x", "99999999999999999999"],
            ),
            (ParameterKind::Number, vec!["", "nan", "inf", "1,5"]),
            (ParameterKind::Time, vec!["", "yesterday", "2026-13-01"]),
            (
                ParameterKind::Duration,
                vec!["", "10", "m", "1 month", "-1d", "99999999w"],
            ),
        ] {
            for text in texts {
                assert!(kind.read(text).unwrap_err().starts_with("write"), "{text}");
            }
        }
    }

    #[test]
    fn kinds_have_names() {
        for kind in ParameterKind::ALL {
            assert_eq!(ParameterKind::from_name(kind.name()), Some(kind));
        }
        assert_eq!(ParameterKind::from_name("int"), None);
    }

    #[test]
    fn literals_are_of_their_type() {
        for (value, sql) in [
            (ParameterValue::Null, "NULL"),
            (ParameterValue::Text("it's $x; --".into()), "'it''s $x; --'"),
            (ParameterValue::Integer(-7), "(-7)"),
            (ParameterValue::Number(0.5), "5e-1"),
            (ParameterValue::Duration(90), "INTERVAL '90 seconds'"),
            (
                ParameterValue::List(vec!["a".into(), "b'".into()]),
                "['a', 'b''']",
            ),
            (
                ParameterValue::Time(EventTime(86_400_000)),
                "arrow_cast('1970-01-02T00:00:00Z', 'Timestamp(ms, \"UTC\")')",
            ),
        ] {
            assert_eq!(value.expression().to_string(), sql);
        }
    }
}
