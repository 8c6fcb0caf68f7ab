//! What statements find.

use flowtrail_context::Given;
use flowtrail_table::arrow::array::{AsArray as _, RecordBatch};
use flowtrail_table::arrow::compute::cast;
use flowtrail_table::arrow::datatypes::{DataType, Int64Type};
use flowtrail_table::functions::{Knowledge, register};
use flowtrail_table::{Engine, EngineOptions, Logs, RuleSql, Source};
use futures_util::StreamExt as _;

use super::logs::Gathered;
use super::{Found, Place};

/// Rules that are asked about in one statement.
const AT_ONCE: usize = 24;

/// The places that the statements of rules find.
pub(super) fn places(logs: &Gathered, given: &Given, statements: &[(String, RuleSql)]) -> Found {
    let engine = Engine::new(EngineOptions {
        logs: Logs {
            sources: logs.folders.iter().cloned().map(Source::Local).collect(),
            ..Logs::default()
        },
        threads: Some(2),
        ..EngineOptions::default()
    });
    let engine = engine.unwrap();
    let knowledge = Knowledge {
        context: given.context.clone(),
        places: given.places.clone(),
    };
    register(&mut engine.context().clone(), knowledge).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut found = Found::new();
    for chunk in statements.chunks(AT_ONCE) {
        let selects = chunk.iter().map(|(rule, sql)| {
            format!(
                "SELECT '{rule}' AS rule, log_object, log_offset FROM {} WHERE {}",
                sql.table, sql.condition
            )
        });
        let statement = selects.collect::<Vec<_>>().join("\nUNION ALL\n");
        runtime.block_on(ask(&engine, &statement, &mut found));
    }
    found
}

async fn ask(engine: &Engine, statement: &str, found: &mut Found) {
    let query = engine.sql(statement).await;
    let query = query.unwrap_or_else(|e| panic!("{e}\n{statement}"));
    let mut stream = query.stream().await.unwrap();
    while let Some(batch) = stream.next().await {
        let batch = batch.unwrap_or_else(|e| panic!("{}\n{statement}", engine.explain(&e)));
        for (rule, place) in rows(&batch) {
            found.entry(rule).or_default().insert(place);
        }
    }
}

fn rows(batch: &RecordBatch) -> Vec<(String, Place)> {
    let texts = |ix: usize| cast(batch.column(ix), &DataType::Utf8).unwrap();
    let (rules, objects) = (texts(0), texts(1));
    let (rules, objects) = (rules.as_string::<i32>(), objects.as_string::<i32>());
    let offsets = batch.column(2).as_primitive::<Int64Type>();
    let row = |ix| {
        let place = (objects.value(ix).to_owned(), offsets.value(ix));
        (rules.value(ix).to_owned(), place)
    };
    (0..batch.num_rows()).map(row).collect()
}
