//! How often who calls what on ordinary days.
//!
//! The proportions follow real accounts: services that take roles, keys that
//! are used and read-only questions make up almost everything; people and
//! changes are rare.

use super::habits::{CONFIG, CONSOLE, PIPELINE, SCANNER, TERMINAL};

/// A kind of caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    Service(&'static str),
    Instance,
    Agent,
    Function,
    Task,
    Config,
    Scaling,
    Console,
    Terminal,
    Pipeline,
    Scanner,
    Legacy,
}

impl Who {
    /// Whether it is a person at work.
    pub(crate) const fn is_person(self) -> bool {
        matches!(self, Self::Console | Self::Terminal)
    }

    /// Whether it belongs to what runs for customers.
    pub(crate) const fn is_workload(self) -> bool {
        matches!(
            self,
            Self::Instance | Self::Agent | Self::Function | Self::Task | Self::Scaling
        )
    }
}

/// A kind of caller with what it does.
#[derive(Debug)]
pub(crate) struct Profile {
    pub(crate) who: Who,
    /// Weight of its bursts in the home region, the global one and others.
    pub(crate) weights: [u64; 3],
    /// Calls in one burst, at least and at most.
    pub(crate) burst: (u64, u64),
    /// Calls with their weights.
    pub(crate) calls: &'static [(&'static str, u64)],
    /// Calls in a thousand that are denied.
    pub(crate) denied_per_mille: u64,
}

const fn profile(
    who: Who,
    weights: [u64; 3],
    burst: (u64, u64),
    calls: &'static [(&'static str, u64)],
) -> Profile {
    Profile {
        who,
        weights,
        burst,
        calls,
        denied_per_mille: 0,
    }
}

impl Profile {
    const fn denied(mut self, per_mille: u64) -> Self {
        self.denied_per_mille = per_mille;
        self
    }
}

const fn service(
    name: &'static str,
    weight: u64,
    calls: &'static [(&'static str, u64)],
) -> Profile {
    profile(
        Who::Service(name),
        [weight, weight / 4, weight / 2],
        (1, 1),
        calls,
    )
}

/// Everybody.
pub(crate) const PROFILES: &[Profile] = &[
    service("lambda.amazonaws.com", 1200, &[("AssumeRole.function", 1)]),
    service("ec2.amazonaws.com", 260, &[("AssumeRole.instance", 1)]),
    service("ecs-tasks.amazonaws.com", 380, &[("AssumeRole.task", 1)]),
    service("sqs.amazonaws.com", 200, &[("GenerateDataKey.sqs", 1)]),
    service(
        "cloudtrail.amazonaws.com",
        160,
        &[("GetBucketAcl", 3), ("GenerateDataKey.cloudtrail", 1)],
    ),
    service(
        "delivery.logs.amazonaws.com",
        240,
        &[("CreateLogStream.delivery", 4), ("GetBucketAcl", 1)],
    ),
    service("eks.amazonaws.com", 60, &[("Encrypt", 1)]),
    profile(
        Who::Function,
        [900, 0, 60],
        (1, 4),
        &[
            ("CreateLogStream", 22),
            ("CreateLogGroup", 2),
            ("Decrypt.lambda", 22),
            ("Decrypt.secretsmanager", 16),
            ("GetSecretValue", 14),
            ("GetParameter", 12),
            ("Decrypt.ssm", 10),
            ("Decrypt.s3", 14),
            ("GenerateDataKey", 14),
            ("GetObject", 12),
            ("PutObject", 7),
            ("DescribeTable", 3),
            ("AssumeRole", 2),
        ],
    ),
    profile(
        Who::Agent,
        [420, 0, 0],
        (1, 2),
        &[
            ("UpdateInstanceInformation", 10),
            ("ListInstanceAssociations", 5),
        ],
    ),
    profile(
        Who::Instance,
        [300, 0, 0],
        (1, 3),
        &[
            ("Decrypt", 20),
            ("GenerateDataKey", 14),
            ("GetParametersByPath", 10),
            ("GetSecretValue", 8),
            ("GetCallerIdentity", 8),
            ("DescribeInstances", 6),
            ("DescribeTags", 6),
            ("GetObject", 10),
            ("PutObject", 4),
            ("AssumeRole", 4),
            ("GetQueueAttributes", 4),
        ],
    ),
    profile(
        Who::Task,
        [480, 0, 0],
        (1, 4),
        &[
            ("Decrypt.secretsmanager", 20),
            ("GetSecretValue", 16),
            ("Decrypt.s3", 16),
            ("GenerateDataKey", 14),
            ("GetObject", 12),
            ("PutObject", 6),
            ("GetSamplingRules", 6),
            ("GetAuthorizationToken", 3),
            ("BatchGetImage", 3),
            ("GetCallerIdentity", 2),
        ],
    ),
    profile(Who::Config, [40, 30, 90], (4, 14), &CONFIG),
    profile(
        Who::Scaling,
        [160, 0, 0],
        (1, 4),
        &[
            ("DescribeInstanceStatus", 20),
            ("DescribeTargetHealth", 12),
            ("DescribeTargetGroups", 6),
            ("DescribeLoadBalancers", 6),
            ("DescribeAutoScalingGroups", 8),
            ("DescribeLaunchTemplateVersions", 5),
            ("RunInstances.scaling", 1),
        ],
    ),
    profile(Who::Console, [70, 60, 8], (3, 14), &CONSOLE).denied(12),
    profile(Who::Terminal, [60, 30, 4], (1, 6), &TERMINAL).denied(15),
    profile(Who::Pipeline, [26, 22, 1], (8, 30), &PIPELINE),
    profile(Who::Scanner, [14, 16, 26], (10, 36), &SCANNER).denied(35),
    profile(
        Who::Legacy,
        [24, 8, 0],
        (1, 3),
        &[
            ("PutObject", 20),
            ("ListBuckets", 4),
            ("GetCallerIdentity", 2),
            ("CreateSnapshot", 6),
            ("ConsoleLogin", 2),
            ("ConsoleLogin.failure", 1),
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloudtrail::catalogue::Catalogue;

    #[test]
    fn every_call_is_in_the_catalogue() {
        let catalogue = Catalogue::new();
        for profile in PROFILES {
            assert!(profile.burst.0 >= 1 && profile.burst.0 <= profile.burst.1);
            for (call, weight) in profile.calls {
                assert!(catalogue.find(call).is_some(), "{call}");
                assert!(*weight > 0);
            }
        }
    }

    #[test]
    fn a_call_stands_once_in_a_profile() {
        for profile in PROFILES {
            for (i, (call, _)) in profile.calls.iter().enumerate() {
                assert!(profile.calls[..i].iter().all(|(c, _)| c != call), "{call}");
            }
        }
    }
}
