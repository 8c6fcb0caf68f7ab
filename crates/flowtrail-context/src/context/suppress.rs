//! Whether somebody is to be notified of a finding.

use std::net::IpAddr;

use flowtrail_event::EventTime;

use super::Context;
use super::glob::takes;
use super::model::{NetworkRef, Suppression, within};
use super::problem::{Problem, Severity};

/// What a suppression looks at: a finding.
#[derive(Debug, Clone, Copy, Default)]
pub struct Subject<'a> {
    /// The id of the rule.
    pub rule_id: &'a str,
    /// The name of the rule, if it has one.
    pub rule_name: Option<&'a str>,
    /// The title of the rule.
    pub title: &'a str,
    /// What is the same in all of its records, those included of which no more
    /// is known.
    pub common: &'a Trace<'a>,
    /// Its records, one by one; `None` if they are not all there.
    pub records: Option<&'a [Trace<'a>]>,
    /// When the first of them happened.
    pub first: Option<EventTime>,
    /// When the last of them happened.
    pub last: Option<EventTime>,
}

/// What one record says, as far as suppressions look at it.
#[derive(Debug, Clone, Default)]
pub struct Trace<'a> {
    /// The principal, as `flowtrail.principal` has it.
    pub principal: Option<&'a str>,
    /// Its addresses, of either end.
    pub addresses: Vec<IpAddr>,
    /// Its resources: ARNs, buckets, instances.
    pub resources: Vec<&'a str>,
    /// The id of the account in which it happened.
    pub account: Option<&'a str>,
}

impl Trace<'_> {
    /// A record that says nothing.
    pub const NOTHING: &'static Trace<'static> = &Trace {
        principal: None,
        addresses: Vec::new(),
        resources: Vec::new(),
        account: None,
    };
}

impl Default for &Trace<'_> {
    fn default() -> Self {
        Trace::NOTHING
    }
}

impl Context {
    /// The first suppression that hides `subject` at the moment `now`. All that
    /// a suppression names has to fit, in every record of the finding: its
    /// principal, one of its addresses, its account. Of its resources one has
    /// to fit, and with it all of the same kind. An expired one hides nothing.
    #[must_use]
    pub fn suppression(&self, subject: &Subject<'_>, now: EventTime) -> Option<&Suppression> {
        let mut all = self.declared.suppressions.iter();
        all.find(|s| now < s.expires && self.hides(s, subject))
    }

    /// The suppressions that no longer hold at the moment `now`.
    pub fn expired(&self, now: EventTime) -> impl Iterator<Item = &Suppression> {
        let all = self.declared.suppressions.iter();
        all.filter(move |s| s.expires <= now)
    }

    /// A warning for each suppression that has expired at the moment `now`; the
    /// parser reads no clock and cannot give them.
    #[must_use]
    pub fn outdated(&self, now: EventTime) -> Vec<Problem> {
        let warning = |line, reason, hint: &str| Problem {
            severity: Severity::Warning,
            file: self.file.clone(),
            line,
            column: 1,
            reason,
            hint: Some(hint.to_owned()),
        };
        let expired = self.expired(now).map(|s| {
            let reason = format!("suppression `{}` expired at {}", s.id, s.expires);
            warning(s.line, reason, "take it out, or give its owner a new date")
        });
        expired.collect()
    }

    fn hides(&self, s: &Suppression, subject: &Subject<'_>) -> bool {
        let rule = [
            Some(subject.rule_id),
            subject.rule_name,
            Some(subject.title),
        ];
        let mut rule = rule.iter().flatten();
        let principal = |t: &Trace<'_>| t.principal.is_some_and(|p| fits(&s.principals, p));
        let account = |t: &Trace<'_>| {
            let ix = t.account.and_then(|id| self.names.account(id.as_bytes()));
            ix.is_some_and(|ix| s.accounts.contains(&ix))
        };
        (s.rules.is_empty() || rule.any(|r| fits(&s.rules, r)))
            && (s.principals.is_empty() || subject.always(principal))
            && (s.resources.is_empty() || subject.always(|t| resources(&s.resources, t)))
            && (s.networks.is_empty() || subject.always(|t| self.any_within(&s.networks, t)))
            && (s.accounts.is_empty() || subject.always(account))
            && s.valid.covers(subject.first)
            && s.valid.covers(subject.last)
    }

    fn any_within(&self, networks: &[NetworkRef], trace: &Trace<'_>) -> bool {
        let holds = |network: &NetworkRef, address: IpAddr| match network {
            NetworkRef::Aws => false,
            NetworkRef::Cidr(cidr) => within(address, std::slice::from_ref(cidr)),
            NetworkRef::Trusted(ix) => {
                let trusted = self.declared.trusted.get(ix.index());
                trusted.is_some_and(|t| within(address, &t.cidrs))
            }
        };
        let mut addresses = trace.addresses.iter();
        addresses.any(|address| networks.iter().any(|network| holds(network, *address)))
    }
}

impl Subject<'_> {
    /// Whether something holds for every record: because of what they have in
    /// common, or in one after the other.
    fn always(&self, holds: impl Fn(&Trace<'_>) -> bool) -> bool {
        let each = |records: &[Trace<'_>]| !records.is_empty() && records.iter().all(&holds);
        holds(self.common) || self.records.is_some_and(each)
    }
}

/// Whether a resource fits, and all of its kind fit: a call on two hosts is not
/// hidden because one of them is named. Names have no kind, since those of a
/// thing and of its parts stand side by side.
fn resources(globs: &[String], trace: &Trace<'_>) -> bool {
    let all = trace.resources.iter().copied();
    let (fitting, others): (Vec<&str>, Vec<&str>) = all.partition(|text| fits(globs, text));
    let is_alike = |other: &&str| {
        let kind = kind(other);
        kind.is_some() && fitting.iter().any(|f| self::kind(f) == kind)
    };
    !fitting.is_empty() && !others.iter().any(is_alike)
}

/// The kind of a resource: service and type of an ARN, prefix of an id.
fn kind(resource: &str) -> Option<(&str, &str)> {
    if let Some(arn) = resource.strip_prefix("arn:") {
        let mut parts = arn.splitn(5, ':');
        let service = parts.nth(1)?;
        let rest = parts.nth(2).unwrap_or("");
        let end = rest.find([':', '/']).filter(|_| service != "s3");
        return Some((service, end.and_then(|end| rest.get(..end)).unwrap_or("")));
    }
    let (prefix, digits) = resource.rsplit_once('-')?;
    let is_id = digits.len() >= 8 && digits.bytes().all(|b| b.is_ascii_hexdigit());
    is_id.then_some(("", prefix))
}

/// Whether one of the globs takes the text.
fn fits(globs: &[String], text: &str) -> bool {
    let mut globs = globs.iter();
    globs.any(|glob| takes(glob.as_bytes(), text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::super::tests::context;
    use super::*;

    const FILE: &str = "version: 1
accounts: [{id: 111122223333, alias: shop-prod}]
trusted: [{name: office, cidrs: [198.51.100.0/24]}]
suppressions:
  - {id: scan, rules: [port_*], networks: [10.1.0.0/16, office], from: '2026-03-01T00:00:00Z', until: '2026-04-01T00:00:00Z', owner: a, reason: b, expires: 2026-12-31}
  - {id: audit, principals: ['*:role/audit'], accounts: [shop-prod], owner: a, reason: b, expires: '2026-06-01T00:00:00Z'}
  - {id: bucket, rules: [a9683fe6-*], resources: ['arn:aws:s3:::logs*'], owner: a, reason: b, expires: 2026-12-31}
";

    fn time(text: &str) -> EventTime {
        EventTime::parse(text.as_bytes()).unwrap()
    }

    fn trace(addresses: &[&str]) -> Trace<'static> {
        let addresses = addresses.iter().map(|a| a.parse().unwrap());
        Trace {
            addresses: addresses.collect(),
            ..Trace::default()
        }
    }

    fn scan<'a>(records: &'a [Trace<'a>]) -> Subject<'a> {
        let noon = Some(time("2026-03-15T12:00:00Z"));
        Subject {
            rule_id: "1b330657-479a-4381-b747-09bc12e6695f",
            rule_name: Some("port_scan"),
            title: "A host was scanned",
            records: Some(records),
            first: noon,
            last: noon,
            ..Subject::default()
        }
    }

    #[test]
    fn all_that_is_named_has_to_fit() {
        let context = context(FILE);
        let spring = time("2026-03-15T13:00:00Z");
        let inside = [trace(&["10.1.2.3", "8.8.8.8"])];
        let office = [trace(&["::ffff:198.51.100.4"])];
        let outside = [trace(&["10.2.0.1"])];
        let id = |subject: &Subject<'_>| context.suppression(subject, spring).map(|s| s.id.clone());
        assert_eq!(id(&scan(&inside)).as_deref(), Some("scan"));
        assert_eq!(id(&scan(&office)).as_deref(), Some("scan"));
        assert_eq!(id(&scan(&outside)), None);
        assert_eq!(id(&scan(&[])), None);
        let other = Subject {
            rule_name: None,
            ..scan(&inside)
        };
        assert_eq!(id(&other), None, "the title does not fit");
        let late = Some(time("2026-04-01T00:00:00Z"));
        let early = Some(time("2026-02-28T23:59:59Z"));
        for (first, last) in [(late, late), (early, scan(&[]).last), (None, None)] {
            let subject = Subject {
                first,
                last,
                ..scan(&inside)
            };
            assert_eq!(id(&subject), None, "{first:?} to {last:?}");
        }
    }

    #[test]
    fn every_record_has_to_fit() {
        let context = context(FILE);
        let spring = time("2026-03-15T13:00:00Z");
        let hides = |subject: &Subject<'_>| context.suppression(subject, spring).is_some();
        let both = [
            trace(&["10.1.2.3", "8.8.8.8"]),
            trace(&["8.8.4.4", "10.1.2.4"]),
        ];
        assert!(hides(&scan(&both)));
        let one = [trace(&["10.1.2.3"]), trace(&["8.8.4.4", "10.2.0.1"])];
        assert!(!hides(&scan(&one)));
        let silent = [trace(&["10.1.2.3"]), trace(&[])];
        assert!(!hides(&scan(&silent)), "a record without an address");
        let common = trace(&["10.1.2.3"]);
        let incomplete = Subject {
            records: None,
            ..scan(&[])
        };
        assert!(!hides(&incomplete), "records were left out");
        let settled = Subject {
            common: &common,
            ..incomplete
        };
        assert!(hides(&settled), "all of them have the address");

        let by = |principal| Trace {
            principal,
            account: Some("111122223333"),
            ..Trace::default()
        };
        let audit = by(Some("arn:aws:iam::111122223333:role/audit"));
        let other = by(Some("arn:aws:iam::111122223333:role/other"));
        assert!(hides(&scan(&[audit.clone(), audit.clone()])));
        for stranger in [other, by(None)] {
            assert!(!hides(&scan(&[audit.clone(), stranger])));
        }
    }

    #[test]
    fn principals_accounts_and_resources() {
        let context = context(FILE);
        let spring = time("2026-03-15T13:00:00Z");
        let record = Trace {
            principal: Some("arn:aws:iam::111122223333:role/audit"),
            account: Some("111122223333"),
            resources: vec!["arn:aws:s3:::logs-of-shop", "logs-of-shop"],
            ..Trace::default()
        };
        let id = |record: Trace<'_>| {
            let records = [record];
            let subject = Subject {
                rule_id: "a9683fe6-4934-49be-8336-705a52852639",
                rule_name: None,
                ..scan(&records)
            };
            let found = context.suppression(&subject, spring);
            found.map(|s| s.id.clone())
        };
        assert_eq!(id(record.clone()).as_deref(), Some("audit"));
        let elsewhere = Trace {
            account: Some("999900001111"),
            ..record
        };
        assert_eq!(id(elsewhere.clone()).as_deref(), Some("bucket"));
        let another = |resources| Trace {
            resources,
            ..elsewhere.clone()
        };
        assert_eq!(id(another(vec!["arn:aws:s3:::shop"])), None);
        let two = vec!["arn:aws:s3:::logs-of-shop", "arn:aws:s3:::shop"];
        assert_eq!(id(another(two)), None, "one of two buckets");
        let beside = vec!["arn:aws:s3:::logs-of-shop", "arn:aws:iam::1:role/x"];
        assert_eq!(id(another(beside)).as_deref(), Some("bucket"));
    }

    #[test]
    fn kinds_of_resources() {
        for (resource, expected) in [
            ("arn:aws:iam::1:role/path/x", Some(("iam", "role"))),
            ("arn:aws:s3:::bucket/key", Some(("s3", ""))),
            ("arn:aws:rds:eu-west-1:1:db:x", Some(("rds", "db"))),
            ("arn:aws:sns:eu-west-1:1:topic", Some(("sns", ""))),
            ("arn:", None),
            ("i-0123456789abcdef0", Some(("", "i"))),
            ("vpc-0123abcd", Some(("", "vpc"))),
            ("my-bucket", None),
            ("", None),
        ] {
            assert_eq!(kind(resource), expected, "{resource}");
        }
    }

    #[test]
    fn an_expired_one_hides_nothing_and_says_so() {
        let context = context(FILE);
        let record = Trace {
            principal: Some("arn:aws:iam::111122223333:role/audit"),
            account: Some("111122223333"),
            ..Trace::default()
        };
        let records = [record];
        let subject = scan(&records);
        let (before, after) = (time("2026-05-31T23:59:59Z"), time("2026-06-01T00:00:00Z"));
        assert!(context.suppression(&subject, before).is_some());
        assert!(context.suppression(&subject, after).is_none());
        assert_eq!(context.expired(before).count(), 0);
        let expired: Vec<_> = context.expired(after).map(|s| s.id.as_str()).collect();
        assert_eq!(expired, ["audit"]);
        let problems = context.outdated(after);
        let shown: Vec<_> = problems.iter().map(ToString::to_string).collect();
        let expected =
            "warning: context.yaml:6:1: suppression `audit` expired at 2026-06-01T00:00:00Z";
        assert!(shown[0].starts_with(expected), "{shown:?}");
        // A day counts to its end.
        let last = [time("2026-12-31T23:59:59Z"), time("2027-01-01T00:00:00Z")];
        assert_eq!(last.map(|now| context.expired(now).count()), [1, 3]);
    }
}
