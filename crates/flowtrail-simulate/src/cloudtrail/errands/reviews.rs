//! Those who look: at costs, at rights, at findings.

use super::deploy::listings;
use super::scene::Scene;
use crate::cloudtrail::actors;
use crate::cloudtrail::linked;
use crate::cloudtrail::record::Outcome;
use crate::cloudtrail::roles;
use crate::cloudtrail::step::{NAME, Step, VALUE};

/// What was spent, and what will be.
pub(super) fn costs(scene: &mut Scene<'_>) {
    let Some(person) = scene.staff("BillingReadOnly") else {
        return;
    };
    let caller = actors::person(scene.account, person, scene.now, true);
    let apis = [
        "GetCostAndUsage",
        "GetCostForecast",
        "GetDimensionValues",
        "GetReservationUtilization",
        "GetSavingsPlansUtilization",
        "GetAnomalyMonitors",
        "DescribeBudgets",
        "ViewBudget",
        "ListAccounts",
        "DescribeReservedInstances",
    ];
    super::office::arrive(scene, &caller);
    scene.gap = 6;
    let n = scene.random.between(10, 25);
    scene.browse(&caller, &apis, n, 30);
}

/// Who may do what, and whether they do.
pub(super) fn security(scene: &mut Scene<'_>) {
    let Some(person) = scene.staff("SecurityAudit") else {
        return;
    };
    let caller = actors::person(scene.account, person, scene.now, true);
    super::office::arrive(scene, &caller);
    scene.gap = 4;
    scene.calls(
        &caller,
        &[
            "GenerateCredentialReport",
            "GetCredentialReport",
            "GetAccountAuthorizationDetails",
            "ListUsers",
            "ListRoles",
        ],
    );
    let apis = [
        "GetUser",
        "ListAccessKeys",
        "ListMFADevices",
        "ListAttachedUserPolicies",
        "ListUserPolicies",
        "ListGroupsForUser",
        "GetRole",
        "ListAttachedRolePolicies",
        "GenerateServiceLastAccessedDetails",
        "GetServiceLastAccessedDetails",
        "SimulatePrincipalPolicy",
        "ListFindingsV2",
        "GetBucketPolicy",
        "GetKeyPolicy",
        "LookupEvents",
        "DescribeTrails",
        "GetTrailStatus",
        "GetEventSelectors",
    ];
    let n = scene.random.between(15, 40);
    scene.browse(&caller, &apis, n, 25);
}

/// Findings are read, settled and, where they are known, put away.
pub(super) fn triage(scene: &mut Scene<'_>) {
    let Some(person) = scene.staff("SecurityAudit") else {
        return;
    };
    let caller = actors::person(scene.account, person, scene.now, true);
    scene.gap = 20;
    let apis = [
        "ListFindings",
        "GetFindings",
        "GetFindings.guardduty",
        "GetFindingsStatistics",
        "ListDetectors",
        "GetDetector",
        "DescribeHub",
        "GetEnabledStandards",
        "GetInsights",
    ];
    let n = scene.random.between(6, 14);
    scene.browse(&caller, &apis, n, 10);
    let settled = ["ArchiveFindings", "BatchUpdateFindings"];
    let n = scene.random.between(1, 4);
    scene.browse(&caller, &settled, n, 0);
    // What the pentesters and the bastion's scanners cause is known.
    if scene.account.index == 0 && scene.turn(3) == 1 {
        let name = format!("known-probes-{}", scene.hex(4));
        let given = [(NAME, name.as_str())];
        scene.call(&caller, Step::new("CreateFilter").given(&given));
    }
}

/// The auditors' program asks everything there is, in every region, within
/// minutes.
pub(super) fn audit(scene: &mut Scene<'_>) {
    let caller = roles::auditor(scene.account, scene.now);
    let outside = crate::cloudtrail::identity::Caller {
        identity: crate::cloudtrail::identity::foreign(
            roles::AUDITOR_ACCOUNT,
            &scene.account.unique_id("AROA", "auditor"),
        ),
        arn: String::new(),
        ..caller.clone()
    };
    let given = [
        (VALUE, "compliance-scan"),
        (NAME, "quarterly-review"),
        (crate::cloudtrail::step::OTHER, "b19d7c3e5f024a68"),
    ];
    scene.call(&outside, Step::new("AssumeRole.supplier").given(&given));
    scene.gap = 1;
    let apis: Vec<&str> = listings(scene).collect();
    let regions: Vec<_> = scene.world.regions.iter().map(|r| r.name).collect();
    let share = scene.random.between(300, 550);
    for api in apis {
        if !scene.random.chance(share) || !scene.is_usual(&caller, api) {
            continue;
        }
        let outcome = if scene.random.chance(35) {
            Outcome::Denied
        } else {
            Outcome::Success
        };
        let step = Step::new(api).ends(outcome);
        let global = scene.catalogue.named(api).global;
        match scene.random.pick(&regions).copied() {
            Some(region) if !global => scene.call(&caller, step.region(region)),
            _ => scene.call(&caller, step),
        }
    }
}

/// A question to AWS, and its answer.
pub(super) fn support(scene: &mut Scene<'_>) {
    let Some(person) = scene.staff("PlatformAdmin") else {
        return;
    };
    let caller = actors::person(scene.account, person, scene.now, true);
    scene.gap = 30;
    let case = format!("case-{}-muen-2026-{}", scene.account.id, scene.hex(16));
    let given = [(VALUE, case.as_str())];
    scene.calls(
        &caller,
        &[
            "DescribeEvents",
            "DescribeEventDetails",
            "DescribeAffectedEntities",
            "DescribeSeverityLevels",
            "CreateCase",
        ],
    );
    scene.wait(900, 3000);
    scene.calls(&caller, &["DescribeCases"]);
    let step = Step::new("AddCommunicationToCase").given(&given);
    scene.call(&caller, step);
    let behind = roles::linked(scene.account, &linked::SUPPORT, scene.now);
    scene.browse(
        &behind,
        &[
            "DescribeDBInstances",
            "DescribeDBClusters",
            "DescribePendingMaintenanceActions",
            "DescribeAlarms",
            "GetMetricStatistics",
            "DescribeSecurityGroups",
        ],
        8,
        60,
    );
}
