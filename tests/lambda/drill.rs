//! `flowtrail drill`, as a process, with the real function between an emulated S3
//! and an emulated topic: everything but the state of alarms, which moto never
//! evaluates.

mod trouble;

use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use aws_sdk_cloudwatch::types::{ComparisonOperator, Dimension, StateValue, Statistic};
use serde_json::Value;

use crate::function::{Function, Outcome, Setup};
use crate::help;
use crate::mapping::Mapping;
use crate::proxy::Proxy;
use crate::world::{Queue, REGION, World};

/// The levels that the usual attacks rouse.
const LEVELS: [&str; 2] = ["critical", "high"];

struct Ground {
    world: World,
    /// Between the drill and moto.
    proxy: Proxy,
    program: PathBuf,
    logs: String,
    findings: String,
    topic: String,
    ingest: Queue,
    /// Somebody who listens to the topic as well.
    people: Queue,
}

impl Ground {
    async fn of(test: &str) -> Option<Self> {
        // Built by the same command of cargo, or by the one before it.
        let program = PathBuf::from(env!("CARGO_BIN_EXE_bootstrap")).with_file_name("flowtrail");
        if !program.exists() {
            eprintln!("{test}: skipped, `cargo build` has not built `flowtrail`");
            return None;
        }
        let world = World::of(test).await?;
        let logs = world.versioned_bucket("logs").await;
        let (ingest, people) = (world.queue("ingest").await, world.queue("people").await);
        world.announce_to_queue(&logs, &ingest).await;
        world.drain(&ingest).await;
        let topic = world.topic("topic").await;
        world.subscribe(&topic, &people, true).await;
        for level in LEVELS {
            let level = Dimension::builder().name("Level").value(level).build();
            let put = world.cloudwatch.put_metric_alarm();
            put.alarm_name(world.named(&format!("findings-{}", level.value().unwrap())))
                .namespace(world.namespace())
                .metric_name("Findings")
                .dimensions(level)
                .statistic(Statistic::Sum)
                .period(60)
                .evaluation_periods(1)
                .threshold(0.0)
                .comparison_operator(ComparisonOperator::GreaterThanThreshold)
                .alarm_actions(&topic)
                .send()
                .await
                .unwrap();
        }
        Some(Self {
            proxy: Proxy::before(&world.endpoint),
            program,
            findings: world.bucket("found").await,
            logs,
            topic,
            ingest,
            people,
            world,
        })
    }

    async fn function(&self) -> Function {
        let table = self.world.table("state").await;
        let setup = Setup::bootstrap(&self.world)
            .with("FLOWTRAIL_FINDINGS", &format!("s3://{}/f/", self.findings))
            .with("FLOWTRAIL_FINDINGS_OCSF", "true")
            .with("FLOWTRAIL_STATE_TABLE", &table)
            .with("FLOWTRAIL_TOPIC_ARN", &self.topic);
        setup.start()
    }

    /// A drill that waits for all three.
    fn drill(&self, further: &[&str]) -> Child {
        self.drill_as("json", further)
    }

    fn drill_as(&self, format: &str, further: &[&str]) -> Child {
        self.command(format, further).spawn().unwrap()
    }

    fn command(&self, format: &str, further: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(["drill", "--bucket", &self.logs, "--format", format])
            .args(["--findings", &format!("s3://{}/f", self.findings)])
            .args(["--topic", &self.topic])
            .args(["--alarm-prefix", &self.world.named("findings")])
            .args(further)
            .env("AWS_ENDPOINT_URL", self.proxy.url())
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_REGION", REGION)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Sets an alarm's state, as an evaluation would.
    async fn set(&self, alarm: &str, state: StateValue) {
        let set = self.world.cloudwatch.set_alarm_state();
        let set = set.alarm_name(alarm).state_value(state);
        set.state_reason("made by the test").send().await.unwrap();
    }

    /// Plays the event source mapping until the drill is over.
    async fn serve(&self, mut drill: Child, function: &Function) -> Output {
        let mapping = Mapping::new(&self.world, &self.ingest, 10);
        while drill.try_wait().unwrap().is_none() {
            if let Some(batch) = mapping.poll(function).await {
                let outcome = batch.invoked.outcome;
                assert!(matches!(outcome, Outcome::Answer(_)), "{outcome:?}");
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        drill.wait_with_output().unwrap()
    }

    /// Nothing that a drill made is there any more, its queue included, which is
    /// named after it.
    async fn is_clean(&self, drill: Option<&Value>) {
        let versions = self.world.s3.list_object_versions().bucket(&self.logs);
        let versions = versions.send().await.unwrap();
        assert!(versions.versions().is_empty() && versions.delete_markers().is_empty());
        assert!(self.world.objects(&self.findings, "").await.is_empty());
        let attributes = self
            .world
            .sns
            .list_subscriptions_by_topic()
            .topic_arn(&self.topic);
        let subscriptions = attributes.send().await.unwrap();
        let ears: Vec<_> = subscriptions.subscriptions().iter().collect();
        assert_eq!(ears.len(), 1, "{ears:?}");
        let Some(report) = drill else {
            return;
        };
        // Other drills of this test run may be on their way.
        let id = report["id"].as_str().unwrap();
        let queues = self.queues(id).await;
        assert!(queues.is_empty(), "{queues:?}");
    }

    /// The queues of a drill.
    async fn queues(&self, id: &str) -> Vec<String> {
        let name = format!("flowtrail-drill-{id}");
        let queues = self.world.sqs.list_queues().queue_name_prefix(name);
        queues.send().await.unwrap().queue_urls.unwrap_or_default()
    }
}

fn json(out: &Output) -> Value {
    let text = String::from_utf8_lossy(&out.stdout);
    let said = String::from_utf8_lossy(&out.stderr);
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}{said}"))
}

fn step<'v>(report: &'v Value, name: &str) -> &'v Value {
    let steps = report["steps"].as_array().unwrap();
    steps.iter().find(|s| s["step"] == name).unwrap()
}

#[tokio::test]
async fn everything_arrives_but_what_is_not_emulated() {
    let Some(ground) = Ground::of("drill").await else {
        return;
    };
    let function = ground.function().await;
    let out = ground
        .serve(ground.drill(&["--timeout", "2m"]), &function)
        .await;
    let report = json(&out);
    assert_eq!(out.status.code(), Some(0), "{report:#}");
    assert_eq!(
        (&report["arrived"], &report["interrupted"]),
        (&true.into(), &false.into())
    );
    let help = help::of(&ground.program, &["drill"]);
    let calls = ground.proxy.calls("*");
    assert_eq!(help::rights(&help), help::called(&calls));
    for name in ["findings", "notification"] {
        let step = step(&report, name);
        assert_eq!(step["state"], "arrived", "{report:#}");
        assert!(step["seconds"].as_f64().unwrap() > 0.0);
    }
    let alarm = step(&report, "alarm");
    assert_eq!(alarm["state"], "not_emulated");
    let said = alarm["detail"].as_str().unwrap();
    assert!(said.starts_with("alarm state: not emulated"), "{said}");
    assert_eq!(report["left_behind"], serde_json::json!([]));
    ground.is_clean(Some(&report)).await;
    // What alarms look at: every level counts as ever.
    let expected = report["expected"].as_array().unwrap();
    for level in LEVELS {
        let count = expected.iter().filter(|e| e["level"] == level).count();
        let series = ground.world.metric("Findings", &[("Level", level)]).await;
        assert!(count > 0);
        assert_eq!(series.unwrap().sum, count as f64, "{level}");
    }
    // Whoever listens is told the same, and told that it is a drill.
    let told = ground.world.drain(&ground.people).await;
    assert!(!told.is_empty());
    for message in told {
        assert_eq!(message.body["drill"], true, "{}", message.body);
        assert_eq!(message.body["account"], "000000000000");
        assert!(
            message.body["title"]
                .as_str()
                .unwrap()
                .starts_with("DRILL: ")
        );
    }
    // A second one is no repetition of the first.
    let again = ground
        .serve(ground.drill_as("text", &["--timeout", "2m"]), &function)
        .await;
    let said = String::from_utf8_lossy(&again.stdout);
    assert_eq!(again.status.code(), Some(0), "{said}");
    assert!(
        said.ends_with("all arrived that can be shown here\n"),
        "{said}"
    );
    let id = said.strip_prefix("drill ").and_then(|s| s.split_once(':'));
    let id = serde_json::json!({"id": id.unwrap().0});
    ground.is_clean(Some(&id)).await;
}

/// The function is dead: that is what drills are for.
#[tokio::test]
async fn what_does_not_come_is_named_and_cleaned_up() {
    let Some(ground) = Ground::of("drill-dead").await else {
        return;
    };
    let out = ground
        .drill(&["--timeout", "3s"])
        .wait_with_output()
        .unwrap();
    let report = json(&out);
    assert_eq!(out.status.code(), Some(1), "{report:#}");
    assert_eq!(report["arrived"], false);
    for name in ["findings", "notification"] {
        let step = step(&report, name);
        assert_eq!(step["state"], "missing");
        assert!(step["hint"].as_str().unwrap().len() > 20);
        let why = step["detail"].as_str().unwrap();
        assert!(why.contains("0 of "), "{why}");
    }
    // The log is gone, and the function may yet be told of it.
    let said = String::from_utf8_lossy(&out.stderr);
    let object = report["object"].as_str().unwrap();
    assert!(
        said.contains("dead letter") && said.contains(object),
        "{said}"
    );
    ground.is_clean(Some(&report)).await;
}

#[cfg(unix)]
#[tokio::test]
async fn who_interrupts_it_leaves_nothing_behind() {
    let Some(ground) = Ground::of("drill-stop").await else {
        return;
    };
    for name in ["INT", "TERM", "HUP"] {
        let drill = ground.drill(&["--timeout", "5m"]);
        let id = drill.id().to_string();
        while ground
            .world
            .objects(&ground.logs, "AWSLogs/flowtrail-drill/")
            .await
            .is_empty()
        {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let kill = Command::new("kill").args(["-s", name, &id]).status();
        assert!(kill.unwrap().success());
        let out = drill.wait_with_output().unwrap();
        let report = json(&out);
        assert_eq!(out.status.code(), Some(2), "{name}: {report:#}");
        assert_eq!(report["interrupted"], true);
        ground.is_clean(Some(&report)).await;
    }
}

/// What would show nothing, or nothing that can be read, is not begun.
#[tokio::test]
async fn what_is_known_to_be_in_vain_is_not_begun() {
    let Some(ground) = Ground::of("drill-vain").await else {
        return;
    };
    let refused = |further: &[&str], words: &[&str]| {
        let out = ground.drill(further).wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert_eq!(out.status.code(), Some(2), "{said}");
        for word in words {
            assert!(said.contains(word), "no `{word}` in {said}");
        }
    };
    // If it were begun.
    let short = ["--timeout", "5s"];
    let critical = ground.world.named("findings-critical");
    ground.set(&critical, StateValue::Alarm).await;
    refused(&short, &["findings-critical is up already", "hint: "]);
    ground.set(&critical, StateValue::Ok).await;
    let words = ["no rule finds anything of level critical", "hint: "];
    refused(
        &["--attack", "leave-organization", "--level", "critical"],
        &words,
    );
    let delete = ground.world.cloudwatch.delete_alarms();
    let names = LEVELS.map(|l| ground.world.named(&format!("findings-{l}")));
    let delete = delete.set_alarm_names(Some(names.to_vec()));
    delete.send().await.unwrap();
    refused(&short, &["no alarm whose name begins with", "hint: "]);
    ground.is_clean(None).await;
}
