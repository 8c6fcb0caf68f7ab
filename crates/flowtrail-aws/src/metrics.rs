//! What the function tells CloudWatch: a closed list of metrics, added up over
//! an invocation, sent once, within every limit of the service.
//!
//! Alarms stand on metrics at the time of processing, because CloudWatch judges
//! the last minutes and a finding may be about an event of an hour ago. The
//! series at event time has another name and is for charts. How far an alarm on
//! it would have to look back is [`periods_for`].

mod board;
mod catalogue;
mod late;
mod publisher;
mod request;

pub use board::{Board, REASONS};
pub use catalogue::{Dimension, Metric, Unit, table};
pub use late::periods_for;
pub use publisher::{Published, Publisher, Unpublished};

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::time::Duration;

    use super::*;

    const README: &str = include_str!("../README.md");

    fn has(part: &str) {
        assert!(README.contains(part), "the README should have\n{part}");
    }

    #[test]
    fn the_readme_has_the_table_of_metrics() {
        has(&table());
        has(&format!("at most {} series", Board::series_max(0)));
    }

    #[test]
    fn the_readme_has_the_table_of_late_data() {
        let mut lines =
            "| late by | periods of 1 min | periods of 5 min |\n|---|---|---|\n".to_owned();
        let minutes = |m: u64| Duration::from_secs(m * 60);
        for late in [5, 15, 20, 30] {
            let by_one = periods_for(minutes(late), minutes(1));
            let by_five = periods_for(minutes(late), minutes(5));
            writeln!(lines, "| {late} min | {by_one} | {by_five} |").unwrap();
        }
        has(&lines);
    }
}
