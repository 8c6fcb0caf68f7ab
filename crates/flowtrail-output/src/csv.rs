//! One row a finding, for spreadsheets.
//!
//! Quoting follows RFC 4180, except that a row ends with LF as Unix tools
//! expect and never contains a line break: control characters stand as escapes
//! (see [`sanitize`]). Lists are joined by ` | `.
//!
//! A cell that a spreadsheet would take for a formula, because it begins with
//! `=`, `+`, `-`, `@` or their full-width forms, gets a leading `'`. The same
//! goes for what follows a `;` inside a cell: half of the world's spreadsheets
//! split a row there. Numbers are ours and stay numbers.

use std::borrow::Cow;
use std::io::{self, Write};

use flowtrail_detect::{Evidence, Finding, FlowFacts, Suppressed};
use flowtrail_event::EventTime;

use crate::phrase;
use crate::sanitize::sanitize;

/// What a cell holds.
enum Cell<'a> {
    /// Text that a log or a rule chose.
    Text(Cow<'a, str>),
    /// A number that we write.
    Number(String),
    /// Nothing.
    Empty,
}

/// A column: its name and where its cells come from.
type Column = (&'static str, fn(&Finding) -> Cell<'_>);

/// Every column, in the order of the row.
const COLUMNS: [Column; 47] = [
    ("finding_id", |f| Cell::Text(f.id.to_string().into())),
    ("time", |f| instant(phrase::time(f))),
    ("first", |f| instant(f.first)),
    ("last", |f| instant(f.last)),
    ("level", |f| Cell::Text(f.rule.level.name().into())),
    ("title", |f| Cell::Text(f.title())),
    ("rule_id", |f| Cell::Text(f.rule.id.as_str().into())),
    ("techniques", |f| list(f.rule.techniques())),
    ("tactics", |f| list(f.rule.tactics())),
    ("service", |f| Cell::Text(f.facts.service.name().into())),
    ("account", |f| text(&f.facts.account)),
    ("region", |f| text(&f.facts.region)),
    ("principal", |f| text(&f.facts.actor.principal)),
    ("identity_type", |f| text(&f.facts.actor.identity_type)),
    ("identity_class", |f| text(&f.facts.actor.class)),
    ("session", |f| text(&f.facts.actor.session)),
    ("access_key_id", |f| text(&f.facts.actor.access_key_id)),
    ("caller_account", |f| text(&f.facts.actor.account)),
    ("mfa", |f| text(&f.facts.actor.mfa)),
    ("api", |f| {
        phrase::api(f).map_or(Cell::Empty, |a| Cell::Text(a.into()))
    }),
    ("error_code", |f| text(&f.facts.error_code)),
    ("resources", |f| {
        list(f.resources.iter().map(String::as_str))
    }),
    ("source", |f| text(&f.facts.source)),
    ("source_kind", |f| text(&f.facts.source_kind)),
    ("user_agent", |f| text(&f.facts.user_agent)),
    ("flow_src", |f| {
        flow(f, |flow| end(flow.src.as_deref(), flow.src_port))
    }),
    ("flow_dst", |f| {
        flow(f, |flow| end(flow.dst.as_deref(), flow.dst_port))
    }),
    ("protocol", |f| flow(f, |flow| number(flow.protocol))),
    ("action", |f| flow(f, |flow| text(&flow.action))),
    ("bytes", |f| flow(f, |flow| number(flow.bytes))),
    ("packets", |f| flow(f, |flow| number(flow.packets))),
    ("interface", |f| flow(f, |flow| text(&flow.interface))),
    ("count", |f| number(Some(f.count))),
    ("value", |f| number(f.value.map(phrase::number))),
    ("group", |f| pairs(&f.group)),
    ("values", |f| list(f.values.iter().map(String::as_str))),
    ("fields", |f| pairs(&f.fields)),
    ("evidence", |f| list(f.evidence.iter().map(place))),
    ("evidence_omitted", |f| number(Some(f.evidence_omitted))),
    ("context", |f| {
        let version = f.context.as_deref();
        version.map_or(Cell::Empty, |v| Cell::Text(v.into()))
    }),
    ("suppressed", |f| {
        hidden(f, |s| Cell::Text(s.id.as_str().into()))
    }),
    ("suppressed_owner", |f| {
        hidden(f, |s| Cell::Text(s.owner.as_str().into()))
    }),
    ("suppressed_reason", |f| {
        hidden(f, |s| Cell::Text(s.reason.as_str().into()))
    }),
    ("suppressed_until", |f| {
        hidden(f, |s| instant(Some(s.expires)))
    }),
    ("baseline", |f| {
        let id = f.baseline.as_deref();
        id.map_or(Cell::Empty, |id| Cell::Text(id.into()))
    }),
    ("first_seen", |f| {
        list(f.first_seen.iter().map(phrase::first_seen))
    }),
    ("places", |f| {
        let files = f.places.as_deref();
        files.map_or(Cell::Empty, |files| Cell::Text(files.into()))
    }),
];

/// Writes the header row.
pub(crate) fn header(out: &mut dyn Write) -> io::Result<()> {
    let names: Vec<&str> = COLUMNS.iter().map(|(name, _)| *name).collect();
    writeln!(out, "{}", names.join(","))
}

/// Writes the row of one finding.
pub(crate) fn write(finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let mut row = String::new();
    for (i, (_, cell)) in COLUMNS.iter().enumerate() {
        if i > 0 {
            row.push(',');
        }
        match cell(finding) {
            Cell::Text(text) => text_cell(&text, &mut row),
            Cell::Number(digits) => row.push_str(&digits),
            Cell::Empty => {}
        }
    }
    writeln!(out, "{row}")
}

/// Appends text from a log as a cell: on one line, no formula for a
/// spreadsheet, quoted where it has to be.
///
/// ```
/// let mut row = String::new();
/// flowtrail_output::csv_text("=1+1, \"x\"\n", &mut row);
/// assert_eq!(row, "\"'=1+1, \"\"x\"\"\\n\"");
/// ```
pub fn text_cell(text: &str, row: &mut String) {
    quote(&guard(&sanitize(text)), row);
}

/// Appends a cell, quoted where it has to be.
fn quote(cell: &str, row: &mut String) {
    if cell.contains(['"', ',', ';']) {
        row.push('"');
        row.push_str(&cell.replace('"', "\"\""));
        row.push('"');
    } else {
        row.push_str(cell);
    }
}

/// Puts a `'` before whatever a spreadsheet would evaluate.
fn guard(cell: &str) -> String {
    let mut guarded = String::with_capacity(cell.len() + 1);
    let mut begins = true;
    for c in cell.chars() {
        if begins && is_formula(c) {
            guarded.push('\'');
        }
        guarded.push(c);
        // Some spreadsheets trim a cell before they look at it; and a quote
        // behind a `;` may be read as the beginning of a quoted cell.
        begins = match c {
            ';' => true,
            ' ' | '"' => begins,
            _ => false,
        };
    }
    guarded
}

const fn is_formula(c: char) -> bool {
    matches!(
        c,
        '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '\t' | '\r' | '\n'
    )
}

fn text(text: &Option<String>) -> Cell<'_> {
    text.as_deref()
        .map_or(Cell::Empty, |t| Cell::Text(t.into()))
}

fn number<T: ToString>(n: Option<T>) -> Cell<'static> {
    n.map_or(Cell::Empty, |n| Cell::Number(n.to_string()))
}

fn instant(time: Option<EventTime>) -> Cell<'static> {
    time.map_or(Cell::Empty, |t| Cell::Text(t.to_string().into()))
}

fn flow<'a>(finding: &'a Finding, cell: fn(&'a FlowFacts) -> Cell<'a>) -> Cell<'a> {
    finding.flow.as_ref().map_or(Cell::Empty, cell)
}

fn hidden<'a>(finding: &'a Finding, cell: fn(&'a Suppressed) -> Cell<'a>) -> Cell<'a> {
    finding.suppressed.as_ref().map_or(Cell::Empty, cell)
}

fn end(address: Option<&str>, port: Option<u32>) -> Cell<'static> {
    match (address, port) {
        (None, None) => Cell::Empty,
        _ => Cell::Text(phrase::endpoint(address, port).into()),
    }
}

fn list<'a, S: Into<Cow<'a, str>>>(items: impl IntoIterator<Item = S>) -> Cell<'a> {
    let items: Vec<Cow<'a, str>> = items.into_iter().map(Into::into).collect();
    match items.as_slice() {
        [] => Cell::Empty,
        items => Cell::Text(items.join(" | ").into()),
    }
}

fn pairs(fields: &[(String, String)]) -> Cell<'_> {
    list(fields.iter().map(|(name, value)| format!("{name}={value}")))
}

fn place(evidence: &Evidence) -> String {
    let id = evidence.event_id.as_deref().unwrap_or("");
    format!("{}@{} {id}", evidence.object, evidence.location.offset)
        .trim_end()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;
    use proptest::prelude::*;

    /// Reads with an independent reader: rows of (column, cell).
    fn read(findings: &[Finding]) -> Vec<std::collections::BTreeMap<String, String>> {
        let mut out = Vec::new();
        header(&mut out).unwrap();
        for f in findings {
            write(f, &mut out).unwrap();
        }
        let mut reader = ::csv::Reader::from_reader(out.as_slice());
        let names: Vec<String> = reader
            .headers()
            .unwrap()
            .iter()
            .map(str::to_owned)
            .collect();
        let cells = |row: ::csv::StringRecord| row.iter().map(str::to_owned).collect::<Vec<_>>();
        reader
            .records()
            .map(|row| names.clone().into_iter().zip(cells(row.unwrap())).collect())
            .collect()
    }

    #[test]
    fn an_independent_reader_finds_every_cell() {
        let rows = read(&[sample::cloudtrail(), sample::flow(), sample::correlation()]);
        assert_eq!(rows.len(), 3);
        assert!(rows.iter().all(|row| row.len() == COLUMNS.len()));
        let cell = |row: usize, name: &str| rows[row][name].as_str();
        assert_eq!(cell(0, "time"), "2026-07-31T02:14:09Z");
        assert_eq!(cell(0, "level"), "high");
        assert_eq!(cell(0, "api"), "cloudtrail:StopLogging");
        assert_eq!(cell(0, "flow_src"), "");
        assert_eq!(cell(0, "evidence"), "s3://logs/AWSLogs/a.json.gz@1234 4d2f");
        assert_eq!(cell(1, "flow_dst"), "[2001:db8::22]:22");
        assert_eq!(cell(1, "bytes"), "8400");
        assert_eq!(cell(2, "count"), "1200");
        assert_eq!(cell(2, "values"), "GetObject | ListBuckets");
        assert_eq!(cell(2, "group"), "sourceIPAddress=203.0.113.7");
        assert_eq!(cell(2, "tactics"), "discovery | stealth");
    }

    #[test]
    fn what_is_suppressed_says_by_whom() {
        let row = &read(&[sample::suppressed()])[0];
        assert_eq!(row["context"], "0123456789ab");
        assert_eq!(row["suppressed"], "known-scan");
        assert_eq!(row["suppressed_owner"], "secops");
        assert_eq!(row["suppressed_reason"], "'=quarterly; '+test");
        assert_eq!(row["suppressed_until"], "2027-01-01T00:00:00Z");
        let row = &read(&[sample::cloudtrail()])[0];
        assert_eq!(
            (row["context"].as_str(), row["suppressed"].as_str()),
            ("", "")
        );
    }

    #[test]
    fn a_negative_number_stays_a_number() {
        let mut f = sample::correlation();
        f.value = Some(-3.5);
        assert_eq!(read(&[f])[0]["value"], "-3.5");
    }

    #[test]
    fn formulas_are_neutralised() {
        let row = &read(&[sample::hostile()])[0];
        assert_eq!(row["principal"], "'=cmd|' /C calc'!A0");
        assert_eq!(row["resources"], "'@SUM(1+1) | a,\"b\"\\tc;'=2+2");
        for (cell, guarded) in [
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@x", "'@x"),
            ("＝1", "'＝1"),
            ("  =1", "  '=1"),
            ("\"=1", "\"'=1"),
            ("a;=1", "a;'=1"),
            ("a; =1", "a; '=1"),
            ("a=1", "a=1"),
            ("a,-1", "a,-1"),
            ("", ""),
        ] {
            assert_eq!(guard(cell), guarded);
        }
    }

    #[test]
    fn a_line_break_in_a_user_agent_makes_no_row() {
        let mut out = Vec::new();
        write(&sample::hostile(), &mut out).unwrap();
        assert_eq!(out.iter().filter(|&&b| b == b'\n').count(), 1);
        assert!(!out.contains(&b'\r') && !out.contains(&b'\t'));
    }

    proptest! {
        #[test]
        fn no_cell_begins_a_formula(text in "[=+@;\" \\-\t\r\n,a]{0,8}") {
            let mut f = sample::cloudtrail();
            std::sync::Arc::make_mut(&mut f.facts).user_agent = Some(text.clone());
            let row = &read(&[f])[0];
            let agent = &row["user_agent"];
            for cell in agent.split(';') {
                let begin = cell.trim_start_matches([' ', '"']).chars().next();
                prop_assert!(!begin.is_some_and(is_formula), "{text:?} gave {agent:?}");
            }
            prop_assert_eq!(row["mfa"].as_str(), "false");
        }
    }
}
