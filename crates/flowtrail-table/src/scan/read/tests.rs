use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::common::exec_datafusion_err;
use futures_util::StreamExt as _;

use super::*;
use crate::engine::QueryError;

/// The first thing that comes of `work`.
async fn first(
    work: impl FnOnce(&Output) -> Result<()> + Send + 'static,
) -> Option<Result<RecordBatch>> {
    let schema = Schema::new(vec![Field::new("n", DataType::Int64, true)]);
    let partition = Partition {
        schema: Arc::new(schema),
        run: Arc::default(),
        fetch: None,
        number: 0,
    };
    let metrics = ExecutionPlanMetricsSet::new();
    let mut rows = partition.open(&TaskContext::default(), &metrics, work);
    rows.next().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_of_a_worker_is_an_error_of_the_query() {
    assert!(first(|_| Ok(())).await.is_none());
    let failed = first(|_| Err(exec_datafusion_err!("the disk is gone"))).await;
    assert!(failed.unwrap().is_err());
    let error = first(|_| panic!("a bug")).await.unwrap().unwrap_err();
    assert_eq!(
        QueryError::plain(&error).to_string(),
        "a worker stopped on an internal error, and its objects are missing"
    );
}
