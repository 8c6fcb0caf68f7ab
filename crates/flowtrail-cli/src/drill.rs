//! `flowtrail drill`: an attack that everybody knows of, to see whether the chain
//! from the log bucket to the alarm works.

mod alarms;
mod exercise;
mod litter;
mod report;
mod signals;
mod watch;

use std::time::Instant;

use anyhow::{Context as _, anyhow, bail};
use flowtrail_aws::{AlarmState, Clients, Ear, Fault, FaultKind, Patience, TrailEncryption};

use crate::Outcome;
use crate::args::Drill;
use exercise::Exercise;
use litter::{Litter, Thing};
use report::Report;
use signals::Stop;
use watch::{Field, Watch};

pub(crate) fn run(args: &Drill) -> anyhow::Result<Outcome> {
    if args.findings.is_none() && args.topic.is_none() && args.alarm_prefix.is_none() {
        bail!(
            "there is nothing to wait for\n\
             hint: give --findings, --topic or --alarm-prefix; all three show most"
        );
    }
    let exercise = Exercise::prepare(args)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the thread that waits")?;
    runtime.block_on(drill(args, &exercise))
}

async fn drill(args: &Drill, exercise: &Exercise) -> anyhow::Result<Outcome> {
    let clients = Clients::load().await;
    let field = Field {
        drill: clients.drill(),
        objects: clients.objects(Patience::default()),
        stop: Stop::listen().context("cannot listen for signals")?,
    };
    let mut report = Report::new(args, exercise);
    report.begin()?;
    let mut litter = Litter::default();
    let done = carry_out(args, exercise, (&field, &mut litter, &mut report)).await;
    // Whatever happened: a half-written drill is cleaned up, too.
    let left = litter.clear(&field).await;
    report.clean(&litter, &left)?;
    done?;
    report.end(field.stop.is_asked())
}

/// Everything that is changed while a drill is carried out.
type Hands<'a> = (&'a Field, &'a mut Litter, &'a mut Report);

async fn carry_out(
    args: &Drill,
    exercise: &Exercise,
    (field, litter, report): Hands<'_>,
) -> anyhow::Result<()> {
    // What can be known to be in vain is not begun.
    let alarms = match &args.alarm_prefix {
        Some(prefix) => ready(field, prefix, exercise).await?,
        None => Vec::new(),
    };
    if let Some(topic) = &args.topic {
        let mut ear = Ear::default();
        let name = format!("flowtrail-drill-{}", exercise.id);
        // As with the log below.
        litter.extend([Thing::Queue(name.clone())]);
        let heard = field.drill.listen(topic, &name, &mut ear).await;
        litter.extend(ear.subscription.map(Thing::Subscription));
        heard.map_err(|f| failed("cannot listen to the topic", &f))?;
        report.queue = ear.queue;
    }
    if field.stop.is_asked() {
        return Ok(());
    }
    let as_trail = args.trail.clone().zip(args.log_key.clone());
    let as_trail = as_trail.map(|(trail, key)| TrailEncryption { key, trail });
    let bytes = exercise.bytes.clone();
    // Known before it is there: a call whose answer is lost may have been carried out.
    litter.extend([Thing::Log(exercise.log.clone())]);
    let put = field
        .drill
        .put(&exercise.log, bytes, as_trail.as_ref())
        .await;
    let log = put.map_err(|f| failed("cannot write into the log bucket", &f))?;
    litter.log_is(log.clone());
    report.written()?;
    let watch = Watch {
        field,
        exercise,
        log,
        alarms,
        started: Instant::now(),
    };
    watch.run(args, litter, report).await
}

/// The names of the alarms that have to go up. An alarm that is up already would
/// show nothing.
async fn ready(field: &Field, prefix: &str, exercise: &Exercise) -> anyhow::Result<Vec<String>> {
    let all = field.drill.alarms(prefix).await;
    let all = all.map_err(|f| failed("cannot look at alarms", &f))?;
    let levels = exercise.levels();
    let alarms = alarms::of_deployment(all, prefix, &levels);
    if alarms.is_empty() {
        let levels: Vec<&str> = levels.into_iter().collect();
        bail!(
            "no alarm whose name begins with `{prefix}` watches findings of level {}\n\
             hint: `flowtrail alarms` makes them; the metric is Findings, the dimension Level",
            levels.join(", ")
        );
    }
    let up = alarms.iter().filter(|a| a.state == AlarmState::Alarm);
    let up: Vec<&str> = up.map(|a| a.name.as_str()).collect();
    if !up.is_empty() {
        bail!(
            "{} is up already, so that a drill would show nothing, and nobody would hear it\n\
             hint: look at what it is about first; after a drill wait until it is over",
            up.join(", ")
        );
    }
    Ok(alarms.into_iter().map(|a| a.name).collect())
}

fn failed(what: &str, fault: &Fault) -> anyhow::Error {
    anyhow!("{what}: {fault}\n{}", hint(fault.kind))
}

/// What may help.
const fn hint(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::NotFound => "hint: is the name right, and the region? (AWS_REGION)",
        FaultKind::Denied => "hint: `flowtrail drill --help` lists the rights that are needed",
        FaultKind::KeyDenied => "hint: the key's policy, or the role, does not allow its use",
        FaultKind::Throttled | FaultKind::Service => "hint: try it again later",
        FaultKind::Timeout | FaultKind::Network | FaultKind::Invalid => {
            "hint: credentials and region come from the environment or a profile, as with other \
             programs of AWS (AWS_PROFILE, AWS_REGION)"
        }
    }
}
