//! `flowtrail alarms plan` and `apply`: the alarms that there should be beside
//! those that CloudWatch has.

use std::io::{self, BufRead as _, IsTerminal as _, Write};

use anyhow::{Context as _, anyhow, bail};
use flowtrail_alarms::{Actions, AlarmSet, Change, Cost, DEPLOYMENT, Plan, What, resolved};
use flowtrail_aws::alarms::{Alarms, MetricAlarm};
use flowtrail_aws::{Clients, Fault, FaultKind};
use flowtrail_output::{sanitize, write_json_line};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::args::{Applying, Planning};
use crate::Outcome;
use crate::console;

/// Everything that both commands begin with.
struct Compared {
    runtime: Runtime,
    alarms: Alarms,
    set: AlarmSet,
    name: String,
    wanted: Vec<MetricAlarm>,
    plan: Plan,
}

/// Says what there is to do.
///
/// # Errors
/// If the rules cannot be used, AWS does not answer, or standard output fails.
pub(super) fn plan(args: &Planning) -> anyhow::Result<Outcome> {
    let compared = compare(args)?;
    if args.json {
        write(&compared.as_json())?;
    } else {
        compared.as_text(&mut console::stdout())?;
    }
    Ok(match compared.completeness() {
        Outcome::Ran if compared.plan.has_work() => Outcome::Found,
        outcome @ (Outcome::Ran | Outcome::Found | Outcome::Incomplete) => outcome,
    })
}

/// Does it.
///
/// # Errors
/// If the rules cannot be used, AWS does not answer, nobody says yes, or standard
/// output fails.
pub(super) fn apply(args: &Applying) -> anyhow::Result<Outcome> {
    let compared = compare(&args.planning)?;
    let as_json = args.planning.json;
    if !as_json {
        compared.as_text(&mut console::stdout())?;
    }
    if compared.plan.has_work() && !args.yes {
        if as_json {
            // Nobody can say yes to what he has not seen.
            let mut text = Vec::new();
            compared.as_text(&mut text)?;
            console::say(&String::from_utf8_lossy(&text));
        }
        confirm(&compared.name)?;
        compared.is_as_shown()?;
    }
    let mut done: Vec<String> = Vec::new();
    let tell = |change: &Change| done.push(change.alarm.clone());
    let work = flowtrail_alarms::apply(&compared.plan, &compared.alarms, tell);
    let applied = compared.runtime.block_on(work);
    for (alarm, fault) in &applied.failed {
        console::say(&format!("error: `{alarm}`: {fault}\n{}", hint(fault)));
    }
    for alarm in &applied.kept {
        console::say(&format!(
            "warning: `{alarm}` is not deleted, because not everything could be made\n\
             hint: mend that and run it again"
        ));
    }
    if as_json {
        let failed = applied.failed.iter();
        let failed = failed.map(|(a, f)| json!({"alarm": a, "error": f.to_string()}));
        let mut all = compared.as_json();
        if let Some(all) = all.as_object_mut() {
            all.insert("done".to_owned(), json!(done));
            all.insert("failed".to_owned(), failed.collect());
            all.insert("kept".to_owned(), json!(applied.kept));
        }
        write(&all)?;
    } else if compared.plan.has_work() {
        console::say(&format!("{} done", console::counted(done.len(), "change")));
    }
    Ok(if applied.is_whole() {
        compared.completeness()
    } else {
        Outcome::Incomplete
    })
}

fn write(value: &Value) -> anyhow::Result<()> {
    let mut out = console::stdout();
    write_json_line(value, &mut out)?;
    out.flush()?;
    Ok(())
}

fn compare(args: &Planning) -> anyhow::Result<Compared> {
    let mut actions = Actions::default();
    for action in &args.action {
        let added = actions.add(action);
        added.map_err(|e| anyhow!("`--action {action}` cannot be used\nhint: {e}"))?;
    }
    let set = super::set(&args.asked)?;
    let names = super::names(&args.naming)?;
    if actions.is_empty() {
        console::say(
            "note: these alarms tell nobody\nhint: `--action critical=ARN`, and the same for other levels and for `health`",
        );
    }
    console::say(&format!("note: {}", Cost::of(&set)));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the thread that speaks to AWS")?;
    let wanted = resolved(&set, &names, &actions);
    let alarms = runtime.block_on(Clients::load()).alarms();
    let mut compared = Compared {
        runtime,
        alarms,
        set,
        name: names.name,
        wanted,
        plan: Plan::default(),
    };
    compared.plan = compared.look()?;
    Ok(compared)
}

impl Compared {
    /// What is to be done by what CloudWatch has now.
    fn look(&self) -> anyhow::Result<Plan> {
        let prefix = format!("{}-", self.name);
        let found = self.runtime.block_on(self.alarms.list(&prefix));
        let found = found.map_err(|f| anyhow!("cannot list the alarms: {f}\n{}", hint(&f)))?;
        Ok(flowtrail_alarms::plan(
            self.wanted.clone(),
            found,
            &self.name,
        ))
    }

    /// Whether that which somebody said yes to is still what would be done: he may
    /// have thought for long.
    fn is_as_shown(&self) -> anyhow::Result<()> {
        if self.look()? == self.plan {
            return Ok(());
        }
        bail!(
            "somebody changed the alarms meanwhile, so nothing was done\n\
             hint: run it again: it shows what there is to do now"
        )
    }

    /// Whether everything that is wanted can be had.
    fn completeness(&self) -> Outcome {
        if self.plan.count(What::Taken) > 0 {
            Outcome::Incomplete
        } else {
            super::completeness(&self.set)
        }
    }

    fn as_json(&self) -> Value {
        json!({
            "schema": "flowtrail.alarms.plan.v1",
            "deployment": self.name,
            "changes": self.plan.changes,
            "unchanged": self.plan.unchanged,
            "cost": Cost::of(&self.set),
        })
    }

    fn as_text(&self, out: &mut impl Write) -> io::Result<()> {
        for change in &self.plan.changes {
            let name = sanitize(&change.alarm);
            writeln!(out, "{:8}{name}", change.what.name())?;
            if change.what == What::Taken {
                let tag = format!("{DEPLOYMENT}={}", self.name);
                let why = format!("it is no alarm on a metric with the tag {tag}");
                writeln!(out, "{:10}{why}, so it is left alone", "")?;
            }
            for drift in &change.drift {
                let (is, wanted) = (shown(&drift.is), shown(&drift.wanted));
                writeln!(out, "{:10}{}: {is} -> {wanted}", "", drift.attribute)?;
            }
        }
        let count = |what| self.plan.count(what);
        writeln!(
            out,
            "{} to create, {} to update, {} to delete, {} taken, {} as they should be",
            count(What::Create),
            count(What::Update),
            count(What::Delete),
            count(What::Taken),
            self.plan.unchanged,
        )?;
        out.flush()
    }
}

fn shown(text: &str) -> String {
    if text.is_empty() {
        "nothing".to_owned()
    } else {
        sanitize(text).into_owned()
    }
}

/// Asks whoever sits at the terminal.
fn confirm(name: &str) -> anyhow::Result<()> {
    if !io::stdin().is_terminal() {
        bail!("nobody is there to ask\nhint: --yes does it without asking");
    }
    console::say(&format!("Change the alarms of `{name}`? [y/N]"));
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    if ["y", "yes"].contains(&answer.trim().to_ascii_lowercase().as_str()) {
        Ok(())
    } else {
        bail!("nothing was changed")
    }
}

/// What may help.
fn hint(fault: &Fault) -> &'static str {
    match fault.kind {
        FaultKind::Denied | FaultKind::KeyDenied => {
            "hint: cloudwatch:DescribeAlarms, ListTagsForResource, PutMetricAlarm, TagResource \
             and DeleteAlarms are needed"
        }
        FaultKind::Throttled => {
            "hint: run it again: what is done stays done; a region has at most 5,000 alarms"
        }
        FaultKind::Service | FaultKind::NotFound => "hint: run it again: what is done stays done",
        FaultKind::Timeout | FaultKind::Network | FaultKind::Invalid => {
            "hint: credentials and region come from the environment or a profile, as with other \
             programs of AWS (AWS_PROFILE, AWS_REGION)"
        }
    }
}
