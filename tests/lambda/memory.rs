//! The function with a baseline: what it judges as new is what a replay with the
//! same baseline does, whoever comes first, and what happens if the baseline
//! cannot be had.

mod beside;
mod days;
mod parity;
mod start;
mod whole;

use std::collections::BTreeMap;
use std::sync::Arc;

use flowtrail_baseline::{Baseline, Calendar, Dimension, History, Since};
use flowtrail_context::{Context, Given, Places};
use flowtrail_detect::{Finding, Plan};
use flowtrail_event::{EventTime, Kind, Limits};
use flowtrail_output::Format;
use flowtrail_scan::{
    Chronicle, Chronicler, ObjectReader, Projections, ScanOptions, Scanner, rule_options_in_stream,
};
use flowtrail_sigma::{Level, RuleSource, compile};
use serde_json::{Value, json};

use crate::function::{Function, Outcome, Setup};
use crate::parity::Log;
use crate::payload;
use crate::world::{Stored, World};

/// What can be asked of a memory in a stream, alone and summed over a session.
const RULES: &str = "
title: An API is called for the first time
id: a1111111-1111-4111-8111-111111111111
name: api
logsource: { product: aws, service: cloudtrail }
detection: { new: { flowtrail.first_seen: [principal_api, account_api, principal_secret] }, condition: new }
level: medium
---
title: Somebody comes from where he never was
id: a2222222-2222-4222-8222-222222222222
name: place
logsource: { product: aws, service: cloudtrail }
detection: { new: { flowtrail.first_seen: [principal_network, principal_region, principal_ua, key_network, role_assumer] }, condition: new }
level: medium
---
title: A young key is used
id: a3333333-3333-4333-8333-333333333333
name: young
logsource: { product: aws, service: cloudtrail }
detection: { young: { flowtrail.access_key.age_days|lte: 1 }, condition: young }
level: low
---
title: Something is odd
id: a4444444-4444-4444-8444-444444444444
name: odd
logsource: { product: aws, service: cloudtrail }
detection: { odd: { flowtrail.novelty|exists: true }, condition: odd }
level: informational
---
title: Much is odd
id: a5555555-5555-4555-8555-555555555555
name: session
correlation: { type: score, rules: [odd], group-by: [flowtrail.principal], timespan: 1h, condition: { field: flowtrail.novelty, gte: 3 } }
level: high
---
title: Hosts that never spoke speak
id: a6666666-6666-4666-8666-666666666666
name: edge
logsource: { product: aws, service: vpcflow }
detection: { new: { flowtrail.first_seen: edge }, condition: new }
level: medium
---
title: Hardly anybody speaks to it
id: a7777777-7777-4777-8777-777777777777
name: rare
logsource: { product: aws, service: vpcflow }
detection: { rare: { flowtrail.rare_destination: 'true' }, condition: rare }
level: low
";

/// What can be asked of a memory, a context and files of places at once.
const RULES_OF_ALL: &str = "
title: Somebody calls from a country that is new for them
id: b1111111-1111-4111-8111-111111111111
name: country
logsource: { product: aws, service: cloudtrail }
detection: { new: { flowtrail.first_seen: principal_country }, condition: new }
level: medium
---
title: Somebody signs in
id: b2222222-2222-4222-8222-222222222222
name: signs_in
logsource: { product: aws, service: cloudtrail }
detection: { s: { eventName: ConsoleLogin, flowtrail.place: '*', flowtrail.country: '*' }, condition: s }
level: informational
---
title: Somebody travels
id: b3333333-3333-4333-8333-333333333333
name: travels
correlation: { type: travel, rules: [signs_in], group-by: [flowtrail.principal], timespan: 24h, condition: { field: flowtrail.place, gt: 1, distance: 5 } }
level: high
---
title: A caller who is declared comes from a system
id: b4444444-4444-4444-8444-444444444444
name: declared
logsource: { product: aws, service: cloudtrail }
detection: { s: { flowtrail.dst.env: '*', flowtrail.asn: '*', flowtrail.api.class: [auth, delete] }, condition: s }
level: low
---
title: Hosts that never spoke speak, and nobody said that they may
id: b5555555-5555-4555-8555-555555555555
name: undeclared
logsource: { product: aws, service: vpcflow }
detection: { new: { flowtrail.first_seen: edge, flowtrail.policy: [forbidden, undeclared] }, condition: new }
level: medium
---
title: A change that is rare for its caller
id: b6666666-6666-4666-8666-666666666666
name: seldom
logsource: { product: aws, service: cloudtrail }
detection: { s: { flowtrail.rare_call.age_days|gte: 1 }, condition: s }
level: low
---
title: A key sleeps
id: b7777777-7777-4777-8777-777777777777
name: sleeps
logsource: { product: aws, service: cloudtrail }
detection: { s: { userIdentity.accessKeyId|startswith: AKIA, flowtrail.access_key.idle_weeks|gte: 1 }, condition: s }
level: low
";

/// What is known beside a baseline.
#[derive(Clone, Default)]
struct Beside {
    context: Option<String>,
    places: Option<Vec<u8>>,
}

impl Beside {
    fn places(&self) -> Option<Arc<Places>> {
        let file = ("places".to_owned(), self.places.clone()?);
        Some(Arc::new(Places::read([file]).unwrap()))
    }

    fn given(&self) -> Given {
        let read = |text: &String| {
            let (context, warnings) = Context::parse("context.yaml", text).unwrap();
            assert!(warnings.is_empty(), "{warnings:?}");
            Arc::new(context)
        };
        Given {
            context: self.context.as_ref().map(read),
            places: self.places(),
            memory: None,
        }
    }

    /// The rules that can be asked then.
    fn rules(&self) -> String {
        match (&self.context, &self.places) {
            (Some(_), Some(_)) => format!("{RULES}---{RULES_OF_ALL}"),
            _ => RULES.to_owned(),
        }
    }
}

/// Soon learnt: the logs of tests are of few days.
fn calendar() -> Calendar {
    Calendar {
        learning: 3,
        active: 3,
        ..Calendar::default()
    }
}

/// The file of a baseline over these logs, as `flowtrail baseline build` makes it.
fn build(logs: &[Log], beside: &Beside) -> Vec<u8> {
    let mut wanted = Projections::default();
    let places = beside.places();
    let chronicle = Chronicle::for_a_file(&mut wanted, calendar(), places.as_ref());
    let chronicle = Arc::new(chronicle);
    let history = gather(logs, &wanted, &chronicle);
    history.write().unwrap()
}

fn gather(logs: &[Log], wanted: &Projections, chronicle: &Arc<Chronicle>) -> History {
    let mut worker = Chronicler::new(chronicle);
    let mut reader = ObjectReader::new(wanted, &Limits::default(), ScanOptions::default());
    for log in logs {
        let report = reader.read(log.bytes.as_slice(), &mut worker);
        assert_eq!(report.fault, None, "{}", log.key);
    }
    Chronicler::history([worker], calendar())
}

fn plan(baseline: &Baseline, beside: &Beside) -> Arc<Plan> {
    let rules = RuleSource {
        file: "memory.yml".into(),
        text: beside.rules(),
    };
    let given = beside.given().with_memory(baseline.id());
    let compiled = compile(&[rules], &rule_options_in_stream(&given.knowledge()));
    assert!(compiled.problems.is_empty(), "{:?}", compiled.problems);
    assert!(compiled.inactive.is_empty(), "{:?}", compiled.inactive);
    let rules = Arc::new(compiled.rules);
    let limits = Limits::default();
    Arc::new(Plan::given(rules, &limits, Level::Low, &given).unwrap())
}

/// What a replay with the baseline finds in these logs. Without what they show
/// themselves everything since the baseline is new.
fn replay(file: &[u8], logs: &[Log], learns: bool) -> BTreeMap<String, Told> {
    replay_knowing(&Beside::default(), file, logs, learns)
}

/// The same with what is known beside it.
fn replay_knowing(
    beside: &Beside,
    file: &[u8],
    logs: &[Log],
    learns: bool,
) -> BTreeMap<String, Told> {
    let baseline = Arc::new(Baseline::read(file.to_vec()).unwrap());
    let plan = plan(&baseline, beside);
    let kinds = [Kind::CloudTrail, Kind::Flow].into_iter();
    let wanted: Vec<Dimension> = kinds.flat_map(|k| plan.dimensions(k).to_vec()).collect();
    let mut fields = Projections::default();
    let chronicle = Chronicle::for_a_detector(&mut fields, calendar(), &wanted, plan.places());
    let seen = if learns { logs } else { &[] };
    let since = gather(seen, &fields, &Arc::new(chronicle));
    let mut scanner = Scanner::new(Arc::clone(&plan), ScanOptions::default());
    scanner.remember(Arc::new(Since::new(baseline, since)));
    for log in logs {
        scanner.scan(&log.key, log.bytes.as_slice());
    }
    let findings = scanner.into_detector().finish().0;
    findings.iter().map(Told::of).collect()
}

/// What a finding says of what it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Told {
    rule: String,
    baseline: Value,
    context: Value,
    places: Value,
    first_seen: Value,
}

impl Told {
    fn of(finding: &Finding) -> (String, Self) {
        let mut line = Vec::new();
        let style = flowtrail_output::Style::default();
        Format::Jsonl.write(finding, &style, &mut line).unwrap();
        Self::read(&serde_json::from_slice(&line).unwrap())
    }

    fn read(finding: &Value) -> (String, Self) {
        let told = Self {
            rule: finding["rule"]["name"].as_str().unwrap().to_owned(),
            baseline: finding["baseline"].clone(),
            context: finding["context"].clone(),
            places: finding["places"].clone(),
            first_seen: finding["first_seen"].clone(),
        };
        (finding["id"].as_str().unwrap().to_owned(), told)
    }
}

/// Where the function of a test finds everything.
struct Place {
    world: World,
    logs: String,
    findings: String,
    config: String,
    table: String,
}

impl Place {
    /// With the rules and this baseline. `None` without an AWS.
    async fn of(test: &str, baseline: &[u8]) -> Option<Self> {
        Self::knowing(&Beside::default(), test, baseline).await
    }

    /// With what is known beside the baseline.
    async fn knowing(beside: &Beside, test: &str, baseline: &[u8]) -> Option<Self> {
        let world = World::of(test).await?;
        let place = Self {
            logs: world.bucket("logs").await,
            findings: world.bucket("findings").await,
            config: world.bucket("known").await,
            table: world.table("state").await,
            world,
        };
        let (world, config) = (&place.world, &place.config);
        world.put(config, "rules/m.yml", beside.rules()).await;
        place.put_baseline(baseline.to_vec()).await;
        if let Some(context) = &beside.context {
            world.put(config, "context.yaml", context.clone()).await;
        }
        if let Some(places) = &beside.places {
            world.put(config, "places.mmdb", places.clone()).await;
        }
        Some(place)
    }

    async fn put_baseline(&self, bytes: Vec<u8>) {
        self.world.put(&self.config, "usual.baseline", bytes).await;
    }

    /// Without a table.
    fn setup(&self) -> Setup {
        Setup::bootstrap(&self.world)
            .with("FLOWTRAIL_NO_SHIPPED_RULES", "true")
            .with("FLOWTRAIL_RULES", &format!("s3://{}/rules/", self.config))
            .with("FLOWTRAIL_FINDINGS", &format!("s3://{}", self.findings))
            .with(
                "FLOWTRAIL_BASELINE",
                &format!("s3://{}/usual.baseline", self.config),
            )
    }

    fn with_table(&self) -> Setup {
        self.setup().with("FLOWTRAIL_STATE_TABLE", &self.table)
    }

    async fn store(&self, log: &Log) -> Stored {
        let bytes = log.bytes.clone();
        self.world.put(&self.logs, &log.key, bytes).await
    }

    /// All findings in the bucket, by their ids. The same one of two objects has
    /// to say the same.
    async fn found(&self) -> BTreeMap<String, Told> {
        let mut out: BTreeMap<String, Told> = BTreeMap::new();
        for (key, document) in self.world.documents(&self.findings, "").await {
            let all = match key.starts_with("windows/") {
                true => vec![document],
                false => document["findings"].as_array().unwrap().clone(),
            };
            for (id, told) in all.iter().map(Told::read) {
                let before = out.insert(id.clone(), told.clone());
                assert!(before.is_none_or(|b| b == told), "{id}");
            }
        }
        out
    }

    /// Items of what was seen: the first day of each.
    async fn seen(&self) -> BTreeMap<String, u16> {
        let items = self.world.items(&self.table).await.into_iter();
        let seen = items.filter(|((_, sk), _)| sk == "seen");
        seen.map(|((pk, _), item)| (pk, item["first"].as_n().unwrap().parse().unwrap()))
            .collect()
    }
}

async fn hand(function: &Function, object: &Stored) {
    let event = payload::s3(std::slice::from_ref(object));
    let outcome = function.invoke(&event).await.outcome;
    assert_eq!(outcome, Outcome::Answer(Value::Null), "{}", object.key);
}

/// Ann's calls: minutes after midnight of the day in November 2026, and names.
fn ann(key: &str, day: u32, calls: &[(u32, &str)]) -> Log {
    let record = |(minute, name): &(u32, &str)| {
        let (hour, minute) = (minute / 60, minute % 60);
        json!({"eventVersion": "1.11", "eventID": format!("{day}-{hour}-{minute}-{name}"),
            "eventTime": format!("2026-11-{day:02}T{hour:02}:{minute:02}:00Z"), "eventName": name,
            "eventSource": "s3.amazonaws.com", "awsRegion": "eu-central-1",
            "sourceIPAddress": "192.0.2.7", "userAgent": "aws-cli/2.1", "recipientAccountId": "111122223333",
            "userIdentity": {"type": "IAMUser", "accountId": "111122223333", "accessKeyId": "AKIAOLD",
                "arn": "arn:aws:iam::111122223333:user/ann", "userName": "ann"}})
    };
    let records: Vec<Value> = calls.iter().map(record).collect();
    Log {
        key: key.to_owned(),
        bytes: json!({"Records": records}).to_string().into_bytes(),
    }
}

/// A small baseline: Ann lists buckets on ten days of November.
pub(crate) fn small() -> Vec<u8> {
    let days: Vec<Log> = (1..=10)
        .map(|day| ann("k", day, &[(540, "ListBuckets")]))
        .collect();
    build(&days, &Beside::default())
}

/// The day of November 2026 as the table has it.
fn november(day: u32) -> u16 {
    let text = format!("2026-11-{day:02}T00:00:00Z");
    flowtrail_baseline::Day::of(EventTime::parse(text.as_bytes()).unwrap()).0
}
