//! Where objects go.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

/// Takes objects under their keys, as S3 does. A key that comes again
/// overwrites.
pub trait Store {
    /// Stores `bytes` under `key`.
    ///
    /// # Errors
    /// What the store has to say; the simulation ends with it.
    fn put(&mut self, key: &str, bytes: &[u8]) -> io::Result<()>;
}

/// A store in memory, for tests and small samples.
impl Store for BTreeMap<String, Vec<u8>> {
    fn put(&mut self, key: &str, bytes: &[u8]) -> io::Result<()> {
        self.insert(key.to_owned(), bytes.to_vec());
        Ok(())
    }
}

/// A folder in which each key is a path. Nothing is written outside of it: a
/// key with `..`, an absolute one and one that leads through a symbolic link
/// are refused.
#[derive(Debug)]
pub struct FolderStore {
    root: PathBuf,
    /// Folders below the root that are known to be real ones.
    known: HashSet<PathBuf>,
}

impl FolderStore {
    /// A store in `root`, which is made if it does not exist.
    ///
    /// # Errors
    /// If the folder can neither be found nor made.
    pub fn new(root: &Path) -> io::Result<Self> {
        fs::create_dir_all(root)?;
        Ok(Self {
            root: root.canonicalize()?,
            known: HashSet::new(),
        })
    }

    /// The folder, as an absolute path.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Makes the folder of a key, one level after another.
    fn folder(&mut self, relative: &Path) -> io::Result<PathBuf> {
        let folder = self.root.join(relative);
        if self.known.contains(&folder) {
            return Ok(folder);
        }
        let mut at = self.root.clone();
        for part in relative.components() {
            at.push(part);
            match fs::symlink_metadata(&at) {
                Ok(found) if found.is_dir() => {}
                Ok(_) => return Err(refused("leads through something that is not a folder")),
                Err(e) if e.kind() == io::ErrorKind::NotFound => fs::create_dir(&at)?,
                Err(e) => return Err(e),
            }
        }
        self.known.insert(folder.clone());
        Ok(folder)
    }
}

fn refused(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, format!("the key {why}"))
}

impl Store for FolderStore {
    fn put(&mut self, key: &str, bytes: &[u8]) -> io::Result<()> {
        let path = Path::new(key);
        let plain = path.components().all(|c| matches!(c, Component::Normal(_)));
        let (Some(name), true, false) = (path.file_name(), plain, key.contains('\\')) else {
            return Err(refused("is not a plain path below the folder"));
        };
        let folder = self.folder(path.parent().unwrap_or(Path::new("")))?;
        let file = folder.join(name);
        if fs::symlink_metadata(&file).is_ok_and(|found| !found.is_file()) {
            return Err(refused("names something that is not a file"));
        }
        fs::write(file, bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_become_paths() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = FolderStore::new(&dir.path().join("new")).unwrap();
        store.put("AWSLogs/1/a.gz", b"x").unwrap();
        store.put("AWSLogs/1/a.gz", b"y").unwrap();
        store.put("labels.jsonl", b"z").unwrap();
        assert_eq!(
            fs::read(dir.path().join("new/AWSLogs/1/a.gz")).unwrap(),
            b"y"
        );
        assert_eq!(fs::read(store.root().join("labels.jsonl")).unwrap(), b"z");
    }

    #[test]
    fn nothing_is_written_outside() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = FolderStore::new(&dir.path().join("root")).unwrap();
        for key in [
            "../a",
            "a/../../b",
            "/tmp/flowtrail-a",
            "",
            "..",
            "./a",
            "a\\..\\b",
        ] {
            assert!(store.put(key, b"x").is_err(), "{key}");
        }
        let left: Vec<_> = fs::read_dir(dir.path()).unwrap().collect();
        assert_eq!(left.len(), 1);
        assert_eq!(fs::read_dir(store.root()).unwrap().count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        let mut store = FolderStore::new(dir.path()).unwrap();
        std::os::unix::fs::symlink(outside.path(), dir.path().join("link")).unwrap();
        std::os::unix::fs::symlink(outside.path().join("f"), dir.path().join("file")).unwrap();
        assert!(store.put("link/a", b"x").is_err());
        assert!(store.put("link/b/c", b"x").is_err());
        assert!(store.put("file", b"x").is_err());
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
    }
}
