//! How rare a call is, how large an hour, and how old or idle a key.

use super::*;

#[test]
fn keys_age() {
    let memory = twenty_days();
    let age = |record: &str, day| {
        let fields = ["flowtrail.access_key.age_days"];
        recalled(Service::CloudTrail, &memory, &fields, (record, noon(day))).remove(0)
    };
    let ann = of("ann", 1, "s3:ListBuckets");
    assert_eq!(age(&ann, 120), ["20"]);
    assert_eq!(age(&ann, 100), ["0"]);
    assert_eq!(age(&of("dan", 1, "s3:ListBuckets"), 120), ["0"]);
    assert!(age(&ann.replace("AKIA", "ASIA"), 120).is_empty());
    let created = format!(
        "{} | responseElements.accessKey.accessKeyId=AKIAeve",
        of("ann", 1, "iam:CreateAccessKey")
    );
    let used = of("eve", 1, "s3:ListBuckets");
    let records = [(created, noon(50)), (used.clone(), noon(90))];
    let memory = Rolling::new(history(Service::CloudTrail, &records));
    let fields = ["flowtrail.access_key.age_days"];
    let age = recalled(Service::CloudTrail, &memory, &fields, (&used, noon(91)));
    assert_eq!(age, [["41"]]);
}

#[test]
fn an_hour_is_measured_by_the_largest_before_it() {
    let mut records = Vec::new();
    for day in 100..130 {
        for n in 0..if day == 129 { 12 } else { 4 } {
            let time = EventTime(noon(day).0 + n);
            records.push((of("ann", 1, "s3:DeleteObject"), time));
        }
    }
    let memory = Rolling::new(history(Service::CloudTrail, &records));
    let peak = |day| {
        let record = of("ann", 1, "s3:DeleteObject");
        let fields = ["flowtrail.hour.calls", "flowtrail.hour.calls_peak"];
        recalled(Service::CloudTrail, &memory, &fields, (&record, noon(day))).concat()
    };
    assert_eq!(peak(129), ["12", "3.00"]);
    assert_eq!(peak(128), ["4", "1.00"]);
    assert!(peak(110).is_empty(), "ten hours with calls are too few");
}

/// What a stream knows: a file, and nothing since that it did not ask for.
fn in_stream(history: &History) -> Since {
    let file = Baseline::read(history.write().unwrap()).unwrap();
    let nothing = History::new(*history.calendar(), false);
    Since::new(Arc::new(file), nothing).in_part()
}

/// Its history, with the days that it covers.
fn covering(records: &[(String, EventTime)]) -> History {
    let mut history = history(Service::CloudTrail, records);
    for (_, time) in records {
        history.covers("111122223333", Day::of(*time), 1);
    }
    history
}

#[test]
fn a_call_is_rare_that_was_made_on_one_day() {
    let mut records = Vec::new();
    for day in 100..120 {
        for n in 0..6 {
            records.push((of("ann", 1, "s3:ListBuckets"), EventTime(noon(day).0 + n)));
        }
        records.push((of("bob", 1, "s3:ListBuckets"), noon(day)));
    }
    for user in ["ann", "bob"] {
        for n in 0..3 {
            let time = EventTime(noon(110).0 + n);
            records.push((of(user, 1, "iam:CreateUser"), time));
        }
    }
    records.push((of("ann", 1, "iam:CreateUser"), noon(125)));
    let of_days = |memory: &dyn Memory, user: &str, call: &str, day| {
        let record = of(user, 1, call);
        let fields = ["flowtrail.rare_call.age_days"];
        recalled(Service::CloudTrail, memory, &fields, (&record, noon(day))).concat()
    };
    let whole = Rolling::new(covering(&records));
    let rare = |user: &str, call: &str, day| of_days(&whole, user, call, day).concat();
    assert_eq!(rare("ann", "iam:CreateUser", 119), "9");
    assert_eq!(
        rare("ann", "iam:CreateUser", 125),
        "15",
        "its own day is none"
    );
    assert_eq!(rare("ann", "iam:CreateUser", 126), "", "on two days");
    assert_eq!(rare("ann", "iam:CreateUser", 111), "", "after 69 calls");
    assert_eq!(rare("ann", "iam:CreateUser", 110), "", "new");
    assert_eq!(rare("ann", "iam:CreateRole", 120), "", "new");
    assert_eq!(rare("ann", "s3:ListBuckets", 120), "", "of every day");
    assert_eq!(rare("bob", "iam:CreateUser", 120), "", "after 23 calls");
    // With a file it counts what that has.
    records.pop();
    let stream = in_stream(&covering(&records));
    for (day, days) in [(120, "10"), (126, "16")] {
        assert_eq!(of_days(&stream, "ann", "iam:CreateUser", day), [days]);
    }
    assert!(of_days(&stream, "bob", "iam:CreateUser", 120).is_empty());
}

#[test]
fn a_key_wakes_after_weeks() {
    // The day 98 begins a week.
    let mut records = Vec::new();
    for day in 98..160 {
        records.push((of("bob", 1, "s3:ListBuckets"), noon(day)));
    }
    for day in [98, 99, 104, 112, 150] {
        records.push((of("ann", 1, "s3:ListBuckets"), noon(day)));
    }
    let idle_of = |memory: &dyn Memory, user: &str, day| {
        let record = of(user, 1, "s3:ListBuckets");
        let fields = ["flowtrail.access_key.idle_weeks"];
        recalled(Service::CloudTrail, memory, &fields, (&record, noon(day))).concat()
    };
    let whole = Rolling::new(covering(&records));
    let idle = |user: &str, day| idle_of(&whole, user, day).concat();
    assert_eq!(idle("ann", 98), "", "new");
    assert_eq!(idle("ann", 99), "");
    assert_eq!(idle("ann", 105), "", "used the week before");
    assert_eq!(idle("ann", 112), "1");
    assert_eq!(idle("ann", 150), "4");
    assert_eq!(idle("ann", 151), "", "awake since the day before");
    assert_eq!(idle("bob", 150), "");
    assert_eq!(idle("dan", 150), "", "never used");
    // By a file that ends with the day 159, in the week of 154 to 160: what is
    // behind that nobody knows, and that week was not watched to its end. An hour
    // since is asked for.
    let records: Vec<_> = records.into_iter().filter(|r| r.1 != noon(150)).collect();
    let file = covering(&records);
    let stream = in_stream(&file);
    assert!(idle_of(&stream, "ann", 170).is_empty(), "not asked for");
    let key = KeyId::new(Dimension::KeyWeek, "AKIAann");
    let mut asked = History::new(*file.calendar(), false);
    let week = ValueId::new(Dimension::KeyWeek, "24");
    asked.put(key.sighting("24"), week, Span::day(Day(170)));
    let file = Arc::new(Baseline::read(file.write().unwrap()).unwrap());
    for whole in [true, false] {
        let since = Since::new(Arc::clone(&file), asked.clone());
        let memory = if whole { since } else { since.in_part() };
        assert_eq!(idle_of(&memory, "ann", 170), ["5"]);
        assert!(
            idle_of(&memory, "ann", 171).is_empty(),
            "used the day before"
        );
    }
}
