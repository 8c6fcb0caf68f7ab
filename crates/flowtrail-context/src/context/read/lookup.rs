//! Names that must have been declared.

use super::Reading;
use super::fields::{any_text, quoted, shown, text};
use crate::context::model::{AccountIx, EnvironmentIx, NetworkRef, SegmentIx, TrustedIx, VpcIx};
use crate::context::names::ByName;
use crate::context::node::Node;
use crate::context::problem::Spot;
use crate::nearest::nearest;

impl Reading<'_, '_> {
    pub(super) fn environment(&mut self, node: &Node<'_>) -> Option<EnvironmentIx> {
        let name = text(node, "`environment`", self.problems)?;
        let found = self.names.environments.get(name).copied();
        if found.is_none() {
            let hints = self.problems.few();
            let known = self.declared.environments.iter().map(String::as_str);
            let hint = hints.then(|| meant(name, known, "environments"));
            let reason = format!("there is no environment `{}`", shown(node));
            self.problems.error(node, reason).hint(|| hint);
        }
        found
    }

    pub(super) fn segment(&mut self, node: &Node<'_>) -> Option<SegmentIx> {
        let name = text(node, "`segment`", self.problems)?;
        let found = self.names.segments.get(name).copied();
        if found.is_none() {
            let hints = self.problems.few();
            let known = self.declared.segments.iter().map(|s| s.name.as_str());
            let hint = hints.then(|| meant(name, known, "segments"));
            let reason = format!("there is no segment `{}`", shown(node));
            self.problems.error(node, reason).hint(|| hint);
        }
        found
    }

    /// An account by its alias or its id, or a partner by its name or id.
    pub(super) fn account(&mut self, node: &Node<'_>) -> Option<AccountIx> {
        let name = any_text(node, "`account`", self.problems)?;
        let by_id = self.names.accounts.get(name);
        let found = by_id.or_else(|| self.names.aliases.get(name)).copied();
        if found.is_none() {
            let hints = self.problems.few();
            let accounts = self.declared.accounts.iter();
            let known = accounts.flat_map(|a| [a.alias.as_str(), a.id.as_str()]);
            let hint = hints.then(|| meant(name, known, "accounts"));
            let reason = format!("there is no account `{}`", shown(node));
            self.problems.error(node, reason).hint(|| hint);
        }
        found
    }

    pub(super) fn trusted_network(&mut self, spot: Spot, name: &str) -> Option<TrustedIx> {
        let found = self.names.trusted.get(name).copied();
        if found.is_none() {
            let hints = self.problems.few();
            let known = self.declared.trusted.iter().map(|t| t.name.as_str());
            let hint = hints.then(|| meant(name, known, "trusted networks"));
            let shown = name.escape_debug();
            let reason = format!("there is no trusted network `{shown}`");
            self.problems.error(spot, reason).hint(|| hint);
        }
        found
    }

    /// A VPC by its id. It need not be declared: a network may be of it alone.
    pub(super) fn vpc(&mut self, node: &Node<'_>) -> Option<VpcIx> {
        let id = text(node, "`vpc`", self.problems)?;
        if !is_vpc_id(id) {
            let reason = format!("`{}` is no VPC id", shown(node));
            let hint = || Some("a VPC id is written `vpc-0a1b2c3d`".to_owned());
            self.problems.error(node, reason).hint(hint);
            return None;
        }
        Some(self.vpc_called(id))
    }

    /// A CIDR, the name of a trusted network, or `aws`.
    pub(super) fn network_ref(&mut self, node: &Node<'_>) -> Option<NetworkRef> {
        let written = text(node, "`networks`", self.problems)?;
        if written == "aws" {
            return Some(NetworkRef::Aws);
        }
        if written.contains(['/', ':']) || written.parse::<std::net::IpAddr>().is_ok() {
            return super::values::cidr(node, self.problems).map(NetworkRef::Cidr);
        }
        self.trusted_network(node.spot, written)
            .map(NetworkRef::Trusted)
    }
}

fn is_vpc_id(id: &str) -> bool {
    let hex = id.strip_prefix("vpc-").unwrap_or_default();
    (1..=32).contains(&hex.len()) && hex.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// The name that was probably meant, or all that there are.
pub(super) fn meant<'n>(
    name: &str,
    known: impl Iterator<Item = &'n str> + Clone,
    what: &str,
) -> String {
    match nearest(name, known.clone()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None if known.clone().next().is_none() => format!("the file declares no {what}"),
        None => format!("the {what} are {}", quoted(known)),
    }
}

/// Gives `name` the number `ix`; false if it has one.
pub(super) fn intern<T>(names: &mut ByName<T>, name: &str, ix: T) -> bool {
    let new = !names.contains_key(name);
    if new {
        names.insert(name.into(), ix);
    }
    new
}
