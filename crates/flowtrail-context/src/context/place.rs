//! What an address is, as far as the file says.

use super::model::{AccountIx, EnvironmentIx, SegmentIx, TrustedIx};

/// The scope in which an address was seen: overlapping networks of two VPCs are
/// told apart by it. The ids are as the log has them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Scope<'a> {
    /// The VPC.
    pub vpc: Option<&'a [u8]>,
    /// The account.
    pub account: Option<&'a [u8]>,
}

/// What an address, or an account, is. Names are had from the
/// [`Context`](super::Context) that said it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place {
    /// The environment that it belongs to.
    pub environment: Option<EnvironmentIx>,
    /// The segment that it belongs to.
    pub segment: Option<SegmentIx>,
    /// The account that it belongs to.
    pub account: Option<AccountIx>,
    /// What sort of place it is.
    pub standing: Standing,
}

/// The sort of place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// The file says its environment, its segment or both.
    Inside,
    /// In a trusted network.
    Trusted {
        /// Which.
        network: TrustedIx,
        /// Whether the address is a public one, so that `internet` means it too.
        public: bool,
    },
    /// A public address in no network.
    Internet,
    /// A private address that the file says nothing of.
    Private,
    /// Several networks say different things, and the record does not show
    /// which of them it is.
    Ambiguous,
}

impl Place {
    /// A place of which only the sort is known.
    pub(crate) const fn bare(standing: Standing) -> Self {
        Self {
            environment: None,
            segment: None,
            account: None,
            standing,
        }
    }

    /// Whether the file says its environment or its segment.
    #[must_use]
    pub const fn is_inside(&self) -> bool {
        matches!(self.standing, Standing::Inside)
    }
}

impl Place {
    /// Bytes of [`Place::to_bytes`].
    pub(crate) const BYTES: usize = 13;

    /// The place as bytes, to be kept with a record.
    pub(crate) fn to_bytes(self) -> [u8; Self::BYTES] {
        let [a, b] = self.environment.map_or(u16::MAX, |ix| ix.0).to_le_bytes();
        let [c, d] = self.segment.map_or(u16::MAX, |ix| ix.0).to_le_bytes();
        let account = self.account.map_or(u32::MAX, |ix| ix.0);
        let [e, f, g, h] = account.to_le_bytes();
        let (sort, network) = match self.standing {
            Standing::Inside => (0, 0),
            Standing::Trusted { network, public } => (1 + u8::from(public), network.0),
            Standing::Internet => (3, 0),
            Standing::Private => (4, 0),
            Standing::Ambiguous => (5, 0),
        };
        let [i, j, k, l] = network.to_le_bytes();
        [a, b, c, d, e, f, g, h, sort, i, j, k, l]
    }

    /// The place that was written so.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let [a, b, c, d, e, f, g, h, sort, i, j, k, l] = *bytes else {
            return None;
        };
        let environment = u16::from_le_bytes([a, b]);
        let segment = u16::from_le_bytes([c, d]);
        let account = u32::from_le_bytes([e, f, g, h]);
        let network = TrustedIx(u32::from_le_bytes([i, j, k, l]));
        Some(Self {
            environment: (environment != u16::MAX).then_some(EnvironmentIx(environment)),
            segment: (segment != u16::MAX).then_some(SegmentIx(segment)),
            account: (account != u32::MAX).then_some(AccountIx(account)),
            standing: match sort {
                0 => Standing::Inside,
                1 | 2 => Standing::Trusted {
                    network,
                    public: sort == 2,
                },
                3 => Standing::Internet,
                4 => Standing::Private,
                5 => Standing::Ambiguous,
                _ => return None,
            },
        })
    }
}
