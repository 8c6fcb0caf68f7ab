//! What is gone, or in the hands of others, afterwards.

use super::stage::{OBJECT, Stage, Step};
use crate::cloudtrail::STATE_BUCKET;
use crate::cloudtrail::actors;
use crate::cloudtrail::identity::Caller;
use crate::cloudtrail::step::{BUCKET, IMAGE, NAME, SNAPSHOT, VALUE};

/// Somebody's session of single sign-on, used from elsewhere.
fn borrowed(stage: &mut Stage<'_>) -> Option<Caller> {
    let people = stage.world.people.iter();
    let able: Vec<_> = people
        .filter(|p| p.permission_set == "PlatformAdmin")
        .collect();
    let person = stage.random.pick(&able).copied()?;
    let caller = Caller {
        address: stage.story.address(1).to_owned(),
        ..actors::person(stage.account, person, stage.now, false)
    };
    stage.label.traces.actor.clone_from(&caller.arn);
    Some(caller)
}

pub(crate) fn customer_key(stage: &mut Stage<'_>) {
    let caller = stage.intruder();
    let choice = stage.random.below(8);
    stage.call(&caller, Step::new("ListBuckets"));
    for api in ["GetBucketVersioning", "ListObjects"] {
        stage.call(&caller, Step::new(api).about(choice));
    }
    for n in 0..stage.random.between(60, 90) {
        let object = format!("invoices/2025/{n:05}.pdf");
        let given = [(OBJECT, object.as_str())];
        let step = Step::new("CopyObject.customer-key").about(choice);
        stage.call(&caller, step.given(&given));
    }
    stage.call(&caller, Step::new("PutBucketLifecycle").about(choice));
    let given = [(OBJECT, "HOW-TO-GET-YOUR-FILES.txt")];
    stage.call(&caller, Step::new("PutObject").about(choice).given(&given));
}

pub(crate) fn by_the_thousand(stage: &mut Stage<'_>) {
    let caller = stage.intruder();
    let choice = stage.random.below(8);
    stage.calls(&caller, &["ListBuckets"]);
    for api in ["GetBucketVersioning", "ListObjects"] {
        stage.call(&caller, Step::new(api).about(choice));
    }
    for _ in 0..stage.random.between(30, 60) {
        stage.call(&caller, Step::new("DeleteObjects").about(choice));
        stage.now -= 1;
    }
    let given = [(OBJECT, "README-RESTORE.txt")];
    stage.call(&caller, Step::new("PutObject").about(choice).given(&given));
}

pub(crate) fn tables(stage: &mut Stage<'_>) {
    let Some(caller) = borrowed(stage) else {
        return;
    };
    stage.calls(&caller, &["GetCallerIdentity", "ListTables"]);
    for choice in 0..4 {
        for api in [
            "DescribeTable",
            "UpdateContinuousBackups.off",
            "UpdateTable",
        ] {
            stage.call(&caller, Step::new(api).about(choice));
        }
    }
    stage.wait(20, 90);
    stage.call(&caller, Step::new("DeleteTable").about(1));
}

pub(crate) fn images(stage: &mut Stage<'_>) {
    let caller = stage.intruder();
    stage.calls(&caller, &["DescribeImages", "DescribeSnapshots"]);
    let stock = &stage.account.stock;
    for (image, snapshot) in stock.images.iter().zip(&stock.snapshots) {
        let given = [
            (IMAGE, image.as_str()),
            (SNAPSHOT, snapshot.as_str()),
            (VALUE, snapshot.as_str()),
        ];
        for api in ["DeregisterImage", "DeleteSnapshot"] {
            stage.call(&caller, Step::new(api).given(&given));
        }
    }
}

/// The next run of the pipeline believes what stands in its state.
pub(crate) fn state(stage: &mut Stage<'_>) {
    let target = stage.account;
    let Some(core) = stage.world.accounts.first() else {
        return;
    };
    stage.account = core;
    stage.label.traces.account.clone_from(&core.id);
    let caller = stage.intruder();
    let key = format!("{}/platform/terraform.tfstate", target.name);
    let lock = format!("{key}.tflock");
    let given = [(BUCKET, STATE_BUCKET), (OBJECT, key.as_str())];
    for api in ["ListObjects", "GetObject"] {
        stage.call(&caller, Step::new(api).given(&given));
    }
    stage.wait(120, 600);
    let held = [(BUCKET, STATE_BUCKET), (OBJECT, lock.as_str())];
    stage.call(&caller, Step::new("DeleteObject").given(&held));
    let digest = format!("{STATE_BUCKET}/{key}-md5");
    let of_table = [(NAME, "terraform-locks"), (VALUE, digest.as_str())];
    stage.call(&caller, Step::new("DeleteItem").given(&of_table));
    stage.call(&caller, Step::new("PutObject").given(&given));
    stage.account = target;
}
