//! The workflows, read as they stand: every action of somebody else is pinned to a
//! commit, and nothing may write but what is named here.

use std::collections::BTreeMap;

use yaml_serde::Value;

use crate::root;

/// Scopes of a token, and what may be done with each.
type Rights<'a> = &'a [(&'a str, &'a str)];

/// Jobs that may do more than read the code, by workflow and name, and what.
const MORE: [(&str, &str, Rights<'_>); 2] = [
    (
        "release.yml",
        "attest",
        &[
            ("actions", "read"),
            ("attestations", "write"),
            ("contents", "read"),
            ("id-token", "write"),
        ],
    ),
    (
        "release.yml",
        "draft",
        &[("actions", "read"), ("contents", "write")],
    ),
];

/// Reads every workflow.
///
/// # Errors
/// What is wrong first.
pub(super) fn check() -> Result<(), String> {
    let folder = root().join(".github/workflows");
    let entries = std::fs::read_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut seen = 0;
    for entry in entries {
        let path = entry.map_err(|e| e.to_string())?.path();
        let text = std::fs::read_to_string(&path).map_err(|e| e.to_string())?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        workflow(&name, &text).map_err(|e| format!(".github/workflows/{name}: {e}"))?;
        seen += 1;
    }
    if seen < 2 {
        return Err(format!("{seen} workflows in {}", folder.display()));
    }
    Ok(())
}

fn workflow(name: &str, text: &str) -> Result<(), String> {
    for line in text.lines() {
        let word = line.trim_start().trim_start_matches("- ");
        if let Some(action) = word.strip_prefix("uses:") {
            pinned(action.trim())?;
        }
    }
    let read: Value = yaml_serde::from_str(text).map_err(|e| e.to_string())?;
    let only_read = BTreeMap::from([("contents".to_owned(), "read".to_owned())]);
    if rights(&read) != Some(only_read.clone()) {
        return Err("`permissions` of the whole have to be `contents: read`".to_owned());
    }
    let jobs = read.get("jobs").and_then(Value::as_mapping);
    for (job, what) in jobs.ok_or("there are no jobs")? {
        let job = job.as_str().unwrap_or_default();
        let may = rights(what).unwrap_or_else(|| only_read.clone());
        let more = MORE
            .iter()
            .find(|(file, of, _)| (*file, *of) == (name, job));
        let wanted = more.map_or_else(|| only_read.clone(), |(_, _, rights)| owned(rights));
        if may != wanted {
            return Err(format!("job `{job}` may {may:?}, and should {wanted:?}"));
        }
        if what.get("timeout-minutes").is_none() {
            return Err(format!("job `{job}` has no timeout"));
        }
    }
    Ok(())
}

fn owned(rights: Rights<'_>) -> BTreeMap<String, String> {
    let pairs = rights.iter();
    pairs
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect()
}

/// `permissions`, if they are a map of words.
fn rights(of: &Value) -> Option<BTreeMap<String, String>> {
    let map = of.get("permissions")?.as_mapping()?;
    let pair = |(k, v): (&Value, &Value)| Some((k.as_str()?.to_owned(), v.as_str()?.to_owned()));
    map.iter().map(pair).collect()
}

/// `OWNER/NAME@COMMIT # vVERSION`: a tag can be moved, a commit cannot.
fn pinned(action: &str) -> Result<(), String> {
    let wrong = || format!("`{action}` has to be pinned: OWNER/NAME@COMMIT # vVERSION");
    let (what, version) = action.split_once(" # v").ok_or_else(wrong)?;
    let (_, commit) = what.split_once('@').ok_or_else(wrong)?;
    let hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    let parts: Vec<&str> = version.split('.').collect();
    let number = |p: &&str| p.parse::<u32>().is_ok();
    let right = commit.len() == 40 && commit.chars().all(hex);
    if right && parts.len() == 3 && parts.iter().all(number) {
        Ok(())
    } else {
        Err(wrong())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA: &str = "de0fac2e4500dabe0009e67214ff5f5447ce83dd";

    #[test]
    fn ours_are_in_order() {
        assert_eq!(check(), Ok(()));
    }

    #[test]
    fn tags_branches_and_short_commits_are_refused() {
        assert_eq!(pinned(&format!("a/b@{SHA} # v6.0.2")), Ok(()));
        let short = SHA.get(..12).unwrap();
        for action in [
            "a/b@v6".to_owned(),
            "a/b@main # v6.0.2".to_owned(),
            format!("a/b@{short} # v6.0.2"),
            format!("a/b@{SHA}"),
            format!("a/b@{SHA} # v6"),
            format!("a/b@{} # v6.0.2", SHA.to_uppercase()),
            "./local".to_owned(),
        ] {
            assert!(pinned(&action).is_err(), "{action}");
        }
    }

    #[test]
    fn rights_are_those_that_are_written_here() {
        let job = "jobs: {a: {timeout-minutes: 1, steps: []}}";
        let read = "permissions: {contents: read}\n";
        assert_eq!(workflow("x.yml", &format!("{read}{job}")), Ok(()));
        for text in [
            job.to_owned(),
            format!("permissions: write-all\n{job}"),
            format!("permissions: {{contents: write}}\n{job}"),
            format!("{read}jobs: {{a: {{timeout-minutes: 1, permissions: {{contents: write}}}}}}"),
            format!("{read}jobs: {{a: {{steps: []}}}}"),
            format!("{read}jobs: {{a: {{timeout-minutes: 1, steps: [\n- uses: a/b@v1\n]}}}}"),
            read.to_owned(),
        ] {
            assert!(workflow("x.yml", &text).is_err(), "{text}");
        }
    }

    /// What runs code of others can neither sign nor publish, and nothing is built
    /// that has not passed.
    #[test]
    fn a_release_is_tested_and_signed_apart_from_its_build() {
        let path = root().join(".github/workflows/release.yml");
        let read: Value = yaml_serde::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let job = |name: &str| read.get("jobs").and_then(|j| j.get(name)).unwrap();
        for (name, needs) in [
            ("package", "test"),
            ("attest", "package"),
            ("draft", "attest"),
        ] {
            assert_eq!(job(name).get("needs").and_then(Value::as_str), Some(needs));
        }
        for name in ["attest", "draft"] {
            let text = yaml_serde::to_string(job(name)).unwrap();
            assert!(
                !text.contains("actions/checkout") && !text.contains("cargo"),
                "{text}"
            );
        }
    }
}
