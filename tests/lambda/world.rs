//! An AWS of the test's own: names that no other test has, and what a test has
//! to put in and look up.

mod messaging;
mod metrics;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
    TimeToLiveSpecification,
};
use aws_sdk_s3::config::Credentials;
use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};
use bytes::Bytes;
use serde_json::Value;

pub(crate) use messaging::{Queue, Received};

pub(crate) const REGION: &str = "us-east-1";
pub(crate) const ACCOUNT: &str = "123456789012";

/// Clients of one AWS, which try once. Names made here begin with the name of
/// the test.
pub(crate) struct World {
    /// Where moto listens: `http://127.0.0.1:port`.
    pub(crate) endpoint: String,
    pub(crate) s3: aws_sdk_s3::Client,
    pub(crate) sqs: aws_sdk_sqs::Client,
    pub(crate) sns: aws_sdk_sns::Client,
    pub(crate) events: aws_sdk_eventbridge::Client,
    pub(crate) dynamodb: aws_sdk_dynamodb::Client,
    pub(crate) cloudwatch: aws_sdk_cloudwatch::Client,
    name: String,
}

/// An object that was put, as S3 would announce it.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(crate) size: usize,
    pub(crate) etag: String,
    pub(crate) version: Option<String>,
    /// Grows with every object that is put.
    pub(crate) sequencer: String,
}

impl World {
    /// The world of a test. `None`, with a message, where there is no moto.
    pub(crate) async fn of(test: &str) -> Option<Self> {
        match std::env::var("FLOWTRAIL_TEST_AWS") {
            Ok(endpoint) => Some(Self::at(&endpoint, test).await),
            Err(_) => {
                eprintln!("{test}: skipped, there is no AWS; `cargo xtask test` brings one");
                None
            }
        }
    }

    /// The same, behind another address: that of a proxy.
    pub(crate) async fn at(endpoint: &str, test: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        let config = aws_config::defaults(BehaviorVersion::latest())
            .endpoint_url(endpoint)
            .retry_config(RetryConfig::disabled())
            .region(Region::new(REGION))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .load()
            .await;
        Self {
            endpoint: endpoint.to_owned(),
            s3: aws_sdk_s3::Client::new(&config),
            sqs: aws_sdk_sqs::Client::new(&config),
            sns: aws_sdk_sns::Client::new(&config),
            events: aws_sdk_eventbridge::Client::new(&config),
            dynamodb: aws_sdk_dynamodb::Client::new(&config),
            cloudwatch: aws_sdk_cloudwatch::Client::new(&config),
            name: format!("{}-{}-{n}", test.replace('_', "-"), std::process::id()),
        }
    }

    /// A name of the world's own, for what the test calls `what`.
    pub(crate) fn named(&self, what: &str) -> String {
        let name = format!("{}-{what}", self.name);
        assert!(name.len() <= 63, "`{name}` is too long for a bucket");
        name
    }

    /// The CloudWatch namespace of the test.
    pub(crate) fn namespace(&self) -> String {
        self.named("metrics")
    }

    /// Makes a bucket.
    pub(crate) async fn bucket(&self, what: &str) -> String {
        let bucket = self.named(what);
        let create = self.s3.create_bucket().bucket(&bucket);
        create.send().await.unwrap();
        bucket
    }

    /// Makes a bucket that keeps versions.
    pub(crate) async fn versioned_bucket(&self, what: &str) -> String {
        let bucket = self.bucket(what).await;
        let on = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled);
        let put = self.s3.put_bucket_versioning().bucket(&bucket);
        let put = put.versioning_configuration(on.build());
        put.send().await.unwrap();
        bucket
    }

    pub(crate) async fn put(&self, bucket: &str, key: &str, bytes: impl Into<Bytes>) -> Stored {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let bytes = bytes.into();
        let size = bytes.len();
        let put = self.s3.put_object().bucket(bucket).key(key);
        let out = put.body(bytes.into()).send().await.unwrap();
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        Stored {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            size,
            etag: out.e_tag().unwrap().trim_matches('"').to_owned(),
            version: out.version_id().map(str::to_owned),
            sequencer: format!("0064E8E7{n:010X}"),
        }
    }

    pub(crate) async fn delete(&self, bucket: &str, key: &str) {
        let delete = self.s3.delete_object().bucket(bucket).key(key);
        delete.send().await.unwrap();
    }

    /// All objects of a bucket under a prefix.
    pub(crate) async fn objects(&self, bucket: &str, prefix: &str) -> BTreeMap<String, Bytes> {
        let list = self.s3.list_objects_v2().bucket(bucket).prefix(prefix);
        let mut pages = list.into_paginator().send();
        let mut out = BTreeMap::new();
        while let Some(page) = pages.next().await {
            for object in page.unwrap().contents() {
                let key = object.key().unwrap();
                let got = self.s3.get_object().bucket(bucket).key(key).send().await;
                let body = got.unwrap().body.collect().await.unwrap();
                out.insert(key.to_owned(), body.into_bytes());
            }
        }
        out
    }

    /// All objects of a bucket under a prefix, which are JSON.
    pub(crate) async fn documents(&self, bucket: &str, prefix: &str) -> BTreeMap<String, Value> {
        let read = |(key, body): (String, Bytes)| {
            let value = serde_json::from_slice(&body);
            (key, value.unwrap())
        };
        let objects = self.objects(bucket, prefix).await;
        objects.into_iter().map(read).collect()
    }

    /// Makes a state table: `pk` and `sk`, both texts, and a time to live in
    /// `expires`, to which moto pays no attention.
    pub(crate) async fn table(&self, what: &str) -> String {
        let table = self.named(what);
        let mut create = self.dynamodb.create_table().table_name(&table);
        for (name, kind) in [("pk", KeyType::Hash), ("sk", KeyType::Range)] {
            let key = KeySchemaElement::builder().attribute_name(name);
            let attribute = AttributeDefinition::builder().attribute_name(name);
            let attribute = attribute.attribute_type(ScalarAttributeType::S);
            create = create
                .key_schema(key.key_type(kind).build().unwrap())
                .attribute_definitions(attribute.build().unwrap());
        }
        let create = create.billing_mode(BillingMode::PayPerRequest);
        create.send().await.unwrap();
        let expiry = TimeToLiveSpecification::builder().enabled(true);
        let expiry = expiry.attribute_name("expires").build().unwrap();
        let update = self.dynamodb.update_time_to_live().table_name(&table);
        let update = update.time_to_live_specification(expiry);
        update.send().await.unwrap();
        table
    }

    /// All items of a table, `pk` and `sk` to the rest.
    pub(crate) async fn items(&self, table: &str) -> BTreeMap<(String, String), Item> {
        let scan = self.dynamodb.scan().table_name(table).consistent_read(true);
        let mut pages = scan.into_paginator().items().send();
        let mut out = BTreeMap::new();
        while let Some(item) = pages.next().await {
            let mut item = item.unwrap();
            let mut key = |name| item.remove(name).unwrap().as_s().unwrap().clone();
            let key = (key("pk"), key("sk"));
            out.insert(key, item);
        }
        out
    }
}

/// An item of a table.
pub(crate) type Item = std::collections::HashMap<String, aws_sdk_dynamodb::types::AttributeValue>;
