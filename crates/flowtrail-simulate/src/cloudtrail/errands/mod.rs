//! What is done now and then: whole stories of several calls that belong
//! together, done by those whose task they are. Most of what careless rules
//! cry about is among them.

mod calendar;
mod deploy;
mod estate;
mod hosts;
mod infrastructure;
mod machines;
mod office;
mod reviews;
mod rights;
mod scene;
mod upkeep;
mod users;

use super::Spliced;
use super::catalogue::Catalogue;
use super::traffic::Place;
use crate::clock::SLOT_SECS;
use crate::plan::Plan;
use crate::random::{Random, hash_text};
use crate::world::{Account, Purpose, World};
use calendar::{Hours, MONTH_DAYS};
pub(crate) use deploy::STATE_BUCKET;
pub(crate) use estate::NEW_REGION;
use scene::Scene;
pub(crate) use scene::TrailKey;
use std::collections::VecDeque;

/// Accounts with fewer records a month have fewer habits.
const BUSY_EVENTS: u64 = 10_000;

/// Accounts with fewer records a month do not live through everything.
const LIVELY_EVENTS: u64 = 3000;

/// In which accounts something is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Where {
    Everywhere,
    /// Where programs of the company's own run.
    Workloads,
    Production,
    NonProduction,
    /// In the first account.
    First,
}

/// Something that is done now and then.
struct Errand {
    name: &'static str,
    place: Where,
    hours: Hours,
    /// Times a month in an account, at least.
    monthly: u64,
    /// Times among a hundred thousand records of an account.
    per_100k: u64,
    play: fn(&mut Scene<'_>),
}

/// Done as often as everything else is.
const fn habit(
    name: &'static str,
    (place, hours): (Where, Hours),
    (monthly, per_100k): (u64, u64),
    play: fn(&mut Scene<'_>),
) -> Errand {
    Errand {
        name,
        place,
        hours,
        monthly,
        per_100k,
        play,
    }
}

/// Done so many times a month, however much else happens.
const fn rare(
    name: &'static str,
    at: (Where, Hours),
    monthly: u64,
    play: fn(&mut Scene<'_>),
) -> Errand {
    habit(name, at, (monthly, 0), play)
}

use Hours::{Any, Night, Office};
use Where::{Everywhere, First, NonProduction, Production, Workloads};

/// Everything that is done.
const ERRANDS: &[Errand] = &[
    habit("release", (Workloads, Office), (20, 300), deploy::release),
    habit("plan", (Everywhere, Office), (2, 18), deploy::plan),
    habit("build", (First, Office), (8, 120), deploy::build),
    habit("rights", (Everywhere, Office), (4, 45), rights::rights),
    habit(
        "network",
        (Everywhere, Office),
        (3, 32),
        infrastructure::network,
    ),
    habit(
        "buckets",
        (Everywhere, Office),
        (3, 30),
        infrastructure::buckets,
    ),
    habit("keys", (Everywhere, Office), (2, 18), infrastructure::keys),
    habit("data", (Workloads, Office), (3, 28), infrastructure::data),
    habit(
        "wiring",
        (Everywhere, Office),
        (3, 28),
        infrastructure::wiring,
    ),
    rare("trail", (First, Office), 1, infrastructure::trail),
    habit("stack", (Workloads, Office), (2, 12), estate::stack),
    rare("stack-set", (Everywhere, Office), 1, estate::stack_set),
    rare("new-region", (First, Office), 1, estate::new_region),
    rare(
        "decommission",
        (NonProduction, Office),
        1,
        estate::decommission,
    ),
    habit("tour", (Everywhere, Office), (6, 30), office::tour),
    habit(
        "temporary-host",
        (NonProduction, Office),
        (3, 10),
        hosts::temporary_host,
    ),
    rare("image-given", (First, Office), 1, hosts::share_image),
    habit("node-group", (Workloads, Any), (2, 6), machines::node_group),
    habit("shell", (Workloads, Office), (4, 24), hosts::shell),
    habit("command", (Workloads, Office), (2, 10), hosts::command),
    habit("roaming", (Everywhere, Office), (4, 20), office::roaming),
    habit("debugging", (Workloads, Office), (4, 30), office::debugging),
    rare("hotfix", (NonProduction, Office), 1, office::hotfix),
    habit("analysis", (Workloads, Office), (4, 20), office::analysis),
    rare("models", (NonProduction, Office), 1, office::models),
    habit("costs", (First, Office), (3, 6), reviews::costs),
    habit("review", (Everywhere, Office), (2, 8), reviews::security),
    habit("triage", (Everywhere, Office), (3, 8), reviews::triage),
    rare("audit", (Everywhere, Office), 1, reviews::audit),
    rare("support", (Workloads, Office), 1, reviews::support),
    habit("login", (Everywhere, Office), (8, 16), users::login),
    rare("key-rotation", (Everywhere, Office), 1, users::key_rotation),
    rare("service-key", (Production, Office), 1, users::service_key),
    rare("new-device", (Workloads, Office), 1, users::new_device),
    rare("help-desk", (Everywhere, Office), 1, users::help_desk),
    rare("new-hire", (First, Office), 1, users::new_hire),
    rare(
        "new-contractor",
        (Production, Office),
        1,
        users::new_contractor,
    ),
    rare("leaver", (NonProduction, Office), 1, users::leaver),
    rare("root", (First, Office), 1, users::root),
    habit("backup", (Workloads, Night), (12, 60), machines::backup),
    habit("secrets", (Workloads, Any), (12, 60), machines::secrets),
    habit("cleanup", (Workloads, Night), (2, 6), machines::cleanup),
    habit("scaling", (Workloads, Any), (20, 100), machines::scaling),
    habit(
        "spot-hosts",
        (Workloads, Any),
        (12, 70),
        machines::spot_hosts,
    ),
    habit("rotation", (Workloads, Night), (4, 12), upkeep::rotation),
    habit("patching", (Workloads, Night), (4, 8), upkeep::patching),
    habit("image", (First, Night), (4, 4), upkeep::image),
    habit("disk-scan", (Production, Any), (1, 2), upkeep::disk_scan),
    habit("compliance", (Everywhere, Any), (4, 20), upkeep::compliance),
    habit("probe", (Workloads, Any), (4, 24), upkeep::probe),
];

/// Something that will be done.
struct Entry<'a> {
    time: i64,
    errand: &'static Errand,
    account: &'a Account,
    /// Tells it from the other times.
    n: u64,
}

/// What is to be done when, a month at a time.
pub(crate) struct Diary<'a> {
    world: &'a World,
    catalogue: &'a Catalogue,
    /// Each account with its records a month.
    accounts: Vec<(&'a Account, u64)>,
    ahead: VecDeque<Entry<'a>>,
    /// The first second that is not planned yet, and the last of all.
    planned: i64,
    end: i64,
    month: u64,
}

impl<'a> Diary<'a> {
    pub(crate) fn new(world: &'a World, catalogue: &'a Catalogue, plan: &Plan) -> Self {
        let weight = |account: &'a Account| -> u64 {
            let places = world.regions.iter().enumerate().map(|(n, region)| Place {
                account,
                region: region.name,
                home: n == 0,
            });
            places.map(|p| p.weight()).sum()
        };
        let all: u64 = world.accounts.iter().map(weight).sum();
        let monthly = plan.events_per_day.saturating_mul(30);
        let accounts = world.accounts.iter();
        let start = plan.start.secs();
        Self {
            world,
            catalogue,
            accounts: accounts
                .map(|a| (a, monthly.saturating_mul(weight(a)) / all.max(1)))
                .collect(),
            ahead: VecDeque::new(),
            planned: start,
            end: start + i64::from(plan.hours) * 3600,
            month: 0,
        }
    }

    /// Does what begins in this slot; returns the records of all of it, which
    /// may lie in later slots.
    pub(crate) fn slot(&mut self, slot: i64) -> Vec<(TrailKey, Spliced)> {
        let until = (slot + 1) * SLOT_SECS;
        while self.planned < until && self.planned < self.end {
            self.plan_month();
        }
        let mut records = Vec::new();
        while self.ahead.front().is_some_and(|e| e.time < until) {
            let Some(entry) = self.ahead.pop_front() else {
                break;
            };
            let random = self.random(&entry, entry.n);
            let stage = (self.world, self.catalogue);
            let mut scene = Scene::new(stage, entry.account, (entry.time, entry.n), random);
            (entry.errand.play)(&mut scene);
            records.append(&mut scene.end());
        }
        records
    }

    fn random(&self, entry: &Entry<'_>, n: u64) -> Random {
        let errand = hash_text(entry.errand.name);
        let account = hash_text(&entry.account.id);
        Random::keyed(&[self.world.seed, errand, account, self.month, n])
    }

    fn plan_month(&mut self) {
        self.month += 1;
        let start = self.planned;
        let mut entries = Vec::new();
        for errand in ERRANDS {
            for (account, events) in &self.accounts {
                if !errand.place.has(account, self.world) || !errand.lasts(self.world) {
                    continue;
                }
                let entry = |time, n| Entry {
                    time,
                    errand,
                    account,
                    n,
                };
                let mut random = self.random(&entry(start, 0), u64::MAX);
                let n = errand.times(*events, &mut random);
                let from = (start, errand.quiet_days());
                let times = errand.hours.times(from, n, &mut random);
                let numbered = (0..).zip(times);
                entries.extend(numbered.map(|(n, time)| entry(time, n)));
            }
        }
        entries.retain(|e| (start..self.end).contains(&e.time));
        entries.sort_by_key(|e| e.time);
        self.ahead.extend(entries);
        self.planned = start + MONTH_DAYS * 86_400;
    }
}

impl Errand {
    /// What happens once a month does not happen at its very beginning: samples
    /// of a day or two show what is usual.
    const fn quiet_days(&self) -> i64 {
        match self.per_100k {
            0 => 2,
            _ => 0,
        }
    }

    /// Whether it can be met every month. A region is switched on once; long
    /// histories tell of that themselves.
    fn lasts(&self, world: &World) -> bool {
        world.lasting.is_none() || self.name != "new-region"
    }

    /// How many times it is done in a month with so many records.
    fn times(&self, events: u64, random: &mut Random) -> u64 {
        let enough = match self.per_100k {
            0 => LIVELY_EVENTS,
            _ => BUSY_EVENTS,
        };
        let least = self.monthly * 1000 * events.min(enough) / enough;
        let share = events.saturating_mul(self.per_100k) / 100;
        random.round(least.max(share))
    }
}

impl Where {
    fn has(self, account: &Account, world: &World) -> bool {
        let purpose = |p| world.accounts.iter().any(|a| a.purpose == p);
        match self {
            Self::Everywhere => true,
            Self::Workloads => account.purpose != Purpose::Core,
            Self::Production => account.purpose == Purpose::Production,
            // Small organisations test where they produce.
            Self::NonProduction if !purpose(Purpose::NonProduction) => {
                account.purpose == Purpose::Production
            }
            Self::NonProduction => account.purpose == Purpose::NonProduction,
            Self::First => account.index == 0,
        }
    }
}

#[cfg(test)]
mod tests;
