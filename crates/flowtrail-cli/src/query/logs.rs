//! The logs of a query, and what its functions and rules know.

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::bail;
use flowtrail_context::Given;
use flowtrail_detect::Plan;
use flowtrail_event::Limits;
use flowtrail_table::functions::Knowledge;
use flowtrail_table::{
    Engine, Kept, Logs, NamedQuery, OtherTable, QueryError, RuleRow, Rulebook, Ruling, Statement,
};
use tokio::runtime::Runtime;

use super::args::Query;
use crate::console;
use crate::judge::{over_limit, report_loss};
use crate::logs::{self, Reading};
use crate::sources;

/// The logs that `words` name: files, folders, `-`, `s3://bucket/prefix`.
///
/// # Errors
/// See [`logs::open`].
pub(super) fn open(args: &Query, words: &[OsString], runtime: &Runtime) -> anyhow::Result<Logs> {
    for word in words {
        if let Some(hint) = meant(word) {
            let name = console::path(Path::new(word));
            bail!("cannot open `{name}`: no such file or folder\nhint: {hint}");
        }
    }
    let reading = Reading {
        since: args.since,
        until: args.until,
        lateness: args.lateness,
        flow_format: args.flow_format.as_deref(),
        aside: args.rules.aside(),
    };
    logs::open(words, reading, runtime)
}

/// What was perhaps meant by a path that is none.
fn meant(word: &OsString) -> Option<String> {
    let path = Path::new(word);
    let name = word.to_string_lossy();
    let is_other = name == "-" || name.starts_with("s3://");
    if is_other || path.symlink_metadata().is_ok() {
        return None;
    }
    if NamedQuery::find(&name).is_ok() {
        return Some(format!("`--name {name}` runs the query of this name"));
    }
    let statement = "a statement begins with SELECT, WITH, EXPLAIN, SHOW, DESCRIBE or VALUES";
    name.contains(char::is_whitespace)
        .then(|| statement.to_owned())
}

/// The rules behind the tables `findings` and `rules`.
pub(super) struct Rules {
    book: Arc<Rulebook>,
    /// What was counted and not kept stands beside the findings.
    kept: Arc<Kept>,
    /// A rule did not compile.
    lost: Arc<AtomicBool>,
}

impl Rules {
    /// Gives the engine both tables. Nothing is compiled before a statement
    /// looks at them.
    ///
    /// # Errors
    /// If there are tables of these names.
    pub(super) fn add(engine: &Engine, args: &Query, given: Given) -> anyhow::Result<Self> {
        let (choice, level) = (args.rules.clone(), args.level);
        let lost = Arc::new(AtomicBool::new(false));
        let loses = Arc::clone(&lost);
        let book = Arc::new(Rulebook::new(move || {
            let told = |e: anyhow::Error| QueryError::of_text(&format!("{e:#}"));
            let compilation = sources::chosen(&choice, &given).map_err(told)?;
            sources::report(&compilation);
            loses.store(sources::has_errors(&compilation), Ordering::Relaxed);
            let rows = RuleRow::all(&compilation).into();
            let rules = Arc::new(compilation.rules);
            let plan = Plan::given(rules, &Limits::default(), level, &given);
            let plan = plan.map_err(|e| QueryError::new(format!("cannot prepare the rules: {e}")));
            Ok(Ruling {
                plan: Arc::new(plan?),
                rows,
                memory: None,
            })
        }));
        let kept = Arc::new(Kept::default());
        engine.add_rules(&book, Some(Arc::clone(&kept)))?;
        Ok(Self { book, kept, lost })
    }

    /// Compiles them if a statement names their tables, so that what is wrong
    /// with them is said before it runs.
    ///
    /// # Errors
    /// If there are none.
    pub(super) fn prepare(&self, statement: &Statement) -> anyhow::Result<()> {
        let is_about = |name: &String| {
            let table = OtherTable::from_name(&name.to_ascii_lowercase());
            matches!(table, Some(OtherTable::Findings | OtherTable::Rules))
        };
        if statement.relations().iter().any(is_about) {
            self.book.get()?;
        }
        Ok(())
    }

    /// Says what a statement over findings did not keep. Whether rules or
    /// findings were lost.
    pub(super) fn settle(&self) -> bool {
        let found = self.kept.take();
        if let Some(found) = &found {
            report_loss(&found.loss);
        }
        let cut = found.is_some_and(|found| over_limit(&found.loss) > 0);
        cut || self.lost.load(Ordering::Relaxed)
    }
}

/// What functions have to be told from outside.
pub(super) fn knowledge(given: &Given) -> Knowledge {
    Knowledge {
        context: given.context.clone(),
        places: given.places.clone(),
    }
}
