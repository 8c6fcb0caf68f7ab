//! Getting in, and getting at credentials.

use super::stage::{OBJECT, Stage, Step};
use crate::cloudtrail::actors;
use crate::cloudtrail::identity::{self, Caller, Channel};
use crate::cloudtrail::record::Outcome;

/// Users that someone who knows the company would try.
const TRIED_USERS: [&str; 9] = [
    "backup-agent",
    "smtp-relay",
    "report-export",
    "inventory-sync",
    "log-shipper",
    "noor",
    "emil",
    "marek",
    "petra",
];

/// Someone at the login page of the account.
fn at_login(stage: &Stage<'_>, user: &str, known: bool, address: &str) -> Caller {
    let caller = actors::at_login(stage.account, user, known);
    let agent = actors::browser(address).to_owned();
    Caller {
        address: address.to_owned(),
        agent,
        channel: Channel::Tls13,
        ..caller
    }
}

pub(crate) fn password_spray(stage: &mut Stage<'_>) {
    let address = stage.story.address(1).to_owned();
    let refused = Step::new("ConsoleLogin.failure").ends(Outcome::Refused);
    for _ in 0..stage.random.between(2, 3) {
        for user in TRIED_USERS {
            let caller = at_login(stage, user, false, &address);
            stage.call(&caller, refused);
            stage.wait(5, 18);
        }
        stage.wait(60, 180);
    }
    stage.label.traces.actor = address;
}

pub(crate) fn console_brute_force(stage: &mut Stage<'_>) {
    let address = stage.story.address(0).to_owned();
    let user = stage.story.victim;
    let guess = at_login(stage, user, false, &address);
    let refused = Step::new("ConsoleLogin.failure").ends(Outcome::Refused);
    for _ in 0..stage.random.between(24, 38) {
        stage.call(&guess, refused);
        stage.wait(1, 6);
    }
    let inside = at_login(stage, user, true, &address);
    stage.call(&inside, Step::new("ConsoleLogin.no-mfa"));
    stage.label.traces.actor.clone_from(&inside.arn);
    let epoch = u64::try_from(stage.now).unwrap_or(0);
    let key = stage.account.access_key("ASIA", user, epoch);
    let session = Caller {
        identity: identity::user(stage.account, user, Some(&key)),
        channel: Channel::Console,
        ..inside
    };
    stage.wait(20, 60);
    stage.calls(
        &session,
        &[
            "ListUsers",
            "ListAccountAliases",
            "DescribeInstances",
            "ListBuckets",
        ],
    );
}

pub(crate) fn root_login(stage: &mut Stage<'_>) {
    let arn = format!("arn:aws:iam::{}:root", stage.account.id);
    let address = stage.story.address(2).to_owned();
    let at_login = Caller {
        identity: identity::root(stage.account, None, false),
        arn: arn.clone(),
        session: "root".to_owned(),
        agent: actors::browser(&address).to_owned(),
        address,
        channel: Channel::Tls13,
    };
    stage.call(&at_login, Step::new("ConsoleLogin.no-mfa"));
    let epoch = u64::try_from(stage.now).unwrap_or(0);
    let key = stage.account.access_key("ASIA", "root", epoch);
    let session = Caller {
        identity: identity::root(stage.account, Some((&key, stage.now)), false),
        channel: Channel::Console,
        ..at_login
    };
    stage.label.traces.actor = arn;
    stage.wait(15, 40);
    let look = [
        "GetAccountSummary",
        "ListUsers",
        "ListMFADevices",
        "ListAccessKeys",
        "DescribeRegions",
        "GetCostAndUsage",
    ];
    stage.calls(&session, &look);
}

pub(crate) fn stolen_instance_credentials(stage: &mut Stage<'_>) {
    let choice = stage.random.below(6);
    let Some(instance) = actors::instance(stage.account, choice, stage.now, false) else {
        return;
    };
    let caller = Caller {
        address: stage.story.address(1).to_owned(),
        agent: stage.random.pick_text(&actors::CLIS).to_owned(),
        ..instance
    };
    stage.label.traces.actor.clone_from(&caller.arn);
    stage.calls(
        &caller,
        &["GetCallerIdentity", "ListBuckets", "DescribeInstances"],
    );
    let may_not = [
        "ListUsers",
        "ListRoles",
        "GetAccountAuthorizationDetails",
        "ListSecrets",
        "ListFunctions20150331",
        "DescribeSnapshots",
        "DescribeDBInstances",
        "ListKeys",
        "DescribeTrails",
        "ListDetectors",
        "DescribeParameters",
        "DescribeOrganization",
        "LookupEvents",
    ];
    for api in may_not {
        stage.call(&caller, Step::new(api).ends(Outcome::Denied));
    }
    stage.wait(30, 120);
    for n in 0..stage.random.between(4, 9) {
        let object = format!("exports/customers/part-{n:04}.parquet");
        stage.call(
            &caller,
            Step::new("GetObject")
                .about(choice)
                .given(&[(OBJECT, &object)]),
        );
    }
}

pub(crate) fn secrets_sweep(stage: &mut Stage<'_>) {
    let caller = stage.intruder();
    stage.calls(&caller, &["GetCallerIdentity", "ListSecrets"]);
    let secrets = u64::try_from(stage.account.stock.secrets.len()).unwrap_or(0);
    for n in 0..secrets {
        stage.call(&caller, Step::new("GetSecretValue").about(n));
        // The service decrypts at the same moment.
        stage.now -= 1;
        stage.call(&caller, Step::new("Decrypt.secretsmanager").about(n));
    }
    stage.call(&caller, Step::new("DescribeParameters"));
    for n in 0..8 {
        stage.call(&caller, Step::new("GetParametersByPath").about(n));
    }
}
