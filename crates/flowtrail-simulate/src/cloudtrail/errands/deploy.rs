//! Pipelines: they build, they deploy, and they say what they would change.

use super::scene::Scene;
use crate::cloudtrail::actors;
use crate::cloudtrail::identity::{self, Caller};
use crate::cloudtrail::record::Outcome;
use crate::cloudtrail::roles;
use crate::cloudtrail::step::{BUCKET, NAME, OBJECT, OUTSIDE, Step, VALUE};

/// Where what was built, and what is known of it, is kept.
pub(crate) const STATE_BUCKET: &str = "meridian-core-terraform-state";
const STATE_LOCKS: &str = "terraform-locks";

/// The pipeline goes from its own account into this one. Both accounts record
/// that.
pub(super) fn enter(scene: &mut Scene<'_>) -> Caller {
    let run = scene.random.below(10_000);
    let core = scene.core();
    let target = scene.account;
    let runner = roles::runner(core, run, scene.now);
    let caller = roles::deployer(target, run, scene.now);
    let given = [
        (OUTSIDE, target.id.as_str()),
        (VALUE, "deploy-pipeline"),
        (NAME, caller.session.as_str()),
    ];
    let step = Step::new("AssumeRole.member").given(&given);
    scene.account = core;
    scene.call(&runner, step);
    scene.account = target;
    if target.index != core.index {
        let principal = format!("{}:{}", core.unique_id("AROA", "ci-runner"), runner.session);
        let arriving = Caller {
            identity: identity::foreign(&core.id, &principal),
            arn: String::new(),
            ..runner
        };
        scene.call(&arriving, step);
    }
    caller
}

/// The state is locked and read, or written and unlocked.
pub(super) fn state(scene: &mut Scene<'_>, done: bool) {
    let (core, target) = (scene.core(), scene.account);
    let run = scene.random.below(10_000);
    let runner = roles::runner(core, run, scene.now);
    let key = format!("{}/platform/terraform.tfstate", target.name);
    let lock = format!("{STATE_BUCKET}/{key}");
    let object = [(BUCKET, STATE_BUCKET), (OBJECT, key.as_str())];
    let lock = [(NAME, STATE_LOCKS), (VALUE, lock.as_str())];
    let steps = if done {
        ["PutObject", "PutItem", "DeleteItem"]
    } else {
        ["PutItem", "GetItem", "GetObject"]
    };
    scene.account = core;
    for api in steps {
        let given = if api.ends_with("Object") {
            &object
        } else {
            &lock
        };
        scene.call(&runner, Step::new(api).given(given));
    }
    scene.account = target;
}

/// New code for functions and services: several times a day.
pub(super) fn release(scene: &mut Scene<'_>) {
    let caller = enter(scene);
    let silenced = scene.random.chance(120);
    scene.gap = 5;
    if silenced {
        scene.calls(&caller, &["DisableAlarmActions"]);
    }
    for _ in 0..scene.random.between(1, 3) {
        let choice = scene.random.next();
        let steps: &[&str] = if scene.random.chance(650) {
            &[
                "GetFunction20150331v2",
                "UpdateFunctionCode20150331v2",
                "GetFunctionConfiguration20150331v2",
                "UpdateFunctionConfiguration20150331v2",
                "GetFunctionConfiguration20150331v2",
                "PublishVersion20150331",
                "UpdateAlias20150331",
            ]
        } else {
            &[
                "DescribeTaskDefinition",
                "RegisterTaskDefinition",
                "UpdateService",
                "DescribeServices",
                "DescribeServices",
                "RunTask",
            ]
        };
        for api in steps {
            scene.call(&caller, Step::new(api).about(choice));
        }
        scene.wait(5, 40);
    }
    if silenced {
        scene.calls(&caller, &["EnableAlarmActions"]);
    }
    if scene.random.chance(200) {
        scene.calls(&caller, &["CreateInvalidation"]);
    }
}

/// What would change: hundreds of questions, some of which the role may not ask.
pub(super) fn plan(scene: &mut Scene<'_>) {
    let run = scene.random.next();
    let caller = roles::plan(scene.account, run, scene.now);
    state(scene, false);
    scene.gap = 1;
    let mut apis: Vec<&str> = listings(scene).collect();
    if let Some(lasting) = scene.world.lasting {
        // What is written down is asked for every time, and it is not much.
        apis.retain(|api| lasting.is_written_down(&scene.account.id, api));
    }
    let known = [
        "GetRole",
        "GetRolePolicy",
        "ListAttachedRolePolicies",
        "GetBucketPolicy",
        "GetBucketVersioning",
        "GetBucketTagging",
        "DescribeSecurityGroupRules",
        "GetFunction20150331v2",
        "DescribeTable",
        "GetQueueAttributes",
        "DescribeKey",
        "GetKeyRotationStatus",
    ];
    // The start-up script of every host belongs to the state, and so do some
    // secrets and parameters.
    for choice in 0..actors::hosts(scene.account) {
        let step = Step::new("DescribeInstanceAttribute").about(choice);
        scene.call(&caller, step);
    }
    for choice in 0..scene.random.between(3, 12) {
        for api in ["GetSecretValue", "GetParameter"] {
            scene.call(&caller, Step::new(api).about(choice));
        }
    }
    let n = scene.random.between(50, 160);
    for _ in 0..n {
        if scene.random.chance(600) {
            scene.browse(&caller, &known, 1, 4);
        } else {
            scene.browse(&caller, &apis, 1, 40);
        }
    }
    state(scene, true);
}

/// Calls that list, of all services.
pub(super) fn listings<'s>(scene: &Scene<'s>) -> impl Iterator<Item = &'static str> + use<'s> {
    let catalogue = scene.catalogue;
    catalogue.listings().iter().map(|id| catalogue.get(*id).id)
}

/// Images and packages are built and put where deployments take them from.
pub(super) fn build(scene: &mut Scene<'_>) {
    let run = scene.random.next();
    let caller = roles::runner(scene.account, run, scene.now);
    let choice = scene.random.next();
    scene.gap = 8;
    for api in [
        "GetCallerIdentity",
        "GetAuthorizationToken",
        "BatchGetImage",
        "InitiateLayerUpload",
        "CompleteLayerUpload",
        "CompleteLayerUpload",
        "PutImage",
        "DescribeImageScanFindings",
    ] {
        scene.call(&caller, Step::new(api).about(choice));
    }
    let package = format!("releases/{}.zip", scene.hex(8));
    let given = [(OBJECT, package.as_str())];
    scene.call(&caller, Step::new("PutObject").about(choice).given(&given));
    // Nobody has given the role the right to see what it costs.
    if scene.random.chance(100) {
        scene.call(&caller, Step::new("GetCostForecast").ends(Outcome::Denied));
    }
}
