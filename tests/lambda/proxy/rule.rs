//! What goes wrong, and with which calls.

use std::ops::RangeInclusive;
use std::time::Duration;

use tokio::sync::watch;

use super::{Call, Trouble};

/// Longer than a call takes to come on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// What happens to a call.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// The service answers with an error, and does nothing.
    Trouble(Trouble),
    /// It is carried out later.
    Delay(Duration),
    /// It is not carried out, and nobody answers.
    Silence,
    /// It is not carried out; the connection is reset.
    Refuse,
    /// It is carried out; the connection is reset instead of an answer.
    LoseAnswer,
    /// It is carried out; the connection is reset after so many bytes of the body.
    Reset { after: usize },
    /// It is carried out; the connection ends after so many bytes of the body,
    /// though the head announced all of them.
    Cut { after: usize },
    /// It is carried out; after so many bytes of the body nothing more comes.
    Stall { after: usize },
    /// It is carried out when the gate opens. If the client dies before, never.
    HoldRequest(Gate),
    /// It is carried out; the answer waits for the gate.
    HoldAnswer(Gate),
}

/// A fault of some calls.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    which: String,
    containing: Option<String>,
    calls: RangeInclusive<usize>,
    fault: Fault,
}

impl Rule {
    /// `fault` for every call that `which` names (see [`Call::is`]).
    pub(crate) fn on(which: &str, fault: Fault) -> Self {
        Self {
            which: which.to_owned(),
            containing: None,
            calls: 1..=usize::MAX,
            fault,
        }
    }

    /// Only for these of the calls, counted from one.
    pub(crate) fn calls(self, calls: RangeInclusive<usize>) -> Self {
        Self { calls, ..self }
    }

    /// Only for calls whose path or body contains `text`, as sent.
    pub(crate) fn containing(self, text: &str) -> Self {
        Self {
            containing: Some(text.to_owned()),
            ..self
        }
    }

    fn fits(&self, call: &Call) -> bool {
        let within = |text: &String| {
            let mut windows = call.body.windows(text.len().max(1));
            call.path.contains(text) || windows.any(|w| w == text.as_bytes())
        };
        call.is(&self.which) && self.containing.as_ref().is_none_or(within)
    }
}

/// A rule and how many calls it has seen.
pub(super) struct Armed {
    rule: Rule,
    seen: usize,
}

impl From<Rule> for Armed {
    fn from(rule: Rule) -> Self {
        Self { rule, seen: 0 }
    }
}

impl Armed {
    /// Counts a call if the rule is about it. The fault, if it is its turn.
    pub(super) fn counted(&mut self, call: &Call) -> Option<Fault> {
        if !self.rule.fits(call) {
            return None;
        }
        self.seen += 1;
        let turn = self.rule.calls.contains(&self.seen);
        turn.then(|| self.rule.fault.clone())
    }
}

/// Holds calls until the test lets them go.
#[derive(Debug, Clone)]
pub(crate) struct Gate {
    arrived: watch::Sender<usize>,
    open: watch::Sender<bool>,
}

impl Gate {
    pub(crate) fn new() -> Self {
        Self {
            arrived: watch::Sender::new(0),
            open: watch::Sender::new(false),
        }
    }

    /// Returns when so many calls have come to the gate.
    pub(crate) async fn reached_by(&self, calls: usize) {
        let mut arrived = self.arrived.subscribe();
        let there = arrived.wait_for(|n| *n >= calls);
        let there = tokio::time::timeout(PATIENCE, there).await;
        drop(there.expect("the call that is to be held never came"));
    }

    /// Lets go what is held, and what comes later.
    pub(crate) fn open(&self) {
        self.open.send_replace(true);
    }

    pub(super) async fn pass(&self) {
        self.arrived.send_modify(|n| *n += 1);
        let mut open = self.open.subscribe();
        // The gate is never dropped before the rule that holds it.
        drop(open.wait_for(|open| *open).await);
    }
}
