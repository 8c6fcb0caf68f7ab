//! The fields that facts are taken from, and what a record has in them.

use flowtrail_event::{Event, Kind, Projection, SlotId, Value};
use serde_json::Value as Json;

/// Declares the fields that facts are taken from: the name in code, and the
/// paths in records of `CloudTrail` and of flow logs, empty where there is none.
macro_rules! fields {
    ($($name:ident = $cloudtrail:literal, $flow:literal;)+) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Field { $($name,)+ }

        pub(super) const FIELDS: &[(Field, &str, &str)] = &[$((Field::$name, $cloudtrail, $flow),)+];
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
pub(super) struct Texts<T>([Option<T>; LEN]);

impl<T: AsRef<str>> Texts<T> {
    pub(super) fn get(&self, field: Field) -> Option<&str> {
        self.0.get(field as usize)?.as_ref().map(AsRef::as_ref)
    }

    pub(super) fn own(&self, field: Field) -> Option<String> {
        self.get(field).map(str::to_owned)
    }
}

/// `None` if a field is not what it should be, a single text: which of several
/// values counts, and how a number reads, is for the JSON to say.
pub(super) fn from_slots<'e>(event: &'e Event<'_>, slots: &FactSlots) -> Option<Texts<&'e str>> {
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
pub(super) fn from_json(event: &Event<'_>, slots: &FactSlots) -> Texts<String> {
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

/// The text of a scalar.
pub(crate) fn scalar(value: &Json) -> Option<String> {
    match value {
        Json::String(s) => Some(s.clone()),
        Json::Number(n) => Some(n.to_string()),
        Json::Bool(b) => Some(b.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}
