//! What runs by itself: copies, synchronisation, cleaning up, growing and
//! shrinking.

use super::scene::Scene;
use crate::cloudtrail::actors;
use crate::cloudtrail::linked;
use crate::cloudtrail::roles;
use crate::cloudtrail::step::{BUCKET, INSTANCE, NAME, OBJECT, OUTSIDE, SNAPSHOT, Step, VALUE};

/// Disks and a database are copied, and the copies given to the account that
/// keeps them. Old ones go.
pub(super) fn backup(scene: &mut Scene<'_>) {
    let service = ("backup.amazonaws.com", scene.now);
    let role = ("/service-role/", "AWSBackupDefaultServiceRole");
    let session = "AWSBackup-AWSBackupDefaultServiceRole";
    let caller = roles::employed(scene.account, role, session, service);
    let keeper = scene.core();
    let shared = keeper.index != scene.account.index;
    for _ in 0..scene.random.between(1, 4) {
        let (snapshot, old) = (scene.id("snap-"), scene.id("snap-"));
        let choice = scene.random.next();
        let given = [
            (SNAPSHOT, snapshot.as_str()),
            (VALUE, old.as_str()),
            (OUTSIDE, keeper.id.as_str()),
        ];
        let of = |api| Step::new(api).about(choice).given(&given);
        for api in ["CreateSnapshot", "CreateTags", "DescribeSnapshots"] {
            scene.call(&caller, of(api));
        }
        if shared {
            scene.call(&caller, of("ModifySnapshotAttribute"));
            scene.call(&caller, of("StartCopyJob"));
        } else {
            scene.call(&caller, of("CopySnapshot"));
        }
        scene.call(&caller, of("DeleteSnapshot"));
    }
    let name = format!("awsbackup-job-{}", scene.hex(12));
    let given = [(NAME, name.as_str()), (OUTSIDE, keeper.id.as_str())];
    let choice = scene.random.next();
    let of = |api| Step::new(api).about(choice).given(&given);
    scene.call(&caller, of("CreateDBSnapshot.encrypted"));
    scene.wait(120, 240);
    scene.call(&caller, of("CopyDBSnapshot"));
    if shared {
        scene.call(&caller, of("ModifyDBSnapshotAttribute"));
    }
    scene.call(&caller, of("DeleteDBSnapshot"));
}

/// The cluster's copy of the secrets is renewed: each of them is read.
pub(super) fn secrets(scene: &mut Scene<'_>) {
    let caller = roles::pod(scene.account, &roles::SECRETS_POD, scene.now);
    let all = u64::try_from(scene.account.stock.secrets.len()).unwrap_or(0);
    let n = scene.random.between(8, all.max(8));
    scene.gap = 1;
    if scene.turn(5) == 4 {
        for _ in 0..n / 4 {
            scene.calls(&caller, &["BatchGetSecretValue"]);
        }
        return;
    }
    for choice in 0..n {
        scene.call(&caller, Step::new("GetSecretValue").about(choice));
        scene.call(&caller, Step::new("Decrypt.secretsmanager").about(choice));
    }
}

/// A job deletes what is older than it should be: one by one, or by the
/// thousand.
pub(super) fn cleanup(scene: &mut Scene<'_>) {
    let choice = scene.random.next();
    let caller = actors::task(scene.account, choice, scene.now);
    let bucket = format!("meridian-{}-scratch", scene.account.name);
    let given = [(BUCKET, bucket.as_str())];
    scene.gap = 1;
    scene.call(&caller, Step::new("ListObjects").given(&given));
    let n = scene.random.between(120, 320);
    if scene.random.chance(400) {
        for _ in 0..n / 12 {
            scene.call(&caller, Step::new("DeleteObjects").given(&given));
        }
        return;
    }
    for n in 0..n {
        let object = format!("tmp/session-{n:05}.json");
        let given = [(BUCKET, bucket.as_str()), (OBJECT, object.as_str())];
        scene.call(&caller, Step::new("DeleteObject").given(&given));
    }
}

/// More hosts in the morning, fewer at night.
pub(super) fn scaling(scene: &mut Scene<'_>) {
    let caller = roles::linked(scene.account, &linked::SCALING, scene.now);
    let instance = scene.id("i-");
    let grantee = caller.arn.clone();
    let given = [(INSTANCE, instance.as_str()), (VALUE, grantee.as_str())];
    let choice = scene.random.next();
    let of = |api| Step::new(api).about(choice).given(&given);
    if scene.random.chance(500) {
        for api in [
            "DescribeLaunchTemplateVersions",
            "RunInstances.scaling",
            "CreateGrant",
            "CreateTags",
            "DescribeInstanceStatus",
            "RetireGrant",
        ] {
            scene.call(&caller, of(api));
        }
    } else {
        scene.call(&caller, of("DescribeInstances"));
        scene.call(&caller, of("TerminateInstances"));
    }
}

/// The cluster buys hosts for an hour, and gives them back.
pub(super) fn spot_hosts(scene: &mut Scene<'_>) {
    let caller = roles::pod(scene.account, &roles::NODES_POD, scene.now);
    let instance = scene.id("i-");
    let template = format!("karpenter.k8s.aws/{}", scene.hex(18));
    let size = scene.random.pick_text(&[
        "m7g.large",
        "c7g.xlarge",
        "m6i.2xlarge",
        "r7g.large",
        "g5.xlarge",
    ]);
    let given = [
        (INSTANCE, instance.as_str()),
        (NAME, template.as_str()),
        (VALUE, size),
    ];
    let of = |api| Step::new(api).given(&given);
    for api in [
        "DescribeInstanceTypeOfferings",
        "CreateLaunchTemplate",
        "CreateFleet",
        "RunInstances.spot",
        "CreateTags",
        "DeleteLaunchTemplate",
    ] {
        scene.call(&caller, of(api));
    }
    if scene.random.chance(700) {
        scene.wait(900, 7000);
        let later = roles::pod(scene.account, &roles::NODES_POD, scene.now);
        scene.call(&later, of("TerminateInstances"));
    }
}

/// The hosts of a cluster get a newer image, one after another.
pub(super) fn node_group(scene: &mut Scene<'_>) {
    let caller = roles::linked(scene.account, &linked::NODE_GROUPS, scene.now);
    let scaling = roles::linked(scene.account, &linked::SCALING, scene.now);
    let choice = scene.random.next();
    scene.gap = 10;
    for api in [
        "DescribeLaunchTemplateVersions",
        "CreateLaunchTemplateVersion",
        "DescribeAutoScalingGroups",
        "UpdateAutoScalingGroup",
    ] {
        scene.call(&caller, Step::new(api).about(choice));
    }
    for _ in 0..scene.random.between(2, 4) {
        let instance = scene.id("i-");
        let given = [(INSTANCE, instance.as_str())];
        let step = Step::new("RunInstances.scaling").about(choice);
        scene.call(&scaling, step);
        scene.wait(90, 240);
        let step = Step::new("TerminateInstanceInAutoScalingGroup");
        scene.call(&caller, step.given(&given));
        scene.call(&scaling, Step::new("TerminateInstances").given(&given));
    }
}
