//! The stage of a long history's scripts: it keeps the time, writes records and
//! lines, and notes each of them.

use super::schedule::Mute;
use crate::cloudtrail::Spliced;
use crate::cloudtrail::actors;
use crate::cloudtrail::catalogue::Catalogue;
use crate::cloudtrail::identity::Caller;
use crate::cloudtrail::record::{Call, Outcome};
use crate::cloudtrail::step::Step;
use crate::cloudtrail::template::Scope;
use crate::flow::{Action, Extent, Line, Owner, Side, SplicedLine, TCP, Talk, high_port, tap};
use crate::label::{LabelFlow, Traces};
use crate::random::Random;
use crate::world::{
    Account, Environment, GLOBAL_REGION, Interface, Lasting, Person, Provider, REGIONS, Region,
    Sort, Tier, Vpc, World,
};
use std::net::{IpAddr, Ipv4Addr};

/// Seconds of a day.
pub(super) const DAY: i64 = 86_400;

/// Something that is done, by whomever.
pub(super) struct Deed<'w> {
    pub(super) world: &'w World,
    catalogue: &'w Catalogue,
    pub(super) lasting: Lasting,
    /// Where it happens.
    pub(super) account: &'w Account,
    pub(super) random: Random,
    /// The first second of its day, since 1970.
    pub(super) day: i64,
    /// Seconds since 1970.
    pub(super) now: i64,
    pub(super) traces: Traces,
    home: Region,
    pub(super) events: Vec<((u64, &'static str), Spliced)>,
    pub(super) lines: Vec<(String, SplicedLine)>,
    pub(super) mutes: Vec<Mute>,
    /// Whether what is recorded now is no part of it.
    aside: bool,
}

impl<'w> Deed<'w> {
    pub(super) fn new(
        (world, catalogue, lasting): (&'w World, &'w Catalogue, Lasting),
        account: &'w Account,
        day: i64,
        random: Random,
    ) -> Self {
        let home = world.regions.first().copied().unwrap_or(REGIONS[0]);
        Self {
            world,
            catalogue,
            lasting,
            account,
            random,
            day,
            now: day,
            traces: Traces::new(&account.id, home.name),
            home,
            events: Vec::new(),
            lines: Vec::new(),
            mutes: Vec::new(),
            aside: false,
        }
    }

    /// Goes to a second between these hours of the day (UTC).
    pub(super) fn at_hours(&mut self, from: u64, to: u64) {
        let secs = self.random.between(from * 3600, to * 3600 - 1);
        self.now = self.day + signed(secs);
    }

    /// Lets `low` to `high` seconds pass.
    pub(super) fn wait(&mut self, low: u64, high: u64) {
        self.now += signed(self.random.between(low, high));
    }

    /// Does something that belongs to the story and not to what is looked for:
    /// it is recorded, and no label names it.
    pub(super) fn aside(&mut self, what: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.aside, true);
        what(self);
        self.aside = before;
    }

    /// Names the actor.
    pub(super) fn by(&mut self, caller: &Caller) {
        self.traces.actor.clone_from(&caller.arn);
    }

    /// The actor is a host.
    pub(super) fn by_host(&mut self, host: &Interface) {
        self.traces.actor.clone_from(&host.instance);
        let address = Ipv4Addr::from(host.address).to_string();
        self.traces.came_from(&address);
    }

    /// Records a call now; time stands still.
    pub(super) fn call(&mut self, caller: &Caller, step: Step<'_>) {
        let api = self.catalogue.named(step.api);
        let usual = if api.global {
            GLOBAL_REGION
        } else {
            self.home.name
        };
        let region = step.region.unwrap_or(usual);
        let mut record = Vec::with_capacity(2048);
        let scope = Scope {
            account: self.account,
            region,
            time: self.now,
            choice: step.choice,
            arn: &caller.arn,
            session: &caller.session,
            given: step.given,
        };
        let call = Call {
            api,
            caller,
            scope,
            outcome: step.outcome,
        };
        let id = call.write(&mut self.random, &mut record);
        if !self.aside {
            let id = id.iter().map(|b| char::from(*b)).collect();
            self.traces.event_ids.push(id);
            self.traces.covers(self.now, self.now);
            self.traces.came_from(&caller.address);
        }
        let time = self.now;
        let spliced = Spliced { time, record };
        self.events.push(((self.account.index, region), spliced));
    }

    /// Records calls, some seconds between them, so many in a thousand of them
    /// refused.
    pub(super) fn calls(
        &mut self,
        caller: &Caller,
        apis: &[&str],
        (low, high): (u64, u64),
        refused: u64,
    ) {
        for api in apis {
            let choice = self.random.next();
            let outcome = if self.random.chance(refused) {
                Outcome::Denied
            } else {
                Outcome::Success
            };
            self.call(caller, Step::new(api).about(choice).ends(outcome));
            self.wait(low, high);
        }
    }

    /// Some of the calls that list and describe, in an order of their own.
    pub(super) fn listings(&mut self, n: usize) -> Vec<&'static str> {
        let mut all: Vec<&'static str> = self
            .catalogue
            .listings()
            .iter()
            .map(|id| self.catalogue.get(*id).id)
            .collect();
        let mut chosen = Vec::with_capacity(n);
        while chosen.len() < n && !all.is_empty() {
            let at = self.random.below(u64::try_from(all.len()).unwrap_or(1));
            chosen.push(all.swap_remove(usize::try_from(at).unwrap_or(0)));
        }
        chosen
    }

    /// Records a conversation at every interface that sees it, and at the
    /// gateway if it goes through one.
    pub(super) fn talk(&mut self, talk: &Talk<'w>) {
        let mut lines = talk.lines();
        let home = talk.client.interface.and_then(|i| self.world.home_of(i));
        if let Some(nat) = home.and_then(|(_, vpc)| talk.gateway(vpc)) {
            lines.extend(talk.through(nat));
        }
        for (interface, line) in lines {
            self.line(interface, &line);
        }
    }

    fn line(&mut self, interface: &Interface, line: &Line) {
        let Some((account, vpc)) = self.world.home_of(interface) else {
            return;
        };
        let owner = Owner {
            account,
            vpc,
            region: self.home,
            interface,
        };
        let tapped = tap(self.world, &owner, line);
        if !self.aside {
            self.note(tapped.flow);
        }
        self.lines.push((tapped.log, tapped.line));
    }

    fn note(&mut self, flow: LabelFlow) {
        // Where only flows show it, it happened where they are logged.
        if self.traces.event_ids.is_empty() && self.traces.flows.is_empty() {
            self.traces.account.clone_from(&flow.account);
        }
        self.traces.add_flow(flow);
    }

    /// A connection of `secs` seconds that begins now, with so many bytes each
    /// way.
    pub(super) fn connection(
        &mut self,
        (client, server): (Side<'w>, Side<'w>),
        secs: i64,
        (up, down): (u64, u64),
    ) -> Talk<'w> {
        let packets = |bytes: u64| (bytes / 900 + 4, bytes);
        let client = Side {
            port: high_port(&mut self.random),
            ..client
        };
        Talk {
            client,
            server,
            protocol: TCP,
            up: packets(up),
            down: packets(down),
            times: (self.now, self.now + secs.min(57)),
            action: Action::Accept,
            extent: Extent::Whole,
            clear: false,
        }
    }

    /// Minutes of one connection, a line a minute at each interface.
    pub(super) fn long(&mut self, first: Talk<'w>, minutes: u64) {
        for n in 0..minutes {
            let mut vary = |(packets, bytes): (u64, u64)| {
                let share = self.random.between(700, 1300);
                (packets * share / 1000, bytes * share / 1000)
            };
            let (up, down) = (vary(first.up), vary(first.down));
            let talk = Talk {
                times: (self.now, self.now + 57),
                up,
                down,
                extent: match n {
                    0 if minutes > 1 && first.extent == Extent::Whole => Extent::Begins,
                    0 => first.extent,
                    _ => Extent::Within,
                },
                ..first
            };
            self.talk(&talk);
            self.now += 60;
        }
    }

    /// Any of the VPCs of an environment, with a host of a tier in it.
    pub(super) fn host(
        &mut self,
        environment: Environment,
        tier: Tier,
    ) -> Option<(&'w Vpc, &'w Interface)> {
        let all: Vec<&'w Vpc> = self.world.vpcs().map(|(_, v)| v).collect();
        let of = all.into_iter().filter(|v| v.environment == environment);
        let of: Vec<&'w Vpc> = of.collect();
        let vpc = self.random.pick(&of).copied()?;
        vpc.any(tier, &mut self.random).map(|i| (vpc, i))
    }

    /// One of the environments of customers and developers.
    pub(super) fn environment(&mut self) -> Environment {
        let all = [
            Environment::Production,
            Environment::Production,
            Environment::Staging,
            Environment::Development,
        ];
        let chosen = self.random.pick(&all).copied();
        chosen.unwrap_or(Environment::Production)
    }

    /// A machine of whoever attacks, in a network of its own.
    pub(super) fn outside(&mut self) -> Ipv4Addr {
        let sort = if self.random.chance(600) {
            Sort::Hosting
        } else {
            Sort::Proxy
        };
        let provider = Provider::any(sort, &mut self.random);
        provider.any_address(&mut self.random)
    }

    /// The other end of a connection out.
    pub(super) fn far(&mut self, port: u16) -> Side<'w> {
        Side::away(IpAddr::V4(self.outside()), port)
    }

    /// Somebody who is at work now in this account, or who would be if it were
    /// day.
    pub(super) fn person(&mut self) -> Option<&'w Person> {
        let now = self.now;
        let at_work =
            crate::cloudtrail::casting::someone(self.world, self.account, now, &mut self.random);
        let (lasting, account) = (self.lasting, &self.account.id);
        let people = self.world.people.iter();
        let able = people.filter(|p| {
            let since = p
                .rhythm
                .and_then(|r| r.joins())
                .is_none_or(|at| at + 20 * DAY < now);
            since && p.is_there(now) && lasting.share(p, account) > 0
        });
        let able: Vec<&'w Person> = able.collect();
        let known = at_work.filter(|p| able.iter().any(|a| a.name == p.name));
        known.or_else(|| self.random.pick(&able).copied())
    }

    /// Somebody of this account who goes on a journey, and the day of arrival.
    pub(super) fn traveller(&mut self) -> Option<(&'w Person, i64)> {
        let (lasting, account) = (self.lasting, &self.account.id);
        let arrives = |person: &'w Person| {
            let (from, to) = person.rhythm?.stay();
            let works = [from, to - 1].map(|at| person.is_there(at)) == [true, true];
            (works && lasting.share(person, account) > 0).then_some((person, from))
        };
        let all: Vec<_> = self.world.people.iter().filter_map(arrives).collect();
        self.random.pick(&all).copied()
    }

    /// How somebody calls who has another's credentials: with the same program,
    /// or with one of those that such people use.
    pub(super) fn thief(&mut self, of: &Caller) -> Caller {
        let agent = match self.random.below(5) {
            0 | 1 => of.agent.clone(),
            2 => self.random.pick_text(&actors::CLIS).to_owned(),
            3 => "python-requests/2.32.3".to_owned(),
            _ => "Boto3/1.34.69 md/Botocore#1.34.69 ua/2.0 os/linux#6.5.0 md/arch#x86_64 lang/python#3.11.9 md/pyimpl#CPython cfg/retry-mode#legacy".to_owned(),
        };
        let channel = if of.agent == agent {
            of.channel
        } else {
            crate::cloudtrail::identity::Channel::Tls13
        };
        Caller {
            address: self.outside().to_string(),
            agent,
            channel,
            ..of.clone()
        }
    }
}

/// A number of seconds.
pub(super) fn signed(secs: u64) -> i64 {
    i64::try_from(secs).unwrap_or(0)
}
