//! The context file: what an operator knows of accounts, networks and callers.

mod callers;
mod check;
mod glob;
mod matrix;
#[cfg(test)]
mod mistakes;
mod model;
#[cfg(test)]
mod naive;
mod names;
mod networks;
mod node;
mod place;
mod ports;
mod problem;
mod ranges;
mod read;
mod show;
mod suppress;
#[cfg(test)]
pub(crate) mod tests;

use std::net::IpAddr;

use flowtrail_event::EventTime;
use sha2::{Digest as _, Sha256};

use crate::derived::{is_account_id, is_internet};
pub(crate) use callers::Origin;

use callers::Callers;
use matrix::Matrix;
use names::Names;
use networks::{Networks, Within};
use node::read;
use ports::ServiceNumber;
use problem::Problems;
use ranges::Ranges;
use read::Reading;

pub use matrix::Decision;
pub use model::{
    Account, AccountIx, Caller, Declared, End, Entry, EnvironmentIx, Network, NetworkRef, PARTS,
    Ports, Segment, SegmentIx, Suppression, Transport, Trusted, TrustedIx, Validity, Verdict, Vpc,
    VpcIx,
};
pub use place::{Place, Scope, Standing};
pub use problem::{Problem, Severity};
pub use suppress::{Subject, Trace};

/// The JSON schema of the file, draft 2020-12.
const SCHEMA: &str = include_str!("../../context.schema.json");

/// Days after which an access key has to be a new one, where a file says nothing.
const KEY_ROTATION_DAYS: u16 = 90;

/// A context file that was found right, ready to be asked. It is made once and
/// shared; asking changes nothing and allocates nothing.
#[derive(Debug, Clone)]
pub struct Context {
    file: String,
    version: String,
    declared: Declared,
    names: Names,
    networks: Networks,
    trusted: Ranges,
    matrix: Matrix,
    callers: Callers,
}

/// How much a file declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    /// Environments.
    pub environments: usize,
    /// Segments.
    pub segments: usize,
    /// Accounts of the organisation.
    pub accounts: usize,
    /// Accounts of partners.
    pub partners: usize,
    /// Entries of `networks`.
    pub networks: usize,
    /// CIDRs of these entries.
    pub cidrs: usize,
    /// VPCs that the file names.
    pub vpcs: usize,
    /// Trusted networks.
    pub trusted: usize,
    /// Entries of the matrix.
    pub matrix: usize,
    /// Callers.
    pub callers: usize,
    /// Regions.
    pub regions: usize,
    /// Suppressions, expired ones included.
    pub suppressions: usize,
}

impl Context {
    /// Parses the text of a context file. `file` is its name in problems.
    ///
    /// # Errors
    /// Everything that is wrong with it, in the order of the file, warnings
    /// included. Beside a context there are only warnings.
    pub fn parse(file: &str, text: &str) -> Result<(Self, Vec<Problem>), Vec<Problem>> {
        let mut problems = Problems::new(file);
        let Some(root) = read(text, &mut problems) else {
            return Err(problems.into_list());
        };
        let reading = Reading::of(&root, &mut problems);
        check::whole(reading.problems, &reading.declared, &reading.spots);
        let (declared, names) = (reading.declared, reading.names);
        if problems.refused() {
            return Err(problems.into_list());
        }
        let context = Self::new(file, text, declared, names);
        Ok((context, problems.into_list()))
    }

    fn new(file: &str, text: &str, declared: Declared, names: Names) -> Self {
        let trusted = (0..).zip(&declared.trusted);
        let trusted = trusted.flat_map(|(ix, t)| t.cidrs.iter().map(move |cidr| (*cidr, ix)));
        Self {
            file: file.to_owned(),
            version: version(text),
            networks: Networks::new(&declared),
            trusted: Ranges::new(trusted),
            matrix: Matrix::new(&declared),
            callers: Callers::new(&declared),
            declared,
            names,
        }
    }

    /// The JSON schema of the file, draft 2020-12.
    #[must_use]
    pub const fn schema() -> &'static str {
        SCHEMA
    }

    /// The first 12 hexadecimal digits of the SHA-256 of the text.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The file, as it was named when parsed.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// What the file declares.
    #[must_use]
    pub const fn declared(&self) -> &Declared {
        &self.declared
    }

    /// Days after which an access key has to be a new one; 90 where the file
    /// does not say.
    #[must_use]
    pub fn key_rotation_days(&self) -> u16 {
        self.declared.key_rotation_days.unwrap_or(KEY_ROTATION_DAYS)
    }

    /// How much the file declares.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let d = &self.declared;
        let partners = d.accounts.iter().filter(|a| a.partner).count();
        Summary {
            environments: d.environments.len(),
            segments: d.segments.len(),
            accounts: d.accounts.len() - partners,
            partners,
            networks: d.networks.len(),
            cidrs: d.networks.iter().map(|n| n.cidrs.len()).sum(),
            vpcs: d.vpcs.len(),
            trusted: d.trusted.len(),
            matrix: d.matrix.len(),
            callers: d.callers.len(),
            regions: d.regions.as_ref().map_or(0, Vec::len),
            suppressions: d.suppressions.len(),
        }
    }

    /// What `address` is at the time `at`, seen in `scope`. `near` says that it
    /// is an address of that VPC and account, as that of the interface which a
    /// flow record is about; a far one may lie anywhere.
    #[must_use]
    pub fn endpoint(
        &self,
        address: IpAddr,
        scope: Scope<'_>,
        near: bool,
        at: Option<EventTime>,
    ) -> Place {
        let scope = self.within(scope);
        let found = self.networks.find(address, scope, near, at);
        if found.is_some_and(|f| f.ambiguous) {
            return Place::bare(Standing::Ambiguous);
        }
        let home = if near {
            scope
        } else {
            found.map_or_else(Within::default, |f| Within {
                vpc: f.vpc,
                account: f.account,
            })
        };
        let vpc = home.vpc.and_then(|ix| self.declared.vpcs.get(ix.index()));
        let account = home.account.or_else(|| vpc?.account);
        let owner = account.and_then(|ix| self.declared.accounts.get(ix.index()));
        let environment = found.and_then(|f| f.environment);
        let environment = environment
            .or(vpc.and_then(|v| v.environment))
            .or(owner.and_then(|o| o.environment));
        let segment = found.and_then(|f| f.segment);
        let segment = segment.or(vpc.and_then(|v| v.segment));
        let standing = if environment.is_some() || segment.is_some() {
            Standing::Inside
        } else {
            self.outside(address)
        };
        Place {
            environment,
            segment,
            account: account.filter(|ix| *ix != AccountIx::OTHER),
            standing,
        }
    }

    /// The sort of an address that is in no network.
    fn outside(&self, address: IpAddr) -> Standing {
        let public = is_internet(address);
        match self.trusted.longest(address) {
            Some(ix) => Standing::Trusted {
                network: TrustedIx(ix),
                public,
            },
            None if public => Standing::Internet,
            None => Standing::Private,
        }
    }

    /// The scope in numbers. A VPC or an account that the file does not name is
    /// another one than all that it names, which is not the same as none.
    fn within(&self, scope: Scope<'_>) -> Within {
        let vpc = |id| self.names.vpc(id).unwrap_or(VpcIx::OTHER);
        let vpc = scope.vpc.map(vpc);
        // Interfaces of some services have the account `unknown`.
        let account = scope.account.filter(|id| is_account_id(id));
        let account = account.map(|id| self.names.account(id).unwrap_or(AccountIx::OTHER));
        let owner = || self.declared.vpcs.get(vpc?.index())?.account;
        Within {
            vpc,
            account: account.or_else(owner),
        }
    }

    /// What the account with this id is. `None` if the file does not name it.
    #[must_use]
    pub fn account(&self, id: &[u8]) -> Option<Place> {
        let ix = self.names.account(id)?;
        let account = self.declared.accounts.get(ix.index())?;
        Some(Place {
            environment: account.environment,
            segment: None,
            account: Some(ix),
            standing: Standing::Inside,
        })
    }

    /// The name of the place's environment.
    #[must_use]
    pub fn environment_name(&self, place: &Place) -> Option<&str> {
        let name = self.declared.environments.get(place.environment?.index())?;
        Some(name)
    }

    /// The name of the place's segment.
    #[must_use]
    pub fn segment_name(&self, place: &Place) -> Option<&str> {
        let segment = self.declared.segments.get(place.segment?.index())?;
        Some(&segment.name)
    }

    /// The alias of the place's account, or the name of the partner.
    #[must_use]
    pub fn account_name(&self, place: &Place) -> Option<&str> {
        let account = self.declared.accounts.get(place.account?.index())?;
        Some(&account.alias)
    }

    /// The place for a person: `production/database`, `*/database`, `trusted:office`, `internet`,
    /// `private`, `ambiguous`.
    #[must_use]
    pub fn place_name(&self, place: &Place) -> String {
        match place.standing {
            Standing::Inside => match (self.environment_name(place), self.segment_name(place)) {
                (Some(e), Some(s)) => format!("{e}/{s}"),
                (Some(e), None) => e.to_owned(),
                (None, Some(s)) => format!("*/{s}"),
                (None, None) => self.account_name(place).unwrap_or("inside").to_owned(),
            },
            Standing::Trusted { network, .. } => {
                let trusted = self.declared.trusted.get(network.index());
                let name = trusted.map_or("", |t| t.name.as_str());
                format!("trusted:{name}")
            }
            Standing::Internet => "internet".to_owned(),
            Standing::Private => "private".to_owned(),
            Standing::Ambiguous => "ambiguous".to_owned(),
        }
    }

    /// What the matrix says of a connection that `from` opens to `port` of `to`.
    /// The port counts for TCP (6) and UDP (17) only. `None` where the matrix
    /// cannot speak of it: an end is private and undeclared or ambiguous, or it
    /// is outside and no entry speaks of the outside, or there is no matrix.
    #[must_use]
    pub fn verdict(&self, from: &Place, to: &Place, protocol: u8, port: u16) -> Option<Decision> {
        let service = ServiceNumber::new(protocol, port);
        self.matrix.decide(from, to, service)
    }

    /// Whether the file expects anything to happen in the region. `None` if it
    /// names no regions.
    #[must_use]
    pub fn expects_region(&self, region: &[u8]) -> Option<bool> {
        let regions = self.declared.regions.as_ref()?;
        Some(regions.iter().any(|r| r.as_bytes() == region))
    }
}

fn version(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    let six = digest.iter().take(6);
    six.map(|byte| format!("{byte:02x}")).collect()
}
