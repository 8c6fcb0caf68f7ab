//! The tables beside those of logs.

use datafusion::arrow::datatypes::{DataType, Field, SchemaRef};

use crate::cells::COMMENT;
use crate::findings::FindingsProvider;
use crate::rules::RulesProvider;
use crate::scan::ObjectsProvider;
use crate::{findings, rules, scan};

/// A table that is no log: what was read, what was found, what is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherTable {
    /// The objects of the logs, with their accounts.
    Objects,
    /// What the rules find in the logs.
    Findings,
    /// The rules.
    Rules,
}

/// A column of one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherColumn {
    /// Its name.
    pub name: String,
    /// Its type, as [`Column::sql_type`](crate::Column::sql_type) writes those
    /// of logs.
    pub sql_type: &'static str,
    /// What it says.
    pub doc: String,
}

impl OtherTable {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Objects, Self::Findings, Self::Rules];

    /// The table of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.name() == name)
    }

    /// Its name in SQL.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Objects => ObjectsProvider::NAME,
            Self::Findings => FindingsProvider::NAME,
            Self::Rules => RulesProvider::NAME,
        }
    }

    /// What a row is, in a sentence.
    #[must_use]
    pub const fn doc(self) -> &'static str {
        match self {
            Self::Objects => {
                "One row for each object of the logs: what was read, and what could not be"
            }
            Self::Findings => "One row for each finding of the rules in the logs",
            Self::Rules => "One row for each rule and correlation that raises findings",
        }
    }

    /// Whether its rows come from the logs.
    #[must_use]
    pub const fn reads_logs(self) -> bool {
        match self {
            Self::Objects | Self::Findings => true,
            Self::Rules => false,
        }
    }

    fn schema(self) -> SchemaRef {
        match self {
            Self::Objects => scan::objects_schema(),
            Self::Findings => findings::schema(),
            Self::Rules => rules::schema(),
        }
    }

    /// Its columns.
    #[must_use]
    pub fn columns(self) -> Vec<OtherColumn> {
        let column = |f: &std::sync::Arc<Field>| OtherColumn {
            name: f.name().clone(),
            sql_type: sql_type(f.data_type()),
            doc: f.metadata().get(COMMENT).cloned().unwrap_or_default(),
        };
        self.schema().fields().iter().map(column).collect()
    }
}

fn sql_type(data_type: &DataType) -> &'static str {
    if data_type.is_integer() {
        "bigint"
    } else if data_type.is_floating() {
        "double"
    } else if *data_type == DataType::Date32 {
        "date"
    } else if data_type.is_temporal() {
        "timestamp"
    } else if data_type.is_list() {
        "array<string>"
    } else if *data_type == DataType::Boolean {
        "boolean"
    } else {
        "string"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_of_every_table_says_what_it_is() {
        for table in OtherTable::ALL {
            assert_eq!(OtherTable::from_name(table.name()), Some(table));
            let columns = table.columns();
            assert!(columns.len() > 10);
            for (at, column) in columns.iter().enumerate() {
                let name = &column.name;
                assert!(
                    !column.doc.is_empty() && !column.doc.ends_with('.'),
                    "{name}"
                );
                let first = columns.iter().position(|c| c.name == *name);
                assert_eq!(first, Some(at), "{name}");
            }
        }
        let types = |table: OtherTable| {
            let columns = table.columns().into_iter();
            columns
                .map(|c| c.sql_type)
                .collect::<std::collections::BTreeSet<_>>()
        };
        assert!(types(OtherTable::Objects).contains("date"));
        assert!(types(OtherTable::Findings).contains("double"));
        assert!(types(OtherTable::Rules).contains("boolean"));
    }
}
