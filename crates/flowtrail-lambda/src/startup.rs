//! Cold start: from the environment to a function that is ready.

mod baseline;
mod known;
mod places;

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use flowtrail_aws::metrics::{Board, Metric};
use flowtrail_aws::publish::{FindingsBucket, Notifier};
use flowtrail_aws::{Clients, Objects, Patience};
use flowtrail_baseline::Baseline;
use flowtrail_context::Given;
use flowtrail_scan::ScanOptions;
use flowtrail_sigma::RuleSource;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::config::{Config, Place};
use crate::function::Function;
use crate::memory::Remembering;
use crate::outlet::Outlet;
use crate::pool::Pool;
use crate::rules::Rules;

/// Rule files under the prefix of further rules.
const RULE_FILES_MAX: usize = 2_000;
/// Bytes of one rule file.
const RULE_FILE_BYTES_MAX: u64 = 1 << 20;
/// Time for reading files; AWS allows ten seconds for the whole cold start.
const READING_TIME_MAX: Duration = Duration::from_secs(8);
/// Memory that one object may need besides what the function needs itself: a
/// window over the object, a record of the greatest length, its findings.
const OBJECT_MEMORY_MB: usize = 96;
/// What the function itself needs: rules, TLS, SDK.
const BASE_MEMORY_MB: usize = 64;
/// Objects side by side at most: more connections do not make S3 faster.
const CONCURRENCY_MAX: usize = 16;

/// Sets everything up.
///
/// # Errors
/// If the rules of the bucket cannot be read, the context, the baseline or a file of places
/// cannot be used, the flow-log format is none, or the prefix of findings is too long.
pub async fn ready(config: Config) -> anyhow::Result<Function> {
    let clients = Clients::load().await;
    let objects = clients.objects(Patience {
        stall: config.stall,
        ..Patience::default()
    });
    let memory_mb = memory_mb();
    let Read {
        further,
        given,
        baseline,
        hot_mb,
    } = read(&config, &objects, memory_mb).await?;
    let rules = Rules::load(&config, further, &given)?;
    let flow_format = config
        .flow_format
        .as_deref()
        .map(flowtrail_flowlog::Format::parse)
        .transpose()
        .context("FLOWTRAIL_FLOW_FORMAT cannot be read")?;
    let options = ScanOptions {
        flow_format,
        ..ScanOptions::default()
    };
    let pool = Arc::new(Pool::new(Arc::clone(&rules.plan), options.clone()));
    let memory = baseline.map(|b| Remembering::new(b, Arc::clone(&rules.plan), options));
    if config.state_table.is_none() && memory.as_ref().is_some_and(Remembering::is_asked) {
        tracing::warn!(
            "without FLOWTRAIL_STATE_TABLE what is new since the baseline is new again every day"
        );
    }
    let outlet = outlet(&config, &clients, &objects)?;
    let table = config.state_table.clone();
    let state = table.map(|table| clients.state(table, config.state_keep));
    let metrics = clients.publisher(config.namespace.clone());
    Ok(Function {
        concurrency: config
            .concurrency
            .unwrap_or_else(|| objects_in(memory_mb.saturating_sub(hot_mb))),
        config,
        rules,
        pool,
        memory: memory.map(Arc::new),
        objects,
        state,
        outlet,
        metrics,
    })
}

/// What is read at a cold start.
struct Read {
    further: Vec<RuleSource>,
    given: Given,
    baseline: Option<Arc<Baseline>>,
    /// Megabytes of it that stay in memory.
    hot_mb: usize,
}

/// Reads all files side by side: AWS allows ten seconds for all of it.
async fn read(config: &Config, objects: &Objects, memory_mb: usize) -> anyhow::Result<Read> {
    let further = async {
        match &config.rules {
            Some(place) => rules_of(objects, place).await,
            None => Ok(Vec::new()),
        }
    };
    let context = async {
        match &config.context {
            Some(place) => known::context_of(objects, place).await.map(Some),
            None => Ok(None),
        }
    };
    let baseline = async {
        match &config.baseline {
            Some(place) => baseline::baseline_of(objects, place, memory_mb)
                .await
                .map(Some),
            None => Ok(None),
        }
    };
    let places = async {
        match &*config.geo {
            [] => Ok(None),
            files => places::places_of(objects, files, memory_mb).await.map(Some),
        }
    };
    let (further, context, baseline, places) =
        tokio::try_join!(further, context, baseline, places)?;
    let bytes = baseline.as_ref().map_or(0, |b| b.bytes()) + places.as_ref().map_or(0, |p| p.bytes);
    let (hot_mb, own_mb) = (bytes >> 20, BASE_MEMORY_MB + OBJECT_MEMORY_MB);
    // Each of them fits; together they may not.
    anyhow::ensure!(
        hot_mb == 0 || hot_mb + own_mb <= memory_mb,
        "FLOWTRAIL_BASELINE and FLOWTRAIL_GEO take {hot_mb} MB of memory together, and a \
         function of {memory_mb} MB has {} MB for them\nhint: give the function more memory",
        memory_mb.saturating_sub(own_mb)
    );
    Ok(Read {
        further,
        given: Given {
            context,
            memory: baseline.as_ref().map(|b| b.id().into()),
            places: places.map(|p| p.places),
        },
        baseline,
        hot_mb,
    })
}

/// Counts a cold start that failed, as far as that can be told at all: who may
/// not publish is seen by the silence, and by AWS's own `Errors`.
pub async fn failed(namespace: String) {
    let mut board = Board::new(0);
    board.add(Metric::StartsFailed, 1);
    let publisher = Clients::load().await.publisher(namespace);
    if let Err(fault) = publisher.publish(&board, crate::function::now()).await {
        tracing::error!(error = %fault, "metrics not published");
    }
}

fn outlet(config: &Config, clients: &Clients, objects: &Objects) -> anyhow::Result<Outlet> {
    let bucket = config
        .findings
        .as_ref()
        .map(|p| FindingsBucket::new(objects.clone(), &p.bucket, &p.prefix, config.gzip))
        .transpose()
        .context("FLOWTRAIL_FINDINGS cannot be used")?;
    let topic = config.topic.as_deref().map(|arn| clients.topic(arn));
    let bus = config.event_bus.as_deref().map(|name| clients.bus(name));
    let dead = config.dead_letters.as_deref();
    Ok(Outlet {
        bucket,
        ocsf: config.ocsf,
        notifier: Notifier::new(topic, bus),
        dead: dead.map(|url| clients.dead_letters(url)),
    })
}

/// The rule files under a prefix, in the order of their names, within
/// [`READING_TIME_MAX`]. A file that cannot be fetched stops the cold start: a
/// detector that starts without its rules looks well and is blind.
async fn rules_of(objects: &Objects, place: &Place) -> anyhow::Result<Vec<RuleSource>> {
    let deadline = Instant::now() + READING_TIME_MAX;
    let fetched = tokio::time::timeout_at(deadline.into(), fetch(objects, place, deadline)).await;
    fetched.context("FLOWTRAIL_RULES cannot be read in time")?
}

async fn fetch(
    objects: &Objects,
    place: &Place,
    deadline: Instant,
) -> anyhow::Result<Vec<RuleSource>> {
    let found = objects
        .list(&place.bucket, &place.prefix, RULE_FILES_MAX)
        .await
        .context("FLOWTRAIL_RULES cannot be listed")?;
    let is_rule = |key: &str| {
        let yaml = key.ends_with(".yml") || key.ends_with(".yaml");
        yaml && !key.ends_with(".cases.yml") && !key.ends_with(".cases.yaml")
    };
    let rules = found.into_iter().filter(|o| is_rule(&o.key));
    let rules = rules.map(|object| async move {
        let read = objects.read(&object, RULE_FILE_BYTES_MAX, deadline).await;
        let bytes = read.with_context(|| format!("{} cannot be read", object.uri()))?;
        Ok(RuleSource {
            file: object.uri(),
            text: String::from_utf8_lossy(&bytes).into_owned(),
        })
    });
    stream::iter(rules)
        .buffered(CONCURRENCY_MAX)
        .try_collect()
        .await
}

/// Megabytes that the function has.
fn memory_mb() -> usize {
    let memory = std::env::var("AWS_LAMBDA_FUNCTION_MEMORY_SIZE");
    let memory = memory.ok().and_then(|m| m.parse().ok());
    memory.unwrap_or(1_024)
}

/// As many objects side by side as so much memory allows.
const fn objects_in(memory_mb: usize) -> usize {
    let fits = memory_mb.saturating_sub(BASE_MEMORY_MB) / OBJECT_MEMORY_MB;
    if fits == 0 {
        1
    } else if fits > CONCURRENCY_MAX {
        CONCURRENCY_MAX
    } else {
        fits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_says_how_many_objects_fit() {
        assert_eq!(objects_in(128), 1);
        assert_eq!(objects_in(512), 4);
        assert_eq!(objects_in(1_769), CONCURRENCY_MAX);
        assert_eq!(objects_in(10_240), CONCURRENCY_MAX);
    }
}
