//! Who a caller is: a principal and a network together.

use std::net::IpAddr;

use ipnet::IpNet;

use super::Context;
use super::glob::takes;
use super::model::{Declared, NetworkRef};
use super::ranges::Ranges;

/// Where a call came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A service of AWS.
    Aws,
    Address(IpAddr),
}

/// Places as they are asked: the addresses as ranges, and whether AWS counts.
#[derive(Debug, Clone, Default)]
pub(super) struct Places {
    ranges: Ranges,
    aws: bool,
}

impl Places {
    pub(super) fn new(refs: &[NetworkRef], declared: &Declared) -> Self {
        let mut cidrs: Vec<IpNet> = Vec::new();
        for network in refs {
            match network {
                NetworkRef::Aws => {}
                NetworkRef::Cidr(cidr) => cidrs.push(*cidr),
                NetworkRef::Trusted(ix) => {
                    let trusted = declared.trusted.get(ix.index());
                    cidrs.extend(trusted.iter().flat_map(|t| &t.cidrs));
                }
            }
        }
        Self {
            ranges: Ranges::new(cidrs.into_iter().map(|cidr| (cidr, 0))),
            aws: refs.contains(&NetworkRef::Aws),
        }
    }

    fn hold(&self, origin: Origin) -> bool {
        match origin {
            Origin::Aws => self.aws,
            Origin::Address(address) => self.ranges.longest(address).is_some(),
        }
    }
}

/// The callers of a file.
#[derive(Debug, Clone, Default)]
pub(super) struct Callers(Vec<Places>);

impl Callers {
    pub(super) fn new(declared: &Declared) -> Self {
        let places = |c: &super::Caller| Places::new(&c.networks, declared);
        Self(declared.callers.iter().map(places).collect())
    }
}

impl Context {
    /// Whether some caller is to be expected at `origin`: it is asked before
    /// the principal is put together.
    pub(crate) fn has_caller_at(&self, origin: Origin) -> bool {
        self.callers.0.iter().any(|places| places.hold(origin))
    }

    /// The first caller of the file that `principal`, seen at `origin`, is.
    pub(crate) fn caller(&self, principal: &[u8], origin: Origin) -> Option<&super::Caller> {
        let mut callers = self.declared.callers.iter().zip(&self.callers.0);
        let is = |(caller, places): &(&super::Caller, &Places)| {
            let globs = &caller.principals;
            places.hold(origin) && globs.iter().any(|g| takes(g.as_bytes(), principal))
        };
        callers.find(is).map(|(caller, _)| caller)
    }
}
