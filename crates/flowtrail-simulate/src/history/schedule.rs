//! When what is planted, and what merely looks like it.

use super::anomaly::Anomaly;
use super::deed::{DAY, Deed, signed};
use super::label::{AnomalyLabel, LureLabel};
use super::lures::LURES;
use crate::attacks::Script;
use crate::cloudtrail::catalogue::Catalogue;
use crate::label::Traces;
use crate::plan::{History, Plan};
use crate::random::{Random, hash_text};
use crate::world::{Account, Lasting, World};

/// A time in which something is not recorded, or late.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mute {
    /// The home trail of an account loses what happens.
    Trail {
        /// The account's place in the organisation.
        account: u64,
        /// Seconds since 1970.
        from: i64,
        /// Seconds since 1970.
        until: i64,
    },
    /// The home trail of an account delivers everything at the end.
    Late {
        /// The account's place in the organisation.
        account: u64,
        /// Seconds since 1970.
        from: i64,
        /// Seconds since 1970.
        until: i64,
    },
    /// A flow log loses what happens.
    Flow {
        /// The id of the flow log.
        log: String,
        /// Seconds since 1970.
        from: i64,
        /// Seconds since 1970.
        until: i64,
    },
}

/// What was planted.
#[derive(Default)]
pub(crate) struct Planted {
    /// In the order of time.
    pub(crate) anomalies: Vec<AnomalyLabel>,
    /// In the order of time.
    pub(crate) lures: Vec<LureLabel>,
    pub(crate) mutes: Vec<Mute>,
}

/// Days at the end in which nothing begins, so that nothing is cut off.
const LAST_DAYS: i64 = 6;

/// Plants what the plan asks for, and every lure as often as it is met.
pub(crate) fn plant(
    plan: &Plan,
    (world, catalogue): (&World, &Catalogue),
    script: &mut Script,
) -> Planted {
    let mut planted = Planted::default();
    let (Some(history), Some(lasting)) = (&plan.history, world.lasting) else {
        return planted;
    };
    let stage = (world, catalogue, lasting);
    anomalies(history, stage, script, &mut planted);
    lures(stage, script, &mut planted);
    for events in script.events.values_mut() {
        events.sort_by_key(|e| e.time);
    }
    planted
        .anomalies
        .sort_by_key(|l| (l.traces.first_time, l.attack));
    planted
        .lures
        .sort_by_key(|l| (l.traces.first_time, l.negative));
    planted
}

/// What a script is played on.
type Setting<'w> = (&'w World, &'w Catalogue, Lasting);

fn anomalies(history: &History, stage: Setting<'_>, script: &mut Script, planted: &mut Planted) {
    let (world, _, lasting) = stage;
    let mut order = history.anomalies.clone();
    // None of a key's ninety-first day is in a shorter history.
    order.retain(|a| *a != Anomaly::OldKey || lasting.days > 92);
    let mut random = Random::keyed(&[world.seed, 0x006f_7264]);
    for last in (1..order.len()).rev() {
        let n = u64::try_from(last).unwrap_or(0) + 1;
        order.swap(last, usize::try_from(random.below(n)).unwrap_or(last));
    }
    let days = lasting.days - Plan::LEARNING_DAYS - LAST_DAYS;
    let n = i64::try_from(order.len()).unwrap_or(1).max(1);
    for (at, anomaly) in (0_i64..).zip(order) {
        let day = lasting.start + (Plan::LEARNING_DAYS + days * at / n) * DAY;
        // One that needs hosts or people of which there are none is tried
        // elsewhere.
        for attempt in 0..8 {
            let keys = [
                world.seed,
                hash_text(anomaly.name()),
                at.unsigned_abs(),
                attempt,
            ];
            let mut random = Random::keyed(&keys);
            let Some(account) = account(world, &mut random) else {
                return;
            };
            let mut deed = Deed::new(stage, account, day, random);
            anomaly.carry_out(&mut deed);
            if deed.happened() && deed.fits(planted) {
                let traces = deed.leave(script, planted);
                planted.anomalies.push(AnomalyLabel {
                    attack: anomaly.name(),
                    description: anomaly.doc(),
                    techniques: anomaly.techniques(),
                    expected: anomaly.expected(),
                    detectors: anomaly.detectors(),
                    traces,
                });
                break;
            }
        }
    }
}

fn lures(stage: Setting<'_>, script: &mut Script, planted: &mut Planted) {
    let (world, _, lasting) = stage;
    for lure in LURES {
        let mut random = Random::keyed(&[world.seed, hash_text(lure.name)]);
        let days = u64::try_from(lasting.days - LAST_DAYS).unwrap_or(0);
        let mut day = random.below(lure.every_days);
        let mut n = 0;
        while day < days {
            let mut fresh = Random::keyed(&[world.seed, hash_text(lure.name), n]);
            let begin = lasting.start + signed(day) * DAY;
            let Some(account) = account(world, &mut fresh) else {
                return;
            };
            let mut deed = Deed::new(stage, account, begin, fresh);
            (lure.script)(&mut deed);
            if deed.happened() && deed.fits(planted) {
                let traces = deed.leave(script, planted);
                planted.lures.push(LureLabel {
                    negative: lure.name,
                    description: lure.doc,
                    detectors: lure.detectors,
                    traces,
                });
            }
            n += 1;
            day += lure.every_days / 2 + 1 + random.below(lure.every_days);
        }
    }
}

/// Production more often than the others.
fn account<'w>(world: &'w World, random: &mut Random) -> Option<&'w Account> {
    if random.chance(350) {
        return world.production();
    }
    random.pick(&world.accounts)
}

impl Deed<'_> {
    /// Whether there is anything to find.
    fn happened(&self) -> bool {
        !self.traces.event_ids.is_empty() || !self.traces.flows.is_empty() || !self.mutes.is_empty()
    }

    /// Whether nothing of it would be lost where something else silences a log,
    /// and it silences nothing that was planted before.
    fn fits(&self, planted: &Planted) -> bool {
        let covered = |mute: &Mute, traces: &Traces, account: u64| match mute {
            Mute::Late { .. } => false,
            Mute::Trail {
                account: a,
                from,
                until,
            } => *a == account && traces.overlaps(*from, *until) && !traces.event_ids.is_empty(),
            Mute::Flow { from, until, .. } => {
                traces.overlaps(*from, *until) && !traces.flows.is_empty()
            }
        };
        let index = |id: &str| {
            let found = self.world.accounts.iter().find(|a| a.id == id);
            found.map_or(u64::MAX, |a| a.index)
        };
        let mine = self.account.index;
        let lost = planted.mutes.iter().any(|m| covered(m, &self.traces, mine));
        let anomalies = planted.anomalies.iter().map(|l| &l.traces);
        let others = anomalies.chain(planted.lures.iter().map(|l| &l.traces));
        let silences = |t: &Traces| self.mutes.iter().any(|m| covered(m, t, index(&t.account)));
        !lost && !others.into_iter().any(silences)
    }

    /// Hands over what was left behind.
    fn leave(self, script: &mut Script, planted: &mut Planted) -> Traces {
        for (place, event) in self.events {
            script.events.entry(place).or_default().push(event);
        }
        for (log, line) in self.lines {
            script.lines.entry(log).or_default().push(line);
        }
        planted.mutes.extend(self.mutes);
        self.traces
    }
}

impl Traces {
    fn overlaps(&self, from: i64, until: i64) -> bool {
        self.first_time.secs() < until + 900 && self.last_time.secs() > from - 900
    }
}
