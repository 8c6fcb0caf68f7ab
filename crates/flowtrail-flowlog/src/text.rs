//! Reads flow-log text in chunks of any size.

use flowtrail_event::{
    Flow, Limits, Location, Note, NoteKind, Projection, Record, Sink, Skip, SkipReason,
};

use crate::columns::Columns;
use crate::format::Format;
use crate::formats::Formats;
use crate::line::Line;
use crate::shape::{BYTE_ORDER_MARK, without_export_time};

/// The longest line whatever the limits say: columns are found by 32-bit spans.
const LINE_BYTES_MAX: usize = (u32::MAX >> 1) as usize;

/// A reader of flow-log text.
///
/// Give it the bytes of an object with [`TextReader::push`], cut anywhere, then
/// [`TextReader::finish`]; the sink receives the same records however the bytes
/// were cut. A line that lies in one chunk is read where it lies; only a line
/// that is cut is copied. Lines without any column are no records, and neither
/// are headers; every other line is exactly one event or one skip, whatever the
/// projection:
///
/// | line | outcome |
/// |---|---|
/// | longer than [`Limits::record_bytes_max`] | [`SkipReason::TooLarge`] |
/// | with control characters, or neither text nor in a known format | [`SkipReason::Garbage`] |
/// | without a known format | [`SkipReason::UnknownFormat`] |
/// | with more or fewer columns than its format | [`SkipReason::WrongColumns`] |
/// | with a numeric column that is neither `-` nor a 64-bit integer | [`SkipReason::BadNumber`] |
/// | otherwise | an event, with notes on what is odd |
///
/// Values are pushed as text, as they are written; `-` is no value; tag values
/// are percent-decoded. The time of an event is `end`, or else `start`.
#[derive(Debug)]
pub struct TextReader {
    formats: Formats,
    columns: Columns,
    record: Record,
    line_bytes_max: usize,
    /// The part of the current line that earlier chunks brought. It is emptied
    /// when the line is too long; `line_bytes` goes on counting.
    kept: Vec<u8>,
    /// Bytes of the current line that earlier chunks brought.
    line_bytes: u64,
    /// Where the current line begins, in bytes of the object.
    line_offset: u64,
    stopped: bool,
}

impl TextReader {
    /// A reader that fills the fields of `projection`. `given` is the format of
    /// lines that stand before or without a header. Without one, such lines are
    /// read only if they have the shape of a default format.
    #[must_use]
    pub fn new(projection: &Projection, limits: &Limits, given: Option<Format>) -> Self {
        Self {
            formats: Formats::new(projection, given),
            columns: Columns::default(),
            record: Record::new(projection.len()),
            line_bytes_max: limits.record_bytes_max.min(LINE_BYTES_MAX),
            kept: Vec::new(),
            line_bytes: 0,
            line_offset: 0,
            stopped: false,
        }
    }

    /// Reads the next bytes of the object. After [`Flow::Stop`] nothing more is
    /// read until [`TextReader::reset`].
    pub fn push<S: Sink + ?Sized>(&mut self, bytes: &[u8], sink: &mut S) -> Flow {
        let mut rest = bytes;
        if self.line_bytes > 0 && !self.stopped {
            let Some((head, tail)) = split_line(rest) else {
                self.keep(rest);
                return Flow::Continue;
            };
            self.keep(head);
            self.end_kept_line(sink);
            rest = tail;
        }
        let mut begin = 0;
        for newline in memchr::memchr_iter(b'\n', rest) {
            if self.stopped {
                return Flow::Stop;
            }
            let line = rest.get(begin..newline).unwrap_or(&[]);
            begin = newline + 1;
            let offset = self.line_offset;
            self.line_offset += length(line) + 1;
            self.object_line(line, offset, sink);
        }
        if self.stopped {
            return Flow::Stop;
        }
        self.keep(rest.get(begin..).unwrap_or(&[]));
        Flow::Continue
    }

    /// Says that the object ends here: a last line without a newline is a full
    /// line.
    pub fn finish<S: Sink + ?Sized>(&mut self, sink: &mut S) -> Flow {
        if self.line_bytes > 0 && !self.stopped {
            self.end_kept_line(sink);
        }
        self.flow()
    }

    /// Makes ready for another object. The given format and what was allocated
    /// are kept.
    pub fn reset(&mut self) {
        self.formats.forget_header();
        self.kept.clear();
        self.line_bytes = 0;
        self.line_offset = 0;
        self.stopped = false;
    }

    /// Reads one line that stood in another envelope, such as a message of
    /// `CloudWatch` Logs, at `offset` of the object. A newline at its end is
    /// allowed; one inside makes it [`SkipReason::Garbage`]. A header among such
    /// lines holds for those that follow, as in a file.
    pub fn line<S: Sink + ?Sized>(&mut self, line: &[u8], offset: u64, sink: &mut S) -> Flow {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        if self.stopped {
            return Flow::Stop;
        }
        if line.len() > self.line_bytes_max {
            too_large(offset, length(line), sink);
        } else {
            self.judge(line, offset, sink);
        }
        self.flow()
    }

    const fn flow(&self) -> Flow {
        if self.stopped {
            Flow::Stop
        } else {
            Flow::Continue
        }
    }

    /// Adds to the line that is cut, up to the limit.
    fn keep(&mut self, part: &[u8]) {
        self.line_bytes += length(part);
        if self.line_bytes > length_max(self.line_bytes_max) {
            self.kept.clear();
        } else {
            self.kept.extend_from_slice(part);
        }
    }

    fn end_kept_line<S: Sink + ?Sized>(&mut self, sink: &mut S) {
        let offset = self.line_offset;
        let len = std::mem::take(&mut self.line_bytes);
        self.line_offset += len + 1;
        if len > length_max(self.line_bytes_max) {
            too_large(offset, len, sink);
            return;
        }
        // Taken out, because judging needs the whole of `self`.
        let mut kept = std::mem::take(&mut self.kept);
        self.object_line(&kept, offset, sink);
        kept.clear();
        self.kept = kept;
    }

    /// Judges a line of the object itself: the first one may carry a mark.
    #[inline]
    fn object_line<S: Sink + ?Sized>(&mut self, line: &[u8], offset: u64, sink: &mut S) {
        if line.len() > self.line_bytes_max {
            too_large(offset, length(line), sink);
        } else if offset == 0
            && let Some(rest) = line.strip_prefix(BYTE_ORDER_MARK)
        {
            sink.note(Note {
                kind: NoteKind::ByteOrderMark,
                offset,
            });
            self.judge(rest, length(BYTE_ORDER_MARK), sink);
        } else {
            self.judge(line, offset, sink);
        }
    }

    /// Header, blank, event or skip.
    #[inline]
    fn judge<S: Sink + ?Sized>(&mut self, line: &[u8], offset: u64, sink: &mut S) {
        let whole = without_carriage_returns(line);
        let location = Location {
            offset,
            len: length(whole),
        };
        let line = without_export_time(whole);
        self.columns.split(line);
        if self.columns.count() == 0 && !self.columns.has_control() {
            return;
        }
        if self.formats.take_header(line) {
            return;
        }
        match Line::read(&self.formats, &self.columns, line) {
            Ok(line) => self.stopped = line.push(&mut self.record, location, sink) == Flow::Stop,
            Err(reason) => sink.skip(Skip {
                reason,
                offset,
                len: location.len,
            }),
        }
    }
}

fn too_large<S: Sink + ?Sized>(offset: u64, len: u64, sink: &mut S) {
    sink.skip(Skip {
        reason: SkipReason::TooLarge,
        offset,
        len,
    });
}

/// The bytes before the first newline, and those behind it.
fn split_line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (line, rest) = bytes.split_at_checked(memchr::memchr(b'\n', bytes)?)?;
    Some((line, rest.get(1..)?))
}

fn without_carriage_returns(mut line: &[u8]) -> &[u8] {
    while let Some(shorter) = line.strip_suffix(b"\r") {
        line = shorter;
    }
    line
}

fn length(bytes: &[u8]) -> u64 {
    length_max(bytes.len())
}

fn length_max(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}
