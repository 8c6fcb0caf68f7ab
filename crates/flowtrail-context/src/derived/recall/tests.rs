mod calls;
mod flows;

use std::sync::Arc;

use flowtrail_baseline::{Baseline, Calendar, DIMENSIONS, Day, History, Rolling, Since, Span};
use flowtrail_event::{EventTime, Record, Service};

use super::super::Derivation;
use super::super::testing::{NoRaw, case};
use super::*;
use crate::given::Given;

/// A memory is all that there is.
fn remembering() -> Given {
    Given::default().with_memory("test")
}

const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = DAY_MS / 24;

/// Noon of a day.
fn noon(day: i64) -> EventTime {
    EventTime(day * DAY_MS + DAY_MS / 2)
}

/// Gives a record in words to whoever wants it.
fn with_event<T>(
    service: Service,
    plan: impl Fn(&mut Projection),
    (text, time): (&str, EventTime),
    work: impl FnOnce(&mut Event<'_>, &Projection) -> T,
) -> T {
    let mut projection = Projection::new();
    plan(&mut projection);
    let mut record = Record::new(projection.len());
    for (name, value) in case(text) {
        if let Some(slot) = projection.find(name) {
            record.push_own_text(slot, value.as_bytes());
        }
    }
    let mut event = Event::new(service, &mut record, b"", &NoRaw).at(Some(time));
    work(&mut event, &projection)
}

/// The history of records, each with its time.
fn history(service: Service, records: &[(String, EventTime)]) -> History {
    let mut history = History::new(Calendar::default(), false);
    for (text, time) in records {
        let plan = |projection: &mut Projection| {
            let _ = Sighter::plan(projection, service.kind(), DIMENSIONS);
        };
        with_event(service, plan, (text, *time), |event, projection| {
            let mut projection = projection.clone();
            let sighter = Sighter::plan(&mut projection, service.kind(), DIMENSIONS);
            sighter.remember(event, &mut history);
        });
    }
    history
}

/// The values of fields, each in its order.
fn recalled(
    service: Service,
    memory: &dyn Memory,
    fields: &[&str],
    record: (&str, EventTime),
) -> Vec<Vec<String>> {
    let mut slots = Projection::new();
    fields.iter().for_each(|f| {
        slots.slot(f);
    });
    let derivation = Derivation::plan_given(&mut slots, service.kind(), &remembering()).unwrap();
    let plan = |projection: &mut Projection| *projection = slots.clone();
    with_event(service, plan, record, |event, projection| {
        derivation.recall_all(event, memory);
        let values = |field: &&str| {
            let slot = projection.find(field).unwrap();
            let values = event.values(slot).filter_map(|v| v.as_str());
            values.map(str::to_owned).collect()
        };
        fields.iter().map(values).collect()
    })
}

const CALLS: &str = "recipientAccountId=111122223333 | userIdentity.accountId=111122223333 \
                     | awsRegion=eu-west-1 | ua=Boto3/1.34 | ";

fn of(user: &str, network: u8, call: &str) -> String {
    let (service, name) = call.split_once(':').unwrap();
    format!(
        "{CALLS}user={user} | from=198.{network}.0.7 | eventSource={service}.amazonaws.com \
         | eventName={name} | userIdentity.accessKeyId=AKIA{user}"
    )
}

/// Ann and Bob list buckets on each of twenty days; Cid comes on the last.
fn twenty_days() -> Rolling {
    let mut records = Vec::new();
    for day in 100..120 {
        records.push((of("ann", 1, "s3:ListBuckets"), noon(day)));
        records.push((of("bob", 2, "s3:ListBuckets"), noon(day)));
    }
    records.push((of("cid", 1, "s3:ListBuckets"), noon(119)));
    Rolling::new(history(Service::CloudTrail, &records))
}

fn first_seen(memory: &dyn Memory, record: &str, day: i64) -> String {
    let fields = ["flowtrail.first_seen"];
    recalled(Service::CloudTrail, memory, &fields, (record, noon(day)))
        .remove(0)
        .join(" ")
}

#[test]
fn what_is_new_to_whom_has_habits() {
    let memory = twenty_days();
    let new = |record: &str, day| first_seen(&memory, record, day);
    assert_eq!(new(&of("ann", 1, "s3:ListBuckets"), 120), "");
    assert_eq!(
        new(&of("ann", 1, "iam:CreateUser"), 120),
        "principal_api account_api"
    );
    assert_eq!(
        new(&of("ann", 2, "s3:ListBuckets"), 120),
        "principal_network key_network"
    );
    // Nobody changed anything anywhere, so no region can be called new.
    assert_eq!(
        new(&of("ann", 1, "s3:CreateBucket"), 120),
        "principal_api account_api"
    );
    // What a day shows, its own records do not know.
    assert_eq!(new(&of("ann", 1, "s3:ListBuckets"), 100), "");
}

#[test]
fn a_newcomer_is_judged_by_the_others() {
    let memory = twenty_days();
    let new = |record: &str, day| first_seen(&memory, record, day);
    // Dan was never seen; what the others do is not new.
    assert_eq!(new(&of("dan", 2, "s3:ListBuckets"), 120), "");
    assert_eq!(
        new(&of("dan", 9, "s3:GetObject"), 120),
        "principal_api principal_network account_api key_network"
    );
    // Cid was seen on one day only.
    assert_eq!(new(&of("cid", 2, "s3:ListBuckets"), 120), "");
}

#[test]
fn nothing_is_new_before_something_was_learnt() {
    let memory = twenty_days();
    let record = of("ann", 9, "iam:CreateUser");
    assert_eq!(first_seen(&memory, &record, 113), "");
    assert_ne!(first_seen(&memory, &record, 114), "");
    let nothing = Rolling::new(History::new(Calendar::default(), false));
    assert_eq!(first_seen(&nothing, &record, 120), "");
}

#[test]
fn weights_rest_on_peers_and_on_the_call() {
    let memory = twenty_days();
    let novelty = |record: &str| {
        let fields = ["flowtrail.novelty", "flowtrail.first_seen"];
        let values = recalled(Service::CloudTrail, &memory, &fields, (record, noon(120)));
        assert_eq!(values[0].len(), values[1].len(), "{values:?}");
        values[0].join(" ")
    };
    // Three principals, none of which has it: −log2(0.5 / 4) is 3; one account: 2.
    assert_eq!(
        novelty(&of("ann", 1, "s3:GetObject")),
        "principal_api=1.50 account_api=1.00"
    );
    assert_eq!(
        novelty(&of("ann", 1, "iam:CreateUser")),
        "principal_api=6.00 account_api=4.00"
    );
    // One of three has the network, for principals and for keys.
    assert_eq!(
        novelty(&of("ann", 2, "s3:ListBuckets")),
        "principal_network=0.71 key_network=0.71"
    );
}

/// A role that nobody takes has no habits; who takes other roles every day has.
#[test]
fn a_role_is_new_to_who_takes_others() {
    let takes = |role: &str| {
        let role = format!(" | requestParameters.roleArn=arn:aws:iam::111122223333:role/{role}");
        of("ann", 1, "sts:AssumeRole") + &role
    };
    let usual: Vec<_> = (100..120).map(|day| (takes("build"), noon(day))).collect();
    let memory = Rolling::new(history(Service::CloudTrail, &usual));
    let fields = ["flowtrail.first_seen", "flowtrail.novelty"];
    let told = |role: &str| {
        let record = (takes(role).clone(), noon(120));
        recalled(Service::CloudTrail, &memory, &fields, (&record.0, record.1))
    };
    assert_eq!(told("build"), [Vec::<String>::new(), Vec::new()]);
    let names = |values: &[String]| values.join(" ");
    let of_others = told("deploy");
    assert_eq!(names(&of_others[0]), "principal_role");
    assert_eq!(names(&of_others[1]), "principal_role=4.00");
    // Bob is a newcomer, and the role has habits: it is seen from its side.
    let bob = takes("build").replace("ann", "bob");
    let values = recalled(Service::CloudTrail, &memory, &fields, (&bob, noon(120)));
    assert!(values[0].contains(&"role_assumer".to_owned()), "{values:?}");
    assert!(!values[1].iter().any(|v| v.starts_with("principal_role")));
}

/// The first secret is no second news beside the first call for one; another
/// secret is.
#[test]
fn what_follows_from_something_new_does_not_weigh() {
    let reads = |user: &str, secret: &str| {
        of(user, 1, "secretsmanager:GetSecretValue")
            + &format!(" | requestParameters.secretId={secret}")
    };
    let usual = (100..120).flat_map(|day| {
        let ann = (of("ann", 1, "s3:ListBuckets"), noon(day));
        [ann, (reads("bob", "prod/a"), noon(day))]
    });
    let usual: Vec<_> = usual.collect();
    let memory = Rolling::new(history(Service::CloudTrail, &usual));
    let novelty = |record: String| {
        let fields = ["flowtrail.novelty"];
        recalled(Service::CloudTrail, &memory, &fields, (&record, noon(120))).remove(0)
    };
    let names = |values: Vec<String>| {
        let name = |v: &String| v.split('=').next().unwrap_or_default().to_owned();
        values.iter().map(name).collect::<Vec<_>>()
    };
    assert_eq!(names(novelty(reads("ann", "prod/b"))), ["principal_api"]);
    assert_eq!(names(novelty(reads("bob", "prod/b"))), ["principal_secret"]);
}

/// Weeks of work by day, and then a night.
#[test]
fn a_part_of_the_week_is_new_to_a_person() {
    let ann = "role=AWSReservedSSO_Admin_0a1b/ann@example.com | recipientAccountId=111122223333 \
               | eventSource=s3.amazonaws.com | eventName=ListBuckets";
    let usual: Vec<_> = (100..120).map(|day| (ann.to_owned(), noon(day))).collect();
    let memory = Rolling::new(history(Service::CloudTrail, &usual));
    let at = |time: EventTime| {
        let fields = ["flowtrail.first_seen"];
        recalled(Service::CloudTrail, &memory, &fields, (ann, time)).remove(0)
    };
    assert!(at(noon(120)).is_empty());
    let night = EventTime(noon(120).0 - 10 * HOUR_MS);
    assert_eq!(at(night), ["person_hours"]);
}

#[test]
fn what_is_not_asked_for_costs_nothing() {
    let mut projection = Projection::new();
    projection.slot("flowtrail.first_seen");
    let without = Derivation::plan(&mut projection, Kind::CloudTrail, None).unwrap();
    assert!(without.is_empty() && without.dimensions().is_empty());
    assert_eq!(projection.len(), 1);
    let mut projection = Projection::new();
    projection.slot("flowtrail.api");
    let other = Derivation::plan_given(&mut projection, Kind::CloudTrail, &remembering()).unwrap();
    assert!(other.dimensions().is_empty());
    let mut projection = Projection::new();
    projection.slot("flowtrail.hour.rejects");
    let hour = Derivation::plan_given(&mut projection, Kind::Flow, &remembering()).unwrap();
    assert_eq!(hour.dimensions(), [Dimension::InterfaceRejects]);
}

#[test]
fn news_are_shown_with_their_words() {
    let memory: Arc<dyn Memory> = Arc::new(twenty_days());
    let mut slots = Projection::new();
    slots.slot("flowtrail.first_seen");
    let derivation = Derivation::plan_given(&mut slots, Kind::CloudTrail, &remembering()).unwrap();
    let plan = |projection: &mut Projection| *projection = slots.clone();
    let record = of("ann", 1, "iam:CreateUser");
    let service = Service::CloudTrail;
    let all = with_event(service, plan, (&record, noon(120)), |event, _| {
        let mut all = Vec::new();
        derivation.news(event, &*memory, &mut |dimension, key, value| {
            all.push(format!("{} {key} {value}", dimension.name()));
        });
        all
    });
    assert_eq!(
        all,
        [
            "principal_api arn:aws:iam::111122223333:user/ann iam:CreateUser",
            "account_api 111122223333 iam:CreateUser"
        ]
    );
    assert_eq!(Day(120).to_string(), "1970-05-01");
}
