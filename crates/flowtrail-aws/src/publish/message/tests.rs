use serde_json::Value;

use super::super::{Rendered, sample};
use super::*;

fn notice(finding: &Rendered) -> Notice<'_> {
    Notice {
        finding,
        whole: Some("s3://found/k.json"),
    }
}

fn of(findings: &[Rendered], bytes_max: usize) -> Vec<Message> {
    let notices: Vec<Notice<'_>> = findings.iter().map(notice).collect();
    messages(&notices, bytes_max)
}

fn body(message: &Message) -> Value {
    serde_json::from_str(&message.body).unwrap()
}

fn ids(messages: &[Message]) -> Vec<&str> {
    let ids = messages.iter().flat_map(|m| &m.ids);
    ids.map(String::as_str).collect()
}

#[test]
fn one_finding_is_one_message() {
    let messages = of(&[sample::rendered(1, "r1", "eva", 10)], 256 << 10);
    assert_eq!(messages.len(), 1);
    let message = &messages[0];
    assert_eq!(message.subject, "[HIGH] Title of r1 (111122223333)");
    let id = "00000001000000000000000000000000";
    let want = [
        ("severity", "high"),
        ("rule_id", "r1"),
        ("account", "111122223333"),
        ("finding_id", id),
    ];
    assert_eq!(message.attributes, want.map(|(n, v)| (n, v.to_owned())));
    assert_eq!(message.group_id(), id);
    let body = body(message);
    assert_eq!(body["count"], 1);
    assert_eq!(body["actor"], "eva");
    assert_eq!(body["findings"][0]["id"], id);
    assert_eq!(body["places"], json!(["s3://found/k.json"]));
}

#[test]
fn findings_are_grouped_by_rule_account_and_actor() {
    let mut other_account = sample::rendered(5, "r1", "eva", 1);
    other_account.account = None;
    let mut critical = sample::rendered(6, "r2", "eva", 1);
    critical.level = Level::Critical;
    let findings = [
        sample::rendered(1, "r1", "eva", 1),
        sample::rendered(2, "r1", "mal", 1),
        sample::rendered(3, "r1", "eva", 1),
        // Delivered twice within one invocation.
        sample::rendered(1, "r1", "eva", 1),
        other_account,
        critical,
    ];
    let messages = of(&findings, 256 << 10);
    let counts: Vec<u64> = messages
        .iter()
        .map(|m| body(m)["count"].as_u64().unwrap())
        .collect();
    assert_eq!(counts, [1, 1, 2, 1]);
    assert!(messages[0].subject.starts_with("[CRITICAL]"), "worst first");
    assert!(messages[1].subject.contains("(no account)"));
    assert!(messages[1].attributes.iter().all(|(n, _)| *n != "account"));
    assert!(
        messages[2].subject.ends_with(" x2"),
        "{}",
        messages[2].subject
    );
    assert_eq!(ids(&messages).len(), 5, "each once");
}

#[test]
fn a_flood_is_one_message_that_speaks_for_all() {
    let flood: Vec<Rendered> = (0..10_000)
        .map(|n| sample::rendered(n, "r", "eva", 300))
        .collect();
    let messages = of(&flood, 256 << 10);
    assert_eq!(messages.len(), 1);
    let body = body(&messages[0]);
    assert_eq!(body["count"], 10_000);
    assert_eq!(body["findings"].as_array().unwrap().len(), SHOWN_MAX);
    assert_eq!(body["further"].as_array().unwrap().len(), NAMED_MAX);
    assert_eq!(body["not_named"], 10_000 - SHOWN_MAX - NAMED_MAX);
    let spoken_for: BTreeSet<&str> = ids(&messages).into_iter().collect();
    assert_eq!(spoken_for.len(), 10_000);
}

#[test]
fn what_is_too_large_together_is_split() {
    let findings: Vec<Rendered> = (0..25)
        .map(|n| sample::rendered(n, "r", "eva", 9_000))
        .collect();
    let messages = of(&findings, 64 << 10);
    assert!(messages.len() > 2);
    let mut shown = 0;
    for (n, message) in messages.iter().enumerate() {
        assert!(message.bytes() <= 64 << 10, "{}", message.bytes());
        let body = body(message);
        assert_eq!(body["part"], n + 1);
        assert_eq!(body["parts"], messages.len());
        assert_eq!(body["count"], 25);
        assert_eq!(body["further"].is_array(), n == 0);
        shown += body["findings"].as_array().unwrap().len();
    }
    assert_eq!(shown, SHOWN_MAX);
    let all: BTreeSet<&str> = ids(&messages).into_iter().collect();
    assert_eq!((all.len(), ids(&messages).len()), (25, 25));
    let tags: BTreeSet<String> = messages.iter().map(Message::deduplication_id).collect();
    assert_eq!(tags.len(), messages.len());
    assert_eq!(of(&findings, 64 << 10), messages, "the same again");
}

#[test]
fn a_finding_that_is_too_large_alone_is_cut() {
    let findings = [
        sample::rendered(1, "r", "eva", 2 << 20),
        sample::rendered(2, "r", "eva", 10),
    ];
    for bytes_max in [0, 32 << 10, 256 << 10, 1 << 20] {
        let messages = of(&findings, bytes_max);
        let all: Vec<Value> = messages
            .iter()
            .inspect(|m| assert!(m.bytes() <= bytes_max.max(MESSAGE_BYTES_MIN)))
            .flat_map(|m| body(m)["findings"].as_array().unwrap().clone())
            .collect();
        assert_eq!(all.len(), 2);
        assert_eq!(all[0]["truncated"], true);
        assert_eq!(all[0]["whole"], "s3://found/k.json");
        assert_eq!(all[0]["left_out"], json!(["text"]));
        assert_eq!(all[0]["id"], findings[0].id.as_str());
        assert!(all[1].get("truncated").is_none());
    }
}

#[test]
fn whatever_stands_in_a_finding_aws_takes_the_message() {
    let mut nasty = sample::rendered(1, "r", "eva", 10);
    nasty.title = format!("\n\u{1b}[31müber\u{ffff} {}", "ü\"".repeat(2_000));
    nasty.rule = "\u{7}".to_owned();
    nasty.actor = Some("\u{0}\u{fffe}".repeat(5_000));
    nasty.account = Some("\t".to_owned());
    let long = format!("s3://{}", "k".repeat(1_087));
    let notices: Vec<Notice<'_>> = [Some(long.as_str()), None]
        .into_iter()
        .map(|whole| Notice {
            finding: &nasty,
            whole,
        })
        .collect();
    for message in messages(&notices, 0) {
        assert!(message.bytes() <= MESSAGE_BYTES_MIN);
        assert!(message.subject.len() < 100, "{}", message.subject.len());
        assert!(message.subject.bytes().all(|b| (b' '..=b'~').contains(&b)));
        assert!(message.subject.starts_with("[HIGH]"));
        let names: Vec<&str> = message.attributes.iter().map(|(n, _)| *n).collect();
        assert_eq!(names, ["severity", "finding_id"], "no empty value");
        let allowed = |c: char| c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}');
        assert!(message.body.chars().all(allowed));
        assert_eq!(body(&message)["count"], 1);
    }
}

#[test]
fn nothing_is_no_message() {
    assert_eq!(of(&[], 1 << 20), []);
}

#[test]
fn a_drill_is_told_apart_and_says_so() {
    let mut drill = sample::rendered(2, "r1", "eva", 1);
    drill.drill = true;
    drill.title = "DRILL: Title of r1".to_owned();
    let messages = of(&[sample::rendered(1, "r1", "eva", 1), drill], 256 << 10);
    assert_eq!(messages.len(), 2, "never in one message with a real one");
    let marked = |m: &Message| {
        let attribute = m.attributes.contains(&("drill", "true".to_owned()));
        assert_eq!(body(m)["drill"] == true, attribute);
        assert_eq!(m.subject.contains("DRILL: "), attribute, "{}", m.subject);
        attribute
    };
    let marks: Vec<bool> = messages.iter().map(marked).collect();
    assert_eq!(marks, [false, true]);
}
