//! Conditions by recursive descent, from their text: or < and < not < x of < ().

use super::pattern::{Tok, fits};

/// A condition over the names of selections.
#[derive(Debug)]
pub(crate) enum Condition {
    Or(Vec<Condition>),
    And(Vec<Condition>),
    Not(Box<Condition>),
    Name(String),
    /// `1 of` what is chosen; `all of` if the flag is set.
    Of(bool, String),
}

struct Words<'t> {
    words: Vec<&'t str>,
    at: usize,
}

impl<'t> Words<'t> {
    fn take(&mut self, word: &str) -> bool {
        let is = self.words.get(self.at) == Some(&word);
        self.at += usize::from(is);
        is
    }

    fn next(&mut self) -> &'t str {
        self.at += 1;
        self.words[self.at - 1]
    }

    fn or(&mut self) -> Condition {
        let mut all = vec![self.and()];
        while self.take("or") {
            all.push(self.and());
        }
        Condition::Or(all)
    }

    fn and(&mut self) -> Condition {
        let mut all = vec![self.not()];
        while self.take("and") {
            all.push(self.not());
        }
        Condition::And(all)
    }

    fn not(&mut self) -> Condition {
        if self.take("not") {
            return Condition::Not(Box::new(self.not()));
        }
        if self.take("(") {
            let inner = self.or();
            assert!(self.take(")"));
            return inner;
        }
        let word = self.next();
        if self.take("of") {
            assert!(["1", "any", "all"].contains(&word), "{word}");
            return Condition::Of(word == "all", self.next().to_owned());
        }
        Condition::Name(word.to_owned())
    }
}

impl Condition {
    pub(crate) fn parse(text: &str) -> Self {
        let spaced = text.replace('(', " ( ").replace(')', " ) ");
        let mut words = Words {
            words: spaced.split_whitespace().collect(),
            at: 0,
        };
        let condition = words.or();
        assert_eq!(words.at, words.words.len(), "{text}");
        condition
    }

    /// `verdict` says whether a selection holds; `names` are all of them.
    pub(crate) fn holds(&self, names: &[&str], verdict: &dyn Fn(&str) -> bool) -> bool {
        match self {
            Self::Or(all) => all.iter().any(|c| c.holds(names, verdict)),
            Self::And(all) => all.iter().all(|c| c.holds(names, verdict)),
            Self::Not(inner) => !inner.holds(names, verdict),
            Self::Name(name) => verdict(name),
            Self::Of(all, target) => {
                let mut chosen = names.iter().filter(|n| chosen(target, n));
                if *all {
                    chosen.all(|n| verdict(n))
                } else {
                    chosen.any(|n| verdict(n))
                }
            }
        }
    }
}

/// Item 19: names that begin with `_` are left out, unless the pattern begins
/// so itself. Item 20: `*` may stand anywhere.
fn chosen(target: &str, name: &str) -> bool {
    if name.starts_with('_') && !target.starts_with('_') {
        return false;
    }
    let tok = |c| if c == '*' { Tok::Any } else { Tok::Char(c) };
    target == "them" || fits(&target.chars().map(tok).collect::<Vec<_>>(), name, true)
}

#[test]
fn precedence() {
    let names = ["t", "f", "_t"];
    let of = |text: &str| Condition::parse(text).holds(&names, &|n| n.ends_with('t'));
    for (text, want) in [
        ("t or f and f", true),
        ("(t or f) and f", false),
        ("not f and f", false),
        ("not (f and f)", true),
        ("not not t", true),
        ("not 1 of f*", true),
        ("all of them", false),
        ("1 of *", true),
        ("all of *t", true),
        ("all of _*", true),
        ("f or not t or t", true),
    ] {
        assert_eq!(of(text), want, "{text}");
    }
}
