use std::io;
use std::time::Instant;

use super::*;

fn text(body: io::Result<Box<dyn io::Read + Send>>) -> io::Result<String> {
    let mut text = String::new();
    body?.read_to_string(&mut text)?;
    Ok(text)
}

/// 100 objects behind a store that takes 20 ms for each.
fn slow(runtime: &tokio::runtime::Runtime) -> (Arc<Watched>, Arc<[Source]>, Vec<LogObject>) {
    let keys: Vec<_> = (0..100).map(|n| format!("a/{n:03}")).collect();
    let memory = InMemory::new();
    for key in &keys {
        let path = Path::parse(key).unwrap();
        let put = memory.put(&path, key.clone().into());
        runtime.block_on(put).unwrap();
    }
    let mut store = Watched::over(memory);
    store.delay = Duration::from_millis(20);
    let store = Arc::new(store);
    let sources: Arc<[Source]> = Arc::new([bucket(store.clone(), "")]);
    let listing = runtime.block_on(found(&sources, &Wanted::default()));
    (store, sources, listing.objects)
}

#[test]
fn small_objects_are_fetched_ahead_and_come_in_order() {
    let runtime = runtime();
    let (store, sources, objects) = slow(&runtime);
    let start = Instant::now();
    let ahead = ReadAhead {
        objects: 25,
        ..ReadAhead::default()
    };
    let fetcher = Fetcher::new(sources, objects, ahead, runtime.handle().clone());
    assert_eq!(fetcher.size_hint(), (100, Some(100)));
    let got: Vec<_> = fetcher
        .map(|(o, body)| (o.key(), text(body).unwrap()))
        .collect();
    assert!(got.iter().all(|(key, text)| key == text));
    assert!(got.is_sorted() && got.len() == 100);
    let peak = store.peak.load(Ordering::SeqCst);
    assert!((10..=25).contains(&peak), "{peak} at a time");
    assert!(
        start.elapsed() < Duration::from_millis(1_500),
        "one by one takes 2 s"
    );
}

#[test]
fn no_more_bytes_are_ahead_than_allowed() {
    let runtime = runtime();
    let (store, sources, objects) = slow(&runtime);
    let ahead = ReadAhead {
        bytes: 20, // four of five bytes each
        ..ReadAhead::default()
    };
    let fetcher = Fetcher::new(sources, objects, ahead, runtime.handle().clone());
    assert_eq!(fetcher.filter(|(_, body)| body.is_ok()).count(), 100);
    let peak = store.peak.load(Ordering::SeqCst);
    assert!((2..=4).contains(&peak), "{peak} at a time");
}

#[test]
fn large_objects_are_streamed_in_their_turn() {
    let runtime = runtime();
    let (store, sources, objects) = slow(&runtime);
    let ahead = ReadAhead {
        whole_max: 0,
        ..ReadAhead::default()
    };
    let fetcher = Fetcher::new(sources, objects, ahead, runtime.handle().clone());
    for (n, (object, body)) in fetcher.enumerate().take(5) {
        assert_eq!(text(body).unwrap(), object.key());
        assert_eq!(store.got.lock().unwrap().len(), n + 1);
    }
}

#[test]
fn what_vanished_is_its_own_error_alone() {
    for whole_max in [0, 1 << 20] {
        let runtime = runtime();
        let (store, sources, objects) = slow(&runtime);
        runtime
            .block_on(store.inner.delete(&Path::from("a/003")))
            .unwrap();
        let ahead = ReadAhead {
            whole_max,
            ..ReadAhead::default()
        };
        let fetcher = Fetcher::new(sources, objects, ahead, runtime.handle().clone());
        let mut faults = Vec::new();
        for (object, body) in fetcher {
            match text(body) {
                Ok(text) => assert_eq!(text, object.key()),
                Err(error) => faults.push((object.key(), error.kind())),
            }
        }
        assert_eq!(faults, [("a/003".to_owned(), io::ErrorKind::NotFound)]);
    }
}

#[test]
fn who_stops_early_leaves_nothing_under_way() {
    let runtime = runtime();
    let (store, sources, objects) = slow(&runtime);
    let mut fetcher = Fetcher::new(
        sources,
        objects,
        ReadAhead::default(),
        runtime.handle().clone(),
    );
    assert!(fetcher.next().is_some());
    drop(fetcher);
    std::thread::sleep(Duration::from_millis(100));
    let asked = store.got.lock().unwrap().len();
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(store.got.lock().unwrap().len(), asked);
    assert!(asked <= 66, "{asked} of 100");
}

#[test]
fn files_are_opened_in_their_turn() {
    let runtime = runtime();
    let folder = tempfile::tempdir().unwrap();
    for name in ["1", "2", "3"] {
        std::fs::write(folder.path().join(name), name).unwrap();
    }
    let sources: Arc<[Source]> = Arc::new([Source::Local(folder.path().to_owned())]);
    let listing = runtime.block_on(found(&sources, &Wanted::default()));
    let mut fetcher = Fetcher::new(
        sources,
        listing.objects,
        ReadAhead::default(),
        runtime.handle().clone(),
    );
    assert_eq!(text(fetcher.next().unwrap().1).unwrap(), "1");
    std::fs::remove_file(folder.path().join("2")).unwrap();
    let gone = text(fetcher.next().unwrap().1).unwrap_err();
    assert_eq!(gone.kind(), io::ErrorKind::NotFound);
    assert_eq!(text(fetcher.next().unwrap().1).unwrap(), "3");
    assert!(fetcher.next().is_none());
}

#[test]
fn an_object_of_nowhere_is_an_error() {
    let runtime = runtime();
    let (_, _, mut objects) = slow(&runtime);
    objects.truncate(1);
    let nowhere: Arc<[Source]> = Arc::new([Source::Stdin]);
    let handle = runtime.handle().clone();
    let mut fetcher = Fetcher::new(nowhere, objects, ReadAhead::default(), handle);
    let error = text(fetcher.next().unwrap().1).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
}
