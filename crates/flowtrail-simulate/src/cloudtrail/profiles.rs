//! How often who calls what on ordinary days.
//!
//! The proportions follow real accounts: services that take roles, keys that
//! are used and read-only questions make up almost everything; people and
//! changes are rare.

use super::habits::{
    ACCESS_ANALYZER, BALANCERS, CLUSTER, CONFIG, CONSOLE, GUARDDUTY, HUB, PIPELINE, SCANNER,
    SUPPLIER, TERMINAL,
};
use super::linked::{self, Linked};
use super::roles::{self, Pod};

/// A kind of caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    Service(&'static str),
    Instance,
    Agent,
    /// A host of a cluster.
    Node,
    Function,
    Task,
    Pod(&'static Pod),
    Linked(&'static Linked),
    Console,
    Terminal,
    Pipeline,
    Scanner,
    /// Monitoring from outside.
    Supplier,
    Legacy,
}

/// When a caller is busy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// Always the same.
    Steady,
    /// Where customers are served.
    Customers,
    /// When people work.
    Office,
    /// More when people work.
    Deployments,
    /// In one hour of the night, and a little all day.
    Nightly,
}

impl Who {
    /// When it is busy.
    pub(crate) const fn pace(self) -> Pace {
        match self {
            Self::Console | Self::Terminal => Pace::Office,
            Self::Instance
            | Self::Agent
            | Self::Node
            | Self::Function
            | Self::Task
            | Self::Pod(_) => Pace::Customers,
            Self::Linked(of) => match of.follows_customers {
                true => Pace::Customers,
                false => Pace::Steady,
            },
            Self::Pipeline => Pace::Deployments,
            Self::Scanner => Pace::Nightly,
            Self::Service(_) | Self::Supplier | Self::Legacy => Pace::Steady,
        }
    }

    /// Whether it is a person at work.
    pub(crate) const fn is_person(self) -> bool {
        matches!(self.pace(), Pace::Office)
    }

    /// Whether it speaks of itself, and not of one thing after another.
    pub(crate) const fn is_one_thing(self) -> bool {
        matches!(self, Self::Service(_)) || matches!(self.pace(), Pace::Customers)
    }

    /// Whether it is one of the account's hosts, or starts one.
    pub(crate) fn is_host(self) -> bool {
        matches!(self, Self::Instance | Self::Agent | Self::Node)
            || self == Self::Service("ec2.amazonaws.com")
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
            ("Converse.app", 4),
            ("SendEmail", 2),
        ],
    ),
    profile(
        Who::Agent,
        [420, 0, 0],
        (1, 2),
        &[
            ("UpdateInstanceInformation", 20),
            ("ListInstanceAssociations", 10),
            ("PutInventory", 1),
            ("PutComplianceItems", 1),
        ],
    ),
    profile(
        Who::Node,
        [110, 0, 0],
        (1, 3),
        &[
            ("DescribeInstances", 6),
            ("DescribeNetworkInterfaces", 10),
            ("DescribeTags", 3),
            ("DescribeInstanceTypes", 2),
            ("GetAuthorizationToken", 8),
            ("BatchGetImage", 12),
            ("DescribeCluster", 4),
            ("Decrypt.s3", 3),
            ("GetObject", 3),
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
            ("ListObjects", 6),
            ("HeadObject", 4),
            ("PutObject.own-key", 4),
            ("DeleteObject", 4),
            ("DeleteObjects", 1),
            ("CopyObject", 1),
            ("Invoke", 3),
            ("InvokeModel.app", 2),
        ],
    ),
    profile(
        Who::Pod(&roles::BALANCERS_POD),
        [70, 0, 0],
        (2, 8),
        &BALANCERS,
    ),
    profile(
        Who::Pod(&roles::NAMES_POD),
        [0, 30, 0],
        (1, 4),
        &[
            ("ListHostedZones", 8),
            ("ListResourceRecordSets", 16),
            ("ChangeResourceRecordSets", 1),
        ],
    ),
    profile(
        Who::Pod(&roles::NODES_POD),
        [40, 0, 0],
        (2, 7),
        &[
            ("DescribeInstances", 10),
            ("DescribeSubnets", 5),
            ("DescribeSecurityGroups", 5),
            ("DescribeInstanceTypes", 3),
            ("DescribeInstanceTypeOfferings", 2),
            ("DescribeLaunchTemplates", 4),
            ("DescribeImages", 3),
            ("GetParameter", 2),
        ],
    ),
    profile(Who::Linked(&linked::CONFIG), [32, 26, 60], (4, 14), &CONFIG).denied(6),
    profile(Who::Linked(&linked::HUB), [8, 4, 14], (3, 9), &HUB).denied(10),
    profile(Who::Linked(&linked::GUARD), [8, 4, 14], (3, 9), &GUARDDUTY).denied(12),
    profile(
        Who::Linked(&linked::ANALYZER),
        [8, 10, 10],
        (3, 10),
        &ACCESS_ANALYZER,
    )
    .denied(30),
    profile(
        Who::Linked(&linked::ADVISOR),
        [4, 6, 0],
        (4, 12),
        &[
            ("DescribeInstances", 6),
            ("DescribeAddresses", 6),
            ("DescribeReservedInstances", 4),
            ("DescribeSecurityGroups", 6),
            ("DescribeSnapshots", 4),
            ("DescribeVolumes", 6),
            ("DescribeDBInstances", 4),
            ("DescribeLoadBalancers", 4),
            ("GetAccountPasswordPolicy", 3),
            ("GetAccountSummary", 3),
            ("ListServiceQuotas", 4),
            ("ListDistributions", 2),
            ("ListHostedZones", 3),
        ],
    )
    .denied(40),
    profile(
        Who::Linked(&linked::EXPLORER),
        [4, 2, 8],
        (4, 12),
        &[
            ("DescribeVpcEndpoints", 4),
            ("DescribeInternetGateways", 4),
            ("DescribeNatGateways", 4),
            ("ListTables", 4),
            ("ListTopics", 4),
            ("ListQueues", 4),
            ("ListFunctions20150331", 4),
            ("DescribeRepositories", 3),
            ("ListWorkGroups", 3),
            ("ListStateMachines", 3),
            ("ListStreams", 2),
            ("DescribeFileSystems", 2),
        ],
    )
    .denied(60),
    profile(
        Who::Linked(&linked::INSPECTOR),
        [5, 0, 6],
        (2, 8),
        &[
            ("DescribeInstances", 8),
            ("DescribeInstanceInformation", 8),
            ("DescribeImages", 3),
            ("GetInventory", 4),
            ("ListFunctions20150331", 4),
            ("GetFunction20150331v2", 4),
            ("DescribeRepositories", 2),
        ],
    )
    .denied(10),
    profile(Who::Linked(&linked::CLUSTER), [60, 0, 0], (1, 5), &CLUSTER),
    profile(
        Who::Linked(&linked::SCALING),
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
    profile(Who::Console, [70, 60, 8], (3, 14), &CONSOLE).denied(20),
    profile(Who::Terminal, [60, 30, 4], (1, 6), &TERMINAL).denied(15),
    profile(Who::Pipeline, [26, 22, 1], (8, 30), &PIPELINE),
    profile(Who::Scanner, [14, 16, 26], (10, 36), &SCANNER).denied(35),
    profile(Who::Supplier, [26, 4, 10], (5, 18), &SUPPLIER).denied(8),
    profile(
        Who::Legacy,
        [24, 0, 0],
        (1, 3),
        &[
            ("PutObject", 20),
            ("ListBuckets", 4),
            ("GetCallerIdentity", 2),
            ("CreateSnapshot", 6),
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
