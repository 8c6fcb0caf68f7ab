//! The objects of a replay: files, folders, standard input.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::bail;
use ignore::WalkBuilder;

use crate::console;

/// A file in a folder that says which names to leave out.
pub(crate) const IGNORE_FILE: &str = ".flowtrailignore";

/// Something to read.
#[derive(Debug, Clone)]
pub(crate) struct Object {
    /// How findings name it: the path as it was reached, with U+FFFD for what
    /// is not UTF-8.
    pub(crate) name: String,
    pub(crate) from: From,
    /// Bytes as stored; 0 where not known.
    pub(crate) len: u64,
    /// Named by the user, not met in a folder.
    pub(crate) given: bool,
}

#[derive(Debug, Clone)]
pub(crate) enum From {
    File(PathBuf),
    Stdin,
}

impl Object {
    /// Whether it is the file at `path`, however it was reached.
    pub(crate) fn is(&self, path: &Path) -> bool {
        let same = |mine: &PathBuf| {
            let both = (mine.canonicalize(), path.canonicalize());
            matches!(both, (Ok(a), Ok(b)) if a == b)
        };
        match &self.from {
            From::File(mine) => mine.file_name() == path.file_name() && same(mine),
            From::Stdin => false,
        }
    }

    /// Opens it.
    ///
    /// # Errors
    /// Those of the file system.
    pub(crate) fn open(&self) -> io::Result<Box<dyn Read>> {
        match &self.from {
            From::File(path) => Ok(Box::new(File::open(path)?)),
            From::Stdin => Ok(Box::new(io::stdin().lock())),
        }
    }
}

/// A path that could not be walked.
#[derive(Debug, Clone)]
pub(crate) struct Unreadable {
    pub(crate) name: String,
    pub(crate) reason: String,
    /// It leads back to a folder above it. What lies there is read once, so
    /// that nothing is missing.
    pub(crate) is_loop: bool,
}

impl Unreadable {
    /// `path` is the nearest one that is known so far.
    pub(crate) fn new(path: &Path, error: ignore::Error) -> Self {
        match error {
            ignore::Error::WithPath { path, err } => Self::new(&path, *err),
            ignore::Error::WithDepth { err, .. } => Self::new(path, *err),
            ignore::Error::Loop { ancestor, child } => Self {
                name: child.to_string_lossy().into_owned(),
                reason: format!(
                    "leads back to `{}`, which is read once",
                    ancestor.to_string_lossy()
                ),
                is_loop: true,
            },
            other @ (ignore::Error::Partial(_)
            | ignore::Error::WithLineNumber { .. }
            | ignore::Error::Io(_)
            | ignore::Error::Glob { .. }
            | ignore::Error::UnrecognizedFileType(_)
            | ignore::Error::InvalidDefinition) => Self {
                name: path.to_string_lossy().into_owned(),
                reason: reason(&other),
                is_loop: false,
            },
        }
    }
}

/// What went wrong, without the path that the walker repeats.
fn reason(error: &ignore::Error) -> String {
    let cause = error.io_error().and_then(std::error::Error::source);
    let system = cause.and_then(|c| c.downcast_ref::<io::Error>());
    system.map_or_else(|| error.to_string(), console::reason)
}

/// The objects under `paths`, in the order of their names, and what could not
/// be looked into.
///
/// # Errors
/// If a path that the user named does not exist or cannot be looked at.
pub(crate) fn find(paths: &[PathBuf]) -> anyhow::Result<(Vec<Object>, Vec<Unreadable>)> {
    let mut objects = Vec::new();
    let mut unreadable = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            objects.push(Object {
                name: "<stdin>".to_owned(),
                from: From::Stdin,
                len: 0,
                given: true,
            });
            continue;
        }
        match path.metadata() {
            Ok(meta) if meta.is_dir() => folder(path, &mut objects, &mut unreadable),
            Ok(meta) => objects.push(file(path, meta.len(), true)),
            Err(e) if e.kind() == io::ErrorKind::NotFound => bail!(
                "cannot open `{}`: no such file or folder\nhint: give log files, folders of them, or `-` for standard input",
                console::path(path)
            ),
            Err(e) => return Err(console::cannot("open", path, &e)),
        }
    }
    objects.sort_by(|a, b| a.name.cmp(&b.name));
    Ok((objects, unreadable))
}

fn folder(path: &Path, objects: &mut Vec<Object>, unreadable: &mut Vec<Unreadable>) {
    let walk = WalkBuilder::new(path)
        .standard_filters(false)
        .add_custom_ignore_filename(IGNORE_FILE)
        .follow_links(true)
        .build();
    for entry in walk {
        match entry {
            Ok(entry) => {
                if let Some(e) = entry.error() {
                    // More is read than was wanted, so nothing is lost.
                    console::say(&format!("warning: {e}; this line is not heeded"));
                }
                let is_file = entry.file_type().is_some_and(|t| t.is_file());
                if is_file && entry.file_name() != IGNORE_FILE {
                    let len = entry.metadata().map_or(0, |m| m.len());
                    objects.push(file(entry.path(), len, false));
                }
            }
            Err(e) => unreadable.push(Unreadable::new(path, e)),
        }
    }
}

fn file(path: &Path, len: u64, given: bool) -> Object {
    Object {
        name: path.to_string_lossy().into_owned(),
        from: From::File(path.to_owned()),
        len,
        given,
    }
}
