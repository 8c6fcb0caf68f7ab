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
