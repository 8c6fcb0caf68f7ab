use super::*;

fn new_object(bucket: &str) -> NewObject {
    NewObject {
        bucket: bucket.to_owned(),
        key: "found/a b.json".to_owned(),
        bytes: Bytes::from_static(b"{}"),
        content_type: "application/json",
        content_encoding: Some("gzip"),
    }
}

#[tokio::test]
async fn objects_are_written_and_deleted() {
    let server = Server::start(|_, request| match request.method.as_str() {
        "PUT" => Reply::new(200, "").header("ETag", "\"tag\""),
        _ => Reply::new(204, ""),
    });
    let objects = objects(&server, patient());
    objects.put(new_object("findings")).await.unwrap();
    objects.delete("findings", "found/x.json").await.unwrap();
    let requests = server.requests();
    let put = &requests[0];
    assert_eq!(put.method, "PUT");
    assert!(put.path.starts_with("/findings/found/a%20b.json"));
    assert_eq!(put.body, b"{}");
    assert_eq!(put.header("content-type"), Some("application/json"));
    assert_eq!(put.header("content-encoding"), Some("gzip"));
    assert_eq!(requests[1].method, "DELETE");
}

#[tokio::test]
async fn nothing_is_ever_written_into_a_bucket_of_logs() {
    let server = Server::start(|_, _| Reply::new(200, "log").header("ETag", "\"tag\""));
    let objects = objects(&server, patient());
    objects.protect(["archive"]);
    let other = objects.clone();
    // Read from once, by whichever clone, and it is one.
    fetch(&other).await.unwrap();
    // Rules may lie beside findings.
    let rules = ObjectRef::named("findings", "rules/a.yml");
    objects.read(&rules, 100, soon()).await.unwrap();
    let before = server.requests().len();
    for bucket in ["archive", "logs"] {
        let fault = objects.put(new_object(bucket)).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Denied);
        assert!(fault.message.contains(bucket), "{fault}");
        let fault = objects.delete(bucket, "k").await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Denied);
    }
    assert_eq!(server.requests().len(), before, "not even asked");
    objects.put(new_object("findings")).await.unwrap();
    assert_eq!(server.requests().len(), before + 1);
}

#[tokio::test]
async fn a_prefix_is_listed_over_all_pages() {
    let page = |keys: &[&str], next: Option<&str>| {
        let key = |k: &&str| format!("<Contents><Key>{k}</Key><Size>7</Size></Contents>");
        let keys: String = keys.iter().map(key).collect();
        let more = next.map_or_else(String::new, |n| {
            format!("<NextContinuationToken>{n}</NextContinuationToken>")
        });
        let truncated = next.is_some();
        let xml = format!(
            "<ListBucketResult><IsTruncated>{truncated}</IsTruncated>{more}{keys}</ListBucketResult>"
        );
        Reply::new(200, xml).header("Content-Type", "application/xml")
    };
    let server = Server::start(move |before, request| match before % 2 {
        0 => page(&["r/b.yml", "r/c.yml"], Some("more")),
        _ => {
            assert!(request.path.contains("continuation-token=more"));
            page(&["r/a.yml"], None)
        }
    });
    let objects = objects(&server, patient());
    let found = objects.list("rules", "r/", 3).await.unwrap();
    let keys: Vec<&str> = found.iter().map(|o| o.key.as_str()).collect();
    assert_eq!(keys, ["r/a.yml", "r/b.yml", "r/c.yml"]);
    assert_eq!(found[0].size, Some(7));
    let fault = objects.list("rules", "r/", 2).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Invalid);
}
