//! A layer for the ATT&CK Navigator: a technique is as dark as many rules look
//! for it.

use flowtrail_table::RuleRow;
use serde_json::{Value, json};

use super::Technique;
use crate::rules::list::conditions;

/// The layer file format that is written:
/// <https://github.com/mitre-attack/attack-navigator/blob/master/layers/spec/v4.5/layerv4.5.md>.
const LAYER_VERSION: &str = "4.5";
/// Navigator and ATT&CK versions that the ids are those of.
const NAVIGATOR_VERSION: &str = "5.1.0";
const ATTACK_VERSION: &str = "17";

/// The layer of what active rules cover. A technique that only inactive rules
/// look for is there with a score of 0 and says what they need.
pub(super) fn layer(techniques: &[Technique<'_>]) -> Value {
    let darkest = techniques.iter().map(Technique::active).max().unwrap_or(0);
    let entries: Vec<Value> = techniques.iter().map(entry).collect();
    json!({
        "name": "Flowtrail",
        "description": "Techniques that the loaded rules look for in CloudTrail and VPC flow logs",
        "domain": "enterprise-attack",
        "versions": {
            "layer": LAYER_VERSION, "navigator": NAVIGATOR_VERSION, "attack": ATTACK_VERSION,
        },
        "filters": {"platforms": ["IaaS", "Identity Provider", "SaaS", "Network Devices"]},
        "techniques": entries,
        "gradient": {
            "colors": ["#ffffff", "#66b1ff"], "minValue": 0, "maxValue": darkest.max(1),
        },
        "hideDisabled": false,
    })
}

fn entry(technique: &Technique<'_>) -> Value {
    let line = |r: &&RuleRow| {
        let conditions = match conditions(r) {
            none if none.is_empty() => none,
            some => format!(" [{some}]"),
        };
        format!("{}: {}{conditions}", r.meta.level.name(), r.meta.title)
    };
    let comment: Vec<String> = technique.rules.iter().map(line).collect();
    json!({
        "techniqueID": technique.id,
        "score": technique.active(),
        "enabled": true,
        "comment": comment.join("\n"),
        "showSubtechniques": technique.id.contains('.'),
    })
}
