//! What the records of objects show of whom, into a history.

use std::sync::Arc;

use flowtrail_baseline::{Calendar, DIMENSIONS, Day, Dimension, History, Records};
use flowtrail_context::{Places, Sighter};
use flowtrail_event::{Event, Flow, Kind, Note, Projection, Sink, Skip, SlotId, Value};

use crate::objects::Projections;

/// What tells a call from others; without the first the whole record does.
const CALL_IS: [&str; 2] = ["eventID", "recipientAccountId"];

/// What tells a flow from others. Two lines that agree in all of it are copies.
const FLOW_IS: [&str; 13] = [
    "account-id",
    "interface-id",
    "srcaddr",
    "dstaddr",
    "srcport",
    "dstport",
    "protocol",
    "packets",
    "bytes",
    "start",
    "end",
    "action",
    "flow-direction",
];

/// The account that a record is of, by the kind of its log.
const fn account_of(kind: Kind) -> &'static str {
    match kind {
        Kind::CloudTrail => "recipientAccountId",
        Kind::Flow => "account-id",
    }
}

/// Records of one kind.
#[derive(Debug)]
struct OfKind {
    sighter: Sighter,
    account: Option<SlotId>,
    /// What tells records apart, where copies must not count.
    is: Vec<SlotId>,
}

impl OfKind {
    fn plan(projection: &mut Projection, kind: Kind, plan: &What<'_>) -> Self {
        let is: &[&str] = match kind {
            _ if !plan.counts() => &[],
            Kind::CloudTrail => &CALL_IS,
            Kind::Flow => &FLOW_IS,
        };
        Self {
            sighter: Sighter::plan(projection, kind, plan.dimensions).with_places(plan.places),
            account: plan
                .is_for_a_file
                .then(|| projection.slot(account_of(kind))),
            is: is.iter().map(|field| projection.slot(field)).collect(),
        }
    }
}

/// What is gathered.
struct What<'d> {
    dimensions: &'d [Dimension],
    places: Option<&'d Arc<Places>>,
    is_for_a_file: bool,
}

impl What<'_> {
    /// Whether anything is added up.
    fn counts(&self) -> bool {
        self.is_for_a_file || self.dimensions.iter().any(|d| d.is_number())
    }
}

/// How a history is gathered from objects, planned once and shared by its
/// workers. A record that is there twice counts once, whoever reads it.
#[derive(Debug)]
pub struct Chronicle {
    calendar: Calendar,
    is_for_a_file: bool,
    calls: OfKind,
    flows: OfKind,
    records: Option<Records>,
}

impl Chronicle {
    /// Gathers everything, with words, for a file. It adds to `wanted` the
    /// fields that are looked at, before readers are made. Countries are
    /// gathered where `places` tell them.
    #[must_use]
    pub fn for_a_file(
        wanted: &mut Projections,
        calendar: Calendar,
        places: Option<&Arc<Places>>,
    ) -> Self {
        let what = What {
            dimensions: DIMENSIONS,
            places,
            is_for_a_file: true,
        };
        Self::plan(wanted, calendar, &what)
    }

    /// Gathers these dimensions for a detector of the same logs.
    #[must_use]
    pub fn for_a_detector(
        wanted: &mut Projections,
        calendar: Calendar,
        dimensions: &[Dimension],
        places: Option<&Arc<Places>>,
    ) -> Self {
        let what = What {
            dimensions,
            places,
            is_for_a_file: false,
        };
        Self::plan(wanted, calendar, &what)
    }

    fn plan(wanted: &mut Projections, calendar: Calendar, what: &What<'_>) -> Self {
        Self {
            calendar,
            is_for_a_file: what.is_for_a_file,
            calls: OfKind::plan(&mut wanted.cloudtrail, Kind::CloudTrail, what),
            flows: OfKind::plan(&mut wanted.flow, Kind::Flow, what),
            records: what.counts().then(Records::default),
        }
    }

    const fn of(&self, kind: Kind) -> &OfKind {
        match kind {
            Kind::CloudTrail => &self.calls,
            Kind::Flow => &self.flows,
        }
    }
}

/// One worker of a [`Chronicle`]: a sink for an
/// [`ObjectReader`](crate::ObjectReader).
#[derive(Debug)]
pub struct Chronicler {
    chronicle: Arc<Chronicle>,
    history: History,
    covered: Covered,
}

impl Chronicler {
    /// A worker that has seen nothing.
    #[must_use]
    pub fn new(chronicle: &Arc<Chronicle>) -> Self {
        Self {
            history: History::new(chronicle.calendar, chronicle.is_for_a_file),
            chronicle: Arc::clone(chronicle),
            covered: Covered::default(),
        }
    }

    /// What all workers of a chronicle have gathered.
    #[must_use]
    pub fn history(workers: impl IntoIterator<Item = Self>, calendar: Calendar) -> History {
        let mut histories = workers.into_iter().map(|mut worker| {
            worker.covered.end(&mut worker.history);
            worker.history
        });
        let Some(mut all) = histories.next() else {
            return History::new(calendar, false);
        };
        histories.for_each(|history| all.merge(history));
        all
    }
}

/// Records of one account and day that are not in a history yet.
#[derive(Debug, Default)]
struct Covered(Option<(String, Day, u64)>);

impl Covered {
    fn add(&mut self, account: &str, day: Day, history: &mut History) {
        match &mut self.0 {
            Some((mine, of, count)) if *of == day && mine == account => *count += 1,
            _ => {
                self.end(history);
                self.0 = Some((account.to_owned(), day, 1));
            }
        }
    }

    fn end(&mut self, history: &mut History) {
        if let Some((account, day, count)) = self.0.take() {
            history.covers(&account, day, count);
        }
    }
}

impl Chronicle {
    /// Whether the record was not met before.
    fn is_first(&self, event: &Event<'_>) -> bool {
        let Some(records) = &self.records else {
            return true;
        };
        let kind = event.service.kind();
        let is = &self.of(kind).is;
        let text = |slot: &SlotId| {
            let text = event.values(*slot).find_map(Value::text);
            text.unwrap_or_default()
        };
        match (kind, is.first()) {
            (Kind::CloudTrail, Some(id)) if text(id).is_empty() => {
                records.take_in([&*event.json()])
            }
            (Kind::CloudTrail | Kind::Flow, _) => records.take_in(is.iter().map(text)),
        }
    }
}

impl Sink for Chronicler {
    fn event(&mut self, event: &mut Event<'_>) -> Flow {
        let Self {
            chronicle,
            history,
            covered,
        } = self;
        if !chronicle.is_first(event) {
            return Flow::Continue;
        }
        let plan = chronicle.of(event.service.kind());
        plan.sighter.remember(event, history);
        if let (Some(account), Some(time)) = (plan.account, event.time) {
            let account = event.str(account).unwrap_or(NOBODY);
            covered.add(account, Day::of(time), history);
        }
        Flow::Continue
    }

    fn skip(&mut self, _: Skip) {}

    fn note(&mut self, _: Note) {}
}

/// The account of a record that names none.
const NOBODY: &str = "-";

#[cfg(test)]
mod tests {
    use flowtrail_baseline::Baseline;
    use flowtrail_event::Limits;

    use super::*;
    use crate::{ObjectReader, ScanOptions};

    const FLOWS: &str = "version account-id interface-id srcaddr dstaddr srcport dstport protocol \
                         packets bytes start end action log-status\n";

    fn flows(hours: std::ops::Range<u32>) -> String {
        let mut text = FLOWS.to_owned();
        for hour in hours {
            let start = 1_700_000_000 + hour * 3600;
            for bytes in [300, 500] {
                text += &format!(
                    "2 111122223333 eni-1 10.0.0.1 203.0.113.9 40000 443 6 9 {bytes} {start} {} \
                     ACCEPT OK\n",
                    start + 60
                );
            }
        }
        text
    }

    fn calls(days: std::ops::Range<u32>) -> String {
        let record = |day: u32| {
            format!(
                r#"{{"eventVersion":"1.11","eventTime":"2026-03-{day:02}T10:00:00Z","eventName":"ListBuckets","eventSource":"s3.amazonaws.com","awsRegion":"us-east-1","sourceIPAddress":"192.0.2.7","userIdentity":{{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/ann"}},"eventID":"{day}","recipientAccountId":"111122223333"}}"#
            )
        };
        let records: Vec<String> = days.map(record).collect();
        format!("{{\"Records\":[{}]}}", records.join(","))
    }

    /// The file of objects that so many workers take in turns.
    fn file(objects: &[String], workers: usize) -> Vec<u8> {
        let mut wanted = Projections::default();
        let calendar = Calendar::default();
        let chronicle = Arc::new(Chronicle::for_a_file(&mut wanted, calendar, None));
        let mut all: Vec<Chronicler> = (0..workers).map(|_| Chronicler::new(&chronicle)).collect();
        let mut reader = ObjectReader::new(&wanted, &Limits::default(), ScanOptions::default());
        for (n, object) in objects.iter().enumerate() {
            let report = reader.read(object.as_bytes(), &mut all[n % workers]);
            assert_eq!(report.fault, None);
        }
        Chronicler::history(all, calendar).write().unwrap()
    }

    #[test]
    fn copies_order_split_and_workers_change_nothing() {
        let whole = file(&[flows(0..40), calls(1..9)], 1);
        for (objects, workers) in [
            (vec![calls(1..9), flows(0..40)], 1),
            (
                vec![flows(0..40), calls(1..9), flows(0..40), calls(1..9)],
                3,
            ),
            (
                vec![flows(20..40), calls(5..9), flows(0..25), calls(1..6)],
                2,
            ),
        ] {
            assert!(file(&objects, workers) == whole, "{workers}");
        }
        let baseline = Baseline::read(whole).unwrap();
        assert_eq!(baseline.header().records, 80 + 8);
        let key = flowtrail_baseline::KeyId::new(Dimension::InterfaceBytesOut, "eni-1");
        let profile = baseline.profile(key).unwrap();
        assert_eq!((profile.hours, profile.quantile(0.5) / 64), (40, 800 / 64));
    }

    #[test]
    fn a_detector_wants_no_more_than_it_asks_for() {
        let mut wanted = Projections::default();
        let asked = [Dimension::PrincipalApi];
        let chronicle = Chronicle::for_a_detector(&mut wanted, Calendar::default(), &asked, None);
        assert!(chronicle.records.is_none() && wanted.flow.is_empty());
        let chronicle = Arc::new(chronicle);
        let mut worker = Chronicler::new(&chronicle);
        let mut reader = ObjectReader::new(&wanted, &Limits::default(), ScanOptions::default());
        reader.read(calls(1..9).as_bytes(), &mut worker);
        reader.read(flows(0..9).as_bytes(), &mut worker);
        let history = Chronicler::history([worker], Calendar::default());
        assert_eq!(history.len(), 1);
    }
}
