//! Files whose sums are right and that nobody wrote.

use super::*;
use crate::file::lines;

/// A file with these parts in place of those of `bytes`, and a header with the
/// right lengths and sums, after `edit`.
fn file(
    bytes: &[u8],
    parts: &[(Part, Vec<u8>, usize)],
    edit: impl Fn(&mut Header),
) -> Result<Baseline, FileError> {
    let (mut header, begin) = Header::read(bytes).unwrap().unwrap();
    let (mut body, mut offset) = (Vec::new(), 0);
    for place in &mut header.parts {
        let from = begin + usize::try_from(place.offset).unwrap();
        let to = from + usize::try_from(place.bytes).unwrap();
        let (part, entries) = match parts.iter().find(|(p, _, _)| *p == place.part) {
            Some((_, part, entries)) => (part.clone(), *entries as u64),
            None => (bytes[from..to].to_vec(), place.entries),
        };
        *place = Place {
            part: place.part,
            offset,
            bytes: part.len() as u64,
            entries,
            sha256: sha256(&part),
        };
        offset += place.bytes;
        body.extend(part);
    }
    edit(&mut header);
    Baseline::read([with_header(&serde_json::to_vec(&header).unwrap()), body].concat())
}

/// The beginning of a file.
fn with_header(header: &[u8]) -> Vec<u8> {
    let len = u32::try_from(header.len()).unwrap();
    let mut file = MAGIC.to_vec();
    file.extend(VERSION.to_le_bytes());
    file.extend(len.to_le_bytes());
    file.extend(header);
    file
}

fn one() -> Vec<u8> {
    history(&[
        ("ann", "s3:GetObject", 100),
        ("ann", "iam:CreateUser", 150),
        ("bob", "s3:GetObject", 170),
    ])
    .write()
    .unwrap()
}

fn damaged(baseline: Result<Baseline, FileError>) -> &'static str {
    let history = baseline.and_then(|b| b.history().map(|h| h.unwrap().write().unwrap()));
    match history {
        Err(FileError::Damaged(what)) => what,
        other => panic!("{other:?}"),
    }
}

#[test]
fn nothing_is_behind_the_end() {
    let mut bytes = one();
    bytes.push(0);
    assert_eq!(damaged(Baseline::read(bytes)), "end");
}

#[test]
fn lengths_that_no_file_has_are_an_error() {
    let last = |header: &mut Header| header.parts[5].bytes = u64::MAX;
    assert_eq!(damaged(file(&one(), &[], last)), "header");
    let all = |header: &mut Header| {
        header.parts[3].bytes = u64::MAX;
        for place in &mut header.parts[4..] {
            place.offset = u64::MAX;
        }
    };
    assert_eq!(damaged(file(&one(), &[], all)), "header");
    let entries = |header: &mut Header| header.parts[0].entries = u64::MAX / 6;
    assert_eq!(damaged(file(&one(), &[], entries)), "header");
}

#[test]
fn a_header_is_written_in_one_way() {
    let bytes = one();
    let (_, begin) = Header::read(&bytes).unwrap().unwrap();
    let text = &bytes[PREFIX..begin];
    assert!(Baseline::read([with_header(text), bytes[begin..].to_vec()].concat()).is_ok());
    let spaced = [b" ", text].concat();
    let more = [br#"{"more":1,"#, &text[1..]].concat();
    for other in [spaced, more] {
        let file = [with_header(&other), bytes[begin..].to_vec()].concat();
        assert_eq!(damaged(Baseline::read(file)), "header");
    }
}

#[test]
fn parts_have_to_say_the_same() {
    let bytes = one();
    type Said<'t> = (u8, &'t str, &'t str, u64);
    let texts = |rows: &[Said<'_>]| {
        let (part, entries) = lines::write(rows.iter());
        file(&bytes, &[(Part::Texts, part, entries)], |_| ())
    };
    let all: [Said<'_>; 3] = [
        (1, "ann", "s3:GetObject", 1),
        (1, "ann", "iam:CreateUser", 1),
        (1, "bob", "s3:GetObject", 1),
    ];
    assert!(texts(&all).unwrap().history().is_ok());
    // Words are missing, are there twice, or are of something else.
    for (other, what) in [
        (vec![], "sightings"),
        (all[..2].to_vec(), "sightings"),
        ([&all[..], &all[..1]].concat(), "texts"),
        (
            [&all[..], &[(1, "bob", "iam:CreateUser", 1)]].concat(),
            "texts",
        ),
        (
            [&all[..2], &[(1, "bob", "iam:CreateUser", 1)]].concat(),
            "texts",
        ),
        (
            [&all[..2], &[(99, "bob", "s3:GetObject", 1)]].concat(),
            "texts",
        ),
    ] {
        assert_eq!(damaged(texts(&other)), what, "{other:?}");
    }
    let coverage = |rows: &[(&str, u16, u64)]| {
        let (part, entries) = lines::write(rows.iter());
        damaged(file(&bytes, &[(Part::Coverage, part, entries)], |_| ()))
    };
    let days = [100, 150, 170].map(|day| ("111122223333", day, 1));
    assert_eq!(coverage(&[&days[..], &days[..1]].concat()), "coverage");
    assert_eq!(coverage(&days[..2]), "header");
    let keys = |header: &mut Header| *header.keys.values_mut().next().unwrap() += 1;
    assert_eq!(damaged(file(&bytes, &[], keys)), "header");
    let days = |header: &mut Header| header.calendar.memory = 80;
    assert!(file(&bytes, &[], days).unwrap().history().is_ok());
}

#[test]
fn what_is_in_no_order_is_damaged() {
    let bytes = one();
    let (header, begin) = Header::read(&bytes).unwrap().unwrap();
    let place = header.place(Part::Profiles).unwrap();
    let from = begin + usize::try_from(place.offset).unwrap();
    let part = &bytes[from..from + usize::try_from(place.bytes).unwrap()];
    let mut rows: Vec<(u64, crate::Profile)> = lines::read(part, place.entries).unwrap();
    assert_eq!(rows.len(), 2);
    rows.reverse();
    let (part, entries) = lines::write(rows.iter());
    let other = file(&bytes, &[(Part::Profiles, part, entries)], |_| ());
    assert_eq!(damaged(other), "profiles");
}

/// A time that no calendar of two bytes reaches is the last day of it, and
/// comes back.
#[test]
fn the_last_day_is_a_day() {
    let mut history = history(&[("ann", "s3:GetObject", 100)]);
    history.see(Dimension::PrincipalApi, "zoe", "a", EventTime(i64::MAX));
    let bytes = history.write().unwrap();
    let baseline = Baseline::read(bytes.clone()).unwrap();
    let zoe = KeyId::new(Dimension::PrincipalApi, "zoe");
    assert_eq!(
        baseline.first_days(zoe).unwrap().first(),
        Some(Day(u16::MAX - 1))
    );
    let again = baseline.history().unwrap().unwrap();
    assert_eq!(again.write().unwrap(), bytes);
}
