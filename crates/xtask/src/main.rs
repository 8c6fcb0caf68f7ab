//! Test set-up, packaging, benches. `cargo xtask help` lists the commands.

mod engines;
mod histories;
mod infra;
mod moto;
mod package;
mod python;
mod rules;
mod supply;

use std::env;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::Instant;

use moto::Moto;
use python::Python;

const HELP: &str = "\
cargo xtask COMMAND

  test              every check and test, with its own set-up; what CI runs
  test --fast       the same without formatting and lints
  with-aws COMMAND  run COMMAND beside moto, as the tests of the Lambda want it
  package [--zig]   the function's zips for Lambda, in target/package, with their sizes,
                    sums, bills of materials and the time of a start; --zig: linked for
                    Lambda's own C library
  supply            licences, sources and advisories of dependencies, the workflows, and
                    a bill of materials
  sample            write sample-logs anew (deterministic), with the expected findings
  rules             write the tables of rules in the documents anew
  engines           answers of DuckDB beside our own, and statements that sqlglot parses
  cluster           tests and lints of `query --cluster`, not in `test`: builds Ballista, and
                    DataFusion a second time
  infra             the checks of infra/; `infra write` writes the tables of its documents,
                    the alarms and the dashboard anew, `infra schema` reads the AWS provider's schema anew (needs npm)
  histories [--full] [SEED...]
                    how many planted attacks the shipped rules find in simulated histories of
                    90 days, and how much else; three seeds and 10 million flows each by
                    default; --full: 10 million events and 100 million flows (10 GB of disk)
  bench [FOLDER]    speed of every step on one core, beside serde_json + rsigma-eval;
                    FOLDER holds .json.gz files, a simulated one by default
  bench-tables [--dev] [--rounds N] [FOLDER...]
                    ten named queries against DuckDB, raw and compacted: time and
                    memory, answers compared; simulated small objects by default
  fuzz [SECONDS]    each fuzz target for so long (needs a nightly toolchain and cargo-fuzz)
";

/// The independent Sigma parser, from PyPI.
const PYSIGMA: &str = "pysigma==2.0.1";

/// A step of a command: what it is called, and what it runs.
type Step = (&'static str, Vec<String>);

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let rest: Vec<&str> = args.iter().skip(1).map(String::as_str).collect();
    let done = match args.first().map(String::as_str) {
        Some("test") => test(rest.contains(&"--fast")),
        Some("with-aws") => with_aws(args.get(1..).unwrap_or_default()),
        Some("package") => package::package(rest.contains(&"--zig")),
        Some("sample") => sample(),
        Some("rules") => rules::tables(false),
        Some("cluster") => cluster(),
        Some("engines") => engines::check(),
        Some("infra") => match rest.first().copied() {
            None => infra::check(Program::Fresh),
            Some("write") => infra::write(),
            Some("schema") => infra::schema(),
            Some(other) => Err(format!("`infra {other}` is not known")),
        },
        Some("supply") => supply::check(),
        Some("histories") => histories::evaluate(args.get(1..).unwrap_or_default()),
        Some("bench") => bench(rest.first().copied()),
        Some("bench-tables") => engines::bench(args.get(1..).unwrap_or_default()),
        Some("fuzz") => fuzz(rest.first().copied()),
        Some("help" | "--help" | "-h") | None => {
            say(HELP);
            Ok(())
        }
        Some(other) => Err(format!(
            "there is no command `{other}`\nhint: `cargo xtask help` lists them"
        )),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            say(&format!("error: {e}"));
            ExitCode::FAILURE
        }
    }
}

#[expect(
    clippy::print_stderr,
    reason = "this program talks to a developer on a terminal"
)]
fn say(text: &str) {
    eprintln!("{text}");
}

fn cargo(words: &[&str]) -> Vec<String> {
    let cargo = env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    std::iter::once(cargo)
        .chain(words.iter().map(|w| (*w).to_owned()))
        .collect()
}

/// The top of the checkout.
fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn run(steps: &[Step]) -> Result<(), String> {
    run_knowing(steps, &[])
}

/// Runs steps with further environment variables.
fn run_knowing(steps: &[Step], variables: &[(&str, &str)]) -> Result<(), String> {
    for (name, words) in steps {
        let start = Instant::now();
        say(&format!("== {name}"));
        let (program, args) = words.split_first().ok_or("an empty step")?;
        let status = Command::new(program)
            .args(args)
            .envs(variables.iter().copied())
            .current_dir(root())
            .status()
            .map_err(|e| format!("cannot run {program}: {e}"))?;
        if !status.success() {
            return Err(format!("{name}: {status}"));
        }
        say(&format!(
            "== {name}: {:.1} s",
            start.elapsed().as_secs_f64()
        ));
    }
    Ok(())
}

/// Everything is built once, as one workspace. A build of the command line alone
/// would unite fewer features of shared crates, and so build `DataFusion` again.
fn test(fast: bool) -> Result<(), String> {
    let mut steps: Vec<Step> = Vec::new();
    if !fast {
        steps.push(("formatting", cargo(&["fmt", "--all", "--check"])));
    }
    run(&steps)?;
    steps.clear();
    let tests = cargo(&["test", "--workspace", "--no-fail-fast"]);
    let aws = Moto::start()?;
    run_knowing(&[("tests", tests)], &aws.variables())?;
    drop(aws);
    if !fast {
        let lints = [
            "clippy",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ];
        steps.push(("lints", cargo(&lints)));
    }
    run(&steps)?;
    if !fast {
        rules::tables(true)?;
        other_parser()?;
        engines::check()?;
        supply::check()?;
        infra::check(Program::Built)?;
    }
    Ok(())
}

/// What is built with the feature `cluster` alone. Both crates in one run of
/// cargo: each by itself would have its own build of everything below.
fn cluster() -> Result<(), String> {
    let crates = "--package flowtrail-table --package flowtrail-cli --features cluster";
    let with = |command: &str, more: &str| {
        let words = format!("{command} {crates} {more}");
        cargo(&words.split_whitespace().collect::<Vec<_>>())
    };
    let aws = Moto::start()?;
    let tests = with("test", "--lib --test cluster -- --nocapture");
    run_knowing(&[("tests", tests)], &aws.variables())?;
    drop(aws);
    let lints = with("clippy", "--lib --bins --test cluster -- -D warnings");
    run(&[("lints", lints)])
}

fn with_aws(words: &[String]) -> Result<(), String> {
    if words.is_empty() {
        return Err(
            "no command\nhint: `cargo xtask with-aws cargo test -p flowtrail-lambda`".into(),
        );
    }
    let aws = Moto::start()?;
    run_knowing(&[("command", words.to_vec())], &aws.variables())
}

/// Users take rules to other engines, so another one has to be able to read them.
fn other_parser() -> Result<(), String> {
    let python = Python::with("pysigma", &[PYSIGMA])?;
    let status = python
        .command()
        .args([
            "tests/pysigma/parse_rules.py",
            "crates/flowtrail-rules/rules",
        ])
        .status()
        .map_err(|e| format!("cannot run Python: {e}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("rules in pySigma: {status}"))
    }
}

/// The command line, as steps run it.
#[derive(Debug, Clone, Copy)]
enum Program {
    /// The one that the tests of the workspace have built.
    Built,
    /// One that cargo brings up to date first.
    Fresh,
}

impl Program {
    fn words(self) -> Vec<String> {
        match self {
            Self::Built => vec![built().display().to_string()],
            Self::Fresh => cargo(&["run", "--quiet", "--"]),
        }
    }
}

/// The binary that the tests of the workspace have built.
fn built() -> PathBuf {
    target().join("debug/flowtrail")
}

/// Where cargo builds.
fn target() -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    target.unwrap_or_else(|| root().join("target"))
}

/// What the simulator writes.
const SAMPLE: [&str; 4] = ["AWSLogs", "labels.jsonl", "negatives.jsonl", "context.yaml"];

/// `sample-logs` is small and generated, so it is written by the same commands
/// that a user has.
fn sample() -> Result<(), String> {
    let folder = root().join("sample-logs");
    for name in SAMPLE.into_iter().chain(["expected.jsonl"]) {
        let path = folder.join(name);
        let gone = if path.is_dir() {
            std::fs::remove_dir_all(&path)
        } else if path.exists() {
            std::fs::remove_file(&path)
        } else {
            Ok(())
        };
        gone.map_err(|e| format!("cannot remove {}: {e}", path.display()))?;
    }
    let fresh = root().join("target/sample-logs");
    if fresh.exists() {
        std::fs::remove_dir_all(&fresh).map_err(|e| e.to_string())?;
    }
    let simulate = "run --quiet -- simulate --seed 7 --size 4MB target/sample-logs";
    let simulate: Vec<&str> = simulate.split(' ').collect();
    run(&[("simulate", cargo(&simulate))])?;
    for name in SAMPLE {
        std::fs::rename(fresh.join(name), folder.join(name)).map_err(|e| e.to_string())?;
    }
    let words = cargo(&[
        "run",
        "--quiet",
        "--",
        "replay",
        "--format",
        "jsonl",
        "--level",
        "low",
        "--no-summary",
        "sample-logs",
    ]);
    let (program, args) = words.split_first().ok_or("an empty step")?;
    let out = Command::new(program)
        .args(args)
        .current_dir(root())
        .output()
        .map_err(|e| e.to_string())?;
    std::fs::write(folder.join("expected.jsonl"), out.stdout).map_err(|e| e.to_string())
}

fn bench(folder: Option<&str>) -> Result<(), String> {
    let mut words = cargo(&[
        "bench",
        "--profile",
        "dist",
        "--package",
        "flowtrail-cli",
        "--bench",
        "throughput",
        "--",
    ]);
    words.extend(folder.map(str::to_owned));
    run(&[("bench", words)])
}

fn fuzz(seconds: Option<&str>) -> Result<(), String> {
    let time = format!("-max_total_time={}", seconds.unwrap_or("60"));
    let targets =
        std::fs::read_dir(root().join("tests/fuzz/fuzz_targets")).map_err(|e| e.to_string())?;
    let mut names: Vec<String> = targets
        .filter_map(|t| Some(t.ok()?.path().file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    for name in names {
        let words = [
            "+nightly",
            "fuzz",
            "run",
            "--fuzz-dir",
            "tests/fuzz",
            &name,
            "--",
            &time,
        ];
        let step: Vec<String> = std::iter::once("cargo")
            .chain(words)
            .map(str::to_owned)
            .collect();
        run(&[("fuzz", step)])?;
    }
    Ok(())
}
