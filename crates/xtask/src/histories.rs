//! How much of what is unusual is found: simulated histories, replays with the
//! rules that ship, and findings laid beside labels.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use super::{Program, cargo, root, say, target};

/// Days of a history: as long as what is usual is remembered.
const DAYS: &str = "90";

/// Seeds that nobody looked at while rules were written.
const SEEDS: [&str; 3] = ["25", "26", "27"];

/// Records and lines a day that make ten million and a hundred million of them.
const FULL: [&str; 2] = ["111111", "1111111"];

/// Rules that give each pair of hosts its scores, for the ranking of implants.
const SCORES: &str = "crates/flowtrail-simulate/examples/beacons.yml";

/// Histories of these seeds, one after another, and the tables over all of
/// them. The logs of each are removed when they have been read.
pub(super) fn evaluate(words: &[String]) -> Result<(), String> {
    let mut is_full = false;
    let mut seeds: Vec<&str> = Vec::new();
    for word in words.iter().map(String::as_str) {
        match word {
            "--full" => is_full = true,
            seed if seed.parse::<u64>().is_ok() => seeds.push(seed),
            other => return Err(format!("`{other}` is no seed\nhint: seeds are numbers")),
        }
    }
    if seeds.is_empty() {
        seeds.extend(SEEDS);
    }
    let folder = target().join("histories");
    let mut found = Vec::new();
    let mut ranked = Vec::new();
    for seed in seeds {
        let beside = History {
            folder: folder.join(seed),
            seed,
        };
        beside.make(is_full)?;
        let findings = beside.replay("found", &["--level", "low"])?;
        let rules = [
            "--no-shipped",
            "--rules",
            SCORES,
            "--level",
            "informational",
        ];
        let scores = beside.replay("scores", &rules)?;
        fs::remove_dir_all(beside.folder.join("AWSLogs")).map_err(|e| e.to_string())?;
        found.extend(beside.words(&findings));
        ranked.extend(beside.words(&scores));
    }
    for (table, about) in [
        ("evaluate", &found),
        ("scans", &found),
        ("beacons", &ranked),
    ] {
        let words = [table.to_owned(), DAYS.to_owned()];
        run(&table_words(words.iter().chain(about)), None)?;
    }
    Ok(())
}

/// One history, by its seed.
struct History<'s> {
    folder: PathBuf,
    seed: &'s str,
}

impl History<'_> {
    fn make(&self, is_full: bool) -> Result<(), String> {
        if self.folder.exists() {
            fs::remove_dir_all(&self.folder).map_err(|e| e.to_string())?;
        }
        say(&format!("== history {}", self.seed));
        let words = ["make", &text(&self.folder), DAYS, self.seed].map(str::to_owned);
        let sizes = FULL.map(str::to_owned);
        let sizes = if is_full { &sizes[..] } else { &[] };
        run(&table_words(words.iter().chain(sizes)), None)
    }

    /// Replays it, and says where the findings are.
    fn replay(&self, name: &str, more: &[&str]) -> Result<PathBuf, String> {
        let beside = |name: &str| text(&self.folder.join(name));
        // Beside the folder: what lies in it is read as logs.
        let findings = self.folder.with_extension(format!("{name}.jsonl"));
        let (context, places) = (beside("context.yaml"), beside("places.mmdb"));
        let logs = text(&self.folder);
        let words = [
            "replay",
            "--learn",
            "--format",
            "jsonl",
            "--context",
            &context,
            "--geo",
        ];
        let mut all = Program::Fresh.words();
        all.extend(words.into_iter().chain([&*places]).map(str::to_owned));
        all.extend(more.iter().copied().chain([&*logs]).map(str::to_owned));
        let start = Instant::now();
        run(&all, Some(&findings))?;
        let seconds = start.elapsed().as_secs_f64();
        say(&format!(
            "== replay of {}, {name}: {seconds:.1} s",
            self.seed
        ));
        Ok(findings)
    }

    /// As the tables are asked for.
    fn words(&self, findings: &Path) -> [String; 3] {
        [text(&self.folder), self.seed.to_owned(), text(findings)]
    }
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

fn table_words<'w>(words: impl Iterator<Item = &'w String>) -> Vec<String> {
    let history = "run --quiet -p flowtrail-simulate --example history --";
    let mut all = cargo(&history.split(' ').collect::<Vec<_>>());
    all.extend(words.cloned());
    all
}

/// Runs a program, into a file if there is one.
fn run(words: &[String], into: Option<&Path>) -> Result<(), String> {
    let (program, args) = words.split_first().ok_or("an empty step")?;
    let mut command = Command::new(program);
    command.args(args).current_dir(root());
    if let Some(path) = into {
        let file = File::create(path).map_err(|e| format!("{}: {e}", path.display()))?;
        command.stdout(file);
    }
    let status = command.status();
    let status = status.map_err(|e| format!("cannot run {program}: {e}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{}: {status}", words.join(" ")))
    }
}
