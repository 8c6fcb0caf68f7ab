//! Lists buckets: folder by folder as far down as names can turn it back.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use flowtrail_event::EventTime;
use futures_util::TryStreamExt as _;
use object_store::path::Path;
use object_store::{Error, ObjectMeta, ObjectStoreExt as _};
use tokio::task::JoinSet;

use super::object::{Folder, Odd};
use super::place::{Place, TABLE};
use super::{Bucket, ListError, ListSettings, Listing, LogObject, NotListed, NotListedKind, fetch};
use crate::compact::{Destination, OWN};
use crate::layout::{Facts, Wanted, begins};

/// What is needed to ask for a folder.
struct Descent {
    source: usize,
    /// Where in a key the names begin that tell what lies below.
    begins: usize,
    bucket: Bucket,
    wanted: Wanted,
    settings: ListSettings,
}

/// What the answer for one folder was.
struct Answer {
    folder: Path,
    found: Listing,
    below: Vec<Path>,
    /// What ended it early.
    failed: Option<Error>,
    /// A compacted place of which nothing can be said.
    lost: Option<ListError>,
}

pub(super) async fn list(
    source: usize,
    bucket: &Bucket,
    wanted: &Wanted,
    settings: &ListSettings,
) -> Result<Listing, ListError> {
    let descent = Arc::new(Descent {
        source,
        begins: begins(&(bucket.key_of)(&bucket.prefix)),
        bucket: bucket.clone(),
        wanted: wanted.clone(),
        settings: settings.clone(),
    });
    if let Some(place) = descent.inside()
        && let Some(listing) = place.list(wanted, settings).await?
    {
        return Ok(listing);
    }
    let root = (bucket.key_of)(&bucket.prefix);
    let told = descent.told(&root);
    if !wanted.may_hold(told) {
        // The paths in a compacted place decide, whatever it lies in.
        let place = descent.place(bucket.prefix.clone(), String::new());
        let held = place.list(wanted, settings).await?;
        return Ok(held.unwrap_or_else(|| Listing::of_pruned(told, wanted)));
    }
    let first = descent.clone().folder(bucket.prefix.clone()).await;
    let is_empty = first.below.is_empty()
        && first.found.objects.is_empty()
        && first.found.pruned_folders + first.found.pruned_objects == 0;
    if is_empty
        && !bucket.prefix.is_root()
        && let Some(object) = descent.single().await
    {
        return Ok(object);
    }
    match &first.failed {
        Some(error) if is_empty => Err(refused(bucket, error)),
        None if is_empty && !bucket.prefix.is_root() => Err(ListError {
            name: bucket.to_string(),
            reason: "nothing lies there".to_owned(),
            hint: "give the bucket and the beginning of its keys up to a slash, or one whole key",
        }),
        Some(_) | None => descent.below(first).await,
    }
}

fn refused(bucket: &Bucket, error: &Error) -> ListError {
    let (kind, reason) = words(error);
    ListError {
        name: bucket.to_string(),
        reason,
        hint: match kind {
            NotListedKind::Denied => {
                "s3:ListBucket on the bucket and s3:GetObject on its objects are needed, and kms:Decrypt on its key"
            }
            NotListedKind::Failed
            | NotListedKind::Loop
            | NotListedKind::Special
            | NotListedKind::NotNamed => {
                "name of the bucket, credentials and region are as with other programs of AWS (AWS_PROFILE, AWS_REGION)"
            }
        },
    }
}

/// The sort of an error, and what it says.
fn words(error: &Error) -> (NotListedKind, String) {
    let denied = matches!(
        error,
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. }
    );
    let kind = if denied {
        NotListedKind::Denied
    } else {
        NotListedKind::Failed
    };
    (kind, fetch::said(error))
}

impl Descent {
    /// Goes on from the root, many folders at a time.
    async fn below(self: Arc<Self>, first: Answer) -> Result<Listing, ListError> {
        let mut all = Listing::default();
        let mut waiting = VecDeque::new();
        self.take(first, &mut all, &mut waiting)?;
        let mut asked = JoinSet::new();
        loop {
            while asked.len() < self.settings.side_by_side.max(1) {
                let Some(folder) = waiting.pop_front() else {
                    break;
                };
                asked.spawn(self.clone().folder(folder));
            }
            match asked.join_next().await {
                Some(Ok(answer)) => self.take(answer, &mut all, &mut waiting)?,
                Some(Err(broken)) => all.not_listed.push(NotListed {
                    name: self.bucket.to_string(),
                    reason: broken.to_string(),
                    kind: NotListedKind::Failed,
                }),
                None => return Ok(all),
            }
        }
    }

    fn take(
        &self,
        answer: Answer,
        all: &mut Listing,
        waiting: &mut VecDeque<Path>,
    ) -> Result<(), ListError> {
        if let Some(lost) = answer.lost {
            return Err(lost);
        }
        let listed = answer.found.objects.len();
        all.add(answer.found);
        waiting.extend(answer.below);
        if let Some(error) = answer.failed {
            let (kind, mut reason) = words(&error);
            if listed > 0 {
                reason = format!("{reason} (after {listed} objects, which are read)");
            }
            let key = (self.bucket.key_of)(&answer.folder);
            all.not_listed.push(NotListed {
                name: format!("{}{key}/", self.bucket.root),
                reason,
                kind,
            });
        }
        Ok(())
    }

    /// The compacted place that the prefix lies in, if it may lie in one.
    fn inside(&self) -> Option<Place> {
        let names: Vec<_> = self.bucket.prefix.parts().collect();
        let table = names.iter().position(|n| n.as_ref().starts_with(TABLE))?;
        let root: Path = names.iter().take(table).cloned().collect();
        let below: Vec<_> = names.iter().skip(table).map(AsRef::as_ref).collect();
        let below = format!("{}/", below.join("/"));
        Some(self.place(root, below))
    }

    fn place(&self, root: Path, below: String) -> Place {
        let key = (self.bucket.key_of)(&root);
        let name = format!("{}{key}", self.bucket.root);
        Place {
            source: self.source,
            dest: Destination::bucket(Arc::clone(&self.bucket.store), root, &name),
            root: Arc::clone(&self.bucket.root),
            front: if key.is_empty() {
                key
            } else {
                format!("{}/", key.trim_end_matches('/'))
            },
            below,
        }
    }

    /// Takes from the state of a compacted place what it names, and its tables
    /// from what is to be listed.
    async fn by_manifest(&self, answer: &mut Answer) {
        let place = self.place(answer.folder.clone(), String::new());
        match place.list(&self.wanted, &self.settings).await {
            Ok(None) => {}
            Ok(Some(listing)) => {
                answer.found.add(listing);
                let is_table = |p: &Path| p.filename().is_some_and(|n| n.starts_with(TABLE));
                answer.below.retain(|below| !is_table(below));
            }
            Err(lost) => answer.lost = Some(lost),
        }
    }

    /// The part of a key that tells what lies there.
    fn told<'k>(&self, key: &'k str) -> &'k str {
        key.get(self.begins..).unwrap_or_default()
    }

    /// Asks for one folder: for all below it where nothing could be left out.
    async fn folder(self: Arc<Self>, folder: Path) -> Answer {
        let mut answer = Answer {
            folder,
            found: Listing::default(),
            below: Vec::new(),
            failed: None,
            lost: None,
        };
        let key = (self.bucket.key_of)(&answer.folder);
        if Facts::of_folder(self.told(&key)).is_innermost() {
            self.flat(&mut answer).await;
        } else {
            self.level(&mut answer).await;
        }
        answer
    }

    async fn level(&self, answer: &mut Answer) {
        let store = &self.bucket.store;
        match store.list_with_delimiter(Some(&answer.folder)).await {
            Ok(listed) => {
                self.keep(listed.objects, &mut answer.found);
                let mut has_own = false;
                for below in listed.common_prefixes {
                    // One that is not below would be asked for again, and again.
                    if below.as_ref().len() <= answer.folder.as_ref().len() {
                        continue;
                    }
                    // What `flowtrail compact` keeps beside its files is no log.
                    if below.filename() == Some(OWN) {
                        has_own = true;
                        continue;
                    }
                    let key = (self.bucket.key_of)(&below);
                    let told = self.told(&key);
                    if self.wanted.may_hold(told) {
                        answer.below.push(below);
                    } else {
                        answer.found.prune_folder(told, &self.wanted);
                    }
                }
                if has_own {
                    self.by_manifest(answer).await;
                }
            }
            Err(error) => answer.failed = Some(error),
        }
    }

    async fn flat(&self, answer: &mut Answer) {
        let objects = self.bucket.store.list(Some(&answer.folder));
        let mut pages = objects.try_ready_chunks(1_000);
        loop {
            match pages.try_next().await {
                Ok(Some(page)) => self.keep(page, &mut answer.found),
                Ok(None) => return,
                Err(stopped) => {
                    self.keep(stopped.0, &mut answer.found);
                    answer.failed = Some(stopped.1);
                    return;
                }
            }
        }
    }

    fn keep(&self, objects: Vec<ObjectMeta>, found: &mut Listing) {
        let met = u64::try_from(objects.len()).unwrap_or(u64::MAX);
        self.settings.met.fetch_add(met, Ordering::Relaxed);
        let mut folder = found.objects.last().map(|o| o.folder.clone());
        for meta in objects {
            let key = (self.bucket.key_of)(&meta.location);
            let told = self.told(&key);
            if self.wanted.admits(told) {
                found.objects.push(self.object(meta, &key, &mut folder));
            } else {
                found.prune_object(told, &self.wanted);
            }
        }
    }

    /// Objects of one folder share it; they come one after the other.
    fn object(&self, meta: ObjectMeta, key: &str, last: &mut Option<Arc<Folder>>) -> LogObject {
        let (path, file) = key.split_at(key.rfind('/').map_or(0, |slash| slash + 1));
        let folder = match last {
            Some(folder) if folder.path == path => folder.clone(),
            Some(_) | None => last
                .insert(Arc::new(Folder {
                    source: self.source,
                    root: self.bucket.root.clone(),
                    path: path.to_owned(),
                    begins: self.begins,
                }))
                .clone(),
        };
        let is_odd = key != meta.location.as_ref();
        LogObject {
            folder,
            file: file.into(),
            odd: is_odd.then(|| Box::new(Odd::Location(meta.location))),
            size: meta.size,
            given: false,
            modified: Some(EventTime(meta.last_modified.timestamp_millis())),
            etag: meta
                .e_tag
                .filter(|_| self.settings.etags)
                .map(String::into_boxed_str),
        }
    }

    /// The prefix as the key of one object.
    async fn single(&self) -> Option<Listing> {
        let meta = match self.bucket.store.head(&self.bucket.prefix).await {
            Ok(meta) => meta,
            Err(error) => {
                tracing::debug!(%error, "the prefix is no object, either");
                return None;
            }
        };
        let key = (self.bucket.key_of)(&meta.location);
        let mut object = self.object(meta, &key, &mut None);
        object.given = true;
        Some(Listing {
            objects: vec![object],
            ..Listing::default()
        })
    }
}
