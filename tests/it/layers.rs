//! The ground plan of the workspace: edges point down.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::root;

/// The storey of each crate; a crate may depend only on lower storeys, and
/// within storeys 1 to 4 on those that its row names.
const STOREYS: [(&str, u32); 18] = [
    ("flowtrail-event", 0),
    ("flowtrail-rules", 0),
    ("flowtrail-baseline", 1),
    ("flowtrail-cloudtrail", 1),
    ("flowtrail-flowlog", 1),
    ("flowtrail-sigma", 1),
    ("flowtrail-context", 2),
    ("flowtrail-detect", 3),
    ("flowtrail-segments", 3),
    ("flowtrail-scan", 4),
    ("flowtrail-output", 4),
    ("flowtrail-simulate", 4),
    ("flowtrail-aws", 4),
    ("flowtrail-table", 5),
    ("flowtrail-alarms", 5),
    ("flowtrail-lambda", 6),
    ("flowtrail-cli", 6),
    ("xtask", 6),
];

fn metadata() -> Value {
    let out = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--offline",
        ])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    serde_json::from_slice(&out.stdout).unwrap()
}

/// Edges of ordinary and build dependencies between our crates.
fn edges(metadata: &Value) -> Vec<(String, String)> {
    let mut edges = Vec::new();
    for package in metadata["packages"].as_array().unwrap() {
        for dep in package["dependencies"].as_array().unwrap() {
            let name = dep["name"].as_str().unwrap();
            if dep["kind"] != "dev" && STOREYS.iter().any(|s| s.0 == name) {
                edges.push((package["name"].as_str().unwrap().into(), name.into()));
            }
        }
    }
    edges
}

#[test]
fn edges_point_down() {
    let metadata = metadata();
    let storeys: BTreeMap<&str, u32> = STOREYS.into_iter().collect();
    for package in metadata["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        assert!(
            storeys.contains_key(name),
            "{name} has no storey: add it here and in crates/README.md"
        );
    }
    for (from, to) in edges(&metadata) {
        assert!(
            storeys[&*from] > storeys[&*to],
            "{from} -> {to} does not point down"
        );
    }
}

#[test]
fn a_rule_about_edges_can_fail() {
    let storeys: BTreeMap<&str, u32> = STOREYS.into_iter().collect();
    assert!(storeys["flowtrail-event"] < storeys["flowtrail-sigma"]);
    assert!(!edges(&metadata()).is_empty());
}

#[test]
fn one_crate_has_the_sdk_of_aws() {
    let metadata = metadata();
    let mut owners = Vec::new();
    for package in metadata["packages"].as_array().unwrap() {
        let dependencies = package["dependencies"].as_array().unwrap();
        // Tests of others set an AWS of their own up.
        let ordinary = dependencies.iter().filter(|d| d["kind"] != "dev");
        let mut names = ordinary.map(|d| d["name"].as_str().unwrap());
        if names.any(|n| n.starts_with("aws-")) {
            owners.push(package["name"].as_str().unwrap());
        }
    }
    assert_eq!(owners, ["flowtrail-aws"]);
}

/// Every package that is built into a crate: with its features alone, as the
/// package of the function is built.
fn built_into(krate: &str) -> BTreeSet<String> {
    let words = "tree --offline --locked --edges normal,build --prefix none --format {p} --package";
    let out = Command::new(env!("CARGO"))
        .args(words.split(' '))
        .arg(krate)
        .current_dir(root())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{said}");
    let lines = String::from_utf8(out.stdout).unwrap();
    let names = lines.lines().filter_map(|l| l.split(' ').next());
    names.map(str::to_owned).collect()
}

/// What would make the function large, slow to start, or talk TLS in two ways.
#[test]
fn the_function_carries_no_query_engine_and_no_second_tls() {
    let function = built_into("flowtrail-lambda");
    assert!(function.contains("flowtrail-aws") && function.contains("rustls"));
    for name in &function {
        let banned = ["datafusion", "sqlparser", "native-tls", "openssl-sys"];
        let banned = banned.iter().find(|b| name.starts_with(**b));
        assert!(banned.is_none() && name != "ring", "{name}");
    }
    for other in ["flowtrail-simulate", "flowtrail-alarms", "flowtrail-cli"] {
        assert!(!function.contains(other), "{other}");
    }
}

/// A cluster is for few, and would have everybody build 50 more crates.
#[test]
fn the_command_line_carries_no_cluster_unless_asked_for_one() {
    let ordinary = built_into("flowtrail-cli");
    assert!(ordinary.contains("datafusion"));
    for name in &ordinary {
        let banned = ["ballista", "tonic", "arrow-flight", "datafusion-proto"];
        assert!(!banned.iter().any(|b| name.starts_with(b)), "{name}");
    }
}

/// Storeys 0 to 4, and the alarms, read no clock, environment, locale or file, but
/// for two whose purpose it is: the simulator writes folders, and AWS is the outside
/// world.
#[test]
fn the_lower_storeys_do_no_io() {
    let banned = [
        "std::fs",
        "std::env",
        "SystemTime",
        "Instant::now",
        "std::net::Tcp",
        "std::process",
        "thread_rng",
    ];
    let mut looked_at = 0;
    for (name, storey) in STOREYS {
        let outside = ["flowtrail-simulate", "flowtrail-aws"].contains(&name);
        if outside || (storey > 4 && name != "flowtrail-alarms") {
            continue;
        }
        let files = files(&root().join("crates").join(name).join("src"));
        let only_tests = test_modules(&files);
        for (path, text) in &files {
            let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
            let folders: Vec<_> = path.iter().map(|p| p.to_string_lossy()).collect();
            if only_tests.contains(&stem)
                || only_tests.iter().any(|t| folders.iter().any(|f| f == t))
            {
                continue;
            }
            looked_at += 1;
            let code = text.split("#[cfg(test)]\nmod ").next().unwrap();
            for line in code.lines().filter(|l| !l.trim_start().starts_with("//")) {
                let word = banned.iter().find(|w| line.contains(**w));
                assert!(word.is_none(), "{} uses {word:?}", path.display());
            }
        }
    }
    assert!(looked_at > 50);
}

fn files(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            out.extend(files(&path));
        } else {
            let text = std::fs::read_to_string(&path).unwrap();
            out.push((path, text));
        }
    }
    out
}

/// Names of modules that are compiled for tests only.
fn test_modules(files: &[(PathBuf, String)]) -> Vec<String> {
    let mut names = Vec::new();
    for (_, text) in files {
        let mut rest = text.as_str();
        while let Some((_, tail)) = rest.split_once("#[cfg(test)]\nmod ") {
            rest = tail;
            let name = tail.split([';', ' ']).next().unwrap();
            names.push(name.to_owned());
        }
    }
    names
}
