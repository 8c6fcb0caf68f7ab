//! What Flowtrail says is wrong.

use std::sync::Arc;

use flowtrail_baseline::Dimension;
use flowtrail_event::{EventTime, Location, Service};
use flowtrail_sigma::RuleMeta;

/// The id of a finding: a hash of rule, group and window (or event), so that a
/// retry or a redelivery yields the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FindingId(pub [u8; 16]);

impl std::fmt::Display for FindingId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for b in self.0 {
            write!(f, "{b:02x}")?;
        }
        Ok(())
    }
}

/// Who did what, from where, as one record says it. Shared between the records
/// of a correlation that say the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Facts {
    /// The log.
    pub service: Service,
    /// The account in which it happened.
    pub account: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// Who.
    pub actor: Actor,
    /// `eventSource`, without `.amazonaws.com`.
    pub event_source: Option<String>,
    /// `eventName`.
    pub event_name: Option<String>,
    /// `errorCode`.
    pub error_code: Option<String>,
    /// `sourceIPAddress`, or the flow's source.
    pub source: Option<String>,
    /// The flow's destination, where a suppression looks at networks; nothing
    /// else needs it.
    pub destination: Option<String>,
    /// `flowtrail.source.kind`.
    pub source_kind: Option<String>,
    /// `userAgent`, cut.
    pub user_agent: Option<String>,
    /// What is new in the record, where a rule that matched asks a memory.
    pub first_seen: Vec<FirstSeen>,
}

/// Something that was not seen before.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FirstSeen {
    /// In what it is new.
    pub dimension: Dimension,
    /// To whom.
    pub key: String,
    /// What.
    pub value: String,
}

impl Facts {
    /// Forgets in what these differ from `other`.
    pub(crate) fn keep_common(&mut self, other: &Self) {
        let keep = |mine: &mut Option<String>, other: &Option<String>| {
            if mine != other {
                *mine = None;
            }
        };
        let (a, b) = (self, other);
        keep(&mut a.account, &b.account);
        keep(&mut a.region, &b.region);
        keep(&mut a.event_source, &b.event_source);
        keep(&mut a.event_name, &b.event_name);
        keep(&mut a.error_code, &b.error_code);
        keep(&mut a.source, &b.source);
        keep(&mut a.destination, &b.destination);
        keep(&mut a.source_kind, &b.source_kind);
        keep(&mut a.user_agent, &b.user_agent);
        keep(&mut a.actor.principal, &b.actor.principal);
        keep(&mut a.actor.identity_type, &b.actor.identity_type);
        keep(&mut a.actor.class, &b.actor.class);
        keep(&mut a.actor.session, &b.actor.session);
        keep(&mut a.actor.access_key_id, &b.actor.access_key_id);
        keep(&mut a.actor.account, &b.actor.account);
        keep(&mut a.actor.mfa, &b.actor.mfa);
        if a.first_seen != b.first_seen {
            a.first_seen.clear();
        }
    }
}

/// One record that a finding stands on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evidence {
    /// When it happened.
    pub time: Option<EventTime>,
    /// The object that the record lies in, as it was named to the scan.
    pub object: Arc<str>,
    /// Where in that object, in inflated bytes.
    pub location: Location,
    /// `eventID` of a `CloudTrail` record.
    pub event_id: Option<String>,
    /// Title of the member rule that matched, for correlations.
    pub rule: Option<Arc<str>>,
    /// What the record says, for correlations.
    pub facts: Option<Arc<Facts>>,
}

/// Who, as far as the record says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Actor {
    /// `flowtrail.principal`: role without session, user, root, service.
    pub principal: Option<String>,
    /// `userIdentity.type`.
    pub identity_type: Option<String>,
    /// `flowtrail.identity.class`.
    pub class: Option<String>,
    /// Session name of an assumed role.
    pub session: Option<String>,
    /// `userIdentity.accessKeyId`.
    pub access_key_id: Option<String>,
    /// The caller's account, `userIdentity.accountId`.
    pub account: Option<String>,
    /// `mfaAuthenticated`, as the record says it.
    pub mfa: Option<String>,
}

/// The network side of a flow record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FlowFacts {
    /// Source address (`pkt-srcaddr` where the record has it).
    pub src: Option<String>,
    /// Source port.
    pub src_port: Option<u32>,
    /// Destination address.
    pub dst: Option<String>,
    /// Destination port.
    pub dst_port: Option<u32>,
    /// IANA protocol number.
    pub protocol: Option<u32>,
    /// `ACCEPT` or `REJECT`.
    pub action: Option<String>,
    /// Bytes in the interval.
    pub bytes: Option<u64>,
    /// Packets in the interval.
    pub packets: Option<u64>,
    /// The network interface.
    pub interface: Option<String>,
}

/// Why nobody is to be notified of a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppressed {
    /// The suppression in the context file.
    pub id: String,
    /// Who answers for it.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// The first instant at which it no longer holds.
    pub expires: EventTime,
}

/// A finding: a rule that matched an event, or a correlation that fired.
///
/// The facts of a correlation are those in which all its records agree, as far
/// as they are kept as evidence; where they differ the field is `None`.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Stable id.
    pub id: FindingId,
    /// The rule's metadata.
    pub rule: Arc<RuleMeta>,
    /// Who did what, from where.
    pub facts: Arc<Facts>,
    /// Time of the first event.
    pub first: Option<EventTime>,
    /// Time of the last event; equal to `first` for single events.
    pub last: Option<EventTime>,
    /// How many events stand behind it.
    pub count: u64,
    /// What it was done to: ARNs, names and ids taken from the record, at most
    /// [`Limits::evidence_values_max`](flowtrail_event::Limits::evidence_values_max).
    pub resources: Vec<String>,
    /// The network side, for flow logs.
    pub flow: Option<FlowFacts>,
    /// Group fields of a correlation, with their values.
    pub group: Vec<(String, String)>,
    /// The number that a correlation computed at its height.
    pub value: Option<f64>,
    /// Distinct values that a `value_count` met, sorted, cut at the limit.
    pub values: Vec<String>,
    /// How many distinct values were left out.
    pub values_omitted: u64,
    /// Extra fields that the rule asks to be shown (`fields:`), by name.
    pub fields: Vec<(String, String)>,
    /// The records that it stands on, earliest first, cut at the limit.
    pub evidence: Vec<Evidence>,
    /// How many records were left out of `evidence`.
    pub evidence_omitted: u64,
    /// The version of the context file, if it shaped the finding: the rule, or
    /// one that it rests on, asks for what the file tells, or a suppression
    /// hides the finding.
    pub context: Option<Arc<str>>,
    /// The baseline, if it shaped the finding: the rule, or one that it rests
    /// on, asks for what a memory tells.
    pub baseline: Option<Arc<str>>,
    /// The files that say where addresses are, by sort and date, if they shaped
    /// the finding: the rule, or one that it rests on, asks for what they tell.
    pub places: Option<Arc<str>>,
    /// What is new in the records of `evidence`, in order, where a rule asks a
    /// memory.
    pub first_seen: Vec<FirstSeen>,
    /// The suppression that held at the time of the last event.
    pub suppressed: Option<Suppressed>,
}
