//! How well implants are ranked among all that is regular.

use super::input::{self, EvaluationError, Finding, Wanted};
use super::matching::Index;
use super::ranking::Ranking;
use super::report::table;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::BufRead;

/// The detector, as labels have it.
const BEACONS: &str = "F5";

/// Rules of `examples/beacons.yml`: what each judges, the widest first. Whoever
/// is judged by the first and not by another has no score there.
const RULES: [(&str, &str); 3] = [
    ("records_scored", "every record, by the score alone"),
    ("starts_scored", "starts of connections, by the score alone"),
    (
        "rare_starts_scored",
        "as shipped: starts, to rare destinations, by the score",
    ),
];

/// Negatives that nothing was planted for.
const UNLABELLED: &str = "without a label";

/// Ranks of pairs of hosts, and a port, that talked two dozen times in a day.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Beacons {
    /// By what is judged, as in [`BeaconRow::judged`].
    rankings: [Ranking; RULES.len()],
    /// By the sort of negative.
    kinds: BTreeMap<String, Kind>,
    /// Pairs of other attacks, which rank nowhere.
    pub aside: usize,
}

/// Negatives of one sort.
#[derive(Debug, Clone, PartialEq, Default)]
struct Kind {
    pairs: usize,
    highest: [Option<f64>; RULES.len()],
}

/// How well one way to judge ranks.
#[derive(Debug, Clone, PartialEq)]
pub struct BeaconRow {
    /// What is judged, and by what.
    pub judged: &'static str,
    /// The area under the curve, [`Ranking::area`].
    pub area: Option<f64>,
    /// Pairs of an implant and what it reports to.
    pub implants: usize,
    /// Other pairs.
    pub others: usize,
}

impl Beacons {
    /// The three ways to judge.
    #[must_use]
    pub fn rows(&self) -> Vec<BeaconRow> {
        let each = RULES.iter().zip(&self.rankings);
        each.map(|((_, judged), ranking)| BeaconRow {
            judged,
            area: ranking.area(),
            implants: ranking.count(true),
            others: ranking.count(false),
        })
        .collect()
    }

    /// Adds what was ranked in another history.
    pub fn merge(&mut self, other: Self) {
        for (own, other) in self.rankings.iter_mut().zip(other.rankings) {
            own.merge(other);
        }
        for (name, kind) in other.kinds {
            let own = self.kinds.entry(name).or_default();
            own.pairs += kind.pairs;
            for (own, other) in own.highest.iter_mut().zip(kind.highest) {
                *own = greater(*own, other);
            }
        }
        self.aside += other.aside;
    }

    fn add(&mut self, group: &Group) {
        if group.is_other_attack && !group.is_implant {
            self.aside += 1;
            return;
        }
        self.rank(&group.scores, group.is_implant);
        if group.is_implant {
            return;
        }
        let unlabelled = [UNLABELLED.to_owned()];
        let kinds: Vec<&String> = match group.kinds.is_empty() {
            true => unlabelled.iter().collect(),
            false => group.kinds.iter().collect(),
        };
        for kind in kinds {
            let row = self.kinds.entry(kind.clone()).or_default();
            row.pairs += 1;
            for (highest, score) in row.highest.iter_mut().zip(&group.scores) {
                *highest = greater(*highest, *score);
            }
        }
    }

    fn rank(&mut self, scores: &[Option<f64>; RULES.len()], wanted: bool) {
        for (ranking, score) in self.rankings.iter_mut().zip(scores) {
            // Below every score.
            ranking.add(score.unwrap_or(-1.0), wanted);
        }
    }
}

fn greater(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.max(b)),
        (one, other) => one.or(other),
    }
}

/// Ranks the findings of the rules of `examples/beacons.yml`, which give a
/// finding with its score for each pair and day; the highest of its days is that
/// of the pair. What is planted for the detector ought to rank high; other
/// attacks are left aside, because some of them are regular as well.
///
/// # Errors
/// [`EvaluationError`] names the input and the line that cannot be read.
pub fn beacons(
    labels: impl BufRead,
    negatives: impl BufRead,
    findings: impl BufRead,
) -> Result<Beacons, EvaluationError> {
    let wanted = input::labels(labels, "labels")?;
    let lures = input::labels(negatives, "negatives")?;
    let (of_wanted, of_lures) = (Index::new(&wanted), Index::new(&lures));
    let mut groups: BTreeMap<Key, Group> = BTreeMap::new();
    input::findings(findings, &mut |finding| {
        let at = RULES
            .iter()
            .position(|(name, _)| *name == finding.rule.name);
        let (Some(at), Some(key)) = (at, key(&finding)) else {
            return;
        };
        let group = groups.entry(key).or_default();
        if let Some(score) = group.scores.get_mut(at) {
            *score = greater(*score, finding.value);
        }
        if at == 0 {
            group.tell(&of_wanted.of(&finding), &wanted);
            let lured = of_lures.of(&finding);
            let lured = lured.iter().filter_map(|at| lures.get(*at));
            group.kinds.extend(lured.map(|l| l.name().to_owned()));
        }
    })?;
    let mut all = Beacons::default();
    let judged = groups.values().filter(|g| g.scores[0].is_some());
    judged.for_each(|group| all.add(group));
    Ok(all)
}

/// Source, destination and port.
type Key = (String, String, String);

fn key(finding: &Finding) -> Option<Key> {
    let own = |field| finding.in_group(field).map(str::to_owned);
    Some((own("srcaddr")?, own("dstaddr")?, own("dstport")?))
}

/// What one host said to one port: its best score of all days.
#[derive(Default)]
struct Group {
    scores: [Option<f64>; RULES.len()],
    is_implant: bool,
    is_other_attack: bool,
    /// The sorts of negatives that it is, on one day or another.
    kinds: BTreeSet<String>,
}

impl Group {
    fn tell(&mut self, found: &BTreeSet<usize>, wanted: &[Wanted]) {
        for label in found.iter().filter_map(|at| wanted.get(*at)) {
            match label.names(BEACONS) {
                true => self.is_implant = true,
                false => self.is_other_attack = true,
            }
        }
    }
}

/// As tables in Markdown.
impl fmt::Display for Beacons {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = |n: Option<f64>| n.map_or_else(|| "-".to_owned(), |n| format!("{n:.4}"));
        let rows = self.rows().into_iter().map(|r| {
            let (implants, others) = (r.implants.to_string(), r.others.to_string());
            vec![r.judged.to_owned(), number(r.area), implants, others]
        });
        table(f, &["judged", "AUC", "implants", "other pairs"], rows)?;
        let rows = self.kinds.iter().map(|(name, kind)| {
            let cells = [name.clone(), kind.pairs.to_string()];
            let highest = kind.highest.map(number);
            cells.into_iter().chain(highest).collect()
        });
        let head = ["negative", "pairs", "highest: records", "starts", "shipped"];
        table(f, &head, rows)?;
        writeln!(f, "\nPairs of other attacks, left aside: {}", self.aside)
    }
}
