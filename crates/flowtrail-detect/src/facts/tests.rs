use flowtrail_event::{Projection, RawRecord, Record, SlotId};
use serde_json::Value as Json;

use super::*;

struct Raw<'r>(&'r str);

impl RawRecord for Raw<'_> {
    fn write_json(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.0.as_bytes());
    }
}

fn fill(record: &mut Record, slot: SlotId, value: &Json) {
    match value {
        Json::String(s) => record.push_own_text(slot, s.as_bytes()),
        Json::Number(n) => record.push_own_number(slot, n.to_string().as_bytes()),
        Json::Bool(b) => record.push_bool(slot, *b),
        Json::Null => record.push_null(slot),
        Json::Array(all) => all.iter().for_each(|v| fill(record, slot, v)),
        Json::Object(_) => {}
    }
}

/// The facts of records, read by one store, and how many it keeps.
fn facts_of(records: &[&str]) -> (Vec<Arc<Facts>>, usize) {
    let mut projection = Projection::new();
    let slots = FactSlots::of(&mut projection, Kind::CloudTrail, false);
    let mut store = FactStore::default();
    let one = |json: &&str| {
        let mut record = Record::new(projection.len());
        let tree: Json = serde_json::from_str(json).unwrap();
        for (slot, path) in projection.read_fields() {
            let value = path.split('.').try_fold(&tree, |v, key| v.get(key));
            value.inspect(|v| fill(&mut record, slot, v));
        }
        let principal = projection.find("flowtrail.principal").unwrap();
        record.push_own_text(principal, b"somebody");
        let raw = Raw(json);
        let event = Event::new(Service::CloudTrail, &mut record, b"", &raw);
        store.read(&event, &slots)
    };
    let all = records.iter().map(one).collect();
    (all, store.known.len())
}

const CALL: &str = r#"{"recipientAccountId": "1", "eventSource": "s3.amazonaws.com",
    "eventName": "GetObject", "errorCode": "AccessDenied", "errorMessage": "no: 7",
    "userIdentity": {"arn": "arn:aws:sts::1:assumed-role/r/me", "accountId": 2,
    "sessionContext": {"attributes": {"mfaAuthenticated": true}}}}"#;

#[test]
fn slots_and_json_say_the_same() {
    // A list, and a number that has to be read, send the second to its JSON.
    let odd = CALL.replace("2,", r#"2, "accessKeyId": ["A", "B"],"#);
    let number = CALL.replace("\"1\"", "1e0");
    let (all, _) = facts_of(&[CALL, &odd, &number]);
    assert_eq!(all[0], all[1]);
    assert_eq!(all[2].account.as_deref(), Some("1.0"));
    let facts = &all[0];
    assert_eq!(facts.account.as_deref(), Some("1"));
    assert_eq!(facts.event_source.as_deref(), Some("s3"));
    assert_eq!(facts.error_code.as_deref(), Some("AccessDenied"));
    assert_eq!(facts.actor.session.as_deref(), Some("me"));
    assert_eq!(facts.actor.account.as_deref(), Some("2"));
    assert_eq!(facts.actor.mfa.as_deref(), Some("true"));
    assert_eq!(facts.actor.principal.as_deref(), Some("somebody"));
    assert_eq!(facts.region, None);
}

#[test]
fn records_that_say_the_same_share_their_facts() {
    let message = CALL.replace("no: 7", "no: 8");
    let name = CALL.replace("GetObject", "PutObject");
    // What one field lacks is not what its neighbour has.
    let (a, b) = (r#"{"awsRegion": "x"}"#, r#"{"recipientAccountId": "x"}"#);
    let (all, known) = facts_of(&[CALL, &message, CALL, &name, a, b]);
    assert!(Arc::ptr_eq(&all[0], &all[1]) && Arc::ptr_eq(&all[0], &all[2]));
    assert_eq!(
        (known, all[3].event_name.as_deref()),
        (4, Some("PutObject"))
    );
    assert_ne!(all[4], all[5]);
}

#[test]
fn a_refused_sign_in_says_why() {
    let login = |rest: &str| {
        let text = format!(r#"{{"responseElements": {{"ConsoleLogin": "Failure"}}{rest}}}"#);
        facts_of(&[&text]).0[0].error_code.clone()
    };
    assert_eq!(login("").as_deref(), Some("Failure"));
    assert_eq!(
        login(r#", "errorMessage": "No user""#).as_deref(),
        Some("No user")
    );
    let (other, _) = facts_of(&[r#"{"responseElements": {"ConsoleLogin": "Success"},
        "errorMessage": "x"}"#]);
    assert_eq!(other[0].error_code, None);
}

#[test]
fn every_field_stands_at_its_number() {
    for (at, (field, ..)) in FIELDS.iter().enumerate() {
        assert_eq!(*field as usize, at);
    }
}
