//! Which findings carry the version of the context, and which rules are active.

use std::collections::BTreeSet;

use flowtrail_context::Context;
use flowtrail_detect::Finding;

use super::{BAKER, BASE, found, hiding, trail};

fn with_version(findings: &[Finding]) -> BTreeSet<&str> {
    let all = findings.iter().filter(|f| f.context.is_some());
    all.filter_map(|f| f.rule.name.as_deref()).collect()
}

/// The rule that asks, the window over it, and the window over that one.
#[test]
fn what_the_context_shaped_names_its_version() {
    let scanned = found(&trail(&[&BAKER; 3]), BASE);
    let shaped = ["stranger", "stranger_still", "strangers"];
    assert_eq!(with_version(&scanned.findings), BTreeSet::from(shaped));
    let (context, _) = Context::parse("context.yaml", BASE).unwrap();
    for finding in &scanned.findings {
        if let Some(version) = &finding.context {
            assert_eq!(**version, *context.version());
            assert_eq!(version.len(), 12);
        }
    }
}

#[test]
fn and_so_does_what_it_hides() {
    let scanned = found(&trail(&[&BAKER; 3]), &hiding("rules: [cookie]"));
    let shaped = ["cookie", "stranger", "stranger_still", "strangers"];
    assert_eq!(with_version(&scanned.findings), BTreeSet::from(shaped));
    let of_cookies = |f: &&Finding| f.rule.name.as_deref() == Some("cookie");
    let cookies = scanned.findings.iter().filter(of_cookies);
    assert!(cookies.clone().all(|f| f.context.is_some()));
    assert_eq!(cookies.count(), 3);
}
