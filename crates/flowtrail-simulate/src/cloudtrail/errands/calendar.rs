//! When things are done: at any hour, in office hours or at night.

use crate::random::Random;

const DAY: i64 = 86_400;

/// Days after which the calendar begins anew: what is done once a month is done
/// once in each of them.
pub(super) const MONTH_DAYS: i64 = 30;

/// The hours in which something is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hours {
    Any,
    /// Eight to five on weekdays, UTC.
    Office,
    /// Half past midnight to four, every night.
    Night,
}

impl Hours {
    /// The hours of one day: the first second and how many there are.
    const fn of_day(self) -> (i64, i64) {
        match self {
            Self::Any => (0, DAY),
            Self::Office => (8 * 3600, 9 * 3600),
            Self::Night => (1800, 3 * 3600 + 1800),
        }
    }

    /// Midnights of the days of a month that begins at `start`, but for the
    /// first few.
    fn days(self, start: i64, skipped: i64) -> Vec<i64> {
        let first = start.div_euclid(DAY);
        (first + skipped..first + MONTH_DAYS)
            // 1970-01-01 was a Thursday; 0 is Monday.
            .filter(|day| self != Self::Office || (day + 3).rem_euclid(7) < 5)
            .map(|day| day * DAY)
            .collect()
    }

    /// `n` times in the month that begins at `start`, about evenly spread and in
    /// order; none in the days that are skipped.
    pub(super) fn times(
        self,
        (start, skipped): (i64, i64),
        n: u64,
        random: &mut Random,
    ) -> Vec<i64> {
        let days = self.days(start, skipped);
        let (from, long) = self.of_day();
        let all = i64::try_from(days.len()).unwrap_or(0) * long;
        let count = i64::try_from(n).unwrap_or(i64::MAX).max(1);
        let share = u64::try_from(all / count).unwrap_or(1).max(1);
        (0..i64::try_from(n).unwrap_or(0))
            .filter_map(|i| {
                let at = all / count * i + i64::try_from(random.below(share)).unwrap_or(0);
                let day = days.get(usize::try_from(at / long).ok()?)?;
                Some(day + from + at % long)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Monday, 2026-03-02.
    const START: i64 = 1_772_409_600;

    #[test]
    fn times_are_in_their_hours_and_in_order() {
        for hours in [Hours::Any, Hours::Office, Hours::Night] {
            for n in [1, 2, 7, 300, 20_000] {
                let times = hours.times((START, 0), n, &mut Random::keyed(&[n]));
                assert_eq!(u64::try_from(times.len()).unwrap(), n);
                assert!(times.is_sorted());
                let (from, long) = hours.of_day();
                for t in &times {
                    assert!((START..START + MONTH_DAYS * DAY).contains(t));
                    assert!((from..from + long).contains(&t.rem_euclid(DAY)));
                    let weekday = (t.div_euclid(DAY) + 3).rem_euclid(7);
                    assert!(hours != Hours::Office || weekday < 5);
                }
            }
        }
        let none = Hours::Any.times((START, 0), 0, &mut Random::keyed(&[1]));
        assert!(none.is_empty());
        for seed in 0..50 {
            let late = Hours::Night.times((START, 2), 1, &mut Random::keyed(&[seed]));
            assert!(late[0] >= START + 2 * DAY && late[0] < START + MONTH_DAYS * DAY);
        }
    }

    #[test]
    fn many_times_fill_the_month() {
        let times = Hours::Office.times((START, 0), 44, &mut Random::keyed(&[9]));
        let days: std::collections::BTreeSet<_> = times.iter().map(|t| t / DAY).collect();
        assert!(days.len() > 18, "{}", days.len());
    }
}
