//! How far an object has come, and who says so.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::AttributeValue;
use sha2::{Digest as _, Sha256};

use super::{State, text};
use crate::fault::Fault;

/// An object, by what was read and not by what was announced: bucket, key, and
/// the version or ETag that S3 answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectId(String);

impl ObjectId {
    /// The id of one content of one key.
    #[must_use]
    pub fn new(bucket: &str, key: &str, content: &str) -> Self {
        let mut hash = Sha256::new();
        for part in [bucket, key, content] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        Self(
            hash.finalize()
                .iter()
                .take(16)
                .map(|b| format!("{b:02x}"))
                .collect(),
        )
    }

    /// As it stands in keys: 32 hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn pk(&self) -> String {
        format!("object#{}", self.0)
    }
}

/// How far an object has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Marker {
    /// Never heard of it.
    New,
    /// Its windows are in the table; nothing is known of what follows.
    Committed,
    /// Findings and notifications are out, and its metrics were about to be
    /// published. Whether they were, nobody can say.
    Claimed,
    /// Everything is out.
    Done,
    /// Everything that could be read is out; the object cannot be read to its end.
    Lost,
}

impl Marker {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Committed => "committed",
            Self::Claimed => "claimed",
            Self::Done => "done",
            Self::Lost => "lost",
        }
    }

    fn from_word(word: &str) -> Self {
        let known = [Self::Committed, Self::Claimed, Self::Done, Self::Lost];
        let found = known.into_iter().find(|m| m.word() == word);
        found.unwrap_or(Self::New)
    }
}

impl State {
    /// How far `object` has come, consistently read.
    ///
    /// # Errors
    /// Those of DynamoDB.
    pub async fn marker(&self, object: &ObjectId) -> Result<Marker, Fault> {
        let got = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("pk", text(object.pk()))
            .key("sk", text("marker"))
            .consistent_read(true)
            .send()
            .await
            .map_err(|e| Fault::of("GetItem", &e))?;
        let item = got.item.unwrap_or_default();
        let word = item.get("state").and_then(|v| v.as_s().ok());
        Ok(word.map_or(Marker::New, |w| Marker::from_word(w)))
    }

    /// Says that the metrics of a committed object are about to be published by
    /// `claimant`, who may say so again: an answer can be lost. `false`: somebody
    /// else said so before. `counted` are the ids of the findings of several
    /// objects among what is published.
    ///
    /// # Errors
    /// Those of DynamoDB.
    pub async fn claim(
        &self,
        object: &ObjectId,
        claimant: &str,
        counted: Vec<String>,
    ) -> Result<bool, Fault> {
        let mut update = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", text(object.pk()))
            .key("sk", text("marker"));
        // DynamoDB knows no empty sets.
        update = if counted.is_empty() {
            update.update_expression("SET #s = :to, claimant = :by")
        } else {
            update
                .update_expression("SET #s = :to, claimant = :by, counted = :c")
                .expression_attribute_values(":c", AttributeValue::Ss(counted))
        };
        let update = update
            .condition_expression("#s = :from OR (#s = :to AND claimant = :by)")
            .expression_attribute_names("#s", "state")
            .expression_attribute_values(":to", text(Marker::Claimed.word()))
            .expression_attribute_values(":from", text(Marker::Committed.word()))
            .expression_attribute_values(":by", text(claimant));
        met(update.send().await)
    }

    /// Says that a finding of several objects is counted for `object` besides
    /// what its claim says: an attempt at the same time, which did not get the
    /// claim, may have seen one more. `false`: it was counted.
    ///
    /// # Errors
    /// Those of DynamoDB.
    pub async fn count_also(&self, object: &ObjectId, finding: &str) -> Result<bool, Fault> {
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", text(object.pk()))
            .key("sk", text("marker"))
            .update_expression("ADD counted :set")
            .condition_expression(
                "attribute_exists(pk) AND \
                 (attribute_not_exists(counted) OR NOT contains(counted, :one))",
            )
            .expression_attribute_values(":set", AttributeValue::Ss(vec![finding.to_owned()]))
            .expression_attribute_values(":one", text(finding));
        met(update.send().await)
    }

    /// Takes back a claim: the metrics were certainly not published.
    ///
    /// # Errors
    /// Those of DynamoDB.
    pub async fn release(&self, object: &ObjectId) -> Result<bool, Fault> {
        self.step(object, Marker::Claimed, Marker::Committed).await
    }

    /// Says that everything of an object is out; `readable` is whether that is
    /// all of it.
    ///
    /// # Errors
    /// Those of DynamoDB.
    pub async fn done(&self, object: &ObjectId, readable: bool) -> Result<bool, Fault> {
        let end = if readable { Marker::Done } else { Marker::Lost };
        self.step(object, Marker::Claimed, end).await
    }

    async fn step(&self, object: &ObjectId, from: Marker, to: Marker) -> Result<bool, Fault> {
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", text(object.pk()))
            .key("sk", text("marker"))
            .update_expression("SET #s = :to")
            .condition_expression("#s = :from")
            .expression_attribute_names("#s", "state")
            .expression_attribute_values(":to", text(to.word()))
            .expression_attribute_values(":from", text(from.word()));
        met(update.send().await)
    }
}

/// Whether the condition of an update was met.
fn met<T>(updated: Result<T, SdkError<UpdateItemError>>) -> Result<bool, Fault> {
    match updated {
        Ok(_) => Ok(true),
        Err(SdkError::ServiceError(e)) if e.err().is_conditional_check_failed_exception() => {
            Ok(false)
        }
        Err(e) => Err(Fault::of("UpdateItem", &e)),
    }
}
