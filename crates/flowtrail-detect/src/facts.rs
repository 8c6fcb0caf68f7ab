//! Who did what from where, taken from a record that a rule matched.
//!
//! A correlation keeps the facts of each match, and matches of everyday rules
//! are many. So the facts are read from the fields of the projection, the JSON
//! of the record is looked at only where a field is not what it should be, and
//! records that say the same share one copy.

use std::sync::Arc;

use flowtrail_event::{Event, Kind, Projection, Service, SlotId, Value};
use hashbrown::HashMap;
use serde_json::Value as Json;

use crate::finding::{Actor, Facts};

/// Bytes of a user agent that are shown.
const USER_AGENT_BYTES_MAX: usize = 200;

/// Sets of facts that are shared before the store begins anew.
const SHARED_MAX: usize = 100_000;

/// Declares the fields that facts are taken from: the name in code, and the
/// paths in records of `CloudTrail` and of flow logs, empty where there is none.
macro_rules! fields {
    ($($name:ident = $cloudtrail:literal, $flow:literal;)+) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        enum Field { $($name,)+ }

        const FIELDS: &[(Field, &str, &str)] = &[$((Field::$name, $cloudtrail, $flow),)+];
    };
}

fields! {
    Account = "recipientAccountId", "account-id";
    Region = "awsRegion", "region";
    EventSource = "eventSource", "";
    EventName = "eventName", "";
    InsightSource = "insightDetails.eventSource", "";
    InsightName = "insightDetails.eventName", "";
    ErrorCode = "errorCode", "";
    ErrorMessage = "errorMessage", "";
    ConsoleLogin = "responseElements.ConsoleLogin", "";
    Source = "sourceIPAddress", "srcaddr";
    PacketSource = "", "pkt-srcaddr";
    Destination = "", "dstaddr";
    PacketDestination = "", "pkt-dstaddr";
    UserAgent = "userAgent", "";
    IdentityType = "userIdentity.type", "";
    IdentityArn = "userIdentity.arn", "";
    IdentityAccount = "userIdentity.accountId", "";
    AccessKey = "userIdentity.accessKeyId", "";
    Mfa = "userIdentity.sessionContext.attributes.mfaAuthenticated", "";
    MfaUsed = "additionalEventData.MFAUsed", "";
    Principal = "flowtrail.principal", "flowtrail.principal";
    Class = "flowtrail.identity.class", "flowtrail.identity.class";
    SourceKind = "flowtrail.source.kind", "flowtrail.source.kind";
}

const LEN: usize = FIELDS.len();

/// Where the fields lie in a projection.
#[derive(Debug)]
pub(crate) struct FactSlots {
    kind: Kind,
    slots: [Option<SlotId>; LEN],
}

impl FactSlots {
    /// Asks `projection`, which is one over logs of `kind`, for the fields.
    /// The far end of flows is wanted for suppressions only: with it, records
    /// that say the same are few.
    pub(crate) fn of(projection: &mut Projection, kind: Kind, destinations: bool) -> Self {
        let mut slots = [None; LEN];
        for (slot, field) in slots.iter_mut().zip(FIELDS) {
            let of_destination = matches!(field.0, Field::Destination | Field::PacketDestination);
            let path = path(*field, kind);
            let wanted = !path.is_empty() && (destinations || !of_destination);
            *slot = wanted.then(|| projection.slot(path));
        }
        Self { kind, slots }
    }

    pub(crate) fn slots(&self) -> impl Iterator<Item = SlotId> {
        self.slots.iter().copied().flatten()
    }
}

const fn path(
    (_, cloudtrail, flow): (Field, &'static str, &'static str),
    kind: Kind,
) -> &'static str {
    match kind {
        Kind::CloudTrail => cloudtrail,
        Kind::Flow => flow,
    }
}

/// What a record has in the fields.
struct Texts<T>([Option<T>; LEN]);

impl<T: AsRef<str>> Texts<T> {
    fn get(&self, field: Field) -> Option<&str> {
        self.0.get(field as usize)?.as_ref().map(AsRef::as_ref)
    }

    fn own(&self, field: Field) -> Option<String> {
        self.get(field).map(str::to_owned)
    }
}

/// The facts of matched records.
#[derive(Debug, Default)]
pub(crate) struct FactStore {
    known: HashMap<Box<[u8]>, Arc<Facts>, foldhash::fast::RandomState>,
    key: Vec<u8>,
}

impl FactStore {
    /// The facts of a record whose derived fields are filled.
    pub(crate) fn read(&mut self, event: &Event<'_>, slots: &FactSlots) -> Arc<Facts> {
        match from_slots(event, slots) {
            Some(texts) => self.shared(event.service, &texts),
            None => self.shared(event.service, &from_json(event, slots)),
        }
    }

    fn shared<T: AsRef<str>>(&mut self, service: Service, texts: &Texts<T>) -> Arc<Facts> {
        // No text has these two bytes, so that different texts differ.
        const ABSENT: u8 = 0xFF;
        const END: u8 = 0xFE;
        let login_failed = texts.get(Field::ConsoleLogin) == Some(FAILURE);
        self.key.clear();
        self.key.extend(u8::try_from(service.index()));
        for (field, ..) in FIELDS {
            // It mostly names a request, and matters for sign-ins only.
            let is_left_out = *field == Field::ErrorMessage && !login_failed;
            match texts.get(*field).filter(|_| !is_left_out) {
                Some(text) => {
                    self.key.extend_from_slice(text.as_bytes());
                    self.key.push(END);
                }
                None => self.key.push(ABSENT),
            }
        }
        if let Some(known) = self.known.get(self.key.as_slice()) {
            return Arc::clone(known);
        }
        if self.known.len() >= SHARED_MAX {
            self.known.clear();
        }
        let facts = Arc::new(match service.kind() {
            Kind::CloudTrail => cloudtrail(service, texts),
            Kind::Flow => flow(service, texts),
        });
        self.known
            .insert(self.key.as_slice().into(), Arc::clone(&facts));
        facts
    }
}

/// `None` if a field is not what it should be, a single text: which of several
/// values counts, and how a number reads, is for the JSON to say.
fn from_slots<'e>(event: &'e Event<'_>, slots: &FactSlots) -> Option<Texts<&'e str>> {
    let mut texts = [None; LEN];
    for (text, slot) in texts.iter_mut().zip(slots.slots) {
        let Some(slot) = slot else { continue };
        let mut values = event.values(slot);
        *text = match values.next() {
            Some(Value::Number(n)) if !is_plain(n) => return None,
            Some(value @ (Value::Text(_) | Value::Number(_))) => Some(value.as_str()?),
            Some(value @ Value::Bool(_)) => value.as_str(),
            None | Some(Value::Null | Value::Object(_) | Value::EmptyArray) => None,
        };
        if values.next().is_some() {
            return None;
        }
    }
    Some(Texts(texts))
}

/// Whether a number reads as it is written: digits that 64 bits hold.
fn is_plain(number: &[u8]) -> bool {
    const DIGITS_MAX: usize = 19;
    number.len() <= DIGITS_MAX && number.iter().all(u8::is_ascii_digit)
}

/// Of a key that stands twice the last one counts, and a list is no text.
fn from_json(event: &Event<'_>, slots: &FactSlots) -> Texts<String> {
    let json: Json = serde_json::from_slice(&event.json()).unwrap_or_default();
    let mut texts = [const { None }; LEN];
    for ((text, slot), field) in texts.iter_mut().zip(slots.slots).zip(FIELDS) {
        let path = path(*field, slots.kind);
        let Some(slot) = slot else { continue };
        *text = if path.starts_with("flowtrail.") {
            event.str(slot).map(str::to_owned)
        } else {
            let found = path.split('.').try_fold(&json, |v, key| v.get(key));
            found.and_then(scalar)
        };
    }
    Texts(texts)
}

/// What a sign-in answers that was refused.
const FAILURE: &str = "Failure";

fn cloudtrail<T: AsRef<str>>(service: Service, of: &Texts<T>) -> Facts {
    let either = |a: Field, b: Field| of.own(a).or_else(|| of.own(b));
    let source = either(Field::EventSource, Field::InsightSource);
    // A failed sign-in says so in its answer, not in `errorCode`.
    let failed_login = || {
        let failed = of.get(Field::ConsoleLogin)? == FAILURE;
        let why = of.get(Field::ErrorMessage).unwrap_or(FAILURE);
        failed.then(|| why.to_owned())
    };
    Facts {
        service,
        account: either(Field::Account, Field::IdentityAccount),
        region: of.own(Field::Region),
        actor: Actor {
            principal: of.own(Field::Principal),
            identity_type: of.own(Field::IdentityType),
            class: of.own(Field::Class),
            session: of.get(Field::IdentityArn).and_then(session),
            access_key_id: of.own(Field::AccessKey),
            account: of.own(Field::IdentityAccount),
            mfa: either(Field::Mfa, Field::MfaUsed),
        },
        event_source: source.map(|s| s.trim_end_matches(".amazonaws.com").to_owned()),
        event_name: either(Field::EventName, Field::InsightName),
        error_code: of.own(Field::ErrorCode).or_else(failed_login),
        source: of.own(Field::Source),
        destination: None,
        source_kind: of.own(Field::SourceKind),
        user_agent: of
            .get(Field::UserAgent)
            .map(|u| cut(u, USER_AGENT_BYTES_MAX)),
        first_seen: Vec::new(),
    }
}

fn flow<T: AsRef<str>>(service: Service, of: &Texts<T>) -> Facts {
    Facts {
        service,
        account: of.own(Field::Account),
        region: of.own(Field::Region),
        actor: Actor {
            principal: of.own(Field::Principal),
            class: of.own(Field::Class),
            ..Actor::default()
        },
        event_source: None,
        event_name: None,
        error_code: None,
        source: of
            .own(Field::PacketSource)
            .or_else(|| of.own(Field::Source)),
        destination: of
            .own(Field::PacketDestination)
            .or_else(|| of.own(Field::Destination)),
        source_kind: of.own(Field::SourceKind),
        user_agent: None,
        first_seen: Vec::new(),
    }
}

/// The session name of an assumed role: what follows the role in its ARN.
fn session(arn: &str) -> Option<String> {
    let (_, role) = arn.split_once(":assumed-role/")?;
    role.split_once('/').map(|(_, session)| session.to_owned())
}

/// The text of a scalar.
pub(crate) fn scalar(value: &Json) -> Option<String> {
    match value {
        Json::String(s) => Some(s.clone()),
        Json::Number(n) => Some(n.to_string()),
        Json::Bool(b) => Some(b.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

/// At most `max` bytes of `text`, with a mark where something is missing.
pub(crate) fn cut(text: &str, max: usize) -> String {
    if text.len() <= max {
        return text.to_owned();
    }
    let end = (0..=max)
        .rev()
        .find(|i| text.is_char_boundary(*i))
        .unwrap_or(0);
    format!("{}…", text.get(..end).unwrap_or(""))
}

#[cfg(test)]
mod tests {
    use flowtrail_event::{RawRecord, Record};

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
}
