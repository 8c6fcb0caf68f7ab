//! Who counts the finding of a single event, and whether somebody was told of a
//! finding.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;

use super::{ObjectId, State, TTL_ATTRIBUTE, met, number, text};
use crate::fault::Fault;

impl State {
    /// Whether `object` is the one that counts `finding`. Of several objects
    /// that hold the same event the first that asks is, and stays it, however
    /// often it asks again.
    ///
    /// # Errors
    /// Those of DynamoDB.
    pub async fn own(&self, finding: &str, object: &ObjectId, now: i64) -> Result<bool, Fault> {
        let update = self
            .finding_update(finding)
            .update_expression("SET #o = :o, #e = :e")
            .condition_expression("attribute_not_exists(#o) OR #o = :o")
            .expression_attribute_names("#o", "object")
            .expression_attribute_names("#e", TTL_ATTRIBUTE)
            .expression_attribute_values(":o", text(object.as_str()))
            .expression_attribute_values(":e", self.expires(now));
        met(update.send().await)
    }

    /// Whether somebody was told of a finding.
    ///
    /// # Errors
    /// Those of DynamoDB.
    pub async fn told(&self, finding: &str) -> Result<bool, Fault> {
        Ok(self.finding_item(finding).await?.contains_key("told"))
    }

    /// Remembers that somebody was told of a finding. Said after the telling:
    /// a crash between the two tells twice, never not at all.
    ///
    /// # Errors
    /// Those of DynamoDB.
    pub async fn remember_told(&self, finding: &str, now: i64) -> Result<(), Fault> {
        let update = self
            .finding_update(finding)
            .update_expression("SET told = :t, #e = :e")
            .expression_attribute_names("#e", TTL_ATTRIBUTE)
            .expression_attribute_values(":t", number(now))
            .expression_attribute_values(":e", self.expires(now));
        met(update.send().await).map(|_| ())
    }

    pub(super) fn finding_update(&self, finding: &str) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table)
            .key("pk", text(format!("finding#{finding}")))
            .key("sk", text("finding"))
    }

    pub(super) async fn finding_item(
        &self,
        finding: &str,
    ) -> Result<HashMap<String, AttributeValue>, Fault> {
        let got = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("pk", text(format!("finding#{finding}")))
            .key("sk", text("finding"))
            .consistent_read(true)
            .send()
            .await
            .map_err(|e| Fault::of("GetItem", &e))?;
        Ok(got.item.unwrap_or_default())
    }
}
