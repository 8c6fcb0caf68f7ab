//! The log: JSON on standard output, one line an event, as `CloudWatch` Logs
//! Insights reads it.
//!
//! Nothing of a record stands in it above the level `debug`: what is logged is
//! names of objects, counts and reasons.

use tracing_subscriber::EnvFilter;

/// What is logged of the libraries, whatever is asked for of ours.
const QUIET: &str = "hyper=warn,aws_smithy_runtime=warn,aws_smithy_http_client=warn,\
                     aws_config=warn,aws_sdk=warn,rustls=warn,tower=warn,lambda_runtime=warn";

/// Begins logging. `wanted` is a level or a filter of `tracing`; one that
/// cannot be read is the level `info`, and said so.
pub fn begin(wanted: &str) {
    let parsed = EnvFilter::try_new(format!("{QUIET},{wanted}"));
    let bad = parsed.is_err();
    let filter = parsed.unwrap_or_else(|_| EnvFilter::new(format!("{QUIET},info")));
    let begun = tracing_subscriber::fmt()
        .json()
        .with_env_filter(filter)
        .with_current_span(false)
        .with_span_list(false)
        .with_target(false)
        .flatten_event(true)
        .with_ansi(false)
        .try_init();
    if begun.is_ok() && bad {
        tracing::warn!(
            filter = wanted,
            "FLOWTRAIL_LOG cannot be read; the level is info"
        );
    }
}
