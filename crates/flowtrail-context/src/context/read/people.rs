//! Callers that have a part, and suppressions.

use std::collections::BTreeSet;

use super::fields::{Fields, quoted, shown, text, texts};
use super::lookup::meant;
use super::{Reading, values};
use crate::context::model::{AccountIx, Caller, NetworkRef, PARTS, Suppression};
use crate::context::node::Node;

const CALLER: [&str; 4] = ["name", "part", "principals", "networks"];

const SUPPRESSION: [&str; 11] = [
    "id",
    "rules",
    "principals",
    "networks",
    "resources",
    "accounts",
    "from",
    "until",
    "owner",
    "reason",
    "expires",
];

/// Items of one list of a caller or a suppression.
const ITEMS_MAX: usize = 10_000;

impl Reading<'_, '_> {
    pub(super) fn people(&mut self, file: Fields<'_, '_>) {
        let mut names = BTreeSet::new();
        for item in self.section(file, "callers") {
            if let Some(caller) = self.caller(item, &mut names) {
                self.declared.callers.push(caller);
            }
        }
        let mut ids = BTreeSet::new();
        for item in self.section(file, "suppressions") {
            if let Some(suppression) = self.suppression(item, &mut ids) {
                self.declared.suppressions.push(suppression);
            }
        }
    }

    fn caller(&mut self, item: &Node<'_>, names: &mut BTreeSet<String>) -> Option<Caller> {
        let fields = Fields::of(item, "a caller", &CALLER, self.problems)?;
        let name = self.unique(fields, "name", names);
        let part = fields.need("part", "say what it does: `part: pipeline`", self.problems);
        let part = part.and_then(|n| self.part(n));
        let hint = "a part takes a principal and a network: write `principals: [\"arn:aws:iam::*:role/deploy-*\"]`";
        let principals = fields.need("principals", hint, self.problems);
        let principals = principals.map(|n| self.globs(n, "`principals`"));
        let hint = "a part takes a principal and a network: write `networks: [10.0.0.0/8]`";
        let networks = fields.need("networks", hint, self.problems);
        let networks = networks.map(|n| (n, self.network_refs(n)));
        let principals = principals.unwrap_or_default();
        if principals.iter().any(|p| is_everything(p)) {
            self.unbounded(fields, "principals");
        }
        if networks
            .iter()
            .any(|(_, refs)| refs.iter().any(is_everywhere))
        {
            self.unbounded(fields, "networks");
        }
        Some(Caller {
            name: name?,
            part: part?,
            principals,
            networks: networks.map(|(_, refs)| refs).unwrap_or_default(),
        })
    }

    fn unbounded(&mut self, fields: Fields<'_, '_>, key: &str) {
        let at = fields.get(key).unwrap_or(fields.node);
        let reason = format!("`{key}` takes everything");
        self.problems
            .error(at, reason)
            .hint(|| Some("a caller is known by a principal and a network together".to_owned()));
    }

    fn part(&mut self, node: &Node<'_>) -> Option<String> {
        let part = text(node, "`part`", self.problems)?;
        if PARTS.contains(&part) {
            return Some(part.to_owned());
        }
        let reason = format!("there is no part `{}`", shown(node));
        let hint = meant(part, PARTS.into_iter(), "parts");
        self.problems.error(node, reason).hint(|| Some(hint));
        None
    }

    /// A name that nothing else of its sort has.
    fn unique(
        &mut self,
        fields: Fields<'_, '_>,
        key: &'static str,
        seen: &mut BTreeSet<String>,
    ) -> Option<String> {
        let node = fields.need(key, "give it a name", self.problems)?;
        let name = values::name(node, "a name", self.problems)?;
        if !seen.insert(name.to_owned()) {
            self.problems
                .error(node, format!("`{name}` stands twice"))
                .hint(|| Some("reports count by this name, so it has to be one's own".to_owned()));
            return None;
        }
        Some(name.to_owned())
    }

    fn globs(&mut self, node: &Node<'_>, what: &str) -> Vec<String> {
        let globs = texts(node, what, self.problems);
        let globs: Vec<_> = globs
            .into_iter()
            .filter(|(node, _)| text(node, what, self.problems).is_some())
            .collect();
        if globs.len() > ITEMS_MAX {
            let reason = format!("{what} has more than {ITEMS_MAX} entries");
            self.problems.error(node, reason);
            return Vec::new();
        }
        globs.into_iter().map(|(_, glob)| glob.to_owned()).collect()
    }

    fn network_refs(&mut self, node: &Node<'_>) -> Vec<NetworkRef> {
        let written = texts(node, "`networks`", self.problems);
        if written.len() > ITEMS_MAX {
            let reason = format!("`networks` has more than {ITEMS_MAX} entries");
            self.problems.error(node, reason);
            return Vec::new();
        }
        let each = |(node, _): (&Node<'_>, &str)| self.network_ref(node);
        written.into_iter().filter_map(each).collect()
    }

    fn suppression(&mut self, item: &Node<'_>, ids: &mut BTreeSet<String>) -> Option<Suppression> {
        let fields = Fields::of(item, "a suppression", &SUPPRESSION, self.problems)?;
        let id = self.unique(fields, "id", ids);
        let mut globs = |key: &'static str| {
            let node = fields.get(key);
            node.map(|n| self.globs(n, &format!("`{key}`")))
                .unwrap_or_default()
        };
        let (rules, principals) = (globs("rules"), globs("principals"));
        let resources = globs("resources");
        let networks = fields.get("networks");
        let networks = networks.map(|n| self.network_refs(n)).unwrap_or_default();
        self.no_aws(fields, &networks);
        let accounts = self.account_list(fields);
        let valid = self.validity(fields);
        let mut said = |key, hint| {
            let node = fields.need(key, hint, self.problems)?;
            text(node, &format!("`{key}`"), self.problems).map(str::to_owned)
        };
        let owner = said("owner", "say who answers for it: `owner: secops`");
        let reason = said("reason", "say why: `reason: the quarterly test`");
        let hint = "say when it ends: `expires: 2026-12-31`";
        let expires = fields.need("expires", hint, self.problems);
        let expires = expires.and_then(|n| values::expiry(n, self.problems));
        self.scope(fields);
        Some(Suppression {
            id: id?,
            rules,
            principals,
            networks,
            resources,
            accounts,
            valid,
            owner: owner?,
            reason: reason?,
            expires: expires?,
            line: item.spot.line,
        })
    }

    fn account_list(&mut self, fields: Fields<'_, '_>) -> Vec<AccountIx> {
        let Some(node) = fields.get("accounts") else {
            return Vec::new();
        };
        let written = texts(node, "`accounts`", self.problems);
        let each = |(node, _): (&Node<'_>, &str)| self.account(node);
        written.into_iter().filter_map(each).collect()
    }

    /// A suppression knows addresses, and no services.
    fn no_aws(&mut self, fields: Fields<'_, '_>, networks: &[NetworkRef]) {
        if networks.contains(&NetworkRef::Aws) {
            let at = fields.get("networks").unwrap_or(fields.node);
            self.problems
                .error(at, "`aws` is no network of a suppression")
                .hint(|| Some("name the principal instead".to_owned()));
        }
    }

    /// A suppression without bounds hides everything.
    fn scope(&mut self, fields: Fields<'_, '_>) {
        const SCOPES: [&str; 5] = ["rules", "principals", "networks", "resources", "accounts"];
        let given: Vec<&str> = SCOPES
            .into_iter()
            .filter(|key| fields.written(key).is_some())
            .collect();
        if given.is_empty() {
            let hint = || {
                Some(format!(
                    "name at least one of {}",
                    quoted(SCOPES.into_iter())
                ))
            };
            self.problems
                .error(fields.node, "the suppression hides every finding")
                .hint(hint);
            return;
        }
        let all = |key: &&str| {
            let node = fields.get(key);
            let items = node.map(super::fields::items_or_one).unwrap_or_default();
            items
                .iter()
                .any(|i| super::fields::text_of(i).is_some_and(is_everything_or_everywhere))
        };
        if given.iter().all(all) {
            self.problems
                .error(fields.node, "the suppression hides every finding")
                .hint(|| Some("`*` bounds nothing; name what is meant".to_owned()));
        }
    }
}

/// Whether a glob takes every text that is not empty.
fn is_everything(glob: &str) -> bool {
    glob.contains('*') && glob.bytes().all(|b| matches!(b, b'*' | b'?'))
}

fn is_everything_or_everywhere(written: &str) -> bool {
    is_everything(written) || matches!(written, "0.0.0.0/0" | "::/0")
}

fn is_everywhere(network: &NetworkRef) -> bool {
    matches!(network, NetworkRef::Cidr(cidr) if cidr.prefix_len() == 0)
}
