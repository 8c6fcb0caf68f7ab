//! What is wrong with a rule, in the words of its author's file.

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The rule is used; its author should know all the same.
    Warning,
    /// The rule is not used.
    Error,
}

/// Something wrong with a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Whether the rule is lost by it.
    pub severity: Severity,
    /// The file, as it was named when loaded.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The rule's title, if it could be read.
    pub title: Option<String>,
    /// What is wrong: lower case, no full stop, input in backticks.
    pub reason: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let word = match self.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        write!(f, "{word}: {}:{}: {}", self.file, self.line, self.reason)?;
        if let Some(title) = &self.title {
            write!(f, "\n  rule: {title}")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "\n  hint: {hint}")?;
        }
        Ok(())
    }
}

/// A reason with its hint, before file and line are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reject {
    pub(crate) reason: String,
    pub(crate) hint: Option<&'static str>,
    /// Text in the rule that marks the line.
    pub(crate) near: Option<String>,
    /// The line of the document, from 1, where the parser knows it.
    pub(crate) line: Option<usize>,
}

impl Reject {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            hint: None,
            near: None,
            line: None,
        }
    }

    pub(crate) const fn hint(mut self, hint: &'static str) -> Self {
        self.hint = Some(hint);
        self
    }

    pub(crate) fn near(mut self, near: impl Into<String>) -> Self {
        self.near = Some(near.into());
        self
    }
}
