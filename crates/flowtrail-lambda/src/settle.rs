//! Brings the findings of one partition into line with its observations, while
//! other invocations add to it.
//!
//! The table holds the observations and the names of the findings that were
//! written, not the verdicts. Whoever adds observations decides the
//! neighbourhood anew: what stands is written, what is known and stands no
//! longer is deleted. So the findings in the end are those of a replay, in
//! whatever order objects came, and however many at the same time: the last one
//! that adds sees all observations, and every name that was entered before.

use std::collections::BTreeMap;

use flowtrail_aws::metrics::Metric;
use flowtrail_aws::{Fault, Known, Loaded, Marker, ObjectId, State};
use flowtrail_detect::{Finding, Observation, Partition, decide};

use crate::account;
use crate::function::Function;
use crate::windows::span;
use crate::work::Job;

/// How often what others added meanwhile is taken in. Whoever adds later looks
/// at everything anew, so that giving up leaves the rest to them.
const ROUNDS_MAX: u32 = 8;

/// A finding of several objects that this one has a duty for.
#[derive(Debug, Clone)]
pub(crate) struct Spanning {
    pub(crate) finding: Finding,
    /// Whether it is counted here. If not, it is told of only: it was counted
    /// under another id, which it lost when an event came late.
    pub(crate) counted: bool,
}

/// What came of it.
#[derive(Debug, Default)]
struct Settled {
    /// Findings that this object has to count or to tell of.
    fresh: Vec<Spanning>,
    /// Observations that could not be looked at.
    left_out: u64,
}

impl Job<'_> {
    /// Puts the contribution to windows into the table. `None`: another
    /// invocation has done everything meanwhile.
    pub(crate) async fn commit(
        &self,
        id: &ObjectId,
        partitions: &BTreeMap<Partition, Vec<Observation>>,
    ) -> Result<Option<Marker>, Fault> {
        let Some(state) = &self.function.state else {
            return Ok(Some(Marker::New));
        };
        let plan = &self.function.rules.plan;
        let before = state.commit(id, plan, partitions, self.now).await?;
        Ok(match before {
            Marker::New | Marker::Committed | Marker::Claimed => Some(before),
            Marker::Done | Marker::Lost => None,
        })
    }

    /// The findings of correlations that this object has to count or to tell of.
    pub(crate) async fn windows(
        &mut self,
        id: &ObjectId,
        partitions: BTreeMap<Partition, Vec<Observation>>,
    ) -> Result<Vec<Spanning>, Fault> {
        let function = self.function;
        let Some(state) = &function.state else {
            let all = partitions.into_values().flatten();
            let (findings, loss) = decide(&function.rules.plan, all);
            account::add_window_loss(&mut self.board, &loss);
            for finding in &findings {
                function.outlet.window(finding).await?;
            }
            let counted = |finding| Spanning {
                finding,
                counted: true,
            };
            return Ok(findings.into_iter().map(counted).collect());
        };
        let mut fresh = Vec::new();
        for (partition, own) in partitions {
            let settled = settle(function, (state, self.now), id, &partition, &own).await?;
            self.board
                .add_reason(Metric::StateReduced, "window_left_out", settled.left_out);
            fresh.extend(settled.fresh);
        }
        Ok(fresh)
    }
}

/// A partition that an object has added to.
struct Settling<'a> {
    function: &'a Function,
    state: &'a State,
    id: &'a ObjectId,
    partition: &'a Partition,
    /// Seconds since the epoch.
    now: i64,
    /// What was written here, by its id: nobody else may know yet that it has
    /// to be taken back.
    written: BTreeMap<String, Known>,
}

/// Writes the findings that stand and deletes those that are gone, until nobody
/// has added anything in between.
async fn settle(
    function: &Function,
    (state, now): (&State, i64),
    id: &ObjectId,
    partition: &Partition,
    own: &[Observation],
) -> Result<Settled, Fault> {
    let mut out = Settled::default();
    let Some(span) = span(own) else {
        return Ok(out);
    };
    let plan = &function.rules.plan;
    let mut settling = Settling {
        function,
        state,
        id,
        partition,
        now,
        written: BTreeMap::new(),
    };
    let mut loaded = state.load(plan, partition, span).await?;
    for _ in 0..ROUNDS_MAX {
        let stands = decide(plan, loaded.observations()).0;
        out.left_out = loaded.left_out;
        let nothing = stands.is_empty() && settling.gone(&loaded, &stands).is_empty();
        out.fresh = settling.write(&loaded, stands).await?;
        if nothing {
            break;
        }
        let now = state.load(plan, partition, span).await?;
        if now.version == loaded.version {
            break;
        }
        loaded = now;
    }
    Ok(out)
}

impl Settling<'_> {
    /// Brings the bucket into line. Returns what this object has to count or to
    /// tell of.
    async fn write(
        &mut self,
        loaded: &Loaded,
        stands: Vec<Finding>,
    ) -> Result<Vec<Spanning>, Fault> {
        let plan = &self.function.rules.plan;
        let gone = self.gone(loaded, &stands);
        let mut fresh = Vec::new();
        for finding in stands {
            let mut known = Known::of(&finding, self.id);
            // A finding that grew or that two grew into is no new one.
            let before = loaded.known.iter().filter(|k| k.overlaps(&known));
            if let Some(before) = before.min() {
                known.owner.clone_from(&before.owner);
            }
            let entered = self.state.enter(plan, self.partition, &known, self.now);
            let entered = entered.await?;
            self.function.outlet.window(&finding).await?;
            self.written.insert(known.id.clone(), known);
            let me = self.id.as_str();
            let counted = entered.owner == me;
            if counted || entered.teller == me {
                fresh.push(Spanning { finding, counted });
            }
        }
        for known in gone {
            let outlet = &self.function.outlet;
            outlet.no_window(&known.rule, &known.id).await?;
            self.state.strike(plan, self.partition, &known).await?;
            self.written.remove(&known.id);
        }
        Ok(fresh)
    }

    /// What was written and stands no longer. Where not all observations could
    /// be looked at, what others wrote may rest on the rest.
    fn gone(&self, loaded: &Loaded, stands: &[Finding]) -> Vec<Known> {
        let mut all = self.written.clone();
        if loaded.left_out == 0 {
            let known = loaded.known.iter().cloned();
            all.extend(known.map(|k| (k.id.clone(), k)));
        }
        for finding in stands {
            all.remove(&finding.id.to_string());
        }
        all.into_values().collect()
    }
}
