//! What machines do by the clock: every night the same, and much of it.

use super::habits::End;
use super::line::{Action, Line};
use super::talk::{Extent, Side, TCP, Talk};
use super::traffic::high_port;
use crate::clock::SLOT_SECS;
use crate::random::Random;
use crate::world::{AwsService, Environment, Interface, Tier, Vpc, aws_address};
use std::net::{IpAddr, Ipv4Addr};

/// A job of every night.
struct Job {
    environment: Environment,
    /// Minute of the day at which it begins (UTC), and how many it takes.
    minutes: (i64, i64),
    /// The first host of this tier does it.
    tier: Tier,
    to: End,
    port: u16,
    /// Bytes a minute that leave.
    up: u64,
    /// Bytes a minute that come back.
    down: u64,
}

const JOBS: [Job; 4] = [
    // Dumps of the graph, some thirty gigabytes, to a bucket.
    Job {
        environment: Environment::Production,
        minutes: (130, 15),
        tier: Tier::Graph,
        to: End::Aws(AwsService::S3),
        port: 443,
        up: 2_000_000_000,
        down: 9_000_000,
    },
    // A delivery to a partner, by SFTP.
    Job {
        environment: Environment::Production,
        minutes: (200, 5),
        tier: Tier::App,
        to: End::Internet(9, 9),
        port: 22,
        up: 30_000_000,
        down: 400_000,
    },
    // Catalogue data for a partner's warehouse.
    Job {
        environment: Environment::Production,
        minutes: (245, 10),
        tier: Tier::App,
        to: End::Internet(7, 7),
        port: 443,
        up: 60_000_000,
        down: 800_000,
    },
    // New packages.
    Job {
        environment: Environment::Staging,
        minutes: (270, 3),
        tier: Tier::App,
        to: End::Internet(15, 15),
        port: 443,
        up: 600_000,
        down: 90_000_000,
    },
];

/// Hosts that a job of the night runs on here, with what is recorded of it in
/// the slot that begins at `slot` seconds.
pub(super) fn lines<'a>(
    vpc: &'a Vpc,
    seed: u64,
    slot: i64,
    random: &mut Random,
) -> Vec<(&'a Interface, Line)> {
    let mut lines = Vec::new();
    let day = slot.div_euclid(86_400);
    for (n, job) in (0..).zip(&JOBS) {
        let host = vpc.of(job.tier).next();
        let Some(host) = host.filter(|_| job.environment == vpc.environment) else {
            continue;
        };
        // One connection a night, so that its ends stay the same.
        let keys = [seed, u64::from(vpc.octet), n, day.unsigned_abs()];
        let mut fixed = Random::keyed(&keys);
        let ends = (Side::at(host, high_port(&mut fixed)), far(job, &mut fixed));
        for minute in 0..SLOT_SECS / 60 {
            let time = slot + minute * 60;
            let at = time.rem_euclid(86_400) / 60 - job.minutes.0;
            if (0..job.minutes.1).contains(&at) {
                let talk = of_minute(job, ends, (time, at), random);
                lines.extend(talk.lines());
                if let Some(nat) = talk.gateway(vpc) {
                    lines.extend(talk.through(nat));
                }
            }
        }
    }
    lines
}

fn far<'a>(job: &Job, fixed: &mut Random) -> Side<'a> {
    let address = match job.to {
        End::Aws(service) => Ipv4Addr::from(aws_address(service, fixed)),
        End::Internet(low, _) => Ipv4Addr::new(203, 0, 113, u8::try_from(low).unwrap_or(9)),
        End::Tier(_)
        | End::Peer
        | End::Front
        | End::CustomerV6
        | End::BalancerV6
        | End::Office
        | End::Shared(_)
        | End::Elsewhere(..)
        | End::Gone(_) => Ipv4Addr::UNSPECIFIED,
    };
    Side::away(IpAddr::V4(address), job.port)
}

fn of_minute<'a>(
    job: &Job,
    (client, server): (Side<'a>, Side<'a>),
    (time, at): (i64, i64),
    random: &mut Random,
) -> Talk<'a> {
    let mut share = |bytes: u64| {
        let bytes = bytes / 100 * random.between(80, 120);
        (bytes / 1200 + 4, bytes)
    };
    let (up, down) = (share(job.up), share(job.down));
    Talk {
        client,
        server,
        protocol: TCP,
        up,
        down,
        times: (time, time + 57),
        action: Action::Accept,
        extent: match at {
            0 => Extent::Whole,
            _ => Extent::Within,
        },
        clear: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes that leave in a night, by port and whether a bucket takes them.
    fn night(environment: Environment) -> Vec<(u16, u64)> {
        let vpc = Vpc::new(1, environment, 0);
        let mut random = Random::keyed(&[1]);
        let mut sent = Vec::new();
        for n in 0..288 {
            for (interface, line) in lines(&vpc, 1, 1_772_409_600 + n * SLOT_SECS, &mut random) {
                assert!(line.end < 1_772_409_600 + (n + 1) * SLOT_SECS);
                if line.source == IpAddr::from(interface.address) && interface.tier != Tier::Nat {
                    sent.push((line.target_port, line.bytes));
                }
            }
        }
        sent
    }

    #[test]
    fn every_night_tens_of_gigabytes_are_saved() {
        let sent = night(Environment::Production);
        let sum: u64 = sent.iter().map(|(_, bytes)| bytes).sum();
        assert!((24_000_000_000..40_000_000_000).contains(&sum), "{sum}");
        assert_eq!(sent.iter().filter(|(port, _)| *port == 22).count(), 5);
        assert_eq!(sent.len(), 30);
    }

    #[test]
    fn elsewhere_the_nights_are_quiet() {
        assert_eq!(night(Environment::Staging).len(), 3);
        assert!(night(Environment::Shared).is_empty());
    }
}
