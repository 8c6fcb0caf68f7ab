//! How the contribution of one object is cut into items.

use std::collections::BTreeMap;

use flowtrail_detect::{Observation, Partition, Plan};

use super::wire;

/// Milliseconds that the entries of one slice span at most. Whoever looks for
/// what happened at a time has to look so far before it.
pub(super) const SPAN_MS: i64 = 1_200_000;

/// Bytes of one item's payload: below DynamoDB's 400 KB, with room for the keys.
const PAYLOAD_MAX: usize = 350_000;

/// A part of one object's contribution to one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Slice {
    /// Partition key of the item.
    pub(super) pk: String,
    /// Time of its first entry, in milliseconds.
    pub(super) first: i64,
    /// How many entries it has.
    pub(super) observations: i64,
    pub(super) payload: Vec<u8>,
}

/// The partition key of a partition: its family and a hash of its key, since
/// the values of group fields are of any length and of anybody's making.
pub(super) fn partition_key(plan: &Plan, partition: &Partition) -> String {
    use sha2::{Digest as _, Sha256};
    let mut hash = Sha256::new();
    for value in &partition.key {
        hash.update((value.len() as u64).to_be_bytes());
        hash.update(value.as_bytes());
    }
    let hex: String = hash
        .finalize()
        .iter()
        .take(16)
        .map(|b| format!("{b:02x}"))
        .collect();
    let family = plan.families().get(partition.family);
    format!("window#{}#{hex}", family.map_or("", |f| f.id.as_str()))
}

/// Cuts the observations of an object, by partition, into slices.
///
/// # Errors
/// If one cannot be packed, which no observation of ours causes.
pub(super) fn slices(
    plan: &Plan,
    by_partition: &BTreeMap<Partition, Vec<Observation>>,
) -> std::io::Result<Vec<Slice>> {
    let mut out = Vec::new();
    for (partition, observations) in by_partition {
        let pk = partition_key(plan, partition);
        let mut sorted: Vec<Observation> = observations.clone();
        sorted.sort_by_key(|o| (o.time, o.key, o.member));
        let mut rest = sorted.as_slice();
        while let Some(first) = rest.first() {
            let until = first.time.0.saturating_add(SPAN_MS);
            let within = rest.partition_point(|o| o.time.0 < until);
            let (now, later) = rest.split_at(within);
            cut(plan, &pk, now, &mut out)?;
            rest = later;
        }
    }
    Ok(out)
}

/// Halves a part until each fits into an item.
fn cut(plan: &Plan, pk: &str, part: &[Observation], out: &mut Vec<Slice>) -> std::io::Result<()> {
    let Some(first) = part.first() else {
        return Ok(());
    };
    let payload = wire::pack(plan, part)?;
    if payload.len() > PAYLOAD_MAX && part.len() > 1 {
        let (a, b) = part.split_at(part.len() / 2);
        cut(plan, pk, a, out)?;
        return cut(plan, pk, b, out);
    }
    out.push(Slice {
        pk: pk.to_owned(),
        first: first.time.0,
        observations: i64::try_from(part.len()).unwrap_or(i64::MAX),
        payload,
    });
    Ok(())
}
