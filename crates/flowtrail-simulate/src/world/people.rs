//! Those who work there: where, when, and with which permission set.

use super::rhythm::{Lasting, Rhythm};
use crate::random::{hash, hash_text};
use std::net::Ipv4Addr;

/// The offices' addresses, one a site.
pub(crate) const OFFICES: [Ipv4Addr; 2] =
    [Ipv4Addr::new(192, 0, 2, 5), Ipv4Addr::new(192, 0, 2, 6)];

/// Someone who signs in through single sign-on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Person {
    /// The session name is `<name>@example.com`.
    pub(crate) name: &'static str,
    /// The permission set, as it stands in `AWSReservedSSO_<set>_<hex>`.
    pub(crate) permission_set: &'static str,
    /// Hours that local time is ahead of UTC.
    pub(crate) utc_offset_hours: i64,
    /// The site's address.
    pub(crate) office: Ipv4Addr,
    /// Where the person works from at times; always the same address.
    pub(crate) home: Ipv4Addr,
    /// How the person lives, in long histories.
    pub(crate) rhythm: Option<Rhythm>,
}

const STAFF: [(&str, &str, bool); 14] = [
    ("noor", "PlatformAdmin", false),
    ("emil", "PlatformAdmin", true),
    ("tamsin", "SecurityAudit", false),
    ("ravi", "DeveloperAccess", false),
    ("lucia", "DeveloperAccess", false),
    ("marek", "DeveloperAccess", false),
    ("yuki", "DeveloperAccess", true),
    ("odile", "DeveloperAccess", false),
    ("petra", "DeveloperAccess", true),
    ("samir", "DataReader", false),
    ("wren", "DataReader", true),
    ("ines", "BillingReadOnly", false),
    ("kofi", "DeveloperAccess", false),
    ("dana", "SupportReadOnly", true),
];

/// Everybody.
pub(crate) fn everyone() -> Vec<Person> {
    (20_u8..)
        .zip(STAFF)
        .map(|(n, (name, permission_set, overseas))| Person {
            name,
            permission_set,
            utc_offset_hours: if overseas { -5 } else { 1 },
            office: if overseas {
                Ipv4Addr::new(192, 0, 2, 6)
            } else {
                Ipv4Addr::new(192, 0, 2, 5)
            },
            home: Ipv4Addr::new(198, 51, 100, n),
            rhythm: None,
        })
        .collect()
}

/// Everybody in a long history.
pub(crate) fn everyone_lasting(lasting: Lasting) -> Vec<Person> {
    let with_rhythm = |person: Person| Person {
        rhythm: Some(Rhythm::new(lasting, &person)),
        ..person
    };
    everyone().into_iter().map(with_rhythm).collect()
}

impl Person {
    /// The address that the person works from on that day.
    pub(crate) fn address(&self, secs: i64) -> Ipv4Addr {
        if let Some(rhythm) = &self.rhythm {
            return rhythm.address(self, secs);
        }
        // A third of the days are worked from home.
        let day = u64::try_from(secs.div_euclid(86_400)).unwrap_or(0);
        let away = hash(&[hash_text(self.name), day]).is_multiple_of(3);
        if away { self.home } else { self.office }
    }

    /// The program in the version that the person has by then.
    pub(crate) fn upgraded(&self, agent: &str, secs: i64) -> String {
        match &self.rhythm {
            Some(rhythm) => rhythm.upgraded(agent, secs),
            None => agent.to_owned(),
        }
    }

    /// Whether the person is with the company, and neither on leave nor in the
    /// air.
    pub(crate) fn is_there(&self, secs: i64) -> bool {
        self.rhythm.is_none_or(|r| r.is_there(secs))
    }

    /// How busy the person is at that time, in thousandths of full attention:
    /// office hours on weekdays, a little in the evening, next to nothing at
    /// night.
    pub(crate) fn busy_per_mille(&self, secs: i64) -> u64 {
        if let Some(rhythm) = &self.rhythm {
            return rhythm.busy_per_mille(secs);
        }
        let local = secs + self.utc_offset_hours * 3600;
        let hour = local.div_euclid(3600).rem_euclid(24);
        // 1970-01-01 was a Thursday; 0 is Monday.
        let weekday = (local.div_euclid(86_400) + 3).rem_euclid(7);
        let of_day = match hour {
            9..=11 | 14..=16 => 1000,
            8 | 13 | 17 => 700,
            12 => 400,
            18..=20 => 120,
            7 | 21 | 22 => 40,
            _ => 4,
        };
        if weekday >= 5 { of_day / 25 } else { of_day }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flowtrail_event::EventTime;

    #[test]
    fn people_work_by_day_and_on_weekdays() {
        let p = everyone()[0];
        let at = |t: &str| p.busy_per_mille(EventTime::parse(t.as_bytes()).unwrap().secs());
        assert_eq!(at("2026-03-02T09:00:00Z"), 1000);
        assert!(at("2026-03-02T01:00:00Z") < 10);
        assert!(at("2026-03-01T09:00:00Z") < 50);
        let overseas = everyone()[1];
        assert_eq!(
            overseas.busy_per_mille(EventTime::parse(b"2026-03-02T15:00:00Z").unwrap().secs()),
            1000
        );
    }
}
