//! Staying in.

use super::stage::{NAME, OUTSIDE, Stage, Step, USER_ID, VALUE};
use crate::cloudtrail::actors;
use crate::cloudtrail::identity::{self, Caller, Channel};

pub(crate) fn user(stage: &mut Stage<'_>) {
    let caller = stage.intruder();
    let name = stage.story.new_user;
    let key = stage.account.access_key("AKIA", name, 0);
    let id = stage.account.unique_id("AIDA", name);
    let given = [(NAME, name), (VALUE, key.as_str()), (USER_ID, id.as_str())];
    stage.calls(&caller, &["GetCallerIdentity", "ListUsers"]);
    stage.wait(10, 60);
    for api in [
        "CreateUser",
        "AttachUserPolicy",
        "CreateAccessKey",
        "CreateLoginProfile",
    ] {
        stage.call(&caller, Step::new(api).given(&given));
        stage.wait(2, 20);
    }
}

pub(crate) fn role_trust(stage: &mut Stage<'_>) {
    let caller = stage.intruder();
    let foreign = stage.story.foreign_account;
    let choice = stage.random.below(8);
    stage.call(&caller, Step::new("ListRoles"));
    stage.call(&caller, Step::new("GetRole").about(choice));
    stage.wait(20, 90);
    let given = [(OUTSIDE, foreign)];
    stage.call(
        &caller,
        Step::new("UpdateAssumeRolePolicy")
            .about(choice)
            .given(&given),
    );
    stage.wait(60, 240);
    let visitor = Caller {
        identity: identity::foreign(foreign, &stage.account.unique_id("AIDA", foreign)),
        arn: String::new(),
        session: "maintenance".to_owned(),
        address: stage.story.address_v6.clone(),
        agent: caller.agent.clone(),
        channel: Channel::Tls13,
    };
    let given = [(NAME, "maintenance")];
    stage.call(
        &visitor,
        Step::new("AssumeRole.foreign").about(choice).given(&given),
    );
}

pub(crate) fn function(stage: &mut Stage<'_>) {
    // Somebody's browser session, used from elsewhere.
    let developers: Vec<_> = stage
        .world
        .people
        .iter()
        .filter(|p| p.permission_set == "PlatformAdmin")
        .collect();
    let Some(person) = stage.random.pick(&developers).copied() else {
        return;
    };
    let session = actors::person(stage.account, person, stage.now, false);
    let caller = Caller {
        address: stage.story.address(2).to_owned(),
        ..session
    };
    stage.label.traces.actor.clone_from(&caller.arn);
    let choice = stage.random.below(8);
    stage.calls(&caller, &["GetCallerIdentity", "ListFunctions20150331"]);
    stage.call(&caller, Step::new("GetFunction20150331v2").about(choice));
    stage.wait(60, 300);
    stage.call(&caller, Step::new("UpdateFunctionCode.zip").about(choice));
    let given = [(NAME, "invoke-from-anywhere")];
    stage.call(
        &caller,
        Step::new("AddPermission20150331v2")
            .about(choice)
            .given(&given),
    );
}
