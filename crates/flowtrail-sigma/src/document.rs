//! The documents of a rule file.

use crate::load::RuleSource;
use crate::problem::{Problem, Reject, Severity};

/// A document of a rule file.
pub(crate) struct Document {
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) text: String,
}

impl Document {
    /// A problem with this document, on the line where `reject.near` stands.
    pub(crate) fn problem(&self, severity: Severity, title: &str, reject: Reject) -> Problem {
        let near = reject.near.as_deref().unwrap_or("title");
        let at = self
            .text
            .lines()
            .position(|l| l.contains(near))
            .unwrap_or(0);
        Problem {
            severity,
            file: self.file.clone(),
            line: self.line + at,
            title: (!title.is_empty()).then(|| title.to_owned()),
            reason: reject.reason,
            hint: reject.hint.map(str::to_owned),
        }
    }
}

/// Splits a file into its documents, so that each error finds its line. Files
/// with collection actions (`action: global`) are one document, because these
/// reach over document borders.
pub(crate) fn documents(source: &RuleSource) -> Vec<Document> {
    let text = source
        .text
        .trim_start_matches('\u{feff}')
        .replace("\r\n", "\n");
    let document = |line: usize, text: String| Document {
        file: source.file.clone(),
        line,
        text,
    };
    if text.lines().any(|l| l.starts_with("action:")) {
        return vec![document(1, text)];
    }
    let mut all = Vec::new();
    let (mut from, mut part) = (1, String::new());
    for (i, line) in text.lines().enumerate() {
        if line.trim_end() == "---" || line.starts_with("--- ") {
            all.push(document(from, std::mem::take(&mut part)));
            from = i + 2;
        } else {
            part.push_str(line);
            part.push('\n');
        }
    }
    all.push(document(from, part));
    let content = |l: &str| !l.trim().is_empty() && !l.trim_start().starts_with(['#', '%']);
    all.retain(|d| d.text.lines().any(content));
    all
}

/// The title as it stands, for a document that cannot be read.
pub(crate) fn title_of(text: &str) -> String {
    let line = text.lines().find_map(|l| l.strip_prefix("title:"));
    line.unwrap_or("")
        .trim()
        .trim_matches(['"', '\''])
        .to_owned()
}

/// The parser's words, with the text that marks the line and a hint.
pub(crate) fn yaml_error(error: &str) -> Reject {
    let mut text = error.trim_end_matches('.').to_owned();
    // Lower case, but not for an acronym.
    let mut chars = error.chars();
    if let (Some(first), Some(second)) = (chars.next(), chars.next())
        && first.is_ascii_uppercase()
        && !second.is_uppercase()
    {
        text.replace_range(..1, &first.to_lowercase().to_string());
    }
    let quoted = error.split('\'').nth(1).map(str::to_owned);
    let mut reject = Reject::new(text);
    if error.contains("Unknown modifier") {
        reject = reject.hint("`flowtrail rules schema` lists the modifiers");
        reject.near = quoted.map(|m| format!("|{m}"));
    } else if error.contains("Missing required field 'condition'") {
        reject = reject
            .hint("a detection needs a `condition` that names its selections")
            .near("detection");
    } else if error.contains("Condition parse error") {
        reject = reject
            .hint("conditions know `and`, `or`, `not`, parentheses, `1 of …` and `all of …`; aggregations with `|` are written as correlation rules")
            .near("condition");
    } else if error.contains("Invalid timespan") {
        reject = reject
            .hint("a timespan is a number and one of s, m, h, d")
            .near("timespan");
    }
    reject
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<(usize, String)> {
        let source = RuleSource {
            file: "x.yml".into(),
            text: text.into(),
        };
        let all = documents(&source).into_iter();
        all.map(|d| (d.line, d.text)).collect()
    }

    #[test]
    fn documents_know_their_lines() {
        let of = |line, text: &str| (line, text.to_owned());
        assert_eq!(
            split("a: 1\n---\nb: 2\n--- # c\nc: 3\n"),
            [of(1, "a: 1\n"), of(3, "b: 2\n"), of(5, "c: 3\n")]
        );
        assert_eq!(split("\u{feff}---\r\na: 1\r\n"), [of(2, "a: 1\n")]);
        assert_eq!(split("%YAML 1.2\n---\na: 1"), [of(3, "a: 1\n")]);
        assert_eq!(split("# nothing\n---\n\n---\n"), []);
        assert_eq!(split("action: global\n---\na: 1").len(), 1);
    }

    #[test]
    fn errors_begin_in_lower_case_unless_with_a_name() {
        let reason = |text: &str| yaml_error(text).reason;
        assert_eq!(reason("Missing x."), "missing x");
        assert_eq!(reason("YAML parse error: y"), "YAML parse error: y");
        assert_eq!(reason("Élan"), "Élan");
        assert_eq!(reason(""), "");
        assert_eq!(
            yaml_error("Unknown modifier: 'foo'").near.as_deref(),
            Some("|foo")
        );
    }
}
