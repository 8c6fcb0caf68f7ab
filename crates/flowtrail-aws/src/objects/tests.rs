use std::time::{Duration, Instant};

use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::{BehaviorVersion, Config, Credentials, Region};
use bytes::Bytes;

use super::server::{Reply, Request, Server};
use super::*;

mod readers;
mod writes;

fn objects(server: &Server, patience: Patience) -> Objects {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(Credentials::new("id", "secret", None, None, "test"))
        .region(Region::new("eu-central-1"))
        .endpoint_url(&server.url)
        .force_path_style(true)
        .retry_config(RetryConfig::disabled())
        .build();
    Objects::new(Client::from_conf(config), patience)
}

fn patient() -> Patience {
    Patience {
        stall: Duration::from_secs(5),
        resumes: 3,
    }
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

fn content() -> Vec<u8> {
    (0..300_000_u32).map(|i| i.to_le_bytes()[1]).collect()
}

/// S3, with respect to ranges and conditions.
fn s3(request: &Request, content: &[u8]) -> Reply {
    let wanted = request.header("if-match");
    if wanted.is_some_and(|etag| etag != "\"tag\"") {
        return error(412, "PreconditionFailed");
    }
    let total = content.len();
    let reply = match request.range_start() {
        Some(start) if start >= total => return error(416, "InvalidRange"),
        Some(start) => Reply::new(206, &content[start..]).header(
            "Content-Range",
            format!("bytes {start}-{}/{total}", total - 1),
        ),
        None => Reply::new(200, content),
    };
    reply.header("ETag", "\"tag\"")
}

fn error(status: u16, code: &str) -> Reply {
    let xml = format!("<Error><Code>{code}</Code><Message>so it is</Message></Error>");
    Reply::new(status, xml).header("Content-Type", "application/xml")
}

/// A server of which the first `faults` answers are spoilt.
fn spoilt(faults: usize, spoil: impl Fn(Reply) -> Reply + Send + Sync + 'static) -> Server {
    let content = content();
    Server::start(move |before, request| {
        let reply = s3(request, &content);
        if before < faults { spoil(reply) } else { reply }
    })
}

async fn fetch(objects: &Objects) -> Result<Bytes, Fault> {
    let object = ObjectRef::named("logs", "AWSLogs/a b.json.gz");
    let opened = objects.open(&object, soon()).await?;
    opened.body.whole(1 << 20).await
}

fn starts(server: &Server) -> Vec<Option<usize>> {
    server.requests().iter().map(Request::range_start).collect()
}

#[tokio::test]
async fn an_object_is_what_s3_answers() {
    let server = Server::start(|_, _| {
        Reply::new(200, "abc")
            .header("ETag", "\"now\"")
            .header("x-amz-version-id", "v2")
            .header("Last-Modified", "Sat, 21 Nov 2026 19:20:00 GMT")
    });
    let objects = objects(&server, patient());
    let announced = ObjectRef {
        etag: Some("before".into()),
        size: Some(99),
        sequencer: Some("0055".into()),
        ..ObjectRef::named("logs", "year=2026/a b+ü.gz")
    };
    let opened = objects.open(&announced, soon()).await.unwrap();
    assert_eq!(opened.object.etag.as_deref(), Some("now"));
    assert_eq!(opened.object.size, Some(3));
    assert_eq!(opened.object.sequencer.as_deref(), Some("0055"));
    assert_eq!(opened.content(), "v2");
    assert_eq!(opened.last_modified, Some(1_795_288_800));
    assert_eq!(opened.body.whole(3).await.unwrap(), "abc");
    let path = &server.requests()[0].path;
    assert!(
        path.starts_with("/logs/year%3D2026/a%20b%2B%C3%BC.gz?"),
        "{path}"
    );
    assert!(!path.contains("versionId"), "none was named");
}

#[tokio::test]
async fn a_suspended_version_tells_nothing() {
    let server = Server::start(|_, _| {
        Reply::new(200, "abc")
            .header("ETag", "\"tag\"")
            .header("x-amz-version-id", "null")
    });
    let objects = objects(&server, patient());
    let named = ObjectRef {
        version: Some("v1".into()),
        ..ObjectRef::named("logs", "k")
    };
    let opened = objects.open(&named, soon()).await.unwrap();
    assert_eq!(opened.content(), "tag");
    assert!(server.requests()[0].path.contains("versionId=v1"));
}

#[tokio::test]
async fn a_body_that_breaks_off_is_taken_up_where_it_broke() {
    let server = spoilt(3, |reply| {
        let half = reply.body.len() / 2;
        reply.cut(half)
    });
    let got = fetch(&objects(&server, patient())).await.unwrap();
    assert_eq!(got, content());
    let starts = starts(&server);
    assert_eq!(
        starts,
        [None, Some(150_000), Some(225_000), Some(262_500)],
        "each where the one before ended"
    );
    for request in &server.requests()[1..] {
        assert_eq!(request.header("if-match"), Some("\"tag\""));
    }
}

#[tokio::test]
async fn a_body_that_always_breaks_off_is_given_up() {
    let server = spoilt(usize::MAX, |reply| reply.cut(10));
    let fault = fetch(&objects(&server, patient())).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Network, "{fault}");
    let want = [None, Some(10), Some(20), Some(30)];
    assert_eq!(starts(&server), want, "three resumptions");
}

#[tokio::test]
async fn a_body_that_breaks_before_its_first_byte_is_asked_for_as_a_whole() {
    let server = spoilt(1, |reply| reply.cut(0));
    let got = fetch(&objects(&server, patient())).await.unwrap();
    assert_eq!(got.len(), 300_000);
    let second = &server.requests()[1];
    assert_eq!(second.range_start(), None);
    assert_eq!(second.header("if-match"), Some("\"tag\""));
}

#[tokio::test]
async fn a_stalled_body_is_a_timeout_and_resumed() {
    let patience = Patience {
        stall: Duration::from_millis(500),
        resumes: 1,
    };
    let stall = |reply: Reply| reply.cut(1_000).silent(Duration::from_secs(9));
    let server = spoilt(1, stall);
    let got = fetch(&objects(&server, patience)).await.unwrap();
    assert_eq!(got, content());
    assert_eq!(starts(&server), [None, Some(1_000)]);

    let server = spoilt(usize::MAX, stall);
    let begun = Instant::now();
    let fault = fetch(&objects(&server, patience)).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Timeout, "{fault}");
    assert!(begun.elapsed() < Duration::from_secs(6));
}

#[tokio::test]
async fn silence_before_the_answer_is_a_timeout_too() {
    let patience = Patience {
        stall: Duration::from_millis(500),
        resumes: 3,
    };
    let server = Server::start(|_, _| {
        std::thread::sleep(Duration::from_secs(9));
        Reply::new(200, "late")
    });
    let begun = Instant::now();
    let fault = fetch(&objects(&server, patience)).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Timeout, "{fault}");
    assert!(begun.elapsed() < Duration::from_secs(6));
}

#[tokio::test]
async fn the_rest_of_another_content_is_never_read() {
    // Replaced: same length, another tag.
    let old = content();
    let server = Server::start(move |before, request| match before {
        0 => s3(request, &old).cut(5_000),
        _ => error(412, "PreconditionFailed"),
    });
    let fault = fetch(&objects(&server, patient())).await.unwrap_err();
    assert!(fault.kind.is_temporary(), "{fault}");
    assert!(fault.message.contains("another one"), "{fault}");
    assert_eq!(server.requests().len(), 2);

    // Shorter now, as a server says that does not know conditions.
    let old = content();
    let server = Server::start(move |before, request| match before {
        0 => s3(request, &old).cut(5_000),
        _ => error(416, "InvalidRange"),
    });
    let fault = fetch(&objects(&server, patient())).await.unwrap_err();
    assert!(fault.kind.is_temporary(), "{fault}");

    // A server that does not know ranges would begin again.
    let old = content();
    let server = Server::start(move |before, _| {
        let reply = Reply::new(200, old.clone()).header("ETag", "\"tag\"");
        if before == 0 { reply.cut(5_000) } else { reply }
    });
    let fault = fetch(&objects(&server, patient())).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Network);
    assert!(fault.message.contains("cannot be had"), "{fault}");

    // Nothing to tell contents apart by.
    let old = content();
    let server = Server::start(move |_, _| Reply::new(200, old.clone()).cut(5_000));
    let fault = fetch(&objects(&server, patient())).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Network);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn an_object_deleted_half_way_is_gone() {
    let old = content();
    let server = Server::start(move |before, request| match before {
        0 => s3(request, &old).cut(5_000),
        _ => error(404, "NoSuchKey"),
    });
    let fault = fetch(&objects(&server, patient())).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::NotFound, "{fault}");
}

#[tokio::test]
async fn trouble_while_resuming_is_waited_out() {
    let old = content();
    let server = Server::start(move |before, request| match before {
        0 => s3(request, &old).cut(5_000),
        1 => error(503, "SlowDown"),
        2 => error(500, "InternalError"),
        _ => s3(request, &old),
    });
    let got = fetch(&objects(&server, patient())).await.unwrap();
    assert_eq!(got, content());
}

#[tokio::test]
async fn faults_of_opening_are_told_apart() {
    let cases = [
        (404, "NoSuchKey", FaultKind::NotFound),
        (403, "AccessDenied", FaultKind::Denied),
        (400, "KMS.DisabledException", FaultKind::KeyDenied),
        (503, "SlowDown", FaultKind::Throttled),
        (500, "InternalError", FaultKind::Service),
    ];
    for (status, code, kind) in cases {
        let server = Server::start(move |_, _| error(status, code));
        let fault = fetch(&objects(&server, patient())).await.unwrap_err();
        assert_eq!(fault.kind, kind, "{fault}");
    }
    let server = Server::start(|_, _| Reply::new(200, "cut").cut(0));
    let mut objects = objects(&server, patient());
    objects.client = Client::from_conf(
        objects
            .client
            .config()
            .to_builder()
            .endpoint_url("http://127.0.0.1:9")
            .build(),
    );
    let fault = fetch(&objects).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Network, "{fault}");
}

#[tokio::test]
async fn bytes_that_are_not_those_of_the_checksum_are_a_fault() {
    // CRC32 of "abc" in base64 is "NSRBwg==".
    let with = |body: &'static str| {
        Server::start(move |_, _| {
            Reply::new(200, body)
                .header("ETag", "\"tag\"")
                .header("x-amz-checksum-crc32", "NSRBwg==")
        })
    };
    let server = with("abc");
    assert_eq!(fetch(&objects(&server, patient())).await.unwrap(), "abc");
    let server = with("abd");
    let fault = fetch(&objects(&server, patient())).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Network);
    assert!(fault.message.contains("checksum"), "{fault}");
    assert_eq!(server.requests().len(), 1, "there is no rest to ask for");
}

#[tokio::test]
async fn what_is_too_large_for_memory_is_refused() {
    let server = spoilt(0, |r| r);
    let objects = objects(&server, patient());
    let object = ObjectRef::named("rules", "mine.yml");
    assert_eq!(
        objects.read(&object, 300_000, soon()).await.unwrap().len(),
        300_000
    );
    let fault = objects.read(&object, 299_999, soon()).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Invalid);

    // Without an announced length, too.
    let chunked = Server::start(|_, _| {
        Reply::new(200, "3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n").header("Transfer-Encoding", "chunked")
    });
    let objects = self::objects(&chunked, patient());
    assert_eq!(objects.read(&object, 6, soon()).await.unwrap(), "abcdef");
    for too_few in [0, 2, 3, 5] {
        let fault = objects.read(&object, too_few, soon()).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Invalid);
    }
}

#[tokio::test]
async fn an_end_without_an_error_is_measured_too() {
    use aws_sdk_s3::operation::get_object::GetObjectOutput;
    use aws_sdk_s3::primitives::ByteStream;

    let server = spoilt(usize::MAX, |reply| reply);
    let source = |objects: &Objects| {
        let object = ObjectRef::named("logs", "k");
        Source::new(objects.client.clone(), patient(), &object)
    };
    let objects = objects(&server, patient());
    let answer = |etag: Option<&str>| {
        GetObjectOutput::builder()
            .content_length(300_000)
            .set_e_tag(etag.map(str::to_owned))
            .body(ByteStream::from_static(&[0; 256]))
            .build()
    };
    let body = Body::new(source(&objects), answer(None), soon());
    let fault = body.whole(1 << 20).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Network);
    assert!(fault.message.contains("256 of 300000"), "{fault}");
    assert_eq!(server.requests().len(), 0);

    let body = Body::new(source(&objects), answer(Some("\"tag\"")), soon());
    assert_eq!(body.whole(1 << 20).await.unwrap(), content());
    assert_eq!(starts(&server), [Some(256)]);
}
