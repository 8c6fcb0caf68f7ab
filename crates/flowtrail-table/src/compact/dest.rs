//! Where compacted files lie: a local folder or a prefix of a bucket.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{Error, ObjectMeta, ObjectStore, ObjectStoreExt as _, PutMode, PutOptions};

use super::CompactError;
use crate::LogTable;

/// What Flowtrail keeps beside the files, hidden from engines that list them:
/// names that begin with `_` are no data to Hive, Spark and Athena.
pub(crate) const OWN: &str = "_flowtrail";

/// A folder or a prefix that compacted files are written to.
#[derive(Debug, Clone)]
pub struct Destination {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
    /// For a local folder: what the store does not do is done here.
    folder: Option<PathBuf>,
    name: String,
}

impl Destination {
    /// A local folder. It is made if it is not there.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn folder(folder: &FilePath) -> Result<Self, CompactError> {
        let name = folder.display().to_string();
        let failed = |error: io::Error| CompactError::Destination {
            what: "open",
            path: name.clone(),
            error: error.into(),
        };
        fs::create_dir_all(folder).map_err(failed)?;
        let folder = folder.canonicalize().map_err(failed)?;
        let store = LocalFileSystem::new_with_prefix(&folder).map_err(|error| {
            CompactError::Destination {
                what: "open",
                path: name.clone(),
                error: error.into(),
            }
        })?;
        Ok(Self {
            store: Arc::new(store),
            prefix: Path::default(),
            folder: Some(folder),
            name,
        })
    }

    /// A local folder that is only looked at. It need not be there: then it is
    /// one into which nothing was compacted yet.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn to_look_at(folder: &FilePath) -> Result<Self, CompactError> {
        if folder.exists() {
            return Self::folder(folder);
        }
        let name = folder.display().to_string();
        let nothing = Arc::new(InMemory::new());
        Ok(Self::bucket(nothing, Path::default(), &name))
    }

    /// A prefix of a bucket, called `name` in messages. The store has to know
    /// conditional writes ([`PutMode::Create`]).
    #[must_use]
    pub fn bucket(store: Arc<dyn ObjectStore>, prefix: Path, name: &str) -> Self {
        Self {
            store,
            prefix,
            folder: None,
            name: name.to_owned(),
        }
    }

    /// How messages call it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The folder, if it is a local one.
    #[must_use]
    pub fn local(&self) -> Option<&FilePath> {
        self.folder.as_deref()
    }

    /// Whether an object, by its absolute path or `s3://bucket/key`, is one of
    /// its own files: of a table, or of what is kept beside them. Logs may lie
    /// beside those.
    #[must_use]
    pub fn holds(&self, id: &str) -> bool {
        let below = match &self.folder {
            Some(folder) => FilePath::new(id)
                .strip_prefix(folder)
                .ok()
                .and_then(FilePath::to_str),
            None => id
                .strip_prefix(self.name.trim_end_matches('/'))
                .and_then(|rest| rest.strip_prefix('/')),
        };
        let first = below
            .and_then(|b| b.split_once('/'))
            .map(|(first, _)| first);
        let is_table = |name: &str| LogTable::from_name(name).is_some();
        first.is_some_and(|f| f == OWN || f.strip_prefix("table=").is_some_and(is_table))
    }

    /// The store in which it lies.
    pub(crate) const fn store(&self) -> &Arc<dyn ObjectStore> {
        &self.store
    }

    /// Where it begins in its store.
    #[cfg(feature = "cluster")]
    pub(crate) const fn prefix(&self) -> &Path {
        &self.prefix
    }

    /// Where the store has a file.
    pub(crate) fn at(&self, path: &str) -> Path {
        let whole = if self.prefix.as_ref().is_empty() {
            path.to_owned()
        } else {
            format!("{}/{path}", self.prefix)
        };
        // As it is: the prefix is a key, and in one of those `%` is a `%`. What is
        // no path, as `..` in a manifest that somebody wrote, must not become one.
        Path::parse(&whole).unwrap_or_else(|_| Path::from(whole))
    }

    fn failed(&self, what: &'static str, path: &str) -> impl Fn(Error) -> CompactError {
        let path = format!("{}/{path}", self.name.trim_end_matches('/'));
        move |error| CompactError::Destination {
            what,
            path: path.clone(),
            error: error.into(),
        }
    }

    /// Writes a file that must not be there. `Ok(false)` if it is.
    ///
    /// # Errors
    /// If it could not be written. It is there as a whole or not at all.
    pub(super) async fn create(&self, path: &str, bytes: Bytes) -> Result<bool, CompactError> {
        if let Some(folder) = &self.folder {
            let file = folder.join(path);
            let done = tokio::task::spawn_blocking(move || create_file(&file, &bytes)).await;
            let done = done.unwrap_or_else(|error| Err(io::Error::other(error)));
            return done.map_err(|error| CompactError::Destination {
                what: "write",
                path: format!("{}/{path}", self.name),
                error: error.into(),
            });
        }
        let options = PutOptions {
            mode: PutMode::Create,
            ..PutOptions::default()
        };
        let at = self.at(path);
        match self.store.put_opts(&at, bytes.into(), options).await {
            Ok(_) => Ok(true),
            Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => Ok(false),
            Err(error) => Err(self.failed("write", path)(error)),
        }
    }

    /// Writes a file whose name only this run has. That it is there is no
    /// contradiction: the store may have taken it, and the answer was lost.
    ///
    /// # Errors
    /// If it could not be written, or another one is there.
    pub(super) async fn create_own(&self, path: &str, bytes: Bytes) -> Result<(), CompactError> {
        let len = bytes.len() as u64;
        if self.create(path, bytes).await? || self.size(path).await? == Some(len) {
            return Ok(());
        }
        Err(CompactError::Taken {
            path: path.to_owned(),
        })
    }

    /// The bytes of a file; none if it is not there.
    pub(super) async fn read(&self, path: &str) -> Result<Option<Bytes>, CompactError> {
        let failed = self.failed("read", path);
        match self.store.get(&self.at(path)).await {
            Ok(found) => found.bytes().await.map(Some).map_err(failed),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    /// The size of a file; none if it is not there.
    pub(super) async fn size(&self, path: &str) -> Result<Option<u64>, CompactError> {
        match self.store.head(&self.at(path)).await {
            Ok(meta) => Ok(Some(meta.size)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.failed("look at", path)(error)),
        }
    }

    /// The files below a folder, by their paths in the destination.
    pub(crate) async fn list(
        &self,
        folder: &str,
    ) -> Result<Vec<(String, ObjectMeta)>, CompactError> {
        let failed = self.failed("list", folder);
        let at = self.at(folder);
        let found: Vec<ObjectMeta> = self
            .store
            .list(Some(&at))
            .try_collect()
            .await
            .map_err(failed)?;
        let own = |meta: ObjectMeta| {
            let parts = meta.location.prefix_match(&self.prefix)?;
            let parts: Vec<String> = parts.map(|p| p.as_ref().to_owned()).collect();
            Some((parts.join("/"), meta))
        };
        Ok(found.into_iter().filter_map(own).collect())
    }

    /// Copies a file to where only a copy of it can be. `Ok(false)` if it is not
    /// there.
    pub(super) async fn copy(&self, from: &str, to: &str) -> Result<bool, CompactError> {
        if let Some(folder) = &self.folder {
            let (file, copy) = (folder.join(from), folder.join(to));
            let done = tokio::task::spawn_blocking(move || link_file(&file, &copy)).await;
            let done = done.unwrap_or_else(|error| Err(io::Error::other(error)));
            return done.map_err(|error| CompactError::Destination {
                what: "write",
                path: format!("{}/{to}", self.name),
                error: error.into(),
            });
        }
        match self.store.copy(&self.at(from), &self.at(to)).await {
            Ok(()) => Ok(true),
            Err(Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(self.failed("write", to)(error)),
        }
    }

    /// Deletes files; those that are not there are deleted already.
    pub(super) async fn delete(&self, paths: &[String]) -> Result<(), CompactError> {
        let at: Vec<_> = paths.iter().map(|p| Ok(self.at(p))).collect();
        let mut gone = self
            .store
            .delete_stream(futures_util::stream::iter(at).boxed());
        while let Some(done) = gone.next().await {
            match done {
                Ok(_) | Err(Error::NotFound { .. }) => {}
                Err(error) => return Err(self.failed("delete in", OWN)(error)),
            }
        }
        Ok(())
    }

    /// Deletes a folder of our own, which nobody writes into any more.
    pub(super) async fn delete_folder(&self, path: &str) -> Result<(), CompactError> {
        let files = self.list(path).await?;
        let files: Vec<String> = files.into_iter().map(|(path, _)| path).collect();
        self.delete(&files).await?;
        if let Some(folder) = &self.folder {
            // What is left are empty folders; nothing hangs on them.
            let _ = fs::remove_dir_all(folder.join(path));
        }
        Ok(())
    }

    /// Waits until what was copied to a local folder is on the disk.
    pub(super) fn settle<'p>(
        &self,
        paths: impl Iterator<Item = &'p str>,
    ) -> Result<(), CompactError> {
        let Some(folder) = &self.folder else {
            return Ok(());
        };
        let mut last = None;
        for path in paths {
            let file = folder.join(path);
            let parent = file.parent().map(FilePath::to_owned);
            if parent == last {
                continue;
            }
            if let Some(parent) = &parent {
                sync_folder(parent).map_err(|error| CompactError::Destination {
                    what: "settle",
                    path: parent.display().to_string(),
                    error: error.into(),
                })?;
            }
            last = parent;
        }
        Ok(())
    }
}

/// Writes a file under another name, waits until it is on the disk, and gives
/// it its name, unless that is taken.
fn create_file(file: &FilePath, bytes: &[u8]) -> io::Result<bool> {
    let parent = file.parent().unwrap_or(file);
    fs::create_dir_all(parent)?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let unfinished = parent.join(format!(".{name}.{}", super::run_id()));
    let written = (|| {
        let options = OpenOptions::new().write(true).create_new(true).to_owned();
        let mut open = options.open(&unfinished)?;
        open.write_all(bytes)?;
        open.sync_all()?;
        match fs::hard_link(&unfinished, file) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error),
        }
    })();
    // Its other name stays; if this fails, the next run sweeps it up.
    let _ = fs::remove_file(&unfinished);
    sync_folder(parent)?;
    written
}

/// Gives a file one more name, unless it has it already. `Ok(false)` if there is
/// no such file.
///
/// The store would link it under a third name and move that over the second,
/// which does nothing where both are the same file: the third name stayed, for
/// every engine to see that lists files.
fn link_file(file: &FilePath, name: &FilePath) -> io::Result<bool> {
    if let Some(parent) = name.parent() {
        fs::create_dir_all(parent)?;
    }
    match fs::hard_link(file, name) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// A new name survives a loss of power when its folder is on the disk.
fn sync_folder(folder: &FilePath) -> io::Result<()> {
    match File::open(folder) {
        Ok(open) => open.sync_all(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own_files_are_held() {
        let temp = tempfile::tempdir().unwrap();
        let folder = Destination::folder(temp.path()).unwrap();
        let root = temp.path().canonicalize().unwrap();
        let store = || Arc::new(InMemory::new());
        let bucket = Destination::bucket(store(), Path::default(), "s3://b/");
        let lake = Destination::bucket(store(), Path::from("lake"), "s3://b/lake");
        let roots = [root.to_str().unwrap(), "s3://b", "s3://b/lake"];
        for (dest, root) in [folder, bucket, lake].iter().zip(roots) {
            for own in ["table=vpcflow/account=1/x.parquet", "_flowtrail/ledger/x"] {
                assert!(dest.holds(&format!("{root}/{own}")), "{root} {own}");
                assert!(!dest.holds(&format!("{root}2/{own}")), "{root} {own}");
                assert!(!dest.holds(&format!("{root}/in/{own}")), "{root} {own}");
            }
            for log in ["AWSLogs/1/x.gz", "x.gz", "table=mine/x.gz", "table=vpcflow"] {
                assert!(!dest.holds(&format!("{root}/{log}")), "{root} {log}");
            }
        }
    }

    #[tokio::test]
    async fn a_file_that_is_copied_again_has_no_third_name() {
        let temp = tempfile::tempdir().unwrap();
        let dest = Destination::folder(temp.path()).unwrap();
        assert!(dest.create("a", "x".into()).await.unwrap());
        for _ in 0..2 {
            assert!(dest.copy("a", "table=vpcflow/b").await.unwrap());
        }
        let names = fs::read_dir(temp.path().join("table=vpcflow")).unwrap();
        let names: Vec<_> = names.map(|e| e.unwrap().file_name()).collect();
        assert_eq!(names, ["b"]);
        assert!(!dest.copy("no", "table=vpcflow/c").await.unwrap());
    }
}
