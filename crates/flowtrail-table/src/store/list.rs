//! What lies in the sources.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::local::reason;
use super::{LogObject, Source, bucket, local};
use crate::layout::{Facts, Wanted};

/// How sources are listed.
#[derive(Debug, Clone)]
pub struct ListSettings {
    /// Folders of a bucket that are asked for at a time.
    pub side_by_side: usize,
    /// Threads that walk local folders.
    pub threads: usize,
    /// Keeps the `ETag` of each object, which costs about 50 bytes.
    pub etags: bool,
    /// Counts the objects that were met, for a progress bar.
    pub met: Arc<AtomicU64>,
    /// Looks for files in compacted places that their manifest does not name,
    /// which takes listing them.
    pub strays: bool,
}

impl Default for ListSettings {
    /// 32 folders at a time: S3 answers a page of 1,000 keys in 50 to 100 ms,
    /// which makes half a million keys in a second, and takes 5,500 requests a
    /// second for each prefix. Four threads: more do not make a disk faster.
    fn default() -> Self {
        Self {
            side_by_side: 32,
            threads: 4,
            etags: false,
            met: Arc::default(),
            strays: false,
        }
    }
}

/// What was found.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    /// What may hold something wanted, in the order of the sources and then of
    /// the keys, byte by byte. None twice.
    pub objects: Vec<LogObject>,
    /// What could not be looked into.
    pub not_listed: Vec<NotListed>,
    /// Lines of [`IGNORE_FILE`](super::IGNORE_FILE) that are not heeded.
    pub warnings: Vec<String>,
    /// Folders that were turned back at.
    pub pruned_folders: u64,
    /// Objects in folders that were listed, left out by their names.
    pub pruned_objects: u64,
    /// Of both, those that were left out because they were delivered too late
    /// after the time that is wanted.
    pub too_late: u64,
}

/// A folder, or an object, that could not be listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotListed {
    /// How messages name it.
    pub name: String,
    /// Why, for a person.
    pub reason: String,
    /// The sort of reason.
    pub kind: NotListedKind,
}

impl NotListed {
    /// What a walk could not look into. `path` is the nearest one that is known
    /// so far.
    #[must_use]
    pub fn of(path: &Path, error: ignore::Error) -> Self {
        match error {
            ignore::Error::WithPath { path, err } => Self::of(&path, *err),
            ignore::Error::WithDepth { err, .. } => Self::of(path, *err),
            ignore::Error::Loop { ancestor, child } => Self {
                name: child.to_string_lossy().into_owned(),
                reason: format!(
                    "leads back to `{}`, which is read once",
                    ancestor.to_string_lossy()
                ),
                kind: NotListedKind::Loop,
            },
            other @ (ignore::Error::Partial(_)
            | ignore::Error::WithLineNumber { .. }
            | ignore::Error::Io(_)
            | ignore::Error::Glob { .. }
            | ignore::Error::UnrecognizedFileType(_)
            | ignore::Error::InvalidDefinition) => {
                let cause = other.io_error();
                let denied = cause.is_some_and(|e| e.kind() == io::ErrorKind::PermissionDenied);
                // Its own words repeat the path, where it is not the system's.
                let inner = cause.and_then(std::error::Error::source);
                let inner = inner.and_then(|c| c.downcast_ref::<io::Error>());
                let system = inner.or_else(|| cause.filter(|e| e.raw_os_error().is_some()));
                Self {
                    name: path.to_string_lossy().into_owned(),
                    reason: system.map_or_else(|| other.to_string(), reason),
                    kind: if denied {
                        NotListedKind::Denied
                    } else {
                        NotListedKind::Failed
                    },
                }
            }
        }
    }
}

/// Why something could not be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NotListedKind {
    /// No permission.
    Denied,
    /// Anything else that went wrong: throttling, a disk, a network.
    Failed,
    /// A link that leads back to a folder above it. What lies there is read
    /// once, so nothing is missing.
    Loop,
    /// Neither a file nor a folder: a socket, a pipe, a device. Nothing is
    /// missing: no log lies in it.
    Special,
    /// A file in a compacted place that its manifest does not name. Nothing is
    /// missing: the files that it names have every row.
    NotNamed,
}

impl NotListedKind {
    /// Whether records may be missing for it.
    #[must_use]
    pub const fn is_loss(self) -> bool {
        matches!(self, Self::Denied | Self::Failed)
    }
}

/// A source of which nothing can be said.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot open `{name}`: {reason}\nhint: {hint}")]
pub struct ListError {
    /// How messages name the source.
    pub name: String,
    /// Why.
    pub reason: String,
    /// What may help.
    pub hint: &'static str,
}

/// Lists the objects of all sources that may hold something wanted. A source
/// that is a file, an object or standard input is always listed: it was asked
/// for by its name.
///
/// # Errors
/// If a source does not exist or cannot be looked into at all. What fails
/// further down stands in [`Listing::not_listed`].
pub async fn list(
    sources: &[Source],
    wanted: &Wanted,
    settings: &ListSettings,
) -> Result<Listing, ListError> {
    let mut all = Listing::default();
    for (at, source) in sources.iter().enumerate() {
        let found = match source {
            Source::Stdin => Listing {
                objects: vec![LogObject::stdin(at)],
                ..Listing::default()
            },
            Source::Local(path) => local::list(at, path, wanted, settings).await?,
            Source::Bucket(bucket) => bucket::list(at, bucket, wanted, settings).await?,
        };
        all.add(found);
    }
    all.settle();
    Ok(all)
}

impl Listing {
    /// A folder that nothing wanted can be in.
    pub(super) fn of_pruned(folder: &str, wanted: &Wanted) -> Self {
        let mut listing = Self::default();
        listing.prune_folder(folder, wanted);
        listing
    }

    pub(super) fn prune_folder(&mut self, folder: &str, wanted: &Wanted) {
        self.pruned_folders += 1;
        self.too_late += u64::from(wanted.is_too_late(&Facts::of_folder(folder)));
    }

    pub(super) fn prune_object(&mut self, key: &str, wanted: &Wanted) {
        self.pruned_objects += 1;
        self.too_late += u64::from(wanted.is_too_late(&Facts::of_key(key)));
    }

    pub(super) fn add(&mut self, other: Self) {
        self.objects.extend(other.objects);
        self.not_listed.extend(other.not_listed);
        self.warnings.extend(other.warnings);
        self.pruned_folders += other.pruned_folders;
        self.pruned_objects += other.pruned_objects;
        self.too_late += other.too_late;
    }

    /// Says of each source in which compacted logs lie beside other objects that
    /// what was compacted of those is met twice.
    pub(crate) fn doubled(&self, sources: &[Source]) -> Vec<String> {
        let mut met = vec![(false, 0_u64); sources.len()];
        for object in &self.objects {
            if let Some((compacted, raw)) = met.get_mut(object.source()) {
                match object.part() {
                    Some(_) => *compacted = true,
                    None => *raw += 1,
                }
            }
        }
        let mut said = Vec::new();
        for (source, (compacted, raw)) in sources.iter().zip(met) {
            let others = match raw {
                _ if !compacted => continue,
                0 => continue,
                1 => "another object".to_owned(),
                n => format!("{n} other objects"),
            };
            let name = source.name();
            said.push(format!(
                "`{name}` holds compacted logs and {others}: records of both count twice"
            ));
        }
        said
    }

    /// The same whatever came first.
    fn settle(&mut self) {
        self.objects.sort_unstable_by(LogObject::order);
        let mut seen = std::collections::HashSet::new();
        let several = self.objects.windows(2).any(|w| match w {
            [a, b] => a.source() != b.source(),
            _ => false,
        });
        if several {
            // Sources that overlap name the same objects.
            self.objects.retain(|o| seen.insert(o.name()));
        }
        self.not_listed.sort_by(|a, b| a.name.cmp(&b.name));
        self.warnings.sort();
    }
}
