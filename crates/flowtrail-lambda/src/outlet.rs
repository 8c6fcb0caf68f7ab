//! Where findings go: the bucket, the people who are told, and the queue for
//! what can never be read.

use std::collections::BTreeSet;
use std::time::Instant;

use flowtrail_aws::Fault;
use flowtrail_aws::publish::{
    Accounting, DeadLetter, DeadLetters, FindingsBucket, Notice, Notifier, Remains, Rendered,
    Source,
};
use flowtrail_detect::{DetectLoss, Finding};
use flowtrail_event::EventTime;
use flowtrail_output::{Format, Style};
use flowtrail_scan::ObjectReport;

use crate::work::News;

/// Where findings go. Each part is optional: what nobody asked for is not done.
#[derive(Debug)]
pub struct Outlet {
    /// The bucket of findings.
    pub bucket: Option<FindingsBucket>,
    /// Whether findings are also rendered as OCSF.
    pub ocsf: bool,
    /// Topic and event bus.
    pub notifier: Notifier,
    /// The queue for what can never be read.
    pub dead: Option<DeadLetters>,
}

/// What a dead letter is about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Corpse<'a> {
    /// How logs name it.
    pub(crate) name: &'a str,
    /// What is left of it.
    pub(crate) remains: Remains<'a>,
    /// The sort of failure, from a closed list.
    pub(crate) kind: &'static str,
    /// What happened.
    pub(crate) reason: &'a str,
    /// When, in seconds since the epoch.
    pub(crate) now: i64,
    /// Id of the invocation.
    pub(crate) request_id: &'a str,
}

impl Outlet {
    /// Writes what a source gave, if it gave anything worth an object: findings,
    /// or a fault.
    pub(crate) async fn source(
        &self,
        source: Source<'_>,
        report: &ObjectReport,
        findings: &[Finding],
        loss: &DetectLoss,
    ) -> Result<(), Fault> {
        let Some(bucket) = &self.bucket else {
            return Ok(());
        };
        if findings.is_empty() && report.fault.is_none() {
            return Ok(());
        }
        let rendered: Vec<Rendered> = findings
            .iter()
            .map(|f| self.rendered(f))
            .collect::<Result<_, _>>()?;
        let accounting = Accounting {
            tally: &report.tally,
            fault: report.fault.as_ref().map(|f| f.kind.name()),
            findings_left_out: loss.findings_over_limit,
        };
        bucket.write_source(source, accounting, &rendered).await?;
        Ok(())
    }

    /// Where the findings of a source lie.
    pub(crate) fn source_uri(&self, source: Source<'_>) -> Option<String> {
        self.bucket.as_ref().map(|b| b.source_uri(source))
    }

    /// Where a finding of several objects lies.
    pub(crate) fn window_uri(&self, finding: &Finding) -> Option<String> {
        let bucket = self.bucket.as_ref()?;
        Some(bucket.window_uri(&finding.rule.id, &finding.id.to_string()))
    }

    /// Writes a finding of several objects.
    pub(crate) async fn window(&self, finding: &Finding) -> Result<(), Fault> {
        if let Some(bucket) = &self.bucket {
            bucket.write_window(&self.rendered(finding)?).await?;
        }
        Ok(())
    }

    /// Deletes a finding of several objects that has become another one.
    pub(crate) async fn no_window(&self, rule: &str, finding: &str) -> Result<(), Fault> {
        match &self.bucket {
            Some(bucket) => bucket.delete_window(rule, finding).await,
            None => Ok(()),
        }
    }

    /// Tells of findings, until a time. Returns the ids of those that were heard;
    /// the fault is one of those for which others were not.
    pub(crate) async fn notify(
        &self,
        news: &[&News],
        until: Instant,
    ) -> (BTreeSet<String>, Option<Fault>) {
        let all = || news.iter().map(|n| n.finding.id.to_string()).collect();
        if self.notifier.is_empty() {
            return (all(), None);
        }
        let mut rendered = Vec::new();
        for news in news {
            match self.rendered(&news.finding) {
                Ok(r) => rendered.push(r),
                Err(fault) => return (BTreeSet::new(), Some(fault)),
            }
        }
        let notices: Vec<Notice<'_>> = rendered
            .iter()
            .zip(news)
            .map(|(finding, news)| Notice {
                finding,
                whole: news.whole.as_deref(),
            })
            .collect();
        let told = self.notifier.tell(&notices, until).await;
        let fault = told.failed.into_iter().next().map(|u| u.fault);
        (told.told, fault)
    }

    /// Hands something to the dead-letter queue. `false`: there is none.
    pub(crate) async fn bury(&self, corpse: Corpse<'_>) -> Result<bool, Fault> {
        let Some(dead) = &self.dead else {
            return Ok(false);
        };
        let letter = DeadLetter {
            name: corpse.name,
            remains: corpse.remains,
            kind: corpse.kind,
            reason: corpse.reason,
            time: EventTime::from_secs(corpse.now),
            request_id: corpse.request_id,
        };
        dead.send(&letter).await?;
        Ok(true)
    }

    fn rendered(&self, finding: &Finding) -> Result<Rendered, Fault> {
        let line = |format: Format| {
            let mut line = Vec::new();
            // Writing to memory cannot fail.
            let _ = format.write(finding, &Style::default(), &mut line);
            line
        };
        let ocsf = self.ocsf.then(|| line(Format::Ocsf));
        Rendered::new(finding, &line(Format::Jsonl), ocsf.as_deref())
    }
}
