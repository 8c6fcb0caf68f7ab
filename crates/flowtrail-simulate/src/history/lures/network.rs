//! Lures in flow logs.

use crate::cloudtrail::roles;
use crate::cloudtrail::step::{GROUP, Step};
use crate::flow::{Action, Side, Talk};
use crate::history::deed::{DAY, Deed, signed};
use crate::world::{Environment, Interface, Provider, Sort, Tier, Vpc};
use std::net::{IpAddr, Ipv4Addr};

fn network<'w>(deed: &mut Deed<'w>) -> Option<(&'w Vpc, &'w Interface)> {
    let environment = deed.environment();
    let found = deed.host(environment, Tier::App);
    if let Some((_, host)) = found {
        deed.by_host(host);
    }
    found
}

/// An address at which a supplier is that everybody knows: the same as in habits.
fn supplier<'w>(deed: &mut Deed<'w>, port: u16) -> Side<'w> {
    let last = u8::try_from(deed.random.between(1, 12)).unwrap_or(7);
    Side::away(IpAddr::from([203, 0, 113, last]), port)
}

/// Their flow log does not show them apart from the others: what is seen is the
/// other end.
pub(super) fn scale_out(deed: &mut Deed<'_>) {
    deed.at_hours(6, 16);
    let Some((vpc, _)) = network(deed) else {
        return;
    };
    let until = deed.now + signed(deed.random.between(2 * 3600, 7 * 3600));
    let hosts = deed.random.between(1, 4);
    let tiers = [Tier::Database, Tier::Search, Tier::Graph];
    while deed.now < until {
        for n in 0..hosts {
            let last = 30 + u8::try_from(n).unwrap_or(0);
            let address = [10, vpc.octet, Tier::App.subnet_octet(), last];
            let new = Side::away(IpAddr::from(address), 0);
            let tier = deed.random.pick(&tiers).copied().unwrap_or(Tier::Database);
            let Some(store) = vpc.any(tier, &mut deed.random) else {
                continue;
            };
            let bytes = (deed.random.heavy(3000), deed.random.heavy(16_000));
            let talk = deed.connection((new, Side::at(store, tier.port())), 50, bytes);
            deed.talk(&talk);
            if let Some(balancer) = vpc.any(Tier::LoadBalancer, &mut deed.random) {
                let to = Side::away(IpAddr::from(address), 8080);
                let talk = deed.connection((Side::at(balancer, 0), to), 20, bytes);
                deed.talk(&talk);
            }
        }
        deed.wait(40, 200);
    }
}

fn refused<'w>(deed: &mut Deed<'w>, from: &'w Interface, to: Side<'w>) {
    let talk = Talk {
        up: (1, 44),
        down: (0, 0),
        action: Action::Reject,
        ..deed.connection((Side::at(from, 0), to), 0, (0, 0))
    };
    deed.talk(&talk);
}

/// The scanner of the security team stands at `10.0.10.10`.
pub(super) fn vulnerability_scan(deed: &mut Deed<'_>) {
    deed.at_hours(1, 4);
    let Some((_, shared)) = deed.world.vpc(Environment::Shared) else {
        return;
    };
    let Some(scanner) = shared.of(Tier::App).next() else {
        return;
    };
    deed.by_host(scanner);
    let environment = deed.environment();
    let Some((vpc, _)) = deed.host(environment, Tier::App) else {
        return;
    };
    for host in &vpc.interfaces {
        for port in [22, 80, 443, 3306, 3389, 5432, 8080, 9200] {
            let end = Side::at(host, port);
            if port == host.tier.port() {
                let talk = deed.connection((Side::at(scanner, 0), end), 1, (240, 600));
                deed.talk(&talk);
            } else {
                refused(deed, scanner, end);
            }
            deed.wait(0, 2);
        }
    }
}

pub(super) fn crawler(deed: &mut Deed<'_>) {
    deed.at_hours(0, 20);
    let Some((_, host)) = network(deed) else {
        return;
    };
    for _ in 0..deed.random.between(80, 400) {
        let provider = Provider::any(Sort::Customer, &mut deed.random);
        let address = provider.any_address(&mut deed.random);
        let far = Side::away(IpAddr::V4(address), 443);
        let bytes = (deed.random.heavy(1800), deed.random.heavy(60_000));
        let talk = deed.connection((Side::at(host, 0), far), 4, bytes);
        deed.talk(&talk);
        deed.wait(0, 20);
    }
}

pub(super) fn gone_service(deed: &mut Deed<'_>) {
    deed.at_hours(0, 16);
    let Some((vpc, host)) = network(deed) else {
        return;
    };
    let gone = Ipv4Addr::new(10, vpc.octet, Tier::Search.subnet_octet(), 40);
    let refuses = vpc.any(Tier::Search, &mut deed.random);
    let says_no = deed.random.chance(500);
    for _ in 0..deed.random.between(150, 600) {
        match refuses.filter(|_| says_no) {
            Some(other) => refused(deed, host, Side::at(other, 9300)),
            None => {
                let talk = Talk {
                    up: (3, 180),
                    down: (0, 0),
                    ..deed.connection(
                        (Side::at(host, 0), Side::away(IpAddr::V4(gone), 9200)),
                        3,
                        (0, 0),
                    )
                };
                deed.talk(&talk);
            }
        }
        deed.wait(5, 40);
    }
}

pub(super) fn pool_storm(deed: &mut Deed<'_>) {
    deed.at_hours(0, 22);
    let Some((vpc, host)) = network(deed) else {
        return;
    };
    let Some(database) = vpc.any(Tier::Database, &mut deed.random) else {
        return;
    };
    let bytes = deed.random.between(900, 2600);
    for _ in 0..deed.random.between(40, 160) {
        let (up, down) = (
            bytes + deed.random.below(60),
            bytes + 700 + deed.random.below(90),
        );
        let ends = (Side::at(host, 0), Side::at(database, 5432));
        let packets = 10 + deed.random.below(3);
        let talk = Talk {
            up: (packets, up),
            down: (packets, down),
            ..deed.connection(ends, 1, (up, down))
        };
        deed.talk(&talk);
        deed.wait(0, 5);
    }
}

/// The host that deploys stands at `10.0.10.11`.
pub(super) fn configuration_run(deed: &mut Deed<'_>) {
    deed.at_hours(8, 16);
    let Some((_, shared)) = deed.world.vpc(Environment::Shared) else {
        return;
    };
    let Some(deployer) = shared.of(Tier::App).nth(1) else {
        return;
    };
    deed.by_host(deployer);
    let environment = deed.environment();
    let Some((vpc, _)) = deed.host(environment, Tier::App) else {
        return;
    };
    for _ in 0..deed.random.between(2, 6) {
        for host in vpc.of(Tier::App) {
            let bytes = (7400 + deed.random.below(300), 9600 + deed.random.below(300));
            let ends = (Side::at(deployer, 0), Side::at(host, 22));
            let talk = deed.connection(ends, 6, bytes);
            deed.talk(&talk);
            deed.wait(1, 8);
        }
    }
}

/// Asks `far` every so many seconds for so many days.
fn asks<'w>(deed: &mut Deed<'w>, host: &'w Interface, far: Side<'w>, (days, every): (u64, u64)) {
    let until = deed.now + signed(days) * DAY;
    let bytes = (
        deed.random.between(700, 4000),
        deed.random.between(900, 20_000),
    );
    while deed.now < until {
        let (up, down) = (
            bytes.0 + deed.random.below(20),
            bytes.1 + deed.random.below(400),
        );
        let talk = deed.connection((Side::at(host, 0), far), 2, (up, down));
        deed.talk(&talk);
        // Machines begin on time, and are not quite the same every time.
        deed.wait(every - 1, every + 1);
    }
}

pub(super) fn cron_job(deed: &mut Deed<'_>) {
    deed.at_hours(0, 22);
    let Some((_, host)) = network(deed) else {
        return;
    };
    let far = supplier(deed, 443);
    let every = deed
        .random
        .pick(&[60, 300, 300, 600, 900, 3600])
        .copied()
        .unwrap_or(300);
    let days = deed.random.between(2, 8);
    asks(deed, host, far, (days, every));
}

pub(super) fn metrics_push(deed: &mut Deed<'_>) {
    deed.at_hours(0, 22);
    let Some((vpc, _)) = network(deed) else {
        return;
    };
    let begin = deed.now;
    // The same supplier that takes everybody's.
    let far = Side::away(IpAddr::from([203, 0, 113, 14]), 443);
    for host in vpc.of(Tier::App) {
        deed.now = begin + signed(deed.random.below(60));
        asks(deed, host, far, (1, 120));
    }
}

pub(super) fn kept_connection(deed: &mut Deed<'_>) {
    deed.at_hours(0, 16);
    let Some((_, host)) = network(deed) else {
        return;
    };
    let far = supplier(deed, 443);
    let first = deed.connection((Side::at(host, 0), far), 57, (400, 380));
    let minutes = deed.random.between(300, 1200);
    deed.long(first, minutes);
}

pub(super) fn upload(deed: &mut Deed<'_>) {
    deed.at_hours(0, 22);
    let Some((vpc, _)) = network(deed) else {
        return;
    };
    let Some(host) = vpc.of(Tier::App).next() else {
        return;
    };
    deed.by_host(host);
    let far = Side::away(IpAddr::from([203, 0, 113, 7]), 443);
    let bytes = deed.random.between(20_000_000, 150_000_000);
    let first = deed.connection((Side::at(host, 0), far), 57, (bytes, bytes / 80));
    let minutes = deed.random.between(10, 50);
    deed.long(first, minutes);
}

pub(super) fn new_supplier(deed: &mut Deed<'_>) {
    deed.at_hours(7, 12);
    let Some((vpc, _)) = network(deed) else {
        return;
    };
    let far = {
        let provider = Provider::any(Sort::Supplier, &mut deed.random);
        Side::away(IpAddr::V4(provider.any_address(&mut deed.random)), 443)
    };
    let until = deed.now + signed(deed.random.between(2, 6)) * DAY;
    while deed.now < until {
        if let Some(host) = vpc.any(Tier::App, &mut deed.random) {
            let bytes = (deed.random.heavy(2500), deed.random.heavy(7000));
            let talk = deed.connection((Side::at(host, 0), far), 5, bytes);
            deed.talk(&talk);
        }
        deed.wait(60, 900);
    }
}

pub(super) fn planned_way(deed: &mut Deed<'_>) {
    deed.at_hours(8, 15);
    let Some(vpc) = deed.account.vpcs.first() else {
        return;
    };
    let ends = vpc
        .any(Tier::App, &mut deed.random)
        .zip(vpc.any(Tier::Search, &mut deed.random));
    let Some((a, b)) = ends else {
        return;
    };
    let run = deed.random.next();
    let caller = roles::deployer(deed.account, run, deed.now);
    deed.by(&caller);
    let groups = deed.account.stock.groups.clone();
    let group = deed.random.pick(&groups).cloned().unwrap_or_default();
    let given = [(GROUP, group.as_str())];
    deed.calls(
        &caller,
        &["DescribeSecurityGroups", "DescribeSecurityGroupRules"],
        (1, 10),
        0,
    );
    deed.call(
        &caller,
        Step::new("AuthorizeSecurityGroupIngress").given(&given),
    );
    deed.wait(300, 2400);
    let port = u16::try_from(deed.random.between(9201, 9260)).unwrap_or(9201);
    for _ in 0..deed.random.between(30, 120) {
        let bytes = (deed.random.heavy(3000), deed.random.heavy(16_000));
        let talk = deed.connection((Side::at(a, 0), Side::at(b, port)), 30, bytes);
        deed.talk(&talk);
        deed.wait(60, 1800);
    }
}
