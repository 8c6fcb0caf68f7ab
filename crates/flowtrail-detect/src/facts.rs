//! Who did what from where, taken from a record that a rule matched.
//!
//! A correlation keeps the facts of each match, and matches of everyday rules
//! are many. So the facts are read from the fields of the projection, the JSON
//! of the record is looked at only where a field is not what it should be, and
//! records that say the same share one copy.

mod fields;

use std::sync::Arc;

use flowtrail_event::{Event, Kind, Service};
use hashbrown::HashMap;

pub(crate) use fields::{FactSlots, scalar};

use crate::finding::{Actor, Facts};
use fields::{FIELDS, Field, Texts, from_json, from_slots};

/// Bytes of a user agent that are shown.
const USER_AGENT_BYTES_MAX: usize = 200;

/// Sets of facts that are shared before the store begins anew.
const SHARED_MAX: usize = 100_000;

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
mod tests;
