//! What an object is judged by: what it shows that the baseline does not know is
//! looked up, and entered, before any of it is judged.

use std::sync::Arc;

use bytes::Bytes;
use flowtrail_aws::{Body, Fault, ObjectReader, ObjectRef, State};
use flowtrail_baseline::Memory;
use flowtrail_scan::Questions;

use super::read::{internal, late};
use super::{Job, Stop};
use crate::memory::{Remembering, sights};
use crate::pool::read_until;

/// What an object is judged by; `None` without a baseline.
type Recalled = Option<Arc<dyn Memory>>;

impl<'f> Job<'f> {
    /// Of bytes that are there.
    pub(super) async fn recall_bytes(&mut self, bytes: &Bytes) -> Result<Recalled, Stop> {
        let Some((memory, state)) = self.asks() else {
            return Ok(self.alone());
        };
        let (bytes, deadline, scouts) = (bytes.clone(), self.deadline, Arc::clone(memory));
        let scouted = tokio::task::spawn_blocking(move || {
            read_until(&bytes, deadline, |input| scouts.scout(input))
        });
        let questions = scouted.await.map_err(internal)?.map_err(late)?;
        Ok(Some(self.learn(memory, state, &questions).await?))
    }

    /// Of an object that is read as it comes: it is read, and opened once more.
    /// `again` names what it is.
    pub(super) async fn recall_stream(
        &mut self,
        body: Body,
        again: &ObjectRef,
    ) -> Result<(Body, Recalled), Stop> {
        let Some((memory, state)) = self.asks() else {
            return Ok((body, self.alone()));
        };
        let scouts = Arc::clone(memory);
        let mut reader = ObjectReader::new(body, tokio::runtime::Handle::current());
        let scouted = tokio::task::spawn_blocking(move || {
            let questions = scouts.scout(&mut reader);
            reader.fault().cloned().map_or(Ok(questions), Err)
        });
        let questions = scouted.await.map_err(internal)?.map_err(Stop::Source)?;
        let recalled = self.learn(memory, state, &questions).await?;
        let opened = self.function.objects.open_again(again, self.deadline);
        let body = opened.await.map_err(Stop::Source)?;
        Ok((body, Some(recalled)))
    }

    /// Whom to ask, if a rule asks.
    fn asks(&self) -> Option<(&'f Arc<Remembering>, &'f State)> {
        let memory = self.function.memory.as_ref().filter(|m| m.is_asked())?;
        Some((memory, self.function.state.as_ref()?))
    }

    /// What the baseline says without a table.
    fn alone(&self) -> Recalled {
        self.function.memory.as_ref().map(|memory| memory.alone())
    }

    /// Asks for the first days, and enters those that are new.
    async fn learn(
        &mut self,
        memory: &Remembering,
        state: &State,
        asked: &Questions,
    ) -> Result<Arc<dyn Memory>, Fault> {
        self.unasked = asked.over_limit;
        if asked.over_limit > 0 {
            tracing::warn!(object = %self.name, sightings = asked.over_limit,
                "too much was never seen before; the rest counts as known");
        }
        let days = memory.calendar().memory;
        let first = state.first_days(&sights(asked), days, self.now).await?;
        tracing::debug!(object = %self.name, asked = asked.iter().len(), "asked what was seen before");
        Ok(memory.since(asked, &first))
    }
}
