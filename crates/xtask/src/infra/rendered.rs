//! What the program renders: the files that come with the modules, and the forms
//! for others, held by tools that know what those are.

use serde_json::Value;

use super::terraform::{Terraform, accepted};
use super::{fresh, read};
use crate::python::Python;
use crate::rules::flowtrail;
use crate::{Program, root, say};

/// Files of modules, and the words that render them.
const FILES: [(&str, &[&str]); 2] = [
    ("infra/modules/alarms/alarms.json", &["alarms", "render"]),
    (
        "infra/modules/dashboard/body.json",
        &["alarms", "dashboard"],
    ),
];
/// What knows templates of CloudFormation, from PyPI.
const LINT: [&str; 1] = ["cfn-lint==1.58.0"];
/// Its program, which it has no module for.
const MAIN: &str = "import sys; from cfnlint.runner import main; sys.exit(main())";
/// Where templates are written.
const FOLDER: &str = "target/infra/cloudformation";
/// Below the copy of `infra`, where Terraform's form is written.
const RENDERED: &str = "modules/rendered";

/// Writes the files of the modules anew; with `check` only says whether they are
/// what is rendered.
///
/// # Errors
/// If the program cannot run or, with `check`, a file is out of date.
pub(super) fn files(check: bool, program: Program) -> Result<(), String> {
    for (file, words) in FILES {
        let path = root().join(file);
        let (old, new) = (read(&path)?, flowtrail(words, program)?);
        if check && new != old {
            return Err(format!(
                "{file} is not what `flowtrail {}` writes\nhint: run `cargo xtask infra write`",
                words.join(" ")
            ));
        }
        if new != old {
            std::fs::write(&path, new).map_err(|e| format!("{file}: {e}"))?;
        }
    }
    Ok(())
}

/// Holds the template of CloudFormation against cfn-lint, and one with a mistake,
/// which has to be found. Without it that is left out, with a message.
///
/// # Errors
/// What cfn-lint finds, or does not.
pub(super) fn cloudformation(program: Program) -> Result<(), String> {
    let Some(python) = Python::at_hand("cfn-lint", &LINT, "infra: cfn-lint")? else {
        return Ok(());
    };
    fresh(&root().join(FOLDER))?;
    let template = flowtrail(&["alarms", "render", "--format", "cloudformation"], program)?;
    let found = lint(&python, "alarms.json", &template)?;
    if !found.is_empty() {
        return Err(format!("cfn-lint: {}", found.join("\n")));
    }
    let wrong = [
        ("\"MetricName\"", "\"MetricsName\"", "E3002"),
        ("\"GreaterThanThreshold\"", "\"Above\"", "E3030"),
        (
            "{\"Ref\": \"FunctionName\"}",
            "{\"Ref\": \"Nobody\"}",
            "E1020",
        ),
    ];
    for (right, wrong, code) in wrong {
        let broken = template.replacen(right, wrong, 1);
        let found = lint(&python, "broken.json", &broken)?;
        if broken == template || !found.iter().any(|f| f.starts_with(code)) {
            return Err(format!("cfn-lint does not find `{wrong}`: {found:?}"));
        }
    }
    say("== infra: cfn-lint finds nothing in the template of alarms, and each of 3 mistakes");
    Ok(())
}

/// What cfn-lint says of a template, warnings included: code and message.
fn lint(python: &Python, name: &str, template: &str) -> Result<Vec<String>, String> {
    let file = root().join(FOLDER).join(name);
    std::fs::write(&file, template).map_err(|e| format!("{}: {e}", file.display()))?;
    let out = python
        .command()
        .args(["-c", MAIN, "--format", "json"])
        .args(["--regions", "eu-central-1", "--"])
        .arg(&file)
        .output()
        .map_err(|e| format!("cannot run cfn-lint: {e}"))?;
    let report: Value = serde_json::from_slice(&out.stdout).map_err(|e| {
        let said = String::from_utf8_lossy(&out.stderr);
        format!("cfn-lint gives no report: {e}\n{said}")
    })?;
    let found = report.as_array().map_or(&[][..], Vec::as_slice);
    let text = |v: &Value, at: &str| v.pointer(at).and_then(Value::as_str).map(str::to_owned);
    Ok(found
        .iter()
        .map(|f| {
            let (code, message) = (text(f, "/Rule/Id"), text(f, "/Message"));
            format!(
                "{} {}",
                code.unwrap_or_default(),
                message.unwrap_or_default()
            )
        })
        .collect())
}

/// Lets Terraform validate its own form, and one with a mistake.
///
/// # Errors
/// What Terraform says, or does not.
pub(super) fn terraform(terraform: &Terraform, program: Program) -> Result<(), String> {
    let folder = terraform.work.join(RENDERED);
    fresh(&folder)?;
    let file = folder.join("alarms.tf.json");
    let write =
        |text: &str| std::fs::write(&file, text).map_err(|e| format!("{}: {e}", file.display()));
    let text = flowtrail(&["alarms", "render", "--format", "terraform-json"], program)?;
    write(&text)?;
    terraform.init(RENDERED.as_ref())?;
    let validate = || terraform.run(&folder, &["validate", "-no-color"]);
    accepted("alarms as Terraform: terraform validate", &validate()?)?;
    write(&text.replacen("\"metric_name\"", "\"metrics_name\"", 1))?;
    if validate()?.status.success() {
        return Err("terraform validate does not find `metrics_name`".to_owned());
    }
    say("== infra: alarms as Terraform's JSON are valid; an argument that there is not is found");
    Ok(())
}
