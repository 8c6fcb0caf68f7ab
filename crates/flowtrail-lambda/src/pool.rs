//! Scanners, kept warm from one object to the next.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use flowtrail_baseline::Memory;
use flowtrail_detect::{Harvest, Plan};
use flowtrail_scan::{ObjectReport, ScanOptions, Scanner};

/// Scanners over one plan. A scanner holds the rooms of its readers, so that a
/// small object costs no set-up.
pub struct Pool {
    plan: Arc<Plan>,
    options: ScanOptions,
    idle: Mutex<Vec<Scanner>>,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool").finish_non_exhaustive()
    }
}

impl Pool {
    /// An empty pool.
    #[must_use]
    pub const fn new(plan: Arc<Plan>, options: ScanOptions) -> Self {
        Self {
            plan,
            options,
            idle: Mutex::new(Vec::new()),
        }
    }

    /// Scans bytes that are there already, unless the time is up before their
    /// end: a few of them can inflate to more than there is time for.
    ///
    /// # Errors
    /// [`Late`]; nothing is kept of what was seen.
    pub fn scan_until(
        &self,
        name: &str,
        bytes: &[u8],
        until: Instant,
        memory: Option<Arc<dyn Memory>>,
    ) -> Result<(ObjectReport, Harvest), Late> {
        read_until(bytes, until, |input| self.scan(name, input, memory))
    }

    /// Scans one object and judges it by this memory. Blocks for as long as
    /// `input` does. A scanner that panics is not used again.
    pub fn scan(
        &self,
        name: &str,
        input: impl Read,
        memory: Option<Arc<dyn Memory>>,
    ) -> (ObjectReport, Harvest) {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = idle().pop();
        let mut scanner = waiting
            .unwrap_or_else(|| Scanner::gathering(Arc::clone(&self.plan), self.options.clone()));
        if let Some(memory) = memory {
            scanner.remember(memory);
        }
        let report = scanner.scan(name, input);
        let harvest = scanner.harvest();
        idle().push(scanner);
        (report, harvest)
    }
}

/// The time was up before the end of the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the time for it is up")]
pub struct Late;

/// Reads bytes that are there already, unless the time is up before their end.
///
/// # Errors
/// [`Late`], whatever came of it.
pub fn read_until<T>(
    bytes: &[u8],
    until: Instant,
    read: impl FnOnce(&mut dyn Read) -> T,
) -> Result<T, Late> {
    let mut late = false;
    let mut input = Timed {
        bytes,
        until,
        late: &mut late,
    };
    let got = read(&mut input);
    if late { Err(Late) } else { Ok(got) }
}

/// Bytes that end with an error when the time is up.
struct Timed<'a> {
    bytes: &'a [u8],
    until: Instant,
    late: &'a mut bool,
}

impl Read for Timed<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if Instant::now() >= self.until {
            *self.late = true;
            return Err(io::Error::new(io::ErrorKind::TimedOut, Late));
        }
        self.bytes.read(room)
    }
}

#[cfg(test)]
mod tests {
    use flowtrail_event::Limits;
    use flowtrail_scan::rule_options;
    use flowtrail_sigma::{Level, RuleSource, compile};

    use super::*;

    #[test]
    fn what_one_object_said_is_not_said_again_of_the_next() {
        let rule = RuleSource {
            file: "r.yml".into(),
            text: "title: r\nlogsource: {product: aws, service: cloudtrail}\n\
                   detection: {s: {eventName: A}, condition: s}\n"
                .into(),
        };
        let rules = compile(&[rule], &rule_options()).rules;
        let plan = Plan::new(Arc::new(rules), &Limits::default(), Level::Low, None).unwrap();
        let pool = Pool::new(Arc::new(plan), ScanOptions::default());
        let record = |name: &str| {
            format!(
                "{{\"Records\":[{{\"eventVersion\":\"1.1\",\"eventName\":\"{name}\",\
                 \"eventSource\":\"x\",\"eventTime\":\"2026-11-21T10:00:00Z\",\
                 \"eventID\":\"1\"}}]}}"
            )
        };
        let found = |name| {
            pool.scan("o", record(name).as_bytes(), None)
                .1
                .findings
                .len()
        };
        assert_eq!((found("A"), found("B"), found("A")), (1, 0, 1));
        assert_eq!(pool.idle.lock().unwrap().len(), 1);
    }

    #[test]
    fn what_inflates_for_too_long_is_late_and_says_nothing() {
        let rules = Arc::new(compile(&[], &rule_options()).rules);
        let plan = Plan::new(rules, &Limits::default(), Level::Low, None).unwrap();
        let pool = Pool::new(Arc::new(plan), ScanOptions::default());
        let mut bytes = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let blanks = vec![b' '; 1 << 20];
        for _ in 0..64 {
            io::Write::write_all(&mut bytes, &blanks).unwrap();
        }
        let bytes = bytes.finish().unwrap();
        let now = Instant::now();
        assert_eq!(pool.scan_until("o", &bytes, now, None).unwrap_err(), Late);
        let later = now + std::time::Duration::from_secs(3_600);
        let (report, _) = pool.scan_until("o", &bytes, later, None).unwrap();
        assert_eq!(report.tally.bytes_inflated, 64 << 20);
    }
}
