use super::sentence::VALUE_COLUMNS_MAX;
use super::*;
use crate::sample;
use unicode_width::UnicodeWidthStr;

fn render(finding: &Finding, style: &Style) -> String {
    let mut out = Vec::new();
    write(finding, style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn wide(width: usize) -> Style {
    Style {
        width: Some(width),
        ..Style::default()
    }
}

#[test]
fn one_call() {
    assert_eq!(
        render(&sample::cloudtrail(), &Style::default()),
        "\
2026-07-31 02:14:09Z  HIGH      A trail was stopped
    who   role/Admin (AssumedRole, session alice, key ASIAEXAMPLEEXAMPLE00, of account 999999999999, without MFA) called cloudtrail:StopLogging on arn:aws:cloudtrail:eu-west-1:123456789012:trail/main, which succeeded
    from  203.0.113.7 (public) in account 123456789012, eu-west-1 with aws-cli/2.15.0 Python/3.11
    why   Without the trail, what follows leaves no trace.
    rule  5c8f7a1e-trail-stopped (T1562.008, stealth), finding 0a0a0a0a0a0a
    at    s3://logs/AWSLogs/a.json.gz @ 1234, event 4d2f

"
    );
}

#[test]
fn one_call_at_eighty_columns() {
    assert_eq!(
        render(&sample::cloudtrail(), &wide(80)),
        "\
2026-07-31 02:14:09Z  HIGH      A trail was stopped
    who   role/Admin (AssumedRole, session alice, key ASIAEXAMPLEEXAMPLE00, of
          account 999999999999, without MFA) called cloudtrail:StopLogging on
          arn:aws:cloudtrail:eu-west-1:123456789012:trail/main, which succeeded
    from  203.0.113.7 (public) in account 123456789012, eu-west-1 with
          aws-cli/2.15.0 Python/3.11
    why   Without the trail, what follows leaves no trace.
    rule  5c8f7a1e-trail-stopped (T1562.008, stealth), finding 0a0a0a0a0a0a
    at    s3://logs/AWSLogs/a.json.gz @ 1234, event 4d2f

"
    );
}

#[test]
fn one_flow() {
    assert_eq!(
        render(&sample::flow(), &Style::default()),
        "\
2026-07-31 02:20:00Z  HIGH      A trail was stopped
    flow  [2001:db8::7]:44321 to [2001:db8::22]:22 tcp REJECT, 140 packets, 8.4 kB, at eni-0abc
    from  2001:db8::7 (public) in account 123456789012
    why   Without the trail, what follows leaves no trace.
    rule  5c8f7a1e-trail-stopped (T1562.008, stealth), finding 0a0a0a0a0a0a
    at    s3://logs/AWSLogs/flow.log.gz @ 99

"
    );
}

#[test]
fn one_correlation() {
    let text = render(&sample::correlation(), &wide(100));
    for line in [
        "2026-07-31 02:14:10Z  CRITICAL  Many different calls were denied\n",
        " last called cloudtrail:StopLogging on\n",
        ", which failed: AccessDenied\n",
        "    seen  1,200 events since 2026-07-31 02:10:00Z (4 min 10 s), value 9; sourceIPAddress =\n",
        "          203.0.113.7; values GetObject, ListBuckets, 7 more\n",
        "    also  requestParameters.name = main\n",
        "    rule  denied-calls (T1580, discovery, stealth), finding c0c0c0c0c0c0\n",
        "    at    s3://logs/AWSLogs/a.json.gz @ 10, event e1, and 1,199 more records\n",
    ] {
        assert!(text.contains(line), "{line:?} is not in\n{text}");
    }
}

#[test]
fn colour_changes_nothing_but_colour() {
    let plain = render(&sample::cloudtrail(), &wide(90));
    let coloured = render(
        &sample::cloudtrail(),
        &Style {
            colour: true,
            ..wide(90)
        },
    );
    assert!(coloured.contains("\u{1b}[1;31mHIGH\u{1b}[0m      A trail"));
    assert!(coloured.contains("\u{1b}[2mwho \u{1b}[0m"));
    let mut stripped = String::new();
    for (i, piece) in coloured.split("\u{1b}[").enumerate() {
        stripped += if i == 0 {
            piece
        } else {
            piece.split_once('m').unwrap().1
        };
    }
    assert_eq!(stripped, plain);
}

#[test]
fn a_forged_finding_stays_inside_its_line() {
    for style in [Style::default(), wide(60), wide(100)] {
        let text = render(&sample::hostile(), &style);
        assert!(text.contains("x\\x1b[2J\\x9b31m\\n2026-07-31"), "{text}");
        assert!(text.contains("admin\\u{202e}txt.exe"));
        let headlines = text
            .lines()
            .filter(|l| !l.is_empty() && !l.starts_with("    "))
            .count();
        assert_eq!(headlines, 1, "{text}");
    }
}

#[test]
fn nothing_is_wider_than_the_terminal() {
    let mut long = sample::hostile();
    std::sync::Arc::make_mut(&mut long.facts).user_agent = Some("A".repeat(5_000));
    long.resources = vec!["日本語".repeat(500); 30];
    for width in [0, 40, 60, 80, 120] {
        for finding in [&long, &sample::flow(), &sample::correlation()] {
            let text = render(finding, &wide(width));
            let widest = text.lines().map(UnicodeWidthStr::width).max().unwrap();
            assert!(
                widest <= width.max(40),
                "{widest} columns of {width}:\n{text}"
            );
        }
    }
}

#[test]
fn long_values_are_cut_and_long_lists_counted() {
    let mut f = sample::cloudtrail();
    std::sync::Arc::make_mut(&mut f.facts).user_agent = Some("A".repeat(5_000));
    f.resources = (0..30).map(|i| format!("bucket-{i}")).collect();
    let text = render(&f, &Style::default());
    assert!(text.contains(&format!(" {}…\n", "A".repeat(VALUE_COLUMNS_MAX - 1))));
    assert!(text.contains("on bucket-0, bucket-1, bucket-2, bucket-3, bucket-4, 25 more, which"));
}

#[test]
fn an_object_can_be_found_however_long_its_name() {
    let mut f = sample::cloudtrail();
    f.evidence[0].object = format!("s3://logs/{}/a.json.gz", "f".repeat(900)).into();
    let text = render(&f, &Style::default());
    assert!(text.contains(&format!("    at    {} @ ", f.evidence[0].object)));
}

#[test]
fn a_sign_in_has_no_key_and_says_whether_there_was_a_second_factor() {
    let mut f = sample::cloudtrail();
    std::sync::Arc::make_mut(&mut f.facts).actor.access_key_id = Some(String::new());
    for (mfa, words) in [("No", ", without MFA)"), ("Yes", ", with MFA)")] {
        std::sync::Arc::make_mut(&mut f.facts).actor.mfa = Some(mfa.to_owned());
        let text = render(&f, &Style::default());
        assert!(text.contains(words) && !text.contains("key"), "{text}");
    }
}

#[test]
fn what_is_not_known_is_left_out() {
    let mut f = sample::cloudtrail();
    std::sync::Arc::make_mut(&mut f.facts).actor = flowtrail_detect::Actor::default();
    (f.first, f.last) = (None, None);
    let facts = std::sync::Arc::make_mut(&mut f.facts);
    (facts.event_name, facts.source, facts.source_kind) = (None, None, None);
    (facts.user_agent, facts.account, facts.region) = (None, None, None);
    f.resources.clear();
    f.evidence.clear();
    f.rule = std::sync::Arc::new(flowtrail_sigma::RuleMeta {
        description: String::new(),
        tags: vec![],
        ..sample::rule()
    });
    assert_eq!(
        render(&f, &Style::default()),
        "\
time unknown          HIGH      A trail was stopped
    rule  5c8f7a1e-trail-stopped, finding 0a0a0a0a0a0a

"
    );
}

#[test]
fn what_is_suppressed_is_marked() {
    let text = render(&sample::suppressed(), &Style::default());
    assert!(
        text.starts_with("2026-07-31 02:14:09Z  HIGH      A trail was stopped (suppressed)\n"),
        "{text}"
    );
    let by = "\n    mute  suppressed by known-scan of secops until 2027-01-01 00:00:00Z: =quarterly; +test\n";
    assert!(text.contains(by), "{text}");
    assert!(
        text.contains(", finding 0a0a0a0a0a0a, context 0123456789ab\n"),
        "{text}"
    );
}
