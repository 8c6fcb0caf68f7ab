//! The compiled rules, and the matcher that runs them.

use std::sync::Arc;

use flowtrail_event::{Event, Kind, Projection, Service, SlotId};

use crate::chance::Guesser;
use crate::correlation::{Correlation, RuleIx};
use crate::expr::{Atoms, Expr};
use crate::logsource::Services;
use crate::meta::RuleMeta;
use crate::program::{ACCEPT, Program, REJECT, Target};
use crate::wake::{CompiledIx, WakeIndex};

/// A detection rule of a [`RuleSet`].
#[derive(Debug, Clone)]
pub struct Rule {
    /// Its metadata.
    pub meta: Arc<RuleMeta>,
    /// The logs that it is for.
    pub services: Services,
    /// Whether a match is a finding of its own. A rule that only feeds
    /// correlations is silent.
    pub emits: bool,
}

/// A rule, compiled for one kind of log.
#[derive(Debug, Clone)]
pub(crate) struct Compiled {
    pub(crate) rule: RuleIx,
    pub(crate) services: Services,
    pub(crate) entry: Target,
    pub(crate) expr: Expr,
}

/// What the rules for one kind of log come to.
#[derive(Debug, Clone)]
pub(crate) struct KindSet {
    pub(crate) projection: Projection,
    pub(crate) atoms: Atoms,
    pub(crate) program: Program,
    pub(crate) compiled: Vec<Compiled>,
    pub(crate) wake: [WakeIndex; Service::ALL.len()],
}

impl KindSet {
    pub(crate) fn new() -> Self {
        Self {
            projection: Projection::new(),
            atoms: Atoms::default(),
            program: Program::default(),
            compiled: Vec::new(),
            wake: Default::default(),
        }
    }

    pub(crate) fn add(&mut self, rule: RuleIx, services: Services, expr: Expr) {
        let guesser = Guesser {
            atoms: &self.atoms,
            projection: &self.projection,
        };
        let entry = self.program.add(&expr, guesser);
        let ix = u32::try_from(self.compiled.len()).unwrap_or(u32::MAX);
        for service in services.iter() {
            if let Some(wake) = self.wake.get_mut(service.index()) {
                wake.add(ix, &expr, guesser);
            }
        }
        self.compiled.push(Compiled {
            rule,
            services,
            entry,
            expr,
        });
    }

    pub(crate) fn finish(&mut self) {
        self.wake.iter_mut().for_each(WakeIndex::finish);
        self.atoms.seal();
    }
}

/// Compiled rules and correlations. Shared between threads; each runs its own
/// [`Matcher`] over it.
#[derive(Debug, Clone)]
pub struct RuleSet {
    pub(crate) rules: Vec<Rule>,
    pub(crate) correlations: Arc<[Correlation]>,
    pub(crate) cloudtrail: KindSet,
    pub(crate) flow: KindSet,
}

impl RuleSet {
    /// The detection rules, by [`RuleIx`].
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// A detection rule.
    #[must_use]
    pub fn rule(&self, ix: RuleIx) -> Option<&Rule> {
        self.rules.get(ix.0 as usize)
    }

    /// The correlations, by [`CorrelationIx`](crate::CorrelationIx).
    #[must_use]
    pub const fn correlations(&self) -> &Arc<[Correlation]> {
        &self.correlations
    }

    /// The fields that the rules for `kind` look at, correlations included.
    /// Slots may be added to a copy; those that are there keep their numbers.
    #[must_use]
    pub const fn projection(&self, kind: Kind) -> &Projection {
        &self.kind(kind).projection
    }

    /// How many rules have to be evaluated for every record of `service`,
    /// because nothing in them can wake them.
    #[must_use]
    pub fn always_evaluated(&self, service: Service) -> usize {
        let wake = self.kind(service.kind()).wake.get(service.index());
        wake.map_or(0, WakeIndex::always_len)
    }

    pub(crate) const fn kind(&self, kind: Kind) -> &KindSet {
        match kind {
            Kind::CloudTrail => &self.cloudtrail,
            Kind::Flow => &self.flow,
        }
    }
}

/// Runs the rules over events. Holds the room that a thread needs for it.
#[derive(Debug)]
pub struct Matcher {
    rules: Arc<RuleSet>,
    cloudtrail: Memory,
    flow: Memory,
    hits: Vec<RuleIx>,
    scratch: Vec<u8>,
    evaluations: u64,
}

/// What is remembered during one event: atoms already tested, fields already
/// derived, rules already woken. Stamped with the event's number, so that
/// nothing is cleared.
#[derive(Debug)]
struct Memory {
    event: u64,
    atoms: Vec<u64>,
    derived_at: Vec<u64>,
    woken_at: Vec<u64>,
    woken: Vec<CompiledIx>,
}

impl Memory {
    fn new(set: &KindSet) -> Self {
        Self {
            event: 0,
            atoms: vec![0; set.atoms.len()],
            derived_at: vec![0; set.projection.len()],
            woken_at: vec![0; set.compiled.len()],
            woken: Vec::with_capacity(set.compiled.len()),
        }
    }
}

impl Matcher {
    /// A matcher over `rules`.
    #[must_use]
    pub fn new(rules: Arc<RuleSet>) -> Self {
        Self {
            cloudtrail: Memory::new(&rules.cloudtrail),
            flow: Memory::new(&rules.flow),
            rules,
            hits: Vec::new(),
            scratch: Vec::new(),
            evaluations: 0,
        }
    }

    /// The rules that match `event`, in the order of their numbers.
    ///
    /// `derive` fills a derived field. It is called at most once for each, and
    /// only when the verdict on a rule depends on it.
    pub fn matches(
        &mut self,
        event: &mut Event<'_>,
        derive: impl FnMut(&mut Event<'_>, SlotId),
    ) -> &[RuleIx] {
        let set = self.rules.kind(event.service.kind());
        let memory = match event.service.kind() {
            Kind::CloudTrail => &mut self.cloudtrail,
            Kind::Flow => &mut self.flow,
        };
        memory.event += 1;
        memory.woken.clear();
        self.hits.clear();
        let Some(wake) = set.wake.get(event.service.index()) else {
            return &self.hits;
        };
        let (now, woken, woken_at) = (memory.event, &mut memory.woken, &mut memory.woken_at);
        wake.wake(event, |ix| {
            if let Some(at) = woken_at.get_mut(ix as usize)
                && *at != now
            {
                *at = now;
                woken.push(ix);
            }
        });
        if woken.is_empty() {
            return &self.hits;
        }
        let mut run = Run {
            set,
            event,
            now,
            atoms: &mut memory.atoms,
            derived_at: &mut memory.derived_at,
            scratch: &mut self.scratch,
            derive,
        };
        for ix in woken.iter() {
            let Some(compiled) = set.compiled.get(*ix as usize) else {
                continue;
            };
            self.evaluations += 1;
            if run.accepts(compiled.entry) {
                self.hits.push(compiled.rule);
            }
        }
        self.hits.sort_unstable();
        &self.hits
    }

    /// How many rules were evaluated so far: what the prefilter let through.
    #[must_use]
    pub const fn evaluations(&self) -> u64 {
        self.evaluations
    }

    /// The rules that are run.
    #[must_use]
    pub const fn rules(&self) -> &Arc<RuleSet> {
        &self.rules
    }
}

/// One event against the program.
struct Run<'r, 'e, D> {
    set: &'r KindSet,
    event: &'r mut Event<'e>,
    now: u64,
    atoms: &'r mut [u64],
    derived_at: &'r mut [u64],
    scratch: &'r mut Vec<u8>,
    derive: D,
}

impl<D: FnMut(&mut Event<'_>, SlotId)> Run<'_, '_, D> {
    fn accepts(&mut self, entry: Target) -> bool {
        let mut at = entry;
        loop {
            if at == ACCEPT {
                return true;
            }
            if at == REJECT {
                return false;
            }
            let Some(op) = self.set.program.op(at) else {
                return false;
            };
            at = if self.holds(op.atom) { op.yes } else { op.no };
        }
    }

    /// A result is remembered as the event's number, doubled, plus one for yes.
    fn holds(&mut self, id: crate::atom::AtomId) -> bool {
        let Some(known) = self.atoms.get_mut(id.0 as usize) else {
            return false;
        };
        if *known >> 1 == self.now {
            return *known & 1 == 1;
        }
        let Some(atom) = self.set.atoms.get(id) else {
            return false;
        };
        for slot in &atom.derived {
            if let Some(at) = self.derived_at.get_mut(slot.index())
                && *at != self.now
            {
                *at = self.now;
                (self.derive)(self.event, *slot);
            }
        }
        let holds = atom.holds(self.event, self.scratch);
        *known = (self.now << 1) | u64::from(holds);
        holds
    }
}
