//! Our engine as a database that sqllogictest asks.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use flowtrail_context::Context;
use flowtrail_detect::Plan;
use flowtrail_event::Limits;
use flowtrail_scan::{rule_options, rule_options_with_context};
use flowtrail_sigma::{Level, compile};
use flowtrail_table::arrow::array::{Array, RecordBatch};
use flowtrail_table::arrow::datatypes::DataType;
use flowtrail_table::arrow::util::display::{ArrayFormatter, FormatOptions};
use flowtrail_table::functions::Knowledge;
use flowtrail_table::{
    Engine, EngineOptions, Logs, NamedQuery, RuleRow, Rulebook, Ruling, Source, Statement,
};
use futures_util::StreamExt as _;
use sqllogictest::{AsyncDB, DBOutput, DefaultColumnType};

use crate::support::{root, shipped};

/// How an engine divides its work; answers do not depend on it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Division {
    pub(super) threads: usize,
    pub(super) batch_rows: usize,
}

/// What a file of cases asks for in comments at its head.
#[derive(Debug, Default)]
pub(super) struct Setting {
    /// `# logs: PATH…`, from the top of the checkout.
    pub(super) logs: Vec<String>,
    /// `# context: PATH`.
    context: Option<String>,
}

impl Setting {
    pub(super) fn of(text: &str) -> Self {
        let mut setting = Self::default();
        for line in text.lines().take_while(|l| l.starts_with('#')) {
            let line = line.trim_start_matches('#').trim();
            if let Some(logs) = line.strip_prefix("logs:") {
                setting
                    .logs
                    .extend(logs.split_whitespace().map(str::to_owned));
            }
            if let Some(context) = line.strip_prefix("context:") {
                setting.context = Some(context.trim().to_owned());
            }
        }
        setting
    }
}

/// The rules that ship, ready to be run.
fn shipped_rules(context: Option<Arc<Context>>) -> Ruling {
    let options = match context {
        Some(_) => rule_options_with_context(),
        None => rule_options(),
    };
    let compiled = compile(&shipped(), &options);
    let rows = RuleRow::all(&compiled).into();
    let rules = Arc::new(compiled.rules);
    let plan = Plan::new(rules, &Limits::default(), Level::Low, context);
    Ruling {
        plan: Arc::new(plan.unwrap()),
        rows,
        memory: None,
    }
}

pub(super) struct Database {
    engine: Engine,
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Failed(String);

impl Database {
    pub(super) fn open(setting: &Setting, division: Division) -> Self {
        let sources = setting.logs.iter().map(|l| Source::Local(root().join(l)));
        Self::over(sources.collect(), setting, division)
    }

    /// Over other logs than those that the setting names.
    pub(super) fn over(sources: Arc<[Source]>, setting: &Setting, division: Division) -> Self {
        let context = setting.context.as_ref().map(|file| {
            let text = std::fs::read_to_string(root().join(file)).unwrap();
            Arc::new(Context::parse(file, &text).unwrap().0)
        });
        let engine = Engine::new(EngineOptions {
            logs: Logs {
                sources,
                ..Logs::default()
            },
            threads: Some(division.threads),
            batch_rows: Some(division.batch_rows),
            knowledge: Knowledge {
                context: context.clone(),
                ..Knowledge::default()
            },
            ..EngineOptions::default()
        });
        let engine = engine.unwrap();
        let rules = Rulebook::new(move || Ok(shipped_rules(context.clone())));
        engine.add_rules(&Arc::new(rules), None).unwrap();
        Self { engine }
    }

    pub(super) async fn answer(&self, sql: &str) -> Result<DBOutput<DefaultColumnType>, String> {
        let mut rows = Vec::new();
        let mut types = Vec::new();
        for statement in statements(sql)? {
            let query = self.engine.run(statement.into_parsed()).await;
            let query = query.map_err(|e| e.to_string())?;
            types = query
                .schema()
                .fields()
                .iter()
                .map(|f| column_type(f.data_type()))
                .collect();
            let run = Arc::clone(query.run());
            let explained = |e| self.engine.explain(&e).to_string();
            let mut stream = query.stream().await.map_err(explained)?;
            rows.clear();
            while let Some(batch) = stream.next().await {
                rows.extend(cells(&batch.map_err(explained)?));
            }
            if let Some(partial) = run.account().sums().partial() {
                return Err(partial);
            }
        }
        Ok(DBOutput::Rows { types, rows })
    }
}

/// SQL, or `.run NAME PARAM=VALUE…`: a named query with its parameters.
fn statements(sql: &str) -> Result<Vec<Statement>, String> {
    let Some(line) = sql.trim().strip_prefix(".run ") else {
        return Statement::parse(sql).map_err(|e| e.to_string());
    };
    let mut words = line.split_whitespace();
    let name = words.next().ok_or("name a query")?;
    let query = NamedQuery::find(name).map_err(|e| e.to_string())?;
    let given = words.map(|w| {
        let (name, value) = w.split_once('=').ok_or("write PARAM=VALUE")?;
        Ok((name.to_owned(), value.to_owned()))
    });
    let given: Result<Vec<_>, &str> = given.collect();
    let values = query.values(&given?).map_err(|e| e.to_string())?;
    let statements = Statement::parse(&query.text).map_err(|e| e.to_string())?;
    let bound = statements
        .into_iter()
        .map(|s| s.bind(&values).map_err(|e| e.to_string()));
    bound.collect()
}

fn column_type(data_type: &DataType) -> DefaultColumnType {
    if data_type.is_integer() {
        DefaultColumnType::Integer
    } else if data_type.is_floating() {
        DefaultColumnType::FloatingPoint
    } else if matches!(
        data_type,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
    ) {
        DefaultColumnType::Text
    } else {
        DefaultColumnType::Any
    }
}

fn cells(batch: &RecordBatch) -> Vec<Vec<String>> {
    let options = FormatOptions::new();
    let columns: Vec<_> = batch
        .columns()
        .iter()
        .map(|c| (c, ArrayFormatter::try_new(c, &options).unwrap()))
        .collect();
    let cell = |(array, formatter): &(&Arc<dyn Array>, ArrayFormatter<'_>), row| {
        if array.is_null(row) {
            return "NULL".to_owned();
        }
        let text = formatter.value(row).to_string();
        if text.is_empty() {
            return "(empty)".to_owned();
        }
        // A line is a row.
        text.replace('\n', "\\n")
    };
    let row = |row| columns.iter().map(|c| cell(c, row)).collect();
    (0..batch.num_rows()).map(row).collect()
}

#[async_trait]
impl AsyncDB for Database {
    type Error = Failed;
    type ColumnType = DefaultColumnType;

    async fn run(&mut self, sql: &str) -> Result<DBOutput<DefaultColumnType>, Failed> {
        self.answer(sql).await.map_err(Failed)
    }

    async fn shutdown(&mut self) {}

    fn engine_name(&self) -> &str {
        "flowtrail"
    }
}

/// The files of cases in a folder under `tests/cases`, by name.
pub(super) fn files(folder: &str) -> Vec<std::path::PathBuf> {
    let folder = root().join("tests/cases").join(folder);
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p: &std::path::PathBuf| p.extension().is_some_and(|e| e == "slt"))
        .collect();
    files.sort();
    files
}

/// The name of a file without its ending.
pub(super) fn stem(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into_owned()
}
