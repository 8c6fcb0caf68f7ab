//! Ordinary days: bursts of calls by those who make them.

use super::actors;
use super::casting::{Part, cast};
use super::catalogue::{Api, ApiId, Catalogue};
use super::identity::{self, Caller};
use super::profiles::{PROFILES, Pace, Profile, Who};
use super::record::{Call, Outcome};
use super::roles;
use super::step::{NAME, OTHER, VALUE};
use super::template::{Field, Scope};
use crate::clock::SLOT_SECS;
use crate::random::{Random, Weighted};
use crate::world::{Account, GLOBAL_REGION, Purpose, World};

/// Where a trail is: one account in one region.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) account: &'a Account,
    pub(crate) region: &'static str,
    /// The home region.
    pub(crate) home: bool,
}

impl Place<'_> {
    fn is_global(&self) -> bool {
        self.region == GLOBAL_REGION
    }

    /// The place's share of all calls, relative to those of others.
    pub(crate) fn weight(&self) -> u64 {
        let purpose = match self.account.purpose {
            Purpose::Production => 55,
            Purpose::NonProduction => 25,
            Purpose::Core => 20,
        };
        purpose
            * if self.home {
                68
            } else if self.is_global() {
                18
            } else {
                6
            }
    }
}

/// How often a caller looks for something usual before it does something else.
const TRIES: u32 = 24;

/// A profile with its calls looked up.
struct Prepared {
    profile: &'static Profile,
    /// What is recorded in the global region.
    global: Weighted<ApiId>,
    /// What is recorded elsewhere.
    regional: Weighted<ApiId>,
}

/// Makes ordinary calls.
pub(crate) struct Ordinary<'a> {
    world: &'a World,
    catalogue: &'a Catalogue,
    prepared: Vec<Prepared>,
}

/// Who is how busy in one slot at one place.
pub(crate) struct Mood {
    profiles: Weighted<usize>,
}

/// Receives each record with its time in seconds; draws from the same random numbers.
pub(crate) type Emit<'e> = dyn FnMut(&mut Random, i64, &[u8]) + 'e;

impl<'a> Ordinary<'a> {
    pub(crate) fn new(world: &'a World, catalogue: &'a Catalogue) -> Self {
        let of = |profile: &'static Profile, global: bool| {
            let calls = profile.calls.iter().filter_map(|(id, weight)| {
                let api = catalogue.find(id)?;
                (global || !catalogue.get(api).global).then_some((api, *weight))
            });
            Weighted::new(calls)
        };
        let prepared = PROFILES
            .iter()
            .map(|profile| Prepared {
                profile,
                global: of(profile, true),
                regional: of(profile, false),
            })
            .collect();
        Self {
            world,
            catalogue,
            prepared,
        }
    }

    /// How the weights of the profiles stand at that time.
    pub(crate) fn mood(&self, place: &Place<'_>, slot: i64) -> Mood {
        let people = &self.world.people;
        let busy: u64 = people.iter().map(|p| p.busy_per_mille(slot)).sum();
        let busy = busy / u64::try_from(people.len()).unwrap_or(1).max(1);
        let hour = slot.div_euclid(3600).rem_euclid(24);
        let weight = |profile: &Profile| {
            let [home, global, other] = profile.weights;
            let weight = if place.home {
                home
            } else if place.is_global() {
                global
            } else {
                other
            };
            let factor = match profile.who.pace() {
                Pace::Office => busy,
                Pace::Customers if place.account.purpose == Purpose::Core => 150,
                Pace::Deployments => 100 + busy,
                Pace::Nightly if hour == 2 => 4000,
                Pace::Customers | Pace::Nightly | Pace::Steady => 700,
            };
            weight * factor
        };
        let all = self.prepared.iter().enumerate();
        Mood {
            profiles: Weighted::new(all.map(|(i, p)| (i, weight(p.profile)))),
        }
    }

    /// One caller's calls, at most `limit`, within the slot; returns how many.
    pub(crate) fn burst(
        &self,
        place: &Place<'_>,
        (mood, slot, limit): (&Mood, i64, u64),
        random: &mut Random,
        emit: &mut Emit<'_>,
    ) -> u64 {
        let Some(prepared) = mood
            .profiles
            .pick(random)
            .and_then(|i| self.prepared.get(i))
        else {
            return 0;
        };
        let profile = prepared.profile;
        let calls = if place.is_global() {
            &prepared.global
        } else {
            &prepared.regional
        };
        let count = random
            .between(profile.burst.0, profile.burst.1)
            .min(limit.max(1));
        let slot_secs = u64::try_from(SLOT_SECS).unwrap_or(300);
        let mut at = random.below(slot_secs);
        let gap = if profile.who.is_person() { 12 } else { 2 };
        // Whoever is started as a host, and hosts, are chosen among hosts.
        let choice = if profile.who.is_host() {
            random.below(actors::hosts(place.account))
        } else {
            self.chosen(place, random)
        };
        let part = Part {
            place,
            choice,
            time: slot + signed(at),
        };
        let Some(caller) = cast(self.world, profile.who, &part, random) else {
            return 0;
        };
        let mut turn = Turn {
            place,
            choice,
            time: slot + signed(at),
            random,
            emit,
        };
        self.arrive(profile.who, &caller, &mut turn);
        for _ in 0..count {
            let Some(api) = self.usual(profile.who, calls, &caller, turn.random) else {
                return 0;
            };
            turn.time = slot + signed(at);
            // A machine speaks of itself, the others of one thing after another.
            if !profile.who.is_one_thing() {
                turn.choice = match self.world.lasting {
                    Some(lasting) if profile.who.is_person() => {
                        lasting.choice(&caller.arn, turn.random)
                    }
                    Some(_) | None => turn.random.next(),
                };
            }
            self.call(profile, self.catalogue.get(api), &caller, &mut turn);
            at = (at + turn.random.below(gap + 1)).min(slot_secs - 1);
        }
        count
    }

    /// What chooses among functions and containers. Where little is run, it is
    /// always the same few, if it is the same tomorrow at all.
    fn chosen(&self, place: &Place<'_>, random: &mut Random) -> u64 {
        let choice = random.next();
        match self.world.lasting {
            Some(_) if !place.home && !place.is_global() => choice % 2,
            Some(_) | None => choice,
        }
    }

    /// One of the calls; in a long history one of those that the caller makes
    /// day after day.
    fn usual(
        &self,
        who: Who,
        calls: &Weighted<ApiId>,
        caller: &Caller,
        random: &mut Random,
    ) -> Option<ApiId> {
        let mut api = calls.pick(random)?;
        let Some(lasting) = self.world.lasting.filter(|_| who.is_person()) else {
            return Some(api);
        };
        for _ in 0..TRIES {
            if lasting.does(&caller.arn, self.catalogue.get(api).id, random) {
                break;
            }
            api = calls.pick(random)?;
        }
        Some(api)
    }

    /// How the caller got its session, now and then: the longer it lasts, the
    /// rarer it is seen to begin.
    fn arrive(&self, who: Who, caller: &Caller, turn: &mut Turn<'_, '_>) {
        let account = turn.place.account;
        match who {
            Who::Console if turn.random.chance(90) => self.sign_in(caller, account, turn),
            Who::Supplier if turn.random.chance(300) => {
                let outside = roles::supplier_outside(account, turn.time);
                let given = [
                    (VALUE, roles::SUPPLIER_ROLE),
                    (NAME, outside.session.as_str()),
                    (OTHER, "7f3e9a52c1d84b60"),
                ];
                let api = self.catalogue.named("AssumeRole.supplier");
                turn.write(api, &outside, Outcome::Success, &given);
            }
            Who::Pod(pod) if turn.random.chance(250) => {
                let outside = roles::pod_outside(account, pod, turn.time);
                let issuer = identity::cluster_issuer(account);
                let given = [
                    (VALUE, pod.role),
                    (NAME, caller.session.as_str()),
                    (OTHER, issuer.as_str()),
                ];
                let api = self.catalogue.named("AssumeRoleWithWebIdentity");
                turn.write(api, &outside, Outcome::Success, &given);
            }
            Who::Service(_)
            | Who::Instance
            | Who::Agent
            | Who::Node
            | Who::Function
            | Who::Task
            | Who::Pod(_)
            | Who::Linked(_)
            | Who::Console
            | Who::Terminal
            | Who::Pipeline
            | Who::Scanner
            | Who::Supplier
            | Who::Legacy => {}
        }
    }

    /// The two records of a sign-in through single sign-on.
    fn sign_in(&self, caller: &Caller, account: &Account, turn: &mut Turn<'_, '_>) {
        let role = caller.arn.split('/').nth(1).unwrap_or("");
        let arn = format!(
            "arn:aws:iam::{}:role/aws-reserved/sso.amazonaws.com/eu-central-1/{role}",
            account.id
        );
        let given = [(VALUE, arn.as_str()), (NAME, "a1b2c3d4e5f6")];
        let assertion = actors::signing_in(caller);
        let saml = self.catalogue.named("AssumeRoleWithSAML");
        turn.write(saml, &assertion, Outcome::Success, &given);
        turn.write(
            self.catalogue.named("ConsoleLogin.sso"),
            caller,
            Outcome::Success,
            &[],
        );
    }

    fn call(&self, profile: &Profile, api: &Api, caller: &Caller, turn: &mut Turn<'_, '_>) {
        let fault = api.fault.as_ref().map_or(0, |f| f.0);
        let outcome = if turn.random.chance(profile.denied_per_mille) {
            Outcome::Denied
        } else if turn.random.chance(fault) {
            Outcome::Usual
        } else {
            Outcome::Success
        };
        turn.write(api, caller, outcome, &[]);
    }
}

fn signed(secs: u64) -> i64 {
    i64::try_from(secs).unwrap_or(0)
}

/// A burst that is under way.
struct Turn<'t, 'e> {
    place: &'t Place<'t>,
    choice: u64,
    time: i64,
    random: &'t mut Random,
    emit: &'t mut Emit<'e>,
}

impl Turn<'_, '_> {
    fn write(&mut self, api: &Api, caller: &Caller, outcome: Outcome, given: &[(Field, &str)]) {
        let scope = Scope {
            account: self.place.account,
            region: self.place.region,
            time: self.time,
            choice: self.choice,
            arn: &caller.arn,
            session: &caller.session,
            given,
        };
        let mut record = Vec::with_capacity(2048);
        Call {
            api,
            caller,
            scope,
            outcome,
        }
        .write(self.random, &mut record);
        (self.emit)(self.random, self.time, &record);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Plan;
    use serde_json::Value;
    use std::collections::BTreeMap;

    /// Counts of event names in a place at a time, over many bursts.
    fn names(home: bool, time: i64) -> BTreeMap<String, usize> {
        let world = World::new(&Plan::default());
        let catalogue = Catalogue::new();
        let ordinary = Ordinary::new(&world, &catalogue);
        let account = world.production().unwrap();
        let region = if home { "eu-central-1" } else { GLOBAL_REGION };
        let place = Place {
            account,
            region,
            home,
        };
        let mood = ordinary.mood(&place, time);
        let mut random = Random::keyed(&[1]);
        let mut seen = BTreeMap::new();
        for _ in 0..3000 {
            ordinary.burst(
                &place,
                (&mood, time, 40),
                &mut random,
                &mut |_, _, record| {
                    let v: Value = serde_json::from_slice(record).unwrap();
                    assert_eq!(v["awsRegion"], region);
                    let source = v["eventSource"].as_str().unwrap();
                    let global =
                        ["iam.amazonaws.com", "organizations.amazonaws.com"].contains(&source);
                    assert!(!(home && global), "{v}");
                    *seen
                        .entry(v["eventName"].as_str().unwrap().to_owned())
                        .or_default() += 1;
                },
            );
        }
        seen
    }

    #[test]
    fn keys_and_roles_dominate_and_people_sleep() {
        // Monday, 2026-03-02, 10:00 and 23:30 UTC.
        let day = names(true, 1_772_445_600);
        let night = names(true, 1_772_494_200);
        let of = |seen: &BTreeMap<String, usize>, name: &str| seen.get(name).copied().unwrap_or(0);
        let mut ranked: Vec<_> = night.iter().collect();
        ranked.sort_by_key(|(_, n)| std::cmp::Reverse(**n));
        let top: Vec<_> = ranked
            .iter()
            .take(4)
            .map(|(name, _)| name.as_str())
            .collect();
        assert!(
            top.contains(&"AssumeRole") && top.contains(&"Decrypt"),
            "{top:?}"
        );
        assert!(of(&day, "DescribeAlarms") > 3 * of(&night, "DescribeAlarms"));
        assert!(day.len() > 60, "{}", day.len());
    }

    #[test]
    fn global_calls_are_in_the_global_region() {
        let seen = names(false, 1_772_445_600);
        assert!(seen.contains_key("GetRole") && seen.contains_key("ListRoles"));
    }
}
