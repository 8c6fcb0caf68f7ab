//! The clients of all services, from one configuration.

use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};

use crate::alarms::Alarms;
use crate::drill::Drill;
use crate::metrics::Publisher;
use crate::objects::{Objects, Patience};
use crate::publish::{Bus, DeadLetters, Topic};
use crate::state::State;

/// Time for a connection: within one region it takes milliseconds.
const CONNECT_MAX: Duration = Duration::from_secs(3);
/// Time for one try of a call; calls that move more have a limit of their own.
const ATTEMPT_MAX: Duration = Duration::from_secs(10);

/// Makes clients over the SDK's ordinary chain of credentials, region and
/// endpoints: environment, profile, container, instance.
#[derive(Debug, Clone)]
pub struct Clients {
    sdk: SdkConfig,
}

impl Clients {
    /// Reads the configuration. Nothing is called before a client is used.
    pub async fn load() -> Self {
        // The SDK by itself waits for ever for a server that says nothing.
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_MAX)
            .operation_attempt_timeout(ATTEMPT_MAX)
            .build();
        let loader = aws_config::defaults(BehaviorVersion::latest()).timeout_config(timeouts);
        Self {
            sdk: loader.load().await,
        }
    }

    /// Objects of S3.
    #[must_use]
    pub fn objects(&self, patience: Patience) -> Objects {
        Objects::new(self.s3(), patience)
    }

    fn s3(&self) -> aws_sdk_s3::Client {
        // What imitates S3 at an address of its own knows buckets by path only.
        let imitated = self.is_imitated("AWS_ENDPOINT_URL_S3");
        let config = aws_sdk_s3::config::Builder::from(&self.sdk).force_path_style(imitated);
        aws_sdk_s3::Client::from_conf(config.build())
    }

    /// Where somebody else than AWS is asked for a service, whose own variable is
    /// `variable`: it counts before the one for all.
    fn address(&self, variable: &str) -> Option<String> {
        let set = [variable, "AWS_ENDPOINT_URL"];
        let set = set.iter().find_map(|name| std::env::var(name).ok());
        set.or_else(|| self.sdk.endpoint_url().map(str::to_owned))
    }

    /// What a fire drill uses.
    #[must_use]
    pub fn drill(&self) -> Drill {
        let here = ["://127.", "://localhost", "://[::1]"];
        let is_here = |address: String| here.iter().any(|h| address.contains(h));
        // Alarms are CloudWatch's, wherever the objects are.
        let cloudwatch = self.address("AWS_ENDPOINT_URL_CLOUDWATCH");
        Drill {
            s3: self.s3(),
            sqs: aws_sdk_sqs::Client::new(&self.sdk),
            sns: aws_sdk_sns::Client::new(&self.sdk),
            cloudwatch: aws_sdk_cloudwatch::Client::new(&self.sdk),
            emulated: cloudwatch.is_some_and(is_here),
        }
    }

    /// The state table `table`, whose items are kept for `keep`.
    #[must_use]
    pub fn state(&self, table: String, keep: Duration) -> State {
        State::new(aws_sdk_dynamodb::Client::new(&self.sdk), table, keep)
    }

    /// Metrics in one namespace.
    #[must_use]
    pub fn publisher(&self, namespace: String) -> Publisher {
        let config = aws_sdk_cloudwatch::config::Builder::from(&self.sdk);
        Publisher::new(config, namespace)
    }

    /// The alarms of the region.
    #[must_use]
    pub fn alarms(&self) -> Alarms {
        let config = aws_sdk_cloudwatch::config::Builder::from(&self.sdk);
        Alarms::new(config, !self.is_imitated("AWS_ENDPOINT_URL_CLOUDWATCH"))
    }

    /// Whether a service is spoken to at an address that somebody set.
    fn is_imitated(&self, variable: &str) -> bool {
        self.address(variable).is_some()
    }

    /// The topic `arn`.
    #[must_use]
    pub fn topic(&self, arn: &str) -> Topic {
        Topic::new(aws_sdk_sns::Client::new(&self.sdk), arn)
    }

    /// The event bus of that name or ARN.
    #[must_use]
    pub fn bus(&self, name: &str) -> Bus {
        Bus::new(aws_sdk_eventbridge::Client::new(&self.sdk), name)
    }

    /// The dead-letter queue at `url`.
    #[must_use]
    pub fn dead_letters(&self, url: &str) -> DeadLetters {
        DeadLetters::new(aws_sdk_sqs::Client::new(&self.sdk), url)
    }
}
