//! What a derived field is, and what it waits for.

use flowtrail_baseline::Dimension;
use flowtrail_event::Kind;

use super::base::View;
use super::fields::DERIVED;
use super::recall::Recalled;
use super::text::TextBuf;

/// Writes the value and returns `Some`, or writes nothing and returns `None`.
pub(super) type Compute = fn(View<'_>, &mut TextBuf) -> Option<()>;

/// What some fields cannot be derived without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Knowledge {
    /// The file in which an operator declares environments, segments and callers.
    Context,
    /// What is usual, learnt from history.
    Baseline,
    /// Files that say in which countries addresses of the internet are.
    Countries,
    /// Files that say in which autonomous systems they are.
    Systems,
    /// Files that say where on the globe they are.
    Places,
}

impl Knowledge {
    /// Every sort of knowledge.
    pub const ALL: [Self; 5] = [
        Self::Context,
        Self::Baseline,
        Self::Countries,
        Self::Systems,
        Self::Places,
    ];

    /// What files in `MaxMind`'s format tell; one alone seldom tells all of it.
    pub const OF_ADDRESSES: [Self; 3] = [Self::Countries, Self::Systems, Self::Places];

    /// The word for it: `context`, `baseline`, `countries`, `systems` or `places`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Context => "context",
            Self::Baseline => "baseline",
            Self::Countries => "countries",
            Self::Systems => "systems",
            Self::Places => "places",
        }
    }
}

/// A field that Flowtrail computes from others. Its value is text; a record has
/// one value of it or none, and several only where its description says so.
pub struct DerivedField {
    /// The name that a rule writes: `flowtrail.…`.
    pub name: &'static str,
    /// What it says and when it is absent, in a sentence or two.
    pub doc: &'static str,
    /// Every value that it can have; empty if the set is open.
    pub values: &'static [&'static str],
    /// The fields of a `CloudTrail` record that it is computed from; empty if it
    /// does not apply to `CloudTrail`.
    pub needs_cloudtrail: &'static [&'static str],
    /// The fields of a flow-log record that it is computed from; empty if it
    /// does not apply to flow logs.
    pub needs_flow: &'static [&'static str],
    /// What it waits for; rules that ask for it are inactive until then.
    pub awaits: Option<Knowledge>,
    pub(super) compute: Compute,
}

impl DerivedField {
    /// The fields that it is computed from in logs of `kind`.
    #[must_use]
    pub const fn needs(&self, kind: Kind) -> &'static [&'static str] {
        match kind {
            Kind::CloudTrail => self.needs_cloudtrail,
            Kind::Flow => self.needs_flow,
        }
    }

    /// Whether its value in records of `kind` depends on some sort of knowledge: on
    /// what it awaits, and if it tells what is new, on countries, where they are
    /// known.
    #[must_use]
    pub fn rests_on(&self, knowledge: Knowledge, kind: Kind) -> bool {
        let country = Dimension::PrincipalCountry;
        let of_countries = knowledge == Knowledge::Countries
            && country.kind() == kind
            && Recalled::of(self.name).is_some_and(|r| r.dimensions().contains(&country));
        self.awaits == Some(knowledge) || of_countries
    }

    /// Whether records of `kind` can have it. Asking for it elsewhere is no
    /// error; it is absent there.
    #[must_use]
    pub const fn applies_to(&self, kind: Kind) -> bool {
        !self.needs(kind).is_empty()
    }
}

impl std::fmt::Debug for DerivedField {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DerivedField")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// The derived field called `name`.
#[must_use]
pub fn derived_field(name: &str) -> Option<&'static DerivedField> {
    DERIVED.iter().find(|field| field.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_described_and_named_once() {
        for field in DERIVED {
            assert!(field.name.starts_with("flowtrail."), "{}", field.name);
            assert!(
                field.doc.ends_with('.') && field.doc.len() > 20,
                "{}",
                field.name
            );
            assert_eq!(derived_field(field.name).map(|f| f.name), Some(field.name));
            let same = DERIVED.iter().filter(|f| f.name == field.name).count();
            assert_eq!(same, 1, "{}", field.name);
            assert!(
                field.applies_to(Kind::CloudTrail) || field.applies_to(Kind::Flow),
                "{}",
                field.name
            );
        }
        assert!(derived_field("flowtrail.nothing").is_none());
    }

    #[test]
    fn every_field_of_a_memory_is_filled_by_one() {
        for field in DERIVED {
            let of_memory = field.awaits == Some(Knowledge::Baseline);
            let recalled = Recalled::of(field.name);
            assert_eq!(recalled.is_some(), of_memory, "{}", field.name);
        }
    }

    #[test]
    fn what_is_new_rests_on_countries_too() {
        let rests = |name, knowledge, kind| derived_field(name).unwrap().rests_on(knowledge, kind);
        let (calls, flows) = (Kind::CloudTrail, Kind::Flow);
        for name in ["flowtrail.first_seen", "flowtrail.novelty"] {
            assert!(rests(name, Knowledge::Countries, calls), "{name}");
            assert!(!rests(name, Knowledge::Countries, flows), "{name}");
            assert!(!rests(name, Knowledge::Systems, calls), "{name}");
            assert!(rests(name, Knowledge::Baseline, flows), "{name}");
        }
        assert!(rests("flowtrail.asn", Knowledge::Systems, flows));
        assert!(!rests("flowtrail.asn", Knowledge::Countries, flows));
        assert!(!rests(
            "flowtrail.access_key.age_days",
            Knowledge::Countries,
            calls
        ));
    }

    #[test]
    fn no_field_needs_a_derived_one() {
        for field in DERIVED {
            for need in field.needs_cloudtrail.iter().chain(field.needs_flow) {
                assert!(
                    !need.starts_with("flowtrail."),
                    "{} needs {need}",
                    field.name
                );
            }
        }
    }
}
