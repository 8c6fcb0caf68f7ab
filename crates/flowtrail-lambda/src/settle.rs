//! Brings the findings of one partition into line with its observations, while
//! other invocations add to it.

use flowtrail_aws::{Fault, ObjectId, State};
use flowtrail_detect::{Finding, Observation, Partition};

use crate::function::Function;
use crate::windows::{change, span};

/// How often what others added meanwhile is taken in. Whoever adds later looks
/// at everything anew, so that giving up leaves the rest to them.
const ROUNDS_MAX: u32 = 4;

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Settled {
    /// Findings that this object brought.
    pub(crate) fresh: Vec<Finding>,
    /// Observations that could not be looked at.
    pub(crate) left_out: u64,
}

/// Writes the findings that stand and deletes those that are gone, until nobody
/// has added anything in between.
pub(crate) async fn settle(
    function: &Function,
    state: &State,
    id: &ObjectId,
    partition: &Partition,
    own: &[Observation],
) -> Result<Settled, Fault> {
    let plan = &function.rules.plan;
    let mut out = Settled::default();
    let Some(span) = span(own) else {
        return Ok(out);
    };
    let mut loaded = state.load(plan, partition, span).await?;
    for _ in 0..ROUNDS_MAX {
        let (all, others) = loaded.all_and_without(id);
        let change = change(plan, all, others);
        for finding in &change.stands {
            function.outlet.window(finding).await?;
        }
        for (rule, finding) in &change.gone {
            function
                .outlet
                .no_window(rule, &finding.to_string())
                .await?;
        }
        let fresh = change.stands.into_iter();
        out.fresh = fresh.filter(|f| change.fresh.contains(&f.id)).collect();
        out.left_out = loaded.left_out;
        if out.fresh.is_empty() && change.gone.is_empty() {
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
