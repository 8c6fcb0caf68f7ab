//! A slow, obviously right twin of the look-ups, and what they must agree on.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use proptest::prelude::*;

use super::model::{Network, Ports};
use super::*;

/// One of the few networks that nest, overlap and repeat. In v4 and in v6.
fn cidr() -> impl Strategy<Value = IpNet> {
    let v4 = (
        0_u32..16,
        prop::sample::select(vec![0_u8, 8, 14, 16, 24, 30, 31, 32]),
    );
    let v4 = v4.prop_map(|(n, len)| {
        let address = Ipv4Addr::from((10 << 24) | ((n & 3) << 17) | ((n >> 2) << 8) | (n & 1));
        IpNet::new(IpAddr::V4(address), len).unwrap().trunc()
    });
    let v6 = (
        0_u128..16,
        prop::sample::select(vec![0_u8, 20, 32, 48, 64, 127, 128]),
    );
    let v6 = v6.prop_map(|(n, len)| {
        let address =
            Ipv6Addr::from((0x2001_0db8_u128 << 96) | ((n & 3) << 79) | ((n >> 2) << 64) | (n & 1));
        IpNet::new(IpAddr::V6(address), len).unwrap().trunc()
    });
    prop_oneof![3 => v4, 1 => v6]
}

fn address() -> impl Strategy<Value = IpAddr> {
    let edges = cidr().prop_flat_map(|cidr| {
        let (first, last) = (cidr.network(), cidr.broadcast());
        prop::sample::select(vec![first, last, next(last), before(first)])
    });
    let any = prop_oneof![
        any::<u32>().prop_map(|n| IpAddr::V4(Ipv4Addr::from(n))),
        any::<u128>().prop_map(|n| IpAddr::V6(Ipv6Addr::from(n))),
        any::<u32>().prop_map(|n| IpAddr::V6(Ipv4Addr::from(n).to_ipv6_mapped())),
    ];
    prop_oneof![6 => edges, 1 => any]
}

fn next(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(a) => IpAddr::V4(u32::from(a).wrapping_add(1).into()),
        IpAddr::V6(a) => IpAddr::V6(u128::from(a).wrapping_add(1).into()),
    }
}

fn before(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(a) => IpAddr::V4(u32::from(a).wrapping_sub(1).into()),
        IpAddr::V6(a) => IpAddr::V6(u128::from(a).wrapping_sub(1).into()),
    }
}

/// An entry of `networks`, as YAML.
fn network() -> impl Strategy<Value = String> {
    let says = prop::sample::select(vec![
        "environment: production",
        "environment: staging",
        "segment: database",
        "segment: search",
        "environment: production, segment: search",
    ]);
    let scope = prop::sample::select(vec![
        "",
        "",
        "",
        ", vpc: vpc-1",
        ", vpc: vpc-2",
        ", account: one",
        ", account: two",
    ]);
    let time = prop::sample::select(vec![
        "",
        "",
        ", from: '2026-01-01T00:00:00Z'",
        ", until: '2026-01-01T00:00:00Z'",
    ]);
    (cidr(), says, scope, time).prop_map(|(cidr, says, scope, time)| {
        format!("  - {{cidr: '{cidr}', {says}{scope}{time}}}\n")
    })
}

fn file(networks: &[String]) -> String {
    let head = "version: 1
segments: {database: a, search: b}
accounts:
  - {id: 111122223333, alias: one, environment: development}
  - {id: 111122224444, alias: two}
vpcs:
  - {id: vpc-1, account: one}
  - {id: vpc-2, environment: shared}
";
    let networks: String = networks.concat();
    format!("{head}networks:\n{networks}")
}

/// Leaves out entries that contradict earlier ones: a file has none of them.
fn without_contradictions(mut networks: Vec<String>) -> Context {
    loop {
        match Context::parse("c.yaml", &file(&networks)) {
            Ok((context, _)) => return context,
            Err(problems) => {
                let error = problems.iter().find(|p| p.severity == Severity::Error);
                let line = error.unwrap().line as usize;
                networks.remove(line - 10);
            }
        }
    }
}

/// The answer by the words of the reference, one entry after the other.
fn slowly(
    context: &Context,
    address: IpAddr,
    (vpc, account): (Option<&str>, Option<&str>),
    near: bool,
    at: Option<EventTime>,
) -> (Option<EnvironmentIx>, Option<SegmentIx>, bool) {
    let d = context.declared();
    let address = address.to_canonical();
    let vpc_of = |n: &Network| n.vpc.map(|ix| d.vpcs[ix.index()].id.as_str());
    let account_of = |n: &Network| {
        let own = n
            .account
            .or(n.vpc.and_then(|ix| d.vpcs[ix.index()].account));
        own.map(|ix| d.accounts[ix.index()].id.as_str())
    };
    let owner = |id: &str| {
        let vpc = d.vpcs.iter().find(|v| v.id == id)?;
        vpc.account.map(|ix| d.accounts[ix.index()].id.as_str())
    };
    let mut vpc = vpc;
    let mut account = account.or(vpc.and_then(owner));
    let fitting: Vec<(u8, &Network)> = d
        .networks
        .iter()
        .filter(|n| n.valid.covers(at))
        .flat_map(|n| n.cidrs.iter().map(move |c| (c, n)))
        .filter(|(c, _)| c.contains(&address))
        .map(|(c, n)| (c.prefix_len(), n))
        .collect();
    let mut near = near || (vpc.is_some() && fitting.iter().any(|(_, n)| vpc_of(n) == vpc));
    let mut found = (None, None);
    for length in (0..=128).rev() {
        let here: Vec<&Network> = fitting
            .iter()
            .filter(|(l, _)| *l == length)
            .map(|f| f.1)
            .collect();
        let rank = |n: &Network| -> Option<u8> {
            let (own_vpc, own_account) = (vpc_of(n), account_of(n));
            if near && own_vpc.is_some() && vpc.is_some() {
                return (own_vpc == vpc).then_some(3);
            }
            let same_account = own_account.is_some() && own_account == account;
            if near && own_account.is_some() && account.is_some() {
                return same_account.then_some(2);
            }
            if same_account && (own_vpc.is_none() || vpc.is_none()) {
                return Some(2);
            }
            Some(u8::from(own_vpc.is_none() && own_account.is_none()))
        };
        let best = here.iter().filter_map(|n| rank(n)).max();
        let best: Vec<&&Network> = here
            .iter()
            .filter(|n| best.is_some() && rank(n) == best)
            .collect();
        let Some(first) = best.first() else { continue };
        if best
            .iter()
            .any(|n| (n.environment, n.segment) != (first.environment, first.segment))
        {
            return (found.0, found.1, found == (None, None));
        }
        found = (found.0.or(first.environment), found.1.or(first.segment));
        if let Some(id) = vpc_of(first) {
            (vpc, account, near) = (Some(id), account_of(first), true);
        }
        if found.0.is_some() && found.1.is_some() {
            break;
        }
    }
    (found.0, found.1, false)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn look_ups_agree_with_a_walk_over_all_entries(
        networks in prop::collection::vec(network(), 0..24),
        addresses in prop::collection::vec(address(), 8),
        vpc in prop::sample::select(vec![None, Some("vpc-1"), Some("vpc-2"), Some("vpc-9")]),
        account in prop::sample::select(vec![None, Some("111122223333"), Some("111122224444"), Some("999999999999")]),
        near: bool,
        at in prop::sample::select(vec![None, Some(0), Some(1_767_225_599_999), Some(1_767_225_600_000)]),
    ) {
        let context = without_contradictions(networks);
        let at = at.map(EventTime);
        let scope = Scope { vpc: vpc.map(str::as_bytes), account: account.map(str::as_bytes) };
        let within = context.within(scope);
        for address in addresses {
            let found = context.networks.find(address, within, near, at);
            let got = found.map_or((None, None, false), |f| (f.environment, f.segment, f.ambiguous));
            let expected = slowly(&context, address, (vpc, account), near, at);
            prop_assert_eq!(got, expected, "{} in\n{}", address, context.to_yaml());
        }
    }

    #[test]
    fn the_longest_prefix_is_found(
        prefixes in prop::collection::vec(cidr(), 0..40),
        addresses in prop::collection::vec(address(), 16),
    ) {
        let ranges = Ranges::new(prefixes.iter().copied().zip(0..));
        for address in addresses {
            let holds = |c: &&IpNet| c.contains(&address.to_canonical());
            let longest = prefixes.iter().filter(holds).max_by_key(|c| c.prefix_len());
            let expected = longest.and_then(|l| prefixes.iter().position(|c| c == l));
            let got = ranges.longest(address).map(|n| n as usize);
            prop_assert_eq!(got, expected, "{} in {:?}", address, prefixes);
        }
    }

    #[test]
    fn verdicts_agree_with_a_walk_over_the_matrix(
        entries in prop::collection::vec(entry(), 0..24),
        asked in prop::collection::vec((0_usize..9, 0_usize..9, prop::sample::select(vec![0_u8, 1, 6, 17, 47, 58]), port()), 16),
    ) {
        let (context, skipped) = matrix(entries);
        prop_assert!(skipped <= 24);
        let places = places(&context);
        for (from, to, protocol, port) in asked {
            let (from, to) = (&places[from], &places[to]);
            let got = context.verdict(from, to, protocol, port);
            let got = got.map(|d| (d.verdict, d.entry.map(|e| e as usize)));
            let expected = walked(&context, from, to, protocol, port);
            prop_assert_eq!(got, expected, "{:?} {:?} {} {}\n{}", from, to, protocol, port, context.to_yaml());
        }
    }

    #[test]
    fn any_text_is_a_context_or_named_problems(text in "(version: 1\n)?[-a-z0-9:,.{}\\[\\]'\"#&*!|>~ \n/]{0,200}") {
        match Context::parse("c.yaml", &text) {
            Ok((context, _)) => {
                let again = context.to_yaml();
                prop_assert_eq!(super::tests::context(&again).to_yaml(), again);
            }
            Err(problems) => {
                prop_assert!(problems.iter().any(|p| p.severity == Severity::Error));
                prop_assert!(problems.iter().all(|p| p.line > 0 && p.column > 0));
            }
        }
    }
}

fn port() -> impl Strategy<Value = u16> {
    prop::sample::select(vec![0, 1, 21, 22, 23, 5432, 8000, 8010, 8011, u16::MAX])
}

/// An entry of the matrix, as YAML.
fn entry() -> impl Strategy<Value = String> {
    let end = || {
        prop::sample::select(vec![
            "production",
            "staging",
            "production/database",
            "staging/database",
            "production/search",
            "*/database",
            "*",
            "internet",
            "trusted",
            "trusted:office",
        ])
    };
    let ports = prop::sample::select(vec![
        "any",
        "tcp",
        "tcp/22",
        "22",
        "8000-8010",
        "[tcp/8000-8005, tcp/8006-8010]",
        "udp/0-5432",
        "icmp",
        "protocol/47",
    ]);
    let word = prop::sample::select(vec!["allow", "forbid"]);
    (word, end(), end(), ports).prop_map(|(word, from, to, ports)| {
        format!("  - {{{word}: '{from} -> {to}', ports: {ports}}}\n")
    })
}

/// The matrix without entries that are refused, and how many they were.
fn matrix(mut entries: Vec<String>) -> (Context, usize) {
    let head = "version: 1
segments: {database: a, search: b}
trusted: [{name: office, cidrs: [198.51.100.0/24]}, {name: vpn, cidrs: [10.9.0.0/16]}]
matrix:
";
    let mut skipped = 0;
    loop {
        match Context::parse("c.yaml", &format!("{head}{}", entries.concat())) {
            Ok((context, _)) => return (context, skipped),
            Err(problems) => {
                let error = problems.iter().find(|p| p.severity == Severity::Error);
                entries.remove(error.unwrap().line as usize - 5);
                skipped += 1;
            }
        }
    }
}

fn places(context: &Context) -> [Place; 9] {
    let inside = |environment: Option<u16>, segment: Option<u16>| Place {
        environment: environment.map(EnvironmentIx),
        segment: segment.map(SegmentIx),
        account: None,
        standing: Standing::Inside,
    };
    let outside =
        |address: &str| context.endpoint(address.parse().unwrap(), Scope::default(), false, None);
    [
        inside(Some(0), None),
        inside(Some(0), Some(0)),
        inside(Some(1), Some(0)),
        inside(Some(0), Some(1)),
        inside(None, Some(0)),
        outside("8.8.8.8"),
        outside("198.51.100.1"),
        outside("10.9.0.1"),
        outside("10.10.0.1"),
    ]
}

/// The verdict of a firewall: the first entry that fits.
fn walked(
    context: &Context,
    from: &Place,
    to: &Place,
    protocol: u8,
    port: u16,
) -> Option<(Verdict, Option<usize>)> {
    let entries = &context.declared().matrix;
    if entries.is_empty() || !(from.is_inside() || to.is_inside()) {
        return None;
    }
    let speaks = |place: &Place| {
        let mut ends = entries.iter().flat_map(|e| [e.from, e.to]);
        match place.standing {
            Standing::Inside => true,
            Standing::Internet => ends.any(|e| matches!(e, End::Any | End::Internet)),
            Standing::Trusted { .. } => ends.any(|e| !matches!(e, End::Inside(..))),
            Standing::Private | Standing::Ambiguous => false,
        }
    };
    if !speaks(from) || !speaks(to) {
        return None;
    }
    let fits = |end: End, place: &Place| match (end, place.standing) {
        (End::Any, _) => true,
        (End::Internet, Standing::Internet) => true,
        (End::Internet, Standing::Trusted { public, .. }) => public,
        (End::Trusted(None), Standing::Trusted { .. }) => true,
        (End::Trusted(Some(ix)), Standing::Trusted { network, .. }) => ix == network,
        (End::Inside(e, s), Standing::Inside) => {
            (e.is_none() || e == place.environment) && (s.is_none() || s == place.segment)
        }
        _ => false,
    };
    let serves = |ports: &Ports| match *ports {
        Ports::Any => true,
        Ports::Icmp => matches!(protocol, 1 | 58),
        Ports::Protocol(number) => number == protocol,
        Ports::Range(Some(t), first, last) => {
            protocol == t.number() && (first..=last).contains(&port)
        }
        Ports::Range(None, first, last) => {
            matches!(protocol, 6 | 17) && (first..=last).contains(&port)
        }
    };
    let first = entries
        .iter()
        .position(|e| fits(e.from, from) && fits(e.to, to) && e.ports.iter().any(serves));
    Some(match first {
        Some(ix) => (entries[ix].verdict, Some(ix)),
        None => (Verdict::Undeclared, None),
    })
}
