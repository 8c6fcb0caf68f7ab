//! What a baseline says of whoever a finding is about.

use std::collections::HashMap;

use flowtrail_baseline::{Baseline, Day, Dimension, Entry, KeyId, ValueId};
use flowtrail_context::derived_field;
use serde::Deserialize;
use serde_json::{Value, json};

use super::show::told;

/// A finding, as JSON lines have it; what else they say is not needed.
#[derive(Debug, Deserialize)]
pub(super) struct Finding {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) first: Option<String>,
    pub(super) account: Option<String>,
    pub(super) actor: Actor,
    pub(super) flow: Option<Flow>,
    pub(super) baseline: Option<String>,
    #[serde(default)]
    pub(super) first_seen: Vec<FirstSeen>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Actor {
    pub(super) principal: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Flow {
    pub(super) interface: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct FirstSeen {
    pub(super) dimension: String,
    pub(super) key: String,
    pub(super) value: String,
}

/// What is known of one dimension of a finding.
pub(super) struct Usual<'b> {
    pub(super) dimension: Dimension,
    pub(super) key: String,
    /// What the finding says is new, if it says so.
    pub(super) value: Option<String>,
    /// The first day of the key.
    pub(super) since: Option<Day>,
    /// Whether enough is known of the key to call anything new to it.
    pub(super) has_learned: bool,
    /// What the key has, what most records show first.
    pub(super) has: Vec<&'b Entry>,
    /// Who else has the value.
    pub(super) others: Vec<&'b Entry>,
    /// Keys that have the value, and keys that there are.
    pub(super) peers: (u32, u32),
}

/// Numbers of hours.
pub(super) struct Numbers {
    pub(super) dimension: Dimension,
    pub(super) key: String,
    /// Hours with something in them, and all.
    pub(super) hours: (u32, u32),
    pub(super) mean: f64,
    pub(super) deviation: f64,
    pub(super) median: u64,
    pub(super) p99: u64,
    /// The largest hour.
    pub(super) max: u64,
}

/// A baseline that can be asked.
pub(super) struct Known<'b> {
    pub(super) baseline: &'b Baseline,
    /// In order of dimension, key and value.
    entries: &'b [Entry],
    by_value: HashMap<(Dimension, &'b str), Vec<&'b Entry>>,
}

/// What is told of a principal where a finding does not say what is new.
const OF_PRINCIPAL: [Dimension; 4] = [
    Dimension::PrincipalApi,
    Dimension::PrincipalNetwork,
    Dimension::PrincipalRegion,
    Dimension::PrincipalUa,
];

impl<'b> Known<'b> {
    pub(super) fn new(baseline: &'b Baseline, entries: &'b [Entry]) -> Self {
        let mut by_value: HashMap<_, Vec<&Entry>> = HashMap::new();
        for entry in entries {
            let name = (entry.dimension, entry.value.as_str());
            by_value.entry(name).or_default().push(entry);
        }
        Self {
            baseline,
            entries,
            by_value,
        }
    }

    /// What is usual for each thing that is new in a finding, or else for whoever
    /// it is about.
    pub(super) fn usual(&self, finding: &Finding, day: Option<Day>) -> Vec<Usual<'b>> {
        let new = finding.first_seen.iter().filter_map(|new| {
            let dimension = Dimension::of_name(&new.dimension)?;
            Some(self.of(dimension, &new.key, Some(&new.value), day))
        });
        let new: Vec<Usual<'b>> = new.collect();
        match &finding.actor.principal {
            Some(principal) if new.is_empty() => OF_PRINCIPAL
                .iter()
                .map(|dimension| self.of(*dimension, principal, None, day))
                .collect(),
            _ => new,
        }
    }

    fn of(
        &self,
        dimension: Dimension,
        key: &str,
        value: Option<&str>,
        day: Option<Day>,
    ) -> Usual<'b> {
        let behind = self
            .baseline
            .header()
            .last
            .map(|l| Day(l.0.saturating_add(1)));
        let days = self.baseline.first_days(KeyId::new(dimension, key));
        let day = day.or(behind).unwrap_or_default();
        let calendar = self.baseline.calendar();
        let mut has: Vec<&Entry> = self.of_key(dimension, key).iter().collect();
        has.sort_by_key(|e| std::cmp::Reverse(e.records));
        let id = value.map(|v| ValueId::new(dimension, v));
        let peers = id
            .map(|id| self.baseline.peers(dimension, id))
            .unwrap_or_default();
        let others = value.and_then(|value| self.by_value.get(&(dimension, value)));
        let others = others.into_iter().flatten().copied();
        Usual {
            dimension,
            key: key.to_owned(),
            value: value.map(str::to_owned),
            since: days.as_ref().and_then(|d| d.first()),
            has_learned: days.is_some_and(|d| d.has_learned(day, calendar)),
            has,
            others: others.filter(|e| e.key != key).collect(),
            peers: (peers.having, peers.all),
        }
    }

    fn of_key(&self, dimension: Dimension, key: &str) -> &'b [Entry] {
        let name = |e: &Entry| (e.dimension, e.key.as_str()).cmp(&(dimension, key));
        let from = self.entries.partition_point(|e| name(e).is_lt());
        let to = self.entries.partition_point(|e| name(e).is_le());
        self.entries.get(from..to).unwrap_or_default()
    }

    /// The numbers of hours of whoever a finding is about.
    pub(super) fn numbers(&self, finding: &Finding) -> Vec<Numbers> {
        let mut keys = Vec::new();
        if let (Some(account), Some(principal)) = (&finding.account, &finding.actor.principal) {
            let sorts = derived_field("flowtrail.api.class").map_or(&[][..], |f| f.values);
            let keys_of = sorts
                .iter()
                .map(|sort| format!("{account} {principal} {sort}"));
            keys.extend(keys_of.map(|key| (Dimension::PrincipalCalls, key)));
        }
        if let Some(interface) = finding.flow.as_ref().and_then(|f| f.interface.as_ref()) {
            for dimension in [Dimension::InterfaceBytesOut, Dimension::InterfaceRejects] {
                keys.push((dimension, interface.clone()));
            }
        }
        keys.into_iter()
            .filter_map(|(dimension, key)| self.number(dimension, key))
            .collect()
    }

    fn number(&self, dimension: Dimension, key: String) -> Option<Numbers> {
        let id = KeyId::new(dimension, &key);
        let profile = self.baseline.profile(id)?;
        let all = self.baseline.hours_of(id)?.max(profile.hours);
        let (mean, deviation) = profile.spread(all);
        Some(Numbers {
            dimension,
            key,
            hours: (profile.hours, all),
            mean,
            deviation,
            median: profile.quantile(0.5),
            p99: profile.quantile(0.99),
            max: profile.max,
        })
    }
}

impl Usual<'_> {
    pub(super) fn to_json(&self) -> Value {
        let told = |all: &[&Entry]| all.iter().map(|e| told(e)).collect::<Vec<_>>();
        json!({
            "dimension": self.dimension.name(), "key": self.key, "value": self.value,
            "known_since": self.since.map(|d| d.to_string()), "learned": self.has_learned,
            "usual": told(&self.has), "others": told(&self.others),
            "peers": {"having": self.peers.0, "all": self.peers.1},
        })
    }
}

impl Numbers {
    pub(super) fn to_json(&self) -> Value {
        json!({
            "dimension": self.dimension.name(), "key": self.key,
            "hours": self.hours.1, "active_hours": self.hours.0,
            "mean": self.mean, "deviation": self.deviation,
            "median": self.median, "p99": self.p99, "max": self.max,
        })
    }
}
