//! A finding in the form in which it leaves.

use flowtrail_detect::Finding;
use flowtrail_sigma::Level;
use serde_json::value::RawValue;

use crate::fault::{Fault, FaultKind};

/// A finding, rendered, with what routing and grouping look at.
#[derive(Debug, Clone)]
pub struct Rendered {
    /// 32 hexadecimal digits.
    pub id: String,
    /// Id of the rule.
    pub rule: String,
    /// Title of the rule; that of a drill says so first.
    pub title: String,
    /// Severity.
    pub level: Level,
    /// The account in which it happened.
    pub account: Option<String>,
    /// Who: the principal, else the source address.
    pub actor: Option<String>,
    /// Whether a drill made it.
    pub drill: bool,
    json: Box<RawValue>,
    ocsf: Option<Box<RawValue>>,
}

impl Rendered {
    /// A finding with its native JSON and, where wanted, its OCSF. Both are JSON
    /// objects in UTF-8; white space around them is dropped.
    ///
    /// # Errors
    /// `Invalid` if either is not one.
    pub fn new(finding: &Finding, json: &[u8], ocsf: Option<&[u8]>) -> Result<Self, Fault> {
        let facts = &finding.facts;
        let actor = facts.actor.principal.clone();
        Ok(Self {
            id: finding.id.to_string(),
            rule: finding.rule.id.clone(),
            title: finding.title().into_owned(),
            level: finding.rule.level,
            account: facts.account.clone(),
            actor: actor.or_else(|| facts.source.clone()),
            drill: finding.is_drill(),
            json: object(json)?,
            ocsf: ocsf.map(object).transpose()?,
        })
    }

    /// Its native JSON.
    #[must_use]
    pub fn json(&self) -> &RawValue {
        &self.json
    }

    /// Its OCSF, if it was rendered.
    #[must_use]
    pub fn ocsf(&self) -> Option<&RawValue> {
        self.ocsf.as_deref()
    }
}

fn object(bytes: &[u8]) -> Result<Box<RawValue>, Fault> {
    let value: Result<Box<RawValue>, _> = serde_json::from_slice(bytes);
    let why = match value {
        Ok(value) if value.get().starts_with('{') => return Ok(value),
        Ok(_) => "it is no object".to_owned(),
        Err(e) => e.to_string(),
    };
    let message = format!("the rendered finding is not JSON: {why}");
    Err(Fault::new("render", FaultKind::Invalid, message))
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn only_objects_are_findings() {
        let finding = sample::finding(1, "r", "eva");
        let taken = Rendered::new(&finding, b" {\"a\":1}\n", Some(b"{}\n")).unwrap();
        assert_eq!(taken.json().get(), "{\"a\":1}");
        assert_eq!(taken.ocsf().map(RawValue::get), Some("{}"));
        for bad in ["", "[]", "{", "{} {}", "\"text\"", "{\"a\":\u{1}}"] {
            let fault = Rendered::new(&finding, bad.as_bytes(), None).unwrap_err();
            assert_eq!(fault.kind, FaultKind::Invalid, "{bad}");
        }
        assert!(Rendered::new(&finding, b"{\"a\":\"\xff\"}", None).is_err());
    }

    #[test]
    fn an_address_stands_for_who_is_not_known() {
        let mut finding = sample::finding(1, "r", "eva");
        let of = |f: &Finding| Rendered::new(f, b"{}", None).unwrap().actor;
        assert_eq!(of(&finding).as_deref(), Some("eva"));
        std::sync::Arc::make_mut(&mut finding.facts).actor.principal = None;
        assert_eq!(of(&finding).as_deref(), Some("203.0.113.7"));
    }
}
