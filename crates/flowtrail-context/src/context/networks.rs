//! Addresses to what the file says of them.
//!
//! The longest prefix that says an environment gives the environment, the
//! longest that says a segment gives the segment: `10.16.0.0/16` may be
//! production and `10.16.4.0/24` in it the database. Among entries of one
//! prefix those of the VPC come before those of the account before those of
//! neither. Where nothing depends on scope and time, which is nearly always,
//! the answer of a prefix is worked out beforehand.

use std::net::IpAddr;

use flowtrail_event::EventTime;
use ipnet::IpNet;

use super::model::{AccountIx, Declared, EnvironmentIx, SegmentIx, Validity, VpcIx};
use super::ranges::Ranges;

/// The innermost prefixes are asked first, then those around them.
#[derive(Debug, Clone, Default)]
pub(super) struct Networks {
    ranges: Ranges,
    prefixes: Vec<Prefix>,
    says: Vec<Say>,
}

/// One prefix with all entries for it.
#[derive(Debug, Clone, Copy)]
struct Prefix {
    first: u32,
    count: u32,
    /// The next prefix around it.
    outer: Option<u32>,
    /// The answer, if it depends on nothing but the address.
    settled: Option<Found>,
}

/// One entry for one prefix.
#[derive(Debug, Clone, Copy)]
struct Say {
    environment: Option<EnvironmentIx>,
    segment: Option<SegmentIx>,
    vpc: Option<VpcIx>,
    /// The account that the entry names, else that of its VPC.
    account: Option<AccountIx>,
    valid: Validity,
}

/// The scope of an address, resolved.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Within {
    pub(super) vpc: Option<VpcIx>,
    pub(super) account: Option<AccountIx>,
}

/// What the networks say of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) environment: Option<EnvironmentIx>,
    pub(super) segment: Option<SegmentIx>,
    /// The VPC and the account of the innermost entry that was used.
    pub(super) vpc: Option<VpcIx>,
    pub(super) account: Option<AccountIx>,
    /// Whether entries contradict each other and nothing could be taken.
    pub(super) ambiguous: bool,
}

impl Found {
    const NOTHING: Self = Self {
        environment: None,
        segment: None,
        vpc: None,
        account: None,
        ambiguous: false,
    };
}

/// How well an entry fits a record; of one prefix the best fit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// Possible, as far as the record shows.
    Possible,
    /// It names neither VPC nor account.
    Everywhere,
    Account,
    Vpc,
}

impl Networks {
    pub(super) fn new(declared: &Declared) -> Self {
        let mut entries: Vec<(IpNet, Say)> = Vec::new();
        for network in &declared.networks {
            let vpc = network.vpc.and_then(|ix| declared.vpcs.get(ix.index()));
            let say = Say {
                environment: network.environment,
                segment: network.segment,
                vpc: network.vpc,
                account: network.account.or(vpc.and_then(|v| v.account)),
                valid: network.valid,
            };
            entries.extend(network.cidrs.iter().map(|cidr| (*cidr, say)));
        }
        // Stable, so that equal prefixes keep the order of the file.
        entries.sort_by_key(|(cidr, _)| *cidr);
        let mut table = Self::default();
        let mut cidrs: Vec<IpNet> = Vec::new();
        for (cidr, say) in entries {
            if cidrs.last() != Some(&cidr) {
                cidrs.push(cidr);
                table.prefixes.push(Prefix {
                    first: u32::try_from(table.says.len()).unwrap_or(u32::MAX),
                    count: 0,
                    outer: None,
                    settled: None,
                });
            }
            if let Some(prefix) = table.prefixes.last_mut() {
                prefix.count += 1;
            }
            table.says.push(say);
        }
        table.settle(&cidrs);
        table.ranges = Ranges::new(cidrs.into_iter().zip(0..));
        table
    }

    /// Finds the prefix around each, and the answers that depend on nothing.
    /// The order is that of the addresses, outer prefixes first.
    fn settle(&mut self, cidrs: &[IpNet]) {
        let mut around: Vec<(IpNet, u32)> = Vec::new();
        for (ix, cidr) in (0_u32..).zip(cidrs) {
            while around
                .last()
                .is_some_and(|(outer, _)| !outer.contains(cidr))
            {
                around.pop();
            }
            let outer = around.last().map(|(_, ix)| *ix);
            around.push((*cidr, ix));
            let outside = outer.and_then(|ix| self.prefixes.get(ix as usize).copied());
            let outside = outside.map_or(Some(Found::NOTHING), |p| p.settled);
            let Some(prefix) = self.prefixes.get_mut(ix as usize) else {
                continue;
            };
            prefix.outer = outer;
            let prefix = *prefix;
            let settled = match (self.says(prefix), outside) {
                ([only], Some(outside)) if only.is_everywhere() && !only.valid.is_limited() => {
                    Some(Found {
                        environment: only.environment.or(outside.environment),
                        segment: only.segment.or(outside.segment),
                        ..Found::NOTHING
                    })
                }
                _ => None,
            };
            if let Some(prefix) = self.prefixes.get_mut(ix as usize) {
                prefix.settled = settled;
            }
        }
    }

    /// What the networks say of `address`. `near` says that it is an address of
    /// the scope; a far one may be anywhere.
    #[inline]
    pub(super) fn find(
        &self,
        address: IpAddr,
        scope: Within,
        near: bool,
        at: Option<EventTime>,
    ) -> Option<Found> {
        let prefix = *self.prefixes.get(self.ranges.longest(address)? as usize)?;
        let found = match prefix.settled {
            Some(found) => found,
            None => self.ask(prefix, scope, near, at),
        };
        let says = found.environment.is_some() || found.segment.is_some() || found.ambiguous;
        says.then_some(found)
    }

    /// Asks one prefix after the other, from the inside out.
    fn ask(&self, inner: Prefix, mut scope: Within, near: bool, at: Option<EventTime>) -> Found {
        // A VPC routes its own addresses to itself, so the far end lies in the
        // same VPC where an entry of that VPC has the address.
        let mut near = near || scope.vpc.is_some_and(|vpc| self.names_vpc(inner, vpc, at));
        let mut found = Found::NOTHING;
        let mut prefix = Some(inner);
        while let Some(here) = prefix {
            match self.best(here, scope, near, at) {
                Best::None => {}
                Best::Clash => {
                    found.ambiguous = found.environment.is_none() && found.segment.is_none();
                    return found;
                }
                Best::One(say) => {
                    found.environment = found.environment.or(say.environment);
                    found.segment = found.segment.or(say.segment);
                    found.account = found.account.or(say.account);
                    if let Some(vpc) = say.vpc {
                        // Now it is known where the address lies.
                        found.vpc = Some(vpc);
                        scope = Within {
                            vpc: Some(vpc),
                            account: say.account,
                        };
                        near = true;
                    }
                }
            }
            if found.environment.is_some() && found.segment.is_some() {
                break;
            }
            prefix = here
                .outer
                .and_then(|ix| self.prefixes.get(ix as usize).copied());
        }
        found
    }

    fn names_vpc(&self, inner: Prefix, vpc: VpcIx, at: Option<EventTime>) -> bool {
        let mut prefix = Some(inner);
        while let Some(here) = prefix {
            let fits = |s: &Say| s.vpc == Some(vpc) && s.valid.covers(at);
            if self.says(here).iter().any(fits) {
                return true;
            }
            prefix = here
                .outer
                .and_then(|ix| self.prefixes.get(ix as usize).copied());
        }
        false
    }

    /// The entry of one prefix that fits best.
    fn best(&self, prefix: Prefix, scope: Within, near: bool, at: Option<EventTime>) -> Best {
        let mut best: Option<(Fit, Say)> = None;
        let mut clash = false;
        for say in self.says(prefix).iter().filter(|s| s.valid.covers(at)) {
            let Some(fit) = say.fit(scope, near) else {
                continue;
            };
            match best {
                Some((kept, _)) if fit < kept => {}
                Some((kept, other)) if fit == kept => clash |= !say.agrees(&other),
                Some(_) | None => {
                    best = Some((fit, *say));
                    clash = false;
                }
            }
        }
        match best {
            None => Best::None,
            Some(_) if clash => Best::Clash,
            Some((_, say)) => Best::One(say),
        }
    }

    fn says(&self, prefix: Prefix) -> &[Say] {
        let first = prefix.first as usize;
        let end = first + prefix.count as usize;
        self.says.get(first..end).unwrap_or_default()
    }
}

enum Best {
    None,
    /// Several that fit as well say different things.
    Clash,
    One(Say),
}

impl Say {
    const fn is_everywhere(&self) -> bool {
        self.vpc.is_none() && self.account.is_none()
    }

    fn agrees(&self, other: &Self) -> bool {
        self.environment == other.environment && self.segment == other.segment
    }

    /// How well the entry fits, `None` if it cannot be meant.
    fn fit(&self, scope: Within, near: bool) -> Option<Fit> {
        if near {
            self.fit_near(scope)
        } else {
            Some(self.fit_far(scope))
        }
    }

    /// The address is one of the scope: what is of another is not meant.
    fn fit_near(&self, scope: Within) -> Option<Fit> {
        if let (Some(own), Some(seen)) = (self.vpc, scope.vpc) {
            return (own == seen).then_some(Fit::Vpc);
        }
        match (self.account, scope.account) {
            (Some(own), Some(seen)) => (own == seen).then_some(Fit::Account),
            (Some(_), None) => Some(Fit::Possible),
            (None, _) if self.vpc.is_some() => Some(Fit::Possible),
            (None, _) => Some(Fit::Everywhere),
        }
    }

    fn fit_far(&self, scope: Within) -> Fit {
        match (self.vpc, self.account) {
            // Without a VPC in the record its account stands for it.
            (Some(_), Some(own)) if scope.vpc.is_none() && Some(own) == scope.account => {
                Fit::Account
            }
            (Some(_), _) => Fit::Possible,
            (None, Some(own)) if Some(own) == scope.account => Fit::Account,
            (None, Some(_)) => Fit::Possible,
            (None, None) => Fit::Everywhere,
        }
    }
}
