//! What an object contributes to windows goes into the table.
//!
//! First the observations, under names that are made from the object, then its
//! marker, which only one attempt can write. A transaction would cost twice as
//! much and give nothing more: whoever is cut off before the marker writes the
//! same items again, and a window counts an observation once, however often it
//! lies there.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use flowtrail_detect::{Observation, Partition, Plan};
use futures_util::{TryStreamExt as _, stream};

use super::marker::{COMMITTED, Marker, ObjectId};
use super::slice::{Slice, slices};
use super::{State, TTL_ATTRIBUTE, number, text};
use crate::fault::{Fault, FaultKind};

const CALL: &str = "BatchWriteItem";
/// Items of one call, by the API reference of `BatchWriteItem`.
const ITEMS_MAX: usize = 25;
/// Bytes of one call (16 MB), with room for keys and names.
const BYTES_MAX: usize = 14_000_000;
/// Calls side by side. Each may hold 16 MB.
const CALLS_MAX: usize = 4;
/// How often what the table had no room for is sent again.
const TRIES_MAX: u32 = 6;

impl State {
    /// Puts what an object contributes to windows into the table and then marks
    /// the object as committed. Returns how far it had come before: anything but
    /// [`Marker::New`] means that another attempt was first, whose items these
    /// are as well.
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
            .map_err(|e| Fault::new(CALL, FaultKind::Invalid, e.to_string()))?;
        stream::iter(calls(slices).into_iter().map(Ok))
            .try_for_each_concurrent(CALLS_MAX, |call| async {
                let _lane = self.lane().await;
                let puts = call
                    .into_iter()
                    .map(|(part, slice)| self.window_put(object, part, slice, now));
                self.put_all(object, puts.collect::<Result<_, _>>()?).await
            })
            .await?;
        self.put_marker(object, now).await
    }

    fn window_put(
        &self,
        object: &ObjectId,
        part: usize,
        slice: Slice,
        now: i64,
    ) -> Result<WriteRequest, Fault> {
        let first = slice.first.max(0);
        let sk = format!("{first:015}#{}#{part}", object.as_str());
        let put = PutRequest::builder()
            .item("pk", text(slice.pk))
            .item("sk", text(sk))
            .item("object", text(object.as_str()))
            .item("entries", AttributeValue::B(slice.payload.into()))
            .item("observations", number(slice.observations))
            .item(TTL_ATTRIBUTE, self.expires(now))
            .build()
            .map_err(|e| Fault::new(CALL, FaultKind::Invalid, e.to_string()))?;
        Ok(WriteRequest::builder().put_request(put).build())
    }

    /// Writes items, and again those that the table had no room for.
    async fn put_all(&self, object: &ObjectId, items: Vec<WriteRequest>) -> Result<(), Fault> {
        let mut left = HashMap::from([(self.table.clone(), items)]);
        for tries in 1..=TRIES_MAX {
            let sent = self
                .client
                .batch_write_item()
                .set_request_items(Some(left))
                .send()
                .await
                .map_err(|e| Fault::of(CALL, &e))?;
            left = sent.unprocessed_items.unwrap_or_default();
            left.retain(|_, items| !items.is_empty());
            if left.is_empty() {
                return Ok(());
            }
            tokio::time::sleep(pause(tries, object)).await;
        }
        let message = "the table has no room for all items";
        Err(Fault::new(CALL, FaultKind::Throttled, message))
    }

    /// Marks an object as committed, unless it is marked.
    async fn put_marker(&self, object: &ObjectId, now: i64) -> Result<Marker, Fault> {
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .item("pk", text(object.pk()))
            .item("sk", text("marker"))
            .item("state", text(COMMITTED))
            .item("seen", number(now))
            .item(TTL_ATTRIBUTE, self.expires(now))
            .condition_expression("attribute_not_exists(pk)")
            .send()
            .await;
        match put {
            Ok(_) => Ok(Marker::New),
            Err(SdkError::ServiceError(e)) if e.err().is_conditional_check_failed_exception() => {
                self.marker(object).await
            }
            Err(e) => Err(Fault::of("PutItem", &e)),
        }
    }
}

/// Slices with their numbers, as many together as a call may hold.
fn calls(slices: Vec<Slice>) -> Vec<Vec<(usize, Slice)>> {
    let mut calls: Vec<Vec<(usize, Slice)>> = Vec::new();
    let mut bytes = 0;
    for (part, slice) in slices.into_iter().enumerate() {
        bytes += slice.payload.len();
        match calls.last_mut() {
            Some(call) if call.len() < ITEMS_MAX && bytes <= BYTES_MAX => call.push((part, slice)),
            Some(_) | None => {
                bytes = slice.payload.len();
                calls.push(vec![(part, slice)]);
            }
        }
    }
    calls
}

/// Longer with each try, and different from object to object, so that those who
/// met do not meet again.
fn pause(tries: u32, object: &ObjectId) -> Duration {
    let spread = object.as_str().bytes().map(u64::from).sum::<u64>() % 50;
    Duration::from_millis((25_u64 << tries.min(6)) + spread)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_hold_what_the_service_takes() {
        let slice = |bytes| Slice {
            pk: "p".into(),
            first: 0,
            observations: 1,
            payload: vec![0; bytes],
        };
        let mut slices: Vec<Slice> = (0..60).map(|_| slice(350_000)).collect();
        slices.extend((0..60).map(|_| slice(10)));
        let calls = calls(slices);
        assert_eq!(calls.len(), 5);
        for call in &calls {
            let bytes: usize = call.iter().map(|(_, s)| s.payload.len()).sum();
            assert!(call.len() <= ITEMS_MAX && bytes <= BYTES_MAX);
        }
        let parts: Vec<usize> = calls.iter().flatten().map(|(part, _)| *part).collect();
        assert_eq!(parts, (0..120).collect::<Vec<_>>());
    }
}
