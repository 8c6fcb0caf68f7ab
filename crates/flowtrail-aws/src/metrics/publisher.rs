//! Sends a board to CloudWatch.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::config::Builder;
use aws_sdk_cloudwatch::config::retry::RetryConfig;
use aws_sdk_cloudwatch::types::MetricDatum;

use super::board::Board;
use super::request::requests;
use crate::fault::{Fault, FaultKind};

/// Bodies from this size on are compressed: all but the smallest.
const COMPRESSED_FROM: u32 = 1_024;
/// Requests that a refused one may be broken into to find the bad datum.
const PARTS_MAX: u32 = 64;
/// How often a request that CloudWatch has no room for is sent again.
const AGAIN_MAX: u32 = 3;
/// Before the first of these; doubled with each further one.
const PAUSE: Duration = Duration::from_millis(100);

/// What was published.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Published {
    /// Data that CloudWatch took.
    pub data: usize,
    /// Requests that it took to.
    pub requests: u32,
    /// Data that were left out, by reason.
    pub rejected: BTreeMap<&'static str, u64>,
}

/// Why a board was not published, or not all of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{fault}; {taken} data were taken before")]
pub struct Unpublished {
    /// What went wrong.
    pub fault: Fault,
    /// Data that CloudWatch had taken before.
    pub taken: usize,
}

impl Unpublished {
    /// Whether CloudWatch has taken nothing for certain. After a time-out or a
    /// broken connection nobody knows.
    #[must_use]
    pub const fn is_certain(&self) -> bool {
        self.taken == 0
            && match self.fault.kind {
                FaultKind::NotFound
                | FaultKind::Denied
                | FaultKind::KeyDenied
                | FaultKind::Throttled
                | FaultKind::Invalid => true,
                FaultKind::Timeout | FaultKind::Network | FaultKind::Service => false,
            }
    }
}

/// Publishes into one namespace.
#[derive(Debug, Clone)]
pub struct Publisher {
    client: Client,
    namespace: String,
}

impl Publisher {
    /// A publisher over a configuration of the SDK, with compressed requests.
    #[must_use]
    pub fn new(config: Builder, namespace: String) -> Self {
        let config = config
            .disable_request_compression(false)
            .request_min_compression_size_bytes(COMPRESSED_FROM)
            // After a lost answer the SDK would send again what CloudWatch has
            // counted already.
            .retry_config(RetryConfig::disabled())
            .build();
        Self {
            client: Client::from_conf(config),
            namespace,
        }
    }

    /// Publishes a board at `now`, in seconds since the epoch: one request for
    /// up to a thousand data. CloudWatch adds up what it is told twice, so a
    /// board must be published once.
    ///
    /// # Errors
    /// [`Unpublished`]: the first fault that is not a refusal of single data.
    /// What was published before stays published.
    pub async fn publish(&self, board: &Board, now: i64) -> Result<Published, Unpublished> {
        let made = requests(board, now);
        let mut published = Published {
            rejected: made.rejected,
            ..Published::default()
        };
        for batch in made.batches {
            let sent = self.send(batch, &mut published).await;
            sent.map_err(|fault| Unpublished {
                fault,
                taken: published.data,
            })?;
        }
        Ok(published)
    }

    /// Sends a batch. If CloudWatch refuses it as invalid, which the limits
    /// that are kept here should rule out, it is halved until the bad datum
    /// stands alone.
    async fn send(&self, batch: Vec<MetricDatum>, done: &mut Published) -> Result<(), Fault> {
        let mut open = vec![batch];
        let mut again = 0;
        while let Some(part) = open.pop() {
            if part.is_empty() {
                continue;
            }
            done.requests += 1;
            let sent = self
                .client
                .put_metric_data()
                .namespace(&self.namespace)
                .set_metric_data(Some(part.clone()))
                .send()
                .await;
            let Err(error) = sent else {
                done.data += part.len();
                continue;
            };
            let fault = Fault::of("PutMetricData", &error);
            // Of a throttled request, and of no other, it is certain that
            // nothing was counted and that it may be sent again.
            if fault.kind == FaultKind::Throttled && again < AGAIN_MAX {
                tokio::time::sleep(PAUSE * 2_u32.saturating_pow(again)).await;
                again += 1;
                open.push(part);
                continue;
            }
            if fault.kind != FaultKind::Invalid || done.requests >= PARTS_MAX {
                return Err(fault);
            }
            if part.len() == 1 {
                *done.rejected.entry("other").or_default() += 1;
                continue;
            }
            let (a, b) = part.split_at(part.len() / 2);
            open.push(b.to_vec());
            open.push(a.to_vec());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use aws_sdk_cloudwatch::config::{BehaviorVersion, Credentials, Region};
    use aws_sdk_cloudwatch::operation::put_metric_data::{PutMetricDataError, PutMetricDataOutput};
    use aws_smithy_mocks::{
        MockResponse, MockResponseInterceptor, RuleMode, create_mock_http_client, mock,
    };
    use aws_smithy_types::error::ErrorMetadata;

    use super::*;

    const NOW: i64 = 1_795_000_000;

    /// CloudWatch takes the first `taken` requests and says `code` to the rest.
    fn cloudwatch(taken: usize, code: &'static str) -> Publisher {
        let seen = Mutex::new(0);
        let answer = mock!(Client::put_metric_data).then_compute_response(move |_| {
            let mut seen = seen.lock().unwrap();
            *seen += 1;
            if *seen <= taken {
                return MockResponse::Output(PutMetricDataOutput::builder().build());
            }
            let meta = ErrorMetadata::builder().code(code).build();
            MockResponse::Error(PutMetricDataError::generic(meta))
        });
        let answers = MockResponseInterceptor::new()
            .rule_mode(RuleMode::MatchAny)
            .with_rule(&answer);
        let config = Builder::new()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::for_tests())
            .http_client(create_mock_http_client())
            .interceptor(answers);
        Publisher::new(config, "Flowtrail".to_owned())
    }

    /// A board of two requests.
    fn board() -> Board {
        let mut board = Board::new(1_200);
        (0..1_200).for_each(|n| board.add_rule(&format!("rule-{n}"), 1));
        board
    }

    #[tokio::test]
    async fn what_was_taken_in_part_is_not_certain() {
        let all = cloudwatch(2, "").publish(&board(), NOW).await.unwrap();
        assert_eq!((all.data, all.requests), (1_200, 2));
        for code in ["Throttling", "AccessDenied"] {
            let none = cloudwatch(0, code).publish(&board(), NOW).await;
            let none = none.unwrap_err();
            assert!(none.taken == 0 && none.is_certain(), "{none}");
            let half = cloudwatch(1, code).publish(&board(), NOW).await;
            let half = half.unwrap_err();
            assert!(half.taken == 1_000 && !half.is_certain(), "{half}");
        }
        let broken = cloudwatch(0, "InternalFailure");
        let broken = broken.publish(&board(), NOW).await.unwrap_err();
        assert!(!broken.is_certain(), "nobody knows");
    }
}
