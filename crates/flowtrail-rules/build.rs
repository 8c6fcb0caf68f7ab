//! Lists every file under `rules/` and `runbooks/` for `src/lib.rs` to embed.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// What a file of cases ends in, and what it is replaced by in its rule's name.
const CASES: &str = ".cases.yml";
const RULE: &str = ".yml";

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new("rules");
    let mut files = Vec::new();
    let mut out = std::io::stdout();
    collect(root, &mut files, &mut out)?;
    let mut paths = Vec::with_capacity(files.len());
    for file in &files {
        let path = file.strip_prefix(root)?;
        let path = path
            .to_str()
            .ok_or("a file name under `rules` is not UTF-8")?;
        paths.push(path.replace('\\', "/"));
    }
    // By name, so that the order is the same on every machine.
    paths.sort_unstable();
    let target = std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR for build scripts")?;
    std::fs::write(Path::new(&target).join("rule_files.rs"), table(&paths)?)?;
    let pages = runbooks(Path::new("runbooks"), &mut out)?;
    std::fs::write(Path::new(&target).join("runbooks.rs"), pages)?;
    Ok(())
}

/// Gathers the YAML files under `dir` and tells cargo to watch them; other
/// files are a mistake.
fn collect(
    dir: &Path,
    files: &mut Vec<PathBuf>,
    out: &mut impl std::io::Write,
) -> Result<(), Box<dyn Error>> {
    writeln!(out, "cargo::rerun-if-changed={}", dir.display())?;
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files, out)?;
        } else if path.extension().is_some_and(|e| e == "yml") {
            writeln!(out, "cargo::rerun-if-changed={}", path.display())?;
            files.push(path);
        } else {
            return Err(
                format!("`{}` is neither a rule nor a file of cases", path.display()).into(),
            );
        }
    }
    Ok(())
}

/// The source of the slice that `src/lib.rs` includes.
fn table(paths: &[String]) -> Result<String, Box<dyn Error>> {
    let has = |path: &str| paths.iter().any(|p| p == path);
    let mut source = String::from("&[\n");
    for path in paths {
        if let Some(stem) = path.strip_suffix(CASES) {
            let rule = format!("{stem}{RULE}");
            if !has(&rule) {
                return Err(format!("`rules/{path}` has no rule file `rules/{rule}`").into());
            }
            continue;
        }
        let stem = path.strip_suffix(RULE).unwrap_or(path);
        let cases = format!("{stem}{CASES}");
        let cases = if has(&cases) {
            format!("Some({})", include(&cases))
        } else {
            "None".to_owned()
        };
        let text = include(path);
        writeln!(
            source,
            "RuleFile {{ path: {path:?}, text: {text}, cases: {cases} }},"
        )?;
    }
    source.push_str("]\n");
    Ok(source)
}

/// The source of the slice of runbooks, by name.
fn runbooks(dir: &Path, out: &mut impl std::io::Write) -> Result<String, Box<dyn Error>> {
    writeln!(out, "cargo::rerun-if-changed={}", dir.display())?;
    let mut names = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        writeln!(out, "cargo::rerun-if-changed={}", path.display())?;
        let name = path.file_name().and_then(|n| n.to_str());
        match name {
            Some(name) if name.ends_with(".md") => names.push(name.to_owned()),
            Some(_) | None => {
                return Err(format!("`{}` is no runbook (.md)", path.display()).into());
            }
        }
    }
    names.sort_unstable();
    let mut source = String::from("&[\n");
    for name in names {
        let path = format!("runbooks/{name}");
        let text = include_at(&format!("/{path}"));
        writeln!(source, "Runbook {{ path: {path:?}, text: {text} }},")?;
    }
    source.push_str("]\n");
    Ok(source)
}

/// An expression that embeds a file, without the place where it was built.
fn include(path: &str) -> String {
    include_at(&format!("/rules/{path}"))
}

fn include_at(path: &str) -> String {
    format!("include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), {path:?}))")
}
