use super::*;

mod keys;

fn time(text: &str) -> EventTime {
    EventTime::parse(text.as_bytes()).unwrap()
}

#[test]
fn layouts_of_cloudtrail_are_read() {
    let plain = "AWSLogs/111111111111/CloudTrail/us-east-1/2026/03/01/\
                 111111111111_CloudTrail_us-east-1_20260301T0005Z_0123456789abcdef.json.gz";
    let place = Place::of_key(plain);
    assert_eq!(
        place,
        Place {
            log: Some(LogKind::CloudTrail),
            organisation: None,
            account: Some("111111111111".into()),
            region: Some("us-east-1".into()),
            day: Day::new(2026, 3, 1),
            hour: None,
            written: Some(time("2026-03-01T00:05:00Z")),
        }
    );
    for prefix in [
        "logs/",
        "/srv/case 7/",
        "logs//",
        "x/2026/03/02/",
        "o-abc/111/",
    ] {
        assert_eq!(
            Place::of_key(&format!("{prefix}{plain}")),
            place,
            "{prefix}"
        );
    }
    let insight =
        Place::of_folder("AWSLogs/o-a1b2c3d4e5/222222222222/CloudTrail-Insight/eu-west-1/2026/03");
    assert_eq!(insight.organisation.as_deref(), Some("o-a1b2c3d4e5"));
    assert_eq!(insight.log, Some(LogKind::Insight));
    assert_eq!((insight.day, insight.hour), (None, None));
}

#[test]
fn layouts_of_flow_logs_are_read() {
    let file = "111111111111_vpcflowlogs_us-east-1_fl-1234abcd_20180620T1620Z_fe123456.log.gz";
    let hourly = format!("AWSLogs/111111111111/vpcflowlogs/us-east-1/2018/06/20/16/{file}");
    let place = Place::of_key(&hourly);
    assert_eq!(place.log, Some(LogKind::Flow));
    assert_eq!((place.day, place.hour), (Day::new(2018, 6, 20), Some(16)));
    assert_eq!(place.written, Some(time("2018-06-20T16:20:00Z")));
    let hive = format!(
        "p/AWSLogs/aws-account-id=111111111111/aws-service=vpcflowlogs/aws-region=us-east-1/\
         year=2018/month=06/day=20/hour=16/{file}"
    );
    assert_eq!(Place::of_key(&hive), place);
}

#[test]
fn a_compacted_copy_is_read() {
    let place = Place::of_key(
        "copy/table=tgwflow/account=111111111111/region=eu-west-1/day=2026-03-01/part-1.parquet",
    );
    assert_eq!(place.log, Some(LogKind::TgwFlow));
    assert_eq!(place.account.as_deref(), Some("111111111111"));
    assert_eq!(place.region.as_deref(), Some("eu-west-1"));
    assert_eq!(place.day, Day::new(2026, 3, 1));
}

#[test]
fn a_file_says_what_its_folder_does_not() {
    let place = Place::of_key(
        "evidence/333333333333_CloudTrail-Digest_eu-west-1_my_trail_us-east-1_20260301T000559Z.json.gz",
    );
    assert_eq!(place.log, Some(LogKind::Digest));
    assert_eq!(place.region.as_deref(), Some("eu-west-1"));
    assert_eq!(place.written, Some(time("2026-03-01T00:05:00Z")));
    // A file that was moved into the folder of another day: nobody knows.
    let moved = Place::of_key(
        "AWSLogs/111111111111/CloudTrail/us-east-1/2026/03/01/\
         111111111111_CloudTrail_us-east-1_20250301T0005Z_x.json.gz",
    );
    assert_eq!((moved.written, moved.day), (None, Day::new(2026, 3, 1)));
}

#[test]
fn what_looks_like_nothing_says_nothing() {
    for key in [
        "",
        "/",
        "x.json.gz",
        "2026/03/01/x.json.gz",
        "AWSLogs",
        "AWSLogs/11111111111/CloudTrail/x",
        "AWSLogs/readme/CloudTrail/us-east-1/2026/03/01/x",
        "day=2026-02-30/x",
        "month=03/day=01/x",
        "1_CloudTrail_us-east-1_20260301T0005Z_x.json.gz",
        "111111111111_CloudTrail_us-east-1_2026.json.gz",
        "111111111111_CloudTrail_us-east-1_20261301T0005Z_x.gz",
        "111111111111_CloudTrail_us-east-1_2026-3-1T0005Z_ä.gz",
        "ä=ö/é/\u{e000}",
    ] {
        assert_eq!(Place::of_key(key), Place::default(), "{key}");
    }
    // What is known up to where it stops.
    let odd = Place::of_folder("AWSLogs/111111111111/CloudTrail/us-east-1/2026/13/01");
    assert_eq!((odd.region.as_deref(), odd.day), (Some("us-east-1"), None));
}

fn wanted(since: &str, until: &str) -> Wanted {
    Wanted {
        since: Some(time(since)),
        until: Some(time(until)),
        ..Wanted::default()
    }
}

#[test]
fn days_are_left_out() {
    let wanted = wanted("2026-03-02T12:00:00Z", "2026-03-03T00:00:00Z");
    let held =
        |day: &str| wanted.may_hold(&format!("AWSLogs/111111111111/CloudTrail/us-east-1/{day}/"));
    assert!(!held("2026/03/01") && held("2026/03/02"));
    // Late ones, for a day.
    assert!(held("2026/03/03") && !held("2026/03/04"));
    assert!(!held("2025") && held("2026") && !held("2026/02") && held("2026/03"));
    // A flow log's file of 12:00 has what ends before 12:05.
    let file = |minute: &str| {
        wanted.admits(&format!(
            "111111111111_vpcflowlogs_us-east-1_fl-1_20260302T{minute}Z_x.log.gz"
        ))
    };
    assert!(!file("1150") && file("1155") && file("1200"));
}

#[test]
fn a_compacted_day_is_exactly_that_day() {
    let wanted = wanted("2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z");
    let copy = "table=vpcflow/account=unknown/region=unknown";
    let held = |day: &str| wanted.may_hold(&format!("{copy}/day={day}"));
    assert!(!held("2026-03-01") && held("2026-03-02") && !held("2026-03-03"));
    // Somebody else's may be days of a zone of their own, and late.
    let held = |day: &str| wanted.may_hold(&format!("mine/dt={day}"));
    assert!(!held("2026-02-28") && held("2026-03-01") && held("2026-03-04"));
    assert!(!held("2026-03-05"));
    // It is somebody else's, too, if it only has a table of the same name.
    for front in ["log=cloudtrail", "table=cloudtrail"] {
        let held = |day: &str| wanted.may_hold(&format!("{front}/dt={day}"));
        assert!(held("2026-03-01") && held("2026-03-04"), "{front}");
        assert!(!held("2026-02-28") && !held("2026-03-05"), "{front}");
    }
    // In a copy of ours no other name tells a day.
    assert!(wanted.may_hold("table=vpcflow/account=1/dt=2020-01-01"));
    assert!(wanted.may_hold(&format!("{copy}/dt=2020-01-01")));
}

#[test]
fn what_stands_in_front_of_a_copy_is_not_about_it() {
    let front = "lake/region=eu-west-1/account=111111111111/";
    let copy =
        "table=cloudtrail/account=222222222222/region=us-east-1/day=2026-03-01/part-1.parquet";
    let whole = format!("{front}{copy}");
    assert_eq!(Place::of_key(&whole), Place::of_key(copy));
}

#[test]
fn of_the_path_of_a_source_only_a_known_layout_counts() {
    let told = |source: &str| source.split_at(begins(source)).1.to_owned();
    for nothing in [
        "",
        "/",
        ".",
        "/cases/date=2026-03-05",
        "s/year=2026/month=03/",
        "table=findings/day=2026-03-01",
        "AWSLogs-copy/2026",
    ] {
        assert_eq!(told(nothing), "", "{nothing}");
    }
    let trail = "AWSLogs/111111111111/CloudTrail/eu-west-1/2026";
    assert_eq!(told(trail), trail);
    assert_eq!(
        told(&format!("/cases/dt=2026-03-05/{trail}/")),
        format!("{trail}/")
    );
    let copy = "table=vpcflow/account=111111111111";
    assert_eq!(told(&format!("dt=2026-03-05/{copy}")), copy);
}

#[test]
fn accounts_are_left_out_where_they_are_those_of_the_records() {
    let mut wanted = Wanted {
        accounts: Some(["111111111111".to_owned()].into()),
        ..Wanted::default()
    };
    let trail = "AWSLogs/222222222222/CloudTrail";
    let flow = "AWSLogs/222222222222/vpcflowlogs/us-east-1";
    assert!(!wanted.may_hold(trail));
    assert!(wanted.may_hold(flow), "a shared network");
    assert!(
        wanted.may_hold("AWSLogs/222222222222"),
        "either may be below"
    );
    wanted.logs = Some([LogKind::CloudTrail].into());
    assert!(!wanted.may_hold("AWSLogs/o-abc/222222222222/"));
    assert!(!wanted.may_hold(flow), "another log");
    assert!(wanted.may_hold("AWSLogs/o-abc/111111111111/"));
    assert!(!wanted.may_hold("table=cloudtrail/account=222222222222"));
    assert!(wanted.may_hold("account=222222222222/whatever"));
}

#[test]
fn other_logs_are_left_out_if_some_are_asked_for() {
    let mut wanted = Wanted::default();
    let load_balancers = "AWSLogs/111111111111/elasticloadbalancing/us-east-1/2026/03/01";
    assert!(wanted.may_hold(load_balancers));
    wanted.logs = Some([LogKind::VpcFlow].into());
    assert!(!wanted.may_hold(load_balancers));
    assert!(!wanted.may_hold("AWSLogs/111111111111/CloudTrail-Digest"));
    assert!(wanted.may_hold("AWSLogs/111111111111/vpcflowlogs"));
    assert!(wanted.may_hold("AWSLogs/111111111111/something-new"));
    assert!(!wanted.may_hold("table=tgwflow"));
}

#[test]
fn global_events_of_old_trails_are_found_in_any_region() {
    let mut wanted = Wanted {
        regions: Some(["us-east-1".to_owned()].into()),
        ..Wanted::default()
    };
    let trail = "AWSLogs/111111111111/CloudTrail/eu-west-1";
    assert!(wanted.may_hold(trail));
    assert!(wanted.may_hold(&format!("{trail}/2021/11/20")));
    assert!(!wanted.may_hold(&format!("{trail}/2021/12")));
    assert!(!wanted.may_hold("AWSLogs/111111111111/CloudTrail/us-gov-west-1"));
    assert!(!wanted.may_hold("AWSLogs/111111111111/vpcflowlogs/eu-west-1"));
    wanted.since = Some(time("2026-01-01T00:00:00Z"));
    assert!(!wanted.may_hold(trail));
}
