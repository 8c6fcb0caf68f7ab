//! The tables of rules in the documents, written by the program itself.

use std::process::Command;

use crate::{Program, root};

/// Between these lines of a document stands what is generated.
const BEGIN: &str = "<!-- rules: written by `cargo xtask rules` -->";
const END: &str = "<!-- end of rules -->";

/// The documents with a table, and what each shows.
const DOCUMENTS: [(&str, Table); 2] = [
    ("README.md", Table::Levels),
    ("crates/flowtrail-rules/README.md", Table::Rules),
];

#[derive(Clone, Copy)]
enum Table {
    /// How many rules there are for each log and level.
    Levels,
    /// Every rule, and every technique.
    Rules,
}

/// Writes the tables anew; with `check` only says whether they are true.
///
/// # Errors
/// If the program cannot run, a document lacks the marks, or, with `check`, a
/// table is out of date.
pub(crate) fn tables(check: bool) -> Result<(), String> {
    let program = if check {
        Program::Built
    } else {
        Program::Fresh
    };
    for (document, table) in DOCUMENTS {
        let path = root().join(document);
        let old = std::fs::read_to_string(&path).map_err(|e| format!("{document}: {e}"))?;
        let (head, rest) = old
            .split_once(BEGIN)
            .ok_or_else(|| format!("{document} has no line `{BEGIN}`"))?;
        let (_, tail) = rest
            .split_once(END)
            .ok_or_else(|| format!("{document} has no line `{END}`"))?;
        let new = format!(
            "{head}{BEGIN}\n\n{}\n{END}{tail}",
            rendered(table, program)?
        );
        if check && new != old {
            return Err(format!(
                "the table of rules in {document} is out of date\nhint: run `cargo xtask rules`"
            ));
        }
        if new != old {
            std::fs::write(&path, new).map_err(|e| format!("{document}: {e}"))?;
        }
    }
    Ok(())
}

fn rendered(table: Table, program: Program) -> Result<String, String> {
    let format = match table {
        Table::Rules => "markdown",
        Table::Levels => "markdown-sums",
    };
    flowtrail(&["rules", "coverage", "--format", format], program)
}

/// What the program prints.
///
/// # Errors
/// If it cannot run, or says that it could not do what it was asked.
pub(crate) fn flowtrail(args: &[&str], program: Program) -> Result<String, String> {
    let mut words = program.words();
    words.extend(args.iter().map(|a| (*a).to_owned()));
    let (program, args) = words.split_first().ok_or("an empty step")?;
    let out = Command::new(program)
        .args(args)
        .current_dir(root())
        .output()
        .map_err(|e| e.to_string())?;
    if !out.status.success() {
        return Err(String::from_utf8_lossy(&out.stderr).into_owned());
    }
    String::from_utf8(out.stdout).map_err(|e| e.to_string())
}
