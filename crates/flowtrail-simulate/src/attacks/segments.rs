//! What the matrix of the context file does not allow: traffic between segments,
//! and calls from one environment into another.

use super::stage::{NAME, OBJECT, OUTSIDE, Stage, Step, VALUE};
use super::wire::{any_host, connection, name_host, port, refused};
use crate::cloudtrail::actors::{self, SDKS};
use crate::cloudtrail::identity::{self, Caller, SessionExtra};
use crate::cloudtrail::roles;
use crate::flow::{Side, Talk};
use crate::world::{Account, Environment, Interface, Tier};

const STORES: [Tier; 4] = [Tier::Database, Tier::Graph, Tier::Ledger, Tier::Search];

/// One of these, or the first tier of all.
fn one_of<T: Copy>(stage: &mut Stage<'_>, items: &[T], otherwise: T) -> T {
    stage.random.pick(items).copied().unwrap_or(otherwise)
}

/// Conversations of some size with a service.
fn visits(stage: &mut Stage<'_>, source: &Interface, server: Side<'_>, times: u64) {
    for _ in 0..times {
        let client = Side::at(source, port(stage));
        let talk = connection(stage, client, server, 40);
        let packets = stage.random.between(12, 300);
        stage.talk(&Talk {
            up: (packets, packets * 140),
            down: (packets + 4, packets * 900),
            ..talk
        });
        stage.wait(30, 150);
    }
}

pub(crate) fn dev_reads_production(stage: &mut Stage<'_>) {
    let from = one_of(stage, &[Tier::App, Tier::Bastion, Tier::Search], Tier::App);
    let to = one_of(stage, &STORES, Tier::Database);
    let (Some((_, source)), Some((_, target))) = (
        any_host(stage, Environment::Development, from),
        any_host(stage, Environment::Production, to),
    ) else {
        return;
    };
    let times = stage.random.between(4, 10);
    visits(stage, source, Side::at(target, to.port()), times);
    name_host(stage, source);
}

/// Ways that the matrix forbids, from tier to tier.
const FORBIDDEN: [((Environment, Tier), (Environment, Tier)); 5] = [
    (
        (Environment::Staging, Tier::App),
        (Environment::Production, Tier::Database),
    ),
    (
        (Environment::Development, Tier::App),
        (Environment::Production, Tier::Search),
    ),
    (
        (Environment::Production, Tier::Ledger),
        (Environment::Production, Tier::Search),
    ),
    (
        (Environment::Staging, Tier::Search),
        (Environment::Staging, Tier::Ledger),
    ),
    (
        (Environment::Production, Tier::Bastion),
        (Environment::Production, Tier::Graph),
    ),
];

pub(crate) fn forbidden_refused(stage: &mut Stage<'_>) {
    let (from, to) = one_of(stage, &FORBIDDEN, FORBIDDEN[0]);
    let (Some((_, source)), Some((_, target))) =
        (any_host(stage, from.0, from.1), any_host(stage, to.0, to.1))
    else {
        return;
    };
    for _ in 0..stage.random.between(4, 12) {
        let client = Side::at(source, port(stage));
        let knock = refused(stage, client, Side::at(target, to.1.port()));
        stage.talk(&knock);
        stage.wait(40, 200);
    }
    name_host(stage, source);
}

pub(crate) fn forbidden_burst(stage: &mut Stage<'_>) {
    let environments = [Environment::Development, Environment::Staging];
    let from = one_of(stage, &environments, Environment::Staging);
    let to = one_of(stage, &STORES, Tier::Database);
    let (Some((_, source)), Some((_, target))) = (
        any_host(stage, from, Tier::App),
        any_host(stage, Environment::Production, to),
    ) else {
        return;
    };
    for _ in 0..stage.random.between(80, 140) {
        let client = Side::at(source, port(stage));
        let knock = refused(stage, client, Side::at(target, to.port()));
        stage.talk(&knock);
        stage.wait(1, 4);
    }
    name_host(stage, source);
}

/// Ways of which the matrix says nothing, within one environment.
const UNDECLARED: [(Tier, Tier, u16); 6] = [
    (Tier::App, Tier::Database, 6379),
    (Tier::LoadBalancer, Tier::Search, 9200),
    (Tier::Bastion, Tier::Database, 5432),
    (Tier::App, Tier::App, 9999),
    (Tier::Search, Tier::Database, 5432),
    (Tier::Bastion, Tier::Search, 9200),
];

pub(crate) fn undeclared_edge(stage: &mut Stage<'_>) {
    let environments = [
        Environment::Production,
        Environment::Staging,
        Environment::Development,
        Environment::Shared,
    ];
    let mut environment = one_of(stage, &environments, Environment::Production);
    if stage.world.vpc(environment).is_none() {
        environment = Environment::Production;
    }
    let (from, to, service) = if environment == Environment::Shared {
        // Its log is in the default format as a rule.
        (Tier::Bastion, Tier::App, 9100)
    } else {
        one_of(stage, &UNDECLARED, UNDECLARED[0])
    };
    let Some((vpc, source)) = any_host(stage, environment, from) else {
        return;
    };
    let Some(target) = vpc.of(to).find(|i| i.id != source.id) else {
        return;
    };
    let times = stage.random.between(3, 8);
    visits(stage, source, Side::at(target, service), times);
    name_host(stage, source);
}

/// A function of development, with its own role.
fn developer(stage: &mut Stage<'_>) -> (&'static str, Caller) {
    let (role, session) = one_of(
        stage,
        &[
            ("svc-reports-role", "reports-worker"),
            ("svc-orders-role", "orders-worker"),
            ("svc-pricing-role", "pricing-worker"),
        ],
        ("svc-orders-role", "orders-worker"),
    );
    let account = stage.world.development();
    let given = (stage.now, SessionExtra::Function);
    let address = actors::egress(account);
    let agent = one_of(stage, &SDKS, SDKS[0]);
    let caller = roles::tasked(account, (role, session), given, (&address, agent));
    stage.label.traces.actor.clone_from(&caller.arn);
    (role, caller)
}

/// The same caller as the other account sees it.
fn arriving(from: &Account, role: &str, caller: &Caller) -> Caller {
    let principal = format!("{}:{}", from.unique_id("AROA", role), caller.session);
    Caller {
        identity: identity::foreign(&from.id, &principal),
        arn: String::new(),
        ..caller.clone()
    }
}

pub(crate) fn cross_env_calls(stage: &mut Stage<'_>) {
    let (role, caller) = developer(stage);
    let visitor = arriving(stage.world.development(), role, &caller);
    let choice = stage.random.next();
    for part in 0..stage.random.between(4, 9) {
        let object = format!("exports/orders/part-{part:04}.parquet");
        let given = [(OBJECT, object.as_str())];
        stage.call(&visitor, Step::new("GetObject").about(choice).given(&given));
        stage.wait(5, 30);
    }
    for api in ["GetSecretValue", "Decrypt"] {
        stage.call(&visitor, Step::new(api).about(choice));
        stage.wait(5, 30);
    }
}

pub(crate) fn cross_env_role(stage: &mut Stage<'_>) {
    let (role, caller) = developer(stage);
    let (production, from) = (stage.account, stage.world.development());
    let roles_there = ["orders-host-role", "svc-billing-role", "deploy-pipeline"];
    let taken = one_of(stage, &roles_there, "orders-host-role");
    let given = [
        (OUTSIDE, production.id.as_str()),
        (VALUE, taken),
        (NAME, caller.session.as_str()),
    ];
    let step = Step::new("AssumeRole.member").given(&given);
    // The sandbox has no trail that is delivered.
    if stage.world.accounts.iter().any(|a| a.id == from.id) {
        stage.account = from;
        stage.call(&caller, step);
        stage.account = production;
    }
    stage.call(&arriving(from, role, &caller), step);
    let given = (stage.now, SessionExtra::Nothing);
    let by = (caller.address.as_str(), caller.agent.as_str());
    let inside = roles::tasked(production, (taken, &caller.session), given, by);
    stage.calls(
        &inside,
        &["GetCallerIdentity", "ListBuckets", "DescribeInstances"],
    );
    let choice = stage.random.next();
    stage.call(&inside, Step::new("GetObject").about(choice));
}
