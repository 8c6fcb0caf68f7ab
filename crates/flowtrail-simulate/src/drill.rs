//! One object with the records of attacks and nothing else, for a fire drill in a
//! bucket that real logs come to.

use std::collections::{BTreeMap, HashSet};
use std::io::{Read as _, Write as _};
use std::net::Ipv4Addr;

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use flowtrail_event::EventTime;
use serde_json::{Value, json};

use crate::attack::{Attack, Trace};
use crate::error::SimulateError;
use crate::label::Label;
use crate::plan::Plan;
use crate::random::Random;
use crate::run::simulate;

/// What a drill is to be like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrillPlan {
    /// Attacks that leave traces in `CloudTrail`; see [`DrillPlan::can_show`].
    pub attacks: Vec<Attack>,
    /// Changes every name: records of two drills with one seed are the same ones.
    pub seed: u64,
    /// When the last thing happens.
    pub end: EventTime,
    /// The account that takes the place of every account of the organisation.
    pub account: String,
    /// What is put behind every user agent, `flowtrail-drill/ID`.
    pub mark: String,
}

/// The object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrillObject {
    /// `{"Records": […]}`, compressed as `CloudTrail` does it.
    pub bytes: Vec<u8>,
    /// How many records.
    pub records: usize,
    /// The attacks, as they were carried out.
    pub labels: Vec<Label>,
}

impl DrillPlan {
    /// Whether an attack leaves traces in `CloudTrail`.
    #[must_use]
    pub const fn can_show(attack: Attack) -> bool {
        match attack.trace() {
            Trace::CloudTrail | Trace::Both => true,
            Trace::Flow => false,
        }
    }

    /// Carries the attacks out.
    ///
    /// # Errors
    /// If the time is none that a log can have.
    pub fn carry_out(&self) -> Result<DrillObject, SimulateError> {
        let hours = Plan::ATTACK_HOURS_MIN;
        let plan = Plan {
            seed: self.seed,
            start: EventTime(self.end.0 - i64::from(hours) * 3_600_000),
            hours,
            events_per_day: 0,
            flows_per_day: 0,
            attacks: self.attacks.clone(),
            ..Plan::default()
        };
        let mut store = BTreeMap::new();
        let summary = simulate(&plan, &mut store, &mut |_| {})?;
        let wanted = summary.labels.iter().flat_map(|l| &l.traces.event_ids);
        let wanted: HashSet<&str> = wanted.map(String::as_str).collect();
        let accounts = summary.organisation.accounts.iter();
        let accounts: Vec<&str> = accounts.map(|a| a.id.as_str()).collect();
        let mut records = Vec::new();
        for bytes in store.iter().filter(|(k, _)| k.ends_with(".json.gz")) {
            records.extend(self.of_object(bytes.1, &wanted, &accounts));
        }
        records.sort_by_key(time);
        let late = records
            .last()
            .and_then(time)
            .map_or(0, |t| self.end.0 - t.0);
        for record in &mut records {
            let shifted = time(record).map(|t| EventTime(t.0 + late).to_string());
            if let (Some(fields), Some(time)) = (record.as_object_mut(), shifted) {
                fields.insert("eventTime".to_owned(), json!(time));
            }
        }
        let count = records.len();
        let text = json!({"Records": records}).to_string();
        Ok(DrillObject {
            bytes: gzip(text.as_bytes()).map_err(|source| SimulateError::Store {
                key: "drill".to_owned(),
                source,
            })?,
            records: count,
            labels: summary.labels,
        })
    }

    /// The wanted records of an object, of the drill's account and with its mark.
    fn of_object(&self, bytes: &[u8], wanted: &HashSet<&str>, accounts: &[&str]) -> Vec<Value> {
        let mut text = String::new();
        // What the simulator wrote can be read; else there would be nothing to wait for.
        if MultiGzDecoder::new(bytes)
            .read_to_string(&mut text)
            .is_err()
        {
            return Vec::new();
        }
        for account in accounts {
            text = text.replace(account, &self.account);
        }
        let document: Value = serde_json::from_str(&text).unwrap_or_default();
        let records = document.get("Records").and_then(Value::as_array);
        let mut out = Vec::new();
        for record in records.into_iter().flatten() {
            let id = record.get("eventID").and_then(Value::as_str);
            if id.is_some_and(|id| wanted.contains(id)) {
                out.push(self.marked(record.clone()));
            }
        }
        out
    }

    /// The mark is for people and programs that read the same bucket; ours goes by
    /// the object and the account.
    fn marked(&self, mut record: Value) -> Value {
        if let Some(fields) = record.as_object_mut() {
            let agent = fields.get("userAgent").and_then(Value::as_str);
            let agent = agent.map_or_else(|| self.mark.clone(), |a| format!("{a} {}", self.mark));
            fields.insert("userAgent".to_owned(), json!(agent));
            fields.insert("recipientAccountId".to_owned(), json!(self.account));
            if let Some(address) = fields.get_mut("sourceIPAddress") {
                self.place(address);
            }
            if let Some(identity) = fields.get_mut("userIdentity") {
                self.name(identity);
                if let Some(issuer) = identity.pointer_mut("/sessionContext/sessionIssuer") {
                    self.name(issuer);
                }
            }
        }
        record
    }

    /// Puts somebody at an address of the internet where nobody is in another
    /// drill, for the same reason: some rules go by addresses. It is of 240.0.0.0/4,
    /// which nobody can have.
    fn place(&self, address: &mut Value) {
        let known = address.as_str().and_then(|a| a.parse::<Ipv4Addr>().ok());
        let Some(known) = known.filter(|a| !a.is_private()) else {
            return;
        };
        let mut random = Random::keyed(&[self.seed, u64::from(u32::from(known))]);
        let host = u32::try_from(random.below(0x0fff_ffff)).unwrap_or(0);
        *address = json!(Ipv4Addr::from(0xf000_0000 | host));
    }

    /// Gives somebody a name that nobody has in another drill: what two drills do
    /// within an hour would else be one finding about one caller, and the second
    /// drill would wait for its own.
    fn name(&self, identity: &mut Value) {
        let tail = (self.seed ^ (self.seed >> 32)) & 0xffff_ffff;
        for field in ["arn", "userName"] {
            if let Some(Value::String(name)) = identity.get_mut(field)
                && (field == "userName" || name.contains('/'))
            {
                name.push_str(&format!("-{tail:08x}"));
            }
        }
    }
}

fn time(record: &Value) -> Option<EventTime> {
    let text = record.get("eventTime")?.as_str()?;
    EventTime::parse(text.as_bytes())
}

fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut out = GzEncoder::new(Vec::new(), Compression::default());
    out.write_all(bytes)?;
    out.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(attacks: &[Attack], seed: u64) -> DrillPlan {
        DrillPlan {
            attacks: attacks.to_vec(),
            seed,
            end: EventTime::parse(b"2026-11-22T09:30:00Z").unwrap(),
            account: "000000000000".to_owned(),
            mark: "flowtrail-drill/x".to_owned(),
        }
    }

    fn records(object: &DrillObject) -> Vec<Value> {
        let mut text = String::new();
        let mut reader = MultiGzDecoder::new(object.bytes.as_slice());
        reader.read_to_string(&mut text).unwrap();
        let document: Value = serde_json::from_str(&text).unwrap();
        document["Records"].as_array().unwrap().clone()
    }

    #[test]
    fn every_attack_of_cloudtrail_can_be_drilled() {
        for attack in Attack::ALL {
            if !DrillPlan::can_show(attack) {
                continue;
            }
            let object = plan(&[attack], 3).carry_out().unwrap();
            let records = records(&object);
            assert_eq!(records.len(), object.records, "{attack}");
            // Some are delivered twice.
            let planted = object.labels[0].traces.event_ids.len();
            assert!(planted > 0 && records.len() >= planted, "{attack}");
            let end = records.last().unwrap();
            assert_eq!(end["eventTime"], "2026-11-22T09:30:00Z", "{attack}");
            for record in records {
                assert_eq!(record["recipientAccountId"], "000000000000", "{attack}");
                let agent = record["userAgent"].as_str().unwrap();
                assert!(agent.ends_with("flowtrail-drill/x"), "{attack}: {agent}");
                assert!(time(&record) <= Some(object_end()), "{attack}");
            }
        }
    }

    fn object_end() -> EventTime {
        EventTime::parse(b"2026-11-22T09:30:00Z").unwrap()
    }

    /// What was found in one drill is not what was found in the next.
    #[test]
    fn two_drills_have_no_record_in_common() {
        let ids = |seed| {
            let object = plan(&[Attack::StopLogging], seed).carry_out().unwrap();
            let ids = records(&object).into_iter();
            ids.map(|r| r["eventID"].as_str().unwrap().to_owned())
                .collect::<HashSet<_>>()
        };
        assert!(ids(1).is_disjoint(&ids(2)));
        assert_eq!(ids(1), ids(1));
    }

    /// Nor is who did it, out of a small organisation as they all come, nor from
    /// where.
    #[test]
    fn two_drills_have_no_caller_and_no_address_in_common() {
        let attacks = [
            Attack::StopLogging,
            Attack::S3BatchDelete,
            Attack::ConsoleBruteForce,
        ];
        for field in ["/userIdentity/arn", "/sourceIPAddress"] {
            let mut seen = HashSet::new();
            for seed in 1..65 {
                let object = plan(&attacks, seed).carry_out().unwrap();
                let told: HashSet<String> = records(&object)
                    .iter()
                    .filter_map(|r| r.pointer(field)?.as_str().map(str::to_owned))
                    .collect();
                assert!(!told.is_empty());
                for one in told {
                    assert!(seen.insert(one.clone()), "{one} again");
                }
            }
        }
    }
}
