//! What is said about a finding, one line for each question.

use flowtrail_detect::{Evidence, Finding};

use super::SENTENCE_COLUMNS_MAX;
use crate::phrase;
use crate::sanitize::shown;

/// Columns of one value: an ARN, a user agent.
pub(super) const VALUE_COLUMNS_MAX: usize = 160;
/// Columns of an object's name. Somebody has to be able to open it, so it is
/// cut only where no file system and no bucket has such a name: S3 keys end at
/// 1,024 bytes, paths at 4,096.
const OBJECT_COLUMNS_MAX: usize = 4096;
/// Resources or values that are spelt out; the rest is counted.
const LISTED_MAX: usize = 5;

/// The lines of a finding, each with its label; `None` where nothing is known.
pub(super) fn all(finding: &Finding) -> [(&'static str, Option<String>); 10] {
    [
        ("flow", flow(finding)),
        ("who", who(finding)),
        ("from", from(finding)),
        ("seen", seen(finding)),
        ("new", new(finding)),
        ("mute", mute(finding)),
        ("why", why(finding)),
        ("also", also(finding)),
        ("rule", Some(rule(finding))),
        ("at", at(finding)),
    ]
}

fn value(text: &str) -> String {
    shown(text, VALUE_COLUMNS_MAX)
}

/// The first few of a list, and how many more there are.
fn list(items: &[String], omitted: u64) -> String {
    let mut words: Vec<String> = items.iter().take(LISTED_MAX).map(|i| value(i)).collect();
    let left = items.len().saturating_sub(LISTED_MAX);
    let more = omitted.saturating_add(u64::try_from(left).unwrap_or(u64::MAX));
    if more > 0 {
        words.push(format!("{} more", phrase::count(more)));
    }
    words.join(", ")
}

/// Who called what on which resource, and how it ended.
fn who(finding: &Finding) -> Option<String> {
    let actor = &finding.facts.actor;
    let caller = actor
        .principal
        .as_ref()
        .or(actor.identity_type.as_ref())
        .or(actor.class.as_ref());
    let api = phrase::api(finding);
    if caller.is_none() && api.is_none() && finding.resources.is_empty() {
        return None;
    }
    let mut line = caller.map_or_else(|| "an unknown caller".to_owned(), |c| value(c));
    let details = caller_details(finding);
    if !details.is_empty() {
        line += &format!(" ({})", details.join(", "));
    }
    if let Some(api) = &api {
        // The facts of a correlation are those of its last event.
        let verb = if phrase::is_correlation(finding) {
            "last called"
        } else {
            "called"
        };
        line += &format!(" {verb} {}", value(api));
    }
    if !finding.resources.is_empty() {
        line += &format!(" on {}", list(&finding.resources, 0));
    }
    match (&finding.facts.error_code, api) {
        (Some(code), _) => line += &format!(", which failed: {}", value(code)),
        (None, Some(_)) => line += ", which succeeded",
        (None, None) => {}
    }
    Some(line)
}

fn caller_details(finding: &Finding) -> Vec<String> {
    let actor = &finding.facts.actor;
    let mut details = Vec::new();
    if let (Some(_), Some(kind)) = (&actor.principal, &actor.identity_type) {
        details.push(value(kind));
    }
    if let Some(session) = &actor.session {
        details.push(format!("session {}", value(session)));
    }
    // A console sign-in has an empty one.
    if let Some(key) = actor.access_key_id.as_ref().filter(|k| !k.is_empty()) {
        details.push(format!("key {}", value(key)));
    }
    if let Some(account) = actor
        .account
        .as_ref()
        .filter(|a| finding.facts.account.as_ref() != Some(a))
    {
        details.push(format!("of account {}", value(account)));
    }
    match actor.mfa.as_deref() {
        Some("true" | "Yes") => details.push("with MFA".to_owned()),
        Some("false" | "No") => details.push("without MFA".to_owned()),
        Some(other) => details.push(format!("MFA {}", value(other))),
        None => {}
    }
    details
}

/// From where, in which account and region, and with what. The user agent comes
/// last, so that nothing written into it can pass for a fact of ours behind it.
fn from(finding: &Finding) -> Option<String> {
    let mut words = Vec::new();
    if let Some(source) = &finding.facts.source {
        words.push(value(source));
    }
    if let Some(kind) = &finding.facts.source_kind {
        words.push(format!("({})", value(kind)));
    }
    match (&finding.facts.account, &finding.facts.region) {
        (Some(account), Some(region)) => {
            words.push(format!("in account {}, {}", value(account), value(region)));
        }
        (Some(account), None) => words.push(format!("in account {}", value(account))),
        (None, Some(region)) => words.push(format!("in {}", value(region))),
        (None, None) => {}
    }
    if let Some(agent) = &finding.facts.user_agent {
        words.push(format!("with {}", value(agent)));
    }
    (!words.is_empty()).then(|| words.join(" "))
}

/// The two ends of a flow and what passed between them.
fn flow(finding: &Finding) -> Option<String> {
    let flow = finding.flow.as_ref()?;
    let end = |address: &Option<String>, port| value(&phrase::endpoint(address.as_deref(), port));
    let mut line = format!(
        "{} to {}",
        end(&flow.src, flow.src_port),
        end(&flow.dst, flow.dst_port)
    );
    if let Some(number) = flow.protocol {
        let name = phrase::protocol(number);
        line += &name.map_or_else(|| format!(" protocol {number}"), |n| format!(" {n}"));
    }
    if let Some(action) = &flow.action {
        line += &format!(" {}", value(action));
    }
    if let Some(packets) = flow.packets {
        line += &format!(", {}", phrase::plural(packets, "packet"));
    }
    if let Some(bytes) = flow.bytes {
        line += &format!(", {}", phrase::bytes(bytes));
    }
    if let Some(interface) = &flow.interface {
        line += &format!(", at {}", value(interface));
    }
    Some(line)
}

/// What a correlation counted, over which window, for which group.
fn seen(finding: &Finding) -> Option<String> {
    if !phrase::is_correlation(finding) {
        return None;
    }
    let mut line = phrase::plural(finding.count, "event");
    if let (Some(first), Some(last)) = (finding.first, finding.last) {
        let millis = u64::try_from(last.0.saturating_sub(first.0)).unwrap_or(0);
        line += &format!(
            " since {} ({})",
            phrase::instant(first),
            phrase::span(millis)
        );
    }
    if let Some(number) = finding.value {
        line += &format!(", value {}", phrase::number(number));
    }
    if !finding.group.is_empty() {
        line += &format!("; {}", pairs(&finding.group));
    }
    if !finding.values.is_empty() {
        line += &format!("; values {}", list(&finding.values, finding.values_omitted));
    }
    Some(line)
}

fn pairs(fields: &[(String, String)]) -> String {
    let words: Vec<String> = fields
        .iter()
        .map(|(k, v)| format!("{} = {}", value(k), value(v)))
        .collect();
    words.join(", ")
}

fn why(finding: &Finding) -> Option<String> {
    let sentence = phrase::first_sentence(&finding.rule.description);
    (!sentence.is_empty()).then(|| shown(&sentence, SENTENCE_COLUMNS_MAX))
}

/// The fields that the rule's author wants shown.
fn also(finding: &Finding) -> Option<String> {
    (!finding.fields.is_empty()).then(|| pairs(&finding.fields))
}

fn rule(finding: &Finding) -> String {
    let mut line = value(&finding.rule.id);
    let mut attack = finding.rule.techniques();
    attack.extend(finding.rule.tactics());
    if !attack.is_empty() {
        line += &format!(" ({})", value(&attack.join(", ")));
    }
    // The beginning of the id finds it in the JSON lines all the same.
    let id: String = finding.id.to_string().chars().take(12).collect();
    line += &format!(", finding {id}");
    if let Some(version) = &finding.context {
        line += &format!(", context {}", value(version));
    }
    if let Some(id) = &finding.baseline {
        line += &format!(", baseline {}", value(id));
    }
    if let Some(files) = &finding.places {
        line += &format!(", places {}", value(files));
    }
    line
}

/// What was never seen before, and to whom that is new if it is somebody else.
fn new(finding: &Finding) -> Option<String> {
    let known = [&finding.facts.actor.principal, &finding.facts.account];
    let words = finding.first_seen.iter().map(|new| {
        let is_told = known.into_iter().flatten().any(|k| *k == new.key);
        if is_told {
            format!("{} {}", new.dimension.name(), new.value)
        } else {
            phrase::first_seen(new)
        }
    });
    let words: Vec<String> = words.collect();
    (!words.is_empty()).then(|| list(&words, 0))
}

/// Why nobody is to be notified.
fn mute(finding: &Finding) -> Option<String> {
    let s = finding.suppressed.as_ref()?;
    let until = phrase::instant(s.expires);
    let (id, owner) = (value(&s.id), value(&s.owner));
    let reason = shown(&s.reason, SENTENCE_COLUMNS_MAX);
    Some(format!(
        "suppressed by {id} of {owner} until {until}: {reason}"
    ))
}

/// Where the records lie, so that they can be read again.
fn at(finding: &Finding) -> Option<String> {
    let place = |e: &Evidence| {
        let object = shown(&e.object, OBJECT_COLUMNS_MAX);
        let mut text = format!("{object} @ {}", e.location.offset);
        if let Some(id) = &e.event_id {
            text += &format!(", event {}", value(id));
        }
        text
    };
    let mut line = place(finding.evidence.first()?);
    let listed = u64::try_from(finding.evidence.len()).unwrap_or(u64::MAX);
    let more = finding
        .evidence_omitted
        .saturating_add(listed.saturating_sub(1));
    if more > 0 {
        line += &format!(", and {}", phrase::plural(more, "more record"));
    }
    Some(line)
}
