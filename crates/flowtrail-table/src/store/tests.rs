use std::io::Read as _;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use object_store::ObjectStoreExt as _;
use object_store::memory::InMemory;
use proptest::prelude::*;

use super::*;
use crate::layout::{LogKind, Wanted};
use watched::Watched;

mod beneath;
mod fetching;
mod folders;
mod watched;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
}

fn bucket(store: Arc<dyn ObjectStore>, prefix: &str) -> Source {
    Source::Bucket(Bucket::new(store, "logs", prefix).unwrap())
}

async fn filled<K: AsRef<str>>(keys: impl IntoIterator<Item = K>) -> Arc<Watched> {
    let memory = InMemory::new();
    for key in keys {
        let path = Path::parse(key.as_ref()).unwrap();
        let text = key.as_ref().to_owned();
        memory.put(&path, text.into()).await.unwrap();
    }
    Arc::new(Watched::over(memory))
}

async fn found(sources: &[Source], wanted: &Wanted) -> Listing {
    list(sources, wanted, &ListSettings::default())
        .await
        .unwrap()
}

fn names(listing: &Listing) -> Vec<String> {
    listing.objects.iter().map(LogObject::name).collect()
}

fn trail(account: &str, day: &str, n: u32) -> String {
    format!("AWSLogs/{account}/CloudTrail/us-east-1/2026/03/{day}/{n}.json.gz")
}

fn march_second() -> Wanted {
    let time = |text: &[u8]| flowtrail_event::EventTime::parse(text);
    Wanted {
        since: time(b"2026-03-02T06:00:00Z"),
        until: time(b"2026-03-02T18:00:00Z"),
        lateness: Duration::from_secs(3_600),
        ..Wanted::default()
    }
}

#[tokio::test]
async fn a_bucket_is_listed_where_it_may_hold_something() {
    let mut keys = vec!["readme.txt".to_owned(), "other/x/y.json".to_owned()];
    for account in ["111111111111", "222222222222"] {
        for day in ["01", "02", "03"] {
            keys.extend((0..3).map(|n| trail(account, day, n)));
        }
    }
    let store = filled(&keys).await;
    let source = [bucket(store.clone(), "")];
    let listing = found(&source, &Wanted::default()).await;
    assert_eq!(listing.objects.len(), keys.len());
    assert_eq!(listing.pruned_folders + listing.pruned_objects, 0);

    store.forget();
    let wanted = Wanted {
        accounts: Some(["111111111111".to_owned()].into()),
        logs: Some([LogKind::CloudTrail].into()),
        ..march_second()
    };
    let listing = found(&source, &wanted).await;
    let mut expected: Vec<_> = (0..3)
        .map(|n| format!("s3://logs/{}", trail("111111111111", "02", n)))
        .collect();
    expected.extend([
        "s3://logs/other/x/y.json".into(),
        "s3://logs/readme.txt".into(),
    ]);
    assert_eq!(names(&listing), expected);
    assert_eq!(listing.pruned_folders, 3, "an account and two days");
    let listed = store.listed();
    assert!(
        listed.iter().all(|p| !p.contains("222222222222/")),
        "{listed:?}"
    );
    assert!(listed.iter().all(|p| !p.ends_with("/01")), "{listed:?}");
}

#[tokio::test]
async fn objects_keep_what_was_listed() {
    let store = filled([trail("111111111111", "02", 1)]).await;
    let settings = ListSettings {
        etags: true,
        ..ListSettings::default()
    };
    let source = [bucket(store, "AWSLogs/111111111111/")];
    let listing = list(&source, &Wanted::default(), &settings).await.unwrap();
    let object = &listing.objects[0];
    assert_eq!(object.key(), trail("111111111111", "02", 1));
    assert_eq!(object.location().unwrap().as_ref(), object.key());
    assert_eq!(usize::try_from(object.size()).unwrap(), object.key().len());
    assert!(object.etag().is_some() && object.modified().is_some());
    assert!(object.file().is_none() && !object.is_given() && !object.is_stdin());
    assert_eq!(object.place().region.as_deref(), Some("us-east-1"));
    assert_eq!(settings.met.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_folder_that_is_refused_is_said_so_and_the_rest_is_read() {
    let keys = [
        trail("111111111111", "02", 1),
        trail("222222222222", "02", 1),
    ];
    let mut store = Watched::over(InMemory::new());
    for key in &keys {
        let path = Path::parse(key).unwrap();
        store.inner.put(&path, "x".into()).await.unwrap();
    }
    store.denied = "AWSLogs/111111111111/".into();
    store.broken = "AWSLogs/222222222222/CloudTrail/us-east-1/2026/03/02".into();
    let listing = found(&[bucket(Arc::new(store), "")], &Wanted::default()).await;
    assert!(listing.objects.is_empty());
    let said: Vec<_> = listing
        .not_listed
        .iter()
        .map(|n| (n.name.as_str(), n.reason.as_str(), n.kind))
        .collect();
    assert_eq!(
        said,
        [
            (
                "s3://logs/AWSLogs/111111111111/CloudTrail/",
                "no permission",
                NotListedKind::Denied
            ),
            (
                "s3://logs/AWSLogs/222222222222/CloudTrail/us-east-1/2026/03/02/",
                "slow down",
                NotListedKind::Failed
            ),
        ]
    );
    assert!(said.iter().all(|s| s.2.is_loss()));
}

#[tokio::test]
async fn a_source_that_cannot_be_listed_at_all_is_an_error() {
    let mut store = Watched::over(InMemory::new());
    store.denied = "AWSLogs".into();
    let source = [bucket(Arc::new(store), "AWSLogs")];
    let failed = list(&source, &Wanted::default(), &ListSettings::default()).await;
    let text = failed.unwrap_err().to_string();
    assert!(
        text.starts_with("cannot open `s3://logs/AWSLogs`: no permission\nhint: "),
        "{text}"
    );
    let empty = [bucket(filled(["a/b"]).await, "AWSLog")];
    let failed = list(&empty, &Wanted::default(), &ListSettings::default()).await;
    assert_eq!(failed.unwrap_err().reason, "nothing lies there");
    // An empty bucket is one in which nothing has happened yet.
    let new = [bucket(Arc::new(InMemory::new()), "")];
    assert!(found(&new, &Wanted::default()).await.objects.is_empty());
}

#[tokio::test]
async fn one_object_can_be_named_by_its_key() {
    let key = trail("111111111111", "02", 1);
    let source = [bucket(filled([&key]).await, &key)];
    // Whatever is wanted: it was asked for by its name.
    let listing = found(&source, &Wanted::default()).await;
    assert_eq!(names(&listing), [format!("s3://logs/{key}")]);
    assert!(listing.objects[0].is_given());
}

#[tokio::test]
async fn sources_that_overlap_are_read_once() {
    let store = filled([
        trail("111111111111", "02", 1),
        trail("222222222222", "02", 1),
    ])
    .await;
    let sources = [
        bucket(store.clone(), "AWSLogs/222222222222"),
        Source::Stdin,
        bucket(store, ""),
        Source::Stdin,
    ];
    let listing = found(&sources, &Wanted::default()).await;
    assert_eq!(
        names(&listing),
        [
            format!("s3://logs/{}", trail("222222222222", "02", 1)),
            STDIN.to_owned(),
            format!("s3://logs/{}", trail("111111111111", "02", 1)),
        ]
    );
    assert_eq!(listing.objects[1].source(), 1);
    assert!(listing.objects[1].is_stdin());
}

/// A store with paths for keys that a path cannot be: `_` for an empty name.
#[tokio::test]
async fn keys_are_named_as_the_bucket_has_them() {
    let key_of = |path: &Path| path.as_ref().replace("/_/", "//");
    let stored = format!("logs/_/{}", trail("111111111111", "01", 1));
    let store = filled([stored.clone(), stored.replace("/01/", "/02/")]).await;
    let bucket = Bucket::below(store, "logs", Path::from("logs")).with_keys(key_of);
    let listing = found(&[Source::Bucket(bucket)], &march_second()).await;
    let key = format!("logs//{}", trail("111111111111", "02", 1));
    assert_eq!(names(&listing), [format!("s3://logs/{key}")]);
    let object = &listing.objects[0];
    assert_eq!(
        object.location().unwrap().as_ref(),
        stored.replace("/01/", "/02/")
    );
    assert_eq!((object.key(), listing.pruned_folders), (key, 1));
}

fn keys() -> impl Strategy<Value = Vec<String>> {
    let folder = prop::sample::select(vec![
        "AWSLogs/111111111111/CloudTrail/us-east-1/2026/03/01",
        "AWSLogs/111111111111/CloudTrail/us-east-1/2026/03/02",
        "AWSLogs/111111111111/CloudTrail/us-east-1/2026/03/02/more/below",
        "AWSLogs/o-abc/222222222222/CloudTrail-Digest/eu-west-1/2026/03/02",
        "AWSLogs/222222222222/vpcflowlogs/us-east-1/2026/03/02/07",
        "AWSLogs/222222222222/vpcflowlogs/us-east-1/2026/03/02/20",
        "AWSLogs/222222222222/vpcflowlogs/us-east-1/2026/03/02",
        "AWSLogs/222222222222/Config/us-east-1/2026/3/2",
        "table=cloudtrail/account=111111111111/day=2026-03-02",
        "table=vpcflow/account=111111111111/day=2026-03-03",
        "my own",
        "2026/03/02",
    ]);
    let file = prop::sample::select(vec![
        "111111111111_CloudTrail_us-east-1_20260302T0705Z_x.json.gz",
        "222222222222_vpcflowlogs_us-east-1_fl-1_20260302T2005Z_x.log.gz",
        "part-1.parquet",
    ]);
    prop::collection::vec((folder, file).prop_map(|(d, f)| format!("{d}/{f}")), 1..20)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// A pruned listing of a bucket and of a folder is what filtering all keys
    /// would give, in the same order.
    #[test]
    fn a_pruned_listing_is_exact(
        keys in keys(),
        accounts in any::<bool>(),
        log in prop::option::of(prop::sample::select(vec![
            LogKind::CloudTrail, LogKind::Digest, LogKind::VpcFlow, LogKind::Foreign])),
        in_time in any::<bool>(),
    ) {
        let mut wanted = if in_time { march_second() } else { Wanted::default() };
        wanted.accounts = accounts.then(|| ["111111111111".to_owned()].into());
        wanted.logs = log.map(|l| [l].into());
        let mut expected: Vec<_> = keys.iter().filter(|k| wanted.admits(k)).cloned().collect();
        expected.sort();
        expected.dedup();

        let folder = tempfile::tempdir().unwrap();
        for key in &keys {
            let path = folder.path().join(key);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, key).unwrap();
        }
        runtime().block_on(async {
            let listing = found(&[bucket(filled(&keys).await, "")], &wanted).await;
            let got: Vec<_> = listing.objects.iter().map(LogObject::key).collect();
            prop_assert_eq!(&got, &expected);
            prop_assert!(listing.not_listed.is_empty());

            let local = found(&[Source::Local(folder.path().to_owned())], &wanted).await;
            let root = format!("{}/", folder.path().display());
            let got: Vec<_> = local.objects.iter().map(LogObject::key).collect();
            let got: Vec<_> = got.iter().map(|k| k.strip_prefix(&root).unwrap()).collect();
            prop_assert_eq!(&got, &expected);
            Ok(())
        })?;
    }

    /// Shares are even, whole, and the same again.
    #[test]
    fn shares_are_even(sizes in prop::collection::vec(0_u64..1 << 24, 0..300), groups in 0..20_usize) {
        let objects: Vec<_> = sizes.iter().map(|size| {
            let mut object = LogObject::stdin(0);
            object.size = *size;
            object
        }).collect();
        let shares = share(objects.clone(), groups);
        prop_assert_eq!(shares.len(), groups.max(1));
        prop_assert_eq!(&shares, &share(objects, groups));
        let cost = |o: &LogObject| o.size() + (16 << 10);
        let loads: Vec<u64> = shares.iter().map(|s| s.iter().map(cost).sum()).collect();
        let total: u64 = sizes.iter().map(|s| s + (16 << 10)).sum();
        prop_assert_eq!(loads.iter().sum::<u64>(), total);
        let largest = sizes.iter().max().map_or(0, |s| s + (16 << 10));
        let fair = total / u64::try_from(shares.len()).unwrap();
        prop_assert!(loads.iter().all(|l| *l <= fair + largest), "{:?}", loads);
    }
}
