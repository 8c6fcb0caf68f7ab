//! checkov over `infra/`: no finding is left, and each that is passed over has its
//! reason beside it.

use serde_json::Value;

use super::{copy, fresh};
use crate::python::Python;
use crate::{root, say};

/// In an environment of its own: it pins much.
const PACKAGES: [&str; 1] = ["checkov==3.3.30"];
/// A reason is a sentence, not a word.
const REASON_BYTES_MIN: usize = 30;

/// Runs it over a copy, and again over one with a mistake, which it has to find.
/// Where it cannot be had that is left out, with a message.
///
/// # Errors
/// What it finds, what it cannot read, and what is passed over without a reason.
pub(super) fn check() -> Result<(), String> {
    let Some(python) = Python::at_hand("checkov", &PACKAGES, "infra: checkov")? else {
        return Ok(());
    };
    let folder = root().join("target/infra/checkov");
    fresh(&folder)?;
    // Tests are no configuration, and checkov's parser does not know their language.
    copy(&root().join("infra"), &folder, &["tests", ".terraform"])?;
    let seen = run(&python)?;
    let count = |list: &str| results(&seen, list).len();
    let (passed, failed) = (count("passed_checks"), count("failed_checks"));
    if failed > 0 || count("parsing_errors") > 0 || passed == 0 {
        let names = ["failed_checks", "parsing_errors"].map(|list| listed(&seen, list));
        return Err(format!(
            "checkov: {passed} passed, {failed} failed\n{}",
            names.join("\n")
        ));
    }
    for skipped in results(&seen, "skipped_checks") {
        let reason = skipped.pointer("/check_result/suppress_comment");
        let reason = reason.and_then(Value::as_str).unwrap_or_default();
        if reason.len() < REASON_BYTES_MIN {
            return Err(format!("checkov: passed over without a reason: {skipped}"));
        }
    }
    let skipped = count("skipped_checks");
    finds_a_mistake(&python)?;
    say(&format!(
        "== infra: checkov: {passed} passed, none failed, {skipped} passed over with a reason"
    ));
    Ok(())
}

/// Opens a bucket to the public, which has to be found.
fn finds_a_mistake(python: &Python) -> Result<(), String> {
    let path = root().join("target/infra/checkov/modules/log-source/bucket.tf");
    let text = super::read(&path)?;
    let broken = text.replace(
        "block_public_policy     = true",
        "block_public_policy = false",
    );
    std::fs::write(&path, &broken).map_err(|e| e.to_string())?;
    let failed = listed(&run(python)?, "failed_checks");
    if broken != text && failed.contains("CKV_AWS_54") {
        Ok(())
    } else {
        Err(format!("checkov does not find a public bucket\n{failed}"))
    }
}

fn run(python: &Python) -> Result<Value, String> {
    let words = "-m checkov.main --framework terraform --skip-download --output json --directory target/infra/checkov";
    let out = python
        .command()
        .args(words.split(' '))
        .env("HOME", root().join("target/infra/checkov"))
        .env("LOG_LEVEL", "ERROR")
        .output()
        .map_err(|e| format!("cannot run checkov: {e}"))?;
    serde_json::from_slice(&out.stdout).map_err(|e| {
        let said = String::from_utf8_lossy(&out.stderr);
        format!("checkov gives no report: {e}\n{said}")
    })
}

fn results<'a>(report: &'a Value, list: &str) -> &'a [Value] {
    let found = report.pointer(&format!("/results/{list}"));
    found.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A line for each entry of a list.
fn listed(report: &Value, list: &str) -> String {
    let line = |v: &Value| {
        let word = |key: &str| v.get(key).and_then(Value::as_str).unwrap_or_default();
        let name = v.as_str().unwrap_or_default();
        format!(
            "{} {} {} {name}\n",
            word("check_id"),
            word("resource"),
            word("file_path")
        )
    };
    results(report, list).iter().map(line).collect()
}
