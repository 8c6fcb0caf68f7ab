//! The report as one HTML file: nothing is loaded from anywhere, and everything
//! that a log or the file said is escaped.

use super::page::{Escaped, Page};
use super::text::{Square, connection_words, grid, sum_words};
use super::{PairReport, Report};
use crate::words::{counted, duration, list, number, percent, short};

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

    fn heat(&self, page: &mut Page) {
        let grid = grid(self);
        let opens = |p: &&String| grid.keys().any(|(from, _)| from == p);
        let serves = |p: &&String| grid.keys().any(|(_, to)| to == p);
        let rows: Vec<&String> = self.places.iter().filter(opens).collect();
        let columns: Vec<&String> = self.places.iter().filter(serves).collect();
        page.raw("<section>");
        page.element("h2", "Who opened connections to whom");
        page.raw("<p class=\"legend\"><span class=\"square a4\">12k</span> connections let through, the more the darker (logarithmic) <span class=\"square r4\">40</span> all refused <span class=\"square a3 forbidden\">7 !</span> forbidden <span class=\"square a3 undeclared\">7 ?</span> undeclared <span class=\"square a2 unspoken\">7</span> not in the matrix</p>\n");
        page.raw("<div class=\"scroll\"><table class=\"heat\"><caption>Rows opened connections to columns. Connections that were let through; where there are none, those that were refused.</caption>\n<thead><tr><th scope=\"col\">from \\ to</th>");
        for column in &columns {
            page.put(format_args!(
                "<th scope=\"col\"><span>{}</span></th>",
                Escaped(column)
            ));
        }
        page.raw("</tr></thead><tbody>\n");
        for row in &rows {
            page.put(format_args!("<tr><th scope=\"row\">{}</th>", Escaped(row)));
            for column in &columns {
                let square = grid.get(&(row.as_str(), column.as_str()));
                heat_cell(page, row, column, square);
            }
            page.raw("</tr>\n");
        }
        page.raw("</tbody></table></div>\n");
        let idle = self
            .places
            .iter()
            .filter(|p| !rows.contains(p) && !columns.contains(p));
        let idle: Vec<String> = idle.cloned().collect();
        if !idle.is_empty() {
            let idle = list(&idle, ROWS_MAX);
            page.element(
                "p",
                &format!("Of these places nothing was seen at all: {idle}."),
            );
        }
        let unseen = counted(self.pairs_unseen, "pair");
        page.element(
            "p",
            &format!("{unseen} of declared places with nothing seen."),
        );
        page.raw("</section>\n");
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

/// The shade of a number: its order of magnitude, 1 to 7.
const fn shade(n: u64) -> u32 {
    match n.checked_ilog10() {
        None => 0,
        Some(digits) if digits >= 6 => 7,
        Some(digits) => digits + 1,
    }
}

fn heat_cell(page: &mut Page, from: &str, to: &str, square: Option<&Square>) {
    let Some(s) = square else {
        page.put(format_args!(
            "<td class=\"nothing\" aria-label=\"nothing seen\" title=\"{} \u{2192} {}: nothing seen\"></td>",
            Escaped(from),
            Escaped(to)
        ));
        return;
    };
    let (shown, class) = if s.passed > 0 {
        (s.passed, format!("a{}", shade(s.passed)))
    } else {
        (s.rejected, format!("r{}", shade(s.rejected)))
    };
    let (sign, verdict) = if s.forbidden {
        (" !", "forbidden")
    } else if s.undeclared {
        (" ?", "undeclared")
    } else if s.unspoken {
        ("", "unspoken")
    } else {
        ("", "allowed")
    };
    page.put(format_args!(
        "<td class=\"{class} {verdict}\" title=\"{} \u{2192} {}: {} let through, {} refused, {verdict}\">{}{sign}</td>",
        Escaped(from),
        Escaped(to),
        number(s.passed),
        number(s.rejected),
        short(shown),
    ));
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
