//! What the context file costs for each record, with 10, 1,000 and 50,000 CIDRs.
//!
//! ```text
//! cargo bench --profile dist -p flowtrail-context --bench context
//! ```
//! Every answer is asserted to be that of a walk over all CIDRs: a look-up that
//! finds something else is not faster. Times are the best of some rounds.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    reason = "a bench prints figures and stops at the first surprise"
)]

mod dice;
mod measure;

use std::fmt::Write as _;
use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use flowtrail_context::{Context, Derivation, Place, Scope};
use flowtrail_event::{Event, Kind, Projection, RawRecord, Record, Service};
use ipnet::IpNet;

use dice::Dice;
use measure::{best, nanos_each, timed, wall};

/// Each step is run so often; the best time counts.
const ROUNDS: usize = 7;
/// Addresses that are looked up in a round.
const ADDRESSES: usize = 200_000;
/// Of so many the answer is compared with a walk over all CIDRs.
const COMPARED: usize = 2000;

const SEGMENTS: [&str; 8] = [
    "application",
    "database",
    "graph_database",
    "ledger",
    "search",
    "bastion",
    "build",
    "load_balancer",
];
const ENVIRONMENTS: [&str; 4] = ["production", "staging", "development", "shared"];

fn main() {
    println!("| CIDRs | parse | IPv4 | IPv6 | overlapping | verdict | six fields of a record |");
    println!("|---|---|---|---|---|---|---|");
    for cidrs in [10, 1000, 50_000] {
        let text = file(cidrs);
        let (parsed, read) = timed(wall, || Context::parse("bench.yaml", &text));
        let (context, warnings) = read.unwrap();
        assert!(warnings.is_empty());
        assert_eq!(context.summary().cidrs, cidrs);
        let dice = &mut Dice(7);
        let v4: Vec<IpAddr> = (0..ADDRESSES).map(|_| address(dice, false)).collect();
        let v6: Vec<IpAddr> = (0..ADDRESSES).map(|_| address(dice, true)).collect();
        compare(&context, &v4);
        compare(&context, &v6);
        let context = Arc::new(context);
        println!(
            "| {cidrs} | {:.1} ms | {:.0} ns | {:.0} ns | {:.0} ns | {:.0} ns | {:.0} ns |",
            parsed.as_secs_f64() * 1e3,
            look_up(&context, &v4, Scope::default()),
            look_up(&context, &v6, Scope::default()),
            overlapping(cidrs, &v4),
            verdicts(&context, &v4),
            records(&context, &v4),
        );
    }
}

/// A file of an organisation: a network for each environment, subnets in it.
fn file(cidrs: usize) -> String {
    let mut text = "version: 1\nsegments:\n".to_owned();
    for segment in SEGMENTS {
        writeln!(text, "  {segment}: what it is").unwrap();
    }
    text.push_str("networks:\n");
    for (n, environment) in ENVIRONMENTS.iter().enumerate() {
        let net = 64 * n;
        writeln!(
            text,
            "  - {{cidr: 10.{net}.0.0/10, environment: {environment}}}"
        )
        .unwrap();
    }
    for n in 4..cidrs {
        let segment = SEGMENTS[n % SEGMENTS.len()];
        let cidr = subnet(n);
        let environment = ENVIRONMENTS[n % 3];
        let more = if cidr.addr().is_ipv6() {
            format!(", environment: {environment}")
        } else {
            String::new()
        };
        writeln!(text, "  - {{cidr: \"{cidr}\", segment: {segment}{more}}}").unwrap();
    }
    text.push_str("matrix:\n");
    for (n, from) in SEGMENTS.iter().enumerate() {
        for (m, to) in SEGMENTS
            .iter()
            .enumerate()
            .filter(|(m, _)| (n + m) % 2 == 1)
        {
            let port = 1000 + n * 100 + m;
            writeln!(
                text,
                "  - {{allow: production/{from} -> production/{to}, ports: tcp/{port}}}"
            )
            .unwrap();
        }
    }
    text.push_str("  - {forbid: development -> production, ports: any}\n");
    text
}

/// Every fourth is one of IPv6, as AWS gives them out: /64 in /56.
fn subnet(n: usize) -> IpNet {
    if n.is_multiple_of(4) {
        let vpc = (n as u128 / 64) << 72;
        let subnet = (n as u128 % 64) << 64;
        let address = Ipv6Addr::from((0x2600_1f18_u128 << 96) | vpc | subnet);
        return IpNet::new(IpAddr::V6(address), 64).unwrap();
    }
    let address = Ipv4Addr::from((10 << 24) | (u32::try_from(n).unwrap() * 331 % (1 << 16)) << 8);
    IpNet::new(IpAddr::V4(address), 24).unwrap()
}

fn address(dice: &mut Dice, v6: bool) -> IpAddr {
    let n = dice.below(60_000);
    let host = dice.roll();
    if v6 {
        let subnet = subnet(n / 4 * 4).addr();
        let IpAddr::V6(subnet) = subnet else {
            return subnet;
        };
        return IpAddr::V6(Ipv6Addr::from(u128::from(subnet) | u128::from(host)));
    }
    let low = u32::try_from(host & 0xff_ffff).unwrap();
    let net = if host >> 60 == 0 { 52 << 24 } else { 10 << 24 };
    IpAddr::V4(Ipv4Addr::from(net | low))
}

/// What a walk over all entries finds: the longest prefix that says each.
fn walk(context: &Context, address: IpAddr) -> (Option<String>, Option<String>) {
    let declared = context.declared();
    let mut environment = (0, None);
    let mut segment = (0, None);
    for network in &declared.networks {
        for cidr in network.cidrs.iter().filter(|c| c.contains(&address)) {
            let length = cidr.prefix_len();
            if let Some(ix) = network.environment.filter(|_| length >= environment.0) {
                environment = (length, Some(declared.environments[ix.index()].clone()));
            }
            if let Some(ix) = network.segment.filter(|_| length >= segment.0) {
                segment = (length, Some(declared.segments[ix.index()].name.clone()));
            }
        }
    }
    (environment.1, segment.1)
}

fn compare(context: &Context, addresses: &[IpAddr]) {
    let mut inside = 0;
    for address in addresses.iter().take(COMPARED) {
        let place = context.endpoint(*address, Scope::default(), false, None);
        let (environment, segment) = walk(context, *address);
        assert_eq!(
            context.environment_name(&place),
            environment.as_deref(),
            "{address}"
        );
        assert_eq!(
            context.segment_name(&place),
            segment.as_deref(),
            "{address}"
        );
        inside += usize::from(place.is_inside());
    }
    let expected = addresses[0].is_ipv4() || context.summary().cidrs > 10;
    assert!(inside > 0 || !expected, "the addresses meet the networks");
}

/// The best time for each of `items`, in nanoseconds. `f` computes the same in
/// every round.
fn time<T, R: PartialEq>(items: &[T], mut f: impl FnMut(&[T]) -> R) -> f64 {
    let (time, _) = best(wall, ROUNDS, || f(black_box(items)));
    nanos_each(time, items.len())
}

fn look_up(context: &Context, addresses: &[IpAddr], scope: Scope<'_>) -> f64 {
    time(addresses, |addresses| {
        let place = |a: &IpAddr| context.endpoint(*a, scope, true, None);
        addresses
            .iter()
            .filter(|a| place(a).segment.is_some())
            .count()
    })
}

/// The same where each network is one of two VPCs, so that every look-up
/// depends on the record.
fn overlapping(cidrs: usize, addresses: &[IpAddr]) -> f64 {
    let mut text = "version: 1\nsegments: {application: a, database: b}\nnetworks:\n".to_owned();
    for n in (0..cidrs * 4)
        .filter(|n| !n.is_multiple_of(4))
        .take(cidrs / 2)
    {
        let cidr = subnet(n);
        writeln!(
            text,
            "  - {{cidr: {cidr}, segment: application, vpc: vpc-1}}"
        )
        .unwrap();
        writeln!(text, "  - {{cidr: {cidr}, segment: database, vpc: vpc-2}}").unwrap();
    }
    let (context, _) = Context::parse("overlapping.yaml", &text).unwrap();
    let scope = |vpc: &'static [u8]| Scope {
        vpc: Some(vpc),
        account: None,
    };
    for address in addresses.iter().take(COMPARED) {
        let place = |vpc| context.endpoint(*address, scope(vpc), true, None);
        let [one, two, three] = [place(b"vpc-1"), place(b"vpc-2"), place(b"vpc-3")];
        assert!(one.segment.is_none() || one.segment != two.segment);
        assert_eq!(
            (one.is_inside(), three.is_inside()),
            (two.is_inside(), false)
        );
    }
    look_up(&context, addresses, scope(b"vpc-2"))
}

fn verdicts(context: &Context, addresses: &[IpAddr]) -> f64 {
    let place = |a: &IpAddr| context.endpoint(*a, Scope::default(), false, None);
    let places: Vec<_> = addresses.iter().map(place).collect();
    let pairs: Vec<_> = places.iter().zip(places.iter().skip(1)).collect();
    time(&pairs, |pairs| {
        let decided = |pair: &(&Place, &Place)| context.verdict(pair.0, pair.1, 6, 1001);
        pairs
            .iter()
            .filter_map(decided)
            .filter(|d| d.entry.is_some())
            .count()
    })
}

struct Nothing;

impl RawRecord for Nothing {
    fn write_json(&self, _: &mut Vec<u8>) {}
}

/// All fields of a flow record that rest on the context.
fn records(context: &Arc<Context>, addresses: &[IpAddr]) -> f64 {
    let mut projection = Projection::new();
    for field in [
        "src.env",
        "src.segment",
        "dst.env",
        "dst.segment",
        "policy",
        "initiator",
    ] {
        projection.slot(&format!("flowtrail.{field}"));
    }
    let derivation = Derivation::plan(&mut projection, Kind::Flow, Some(context)).unwrap();
    let mut record = Record::new(projection.len());
    let texts: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    let pairs: Vec<_> = texts.iter().zip(texts.iter().skip(1)).collect();
    let [source, destination, from, to, protocol, flags, start] = [
        "srcaddr",
        "dstaddr",
        "srcport",
        "dstport",
        "protocol",
        "tcp-flags",
        "start",
    ]
    .map(|name| projection.find(name).unwrap());
    time(&pairs, |pairs| {
        let mut values = 0;
        for (a, b) in pairs {
            record.clear();
            record.push_own_text(source, a.as_bytes());
            record.push_own_text(destination, b.as_bytes());
            record.push_own_text(from, b"40000");
            record.push_own_text(to, b"1001");
            record.push_own_text(protocol, b"6");
            record.push_own_text(flags, b"2");
            record.push_own_text(start, b"1780272000");
            let mut event = Event::new(Service::VpcFlow, &mut record, b"", &Nothing);
            derivation.apply(&mut event);
            values += record.len();
        }
        values
    })
}
