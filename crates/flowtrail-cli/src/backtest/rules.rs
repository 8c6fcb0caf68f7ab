//! What is tested and what it is compared with: two sets of rules.
//!
//! The given rules are tested among the current ones, because they may refer to
//! them; a current rule whose id or name a given one has goes out. If nothing
//! current changes by that, the current rules are compared with in the same
//! run; else they have a run of their own.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::bail;
use flowtrail_context::Knowledge;
use flowtrail_output::sanitize;
use flowtrail_sigma::{
    Compilation, CorrelationIx, Options, RuleMeta, RuleSet, RuleSource, Severity, compile,
};

use super::args::Asked;
use crate::args::RuleChoice;
use crate::console;
use crate::given;
use crate::sources;

/// Both sets.
pub(super) struct Sets {
    /// The current rules, as they are.
    pub(super) current: Compilation,
    /// The given rules among the current ones.
    pub(super) tested: Compilation,
    /// Ids of the given rules.
    pub(super) ids: BTreeSet<String>,
    /// For each given rule that takes the place of a current one both ids, that
    /// of the given one first.
    pub(super) replaced: Vec<(String, String)>,
    /// Whether the current rules are in `tested` as they are in `current`.
    pub(super) one_run: bool,
    /// A given rule could not be used.
    pub(super) incomplete: bool,
}

/// Ids and names that rules are referred to by.
#[derive(Default)]
struct Called {
    ids: BTreeSet<String>,
    names: BTreeSet<String>,
}

impl Called {
    fn add(&mut self, meta: &RuleMeta) {
        self.ids.insert(meta.id.clone());
        self.names.extend(meta.name.clone());
    }

    fn has(&self, id: &str, name: Option<&str>) -> bool {
        self.ids.contains(id) || name.is_some_and(|n| self.names.contains(n))
    }
}

impl Sets {
    /// Compiles both. What is wrong with rules is said.
    ///
    /// # Errors
    /// If files cannot be read, a name fits no rule or several, or none of the
    /// given rules can be tested.
    pub(super) fn new(
        asked: &[Asked],
        choice: &RuleChoice,
        options: &Options,
    ) -> anyhow::Result<Self> {
        let now = current_sources(choice)?;
        let build = |sources: &[RuleSource]| {
            let mut made = compile(sources, options);
            sources::add_guidance_problems(&mut made);
            made
        };
        let current = build(&now);
        sources::report(&current);
        let (mut paths, mut ids) = (Vec::new(), BTreeSet::new());
        for asked in asked {
            match asked {
                Asked::Path(path) => paths.push(path.clone()),
                Asked::Named(name) => {
                    ids.insert(crate::rules::id_of(name, &current).map_err(|e| hinted(&e))?);
                }
            }
        }
        let given = files(&paths)?;
        let called = identify(&now, &given, &build);
        let is_out = |id: &str, name: Option<&str>| called.has(id, name);
        let stays = now.iter().map(|s| s.without(is_out));
        let tested = build(&stays.chain(given.iter().cloned()).collect::<Vec<_>>());
        let replaced = replaced(&current, &tested, &called);
        let incomplete = report_given(&tested, &given, &current.not_applicable);
        ids.extend(called.ids);
        let sets = Self {
            one_run: replaced.is_empty() && goes_on(&current.rules, &tested.rules, &given),
            current,
            tested,
            replaced,
            incomplete,
            ids,
        };
        sets.check()
    }

    /// Says which given rules wait for something.
    fn check(mut self) -> anyhow::Result<Self> {
        let waiting = self.tested.inactive.iter();
        let waiting: Vec<_> = waiting
            .filter(|i| i.emits && self.is_given(&i.meta))
            .collect();
        for rule in &waiting {
            let needs = given::awaited(rule.needs.iter().copied());
            let hint = match needs.first() {
                Some(Knowledge::Context) => "; `--context FILE` gives one",
                Some(Knowledge::Baseline) => "; `--learn` or `--baseline FILE` gives one",
                // The words name the option.
                Some(Knowledge::Countries | Knowledge::Systems | Knowledge::Places) | None => "",
            };
            let needs = given::needs(rule.needs.iter().copied());
            let title = sanitize(&rule.meta.title);
            console::say(&format!("note: {title}: not active without {needs}{hint}"));
        }
        self.incomplete |= !waiting.is_empty();
        if self.metas().next().is_none() {
            bail!(
                "none of the given rules can be tested\nhint: `flowtrail rules check` says more \
                 about rules"
            );
        }
        Ok(self)
    }

    fn is_given(&self, meta: &RuleMeta) -> bool {
        self.ids.contains(&meta.id)
    }

    /// The given rules that raise findings, in the order of their files.
    pub(super) fn metas(&self) -> impl Iterator<Item = &Arc<RuleMeta>> {
        raising(&self.tested.rules).filter(|m| self.is_given(m))
    }

    /// The current rules whose places given ones take.
    pub(super) fn replaced_metas(&self) -> impl Iterator<Item = &Arc<RuleMeta>> {
        let is_replaced = |id: &str| self.replaced.iter().any(|(_, now)| now == id);
        raising(&self.current.rules).filter(move |m| is_replaced(&m.id))
    }

    /// The given correlations that raise findings.
    pub(super) fn correlations(&self) -> BTreeSet<CorrelationIx> {
        let all = (0..)
            .map(CorrelationIx)
            .zip(self.tested.rules.correlations().iter());
        let given = all.filter(|(_, c)| c.emits && self.is_given(&c.meta));
        given.map(|(ix, _)| ix).collect()
    }

    /// The id of the current rule whose place the given rule `id` takes.
    pub(super) fn before(&self, id: &str) -> Option<&str> {
        let mut all = self.replaced.iter();
        all.find(|(given, _)| given == id)
            .map(|(_, now)| now.as_str())
    }
}

/// What raises findings of its own.
fn raising(rules: &RuleSet) -> impl Iterator<Item = &Arc<RuleMeta>> {
    let single = rules.rules().iter().filter(|r| r.emits);
    let windows = rules.correlations().iter().filter(|c| c.emits);
    single.map(|r| &r.meta).chain(windows.map(|c| &c.meta))
}

/// The rules that are compared with; there may be none.
fn current_sources(choice: &RuleChoice) -> anyhow::Result<Vec<RuleSource>> {
    if choice.no_shipped && choice.rules.is_empty() {
        return Ok(Vec::new());
    }
    let files = sources::files_of(choice)?;
    Ok(files.into_iter().map(|f| f.source).collect())
}

fn files(paths: &[PathBuf]) -> anyhow::Result<Vec<RuleSource>> {
    if paths.is_empty() {
        return Ok(Vec::new());
    }
    let files = sources::from_paths(paths)?;
    Ok(files.into_iter().map(|f| f.source).collect())
}

fn hinted(error: &anyhow::Error) -> anyhow::Error {
    anyhow::anyhow!("{error}\nhint: a file or a folder of rules can be given by its path")
}

/// How the rules in the given files are called. They are compiled among the
/// current ones, whose files may be named like theirs.
fn identify(
    now: &[RuleSource],
    given: &[RuleSource],
    build: &impl Fn(&[RuleSource]) -> Compilation,
) -> Called {
    let mut called = Called::default();
    if given.is_empty() {
        return called;
    }
    let aside = now.iter().map(|s| RuleSource {
        file: String::new(),
        text: s.text.clone(),
    });
    let all: Vec<RuleSource> = aside.chain(given.iter().cloned()).collect();
    let made = build(&all);
    each_meta(&made, |meta, _| {
        if !meta.file.is_empty() {
            called.add(meta);
        }
    });
    called
}

/// Every rule and correlation, and whether it raises findings.
fn each_meta(made: &Compilation, mut visit: impl FnMut(&RuleMeta, bool)) {
    made.rules
        .rules()
        .iter()
        .for_each(|r| visit(&r.meta, r.emits));
    let windows = made.rules.correlations().iter();
    windows.for_each(|c| visit(&c.meta, c.emits));
    made.inactive.iter().for_each(|i| visit(&i.meta, i.emits));
}

/// The given rules that stand in for current ones, by id, else by name.
fn replaced(current: &Compilation, tested: &Compilation, given: &Called) -> Vec<(String, String)> {
    let mut now = Vec::new();
    each_meta(current, |meta, _| {
        if given.has(&meta.id, meta.name.as_deref()) {
            now.push((meta.id.clone(), meta.name.clone()));
        }
    });
    let mut pairs = Vec::new();
    each_meta(tested, |meta, _| {
        let by_id = now.iter().find(|(id, _)| *id == meta.id);
        let by_name = || {
            now.iter()
                .find(|(_, name)| name.is_some() && *name == meta.name)
        };
        if let (true, Some((id, _))) = (given.ids.contains(&meta.id), by_id.or_else(by_name)) {
            pairs.push((meta.id.clone(), id.clone()));
        }
    });
    pairs
}

/// Whether everything current raises its findings in `tested` as before.
fn goes_on(current: &RuleSet, tested: &RuleSet, given: &[RuleSource]) -> bool {
    // A filter may reach into any rule.
    let filters = given.iter().flat_map(|s| s.text.lines());
    if filters.into_iter().any(|l| l.starts_with("filter:")) {
        return false;
    }
    let loud = |set: &RuleSet| -> BTreeSet<String> {
        let rules = set.rules().iter().filter(|r| r.emits).map(|r| &r.meta);
        let windows = set.correlations().iter().filter(|c| c.emits);
        let all = rules.chain(windows.map(|c| &c.meta));
        all.map(|m| m.id.clone()).collect()
    };
    loud(current).is_subset(&loud(tested))
}

/// Names what is wrong with the given rules; what is wrong with the current
/// ones has been said. Whether one of the given is lost.
fn report_given(tested: &Compilation, given: &[RuleSource], said: &[String]) -> bool {
    let mut lost = false;
    let is_given = |file: &str| given.iter().any(|s| s.file == file);
    for problem in tested.problems.iter().filter(|p| is_given(&p.file)) {
        console::say(&problem.to_string());
        lost |= problem.severity == Severity::Error;
    }
    for title in tested.not_applicable.iter().filter(|t| !said.contains(t)) {
        let title = sanitize(title);
        console::say(&format!(
            "note: {title}: for logs that Flowtrail does not read"
        ));
    }
    lost
}
