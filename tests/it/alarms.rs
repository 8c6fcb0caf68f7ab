//! Alarms as a user meets them: the files that come with the modules, the forms,
//! and a CloudWatch on the loopback.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use aws_config::{BehaviorVersion, Region};
use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::config::Credentials;
use aws_sdk_cloudwatch::types::{ComparisonOperator, Statistic, Tag};
use serde_json::Value;

use crate::cli::{Ran, at_top};
use crate::support::root;

/// The generated file of a module is what the program writes today.
#[track_caller]
fn is_written(file: &str, command: &str) {
    let ran = at_top(command);
    assert_eq!(ran.status, Some(0), "{}", ran.said);
    let file_text = fs::read_to_string(root().join(file)).unwrap();
    assert_eq!(file_text, ran.out, "{file}: run `cargo xtask infra write`");
}

#[test]
fn the_files_of_the_modules_are_what_is_rendered() {
    is_written("infra/modules/alarms/alarms.json", "alarms render");
    is_written("infra/modules/dashboard/body.json", "alarms dashboard");
}

#[test]
fn the_cost_is_bounded_and_told() {
    let ran = at_top("alarms render");
    let file: Value = serde_json::from_str(&ran.out).unwrap();
    let alarms = file["alarms"].as_array().unwrap();
    let rules = alarms.iter().filter(|a| a["kind"] == "rule").count();
    assert!((5..=15).contains(&rules), "few, not {rules}");
    let words = [
        format!("note: {} alarms at $0.10", alarms.len()),
        format!("{rules} of them of single rules"),
    ];
    for word in words {
        assert!(ran.said.contains(&word), "{word}: {}", ran.said);
    }
}

const RULE: &str = "\
title: Somebody took a cookie
id: 11111111-1111-4111-8111-111111111111
name: cookie_taken
logsource: { product: aws, service: cloudtrail }
detection:
  selection: { eventName: TakeCookie }
  condition: selection
level: high
flowtrail:
  alarm: { threshold: 2, period: 1h, own: There is only one left. }
";

/// A folder with rules of which the first has an alarm.
fn rules(text: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("rules")).unwrap();
    fs::write(dir.path().join("rules/cookie.yml"), text).unwrap();
    dir
}

/// Without its rule an alarm would look as if nobody wanted it.
#[test]
fn a_rule_that_does_not_compile_stops_it() {
    let dir = rules(&RULE.replace("eventName:", "eventName|resembles:"));
    let ran = run(dir.path(), "http://127.0.0.1:9", "alarms render");
    ran.refused(&["does not compile", "\nhint: "]);
}

#[test]
fn metadata_of_alarms_are_checked() {
    let dir = rules(&RULE.replace("own: There is only one left.", "own: ''"));
    let ran = run(dir.path(), "http://127.0.0.1:9", "rules check rules");
    assert!(ran.out.contains("why the rule has an alarm"), "{}", ran.out);
    assert!(at_top("rules schema").out.contains("alarm.own"));
}

#[test]
fn words_that_are_none_are_refused() {
    at_top("alarms plan --action severe=arn:aws:sns:x").refused(&["severe", "hint: "]);
    at_top("alarms plan --name Flow_Trail").refused(&["Flow_Trail", "hint: "]);
    let ran = at_top("alarms render --source mainframe");
    assert_eq!(ran.status, Some(2));
    assert!(ran.said.contains("vpcflow"), "{}", ran.said);
}

#[test]
fn sources_are_chosen() {
    let names = |args: &str| -> Vec<String> {
        let ran = at_top(&format!("alarms render {args}"));
        let file: Value = serde_json::from_str(&ran.out).unwrap();
        let alarms = file["alarms"].as_array().unwrap().iter();
        let names = alarms.map(|a| a["name"].as_str().unwrap().to_owned());
        names.filter(|n| n.starts_with("silence")).collect()
    };
    assert_eq!(names("--source none"), ["silence"]);
    assert_eq!(
        names("--source vpcflow --source cloudtrail"),
        ["silence", "silence-vpcflow", "silence-cloudtrail"]
    );
}

fn run(folder: &Path, endpoint: &str, args: &str) -> Ran {
    let more = if args.starts_with("alarms") {
        "--rules rules --no-shipped"
    } else {
        ""
    };
    let output = Command::new(env!("CARGO_BIN_EXE_flowtrail"))
        .args(args.split_whitespace().chain(more.split_whitespace()))
        .current_dir(folder)
        .envs(surroundings(endpoint))
        .output()
        .unwrap();
    Ran::of(output)
}

/// An account that is none, at an endpoint.
fn surroundings(endpoint: &str) -> [(&'static str, &str); 6] {
    [
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("NO_PROXY", "*"),
    ]
}

/// A deployment of a test's own, as its owner and as somebody else.
struct Deployment {
    endpoint: String,
    client: Client,
    name: String,
    folder: tempfile::TempDir,
}

impl Deployment {
    /// `None`, with a message, where there is no AWS.
    async fn of(test: &str) -> Option<Self> {
        let Ok(endpoint) = std::env::var("FLOWTRAIL_TEST_AWS") else {
            eprintln!("{test}: skipped, there is no AWS; `cargo xtask test` brings one");
            return None;
        };
        let config = aws_config::defaults(BehaviorVersion::latest())
            .endpoint_url(&endpoint)
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .load()
            .await;
        Some(Self {
            client: Client::new(&config),
            endpoint,
            name: format!("{test}-{}", std::process::id()),
            folder: rules(RULE),
        })
    }

    fn run(&self, command: &str) -> Ran {
        let args = format!(
            "alarms {command} --name {} --action high=arn:aws:sns:us-east-1:123456789012:x",
            self.name
        );
        run(self.folder.path(), &self.endpoint, &args)
    }

    /// `apply` with somebody before it, if there is a program that makes terminals.
    #[cfg(target_os = "linux")]
    fn at_a_terminal(&self) -> Option<Child> {
        let program = env!("CARGO_BIN_EXE_flowtrail");
        let name = &self.name;
        let apply = format!("{program} alarms apply --name {name} --rules rules --no-shipped");
        let script = Command::new("script")
            .args(["--quiet", "--return", "--command", &apply, "/dev/null"])
            .current_dir(self.folder.path())
            .envs(surroundings(&self.endpoint))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        script.ok()
    }

    /// The changes that a plan has: what, and to which alarm.
    fn changes(&self) -> Vec<(String, String)> {
        let ran = self.run("plan --json");
        let plan = ran.json().remove(0);
        let changes = plan["changes"].as_array().unwrap().iter();
        let text = |v: &Value| v.as_str().unwrap().to_owned();
        let changes: Vec<_> = changes
            .map(|c| (text(&c["what"]), text(&c["alarm"])))
            .collect();
        let taken = changes.iter().any(|(what, _)| what == "taken");
        let status = if taken {
            2
        } else {
            i32::from(!changes.is_empty())
        };
        assert_eq!(ran.status, Some(status), "{}", ran.said);
        changes
    }

    /// Puts an alarm by hand.
    async fn put(&self, alarm: &str, threshold: f64, tag: Option<(&str, &str)>) {
        let put = self.client.put_metric_alarm();
        let mut put = put
            .alarm_name(format!("{}-{alarm}", self.name))
            .namespace("Flowtrail")
            .metric_name("Findings")
            .statistic(Statistic::Sum)
            .period(60)
            .evaluation_periods(5)
            .threshold(threshold)
            .comparison_operator(ComparisonOperator::GreaterThanThreshold);
        if let Some((key, value)) = tag {
            put = put.tags(Tag::builder().key(key).value(value).build());
        }
        put.send().await.unwrap();
    }

    async fn threshold(&self, alarm: &str) -> Option<f64> {
        let name = format!("{}-{alarm}", self.name);
        let describe = self.client.describe_alarms().alarm_names(name);
        let answer = describe.send().await.unwrap();
        answer.metric_alarms().first().and_then(|a| a.threshold())
    }
}

#[tokio::test]
async fn alarms_become_what_the_rules_ask_for_and_stay_so() {
    let Some(deployment) = Deployment::of("alarms-apply").await else {
        return;
    };
    let first = deployment.changes();
    assert!(first.iter().all(|(what, _)| what == "create"), "{first:?}");
    assert!(first.len() > 20);
    for apply in ["apply", "apply --json"] {
        let refused = deployment.run(apply);
        assert_eq!(refused.status, Some(2), "nobody said yes");
        assert!(refused.said.contains("--yes"), "{}", refused.said);
        // Whoever is asked has seen what he is asked about; JSON stays JSON.
        let shown = if apply == "apply" {
            &refused.out
        } else {
            &refused.said
        };
        assert!(shown.contains("to create"), "{shown}");
    }
    assert_eq!(deployment.changes(), first, "nothing was done");

    let applied = deployment.run("apply --yes");
    assert_eq!(applied.status, Some(0), "{}", applied.said);
    assert_eq!(deployment.changes(), []);
    let again = deployment.run("apply --yes --json").json().remove(0);
    assert_eq!(again["done"].as_array().map(Vec::len), Some(0));
    assert_eq!(again["unchanged"].as_u64(), u64::try_from(first.len()).ok());

    // Somebody changes one by hand.
    deployment.put("findings-high", 7.0, None).await;
    let plan = deployment.run("plan");
    assert_eq!(plan.status, Some(1), "{}", plan.said);
    for line in ["threshold: 7 -> 0", "datapoints_to_alarm: 5 -> 1"] {
        assert!(plan.out.contains(line), "{line}: {}", plan.out);
    }
    assert!(
        plan.out.contains("actions: nothing -> arn:aws:sns"),
        "{}",
        plan.out
    );
    assert_eq!(deployment.run("apply --yes").status, Some(0));
    assert_eq!(deployment.threshold("findings-high").await, Some(0.0));
    assert_eq!(deployment.changes(), []);
}

/// Somebody at a terminal thinks it over, and somebody else is quicker.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_changed_while_somebody_thought_is_not_done() {
    let Some(deployment) = Deployment::of("alarms-thought").await else {
        return;
    };
    let Some(mut asked) = deployment.at_a_terminal() else {
        eprintln!("alarms-thought: skipped, there is no `script` to make a terminal");
        return;
    };
    await_question(&mut asked);
    deployment.put("lag", 5.0, None).await;
    let (status, said) = say_yes(asked);
    assert_eq!(status, Some(2), "{said}");
    assert!(said.contains("changed the alarms meanwhile"), "{said}");
    assert_eq!(deployment.threshold("findings-high").await, None);
    let mut asked = deployment.at_a_terminal().unwrap();
    await_question(&mut asked);
    let (_, said) = say_yes(asked);
    assert!(said.contains(" done"), "{said}");
    assert_eq!(deployment.threshold("findings-high").await, Some(0.0));
}

/// Reads up to the question.
#[cfg(target_os = "linux")]
fn await_question(asked: &mut Child) {
    let (mut shown, mut byte) = (String::new(), [0]);
    let out = asked.stdout.as_mut().unwrap();
    while !shown.ends_with("[y/N]") {
        assert_eq!(out.read(&mut byte).unwrap(), 1, "{shown}");
        shown.push(char::from(byte[0]));
    }
}

#[cfg(target_os = "linux")]
fn say_yes(mut asked: Child) -> (Option<i32>, String) {
    asked.stdin.as_mut().unwrap().write_all(b"y\n").unwrap();
    let out = asked.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    (out.status.code(), said)
}

#[tokio::test]
async fn what_no_rule_asks_for_goes_and_what_is_not_ours_stays() {
    let Some(deployment) = Deployment::of("alarms-others").await else {
        return;
    };
    // Somebody's own, a neighbour's whose name begins like ours, and one that has a
    // name which is wanted.
    let neighbour = format!("{}-2", deployment.name);
    deployment.put("by-hand", 3.0, None).await;
    let tag = ("flowtrail:deployment", neighbour.as_str());
    deployment.put("2-findings-high", 4.0, Some(tag)).await;
    deployment.put("lag", 5.0, None).await;
    let applied = deployment.run("apply --yes");
    assert_eq!(applied.status, Some(2), "one is taken: {}", applied.out);
    assert!(applied.out.contains("it is left alone"), "{}", applied.out);
    let own = "rule-cookie-taken";
    assert_eq!(deployment.threshold(own).await, Some(2.0));

    let rule = deployment.folder.path().join("rules/cookie.yml");
    fs::write(&rule, RULE.replace(", own: There is only one left.", "")).unwrap();
    let lag = ("taken".to_owned(), format!("{}-lag", deployment.name));
    let gone = ("delete".to_owned(), format!("{}-{own}", deployment.name));
    assert_eq!(deployment.changes(), [lag.clone(), gone]);
    deployment.run("apply --yes");
    assert_eq!(deployment.threshold(own).await, None);
    assert_eq!(deployment.changes(), [lag]);
    for (alarm, threshold) in [("by-hand", 3.0), ("2-findings-high", 4.0), ("lag", 5.0)] {
        assert_eq!(
            deployment.threshold(alarm).await,
            Some(threshold),
            "{alarm}"
        );
    }
}
