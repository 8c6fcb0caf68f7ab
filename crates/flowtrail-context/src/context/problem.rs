//! What is wrong with a context file, in the words of its author.

use super::node::Node;

/// Problems of one file that are listed; a file with more of them has one cause
/// and the rest of the list hides it.
const LISTED_MAX: usize = 1000;

/// Problems for which a near name is looked for.
const HINTED_MAX: usize = 100;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The file is used; its author should know all the same.
    Warning,
    /// The file is not used.
    Error,
}

/// Something wrong with a context file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Whether the file is refused for it.
    pub severity: Severity,
    /// The file, as it was named when parsed.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
    /// What is wrong: lower case, no full stop, input in backticks.
    pub reason: String,
    /// What would be right.
    pub hint: Option<String>,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let word = match self.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        let (file, line, column) = (&self.file, self.line, self.column);
        write!(f, "{word}: {file}:{line}:{column}: {}", self.reason)?;
        if let Some(hint) = &self.hint {
            write!(f, "\n  hint: {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}

/// A line and a column of the file, both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Spot {
    pub(crate) line: u32,
    pub(crate) column: u32,
}

impl From<&Node<'_>> for Spot {
    fn from(node: &Node<'_>) -> Self {
        node.spot
    }
}

/// The problems that were found so far.
pub(crate) struct Problems<'f> {
    file: &'f str,
    list: Vec<Problem>,
    errors: usize,
}

impl<'f> Problems<'f> {
    pub(crate) const fn new(file: &'f str) -> Self {
        Self {
            file,
            list: Vec::new(),
            errors: 0,
        }
    }

    /// Whether the file is refused.
    pub(crate) const fn refused(&self) -> bool {
        self.errors > 0
    }

    /// Whether there are few enough that names which were probably meant are
    /// looked for: that takes the number of names each time.
    pub(crate) const fn few(&self) -> bool {
        self.list.len() < HINTED_MAX
    }

    /// Whether no more are listed.
    const fn full(&self) -> bool {
        self.list.len() >= LISTED_MAX
    }

    pub(crate) fn error(&mut self, at: impl Into<Spot>, reason: impl Into<String>) -> Added<'_> {
        self.errors += 1;
        self.add(Severity::Error, at.into(), reason.into())
    }

    pub(crate) fn warn(&mut self, at: impl Into<Spot>, reason: impl Into<String>) -> Added<'_> {
        self.add(Severity::Warning, at.into(), reason.into())
    }

    fn add(&mut self, severity: Severity, at: Spot, reason: String) -> Added<'_> {
        let first_error = severity == Severity::Error && self.errors == 1;
        if self.full() && !first_error {
            return Added(None);
        }
        // Warnings must not hide why the file is refused.
        self.list.truncate(LISTED_MAX - 1);
        self.list.push(Problem {
            severity,
            file: self.file.to_owned(),
            line: at.line,
            column: at.column,
            reason,
            hint: None,
        });
        Added(self.list.last_mut())
    }

    /// All of them in the order of the file, errors before warnings of the same
    /// place.
    pub(crate) fn into_list(mut self) -> Vec<Problem> {
        if self.full()
            && let Some(last) = self.list.last_mut()
            && last.hint.is_none()
        {
            last.hint = Some(format!("only the first {LISTED_MAX} problems are listed"));
        }
        self.list
            .sort_by(|a, b| (a.line, a.column, b.severity).cmp(&(b.line, b.column, a.severity)));
        self.list
    }
}

/// A problem that was just added.
pub(crate) struct Added<'p>(Option<&'p mut Problem>);

impl Added<'_> {
    /// Says what would be right. It is not computed for a problem that is not
    /// listed.
    pub(crate) fn hint(self, hint: impl FnOnce() -> Option<String>) {
        if let Some(problem) = self.0 {
            problem.hint = hint();
        }
    }
}
