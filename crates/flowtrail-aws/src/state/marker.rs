//! How far an object has come, and the transaction that says so.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use flowtrail_detect::{Observation, Partition, Plan};
use sha2::{Digest as _, Sha256};

use super::slice::{Slice, slices};
use super::{State, TTL_ATTRIBUTE, number, text};
use crate::fault::{Fault, FaultKind};

/// Items of one transaction, by the API reference of `TransactWriteItems`.
const ITEMS_MAX: usize = 100;
/// Bytes of one transaction (4 MB), with room for keys and names.
const BYTES_MAX: usize = 3_500_000;
/// Tries of a transaction that another one is in the way of.
const TRIES_MAX: u32 = 6;

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

    fn pk(&self) -> String {
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
    /// Findings and notifications are out, and its metrics were about to be
    /// published. Whether they were, nobody can say.
    Claimed,
    /// Everything is out.
    Done,
    /// Everything that could be read is out; the object cannot be read to its end.
    Lost,
}

impl Marker {
    const fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Committed => "committed",
            Self::Claimed => "claimed",
            Self::Done => "done",
            Self::Lost => "lost",
        }
    }

    fn from_word(word: &str) -> Self {
        let known = [Self::Committed, Self::Claimed, Self::Done, Self::Lost];
        let found = known.into_iter().find(|m| m.word() == word);
        found.unwrap_or(Self::New)
    }
}

impl State {
    /// How far `object` has come, consistently read.
    ///
    /// # Errors
    /// Those of DynamoDB.
    pub async fn marker(&self, object: &ObjectId) -> Result<Marker, Fault> {
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
        let item = got.item.unwrap_or_default();
        let word = item.get("state").and_then(|v| v.as_s().ok());
        Ok(word.map_or(Marker::New, |w| Marker::from_word(w)))
    }

    /// Puts what an object contributes to windows into the table and marks it
    /// as committed, in one transaction; a contribution of more than a hundred
    /// items takes several, with the marker in the last. Returns how far the
    /// object had come before: anything but [`Marker::New`] means that another
    /// invocation was first, and nothing was written.
    ///
    /// # Errors
    /// Those of DynamoDB, after retries.
    pub async fn commit(
        &self,
        object: &ObjectId,
        plan: &Plan,
        observations: &BTreeMap<Partition, Vec<Observation>>,
        now: i64,
    ) -> Result<Marker, Fault> {
        let slices = slices(plan, observations)
            .map_err(|e| Fault::new("TransactWriteItems", FaultKind::Invalid, e.to_string()))?;
        let mut rounds: Vec<Vec<TransactWriteItem>> = vec![Vec::new()];
        let mut bytes = 0;
        for (n, slice) in slices.into_iter().enumerate() {
            let full = rounds.last().is_some_and(|r| r.len() + 1 >= ITEMS_MAX);
            if full || bytes + slice.payload.len() > BYTES_MAX {
                rounds.push(Vec::new());
                bytes = 0;
            }
            bytes += slice.payload.len();
            let put = self.window_put(object, n, slice, now)?;
            if let Some(round) = rounds.last_mut() {
                round.push(put);
            }
        }
        let marker = self.marker_put(object, now)?;
        if let Some(last) = rounds.last_mut() {
            last.push(marker);
        }
        for round in rounds {
            if let Some(before) = self.transact(object, round).await? {
                return Ok(before);
            }
        }
        Ok(Marker::New)
    }

    /// Says that the metrics of a committed object are about to be published by
    /// `claimant`, who may say so again: an answer can be lost. `false`: somebody
    /// else said so before. `counted` are the ids of the findings of several
    /// objects among what is published.
    ///
    /// # Errors
    /// Those of DynamoDB.
    pub async fn claim(
        &self,
        object: &ObjectId,
        claimant: &str,
        counted: Vec<String>,
    ) -> Result<bool, Fault> {
        let mut update = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", text(object.pk()))
            .key("sk", text("marker"));
        // DynamoDB knows no empty sets.
        update = if counted.is_empty() {
            update.update_expression("SET #s = :to, claimant = :by")
        } else {
            update
                .update_expression("SET #s = :to, claimant = :by, counted = :c")
                .expression_attribute_values(":c", AttributeValue::Ss(counted))
        };
        let update = update
            .condition_expression("#s = :from OR (#s = :to AND claimant = :by)")
            .expression_attribute_names("#s", "state")
            .expression_attribute_values(":to", text(Marker::Claimed.word()))
            .expression_attribute_values(":from", text(Marker::Committed.word()))
            .expression_attribute_values(":by", text(claimant));
        met(update.send().await)
    }

    /// Says that a finding of several objects is counted for `object` besides
    /// what its claim says: an attempt at the same time, which did not get the
    /// claim, may have seen one more. `false`: it was counted.
    ///
    /// # Errors
    /// Those of DynamoDB.
    pub async fn count_also(&self, object: &ObjectId, finding: &str) -> Result<bool, Fault> {
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", text(object.pk()))
            .key("sk", text("marker"))
            .update_expression("ADD counted :set")
            .condition_expression(
                "attribute_exists(pk) AND \
                 (attribute_not_exists(counted) OR NOT contains(counted, :one))",
            )
            .expression_attribute_values(":set", AttributeValue::Ss(vec![finding.to_owned()]))
            .expression_attribute_values(":one", text(finding));
        met(update.send().await)
    }

    /// Takes back a claim: the metrics were certainly not published.
    ///
    /// # Errors
    /// Those of DynamoDB.
    pub async fn release(&self, object: &ObjectId) -> Result<bool, Fault> {
        self.step(object, Marker::Claimed, Marker::Committed).await
    }

    /// Says that everything of an object is out; `readable` is whether that is
    /// all of it.
    ///
    /// # Errors
    /// Those of DynamoDB.
    pub async fn done(&self, object: &ObjectId, readable: bool) -> Result<bool, Fault> {
        let end = if readable { Marker::Done } else { Marker::Lost };
        self.step(object, Marker::Claimed, end).await
    }

    async fn step(&self, object: &ObjectId, from: Marker, to: Marker) -> Result<bool, Fault> {
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", text(object.pk()))
            .key("sk", text("marker"))
            .update_expression("SET #s = :to")
            .condition_expression("#s = :from")
            .expression_attribute_names("#s", "state")
            .expression_attribute_values(":to", text(to.word()))
            .expression_attribute_values(":from", text(from.word()));
        met(update.send().await)
    }

    fn window_put(
        &self,
        object: &ObjectId,
        part: usize,
        slice: Slice,
        now: i64,
    ) -> Result<TransactWriteItem, Fault> {
        let first = slice.first.max(0);
        let put = Put::builder()
            .table_name(&self.table)
            .item("pk", text(slice.pk))
            .item(
                "sk",
                text(format!("{first:015}#{}#{part}", object.as_str())),
            )
            .item("object", text(object.as_str()))
            .item("entries", AttributeValue::B(slice.payload.into()))
            .item(TTL_ATTRIBUTE, self.expires(now))
            .build();
        write(put)
    }

    fn marker_put(&self, object: &ObjectId, now: i64) -> Result<TransactWriteItem, Fault> {
        let put = Put::builder()
            .table_name(&self.table)
            .item("pk", text(object.pk()))
            .item("sk", text("marker"))
            .item("state", text(Marker::Committed.word()))
            .item("seen", number(now))
            .item(TTL_ATTRIBUTE, self.expires(now))
            .condition_expression("attribute_not_exists(pk)")
            .build();
        write(put)
    }

    /// Runs one transaction. `Some` if the marker was there already.
    async fn transact(
        &self,
        object: &ObjectId,
        items: Vec<TransactWriteItem>,
    ) -> Result<Option<Marker>, Fault> {
        let mut tries = 0;
        loop {
            tries += 1;
            let sent = self
                .client
                .transact_write_items()
                .set_transact_items(Some(items.clone()))
                .send()
                .await;
            let Err(error) = sent else {
                return Ok(None);
            };
            match refusal(&error) {
                Refusal::AlreadyThere => return self.marker(object).await.map(Some),
                Refusal::InTheWay if tries < TRIES_MAX => {
                    tokio::time::sleep(pause(tries, object)).await;
                }
                Refusal::InTheWay => {
                    let message = "another transaction is in the way";
                    return Err(Fault::new(
                        "TransactWriteItems",
                        FaultKind::Throttled,
                        message,
                    ));
                }
                Refusal::Fault => return Err(Fault::of("TransactWriteItems", &error)),
            }
        }
    }
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

/// Why a transaction was not carried out.
enum Refusal {
    /// The marker exists.
    AlreadyThere,
    /// Another transaction holds an item, or there are too many.
    InTheWay,
    /// Anything else.
    Fault,
}

fn refusal(error: &SdkError<TransactWriteItemsError>) -> Refusal {
    let SdkError::ServiceError(service) = error else {
        return Refusal::Fault;
    };
    let error = service.err();
    if let TransactWriteItemsError::TransactionCanceledException(canceled) = error {
        let codes = || {
            canceled
                .cancellation_reasons()
                .iter()
                .filter_map(|r| r.code())
        };
        let has = |code: &str| codes().any(|c| c.contains(code));
        return if has("ConditionalCheckFailed") {
            Refusal::AlreadyThere
        } else if has("TransactionConflict") || has("Throttl") || has("Throughput") {
            Refusal::InTheWay
        } else {
            Refusal::Fault
        };
    }
    if error.is_transaction_in_progress_exception() {
        Refusal::InTheWay
    } else {
        Refusal::Fault
    }
}

/// Longer with each try, and different from object to object, so that those who
/// met do not meet again.
fn pause(tries: u32, object: &ObjectId) -> Duration {
    let spread = object.as_str().bytes().map(u64::from).sum::<u64>() % 50;
    Duration::from_millis((25_u64 << tries.min(6)) + spread)
}

fn write(
    put: Result<Put, aws_sdk_dynamodb::error::BuildError>,
) -> Result<TransactWriteItem, Fault> {
    let put =
        put.map_err(|e| Fault::new("TransactWriteItems", FaultKind::Invalid, e.to_string()))?;
    Ok(TransactWriteItem::builder().put(put).build())
}
