//! A suppression hides from people and from the metrics that wake them, and from
//! nothing else.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Kitchen, expected, hand, hiding, ids, marks, once_each};
use crate::world::Stored;

/// Each cookie in an object of its own.
async fn one_by_one(kitchen: &Kitchen, cookies: &[(i64, &str)]) -> Vec<Stored> {
    let mut out = Vec::new();
    for (minute, role) in cookies {
        let key = format!("{minute:02}-{role}.json");
        out.push(kitchen.bake(&key, &[(*minute, role)]).await);
    }
    out
}

fn by_rule<'f>(
    found: &'f BTreeMap<String, Value>,
    of: &BTreeSet<String>,
) -> BTreeMap<&'f str, usize> {
    let mut out = BTreeMap::new();
    for (_, finding) in found.iter().filter(|(id, _)| of.contains(*id)) {
        *out.entry(finding["rule"]["name"].as_str().unwrap())
            .or_default() += 1;
    }
    out
}

fn count(ids: &BTreeSet<String>) -> f64 {
    f64::from(u32::try_from(ids.len()).unwrap())
}

#[tokio::test]
async fn what_is_hidden_is_kept_and_correlated_and_told_to_nobody() {
    let Some(kitchen) = Kitchen::of("ctx-hidden").await else {
        return;
    };
    // The mouse comes first, so that no window is ever hidden that is not in the
    // end.
    let cookies = [(5, "mouse"), (0, "baker"), (1, "baker"), (2, "baker")];
    let objects = one_by_one(&kitchen, &cookies).await;
    let setup = kitchen.knowing(&hiding()).await;
    let function = setup.with("FLOWTRAIL_RULE_METRICS", "500").start();
    for object in objects.iter().chain(&objects) {
        hand(&function, object).await;
    }
    let found = kitchen.found("").await;
    let want = expected(&kitchen, Some(&hiding()), &cookies);
    assert_eq!(marks(&found), want);
    let (hidden, seen) = (ids(&found, true), ids(&found, false));
    // Windows count hidden records: neither would be full without them.
    let want = BTreeMap::from([("cookie", 3), ("greedy", 1)]);
    assert_eq!(by_rule(&found, &hidden), want);
    let want = BTreeMap::from([("cookie", 1), ("famine", 1), ("stranger", 1)]);
    assert_eq!(by_rule(&found, &seen), want);
    for id in &hidden {
        let by = &found[id]["suppressed"];
        assert_eq!(
            (&by["owner"], &by["reason"]),
            (&"secops".into(), &"a drill".into())
        );
        assert_eq!(by["expires"], "2200-01-01T00:00:00Z");
    }
    assert_eq!(kitchen.told(&found).await, once_each(&seen));
    assert_eq!(kitchen.of_level_high("Findings").await, count(&seen));
    assert_eq!(
        kitchen.of_level_high("FindingsSuppressed").await,
        count(&hidden)
    );
    let charted = kitchen.of_level_high("FindingsByEventTime").await;
    assert_eq!(charted, count(&seen), "nor by the time of the event");
    for (id, times) in [
        ("11111111-1111-4111-8111-111111111111", 1.0),
        ("22222222-2222-4222-8222-222222222222", 0.0),
        ("33333333-3333-4333-8333-333333333333", 1.0),
    ] {
        let of_rule = kitchen.sum("FindingsByRule", &[("Rule", id)]).await;
        assert_eq!(of_rule, times, "{id}");
    }
    // Each object has a line, with what was hidden of it.
    let of = |name: &str| -> Vec<Value> {
        let mut log = function.log();
        log.retain(|l| l["message"] == "scanned");
        log.iter().map(|l| l[name].clone()).collect()
    };
    assert_eq!(of("findings"), [2.0, 0.0, 0.0, 0.0]);
    assert_eq!(of("suppressed"), [0.0, 1.0, 1.0, 1.0]);
}

/// Without a table, and with windows over one object.
#[tokio::test]
async fn without_a_table_the_same_is_hidden() {
    let Some(kitchen) = Kitchen::of("ctx-tableless").await else {
        return;
    };
    let cookies = [(0, "baker"), (1, "baker"), (2, "baker"), (5, "mouse")];
    let object = kitchen.bake("all.json", &cookies).await;
    let place = kitchen.context(hiding()).await;
    let setup = kitchen.setup().with("FLOWTRAIL_CONTEXT", &place);
    hand(&setup.start(), &object).await;
    let found = kitchen.found("").await;
    let (hidden, seen) = (ids(&found, true), ids(&found, false));
    let want = BTreeMap::from([("cookie", 3), ("greedy", 1)]);
    assert_eq!(by_rule(&found, &hidden), want);
    assert_eq!(kitchen.told(&found).await, once_each(&seen));
    assert_eq!(kitchen.of_level_high("Findings").await, count(&seen));
    assert_eq!(
        kitchen.of_level_high("FindingsSuppressed").await,
        count(&hidden)
    );
}

/// A finding of a window that was hidden, and is not any more when somebody else
/// joins: now people have to hear of it, once, and it is a finding like others.
#[tokio::test]
async fn who_joins_what_is_hidden_is_told_of() {
    let Some(kitchen) = Kitchen::of("ctx-joined").await else {
        return;
    };
    let cookies = [(0, "baker"), (1, "baker"), (2, "baker"), (5, "mouse")];
    let objects = one_by_one(&kitchen, &cookies).await;
    let function = kitchen.knowing(&hiding()).await.start();
    let (bakers, mouse) = objects.split_at(3);
    for object in bakers {
        hand(&function, object).await;
    }
    let before = kitchen.found("").await;
    let want = BTreeMap::from([("cookie", 3), ("famine", 1), ("greedy", 1)]);
    assert_eq!(by_rule(&before, &ids(&before, true)), want);
    assert_eq!(ids(&before, false), BTreeSet::new());
    assert_eq!(kitchen.told(&before).await, once_each(&BTreeSet::new()));
    assert_eq!(kitchen.of_level_high("Findings").await, 0.0);
    assert_eq!(kitchen.of_level_high("FindingsSuppressed").await, 5.0);
    hand(&function, &mouse[0]).await;
    let after = kitchen.found("").await;
    let want = expected(&kitchen, Some(&hiding()), &cookies);
    assert_eq!(marks(&after), want);
    let seen = ids(&after, false);
    let want = BTreeMap::from([("cookie", 1), ("famine", 1), ("stranger", 1)]);
    assert_eq!(by_rule(&after, &seen), want);
    let famine = |f: &BTreeMap<String, Value>| {
        let one = f.iter().find(|(_, f)| f["rule"]["name"] == "famine");
        one.unwrap().0.clone()
    };
    assert_eq!(famine(&before), famine(&after), "it is the same finding");
    assert_eq!(kitchen.told(&after).await, once_each(&seen));
    assert_eq!(kitchen.of_level_high("Findings").await, count(&seen));
    // No metric can be taken back.
    assert_eq!(kitchen.of_level_high("FindingsSuppressed").await, 5.0);
    // Whatever comes again says nothing more.
    let again = kitchen.knowing(&hiding()).await.start();
    for object in &objects {
        hand(&again, object).await;
    }
    let more = kitchen.bake("06-mouse.json", &[(6, "mouse")]).await;
    hand(&again, &more).await;
    let last = kitchen.found("").await;
    let new: BTreeSet<String> = ids(&last, false).difference(&seen).cloned().collect();
    let want = BTreeMap::from([("cookie", 1), ("stranger", 1)]);
    assert_eq!(by_rule(&last, &new), want);
    assert_eq!(kitchen.told(&last).await, once_each(&new));
    let all = count(&seen) + count(&new);
    assert_eq!(kitchen.of_level_high("Findings").await, all);
    assert_eq!(kitchen.of_level_high("FindingsSuppressed").await, 5.0);
}
