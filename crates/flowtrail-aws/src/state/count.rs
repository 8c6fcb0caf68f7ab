//! Who counts a finding of a window.
//!
//! The finding of a window may be seen by several objects, by several
//! invocations at one object, and under several ids, when it grows. It is
//! counted under one name, the id that it had first, and one claimant at a time
//! has that name. Beside it stands the id that the finding has when it is
//! counted, which is the one that somebody is told of. Whoever claims a name has
//! said before, at its object, that the object is not done: by the object's claim
//! or by [`State::owe`]. So what a dead claimant leaves behind is found.

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;

use super::marker::{is_held, text_of};
use super::{Claimant, ObjectId, State, TTL_ATTRIBUTE, clock_ms, met, number, text};
use crate::fault::Fault;

/// How a finding of a window is to be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counting {
    /// Nobody has counted it, and nobody else does.
    Certain,
    /// Somebody who is dead was about to: it may be counted already.
    Uncertain,
    /// It is counted, or somebody else is about to.
    Other,
}

impl State {
    /// Claims the counting of the finding `id` of `object`, under its `name`, for
    /// `who`.
    /// `settled` is who has published everything else of the object, if somebody
    /// has: what he claimed is counted.
    ///
    /// # Errors
    /// Those of DynamoDB.
    pub async fn count(
        &self,
        (name, id): (&str, &str),
        object: &ObjectId,
        (who, settled): (&Claimant, Option<&str>),
        now: i64,
    ) -> Result<Counting, Fault> {
        let update = self
            .taking((name, id), object, who, now)
            .condition_expression(
                "(attribute_not_exists(claimant) OR claimant = :by) AND \
             (attribute_not_exists(#o) OR #o = :o)",
            );
        if met(update.send().await)? {
            return Ok(Counting::Certain);
        }
        let item = self.finding_item(name).await?;
        let Some(before) = text_of(&item, "claimant") else {
            // It is another object's, or was given back at this moment by
            // somebody who comes again.
            return Ok(Counting::Other);
        };
        let mine = text_of(&item, "object") == Some(object.as_str());
        let counted = item.contains_key("counted") || settled == Some(before);
        if !mine || counted || is_held(&item, clock_ms()) {
            return Ok(Counting::Other);
        }
        let update = self
            .taking((name, id), object, who, now)
            .condition_expression("claimant = :before AND held_until <= :now AND #o = :o")
            .expression_attribute_values(":before", text(before))
            .expression_attribute_values(":now", number(clock_ms()));
        Ok(if met(update.send().await)? {
            Counting::Uncertain
        } else {
            Counting::Other
        })
    }

    /// Gives a name back: it was certainly not counted.
    ///
    /// # Errors
    /// Those of DynamoDB.
    pub async fn uncount(&self, name: &str, who: &Claimant) -> Result<(), Fault> {
        let update = self.name_update(name, who);
        let update = update
            .update_expression("REMOVE claimant, held_until, counted_as, #o")
            .expression_attribute_names("#o", "object");
        met(update.send().await).map(|_| ())
    }

    /// Says that nobody knows whether it was counted.
    ///
    /// # Errors
    /// Those of DynamoDB.
    pub async fn abandon_count(&self, name: &str, who: &Claimant) -> Result<(), Fault> {
        let update = self
            .name_update(name, who)
            .update_expression("SET held_until = :never")
            .expression_attribute_values(":never", number(0));
        met(update.send().await).map(|_| ())
    }

    /// Says that it was counted. To be said by whoever is not the one who
    /// publishes the rest of its object: what he claimed is counted once the
    /// object is done.
    ///
    /// # Errors
    /// Those of DynamoDB.
    pub async fn counted(&self, name: &str, who: &Claimant) -> Result<(), Fault> {
        let update = self
            .name_update(name, who)
            .update_expression("SET counted = :t")
            .expression_attribute_values(":t", number(clock_ms() / 1_000));
        met(update.send().await).map(|_| ())
    }

    fn taking(
        &self,
        (name, id): (&str, &str),
        object: &ObjectId,
        who: &Claimant,
        now: i64,
    ) -> UpdateItemFluentBuilder {
        self.finding_update(name)
            .update_expression(
                "SET #o = :o, counted_as = :id, claimant = :by, held_until = :until, #e = :e",
            )
            .expression_attribute_names("#o", "object")
            .expression_attribute_names("#e", TTL_ATTRIBUTE)
            .expression_attribute_values(":o", text(object.as_str()))
            .expression_attribute_values(":id", text(id))
            .expression_attribute_values(":by", text(&who.name))
            .expression_attribute_values(":until", number(who.until_ms()))
            .expression_attribute_values(":e", self.expires(now))
    }

    fn name_update(&self, name: &str, who: &Claimant) -> UpdateItemFluentBuilder {
        self.finding_update(name)
            .condition_expression("claimant = :by")
            .expression_attribute_values(":by", text(&who.name))
    }
}
