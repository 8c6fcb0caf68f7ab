//! Places that `flowtrail compact` writes. Which files are logs there, the
//! manifest says, and no listing: a listing that meets a compaction sees rows
//! twice, or half of a state.
//!
//! A folder is such a place if it holds a state, `_flowtrail/manifest/*.json`.
//! Where somebody took files away from theirs, without the manifest, they are
//! objects as any others, and are read row by row.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use flowtrail_event::EventTime;
use object_store::path::Path as Location;

use super::object::{Folder, Odd};
use super::{ListError, ListSettings, Listing, LogObject, NotListed, NotListedKind};
use crate::compact::{CompactError, Destination, Manifest, Part};
use crate::layout::Wanted;

/// The folder of a table, below which nothing is listed.
pub(super) const TABLE: &str = "table=";

/// A file that a manifest names.
pub(crate) struct StoredPart {
    pub(crate) part: Part,
    dest: Arc<Destination>,
}

impl StoredPart {
    pub(crate) const fn new(part: Part, dest: Arc<Destination>) -> Self {
        Self { part, dest }
    }

    /// Where it may lie, to be tried in this order: first where it mostly is, and
    /// then along its way. It only ever moves forward, so whoever looks in the
    /// order of the way cannot be passed by it unseen.
    pub(crate) fn places(&self) -> Vec<Location> {
        let [published, staged, replaced] = self.part.places();
        let way = [&published, &staged, &published, &replaced];
        way.iter().map(|p| self.dest.at(p)).collect()
    }

    pub(crate) const fn dest(&self) -> &Arc<Destination> {
        &self.dest
    }

    /// Whether a row of it may be in a span of time. One without a time is in
    /// every span.
    fn meets(&self, wanted: &Wanted) -> bool {
        let (Some(first), Some(last)) = (self.part.first, self.part.last) else {
            return true;
        };
        wanted.since.is_none_or(|s| s.0 <= last) && wanted.until.is_none_or(|u| first < u.0)
    }
}

impl fmt::Debug for StoredPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StoredPart").field(&self.part.path).finish()
    }
}

impl PartialEq for StoredPart {
    /// Names of files are never used twice.
    fn eq(&self, other: &Self) -> bool {
        self.part.path == other.part.path && self.dest.name() == other.dest.name()
    }
}

impl Eq for StoredPart {}

/// A place and how its files are named.
pub(super) struct Place {
    pub(super) source: usize,
    pub(super) dest: Destination,
    /// `s3://bucket/`, or nothing.
    pub(super) root: Arc<str>,
    /// What stands in front of the paths of its files, with a slash at its end.
    pub(super) front: String,
    /// Only files whose paths begin so; for a source that lies inside the place.
    pub(super) below: String,
}

impl Place {
    /// What of the place is wanted; none if nothing says that it is one.
    ///
    /// # Errors
    /// If there is a manifest that cannot be read, or of a later version.
    pub(super) async fn list(
        &self,
        wanted: &Wanted,
        settings: &ListSettings,
    ) -> Result<Option<Listing>, ListError> {
        // What is listed before the state is read is not newer than it.
        let there = match settings.strays {
            true => self.dest.list(&self.below).await,
            false => Ok(Vec::new()),
        };
        let manifest = Manifest::load(&self.dest)
            .await
            .map_err(|e| self.lost(&e))?;
        if manifest.generation == 0 {
            return Ok(None);
        }
        let mut listing = Listing::default();
        let there = there.map_err(|e| self.lost(&e))?;
        let known: HashSet<&str> = manifest.parts.iter().map(|p| p.path.as_str()).collect();
        for (path, _) in there {
            if path.starts_with(TABLE) && !known.contains(path.as_str()) {
                listing.not_listed.push(self.stray(&path));
            }
        }
        let dest = Arc::new(self.dest.clone());
        let mut folder = None;
        let mine = manifest.parts.into_iter();
        for part in mine.filter(|p| p.path.starts_with(&self.below)) {
            let key = format!("{}{}", self.front, part.path);
            let part = StoredPart::new(part, Arc::clone(&dest));
            // By its path in the place: what stands in front is not about its rows.
            if wanted.admits(&part.part.path) && part.meets(wanted) {
                listing.objects.push(self.object(&key, part, &mut folder));
            } else {
                listing.pruned_objects += 1;
            }
        }
        Ok(Some(listing))
    }

    fn object(&self, key: &str, part: StoredPart, last: &mut Option<Arc<Folder>>) -> LogObject {
        let (path, file) = key.split_at(key.rfind('/').map_or(0, |slash| slash + 1));
        let folder = match last {
            Some(folder) if folder.path == path => Arc::clone(folder),
            Some(_) | None => Arc::clone(last.insert(Arc::new(Folder {
                source: self.source,
                root: Arc::clone(&self.root),
                path: path.to_owned(),
                begins: self.front.len(),
            }))),
        };
        LogObject {
            folder,
            file: file.into(),
            size: part.part.bytes,
            odd: Some(Box::new(Odd::Part(Arc::new(part)))),
            given: false,
            modified: None::<EventTime>,
            etag: None,
        }
    }

    fn stray(&self, path: &str) -> NotListed {
        NotListed {
            name: format!("{}{}{path}", self.root, self.front),
            reason: "the manifest does not name it: a file that a compaction replaced or did not \
                     finish, or one that somebody put there"
                .to_owned(),
            kind: NotListedKind::NotNamed,
        }
    }

    fn lost(&self, error: &CompactError) -> ListError {
        // The first line says what; the hint is ours.
        let text = error.to_string();
        ListError {
            name: format!("{}{}", self.root, self.front.trim_end_matches('/')),
            reason: text.lines().next().unwrap_or_default().to_owned(),
            hint: "its manifest says which files are logs; restore it from a copy, or compact the logs anew",
        }
    }
}
