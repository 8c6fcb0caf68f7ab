//! The matrix, laid out so that a verdict costs a few look-ups however many
//! entries there are.
//!
//! An end of an entry is a pattern. A place fits at most four patterns, so a
//! connection fits at most sixteen pairs; for each pair that the file names the
//! services are laid out flat, each with the first entry that has it. Of the
//! pairs the one with the earliest entry decides, as if the entries had been
//! walked.

use std::collections::BTreeMap;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::model::{Declared, End, Entry, Verdict};
use super::place::{Place, Standing};
use super::ports::{ServiceNumber, intervals};

/// What the matrix says of one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// Allowed, forbidden or undeclared.
    pub verdict: Verdict,
    /// The number of the entry that decided, in
    /// [`Declared::matrix`]; `None` for undeclared.
    pub entry: Option<u32>,
    /// Whether that entry names the service's port, or few around it: then the
    /// port tells which side serves.
    pub names_port: bool,
}

const UNDECLARED: Decision = Decision {
    verdict: Verdict::Undeclared,
    entry: None,
    names_port: false,
};

/// Some services and the first entry that has them.
#[derive(Debug, Clone, Copy)]
struct Piece {
    first: u32,
    last: u32,
    entry: u32,
    narrow: bool,
}

/// The matrix of a file.
#[derive(Debug, Clone, Default)]
pub(super) struct Matrix {
    pairs: HashMap<(Pattern, Pattern), Box<[Piece]>, FixedState>,
    verdicts: Vec<Verdict>,
    /// For each sort of the first end the sorts of the second that occur.
    sorts: [u8; Pattern::SORTS],
    /// Whether an entry speaks of `internet` or of `*`.
    internet: bool,
    /// Whether an entry speaks of `trusted`, `internet` or `*`.
    trusted: bool,
}

/// An end as a key: its sort and its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Pattern(u32);

impl Pattern {
    const SORTS: usize = 7;
    const ANY: Self = Self(0);
    const INTERNET: Self = Self(1 << 28);
    const TRUSTED: Self = Self(2 << 28);

    const fn of(end: End) -> Self {
        match end {
            End::Any | End::Inside(None, None) => Self::ANY,
            End::Internet => Self::INTERNET,
            End::Trusted(None) => Self::TRUSTED,
            End::Trusted(Some(ix)) => Self((3 << 28) | ix.0),
            End::Inside(Some(environment), None) => Self((4 << 28) | environment.0 as u32),
            End::Inside(None, Some(segment)) => Self((5 << 28) | segment.0 as u32),
            End::Inside(Some(environment), Some(segment)) => {
                Self((6 << 28) | ((environment.0 as u32) << 12) | segment.0 as u32)
            }
        }
    }

    const fn sort(self) -> usize {
        (self.0 >> 28) as usize
    }
}

/// At most four patterns.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patterns {
    list: [Pattern; 4],
    len: usize,
}

impl Patterns {
    fn new(ends: [Option<End>; 4]) -> Self {
        let mut patterns = Self {
            list: [Pattern::ANY; 4],
            len: 0,
        };
        for end in ends.into_iter().flatten() {
            if let Some(slot) = patterns.list.get_mut(patterns.len) {
                *slot = Pattern::of(end);
                patterns.len += 1;
            }
        }
        patterns
    }

    /// The patterns that take everything that `end` takes.
    fn over(end: End) -> Self {
        let any = Some(End::Any);
        Self::new(match end {
            End::Any | End::Inside(None, None) => [any, None, None, None],
            End::Internet | End::Trusted(None) => [Some(end), any, None, None],
            End::Trusted(Some(_)) => [Some(end), Some(End::Trusted(None)), any, None],
            End::Inside(Some(e), Some(s)) => [
                Some(end),
                Some(End::Inside(Some(e), None)),
                Some(End::Inside(None, Some(s))),
                any,
            ],
            End::Inside(_, None) | End::Inside(None, _) => [Some(end), any, None, None],
        })
    }

    fn iter(&self) -> impl Iterator<Item = Pattern> {
        self.list.iter().copied().take(self.len)
    }
}

impl Matrix {
    pub(super) fn new(declared: &Declared) -> Self {
        let mut building = Building::default();
        for (ix, entry) in (0..).zip(&declared.matrix) {
            building.add(ix, entry);
        }
        building.finish()
    }

    /// The patterns that a place fits; `None` if the matrix cannot speak of it.
    fn patterns(&self, place: &Place) -> Option<Patterns> {
        let any = Some(End::Any);
        match place.standing {
            Standing::Inside => {
                let (environment, segment) = (place.environment, place.segment);
                let both = environment.and(segment);
                Some(Patterns::new([
                    both.map(|_| End::Inside(environment, segment)),
                    environment.map(|_| End::Inside(environment, None)),
                    segment.map(|_| End::Inside(None, segment)),
                    any,
                ]))
            }
            Standing::Trusted { network, public } if self.trusted => Some(Patterns::new([
                Some(End::Trusted(Some(network))),
                Some(End::Trusted(None)),
                public.then_some(End::Internet),
                any,
            ])),
            Standing::Internet if self.internet => {
                Some(Patterns::new([Some(End::Internet), any, None, None]))
            }
            Standing::Trusted { .. }
            | Standing::Internet
            | Standing::Private
            | Standing::Ambiguous => None,
        }
    }

    /// What the matrix says of a connection that `from` opens. `None` if it
    /// cannot speak of one of the ends, or if there is no matrix.
    pub(super) fn decide(
        &self,
        from: &Place,
        to: &Place,
        service: ServiceNumber,
    ) -> Option<Decision> {
        if self.verdicts.is_empty() {
            return None;
        }
        if !from.is_inside() && !to.is_inside() {
            return None;
        }
        let (from, to) = (self.patterns(from)?, self.patterns(to)?);
        let mut first: Option<Piece> = None;
        for a in from.iter() {
            let sorts = self.sorts.get(a.sort()).copied().unwrap_or(0);
            for b in to.iter().filter(|b| sorts >> b.sort() & 1 == 1) {
                let piece = self.pairs.get(&(a, b)).and_then(|p| piece_of(p, service));
                if let Some(piece) = piece
                    && first.is_none_or(|f| piece.entry < f.entry)
                {
                    first = Some(*piece);
                }
            }
        }
        Some(first.map_or(UNDECLARED, |piece| self.decision(&piece)))
    }

    fn decision(&self, piece: &Piece) -> Decision {
        let verdict = self.verdicts.get(piece.entry as usize).copied();
        Decision {
            verdict: verdict.unwrap_or(Verdict::Undeclared),
            entry: Some(piece.entry),
            names_port: piece.narrow,
        }
    }
}

fn piece_of(pieces: &[Piece], service: ServiceNumber) -> Option<&Piece> {
    let behind = pieces.partition_point(|p| p.first <= service.0);
    let piece = pieces.get(behind.checked_sub(1)?)?;
    (service.0 <= piece.last).then_some(piece)
}

/// An entry that no connection reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shadowed {
    /// An earlier entry that covers it, or a part of it.
    pub(super) by: u32,
    /// Whether an earlier one says the opposite.
    pub(super) contradicts: bool,
}

/// The services of one pair while the entries are added.
#[derive(Debug, Clone, Default)]
struct Pair {
    /// By first service: last service, entry, whether it is narrow.
    pieces: BTreeMap<u32, (u32, u32, bool)>,
    /// The union of the pieces: first to last.
    covered: BTreeMap<u32, u32>,
}

/// The matrix while it is built.
#[derive(Debug, Default)]
pub(super) struct Building {
    pairs: HashMap<(Pattern, Pattern), Pair, FixedState>,
    verdicts: Vec<Verdict>,
    internet: bool,
    trusted: bool,
}

impl Building {
    /// Adds the next entry and says whether earlier ones cover it wholly.
    pub(super) fn add(&mut self, ix: u32, entry: &Entry) -> Option<Shadowed> {
        let shadowed = self.shadowed(entry);
        self.verdicts.push(entry.verdict);
        for end in [entry.from, entry.to] {
            let (internet, trusted) = match end {
                End::Any | End::Internet => (true, true),
                End::Trusted(_) => (false, true),
                End::Inside(..) => (false, false),
            };
            self.internet |= internet;
            self.trusted |= trusted;
        }
        let key = (Pattern::of(entry.from), Pattern::of(entry.to));
        let pair = self.pairs.entry(key).or_default();
        for interval in entry.ports.iter().flat_map(|p| intervals(*p)) {
            pair.fill(interval.first, interval.last, (ix, interval.narrow));
        }
        shadowed
    }

    /// Whether the entries so far cover all that `entry` speaks of.
    fn shadowed(&self, entry: &Entry) -> Option<Shadowed> {
        let over = Patterns::over(entry.from);
        let to = Patterns::over(entry.to);
        let keys = over.iter().flat_map(|a| to.iter().map(move |b| (a, b)));
        let pairs: Vec<&Pair> = keys.filter_map(|key| self.pairs.get(&key)).collect();
        let mut intervals = entry.ports.iter().flat_map(|p| intervals(*p)).peekable();
        intervals.peek()?;
        let mut firsts = Vec::new();
        for interval in intervals {
            if !covers(&pairs, interval.first, interval.last) {
                return None;
            }
            firsts.extend(deciders(&pairs, interval.first, interval.last));
        }
        let opposite = |ix: &&u32| self.verdicts.get(**ix as usize) != Some(&entry.verdict);
        let contradicts = firsts.iter().find(opposite);
        let by = contradicts.or(firsts.first()).copied()?;
        Some(Shadowed {
            by,
            contradicts: contradicts.is_some(),
        })
    }

    fn finish(self) -> Matrix {
        let mut sorts = [0_u8; Pattern::SORTS];
        for (from, to) in self.pairs.keys() {
            if let Some(sorts) = sorts.get_mut(from.sort()) {
                *sorts |= 1 << to.sort();
            }
        }
        let flat = |(key, pair): ((Pattern, Pattern), Pair)| (key, pair.flat());
        Matrix {
            pairs: self.pairs.into_iter().map(flat).collect(),
            verdicts: self.verdicts,
            sorts,
            internet: self.internet,
            trusted: self.trusted,
        }
    }
}

/// Whether the pairs together cover everything from `first` to `last`.
fn covers(pairs: &[&Pair], first: u32, last: u32) -> bool {
    let mut at = first;
    loop {
        let end = pairs.iter().filter_map(|p| p.covered_up_to(at)).max();
        match end {
            None => return false,
            Some(end) if end >= last => return true,
            Some(end) => at = end + 1,
        }
    }
}

/// The entries that decide between `first` and `last`, each once, some of them
/// if they are many.
fn deciders(pairs: &[&Pair], first: u32, last: u32) -> Vec<u32> {
    const PIECES_MAX: usize = 1000;
    let mut found = Vec::new();
    let mut at = first;
    for _ in 0..PIECES_MAX {
        let here = pairs.iter().filter_map(|p| p.piece_at(at));
        let Some((_, entry)) = here.clone().min_by_key(|(_, entry)| *entry) else {
            break;
        };
        if !found.contains(&entry) {
            found.push(entry);
        }
        // Another entry may decide where any of the pieces ends.
        match here.map(|(end, _)| end).min() {
            Some(end) if end < last => at = end + 1,
            Some(_) | None => break,
        }
    }
    found
}

impl Pair {
    /// Gives what is still free between `first` and `last` to an entry.
    fn fill(&mut self, first: u32, last: u32, (entry, narrow): (u32, bool)) {
        let mut at = first;
        while at <= last {
            if let Some(end) = self.covered_up_to(at) {
                at = end + 1;
                continue;
            }
            let next = self.covered.range(at..).next().map(|(start, _)| *start);
            let end = next.map_or(last, |next| last.min(next - 1));
            self.pieces.insert(at, (end, entry, narrow));
            at = end + 1;
        }
        self.cover(first, last);
    }

    fn cover(&mut self, mut first: u32, mut last: u32) {
        let before = self.covered.range(..first).next_back();
        if let Some((start, end)) = before.map(|(a, b)| (*a, *b))
            && end + 1 >= first
        {
            (first, last) = (start, last.max(end));
        }
        while let Some((start, end)) = self.covered.range(first..=last + 1).next() {
            let (start, end) = (*start, *end);
            last = last.max(end);
            self.covered.remove(&start);
        }
        self.covered.insert(first, last);
    }

    /// Where the stretch ends that covers `at`.
    fn covered_up_to(&self, at: u32) -> Option<u32> {
        let (_, end) = self.covered.range(..=at).next_back()?;
        (*end >= at).then_some(*end)
    }

    /// End and entry of the piece over `at`.
    fn piece_at(&self, at: u32) -> Option<(u32, u32)> {
        let (_, (end, entry, _)) = self.pieces.range(..=at).next_back()?;
        (*end >= at).then_some((*end, *entry))
    }

    fn flat(self) -> Box<[Piece]> {
        let piece = |(first, (last, entry, narrow))| Piece {
            first,
            last,
            entry,
            narrow,
        };
        self.pieces.into_iter().map(piece).collect()
    }
}
