//! What a window keeps of one match: as little as an episode may need.

use std::cmp::Ordering;
use std::sync::Arc;

use flowtrail_event::{EventTime, Location};
use sha2::{Digest, Sha256};

use super::value::Value;
use crate::finding::{Evidence, Facts};

/// Bytes of a group value or a counted value that are kept as they are. Role
/// sessions, host names and most object ARNs are shorter; a longer text is cut
/// and marked with its hash, because one record may hold megabytes of it and
/// the windows hold millions of records.
pub(super) const TEXT_BYTES_MAX: usize = 512;

/// What orders the entries of a group, and makes two of them the same.
pub(super) type EntryId = (i64, u128, u32);

/// One match in a window. At most 144 bytes apart from a counted text.
#[derive(Debug)]
pub(super) struct Entry {
    /// Milliseconds since the epoch.
    pub(super) time: i64,
    /// Identity of the record.
    pub(super) key: u128,
    /// Index of the member rule.
    pub(super) member: u32,
    /// What the correlation counts or sums.
    pub(super) value: Value,
    proof: Proof,
}

/// [`Evidence`] without the time, which the entry has.
#[derive(Debug)]
struct Proof {
    object: Arc<str>,
    rule: Option<Arc<str>>,
    facts: Option<Arc<Facts>>,
    location: Location,
    id: EventId,
}

/// `eventID` is a UUID in lower case, so sixteen bytes hold it.
#[derive(Debug, PartialEq)]
enum EventId {
    None,
    Uuid([u8; 16]),
    Text(Box<str>),
}

impl Entry {
    /// An entry out of a match; the value must come from [`Value::read`].
    pub(super) fn new(
        time: EventTime,
        key: u128,
        member: u32,
        value: Value,
        proof: Evidence,
    ) -> Self {
        let proof = Proof {
            object: proof.object,
            rule: proof.rule,
            facts: proof.facts,
            location: proof.location,
            id: EventId::pack(proof.event_id),
        };
        Self {
            time: time.0,
            key,
            member,
            value,
            proof,
        }
    }

    pub(super) fn id(&self) -> EntryId {
        (self.time, self.key, self.member)
    }

    /// What the record says.
    pub(super) const fn facts(&self) -> Option<&Arc<Facts>> {
        self.proof.facts.as_ref()
    }

    /// The record that stands behind it.
    pub(super) fn evidence(&self) -> Evidence {
        Evidence {
            time: Some(EventTime(self.time)),
            object: Arc::clone(&self.proof.object),
            location: self.proof.location,
            event_id: self.proof.id.text(),
            rule: self.proof.rule.clone(),
            facts: self.proof.facts.clone(),
        }
    }

    /// Takes in a duplicate: the copy whose evidence sorts first stays, so that
    /// the order of arrival cannot be seen.
    pub(super) fn absorb(&mut self, other: &mut Self) {
        let order = other
            .proof
            .order(&self.proof)
            .then_with(|| other.value.order(&self.value));
        if order == Ordering::Less {
            std::mem::swap(self, other);
        }
    }
}

impl Proof {
    /// As [`Evidence`] sorts at equal times.
    fn order(&self, other: &Self) -> Ordering {
        let place = (&self.object, self.location).cmp(&(&other.object, other.location));
        place
            .then_with(|| self.id.text().cmp(&other.id.text()))
            .then_with(|| self.rule.cmp(&other.rule))
            .then_with(|| self.facts.cmp(&other.facts))
    }
}

impl EventId {
    fn pack(text: Option<String>) -> Self {
        match text {
            None => Self::None,
            Some(text) => match uuid_bytes(&text) {
                Some(bytes) => Self::Uuid(bytes),
                None => Self::Text(text.into_boxed_str()),
            },
        }
    }

    fn text(&self) -> Option<String> {
        match self {
            Self::None => None,
            Self::Uuid(bytes) => Some(uuid_text(bytes)),
            Self::Text(text) => Some(text.to_string()),
        }
    }
}

/// Bytes before which a UUID has a hyphen.
const HYPHENS: [usize; 4] = [4, 6, 8, 10];

/// The bytes of a UUID that [`uuid_text`] writes back without a difference.
fn uuid_bytes(text: &str) -> Option<[u8; 16]> {
    let mut rest = text.bytes();
    let mut bytes = [0; 16];
    for (i, byte) in bytes.iter_mut().enumerate() {
        if HYPHENS.contains(&i) && rest.next() != Some(b'-') {
            return None;
        }
        *byte = nibble(rest.next()?)? << 4 | nibble(rest.next()?)?;
    }
    rest.next().is_none().then_some(bytes)
}

fn uuid_text(bytes: &[u8; 16]) -> String {
    let mut text = String::with_capacity(36);
    for (i, byte) in bytes.iter().enumerate() {
        if HYPHENS.contains(&i) {
            text.push('-');
        }
        push_hex(&mut text, *byte);
    }
    text
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

fn push_hex(text: &mut String, byte: u8) {
    for half in [byte >> 4, byte & 15] {
        text.push(char::from_digit(u32::from(half), 16).unwrap_or('?'));
    }
}

/// Cuts a text that is too long to its beginning, `…` and a hash of the whole:
/// texts stay equal exactly where they were.
pub(super) fn bound(text: &mut Box<str>) {
    if text.len() <= TEXT_BYTES_MAX {
        return;
    }
    let mut cut = String::with_capacity(TEXT_BYTES_MAX + 40);
    for c in text.chars() {
        if cut.len() + c.len_utf8() > TEXT_BYTES_MAX {
            break;
        }
        cut.push(c);
    }
    cut.push('…');
    for byte in Sha256::digest(text.as_bytes()).iter().take(16) {
        push_hex(&mut cut, *byte);
    }
    *text = cut.into_boxed_str();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proof(object: &str, event_id: Option<&str>) -> Evidence {
        Evidence {
            time: None,
            object: object.into(),
            location: Location { offset: 7, len: 9 },
            event_id: event_id.map(str::to_owned),
            rule: Some("r".into()),
            facts: None,
        }
    }

    #[test]
    fn an_entry_is_small() {
        assert!(size_of::<Entry>() <= 144, "{}", size_of::<Entry>());
    }

    #[test]
    fn evidence_comes_back_as_it_went_in() {
        let ids = [
            None,
            Some(""),
            Some("0b5c9a3e-7f21-4d10-9c55-00ffab12cd34"),
            Some("0B5C9A3E-7F21-4D10-9C55-00FFAB12CD34"),
            Some("0b5c9a3e-7f21-4d10-9c55-00ffab12cd345"),
            Some("0b5c9a3e-7f21-4d10-9c55-00ffab12cd3"),
            Some("0b5c9a3e7f214d109c5500ffab12cd34----"),
            Some("no uuid"),
        ];
        for id in ids {
            let entry = Entry::new(EventTime(5), 1, 0, Value::None, proof("o", id));
            let mut want = proof("o", id);
            want.time = Some(EventTime(5));
            assert_eq!(entry.evidence(), want, "{id:?}");
        }
        let packed = EventId::pack(Some("0b5c9a3e-7f21-4d10-9c55-00ffab12cd34".into()));
        assert!(matches!(packed, EventId::Uuid(_)));
    }

    #[test]
    fn the_evidence_that_sorts_first_stays() {
        let of = |o: &str| Entry::new(EventTime(5), 1, 0, Value::None, proof(o, None));
        let (mut a, mut b) = (of("b"), of("a"));
        a.absorb(&mut b);
        assert_eq!(&*a.evidence().object, "a");
        let (mut a, mut b) = (of("a"), of("b"));
        a.absorb(&mut b);
        assert_eq!(&*a.evidence().object, "a");
    }

    #[test]
    fn a_long_text_is_cut_and_stays_distinct() {
        let bounded = |text: String| {
            let mut text = text.into_boxed_str();
            bound(&mut text);
            text
        };
        let long = |end: char| bounded(format!("{}{end}", "ä".repeat(600)));
        let (a, b) = (long('a'), long('b'));
        assert!(a.len() < 600 && a.starts_with('ä') && a.contains('…'));
        assert_ne!(a, b);
        assert_eq!(a, long('a'));
        assert_eq!(
            &*bounded("x".repeat(TEXT_BYTES_MAX)),
            "x".repeat(TEXT_BYTES_MAX)
        );
    }
}
