//! Where rules come from: those that ship, and files of the user.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use flowtrail_rules::RULE_FILES;
use flowtrail_scan::rule_options;
use flowtrail_sigma::{Compilation, RuleSource, Severity, compile};

use crate::args::RuleChoice;
use crate::console;

/// A rule file and, where there are any, its cases.
pub(crate) struct RuleFile {
    pub(crate) source: RuleSource,
    pub(crate) cases: Option<String>,
}

/// The rules that ship.
pub(crate) fn shipped() -> Vec<RuleFile> {
    let file = |f: &flowtrail_rules::RuleFile| RuleFile {
        source: RuleSource {
            file: f.path.to_owned(),
            text: f.text.to_owned(),
        },
        cases: f.cases.map(str::to_owned),
    };
    RULE_FILES.iter().map(file).collect()
}

/// The rules in files and folders. Every `.yml` and `.yaml` file is one, but
/// for `NAME.cases.yml`, which holds the cases of `NAME.yml`.
pub(crate) fn from_paths(paths: &[PathBuf]) -> anyhow::Result<Vec<RuleFile>> {
    let mut files = Vec::new();
    for path in paths {
        let meta =
            fs::metadata(path).with_context(|| format!("cannot open `{}`", console::path(path)))?;
        if meta.is_dir() {
            walk(path, &mut files)
                .with_context(|| format!("cannot read folder `{}`", console::path(path)))?;
        } else {
            files.push(path.clone());
        }
    }
    files.sort();
    files.dedup();
    let rules: Vec<RuleFile> = files.iter().map(|f| read(f)).collect::<Result<_, _>>()?;
    if rules.is_empty() {
        bail!("no rule files (.yml, .yaml) under the given paths");
    }
    Ok(rules)
}

fn walk(folder: &Path, out: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            walk(&path, out)?;
        } else if is_rule(&path) {
            out.push(path);
        }
    }
    Ok(())
}

fn is_rule(path: &Path) -> bool {
    let name = path.file_name().and_then(|n| n.to_str()).unwrap_or("");
    let yaml = matches!(
        path.extension().and_then(|e| e.to_str()),
        Some("yml" | "yaml")
    );
    yaml && !name.ends_with(".cases.yml") && !name.ends_with(".cases.yaml")
}

fn read(path: &Path) -> anyhow::Result<RuleFile> {
    let bytes = fs::read(path).with_context(|| format!("cannot read `{}`", console::path(path)))?;
    let cases = path.with_extension("cases.yml");
    let cases = if cases.exists() {
        Some(
            fs::read_to_string(&cases)
                .with_context(|| format!("cannot read `{}`", console::path(&cases)))?,
        )
    } else {
        None
    };
    Ok(RuleFile {
        source: RuleSource {
            file: console::path(path),
            text: String::from_utf8_lossy(&bytes).into_owned(),
        },
        cases,
    })
}

/// The rules of a choice, compiled.
pub(crate) fn chosen(choice: &RuleChoice) -> anyhow::Result<Compilation> {
    let mut files = if choice.no_shipped {
        Vec::new()
    } else {
        shipped()
    };
    if !choice.rules.is_empty() {
        files.extend(from_paths(&choice.rules)?);
    }
    if files.is_empty() {
        bail!("no rules: --no-shipped leaves none, give --rules PATH");
    }
    let sources: Vec<RuleSource> = files.into_iter().map(|f| f.source).collect();
    Ok(compile(&sources, &rule_options()))
}

/// Whether a rule was lost.
pub(crate) fn has_errors(compilation: &Compilation) -> bool {
    compilation
        .problems
        .iter()
        .any(|p| p.severity == Severity::Error)
}
