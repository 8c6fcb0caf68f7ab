//! Brings the findings of one partition into line with its observations, while
//! other invocations add to it.
//!
//! The table holds the observations and the names of the findings that were
//! written, not the verdicts. Whoever adds observations decides the
//! neighbourhood anew: what stands is written, what is known and stands no
//! longer is deleted. So the findings in the end are those of a replay, in
//! whatever order objects came, and however many at the same time: the last one
//! that adds sees all observations, and every name that was entered before.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use flowtrail_aws::metrics::{Board, Metric};
use flowtrail_aws::{Fault, FaultKind, Known, Loaded, Marker, ObjectId, Own, SIDE_BY_SIDE, State};
use flowtrail_detect::{Finding, Observation, Partition, Plan, WindowLoss, decide};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::account;
use crate::function::Function;
use crate::work::Job;

/// How often what others added meanwhile is taken in. After that the object is
/// tried again: what it saw last may not be what stands.
const ROUNDS_MAX: u32 = 8;

/// A finding of several objects that this one has a duty for.
#[derive(Debug, Clone)]
pub struct Spanning {
    /// The finding.
    pub finding: Finding,
    /// The name under which this object counts it. `None`: it is told of only;
    /// another one counts it, under an id that it lost when an event came late.
    pub name: Option<String>,
}

/// What came of it.
#[derive(Debug, Default)]
struct Settled {
    /// Findings that this object has to count or to tell of.
    fresh: Vec<Spanning>,
    /// Observations that could not be looked at.
    left_out: u64,
    /// What could not be decided of the others.
    loss: WindowLoss,
}

impl Job<'_> {
    /// Puts the contribution to windows into the table. Returns how far the
    /// object had come before.
    pub(crate) async fn commit(
        &self,
        id: &ObjectId,
        partitions: &BTreeMap<Partition, Vec<Observation>>,
    ) -> Result<Marker, Fault> {
        let Some(state) = &self.function.state else {
            return Ok(Marker::New);
        };
        let plan = &self.function.rules.plan;
        state.commit(id, plan, partitions, self.now).await
    }

    /// The findings of correlations that this object has to count or to tell of.
    pub(crate) async fn windows(
        &mut self,
        id: &ObjectId,
        partitions: BTreeMap<Partition, Vec<Observation>>,
    ) -> Result<Vec<Spanning>, Fault> {
        let (function, now) = (self.function, self.now);
        let Some(state) = &function.state else {
            return alone(function, &mut self.board, partitions).await;
        };
        let settling = stream::iter(partitions).map(|(partition, own)| async move {
            let own = Own {
                object: id,
                seen: &own,
            };
            settle(function, (state, now), &partition, own).await
        });
        let settled = settling.buffered(SIDE_BY_SIDE);
        let settled: Vec<Settled> = settled.try_collect().await?;
        let mut fresh = Vec::new();
        for one in settled {
            self.board
                .add_reason(Metric::StateReduced, "window_left_out", one.left_out);
            account::add_window_loss(&mut self.board, &one.loss);
            fresh.extend(one.fresh);
        }
        Ok(fresh)
    }
}

/// The findings of the windows of one object, which is all that can be seen
/// without a table. They are counted at once.
async fn alone(
    function: &Function,
    board: &mut Board,
    partitions: BTreeMap<Partition, Vec<Observation>>,
) -> Result<Vec<Spanning>, Fault> {
    let all = partitions.into_values().flatten();
    let (findings, loss) = decide(&function.rules.plan, all);
    account::add_window_loss(board, &loss);
    let writes = findings.iter().map(|f| function.outlet.window(f));
    let writes = stream::iter(writes).buffered(SIDE_BY_SIDE);
    writes.try_for_each(async |()| Ok(())).await?;
    for finding in &findings {
        account::add_finding(board, Metric::Findings, finding, &function.rules.measured);
    }
    let told = |finding| Spanning {
        finding,
        name: None,
    };
    Ok(findings.into_iter().map(told).collect())
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
    /// Whether nothing was beyond a limit in this round.
    saw_all: bool,
}

/// Writes the findings that stand and deletes those that are gone, until nobody
/// has added anything in between.
async fn settle(
    function: &Function,
    (state, now): (&State, i64),
    partition: &Partition,
    own: Own<'_>,
) -> Result<Settled, Fault> {
    let plan = &function.rules.plan;
    if let Some(loss) = nothing_near(plan, state, partition, own).await? {
        return Ok(Settled {
            loss,
            ..Settled::default()
        });
    }
    let load = async || {
        let _lane = state.lane().await;
        state.load(plan, partition, own).await
    };
    let mut settling = Settling {
        function,
        state,
        id: own.object,
        partition,
        now,
        written: BTreeMap::new(),
        saw_all: true,
    };
    let mut loaded = load().await?;
    for _ in 0..ROUNDS_MAX {
        let (stands, loss) = decide(plan, loaded.take_observations(own.object));
        // What others wrote may rest on what could not be looked at.
        settling.saw_all = loaded.left_out == 0 && loss.over_limit + loss.groups_over_limit == 0;
        let nothing = stands.is_empty() && settling.gone(&loaded, &stands).is_empty();
        let out = Settled {
            fresh: settling.write(&loaded, stands).await?,
            left_out: loaded.left_out,
            loss,
        };
        if nothing {
            return Ok(out);
        }
        let now = load().await?;
        if now.version == loaded.version {
            return Ok(out);
        }
        loaded = now;
    }
    let message = "others keep adding to the same window";
    Err(Fault::new("settle", FaultKind::Throttled, message))
}

/// Looks only so far that it can be told whether anything fires with the
/// observations of this object, which is rare. `Some`: nothing does, and nothing
/// that was found before is touched.
async fn nothing_near(
    plan: &Arc<Plan>,
    state: &State,
    partition: &Partition,
    own: Own<'_>,
) -> Result<Option<WindowLoss>, Fault> {
    let is_negative = |o: &Observation| o.value.as_deref().is_some_and(|v| v.starts_with('-'));
    let family = plan.families().get(partition.family);
    if !family.is_some_and(|f| f.only_grows) || own.seen.iter().any(is_negative) {
        return Ok(None);
    }
    let _lane = state.lane().await;
    let mut near = state.glance(plan, partition, own).await?;
    if near.left_out > 0 || !near.known.is_empty() {
        return Ok(None);
    }
    let (stands, loss) = decide(plan, near.take_observations(own.object));
    Ok(stands.is_empty().then_some(loss))
}

impl Settling<'_> {
    /// Brings the bucket into line. Returns what this object has to count or to
    /// tell of.
    async fn write(
        &mut self,
        loaded: &Loaded,
        stands: Vec<Finding>,
    ) -> Result<Vec<Spanning>, Fault> {
        let gone = self.gone(loaded, &stands);
        let this = &*self;
        let named = this.named(loaded, stands);
        let entered = stream::iter(named).map(|(known, finding)| this.enter(known, finding));
        let entered = entered.buffered(SIDE_BY_SIDE);
        let entered: Vec<(Known, Option<Spanning>)> = entered.try_collect().await?;
        let struck = stream::iter(&gone).map(|known| this.strike(known));
        let struck = struck.buffer_unordered(SIDE_BY_SIDE);
        struck.try_for_each(async |()| Ok(())).await?;
        for known in gone {
            self.written.remove(&known.id);
        }
        let mut fresh = Vec::new();
        for (known, spanning) in entered {
            self.written.insert(known.id.clone(), known);
            fresh.extend(spanning);
        }
        Ok(fresh)
    }

    /// Findings, and what they are to be entered as.
    fn named(&self, loaded: &Loaded, stands: Vec<Finding>) -> Vec<(Known, Finding)> {
        let mut taken: BTreeSet<&str> = BTreeSet::new();
        let name = |finding: Finding| {
            let mut known = Known::of(&finding, self.id);
            // A finding that grew or that two grew into is no new one; of two into
            // which one fell the second is.
            let before = loaded.known.iter().filter(|k| k.overlaps(&known));
            let before = before.filter(|k| !taken.contains(k.id.as_str())).min();
            if let Some(before) = before {
                taken.insert(&before.id);
                known.succeed(before);
            }
            (known, finding)
        };
        stands.into_iter().map(name).collect()
    }

    /// Enters a finding and then writes it.
    async fn enter(
        &self,
        known: Known,
        finding: Finding,
    ) -> Result<(Known, Option<Spanning>), Fault> {
        let _lane = self.state.lane().await;
        let plan = &self.function.rules.plan;
        let entered = self.state.enter(plan, self.partition, &known, self.now);
        let entered = entered.await?;
        self.function.outlet.window(&finding).await?;
        let me = self.id.as_str();
        let (counts, tells) = (entered.owner == me, entered.teller == me);
        let name = counts.then_some(entered.name);
        let spanning = (counts || tells).then_some(Spanning { finding, name });
        Ok((known, spanning))
    }

    /// Deletes a finding and then strikes it out.
    async fn strike(&self, known: &Known) -> Result<(), Fault> {
        let _lane = self.state.lane().await;
        let outlet = &self.function.outlet;
        outlet.no_window(&known.rule, &known.id).await?;
        let plan = &self.function.rules.plan;
        self.state.strike(plan, self.partition, known).await
    }

    /// What was written and stands no longer; of others only where all was looked
    /// at.
    fn gone(&self, loaded: &Loaded, stands: &[Finding]) -> Vec<Known> {
        let mut all = self.written.clone();
        if self.saw_all {
            let known = loaded.known.iter().cloned();
            all.extend(known.map(|k| (k.id.clone(), k)));
        }
        for finding in stands {
            all.remove(&finding.id.to_string());
        }
        all.into_values().collect()
    }
}
