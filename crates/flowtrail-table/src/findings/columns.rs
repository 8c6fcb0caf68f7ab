//! The columns of the table `findings`, one row each.

use std::borrow::Cow;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::record_batch::RecordBatch;
use flowtrail_detect::{Finding, FlowFacts, Suppressed};
use flowtrail_output::Format;

use crate::cells::{self, Cells, Get};

const fn column(name: &'static str, about: &'static str, get: Get<Finding>) -> Cells<Finding> {
    Cells::new(name, about, get)
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
#[rustfmt::skip] // One column, one line: it is read as a table.
pub(crate) static COLUMNS: [Cells<Finding>; 47] = [
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
    column("baseline", "id of the baseline, or history, if the rule asks what was seen before", Get::Text(|f| f.baseline.as_deref().map(Cow::Borrowed))),
    column("places", "the files that say where addresses are, if the rule asks for what they tell", Get::Text(|f| f.places.as_deref().map(Cow::Borrowed))),
    column("first_seen", "what is new in it: dimension, value and to whom", Get::Texts(first_seen)),
    column("finding", "the whole finding as JSON, as `--format jsonl` writes it", Get::Text(|f| json(f).map(Cow::Owned))),
];

fn first_seen(f: &Finding) -> Vec<String> {
    let new = f.first_seen.iter();
    new.map(|n| format!("{} {} to {}", n.dimension.name(), n.value, n.key))
        .collect()
}

fn event_ids(f: &Finding) -> Vec<String> {
    f.evidence
        .iter()
        .filter_map(|e| e.event_id.clone())
        .collect()
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

/// The schema of the table.
pub(crate) fn schema() -> SchemaRef {
    cells::schema(&COLUMNS)
}

/// Findings as rows, the first of them in place `first`; of the columns those at
/// `wanted`, in that order.
///
/// # Errors
/// See [`cells::batch`].
pub(crate) fn batch(
    findings: &[Finding],
    first: usize,
    wanted: &[usize],
) -> Result<RecordBatch, ArrowError> {
    cells::batch(&COLUMNS, findings, first, wanted)
}
