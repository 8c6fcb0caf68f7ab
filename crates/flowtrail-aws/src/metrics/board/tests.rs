use super::*;

/// Everything that can be said, and ten thousand rules.
fn everything(rules_max: usize) -> Board {
    let mut board = Board::new(rules_max);
    for n in 0..10_000 {
        board.add_rule(&format!("rule-{n}"), 1);
    }
    for metric in Metric::ALL {
        match metric.dimension() {
            Dimension::None if metric.is_distribution() => {
                (0..1_000).for_each(|n| board.record(metric, n * 97));
            }
            Dimension::None => board.add(metric, 1),
            Dimension::Level if metric == Metric::FindingsByEventTime => {
                for level in Level::ALL {
                    (0..50).for_each(|n| board.add_at(level, n * 37, 1));
                }
            }
            Dimension::Level => {
                Level::ALL
                    .into_iter()
                    .for_each(|l| board.add_level(metric, l, 1));
            }
            Dimension::LogSource => {
                Service::ALL
                    .into_iter()
                    .for_each(|s| board.add_service(metric, s, 1));
            }
            Dimension::Reason => {
                (0..1_000).for_each(|n| board.add_reason(metric, &format!("word {n}"), 1));
                reasons().for_each(|r| board.add_reason(metric, r, 1));
            }
            Dimension::Rule => {}
        }
    }
    board
}

#[test]
fn the_number_of_series_is_bounded_whatever_is_said() {
    for rules_max in [0, 7, 500] {
        let mut board = everything(rules_max);
        let bound = Board::series_max(rules_max);
        assert_eq!(board.len(), bound, "everything is said");
        board.merge(everything(10_000));
        assert_eq!(board.len(), bound, "a merge brings no more");
    }
    // At $0.30 a month each without rules of their own.
    assert!(Board::series_max(0) < 300, "{}", Board::series_max(0));
}

#[test]
fn the_minutes_of_events_are_bounded() {
    let day = |level| {
        let mut board = Board::new(0);
        (0..1_440).for_each(|n| board.add_at(level, n * 60, 2));
        board
    };
    let minutes = |board: &Board| -> usize {
        let by_minute = board.series.values().map(|a| match a {
            Amount::ByMinute(minutes) => minutes.len(),
            Amount::Sum(_) | Amount::Values(_) => 0,
        });
        by_minute.sum()
    };
    let mut board = day(Level::High);
    assert_eq!(minutes(&board), MINUTES_MAX);
    assert_eq!(board.rejected, [("minutes", 940)].into());
    board.merge(day(Level::Low));
    assert_eq!(minutes(&board), MINUTES_MAX);
    assert_eq!(board.rejected, [("minutes", 2 * 940 + 500)].into());
    // Minutes that are there already take more.
    board.merge(day(Level::High));
    assert!((board.total(Metric::FindingsByEventTime) - 2_000.0).abs() < 1e-9);
    let mut one = Board::new(0);
    one.merge(day(Level::High));
    one.add_at(Level::High, 1_440 * 60, 1);
    assert_eq!(minutes(&one), MINUTES_MAX, "a merge counts as well");
}

#[test]
fn merging_adds() {
    let (mut a, mut b) = (Board::new(1), Board::new(1));
    a.add_level(Metric::Findings, Level::High, 2);
    b.add_level(Metric::Findings, Level::High, 3);
    b.record(Metric::IngestLag, 1_234);
    b.record(Metric::IngestLag, 1_299);
    a.add_rule("one", 1);
    b.add_rule("other", 1);
    a.add_at(Level::High, 61, 1);
    b.add_at(Level::High, 119, 1);
    a.merge(b);
    assert!((a.total(Metric::Findings) - 5.0).abs() < 1e-9);
    assert!(
        (a.total(Metric::FindingsByRule) - 1.0).abs() < 1e-9,
        "the cap holds"
    );
    let lag = &a.series[&(Metric::IngestLag, Value::None)];
    assert_eq!(*lag, Amount::Values([(1_200, 2.0)].into()));
    let by_time = &a.series[&(Metric::FindingsByEventTime, Value::Fixed("high"))];
    assert_eq!(*by_time, Amount::ByMinute([(60, 2.0)].into()));
}

#[test]
fn rounding_keeps_two_digits() {
    let cases = [
        (0, 0),
        (7, 7),
        (99, 99),
        (100, 100),
        (109, 100),
        (98_765, 98_000),
    ];
    for (value, want) in cases {
        assert_eq!(two_digits(value), want);
    }
    assert_eq!(two_digits(u64::MAX), 18_000_000_000_000_000_000);
}
