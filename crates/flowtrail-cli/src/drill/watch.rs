//! Waiting: for the findings, for the notification, for the alarm.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::time::{Duration, Instant};

use bytes::Bytes;
use flowtrail_aws::publish::{FindingsBucket, Source};
use flowtrail_aws::{Drill, Fault, FaultKind, ObjectRef, Objects};
use serde_json::Value;

use super::alarms;
use super::exercise::{Exercise, Expected};
use super::litter::{Litter, Thing};
use super::report::{Report, State, Step};
use super::signals::Stop;
use crate::args;
use crate::bucket::Place;

/// Time between two looks: alarms change once a minute, functions take seconds.
const PAUSE: Duration = Duration::from_secs(1);
/// Bytes of what a drill's findings can be.
const FINDINGS_BYTES_MAX: u64 = 16 << 20;
/// Time for reading one of them.
const READ_TIME_MAX: Duration = Duration::from_secs(30);

/// What is worked with.
pub(super) struct Field {
    pub(super) drill: Drill,
    pub(super) objects: Objects,
    pub(super) stop: Stop,
}

/// A drill that is on its way.
pub(super) struct Watch<'a> {
    pub(super) field: &'a Field,
    pub(super) exercise: &'a Exercise,
    /// As it was stored.
    pub(super) log: ObjectRef,
    /// Names of alarms that have to go up.
    pub(super) alarms: Vec<String>,
    pub(super) started: Instant,
}

/// What a look gave: that all is there, with what to say of it; or what is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seen {
    All(String),
    Part(String),
    /// It cannot be shown here, and why.
    NotEmulated(String),
    /// It came, and is not right.
    Wrong(String),
}

impl Watch<'_> {
    /// Looks until all is there, time is up, or somebody asks to stop.
    pub(super) async fn run(
        &self,
        args: &args::Drill,
        litter: &mut Litter,
        report: &mut Report,
    ) -> anyhow::Result<()> {
        let mut heard = BTreeSet::new();
        let mut missing: BTreeMap<Step, String> = BTreeMap::new();
        loop {
            for step in Step::ALL {
                if !report.awaits(step) {
                    continue;
                }
                let seen = match step {
                    Step::Findings => self.findings(args, litter).await,
                    Step::Notification => self.notification(report, &mut heard).await,
                    Step::Alarm => self.alarm(args).await,
                };
                match self.state(step, seen) {
                    Ok(state) => report.set(step, state)?,
                    Err(what) => {
                        report.progress(&what, self.started.elapsed());
                        missing.insert(step, what);
                    }
                }
            }
            if report.is_complete() || self.field.stop.is_asked() {
                return Ok(());
            }
            if self.started.elapsed() >= args.timeout {
                return report.give_up(&missing);
            }
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                () = self.field.stop.asked() => {}
            }
        }
    }

    /// What a look means: a state that is final, or what is missing.
    fn state(&self, step: Step, seen: Result<Seen, Fault>) -> Result<State, String> {
        match seen {
            Ok(Seen::All(detail)) => Ok(State::Arrived(self.started.elapsed(), detail)),
            Ok(Seen::NotEmulated(detail)) => Ok(State::NotEmulated(detail)),
            Ok(Seen::Wrong(detail)) => Ok(State::Failed(detail)),
            Ok(Seen::Part(missing)) => Err(missing),
            // What nobody may read may also be what is not there yet; see `findings`.
            // A key that says no says so of what is there.
            Err(fault)
                if !fault.kind.is_temporary()
                    || matches!(fault.kind, FaultKind::Denied | FaultKind::KeyDenied) =>
            {
                Ok(State::Failed(format!("{}: {fault}", step.name())))
            }
            Err(fault) => Err(fault.to_string()),
        }
    }

    async fn findings(&self, args: &args::Drill, litter: &mut Litter) -> Result<Seen, Fault> {
        let Some(place) = &args.findings else {
            return Ok(Seen::All(String::new()));
        };
        let mut found: Vec<Value> = Vec::new();
        let mut denied = None;
        let (source, windows) = self.keys(place)?;
        for key in source.iter().chain(&windows) {
            let document = match self.document(place, key).await {
                Ok(document) => document,
                // Whoever may not list a bucket is told so of what is not there.
                Err(fault) if fault.kind == FaultKind::Denied => {
                    denied = Some(fault);
                    continue;
                }
                Err(fault) if fault.kind == FaultKind::NotFound => continue,
                Err(fault) => return Err(fault),
            };
            self.written(place, key, litter).await;
            match document.get("findings").and_then(Value::as_array) {
                Some(all) => found.extend(all.iter().cloned()),
                None => found.push(document),
            }
        }
        let expected = &self.exercise.expected;
        let of = |e: &Expected| {
            found
                .iter()
                .find(|f| f.get("id") == Some(&Value::from(e.id.as_str())))
        };
        let there = expected.iter().filter(|e| of(e).is_some()).count();
        let is_marked = |f: &Value| f.get("drill") == Some(&Value::Bool(true));
        let wrong = expected
            .iter()
            .find(|e| of(e).is_some_and(|f| is_marked(f) != e.marked));
        if let Some(wrong) = wrong {
            return Ok(Seen::Wrong(format!(
                "`{}` came without the mark of a drill: the function is older than this program",
                wrong.title
            )));
        }
        if there == expected.len() {
            return Ok(Seen::All(format!("{there} in {place}")));
        }
        let why = denied.map_or(String::new(), |f| format!(" ({f})"));
        Ok(Seen::Part(format!(
            "{there} of {} findings{why}",
            expected.len()
        )))
    }

    /// Where findings of the object lie, and each that spans objects, in all forms
    /// in which the function may have been told to write them.
    fn keys(&self, place: &Place) -> Result<(Vec<String>, Vec<String>), Fault> {
        let head = format!("s3://{}/", place.bucket());
        let bare = |uri: String| uri.strip_prefix(&head).unwrap_or(&uri).to_owned();
        let mut source = Vec::new();
        let mut windows = Vec::new();
        for gzip in [false, true] {
            let bucket = FindingsBucket::new(
                self.field.objects.clone(),
                place.bucket(),
                place.prefix(),
                gzip,
            )?;
            source.push(bare(bucket.source_uri(Source::Object(&self.log))));
            if !gzip {
                let of = |e: &Expected| bare(bucket.window_uri(&e.rule, &e.id));
                let all = self.exercise.expected.iter().chain(&self.exercise.beside);
                windows.extend(all.map(of));
            }
        }
        Ok((source, windows))
    }

    /// A finding's object, and its form as OCSF if there is one.
    async fn written(&self, place: &Place, key: &str, litter: &mut Litter) {
        let of = |key: &str| Thing::Finding(ObjectRef::named(place.bucket(), key));
        if litter.has(&of(key)) {
            return;
        }
        litter.extend([of(key)]);
        let rest = key.strip_prefix(place.prefix()).unwrap_or(key);
        // Several findings of one object are lines there.
        let rest = if rest.starts_with("windows/") {
            rest.to_owned()
        } else {
            let (stem, gz) = rest.strip_suffix(".gz").map_or((rest, ""), |s| (s, ".gz"));
            format!("{}.jsonl{gz}", stem.trim_end_matches(".json"))
        };
        let ocsf = format!("{}ocsf/{rest}", place.prefix());
        if self.bytes(place, &ocsf).await.is_ok() {
            litter.extend([of(&ocsf)]);
        }
    }

    async fn bytes(&self, place: &Place, key: &str) -> Result<Bytes, Fault> {
        let object = ObjectRef::named(place.bucket(), key);
        let deadline = Instant::now() + READ_TIME_MAX;
        let read = self
            .field
            .objects
            .read(&object, FINDINGS_BYTES_MAX, deadline);
        read.await
    }

    async fn document(&self, place: &Place, key: &str) -> Result<Value, Fault> {
        let call = "GetObject";
        let bytes = self.bytes(place, key).await?;
        let wrong = |e: String| Fault::new(call, FaultKind::Service, e);
        let mut text = Vec::new();
        if key.ends_with(".gz") {
            let mut reader = flate2::read::MultiGzDecoder::new(bytes.as_ref());
            reader
                .read_to_end(&mut text)
                .map_err(|e| wrong(e.to_string()))?;
        } else {
            text.extend_from_slice(&bytes);
        }
        serde_json::from_slice(&text).map_err(|e| wrong(e.to_string()))
    }

    /// All that carry the mark are told of; the subscription lets no other pass.
    async fn notification(
        &self,
        report: &Report,
        heard: &mut BTreeSet<String>,
    ) -> Result<Seen, Fault> {
        let Some(queue) = &report.queue else {
            return Ok(Seen::All(String::new()));
        };
        for body in self.field.drill.hear(queue).await? {
            let message: Value = serde_json::from_str(&body).unwrap_or_default();
            if message.get("drill") == Some(&Value::Bool(true)) {
                heard.extend(ids(&message));
            }
        }
        let wanted = self.exercise.expected.iter().filter(|e| e.marked);
        let wanted: BTreeSet<&str> = wanted.map(|e| e.id.as_str()).collect();
        let there = wanted.iter().filter(|id| heard.contains(**id)).count();
        Ok(if there == wanted.len() {
            Seen::All(format!("the topic told of {there}"))
        } else {
            Seen::Part(format!("told of {there} of {} findings", wanted.len()))
        })
    }

    async fn alarm(&self, args: &args::Drill) -> Result<Seen, Fault> {
        let Some(prefix) = &args.alarm_prefix else {
            return Ok(Seen::All(String::new()));
        };
        let names = self.alarms.join(", ");
        if self.field.drill.is_emulated() {
            let what = format!("alarm state: not emulated; {names} would have to go up");
            return Ok(Seen::NotEmulated(what));
        }
        let all = self.field.drill.alarms(prefix).await?;
        Ok(alarms::seen(&all, &self.alarms))
    }
}

/// Ids of the findings that a message speaks for.
fn ids(message: &Value) -> Vec<String> {
    let list = |key: &str| message.get(key).and_then(Value::as_array);
    let shown = list("findings").into_iter().flatten();
    let shown = shown.filter_map(|f| f.get("id")?.as_str());
    let further = list("further")
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    shown.chain(further).map(str::to_owned).collect()
}
