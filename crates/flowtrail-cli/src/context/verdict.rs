//! What the matrix says of a connection, and which entry decides.

use std::io::Write;
use std::net::IpAddr;

use anyhow::bail;
use flowtrail_context::{Context, End, EnvironmentIx, Place, SegmentIx, Standing, Verdict};
use flowtrail_output::sanitize;

use crate::args::ContextShow;

use super::place;

/// Says what the matrix says of a connection.
///
/// # Errors
/// If an end is not understood, and those of `out`.
pub(super) fn explain(
    context: &Context,
    (from, to): (&str, &str),
    (protocol, port): (u8, u16),
    args: &ContextShow,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let ends = [end(context, from, args)?, end(context, to, args)?];
    let [first, second] = ends.map(|place| context.place_name(&place));
    let said = format!("{} -> {}", named(from, first), named(to, second));
    let [from, to] = ends;
    let Some(decision) = context.verdict(&from, &to, protocol, port) else {
        writeln!(out, "{}: the matrix does not speak of it", sanitize(&said))?;
        writeln!(out, "hint: {}", why_silent(context, &from, &to))?;
        return Ok(());
    };
    let verdict = decision.verdict.name();
    writeln!(out, "{}: {verdict}", sanitize(&said))?;
    let matrix = &context.declared().matrix;
    let entry = decision
        .entry
        .and_then(|ix| Some((ix, matrix.get(ix as usize)?)));
    let Some((ix, entry)) = entry else {
        writeln!(out, "  no entry of the matrix fits")?;
        return Ok(());
    };
    let word = match entry.verdict {
        Verdict::Forbidden => "forbid",
        Verdict::Allowed | Verdict::Undeclared => "allow",
    };
    let line = format!(
        "entry {} (line {}) decides: {word}: {}",
        u64::from(ix) + 1,
        entry.line,
        context.entry_name(entry)
    );
    writeln!(out, "  {}", sanitize(&line))?;
    if let Some(why) = &entry.why {
        writeln!(out, "  why: {}", sanitize(why))?;
    }
    Ok(())
}

/// An address and what it is; else the words of the user.
fn named(word: &str, place: String) -> String {
    if word.parse::<IpAddr>().is_ok() {
        format!("{word} ({place})")
    } else {
        word.to_owned()
    }
}

fn why_silent(context: &Context, from: &Place, to: &Place) -> &'static str {
    let has = |standing| from.standing == standing || to.standing == standing;
    if context.declared().matrix.is_empty() {
        "the file has no `matrix`"
    } else if has(Standing::Ambiguous) {
        "several networks have an address; give `--vpc` or `--account`"
    } else if has(Standing::Private) {
        "an address is private and in no network"
    } else if !from.is_inside() && !to.is_inside() {
        "neither end is inside"
    } else {
        "no entry speaks of `internet`, of `trusted` or of `*`"
    }
}

/// An end as a user writes it.
fn end(context: &Context, word: &str, args: &ContextShow) -> anyhow::Result<Place> {
    if let Ok(address) = word.parse() {
        return Ok(place::of(context, address, args));
    }
    let mut bare = Place {
        environment: None,
        segment: None,
        account: None,
        standing: Standing::Inside,
    };
    if word == "internet" {
        bare.standing = Standing::Internet;
        return Ok(bare);
    }
    let declared = context.declared();
    if let Some(name) = word.strip_prefix("trusted:") {
        let trusted = declared.trusted.iter().find(|t| t.name == name);
        let Some(cidr) = trusted.and_then(|t| t.cidrs.first()) else {
            let names = declared.trusted.iter().map(|t| t.name.as_str());
            bail!(
                "no trusted network is called `{}`\nhint: {}",
                sanitize(name),
                choice(names)
            );
        };
        return Ok(place::of(context, cidr.addr(), args));
    }
    let (environment, segment) = match word.split_once('/') {
        Some((environment, segment)) => (environment, Some(segment)),
        None => (word, None),
    };
    if environment != "*" {
        if !declared.environments.iter().any(|e| e == environment) {
            let names = declared.environments.iter().map(String::as_str);
            bail!(
                "`{}` is neither an address nor an environment\nhint: {}",
                sanitize(environment),
                choice(names)
            );
        }
        bare.environment = environment_of(context, environment);
    }
    if let Some(segment) = segment {
        if !declared.segments.iter().any(|s| s.name == segment) {
            let names = declared.segments.iter().map(|s| s.name.as_str());
            bail!(
                "no segment is called `{}`\nhint: {}",
                sanitize(segment),
                choice(names)
            );
        }
        bare.segment = segment_of(context, segment);
    }
    Ok(bare)
}

fn choice<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<_> = names.map(sanitize).collect();
    if names.is_empty() {
        "the file declares none".to_owned()
    } else {
        format!("the file has {}", names.join(", "))
    }
}

/// The number of an environment. One that nothing in the file is about fits no
/// entry but `*`, as if it had none.
fn environment_of(context: &Context, name: &str) -> Option<EnvironmentIx> {
    let d = context.declared();
    let ends = d.matrix.iter().flat_map(|e| [e.from, e.to]);
    let ends = ends.filter_map(|end| match end {
        End::Inside(environment, _) => environment,
        End::Any | End::Internet | End::Trusted(_) => None,
    });
    let networks = d.networks.iter().filter_map(|n| n.environment);
    let accounts = d.accounts.iter().filter_map(|a| a.environment);
    let mut all = ends.chain(networks).chain(accounts);
    all.find(|ix| d.environments.get(ix.index()).is_some_and(|e| e == name))
}

fn segment_of(context: &Context, name: &str) -> Option<SegmentIx> {
    let d = context.declared();
    let ends = d.matrix.iter().flat_map(|e| [e.from, e.to]);
    let ends = ends.filter_map(|end| match end {
        End::Inside(_, segment) => segment,
        End::Any | End::Internet | End::Trusted(_) => None,
    });
    let networks = d.networks.iter().filter_map(|n| n.segment);
    let mut all = ends.chain(networks);
    all.find(|ix| d.segments.get(ix.index()).is_some_and(|s| s.name == name))
}
