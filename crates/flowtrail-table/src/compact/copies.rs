//! Which rows are copies of others.
//!
//! A `CloudTrail` record is told from others by its text, which has its
//! `eventID` and `recipientAccountId` in it: the same text is the same record,
//! wherever it lies, as it is to the detector. Records that share an id and
//! differ in their text are both kept.
//!
//! A flow record has no id. What the detector takes for one record is one here
//! only if it is sure to be: the record names the interface, the flow and the
//! interval, and its equal lies in another object, which then is another
//! delivery of the same interval. In one object an equal line is another flow,
//! or AWS would not have written it twice: there are as many rows as the object
//! has that has most of them; also where they lie in one value of an envelope,
//! which has one place for all its lines. A format that leaves out ports or the interface
//! makes equal lines of different flows; those are all kept.
//!
//! Of copies the first in the order of objects stays, as in the evidence of
//! findings.

use std::collections::VecDeque;

use super::key::Key;
use super::narrow::{Builder, Copies, Row};

/// Lets the rows through that are no copies, given in the order of their keys.
#[derive(Debug, Default)]
pub(super) struct CopyFilter {
    /// The record that the last rows say, as it stands in their keys.
    partition: Vec<u8>,
    record: Vec<u8>,
    object: Vec<u8>,
    /// Offset, and which of the equal records there.
    place: (u64, u32),
    /// Whether a row of the compacted files was met at this place.
    settled_here: bool,
    /// Whether the last row is not settled and was let through.
    last_is_fresh: bool,
    group: Group,
    /// Rows that came in.
    pub(super) rows_in: u64,
    /// Settled rows among them.
    pub(super) settled_in: u64,
    /// Rows that were let through.
    pub(super) rows_out: u64,
    /// Rows among them that are not settled.
    pub(super) fresh_out: u64,
}

/// The rows of one record so far.
#[derive(Debug, Default)]
struct Group {
    /// Rows in the current object.
    here: u64,
    /// Rows in the object that has most of them, or in the compacted files: so
    /// many there have to be.
    most: u64,
    settled: u64,
    let_through: u64,
    /// Rows that are copies unless an object has more of them.
    held: VecDeque<Held>,
}

#[derive(Debug)]
struct Held {
    key: Vec<u8>,
    length: u64,
    settled: bool,
}

/// The rows are not in the order of their keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OutOfOrder;

impl CopyFilter {
    /// Takes the next row and puts into `out` what is no copy.
    pub(super) fn push(&mut self, row: Row<'_>, out: &mut Builder) -> Result<(), OutOfOrder> {
        let key = Key::read(row.key).ok_or(OutOfOrder)?;
        self.rows_in += 1;
        self.settled_in += u64::from(row.settled);
        let same_record = self.partition == key.partition && self.record == key.record;
        if !same_record {
            if (self.partition.as_slice(), self.record.as_slice()) > (key.partition, key.record) {
                return Err(OutOfOrder);
            }
            set(&mut self.partition, key.partition);
            set(&mut self.record, key.record);
            self.group.clear();
        }
        let same_object = same_record && self.object == key.object;
        let place = (key.offset, key.nth);
        let same_place = same_object && self.place == place;
        // Files were told from copies once: what they have twice, there is twice.
        if same_place && !(row.settled && self.settled_here) {
            self.settled_here |= row.settled;
            self.same_place(row, out);
            return Ok(());
        }
        if same_record && (self.object.as_slice(), self.place) > (key.object, place) {
            return Err(OutOfOrder);
        }
        if !same_object {
            set(&mut self.object, key.object);
            self.group.here = 0;
        }
        self.place = place;
        self.settled_here = row.settled;
        let (all, fresh) = self.group.push(row, out);
        self.rows_out += all;
        self.fresh_out += fresh;
        self.last_is_fresh = fresh > 0 && !row.settled && all == 1;
        Ok(())
    }

    /// The row is the one before it, read again. If it is the one in the
    /// compacted files, that one is not fresh after all.
    fn same_place(&mut self, row: Row<'_>, out: &mut Builder) {
        if !row.settled {
            return;
        }
        let (all, fresh) = self.group.settle(row, out);
        self.rows_out += all;
        self.fresh_out += fresh;
        self.fresh_out -= u64::from(std::mem::take(&mut self.last_is_fresh));
    }
}

impl Group {
    fn clear(&mut self) {
        (self.here, self.most, self.settled, self.let_through) = (0, 0, 0, 0);
        self.held.clear();
    }

    /// Returns how many rows it let through, and how many of them are not
    /// settled.
    fn push(&mut self, row: Row<'_>, out: &mut Builder) -> (u64, u64) {
        self.here += 1;
        self.settled += u64::from(row.settled);
        self.most = match row.copies {
            Copies::SamePlace => u64::MAX,
            Copies::OtherObjects => self.most.max(self.here).max(self.settled),
            Copies::Anywhere => 1,
        };
        let (mut all, mut fresh) = self.release(row, out);
        if self.let_through < self.most {
            out.push(row);
            self.let_through += 1;
            (all, fresh) = (all + 1, fresh + u64::from(!row.settled));
        } else if row.copies == Copies::OtherObjects {
            self.held.push_back(Held {
                key: row.key.to_vec(),
                length: row.length,
                settled: row.settled,
            });
        }
        (all, fresh)
    }

    /// The last row is a settled one. Returns what [`Group::push`] does.
    fn settle(&mut self, row: Row<'_>, out: &mut Builder) -> (u64, u64) {
        self.settled += 1;
        if row.copies == Copies::OtherObjects {
            self.most = self.most.max(self.settled);
        }
        self.release(row, out)
    }

    /// Lets rows through that were held, as far as there have to be more.
    fn release(&mut self, like: Row<'_>, out: &mut Builder) -> (u64, u64) {
        let (mut all, mut fresh) = (0, 0);
        while self.let_through < self.most
            && let Some(held) = self.held.pop_front()
        {
            out.push(Row {
                key: &held.key,
                length: held.length,
                settled: held.settled,
                ..like
            });
            self.let_through += 1;
            (all, fresh) = (all + 1, fresh + u64::from(!held.settled));
        }
        (all, fresh)
    }
}

fn set(to: &mut Vec<u8>, from: &[u8]) {
    to.clear();
    to.extend_from_slice(from);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::super::key::Parts;
    use super::super::narrow::Rows;
    use super::*;
    use crate::LogTable;

    /// Record, object, offset, settled.
    type Plain = (u8, u8, u64, bool);

    fn key(row: &Plain) -> Vec<u8> {
        let mut key = Vec::new();
        let parts = Parts {
            table: LogTable::VpcFlow,
            account: "1",
            region: "r",
            time: None,
            record: &[row.0],
            object: &row.1.to_string(),
            offset: row.2,
            nth: 0,
        };
        parts.write(&mut key);
        key
    }

    fn kept(copies: Copies, rows: &[Plain]) -> Vec<Plain> {
        let mut keyed: Vec<_> = rows.iter().map(|row| (key(row), *row)).collect();
        keyed.sort();
        let (mut filter, mut out) = (CopyFilter::default(), Builder::default());
        for (key, row) in &keyed {
            let row = Row {
                key,
                length: 1,
                copies,
                settled: row.3,
                record: &[row.0],
            };
            filter.push(row, &mut out).unwrap();
        }
        assert_eq!(filter.rows_in, rows.len() as u64);
        assert_eq!(filter.rows_out, out.rows() as u64);
        let batch = out.take().unwrap();
        let plain = |row: Row<'_>| {
            let at = Key::read(row.key).unwrap();
            let object = at.object_name().parse().unwrap();
            (row.record[0], object, at.offset, false)
        };
        Rows::of(&batch).unwrap().iter().map(plain).collect()
    }

    const ROWS: [Plain; 7] = [
        (1, 1, 0, false),
        (1, 1, 0, false),
        (1, 1, 9, false),
        (1, 2, 3, false),
        (1, 2, 4, false),
        (1, 2, 5, false),
        (2, 1, 5, false),
    ];

    /// Whatever the order of the two records' hashes.
    fn places(mut rows: Vec<Plain>) -> Vec<(u8, u8, u64)> {
        rows.sort_unstable();
        rows.into_iter().map(|r| (r.0, r.1, r.2)).collect()
    }

    #[test]
    fn a_record_with_an_id_is_kept_once_and_first() {
        let kept = places(kept(Copies::Anywhere, &ROWS));
        assert_eq!(kept, [(1, 1, 0), (2, 1, 5)]);
    }

    #[test]
    fn a_flow_is_kept_as_often_as_one_object_has_it() {
        let kept = places(kept(Copies::OtherObjects, &ROWS));
        assert_eq!(kept, [(1, 1, 0), (1, 1, 9), (1, 2, 3), (2, 1, 5)]);
    }

    #[test]
    fn a_record_that_could_be_any_is_kept_but_for_the_same_bytes() {
        assert_eq!(kept(Copies::SamePlace, &ROWS).len(), 6);
    }

    #[test]
    fn disorder_is_told() {
        let mut filter = CopyFilter::default();
        let mut out = Builder::default();
        let mut push = |key: &[u8]| {
            let row = Row {
                key,
                length: 1,
                copies: Copies::Anywhere,
                settled: false,
                record: b"x",
            };
            filter.push(row, &mut out)
        };
        assert_eq!(push(&key(&(1, 2, 0, false))), Ok(()));
        assert_eq!(push(&key(&(1, 1, 0, false))), Err(OutOfOrder));
        assert_eq!(push(b"no key"), Err(OutOfOrder));
    }

    proptest! {
        /// However the objects are spread over runs, there are as many rows.
        #[test]
        fn runs_add_up_to_one_run(
            rows in proptest::collection::vec((0..2_u8, 0..4_u8, 0..5_u64), 0..30),
            cut in 0..4_u8,
        ) {
            for copies in [Copies::SamePlace, Copies::OtherObjects, Copies::Anywhere] {
                let plain = |r: &(u8, u8, u64)| (r.0, r.1, r.2, false);
                let all: Vec<Plain> = rows.iter().map(plain).collect();
                let once = kept(copies, &all);
                let (first, second): (Vec<Plain>, Vec<_>) = all.iter().partition(|r| r.1 < cut);
                for (first, second) in [(&first, &second), (&second, &first), (&all, &first)] {
                    let mut rows = kept(copies, first);
                    rows.iter_mut().for_each(|r| r.3 = true);
                    rows.extend(second);
                    let both = kept(copies, &rows);
                    let count = |rows: &[Plain]| {
                        let mut by_record = BTreeMap::new();
                        rows.iter().for_each(|r| *by_record.entry(r.0).or_insert(0) += 1);
                        by_record
                    };
                    prop_assert_eq!(count(&both), count(&once));
                }
            }
        }
    }
}
