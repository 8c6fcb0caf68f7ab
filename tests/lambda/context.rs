//! The function with a context: where it comes from, what it shapes, what it
//! hides, and what happens if it cannot be used.

mod hidden;
mod organisation;
mod shape;
mod start;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use flowtrail_context::Context;
use flowtrail_detect::{Finding, Plan};
use flowtrail_event::{EventTime, Limits};
use flowtrail_scan::{ScanOptions, Scanner, rule_options, rule_options_with_context};
use flowtrail_sigma::{Level, RuleSource, compile};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::function::{Function, Outcome, Setup};
use crate::payload;
use crate::world::{Queue, Stored, World};

/// Single events, and windows over them: by principal, and over everything. Two
/// rules ask for what a context tells, one of them through the other.
const RULES: &str = "
title: A cookie was taken
id: 11111111-1111-4111-8111-111111111111
name: cookie
logsource: { product: aws, service: cloudtrail }
detection: { take: { eventName: TakeCookie }, condition: take }
level: high
---
title: Somebody takes many cookies
id: 22222222-2222-4222-8222-222222222222
name: greedy
correlation: { type: event_count, rules: [cookie], group-by: [flowtrail.principal], timespan: 1h, condition: { gte: 3 }, generate: true }
level: high
---
title: Many cookies are taken
id: 33333333-3333-4333-8333-333333333333
name: famine
correlation: { type: event_count, rules: [cookie], timespan: 1h, condition: { gte: 3 }, generate: true }
level: high
---
title: Somebody of the laboratory took a cookie
id: 44444444-4444-4444-8444-444444444444
name: stranger
logsource: { product: aws, service: cloudtrail }
detection: { take: { eventName: TakeCookie, flowtrail.src.env: development }, condition: take }
level: high
---
title: Many strangers take cookies
id: 55555555-5555-4555-8555-555555555555
name: strangers
correlation: { type: event_count, rules: [stranger], timespan: 1h, condition: { gte: 3 }, generate: true }
level: high
";

/// Without a suppression.
const BASE: &str = "version: 1
accounts:
  - {id: '111122223333', alias: shop, environment: production}
  - {id: '111122224444', alias: lab, environment: development}
";

/// The bakers are hidden.
fn hiding() -> String {
    let scope = "principals: ['*:role/baker']";
    format!(
        "{BASE}suppressions: [{{id: drill, {scope}, owner: secops, reason: a drill, expires: 2199-12-31}}]\n"
    )
}

/// A trail of one object: who took a cookie in which minute after `from`. The
/// mice are of the laboratory, the others of the shop.
fn trail(from: i64, cookies: &[(i64, &str)]) -> String {
    let record = |(minute, role): &(i64, &str)| {
        let account = if *role == "mouse" {
            "111122224444"
        } else {
            "111122223333"
        };
        let time = EventTime::from_secs(from + minute * 60).to_string();
        json!({
            "eventVersion": "1.11", "eventID": format!("cookie-{minute}-{role}"),
            "eventTime": time, "eventSource": "jar.amazonaws.com", "eventName": "TakeCookie",
            "awsRegion": "us-east-1", "recipientAccountId": "111122223333",
            "sourceIPAddress": "198.51.100.7",
            "userIdentity": {"type": "AssumedRole", "accountId": account,
                "arn": format!("arn:aws:sts::{account}:assumed-role/{role}/s"),
                "sessionContext": {"sessionIssuer":
                    {"arn": format!("arn:aws:iam::{account}:role/{role}")}}},
        })
    };
    let records: Vec<Value> = cookies.iter().map(record).collect();
    json!({"Records": records}).to_string()
}

/// What a context did to a finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Mark {
    rule: String,
    /// The version of the context that shaped it.
    context: Option<String>,
    /// The suppression that hides it.
    hidden_by: Option<String>,
}

impl Mark {
    fn of(finding: &Finding) -> Self {
        let by = finding.suppressed.as_ref();
        Self {
            rule: finding.rule.name.clone().unwrap(),
            context: finding.context.as_deref().map(str::to_owned),
            hidden_by: by.map(|s| s.id.clone()),
        }
    }

    fn read(finding: &Value) -> Self {
        let text = |v: &Value| v.as_str().map(str::to_owned);
        Self {
            rule: text(&finding["rule"]["name"]).unwrap(),
            context: text(&finding["context"]),
            hidden_by: text(&finding["suppressed"]["id"]),
        }
    }
}

/// Findings by their ids.
type Marks = BTreeMap<String, Mark>;

fn plan(rules: &[RuleSource], context: Option<&str>, limits: &Limits) -> Arc<Plan> {
    let options = match context {
        Some(_) => rule_options_with_context(),
        None => rule_options(),
    };
    let rules = Arc::new(compile(rules, &options.in_stream()).rules);
    let context = context.map(|text| Arc::new(Context::parse("context.yaml", text).unwrap().0));
    Arc::new(Plan::new(rules, limits, Level::Low, context).unwrap())
}

/// What one look at all objects says.
fn replay<'l>(
    plan: &Arc<Plan>,
    logs: impl IntoIterator<Item = (&'l str, &'l [u8])>,
) -> Vec<Finding> {
    let mut scanner = Scanner::new(Arc::clone(plan), ScanOptions::default());
    for (key, bytes) in logs {
        assert_eq!(scanner.scan(key, bytes).fault, None, "{key}");
    }
    scanner.into_detector().finish().0
}

/// The marks that one look at these cookies leaves.
fn expected(kitchen: &Kitchen, context: Option<&str>, cookies: &[(i64, &str)]) -> Marks {
    let rules = RuleSource {
        file: "cookies.yml".to_owned(),
        text: RULES.to_owned(),
    };
    let text = trail(kitchen.from, cookies);
    let plan = plan(&[rules], context, &Limits::default());
    let found = replay(&plan, [("o", text.as_bytes())]);
    let mark = |f: &Finding| (f.id.to_string(), Mark::of(f));
    found.iter().map(mark).collect()
}

/// A world with these rules in a bucket, and places that the function writes to.
struct Kitchen {
    world: World,
    /// For rules and for contexts.
    config: String,
    logs: String,
    findings: String,
    table: String,
    topic: String,
    bus: String,
    /// What the topic and the bus lead to.
    ears: [Queue; 2],
    /// Seconds of the first cookie: half an hour ago.
    from: i64,
    /// What lies beside the program.
    package: TempDir,
}

impl Kitchen {
    async fn of(test: &str) -> Option<Self> {
        let world = World::of(test).await?;
        let config = world.bucket("config").await;
        world.put(&config, "rules/cookies.yml", RULES).await;
        let (topic, told) = (world.topic("topic").await, world.queue("told").await);
        world.subscribe(&topic, &told, true).await;
        let (bus, heard) = world.bus("bus").await;
        let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
        Some(Self {
            config,
            logs: world.bucket("logs").await,
            findings: world.bucket("found").await,
            table: world.table("state").await,
            topic,
            bus,
            ears: [told, heard],
            from: i64::try_from(now.as_secs()).unwrap() - 1_800,
            package: tempfile::tempdir().unwrap(),
            world,
        })
    }

    /// The function without a context and without a table.
    fn setup(&self) -> Setup {
        Setup::bootstrap(&self.world)
            .with("FLOWTRAIL_NO_SHIPPED_RULES", "true")
            .with("FLOWTRAIL_RULES", &format!("s3://{}/rules", self.config))
            .with("FLOWTRAIL_FINDINGS", &format!("s3://{}", self.findings))
            .with("FLOWTRAIL_TOPIC_ARN", &self.topic)
            .with("FLOWTRAIL_EVENT_BUS", &self.bus)
    }

    /// Puts a context into the bucket; returned is what the variable has to say.
    async fn context(&self, text: impl Into<bytes::Bytes>) -> String {
        let key = "known/context.yaml";
        self.world.put(&self.config, key, text).await;
        format!("s3://{}/{key}", self.config)
    }

    /// Puts a context into the package; so started, the function reads that one.
    fn packed(&self, setup: Setup, text: impl AsRef<[u8]>) -> Setup {
        let folder = self.package.path();
        std::fs::create_dir_all(folder.join("etc")).unwrap();
        std::fs::write(folder.join("etc/context.yaml"), text).unwrap();
        let setup = setup.with("FLOWTRAIL_CONTEXT", "etc/context.yaml");
        setup.with("LAMBDA_TASK_ROOT", folder.to_str().unwrap())
    }

    /// The function with this context, and with a table.
    async fn knowing(&self, text: &str) -> Setup {
        let place = self.context(text.to_owned()).await;
        let setup = self.setup().with("FLOWTRAIL_CONTEXT", &place);
        setup.with("FLOWTRAIL_STATE_TABLE", &self.table)
    }

    /// Stores cookies as one object.
    async fn bake(&self, key: &str, cookies: &[(i64, &str)]) -> Stored {
        let text = trail(self.from, cookies);
        self.world.put(&self.logs, key, text).await
    }

    /// Everything that was found, under a prefix of the bucket.
    async fn found(&self, prefix: &str) -> BTreeMap<String, Value> {
        let mut out = BTreeMap::new();
        for (key, document) in self.world.documents(&self.findings, prefix).await {
            let findings = match document["findings"].as_array() {
                Some(findings) => findings.clone(),
                None => vec![document],
            };
            for finding in findings {
                let id = finding["id"].as_str().unwrap().to_owned();
                assert_eq!(out.insert(id, finding), None, "twice: {key}");
            }
        }
        out
    }

    /// How often the topic and the bus told of each of these findings, since
    /// this was last asked for.
    async fn told(&self, ids: &BTreeMap<String, Value>) -> [BTreeMap<String, usize>; 2] {
        let mut out = [BTreeMap::new(), BTreeMap::new()];
        for (queue, told) in self.ears.iter().zip(&mut out) {
            let messages = self.world.drain(queue).await;
            let texts: Vec<String> = messages.iter().map(|m| m.body.to_string()).collect();
            for id in ids.keys() {
                let times = texts.iter().filter(|t| t.contains(id.as_str())).count();
                if times > 0 {
                    told.insert(id.clone(), times);
                }
            }
        }
        out
    }

    async fn sum(&self, name: &str, dimensions: &[(&str, &str)]) -> f64 {
        let series = self.world.metric(name, dimensions).await;
        series.map_or(0.0, |s| s.sum)
    }

    async fn of_level_high(&self, name: &str) -> f64 {
        self.sum(name, &[("Level", "high")]).await
    }
}

/// One object, announced and handled.
async fn hand(function: &Function, object: &Stored) {
    let event = payload::s3(std::slice::from_ref(object));
    let outcome = function.invoke(&event).await.outcome;
    assert_eq!(outcome, Outcome::Answer(Value::Null));
}

/// Lines of a log with a level.
pub(crate) fn lines(function: &Function, level: &str) -> Vec<Value> {
    let mut all = function.log();
    all.retain(|line| line["level"] == level);
    all
}

fn marks(found: &BTreeMap<String, Value>) -> Marks {
    let mark = |(id, f): (&String, &Value)| (id.clone(), Mark::read(f));
    found.iter().map(mark).collect()
}

/// Ids of those that are hidden, or that are not.
fn ids(found: &BTreeMap<String, Value>, hidden: bool) -> BTreeSet<String> {
    let wanted = |f: &Value| f.get("suppressed").is_some() == hidden;
    let wanted = found.iter().filter(|(_, f)| wanted(f));
    wanted.map(|(id, _)| id.clone()).collect()
}

/// Two channels, on each of which these were told of once, and no others.
fn once_each(ids: &BTreeSet<String>) -> [BTreeMap<String, usize>; 2] {
    let told: BTreeMap<String, usize> = ids.iter().map(|id| (id.clone(), 1)).collect();
    [told.clone(), told]
}
