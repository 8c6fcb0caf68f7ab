//! The end of an invocation: tell, claim, publish, mark.
//!
//! What has to be done once is done here, and in this order: whoever is cut off
//! between two of these steps leaves behind how far it came. Each step has a
//! part of the time that is left, so that one service that hangs does not make
//! everything else invisible.

mod claims;
mod tell;

use std::time::{Duration, Instant};

use flowtrail_aws::metrics::{Board, Unpublished};
use flowtrail_aws::{Fault, FaultKind};

use crate::answer::Outcome;
use crate::function::Function;
use crate::work::{Call, Worked};

/// Longest time for which a claim stands: an event that AWS brings again comes
/// after a minute at the earliest, and then its claimant has to be dead.
const CLAIM_MAX: Duration = Duration::from_secs(30);
/// Kept for the answer.
const ANSWER: Duration = Duration::from_millis(200);
/// Kept of a claim's time for saying what became of it.
const MARKING: Duration = Duration::from_secs(2);

impl Function {
    /// Tells, publishes, and marks what is done. Returns the outcome of each.
    pub(crate) async fn finish(&self, mut done: Vec<Worked>, call: &Call<'_>) -> Vec<Outcome> {
        let end = call.end.checked_sub(ANSWER).unwrap_or(call.end);
        let mut board = self.board();
        self.tell(&mut done, &mut board, end).await;
        for worked in &mut done {
            let empty = self.board();
            board.merge(std::mem::replace(&mut worked.attempt, empty));
        }
        let Some(state) = &self.state else {
            for worked in done.iter_mut().filter(|w| !w.comes_again()) {
                let empty = self.board();
                board.merge(std::mem::replace(&mut worked.board, empty));
            }
            if let Err(unpublished) = self.publish_until(&board, part(end, 3, 4)).await {
                // Nobody will ever know of what is not published; trying again
                // may count twice, which is the lesser evil without a table.
                done.iter_mut().for_each(|w| w.retry(&unpublished.fault));
            }
            return done.into_iter().map(|w| w.outcome).collect();
        };
        let stands = CLAIM_MAX.min(end.saturating_duration_since(Instant::now()));
        let dead = Instant::now() + stands;
        let claiming = claims::Claiming {
            function: self,
            state,
            call,
            stands,
            until: part(dead, 1, 2),
        };
        let claimed = claiming.claim_all(&mut done, &mut board).await;
        let until = part(dead, 3, 4).max(dead.checked_sub(MARKING).unwrap_or(dead));
        let published = self.publish_until(&board, until).await;
        claiming.end_all(&mut done, claimed, (published, end)).await;
        done.into_iter().map(|w| w.outcome).collect()
    }

    async fn publish_until(&self, board: &Board, until: Instant) -> Result<(), Unpublished> {
        let late = || Unpublished {
            fault: late("PutMetricData"),
            taken: 0,
        };
        let published = tokio::time::timeout_at(until.into(), self.publish(board)).await;
        published.unwrap_or_else(|_| {
            tracing::error!("no time was left to publish metrics");
            Err(late())
        })
    }
}

impl Worked {
    /// What comes again is counted then.
    const fn comes_again(&self) -> bool {
        matches!(self.outcome, Outcome::Retry(_))
    }

    fn retry(&mut self, fault: &Fault) {
        let before = std::mem::replace(&mut self.outcome, Outcome::Done);
        self.outcome = Outcome::Retry(fault.to_string()).and(before);
    }
}

/// So much of the time that is left until `end`.
fn part(end: Instant, of: u32, all: u32) -> Instant {
    let now = Instant::now();
    now + end.saturating_duration_since(now) * of / all
}

/// What there was no time for. Whether it was done nobody knows.
fn late(call: &'static str) -> Fault {
    Fault::new(call, FaultKind::Timeout, "no time was left")
}
