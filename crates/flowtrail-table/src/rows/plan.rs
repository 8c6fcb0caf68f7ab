//! What is read of a record and what comes out of it.

use std::sync::Arc;

use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use flowtrail_scan::Projections;

use super::path::{ColumnPath, UnknownColumn};
use super::predicate::{Predicate, Test};
use super::shape::{Binder, Shape};
use crate::schema::LogTable;

/// A test that is added to a plan while its rows are made.
#[derive(Debug, Clone)]
pub(crate) struct Narrowing(pub(super) Arc<Test>);

/// The columns that a query wants of a table, and of which rows.
#[derive(Debug, Clone)]
pub struct RowPlan {
    table: LogTable,
    projections: Arc<Projections>,
    schema: SchemaRef,
    shapes: Arc<[Shape]>,
    test: Option<Arc<Test>>,
}

impl RowPlan {
    /// A plan for `columns` of `table`, in this order, of the rows that pass
    /// `predicate`, which has to be compiled for the same table. A path into a
    /// struct gives a column of its own with the type of that field; its name is
    /// the path with dots (see [`RowPlan::renamed`]). Without columns rows are
    /// counted and nothing is built.
    ///
    /// # Errors
    /// If a path leads to no column.
    pub fn new(
        table: LogTable,
        columns: &[ColumnPath],
        predicate: Option<Predicate>,
    ) -> Result<Self, UnknownColumn> {
        let mut binder = Binder::new(table);
        let test = predicate.map(|p| Arc::new(p.bind(&mut binder)));
        let mut fields = Vec::with_capacity(columns.len());
        let mut shapes = Vec::with_capacity(columns.len());
        for path in columns {
            let column = path.resolve(table).ok_or_else(|| UnknownColumn {
                table,
                path: path.clone(),
            })?;
            fields.push(Field::new(path.to_string(), column.data_type(), true));
            shapes.push(binder.shape(column));
        }
        Ok(Self {
            table,
            projections: Arc::new(binder.projections),
            schema: Arc::new(Schema::new(fields)),
            shapes: shapes.into(),
            test,
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
    pub fn projections(&self) -> &Projections {
        &self.projections
    }

    /// The columns that come out.
    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// A test of `predicate` over the fields that are read anyhow; `None` if it
    /// looks at others.
    pub(crate) fn narrowing(&self, predicate: &Predicate) -> Option<Narrowing> {
        let mut binder = Binder {
            table: self.table,
            projections: self.projections.as_ref().clone(),
        };
        let slots = |p: &Projections| (p.cloudtrail.len(), p.flow.len());
        let test = predicate.bind(&mut binder);
        let is_read = slots(&binder.projections) == slots(&self.projections);
        is_read.then(|| Narrowing(Arc::new(test)))
    }

    pub(super) fn shapes(&self) -> &[Shape] {
        &self.shapes
    }

    pub(super) fn test(&self) -> Option<Arc<Test>> {
        self.test.clone()
    }
}
