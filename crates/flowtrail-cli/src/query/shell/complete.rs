//! What a word may become: keywords, tables, columns, functions, and within
//! commands the names of queries and their parameters.

use std::collections::BTreeSet;

use flowtrail_table::{Column, Engine, Holds, LogTable, NamedQuery};

use super::super::command::COMMANDS;

/// Words of SQL that queries are made of.
const KEYWORDS: [&str; 52] = [
    "ALL",
    "ANALYZE",
    "AND",
    "AS",
    "ASC",
    "BETWEEN",
    "BY",
    "CASE",
    "CAST",
    "CROSS",
    "DESC",
    "DESCRIBE",
    "DISTINCT",
    "ELSE",
    "END",
    "EXCEPT",
    "EXISTS",
    "EXPLAIN",
    "FALSE",
    "FILTER",
    "FROM",
    "FULL",
    "GROUP",
    "HAVING",
    "ILIKE",
    "IN",
    "INNER",
    "INTERSECT",
    "INTERVAL",
    "IS",
    "JOIN",
    "LEFT",
    "LIKE",
    "LIMIT",
    "NOT",
    "NULL",
    "OFFSET",
    "ON",
    "OR",
    "ORDER",
    "OVER",
    "PARTITION",
    "RIGHT",
    "SELECT",
    "SHOW TABLES",
    "THEN",
    "TRUE",
    "UNION",
    "VALUES",
    "WHEN",
    "WHERE",
    "WITH",
];

/// Formats that a terminal takes.
const FORMATS: [&str; 5] = ["csv", "json", "jsonl", "list", "table"];

/// Everything that a word may become in a statement.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// In lower case: tables, columns, functions with their parenthesis.
    names: BTreeSet<String>,
}

impl Words {
    /// Those that an engine knows.
    pub(super) fn of(engine: &Engine) -> Self {
        let mut names = BTreeSet::new();
        for table in LogTable::ALL {
            names.insert(table.name().to_owned());
            table
                .columns()
                .iter()
                .for_each(|c| columns(c, "", &mut names));
        }
        names.insert("objects".to_owned());
        let state = engine.context().state();
        let scalar = state.scalar_functions().keys();
        let all = scalar.chain(state.aggregate_functions().keys());
        let all = all.chain(state.window_functions().keys());
        names.extend(all.map(|f| format!("{f}(")));
        Self { names }
    }

    /// What the last word of `before` may become, and where that word begins.
    pub(super) fn complete(&self, before: &str) -> (usize, Vec<String>) {
        if super::is_command(before) {
            return commands(before);
        }
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
        let start = before.trim_end_matches(is_part).len();
        let word = before.get(start..).unwrap_or("");
        if word.is_empty() {
            return (start, Vec::new());
        }
        let lower = word.to_lowercase();
        // Whoever writes small letters gets small ones.
        let is_lower = word.chars().next().is_some_and(char::is_lowercase);
        let keywords = KEYWORDS.iter().map(|k| {
            if is_lower {
                k.to_lowercase()
            } else {
                (*k).to_owned()
            }
        });
        let keywords = keywords.filter(|k| k.to_lowercase().starts_with(&lower));
        let names = self
            .names
            .range(lower.clone()..)
            .take_while(|n| n.starts_with(&lower));
        (start, keywords.chain(names.cloned()).collect())
    }
}

/// A column, and the fields of a struct with their way to them.
fn columns(column: &Column, above: &str, names: &mut BTreeSet<String>) {
    let name = format!("{above}{}", column.name);
    if let Holds::Struct(fields) = &column.holds {
        let above = format!("{name}.");
        fields.iter().for_each(|f| columns(f, &above, names));
    }
    names.insert(name);
}

/// What the last word of a command may become.
fn commands(before: &str) -> (usize, Vec<String>) {
    let start = before.trim_end_matches(|c: char| !c.is_whitespace()).len();
    let word = before.get(start..).unwrap_or("");
    let earlier: Vec<&str> = before
        .get(..start)
        .unwrap_or("")
        .split_whitespace()
        .collect();
    let queries = || NamedQuery::all().iter();
    let words: Vec<String> = match earlier.as_slice() {
        [] => COMMANDS
            .iter()
            .map(|(name, ..)| (*name).to_owned())
            .collect(),
        [".run" | ".show"] => queries().map(|q| q.name.clone()).collect(),
        [".run", name, ..] => {
            let query = queries().find(|q| q.name == *name);
            let parameters = query.into_iter().flat_map(|q| &q.parameters);
            parameters.map(|p| format!("{}=", p.name)).collect()
        }
        [".schema"] => LogTable::ALL.iter().map(|t| t.name().to_owned()).collect(),
        [".format"] => FORMATS.iter().map(|f| (*f).to_owned()).collect(),
        [".timer"] => vec!["on".to_owned(), "off".to_owned()],
        _ => Vec::new(),
    };
    (
        start,
        words.into_iter().filter(|w| w.starts_with(word)).collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use flowtrail_table::EngineOptions;

    fn complete(before: &str) -> (usize, Vec<String>) {
        Words::of(&Engine::new(EngineOptions::default()).unwrap()).complete(before)
    }

    #[test]
    fn words_of_statements_are_completed() {
        assert_eq!(complete("SELE"), (0, vec!["SELECT".into()]));
        assert_eq!(complete("sele"), (0, vec!["select".into()]));
        let (start, words) = complete("SELECT userid");
        assert_eq!(start, 7);
        assert!(words.contains(&"useridentity.arn".into()), "{words:?}");
        assert!(words.contains(&"useridentity".into()));
        let (_, words) = complete("SELECT useridentity.sessioncontext.sessionissuer.a");
        assert_eq!(words.len(), 2, "{words:?}");
        assert!(
            complete("SELECT count(*) FROM vpc")
                .1
                .contains(&"vpcflow".into())
        );
        assert!(complete("SELECT date_b").1.contains(&"date_bin(".into()));
        assert_eq!(complete("SELECT "), (7, vec![]));
        assert_eq!(complete(""), (0, vec![]));
    }

    #[test]
    fn words_of_commands_are_completed() {
        assert_eq!(complete(".ti"), (0, vec![".timer".into()]));
        assert_eq!(complete(".run root-"), (5, vec!["root-use".into()]));
        assert_eq!(complete(".run around w"), (12, vec!["within=".into()]));
        assert_eq!(complete(".format j").1, ["json", "jsonl"]);
        assert!(
            complete(".run around at=1 ")
                .1
                .contains(&"principal=".into())
        );
        assert!(complete(".nothing x").1.is_empty());
    }
}
