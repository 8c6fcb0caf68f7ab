//! Every mistake that the file's reference documents, made once and named by
//! the binary.

use super::BASE;
use crate::cli::{folder, run};

/// What stands behind [`BASE`] (7th line on), the place and the words of the
/// problem, and of its hint.
#[rustfmt::skip] // One mistake, one line: it is read as a table.
const MISTAKES: &[(&str, &str, &str)] = &[
    ("netwroks: []", "error: c.yaml:7:1: the file has no key `netwroks`", "`networks`"),
    ("vpcs: [{id: vpc-1, environment: prodution}]", "error: c.yaml:7:33: there is no environment `prodution`", "`production`"),
    ("vpcs: [{id: vpc-1, segment: weather}]", "error: c.yaml:7:29: there is no segment `weather`", "segment"),
    ("vpcs: [{id: vpc-1, account: shp}]", "error: c.yaml:7:29: there is no account `shp`", "`shop`"),
    ("callers: [{name: a, part: build, principals: [b], networks: [ofice]}]", "error: c.yaml:7:62: there is no trusted network `ofice`", "`office`"),
    ("callers: [{name: a, part: pipline, principals: [b], networks: [aws]}]", "error: c.yaml:7:27: there is no part `pipline`", "`pipeline`"),
    ("trusted: []", "error: c.yaml:7:1: `trusted` stands twice in the file", "one key"),
    ("partners: [{id: '111122223333', name: x}]", "error: c.yaml:7:17: account `111122223333` stands twice", ""),
    ("vpcs: [{id: vpc-1}, {id: vpc-1}]", "error: c.yaml:7:26: VPC `vpc-1` stands twice", ""),
    ("suppressions: [{id: a, networks: [10.16.4.9/24], owner: b, reason: c, expires: 2026-12-31}]", "error: c.yaml:7:35: `10.16.4.9/24` is no network", "`10.16.4.0/24`"),
    ("suppressions: [{id: a, networks: [10.16.4.9], owner: b, reason: c, expires: 2026-12-31}]", "error: c.yaml:7:35: `10.16.4.9` is no network", "`10.16.4.9/32`"),
    ("suppressions: [{id: a, networks: ['::ffff:10.0.0.0/104'], owner: b, reason: c, expires: 2026-12-31}]", "error: c.yaml:7:35: `::ffff:10.0.0.0/104` is no network", "`10.0.0.0/8`"),
    ("matrix: [{forbid: staging -> production, ports: any}, {allow: staging -> production, ports: 22}]", "error: c.yaml:7:55: the entry of line 7 comes first and says the opposite", "narrower one first"),
    ("matrix: [{forbid: staging -> production, ports: any}, {forbid: staging -> production, ports: 22}]", "warning: c.yaml:7:55: the entry of line 7 says this already", "take one of them out"),
    ("callers: [{name: a, part: build, principals: ['*'], networks: [aws]}]", "error: c.yaml:7:46: `principals` takes everything", "a principal and a network"),
    ("suppressions: [{id: a, rules: ['*'], owner: c, reason: d, expires: 2026-12-31}]", "error: c.yaml:7:16: the suppression hides every finding", "bounds nothing"),
    ("suppressions: [{id: a, rules: [b], reason: c, expires: 2026-12-31}]", "error: c.yaml:7:16: `owner` is missing", "say who"),
    ("suppressions: [{id: a, rules: [b], owner: c, expires: 2026-12-31}]", "error: c.yaml:7:16: `reason` is missing", "say why"),
    ("suppressions: [{id: a, rules: [b], owner: c, reason: d}]", "error: c.yaml:7:16: `expires` is missing", "`expires: 2026-12-31`"),
    ("partners: [{id: 012345678901, name: x}]", "error: c.yaml:7:17: the first 0 of `012345678901` would be lost", "`\"012345678901\"`"),
    ("key_rotation_days: 0", "error: c.yaml:7:20: `0` is no number that fits", "3650"),
    ("regions: [frankfurt]", "error: c.yaml:7:11: `frankfurt` is no region", "`eu-central-1`"),
];

#[test]
fn each_documented_mistake_is_named_with_its_place() {
    for (text, problem, hint) in MISTAKES {
        let dir = folder(&[("c.yaml", &format!("{BASE}{text}\n"))]);
        let ran = run(dir.path(), "context check c.yaml");
        let (status, end) = if problem.starts_with("error") {
            (2, "c.yaml: cannot be used; 1 error, 0 warnings\n")
        } else {
            (0, "; 0 errors, 1 warning\n")
        };
        assert_eq!(
            (ran.status, ran.said.as_str()),
            (Some(status), ""),
            "{text}: {}",
            ran.out
        );
        assert!(ran.out.starts_with(problem), "{text}: {}", ran.out);
        let said = ran
            .out
            .split_once("\n  hint: ")
            .map_or("", |(_, hint)| hint);
        assert!(said.contains(hint), "{text}: {}", ran.out);
        assert!(ran.out.ends_with(end), "{text}: {}", ran.out);
    }
}

#[test]
fn one_address_with_two_meanings() {
    let twice = |other: &str| {
        let text = format!(
            "version: 1\nnetworks:\n  - {{cidr: 10.0.0.0/8, environment: staging}}\n  - {{cidr: 10.0.0.0/8, environment: {other}}}\n"
        );
        let dir = folder(&[("c.yaml", &text)]);
        run(dir.path(), "context check c.yaml")
    };
    let ran = twice("production");
    assert_eq!(ran.status, Some(2));
    let said = "error: c.yaml:4:5: `10.0.0.0/8` is said to be something else in line 3\n  hint: ";
    assert!(ran.out.starts_with(said), "{}", ran.out);
    let ran = twice("staging");
    assert_eq!(ran.status, Some(0));
    let said = "warning: c.yaml:4:5: `10.0.0.0/8` stands in line 3 already";
    assert!(ran.out.starts_with(said), "{}", ran.out);
}

/// All of them at once, in the order of the file, and what is no YAML at all.
#[test]
fn all_mistakes_are_named_at_once() {
    let dir = folder(&[
        (
            "c.yaml",
            &format!("{BASE}regions: []\nkey_rotation_days: 0\nweather: 1\n"),
        ),
        ("no.yaml", "version: [1\n"),
        (
            "bomb.yaml",
            "version: 1\nenvironments: &a [a]\nregions: *a\n",
        ),
        ("terminal.yaml", "version: 1\n\"\u{1b}[2J\u{9b}1m\": 1\n"),
    ]);
    let ran = run(dir.path(), "context check c.yaml");
    let places: Vec<_> = ran
        .out
        .lines()
        .filter_map(|l| l.strip_prefix("error: c.yaml:"))
        .collect();
    let starts: Vec<_> = places.iter().filter_map(|p| p.split_once(':')).collect();
    let starts: Vec<_> = starts.iter().map(|(line, _)| *line).collect();
    assert_eq!(starts, ["7", "8", "9"], "{}", ran.out);
    assert!(
        ran.out
            .ends_with("c.yaml: cannot be used; 3 errors, 0 warnings\n"),
        "{}",
        ran.out
    );
    for name in ["no.yaml", "bomb.yaml", "terminal.yaml"] {
        let ran = run(dir.path(), &format!("context check {name}"));
        assert_eq!(ran.status, Some(2), "{}", ran.out);
        assert!(ran.out.contains(&format!("error: {name}:")), "{}", ran.out);
        assert!(!ran.out.contains(['\u{1b}', '\u{9b}']), "{:?}", ran.out);
    }
}
