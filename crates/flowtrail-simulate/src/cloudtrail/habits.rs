//! The longer lists of what callers do, with weights.

/// What is asked about a bucket.
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

/// What Security Hub asks, mostly of AWS Config.
pub(super) const HUB: [(&str, u64); 8] = [
    ("DescribeConfigRules", 10),
    ("GetComplianceDetailsByConfigRule", 12),
    ("DescribeConfigurationRecorders", 6),
    ("DescribeConfigurationRecorderStatus", 4),
    ("DescribeTrails", 2),
    ("ListAnalyzers", 2),
    ("DescribeAccount", 1),
    ("BatchImportFindings", 3),
];

/// What GuardDuty asks to know what it sees.
pub(super) const GUARDDUTY: [(&str, u64); 12] = [
    ("DescribeInstances", 10),
    ("DescribeImages", 6),
    ("DescribeVpcs", 4),
    ("DescribeSubnets", 4),
    ("DescribeVpcPeeringConnections", 3),
    ("DescribeTransitGatewayAttachments", 2),
    ("ListBuckets", 4),
    ("GetBucketPublicAccessBlock", 4),
    ("GetBucketPolicyStatus", 4),
    ("ListFunctions20150331", 4),
    ("DescribeOrganization", 2),
    ("ListAccounts", 2),
];

/// What Access Analyzer asks: everything that can be shared.
pub(super) const ACCESS_ANALYZER: [(&str, u64); 16] = [
    ("ListBuckets", 4),
    ("GetBucketPolicy", 8),
    ("GetBucketAcl", 8),
    ("ListAccessPoints", 3),
    ("ListRoles", 6),
    ("GetRole", 10),
    ("ListKeys", 4),
    ("GetKeyPolicy", 6),
    ("ListGrants", 6),
    ("GetPolicy20150331v2", 6),
    ("GetQueueAttributes", 6),
    ("GetResourcePolicy", 5),
    ("GetRepositoryPolicy", 3),
    ("DescribeSnapshotAttribute", 3),
    ("DescribeDBSnapshotAttributes", 2),
    ("GetTopicAttributes", 3),
];

/// What a cluster's control plane asks.
pub(super) const CLUSTER: [(&str, u64); 9] = [
    ("DescribeLoadBalancers", 14),
    ("DescribeTargetGroups", 8),
    ("DescribeNetworkInterfaces", 8),
    ("DescribeInstances", 8),
    ("DescribeRouteTables", 3),
    ("DescribeSecurityGroups", 3),
    ("DescribeAutoScalingGroups", 3),
    ("DescribeVpcs", 2),
    ("DescribeKey", 2),
];

/// What the cluster asks of load balancers.
pub(super) const BALANCERS: [(&str, u64); 8] = [
    ("DescribeLoadBalancers", 14),
    ("DescribeListeners", 8),
    ("DescribeRules", 6),
    ("DescribeTargetGroups", 8),
    ("DescribeTargetHealth", 10),
    ("GetResources", 12),
    ("DescribeSecurityGroups", 3),
    ("GetWebACLForResource", 2),
];

/// What a supplier's monitoring asks.
pub(super) const SUPPLIER: [(&str, u64); 22] = [
    ("DescribeInstances", 10),
    ("DescribeVolumes", 5),
    ("DescribeTags", 6),
    ("GetMetricData", 20),
    ("ListMetrics", 10),
    ("GetMetricStatistics", 6),
    ("DescribeAlarms", 5),
    ("DescribeAlarmHistory", 2),
    ("GetResources", 6),
    ("ListFunctions20150331", 5),
    ("ListTags20170331", 5),
    ("DescribeDBInstances", 5),
    ("DescribeLoadBalancers", 4),
    ("DescribeTargetGroups", 3),
    ("DescribeAutoScalingGroups", 3),
    ("DescribeLogGroups", 3),
    ("DescribeCacheClusters", 2),
    ("ListQueues", 2),
    ("ListTopics", 2),
    ("DescribeClusters", 3),
    ("ListBuckets", 2),
    ("DescribeTrails", 1),
];

/// What AWS Config asks to keep its inventory.
pub(super) const CONFIG: [(&str, u64); 20] = {
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
#[expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, which reports an index out of range"
)]
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

/// What pages of the console ask.
pub(super) const CONSOLE: [(&str, u64); 27] = [
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

/// What people do in a terminal.
pub(super) const TERMINAL: [(&str, u64); 16] = [
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

/// What a deployment asks and changes.
pub(super) const PIPELINE: [(&str, u64); 24] = [
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

/// What a search for misconfigurations asks.
pub(super) const SCANNER: [(&str, u64); 48] = {
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
