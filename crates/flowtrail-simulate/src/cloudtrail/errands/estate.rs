//! Whole parts of an account: stacks, new regions, and what is given up.

use super::deploy::{enter, state};
use super::scene::Scene;
use crate::cloudtrail::actors::{self, TERRAFORM};
use crate::cloudtrail::identity::Caller;
use crate::cloudtrail::record::Outcome;
use crate::cloudtrail::roles;
use crate::cloudtrail::step::{
    BUCKET, GROUP, INSTANCE, KEY, NAME, OTHER, OUTSIDE, SNAPSHOT, Step, VALUE,
};
use crate::text::{collected, java_time};

/// A region that has to be switched on before it is used, and is, one day.
pub(crate) const NEW_REGION: &str = "eu-south-2";

/// A caller through `CloudFormation`, which acts with the caller's session.
fn through_stack(caller: &Caller) -> Caller {
    let service = "cloudformation.amazonaws.com";
    let mut identity = caller.identity.clone();
    identity.pop();
    identity.extend_from_slice(br#","invokedBy":"cloudformation.amazonaws.com"}"#);
    Caller {
        identity,
        address: service.to_owned(),
        agent: service.to_owned(),
        channel: crate::cloudtrail::identity::Channel::Internal,
        ..caller.clone()
    }
}

/// Somebody makes or changes a stack by hand.
pub(super) fn stack(scene: &mut Scene<'_>) {
    let Some(person) = scene.staff("PlatformAdmin") else {
        return;
    };
    let caller = actors::person(scene.account, person, scene.now, true);
    let behind = through_stack(&caller);
    let name = format!("reporting-{}", scene.hex(4));
    let role = format!("{name}-TaskRole-{}", scene.hex(8).to_uppercase());
    let given = [(NAME, name.as_str())];
    scene.gap = 6;
    scene.calls(&caller, &["ListStacks", "DescribeStacks"]);
    if scene.random.chance(400) {
        scene.call(&caller, Step::new("CreateChangeSet").given(&given));
        scene.calls(&caller, &["DescribeChangeSet"]);
        scene.call(&caller, Step::new("ExecuteChangeSet").given(&given));
    } else {
        let api = scene.random.pick_text(&["CreateStack", "UpdateStack"]);
        scene.call(&caller, Step::new(api).given(&given));
    }
    let of_role = [(NAME, role.as_str()), (VALUE, "ecs-tasks.amazonaws.com")];
    scene.call(&behind, Step::new("CreateRole.service").given(&of_role));
    let inline = [(NAME, role.as_str()), (VALUE, "inline")];
    scene.call(&behind, Step::new("PutRolePolicy.table").given(&inline));
    let group = scene.id("sg-");
    let of_group = [(NAME, name.as_str()), (VALUE, group.as_str())];
    let step = Step::new("CreateSecurityGroup").given(&of_group);
    scene.call(&behind, step);
    scene.calls(&behind, &["RegisterTaskDefinition", "UpdateService"]);
    let bucket = format!("{name}-artifacts-{}", scene.hex(8));
    let of_bucket = [(BUCKET, bucket.as_str())];
    for api in [
        "CreateBucket",
        "PutBucketEncryption",
        "PutBucketPolicy.encrypted",
    ] {
        scene.call(&behind, Step::new(api).given(&of_bucket));
    }
    scene.calls(&caller, &["DescribeStackEvents", "DescribeStackResources"]);
}

/// The organisation puts its baseline into the account.
pub(super) fn stack_set(scene: &mut Scene<'_>) {
    let tail = scene.hex(32);
    let role = format!("stacksets-exec-{tail}");
    let session = scene.hex(32);
    let service = ("cloudformation.amazonaws.com", scene.now);
    let caller = roles::employed(scene.account, ("/", &role), &session, service);
    let core = scene.core().id.as_str();
    let given = [
        (NAME, "organisation-readonly"),
        (OUTSIDE, core),
        (VALUE, "posture-audit"),
    ];
    scene.call(&caller, Step::new("CreateRole.account").given(&given));
    for policy in [
        "arn:aws:iam::aws:policy/SecurityAudit",
        "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess",
    ] {
        let given = [(NAME, "organisation-readonly"), (VALUE, policy)];
        scene.call(&caller, Step::new("AttachRolePolicy").given(&given));
    }
    let rule = [(NAME, "baseline")];
    for api in ["PutConfigRule", "PutConfigRule", "PutRule", "PutTargets"] {
        scene.call(&caller, Step::new(api).given(&rule));
    }
}

/// The organisation begins to use another region.
pub(super) fn new_region(scene: &mut Scene<'_>) {
    let Some(person) = scene.staff("PlatformAdmin") else {
        return;
    };
    let region = NEW_REGION;
    let admin = actors::person(scene.account, person, scene.now, true);
    let named = [(VALUE, region)];
    scene.gap = 8;
    scene.calls(&admin, &["ListRegions"]);
    scene.call(&admin, Step::new("EnableRegion").given(&named));
    scene.wait(600, 1500);
    let accounts = scene.world.accounts.iter().take(4);
    for account in accounts {
        scene.account = account;
        let caller = enter(scene);
        state(scene, false);
        scene.gap = 3;
        let vpc = scene.id("vpc-");
        let gateway = scene.id("igw-");
        let logs = scene.world.log_bucket.as_str();
        let given = [
            (VALUE, vpc.as_str()),
            (OTHER, gateway.as_str()),
            (BUCKET, logs),
        ];
        for api in [
            "DescribeAvailabilityZones",
            "EnableEbsEncryptionByDefault",
            "CreateKey",
            "CreateAlias",
            "EnableKeyRotation",
            "CreateVpc",
            "CreateSubnet",
            "CreateSubnet",
            "CreateInternetGateway",
            "AttachInternetGateway",
            "CreateFlowLogs",
            "CreateDetector",
            "EnableSecurityHub",
            "PutConfigurationRecorder",
            "PutDeliveryChannel",
            "StartConfigurationRecorder",
        ] {
            scene.call(&caller, Step::new(api).given(&given).region(region));
        }
        state(scene, true);
        scene.wait(60, 300);
    }
}

/// A test environment is given up: somebody destroys it, all of it.
pub(super) fn decommission(scene: &mut Scene<'_>) {
    let Some(person) = scene.staff("PlatformAdmin") else {
        return;
    };
    let person = actors::person(scene.account, person, scene.now, false);
    let caller = Caller {
        agent: TERRAFORM.to_owned(),
        ..person
    };
    state(scene, false);
    scene.calls(
        &caller,
        &["GetCallerIdentity", "DescribeVpcs", "DescribeInstances"],
    );
    let vpc = scene.id("vpc-");
    hosts_of(scene, &caller);
    logs_of(scene, &caller, &vpc);
    rights_of(scene, &caller);
    let gateway = scene.id("igw-");
    let given = [(VALUE, vpc.as_str()), (OTHER, gateway.as_str())];
    for api in [
        "DeleteSubnet",
        "DeleteSubnet",
        "DetachInternetGateway",
        "DeleteInternetGateway",
        "DeleteRoute",
        "ReleaseAddress",
        "DeleteVpc",
    ] {
        scene.call(&caller, Step::new(api).given(&given));
    }
    state(scene, true);
}

fn hosts_of(scene: &mut Scene<'_>, caller: &Caller) {
    for _ in 0..scene.random.between(4, 9) {
        let instance = scene.id("i-");
        let given = [(INSTANCE, instance.as_str())];
        scene.call(caller, Step::new("TerminateInstances").given(&given));
    }
    scene.wait(60, 180);
    for _ in 0..scene.random.between(6, 14) {
        scene.calls(caller, &["DeleteVolume"]);
        let snapshot = scene.id("snap-");
        let given = [(VALUE, snapshot.as_str()), (SNAPSHOT, snapshot.as_str())];
        scene.call(caller, Step::new("DeleteSnapshot").given(&given));
    }
    for _ in 0..scene.random.between(3, 6) {
        let group = scene.id("sg-");
        let given = [(VALUE, group.as_str()), (GROUP, group.as_str())];
        scene.call(caller, Step::new("DeleteSecurityGroup").given(&given));
    }
}

fn logs_of(scene: &mut Scene<'_>, caller: &Caller, vpc: &str) {
    for function in ["import", "export", "mailer", "webhook", "thumbnails"] {
        let name = format!("sandbox-{function}");
        let group = format!("/aws/lambda/{name}");
        let given = [(NAME, group.as_str())];
        scene.call(caller, Step::new("DeleteLogGroup").given(&given));
        let given = [(NAME, name.as_str())];
        for api in ["DeleteAlarms", "RemoveTargets", "DeleteRule"] {
            scene.call(caller, Step::new(api).given(&given));
        }
        scene.call(caller, Step::new("DeleteFunction20150331").given(&given));
    }
    scene.calls(caller, &["DescribeFlowLogs"]);
    let log = format!("fl-0{}", scene.hex(16));
    let given = [(NAME, log.as_str()), (VALUE, vpc)];
    scene.call(caller, Step::new("DeleteFlowLogs").given(&given));
}

fn rights_of(scene: &mut Scene<'_>, caller: &Caller) {
    let bucket = format!("meridian-sandbox-{}", scene.hex(6));
    let given = [(BUCKET, bucket.as_str())];
    scene.call(caller, Step::new("ListObjects").given(&given));
    for _ in 0..scene.random.between(2, 5) {
        scene.call(caller, Step::new("DeleteObjects").given(&given));
    }
    scene.call(caller, Step::new("DeleteBucketPolicy").given(&given));
    scene.call(
        caller,
        Step::new("DeleteBucket")
            .given(&given)
            .ends(Outcome::Success),
    );
    let key = crate::text::uuid_text(&mut scene.random);
    let deletion = collected(|out| java_time(out, scene.now + 30 * 86_400, false));
    let given = [(KEY, key.as_str()), (VALUE, deletion.as_str())];
    scene.call(caller, Step::new("DeleteAlias").given(&given));
    scene.call(caller, Step::new("ScheduleKeyDeletion.month").given(&given));
    for name in ["sandbox-import", "sandbox-export", "sandbox-mailer"] {
        let policy = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
        let given = [(NAME, name), (VALUE, policy)];
        scene.call(caller, Step::new("DetachRolePolicy").given(&given));
        scene.call(caller, Step::new("DeleteRole").given(&given));
    }
}
