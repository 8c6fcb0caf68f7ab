//! One line that is a record.

use flowtrail_event::{
    Event, EventTime, Flow, Location, Note, NoteKind, RawRecord, Record, Service, Sink, SkipReason,
};

use crate::bound::Bound;
use crate::columns::Columns;
use crate::formats::Formats;
use crate::json::Object;
use crate::value::{ABSENT, is_number, lossy, percent_decoded, seconds};

/// A line with its columns and their format.
pub(crate) struct Line<'a> {
    bound: &'a Bound,
    columns: &'a Columns,
    line: &'a [u8],
    utf8: bool,
}

impl<'a> Line<'a> {
    /// The record in `line`, which is split into `columns`, or why it is none.
    /// The answer does not depend on the projection.
    pub(crate) fn read(
        formats: &'a Formats,
        columns: &'a Columns,
        line: &'a [u8],
    ) -> Result<Self, SkipReason> {
        if columns.has_control() {
            return Err(SkipReason::Garbage);
        }
        let utf8 = columns.is_ascii() || std::str::from_utf8(line).is_ok();
        // What is neither text nor fits a format is no damaged record either.
        let unless_binary = |reason| if utf8 { reason } else { SkipReason::Garbage };
        let Some(bound) = formats.of(columns, line) else {
            return Err(unless_binary(SkipReason::UnknownFormat));
        };
        if columns.count() != bound.format.len() {
            return Err(unless_binary(SkipReason::WrongColumns));
        }
        for n in &bound.numbers {
            let value = columns.of(*n, line);
            if value != ABSENT && !is_number(value) {
                return Err(SkipReason::BadNumber);
            }
        }
        Ok(Self {
            bound,
            columns,
            line,
            utf8,
        })
    }

    /// Pushes the notes and the event of this record into `sink`.
    pub(crate) fn push<S: Sink + ?Sized>(
        &self,
        record: &mut Record,
        location: Location,
        sink: &mut S,
    ) -> Flow {
        let mut note = |kind| {
            sink.note(Note {
                kind,
                offset: location.offset,
            });
        };
        match self.at(self.bound.log_status) {
            b"NODATA" => note(NoteKind::NoData),
            b"SKIPDATA" => note(NoteKind::SkipData),
            _ => {}
        }
        if !self.utf8 {
            note(NoteKind::InvalidUtf8);
        }
        let time = self.time();
        if time.is_none() {
            note(NoteKind::NoTime);
        }
        record.clear();
        self.fill(record);
        let mut event = Event::new(self.service(), record, self.line, self)
            .at(time)
            .located(location);
        sink.event(&mut event)
    }

    #[inline]
    fn fill(&self, record: &mut Record) {
        for wanted in &self.bound.wanted {
            let Some(span) = self.columns.span(wanted.column) else {
                continue; // There are as many columns as the format has.
            };
            let value = span.of(self.line);
            if value == ABSENT {
                continue;
            }
            if self.utf8 && !(wanted.percent_encoded && value.contains(&b'%')) {
                record.push_text(wanted.slot, span);
            } else {
                record.push_own_text(wanted.slot, &self.shown(value, wanted.percent_encoded));
            }
        }
    }

    /// A value as rules and people see it.
    fn shown<'v>(&self, value: &'v [u8], percent_encoded: bool) -> std::borrow::Cow<'v, [u8]> {
        if !self.utf8 {
            lossy(value)
        } else if percent_encoded {
            percent_decoded(value)
        } else {
            value.into()
        }
    }

    /// The end of the flow; its start where there is no end.
    fn time(&self) -> Option<EventTime> {
        seconds(self.at(self.bound.end))
            .or_else(|| seconds(self.at(self.bound.start)))
            .map(EventTime::from_secs)
    }

    /// Version 6 is the Transit Gateway's alone, so it tells the service of a
    /// custom format of fields that both logs have.
    fn service(&self) -> Service {
        if self.at(self.bound.version) == b"6" {
            Service::TgwFlow
        } else {
            self.bound.service
        }
    }

    #[inline]
    fn at(&self, column: Option<usize>) -> &'a [u8] {
        column.map_or(&[], |n| self.columns.of(n, self.line))
    }
}

impl RawRecord for Line<'_> {
    fn write_json(&self, out: &mut Vec<u8>) {
        let mut object = Object::open(out);
        for (n, column) in self.bound.format.columns().iter().enumerate() {
            let value = self.columns.of(n, self.line);
            if value == ABSENT {
                continue;
            }
            match column.info {
                Some(info) if info.form.is_number() => object.number(&column.name, value),
                Some(info) => {
                    object.text(&column.name, &self.shown(value, info.percent_encoded));
                }
                None => object.text(&column.name, value),
            }
        }
        object.close();
    }
}
