//! Which members matched in a window, and in what order.

/// How often each member matches in the window, and the sequences among them.
#[derive(Debug)]
pub(super) struct Members {
    counts: Vec<u64>,
    distinct: u64,
    /// The sequences that an ordered condition asks for.
    pub(super) chains: Vec<Chain>,
}

impl Members {
    pub(super) fn new(members: usize, chains: Vec<Chain>) -> Self {
        Self {
            counts: vec![0; members],
            distinct: 0,
            chains,
        }
    }

    /// A match of `member` comes into the window. Times do not decrease.
    pub(super) fn add(&mut self, member: u32, time: i64) {
        if let Some(count) = self.counts.get_mut(member as usize) {
            self.distinct += u64::from(*count == 0);
            *count += 1;
        }
        for chain in &mut self.chains {
            chain.add(member as usize, time);
        }
    }

    /// It leaves the window. Chains look at time by themselves.
    pub(super) fn remove(&mut self, member: u32) {
        if let Some(count) = self.counts.get_mut(member as usize).filter(|c| **c > 0) {
            *count -= 1;
            self.distinct -= u64::from(*count == 0);
        }
    }

    pub(super) const fn distinct(&self) -> u64 {
        self.distinct
    }

    pub(super) fn all(&self) -> bool {
        self.distinct == self.counts.len() as u64
    }

    /// How often a member matches.
    pub(super) fn count(&self, member: usize) -> u64 {
        self.counts.get(member).copied().unwrap_or(0)
    }

    pub(super) fn has(&self, member: usize) -> bool {
        self.count(member) > 0
    }
}

#[derive(Debug)]
struct Step {
    member: usize,
    seen: Option<i64>,
    /// The latest start of a sequence up to this step.
    start: Option<i64>,
}

/// Members that are to match one after the other, at times that do not decrease.
///
/// For each step it keeps the latest time at which a sequence up to that step
/// may have begun. Whether a window holds the sequence is then one comparison,
/// and nothing has to be taken back when a match leaves the window.
#[derive(Debug)]
pub(super) struct Chain {
    steps: Vec<Step>,
}

impl Chain {
    pub(super) fn new(members: &[usize]) -> Self {
        let step = |member: &usize| Step {
            member: *member,
            seen: None,
            start: None,
        };
        Self {
            steps: members.iter().map(step).collect(),
        }
    }

    fn add(&mut self, member: usize, time: i64) {
        let mut before = Some(time);
        let mut reached = false;
        for step in &mut self.steps {
            if step.member == member {
                step.seen = Some(time);
                reached = true;
            }
            if reached {
                // Further on only what happens at this same instant can gain by it.
                if step.seen != Some(time) {
                    break;
                }
                // Never earlier than it was: times do not decrease.
                step.start = before;
            }
            before = step.start;
        }
    }

    /// How many steps from the first a window that began at `since` holds.
    pub(super) fn length(&self, since: i64) -> u64 {
        self.steps
            .iter()
            .take_while(|s| s.start >= Some(since))
            .count() as u64
    }

    pub(super) fn is_complete(&self, since: i64) -> bool {
        self.length(since) == self.steps.len() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(matches: &[(usize, i64)]) -> Chain {
        let mut chain = Chain::new(&[0, 1, 2]);
        for (member, time) in matches {
            chain.add(*member, *time);
        }
        chain
    }

    #[test]
    fn a_chain_counts_the_steps_in_order() {
        assert_eq!(chain(&[]).length(0), 0);
        assert_eq!(chain(&[(1, 1), (2, 2)]).length(0), 0);
        assert_eq!(chain(&[(0, 1), (2, 2), (1, 3)]).length(0), 2);
        assert_eq!(chain(&[(0, 1), (1, 2), (0, 3), (2, 4)]).length(0), 3);
        assert!(chain(&[(0, 1), (1, 1), (2, 1)]).is_complete(0));
    }

    #[test]
    fn a_chain_forgets_what_began_before_the_window() {
        let c = chain(&[(0, 1), (1, 2), (0, 3), (2, 4)]);
        assert_eq!(c.length(1), 3);
        assert_eq!(c.length(2), 1);
        assert_eq!(c.length(4), 0);
        let again = chain(&[(0, 1), (1, 2), (2, 3), (0, 5), (1, 6), (2, 7)]);
        assert!(again.is_complete(5));
        assert!(!again.is_complete(6));
    }

    #[test]
    fn at_one_instant_any_order_will_do() {
        for order in [
            [0, 1, 2],
            [0, 2, 1],
            [1, 0, 2],
            [1, 2, 0],
            [2, 0, 1],
            [2, 1, 0],
        ] {
            let c = chain(&order.map(|m| (m, 7)));
            assert!(c.is_complete(7), "{order:?}");
        }
    }

    #[test]
    fn counts_come_and_go() {
        let mut m = Members::new(2, Vec::new());
        m.add(0, 1);
        m.add(0, 2);
        m.add(9, 2);
        assert_eq!((m.distinct(), m.all(), m.has(1)), (1, false, false));
        m.add(1, 3);
        assert!(m.all());
        m.remove(0);
        assert!(m.all());
        m.remove(0);
        assert_eq!((m.distinct(), m.has(0)), (1, false));
    }
}
