//! The end of an invocation: tell, claim, publish, mark.
//!
//! What has to be done once is done here, and in this order: whoever is cut off
//! between two of these steps leaves behind how far it came.

use std::collections::BTreeMap;

use flowtrail_aws::metrics::{Board, Metric};
use flowtrail_aws::{Fault, FaultKind, ObjectId, State};
use flowtrail_detect::Finding;

use crate::account;
use crate::answer::Outcome;
use crate::function::{Function, now};
use crate::work::{News, Worked};

impl Function {
    /// Tells, publishes, and marks what is done. Returns the outcome of each.
    pub(crate) async fn finish(&self, mut done: Vec<Worked>, request_id: &str) -> Vec<Outcome> {
        let mut board = Board::new(self.config.rule_metrics);
        self.tell(&mut done, &mut board).await;
        let claimed = self.claim(&mut done, &mut board, request_id).await;
        let published = self.publish(&board).await;
        let Some(state) = &self.state else {
            if let Err(fault) = published {
                // Nobody will ever know of what is not published; trying again
                // may count twice, which is the lesser evil without a table.
                done.iter_mut().for_each(|w| w.retry(&fault));
            }
            return done.into_iter().map(|w| w.outcome).collect();
        };
        for Claimed {
            at,
            id,
            readable,
            recovered,
        } in claimed
        {
            let step = match &published {
                Ok(()) => state.done(&id, readable).await,
                // Not sent for certain: the claim is taken back. If nobody
                // knows, the claim stands, and the next attempt says so. That of
                // an earlier attempt is never taken back: it may have published.
                Err(fault) if is_certain(fault) && !recovered => state.release(&id).await,
                Err(_) => Ok(true),
            };
            let both = published.as_ref().and(step.as_ref().map(|_| &()));
            if let (Err(fault), Some(worked)) = (both, done.get_mut(at)) {
                worked.retry(fault);
            }
        }
        done.into_iter().map(|w| w.outcome).collect()
    }

    /// Tells of findings, and remembers that somebody was told.
    async fn tell(&self, done: &mut [Worked], board: &mut Board) {
        let mut all: BTreeMap<String, &News> = BTreeMap::new();
        for news in done.iter().flat_map(|w| &w.told) {
            all.insert(news.finding.id.to_string(), news);
        }
        let mut unheard: Vec<&News> = Vec::new();
        for (id, news) in all {
            let told = match &self.state {
                Some(state) => state.told(&id).await.unwrap_or(false),
                None => false,
            };
            if !told {
                unheard.push(news);
            }
        }
        if unheard.is_empty() {
            return;
        }
        let (heard, fault) = self.outlet.notify(&unheard).await;
        if let Some(state) = &self.state {
            for id in &heard {
                if let Err(fault) = state.remember_told(id, now()).await {
                    tracing::warn!(error = %fault, "somebody will be told twice");
                }
            }
        }
        if let Some(fault) = fault {
            let deaf = unheard.len() - heard.len();
            board.add(
                Metric::NotificationsFailed,
                u64::try_from(deaf).unwrap_or(u64::MAX),
            );
            tracing::error!(error = %fault, findings = deaf, "nobody could be told");
            let silent = |w: &&mut Worked| {
                let mut ids = w.told.iter().map(|n| n.finding.id.to_string());
                ids.any(|id| !heard.contains(&id))
            };
            done.iter_mut().filter(silent).for_each(|w| w.retry(&fault));
        }
    }

    /// Gathers what is to be published, and claims it.
    async fn claim(
        &self,
        done: &mut [Worked],
        board: &mut Board,
        request_id: &str,
    ) -> Vec<Claimed> {
        let mut claimed = Vec::new();
        for (at, worked) in done.iter_mut().enumerate() {
            let empty = || Board::new(self.config.rule_metrics);
            board.merge(std::mem::replace(&mut worked.attempt, empty()));
            // What comes again is counted then.
            if matches!(worked.outcome, Outcome::Retry(_)) {
                continue;
            }
            let own = std::mem::replace(&mut worked.board, empty());
            let (Some(state), Some((id, readable))) = (&self.state, worked.claim.clone()) else {
                board.merge(own);
                continue;
            };
            // One object may be two works, when one of them does not name its content.
            let claimant = format!("{request_id}/{at}");
            let counted = worked.spanning.iter().map(|f| f.id.to_string()).collect();
            match state.claim(&id, &claimant, counted).await {
                Ok(mine) => {
                    // An attempt that was cut off holds the claim, and this one
                    // counts apart what may have been counted.
                    if mine || worked.recovered {
                        board.merge(own);
                        claimed.push(Claimed {
                            at,
                            id,
                            readable,
                            recovered: worked.recovered,
                        });
                    } else {
                        // Another invocation is at it. If it is cut off, the
                        // next attempt finds its claim; if not, nothing is left.
                        self.count_also(state, &id, &worked.spanning, board).await;
                        let message = "another invocation is at it";
                        worked.retry(&Fault::new("claim", FaultKind::Throttled, message));
                    }
                }
                Err(fault) => {
                    board.add_reason(Metric::ObjectsFailed, fault.kind.name(), 1);
                    worked.retry(&fault);
                }
            }
        }
        claimed
    }

    /// Counts what another invocation, which publishes for the same object, has
    /// not seen: findings that others completed since it looked.
    async fn count_also(
        &self,
        state: &State,
        id: &ObjectId,
        spanning: &[Finding],
        board: &mut Board,
    ) {
        for finding in spanning {
            match state.count_also(id, &finding.id.to_string()).await {
                Ok(true) => {
                    account::add_finding(board, Metric::Findings, finding, &self.rules.measured)
                }
                Ok(false) => {}
                Err(fault) => tracing::error!(error = %fault, "a finding may not be counted"),
            }
        }
    }
}

impl Worked {
    fn retry(&mut self, fault: &Fault) {
        let before = std::mem::replace(&mut self.outcome, Outcome::Done);
        self.outcome = Outcome::Retry(fault.to_string()).and(before);
    }
}

/// Whether a fault means that nothing was taken. After a time-out or a broken
/// connection nobody knows.
const fn is_certain(fault: &Fault) -> bool {
    match fault.kind {
        FaultKind::NotFound
        | FaultKind::Denied
        | FaultKind::KeyDenied
        | FaultKind::Throttled
        | FaultKind::Invalid => true,
        FaultKind::Timeout | FaultKind::Network | FaultKind::Service => false,
    }
}

/// An object whose metrics this invocation publishes.
struct Claimed {
    /// Index of its work.
    at: usize,
    id: ObjectId,
    readable: bool,
    /// Whether the claim is that of an attempt that was cut off.
    recovered: bool,
}
