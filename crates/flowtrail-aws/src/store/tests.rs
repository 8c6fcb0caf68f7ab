//! Against moto, which `cargo xtask with-aws` starts; skipped without it.

use std::sync::atomic::{AtomicU32, Ordering};

use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::{BehaviorVersion, Config, Credentials, Region};
use aws_sdk_s3::primitives::ByteStream;
use futures_util::TryStreamExt as _;
use object_store::{
    Error, GetOptions, GetRange, ObjectStoreExt as _, PutMode, UpdateVersion, integration,
};

use super::*;
use crate::objects::server::{Reply, Request, Server};

fn client(endpoint: &str) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(Credentials::new("id", "secret", None, None, "test"))
        .region(Region::new("us-east-1"))
        .endpoint_url(endpoint)
        .force_path_style(true)
        .retry_config(RetryConfig::disabled())
        .build();
    Client::from_conf(config)
}

/// A new bucket, where there is something that speaks as AWS does.
async fn bucket(test: &str) -> Option<S3Store> {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let Ok(endpoint) = std::env::var("FLOWTRAIL_TEST_AWS") else {
        eprintln!("{test}: skipped, there is no AWS; `cargo xtask test` brings one");
        return None;
    };
    let n = NEXT.fetch_add(1, Ordering::Relaxed);
    let name = format!("store-{test}-{}-{n}", std::process::id());
    let client = client(&endpoint);
    client.create_bucket().bucket(&name).send().await.unwrap();
    Some(S3Store::new(client, name, Patience::default()))
}

async fn put_key(store: &S3Store, key: &str, bytes: &'static [u8]) {
    let put = store.client.put_object().bucket(&store.bucket).key(key);
    let put = put.body(ByteStream::from_static(bytes));
    put.send().await.unwrap();
}

#[tokio::test]
async fn what_a_store_has_to_do() {
    let Some(store) = bucket("conformance").await else {
        return;
    };
    integration::put_get_delete_list(&store).await;
    integration::list_uses_directories_correctly(&store).await;
    integration::list_with_delimiter(&store).await;
    integration::list_with_offset_exclusivity(&store).await;
    integration::rename_and_copy(&store).await;
    integration::copy_rename_nonexistent_object(&store).await;
    integration::get_opts(&store).await;
}

#[tokio::test]
async fn what_a_store_has_to_do_with_writes() {
    let Some(store) = bucket("writes").await else {
        return;
    };
    // Those that come first want an empty bucket.
    integration::stream_get(&store).await;
    integration::multipart_out_of_order(&store).await;
    integration::multipart_race_condition(&store, true).await;
    integration::put_opts(&store, true).await;
    integration::put_get_attributes(&store).await;
}

#[tokio::test]
async fn a_copy_replaces_nothing_if_it_must_not() {
    let server = Server::start(|_, request| match request.header("if-none-match") {
        Some("*") => Reply::new(412, "<Error><Code>PreconditionFailed</Code></Error>"),
        _ => Reply::new(200, "<CopyObjectResult/>"),
    });
    let store = S3Store::new(client(&server.url), "logs".into(), Patience::default());
    let (from, to) = (Path::parse("a b/+ä").unwrap(), Path::from("b"));
    store.copy(&from, &to).await.unwrap();
    let refused = store.copy_if_not_exists(&from, &to).await.unwrap_err();
    assert!(
        matches!(refused, Error::AlreadyExists { .. }),
        "{refused:?}"
    );
    let asked = server.requests();
    let source = asked[0].header("x-amz-copy-source");
    assert_eq!(source, Some("logs/a%20b/%2B%C3%A4"));
}

/// The environment is that of a whole process, so another one opens the bucket.
#[tokio::test]
async fn a_bucket_is_opened_as_the_environment_says() {
    let Some(store) = bucket("open").await else {
        return;
    };
    put_key(&store, "a/b", b"x").await;
    let child = |bucket: &str| {
        let me = std::env::current_exe().unwrap();
        let test = "store::tests::opens_what_it_is_told";
        let out = std::process::Command::new(me)
            .args(["--exact", test, "--ignored", "--nocapture"])
            .env(
                "AWS_ENDPOINT_URL",
                std::env::var("FLOWTRAIL_TEST_AWS").unwrap(),
            )
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env_remove("AWS_REGION")
            .env_remove("AWS_PROFILE")
            .env("FLOWTRAIL_TEST_BUCKET", bucket)
            .output()
            .unwrap();
        String::from_utf8_lossy(&out.stdout).into_owned()
    };
    let said = child(&store.bucket);
    assert!(said.contains("found a/b"), "{said}");
    let said = child("no-such-bucket-here");
    let expected = "cannot open `s3://no-such-bucket-here`: HeadBucket: no such bucket";
    assert!(said.contains(expected), "{said}");
}

#[tokio::test]
#[ignore = "run by the test above, in a process of its own"]
async fn opens_what_it_is_told() {
    let Ok(name) = std::env::var("FLOWTRAIL_TEST_BUCKET") else {
        return;
    };
    match open_bucket(&BucketSettings::named(name)).await {
        Ok(store) => {
            let listed: Vec<_> = store.list(None).try_collect().await.unwrap();
            for object in listed {
                println!("found {}", object.location);
            }
        }
        Err(error) => println!("{error}"),
    }
}

#[tokio::test]
async fn of_two_that_create_one_wins() {
    let Some(store) = bucket("create").await else {
        return;
    };
    let at = Path::from("manifest.json");
    let first = store
        .put_opts(&at, "a".into(), PutMode::Create.into())
        .await
        .unwrap();
    let second = store
        .put_opts(&at, "b".into(), PutMode::Create.into())
        .await;
    assert!(
        matches!(second, Err(Error::AlreadyExists { .. })),
        "{second:?}"
    );

    let update = |version| PutMode::Update(version).into();
    let stale = UpdateVersion::from(first.clone());
    store
        .put_opts(&at, "c".into(), update(first.into()))
        .await
        .unwrap();
    let lost = store.put_opts(&at, "d".into(), update(stale)).await;
    assert!(matches!(lost, Err(Error::Precondition { .. })), "{lost:?}");
    let bytes = store.get(&at).await.unwrap().bytes().await.unwrap();
    assert_eq!(&bytes[..], b"c");
}

#[tokio::test]
async fn keys_that_a_store_cannot_name_are_listed_and_read() {
    let Some(store) = bucket("keys").await else {
        return;
    };
    let keys = [
        "AWSLogs/",
        "logs//AWSLogs/1/x.json",
        "a b+c/%2F.gz",
        "tab\tin/it",
    ];
    for key in keys {
        put_key(&store, key, key.as_bytes()).await;
    }
    let mut listed: Vec<_> = store.list(None).try_collect().await.unwrap();
    listed.sort_by_key(|o: &ObjectMeta| key_of(&o.location));
    let mut sorted = keys;
    sorted.sort_unstable();
    let found: Vec<_> = listed.iter().map(|o| key_of(&o.location)).collect();
    assert_eq!(found, sorted);
    for object in &listed {
        let bytes = store.get(&object.location).await.unwrap();
        let bytes = bytes.bytes().await.unwrap();
        assert_eq!(bytes, key_of(&object.location).as_bytes());
    }
    // Down through a name that is empty.
    let logs = Path::from("logs");
    let level = store.list_with_delimiter(Some(&logs)).await.unwrap();
    let [empty] = &level.common_prefixes[..] else {
        panic!("{level:?}");
    };
    assert_eq!(key_of(empty), "logs/");
    let level = store.list_with_delimiter(Some(empty)).await.unwrap();
    assert_eq!(level.common_prefixes.len(), 1);
}

#[tokio::test]
async fn many_pages_are_one_listing() {
    let Some(store) = bucket("pages").await else {
        return;
    };
    for n in 0..1_005 {
        let at = Path::from(format!("a/{n:04}"));
        store.put(&at, "x".into()).await.unwrap();
    }
    let flat: Vec<_> = store.list(None).try_collect().await.unwrap();
    assert_eq!(flat.len(), 1_005);
    let level = store.list_with_delimiter(Some(&Path::from("a"))).await;
    assert_eq!(level.unwrap().objects.len(), 1_005);
}

#[tokio::test]
async fn a_bucket_that_is_not_there_is_said_so() {
    let Ok(endpoint) = std::env::var("FLOWTRAIL_TEST_AWS") else {
        eprintln!("skipped, there is no AWS; `cargo xtask test` brings one");
        return;
    };
    let gone = S3Store::new(
        client(&endpoint),
        "no-such-bucket-here".into(),
        Patience::default(),
    );
    let listed = gone.list_with_delimiter(None).await.unwrap_err();
    assert!(matches!(listed, Error::NotFound { .. }), "{listed:?}");
}

/// S3, with respect to ranges and to the content that is asked for.
fn s3(request: &Request, content: &[u8]) -> Reply {
    let range = request
        .header("range")
        .and_then(|r| r.strip_prefix("bytes="));
    let Some((start, end)) = range.and_then(|r| r.split_once('-')) else {
        return Reply::new(200, content).header("ETag", "\"tag\"");
    };
    if request.header("if-match").is_some_and(|m| m != "\"tag\"") {
        return Reply::new(412, "<Error><Code>PreconditionFailed</Code></Error>");
    }
    let (start, total) = (start.parse::<usize>().unwrap(), content.len());
    let end = end.parse::<usize>().map_or(total, |last| last + 1);
    Reply::new(206, &content[start..end])
        .header(
            "Content-Range",
            format!("bytes {start}-{}/{total}", end - 1),
        )
        .header("ETag", "\"tag\"")
}

/// A store over a server of which the first `faults` answers are spoilt.
fn spoilt(
    faults: usize,
    spoil: impl Fn(Reply) -> Reply + Send + Sync + 'static,
) -> (Server, S3Store) {
    let content = content();
    let server = Server::start(move |before, request| {
        let reply = s3(request, &content);
        if before < faults { spoil(reply) } else { reply }
    });
    let patience = Patience {
        stall: Duration::from_millis(500),
        resumes: 3,
    };
    let store = S3Store::new(client(&server.url), "logs".into(), patience);
    (server, store)
}

fn content() -> Vec<u8> {
    (0..300_000_u32).map(|i| i.to_le_bytes()[1]).collect()
}

#[tokio::test]
async fn a_body_that_breaks_off_is_taken_up_where_it_broke() {
    let (server, store) = spoilt(3, |reply| {
        let half = reply.body.len() / 2;
        reply.cut(half)
    });
    let got = store.get(&Path::from("a")).await.unwrap();
    assert_eq!(got.bytes().await.unwrap(), content());
    let ranges: Vec<_> = server.requests();
    let ranges: Vec<_> = ranges.iter().filter_map(|r| r.header("range")).collect();
    assert_eq!(
        ranges,
        [
            "bytes=150000-299999",
            "bytes=225000-299999",
            "bytes=262500-299999"
        ]
    );
}

#[tokio::test]
async fn a_part_that_breaks_off_is_resumed_within_its_range() {
    let (server, store) = spoilt(1, |reply| reply.cut(10));
    let options = GetOptions::new().with_range(Some(GetRange::Bounded(1_000..2_000)));
    let got = store.get_opts(&Path::from("a"), options).await.unwrap();
    assert_eq!((got.range.clone(), got.meta.size), (1_000..2_000, 300_000));
    assert_eq!(got.bytes().await.unwrap(), content()[1_000..2_000]);
    assert_eq!(
        server.requests()[1].header("range"),
        Some("bytes=1010-1999")
    );
}

#[tokio::test]
async fn what_breaks_too_often_is_an_error() {
    let (server, store) = spoilt(9, |reply| reply.cut(10).silent(Duration::from_secs(2)));
    let got = store.get(&Path::from("a")).await.unwrap();
    let error = got.bytes().await.unwrap_err().to_string();
    assert!(error.contains("no byte in time"), "{error}");
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test]
async fn the_rest_of_another_content_is_not_taken_for_it() {
    let server = Server::start(|before, _| {
        if before == 0 {
            Reply::new(200, content()).header("ETag", "\"old\"").cut(7)
        } else {
            Reply::new(412, "<Error><Code>PreconditionFailed</Code></Error>")
        }
    });
    let store = S3Store::new(client(&server.url), "logs".into(), Patience::default());
    let got = store.get(&Path::from("a")).await.unwrap();
    let error = got.bytes().await.unwrap_err().to_string();
    assert!(error.contains("another one by now"), "{error}");
}

#[tokio::test]
async fn denials_are_told_from_what_may_work_later() {
    let says = |status: u16, code: &'static str| {
        Server::start(move |_, _| {
            let xml = format!("<Error><Code>{code}</Code><Message>so it is</Message></Error>");
            Reply::new(status, xml).header("Content-Type", "application/xml")
        })
    };
    let store =
        |server: &Server| S3Store::new(client(&server.url), "logs".into(), Patience::default());
    let denied = says(403, "AccessDenied");
    let error = store(&denied).get(&Path::from("a")).await.unwrap_err();
    assert!(matches!(error, Error::PermissionDenied { .. }), "{error:?}");
    let error = store(&denied).head(&Path::from("a")).await.unwrap_err();
    assert!(matches!(error, Error::PermissionDenied { .. }), "{error:?}");
    let slow = says(503, "SlowDown");
    let error = store(&slow).list_with_delimiter(None).await.unwrap_err();
    assert!(matches!(error, Error::Generic { .. }), "{error:?}");
    assert!(error.to_string().contains("SlowDown"), "{error}");
    assert!(error.to_string().contains("hint: try it again later"));
}
