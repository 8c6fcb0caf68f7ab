//! A host that was given from one environment to another.

use super::network::Environment;
use crate::clock::SLOT_SECS;
use crate::plan::Plan;

/// A host outside of all VPCs that belongs to staging at first and to production
/// from half-time on. Its address stays the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MovedHost {
    /// `10.60.0.20` or a neighbour of it.
    pub(crate) address: [u8; 4],
    /// The first second in production, since 1970; on a whole five minutes.
    pub(crate) at: i64,
}

impl MovedHost {
    pub(crate) fn new(plan: &Plan) -> Self {
        let last = u8::try_from(20 + plan.seed % 100).unwrap_or(20);
        let half = plan.start.secs() + i64::from(plan.hours) * 1800;
        Self {
            address: [10, 60, 0, last],
            at: half.div_euclid(SLOT_SECS) * SLOT_SECS,
        }
    }

    /// Where it belongs at a time in seconds since 1970.
    pub(crate) fn environment(&self, time: i64) -> Environment {
        if time < self.at {
            Environment::Staging
        } else {
            Environment::Production
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_moves_once_and_within_the_plan() {
        for hours in [1, 7, 48, 720] {
            let plan = Plan {
                hours,
                ..Plan::default()
            };
            let host = MovedHost::new(&plan);
            let end = plan.start.secs() + i64::from(hours) * 3600;
            assert!(plan.start.secs() + 1500 < host.at && host.at + 1500 < end);
            assert_eq!(host.at % 300, 0);
            assert_eq!(host.environment(host.at - 1), Environment::Staging);
            assert_eq!(host.environment(host.at), Environment::Production);
        }
    }
}
