//! Text of logs and names of files never steer the terminal that they are
//! shown on: not in findings of any format, not in messages.

use std::fs;
use std::process::Output;

use super::binary::Folder;
use super::gz;
use super::specimens::{line, records, with};
use crate::support::flowtrail;

/// A name that clears the screen, rings, forges a line and reads backwards.
const EVIL: &str = "evil\u{1b}[2J\u{7}\nerror: forged\r\u{9b}31m\u{202e}gz";

/// The same inside JSON: escaped where JSON wants it, raw where it does not.
const EVIL_JSON: &str = "x\\u001b[2J\\u0007\\nerror: forged\\r\u{9b}31m\u{202e}\u{7f}\\u0000y";

/// Whether a terminal would do anything but show this character.
fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[track_caller]
fn is_harmless(output: &Output, what: &str) {
    for (stream, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
        let text = std::str::from_utf8(bytes).unwrap();
        let bad = text.lines().find(|line| line.contains(steers));
        assert_eq!(bad, None, "{what}, {stream}");
        let forged = text.lines().find(|l| l.starts_with("error: forged"));
        assert_eq!(forged, None, "{what}, {stream}");
    }
}

fn evil_record() -> String {
    let fields = [
        r#""eventName":"StopLogging@","awsRegion":"@","userAgent":"@","sourceIPAddress":"@""#,
        r#""errorCode":"@","requestParameters":{"name":"@","@":["@"]}"#,
        r#""resources":[{"ARN":"arn:aws:s3:::@"}]"#,
        r#""userIdentity":{"type":"AssumedRole@","arn":"arn:aws:sts::1:assumed-role/@/@","#,
    ];
    let identity = r#""principalId":"A:@","accountId":"@","accessKeyId":"@"}"#;
    let all = format!(
        "{},{},{},{}{identity}",
        fields[0], fields[1], fields[2], fields[3]
    );
    with("id", &all.replace('@', EVIL_JSON)).replace(r#""id""#, &format!("\"{EVIL_JSON}\""))
}

/// A log of evil values, under an evil name, and everything that goes wrong.
fn evil_folder() -> Folder {
    let folder = Folder::new(&[]);
    let file = |end: &str| folder.logs().join(format!("{EVIL}{end}"));
    let log = format!(
        "{{\"Records\":[{},{}]}}",
        evil_record(),
        with("b", "\"eventName\":\"X\"")
    );
    fs::write(file(".json"), &log).unwrap();
    let zipped = gz(log.as_bytes());
    fs::write(file(".cut"), &zipped[..zipped.len() - 20]).unwrap();
    fs::write(file(".damaged.json"), log.replacen(':', "", 1)).unwrap();
    fs::write(file(".txt"), format!("neither {EVIL}")).unwrap();
    let flow = line("10.0.0.1").replace("eni-1", "eni-\u{202e}\u{9b}1m");
    fs::write(file(".flow"), format!("{flow}\n{flow}\u{1b}[2J\n")).unwrap();
    std::os::unix::fs::symlink(EVIL, file(".lost")).unwrap();
    folder
}

#[test]
fn findings_and_messages_are_harmless_in_every_format() {
    let folder = evil_folder();
    for format in ["text", "jsonl", "csv", "ocsf"] {
        for rules in [&["--no-shipped", "--rules", "witness.yml"][..], &[]] {
            let mut args = vec!["replay", "logs", "--format", format, "--level", "low"];
            args.extend(rules);
            let output = flowtrail(folder.0.path(), &args);
            assert_eq!(output.status.code(), Some(2), "{format}");
            is_harmless(&output, format);
            if !rules.is_empty() {
                let shown = String::from_utf8(output.stdout).unwrap();
                assert!(shown.contains("StopLogging"), "{format}: {shown}");
                assert!(shown.contains("evil"), "{format}: {shown}");
            }
        }
    }
}

#[test]
fn colours_are_the_only_escapes() {
    let folder = evil_folder();
    let args = "replay logs --no-shipped --rules witness.yml --color always";
    let mut output = flowtrail(folder.0.path(), &args.split(' ').collect::<Vec<_>>());
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("\u{1b}[1m"), "{text}");
    // Every escape is a colour of ours: digits and semicolons up to an `m`.
    let mut plain = String::new();
    let mut parts = text.split("\u{1b}[");
    plain.push_str(parts.next().unwrap());
    for part in parts {
        let (code, rest) = part.split_once('m').unwrap();
        assert!(
            code.chars().all(|c| c.is_ascii_digit() || c == ';'),
            "{code:?}"
        );
        plain.push_str(rest);
    }
    output.stdout = plain.into_bytes();
    is_harmless(&output, "colours");
}

#[test]
fn names_that_the_user_gave_are_harmless_in_errors() {
    let folder = Folder::new(&[("a.json", &records(&["a"]))]);
    let rule = format!("{EVIL}.yml");
    fs::write(
        folder.0.path().join(&rule),
        format!("title: \"{EVIL_JSON}\"\ndetection: 7\n"),
    )
    .unwrap();
    let full = format!("{EVIL}-full");
    fs::create_dir(folder.0.path().join(&full)).unwrap();
    fs::write(folder.0.path().join(&full).join("x"), "").unwrap();
    let missing = format!("{EVIL}-missing");
    for args in [
        vec!["replay", &missing],
        vec!["replay", "--rules", &missing, "logs"],
        vec!["replay", "--rules", &rule, "logs"],
        vec!["replay", "--summary-json", &full, "logs"],
        vec!["rules", "check", &missing],
        vec!["rules", "check", &rule],
        vec!["rules", "test", &rule],
        vec!["rules", "list", "--rules", &rule],
        vec!["rules", "explain", &missing, "logs/a.json"],
        vec![
            "rules",
            "explain",
            "4857cc51-99bd-468d-a0fa-8fa2d46a80ee",
            &missing,
        ],
        vec!["simulate", &full],
    ] {
        let output = flowtrail(folder.0.path(), &args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        is_harmless(&output, &format!("{args:?}"));
    }
}
