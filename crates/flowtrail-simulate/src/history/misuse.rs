//! What principals do that they never did: elsewhere, otherwise, at other times.

use super::access::program;
use super::deed::{DAY, Deed};
use crate::cloudtrail::actors;
use crate::cloudtrail::identity::{self, Caller};
use crate::cloudtrail::roles;
use crate::cloudtrail::step::{NAME, OBJECT, OTHER, SECRET, Step, VALUE};
use crate::random::Random;
use crate::world::UNUSED_REGIONS;

/// A container of the account.
fn container(deed: &mut Deed<'_>) -> Caller {
    let choice = deed.random.below(8);
    actors::task(deed.account, choice, deed.now)
}

pub(super) fn role_new_assumer(deed: &mut Deed<'_>) {
    deed.at_hours(0, 22);
    let caller = container(deed);
    deed.by(&caller);
    let session = deed
        .random
        .pick_text(&["job", "worker", "task-runner", "sync"])
        .to_owned();
    let role =
        deed.random
            .pick_text(&["deploy-pipeline", "image-builder", "organisation-readonly"]);
    let outside = deed.account.id.clone();
    let given = [
        (crate::cloudtrail::step::OUTSIDE, outside.as_str()),
        (VALUE, role),
        (NAME, session.as_str()),
    ];
    deed.call(&caller, Step::new("AssumeRole.member").given(&given));
    deed.wait(5, 60);
    let given = (deed.now, identity::SessionExtra::Nothing);
    let by = (caller.address.as_str(), caller.agent.as_str());
    let inside = roles::tasked(deed.account, (role, &session), given, by);
    let apis = [
        "GetCallerIdentity",
        "ListRoles",
        "ListBuckets",
        "DescribeSecurityGroups",
        "PutRolePolicy",
    ];
    let n = usize::try_from(deed.random.between(2, 5)).unwrap_or(3);
    let apis: Vec<&str> = apis.into_iter().take(n).collect();
    deed.calls(&inside, &apis, (5, 200), 0);
}

pub(super) fn foreign_caller(deed: &mut Deed<'_>) {
    deed.at_hours(0, 22);
    let account = format!("9{:011}", deed.random.below(100_000_000_000));
    let mut name = Random::keyed(&[deed.random.next()]);
    let principal = format!(
        "AROA{}:ops",
        crate::text::named(crate::text::Alphabet::Base32, 17, &mut name)
    );
    let address = deed.outside().to_string();
    let outside = Caller {
        identity: identity::foreign(&account, &principal),
        arn: String::new(),
        session: "ops".to_owned(),
        address: address.clone(),
        agent: deed.random.pick_text(&actors::CLIS).to_owned(),
        channel: identity::Channel::Tls13,
    };
    let role = "organisation-readonly";
    let given = [(VALUE, role), (NAME, "ops"), (OTHER, "4d2b8e61a07c93f5")];
    deed.call(&outside, Step::new("AssumeRole.supplier").given(&given));
    deed.wait(5, 60);
    let given = (deed.now, identity::SessionExtra::Nothing);
    let inside = roles::tasked(
        deed.account,
        (role, "ops"),
        given,
        (&address, &outside.agent),
    );
    deed.by(&inside);
    let n = usize::try_from(deed.random.between(4, 12)).unwrap_or(6);
    let apis = deed.listings(n);
    deed.calls(&inside, &apis, (2, 120), 50);
}

pub(super) fn new_region(deed: &mut Deed<'_>) {
    deed.at_hours(0, 22);
    let Some(person) = deed.person() else {
        return;
    };
    let caller = actors::person(deed.account, person, deed.now, false);
    let caller = if deed.random.chance(500) {
        deed.thief(&caller)
    } else {
        caller
    };
    deed.by(&caller);
    let Some(region) = deed.random.pick(&UNUSED_REGIONS).copied() else {
        return;
    };
    deed.traces.region = region.name.to_owned();
    let apis = [
        "DescribeInstances",
        "DescribeVpcs",
        "CreateKeyPair",
        "RunInstances.one",
        "DescribeInstanceStatus",
        "CreateTags",
    ];
    for api in apis {
        if api.starts_with("Describe") && deed.random.chance(300) {
            continue;
        }
        let choice = deed.random.next();
        deed.call(&caller, Step::new(api).about(choice).region(region.name));
        deed.wait(3, 120);
    }
}

pub(super) fn secrets_slowly(deed: &mut Deed<'_>) {
    deed.at_hours(0, 12);
    let choice = deed.random.below(8);
    let caller = actors::function(deed.account, choice, deed.now);
    deed.by(&caller);
    let secrets = deed.account.stock.secrets.clone();
    let gap = deed.random.between(300, 5000);
    for (n, secret) in (0_u64..).zip(&secrets) {
        // Its own are those of the same application.
        if n % 8 == choice || deed.random.chance(250) {
            continue;
        }
        let session = actors::function(deed.account, choice, deed.now);
        let given = [(SECRET, secret.as_str())];
        deed.call(&session, Step::new("GetSecretValue").given(&given));
        deed.wait(1, 2);
        deed.call(
            &session,
            Step::new("Decrypt.secretsmanager").given(&given).about(n),
        );
        deed.wait(gap / 3, gap);
    }
}

pub(super) fn rare_again(deed: &mut Deed<'_>) {
    let choice = deed.random.below(8);
    let planted = deed.day;
    let apis = [
        "PutRolePolicy",
        "UpdateFunctionConfiguration20150331v2",
        "CreateTags",
    ];
    deed.aside(|d| {
        d.day = planted - signed_days(d.random.between(8, 13));
        d.at_hours(8, 16);
        let caller = actors::function(d.account, choice, d.now);
        d.calls(&caller, &apis, (5, 60), 0);
    });
    deed.day = planted;
    deed.at_hours(0, 22);
    let caller = actors::function(deed.account, choice, deed.now);
    deed.by(&caller);
    for _ in 0..deed.random.between(1, 3) {
        deed.calls(&caller, &apis, (5, 300), 0);
    }
}

fn signed_days(days: u64) -> i64 {
    super::deed::signed(days) * DAY
}

pub(super) fn new_program(deed: &mut Deed<'_>) {
    deed.at_hours(0, 22);
    let run = deed.random.next();
    let run = roles::deployer(deed.account, run, deed.now);
    let caller = Caller {
        agent: deed.random.pick_text(&actors::CLIS).to_owned(),
        ..run
    };
    deed.by(&caller);
    let n = usize::try_from(deed.random.between(3, 14)).unwrap_or(6);
    let mut apis = vec![
        "GetCallerIdentity",
        "ListSecrets",
        "GetSecretValue",
        "ListAccessKeys",
    ];
    apis.extend(deed.listings(n));
    deed.calls(&caller, &apis, (3, 150), 40);
}

/// Hundreds of calls that the person makes anyhow.
pub(super) fn night_burst(deed: &mut Deed<'_>) {
    deed.at_hours(0, 4);
    let Some(person) = deed.person() else {
        return;
    };
    let caller = actors::person(deed.account, person, deed.now, false);
    let caller = if deed.random.chance(500) {
        deed.thief(&caller)
    } else {
        caller
    };
    deed.by(&caller);
    let gap = deed.random.between(1, 12);
    for n in 0..deed.random.between(150, 900) {
        let object = format!("exports/customers/part-{n:05}.parquet");
        let given = [(OBJECT, object.as_str())];
        deed.call(&caller, Step::new("GetObject").given(&given));
        deed.wait(0, gap);
    }
}

pub(super) fn night_work(deed: &mut Deed<'_>) {
    // The Sunday before. 1970-01-01 was a Thursday; 0 is Monday.
    deed.day -= ((deed.day.div_euclid(DAY) + 3).rem_euclid(7) + 1) % 7 * DAY;
    deed.at_hours(0, 4);
    let Some(person) = deed.person() else {
        return;
    };
    let caller = actors::person(deed.account, person, deed.now, false);
    let caller = if deed.random.chance(600) {
        deed.thief(&caller)
    } else {
        caller
    };
    deed.by(&caller);
    let usual = [
        "GetCallerIdentity",
        "DescribeInstances",
        "ListBuckets",
        "GetObject",
        "GetParameter",
        "FilterLogEvents",
        "GetRole",
    ];
    for _ in 0..deed.random.between(3, 9) {
        deed.calls(&caller, &usual, (5, 200), 20);
    }
}

pub(super) fn delete_rate(deed: &mut Deed<'_>) {
    deed.at_hours(0, 22);
    let caller = if deed.random.chance(300) {
        program(deed)
    } else {
        container(deed)
    };
    deed.by(&caller);
    let gap = deed.random.between(1, 8);
    for n in 0..deed.random.between(250, 1200) {
        let object = format!("invoices/{n:06}.pdf");
        let given = [(OBJECT, object.as_str())];
        deed.call(&caller, Step::new("DeleteObject").given(&given));
        deed.wait(0, gap);
    }
}
