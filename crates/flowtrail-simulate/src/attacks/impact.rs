//! What it was all for.

use super::network::mine;
use super::stage::{NAME, OBJECT, OUTSIDE, Stage, Step, VALUE};
use crate::cloudtrail::identity::{self, Caller};
use crate::text::{Alphabet, collected, java_time, named};
use crate::world::{UNUSED_REGIONS, Vpc};

pub(crate) fn share_snapshot(stage: &mut Stage<'_>) {
    let caller = stage.intruder();
    let foreign = stage.story.foreign_account;
    let choice = stage.random.below(6);
    stage.call(&caller, Step::new("DescribeSnapshots"));
    let given = [(OUTSIDE, foreign)];
    stage.call(
        &caller,
        Step::new("ModifySnapshotAttribute")
            .about(choice)
            .given(&given),
    );
    stage.wait(30, 120);
    let name = format!("copy-{}", named(Alphabet::Hex, 8, &mut stage.random));
    let given = [(OUTSIDE, foreign), (NAME, name.as_str())];
    stage.call(
        &caller,
        Step::new("CreateDBSnapshot").about(choice).given(&given),
    );
    stage.wait(240, 600);
    stage.call(
        &caller,
        Step::new("ModifyDBSnapshotAttribute")
            .about(choice)
            .given(&given),
    );
}

pub(crate) fn s3_ransom(stage: &mut Stage<'_>) {
    let caller = stage.intruder();
    let choice = stage.random.below(8);
    stage.call(&caller, Step::new("ListBuckets"));
    for api in [
        "GetBucketVersioning",
        "PutBucketVersioning",
        "PutBucketLifecycle",
    ] {
        stage.call(&caller, Step::new(api).about(choice));
    }
    for n in 0..stage.random.between(60, 90) {
        let object = format!("documents/{:02}/{n:05}.pdf", n % 12);
        let given = [(OBJECT, object.as_str())];
        stage.call(&caller, Step::new("GetObject").about(choice).given(&given));
        stage.now -= 1;
        stage.call(
            &caller,
            Step::new("DeleteObject").about(choice).given(&given),
        );
    }
    let given = [(OBJECT, "README-RESTORE.txt")];
    stage.call(&caller, Step::new("PutObject").about(choice).given(&given));
}

pub(crate) fn kms_key_deletion(stage: &mut Stage<'_>) {
    let caller = stage.intruder();
    stage.calls(&caller, &["ListKeys", "ListAliases"]);
    for n in 0..stage.random.between(3, 5) {
        let deletion = collected(|out| java_time(out, stage.now + 7 * 86_400, false));
        let given = [(VALUE, deletion.as_str())];
        stage.call(&caller, Step::new("DescribeKey").about(n));
        stage.call(&caller, Step::new("DisableKey").about(n));
        stage.call(
            &caller,
            Step::new("ScheduleKeyDeletion").about(n).given(&given),
        );
    }
}

pub(crate) fn crypto_mining(stage: &mut Stage<'_>) {
    let caller = stage.intruder();
    let Some(region) = stage.random.pick(&UNUSED_REGIONS).copied() else {
        return;
    };
    let vpc = Vpc::outpost(&mut stage.random);
    let instance = vpc
        .interfaces
        .first()
        .map(|i| i.instance.clone())
        .unwrap_or_default();
    let size = stage
        .random
        .pick_text(&["p4d.24xlarge", "p3.16xlarge", "g5.48xlarge"]);
    let key = format!("default-{}", named(Alphabet::Hex, 6, &mut stage.random));
    let given = [
        (NAME, key.as_str()),
        (VALUE, size),
        (OUTSIDE, instance.as_str()),
    ];
    let miner = vpc.interfaces.first().cloned();
    stage.settle(region, vpc);
    stage.call(&caller, Step::new("DescribeRegions"));
    for api in ["DescribeAccountAttributes", "CreateKeyPair", "RunInstances"] {
        stage.call(&caller, Step::new(api).given(&given).region(region.name));
    }
    stage.wait(90, 200);
    if let Some(miner) = miner {
        mine(stage, &miner);
    }
}

pub(crate) fn share_image(stage: &mut Stage<'_>) {
    let caller = stage.intruder();
    let choice = stage.random.below(4);
    let given = [(OUTSIDE, stage.story.foreign_account)];
    stage.call(&caller, Step::new("DescribeImages").about(choice));
    stage.call(&caller, Step::new("DescribeImageAttribute"));
    let step = Step::new("ModifyImageAttribute").about(choice);
    stage.call(&caller, step.given(&given));
}

/// The bucket's new reader comes from an account of nobody.
pub(crate) fn open_bucket(stage: &mut Stage<'_>) {
    let caller = stage.intruder();
    let foreign = stage.story.foreign_account;
    let choice = stage.random.below(8);
    let given = [(OUTSIDE, foreign), (VALUE, "root")];
    stage.call(&caller, Step::new("ListBuckets"));
    stage.call(&caller, Step::new("GetBucketPolicy").about(choice));
    let step = Step::new("PutBucketPolicy.account").about(choice);
    stage.call(&caller, step.given(&given));
    stage.wait(60, 300);
    let reader = Caller {
        identity: identity::foreign(foreign, &stage.account.unique_id("AIDA", foreign)),
        arn: String::new(),
        session: "reader".to_owned(),
        address: stage.story.address(1).to_owned(),
        ..caller
    };
    for n in 0..stage.random.between(6, 14) {
        let object = format!("exports/customers/part-{n:04}.parquet");
        let given = [(OBJECT, object.as_str())];
        stage.call(&reader, Step::new("GetObject").about(choice).given(&given));
    }
}
