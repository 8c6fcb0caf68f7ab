//! Any bytes as a baseline, and any parts under a header whose sums are right,
//! so that what lies behind the sums is reached: no panic. A history that comes
//! of it has a file that says the same, and comes back from it; two are the same
//! whichever is taken in first.
#![no_main]

use flowtrail_baseline::{
    Baseline, Calendar, Day, Dimension, Header, History, KeyId, Memory as _, Rolling, ValueId,
};
use flowtrail_event::EventTime;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

fuzz_target!(|data: (&[u8], &[u8], &[u8])| {
    let (first, second, seen) = data;
    let _ = Header::read(first);
    let told: Vec<History> = [first, second]
        .into_iter()
        .flat_map(|bytes| [Some(bytes.to_vec()), mended(bytes)])
        .flatten()
        .filter_map(|bytes| Baseline::read(bytes).ok())
        .filter_map(|baseline| said_again(&baseline))
        .collect();
    let (one, two) = gathered(seen);
    for history in [&one, &two] {
        let bytes = history.write().unwrap();
        let baseline = Baseline::read(bytes.clone()).unwrap();
        let again = baseline.history().unwrap().unwrap();
        assert!(again.write().unwrap() == bytes, "what was written comes back");
    }
    merged(&one, &two);
    for history in &told {
        merged(history, told.last().unwrap_or(&one));
        merged(history, &two);
    }
});

/// The bytes with lengths and sums that fit: the header is taken as it is, and
/// what lies behind it is divided as it says.
fn mended(bytes: &[u8]) -> Option<Vec<u8>> {
    let len = u32::from_le_bytes(bytes.get(12..16)?.try_into().ok()?);
    let len = usize::try_from(len).ok()?;
    let mut header: Value = serde_json::from_slice(bytes.get(16..16_usize.checked_add(len)?)?).ok()?;
    let mut rest = bytes.get(16 + len..)?;
    let (mut body, mut offset) = (Vec::new(), 0);
    for place in header.get_mut("parts")?.as_array_mut()? {
        let wanted = usize::try_from(place.get("bytes")?.as_u64()?).ok()?;
        let each = match place.get("part")?.as_str()? {
            "sightings" | "values" => 12,
            "keys" => 19,
            _ => 1,
        };
        let wanted = wanted.min(rest.len()) / each * each;
        let (part, behind) = rest.split_at(wanted);
        rest = behind;
        let sum: String = Sha256::digest(part).iter().map(|b| format!("{b:02x}")).collect();
        let place = place.as_object_mut()?;
        place.insert("offset".into(), offset.into());
        place.insert("bytes".into(), wanted.into());
        place.insert("sha256".into(), sum.into());
        if each > 1 {
            place.insert("entries".into(), (wanted / each).into());
        }
        offset += wanted;
        body.extend_from_slice(part);
    }
    let header = serde_json::to_vec(&header).ok()?;
    let mut file = bytes.get(..12)?.to_vec();
    file.extend(u32::try_from(header.len()).ok()?.to_le_bytes());
    Some([file, header, body].concat())
}

/// The history of a file, whose own file says the same.
fn said_again(baseline: &Baseline) -> Option<History> {
    asked(baseline);
    let history = baseline.history().ok()??;
    let bytes = history.write().unwrap();
    let again = Baseline::read(bytes.clone()).unwrap();
    assert_eq!(again.calendar(), baseline.calendar());
    let says = |b: &Baseline| {
        let header = b.header();
        let of = (header.first, header.last, header.records, header.sightings());
        (of, header.keys.clone(), b.entries(), b.coverage())
    };
    assert_eq!(says(&again), says(baseline));
    let same = again.history().unwrap().unwrap();
    assert!(same.write().unwrap() == bytes);
    Some(history)
}

/// Every question has an answer.
fn asked(baseline: &Baseline) {
    for entry in baseline.entries().ok().flatten().unwrap_or_default() {
        let key = KeyId::new(entry.dimension, &entry.key);
        let value = ValueId::new(entry.dimension, &entry.value);
        for day in [0, 1, 20_000, u16::MAX - 1, u16::MAX] {
            let _ = baseline.since(key.sighting(&entry.value), Day(day));
        }
        let _ = (baseline.first_days(key), baseline.hours_of(key));
        let _ = baseline.peers(entry.dimension, value).surprise();
        if let Some(profile) = baseline.profile(key) {
            let _ = (profile.middle(), profile.spread(24), profile.quantile(0.5));
        }
    }
}

/// Two histories of what four bytes each say, the days of which differ.
fn gathered(seen: &[u8]) -> (History, History) {
    let mut both = [(); 2].map(|()| History::new(Calendar::default(), true));
    for (n, four) in seen.chunks_exact(4).take(100).enumerate() {
        let [key, value, day, more] = *four else { continue };
        let Some(history) = both.get_mut(n % 2) else { continue };
        let time = EventTime(i64::from(day) * 43_200_000 + i64::from(more) * 600_000);
        let (key, value) = (format!("k{}", key % 8), format!("v{}", value % 16));
        history.see(Dimension::PrincipalApi, &key, &value, time);
        history.count(Dimension::PrincipalCalls, &format!("{n} {key}"), more.into(), time);
        history.covers(&format!("{}", n % 2), Day::of(time), 1);
    }
    let [one, two] = both;
    (one, two)
}

/// They are one, whichever comes first, or no way.
fn merged(one: &History, two: &History) {
    let united = |mut a: History, b: &History| a.unite(b.clone()).map(|()| a);
    match (united(one.clone(), two), united(two.clone(), one)) {
        (Ok(a), Ok(b)) => {
            assert!(a.write().unwrap() == b.write().unwrap());
            let last = a.last().unwrap_or_default();
            let _ = Rolling::new(a).has_learned(KeyId::whole(Dimension::PrincipalApi), last);
        }
        (Err(_), Err(_)) => {}
        (a, b) => panic!("one way only: {} {}", a.is_ok(), b.is_ok()),
    }
}
