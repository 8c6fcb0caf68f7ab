//! What was looked at, for a terminal.

use std::fmt::Write as _;

use super::text::TextStyle;
use super::{OddAddresses, Report, SourceReport};
use crate::words::{counted, duration, list, number, percent};

/// Reasons that are named in one line.
const NAMED_MAX: usize = 20;

impl Report {
    pub(super) fn covered(&self, out: &mut String, style: TextStyle) {
        let c = &self.coverage;
        let _ = writeln!(out, "{}", style.head("What was looked at"));
        self.records_read(out);
        self.sources(out);
        let o = &c.openers;
        fact(
            out,
            "openers",
            &format!(
                "{} by flags, {} by ports (no flags in the format), {} by ports (no SYN or no TCP), {} by neither",
                number(o.by_flags),
                number(o.by_ports_without_flags),
                number(o.by_ports_without_syn),
                number(o.by_neither)
            ),
        );
        let silent = "of declared networks without logs of its own";
        fact(out, "silent", &odd(&c.silent_hosts, "address", silent));
        fact(out, "ambiguous", &odd(&c.ambiguous, "record", ""));
        let undeclared = "with a private address in no network";
        fact(out, "undeclared", &odd(&c.undeclared, "record", undeclared));
        let _ = writeln!(
            out,
            "\n{}",
            style.head("What was not looked at, or not well")
        );
        if c.doubts.is_empty() {
            let _ = writeln!(out, "  nothing that the records show");
        }
        for doubt in &c.doubts {
            let _ = writeln!(out, "  - {doubt}");
        }
    }

    fn records_read(&self, out: &mut String) {
        let c = &self.coverage;
        let r = &c.records;
        let logs = r.flows + r.nodata + r.skipdata;
        fact(
            out,
            "records",
            &format!(
                "{} read: {}, {} without traffic (NODATA {}), {} of lost ones (SKIPDATA {}), {} of other logs",
                number(r.read),
                counted(r.flows, "flow"),
                number(r.nodata),
                percent(r.nodata, logs),
                number(r.skipdata),
                percent(r.skipdata, logs),
                number(r.other_logs)
            ),
        );
        let skipped = r.skipped.iter();
        let skipped: Vec<String> = skipped
            .map(|s| format!("{} {}", number(s.records), s.reason))
            .collect();
        if !skipped.is_empty() {
            fact(out, "skipped", &list(&skipped, NAMED_MAX));
        }
        let (read, unread) = (number(c.objects.read), number(c.objects.unread));
        fact(
            out,
            "objects",
            &format!("{read}, {unread} not read to the end"),
        );
        for object in &c.objects.named {
            fact(out, "", &format!("{}: {}", object.object, object.reason));
        }
    }

    fn sources(&self, out: &mut String) {
        let c = &self.coverage;
        let of = |all: &[SourceReport]| {
            let reports = all.iter().filter(|s| s.status == "reports").count();
            let declared = all.iter().filter(|s| s.declared).count();
            let foreign = all.iter().filter(|s| !s.declared).count();
            format!("{reports} report; the file names {declared}, {foreign} are not in it")
        };
        fact(out, "accounts", &of(&c.accounts));
        fact(out, "VPCs", &of(&c.vpcs));
        let reporting = c.networks.iter().filter(|n| n.status == "reports");
        let (reporting, all) = (reporting.count(), c.networks.len());
        fact(out, "networks", &format!("{reporting} of {all} report"));
        let interfaces = number(c.interfaces.reporting);
        fact(out, "interfaces", &format!("{interfaces} report"));
        for gap in c.interfaces.gaps.iter().take(3) {
            fact(
                out,
                "",
                &format!(
                    "{} was silent {}, longest from {} for {}",
                    gap.interface,
                    counted(gap.gaps, "time"),
                    gap.longest_from,
                    duration(gap.longest_secs)
                ),
            );
        }
    }
}

/// A line of what was looked at.
fn fact(out: &mut String, name: &str, text: &str) {
    let _ = writeln!(out, "  {name:<12}{text}");
}

fn odd(of: &OddAddresses, thing: &str, what: &str) -> String {
    let top: Vec<String> = of.top.iter().map(|a| a.address.clone()).collect();
    let text = format!("{} {what}", counted(of.count, thing));
    if top.is_empty() {
        text.trim_end().to_owned()
    } else {
        format!("{}: {}", text.trim_end(), list(&top, 5))
    }
}
