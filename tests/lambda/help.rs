//! Rights that operators need, as help texts list them, beside the calls that the
//! program makes for them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::proxy::{Call, Proxy};
use crate::world::{REGION, World};

/// The help of a command.
pub(crate) fn of(program: &Path, words: &[&str]) -> String {
    let mut help = Command::new(program);
    let help = help.args(words).arg("--help").output().unwrap();
    String::from_utf8_lossy(&help.stdout).into_owned()
}

/// Actions of IAM in what follows the word `Rights`. A name without its service is
/// of the one before. Keys are left out: they do not show in calls.
pub(crate) fn rights(text: &str) -> BTreeSet<String> {
    let listed = text.split("Rights").nth(1).unwrap();
    let mut service = "";
    let mut rights = BTreeSet::new();
    for word in listed.split(|c: char| !c.is_ascii_alphanumeric() && c != ':') {
        let (of, name) = word.split_once(':').unwrap_or(("", word));
        let mut chars = name.chars();
        let is_name = chars.next().is_some_and(|c| c.is_ascii_uppercase())
            && chars.next().is_some_and(|c| c.is_ascii_lowercase());
        // Without its service a name is of two words.
        if is_name && (!of.is_empty() || chars.any(|c| c.is_ascii_uppercase())) {
            service = if of.is_empty() { service } else { of };
            rights.insert(format!("{service}:{name}"));
        }
    }
    rights.retain(|r| !r.starts_with("kms:"));
    rights
}

/// The actions that calls need.
pub(crate) fn called(calls: &[Call]) -> BTreeSet<String> {
    let action = |c: &Call| {
        let version = c.operation == "DeleteObject" && c.path.contains("versionId=");
        let version = if version { "Version" } else { "" };
        format!("{}:{}{version}", c.service, c.operation)
    };
    calls.iter().map(action).collect()
}

fn alarms(program: &Path, proxy: &Proxy, name: &str, level: &str) -> Output {
    Command::new(program)
        .args(["alarms", "apply", "--yes", "--name", name, "--level", level])
        .env("AWS_ENDPOINT_URL", proxy.url())
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_REGION", REGION)
        .output()
        .unwrap()
}

#[tokio::test]
async fn alarms_need_the_rights_that_are_listed() {
    // Built by the same command of cargo, or by the one before it.
    let program = PathBuf::from(env!("CARGO_BIN_EXE_bootstrap")).with_file_name("flowtrail");
    if !program.exists() {
        eprintln!("alarms: skipped, `cargo build` has not built `flowtrail`");
        return;
    }
    let Some(world) = World::of("alarms-rights").await else {
        return;
    };
    let proxy = Proxy::before(&world.endpoint);
    let name = world.named("a");
    let made = alarms(&program, &proxy, &name, "high");
    assert_eq!(made.status.code(), Some(0), "{made:?}");
    // A tag is lost, and a level less is asked for.
    let silence = format!("{name}-silence");
    let found = world.cloudwatch.describe_alarms().alarm_names(&silence);
    let found = found.send().await.unwrap();
    let arn = found.metric_alarms()[0].alarm_arn().unwrap();
    let untag = world.cloudwatch.untag_resource().resource_arn(arn);
    untag.tag_keys("Application").send().await.unwrap();
    let changed = alarms(&program, &proxy, &name, "critical");
    assert_eq!(changed.status.code(), Some(0), "{changed:?}");
    let called = called(&proxy.calls("*"));
    let help = of(&program, &["alarms", "apply"]);
    assert_eq!(rights(&help), called);
    let readme = include_str!("../../crates/flowtrail-alarms/README.md");
    let paragraph = readme.split("\nRights").nth(1).unwrap();
    let paragraph = paragraph.split("\n\n").next().unwrap();
    assert_eq!(rights(&format!("Rights{paragraph}")), called);
}
