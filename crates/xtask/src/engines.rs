//! Other engines over the same logs, from `PyPI`: their answers, and their speed.

use std::path::Path;

use crate::python::Python;
use crate::{built, cargo, root, run, say, target};

/// Another engine that reads what is compacted, and a parser of the SQL of
/// those that can not be run here.
const ENGINES: [&str; 2] = ["duckdb==2.0.0", "sqlglot==30.30.0"];

/// What they are asked: each a script with the binary and the samples as its
/// arguments.
const CHECKS: [(&str, &str); 2] = [
    ("compacted logs in other engines", "read_compacted.py"),
    ("named queries in another engine", "answer_alike.py"),
];

/// Bytes of the logs that are simulated where no folder is given.
const SIMULATED: &str = "300MB";

/// Other engines read what we write, and answer as we do.
pub(crate) fn check() -> Result<(), String> {
    let python = match Python::with("engines", &ENGINES) {
        Ok(python) => python,
        Err(e) => {
            say(&format!("skipped: other engines over the same logs: {e}"));
            return Ok(());
        }
    };
    let binary = built();
    for (what, script) in CHECKS {
        script_over(&python, script, &[], &binary, &["sample-logs".into()])
            .map_err(|e| format!("{what}: {e}"))?;
    }
    Ok(())
}

/// Ten named queries against `DuckDB`. `--dev` takes the binary of the tests.
pub(crate) fn bench(words: &[String]) -> Result<(), String> {
    let python = Python::with("engines", &ENGINES)?;
    let dev = words.iter().any(|w| w == "--dev");
    let mut options = Vec::new();
    let mut folders = Vec::new();
    let mut words = words.iter().filter(|w| *w != "--dev");
    while let Some(word) = words.next() {
        if word.starts_with("--") {
            options.push(word.clone());
            options.extend(words.next().cloned());
        } else {
            folders.push(word.clone());
        }
    }
    let profile = if dev { "dev" } else { "dist" };
    let build = ["build", "--profile", profile, "--package", "flowtrail-cli"];
    run(&[("build", cargo(&build))])?;
    let binary = target()
        .join(if dev { "debug" } else { "dist" })
        .join("flowtrail");
    if folders.is_empty() {
        folders.push(simulated(&binary)?);
    }
    script_over(&python, "bench_tables.py", &options, &binary, &folders)
        .map_err(|e| format!("tables against DuckDB: {e}"))
}

/// Small objects, as a busy organisation has them.
fn simulated(binary: &Path) -> Result<String, String> {
    let folder = target().join("simulated-tables");
    let folder = folder.to_string_lossy().into_owned();
    if !Path::new(&folder).exists() {
        let program = binary.to_string_lossy().into_owned();
        let words = [&program, "simulate", "--size", SIMULATED, &folder];
        let words = words.map(str::to_owned).to_vec();
        run(&[("simulate", words)])?;
    }
    Ok(folder)
}

fn script_over(
    python: &Python,
    script: &str,
    options: &[String],
    binary: &Path,
    folders: &[String],
) -> Result<(), String> {
    let mut command = python.command();
    command.arg(root().join("tests/engines").join(script));
    let status = command.args(options).arg(binary).args(folders).status();
    let status = status.map_err(|e| format!("cannot run Python: {e}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(status.to_string())
    }
}
