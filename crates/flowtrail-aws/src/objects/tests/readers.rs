use std::io::Read as _;

use tokio::runtime::Handle;

use super::*;

/// Reads as a scanner does. The second is what [`ObjectReader`] says of it.
async fn read(objects: &Objects, deadline: Instant) -> (std::io::Result<Vec<u8>>, Option<Fault>) {
    let object = ObjectRef::named("logs", "k");
    let opened = objects.open(&object, deadline).await.unwrap();
    let mut reader = ObjectReader::new(opened.body, Handle::current());
    let work = tokio::task::spawn_blocking(move || {
        let mut bytes = Vec::new();
        let got = reader.read_to_end(&mut bytes).map(|_| bytes);
        let again = reader.read(&mut [0; 8]);
        assert_eq!(again.is_err(), got.is_err(), "a fault stays");
        (got, reader.fault().cloned())
    });
    work.await.unwrap()
}

#[tokio::test]
async fn a_reader_hands_bytes_to_blocking_code() {
    let server = spoilt(1, |reply| reply.cut(70_000));
    let (got, fault) = read(&objects(&server, patient()), soon()).await;
    assert_eq!(got.unwrap(), content());
    assert_eq!(fault, None);
}

#[tokio::test]
async fn a_reader_tells_a_broken_connection_from_a_broken_object() {
    let server = spoilt(usize::MAX, |reply| reply.cut(7));
    let (got, fault) = read(&objects(&server, patient()), soon()).await;
    assert_eq!(
        got.unwrap_err().kind(),
        std::io::ErrorKind::ConnectionAborted
    );
    assert_eq!(fault.unwrap().kind, FaultKind::Network);
}

#[tokio::test]
async fn a_reader_ends_at_the_deadline() {
    let server = spoilt(usize::MAX, |reply| {
        reply.cut(100).silent(Duration::from_secs(9))
    });
    let begun = Instant::now();
    let deadline = begun + Duration::from_millis(1_500);
    let (got, fault) = read(&objects(&server, patient()), deadline).await;
    assert_eq!(got.unwrap_err().kind(), std::io::ErrorKind::TimedOut);
    let fault = fault.unwrap();
    assert_eq!(fault.kind, FaultKind::Timeout);
    assert!(fault.message.contains("is up"), "{fault}");
    assert!(begun.elapsed() < Duration::from_secs(6));
    assert_eq!(server.requests().len(), 1, "nothing is resumed any more");
}

#[tokio::test]
async fn a_reader_does_not_give_out_at_leisure_what_is_there() {
    let server = spoilt(0, |r| r);
    let deadline = Instant::now() + Duration::from_millis(1_500);
    let objects = objects(&server, patient());
    let opened = objects
        .open(&ObjectRef::named("logs", "k"), deadline)
        .await
        .unwrap();
    let mut reader = ObjectReader::new(opened.body, Handle::current());
    let work = tokio::task::spawn_blocking(move || {
        let mut room = [0; 1];
        reader.read_exact(&mut room).unwrap();
        std::thread::sleep(Duration::from_millis(1_600));
        (reader.read(&mut room).is_err(), reader.fault().cloned())
    });
    let (ended, fault) = work.await.unwrap();
    assert!(ended);
    assert_eq!(fault.unwrap().kind, FaultKind::Timeout);
}

/// The same content a second time, and no other.
#[tokio::test]
async fn an_object_is_opened_again_as_it_was_or_not_at_all() {
    let server = spoilt(0, |reply| reply);
    let objects = objects(&server, patient());
    let opened = objects.open(&ObjectRef::named("logs", "k"), soon()).await;
    let read = opened.unwrap().object;
    let again = objects.open_again(&read, soon()).await.unwrap();
    assert_eq!(again.whole(1 << 20).await.unwrap(), content());
    assert_eq!(server.requests()[1].header("if-match"), Some("\"tag\""));
    let other = ObjectRef {
        etag: Some("other".into()),
        ..read
    };
    let fault = objects.open_again(&other, soon()).await.unwrap_err();
    // It is read anew, and not given up.
    assert_eq!(fault.kind, FaultKind::Network);
    assert!(fault.message.contains("another one"), "{fault}");
}

/// A part of an object, taken up in the midst where it breaks off.
#[tokio::test]
async fn parts_are_what_was_asked_for() {
    let content = content();
    let server = Server::start(move |before, request| {
        let range = request.header("range").unwrap();
        let (from, to) = range
            .strip_prefix("bytes=")
            .unwrap()
            .split_once('-')
            .unwrap();
        let (from, to): (usize, usize) = (from.parse().unwrap(), to.parse().unwrap());
        let to = to.min(content.len() - 1);
        let reply = Reply::new(206, &content[from..=to]).header(
            "Content-Range",
            format!("bytes {from}-{to}/{}", content.len()),
        );
        let reply = reply.header("ETag", "\"tag\"");
        if before == 1 { reply.cut(70) } else { reply }
    });
    let objects = objects(&server, patient());
    let object = ObjectRef::named("known", "k");
    let (named, head) = objects.read_part(&object, 0..100, soon()).await.unwrap();
    let (_, rest) = objects
        .read_part(&named, 100..400_000, soon())
        .await
        .unwrap();
    assert_eq!((head.len(), rest.len()), (100, 299_900));
    let whole = super::content();
    assert!(whole[..100] == head[..] && whole[100..] == rest[..]);
    let requests = server.requests();
    let of = |name| -> Vec<Option<&str>> { requests.iter().map(|r| r.header(name)).collect() };
    assert_eq!(
        of("range"),
        [
            Some("bytes=0-99"),
            Some("bytes=100-399999"),
            Some("bytes=170-399999")
        ]
    );
    assert_eq!(of("if-match"), [None, Some("\"tag\""), Some("\"tag\"")]);
}
