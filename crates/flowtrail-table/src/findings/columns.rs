//! The columns of the table `findings`, one row each.

use std::borrow::Cow;
use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, Float64Array, Int64Array, ListBuilder, StringViewBuilder, TimestampMillisecondArray,
};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::record_batch::{RecordBatch, RecordBatchOptions};
use flowtrail_detect::{Finding, FlowFacts, Suppressed};
use flowtrail_event::EventTime;
use flowtrail_output::Format;

/// Where the cells of a column come from.
#[derive(Clone, Copy)]
enum Get {
    Text(fn(&Finding) -> Option<Cow<'_, str>>),
    Texts(fn(&Finding) -> Vec<String>),
    Time(fn(&Finding) -> Option<EventTime>),
    Number(fn(&Finding) -> Option<u64>),
    Float(fn(&Finding) -> Option<f64>),
    /// The place of the finding among all of the run.
    Place,
}

/// One column of the table `findings`.
pub(crate) struct FindingColumn {
    /// Its name.
    pub(crate) name: &'static str,
    /// What it says.
    pub(crate) about: &'static str,
    get: Get,
}

const fn column(name: &'static str, about: &'static str, get: Get) -> FindingColumn {
    FindingColumn { name, about, get }
}

fn own(text: Option<&String>) -> Option<Cow<'_, str>> {
    text.map(|t| Cow::Borrowed(t.as_str()))
}

fn flow<T>(f: &Finding, get: impl Fn(&FlowFacts) -> Option<T>) -> Option<T> {
    f.flow.as_ref().and_then(get)
}

fn flow_text(f: &Finding, get: fn(&FlowFacts) -> Option<&String>) -> Option<Cow<'_, str>> {
    own(f.flow.as_ref().and_then(get))
}

fn hidden(f: &Finding, get: fn(&Suppressed) -> &String) -> Option<Cow<'_, str>> {
    own(f.suppressed.as_ref().map(get))
}

/// Every column, in the order of the table. The names are those of the CSV
/// form where it has the same.
pub(crate) const COLUMNS: [FindingColumn; 44] = [
    column("finding_no", "its place among all findings of the run, by time, from 0", Get::Place),
    column("finding_id", "32 hexadecimal digits; the same finding has the same id in every run", Get::Text(|f| Some(f.id.to_string().into()))),
    column("time", "when it was complete: time of the last event", Get::Time(|f| f.last)),
    column("first", "time of the first event", Get::Time(|f| f.first)),
    column("last", "time of the last event", Get::Time(|f| f.last)),
    column("level", "informational, low, medium, high or critical", Get::Text(|f| Some(f.rule.level.name().into()))),
    column("severity", "the level as a number, 1 to 5, to sort by", Get::Number(|f| Some(f.rule.level as u64 + 1))),
    column("title", "the rule's title", Get::Text(|f| Some(f.rule.title.as_str().into()))),
    column("rule_id", "the rule's id", Get::Text(|f| Some(f.rule.id.as_str().into()))),
    column("techniques", "ATT&CK techniques of the rule", Get::Texts(|f| f.rule.techniques())),
    column("tactics", "ATT&CK tactics of the rule", Get::Texts(|f| f.rule.tactics())),
    column("service", "the log: cloudtrail, vpcflow, …", Get::Text(|f| Some(f.facts.service.name().into()))),
    column("account", "where it happened", Get::Text(|f| own(f.facts.account.as_ref()))),
    column("region", "where it happened", Get::Text(|f| own(f.facts.region.as_ref()))),
    column("principal", "who: the role without its session, the user, root, the service", Get::Text(|f| own(f.facts.actor.principal.as_ref()))),
    column("identity_type", "userIdentity.type", Get::Text(|f| own(f.facts.actor.identity_type.as_ref()))),
    column("identity_class", "human, workload, deployment, scanner or service", Get::Text(|f| own(f.facts.actor.class.as_ref()))),
    column("session", "the name of the assumed role's session", Get::Text(|f| own(f.facts.actor.session.as_ref()))),
    column("access_key_id", "the access key", Get::Text(|f| own(f.facts.actor.access_key_id.as_ref()))),
    column("caller_account", "the caller's account", Get::Text(|f| own(f.facts.actor.account.as_ref()))),
    column("mfa", "whether there was a second factor, as the record says it", Get::Text(|f| own(f.facts.actor.mfa.as_ref()))),
    column("event_source", "eventSource without .amazonaws.com", Get::Text(|f| own(f.facts.event_source.as_ref()))),
    column("event_name", "eventName", Get::Text(|f| own(f.facts.event_name.as_ref()))),
    column("error_code", "errorCode; none where the call succeeded", Get::Text(|f| own(f.facts.error_code.as_ref()))),
    column("resources", "what it was done to", Get::Texts(|f| f.resources.clone())),
    column("source", "the address that it came from", Get::Text(|f| own(f.facts.source.as_ref()))),
    column("source_kind", "public, private, aws, …", Get::Text(|f| own(f.facts.source_kind.as_ref()))),
    column("user_agent", "the user agent, cut", Get::Text(|f| own(f.facts.user_agent.as_ref()))),
    column("srcaddr", "the flow's source", Get::Text(|f| flow_text(f, |w| w.src.as_ref()))),
    column("srcport", "its port", Get::Number(|f| flow(f, |w| w.src_port).map(u64::from))),
    column("dstaddr", "the flow's destination", Get::Text(|f| flow_text(f, |w| w.dst.as_ref()))),
    column("dstport", "its port", Get::Number(|f| flow(f, |w| w.dst_port).map(u64::from))),
    column("protocol", "IANA's number", Get::Number(|f| flow(f, |w| w.protocol).map(u64::from))),
    column("action", "ACCEPT or REJECT", Get::Text(|f| flow_text(f, |w| w.action.as_ref()))),
    column("bytes", "bytes of the flow", Get::Number(|f| flow(f, |w| w.bytes))),
    column("interface_id", "the network interface", Get::Text(|f| flow_text(f, |w| w.interface.as_ref()))),
    column("count", "events behind the finding", Get::Number(|f| Some(f.count))),
    column("value", "the number that a correlation computed at its height", Get::Float(|f| f.value)),
    column("event_ids", "eventID of the records that it stands on, as far as they are kept", Get::Texts(event_ids)),
    column("log_objects", "the objects in which they lie", Get::Texts(objects)),
    column("context", "version of the context file, if that shaped it", Get::Text(|f| f.context.as_deref().map(Cow::Borrowed))),
    column("suppressed", "the suppression that hides it", Get::Text(|f| hidden(f, |s| &s.id))),
    column("suppressed_owner", "who answers for that", Get::Text(|f| hidden(f, |s| &s.owner))),
    column("finding", "the whole finding as JSON, as `--format jsonl` writes it", Get::Text(|f| json(f).map(Cow::Owned))),
];

fn event_ids(f: &Finding) -> Vec<String> {
    f.evidence.iter().filter_map(|e| e.event_id.clone()).collect()
}

fn objects(f: &Finding) -> Vec<String> {
    let mut objects: Vec<String> = f.evidence.iter().map(|e| e.object.to_string()).collect();
    objects.sort_unstable();
    objects.dedup();
    objects
}

fn json(f: &Finding) -> Option<String> {
    let mut line = Vec::new();
    let style = flowtrail_output::Style::default();
    Format::Jsonl.write_all([f], &style, &mut line).ok()?;
    let line = String::from_utf8(line).ok()?;
    Some(line.trim_end().to_owned())
}

fn timestamp() -> DataType {
    DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()))
}

impl Get {
    fn data_type(self) -> DataType {
        match self {
            Self::Text(_) => DataType::Utf8View,
            Self::Texts(_) => DataType::List(Arc::new(item())),
            Self::Time(_) => timestamp(),
            Self::Number(_) | Self::Place => DataType::Int64,
            Self::Float(_) => DataType::Float64,
        }
    }

    fn array(self, findings: &[Finding], first: usize) -> ArrayRef {
        let all = findings.iter();
        match self {
            Self::Text(get) => {
                let mut cells = StringViewBuilder::with_capacity(findings.len());
                all.for_each(|f| cells.append_option(get(f)));
                Arc::new(cells.finish())
            }
            Self::Texts(get) => {
                let mut cells = ListBuilder::new(StringViewBuilder::new()).with_field(item());
                all.for_each(|f| cells.append_value(get(f).into_iter().map(Some)));
                Arc::new(cells.finish())
            }
            Self::Time(get) => {
                let cells: TimestampMillisecondArray = all.map(|f| get(f).map(|t| t.0)).collect();
                Arc::new(cells.with_timezone("UTC"))
            }
            Self::Number(get) => {
                let cells: Int64Array = all
                    .map(|f| get(f).and_then(|n| i64::try_from(n).ok()))
                    .collect();
                Arc::new(cells)
            }
            Self::Float(get) => Arc::new(all.map(get).collect::<Float64Array>()),
            Self::Place => {
                let places = (first..).zip(all);
                Arc::new(
                    places
                        .map(|(place, _)| i64::try_from(place).ok())
                        .collect::<Int64Array>(),
                )
            }
        }
    }
}

fn item() -> Field {
    Field::new_list_field(DataType::Utf8View, true)
}

/// The schema of the table.
pub(crate) fn schema() -> SchemaRef {
    let fields = COLUMNS.iter().map(|c| {
        let about = [("comment".to_owned(), c.about.to_owned())];
        Field::new(c.name, c.get.data_type(), true).with_metadata(about.into())
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// Findings as rows, the first of them in place `first`; of the columns those at
/// `wanted`, in that order.
///
/// # Errors
/// None in practice: arrays and schema come from one table.
pub(crate) fn batch(
    findings: &[Finding],
    first: usize,
    wanted: &[usize],
) -> Result<RecordBatch, ArrowError> {
    let schema = Arc::new(schema().project(wanted)?);
    let columns = wanted.iter().filter_map(|at| COLUMNS.get(*at));
    let arrays = columns.map(|c| c.get.array(findings, first)).collect();
    // Without a column the number of rows is all there is.
    let rows = RecordBatchOptions::new().with_row_count(Some(findings.len()));
    RecordBatch::try_new_with_options(schema, arrays, &rows)
}
