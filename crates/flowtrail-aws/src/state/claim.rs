//! Who publishes the metrics of an object.
//!
//! CloudWatch adds what it is told twice, so whoever is about to tell says so
//! first, and until when. Up to that time nobody else takes him for dead; he
//! himself gives up before it. What a dead one was about to tell is told under
//! another name.

use std::time::Duration;

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::ReturnValue;

use super::marker::{CLAIMED, COMMITTED, DONE, LOST, text_of};
use super::{ObjectId, State, clock_ms, met, number, text};
use crate::fault::Fault;

/// Clocks of two machines differ, and a call is on its way for a while.
const SKEW: Duration = Duration::from_secs(1);

/// Somebody who publishes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimant {
    /// His name: that of the invocation, and of the work in it.
    pub name: String,
    /// Milliseconds since the epoch at which he is taken for dead.
    until_ms: i64,
}

impl Claimant {
    /// Somebody who has ended, or given up, within `time` from now on. AWS
    /// brings an event again under the same name, so the time is part of his.
    #[must_use]
    pub fn new(name: &str, time: Duration) -> Self {
        let now = clock_ms();
        let time = i64::try_from((time + SKEW).as_millis()).unwrap_or(i64::MAX);
        Self {
            name: format!("{name}/{now}"),
            until_ms: now.saturating_add(time),
        }
    }

    /// As it is written down.
    pub(super) const fn until_ms(&self) -> i64 {
        self.until_ms
    }
}

/// What became of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// It stands.
    Mine,
    /// Somebody else is at it, or was and could not end it.
    Busy,
    /// Everything is out; here is who published it.
    Settled(String),
}

impl State {
    /// Says that the metrics of an object are about to be published by `who`,
    /// who may say so again: an answer can be lost. `after_another` is whether
    /// it takes over the claim of a dead one, and then nothing else; without it
    /// a claim of somebody else is never touched.
    ///
    /// # Errors
    /// Those of DynamoDB.
    pub async fn claim(
        &self,
        object: &ObjectId,
        who: &Claimant,
        after_another: bool,
    ) -> Result<Claim, Fault> {
        let update = self
            .marker_update(object)
            .update_expression("SET #s = :to, claimant = :by, held_until = :until")
            .expression_attribute_names("#s", "state")
            .expression_attribute_values(":to", text(CLAIMED))
            .expression_attribute_values(":by", text(&who.name))
            .expression_attribute_values(":until", number(who.until_ms));
        let update = if after_another {
            update
                .condition_expression("#s = :to AND (held_until <= :now OR claimant = :by)")
                .expression_attribute_values(":now", number(clock_ms()))
        } else {
            update
                .condition_expression("#s = :from OR (#s = :to AND claimant = :by)")
                .expression_attribute_values(":from", text(COMMITTED))
        };
        if met(update.send().await)? {
            return Ok(Claim::Mine);
        }
        let item = self.marker_item(object).await?;
        Ok(match text_of(&item, "state") {
            Some(DONE | LOST) => {
                Claim::Settled(text_of(&item, "claimant").unwrap_or("").to_owned())
            }
            Some(_) | None => Claim::Busy,
        })
    }

    /// Takes back a claim of `who`: the metrics were certainly not published.
    /// That nobody has it any more is no fault.
    ///
    /// # Errors
    /// Those of DynamoDB.
    pub async fn release(&self, object: &ObjectId, who: &Claimant) -> Result<(), Fault> {
        let update = self
            .marker_update(object)
            .update_expression("SET #s = :to REMOVE claimant, held_until")
            .expression_attribute_values(":to", text(COMMITTED));
        self.after_claim(update, who).await
    }

    /// Says that `who` does not go on, and that nobody knows whether the metrics
    /// were published.
    ///
    /// # Errors
    /// Those of DynamoDB.
    pub async fn abandon(&self, object: &ObjectId, who: &Claimant) -> Result<(), Fault> {
        let update = self
            .marker_update(object)
            .update_expression("SET #s = :from, held_until = :never")
            .expression_attribute_values(":never", number(0));
        self.after_claim(update, who).await
    }

    /// Says that everything of an object is out; `readable` is whether that is
    /// all of it.
    ///
    /// # Errors
    /// Those of DynamoDB.
    pub async fn done(
        &self,
        object: &ObjectId,
        who: &Claimant,
        readable: bool,
    ) -> Result<(), Fault> {
        let end = if readable { DONE } else { LOST };
        let update = self
            .marker_update(object)
            .update_expression("SET #s = :to REMOVE held_until")
            .expression_attribute_values(":to", text(end));
        self.after_claim(update, who).await
    }

    /// Says that `who` is about to count findings of windows for an object that
    /// somebody else has claimed, so that it is looked at again if he dies.
    /// Returns who has published the rest, if somebody has.
    ///
    /// # Errors
    /// Those of DynamoDB.
    pub async fn owe(&self, object: &ObjectId, who: &Claimant) -> Result<Option<String>, Fault> {
        let updated = self
            .marker_update(object)
            .update_expression("SET owing = :by")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":by", text(&who.name))
            .return_values(ReturnValue::AllNew)
            .send()
            .await
            .map_err(|e| Fault::of("UpdateItem", &e))?;
        let item = updated.attributes.unwrap_or_default();
        let settled = matches!(text_of(&item, "state"), Some(DONE | LOST));
        let by = text_of(&item, "claimant").filter(|_| settled);
        Ok(by.map(str::to_owned))
    }

    /// Says that `who` has counted what he was about to.
    ///
    /// # Errors
    /// Those of DynamoDB.
    pub async fn paid(&self, object: &ObjectId, who: &Claimant) -> Result<(), Fault> {
        let update = self
            .marker_update(object)
            .update_expression("REMOVE owing")
            .condition_expression("owing = :by")
            .expression_attribute_values(":by", text(&who.name));
        met(update.send().await).map(|_| ())
    }

    fn marker_update(&self, object: &ObjectId) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table)
            .key("pk", text(object.pk()))
            .key("sk", text("marker"))
    }

    /// An update of what `who` has claimed. If somebody has taken it over, it is
    /// his.
    async fn after_claim(
        &self,
        update: UpdateItemFluentBuilder,
        who: &Claimant,
    ) -> Result<(), Fault> {
        let update = update
            .condition_expression("#s = :from AND claimant = :by")
            .expression_attribute_names("#s", "state")
            .expression_attribute_values(":from", text(CLAIMED))
            .expression_attribute_values(":by", text(&who.name));
        met(update.send().await).map(|_| ())
    }
}
