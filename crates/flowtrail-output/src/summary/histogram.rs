//! Findings over time, as bars that fit on a line.

use std::collections::BTreeMap;

use flowtrail_event::EventTime;
use serde_json::{Value, json};

/// Widths of a bar that people think in, in minutes: up to a week.
const WIDTHS_MINUTES: [i64; 11] = [1, 5, 15, 30, 60, 180, 360, 720, 1_440, 2_880, 10_080];

/// The epoch was a Thursday; three days before it began a week, and bars of a
/// week begin on a Monday.
const MONDAY_MINUTES: i64 = 3 * 1_440;

const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const ASCII: [char; 8] = ['.', ':', '-', '=', '+', '*', '#', '@'];

/// Counts by minute.
#[derive(Debug, Clone, Default)]
pub(super) struct Histogram {
    minutes: BTreeMap<i64, u64>,
    /// Findings without a time.
    untimed: u64,
}

/// The counts of a histogram in equal bars.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bars {
    /// Beginning of the first bar.
    pub(super) start: EventTime,
    /// Width of a bar.
    pub(super) minutes: i64,
    /// Findings in each bar; at least one bar.
    pub(super) counts: Vec<u64>,
}

impl Histogram {
    /// Counts a finding.
    pub(super) fn add(&mut self, time: Option<EventTime>) {
        match time {
            Some(t) => *self.minutes.entry(t.0.div_euclid(60_000)).or_insert(0) += 1,
            None => self.untimed += 1,
        }
    }

    /// Findings without a time.
    pub(super) const fn untimed(&self) -> u64 {
        self.untimed
    }

    /// At most `bars_max` bars of the smallest width that covers all times;
    /// they begin where a day or a week begins. `None`
    /// without any time.
    pub(super) fn bars(&self, bars_max: usize) -> Option<Bars> {
        let (first, _) = self.minutes.first_key_value()?;
        let (last, _) = self.minutes.last_key_value()?;
        let bars_max = i64::try_from(bars_max.max(1)).unwrap_or(i64::MAX);
        let bar_of = |minute: i64, width: i64| (minute + MONDAY_MINUTES).div_euclid(width);
        let needed = |width: i64| bar_of(*last, width) - bar_of(*first, width) + 1;
        let mut width = 1;
        for candidate in WIDTHS_MINUTES {
            width = candidate;
            if needed(width) <= bars_max {
                break;
            }
        }
        // A log may claim any year, and one bar may be all there is room for.
        while needed(width) > bars_max && width < i64::MAX / 4 {
            width *= 2;
        }
        let begin = bar_of(*first, width);
        let len = usize::try_from(needed(width)).unwrap_or(1);
        let mut counts = vec![0_u64; len];
        for (minute, n) in &self.minutes {
            let bar = usize::try_from(bar_of(*minute, width) - begin).unwrap_or(usize::MAX);
            if let Some(count) = counts.get_mut(bar) {
                *count += n;
            }
        }
        let start = begin.saturating_mul(width).saturating_sub(MONDAY_MINUTES);
        let start = EventTime(start.saturating_mul(60_000));
        Some(Bars {
            start,
            minutes: width,
            counts,
        })
    }

    /// The bars for machines.
    pub(super) fn to_json(&self, bars_max: usize) -> Value {
        let bars = self.bars(bars_max);
        json!({
            "start": bars.as_ref().map(|b| b.start.to_string()),
            "bar_secs": bars.as_ref().map(|b| b.minutes.saturating_mul(60)),
            "counts": bars.map_or_else(Vec::new, |b| b.counts),
            "untimed": self.untimed,
        })
    }
}

impl Bars {
    /// The highest bar.
    pub(super) fn peak(&self) -> u64 {
        self.counts.iter().copied().max().unwrap_or(0)
    }

    /// Beginning of the last bar.
    pub(super) fn last_start(&self) -> EventTime {
        let bars = i64::try_from(self.counts.len()).unwrap_or(i64::MAX);
        let minutes = self.minutes.saturating_mul(bars.saturating_sub(1));
        EventTime(self.start.0.saturating_add(minutes.saturating_mul(60_000)))
    }

    /// One character a bar, its height in proportion to the peak; a blank only
    /// where there was nothing at all.
    pub(super) fn sparkline(&self, ascii: bool) -> String {
        let glyphs = if ascii { ASCII } else { BLOCKS };
        let peak = u128::from(self.peak().max(1));
        let glyph = |n: &u64| {
            let eighths = (u128::from(*n) * 8).div_ceil(peak);
            let height = usize::try_from(eighths).unwrap_or(8);
            height
                .checked_sub(1)
                .and_then(|i| glyphs.get(i))
                .copied()
                .unwrap_or(' ')
        };
        self.counts.iter().map(glyph).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(times: &[&str]) -> Histogram {
        let mut h = Histogram::default();
        for t in times {
            h.add(Some(EventTime::parse(t.as_bytes()).unwrap()));
        }
        h
    }

    #[test]
    fn a_single_time_is_one_bar() {
        let bars = of(&["2026-07-31T02:14:09Z"]).bars(60).unwrap();
        assert_eq!(bars.counts, [1]);
        assert_eq!(bars.start.to_string(), "2026-07-31T02:14:00Z");
        assert_eq!(bars.sparkline(false), "█");
        assert_eq!(Histogram::default().bars(60), None);
    }

    #[test]
    fn the_width_follows_the_range() {
        for (last, minutes, bars) in [
            ("2026-07-01T00:30:00Z", 1, 31),
            ("2026-07-01T02:00:00Z", 5, 25),
            ("2026-07-02T00:00:00Z", 30, 49),
            ("2026-07-31T00:00:00Z", 720, 61),
            ("2026-12-31T00:00:00Z", 10_080, 27),
        ] {
            let b = of(&["2026-07-01T00:00:00Z", last]).bars(64).unwrap();
            assert_eq!((b.minutes, b.counts.len()), (minutes, bars), "{last}");
            assert_eq!(b.counts.iter().sum::<u64>(), 2);
        }
        let weeks = of(&["2026-07-01T00:00:00Z", "2026-12-31T00:00:00Z"])
            .bars(64)
            .unwrap();
        assert_eq!(weeks.start.to_string(), "2026-06-29T00:00:00Z");
        assert_eq!(weeks.last_start().to_string(), "2026-12-28T00:00:00Z");
    }

    #[test]
    fn absurd_times_still_fit() {
        let mut h = Histogram::default();
        h.add(Some(EventTime(i64::MIN)));
        h.add(Some(EventTime(i64::MAX)));
        h.add(None);
        for bars_max in [0, 1, 2, 60] {
            let bars = h.bars(bars_max).unwrap();
            assert!(bars.counts.len() <= bars_max.max(2), "{bars_max}");
            assert_eq!(bars.counts.iter().sum::<u64>(), 2);
            let _ = (bars.last_start(), bars.sparkline(true));
        }
        assert_eq!(h.untimed(), 1);
    }

    #[test]
    fn heights_are_in_proportion_and_never_vanish() {
        let bars = Bars {
            start: EventTime(0),
            minutes: 1,
            counts: vec![0, 1, 50, 100, 800],
        };
        assert_eq!(bars.sparkline(false), " ▁▁▁█");
        assert_eq!(bars.sparkline(true), " ...@");
        let bars = Bars {
            counts: (0..=8).collect(),
            ..bars
        };
        assert_eq!(bars.sparkline(false), " ▁▂▃▄▅▆▇█");
    }
}
