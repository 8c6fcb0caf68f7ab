//! A rule as it is listed.

use std::sync::Arc;

use flowtrail_detect::Guidance;
use flowtrail_event::Service;
use flowtrail_sigma::{Compilation, Correlation, MemberOf, RuleMeta, RuleSet, Services};

/// A rule or correlation that raises findings, or will once it has what it
/// needs.
#[derive(Debug, Clone)]
pub struct RuleRow {
    /// What its file says of it.
    pub meta: Arc<RuleMeta>,
    /// The logs that it looks into, in a word or two.
    pub logs: String,
    /// `event` or `window`.
    pub looks_at: &'static str,
    /// Knowledge without which it is not active.
    pub needs: Vec<&'static str>,
    /// Whether it is set aside where records are judged as they come.
    pub replays_only: bool,
    /// What it says to operators.
    pub guidance: Guidance,
}

impl RuleRow {
    /// Those of a compilation, gravest first, then by log and title.
    #[must_use]
    pub fn all(compilation: &Compilation) -> Vec<Self> {
        let rules = &compilation.rules;
        let events = rules.rules().iter().filter(|r| r.emits);
        let events = events.map(|r| Self::new(&r.meta, r.services, false));
        let windows = rules.correlations().iter().filter(|c| c.emits);
        let windows = windows.map(|c| {
            let mut row = Self::new(&c.meta, services_of(rules, c), true);
            row.replays_only |= c.kind.takes_history();
            row
        });
        let waiting = compilation.inactive.iter().filter(|i| i.emits);
        let waiting = waiting.map(|i| Self {
            needs: i.needs.iter().copied().collect(),
            ..Self::new(&i.meta, i.services, i.is_correlation)
        });
        let mut rows: Vec<Self> = events.chain(windows).chain(waiting).collect();
        rows.sort_by(|a, b| {
            let grave = b.meta.level.cmp(&a.meta.level);
            grave.then_with(|| (&a.logs, &a.meta.title).cmp(&(&b.logs, &b.meta.title)))
        });
        rows
    }

    fn new(meta: &Arc<RuleMeta>, services: Services, is_window: bool) -> Self {
        // What is wrong with it is reported as a problem of its file.
        let guidance = Guidance::of(meta).unwrap_or_default();
        Self {
            meta: Arc::clone(meta),
            logs: names(services),
            looks_at: if is_window { "window" } else { "event" },
            needs: Vec::new(),
            replays_only: guidance.only.is_some(),
            guidance,
        }
    }

    /// Whether it has all that it needs.
    #[must_use]
    pub const fn is_active(&self) -> bool {
        self.needs.is_empty()
    }
}

/// The logs that a correlation draws from, through the correlations below it.
#[must_use]
pub fn services_of(rules: &RuleSet, correlation: &Correlation) -> Services {
    let of = |m: &MemberOf| match *m {
        MemberOf::Rule(ix) => rules.rule(ix).map(|r| r.services),
        MemberOf::Correlation(ix) => {
            let below = rules.correlations().get(ix.0 as usize);
            below.map(|c| services_of(rules, c))
        }
    };
    let members = correlation.members.iter().filter_map(|m| of(&m.of));
    members.flat_map(|s| s.iter().collect::<Vec<_>>()).collect()
}

/// The logs of a rule in a word or two.
fn names(services: Services) -> String {
    if services.iter().count() == Service::ALL.len() {
        return "all".to_owned();
    }
    let all: Vec<&str> = services.iter().map(Service::name).collect();
    all.join(",")
}
