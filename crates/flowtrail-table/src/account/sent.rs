//! Sums on their way from the process that read to the one that asked.

use flowtrail_event::{EventTime, NoteKind, ObjectFault, SkipReason, Tally};
use serde::{Deserialize, Serialize};

use super::{Account, Problem, Sums, spanning};

/// Problems, and remarks, that go with the sums of one group; all are counted.
const PROBLEMS_SENT_MAX: usize = 100;

/// The sums over some objects, for the wire. Numbers by reason, kind or fault
/// stand in the order of their lists, which is the same in one version.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SentSums {
    /// Objects, failed ones, bytes stored, inflated, records, evaluated.
    numbers: [u64; 6],
    skipped: Vec<u64>,
    notes: Vec<u64>,
    times: Option<(i64, i64)>,
    by_fault: Vec<u64>,
    not_logs: u64,
    lacking: u64,
    cut_records: u64,
    problems_total: u64,
    problems: Vec<SentProblem>,
    remarks: Vec<SentProblem>,
}

/// Name, place of the fault in its list, message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct SentProblem(String, Option<usize>, String);

impl SentProblem {
    fn of(problem: &Problem) -> Self {
        let place = |fault| ObjectFault::ALL.iter().position(|f| *f == fault);
        Self(
            problem.name.clone(),
            problem.fault.and_then(place),
            problem.message.clone(),
        )
    }

    fn problem(self) -> Problem {
        Problem {
            name: self.0,
            fault: self.1.and_then(|at| ObjectFault::ALL.get(at).copied()),
            message: self.2,
        }
    }
}

impl SentSums {
    /// The sums as they are sent.
    pub(crate) fn of(sums: &Sums) -> Self {
        let tally = &sums.tally;
        let few = |p: &mut dyn Iterator<Item = &Problem>| -> Vec<_> {
            p.take(PROBLEMS_SENT_MAX).map(SentProblem::of).collect()
        };
        Self {
            numbers: [
                tally.objects,
                tally.objects_failed,
                tally.bytes_stored,
                tally.bytes_inflated,
                tally.records,
                tally.evaluated,
            ],
            skipped: SkipReason::ALL.map(|r| tally.skipped(r)).to_vec(),
            notes: NoteKind::ALL.map(|k| tally.notes(k)).to_vec(),
            times: sums.times.map(|(a, b)| (a.0, b.0)),
            by_fault: sums.by_fault.to_vec(),
            not_logs: sums.not_logs,
            lacking: sums.lacking,
            cut_records: sums.cut_records,
            problems_total: sums.problems_total,
            problems: few(&mut sums.problems()),
            remarks: few(&mut sums.remarks()),
        }
    }

    /// How many objects they are over.
    pub(crate) const fn objects(&self) -> u64 {
        let [objects, ..] = self.numbers;
        objects
    }

    fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        [
            tally.objects,
            tally.objects_failed,
            tally.bytes_stored,
            tally.bytes_inflated,
            tally.records,
            tally.evaluated,
        ] = self.numbers;
        for (reason, n) in SkipReason::ALL.iter().zip(&self.skipped) {
            tally.set_skipped(*reason, *n);
        }
        for (kind, n) in NoteKind::ALL.iter().zip(&self.notes) {
            tally.set_notes(*kind, *n);
        }
        tally
    }
}

impl Account {
    /// Adds what `executor` read.
    pub(crate) fn absorb(&self, executor: &str, sent: SentSums) {
        let tally = sent.tally();
        let progress = self.progress();
        progress.bytes(tally.bytes_stored);
        (0..tally.objects).for_each(|_| progress.object());
        let mut sums = self.lock();
        if tally.objects > 0 {
            sums.executors.insert(executor.to_owned());
        }
        sums.tally.add(&tally);
        let times = sent.times.map(|(a, b)| (EventTime(a), EventTime(b)));
        sums.times = spanning(sums.times, times);
        for (sum, n) in sums.by_fault.iter_mut().zip(&sent.by_fault) {
            *sum += n;
        }
        sums.not_logs += sent.not_logs;
        sums.lacking += sent.lacking;
        sums.cut_records += sent.cut_records;
        // Keeping one counts it, but all of them are counted already.
        let total = sums.problems_total + sent.problems_total;
        for problem in sent.problems {
            sums.keep(problem.problem(), true);
        }
        for remark in sent.remarks {
            sums.keep(remark.problem(), false);
        }
        sums.problems_total = total;
    }

    /// Says that something of the reading is not known.
    pub(crate) fn not_known(&self, what: String) {
        self.lock().unknown.get_or_insert(what);
    }

    /// A line on what is odd, and does not change the answer.
    pub(crate) fn warn(&self, warning: String) {
        let mut sums = self.lock();
        if !sums.warnings.contains(&warning) {
            sums.warnings.push(warning);
        }
    }
}

#[cfg(test)]
mod tests {
    use flowtrail_scan::{Fault, ObjectReport};

    use super::*;

    fn report(fault: Option<ObjectFault>) -> ObjectReport {
        let mut tally = Tally::of_object();
        tally.bytes_stored = 10;
        tally.count_evaluated();
        tally.count_skip(SkipReason::Digest);
        tally.count_note(NoteKind::NoTime);
        tally.objects_failed = u64::from(fault.is_some());
        ObjectReport {
            tally,
            fault: fault.map(|kind| Fault {
                kind,
                offset: 0,
                message: "it broke".to_owned(),
            }),
            times: Some((EventTime(5), EventTime(9))),
            ..ObjectReport::default()
        }
    }

    /// Everything that a person or a program is told of sums.
    fn told(account: &Account) -> impl PartialEq + std::fmt::Debug {
        let sums = account.sums();
        let problems: Vec<_> = sums.problems().cloned().collect();
        let remarks: Vec<_> = sums.remarks().cloned().collect();
        let faults = ObjectFault::ALL.map(|f| sums.faults(f));
        (
            (sums.tally.clone(), sums.times, sums.not_logs, faults),
            (problems, remarks, sums.problems_total),
            (sums.partial(), sums.skipped(), account.progress().now()),
        )
    }

    #[test]
    fn accounts_of_two_executors_are_that_of_one_process() {
        let (here, first, second) = <(Account, Account, Account)>::default();
        for (name, given, fault) in [
            ("a", false, None),
            ("b", false, Some(ObjectFault::Corrupt)),
            ("c", false, Some(ObjectFault::NotALog)),
            ("d", true, Some(ObjectFault::NotALog)),
        ] {
            let there = if name < "c" { &first } else { &second };
            for account in [&here, there] {
                account.record(name, given, &report(fault));
                account.progress().bytes(10);
            }
        }
        let asked = Account::default();
        for (name, account) in [("x:1", &first), ("y:1", &second)] {
            let text = serde_json::to_string(&SentSums::of(&account.sums())).unwrap();
            let came: SentSums = serde_json::from_str(&text).unwrap();
            assert_eq!(came.objects(), 2);
            asked.absorb(name, came);
        }
        assert_eq!(told(&asked), told(&here));
        assert!(asked.is_partial());
        let executors: Vec<_> = asked.sums().executors.into_iter().collect();
        assert_eq!(executors, ["x:1", "y:1"]);
    }

    #[test]
    fn what_is_not_known_makes_an_answer_doubtful() {
        let account = Account::default();
        account.absorb("x:1", SentSums::default());
        assert_eq!(account.sums().partial(), None);
        account.not_known("one group did not say".to_owned());
        assert_eq!(
            account.sums().partial().unwrap(),
            "the answer may be partial: one group did not say"
        );
        account.record("b", false, &report(Some(ObjectFault::Corrupt)));
        let partial = account.sums().partial().unwrap();
        assert!(
            partial.starts_with("the answer is partial: 1 of 1 object"),
            "{partial}"
        );
        assert!(partial.ends_with("; one group did not say"), "{partial}");
    }
}
