//! Which records are one record, and hashes that name what is found.

use flowtrail_event::{Event, Kind, Projection, SlotId};
use sha2::{Digest as _, Sha256};

/// Fields that tell a record from its duplicates.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeySlots {
    event_id: SlotId,
    account: SlotId,
}

impl KeySlots {
    /// Asks `projection`, which is one over logs of `kind`, for the fields.
    pub(crate) fn of(projection: &mut Projection, kind: Kind) -> Self {
        let (id, account) = match kind {
            Kind::CloudTrail => ("eventID", "recipientAccountId"),
            Kind::Flow => ("flow-id", "account-id"),
        };
        Self {
            event_id: projection.slot(id),
            account: projection.slot(account),
        }
    }

    /// The id that a record has of its own.
    pub(crate) fn event_id<'e>(&self, event: &'e Event<'_>) -> Option<&'e str> {
        event.str(self.event_id)
    }

    /// The same for all copies of a record: of its id where it has one,
    /// otherwise of all that it says.
    pub(crate) fn key(&self, event: &Event<'_>) -> [u8; 16] {
        let account = event.str(self.account).unwrap_or("");
        match self.event_id(event) {
            Some(id) => digest(&[id.as_bytes(), account.as_bytes()]),
            None => digest(&[&event.json()]),
        }
    }
}

/// A hash over parts, each with its length, so that no two lists meet.
pub(crate) fn digest(parts: &[&[u8]]) -> [u8; 16] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let full: [u8; 32] = hash.finalize().into();
    let mut out = [0; 16];
    for (to, from) in out.iter_mut().zip(full) {
        *to = from;
    }
    out
}
