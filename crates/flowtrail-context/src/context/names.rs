//! The names of a file and their numbers.

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::model::{AccountIx, EnvironmentIx, SegmentIx, TrustedIx, VpcIx};

/// Numbers by name.
pub(crate) type ByName<T> = HashMap<Box<str>, T, FixedState>;

/// What each name of a file stands for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    pub(crate) environments: ByName<EnvironmentIx>,
    pub(crate) segments: ByName<SegmentIx>,
    /// By id.
    pub(crate) accounts: ByName<AccountIx>,
    /// By alias, or by the name of a partner.
    pub(crate) aliases: ByName<AccountIx>,
    pub(crate) vpcs: ByName<VpcIx>,
    pub(crate) trusted: ByName<TrustedIx>,
}

impl Names {
    /// The account of an id as a log has it.
    pub(crate) fn account(&self, id: &[u8]) -> Option<AccountIx> {
        if self.accounts.is_empty() {
            return None;
        }
        self.accounts.get(std::str::from_utf8(id).ok()?).copied()
    }

    /// The VPC of an id as a log has it.
    pub(crate) fn vpc(&self, id: &[u8]) -> Option<VpcIx> {
        if self.vpcs.is_empty() {
            return None;
        }
        self.vpcs.get(std::str::from_utf8(id).ok()?).copied()
    }
}
