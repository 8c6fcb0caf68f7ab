use super::*;
use crate::sample;
use flowtrail_event::{EventTime, NoteKind, SkipReason};
use unicode_width::UnicodeWidthStr;

fn filled() -> Summary {
    let mut s = Summary::new();
    for finding in [
        sample::cloudtrail(),
        sample::flow(),
        sample::correlation(),
        sample::cloudtrail(),
    ] {
        s.add(&finding);
    }
    let mut tally = Tally::default();
    (tally.objects, tally.objects_failed) = (3, 1);
    (tally.bytes_stored, tally.bytes_inflated) = (12_000, 1_450_000);
    for _ in 0..1_200 {
        tally.count_evaluated();
    }
    tally.count_skip(SkipReason::Digest);
    tally.count_skip(SkipReason::Malformed);
    tally.count_note(NoteKind::InvalidUtf8);
    s.add_tally(&tally);
    s.add_problem(
        "s3://logs/bad.json.gz",
        ObjectFault::CutOff,
        "ends after 12 bytes",
    );
    s.set_elapsed(Duration::from_millis(500));
    s
}

fn text(s: &Summary, style: &Style) -> String {
    let mut out = Vec::new();
    s.write_text(style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn the_text_of_a_run() {
    assert_eq!(
        text(
            &filled(),
            &Style {
                ascii: true,
                ..Style::default()
            }
        ),
        "\
4 findings: 1 CRITICAL, 3 HIGH

Rules
             3  HIGH      5c8f7a1e  A trail was stopped
             1  CRITICAL  denied-c  Many different calls were denied

Principals
             3  role/Admin

Source addresses
             3  203.0.113.7
             1  2001:db8::7

Accounts
             4  123456789012

Over time (UTC)
  @     .
  2026-07-31 02:14:00Z to 2026-07-31 02:20:00Z
  7 bars of 1 min, at most 3 in one

Read
       objects  2 read, 1 failed
       records  1,202 in = 1,200 evaluated + 2 skipped
       skipped  1 malformed
       skipped  1 digest (as expected)
         noted  1 invalid_utf8
         bytes  12.0 kB stored, 1.4 MB inflated
          took  0.500 s: 2,404 records/s, 2.9 MB/s

Not read to the end
       cut_off  s3://logs/bad.json.gz: ends after 12 bytes
"
        .replace("@     .", "@     -")
    );
}

#[test]
fn nothing_found_is_said_and_accounted_for() {
    assert_eq!(
        text(&Summary::new(), &Style::default()),
        "\
0 findings

Read
       objects  0 read, 0 failed
       records  0 in = 0 evaluated + 0 skipped
         bytes  0 B stored, 0 B inflated
"
    );
}

#[test]
fn a_lost_record_is_the_last_word() {
    let mut s = filled();
    let mut lost = Tally::default();
    lost.records = 5;
    s.add_tally(&lost);
    let text = text(&s, &Style::default());
    assert!(text.contains("1,207 in is not 1,200 evaluated + 2 skipped"));
    assert!(
        text.ends_with("; 5 neither evaluated nor skipped\n"),
        "{text}"
    );
    assert!(text.contains("\nwarning: the numbers do not add up"));
    assert_eq!(s.to_json()["accounting"]["adds_up"], false);
    assert_eq!(s.discrepancies().len(), 1);
}

#[test]
fn the_order_of_arrival_does_not_matter() {
    let findings = [
        sample::cloudtrail(),
        sample::flow(),
        sample::correlation(),
        sample::hostile(),
    ];
    let (mut a, mut b) = (Summary::new(), Summary::new());
    findings.iter().for_each(|f| a.add(f));
    findings.iter().rev().for_each(|f| b.add(f));
    let names: Vec<String> = (0..300).map(|i| format!("object-{i:03}")).collect();
    names
        .iter()
        .for_each(|n| a.add_problem(n, ObjectFault::Corrupt, ""));
    names
        .iter()
        .rev()
        .for_each(|n| b.add_problem(n, ObjectFault::Corrupt, ""));
    assert_eq!(a.to_json(), b.to_json());
    assert_eq!(text(&a, &Style::default()), text(&b, &Style::default()));
    assert_eq!(a.to_json()["problems"]["total"], 300);
    assert_eq!(
        a.to_json()["problems"]["listed"].as_array().unwrap().len(),
        PROBLEMS_LISTED_MAX
    );
    assert!(text(&a, &Style::default()).contains("290 more\n"));
}

#[test]
fn the_json_of_a_run() {
    let mut out = Vec::new();
    filled().write_json(&mut out).unwrap();
    let v: Value = serde_json::from_slice(&out).unwrap();
    assert_eq!(v["schema"], "flowtrail.summary.v1");
    assert_eq!(v["findings"]["total"], 4);
    assert_eq!(
        v["findings"]["by_level"],
        json!({"informational": 0, "low": 0, "medium": 0, "high": 3, "critical": 1})
    );
    assert_eq!(
        v["findings"]["rules"]["listed"][0],
        json!({"id": "5c8f7a1e-trail-stopped", "title": "A trail was stopped", "level": "high", "count": 3})
    );
    assert_eq!(
        v["findings"]["sources"]["listed"][1],
        json!({"name": "2001:db8::7", "count": 1})
    );
    assert_eq!(
        v["findings"]["timeline"],
        json!({"start": "2026-07-31T02:14:00Z", "bar_secs": 60, "counts": [3, 0, 0, 0, 0, 0, 1], "untimed": 0})
    );
    assert_eq!(
        v["accounting"]["records"],
        json!({"in": 1202, "evaluated": 1200, "skipped": 2})
    );
    assert_eq!(v["accounting"]["skipped"]["digest"], 1);
    assert_eq!(v["accounting"]["notes"]["invalid_utf8"], 1);
    assert_eq!(v["problems"]["listed"][0]["fault"], "cut_off");
}

#[test]
fn what_is_not_shown_is_counted_all_the_same() {
    let mut s = filled();
    let all = s.findings();
    s.set_shown(1);
    s.count_problems(7);
    let first = text(&s, &Style::default());
    let first = first.lines().next().unwrap().to_owned();
    assert!(first.ends_with("; 1 shown"), "{first}");
    let json = s.to_json();
    assert_eq!(json["findings"]["shown"], 1);
    assert_eq!(json["findings"]["total"], all);
    let listed = json["problems"]["listed"].as_array().unwrap().len();
    assert_eq!(json["problems"]["total"], listed + 7);
    // Where all are shown nothing is said of it.
    assert_eq!(filled().to_json()["findings"].get("shown"), None);
}

#[test]
fn findings_at_or_above_a_level() {
    let s = filled();
    assert_eq!(s.findings(), 4);
    assert_eq!(s.findings_from(Level::Informational), 4);
    assert_eq!(s.findings_from(Level::High), 4);
    assert_eq!(s.findings_from(Level::Critical), 1);
}

#[test]
fn long_tables_are_cut_and_counted() {
    let mut s = Summary::new();
    for i in 0..25 {
        let mut f = sample::cloudtrail();
        std::sync::Arc::make_mut(&mut f.facts).source = Some(format!("10.0.0.{i}"));
        (f.first, f.last) = (None, None);
        s.add(&f);
    }
    let text = text(&s, &Style::default());
    assert!(text.contains("             1  10.0.0.0\n"));
    assert!(text.contains("                15 more\n"), "{text}");
    assert!(text.contains("  25 findings without a time\n"));
}

#[test]
fn hostile_names_move_nothing_and_fit() {
    let mut s = Summary::new();
    let mut f = sample::hostile();
    std::sync::Arc::make_mut(&mut f.facts).actor.principal =
        Some(format!("a\u{1b}[2J\n{}", "日本".repeat(200)));
    s.add(&f);
    s.add_problem("s3://b/\u{202e}k\r\n", ObjectFault::Open, &"x".repeat(500));
    for width in [40, 80, 120] {
        let text = text(
            &s,
            &Style {
                width: Some(width),
                ..Style::default()
            },
        );
        assert!(text.contains("a\\x1b[2J\\n日本"), "{text}");
        assert!(
            !text
                .chars()
                .any(|c| c != '\n' && crate::sanitize::is_unsafe(c))
        );
        let names = text.lines().filter(|l| l.contains('…'));
        assert!(names.clone().count() >= 2);
        assert!(
            names.map(UnicodeWidthStr::width).all(|w| w <= width),
            "{text}"
        );
    }
}

#[test]
fn colour_is_only_where_it_is_asked_for() {
    let s = filled();
    assert!(!text(&s, &Style::default()).contains('\u{1b}'));
    let coloured = text(
        &s,
        &Style {
            colour: true,
            ..Style::default()
        },
    );
    assert!(coloured.contains("1 \u{1b}[1;97;41mCRITICAL\u{1b}[0m, 3 \u{1b}[1;31mHIGH\u{1b}[0m"));
    assert!(coloured.contains("\u{1b}[1mRules\u{1b}[0m\n"));
}

fn shaped() -> Summary {
    let mut s = filled();
    s.add(&sample::suppressed());
    s.add(&sample::suppressed());
    s.set_context(ContextFile {
        file: "org/context.yaml".to_owned(),
        version: "0123456789ab".to_owned(),
        ambiguous: 3,
        expired: vec![Expired {
            id: "old".to_owned(),
            owner: "payments".to_owned(),
            expires: EventTime(1_780_272_000_000),
        }],
    });
    s
}

#[test]
fn suppressed_findings_are_counted_and_ask_for_nothing() {
    let s = shaped();
    assert_eq!((s.findings(), s.suppressed()), (6, 2));
    assert_eq!(s.findings_from(Level::High), 4);
    let text = text(&s, &Style::default());
    assert!(
        text.starts_with("6 findings: 1 CRITICAL, 5 HIGH; 2 suppressed\n"),
        "{text}"
    );
    let lines = "
Suppressed
             2  known-scan of secops until 2027-01-01 00:00:00Z: =quarterly; +test
       expired  old of payments at 2026-06-01 00:00:00Z: it hides nothing

Read
";
    assert!(text.contains(lines), "{text}");
    assert!(
        text.contains("       context  org/context.yaml, version 0123456789ab\n"),
        "{text}"
    );
    assert!(
        text.contains("     ambiguous  3 records with an address that several networks have\n"),
        "{text}"
    );
    let context = &s.to_json()["context"];
    assert_eq!(
        *context,
        json!({
            "file": "org/context.yaml", "version": "0123456789ab", "ambiguous": 3,
            "suppressed": 2,
            "suppressions": [{
                "id": "known-scan", "owner": "secops", "reason": "=quarterly; +test",
                "expires": "2027-01-01T00:00:00Z", "count": 2,
            }],
            "expired": [{"id": "old", "owner": "payments", "expires": "2026-06-01T00:00:00Z"}],
        })
    );
    assert!(filled().to_json().get("context").is_none());
}

#[test]
fn rules_that_wait_say_for_what() {
    let mut s = filled();
    let waiting = |needs: &[&str], hint| Waiting {
        rules: 19,
        needs: needs.iter().map(|n| (*n).to_owned()).collect(),
        hint,
    };
    s.set_rules(
        400,
        waiting(
            &["a context file", "a baseline", "files"],
            Some("give\u{1b} one".to_owned()),
        ),
    );
    let said = "\n400 rules looked; 19 could not for lack of a context file, a baseline or files \
                (flowtrail rules list)\nhint: give\\x1b one\n";
    assert!(
        text(&s, &Style::default()).contains(said),
        "{}",
        text(&s, &Style::default())
    );
    s.set_rules(400, waiting(&["a baseline"], None));
    assert!(text(&s, &Style::default()).contains("lack of a baseline (flowtrail rules list)\n"));
    assert_eq!(s.to_json()["rules"], json!({"ran": 400, "not_active": 19}));
}

#[test]
fn places_are_told_where_there_were_files_of_them() {
    let mut s = filled();
    assert!(s.to_json().get("places").is_none());
    s.set_places(vec![PlacesFile {
        file: "city\u{1b}.mmdb".to_owned(),
        database: "GeoLite2-City".to_owned(),
        built: EventTime::from_secs(1_793_577_600),
    }]);
    let text = text(&s, &Style::default());
    assert!(text.contains(", GeoLite2-City of 2026-11-02\n"), "{text}");
    assert!(!text.contains('\u{1b}'), "{text}");
    let json = s.to_json();
    assert_eq!(json["places"][0]["database"], "GeoLite2-City");
    assert_eq!(json["places"][0]["built"], "2026-11-02T00:00:00Z");
}

#[test]
fn a_baseline_is_told_where_there_was_one() {
    let mut s = filled();
    assert!(s.to_json().get("baseline").is_none());
    s.set_baseline("0123456789abcdef", "0123456789abcdef, records of a to b");
    let text = text(&s, &Style::default());
    let row = "      baseline  0123456789abcdef, records of a to b\n";
    assert!(text.contains(row), "{text}");
    assert_eq!(s.to_json()["baseline"]["id"], "0123456789abcdef");
}
