//! Any keys, and any questions.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;

use super::*;

const DIGITS: [&str; 3] = ["111111111111", "222222222222", "333333333333"];
const REGIONS: [&str; 3] = ["us-east-1", "eu-west-1", "us-gov-west-1"];

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
        let has =
            |set: &Option<BTreeSet<String>>, it: &str| set.as_ref().is_none_or(|s| s.contains(it));
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
