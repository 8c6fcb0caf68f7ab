//! Environments, segments, accounts, partners, VPCs and trusted networks.

use super::fields::{Fields, shown, text, text_of, texts};
use super::lookup::intern;
use super::{ENTRIES_MAX, Reading, values};
use crate::context::model::{
    Account, AccountIx, EnvironmentIx, Segment, SegmentIx, Trusted, TrustedIx, Vpc, VpcIx,
};
use crate::context::node::{Node, Value};
use crate::nearest::edits;

/// Environments of a file that does not say.
const ENVIRONMENTS: [&str; 4] = ["production", "staging", "development", "shared"];

/// The segments that shipped rules speak of.
const KNOWN_SEGMENTS: [&str; 9] = [
    "application",
    "database",
    "graph_database",
    "ledger",
    "search",
    "bastion",
    "build",
    "load_balancer",
    "nat",
];

/// Environments of a file. Their number and that of segments bound the matrix.
const ENVIRONMENTS_MAX: usize = 250;
/// Segments of a file.
const SEGMENTS_MAX: usize = 2000;

const ACCOUNT: [&str; 4] = ["id", "alias", "environment", "owner"];
const PARTNER: [&str; 2] = ["id", "name"];
const VPC: [&str; 4] = ["id", "account", "environment", "segment"];
const TRUSTED: [&str; 2] = ["name", "cidrs"];

impl Reading<'_, '_> {
    pub(super) fn owners(&mut self, file: Fields<'_, '_>) {
        self.environments(file);
        self.segments(file);
        for item in self.section(file, "accounts") {
            self.account_entry(item);
        }
        for item in self.section(file, "partners") {
            self.partner_entry(item);
        }
    }

    /// The items of a section that is a list; none if it is not there.
    pub(super) fn section<'n, 't>(
        &mut self,
        file: Fields<'n, 't>,
        name: &'static str,
    ) -> &'n [Node<'t>] {
        let what = format!("`{name}`");
        file.get(name)
            .map_or(&[], |node| self.entries(node, &what, ENTRIES_MAX))
    }

    fn environments(&mut self, file: Fields<'_, '_>) {
        let Some(node) = file.get("environments") else {
            for name in ENVIRONMENTS {
                self.add_environment(name);
            }
            return;
        };
        for item in self.entries(node, "`environments`", ENVIRONMENTS_MAX) {
            let Some(name) = values::name(item, "an environment", self.problems) else {
                continue;
            };
            if !self.add_environment(name) {
                let reason = format!("environment `{name}` stands twice");
                self.problems.error(item, reason);
            }
        }
    }

    fn add_environment(&mut self, name: &str) -> bool {
        let ix = u16::try_from(self.declared.environments.len()).unwrap_or(u16::MAX);
        let new = intern(&mut self.names.environments, name, EnvironmentIx(ix));
        if new {
            self.declared.environments.push(name.to_owned());
        }
        new
    }

    fn segments(&mut self, file: Fields<'_, '_>) {
        let Some(node) = file.get("segments") else {
            return;
        };
        let Value::Map(entries) = &node.value else {
            let reason = format!("`segments` has to be a map, and this is {}", node.sort());
            self.problems
                .error(node, reason)
                .hint(|| Some("write `database: what it is` below it".to_owned()));
            return;
        };
        if let Some((beyond, _)) = entries.get(SEGMENTS_MAX) {
            let reason = format!("there are more than {SEGMENTS_MAX} segments");
            self.problems.error(beyond, reason);
        }
        for (key, about) in entries.iter().take(SEGMENTS_MAX) {
            self.segment_entry(key, about);
        }
        for (key, _) in entries.iter().take(SEGMENTS_MAX) {
            self.warn_of_near_name(key);
        }
    }

    fn segment_entry(&mut self, key: &Node<'_>, about: &Node<'_>) {
        let Some(name) = values::name(key, "a segment", self.problems) else {
            return;
        };
        let about = match &about.value {
            Value::Null => Some(""),
            Value::Text { .. } | Value::List(_) | Value::Map(_) => {
                text(about, "what a segment is", self.problems)
            }
        };
        let ix = u16::try_from(self.declared.segments.len()).unwrap_or(u16::MAX);
        if !intern(&mut self.names.segments, name, SegmentIx(ix)) {
            let reason = format!("segment `{name}` stands twice");
            self.problems.error(key, reason);
            return;
        }
        self.declared.segments.push(Segment {
            name: name.to_owned(),
            about: about.unwrap_or_default().to_owned(),
        });
    }

    /// A name beside one that shipped rules know: they would not see it.
    fn warn_of_near_name(&mut self, key: &Node<'_>) {
        let name = text_of(key).unwrap_or_default();
        let folded = name.to_ascii_lowercase().replace('-', "_");
        if KNOWN_SEGMENTS.contains(&name) {
            return;
        }
        let near = |known: &&&str| folded == **known || edits(&folded, known) == 1;
        if let Some(known) = KNOWN_SEGMENTS.iter().find(near)
            && !self.names.segments.contains_key(*known)
            && name.len() <= 64
        {
            let reason = format!("no shipped rule knows the segment `{}`", shown(key));
            let hint = || Some(format!("they know `{known}`"));
            self.problems.warn(key, reason).hint(hint);
        }
    }

    fn account_entry(&mut self, item: &Node<'_>) {
        let Some(fields) = Fields::of(item, "an account", &ACCOUNT, self.problems) else {
            return;
        };
        let id = fields.need("id", "write `id: \"111122223333\"`", self.problems);
        let id = id.and_then(|n| Some((n, values::account_id(n, self.problems)?)));
        let alias = fields.need("alias", "give the account a short name", self.problems);
        let alias = alias.and_then(|n| Some((n, values::name(n, "an alias", self.problems)?)));
        let environment = fields.get("environment").and_then(|n| self.environment(n));
        let owner = fields.get("owner");
        let owner = owner.and_then(|n| text(n, "`owner`", self.problems));
        let (Some(id), Some(alias)) = (id, alias) else {
            return;
        };
        let account = Account {
            id: id.1.to_owned(),
            alias: alias.1.to_owned(),
            environment,
            owner: owner.map(str::to_owned),
            partner: false,
        };
        self.add_account(account, id.0, alias.0);
    }

    fn partner_entry(&mut self, item: &Node<'_>) {
        let Some(fields) = Fields::of(item, "a partner", &PARTNER, self.problems) else {
            return;
        };
        let id = fields.need("id", "write `id: \"999900001111\"`", self.problems);
        let id = id.and_then(|n| Some((n, values::account_id(n, self.problems)?)));
        let name = fields.need("name", "say whose account it is", self.problems);
        let name = name.and_then(|n| Some((n, text(n, "`name`", self.problems)?)));
        let (Some(id), Some(name)) = (id, name) else {
            return;
        };
        let account = Account {
            id: id.1.to_owned(),
            alias: name.1.to_owned(),
            environment: None,
            owner: None,
            partner: true,
        };
        self.add_account(account, id.0, name.0);
    }

    fn add_account(&mut self, account: Account, id: &Node<'_>, alias: &Node<'_>) {
        let ix = u32::try_from(self.declared.accounts.len()).unwrap_or(u32::MAX);
        let ix = AccountIx(ix);
        if !intern(&mut self.names.accounts, &account.id, ix) {
            let reason = format!("account `{}` stands twice", account.id);
            self.problems.error(id, reason);
            return;
        }
        // A partner has as many accounts as it likes under one name.
        let same = self.names.aliases.get(account.alias.as_str()).copied();
        let both_partners = same.is_some_and(|other| {
            let other = self.declared.accounts.get(other.index());
            account.partner && other.is_some_and(|o| o.partner)
        });
        if !intern(&mut self.names.aliases, &account.alias, ix) && !both_partners {
            let reason = format!("two accounts are called `{}`", shown(alias));
            self.problems.error(alias, reason);
        }
        self.declared.accounts.push(account);
    }

    pub(super) fn vpcs(&mut self, file: Fields<'_, '_>) {
        for item in self.section(file, "vpcs") {
            let Some(fields) = Fields::of(item, "a VPC", &VPC, self.problems) else {
                continue;
            };
            let node = fields.need("id", "write `id: vpc-0a1b2c3d`", self.problems);
            let before = self.declared.vpcs.len();
            let ix = node.and_then(|n| self.vpc(n));
            let account = fields.get("account").and_then(|n| self.account(n));
            let environment = fields.get("environment").and_then(|n| self.environment(n));
            let segment = fields.get("segment").and_then(|n| self.segment(n));
            let (Some(node), Some(ix)) = (node, ix) else {
                continue;
            };
            if ix.index() < before {
                let reason = format!("VPC `{}` stands twice", shown(node));
                self.problems.error(node, reason);
            }
            if let Some(vpc) = self.declared.vpcs.get_mut(ix.index()) {
                (vpc.account, vpc.environment, vpc.segment) = (account, environment, segment);
            }
        }
    }

    /// The VPC of this id, added if it is new.
    pub(super) fn vpc_called(&mut self, id: &str) -> VpcIx {
        let ix = u32::try_from(self.declared.vpcs.len()).unwrap_or(u32::MAX);
        if intern(&mut self.names.vpcs, id, VpcIx(ix)) {
            self.declared.vpcs.push(Vpc {
                id: id.to_owned(),
                account: None,
                environment: None,
                segment: None,
            });
        }
        self.names.vpcs.get(id).copied().unwrap_or(VpcIx(ix))
    }

    pub(super) fn trusted(&mut self, file: Fields<'_, '_>) {
        for item in self.section(file, "trusted") {
            let Some(fields) = Fields::of(item, "a trusted network", &TRUSTED, self.problems)
            else {
                continue;
            };
            let node = fields.need("name", "give the network a name", self.problems);
            let name = node.and_then(|n| values::name(n, "a name", self.problems));
            let cidrs = fields.need("cidrs", "write `cidrs: [198.51.100.0/24]`", self.problems);
            let cidrs = cidrs.map(|n| texts(n, "`cidrs`", self.problems));
            let cidrs: Vec<_> = cidrs.unwrap_or_default();
            let each = |(node, _): &(&Node<'_>, &str)| values::cidr(node, self.problems);
            let cidrs = cidrs.iter().filter_map(each).collect();
            let (Some(node), Some(name)) = (node, name) else {
                continue;
            };
            let ix = u32::try_from(self.declared.trusted.len()).unwrap_or(u32::MAX);
            if !intern(&mut self.names.trusted, name, TrustedIx(ix)) {
                let reason = format!("two trusted networks are called `{name}`");
                self.problems.error(node, reason);
                continue;
            }
            self.spots.trusted.push(item.spot);
            let name = name.to_owned();
            self.declared.trusted.push(Trusted { name, cidrs });
        }
    }
}
