//! How well implants are ranked among all that is regular.

use super::DAY;
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

/// Scores, one for each way to judge; none below every one.
type Scores = [Option<f64>; RULES.len()];

/// Ranks of pairs of hosts, and a port, that talked two dozen times in a day.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Beacons {
    /// Each pair by the best of its days: by what is judged, as in
    /// [`BeaconRow::judged`].
    pairs: [Ranking; RULES.len()],
    /// The same, each day of a pair for itself.
    days: [Ranking; RULES.len()],
    /// By the sort of negative.
    kinds: BTreeMap<String, Kind>,
    /// Pairs of other attacks, which rank nowhere.
    pub aside: usize,
    /// Implants that were planted.
    pub planted: usize,
    /// Those of them that never talked two dozen times in a day, and so rank
    /// nowhere.
    pub unranked: usize,
}

/// Negatives of one sort.
#[derive(Debug, Clone, PartialEq, Default)]
struct Kind {
    pairs: usize,
    highest: Scores,
}

/// What has one rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Source, destination and port, by the highest score of all days.
    Pair,
    /// The same on one day (UTC).
    PairAndDay,
}

impl Unit {
    /// In words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pair => "pair",
            Self::PairAndDay => "pair and day",
        }
    }
}

/// How well one way to judge ranks.
#[derive(Debug, Clone, PartialEq)]
pub struct BeaconRow {
    /// What has one rank.
    pub unit: Unit,
    /// What is judged, and by what.
    pub judged: &'static str,
    /// The area under the curve, [`Ranking::area`].
    pub area: Option<f64>,
    /// Pairs of an implant and what it reports to, or days of them.
    pub implants: usize,
    /// Other pairs, or days of them.
    pub others: usize,
}

impl Beacons {
    /// The three ways to judge, for each unit.
    #[must_use]
    pub fn rows(&self) -> Vec<BeaconRow> {
        let units = [(Unit::Pair, &self.pairs), (Unit::PairAndDay, &self.days)];
        let each = units.into_iter().flat_map(|(unit, rankings)| {
            let judged = RULES.iter().zip(rankings);
            judged.map(move |((_, judged), ranking)| BeaconRow {
                unit,
                judged,
                area: ranking.area(),
                implants: ranking.count(true),
                others: ranking.count(false),
            })
        });
        each.collect()
    }

    /// Adds what was ranked in another history.
    pub fn merge(&mut self, other: Self) {
        let mine = self.pairs.iter_mut().chain(&mut self.days);
        for (own, other) in mine.zip(other.pairs.into_iter().chain(other.days)) {
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
        self.planted += other.planted;
        self.unranked += other.unranked;
    }

    fn add(&mut self, pair: &Pair) {
        for day in pair.days.values().filter(|d| d.is_ranked()) {
            if day.is_implant || !day.is_other_attack {
                rank(&mut self.days, &day.scores, day.is_implant);
            }
        }
        let is_implant = pair.days.values().any(|d| d.is_implant);
        if !is_implant && pair.days.values().any(|d| d.is_other_attack) {
            self.aside += 1;
            return;
        }
        let scores = pair.best();
        rank(&mut self.pairs, &scores, is_implant);
        if is_implant {
            return;
        }
        let unlabelled = [UNLABELLED.to_owned()];
        let kinds: Vec<&String> = match pair.kinds.is_empty() {
            true => unlabelled.iter().collect(),
            false => pair.kinds.iter().collect(),
        };
        for kind in kinds {
            let row = self.kinds.entry(kind.clone()).or_default();
            row.pairs += 1;
            for (highest, score) in row.highest.iter_mut().zip(&scores) {
                *highest = greater(*highest, *score);
            }
        }
    }
}

fn rank(rankings: &mut [Ranking], scores: &Scores, wanted: bool) {
    for (ranking, score) in rankings.iter_mut().zip(scores) {
        // Below every score.
        ranking.add(score.unwrap_or(-1.0), wanted);
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
    let mut pairs: BTreeMap<Key, Pair> = BTreeMap::new();
    let mut ranked = BTreeSet::new();
    input::findings(findings, &mut |finding| {
        let at = RULES
            .iter()
            .position(|(name, _)| *name == finding.rule.name);
        let (Some(at), Some(key), Some(day)) = (at, key(&finding), day(&finding)) else {
            return;
        };
        let pair = pairs.entry(key).or_default();
        let of_day = pair.days.entry(day).or_default();
        if let Some(score) = of_day.scores.get_mut(at) {
            *score = greater(*score, finding.value);
        }
        if at == 0 {
            let found = of_wanted.of(&finding);
            of_day.tell(&found, &wanted);
            ranked.extend(found);
            let lured = of_lures.of(&finding);
            let lured = lured.iter().filter_map(|at| lures.get(*at));
            pair.kinds.extend(lured.map(|l| l.name().to_owned()));
        }
    })?;
    let implants = wanted.iter().enumerate().filter(|(_, l)| l.names(BEACONS));
    let implants: Vec<usize> = implants.map(|(at, _)| at).collect();
    let mut all = Beacons {
        planted: implants.len(),
        unranked: implants.iter().filter(|at| !ranked.contains(*at)).count(),
        ..Beacons::default()
    };
    pairs.retain(|_, pair| pair.days.values().any(Day::is_ranked));
    pairs.values().for_each(|pair| all.add(pair));
    Ok(all)
}

/// Source, destination and port.
type Key = (String, String, String);

fn key(finding: &Finding) -> Option<Key> {
    let own = |field| finding.in_group(field).map(str::to_owned);
    Some((own("srcaddr")?, own("dstaddr")?, own("dstport")?))
}

/// The day that the finding is of, since 1970: windows of these rules are days.
fn day(finding: &Finding) -> Option<i64> {
    finding.span().map(|(first, _)| first.div_euclid(DAY))
}

/// What one host said to one port.
#[derive(Default)]
struct Pair {
    days: BTreeMap<i64, Day>,
    /// The sorts of negatives that it is, on one day or another.
    kinds: BTreeSet<String>,
}

impl Pair {
    /// The best score of all days.
    fn best(&self) -> Scores {
        let mut best = Scores::default();
        for day in self.days.values() {
            for (best, score) in best.iter_mut().zip(day.scores) {
                *best = greater(*best, score);
            }
        }
        best
    }
}

/// One day of it.
#[derive(Default)]
struct Day {
    scores: Scores,
    is_implant: bool,
    is_other_attack: bool,
}

impl Day {
    /// Whether the widest way to judge has a score of it.
    fn is_ranked(&self) -> bool {
        self.scores.first().is_some_and(Option::is_some)
    }

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
            let unit = r.unit.name().to_owned();
            vec![unit, r.judged.to_owned(), number(r.area), implants, others]
        });
        table(f, &["ranked", "judged", "AUC", "implants", "others"], rows)?;
        let rows = self.kinds.iter().map(|(name, kind)| {
            let cells = [name.clone(), kind.pairs.to_string()];
            let highest = kind.highest.map(number);
            cells.into_iter().chain(highest).collect()
        });
        let head = ["negative", "pairs", "highest: records", "starts", "shipped"];
        table(f, &head, rows)?;
        writeln!(f, "\nPairs of other attacks, left aside: {}", self.aside)?;
        let (planted, unranked) = (self.planted, self.unranked);
        writeln!(
            f,
            "\nImplants planted: {planted}; never two dozen connections in a day: {unranked}"
        )
    }
}
