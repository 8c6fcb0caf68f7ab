//! Terraform, with the schema of its AWS provider in the place of the provider.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use super::{SCHEMA, copy, fresh, read};
use crate::python::Python;
use crate::{root, say};

/// What serves a schema as Terraform wants to be served, from PyPI.
const PACKAGES: [&str; 3] = ["tf==1.2.0", "grpcio==1.85.1", "protobuf==5.29.6"];
/// Folders of Terraform's own that are not copied.
const LEFT: [&str; 1] = [".terraform"];

/// A Terraform that works on a copy of `infra`.
pub(super) struct Terraform {
    /// The folder of the copy.
    pub(super) work: PathBuf,
    home: PathBuf,
    site: Option<String>,
}

impl Terraform {
    /// Sets everything up. `None`: there is no Terraform, or what serves the schema
    /// cannot be had, which was said.
    ///
    /// # Errors
    /// If nothing can be written.
    pub(super) fn found() -> Result<Option<Self>, String> {
        let version = Command::new("terraform")
            .args(["version", "-json"])
            .env_remove("TF_CLI_CONFIG_FILE")
            .output();
        let Ok(version) = version else {
            say("== infra: terraform is not there, so nothing of it was checked by Terraform");
            return Ok(None);
        };
        let version: Value = serde_json::from_slice(&version.stdout)
            .map_err(|e| format!("terraform version -json: {e}"))?;
        let said = |key: &str| {
            let text = version.get(key).and_then(Value::as_str);
            text.map(str::to_owned)
                .ok_or_else(|| format!("terraform does not say its {key}"))
        };
        let (number, platform) = (said("terraform_version")?, said("platform")?);
        let schema: Value = serde_json::from_str(&read(&root().join(SCHEMA))?)
            .map_err(|e| format!("{SCHEMA}: {e}"))?;
        let provider = schema.get("provider_version").and_then(Value::as_str);
        let provider = provider.ok_or_else(|| format!("{SCHEMA} has no version"))?;
        say(&format!(
            "== infra: terraform {number}, and the schema of hashicorp/aws {provider} for the provider"
        ));
        let what = "infra: everything that Terraform checks";
        let Some(python) = Python::at_hand("terraform-schema", &PACKAGES, what)? else {
            return Ok(None);
        };
        let home = root().join("target/infra/home");
        fresh(&home)?;
        mirror(&home, &platform, provider, &python)?;
        let made = Self {
            work: root().join("target/infra/work"),
            home,
            site: python.site(),
        };
        fresh(&made.work)?;
        copy(&root().join("infra"), &made.work, &LEFT)?;
        Ok(Some(made))
    }

    /// Asks whether every file is formatted.
    ///
    /// # Errors
    /// If not, with the difference.
    pub(super) fn formatted(&self) -> Result<(), String> {
        let infra = root().join("infra");
        let out = self.run(&infra, &["fmt", "-check", "-diff", "-recursive"])?;
        accepted("terraform fmt", &out)?;
        let backend = root().join("tests/infra/backend");
        let out = self.run(&backend, &["fmt", "-check", "-diff"])?;
        accepted("terraform fmt", &out)
    }

    /// Validates and tests one folder of the copy.
    ///
    /// # Errors
    /// What Terraform says.
    pub(super) fn check(&self, folder: &Path) -> Result<(), String> {
        let name = folder.display().to_string();
        self.init(folder)?;
        let out = self.run(&self.work.join(folder), &["validate", "-no-color"])?;
        accepted(&format!("{name}: terraform validate"), &out)?;
        let out = self.run(&self.work.join(folder), &["test", "-no-color"])?;
        accepted(&format!("{name}: terraform test"), &out)?;
        let text = String::from_utf8_lossy(&out.stdout);
        let sum = text.lines().rfind(|l| l.contains(" passed, "));
        // No test would be no failure for Terraform.
        match sum {
            Some(sum) if !sum.contains(" 0 passed") => {
                say(&format!("== infra/{name}: valid; {}", sum.trim()));
                Ok(())
            }
            Some(_) | None => Err(format!("{name}: terraform ran no test\n{text}")),
        }
    }

    /// Makes a folder of the copy ready.
    ///
    /// # Errors
    /// What Terraform says.
    pub(super) fn init(&self, folder: &Path) -> Result<(), String> {
        let words = ["init", "-backend=false", "-input=false", "-no-color"];
        let out = self.run(&self.work.join(folder), &words)?;
        accepted(&format!("{}: terraform init", folder.display()), &out)
    }

    /// Runs Terraform in a folder, whatever comes out of it.
    ///
    /// # Errors
    /// If it cannot be run.
    pub(super) fn run(&self, folder: &Path, words: &[&str]) -> Result<Output, String> {
        let mut command = self.command(folder, words);
        command.output().map_err(|e| format!("terraform: {e}"))
    }

    /// A command of Terraform in a folder, away from the user's own settings.
    pub(super) fn command(&self, folder: &Path, words: &[&str]) -> Command {
        let mut command = Command::new("terraform");
        command
            .args(words)
            .current_dir(folder)
            .env("HOME", &self.home)
            .env("TF_CLI_CONFIG_FILE", self.home.join("terraformrc"))
            .env("TF_IN_AUTOMATION", "1")
            .env("CHECKPOINT_DISABLE", "1")
            .env("NO_PROXY", "*")
            .env("FLOWTRAIL_AWS_SCHEMA", root().join(SCHEMA));
        if let Some(site) = &self.site {
            command.env("PYTHONPATH", site);
        }
        command
    }
}

/// A mirror that holds the stand-in, where Terraform looks for the provider.
fn mirror(home: &Path, platform: &str, version: &str, python: &Python) -> Result<(), String> {
    let wrong = |e: std::io::Error| format!("{}: {e}", home.display());
    let place = format!("mirror/registry.terraform.io/hashicorp/aws/{version}/{platform}");
    let folder = home.join(place);
    std::fs::create_dir_all(&folder).map_err(wrong)?;
    let program = folder.join(format!("terraform-provider-aws_v{version}"));
    let script = root().join("tests/infra/schema_provider.py");
    let text = format!(
        "#!/bin/sh\nexec '{}' '{}' \"$@\"\n",
        python.program.display(),
        script.display()
    );
    std::fs::write(&program, text).map_err(wrong)?;
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(&program, mode).map_err(wrong)?;
    let settings = format!(
        "disable_checkpoint = true\nprovider_installation {{\n  filesystem_mirror {{\n    path = \"{}\"\n  }}\n}}\n",
        home.join("mirror").display()
    );
    std::fs::write(home.join("terraformrc"), settings).map_err(wrong)
}

/// What was said, if it was not well.
///
/// # Errors
/// If it failed.
pub(super) fn accepted(what: &str, out: &Output) -> Result<(), String> {
    if out.status.success() {
        return Ok(());
    }
    Err(format!("{what}: {}\n{}", out.status, said(out)))
}

/// Everything that was said.
pub(super) fn said(out: &Output) -> String {
    let (stdout, stderr) = (&out.stdout, &out.stderr);
    format!(
        "{}{}",
        String::from_utf8_lossy(stdout),
        String::from_utf8_lossy(stderr)
    )
}
