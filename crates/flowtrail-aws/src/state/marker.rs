//! How far an object has come, and who says so.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use sha2::{Digest as _, Sha256};

use super::{State, clock_ms, text};
use crate::fault::Fault;

/// An object, by what was read and not by what was announced: bucket, key, and
/// the version or ETag that S3 answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectId(String);

impl ObjectId {
    /// The id of one content of one key.
    #[must_use]
    pub fn new(bucket: &str, key: &str, content: &str) -> Self {
        let mut hash = Sha256::new();
        for part in [bucket, key, content] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        Self(
            hash.finalize()
                .iter()
                .take(16)
                .map(|b| format!("{b:02x}"))
                .collect(),
        )
    }

    /// As it stands in keys: 32 hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn pk(&self) -> String {
        format!("object#{}", self.0)
    }
}

/// How far an object has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Marker {
    /// Never heard of it.
    New,
    /// Its windows are in the table; nothing is known of what follows.
    Committed,
    /// Findings and notifications are out, and somebody is publishing its
    /// metrics just now.
    Busy,
    /// Its metrics were about to be published by somebody who is dead. Whether
    /// they were, nobody can say.
    Claimed,
    /// Everything is out but findings of windows that somebody saw at the same
    /// time, and may not have counted.
    Owing,
    /// Everything is out.
    Done,
    /// Everything that could be read is out; the object cannot be read to its end.
    Lost,
}

/// Words of the attribute `state`.
pub(super) const COMMITTED: &str = "committed";
pub(super) const CLAIMED: &str = "claimed";
pub(super) const DONE: &str = "done";
pub(super) const LOST: &str = "lost";

type Item = HashMap<String, AttributeValue>;

/// A text of an item.
pub(super) fn text_of<'i>(item: &'i Item, name: &str) -> Option<&'i str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

/// Whether the claim that an item holds is that of somebody who may live at
/// `now_ms`.
pub(super) fn is_held(item: &Item, now_ms: i64) -> bool {
    let until = item.get("held_until").and_then(|v| v.as_n().ok());
    let until: Option<i64> = until.and_then(|n| n.parse().ok());
    until.is_some_and(|until| until > now_ms)
}

impl Marker {
    /// Reads an item as it is at `now_ms`, in milliseconds since the epoch.
    pub(super) fn of(item: &Item, now_ms: i64) -> Self {
        let end = match text_of(item, "state") {
            Some(COMMITTED) => return Self::Committed,
            Some(CLAIMED) if is_held(item, now_ms) => return Self::Busy,
            Some(CLAIMED) => return Self::Claimed,
            Some(DONE) => Self::Done,
            Some(LOST) => Self::Lost,
            Some(_) | None => return Self::New,
        };
        if item.contains_key("owing") {
            Self::Owing
        } else {
            end
        }
    }
}

impl State {
    /// How far `object` has come, consistently read.
    ///
    /// # Errors
    /// Those of DynamoDB.
    pub async fn marker(&self, object: &ObjectId) -> Result<Marker, Fault> {
        Ok(Marker::of(&self.marker_item(object).await?, clock_ms()))
    }

    pub(super) async fn marker_item(&self, object: &ObjectId) -> Result<Item, Fault> {
        let got = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("pk", text(object.pk()))
            .key("sk", text("marker"))
            .consistent_read(true)
            .send()
            .await
            .map_err(|e| Fault::of("GetItem", &e))?;
        Ok(got.item.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::super::number;
    use super::*;

    #[test]
    fn a_claim_is_dead_once_its_time_has_passed() {
        let item = |state: &str, until: i64| -> Item {
            let pairs = [("state", text(state)), ("held_until", number(until))];
            pairs.map(|(k, v)| (k.to_owned(), v)).into()
        };
        assert_eq!(Marker::of(&item(CLAIMED, 101), 100), Marker::Busy);
        assert_eq!(Marker::of(&item(CLAIMED, 100), 100), Marker::Claimed);
        // Who knows that he cannot end it says so by no time at all.
        assert_eq!(Marker::of(&item(CLAIMED, 0), 100), Marker::Claimed);
        let mut without = item(CLAIMED, 0);
        without.remove("held_until");
        assert_eq!(Marker::of(&without, 100), Marker::Claimed);
        assert_eq!(Marker::of(&item(COMMITTED, 101), 100), Marker::Committed);
        assert_eq!(Marker::of(&Item::new(), 100), Marker::New);
    }

    #[test]
    fn what_is_done_may_owe() {
        for (word, end) in [(DONE, Marker::Done), (LOST, Marker::Lost)] {
            let mut item: Item = [("state".to_owned(), text(word))].into();
            assert_eq!(Marker::of(&item, 100), end);
            item.insert("owing".to_owned(), text("r/0"));
            assert_eq!(Marker::of(&item, 100), Marker::Owing);
        }
        let item: Item = [("state", text(COMMITTED)), ("owing", text("r/0"))]
            .map(|(k, v)| (k.to_owned(), v))
            .into();
        assert_eq!(Marker::of(&item, 100), Marker::Committed);
    }
}
