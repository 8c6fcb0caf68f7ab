//! The function, as `provided.al2023` starts it.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use flowtrail_lambda::config::Config;
use flowtrail_lambda::function::{Function, InvocationError};
use flowtrail_lambda::{log, startup};
use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use serde_json::Value;
use tokio::sync::OnceCell;

/// Time that an invocation has whose deadline makes no sense, as that of some
/// local emulations does not.
const UNKNOWN_TIME: Duration = Duration::from_secs(60);

#[tokio::main]
async fn main() -> Result<(), Error> {
    let config = match Config::from_environment() {
        Ok(config) => config,
        Err(errors) => {
            log::begin("info");
            tracing::error!(error = %errors, "the configuration cannot be used");
            return Err(errors.into());
        }
    };
    log::begin(&config.log);
    // Rules are compiled while the first event is waited for.
    let function: Arc<OnceCell<Arc<Function>>> = Arc::default();
    let warm = Arc::clone(&function);
    let early = config.clone();
    tokio::spawn(async move {
        if let Err(error) = warm.get_or_try_init(|| Box::pin(start(early))).await {
            tracing::error!(error = format!("{error:#}"), "the function cannot start");
        }
    });
    let serve = |event: LambdaEvent<Value>| {
        let (function, config) = (Arc::clone(&function), config.clone());
        async move {
            let ready = function.get_or_try_init(|| Box::pin(start(config))).await;
            let ready = ready.map_err(|e| diagnostic("StartFailed", format!("{e:#}")))?;
            let deadline = deadline(event.context.deadline);
            // On the heap: the future of an invocation holds all its calls.
            let id = &event.context.request_id;
            let answered = Box::pin(ready.handle(&event.payload, deadline, id)).await;
            answered.map_err(|e: InvocationError| diagnostic(e.name(), e.to_string()))
        }
    };
    lambda_runtime::run(service_fn(serve)).await
}

/// Sets the function up, off the threads that wait, and says what it came to.
async fn start(config: Config) -> anyhow::Result<Arc<Function>> {
    let began = Instant::now();
    let namespace = config.namespace.clone();
    let function = match startup::ready(config).await {
        Ok(function) => function,
        Err(error) => {
            startup::failed(namespace).await;
            return Err(error);
        }
    };
    tracing::info!(
        rules = function.rules.plan.rules().rules().len(),
        correlations = function.rules.plan.rules().correlations().len(),
        concurrency = function.concurrency,
        milliseconds = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        "ready"
    );
    function.report_rules().await;
    Ok(Arc::new(function))
}

/// An error as AWS shows it: a name to search for, and what happened.
fn diagnostic(name: &str, message: String) -> Diagnostic {
    Diagnostic {
        error_type: name.to_owned(),
        error_message: message,
    }
}

/// When the time of an invocation is up. `deadline_ms` counts from the epoch.
fn deadline(deadline_ms: u64) -> Instant {
    let at = SystemTime::UNIX_EPOCH + Duration::from_millis(deadline_ms);
    let left = at.duration_since(SystemTime::now()).unwrap_or(UNKNOWN_TIME);
    Instant::now() + left
}
