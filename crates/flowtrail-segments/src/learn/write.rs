//! The proposal as text.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use flowtrail_event::EventTime;

use super::Learner;
use super::calls::{Count, is_account};
use super::groups::{Group, Map, Spot, Zone, said};
use super::guess::{Guess, Uses, segments, uses};
use crate::words::{counted, day};

/// Lines of one list that is commented out.
pub(super) const COMMENTED_MAX: usize = 200;

const HEAD: &str = "\
# A proposal, learnt from logs, for a person to edit. Each line has its evidence
# beside it. What is commented out has to be decided: take the sign away, or the
# line. `flowtrail context check` says what is wrong with the file.
";

/// Everything that the sections are written from.
pub(super) struct Draft<'l> {
    learner: &'l Learner,
    pub(super) map: Map,
    guesses: Vec<Guess>,
    pub(super) uses: Uses,
    pub(super) span: (EventTime, EventTime),
    out: String,
}

/// The proposal for what was learnt. Writing to a text cannot fail.
pub(super) fn proposal(learner: &Learner) -> String {
    let map = Map::of(learner);
    let uses = uses(learner, &map);
    let none = (EventTime(0), EventTime(0));
    let span = learner.times.unwrap_or(none);
    let guesses = segments(&map, &uses, span);
    let mut draft = Draft {
        learner,
        map,
        guesses,
        uses,
        span,
        out: HEAD.to_owned(),
    };
    draft.head();
    draft.accounts();
    draft.networks();
    draft.vpcs();
    draft.matrix();
    draft.callers();
    draft.regions();
    draft.out
}

/// `2026-01-01 to 2026-01-30`.
pub(super) fn days(times: Option<(EventTime, EventTime)>) -> String {
    let Some((first, last)) = times else {
        return "at no time".to_owned();
    };
    let (first, last) = (day(first), day(last));
    if first == last {
        format!("on {first}")
    } else {
        format!("{first} to {last}")
    }
}

fn calls(count: &Count) -> String {
    format!("{}, {}", counted(count.calls, "call"), days(count.times))
}

pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

impl Draft<'_> {
    fn put(&mut self, line: std::fmt::Arguments<'_>) {
        let _ = self.out.write_fmt(line);
        self.out.push('\n');
    }

    fn zone(&self, group: &Group) -> Option<&Zone> {
        self.map.zones.get(group.zone)
    }

    /// `production/database`.
    pub(super) fn place(&self, spot: Spot) -> Option<String> {
        match spot {
            Spot::Group(ix) => {
                let zone = self.zone(self.map.groups.get(ix)?)?;
                let segment = &self.guesses.get(ix)?.segment;
                Some(format!("{}/{segment}", zone.environment))
            }
            Spot::Internet => Some("internet".to_owned()),
            Spot::Unknown => None,
        }
    }

    fn head(&mut self) {
        let flows = counted(self.learner.flows, "record");
        let span = days(self.learner.times);
        let all = calls(&self.learner.calls.count);
        self.put(format_args!(
            "# Flow logs: {flows}, {span}. CloudTrail: {all}."
        ));
        self.put(format_args!("version: 1\n"));
        let environments: BTreeSet<&str> = self.map.zones.iter().map(|z| &*z.environment).collect();
        let environments: BTreeSet<&str> = environments
            .into_iter()
            .chain(
                self.learner
                    .calls
                    .accounts
                    .keys()
                    .filter_map(|a| said(a, &self.learner.calls).map(|(word, _)| word)),
            )
            .collect();
        let list: Vec<String> = environments.into_iter().map(quoted).collect();
        self.put(format_args!("environments: [{}]", list.join(", ")));
        let mut named: BTreeMap<String, String> = BTreeMap::new();
        for guess in &self.guesses {
            named
                .entry(guess.segment.clone())
                .or_insert_with(|| guess.evidence.clone());
        }
        if !named.is_empty() {
            self.put(format_args!("segments:"));
        }
        for (segment, evidence) in named {
            let (segment, evidence) = (quoted(&segment), quoted(&evidence));
            self.put(format_args!("  {segment}: {evidence}"));
        }
    }

    fn accounts(&mut self) {
        let calls_of = &self.learner.calls;
        let mut own: BTreeMap<String, String> = BTreeMap::new();
        for (account, count) in &calls_of.accounts {
            own.insert(
                account.to_string(),
                format!("its trail has {}", calls(count)),
            );
        }
        for zone in &self.map.zones {
            let account = zone.home.account.as_deref().unwrap_or("");
            if is_account(account.as_bytes()) {
                let entry = own.entry(account.to_owned());
                entry.or_insert_with(|| "it has flow logs".to_owned());
            }
        }
        let mut lines = Vec::new();
        for (account, evidence) in &own {
            lines.push(match said(account, calls_of) {
                Some((word, why)) => format!(
                    "  - {{id: \"{account}\", alias: \"account-{account}\", environment: {word}}} # {evidence}; {why}"
                ),
                None => format!(
                    "  - {{id: \"{account}\", alias: \"account-{account}\"}} # {evidence}; no name says which environment"
                ),
            });
        }
        let foreign = calls_of
            .callers
            .iter()
            .filter(|(a, _)| !own.contains_key(&***a));
        let foreign: Vec<String> = foreign
            .take(COMMENTED_MAX)
            .map(|(account, count)| {
                format!(
                    "#  - {{id: \"{account}\", name: \"?\"}} # it calls, {}: whose is it?",
                    calls(count)
                )
            })
            .collect();
        self.section("accounts", &lines);
        self.commented("partners: accounts of others that call", &foreign);
    }

    /// A section, left out if it is empty.
    pub(super) fn section(&mut self, name: &str, lines: &[String]) {
        if lines.is_empty() {
            return;
        }
        self.put(format_args!("\n{name}:"));
        for line in lines {
            self.put(format_args!("{line}"));
        }
    }

    /// Lines that are comments, under a heading that is one.
    pub(super) fn commented(&mut self, name: &str, lines: &[String]) {
        if lines.is_empty() {
            return;
        }
        self.put(format_args!("\n# {name}"));
        for line in lines {
            self.put(format_args!("{line}"));
        }
    }

    fn networks(&mut self) {
        let mut lines = Vec::new();
        for (group, guess) in self.map.groups.iter().zip(&self.guesses) {
            let Some(zone) = self.zone(group) else {
                continue;
            };
            let cidrs: Vec<String> = group.cidrs.iter().map(|c| quoted(&c.to_string())).collect();
            let scope = match (
                group.overlaps,
                zone.home.vpc.as_deref(),
                zone.home.account.as_deref(),
            ) {
                (true, Some(vpc), _) if is_vpc(vpc) => format!(", vpc: {vpc}"),
                (true, None, Some(account)) if is_account(account.as_bytes()) => {
                    format!(", account: \"{account}\"")
                }
                _ => String::new(),
            };
            let addresses = counted(group.addresses.len() as u64, "address");
            let widened = if group.widened {
                ", widened to what nobody else has"
            } else {
                ""
            };
            lines.push(format!(
                "  - {{cidrs: [{}], environment: {}, segment: {}{scope}}} # {}: {addresses} with logs{widened}; {}",
                cidrs.join(", "),
                quoted(&zone.environment),
                quoted(&guess.segment),
                group.subnet,
                guess.evidence
            ));
        }
        self.section("networks", &lines);
        self.strangers();
    }

    /// Private addresses without logs, by their networks.
    fn strangers(&mut self) {
        let mut nets: BTreeMap<String, BTreeSet<crate::coarse::Area>> = BTreeMap::new();
        for (edge, seen) in self.learner.edges.sums.sorted() {
            let home = self.learner.edges.homes.get(&edge.home);
            for area in [edge.from, edge.to] {
                if seen.accepted > 0 && self.map.spot(area, home) == Spot::Unknown {
                    let net = crate::coarse::Coarsen::at(area, 1).to_string();
                    nets.entry(net).or_default().insert(area);
                }
            }
        }
        let lines: Vec<String> = nets
            .iter()
            .take(COMMENTED_MAX)
            .map(|(net, areas)| {
                let n = counted(areas.len() as u64, "address");
                format!("#  - {{cidr: \"{net}\", environment: \"?\", segment: \"?\"}} # {n} seen only from the other end: what is it?")
            })
            .collect();
        self.commented("networks without logs of their own", &lines);
    }

    fn vpcs(&mut self) {
        let mut lines = Vec::new();
        for zone in &self.map.zones {
            let Some(vpc) = zone.home.vpc.as_deref().filter(|v| is_vpc(v)) else {
                continue;
            };
            let account = zone.home.account.as_deref();
            let account = account.filter(|a| is_account(a.as_bytes()));
            let account = account.map_or_else(String::new, |a| format!(", account: \"{a}\""));
            lines.push(format!(
                "  - {{id: {vpc}{account}, environment: {}}} # {}",
                quoted(&zone.environment),
                zone.evidence
            ));
        }
        self.section("vpcs", &lines);
    }

    fn callers(&mut self) {
        const PARTS: [(&str, &str); 11] = [
            ("deploy", "pipeline"),
            ("pipeline", "pipeline"),
            ("terraform", "pipeline"),
            ("github", "pipeline"),
            ("gitlab", "pipeline"),
            ("jenkins", "pipeline"),
            ("codebuild", "build"),
            ("build", "build"),
            ("scanner", "scanner"),
            ("audit", "scanner"),
            ("backup", "backup"),
        ];
        let mut lines = Vec::new();
        for (principal, caller) in &self.learner.calls.principals {
            let last = principal
                .rsplit(['/', ':'])
                .next()
                .unwrap_or("")
                .to_lowercase();
            let part = PARTS.iter().find(|(word, _)| last.contains(word));
            let Some((word, part)) = part.filter(|_| principal.starts_with("arn:")) else {
                continue;
            };
            let networks = networks_of(&caller.sources);
            let networks = if caller.is_everywhere() || networks.is_empty() {
                "\"?\"".to_owned()
            } else {
                networks.join(", ")
            };
            let (calls, name) = (calls(&caller.count), quoted(&last));
            let principal = quoted(principal);
            lines.push(format!(
                "#  - {{name: {name}, part: {part}, principals: [{principal}], networks: [{networks}]}} # {calls}; only its name says `{word}`"
            ));
        }
        lines.truncate(COMMENTED_MAX);
        self.commented(
            "callers: who may have a part, if the name is true and the networks are its own",
            &lines,
        );
    }

    fn regions(&mut self) {
        let calls_of = &self.learner.calls;
        let within_a_day = |t: (EventTime, EventTime)| t.1.secs() - t.0.secs() < 86_400;
        let long = calls_of.count.times.is_some_and(|t| !within_a_day(t));
        let rare = |c: &Count| {
            let brief = long && c.times.is_none_or(within_a_day);
            brief || c.calls * 1000 < calls_of.count.calls
        };
        let (few, many): (Vec<_>, Vec<_>) = calls_of.regions.iter().partition(|(_, c)| rare(c));
        let mut lines: Vec<String> = many
            .iter()
            .map(|(region, count)| format!("  - {} # {}", quoted(region), calls(count)))
            .collect();
        if lines.is_empty() {
            return;
        }
        lines.extend(few.iter().map(|(region, count)| {
            format!("#  - {} # {}: expected?", quoted(region), calls(count))
        }));
        self.section("regions", &lines);
    }
}

/// Addresses as networks; services of AWS are `aws`.
fn networks_of(sources: &BTreeSet<Box<str>>) -> Vec<String> {
    let network = |source: &str| match source.parse::<std::net::IpAddr>() {
        Ok(address) => Some(quoted(&ipnet::IpNet::from(address).to_string())),
        Err(_) if source.ends_with(".amazonaws.com") => Some("aws".to_owned()),
        Err(_) => None,
    };
    let all: BTreeSet<String> = sources.iter().filter_map(|s| network(s)).collect();
    all.into_iter().collect()
}

fn is_vpc(id: &str) -> bool {
    let hex = id.strip_prefix("vpc-").unwrap_or("");
    (1..=32).contains(&hex.len()) && hex.bytes().all(|b| b.is_ascii_alphanumeric())
}
