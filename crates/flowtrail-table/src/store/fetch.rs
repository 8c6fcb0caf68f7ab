//! Opens objects one after the other, some of them fetched ahead.
//!
//! Most objects of a trail have a few kilobytes, and a bucket takes tens of
//! milliseconds for each: whoever asks for the next one only after having read
//! this one waits nearly all the time. So small objects are asked for side by
//! side and held whole, as many as [`ReadAhead`] allows; a large one is streamed
//! when its turn comes, while the ones behind it are fetched.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::sync::Arc;

use bytes::{Buf as _, Bytes};
use futures_util::StreamExt as _;
use object_store::path::Path;
use object_store::{Error, GetResult, ObjectStore, ObjectStoreExt as _};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::{LogObject, Source};

/// Pieces of a streamed object that wait for their reader. A piece is what came
/// in one go, some ten to hundred kilobytes.
const PIECES: usize = 16;

/// How much is fetched ahead, for one worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadAhead {
    /// Objects under way or held.
    pub objects: usize,
    /// Bytes of them, as stored. The next object is asked for as long as there
    /// are fewer.
    pub bytes: u64,
    /// Larger objects are streamed and not held.
    pub whole_max: u64,
}

impl Default for ReadAhead {
    /// 64 objects of 2 KB in 30 ms are what one core can parse in that time;
    /// 16 MiB for each worker stay a small part of the memory of a query; an
    /// object above 2 MiB keeps its reader busy for longer than it takes to ask
    /// for the next one.
    fn default() -> Self {
        Self {
            objects: 64,
            bytes: 16 << 20,
            whole_max: 2 << 20,
        }
    }
}

/// An object and its bytes as stored, or why they cannot be had: gone since it
/// was listed (`NotFound`), refused (`PermissionDenied`), anything else.
pub type Fetched = (LogObject, io::Result<Box<dyn Read + Send>>);

/// Opens its objects in their order. For a thread that may block, and outside
/// of the runtime's own threads: one of `spawn_blocking`, or any other.
///
/// What is under way is given up when it is dropped.
pub struct Fetcher {
    sources: Arc<[Source]>,
    waiting: std::vec::IntoIter<LogObject>,
    ahead: VecDeque<Next>,
    /// Bytes under way or held.
    held: u64,
    limits: ReadAhead,
    runtime: Handle,
    /// Says of which objects nothing is wanted, before they are asked for.
    passes_over: Option<PassesOver>,
}

/// See [`Fetcher::passing_over`].
type PassesOver = Box<dyn FnMut(&LogObject) -> bool + Send>;

/// An object whose turn will come.
struct Next {
    object: LogObject,
    /// If it is fetched ahead.
    task: Option<JoinHandle<Result<Body, Error>>>,
}

enum Body {
    Whole(Bytes),
    Stream(GetResult),
}

impl Fetcher {
    /// A fetcher of objects that were listed in `sources`. `runtime` fetches.
    #[must_use]
    pub fn new(
        sources: Arc<[Source]>,
        objects: Vec<LogObject>,
        limits: ReadAhead,
        runtime: Handle,
    ) -> Self {
        Self {
            sources,
            waiting: objects.into_iter(),
            ahead: VecDeque::new(),
            held: 0,
            limits,
            runtime,
            passes_over: None,
        }
    }

    /// The same fetcher that leaves out objects of which this is true when their
    /// turn comes to be asked for.
    #[must_use]
    pub fn passing_over(
        mut self,
        passes_over: impl FnMut(&LogObject) -> bool + Send + 'static,
    ) -> Self {
        self.passes_over = Some(Box::new(passes_over));
        self
    }

    /// Asks for what comes next, as far as there is room.
    fn ask(&mut self) {
        while self.ahead.len() < self.limits.objects.max(1)
            && (self.ahead.is_empty() || self.held < self.limits.bytes)
        {
            let Some(object) = self.waiting.next() else {
                return;
            };
            if self.passes_over.as_mut().is_some_and(|over| over(&object)) {
                continue;
            }
            let place = self.in_bucket(&object);
            let task = place
                .filter(|_| object.size() <= self.limits.whole_max)
                .map(|(store, places)| {
                    self.held += object.size();
                    self.runtime
                        .spawn(fetch(store, places, self.limits.whole_max))
                });
            self.ahead.push_back(Next { object, task });
        }
    }

    /// The store of an object and where it may lie there: one place but for a
    /// file that a manifest names.
    fn in_bucket(&self, object: &LogObject) -> Option<(Arc<dyn ObjectStore>, Vec<Path>)> {
        if let Some(part) = object.part() {
            return Some((Arc::clone(part.dest().store()), part.places().to_vec()));
        }
        match self.sources.get(object.source())? {
            Source::Bucket(bucket) => Some((bucket.store().clone(), vec![object.location()?])),
            Source::Local(_) | Source::Stdin => None,
        }
    }

    fn open(&self, object: &LogObject) -> io::Result<Box<dyn Read + Send>> {
        if object.is_stdin() {
            return Ok(Box::new(io::stdin()));
        }
        if object.part().is_none()
            && let Some(path) = object.file()
        {
            return Ok(Box::new(File::open(path)?));
        }
        let Some((store, places)) = self.in_bucket(object) else {
            let message = format!("`{object}` is in none of the sources");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        };
        // Nothing is held: the answer is a stream, however short.
        let body = self.runtime.block_on(fetch(store, places, 0));
        self.read(body)
    }

    fn read(&self, body: Result<Body, Error>) -> io::Result<Box<dyn Read + Send>> {
        match body.map_err(in_words)? {
            Body::Whole(bytes) => Ok(Box::new(Cursor::new(bytes))),
            Body::Stream(answer) => Ok(Box::new(Pieces::new(answer, &self.runtime))),
        }
    }
}

impl Iterator for Fetcher {
    type Item = Fetched;

    fn next(&mut self) -> Option<Fetched> {
        self.ask();
        let Next { object, task } = self.ahead.pop_front()?;
        let Some(task) = task else {
            let opened = self.open(&object);
            return Some((object, opened));
        };
        let body = self.runtime.block_on(task);
        self.held = self.held.saturating_sub(object.size());
        // The place in the row is free while this one is being read.
        self.ask();
        let read = match body {
            Ok(body) => self.read(body),
            Err(broken) => Err(io::Error::other(broken)),
        };
        Some((object, read))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.waiting.len() + self.ahead.len();
        let least = if self.passes_over.is_some() { 0 } else { left };
        (least, Some(left))
    }
}

impl Drop for Fetcher {
    fn drop(&mut self) {
        for task in self.ahead.iter().filter_map(|n| n.task.as_ref()) {
            task.abort();
        }
    }
}

/// Gets an object from the first of its places where it is, whole if it has no
/// more than `whole_max` bytes.
async fn fetch(
    store: Arc<dyn ObjectStore>,
    places: Vec<Path>,
    whole_max: u64,
) -> Result<Body, Error> {
    let mut places = places.into_iter().peekable();
    let answer = loop {
        let at = places.next().unwrap_or_default();
        match store.get(&at).await {
            Err(Error::NotFound { .. }) if places.peek().is_some() => {}
            answer => break answer?,
        }
    };
    // It may be another one than was listed.
    if answer.meta.size > whole_max {
        return Ok(Body::Stream(answer));
    }
    answer.bytes().await.map(Body::Whole)
}

/// What a store said, for a person who knows which object it is about.
fn in_words(error: Error) -> io::Error {
    if matches!(error, Error::NotFound { .. }) {
        tracing::debug!(%error, "an object is gone");
        let words = "it was there when it was listed, and is not any more";
        return io::Error::new(io::ErrorKind::NotFound, words);
    }
    let denied = matches!(
        error,
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. }
    );
    let kind = if denied {
        io::ErrorKind::PermissionDenied
    } else {
        io::ErrorKind::Other
    };
    io::Error::new(kind, said(&error))
}

/// The cause in one line: what object stores put around it names the path once
/// more, and hints are for whoever can act on one object.
pub(crate) fn said(error: &Error) -> String {
    let cause = std::error::Error::source(error);
    let text = cause.map_or_else(|| error.to_string(), ToString::to_string);
    text.lines().next().unwrap_or("").to_owned()
}

/// Reads a stream that a task of the runtime keeps a few pieces ahead.
struct Pieces {
    pieces: mpsc::Receiver<io::Result<Bytes>>,
    piece: Bytes,
    pump: JoinHandle<()>,
}

impl Pieces {
    fn new(answer: GetResult, runtime: &Handle) -> Self {
        let (send, pieces) = mpsc::channel(PIECES);
        let mut stream = answer.into_stream();
        let pump = runtime.spawn(async move {
            while let Some(piece) = stream.next().await {
                let piece = piece.map_err(in_words);
                let ends = piece.is_err();
                if send.send(piece).await.is_err() || ends {
                    return;
                }
            }
        });
        Self {
            pieces,
            piece: Bytes::new(),
            pump,
        }
    }
}

impl Read for Pieces {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.pieces.blocking_recv() {
                Some(piece) => self.piece = piece?,
                None => return Ok(0),
            }
        }
        let len = self.piece.len().min(room.len());
        if let Some(room) = room.get_mut(..len) {
            self.piece.copy_to_slice(room);
        }
        Ok(len)
    }
}

impl Drop for Pieces {
    fn drop(&mut self) {
        self.pump.abort();
    }
}
