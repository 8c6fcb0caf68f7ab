//! Who publishes what, said before it is published, and what became of it.
//!
//! The numbers of an object are claimed as a whole. Findings of windows are
//! claimed one by one, under the names that they have in the table, because an
//! attempt at the same time may have seen one more. Nothing is claimed that is
//! not counted, or given back, or left behind for the next attempt to find.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use flowtrail_aws::metrics::{Board, Metric, Unpublished};
use flowtrail_aws::{Claim, Claimant, Counting, Fault, FaultKind, Marker, SIDE_BY_SIDE, State};
use futures_util::{StreamExt as _, stream};

use super::late;
use crate::account;
use crate::function::{Function, now};
use crate::work::{Call, Due, Worked};

/// The claims of an invocation.
pub(super) struct Claiming<'f> {
    pub(super) function: &'f Function,
    pub(super) state: &'f State,
    pub(super) call: &'f Call<'f>,
    /// How long a claim stands.
    pub(super) stands: Duration,
    /// Claiming ends here.
    pub(super) until: Instant,
}

/// How much of an object a claimant has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Share {
    /// All of it.
    Whole,
    /// Findings that the one who published the rest cannot have seen.
    Findings {
        /// Whether the rest is out.
        settled: bool,
    },
}

/// What an invocation has claimed of an object.
pub(super) struct Claimed {
    /// Index of its work.
    at: usize,
    who: Claimant,
    share: Option<Share>,
    /// Names under which findings are counted: indices of the findings, and
    /// whether they are counted for certain.
    names: Vec<(usize, bool)>,
    /// What failed. What was claimed before it is not published.
    failed: Option<Fault>,
}

impl Claiming<'_> {
    /// Claims what is to be published, and gathers it.
    pub(super) async fn claim_all(&self, done: &mut [Worked], board: &mut Board) -> Vec<Claimed> {
        let mut claimed = Vec::new();
        {
            let due = done.iter().enumerate().filter(|(_, w)| !w.comes_again());
            let due = due.filter_map(|(at, w)| Some((at, w.due.as_ref()?)));
            let claims = stream::iter(due).map(|(at, due)| self.claim(at, due));
            let mut claims = claims.buffer_unordered(SIDE_BY_SIDE);
            while let Some(one) = claims.next().await {
                claimed.push(one);
            }
        }
        for worked in done.iter_mut().filter(|w| !w.comes_again()) {
            if worked.due.is_none() {
                board.merge(self.board_of(worked));
            }
        }
        for one in &claimed {
            if let Some(worked) = done.get_mut(one.at) {
                self.gather(one, worked, board);
            }
        }
        claimed
    }

    /// What one claim puts on the board.
    fn gather(&self, one: &Claimed, worked: &mut Worked, board: &mut Board) {
        if let Some(fault) = &one.failed {
            board.add_reason(Metric::ObjectsFailed, fault.kind.name(), 1);
            worked.retry(fault);
            return;
        }
        match one.share {
            Some(Share::Whole) => board.merge(self.board_of(worked)),
            Some(Share::Findings { settled: true }) => board.add(Metric::Duplicates, 1),
            Some(Share::Findings { settled: false }) | None => {
                // If it is cut off, the next attempt finds its claim; if not,
                // nothing is left.
                let message = "another invocation is at it";
                worked.retry(&Fault::new("claim", FaultKind::Throttled, message));
            }
        }
        let spanning = worked.due.iter().flat_map(|d| &d.spanning);
        let spanning: Vec<_> = spanning.collect();
        for (finding, certain) in &one.names {
            let metric = if *certain {
                Metric::Findings
            } else {
                Metric::UncertainFindings
            };
            if let Some(spanning) = spanning.get(*finding) {
                let measured = &self.function.rules.measured;
                account::add_finding(board, metric, &spanning.finding, measured);
            }
        }
    }

    fn board_of(&self, worked: &mut Worked) -> Board {
        let empty = self.function.board();
        std::mem::replace(&mut worked.board, empty)
    }

    async fn claim(&self, at: usize, due: &Due) -> Claimed {
        // One object may be two works, when one of them does not name its content.
        let name = format!("{}/{at}", self.call.request_id);
        let mut claimed = Claimed {
            at,
            who: Claimant::new(&name, self.stands),
            share: None,
            names: Vec::new(),
            failed: None,
        };
        let claim = self.claim_into(&mut claimed, due);
        let claim = tokio::time::timeout_at(self.until.into(), claim).await;
        claimed.failed = claim.unwrap_or_else(|_| Err(late("claim"))).err();
        claimed
    }

    async fn claim_into(&self, claimed: &mut Claimed, due: &Due) -> Result<(), Fault> {
        let (state, object) = (self.state, &due.object);
        if due.before != Marker::Owing {
            // Whatever comes of it, it may be claimed from here on.
            claimed.share = Some(Share::Whole);
            let recovers = due.before == Marker::Claimed;
            let claim = state.claim(object, &claimed.who, recovers).await?;
            match claim {
                Claim::Mine => return self.claim_names(claimed, due, None).await,
                Claim::Busy => claimed.share = None,
                Claim::Settled(_) => claimed.share = Some(Share::Findings { settled: true }),
            }
            if due.spanning.is_empty() {
                return Ok(());
            }
        }
        let settled = state.owe(object, &claimed.who).await?;
        claimed.share = Some(Share::Findings {
            settled: settled.is_some(),
        });
        self.claim_names(claimed, due, settled.as_deref()).await
    }

    /// Claims findings of windows, one by one: several may have one name.
    async fn claim_names(
        &self,
        claimed: &mut Claimed,
        due: &Due,
        settled: Option<&str>,
    ) -> Result<(), Fault> {
        let mut seen = BTreeSet::new();
        let names = due.spanning.iter().enumerate();
        let names = names.filter_map(|(n, s)| {
            let name = s.name.as_deref()?;
            seen.insert(name)
                .then(|| (n, name, s.finding.id.to_string()))
        });
        let names: Vec<_> = names.collect();
        let (object, who) = (&due.object, claimed.who.clone());
        let counts = stream::iter(names).map(|(n, name, id)| {
            let who = &who;
            async move {
                let finding = (name, id.as_str());
                let counting = self.state.count(finding, object, (who, settled), now());
                (n, counting.await)
            }
        });
        let mut counts = counts.buffer_unordered(SIDE_BY_SIDE);
        let mut failed = None;
        while let Some((n, counting)) = counts.next().await {
            match counting {
                Ok(Counting::Certain) => claimed.names.push((n, true)),
                Ok(Counting::Uncertain) => claimed.names.push((n, false)),
                Ok(Counting::Other) => {}
                Err(fault) => failed = Some(fault),
            }
        }
        failed.map_or(Ok(()), Err)
    }

    /// Says of every claim what became of it.
    pub(super) async fn end_all(
        &self,
        done: &mut [Worked],
        claimed: Vec<Claimed>,
        (published, end): (Result<(), Unpublished>, Instant),
    ) {
        let mut faults = Vec::new();
        {
            let works = &*done;
            let published = &published;
            let ends = stream::iter(claimed).map(|one| async move {
                let Some(due) = works.get(one.at).and_then(|w| w.due.as_ref()) else {
                    return (one.at, Ok(()));
                };
                let ended = tokio::time::timeout_at(end.into(), self.end(&one, due, published));
                let ended = ended.await.unwrap_or_else(|_| Err(late("UpdateItem")));
                let told = published.as_ref().map_err(|u| u.fault.clone());
                let published_any = one.failed.is_none() && one.share.is_some();
                let both = if published_any {
                    told.and(ended)
                } else {
                    ended
                };
                (one.at, both)
            });
            let mut ends = ends.buffer_unordered(SIDE_BY_SIDE);
            while let Some((at, ended)) = ends.next().await {
                faults.extend(ended.err().map(|fault| (at, fault)));
            }
        }
        for (at, fault) in faults {
            if let Some(worked) = done.get_mut(at) {
                worked.retry(&fault);
            }
        }
    }

    /// Says what became of one claim. Names come before the object: as long as
    /// it is not done, somebody looks at them again.
    async fn end(
        &self,
        one: &Claimed,
        due: &Due,
        published: &Result<(), Unpublished>,
    ) -> Result<(), Fault> {
        let (state, who) = (self.state, &one.who);
        let Some(share) = one.share.filter(|_| !one.is_on_its_way()) else {
            return Ok(());
        };
        let fate = one.fate(published);
        let rest_is_ours = share == Share::Whole;
        if fate != Fate::Counted || !rest_is_ours {
            let ends = stream::iter(one.all_names(due)).map(|(name, certain)| async move {
                match fate {
                    Fate::Counted => state.counted(name, who).await,
                    Fate::NotCounted if certain => state.uncount(name, who).await,
                    // A dead claimant may have counted it, whatever we did.
                    Fate::NotCounted | Fate::Unknown => state.abandon_count(name, who).await,
                }
            });
            let mut ends = ends.buffer_unordered(SIDE_BY_SIDE);
            while let Some(ended) = ends.next().await {
                ended?;
            }
        }
        let object = &due.object;
        match fate {
            Fate::Counted if rest_is_ours => state.done(object, who, due.readable).await,
            Fate::Counted => state.paid(object, who).await,
            Fate::NotCounted | Fate::Unknown if !rest_is_ours => Ok(()),
            Fate::NotCounted if due.before != Marker::Claimed => state.release(object, who).await,
            Fate::NotCounted | Fate::Unknown => state.abandon(object, who).await,
        }
    }
}

impl Claimed {
    /// What became of it.
    const fn fate(&self, published: &Result<(), Unpublished>) -> Fate {
        if self.failed.is_some() {
            // It is not among what was published.
            return Fate::NotCounted;
        }
        match published {
            Ok(()) => Fate::Counted,
            Err(unpublished) if unpublished.is_certain() => Fate::NotCounted,
            Err(_) => Fate::Unknown,
        }
    }

    /// Whether a claim may still arrive. Then nothing is given back: all claims of
    /// one claimant die at the same time, and what came after that would be taken
    /// for one of the living.
    const fn is_on_its_way(&self) -> bool {
        match &self.failed {
            Some(fault) => matches!(fault.kind, FaultKind::Timeout | FaultKind::Network),
            None => false,
        }
    }

    /// The names that it has, and whether what they name is counted for certain.
    /// Where claiming failed, any name may be among them: its answer was lost.
    fn all_names<'d>(&self, due: &'d Due) -> Vec<(&'d str, bool)> {
        let certain: BTreeMap<usize, bool> = self.names.iter().copied().collect();
        let names = due.spanning.iter().enumerate();
        let names = names.filter_map(|(n, s)| Some((n, s.name.as_deref()?)));
        let mut all: BTreeMap<&str, bool> = BTreeMap::new();
        for (n, name) in names {
            match certain.get(&n) {
                Some(certain) => *all.entry(name).or_default() |= certain,
                None if self.failed.is_some() => {
                    all.entry(name).or_default();
                }
                None => {}
            }
        }
        all.into_iter().collect()
    }
}

/// What became of what was claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Counted,
    NotCounted,
    Unknown,
}
