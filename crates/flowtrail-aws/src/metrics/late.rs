//! How far back an alarm has to look for data that come late.

use std::time::Duration;

/// How often CloudWatch evaluates an alarm whose period is a minute or more.
const EVALUATED_EVERY: Duration = Duration::from_secs(60);

/// Evaluation periods that an alarm on an event-time metric needs (one datapoint
/// to alarm, missing data not breaching), so that a datum which becomes visible
/// `late` after its own time is seen for certain.
///
/// The datum must still lie in the window when the first evaluation after its
/// arrival looks: `periods × period ≥ late + 60 s + period`, where the last term
/// is for the alignment of the window to whole periods. A period of zero is
/// taken for a minute.
#[must_use]
pub fn periods_for(late: Duration, period: Duration) -> u32 {
    let period = if period.is_zero() {
        EVALUATED_EVERY
    } else {
        period
    };
    let reach = late.as_secs().saturating_add(EVALUATED_EVERY.as_secs());
    let periods = reach.div_ceil(period.as_secs().max(1));
    u32::try_from(periods).unwrap_or(u32::MAX).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether some evaluation after a datum of time `t` has become visible
    /// still has it in a window of whole periods, played through second by second,
    /// leaving some out.
    fn seen(late: u64, period: u64, periods: u64) -> bool {
        (0..period).step_by(3).all(|t| {
            (0..60).step_by(7).all(|phase| {
                let visible = t + late;
                // The first evaluation at or after that moment.
                let at = visible + (60 - (visible + phase) % 60) % 60;
                let end = at / period * period;
                // Windows end at a whole period; the running one is not in it.
                let start = end.saturating_sub(periods.saturating_sub(1) * period);
                t >= start
            })
        })
    }

    #[test]
    fn the_table_of_late_data() {
        let minutes = |m: u64| Duration::from_secs(m * 60);
        let rows = [(5, 7, 3), (15, 17, 5), (20, 22, 6), (30, 32, 8)];
        for (late, by_minute, by_five) in rows {
            assert_eq!(periods_for(minutes(late), minutes(1)), by_minute);
            assert_eq!(periods_for(minutes(late), minutes(5)), by_five);
        }
        assert_eq!(periods_for(Duration::ZERO, minutes(1)), 2);
        assert_eq!(periods_for(Duration::ZERO, Duration::ZERO), 2);
    }

    #[test]
    fn a_window_of_so_many_periods_has_the_datum() {
        for late in [0, 300, 900, 1_200, 1_800] {
            for period in [60, 300] {
                let periods = periods_for(Duration::from_secs(late), Duration::from_secs(period));
                assert!(seen(late, period, u64::from(periods)), "{late} {period}");
            }
        }
    }
}
