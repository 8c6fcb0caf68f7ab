//! Findings of several objects that were written, or are about to be.
//!
//! A finding is entered here before it is written into the bucket, beside the
//! observations that it rests on. So whoever adds observations sees what the
//! bucket may hold, and can take back what has become another finding, however
//! many others add at the same time.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use flowtrail_detect::{Finding, Partition, Plan};
use sha2::{Digest as _, Sha256};

use super::marker::text_of;
use super::slice::partition_key;
use super::{ObjectId, State, TTL_ATTRIBUTE, number, text};
use crate::fault::{Fault, FaultKind};

/// A finding of several objects, as far as others have to know it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Known {
    /// Milliseconds of its first event.
    pub first: i64,
    /// Milliseconds of its last event.
    pub last: i64,
    /// Its id.
    pub id: String,
    /// Id of its rule.
    pub rule: String,
    /// A hash of its group.
    group: String,
    /// Who has to do what for it, as people see it.
    seen: Option<Duty>,
    /// The same while a suppression hides it. A finding that grows can come out
    /// of hiding, and then it is news, whoever counted it among the hidden.
    hidden: Option<Duty>,
}

/// Who has to do what for a finding of several objects.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duty {
    /// The object that counts it, by its id.
    pub owner: String,
    /// The object that has somebody told of it. It is another one than the owner
    /// if an event that came late gave the finding another id after the owner had
    /// told of it under the old one.
    pub teller: String,
    /// The name under which it is counted: the id that it had first; of hidden
    /// ones a name beside that.
    pub name: String,
}

/// Attributes of a duty.
struct Attributes {
    owner: &'static str,
    teller: &'static str,
    name: &'static str,
}

const SEEN: Attributes = Attributes {
    owner: "owner",
    teller: "teller",
    name: "counts",
};

const HIDDEN: Attributes = Attributes {
    owner: "hidden_owner",
    teller: "hidden_teller",
    name: "hidden_counts",
};

impl Duty {
    fn read(item: &HashMap<String, AttributeValue>, of: &Attributes) -> Option<Self> {
        Some(Self {
            owner: text_of(item, of.owner)?.to_owned(),
            teller: text_of(item, of.teller)?.to_owned(),
            name: text_of(item, of.name)?.to_owned(),
        })
    }

    fn succeed(&mut self, before: &Self) {
        self.owner.clone_from(&before.owner);
        self.name.clone_from(&before.name);
    }
}

impl Known {
    /// A finding that `owner` brings.
    #[must_use]
    pub fn of(finding: &Finding, owner: &ObjectId) -> Self {
        let mut hash = Sha256::new();
        for part in finding.group.iter().flat_map(|(k, v)| [k, v]) {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        let group = hash.finalize();
        let id = finding.id.to_string();
        let duty = |name| Duty {
            owner: owner.as_str().to_owned(),
            teller: owner.as_str().to_owned(),
            name,
        };
        let (seen, hidden) = match finding.suppressed {
            None => (Some(duty(id.clone())), None),
            Some(_) => (None, Some(duty(format!("{id}#hidden")))),
        };
        Self {
            first: finding.first.map_or(0, |t| t.0),
            last: finding.last.map_or(0, |t| t.0),
            id,
            rule: finding.rule.id.clone(),
            group: group.iter().take(16).map(|b| format!("{b:02x}")).collect(),
            seen,
            hidden,
        }
    }

    /// Takes over what `before` was: a finding that grew is no new one, unless
    /// only the hidden one is known.
    pub fn succeed(&mut self, before: &Self) {
        for (mine, known) in [
            (&mut self.seen, &before.seen),
            (&mut self.hidden, &before.hidden),
        ] {
            if let (Some(mine), Some(known)) = (mine, known) {
                mine.succeed(known);
            }
        }
    }

    /// Whether two are of one rule and one group and share an instant.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        let same = self.rule == other.rule && self.group == other.group;
        same && self.first <= other.last && other.first <= self.last
    }

    /// Beside the observations of its time; no object's id is this word.
    fn sk(&self) -> String {
        format!("{:015}#finding#{}", self.first.max(0), self.id)
    }

    /// Reads an item; `None` if it is one of observations.
    pub(super) fn read(item: &HashMap<String, AttributeValue>) -> Option<Self> {
        let number = |name: &str| item.get(name)?.as_n().ok()?.parse().ok();
        let (seen, hidden) = (Duty::read(item, &SEEN), Duty::read(item, &HIDDEN));
        seen.as_ref().or(hidden.as_ref())?;
        Some(Self {
            id: text_of(item, "finding")?.to_owned(),
            first: number("first")?,
            last: number("last")?,
            rule: text_of(item, "rule")?.to_owned(),
            group: text_of(item, "group")?.to_owned(),
            seen,
            hidden,
        })
    }

    /// The duty that it brings, and where that stands.
    const fn brings(&self) -> Option<(&Duty, &'static Attributes)> {
        match (&self.seen, &self.hidden) {
            (Some(seen), _) => Some((seen, &SEEN)),
            (None, Some(hidden)) => Some((hidden, &HIDDEN)),
            (None, None) => None,
        }
    }
}

impl State {
    /// Enters a finding. Who was entered as its owner and its teller first stays
    /// it, and so does its name; returned is what stands in the table, for a
    /// finding that is hidden or seen as this one is.
    ///
    /// # Errors
    /// Those of DynamoDB.
    pub async fn enter(
        &self,
        plan: &Plan,
        partition: &Partition,
        known: &Known,
        now: i64,
    ) -> Result<Duty, Fault> {
        let not_ours = || Fault::new("UpdateItem", FaultKind::Service, "an item that is not ours");
        let (duty, of) = known.brings().ok_or_else(not_ours)?;
        let names = [
            ("#f", "finding"),
            ("#a", "first"),
            ("#z", "last"),
            ("#r", "rule"),
            ("#g", "group"),
            ("#o", of.owner),
            ("#t", of.teller),
            ("#n", of.name),
            ("#e", TTL_ATTRIBUTE),
        ];
        let names = names.map(|(k, v)| (k.to_owned(), v.to_owned()));
        let values = [
            (":f", text(&known.id)),
            (":a", number(known.first)),
            (":z", number(known.last)),
            (":r", text(&known.rule)),
            (":g", text(&known.group)),
            (":o", text(&duty.owner)),
            (":t", text(&duty.teller)),
            (":n", text(&duty.name)),
            (":e", self.expires(now)),
        ];
        let values = values.map(|(k, v)| (k.to_owned(), v));
        let updated = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", text(partition_key(plan, partition)))
            .key("sk", text(known.sk()))
            .update_expression(
                "SET #f = :f, #a = :a, #z = :z, #r = :r, #g = :g, #e = :e, \
                 #o = if_not_exists(#o, :o), #t = if_not_exists(#t, :t), \
                 #n = if_not_exists(#n, :n)",
            )
            .set_expression_attribute_names(Some(names.into()))
            .set_expression_attribute_values(Some(values.into()))
            .return_values(ReturnValue::AllNew)
            .send()
            .await
            .map_err(|e| Fault::of("UpdateItem", &e))?;
        let item = updated.attributes.unwrap_or_default();
        Duty::read(&item, of).ok_or_else(not_ours)
    }

    /// Strikes a finding out, after it was deleted from the bucket.
    ///
    /// # Errors
    /// Those of DynamoDB.
    pub async fn strike(
        &self,
        plan: &Plan,
        partition: &Partition,
        known: &Known,
    ) -> Result<(), Fault> {
        self.client
            .delete_item()
            .table_name(&self.table)
            .key("pk", text(partition_key(plan, partition)))
            .key("sk", text(known.sk()))
            .send()
            .await
            .map_err(|e| Fault::of("DeleteItem", &e))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn duty(owner: &str, name: &str) -> Duty {
        Duty {
            owner: owner.into(),
            teller: owner.into(),
            name: name.into(),
        }
    }

    fn known(first: i64, last: i64) -> Known {
        Known {
            first,
            last,
            id: "0a".into(),
            rule: "r".into(),
            group: "g".into(),
            seen: Some(duty("o", "0a")),
            hidden: None,
        }
    }

    #[test]
    fn findings_overlap_in_one_rule_one_group_and_an_instant() {
        let one = known(10, 20);
        assert!(one.overlaps(&known(20, 30)) && known(20, 30).overlaps(&one));
        assert!(one.overlaps(&known(0, 99)) && one.overlaps(&one));
        assert!(!one.overlaps(&known(21, 30)) && !one.overlaps(&known(0, 9)));
        let other = |change: fn(&mut Known)| {
            let mut other = known(10, 20);
            change(&mut other);
            one.overlaps(&other)
        };
        assert!(!other(|k| k.rule = "s".into()));
        assert!(!other(|k| k.group = "h".into()));
        assert!(other(|k| k.id = "0b".into()) && other(|k| k.seen = None));
    }

    #[test]
    fn who_grew_keeps_owner_and_name_and_has_a_teller_of_its_own() {
        let mut grown = Known {
            id: "0b".into(),
            seen: Some(duty("p", "0b")),
            ..known(5, 20)
        };
        grown.succeed(&known(10, 20));
        let seen = grown.seen.unwrap();
        assert_eq!((seen.owner.as_str(), seen.name.as_str()), ("o", "0a"));
        assert_eq!((grown.id.as_str(), seen.teller.as_str()), ("0b", "p"));
    }

    #[test]
    fn who_comes_out_of_hiding_is_news_and_who_was_seen_before_is_not() {
        let hidden = Known {
            seen: None,
            hidden: Some(duty("h", "0a#hidden")),
            ..known(10, 20)
        };
        let mut grown = Known {
            seen: Some(duty("p", "0a")),
            ..known(10, 25)
        };
        grown.succeed(&hidden);
        assert_eq!(grown.seen, Some(duty("p", "0a")));
        let both = Known {
            seen: Some(duty("s", "09")),
            ..hidden.clone()
        };
        grown.succeed(&both);
        let owner = |of: &Option<Duty>| of.as_ref().map(|d| d.owner.clone());
        assert_eq!(owner(&grown.seen).as_deref(), Some("s"));
        let mut other = Known {
            hidden: Some(duty("q", "0b#hidden")),
            ..hidden
        };
        other.succeed(&both);
        assert_eq!(owner(&other.hidden).as_deref(), Some("h"));
        assert_eq!(other.seen, None);
    }

    #[test]
    fn items_of_observations_are_no_findings() {
        let want = known(10, 20);
        let item: HashMap<String, AttributeValue> = [
            ("pk", text("window#f#g")),
            ("sk", text(want.sk())),
            ("finding", text("0a")),
            ("first", number(10)),
            ("last", number(20)),
            ("rule", text("r")),
            ("group", text("g")),
            ("owner", text("o")),
            ("teller", text("o")),
            ("counts", text("0a")),
        ]
        .map(|(k, v)| (k.to_owned(), v))
        .into();
        assert_eq!(Known::read(&item), Some(want.clone()));
        for name in ["finding", "owner"] {
            let mut without = item.clone();
            without.remove(name);
            assert_eq!(Known::read(&without), None, "{name}");
        }
        let mut hidden = item;
        for name in ["owner", "teller", "counts"] {
            let value = hidden.remove(name).unwrap();
            hidden.insert(format!("hidden_{name}"), value);
        }
        let read = Known::read(&hidden).unwrap();
        assert_eq!((read.seen, read.hidden), (None, Some(duty("o", "0a"))));
        // Among the observations of its time, as the range of a query wants it.
        let at = |ms: i64| format!("{ms:015}");
        assert!(want.sk() > at(10) && want.sk() < format!("{}~", at(10)));
        assert!(known(-5, 0).sk().starts_with(&at(0)));
    }
}
