//! Implants that report.

use super::deed::{Deed, signed};
use crate::flow::Side;
use crate::world::{Environment, Tier};

/// Reports for so many hours, every so many seconds, which vary by so many in a
/// thousand.
fn report(deed: &mut Deed<'_>, hours: u64, every: u64, jitter: u64) {
    let environment = deed.environment();
    let tiers = [Tier::App, Tier::App, Tier::Search, Tier::Graph];
    let tier = deed.random.pick(&tiers).copied().unwrap_or(Tier::App);
    let found = deed.host(environment, tier);
    let Some((_, host)) = found.or_else(|| deed.host(Environment::Production, Tier::App)) else {
        return;
    };
    deed.by_host(host);
    let ports = [443, 443, 443, 80, 8443, 53_211];
    let port = deed.random.pick(&ports).copied().unwrap_or(443);
    let far = deed.far(port);
    let until = deed.now + signed(hours * 3600);
    let (up, down) = (
        deed.random.between(400, 3000),
        deed.random.between(300, 9000),
    );
    while deed.now < until {
        // Now and then there is something to do.
        let busy = 1 + deed.random.below(4) * u64::from(deed.random.chance(40)) * 5;
        let bytes = (
            up * busy + deed.random.below(40),
            down * busy + deed.random.below(90),
        );
        let talk = deed.connection((Side::at(host, 0), far), 1, bytes);
        deed.talk(&talk);
        let spread = every * jitter / 1000;
        deed.wait(every - spread, every + spread);
    }
}

pub(super) fn steady(deed: &mut Deed<'_>) {
    deed.at_hours(0, 23);
    let (hours, every) = (deed.random.between(10, 60), deed.random.between(50, 700));
    let jitter = deed.random.below(60);
    report(deed, hours, every, jitter);
}

pub(super) fn jittery(deed: &mut Deed<'_>) {
    deed.at_hours(0, 23);
    let (hours, every) = (deed.random.between(20, 72), deed.random.between(60, 1200));
    let jitter = deed.random.between(100, 400);
    report(deed, hours, every, jitter);
}

pub(super) fn slow(deed: &mut Deed<'_>) {
    deed.at_hours(0, 23);
    let (hours, every) = (
        deed.random.between(40, 110),
        deed.random.between(1200, 3400),
    );
    let jitter = deed.random.below(350);
    report(deed, hours, every, jitter);
}
