//! Code and commands on what belongs to others, and what is done at their cost.

use super::stage::{NAME, OUTSIDE, Stage, Step, VALUE};
use crate::cloudtrail::actors;
use crate::cloudtrail::record::Outcome;
use crate::text::{Alphabet, named, uuid_text};

pub(crate) fn user_data(stage: &mut Stage<'_>) {
    let caller = stage.intruder();
    stage.call(&caller, Step::new("DescribeInstances"));
    for choice in 0..2 {
        stage.call(
            &caller,
            Step::new("DescribeInstanceAttribute").about(choice),
        );
        stage.call(&caller, Step::new("StopInstances").about(choice));
        stage.wait(60, 150);
        for api in ["ModifyInstanceAttribute.user-data", "StartInstances"] {
            stage.call(&caller, Step::new(api).about(choice));
        }
        stage.wait(20, 60);
    }
}

pub(crate) fn notebook(stage: &mut Stage<'_>) {
    let caller = stage.intruder();
    let tail = named(Alphabet::Hex, 6, &mut stage.random);
    let script = format!("install-packages-{tail}");
    let given = [(NAME, "samir-notebook"), (VALUE, script.as_str())];
    stage.calls(&caller, &["ListNotebookInstances"]);
    for api in [
        "DescribeNotebookInstance",
        "CreateNotebookInstanceLifecycleConfig",
        "StopNotebookInstance",
    ] {
        stage.call(&caller, Step::new(api).given(&given));
    }
    stage.wait(90, 240);
    for api in ["UpdateNotebookInstance.lifecycle", "StartNotebookInstance"] {
        stage.call(&caller, Step::new(api).given(&given));
        stage.wait(20, 60);
    }
}

pub(crate) fn events(stage: &mut Stage<'_>) {
    let caller = stage.intruder();
    let foreign = stage.story.foreign_account;
    let pattern = format!(r#"{{\"account\":[\"{}\"]}}"#, stage.account.id);
    let given = [(NAME, "audit-mirror"), (VALUE, pattern.as_str())];
    stage.calls(&caller, &["ListEventBuses", "ListRules"]);
    stage.call(&caller, Step::new("PutRule.pattern").given(&given));
    let given = [
        (NAME, "audit-mirror"),
        (OUTSIDE, foreign),
        (VALUE, "default"),
    ];
    stage.call(&caller, Step::new("PutTargets.bus").given(&given));
}

pub(crate) fn layer(stage: &mut Stage<'_>) {
    let caller = stage.intruder();
    let choice = stage.random.below(8);
    let given = [
        (NAME, "telemetry-extension"),
        (OUTSIDE, stage.story.foreign_account),
    ];
    stage.calls(&caller, &["ListFunctions20150331"]);
    stage.call(&caller, Step::new("GetFunction20150331v2").about(choice));
    let step = Step::new("UpdateFunctionConfiguration.layer");
    stage.call(&caller, step.about(choice).given(&given));
}

pub(crate) fn commands(stage: &mut Stage<'_>) {
    let caller = stage.intruder();
    stage.calls(
        &caller,
        &["DescribeInstanceInformation", "DescribeInstances"],
    );
    let hosts = actors::hosts(stage.account);
    for choice in 0..hosts {
        let command = uuid_text(&mut stage.random);
        let given = [(NAME, command.as_str()), (VALUE, "AWS-RunShellScript")];
        stage.call(
            &caller,
            Step::new("SendCommand").about(choice).given(&given),
        );
        let step = Step::new("GetCommandInvocation").about(choice);
        stage.call(&caller, step.given(&given));
    }
    for choice in 0..hosts.clamp(3, 5) {
        let tail = named(Alphabet::Hex, 17, &mut stage.random);
        let session = format!("{}-{tail}", caller.session);
        let given = [(NAME, session.as_str())];
        stage.call(
            &caller,
            Step::new("StartSession").about(choice).given(&given),
        );
        stage.wait(20, 60);
        stage.call(&caller, Step::new("TerminateSession").given(&given));
    }
}

pub(crate) fn serial_console(stage: &mut Stage<'_>) {
    let caller = stage.intruder();
    stage.calls(
        &caller,
        &[
            "DescribeInstances",
            "GetSerialConsoleAccessStatus",
            "EnableSerialConsoleAccess",
        ],
    );
    for choice in 0..4 {
        for api in ["SendSerialConsoleSSHPublicKey", "SendSSHPublicKey"] {
            stage.call(&caller, Step::new(api).about(choice));
        }
    }
}

/// Somebody else's prompts: nobody is to read them, and models are not open yet.
pub(crate) fn models(stage: &mut Stage<'_>) {
    let caller = stage.intruder();
    let model = stage.random.pick_text(&[
        "anthropic.claude-3-5-sonnet-20240620-v1:0",
        "anthropic.claude-3-opus-20240229-v1:0",
        "mistral.mistral-large-2407-v1:0",
    ]);
    let given = [(VALUE, model)];
    let of_model = |api| Step::new(api).given(&given);
    stage.calls(&caller, &["ListFoundationModels"]);
    stage.call(&caller, of_model("InvokeModel").ends(Outcome::Denied));
    for api in [
        "GetFoundationModelAvailability",
        "PutUseCaseForModelAccess",
        "CreateFoundationModelAgreement",
        "PutFoundationModelEntitlement",
    ] {
        stage.call(&caller, of_model(api));
    }
    stage.calls(
        &caller,
        &[
            "GetModelInvocationLoggingConfiguration",
            "DeleteModelInvocationLoggingConfiguration",
        ],
    );
    stage.wait(60, 180);
    for _ in 0..stage.random.between(40, 70) {
        stage.call(&caller, of_model("InvokeModel"));
        stage.wait(2, 12);
    }
}
