//! Which format the next line has.

use flowtrail_event::Projection;

use crate::bound::Bound;
use crate::columns::Columns;
use crate::format::Format;
use crate::shape::{DefaultFormat, default_format};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Active {
    /// None is known: each line is tried against the default formats by itself,
    /// so that one odd line cannot decide about the others.
    Unknown,
    Given,
    Header,
}

/// The formats that a reader knows, each bound to its projection.
#[derive(Debug)]
pub(crate) struct Formats {
    projection: Projection,
    given: Option<Bound>,
    header: Option<(Vec<u8>, Bound)>,
    vpc: Bound,
    tgw: Bound,
    active: Active,
}

impl Formats {
    pub(crate) fn new(projection: &Projection, given: Option<Format>) -> Self {
        let mut formats = Self {
            given: given.map(|f| Bound::new(f, projection)),
            header: None,
            vpc: Bound::new(Format::vpc_default(), projection),
            tgw: Bound::new(Format::tgw_default(), projection),
            active: Active::Unknown,
            projection: projection.clone(),
        };
        formats.forget_header();
        formats
    }

    /// Goes back to the given format, if there is one. The last header is kept
    /// for comparison: most objects of a run have the same.
    pub(crate) const fn forget_header(&mut self) {
        self.active = if self.given.is_some() {
            Active::Given
        } else {
            Active::Unknown
        };
    }

    /// Whether `line` is a header; then its format holds from here on.
    #[inline]
    pub(crate) fn take_header(&mut self, line: &[u8]) -> bool {
        match line.first() {
            // A quick no for nearly every record.
            Some(b'a'..=b'z' | b' ' | b'\t') => self.take_named_header(line),
            Some(_) | None => false,
        }
    }

    fn take_named_header(&mut self, line: &[u8]) -> bool {
        let same = self.header.as_ref().is_some_and(|(text, _)| text == line);
        if !same {
            let Some(format) = Format::from_header(line) else {
                return false;
            };
            self.header = Some((line.to_vec(), Bound::new(format, &self.projection)));
        }
        self.active = Active::Header;
        true
    }

    /// The format of `line`, which is split into `columns`.
    #[inline]
    pub(crate) fn of(&self, columns: &Columns, line: &[u8]) -> Option<&Bound> {
        match self.active {
            Active::Given => self.given.as_ref(),
            Active::Header => self.header.as_ref().map(|(_, bound)| bound),
            Active::Unknown => match default_format(columns, line)? {
                DefaultFormat::Vpc => Some(&self.vpc),
                DefaultFormat::Tgw => Some(&self.tgw),
            },
        }
    }
}
