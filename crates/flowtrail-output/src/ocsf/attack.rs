//! ATT&CK techniques and tactics as OCSF names them.

use flowtrail_sigma::RuleMeta;
use serde_json::Value;

use super::object::Object;

/// Enterprise tactics: the word of a Sigma tag, the ATT&CK id, the caption.
/// ATT&CK 19 (2026) calls TA0005 Stealth and split Defense Impairment off it;
/// older rules still say Defense Evasion.
const TACTICS: [(&str, &str, &str); 16] = [
    ("reconnaissance", "TA0043", "Reconnaissance"),
    ("resource-development", "TA0042", "Resource Development"),
    ("initial-access", "TA0001", "Initial Access"),
    ("execution", "TA0002", "Execution"),
    ("persistence", "TA0003", "Persistence"),
    ("privilege-escalation", "TA0004", "Privilege Escalation"),
    ("stealth", "TA0005", "Stealth"),
    ("defense-evasion", "TA0005", "Defense Evasion"),
    ("defense-impairment", "TA0112", "Defense Impairment"),
    ("credential-access", "TA0006", "Credential Access"),
    ("discovery", "TA0007", "Discovery"),
    ("lateral-movement", "TA0008", "Lateral Movement"),
    ("collection", "TA0009", "Collection"),
    ("command-and-control", "TA0011", "Command and Control"),
    ("exfiltration", "TA0010", "Exfiltration"),
    ("impact", "TA0040", "Impact"),
];

/// One entry for each technique and each tactic of a rule. Sigma tags do not
/// say which technique serves which tactic, so they are put together only where
/// there is a single tactic.
pub(super) fn attacks(rule: &RuleMeta) -> Vec<Value> {
    let tactics: Vec<Object> = rule.tactics().iter().map(|t| tactic(t)).collect();
    let techniques = rule.techniques();
    match (tactics.as_slice(), techniques.as_slice()) {
        ([only], [_, ..]) => techniques
            .iter()
            .map(|t| technique(t).put("tactic", only.clone()).into())
            .collect(),
        _ => {
            let techniques = techniques.iter().map(|t| technique(t).into());
            let tactics = tactics
                .into_iter()
                .map(|t| Object::new().put("tactic", t).into());
            techniques.chain(tactics).collect()
        }
    }
}

fn tactic(word: &str) -> Object {
    match TACTICS.iter().find(|(slug, _, _)| *slug == word) {
        Some((_, uid, name)) => Object::new().put("uid", *uid).put("name", *name),
        None => Object::new().put("name", word),
    }
}

/// `T1562.008` is the sub-technique of that id under the technique `T1562`.
fn technique(id: &str) -> Object {
    match id.split_once('.') {
        Some((parent, _)) => Object::new()
            .put("technique", Object::new().put("uid", parent))
            .put("sub_technique", Object::new().put("uid", id)),
        None => Object::new().put("technique", Object::new().put("uid", id)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;
    use serde_json::json;

    fn of(tags: &[&str]) -> Value {
        let tags = tags.iter().map(|t| (*t).to_owned()).collect();
        attacks(&RuleMeta {
            tags,
            ..sample::rule()
        })
        .into()
    }

    #[test]
    fn one_tactic_belongs_to_every_technique() {
        assert_eq!(
            of(&[
                "attack.defense-impairment",
                "attack.t1562.008",
                "attack.t1485"
            ]),
            json!([
                {"technique": {"uid": "T1562"}, "sub_technique": {"uid": "T1562.008"},
                 "tactic": {"uid": "TA0112", "name": "Defense Impairment"}},
                {"technique": {"uid": "T1485"}, "tactic": {"uid": "TA0112", "name": "Defense Impairment"}},
            ])
        );
    }

    #[test]
    fn several_tactics_are_not_paired_by_guess() {
        assert_eq!(
            of(&["attack.impact", "attack.t1485", "attack.made-up"]),
            json!([
                {"technique": {"uid": "T1485"}},
                {"tactic": {"uid": "TA0040", "name": "Impact"}},
                {"tactic": {"name": "made-up"}},
            ])
        );
        assert_eq!(
            of(&["attack.impact"]),
            json!([{"tactic": {"uid": "TA0040", "name": "Impact"}}])
        );
        assert_eq!(of(&["aws.trail"]), json!([]));
    }
}
