//! Where an errand is played: it keeps the time and collects the records.

use crate::cloudtrail::Spliced;
use crate::cloudtrail::catalogue::Catalogue;
use crate::cloudtrail::identity::Caller;
use crate::cloudtrail::record::{Call, Outcome};
use crate::cloudtrail::step::Step;
use crate::cloudtrail::template::Scope;
use crate::random::Random;
use crate::text::{Alphabet, named};
use crate::world::{Account, GLOBAL_REGION, Person, Purpose, World};

/// The trail that a record belongs to: the account's index, and the region.
pub(crate) type TrailKey = (u64, &'static str);

/// One errand while it is done.
pub(super) struct Scene<'a> {
    pub(super) world: &'a World,
    pub(super) catalogue: &'a Catalogue,
    /// Where it is done; an errand may go from one account to another.
    pub(super) account: &'a Account,
    pub(super) random: Random,
    /// Seconds since 1970.
    pub(super) now: i64,
    /// Seconds between two calls, at most.
    pub(super) gap: u64,
    /// How many times this errand was done before in the account's month.
    nth: u64,
    home: &'static str,
    records: Vec<(TrailKey, Spliced)>,
}

impl<'a> Scene<'a> {
    pub(super) fn new(
        (world, catalogue): (&'a World, &'a Catalogue),
        account: &'a Account,
        (now, nth): (i64, u64),
        random: Random,
    ) -> Self {
        Self {
            world,
            catalogue,
            account,
            random,
            now,
            gap: 2,
            nth,
            home: world.regions.first().map_or("eu-central-1", |r| r.name),
            records: Vec::new(),
        }
    }

    /// What was recorded.
    pub(super) fn end(self) -> Vec<(TrailKey, Spliced)> {
        self.records
    }

    /// Which of `n` variants it is this time: one after another, and other ones
    /// in other accounts, so that a month has all of them.
    pub(super) const fn turn(&self, n: u64) -> u64 {
        (self.nth + self.account.index * 2) % n
    }

    /// Lets `low` to `high` seconds pass.
    pub(super) fn wait(&mut self, low: u64, high: u64) {
        self.now += i64::try_from(self.random.between(low, high)).unwrap_or(0);
    }

    /// Records a call now and lets a moment pass. Calls that should work fail as
    /// often as the catalogue says.
    pub(super) fn call(&mut self, caller: &Caller, step: Step<'_>) {
        let api = self.catalogue.named(step.api);
        let usual = if api.global { GLOBAL_REGION } else { self.home };
        let region = step.region.unwrap_or(usual);
        let fault = api.fault.as_ref().map_or(0, |f| f.0);
        let outcome = if step.outcome == Outcome::Success && self.random.chance(fault) {
            Outcome::Usual
        } else {
            step.outcome
        };
        let scope = Scope {
            account: self.account,
            region,
            time: self.now,
            choice: step.choice,
            arn: &caller.arn,
            session: &caller.session,
            given: step.given,
        };
        let mut record = Vec::with_capacity(2048);
        Call {
            api,
            caller,
            scope,
            outcome,
        }
        .write(&mut self.random, &mut record);
        let key = (self.account.index, region);
        let time = self.now;
        self.records.push((key, Spliced { time, record }));
        self.wait(0, self.gap);
    }

    /// Records calls about this and that.
    pub(super) fn calls(&mut self, caller: &Caller, apis: &[&str]) {
        for api in apis {
            let choice = self.choice(caller);
            self.call(caller, Step::new(api).about(choice));
        }
    }

    /// Records `n` of these calls, so many in a thousand of them refused.
    pub(super) fn browse(&mut self, caller: &Caller, apis: &[&str], n: u64, refused: u64) {
        for _ in 0..n {
            let api = self.random.pick_text(apis);
            if !self.is_usual(caller, api) {
                continue;
            }
            let choice = self.choice(caller);
            let outcome = if self.random.chance(refused) {
                Outcome::Denied
            } else {
                Outcome::Success
            };
            self.call(caller, Step::new(api).about(choice).ends(outcome));
        }
    }

    /// Whether the caller makes that call day after day, where it matters.
    pub(super) fn is_usual(&mut self, caller: &Caller, api: &str) -> bool {
        let lasting = self.world.lasting;
        lasting.is_none_or(|l| l.does(&caller.arn, api, &mut self.random))
    }

    /// Chooses among resources: few of them where somebody's things matter.
    fn choice(&mut self, caller: &Caller) -> u64 {
        match self.world.lasting {
            Some(lasting) => lasting.choice(&caller.arn, &mut self.random),
            None => self.random.next(),
        }
    }

    /// Somebody with that permission set who is there, and who works in this
    /// account if there is anybody who does.
    pub(super) fn staff(&mut self, permission_set: &str) -> Option<&'a Person> {
        let (now, account) = (self.now, &self.account.id);
        let lasting = self.world.lasting;
        let people = self.world.people.iter();
        let able: Vec<&Person> = people
            .filter(|p| p.permission_set == permission_set && p.is_there(now))
            .collect();
        let works_here = |p: &&&Person| lasting.is_none_or(|l| l.share(p, account) > 0);
        let near: Vec<&Person> = able.iter().filter(works_here).copied().collect();
        let able = if near.is_empty() { able } else { near };
        self.random.pick(&able).copied()
    }

    /// The account that the others trust: logs, pipelines and backups are there.
    pub(super) fn core(&self) -> &'a Account {
        self.world.accounts.first().unwrap_or(self.account)
    }

    /// An account of the organisation that is not this one, if there is any.
    pub(super) fn sibling(&mut self) -> Option<&'a Account> {
        let here = self.account.index;
        let others = self.world.accounts.iter().filter(|a| a.index != here);
        let others: Vec<&Account> = others.collect();
        self.random.pick(&others).copied()
    }

    /// The organisation's id.
    pub(super) fn organization(&self) -> &'a str {
        let id = self.world.organization.as_deref();
        id.unwrap_or("o-9f3k2m7x1q")
    }

    /// Whether customers are served here.
    pub(super) fn is_production(&self) -> bool {
        self.account.purpose == Purpose::Production
    }

    /// An id such as `i-0…`.
    pub(super) fn id(&mut self, prefix: &str) -> String {
        format!("{prefix}0{}", self.hex(16))
    }

    /// So many hexadecimal digits.
    pub(super) fn hex(&mut self, digits: usize) -> String {
        named(Alphabet::Hex, digits, &mut self.random)
    }
}
