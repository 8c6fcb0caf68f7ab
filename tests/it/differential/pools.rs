//! What random records and random rules are made of. The pools are small, so
//! that the two meet, and hold what is easily handled wrongly.

/// What texts are made of.
#[rustfmt::skip]
pub(crate) const PIECES: [&str; 40] = [
    "Stop", "stop", "STOP", "Logging", "admin", "a", "b", "A", "x", "true", "null", "1", "443", "0",
    "*", "?", "\\", "\\\\", "\\*", "-enc", " -a", "/b", "\u{2013}y", "\u{2014}z",
    "é", "É", "\u{212a}", "k", "ς", "Σ", "σ", "İ", "😀", "\n", "\r\n", " ", "%", "{", "\"", ".",
];

/// Numbers, some of which only exact arithmetic tells apart.
#[rustfmt::skip]
pub(crate) const NUMBERS: [&str; 23] = [
    "0", "1", "-1", "2", "10", "80", "443", "0443", "443.0", "4.43e2", "1.5", "-1.5", "0.05", "-0",
    "1e3", "+7", "65535", "9007199254740992", "9007199254740993", "9223372036854775807",
    "-9223372036854775808", "18446744073709551615", "12345678901234567890123",
];

#[rustfmt::skip]
pub(crate) const ADDRESSES: [&str; 14] = [
    "10.0.0.1", "10.255.255.255", "11.0.0.0", "192.168.1.127", "192.168.1.128", "0.0.0.0",
    "::1", "fe80::1", "2001:db8::5", "::ffff:10.0.0.1",
    "AWS Internal", "ec2.amazonaws.com", "10.0.0", "010.0.0.1",
];

#[rustfmt::skip]
pub(crate) const TIMES: [&str; 14] = [
    "2024-07-10T12:30:00Z", "2024-07-10T23:30:00-02:00", "2021-01-03T00:00:00Z",
    "2024-12-30T08:05:59.25Z", "2024-02-29 07:00:00", "20240710T123000Z", "1969-12-31T23:59:59Z",
    "1720614600", "1720614600000", "0", "99999999999", "2023-02-29T00:00:00Z", "2024-07-10", "noon",
];

/// Base64 of texts that hold `admin` at each offset, and UTF-16 of `Stop`, also
/// with what is left of a byte order mark.
#[rustfmt::skip]
pub(crate) const ENCODED: [&str; 9] = [
    "YWRtaW4=", "eGFkbWlueQ==", "eHhhZG1pbnl5", "eHh4YWRtaW4", "YWRtaX", "UwB0AG8AcAA=",
    "S\u{0}t\u{0}o\u{0}p\u{0}", "\u{0}S\u{0}t\u{0}o\u{0}p",
    "\u{fffd}\u{fffd}S\u{0}t\u{0}o\u{0}p\u{0}",
];

/// The fields that rules ask for; without a name, for keywords.
#[rustfmt::skip]
pub(crate) const FIELDS: [&str; 24] = [
    "name", "name", "code", "text", "text", "ip", "port", "when", "flag", "list", "items.a", "nothing",
    "obj", "obj.a", "obj.b", "obj.b.c", "obj.b.d", "obj.a.b", "dot.ted", "br[0]", "", "",
    "flowtrail.principal", "flowtrail.outcome",
];

#[rustfmt::skip]
pub(crate) const NETWORKS: [&str; 10] = [
    "10.0.0.0/8", "192.168.1.128/25", "0.0.0.0/0", "10.1.2.3/8", "10.0.0.1", "0.0.0.0/32",
    "::/0", "fe80::/10", "2001:db8::/32", "::ffff:10.0.0.0/104",
];

#[rustfmt::skip]
pub(crate) const REGEXES: [&str; 16] = [
    "^Stop", "stop$", "S.*g", "^$", r"\d+", r"^\d+$", "(stop|admin)", "a.b", "^b", "é", "[A-Z]{2}",
    r"\bstop\b", r#""a":"#, r"^\{.*\}$", "x?", ".",
];

pub(crate) const PARTS: [&str; 6] = ["minute", "hour", "day", "week", "month", "year"];

/// Values with placeholders, see `placeholders`.
#[rustfmt::skip]
pub(crate) const EXPANDED: [&str; 14] = [
    "%one%", "%two%", "%wild%", "*%one%*", "%one%%two%", "x%two%-%one%", "%two%%wild%", r"\*%two%",
    "admin%", "%one%*", r"\%one%", r"*\\%one%", r"*\% %two%*", "%",
];

#[rustfmt::skip]
pub(crate) const DASHED: [&str; 10] = [
    "-enc", " -a", "a-b", "-a -b", "/b", "*-enc*", "*-enc?*", "\u{2013}y", "x /b", "-",
];

/// Fields of flow logs as rules may write them.
#[rustfmt::skip]
pub(crate) const FLOW_FIELDS: [&str; 30] = [
    "srcaddr", "dstaddr", "SourceIp", "src_ip", "DestinationIp", "dst_port", "dstport", "srcport",
    "bytes", "packets", "protocol", "Protocol", "start", "end", "action", "log-status", "log_status",
    "tcp-flags", "pkt_srcaddr", "pkt-dst-aws-service", "flow-direction", "direction", "instance-tag",
    "interface_tag", "vpc-id", "nothing", "brand-new", "",
    "flowtrail.source.kind", "flowtrail.destination.kind",
];

/// Columns of random flow logs, and what may stand in them.
#[rustfmt::skip]
pub(crate) const COLUMNS: [(&str, &[&str]); 17] = [
    ("version", &["2", "5", "6", "11"]),
    ("srcaddr", &["10.0.0.1", "192.168.1.128", "8.8.8.8", "::ffff:10.0.0.1", "2001:db8::5", "-"]),
    ("dstaddr", &["10.255.255.255", "11.0.0.0", "fe80::1", "::1", "224.0.0.1", "-"]),
    ("srcport", &["0", "22", "443", "0443", "49152", "-"]),
    ("dstport", &["22", "80", "443", "65535", "-"]),
    ("protocol", &["6", "17", "1", "-1", "-"]),
    ("packets", &["1", "10", "9007199254740993", "-"]),
    ("bytes", &["0", "443", "18446744073709551615", "9007199254740992", "-"]),
    ("start", &["1720614600", "0", "-"]),
    ("end", &["1720614660", "99999999999", "-"]),
    ("action", &["ACCEPT", "REJECT", "-"]),
    ("log-status", &["OK", "NODATA", "SKIPDATA"]),
    ("tcp-flags", &["2", "18", "-"]),
    ("pkt-srcaddr", &["10.0.0.1", "10.1.2.3", "-"]),
    ("flow-direction", &["ingress", "egress", "-"]),
    ("instance-tag", &["Stop%20Logging", "caf%C3%A9", "100%", "%zz", "plain", "-"]),
    ("brand-new", &["Stop", "STOP", "a*b", "é", "-x", "443", "-"]),
];
