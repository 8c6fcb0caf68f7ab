//! Reads a key name by name. A fact that was found stays: what is left out at a
//! folder would be left out at everything below it, so that a descent that
//! turns back there misses nothing that the keys alone would have admitted.

use flowtrail_event::EventTime;

use super::day::{Day, instant};
use super::{LogKind, Place};

/// Whose way of making folders it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Scheme {
    /// Somebody's: days may be those of another zone, accounts those of anybody.
    #[default]
    Unknown,
    /// AWS's own: days are those of the delivery.
    Aws,
    /// That of `flowtrail compact`: days and accounts are those of the records.
    Compacted,
}

/// What the next name would be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Next {
    /// Still in front of the layout.
    #[default]
    Front,
    /// An organisation or an account.
    Owner,
    Account,
    Service,
    Region,
    Year,
    Month,
    Day,
    Hour,
    /// One more `key=value`.
    Pair,
    /// What follows the table of a compacted copy, in this order.
    CopyAccount,
    CopyRegion,
    CopyDay,
    /// Nothing that is known.
    Lost,
}

/// What is known at some folder or file.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Facts<'k> {
    pub(crate) scheme: Scheme,
    pub(crate) log: Option<LogKind>,
    pub(crate) account: Option<&'k str>,
    pub(crate) region: Option<&'k str>,
    pub(crate) written: Option<EventTime>,
    organisation: Option<&'k str>,
    year: Option<u16>,
    month: Option<u8>,
    day: Option<u8>,
    hour: Option<u8>,
    next: Next,
}

/// Where in the path of a source a layout begins that is known; its end, where
/// none does.
///
/// What stands in front of it was chosen by whoever put the logs there: the day
/// on which a case was opened, the region that a lake lies in. It is about the
/// source, and says nothing of the records below it.
pub(crate) fn begins(source: &str) -> usize {
    let is_table = |name: &str| {
        let table = name.strip_prefix("table=");
        table.is_some_and(|t| LogKind::of_table(t).is_some())
    };
    let mut at = 0;
    for name in source.split('/') {
        if name == "AWSLogs" || is_table(name) {
            return at;
        }
        at += name.len() + 1;
    }
    source.len()
}

impl<'k> Facts<'k> {
    /// Reads the path of a folder, with or without a slash at its end.
    pub(crate) fn of_folder(path: &'k str) -> Self {
        let mut facts = Self::default();
        // A prefix that was configured with a slash makes an empty name.
        for name in path.split('/').filter(|n| !n.is_empty()) {
            facts.enter(name);
        }
        facts
    }

    /// Reads the key of an object.
    pub(crate) fn of_key(key: &'k str) -> Self {
        let (folder, file) = key.rsplit_once('/').unwrap_or(("", key));
        Self::of_folder(folder).with_file(file)
    }

    /// What the name of a file adds, where the folders do not contradict it.
    pub(crate) fn with_file(mut self, name: &'k str) -> Self {
        let Some(file) = FileName::read(name).filter(|_| self.scheme != Scheme::Compacted) else {
            return self;
        };
        let agrees = self.log.is_none_or(|l| l == file.log)
            && self.account.is_none_or(|a| a == file.account)
            && self.region.is_none_or(|r| r == file.region)
            && self
                .span()
                .is_none_or(|(from, to)| from <= file.written && file.written < to);
        if agrees {
            self.scheme = Scheme::Aws;
            self.log = Some(file.log);
            self.account = Some(file.account);
            self.region = Some(file.region);
            self.written = Some(file.written);
        }
        self
    }

    /// The time that the folders name, from midnight (or an hour) to where it
    /// ends.
    pub(crate) fn span(&self) -> Option<(EventTime, EventTime)> {
        let year = self.year?;
        let Some(month) = self.month else {
            return Some((instant(year, 1, 1, 0, 0)?, instant(year + 1, 1, 1, 0, 0)?));
        };
        let Some(day) = self.day else {
            let (next_year, next_month) = if month == 12 {
                (year + 1, 1)
            } else {
                (year, month + 1)
            };
            let from = instant(year, month, 1, 0, 0)?;
            return Some((from, instant(next_year, next_month, 1, 0, 0)?));
        };
        if let Some(hour) = self.hour {
            let from = instant(year, month, day, hour, 0)?;
            return Some((from, EventTime(from.0 + 3_600_000)));
        }
        let day = Day::new(year, month, day)?;
        Some((day.begins(), day.ends()))
    }

    /// Whether no further folders are to be expected, so that everything below
    /// is asked for in one go.
    pub(crate) fn is_innermost(&self) -> bool {
        let day = self.day.is_some();
        match self.log {
            Some(LogKind::Flow) => self.hour.is_some(),
            Some(
                LogKind::CloudTrail
                | LogKind::Insight
                | LogKind::NetworkActivity
                | LogKind::Aggregated
                | LogKind::Digest
                | LogKind::VpcFlow
                | LogKind::TgwFlow,
            ) => day,
            Some(LogKind::Foreign) | None => false,
        }
    }

    /// The same, to be kept.
    pub(crate) fn place(&self) -> Place {
        let day = self.year.zip(self.month).zip(self.day);
        Place {
            log: self.log,
            organisation: self.organisation.map(str::to_owned),
            account: self.account.map(str::to_owned),
            region: self.region.map(str::to_owned),
            day: day.and_then(|((year, month), day)| Day::new(year, month, day)),
            hour: self.hour,
            written: self.written,
        }
    }

    fn enter(&mut self, name: &'k str) {
        if name == "AWSLogs" && self.leaves_nothing_out() {
            *self = Self {
                scheme: Scheme::Aws,
                next: Next::Owner,
                ..Self::default()
            };
        } else if let Some((key, value)) = name.split_once('=') {
            let in_copy = matches!(
                self.next,
                Next::CopyAccount | Next::CopyRegion | Next::CopyDay
            );
            if in_copy {
                self.next = self.copy(key, value);
            }
            if !in_copy || self.next == Next::Pair {
                self.pair(key, value);
            }
        } else {
            self.next = self.plain(name).unwrap_or(Next::Lost);
        }
    }

    /// Whether nothing is known yet that could turn a descent back.
    pub(crate) fn leaves_nothing_out(&self) -> bool {
        let believed = self.scheme != Scheme::Unknown;
        let known = self.account.is_some() || self.region.is_some();
        self.log.is_none() && self.year.is_none() && !(believed && known)
    }

    /// A name of AWS's ordinary layout: what it is, and what comes next.
    fn plain(&mut self, name: &'k str) -> Option<Next> {
        match self.next {
            Next::Front => Some(Next::Front),
            Next::Owner if is_organisation(name) => {
                self.organisation = Some(name);
                Some(Next::Account)
            }
            Next::Owner | Next::Account => {
                self.account = Some(account(name)?);
                Some(Next::Service)
            }
            Next::Service => {
                let log = LogKind::of_folder(name)?;
                self.log = Some(log);
                (log != LogKind::Foreign).then_some(Next::Region)
            }
            Next::Region => {
                self.region = Some(region(name)?);
                Some(Next::Year)
            }
            Next::Year => {
                self.year = Some(year(name)?);
                Some(Next::Month)
            }
            Next::Month => {
                self.month = Some(two_digits(name, 1, 12)?);
                Some(Next::Day)
            }
            Next::Day => {
                self.set_day(name)?;
                Some(Next::Hour)
            }
            Next::Hour if self.log == Some(LogKind::Flow) => {
                self.hour = Some(two_digits(name, 0, 23)?);
                None
            }
            Next::Hour
            | Next::Pair
            | Next::CopyAccount
            | Next::CopyRegion
            | Next::CopyDay
            | Next::Lost => None,
        }
    }

    /// A name below the table of a compacted copy. Another one says nothing.
    fn copy(&mut self, key: &str, value: &'k str) -> Next {
        match (self.next, key) {
            (Next::CopyAccount, "account") => {
                self.account = account(value);
                Next::CopyRegion
            }
            (Next::CopyRegion, "region") => {
                self.region = region(value);
                Next::CopyDay
            }
            (Next::CopyDay, "day") => {
                self.some_day(value);
                Next::Lost
            }
            // Somebody else has a table of that name.
            (Next::CopyAccount, _) => {
                self.scheme = Scheme::Unknown;
                Next::Pair
            }
            _ => Next::Lost,
        }
    }

    /// A name of a Hive layout. One that is not known says nothing.
    fn pair(&mut self, key: &'k str, value: &'k str) {
        self.next = match self.next {
            Next::Front => Next::Front,
            Next::Owner | Next::Account | Next::Pair => Next::Pair,
            Next::CopyAccount
            | Next::CopyRegion
            | Next::CopyDay
            | Next::Service
            | Next::Region
            | Next::Year
            | Next::Month
            | Next::Day
            | Next::Hour
            | Next::Lost => {
                self.next = Next::Lost;
                return;
            }
        };
        match key.to_ascii_lowercase().replace('_', "-").as_str() {
            "table" if self.leaves_nothing_out() => {
                if let Some(log) = LogKind::of_table(value) {
                    *self = Self {
                        scheme: Scheme::Compacted,
                        log: Some(log),
                        next: Next::CopyAccount,
                        ..Self::default()
                    };
                }
            }
            "aws-service" if self.log.is_none() => self.log = LogKind::of_folder(value),
            "aws-account-id" | "account" | "account-id" | "accountid" => {
                self.account = self.account.or_else(|| account(value));
            }
            "aws-region" | "region" => self.region = self.region.or_else(|| region(value)),
            "year" if self.year.is_none() => self.year = year(value),
            "month" if self.year.is_some() && self.month.is_none() => {
                self.month = two_digits(value, 1, 12);
            }
            "day" | "date" | "dt" if self.day.is_none() => self.some_day(value),
            "hour" if self.day.is_some() && self.hour.is_none() => {
                self.hour = two_digits(value, 0, 23);
            }
            _ => {}
        }
    }

    /// `01` below a month, or `2026-03-01` by itself.
    fn some_day(&mut self, value: &str) {
        if self.month.is_some() {
            let _no_such_day = self.set_day(value);
        } else if let Some((y, m, d)) = date(value).filter(|_| self.year.is_none()) {
            (self.year, self.month, self.day) = (Some(y), Some(m), Some(d));
        }
    }

    fn set_day(&mut self, value: &str) -> Option<()> {
        let day = two_digits(value, 1, 31)?;
        Day::new(self.year?, self.month?, day)?;
        self.day = Some(day);
        Some(())
    }
}

/// What the name of a file says: `account_service_region_…_yyyyMMddTHHmmZ_….gz`.
#[derive(Debug, Clone, Copy)]
struct FileName<'k> {
    account: &'k str,
    log: LogKind,
    region: &'k str,
    written: EventTime,
}

impl<'k> FileName<'k> {
    fn read(name: &'k str) -> Option<Self> {
        let mut parts = name.split('_');
        let account = account(parts.next()?)?;
        let log = LogKind::of_folder(parts.next()?).filter(|l| *l != LogKind::Foreign)?;
        let region = region(parts.next()?)?;
        // Names of trails, in those of digests, have underscores of their own.
        let written = parts.find_map(|p| stamp(p.split('.').next().unwrap_or(p)))?;
        Some(Self {
            account,
            log,
            region,
            written,
        })
    }
}

/// `20260301T0005Z`, or with seconds, which are passed over.
fn stamp(text: &str) -> Option<EventTime> {
    let (date, clock) = text.strip_suffix('Z')?.split_once('T')?;
    if date.len() != 8 || !matches!(clock.len(), 4 | 6) {
        return None;
    }
    let mut whole = *b"yyyyMMddTHHmm00Z";
    whole.get_mut(..8)?.copy_from_slice(date.as_bytes());
    whole
        .get_mut(9..13)?
        .copy_from_slice(clock.as_bytes().get(..4)?);
    EventTime::parse(&whole)
}

fn account(name: &str) -> Option<&str> {
    (name.len() == 12 && name.bytes().all(|b| b.is_ascii_digit())).then_some(name)
}

/// `o-` and what the Organizations API allows behind it; shorter ones occur in
/// examples.
fn is_organisation(name: &str) -> bool {
    let id = name.strip_prefix("o-").unwrap_or("");
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    (1..=32).contains(&id.len()) && id.bytes().all(fits)
}

/// `us-east-1`, `us-gov-west-1`, `eusc-de-east-1`.
fn region(name: &str) -> Option<&str> {
    let (area, number) = name.rsplit_once('-')?;
    let words = area.split('-').filter(|w| !w.is_empty());
    let letters = area.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    let numbered = (1..=2).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    (letters && numbered && words.count() >= 2 && name.len() <= 32).then_some(name)
}

fn year(name: &str) -> Option<u16> {
    let digits = name.len() == 4 && name.bytes().all(|b| b.is_ascii_digit());
    // The year after has to have four digits, too.
    name.parse()
        .ok()
        .filter(|y| digits && (1970..9999).contains(y))
}

/// With a zero in front, or without as some write it.
fn two_digits(name: &str, min: u8, max: u8) -> Option<u8> {
    let digits = name.len() <= 2 && name.bytes().all(|b| b.is_ascii_digit());
    name.parse()
        .ok()
        .filter(|n| digits && (min..=max).contains(n))
}

fn date(text: &str) -> Option<(u16, u8, u8)> {
    let mut parts = text.splitn(3, '-');
    let year = year(parts.next()?)?;
    let month = two_digits(parts.next()?, 1, 12)?;
    let day = two_digits(parts.next()?, 1, 31)?;
    Day::new(year, month, day)?;
    Some((year, month, day))
}
