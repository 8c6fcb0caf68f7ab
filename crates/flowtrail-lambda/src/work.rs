//! One object, or one batch of records inside the event: from bytes to findings
//! that are written down.
//!
//! Everything that is done twice without harm is done here: state and findings
//! have names that rest on what was read, so that a redelivery writes them
//! again. What must be done once, the metrics, is handed back.

mod judged;
mod read;
mod recall;

use std::time::{Duration, Instant};

use bytes::Bytes;

use flowtrail_aws::metrics::{Board, Metric};
use flowtrail_aws::publish::Remains;
use flowtrail_aws::{Fault, Marker, ObjectId, ObjectRef};
use flowtrail_detect::Finding;

use crate::answer::Outcome;
use crate::function::Function;
use crate::outlet::Corpse;
use crate::settle::Spanning;
use crate::trigger::Work;

/// A finding that somebody has to be told of.
#[derive(Debug, Clone)]
pub struct News {
    /// The finding.
    pub finding: Finding,
    /// URI of the object that holds the whole of it, if findings are written.
    pub whole: Option<String>,
}

/// What a work came to.
#[derive(Debug)]
pub struct Worked {
    /// What AWS is to be told.
    pub outcome: Outcome,
    /// To be published once.
    pub board: Board,
    /// To be published for every attempt: what went wrong with it.
    pub attempt: Board,
    /// What has to be claimed before it is published.
    pub due: Option<Due>,
    /// What somebody has to be told of.
    pub told: Vec<News>,
    /// How it is called.
    pub name: String,
}

/// An object whose metrics have to be claimed before they are published.
#[derive(Debug)]
pub struct Due {
    /// The object.
    pub object: ObjectId,
    /// Whether it could be read to its end.
    pub readable: bool,
    /// How far it had come before.
    pub before: Marker,
    /// Findings of several objects that this one counts; they are not on the board.
    pub spanning: Vec<Spanning>,
}

/// What every job of an invocation shares.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call<'f> {
    pub(crate) function: &'f Function,
    /// Waiting for anything ends here.
    pub(crate) until: Instant,
    /// Here AWS ends everything.
    pub(crate) end: Instant,
    /// Seconds since the epoch.
    pub(crate) now: i64,
    /// Id of the invocation.
    pub(crate) request_id: &'f str,
}

/// What a work takes in the end, beside others: its claim, and the mark that it
/// is done.
const END_OF_ONE: Duration = Duration::from_millis(5);

impl Call<'_> {
    /// With so much less time for works that there is enough to claim and mark
    /// all of them, as long as that is a quarter of what is left.
    pub(crate) fn leaving_time_for(self, works: usize) -> Self {
        let left = self.until.saturating_duration_since(Instant::now());
        let until = self.until.checked_sub(ends_of(works, left));
        Self {
            until: until.unwrap_or(self.until),
            ..self
        }
    }
}

/// The time that the ends of so many works take, of what is left.
fn ends_of(works: usize, left: Duration) -> Duration {
    let works = u32::try_from(works).unwrap_or(u32::MAX);
    END_OF_ONE.saturating_mul(works).min(left / 4)
}

/// A work under way.
pub(crate) struct Job<'f> {
    pub(crate) function: &'f Function,
    pub(crate) name: String,
    /// Waiting for anything ends here.
    pub(crate) deadline: Instant,
    /// Seconds since the epoch.
    pub(crate) now: i64,
    request_id: &'f str,
    /// What a dead letter about it holds.
    held: Held,
    /// Sightings that were not asked for, because there were too many.
    unasked: u64,
    /// Published once.
    pub(crate) board: Board,
    attempt: Board,
}

/// What a work is about, for the case that it can never be done.
enum Held {
    /// As announced, and once it is open as it was read.
    Object(ObjectRef),
    /// As they came.
    Bytes(Bytes),
}

/// Why a work ended before its end.
enum Stop {
    /// Its source cannot be had or cannot be scanned. Where that is for good,
    /// the source is to blame and nothing else.
    Source(Fault),
    /// A table or a bucket failed that the work needs. Whatever it answered,
    /// its owner can mend it, and until then no log is given up for it.
    Other(Fault),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Other(fault)
    }
}

impl<'f> Job<'f> {
    /// A job about something called `name`.
    pub(crate) fn new(call: &Call<'f>, name: String) -> Self {
        Self {
            function: call.function,
            name,
            deadline: call.until,
            now: call.now,
            request_id: call.request_id,
            held: Held::Bytes(Bytes::new()),
            unasked: 0,
            board: call.function.board(),
            attempt: call.function.board(),
        }
    }

    /// Does a work to its end, whatever that is.
    pub(crate) async fn run(mut self, work: &Work) -> Worked {
        let done = match work {
            Work::Object(object) => self.object(object).await,
            Work::Inline { name, bytes } => self.inline(name, bytes).await,
            Work::Unread { reason, raw, .. } => Ok(self.unread(reason, raw).await),
            Work::Nothing(reason) => {
                tracing::info!(name = %self.name, reason, "nothing to do");
                Ok(Done::default())
            }
        };
        let (outcome, done) = match done {
            Ok(done) => (done.outcome.clone(), done),
            Err(stop) => {
                // What was counted until here is counted by the next attempt.
                self.board = self.function.board();
                (self.failed(&stop).await, Done::default())
            }
        };
        Worked {
            outcome,
            board: self.board,
            attempt: self.attempt,
            due: done.due,
            told: done.told,
            name: self.name,
        }
    }

    /// A call that failed. A source that can never be read goes to the dead
    /// letters.
    async fn failed(&mut self, stop: &Stop) -> Outcome {
        let (fault, passing) = match stop {
            Stop::Source(fault) => (fault, fault.kind.is_temporary()),
            Stop::Other(fault) => (fault, true),
        };
        let kind = fault.kind.name();
        self.attempt.add_reason(Metric::ObjectsFailed, kind, 1);
        tracing::error!(object = %self.name, call = fault.call, kind, error = %fault, "failed");
        if passing {
            return Outcome::Retry(fault.to_string());
        }
        self.bury(kind, &fault.to_string()).await
    }

    /// Hands what can never be done to the dead-letter queue, if there is one.
    async fn bury(&mut self, kind: &'static str, reason: &str) -> Outcome {
        let corpse = Corpse {
            name: &self.name,
            remains: match &self.held {
                Held::Object(object) => Remains::Object(object),
                Held::Bytes(bytes) => Remains::Bytes(bytes),
            },
            kind,
            reason,
            now: self.now,
            request_id: self.request_id,
        };
        match self.function.outlet.bury(corpse).await {
            Ok(true) => {
                self.attempt.add_reason(Metric::DeadLetters, kind, 1);
                Outcome::Buried(reason.to_owned())
            }
            Ok(false) => Outcome::Lost(reason.to_owned()),
            Err(fault) => {
                tracing::error!(object = %self.name, error = %fault, "no dead letter");
                Outcome::Retry(format!("{reason}; and {fault}"))
            }
        }
    }
}

/// What is left of a job when its bytes are judged.
struct Done {
    outcome: Outcome,
    due: Option<Due>,
    told: Vec<News>,
}

impl Default for Done {
    fn default() -> Self {
        Self {
            outcome: Outcome::Done,
            due: None,
            told: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_works_end_earlier() {
        let minute = Duration::from_secs(60);
        assert_eq!(ends_of(10, minute), Duration::from_millis(50));
        assert_eq!(ends_of(1_000, minute), Duration::from_secs(5));
        assert_eq!(ends_of(usize::MAX, minute), Duration::from_secs(15));
        assert_eq!(ends_of(10, Duration::ZERO), Duration::ZERO);
    }
}
