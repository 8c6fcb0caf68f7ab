//! What lasts in long histories: each of the staff works at their own hours,
//! from their own places, with their own machine, on their own things; and what
//! changes does so for a reason: leave, a journey, another line, an upgrade.

use super::internet::{Provider, Sort};
use super::people::Person;
use crate::random::{Random, hash, hash_text};
use std::net::Ipv4Addr;

const DAY: i64 = 86_400;

/// Seconds after which programs on laptops are replaced by their next version.
const RELEASES_SECS: i64 = 28 * DAY;

/// What a long history has that a sample has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lasting {
    pub(crate) seed: u64,
    /// The first second, since 1970.
    pub(crate) start: i64,
    pub(crate) days: i64,
}

/// How many in a thousand of what there is belong to somebody's work.
const OWN_PER_MILLE: u64 = 450;

/// How many in a thousand of what can be asked for stand in code.
const WRITTEN_PER_MILLE: u64 = 220;

/// Calls in a thousand of a person that are none of the usual ones.
const NEWS_PER_MILLE: u64 = 2;

impl Lasting {
    /// Whether something is among what somebody does day after day.
    pub(crate) fn is_own(&self, who: &str, what: &str) -> bool {
        hash(&[self.seed, hash_text(who), hash_text(what)]) % 1000 < OWN_PER_MILLE
    }

    /// Whether something belongs to what is described in code and asked for with
    /// every plan.
    pub(crate) fn is_written_down(&self, account: &str, what: &str) -> bool {
        hash(&[self.seed, hash_text(account), hash_text(what), 9]) % 1000 < WRITTEN_PER_MILLE
    }

    /// Whether somebody does that now: what is usual, and seldom something else.
    pub(crate) fn does(&self, who: &str, what: &str, random: &mut Random) -> bool {
        self.is_own(who, what) || random.chance(NEWS_PER_MILLE)
    }

    /// Which resources somebody deals with: few, and seldom another one.
    pub(crate) fn choice(&self, who: &str, random: &mut Random) -> u64 {
        if random.chance(NEWS_PER_MILLE) {
            return random.next();
        }
        hash(&[self.seed, hash_text(who), random.below(3)])
    }

    /// Two in three work in an account, and one of them often; whoever runs or
    /// watches everything works in all.
    pub(crate) fn share(&self, person: &Person, account: &str) -> u64 {
        if matches!(person.permission_set, "PlatformAdmin" | "SecurityAudit") {
            return 6;
        }
        match hash(&[self.seed, hash_text(person.name), hash_text(account)]) % 3 {
            0 => 10,
            1 => 4,
            _ => 0,
        }
    }

    /// The day that is so many thousandths of the way through.
    pub(crate) const fn at_per_mille(&self, per_mille: i64) -> i64 {
        self.start + self.days * per_mille / 1000 * DAY
    }

    /// When the first office gets another line.
    pub(crate) fn office_moves(&self) -> i64 {
        let late = i64::try_from(hash(&[self.seed, 0x6f66_6669]) % 200).unwrap_or(0);
        // At night.
        self.at_per_mille(350 + late) + 3600
    }

    /// The line that the first office has from then on.
    pub(crate) fn new_office(&self) -> Ipv4Addr {
        Provider::keyed(Sort::Office, &[self.seed]).address(5)
    }

    /// An address from which content is delivered at that time. They change one
    /// by one.
    pub(crate) fn delivery(&self, time: i64, random: &mut Random) -> Ipv4Addr {
        let place = random.below(8);
        let shift = i64::try_from(hash(&[self.seed, place]) % 40).unwrap_or(0) * DAY;
        let epoch = (time + shift).div_euclid(40 * DAY).unsigned_abs();
        let host = u16::try_from(hash(&[self.seed, place, epoch]) % 60_000).unwrap_or(9);
        Provider::keyed(Sort::Supplier, &[self.seed, place % 3]).address(host)
    }
}

/// Where clocks are changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Zone {
    Germany,
    NewYork,
}

impl Zone {
    /// Hours ahead of UTC. Clocks are changed on Sundays: in Germany on the last
    /// one of March and of October, in New York on the second one of March and
    /// the first one of November, all taken at 1 and at 7 o'clock UTC.
    fn offset_hours(self, secs: i64) -> i64 {
        let time = flowtrail_event::EventTime::from_secs(secs).civil();
        let days = secs.div_euclid(DAY);
        let day_of_month = i64::from(time.day);
        // The Sunday on or before today, as a day of this month.
        let sunday = day_of_month - (days + 4).rem_euclid(7);
        let hour = secs.rem_euclid(DAY) / 3600;
        // Whether `n` Sundays of the month have begun, of which the last is not
        // today before that hour.
        let passed = |first: i64, at: i64| {
            sunday >= first && !(sunday == day_of_month && sunday < first + 7 && hour < at)
        };
        let summer = match (self, time.month) {
            (_, 4..=9) => true,
            (Self::Germany, 3) => passed(25, 1),
            (Self::Germany, 10) => !passed(25, 1),
            (Self::NewYork, 3) => passed(8, 7),
            (Self::NewYork, 10) => true,
            (Self::NewYork, 11) => !passed(1, 7),
            _ => false,
        };
        let winter = match self {
            Self::Germany => 1,
            Self::NewYork => -5,
        };
        winter + i64::from(summer)
    }
}

/// How somebody of the staff lives.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rhythm {
    lasting: Lasting,
    key: u64,
    zone: Zone,
    /// Hours that the day begins later than others'.
    late_hours: i64,
    /// The first and the last second with the company.
    employed: (i64, i64),
    leave: [(i64, i64); 2],
    /// A journey, the first and the last day of which are spent in the air, and
    /// the network of the hotel.
    journey: (i64, i64),
    hotel: Provider,
    /// The line at home, and the one after it.
    homes: [Provider; 2],
    /// When the line at home is changed for another.
    changes_line: i64,
}

impl Rhythm {
    pub(crate) fn new(lasting: Lasting, person: &Person) -> Self {
        let key = hash(&[lasting.seed, hash_text(person.name)]);
        let mut random = Random::keyed(&[key, 1]);
        let mut away = |days: i64| {
            let last = u64::try_from((lasting.days - days).max(1)).unwrap_or(1);
            let first = lasting.start + i64::try_from(random.below(last)).unwrap_or(0) * DAY;
            (first, first + days * DAY)
        };
        let (leave, journey) = ([away(12), away(5)], away(5));
        let overseas = person.utc_offset_hours < 0;
        // Homes have even numbers around the first office, odd ones around the
        // other.
        let mut home = || {
            let n = random.below(120) * 2 + u64::from(overseas);
            Provider(Sort::Home, u8::try_from(n).unwrap_or(0))
        };
        let homes = [home(), home()];
        let changes_line =
            lasting.at_per_mille(i64::try_from(random.between(100, 1500)).unwrap_or(0));
        Self {
            lasting,
            key,
            zone: if overseas {
                Zone::NewYork
            } else {
                Zone::Germany
            },
            late_hours: i64::try_from(random.below(3)).unwrap_or(1) - 1,
            employed: employed(&lasting, person),
            leave,
            journey,
            hotel: Provider::any(Sort::Abroad, &mut random),
            homes,
            changes_line,
        }
    }

    /// Whether the person is with the company, and neither on leave nor in the
    /// air.
    pub(crate) fn is_there(&self, secs: i64) -> bool {
        let within = |(from, to): &(i64, i64)| (*from..*to).contains(&secs);
        let flies = within(&self.journey) && !within(&self.stay());
        within(&self.employed) && !self.leave.iter().any(within) && !flies
    }

    /// When the person works from the hotel.
    pub(crate) const fn stay(&self) -> (i64, i64) {
        (self.journey.0 + DAY, self.journey.1 - DAY)
    }

    /// When the person comes, if that is not before the beginning.
    pub(crate) fn joins(&self) -> Option<i64> {
        Some(self.employed.0).filter(|at| *at > self.lasting.start)
    }

    /// As [`Person::busy_per_mille`].
    pub(crate) fn busy_per_mille(&self, secs: i64) -> u64 {
        if !self.is_there(secs) {
            return 0;
        }
        let local = secs + (self.zone.offset_hours(secs) - self.late_hours) * 3600;
        let hour = local.div_euclid(3600).rem_euclid(24);
        let weekday = (local.div_euclid(DAY) + 3).rem_euclid(7);
        let of_day = match hour {
            9..=11 | 14..=16 => 1000,
            8 | 13 | 17 => 700,
            12 => 400,
            18 => 60,
            _ => 0,
        };
        // On one weekend in eight there is something to be done.
        let week = (local.div_euclid(DAY) + 3).div_euclid(7).unsigned_abs();
        let on_duty = hash(&[self.key, week, 3]).is_multiple_of(8);
        match (weekday >= 5, on_duty) {
            (false, _) => of_day,
            (true, true) => of_day / 10,
            (true, false) => 0,
        }
    }

    /// Where the person works from: the office, home on a third of the days, the
    /// company's tunnel at times, a hotel on a journey.
    pub(crate) fn address(&self, person: &Person, time: i64) -> Ipv4Addr {
        if (self.journey.0..self.journey.1).contains(&time) {
            return self.hotel.address(self.host());
        }
        let day = time.div_euclid(DAY).unsigned_abs();
        match hash(&[self.key, day]) % 12 {
            0..=3 => {
                let [old, new] = self.homes;
                let line = if time < self.changes_line { old } else { new };
                line.address(self.host())
            }
            4 => Ipv4Addr::new(198, 51, 100, 34 + u8::try_from(self.key % 5).unwrap_or(0)),
            _ if self.zone == Zone::Germany && time >= self.lasting.office_moves() => {
                self.lasting.new_office()
            }
            _ => person.office,
        }
    }

    fn host(&self) -> u16 {
        u16::try_from(self.key % 60_000).unwrap_or(7) + 2
    }

    /// The program in the version that the person has by then.
    pub(crate) fn upgraded(&self, agent: &str, time: i64) -> String {
        let shift = i64::try_from(self.key % 28).unwrap_or(0) * DAY;
        let epoch = (time - self.lasting.start + shift).div_euclid(RELEASES_SECS);
        upgraded(agent, u64::try_from(epoch).unwrap_or(0))
    }
}

/// Two developers come, and one goes.
fn employed(lasting: &Lasting, person: &Person) -> (i64, i64) {
    let all = (i64::MIN, i64::MAX);
    let turn = hash(&[lasting.seed, 0x6a6f_696e]) % 3;
    let at = |per_mille: i64| {
        let day = lasting.at_per_mille(per_mille);
        // People begin on Mondays. 1970-01-01 was a Thursday.
        day - (day.div_euclid(DAY) + 3).rem_euclid(7) * DAY
    };
    let changes = [("kofi", 320), ("odile", 480), ("yuki", 620)];
    let mut changes = changes
        .iter()
        .cycle()
        .skip(usize::try_from(turn).unwrap_or(0));
    let mut next = || changes.next().copied().unwrap_or(("", 0));
    let (first, second, gone) = (next(), next(), next());
    if person.name == first.0 || person.name == second.0 {
        let per_mille = if person.name == first.0 {
            first.1
        } else {
            second.1
        };
        return (at(per_mille), i64::MAX);
    }
    if person.name == gone.0 {
        return (i64::MIN, at(gone.1) + 5 * DAY);
    }
    all
}

/// Where the main number of a version stands.
const VERSIONS: [&str; 4] = ["Chrome/", "Firefox/", "Version/", "aws-cli/2."];

fn upgraded(agent: &str, epoch: u64) -> String {
    for before in VERSIONS {
        let Some((head, tail)) = agent.split_once(before) else {
            continue;
        };
        let digits = tail.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = tail.split_at(digits);
        let number: u64 = number.parse().unwrap_or(0);
        return format!("{head}{before}{}{rest}", number + epoch);
    }
    agent.to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::people::everyone;
    use super::*;
    use flowtrail_event::EventTime;

    const LASTING: Lasting = Lasting {
        seed: 3,
        // 2026-03-02.
        start: 1_772_409_600,
        days: 90,
    };

    fn secs(text: &str) -> i64 {
        EventTime::parse(text.as_bytes()).unwrap().secs()
    }

    #[test]
    fn clocks_are_changed_when_they_are() {
        for (zone, time, hours) in [
            (Zone::Germany, "2026-03-29T00:59:59Z", 1),
            (Zone::Germany, "2026-03-29T01:00:00Z", 2),
            (Zone::Germany, "2026-03-28T12:00:00Z", 1),
            (Zone::Germany, "2026-03-31T12:00:00Z", 2),
            (Zone::Germany, "2026-07-01T12:00:00Z", 2),
            (Zone::Germany, "2026-10-25T00:59:59Z", 2),
            (Zone::Germany, "2026-10-25T01:00:00Z", 1),
            (Zone::NewYork, "2026-03-08T06:59:59Z", -5),
            (Zone::NewYork, "2026-03-08T07:00:00Z", -4),
            (Zone::NewYork, "2026-03-15T06:00:00Z", -4),
            (Zone::NewYork, "2026-03-01T12:00:00Z", -5),
            (Zone::NewYork, "2026-11-01T06:59:59Z", -4),
            (Zone::NewYork, "2026-11-01T07:00:00Z", -5),
            (Zone::NewYork, "2026-12-24T12:00:00Z", -5),
        ] {
            assert_eq!(zone.offset_hours(secs(time)), hours, "{time}");
        }
    }

    #[test]
    fn versions_go_up_and_nothing_else_changes() {
        assert_eq!(upgraded("a Chrome/127.0.0.0 b", 2), "a Chrome/129.0.0.0 b");
        assert_eq!(upgraded("aws-cli/2.17.9 md/x", 1), "aws-cli/2.18.9 md/x");
        assert_eq!(upgraded("Boto3/1.35.10", 5), "Boto3/1.35.10");
    }

    #[test]
    fn staff_comes_and_goes_and_takes_leave() {
        let rhythms: Vec<_> = everyone().iter().map(|p| Rhythm::new(LASTING, p)).collect();
        let noon = |day: i64| LASTING.start + day * DAY + 10 * 3600;
        assert_eq!(rhythms.iter().filter(|r| r.joins().is_some()).count(), 2);
        let there = |day| rhythms.iter().filter(|r| r.is_there(noon(day))).count();
        let days: Vec<usize> = (0..90).map(there).collect();
        assert!(days.iter().all(|n| (6..=14).contains(n)), "{days:?}");
        assert!(days.iter().collect::<std::collections::BTreeSet<_>>().len() > 3);
    }

    #[test]
    fn somebody_has_few_places() {
        for person in everyone() {
            let rhythm = Rhythm::new(LASTING, &person);
            let places: std::collections::BTreeSet<_> = (0..90)
                .map(|d| rhythm.address(&person, LASTING.start + d * DAY + 40_000))
                .map(|a| a.octets()[..2].to_vec())
                .collect();
            assert!((3..=7).contains(&places.len()), "{places:?}");
        }
    }

    #[test]
    fn what_somebody_does_is_the_same_tomorrow() {
        let own: Vec<bool> = (0..400)
            .map(|n| LASTING.is_own("noor", &format!("{n}")))
            .collect();
        let count = own.iter().filter(|o| **o).count();
        assert!((120..240).contains(&count), "{count}");
        let mut random = Random::keyed(&[1]);
        let choices: std::collections::BTreeSet<u64> = (0..200)
            .map(|_| LASTING.choice("noor", &mut random))
            .collect();
        assert!(choices.len() < 8, "{}", choices.len());
    }
}
