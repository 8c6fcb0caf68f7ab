//! One trail in one region: when records are delivered, and in which files.

use super::digest::{Digest, LogFile, hex};
use super::{Ordinary, Place, TrailKey};
use crate::clock::{SLOT_SECS, count};
use crate::error::SimulateError;
use crate::outbox::Outbox;
use crate::random::{Random, hash_text};
use crate::text::{self, Alphabet, collected, named};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, VecDeque};

/// Records in an object of a quiet trail. Real ones average four to six; a
/// sample of a few hundred files needs a few more.
const CLUMP: u64 = 16;

/// Bytes after which an object is full and another one is begun. AWS stops at
/// 50 MB compressed, which is more than a reader should have to hold.
const OBJECT_BYTES: usize = 32 << 20;

/// A record of an errand or of an attack, waiting for its time.
#[derive(Debug, Clone)]
pub(crate) struct Spliced {
    /// Seconds since 1970.
    pub(crate) time: i64,
    pub(crate) record: Vec<u8>,
}

/// Records on their way.
#[derive(Debug, Default)]
struct Batch {
    /// The insides of `{"Records":[…]}`.
    objects: Vec<Vec<u8>>,
    records: u64,
    oldest: i64,
    newest: i64,
}

impl Batch {
    fn add(&mut self, time: i64, record: &[u8]) {
        self.oldest = if self.records == 0 {
            time
        } else {
            self.oldest.min(time)
        };
        self.newest = if self.records == 0 {
            time
        } else {
            self.newest.max(time)
        };
        self.records += 1;
        match self.objects.last_mut() {
            Some(open) if open.len() < OBJECT_BYTES => {
                open.push(b',');
                open.extend_from_slice(record);
            }
            _ => {
                let mut open = Vec::with_capacity(record.len() * 16);
                open.extend_from_slice(br#"{"Records":["#);
                open.extend_from_slice(record);
                self.objects.push(open);
            }
        }
    }
}

/// A trail's objects in one region.
pub(crate) struct Trail<'a> {
    place: Place<'a>,
    /// `AWSLogs/o-…/111122223333/`.
    prefix: String,
    bucket: &'a str,
    seed: u64,
    /// By the slot in which they are delivered.
    batches: BTreeMap<i64, Batch>,
    spliced: VecDeque<Spliced>,
    /// Records beyond the ordinary load, which makes way for them.
    owed: u64,
    /// What the digest of this hour will name.
    digested: Vec<LogFile>,
    silences: Vec<Silence>,
}

/// Slots in which a trail delivers nothing.
#[derive(Debug, Clone, Copy)]
struct Silence {
    from: i64,
    /// The first slot behind it.
    until: i64,
    /// Whether nothing of it ever comes.
    lost: bool,
}

/// How busy a trail is, and relative to what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub(crate) per_day: u64,
    pub(crate) weights: u64,
}

impl<'a> Trail<'a> {
    /// A trail whose attacks are `spliced`, in the order of time.
    pub(crate) fn new(
        world: &'a crate::world::World,
        place: Place<'a>,
        spliced: Vec<Spliced>,
    ) -> Self {
        let folder = world
            .organization
            .as_ref()
            .map(|o| format!("{o}/"))
            .unwrap_or_default();
        Self {
            place,
            prefix: format!("AWSLogs/{folder}{}/", place.account.id),
            bucket: &world.log_bucket,
            seed: world.seed,
            batches: BTreeMap::new(),
            spliced: spliced.into(),
            owed: 0,
            digested: Vec::new(),
            silences: Vec::new(),
        }
    }

    /// Whose records these are.
    pub(crate) const fn place_key(&self) -> TrailKey {
        (self.place.account.index, self.place.region)
    }

    /// Takes records of ordinary errands, of this slot and later ones.
    pub(crate) fn expect(&mut self, records: Vec<Spliced>) {
        self.spliced.extend(records);
        self.spliced.make_contiguous().sort_by_key(|s| s.time);
    }

    /// Errands are a part of an account's load, wherever they are recorded: as
    /// many other records stay away at home.
    pub(crate) const fn make_way(&mut self, records: u64) {
        if self.place.home {
            self.owed += records;
        }
    }

    /// Whether it is the home trail of the account at that place.
    pub(crate) fn is_home_of(&self, account: u64) -> bool {
        self.place.home && self.place.account.index == account
    }

    /// Delivers nothing of what happens between these seconds, or all of it
    /// behind them.
    pub(crate) fn falls_silent(&mut self, (from, until): (i64, i64), lost: bool) {
        self.silences.push(Silence {
            from: from.div_euclid(SLOT_SECS) + 1,
            until: until.div_euclid(SLOT_SECS),
            lost,
        });
    }

    fn silence(&self, slot: i64) -> Option<Silence> {
        let within = |s: &&Silence| (s.from..s.until).contains(&slot);
        self.silences.iter().find(within).copied()
    }

    fn random(&self, slot: i64, what: u64) -> Random {
        let slot = u64::try_from(slot).unwrap_or(0);
        let place = hash_text(self.place.region);
        Random::keyed(&[
            self.seed,
            hash_text(&self.place.account.id),
            place,
            slot,
            what,
        ])
    }

    /// Lives through a slot and delivers what is due. A `load` of `None` is a
    /// region in which nothing ordinary happens.
    pub(crate) fn slot(
        &mut self,
        slot: i64,
        (ordinary, load): (&Ordinary<'_>, Option<Load>),
        out: &mut Outbox<'_>,
    ) -> Result<(), SimulateError> {
        let mut random = self.random(slot, 1);
        let silence = self.silence(slot);
        if silence.is_some_and(|s| s.lost) {
            let over = |s: &mut Spliced| s.time < (slot + 1) * SLOT_SECS;
            while self.spliced.pop_front_if(over).is_some() {}
            return self.deliver(slot + 1, out);
        }
        let wanted = load.map_or(0, |load| {
            count(
                load.per_day,
                (self.place.weight(), load.weights),
                slot,
                CLUMP,
                &mut random,
            )
        });
        let paid = self.owed.min(wanted * 7 / 8);
        self.owed -= paid;
        let wanted = wanted - paid;
        // An outage of delivery makes a whole batch late, now and then.
        let delay = if random.chance(4) {
            signed(random.between(8, 24))
        } else {
            1 + i64::from(random.chance(150))
        };
        let late = silence.map(|s| s.until + 1);
        let due = late.unwrap_or(slot + delay);
        let spliced_due = late.unwrap_or(slot + 1);
        if wanted > 0 {
            let mood = ordinary.mood(&self.place, slot * SLOT_SECS);
            let batches = &mut self.batches;
            let mut done = 0;
            while done < wanted {
                let made = ordinary.burst(
                    &self.place,
                    (&mood, slot * SLOT_SECS, wanted - done),
                    &mut random,
                    &mut |random, time, record| post(batches, due, (time, record), random),
                );
                done += made.max(1);
                if random.chance(400) {
                    let slots = (slot, spliced_due);
                    splice(&mut self.spliced, batches, slots, &mut random, 1);
                }
            }
        }
        splice(
            &mut self.spliced,
            &mut self.batches,
            (slot, spliced_due),
            &mut random,
            usize::MAX,
        );
        self.deliver(slot + 1, out)
    }

    /// Delivers what is still on its way.
    pub(crate) fn finish(&mut self, slot: i64, out: &mut Outbox<'_>) -> Result<(), SimulateError> {
        let mut random = self.random(slot, 2);
        while let Some(left) = self.spliced.pop_front() {
            let due = left.time.div_euclid(SLOT_SECS) + 1;
            post(
                &mut self.batches,
                due.max(slot),
                (left.time, &left.record),
                &mut random,
            );
        }
        self.deliver(i64::MAX, out)
    }

    fn deliver(&mut self, until: i64, out: &mut Outbox<'_>) -> Result<(), SimulateError> {
        while let Some(entry) = self.batches.first_entry() {
            if *entry.key() > until {
                break;
            }
            let (due, batch) = entry.remove_entry();
            self.write(due, batch, out)?;
        }
        if until.rem_euclid(288) == DIGEST_END && self.place.home {
            self.digest(until, out)?;
        }
        Ok(())
    }

    fn write(&mut self, due: i64, batch: Batch, out: &mut Outbox<'_>) -> Result<(), SimulateError> {
        let mut random = self.random(due, 3);
        out.progress.events += batch.records;
        for mut object in batch.objects {
            object.extend_from_slice(b"]}");
            let minute = due * SLOT_SECS + signed(random.below(5)) * 60;
            let key = self.key(minute, &named(Alphabet::Base62, 16, &mut random));
            if self.place.home && (DIGEST_END - 12..DIGEST_END).contains(&due.rem_euclid(288)) {
                self.digested.push(LogFile {
                    s3_bucket: self.bucket.to_owned(),
                    s3_object: key.clone(),
                    hash_value: hex(&Sha256::digest(&object)),
                    hash_algorithm: "SHA-256",
                    newest_event_time: collected(|o| text::iso_time(o, batch.newest)),
                    oldest_event_time: collected(|o| text::iso_time(o, batch.oldest)),
                });
            }
            out.put_gzip(&key, &object)?;
        }
        Ok(())
    }

    fn key(&self, secs: i64, unique: &str) -> String {
        let (id, region) = (&self.place.account.id, self.place.region);
        let date = collected(|o| text::date_path(o, secs));
        let stamp = collected(|o| text::minute_stamp(o, secs));
        format!(
            "{}CloudTrail/{region}/{date}/{id}_CloudTrail_{region}_{stamp}_{unique}.json.gz",
            self.prefix
        )
    }

    /// The digest of the hour before: what AWS writes with log-file validation
    /// on, the hashes right, the signature (it stands in S3's metadata) absent.
    fn digest(&mut self, slot: i64, out: &mut Outbox<'_>) -> Result<(), SimulateError> {
        let end = slot * SLOT_SECS;
        let (id, region) = (&self.place.account.id, self.place.region);
        let time = |t: i64| collected(|o| text::iso_time(o, t));
        let log_files = std::mem::take(&mut self.digested);
        let object = |end: i64| {
            let stamp = collected(|o| text::minute_stamp(o, end));
            let date = collected(|o| text::date_path(o, end));
            let stamp = stamp.trim_end_matches('Z');
            format!(
                "{}CloudTrail-Digest/{region}/{date}/{id}_CloudTrail-Digest_{region}_organization-audit_{region}_{stamp}00Z.json.gz",
                self.prefix
            )
        };
        let times = |of: fn(&LogFile) -> &String| log_files.iter().map(of).cloned();
        let digest = Digest {
            aws_account_id: id.clone(),
            digest_start_time: time(end - 3600),
            digest_end_time: time(end),
            digest_s3_bucket: self.bucket.to_owned(),
            digest_s3_object: object(end),
            digest_public_key_fingerprint: named(Alphabet::Hex, 32, &mut self.random(0, 4)),
            digest_signature_algorithm: "SHA256withRSA",
            newest_event_time: times(|f| &f.newest_event_time).max(),
            oldest_event_time: times(|f| &f.oldest_event_time).min(),
            previous_digest_s3_bucket: None,
            previous_digest_s3_object: None,
            previous_digest_hash_value: None,
            previous_digest_hash_algorithm: None,
            previous_digest_signature: None,
            log_files,
        };
        out.put_gzip(
            &digest.digest_s3_object.clone(),
            &serde_json::to_vec(&digest)?,
        )
    }
}

/// Digests are written once a day, for the hour before noon: often enough to be
/// met, seldom enough not to fill a sample.
const DIGEST_END: i64 = 144;

fn signed(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(0)
}

/// Puts a record on its way: a few stragglers miss their batch, and two in a
/// thousand come twice.
fn post(
    batches: &mut BTreeMap<i64, Batch>,
    due: i64,
    (time, record): (i64, &[u8]),
    random: &mut Random,
) {
    let due = due + i64::from(random.chance(30));
    batches.entry(due).or_default().add(time, record);
    if random.chance(2) {
        let again = due + signed(random.between(1, 2));
        batches.entry(again).or_default().add(time, record);
    }
}

/// Mixes up to `most` records of this slot's errands and attacks in with the
/// others. They are never later than fifteen minutes.
fn splice(
    spliced: &mut VecDeque<Spliced>,
    batches: &mut BTreeMap<i64, Batch>,
    (slot, due): (i64, i64),
    random: &mut Random,
    most: usize,
) {
    for _ in 0..most {
        if spliced
            .front()
            .is_none_or(|s| s.time >= (slot + 1) * SLOT_SECS)
        {
            return;
        }
        if let Some(next) = spliced.pop_front() {
            post(batches, due, (next.time, &next.record), random);
        }
    }
}
