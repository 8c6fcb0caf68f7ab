//! The accounting: what came in, what was evaluated, what was not and why.

/// Why a record, or a stretch of bytes, was not evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SkipReason {
    /// Not well-formed JSON; reading went on at the next record.
    Malformed,
    /// Larger than [`Limits::record_bytes_max`](crate::Limits::record_bytes_max).
    TooLarge,
    /// Nested deeper than [`Limits::nesting_max`](crate::Limits::nesting_max).
    TooDeep,
    /// The object ended inside this record.
    Truncated,
    /// JSON, but no log record: another tool's wrapper, a configuration, a number.
    NotARecord,
    /// A `CloudTrail` digest: the signature chain, not an event.
    Digest,
    /// An aggregate of data events (`CloudTrail-Aggregated`), not a single call.
    Aggregate,
    /// A control message of a `CloudWatch` Logs subscription.
    ControlMessage,
    /// A flow-log line with a number of columns that its header does not have.
    WrongColumns,
    /// A flow-log line whose format is not known: no header, no given format,
    /// and not the shape of the default one.
    UnknownFormat,
    /// A flow-log line with a numeric column that is no number in range.
    BadNumber,
    /// Bytes that belong to no log: garbage behind a gzip stream, binary data.
    Garbage,
    /// Behind the limit of inflated bytes: not read at all.
    OverLimit,
    /// Read, but outside the span of time that was asked for.
    OutOfTime,
}

impl SkipReason {
    /// Every reason, in the order of [`SkipReason::index`].
    pub const ALL: [Self; 14] = [
        Self::Malformed,
        Self::TooLarge,
        Self::TooDeep,
        Self::Truncated,
        Self::NotARecord,
        Self::Digest,
        Self::Aggregate,
        Self::ControlMessage,
        Self::WrongColumns,
        Self::UnknownFormat,
        Self::BadNumber,
        Self::Garbage,
        Self::OverLimit,
        Self::OutOfTime,
    ];

    /// A stable name for machines: metrics, JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::TooLarge => "too_large",
            Self::TooDeep => "too_deep",
            Self::Truncated => "truncated",
            Self::NotARecord => "not_a_record",
            Self::Digest => "digest",
            Self::Aggregate => "aggregate",
            Self::ControlMessage => "control_message",
            Self::WrongColumns => "wrong_columns",
            Self::UnknownFormat => "unknown_format",
            Self::BadNumber => "bad_number",
            Self::Garbage => "garbage",
            Self::OverLimit => "over_limit",
            Self::OutOfTime => "out_of_time",
        }
    }

    /// A dense index into [`SkipReason::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Whether this skip is in the nature of the object (a digest is not an
    /// event) or was asked for, and not a sign of damage.
    #[must_use]
    pub const fn is_expected(self) -> bool {
        matches!(
            self,
            Self::Digest | Self::Aggregate | Self::ControlMessage | Self::OutOfTime
        )
    }
}

/// A record, or a stretch of bytes, that was not evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Skip {
    /// Why.
    pub reason: SkipReason,
    /// Where it begins, in inflated bytes (rows for columnar files).
    pub offset: u64,
    /// How many bytes were passed over.
    pub len: u64,
}

/// Something odd about a record that was evaluated all the same. A detector
/// must not be blinded by a stray byte, so these are counted, not skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NoteKind {
    /// Invalid UTF-8; read with U+FFFD in its place.
    InvalidUtf8,
    /// A `\u` escape that is half of a surrogate pair; read as U+FFFD.
    LoneSurrogate,
    /// A JSON number that no 64-bit type holds; kept as text.
    NumberOutOfRange,
    /// A key that stands twice in one object, for a field that rules look at;
    /// rules see both values.
    DuplicateKey,
    /// No time that can be read: evaluated, but not by windows.
    NoTime,
    /// A flow-log record that stands for an interval without data (`NODATA`).
    NoData,
    /// A flow-log record that stands for records that AWS lost (`SKIPDATA`).
    SkipData,
    /// A further gzip member behind the first one; its records were read too.
    /// AWS writes one member, so in a trail this is a sign of tampering.
    GzipMember,
    /// A byte-order mark at the beginning.
    ByteOrderMark,
}

impl NoteKind {
    /// Every kind, in the order of [`NoteKind::index`].
    pub const ALL: [Self; 9] = [
        Self::InvalidUtf8,
        Self::LoneSurrogate,
        Self::NumberOutOfRange,
        Self::DuplicateKey,
        Self::NoTime,
        Self::NoData,
        Self::SkipData,
        Self::GzipMember,
        Self::ByteOrderMark,
    ];

    /// A stable name for machines.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidUtf8 => "invalid_utf8",
            Self::LoneSurrogate => "lone_surrogate",
            Self::NumberOutOfRange => "number_out_of_range",
            Self::DuplicateKey => "duplicate_key",
            Self::NoTime => "no_time",
            Self::NoData => "nodata",
            Self::SkipData => "skipdata",
            Self::GzipMember => "gzip_member",
            Self::ByteOrderMark => "byte_order_mark",
        }
    }

    /// A dense index into [`NoteKind::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// A [`NoteKind`] with the place where it was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Note {
    /// What.
    pub kind: NoteKind,
    /// Offset of the record, in inflated bytes.
    pub offset: u64,
}

/// Why an object could not be read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ObjectFault {
    /// It could not be opened.
    Open,
    /// Reading it failed half-way.
    Read,
    /// The compressed stream is damaged.
    Corrupt,
    /// The compressed stream ends too early.
    CutOff,
    /// It inflates to more than [`Limits::inflated_bytes_max`](crate::Limits::inflated_bytes_max).
    TooLarge,
    /// It is neither of the logs that Flowtrail reads.
    NotALog,
}

impl ObjectFault {
    /// Every fault.
    pub const ALL: [Self; 6] = [
        Self::Open,
        Self::Read,
        Self::Corrupt,
        Self::CutOff,
        Self::TooLarge,
        Self::NotALog,
    ];

    /// A stable name for machines.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "cannot_open",
            Self::Read => "read_failed",
            Self::Corrupt => "corrupt",
            Self::CutOff => "cut_off",
            Self::TooLarge => "too_large",
            Self::NotALog => "not_a_log",
        }
    }
}

/// The sums of an object, or of a run. `records = evaluated + skipped` holds by
/// construction of the readers and is checked by [`Tally::adds_up`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    /// Objects begun.
    pub objects: u64,
    /// Objects that could not be read to their end.
    pub objects_failed: u64,
    /// Bytes as stored.
    pub bytes_stored: u64,
    /// Bytes after inflating.
    pub bytes_inflated: u64,
    /// Records met by the readers.
    pub records: u64,
    /// Records that were judged by the rules.
    pub evaluated: u64,
    skipped: [u64; SkipReason::ALL.len()],
    notes: [u64; NoteKind::ALL.len()],
}

impl Tally {
    /// The sums of one object that has just been begun.
    #[must_use]
    pub fn of_object() -> Self {
        Self {
            objects: 1,
            ..Self::default()
        }
    }

    /// Counts a record that was evaluated.
    #[inline]
    pub const fn count_evaluated(&mut self) {
        self.records += 1;
        self.evaluated += 1;
    }

    /// Counts a record that was skipped.
    pub fn count_skip(&mut self, reason: SkipReason) {
        self.records += 1;
        if let Some(n) = self.skipped.get_mut(reason.index()) {
            *n += 1;
        }
    }

    /// Counts a note.
    pub fn count_note(&mut self, kind: NoteKind) {
        if let Some(n) = self.notes.get_mut(kind.index()) {
            *n += 1;
        }
    }

    /// Sets how many records were skipped for `reason`: for whoever builds the
    /// sums of another process again from its numbers.
    pub fn set_skipped(&mut self, reason: SkipReason, records: u64) {
        if let Some(n) = self.skipped.get_mut(reason.index()) {
            *n = records;
        }
    }

    /// Sets how often `kind` was noted; see [`Tally::set_skipped`].
    pub fn set_notes(&mut self, kind: NoteKind, times: u64) {
        if let Some(n) = self.notes.get_mut(kind.index()) {
            *n = times;
        }
    }

    /// Records skipped for `reason`.
    #[must_use]
    pub fn skipped(&self, reason: SkipReason) -> u64 {
        self.skipped.get(reason.index()).copied().unwrap_or(0)
    }

    /// Records skipped for any reason.
    #[must_use]
    pub fn skipped_total(&self) -> u64 {
        self.skipped.iter().sum()
    }

    /// Notes of `kind`.
    #[must_use]
    pub fn notes(&self, kind: NoteKind) -> u64 {
        self.notes.get(kind.index()).copied().unwrap_or(0)
    }

    /// Whether every record is accounted for.
    #[must_use]
    pub fn adds_up(&self) -> bool {
        self.records == self.evaluated + self.skipped_total()
    }

    /// Adds the sums of another object or run.
    pub fn add(&mut self, other: &Self) {
        self.objects += other.objects;
        self.objects_failed += other.objects_failed;
        self.bytes_stored += other.bytes_stored;
        self.bytes_inflated += other.bytes_inflated;
        self.records += other.records;
        self.evaluated += other.evaluated;
        for (a, b) in self.skipped.iter_mut().zip(other.skipped) {
            *a += b;
        }
        for (a, b) in self.notes.iter_mut().zip(other.notes) {
            *a += b;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_indices_are_dense() {
        for (i, r) in SkipReason::ALL.into_iter().enumerate() {
            assert_eq!(r.index(), i);
        }
        for (i, k) in NoteKind::ALL.into_iter().enumerate() {
            assert_eq!(k.index(), i);
        }
    }

    #[test]
    fn sums_are_built_again_from_their_numbers() {
        let mut t = Tally::of_object();
        t.count_evaluated();
        t.count_skip(SkipReason::Digest);
        t.count_note(NoteKind::NoTime);
        let mut again = Tally {
            objects: t.objects,
            records: t.records,
            evaluated: t.evaluated,
            ..Tally::default()
        };
        for reason in SkipReason::ALL {
            again.set_skipped(reason, t.skipped(reason));
        }
        for kind in NoteKind::ALL {
            again.set_notes(kind, t.notes(kind));
        }
        assert_eq!(again, t);
    }

    #[test]
    fn a_lost_record_breaks_the_sum() {
        let mut t = Tally::default();
        t.count_evaluated();
        t.count_skip(SkipReason::Digest);
        assert!(t.adds_up());
        t.records += 1;
        assert!(!t.adds_up());
    }
}
