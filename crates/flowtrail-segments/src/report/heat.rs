//! The heat map of the HTML form: who opened connections to whom.

use super::Report;
use super::page::{Escaped, Page};
use super::text::{Square, grid};
use crate::words::{counted, list, number, short};

/// Places without traffic that are named.
const IDLE_MAX: usize = 500;

impl Report {
    pub(super) fn heat(&self, page: &mut Page) {
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
            let idle = list(&idle, IDLE_MAX);
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
