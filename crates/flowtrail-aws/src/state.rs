//! What has to be remembered between invocations, in one DynamoDB table.
//!
//! | item | partition key | sort key | holds |
//! |---|---|---|---|
//! | object | `object#<hash>` | `marker` | how far the object has come |
//! | window | `window#<family>#<hash of the group>` | `<first time>#<object>#<part>` | what one object contributed |
//! | window | the same | `<first time>#finding#<id>` | a finding of several objects, and which of them counts it |
//! | finding | `finding#<id>` | `finding` | which object counts it, whether somebody was told |
//!
//! A window item is named by the object that it comes from, so that a
//! redelivery writes it again instead of adding to it, and nobody waits for
//! anybody. Every item has a time to live.

mod commit;
mod finding;
mod known;
mod marker;
mod slice;
mod windows;
mod wire;

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;

pub use known::Known;
pub use marker::{Marker, ObjectId};
pub use windows::Loaded;

/// Name of the attribute that DynamoDB's time to live has to be switched on for.
pub const TTL_ATTRIBUTE: &str = "expires";

/// The state table.
#[derive(Debug, Clone)]
pub struct State {
    client: Client,
    table: String,
    /// How long items are kept.
    keep: Duration,
}

impl State {
    /// The table `table`, whose items are kept for `keep` after they were
    /// written. It must outlive the time in which AWS may deliver a
    /// notification again: fourteen days for a queue at its longest.
    #[must_use]
    pub const fn new(client: Client, table: String, keep: Duration) -> Self {
        Self {
            client,
            table,
            keep,
        }
    }

    /// Seconds since the epoch at which what is written at `now` expires.
    fn expires(&self, now: i64) -> AttributeValue {
        let keep = i64::try_from(self.keep.as_secs()).unwrap_or(i64::MAX);
        number(now.saturating_add(keep))
    }
}

fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

fn number(value: i64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}
