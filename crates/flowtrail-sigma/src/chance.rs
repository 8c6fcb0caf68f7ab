//! Guesses at what a test costs and how often it holds. They decide in which
//! order the parts of a rule are tested and which of its tests wake it; a wrong
//! guess costs time and changes no verdict.

use flowtrail_event::Projection;

use crate::atom::{Atom, Test};
use crate::expr::{Atoms, Expr};
use crate::needles::Where;

/// The price of a derived field, which is computed for the first test that asks.
const DERIVED_COST: f64 = 40.0;

/// The price of writing an object as text, before anything is searched in it.
const OBJECT_COST: f64 = 100.0;

/// Parts of a `CloudTrail` record that are objects as a whole.
const OBJECTS: [&str; 6] = [
    "additionalEventData",
    "requestParameters",
    "resources",
    "responseElements",
    "serviceEventDetails",
    "userIdentity",
];

/// What is guessed of a part of a rule.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Guess {
    /// The price of an evaluation, in comparisons of short texts.
    cost: f64,
    /// How often it holds, between 0 and 1.
    chance: f64,
}

/// Tests and the names of the fields that they look at.
#[derive(Clone, Copy)]
pub(crate) struct Guesser<'a> {
    pub(crate) atoms: &'a Atoms,
    pub(crate) projection: &'a Projection,
}

impl Guesser<'_> {
    /// What must hold together, that of inner parts included: first what soonest
    /// says no for its price.
    pub(crate) fn all<'e>(&self, parts: &'e [Expr]) -> Vec<&'e Expr> {
        let sorted = self.guessed_all(parts).into_iter();
        sorted.map(|(_, part)| part).collect()
    }

    fn guessed_all<'e>(&self, parts: &'e [Expr]) -> Vec<(Guess, &'e Expr)> {
        let mut all = Vec::new();
        flatten(parts, &mut all, |e| match e {
            Expr::And(inner) => Some(inner),
            Expr::Atom(..) | Expr::Or(_) | Expr::Not(_) | Expr::Named(..) => None,
        });
        self.sorted(all, |g| g.cost / (1.0 - g.chance))
    }

    /// What may hold instead of one another, that of inner parts included: first
    /// what soonest says yes for its price.
    pub(crate) fn any<'e>(&self, parts: &'e [Expr]) -> Vec<&'e Expr> {
        let sorted = self.guessed_any(parts).into_iter();
        sorted.map(|(_, part)| part).collect()
    }

    fn guessed_any<'e>(&self, parts: &'e [Expr]) -> Vec<(Guess, &'e Expr)> {
        let mut any = Vec::new();
        flatten(parts, &mut any, |e| match e {
            Expr::Or(inner) => Some(inner),
            Expr::Atom(..) | Expr::And(_) | Expr::Not(_) | Expr::Named(..) => None,
        });
        self.sorted(any, |g| g.cost / g.chance)
    }

    /// In order, each guessed once: what nests deeply is not guessed anew on
    /// every level.
    fn sorted<'e>(
        &self,
        parts: Vec<&'e Expr>,
        rank: impl Fn(Guess) -> f64,
    ) -> Vec<(Guess, &'e Expr)> {
        let guessed = parts.into_iter().map(|p| (self.guess(p), p));
        let mut guessed: Vec<_> = guessed.collect();
        guessed.sort_by(|a, b| rank(a.0).total_cmp(&rank(b.0)));
        guessed
    }

    fn guess(&self, expr: &Expr) -> Guess {
        // Parts behind the first are tested as often as those before let them.
        let chain = |parts: Vec<(Guess, &Expr)>, goes_on: fn(f64) -> f64| {
            let start = Guess {
                cost: 0.0,
                chance: 1.0,
            };
            parts.into_iter().fold(start, |sum, (part, _)| Guess {
                cost: sum.cost + sum.chance * part.cost,
                chance: sum.chance * goes_on(part.chance),
            })
        };
        let guess = match expr {
            Expr::Atom(id, _) => self.atoms.get(*id).map_or(
                Guess {
                    cost: 0.0,
                    chance: 0.5,
                },
                |atom| self.atom(atom),
            ),
            Expr::Named(_, inner) => self.guess(inner),
            Expr::Not(inner) => {
                let inner = self.guess(inner);
                Guess {
                    chance: 1.0 - inner.chance,
                    ..inner
                }
            }
            Expr::And(parts) => chain(self.guessed_all(parts), |chance| chance),
            Expr::Or(parts) => {
                let none = chain(self.guessed_any(parts), |chance| 1.0 - chance);
                Guess {
                    chance: 1.0 - none.chance,
                    ..none
                }
            }
        };
        Guess {
            chance: guess.chance.clamp(0.001, 0.999),
            ..guess
        }
    }

    fn atom(&self, atom: &Atom) -> Guess {
        let name = self.projection.name(atom.slot).unwrap_or("");
        let cost = match &atom.test {
            Test::Exists | Test::Null | Test::Something => 1.0,
            Test::Exact(_) => 2.0,
            Test::Numbers(_) | Test::Compare(..) => 3.0,
            Test::Find(_) | Test::Cidr(_) => 6.0,
            Test::FieldRef { .. } | Test::Time(..) => 8.0,
            Test::Glob(_) => 10.0,
            Test::Regex(_) => 25.0,
        };
        let searched = atom.test.searches() && OBJECTS.contains(&name);
        Guess {
            cost: cost
                + if searched { OBJECT_COST } else { 0.0 }
                + if atom.derived.is_empty() {
                    0.0
                } else {
                    DERIVED_COST
                },
            chance: f64::from(percent(&atom.test, name)) / 100.0,
        }
    }

    /// How often a test holds that can wake a rule: one that looks for texts or
    /// numbers in a field that is read.
    pub(crate) fn wakes(&self, atom: &Atom) -> Option<u32> {
        let looks = match &atom.test {
            Test::Exact(_) | Test::Numbers(_) | Test::Compare(..) => true,
            Test::Find(needles) => needles.values().all(|n| !n.is_empty()),
            Test::Glob(glob) => !glob.longest_literal().is_empty(),
            Test::Something
            | Test::Regex(_)
            | Test::Cidr(_)
            | Test::Exists
            | Test::Null
            | Test::FieldRef { .. }
            | Test::Time(..) => false,
        };
        let name = self.projection.name(atom.slot).unwrap_or("");
        let is_read = !self.projection.is_derived(atom.slot);
        (looks && is_read).then(|| percent(&atom.test, name))
    }
}

/// Takes parts that `inner` takes apart into those of which they are made.
fn flatten<'e>(
    parts: &'e [Expr],
    out: &mut Vec<&'e Expr>,
    inner: fn(&'e Expr) -> Option<&'e Vec<Expr>>,
) {
    for mut part in parts {
        while let Expr::Named(_, named) = part {
            part = named;
        }
        match inner(part) {
            Some(parts) => flatten(parts, out, inner),
            None => out.push(part),
        }
    }
}

/// How often a test of the field `name` holds, in percent, over the records of
/// many accounts. Calls are many and each is rare; callers and services are few.
fn percent(test: &Test, name: &str) -> u32 {
    let field = match name {
        "eventName" => 1,
        "dstport" | "srcport" => 4,
        "errorCode" | "errorMessage" => 8,
        "eventSource" => 12,
        "flowtrail.identity.class" | "flowtrail.source.kind" => 30,
        "userIdentity.type" | "eventType" => 40,
        "action" | "protocol" => 60,
        "log-status" | "eventCategory" | "readOnly" | "managementEvent" => 80,
        // A keyword, searched in every value.
        "" => 99,
        _ => 10,
    };
    match test {
        Test::Exact(types) if name == "userIdentity.type" => {
            types.values().map(caller).max().unwrap_or(field)
        }
        Test::Exact(_) | Test::Numbers(_) => field,
        // These begin with one of two words.
        Test::Find(_) if name == "userIdentity.accessKeyId" => 45,
        Test::Find(needles) if needles.place() != Where::Anywhere => (field + 5).min(99),
        Test::Find(_) | Test::Glob(_) => (field + 20).min(99),
        Test::Null if field == 8 => 92,
        Test::Null | Test::Exists | Test::Something => 50,
        Test::Regex(_) | Test::FieldRef { .. } => 15,
        // Ports are high or low; what else is limited is meant to be unusual.
        Test::Compare(..) if field == 4 => 60,
        Test::Compare(..) => 20,
        Test::Cidr(_) | Test::Time(..) => 35,
    }
}

/// How often a caller is of this type.
fn caller(name: &[u8]) -> u32 {
    const OFTEN: [(&[u8], u32); 3] = [(b"assumedrole", 60), (b"awsservice", 30), (b"iamuser", 20)];
    let known = OFTEN.iter().find(|(n, _)| n.eq_ignore_ascii_case(name));
    known.map_or(3, |(_, percent)| *percent)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use flowtrail_event::{Event, EventTime, Kind, RawRecord, Record, Service};

    use crate::inactive::Availability;
    use crate::load::{Options, RuleSource, compile};
    use crate::ruleset::Matcher;

    struct Empty;

    impl RawRecord for Empty {
        fn write_json(&self, out: &mut Vec<u8>) {
            out.extend_from_slice(b"{}");
        }
    }

    /// Each level is guessed once: twice would be 2^60 guesses here.
    #[test]
    fn what_nests_deeply_is_guessed_once() {
        let mut condition = "a".to_owned();
        for level in 0..60 {
            let word = if level % 2 == 0 { "or" } else { "and" };
            condition = format!("b {word} ({condition})");
        }
        let detection = format!("{{a: {{x: 1}}, b: {{y: 2}}, condition: '{condition}'}}");
        assert!(asked(&detection, &[("x", "1"), ("y", "2")]).1);
    }

    /// The derived fields that `detection` asks for when `fields` are there, in
    /// order, and whether it matches.
    fn asked(detection: &str, fields: &[(&str, &str)]) -> (Vec<String>, bool) {
        let options = Options {
            flow_field: |_| None,
            derived_field: |_| Availability::Ready,
            placeholders: BTreeMap::new(),
            history: true,
        };
        let text = format!(
            "title: t\nlogsource: {{product: aws, service: cloudtrail}}\ndetection: {detection}"
        );
        let file = "x.yml".to_owned();
        let done = compile(&[RuleSource { file, text }], &options);
        assert!(done.problems.is_empty(), "{:?}", done.problems);
        let projection = done.rules.projection(Kind::CloudTrail).clone();
        let mut record = Record::new(projection.len());
        for (name, value) in fields {
            record.push_own_text(projection.find(name).unwrap(), value.as_bytes());
        }
        let mut event = Event::new(Service::CloudTrail, &mut record, b"", &Empty);
        event.time = Some(EventTime(0));
        let mut asked = Vec::new();
        let mut matcher = Matcher::new(std::sync::Arc::new(done.rules));
        let hits = matcher.matches(&mut event, |event, slot| {
            asked.push(projection.name(slot).unwrap().to_owned());
            event.derive(slot, b"x");
        });
        let matched = !hits.is_empty();
        (asked, matched)
    }

    #[test]
    fn a_derived_field_is_asked_for_once_and_only_if_it_matters() {
        let rule = "{s: {eventName: A, errorCode: E, flowtrail.a: x}, \
                    o: {flowtrail.a: [x, y], flowtrail.b: z}, \
                    p: {flowtrail.c|fieldref: flowtrail.d}, condition: s and not o and not p}";
        let name = ("eventName", "A");
        assert_eq!(asked(rule, &[]), (vec![], false));
        assert_eq!(asked(rule, &[name]), (vec![], false));
        let (mut all, matched) = asked(rule, &[name, ("errorCode", "E")]);
        all.sort();
        let names = ["flowtrail.a", "flowtrail.b", "flowtrail.c", "flowtrail.d"];
        // `p` holds, for both are `x`; it may be met before `o` is.
        assert!(
            all == names || all == ["flowtrail.a", "flowtrail.c", "flowtrail.d"],
            "{all:?}"
        );
        assert!(!matched);
    }

    #[test]
    fn a_dear_exclusion_comes_behind_what_is_derived_and_a_cheap_one_before() {
        let rule = "{s: {eventName: A, flowtrail.a: y}, n: {userAgent|re: 'q+'}, \
                    k: {userAgent: b}, condition: s and not n and not k}";
        let asked = |agent| asked(rule, &[("eventName", "A"), ("userAgent", agent)]).0;
        assert_eq!(asked("qq"), ["flowtrail.a"]);
        assert_eq!(asked("b"), Vec::<String>::new());
    }

    #[test]
    fn alternatives_are_all_met_however_they_are_nested() {
        let rule = "{a: {errorCode: E}, b: [{eventName: A}, {eventName: B, errorCode: F}], \
                    c: {eventName: C}, condition: a or (b or c)}";
        for (name, code, want) in [
            ("A", "", true),
            ("B", "", false),
            ("B", "F", true),
            ("C", "", true),
            ("D", "E", true),
            ("D", "F", false),
        ] {
            let fields = [("eventName", name), ("errorCode", code)];
            assert_eq!(asked(rule, &fields).1, want, "{name} {code}");
        }
    }
}
