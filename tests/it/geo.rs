//! Files that say where addresses are, on the command line.

use std::fs;

use serde_json::json;
use tempfile::TempDir;

use crate::cli::run;
use crate::mmdb::{Mmdb, city, system};

const RULES: &str = "\
title: Somebody calls from Germany
name: from_germany
id: 5b7a1f0c-6f0d-4c39-8d0a-6f3f6a1f8c01
logsource: { product: aws, service: cloudtrail }
detection: { s: { flowtrail.country: DE }, condition: s }
level: high
---
title: Something leaves for a system
name: to_system
id: 5b7a1f0c-6f0d-4c39-8d0a-6f3f6a1f8c02
logsource: { product: aws, service: vpcflow }
detection: { s: { flowtrail.asn: '64500', flowtrail.place: '48.86,2.34' }, condition: s }
level: low
---
title: A country that is new for somebody
name: new_country
id: 5b7a1f0c-6f0d-4c39-8d0a-6f3f6a1f8c03
logsource: { product: aws, service: cloudtrail }
detection: { s: { flowtrail.first_seen: principal_country }, condition: s }
level: medium
";

/// A folder with logs of thirty days, rules, and files of places: Ann calls from
/// Germany each day, and on the last one from France.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("logs")).unwrap();
    for day in 1..=30 {
        let source = if day == 30 {
            "203.0.113.7"
        } else {
            "198.51.100.7"
        };
        let record = json!({"eventVersion": "1.11", "eventID": format!("{day}"),
            "eventTime": format!("2026-11-{day:02}T10:00:00Z"), "eventName": "ListBuckets",
            "eventSource": "s3.amazonaws.com", "awsRegion": "eu-central-1",
            "sourceIPAddress": source, "recipientAccountId": "111122223333",
            "userIdentity": {"type": "IAMUser", "accountId": "111122223333",
                "arn": "arn:aws:iam::111122223333:user/ann"}});
        let object = json!({"Records": [record]}).to_string();
        fs::write(at(&format!("logs/{day:02}.json")), object).unwrap();
    }
    let flows = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets \
                 bytes start end action log-status\n\
                 2 111122223333 eni-1 10.0.0.1 203.0.113.9 40000 443 6 9 300 1793577600 1793577660 \
                 ACCEPT OK\n\
                 2 111122223333 eni-1 10.0.0.1 10.0.0.2 40000 443 6 9 300 1793577600 1793577660 \
                 ACCEPT OK\n";
    fs::write(at("logs/flows.log"), flows).unwrap();
    let mut cities = Mmdb::new();
    cities.say("198.51.100.0/24", &city("DE", 50.11, 8.68, 20));
    cities.say("203.0.113.0/24", &city("FR", 48.8582, 2.3387, 20));
    // Among the logs, where it is no log.
    fs::write(at("logs/city.mmdb"), cities.finish("GeoLite2-City")).unwrap();
    let mut systems = Mmdb::of_v4();
    systems.say("203.0.113.0/24", &system(64_500, "Example Net"));
    fs::write(at("asn.mmdb"), systems.finish("GeoLite2-ASN")).unwrap();
    fs::write(at("rules.yml"), RULES).unwrap();
    folder
}

const OURS: &str = "--no-shipped --rules rules.yml";
const BOTH: &str = "--geo logs/city.mmdb --geo asn.mmdb";

#[test]
fn rules_that_ask_for_places_wait_for_files_of_them() {
    let folder = folder();
    let at = |args: &str| run(folder.path(), args);
    let without = at(&format!("replay {OURS} --format jsonl logs"));
    assert_eq!((without.status, without.out.as_str()), (Some(0), ""));
    let said = "0 rules looked; 3 could not for lack of a baseline or files of countries and \
                autonomous systems and places (";
    assert!(without.said.contains(said), "{}", without.said);
    assert!(without.said.contains("--geo FILE"), "{}", without.said);
    let with = at(&format!("replay {OURS} {BOTH} --format jsonl logs"));
    let names = |ran: &crate::cli::Ran, name: &str| {
        let found = ran.json().into_iter();
        found.filter(|f| f["rule"]["name"] == name).count()
    };
    assert_eq!(with.status, Some(0), "{}", with.said);
    assert_eq!(names(&with, "from_germany"), 29);
    assert_eq!(names(&with, "to_system"), 1);
    assert!(
        with.said.contains("GeoLite2-City of 2026-11-02"),
        "{}",
        with.said
    );
    let learnt = at(&format!("replay {OURS} {BOTH} --learn --format jsonl logs"));
    assert_eq!(names(&learnt, "new_country"), 1, "{}", learnt.said);
    let mut told = learnt.json().into_iter();
    let new = told.find(|f| f["rule"]["name"] == "new_country");
    assert_eq!(new.unwrap()["time"], "2026-11-30T10:00:00Z");
    // Without countries there is nothing to learn of them.
    let learnt = at(&format!(
        "replay {OURS} --geo asn.mmdb --learn --format jsonl logs"
    ));
    assert_eq!(names(&learnt, "new_country"), 0);
    let note = "note: the files of --geo tell no countries and no places";
    assert!(learnt.said.contains(note), "{}", learnt.said);
}

#[test]
fn a_baseline_of_countries_judges_as_history_does() {
    let folder = folder();
    let at = |args: &str| run(folder.path(), args);
    let built = at("baseline build logs --until 2026-11-30 --geo logs/city.mmdb -o usual.base");
    assert_eq!(built.status, Some(0), "{}", built.said);
    let shown = at("baseline show usual.base --dimension principal_country");
    assert!(shown.out.contains("DE"), "{} {}", shown.out, shown.said);
    let replay = format!("replay {OURS} {BOTH} --baseline usual.base --format jsonl logs/30.json");
    let judged = at(&replay);
    let names: Vec<_> = judged
        .json()
        .iter()
        .map(|f| f["rule"]["name"].clone())
        .collect();
    assert_eq!(names, ["new_country"], "{}", judged.said);
    // One without countries calls none of them new.
    let built = at("baseline build logs --until 2026-11-30 -o usual.base");
    assert_eq!(built.status, Some(0), "{}", built.said);
    assert_eq!(at(&replay).out, "");
}

#[test]
fn statements_ask_the_same_files() {
    let folder = folder();
    let ask = |statement: &str, geo: &str| {
        let mut args = vec!["query", "--format", "jsonl"];
        args.extend(geo.split_whitespace());
        args.extend([statement, "logs"]);
        let output = crate::support::flowtrail(folder.path(), &args);
        crate::cli::Ran::of(output)
    };
    let counted = ask(
        "SELECT country(sourceipaddress) c, count(*) n FROM cloudtrail GROUP BY 1 ORDER BY n",
        BOTH,
    );
    let rows = counted.json();
    assert_eq!(
        rows,
        [json!({"c": "FR", "n": 1}), json!({"c": "DE", "n": 29})]
    );
    let place =
        "SELECT DISTINCT derived_field('flowtrail.place', record) p FROM vpcflow ORDER BY 1";
    let rows = ask(place, BOTH).json();
    assert_eq!(rows, [json!({"p": "48.86,2.34"}), json!({"p": null})]);
    let systems = "SELECT asn(dstaddr) a, as_name(dstaddr) n FROM vpcflow ORDER BY 1 LIMIT 1";
    let rows = ask(systems, BOTH).json();
    assert_eq!(rows, [json!({"a": 64_500, "n": "Example Net"})]);
    for (statement, geo, words) in [
        (systems, "--geo logs/city.mmdb", ["`asn`", "--geo FILE"]),
        (place, "", ["flowtrail.place", "--geo FILE"]),
    ] {
        let refused = ask(statement, geo);
        for word in words {
            assert!(refused.said.contains(word), "{}", refused.said);
        }
        assert_eq!(refused.status, Some(2));
    }
}

#[test]
fn a_file_that_cannot_be_used_is_named_with_a_hint() {
    let folder = folder();
    let at = |args: &str| run(folder.path(), args);
    let whole = fs::read(folder.path().join("asn.mmdb")).unwrap();
    fs::write(folder.path().join("short.mmdb"), &whole[..whole.len() / 2]).unwrap();
    let replay = |file: &str| at(&format!("replay {OURS} --geo {file} logs"));
    replay("short.mmdb").refused(&["cannot use `short.mmdb`", "hint:", "cut off"]);
    replay("rules.yml").refused(&["cannot use `rules.yml`", "MaxMind"]);
    replay("none.mmdb").refused(&["none.mmdb"]);
    at(&format!("rules list {OURS} --geo rules.yml")).refused(&["rules.yml"]);
}

/// What is damaged inside shows where somebody asks for it.
#[test]
fn answers_that_are_damaged_are_counted_and_the_answer_is_partial() {
    let folder = folder();
    let file = folder.path().join("logs/city.mmdb");
    let mut bytes = fs::read(&file).unwrap();
    let code = bytes.windows(2).position(|w| w == b"FR").unwrap();
    // A type that there is none of.
    bytes[code - 1] = 0;
    bytes[code] = 99;
    fs::write(&file, bytes).unwrap();
    let ran = run(
        folder.path(),
        &format!("replay {OURS} {BOTH} --format jsonl logs"),
    );
    assert_eq!(ran.status, Some(2), "{}", ran.said);
    let said = "logs/city.mmdb is damaged: 2 answers could not be read";
    assert!(ran.said.contains(said), "{}", ran.said);
    assert!(ran.out.contains("from_germany"));
}
