//! Planning over a projection, and applying to events.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flowtrail_baseline::{Dimension, Memory};
use flowtrail_event::{Event, Kind, Projection, SlotId};

use super::base::{BaseSlots, View};
use super::ends::Ends;
use super::field::{DerivedField, Knowledge, derived_field};
use super::opening::{self, Side};
use super::recall::{NEWS, Recall, Recalled};
use super::text::TextBuf;
use super::unknown::UnknownField;
use crate::context::{Context, Decision, Place};
use crate::given::Given;
use crate::places::Places;

/// The slot in which the places of a record's ends are kept, so that several
/// fields of one record do not look them up again. No rule can ask for it.
const ENDS: &str = "flowtrail.(ends)";

/// Which derived fields a projection asks for, and where everything lies. It is
/// planned once and shared; applying it changes nothing but the event and the
/// count of ambiguous records.
#[derive(Debug, Clone)]
pub struct Derivation {
    asked: Vec<(&'static DerivedField, SlotId)>,
    /// Those that rest on a memory.
    recall: Option<Recall>,
    base: BaseSlots,
    context: Option<Arc<Context>>,
    places: Option<Arc<Places>>,
    /// Set if a context is asked about flows.
    ends: Option<SlotId>,
    ambiguous: Arc<AtomicU64>,
}

/// A flow as the context file sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connection {
    /// What the source is.
    pub source: Place,
    /// What the destination is.
    pub destination: Place,
    /// The side that opened it, where the record shows it.
    pub initiator: Option<Side>,
    /// What the matrix says, where it can speak of it.
    pub decision: Option<Decision>,
}

impl Derivation {
    /// Finds the `flowtrail.` fields of `projection`, which is one over logs of
    /// `kind`, and adds the fields that they are computed from. It has to be
    /// called before a reader or a [`Record`](flowtrail_event::Record) is made
    /// for the projection, since it adds slots. A field that awaits knowledge
    /// keeps its slot; one that awaits a context is filled if there is one, and
    /// nothing fills the others.
    ///
    /// # Errors
    /// The first field under `flowtrail.` that does not exist, with the nearest
    /// known name. The projection is then as it was.
    pub fn plan(
        projection: &mut Projection,
        kind: Kind,
        context: Option<&Arc<Context>>,
    ) -> Result<Self, UnknownField> {
        Self::plan_given(projection, kind, &Given::context(context.map(Arc::clone)))
    }

    /// The same with all that is known. Where there will be a memory, it is there
    /// when fields are [recalled](Derivation::recall).
    ///
    /// # Errors
    /// See [`Derivation::plan`].
    pub fn plan_given(
        projection: &mut Projection,
        kind: Kind,
        given: &Given,
    ) -> Result<Self, UnknownField> {
        let (mut asked, mut recalled) = (Vec::new(), Vec::new());
        let own = [ENDS, NEWS];
        for (slot, name) in projection.derived_fields().filter(|f| !own.contains(&f.1)) {
            let field = derived_field(name).ok_or_else(|| UnknownField::new(name))?;
            let ready = field.awaits.is_none_or(|knowledge| given.has(knowledge));
            if field.applies_to(kind) && ready {
                match Recalled::of(field.name) {
                    Some(what) => recalled.push((what, slot)),
                    None => asked.push((field, slot)),
                }
            }
        }
        for (field, _) in &asked {
            for need in field.needs(kind) {
                projection.slot(need);
            }
        }
        let of_context = asked
            .iter()
            .any(|(f, _)| f.awaits == Some(Knowledge::Context));
        let ends = (of_context && kind == Kind::Flow).then(|| projection.slot(ENDS));
        let recall = Recall::plan(projection, kind, recalled, given.places.as_ref());
        Ok(Self {
            asked,
            recall,
            base: BaseSlots::of(projection),
            context: given.context.clone(),
            places: given.places.clone(),
            ends,
            ambiguous: Arc::default(),
        })
    }

    /// Computes the asked fields and stores them in the event. Call it once for
    /// each event: a second call would give every field its value twice.
    pub fn apply(&self, event: &mut Event<'_>) {
        let mut text = TextBuf::new();
        for (field, slot) in &self.asked {
            text.clear();
            self.store(event, field, *slot, &mut text);
        }
    }

    /// Computes the field in `slot` alone, if it is asked for. Call it once for
    /// each event and slot.
    pub fn apply_to(&self, event: &mut Event<'_>, slot: SlotId) {
        if let Some((field, _)) = self.asked.iter().find(|(_, s)| *s == slot) {
            self.store(event, field, slot, &mut TextBuf::new());
        }
    }

    /// Computes every asked field that rests on a memory. Call it once for each
    /// event.
    pub fn recall_all(&self, event: &mut Event<'_>, memory: &dyn Memory) {
        if let Some(recall) = &self.recall {
            recall.fill_all(event, memory);
        }
    }

    /// Computes the field in `slot` alone, if it is asked for and rests on a
    /// memory. Call it once for each event and slot.
    pub fn recall(&self, event: &mut Event<'_>, slot: SlotId, memory: &dyn Memory) {
        if let Some(recall) = &self.recall {
            recall.fill(event, slot, memory);
        }
    }

    /// Shows each dimension in which the record is new: whose, and what. Nothing
    /// unless a field that rests on a memory is asked for.
    pub fn news(
        &self,
        event: &mut Event<'_>,
        memory: &dyn Memory,
        show: &mut dyn FnMut(Dimension, &str, &str),
    ) {
        if let Some(recall) = &self.recall {
            recall.show_news(event, memory, show);
        }
    }

    /// What has to be remembered for the fields that are asked for.
    #[must_use]
    pub fn dimensions(&self) -> &[Dimension] {
        self.recall.as_ref().map_or(&[], Recall::dimensions)
    }

    /// The flow as the context file sees it. `None` unless a context was given,
    /// a field that rests on it is asked for, and the record has an address.
    /// Without `flowtrail.policy` among the asked fields nothing but the places
    /// is sure to be there.
    pub fn connection(&self, event: &mut Event<'_>) -> Option<Connection> {
        let ends = self.ends(event)?;
        let context = self.context.as_deref()?;
        let view = View::new(event, &self.base);
        Some(Connection {
            source: ends.source,
            destination: ends.destination,
            initiator: opening::opener(view),
            decision: opening::decide(view, context, &ends),
        })
    }

    /// Records so far of which an end could not be told, because networks of
    /// several VPCs or accounts have its address and say different things.
    #[must_use]
    pub fn ambiguous(&self) -> u64 {
        self.ambiguous.load(Ordering::Relaxed)
    }

    /// The context that the fields are computed with.
    #[must_use]
    pub const fn context(&self) -> Option<&Arc<Context>> {
        self.context.as_ref()
    }

    fn store(&self, event: &mut Event<'_>, field: &DerivedField, slot: SlotId, text: &mut TextBuf) {
        let (mut context, mut places) = (None, None);
        match field.awaits {
            Some(Knowledge::Context) => context = self.context.as_deref(),
            Some(Knowledge::Countries | Knowledge::Systems | Knowledge::Places) => {
                places = self.places.as_deref();
            }
            // A memory is asked elsewhere.
            Some(Knowledge::Baseline) | None => {}
        }
        let ends = context.and_then(|_| self.ends(event));
        let view = View::new(event, &self.base);
        let view = view.knowing(context).on_globe(places).between(ends);
        if (field.compute)(view, text).is_some() {
            event.derive(slot, text.bytes());
        }
    }

    /// The places of the record's ends: those that were found before, or now.
    fn ends(&self, event: &mut Event<'_>) -> Option<Ends> {
        let slot = self.ends?;
        if let Some(kept) = event.first(slot) {
            return Ends::from_bytes(kept.text()?);
        }
        let context = self.context.as_deref()?;
        let ends = Ends::of(View::new(event, &self.base), context);
        match ends {
            Some(ends) => event.derive(slot, &ends.to_bytes()),
            None => event.derive(slot, &[]),
        }
        if ends.is_some_and(|e| e.is_ambiguous()) {
            self.ambiguous.fetch_add(1, Ordering::Relaxed);
        }
        ends
    }

    /// Whether no derived field is asked for, so that applying does nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.asked.is_empty() && self.recall.is_none()
    }
}
