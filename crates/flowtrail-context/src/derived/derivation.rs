//! Planning over a projection, and applying to events.

use flowtrail_event::{Event, Kind, Projection, SlotId};

use super::base::{BaseSlots, View};
use super::field::{DerivedField, derived_field};
use super::text::TextBuf;
use super::unknown::UnknownField;

/// Which derived fields a projection asks for, and where everything lies. It is
/// planned once and shared; applying it changes nothing but the event.
#[derive(Debug, Clone)]
pub struct Derivation {
    asked: Vec<(&'static DerivedField, SlotId)>,
    base: BaseSlots,
}

impl Derivation {
    /// Finds the `flowtrail.` fields of `projection`, which is one over logs of
    /// `kind`, and adds the fields that they are computed from. It has to be
    /// called before a reader or a [`Record`](flowtrail_event::Record) is made
    /// for the projection, since it adds slots. A field that awaits knowledge
    /// keeps its slot, and nothing fills it here.
    ///
    /// # Errors
    /// The first field under `flowtrail.` that does not exist, with the nearest
    /// known name. The projection is then as it was.
    pub fn plan(projection: &mut Projection, kind: Kind) -> Result<Self, UnknownField> {
        let mut asked = Vec::new();
        for (slot, name) in projection.derived_fields() {
            let field = derived_field(name).ok_or_else(|| UnknownField::new(name))?;
            if field.applies_to(kind) && field.awaits.is_none() {
                asked.push((field, slot));
            }
        }
        for (field, _) in &asked {
            for need in field.needs(kind) {
                projection.slot(need);
            }
        }
        let base = BaseSlots::of(projection);
        Ok(Self { asked, base })
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

    fn store(&self, event: &mut Event<'_>, field: &DerivedField, slot: SlotId, text: &mut TextBuf) {
        if (field.compute)(View::new(event, &self.base), text).is_some() {
            event.derive(slot, text.bytes());
        }
    }

    /// Whether no derived field is asked for, so that applying does nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.asked.is_empty()
    }
}
