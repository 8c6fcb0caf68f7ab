//! Derived fields of rules that no other function is about.

use datafusion::arrow::array::ArrayRef;
use datafusion::common::Result;
use flowtrail_context::{Derivation, Knowledge as Awaits, derived_field as field_of};
use flowtrail_event::{Event, Kind as LogKind, Projection, Record, Service, SlotId};
use flowtrail_flowlog::FIELDS;

use super::derive::{NoRecord, derived, derived_of};
use super::entry::{Entry, Group, Returns, argument, optional};
use super::fields::{Reached, Way};
use super::inputs::{Inputs, Memo};
use super::kind::Kind;
use super::{Knowledge, fault};

const IDENTITY: &str = "the column `useridentity`; one as JSON text will do as well";

/// The functions of this module.
#[rustfmt::skip] // One function, one block: it is read as a table.
pub(super) static ENTRIES: &[Entry] = &[
    Entry {
        name: "identity_class", aliases: &[], group: Group::Identity,
        arguments: &[
            argument("useridentity", Kind::Identity, IDENTITY),
            optional("eventtype", Kind::Text, "the column; with all of these it says what `flowtrail.identity.class` says in rules"),
            optional("eventname", Kind::Text, "the column"),
            optional("readonly", Kind::Text, "the column"),
            optional("sourceipaddress", Kind::Text, "the column"),
            optional("useragent", Kind::Text, "the column"),
            optional("sessioncredentialfromconsole", Kind::Text, "the column"),
        ],
        returns: Returns::Text, needs: None,
        run: |inputs, _| {
            let roots = [
                "userIdentity", "eventType", "eventName", "readOnly", "sourceIPAddress",
                "userAgent", "sessionCredentialFromConsole",
            ];
            derived(inputs, "flowtrail.identity.class", &roots, |_| None)
        },
        doc: "The sort of caller, as `flowtrail.identity.class` has it in rules: `human`, `workload`, `aws_service`, `iac`, `scanner` or `unknown`. Null where the record has no identity.",
        example: ("identity_class('{\"type\": \"AWSService\", \"invokedBy\": \"ec2.amazonaws.com\"}')", "aws_service"),
    },
    Entry {
        name: "cross_account", aliases: &[], group: Group::Identity,
        arguments: &[
            argument("useridentity", Kind::Identity, IDENTITY),
            argument("recipientaccountid", Kind::Text, "the column"),
        ],
        returns: Returns::Text, needs: None,
        run: |inputs, _| {
            let roots = ["userIdentity", "recipientAccountId"];
            derived(inputs, "flowtrail.cross_account", &roots, |_| None)
        },
        doc: "`true` where the caller's account is another one than the account that recorded the event, else `false`, as `flowtrail.cross_account` has it in rules. Null unless both are known.",
        example: ("cross_account('{\"accountId\": \"111122223333\"}', '444455556666')", "true"),
    },
    Entry {
        name: "mfa", aliases: &[], group: Group::Identity,
        arguments: &[
            argument("useridentity", Kind::Identity, IDENTITY),
            optional("additionaleventdata", Kind::Text, "the column; it tells of sign-ins"),
        ],
        returns: Returns::Text, needs: None,
        run: |inputs, _| {
            let roots = ["userIdentity", "additionalEventData"];
            derived(inputs, "flowtrail.mfa", &roots, |_| None)
        },
        doc: "`true` where the session or the sign-in was authenticated with MFA as AWS saw it, else `false`, as `flowtrail.mfa` has it in rules. Null where the record does not say.",
        example: ("mfa('{\"sessionContext\": {\"attributes\": {\"mfaAuthenticated\": \"true\"}}}')", "true"),
    },
    Entry {
        name: "initiator", aliases: &[], group: Group::Network,
        arguments: &[
            argument("protocol", Kind::Values, "the column"),
            argument("srcport", Kind::Values, "the column"),
            argument("dstport", Kind::Values, "the column"),
            optional("tcp_flags", Kind::Values, "the column"),
            optional("log", Kind::Text, "`tgwflow` for logs of a transit gateway, which write flags otherwise"),
        ],
        returns: Returns::Text, needs: None, run: initiator,
        doc: "The side of a flow that opened the connection, `src` or `dst`, as `flowtrail.initiator` has it in rules: by the flags of TCP, else the side with the higher port. Null where the record does not show it.",
        example: ("initiator(6, 443, 50122, 18)", "dst"),
    },
    Entry {
        name: "derived_field", aliases: &[], group: Group::Identity,
        arguments: &[
            argument("name", Kind::Text, "a field that Flowtrail derives; `flowtrail rules schema` lists them"),
            argument("record", Kind::Text, "the column `record`"),
        ],
        returns: Returns::Text, needs: None, run: derived_field,
        doc: "A derived field of a record, as rules see it, those that rest on the context file included. Where another function is about the field, that one is faster: the column `record` has every byte of the record.",
        example: ("derived_field('flowtrail.destination.kind', '{\"dstaddr\": \"10.0.0.1\"}')", "private"),
    },
];

fn initiator(inputs: &Inputs<'_>, _: &Knowledge) -> Result<ArrayRef> {
    let roots = ["protocol", "srcport", "dstport", "tcp-flags"];
    let service = match inputs.text(4).get(0) {
        Some("tgwflow") => Service::TgwFlow,
        Some(_) | None => Service::VpcFlow,
    };
    // Without these nothing shows it, and a missing protocol is that of TCP.
    derived_of(service, inputs, "flowtrail.initiator", &roots, |_| None)
}

fn derived_field(inputs: &Inputs<'_>, knowledge: &Knowledge) -> Result<ArrayRef> {
    let (name, record) = (inputs.text(0), inputs.text(1));
    let mut derivers = Memo::new();
    inputs.texts(|row, out| {
        let (Some(name), Some(record)) = (name.get(row), record.get(row)) else {
            return Ok(false);
        };
        let deriver = derivers.get(name, |name| Deriver::new(name, knowledge))?;
        Ok(deriver.derive(record, out))
    })
}

/// Derives one field from records as JSON text.
struct Deriver {
    log: Log,
    of_cloudtrail: Part,
    of_flow: Part,
}

/// What tells the logs apart, as their readers do.
struct Log {
    /// Fields that each record of `CloudTrail` has one of.
    of_cloudtrail: [Way; 2],
    /// Fields that a transit gateway alone writes.
    of_gateway: Vec<Way>,
    version: Way,
}

/// For logs of one kind.
struct Part {
    derivation: Derivation,
    slot: SlotId,
    fields: Vec<(SlotId, Way)>,
    record: Record,
}

impl Deriver {
    fn new(name: &str, knowledge: &Knowledge) -> Result<Self> {
        let awaits = field_of(name).and_then(|field| field.awaits);
        let lacks = match awaits {
            Some(Awaits::Context) if knowledge.context.is_none() => {
                Some("needs a context file and none is given\nhint: `--context FILE` names it")
            }
            Some(Awaits::Baseline) => Some("needs a baseline, which statements do not have"),
            Some(Awaits::Context) | None => None,
        };
        if let Some(lacks) = lacks {
            return Err(fault(format!("`{name}` {lacks}")));
        }
        Ok(Self {
            log: Log::new(),
            of_cloudtrail: Part::new(name, LogKind::CloudTrail, knowledge)?,
            of_flow: Part::new(name, LogKind::Flow, knowledge)?,
        })
    }

    fn derive(&mut self, json: &str, out: &mut String) -> bool {
        let service = self.log.of(json);
        let part = match service.kind() {
            LogKind::CloudTrail => &mut self.of_cloudtrail,
            LogKind::Flow => &mut self.of_flow,
        };
        part.derive(service, json, out)
    }
}

impl Log {
    fn new() -> Self {
        let of_gateway = FIELDS.iter().filter(|f| f.tgw && !f.vpc);
        Self {
            of_cloudtrail: [Way::new("eventVersion"), Way::new("eventTime")],
            of_gateway: of_gateway.map(|f| Way::new(f.name)).collect(),
            version: Way::new("version"),
        }
    }

    fn of(&self, json: &str) -> Service {
        let has = |way: &Way| {
            let mut found = false;
            way.walk(json, &mut |_| found = true);
            found
        };
        if self.of_cloudtrail.iter().any(has) {
            return Service::CloudTrail;
        }
        let mut version = String::new();
        self.version.walk(json, &mut |value| {
            if let Reached::Scalar(scalar) = value {
                scalar.write(&mut version);
            }
        });
        if version == "6" || self.of_gateway.iter().any(has) {
            Service::TgwFlow
        } else {
            Service::VpcFlow
        }
    }
}

impl Part {
    fn new(name: &str, kind: LogKind, knowledge: &Knowledge) -> Result<Self> {
        let mut projection = Projection::new();
        let slot = projection.slot(name);
        let derivation = Derivation::plan(&mut projection, kind, knowledge.context.as_ref());
        let derivation = derivation.map_err(|error| fault(error.to_string()))?;
        let fields = projection.read_fields();
        Ok(Self {
            fields: fields.map(|(slot, path)| (slot, Way::new(path))).collect(),
            record: Record::new(projection.len()),
            derivation,
            slot,
        })
    }

    fn derive(&mut self, service: Service, json: &str, out: &mut String) -> bool {
        let record = &mut self.record;
        record.clear();
        let mut text = String::new();
        for (slot, way) in &self.fields {
            way.walk(json, &mut |value| {
                text.clear();
                match value {
                    Reached::Scalar(scalar) if scalar.write(&mut text) => {
                        record.push_own_text(*slot, text.as_bytes());
                    }
                    Reached::Null => record.push_null(*slot),
                    Reached::EmptyArray => record.push_empty_array(*slot),
                    Reached::Scalar(_) | Reached::Object(_) => {}
                }
            });
        }
        let mut event = Event::new(service, record, b"", &NoRecord);
        self.derivation.apply(&mut event);
        match event.str(self.slot) {
            Some(text) => {
                out.push_str(text);
                true
            }
            None => false,
        }
    }
}
