use std::time::Duration;

use proptest::prelude::*;

use super::*;

const DIGITS: [&str; 3] = ["111111111111", "222222222222", "333333333333"];
const REGIONS: [&str; 3] = ["us-east-1", "eu-west-1", "us-gov-west-1"];

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
    let held = |day: &str| wanted.may_hold(&format!("table=vpcflow/account=1/day={day}"));
    assert!(!held("2026-03-01") && held("2026-03-02") && !held("2026-03-03"));
    // Somebody else's may be days of a zone of their own, and late.
    let held = |day: &str| wanted.may_hold(&format!("mine/dt={day}"));
    assert!(!held("2026-02-28") && held("2026-03-01") && held("2026-03-04"));
    assert!(!held("2026-03-05"));
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

prop_compose! {
    /// An event that somebody writes down somewhere.
    fn event()(
        at in 1_500_000_000_i64..1_800_000_000,
        late in 0_i64..40 * 86_400,
        owner in 0..DIGITS.len(),
        other in 0..DIGITS.len(),
        region in 0..REGIONS.len(),
        layout in 0..10_usize,
        prefix in prop::sample::select(vec!["", "logs/", "a/AWSLogs-copy/", "logs//", "2026/01/"]),
        named in any::<bool>(),
    ) -> Written {
        Written { at, late, owner: DIGITS[owner], other: DIGITS[other],
            region: REGIONS[region], layout, prefix, named }
    }
}

/// An event, and who wrote it where.
#[derive(Debug, Clone)]
struct Written {
    at: i64,
    late: i64,
    owner: &'static str,
    other: &'static str,
    region: &'static str,
    layout: usize,
    prefix: &'static str,
    named: bool,
}

impl Written {
    fn log(&self) -> LogKind {
        match self.layout {
            0 | 1 | 8 | 9 => LogKind::CloudTrail,
            2 => LogKind::Insight,
            3..=5 => LogKind::VpcFlow,
            _ => LogKind::TgwFlow,
        }
    }

    /// The account in the record.
    fn account(&self) -> &'static str {
        if self.log().is_flow() && self.layout != 7 {
            self.other
        } else {
            self.owner
        }
    }

    fn key(&self) -> String {
        let Self { owner, region, .. } = self;
        // Deliveries begin slots of five minutes, in which flow logs end.
        let delivered = if self.log().is_flow() {
            (self.at + self.late).div_euclid(300) * 300
        } else {
            self.at + self.late
        };
        let t = EventTime::from_secs(delivered).civil();
        let (y, m, d, h) = (t.year, t.month, t.day, t.hour);
        let service = if self.log().is_flow() {
            "vpcflowlogs"
        } else if self.log() == LogKind::Insight {
            "CloudTrail-Insight"
        } else {
            "CloudTrail"
        };
        let event = Day::of(EventTime::from_secs(self.at));
        let folder = match self.layout {
            0 | 2 | 3 => format!("AWSLogs/{owner}/{service}/{region}/{y:04}/{m:02}/{d:02}"),
            1 => format!("AWSLogs/o-abc123/{owner}/{service}/{region}/{y:04}/{m:02}/{d:02}"),
            4 => format!("AWSLogs/{owner}/{service}/{region}/{y:04}/{m:02}/{d:02}/{h:02}"),
            5 | 6 => format!(
                "AWSLogs/aws-account-id={owner}/aws-service={service}/aws-region={region}/\
                 year={y:04}/month={m:02}/day={d:02}/hour={h:02}"
            ),
            7 => format!("table=tgwflow/account={owner}/region={region}/day={event}"),
            8 => format!("mine/account=prod/year={y:04}/month={m}/day={d}"),
            _ => "unsorted".to_owned(),
        };
        let min = t.minute;
        let file = if self.named {
            format!("{owner}_{service}_{region}_x_{y:04}{m:02}{d:02}T{h:02}{min:02}Z_abc.gz")
        } else {
            "part-0001.gz".to_owned()
        };
        format!("{}{folder}/{file}", self.prefix)
    }

    fn is_wanted(&self, wanted: &Wanted) -> bool {
        let at = EventTime::from_secs(self.at);
        let has = |set: &Option<std::collections::BTreeSet<String>>, it: &str| {
            set.as_ref().is_none_or(|s| s.contains(it))
        };
        wanted.since.is_none_or(|s| at >= s)
            && wanted.until.is_none_or(|u| at < u)
            && has(&wanted.accounts, self.account())
            && has(&wanted.regions, self.region)
            && wanted.logs.as_ref().is_none_or(|l| l.contains(&self.log()))
    }
}

prop_compose! {
    fn question()(
        since in prop::option::of(1_500_000_000_i64..1_800_000_000),
        span in prop::option::of(0_i64..100 * 86_400),
        accounts in prop::option::of(prop::collection::btree_set(0..DIGITS.len(), 0..3)),
        regions in prop::option::of(prop::collection::btree_set(0..REGIONS.len(), 0..3)),
        logs in prop::option::of(prop::sample::subsequence(
            vec![LogKind::CloudTrail, LogKind::Insight, LogKind::VpcFlow, LogKind::TgwFlow], 0..4)),
        late_days in 0_u64..40,
    ) -> Wanted {
        Wanted {
            since: since.map(EventTime::from_secs),
            until: span.map(|s| EventTime::from_secs(since.unwrap_or(1_600_000_000) + s)),
            accounts: accounts.map(|a| a.iter().map(|i| DIGITS[*i].to_owned()).collect()),
            regions: regions.map(|r| r.iter().map(|i| REGIONS[*i].to_owned()).collect()),
            logs: logs.map(|l| l.into_iter().collect()),
            lateness: Duration::from_secs(late_days * 86_400),
        }
    }
}

/// Names of folders and files, whole and in pieces, in any order.
fn any_key() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "AWSLogs",
        "o-abc",
        "111111111111",
        "222222222222",
        "CloudTrail",
        "CloudTrail-Digest",
        "vpcflowlogs",
        "Config",
        "us-east-1",
        "eu-west-1",
        "2025",
        "2026",
        "03",
        "01",
        "31",
        "",
        "aws-account-id=111111111111",
        "aws-service=vpcflowlogs",
        "aws-region=eu-west-1",
        "year=2026",
        "month=03",
        "day=01",
        "hour=05",
        "table=cloudtrail",
        "log=vpcflow",
        "account=222222222222",
        "region=us-east-1",
        "day=2026-03-01",
        "dt=2025-01-01",
        "x",
        "111111111111_CloudTrail_us-east-1_20260301T0005Z_x.json.gz",
        "222222222222_vpcflowlogs_eu-west-1_fl-1_20250301T0005Z_x.log.gz",
    ]);
    prop::collection::vec(name, 1..10).prop_map(|names| names.join("/"))
}

/// Every folder above a key, from the outermost.
fn folders(key: &str) -> impl Iterator<Item = &str> {
    let ends = key.match_indices('/').map(|(at, _)| at + 1);
    ends.map(|end| key.split_at(end).0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    /// Nothing that was asked for is left out, if it was not later than expected.
    #[test]
    fn nothing_in_the_span_is_lost(
        event in event(),
        mut question in question(),
        before in prop::option::of(0_i64..3 * 86_400),
        after in prop::option::of(1_i64..3 * 86_400),
        asks_for_it in any::<bool>(),
    ) {
        question.since = before.map(|s| EventTime::from_secs(event.at - s));
        question.until = after.map(|s| EventTime::from_secs(event.at + s));
        if asks_for_it {
            question.accounts = Some([event.account().to_owned()].into());
            question.regions = Some([event.region.to_owned()].into());
            question.logs = Some([event.log()].into());
        }
        let slack = i64::try_from(question.lateness.as_secs()).unwrap();
        if event.is_wanted(&question) && event.late <= slack {
            let key = event.key();
            prop_assert!(question.admits(&key), "{key}");
            for folder in folders(&key) {
                prop_assert!(question.may_hold(folder), "{folder} of {key}");
            }
        }
    }

    /// A descent that turns back at folders finds what filtering all keys finds.
    #[test]
    fn a_pruned_descent_is_exact(key in any_key(), question in question()) {
        if question.admits(&key) {
            for folder in folders(&key) {
                prop_assert!(question.may_hold(folder), "{folder} of {key}");
                prop_assert!(question.may_hold(folder.trim_end_matches('/')), "{folder}");
            }
        }
    }

    /// The more is asked for, the more is looked at.
    #[test]
    fn a_wider_question_finds_no_less(key in any_key(), question in question()) {
        if question.admits(&key) {
            let mut wider = question;
            wider.since = None;
            prop_assert!(wider.admits(&key), "{key}");
            wider.accounts = None;
            prop_assert!(wider.admits(&key), "{key}");
            wider.logs = None;
            prop_assert!(wider.admits(&key), "{key}");
            wider.regions = None;
            wider.until = None;
            prop_assert!(wider.admits(&key), "{key}");
        }
    }

    /// Any text is a key.
    #[test]
    fn no_key_is_too_odd(key in "\\PC*", question in question()) {
        let _place = Place::of_key(&key);
        let _admitted = question.admits(&key);
    }
}
