//! What `CloudTrail` tells: accounts, regions, names and who calls from where.

use std::collections::{BTreeMap, BTreeSet};

use flowtrail_event::{Event, EventTime, Projection, SlotId, Value};

use crate::cell::spanning;
use crate::words::id;

/// Principals, accounts and VPCs that are kept; of more the first by name.
const NAMED_MAX: usize = 20_000;
/// Sources of one principal that are kept; of more it has too many to matter.
const SOURCES_MAX: usize = 8;

/// One line a field.
macro_rules! fields {
    ($($name:ident = $path:literal,)+) => {
        #[derive(Debug, Clone)]
        pub(super) struct CallSlots { $($name: SlotId,)+ }

        impl CallSlots {
            /// Adds the fields to a projection over `CloudTrail`.
            pub(super) fn plan(projection: &mut Projection) -> Self {
                Self { $($name: projection.slot($path),)+ }
            }
        }
    };
}

fields! {
    recipient = "recipientAccountId",
    caller = "userIdentity.accountId",
    region = "awsRegion",
    source = "sourceIPAddress",
    principal = "flowtrail.principal",
    resource = "resources.ARN",
    bucket = "requestParameters.bucketName",
    role = "requestParameters.roleName",
    vpc = "requestParameters.vpcId",
    tagged = "requestParameters.resourcesSet.items.resourceId",
    tag = "requestParameters.tagSet.items.value",
}

/// Calls of something.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) calls: u64,
    pub(super) times: Option<(EventTime, EventTime)>,
}

impl Count {
    fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.times = spanning(self.times, other.times);
    }
}

/// Someone who calls.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Caller {
    pub(super) count: Count,
    /// Addresses and services that it called from; more than the limit means
    /// that there were more.
    pub(super) sources: BTreeSet<Box<str>>,
}

/// By environment: how many names speak of it, and the first of them.
type Words = BTreeMap<&'static str, (u64, Box<str>)>;

/// Everything that calls tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Calls {
    pub(super) count: Count,
    /// Accounts whose trail it is.
    pub(super) accounts: BTreeMap<Box<str>, Count>,
    /// Accounts of callers.
    pub(super) callers: BTreeMap<Box<str>, Count>,
    pub(super) regions: BTreeMap<Box<str>, Count>,
    pub(super) principals: BTreeMap<Box<str>, Caller>,
    /// By account or VPC: words for environments in names, with how many names
    /// had them and one of these names.
    pub(super) words: BTreeMap<Box<str>, Words>,
}

/// Words in names, and the environments that they mean.
const WORDS: [(&str, &str); 14] = [
    ("prod", "production"),
    ("production", "production"),
    ("prd", "production"),
    ("staging", "staging"),
    ("stage", "staging"),
    ("stg", "staging"),
    ("dev", "development"),
    ("development", "development"),
    ("test", "test"),
    ("qa", "test"),
    ("sandbox", "sandbox"),
    ("nonprod", "nonproduction"),
    ("shared", "shared"),
    ("preprod", "preproduction"),
];

/// The environment that a name speaks of, if it speaks of one.
pub(super) fn environment_in(name: &str) -> Option<&'static str> {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric());
    let mut found = words.filter_map(|word| {
        let known = WORDS.iter().find(|(w, _)| w.eq_ignore_ascii_case(word));
        known.map(|(_, environment)| *environment)
    });
    let first = found.next()?;
    found.all(|other| other == first).then_some(first)
}

impl Calls {
    pub(super) fn add(&mut self, slots: &CallSlots, event: &Event<'_>) {
        let one = Count {
            calls: 1,
            times: event.time.map(|t| (t, t)),
        };
        self.count.add(&one);
        let first = |slot| event.first(slot).and_then(Value::text);
        let account = first(slots.recipient).filter(|a| is_account(a)).map(id);
        if let Some(account) = &account {
            self.accounts.entry(account.clone()).or_default().add(&one);
        }
        if let Some(caller) = first(slots.caller).filter(|a| is_account(a)) {
            self.callers.entry(id(caller)).or_default().add(&one);
        }
        if let Some(region) = first(slots.region) {
            self.regions.entry(id(region)).or_default().add(&one);
        }
        if let Some(principal) = first(slots.principal) {
            let source = first(slots.source).map(id);
            let caller = self.principals.entry(full(principal)).or_default();
            caller.count.add(&one);
            if caller.sources.len() <= SOURCES_MAX {
                caller.sources.extend(source);
            }
        }
        if let Some(account) = account {
            self.names(slots, event, &account);
        }
        self.bound();
    }

    /// Words for environments in the names of what a call is about.
    fn names(&mut self, slots: &CallSlots, event: &Event<'_>, account: &str) {
        for slot in [slots.resource, slots.bucket, slots.role] {
            for name in event.values(slot).filter_map(Value::as_str) {
                // A resource of another account says nothing of this one.
                let foreign = name.starts_with("arn:")
                    && name
                        .split(':')
                        .nth(4)
                        .is_some_and(|a| !a.is_empty() && a != account);
                if !foreign {
                    self.word(account, name);
                }
            }
        }
        let things = event.values(slots.tagged).chain(event.values(slots.vpc));
        for vpc in things
            .filter_map(Value::as_str)
            .filter(|t| t.starts_with("vpc-"))
        {
            for tag in event.values(slots.tag).filter_map(Value::as_str) {
                self.word(vpc, tag);
            }
        }
    }

    fn word(&mut self, of: &str, name: &str) {
        if let Some(word) = environment_in(name) {
            let words = self.words.entry(id(of.as_bytes())).or_default();
            let (n, kept) = words
                .entry(word)
                .or_insert_with(|| (0, id(name.as_bytes())));
            *n += 1;
            let name = id(name.as_bytes());
            if name < *kept {
                *kept = name;
            }
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.count.add(&other.count);
        for (own, others) in [
            (&mut self.accounts, other.accounts),
            (&mut self.callers, other.callers),
            (&mut self.regions, other.regions),
        ] {
            for (name, count) in others {
                own.entry(name).or_default().add(&count);
            }
        }
        for (name, caller) in other.principals {
            let own = self.principals.entry(name).or_default();
            own.count.add(&caller.count);
            own.sources.extend(caller.sources);
            while own.sources.len() > SOURCES_MAX + 1 {
                own.sources.pop_last();
            }
        }
        for (of, words) in other.words {
            let own = self.words.entry(of).or_default();
            for (word, (n, name)) in words {
                let (own, kept) = own.entry(word).or_insert_with(|| (0, name.clone()));
                *own += n;
                if name < *kept {
                    *kept = name;
                }
            }
        }
        self.bound();
    }

    fn bound(&mut self) {
        for map in [&mut self.accounts, &mut self.callers, &mut self.regions] {
            while map.len() > NAMED_MAX {
                map.pop_last();
            }
        }
        while self.principals.len() > NAMED_MAX {
            self.principals.pop_last();
        }
        while self.words.len() > NAMED_MAX {
            self.words.pop_last();
        }
    }
}

impl Caller {
    /// Whether it called from more places than are kept.
    pub(super) fn is_everywhere(&self) -> bool {
        self.sources.len() > SOURCES_MAX
    }
}

pub(super) fn is_account(text: &[u8]) -> bool {
    text.len() == 12 && text.iter().all(u8::is_ascii_digit)
}

/// A principal; ARNs are longer than other ids.
fn full(text: &[u8]) -> Box<str> {
    text.chunks(64).map(id).collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_speak_of_environments_in_whole_words() {
        for (name, environment) in [
            ("meridian-prod-orders-data", Some("production")),
            ("product-catalogue", None),
            ("prod/checkout/dev-key", None),
            ("Production", Some("production")),
            ("my_stage", Some("staging")),
            ("device", None),
        ] {
            assert_eq!(environment_in(name), environment, "{name}");
        }
    }
}
