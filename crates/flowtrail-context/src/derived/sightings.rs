//! What a record shows of whom, for whatever remembers it.
//!
//! Calls of AWS's own services show nothing: there are endlessly many of them,
//! and nobody is behind them. A call that was refused shows as much as one that
//! was let through: whoever tries the same every day is no news.

use std::sync::Arc;

use flowtrail_baseline::{Day, Dimension, History, KeyId};
use flowtrail_event::{Event, Kind, Projection};

use super::base::{Base, BaseSlots, View};
use super::needs::{SEEN_CALLS, SEEN_FLOWS};
use super::text::TextBuf;
use super::{api, class, weights};
use crate::places::Places;

mod scene;

use scene::Scene;

/// Looks at records for whatever remembers. Planned once for a projection.
#[derive(Debug, Clone)]
pub struct Sighter {
    kind: Kind,
    wanted: Vec<Dimension>,
    numbers: Vec<Dimension>,
    base: BaseSlots,
    places: Option<Arc<Places>>,
}

impl Sighter {
    /// Adds to `projection`, which is one over logs of `kind`, the fields that
    /// the dimensions are seen in. Dimensions of other logs are left out. It has
    /// to be called before a reader or a record is made for the projection.
    #[must_use]
    pub fn plan(projection: &mut Projection, kind: Kind, dimensions: &[Dimension]) -> Self {
        let mine = dimensions.iter().copied().filter(|d| d.kind() == kind);
        let (numbers, wanted): (Vec<_>, Vec<_>) = mine.partition(|d| d.is_number());
        if !wanted.is_empty() || !numbers.is_empty() {
            let fields = match kind {
                Kind::CloudTrail => SEEN_CALLS,
                Kind::Flow => SEEN_FLOWS,
            };
            for field in fields {
                projection.slot(field);
            }
        }
        Self {
            kind,
            wanted,
            numbers,
            base: BaseSlots::of(projection),
            places: None,
        }
    }

    /// The same with files that tell in which countries addresses are. Without
    /// them nothing is seen of countries.
    #[must_use]
    pub fn with_places(mut self, places: Option<&Arc<Places>>) -> Self {
        self.places = places.map(Arc::clone);
        self
    }

    /// Shows `see` each dimension that the record says something of: whose, and
    /// what.
    pub fn sightings(&self, event: &Event<'_>, see: &mut dyn FnMut(Dimension, &str, &str)) {
        self.look(event, |_| true, see);
    }

    /// The same for those of the dimensions that are `asked` for.
    pub(super) fn look(
        &self,
        event: &Event<'_>,
        asked: impl Fn(Dimension) -> bool,
        see: &mut dyn FnMut(Dimension, &str, &str),
    ) {
        let wanted = self.wanted.iter().filter(|d| asked(**d));
        let mut scene = None;
        let (mut key, mut value) = (TextBuf::new(), TextBuf::new());
        for dimension in wanted {
            let view = View::new(event, &self.base).on_globe(self.places.as_deref());
            let scene = scene.get_or_insert_with(|| Scene::of(view, self.kind));
            let Some(scene) = scene else { return };
            key.clear();
            value.clear();
            let shown = scene.show(*dimension, &mut key, &mut value);
            let texts = (text(&key), text(&value));
            if let (Some(()), (Some(key), Some(value))) = (shown, texts) {
                see(*dimension, key, value);
            }
        }
    }

    /// Shows `count` each number that the record adds to what somebody has in
    /// its hour.
    pub fn numbers(&self, event: &Event<'_>, count: &mut dyn FnMut(Dimension, &str, u64)) {
        if self.numbers.is_empty() {
            return;
        }
        let view = View::new(event, &self.base);
        let Some(scene) = Scene::of(view, self.kind) else {
            return;
        };
        let mut key = TextBuf::new();
        for dimension in &self.numbers {
            key.clear();
            if let (Some(number), Some(key)) = (scene.number(*dimension, &mut key), text(&key)) {
                count(*dimension, key, number);
            }
        }
    }

    /// Shows the key of each sort of calls of whoever made the call, under which
    /// they are counted.
    pub(super) fn sorts_of_calls(&self, event: &Event<'_>, show: &mut dyn FnMut(Dimension, &str)) {
        let view = View::new(event, &self.base);
        let Some(scene) = Scene::of(view, self.kind) else {
            return;
        };
        let mut key = TextBuf::new();
        for sort in class::ALL {
            key.clear();
            if let (Some(()), Some(key)) = (scene.calls(sort.as_bytes(), &mut key), text(&key)) {
                show(Dimension::PrincipalCalls, key);
            }
        }
    }

    /// How grave it is if something in the record is new.
    pub(super) fn gravity(&self, event: &Event<'_>) -> f64 {
        if self.kind == Kind::Flow {
            return weights::OF_FLOW;
        }
        let view = View::new(event, &self.base);
        let (mut api, mut sort) = (TextBuf::new(), TextBuf::new());
        // What has no name weighs as any change.
        let _ = (api::api(view, &mut api), class::class(view, &mut sort));
        weights::of_call(api.bytes(), sort.bytes())
    }

    /// Enters all that the record shows into a history. A record without a time
    /// shows nothing.
    pub fn remember(&self, event: &Event<'_>, history: &mut History) {
        let Some(time) = event.time else { return };
        self.sightings(event, &mut |dimension, key, value| {
            history.see(dimension, key, value, time);
        });
        self.numbers(event, &mut |dimension, key, number| {
            history.count(dimension, key, number, time);
        });
        self.watched(event, &mut |dimension, key| {
            let day = history.calendar().seen_on(time);
            history.active(dimension, KeyId::new(dimension, key), day);
        });
    }

    /// Shows `see` whose numbers would be known if the record added to them.
    fn watched(&self, event: &Event<'_>, see: &mut dyn FnMut(Dimension, &str)) {
        let view = View::new(event, &self.base);
        for dimension in self.numbers.iter().filter(|d| d.is_watched()) {
            // Only flows of interfaces are watched.
            let key = view.text(Base::Interface);
            if let Some(key) = key.and_then(|key| std::str::from_utf8(key).ok()) {
                see(*dimension, key);
            }
        }
    }

    /// Whether nothing is looked for in these logs.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.wanted.is_empty() && self.numbers.is_empty()
    }
}

/// The week of a day, of seven days since 1970-01-01.
pub(super) const fn week_of(day: Day) -> u16 {
    day.0 / 7
}

/// Bytes that are no UTF-8 name nobody.
fn text(buf: &TextBuf) -> Option<&str> {
    let text = std::str::from_utf8(buf.bytes()).ok()?;
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests;
