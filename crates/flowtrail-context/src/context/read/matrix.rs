//! Who may talk to whom.

use super::fields::{Fields, shown, text, texts};
use super::lookup::meant;
use super::{Reading, values};
use crate::context::model::{End, Entry, Ports, Verdict};
use crate::context::node::Node;
use crate::context::problem::Spot;

/// Entries of the matrix.
const MATRIX_MAX: usize = 10_000;
/// Ports of one entry.
const PORTS_MAX: usize = 1000;

const ENTRY: [&str; 4] = ["allow", "forbid", "ports", "why"];

const FORM: &str = "write `allow: production/application -> production/database`";

impl Reading<'_, '_> {
    pub(super) fn matrix(&mut self, file: Fields<'_, '_>) {
        let Some(node) = file.get("matrix") else {
            return;
        };
        for item in self.entries(node, "`matrix`", MATRIX_MAX) {
            if let Some(entry) = self.entry(item) {
                self.spots.matrix.push(item.spot);
                self.declared.matrix.push(entry);
            }
        }
    }

    fn entry(&mut self, item: &Node<'_>) -> Option<Entry> {
        let fields = Fields::of(item, "an entry of the matrix", &ENTRY, self.problems)?;
        let ends = self.ends(fields);
        let why = fields.get("why");
        let why = why.and_then(|n| text(n, "`why`", self.problems));
        let hint = "write `ports: [tcp/5432]`, or `ports: any`";
        let ports = fields.need("ports", hint, self.problems);
        let ports = ports.map(|n| self.port_list(n)).unwrap_or_default();
        let (verdict, from, to) = ends?;
        Some(Entry {
            verdict,
            from,
            to,
            ports,
            why: why.map(str::to_owned),
            line: item.spot.line,
        })
    }

    fn port_list(&mut self, node: &Node<'_>) -> Vec<Ports> {
        let written = texts(node, "`ports`", self.problems);
        if written.len() > PORTS_MAX {
            let reason = format!("`ports` has more than {PORTS_MAX} entries");
            self.problems
                .error(node, reason)
                .hint(|| Some("join them to ranges such as `8000-8010`".to_owned()));
            return Vec::new();
        }
        let each = |(node, _): (&Node<'_>, &str)| values::ports(node, self.problems);
        written.into_iter().filter_map(each).collect()
    }

    fn ends(&mut self, fields: Fields<'_, '_>) -> Option<(Verdict, End, End)> {
        let (node, verdict) = match (fields.get("allow"), fields.get("forbid")) {
            (Some(node), None) => (node, Verdict::Allowed),
            (None, Some(node)) => (node, Verdict::Forbidden),
            (None, None) | (Some(_), Some(_)) => {
                let at = fields.node;
                self.problems
                    .error(at, "an entry of the matrix has either `allow` or `forbid`")
                    .hint(|| Some(FORM.to_owned()));
                return None;
            }
        };
        let written = text(node, "an entry of the matrix", self.problems)?;
        let Some((from, to)) = written.split_once("->") else {
            let reason = format!("`{}` has no `->`", shown(node));
            self.problems
                .error(node, reason)
                .hint(|| Some(FORM.to_owned()));
            return None;
        };
        let from = self.matrix_end(node.spot, from.trim());
        let to = self.matrix_end(node.spot, to.trim());
        let (from, to) = (from?, to?);
        if !is_inside(from) && !is_inside(to) {
            let reason = format!("`{}` names no environment and no segment", shown(node));
            self.problems
                .error(node, reason)
                .hint(|| Some("one end at least is inside".to_owned()));
            return None;
        }
        Some((verdict, from, to))
    }

    /// One end of an entry, which stands in the value at `spot`.
    fn matrix_end(&mut self, spot: Spot, written: &str) -> Option<End> {
        match written {
            "*" => return Some(End::Any),
            "internet" => return Some(End::Internet),
            "trusted" => return Some(End::Trusted(None)),
            "" => {
                let hint = || Some(FORM.to_owned());
                self.problems.error(spot, "an end is missing").hint(hint);
                return None;
            }
            _ => {}
        }
        if let Some(name) = written.strip_prefix("trusted:") {
            let trusted = self.trusted_network(spot, name.trim())?;
            return Some(End::Trusted(Some(trusted)));
        }
        match written.split_once('/') {
            Some((environment, segment)) => self.both(spot, environment, segment),
            None => self.environment_end(spot, written),
        }
    }

    fn environment_end(&mut self, spot: Spot, name: &str) -> Option<End> {
        if let Some(ix) = self.names.environments.get(name) {
            return Some(End::Inside(Some(*ix), None));
        }
        let shown = name.escape_debug();
        let reason = format!("there is no environment `{shown}`");
        let hint = if self.names.segments.contains_key(name) {
            format!("`*/{name}` is that segment in every environment")
        } else {
            let known = self.declared.environments.iter().map(String::as_str);
            meant(name, known.chain(["internet", "trusted"]), "environments")
        };
        self.problems.error(spot, reason).hint(|| Some(hint));
        None
    }

    fn both(&mut self, spot: Spot, environment: &str, segment: &str) -> Option<End> {
        if segment == "*" {
            let right = environment.escape_debug();
            let reason = format!("`{right}/*` says no more than `{right}`");
            let hint = || Some(format!("write `{right}`"));
            self.problems.error(spot, reason).hint(hint);
            return None;
        }
        let environment = match environment {
            "*" => Some(None),
            name => match self.environment_end(spot, name) {
                Some(End::Inside(ix, _)) => Some(ix),
                Some(End::Any | End::Internet | End::Trusted(_)) | None => None,
            },
        };
        let Some(ix) = self.names.segments.get(segment).copied() else {
            let known = self.declared.segments.iter().map(|s| s.name.as_str());
            let hint = meant(segment, known, "segments");
            let reason = format!("there is no segment `{}`", segment.escape_debug());
            self.problems.error(spot, reason).hint(|| Some(hint));
            return None;
        };
        Some(End::Inside(environment?, Some(ix)))
    }
}

const fn is_inside(end: End) -> bool {
    match end {
        End::Inside(..) | End::Any => true,
        End::Internet | End::Trusted(_) => false,
    }
}
