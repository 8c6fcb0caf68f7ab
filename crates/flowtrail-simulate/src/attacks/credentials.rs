//! What is done with credentials that were found, and how more of them are.

use super::stage::{NAME, OUTSIDE, Stage, Step, VALUE};
use crate::cloudtrail::actors;
use crate::cloudtrail::identity::{self, Caller, SessionExtra};
use crate::cloudtrail::record::Outcome;
use crate::cloudtrail::roles;
use crate::world::Account;

/// A key in many hands: each comes from a network of its own.
pub(crate) fn key_reuse(stage: &mut Stage<'_>) {
    let first = actors::legacy_user(stage.account, stage.story.victim);
    stage.label.traces.actor.clone_from(&first.arn);
    let mut addresses = vec![stage.story.address_v6.clone()];
    for n in 0..3 {
        addresses.push(stage.story.address(n).to_owned());
    }
    for network in ["198.51.100", "203.0.113"] {
        let host = stage.random.between(200, 250);
        addresses.push(format!("{network}.{host}"));
    }
    for _ in 0..2 {
        for address in &addresses {
            let agent = stage.random.pick_text(&actors::CLIS).to_owned();
            let caller = Caller {
                address: address.clone(),
                agent,
                ..first.clone()
            };
            stage.calls(&caller, &["GetCallerIdentity", "ListBuckets"]);
            let choice = stage.random.next();
            stage.call(&caller, Step::new("GetObject").about(choice));
            stage.wait(60, 200);
        }
    }
}

/// What somebody asks who does not know what a key is good for.
const TRIED: [&str; 44] = [
    "ListUsers",
    "ListRoles",
    "ListGroups",
    "ListPolicies",
    "ListInstanceProfiles",
    "ListSAMLProviders",
    "ListVirtualMFADevices",
    "GetAccountAuthorizationDetails",
    "GetAccountSummary",
    "GetAccountPasswordPolicy",
    "ListAccountAliases",
    "DescribeOrganization",
    "ListAccounts",
    "ListRoots",
    "ListBuckets",
    "GetAccountPublicAccessBlock",
    "DescribeInstances",
    "DescribeSecurityGroups",
    "DescribeKeyPairs",
    "DescribeSnapshots",
    "DescribeVpcs",
    "DescribeVpnConnections",
    "DescribeFlowLogs",
    "ListFunctions20150331",
    "ListLayers20181031",
    "DescribeDBInstances",
    "DescribeDBSnapshots",
    "ListTables",
    "DescribeRepositories",
    "ListClusters",
    "ListStacks",
    "ListSecrets",
    "DescribeParameters",
    "ListKeys",
    "ListTopics",
    "ListQueues",
    "DescribeTrails",
    "ListDetectors",
    "DescribeConfigurationRecorders",
    "DescribeHub",
    "ListHostedZones",
    "DescribeLogGroups",
    "GetCostAndUsage",
    "ListFoundationModels",
];

pub(crate) fn enumeration(stage: &mut Stage<'_>) {
    let caller = stage.intruder();
    stage.calls(&caller, &["GetCallerIdentity"]);
    for api in TRIED {
        let outcome = if stage.random.chance(850) {
            Outcome::Denied
        } else {
            Outcome::Success
        };
        stage.call(&caller, Step::new(api).ends(outcome));
        stage.now -= 2;
    }
}

/// In every region: mail may be allowed in one of them only.
pub(crate) fn mail(stage: &mut Stage<'_>) {
    let caller = stage.intruder();
    let regions: Vec<_> = stage.world.regions.iter().map(|r| r.name).collect();
    for region in regions {
        for api in [
            "GetAccountSendingEnabled",
            "GetSendQuota",
            "GetSendStatistics",
            "ListIdentities",
            "GetIdentityVerificationAttributes",
            "GetAccount.ses",
        ] {
            stage.call(&caller, Step::new(api).region(region));
        }
        stage.wait(5, 20);
    }
}

/// A session of a role, taken from outside.
fn session(stage: &Stage<'_>, account: &Account, role: &str, from: &Caller) -> Caller {
    let given = (stage.now, SessionExtra::Nothing);
    let by = (from.address.as_str(), from.agent.as_str());
    roles::tasked(account, (role, "maintenance"), given, by)
}

/// From account to account: both sides record each step.
pub(crate) fn role_chain(stage: &mut Stage<'_>) {
    let first = stage.account;
    let mut caller = stage.intruder();
    stage.calls(&caller, &["GetCallerIdentity", "ListRoles"]);
    let others = stage
        .world
        .accounts
        .iter()
        .filter(|a| a.index != first.index);
    let mut path: Vec<&Account> = others.take(3).collect();
    if path.is_empty() {
        // A lone account has roles that may take others, too.
        path = vec![first; 2];
    }
    for (target, role) in
        path.into_iter()
            .zip(["deploy-pipeline", "organisation-readonly", "image-builder"])
    {
        let given = [
            (OUTSIDE, target.id.as_str()),
            (VALUE, role),
            (NAME, "maintenance"),
        ];
        let step = Step::new("AssumeRole.member").given(&given);
        stage.call(&caller, step);
        let here = stage.account;
        let inside = session(stage, target, role, &caller);
        stage.account = target;
        if target.index != here.index {
            let principal = here.unique_id("AROA", &caller.session);
            let arriving = Caller {
                identity: identity::foreign(&here.id, &principal),
                arn: String::new(),
                ..caller.clone()
            };
            stage.call(&arriving, step);
        }
        caller = inside;
        stage.calls(&caller, &["GetCallerIdentity", "ListBuckets", "ListRoles"]);
        stage.wait(20, 120);
    }
    stage.account = first;
}

/// Each host is asked for its password; there is none for most.
pub(crate) fn passwords(stage: &mut Stage<'_>) {
    let caller = stage.intruder();
    stage.call(&caller, Step::new("DescribeInstances"));
    for choice in 0..stage.random.between(14, 24) {
        let outcome = if stage.random.chance(600) {
            Outcome::Denied
        } else {
            Outcome::Success
        };
        let step = Step::new("GetPasswordData").about(choice).ends(outcome);
        stage.call(&caller, step);
    }
}

pub(crate) fn scripts(stage: &mut Stage<'_>) {
    let caller = stage.intruder();
    stage.call(&caller, Step::new("DescribeInstances"));
    for _ in 0..stage.random.between(12, 18) {
        let instance = format!("i-0{:016x}", stage.random.next());
        let given = [(crate::cloudtrail::step::INSTANCE, instance.as_str())];
        let step = Step::new("DescribeInstanceAttribute").given(&given);
        stage.call(&caller, step);
    }
}

pub(crate) fn batch(stage: &mut Stage<'_>) {
    let caller = stage.intruder();
    for prefix in ["prod", "staging", "db", "api", "token", "key", "core"] {
        let given = [(NAME, prefix)];
        let step = Step::new("BatchGetSecretValue.filter").given(&given);
        stage.call(&caller, step);
    }
}

pub(crate) fn parameters(stage: &mut Stage<'_>) {
    let caller = stage.intruder();
    stage.calls(&caller, &["GetCallerIdentity", "DescribeParameters"]);
    for choice in 0..8 {
        stage.call(&caller, Step::new("GetParameters").about(choice));
        // The service decrypts at the same moment.
        stage.now -= 1;
        stage.call(&caller, Step::new("Decrypt.ssm").about(choice));
    }
}
