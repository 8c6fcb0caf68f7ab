//! Where logs lie: folders, buckets, standard input. What lies there is listed
//! first, pruned by what is [`Wanted`], and then fetched ahead of its reader.
//!
//! A question over a bucket is decided by how much of it is not looked at. So
//! listing goes down folder by folder as long as their names can turn it back,
//! many folders at a time, and asks for everything below only where no further
//! folders are to be expected.

mod bucket;
mod fetch;
mod list;
mod local;
mod object;
mod place;
#[cfg(feature = "cluster")]
mod sent;
mod share;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::path::Path;

pub(crate) use fetch::said;
pub use fetch::{Fetched, Fetcher, ReadAhead};
pub use list::{ListError, ListSettings, Listing, NotListed, NotListedKind, list};
pub use local::IGNORE_FILE;
pub use object::LogObject;
pub(crate) use place::StoredPart;
#[cfg(feature = "cluster")]
pub(crate) use sent::{SentObjects, SentSource};
pub use share::share;
pub(crate) use share::{Part, Parts};

/// Where logs lie.
#[derive(Debug, Clone)]
pub enum Source {
    /// Standard input: one object.
    Stdin,
    /// A file, or a folder with everything below it.
    Local(PathBuf),
    /// A bucket, or what lies below a prefix of it.
    Bucket(Bucket),
}

impl Source {
    /// How messages name it.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Stdin => STDIN.to_owned(),
            Self::Local(path) => path.to_string_lossy().into_owned(),
            Self::Bucket(bucket) => bucket.to_string(),
        }
    }
}

/// How findings name standard input.
pub const STDIN: &str = "<stdin>";

/// A prefix of a bucket, behind any object store.
#[derive(Clone)]
pub struct Bucket {
    store: Arc<dyn ObjectStore>,
    /// `s3://bucket/`.
    root: Arc<str>,
    prefix: Path,
    key_of: fn(&Path) -> String,
}

impl Bucket {
    /// What lies at or below `prefix`, with `/` between its names.
    ///
    /// # Errors
    /// If a store cannot name that prefix: an empty name or `..` inside it.
    pub fn new(
        store: Arc<dyn ObjectStore>,
        bucket: &str,
        prefix: &str,
    ) -> Result<Self, object_store::path::Error> {
        let trimmed = prefix.trim_matches('/');
        Ok(Self::below(store, bucket, Path::parse(trimmed)?))
    }

    /// What lies at or below a path of the store.
    #[must_use]
    pub fn below(store: Arc<dyn ObjectStore>, bucket: &str, prefix: Path) -> Self {
        Self {
            store,
            root: format!("s3://{bucket}/").into(),
            prefix,
            key_of: Path::to_string,
        }
    }

    /// For a store whose paths are not always the keys, as that of
    /// `flowtrail-aws`: says what the key is.
    #[must_use]
    pub fn with_keys(mut self, key_of: fn(&Path) -> String) -> Self {
        self.key_of = key_of;
        self
    }

    /// The store.
    #[must_use]
    pub const fn store(&self) -> &Arc<dyn ObjectStore> {
        &self.store
    }

    /// The prefix; the root for a whole bucket.
    #[must_use]
    pub const fn prefix(&self) -> &Path {
        &self.prefix
    }
}

impl fmt::Display for Bucket {
    /// `s3://bucket/prefix`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.root, (self.key_of)(&self.prefix))
    }
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Bucket").field(&self.to_string()).finish()
    }
}
