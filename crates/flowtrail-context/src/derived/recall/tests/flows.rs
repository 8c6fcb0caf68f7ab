//! Destinations, and hours of interfaces.

use super::*;

fn flow(from: u8, to: &str, more: &str) -> String {
    format!(
        "srcaddr=10.0.0.{from} | dstaddr={to} | srcport=40000 | dstport=443 | protocol=6 \
         | action=ACCEPT | interface-id=eni-{from} | {more}"
    )
}

#[test]
fn destinations_are_rare_while_they_are_new_to_most() {
    let mut records = Vec::new();
    for day in 100..120 {
        for host in 0..3 {
            records.push((flow(host, "203.0.113.1", "bytes=1"), noon(day)));
        }
    }
    records.push((flow(1, "203.0.113.2", "bytes=1"), noon(110)));
    records.push((flow(1, "203.0.113.3", "bytes=1"), noon(113)));
    records.push((flow(1, "203.0.113.4", "bytes=1"), noon(119)));
    records.push((flow(2, "203.0.113.4", "bytes=1"), noon(119)));
    for host in 0..3 {
        records.push((flow(host, "203.0.113.6", "bytes=1"), noon(119)));
    }
    records.push((flow(0, "203.0.113.7", "bytes=1"), noon(119)));
    records.push((flow(2, "203.0.113.7", "bytes=1"), noon(119)));
    let memory = Rolling::new(history(Service::VpcFlow, &records));
    let rare = |to: &str, day| {
        let record = flow(1, to, "bytes=1");
        let fields = ["flowtrail.rare_destination"];
        recalled(Service::VpcFlow, &memory, &fields, (&record, noon(day)))
            .remove(0)
            .join("")
    };
    for (to, expected) in [
        ("203.0.113.1", "false"),
        ("203.0.113.2", "false"), // ten days old
        ("203.0.113.3", "true"),  // seven
        ("203.0.113.4", "true"),  // the host itself and one other
        ("203.0.113.6", "false"), // two others
        ("203.0.113.7", "false"), // two others, and never the host itself
        ("203.0.113.5", "true"),  // never seen
        ("10.0.0.9", ""),
    ] {
        assert_eq!(rare(to, 120), expected, "{to}");
    }
    assert_eq!(rare("203.0.113.5", 105), "", "nothing was learnt yet");
}

#[test]
fn hours_beside_what_is_usual() {
    let mut records = Vec::new();
    let hour = |day: i64, hour: i64| EventTime(day * DAY_MS + hour * HOUR_MS);
    for day in 100..120 {
        for at in 0..24 {
            records.push((flow(1, "203.0.113.1", "bytes=1000"), hour(day, at)));
        }
    }
    for part in 0..3 {
        let time = EventTime(hour(120, 5).0 + part);
        records.push((flow(1, "203.0.113.1", "bytes=500"), time));
    }
    let memory = Rolling::new(history(Service::VpcFlow, &records));
    let of_hour = |time| {
        let record = flow(1, "203.0.113.1", "bytes=500");
        let fields = ["flowtrail.hour.bytes_out", "flowtrail.hour.bytes_out_sigma"];
        recalled(Service::VpcFlow, &memory, &fields, (&record, time)).concat()
    };
    // All hours are alike, so a tenth of the mean is what they vary by.
    assert_eq!(of_hour(hour(120, 5)), ["1500", "5.00"]);
    assert_eq!(of_hour(hour(119, 5)), ["1000", "0.00"]);
    assert!(
        of_hour(hour(113, 5)).is_empty(),
        "thirteen days are too few"
    );
    assert!(of_hour(hour(130, 5)).is_empty(), "nothing was in that hour");
}

#[test]
fn who_was_never_refused_is_known_not_to_be() {
    let hour = |day, hour: i64| EventTime(noon(day).0 + (hour - 12) * 3_600_000);
    let of = |host, action| flow(host, "10.9.9.9", "bytes=1").replace("ACCEPT", action);
    let mut records = Vec::new();
    for day in 100..120 {
        records.push((of(1, "ACCEPT"), hour(day, 3)));
    }
    for day in 118..120 {
        records.push((of(2, "ACCEPT"), hour(day, 3)));
    }
    for part in 0..40 {
        for host in [1, 2] {
            let time = EventTime(hour(120, 5).0 + part);
            records.push((of(host, "REJECT"), time));
        }
    }
    let memory = Rolling::new(history(Service::VpcFlow, &records));
    let of_hour = |host| {
        let record = of(host, "REJECT");
        let fields = ["flowtrail.hour.rejects", "flowtrail.hour.rejects_sigma"];
        let time = hour(120, 5);
        recalled(Service::VpcFlow, &memory, &fields, (&record, time)).concat()
    };
    assert_eq!(of_hour(1), ["40", "40.00"]);
    assert!(of_hour(2).is_empty(), "two days are too few");
}
