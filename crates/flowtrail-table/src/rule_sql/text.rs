//! Expressions of SQL as text.

use std::fmt;

/// An expression, as far as it is taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sql {
    /// A test, which stands by itself.
    Leaf(String),
    And(Vec<Self>),
    Or(Vec<Self>),
    /// True where the inner one is false or unknown: rules know no third answer.
    Not(Box<Self>),
}

impl Sql {
    pub(super) fn leaf(text: impl Into<String>) -> Self {
        Self::Leaf(text.into())
    }

    pub(super) fn negated(self) -> Self {
        match self {
            Self::Not(inner) => *inner,
            Self::Leaf(_) | Self::And(_) | Self::Or(_) => Self::Not(Box::new(self)),
        }
    }

    /// The same with chains inside chains of their own sort taken apart.
    fn flat(self) -> Self {
        let flatten = |list: Vec<Self>, is_and: bool| {
            let mut out = Vec::new();
            for part in list.into_iter().map(Self::flat) {
                match part {
                    Self::And(inner) if is_and => out.extend(inner),
                    Self::Or(inner) if !is_and => out.extend(inner),
                    part @ (Self::Leaf(_) | Self::And(_) | Self::Or(_) | Self::Not(_)) => {
                        out.push(part);
                    }
                }
            }
            out
        };
        match self {
            Self::Leaf(_) => self,
            Self::And(list) => Self::chain(flatten(list, true), true),
            Self::Or(list) => Self::chain(flatten(list, false), false),
            Self::Not(inner) => Self::Not(Box::new(inner.flat())),
        }
    }

    fn chain(mut list: Vec<Self>, is_and: bool) -> Self {
        match (list.len(), is_and) {
            (1, _) => list.remove(0),
            (_, true) => Self::And(list),
            (_, false) => Self::Or(list),
        }
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, indent: usize) -> fmt::Result {
        let pad = " ".repeat(indent);
        let (list, word) = match self {
            Self::Leaf(text) => return f.write_str(text),
            Self::Not(inner) => {
                inner.write_inside(f, indent)?;
                return f.write_str(" IS NOT TRUE");
            }
            Self::And(list) => (list, "AND"),
            Self::Or(list) => (list, "OR"),
        };
        if list.is_empty() {
            return f.write_str(if word == "AND" { "true" } else { "false" });
        }
        for (ix, part) in list.iter().enumerate() {
            if ix > 0 {
                write!(f, "\n{pad}{word} ")?;
            }
            match part {
                Self::Leaf(_) | Self::Not(_) => part.write(f, indent)?,
                Self::And(_) | Self::Or(_) => part.write_inside(f, indent)?,
            }
        }
        Ok(())
    }

    fn write_inside(&self, f: &mut fmt::Formatter<'_>, indent: usize) -> fmt::Result {
        f.write_str("(")?;
        self.write(f, indent + 2)?;
        f.write_str(")")
    }
}

impl fmt::Display for Sql {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.clone().flat().write(f, 2)
    }
}

/// Text as SQL writes it.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// One text, or several as a list.
pub(super) fn one_or_list(texts: &[String]) -> String {
    match texts {
        [one] => quoted(one),
        several => {
            let all: Vec<_> = several.iter().map(|t| quoted(t)).collect();
            format!("[{}]", all.join(", "))
        }
    }
}

/// A name as SQL writes it: in quotes where it is a word of the language.
pub(super) fn name(column: &str) -> String {
    const WORDS: [&str; 2] = ["end", "start"];
    if WORDS.contains(&column) {
        format!("\"{column}\"")
    } else {
        column.to_owned()
    }
}
