//! What cannot be read: too large, too deep, damaged, cut off.

use flowtrail_event::{Skip, SkipReason};

use super::{Discard, List, Lost, Place, Reader, RecordSink, Step};
use crate::resync;

impl Reader {
    pub(super) fn discard_from(
        &mut self,
        at: usize,
        reason: SkipReason,
        back_to: Option<List>,
    ) -> Step {
        self.window.read_to(at);
        self.place = Place::Discard(Discard {
            from: self.window.offset_of(at),
            depth: 0,
            in_string: false,
            escape: false,
            reason,
            back_to,
        });
        Step::On
    }

    /// Counts braces to the end of what cannot be held.
    pub(super) fn discard(&mut self, mut d: Discard, sink: &mut impl RecordSink) -> Step {
        let (text, pos) = self.window.held();
        let mut at = pos;
        let mut done = false;
        for &b in text.get(pos..).unwrap_or(&[]) {
            at += 1;
            if d.escape {
                d.escape = false;
            } else if d.in_string {
                match b {
                    b'\\' => d.escape = true,
                    b'"' => d.in_string = false,
                    _ => {}
                }
                done = d.depth == 0 && !d.in_string;
            } else {
                match b {
                    b'"' => d.in_string = true,
                    b'{' | b'[' => d.depth += 1,
                    b'}' | b']' => {
                        d.depth = d.depth.saturating_sub(1);
                        done = d.depth == 0;
                    }
                    _ => {}
                }
            }
            if done {
                break;
            }
        }
        let end = self.window.offset_of(at);
        self.window.read_to(at);
        if !done {
            self.place = Place::Discard(d);
            return Step::More;
        }
        self.place = d
            .back_to
            .map_or(Place::Top, |l| Place::List(List { begun: true, ..l }));
        sink.skip(Skip {
            reason: d.reason,
            offset: d.from,
            len: end - d.from,
        });
        Step::On
    }

    /// What begins at `at` is not JSON. Reading goes on at the next record.
    pub(super) fn damaged(&mut self, at: usize, back_to: Option<List>) -> Step {
        self.window.read_to(at);
        self.place = Place::Lost(Lost {
            from: self.window.offset_of(at),
            back_to,
        });
        Step::On
    }

    /// Looks for the next record. What is held begins with a byte that was
    /// looked at already, because what stands before a brace matters.
    pub(super) fn lost(&mut self, lost: Lost, sink: &mut impl RecordSink) -> Step {
        let (text, pos) = self.window.held();
        let Some(found) = resync::next_record(text, pos) else {
            let keep = text.len().saturating_sub(resync::KEEP_BYTES).max(pos);
            self.window.read_to(keep);
            return Step::More;
        };
        let to = self.window.offset_of(found);
        self.window.read_to(found);
        self.place = lost
            .back_to
            .map_or(Place::Top, |l| Place::List(List { begun: false, ..l }));
        sink.skip(Skip {
            reason: SkipReason::Malformed,
            offset: lost.from,
            len: to - lost.from,
        });
        Step::On
    }

    /// The object ended while something was expected.
    pub(super) fn cut_off(&mut self, sink: &mut impl RecordSink) {
        let (text, pos) = self.window.held();
        let end = self.window.offset_of(text.len());
        let blank = text
            .get(pos..)
            .unwrap_or(&[])
            .iter()
            .all(u8::is_ascii_whitespace);
        let from = match self.place {
            Place::Top if blank => return,
            Place::Top | Place::List(_) | Place::Tail => self.window.offset_of(pos),
            Place::Discard(Discard { from, .. })
            | Place::LongLine { from }
            | Place::Lost(Lost { from, .. }) => from,
        };
        let reason = match self.place {
            Place::Lost(_) => SkipReason::Malformed,
            Place::Discard(d) => d.reason,
            Place::LongLine { .. } => SkipReason::TooLarge,
            Place::Top | Place::List(_) | Place::Tail => SkipReason::Truncated,
        };
        let len = text.len();
        self.window.read_to(len);
        self.place = Place::Top;
        sink.skip(Skip {
            reason,
            offset: from,
            len: end - from,
        });
    }
}
