//! Single values: names, networks, times, ports.

use std::net::IpAddr;

use flowtrail_event::EventTime;
use ipnet::IpNet;

use super::fields::{any_text, shown, text, text_of};
use crate::context::model::{Ports, Transport};
use crate::context::node::{Node, Value};
use crate::context::problem::Problems;

/// Bytes of a name.
const NAME_BYTES_MAX: usize = 64;

/// The form of names, for hints; the schema has the same.
const NAME_FORM: &str =
    "a name begins with a letter or a digit and goes on with these, `_`, `-` and `.`, 64 at most";

/// A name that can stand in an end of the matrix.
pub(super) fn name<'n>(
    node: &'n Node<'_>,
    what: &str,
    problems: &mut Problems<'_>,
) -> Option<&'n str> {
    let name = text(node, what, problems)?;
    let hint = if matches!(name, "internet" | "trusted" | "aws" | "any") {
        "`internet`, `trusted`, `aws` and `any` have a meaning of their own"
    } else if is_name(name) {
        return Some(name);
    } else {
        NAME_FORM
    };
    let reason = format!("`{}` cannot be {what}", shown(node));
    problems.error(node, reason).hint(|| Some(hint.to_owned()));
    None
}

fn is_name(name: &str) -> bool {
    name.len() <= NAME_BYTES_MAX
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
}

/// 12 digits. Without quotes they must not begin with 0: other readers of YAML
/// would take them for a smaller number.
pub(super) fn account_id<'n>(node: &'n Node<'_>, problems: &mut Problems<'_>) -> Option<&'n str> {
    let id = any_text(node, "the id of an account", problems)?;
    let plain = matches!(node.value, Value::Text { plain: true, .. });
    if id.len() != 12 || !id.bytes().all(|b| b.is_ascii_digit()) {
        let reason = format!("`{}` is no account id", shown(node));
        problems
            .error(node, reason)
            .hint(|| Some("an account id has 12 digits".to_owned()));
        return None;
    }
    if plain && id.starts_with('0') {
        let hint = || Some(format!("put it in quotes: `\"{id}\"`"));
        problems
            .error(node, format!("the first 0 of `{id}` would be lost"))
            .hint(hint);
        return None;
    }
    Some(id)
}

/// A network in CIDR form without host bits.
pub(super) fn cidr(node: &Node<'_>, problems: &mut Problems<'_>) -> Option<IpNet> {
    let written = text(node, "a network", problems)?;
    match parse_cidr(written) {
        Ok(cidr) => Some(cidr),
        Err(hint) => {
            let reason = format!("`{}` is no network", shown(node));
            problems.error(node, reason).hint(|| Some(hint));
            None
        }
    }
}

/// The network, or what would be right.
fn parse_cidr(written: &str) -> Result<IpNet, String> {
    let Some((address, length)) = written.split_once('/') else {
        return Err(match written.parse::<IpAddr>() {
            Ok(host) => format!("one address is written `{}`", IpNet::from(host)),
            Err(_) => "a network is written `10.16.4.0/24` or `2001:db8::/32`".to_owned(),
        });
    };
    let Ok(address) = address.parse::<IpAddr>() else {
        return Err("a network is written `10.16.4.0/24` or `2001:db8::/32`".to_owned());
    };
    let max = if address.is_ipv4() { 32 } else { 128 };
    let net = plain_number(length)
        .and_then(|n| u8::try_from(n).ok())
        .and_then(|n| IpNet::new(address, n).ok())
        .ok_or_else(|| format!("the length of the prefix is 0 to {max}"))?;
    if let IpNet::V6(v6) = net
        && let Some(v4) = v6.addr().to_ipv4_mapped()
        && v6.prefix_len() >= 96
    {
        let inner = IpNet::new(IpAddr::V4(v4), v6.prefix_len() - 96);
        let inner = inner.map_or_else(|_| v4.to_string(), |n| n.trunc().to_string());
        return Err(format!("IPv4 is written as such: `{inner}`"));
    }
    if net.trunc() != net {
        return Err(format!("the network of that address is `{}`", net.trunc()));
    }
    Ok(net)
}

/// Digits without a sign and without a 0 in front.
fn plain_number(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let padded = text.len() > 1 && text.starts_with('0');
    (digits && !padded).then(|| text.parse().ok())?
}

/// An instant as AWS writes it.
pub(super) fn instant(node: &Node<'_>, problems: &mut Problems<'_>) -> Option<EventTime> {
    let written = text(node, "a time", problems)?;
    let time = parse_instant(written);
    if time.is_none() {
        let reason = format!("`{}` is no time", shown(node));
        problems
            .error(node, reason)
            .hint(|| Some("a time is written `2026-06-01T00:00:00Z`".to_owned()));
    }
    time
}

/// An instant, or the end of a day.
pub(super) fn expiry(node: &Node<'_>, problems: &mut Problems<'_>) -> Option<EventTime> {
    let written = text(node, "`expires`", problems)?;
    let day = is_day(written).then(|| parse_instant(&format!("{written}T00:00:00Z")));
    let time = match day {
        Some(day) => day.map(|day| EventTime(day.0.saturating_add(86_400_000))),
        None => parse_instant(written),
    };
    if time.is_none() {
        let reason = format!("`{}` is neither a day nor a time", shown(node));
        problems
            .error(node, reason)
            .hint(|| Some("write `2026-12-31`, or `2026-12-31T12:00:00Z`".to_owned()));
    }
    time
}

/// The long form only, with its zone: a time without one is a guess.
fn parse_instant(text: &str) -> Option<EventTime> {
    const SHORTEST: usize = "2026-06-01T00:00:00Z".len();
    let zoned = text.ends_with('Z') || text.get(19..).is_some_and(|z| z.contains(['+', '-']));
    let long = text.len() >= SHORTEST && text.as_bytes().get(10) == Some(&b'T');
    let dated = text.get(..10).is_some_and(is_day);
    // Far-off years are slips, and could not be written in the same form again.
    let near = matches!(text.get(..2), Some("19" | "20" | "21"));
    (zoned && long && dated && near).then(|| EventTime::parse(text.as_bytes()))?
}

fn is_day(text: &str) -> bool {
    text.len() == 10
        && text.bytes().enumerate().all(|(i, b)| match i {
            4 | 7 => b == b'-',
            _ => b.is_ascii_digit(),
        })
}

/// `any`, `icmp`, `tcp`, `tcp/5432`, `8000-8010`, `protocol/47`.
pub(super) fn ports(node: &Node<'_>, problems: &mut Problems<'_>) -> Option<Ports> {
    let written = any_text(node, "`ports`", problems)?;
    match parse_ports(written) {
        Ok(ports) => Some(ports),
        Err(hint) => {
            let reason = format!("`{}` is no port", shown(node));
            problems.error(node, reason).hint(|| Some(hint));
            None
        }
    }
}

fn parse_ports(written: &str) -> Result<Ports, String> {
    let (protocol, numbers) = match written.split_once('/') {
        Some((protocol, numbers)) => (protocol, Some(numbers)),
        None if written.starts_with(|c: char| c.is_ascii_digit()) => ("", Some(written)),
        None => (written, None),
    };
    let transport = match (protocol, numbers) {
        ("any", None) => return Ok(Ports::Any),
        ("icmp", None) => return Ok(Ports::Icmp),
        ("protocol", Some(number)) => return protocol_number(number),
        ("tcp", _) => Some(Transport::Tcp),
        ("udp", _) => Some(Transport::Udp),
        ("", Some(_)) => None,
        ("any" | "icmp", Some(_)) => return Err(format!("`{protocol}` has no ports")),
        _ => return Err(PORT_FORMS.to_owned()),
    };
    let Some(numbers) = numbers else {
        return Ok(Ports::Range(transport, 0, u16::MAX));
    };
    let (first, last) = numbers.split_once('-').unwrap_or((numbers, numbers));
    let port = |text| plain_number(text).and_then(|n| u16::try_from(n).ok());
    match (port(first), port(last)) {
        (Some(a), Some(b)) if a <= b => Ok(Ports::Range(transport, a, b)),
        (Some(a), Some(b)) => Err(format!("the smaller number comes first: `{b}-{a}`")),
        _ => Err("a port is a number from 0 to 65535".to_owned()),
    }
}

const PORT_FORMS: &str = "ports are written `tcp/5432`, `udp/53`, `3306`, `8000-8010`, `tcp`, `icmp`, `protocol/47` or `any`";

fn protocol_number(number: &str) -> Result<Ports, String> {
    match plain_number(number).and_then(|n| u8::try_from(n).ok()) {
        Some(6 | 17) => Err("write `tcp` or `udp`".to_owned()),
        Some(1 | 58) => Err("write `icmp`, which is that of IPv4 and of IPv6".to_owned()),
        Some(number) => Ok(Ports::Protocol(number)),
        None => Err("a protocol is a number from 0 to 255".to_owned()),
    }
}

/// The name of a region, by its form: new ones need no new release.
pub(super) fn region<'n>(node: &'n Node<'_>, problems: &mut Problems<'_>) -> Option<&'n str> {
    let region = text(node, "a region", problems)?;
    let mut parts = region.split('-');
    let area = parts.next().unwrap_or_default();
    let number = parts.next_back().unwrap_or_default();
    let word = |p: &str| !p.is_empty() && p.bytes().all(|b| b.is_ascii_lowercase());
    let middle: Vec<&str> = parts.collect();
    let right = (2..=4).contains(&area.len())
        && word(area)
        && matches!(middle.len(), 1 | 2)
        && middle.iter().all(|p| word(p))
        && number.len() == 1
        && number.bytes().all(|b| b.is_ascii_digit());
    if right {
        return Some(region);
    }
    let reason = format!("`{}` is no region", shown(node));
    problems
        .error(node, reason)
        .hint(|| Some("a region is written `eu-central-1`".to_owned()));
    None
}

/// A whole number in a range.
pub(super) fn number(
    node: &Node<'_>,
    range: (u16, u16),
    problems: &mut Problems<'_>,
) -> Option<u16> {
    let plain = matches!(node.value, Value::Text { plain: true, .. });
    let number = text_of(node).filter(|_| plain).and_then(plain_number);
    let number = number.and_then(|n| u16::try_from(n).ok());
    let number = number.filter(|n| (range.0..=range.1).contains(n));
    if number.is_none() {
        let reason = format!("`{}` is no number that fits", shown(node));
        problems
            .error(node, reason)
            .hint(|| Some(format!("write a number from {} to {}", range.0, range.1)));
    }
    number
}
