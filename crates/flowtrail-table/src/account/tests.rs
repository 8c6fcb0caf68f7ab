use flowtrail_event::{Skip, SkipReason, Tally};
use flowtrail_scan::Fault;

use super::sums::PROBLEMS_LISTED_MAX;
use super::*;
use crate::store::NotListed;

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
    assert_eq!(sums.problems().count(), 0);
    // It is named all the same, for whoever lists what was met.
    let named: Vec<_> = sums.remarks().map(|p| (&*p.name, p.fault)).collect();
    assert_eq!(named, [("notes.txt", Some(ObjectFault::NotALog))]);
}

fn skip(offset: u64, reason: SkipReason) -> Skip {
    Skip {
        offset,
        len: 3,
        reason,
    }
}

#[test]
fn the_first_skips_are_named_with_their_offsets() {
    let account = Account::default();
    let mut one = report(None);
    one.skips = vec![
        skip(1, SkipReason::Malformed),
        skip(2, SkipReason::Digest),
        skip(3, SkipReason::Malformed),
        skip(4, SkipReason::Malformed),
        skip(5, SkipReason::TooLarge),
        skip(6, SkipReason::Malformed),
    ];
    account.record("a", false, &one);
    one.fault = report(Some(ObjectFault::CutOff)).fault;
    one.skips.truncate(1);
    account.record("b", false, &one);
    // What is skipped by its nature is not worth a word.
    one.fault = None;
    one.skips = vec![skip(9, SkipReason::Digest)];
    account.record("c", false, &one);
    let sums = account.sums();
    let said = |p: &Problem| (p.name.clone(), p.message.clone());
    assert_eq!(
        sums.remarks().map(said).collect::<Vec<_>>(),
        [(
            "a".to_owned(),
            "skipped 3 bytes at 1: malformed; skipped 3 bytes at 3: malformed; \
             skipped 3 bytes at 4: malformed; and 2 more skips"
                .to_owned()
        )]
    );
    assert_eq!(
        sums.problems().map(said).collect::<Vec<_>>(),
        [(
            "b".to_owned(),
            "it broke (at byte 7); skipped 3 bytes at 1: malformed".to_owned()
        )]
    );
    assert_eq!(sums.problems_total, 2);
}

#[test]
fn a_link_that_leads_back_is_a_remark_and_a_socket_is_nothing() {
    let account = Account::default();
    account.listing(&Listing {
        not_listed: vec![
            lost("up", NotListedKind::Loop),
            lost("socket", NotListedKind::Special),
            lost("gone", NotListedKind::Failed),
        ],
        pruned_folders: 2,
        ..Listing::default()
    });
    let sums = account.sums();
    let named = |p: &Problem| (p.name.clone(), p.fault);
    assert_eq!(
        sums.remarks().map(named).collect::<Vec<_>>(),
        [("up".to_owned(), None)]
    );
    assert_eq!(
        sums.problems().map(named).collect::<Vec<_>>(),
        [("gone".to_owned(), Some(ObjectFault::Open))]
    );
    assert_eq!((sums.not_listed, sums.problems_total), (1, 2));
    assert_eq!(sums.pruned().unwrap(), "2 folders left out by their names");
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
fn an_object_that_fails_the_second_time_it_is_read_is_lacking_once() {
    let account = Account::default();
    let mut one = report(None);
    one.skips = vec![skip(1, SkipReason::Malformed)];
    account.record("a", false, &one);
    assert!(!account.is_partial());
    for _ in 0..2 {
        account.record("a", false, &report(Some(ObjectFault::Read)));
    }
    let mut cut = report(None);
    cut.tally.count_skip(SkipReason::Truncated);
    account.record("b", false, &report(None));
    account.record("b", false, &cut);
    let sums = account.sums();
    assert_eq!((sums.tally.objects, sums.tally.records), (2, 2));
    assert_eq!((sums.tally.objects_failed, sums.lacking), (1, 2));
    assert_eq!(
        sums.partial().unwrap(),
        "the answer is partial: 2 of 2 objects could not be read to the end \
         (1 read_failed, 1 ends inside a record)"
    );
    assert_eq!((sums.problems_total, sums.remarks().count()), (2, 0));
    // A foreign file lacks nothing, however often it is met.
    for _ in 0..2 {
        account.record("c", false, &report(Some(ObjectFault::NotALog)));
    }
    assert_eq!(account.sums().lacking, 2);
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
