use super::*;
use crate::store::{NotListed, NotListedKind};
use flowtrail_scan::Fault;

fn lost(name: &str, kind: NotListedKind) -> NotListed {
    NotListed {
        name: name.to_owned(),
        reason: "denied".to_owned(),
        kind,
    }
}

fn report(fault: Option<ObjectFault>) -> ObjectReport {
    let mut tally = Tally::of_object();
    tally.count_evaluated();
    tally.objects_failed = u64::from(fault.is_some());
    ObjectReport {
        tally,
        fault: fault.map(|kind| Fault {
            kind,
            offset: 7,
            message: "it broke".to_owned(),
        }),
        ..ObjectReport::default()
    }
}

#[test]
fn a_whole_answer_says_nothing() {
    let account = Account::default();
    account.record("a", false, &report(None));
    account.record("notes.txt", false, &report(Some(ObjectFault::NotALog)));
    let sums = account.sums();
    assert!(!sums.is_partial());
    assert_eq!(sums.partial(), None);
    assert_eq!(sums.skipped(), None);
    assert_eq!((sums.tally.objects, sums.not_logs), (2, 1));
}

#[test]
fn a_partial_answer_says_what_it_lacks() {
    let account = Account::default();
    account.record("a", false, &report(Some(ObjectFault::Corrupt)));
    account.record("b", true, &report(Some(ObjectFault::NotALog)));
    account.record("c", false, &report(Some(ObjectFault::NotALog)));
    account.record("e", false, &report(None));
    let mut cut = report(None);
    cut.tally.count_skip(SkipReason::Truncated);
    cut.tally.count_skip(SkipReason::Digest);
    account.record("d", false, &cut);
    let listing = Listing {
        not_listed: vec![
            lost("x/", NotListedKind::Denied),
            lost("y/", NotListedKind::Loop),
        ],
        ..Listing::default()
    };
    account.listing(&listing);
    account.listing(&listing);
    let sums = account.sums();
    assert_eq!(
        sums.partial().unwrap(),
        "the answer is partial: 3 of 5 objects could not be read to the end \
         (1 corrupt, 1 not_a_log, 1 ends inside a record); 1 folder could not be listed"
    );
    assert_eq!(
        sums.skipped().unwrap(),
        "1 record could not be read (1 truncated)"
    );
    let names: Vec<_> = sums.problems().map(|p| p.name.as_str()).collect();
    assert_eq!(names, ["a", "b", "d", "x/"]);
    assert_eq!(
        sums.problems().next().unwrap().message,
        "it broke (at byte 7)"
    );
}

#[test]
fn an_object_of_two_tables_counts_once() {
    let account = Account::default();
    for _ in 0..2 {
        account.record("a", false, &report(Some(ObjectFault::Read)));
    }
    let sums = account.sums();
    assert_eq!(
        (sums.tally.objects, sums.tally.records, sums.lacking),
        (1, 1, 1)
    );
    assert_eq!(account.progress().now().objects_done, 2);
}

#[test]
fn problems_are_bounded_and_counted() {
    let account = Account::default();
    for i in (0..PROBLEMS_LISTED_MAX + 20).rev() {
        account.record(
            &format!("{i:06}"),
            false,
            &report(Some(ObjectFault::CutOff)),
        );
    }
    let sums = account.sums();
    assert_eq!(sums.problems().count(), PROBLEMS_LISTED_MAX);
    assert_eq!(sums.problems().next().unwrap().name, "000000");
    assert_eq!(sums.lacking, 1020);
    assert_eq!(sums.faults(ObjectFault::CutOff), 1020);
}
