//! Scans that were found, and hosts that were taken for scanners.

use super::input::{self, EvaluationError, Finding, Wanted};
use super::matching::Index;
use super::report::{share, table, wide};
use super::{DAY, Yardstick, rank};
use crate::plan::Plan;
use crate::world::{World, dotted, is_inside};
use std::collections::BTreeSet;
use std::fmt;
use std::io::BufRead;

/// The detector, as labels and rules have it.
const SCANS: &str = "F3";

/// Detectors of what a scan is, even if it is planted for another one: whoever
/// looks for a way out knocks at many doors.
const SEARCHES: [&str; 2] = [SCANS, "F7"];

/// Lures that do scan, and are allowed to.
const WITH_LEAVE: [&str; 1] = ["vulnerability-scan"];

/// How well scans are told from everything else, by host.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scans {
    /// Scans planted.
    pub planted: usize,
    /// Scans that a rule of scans tells of, at any level.
    pub found: usize,
    /// Those of them told of at level medium or above.
    pub found_at_medium: usize,
    /// Hosts that scanned, with leave or without.
    pub scanners: usize,
    /// Hosts that never scanned.
    pub hosts: usize,
    /// Addresses inside that never scanned and that a rule of scans tells of, at
    /// any level: the account, if the finding names one, and the address. Two
    /// histories may have the same, which are two hosts.
    pub taken: Vec<(String, String)>,
    /// Hosts that never scanned, times days.
    pub host_days: u64,
    /// Pairs of address and day among those taken.
    pub days_taken: usize,
}

impl Scans {
    /// Adds what was counted in another history.
    pub fn merge(&mut self, other: Self) {
        self.planted += other.planted;
        self.found += other.found;
        self.found_at_medium += other.found_at_medium;
        self.scanners += other.scanners;
        self.hosts += other.hosts;
        self.taken.extend(other.taken);
        self.host_days += other.host_days;
        self.days_taken += other.days_taken;
    }
}

/// Counts scans and hosts in findings over a history of this plan. Findings of
/// rules that are tagged `flowtrail.f3` count, of every level and day.
///
/// # Errors
/// [`EvaluationError`] names the input and the line that cannot be read.
pub fn scans(
    labels: impl BufRead,
    negatives: impl BufRead,
    findings: impl BufRead,
    plan: &Plan,
) -> Result<Scans, EvaluationError> {
    let wanted = input::labels(labels, "labels")?;
    let lures = input::labels(negatives, "negatives")?;
    let inside = Inside::new(plan, &wanted, &lures);
    let index = Index::new(&wanted);
    let mut told = Told::default();
    let medium = Yardstick::of(plan).rank();
    input::findings(findings, &mut |finding| {
        if finding.rule.detectors().any(|d| d == SCANS) {
            told.take(&finding, (&index, &inside), medium);
        }
    })?;
    let planted = |at: &usize| wanted.get(*at).is_some_and(|l| l.names(SCANS));
    Ok(Scans {
        planted: wanted.iter().filter(|l| l.names(SCANS)).count(),
        found: told.found.iter().filter(|at| planted(at)).count(),
        found_at_medium: told.found_at_medium.iter().filter(|at| planted(at)).count(),
        scanners: inside.scanners.len(),
        hosts: inside.quiet.len(),
        host_days: wide(inside.quiet.len()) * u64::from(plan.hours / 24),
        days_taken: told.days.len(),
        taken: told.hosts(),
    })
}

/// An account and an address.
type Host = (String, String);

/// The hosts of the organisation.
struct Inside {
    scanners: BTreeSet<Host>,
    /// The others.
    quiet: BTreeSet<Host>,
}

impl Inside {
    fn new(plan: &Plan, wanted: &[Wanted], lures: &[Wanted]) -> Self {
        let searches = wanted
            .iter()
            .filter(|l| SEARCHES.iter().any(|d| l.names(d)));
        let with_leave = lures.iter().filter(|l| WITH_LEAVE.contains(&l.name()));
        let actors: BTreeSet<&str> = searches
            .chain(with_leave)
            .map(|l| l.actor.as_str())
            .collect();
        let world = World::new(plan);
        let all = world.vpcs().flat_map(|(account, vpc)| {
            let interfaces = vpc.interfaces.iter().chain(&vpc.annex);
            interfaces.map(move |i| (i, (account.id.clone(), dotted(i.address))))
        });
        let (scanners, quiet): (Vec<_>, Vec<_>) =
            all.partition(|(i, _)| actors.contains(i.instance.as_str()));
        let hosts = |all: Vec<(_, Host)>| all.into_iter().map(|(_, host)| host).collect();
        Self {
            scanners: hosts(scanners),
            quiet: hosts(quiet),
        }
    }

    /// Whether an address is inside, and no scanner's.
    fn never_scanned(&self, account: Option<&str>, address: &str) -> bool {
        let scans = |(a, b): &Host| b == address && account.is_none_or(|account| account == a);
        let inside = address.parse().is_ok_and(is_inside);
        inside && !self.scanners.iter().any(scans)
    }
}

/// What findings tell of.
#[derive(Default)]
struct Told {
    found: BTreeSet<usize>,
    found_at_medium: BTreeSet<usize>,
    days: BTreeSet<(Host, i64)>,
}

impl Told {
    /// Each host once.
    fn hosts(self) -> Vec<Host> {
        let hosts: BTreeSet<Host> = self.days.into_iter().map(|(host, _)| host).collect();
        hosts.into_iter().collect()
    }

    fn take(&mut self, finding: &Finding, on: (&Index<'_>, &Inside), medium: usize) {
        let (index, inside) = on;
        let right = index.of(finding);
        if rank(&finding.level) >= Some(medium) {
            self.found_at_medium.extend(&right);
        }
        self.found.extend(right);
        let day = finding.span().map_or(0, |(_, last)| last.div_euclid(DAY));
        let account = finding.account.as_deref();
        for address in finding.accused() {
            if inside.never_scanned(account, address) {
                let host = (account.unwrap_or("-").to_owned(), address.to_owned());
                self.days.insert((host, day));
            }
        }
    }
}

/// As a table in Markdown, and the addresses that were taken for scanners.
impl fmt::Display for Scans {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |of: usize, all: u64| {
            let number = share(wide(of), all);
            format!("{of} of {all} ({number})")
        };
        let planted = wide(self.planted);
        let taken = part(self.taken.len(), wide(self.hosts));
        let rows = [
            ("scans found", part(self.found, planted)),
            (
                "scans found at level medium or above",
                part(self.found_at_medium, planted),
            ),
            ("hosts that scan", self.scanners.to_string()),
            ("other hosts that were taken for scanners", taken),
            ("the same by day", part(self.days_taken, self.host_days)),
        ];
        let rows = rows.map(|(what, number)| vec![what.to_owned(), number]);
        table(f, &["what", "number"], rows)?;
        for (account, address) in &self.taken {
            writeln!(f, "\n- {address} in {account}")?;
        }
        Ok(())
    }
}
