//! Which findings carry the version of the context, wherever it was read.

use std::collections::BTreeMap;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{Kitchen, Mark, expected, hand, hiding, lines, marks};
use crate::function::Setup;
use crate::world::Stored;

const COOKIES: [(i64, &str); 6] = [
    (0, "baker"),
    (1, "mouse"),
    (2, "baker"),
    (3, "mouse"),
    (4, "baker"),
    (5, "mouse"),
];

/// What a function finds in an object, without a table and without its own
/// prefix for anybody else.
async fn found(
    kitchen: &Kitchen,
    setup: Setup,
    (prefix, object): (&str, &Stored),
) -> BTreeMap<String, Value> {
    let place = format!("s3://{}/{prefix}", kitchen.findings);
    let function = setup.with("FLOWTRAIL_FINDINGS", &place).start();
    hand(&function, object).await;
    kitchen.found(&format!("{prefix}/")).await
}

/// How often each sort of mark was left.
fn sorts(marks: impl IntoIterator<Item = Mark>) -> Vec<(String, bool, bool, usize)> {
    let mut sorts = BTreeMap::new();
    for mark in marks {
        let (shaped, hidden) = (mark.context.is_some(), mark.hidden_by.is_some());
        *sorts.entry((mark.rule, shaped, hidden)).or_default() += 1;
    }
    let flat = |((rule, shaped, hidden), n)| (rule, shaped, hidden, n);
    sorts.into_iter().map(flat).collect()
}

fn digest(text: &str) -> String {
    let hash = Sha256::digest(text.as_bytes());
    hash.iter().take(6).map(|b| format!("{b:02x}")).collect()
}

#[tokio::test]
async fn a_bucket_and_the_package_give_the_same() {
    let Some(kitchen) = Kitchen::of("ctx-shape").await else {
        return;
    };
    let object = kitchen.bake("AWSLogs/cookies.json", &COOKIES).await;
    let context = hiding();
    let place = kitchen.context(context.clone()).await;
    let of_bucket = kitchen.setup().with("FLOWTRAIL_CONTEXT", &place);
    let of_package = kitchen.packed(kitchen.setup(), &context);
    let of_bucket = found(&kitchen, of_bucket, ("bucket", &object)).await;
    let of_package = found(&kitchen, of_package, ("package", &object)).await;
    assert_eq!(of_bucket, of_package);
    // And the same as a replay gives.
    let all = marks(&of_bucket);
    assert_eq!(all, expected(&kitchen, Some(&context), &COOKIES));
    // The version stands where a rule asked, or one that it rests on, and where
    // something is hidden; nowhere else.
    let want = [
        ("cookie", false, false, 3),
        ("cookie", true, true, 3),
        ("famine", false, false, 1),
        ("greedy", false, false, 1),
        ("greedy", true, true, 1),
        ("stranger", true, false, 3),
        ("strangers", true, false, 1),
    ];
    let want = want.map(|(rule, shaped, hidden, n)| (rule.to_owned(), shaped, hidden, n));
    assert_eq!(sorts(all.values().cloned()), want);
    let versions = all.values().filter_map(|m| m.context.as_deref());
    for version in versions {
        assert_eq!(version, digest(&context));
    }
}

#[tokio::test]
async fn without_a_context_nothing_names_one() {
    let Some(kitchen) = Kitchen::of("ctx-none").await else {
        return;
    };
    let object = kitchen.bake("cookies.json", &COOKIES).await;
    let without = found(&kitchen, kitchen.setup(), ("without", &object)).await;
    assert_eq!(marks(&without), expected(&kitchen, None, &COOKIES));
    let want = [("cookie", 6), ("famine", 1), ("greedy", 2)];
    let want = want.map(|(rule, n)| (rule.to_owned(), false, false, n));
    assert_eq!(sorts(marks(&without).into_values()), want);
    // The two rules that wait for one are counted.
    assert_eq!(kitchen.sum("RulesInactive", &[]).await, 2.0);
}

/// OCSF has a place for both, and a status for what is hidden.
#[tokio::test]
async fn ocsf_names_the_version_and_the_suppression() {
    let Some(kitchen) = Kitchen::of("ctx-ocsf").await else {
        return;
    };
    let object = kitchen.bake("cookies.json", &COOKIES).await;
    let context = hiding();
    let setup = kitchen.knowing(&context).await;
    let function = setup.with("FLOWTRAIL_FINDINGS_OCSF", "true").start();
    hand(&function, &object).await;
    let found = kitchen.world.objects(&kitchen.findings, "ocsf/").await;
    let mut hidden = 0;
    let mut shaped = 0;
    for body in found.values() {
        for line in body.split(|b| *b == b'\n').filter(|l| !l.is_empty()) {
            let finding: Value = serde_json::from_slice(line).unwrap();
            let by = &finding["unmapped"]["suppressed"]["id"];
            assert_eq!(finding["status_id"] == 3, by == "drill", "{finding}");
            hidden += usize::from(by == "drill");
            let version = &finding["unmapped"]["context"];
            assert!(version.is_null() || *version == digest(&context).as_str());
            shaped += usize::from(version.is_string());
        }
    }
    assert_eq!((hidden, shaped), (4, 8));
    assert_eq!(lines(&function, "ERROR"), Vec::<Value>::new());
}
