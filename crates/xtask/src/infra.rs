//! The checks of `infra/`: formatting, the provider's schema, tests, what must
//! fail, checkov, cfn-lint, the state's backend, the documents, and what the program
//! renders.
//!
//! Terraform is used where it is there. Its AWS provider is not: what stands in is
//! the provider's schema alone, see `tests/infra/README.md`.

mod agreement;
mod backend;
mod breakage;
mod checkov;
mod cost;
mod documents;
mod rendered;
mod terraform;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Program, root, say};
use terraform::Terraform;

/// The bindings that the schema is read out of, from npm.
const BINDINGS: &str = "@cdktn/provider-aws@25.7.0";
/// The schema, cut to the types that are used.
const SCHEMA: &str = "tests/infra/aws_schema.json";

/// Checks everything; what needs Terraform is left out, with a message, where it
/// is not.
///
/// # Errors
/// What is wrong first.
pub(crate) fn check(program: Program) -> Result<(), String> {
    agreement::all()?;
    documents::tables(true)?;
    rendered::files(true, program)?;
    say("== infra: documents, names and rendered files agree");
    rendered::cloudformation(program)?;
    checkov::check()?;
    let Some(terraform) = Terraform::found()? else {
        return Ok(());
    };
    terraform.formatted()?;
    for folder in folders()? {
        terraform.check(&folder)?;
    }
    rendered::terraform(&terraform, program)?;
    breakage::all(&terraform)?;
    backend::live(&terraform)
}

/// Writes the tables of the documents and the rendered files anew.
///
/// # Errors
/// If a document lacks the marks, or the program cannot run.
pub(crate) fn write() -> Result<(), String> {
    rendered::files(false, Program::Fresh)?;
    documents::tables(false)
}

/// Reads the schema anew out of the bindings.
///
/// # Errors
/// If npm is not there, or the bindings have another form.
pub(crate) fn schema() -> Result<(), String> {
    let folder = root().join("target/infra/bindings");
    fresh(&folder)?;
    let packed = Command::new("npm")
        .args(["pack", "--silent", BINDINGS])
        .current_dir(&folder)
        .output()
        .map_err(|e| format!("cannot run npm: {e}"))?;
    let archive = String::from_utf8_lossy(&packed.stdout).trim().to_owned();
    let steps: [(&str, Vec<&str>); 2] = [
        ("tar", vec!["xzf", &archive]),
        (
            "python3",
            vec![
                "../../../tests/infra/extract_schema.py",
                "package",
                "../../../infra",
                "../../../tests/infra/aws_schema.json",
            ],
        ),
    ];
    for (program, args) in steps {
        let status = Command::new(program)
            .args(args)
            .current_dir(&folder)
            .status();
        match status {
            Ok(s) if s.success() => {}
            Ok(s) => return Err(format!("{program}: {s}")),
            Err(e) => return Err(format!("cannot run {program}: {e}")),
        }
    }
    Ok(())
}

/// Modules and examples: the folders with a configuration of their own, as paths
/// below `infra`.
///
/// # Errors
/// If they cannot be read.
fn folders() -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    for kind in ["modules", "examples"] {
        for entry in listed(&root().join("infra").join(kind))? {
            if entry.join("tests").is_dir() {
                let name = entry.file_name().unwrap_or_default();
                found.push(Path::new(kind).join(name));
            } else {
                return Err(format!("{} has no tests", entry.display()));
            }
        }
    }
    Ok(found)
}

/// What is in a folder, in the order of names.
fn listed(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries.filter_map(|e| Some(e.ok()?.path())).collect();
    paths.sort();
    Ok(paths)
}

/// The files below a folder whose names end so, in the order of names.
fn files(folder: &Path, ending: &str) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    for path in listed(folder)? {
        if path.is_dir() {
            found.extend(files(&path, ending)?);
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    Ok(found)
}

fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))
}

/// Makes an empty folder.
fn fresh(folder: &Path) -> Result<(), String> {
    if folder.exists() {
        std::fs::remove_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    }
    std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))
}

/// Copies a folder; folders of a name in `without` are left out.
fn copy(from: &Path, to: &Path, without: &[&str]) -> Result<(), String> {
    std::fs::create_dir_all(to).map_err(|e| format!("{}: {e}", to.display()))?;
    for path in listed(from)? {
        let name = path.file_name().unwrap_or_default();
        if without.iter().any(|w| name == *w) {
            continue;
        }
        let target = to.join(name);
        if path.is_dir() {
            copy(&path, &target, without)?;
        } else {
            std::fs::copy(&path, &target).map_err(|e| format!("{}: {e}", path.display()))?;
        }
    }
    Ok(())
}
