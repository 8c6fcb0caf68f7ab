//! The documents of a rule file.

use std::borrow::Cow;

use yaml_serde::Value;

use crate::load::RuleSource;
use crate::problem::{Problem, Reject, Severity};

/// A document of a rule file.
pub(crate) struct Document {
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) text: String,
    /// What it says, at least in its correlation or filter, which the parser
    /// does not read in full. Several for a file with collection actions.
    pub(crate) written: Vec<Value>,
}

impl Document {
    /// The sections of that name of rules that are called `title`.
    pub(crate) fn sections(&self, title: &str, name: &str) -> impl Iterator<Item = &Value> {
        let titled = move |v: &&Value| v.get("title").and_then(Value::as_str) == Some(title);
        let all = self.written.iter().filter(titled);
        all.filter_map(move |v| v.get(name))
    }

    /// A problem with this document, on the line where `reject.near` stands.
    pub(crate) fn problem(&self, severity: Severity, title: &str, reject: Reject) -> Problem {
        let near = reject.near.as_deref().unwrap_or("title");
        let found = || self.text.lines().position(|l| l.contains(near));
        // An unclosed bracket is noticed behind the last line.
        let last = self.text.lines().count().saturating_sub(1);
        let said = reject.line.map(|l| l.saturating_sub(1).min(last));
        let at = said.or_else(found).unwrap_or(0);
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
    let text = source.text.trim_start_matches('\u{feff}');
    let text = match memchr::memchr(b'\r', text.as_bytes()) {
        Some(_) => Cow::Owned(text.replace("\r\n", "\n")),
        None => Cow::Borrowed(text),
    };
    let document = |line: usize, text: String| Document {
        file: source.file.clone(),
        line,
        text,
        written: Vec::new(),
    };
    if text.starts_with("action:") || text.contains("\naction:") {
        return vec![document(1, text.into_owned())];
    }
    let mut all = Vec::new();
    let (mut from, mut begin, mut at) = (1, 0, 0);
    for (i, line) in text.split_inclusive('\n').enumerate() {
        let end = at + line.len();
        let is_border = |after: &str| after.starts_with(' ') || after.trim_end().is_empty();
        if line.strip_prefix("---").is_some_and(is_border) {
            all.push((from, text.get(begin..at).unwrap_or("")));
            (from, begin) = (i + 2, end);
        }
        at = end;
    }
    all.push((from, text.get(begin..).unwrap_or("")));
    let content = |l: &str| !l.trim().is_empty() && !l.trim_start().starts_with(['#', '%']);
    all.retain(|(_, text)| text.lines().any(content));
    let whole_lines = |text: &str| match text.strip_suffix('\n') {
        Some(_) => text.to_owned(),
        None => format!("{text}\n"),
    };
    all.into_iter()
        .map(|(line, text)| document(line, whole_lines(text)))
        .collect()
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
    if text.starts_with("YAML parse error") {
        return broken_yaml(&text);
    }
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
    } else if error.contains("Unknown correlation type") {
        reject = reject
            .hint("`flowtrail rules schema` lists the types; those that are not Sigma's cannot stand in a file with `action:`")
            .near("type:");
    } else if error.contains("Missing timeframe") {
        reject = reject
            .hint("say how long the window is, such as `timespan: 1h`")
            .near("correlation");
    } else if error.contains("Invalid timespan") {
        reject = reject
            .hint("a timespan is a number and one of s, m, h, d")
            .near("timespan");
    }
    reject
}

/// Text that is no YAML. The parser knows the line best; it counts within the
/// document, and what is shown counts within the file.
fn broken_yaml(text: &str) -> Reject {
    let place = text.split_once(" at line ");
    let line = place.and_then(|(_, after)| after.split([' ', ',']).next()?.parse().ok());
    let reason = match (place, line) {
        (Some((before, after)), Some(_)) => {
            // The column stays out: the line is what an editor is sent to.
            let rest = after.split_once(", ").map(|(_, rest)| format!(", {rest}"));
            let rest = rest.filter(|r| !r.contains("line "));
            format!("{before}{}", rest.unwrap_or_default())
        }
        _ => text.to_owned(),
    };
    let hint = "look for indentation, a missing quote or bracket here or on the line before";
    Reject {
        line,
        ..Reject::new(reason).hint(hint)
    }
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
    fn broken_yaml_is_named_on_the_line_of_the_file() {
        let text = "title: A\n---\ntitle: B\nlevel: [low\n";
        let source = RuleSource {
            file: "x.yml".into(),
            text: text.into(),
        };
        let second = documents(&source).pop().unwrap();
        let error = "YAML parse error: no end at line 2 column 8, while parsing a flow sequence";
        let problem = second.problem(Severity::Error, "B", yaml_error(error));
        assert_eq!(
            (problem.line, problem.reason.as_str()),
            (4, "YAML parse error: no end, while parsing a flow sequence")
        );
        assert!(problem.hint.is_some());
        // A line behind the end, and an error without a line.
        let line = |error| second.problem(Severity::Error, "B", yaml_error(error)).line;
        assert_eq!(line("YAML parse error: x at line 9 column 1"), 4);
        assert_eq!(line("YAML parse error: y"), 3);
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
