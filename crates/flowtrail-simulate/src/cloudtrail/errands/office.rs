//! People at work: in the console and in a terminal.

use super::scene::Scene;
use crate::cloudtrail::actors;
use crate::cloudtrail::identity::{self, Caller, Channel};
use crate::cloudtrail::record::Outcome;
use crate::cloudtrail::step::{NAME, Step, VALUE};
use crate::world::Person;

/// Pages of the console: each asks all of this at once, whether or not the
/// person may.
const PAGES: [&[&str]; 9] = [
    &[
        "DescribeRegions",
        "DescribeAccountAttributes",
        "DescribeEventAggregates",
        "GetCostAndUsage",
        "GetCostForecast",
        "ListNotificationHubs",
        "GetAccountColor",
        "DescribeTrustedAdvisorChecks",
        "ListRegions",
    ],
    &[
        "DescribeInstances",
        "DescribeInstanceStatus",
        "DescribeVolumes",
        "DescribeSecurityGroups",
        "DescribeKeyPairs",
        "DescribePlacementGroups",
        "DescribeAddresses",
        "DescribeSnapshots",
        "DescribeHosts",
        "DescribeReservedInstances",
        "GetEC2InstanceRecommendations",
        "GetSerialConsoleAccessStatus",
    ],
    &[
        "ListBuckets",
        "GetBucketLocation",
        "GetBucketPolicyStatus",
        "GetBucketAcl",
        "GetAccountPublicAccessBlock",
        "ListAccessPoints",
        "ListStorageLensConfigurations",
        "ListAnalyzers",
        "ListFindingsV2",
    ],
    &[
        "ListFunctions20150331",
        "GetAccountSettings20160819",
        "GetFunction20150331v2",
        "GetFunctionConfiguration20150331v2",
        "GetPolicy20150331v2",
        "ListFunctionUrlConfigs",
        "ListTags20170331",
        "DescribeAlarms",
        "ListCodeSigningConfigs20200422",
    ],
    &[
        "ListUsers",
        "ListRoles",
        "ListGroups",
        "GetAccountSummary",
        "ListAccountAliases",
        "ListMFADevices",
        "ListAccessKeys",
        "ListVirtualMFADevices",
        "GetAccountPasswordPolicy",
        "ListSAMLProviders",
        "ListOpenIDConnectProviders",
    ],
    &[
        "DescribeDBInstances",
        "DescribeDBClusters",
        "DescribeDBSubnetGroups",
        "DescribeDBEngineVersions",
        "DescribePendingMaintenanceActions",
        "DescribeReservedDBInstances",
        "DescribeDBProxies",
        "DescribeEvents.rds",
    ],
    &[
        "DescribeLogGroups",
        "DescribeLogStreams",
        "FilterLogEvents",
        "StartQuery",
        "GetQueryResults",
        "DescribeQueryDefinitions",
        "ListLogAnomalyDetectors",
        "DescribeAccountPolicies",
    ],
    &[
        "DescribeClusters",
        "ListServices",
        "DescribeServices",
        "ListTasks",
        "DescribeTasks",
        "DescribeTaskDefinition",
        "DescribeCapacityProviders",
        "DescribeTargetGroups",
        "DescribeTargetHealth",
    ],
    &[
        "ListSecrets",
        "DescribeSecret",
        "ListKeys",
        "ListAliases",
        "DescribeKey",
        "GetResourcePolicy",
        "DescribeParameters",
        "ListTopics",
        "ListQueues",
    ],
];

/// How many calls in a thousand a permission set is refused in the console.
fn refused(person: &Person) -> u64 {
    match person.permission_set {
        "PlatformAdmin" => 4,
        "SecurityAudit" => 25,
        "DeveloperAccess" => 110,
        _ => 260,
    }
}

/// Someone who is at work now; anybody, if nobody is.
fn colleague<'w>(scene: &mut Scene<'w>) -> Option<&'w Person> {
    let now = scene.now;
    let here = scene.account;
    let found = crate::cloudtrail::casting::someone(scene.world, here, now, &mut scene.random);
    found.or_else(|| scene.world.people.first())
}

/// From the portal into an account.
pub(super) fn arrive(scene: &mut Scene<'_>, caller: &Caller) {
    let (core, here) = (scene.core(), scene.account);
    let at_portal = Caller {
        identity: identity::portal(core, &caller.session),
        arn: String::new(),
        channel: Channel::Tls13,
        ..caller.clone()
    };
    scene.account = core;
    let given = [(NAME, "a1b2c3d4e5f6")];
    for api in ["UserAuthentication", "Authenticate", "Federate"] {
        scene.call(&at_portal, Step::new(api).given(&given));
    }
    scene.account = here;
    let role = caller.arn.split('/').nth(1).unwrap_or("");
    let arn = format!(
        "arn:aws:iam::{}:role/aws-reserved/sso.amazonaws.com/eu-central-1/{role}",
        here.id
    );
    let given = [(VALUE, arn.as_str()), (NAME, "a1b2c3d4e5f6")];
    let assertion = actors::signing_in(caller);
    scene.call(&assertion, Step::new("AssumeRoleWithSAML").given(&given));
    scene.call(caller, Step::new("ConsoleLogin.sso"));
}

/// A walk through the console, page after page. At times it is somebody who may
/// see next to nothing of it.
pub(super) fn tour(scene: &mut Scene<'_>) {
    let found = match scene.turn(6) {
        3 => scene.staff("SupportReadOnly"),
        _ => colleague(scene),
    };
    let Some(person) = found else {
        return;
    };
    let caller = actors::person(scene.account, person, scene.now, true);
    arrive(scene, &caller);
    for _ in 0..scene.random.between(2, 6) {
        scene.wait(10, 90);
        scene.gap = 1;
        let page = scene.random.pick(&PAGES).copied().unwrap_or_default();
        for api in page {
            scene.browse(&caller, &[api], 1, refused(person));
        }
    }
}

/// The way into the network is changed in the middle of the work: one session,
/// two addresses.
pub(super) fn roaming(scene: &mut Scene<'_>) {
    let Some(person) = colleague(scene) else {
        return;
    };
    let first = actors::person(scene.account, person, scene.now, false);
    let apis = [
        "GetCallerIdentity",
        "DescribeInstances",
        "ListBuckets",
        "GetObject",
        "FilterLogEvents",
        "DescribeLogGroups",
        "DescribeServices",
        "GetParameter",
    ];
    scene.gap = 20;
    for _ in 0..scene.random.between(2, 4) {
        let gateway = 34 + scene.random.below(5);
        let caller = Caller {
            address: format!("198.51.100.{gateway}"),
            ..first.clone()
        };
        let n = scene.random.between(2, 6);
        scene.browse(&caller, &apis, n, 15);
        scene.wait(120, 900);
    }
}

/// Something does not work, and somebody wants to know why.
pub(super) fn debugging(scene: &mut Scene<'_>) {
    let Some(person) = scene.staff("DeveloperAccess") else {
        return;
    };
    let caller = actors::person(scene.account, person, scene.now, false);
    let apis = [
        "FilterLogEvents",
        "DescribeLogStreams",
        "StartQuery",
        "GetQueryResults",
        "GetFunctionConfiguration20150331v2",
        "DescribeServices",
        "ListTasks",
        "DescribeTasks",
        "DescribeAlarms",
        "GetMetricStatistics",
        "GetParameter",
        "GetSecretValue",
        "GetObject",
        "ListObjects",
        "DescribeStackEvents",
        "LookupEvents",
    ];
    scene.gap = 15;
    let n = scene.random.between(6, 16);
    scene.browse(&caller, &apis, n, 60);
    // Development is there to be changed by hand.
    if !scene.is_production() && scene.random.chance(300) {
        scene.calls(&caller, &["UpdateFunctionConfiguration20150331v2"]);
    }
}

/// Code is replaced by hand where it does not matter much.
pub(super) fn hotfix(scene: &mut Scene<'_>) {
    let Some(person) = scene.staff("DeveloperAccess") else {
        return;
    };
    let caller = actors::person(scene.account, person, scene.now, false);
    let choice = scene.random.next();
    scene.gap = 30;
    for api in [
        "GetFunction20150331v2",
        "UpdateFunctionCode.zip",
        "GetFunctionConfiguration20150331v2",
        "FilterLogEvents",
        "UpdateFunctionCode.zip",
        "FilterLogEvents",
    ] {
        scene.call(&caller, Step::new(api).about(choice));
    }
}

/// Questions to data, in notebooks and queries.
pub(super) fn analysis(scene: &mut Scene<'_>) {
    let Some(person) = scene.staff("DataReader") else {
        return;
    };
    let caller = actors::person(scene.account, person, scene.now, true);
    let name = format!("{}-notebook", person.name);
    let given = [(NAME, name.as_str())];
    scene.gap = 12;
    scene.calls(&caller, &["ListNotebookInstances"]);
    scene.call(&caller, Step::new("DescribeNotebookInstance").given(&given));
    scene.call(&caller, Step::new("StartNotebookInstance").given(&given));
    let step = Step::new("CreatePresignedNotebookInstanceUrl").given(&given);
    scene.call(&caller, step);
    let apis = [
        "GetDatabases",
        "GetTables",
        "GetQueryExecution",
        "GetQueryResults.athena",
        "ListWorkGroups",
        "GetObject",
        "ListObjects",
        "DescribeTrainingJob",
    ];
    let n = scene.random.between(5, 14);
    scene.browse(&caller, &apis, n, 50);
    let database = [(NAME, "sales")];
    scene.call(&caller, Step::new("StartQueryExecution").given(&database));
    if scene.random.chance(300) {
        scene.call(&caller, Step::new("CreateTrainingJob").given(&given));
    }
    scene.wait(1200, 5000);
    scene.call(&caller, Step::new("StopNotebookInstance").given(&given));
    if scene.random.chance(150) {
        scene.wait(120, 200);
        scene.call(&caller, Step::new("UpdateNotebookInstance").given(&given));
    }
}

/// A team wants another model, and gets it.
pub(super) fn models(scene: &mut Scene<'_>) {
    let Some(person) = scene.staff("PlatformAdmin") else {
        return;
    };
    let caller = actors::person(scene.account, person, scene.now, true);
    let model = "mistral.mistral-large-2407-v1:0";
    let given = [(VALUE, model)];
    scene.gap = 15;
    scene.calls(&caller, &["ListFoundationModels"]);
    for api in [
        "GetFoundationModelAvailability",
        "PutUseCaseForModelAccess",
        "CreateFoundationModelAgreement",
        "PutFoundationModelEntitlement",
        "GetFoundationModelAvailability",
    ] {
        scene.call(&caller, Step::new(api).given(&given));
    }
    let refused = Step::new("InvokeModel").given(&given).ends(Outcome::Denied);
    scene.call(&caller, refused);
    scene.wait(120, 300);
    scene.call(&caller, Step::new("InvokeModel").given(&given));
}
