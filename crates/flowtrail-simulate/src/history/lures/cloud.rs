//! Lures in CloudTrail.

use crate::cloudtrail::actors;
use crate::cloudtrail::identity::{self, Caller};
use crate::cloudtrail::record::Outcome;
use crate::cloudtrail::roles;
use crate::cloudtrail::step::{NAME, OBJECT, OTHER, OUTSIDE, SECRET, Step, VALUE};
use crate::history::deed::{DAY, Deed, signed};
use crate::history::schedule::Mute;
use crate::world::{Person, Provider, Sort};

/// What people ask all day.
const USUAL: [&str; 9] = [
    "GetCallerIdentity",
    "DescribeInstances",
    "DescribeAlarms",
    "DescribeLogGroups",
    "FilterLogEvents",
    "ListBuckets",
    "GetObject",
    "DescribeServices",
    "GetParameter",
];

/// Some of what the person does day after day.
fn work(deed: &mut Deed<'_>, caller: &Caller, n: u64) {
    for _ in 0..n {
        let api = deed.random.pick_text(&USUAL);
        let choice = deed.lasting.choice(&caller.arn, &mut deed.random);
        if deed.lasting.is_own(&caller.arn, api) {
            deed.call(caller, Step::new(api).about(choice));
            deed.wait(5, 200);
        }
    }
}

/// A journey that somebody makes anyhow: nobody is at home on these days, and
/// the flights take a day each.
pub(super) fn business_trip(deed: &mut Deed<'_>) {
    let Some((person, arrival)) = deed.traveller() else {
        return;
    };
    deed.day = arrival;
    deed.at_hours(9, 12);
    for _ in 0..deed.random.between(1, 3) {
        let caller = actors::person(deed.account, person, deed.now, true);
        deed.by(&caller);
        crate::history::access::sign_in(deed, &caller);
        let n = deed.random.between(10, 40);
        work(deed, &caller, n);
        deed.day += DAY;
        deed.at_hours(8, 15);
    }
}

pub(super) fn phone_and_laptop(deed: &mut Deed<'_>) {
    deed.at_hours(8, 16);
    let Some(person) = deed.person() else {
        return;
    };
    let laptop = actors::person(deed.account, person, deed.now, false);
    deed.by(&laptop);
    let n = u8::try_from(deed.random.below(120) * 2).unwrap_or(4);
    let line = Provider(Sort::Home, n + u8::from(person.utc_offset_hours < 0));
    let phone = Caller {
        address: line.any_address(&mut deed.random).to_string(),
        ..laptop.clone()
    };
    for _ in 0..deed.random.between(2, 5) {
        work(deed, &laptop, 4);
        work(deed, &phone, 6);
    }
}

/// The last one who joined.
fn newcomer<'w>(deed: &Deed<'w>) -> Option<&'w Person> {
    let now = deed.now;
    let joined = |p: &&Person| p.rhythm.and_then(|r| r.joins()).is_some_and(|at| at < now);
    deed.world.people.iter().rfind(joined)
}

pub(super) fn first_weeks(deed: &mut Deed<'_>) {
    for _ in 0..10 {
        deed.at_hours(8, 15);
        if let Some(person) = newcomer(deed) {
            let console = deed.random.chance(500);
            let caller = actors::person(deed.account, person, deed.now, console);
            deed.by(&caller);
            let n = usize::try_from(deed.random.between(2, 8)).unwrap_or(4);
            let mut apis: Vec<&str> = USUAL.to_vec();
            apis.extend(deed.listings(n));
            deed.calls(&caller, &apis, (5, 200), 90);
        }
        deed.day += DAY;
    }
}

pub(super) fn new_service(deed: &mut Deed<'_>) {
    let name = deed.random.pick_text(&[
        "recommend",
        "loyalty",
        "ranking",
        "gift-cards",
        "geocoder",
        "invoices",
    ]);
    let role = format!("svc-{name}-role");
    let session = format!("{name}-worker");
    let address = actors::egress(deed.account);
    let until = deed.lasting.start + deed.lasting.days * DAY;
    let agent = deed.random.pick_text(&actors::SDKS);
    let apis = [
        "GetSecretValue",
        "Decrypt.secretsmanager",
        "GetObject",
        "PutObject",
        "GetParameter",
        "CreateLogStream",
    ];
    while deed.day < until {
        deed.at_hours(0, 23);
        let given = (deed.now - 600, identity::SessionExtra::Nothing);
        let caller = roles::tasked(deed.account, (&role, &session), given, (&address, agent));
        deed.by(&caller);
        let n = usize::try_from(deed.random.between(2, 6)).unwrap_or(3);
        for api in apis.iter().take(n) {
            deed.call(&caller, Step::new(api).about(2));
            deed.wait(1, 40);
        }
        deed.day += DAY;
    }
}

/// Where the company goes next.
const NEXT_REGIONS: [&str; 2] = ["eu-north-1", "ap-southeast-1"];

pub(super) fn region_roll_out(deed: &mut Deed<'_>) {
    let seed = usize::try_from(deed.lasting.seed % 2).unwrap_or(0);
    let region = NEXT_REGIONS.get(seed).copied().unwrap_or(NEXT_REGIONS[0]);
    deed.traces.region = region.to_owned();
    for _ in 0..deed.random.between(3, 9) {
        deed.at_hours(8, 15);
        let run = deed.random.next();
        let caller = roles::deployer(deed.account, run, deed.now);
        deed.by(&caller);
        for api in [
            "DescribeVpcs",
            "DescribeSubnets",
            "CreateTags",
            "PutBucketTagging",
            "RegisterTaskDefinition",
            "UpdateService",
        ] {
            let choice = deed.random.next();
            deed.call(&caller, Step::new(api).about(choice).region(region));
            deed.wait(1, 20);
        }
        deed.day += DAY;
    }
}

pub(super) fn release_day(deed: &mut Deed<'_>) {
    deed.at_hours(8, 14);
    let run = deed.random.next();
    let caller = roles::deployer(deed.account, run, deed.now);
    deed.by(&caller);
    let apis = [
        "GetRole",
        "GetRolePolicy",
        "PutRolePolicy",
        "RegisterTaskDefinition",
        "UpdateService",
        "UpdateFunctionCode20150331v2",
        "TagRole",
        "DescribeTaskDefinition",
    ];
    for _ in 0..deed.random.between(200, 700) {
        let api = deed.random.pick_text(&apis);
        let choice = deed.random.next();
        deed.call(&caller, Step::new(api).about(choice));
        deed.wait(0, 8);
    }
}

pub(super) fn broken_permission(deed: &mut Deed<'_>) {
    deed.at_hours(0, 20);
    let choice = deed.random.below(8);
    let api = deed.random.pick_text(&[
        "GetSecretValue",
        "GetObject",
        "Decrypt.s3",
        "GetParameter",
        "PutObject",
    ]);
    let gap = deed.random.between(2, 60);
    for _ in 0..deed.random.between(80, 500) {
        let caller = actors::task(deed.account, choice, deed.now);
        deed.by(&caller);
        deed.call(&caller, Step::new(api).about(choice).ends(Outcome::Denied));
        deed.wait(1, gap);
    }
}

pub(super) fn first_look(deed: &mut Deed<'_>) {
    deed.at_hours(8, 16);
    let Some(person) = deed.person() else {
        return;
    };
    let caller = actors::person(deed.account, person, deed.now, true);
    deed.by(&caller);
    for _ in 0..deed.random.between(2, 4) {
        let n = usize::try_from(deed.random.between(4, 9)).unwrap_or(5);
        let apis = deed.listings(n);
        // A page asks everything at once.
        deed.calls(&caller, &apis, (0, 1), 350);
        deed.wait(20, 200);
    }
}

pub(super) fn on_call(deed: &mut Deed<'_>) {
    deed.at_hours(0, 4);
    let Some(person) = deed.person() else {
        return;
    };
    // Whoever is called at night is at home.
    let caller = (0..12)
        .map(|n| actors::person(deed.account, person, deed.now - n * DAY, false))
        .find(|c| c.address.starts_with("240."));
    let now = actors::person(deed.account, person, deed.now, false);
    let caller = Caller {
        address: caller.map_or_else(|| now.address.clone(), |c| c.address),
        ..now
    };
    deed.by(&caller);
    for _ in 0..deed.random.between(20, 120) {
        let api = deed.random.pick_text(&[
            "DescribeAlarms",
            "FilterLogEvents",
            "DescribeServices",
            "DescribeInstances",
            "DescribeLogGroups",
        ]);
        let choice = deed.lasting.choice(&caller.arn, &mut deed.random);
        deed.call(&caller, Step::new(api).about(choice));
        deed.wait(3, 90);
    }
}

pub(super) fn load_test(deed: &mut Deed<'_>) {
    deed.at_hours(8, 15);
    let choice = deed.random.below(8);
    let apis = [
        "GetObject",
        "GetSecretValue",
        "GenerateDataKey",
        "PutObject",
    ];
    for _ in 0..deed.random.between(400, 1500) {
        let caller = actors::task(deed.account, choice, deed.now);
        deed.by(&caller);
        let api = deed.random.pick_text(&apis);
        deed.call(&caller, Step::new(api).about(choice));
        deed.wait(0, 5);
    }
}

pub(super) fn clean_up(deed: &mut Deed<'_>) {
    deed.at_hours(0, 5);
    let choice = deed.random.below(8);
    for n in 0..deed.random.between(150, 500) {
        let caller = actors::task(deed.account, choice, deed.now);
        deed.by(&caller);
        let object = format!("tmp/uploads/{n:06}.part");
        let given = [(OBJECT, object.as_str())];
        deed.call(
            &caller,
            Step::new("DeleteObject").about(choice).given(&given),
        );
        deed.wait(0, 6);
    }
}

pub(super) fn secret_rotation(deed: &mut Deed<'_>) {
    deed.at_hours(8, 15);
    let run = deed.random.next();
    let caller = roles::deployer(deed.account, run, deed.now);
    deed.by(&caller);
    let secrets = deed.account.stock.secrets.clone();
    for secret in &secrets {
        let given = [(SECRET, secret.as_str())];
        for api in ["GetSecretValue", "PutSecretValue"] {
            deed.call(&caller, Step::new(api).given(&given));
            deed.wait(0, 6);
        }
    }
}

pub(super) fn key_rotation(deed: &mut Deed<'_>) {
    deed.at_hours(8, 15);
    let admins = deed
        .world
        .people
        .iter()
        .filter(|p| p.permission_set == "PlatformAdmin");
    let admins: Vec<_> = admins.collect();
    let users: Vec<_> = roles::members(deed.account).collect();
    let Some(admin) = deed.random.pick(&admins).copied() else {
        return;
    };
    let name = deed.random.pick_text(&users);
    let epoch = deed.random.between(3, 90);
    let key = deed.account.access_key("AKIA", name, epoch);
    let caller = actors::person(deed.account, admin, deed.now, true);
    deed.by(&caller);
    let given = [(NAME, name), (VALUE, key.as_str())];
    deed.call(&caller, Step::new("CreateAccessKey").given(&given));
    for _ in 0..deed.random.between(2, 6) {
        deed.wait(600, 40_000);
        let fresh = roles::member_with_key(deed.account, name, epoch);
        deed.calls(&fresh, &["GetCallerIdentity", "ListBuckets"], (2, 60), 0);
    }
}

pub(super) fn inventory(deed: &mut Deed<'_>) {
    deed.at_hours(0, 22);
    let caller = actors::scanner(deed.account, deed.now);
    deed.by(&caller);
    let n = usize::try_from(deed.random.between(40, 120)).unwrap_or(60);
    let apis = deed.listings(n);
    deed.calls(&caller, &apis, (0, 2), 40);
}

pub(super) fn new_rights(deed: &mut Deed<'_>) {
    deed.at_hours(8, 16);
    let Some(person) = deed.person() else {
        return;
    };
    let caller = actors::person(deed.account, person, deed.now, false);
    deed.by(&caller);
    let account = deed.account.id.clone();
    let role = deed
        .random
        .pick_text(&["organisation-readonly", "compliance-scan"]);
    let given = [
        (OUTSIDE, account.as_str()),
        (VALUE, role),
        (NAME, person.name),
        (OTHER, ""),
    ];
    deed.call(&caller, Step::new("AssumeRole.member").given(&given));
    deed.wait(5, 60);
    let given = (deed.now, identity::SessionExtra::Nothing);
    let by = (caller.address.as_str(), caller.agent.as_str());
    let inside = roles::tasked(deed.account, (role, person.name), given, by);
    deed.calls(
        &inside,
        &["GetCallerIdentity", "ListBuckets", "DescribeInstances"],
        (5, 90),
        0,
    );
}

pub(super) fn late_delivery(deed: &mut Deed<'_>) {
    deed.at_hours(6, 16);
    let until = deed.now + signed(deed.random.between(90 * 60, 4 * 3600));
    deed.traces.covers(deed.now, until);
    deed.traces.actor = deed.account.id.clone();
    deed.mutes.push(Mute::Late {
        account: deed.account.index,
        from: deed.now,
        until,
    });
}
