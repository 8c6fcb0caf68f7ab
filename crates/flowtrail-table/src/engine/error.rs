//! Errors in the user's language: what is wrong in one line, and a hint.

mod near;

use std::fmt;

use datafusion::arrow::datatypes::{DataType, Fields};
use datafusion::common::{Column, SchemaError};
use datafusion::error::DataFusionError;
use datafusion::prelude::SessionContext;

use crate::schema::LogTable;
use near::{NAMES_LISTED_MAX, OTHER_NAMES, did_you_mean, nearest, quoted};

/// Why a statement could not be planned or answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct QueryError {
    /// What is wrong: lower case, names in backticks, no full stop.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

/// The names that a statement can use.
#[derive(Debug, Default)]
pub(super) struct Names {
    tables: Vec<String>,
    functions: Vec<String>,
}

impl Names {
    /// The names in a session.
    pub(super) fn of(context: &SessionContext) -> Self {
        let state = context.state();
        let mut tables = Vec::new();
        let catalog = &state.config_options().catalog;
        let schema = context
            .catalog(&catalog.default_catalog)
            .and_then(|c| c.schema(&catalog.default_schema));
        tables.extend(schema.map(|s| s.table_names()).unwrap_or_default());
        tables.sort();
        let mut functions: Vec<String> = state.scalar_functions().keys().cloned().collect();
        functions.extend(state.aggregate_functions().keys().cloned());
        functions.extend(state.window_functions().keys().cloned());
        functions.sort();
        functions.dedup();
        Self { tables, functions }
    }
}

impl QueryError {
    /// An error without a hint.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: None,
        }
    }

    fn hinted(message: String, hint: String) -> Self {
        Self {
            message,
            hint: Some(hint),
        }
    }

    /// An error of ours that says its hint itself, on a line of its own that
    /// begins with `hint: `.
    #[must_use]
    pub fn of_text(text: &str) -> Self {
        match text.split_once("\nhint: ") {
            Some((message, hint)) => Self::hinted(message.to_owned(), hint.to_owned()),
            None => Self::new(text),
        }
    }

    /// An error of the engine itself.
    pub(crate) fn plain(error: &DataFusionError) -> Self {
        Self::explain(error, &Names::default())
    }

    /// An error of `DataFusion`, with the nearest of `names` to one that is not
    /// there.
    pub(super) fn explain(error: &DataFusionError, names: &Names) -> Self {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "errors of other kinds, those of later versions too, speak for themselves"
        )]
        match error {
            DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner) => {
                Self::explain(inner, names)
            }
            DataFusionError::Shared(inner) => Self::explain(inner, names),
            DataFusionError::Collection(errors) => match errors.first() {
                Some(first) => Self::explain(first, names),
                None => Self::new("the query failed"),
            },
            DataFusionError::External(inner) => match inner.downcast_ref::<DataFusionError>() {
                Some(inner) => Self::explain(inner, names),
                None => Self::of_text(&inner.to_string()),
            },
            DataFusionError::SchemaError(schema, _) => of_schema(schema, error),
            DataFusionError::Plan(text) | DataFusionError::Execution(text) => {
                of_text(text, names).unwrap_or_else(|| Self::new(tidy(text)))
            }
            DataFusionError::ArrowError(arrow, _) => {
                let text = tidy(&arrow.to_string());
                let hint = "write a day as '2026-03-01'".to_owned();
                let hint = text.ends_with("to value of Date32 type").then_some(hint);
                Self {
                    message: text,
                    hint,
                }
            }
            DataFusionError::SQL(parser, _) => Self::new(tidy(&parser.to_string())),
            DataFusionError::ResourcesExhausted(text) => Self::hinted(
                tidy(text),
                "allow more memory, or ask for fewer columns or fewer rows".to_owned(),
            ),
            other => Self::new(tidy(&other.strip_backtrace())),
        }
    }
}

fn of_schema(schema: &SchemaError, whole: &DataFusionError) -> QueryError {
    let SchemaError::FieldNotFound {
        field,
        valid_fields,
    } = schema
    else {
        return QueryError::new(tidy(&whole.strip_backtrace()));
    };
    let name = &field.name;
    let message = match &field.relation {
        Some(table) => format!("no column `{name}` in `{table}`"),
        None => format!("no column `{name}`"),
    };
    if let Some(wrong) = &field.relation
        && let Some(error) = of_relation(wrong.table(), valid_fields)
    {
        return error;
    }
    let valid = |column: &&Column| field.relation.is_none() || column.relation == field.relation;
    let columns: Vec<_> = valid_fields.iter().filter(valid).collect();
    let mut candidates = nested(&columns, name);
    let mut plain = columns.iter().map(|c| c.name.clone()).collect::<Vec<_>>();
    if valid_fields.is_empty() {
        // Of what stands in an `UNNEST`, the planner does not say where it is.
        let all = LogTable::ALL.iter().flat_map(|t| t.columns());
        plain.extend(all.map(|c| c.name.to_string()));
    }
    let lower = name.to_lowercase();
    let other = OTHER_NAMES.iter().filter(|(other, _)| *other == lower);
    let other = other.map(|(_, ours)| (*ours).to_owned());
    let other = other.filter(|ours| plain.contains(ours));
    for near in other.chain(nearest(&plain, name)) {
        if !candidates.contains(&near) {
            candidates.push(near);
        }
    }
    candidates.truncate(NAMES_LISTED_MAX);
    let tables: Vec<_> = columns.iter().filter_map(|c| c.relation.as_ref()).collect();
    let describe = tables.first().map_or_else(
        || "the tables of a `FROM` have columns".to_owned(),
        |table| format!("`DESCRIBE {}` lists the columns", table.table()),
    );
    let hint = match did_you_mean(&candidates) {
        Some(question) => format!("{question} {describe}"),
        None => describe,
    };
    QueryError::hinted(message, hint)
}

/// A column of a table that is not there, if that is what is wrong.
fn of_relation(wrong: &str, valid: &[Column]) -> Option<QueryError> {
    let tables = valid.iter().filter_map(|c| c.relation.as_ref());
    let mut tables: Vec<_> = tables.map(|t| t.table().to_owned()).collect();
    tables.dedup();
    if tables.is_empty() || tables.iter().any(|t| t == wrong) {
        return None;
    }
    let near = nearest(&tables, wrong);
    let all = format!("it has {}", quoted(&tables));
    let hint = did_you_mean(&near).map_or(all.clone(), |q| format!("{q} {all}"));
    let message = format!("no table `{wrong}` in this `FROM`");
    Some(QueryError::hinted(message, hint))
}

/// The fields of structs that are called `name`, where one of our tables is
/// asked: people know `arn` and do not know where it lies.
fn nested(columns: &[&Column], name: &str) -> Vec<String> {
    let mut found = Vec::new();
    for column in columns {
        let table = column.relation.as_ref().map(|r| r.table());
        let Some(table) = table.and_then(LogTable::from_name) else {
            continue;
        };
        let schema = table.schema();
        if let Ok(field) = schema.field_with_name(&column.name) {
            below(field.name(), field.data_type(), name, &mut found);
        }
    }
    // The shortest way is the likeliest.
    found.sort_by_key(|path| path.matches('.').count());
    found
}

fn below(path: &str, holds: &DataType, name: &str, found: &mut Vec<String>) {
    let DataType::Struct(fields) = holds else {
        return;
    };
    for field in fields {
        let path = format!("{path}.{}", field.name());
        if field.name().eq_ignore_ascii_case(name) {
            found.push(path.clone());
        }
        below(&path, field.data_type(), name, found);
    }
}

/// What `DataFusion` says in a sentence and not in a type.
fn of_text(text: &str, names: &Names) -> Option<QueryError> {
    let first = text.lines().next().unwrap_or(text);
    if let Some(rest) = first.strip_prefix("table '") {
        let name = rest.strip_suffix("' not found")?;
        let name = name.strip_prefix("datafusion.").unwrap_or(name);
        let name = name.strip_prefix("public.").unwrap_or(name);
        if let Some(view) = name.strip_prefix("information_schema.") {
            return Some(of_views(name, view));
        }
        let near = nearest(&names.tables, name);
        let tables = format!("the tables are {}", quoted(&names.tables));
        let hint = did_you_mean(&near).map_or(tables.clone(), |q| format!("{q} {tables}"));
        return Some(QueryError::hinted(format!("no table `{name}`"), hint));
    }
    if let Some(rest) = first.strip_prefix("Invalid function '") {
        let name = rest.split('\'').next()?;
        let near = nearest(&names.functions, name);
        let all = "`SHOW FUNCTIONS` lists the functions";
        let hint = did_you_mean(&near).map_or(all.to_owned(), |q| format!("{q} {all}"));
        return Some(QueryError::hinted(format!("no function `{name}`"), hint));
    }
    if let Some(rest) = first.strip_prefix("table function '") {
        let name = rest.strip_suffix("' not found")?;
        let near = nearest(&TABLE_FUNCTIONS.map(str::to_owned), name);
        let message = format!("no function `{name}` that makes a table");
        return Some(QueryError {
            message,
            hint: did_you_mean(&near),
        });
    }
    let rest = first.strip_prefix("Field ")?;
    let name = rest.strip_suffix(" not found in struct")?;
    let fields = struct_fields();
    let near = nearest(&fields, name);
    let message = format!("no field `{name}` in this struct");
    Some(match did_you_mean(&near) {
        Some(question) => QueryError::hinted(message, question),
        None => QueryError::new(message),
    })
}

/// A view of the catalogue that is not there.
fn of_views(name: &str, view: &str) -> QueryError {
    let views = [
        "tables",
        "columns",
        "views",
        "schemata",
        "routines",
        "parameters",
        "df_settings",
    ];
    let views = views.map(str::to_owned);
    let all = format!("it has {}", quoted(&views));
    let hint = did_you_mean(&nearest(&views, view));
    let hint = hint.map_or(all.clone(), |q| format!("{q} {all}"));
    QueryError::hinted(format!("no table `{name}`"), hint)
}

/// The names of the fields of all structs of our tables.
fn struct_fields() -> Vec<String> {
    fn collect(fields: &Fields, names: &mut Vec<String>) {
        for field in fields {
            if let DataType::Struct(below) = field.data_type() {
                names.extend(below.iter().map(|f| f.name().clone()));
                collect(below, names);
            }
        }
    }
    let mut names = Vec::new();
    for table in LogTable::ALL {
        collect(table.schema().fields(), &mut names);
    }
    names.sort();
    names.dedup();
    names
}

/// What makes tables of its arguments.
const TABLE_FUNCTIONS: [&str; 3] = ["unnest", "generate_series", "range"];

/// A sentence of `DataFusion` as one of ours: its kind left out, no full stop,
/// and no capital but in what is quoted.
fn tidy(text: &str) -> String {
    let mut text = text.trim();
    for prefix in [
        "Error during planning: ",
        "Execution error: ",
        "Schema error: ",
        "SQL error: ",
        "sql parser error: ",
        "External error: ",
        "Cast error: ",
        "Parser error: ",
        "Compute error: ",
        "This feature is not implemented: ",
    ] {
        text = text.strip_prefix(prefix).unwrap_or(text);
    }
    let text = text.strip_suffix('.').unwrap_or(text);
    let mut letters = text.chars();
    let Some(first) = letters.next() else {
        return "the query failed".to_owned();
    };
    let rest = letters.as_str();
    // `SELECT`, not `sELECT`.
    if rest.starts_with(|c: char| c.is_lowercase() || c == ' ') {
        format!("{}{rest}", first.to_lowercase())
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests;
