//! Matches on their way into correlations.

use flowtrail_event::{Event, SlotId, Value};
use flowtrail_sigma::RuleIx;

use crate::plan::{Feed, Plan, slot_of};
use crate::windows::{Match, Windows};

/// A match that a correlation has to see.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entering {
    pub(crate) rule: RuleIx,
    pub(crate) feed: Feed,
    /// Set where the correlation does not keep every match.
    pub(crate) name: Option<Match>,
}

/// Notes in `entering` which correlations have to see the matches of these rules.
/// Where `windows`, if there are any, have seen what says all that a match would,
/// they need not.
pub(crate) fn enter(
    (plan, windows): (&Plan, Option<&Windows>),
    event: &Event<'_>,
    hits: &[RuleIx],
    entering: &mut Vec<Entering>,
) {
    for rule in hits {
        for feed in plan.feeds(*rule) {
            let name = windows.and_then(|w| name((plan, w), event, *feed));
            let told = windows.zip(name);
            if told.is_none_or(|(windows, name)| !windows.is_superfluous(&name)) {
                entering.push(Entering {
                    rule: *rule,
                    feed: *feed,
                    name,
                });
            }
        }
    }
}

/// What the match is to its correlation. `None` where every match counts, and
/// where that cannot be said yet: fields that are absent are counted later, and
/// those that are derived are not there.
fn name((plan, windows): (&Plan, &Windows), event: &Event<'_>, feed: Feed) -> Option<Match> {
    let correlation = plan.rules.correlations().get(feed.correlation.0 as usize)?;
    let member = correlation.members.get(feed.member as usize)?;
    let kind = event.service.kind();
    let projection = plan.projection(kind);
    let fields = || member.group_by.iter().chain(&member.value);
    let slots = || fields().map(|f| slot_of(f, kind));
    let is_there = |slot: Option<SlotId>| {
        let slot = slot.filter(|s| !projection.is_derived(*s));
        slot.is_some_and(|s| first_text(event, s).is_some())
    };
    let time = event.time.filter(|_| windows.thins(feed.correlation))?;
    if !slots().all(is_there) {
        return None;
    }
    let texts = slots().filter_map(|slot| first_text(event, slot?));
    windows.name(feed.correlation, time, texts)
}

/// The first value that is a text.
pub(crate) fn first_text<'e>(event: &'e Event<'_>, slot: SlotId) -> Option<&'e [u8]> {
    event.values(slot).find_map(Value::text)
}
