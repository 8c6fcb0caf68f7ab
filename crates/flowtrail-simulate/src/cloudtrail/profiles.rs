//! How often who calls what on ordinary days.
//!
//! The proportions follow real accounts: services that take roles, keys that
//! are used and read-only questions make up almost everything; people and
//! changes are rare.

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
        matches!(self, Self::Instance | Self::Agent | Self::Function | Self::Task | Self::Scaling)
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
    Profile { who, weights, burst, calls, denied_per_mille: 0 }
}

impl Profile {
    const fn denied(mut self, per_mille: u64) -> Self {
        self.denied_per_mille = per_mille;
        self
    }
}

const fn service(name: &'static str, weight: u64, calls: &'static [(&'static str, u64)]) -> Profile {
    profile(Who::Service(name), [weight, weight / 4, weight / 2], (1, 1), calls)
}

const BUCKETS: [(&str, u64); 11] = [
    ("GetBucketAcl", 10),
    ("GetBucketLocation", 10),
    ("GetBucketVersioning", 10),
    ("GetBucketLogging", 10),
    ("GetBucketEncryption", 10),
    ("GetBucketPublicAccessBlock", 10),
    ("GetBucketPolicy", 10),
    ("GetBucketTagging", 10),
    ("GetBucketLifecycle", 10),
    ("GetBucketReplication", 10),
    ("GetBucketWebsite", 10),
];

/// Everybody.
pub(crate) const PROFILES: &[Profile] = &[
    service("lambda.amazonaws.com", 1200, &[("AssumeRole.function", 1)]),
    service("ec2.amazonaws.com", 260, &[("AssumeRole.instance", 1)]),
    service("ecs-tasks.amazonaws.com", 380, &[("AssumeRole.task", 1)]),
    service("sqs.amazonaws.com", 200, &[("GenerateDataKey.sqs", 1)]),
    service("cloudtrail.amazonaws.com", 160, &[("GetBucketAcl", 3), ("GenerateDataKey.cloudtrail", 1)]),
    service("delivery.logs.amazonaws.com", 240, &[("CreateLogStream.delivery", 4), ("GetBucketAcl", 1)]),
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
        &[("UpdateInstanceInformation", 10), ("ListInstanceAssociations", 5)],
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
        &[("PutObject", 20), ("ListBuckets", 4), ("GetCallerIdentity", 2), ("CreateSnapshot", 6), ("ConsoleLogin", 2), ("ConsoleLogin.failure", 1)],
    ),
];

const CONFIG: [(&str, u64); 20] = {
    let mut all = [("DescribeInstances", 10); 20];
    let more = [
        ("DescribeVolumes", 8),
        ("DescribeSecurityGroups", 10),
        ("DescribeSubnets", 6),
        ("DescribeNetworkInterfaces", 8),
        ("ListTagsForResource", 6),
        ("ListFunctions20150331", 6),
        ("DescribeTrails", 3),
        ("ListRoles", 6),
    ];
    join(&mut all, &BUCKETS, &more);
    all
};

/// Copies both lists behind the first entry: tables are joined by the compiler,
/// so that a call stands in one list only.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which reports an index out of range")]
const fn join(
    all: &mut [(&'static str, u64)],
    first: &[(&'static str, u64)],
    second: &[(&'static str, u64)],
) {
    let mut i = 0;
    while i < first.len() {
        all[1 + i] = first[i];
        i += 1;
    }
    let mut j = 0;
    while j < second.len() {
        all[1 + i + j] = second[j];
        j += 1;
    }
}

const CONSOLE: [(&str, u64); 27] = [
    ("DescribeInstances", 14),
    ("DescribeInstanceStatus", 6),
    ("DescribeVolumes", 5),
    ("DescribeSecurityGroups", 7),
    ("DescribeVpcs", 4),
    ("DescribeSubnets", 4),
    ("DescribeRegions", 6),
    ("DescribeAvailabilityZones", 3),
    ("DescribeAccountAttributes", 4),
    ("DescribeAlarms", 10),
    ("ListDashboards", 3),
    ("DescribeLogGroups", 10),
    ("StartQuery", 5),
    ("ListBuckets", 8),
    ("GetBucketLocation", 6),
    ("ListFunctions20150331", 7),
    ("GetFunction20150331v2", 5),
    ("DescribeServices", 6),
    ("DescribeDBInstances", 5),
    ("ListSecrets", 2),
    ("ListUsers", 2),
    ("ListRoles", 3),
    ("GetRole", 3),
    ("DescribeEventAggregates", 8),
    ("GetCostAndUsage", 4),
    ("LookupEvents", 3),
    ("DescribeOrganization", 2),
];

const TERMINAL: [(&str, u64); 16] = [
    ("GetCallerIdentity", 14),
    ("DescribeInstances", 10),
    ("DescribeInstanceInformation", 4),
    ("ListBuckets", 8),
    ("GetObject", 10),
    ("PutObject", 3),
    ("FilterLogEvents", 10),
    ("DescribeLogGroups", 6),
    ("GetParameter", 5),
    ("GetSecretValue", 2),
    ("DescribeServices", 6),
    ("DescribeDBInstances", 4),
    ("AssumeRole", 6),
    ("GetRole", 3),
    ("ListAttachedRolePolicies", 3),
    ("CreateTags", 1),
];

const PIPELINE: [(&str, u64); 24] = [
    ("GetCallerIdentity", 8),
    ("DescribeSecurityGroups", 8),
    ("DescribeSecurityGroupRules", 6),
    ("DescribeSubnets", 6),
    ("DescribeVpcs", 6),
    ("DescribeRouteTables", 5),
    ("DescribeAvailabilityZones", 3),
    ("GetBucketAcl", 4),
    ("GetBucketPolicy", 5),
    ("GetBucketVersioning", 4),
    ("GetRole", 10),
    ("GetRolePolicy", 8),
    ("ListAttachedRolePolicies", 6),
    ("GetPolicyVersion", 4),
    ("DescribeTable", 4),
    ("GetQueueAttributes", 5),
    ("DescribeTaskDefinition", 5),
    ("RegisterTaskDefinition", 4),
    ("UpdateService", 4),
    ("UpdateFunctionCode20150331v2", 3),
    ("PutRolePolicy", 2),
    ("TagRole", 2),
    ("AuthorizeSecurityGroupIngress", 1),
    ("PutBucketTagging", 1),
];

const SCANNER: [(&str, u64); 48] = {
    let mut all = [("DescribeInstances", 6); 48];
    let more = [
        ("DescribeVolumes", 6),
        ("DescribeSnapshots", 6),
        ("DescribeImages", 4),
        ("DescribeSecurityGroups", 8),
        ("DescribeAddresses", 4),
        ("DescribeFlowLogs", 5),
        ("GetEbsEncryptionByDefault", 3),
        ("DescribeRegions", 2),
        ("ListUsers", 4),
        ("ListRoles", 4),
        ("ListPolicies", 4),
        ("ListAccessKeys", 6),
        ("ListMFADevices", 6),
        ("GetUser", 3),
        ("GetLoginProfile", 6),
        ("GetAccountSummary", 2),
        ("GetAccountPasswordPolicy", 3),
        ("GenerateCredentialReport", 2),
        ("ListAccountAliases", 2),
        ("ListKeys", 4),
        ("ListAliases", 3),
        ("DescribeKey", 6),
        ("GetKeyRotationStatus", 8),
        ("ListSecrets", 3),
        ("DescribeSecret", 3),
        ("GetPolicy20150331v2", 6),
        ("ListFunctions20150331", 4),
        ("DescribeDBInstances", 4),
        ("DescribeDBSnapshots", 4),
        ("DescribeTrails", 4),
        ("GetTrailStatus", 4),
        ("GetEventSelectors", 3),
        ("DescribeConfigurationRecorders", 3),
        ("ListDetectors", 3),
        ("ListAnalyzers", 3),
        ("ListBuckets", 3),
    ];
    join(&mut all, &BUCKETS, &more);
    all
};

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
