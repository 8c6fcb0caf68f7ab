//! The columns of a plan, bound to the slots that hold their values.

use std::sync::Arc;

use datafusion::arrow::datatypes::{FieldRef, Fields};
use flowtrail_event::{Kind, Projection, SlotId, Value};
use flowtrail_scan::Projections;

use super::cell::{Cell, Row, Scalar, Source};
use super::rest::Known;
use crate::schema::{Column, Holds, LogTable, Origin, fields_of, member_field};

/// A column whose slots are known.
#[derive(Debug, Clone)]
pub(super) enum Shape {
    Cell(Cell),
    Struct {
        /// Holds the object, if there is one.
        slot: SlotId,
        fields: Fields,
        children: Vec<Shape>,
    },
    List {
        /// Holds the array.
        slot: SlotId,
        member: FieldRef,
        fields: Fields,
        /// The keys of the fields.
        keys: Vec<String>,
    },
}

/// Gives out slots.
pub(super) struct Binder {
    pub(super) table: LogTable,
    pub(super) projections: Projections,
}

impl Binder {
    pub(super) fn new(table: LogTable) -> Self {
        Self {
            table,
            projections: Projections::default(),
        }
    }

    /// The shape of `column`, whose slots are given out.
    pub(super) fn shape(&mut self, column: &Column) -> Shape {
        let holds = match &column.holds {
            Holds::Text => Scalar::Text,
            Holds::Json => Scalar::Json,
            Holds::Int => Scalar::Int,
            Holds::BigInt => Scalar::BigInt,
            Holds::Double => Scalar::Double,
            Holds::Time => Scalar::Time,
            Holds::Day => Scalar::Day,
            Holds::Struct(fields) => {
                return Shape::Struct {
                    slot: self.slot(column.path().unwrap_or_default()),
                    fields: fields_of(fields),
                    children: fields.iter().map(|c| self.shape(c)).collect(),
                };
            }
            Holds::List(fields) => {
                return Shape::List {
                    slot: self.whole(column.path().unwrap_or_default()),
                    member: member_field(fields),
                    fields: fields_of(fields),
                    keys: fields
                        .iter()
                        .filter_map(|c| c.path().map(str::to_owned))
                        .collect(),
                };
            }
        };
        let from = match &column.origin {
            Origin::Field(path) => Source::Slot(self.whole(path)),
            Origin::Account => match self.table.kind() {
                Kind::CloudTrail => Source::Account(
                    self.whole("recipientAccountId"),
                    Some(self.whole("userIdentity.accountId")),
                ),
                Kind::Flow => Source::Account(self.whole("account-id"), None),
            },
            Origin::Region => Source::Region(match self.table.kind() {
                Kind::CloudTrail => self.whole("awsRegion"),
                Kind::Flow => self.whole("region"),
            }),
            Origin::Time => Source::Time,
            Origin::Day => Source::Day,
            Origin::ObjectName => Source::ObjectName,
            Origin::ObjectOffset => Source::ObjectOffset,
            Origin::Record => Source::Record,
            Origin::Rest => Source::Rest(Arc::new(Known::of(self.table))),
        };
        Shape::Cell(Cell { from, holds })
    }

    /// The slot of a field that a column shows: an array is one value.
    fn whole(&mut self, path: &str) -> SlotId {
        let projection = self.projection();
        let slot = projection.slot(path);
        projection.keep_arrays(slot);
        slot
    }

    fn slot(&mut self, path: &str) -> SlotId {
        self.projection().slot(path)
    }

    fn projection(&mut self) -> &mut Projection {
        match self.table.kind() {
            Kind::CloudTrail => &mut self.projections.cloudtrail,
            Kind::Flow => &mut self.projections.flow,
        }
    }
}

impl Shape {
    /// Whether a struct or a list is null in this row.
    pub(super) fn is_null(&self, row: Row<'_>) -> bool {
        match self {
            Self::Cell(cell) => cell.is_null(row, &mut Vec::new()),
            Self::Struct { slot, .. } => !matches!(row.event.first(*slot), Some(Value::Object(_))),
            Self::List { slot, .. } => !matches!(
                row.event.first(*slot),
                Some(Value::Object(json)) if json.first() == Some(&b'[')
            ),
        }
    }
}
