//! Not being seen.

use super::stage::{NAME, Stage, Step};
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
