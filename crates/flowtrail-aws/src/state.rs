//! What has to be remembered between invocations, in one DynamoDB table.
//!
//! | item | partition key | sort key | holds |
//! |---|---|---|---|
//! | object | `object#<hash>` | `marker` | how far the object has come |
//! | window | `window#<family>#<hash of the group>` | `<first time>#<object>#<part>` | what one object contributed |
//! | window | the same | `<first time>#finding#<id>` | a finding of several objects, and which of them counts it |
//! | sighting | `seen#<id of who and what>` | `seen` | the first day since the baseline on which it was seen |
//! | finding | `finding#<id>` | `finding` | which object counts it, who is about to, whether somebody was told |
//!
//! A window item is named by the object that it comes from, so that a
//! redelivery writes it again instead of adding to it, and nobody waits for
//! anybody. Every item has a time to live.

mod claim;
mod commit;
mod count;
mod finding;
mod known;
mod marker;
mod seen;
mod slice;
mod windows;
mod wire;

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::AttributeValue;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::fault::Fault;

pub use claim::{Claim, Claimant};
pub use count::Counting;
pub use known::{Duty, Known};
pub use marker::{Marker, ObjectId};
pub use seen::Sight;
pub use windows::{Loaded, Own};

/// Name of the attribute that DynamoDB's time to live has to be switched on for.
pub const TTL_ATTRIBUTE: &str = "expires";

/// What one object may have under way at the table at once. A call takes some
/// milliseconds, nearly all of them on the way.
pub const SIDE_BY_SIDE: usize = 16;
/// The same for a whole invocation: each is a connection, and a process has
/// about a thousand.
const LANES: usize = 64;

/// The state table.
#[derive(Debug, Clone)]
pub struct State {
    client: Client,
    table: String,
    /// How long items are kept.
    keep: Duration,
    lanes: Arc<Semaphore>,
    /// First days that were asked for before.
    held: seen::Held,
}

impl State {
    /// The table `table`, whose items are kept for `keep` after they were
    /// written. It must outlive the time in which AWS may deliver a
    /// notification again: fourteen days for a queue at its longest.
    #[must_use]
    pub fn new(client: Client, table: String, keep: Duration) -> Self {
        Self {
            client,
            table,
            keep,
            lanes: Arc::new(Semaphore::new(LANES)),
            held: seen::Held::default(),
        }
    }

    /// Room for one more piece of work beside others, over all objects of an
    /// invocation. To be held for the calls of that piece, and by nobody who
    /// asks for another one meanwhile.
    pub async fn lane(&self) -> Option<SemaphorePermit<'_>> {
        // It is never closed.
        self.lanes.acquire().await.ok()
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

/// Milliseconds since the epoch.
fn clock_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    i64::try_from(since.unwrap_or(Duration::ZERO).as_millis()).unwrap_or(i64::MAX)
}

/// Whether the condition of an update was met.
fn met<T>(updated: Result<T, SdkError<UpdateItemError>>) -> Result<bool, Fault> {
    match updated {
        Ok(_) => Ok(true),
        Err(SdkError::ServiceError(e)) if e.err().is_conditional_check_failed_exception() => {
            Ok(false)
        }
        Err(e) => Err(Fault::of("UpdateItem", &e)),
    }
}
