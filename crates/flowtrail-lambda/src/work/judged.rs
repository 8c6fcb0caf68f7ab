//! From a scan to what is written down, and to what is still to be done once.

use flowtrail_aws::metrics::Metric;
use flowtrail_aws::publish::Source;
use flowtrail_aws::{Fault, Marker, ObjectId, SIDE_BY_SIDE};
use flowtrail_detect::{Finding, Harvest};
use flowtrail_event::ObjectFault;
use flowtrail_scan::ObjectReport;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::{Done, Due, Job, News};
use crate::account;
use crate::answer::Outcome;
use crate::settle::Spanning;
use crate::windows::by_partition;

impl Job<'_> {
    /// What is left to do for an object that was met before: nothing, or all of
    /// it (`None`).
    pub(super) async fn handled(&mut self, id: &ObjectId) -> Result<Option<Done>, Fault> {
        let Some(state) = &self.function.state else {
            return Ok(None);
        };
        let marker = state.marker(id).await?;
        Ok(self.met(marker).await)
    }

    /// The same, of what is known of it.
    async fn met(&mut self, marker: Marker) -> Option<Done> {
        let outcome = match marker {
            Marker::New | Marker::Committed | Marker::Claimed | Marker::Owing => return None,
            Marker::Busy => {
                // Whoever it is may die, and then it has to be tried again.
                tracing::info!(object = %self.name, "another invocation is at it");
                return Some(Done {
                    outcome: Outcome::Retry("another invocation is at it".to_owned()),
                    ..Done::default()
                });
            }
            Marker::Done => Outcome::Done,
            Marker::Lost => {
                self.bury("corrupt", "the object cannot be read to its end")
                    .await
            }
        };
        self.board.add(Metric::Duplicates, 1);
        tracing::info!(object = %self.name, "handled before");
        Some(Done {
            outcome,
            ..Done::default()
        })
    }

    /// The scan is over: state, findings, account.
    pub(super) async fn judged(
        &mut self,
        id: &ObjectId,
        source: Source<'_>,
        report: ObjectReport,
        harvest: Harvest,
    ) -> Result<Done, Fault> {
        let partitions = by_partition(&self.function.rules.plan, harvest.observations);
        let before = self.commit(id, &partitions).await?;
        if let Some(done) = self.met(before).await {
            return Ok(done);
        }
        account::add_report(&mut self.board, &report, self.now);
        account::add_loss(&mut self.board, &harvest.loss);
        self.board
            .add_reason(Metric::StateReduced, "sightings", self.unasked);
        let (findings, loss) = (&harvest.findings, &harvest.loss);
        let outlet = &self.function.outlet;
        outlet.source(source, &report, findings, loss).await?;
        let place = outlet.source_uri(source);
        let windows = self.windows(id, partitions).await?;
        if matches!(before, Marker::Claimed | Marker::Owing) {
            // All of this was published, or was about to be.
            self.board = self.function.board();
        }
        let mut told = Vec::new();
        for finding in self.own(id, before, harvest.findings).await? {
            self.tell(place.clone(), finding, &mut told);
        }
        for spanning in &windows {
            let finding = spanning.finding.clone();
            self.tell(outlet.window_uri(&finding), finding, &mut told);
        }
        let spanning: Vec<Spanning> = windows.into_iter().filter(|s| s.name.is_some()).collect();
        self.line(&report, spanning.len());
        let fault = report.fault.as_ref();
        let readable = fault.is_none_or(|f| f.kind == ObjectFault::NotALog);
        let outcome = match fault {
            Some(fault) if !readable => self.bury(fault.kind.name(), &fault.message).await,
            Some(_) | None => Outcome::Done,
        };
        let due = Due {
            object: id.clone(),
            readable,
            before,
            spanning,
        };
        let due = self.function.state.is_some().then_some(due);
        Ok(Done { outcome, due, told })
    }

    /// Counts the findings of single records, each unless another object has.
    /// Returns those that this one has.
    async fn own(
        &mut self,
        id: &ObjectId,
        before: Marker,
        findings: Vec<Finding>,
    ) -> Result<Vec<Finding>, Fault> {
        let metric = match before {
            // Its metrics were about to be published when it was cut off.
            Marker::Claimed => Metric::UncertainFindings,
            // These are out for certain.
            Marker::Owing | Marker::Busy | Marker::Done | Marker::Lost => return Ok(Vec::new()),
            Marker::New | Marker::Committed => Metric::Findings,
        };
        let now = self.now;
        let own = match &self.function.state {
            None => findings,
            Some(state) => {
                let asked = stream::iter(findings).map(|finding| async move {
                    let _lane = state.lane().await;
                    let mine = state.own(&finding.id.to_string(), id, now).await?;
                    Ok::<_, Fault>(mine.then_some(finding))
                });
                let asked = asked.buffered(SIDE_BY_SIDE);
                asked.try_filter_map(async |f| Ok(f)).try_collect().await?
            }
        };
        for finding in &own {
            account::add_finding(
                &mut self.board,
                metric,
                finding,
                &self.function.rules.measured,
            );
        }
        Ok(own)
    }

    /// Remembers what somebody has to be told of, and where the whole of it lies.
    fn tell(&self, whole: Option<String>, finding: Finding, told: &mut Vec<News>) {
        let level = self.function.config.notify_level;
        if finding.rule.level >= level && finding.suppressed.is_none() {
            told.push(News { finding, whole });
        }
    }

    /// One line for each object, with its account.
    fn line(&self, report: &ObjectReport, spanning: usize) {
        let tally = &report.tally;
        let single = self.board.total(Metric::Findings);
        let suppressed = self.board.total(Metric::FindingsSuppressed);
        tracing::info!(
            object = %self.name,
            records = tally.records,
            evaluated = tally.evaluated,
            skipped = tally.records.saturating_sub(tally.evaluated),
            bytes_stored = tally.bytes_stored,
            bytes_inflated = tally.bytes_inflated,
            findings = single,
            suppressed,
            spanning,
            fault = report.fault.as_ref().map(|f| f.kind.name()),
            "scanned"
        );
    }
}
