//! What a rule says about itself.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

/// Severity, in Sigma's five levels, least severe first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Context for other rules and for timelines; nobody is notified.
    Informational,
    /// Worth a look when something else points there.
    Low,
    /// Worth a look by itself.
    Medium,
    /// Act today.
    High,
    /// Act now.
    Critical,
}

impl Level {
    /// Every level, least severe first.
    pub const ALL: [Self; 5] = [
        Self::Informational,
        Self::Low,
        Self::Medium,
        Self::High,
        Self::Critical,
    ];

    /// The word that a rule writes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Informational => "informational",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// The level that a word names.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|l| l.name() == name)
    }
}

impl std::fmt::Display for Level {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

/// The metadata of a rule or correlation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RuleMeta {
    /// The `id`, or the `name`, or the title where neither is given.
    pub id: String,
    /// The `name`, by which correlations may refer to the rule.
    pub name: Option<String>,
    /// One line: who did what.
    pub title: String,
    /// Severity; `medium` where the rule gives none.
    pub level: Level,
    /// Why it matters.
    pub description: String,
    /// Maturity: `stable`, `test`, `experimental`, …
    pub status: Option<String>,
    /// Tags as written, ATT&CK among them (`attack.t1562.008`).
    pub tags: Vec<String>,
    /// When it is not an attack.
    pub falsepositives: Vec<String>,
    /// Further reading.
    pub references: Vec<String>,
    /// Fields that the author wants shown.
    pub fields: Vec<String>,
    /// Attributes beyond the Sigma schema, such as `flowtrail`.
    pub custom: serde_json::Map<String, serde_json::Value>,
    /// The file that it came from, as it was named when loaded.
    pub file: String,
    /// The line of that file on which its document begins, from 1.
    pub line: usize,
}

impl RuleMeta {
    /// ATT&CK technique ids in upper case (`T1562.008`), in the order of the tags.
    #[must_use]
    pub fn techniques(&self) -> Vec<String> {
        let id = |tag: &str| {
            let t = tag.strip_prefix("attack.")?;
            let rest = t.strip_prefix(['t', 'T'])?;
            let number = rest.bytes().all(|b| b.is_ascii_digit() || b == b'.');
            (number && rest.len() >= 4).then(|| t.to_ascii_uppercase())
        };
        self.tags.iter().filter_map(|t| id(t)).collect()
    }

    /// ATT&CK tactics as the tags write them (`defense-evasion`).
    #[must_use]
    pub fn tactics(&self) -> Vec<String> {
        let tactic = |tag: &str| {
            let t = tag.strip_prefix("attack.")?;
            let word = t
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b == b'-' || b == b'_');
            word.then(|| t.replace('_', "-"))
        };
        self.tags.iter().filter_map(|t| tactic(t)).collect()
    }
}

/// The metadata of a parsed rule or correlation. A macro, because the parser has
/// a type for each, with the same fields and no trait over them.
macro_rules! meta_of {
    ($rule:expr, $document:expr) => {{
        let (rule, document) = ($rule, $document);
        let id = rule.id.as_ref().or(rule.name.as_ref());
        $crate::meta::RuleMeta {
            id: id.unwrap_or(&rule.title).clone(),
            name: rule.name.clone(),
            title: rule.title.clone(),
            level: rule
                .level
                .map_or($crate::meta::Level::Medium, $crate::meta::level),
            description: rule.description.clone().unwrap_or_default(),
            status: rule.status.map(|s| format!("{s:?}").to_lowercase()),
            tags: rule.tags.clone(),
            falsepositives: rule.falsepositives.clone(),
            references: rule.references.clone(),
            fields: rule.fields.clone(),
            custom: $crate::meta::custom(&rule.custom_attributes),
            file: document.file.clone(),
            line: document.line,
        }
    }};
}
pub(crate) use meta_of;

pub(crate) fn level(level: rsigma_parser::Level) -> Level {
    match level {
        rsigma_parser::Level::Informational => Level::Informational,
        rsigma_parser::Level::Low => Level::Low,
        rsigma_parser::Level::Medium => Level::Medium,
        rsigma_parser::Level::High => Level::High,
        rsigma_parser::Level::Critical => Level::Critical,
    }
}

pub(crate) fn custom(
    attributes: &HashMap<String, yaml_serde::Value>,
) -> serde_json::Map<String, serde_json::Value> {
    let sorted: BTreeMap<_, _> = attributes.iter().collect();
    sorted
        .into_iter()
        .filter_map(|(k, v)| Some((k.clone(), serde_json::to_value(v).ok()?)))
        .collect()
}
