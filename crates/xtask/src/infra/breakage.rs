//! The checks checked: each change below is a mistake that somebody could make, and
//! has to be found, for the reason that is written here.

use std::path::Path;

use super::read;
use super::terraform::{Terraform, said};
use crate::{root, say};

/// One mistake.
struct Breakage {
    /// What it is.
    name: &'static str,
    /// Where, below `infra`.
    folder: &'static str,
    file: &'static str,
    /// What stands there, and what is put in its place.
    right: &'static str,
    wrong: &'static str,
    /// What finds it, and words of what is said.
    found_by: &'static [&'static str],
    because: &'static str,
}

const VALIDATE: &[&str] = &["validate", "-no-color"];
const TEST: &[&str] = &["test", "-no-color"];
const RIGHTS: &[&str] = &["test", "-no-color", "-filter=tests/rights.tftest.hcl"];
const FUNCTION: &[&str] = &["test", "-no-color", "-filter=tests/function.tftest.hcl"];
const FLOWTRAIL: &str = "modules/flowtrail";
const OF_OWNER: &str = r#"StringEquals = { "aws:SourceAccount" = b.owner }"#;

const ALL: [Breakage; 15] = [
    Breakage {
        name: "an argument that there is not",
        folder: FLOWTRAIL,
        file: "function.tf",
        right: "  memory_size  ",
        wrong: "  memory_sizes ",
        found_by: VALIDATE,
        because: "An argument named \"memory_sizes\" is not expected here",
    },
    Breakage {
        name: "a value of the wrong type",
        folder: FLOWTRAIL,
        file: "trigger.tf",
        right: "= var.batch_size",
        wrong: "= \"many\"",
        found_by: VALIDATE,
        because: "a number is required",
    },
    Breakage {
        name: "an argument that is left out",
        folder: FLOWTRAIL,
        file: "queue.tf",
        right: "  queue_url = aws_sqs_queue.dead_letters.url\n  redrive",
        wrong: "  redrive",
        found_by: VALIDATE,
        because: "The argument \"queue_url\" is required",
    },
    Breakage {
        name: "a block that is left out",
        folder: "modules/log-source",
        file: "bucket.tf",
        right: "  versioning_configuration {\n    status = \"Enabled\"\n  }\n",
        wrong: "",
        found_by: VALIDATE,
        because: "At least 1 \"versioning_configuration\" blocks are required",
    },
    Breakage {
        name: "a type of resource that there is not",
        folder: FLOWTRAIL,
        file: "key.tf",
        right: "resource \"aws_kms_alias\"",
        wrong: "resource \"aws_kms_nickname\"",
        found_by: VALIDATE,
        because: "does not support resource type \"aws_kms_nickname\"",
    },
    Breakage {
        name: "no condition on the namespace",
        folder: FLOWTRAIL,
        file: "role.tf",
        right: r#"Condition = { StringEquals = { "cloudwatch:namespace" = var.namespace } }"#,
        wrong: "",
        found_by: RIGHTS,
        because: "The role may do more, or less, than the function does",
    },
    Breakage {
        name: "a right too many",
        folder: FLOWTRAIL,
        file: "role.tf",
        right: r#"["sns:Publish"]"#,
        wrong: r#"["sns:Publish", "sns:Subscribe"]"#,
        found_by: RIGHTS,
        because: "The role may do more, or less, than the function does",
    },
    Breakage {
        name: "no condition on the account at the queue",
        folder: FLOWTRAIL,
        file: "queue.tf",
        right: OF_OWNER,
        wrong: "",
        found_by: RIGHTS,
        because: "A statement for a service has no condition on the account",
    },
    Breakage {
        name: "no condition on the account at the key",
        folder: FLOWTRAIL,
        file: "key.tf",
        right: OF_OWNER,
        wrong: "",
        found_by: RIGHTS,
        because: "A statement for a service has no condition on the account",
    },
    Breakage {
        name: "no condition on the account at the topic",
        folder: FLOWTRAIL,
        file: "topic.tf",
        right: r#"StringEquals = { "aws:SourceAccount" = local.account }"#,
        wrong: "",
        found_by: RIGHTS,
        because: "A statement for a service has no condition on the account",
    },
    Breakage {
        name: "no condition on the account where the role is taken",
        folder: FLOWTRAIL,
        file: "role.tf",
        right: r#"Condition = { StringEquals = { "aws:SourceAccount" = local.account } }"#,
        wrong: "",
        found_by: RIGHTS,
        because: "Somebody else's function could take the role",
    },
    Breakage {
        name: "no condition on the account of flow logs",
        folder: "modules/log-source",
        file: "policy.tf",
        right: "            \"aws:SourceAccount\" = accounts\n",
        wrong: "",
        found_by: TEST,
        because: "A statement for flow logs has no condition on the account",
    },
    Breakage {
        name: "no failures of single messages",
        folder: FLOWTRAIL,
        file: "trigger.tf",
        right: "  function_response_types = [\"ReportBatchItemFailures\"]\n",
        wrong: "",
        found_by: FUNCTION,
        because: "One message that fails would be lost, or bring back its whole batch",
    },
    Breakage {
        name: "an alarm that a dead pipeline does not raise",
        folder: "modules/alarms",
        file: "alarms.json",
        right: "\"treat_missing_data\": \"breaching\"",
        wrong: "\"treat_missing_data\": \"notBreaching\"",
        found_by: TEST,
        because: "A dead pipeline, which sends nothing, would look well",
    },
    Breakage {
        name: "a state without a lock",
        folder: "examples/state-backend",
        file: "backend.hcl.tftpl",
        right: "use_lockfile = true",
        wrong: "use_lockfile = false",
        found_by: TEST,
        because: "The backend that is written down is not encrypted, or not locked",
    },
];

/// Makes every mistake, and undoes it.
///
/// # Errors
/// If one is not found, or for another reason than its own.
pub(super) fn all(terraform: &Terraform) -> Result<(), String> {
    for breakage in &ALL {
        let path = terraform.work.join(breakage.folder).join(breakage.file);
        let whole = read(&path)?;
        let broken = whole.replacen(breakage.right, breakage.wrong, 1);
        if broken == whole {
            return Err(format!(
                "{}/{} has no `{}`\nhint: crates/xtask/src/infra/breakage.rs breaks it on purpose",
                breakage.folder, breakage.file, breakage.right
            ));
        }
        write(&path, &broken)?;
        let found = one(terraform, breakage);
        write(&path, &whole)?;
        found?;
    }
    say(&format!(
        "== infra: {} mistakes made on purpose, all found",
        ALL.len()
    ));
    Ok(())
}

fn one(terraform: &Terraform, breakage: &Breakage) -> Result<(), String> {
    let folder = terraform.work.join(breakage.folder);
    let out = terraform.run(&folder, breakage.found_by)?;
    let text = said(&out);
    // Terraform breaks its lines for a terminal.
    let words: Vec<&str> = text.split_whitespace().filter(|w| *w != "│").collect();
    if !out.status.success() && words.join(" ").contains(breakage.because) {
        return Ok(());
    }
    let how = if out.status.success() {
        "is not found"
    } else {
        "is found for another reason"
    };
    Err(format!(
        "{} in infra/{}/{} {how}: `{}` is expected\n{text}",
        breakage.name, breakage.folder, breakage.file, breakage.because
    ))
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    // The copy alone is ever broken.
    debug_assert!(path.starts_with(root().join("target")));
    std::fs::write(path, text).map_err(|e| format!("{}: {e}", path.display()))
}
