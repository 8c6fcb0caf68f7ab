//! One flow log: its lines by the slot in which they end, and its files.

use super::format::Format;
use super::line::{Gap, Line, Owner};
use super::routine;
use super::traffic::Chatter;
use crate::clock::{SLOT_SECS, count};
use crate::error::SimulateError;
use crate::outbox::Outbox;
use crate::plan::FlowFormat;
use crate::random::{Random, hash_text};
use crate::text::{self, Alphabet, collected, named};
use crate::world::{Account, Environment, Interface, Purpose, Region, Vpc, World};
use std::collections::VecDeque;

/// Lines in a file of a quiet VPC.
const CLUMP: u64 = 60;

/// Lines a day, over all VPCs, below which a log is too small for what machines
/// do every night.
const ROUTINE_PER_DAY: u64 = 500;

/// Bytes after which a file is full; AWS stops at 75 MB.
const FILE_BYTES: usize = 64 << 20;

/// A line of an attack, waiting for its time.
#[derive(Debug, Clone)]
pub(crate) struct SplicedLine {
    /// The `end`, in seconds since 1970, which decides the file.
    pub(crate) end: i64,
    /// With its line feed.
    pub(crate) line: Vec<u8>,
}

/// A flow log of one VPC.
pub(crate) struct FlowLog<'a> {
    account: &'a Account,
    vpc: &'a Vpc,
    region: Region,
    world: &'a World,
    spliced: VecDeque<SplicedLine>,
    /// First seconds and those behind the last, in which nothing is recorded.
    silences: Vec<(i64, i64)>,
}

impl<'a> FlowLog<'a> {
    /// A flow log whose attacks are `spliced`, in the order of their end.
    pub(crate) fn new(
        world: &'a World,
        (account, vpc, region): (&'a Account, &'a Vpc, Region),
        spliced: Vec<SplicedLine>,
    ) -> Self {
        Self {
            account,
            vpc,
            region,
            world,
            spliced: spliced.into(),
            silences: Vec::new(),
        }
    }

    /// Whether its id is that.
    pub(crate) fn is(&self, id: &str) -> bool {
        self.vpc.flow_log == id
    }

    /// Records nothing between these seconds.
    pub(crate) fn falls_silent(&mut self, times: (i64, i64)) {
        self.silences.push(times);
    }

    /// Unless the plan says otherwise, the account of audit and CI is the one
    /// that never changed the default.
    pub(crate) fn format(world: &World, account: &Account) -> Format {
        match (world.flow_format, account.purpose) {
            (FlowFormat::Default, _) | (FlowFormat::Mixed, Purpose::Core) => Format::Default,
            (FlowFormat::Custom, _)
            | (FlowFormat::Mixed, Purpose::Production | Purpose::NonProduction) => Format::Custom,
        }
    }

    fn own_format(&self) -> Format {
        Self::format(self.world, self.account)
    }

    /// The share of all lines, relative to other VPCs.
    pub(crate) fn weight(vpc: &Vpc) -> u64 {
        match vpc.environment {
            Environment::Production => 60,
            Environment::Staging => 20,
            Environment::Development => 12,
            Environment::Shared => 8,
        }
    }

    /// Writes the file of a slot. `load` is lines a day and the sum of weights;
    /// `None` where nothing ordinary happens.
    pub(crate) fn slot(
        &mut self,
        slot: i64,
        load: Option<(u64, u64)>,
        out: &mut Outbox<'_>,
    ) -> Result<(), SimulateError> {
        let keys = [
            self.world.seed,
            hash_text(&self.vpc.flow_log),
            u64::try_from(slot).unwrap_or(0),
        ];
        let mut random = Random::keyed(&keys);
        let begins = slot * SLOT_SECS;
        let silent = |(from, until): &(i64, i64)| (*from..*until).contains(&begins);
        if self.silences.iter().any(silent) {
            self.splice((slot + 1) * SLOT_SECS, &mut Vec::new());
            return Ok(());
        }
        let wanted = load.map_or(0, |(per_day, weights)| {
            count(
                per_day,
                (Self::weight(self.vpc), weights),
                slot,
                CLUMP,
                &mut random,
            )
        });
        let mut file = Vec::new();
        let mut lines = 0;
        if load.is_some_and(|(per_day, _)| per_day >= ROUTINE_PER_DAY) {
            lines = self.routine(slot, &mut random, &mut file);
        }
        let interval_secs = self.own_format().interval_secs();
        let mut chatter =
            Chatter::new(self.vpc, &self.world.people, interval_secs).lasting(self.world.lasting);
        while lines < wanted {
            // Where every attempt fails, an empty slot is the end of it.
            let spoken = chatter.lines(slot * SLOT_SECS, &mut random);
            lines += self.append(spoken, &mut file).max(1);
            if file.len() > FILE_BYTES {
                self.write(slot, std::mem::take(&mut file), &mut random, out)?;
            }
        }
        if wanted > 0 {
            self.gap(slot, &mut random, &mut file);
        }
        self.splice((slot + 1) * SLOT_SECS, &mut file);
        self.write(slot, file, &mut random, out)
    }

    /// Writes what is left after the last slot.
    pub(crate) fn finish(&mut self, slot: i64, out: &mut Outbox<'_>) -> Result<(), SimulateError> {
        let mut at = slot;
        while !self.spliced.is_empty() {
            self.slot(at, None, out)?;
            at += 1;
        }
        Ok(())
    }

    fn owner(&self, interface: &'a Interface) -> Owner<'a> {
        Owner {
            account: self.account,
            vpc: self.vpc,
            region: self.region,
            interface,
        }
    }

    /// What machines do at this hour.
    fn routine(&self, slot: i64, random: &mut Random, file: &mut Vec<u8>) -> u64 {
        let lines = routine::lines(self.vpc, self.world.seed, slot * SLOT_SECS, random);
        self.append(lines, file)
    }

    /// Appends lines and returns how many.
    fn append(&self, lines: Vec<(&'a Interface, Line)>, file: &mut Vec<u8>) -> u64 {
        let format = self.own_format();
        let count = lines.len();
        for (interface, line) in lines {
            line.write(&self.owner(interface), format, file);
        }
        u64::try_from(count).unwrap_or(u64::MAX)
    }

    /// Idle interfaces write `NODATA`, and very rarely AWS loses an interval.
    fn gap(&self, slot: i64, random: &mut Random, file: &mut Vec<u8>) {
        let gap = match random.below(1000) {
            0..60 => Gap::NoData,
            60..63 => Gap::SkipData,
            _ => return,
        };
        let Some(interface) = random.pick(&self.vpc.interfaces) else {
            return;
        };
        let format = self.own_format();
        let secs = i64::try_from(format.interval_secs().min(240)).unwrap_or(60);
        let start = slot * SLOT_SECS;
        self.owner(interface)
            .write_gap(gap, (start, start + secs - 1), format, file);
    }

    fn splice(&mut self, before: i64, file: &mut Vec<u8>) {
        while self.spliced.front().is_some_and(|s| s.end < before) {
            if let Some(next) = self.spliced.pop_front() {
                file.extend_from_slice(&next.line);
            }
        }
    }

    fn write(
        &self,
        slot: i64,
        file: Vec<u8>,
        random: &mut Random,
        out: &mut Outbox<'_>,
    ) -> Result<(), SimulateError> {
        if file.is_empty() {
            return Ok(());
        }
        let raw = shuffled(&self.own_format().header(), &file, random);
        let lines = file.iter().filter(|b| **b == b'\n').count();
        out.progress.flows += u64::try_from(lines).unwrap_or(0);
        let (id, region, at) = (&self.account.id, self.region.name, slot * SLOT_SECS);
        let date = collected(|o| text::date_path(o, at));
        let stamp = collected(|o| text::minute_stamp(o, at));
        let unique = named(Alphabet::Hex, 8, random);
        let key = format!(
            "AWSLogs/{id}/vpcflowlogs/{region}/{date}/{id}_vpcflowlogs_{region}_{}_{stamp}_{unique}.log.gz",
            self.vpc.flow_log
        );
        out.put_gzip(&key, &raw)
    }
}

/// The header, then the lines in no order: AWS sorts nothing, and an attack
/// must not always be the last.
fn shuffled(header: &str, file: &[u8], random: &mut Random) -> Vec<u8> {
    let mut lines: Vec<&[u8]> = file.split_inclusive(|b| *b == b'\n').collect();
    for last in (1..lines.len()).rev() {
        let n = u64::try_from(last).unwrap_or(0) + 1;
        lines.swap(last, usize::try_from(random.below(n)).unwrap_or(last));
    }
    let mut raw = Vec::with_capacity(header.len() + file.len());
    raw.extend_from_slice(header.as_bytes());
    lines.iter().for_each(|l| raw.extend_from_slice(l));
    raw
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shuffling_keeps_every_line() {
        let mut random = Random::keyed(&[1]);
        let raw = shuffled("h\n", b"a\nb\nc\nd\ne\nf\ng\n", &mut random);
        let mut lines: Vec<_> = std::str::from_utf8(&raw).unwrap().lines().collect();
        assert_eq!(lines[0], "h");
        assert_ne!(lines, ["h", "a", "b", "c", "d", "e", "f", "g"]);
        lines.sort_unstable();
        assert_eq!(lines, ["a", "b", "c", "d", "e", "f", "g", "h"]);
    }
}
