//! Every mistake that the parser names, with its place and what would be right;
//! and the schema, which has to agree where it can see the mistake.

use super::tests::list;
use super::*;

/// What stands before each case that begins with a key of its own.
const BASE: &str = "version: 1
segments: {application: a, database: b}
accounts: [{id: 111122223333, alias: shop-prod, environment: production}]
trusted: [{name: office, cidrs: [198.51.100.0/24]}]
";

/// Whether the schema sees the mistake too.
#[derive(Clone, Copy, PartialEq)]
enum Schema {
    Refuses,
    /// It is about what other parts of the file say.
    CannotSee,
}
use Schema::{CannotSee, Refuses};

/// Text behind [`BASE`] (or a whole file), the problem, what would be right,
/// and whether the schema sees it.
#[rustfmt::skip] // One mistake, one line: it is read as a table.
const MISTAKES: &[(&str, &str, &str, Schema)] = &[
    // The shape of the file.
    ("networks: {a: 1}", "5:11: `networks` has to be a list, and this is a map", "begin each item with `- `", Refuses),
    ("netwroks: []", "5:1: the file has no key `netwroks`", "did you mean `networks`?", Refuses),
    ("weather: []", "5:1: the file has no key `weather`", "its keys are `version`, `environments`", Refuses),
    ("vpcs: [vpc-1]", "5:8: a VPC has to be a map, and this is a single value", "its keys are `id`, `account`", Refuses),
    ("vpcs: [{id: vpc-1, acount: x}]", "5:20: a VPC has no key `acount`", "did you mean `account`?", Refuses),
    ("vpcs: [{id: vpc-1, account: }]", "5:20: `account` has no value", "leave the key out", Refuses),
    ("partners: [{id: 999900001111, name: x, name: y}]", "5:40: `name` stands twice in a partner", "one key", CannotSee),
    ("trusted: []", "5:1: `trusted` stands twice in the file", "under one key", CannotSee),
    ("partners: [{id: 999900001111}]", "5:12: `name` is missing", "say whose account", Refuses),
    ("partners: [{id: 999900001111, name: [a]}]", "5:37: `name` has to be a single value, and this is a list", "", Refuses),
    ("partners: [{id: 999900001111, name: ''}]", "5:37: `name` is empty", "", Refuses),
    ("partners: [{id: 999900001111, name: \"a\\u001b[1m\"}]", "5:37: `name` holds a character that cannot be seen", "", CannotSee),
    ("partners: [{id: 999900001111, name: 12}]", "5:37: `name` is `12`, which is no text", "put it in quotes: `\"12\"`", Refuses),
    // Ids and names.
    ("partners: [{id: 12, name: x}]", "5:17: `12` is no account id", "12 digits", Refuses),
    ("partners: [{id: 012345678901, name: x}]", "5:17: the first 0 of `012345678901` would be lost", "`\"012345678901\"`", CannotSee),
    ("partners: [{id: 111122223333, name: x}]", "5:17: account `111122223333` stands twice", "", CannotSee),
    ("partners: [{id: 999900001111, name: shop-prod}]", "5:37: two accounts are called `shop-prod`", "", CannotSee),
    ("environments: [prod uction]", "5:16: `prod uction` cannot be an environment", "begins with a letter", Refuses),
    ("environments: [internet, production]", "5:16: `internet` cannot be an environment", "a meaning of their own", Refuses),
    ("environments: [production, production]", "5:28: environment `production` stands twice", "", Refuses),
    ("vpcs: [{id: 0a1b}]", "5:13: `0a1b` is no VPC id", "`vpc-0a1b2c3d`", Refuses),
    ("vpcs: [{id: vpc-1}, {id: vpc-1}]", "5:26: VPC `vpc-1` stands twice", "", CannotSee),
    ("vpcs: [{id: vpc-1, account: shop-prd}]", "5:29: there is no account `shop-prd`", "did you mean `shop-prod`?", CannotSee),
    ("vpcs: [{id: vpc-1, environment: prodution}]", "5:33: there is no environment `prodution`", "did you mean `production`?", CannotSee),
    ("vpcs: [{id: vpc-1, segment: weather}]", "5:29: there is no segment `weather`", "the segments are `application`, `database`", CannotSee),
    // Networks.
    ("networks: [{cidr: 10.16.4.9/24, segment: database}]", "5:19: `10.16.4.9/24` is no network", "the network of that address is `10.16.4.0/24`", CannotSee),
    ("networks: [{cidr: 10.16.4.9, segment: database}]", "5:19: `10.16.4.9` is no network", "one address is written `10.16.4.9/32`", Refuses),
    ("networks: [{cidr: 10.16.4/24, segment: database}]", "5:19: `10.16.4/24` is no network", "written `10.16.4.0/24`", CannotSee),
    ("networks: [{cidr: 10.16.4.0/33, segment: database}]", "5:19: `10.16.4.0/33` is no network", "0 to 32", CannotSee),
    ("networks: [{cidr: 10.0.0.0/08, segment: database}]", "5:19: `10.0.0.0/08` is no network", "0 to 32", Refuses),
    ("networks: [{cidr: '2001:db8::1/32', segment: database}]", "5:19: `2001:db8::1/32` is no network", "`2001:db8::/32`", CannotSee),
    ("networks: [{cidr: '::ffff:10.0.0.0/104', segment: database}]", "5:19: `::ffff:10.0.0.0/104` is no network", "`10.0.0.0/8`", CannotSee),
    ("networks: [{cidr: 10.0.0.0/8}]", "5:12: the network is said to be nothing", "an `environment`, a `segment` or both", Refuses),
    ("networks: [{segment: database}]", "5:12: a network has either `cidr` or `cidrs`", "`cidr: 10.16.4.0/24`", Refuses),
    ("networks: [{cidr: 10.0.0.0/8, cidrs: [11.0.0.0/8], segment: database}]", "5:12: a network has either `cidr` or `cidrs`", "", Refuses),
    ("networks: [{cidrs: [], segment: database}]", "5:20: `cidrs` is an empty list", "", Refuses),
    ("networks: [{cidr: 10.0.0.0/8, segment: databse}]", "5:40: there is no segment `databse`", "did you mean `database`?", CannotSee),
    ("networks: [{cidr: 10.0.0.0/8, segment: database, from: 2026-01-01}]", "5:56: `2026-01-01` is no time", "`2026-06-01T00:00:00Z`", Refuses),
    ("networks: [{cidr: 10.0.0.0/8, segment: database, from: '2026-13-01T00:00:00Z'}]", "5:56: `2026-13-01T00:00:00Z` is no time", "", CannotSee),
    ("networks: [{cidr: 10.0.0.0/8, segment: database, from: '2026-02-01T00:00:00Z', until: '2026-01-01T00:00:00Z'}]", "5:87: `until: 2026-01-01T00:00:00Z` is not behind `from`", "`until` is not", CannotSee),
    ("networks: [{cidr: 10.0.0.0/8, segment: database}, {cidr: 10.0.0.0/8, segment: application}]", "5:51: `10.0.0.0/8` is said to be something else in line 5", "tell the two apart by `vpc`", CannotSee),
    ("networks: [{cidr: 10.0.0.0/8, segment: database, vpc: vpc-1}, {cidr: 10.0.0.0/8, segment: application, vpc: vpc-1, account: shop-prod}]", "5:63: `10.0.0.0/8` is said to be something else", "", CannotSee),
    // Trusted networks.
    ("callers: [{name: a, part: pipeline, principals: [b], networks: [ofice]}]", "5:65: there is no trusted network `ofice`", "did you mean `office`?", CannotSee),
    // The matrix.
    ("matrix: [{allow: production -> staging}]", "5:10: `ports` is missing", "or `ports: any`", Refuses),
    ("matrix: [{ports: any}]", "5:10: an entry of the matrix has either `allow` or `forbid`", "`allow: production/application", Refuses),
    ("matrix: [{allow: a -> b, forbid: c -> d, ports: any}]", "5:10: an entry of the matrix has either `allow` or `forbid`", "", Refuses),
    ("matrix: [{allow: production, ports: any}]", "5:18: `production` has no `->`", "", Refuses),
    ("matrix: [{allow: 'production -> ', ports: any}]", "5:18: an end is missing", "", Refuses),
    ("matrix: [{allow: production -> prodution, ports: any}]", "5:18: there is no environment `prodution`", "did you mean `production`?", CannotSee),
    ("matrix: [{allow: application -> production, ports: any}]", "5:18: there is no environment `application`", "`*/application`", CannotSee),
    ("matrix: [{allow: production/databse -> staging, ports: any}]", "5:18: there is no segment `databse`", "did you mean `database`?", CannotSee),
    ("matrix: [{allow: production/* -> staging, ports: any}]", "5:18: `production/*` says no more than `production`", "write `production`", Refuses),
    ("matrix: [{allow: 'trusted:ofice -> staging', ports: any}]", "5:18: there is no trusted network `ofice`", "did you mean `office`?", CannotSee),
    ("matrix: [{allow: internet -> trusted, ports: any}]", "5:18: `internet -> trusted` names no environment", "one end at least", CannotSee),
    ("matrix: [{allow: production -> staging, ports: []}]", "5:48: `ports` is an empty list", "", Refuses),
    ("matrix: [{allow: production -> staging, ports: http}]", "5:48: `http` is no port", "`tcp/5432`, `udp/53`", Refuses),
    ("matrix: [{allow: production -> staging, ports: 65536}]", "5:48: `65536` is no port", "0 to 65535", Refuses),
    ("matrix: [{allow: production -> staging, ports: 90-80}]", "5:48: `90-80` is no port", "`80-90`", CannotSee),
    ("matrix: [{allow: production -> staging, ports: icmp/8}]", "5:48: `icmp/8` is no port", "has no ports", Refuses),
    ("matrix: [{allow: production -> staging, ports: protocol/6}]", "5:48: `protocol/6` is no port", "write `tcp` or `udp`", CannotSee),
    ("matrix: [{allow: production -> staging, ports: protocol/256}]", "5:48: `protocol/256` is no port", "0 to 255", CannotSee),
    ("matrix: [{forbid: staging -> production, ports: any}, {allow: staging -> production/database, ports: 22}]", "5:55: the entry of line 5 comes first and says the opposite", "put the narrower one first", CannotSee),
    // Callers.
    ("callers: [{name: a, part: pipline, principals: [b], networks: [aws]}]", "5:27: there is no part `pipline`", "did you mean `pipeline`?", Refuses),
    ("callers: [{name: a, part: build, principals: [b]}]", "5:11: `networks` is missing", "a principal and a network", Refuses),
    ("callers: [{name: a, part: build, networks: [aws]}]", "5:11: `principals` is missing", "a principal and a network", Refuses),
    ("callers: [{name: a, part: build, principals: ['*'], networks: [aws]}]", "5:46: `principals` takes everything", "a principal and a network", CannotSee),
    ("callers: [{name: a, part: build, principals: [b], networks: [0.0.0.0/0]}]", "5:61: `networks` takes everything", "", CannotSee),
    ("callers: [{name: a, part: build, principals: [b], networks: [aws]}, {name: a, part: build, principals: [b], networks: [aws]}]", "5:76: `a` stands twice", "", CannotSee),
    // Numbers.
    ("regions: [frankfurt]", "5:11: `frankfurt` is no region", "`eu-central-1`", Refuses),
    ("regions: []", "5:10: `regions` is empty", "leave it out", Refuses),
    ("key_rotation_days: 0", "5:20: `0` is no number that fits", "from 1 to 3650", Refuses),
    ("key_rotation_days: 3651", "5:20: `3651` is no number that fits", "", Refuses),
    ("key_rotation_days: ninety", "5:20: `ninety` is no number that fits", "", Refuses),
    // Suppressions.
    ("suppressions: [{id: a, rules: [b], owner: c, expires: 2026-12-31}]", "5:16: `reason` is missing", "say why", Refuses),
    ("suppressions: [{id: a, rules: [b], reason: c, expires: 2026-12-31}]", "5:16: `owner` is missing", "say who", Refuses),
    ("suppressions: [{id: a, rules: [b], owner: c, reason: d}]", "5:16: `expires` is missing", "`expires: 2026-12-31`", Refuses),
    ("suppressions: [{id: a, rules: [b], owner: c, reason: d, expires: never}]", "5:66: `never` is neither a day nor a time", "write `2026-12-31`", Refuses),
    ("suppressions: [{id: a, rules: [b], owner: c, reason: d, expires: 2026-02-30}]", "5:66: `2026-02-30` is neither a day nor a time", "", CannotSee),
    ("suppressions: [{id: a, owner: c, reason: d, expires: 2026-12-31}]", "5:16: the suppression hides every finding", "name at least one of `rules`", Refuses),
    ("suppressions: [{id: a, rules: ['*'], owner: c, reason: d, expires: 2026-12-31}]", "5:16: the suppression hides every finding", "`*` bounds nothing", CannotSee),
    ("suppressions: [{id: a, networks: [0.0.0.0/0], owner: c, reason: d, expires: 2026-12-31}]", "5:16: the suppression hides every finding", "", CannotSee),
    ("suppressions: [{id: a, networks: [aws], owner: c, reason: d, expires: 2026-12-31}]", "5:34: `aws` is no network of a suppression", "name the principal", CannotSee),
    ("suppressions: [{id: a, accounts: [shop-prd], owner: c, reason: d, expires: 2026-12-31}]", "5:35: there is no account `shop-prd`", "`shop-prod`", CannotSee),
];

/// What is taken, with a warning or without one.
#[rustfmt::skip] // One file, one line: it is read as a table.
const TAKEN: &[(&str, &str)] = &[
    ("", ""),
    ("networks:\npartners: ~\ncallers: []", ""),
    ("networks: [{cidr: 10.0.0.0/8, segment: database, until: '2026-01-01T00:00:00Z'}, {cidr: 10.0.0.0/8, segment: application, from: '2026-01-01T01:00:00+01:00'}]", ""),
    ("networks: [{cidr: 10.0.0.0/8, segment: database, vpc: vpc-1}, {cidr: 10.0.0.0/8, segment: application, vpc: vpc-2}, {cidr: 10.0.0.0/8, environment: shared}]", ""),
    ("networks: [{cidrs: 10.0.0.0/8, segment: database}, {cidr: 10.0.0.0/8, segment: database}]", "5:52: `10.0.0.0/8` stands in line 5 already"),
    ("matrix: [{allow: '*/application->production', ports: [any, tcp, udp/53, 0, 1-2, tcp/3-65535, icmp, protocol/47]}]", ""),
    ("matrix: [{allow: staging -> production, ports: 22}, {forbid: staging -> production, ports: any}]", ""),
    ("matrix: [{allow: staging -> production, ports: tcp}, {allow: staging -> production/database, ports: tcp/22}]", "5:54: the entry of line 5 says this already"),
    ("matrix: [{allow: staging -> production, ports: tcp/1-20}, {forbid: staging -> production, ports: tcp/22}, {allow: staging -> production, ports: tcp/1-30}]", ""),
    ("partners: [{id: '012345678901', name: a b}, {id: 999900001111, name: a b}]", ""),
    ("callers: [{name: a, part: break_glass, principals: b, networks: [office, '2001:db8::/32', 10.0.0.0/8, aws]}]", ""),
    ("suppressions: [{id: a, rules: '*', resources: ['arn:aws:s3:::b'], owner: c, reason: d, expires: '2026-12-31T12:00:00Z'}]", ""),
    ("suppressions: [{id: a, accounts: 111122223333, from: '2026-01-01T00:00:00Z', owner: c, reason: d, expires: 2026-12-31}]", ""),
    ("regions: [eu-central-1, us-gov-west-1, eusc-de-east-1, eu-central-1]", "5:56: region `eu-central-1` stands twice"),
    ("key_rotation_days: 3650", ""),
];

fn file(case: &str) -> String {
    format!("{BASE}{case}\n")
}

fn schema_takes(text: &str) -> bool {
    let schema: serde_json::Value = serde_json::from_str(Context::schema()).unwrap();
    let value: serde_json::Value = yaml_serde::from_str(text).unwrap();
    jsonschema::draft202012::is_valid(&schema, &value)
}

#[test]
fn the_schema_is_one() {
    let schema: serde_json::Value = serde_json::from_str(Context::schema()).unwrap();
    assert!(jsonschema::draft202012::meta::is_valid(&schema));
}

#[test]
fn every_mistake_is_named() {
    let mut wrong = Vec::new();
    for (case, expected, hint, schema) in MISTAKES {
        let text = file(case);
        let problems = Context::parse("c.yaml", &text).err().unwrap_or_default();
        let shown = list(&problems);
        let named = shown.contains(&format!("error: c.yaml:{expected}"));
        if !named || !shown.contains(hint) {
            wrong.push(format!("{case}\n{shown}"));
        }
        if *schema == Refuses && schema_takes(&text) {
            wrong.push(format!("the schema takes {case}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_right_is_taken_by_parser_and_schema() {
    for (case, warning) in TAKEN {
        let text = file(case);
        let (context, warnings) =
            Context::parse("c.yaml", &text).unwrap_or_else(|p| panic!("{case}\n{}", list(&p)));
        let shown = list(&warnings);
        let (none, some) = (warning.is_empty(), shown.starts_with("warning: c.yaml:"));
        assert!(
            none == shown.is_empty() && (none || some && shown.contains(warning)),
            "{case}\n{shown}"
        );
        assert!(schema_takes(&text), "{case}");
        let again = context.to_yaml();
        assert_eq!(super::tests::context(&again).to_yaml(), again);
        assert!(schema_takes(&again), "{again}");
    }
    assert!(schema_takes(include_str!("../../examples/context.yaml")));
}

#[test]
fn versions_are_needed_and_known() {
    for (text, expected) in [
        ("segments: {a: b}\n", "1:1: `version` is missing"),
        ("version: 2\n", "1:10: version `2` is not known"),
        ("version:\n", "1:1: `version` has no value"),
        ("- version: 1\n", "1:1: the file has to be a map"),
    ] {
        let shown = list(&Context::parse("c.yaml", text).unwrap_err());
        assert!(shown.contains(expected), "{text}\n{shown}");
        assert!(!schema_takes(text));
    }
}

#[test]
fn all_mistakes_of_a_file_come_at_once_and_in_order() {
    let text = "version: 1
environments: [production]
networks:
  - {cidr: 10.0.0.1/8, environment: prodution, colour: red}
  - {cidr: 10.0.0.0/8}
matrix:
  - {allow: production -> staging, ports: [http, 22]}
suppressions:
  - {id: a}
";
    let problems = Context::parse("c.yaml", text).unwrap_err();
    let at: Vec<_> = problems.iter().map(|p| (p.line, p.column)).collect();
    assert_eq!(
        at,
        [
            (4, 12),
            (4, 37),
            (4, 48),
            (5, 5),
            (7, 13),
            (7, 44),
            (9, 5),
            (9, 5),
            (9, 5),
            (9, 5)
        ],
        "{}",
        list(&problems)
    );
}

#[test]
fn names_beside_those_that_rules_know_are_pointed_at() {
    for (name, known) in [
        ("databse", Some("database")),
        ("graph-database", Some("graph_database")),
        ("Bastion", Some("bastion")),
        ("frontend", None),
        ("database", None),
    ] {
        let text = format!("version: 1\nsegments:\n  {name}: what it is\n");
        let (_, warnings) = Context::parse("c.yaml", &text).unwrap();
        let hint = warnings.first().and_then(|w| w.hint.clone());
        assert_eq!(hint, known.map(|k| format!("they know `{k}`")), "{name}");
    }
}

#[test]
fn many_warnings_do_not_hide_an_error() {
    let network = "  - {cidr: 10.0.0.0/8, environment: production}\n";
    let regions = "  - eu-west-1\n".repeat(2000);
    let text = format!("version: 1\nnetworks:\n{network}regions:\n{regions}key_rotation_days: 0\n");
    let problems = Context::parse("c.yaml", &text).unwrap_err();
    assert_eq!(problems.len(), 1000);
    let errors = problems.iter().filter(|p| p.severity == Severity::Error);
    let reasons: Vec<_> = errors.map(|p| p.reason.as_str()).collect();
    assert_eq!(reasons, ["`0` is no number that fits"]);
}

#[test]
fn limits_are_kept() {
    let many = |line: &str, n: usize| line.repeat(n);
    let network = "  - {cidr: 10.0.0.0/8, environment: production, vpc: vpc-1}\n";
    for (text, expected) in [
        (
            format!("version: 1\nregions:\n{}", many("  - eu-west-1\n", 20_001)),
            "`regions` has 20001 entries, more than 20000",
        ),
        (
            format!("version: 1\nnetworks:\n{}", many(network, 1001)),
            "more than 1000 entries are about `10.0.0.0/8`",
        ),
        (
            format!(
                "version: 1\nmatrix:\n{}",
                many("  - {allow: a, ports: any}\n", 10_001)
            ),
            "`matrix` has 10001 entries, more than 10000",
        ),
        (
            format!(
                "version: 1\npartners: [{{id: 1, name: {}}}]\n",
                "x".repeat(2000)
            ),
            "`name` has more than 1024 characters",
        ),
    ] {
        let problems = Context::parse("c.yaml", &text).unwrap_err();
        assert!(problems.len() <= 1000);
        assert!(
            list(&problems).contains(expected),
            "{expected}\n{}",
            problems.len()
        );
    }
}
