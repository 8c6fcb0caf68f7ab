//! The stage on which a script is played: it keeps the time, writes records
//! and lines, and notes each of them in the label.

use super::{Outpost, Script, Story};
use crate::attack::Attack;
use crate::cloudtrail::Spliced;
use crate::cloudtrail::catalogue::Catalogue;
use crate::cloudtrail::identity::Caller;
use crate::cloudtrail::record::Call;
use crate::cloudtrail::template::Scope;
use crate::flow::{FlowLog, Format, Gap, Line, Owner, SplicedLine, Talk};
use crate::label::{Label, LabelFlow};
use crate::random::Random;
use crate::world::{Account, GLOBAL_REGION, Interface, Region, Vpc, World};

pub(crate) use crate::cloudtrail::step::{NAME, OBJECT, OUTSIDE, Step, USER_ID, VALUE};

/// One attack while it is carried out.
pub(crate) struct Stage<'a> {
    pub(crate) world: &'a World,
    catalogue: &'a Catalogue,
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
        (world, catalogue): (&'a World, &'a Catalogue),
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
        self.label.actor.clone_from(&caller.arn);
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
            .event_ids
            .push(id.iter().map(|b| char::from(*b)).collect());
        self.label.covers(self.now, self.now);
        self.label.came_from(&caller.address);
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
        let mut text = Vec::new();
        let Some((account, log)) = self.owned(interface, |owner, format| {
            line.write(owner, format, &mut text);
        }) else {
            return;
        };
        self.label.add_flow(LabelFlow {
            account,
            interface: interface.id.clone(),
            srcaddr: line.source.to_string(),
            dstaddr: line.target.to_string(),
            dstport: Some(line.target_port),
            action: line.action.name(),
            start: line.start,
            end: line.end,
            lines: 1,
            bytes: line.bytes,
        });
        let end = line.end;
        self.lines.push((log, SplicedLine { end, line: text }));
    }

    /// Records a minute without data at an interface. It is not in the label:
    /// it shows nothing of the attack.
    pub(crate) fn gap(&mut self, interface: &Interface, gap: Gap) {
        let (start, end) = (self.now, self.now + 59);
        let mut line = Vec::new();
        let found = self.owned(interface, |owner, format| {
            owner.write_gap(gap, (start, end), format, &mut line);
        });
        if let Some((_, log)) = found {
            self.lines.push((log, SplicedLine { end, line }));
        }
    }

    /// Writes with the owner of an interface; returns the account and the flow log.
    fn owned(
        &self,
        interface: &Interface,
        write: impl FnOnce(&Owner<'_>, Format),
    ) -> Option<(String, String)> {
        let outpost = self
            .outpost
            .as_ref()
            .map(|o| (self.account, &o.vpc, o.region));
        let homes = self.world.vpcs().map(|(a, v)| (a, v, self.home));
        let has = |v: &Vpc| v.interfaces.iter().any(|i| i.id == interface.id);
        let (account, vpc, region) = homes.chain(outpost).find(|(_, v, _)| has(v))?;
        let owner = Owner {
            account,
            vpc,
            region,
            interface,
        };
        write(&owner, FlowLog::format(account));
        Some((account.id.clone(), vpc.flow_log.clone()))
    }

    /// Sets up a VPC in a region that nobody uses.
    pub(crate) fn settle(&mut self, region: Region, vpc: Vpc) {
        self.label.region = region.name.to_owned();
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
