//! Proposes a context file from logs, for a person to edit.
//!
//! Everything in it is said with its evidence. What only looks so is commented
//! out, with what there is to decide; connections that were rare are not quietly
//! allowed, for they may be what one is looking for. Environments are named
//! after what names in `CloudTrail` say, else after the VPC or the account; they
//! are never guessed from addresses.

mod calls;
mod edges;
mod groups;
mod guess;
mod matrix;
mod write;

use std::sync::Arc;

use flowtrail_context::Derivation;
use flowtrail_event::{Event, EventTime, Flow, Kind, Note, Projection, Sink, Skip, SlotId};

use crate::cell::spanning;
use crate::flows::{FlowSlots, Status};
use crate::interfaces::Interfaces;
use calls::{CallSlots, Calls};
use edges::Edges;

/// What is asked of each record in order to learn. Made once and shared by all
/// [`Learner`]s of a run.
#[derive(Debug)]
pub struct Lesson {
    flow: FlowSlots,
    flow_derivation: Derivation,
    initiator: SlotId,
    call: CallSlots,
    call_derivation: Derivation,
}

impl Lesson {
    /// Adds the fields that are needed to the projections over `CloudTrail` and
    /// over flow logs, before readers are made for them. `None` if one asks for a
    /// derived field that does not exist.
    #[must_use]
    pub fn plan(cloudtrail: &mut Projection, flow: &mut Projection) -> Option<Self> {
        let initiator = flow.slot("flowtrail.initiator");
        let call = CallSlots::plan(cloudtrail);
        Some(Self {
            flow: FlowSlots::plan(flow),
            flow_derivation: Derivation::plan(flow, Kind::Flow, None).ok()?,
            initiator,
            call,
            call_derivation: Derivation::plan(cloudtrail, Kind::CloudTrail, None).ok()?,
        })
    }
}

/// Learns from records. Each worker has one; merged they know what one that saw
/// everything would know.
#[derive(Debug, Clone)]
pub struct Learner {
    lesson: Arc<Lesson>,
    interfaces: Interfaces,
    edges: Edges,
    calls: Calls,
    /// Records of flows, and their time.
    flows: u64,
    times: Option<(EventTime, EventTime)>,
}

impl Learner {
    /// A learner that has seen nothing.
    #[must_use]
    pub fn new(lesson: &Arc<Lesson>) -> Self {
        Self {
            lesson: Arc::clone(lesson),
            interfaces: Interfaces::default(),
            edges: Edges::default(),
            calls: Calls::default(),
            flows: 0,
            times: None,
        }
    }

    /// Adds what another one has learnt.
    pub fn merge(&mut self, other: Self) {
        self.interfaces.merge(other.interfaces);
        self.edges.merge(&other.edges);
        self.calls.merge(other.calls);
        self.flows += other.flows;
        self.times = spanning(self.times, other.times);
    }

    /// The proposal: a context file as text, with the evidence as comments.
    #[must_use]
    pub fn proposal(&self) -> String {
        write::proposal(self)
    }
}

impl Sink for Learner {
    fn event(&mut self, event: &mut Event<'_>) -> Flow {
        let lesson = Arc::clone(&self.lesson);
        match event.service.kind() {
            Kind::CloudTrail => {
                lesson.call_derivation.apply(event);
                self.calls.add(&lesson.call, event);
            }
            Kind::Flow => {
                lesson.flow_derivation.apply(event);
                let record = lesson.flow.read(event);
                self.times = spanning(self.times, record.start.zip(record.end));
                self.interfaces.add(&record);
                if record.status == Status::Flow {
                    self.flows += 1;
                    self.edges.add(&record, event.str(lesson.initiator));
                }
            }
        }
        Flow::Continue
    }

    fn skip(&mut self, _: Skip) {}

    fn note(&mut self, _: Note) {}
}
