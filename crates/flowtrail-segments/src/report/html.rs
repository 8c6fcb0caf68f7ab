//! The report as one HTML file: nothing is loaded from anywhere, and everything
//! that a log or the file said is escaped.

use super::page::{Escaped, Page};
use super::text::{connection_words, sum_words};
use super::{PairReport, Report};
use crate::words::{counted, duration, list, number, percent};

const STYLE: &str = include_str!("style.css");

/// Pairs that are shown with all about them.
const PAIRS_MAX: usize = 200;
/// Rows of other tables.
const ROWS_MAX: usize = 500;

impl Report {
    /// The report as one HTML document, with everything inside.
    #[must_use]
    pub fn to_html(&self) -> String {
        let mut page = Page(String::new());
        page.raw("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n");
        page.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        // Nothing of this page may load or run anything, whatever is in it.
        page.raw("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n");
        page.raw("<title>Traffic between segments</title>\n<style>");
        page.raw(STYLE);
        page.raw("</style></head>\n<body><main>\n");
        self.header(&mut page);
        self.heat(&mut page);
        self.breach_tables(&mut page);
        self.statement_list(&mut page);
        self.coverage_tables(&mut page);
        self.entry_table(&mut page);
        page.raw("</main></body></html>\n");
        page.0
    }

    fn header(&self, page: &mut Page) {
        let records = &self.coverage.records;
        page.raw("<header>");
        page.element("h1", "Traffic between segments");
        let span = self.span.as_ref().map_or_else(
            || "no records".to_owned(),
            |s| format!("{} to {} ({})", s.first, s.last, duration(s.secs)),
        );
        let (file, version) = (&self.context.file, &self.context.version);
        page.element("p", &format!("{span}, by {file}, version {version}"));
        page.raw("</header>\n<dl class=\"sums\">");
        let logs = records.flows + records.nodata + records.skipdata;
        let seen = self
            .statements
            .iter()
            .filter(|s| s.outcome == "seen")
            .count();
        let sure = self
            .statements
            .iter()
            .filter(|s| s.outcome == "not_seen")
            .count();
        let sums = [
            (number(records.flows), "flow records", ""),
            (
                self.violations().count().to_string(),
                "pairs not allowed and not refused",
                "bad",
            ),
            (
                self.attempts().count().to_string(),
                "pairs not allowed and refused",
                "odd",
            ),
            (
                format!("{sure} of {}", self.statements.len()),
                "forbidden entries with nothing seen and all looked at",
                if seen > 0 { "bad" } else { "" },
            ),
            (
                percent(records.skipdata, logs),
                "of the records lost by AWS (SKIPDATA)",
                "",
            ),
        ];
        for (value, name, class) in sums {
            let class = if value == "0" { "" } else { class };
            page.put(format_args!(
                "<div class=\"{class}\"><dt>{}</dt><dd>{}</dd></div>",
                Escaped(name),
                Escaped(&value)
            ));
        }
        page.raw("</dl>\n");
    }

    fn breach_tables(&self, page: &mut Page) {
        let violations: Vec<&PairReport> = self.violations().collect();
        let attempts: Vec<&PairReport> = self.attempts().collect();
        for (title, pairs) in [
            ("Not allowed and not refused", violations),
            ("Not allowed, and refused", attempts),
        ] {
            page.raw("<section>");
            page.element("h2", &format!("{title}: {}", pairs.len()));
            if pairs.is_empty() {
                page.element(
                    "p",
                    "Nothing of the kind was seen. What was looked at stands below.",
                );
            } else {
                let heads = ["Verdict", "From", "To", "Ports", "What was seen", "Who"];
                page.table("pairs", title, &heads);
                pairs
                    .iter()
                    .take(PAIRS_MAX)
                    .for_each(|p| breach_row(page, p));
                page.end_table();
            }
            if pairs.len() > PAIRS_MAX {
                page.element(
                    "p",
                    &format!(
                        "And {} more; the JSON form has all.",
                        pairs.len() - PAIRS_MAX
                    ),
                );
            }
            page.raw("</section>\n");
        }
    }

    fn statement_list(&self, page: &mut Page) {
        if self.statements.is_empty() {
            return;
        }
        page.raw("<section>");
        page.element("h2", "What the matrix forbids");
        page.raw("<ul class=\"statements\">\n");
        for s in &self.statements {
            let (class, mark) = match s.outcome {
                "seen" => ("bad", "seen"),
                "not_seen" => ("good", "not seen"),
                _ => ("odd", "not seen, not all looked at"),
            };
            page.put(format_args!(
                "<li class=\"{class}\"><b>{mark}</b> {}</li>\n",
                Escaped(&s.sentence)
            ));
        }
        page.raw("</ul></section>\n");
    }

    fn coverage_tables(&self, page: &mut Page) {
        let c = &self.coverage;
        page.raw("<section>");
        page.element("h2", "What was looked at");
        if !c.doubts.is_empty() {
            page.element("h3", "Not looked at, or not well");
            page.raw("<ul>");
            c.doubts.iter().for_each(|d| page.element("li", d));
            page.raw("</ul>\n");
        }
        let r = &c.records;
        page.table("facts", "Records", &["What", "Records"]);
        let rows = [
            ("read", r.read),
            ("flows", r.flows),
            ("without traffic (NODATA)", r.nodata),
            ("of lost records (SKIPDATA)", r.skipdata),
            ("of other logs", r.other_logs),
            ("flows without addresses or protocol", r.without_ends),
            ("opener told by flags", c.openers.by_flags),
            (
                "opener told by ports: no flags in the format",
                c.openers.by_ports_without_flags,
            ),
            (
                "opener told by ports: no SYN, or not TCP",
                c.openers.by_ports_without_syn,
            ),
            ("with an ambiguous address", c.ambiguous.count),
            ("with a private address in no network", c.undeclared.count),
        ];
        rows.iter()
            .for_each(|(what, n)| page.row(&[what, &number(*n)]));
        for s in &r.skipped {
            page.row(&[&format!("skipped: {}", s.reason), &number(s.records)]);
        }
        page.end_table();
        self.source_tables(page);
        page.raw("</section>\n");
    }

    fn source_tables(&self, page: &mut Page) {
        let c = &self.coverage;
        for (title, sources) in [("Accounts", &c.accounts), ("VPCs", &c.vpcs)] {
            let heads = [
                "Id",
                "Alias",
                "Environment",
                "In the file",
                "Records",
                "Status",
            ];
            page.table("facts", title, &heads);
            for s in sources.iter().take(ROWS_MAX) {
                let declared = if s.declared { "yes" } else { "no" };
                let (alias, environment) = (s.alias.as_deref(), s.environment.as_deref());
                page.row(&[
                    &s.id,
                    alias.unwrap_or(""),
                    environment.unwrap_or(""),
                    declared,
                    &number(s.records),
                    s.status,
                ]);
            }
            page.end_table();
        }
        let heads = [
            "Network",
            "Place",
            "VPC",
            "Line",
            "Interfaces that report",
            "Status",
        ];
        page.table("facts", "Networks of the file", &heads);
        for n in c.networks.iter().take(ROWS_MAX) {
            page.row(&[
                &n.cidrs.join(", "),
                &n.place,
                n.vpc.as_deref().unwrap_or(""),
                &n.line.to_string(),
                &number(n.interfaces),
                &n.status.replace('_', " "),
            ]);
        }
        page.end_table();
        if !c.interfaces.gaps.is_empty() {
            let heads = ["Interface", "VPC", "Gaps", "Longest from", "Longest"];
            page.table("facts", "Interfaces with the longest silence", &heads);
            for g in &c.interfaces.gaps {
                let vpc = g.vpc.as_deref().unwrap_or("");
                let (gaps, longest) = (number(g.gaps), duration(g.longest_secs));
                page.row(&[&g.interface, vpc, &gaps, &g.longest_from, &longest]);
            }
            page.end_table();
        }
    }

    fn entry_table(&self, page: &mut Page) {
        page.raw("<section>");
        page.element("h2", "Entries of the matrix");
        let heads = ["Line", "Entry", "Let through", "Refused", "No action", ""];
        page.table("facts", "How each was used, in records", &heads);
        for used in self.entries.iter().take(ROWS_MAX) {
            page.row(&[
                &used.entry.line.to_string(),
                &format!(
                    "{} {} ({})",
                    used.entry.verdict,
                    used.entry.name,
                    used.entry.ports.join(", ")
                ),
                &number(used.accepted),
                &number(used.rejected),
                &number(used.unstated),
                if used.unused { "unused" } else { "" },
            ]);
        }
        page.end_table();
        page.raw("</section>\n");
    }
}

fn breach_row(page: &mut Page, pair: &PairReport) {
    page.put(format_args!("<tr class=\"{}\">", pair.verdict));
    page.element("td", pair.verdict);
    page.element("td", &pair.from);
    page.element("td", &pair.to);
    let ports: Vec<String> = pair.ports.iter().map(|p| p.port.clone()).collect();
    page.element("td", &list(&ports, 8));
    page.raw("<td>");
    page.element(
        "p",
        &format!("{} let through", connection_words(pair.passed)),
    );
    if pair.refused.connections > 0 {
        page.element("p", &format!("{} refused", connection_words(pair.refused)));
    }
    for (word, sum) in [
        ("ACCEPT", &pair.accepted),
        ("REJECT", &pair.rejected),
        ("no action", &pair.unstated),
    ] {
        if sum.records > 0 {
            page.element("p", &format!("{word}: {}", sum_words(sum)));
        }
    }
    if let Some(e) = &pair.entry {
        page.element("p", &format!("line {}: {} {}", e.line, e.verdict, e.name));
    }
    if pair.opener_by_ports > 0 {
        let records = counted(pair.opener_by_ports, "record");
        page.element("p", &format!("in {records} only the ports told who opened"));
    }
    page.raw("</td><td>");
    for t in pair.talkers.iter().take(5) {
        let records = number(t.accepted + t.rejected + t.unstated);
        page.element("p", &format!("{} \u{2192} {} ({records})", t.from, t.to));
    }
    if pair.talkers_seen > 5 {
        page.element("p", &format!("and {} more", number(pair.talkers_seen - 5)));
    }
    page.raw("</td></tr>\n");
}
