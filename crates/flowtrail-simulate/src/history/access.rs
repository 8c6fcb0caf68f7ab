//! Credentials in the wrong hands.

use super::deed::{DAY, Deed};
use crate::cloudtrail::actors;
use crate::cloudtrail::identity::Caller;
use crate::cloudtrail::roles;
use crate::cloudtrail::step::{NAME, Step, VALUE};
use crate::world::{Provider, Sort};

/// What whoever has somebody's session looks for.
const SOUGHT: [&str; 18] = [
    "GetCallerIdentity",
    "ListAttachedRolePolicies",
    "ListBuckets",
    "ListSecrets",
    "GetSecretValue",
    "DescribeInstances",
    "ListUsers",
    "ListAccessKeys",
    "DescribeSnapshots",
    "DescribeDBSnapshots",
    "ListFunctions20150331",
    "GetFunction20150331v2",
    "DescribeParameters",
    "GetParameters",
    "ListObjects",
    "GetObject",
    "DescribeKeyPairs",
    "ListKeys",
];

/// Some of them, who first.
fn sought(deed: &mut Deed<'_>) -> Vec<&'static str> {
    let share = deed.random.between(350, 900);
    let mut apis: Vec<&'static str> = SOUGHT.to_vec();
    apis.retain(|a| *a == "GetCallerIdentity" || deed.random.chance(share));
    apis
}

pub(super) fn stolen_session(deed: &mut Deed<'_>) {
    deed.at_hours(9, 15);
    let Some(person) = deed.person() else {
        return;
    };
    let console = deed.random.chance(300);
    let owner = actors::person(deed.account, person, deed.now, console);
    deed.by(&owner);
    let thief = deed.thief(&owner);
    let gap = deed.random.between(5, 120);
    let apis = sought(deed);
    // The owner goes on working.
    for chunk in apis.chunks(4) {
        deed.aside(|d| d.calls(&owner, &["DescribeInstances", "GetObject"], (5, 60), 0));
        deed.calls(&thief, chunk, (1, gap), 80);
    }
    let more = deed.random.between(4, 30);
    for _ in 0..more {
        deed.calls(&thief, &["GetObject"], (1, gap), 0);
    }
}

pub(super) fn instance_credentials(deed: &mut Deed<'_>) {
    deed.at_hours(0, 22);
    let choice = deed.random.below(6);
    let Some(owner) = actors::instance(deed.account, choice, deed.now, false) else {
        return;
    };
    deed.by(&owner);
    let thief = deed.thief(&owner);
    deed.calls(&thief, &["GetCallerIdentity"], (5, 90), 0);
    // What the instance may do anyhow.
    let usual = [
        "GetObject",
        "GetObject",
        "GetSecretValue",
        "GetParametersByPath",
        "DescribeTags",
    ];
    let gap = deed.random.between(10, 300);
    for _ in 0..deed.random.between(2, 12) {
        deed.calls(&thief, &usual, (1, gap), 0);
    }
}

/// Signs somebody in through the portal, here or elsewhere.
pub(super) fn sign_in(deed: &mut Deed<'_>, caller: &Caller) {
    let role = caller.arn.split('/').nth(1).unwrap_or("");
    let arn = format!(
        "arn:aws:iam::{}:role/aws-reserved/sso.amazonaws.com/eu-central-1/{role}",
        deed.account.id
    );
    let given = [(VALUE, arn.as_str()), (NAME, "a1b2c3d4e5f6")];
    let assertion = actors::signing_in(caller);
    deed.call(&assertion, Step::new("AssumeRoleWithSAML").given(&given));
    deed.wait(1, 4);
    deed.call(caller, Step::new("ConsoleLogin.sso"));
    deed.wait(5, 40);
}

/// An address at least so far from home.
fn far_away(deed: &mut Deed<'_>, home: (f64, f64)) -> String {
    let mut found = deed.outside();
    for _ in 0..200 {
        let provider = Provider::any(Sort::Hosting, &mut deed.random);
        let city = provider.city();
        let off = (city.latitude - home.0)
            .abs()
            .max((city.longitude - home.1).abs());
        if off > 40.0 {
            found = provider.any_address(&mut deed.random);
            break;
        }
    }
    found.to_string()
}

pub(super) fn impossible_travel(deed: &mut Deed<'_>) {
    deed.at_hours(9, 14);
    let Some(person) = deed.person() else {
        return;
    };
    let owner = actors::person(deed.account, person, deed.now, true);
    deed.by(&owner);
    sign_in(deed, &owner);
    deed.aside(|d| {
        d.calls(
            &owner,
            &["DescribeRegions", "DescribeInstances"],
            (5, 60),
            0,
        )
    });
    deed.wait(600, 7000);
    let home = if person.utc_offset_hours < 0 {
        (40.7, -74.0)
    } else {
        (50.1, 8.7)
    };
    let thief = Caller {
        address: far_away(deed, home),
        ..actors::person(deed.account, person, deed.now, true)
    };
    sign_in(deed, &thief);
    let apis = [
        "DescribeRegions",
        "ListBuckets",
        "DescribeInstances",
        "GetCostAndUsage",
    ];
    deed.calls(&thief, &apis, (5, 90), 0);
}

pub(super) fn many_networks(deed: &mut Deed<'_>) {
    deed.at_hours(7, 19);
    let Some(person) = deed.person() else {
        return;
    };
    let owner = actors::person(deed.account, person, deed.now, false);
    deed.by(&owner);
    let exits: Vec<Caller> = (0..deed.random.between(3, 8))
        .map(|_| deed.thief(&owner))
        .collect();
    let apis = [
        "ListBuckets",
        "DescribeInstances",
        "ListRoles",
        "GetParameter",
        "ListFunctions20150331",
        "GetObject",
        "DescribeLogGroups",
    ];
    let gap = deed.random.between(20, 200);
    for _ in 0..deed.random.between(10, 40) {
        let exit = deed.random.pick(&exits).cloned();
        let api = deed.random.pick_text(&apis);
        if let Some(exit) = exit {
            deed.calls(&exit, &[api], (1, gap), 30);
        }
    }
}

/// A program's user.
pub(super) fn program(deed: &mut Deed<'_>) -> Caller {
    let users: Vec<_> = deed.account.legacy_users().collect();
    let name = deed.random.pick_text(&users);
    actors::legacy_user(deed.account, name)
}

pub(super) fn key_new_network(deed: &mut Deed<'_>) {
    deed.at_hours(0, 20);
    let owner = program(deed);
    deed.by(&owner);
    let thief = deed.thief(&owner);
    let gap = deed.random.between(60, 1500);
    for _ in 0..deed.random.between(4, 20) {
        let api = deed
            .random
            .pick_text(&["PutObject", "ListBuckets", "GetCallerIdentity"]);
        deed.calls(&thief, &[api], (5, gap), 0);
    }
}

pub(super) fn dormant_key(deed: &mut Deed<'_>) {
    let name = deed
        .random
        .pick_text(&["migration-2024", "load-test", "vendor-sync", "etl-old"]);
    let owner = actors::legacy_user(deed.account, name);
    deed.by(&owner);
    let planted = deed.day;
    deed.aside(|d| {
        for day in 0..d.lasting.days.min(5) {
            d.day = d.lasting.start + day * DAY;
            d.at_hours(1, 22);
            d.calls(
                &owner,
                &["GetCallerIdentity", "PutObject", "PutObject"],
                (5, 300),
                0,
            );
        }
    });
    deed.day = planted;
    deed.at_hours(0, 20);
    let thief = deed.thief(&owner);
    deed.calls(
        &thief,
        &["GetCallerIdentity", "ListBuckets", "GetObject"],
        (5, 300),
        0,
    );
    deed.calls(
        &thief,
        &["GetObject", "GetObject", "PutObject"],
        (5, 900),
        100,
    );
}

/// Made on the second day, and used every day from then on: what is used behind
/// the ninetieth day after it is what is looked for.
pub(super) fn old_key(deed: &mut Deed<'_>) {
    let admin = deed.person();
    let name = "partner-export";
    let key = roles::member_with_key(deed.account, name, 0);
    deed.by(&key);
    let given_key = deed.account.access_key("AKIA", name, 0);
    let made = deed.lasting.start + DAY + 9 * 3600;
    deed.aside(|d| {
        d.now = made;
        let given = [(NAME, name), (VALUE, given_key.as_str())];
        if let Some(admin) = admin {
            let admin = actors::person(d.account, admin, made, true);
            d.call(&admin, Step::new("CreateAccessKey").given(&given));
        }
    });
    for day in 1..d_days(deed) {
        deed.day = deed.lasting.start + day * DAY;
        deed.at_hours(4, 6);
        if deed.now < made {
            continue;
        }
        let calls = ["GetCallerIdentity", "GetObject", "PutObject"];
        if deed.now < made + 90 * DAY {
            deed.aside(|d| d.calls(&key, &calls, (5, 60), 0));
        } else {
            deed.calls(&key, &calls, (5, 60), 0);
        }
    }
}

/// Days of the history.
const fn d_days(deed: &Deed<'_>) -> i64 {
    deed.lasting.days
}
