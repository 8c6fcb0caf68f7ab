//! Not being seen.

use super::stage::{NAME, Stage, Step};
use crate::cloudtrail::step::BUCKET;
use crate::text::{Alphabet, named};

pub(crate) fn guardduty_off(stage: &mut Stage<'_>) {
    let caller = stage.intruder();
    let flow_log = format!("fl-0{}", named(Alphabet::Hex, 16, &mut stage.random));
    stage.calls(&caller, &["ListDetectors", "GetDetector", "DeleteDetector"]);
    stage.wait(10, 60);
    stage.calls(
        &caller,
        &[
            "DescribeConfigurationRecorders",
            "StopConfigurationRecorder",
        ],
    );
    stage.wait(10, 60);
    stage.call(&caller, Step::new("DescribeFlowLogs"));
    stage.call(
        &caller,
        Step::new("DeleteFlowLogs").given(&[(NAME, &flow_log)]),
    );
}

/// The account's own trail; that of the organisation goes on, which is why the
/// rest of the story is still in the logs.
pub(crate) fn stop_logging(stage: &mut Stage<'_>) {
    let caller = stage.intruder();
    stage.calls(
        &caller,
        &["DescribeTrails", "GetTrailStatus", "GetEventSelectors"],
    );
    stage.wait(15, 60);
    for api in ["PutEventSelectors", "StopLogging", "DeleteTrail"] {
        stage.call(&caller, Step::new(api));
        stage.wait(10, 120);
    }
}

pub(crate) fn leave_organization(stage: &mut Stage<'_>) {
    let caller = stage.intruder();
    stage.call(&caller, Step::new("DescribeOrganization"));
    stage.wait(20, 90);
    stage.call(&caller, Step::new("LeaveOrganization"));
}

pub(crate) fn config_off(stage: &mut Stage<'_>) {
    let caller = stage.intruder();
    stage.calls(
        &caller,
        &[
            "DescribeConfigurationRecorders",
            "DescribeDeliveryChannels",
            "StopConfigurationRecorder",
            "DeleteConfigurationRecorder",
            "DeleteDeliveryChannel",
        ],
    );
    stage.wait(20, 90);
    stage.calls(&caller, &["DescribeHub", "DisableSecurityHub"]);
}

pub(crate) fn flow_logs(stage: &mut Stage<'_>) {
    let caller = stage.intruder();
    stage.call(&caller, Step::new("DescribeFlowLogs"));
    for vpc in &stage.account.vpcs {
        let given = [(NAME, vpc.flow_log.as_str())];
        stage.call(&caller, Step::new("DeleteFlowLogs").given(&given));
    }
}

/// In the account that keeps the logs of all others.
pub(crate) fn log_bucket(stage: &mut Stage<'_>) {
    let target = stage.account;
    let Some(core) = stage.world.accounts.first() else {
        return;
    };
    stage.account = core;
    stage.label.traces.account.clone_from(&core.id);
    let caller = stage.intruder();
    let given = [(BUCKET, stage.world.log_bucket.as_str())];
    for api in [
        "GetBucketPolicy",
        "GetBucketVersioning",
        "PutBucketVersioning",
        "DeleteBucketPolicy",
        "PutBucketLifecycle",
        "ListObjects",
    ] {
        stage.call(&caller, Step::new(api).given(&given));
    }
    for _ in 0..stage.random.between(8, 20) {
        stage.call(&caller, Step::new("DeleteObjects").given(&given));
    }
    stage.account = target;
}

pub(crate) fn dns_logs(stage: &mut Stage<'_>) {
    let caller = stage.intruder();
    let id = format!("rqlc-{}", named(Alphabet::Hex, 16, &mut stage.random));
    let given = [(NAME, id.as_str())];
    stage.calls(&caller, &["ListResolverQueryLogConfigs"]);
    for api in [
        "DisassociateResolverQueryLogConfig",
        "DeleteResolverQueryLogConfig",
    ] {
        stage.call(&caller, Step::new(api).given(&given));
    }
}
