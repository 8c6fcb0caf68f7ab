//! What an address is, and which entry says so.

use std::io::{self, Write};
use std::net::IpAddr;

use flowtrail_context::{Context, Network, Place, Scope, Standing};
use flowtrail_event::EventTime;
use flowtrail_output::sanitize;

use crate::args::ContextShow;

/// Entries around an address that are listed.
const ENTRIES_SHOWN: usize = 20;

/// An address as it is asked for.
struct Question<'q> {
    context: &'q Context,
    address: IpAddr,
    scope: Scope<'q>,
    at: EventTime,
}

/// What `address` is, in the scope that `args` name.
pub(super) fn of(context: &Context, address: IpAddr, args: &ContextShow) -> Place {
    question(context, address, args).place()
}

fn question<'q>(context: &'q Context, address: IpAddr, args: &'q ContextShow) -> Question<'q> {
    Question {
        context,
        address,
        scope: Scope {
            vpc: args.vpc.as_deref().map(str::as_bytes),
            account: args.account.as_deref().map(str::as_bytes),
        },
        at: args.at.unwrap_or_else(super::now),
    }
}

/// Says what an address is, and goes through the entries that have it.
///
/// # Errors
/// Those of `out`.
pub(super) fn explain(
    context: &Context,
    address: IpAddr,
    args: &ContextShow,
    out: &mut impl Write,
) -> io::Result<()> {
    let asked = question(context, address, args);
    let place = asked.place();
    let name = context.place_name(&place);
    writeln!(out, "{address} is {}", sanitize(&name))?;
    if let Some(account) = context.account_name(&place) {
        writeln!(out, "  account {}", sanitize(account))?;
    }
    let lines = asked.reasons(&place);
    for line in lines.iter().take(ENTRIES_SHOWN) {
        writeln!(out, "  {}", sanitize(line))?;
    }
    if lines.len() > ENTRIES_SHOWN {
        writeln!(out, "  and {} more entries", lines.len() - ENTRIES_SHOWN)?;
    }
    if let Some(hint) = hint(&place) {
        writeln!(out, "hint: {hint}")?;
    }
    Ok(())
}

const fn hint(place: &Place) -> Option<&'static str> {
    match place.standing {
        Standing::Ambiguous => {
            Some("several entries say different things; give `--vpc` or `--account`")
        }
        Standing::Private => Some("no entry of `networks` has it; the matrix cannot speak of it"),
        Standing::Inside | Standing::Trusted { .. } | Standing::Internet => None,
    }
}

impl Question<'_> {
    fn is_scoped(&self) -> bool {
        self.scope.vpc.is_some() || self.scope.account.is_some()
    }

    fn place(&self) -> Place {
        let near = self.is_scoped();
        self.context
            .endpoint(self.address, self.scope, near, Some(self.at))
    }

    /// A line for each entry that has the address, innermost first: what it
    /// says of it, or why it says nothing.
    fn reasons(&self, place: &Place) -> Vec<String> {
        let declared = self.context.declared();
        let address = self.address.to_canonical();
        let mut around: Vec<(u8, String, &Network)> = Vec::new();
        for network in &declared.networks {
            let cidrs = network.cidrs.iter().filter(|c| c.contains(&address));
            around.extend(cidrs.map(|c| (c.prefix_len(), c.to_string(), network)));
        }
        around.sort_by_key(|(len, _, network)| (u8::MAX - len, network.line));
        let mut open = *place;
        let mut lines: Vec<String> = around
            .into_iter()
            .map(|(_, cidr, network)| {
                let line = network.line;
                let says = self.elsewhere(network);
                let says = says.unwrap_or_else(|| self.says(network, &mut open));
                format!("{cidr} (line {line}) {says}")
            })
            .collect();
        if open.environment.is_some() || open.segment.is_some() {
            lines.push("its VPC or its account says the rest".to_owned());
        }
        for trusted in &declared.trusted {
            for cidr in trusted.cidrs.iter().filter(|c| c.contains(&address)) {
                lines.push(format!("{cidr} is trusted as {}", trusted.name));
            }
        }
        lines
    }

    /// Why an entry is not about the address as it is asked for.
    fn elsewhere(&self, network: &Network) -> Option<String> {
        let declared = self.context.declared();
        let differs = |asked: Option<&[u8]>, id: &str| asked.is_some_and(|a| a != id.as_bytes());
        if !network.valid.covers(Some(self.at)) {
            return Some(format!("does not hold at {}", self.at));
        }
        let vpc = network.vpc.and_then(|ix| declared.vpcs.get(ix.index()));
        if let Some(vpc) = vpc.filter(|v| differs(self.scope.vpc, &v.id)) {
            return Some(format!("holds in {} only", vpc.id));
        }
        let account = network.account;
        let account = account.and_then(|ix| declared.accounts.get(ix.index()));
        let account = account.filter(|a| differs(self.scope.account, &a.id))?;
        Some(format!("holds in account {} only", account.alias))
    }

    /// What an entry says of what is still open, and takes it from there.
    fn says(&self, network: &Network, open: &mut Place) -> String {
        if open.standing == Standing::Ambiguous {
            let meant = Place {
                environment: network.environment,
                segment: network.segment,
                account: None,
                standing: Standing::Inside,
            };
            return format!("may be meant: {}", self.context.place_name(&meant));
        }
        let mut said = Vec::new();
        if network.environment.is_some() && network.environment == open.environment {
            open.environment = None;
            said.push("the environment");
        }
        if network.segment.is_some() && network.segment == open.segment {
            open.segment = None;
            said.push("the segment");
        }
        match said.is_empty() {
            true => "adds nothing".to_owned(),
            false => format!("says {}", said.join(" and ")),
        }
    }
}
