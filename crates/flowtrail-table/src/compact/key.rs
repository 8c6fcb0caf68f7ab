//! The key by which rows are put in order: one text of bytes, so that sorting
//! and merging compare bytes and nothing else.
//!
//! ```text
//! table  account 00  region 00  day  time  hash  object 00 00  offset
//! 1                             5    9     16                  8       bytes
//! ```
//!
//! What stands before the time is the row's partition. The hash is over the
//! text of the record, so that copies of one record stand side by side; among
//! them the one whose object sorts first comes first, as it does in the
//! evidence of findings.

use std::fmt;

use flowtrail_event::EventTime;
use sha2::{Digest as _, Sha256};

use crate::LogTable;

/// Bytes of a hash: the chance that two of 10^12 records share one is 10^-15.
pub(super) const HASH_BYTES: usize = 16;
const DAY_BYTES: usize = 5;
const TIME_BYTES: usize = 9;
const MILLIS_A_DAY: i64 = 86_400_000;

/// What stands for an account or a region that nothing names.
pub(crate) const UNKNOWN: &str = "unknown";
/// What stands for a name that must not become a path: log text is chosen by
/// whoever is being watched. What it was, only the records say.
pub(crate) const UNFIT: &str = "unfit";
/// The longest name of an account or a region.
const NAME_BYTES_MAX: usize = 32;

/// Where a row belongs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Partition {
    /// Its table.
    pub table: LogTable,
    /// The account of the record; `unknown` where nothing names one, `unfit`
    /// where its name cannot be one of a folder.
    pub account: String,
    /// The region of the record, likewise.
    pub region: String,
    /// The day of the event in days since the epoch; none for events without a
    /// time.
    pub day: Option<i32>,
}

impl fmt::Display for Partition {
    /// The folder of the partition, as Hive writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (table, account, region) = (self.table, &self.account, &self.region);
        write!(f, "table={table}/account={account}/region={region}/day=")?;
        match self.day {
            Some(day) => {
                let at = EventTime(i64::from(day) * MILLIS_A_DAY).civil();
                write!(f, "{:04}-{:02}-{:02}", at.year, at.month, at.day)
            }
            None => f.write_str("__HIVE_DEFAULT_PARTITION__"),
        }
    }
}

/// The name of an account or region as it may stand in a path.
pub(super) fn name(text: Option<&str>) -> Option<&str> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    text.filter(|t| !t.is_empty() && t.len() <= NAME_BYTES_MAX && t.bytes().all(allowed))
        .filter(|t| ![UNKNOWN, UNFIT].contains(t))
}

/// The folder for an account or a region: its name, or what stands for it.
pub(super) fn folder(value: Option<&[u8]>) -> &str {
    match value.map(std::str::from_utf8) {
        None => UNKNOWN,
        Some(text) => name(text.ok()).unwrap_or(UNFIT),
    }
}

/// What a key is made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parts<'a> {
    pub(super) table: LogTable,
    pub(super) account: &'a str,
    pub(super) region: &'a str,
    pub(super) time: Option<EventTime>,
    pub(super) record: &'a [u8],
    pub(super) object: &'a str,
    pub(super) offset: u64,
    /// How many equal records stand before it at the same place: lines inside
    /// one value of an envelope all lie where that begins.
    pub(super) nth: u32,
}

impl Parts<'_> {
    /// Writes the key into `out` and returns how much of it is the partition.
    pub(super) fn write(&self, out: &mut Vec<u8>) -> usize {
        out.clear();
        out.push(tag(self.table));
        for name in [self.account, self.region] {
            out.extend_from_slice(name.as_bytes());
            out.push(0);
        }
        let day = self.time.and_then(day_of);
        out.push(u8::from(day.is_some()));
        out.extend_from_slice(&(day.unwrap_or(0) ^ i32::MIN).to_be_bytes());
        let partition = out.len();
        out.push(u8::from(self.time.is_some()));
        let millis = self.time.map_or(0, |t| t.0) ^ i64::MIN;
        out.extend_from_slice(&millis.to_be_bytes());
        let hash: [u8; 32] = Sha256::digest(self.record).into();
        out.extend(hash.into_iter().take(HASH_BYTES));
        for byte in self.object.bytes() {
            out.push(byte);
            if byte == 0 {
                out.push(0xFF);
            }
        }
        out.extend_from_slice(&[0, 0]);
        out.extend_from_slice(&self.offset.to_be_bytes());
        out.extend_from_slice(&self.nth.to_be_bytes());
        partition
    }
}

/// The day of an instant, in days since the epoch. None for years that no
/// calendar of ours reaches.
fn day_of(time: EventTime) -> Option<i32> {
    i32::try_from(time.0.div_euclid(MILLIS_A_DAY)).ok()
}

const fn tag(table: LogTable) -> u8 {
    match table {
        LogTable::CloudTrail => 1,
        LogTable::CloudTrailInsights => 2,
        LogTable::VpcFlow => 3,
        LogTable::TgwFlow => 4,
    }
}

/// A key, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key<'a> {
    /// The partition, as it stands in the key.
    pub(super) partition: &'a [u8],
    /// Time and hash: the same in all copies of one record.
    pub(super) record: &'a [u8],
    /// The object, as it stands in the key.
    pub(super) object: &'a [u8],
    /// First byte of the record in that object.
    pub(super) offset: u64,
    /// See [`Parts::nth`].
    pub(super) nth: u32,
}

impl<'a> Key<'a> {
    /// Takes a key apart; none for bytes that are no key.
    pub(super) fn read(key: &'a [u8]) -> Option<Self> {
        let names = key.iter().enumerate().skip(1).filter(|(_, b)| **b == 0);
        let (at, _) = names.map(|(at, b)| (at, *b)).nth(1)?;
        let (partition, rest) = key.split_at_checked(at + 1 + DAY_BYTES)?;
        let (record, rest) = rest.split_at_checked(TIME_BYTES + HASH_BYTES)?;
        let (rest, nth) = rest.split_last_chunk()?;
        let (object, offset) = rest.split_last_chunk()?;
        Some(Self {
            partition,
            record,
            object: object.strip_suffix(&[0, 0])?,
            offset: u64::from_be_bytes(*offset),
            nth: u32::from_be_bytes(*nth),
        })
    }

    /// The time of the event.
    pub(super) fn time(&self) -> Option<EventTime> {
        let (flag, rest) = self.record.split_first()?;
        let millis = i64::from_be_bytes(*rest.first_chunk()?) ^ i64::MIN;
        (*flag == 1).then_some(EventTime(millis))
    }

    /// The name of the object.
    pub(super) fn object_name(&self) -> String {
        let mut name = self.object.to_vec();
        let mut after_zero = false;
        name.retain(|b| {
            let escape = after_zero && *b == 0xFF;
            after_zero = *b == 0 && !escape;
            !escape
        });
        String::from_utf8_lossy(&name).into_owned()
    }
}

/// The partition that stands at the beginning of a key.
pub(super) fn partition(prefix: &[u8]) -> Option<Partition> {
    let (tag_byte, rest) = prefix.split_first()?;
    let table = LogTable::ALL.into_iter().find(|t| tag(*t) == *tag_byte)?;
    let mut names = rest.splitn(3, |b| *b == 0);
    let mut name = || String::from_utf8(names.next()?.to_vec()).ok();
    let (account, region) = (name()?, name()?);
    let (flag, day) = names.next()?.split_first()?;
    let day = i32::from_be_bytes(*day.first_chunk()?) ^ i32::MIN;
    Some(Partition {
        table,
        account,
        region,
        day: (*flag == 1).then_some(day),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parts<'a>(account: &'a str, time: Option<i64>, object: &'a str, offset: u64) -> Parts<'a> {
        Parts {
            table: LogTable::CloudTrail,
            account,
            region: "eu-west-1",
            time: time.map(EventTime),
            record: b"{}",
            object,
            offset,
            nth: 0,
        }
    }

    fn key(parts: &Parts<'_>) -> Vec<u8> {
        let mut out = Vec::new();
        parts.write(&mut out);
        out
    }

    #[test]
    fn a_partition_is_a_folder() {
        let mut out = Vec::new();
        let len = parts("111122223333", Some(-1), "a", 0).write(&mut out);
        let known = partition(&out[..len]).unwrap();
        assert_eq!(
            known.to_string(),
            "table=cloudtrail/account=111122223333/region=eu-west-1/day=1969-12-31"
        );
        let len = parts("1", None, "a", 0).write(&mut out);
        let folder = partition(&out[..len]).unwrap().to_string();
        assert!(folder.ends_with("day=__HIVE_DEFAULT_PARTITION__"));
    }

    #[test]
    fn names_that_would_leave_their_folder_are_none() {
        for bad in ["", "..", "a/b", "a\0b", "é", "unknown", &"x".repeat(33)] {
            assert_eq!(name(Some(bad)), None, "{bad}");
            assert_eq!(folder(Some(bad.as_bytes())), "unfit", "{bad}");
        }
        assert_eq!(name(Some("us-gov-east-1")), Some("us-gov-east-1"));
        assert_eq!(folder(Some(b"eu-west-1")), "eu-west-1");
        assert_eq!((folder(Some(b"\xFF")), folder(None)), ("unfit", "unknown"));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let whole = key(&parts("1", Some(5), "a", 7));
        assert!(Key::read(&whole).is_some());
        for len in 0..whole.len() {
            // Cut inside the object's name or the offset there may be a key still.
            if let Some(k) = Key::read(&whole[..len]) {
                assert_eq!(k.time(), Some(EventTime(5)));
            }
        }
        assert_eq!(Key::read(&[]), None);
        assert_eq!(partition(&[9, 0, 0]), None);
    }

    proptest! {
        #[test]
        fn keys_are_read_as_they_were_written(
            account in "[a-z0-9-]{1,12}", time in proptest::option::of(any::<i64>()),
            object in ".{0,12}", offset in any::<u64>(),
        ) {
            let whole = key(&parts(&account, time, &object, offset));
            let read = Key::read(&whole).unwrap();
            prop_assert_eq!(read.time(), time.map(EventTime));
            prop_assert_eq!(read.object_name(), object);
            prop_assert_eq!(read.offset, offset);
            prop_assert_eq!(partition(read.partition).unwrap().account, account);
        }

        #[test]
        fn keys_sort_as_what_they_are_made_of(
            a in (proptest::option::of(-9..9_i64), "[\0ab]{0,3}", 0..3_u64),
            b in (proptest::option::of(-9..9_i64), "[\0ab]{0,3}", 0..3_u64),
        ) {
            let of = |x: &(Option<i64>, String, u64)| key(&parts("1", x.0, &x.1, x.2));
            prop_assert_eq!(of(&a).cmp(&of(&b)), a.cmp(&b));
        }
    }
}
