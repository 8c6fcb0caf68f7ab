//! Nothing is recorded.

use super::deed::{Deed, signed};
use super::schedule::Mute;
use crate::cloudtrail::actors;
use crate::cloudtrail::step::Step;

/// The trail of an account is stopped, or its objects never come: the account
/// says nothing in its home region for hours.
pub(super) fn trail(deed: &mut Deed<'_>) {
    deed.at_hours(6, 16);
    if deed.random.chance(500) {
        // With a call that says so; without one otherwise.
        if let Some(person) = deed.person() {
            let caller = actors::person(deed.account, person, deed.now, false);
            deed.by(&caller);
            deed.call(&caller, Step::new("StopLogging"));
            deed.wait(300, 400);
        }
    }
    let hours = deed.random.between(2, 9);
    let until = deed.now + signed(hours * 3600 + deed.random.below(3000));
    deed.traces.covers(deed.now, until);
    deed.mutes.push(Mute::Trail {
        account: deed.account.index,
        from: deed.now,
        until,
    });
    if deed.traces.actor.is_empty() {
        deed.traces.actor = deed.account.id.clone();
    }
}

pub(super) fn flow_log(deed: &mut Deed<'_>) {
    deed.at_hours(0, 20);
    let environment = deed.environment();
    let Some((vpc, _)) = deed.host(environment, crate::world::Tier::App) else {
        return;
    };
    let until = deed.now + signed(deed.random.between(2 * 3600, 10 * 3600));
    deed.traces.covers(deed.now, until);
    deed.traces.actor = vpc.flow_log.clone();
    if let Some((account, _)) = deed.world.vpcs().find(|(_, v)| v.id == vpc.id) {
        deed.traces.account.clone_from(&account.id);
    }
    deed.mutes.push(Mute::Flow {
        log: vpc.flow_log.clone(),
        from: deed.now,
        until,
    });
}
