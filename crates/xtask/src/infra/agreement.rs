//! Facts that stand in two places are held equal: settings, metrics, flow-log
//! fields, and the types that the schema was cut to.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::{SCHEMA, files, read};
use crate::root;

type Words = BTreeSet<String>;

/// Compares everything.
///
/// # Errors
/// The first difference.
pub(super) fn all() -> Result<(), String> {
    settings()?;
    flow_fields()?;
    alarms()?;
    types()
}

/// The function's environment and the settings of its README are the same names.
fn settings() -> Result<(), String> {
    let readme = read(&root().join("crates/flowtrail-lambda/README.md"))?;
    let documented = starts(&readme, "| `FLOWTRAIL_");
    let module = read(&root().join("infra/modules/flowtrail/function.tf"))?;
    let given = starts(&module, "    FLOWTRAIL_");
    same(
        "settings of the README and of function.tf",
        &documented,
        &given,
    )
}

/// Words that follow `head` at the beginning of lines, with the tail of `head`.
fn starts(text: &str, head: &str) -> Words {
    let own = head.trim_start_matches(['|', ' ', '`']);
    let rests = text.lines().filter_map(|l| l.strip_prefix(head));
    let word = |rest: &str| {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        format!(
            "{own}{}",
            rest.get(..end.unwrap_or(rest.len())).unwrap_or_default()
        )
    };
    rests.map(word).collect()
}

/// Every field of the recommended format is one, and every one that a shipped
/// rule asks for is in it.
fn flow_fields() -> Result<(), String> {
    let module = read(&root().join("infra/modules/log-source/flow_logs.tf"))?;
    let list = module.split_once("flow_log_fields = [");
    let list = list.and_then(|(_, rest)| rest.split_once(']'));
    let (list, _) = list.ok_or("flow_logs.tf has no list flow_log_fields")?;
    let recommended = quoted(list);
    let table = read(&root().join("crates/flowtrail-flowlog/src/fields.rs"))?;
    // Names of Transit Gateway alone are no fields of a VPC.
    let lines = table.lines().map(str::trim_start);
    let rows = lines.filter(|l| l.starts_with("vpc(") || l.starts_with("both("));
    let known: Words = rows
        .filter_map(|l| l.split('"').nth(1).map(str::to_owned))
        .collect();
    if let Some(unknown) = recommended.difference(&known).next() {
        return Err(format!(
            "flow_logs.tf: `{unknown}` is no field of VPC flow logs"
        ));
    }
    for path in files(&root().join("crates/flowtrail-rules/rules/vpcflow"), ".yml")? {
        if path.to_string_lossy().ends_with(".cases.yml") {
            continue;
        }
        let asked = keys(&read(&path)?);
        if let Some(lost) = asked
            .intersection(&known)
            .find(|f| !recommended.contains(*f))
        {
            return Err(format!(
                "{} asks for `{lost}`, which the format of flow_logs.tf lacks",
                path.display()
            ));
        }
    }
    Ok(())
}

/// What stands between quotation marks.
fn quoted(text: &str) -> Words {
    let parts = text.split('"').skip(1).step_by(2);
    parts.map(str::to_owned).collect()
}

/// Keys of a YAML file, without their modifiers.
fn keys(text: &str) -> Words {
    let heads = text.lines().filter_map(|l| l.split_once(':'));
    let key = |(head, _): (&str, &str)| {
        let head = head.trim_start_matches([' ', '-', '\'', '"']);
        let end = head.find(['|', '\'', '"']).unwrap_or(head.len());
        head.get(..end).unwrap_or_default().to_owned()
    };
    heads.map(key).collect()
}

/// Alarms and dashboard stand on metrics that are published, with the dimension
/// that they have.
fn alarms() -> Result<(), String> {
    let readme = read(&root().join("crates/flowtrail-aws/README.md"))?;
    let rows = readme.lines().filter_map(|l| l.strip_prefix("| `"));
    let published: BTreeSet<(String, String)> = rows
        .filter_map(|l| {
            let mut cells = l.split('|').map(str::trim);
            let metric = cells.next()?.trim_end_matches('`');
            Some((metric.to_owned(), cells.next()?.to_owned()))
        })
        .collect();
    // A reason that nobody gives would be an alarm that never comes.
    let account = read(&root().join("crates/flowtrail-event/src/account.rs"))?;
    let faults = read(&root().join("crates/flowtrail-aws/src/fault.rs"))?;
    let words: Words = quoted(&account)
        .into_iter()
        .chain(quoted(&faults))
        .collect();
    let alarms = json("infra/modules/alarms/alarms.json")?;
    for alarm in array(&alarms, "/alarms") {
        let text = |key: &str| alarm.get(key).and_then(Value::as_str).unwrap_or_default();
        let dimensions = alarm.get("dimensions").and_then(Value::as_object);
        let dimension = dimensions.and_then(|d| d.keys().next().cloned());
        let wanted = (text("metric").to_owned(), dimension.unwrap_or_default());
        if text("namespace") == "{namespace}" && !published.contains(&wanted) {
            return Err(format!("alarms.json: nobody publishes {wanted:?}"));
        }
        let reason = dimensions.and_then(|d| d.get("Reason")?.as_str());
        if let Some(unknown) = reason.filter(|r| !words.contains(*r)) {
            return Err(format!("alarms.json: `{unknown}` is no reason"));
        }
    }
    let dashboard = json("infra/modules/dashboard/body.json")?;
    for widget in array(&dashboard, "/widgets") {
        for series in array(widget, "/properties/metrics") {
            let word = |at: usize| series.get(at).and_then(Value::as_str).unwrap_or_default();
            let wanted = (word(1).to_owned(), word(2).to_owned());
            if word(0) == "{namespace}" && !published.contains(&wanted) {
                return Err(format!("body.json: nobody publishes {wanted:?}"));
            }
        }
    }
    Ok(())
}

/// The schema has the types that are used, and no other.
fn types() -> Result<(), String> {
    let schema = json(SCHEMA)?;
    for kind in ["resource", "data"] {
        let has = schema.get(kind).and_then(Value::as_object);
        let has: Words = has.map(|m| m.keys().cloned().collect()).unwrap_or_default();
        let mut used = Words::new();
        for path in files(&root().join("infra"), ".tf")? {
            // Terraform's own folders hold copies.
            if !path.components().any(|c| c.as_os_str() == ".terraform") {
                used.extend(
                    starts(&read(&path)?, &format!("{kind} \""))
                        .iter()
                        .filter_map(|w| w.strip_prefix(&format!("{kind} \"")).map(str::to_owned)),
                );
            }
        }
        same(
            &format!(
                "types of {kind} in infra and in {SCHEMA} (`cargo xtask infra schema` reads it anew)"
            ),
            &used,
            &has,
        )?;
    }
    Ok(())
}

fn json(path: &str) -> Result<Value, String> {
    let text = read(&root().join(Path::new(path)))?;
    serde_json::from_str(&text).map_err(|e| format!("{path}: {e}"))
}

fn array<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    let found = value.pointer(pointer).and_then(Value::as_array);
    found.map_or(&[], Vec::as_slice)
}

fn same(what: &str, one: &Words, other: &Words) -> Result<(), String> {
    let differ: Vec<&str> = one
        .symmetric_difference(other)
        .map(String::as_str)
        .collect();
    if differ.is_empty() && !one.is_empty() {
        Ok(())
    } else {
        Err(format!("{what} differ: {}", differ.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_agrees() {
        assert_eq!(all(), Ok(()));
    }

    #[test]
    fn nothing_is_no_agreement() {
        let one = Words::from(["a".to_owned()]);
        assert!(same("x", &one, &Words::new()).is_err());
        assert!(same("x", &Words::new(), &Words::new()).is_err());
        assert!(same("x", &one, &one).is_ok());
    }

    #[test]
    fn keys_lose_their_modifiers() {
        let found = keys("detection:\n  - 'tcp-flags|contains': 1\n    dstport|gte: 2\n");
        assert!(found.contains("tcp-flags") && found.contains("dstport"));
    }
}
