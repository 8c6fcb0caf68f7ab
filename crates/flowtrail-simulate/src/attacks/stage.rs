//! The stage on which a script is played: it keeps the time, writes records
//! and lines, and notes each of them in the label.

use super::{Outpost, Script, Story};
use crate::attack::Attack;
use crate::cloudtrail::Spliced;
use crate::cloudtrail::catalogue::Catalogue;
use crate::cloudtrail::identity::Caller;
use crate::cloudtrail::record::Call;
use crate::cloudtrail::template::Scope;
use crate::context::{Context, Verdict};
use crate::flow::{Action, FlowLog, Gap, Line, Owner, Side, SplicedLine, Talk, tap};
use crate::label::{Label, Violation};
use crate::random::Random;
use crate::world::{Account, GLOBAL_REGION, Interface, Region, Vpc, World};

pub(crate) use crate::cloudtrail::step::{NAME, OBJECT, OUTSIDE, Step, USER_ID, VALUE};

/// One attack while it is carried out.
pub(crate) struct Stage<'a> {
    pub(crate) world: &'a World,
    catalogue: &'a Catalogue,
    context: &'a Context,
    pub(crate) story: &'a Story,
    /// Where it happens.
    pub(crate) account: &'a Account,
    pub(crate) random: Random,
    /// Seconds since 1970.
    pub(crate) now: i64,
    pub(crate) label: Label,
    attack: Attack,
    home: Region,
    events: Vec<((u64, &'static str), Spliced)>,
    lines: Vec<(String, SplicedLine)>,
    outpost: Option<Outpost>,
}

impl<'a> Stage<'a> {
    pub(crate) fn new(
        (world, catalogue, context): (&'a World, &'a Catalogue, &'a Context),
        story: &'a Story,
        account: &'a Account,
        (attack, now): (Attack, i64),
        random: Random,
    ) -> Self {
        let home = world
            .regions
            .first()
            .copied()
            .unwrap_or(crate::world::REGIONS[0]);
        let label = Label::new(attack, &account.id, home.name);
        Self {
            world,
            catalogue,
            context,
            story,
            account,
            random,
            now,
            label,
            attack,
            home,
            events: Vec::new(),
            lines: Vec::new(),
            outpost: None,
        }
    }

    /// Lets `low` to `high` seconds pass.
    pub(crate) fn wait(&mut self, low: u64, high: u64) {
        self.now += i64::try_from(self.random.between(low, high)).unwrap_or(0);
    }

    /// The intruder with a user's key, who is then the label's actor.
    pub(crate) fn intruder(&mut self) -> Caller {
        let caller = self.story.intruder(self.account, self.attack);
        self.label.traces.actor.clone_from(&caller.arn);
        caller
    }

    /// Records a call now and lets a few seconds pass.
    pub(crate) fn call(&mut self, caller: &Caller, step: Step<'_>) {
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
        self.label
            .traces
            .event_ids
            .push(id.iter().map(|b| char::from(*b)).collect());
        self.label.traces.covers(self.now, self.now);
        self.label.traces.came_from(&caller.address);
        let spliced = Spliced {
            time: self.now,
            record,
        };
        self.events.push(((self.account.index, region), spliced));
        self.wait(1, 9);
    }

    /// Records several calls that need nothing but their names.
    pub(crate) fn calls(&mut self, caller: &Caller, apis: &[&str]) {
        for api in apis {
            self.call(caller, Step::new(api));
        }
    }

    /// Records a conversation at every interface that sees it.
    pub(crate) fn talk(&mut self, talk: &Talk<'_>) {
        self.judge(talk);
        for (interface, line) in talk.lines() {
            self.line(interface, &line);
        }
    }

    /// Records what a gateway sees of a conversation.
    pub(crate) fn talk_through(&mut self, talk: &Talk<'_>, nat: &Interface) {
        for (interface, line) in talk.through(nat) {
            self.line(interface, &line);
        }
    }

    /// Records a conversation with the internet at the host and at the gateway
    /// of `vpc`, if it goes through it.
    pub(crate) fn talk_out<'v>(&mut self, talk: &Talk<'v>, vpc: &'v Vpc) {
        self.talk(talk);
        if let Some(nat) = talk.gateway(vpc) {
            self.talk_through(talk, nat);
        }
    }

    fn line(&mut self, interface: &Interface, line: &Line) {
        let Some(owner) = self.owner(interface) else {
            return;
        };
        let tapped = tap(self.world, &owner, line);
        self.label.traces.add_flow(tapped.flow);
        self.lines.push((tapped.log, tapped.line));
    }

    /// Notes a connection that the matrix does not allow.
    fn judge(&mut self, talk: &Talk<'_>) {
        let home = |side: &Side<'_>| self.world.home_of(side.interface?);
        let vpc_id = |side: &Side<'_>| home(side).map(|(_, v)| v.id.as_str());
        let (client, server) = (&talk.client, &talk.server);
        let at = |side: &Side<'_>, other: &Side<'_>| {
            let vpc = vpc_id(side).or_else(|| vpc_id(other));
            self.context.place(side.address, vpc, talk.times.0)
        };
        let ends = (at(client, server), at(server, client));
        let service = (talk.protocol, server.port);
        let outcome = match (talk.action, talk.answered()) {
            (Action::Reject, _) => "refused",
            (Action::Accept, true) => "accepted",
            (Action::Accept, false) => "unanswered",
        };
        let policy = match self.context.verdict(ends, service) {
            None | Some(Verdict::Allowed) => return,
            Some(Verdict::Undeclared) if outcome == "refused" => return,
            Some(found @ (Verdict::Undeclared | Verdict::Forbidden)) => found.name(),
        };
        self.label.add_violation(Violation {
            policy,
            outcome,
            source: ends.0.name(),
            target: ends.1.name(),
            srcaddr: client.address.to_string(),
            dstaddr: server.address.to_string(),
            dstport: server.port,
            protocol: talk.protocol,
            connections: 1,
            start: talk.times.0,
            end: talk.times.1,
        });
    }

    /// Records a minute without data at an interface. It is not in the label:
    /// it shows nothing of the attack.
    pub(crate) fn gap(&mut self, interface: &Interface, gap: Gap) {
        let (start, end) = (self.now, self.now + 59);
        let Some(owner) = self.owner(interface) else {
            return;
        };
        let format = FlowLog::format(self.world, owner.account);
        let (mut line, log) = (Vec::new(), owner.vpc.flow_log.clone());
        owner.write_gap(gap, (start, end), format, &mut line);
        self.lines.push((log, SplicedLine { end, line }));
    }

    /// Whose interface it is.
    fn owner<'i>(&'i self, interface: &'i Interface) -> Option<Owner<'i>> {
        let outpost = self
            .outpost
            .as_ref()
            .map(|o| (self.account, &o.vpc, o.region));
        let homes = self.world.vpcs().map(|(a, v)| (a, v, self.home));
        let mut all = homes.chain(outpost);
        let (account, vpc, region) = all.find(|(_, v, _)| v.has(&interface.id))?;
        Some(Owner {
            account,
            vpc,
            region,
            interface,
        })
    }

    /// Sets up a VPC in a region that nobody uses.
    pub(crate) fn settle(&mut self, region: Region, vpc: Vpc) {
        self.label.traces.region = region.name.to_owned();
        self.outpost = Some(Outpost {
            account: self.account.index,
            region,
            vpc,
        });
    }

    /// Hands over what the attack left behind.
    pub(crate) fn leave(self, script: &mut Script) {
        for (place, event) in self.events {
            script.events.entry(place).or_default().push(event);
        }
        for (log, line) in self.lines {
            script.lines.entry(log).or_default().push(line);
        }
        script.outposts.extend(self.outpost);
        script.labels.push(self.label);
    }
}
