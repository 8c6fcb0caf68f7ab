//! What comes from others, and what goes out: licences, sources and advisories of
//! dependencies, the workflows that build, the bill of materials and the sums of a
//! package.

mod sbom;
mod sums;
mod workflows;

use std::process::Command;

use crate::python::Python;
use crate::{root, say};

pub(crate) use sbom::{Subject, write as write_sbom};
pub(crate) use sums::{sha256, write as write_sums};

/// Looks for what makes a workflow dangerous, from PyPI.
const ZIZMOR: &str = "zizmor==1.32.0";
/// Has the schema of CycloneDX, from PyPI.
const CYCLONEDX: &str = "cyclonedx-python-lib[json-validation]==11.12.0";
/// Reads a document and says what is wrong with it.
const VALIDATE: &str = "
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str(open(sys.argv[1]).read())
if wrong:
    sys.exit(f'{sys.argv[1]}: {wrong}')
";
/// What `cargo deny` says where the list of advisories cannot be fetched.
const NO_ADVISORIES: &str = "failed to fetch advisory database";

/// Checks everything; what needs a tool or a network that is not there is left
/// out, with a message.
///
/// # Errors
/// What is wrong first.
pub(crate) fn check() -> Result<(), String> {
    dependencies()?;
    workflows::check()?;
    say("== workflows: pinned, with the rights that they need");
    audit()?;
    bill()
}

/// What zizmor finds in the workflows.
fn audit() -> Result<(), String> {
    let Some(zizmor) = Python::at_hand("zizmor", &[ZIZMOR], "workflows: zizmor")? else {
        return Ok(());
    };
    let words = ["--offline", "--no-progress", "--quiet", ".github"];
    let said = Command::new(zizmor.tool("zizmor"))
        .args(words)
        .current_dir(root())
        .output()
        .map_err(|e| format!("cannot run zizmor: {e}"))?;
    if !said.status.success() {
        let text = String::from_utf8_lossy(&said.stdout).into_owned();
        return Err(format!("{ZIZMOR} finds something in .github\n{text}"));
    }
    say("== workflows: zizmor finds nothing");
    Ok(())
}

/// Licences, sources, duplicates, advisories, by `cargo deny`.
fn dependencies() -> Result<(), String> {
    let deny = |what: &[&str]| {
        let mut command = Command::new("cargo");
        command.args(["deny", "--log-level", "error", "check"]);
        command.args(what).current_dir(root());
        command
            .output()
            .map_err(|e| format!("cannot run cargo: {e}"))
    };
    let version = Command::new("cargo").args(["deny", "--version"]).output();
    if !version.is_ok_and(|v| v.status.success()) {
        say("== dependencies: cargo-deny is not there, so nothing was checked by it");
        return Ok(());
    }
    let said = deny(&["licenses", "bans", "sources"])?;
    if !said.status.success() {
        return Err(format!(
            "cargo deny\n{}",
            String::from_utf8_lossy(&said.stderr)
        ));
    }
    let said = deny(&["advisories"])?;
    let text = String::from_utf8_lossy(&said.stderr);
    if said.status.success() {
        say("== dependencies: licences, sources and advisories are in order");
    } else if text.contains(NO_ADVISORIES) {
        say(
            "== dependencies: licences and sources are in order; the list of advisories cannot \
             be fetched here, so they were not looked at",
        );
    } else {
        return Err(format!("cargo deny check advisories\n{text}"));
    }
    Ok(())
}

/// A bill of materials is one by its own schema.
fn bill() -> Result<(), String> {
    let path = root().join("target/sbom-check.cdx.json");
    let subject = Subject {
        target: "x86_64-unknown-linux-gnu",
        program_sha256: sha256(b""),
    };
    write_sbom(&path, &subject)?;
    let Some(python) = Python::at_hand("cyclonedx", &[CYCLONEDX], "bill of materials")? else {
        return Ok(());
    };
    let said = python.command().args(["-c", VALIDATE]).arg(&path).output();
    let said = said.map_err(|e| format!("cannot run Python: {e}"))?;
    if !said.status.success() {
        return Err(String::from_utf8_lossy(&said.stderr).into_owned());
    }
    say("== the bill of materials is valid CycloneDX 1.6");
    Ok(())
}
