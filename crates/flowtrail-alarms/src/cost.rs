//! What the alarms and their metrics cost at most.

use std::fmt;

use flowtrail_aws::metrics::Board;
use serde::Serialize;

use crate::set::AlarmSet;

/// Cents a month for an alarm and for a series of metrics in us-east-1, without
/// free tiers (price list of `CloudWatch`). AWS's own metrics are free.
const ALARM_CENTS: usize = 10;
const SERIES_CENTS: usize = 30;

/// What a month costs at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Cost {
    /// Alarms.
    pub alarms: usize,
    /// Series that there can be: levels, reasons and sources are closed lists.
    pub series_max: usize,
    /// Of these, series of single rules.
    pub series_of_rules: usize,
    /// Cents a month, if every series has data all the time.
    pub cents_max: usize,
}

impl Cost {
    /// That of a list of alarms.
    #[must_use]
    pub fn of(set: &AlarmSet) -> Self {
        let (alarms, rules) = (set.alarms.len(), set.of_rules());
        let series_max = Board::series_max(rules);
        Self {
            alarms,
            series_max,
            series_of_rules: rules,
            cents_max: alarms * ALARM_CENTS + series_max * SERIES_CENTS,
        }
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dollars = |cents: usize| format!("${}.{:02}", cents / 100, cents % 100);
        write!(
            f,
            "{} alarms at {} and at most {} series of metrics at {}, {} of them of single rules: at most {} a month",
            self.alarms,
            dollars(ALARM_CENTS),
            self.series_max,
            dollars(SERIES_CENTS),
            self.series_of_rules,
            dollars(self.cents_max),
        )
    }
}

#[cfg(test)]
mod tests {
    use flowtrail_sigma::Level;

    use super::*;
    use crate::set::testing;

    #[test]
    fn a_month_by_hand() {
        let set = testing::set(Level::Critical);
        let cost = Cost::of(&set);
        assert_eq!(cost.series_of_rules, 1);
        assert_eq!(cost.series_max, Board::series_max(0) + 1);
        let cents = cost.alarms * 10 + cost.series_max * 30;
        let text = cost.to_string();
        let end = format!("at most ${}.{:02} a month", cents / 100, cents % 100);
        assert!(text.ends_with(&end), "{text}");
    }
}
