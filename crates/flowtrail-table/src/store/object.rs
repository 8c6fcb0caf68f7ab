//! One object, in as few bytes as a million of them allow.

use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flowtrail_event::EventTime;
use object_store::path::Path as Location;

use super::STDIN;
use super::place::StoredPart;
use crate::layout::{Facts, Place, Wanted};

/// A folder that objects of a listing share.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Folder {
    /// Which of the sources.
    pub(super) source: usize,
    /// `s3://bucket/`, or nothing.
    pub(super) root: Arc<str>,
    /// The path as it was reached, or the part of the key, with its slash.
    pub(super) path: String,
    /// Where in it the names begin that tell what lies below: see
    /// [`layout::begins`](crate::layout::begins).
    pub(super) begins: usize,
}

/// A path that is not what it is shown as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Odd {
    Stdin,
    /// Not UTF-8.
    File(PathBuf),
    /// A key that the store knows under another path.
    Location(Location),
    /// A file that a manifest names.
    Part(Arc<StoredPart>),
}

/// An object that may be read: as it was listed.
#[derive(Clone, PartialEq, Eq)]
pub struct LogObject {
    pub(super) folder: Arc<Folder>,
    pub(super) file: Box<str>,
    pub(super) odd: Option<Box<Odd>>,
    pub(super) size: u64,
    pub(super) given: bool,
    pub(super) modified: Option<EventTime>,
    pub(super) etag: Option<Box<str>>,
}

impl LogObject {
    /// Which of the sources that were listed, by its position.
    #[must_use]
    pub fn source(&self) -> usize {
        self.folder.source
    }

    /// Its key in a bucket, or its path, with U+FFFD for what is not UTF-8.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}{}", self.folder.path, self.file)
    }

    /// How findings name it: `s3://bucket/key`, or the path as it was reached.
    #[must_use]
    pub fn name(&self) -> String {
        self.to_string()
    }

    /// Bytes as stored; 0 where not known.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// What its key says. Of what stands in front of the source's own layout,
    /// only what is not said behind it.
    #[must_use]
    pub fn place(&self) -> Place {
        if let Some(part) = self.part() {
            return Place::of_key(&part.part.path);
        }
        let front = Facts::of_folder(&self.folder.path).with_file(&self.file);
        self.told().place().or(front.place())
    }

    /// What its key says behind where the layout of the source begins.
    fn told(&self) -> Facts<'_> {
        if let Some(part) = self.part() {
            return Facts::of_key(&part.part.path);
        }
        let Folder { path, begins, .. } = &*self.folder;
        let folder = Facts::of_folder(path.get(*begins..).unwrap_or_default());
        folder.with_file(&self.file)
    }

    /// When what it holds was delivered, or a time before: by its name, else by
    /// its folder.
    #[must_use]
    pub fn delivered(&self) -> Option<EventTime> {
        let facts = self.told();
        facts.written.or_else(|| facts.span().map(|span| span.0))
    }

    /// Whether it may hold something wanted, by its key.
    pub(crate) fn may_hold(&self, wanted: &Wanted) -> bool {
        if let Some(part) = self.part() {
            return wanted.admits(&part.part.path);
        }
        let key = self.key();
        wanted.admits(key.get(self.folder.begins..).unwrap_or_default())
    }

    /// Whether it was named itself, not met in a folder.
    #[must_use]
    pub const fn is_given(&self) -> bool {
        self.given
    }

    /// When it was last written, as far as known.
    #[must_use]
    pub const fn modified(&self) -> Option<EventTime> {
        self.modified
    }

    /// The `ETag` in a bucket, if [`ListSettings`](super::ListSettings) asked
    /// for it.
    #[must_use]
    pub fn etag(&self) -> Option<&str> {
        self.etag.as_deref()
    }

    /// The file, if it is one; `None` for standard input and in a bucket.
    #[must_use]
    pub fn file(&self) -> Option<PathBuf> {
        match self.odd.as_deref() {
            Some(Odd::File(path)) => Some(path.clone()),
            Some(Odd::Part(part)) => {
                let folder = part.dest().local()?;
                Some(folder.join(&part.part.path))
            }
            Some(Odd::Stdin | Odd::Location(_)) => None,
            None => self.folder.root.is_empty().then(|| self.key().into()),
        }
    }

    /// Whether it is the file at `path`, however it was reached. The file system
    /// is asked only where the names of the two files are equal.
    #[must_use]
    pub fn is(&self, path: &Path) -> bool {
        let Some(name) = path.file_name() else {
            return false;
        };
        let is_named_so = match self.odd.as_deref() {
            Some(Odd::File(mine)) => mine.file_name() == Some(name),
            Some(Odd::Stdin | Odd::Location(_) | Odd::Part(_)) => false,
            None => self.folder.root.is_empty() && OsStr::new(&*self.file) == name,
        };
        if !is_named_so {
            return false;
        }
        let both = self
            .file()
            .map(|mine| (mine.canonicalize(), path.canonicalize()));
        matches!(both, Some((Ok(a), Ok(b))) if a == b)
    }

    /// Where its store has it; `None` for files and standard input.
    #[must_use]
    pub fn location(&self) -> Option<Location> {
        match self.odd.as_deref() {
            Some(Odd::Location(location)) => Some(location.clone()),
            Some(Odd::Part(part)) if part.dest().local().is_none() => {
                Some(part.dest().at(&part.part.path))
            }
            Some(Odd::Stdin | Odd::File(_) | Odd::Part(_)) => None,
            None if self.folder.root.is_empty() => None,
            None => Location::parse(self.key()).ok(),
        }
    }

    /// The file of a compacted place, if it is one that a manifest names.
    pub(crate) fn part(&self) -> Option<&Arc<StoredPart>> {
        match self.odd.as_deref() {
            Some(Odd::Part(part)) => Some(part),
            Some(Odd::Stdin | Odd::File(_) | Odd::Location(_)) | None => None,
        }
    }

    /// Whether it is standard input.
    #[must_use]
    pub fn is_stdin(&self) -> bool {
        matches!(self.odd.as_deref(), Some(Odd::Stdin))
    }

    /// Standard input.
    pub(super) fn stdin(source: usize) -> Self {
        Self {
            folder: Arc::new(Folder {
                source,
                root: "".into(),
                path: String::new(),
                begins: 0,
            }),
            file: STDIN.into(),
            odd: Some(Box::new(Odd::Stdin)),
            size: 0,
            given: true,
            modified: None,
            etag: None,
        }
    }

    /// The bytes of its key.
    fn bytes(&self) -> impl Iterator<Item = u8> {
        self.folder.path.bytes().chain(self.file.bytes())
    }

    /// In the order of sources and keys.
    pub(super) fn order(&self, other: &Self) -> std::cmp::Ordering {
        let key = |o: &Self| (o.folder.source, Arc::as_ptr(&o.folder));
        if key(self) == key(other) {
            return self.file.cmp(&other.file);
        }
        let sources = self.folder.source.cmp(&other.folder.source);
        sources.then_with(|| self.bytes().cmp(other.bytes()))
    }
}

impl fmt::Display for LogObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Folder { root, path, .. } = &*self.folder;
        write!(f, "{root}{path}{}", self.file)
    }
}

impl fmt::Debug for LogObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LogObject({self}, {} bytes)", self.size)
    }
}
