//! Findings of one invocation as messages for people and programs.
//!
//! Findings of one rule, account and actor are one message: whoever is attacked
//! ten thousand times wants to be told once. It says how many there are, shows
//! the first of them whole and names further ones.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use flowtrail_sigma::Level;
use serde_json::json;

use super::notify::Notice;
use super::{cut, keys, splice};

/// Findings that one group shows whole; people read no more, and programs have
/// the bucket.
const SHOWN_MAX: usize = 20;
/// Ids of further findings.
const NAMED_MAX: usize = 100;
/// Places in which the findings lie.
const PLACES_MAX: usize = 5;
/// Bytes of a title or an actor in a message.
const TEXT_BYTES_MAX: usize = 512;
/// SNS: fewer than a hundred characters.
const SUBJECT_BYTES_MAX: usize = 99;
/// Least room of a message. Everything but the findings takes less than half.
pub(super) const MESSAGE_BYTES_MIN: usize = 32 << 10;

/// A message, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    /// JSON, an object.
    pub(super) body: String,
    pub(super) subject: String,
    /// Names and values, for filter policies.
    pub(super) attributes: Vec<(&'static str, String)>,
    /// The findings for which it speaks.
    pub(super) ids: Vec<String>,
}

impl Message {
    /// Bytes as SNS counts them.
    pub(super) fn bytes(&self) -> usize {
        let attribute = |(name, value): &(&str, String)| name.len() + value.len() + "String".len();
        let attributes: usize = self.attributes.iter().map(attribute).sum();
        self.body.len() + self.subject.len() + attributes
    }

    /// The first finding, by which queues keep what belongs together in order.
    pub(super) fn group_id(&self) -> &str {
        self.ids.first().map_or("flowtrail", String::as_str)
    }

    /// The same for the same findings.
    pub(super) fn deduplication_id(&self) -> String {
        let ids: Vec<&str> = self.ids.iter().map(String::as_str).collect();
        keys::hash(&ids, 16)
    }
}

/// The messages for some findings, each of at most `bytes_max` as SNS counts
/// them (at least [`MESSAGE_BYTES_MIN`]); the most severe come first. A finding
/// that is given twice is told once.
pub(super) fn messages(notices: &[Notice<'_>], bytes_max: usize) -> Vec<Message> {
    type Key<'a> = (
        Reverse<Level>,
        bool,
        &'a str,
        Option<&'a str>,
        Option<&'a str>,
    );
    let mut seen = BTreeSet::new();
    let mut groups: BTreeMap<Key<'_>, Vec<Notice<'_>>> = BTreeMap::new();
    for notice in notices {
        let f = notice.finding;
        if seen.insert(f.id.as_str()) {
            let (account, actor) = (f.account.as_deref(), f.actor.as_deref());
            let group = groups.entry((Reverse(f.level), f.drill, &f.rule, account, actor));
            group.or_default().push(*notice);
        }
    }
    let bytes_max = bytes_max.max(MESSAGE_BYTES_MIN);
    let of = |notices: &Vec<Notice<'_>>| Group::new(notices).map(|g| g.messages(bytes_max));
    groups.values().filter_map(of).flatten().collect()
}

/// Findings of one rule, account and actor.
struct Group<'a> {
    first: Notice<'a>,
    shown: &'a [Notice<'a>],
    further: &'a [Notice<'a>],
}

impl<'a> Group<'a> {
    fn new(notices: &'a [Notice<'a>]) -> Option<Self> {
        let (shown, further) = notices.split_at(notices.len().min(SHOWN_MAX));
        Some(Self {
            first: *notices.first()?,
            shown,
            further,
        })
    }

    fn messages(&self, bytes_max: usize) -> Vec<Message> {
        // Numbers of parts are smaller than the number of findings shown.
        let empty = self.message(&[], (SHOWN_MAX, SHOWN_MAX), true);
        let room = bytes_max.saturating_sub(empty.bytes());
        let mut parts: Vec<Vec<(&Notice<'_>, String)>> = Vec::new();
        let mut bytes = 0;
        for notice in self.shown {
            let text = shown(notice, room);
            let len = text.len() + 1;
            if parts.is_empty() || bytes + len > room {
                parts.push(Vec::new());
                bytes = 0;
            }
            bytes += len;
            if let Some(part) = parts.last_mut() {
                part.push((notice, text));
            }
        }
        let of = parts.len();
        let number = |(n, part): (usize, &Vec<_>)| self.message(part, (n + 1, of), n == 0);
        parts.iter().enumerate().map(number).collect()
    }

    /// One part of the group. `first` speaks for the findings, too, that are
    /// not shown.
    fn message(
        &self,
        part: &[(&Notice<'_>, String)],
        (number, parts): (usize, usize),
        first: bool,
    ) -> Message {
        let f = self.first.finding;
        let count = self.shown.len() + self.further.len();
        let text = |t: &str| cut::head(t, TEXT_BYTES_MAX).to_owned();
        let mut head = json!({
            "schema": "flowtrail.notification.v1",
            "level": f.level.name(),
            "title": text(&f.title),
            "rule": text(&f.rule),
            "account": f.account.as_deref().map(text),
            "actor": f.actor.as_deref().map(text),
            "count": count,
            "part": number,
            "parts": parts,
        });
        if let (true, Some(head)) = (f.drill, head.as_object_mut()) {
            head.insert("drill".to_owned(), json!(true));
        }
        let mut ids: Vec<String> = part.iter().map(|(n, _)| n.finding.id.clone()).collect();
        if let (true, Some(head)) = (first, head.as_object_mut()) {
            let further = self.further.iter().map(|n| n.finding.id.clone());
            let named: Vec<String> = further.clone().take(NAMED_MAX).collect();
            head.insert("further".to_owned(), json!(named));
            head.insert(
                "not_named".to_owned(),
                json!(self.further.len() - named.len()),
            );
            head.insert("places".to_owned(), json!(self.places()));
            ids.extend(further);
        }
        let findings = part.iter().map(|(_, text)| text.as_str());
        let body = splice::member(&head, "findings", &splice::array(findings));
        let body = cut::without_noncharacters(&body);
        let named = ids.first().unwrap_or(&f.id);
        let attributes = [
            ("severity", cut::attribute(f.level.name())),
            ("rule_id", cut::attribute(&f.rule)),
            ("account", f.account.as_deref().and_then(cut::attribute)),
            ("finding_id", cut::attribute(named)),
            ("drill", f.drill.then(|| "true".to_owned())),
        ];
        let given = attributes.into_iter().filter_map(|(n, v)| Some((n, v?)));
        Message {
            body,
            subject: self.subject(count),
            attributes: given.collect(),
            ids,
        }
    }

    /// Where the findings lie, the first few places.
    fn places(&self) -> Vec<&str> {
        let all = self.shown.iter().chain(self.further);
        let places: BTreeSet<&str> = all.filter_map(|n| n.whole).collect();
        places.into_iter().take(PLACES_MAX).collect()
    }

    /// Printable ASCII that begins with a bracket, as SNS wants it.
    fn subject(&self, count: usize) -> String {
        let f = self.first.finding;
        let level = f.level.name().to_ascii_uppercase();
        let account = f.account.as_deref().unwrap_or("no account");
        let times = if count > 1 {
            format!(" x{count}")
        } else {
            String::new()
        };
        let tail = cut::head(&plain(&format!(" ({account}){times}")), 40).to_owned();
        let head = plain(&format!("[{level}] {}", f.title));
        let room = SUBJECT_BYTES_MAX - tail.len();
        format!("{}{tail}", cut::head(&head, room))
    }
}

/// A finding as it is shown: whole, or cut to `room`.
fn shown(notice: &Notice<'_>, room: usize) -> String {
    let text = cut::without_noncharacters(notice.finding.json().get());
    if text.len() < room {
        text
    } else {
        cut::finding(&text, room.saturating_sub(1), notice.whole)
    }
}

fn plain(text: &str) -> String {
    let plain = |c: char| match c {
        ' '..='~' => c,
        c if c.is_control() || c.is_whitespace() => ' ',
        _ => '?',
    };
    text.chars().map(plain).collect()
}

#[cfg(test)]
mod tests;
