//! The context file as text.

use super::Context;
use super::matrix::{End, Entry, Port};
use super::place::Network;
use crate::text::{collected, iso_time};
use crate::world::Environment;
use std::fmt::Write as _;

/// What the segments are.
const SEGMENTS: [(&str, &str); 9] = [
    ("application", "servers of the shop"),
    ("bastion", "hosts that staff logs in through"),
    ("build", "hosts that build, deploy and watch"),
    ("database", "orders and documents"),
    ("graph_database", "who bought what with what"),
    ("ledger", "bookings"),
    ("load_balancer", "what customers reach"),
    ("nat", "gateways to the internet"),
    ("search", "the index of the catalogue"),
];

/// Principals that may do more than others, from where they are known.
const CALLERS: [(&str, &str, &[&str], &[&str]); 7] = [
    (
        "deploy",
        "pipeline",
        &["arn:aws:iam::*:role/deploy-*"],
        &["runners"],
    ),
    (
        "runner",
        "build",
        &["arn:aws:iam::*:role/ci-runner"],
        &["runners"],
    ),
    (
        "images",
        "build",
        &["arn:aws:iam::*:role/image-builder"],
        &["runners", "egress"],
    ),
    (
        "posture",
        "scanner",
        &["arn:aws:iam::*:role/security/posture-audit"],
        &["runners"],
    ),
    (
        "auditors",
        "scanner",
        &["arn:aws:iam::*:role/compliance-scan"],
        &["203.0.113.9/32"],
    ),
    (
        "copies",
        "backup",
        &["arn:aws:iam::*:role/service-role/AWSBackupDefaultServiceRole"],
        &["aws"],
    ),
    (
        "platform",
        "administrator",
        &["arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_PlatformAdmin_*"],
        &["office", "administrators"],
    ),
];

/// A list of quoted texts, `["a", "b"]`.
fn quoted<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    let texts: Vec<_> = texts.into_iter().map(|t| format!("\"{t}\"")).collect();
    format!("[{}]", texts.join(", "))
}

/// Appends a line. Writing into memory cannot fail.
macro_rules! line {
    ($out:expr, $($text:tt)*) => {{
        let _ = writeln!($out, $($text)*);
    }};
}

pub(super) fn write(context: &Context) -> String {
    let mut out = String::from(
        "# What the operator of this simulated organisation knows of it.\nversion: 1\n",
    );
    let o = &mut out;
    let environments = Environment::ALL.map(Environment::word);
    line!(o, "environments: [{}]", environments.join(", "));
    line!(o, "segments:");
    for (name, what) in SEGMENTS {
        line!(o, "  {name}: {what}");
    }
    line!(o, "accounts:");
    for a in &context.accounts {
        let (id, alias, environment) = (&a.id, &a.alias, a.environment.word());
        line!(
            o,
            "  - {{id: \"{id}\", alias: {alias}, environment: {environment}, owner: platform}}"
        );
    }
    line!(o, "partners:");
    for (id, name) in &context.partners {
        line!(o, "  - {{id: \"{id}\", name: {name}}}");
    }
    line!(o, "networks:");
    for network in &context.networks {
        line!(o, "  - {{{}}}", of_network(network));
    }
    line!(o, "vpcs:");
    for (id, account, environment) in &context.vpcs {
        let environment = environment.word();
        line!(
            o,
            "  - {{id: {id}, account: {account}, environment: {environment}}}"
        );
    }
    line!(o, "trusted:");
    for (name, cidrs) in context.trusted.iter().filter(|(_, c)| !c.is_empty()) {
        let cidrs: Vec<_> = cidrs.iter().map(|(a, n)| format!("{a}/{n}")).collect();
        let cidrs = quoted(cidrs.iter().map(String::as_str));
        line!(o, "  - {{name: {name}, cidrs: {cidrs}}}");
    }
    line!(o, "# The first entry that fits decides.");
    line!(o, "matrix:");
    for entry in &context.matrix {
        line!(o, "  - {{{}}}", of_entry(entry));
    }
    callers(context, o);
    line!(o, "regions: [{}]", context.regions.join(", "));
    line!(o, "key_rotation_days: 90");
    out
}

fn callers(context: &Context, o: &mut String) {
    line!(o, "callers:");
    let known = |network: &&&str| {
        let trusted = context.trusted.iter().find(|(name, _)| name == *network);
        trusted.is_none_or(|(_, cidrs)| !cidrs.is_empty())
    };
    for (name, part, principals, networks) in CALLERS {
        let principals = quoted(principals.iter().copied());
        let networks = quoted(networks.iter().filter(known).copied());
        line!(
            o,
            "  - {{name: {name}, part: {part}, principals: {principals}, networks: {networks}}}"
        );
    }
}

fn of_network(network: &Network) -> String {
    let cidrs = network.cidrs.iter().map(|(a, n)| format!("{a}/{n}"));
    let cidrs: Vec<_> = cidrs.collect();
    let cidrs = quoted(cidrs.iter().map(String::as_str));
    let environment = network.environment.word();
    let mut text = format!("cidrs: {cidrs}, environment: {environment}");
    let _ = write!(text, ", segment: {}", network.segment);
    if let Some(vpc) = &network.vpc {
        let _ = write!(text, ", vpc: {vpc}");
    }
    for (key, time) in [("from", network.from), ("until", network.until)] {
        if let Some(time) = time {
            let time = collected(|o| iso_time(o, time));
            let _ = write!(text, ", {key}: \"{time}\"");
        }
    }
    text
}

fn of_entry(entry: &Entry) -> String {
    let verb = if entry.allow { "allow" } else { "forbid" };
    let (from, to) = (of_end(entry.from), of_end(entry.to));
    let ports: Vec<_> = entry.ports.iter().map(of_port).collect();
    let (ports, why) = (ports.join(", "), entry.why);
    format!("{verb}: \"{from} -> {to}\", ports: [{ports}], why: \"{why}\"")
}

fn of_end(end: End) -> String {
    match end {
        End::Segment(environment, segment) => format!("{}/{segment}", environment.word()),
        End::Environment(environment) => environment.word().to_owned(),
        End::Everywhere(segment) => format!("*/{segment}"),
        End::Any => "*".to_owned(),
        End::Internet => "internet".to_owned(),
        End::Trusted(name) => format!("trusted:{name}"),
    }
}

fn of_port(port: &Port) -> String {
    match port {
        Port::Any => "any".to_owned(),
        Port::Icmp => "icmp".to_owned(),
        Port::Tcp(port) => format!("tcp/{port}"),
        Port::Udp(port) => format!("udp/{port}"),
    }
}
