//! Files of rules without some of their rules.

use yaml_serde::Value;

use crate::document::documents;
use crate::load::RuleSource;
use crate::yaml;

impl RuleSource {
    /// The file without the documents in which a rule or correlation stands of
    /// which `is_out` holds: it is asked with the rule's id (or what stands for
    /// it, as in [`RuleMeta::id`](crate::RuleMeta::id)) and its name. What is left keeps its lines. A
    /// file with collection actions (`action: global`) is left out as a whole.
    #[must_use]
    pub fn without(&self, is_out: impl Fn(&str, Option<&str>) -> bool) -> Self {
        let goes = |text: &str| {
            yaml::documents(text).any(|d| {
                let get = |key: &str| d.get(key).and_then(Value::as_str);
                let id = get("id").or(get("name")).or(get("title"));
                id.is_some_and(|id| is_out(id, get("name")))
            })
        };
        let mut text = String::new();
        let mut line = 1;
        for document in documents(self) {
            if goes(&document.text) {
                continue;
            }
            while line + 1 < document.line {
                text.push('\n');
                line += 1;
            }
            if line < document.line {
                text.push_str("---\n");
            }
            text.push_str(&document.text);
            line = document.line + document.text.lines().count();
        }
        Self {
            file: self.file.clone(),
            text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(text: &str, out: &[&str]) -> String {
        let source = RuleSource {
            file: "x.yml".into(),
            text: text.into(),
        };
        let is_out = |id: &str, name: Option<&str>| {
            out.contains(&id) || name.is_some_and(|n| out.contains(&n))
        };
        source.without(is_out).text
    }

    #[test]
    fn what_is_left_keeps_its_lines() {
        let all = "# one\ntitle: A\nid: a\n---\ntitle: B\nname: b\n---\n\ntitle: C\n";
        assert_eq!(left(all, &[]), all);
        assert_eq!(
            left(all, &["a"]),
            "\n\n\n---\ntitle: B\nname: b\n---\n\ntitle: C\n"
        );
        assert_eq!(
            left(all, &["b"]),
            "# one\ntitle: A\nid: a\n\n\n\n---\n\ntitle: C\n"
        );
        assert_eq!(
            left(all, &["C"]),
            "# one\ntitle: A\nid: a\n---\ntitle: B\nname: b\n"
        );
        assert_eq!(left(all, &["a", "b", "C"]), "");
    }

    #[test]
    fn lines_of_problems_stay() {
        let text = "title: A\nid: a\n---\ntitle: B\nid: b\nlogsource: {product: aws}\n";
        let source = RuleSource {
            file: "x.yml".into(),
            text: text.into(),
        };
        let lines = |s: &RuleSource| -> Vec<_> { documents(s).iter().map(|d| d.line).collect() };
        assert_eq!(lines(&source), [1, 4]);
        assert_eq!(lines(&source.without(|id, _| id == "a")), [4]);
    }

    #[test]
    fn files_with_actions_are_one() {
        let text = "action: global\nlevel: low\n---\ntitle: A\nid: a\n---\ntitle: B\nid: b\n";
        assert_eq!(left(text, &["b"]), "");
        assert_eq!(left(text, &["c"]), text);
    }

    #[test]
    fn what_is_no_yaml_stays_to_be_reported() {
        let text = "title: A\nlevel: [low\n";
        assert_eq!(left(text, &["A"]), text);
    }
}
