//! What was done, and where it can be found: the answers to a sample.

use crate::attack::Attack;
use flowtrail_event::EventTime;
use serde::Serialize;

/// The key under which the hard negatives are stored, one JSON object a line.
pub const NEGATIVES_KEY: &str = "negatives.jsonl";

/// The key under which the labels are stored, one JSON object a line.
pub const LABELS_KEY: &str = "labels.jsonl";

/// Where something planted is found in the logs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Traces {
    /// The account that it happened in.
    pub account: String,
    /// The region of its main events.
    pub region: String,
    /// The ARN of who did it; an instance or an address where only flows show it.
    pub actor: String,
    /// The addresses that it came from.
    pub source_addresses: Vec<String>,
    /// The first event or flow.
    #[serde(serialize_with = "as_text")]
    pub first_time: EventTime,
    /// The last event, or the end of the last flow.
    #[serde(serialize_with = "as_text")]
    pub last_time: EventTime,
    /// `eventID` of every CloudTrail record, in the order of time.
    pub event_ids: Vec<String>,
    /// The flows, grouped.
    pub flows: Vec<LabelFlow>,
}

/// One attack as it was carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Label {
    /// [`Attack::name`].
    #[serde(serialize_with = "as_name")]
    pub attack: Attack,
    /// [`Attack::doc`].
    pub description: &'static str,
    /// ATT&CK techniques.
    pub techniques: &'static [&'static str],
    /// [`Attack::expected`]: what ought to be seen.
    pub expected: &'static str,
    /// Where it is found.
    #[serde(flatten)]
    pub traces: Traces,
    /// Its connections that the matrix of the context file does not allow.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub violations: Vec<Violation>,
}

/// Connections of an attack that agree in all of these but the times. What the
/// matrix leaves undeclared is no violation if it was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// `forbidden` or `undeclared`.
    pub policy: &'static str,
    /// `accepted` if it was let through and answered, `refused`, or `unanswered`:
    /// let through to where nobody was.
    pub outcome: &'static str,
    /// Where it was opened: `staging/application`, `internet`, `trusted:office`.
    pub source: String,
    /// Where to.
    pub target: String,
    /// The address that opened it.
    pub srcaddr: String,
    /// The address of the service.
    pub dstaddr: String,
    /// The service's port.
    pub dstport: u16,
    /// The number of the protocol.
    pub protocol: u8,
    /// How many connections, or minutes of long ones.
    pub connections: u64,
    /// The first `start`, in seconds since 1970.
    pub start: i64,
    /// The last `end`, in seconds since 1970.
    pub end: i64,
}

/// Ordinary traffic that looks like a violation to whoever reads it carelessly.
/// No finding may have any of it as its reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NegativeLabel {
    /// A stable name, `return-traffic`.
    pub negative: &'static str,
    /// Why it might be taken for a violation, and is none.
    pub description: &'static str,
    /// The first flow.
    #[serde(serialize_with = "as_text")]
    pub first_time: EventTime,
    /// The end of the last flow.
    #[serde(serialize_with = "as_text")]
    pub last_time: EventTime,
    /// The flows, grouped.
    pub flows: Vec<NegativeFlow>,
}

/// Lines of a [`NegativeLabel`] that agree in all of these but the times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NegativeFlow {
    /// `interface-id`.
    pub interface: String,
    /// `srcaddr`.
    pub srcaddr: String,
    /// `dstaddr`.
    pub dstaddr: String,
    /// The first `start`, in seconds since 1970.
    pub start: i64,
    /// The last `end`, in seconds since 1970.
    pub end: i64,
    /// Lines.
    pub lines: u64,
}

/// Flow-log lines of an attack that agree in all of these but the times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LabelFlow {
    /// The account whose flow log it is.
    pub account: String,
    /// `interface-id`.
    pub interface: String,
    /// `srcaddr`.
    pub srcaddr: String,
    /// `dstaddr`.
    pub dstaddr: String,
    /// `dstport`; `None` if there are several.
    pub dstport: Option<u16>,
    /// `ACCEPT` or `REJECT`.
    pub action: &'static str,
    /// The first `start`, in seconds since 1970.
    pub start: i64,
    /// The last `end`, in seconds since 1970.
    pub end: i64,
    /// Lines.
    pub lines: u64,
    /// The sum of `bytes`.
    pub bytes: u64,
}

fn as_name<S: serde::Serializer>(attack: &Attack, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(attack.name())
}

fn as_text<S: serde::Serializer>(time: &EventTime, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(time)
}

impl Traces {
    pub(crate) fn new(account: &str, region: &str) -> Self {
        Self {
            account: account.to_owned(),
            region: region.to_owned(),
            actor: String::new(),
            source_addresses: Vec::new(),
            first_time: EventTime(i64::MAX),
            last_time: EventTime(i64::MIN),
            event_ids: Vec::new(),
            flows: Vec::new(),
        }
    }

    /// Widens the time so that it has these seconds in it.
    pub(crate) fn covers(&mut self, first: i64, last: i64) {
        self.first_time = self.first_time.min(EventTime::from_secs(first));
        self.last_time = self.last_time.max(EventTime::from_secs(last));
    }

    /// Names an address, once.
    pub(crate) fn came_from(&mut self, address: &str) {
        if !self.source_addresses.iter().any(|a| a == address) {
            self.source_addresses.push(address.to_owned());
        }
    }

    /// Adds a flow-log line to its group.
    pub(crate) fn add_flow(&mut self, line: LabelFlow) {
        self.covers(line.start, line.end);
        line.gather(&mut self.flows);
    }
}

impl Label {
    pub(crate) fn new(attack: Attack, account: &str, region: &str) -> Self {
        Self {
            attack,
            description: attack.doc(),
            techniques: attack.techniques(),
            expected: attack.expected(),
            traces: Traces::new(account, region),
            violations: Vec::new(),
        }
    }

    /// Adds a connection to its group.
    pub(crate) fn add_violation(&mut self, one: Violation) {
        let same = self.violations.iter_mut().find(|v| {
            (v.policy, v.outcome, &v.srcaddr, &v.dstaddr)
                == (one.policy, one.outcome, &one.srcaddr, &one.dstaddr)
                && (v.dstport, v.protocol) == (one.dstport, one.protocol)
        });
        match same {
            Some(group) => {
                group.start = group.start.min(one.start);
                group.end = group.end.max(one.end);
                group.connections += one.connections;
            }
            None => self.violations.push(one),
        }
    }
}

impl From<LabelFlow> for NegativeFlow {
    fn from(flow: LabelFlow) -> Self {
        Self {
            interface: flow.interface,
            srcaddr: flow.srcaddr,
            dstaddr: flow.dstaddr,
            start: flow.start,
            end: flow.end,
            lines: flow.lines,
        }
    }
}

impl LabelFlow {
    /// Adds the line to its group.
    pub(crate) fn gather(self, flows: &mut Vec<Self>) {
        let same = flows.iter_mut().find(|f| {
            (&f.interface, &f.srcaddr, &f.dstaddr, f.action)
                == (&self.interface, &self.srcaddr, &self.dstaddr, self.action)
        });
        match same {
            Some(group) => {
                group.start = group.start.min(self.start);
                group.end = group.end.max(self.end);
                group.lines += self.lines;
                group.bytes += self.bytes;
                if group.dstport != self.dstport {
                    group.dstport = None;
                }
            }
            None => flows.push(self),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(dstport: u16, start: i64) -> LabelFlow {
        LabelFlow {
            account: "1".to_owned(),
            interface: "eni-1".to_owned(),
            srcaddr: "10.0.0.1".to_owned(),
            dstaddr: "10.0.0.2".to_owned(),
            dstport: Some(dstport),
            action: "REJECT",
            start,
            end: start + 10,
            lines: 1,
            bytes: 40,
        }
    }

    #[test]
    fn lines_of_one_pair_are_one_group() {
        let mut label = Label::new(Attack::PortScan, "1", "eu-central-1");
        label.traces.add_flow(line(22, 100));
        label.traces.add_flow(line(22, 50));
        assert_eq!(label.traces.flows[0].dstport, Some(22));
        label.traces.add_flow(line(23, 200));
        assert_eq!(label.traces.flows.len(), 1);
        let f = &label.traces.flows[0];
        assert_eq!(
            (f.start, f.end, f.lines, f.bytes, f.dstport),
            (50, 210, 3, 120, None)
        );
        assert_eq!(label.traces.first_time, EventTime::from_secs(50));
        assert_eq!(label.traces.last_time, EventTime::from_secs(210));
        let json = serde_json::to_value(&label).unwrap();
        assert_eq!(json["attack"], "port-scan");
        assert_eq!(json["first_time"], "1970-01-01T00:00:50Z");
    }
}
