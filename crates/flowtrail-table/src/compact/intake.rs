//! Records of objects to rows on their way.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::error::ArrowError;
use flowtrail_event::{Event, EventTime, Flow, Kind, Note, Sink, Skip, SlotId, Value};
use flowtrail_scan::Projections;

use super::key::{self, Parts};
use super::narrow::{Builder, Copies, Row};
use crate::{LogTable, ObjectFacts};

/// Rows of a batch: few, because sorting holds several batches of every run that
/// it spilled.
pub(super) const BATCH_ROWS: usize = 1024;
/// Bytes at which a batch of large records is handed on.
pub(super) const BATCH_BYTES: usize = 2 << 20;

/// The first and the last time of the rows of a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) first: Option<EventTime>,
    pub(super) last: Option<EventTime>,
}

impl Extent {
    pub(super) const fn of(time: Option<EventTime>) -> Self {
        Self {
            first: time,
            last: time,
        }
    }

    /// The extent of both. A row without a time lies before all others.
    pub(super) fn joined(self, other: Self) -> Self {
        Self {
            first: self.first.min(other.first),
            last: self.last.max(other.last),
        }
    }

    /// Whether a time can lie in both.
    pub(super) fn meets(self, other: Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

/// The extents of partitions, by their part of the key.
pub(super) type Extents = HashMap<Vec<u8>, Extent>;

/// The fields that say where a record belongs and whether it can be told from
/// others.
#[derive(Debug, Clone)]
pub(super) struct Fields {
    recipient: SlotId,
    caller: SlotId,
    region: SlotId,
    owner: SlotId,
    flow_region: SlotId,
    log_status: SlotId,
    /// One of them names where the flow was seen.
    seen_at: [SlotId; 3],
    /// All of them name the interval.
    interval: [SlotId; 2],
    /// All of them name the flow.
    flow: [SlotId; 5],
}

impl Fields {
    /// The fields and what a reader has to fill for them.
    pub(super) fn new() -> (Self, Projections) {
        let mut wanted = Projections::default();
        let trail = &mut wanted.cloudtrail;
        let (recipient, caller) = (
            trail.slot("recipientAccountId"),
            trail.slot("userIdentity.accountId"),
        );
        let region = trail.slot("awsRegion");
        let flow = &mut wanted.flow;
        let mut slots = |name: &str| flow.slot(name);
        let fields = Self {
            recipient,
            caller,
            region,
            owner: slots("account-id"),
            flow_region: slots("region"),
            log_status: slots("log-status"),
            seen_at: ["interface-id", "resource-id", "tgw-attachment-id"].map(&mut slots),
            interval: ["start", "end"].map(&mut slots),
            flow: ["srcaddr", "dstaddr", "srcport", "dstport", "protocol"].map(&mut slots),
        };
        (fields, wanted)
    }

    /// The account as the column `account` has it: the one that the record
    /// names, that of its object's key, that of its caller.
    fn account<'e>(&self, event: &'e Event<'_>, hint: Option<&'e str>) -> &'e str {
        let text = |slot: SlotId| event.first(slot).and_then(Value::text);
        // AWS's own word for the interfaces of its services.
        let named = |slot| text(slot).filter(|a| *a != key::UNKNOWN.as_bytes());
        let hint = hint.map(str::as_bytes);
        key::folder(match event.service.kind() {
            Kind::CloudTrail => named(self.recipient).or(hint).or_else(|| text(self.caller)),
            Kind::Flow => named(self.owner).or(hint),
        })
    }

    /// The region as the column `region` has it.
    fn region<'e>(&self, event: &'e Event<'_>, hint: Option<&'e str>) -> &'e str {
        let slot = match event.service.kind() {
            Kind::CloudTrail => self.region,
            Kind::Flow => self.flow_region,
        };
        let named = event.first(slot).and_then(Value::text);
        key::folder(named.or(hint.map(str::as_bytes)))
    }

    fn copies(&self, event: &Event<'_>) -> Copies {
        if event.service.kind() == Kind::CloudTrail {
            return Copies::Anywhere;
        }
        let has = |slot: &SlotId| event.first(*slot).is_some();
        let no_flow = matches!(event.str(self.log_status), Some("NODATA" | "SKIPDATA"));
        let tells = self.seen_at.iter().any(has)
            && self.interval.iter().all(has)
            && (no_flow || self.flow.iter().all(has));
        if tells {
            Copies::OtherObjects
        } else {
            Copies::SamePlace
        }
    }
}

/// What an object's key says, for records that do not say it.
#[derive(Debug, Default)]
struct Hints {
    object: String,
    account: Option<String>,
    region: Option<String>,
}

/// Where the last record lay, and what was met there: in one reading, equal
/// records at one place are several.
#[derive(Debug, Default)]
struct Spot {
    object: String,
    offset: Option<u64>,
    first: Vec<u8>,
    /// How many of each there were, by their hash; empty while there is one.
    equal: HashMap<u64, u32>,
}

impl Spot {
    /// How many equal records were met before at the same place.
    fn nth(&mut self, object: &str, offset: u64, record: &[u8]) -> u32 {
        if self.offset != Some(offset) || self.object != object {
            self.offset = Some(offset);
            object.clone_into(&mut self.object);
            self.first.clear();
            self.first.extend_from_slice(record);
            self.equal.clear();
            return 0;
        }
        if self.equal.is_empty() {
            self.equal.insert(hash(&self.first), 1);
        }
        let met = self.equal.entry(hash(record)).or_default();
        let nth = *met;
        *met = met.saturating_add(1);
        nth
    }
}

fn hash(record: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    record.hash(&mut hasher);
    hasher.finish()
}

/// A sink that hands its records on in batches.
pub(super) struct Intake<F> {
    fields: Fields,
    hints: Hints,
    /// The records come from a compacted file.
    settled: bool,
    rows: Builder,
    key: Vec<u8>,
    spot: Spot,
    pub(super) extents: Extents,
    emit: F,
    pub(super) fault: Option<ArrowError>,
}

impl<F: FnMut(RecordBatch) -> Flow> Intake<F> {
    pub(super) fn new(fields: Fields, settled: bool, emit: F) -> Self {
        Self {
            fields,
            hints: Hints::default(),
            settled,
            rows: Builder::default(),
            key: Vec::new(),
            spot: Spot::default(),
            extents: Extents::new(),
            emit,
            fault: None,
        }
    }

    /// The records that follow lie in this object.
    pub(super) fn begin(&mut self, object: &ObjectFacts<'_>) {
        self.hints = Hints {
            object: object.name.to_owned(),
            account: key::name(object.account).map(str::to_owned),
            region: key::name(object.region).map(str::to_owned),
        };
        self.spot.offset = None;
    }

    /// Hands on the rows that are left.
    pub(super) fn flush(&mut self) -> Flow {
        if self.rows.rows() == 0 {
            return Flow::Continue;
        }
        match self.rows.take() {
            Ok(batch) => (self.emit)(batch),
            Err(error) => {
                self.fault = Some(error);
                Flow::Stop
            }
        }
    }

    fn saw(&mut self, partition: usize, time: Option<EventTime>) {
        let seen = Extent::of(time);
        let Some(prefix) = self.key.get(..partition) else {
            return;
        };
        match self.extents.get_mut(prefix) {
            Some(extent) => *extent = extent.joined(seen),
            None => {
                self.extents.insert(prefix.to_vec(), seen);
            }
        }
    }
}

impl<F: FnMut(RecordBatch) -> Flow> Sink for Intake<F> {
    fn event(&mut self, event: &mut Event<'_>) -> Flow {
        let record = event.json();
        let object = event.origin.unwrap_or(&self.hints.object);
        let nth = self.spot.nth(object, event.location.offset, &record);
        let (fields, hints) = (&self.fields, &self.hints);
        let parts = Parts {
            table: LogTable::of(event.service),
            account: fields.account(event, hints.account.as_deref()),
            region: fields.region(event, hints.region.as_deref()),
            time: event.time,
            record: &record,
            object,
            offset: event.location.offset,
            nth,
        };
        let partition = parts.write(&mut self.key);
        self.rows.push(Row {
            key: &self.key,
            length: event.location.len,
            copies: self.fields.copies(event),
            settled: self.settled,
            record: &record,
        });
        self.saw(partition, event.time);
        if self.rows.rows() >= BATCH_ROWS || self.rows.bytes() >= BATCH_BYTES {
            return self.flush();
        }
        Flow::Continue
    }

    fn skip(&mut self, _: Skip) {}

    fn note(&mut self, _: Note) {}
}
