//! What is read of a record and what comes out of it.

use std::sync::Arc;

use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use flowtrail_scan::Projections;

use super::path::{ColumnPath, UnknownColumn};
use super::predicate::Predicate;
use crate::schema::LogTable;

/// The columns that a query wants of a table, and of which rows.
#[derive(Debug, Clone)]
pub struct RowPlan {
    table: LogTable,
    projections: Projections,
    schema: SchemaRef,
}

impl RowPlan {
    /// A plan for `columns` of `table`, in this order, of the rows that pass
    /// `predicate`. A path into a struct gives a column of its own with the type
    /// of that field; its name is the path with dots (see [`RowPlan::renamed`]).
    /// Without columns rows are counted and nothing is built.
    ///
    /// # Errors
    /// If a path leads to no column.
    pub fn new(
        table: LogTable,
        columns: &[ColumnPath],
        predicate: Option<Predicate>,
    ) -> Result<Self, UnknownColumn> {
        let _ = predicate;
        let mut fields = Vec::with_capacity(columns.len());
        for path in columns {
            let column = path.resolve(table).ok_or_else(|| UnknownColumn {
                table,
                path: path.clone(),
            })?;
            fields.push(Field::new(path.to_string(), column.data_type(), true));
        }
        Ok(Self {
            table,
            projections: Projections::default(),
            schema: Arc::new(Schema::new(fields)),
        })
    }

    /// The same plan with other names for the columns that come out; those
    /// beyond `names` keep theirs.
    #[must_use]
    pub fn renamed(mut self, names: &[String]) -> Self {
        let fields: Vec<_> = self
            .schema
            .fields()
            .iter()
            .enumerate()
            .map(|(i, field)| match names.get(i) {
                Some(name) => Arc::new(field.as_ref().clone().with_name(name)),
                None => Arc::clone(field),
            })
            .collect();
        self.schema = Arc::new(Schema::new(fields));
        self
    }

    /// The table.
    #[must_use]
    pub const fn table(&self) -> LogTable {
        self.table
    }

    /// The fields that a reader has to fill.
    #[must_use]
    pub const fn projections(&self) -> &Projections {
        &self.projections
    }

    /// The columns that come out.
    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}
