//! SQL and its answers: files under `tests/cases/queries` (one for each named
//! query) and `tests/cases/sql` (whatever else), in the language of
//! sqllogictest.
//!
//! Comments at the head of a file say what it is asked of: `# logs: sample-logs`,
//! `# context: sample-logs/context.yaml`. A query is SQL, or
//! `.run NAME PARAM=VALUE…`. With `FLOWTRAIL_BLESS=1` the
//! answers are written anew, to be looked at before they are believed.

use std::collections::BTreeSet;
use std::path::Path;

use flowtrail_table::NamedQuery;
use sqllogictest::{Runner, default_normalizer, default_validator, strict_column_validator};

use super::database::{Database, Division, Setting, files, stem};

const DIVISIONS: [Division; 2] = [
    Division {
        threads: 1,
        batch_rows: 8192,
    },
    Division {
        threads: 3,
        batch_rows: 61,
    },
];

/// What is wrong with a file, if anything.
async fn run(path: &Path, division: Division) -> Option<String> {
    let text = std::fs::read_to_string(path).unwrap();
    let setting = Setting::of(&text);
    let mut runner = Runner::new(|| async { Ok(Database::open(&setting, division)) });
    runner.with_column_validator(strict_column_validator);
    if std::env::var_os("FLOWTRAIL_BLESS").is_some() {
        let written = runner.update_test_file(
            path,
            " ",
            default_validator,
            default_normalizer,
            strict_column_validator,
        );
        return written.await.err().map(|e| e.to_string());
    }
    runner
        .run_file_async(path)
        .await
        .err()
        .map(|e| e.to_string())
}

fn run_all(folder: &str) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut wrong = Vec::new();
    let files = files(folder);
    assert!(!files.is_empty());
    for division in DIVISIONS {
        for path in &files {
            if let Some(error) = runtime.block_on(run(path, division)) {
                wrong.push(format!("{} ({division:?}):\n{error}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn named_queries_give_the_answers_of_their_cases() {
    run_all("queries");
}

#[test]
fn sql_gives_the_answers_of_its_cases() {
    run_all("sql");
}

#[test]
fn every_named_query_has_its_cases() {
    let cases: BTreeSet<String> = files("queries").iter().map(|p| stem(p)).collect();
    let queries: BTreeSet<String> = NamedQuery::all().iter().map(|q| q.name.clone()).collect();
    assert_eq!(cases, queries);
    for path in files("queries") {
        let text = std::fs::read_to_string(&path).unwrap();
        let name = stem(&path);
        assert!(text.contains(&format!(".run {name}")), "{name}");
        // An answer without rows shows little.
        let answers = text.split("----\n").skip(1);
        let has_rows = answers
            .clone()
            .any(|a| !a.starts_with('\n') && !a.is_empty());
        assert!(has_rows, "{name} has no case with rows");
    }
}
