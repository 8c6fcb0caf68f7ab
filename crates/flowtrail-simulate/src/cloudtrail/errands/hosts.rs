//! People and hosts: one for an hour, a shell, a command.

use super::scene::Scene;
use crate::cloudtrail::actors;
use crate::cloudtrail::step::{GROUP, INSTANCE, NAME, OUTSIDE, Step, VALUE};

/// A host for an hour, to try something out.
pub(super) fn temporary_host(scene: &mut Scene<'_>) {
    let Some(person) = scene.staff("PlatformAdmin") else {
        return;
    };
    let caller = actors::person(scene.account, person, scene.now, true);
    let name = format!("{}-test-{}", person.name, scene.hex(4));
    let (instance, group) = (scene.id("i-"), scene.id("sg-"));
    let size = scene
        .random
        .pick_text(&["t3.micro", "t4g.small", "m7g.medium"]);
    let given = [
        (NAME, name.as_str()),
        (VALUE, size),
        (INSTANCE, instance.as_str()),
        (GROUP, group.as_str()),
    ];
    let of_group = [(NAME, name.as_str()), (VALUE, group.as_str())];
    let from = [(VALUE, caller.address.as_str()), (GROUP, group.as_str())];
    scene.gap = 10;
    scene.browse(
        &caller,
        &["DescribeImages", "DescribeSubnets", "DescribeVpcs"],
        4,
        0,
    );
    scene.call(&caller, Step::new("CreateKeyPair").given(&given));
    scene.call(&caller, Step::new("CreateSecurityGroup").given(&of_group));
    let step = Step::new("AuthorizeSecurityGroupIngress.own").given(&from);
    scene.call(&caller, step);
    scene.call(&caller, Step::new("RunInstances.one").given(&given));
    for _ in 0..4 {
        let step = Step::new("DescribeInstanceStatus").given(&given);
        scene.call(&caller, step);
    }
    if scene.turn(3) == 1 {
        scene.wait(240, 400);
        scene.call(&caller, Step::new("GetPasswordData").given(&given));
    }
    scene.wait(1500, 7000);
    scene.call(&caller, Step::new("TerminateInstances").given(&given));
    scene.wait(60, 120);
    scene.call(&caller, Step::new("DeleteSecurityGroup").given(&of_group));
    scene.call(&caller, Step::new("DeleteKeyPair").given(&given));
}

/// A shell on one host, now and then two, or a way to the database.
pub(super) fn shell(scene: &mut Scene<'_>) {
    let set = if scene.random.chance(700) {
        "PlatformAdmin"
    } else {
        "DeveloperAccess"
    };
    let Some(person) = scene.staff(set) else {
        return;
    };
    let caller = actors::person(scene.account, person, scene.now, false);
    scene.gap = 6;
    scene.calls(
        &caller,
        &["DescribeInstances", "DescribeInstanceInformation"],
    );
    if scene.turn(4) == 1 {
        return scene.calls(&caller, &["SendSSHPublicKey"]);
    }
    for _ in 0..scene.random.between(1, 2) {
        let choice = scene.random.next();
        let session = format!("{}-{}", caller.session, scene.hex(17));
        let given = [(NAME, session.as_str())];
        let api = if scene.random.chance(250) {
            "StartSession.forward"
        } else {
            "StartSession"
        };
        scene.call(&caller, Step::new(api).about(choice).given(&given));
        scene.wait(120, 900);
        if scene.random.chance(150) {
            scene.call(&caller, Step::new("ResumeSession").given(&given));
        }
        scene.call(&caller, Step::new("TerminateSession").given(&given));
    }
}

/// A command on a few hosts, and a look at what came of it.
pub(super) fn command(scene: &mut Scene<'_>) {
    let Some(person) = scene.staff("PlatformAdmin") else {
        return;
    };
    let console = scene.random.chance(500);
    let caller = actors::person(scene.account, person, scene.now, console);
    let command = crate::text::uuid_text(&mut scene.random);
    let document = match scene.turn(3) {
        0 => "AWS-RunShellScript",
        1 => "AWS-ConfigureAWSPackage",
        _ => "AmazonCloudWatch-ManageAgent",
    };
    let given = [(NAME, command.as_str()), (VALUE, document)];
    scene.gap = 5;
    scene.calls(&caller, &["DescribeInstanceInformation", "ListDocuments"]);
    let choice = scene.random.next();
    scene.call(
        &caller,
        Step::new("SendCommand").about(choice).given(&given),
    );
    for _ in 0..scene.random.between(2, 5) {
        let step = Step::new("GetCommandInvocation").about(choice);
        scene.call(&caller, step.given(&given));
    }
}

/// An image that exists is given to the organisation's accounts, by hand.
pub(super) fn share_image(scene: &mut Scene<'_>) {
    let Some(person) = scene.staff("PlatformAdmin") else {
        return;
    };
    let caller = actors::person(scene.account, person, scene.now, true);
    let choice = scene.random.next();
    let here = scene.account.index;
    scene.gap = 15;
    for api in ["DescribeImages", "DescribeImageAttribute"] {
        scene.call(&caller, Step::new(api).about(choice));
    }
    let others = scene.world.accounts.iter().filter(|a| a.index != here);
    for account in others.take(4) {
        let given = [(OUTSIDE, account.id.as_str())];
        for api in ["ModifyImageAttribute", "ModifySnapshotAttribute"] {
            scene.call(&caller, Step::new(api).about(choice).given(&given));
        }
    }
}
