//! A suppression hides what it says and nothing more, and what it hides is
//! counted, ordered and correlated as ever.

use flowtrail_detect::Finding;

use super::{BAKER, BASE, Cookie, MOUSE, flows, found, hiding, of, trail};

/// The rules of findings that are hidden, each once.
fn hidden(findings: &[Finding]) -> Vec<&str> {
    let all = findings.iter().filter(|f| f.suppressed.is_some());
    let mut names: Vec<_> = all.filter_map(|f| f.rule.name.as_deref()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

const BAKERS: &str = "principals: ['arn:aws:iam::*:role/baker']";

#[test]
fn nothing_but_the_mark_changes() {
    let trail = trail(&[&BAKER, &MOUSE, &BAKER, &BAKER, &MOUSE, &MOUSE]);
    let (plain, marked) = (found(&trail, BASE), found(&trail, &hiding(BAKERS)));
    assert_eq!(hidden(&plain.findings), [""; 0]);
    assert_eq!(of(&marked.findings, "cookie"), (6, 3));
    assert_eq!(of(&marked.findings, "greedy"), (2, 1));
    assert_eq!(plain.loss, marked.loss);
    assert_eq!(plain.findings.len(), marked.findings.len());
    for (a, b) in plain.findings.iter().zip(&marked.findings) {
        let mut b = b.clone();
        b.suppressed = None;
        b.context.clone_from(&a.context);
        assert_eq!(*a, b);
    }
    let by = marked.findings.iter().find_map(|f| f.suppressed.as_ref());
    let by = by.unwrap();
    let said = (by.id.as_str(), by.owner.as_str(), by.reason.as_str());
    assert_eq!(said, ("drill", "secops", "a drill"));
    assert_eq!(by.expires.to_string(), "2027-01-01T00:00:00Z");
}

#[test]
fn one_record_of_somebody_else_is_enough_to_be_told() {
    let all_bakers = found(&trail(&[&BAKER; 4]), &hiding(BAKERS));
    assert_eq!(of(&all_bakers.findings, "famine"), (1, 1));
    let with_mouse = found(&trail(&[&BAKER, &BAKER, &MOUSE, &BAKER]), &hiding(BAKERS));
    assert_eq!(of(&with_mouse.findings, "famine"), (1, 0));
    // Whose group it is stands in the group.
    assert_eq!(of(&with_mouse.findings, "greedy"), (1, 1));
    // A window over windows shows one record of many.
    assert_eq!(of(&all_bakers.findings, "again"), (1, 0));
}

/// Twenty records are kept as evidence.
#[test]
fn records_that_were_left_out_count_too() {
    let many = |last: &Cookie<'_>| {
        let mut cookies = vec![&BAKER; 30];
        cookies.push(last);
        found(&trail(&cookies), &hiding(BAKERS))
    };
    let (bakers, mouse) = (many(&BAKER), many(&MOUSE));
    for scanned in [&bakers, &mouse] {
        let all = scanned.findings.iter();
        let omitted = all.filter(|f| f.evidence_omitted > 0).count();
        assert!(omitted >= 2, "{omitted}");
    }
    assert_eq!(of(&bakers.findings, "famine"), (1, 1), "all agree");
    assert_eq!(of(&bakers.findings, "greedy"), (1, 1));
    assert_eq!(
        of(&mouse.findings, "famine"),
        (1, 0),
        "the last one differs"
    );
    assert_eq!(of(&mouse.findings, "greedy"), (1, 1));
}

#[test]
fn rules_resources_accounts_and_times() {
    let trail = trail(&[&BAKER, &MOUSE, &BAKER, &BAKER]);
    for (scope, expected) in [
        ("rules: [cookie]", vec!["cookie"]),
        (
            "rules: ['11111111-*', 'Many cookies*']",
            vec!["cookie", "famine"],
        ),
        ("rules: [cake]", vec![]),
        ("resources: [kitchen]", vec!["cookie", "jar", "stranger"]),
        ("resources: [cellar]", vec!["cookie", "stranger"]),
        // Where it happened, not whose caller it was.
        ("accounts: [lab]", vec![]),
        (
            "accounts: [shop]",
            vec!["cookie", "famine", "greedy", "jar", "stranger", "strangers"],
        ),
        (
            "rules: [cookie, famine], until: '2026-05-01T10:02:00Z'",
            vec!["cookie"],
        ),
        (
            "rules: [cookie, famine], from: '2026-05-01T10:05:00Z'",
            vec![],
        ),
        (
            "networks: [office]",
            vec!["cookie", "greedy", "jar", "stranger"],
        ),
        (
            "networks: [office, 203.0.113.0/24]",
            vec!["cookie", "famine", "greedy", "jar", "stranger", "strangers"],
        ),
        ("networks: [office], principals: ['*/mouse']", vec![]),
    ] {
        let scanned = found(&trail, &hiding(scope));
        assert_eq!(hidden(&scanned.findings), expected, "{scope}");
    }
    let until = "rules: [cookie], until: '2026-05-01T10:02:00Z'";
    assert_eq!(
        of(&found(&trail, &hiding(until)).findings, "cookie"),
        (4, 2)
    );
}

#[test]
fn one_end_of_every_flow_has_to_lie_in_the_networks() {
    let inside = hiding("networks: [10.1.0.0/16]");
    let seen = |ends: &[(&str, &str)]| found(&flows(ends), &inside).findings;
    let (a, b, c) = ("10.1.0.1", "10.1.0.2", "10.2.0.9");
    // By the source, by the destination, by either.
    let all = seen(&[(a, c), (a, "8.8.8.8"), (a, b), (a, c)]);
    assert_eq!(of(&all, "refused"), (4, 4));
    assert_eq!((of(&all, "knocking"), of(&all, "noise")), ((1, 1), (1, 1)));
    let all = seen(&[(c, a), (c, b), (c, a)]);
    assert_eq!((of(&all, "knocking"), of(&all, "noise")), ((1, 1), (1, 1)));
    let all = seen(&[(c, a), (b, c), (c, b)]);
    assert_eq!(of(&all, "noise"), (1, 1));
    let all = seen(&[(c, a), (c, "8.8.8.8"), (c, b)]);
    assert_eq!(of(&all, "refused"), (3, 2));
    assert_eq!((of(&all, "knocking"), of(&all, "noise")), ((1, 0), (1, 0)));
    // With more of them than are kept.
    let mut many = vec![(a, c); 30];
    assert_eq!(of(&seen(&many), "noise"), (1, 1));
    many.push((c, "8.8.8.8"));
    let all = seen(&many);
    assert_eq!((of(&all, "knocking"), of(&all, "noise")), ((1, 1), (1, 0)));
}

#[test]
fn it_expires_by_the_time_of_the_last_event() {
    let trail = trail(&[&BAKER; 6]);
    let expires = |at: &str| {
        let context = hiding(BAKERS).replace("2026-12-31", at);
        found(&trail, &context).findings
    };
    let half = expires("'2026-05-01T10:03:00Z'");
    assert_eq!(of(&half, "cookie"), (6, 3));
    assert_eq!(of(&half, "famine"), (1, 0), "it ended later");
    assert_eq!(of(&expires("2026-04-30"), "cookie"), (6, 0));
    assert_eq!(of(&expires("2026-05-01"), "cookie"), (6, 6));
}
