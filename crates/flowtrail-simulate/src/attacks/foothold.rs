//! Ways to come back, and to be allowed more.

use super::stage::{NAME, OUTSIDE, Stage, Step, USER_ID, VALUE};
use crate::cloudtrail::actors;
use crate::cloudtrail::identity::{self, Caller, Channel, SessionExtra};
use crate::cloudtrail::linked;
use crate::cloudtrail::record::Outcome;
use crate::cloudtrail::roles;
use crate::cloudtrail::step::OTHER;
use crate::random::Random;
use crate::text::{Alphabet, named, uuid_text};

const ADMINISTRATOR: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

/// The policy that the user has may be changed by the user.
pub(crate) fn policy_version(stage: &mut Stage<'_>) {
    let caller = stage.intruder();
    let user = caller.session.clone();
    let policy = format!("{user}-access");
    let given = [(NAME, policy.as_str())];
    let of_user = [(NAME, user.as_str())];
    stage.call(&caller, Step::new("GetCallerIdentity"));
    for api in [
        "AttachUserPolicy",
        "CreateUser",
        "GetAccountAuthorizationDetails",
    ] {
        let step = Step::new(api).given(&of_user).ends(Outcome::Denied);
        stage.call(&caller, step);
    }
    let step = Step::new("ListAttachedUserPolicies.named").given(&of_user);
    stage.call(&caller, step);
    for api in [
        "GetPolicy",
        "GetPolicyVersion",
        "CreatePolicyVersion.everything",
    ] {
        stage.call(&caller, Step::new(api).given(&given));
    }
    stage.wait(10, 60);
    stage.calls(&caller, &["ListUsers", "ListRoles"]);
}

/// Another user of this account, with a password.
fn another(stage: &mut Stage<'_>) -> &'static str {
    let all: Vec<&'static str> = roles::members(stage.account).collect();
    stage.random.pick_text(&all)
}

pub(crate) fn key_for_another(stage: &mut Stage<'_>) {
    let caller = stage.intruder();
    let name = another(stage);
    let key = stage.account.access_key("AKIA", name, 9);
    let given = [(NAME, name), (VALUE, key.as_str())];
    stage.calls(&caller, &["ListUsers", "ListAccessKeys"]);
    stage.call(&caller, Step::new("CreateAccessKey").given(&given));
    stage.wait(60, 300);
    let with_key = Caller {
        address: stage.story.address(1).to_owned(),
        ..roles::member_with_key(stage.account, name, 9)
    };
    stage.calls(
        &with_key,
        &["GetCallerIdentity", "ListBuckets", "DescribeInstances"],
    );
}

pub(crate) fn second_factor(stage: &mut Stage<'_>) {
    let caller = stage.intruder();
    let name = another(stage);
    let device = [(NAME, name), (VALUE, name)];
    stage.calls(&caller, &["ListUsers", "ListMFADevices"]);
    for api in [
        "DeactivateMFADevice",
        "DeleteVirtualMFADevice",
        "UpdateLoginProfile",
    ] {
        stage.call(&caller, Step::new(api).given(&device));
    }
    stage.wait(60, 400);
    let address = stage.story.address(2).to_owned();
    let agent = actors::browser(&address).to_owned();
    let at_door = Caller {
        address,
        agent,
        ..actors::at_login(stage.account, name, true)
    };
    stage.call(&at_door, Step::new("ConsoleLogin.no-mfa"));
    let inside = Caller {
        identity: identity::user_session(stage.account, name, stage.now, false),
        channel: Channel::Console,
        ..at_door
    };
    stage.calls(
        &inside,
        &["DescribeInstances", "ListBuckets", "ListSecrets"],
    );
}

pub(crate) fn identity_provider(stage: &mut Stage<'_>) {
    let caller = stage.intruder();
    let (provider, role) = ("corporate-login", "federated-operations");
    let made = [(NAME, provider), (VALUE, "login.example.net")];
    let of_role = [(NAME, role), (VALUE, provider)];
    let rights = [(NAME, role), (VALUE, ADMINISTRATOR)];
    stage.calls(&caller, &["ListSAMLProviders"]);
    stage.call(&caller, Step::new("CreateSAMLProvider").given(&made));
    stage.call(&caller, Step::new("CreateRole.federated").given(&of_role));
    stage.call(&caller, Step::new("AttachRolePolicy").given(&rights));
    stage.wait(60, 300);
    let given = (stage.now, SessionExtra::Nothing);
    let from = (stage.story.address(1), caller.agent.as_str());
    let session = "operations@example.net";
    let inside = roles::tasked(stage.account, (role, session), given, from);
    let arn = format!("arn:aws:iam::{}:role/{role}", stage.account.id);
    let given = [(VALUE, arn.as_str()), (NAME, "corporate")];
    let assertion = actors::signing_in(&inside);
    stage.call(&assertion, Step::new("AssumeRoleWithSAML").given(&given));
    stage.calls(&inside, &["GetCallerIdentity", "ListUsers"]);
}

pub(crate) fn roles_anywhere(stage: &mut Stage<'_>) {
    let caller = stage.intruder();
    let anchor = uuid_text(&mut stage.random);
    let profile = uuid_text(&mut stage.random);
    let choice = stage.random.below(8);
    stage.calls(&caller, &["ListTrustAnchors"]);
    let given = [(NAME, "build-agents"), (VALUE, anchor.as_str())];
    stage.call(&caller, Step::new("CreateTrustAnchor").given(&given));
    let given = [(NAME, "build-agents"), (VALUE, profile.as_str())];
    let step = Step::new("CreateProfile").about(choice).given(&given);
    stage.call(&caller, step);
}

/// Somebody's session of the first account, used from elsewhere: from there all
/// accounts can be opened.
pub(crate) fn single_sign_on(stage: &mut Stage<'_>) {
    let target = stage.account;
    let Some(core) = stage.world.accounts.first() else {
        return;
    };
    let mut people = stage.world.people.iter();
    let Some(person) = people.rfind(|p| p.permission_set == "PlatformAdmin") else {
        return;
    };
    stage.account = core;
    stage.label.traces.account.clone_from(&core.id);
    let caller = Caller {
        address: stage.story.address(2).to_owned(),
        ..actors::person(core, person, stage.now, false)
    };
    stage.label.traces.actor.clone_from(&caller.arn);
    let user = uuid_text(&mut stage.random);
    let tail = named(Alphabet::Hex, 16, &mut stage.random);
    let set = format!("arn:aws:sso:::permissionSet/ssoins-66871f2c4b9d7e05/ps-{tail}");
    let given = [
        (NAME, "SupportOperations"),
        (VALUE, set.as_str()),
        (OTHER, ADMINISTRATOR),
    ];
    stage.calls(&caller, &["ListInstances", "ListPermissionSets"]);
    let of_user = [(VALUE, user.as_str())];
    let step = Step::new("CreateUser.sso-directory").given(&of_user);
    stage.call(&caller, step);
    for api in ["CreatePermissionSet", "AttachManagedPolicyToPermissionSet"] {
        stage.call(&caller, Step::new(api).given(&given));
    }
    for account in stage.world.accounts.iter().take(3) {
        let given = [
            (OUTSIDE, account.id.as_str()),
            (VALUE, set.as_str()),
            (NAME, "USER"),
            (OTHER, user.as_str()),
        ];
        let step = Step::new("CreateAccountAssignment").given(&given);
        stage.call(&caller, step);
    }
    stage.account = target;
    arrive(stage, &format!("AWSReservedSSO_SupportOperations_{tail}"));
}

/// Single sign-on makes the role, and the new user takes it.
fn arrive(stage: &mut Stage<'_>, role: &str) {
    let service = roles::linked(stage.account, &linked::SIGN_ON, stage.now);
    let rights = [(NAME, role), (VALUE, ADMINISTRATOR)];
    for api in ["CreateRole.sso", "AttachRolePolicy"] {
        stage.call(&service, Step::new(api).given(&rights));
    }
    stage.wait(60, 240);
    let given = (stage.now, SessionExtra::Nothing);
    let from = (stage.story.address(2), actors::browser(role));
    let session = "it-support@example.com";
    let inside = roles::tasked(stage.account, (role, session), given, from);
    let arn = format!(
        "arn:aws:iam::{}:role/aws-reserved/sso.amazonaws.com/eu-central-1/{role}",
        stage.account.id
    );
    let given = [(VALUE, arn.as_str()), (NAME, "a1b2c3d4e5f6")];
    let assertion = actors::signing_in(&inside);
    stage.call(&assertion, Step::new("AssumeRoleWithSAML").given(&given));
    stage.call(&inside, Step::new("ConsoleLogin.sso"));
    stage.calls(&inside, &["ListUsers", "ListBuckets"]);
}

pub(crate) fn role(stage: &mut Stage<'_>) {
    let caller = stage.intruder();
    let foreign = stage.story.foreign_account;
    let name = "support-breakglass";
    let given = [(NAME, name), (OUTSIDE, foreign), (VALUE, "operations")];
    stage.calls(&caller, &["ListRoles"]);
    stage.call(&caller, Step::new("CreateRole.account").given(&given));
    let rights = [(NAME, name), (VALUE, ADMINISTRATOR)];
    stage.call(&caller, Step::new("AttachRolePolicy").given(&rights));
}

/// The session goes on when the key is taken away.
pub(crate) fn federation(stage: &mut Stage<'_>) {
    let caller = stage.intruder();
    let name = "console-helper";
    let epoch = u64::try_from(stage.now).unwrap_or(0);
    let key = stage.account.access_key("ASIA", name, epoch);
    let id = stage.account.unique_id("AIDA", name);
    let given = [(NAME, name), (VALUE, key.as_str()), (USER_ID, id.as_str())];
    stage.calls(&caller, &["GetCallerIdentity"]);
    stage.call(&caller, Step::new("GetFederationToken").given(&given));
    let federated = Caller {
        identity: identity::federated(stage.account, name, &key, stage.now),
        arn: format!("arn:aws:sts::{}:federated-user/{name}", stage.account.id),
        session: name.to_owned(),
        ..caller
    };
    stage.call(&federated, Step::new("GetSigninToken").given(&given));
    stage.call(
        &federated,
        Step::new("ConsoleLogin.sso").region("us-east-1"),
    );
    let console = Caller {
        agent: Random::keyed(&[epoch]).pick_text(&actors::CLIS).to_owned(),
        channel: Channel::Console,
        ..federated
    };
    stage.calls(&console, &["DescribeInstances", "ListBuckets"]);
}
