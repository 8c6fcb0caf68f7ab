//! `flowtrail alarms`: which alarms the rules ask for, in several forms, and beside
//! those that are there.

pub(crate) mod args;
mod deploy;

use std::io::Write as _;

use anyhow::{anyhow, bail};
use flowtrail_alarms::{AlarmSet, Choice, Cost, Names, cloudformation, dashboard, json, terraform};

use crate::alarms::args::{Alarms, Asked, Form, Naming};
use crate::console::{self, counted};
use crate::{Outcome, given, sources};

/// Does what was asked.
///
/// # Errors
/// If a rule does not compile, a name can be none, AWS does not answer, or
/// standard output fails.
pub(crate) fn run(args: &Alarms) -> anyhow::Result<Outcome> {
    match args {
        Alarms::Render(render) => {
            let set = set(&render.asked)?;
            let names = names(&render.naming)?;
            let text = match render.format {
                Form::Json => json(&set)?,
                Form::TerraformJson => terraform(&set, &names),
                Form::Cloudformation => cloudformation(&set, &names),
            };
            console::say(&format!("note: {}", Cost::of(&set)));
            print(&text)?;
            Ok(completeness(&set))
        }
        Alarms::Dashboard(chart) => {
            let set = set(&chart.asked)?;
            let mut names = names(&chart.naming)?;
            let region = chart.region.clone();
            names.region = region.clone().unwrap_or_default();
            print(&dashboard(&set, region.is_some().then_some(&names)))?;
            Ok(completeness(&set))
        }
        Alarms::Plan(planning) => deploy::plan(planning),
        Alarms::Apply(applying) => deploy::apply(applying),
    }
}

fn print(text: &str) -> anyhow::Result<()> {
    let mut out = console::stdout();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}

/// The alarms that are asked for. A rule that does not compile stops everything:
/// without it its alarm would look as if nobody wanted it.
fn set(asked: &Asked) -> anyhow::Result<AlarmSet> {
    let compilation = sources::chosen(&asked.rules, &given::load(&asked.rules)?)?;
    sources::report_problems(&compilation);
    if sources::has_errors(&compilation) {
        bail!(
            "a rule does not compile, so nobody knows which alarms there should be\n\
             hint: `flowtrail rules check` names every problem"
        );
    }
    let choice = Choice {
        level: asked.level,
        sources: asked.source.iter().filter_map(|s| s.0).collect(),
    };
    let set = AlarmSet::of(&compilation.rules, &choice);
    if set.left_out > 0 {
        let rules = counted(set.left_out, "rule");
        console::say(&format!(
            "warning: {rules} more ask for an alarm of their own, and have none\n\
             hint: each costs money and attention; take `own` from the less grave ones"
        ));
    }
    for refused in &set.refused {
        console::say(&format!(
            "warning: {}:{}: `{}` can have no alarm\nhint: give it a UUID as its id: a metric can carry that",
            refused.file, refused.line, refused.title
        ));
    }
    Ok(set)
}

/// Whether every rule that asks for an alarm has one.
fn completeness(set: &AlarmSet) -> Outcome {
    if set.left_out > 0 || !set.refused.is_empty() {
        Outcome::Incomplete
    } else {
        Outcome::Ran
    }
}

fn names(naming: &Naming) -> anyhow::Result<Names> {
    let name = &naming.name;
    let mut names = Names::of(name).map_err(|_| {
        anyhow!(
            "`{name}` can be no name of a deployment\n\
             hint: 1 to 40 lower-case letters, digits and hyphens"
        )
    })?;
    let given = [
        (&naming.namespace, &mut names.namespace),
        (&naming.function, &mut names.function),
        (&naming.queue, &mut names.queue),
        (&naming.dead_letters, &mut names.dead_letters),
    ];
    for (given, name) in given {
        if let Some(given) = given {
            name.clone_from(given);
        }
    }
    Ok(names)
}
