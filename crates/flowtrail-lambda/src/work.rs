//! One object, or one batch of records inside the event: from bytes to findings
//! that are written down.
//!
//! Everything that is done twice without harm is done here: state and findings
//! have names that rest on what was read, so that a redelivery writes them
//! again. What must be done once, the metrics, is handed back.

use std::time::Instant;

use flowtrail_aws::metrics::{Board, Metric};
use flowtrail_aws::publish::Source;
use flowtrail_aws::{Fault, FaultKind, Marker, ObjectId, ObjectReader, ObjectRef};
use flowtrail_detect::{Finding, Harvest};
use flowtrail_event::ObjectFault;
use flowtrail_scan::ObjectReport;
use sha2::{Digest as _, Sha256};

use crate::account;
use crate::answer::Outcome;
use crate::function::Function;
use crate::outlet::Corpse;
use crate::trigger::Work;
use crate::windows::by_partition;

/// Objects up to this size are fetched whole and scanned in one go; larger ones
/// are scanned as they come.
const WHOLE_MAX: u64 = 4 << 20;

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
    /// The object whose metrics have to be claimed before they are published,
    /// and whether it could be read to its end.
    pub claim: Option<(ObjectId, bool)>,
    /// Whether an earlier attempt was cut off while it published.
    pub recovered: bool,
    /// What somebody has to be told of.
    pub told: Vec<News>,
    /// Findings of several objects that this one counts.
    pub spanning: Vec<Finding>,
    /// How it is called.
    pub name: String,
}

/// What every job of an invocation shares.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call<'f> {
    pub(crate) function: &'f Function,
    /// Waiting for anything ends here.
    pub(crate) until: Instant,
    /// Seconds since the epoch.
    pub(crate) now: i64,
    /// Id of the invocation.
    pub(crate) request_id: &'f str,
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
    /// Published once.
    pub(crate) board: Board,
    attempt: Board,
}

impl<'f> Job<'f> {
    /// A job about something called `name`.
    pub(crate) fn new(call: &Call<'f>, name: String) -> Self {
        let rules = call.function.config.rule_metrics;
        Self {
            function: call.function,
            name,
            deadline: call.until,
            now: call.now,
            request_id: call.request_id,
            board: Board::new(rules),
            attempt: Board::new(rules),
        }
    }

    /// Does a work to its end, whatever that is.
    pub(crate) async fn run(mut self, work: &Work) -> Worked {
        let done = match work {
            Work::Object(object) => self.object(object).await,
            Work::Inline { name, bytes } => self.inline(name, bytes).await,
            Work::Nothing(reason) => {
                tracing::info!(name = %self.name, reason, "nothing to do");
                Ok(Done::default())
            }
        };
        let (outcome, done) = match done {
            Ok(done) => (done.outcome.clone(), done),
            Err(fault) => (self.failed(&fault).await, Done::default()),
        };
        Worked {
            outcome,
            board: self.board,
            attempt: self.attempt,
            claim: done.claim,
            recovered: done.recovered,
            told: done.told,
            spanning: done.spanning,
            name: self.name,
        }
    }

    /// A call that failed. What can never succeed goes to the dead letters.
    async fn failed(&mut self, fault: &Fault) -> Outcome {
        let kind = fault.kind.name();
        self.attempt.add_reason(Metric::ObjectsFailed, kind, 1);
        tracing::error!(object = %self.name, call = fault.call, kind, error = %fault, "failed");
        if fault.kind.is_temporary() {
            return Outcome::Retry(fault.to_string());
        }
        self.bury(kind, &fault.to_string()).await
    }

    /// Hands what can never be done to the dead-letter queue, if there is one.
    async fn bury(&mut self, kind: &'static str, reason: &str) -> Outcome {
        let corpse = Corpse {
            item: &self.name,
            kind,
            reason,
            now: self.now,
            request_id: self.request_id,
        };
        match self.function.outlet.bury(corpse).await {
            Ok(true) => {
                self.attempt.add_reason(Metric::DeadLetters, kind, 1);
                Outcome::Done
            }
            Ok(false) => Outcome::Lost(reason.to_owned()),
            Err(fault) => {
                tracing::error!(object = %self.name, error = %fault, "no dead letter");
                Outcome::Retry(format!("{reason}; and {fault}"))
            }
        }
    }

    async fn object(&mut self, object: &ObjectRef) -> Result<Done, Fault> {
        // What was announced may tell that there is nothing to fetch.
        if let Some(etag) = object.etag.as_deref() {
            let id = ObjectId::new(&object.bucket, &object.key, etag);
            if let Some(done) = self.handled(&id).await? {
                return Ok(done);
            }
        }
        let opened = self.function.objects.open(object, self.deadline).await?;
        let read = opened.object.clone();
        let content = read.etag.clone().or(read.version.clone());
        let content = content.unwrap_or_default();
        let id = ObjectId::new(&object.bucket, &object.key, &content);
        if object.etag.as_deref() != Some(content.as_str())
            && let Some(done) = self.handled(&id).await?
        {
            return Ok(done);
        }
        let small = opened.body.size().is_some_and(|size| size <= WHOLE_MAX);
        let (report, harvest) = if small {
            let bytes = opened.body.whole(WHOLE_MAX).await?;
            self.scan(move |pool, name| pool.scan(name, bytes.as_ref()))
                .await?
        } else {
            let mut reader = ObjectReader::new(opened.body, tokio::runtime::Handle::current());
            let (scanned, fault) = self
                .scan(move |pool, name| {
                    let scanned = pool.scan(name, &mut reader);
                    (scanned, reader.fault().cloned())
                })
                .await?;
            match fault {
                Some(fault) => return Err(fault),
                None => scanned,
            }
        };
        self.judged(&id, Source::Object(&read), report, harvest)
            .await
    }

    async fn inline(&mut self, name: &str, bytes: &[u8]) -> Result<Done, Fault> {
        let content: String = Sha256::digest(bytes)
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        // The same batch may come under another name.
        let id = ObjectId::new("inline", "", &content);
        if let Some(done) = self.handled(&id).await? {
            return Ok(done);
        }
        tracing::debug!(name, bytes = bytes.len(), "records inside the event");
        let bytes = bytes.to_vec();
        let (report, harvest) = self
            .scan(move |pool, name| pool.scan(name, bytes.as_slice()))
            .await?;
        self.judged(&id, Source::Inline(name), report, harvest)
            .await
    }

    /// Scans on a thread that may block.
    async fn scan<T: Send + 'static>(
        &self,
        scan: impl FnOnce(&crate::pool::Pool, &str) -> T + Send + 'static,
    ) -> Result<T, Fault> {
        let (pool, name) = (
            std::sync::Arc::clone(&self.function.pool),
            self.name.clone(),
        );
        let scanned = tokio::task::spawn_blocking(move || scan(&pool, &name)).await;
        scanned.map_err(|e| {
            let message = format!("the scan stopped on an internal error: {e}");
            Fault::new("scan", FaultKind::Invalid, message)
        })
    }

    /// What is left to do for an object that was met before: nothing, or all of
    /// it (`None`).
    async fn handled(&mut self, id: &ObjectId) -> Result<Option<Done>, Fault> {
        let Some(state) = &self.function.state else {
            return Ok(None);
        };
        let outcome = match state.marker(id).await? {
            Marker::New | Marker::Committed | Marker::Claimed => return Ok(None),
            Marker::Done => Outcome::Done,
            Marker::Lost => {
                self.bury("corrupt", "the object cannot be read to its end")
                    .await
            }
        };
        self.board.add(Metric::Duplicates, 1);
        tracing::info!(object = %self.name, "handled before");
        Ok(Some(Done {
            outcome,
            ..Done::default()
        }))
    }

    /// The scan is over: state, findings, account.
    async fn judged(
        &mut self,
        id: &ObjectId,
        source: Source<'_>,
        report: ObjectReport,
        harvest: Harvest,
    ) -> Result<Done, Fault> {
        let plan = &self.function.rules.plan;
        let partitions = by_partition(plan, harvest.observations);
        let Some(before) = self.commit(id, &partitions).await? else {
            self.board.add(Metric::Duplicates, 1);
            return Ok(Done::default());
        };
        account::add_report(&mut self.board, &report, self.now);
        account::add_loss(&mut self.board, &harvest.loss);
        let metric = if before == Marker::Claimed {
            // Its metrics were about to be published when it was cut off.
            self.board = Board::new(self.function.config.rule_metrics);
            Metric::UncertainFindings
        } else {
            Metric::Findings
        };
        let mut told = Vec::new();
        let (findings, loss) = (&harvest.findings, &harvest.loss);
        let outlet = &self.function.outlet;
        outlet.source(source, &report, findings, loss).await?;
        let place = outlet.source_uri(source);
        for finding in harvest.findings {
            if self.count(id, metric, &finding).await? {
                self.tell(place.clone(), finding, &mut told);
            }
        }
        let windows = self.windows(id, partitions).await?;
        let (spanning, renamed): (Vec<_>, Vec<_>) = windows.into_iter().partition(|s| s.counted);
        let spanning: Vec<Finding> = spanning.into_iter().map(|s| s.finding).collect();
        for finding in renamed.into_iter().map(|s| s.finding) {
            self.tell(outlet.window_uri(&finding), finding, &mut told);
        }
        for finding in spanning.clone() {
            let certain = match &self.function.state {
                // The attempt that was cut off may not have seen this one.
                Some(state) if before == Marker::Claimed => {
                    state.count_also(id, &finding.id.to_string()).await?
                }
                Some(_) | None => false,
            };
            let metric = if certain { Metric::Findings } else { metric };
            if self.count(id, metric, &finding).await? {
                self.tell(outlet.window_uri(&finding), finding, &mut told);
            }
        }
        self.line(&report);
        let fault = report.fault.as_ref();
        let readable = fault.is_none_or(|f| f.kind == ObjectFault::NotALog);
        let outcome = match fault {
            Some(fault) if !readable => self.bury(fault.kind.name(), &fault.message).await,
            Some(_) | None => Outcome::Done,
        };
        let claim = self
            .function
            .state
            .is_some()
            .then(|| (id.clone(), readable));
        Ok(Done {
            outcome,
            claim,
            recovered: before == Marker::Claimed,
            told,
            spanning,
        })
    }

    /// Counts a finding, unless another object has. Returns whether it did.
    async fn count(
        &mut self,
        id: &ObjectId,
        metric: Metric,
        finding: &Finding,
    ) -> Result<bool, Fault> {
        let mine = match &self.function.state {
            Some(state) => state.own(&finding.id.to_string(), id, self.now).await?,
            None => true,
        };
        if mine {
            let measured = &self.function.rules.measured;
            account::add_finding(&mut self.board, metric, finding, measured);
        }
        Ok(mine)
    }

    /// Remembers what somebody has to be told of, and where the whole of it lies.
    fn tell(&self, whole: Option<String>, finding: Finding, told: &mut Vec<News>) {
        if finding.rule.level >= self.function.config.notify_level {
            told.push(News { finding, whole });
        }
    }

    /// One line for each object, with its account.
    fn line(&self, report: &ObjectReport) {
        let tally = &report.tally;
        tracing::info!(
            object = %self.name,
            records = tally.records,
            evaluated = tally.evaluated,
            skipped = tally.records.saturating_sub(tally.evaluated),
            bytes_stored = tally.bytes_stored,
            bytes_inflated = tally.bytes_inflated,
            findings = self.board.total(Metric::Findings),
            fault = report.fault.as_ref().map(|f| f.kind.name()),
            "scanned"
        );
    }
}

/// What is left of a job when its bytes are judged.
struct Done {
    outcome: Outcome,
    claim: Option<(ObjectId, bool)>,
    recovered: bool,
    told: Vec<News>,
    spanning: Vec<Finding>,
}

impl Default for Done {
    fn default() -> Self {
        Self {
            outcome: Outcome::Done,
            claim: None,
            recovered: false,
            told: Vec::new(),
            spanning: Vec::new(),
        }
    }
}
