//! What to generate.

use crate::attack::Attack;
use crate::error::SimulateError;
use crate::history::Anomaly;
use flowtrail_event::EventTime;

/// Raw bytes of an average CloudTrail record of this generator, its share of
/// the envelope included. Real ones are as large: 1,207 bytes over 1,679
/// records of an account in ordinary use.
const EVENT_BYTES: u64 = 1380;

/// Raw bytes of an average flow-log line of this generator.
const FLOW_BYTES: u64 = 246;

/// Which format the flow logs of the accounts are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FlowFormat {
    /// The default in the account of audit and CI, the custom one elsewhere.
    #[default]
    Mixed,
    /// Version 2 everywhere: no flags, no VPC, no packet addresses.
    Default,
    /// Every field everywhere.
    Custom,
}

/// Everything that decides what is written: equal plans make equal files.
///
/// ```
/// use flowtrail_simulate::Plan;
/// let plan = Plan { seed: 9, ..Plan::sized(50_000_000) };
/// assert!(plan.check().is_ok());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Changes every name, address, time and choice.
    pub seed: u64,
    /// The first instant, rounded down to five minutes.
    pub start: EventTime,
    /// How long, in hours; at least [`Plan::ATTACK_HOURS_MIN`] if there are
    /// attacks, at most [`Plan::HOURS_MAX`].
    pub hours: u32,
    /// 1 to [`Plan::ACCOUNTS_MAX`].
    pub accounts: u32,
    /// Regions with a trail, 2 to 6. Flow logs are written in the first.
    pub regions: u32,
    /// Whether keys have the folder of an organisation trail.
    pub organization: bool,
    /// CloudTrail records a day, over all accounts and regions.
    pub events_per_day: u64,
    /// Flow-log lines a day, over all VPCs.
    pub flows_per_day: u64,
    /// The format of the flow logs.
    pub flow_format: FlowFormat,
    /// The attacks, which are carried out in the order of [`Attack::ALL`] in
    /// the second half of the time, so that what is usual can be learnt first.
    /// One that is named twice is carried out twice.
    pub attacks: Vec<Attack>,
    /// 1 (fast) to 9 (small).
    pub gzip_level: u32,
    /// Makes a long history of it, in which today is as yesterday was.
    pub history: Option<History>,
}

/// A long history: people and machines do what they did the day before, and
/// what changes does so for a reason, so that what is unusual can be told from
/// what is not. Outside of the organisation stand networks of `240.0.0.0/4`,
/// because those of the documentation ranges cannot be told apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct History {
    /// What is planted that no single record gives away, spread over the days
    /// after the first [`Plan::LEARNING_DAYS`]. One that is named twice is
    /// carried out twice.
    pub anomalies: Vec<Anomaly>,
}

impl Plan {
    /// As many accounts as there are fictitious teams for.
    pub const ACCOUNTS_MAX: usize = 32;
    /// Two years: longer than any baseline remembers.
    pub const HOURS_MAX: u32 = 2 * 366 * 24;
    /// Days of a long history in which nothing unusual is planted, so that what
    /// is usual can be learnt.
    pub const LEARNING_DAYS: i64 = 15;
    /// The shortest long history.
    pub const HISTORY_DAYS_MIN: u32 = 28;
    /// Below this, attacks would not fit one after another.
    pub const ATTACK_HOURS_MIN: u32 = 6;
    /// Records or lines a day; beyond it one five-minute batch would have to
    /// be held in memory by the gigabyte.
    pub const PER_DAY_MAX: u64 = 1_000_000_000;

    /// The plan, if it can be carried out.
    ///
    /// # Errors
    /// [`SimulateError::Plan`] says which number is out of its range.
    pub fn check(&self) -> Result<(), SimulateError> {
        let hours_min = match (&self.history, self.attacks.is_empty()) {
            (Some(_), _) => u64::from(Self::HISTORY_DAYS_MIN) * 24,
            (None, false) => u64::from(Self::ATTACK_HOURS_MIN),
            (None, true) => 1,
        };
        let accounts_max = u64::try_from(Self::ACCOUNTS_MAX).unwrap_or(u64::MAX);
        let ranges = [
            (
                "hours",
                u64::from(self.hours),
                hours_min,
                u64::from(Self::HOURS_MAX),
            ),
            ("accounts", u64::from(self.accounts), 1, accounts_max),
            ("regions", u64::from(self.regions), 2, 6),
            ("events_per_day", self.events_per_day, 0, Self::PER_DAY_MAX),
            ("flows_per_day", self.flows_per_day, 0, Self::PER_DAY_MAX),
            ("gzip_level", u64::from(self.gzip_level), 1, 9),
        ];
        for (what, value, min, max) in ranges {
            if !(min..=max).contains(&value) {
                return Err(SimulateError::Plan {
                    what,
                    value,
                    min,
                    max,
                });
            }
        }
        // 1970 to 9999: outside of it a time has no four-digit year.
        if !(0..250_000_000_000).contains(&self.start.secs()) {
            return Err(SimulateError::Start { start: self.start });
        }
        Ok(())
    }

    /// A long history of three accounts with about one and a half million
    /// CloudTrail records and ten million flow-log lines in ninety days, in which
    /// every kind of [`Anomaly`] is planted, and a third of them twice.
    ///
    /// ```
    /// use flowtrail_simulate::Plan;
    /// let plan = Plan::history(90, 7);
    /// assert!(plan.check().is_ok());
    /// assert!(plan.history.is_some_and(|h| h.anomalies.len() > 40));
    /// ```
    #[must_use]
    pub fn history(days: u32, seed: u64) -> Self {
        let again = (seed..).zip(Anomaly::ALL);
        let again = again.filter(|(n, _)| n % 3 == 0).map(|(_, a)| a);
        Self {
            seed,
            hours: days.saturating_mul(24),
            events_per_day: 16_700,
            flows_per_day: 112_000,
            attacks: Vec::new(),
            gzip_level: 1,
            history: Some(History {
                anomalies: Anomaly::ALL.into_iter().chain(again).collect(),
            }),
            ..Self::default()
        }
    }

    /// The same with about `bytes` of logs before compression: 38 GB in ninety
    /// days are ten million CloudTrail records and a hundred million flow-log
    /// lines.
    #[must_use]
    pub fn history_sized(days: u32, seed: u64, bytes: u64) -> Self {
        let days_min = u64::from(days.max(1));
        Self {
            events_per_day: bytes / 100 * 36 / EVENT_BYTES / days_min,
            flows_per_day: bytes / 100 * 64 / FLOW_BYTES / days_min,
            ..Self::history(days, seed)
        }
    }

    /// A plan whose logs are about `bytes` long before compression, four fifths
    /// of them CloudTrail. Small ones are short, large ones have more accounts
    /// and days, and the largest ones are busier.
    #[must_use]
    pub fn sized(bytes: u64) -> Self {
        let events = bytes / 5 * 4 / EVENT_BYTES;
        let flows = bytes / 5 / FLOW_BYTES;
        let (days, accounts, regions) = match bytes {
            0..20_000_000 => (2, 3, 3),
            20_000_000..200_000_000 => (7, 3, 3),
            200_000_000..2_000_000_000 => (14, 7, 4),
            2_000_000_000.. => (30, 15, 5),
        };
        Self {
            hours: days * 24,
            accounts,
            regions,
            events_per_day: events / u64::from(days),
            flows_per_day: flows / u64::from(days),
            gzip_level: if bytes < 20_000_000 { 6 } else { 1 },
            ..Self::default()
        }
    }
}

impl Default for Plan {
    /// The small sample: two days of an organisation with three accounts, and
    /// one intrusion from the first guessed password to the copied data.
    fn default() -> Self {
        Self {
            seed: 7,
            // 2026-03-02, a Monday.
            start: EventTime::from_secs(1_772_409_600),
            hours: 48,
            accounts: 3,
            regions: 3,
            organization: true,
            events_per_day: 1300,
            flows_per_day: 2500,
            flow_format: FlowFormat::Mixed,
            attacks: vec![
                Attack::ConsoleBruteForce,
                Attack::BackdoorUser,
                Attack::GuarddutyOff,
                Attack::StopLogging,
                Attack::OpenSecurityGroup,
                Attack::StolenInstanceCredentials,
                Attack::SecretsSweep,
                Attack::CrossEnvTraffic,
                Attack::ShareSnapshot,
                Attack::Exfiltration,
            ],
            gzip_level: 6,
            history: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The default plan after a change.
    fn changed(change: fn(&mut Plan)) -> Result<(), SimulateError> {
        let mut plan = Plan::default();
        change(&mut plan);
        plan.check()
    }

    #[test]
    fn what_is_out_of_range_is_named() {
        type Change = fn(&mut Plan);
        let bad: [(Change, &str); 8] = [
            (|p| (p.hours, p.attacks) = (0, vec![]), "hours"),
            (|p| p.hours = 5, "hours"),
            (|p| p.hours = u32::MAX, "hours"),
            (|p| p.accounts = 0, "accounts"),
            (|p| p.accounts = 33, "accounts"),
            (|p| p.regions = 1, "regions"),
            (|p| p.gzip_level = 0, "gzip_level"),
            (|p| p.flows_per_day = u64::MAX, "flows_per_day"),
        ];
        for (change, what) in bad {
            let error = changed(change).unwrap_err().to_string();
            assert!(error.contains(what), "{what}: {error}");
        }
        assert!(changed(|p| p.start = EventTime(-1)).is_err());
        assert!(changed(|p| p.start = EventTime(i64::MAX)).is_err());
        assert!(changed(|p| (p.hours, p.attacks) = (1, vec![])).is_ok());
    }

    #[test]
    fn every_size_is_a_plan() {
        for bytes in [
            0,
            1,
            1_000,
            1_000_000,
            100_000_000,
            1_000_000_000,
            50_000_000_000,
        ] {
            assert!(Plan::sized(bytes).check().is_ok(), "{bytes}");
        }
        assert!(Plan::default().check().is_ok());
        let full = Plan::history_sized(90, 1, 38_000_000_000);
        assert!(full.check().is_ok());
        assert!((9_500_000..10_500_000).contains(&(full.events_per_day * 90)));
        assert!((95_000_000..105_000_000).contains(&(full.flows_per_day * 90)));
    }

    #[test]
    fn the_sample_begins_on_a_monday() {
        let start = Plan::default().start;
        assert_eq!(start.to_string(), "2026-03-02T00:00:00Z");
        assert_eq!(start.civil().weekday, 0);
    }
}
