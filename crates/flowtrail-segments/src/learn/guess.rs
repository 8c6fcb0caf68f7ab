//! What a subnet is for, by what answers there; and who talks to whom, subnet by
//! subnet.

use std::collections::{BTreeMap, BTreeSet};

use flowtrail_event::EventTime;

use super::Learner;
use super::edges::Seen;
use super::groups::{Group, Map, Spot, name};
use crate::coarse::{Add as _, Area, Service};
use crate::distinct::Distinct;

/// A service that few connections of few hosts asked for, within a day, is rare.
const RARE_CONNECTIONS_MAX: u64 = 20;
const RARE_PAIRS_MAX: usize = 2;
const DAY_SECS: i64 = 86_400;

/// Different clients from the internet that make a load balancer.
const PUBLIC_CLIENTS_MIN: usize = 10;

/// Ports whose service is certain, with the segment.
const CERTAIN: [(u16, &str); 8] = [
    (5432, "database"),
    (3306, "database"),
    (1433, "database"),
    (27017, "database"),
    (8182, "graph_database"),
    (7687, "graph_database"),
    (9200, "search"),
    (9300, "search"),
];

/// Use of one service between two places.
#[derive(Debug, Clone, Default)]
pub(super) struct Use {
    pub(super) connections: Distinct<1024>,
    pub(super) pairs: BTreeSet<(Area, Area)>,
    pub(super) times: Option<(EventTime, EventTime)>,
    /// Whether there were more connections than are counted.
    pub(super) more: bool,
    /// Records of answers.
    pub(super) answers: u64,
}

impl Use {
    fn add(&mut self, from: Area, to: Area, seen: &Seen) {
        let (connections, times) = seen.passed();
        connections.hashes().for_each(|h| self.connections.add(h));
        self.more |= !connections.count_if(&[], |_| true).1;
        self.pairs.insert((from, to));
        self.times = crate::cell::spanning(self.times, times);
        self.answers += seen.answers;
    }

    pub(super) fn count(&self) -> (u64, bool) {
        let (n, exact) = self.connections.count_if(&[], |_| true);
        (n, exact && !self.more)
    }

    /// Whether it was so rare, in a log of that span, that it has to be decided.
    /// What nobody answered may be a scan, however many hosts it went to. Between
    /// environments few connections are few also on many days.
    pub(super) fn is_rare(&self, span: (EventTime, EventTime), across: bool) -> bool {
        let within_a_day = |(a, b): (EventTime, EventTime)| b.secs() - a.secs() < DAY_SECS;
        let few = self.count().0 <= RARE_CONNECTIONS_MAX && self.pairs.len() <= RARE_PAIRS_MAX;
        let brief = self.times.is_some_and(within_a_day);
        !within_a_day(span) && ((few && across) || (brief && (few || self.answers == 0)))
    }

    /// Whether it began in the last half of the span.
    pub(super) fn is_late(&self, (first, last): (EventTime, EventTime)) -> bool {
        self.times
            .is_some_and(|(from, _)| from.0 - first.0 > last.0 - from.0)
    }
}

/// Services that one place was asked for by another.
pub(super) type Uses = BTreeMap<(Spot, Spot), BTreeMap<Service, Use>>;

/// All connections that were let through, by subnets.
pub(super) fn uses(learner: &Learner, map: &Map) -> Uses {
    let edges = learner.edges.sums.sorted();
    // Hosts between which flags told who opens what.
    let told: BTreeSet<(Area, Area)> = edges
        .iter()
        .filter(|(edge, _)| edge.sure && edge.service.protocol == 6)
        .map(|(edge, _)| (edge.from, edge.to))
        .collect();
    // Both ends may report an edge: what answers is told by either.
    let mut whole: BTreeMap<(Spot, Spot, Area, Area, Service), Seen> = BTreeMap::new();
    for (edge, seen) in &edges {
        // Late packets of a service with the higher port look turned round.
        let turned = !edge.sure
            && told.contains(&(edge.to, edge.from))
            && !told.contains(&(edge.from, edge.to));
        if turned {
            continue;
        }
        let home = learner.edges.homes.get(&edge.home);
        let (from, to) = (map.spot(edge.from, home), map.spot(edge.to, home));
        let key = (from, to, edge.from, edge.to, edge.service);
        whole.entry(key).or_default().add(seen);
    }
    let mut uses = Uses::new();
    for ((from, to, source, target, service), seen) in &whole {
        let refused = seen.rejected > 0 && seen.answers == 0;
        if seen.accepted > 0 && !refused {
            let services = uses.entry((*from, *to)).or_default();
            let used = services.entry(*service).or_default();
            used.add(*source, *target, seen);
        }
    }
    uses
}

/// The name of a segment and what it rests on.
#[derive(Debug, Clone)]
pub(super) struct Guess {
    pub(super) segment: String,
    pub(super) evidence: String,
}

/// What each group is for.
pub(super) fn segments(map: &Map, uses: &Uses, span: (EventTime, EventTime)) -> Vec<Guess> {
    let mut guesses: Vec<Guess> = map
        .groups
        .iter()
        .enumerate()
        .map(|(ix, group)| guess(ix, group, uses, span))
        .collect();
    // An application is what asks a store.
    let stores: BTreeSet<usize> = guesses
        .iter()
        .enumerate()
        .filter(|(_, g)| matches!(&*g.segment, "database" | "graph_database" | "search"))
        .map(|(ix, _)| ix)
        .collect();
    for (ix, guess) in guesses.iter_mut().enumerate() {
        if stores.contains(&ix) || !guess.segment.starts_with("subnet") {
            continue;
        }
        let asks = uses.iter().filter(|((from, to), services)| {
            *from == Spot::Group(ix)
                && matches!(to, Spot::Group(to) if stores.contains(to))
                && services.values().any(|u| !u.is_rare(span, false))
        });
        let asked = asks.count();
        if asked > 0 {
            "application".clone_into(&mut guess.segment);
            guess.evidence = format!("asks {asked} subnets that look like stores");
        }
    }
    guesses
}

fn guess(ix: usize, group: &Group, uses: &Uses, span: (EventTime, EventTime)) -> Guess {
    let mut clients: BTreeMap<Service, BTreeSet<Area>> = BTreeMap::new();
    let mut public: BTreeSet<Area> = BTreeSet::new();
    let mut logs_in = 0_usize;
    for ((from, to), services) in uses {
        for (service, used) in services
            .iter()
            .filter(|(_, u)| u.answers > 0 && !u.is_rare(span, false))
        {
            if *to == Spot::Group(ix) && service.protocol == 6 {
                let areas = used.pairs.iter().map(|(from, _)| *from);
                if *from == Spot::Internet && matches!(service.first, 80 | 443) {
                    public.extend(areas.clone());
                }
                clients.entry(*service).or_default().extend(areas);
            }
            let inside = matches!(to, Spot::Group(to) if *to != ix);
            if *from == Spot::Group(ix) && inside && service.first == 22 {
                logs_in += used.pairs.len();
            }
        }
    }
    let certain = CERTAIN.iter().filter_map(|(port, segment)| {
        let asked = clients.get(&Service::new(6, *port))?;
        Some((asked.len(), *port, *segment))
    });
    let certain = certain.max_by_key(|(asked, port, _)| (*asked, std::cmp::Reverse(*port)));
    let only_22 = clients.keys().all(|s| s.first == 22);
    let outside = uses.iter().filter(|((from, to), services)| {
        let ssh = |s: &Service| s.protocol == 6 && s.first == 22;
        (*from, *to) == (Spot::Internet, Spot::Group(ix)) && services.keys().any(ssh)
    });
    let reached = outside.count() > 0;
    let made = |segment: &str, evidence: String| Guess {
        segment: segment.to_owned(),
        evidence,
    };
    if let Some((asked, port, segment)) = certain {
        return made(segment, format!("tcp/{port} answers {asked} hosts"));
    }
    if public.len() >= PUBLIC_CLIENTS_MIN {
        let clients = public.len();
        return made(
            "load_balancer",
            format!("{clients} clients from the internet"),
        );
    }
    if only_22 && reached && logs_in > 0 {
        let evidence =
            format!("serves nothing but SSH, to the internet too, and logs in to {logs_in} hosts");
        return made("bastion", evidence);
    }
    let short = name(
        group
            .subnet
            .strip_prefix("subnet-")
            .unwrap_or(&group.subnet),
    );
    let ports: Vec<String> = clients.keys().take(6).map(ToString::to_string).collect();
    let evidence = if ports.is_empty() {
        "nothing answers there: give it its name".to_owned()
    } else {
        format!("serves {}: give it its name", ports.join(", "))
    };
    made(&format!("subnet-{short}"), evidence)
}
