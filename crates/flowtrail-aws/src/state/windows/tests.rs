use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::query::{QueryInput, QueryOutput};
use aws_smithy_mocks::mock;
use flowtrail_detect::Evidence;
use flowtrail_event::{EventTime, Limits, Location};
use flowtrail_sigma::{Availability, CorrelationIx, Level, Options, RuleSource, compile};

use super::super::number;
use super::*;
use crate::publish::mocked;

/// When everything begins, in seconds.
const BEGIN: i64 = 1_795_000_000;
/// Items of a page.
const PAGE: usize = 10;
/// Observations of an item, one a second.
const MANY: i64 = 500;

fn plan() -> Arc<Plan> {
    let rule = RuleSource {
        file: "r.yml".into(),
        text: "title: one\nname: one\nlogsource: {product: aws, service: cloudtrail}\n\
               detection: {s: {eventName: A}, condition: s}\n---\n\
               title: many\nid: 0f0f0f0f-0000-4000-8000-000000000003\nlevel: high\n\
               correlation: {type: event_count, rules: [one], group-by: [eventSource], \
               timespan: 10m, condition: {gte: 3}}\n"
            .into(),
    };
    let options = Options {
        flow_field: |_| None,
        derived_field: |_| Availability::Unknown,
        placeholders: std::collections::BTreeMap::new(),
        history: true,
    };
    let compiled = compile(&[rule], &options);
    assert!(compiled.problems.is_empty(), "{:?}", compiled.problems);
    let rules = Arc::new(compiled.rules);
    Arc::new(Plan::new(rules, &Limits::default(), Level::Low, None).unwrap())
}

fn seen(second: i64) -> Observation {
    let time = EventTime::from_secs(second);
    Observation {
        correlation: CorrelationIx(0),
        member: 0,
        time,
        key: u128::try_from(second).unwrap(),
        group: ["g".into()].into(),
        value: None,
        evidence: Evidence {
            time: Some(time),
            object: "o".into(),
            location: Location { offset: 0, len: 1 },
            event_id: None,
            rule: None,
            facts: None,
        },
    }
}

/// A table in which others have one item every [`MANY`] seconds, as many as
/// `items`, and how often it was asked.
fn table(plan: &Plan, items: i64) -> (State, Arc<Mutex<usize>>) {
    let item = |n: i64| {
        let first = BEGIN + n * MANY;
        let entries: Vec<_> = (0..MANY).map(|s| seen(first + s)).collect();
        let payload = wire::pack(plan, &entries).unwrap();
        let sk = format!("{}#other-{n}#0", edge(first * 1_000));
        let pairs = [
            ("sk", text(&sk)),
            ("object", text(format!("other-{n}"))),
            ("observations", number(MANY)),
            ("entries", AttributeValue::B(payload.into())),
        ];
        let item: Item = pairs.map(|(k, v)| (k.to_owned(), v)).into();
        (sk, item)
    };
    let items: BTreeMap<String, Item> = (0..items).map(item).collect();
    let asked = Arc::new(Mutex::new(0));
    let count = Arc::clone(&asked);
    let rule = mock!(Client::query).then_compute_output(move |query| {
        *count.lock().unwrap() += 1;
        page(&items, query)
    });
    let client = mocked!(aws_sdk_dynamodb, &rule);
    let state = State::new(client, "t".into(), std::time::Duration::from_secs(1));
    (state, asked)
}

/// What DynamoDB answers to a query.
fn page(items: &BTreeMap<String, Item>, query: &QueryInput) -> QueryOutput {
    let value = |name: &str| {
        let values = query.expression_attribute_values().unwrap();
        values[name].as_s().unwrap().clone()
    };
    let mut within: Vec<_> = items.range(value(":low")..=value(":high")).collect();
    if query.scan_index_forward() == Some(false) {
        within.reverse();
    }
    if let Some(start) = query.exclusive_start_key() {
        let at = within.iter().position(|(sk, _)| start["sk"] == text(*sk));
        within.drain(..=at.unwrap());
    }
    let more = within.len() > PAGE;
    within.truncate(PAGE);
    let last = within.last().filter(|_| more);
    let last = last.map(|(sk, _)| Item::from([("sk".to_owned(), text(*sk))]));
    QueryOutput::builder()
        .set_items(Some(within.into_iter().map(|(_, i)| i.clone()).collect()))
        .set_last_evaluated_key(last)
        .build()
}

/// What an object that was there at these seconds finds.
async fn load(items: i64, own: &[i64]) -> (Loaded, usize) {
    let plan = plan();
    let (state, asked) = table(&plan, items);
    let object = ObjectId::new("b", "k", "c");
    let own: Vec<_> = own.iter().map(|s| seen(*s)).collect();
    let partition = plan.partition(&own[0]).unwrap();
    let own = Own {
        object: &object,
        seen: &own,
    };
    let loaded = state.load(&plan, &partition, own).await.unwrap();
    let mine = &loaded.by_object[object.as_str()];
    assert_eq!(mine, own.seen, "the own are always there");
    let asked = *asked.lock().unwrap();
    (loaded, asked)
}

fn seconds(loaded: &Loaded) -> Vec<i64> {
    let all = loaded.by_object.values().flatten();
    let mut all: Vec<i64> = all.map(|o| o.time.secs()).collect();
    all.sort_unstable();
    all
}

#[tokio::test]
async fn what_is_near_is_one_question() {
    let (loaded, asked) = load(1, &[BEGIN + 10]).await;
    assert_eq!((asked, loaded.left_out), (1, 0));
    assert_eq!(seconds(&loaded).len(), 500 + 1);
    // Nothing hangs together with what is far away.
    let (loaded, asked) = load(4, &[BEGIN + 5 * 3_600]).await;
    assert_eq!((asked, loaded.left_out, seconds(&loaded).len()), (1, 0, 1));
}

#[tokio::test]
async fn a_long_burst_is_read_to_its_end() {
    let all = usize::try_from(30 * MANY).unwrap();
    for at in [BEGIN, BEGIN + 15 * MANY, BEGIN + 30 * MANY - 1] {
        let (loaded, _) = load(30, &[at]).await;
        assert_eq!(loaded.left_out, 0);
        assert_eq!(seconds(&loaded).len(), all + 1, "{at}");
    }
}

#[tokio::test]
async fn a_burst_without_end_does_not_hide_what_happens_now() {
    let end = BEGIN + 200 * MANY;
    let own = [end + 1, end + 2, end + 3];
    let (loaded, asked) = load(200, &own).await;
    let seconds = seconds(&loaded);
    let first = seconds[0];
    // What is nearest, and all of that.
    let last: Vec<i64> = (first..end).chain(own).collect();
    assert_eq!(seconds, last);
    let read = end - first;
    let max = i64::try_from(ENTRIES_MAX).unwrap();
    assert!((max..max + 20 * MANY).contains(&read), "{read}");
    // As many as could be counted are counted, and none twice.
    let left_out = i64::try_from(loaded.left_out).unwrap();
    assert!(left_out >= 3_600 && left_out <= first - BEGIN, "{left_out}");
    assert!(asked < 20, "{asked} questions");
    // Before it, the same in the other direction.
    let own = [BEGIN - 3, BEGIN - 2, BEGIN - 1];
    let (loaded, _) = load(200, &own).await;
    let seconds = self::seconds(&loaded);
    let reached = *seconds.last().unwrap();
    assert_eq!(seconds, (BEGIN - 3..=reached).collect::<Vec<_>>());
    assert!(seconds.len() >= ENTRIES_MAX && loaded.left_out > 0);
}

#[tokio::test]
async fn what_ends_at_the_limit_leaves_nothing_out() {
    let items = 20_000 / MANY;
    let (loaded, _) = load(items, &[BEGIN + items * MANY]).await;
    assert_eq!((seconds(&loaded).len(), loaded.left_out), (20_001, 0));
}

#[test]
fn what_hangs_together_is_followed_to_both_sides() {
    let times = [0, 50, 90, 100, 130, 170, 300];
    let of = |a, b, reach| connected(&times, (a, b), reach);
    assert_eq!(of(100, 100, 40), (50, 170));
    assert_eq!(of(100, 100, 50), (0, 170));
    assert_eq!(of(100, 130, 9), (100, 130));
    assert_eq!(of(100, 130, 200), (0, 300));
    assert_eq!(connected(&[], (5, 7), 10), (5, 7));
}

/// Three every second are far beyond the limit of the rule, and what hangs
/// together is everything; what is near is half an hour of it.
#[tokio::test]
async fn a_glance_reads_no_more_than_a_window_can_hold() {
    let plan = plan();
    let reach = plan.families()[0].reach_ms / 1_000;
    let (state, asked) = table(&plan, 200);
    let object = ObjectId::new("b", "k", "c");
    let at = BEGIN + 100 * MANY;
    let own = [seen(at)];
    let own = Own {
        object: &object,
        seen: &own,
    };
    let partition = plan.partition(&own.seen[0]).unwrap();
    let mut near = state.glance(&plan, &partition, own).await.unwrap();
    let times: Vec<i64> = near
        .take_observations(own.object)
        .iter()
        .map(|o| o.time.secs())
        .collect();
    assert_eq!(times.iter().min(), Some(&(at - reach)));
    assert_eq!(times.iter().max(), Some(&(at + reach)));
    assert_eq!(near.left_out, 0);
    assert!(*asked.lock().unwrap() <= 2, "{asked:?}");
}
