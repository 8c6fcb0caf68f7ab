//! What was measured.

use serde::Serialize;
use std::fmt;

/// Findings beside labels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Evaluation {
    /// Histories that were added up.
    pub histories: usize,
    /// The lowest level that counts.
    pub level: String,
    /// Days at the beginning of which findings are not counted.
    pub learning_days: u32,
    /// Attacks planted.
    pub planted: usize,
    /// Attacks told of at a level that counts.
    pub found: usize,
    /// Attacks told of at all.
    pub found_at_any_level: usize,
    /// Findings that count.
    pub findings: u64,
    /// Those that tell of an attack.
    pub right: u64,
    /// Those that tell of a hard negative, and of no attack.
    pub lured: u64,
    /// Accounts times days behind the learning days.
    pub account_days: u64,
    /// The most findings of one account on one day.
    pub busiest_account_day: u64,
    /// By the detector that should tell.
    pub detectors: Vec<DetectorRow>,
    /// By the kind of attack.
    pub kinds: Vec<KindRow>,
    /// Attacks that no finding at such a level tells of.
    pub missed: Vec<Missed>,
    /// By rule.
    pub rules: Vec<RuleRow>,
    /// By the kind of hard negative.
    pub lures: Vec<LureRow>,
}

/// Attacks that a detector should tell of.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct DetectorRow {
    /// `C4`.
    pub detector: String,
    /// Attacks that name it.
    pub planted: usize,
    /// Those told of by any rule.
    pub found: usize,
    /// Those told of by a rule that is tagged with the detector.
    pub found_by_its_rules: usize,
    /// Findings of such rules that count.
    pub findings: u64,
    /// Those of them that tell of an attack, whichever it is.
    pub right: u64,
}

impl DetectorRow {
    /// C before F, and C2 before C10.
    pub(super) fn place(&self) -> (Option<char>, usize, String) {
        let name = &self.detector;
        (name.chars().next(), name.len(), name.clone())
    }
}

/// Attacks of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KindRow {
    /// Its name.
    pub attack: String,
    /// How often it was planted.
    pub planted: usize,
    /// How often it was told of.
    pub found: usize,
    /// The rules that told.
    pub rules: Vec<String>,
}

/// An attack that was not told of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missed {
    /// Its name.
    pub attack: String,
    /// The detectors that should have told.
    pub detectors: Vec<String>,
    /// Where.
    pub account: String,
    /// Who.
    pub actor: String,
    /// When it began.
    pub first_time: String,
    /// When it ended.
    pub last_time: String,
    /// Whether a finding below the level tells of it.
    pub told_below: bool,
}

/// Findings of one rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleRow {
    /// Its title.
    pub rule: String,
    /// Findings that count.
    pub findings: u64,
    /// Those that tell of an attack.
    pub right: u64,
    /// Those that tell of a hard negative.
    pub lured: u64,
}

/// Hard negatives of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LureRow {
    /// Its name.
    pub negative: String,
    /// How often it was met.
    pub met: usize,
    /// How often a finding tells of it.
    pub told: usize,
    /// The rules that told.
    pub rules: Vec<String>,
}

/// A share of something, in per cent with one digit; `-` of nothing.
pub(super) fn share(of: u64, all: u64) -> String {
    if all == 0 {
        return "-".to_owned();
    }
    let tenths = (of * 1000 + all / 2) / all;
    format!("{}.{} %", tenths / 10, tenths % 10)
}

pub(super) fn wide(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

/// Adds rows to those of the same name.
fn gather<T>(own: &mut Vec<T>, other: Vec<T>, is_same: fn(&T, &T) -> bool, add: fn(&mut T, T)) {
    for row in other {
        match own.iter_mut().find(|o| is_same(o, &row)) {
            Some(found) => add(found, row),
            None => own.push(row),
        }
    }
}

/// Names of both, each once and in order.
fn both(own: &mut Vec<String>, other: Vec<String>) {
    own.extend(other);
    own.sort_unstable();
    own.dedup();
}

impl Evaluation {
    /// Adds what was measured over another history by the same yardstick.
    pub fn merge(&mut self, other: Self) {
        self.histories += other.histories;
        self.planted += other.planted;
        self.found += other.found;
        self.found_at_any_level += other.found_at_any_level;
        self.findings += other.findings;
        self.right += other.right;
        self.lured += other.lured;
        self.account_days += other.account_days;
        self.busiest_account_day = self.busiest_account_day.max(other.busiest_account_day);
        self.missed.extend(other.missed);
        let same = |a: &DetectorRow, b: &DetectorRow| a.detector == b.detector;
        gather(&mut self.detectors, other.detectors, same, |own, row| {
            own.planted += row.planted;
            own.found += row.found;
            own.found_by_its_rules += row.found_by_its_rules;
            own.findings += row.findings;
            own.right += row.right;
        });
        self.detectors.sort_by_key(DetectorRow::place);
        let same = |a: &KindRow, b: &KindRow| a.attack == b.attack;
        gather(&mut self.kinds, other.kinds, same, |own, row| {
            own.planted += row.planted;
            own.found += row.found;
            both(&mut own.rules, row.rules);
        });
        self.kinds.sort_by(|a, b| a.attack.cmp(&b.attack));
        let same = |a: &RuleRow, b: &RuleRow| a.rule == b.rule;
        gather(&mut self.rules, other.rules, same, |own, row| {
            own.findings += row.findings;
            own.right += row.right;
            own.lured += row.lured;
        });
        self.rules.sort_by(|a, b| a.rule.cmp(&b.rule));
        let same = |a: &LureRow, b: &LureRow| a.negative == b.negative;
        gather(&mut self.lures, other.lures, same, |own, row| {
            own.met += row.met;
            own.told += row.told;
            both(&mut own.rules, row.rules);
        });
        self.lures.sort_by(|a, b| a.negative.cmp(&b.negative));
    }

    /// Findings a day and account, in hundredths.
    #[must_use]
    pub const fn centi_per_account_day(&self) -> u64 {
        match self.account_days {
            0 => 0,
            days => (self.findings * 100 + days / 2) / days,
        }
    }
}

/// A table of Markdown; numbers stand on the right.
pub(super) fn table(
    f: &mut fmt::Formatter<'_>,
    head: &[&str],
    rows: impl IntoIterator<Item = Vec<String>>,
) -> fmt::Result {
    let ruler = |name: &&str| match NUMBERS.contains(name) {
        true => "--:",
        false => "---",
    };
    let rulers: Vec<&str> = head.iter().map(ruler).collect();
    writeln!(f, "\n| {} |\n|{}|", head.join(" | "), rulers.join("|"))?;
    for row in rows {
        writeln!(f, "| {} |", row.join(" | "))?;
    }
    Ok(())
}

/// Columns of numbers.
const NUMBERS: [&str; 17] = [
    "planted",
    "found",
    "by its own rules",
    "findings",
    "precision",
    "right",
    "hard negatives",
    "neither",
    "met",
    "number",
    "AUC",
    "implants",
    "other pairs",
    "pairs",
    "highest: records",
    "starts",
    "shipped",
];

impl Evaluation {
    /// The sums, each with what it is.
    fn sums(&self) -> Vec<Vec<String>> {
        let rate = self.centi_per_account_day();
        let found = share(wide(self.found), wide(self.planted));
        let right = share(self.right, self.findings);
        let below = self.found_at_any_level.saturating_sub(self.found);
        let (level, learning) = (&self.level, self.learning_days);
        [
            ("histories".to_owned(), self.histories.to_string()),
            (
                "attacks found".to_owned(),
                format!("{} of {} ({found})", self.found, self.planted),
            ),
            (format!("found below level {level} only"), below.to_string()),
            (
                "findings that tell of one".to_owned(),
                format!("{} of {} ({right})", self.right, self.findings),
            ),
            (
                "findings that tell of a hard negative".to_owned(),
                self.lured.to_string(),
            ),
            (
                format!("findings a day and account behind day {learning}"),
                format!("{}.{:02}", rate / 100, rate % 100),
            ),
            (
                "most of one account on one day".to_owned(),
                self.busiest_account_day.to_string(),
            ),
        ]
        .into_iter()
        .map(|(what, number)| vec![what, number])
        .collect()
    }
}

/// As tables in Markdown.
impl fmt::Display for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        table(f, &["what", "number"], self.sums())?;
        let detectors = self.detectors.iter().map(|r| {
            let numbers = [r.planted, r.found, r.found_by_its_rules];
            let numbers = numbers.map(|n| n.to_string());
            let told = [r.findings.to_string(), share(r.right, r.findings)];
            let cells = [r.detector.clone()].into_iter().chain(numbers);
            cells.chain(told).collect()
        });
        let head = [
            "detector",
            "planted",
            "found",
            "by its own rules",
            "findings",
            "precision",
        ];
        table(f, &head, detectors)?;
        let kinds = self.kinds.iter().map(|r| {
            let (planted, found) = (r.planted.to_string(), r.found.to_string());
            vec![r.attack.clone(), planted, found, r.rules.join("; ")]
        });
        table(f, &["attack", "planted", "found", "told by"], kinds)?;
        let rules = self.rules.iter().map(|r| {
            let neither = r.findings.saturating_sub(r.right + r.lured);
            let numbers = [r.findings, r.right, r.lured, neither];
            let numbers = numbers.map(|n| n.to_string());
            [r.rule.clone()].into_iter().chain(numbers).collect()
        });
        let head = ["rule", "findings", "right", "hard negatives", "neither"];
        table(f, &head, rules)?;
        let lures = self.lures.iter().map(|r| {
            let (met, told) = (r.met.to_string(), r.told.to_string());
            vec![r.negative.clone(), met, told, r.rules.join("; ")]
        });
        let head = ["hard negative", "met", "found", "told by"];
        table(f, &head, lures)?;
        writeln!(f, "\nNot told of:\n")?;
        self.missed.iter().try_for_each(|one| writeln!(f, "{one}"))
    }
}

/// As an item of a list.
impl fmt::Display for Missed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let detectors = self.detectors.join(", ");
        write!(f, "- {} ({detectors}): ", self.attack)?;
        write!(f, "{} to {}, ", self.first_time, self.last_time)?;
        write!(f, "{}, {}", self.account, self.actor)?;
        if self.told_below {
            write!(f, ", told below the level")?;
        }
        Ok(())
    }
}
