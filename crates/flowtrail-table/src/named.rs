//! Named queries: the questions that an investigation begins with, each a file
//! of SQL under `queries/` that says what it is for and what it takes.
//!
//! A file begins with comments:
//!
//! ```sql
//! -- Denied calls, by who made them
//! --
//! -- The first look when somebody tries out keys or roles.
//! --
//! -- @param least integer = 1; fewest denied calls of a row
//! -- @param principal text optional; only calls of this principal
//! -- @attack T1580
//! SELECT …
//! ```
//!
//! The first line is its title, what follows up to the first `@` a description.
//! A parameter has a name, a [kind](ParameterKind), a default or
//! `optional` (null without a value), and a description behind the semicolon.
//! `@attack` names techniques of ATT&CK, `@athena yes` says that it runs in
//! Athena over AWS's tables as well, once its parameters are filled in. A file
//! of a user's own is read in the same way, with no need for any of it.

mod files;
mod header;

use std::sync::LazyLock;

use datafusion::common::utils::datafusion_strsim::levenshtein;

use crate::statement::{ParameterKind, ParameterValue, ParameterValues};

pub use header::HeaderError;

/// Longer words are no slips of names.
const WORD_BYTES_MAX: usize = 64;

/// A query that has a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedQuery {
    /// The name that it is asked for by: that of its file.
    pub name: String,
    /// What it shows, in a line.
    pub title: String,
    /// What it is good for, and what to look at; may be empty.
    pub description: String,
    /// What it takes.
    pub parameters: Vec<Parameter>,
    /// Techniques of ATT&CK that it shows traces of.
    pub techniques: Vec<String>,
    /// Whether it runs in Athena as well.
    pub athena: bool,
    /// The file as it is.
    pub text: String,
}

/// What a named query takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Its name, without the dollar.
    pub name: String,
    /// What it takes.
    pub kind: ParameterKind,
    /// What it is if it is not given.
    pub default: ParameterDefault,
    /// What it does.
    pub doc: String,
}

/// What a parameter is if it is not given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParameterDefault {
    /// It has to be given.
    Required,
    /// Null.
    Null,
    /// This, as a user would write it.
    Is(String),
}

/// Why a named query could not be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NamedError {
    /// There is none of this name.
    #[error("there is no query named `{name}`")]
    Unknown {
        /// The name.
        name: String,
        /// Names that may have been meant.
        near: Vec<&'static str>,
    },
    /// It has no such parameter.
    #[error("`{query}` has no parameter `{name}`")]
    NoParameter {
        /// The query.
        query: String,
        /// The parameter.
        name: String,
        /// Those that it has.
        known: Vec<String>,
    },
    /// A parameter has no value.
    #[error("`{query}` needs a value for `{name}`: {doc}")]
    Missing {
        /// The query.
        query: String,
        /// The parameter.
        name: String,
        /// What it does.
        doc: String,
    },
    /// A value is not what a parameter takes.
    #[error("`{value}` is no {} for `{name}`: {reason}", .kind.name())]
    Value {
        /// The parameter.
        name: String,
        /// What it takes.
        kind: ParameterKind,
        /// What was given.
        value: String,
        /// How to write it.
        reason: String,
    },
}

impl NamedError {
    /// What may help, if that is known.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unknown { near, .. } => Some(match near.as_slice() {
                [] => "`flowtrail query --list` lists them".to_owned(),
                near => format!("did you mean `{}`?", near.join("`, `")),
            }),
            Self::NoParameter { known, .. } => Some(match known.as_slice() {
                [] => "it takes none".to_owned(),
                known => format!("it takes `{}`", known.join("`, `")),
            }),
            Self::Missing { name, .. } => Some(format!("give --param {name}=…")),
            Self::Value { .. } => None,
        }
    }
}

static QUERIES: LazyLock<Vec<NamedQuery>> = LazyLock::new(|| {
    // Every file that ships has a head that can be read; a test asserts it.
    let read = |(name, text): &(&str, &str)| NamedQuery::parse(name, text).ok();
    files::FILES.iter().filter_map(read).collect()
});

impl NamedQuery {
    /// Every query that ships, by name.
    #[must_use]
    pub fn all() -> &'static [Self] {
        &QUERIES
    }

    /// The query called `name`.
    ///
    /// # Errors
    /// If there is none; the error says which were perhaps meant.
    pub fn find(name: &str) -> Result<&'static Self, NamedError> {
        let found = Self::all().iter().find(|q| q.name == name);
        found.ok_or_else(|| NamedError::Unknown {
            name: name.to_owned(),
            near: near(name),
        })
    }

    /// Whether every word of `filter` stands in its name, title or techniques,
    /// in whatever case.
    #[must_use]
    pub fn is_about(&self, filter: &str) -> bool {
        let mut text = format!("{} {} {}", self.name, self.title, self.techniques.join(" "));
        text.make_ascii_lowercase();
        let filter = filter.to_ascii_lowercase();
        filter.split_whitespace().all(|word| text.contains(word))
    }

    /// The values of its parameters: those that are given, as a user wrote them,
    /// and the defaults of the others.
    ///
    /// # Errors
    /// If it has no such parameter, one is missing, or a value is not what the
    /// parameter takes.
    pub fn values(&self, given: &[(String, String)]) -> Result<ParameterValues, NamedError> {
        let known = || self.parameters.iter().map(|p| p.name.clone());
        if let Some((name, _)) = given.iter().find(|(n, _)| known().all(|k| k != *n)) {
            return Err(NamedError::NoParameter {
                query: self.name.clone(),
                name: name.clone(),
                known: known().collect(),
            });
        }
        let mut values = ParameterValues::new();
        for p in &self.parameters {
            // The last one counts, as with other options.
            let word = given.iter().rfind(|(n, _)| *n == p.name).map(|(_, v)| v);
            let value = match (word, &p.default) {
                (Some(word), _) | (None, ParameterDefault::Is(word)) => p.read(word)?,
                (None, ParameterDefault::Null) => ParameterValue::Null,
                (None, ParameterDefault::Required) => {
                    return Err(NamedError::Missing {
                        query: self.name.clone(),
                        name: p.name.clone(),
                        doc: p.doc.clone(),
                    });
                }
            };
            values.insert(p.name.clone(), value);
        }
        Ok(values)
    }
}

impl Parameter {
    fn read(&self, word: &str) -> Result<ParameterValue, NamedError> {
        self.kind.read(word).map_err(|reason| NamedError::Value {
            name: self.name.clone(),
            kind: self.kind,
            value: word.to_owned(),
            reason,
        })
    }
}

/// Names that may have been meant: a slip of one, or those that the word is a
/// part of.
fn near(word: &str) -> Vec<&'static str> {
    if word.is_empty() || word.len() > WORD_BYTES_MAX {
        return Vec::new();
    }
    let names = || NamedQuery::all().iter().map(|q| q.name.as_str());
    let distance = |name: &str| levenshtein(word, name);
    let slips = names().filter(|n| distance(n) <= n.len().div_ceil(4));
    if let Some(slip) = slips.min_by_key(|n| distance(n)) {
        return vec![slip];
    }
    names().filter(|n| n.contains(word)).take(5).collect()
}

#[cfg(test)]
mod tests;
