//! The bill of materials of the function: what is linked into it, as CycloneDX 1.6
//! (ECMA-424). Made from what cargo says of that one program, because a build of
//! the whole workspace has features and crates that it lacks.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::{Map, Value, json};

use crate::root;

/// The crate whose program is described.
const CRATE: &str = "flowtrail-lambda";
/// What stands between the parts of a line that cargo is asked to write.
const BAR: char = '|';

/// What a bill is of.
pub(crate) struct Subject {
    /// As Rust calls the machine.
    pub(crate) target: &'static str,
    /// SHA-256 of the program, in hexadecimal.
    pub(crate) program_sha256: String,
}

/// A crate: its name and its version.
type Id = (String, String);

#[derive(Debug, Default, PartialEq, Eq)]
struct Component {
    licence: String,
    /// Ours: it comes from no registry.
    own: bool,
    needs: BTreeSet<Id>,
}

type Tree = BTreeMap<Id, Component>;

/// Writes the bill. The same tree gives the same bytes: it has no time but that of
/// the commit, and no random number.
///
/// # Errors
/// If cargo does not say what is linked, or the file cannot be written.
pub(crate) fn write(path: &Path, subject: &Subject) -> Result<(), String> {
    let format = format!("{{p}}{BAR}{{l}}");
    let words = [
        "tree",
        "--locked",
        "--package",
        CRATE,
        "--target",
        subject.target,
    ];
    let edges = ["--edges", "normal,no-proc-macro", "--prefix", "depth"];
    let said = output(
        "cargo",
        &[&words[..], &edges, &["--format", &format]].concat(),
    )?;
    let (first, tree) = tree(&said)?;
    let lock = root().join("Cargo.lock");
    let lock = std::fs::read_to_string(&lock).map_err(|e| format!("{}: {e}", lock.display()))?;
    // Outside of a checkout there is no commit, and no time.
    let time = output("git", &["log", "-1", "--format=%cI"]).unwrap_or_default();
    let bill = bill(&first, &tree, &sums(&lock), (subject, time.trim()));
    let mut text = serde_json::to_string_pretty(&bill).map_err(|e| e.to_string())?;
    text.push('\n');
    std::fs::write(path, text).map_err(|e| format!("{}: {e}", path.display()))
}

fn output(program: &str, words: &[&str]) -> Result<String, String> {
    let out = Command::new(program)
        .args(words)
        .current_dir(root())
        .output()
        .map_err(|e| format!("cannot run {program}: {e}"))?;
    if !out.status.success() {
        return Err(String::from_utf8_lossy(&out.stderr).into_owned());
    }
    Ok(String::from_utf8_lossy(&out.stdout).into_owned())
}

/// Reads lines `DEPTHname vVERSION (PATH)|LICENCE`, each below what needs it. What
/// was shown before ends in `(*)`, without its own needs.
fn tree(text: &str) -> Result<(Id, Tree), String> {
    let mut all = Tree::new();
    let mut above: Vec<Id> = Vec::new();
    for line in text.lines().filter(|l| !l.is_empty()) {
        let wrong = || format!("cargo tree: `{line}`");
        let (crate_, licence) = line.split_once(BAR).ok_or_else(wrong)?;
        let name = crate_.trim_start_matches(|c: char| c.is_ascii_digit());
        let depth = crate_.strip_suffix(name).ok_or_else(wrong)?;
        let depth: usize = depth.parse().map_err(|_| wrong())?;
        let mut words = name.split(' ');
        let name = words.next().ok_or_else(wrong)?.to_owned();
        let version = words.next().and_then(|v| v.strip_prefix('v'));
        let id = (name, version.ok_or_else(wrong)?.to_owned());
        above.truncate(depth);
        if let Some(parent) = above.last().and_then(|p| all.get_mut(p)) {
            parent.needs.insert(id.clone());
        }
        let component = all.entry(id.clone()).or_default();
        let licence = licence.trim_end_matches(" (*)").trim();
        // The older way to write an alternative (Cargo book, "The license field").
        component.licence = licence.replace(" / ", "/").replace('/', " OR ");
        component.own = words.next().is_some_and(|w| w.starts_with("(/"));
        above.push(id);
    }
    let first = above.first().cloned().ok_or("cargo tree said nothing")?;
    Ok((first, all))
}

/// SHA-256 of what came from a registry, as `Cargo.lock` has them.
fn sums(lock: &str) -> BTreeMap<Id, String> {
    let value = |block: &str, key: &str| {
        let mut lines = block.lines();
        let text = lines.find_map(|l| l.strip_prefix(&format!("{key} = ")))?;
        Some(text.trim_matches('"').to_owned())
    };
    let blocks = lock.split("[[package]]").skip(1);
    let entry = |b: &str| {
        let id = (value(b, "name")?, value(b, "version")?);
        Some((id, value(b, "checksum")?))
    };
    blocks.filter_map(entry).collect()
}

fn bill(first: &Id, tree: &Tree, sums: &BTreeMap<Id, String>, of: (&Subject, &str)) -> Value {
    let (subject, time) = of;
    let all = tree.iter().filter(|(id, _)| *id != first);
    let components: Vec<Value> = all
        .map(|(id, c)| component(id, c, "library", sums.get(id)))
        .collect();
    let dependencies: Vec<Value> = tree
        .iter()
        .map(|(id, c)| {
            let needs: Vec<String> = c.needs.iter().map(reference).collect();
            json!({"ref": reference(id), "dependsOn": needs})
        })
        .collect();
    let mut metadata = Map::new();
    if !time.is_empty() {
        metadata.insert("timestamp".to_owned(), json!(time));
    }
    if let Some(own) = tree.get(first) {
        let mut program = component(first, own, "application", Some(&subject.program_sha256));
        if let Some(fields) = program.as_object_mut() {
            let target = json!([{"name": "rust:target", "value": subject.target}]);
            fields.insert("properties".to_owned(), target);
        }
        metadata.insert("component".to_owned(), program);
    }
    json!({
        "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
        "metadata": metadata, "components": components, "dependencies": dependencies,
    })
}

fn component((name, version): &Id, c: &Component, kind: &str, sum: Option<&String>) -> Value {
    let id = (name.clone(), version.clone());
    let mut out = json!({
        "type": kind, "bom-ref": reference(&id), "name": name, "version": version,
        "licenses": [{"expression": c.licence}],
    });
    if let Some(fields) = out.as_object_mut() {
        if !c.own {
            fields.insert("purl".to_owned(), json!(reference(&id)));
        }
        if let Some(sum) = sum {
            let hashes = json!([{"alg": "SHA-256", "content": sum}]);
            fields.insert("hashes".to_owned(), hashes);
        }
    }
    out
}

/// A package URL (purl specification, type `cargo`); a `+` stands for itself in no
/// URL.
fn reference((name, version): &Id) -> String {
    format!("pkg:cargo/{name}@{}", version.replace('+', "%2B"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str = "0app v0.1.0 (/x/app)|Apache-2.0\n1b v1.0.0|MIT/Apache-2.0\n\
        2c v2.0.0+up|MIT\n1d v0.1.0 (/x/d)|Apache-2.0\n2b v1.0.0|MIT/Apache-2.0 (*)\n";

    #[test]
    fn a_tree_is_read_with_its_edges() {
        let (first, all) = tree(TREE).unwrap();
        let id = |n: &str, v: &str| (n.to_owned(), v.to_owned());
        assert_eq!(first, id("app", "0.1.0"));
        assert_eq!(all.len(), 4);
        assert_eq!(all[&id("b", "1.0.0")].licence, "MIT OR Apache-2.0");
        assert_eq!(
            all[&id("d", "0.1.0")].needs,
            BTreeSet::from([id("b", "1.0.0")])
        );
        assert_eq!(
            all[&id("b", "1.0.0")].needs,
            BTreeSet::from([id("c", "2.0.0+up")])
        );
        assert!(all[&id("d", "0.1.0")].own && !all[&id("b", "1.0.0")].own);
        assert!(tree("").is_err() && tree("what").is_err() && tree("0a|MIT").is_err());
    }

    #[test]
    fn a_bill_names_what_is_linked_and_where_it_is_from() {
        let (first, all) = tree(TREE).unwrap();
        let lock = "[[package]]\nname = \"b\"\nversion = \"1.0.0\"\nchecksum = \"ab12\"\n";
        let subject = Subject {
            target: "t",
            program_sha256: "cd".to_owned(),
        };
        let bill = bill(&first, &all, &sums(lock), (&subject, ""));
        assert_eq!(bill["metadata"]["component"]["hashes"][0]["content"], "cd");
        assert_eq!(bill["metadata"].get("timestamp"), None);
        let parts = bill["components"].as_array().unwrap();
        assert_eq!(parts.len(), 3);
        assert_eq!(parts[0]["hashes"][0]["content"], "ab12");
        assert_eq!(parts[1]["purl"], "pkg:cargo/c@2.0.0%2Bup");
        assert_eq!(parts[2].get("purl"), None, "ours is in no registry");
        assert_eq!(bill["dependencies"][0]["ref"], "pkg:cargo/app@0.1.0");
    }

    /// Twice the same, and everything from a registry has its sum.
    #[test]
    fn the_functions_own_bill_is_complete_and_the_same_twice() {
        let folder = std::env::temp_dir().join(format!("sbom-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let once = |name: &str| {
            let path = folder.join(name);
            let subject = Subject {
                target: "x86_64-unknown-linux-gnu",
                program_sha256: "00".repeat(32),
            };
            write(&path, &subject).unwrap();
            std::fs::read_to_string(path).unwrap()
        };
        let text = once("a");
        assert_eq!(text, once("b"));
        assert!(!text.contains(&root().canonicalize().unwrap().display().to_string()));
        let bill: Value = serde_json::from_str(&text).unwrap();
        let parts = bill["components"].as_array().unwrap();
        assert!(parts.len() > 100, "{}", parts.len());
        for part in parts {
            let from_registry = part.get("purl").is_some();
            assert_eq!(from_registry, part.get("hashes").is_some(), "{part}");
            assert_ne!(part["licenses"][0]["expression"], "", "{part}");
        }
        let named = |name: &str| parts.iter().any(|p| p["name"] == name);
        assert!(named("flowtrail-aws") && named("aws-sdk-s3") && named("tokio"));
        // What only tests and other programs need is not in it.
        assert!(!named("clap") && !named("proptest") && !named("flowtrail-simulate"));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
