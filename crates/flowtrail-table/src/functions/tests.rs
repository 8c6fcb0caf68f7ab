//! Functions as SQL sees them.

mod differential;
mod errors;
mod examples;
mod fields;
mod fuzz;
#[path = "../../../../tests/mmdb.rs"]
mod mmdb;
mod presto;

use std::sync::Arc;

use datafusion::arrow::array::{Array, RecordBatch};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::execution::SessionStateBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};
use flowtrail_context::{Context, Places};

use super::{AthenaTypes, Knowledge, register};

const CONTEXT: &str = "version: 1
segments: {database: d, application: a}
accounts:
  - {id: 111122223333, alias: shop-prod, environment: production}
  - {id: 111122225555, alias: shop-dev, environment: development}
networks:
  - {cidr: 10.16.0.0/16, environment: production}
  - {cidr: 10.16.4.0/24, segment: database}
  - {cidr: 10.30.0.0/24, environment: development, until: '2026-06-01T00:00:00Z'}
  - {cidr: 10.30.0.0/24, environment: production, from: '2026-06-01T00:00:00Z'}
";

fn knowledge() -> Knowledge {
    let (context, _) = Context::parse("context.yaml", CONTEXT).unwrap();
    Knowledge {
        context: Some(Arc::new(context)),
        places: Some(places(&[
            mmdb::city("DE", 50.11, 8.68, 20),
            mmdb::system(64_500, "Example Net"),
        ])),
    }
}

/// Files of one network, with a value each.
fn places(values: &[mmdb::Value]) -> Arc<Places> {
    let file = |value: &mmdb::Value| {
        let mut file = mmdb::Mmdb::of_v4();
        file.say("203.0.113.0/24", value);
        ("test".to_owned(), file.finish("Test"))
    };
    Arc::new(Places::read(values.iter().map(file)).unwrap())
}

fn session_with(knowledge: Knowledge) -> SessionContext {
    // One partition, so that rows keep their order.
    let config = SessionConfig::new()
        .with_information_schema(true)
        .with_target_partitions(1);
    let state = SessionStateBuilder::new()
        .with_config(config)
        .with_default_features()
        .with_type_planner(Arc::new(AthenaTypes))
        .build();
    let mut session = SessionContext::new_with_state(state);
    register(&mut session, knowledge).unwrap();
    session
}

fn session() -> SessionContext {
    session_with(knowledge())
}

/// The rows of an answer, or the text of the error.
fn query(session: &SessionContext, sql: &str) -> Result<Vec<RecordBatch>, String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let run = async { session.sql(sql).await?.collect().await };
    runtime.block_on(run).map_err(|error| error.to_string())
}

/// Every value of a batch's first column as text; null is `NULL`.
fn texts(batches: &[RecordBatch]) -> Vec<String> {
    let options = FormatOptions::new().with_null("NULL");
    let column = |batch: &RecordBatch| {
        let column = batch.column(0);
        let format = ArrayFormatter::try_new(column, &options).unwrap();
        (0..column.len())
            .map(|row| format.value(row).to_string())
            .collect::<Vec<_>>()
    };
    batches.iter().flat_map(column).collect()
}

/// The one value that an expression has.
fn value(session: &SessionContext, expression: &str) -> Result<String, String> {
    let batches = query(session, &format!("SELECT {expression}"))?;
    Ok(texts(&batches).join("|"))
}

fn check(session: &SessionContext, cases: &[(&str, &str)]) {
    for (expression, expected) in cases {
        assert_eq!(
            value(session, expression).as_deref(),
            Ok(*expected),
            "{expression}"
        );
    }
}
