//! Telling somebody, and remembering that somebody was told.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use flowtrail_aws::metrics::{Board, Metric};
use flowtrail_aws::{Fault, SIDE_BY_SIDE};
use futures_util::{StreamExt as _, stream};

use super::{late, part};
use crate::function::{Function, now};
use crate::work::{News, Worked};

impl Function {
    /// Tells of findings that nobody was told of, within half of the time that is
    /// left. What could not be told comes again.
    pub(super) async fn tell(&self, done: &mut [Worked], board: &mut Board, end: Instant) {
        let until = part(end, 1, 2);
        let mut all: BTreeMap<String, &News> = BTreeMap::new();
        for news in done.iter().flat_map(|w| &w.told) {
            all.insert(news.finding.id.to_string(), news);
        }
        if all.is_empty() || self.outlet.notifier.is_empty() {
            return;
        }
        let (mut deaf, mut fault) = self.leave_out_told(&mut all, part(until, 1, 3)).await;
        if !all.is_empty() {
            let news: Vec<&News> = all.values().copied().collect();
            let (heard, unheard) = self.outlet.notify(&news, part(until, 9, 10)).await;
            self.remember(&heard, until).await;
            deaf.extend(all.into_keys().filter(|id| !heard.contains(id)));
            fault = unheard.or(fault);
        }
        if deaf.is_empty() {
            return;
        }
        let n = u64::try_from(deaf.len()).unwrap_or(u64::MAX);
        board.add(Metric::NotificationsFailed, n);
        let fault = fault.unwrap_or_else(|| late("tell"));
        tracing::error!(error = %fault, findings = n, "nobody could be told");
        let silent = |w: &&mut Worked| {
            let mut ids = w.told.iter().map(|n| n.finding.id.to_string());
            ids.any(|id| deaf.contains(&id))
        };
        done.iter_mut().filter(silent).for_each(|w| w.retry(&fault));
    }

    /// Takes out what somebody was told of before, and what the table does not
    /// say that of; returned is the latter, and why.
    async fn leave_out_told(
        &self,
        all: &mut BTreeMap<String, &News>,
        until: Instant,
    ) -> (BTreeSet<String>, Option<Fault>) {
        let (mut unknown, mut why) = (BTreeSet::new(), None);
        let Some(state) = &self.state else {
            return (unknown, why);
        };
        let ids: Vec<String> = all.keys().cloned().collect();
        let asked = stream::iter(ids).map(|id| async move {
            let told = tokio::time::timeout_at(until.into(), state.told(&id)).await;
            (id, told.unwrap_or_else(|_| Err(late("GetItem"))))
        });
        let asked: Vec<_> = asked.buffer_unordered(SIDE_BY_SIDE).collect().await;
        for (id, told) in asked {
            match told {
                Ok(false) => continue,
                Ok(true) => {}
                Err(fault) => {
                    unknown.insert(id.clone());
                    why = Some(fault);
                }
            }
            all.remove(&id);
        }
        (unknown, why)
    }

    async fn remember(&self, heard: &BTreeSet<String>, until: Instant) {
        let Some(state) = &self.state else {
            return;
        };
        let noted = stream::iter(heard).map(|id| async move {
            let noted = state.remember_told(id, now());
            let noted = tokio::time::timeout_at(until.into(), noted).await;
            noted.unwrap_or_else(|_| Err(late("UpdateItem")))
        });
        let mut noted = noted.buffer_unordered(SIDE_BY_SIDE);
        while let Some(noted) = noted.next().await {
            if let Err(fault) = noted {
                tracing::warn!(error = %fault, "somebody will be told twice");
            }
        }
    }
}
