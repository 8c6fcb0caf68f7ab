//! Where rules come from: those that ship, and files of the user.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};
use flowtrail_context::Given;
use flowtrail_detect::Guidance;
use flowtrail_output::sanitize;
use flowtrail_rules::RULE_FILES;
use flowtrail_scan::rule_options_knowing;
use flowtrail_sigma::{Compilation, Options, RuleSource, Severity, compile};
use flowtrail_table::NotListed;
use ignore::WalkBuilder;

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
/// for `NAME.cases.yml` (or `.yaml`), which holds the cases of `NAME.yml`.
pub(crate) fn from_paths(paths: &[PathBuf]) -> anyhow::Result<Vec<RuleFile>> {
    let mut files = Vec::new();
    for path in paths {
        let meta = fs::metadata(path).map_err(|e| {
            let hint = "hint: give rule files (.yml) or folders of them";
            anyhow!("{}\n{hint}", console::cannot("open", path, &e))
        })?;
        if meta.is_dir() {
            walk(path, &mut files)?;
        } else {
            files.push(path.clone());
        }
    }
    files.sort();
    files.dedup();
    let rules: Vec<RuleFile> = files.iter().map(|f| read(f)).collect::<Result<_, _>>()?;
    if rules.is_empty() {
        bail!(
            "no rule files under the given paths\nhint: rules are files that end in .yml or .yaml"
        );
    }
    Ok(rules)
}

/// Rule files below `folder`, through links, each folder once.
fn walk(folder: &Path, out: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let mut walk = WalkBuilder::new(folder);
    for entry in walk.standard_filters(false).follow_links(true).build() {
        match entry {
            Ok(e) if e.file_type().is_some_and(|t| t.is_file()) && is_rule(e.path()) => {
                out.push(e.into_path());
            }
            Ok(_) => {}
            Err(e) => {
                let lost = NotListed::of(folder, e);
                if lost.kind.is_loss() {
                    bail!("cannot read `{}`: {}", sanitize(&lost.name), lost.reason);
                }
            }
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
    let bytes = fs::read(path).map_err(|e| console::cannot("read", path, &e))?;
    let beside = ["cases.yml", "cases.yaml"].map(|end| path.with_extension(end));
    let cases = match beside.iter().find(|p| p.exists()) {
        Some(p) => Some(fs::read_to_string(p).map_err(|e| console::cannot("read", p, &e))?),
        None => None,
    };
    Ok(RuleFile {
        source: RuleSource {
            file: console::path(path),
            text: String::from_utf8_lossy(&bytes).into_owned(),
        },
        cases,
    })
}

/// The files of a choice.
pub(crate) fn files_of(choice: &RuleChoice) -> anyhow::Result<Vec<RuleFile>> {
    let mut files = if choice.no_shipped {
        Vec::new()
    } else {
        shipped()
    };
    if !choice.rules.is_empty() {
        files.extend(from_paths(&choice.rules)?);
    }
    if files.is_empty() {
        bail!("no rules: `--no-shipped` leaves none\nhint: name your own with `--rules PATH`");
    }
    Ok(files)
}

/// The rules of a choice, compiled: those that ask for what is not given are
/// inactive.
pub(crate) fn chosen(choice: &RuleChoice, given: &Given) -> anyhow::Result<Compilation> {
    chosen_for(choice, &rule_options_knowing(&given.knowledge()))
}

/// The same with other options.
pub(crate) fn chosen_for(choice: &RuleChoice, options: &Options) -> anyhow::Result<Compilation> {
    let files = files_of(choice)?;
    let sources: Vec<RuleSource> = files.into_iter().map(|f| f.source).collect();
    let mut compilation = compile(&sources, options);
    add_guidance_problems(&mut compilation);
    Ok(compilation)
}

/// Adds what is wrong with the guidance of rules to their problems.
pub(crate) fn add_guidance_problems(compilation: &mut Compilation) {
    let rules = &compilation.rules;
    let active = rules.rules().iter().map(|r| &r.meta);
    let active = active.chain(rules.correlations().iter().map(|c| &c.meta));
    let all = active.chain(compilation.inactive.iter().map(|i| &i.meta));
    let wrong: Vec<_> = all.filter_map(|m| Guidance::of(m).err()).collect();
    compilation.problems.extend(wrong.into_iter().map(|p| *p));
}

/// Whether a rule was lost.
pub(crate) fn has_errors(compilation: &Compilation) -> bool {
    compilation
        .problems
        .iter()
        .any(|p| p.severity == Severity::Error)
}

/// Names what is wrong with rules.
pub(crate) fn report_problems(compilation: &Compilation) {
    for problem in &compilation.problems {
        console::say(&problem.to_string());
    }
}

/// Names what is wrong with rules, and counts those that cannot see anything.
pub(crate) fn report(compilation: &Compilation) {
    report_problems(compilation);
    match compilation.not_applicable.len() {
        0 => {}
        1 => console::say("note: 1 rule is for logs that Flowtrail does not read"),
        n => console::say(&format!(
            "note: {n} rules are for logs that Flowtrail does not read"
        )),
    }
}
