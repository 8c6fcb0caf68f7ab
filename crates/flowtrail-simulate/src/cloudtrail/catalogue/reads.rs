//! Calls that list and describe, by service: what consoles, scanners and plans
//! ask by the hundred. They are recorded without parameters, as calls for
//! everything of a kind are.

/// A service's calls, separated by blanks.
pub(super) struct Reads {
    pub(super) source: &'static str,
    pub(super) version: &'static str,
    /// Recorded in the region of global services only.
    pub(super) global: bool,
    pub(super) names: &'static str,
}

const fn regional(source: &'static str, version: &'static str, names: &'static str) -> Reads {
    Reads {
        source,
        version,
        global: false,
        names,
    }
}

const fn global(source: &'static str, version: &'static str, names: &'static str) -> Reads {
    Reads {
        source,
        version,
        global: true,
        names,
    }
}

pub(super) const READS: &[Reads] = &[
    regional(
        "ec2",
        "1.10",
        "DescribeInternetGateways DescribeNatGateways DescribeNetworkAcls DescribeVpcEndpoints \
         DescribeVpcPeeringConnections DescribeTransitGateways DescribeTransitGatewayAttachments \
         DescribeVpnConnections DescribeVpnGateways DescribeCustomerGateways DescribeDhcpOptions \
         DescribeKeyPairs DescribeLaunchTemplates DescribePlacementGroups DescribeReservedInstances \
         DescribeSpotInstanceRequests DescribeSpotFleetRequests DescribeHosts DescribeVolumeStatus \
         DescribeVolumesModifications DescribeIamInstanceProfileAssociations DescribePrefixLists \
         DescribeManagedPrefixLists DescribeEgressOnlyInternetGateways DescribeVpcAttribute \
         DescribeVpcEndpointServices DescribeNetworkInsightsPaths DescribeCapacityReservations \
         DescribeFastSnapshotRestores DescribeSnapshotTierStatus DescribeInstanceCreditSpecifications \
         DescribeInstanceTypeOfferings DescribeIpams DescribeClientVpnEndpoints \
         GetEbsDefaultKmsKeyId GetSnapshotBlockPublicAccessState GetImageBlockPublicAccessState \
         GetInstanceMetadataDefaults GetSerialConsoleAccessStatus DescribeVpcBlockPublicAccessOptions \
         DescribeSecurityGroupReferences DescribeStaleSecurityGroups DescribeImageAttribute \
         DescribeSnapshotAttribute DescribeVpcClassicLink DescribeBundleTasks DescribeExportTasks",
    ),
    global(
        "iam",
        "1.11",
        "ListGroups ListInstanceProfiles ListServerCertificates ListSAMLProviders \
         ListOpenIDConnectProviders ListVirtualMFADevices ListRolePolicies ListUserPolicies \
         ListAttachedUserPolicies ListGroupsForUser ListEntitiesForPolicy ListPolicyVersions \
         ListSigningCertificates ListSSHPublicKeys ListServiceSpecificCredentials ListRoleTags \
         GetGroup GetPolicy GetUserPolicy GetGroupPolicy GetInstanceProfile GetCredentialReport \
         GetServiceLastAccessedDetails GetSAMLProvider GetOpenIDConnectProvider \
         ListInstanceProfilesForRole ListGroupPolicies ListAttachedGroupPolicies \
         GetContextKeysForPrincipalPolicy GetOrganizationsAccessReport GetMFADevice",
    ),
    global(
        "organizations",
        "1.11",
        "ListRoots ListOrganizationalUnitsForParent ListPoliciesForTarget DescribePolicy \
         ListDelegatedAdministrators ListAWSServiceAccessForOrganization DescribeAccount \
         ListParents ListHandshakesForOrganization DescribeEffectivePolicy",
    ),
    global(
        "account",
        "1.08",
        "GetContactInformation GetAlternateContact ListRegions",
    ),
    global(
        "budgets",
        "1.08",
        "DescribeBudgets DescribeBudgetActionsForAccount ViewBudget",
    ),
    global(
        "ce",
        "1.11",
        "GetCostForecast GetDimensionValues GetAnomalyMonitors GetReservationUtilization \
         GetSavingsPlansUtilization GetCostCategories GetTags",
    ),
    global(
        "cloudfront",
        "1.09",
        "ListDistributions ListOriginAccessControls GetDistributionConfig ListFunctions \
         ListResponseHeadersPolicies ListKeyGroups GetDistribution",
    ),
    global(
        "route53",
        "1.08",
        "ListHostedZones ListResourceRecordSets ListHealthChecks ListQueryLoggingConfigs \
         GetHostedZone ListTrafficPolicies",
    ),
    global("route53domains", "1.08", "ListDomains GetDomainDetail"),
    global(
        "health",
        "1.11",
        "DescribeEvents DescribeEventDetails DescribeAffectedEntities",
    ),
    global(
        "support",
        "1.08",
        "DescribeCases DescribeTrustedAdvisorChecks DescribeTrustedAdvisorCheckResult \
         DescribeSeverityLevels DescribeServices.support",
    ),
    global(
        "shield",
        "1.08",
        "DescribeSubscription ListProtections GetSubscriptionState",
    ),
    regional(
        "s3",
        "1.11",
        "GetBucketCors GetBucketNotification GetBucketObjectLockConfiguration \
         GetBucketOwnershipControls GetBucketRequestPayment GetAccelerateConfiguration \
         GetBucketPolicyStatus GetAccountPublicAccessBlock ListAccessPoints \
         GetBucketInventoryConfiguration GetBucketMetricsConfiguration GetBucketAnalyticsConfiguration \
         GetBucketIntelligentTieringConfiguration ListStorageLensConfigurations",
    ),
    regional(
        "kms",
        "1.11",
        "ListGrants GetKeyPolicy ListKeyPolicies ListResourceTags DescribeCustomKeyStores",
    ),
    regional(
        "lambda",
        "1.08",
        "GetFunctionConfiguration20150331v2 ListVersionsByFunction20150331 ListAliases20150331 \
         ListLayers20181031 GetAccountSettings20160819 ListFunctionUrlConfigs \
         ListCodeSigningConfigs20200422 GetFunctionConcurrency20190930 ListTags20170331 \
         ListProvisionedConcurrencyConfigs20190930 GetRuntimeManagementConfig \
         GetFunctionCodeSigningConfig20200422 GetAlias20150331",
    ),
    regional(
        "rds",
        "1.11",
        "DescribeDBSubnetGroups DescribeDBParameterGroups DescribeDBParameters DescribeEvents.rds \
         DescribeDBClusterSnapshots DescribeOptionGroups DescribePendingMaintenanceActions \
         DescribeDBEngineVersions DescribeDBSnapshotAttributes DescribeDBProxies \
         DescribeReservedDBInstances DescribeEventSubscriptions DescribeDBLogFiles \
         DescribeCertificates DescribeGlobalClusters DescribeOrderableDBInstanceOptions",
    ),
    regional(
        "dynamodb",
        "1.11",
        "ListTables DescribeContinuousBackups DescribeTimeToLive ListBackups DescribeLimits \
         DescribeKinesisStreamingDestination ListGlobalTables DescribeContributorInsights",
    ),
    regional(
        "ecs",
        "1.11",
        "DescribeClusters ListServices ListTasks ListTaskDefinitions ListContainerInstances \
         DescribeCapacityProviders DescribeTasks ListAccountSettings",
    ),
    regional(
        "eks",
        "1.11",
        "ListNodegroups DescribeNodegroup ListAddons DescribeAddon DescribeAddonVersions \
         ListAccessEntries ListFargateProfiles ListIdentityProviderConfigs DescribeUpdate \
         ListPodIdentityAssociations DescribeCluster ListInsights",
    ),
    regional(
        "ecr",
        "1.11",
        "DescribeRepositories GetRepositoryPolicy GetLifecyclePolicy DescribeImageScanFindings \
         GetRegistryPolicy DescribeRegistry GetRegistryScanningConfiguration",
    ),
    regional(
        "elasticloadbalancing",
        "1.09",
        "DescribeLoadBalancerAttributes DescribeRules DescribeTargetGroupAttributes \
         DescribeListenerCertificates DescribeSSLPolicies DescribeTrustStores DescribeAccountLimits",
    ),
    regional(
        "autoscaling",
        "1.11",
        "DescribeLaunchConfigurations DescribePolicies DescribeScheduledActions \
         DescribeLifecycleHooks DescribeWarmPool DescribeNotificationConfigurations",
    ),
    regional(
        "cloudformation",
        "1.11",
        "ListStacks DescribeStacks DescribeStackEvents DescribeStackResources ListStackSets \
         GetTemplate ListExports ListChangeSets DescribeChangeSet GetStackPolicy \
         DescribeStackDriftDetectionStatus ListTypes",
    ),
    regional(
        "cloudtrail",
        "1.11",
        "ListTrails GetTrail GetInsightSelectors ListChannels ListEventDataStores ListQueries",
    ),
    regional(
        "monitoring",
        "1.11",
        "DescribeAlarmsForMetric GetDashboard ListMetricStreams DescribeAnomalyDetectors \
         DescribeInsightRules DescribeAlarmHistory ListMetrics",
    ),
    regional(
        "logs",
        "1.09",
        "DescribeLogStreams DescribeSubscriptionFilters DescribeResourcePolicies \
         DescribeDestinations DescribeQueryDefinitions DescribeExportTasks.logs ListLogAnomalyDetectors \
         DescribeAccountPolicies ListTagsLogGroup DescribeDeliveries GetQueryResults",
    ),
    regional(
        "config",
        "1.08",
        "DescribeConfigRules DescribeDeliveryChannels DescribeConformancePacks \
         GetComplianceDetailsByConfigRule DescribeAggregationAuthorizations SelectResourceConfig \
         GetDiscoveredResourceCounts DescribeRetentionConfigurations DescribeConfigurationAggregators",
    ),
    regional(
        "guardduty",
        "1.11",
        "GetFindings.guardduty ListMembers ListFilters ListIPSets ListThreatIntelSets GetMasterAccount \
         GetFindingsStatistics ListPublishingDestinations ListCoverage DescribeMalwareScans \
         ListOrganizationAdminAccounts GetUsageStatistics",
    ),
    regional(
        "securityhub",
        "1.09",
        "DescribeHub GetEnabledStandards DescribeStandardsControls ListEnabledProductsForImport \
         ListFindingAggregators GetInsights ListAutomationRules DescribeStandards \
         ListSecurityControlDefinitions ListMembers.securityhub",
    ),
    regional(
        "inspector2",
        "1.09",
        "BatchGetAccountStatus ListCoverage.inspector2 ListFindings.inspector2 \
         ListFindingAggregations GetConfiguration ListAccountPermissions",
    ),
    regional(
        "macie2",
        "1.08",
        "GetMacieSession ListClassificationJobs DescribeBuckets",
    ),
    regional(
        "access-analyzer",
        "1.11",
        "ListFindings.access-analyzer ListFindingsV2 GetAnalyzer ListArchiveRules ListAccessPreviews",
    ),
    regional(
        "ssm",
        "1.08",
        "ListDocuments DescribeDocument ListCommands ListCommandInvocations DescribeSessions \
         ListAssociations DescribeMaintenanceWindows DescribePatchBaselines GetInventory \
         DescribeInstancePatchStates ListComplianceItems GetServiceSetting ListResourceDataSync \
         DescribeAutomationExecutions DescribeDocumentPermission GetConnectionStatus",
    ),
    regional(
        "secretsmanager",
        "1.11",
        "GetResourcePolicy ListSecretVersionIds ValidateResourcePolicy",
    ),
    regional(
        "sns",
        "1.11",
        "ListSubscriptions GetTopicAttributes ListSubscriptionsByTopic GetSMSAttributes \
         GetSubscriptionAttributes ListPlatformApplications",
    ),
    regional(
        "sqs",
        "1.11",
        "ListQueues ListDeadLetterSourceQueues ListQueueTags",
    ),
    regional(
        "events",
        "1.11",
        "ListRules ListTargetsByRule ListEventBuses DescribeEventBus DescribeRule ListArchives \
         ListConnections ListApiDestinations",
    ),
    regional(
        "scheduler",
        "1.08",
        "ListSchedules GetSchedule ListScheduleGroups",
    ),
    regional(
        "states",
        "1.08",
        "ListStateMachines DescribeStateMachine ListExecutions ListActivities",
    ),
    regional(
        "apigateway",
        "1.09",
        "GetRestApis GetStages GetDomainNames GetApiKeys GetAuthorizers GetUsagePlans GetApis \
         GetVpcLinks GetAccount.apigateway",
    ),
    regional(
        "acm",
        "1.11",
        "ListCertificates DescribeCertificate GetAccountConfiguration",
    ),
    regional(
        "acm-pca",
        "1.09",
        "ListCertificateAuthorities GetCertificateAuthorityCsr",
    ),
    regional(
        "wafv2",
        "1.09",
        "ListWebACLs GetWebACL ListIPSets.wafv2 ListLoggingConfigurations ListRuleGroups \
         GetWebACLForResource ListResourcesForWebACL",
    ),
    regional(
        "network-firewall",
        "1.09",
        "ListFirewalls ListFirewallPolicies DescribeFirewall",
    ),
    regional(
        "route53resolver",
        "1.08",
        "ListResolverEndpoints ListResolverRules ListResolverQueryLogConfigs \
         ListResolverQueryLogConfigAssociations ListFirewallRuleGroups",
    ),
    regional(
        "elasticache",
        "1.08",
        "DescribeCacheClusters DescribeReplicationGroups DescribeUsers",
    ),
    regional(
        "es",
        "1.08",
        "ListDomainNames DescribeElasticsearchDomains DescribeDomains",
    ),
    regional(
        "elasticfilesystem",
        "1.08",
        "DescribeFileSystems DescribeMountTargets DescribeAccessPoints DescribeBackupPolicy",
    ),
    regional("fsx", "1.08", "DescribeFileSystems.fsx DescribeBackups"),
    regional(
        "backup",
        "1.11",
        "ListBackupVaults ListBackupPlans ListBackupJobs ListRecoveryPointsByBackupVault \
         DescribeBackupVault ListCopyJobs DescribeGlobalSettings ListProtectedResources \
         GetBackupVaultAccessPolicy DescribeRegionSettings",
    ),
    regional(
        "redshift",
        "1.08",
        "DescribeClusters.redshift DescribeClusterSnapshots DescribeLoggingStatus",
    ),
    regional("kinesis", "1.08", "ListStreams DescribeStreamSummary"),
    regional(
        "firehose",
        "1.08",
        "ListDeliveryStreams DescribeDeliveryStream",
    ),
    regional(
        "glue",
        "1.08",
        "GetDatabases GetTables GetJobs GetCrawlers GetConnections GetDataCatalogEncryptionSettings \
         GetDevEndpoints GetResourcePolicies",
    ),
    regional(
        "athena",
        "1.08",
        "ListWorkGroups GetWorkGroup ListDataCatalogs ListQueryExecutions GetQueryExecution \
         GetQueryResults.athena ListNamedQueries",
    ),
    regional(
        "sagemaker",
        "1.08",
        "ListNotebookInstances DescribeNotebookInstance ListDomains.sagemaker ListModels \
         ListEndpoints ListTrainingJobs DescribeTrainingJob ListUserProfiles \
         ListNotebookInstanceLifecycleConfigs",
    ),
    regional(
        "bedrock",
        "1.11",
        "ListFoundationModels GetModelInvocationLoggingConfiguration ListCustomModels \
         ListProvisionedModelThroughputs ListInferenceProfiles ListGuardrails",
    ),
    regional(
        "codebuild",
        "1.08",
        "ListProjects BatchGetProjects ListBuildsForProject BatchGetBuilds",
    ),
    regional(
        "codepipeline",
        "1.08",
        "ListPipelines GetPipelineState GetPipeline",
    ),
    regional(
        "servicequotas",
        "1.10",
        "ListServiceQuotas GetServiceQuota ListServices.servicequotas",
    ),
    regional(
        "tagging",
        "1.08",
        "GetTagKeys GetTagValues GetComplianceSummary",
    ),
    regional(
        "resource-explorer-2",
        "1.09",
        "ListIndexes GetDefaultView ListViews Search",
    ),
    regional(
        "compute-optimizer",
        "1.08",
        "GetEnrollmentStatus GetEC2InstanceRecommendations GetLambdaFunctionRecommendations",
    ),
    regional(
        "ses",
        "1.08",
        "GetSendStatistics ListIdentities GetAccountSendingEnabled GetIdentityVerificationAttributes \
         ListConfigurationSets GetAccount.ses ListEmailIdentities",
    ),
    regional(
        "sso",
        "1.08",
        "ListInstances ListPermissionSets DescribePermissionSet ListAccountAssignments \
         ListAccountsForProvisionedPermissionSet ListManagedPoliciesInPermissionSet",
    ),
    regional(
        "rolesanywhere",
        "1.10",
        "ListTrustAnchors ListProfiles ListCrls",
    ),
    regional(
        "ram",
        "1.08",
        "GetResourceShares ListResources GetResourceShareAssociations",
    ),
    regional("transfer", "1.08", "ListServers DescribeServer"),
    regional(
        "workspaces",
        "1.08",
        "DescribeWorkspaces DescribeWorkspaceDirectories",
    ),
    regional(
        "dms",
        "1.08",
        "DescribeReplicationInstances DescribeReplicationTasks",
    ),
    regional(
        "cognito-idp",
        "1.08",
        "ListUserPools DescribeUserPool ListIdentityProviders",
    ),
    regional(
        "notifications",
        "1.09",
        "ListNotificationHubs ListNotificationEvents",
    ),
    regional("uxc", "1.09", "GetAccountColor GetAccountCustomizations"),
    regional("q", "1.09", "ListConversations GetIdentityMetadata"),
];
