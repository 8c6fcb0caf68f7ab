//! A store that fails at each of its calls in turn, once or from then on.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

use super::super::{CompactError, Destination, Manifest};
use super::support::*;
use crate::store::Bucket;
use crate::{ListSettings, Source, Wanted, list};

/// How the store fails from call `at` on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Failing {
    /// This call only.
    Once,
    /// This one and all after it: the process is gone.
    Dead,
    /// This one, but it did what was asked: the answer was lost.
    Unheard,
    /// None; but each file is put twice, as a client does that did not hear the
    /// first answer, and tells the second.
    Repeated,
    /// None; but states are refused, and there is none.
    Refused,
}

#[derive(Debug)]
struct Faulty {
    inner: Arc<InMemory>,
    calls: AtomicU64,
    at: u64,
    how: Failing,
}

impl fmt::Display for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("faulty")
    }
}

fn down() -> Error {
    Error::Generic {
        store: "faulty",
        source: "the store is down".into(),
    }
}

impl Faulty {
    /// Whether this call does what is asked, and whether it says so.
    fn call(&self) -> (bool, bool) {
        let n = self.calls.fetch_add(1, Ordering::SeqCst);
        match self.how {
            Failing::Once if n == self.at => (false, false),
            Failing::Dead if n >= self.at => (false, false),
            Failing::Unheard if n == self.at => (true, false),
            Failing::Once
            | Failing::Dead
            | Failing::Unheard
            | Failing::Repeated
            | Failing::Refused => (true, true),
        }
    }

    async fn tried<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let (done, heard) = self.call();
        if !done {
            return Err(down());
        }
        let result = work.await;
        if heard { result } else { Err(down()) }
    }
}

#[async_trait::async_trait]
impl ObjectStore for Faulty {
    async fn put_opts(&self, at: &Path, bytes: PutPayload, how: PutOptions) -> Result<PutResult> {
        if self.how == Failing::Repeated {
            let _ = self.inner.put_opts(at, bytes.clone(), how.clone()).await;
        }
        if self.how == Failing::Refused && at.as_ref().contains("/manifest/") {
            return Err(Error::AlreadyExists {
                path: at.to_string(),
                source: "somebody is writing it".into(),
            });
        }
        self.tried(self.inner.put_opts(at, bytes, how)).await
    }

    async fn put_multipart_opts(
        &self,
        at: &Path,
        how: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.tried(self.inner.put_multipart_opts(at, how)).await
    }

    async fn get_opts(&self, at: &Path, how: GetOptions) -> Result<GetResult> {
        self.tried(self.inner.get_opts(at, how)).await
    }

    async fn get_ranges(&self, at: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.tried(self.inner.get_ranges(at, ranges)).await
    }

    fn delete_stream(
        &self,
        paths: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        let (done, heard) = self.call();
        if !done {
            return stream::iter([Err(down())]).boxed();
        }
        let gone = self.inner.delete_stream(paths);
        if heard {
            gone
        } else {
            gone.and_then(async |_| Err(down())).boxed()
        }
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        if self.call() == (true, true) {
            self.inner.list(prefix)
        } else {
            stream::iter([Err(down())]).boxed()
        }
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.tried(self.inner.list_with_delimiter(prefix)).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, how: CopyOptions) -> Result<()> {
        self.tried(self.inner.copy_opts(from, to, how)).await
    }
}

fn first() -> Logs {
    Logs::of(&[
        (
            "a.json",
            trail(&[
                event(1, "2026-03-01T10:00:00Z", ""),
                event(2, "2026-03-02T10:00:00Z", ""),
            ]),
        ),
        ("b.json", trail(&[event(3, "2026-03-01T11:00:00Z", "")])),
    ])
}

/// Late records for both days, a copy, and a third day.
fn second() -> Logs {
    let mut all = first();
    let more = [
        event(4, "2026-03-01T10:30:00Z", ""),
        event(5, "2026-03-02T10:00:00Z", ""),
        event(6, "2026-03-03T10:00:00Z", ""),
        event(1, "2026-03-01T10:00:00Z", ""),
    ];
    all.0
        .insert("c.json".to_owned(), Some(trail(&more[..2]).into_bytes()));
    all.0
        .insert("d.json".to_owned(), Some(trail(&more[2..]).into_bytes()));
    all
}

/// A destination with the first logs in it.
async fn begun() -> Arc<InMemory> {
    let store = Arc::new(InMemory::new());
    compact(&first(), &over(store.clone()), options())
        .await
        .unwrap();
    store
}

fn faulty(inner: &Arc<InMemory>, at: u64, how: Failing) -> (Destination, Arc<Faulty>) {
    let store = Arc::new(Faulty {
        inner: Arc::clone(inner),
        calls: AtomicU64::new(0),
        at,
        how,
    });
    (over(store.clone()), store)
}

#[tokio::test(flavor = "multi_thread")]
async fn whichever_call_fails_the_next_run_makes_it_whole() {
    let mut options = options();
    options.round_objects = 1;
    let (dest, store) = faulty(&begun().await, u64::MAX, Failing::Once);
    compact(&second(), &dest, options.clone()).await.unwrap();
    let calls = store.calls.load(Ordering::SeqCst);
    assert!(calls > 30, "{calls}");
    let (old, all) = (expected(&first()), expected(&second()));
    for how in [Failing::Once, Failing::Dead, Failing::Unheard] {
        for at in 0..calls {
            let inner = begun().await;
            let (dest, _) = faulty(&inner, at, how);
            let _ = compact(&second(), &dest, options.clone()).await;
            let sound = over(inner.clone());
            // Whoever goes by the manifest sees one state or the other; whoever
            // lists files misses nothing that was there.
            let state = rows(&sound).await;
            let once = state.windows(2).all(|w| w[0] != w[1]);
            assert!(once && state.len() >= old.len(), "{how:?} {at}");
            let listed = foreign_rows(&sound).await;
            assert!(old.iter().all(|row| listed.contains(row)), "{how:?} {at}");
            assert!(listed.iter().all(|row| all.contains(row)), "{how:?} {at}");
            compact(&second(), &sound, options.clone()).await.unwrap();
            assert_holds(&sound, &second()).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn old_states_are_forgotten_and_leftovers_swept() {
    let store = begun().await;
    let dest = over(store);
    let mut logs = first();
    for n in 10..40 {
        let text = trail(&[event(n, "2026-03-05T10:00:00Z", "")]);
        logs.0.insert(format!("{n}.json"), Some(text.into_bytes()));
        compact(&logs, &dest, options()).await.unwrap();
    }
    assert_holds(&dest, &logs).await;
    let kept = dest.list("_flowtrail/manifest").await.unwrap().len();
    assert!(kept <= 11, "{kept}");
    let manifest = Manifest::load(&dest).await.unwrap();
    assert_eq!(manifest.generation, 31);
    assert_eq!(dest.list("_flowtrail/staged").await.unwrap(), []);
    let ledger = dest.list("_flowtrail/ledger").await.unwrap().len();
    assert_eq!(ledger, manifest.ledger.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_its_own_that_is_there_already_is_no_contradiction() {
    let inner = begun().await;
    let (dest, _) = faulty(&inner, u64::MAX, Failing::Repeated);
    compact(&second(), &dest, options()).await.unwrap();
    assert_holds(&over(inner), &second()).await;
    // Another one of that name is.
    let path = "_flowtrail/staged/x";
    dest.create_own(path, "other".into()).await.unwrap();
    let taken = dest.create_own(path, "longer".into()).await;
    assert!(matches!(taken, Err(CompactError::Taken { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_thrown_away_while_nobody_knows_whether_a_state_holds() {
    let inner = begun().await;
    let (dest, _) = faulty(&inner, u64::MAX, Failing::Refused);
    let failed = compact(&second(), &dest, options()).await.unwrap_err();
    assert!(matches!(failed, CompactError::Undecided { .. }), "{failed}");
    let sound = over(inner);
    assert!(!sound.list("_flowtrail/staged").await.unwrap().is_empty());
    let ledger = sound.list("_flowtrail/ledger").await.unwrap().len();
    assert_eq!(ledger, 2);
    compact(&second(), &sound, options()).await.unwrap();
    assert_holds(&sound, &second()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_the_last_state_that_is_nowhere_is_missed() {
    let dest = over(begun().await);
    let manifest = Manifest::load(&dest).await.unwrap();
    let lost = &manifest.parts[0].path;
    dest.delete(std::slice::from_ref(lost)).await.unwrap();
    let failed = compact(&first(), &dest, options()).await.unwrap_err();
    assert!(matches!(failed, CompactError::Missing { .. }), "{failed}");
    assert!(failed.to_string().contains(lost), "{failed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prefix_is_a_key_as_it_is() {
    for prefix in ["sécurité", "~x", "50%", "a b/%C3%A9", "[1]#?"] {
        let store = Arc::new(InMemory::new());
        let at = Path::parse(prefix).unwrap();
        let dest = Destination::bucket(store.clone(), at.clone(), "mem://out");
        compact(&first(), &dest, options()).await.unwrap();
        assert_holds(&dest, &first()).await;
        let all: Vec<_> = store.list(None).try_collect().await.unwrap();
        assert!(
            all.iter().all(|meta| meta.location.prefix_matches(&at)),
            "{all:?}"
        );
        let source = [Source::Bucket(Bucket::below(store, "b", at))];
        let listing = list(&source, &Wanted::default(), &ListSettings::default())
            .await
            .unwrap();
        let parts = Manifest::load(&dest).await.unwrap().parts.len();
        assert_eq!(listing.objects.len(), parts, "{prefix}");
    }
}
