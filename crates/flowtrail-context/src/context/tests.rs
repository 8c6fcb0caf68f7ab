//! The context as a whole: the example, and what addresses and connections are.

use super::*;

const EXAMPLE: &str = include_str!("../../examples/context.yaml");

pub(crate) fn context(text: &str) -> Context {
    match Context::parse("context.yaml", text) {
        Ok((context, _)) => context,
        Err(problems) => panic!("{}", list(&problems)),
    }
}

pub(crate) fn list(problems: &[Problem]) -> String {
    let lines = problems.iter().map(ToString::to_string);
    lines.collect::<Vec<_>>().join("\n")
}

fn at(text: &str) -> Option<EventTime> {
    EventTime::parse(text.as_bytes())
}

/// What the file says of an address that was seen in a VPC and an account, as
/// `near:vpc:account` or `far:vpc:account`.
fn place(context: &Context, address: &str, seen: &str, time: &str) -> String {
    let mut parts = seen.split(':');
    let near = parts.next() == Some("near");
    let mut id = || parts.next().filter(|p| !p.is_empty()).map(str::as_bytes);
    let scope = Scope {
        vpc: id(),
        account: id(),
    };
    let place = context.endpoint(address.parse().unwrap(), scope, near, at(time));
    assert_eq!(Place::from_bytes(&place.to_bytes()), Some(place));
    let account = context.account_name(&place);
    let account = account.map_or(String::new(), |a| format!(" {a}"));
    context.place_name(&place) + &account
}

#[test]
fn the_example_is_right_and_says_nothing_twice() {
    let (context, warnings) = Context::parse("context.yaml", EXAMPLE).unwrap();
    assert_eq!(list(&warnings), "");
    assert_eq!(context.summary().networks, 14);
    assert_eq!(context.summary().cidrs, 15);
    assert_eq!(context.summary().partners, 1);
    assert_eq!(context.version().len(), 12);
    assert_eq!(context.key_rotation_days(), 90);
}

#[test]
fn shown_and_parsed_again_it_is_the_same() {
    let first = context(EXAMPLE).to_yaml();
    let second = context(&first);
    assert_eq!(second.to_yaml(), first);
    assert_eq!(second.summary(), context(EXAMPLE).summary());
}

#[test]
fn addresses_of_the_example() {
    let context = context(EXAMPLE);
    let spring = "2026-05-31T23:59:59.999Z";
    let summer = "2026-06-01T00:00:00Z";
    for (address, seen, time, expected) in [
        ("10.16.4.9", "far", spring, "production/database"),
        ("::ffff:10.16.4.9", "far", spring, "production/database"),
        ("10.16.8.9", "far", spring, "production"),
        ("2001:db8:16:1::7", "far", spring, "production/application"),
        ("2001:db8:17::7", "far", spring, "internet"),
        ("10.17.2.3", "far", spring, "staging/application"),
        ("10.30.0.4", "far", spring, "staging"),
        ("10.30.0.4", "far", summer, "production"),
        ("10.30.0.4", "far", "", "private"),
        ("10.20.1.1", "near:vpc-0de0", spring, "development shop-dev"),
        ("10.20.1.1", "far:vpc-0de0", spring, "development shop-dev"),
        ("10.20.1.1", "near:vpc-057a", spring, "staging/build"),
        ("10.20.1.1", "near:vpc-0a1b", spring, "production shop-prod"),
        ("10.20.1.1", "far:vpc-0a1b", spring, "ambiguous"),
        ("10.20.1.1", "far", spring, "ambiguous"),
        (
            "10.20.1.1",
            "far::111122225555",
            spring,
            "development shop-dev",
        ),
        ("10.99.1.1", "near:vpc-0a1b", spring, "production shop-prod"),
        (
            "10.99.1.1",
            "near::111122225555",
            spring,
            "development shop-dev",
        ),
        ("10.99.1.1", "far:vpc-0a1b:111122223333", spring, "private"),
        ("198.51.100.7", "far:vpc-0a1b", spring, "trusted:office"),
        ("8.8.8.8", "far:vpc-0a1b", spring, "internet"),
        ("169.254.169.254", "far", spring, "private"),
        ("224.0.0.1", "far", spring, "private"),
    ] {
        let got = place(&context, address, seen, time);
        assert_eq!(got, expected, "{address} {seen} {time}");
    }
}

#[test]
fn scopes_of_one_prefix() {
    let context = context(
        "version: 1
segments: {database: a, build: b, search: c, nat: d}
accounts:
  - {id: 111122223333, alias: one}
  - {id: 111122224444, alias: two, environment: staging}
networks:
  - {cidr: 10.0.0.0/8, environment: shared}
  - {cidr: 10.1.0.0/16, segment: database}
  - {cidr: 10.1.0.0/16, segment: build, account: one}
  - {cidr: 10.1.0.0/16, segment: search, vpc: vpc-1}
  - {cidr: 10.2.0.0/16, segment: nat, vpc: vpc-2}
  - {cidr: 10.2.0.0/16, segment: nat, vpc: vpc-3}
  - {cidr: 10.2.3.0/24, environment: production, vpc: vpc-2}
vpcs:
  - {id: vpc-1, account: two}
",
    );
    for (address, seen, expected) in [
        // Of one prefix the VPC comes before the account before neither.
        ("10.1.1.1", "near:vpc-1:111122223333", "shared/search one"),
        ("10.1.1.1", "near:vpc-9:111122223333", "shared/build one"),
        ("10.1.1.1", "near:vpc-9:111122229999", "shared/database"),
        ("10.1.1.1", "near", "shared/database"),
        ("10.1.1.1", "far:vpc-1", "shared/search two"),
        ("10.1.1.1", "far:vpc-9:111122223333", "shared/build one"),
        ("10.1.1.1", "far:vpc-9:111122224444", "shared/database"),
        // A near end is not in somebody else's VPC; a far one may be.
        ("10.2.1.1", "near:vpc-9", "shared"),
        ("10.2.1.1", "near:vpc-3", "shared/nat"),
        ("10.2.1.1", "far:vpc-9", "shared/nat"),
        // Once the VPC is known, what is around comes from it.
        ("10.2.3.1", "far:vpc-9", "production/nat"),
        ("10.2.3.1", "near:vpc-3", "shared/nat"),
    ] {
        assert_eq!(
            place(&context, address, seen, ""),
            expected,
            "{address} {seen}"
        );
    }
}

/// What the matrix says between two addresses.
fn verdict(context: &Context, from: &str, to: &str, protocol: u8, port: u16) -> Option<Decision> {
    let place = |text: &str| context.endpoint(text.parse().unwrap(), Scope::default(), false, None);
    context.verdict(&place(from), &place(to), protocol, port)
}

/// A verdict and the number of the entry that gave it.
type Decided = Option<(Verdict, Option<u32>)>;

#[rustfmt::skip] // One case, one line: it is read as a table.
const CONNECTIONS: &[(&str, &str, u8, u16, Decided)] = &[
    ("10.16.1.5", "10.16.4.1", 6, 5432, Some((Verdict::Allowed, Some(0)))),
    ("10.16.1.5", "10.16.4.1", 17, 5432, Some((Verdict::Undeclared, None))),
    ("10.16.1.5", "10.16.4.1", 6, 5433, Some((Verdict::Undeclared, None))),
    ("10.16.4.1", "10.16.1.5", 6, 5432, Some((Verdict::Undeclared, None))),
    ("10.16.1.5", "10.16.7.1", 6, 9200, Some((Verdict::Allowed, Some(3)))),
    ("10.16.1.5", "10.16.7.1", 6, 9300, Some((Verdict::Allowed, Some(3)))),
    ("10.16.1.5", "10.16.7.1", 6, 9301, Some((Verdict::Undeclared, None))),
    ("10.16.9.17", "10.16.6.1", 6, 22, Some((Verdict::Allowed, Some(4)))),
    ("10.16.9.17", "10.16.6.1", 1, 0, Some((Verdict::Allowed, Some(4)))),
    ("10.16.9.17", "10.16.6.1", 58, 7, Some((Verdict::Allowed, Some(4)))),
    ("10.16.9.17", "10.16.6.1", 47, 0, Some((Verdict::Undeclared, None))),
    ("10.16.6.1", "10.16.7.1", 47, 9, Some((Verdict::Forbidden, Some(6)))),
    ("10.17.1.1", "10.16.4.1", 6, 5432, Some((Verdict::Forbidden, Some(8)))),
    ("198.51.100.9", "10.16.9.17", 6, 22, Some((Verdict::Allowed, Some(5)))),
    ("198.51.100.9", "10.16.9.17", 6, 23, Some((Verdict::Undeclared, None))),
    // No entry is about the internet, and nobody knows 10.99.
    ("8.8.8.8", "10.16.9.17", 6, 22, None),
    ("10.99.0.1", "10.16.9.17", 6, 22, None),
    ("198.51.100.9", "198.51.100.10", 6, 22, None),
];

#[test]
fn the_first_entry_that_fits_decides() {
    let context = context(EXAMPLE);
    for (from, to, protocol, port, expected) in CONNECTIONS {
        let got = verdict(&context, from, to, *protocol, *port);
        let got = got.map(|d| (d.verdict, d.entry));
        assert_eq!(got, *expected, "{from} {to} {protocol} {port}");
    }
}

#[test]
fn a_matrix_may_speak_of_the_outside() {
    let base = "version: 1
segments: {application: a, bastion: b}
networks: [{cidr: 10.1.0.0/16, environment: production, segment: application}]
trusted: [{name: office, cidrs: [198.51.100.0/24]}, {name: vpn, cidrs: [172.16.0.0/16]}]
matrix:
";
    let (office, vpn, world, app) = ("198.51.100.9", "172.16.0.1", "8.8.8.8", "10.1.0.1");
    for (entries, from, expected) in [
        (
            "- {allow: internet -> production, ports: 443}",
            world,
            Some(Verdict::Allowed),
        ),
        (
            "- {allow: internet -> production, ports: 443}",
            office,
            Some(Verdict::Allowed),
        ),
        (
            "- {allow: internet -> production, ports: 443}",
            vpn,
            Some(Verdict::Undeclared),
        ),
        (
            "- {allow: internet -> production, ports: 80}",
            world,
            Some(Verdict::Undeclared),
        ),
        ("- {allow: trusted -> production, ports: 443}", world, None),
        (
            "- {allow: trusted -> production, ports: 443}",
            vpn,
            Some(Verdict::Allowed),
        ),
        (
            "- {forbid: '* -> production', ports: any}",
            world,
            Some(Verdict::Forbidden),
        ),
        (
            "- {forbid: '* -> production', ports: any}",
            "10.9.9.9",
            None,
        ),
        (
            "- {forbid: '* -> */application', ports: any}",
            app,
            Some(Verdict::Forbidden),
        ),
        (
            "- {allow: '*/application -> production', ports: any}",
            world,
            None,
        ),
    ] {
        let context = context(&format!("{base}  {entries}\n"));
        let got = verdict(&context, from, app, 6, 443).map(|d| d.verdict);
        assert_eq!(got, expected, "{entries} {from}");
    }
    let none = context(base);
    assert_eq!(
        verdict(&none, app, app, 6, 443),
        None,
        "no matrix, no policy"
    );
}

#[test]
fn accounts_regions_and_versions() {
    let context = context(EXAMPLE);
    let place = context.account(b"111122224444").unwrap();
    assert_eq!(context.environment_name(&place), Some("staging"));
    assert_eq!(context.account_name(&place), Some("shop-staging"));
    let partner = context.account(b"999900001111").unwrap();
    assert_eq!(context.environment_name(&partner), None);
    assert_eq!(context.account_name(&partner), Some("backup provider"));
    assert_eq!(context.account(b"123456789012"), None);
    assert_eq!(context.account(b"\xff"), None);
    assert_eq!(context.expects_region(b"eu-central-1"), Some(true));
    assert_eq!(context.expects_region(b"sa-east-1"), Some(false));
    let bare = self::context("version: 1\n");
    assert_eq!(bare.expects_region(b"sa-east-1"), None);
    assert_eq!(bare.version(), "09bfcc6a14b8");
    assert_eq!(bare.declared().environments.len(), 4);
}
