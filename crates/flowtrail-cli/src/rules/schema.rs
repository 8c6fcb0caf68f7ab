//! `flowtrail rules schema`: what a rule can use.

use std::io::{self, Write};

use flowtrail_context::{DERIVED, Knowledge};
use flowtrail_detect::GUIDANCE;
use flowtrail_event::Kind;
use flowtrail_flowlog::FIELDS;
use flowtrail_output::write_json_line;
use flowtrail_sigma::CORRELATIONS;
use serde_json::{Value, json};

use crate::Outcome;
use crate::args::Color;
use crate::console;

/// Columns before a description: margin, name, gap.
const NAME_COLUMNS: usize = 31;

/// Sigma's modifiers, as this engine runs them.
const MODIFIERS: [(&str, &str); 26] = [
    ("contains", "the value stands somewhere in the field"),
    ("startswith", "the field begins with the value"),
    ("endswith", "the field ends with the value"),
    ("all", "every value must be met, not one of them"),
    ("cased", "upper and lower case differ"),
    (
        "neq",
        "none of the values; true also where the field is absent",
    ),
    (
        "exists",
        "`true`: the key is there, null included; `false`: it is not",
    ),
    (
        "re",
        "a regular expression, searched, case-sensitive; no look-around",
    ),
    ("i", "after `re`: case does not matter"),
    ("m", "after `re`: `^` and `$` match at lines"),
    ("s", "after `re`: `.` matches newlines"),
    ("cidr", "an address in the network, IPv4 or IPv6"),
    ("lt", "less than, as numbers"),
    ("lte", "at most"),
    ("gt", "more than"),
    ("gte", "at least"),
    (
        "fieldref",
        "compared with the value of another field; contains, startswith, endswith may follow",
    ),
    (
        "expand",
        "`%placeholders%` are replaced; one without values rejects the rule",
    ),
    (
        "windash",
        "a dash that begins an option stands for five dashes",
    ),
    ("base64", "the value, encoded"),
    (
        "base64offset",
        "the value, encoded at each of three offsets",
    ),
    ("wide", "the value in UTF-16, little endian (also utf16le)"),
    ("utf16be", "the value in UTF-16, big endian"),
    ("utf16", "the value in UTF-16 with a byte-order mark"),
    ("minute, hour, day", "that part of a time, in UTC"),
    (
        "week, month, year",
        "that part of a time; weeks are those of ISO 8601",
    ),
];

/// Prints the schema.
///
/// # Errors
/// Those of standard output.
pub(super) fn run(as_json: bool) -> anyhow::Result<Outcome> {
    let mut out = console::stdout();
    if as_json {
        write_json_line(&document(), &mut out)?;
        out.flush()?;
        return Ok(Outcome::Ran);
    }
    let width = console::style(Color::Never).width;
    let any_path = "CloudTrail: every path of a record, such as userIdentity.arn; \
                    arrays match if any member does.";
    writeln!(out, "{any_path}\n")?;
    writeln!(out, "Flow logs (hyphens or underscores):")?;
    for f in FIELDS {
        let doc = format!("v{:<2} {}", f.version, f.doc);
        entry(f.name, &doc, width, &mut out)?;
    }
    writeln!(out, "\nDerived fields:")?;
    for d in DERIVED {
        entry(d.name, d.doc, width, &mut out)?;
        if let Some(knowledge) = d.awaits {
            let waits = match knowledge {
                Knowledge::Context => "needs a context file (--context)",
                Knowledge::Baseline => "needs a baseline (--baseline or --learn)",
                Knowledge::Countries => "needs files of countries (--geo)",
                Knowledge::Systems => "needs files of autonomous systems (--geo)",
                Knowledge::Places => "needs files of places (--geo)",
            };
            entry("", waits, width, &mut out)?;
        }
        if !d.values.is_empty() {
            entry(
                "",
                &format!("one of {}", d.values.join(", ")),
                width,
                &mut out,
            )?;
        }
    }
    writeln!(out, "\nModifiers:")?;
    for (name, doc) in MODIFIERS {
        entry(name, doc, width, &mut out)?;
    }
    writeln!(out, "\nTypes of correlations:")?;
    for (name, doc) in CORRELATIONS {
        entry(name, doc, width, &mut out)?;
    }
    writeln!(out, "\nFor operators, in the block flowtrail:")?;
    for (name, doc) in GUIDANCE {
        entry(name, doc, width, &mut out)?;
    }
    out.flush()?;
    Ok(Outcome::Ran)
}

/// All of it as one JSON object.
fn document() -> Value {
    let flow: Vec<Value> = FIELDS
        .iter()
        .map(|f| json!({"name": f.name, "version": f.version, "vpc": f.vpc, "tgw": f.tgw, "doc": f.doc}))
        .collect();
    let derived: Vec<Value> = DERIVED
        .iter()
        .map(|d| {
            json!({"name": d.name, "doc": d.doc, "values": d.values,
                   "cloudtrail": d.applies_to(Kind::CloudTrail), "flow": d.applies_to(Kind::Flow),
                   "needs": d.awaits.map(Knowledge::name)})
        })
        .collect();
    let named = |rows: &[(&str, &str)]| -> Vec<Value> {
        let row = |(n, d): &(&str, &str)| json!({"name": n, "doc": d});
        rows.iter().map(row).collect()
    };
    json!({
        "flow": flow, "derived": derived, "modifiers": named(&MODIFIERS),
        "correlations": named(&CORRELATIONS), "guidance": named(&GUIDANCE),
    })
}

/// A name and what it means, folded into the second column on a terminal.
fn entry(name: &str, doc: &str, width: Option<usize>, out: &mut impl Write) -> io::Result<()> {
    let room = width.map_or(usize::MAX, |w| w.max(60) - NAME_COLUMNS);
    for (i, line) in textwrap::wrap(doc, room).iter().enumerate() {
        let name = if i == 0 { name } else { "" };
        writeln!(out, "  {name:28} {line}")?;
    }
    Ok(())
}
