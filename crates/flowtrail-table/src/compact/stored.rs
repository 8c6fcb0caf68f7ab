//! Raw logs as they are listed, as objects to take in.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use tokio::runtime::Handle;

use super::ledger::{Mark, mark};
use super::{Opened, SourceObject, Sources};
use crate::{Fetcher, LogObject, ReadAhead, Source};

/// Objects of a listing, opened with some fetched ahead.
pub struct StoredLogs {
    sources: Arc<[Source]>,
    /// By what is left of their ids: whole ones stand with those who ask.
    objects: HashMap<Mark, LogObject>,
    runtime: Handle,
}

impl StoredLogs {
    /// The objects of a listing of `sources`, but for standard input, which has
    /// no name to be known by. `runtime` fetches.
    #[must_use]
    pub fn new(
        sources: Arc<[Source]>,
        listed: Vec<LogObject>,
        runtime: Handle,
    ) -> (Self, Vec<SourceObject>) {
        let mut objects = HashMap::with_capacity(listed.len());
        let mut all = Vec::with_capacity(listed.len());
        for log in listed {
            let Some(object) = object(&log) else {
                continue;
            };
            objects.insert(mark_of(&object), log);
            all.push(object);
        }
        let logs = Self {
            sources,
            objects,
            runtime,
        };
        (logs, all)
    }
}

/// What tells a log from all others, however it was reached.
fn object(log: &LogObject) -> Option<SourceObject> {
    if log.is_stdin() {
        return None;
    }
    let id = match log.file() {
        Some(path) => absolute(&path),
        None => log.name(),
    };
    let modified = log.modified().map(|m| m.0.to_string());
    let place = log.place();
    Some(SourceObject {
        id,
        name: log.name(),
        bytes: log.size(),
        version: log
            .etag()
            .map(str::to_owned)
            .or(modified)
            .unwrap_or_default(),
        account: place.account,
        region: place.region,
        day: place.day.map(|d| d.to_string()).unwrap_or_default(),
        given: log.is_given(),
    })
}

fn mark_of(object: &SourceObject) -> Mark {
    mark(&object.id, 0, "")
}

fn absolute(path: &Path) -> String {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    path.to_string_lossy().into_owned()
}

impl Sources for StoredLogs {
    fn open(&self, objects: Vec<SourceObject>) -> Box<dyn Iterator<Item = Opened> + Send + '_> {
        let known = |object: SourceObject| {
            let log = self.objects.get(&mark_of(&object))?.clone();
            Some((object, log))
        };
        let (objects, logs): (Vec<_>, Vec<_>) = objects.into_iter().filter_map(known).unzip();
        let sources = Arc::clone(&self.sources);
        let fetcher = Fetcher::new(sources, logs, ReadAhead::default(), self.runtime.clone());
        // A fetcher opens its objects in their order.
        Box::new(objects.into_iter().zip(fetcher.map(|(_, opened)| opened)))
    }
}
