//! What becomes of users: they come, they sign in, they lose their phone, they
//! go.

use super::office::arrive;
use super::scene::Scene;
use crate::cloudtrail::actors;
use crate::cloudtrail::identity::{self, Caller, Channel};
use crate::cloudtrail::linked;
use crate::cloudtrail::record::Outcome;
use crate::cloudtrail::roles;
use crate::cloudtrail::step::{NAME, OTHER, OUTSIDE, Step, USER_ID, VALUE};
use crate::text::uuid_text;

/// One of the account's users with a password.
fn member(scene: &mut Scene<'_>) -> &'static str {
    let all: Vec<&'static str> = roles::members(scene.account).collect();
    scene.random.pick_text(&all)
}

/// Such a user before the password was accepted.
fn at_door(scene: &Scene<'_>, name: &str, known: bool) -> Caller {
    Caller {
        address: roles::member_address(name),
        ..actors::at_login(scene.account, name, known)
    }
}

/// Signs in: at times the password is mistyped once, twice or three times.
fn sign_in(scene: &mut Scene<'_>, name: &str) -> Caller {
    let wrong = match scene.random.below(10) {
        0 => 2,
        1 => 3,
        2 | 3 => 1,
        _ => 0,
    };
    for _ in 0..wrong {
        let guess = at_door(scene, name, false);
        let step = Step::new("ConsoleLogin.failure").ends(Outcome::Refused);
        scene.call(&guess, step);
        scene.wait(5, 30);
    }
    let known = at_door(scene, name, true);
    scene.call(&known, Step::new("ConsoleLogin.mfa"));
    roles::member(scene.account, name, scene.now)
}

/// In, a look at two or three pages, and out.
pub(super) fn login(scene: &mut Scene<'_>) {
    let name = member(scene);
    let caller = sign_in(scene, name);
    let apis = [
        "DescribeInstances",
        "DescribeRegions",
        "ListBuckets",
        "GetBucketLocation",
        "DescribeAlarms",
        "DescribeLogGroups",
        "GetCostAndUsage",
        "DescribeEventAggregates",
        "ListFunctions20150331",
        "DescribeServices",
    ];
    scene.gap = 10;
    let n = scene.random.between(5, 18);
    scene.browse(&caller, &apis, n, 60);
    if scene.random.chance(300) {
        // The same in a terminal: the second factor makes a session of a key.
        let key = roles::member_with_key(scene.account, name, 0);
        let given = [(NAME, name)];
        scene.call(&key, Step::new("GetSessionToken").given(&given));
        let session = Caller {
            identity: identity::user_session(scene.account, name, scene.now, true),
            ..key
        };
        let n = scene.random.between(3, 8);
        scene.browse(&session, &apis, n, 60);
    }
}

/// A program's key is changed by those who run it.
pub(super) fn service_key(scene: &mut Scene<'_>) {
    let Some(person) = scene.staff("PlatformAdmin") else {
        return;
    };
    let admin = actors::person(scene.account, person, scene.now, true);
    let users: Vec<_> = scene.account.legacy_users().collect();
    let name = scene.random.pick_text(&users);
    let (old, new) = (scene.hex(8), scene.account.access_key("AKIA", name, 7));
    let old = scene.account.access_key("AKIA", &old, 0);
    let made = [(NAME, name), (VALUE, new.as_str())];
    let gone = [(NAME, name), (VALUE, old.as_str())];
    scene.gap = 20;
    scene.calls(&admin, &["ListUsers", "ListAccessKeys"]);
    scene.call(&admin, Step::new("CreateAccessKey").given(&made));
    scene.wait(600, 3000);
    scene.call(&admin, Step::new("GetAccessKeyLastUsed").given(&gone));
    let step = Step::new("UpdateAccessKey.named").given(&gone);
    scene.call(&admin, step);
    scene.call(&admin, Step::new("DeleteAccessKey").given(&gone));
}

/// A key is a quarter of a year old and makes way for a new one.
pub(super) fn key_rotation(scene: &mut Scene<'_>) {
    let name = member(scene);
    let caller = sign_in(scene, name);
    let (old, new) = (
        scene.account.access_key("AKIA", name, 0),
        scene.account.access_key("AKIA", name, 1),
    );
    let made = [(NAME, name), (VALUE, new.as_str())];
    let gone = [(NAME, name), (VALUE, old.as_str())];
    scene.gap = 20;
    scene.calls(&caller, &["ListAccessKeys"]);
    // The console names the user, programs need not.
    let create = if scene.random.chance(500) {
        "CreateAccessKey"
    } else {
        "CreateAccessKey.own"
    };
    scene.call(&caller, Step::new(create).given(&made));
    scene.wait(300, 1500);
    let fresh = roles::member_with_key(scene.account, name, 1);
    scene.calls(&fresh, &["GetCallerIdentity", "ListBuckets", "GetObject"]);
    scene.call(&caller, Step::new("GetAccessKeyLastUsed").given(&gone));
    let step = Step::new("UpdateAccessKey.named").given(&gone);
    scene.call(&caller, step);
    scene.wait(600, 3000);
    scene.call(&caller, Step::new("DeleteAccessKey").given(&gone));
}

/// A new phone.
pub(super) fn new_device(scene: &mut Scene<'_>) {
    let name = member(scene);
    let caller = sign_in(scene, name);
    let device = format!("{name}-{}", scene.random.between(2, 9));
    let old = [(NAME, name), (VALUE, name)];
    let new = [(NAME, name), (VALUE, device.as_str())];
    scene.gap = 30;
    scene.calls(&caller, &["ListMFADevices"]);
    scene.call(&caller, Step::new("DeactivateMFADevice").given(&old));
    scene.call(&caller, Step::new("DeleteVirtualMFADevice").given(&old));
    scene.call(&caller, Step::new("CreateVirtualMFADevice").given(&new));
    scene.call(&caller, Step::new("EnableMFADevice").given(&new));
}

/// A password was forgotten: the help desk gives a first one, which has to be
/// changed.
pub(super) fn help_desk(scene: &mut Scene<'_>) {
    let Some(person) = scene.staff("PlatformAdmin") else {
        return;
    };
    let name = member(scene);
    let given = [(NAME, name)];
    for _ in 0..scene.random.between(2, 4) {
        let guess = at_door(scene, name, false);
        let step = Step::new("ConsoleLogin.failure").ends(Outcome::Refused);
        scene.call(&guess, step);
        scene.wait(10, 60);
    }
    scene.wait(300, 1500);
    let desk = actors::person(scene.account, person, scene.now, true);
    scene.gap = 15;
    scene.calls(&desk, &["ListUsers"]);
    scene.call(&desk, Step::new("GetLoginProfile").given(&given));
    scene.call(&desk, Step::new("UpdateLoginProfile").given(&given));
    scene.wait(120, 900);
    let known = at_door(scene, name, true);
    scene.call(&known, Step::new("ConsoleLogin.mfa"));
    let caller = roles::member(scene.account, name, scene.now);
    scene.calls(&caller, &["ChangePassword"]);
}

/// Somebody joins: a user at the portal, a group, and the accounts that come
/// with it. Single sign-on makes what is missing there.
pub(super) fn new_hire(scene: &mut Scene<'_>) {
    let Some(person) = scene.staff("PlatformAdmin") else {
        return;
    };
    let admin = actors::person(scene.account, person, scene.now, true);
    let (user, group) = (uuid_text(&mut scene.random), uuid_text(&mut scene.random));
    let set = format!(
        "arn:aws:sso:::permissionSet/ssoins-66871f2c4b9d7e05/ps-{}",
        scene.hex(16)
    );
    scene.gap = 20;
    arrive(scene, &admin);
    let given = [(VALUE, user.as_str()), (OTHER, group.as_str())];
    for api in ["CreateUser.sso-directory", "AddMemberToGroup"] {
        scene.call(&admin, Step::new(api).given(&given));
    }
    for account in scene.world.accounts.iter().take(3) {
        let given = [
            (OUTSIDE, account.id.as_str()),
            (VALUE, set.as_str()),
            (NAME, "GROUP"),
            (OTHER, group.as_str()),
        ];
        scene.call(&admin, Step::new("CreateAccountAssignment").given(&given));
    }
    scene.wait(5, 30);
    let role = format!("AWSReservedSSO_DataEngineer_{}", scene.hex(16));
    for account in scene.world.accounts.iter().take(3) {
        scene.account = account;
        scene.gap = 2;
        let service = roles::linked(account, &linked::SIGN_ON, scene.now);
        for policy in ["PowerUserAccess", "AWSBillingReadOnlyAccess"] {
            let arn = format!("arn:aws:iam::aws:policy/{policy}");
            let given = [(NAME, role.as_str()), (VALUE, arn.as_str())];
            if policy == "PowerUserAccess" {
                scene.call(&service, Step::new("CreateRole.sso").given(&given));
            }
            scene.call(&service, Step::new("AttachRolePolicy").given(&given));
        }
        let given = [(NAME, role.as_str())];
        scene.call(&service, Step::new("PutRolePolicy.sso").given(&given));
    }
}

/// An outside colleague gets a user of the account's own, and uses it.
pub(super) fn new_contractor(scene: &mut Scene<'_>) {
    let Some(person) = scene.staff("PlatformAdmin") else {
        return;
    };
    let admin = actors::person(scene.account, person, scene.now, true);
    let name = scene
        .random
        .pick_text(&["milan", "renske", "oskar", "thea"]);
    let id = scene.account.unique_id("AIDA", name);
    let given = [(NAME, name), (USER_ID, id.as_str()), (VALUE, "contractors")];
    scene.gap = 20;
    scene.calls(&admin, &["ListUsers", "ListGroups"]);
    for api in [
        "CreateUser",
        "AddUserToGroup",
        "CreateLoginProfile.reset",
        "TagUser",
    ] {
        scene.call(&admin, Step::new(api).given(&given));
    }
    scene.wait(1200, 4000);
    let door = at_door(scene, name, true);
    scene.call(&door, Step::new("ConsoleLogin.first"));
    let caller = Caller {
        identity: identity::user_session(scene.account, name, scene.now, false),
        ..roles::member(scene.account, name, scene.now)
    };
    let device = [(NAME, name), (VALUE, name)];
    scene.calls(&caller, &["ChangePassword"]);
    scene.call(&caller, Step::new("CreateVirtualMFADevice").given(&device));
    scene.call(&caller, Step::new("EnableMFADevice").given(&device));
}

/// Somebody leaves, and everything that was theirs goes.
pub(super) fn leaver(scene: &mut Scene<'_>) {
    let Some(person) = scene.staff("PlatformAdmin") else {
        return;
    };
    let admin = actors::person(scene.account, person, scene.now, true);
    let name = scene
        .random
        .pick_text(&["hanne", "ruben", "sanna", "viggo"]);
    let key = scene.account.access_key("AKIA", name, 0);
    let of_key = [(NAME, name), (VALUE, key.as_str())];
    let of_group = [(NAME, name), (VALUE, "contractors")];
    let device = [(NAME, name), (VALUE, name)];
    scene.gap = 6;
    scene.calls(&admin, &["ListUsers", "ListAccessKeys", "ListMFADevices"]);
    scene.call(&admin, Step::new("UpdateAccessKey.named").given(&of_key));
    scene.call(&admin, Step::new("DeleteAccessKey").given(&of_key));
    scene.call(&admin, Step::new("DeleteLoginProfile").given(&device));
    scene.call(&admin, Step::new("DeactivateMFADevice").given(&device));
    scene.call(&admin, Step::new("DeleteVirtualMFADevice").given(&device));
    scene.call(&admin, Step::new("RemoveUserFromGroup").given(&of_group));
    scene.call(&admin, Step::new("DeleteUser").given(&device));
}

/// The one thing that only root may do: the account gets another contact. With
/// the second factor from the safe, announced, and still worth a look.
pub(super) fn root(scene: &mut Scene<'_>) {
    let arn = format!("arn:aws:iam::{}:root", scene.account.id);
    let address = crate::world::OFFICES.first().map(ToString::to_string);
    let at_login = Caller {
        identity: identity::root(scene.account, None, true),
        arn,
        session: "root".to_owned(),
        address: address.unwrap_or_default(),
        agent: actors::browser("root").to_owned(),
        channel: Channel::Tls13,
    };
    scene.call(&at_login, Step::new("ConsoleLogin.root"));
    let epoch = u64::try_from(scene.now).unwrap_or(0);
    let key = scene.account.access_key("ASIA", "root", epoch);
    let caller = Caller {
        identity: identity::root(scene.account, Some((&key, scene.now)), true),
        channel: Channel::Console,
        ..at_login
    };
    scene.gap = 30;
    scene.calls(
        &caller,
        &[
            "GetContactInformation",
            "GetAlternateContact",
            "PutAlternateContact",
        ],
    );
}
