//! One firing of a correlation, while it grows and when it is done.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use flowtrail_event::EventTime;
use flowtrail_sigma::CorrelationIx;

use super::entry::Entry;
use super::plan::Toward;
use crate::finding::{Evidence, Facts};

/// One firing of a correlation in one group.
#[derive(Debug, Clone, PartialEq)]
pub struct Episode {
    /// The correlation.
    pub correlation: CorrelationIx,
    /// The values of its group fields, in the order of
    /// [`Correlation::group_by`](flowtrail_sigma::Correlation::group_by).
    pub group: Vec<String>,
    /// Time of the first event in any window that fired.
    pub first: EventTime,
    /// Time of the last.
    pub last: EventTime,
    /// When the condition first held; for kinds whose windows lie side by side,
    /// the first instant of the window. With the correlation and the group this
    /// names the episode, whatever comes after.
    pub fired: EventTime,
    /// How many records stand behind it, each once. One record that matches
    /// several members is one.
    pub count: u64,
    /// The number that the correlation computed, at its height: the largest, or
    /// the smallest where the condition only asks for less. The number of
    /// different members for the temporal kinds; how many of them in order,
    /// where `temporal_ordered` has a threshold. Minutes of a `silence`, km/h of a
    /// `travel`.
    pub value: f64,
    /// Distinct values that `value_count` met, destinations of a `scan`, places of a
    /// `travel`, sorted; of a `score` the largest `name=number` of each name, the
    /// largest first. Cut at
    /// [`Limits::evidence_values_max`](flowtrail_event::Limits::evidence_values_max).
    pub values: Vec<String>,
    /// How many distinct values were cut off.
    pub values_omitted: u64,
    /// The matches that it stands on, earliest first, cut at the same limit. A
    /// record that matches several members stands here once for each.
    pub evidence: Vec<Evidence>,
    /// How many matches were cut off.
    pub evidence_omitted: u64,
    /// The facts in which all matches agree, those that were cut off included.
    /// `None` if one has no facts.
    pub agreed: Option<Arc<Facts>>,
}

/// An episode that later events may extend.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) fired: i64,
    first: i64,
    /// The last instant at which the condition held.
    pub(super) last: i64,
    events: u64,
    matches: u64,
    height: f64,
    values: BTreeSet<Box<str>>,
    /// The largest number of each name of a `score`.
    best: BTreeMap<Box<str>, f64>,
    evidence: Vec<Evidence>,
    agreed: Option<Arc<Facts>>,
}

/// What an open episode may keep.
#[derive(Debug)]
pub(super) struct Room {
    /// Pieces of evidence in one episode.
    pub(super) evidence_max: usize,
    /// Distinct values that may still be remembered, by all episodes together.
    pub(super) values_left: usize,
    /// Values that were not remembered because there was no room.
    pub(super) values_refused: u64,
}

impl Room {
    /// Makes room for a value, or counts that there is none.
    const fn take(&mut self) -> bool {
        if self.values_left == 0 {
            self.values_refused += 1;
            return false;
        }
        self.values_left -= 1;
        true
    }
}

impl Open {
    /// An episode whose condition first held at `fired`, and with what number.
    pub(super) fn new(fired: i64, height: f64) -> Self {
        Self {
            fired,
            first: fired,
            last: fired,
            events: 0,
            matches: 0,
            height,
            values: BTreeSet::new(),
            best: BTreeMap::new(),
            evidence: Vec::new(),
            agreed: None,
        }
    }

    /// A whole window that begins at `start`, which is its name.
    pub(super) fn whole(start: i64, number: f64, entries: &[Entry], room: &mut Room) -> Self {
        let time = |entry: Option<&Entry>| entry.map_or(start, |e| e.time);
        let mut open = Self::new(start, number);
        open.first = time(entries.first());
        open.last = time(entries.last());
        open.cover(entries, room);
        open
    }

    /// The condition holds again.
    pub(super) fn hold(&mut self, time: i64, number: f64, toward: Toward) {
        self.last = time;
        self.height = match toward {
            Toward::High => self.height.max(number),
            Toward::Low => self.height.min(number),
        };
    }

    /// Takes in entries that come after those taken in so far.
    pub(super) fn cover(&mut self, entries: &[Entry], room: &mut Room) {
        let mut record = None;
        for entry in entries {
            self.first = self.first.min(entry.time);
            self.agree(entry.facts());
            self.matches += 1;
            // Matches of one record have one time, so they lie side by side.
            let this = Some((entry.time, entry.key));
            if record != this {
                self.events += 1;
                record = this;
            }
            if self.evidence.len() < room.evidence_max {
                self.evidence.push(entry.evidence());
            }
            if let Some(text) = entry.value.shown() {
                self.remember(&text, room);
            }
            for (name, number) in entry.value.scores() {
                self.remember_best(name, *number, room);
            }
        }
    }

    /// Keeps of what all matches say what the next one says too.
    fn agree(&mut self, facts: Option<&Arc<Facts>>) {
        if self.matches == 0 {
            self.agreed = facts.cloned();
            return;
        }
        match (&mut self.agreed, facts) {
            (Some(agreed), Some(facts)) => {
                // Records that say the same mostly share their facts.
                if !Arc::ptr_eq(agreed, facts) && agreed != facts {
                    Arc::make_mut(agreed).keep_common(facts);
                }
            }
            (agreed, _) => *agreed = None,
        }
    }

    fn remember(&mut self, text: &str, room: &mut Room) {
        if !self.values.contains(text) && room.take() {
            self.values.insert(text.into());
        }
    }

    fn remember_best(&mut self, name: &str, number: f64, room: &mut Room) {
        if let Some(best) = self.best.get_mut(name) {
            *best = best.max(number);
        } else if room.take() {
            self.best.insert(name.into(), number);
        }
    }

    /// How many values it remembers.
    pub(super) fn held(&self) -> usize {
        self.values.len() + self.best.len()
    }

    /// The episode as it now stands, in its group.
    pub(super) fn close(
        mut self,
        correlation: CorrelationIx,
        group: &[Box<str>],
        max: usize,
    ) -> Episode {
        let distinct = self.held();
        let mut best: Vec<(Box<str>, f64)> = self.best.into_iter().collect();
        // Stable: names of one number stay in order.
        best.sort_by(|a, b| b.1.total_cmp(&a.1));
        let best = best.iter().map(|(name, number)| format!("{name}={number}"));
        let texts = self.values.into_iter().map(String::from);
        let values: Vec<String> = texts.chain(best).take(max).collect();
        self.evidence.sort();
        Episode {
            correlation,
            group: group.iter().map(|v| v.to_string()).collect(),
            first: EventTime(self.first),
            last: EventTime(self.last),
            fired: EventTime(self.fired),
            count: self.events,
            value: self.height,
            values_omitted: distinct.saturating_sub(values.len()) as u64,
            values,
            evidence_omitted: self.matches.saturating_sub(self.evidence.len() as u64),
            evidence: self.evidence,
            agreed: self.agreed,
        }
    }
}
