//! What a context file did to a run: who hid what, and what it could not tell.

use std::collections::BTreeMap;

use flowtrail_detect::Suppressed;
use flowtrail_event::EventTime;
use serde_json::{Value, json};

/// The context file that was heeded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContextFile {
    /// The file, as it was named.
    pub file: String,
    /// Its version, as findings carry it.
    pub version: String,
    /// Records of which an end could not be told, because several networks have
    /// its address.
    pub ambiguous: u64,
    /// Suppressions that no longer held at the time of the last event.
    pub expired: Vec<Expired>,
}

/// A file that told where addresses are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacesFile {
    /// Its name as it was given.
    pub file: String,
    /// What sort of database it calls itself.
    pub database: String,
    /// When it was made.
    pub built: EventTime,
}

impl PlacesFile {
    pub(super) fn text(&self) -> String {
        let day: String = self.built.to_string().chars().take(10).collect();
        format!("{}, {} of {day}", self.file, self.database)
    }

    pub(super) fn to_json(&self) -> Value {
        json!({
            "file": self.file,
            "database": self.database,
            "built": self.built.to_string(),
        })
    }
}

/// A suppression that hides nothing any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expired {
    /// Its id.
    pub id: String,
    /// Who answers for it.
    pub owner: String,
    /// The first instant at which it no longer held.
    pub expires: EventTime,
}

/// Rules that could not run for lack of knowledge.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Waiting {
    /// How many.
    pub rules: usize,
    /// What they lack, in words, such as `a context file`.
    pub needs: Vec<String>,
    /// What to do about it.
    pub hint: Option<String>,
}

/// Findings by the suppression that hides them. One file gives a suppression
/// one owner, reason and end.
#[derive(Debug, Clone, Default)]
pub(super) struct Hidden(BTreeMap<String, (Suppressed, u64)>);

impl Hidden {
    pub(super) fn add(&mut self, by: &Suppressed) {
        match self.0.get_mut(&by.id) {
            Some((_, count)) => *count += 1,
            None => {
                self.0.insert(by.id.clone(), (by.clone(), 1));
            }
        }
    }

    /// In the order of their ids.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Suppressed, u64)> {
        self.0.values().map(|(by, count)| (by, *count))
    }
}

impl ContextFile {
    pub(super) fn to_json(&self, suppressed: u64, hidden: &Hidden) -> Value {
        let by = |(s, count): (&Suppressed, u64)| {
            json!({
                "id": s.id, "owner": s.owner, "reason": s.reason,
                "expires": s.expires.to_string(), "count": count,
            })
        };
        let expired =
            |e: &Expired| json!({"id": e.id, "owner": e.owner, "expires": e.expires.to_string()});
        json!({
            "file": self.file,
            "version": self.version,
            "ambiguous": self.ambiguous,
            "suppressed": suppressed,
            "suppressions": hidden.iter().map(by).collect::<Vec<_>>(),
            "expired": self.expired.iter().map(expired).collect::<Vec<_>>(),
        })
    }
}
