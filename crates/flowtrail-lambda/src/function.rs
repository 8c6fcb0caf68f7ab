//! The function: what is set up once, and what an invocation does with it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use flowtrail_aws::metrics::{Board, Metric, Publisher, Unpublished};
use flowtrail_aws::{Objects, State};
use futures_util::{StreamExt as _, stream};
use serde_json::Value;

use crate::answer::{Answered, Failed, Outcome, answer};
use crate::config::Config;
use crate::memory::Remembering;
use crate::outlet::Outlet;
use crate::pool::Pool;
use crate::rules::Rules;
use crate::trigger::{Trigger, UnknownPayload, Work};
use crate::work::{Call, Job, Worked};

/// Everything that an invocation needs, set up at cold start.
#[derive(Debug)]
pub struct Function {
    /// The configuration.
    pub config: Config,
    /// The rules.
    pub rules: Rules,
    /// Scanners.
    pub pool: Arc<Pool>,
    /// What was seen before, if there is a baseline.
    pub memory: Option<Arc<Remembering>>,
    /// Log objects.
    pub objects: Objects,
    /// The state table, if there is one.
    pub state: Option<State>,
    /// Where findings go.
    pub outlet: Outlet,
    /// Where metrics go.
    pub metrics: Publisher,
    /// Objects side by side.
    pub concurrency: usize,
}

/// Why an invocation ends with an error.
#[derive(Debug, thiserror::Error)]
pub enum InvocationError {
    /// The payload announces no logs in any way that is known.
    #[error(transparent)]
    Unknown(#[from] UnknownPayload),
    /// A part of an asynchronous event failed.
    #[error(transparent)]
    Failed(#[from] Failed),
}

impl InvocationError {
    /// Its name, as AWS shows it beside the message.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Unknown(_) => "UnknownPayload",
            Self::Failed(_) => "ObjectsFailed",
        }
    }
}

impl Function {
    /// Handles one invocation, whose time is up at `deadline`.
    ///
    /// # Errors
    /// [`InvocationError`]: AWS tries the event again, and in the end hands it
    /// to the destination for failures.
    pub async fn handle(
        &self,
        payload: &Value,
        deadline: Instant,
        request_id: &str,
    ) -> Result<Value, InvocationError> {
        // A time-out that is shorter than the margin leaves time for work, too.
        let left = deadline.saturating_duration_since(Instant::now());
        let margin = self.config.deadline_margin.min(left / 4);
        let call = Call {
            function: self,
            until: deadline.checked_sub(margin).unwrap_or(deadline),
            end: deadline,
            now: now(),
            request_id,
        };
        let trigger = match Trigger::read(payload) {
            Ok(trigger) => trigger,
            Err(unknown) => {
                tracing::error!(error = %unknown, "unknown event");
                let mut board = Board::new(0);
                board.add_reason(Metric::ObjectsFailed, "payload", 1);
                // The error is the answer, whether or not it is counted.
                let _ = self.publish(&board).await;
                return Err(unknown.into());
            }
        };
        let works = unique(&trigger);
        let mut outcomes = vec![Outcome::Done; trigger.items.len()];
        let call = call.leaving_time_for(works.len());
        let done = self.run(&works, call).await;
        let ends = self.finish(done, &call).await;
        for (at, work) in works.iter().enumerate() {
            for item in &work.items {
                if let (Some(outcome), Some(end)) = (outcomes.get_mut(*item), ends.get(at)) {
                    let before = std::mem::replace(outcome, Outcome::Done);
                    *outcome = before.and(end.clone());
                }
            }
        }
        let items = trigger.items.into_iter().zip(outcomes);
        let answered: Vec<Answered> = items
            .map(|(item, outcome)| Answered {
                id: item.id,
                outcome,
                data: item.data,
            })
            .collect();
        Ok(answer(&trigger.answering, &answered)?)
    }

    /// An empty board, with room for the rules that have a metric of their own.
    pub(crate) fn board(&self) -> Board {
        Board::new(self.rules.measured.len())
    }

    /// Does the works, several side by side, none that would begin too late.
    async fn run(&self, works: &[Unique], call: Call<'_>) -> Vec<Worked> {
        let job = |work: &Unique| {
            let name = name_of(&work.work);
            let work = work.work.clone();
            async move {
                // Whatever waits, waits no longer than there is time.
                let left = call.until.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    return late(self, name);
                }
                let job = Job::new(&call, name.clone());
                match tokio::time::timeout(left, job.run(&work)).await {
                    Ok(worked) => worked,
                    Err(_) => late(self, name),
                }
            }
        };
        let jobs = stream::iter(works.iter().map(job));
        jobs.buffered(self.concurrency.max(1)).collect().await
    }

    pub(crate) async fn publish(&self, board: &Board) -> Result<(), Unpublished> {
        if board.is_empty() {
            return Ok(());
        }
        let published = self.metrics.publish(board, now()).await;
        match &published {
            Ok(p) if !p.rejected.is_empty() => {
                tracing::warn!(rejected = ?p.rejected, "metrics left out");
            }
            Ok(p) => tracing::debug!(data = p.data, requests = p.requests, "metrics published"),
            Err(fault) => tracing::error!(error = %fault, "metrics not published"),
        }
        published.map(|_| ())
    }

    /// Says once what the rules came to, at cold start.
    pub async fn report_rules(&self) {
        let mut board = Board::new(0);
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        board.add(Metric::RulesRejected, count(self.rules.rejected()));
        board.add(Metric::RulesInactive, count(self.rules.inactive));
        board.add(Metric::RulesReduced, count(self.rules.reduced.len()));
        for problem in &self.rules.problems {
            tracing::error!(file = %problem.file, line = problem.line, rule = problem.title,
                hint = problem.hint, "{}", problem.reason);
        }
        if self.rules.unalarmed > 0 {
            tracing::warn!(
                rules = self.rules.unalarmed,
                most = flowtrail_detect::OWN_ALARMS_MAX,
                "rules that ask for an alarm of their own and have no metric for it"
            );
        }
        if !self.rules.reduced.is_empty() {
            tracing::warn!(rules = ?self.rules.reduced,
                "without FLOWTRAIL_STATE_TABLE these see one object at a time");
        }
        if self.rules.inactive > 0 {
            tracing::info!(
                rules = self.rules.inactive,
                awaited = ?self.rules.awaited,
                "rules wait for knowledge"
            );
        }
        // A metric that is lost here comes again with the next cold start.
        let _ = self.publish(&board).await;
    }
}

/// A work and the items that wait for it.
struct Unique {
    work: Work,
    items: Vec<usize>,
}

/// What makes two works one: an object and its content, records whatever they
/// are called, or the whole work.
#[derive(PartialEq, Eq, Hash)]
enum Same<'a> {
    Object((&'a str, &'a str, Option<&'a str>)),
    Inline(&'a [u8]),
    Other(&'a Work),
}

/// The works of a trigger, each once, in the order of the trigger; last those
/// that are letters only.
fn unique(trigger: &Trigger) -> Vec<Unique> {
    let mut works: Vec<Unique> = Vec::new();
    let mut known: HashMap<Same<'_>, usize> = HashMap::new();
    for (at, item) in trigger.items.iter().enumerate() {
        for work in &item.works {
            let same = match work {
                Work::Object(object) => Same::Object(object.identity()),
                Work::Inline { bytes, .. } => Same::Inline(bytes),
                Work::Unread { .. } | Work::Nothing(_) => Same::Other(work),
            };
            let place = *known.entry(same).or_insert(works.len());
            match works.get_mut(place) {
                Some(known) => known.items.push(at),
                None => works.push(Unique {
                    work: work.clone(),
                    items: vec![at],
                }),
            }
        }
    }
    // A queue for dead letters that is slow holds up no log.
    works.sort_by_key(|unique| matches!(unique.work, Work::Unread { .. }));
    works
}

fn name_of(work: &Work) -> String {
    match work {
        Work::Object(object) => object.uri(),
        Work::Inline { name, .. } | Work::Unread { name, .. } => name.clone(),
        Work::Nothing(_) => String::new(),
    }
}

/// A work that there was no time for.
fn late(function: &Function, name: String) -> Worked {
    let mut attempt = function.board();
    attempt.add_reason(Metric::ObjectsFailed, "deadline", 1);
    tracing::error!(object = %name, "no time is left for it");
    Worked {
        outcome: Outcome::Retry("no time was left".to_owned()),
        board: function.board(),
        attempt,
        due: None,
        told: Vec::new(),
        name,
    }
}

/// Seconds since the epoch.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    i64::try_from(since.unwrap_or(Duration::ZERO).as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Works by the first letter of their kind, with the items that wait for them.
    fn works(bodies: &[&str]) -> Vec<(char, Vec<usize>)> {
        let record = |(n, data): (usize, &&str)| {
            json!({"eventSource": "aws:kinesis", "eventSourceARN": "arn", "kinesis": {
                "data": data, "sequenceNumber": n.to_string(), "partitionKey": "p",
                "approximateArrivalTimestamp": 1.5}})
        };
        let records: Vec<Value> = bodies.iter().enumerate().map(record).collect();
        let trigger = Trigger::read(&json!({"Records": records})).unwrap();
        let kind = |work: &Work| match work {
            Work::Object(_) => 'o',
            Work::Inline { .. } => 'i',
            Work::Unread { .. } => 'u',
            Work::Nothing(_) => 'n',
        };
        let works = unique(&trigger).into_iter();
        works.map(|u| (kind(&u.work), u.items)).collect()
    }

    #[test]
    fn a_work_is_done_once_for_all_that_wait_for_it_and_letters_last() {
        // A damaged gzip stream; two flow logs; a blank.
        let (damaged, one, other, blank) = ("H4sIAGE=", "MiAx", "MiAy", "IA==");
        let got = works(&[damaged, one, blank, other, one, damaged]);
        let unread = [('u', vec![0]), ('u', vec![5])];
        let want = [('i', vec![1, 4]), ('n', vec![2]), ('i', vec![3])];
        assert_eq!(got, [want.as_slice(), unread.as_slice()].concat());
    }
}
