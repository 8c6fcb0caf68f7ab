mod hostile;

use std::sync::Arc;

use flowtrail_event::EventTime;
use proptest::prelude::*;

use super::*;
use crate::{Baseline, Dimension, FileError, History, KeyId, Memory, Since, ValueId};

const DAY_MS: i64 = 86_400_000;

fn at(day: i64) -> EventTime {
    EventTime(day * DAY_MS + DAY_MS / 2)
}

fn history(sightings: &[(&str, &str, i64)]) -> History {
    let mut history = History::new(Calendar::default(), true);
    for (key, value, day) in sightings {
        history.see(Dimension::PrincipalApi, key, value, at(*day));
        history.count(Dimension::PrincipalCalls, key, 2, at(*day));
        history.covers("111122223333", Day::of(at(*day)), 1);
    }
    history
}

fn known(baseline: &Baseline, key: &str, value: &str, day: u16) -> bool {
    let id = KeyId::new(Dimension::PrincipalApi, key).sighting(value);
    baseline.since(id, Day(day)).is_some()
}

#[test]
fn a_file_answers_as_its_history() {
    let history = history(&[
        ("ann", "s3:GetObject", 100),
        ("ann", "s3:GetObject", 160),
        ("ann", "iam:CreateUser", 150),
        ("bob", "s3:GetObject", 170),
    ]);
    let bytes = history.write().unwrap();
    assert_eq!(bytes, history.write().unwrap());
    let baseline = Baseline::read(bytes.clone()).unwrap();
    assert_eq!(baseline.header().sightings(), 3);
    assert_eq!(
        (baseline.header().first, baseline.header().last),
        (Some(Day(100)), Some(Day(170)))
    );
    assert_eq!(baseline.header().records, 4);
    for (key, value, day, expected) in [
        ("ann", "s3:GetObject", 100, false),
        ("ann", "s3:GetObject", 101, true),
        ("ann", "iam:CreateUser", 150, false),
        ("ann", "iam:CreateUser", 151, true),
        ("bob", "iam:CreateUser", 171, false),
        // What happens to it later the file cannot know.
        ("ann", "iam:CreateUser", 900, true),
    ] {
        assert_eq!(
            known(&baseline, key, value, day),
            expected,
            "{key} {value} {day}"
        );
    }
    let once = |value: &str, day| {
        let key = KeyId::new(Dimension::PrincipalApi, "ann");
        baseline.once(key.sighting(value), Day(day))
    };
    assert_eq!(once("iam:CreateUser", 171), Some(Day(150)));
    assert_eq!(once("iam:CreateUser", 150), None);
    assert_eq!(once("s3:GetObject", 171), None, "on two days");
    assert_eq!(once("s3:PutObject", 171), None, "never");
    let value = ValueId::new(Dimension::PrincipalApi, "s3:GetObject");
    let peers = baseline.peers(Dimension::PrincipalApi, value);
    assert_eq!((peers.having, peers.all), (2, 2));
    let calls = KeyId::new(Dimension::PrincipalCalls, "ann");
    let profile = baseline.profile(calls).unwrap();
    assert_eq!(
        (profile.hours, profile.max, baseline.hours_of(calls)),
        (3, 2, Some(71 * 24))
    );
    assert_eq!(baseline.id().len(), 16);
    let entries = baseline.entries().unwrap().unwrap();
    let words: Vec<String> = entries
        .iter()
        .map(|e| format!("{} {} {} {:?}", e.key, e.value, e.records, e.days()))
        .collect();
    assert_eq!(
        words,
        [
            "ann iam:CreateUser 1 Some((Day(150), Day(150)))",
            "ann s3:GetObject 2 Some((Day(100), Day(160)))",
            "bob s3:GetObject 1 Some((Day(170), Day(170)))",
        ]
    );
    assert_eq!(baseline.coverage().unwrap().len(), 4);
    // And back.
    let again = baseline.history().unwrap().unwrap();
    assert_eq!(again.write().unwrap(), bytes);
}

/// A thousand calls in an hour of the day 105, ten in all others.
fn calls_of(days: std::ops::Range<i64>) -> History {
    moved(days, 0)
}

/// The same some days later.
fn moved(days: std::ops::Range<i64>, later: i64) -> History {
    let mut history = History::new(Calendar::default(), true);
    for day in days {
        for hour in 0..24 {
            let time = EventTime((day + later) * DAY_MS + hour * DAY_MS / 24);
            let number = if (day, hour) == (105, 3) { 1000 } else { 10 };
            history.count(Dimension::PrincipalCalls, "ann", number, time);
            history.covers("111122223333", Day::of(time), 1);
        }
    }
    history
}

#[test]
fn an_hour_is_beside_those_of_the_file_and_those_since() {
    let key = KeyId::new(Dimension::PrincipalCalls, "ann");
    let hour = |file: std::ops::Range<i64>, since: std::ops::Range<i64>, day| {
        let file = Baseline::read(calls_of(file).write().unwrap()).unwrap();
        let both = Since::new(Arc::new(file), calls_of(since));
        both.hour(Dimension::PrincipalCalls, key, at(day)).unwrap()
    };
    let whole = crate::Rolling::new(calls_of(90..131));
    assert_eq!(
        whole
            .hour(Dimension::PrincipalCalls, key, at(104))
            .unwrap()
            .max,
        10
    );
    let want = whole.hour(Dimension::PrincipalCalls, key, at(130)).unwrap();
    assert_eq!((want.number, want.max), (10, 1000));
    // The largest is in the file, or came since; what is read again of the days
    // of the file does not count twice.
    assert_eq!(hour(90..120, 120..131, 130), want);
    assert_eq!(hour(90..104, 104..131, 130), want);
    assert_eq!(hour(90..120, 90..131, 130), want);
    assert_eq!(hour(90..104, 104..131, 104).max, 10);
    // Days that nobody read, between the file and the logs, are no empty hours.
    let pause = 30;
    let later = Since::new(
        Arc::new(Baseline::read(calls_of(90..104).write().unwrap()).unwrap()),
        moved(104..131, pause),
    );
    let far = later.hour(Dimension::PrincipalCalls, key, at(130 + pause));
    assert_eq!(far, Some(want));
    let sum = |memory: &dyn Memory, day| memory.sum(key, Day(day));
    assert_eq!(sum(&whole, 91), 240);
    let file = Arc::new(Baseline::read(calls_of(90..91).write().unwrap()).unwrap());
    assert_eq!(sum(&Since::new(file, calls_of(91..131)), 130), 240);
}

/// Peers that have a value only as long as they are remembered to have it.
#[test]
fn who_is_forgotten_has_nothing() {
    let all = [
        ("ann", "iam:CreateUser", 100),
        ("ann", "s3:GetObject", 150),
        ("bob", "iam:CreateUser", 170),
        ("ann", "s3:GetObject", 200),
    ];
    let rolling = crate::Rolling::new(history(&all));
    let value = ValueId::new(Dimension::PrincipalApi, "iam:CreateUser");
    let peers = |memory: &dyn Memory, day| {
        let peers = memory.peers(Dimension::PrincipalApi, value, Day(day));
        (peers.having, peers.all)
    };
    for (day, having) in [(100, 0), (101, 1), (171, 2), (190, 2), (191, 1), (261, 0)] {
        assert_eq!(peers(&rolling, day).0, having, "{day}");
    }
    // In a file, whether what is forgotten was left out of it or not.
    let mut forgetful = history(&all);
    forgetful.forget(Day(201));
    for history in [history(&all), forgetful] {
        let file = Arc::new(Baseline::read(history.write().unwrap()).unwrap());
        let since = Since::new(file, History::new(Calendar::default(), false));
        assert_eq!(peers(&since, 201), (1, 2));
        assert_eq!(peers(&rolling, 201), (1, 2));
    }
}

#[test]
fn a_detector_needs_the_beginning_only() {
    let bytes = history(&[("ann", "s3:GetObject", 100)]).write().unwrap();
    let (header, begin) = Header::read(&bytes).unwrap().unwrap();
    let hot = begin + usize::try_from(header.hot_bytes()).unwrap();
    assert!(hot < bytes.len());
    let whole = Baseline::read(bytes.clone()).unwrap();
    let part = Baseline::read(bytes[..hot].to_vec()).unwrap();
    assert_eq!(part.id(), whole.id());
    assert!(known(&part, "ann", "s3:GetObject", 101));
    assert!(part.history().unwrap().is_none() && part.entries().unwrap().is_none());
    assert_eq!(
        Baseline::read(bytes[..hot - 1].to_vec()).unwrap_err(),
        FileError::Short
    );
    for len in 0..begin {
        assert!(Header::read(&bytes[..len]).unwrap().is_none(), "{len}");
        assert!(Baseline::read(bytes[..len].to_vec()).is_err(), "{len}");
    }
}

#[test]
fn a_damaged_file_is_no_baseline() {
    let bytes = history(&[("ann", "s3:GetObject", 100), ("bob", "a", 101)])
        .write()
        .unwrap();
    let id = Baseline::read(bytes.clone()).unwrap().id().to_owned();
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x40;
        if let Ok(read) = Baseline::read(damaged) {
            // In the header a number may be another number; then it is another file.
            assert_ne!(read.id(), id, "{at}");
        }
    }
    assert_eq!(
        Baseline::read(b"{\"Records\"".to_vec()).unwrap_err(),
        FileError::NotOne
    );
    let mut later = bytes;
    later[8] = 9;
    assert_eq!(Baseline::read(later).unwrap_err(), FileError::Version(9));
}

#[test]
fn numbers_do_not_count_twice() {
    let (mut one, two) = (history(&[("ann", "a", 100)]), history(&[("bob", "a", 100)]));
    let error = one.unite(two).unwrap_err().to_string();
    assert!(
        error.contains("both have records of account 111122223333 on 1970-04-11"),
        "{error}"
    );
    let other = History::new(
        Calendar {
            memory: 30,
            ..Calendar::default()
        },
        true,
    );
    let error = one.unite(other).unwrap_err();
    assert!(matches!(error, FileError::Calendars(_)));
}

/// A sighting: who, what, when, and which of three parts has it.
type Sighting = (u8, u8, u8, u8);

fn some() -> impl Strategy<Value = Vec<Sighting>> {
    proptest::collection::vec((0..4_u8, 0..4_u8, any::<u8>(), 0..3_u8), 0..40)
}

/// The history of one part. The account is the part's, so that no day is in two.
fn part(all: &[Sighting], which: Option<u8>) -> History {
    let mut history = History::new(
        Calendar {
            memory: 20,
            learning: 7,
            ..Calendar::default()
        },
        true,
    );
    for (key, value, day, part) in all.iter().filter(|s| which.is_none_or(|w| w == s.3)) {
        let (key, value, time) = (format!("k{key}"), format!("v{value}"), at(i64::from(*day)));
        history.see(Dimension::AccountApi, &key, &value, time);
        let number = 3 + u64::from(value.as_bytes()[1]) * u64::from(*day);
        let key = format!("{key} {part}");
        history.count(Dimension::PrincipalCalls, &key, number, time);
        history.covers(&format!("account {part}"), Day::of(time), 1);
    }
    history
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn it_does_not_matter_what_is_merged_first(all in some()) {
        let merged = |order: [u8; 3], through_files: bool| {
            let mut parts = order.map(|w| part(&all, Some(w))).into_iter();
            let mut sum = parts.next().unwrap();
            for next in parts {
                sum.unite(next).unwrap();
                if through_files {
                    let file = Baseline::read(sum.write().unwrap()).unwrap();
                    sum = file.history().unwrap().unwrap();
                }
            }
            sum.write().unwrap()
        };
        let whole = part(&all, None).write().unwrap();
        for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2]] {
            for through_files in [false, true] {
                prop_assert!(merged(order, through_files) == whole, "{order:?} {through_files}");
            }
        }
    }

    /// A baseline of some days with the sightings since then knows what one
    /// history of all days knows, but for what the file remembers for good.
    #[test]
    fn a_file_and_what_came_since_know_what_all_know(all in some(), cut: u8) {
        let (old, new): (Vec<_>, Vec<_>) = all.iter().partition(|s| s.2 < cut);
        let baseline = Baseline::read(part(&old, None).write().unwrap()).unwrap();
        let ends = baseline.header().last.map_or(0, |l| l.0);
        let both = Since::new(Arc::new(baseline), part(&new, None));
        let (whole, before) = (part(&all, None), part(&old, None));
        for (key, value, _, _) in &all {
            let key = KeyId::new(Dimension::AccountApi, &format!("k{key}"));
            let id = key.sighting(&format!("v{value}"));
            for day in 0..300_u16 {
                let knows = whole.seen[&id].spans.is_known(Day(day), 20);
                let told = both.is_known(id, Day(day));
                prop_assert!(told || !knows, "day {day}");
                if day <= ends + 1 {
                    prop_assert_eq!(told, knows, "day {}", day);
                }
                // Whether a key has learned, the file alone says.
                let days = before.first_days(key);
                let learned = days.is_some_and(|d| d.has_learned(Day(day), before.calendar()));
                prop_assert_eq!(both.has_learned(key, Day(day)), learned);
            }
        }
    }

    /// Where not everything could be asked for, nothing else is new, and what
    /// was asked for is as new as ever.
    #[test]
    fn what_could_not_be_asked_for_is_not_new(old in some(), new in some()) {
        let file = || Arc::new(Baseline::read(part(&old, None).write().unwrap()).unwrap());
        let all = Since::new(file(), part(&new, None));
        let some = Since::new(file(), part(&new, None)).in_part();
        let since = part(&new, None);
        for (key, value, _, _) in old.iter().chain(&new) {
            let key = KeyId::new(Dimension::AccountApi, &format!("k{key}"));
            let id = key.sighting(&format!("v{value}"));
            let was_asked = since.spans(id).is_some();
            for day in 0..300_u16 {
                let want = all.is_known(id, Day(day)) || !was_asked;
                prop_assert_eq!(some.is_known(id, Day(day)), want);
                // What the file alone says is the same for both.
                let says = |m: &Since| {
                    let day = Day(day);
                    (m.once(id, day), m.was_seen(id, day), m.covered(day))
                };
                prop_assert_eq!(says(&some), says(&all));
            }
        }
        let never = KeyId::new(Dimension::AccountApi, "never");
        prop_assert!(some.is_known(never.sighting("v"), Day(9)));
        prop_assert!(!all.is_known(never.sighting("v"), Day(9)));
        // How old it is nobody can say.
        prop_assert_eq!((some.first_day(never), all.first_day(never)), (None, None));
        prop_assert_eq!((some.knows_all(), all.knows_all()), (false, true));
    }
}
