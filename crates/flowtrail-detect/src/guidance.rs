//! What a rule says to operators: the `flowtrail:` block beside Sigma's own
//! attributes.

use std::num::NonZeroU32;

use flowtrail_sigma::{Problem, RuleMeta, Severity};
use serde::{Deserialize, Serialize};

/// Seconds of a day, the longest period of an alarm.
const DAY_SECS: u32 = 86_400;

/// The keys of the block, and what each is: as `flowtrail rules schema` lists them.
pub const GUIDANCE: [(&str, &str); 11] = [
    ("level_reason", "why the rule has its level, in a sentence"),
    ("group_by", "fields by which findings are gathered"),
    (
        "data_events",
        "resource types of which the trail must record data events",
    ),
    (
        "cis",
        "items of section 5 of CIS AWS Foundations that it covers",
    ),
    (
        "only",
        "`history`: judged in replays only, because it takes the whole history",
    ),
    (
        "alarm.threshold",
        "findings within the period; 1 by default",
    ),
    ("alarm.period", "whole minutes, at most a day: 5m, 1h"),
    (
        "alarm.page",
        "whether it wakes somebody; otherwise it is a ticket",
    ),
    (
        "alarm.own",
        "why the rule has an alarm and a metric of its own; without it the alarm of its level has to do",
    ),
    (
        "response.detect, .assess, .contain",
        "steps: is it real, what else was touched, how to stop it",
    ),
    ("runbook", "a page of runbooks/, or an address"),
];

/// The `flowtrail:` block of a rule. A rule may have none.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guidance {
    /// Why the rule has its level, in a sentence.
    pub level_reason: Option<String>,
    /// Fields by which an operator gathers findings of the rule.
    #[serde(default)]
    pub group_by: Vec<String>,
    /// Resource types (`AWS::S3::Object`) of which the trail must record data
    /// events; without them the rule sees nothing. Empty: management events do.
    #[serde(default)]
    pub data_events: Vec<String>,
    /// Items of section 5 of the CIS AWS Foundations Benchmark 7.0 that it covers.
    #[serde(default)]
    pub cis: Vec<String>,
    /// Where alone it is judged. A rule with it raises no alarm: those stand on
    /// what the stream finds.
    pub only: Option<Only>,
    /// How its findings should alarm.
    pub alarm: Option<Alarm>,
    /// What to do about a finding.
    #[serde(default)]
    pub response: Response,
    /// Where that is told at length: a page of `runbooks/`, or an address.
    pub runbook: Option<String>,
}

/// Where alone a rule is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Only {
    /// In replays: it takes the whole history, which a stream does not have.
    /// [`flowtrail_sigma::Options::history`] sets it aside elsewhere.
    History,
}

/// An alarm on the number of findings of one rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alarm {
    /// Findings within the period that raise it.
    #[serde(default = "one")]
    pub threshold: NonZeroU32,
    /// The period in seconds: whole minutes, a day at most. Written `5m`, `1h`.
    #[serde(deserialize_with = "period")]
    pub period: u32,
    /// Whether it wakes somebody; otherwise it is a ticket.
    #[serde(default)]
    pub page: bool,
    /// Why the rule has an alarm in CloudWatch, and so a metric, of its own: both
    /// are billed. Without it the alarm of its level has to do.
    #[serde(
        default,
        deserialize_with = "reason",
        skip_serializing_if = "Option::is_none"
    )]
    pub own: Option<String>,
}

/// Steps of a response, in the order of an incident.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Response {
    /// How to tell whether it is real.
    #[serde(default)]
    pub detect: Vec<String>,
    /// How to tell what else was touched.
    #[serde(default)]
    pub assess: Vec<String>,
    /// How to stop it.
    #[serde(default)]
    pub contain: Vec<String>,
}

const fn one() -> NonZeroU32 {
    NonZeroU32::MIN
}

fn period<'de, D: serde::Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    let text = String::deserialize(from)?;
    let refuse = || {
        let reason = format!("`period: {text}` is not between 1m and 24h in whole minutes");
        <D::Error as serde::de::Error>::custom(reason)
    };
    let unit = match text.chars().last() {
        Some('m') => 60,
        Some('h') => 3_600,
        Some('d') => DAY_SECS,
        Some(_) | None => return Err(refuse()),
    };
    let digits = text.get(..text.len().saturating_sub(1)).unwrap_or("");
    let secs = digits.parse::<u32>().ok().and_then(|n| n.checked_mul(unit));
    secs.filter(|s| (60..=DAY_SECS).contains(s))
        .ok_or_else(refuse)
}

/// A reason is words, and not a switch.
fn reason<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    if text.as_ref().is_some_and(|t| t.trim().is_empty()) {
        let reason = "`own:` is empty; it says why the rule has an alarm of its own";
        return Err(<D::Error as serde::de::Error>::custom(reason));
    }
    Ok(text)
}

impl Guidance {
    /// The guidance of a rule; that of a rule without the block is empty.
    ///
    /// # Errors
    /// A warning with the rule's file and line if the block is not as it should
    /// be. The rule itself works all the same.
    pub fn of(meta: &RuleMeta) -> Result<Self, Box<Problem>> {
        let Some(block) = meta.custom.get("flowtrail") else {
            return Ok(Self::default());
        };
        serde_json::from_value(block.clone()).map_err(|e| {
            Box::new(Problem {
                severity: Severity::Warning,
                file: meta.file.clone(),
                line: meta.line,
                title: Some(meta.title.clone()),
                reason: format!("`flowtrail:` cannot be used: {e}"),
                hint: Some(
                    "its keys are level_reason, group_by, data_events, cis, only, alarm \
                     (threshold, period, page, own), response (detect, assess, contain) and runbook"
                        .to_owned(),
                ),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::windows::testing;

    fn meta() -> RuleMeta {
        RuleMeta::clone(&testing::meta("rule"))
    }

    fn guidance(block: Value) -> Result<Guidance, String> {
        let mut meta = meta();
        meta.custom.insert("flowtrail".to_owned(), block);
        Guidance::of(&meta).map_err(|p| p.reason)
    }

    #[test]
    fn a_block_is_read_whole() {
        let read = guidance(json!({
            "level_reason": "Rare.", "group_by": ["userIdentity.arn"],
            "data_events": ["AWS::S3::Object"], "cis": ["5.4"], "only": "history",
            "alarm": {"threshold": 3, "period": "5m", "page": true},
            "response": {"detect": ["look"], "contain": ["stop"]},
            "runbook": "runbooks/x.md",
        }))
        .unwrap();
        let alarm = read.alarm.unwrap();
        assert_eq!(
            (alarm.threshold.get(), alarm.period, alarm.page),
            (3, 300, true)
        );
        assert_eq!((alarm.own, read.only), (None, Some(Only::History)));
        assert_eq!(read.response.contain, ["stop"]);
        assert!(read.response.assess.is_empty());
        assert_eq!(Guidance::of(&meta()), Ok(Guidance::default()));
    }

    /// Each key of the table is one that the block takes, and the other way round.
    #[test]
    fn the_table_has_every_key() {
        let mut listed: Vec<&str> = Vec::new();
        for (keys, _) in GUIDANCE {
            listed.extend(keys.split(['.', ',', ' ']).filter(|k| !k.is_empty()));
        }
        let whole = guidance(json!({"alarm": {"period": "5m", "own": "Because."}})).unwrap();
        let block = serde_json::to_value(&whole).unwrap();
        let mut taken: Vec<String> = Vec::new();
        for (key, value) in block.as_object().unwrap() {
            taken.push(key.clone());
            taken.extend(
                value
                    .as_object()
                    .into_iter()
                    .flat_map(|o| o.keys().cloned()),
            );
        }
        for key in &taken {
            assert!(listed.contains(&key.as_str()), "{key} is not listed");
        }
        for key in listed {
            assert!(taken.iter().any(|t| t == key), "{key} is no key");
        }
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        let bad = [
            (json!({"next_steps": []}), "next_steps"),
            (json!({"alarm": {"period": "90s"}}), "whole minutes"),
            (json!({"alarm": {"period": "2d"}}), "24h"),
            (json!({"alarm": {"period": "99999999h"}}), "24h"),
            (json!({"alarm": {"period": ""}}), "24h"),
            (
                json!({"alarm": {"period": "5m", "threshold": 0}}),
                "nonzero",
            ),
            (
                json!({"alarm": {"period": "5m", "own": " "}}),
                "why the rule",
            ),
            (
                json!({"alarm": {"period": "5m", "own": true}}),
                "invalid type",
            ),
            (json!({"response": {"asses": []}}), "asses"),
            (json!({"only": "live"}), "history"),
            (json!("text"), "invalid type"),
        ];
        for (block, word) in bad {
            let reason = guidance(block.clone()).unwrap_err();
            assert!(reason.contains(word), "{block}: {reason}");
        }
        let day = guidance(json!({"alarm": {"period": "24h"}})).unwrap();
        assert_eq!(day.alarm.unwrap().period, DAY_SECS);
    }
}
