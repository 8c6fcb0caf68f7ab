//! Lists folders of this machine.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::UNIX_EPOCH;

use flowtrail_event::EventTime;
use ignore::{DirEntry, WalkBuilder, WalkState};

use super::object::{Folder, Odd};
use super::place::{Place, TABLE};
use super::{ListError, ListSettings, Listing, LogObject, NotListed, NotListedKind};
use crate::compact::{Destination, OWN, generation_of};
use crate::layout::{Facts, Wanted, begins};

/// A file in a folder that says which names to leave out.
pub const IGNORE_FILE: &str = ".flowtrailignore";

pub(super) async fn list(
    source: usize,
    path: &Path,
    wanted: &Wanted,
    settings: &ListSettings,
) -> Result<Listing, ListError> {
    if let Some((root, below)) = inside(path)
        && let Some(listing) = place(source, &root, below)?.list(wanted, settings).await?
    {
        return Ok(listing);
    }
    let name = path.to_string_lossy().into_owned();
    let walk = {
        let (path, wanted, settings) = (path.to_owned(), wanted.clone(), settings.clone());
        move || walk(source, &path, wanted, &settings)
    };
    let walked = tokio::task::spawn_blocking(walk).await;
    let (mut listing, places) = walked.unwrap_or_else(|broken| {
        Err(ListError {
            name,
            reason: broken.to_string(),
            hint: "the listing was cut off; run it again",
        })
    })?;
    for root in places {
        let place = place(source, &root, String::new())?;
        let held = place.list(wanted, settings).await?;
        listing.add(held.unwrap_or_default());
    }
    Ok(listing)
}

/// The compacted place that a folder lies in, and which part of it that is.
fn inside(path: &Path) -> Option<(PathBuf, String)> {
    if !path.is_dir() {
        return None;
    }
    let names: Vec<_> = path.iter().map(|n| n.to_string_lossy()).collect();
    let table = names.iter().position(|n| n.starts_with(TABLE))?;
    let root: PathBuf = path.iter().take(table).collect();
    let below: Vec<_> = names.into_iter().skip(table).collect();
    is_place(&root).then(|| (root, format!("{}/", below.join("/"))))
}

/// Whether a folder holds a state of compacted logs.
fn is_place(folder: &Path) -> bool {
    let states = folder.join(OWN).join("manifest");
    let is_state = |e: io::Result<std::fs::DirEntry>| {
        e.is_ok_and(|e| generation_of(&e.file_name().to_string_lossy()).is_some())
    };
    std::fs::read_dir(states).is_ok_and(|mut states| states.any(is_state))
}

fn place(source: usize, root: &Path, below: String) -> Result<Place, ListError> {
    let text = root.to_string_lossy();
    let here = text.is_empty();
    let folder = if here { Path::new(".") } else { root };
    let dest = Destination::to_look_at(folder).map_err(|e| ListError {
        name: text.clone().into_owned(),
        reason: e.to_string(),
        hint: "give log files, folders of them, or `-` for standard input",
    })?;
    Ok(Place {
        source,
        dest,
        root: "".into(),
        front: match (here, text.ends_with('/')) {
            (true, _) => String::new(),
            (false, true) => text.into_owned(),
            (false, false) => format!("{text}/"),
        },
        below,
    })
}

fn walk(
    source: usize,
    path: &Path,
    wanted: Wanted,
    settings: &ListSettings,
) -> Result<(Listing, Vec<PathBuf>), ListError> {
    let meta = path.metadata().map_err(|e| ListError {
        name: path.to_string_lossy().into_owned(),
        reason: reason(&e),
        hint: "give log files, folders of them, or `-` for standard input",
    })?;
    if meta.is_dir() {
        return Ok(folder(source, path, wanted, settings));
    }
    settings.met.fetch_add(1, Ordering::Relaxed);
    let begins = begins(&path.to_string_lossy());
    let mut object = file(path, &parent(source, begins, path));
    object.size = meta.len();
    object.modified = meta.modified().ok().and_then(instant);
    object.given = true;
    let listing = Listing {
        objects: vec![object],
        ..Listing::default()
    };
    Ok((listing, Vec::new()))
}

/// What a thread met.
enum Met {
    Object(LogObject),
    Not(NotListed),
    Warning(String),
    /// A folder that its path leaves out.
    PrunedFolder {
        too_late: bool,
    },
    /// An object that its name leaves out.
    Pruned {
        too_late: bool,
    },
}

impl Met {
    fn join(self, listing: &mut Listing) {
        match self {
            Self::Object(object) => listing.objects.push(object),
            Self::Not(not) => listing.not_listed.push(not),
            Self::Warning(warning) => listing.warnings.push(warning),
            Self::PrunedFolder { too_late } => {
                listing.pruned_folders += 1;
                listing.too_late += u64::from(too_late);
            }
            Self::Pruned { too_late } => {
                listing.pruned_objects += 1;
                listing.too_late += u64::from(too_late);
            }
        }
    }
}

/// What lies in a folder, and the compacted places in it, whose tables were not
/// looked into.
fn folder(
    source: usize,
    root: &Path,
    wanted: Wanted,
    settings: &ListSettings,
) -> (Listing, Vec<PathBuf>) {
    let path = root.to_string_lossy();
    let begins = begins(&path);
    let below = told(&path, begins);
    if !wanted.may_hold(below) {
        if is_place(root) {
            // The paths in a compacted place decide, whatever it lies in.
            return (Listing::default(), vec![root.to_owned()]);
        }
        return (Listing::of_pruned(below, &wanted), Vec::new());
    }
    let mut listing = Listing::default();
    let wanted = Arc::new(wanted);
    let (send, met) = channel();
    let places = Arc::new(Mutex::new(BTreeSet::new()));
    let (for_folders, turned_back) = (wanted.clone(), send.clone());
    let found = Arc::clone(&places);
    let note = move |folder: &Path| {
        let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
        found.insert(folder.to_owned());
    };
    if is_place(root) {
        note(root);
    }
    let walk = WalkBuilder::new(root)
        .standard_filters(false)
        .add_custom_ignore_filename(IGNORE_FILE)
        .follow_links(true)
        .threads(settings.threads.max(1))
        .filter_entry(move |entry| {
            let is_folder = entry.file_type().is_some_and(|t| t.is_dir());
            if is_folder && is_place(entry.path()) {
                note(entry.path());
            }
            if is_folder && is_table_of_place(entry.path()) {
                return false;
            }
            if !is_folder {
                return true;
            }
            let path = entry.path().to_string_lossy();
            let told = told(&path, begins);
            let goes_on = for_folders.may_hold(told);
            if !goes_on {
                // The receiver outlives the walk.
                let too_late = for_folders.is_too_late(&Facts::of_folder(told));
                let _sent = turned_back.send(Met::PrunedFolder { too_late });
            }
            goes_on
        })
        .build_parallel();
    walk.run(|| {
        let mut visitor = Visitor {
            source,
            root,
            begins,
            wanted: wanted.clone(),
            count: settings.met.clone(),
            last: None,
            send: send.clone(),
        };
        Box::new(move |entry| visitor.visit(entry))
    });
    drop(send);
    for met in met {
        met.join(&mut listing);
    }
    let mut places = places.lock().unwrap_or_else(PoisonError::into_inner);
    let places = std::mem::take(&mut *places);
    (listing, places.into_iter().collect())
}

/// The part of a path that tells what lies there.
fn told(path: &str, begins: usize) -> &str {
    path.get(begins..).unwrap_or_default()
}

fn is_table_of_place(folder: &Path) -> bool {
    let name = folder.file_name().map(|n| n.to_string_lossy());
    name.is_some_and(|n| n.starts_with(TABLE)) && folder.parent().is_some_and(is_place)
}

/// One thread of a walk.
struct Visitor<'w> {
    source: usize,
    root: &'w Path,
    begins: usize,
    wanted: Arc<Wanted>,
    count: Arc<AtomicU64>,
    last: Option<(PathBuf, Arc<Folder>)>,
    send: Sender<Met>,
}

impl Visitor<'_> {
    fn visit(&mut self, entry: Result<DirEntry, ignore::Error>) -> WalkState {
        match entry {
            Ok(entry) => {
                if let Some(e) = entry.error() {
                    // More is read than was wanted, so nothing is lost.
                    self.tell(Met::Warning(format!("{e}; this line is not heeded")));
                }
                self.entry(&entry);
            }
            Err(e) => self.tell(Met::Not(NotListed::of(self.root, e))),
        }
        WalkState::Continue
    }

    fn entry(&mut self, entry: &DirEntry) {
        let Some(kind) = entry.file_type().filter(|t| !t.is_dir()) else {
            return;
        };
        if !kind.is_file() {
            return self.tell(Met::Not(NotListed {
                name: entry.path().to_string_lossy().into_owned(),
                reason: "neither a file nor a folder".to_owned(),
                kind: NotListedKind::Special,
            }));
        }
        if is_ignore_file(entry.file_name()) {
            return;
        }
        self.count.fetch_add(1, Ordering::Relaxed);
        let path = entry.path().to_string_lossy();
        let told = told(&path, self.begins);
        if !self.wanted.admits(told) {
            let too_late = self.wanted.is_too_late(&Facts::of_key(told));
            return self.tell(Met::Pruned { too_late });
        }
        let folder = self.folder(entry.path());
        let mut object = file(entry.path(), &folder);
        // One that cannot be looked at cannot be opened either, and says so then.
        if let Ok(meta) = entry.metadata() {
            object.size = meta.len();
            object.modified = meta.modified().ok().and_then(instant);
        }
        self.tell(Met::Object(object));
    }

    /// Files of one folder share it; they come one after the other.
    fn folder(&mut self, path: &Path) -> Arc<Folder> {
        let parent_path = path.parent().unwrap_or(Path::new(""));
        if let Some((last, folder)) = &self.last
            && last == parent_path
        {
            return folder.clone();
        }
        let folder = parent(self.source, self.begins, path);
        self.last = Some((parent_path.to_owned(), folder.clone()));
        folder
    }

    fn tell(&self, met: Met) {
        // The receiver outlives the walk.
        let _sent = self.send.send(met);
    }
}

/// Whether it is a file of patterns, or what a compaction is just making one of.
fn is_ignore_file(name: &OsStr) -> bool {
    let unfinished = |name: &str| {
        let rest = name.strip_prefix('.');
        let rest = rest.and_then(|n| n.strip_prefix(IGNORE_FILE));
        rest.is_some_and(|rest| rest.starts_with('.'))
    };
    name == IGNORE_FILE || name.to_str().is_some_and(unfinished)
}

/// The folder of a file, with the slash that stands in front of its name.
fn parent(source: usize, begins: usize, path: &Path) -> Arc<Folder> {
    let text = path.to_string_lossy();
    let end = text.rfind('/').map_or(0, |slash| slash + 1);
    Arc::new(Folder {
        source,
        root: "".into(),
        path: text.get(..end).unwrap_or("").to_owned(),
        begins,
    })
}

fn file(path: &Path, folder: &Arc<Folder>) -> LogObject {
    let text = path.to_string_lossy();
    let name = text.strip_prefix(&*folder.path).unwrap_or(&text);
    LogObject {
        folder: folder.clone(),
        file: name.into(),
        odd: path
            .to_str()
            .is_none()
            .then(|| Box::new(Odd::File(path.to_owned()))),
        size: 0,
        given: false,
        modified: None,
        etag: None,
    }
}

fn instant(time: std::time::SystemTime) -> Option<EventTime> {
    let since = time.duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_millis()).ok().map(EventTime)
}

/// What the file system said, without the number that it says it by.
pub(super) fn reason(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::NotFound {
        return "no such file or folder".to_owned();
    }
    let text = error.to_string();
    let bare = text.split(" (os error").next().unwrap_or(&text);
    let mut chars = bare.chars();
    let first = chars.next().map(|c| c.to_ascii_lowercase());
    first.into_iter().chain(chars).collect()
}
