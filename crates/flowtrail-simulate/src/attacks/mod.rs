//! The attacks, each a short script that is carried out on the organisation
//! before the first file is written. What it leaves behind waits until its time
//! comes and is then mixed with everything else.

pub(crate) mod access;
pub(crate) mod credentials;
pub(crate) mod egress;
pub(crate) mod evasion;
pub(crate) mod execution;
pub(crate) mod exposure;
pub(crate) mod flood;
pub(crate) mod foothold;
pub(crate) mod impact;
pub(crate) mod lateral;
pub(crate) mod network;
pub(crate) mod persistence;
pub(crate) mod ruin;
pub(crate) mod segments;
pub(crate) mod stage;
mod wire;

use crate::attack::Attack;
use crate::cloudtrail::Spliced;
use crate::cloudtrail::actors;
use crate::cloudtrail::catalogue::Catalogue;
use crate::cloudtrail::identity::{self, Caller, Channel, user_arn};
use crate::context::Context;
use crate::flow::{SplicedLine, intruder_address};
use crate::label::Label;
use crate::plan::Plan;
use crate::random::Random;
use crate::world::{Account, Region, Vpc, World};
use stage::Stage;
use std::collections::BTreeMap;

/// Accounts of nobody: what is shared with them is lost.
const FOREIGN_ACCOUNTS: [&str; 4] = [
    "998877665544",
    "987612340987",
    "976543219765",
    "965412389654",
];

/// Names that would not be noticed in a list of users.
const NEW_USERS: [&str; 5] = [
    "svc-metrics-export",
    "ops-automation",
    "support-temp",
    "cloud-inventory",
    "ci-readonly",
];

/// What the attacks have in common: one intruder.
pub(crate) struct Story {
    /// Addresses that the intruder comes from.
    pub(crate) addresses: Vec<String>,
    /// Another address, of the sixth version.
    pub(crate) address_v6: String,
    /// The account that data is shared with.
    pub(crate) foreign_account: &'static str,
    /// The user whose password or key was found.
    pub(crate) victim: &'static str,
    /// The user that the intruder makes.
    pub(crate) new_user: &'static str,
    /// Whether the plan has the attack that makes it.
    has_new_user: bool,
    agent: &'static str,
}

impl Story {
    fn new(plan: &Plan, account: &Account) -> Self {
        let mut random = Random::keyed(&[plan.seed, 0x0073_746f_7279]);
        let addresses = (0..3)
            .map(|_| intruder_address(&mut random).to_string())
            .collect();
        let users: Vec<_> = account.legacy_users().collect();
        let host = random.between(0x1000, 0xffff);
        Self {
            addresses,
            address_v6: format!("2001:db8:7e:{host:x}::1a"),
            foreign_account: random.pick_text(&FOREIGN_ACCOUNTS),
            victim: random.pick_text(&users),
            new_user: random.pick_text(&NEW_USERS),
            has_new_user: plan.attacks.contains(&Attack::BackdoorUser),
            agent: random.pick_text(&actors::CLIS),
        }
    }

    /// The address of the intruder's `n`th machine.
    pub(crate) fn address(&self, n: usize) -> &str {
        let at = n.checked_rem(self.addresses.len()).unwrap_or(0);
        self.addresses
            .get(at)
            .map_or("203.0.113.250", String::as_str)
    }

    /// The intruder with a user's key: with that of the new user once there is
    /// one.
    fn intruder(&self, account: &Account, attack: Attack) -> Caller {
        let made = self.has_new_user && attack > Attack::BackdoorUser;
        let name = if made { self.new_user } else { self.victim };
        let key = account.access_key("AKIA", name, 0);
        Caller {
            identity: identity::user(account, name, Some(&key)),
            arn: user_arn(account, name),
            session: name.to_owned(),
            address: self.address(0).to_owned(),
            agent: self.agent.to_owned(),
            channel: Channel::Tls13,
        }
    }
}

/// A VPC where there should be none.
pub(crate) struct Outpost {
    /// The account's place in the organisation.
    pub(crate) account: u64,
    pub(crate) region: Region,
    pub(crate) vpc: Vpc,
}

/// What all attacks leave behind.
#[derive(Default)]
pub(crate) struct Script {
    /// CloudTrail records by account and region.
    pub(crate) events: BTreeMap<(u64, &'static str), Vec<Spliced>>,
    /// Flow-log lines by the id of their flow log.
    pub(crate) lines: BTreeMap<String, Vec<SplicedLine>>,
    pub(crate) labels: Vec<Label>,
    pub(crate) outposts: Vec<Outpost>,
}

impl Script {
    /// Carries out the attacks of a plan.
    pub(crate) fn write(
        plan: &Plan,
        (world, catalogue, context): (&World, &Catalogue, &Context),
    ) -> Self {
        let mut script = Self::default();
        let Some(account) = world.production() else {
            return script;
        };
        let story = Story::new(plan, account);
        let mut attacks = plan.attacks.clone();
        attacks.sort_unstable();
        let times = times(plan, attacks.len());
        for ((n, attack), at) in (0_u64..).zip(attacks).zip(times) {
            let random = Random::keyed(&[plan.seed, 0x6174_7461_636b, n]);
            let mut stage = Stage::new(
                (world, catalogue, context),
                &story,
                account,
                (attack, at),
                random,
            );
            attack.carry_out(&mut stage);
            stage.leave(&mut script);
        }
        for events in script.events.values_mut() {
            events.sort_by_key(|e| e.time);
        }
        script.mix(Vec::new());
        script
    }

    /// Mixes in other lines, each with the id of its flow log.
    pub(crate) fn mix(&mut self, others: Vec<(String, SplicedLine)>) {
        for (log, line) in others {
            self.lines.entry(log).or_default().push(line);
        }
        for lines in self.lines.values_mut() {
            lines.sort_by_key(|l| l.end);
        }
    }
}

/// When each of `n` attacks begins: one after another from 45 % to 88 % of the
/// time, so that what is usual comes first and nothing is cut off.
fn times(plan: &Plan, n: usize) -> Vec<i64> {
    let n = i64::try_from(n).unwrap_or(1).max(1);
    let all = i64::from(plan.hours) * 3600;
    let (first, width) = (all * 45 / 100, all * 43 / 100);
    let mut random = Random::keyed(&[plan.seed, 0x7469_6d65]);
    let jitter = u64::try_from(width / n / 2).unwrap_or(1).min(3 * 3600);
    (0..n)
        .map(|i| {
            let late = i64::try_from(random.below(jitter)).unwrap_or(0);
            plan.start.secs() + first + width * i / n + late
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::Trace;
    use flowtrail_event::EventTime;

    fn script(plan: &Plan) -> Script {
        let world = World::new(plan);
        let context = Context::of(&world);
        Script::write(plan, (&world, &Catalogue::new(), &context))
    }

    fn everything(seed: u64, hours: u32, accounts: u32) -> Plan {
        Plan {
            seed,
            hours,
            accounts,
            attacks: Attack::ALL.to_vec(),
            ..Plan::default()
        }
    }

    #[test]
    fn every_attack_leaves_the_traces_that_it_promises() {
        for (seed, accounts) in [(1, 1), (2, 2), (3, 3), (4, 9)] {
            let made = script(&everything(seed, 48, accounts));
            assert_eq!(made.labels.len(), Attack::ALL.len());
            for label in &made.labels {
                let (events, flows) = (
                    !label.traces.event_ids.is_empty(),
                    !label.traces.flows.is_empty(),
                );
                let found = match (events, flows) {
                    (true, true) => Trace::Both,
                    (true, false) => Trace::CloudTrail,
                    _ => Trace::Flow,
                };
                assert_eq!(found, label.attack.trace(), "{}", label.attack);
                assert!(!label.traces.actor.is_empty(), "{}", label.attack);
                assert!(
                    !label.traces.source_addresses.is_empty(),
                    "{}",
                    label.attack
                );
                assert!(
                    label.traces.first_time < label.traces.last_time
                        || label.traces.event_ids.len() == 1
                );
            }
        }
    }

    #[test]
    fn attacks_lie_in_the_second_half_and_are_short() {
        let plan = everything(5, 48, 3);
        let half = EventTime::from_secs(plan.start.secs() + 20 * 3600);
        let end = EventTime::from_secs(plan.start.secs() + 48 * 3600);
        for label in script(&plan).labels {
            assert!(
                label.traces.first_time > half && label.traces.last_time < end,
                "{}",
                label.attack
            );
            assert!(
                label.traces.last_time.secs() - label.traces.first_time.secs() <= 3600,
                "{}",
                label.attack
            );
        }
    }

    #[test]
    fn nothing_gives_the_game_away() {
        let made = script(&everything(6, 48, 3));
        let records = made.events.values().flatten().map(|e| &e.record);
        let lines = made.lines.values().flatten().map(|l| &l.line);
        for bytes in records.chain(lines) {
            let text = String::from_utf8(bytes.clone()).unwrap().to_lowercase();
            assert!(!text.contains(r#""eventname":"unknown""#), "{text}");
            for word in [
                "stratus",
                "pacu",
                "attacker",
                "evil",
                "hack",
                "malicious",
                "victim",
            ] {
                assert!(!text.contains(word), "{word}: {text}");
            }
        }
    }

    #[test]
    fn a_caller_of_development_reaches_production() {
        for accounts in [1, 2, 3, 9] {
            let plan = Plan {
                attacks: vec![Attack::CrossEnvApiCalls, Attack::CrossEnvRoleAssumption],
                accounts,
                ..Plan::default()
            };
            let world = World::new(&plan);
            let (from, to) = (world.development(), world.production().unwrap());
            assert_ne!(from.id, to.id);
            let context = Context::of(&world).yaml();
            for (id, environment) in [(&from.id, "development"), (&to.id, "production")] {
                let account = format!("id: \"{id}\"");
                let mut lines = context.lines().filter(|l| l.contains(&account));
                assert!(lines.next().unwrap().contains(environment));
            }
            let made = script(&plan);
            for label in &made.labels {
                assert!(label.traces.actor.contains(&from.id) && label.traces.account == to.id);
            }
            let arrived = made.events.iter().filter(|((a, _), _)| *a == to.index);
            let visitor = format!(r#""accountId":"{}"}}"#, from.id);
            let foreign = arrived.flat_map(|(_, e)| e).filter(|e| {
                let text = String::from_utf8_lossy(&e.record);
                text.contains(r#""type":"AWSAccount""#) && text.contains(&visitor)
            });
            assert!(foreign.count() >= 7, "{accounts}");
        }
    }

    #[test]
    fn the_same_attack_twice_is_two() {
        let plan = Plan {
            attacks: vec![Attack::SecretsSweep; 2],
            ..Plan::default()
        };
        let labels = script(&plan).labels;
        assert_eq!(labels.len(), 2);
        assert_ne!(labels[0].traces.event_ids, labels[1].traces.event_ids);
    }
}
