//! The tables of variables and outputs in the modules' READMEs, written from the
//! configuration itself.

use std::fmt::Write as _;
use std::path::Path;

use super::{cost, listed, read};
use crate::root;

/// Between these lines of a README stands what is generated.
const BEGIN: &str = "<!-- variables and outputs: written by `cargo xtask infra write` -->";
const END: &str = "<!-- end of variables and outputs -->";
const COST_BEGIN: &str = "<!-- cost: written by `cargo xtask infra write` -->";
const COST_END: &str = "<!-- end of cost -->";

/// A variable or an output, as far as tables show it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Entry {
    name: String,
    description: String,
    kind: String,
    default: Option<String>,
}

/// Writes the tables anew; with `check` only says whether they are true.
///
/// # Errors
/// If a README lacks the marks or a variable its description, or, with `check`,
/// if a table is out of date.
pub(super) fn tables(check: bool) -> Result<(), String> {
    for module in listed(&root().join("infra/modules"))? {
        let variables = entries(&read(&module.join("variables.tf"))?, "variable");
        let outputs = entries(&read(&module.join("outputs.tf"))?, "output");
        let mut all = variables.iter().chain(&outputs);
        if let Some(bare) = all.find(|e| e.description.is_empty()) {
            return Err(format!("{} has no description", bare.name));
        }
        let text = table(&variables, &outputs);
        put(&module.join("README.md"), [BEGIN, END], &text, check)?;
    }
    let readme = root().join("infra/README.md");
    put(&readme, [COST_BEGIN, COST_END], &cost::table(), check)
}

/// Puts a text between two lines of a document; with `check` asks whether it stands there.
fn put(path: &Path, [begin, end]: [&str; 2], text: &str, check: bool) -> Result<(), String> {
    let old = read(path)?;
    let lacks = || format!("{} lacks a line `{begin}` or `{end}`", path.display());
    let (head, rest) = old.split_once(begin).ok_or_else(lacks)?;
    let (_, tail) = rest.split_once(end).ok_or_else(lacks)?;
    let new = format!("{head}{begin}\n\n{text}\n{end}{tail}");
    if check && new != old {
        return Err(format!(
            "a table in {} is out of date\nhint: run `cargo xtask infra write`",
            path.display()
        ));
    }
    if new != old {
        std::fs::write(path, new).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    Ok(())
}

fn table(variables: &[Entry], outputs: &[Entry]) -> String {
    let mut text = "| variable | type | default | what it is |\n|---|---|---|---|\n".to_owned();
    for v in variables {
        let default = v
            .default
            .as_ref()
            .map_or("**needed**".to_owned(), |d| format!("`{d}`"));
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "| `{}` | {} | {default} | {} |",
            v.name, v.kind, v.description
        );
    }
    text.push_str("\n| output | what it is |\n|---|---|\n");
    for o in outputs {
        let _ = writeln!(text, "| `{}` | {} |", o.name, o.description);
    }
    text
}

/// The blocks of a kind in a file that `terraform fmt` has formatted: a block
/// begins and ends at the margin, and its arguments stand two blanks from it.
fn entries(text: &str, kind: &str) -> Vec<Entry> {
    let mut found = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(name) = line.strip_prefix(&format!("{kind} \"")) else {
            continue;
        };
        let mut entry = Entry {
            name: name.trim_end_matches("\" {").to_owned(),
            ..Entry::default()
        };
        let body: Vec<&str> = lines.by_ref().take_while(|l| *l != "}").collect();
        for (at, line) in body.iter().enumerate() {
            let Some((key, value)) = line.split_once('=') else {
                continue;
            };
            let value = value.trim();
            // What is deeper belongs to a nested block.
            match key.strip_prefix("  ").map(str::trim_end) {
                Some("description") => {
                    entry.description = described(value, body.get(at + 1..).unwrap_or_default());
                }
                Some("type") => entry.kind = value.trim_end_matches("({").replace('(', " of "),
                Some("default") => entry.default = Some(value.to_owned()),
                Some(_) | None => {}
            }
        }
        entry.kind = entry.kind.replace(')', "");
        found.push(entry);
    }
    found
}

/// A description: a string, or the lines that follow up to the mark's end.
fn described(value: &str, following: &[&str]) -> String {
    let text = match value.strip_prefix("<<-") {
        Some(mark) => {
            let lines = following.iter().map(|l| l.trim());
            let lines: Vec<&str> = lines.take_while(|l| *l != mark).collect();
            lines.join(" ")
        }
        None => value.trim_matches('"').replace("\\\"", "\""),
    };
    // A bar would end the column.
    text.replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_read_as_they_stand() {
        let text = "variable \"a\" {\n  description = \"One | two.\"\n  type        = set(string)\n  default     = []\n\n  validation {\n    condition     = var.a == 1\n    default = 7\n  }\n}\n\n\
            variable \"b\" {\n  description = <<-TEXT\n    First\n    second.\n  TEXT\n  type = map(object({\n    type = string\n  }))\n}\n";
        let found = entries(text, "variable");
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].description, "One \\| two.");
        assert_eq!(found[0].kind, "set of string");
        assert_eq!(found[0].default.as_deref(), Some("[]"));
        assert_eq!(found[1].description, "First second.");
        assert_eq!(found[1].kind, "map of object");
        assert_eq!(found[1].default, None);
    }

    #[test]
    fn outputs_are_no_variables() {
        let text = "output \"x\" {\n  description = \"It.\"\n  value       = 1\n}\n";
        assert!(entries(text, "variable").is_empty());
        assert_eq!(entries(text, "output")[0].name, "x");
    }
}
