//! Lists folders of this machine.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::time::UNIX_EPOCH;

use flowtrail_event::EventTime;
use ignore::{DirEntry, WalkBuilder, WalkState};

use super::object::{Folder, Odd};
use super::{ListError, ListSettings, Listing, LogObject, NotListed, NotListedKind};
use crate::layout::{Facts, Wanted};

/// A file in a folder that says which names to leave out.
pub const IGNORE_FILE: &str = ".flowtrailignore";

pub(super) async fn list(
    source: usize,
    path: &Path,
    wanted: &Wanted,
    settings: &ListSettings,
) -> Result<Listing, ListError> {
    let (path, wanted, settings) = (path.to_owned(), wanted.clone(), settings.clone());
    let name = path.to_string_lossy().into_owned();
    let walk = move || walk(source, &path, wanted, &settings);
    let walked = tokio::task::spawn_blocking(walk).await;
    walked.unwrap_or_else(|broken| {
        Err(ListError {
            name,
            reason: broken.to_string(),
            hint: "the listing was cut off; run it again",
        })
    })
}

fn walk(
    source: usize,
    path: &Path,
    wanted: Wanted,
    settings: &ListSettings,
) -> Result<Listing, ListError> {
    let meta = path.metadata().map_err(|e| ListError {
        name: path.to_string_lossy().into_owned(),
        reason: reason(&e),
        hint: "give log files, folders of them, or `-` for standard input",
    })?;
    if meta.is_dir() {
        return Ok(folder(source, path, wanted, settings));
    }
    settings.met.fetch_add(1, Ordering::Relaxed);
    let mut object = file(path, &parent(source, path));
    object.size = meta.len();
    object.modified = meta.modified().ok().and_then(instant);
    object.given = true;
    Ok(Listing {
        objects: vec![object],
        ..Listing::default()
    })
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

fn folder(source: usize, root: &Path, wanted: Wanted, settings: &ListSettings) -> Listing {
    if !wanted.may_hold(&root.to_string_lossy()) {
        return Listing::of_pruned(&root.to_string_lossy(), &wanted);
    }
    let mut listing = Listing::default();
    let wanted = Arc::new(wanted);
    let (send, met) = channel();
    let (for_folders, turned_back) = (wanted.clone(), send.clone());
    let walk = WalkBuilder::new(root)
        .standard_filters(false)
        .add_custom_ignore_filename(IGNORE_FILE)
        .follow_links(true)
        .threads(settings.threads.max(1))
        .filter_entry(move |entry| {
            let is_folder = entry.file_type().is_some_and(|t| t.is_dir());
            let goes_on = !is_folder || for_folders.may_hold(&entry.path().to_string_lossy());
            if !goes_on {
                // The receiver outlives the walk.
                let path = entry.path().to_string_lossy();
                let too_late = for_folders.is_too_late(&Facts::of_folder(&path));
                let _sent = turned_back.send(Met::PrunedFolder { too_late });
            }
            goes_on
        })
        .build_parallel();
    walk.run(|| {
        let mut visitor = Visitor {
            source,
            root,
            wanted: wanted.clone(),
            count: settings.met.clone(),
            last: None,
            send: send.clone(),
        };
        Box::new(move |entry| visitor.visit(entry))
    });
    drop(send);
    for met in met {
        match met {
            Met::Object(object) => listing.objects.push(object),
            Met::Not(not) => listing.not_listed.push(not),
            Met::Warning(warning) => listing.warnings.push(warning),
            Met::PrunedFolder { too_late } => {
                listing.pruned_folders += 1;
                listing.too_late += u64::from(too_late);
            }
            Met::Pruned { too_late } => {
                listing.pruned_objects += 1;
                listing.too_late += u64::from(too_late);
            }
        }
    }
    listing
}

/// One thread of a walk.
struct Visitor<'w> {
    source: usize,
    root: &'w Path,
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
        if entry.file_name() == IGNORE_FILE {
            return;
        }
        self.count.fetch_add(1, Ordering::Relaxed);
        let path = entry.path().to_string_lossy();
        if !self.wanted.admits(&path) {
            let too_late = self.wanted.is_too_late(&Facts::of_key(&path));
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
        let folder = parent(self.source, path);
        self.last = Some((parent_path.to_owned(), folder.clone()));
        folder
    }

    fn tell(&self, met: Met) {
        // The receiver outlives the walk.
        let _sent = self.send.send(met);
    }
}

/// The folder of a file, with the slash that stands in front of its name.
fn parent(source: usize, path: &Path) -> Arc<Folder> {
    let text = path.to_string_lossy();
    let end = text.rfind('/').map_or(0, |slash| slash + 1);
    Arc::new(Folder {
        source,
        root: "".into(),
        path: text.get(..end).unwrap_or("").to_owned(),
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
