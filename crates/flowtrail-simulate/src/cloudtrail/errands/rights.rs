//! What pipelines change about who may do what.

use super::infrastructure::{apply, service};
use super::scene::Scene;
use crate::cloudtrail::identity::Caller;
use crate::cloudtrail::step::{NAME, OTHER, OUTSIDE, Step, USER_ID, VALUE};

pub(super) fn rights(scene: &mut Scene<'_>) {
    apply(scene, |scene, caller| {
        let name = format!("{}-{}", service(scene), scene.hex(4));
        match scene.turn(7) {
            0 | 1 => service_role(scene, caller, &name),
            2 => policy_version(scene, caller, &name),
            3 => sibling_role(scene, caller, &name),
            4 => removed_role(scene, caller, &name),
            5 => mail_user(scene, caller, &name),
            _ => host_role(scene, caller, &name),
        }
    });
}

fn service_role(scene: &mut Scene<'_>, caller: &Caller, name: &str) {
    let policy = format!("arn:aws:iam::{}:policy/{name}", scene.account.id);
    let service = scene.random.pick_text(&[
        "lambda.amazonaws.com",
        "ecs-tasks.amazonaws.com",
        "states.amazonaws.com",
    ]);
    let given = [(NAME, name), (VALUE, "eu-central-1")];
    scene.call(caller, Step::new("CreatePolicy").given(&given));
    let given = [(NAME, name), (VALUE, service)];
    scene.call(caller, Step::new("CreateRole.service").given(&given));
    let basic = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
    for arn in [basic, policy.as_str()] {
        let given = [(NAME, name), (VALUE, arn)];
        scene.call(caller, Step::new("AttachRolePolicy").given(&given));
    }
    let given = [(NAME, name), (VALUE, "table")];
    scene.call(caller, Step::new("PutRolePolicy.table").given(&given));
    let choice = scene.random.next();
    scene.call(caller, Step::new("TagRole").about(choice));
}

fn policy_version(scene: &mut Scene<'_>, caller: &Caller, name: &str) {
    let given = [(NAME, name)];
    for api in [
        "GetPolicy",
        "ListPolicyVersions",
        "DeletePolicyVersion",
        "CreatePolicyVersion",
        "GetPolicyVersion",
    ] {
        scene.call(caller, Step::new(api).given(&given));
    }
}

/// A role that another account of the organisation may take, or all of them.
fn sibling_role(scene: &mut Scene<'_>, caller: &Caller, name: &str) {
    let Some(sibling) = scene.sibling() else {
        return;
    };
    let organization = scene.organization();
    let given = [
        (NAME, name),
        (OUTSIDE, sibling.id.as_str()),
        (VALUE, "deploy-pipeline"),
        (OTHER, organization),
    ];
    let made = if scene.random.chance(300) {
        "CreateRole.organization"
    } else {
        "CreateRole.account"
    };
    scene.call(caller, Step::new(made).given(&given));
    let read_only = "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess";
    let attached = [(NAME, name), (VALUE, read_only)];
    scene.call(caller, Step::new("AttachRolePolicy").given(&attached));
    if scene.random.chance(400) {
        let step = Step::new("UpdateAssumeRolePolicy.account").given(&given);
        scene.call(caller, step);
    }
}

fn removed_role(scene: &mut Scene<'_>, caller: &Caller, name: &str) {
    let policy = format!("arn:aws:iam::{}:policy/{name}", scene.account.id);
    let given = [(NAME, name), (VALUE, policy.as_str())];
    scene.call(caller, Step::new("DetachRolePolicy").given(&given));
    let inline = [(NAME, name), (VALUE, "table")];
    scene.call(caller, Step::new("DeleteRolePolicy").given(&inline));
    for api in ["ListInstanceProfilesForRole", "DeleteRole", "DeletePolicy"] {
        scene.call(caller, Step::new(api).given(&given));
    }
}

/// A program outside of AWS sends mail: it needs a user and a key.
fn mail_user(scene: &mut Scene<'_>, caller: &Caller, name: &str) {
    let user = format!("{name}-mail");
    let id = scene.account.unique_id("AIDA", &user);
    let key = scene.account.access_key("AKIA", &user, 0);
    let given = [
        (NAME, user.as_str()),
        (USER_ID, id.as_str()),
        (VALUE, key.as_str()),
    ];
    for api in [
        "CreateUser",
        "PutUserPolicy.mail",
        "CreateAccessKey",
        "GetUser",
    ] {
        scene.call(caller, Step::new(api).given(&given));
    }
}

fn host_role(scene: &mut Scene<'_>, caller: &Caller, name: &str) {
    let given = [(NAME, name), (VALUE, "ec2.amazonaws.com")];
    for api in [
        "CreateRole.service",
        "CreateInstanceProfile",
        "AddRoleToInstanceProfile",
        "PutRolePermissionsBoundary",
        "UpdateRole",
    ] {
        scene.call(caller, Step::new(api).given(&given));
    }
    let managed = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore";
    let given = [(NAME, name), (VALUE, managed)];
    scene.call(caller, Step::new("AttachRolePolicy").given(&given));
    if scene.random.chance(300) {
        let given = [
            (NAME, "AWSServiceRoleForElastiCache"),
            (VALUE, "elasticache.amazonaws.com"),
        ];
        scene.call(caller, Step::new("CreateServiceLinkedRole").given(&given));
    }
}
