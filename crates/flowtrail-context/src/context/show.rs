//! A context as a file again: one form for every way of writing it.

use std::fmt::{Display, Write as _};

use super::Context;
use super::model::{
    End, Entry, Network, NetworkRef, Ports, Suppression, Transport, Validity, Verdict,
};

/// A text in double quotes.
struct Quoted<'t>(&'t str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_char('"')?;
        for c in self.0.chars() {
            if matches!(c, '"' | '\\') {
                f.write_char('\\')?;
            }
            f.write_char(c)?;
        }
        f.write_char('"')
    }
}

/// Keys and values of one map in braces, in one line.
struct Line(String);

impl Line {
    fn new() -> Self {
        Self("  - {".to_owned())
    }

    /// Adds a key with its value as it is.
    fn raw(&mut self, key: &str, value: impl Display) {
        let comma = if self.0.ends_with('{') { "" } else { ", " };
        // Writing to a text cannot fail.
        let _ = write!(self.0, "{comma}{key}: {value}");
    }

    fn text(&mut self, key: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.raw(key, Quoted(value));
        }
    }

    /// Adds a list; an empty one is left out.
    fn list(&mut self, key: &str, values: impl Iterator<Item = String>) {
        let quoted: Vec<String> = values.map(|v| Quoted(&v).to_string()).collect();
        if !quoted.is_empty() {
            self.raw(key, format_args!("[{}]", quoted.join(", ")));
        }
    }

    fn validity(&mut self, valid: Validity) {
        let text = |time: Option<_>| time.map(|t: flowtrail_event::EventTime| t.to_string());
        self.text("from", text(valid.from).as_deref());
        self.text("until", text(valid.until).as_deref());
    }

    fn end(self) -> String {
        self.0 + "}\n"
    }
}

impl Context {
    /// The file in one form: everything resolved, in the order of the sections,
    /// without comments. Parsed again it declares the same.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        let mut out = "version: 1\n".to_owned();
        let environments = self.declared.environments.iter();
        let environments: Vec<String> = environments.map(|e| Quoted(e).to_string()).collect();
        let _ = writeln!(out, "environments: [{}]", environments.join(", "));
        if !self.declared.segments.is_empty() {
            out.push_str("segments:\n");
        }
        for segment in &self.declared.segments {
            let about = Some(segment.about.as_str()).filter(|a| !a.is_empty());
            let about = about.map_or_else(|| "~".to_owned(), |a| Quoted(a).to_string());
            let _ = writeln!(out, "  {}: {about}", Quoted(&segment.name));
        }
        self.show_accounts(&mut out);
        let networks = self.declared.networks.iter();
        section(&mut out, "networks", networks.map(|n| self.show_network(n)));
        self.show_vpcs(&mut out);
        self.show_trusted(&mut out);
        let matrix = self.declared.matrix.iter();
        section(&mut out, "matrix", matrix.map(|e| self.show_entry(e)));
        self.show_callers(&mut out);
        if let Some(regions) = &self.declared.regions {
            let regions: Vec<String> = regions.iter().map(|r| Quoted(r).to_string()).collect();
            let _ = writeln!(out, "regions: [{}]", regions.join(", "));
        }
        if let Some(days) = self.declared.key_rotation_days {
            let _ = writeln!(out, "key_rotation_days: {days}");
        }
        let suppressions = self.declared.suppressions.iter();
        let suppressions = suppressions.map(|s| self.show_suppression(s));
        section(&mut out, "suppressions", suppressions);
        out
    }

    fn show_accounts(&self, out: &mut String) {
        let accounts = self.declared.accounts.iter();
        let own = accounts.clone().filter(|a| !a.partner).map(|a| {
            let mut line = Line::new();
            line.text("id", Some(&a.id));
            line.text("alias", Some(&a.alias));
            let environment = a
                .environment
                .and_then(|e| self.declared.environments.get(e.index()));
            line.text("environment", environment.map(String::as_str));
            line.text("owner", a.owner.as_deref());
            line.end()
        });
        section(out, "accounts", own);
        let partners = accounts.filter(|a| a.partner).map(|a| {
            let mut line = Line::new();
            line.text("id", Some(&a.id));
            line.text("name", Some(&a.alias));
            line.end()
        });
        section(out, "partners", partners);
    }

    fn show_network(&self, network: &Network) -> String {
        let d = &self.declared;
        let mut line = Line::new();
        line.list("cidrs", network.cidrs.iter().map(ToString::to_string));
        let environment = network
            .environment
            .and_then(|e| d.environments.get(e.index()));
        line.text("environment", environment.map(String::as_str));
        let segment = network.segment.and_then(|s| d.segments.get(s.index()));
        line.text("segment", segment.map(|s| s.name.as_str()));
        let vpc = network.vpc.and_then(|v| d.vpcs.get(v.index()));
        line.text("vpc", vpc.map(|v| v.id.as_str()));
        let account = network.account.and_then(|a| d.accounts.get(a.index()));
        line.text("account", account.map(|a| a.id.as_str()));
        line.validity(network.valid);
        line.end()
    }

    fn show_vpcs(&self, out: &mut String) {
        let d = &self.declared;
        let vpcs = d.vpcs.iter().map(|vpc| {
            let mut line = Line::new();
            line.text("id", Some(&vpc.id));
            let account = vpc.account.and_then(|a| d.accounts.get(a.index()));
            line.text("account", account.map(|a| a.id.as_str()));
            let environment = vpc.environment.and_then(|e| d.environments.get(e.index()));
            line.text("environment", environment.map(String::as_str));
            let segment = vpc.segment.and_then(|s| d.segments.get(s.index()));
            line.text("segment", segment.map(|s| s.name.as_str()));
            line.end()
        });
        section(out, "vpcs", vpcs);
    }

    fn show_trusted(&self, out: &mut String) {
        let trusted = self.declared.trusted.iter().map(|trusted| {
            let mut line = Line::new();
            line.text("name", Some(&trusted.name));
            line.list("cidrs", trusted.cidrs.iter().map(ToString::to_string));
            line.end()
        });
        section(out, "trusted", trusted);
    }

    fn show_entry(&self, entry: &Entry) -> String {
        let mut line = Line::new();
        let key = match entry.verdict {
            Verdict::Forbidden => "forbid",
            Verdict::Allowed | Verdict::Undeclared => "allow",
        };
        line.text(key, Some(&self.entry_name(entry)));
        line.list("ports", entry.ports.iter().map(|p| ports(*p)));
        line.text("why", entry.why.as_deref());
        line.end()
    }

    /// The ends of an entry of the matrix as the file writes them:
    /// `production/application -> production/database`.
    #[must_use]
    pub fn entry_name(&self, entry: &Entry) -> String {
        format!(
            "{} -> {}",
            self.end_name(entry.from),
            self.end_name(entry.to)
        )
    }

    fn end_name(&self, end: End) -> String {
        let d = &self.declared;
        let (environment, segment) = match end {
            End::Any | End::Inside(None, None) => return "*".to_owned(),
            End::Internet => return "internet".to_owned(),
            End::Trusted(None) => return "trusted".to_owned(),
            End::Trusted(Some(ix)) => {
                let trusted = d.trusted.get(ix.index());
                return format!("trusted:{}", trusted.map_or("", |t| t.name.as_str()));
            }
            End::Inside(environment, segment) => (environment, segment),
        };
        let environment = environment.and_then(|e| d.environments.get(e.index()));
        let environment = environment.map_or("*", String::as_str);
        match segment.and_then(|s| d.segments.get(s.index())) {
            Some(segment) => format!("{environment}/{}", segment.name),
            None => environment.to_owned(),
        }
    }

    fn show_callers(&self, out: &mut String) {
        let callers = self.declared.callers.iter().map(|caller| {
            let mut line = Line::new();
            line.text("name", Some(&caller.name));
            line.text("part", Some(&caller.part));
            line.list("principals", caller.principals.iter().cloned());
            line.list(
                "networks",
                caller.networks.iter().map(|n| self.network_name(*n)),
            );
            line.end()
        });
        section(out, "callers", callers);
    }

    fn network_name(&self, network: NetworkRef) -> String {
        match network {
            NetworkRef::Aws => "aws".to_owned(),
            NetworkRef::Cidr(cidr) => cidr.to_string(),
            NetworkRef::Trusted(ix) => {
                let trusted = self.declared.trusted.get(ix.index());
                trusted.map_or_else(String::new, |t| t.name.clone())
            }
        }
    }

    fn show_suppression(&self, s: &Suppression) -> String {
        let mut line = Line::new();
        line.text("id", Some(&s.id));
        line.list("rules", s.rules.iter().cloned());
        line.list("principals", s.principals.iter().cloned());
        line.list("networks", s.networks.iter().map(|n| self.network_name(*n)));
        line.list("resources", s.resources.iter().cloned());
        let accounts = s.accounts.iter();
        let accounts = accounts.filter_map(|a| self.declared.accounts.get(a.index()));
        line.list("accounts", accounts.map(|a| a.id.clone()));
        line.validity(s.valid);
        line.text("owner", Some(&s.owner));
        line.text("reason", Some(&s.reason));
        line.text("expires", Some(&s.expires.to_string()));
        line.end()
    }
}

fn section(out: &mut String, name: &str, lines: impl Iterator<Item = String>) {
    let mut lines = lines.peekable();
    if lines.peek().is_some() {
        let _ = writeln!(out, "{name}:");
        out.extend(lines);
    }
}

/// Ports as the file writes them.
fn ports(ports: Ports) -> String {
    let protocol = |transport| match transport {
        Some(Transport::Tcp) => "tcp",
        Some(Transport::Udp) => "udp",
        None => "",
    };
    match ports {
        Ports::Any => "any".to_owned(),
        Ports::Icmp => "icmp".to_owned(),
        Ports::Protocol(number) => format!("protocol/{number}"),
        Ports::Range(Some(transport), 0, u16::MAX) => protocol(Some(transport)).to_owned(),
        Ports::Range(transport, first, last) => {
            let slash = if transport.is_some() { "/" } else { "" };
            let protocol = protocol(transport);
            if first == last {
                format!("{protocol}{slash}{first}")
            } else {
                format!("{protocol}{slash}{first}-{last}")
            }
        }
    }
}
