//! How late data come, and how far an alarm has to look back for them.
//!
//! `CloudWatch` judges a window of N periods that ends now. A datum that becomes
//! visible only after its own time has left the window is never seen. So N is
//! computed from the delay of whoever publishes; `tests` plays the evaluation
//! through, without this arithmetic.

use std::time::Duration;

use flowtrail_aws::metrics::periods_for;

/// Who publishes a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Publisher {
    /// The function, at the time of processing.
    Function,
    /// AWS Lambda.
    Lambda,
    /// Amazon SQS.
    Queue,
}

impl Publisher {
    /// How long after its own time a datum is visible at the latest.
    #[must_use]
    pub const fn delay(self) -> Duration {
        Duration::from_secs(match self {
            // Two minutes until a new series can be read (CloudWatch's guide, on
            // publishing metrics), and four tries of ten seconds to put it.
            Self::Function => 2 * 60 + 40,
            // A datum has the time at which its invocation began, and comes after
            // its end (Lambda's guide, on metrics): fifteen minutes at most, and
            // two to be read.
            Self::Lambda => 15 * 60 + 2 * 60,
            // A queue that was idle for hours is measured again after up to fifteen
            // minutes (SQS's guide, on metrics).
            Self::Queue => 15 * 60,
        })
    }
}

/// Periods that an alarm needs, of which `datapoints` in a row have to be over the
/// threshold: the last of them may come late, and the first must still be there.
#[must_use]
pub fn evaluation_periods(datapoints: u32, publisher: Publisher, period_secs: u32) -> u32 {
    let period = Duration::from_secs(u64::from(period_secs));
    periods_for(publisher.delay(), period) + datapoints.saturating_sub(1)
}

#[cfg(test)]
mod tests;
