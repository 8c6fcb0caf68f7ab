//! Who counts the finding of a single event, and whether somebody was told of a
//! finding.

use aws_sdk_dynamodb::error::SdkError;

use super::{ObjectId, State, TTL_ATTRIBUTE, text};
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
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", text(format!("finding#{finding}")))
            .key("sk", text("finding"))
            .update_expression("SET #o = :o, #e = :e")
            .condition_expression("attribute_not_exists(#o) OR #o = :o")
            .expression_attribute_names("#o", "object")
            .expression_attribute_names("#e", TTL_ATTRIBUTE)
            .expression_attribute_values(":o", text(object.as_str()))
            .expression_attribute_values(":e", self.expires(now))
            .send()
            .await;
        match update {
            Ok(_) => Ok(true),
            Err(SdkError::ServiceError(e)) if e.err().is_conditional_check_failed_exception() => {
                Ok(false)
            }
            Err(e) => Err(Fault::of("UpdateItem", &e)),
        }
    }

    /// Whether somebody was told of a finding.
    ///
    /// # Errors
    /// Those of DynamoDB.
    pub async fn told(&self, finding: &str) -> Result<bool, Fault> {
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
        Ok(got.item.is_some_and(|item| item.contains_key("told")))
    }

    /// Remembers that somebody was told of a finding. Said after the telling:
    /// a crash between the two tells twice, never not at all.
    ///
    /// # Errors
    /// Those of DynamoDB.
    pub async fn remember_told(&self, finding: &str, now: i64) -> Result<(), Fault> {
        self.client
            .update_item()
            .table_name(&self.table)
            .key("pk", text(format!("finding#{finding}")))
            .key("sk", text("finding"))
            .update_expression("SET told = :t, #e = :e")
            .expression_attribute_names("#e", TTL_ATTRIBUTE)
            .expression_attribute_values(":t", super::number(now))
            .expression_attribute_values(":e", self.expires(now))
            .send()
            .await
            .map_err(|e| Fault::of("UpdateItem", &e))?;
        Ok(())
    }
}
