//! How far an end of a matrix entry is looked at: an interface of it that does
//! not report is only seen from the other end.

use flowtrail_context::{End, Place};

/// What is not looked at of the places that an end means.
#[derive(Debug, Clone, Default)]
pub(super) struct Blind {
    /// Whether its networks can report at all; those outside never do.
    pub(super) outside: bool,
    /// Networks and VPCs of it in which nothing reports.
    pub(super) networks: Vec<String>,
    /// Addresses of it that were met and do not report.
    pub(super) hosts: u64,
    /// Interfaces of it with gaps.
    pub(super) gaps: u64,
    /// Intervals of its interfaces of which AWS lost records.
    pub(super) lost: u64,
    /// Whether the file has any network for it.
    pub(super) declared: bool,
}

/// Whether an end of an entry means a place inside.
pub(super) fn means(end: End, place: &Place) -> bool {
    match end {
        End::Any => place.is_inside(),
        End::Internet | End::Trusted(_) => false,
        End::Inside(environment, segment) => {
            place.is_inside()
                && environment.is_none_or(|e| place.environment == Some(e))
                && segment.is_none_or(|s| place.segment == Some(s))
        }
    }
}

/// Whether an end lies outside, where nothing of ours reports.
pub(super) const fn is_outside(end: End) -> bool {
    match end {
        End::Internet | End::Trusted(_) => true,
        End::Any | End::Inside(..) => false,
    }
}

impl Blind {
    /// Whether connections can go unseen in which this end takes part, as far as
    /// `what` is concerned.
    pub(super) fn is(&self, what: impl Fn(&Self) -> bool) -> bool {
        self.outside || what(self)
    }
}
