//! One call of a script: which, about what, and how it ends.

use super::record::Outcome;
use super::template::{Field, Fresh, Setting, Thing};

/// A call in a script.
#[derive(Clone, Copy)]
pub(crate) struct Step<'s> {
    pub(crate) api: &'s str,
    pub(crate) outcome: Outcome,
    pub(crate) given: &'s [(Field, &'s str)],
    pub(crate) region: Option<&'static str>,
    pub(crate) choice: u64,
}

impl<'s> Step<'s> {
    /// A successful call of the catalogue.
    pub(crate) const fn new(api: &'s str) -> Self {
        Self {
            api,
            outcome: Outcome::Success,
            given: &[],
            region: None,
            choice: 0,
        }
    }

    /// With these values in its templates.
    pub(crate) const fn given(mut self, given: &'s [(Field, &'s str)]) -> Self {
        self.given = given;
        self
    }

    /// That ends in this way.
    pub(crate) const fn ends(mut self, outcome: Outcome) -> Self {
        self.outcome = outcome;
        self
    }

    /// In this region instead of the home region.
    pub(crate) const fn region(mut self, region: &'static str) -> Self {
        self.region = Some(region);
        self
    }

    /// About the resource that this number chooses.
    pub(crate) const fn about(mut self, choice: u64) -> Self {
        self.choice = choice;
        self
    }
}

/// A template's `$name`.
pub(crate) const NAME: Field = Field::Setting(Setting::Name);
/// A template's `$value`.
pub(crate) const VALUE: Field = Field::Setting(Setting::Value);
/// A template's `$other`.
pub(crate) const OTHER: Field = Field::Setting(Setting::Other);
/// A template's `$outside`.
pub(crate) const OUTSIDE: Field = Field::Setting(Setting::Outside);
/// A template's `$userid`.
pub(crate) const USER_ID: Field = Field::Fresh(Fresh::UserId);
/// A template's `$object`.
pub(crate) const OBJECT: Field = Field::Setting(Setting::Object);
/// A template's `$bucket`.
pub(crate) const BUCKET: Field = Field::Thing(Thing::Bucket);
/// A template's `$instance`.
pub(crate) const INSTANCE: Field = Field::Thing(Thing::Instance);
/// A template's `$group`.
pub(crate) const GROUP: Field = Field::Thing(Thing::Group);
/// A template's `$image`.
pub(crate) const IMAGE: Field = Field::Thing(Thing::Image);
/// A template's `$snapshot`.
pub(crate) const SNAPSHOT: Field = Field::Thing(Thing::Snapshot);
/// A template's `$secret`.
pub(crate) const SECRET: Field = Field::Thing(Thing::Secret);
/// A template's `$key`.
pub(crate) const KEY: Field = Field::Thing(Thing::Key);
