//! The columns of the table `rules`, one row each.

use std::borrow::Cow;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::record_batch::RecordBatch;

use super::RuleRow;
use crate::cells::{self, Cells, Get};

const fn column(name: &'static str, about: &'static str, get: Get<RuleRow>) -> Cells<RuleRow> {
    Cells::new(name, about, get)
}

fn own(text: Option<&String>) -> Option<Cow<'_, str>> {
    text.map(|t| Cow::Borrowed(t.as_str()))
}

#[rustfmt::skip] // One column, one line: it is read as a table.
static COLUMNS: [Cells<RuleRow>; 16] = [
    column("rule_id", "its id, as `rule_id` of findings has it", Get::Text(|r| Some(r.meta.id.as_str().into()))),
    column("name", "the name by which correlations refer to it", Get::Text(|r| own(r.meta.name.as_ref()))),
    column("title", "what it finds, in a line", Get::Text(|r| Some(r.meta.title.as_str().into()))),
    column("level", "informational, low, medium, high or critical", Get::Text(|r| Some(r.meta.level.name().into()))),
    column("severity", "the level as a number, 1 to 5, to sort by", Get::Number(|r| Some(r.meta.level as u64 + 1))),
    column("status", "stable, test or experimental, as its file says", Get::Text(|r| own(r.meta.status.as_ref()))),
    column("logs", "the logs that it looks into, with commas between; `all`", Get::Text(|r| Some(r.logs.as_str().into()))),
    column("looks_at", "`event` or `window`", Get::Text(|r| Some(r.looks_at.into()))),
    column("active", "whether it has all that it needs", Get::Flag(RuleRow::is_active)),
    column("needs", "knowledge that it waits for: context, baseline, countries, systems, places, or history", Get::Texts(|r| r.needs.iter().map(|n| (*n).to_owned()).collect())),
    column("techniques", "ATT&CK techniques", Get::Texts(|r| r.meta.techniques())),
    column("tactics", "ATT&CK tactics", Get::Texts(|r| r.meta.tactics())),
    column("data_events", "resource types whose data events the trail must record for it", Get::Texts(|r| r.guidance.data_events.clone())),
    column("falsepositives", "what looks like it and is ordinary", Get::Texts(|r| r.meta.falsepositives.clone())),
    column("runbook", "where it is told at length what to do", Get::Text(|r| own(r.guidance.runbook.as_ref()))),
    column("file", "the file that it stands in", Get::Text(|r| Some(r.meta.file.as_str().into()))),
];

/// The schema of the table.
pub(crate) fn schema() -> SchemaRef {
    cells::schema(&COLUMNS)
}

/// Rules as rows, with every column.
///
/// # Errors
/// See [`cells::batch`].
pub(super) fn batch(rules: &[RuleRow]) -> Result<RecordBatch, ArrowError> {
    let all: Vec<usize> = (0..COLUMNS.len()).collect();
    cells::batch(&COLUMNS, rules, 0, &all)
}
