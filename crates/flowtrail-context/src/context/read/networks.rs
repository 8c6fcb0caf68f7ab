//! What addresses are.

use ipnet::IpNet;

use super::fields::{Fields, text_of, texts};
use super::{Reading, values};
use crate::context::model::{Network, Validity};
use crate::context::node::Node;

/// CIDRs of a file; an organisation with a thousand VPCs of a hundred subnets
/// has half of them.
const CIDRS_MAX: usize = 200_000;

const NETWORK: [&str; 8] = [
    "cidr",
    "cidrs",
    "environment",
    "segment",
    "vpc",
    "account",
    "from",
    "until",
];

impl Reading<'_, '_> {
    pub(super) fn networks(&mut self, file: Fields<'_, '_>) {
        let Some(node) = file.get("networks") else {
            return;
        };
        let mut count = 0;
        for item in self.entries(node, "`networks`", CIDRS_MAX) {
            let Some(network) = self.network(item) else {
                continue;
            };
            count += network.cidrs.len();
            if count > CIDRS_MAX {
                let reason = format!("`networks` has more than {CIDRS_MAX} CIDRs");
                self.problems
                    .error(item, reason)
                    .hint(|| Some("join networks that say the same to larger ones".to_owned()));
                return;
            }
            self.spots.networks.push(item.spot);
            self.declared.networks.push(network);
        }
    }

    fn network(&mut self, item: &Node<'_>) -> Option<Network> {
        let fields = Fields::of(item, "a network", &NETWORK, self.problems)?;
        let cidrs = self.cidrs(fields);
        let environment = fields.get("environment");
        let segment = fields.get("segment");
        if environment.is_none() && segment.is_none() {
            self.problems
                .error(item, "the network is said to be nothing")
                .hint(|| Some("give it an `environment`, a `segment` or both".to_owned()));
        }
        let spot = item.spot;
        Some(Network {
            cidrs,
            environment: environment.and_then(|n| self.environment(n)),
            segment: segment.and_then(|n| self.segment(n)),
            vpc: fields.get("vpc").and_then(|n| self.vpc(n)),
            account: fields.get("account").and_then(|n| self.account(n)),
            valid: self.validity(fields),
            line: spot.line,
        })
    }

    fn cidrs(&mut self, fields: Fields<'_, '_>) -> Vec<IpNet> {
        let one = fields.get("cidr");
        let many = fields.get("cidrs");
        if one.is_some() == many.is_some() {
            if fields.written("cidr").is_none() || many.is_some() {
                self.problems
                    .error(fields.node, "a network has either `cidr` or `cidrs`")
                    .hint(|| Some("write `cidr: 10.16.4.0/24`".to_owned()));
            }
            return Vec::new();
        }
        if let Some(one) = one {
            return values::cidr(one, self.problems).into_iter().collect();
        }
        let written = many.map(|n| texts(n, "`cidrs`", self.problems));
        let each = |(node, _): (&Node<'_>, &str)| values::cidr(node, self.problems);
        written.into_iter().flatten().filter_map(each).collect()
    }

    /// The span of `from` and `until`.
    pub(super) fn validity(&mut self, fields: Fields<'_, '_>) -> Validity {
        let mut at = |key| {
            let node = fields.get(key)?;
            values::instant(node, self.problems)
        };
        let valid = Validity {
            from: at("from"),
            until: at("until"),
        };
        if let (Some(from), Some(until), Some(node)) =
            (valid.from, valid.until, fields.get("until"))
            && from >= until
        {
            let written = text_of(node).unwrap_or_default().escape_debug();
            let reason = format!("`until: {written}` is not behind `from`");
            self.problems
                .error(node, reason)
                .hint(|| Some("`from` is in the span, `until` is not".to_owned()));
        }
        valid
    }
}
