//! The reader of objects: the bytes of one object to records, and an account of
//! them. It names all formats and no detector.

use std::io::{self, BufRead, Read};

use bytes::Bytes;
use flowtrail_cloudtrail::Reader;
use flowtrail_event::{
    EventTime, Flow, Kind, Limits, Note, NoteKind, ObjectFault, Projection, Service, Sink, Skip,
    SkipReason, Tally,
};
use flowtrail_flowlog::{TextReader, read_parquet};

use crate::compacted::Compacted;
use crate::inflate::{Ahead, Inflate, Met};
use crate::input::Input;
use crate::judge::{Judge, TimeSpan, WithLines};
use crate::sniff::{Format, SNIFF_BYTES, guess, sniff};

/// Bytes that are read, or inflated, in one go.
const READ_BYTES: usize = 256 << 10;

/// How a scan reads.
#[derive(Debug, Clone, Default)]
pub struct ScanOptions {
    /// The span of event time to judge.
    pub span: TimeSpan,
    /// The columns of flow-log lines without a header.
    pub flow_format: Option<flowtrail_flowlog::Format>,
}

/// Why an object could not be read to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The kind of fault.
    pub kind: ObjectFault,
    /// Where, in inflated bytes.
    pub offset: u64,
    /// What happened, for a person.
    pub message: String,
}

/// The account of one object.
#[derive(Debug, Clone, Default)]
pub struct ObjectReport {
    /// Its sums.
    pub tally: Tally,
    /// Why it could not be read to its end, if so.
    pub fault: Option<Fault>,
    /// Skips with their offsets, the first
    /// [`Limits::skips_listed_max`](flowtrail_event::Limits::skips_listed_max) of them.
    pub skips: Vec<Skip>,
    /// Notes with their offsets, as many.
    pub notes: Vec<Note>,
    /// Times of the first and the last event.
    pub times: Option<(EventTime, EventTime)>,
    /// Records evaluated, by [`Service::index`].
    pub by_service: [u64; Service::ALL.len()],
}

/// The fields that are wanted of the records of an object, whichever kind it
/// turns out to be.
#[derive(Debug, Clone, Default)]
pub struct Projections {
    /// Of `CloudTrail`.
    pub cloudtrail: Projection,
    /// Of flow logs.
    pub flow: Projection,
}

impl Projections {
    /// The projection of a kind.
    #[must_use]
    pub const fn of(&self, kind: Kind) -> &Projection {
        match kind {
            Kind::CloudTrail => &self.cloudtrail,
            Kind::Flow => &self.flow,
        }
    }
}

/// Reads objects one after the other and pushes their records into a sink, for
/// whoever wants records and no detector: a report, a table. Built once for each
/// worker. [`Scanner`](crate::Scanner) is one of these with a detector as its
/// sink.
///
/// ```
/// use flowtrail_event::{Event, Flow, Limits, Note, Sink, Skip};
/// use flowtrail_scan::{ObjectReader, Projections, ScanOptions};
///
/// struct Ports(Vec<String>, flowtrail_event::SlotId);
///
/// impl Sink for Ports {
///     fn event(&mut self, event: &mut Event<'_>) -> Flow {
///         self.0.extend(event.str(self.1).map(str::to_owned));
///         Flow::Continue
///     }
///     fn skip(&mut self, _: Skip) {}
///     fn note(&mut self, _: Note) {}
/// }
///
/// let mut wanted = Projections::default();
/// let mut sink = Ports(Vec::new(), wanted.flow.slot("dstport"));
/// let mut reader = ObjectReader::new(&wanted, &Limits::default(), ScanOptions::default());
/// let log = "version srcaddr dstaddr dstport end\n2 10.0.0.1 10.0.0.2 443 1700000000\n";
/// let report = reader.read(log.as_bytes(), &mut sink);
/// assert_eq!((report.tally.evaluated, sink.0), (1, vec!["443".to_owned()]));
/// ```
pub struct ObjectReader {
    cloudtrail: Reader,
    flow: TextReader,
    /// For Parquet, whose reader is made for each file.
    flow_projection: Projection,
    limits: Limits,
    options: ScanOptions,
    room: Vec<u8>,
    stored: Vec<u8>,
}

impl ObjectReader {
    /// A reader that fills the fields of `wanted`. Derived fields have to be
    /// planned before: planning adds slots.
    #[must_use]
    pub fn new(wanted: &Projections, limits: &Limits, options: ScanOptions) -> Self {
        Self {
            cloudtrail: Reader::new(&wanted.cloudtrail, limits),
            flow: TextReader::new(&wanted.flow, limits, options.flow_format.clone()),
            flow_projection: wanted.flow.clone(),
            limits: limits.clone(),
            options,
            room: Vec::new(),
            stored: Vec::new(),
        }
    }

    /// Reads one object. The sink receives every record in the span of time of
    /// the options, all skips and all notes; the report counts them. Never fails
    /// as a whole: what could not be read stands in the report. If the sink
    /// stops, the rest is not read and not counted.
    pub fn read<S: Sink>(&mut self, input: impl Read, sink: &mut S) -> ObjectReport {
        self.cloudtrail.reset();
        self.flow.reset();
        let mut judge = Judge {
            sink,
            tally: Tally::of_object(),
            skips: Vec::new(),
            notes: Vec::new(),
            listed_max: self.limits.skips_listed_max,
            span: self.options.span,
            times: None,
            by_service: [0; Service::ALL.len()],
        };
        let mut work = Work {
            flow_projection: &self.flow_projection,
            limits: &self.limits,
            cloudtrail: &mut self.cloudtrail,
            flow: &mut self.flow,
            flow_format: self.options.flow_format.is_some(),
            room: &mut self.room,
            inflated_max: self.limits.inflated_bytes_max,
            inflated: 0,
        };
        let mut stored = Input::new(input, &mut self.stored);
        let fault = work.object(&mut stored, &mut judge);
        judge.tally.bytes_stored = stored.count;
        judge.tally.bytes_inflated = work.inflated;
        judge.tally.objects_failed = u64::from(fault.is_some());
        ObjectReport {
            tally: judge.tally,
            fault,
            skips: judge.skips,
            notes: judge.notes,
            times: judge.times,
            by_service: judge.by_service,
        }
    }
}

/// One object on its way.
struct Work<'s> {
    flow_projection: &'s Projection,
    limits: &'s Limits,
    cloudtrail: &'s mut Reader,
    flow: &'s mut TextReader,
    flow_format: bool,
    room: &'s mut Vec<u8>,
    inflated_max: u64,
    inflated: u64,
}

impl Work<'_> {
    fn object<S: Sink>(&mut self, input: impl BufRead, judge: &mut Judge<'_, S>) -> Option<Fault> {
        let mut input = Ahead::new(input);
        match input.is_gzip() {
            Ok(true) => {}
            Ok(false) => return self.content(&mut input, judge),
            Err(e) => return Some(self.fault(&e)),
        }
        let mut inflate = Inflate::new(input);
        let fault = self.content(&mut inflate, judge);
        self.report(inflate.met, judge);
        fault
    }

    fn report<S: Sink>(&self, met: Met, judge: &mut Judge<'_, S>) {
        for _ in 0..met.members {
            judge.note(Note {
                kind: NoteKind::GzipMember,
                offset: met.second_member_at,
            });
        }
        if met.garbage_bytes > 0 {
            judge.skip(Skip {
                reason: SkipReason::Garbage,
                offset: self.inflated,
                len: met.garbage_bytes,
            });
        }
    }

    /// Sniffs what is inflated and lets the right reader read it.
    fn content<S: Sink>(
        &mut self,
        input: &mut impl Read,
        judge: &mut Judge<'_, S>,
    ) -> Option<Fault> {
        let (blank, first, early) = self.beginning(input);
        let format = sniff(&first, self.flow_format);
        let seen = blank + first.len() as u64;
        // One byte more than allowed tells that there are more, and no more are
        // read, however they arrive.
        let max = self.inflated_max.saturating_add(1);
        let mut whole = io::repeat(b'\n')
            .take(blank)
            .chain(first.as_slice())
            .chain(input)
            .take(max);
        let fault = match format {
            Format::CloudTrail => self.cloudtrail(&mut whole, judge),
            Format::FlowText => self.flow_text(&mut whole, judge),
            Format::Parquet => self.parquet(&mut whole, judge),
            Format::Empty => {
                self.inflated = seen;
                self.over_limit(judge)
            }
            Format::Unknown => {
                self.inflated = seen;
                Some(Fault {
                    kind: ObjectFault::NotALog,
                    offset: 0,
                    message: format!("neither CloudTrail nor flow logs, but {}", guess(&first)),
                })
            }
        };
        // An error inside the first bytes comes up again only if there was more
        // to read; a cut-off beginning must not pass for an empty object.
        fault.or_else(|| early.map(|e| self.fault(&e)))
    }

    /// The first bytes that are not all blank, how many blank ones stand before
    /// them, and an error that ended them: kilobytes of blanks in front must not
    /// make a log pass for an empty file.
    fn beginning(&self, input: &mut impl Read) -> (u64, Vec<u8>, Option<io::Error>) {
        let mut first = Vec::new();
        let mut blank = 0;
        loop {
            let held = first.len();
            first.resize(SNIFF_BYTES, 0);
            let (len, early) = read_up_to(input, first.get_mut(held..).unwrap_or(&mut []));
            first.truncate(held + len);
            let ended = first.len() < SNIFF_BYTES;
            let lead = first.len() - first.trim_ascii_start().len();
            first.drain(..lead);
            blank += lead as u64;
            if lead == 0 || ended || blank > self.inflated_max {
                return (blank, first, early);
            }
        }
    }

    fn cloudtrail<S: Sink>(
        &mut self,
        input: &mut impl Read,
        judge: &mut Judge<'_, S>,
    ) -> Option<Fault> {
        let mut fault = None;
        loop {
            let mut sink = WithLines {
                judge,
                lines: self.flow,
            };
            let inflated = &mut self.inflated;
            let read = |room: &mut [u8]| {
                let len = input.read(room)?;
                *inflated += len as u64;
                Ok(len)
            };
            match self.cloudtrail.fill(read, &mut sink) {
                Ok(Some(Flow::Continue)) => {}
                Ok(Some(Flow::Stop) | None) => break,
                Err(e) => {
                    fault = Some(self.fault(&e));
                    break;
                }
            }
        }
        let fault = fault.or_else(|| self.over_limit(judge));
        let mut sink = WithLines {
            judge,
            lines: self.flow,
        };
        self.cloudtrail.finish(&mut sink);
        fault
    }

    fn flow_text<S: Sink>(
        &mut self,
        input: &mut impl Read,
        judge: &mut Judge<'_, S>,
    ) -> Option<Fault> {
        self.room.resize(READ_BYTES, 0);
        let mut fault = None;
        loop {
            match input.read(self.room) {
                Ok(0) => break,
                Ok(len) => {
                    self.inflated += len as u64;
                    let bytes = self.room.get(..len).unwrap_or(&[]);
                    if self.flow.push(bytes, judge) == Flow::Stop {
                        break;
                    }
                }
                Err(e) => {
                    fault = Some(self.fault(&e));
                    break;
                }
            }
        }
        let fault = fault.or_else(|| self.over_limit(judge));
        self.flow.finish(judge);
        fault
    }

    /// Flow logs, or what compacting made of either log. Parquet needs its footer
    /// first, so the object is held whole; AWS writes
    /// at most 75 MB.
    fn parquet<S: Sink>(
        &mut self,
        input: &mut impl Read,
        judge: &mut Judge<'_, S>,
    ) -> Option<Fault> {
        let mut whole = Vec::new();
        self.inflated_max = self.inflated_max.min(PARQUET_BYTES_MAX);
        let max = self.inflated_max;
        if let Err(e) = input.take(max + 1).read_to_end(&mut whole) {
            self.inflated = whole.len() as u64;
            return Some(self.fault(&e));
        }
        self.inflated = whole.len() as u64;
        if let Some(fault) = self.over_limit(judge) {
            return Some(fault);
        }
        let whole = Bytes::from(whole);
        if let Some(compacted) = Compacted::open(&whole) {
            let mut sink = WithLines {
                judge,
                lines: self.flow,
            };
            return match compacted {
                Ok(records) => records.read(self.cloudtrail, &mut sink),
                Err(fault) => Some(fault),
            };
        }
        let (projection, limits) = (self.flow_projection, self.limits);
        let fault = read_parquet(whole, projection, limits, judge).err()?;
        Some(Fault {
            kind: fault.object_fault(),
            offset: 0,
            message: fault.to_string(),
        })
    }

    /// The fault of an object that went on behind the limit.
    fn over_limit<S: Sink>(&self, judge: &mut Judge<'_, S>) -> Option<Fault> {
        if self.inflated <= self.inflated_max {
            return None;
        }
        judge.skip(Skip {
            reason: SkipReason::OverLimit,
            offset: self.inflated,
            len: 0,
        });
        Some(Fault {
            kind: ObjectFault::TooLarge,
            offset: self.inflated,
            message: format!(
                "more than {} bytes after inflating; what follows was not read",
                self.inflated_max
            ),
        })
    }

    fn fault(&self, error: &io::Error) -> Fault {
        let kind = error.kind();
        let kind = if kind == io::ErrorKind::UnexpectedEof {
            ObjectFault::CutOff
        } else if kind == io::ErrorKind::InvalidData || kind == io::ErrorKind::InvalidInput {
            ObjectFault::Corrupt
        } else {
            ObjectFault::Read
        };
        let what = match kind {
            ObjectFault::CutOff => "the compressed stream ends too early".to_owned(),
            ObjectFault::Corrupt => format!("the compressed stream is damaged: {error}"),
            ObjectFault::Open
            | ObjectFault::Read
            | ObjectFault::TooLarge
            | ObjectFault::NotALog => error.to_string(),
        };
        Fault {
            kind,
            offset: self.inflated,
            message: what,
        }
    }
}

/// The largest Parquet object that is held in memory.
const PARQUET_BYTES_MAX: u64 = 1 << 30;

/// Fills `room` as far as the input goes. An error is given beside what came
/// before it.
fn read_up_to(input: &mut impl Read, room: &mut [u8]) -> (usize, Option<io::Error>) {
    let mut len = 0;
    while let Some(rest) = room.get_mut(len..).filter(|r| !r.is_empty()) {
        match input.read(rest) {
            Ok(0) => break,
            Ok(n) => len += n,
            Err(e) => return (len, Some(e)),
        }
    }
    (len, None)
}

#[cfg(test)]
mod tests;
