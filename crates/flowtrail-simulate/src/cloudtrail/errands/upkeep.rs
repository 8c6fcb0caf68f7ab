//! Regular care: new passwords, patches, images and checks; and strangers who
//! try the door.

use super::scene::Scene;
use crate::cloudtrail::actors::{self, egress};
use crate::cloudtrail::identity::{self, Caller, Channel, SessionExtra};
use crate::cloudtrail::linked;
use crate::cloudtrail::roles;
use crate::cloudtrail::step::{IMAGE, INSTANCE, NAME, OTHER, OUTSIDE, SNAPSHOT, Step, VALUE};
use crate::random::Random;
use crate::text::uuid_text;

/// A secret gets a new value; the service says when it begins and ends.
pub(super) fn rotation(scene: &mut Scene<'_>) {
    let choice = scene.random.next();
    let service = Caller {
        identity: identity::itself(scene.account, "secretsmanager.amazonaws.com"),
        ..actors::service("secretsmanager.amazonaws.com")
    };
    let caller = roles::tasked(
        scene.account,
        ("svc-rotation-role", "secret-rotation"),
        (scene.now, SessionExtra::Function),
        (&egress(scene.account), actors::SDKS[0]),
    );
    scene.call(&service, Step::new("RotationStarted").about(choice));
    for api in [
        "DescribeSecret",
        "GetSecretValue",
        "GetRandomPassword",
        "PutSecretValue",
        "GetSecretValue",
        "UpdateSecretVersionStage",
    ] {
        scene.call(&caller, Step::new(api).about(choice));
    }
    scene.call(&service, Step::new("RotationSucceeded").about(choice));
}

/// The window in which hosts are patched.
pub(super) fn patching(scene: &mut Scene<'_>) {
    let window = format!("mw-0{}", scene.hex(16));
    let service = ("ssm.amazonaws.com", scene.now);
    let caller = roles::employed(scene.account, ("/", "patch-maintenance"), &window, service);
    let command = uuid_text(&mut scene.random);
    let given = [(NAME, command.as_str()), (VALUE, "AWS-RunPatchBaseline")];
    scene.call(&caller, Step::new("SendCommand.group").given(&given));
    for _ in 0..scene.random.between(3, 8) {
        let choice = scene.random.next();
        let step = Step::new("GetCommandInvocation").about(choice);
        scene.call(&caller, step.given(&given));
        scene.wait(5, 60);
    }
    if scene.random.chance(400) {
        scene.calls(&caller, &["RebootInstances"]);
    }
}

/// The base image is built and given to the accounts of the organisation. The
/// one before the last goes.
pub(super) fn image(scene: &mut Scene<'_>) {
    let caller = roles::image_builder(scene.account, scene.now);
    let name = format!("base-{}", scene.hex(8));
    let (instance, image) = (scene.id("i-"), scene.id("ami-"));
    let (old, snapshot) = (scene.id("ami-"), scene.id("snap-"));
    let given = [
        (NAME, name.as_str()),
        (VALUE, "m7g.large"),
        (INSTANCE, instance.as_str()),
        (IMAGE, image.as_str()),
    ];
    let of = |api| Step::new(api).given(&given);
    for api in [
        "CreateKeyPair",
        "RunInstances.one",
        "DescribeInstanceStatus",
    ] {
        scene.call(&caller, of(api));
    }
    scene.wait(240, 900);
    for api in [
        "StopInstances",
        "CreateImage",
        "DescribeImages",
        "CreateTags",
    ] {
        scene.call(&caller, of(api));
        scene.wait(20, 60);
    }
    let here = scene.account.index;
    let whole = scene.random.chance(300);
    for account in scene
        .world
        .accounts
        .iter()
        .filter(|a| a.index != here)
        .take(6)
    {
        let shared = [
            (IMAGE, image.as_str()),
            (OUTSIDE, account.id.as_str()),
            (OTHER, scene.organization()),
        ];
        if whole {
            let core = [
                (IMAGE, image.as_str()),
                (OUTSIDE, scene.core().id.as_str()),
                (OTHER, scene.organization()),
            ];
            let step = Step::new("ModifyImageAttribute.organization").given(&core);
            scene.call(&caller, step);
            break;
        }
        scene.call(&caller, Step::new("ModifyImageAttribute").given(&shared));
    }
    scene.call(&caller, of("TerminateInstances"));
    scene.call(&caller, of("DeleteKeyPair"));
    let gone = [
        (IMAGE, old.as_str()),
        (VALUE, snapshot.as_str()),
        (SNAPSHOT, snapshot.as_str()),
    ];
    scene.call(&caller, Step::new("DeregisterImage").given(&gone));
    scene.call(&caller, Step::new("DeleteSnapshot").given(&gone));
}

/// GuardDuty looks into a disk: it copies it, takes the copy to itself, and
/// throws it away.
pub(super) fn disk_scan(scene: &mut Scene<'_>) {
    let caller = roles::linked(scene.account, &linked::SCANS_DISKS, scene.now);
    let snapshot = scene.id("snap-");
    let given = [
        (SNAPSHOT, snapshot.as_str()),
        (VALUE, snapshot.as_str()),
        // The account in which AWS runs the scanner.
        (OUTSIDE, "654650010010"),
    ];
    for api in [
        "DescribeInstances",
        "DescribeVolumes",
        "CreateSnapshot",
        "CreateTags",
        "ModifySnapshotAttribute",
        "DescribeSnapshots",
        "ModifySnapshotAttribute.remove",
        "DeleteSnapshot",
    ] {
        scene.call(&caller, Step::new(api).given(&given));
        scene.wait(10, 60);
    }
}

/// A rule of AWS Config is worked out by a function.
pub(super) fn compliance(scene: &mut Scene<'_>) {
    let caller = roles::tasked(
        scene.account,
        ("config-evaluator-role", "config-evaluator"),
        (scene.now, SessionExtra::Function),
        (&egress(scene.account), actors::SDKS[0]),
    );
    scene.calls(
        &caller,
        &[
            "DescribeSecurityGroups",
            "GetBucketPolicy",
            "GetBucketPublicAccessBlock",
            "ListAttachedRolePolicies",
            "PutEvaluations",
        ],
    );
}

/// Strangers ask for objects that others left open elsewhere.
pub(super) fn probe(scene: &mut Scene<'_>) {
    let from = |random: &mut Random| format!("203.0.113.{}", random.between(128, 199));
    let caller = Caller {
        identity: identity::anonymous(),
        arn: String::new(),
        session: String::new(),
        address: from(&mut scene.random),
        agent: "[Go-http-client/1.1]".to_owned(),
        channel: Channel::Tls13,
    };
    for _ in 0..scene.random.between(1, 5) {
        let choice = scene.random.next();
        let object = scene.random.pick_text(&[
            "backup.sql",
            ".env",
            "index.html",
            "config.json",
            ".git/config",
        ]);
        let given = [(NAME, object)];
        let api = if scene.random.chance(700) {
            "GetObject.anonymous"
        } else {
            "GetBucketAcl.anonymous"
        };
        scene.call(&caller, Step::new(api).about(choice).given(&given));
    }
}
