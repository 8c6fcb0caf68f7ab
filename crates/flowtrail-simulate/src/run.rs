//! From a plan to files: slot after slot, each trail and each flow log in turn.

use crate::attacks::{Outpost, Script};
use crate::clock::{SLOT_SECS, first_slot};
use crate::cloudtrail::catalogue::Catalogue;
use crate::cloudtrail::{Diary, Load, NEW_REGION, Ordinary, Place, Spliced, Trail, TrailKey};
use crate::context::{CONTEXT_KEY, Context};
use crate::error::SimulateError;
use crate::flow::FlowLog;
use crate::history::{self, AnomalyLabel, LureLabel, Mute};
use crate::label::{LABELS_KEY, Label, NEGATIVES_KEY, NegativeLabel};
use crate::negatives;
use crate::outbox::{Outbox, Progress};
use crate::places::{self, PLACES_KEY};
use crate::plan::Plan;
use crate::store::Store;
use crate::world::{Organisation, World};
use serde::Serialize;
use std::collections::BTreeMap;

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The sums.
    pub totals: Progress,
    /// The attacks, in the order of time, as they stand in `labels.jsonl`.
    pub labels: Vec<Label>,
    /// Ordinary traffic that must not be found, as it stands in
    /// `negatives.jsonl`.
    pub negatives: Vec<NegativeLabel>,
    /// What no single record of a long history gives away, behind the attacks in
    /// `labels.jsonl`.
    pub anomalies: Vec<AnomalyLabel>,
    /// What looks like it, behind the others in `negatives.jsonl`.
    pub lures: Vec<LureLabel>,
    /// Whose logs they are.
    pub organisation: Organisation,
}

/// A trail, and how busy it is; `None` for a region that nobody uses.
type LoadedTrail<'a> = (Trail<'a>, Option<Load>);

/// A flow log with its lines a day and the sum of weights.
type LoadedFlowLog<'a> = (FlowLog<'a>, Option<(u64, u64)>);

/// Writes the logs of `plan` into `store`, and tells `progress` after each slot
/// of five minutes.
///
/// # Errors
/// If the plan cannot be carried out, before anything is written; or if the
/// store fails, in which case what was stored before stays there.
pub fn simulate(
    plan: &Plan,
    store: &mut dyn Store,
    progress: &mut dyn FnMut(Progress),
) -> Result<Summary, SimulateError> {
    plan.check()?;
    let world = World::new(plan);
    let catalogue = Catalogue::new();
    let ordinary = Ordinary::new(&world, &catalogue);
    let context = Context::of(&world);
    let mut script = Script::write(plan, (&world, &catalogue, &context));
    let planted = history::plant(plan, (&world, &catalogue), &mut script);
    let ordinary_lines = negatives::play(plan, &world);
    script.mix(ordinary_lines.lines);
    let labels = std::mem::take(&mut script.labels);
    let outposts = std::mem::take(&mut script.outposts);
    let mut trails = trails(plan, &world, &mut script, &outposts);
    let mut logs = flow_logs(plan, &world, &mut script, &outposts);
    silence(&planted.mutes, &mut trails, &mut logs);
    let mut out = Outbox::new(store, plan.gzip_level);
    out.progress.slots_total = u64::from(plan.hours) * 12;
    let first = first_slot(plan.start);
    let end = first + i64::from(plan.hours) * 3600 / SLOT_SECS;
    let mut diary = Diary::new(&world, &catalogue, plan);
    for slot in first..end {
        hand_out(diary.slot(slot), &mut trails);
        for (trail, load) in &mut trails {
            trail.slot(slot, (&ordinary, *load), &mut out)?;
        }
        for (log, load) in &mut logs {
            log.slot(slot, *load, &mut out)?;
        }
        out.progress.slots += 1;
        progress(out.progress);
    }
    for (trail, _) in &mut trails {
        trail.finish(end, &mut out)?;
    }
    for (log, _) in &mut logs {
        log.finish(end, &mut out)?;
    }
    let mut of_labels = lines(&labels)?;
    of_labels.extend(lines(&planted.anomalies)?);
    out.put_plain(LABELS_KEY, &of_labels)?;
    let mut of_negatives = lines(&ordinary_lines.labels)?;
    of_negatives.extend(lines(&planted.lures)?);
    out.put_plain(NEGATIVES_KEY, &of_negatives)?;
    out.put_plain(CONTEXT_KEY, context.yaml().as_bytes())?;
    if plan.history.is_some() {
        out.put_plain(PLACES_KEY, &places::database())?;
    }
    progress(out.progress);
    Ok(Summary {
        totals: out.progress,
        labels,
        negatives: ordinary_lines.labels,
        anomalies: planted.anomalies,
        lures: planted.lures,
        organisation: Organisation::describe(&world),
    })
}

/// Gives each trail the records of errands that belong to it.
fn hand_out(records: Vec<(TrailKey, Spliced)>, trails: &mut [LoadedTrail<'_>]) {
    if records.is_empty() {
        return;
    }
    let mut by_trail: BTreeMap<TrailKey, Vec<Spliced>> = BTreeMap::new();
    let mut by_account: BTreeMap<u64, u64> = BTreeMap::new();
    for (key, record) in records {
        *by_account.entry(key.0).or_default() += 1;
        by_trail.entry(key).or_default().push(record);
    }
    for (trail, _) in trails {
        let key = trail.place_key();
        if let Some(records) = by_trail.remove(&key) {
            trail.expect(records);
        }
        if let Some(records) = by_account.get(&key.0) {
            trail.make_way(*records);
        }
    }
}

fn lines<T: Serialize>(labels: &[T]) -> Result<Vec<u8>, SimulateError> {
    let mut out = Vec::new();
    for label in labels {
        serde_json::to_writer(&mut out, label)?;
        out.push(b'\n');
    }
    Ok(out)
}

/// A trail for each account in each region, and for each outpost.
fn trails<'a>(
    plan: &Plan,
    world: &'a World,
    script: &mut Script,
    outposts: &'a [Outpost],
) -> Vec<LoadedTrail<'a>> {
    let mut places = Vec::new();
    for account in &world.accounts {
        for (n, region) in world.regions.iter().enumerate() {
            places.push(Place {
                account,
                region: region.name,
                home: n == 0,
            });
        }
    }
    let weights = places.iter().map(Place::weight).sum();
    let load = Load {
        per_day: plan.events_per_day,
        weights,
    };
    let mut trails: Vec<LoadedTrail<'a>> = places
        .into_iter()
        .map(|place| {
            let spliced = script.events.remove(&(place.account.index, place.region));
            (
                Trail::new(world, place, spliced.unwrap_or_default()),
                Some(load),
            )
        })
        .collect();
    // The new region is silent until somebody moves in.
    trails.extend(world.accounts.iter().map(|account| {
        let place = Place {
            account,
            region: NEW_REGION,
            home: false,
        };
        let spliced = script.events.remove(&(account.index, NEW_REGION));
        (Trail::new(world, place, spliced.unwrap_or_default()), None)
    }));
    for outpost in outposts {
        let found = world.accounts.iter().find(|a| a.index == outpost.account);
        let spliced = script
            .events
            .remove(&(outpost.account, outpost.region.name));
        if let (Some(account), Some(spliced)) = (found, spliced) {
            let place = Place {
                account,
                region: outpost.region.name,
                home: false,
            };
            trails.push((Trail::new(world, place, spliced), None));
        }
    }
    // Regions in which nobody works but those of a script.
    for ((index, region), spliced) in std::mem::take(&mut script.events) {
        let found = world.accounts.iter().find(|a| a.index == index);
        if let Some(account) = found {
            let place = Place {
                account,
                region,
                home: false,
            };
            trails.push((Trail::new(world, place, spliced), None));
        }
    }
    trails
}

/// Tells trails and flow logs when they record nothing, or late.
fn silence(mutes: &[Mute], trails: &mut [LoadedTrail<'_>], logs: &mut [LoadedFlowLog<'_>]) {
    for mute in mutes {
        match mute {
            Mute::Trail {
                account,
                from,
                until,
            }
            | Mute::Late {
                account,
                from,
                until,
            } => {
                let lost = matches!(mute, Mute::Trail { .. });
                let home = |(trail, _): &&mut LoadedTrail<'_>| trail.is_home_of(*account);
                if let Some((trail, _)) = trails.iter_mut().find(home) {
                    trail.falls_silent((*from, *until), lost);
                }
            }
            Mute::Flow { log, from, until } => {
                let of = |(flow, _): &&mut LoadedFlowLog<'_>| flow.is(log);
                if let Some((flow, _)) = logs.iter_mut().find(of) {
                    flow.falls_silent((*from, *until));
                }
            }
        }
    }
}

/// A flow log for each VPC, and for each outpost.
fn flow_logs<'a>(
    plan: &Plan,
    world: &'a World,
    script: &mut Script,
    outposts: &'a [Outpost],
) -> Vec<LoadedFlowLog<'a>> {
    let weights = world.vpcs().map(|(_, v)| FlowLog::weight(v)).sum();
    let load = (plan.flows_per_day, weights);
    let Some(home) = world.regions.first().copied() else {
        return Vec::new();
    };
    let mut logs: Vec<LoadedFlowLog<'a>> = world
        .vpcs()
        .map(|(account, vpc)| {
            let spliced = script.lines.remove(&vpc.flow_log).unwrap_or_default();
            (
                FlowLog::new(world, (account, vpc, home), spliced),
                Some(load),
            )
        })
        .collect();
    for outpost in outposts {
        let found = world.accounts.iter().find(|a| a.index == outpost.account);
        let spliced = script.lines.remove(&outpost.vpc.flow_log);
        if let (Some(account), Some(spliced)) = (found, spliced) {
            let at = (account, &outpost.vpc, outpost.region);
            logs.push((FlowLog::new(world, at, spliced), None));
        }
    }
    logs
}

#[cfg(test)]
mod tests;
