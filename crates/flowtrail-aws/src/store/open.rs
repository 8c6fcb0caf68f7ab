//! Finds a bucket: its credentials, its endpoint, its region.

use std::sync::Arc;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::Client;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::head_bucket::HeadBucketError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use object_store::ObjectStore;

use super::S3Store;
use crate::fault::{Fault, FaultKind};
use crate::objects::{Patience, attempts_of};

/// Time for a connection, which may go around the world.
const CONNECT_MAX: Duration = Duration::from_secs(5);
/// One try of asking for a bucket.
const HEAD_TIME_MAX: Duration = Duration::from_secs(10);
/// Tries of a call. Who reads with hundreds of requests at a time is told to
/// slow down now and then, and waits longer before each further one.
const TRIES_MAX: u32 = 6;
/// What S3 tells about a bucket that is asked for in another region.
const REGION_HEADER: &str = "x-amz-bucket-region";
/// Any region knows where a bucket is; this one has always been there.
const FIRST_REGION: &str = "us-east-1";

/// Which bucket, and as whom.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BucketSettings {
    /// Its name.
    pub bucket: String,
    /// A profile of the files that all programs of AWS read; else `AWS_PROFILE`.
    pub profile: Option<String>,
    /// Its region; else it is found.
    pub region: Option<String>,
    /// An address that speaks as S3 does; else `AWS_ENDPOINT_URL_S3`,
    /// `AWS_ENDPOINT_URL`, the profile's, and AWS itself.
    pub endpoint: Option<String>,
}

impl BucketSettings {
    /// A bucket, with everything else from the environment.
    #[must_use]
    pub fn named(bucket: impl Into<String>) -> Self {
        Self {
            bucket: bucket.into(),
            ..Self::default()
        }
    }
}

/// A bucket that does not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot open `s3://{bucket}`: {fault}\nhint: {}", hint(.fault.kind))]
pub struct BucketError {
    /// The bucket.
    pub bucket: String,
    /// Why.
    pub fault: Fault,
}

const fn hint(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::NotFound => "there is no bucket of this name; see `aws s3 ls`",
        FaultKind::Denied | FaultKind::KeyDenied => {
            "s3:ListBucket on the bucket and s3:GetObject on its objects are needed; `aws sts \
             get-caller-identity` says who you are"
        }
        FaultKind::Throttled | FaultKind::Service => "try it again later",
        FaultKind::Timeout | FaultKind::Network | FaultKind::Invalid => {
            "credentials and region come from the environment or a profile, as with other \
             programs of AWS (AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL)"
        }
    }
}

/// Opens a bucket over the SDK's ordinary chain of credentials (environment,
/// profile, single sign-on, a process, container, instance), in the region where
/// the bucket is.
///
/// # Errors
/// If there is no such bucket, no credentials, or no answer. Whether its objects
/// may be listed or read is found out by whoever does so.
pub async fn open_bucket(settings: &BucketSettings) -> Result<Arc<dyn ObjectStore>, BucketError> {
    let failed = |fault| BucketError {
        bucket: settings.bucket.clone(),
        fault,
    };
    let sdk = sdk(settings).await;
    let mut client = client(&sdk, settings, None);
    let answer = head(&client, &settings.bucket).await;
    if let Some(region) = elsewhere(&client, &answer) {
        tracing::debug!(bucket = settings.bucket, region, "the bucket is elsewhere");
        if let Some(wanted) = &settings.region {
            let message = format!("it is in {region}, not in {wanted}");
            return Err(failed(Fault::new(CALL, FaultKind::Invalid, message)));
        }
        client = self::client(&sdk, settings, Some(region));
        judged(&head(&client, &settings.bucket).await).map_err(failed)?;
    } else {
        judged(&answer).map_err(failed)?;
    }
    let store = S3Store::new(client, settings.bucket.clone(), Patience::default());
    Ok(Arc::new(store))
}

const CALL: &str = "HeadBucket";

/// The region of a bucket, and why it is not said whether the bucket is there.
struct Answer {
    region: Option<String>,
    status: u16,
    fault: Option<Fault>,
}

async fn sdk(settings: &BucketSettings) -> SdkConfig {
    let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT_MAX);
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .timeout_config(timeouts.build())
        .retry_config(RetryConfig::standard().with_max_attempts(TRIES_MAX));
    if let Some(profile) = &settings.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(region) = &settings.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(endpoint) = &settings.endpoint {
        loader = loader.endpoint_url(endpoint);
    }
    loader.load().await
}

fn client(sdk: &SdkConfig, settings: &BucketSettings, region: Option<String>) -> Client {
    // What imitates S3 at an address of its own knows buckets by path only.
    let set = |name| std::env::var_os(name).is_some();
    let imitated = sdk.endpoint_url().is_some()
        || settings.endpoint.is_some()
        || set("AWS_ENDPOINT_URL")
        || set("AWS_ENDPOINT_URL_S3");
    let mut config = aws_sdk_s3::config::Builder::from(sdk).force_path_style(imitated);
    if let Some(region) = region {
        config = config.region(Region::new(region));
    } else if sdk.region().is_none() {
        config = config.region(Region::new(FIRST_REGION));
    }
    Client::from_conf(config.build())
}

async fn head(client: &Client, bucket: &str) -> Answer {
    let request = client.head_bucket().bucket(bucket);
    let config = attempts_of(HEAD_TIME_MAX);
    match request.customize().config_override(config).send().await {
        Ok(answer) => Answer {
            region: answer.bucket_region().map(str::to_owned),
            status: 200,
            fault: None,
        },
        Err(error) => refused(&error),
    }
}

fn refused(error: &SdkError<HeadBucketError, HttpResponse>) -> Answer {
    let response = error.raw_response();
    let region = response.and_then(|r| r.headers().get(REGION_HEADER));
    let mut fault = Fault::of(CALL, error);
    let status = response.map_or(0, |r| r.status().as_u16());
    // An answer to HEAD has no body and so no code.
    let said = match status {
        301 => Some((FaultKind::Invalid, "it is in another region")),
        400 => Some((
            FaultKind::Denied,
            "the credentials are not, or no longer, valid",
        )),
        403 => Some((FaultKind::Denied, "no permission")),
        404 => Some((FaultKind::NotFound, "no such bucket")),
        _ => None,
    };
    if let Some((kind, message)) = said {
        fault = Fault::new(CALL, kind, message);
    }
    Answer {
        region: region.map(str::to_owned),
        status,
        fault: Some(fault),
    }
}

/// Where the bucket is, if the client asks somewhere else.
fn elsewhere(client: &Client, answer: &Answer) -> Option<String> {
    let mine = client.config().region().map(Region::as_ref);
    answer.region.clone().filter(|r| Some(r.as_str()) != mine)
}

/// Somebody may read objects without being allowed to ask for their bucket.
fn judged(answer: &Answer) -> Result<(), Fault> {
    match &answer.fault {
        Some(fault) if answer.status != 403 => Err(fault.clone()),
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::config::{Config, Credentials};

    use super::*;
    use crate::objects::server::{Reply, Server};

    async fn asked(status: u16, region: Option<&'static str>) -> (Client, Answer) {
        let server = Server::start(move |_, _| {
            let reply = Reply::new(status, "");
            region.map_or(reply.clone(), |r| reply.header(REGION_HEADER, r))
        });
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .credentials_provider(Credentials::new("id", "secret", None, None, "test"))
            .region(Region::new("eu-west-1"))
            .endpoint_url(&server.url)
            .force_path_style(true)
            .retry_config(RetryConfig::disabled())
            .build();
        let client = Client::from_conf(config);
        let answer = head(&client, "logs").await;
        (client, answer)
    }

    #[tokio::test]
    async fn a_bucket_tells_its_region_whatever_else_it_says() {
        for status in [200, 301, 400, 403] {
            let (client, answer) = asked(status, Some("ap-south-1")).await;
            let found = elsewhere(&client, &answer);
            assert_eq!(found.as_deref(), Some("ap-south-1"), "{status}");
        }
        let (client, answer) = asked(200, Some("eu-west-1")).await;
        assert_eq!(elsewhere(&client, &answer), None);
    }

    #[tokio::test]
    async fn only_a_denial_leaves_hope() {
        assert_eq!(judged(&asked(200, None).await.1), Ok(()));
        assert_eq!(judged(&asked(403, None).await.1), Ok(()));
        for (status, kind) in [
            (301, FaultKind::Invalid),
            (400, FaultKind::Denied),
            (404, FaultKind::NotFound),
        ] {
            let fault = judged(&asked(status, None).await.1).unwrap_err();
            assert_eq!(fault.kind, kind, "{status}");
        }
        let error = BucketError {
            bucket: "logs".into(),
            fault: judged(&asked(404, None).await.1).unwrap_err(),
        };
        let text = error.to_string();
        assert!(text.starts_with("cannot open `s3://logs`: "), "{text}");
        assert!(text.contains("\nhint: "), "{text}");
    }
}
