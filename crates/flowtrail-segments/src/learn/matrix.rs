//! The matrix of a proposal: what talked, what was rare, what was never seen.

use std::collections::{BTreeMap, BTreeSet};

use super::groups::Spot;
use super::guess::Use;
use super::write::{COMMENTED_MAX, Draft, days, quoted};
use crate::coarse::Service;
use crate::words::{counted, duration, number};

/// Services of one entry; more are any.
const PORTS_MAX: usize = 24;

impl Draft<'_> {
    pub(super) fn matrix(&mut self) {
        // Several subnets may be one place.
        let mut edges: BTreeMap<(String, String), BTreeMap<Service, Use>> = BTreeMap::new();
        let mut outside: BTreeMap<(String, String), BTreeMap<Service, Use>> = BTreeMap::new();
        for ((from, to), services) in &self.uses {
            let (Some(source), Some(target)) = (self.place(*from), self.place(*to)) else {
                continue;
            };
            let within = *from != Spot::Internet && *to != Spot::Internet;
            if !within && from == to {
                continue;
            }
            let into = if within { &mut edges } else { &mut outside };
            let into = into.entry((source, target)).or_default();
            for (service, used) in services {
                into.entry(*service).or_default().merge(used);
            }
        }
        let (mut lines, mut rare) = (Vec::new(), Vec::new());
        for (ends, services) in &edges {
            let across = environment(&ends.0) != environment(&ends.1);
            let rare_one = |used: &Use| used.is_rare(self.span, across);
            let (few, many): (Vec<_>, Vec<_>) =
                services.iter().partition(|(_, used)| rare_one(used));
            lines.extend(self.entry(ends, &many, ""));
            for one in few {
                rare.extend(self.entry(ends, &[one], "#"));
            }
        }
        self.section("matrix", &lines);
        rare.truncate(COMMENTED_MAX);
        self.commented(
            "Rare: few connections of few hosts, within a day or between environments. Ordinary, or what one is looking for?",
            &rare,
        );
        let outside = outside.iter().filter_map(|(ends, services)| {
            let all: Vec<_> = services.iter().collect();
            self.entry(ends, &all, "#")
        });
        let outside: Vec<String> = outside.take(COMMENTED_MAX).collect();
        self.commented(
            "With the internet. One entry that speaks of it makes all other traffic with it undeclared.",
            &outside,
        );
        self.forbidden(&edges);
    }

    /// An entry that allows some services, with its evidence.
    fn entry(
        &self,
        (from, to): &(String, String),
        services: &[(&Service, &Use)],
        sign: &str,
    ) -> Option<String> {
        if services.is_empty() {
            return None;
        }
        let mut whole = Use::default();
        services.iter().for_each(|(_, used)| whole.merge(used));
        let shown = services.iter().take(PORTS_MAX).map(|(s, _)| s.to_string());
        let mut ports: Vec<String> = shown.collect();
        if services.len() > PORTS_MAX {
            ports = vec!["any".to_owned()];
        }
        let (connections, exact) = whole.count();
        let about = if exact { "" } else { "more than " };
        let (sources, targets): (BTreeSet<_>, BTreeSet<_>) = whole.pairs.iter().copied().unzip();
        let connected = services.iter().any(|(s, _)| s.protocol == 6);
        let silent = if whole.answers == 0 && connected {
            ", nobody answered"
        } else {
            ""
        };
        let late = if whole.is_late(self.span) {
            ", for the first time late"
        } else {
            ""
        };
        Some(format!(
            "{sign}  - {{allow: {}, ports: [{}]}} # {about}{} from {} to {}, {}{silent}{late}",
            quoted(&format!("{from} -> {to}")),
            ports.join(", "),
            counted(connections, "connection"),
            counted(sources.len() as u64, "host"),
            number(targets.len() as u64),
            days(whole.times)
        ))
    }

    /// Environments between which nothing was seen may be kept apart.
    fn forbidden(&mut self, edges: &BTreeMap<(String, String), BTreeMap<Service, Use>>) {
        let of = |place: &String| environment(place).to_owned();
        let met: BTreeSet<(String, String)> = edges.keys().map(|(a, b)| (of(a), of(b))).collect();
        let all: BTreeSet<&String> = self.map.zones.iter().map(|z| &z.environment).collect();
        let span = duration(self.span.1.secs() - self.span.0.secs());
        let mut lines = Vec::new();
        for from in &all {
            for to in all.iter().filter(|to| *to != from) {
                if !met.contains(&((*from).clone(), (*to).clone())) {
                    lines.push(format!(
                        "#  - {{forbid: {}, ports: any}} # nothing was let through in {span}",
                        quoted(&format!("{from} -> {to}"))
                    ));
                }
            }
        }
        lines.truncate(COMMENTED_MAX);
        self.commented("Environments between which nothing was let through", &lines);
    }
}

impl Use {
    fn merge(&mut self, other: &Self) {
        self.connections.merge(&other.connections);
        self.more |= other.more;
        self.answers += other.answers;
        self.pairs.extend(&other.pairs);
        self.times = crate::cell::spanning(self.times, other.times);
    }
}

/// The environment of a place that is written `environment/segment`.
fn environment(place: &str) -> &str {
    place.split('/').next().unwrap_or("")
}
