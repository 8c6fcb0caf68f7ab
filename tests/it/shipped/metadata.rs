//! What a rule has to say to operators.

use std::collections::{BTreeMap, BTreeSet};

use flowtrail_detect::Guidance;
use flowtrail_sigma::{Compilation, Level, RuleMeta};

use crate::support;

/// Every rule and correlation that raises findings, or will.
fn raising(compilation: &Compilation) -> Vec<&RuleMeta> {
    let rules = compilation.rules.rules().iter();
    let rules = rules.filter(|r| r.emits).map(|r| &*r.meta);
    let windows = compilation.rules.correlations().iter();
    let windows = windows.filter(|c| c.emits).map(|c| &*c.meta);
    let waiting = compilation.inactive.iter();
    let waiting = waiting.filter(|i| i.emits).map(|i| &*i.meta);
    rules.chain(windows).chain(waiting).collect()
}

#[test]
fn every_rule_has_guidance_that_can_be_used() {
    let compilation = support::compiled(&support::shipped());
    assert!(
        compilation.problems.is_empty(),
        "{:?}",
        compilation.problems
    );
    for meta in raising(&compilation) {
        let title = &meta.title;
        let guidance = Guidance::of(meta).unwrap_or_else(|p| panic!("{p}"));
        assert!(guidance.level_reason.is_some(), "{title}");
        if meta.level >= Level::High {
            assert!(guidance.alarm.is_some(), "{title}: no alarm");
        }
        let own = guidance.alarm.as_ref().and_then(|a| a.own.as_deref());
        if let Some(own) = own {
            assert!(own.len() > 30 && own.ends_with('.'), "{title}: {own}");
            assert!(
                meta.level >= Level::High,
                "{title}: pages for {}",
                meta.level
            );
        }
        if meta.level <= Level::Low {
            let pages = guidance.alarm.is_some_and(|a| a.page);
            assert!(!pages, "{title}: wakes somebody at level {}", meta.level);
        }
        for kind in &guidance.data_events {
            assert!(kind.starts_with("AWS::"), "{title}: {kind}");
        }
        assert!(
            !meta.techniques().is_empty() || meta.level <= Level::Low,
            "{title}: no technique"
        );
    }
}

/// The benchmark's filters, made useful: of each item the quiet part raises
/// something worth reading, and the rest is context.
#[test]
fn every_item_of_the_cis_monitoring_set_is_split() {
    let compilation = support::compiled(&support::shipped());
    let mut levels: BTreeMap<String, BTreeSet<Level>> = BTreeMap::new();
    for meta in raising(&compilation) {
        for item in Guidance::of(meta).unwrap().cis {
            levels.entry(item).or_default().insert(meta.level);
        }
    }
    for item in 1..=15 {
        let item = format!("5.{item}");
        let found = levels.get(&item);
        let found = found.unwrap_or_else(|| panic!("{item} is not covered"));
        let low = found.iter().any(|l| *l <= Level::Low);
        let loud = found.iter().any(|l| *l >= Level::Medium);
        assert!(low && loud, "{item}: {found:?}");
    }
    assert_eq!(levels.len(), 15, "{:?}", levels.keys());
}
