//! A store that keeps nothing of what it is given but who did what on which
//! day: what a baseline would remember, to see whether ordinary days repeat.

use crate::store::Store;
use flate2::read::MultiGzDecoder;
use flowtrail_baseline::{DIMENSIONS, Dimension};
use flowtrail_cloudtrail::{Reader, RecordSink};
use flowtrail_context::Sighter;
use flowtrail_event::{Event, Flow, Kind, Limits, Location, Note, Projection, Sink, Skip};
use flowtrail_flowlog::TextReader;
use std::collections::{BTreeMap, HashMap};
use std::io::{self, Read as _};

/// Days that are told apart.
const DAYS: usize = 128;

/// Days that a key has to be known before its news count.
pub(crate) const LEARNT_DAYS: u32 = 14;

/// The days on which something was seen, as bits.
type Days = u128;

/// Who did what on which day.
pub(crate) struct Watcher {
    first_day: i64,
    trail: (Sighter, Reader),
    flow: (Sighter, TextReader),
    seen: Seen,
}

#[derive(Default)]
struct Seen {
    first_day: i64,
    /// By dimension, key and value.
    sightings: HashMap<(Dimension, Box<str>, Box<str>), Days>,
    /// By dimension and key.
    keys: HashMap<(Dimension, Box<str>), Days>,
    records: u64,
}

/// Something that was seen for the first time, and whose.
#[derive(Debug, Clone)]
pub(crate) struct News {
    pub(crate) dimension: Dimension,
    pub(crate) key: String,
    pub(crate) value: String,
    /// Days since the first one.
    pub(crate) day: u32,
    /// Whether its key had been learnt by then.
    pub(crate) learnt: bool,
}

impl Watcher {
    /// Watches from the day on which `start` (seconds since 1970) lies.
    pub(crate) fn new(start: i64) -> Self {
        let limits = Limits::default();
        let (mut of_trail, mut of_flows) = (Projection::new(), Projection::new());
        let trail = Sighter::plan(&mut of_trail, Kind::CloudTrail, DIMENSIONS);
        let flow = Sighter::plan(&mut of_flows, Kind::Flow, DIMENSIONS);
        let first_day = start.div_euclid(86_400);
        Self {
            first_day,
            trail: (trail, Reader::new(&of_trail, &limits)),
            flow: (flow, TextReader::new(&of_flows, &limits, None)),
            seen: Seen {
                first_day,
                ..Seen::default()
            },
        }
    }

    /// Everything that was new on some day, in no order.
    pub(crate) fn news(&self) -> Vec<News> {
        let of = |((dimension, key, value), days): (&(Dimension, Box<str>, Box<str>), &Days)| {
            let day = days.trailing_zeros();
            let known = self.seen.keys.get(&(*dimension, key.clone()));
            let before = known.copied().unwrap_or(0) & ((1_u128 << day.min(127)) - 1);
            let learnt = before.count_ones() >= 5 && before.trailing_zeros() + LEARNT_DAYS <= day;
            News {
                dimension: *dimension,
                key: key.to_string(),
                value: value.to_string(),
                day,
                learnt,
            }
        };
        self.seen.sightings.iter().map(of).collect()
    }

    /// How many values of each dimension there are in all.
    pub(crate) fn sizes(&self) -> BTreeMap<Dimension, usize> {
        let mut sizes = BTreeMap::new();
        for (dimension, _, _) in self.seen.sightings.keys() {
            *sizes.entry(*dimension).or_default() += 1;
        }
        sizes
    }

    pub(crate) fn records(&self) -> u64 {
        self.seen.records
    }
}

impl Store for Watcher {
    fn put(&mut self, key: &str, bytes: &[u8]) -> io::Result<()> {
        debug_assert_eq!(self.first_day, self.seen.first_day);
        if !key.ends_with(".gz") || key.contains("CloudTrail-Digest") {
            return Ok(());
        }
        let mut text = Vec::new();
        MultiGzDecoder::new(bytes).read_to_end(&mut text)?;
        if key.contains("/vpcflowlogs/") {
            let (sighter, reader) = &mut self.flow;
            let mut sink = Watching(sighter, &mut self.seen);
            reader.reset();
            reader.push(&text, &mut sink);
            reader.finish(&mut sink);
        } else {
            let (sighter, reader) = &mut self.trail;
            let mut sink = Watching(sighter, &mut self.seen);
            reader.reset();
            reader.push(&text, &mut sink);
            reader.finish(&mut sink);
        }
        Ok(())
    }
}

struct Watching<'w>(&'w Sighter, &'w mut Seen);

impl Sink for Watching<'_> {
    fn event(&mut self, event: &mut Event<'_>) -> Flow {
        self.1.records += 1;
        let Some(time) = event.time else {
            return Flow::Continue;
        };
        let day = time.secs().div_euclid(86_400) - self.1.first_day;
        let Ok(day) = u32::try_from(day) else {
            return Flow::Continue;
        };
        let bit = 1_u128 << day.min(u32::try_from(DAYS - 1).unwrap());
        let seen = &mut *self.1;
        self.0.sightings(event, &mut |dimension, key, value| {
            let (key, value): (Box<str>, Box<str>) = (key.into(), value.into());
            *seen.keys.entry((dimension, key.clone())).or_default() |= bit;
            *seen.sightings.entry((dimension, key, value)).or_default() |= bit;
        });
        Flow::Continue
    }
    fn skip(&mut self, skip: Skip) {
        panic!("{skip:?}");
    }
    fn note(&mut self, _: Note) {}
}

impl RecordSink for Watching<'_> {
    fn log_line(&mut self, _: &[u8], _: Location) -> Flow {
        Flow::Continue
    }
}
