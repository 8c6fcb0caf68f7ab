//! Derived fields of rules that no other function is about.

use datafusion::arrow::array::ArrayRef;
use datafusion::common::Result;
use flowtrail_context::{Derivation, Given, Knowledge as Awaits, derived_field as field_of};
use flowtrail_event::{Event, Kind as LogKind, Projection, Record, Service, SlotId};
use flowtrail_flowlog::FIELDS;

use super::derive::{NoRecord, derived, derived_of};
use super::entry::{Entry, Group, Need, Returns, argument, optional};
use super::fields::{Reached, Ways};
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
        returns: Returns::Text, needs: Some(Need::Field), run: derived_field,
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
    /// What tells the logs apart, then the fields of the one kind and of the
    /// other.
    ways: Ways,
    /// How many ways there are to what tells a transit gateway's log.
    of_gateway: usize,
    of_cloudtrail: Part,
    of_flow: Part,
}

/// For logs of one kind.
struct Part {
    derivation: Derivation,
    slot: SlotId,
    /// The slots of its ways, and the number of the first.
    fields: Vec<SlotId>,
    first: usize,
    record: Record,
}

/// Fields of which each record of `CloudTrail` has one, and no flow has any.
const OF_CLOUDTRAIL: [&str; 2] = ["eventVersion", "eventTime"];

impl Deriver {
    fn new(name: &str, knowledge: &Knowledge) -> Result<Self> {
        let tells = knowledge.places.as_ref().map(|p| p.tells());
        let tells = tells.unwrap_or_default();
        let awaits = field_of(name).and_then(|field| field.awaits);
        let lacks = match awaits {
            Some(Awaits::Context) if knowledge.context.is_none() => {
                Some("needs a context file and none is given\nhint: `--context FILE` names it")
            }
            Some(Awaits::Baseline) => Some("needs a baseline, which statements do not have"),
            Some(Awaits::Countries) if !tells.countries => Some(
                "needs a file with the countries of addresses and none is given\n\
                 hint: `--geo FILE` names one",
            ),
            Some(Awaits::Systems) if !tells.systems => Some(
                "needs a file with the autonomous systems of addresses and none is given\n\
                 hint: `--geo FILE` names one",
            ),
            Some(Awaits::Places) if !tells.places => Some(
                "needs a file with the places of addresses and none is given\n\
                 hint: `--geo FILE` names one",
            ),
            Some(Awaits::Context | Awaits::Countries | Awaits::Systems | Awaits::Places) | None => {
                None
            }
        };
        if let Some(lacks) = lacks {
            return Err(fault(format!("`{name}` {lacks}")));
        }
        // As their reader tells the flow logs apart: by fields that a transit
        // gateway alone writes, or by the version.
        let mut names: Vec<String> = OF_CLOUDTRAIL.map(str::to_owned).to_vec();
        names.push("version".to_owned());
        let of_gateway = FIELDS.iter().filter(|f| f.tgw && !f.vpc);
        names.extend(of_gateway.map(|f| f.name.to_owned()));
        let of_gateway = names.len() - VERSION - 1;
        let of_cloudtrail = Part::new(name, LogKind::CloudTrail, knowledge, &mut names)?;
        let of_flow = Part::new(name, LogKind::Flow, knowledge, &mut names)?;
        Ok(Self {
            ways: Ways::new(names.iter().map(String::as_str)),
            of_gateway,
            of_cloudtrail,
            of_flow,
        })
    }

    fn derive(&mut self, json: &str, out: &mut String) -> bool {
        let (mut is_cloudtrail, mut is_gateway) = (false, false);
        let parts = [&mut self.of_cloudtrail, &mut self.of_flow];
        let [of_cloudtrail, of_flow] = parts;
        of_cloudtrail.record.clear();
        of_flow.record.clear();
        let mut text = String::new();
        self.ways.walk(json, &mut |name, value| {
            if name < OF_CLOUDTRAIL.len() {
                is_cloudtrail = true;
            } else if name == VERSION {
                text.clear();
                is_gateway |= scalar(&value, &mut text) && text == "6";
            } else if name <= VERSION + self.of_gateway {
                is_gateway = true;
            } else if name < of_flow.first {
                of_cloudtrail.fill(name, &value, &mut text);
            } else {
                of_flow.fill(name, &value, &mut text);
            }
        });
        let (service, part) = match (is_cloudtrail, is_gateway) {
            (true, _) => (Service::CloudTrail, of_cloudtrail),
            (false, true) => (Service::TgwFlow, of_flow),
            (false, false) => (Service::VpcFlow, of_flow),
        };
        part.derive(service, out)
    }
}

/// The number of the way to the version of a flow.
const VERSION: usize = OF_CLOUDTRAIL.len();

/// Appends a scalar. `false` for what is none.
fn scalar(value: &Reached<'_>, out: &mut String) -> bool {
    match value {
        Reached::Scalar(scalar) => scalar.write(out),
        Reached::Null | Reached::EmptyArray | Reached::Object(_) => false,
    }
}

impl Part {
    /// Appends the names of its fields to `names`.
    fn new(
        name: &str,
        kind: LogKind,
        knowledge: &Knowledge,
        names: &mut Vec<String>,
    ) -> Result<Self> {
        let mut projection = Projection::new();
        let slot = projection.slot(name);
        let given = Given {
            context: knowledge.context.clone(),
            places: knowledge.places.clone(),
            memory: None,
        };
        let derivation = Derivation::plan_given(&mut projection, kind, &given);
        let derivation = derivation.map_err(|error| fault(error.to_string()))?;
        let first = names.len();
        names.extend(projection.read_fields().map(|(_, path)| path.to_owned()));
        Ok(Self {
            fields: projection.read_fields().map(|(slot, _)| slot).collect(),
            first,
            record: Record::new(projection.len()),
            derivation,
            slot,
        })
    }

    /// Puts a value that the way of that number led to into its slot.
    fn fill(&mut self, name: usize, value: &Reached<'_>, text: &mut String) {
        let Some(slot) = self.fields.get(name - self.first).copied() else {
            return;
        };
        text.clear();
        match value {
            Reached::Null => self.record.push_null(slot),
            Reached::EmptyArray => self.record.push_empty_array(slot),
            Reached::Scalar(_) if scalar(value, text) => {
                self.record.push_own_text(slot, text.as_bytes());
            }
            Reached::Scalar(_) | Reached::Object(_) => {}
        }
    }

    fn derive(&mut self, service: Service, out: &mut String) -> bool {
        let mut event = Event::new(service, &mut self.record, b"", &NoRecord);
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
