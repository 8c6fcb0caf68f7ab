//! One row that becomes an event or a skip.

use std::borrow::Cow;

use ::parquet::file::reader::ChunkReader;
use flowtrail_event::{
    Event, EventTime, Flow, Limits, Location, Note, NoteKind, Projection, RawRecord, Record,
    Service, Sink, Skip, SkipReason,
};

use super::cells::{Cell, Cells, Scratch};
use super::file::{Batch, File, Side};
use super::whole::Whole;
use crate::bound::{Bound, Wanted};
use crate::fields::Form;
use crate::json::Object;
use crate::value::{lossy, percent_decoded, seconds};

/// One row of a batch.
pub(super) struct Row<'a, R> {
    pub(super) file: &'a File<R>,
    pub(super) whole: &'a Whole<'a, R>,
    pub(super) batch: &'a Batch,
    pub(super) row: usize,
}

impl<R> Row<'_, R> {
    /// The row, counted from the beginning of the file.
    fn offset(&self) -> u64 {
        let row = u64::try_from(self.row).unwrap_or(u64::MAX);
        self.batch.first_row.saturating_add(row)
    }

    /// Column `n` of the file, if it is one that is decoded for every row.
    fn narrow(&self, n: usize) -> Option<&Cells> {
        match self.file.places.get(n)? {
            (Side::Narrow, place) => self.batch.cells.get(*place),
            (Side::Wide, _) => None,
        }
    }

    fn form(&self, n: usize) -> Form {
        form_of(&self.file.bound, n)
    }

    fn get<'s>(&'s self, n: usize, scratch: &'s mut Scratch) -> Cell<'s> {
        self.narrow(n).map_or(Cell::Absent, |cells| {
            cells.get(self.row, self.form(n), scratch)
        })
    }
}

fn form_of(bound: &Bound, n: usize) -> Form {
    let info = bound.format.columns().get(n).and_then(|c| c.info);
    info.map_or(Form::Text, |f| f.form)
}

/// Turns rows into events; reused from row to row.
pub(super) struct RowReader {
    record: Record,
    scratch: Scratch,
    record_bytes_max: usize,
    /// Numeric columns that are not integers by type.
    doubtful: Vec<usize>,
}

impl RowReader {
    pub(super) fn new<R>(file: &File<R>, projection: &Projection, limits: &Limits) -> Self {
        Self {
            record: Record::new(projection.len()),
            scratch: Scratch::default(),
            record_bytes_max: limits.record_bytes_max,
            doubtful: file.doubtful.clone(),
        }
    }

    /// Pushes the row into `sink`: one event with its notes, or one skip.
    pub(super) fn read<R, S>(&mut self, row: &Row<'_, R>, sink: &mut S) -> Flow
    where
        R: ChunkReader + 'static,
        S: Sink + ?Sized,
    {
        let offset = row.offset();
        self.record.clear();
        let utf8 = match self.fill(row) {
            Ok(utf8) => utf8,
            Err(reason) => {
                sink.skip(Skip {
                    reason,
                    offset,
                    len: 0,
                });
                return Flow::Continue;
            }
        };
        let mut note = |kind| sink.note(Note { kind, offset });
        match self.column(row, row.file.bound.log_status) {
            b"NODATA" => note(NoteKind::NoData),
            b"SKIPDATA" => note(NoteKind::SkipData),
            _ => {}
        }
        if !utf8 {
            note(NoteKind::InvalidUtf8);
        }
        let time = self.time(row);
        if time.is_none() {
            note(NoteKind::NoTime);
        }
        let service = self.service(row);
        let first = (row.file.origin.as_ref()).and_then(|o| o.place(&row.batch.cells, row.row));
        let (location, origin) = match first {
            Some((location, name)) => (location, Some(name)),
            None => (Location { offset, len: 0 }, None),
        };
        let mut event = Event::new(service, &mut self.record, &[], row)
            .at(time)
            .located(location)
            .from_object(origin);
        sink.event(&mut event)
    }

    /// Fills the record, and says whether its text is UTF-8, or why there is no
    /// record.
    fn fill<R>(&mut self, row: &Row<'_, R>) -> Result<bool, SkipReason> {
        for n in &self.doubtful {
            if row.get(*n, &mut self.scratch) == Cell::Bad {
                return Err(SkipReason::BadNumber);
            }
        }
        let mut utf8 = true;
        let mut bytes = 0_usize;
        for wanted in &row.file.bound.wanted {
            let value = match row.get(wanted.column, &mut self.scratch) {
                Cell::Text(value) => value,
                Cell::Absent => continue,
                Cell::Bad => return Err(SkipReason::BadNumber),
            };
            bytes = bytes.saturating_add(value.len());
            if bytes > self.record_bytes_max {
                return Err(SkipReason::TooLarge);
            }
            utf8 &= push(&mut self.record, *wanted, value);
        }
        Ok(utf8)
    }

    /// The end of the flow; its start where there is no end.
    fn time<R>(&mut self, row: &Row<'_, R>) -> Option<EventTime> {
        let end = seconds(self.column(row, row.file.bound.end));
        let secs = end.or_else(|| seconds(self.column(row, row.file.bound.start)))?;
        Some(EventTime::from_secs(secs))
    }

    /// Version 6 is the Transit Gateway's alone.
    fn service<R>(&mut self, row: &Row<'_, R>) -> Service {
        if self.column(row, row.file.bound.version) == b"6" {
            Service::TgwFlow
        } else {
            row.file.bound.service
        }
    }

    fn column<'s, R>(&'s mut self, row: &'s Row<'_, R>, column: Option<usize>) -> &'s [u8] {
        match column.map(|n| row.get(n, &mut self.scratch)) {
            Some(Cell::Text(value)) => value,
            Some(Cell::Absent | Cell::Bad) | None => &[],
        }
    }
}

/// Copies `value` into the record: it lies in a page that nobody else sees.
/// Returns whether it is UTF-8.
fn push(record: &mut Record, wanted: Wanted, value: &[u8]) -> bool {
    let shown = shown(value, wanted.percent_encoded);
    let utf8 = std::str::from_utf8(&shown).is_ok();
    if utf8 {
        record.push_own_text(wanted.slot, &shown);
    } else {
        record.push_own_text(wanted.slot, &lossy(&shown));
    }
    utf8
}

fn shown(value: &[u8], percent_encoded: bool) -> Cow<'_, [u8]> {
    if percent_encoded {
        percent_decoded(value)
    } else {
        Cow::Borrowed(value)
    }
}

impl<R> Row<'_, R> {
    /// Writes column `n` of the file, if it has a value here. `wide` and
    /// `wide_row` are where the columns of [`Side::Wide`] stand.
    fn write_column(
        &self,
        n: usize,
        (wide, wide_row): (&[Cells], usize),
        scratch: &mut Scratch,
        object: &mut Object<'_>,
    ) {
        let columns = self.file.bound.format.columns();
        let (Some(column), Some((side, place))) = (columns.get(n), self.file.places.get(n)) else {
            return;
        };
        let (cells, row) = match side {
            Side::Narrow => (self.batch.cells.get(*place), self.row),
            Side::Wide => (wide.get(*place), wide_row),
        };
        let Some(cells) = cells else { return };
        let form = column.info.map_or(Form::Text, |f| f.form);
        let number = form.is_number() || (column.info.is_none() && cells.is_integer());
        let encoded = self.file.origin.is_none() && column.info.is_some_and(|f| f.percent_encoded);
        match cells.get(row, form, scratch) {
            Cell::Text(value) if number => object.number(&column.name, value),
            Cell::Text(value) => object.text(&column.name, &shown(value, encoded)),
            // A bad number makes a skip, and a skip is never shown.
            Cell::Absent | Cell::Bad => {}
        }
    }

    /// The columns in the order in which the record has them.
    fn order(&self, wide: &[Cells], wide_row: usize) -> Vec<usize> {
        let format = &self.file.bound.format;
        let fields = (self.file.origin.as_ref()).and_then(|o| o.fields(wide, wide_row));
        match fields {
            Some(names) => names.filter_map(|n| format.position(n)).collect(),
            None => (0..format.len()).collect(),
        }
    }
}

impl<R: ChunkReader + 'static> RawRecord for Row<'_, R> {
    /// The whole row, in the order of the file. If the rest of the row turns out
    /// to be damaged, what every row needs is written all the same, and reading
    /// ends with that fault behind this row.
    fn write_json(&self, out: &mut Vec<u8>) {
        let mut scratch = Scratch::default();
        self.whole.with(self.offset(), |wide, wide_row| {
            let record = (self.file.origin.as_ref()).and_then(|o| o.record(wide, wide_row));
            if let Some(record) = record {
                out.extend_from_slice(record);
                return;
            }
            let mut object = Object::open(out);
            for n in self.order(wide, wide_row) {
                self.write_column(n, (wide, wide_row), &mut scratch, &mut object);
            }
            object.close();
        });
    }
}
