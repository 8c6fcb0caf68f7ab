//! Telling somebody.

use std::collections::BTreeSet;
use std::time::Instant;

use super::deliver::{Channel, deliver};
use super::message::messages;
use super::{Bus, Rendered, Topic};
use crate::fault::Fault;

/// A finding that somebody has to be told of.
#[derive(Debug, Clone, Copy)]
pub struct Notice<'a> {
    /// The finding.
    pub finding: &'a Rendered,
    /// Where the whole of it lies, if it is kept.
    pub whole: Option<&'a str>,
}

/// Tells a topic, an event bus, or both.
#[derive(Debug, Clone, Default)]
pub struct Notifier {
    topic: Option<Topic>,
    bus: Option<Bus>,
}

/// What became of notices.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Told {
    /// Ids of the findings that every channel has taken.
    pub told: BTreeSet<String>,
    /// What some channel has not taken.
    pub failed: Vec<Untold>,
    /// Messages that were taken.
    pub messages: usize,
}

/// A message that a channel has not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untold {
    /// `sns` or `eventbridge`.
    pub channel: &'static str,
    /// Ids of the findings for which it spoke.
    pub ids: Vec<String>,
    /// Why.
    pub fault: Fault,
}

impl Notifier {
    /// A notifier over what there is.
    #[must_use]
    pub const fn new(topic: Option<Topic>, bus: Option<Bus>) -> Self {
        Self { topic, bus }
    }

    /// Whether there is nobody to tell.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.topic.is_none() && self.bus.is_none()
    }

    /// Tells of findings, those of one rule, account and actor together. Within
    /// a call each finding is told once; across calls it is for the caller to
    /// know what was told. What only one of two channels has taken counts as not
    /// told, and will be told twice: duplicates over loss. What is not said
    /// `until` then is not said.
    pub async fn tell(&self, notices: &[Notice<'_>], until: Instant) -> Told {
        let (topic, bus) = tokio::join!(
            over("sns", self.topic.as_ref(), notices, until),
            over("eventbridge", self.bus.as_ref(), notices, until),
        );
        let failed: Vec<Untold> = topic.failed.into_iter().chain(bus.failed).collect();
        let mut told = topic.told;
        told.extend(bus.told);
        for id in failed.iter().flat_map(|f| &f.ids) {
            told.remove(id);
        }
        Told {
            told,
            failed,
            messages: topic.messages + bus.messages,
        }
    }
}

async fn over<C: Channel>(
    name: &'static str,
    channel: Option<&C>,
    notices: &[Notice<'_>],
    until: Instant,
) -> Told {
    let mut told = Told::default();
    let Some(channel) = channel else {
        return told;
    };
    let messages = messages(notices, channel.bytes_max());
    for (message, result) in deliver(channel, messages, until).await {
        match result {
            Ok(()) => {
                told.messages += 1;
                told.told.extend(message.ids);
            }
            Err(fault) => told.failed.push(Untold {
                channel: name,
                ids: message.ids,
                fault,
            }),
        }
    }
    told
}

#[cfg(test)]
mod tests;
