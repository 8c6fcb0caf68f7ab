use std::sync::atomic::{AtomicUsize, Ordering};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ErrorMetadata;
use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemOutput;
use aws_sdk_dynamodb::operation::put_item::PutItemOutput;
use aws_sdk_dynamodb::types::error::ConditionalCheckFailedException;
use aws_smithy_mocks::{MockResponse, mock};

use super::*;
use crate::publish::mocked;

const MEMORY: u16 = 90;
/// A second of the day 20,000.
const NOW: i64 = 20_000 * SECS_OF_DAY + 5;

/// A table of these items, of which each answer holds `answers` keys at most,
/// and the numbers of its calls.
struct Table {
    items: Arc<Mutex<HashMap<u64, (Day, i64)>>>,
    asked: Arc<AtomicUsize>,
    put: Arc<AtomicUsize>,
    client: Client,
}

impl Table {
    fn of(items: &[(u64, u16)], answers: usize) -> Self {
        let items = items.iter().map(|(id, day)| (*id, (Day(*day), 0)));
        let items: Arc<Mutex<HashMap<u64, (Day, i64)>>> = Arc::new(Mutex::new(items.collect()));
        let (asked, put) = (Arc::default(), Arc::default());
        let (in_get, calls): (_, Arc<AtomicUsize>) = (Arc::clone(&items), Arc::clone(&asked));
        let get = mock!(Client::batch_get_item).then_compute_output(move |call| {
            calls.fetch_add(1, Ordering::Relaxed);
            let keys = &call.request_items().unwrap()["t"];
            assert!(keys.keys.len() <= 100 && keys.consistent_read != Some(true));
            let items = in_get.lock().unwrap();
            let (now, later) = keys.keys.split_at(keys.keys.len().min(answers));
            let found = now.iter().filter_map(|key| {
                let id = id_of(key);
                items.get(&id).map(|(day, _)| item(id, *day))
            });
            let mut out = BatchGetItemOutput::builder().responses("t", found.collect());
            if !later.is_empty() {
                let left = KeysAndAttributes::builder().set_keys(Some(later.to_vec()));
                out = out.unprocessed_keys("t", left.build().unwrap());
            }
            out.build()
        });
        let (in_put, calls): (_, Arc<AtomicUsize>) = (Arc::clone(&items), Arc::clone(&put));
        let put_item = mock!(Client::put_item).then_compute_response(move |call| {
            calls.fetch_add(1, Ordering::Relaxed);
            let number = |v: &AttributeValue| v.as_n().unwrap().parse::<i64>().unwrap();
            let values = call.expression_attribute_values().unwrap();
            let (seen, forgotten) = (number(&values[":seen"]), number(&values[":forgotten"]));
            let given = call.item().unwrap();
            let id = id_of(given);
            let mut items = in_put.lock().unwrap();
            let stands = items.get(&id).map(|(day, _)| *day);
            if let Some(day) = stands
                && (forgotten..=seen).contains(&i64::from(day.0))
            {
                let failed = ConditionalCheckFailedException::builder()
                    .set_item(Some(item(id, day)))
                    .meta(ErrorMetadata::builder().code("c").build());
                let error = PutItemError::ConditionalCheckFailedException(failed.build());
                return MockResponse::Error(error);
            }
            let day = Day(u16::try_from(number(&given["first"])).unwrap());
            items.insert(id, (day, number(&given[TTL_ATTRIBUTE])));
            MockResponse::Output(PutItemOutput::builder().build())
        });
        Self {
            client: mocked!(aws_sdk_dynamodb, &get, &put_item),
            items,
            asked,
            put,
        }
    }

    /// An instance that has nothing warm.
    fn state(&self) -> State {
        let keep = Duration::from_secs(15 * 86_400);
        State::new(self.client.clone(), "t".into(), keep)
    }

    fn days(&self) -> BTreeMap<u64, u16> {
        let items = self.items.lock().unwrap();
        items.iter().map(|(id, (day, _))| (*id, day.0)).collect()
    }

    /// Calls so far: to ask, to put.
    fn calls(&self) -> (usize, usize) {
        let of = |n: &AtomicUsize| n.load(Ordering::Relaxed);
        (of(&self.asked), of(&self.put))
    }
}

fn id_of(key: &Item) -> u64 {
    let pk = text_of(key, "pk").unwrap().strip_prefix("seen#").unwrap();
    assert_eq!(text_of(key, "sk"), Some("seen"));
    u64::from_str_radix(pk, 16).unwrap()
}

fn item(id: u64, day: Day) -> Item {
    let mut item = key_of(id);
    item.insert("first".into(), number(i64::from(day.0)));
    item
}

fn sight(id: u64, seen: u16) -> Sight {
    let seen = Some(Day(seen));
    Sight { id, seen }
}

async fn ask(state: &State, asked: &[Sight]) -> BTreeMap<u64, u16> {
    let got = state.first_days(asked, MEMORY, NOW).await.unwrap();
    got.into_iter().map(|(id, day)| (id, day.0)).collect()
}

#[tokio::test]
async fn the_first_day_stands_whoever_comes_when() {
    let table = Table::of(&[(1, 20_000)], 100);
    let state = table.state();
    let asked = [sight(1, 20_003), sight(2, 20_003)];
    let want = BTreeMap::from([(1, 20_000), (2, 20_003)]);
    assert_eq!(ask(&state, &asked).await, want);
    assert_eq!(table.calls(), (1, 1));
    // Warm: nobody is asked, not even a day later.
    assert_eq!(
        ask(&state, &[sight(1, 20_004), sight(2, 20_004)]).await,
        want
    );
    assert_eq!(table.calls(), (1, 1));
    // Late: the day falls, here and for others.
    assert_eq!(ask(&state, &[sight(2, 20_001)]).await[&2], 20_001);
    assert_eq!(ask(&table.state(), &[sight(2, 20_002)]).await[&2], 20_001);
    assert_eq!(table.days(), BTreeMap::from([(1, 20_000), (2, 20_001)]));
}

#[tokio::test]
async fn who_only_asks_enters_nothing() {
    let table = Table::of(&[(1, 20_000)], 100);
    let only = |id| Sight { id, seen: None };
    let got = ask(&table.state(), &[only(1), only(2)]).await;
    assert_eq!(got, BTreeMap::from([(1, 20_000)]));
    assert_eq!((table.calls(), table.days().len()), ((1, 0), 1));
}

/// As if it had never been, whether or not the item is gone by now.
#[tokio::test]
async fn what_is_forgotten_is_entered_anew() {
    let table = Table::of(&[(1, 20_000), (2, 20_000)], 100);
    let state = table.state();
    let got = ask(&state, &[sight(1, 20_090), sight(2, 20_091)]).await;
    assert_eq!(got, BTreeMap::from([(1, 20_000), (2, 20_091)]));
    // Nor does what is warm outlive it.
    assert_eq!(ask(&state, &[sight(1, 20_091)]).await[&1], 20_091);
    assert_eq!(table.days(), got.keys().map(|id| (*id, 20_091)).collect());
}

/// Both asked before either had entered it: who is refused learns what stands.
#[tokio::test]
async fn of_two_at_once_both_learn_the_same() {
    let table = Table::of(&[], 100);
    let (one, other) = (table.state(), table.state());
    let put = one.enter_day(7, Day(20_000), MEMORY, NOW).await.unwrap();
    assert_eq!(put, (7, Day(20_000)));
    let late = other.enter_day(7, Day(20_001), MEMORY, NOW).await.unwrap();
    assert_eq!(late, (7, Day(20_000)));
}

/// A hundred keys a call, and again those that were not come to.
#[tokio::test]
async fn many_are_asked_for_in_parts() {
    let there: Vec<(u64, u16)> = (0..250).map(|id| (id, 19_999)).collect();
    let table = Table::of(&there, 60);
    let asked: Vec<Sight> = (0..260).map(|id| sight(id, 20_000)).collect();
    let got = ask(&table.state(), &asked).await;
    assert_eq!(got.len(), 260);
    assert_eq!(got.values().filter(|d| **d == 19_999).count(), 250);
    // 60 and 40, twice; 60 once.
    assert_eq!(table.calls(), (5, 10));
    let never = Table::of(&there, 0);
    let failed = never.state().first_days(&asked[..1], MEMORY, NOW).await;
    assert_eq!(failed.unwrap_err().kind, FaultKind::Throttled);
}

#[tokio::test]
async fn items_expire_when_nobody_remembers_them() {
    let table = Table::of(&[], 100);
    ask(&table.state(), &[sight(1, 20_000), sight(2, 100)]).await;
    let items = table.items.lock().unwrap();
    assert_eq!(items[&1].1, 20_091 * SECS_OF_DAY);
    // Of logs of long ago: as long as anything else.
    assert_eq!(items[&2].1, NOW + 15 * SECS_OF_DAY);
}

#[test]
fn what_is_warm_is_bounded() {
    let held = Held::default();
    for id in 0..=HELD_MAX as u64 {
        held.put(id, Day(1));
    }
    assert_eq!(held.0.lock().unwrap().len(), 1);
}
