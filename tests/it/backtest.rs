//! `flowtrail backtest`: what rules would have found, beside what they find.

mod changed;
mod counted;
mod thresholds;
mod words;

use serde_json::Value;

use crate::cli::{Ran, folder, run};

/// A rule over single records.
const COOKIE: &str = "\
title: Somebody took a cookie
id: 11111111-1111-4111-8111-111111111111
name: cookie
logsource: { product: aws, service: cloudtrail }
detection:
  selection: { eventName: TakeCookie }
  condition: selection
level: high
";

/// A record: what was done, when, and by whom.
type Did<'a> = (&'a str, &'a str, &'a str);

/// A trail file with these records.
fn trail(records: &[Did<'_>]) -> String {
    let record = |(n, (api, time, who)): (usize, &Did<'_>)| {
        format!(
            r#"{{"eventVersion":"1.11","eventID":"{time}-{n}","eventTime":"{time}","eventSource":"jar.amazonaws.com","eventName":"{api}","awsRegion":"eu-west-1","sourceIPAddress":"192.0.2.{n}","userIdentity":{{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/{who}","accountId":"111122223333","userName":"{who}"}},"recipientAccountId":"111122223333"}}"#,
        )
    };
    let records: Vec<_> = records.iter().enumerate().map(record).collect();
    format!(r#"{{"Records":[{}]}}"#, records.join(","))
}

/// The report of the only rule that was tested.
fn only(ran: &Ran) -> Value {
    let mut all = ran.json();
    assert_eq!(all.len(), 1, "{ran:?}");
    let document = all.remove(0);
    assert_eq!(document["schema"], "flowtrail.backtest.v1");
    let rules = document["rules"].as_array().unwrap();
    assert_eq!(rules.len(), 1, "{document}");
    rules[0].clone()
}
