//! The columns of a compacted file that say where its rows came from.

use ::parquet::file::metadata::ParquetMetaData;
use arrow_schema::Schema;
use flowtrail_event::Location;
use flowtrail_event::compacted::{COLUMNS, TABLE_KEY};

use super::cells::Cells;
use super::file::Side;
use crate::fields::{Form, field};

/// Columns that every row needs: object, offset, length.
const NARROW: usize = 3;
/// Their forms, then those of the columns that a whole record needs.
const FORMS: [Form; COLUMNS.len()] = [Form::Text, Form::Int, Form::Int, Form::Text, Form::Text];

/// Where they are in the file, and behind how many others on each side.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    roots: [usize; COLUMNS.len()],
    narrow: usize,
    wide: usize,
}

impl Origin {
    /// The columns, if the file is a compacted one: it says so, and they stand
    /// in their order behind all fields.
    pub(super) fn find(metadata: &ParquetMetaData, schema: &Schema) -> Option<Self> {
        let known = metadata.file_metadata().key_value_metadata()?;
        known.iter().find(|entry| entry.key == TABLE_KEY)?;
        let mut roots = [0; COLUMNS.len()];
        for (root, name) in roots.iter_mut().zip(COLUMNS) {
            *root = schema.index_of(name).ok()?;
        }
        let mut fields = schema.fields().iter().enumerate();
        let last = fields.rfind(|(_, c)| field(c.name()).is_some());
        let behind = roots.first() > last.map(|(root, _)| root).as_ref();
        (behind && roots.is_sorted()).then_some(Self {
            roots,
            narrow: 0,
            wide: 0,
        })
    }

    /// Takes down behind which cells its own are.
    pub(super) fn stands_behind(&mut self, places: &[(Side, usize)]) {
        self.narrow = places.iter().filter(|p| p.0 == Side::Narrow).count();
        self.wide = places.len() - self.narrow;
    }

    /// Its columns on one side.
    pub(super) fn roots(&self, side: Side) -> &[usize] {
        let (narrow, wide) = self.roots.split_at(NARROW);
        match side {
            Side::Narrow => narrow,
            Side::Wide => wide,
        }
    }

    /// How they are read.
    pub(super) fn forms(&self, side: Side) -> &'static [Form] {
        let (narrow, wide) = FORMS.split_at(NARROW);
        match side {
            Side::Narrow => narrow,
            Side::Wide => wide,
        }
    }

    /// Where a row first lay, and in which object.
    pub(super) fn place<'c>(&self, narrow: &'c [Cells], row: usize) -> Option<(Location, &'c str)> {
        let name = narrow.get(self.narrow)?.bytes(row)?;
        let location = Location {
            offset: narrow.get(self.narrow + 1)?.count(row)?,
            len: narrow.get(self.narrow + 2)?.count(row)?,
        };
        Some((location, std::str::from_utf8(name).ok()?))
    }

    /// The names of the fields that a row has, in its order.
    pub(super) fn fields<'c>(
        &self,
        wide: &'c [Cells],
        row: usize,
    ) -> Option<impl Iterator<Item = &'c str> + use<'c>> {
        let names = wide.get(self.wide)?.bytes(row)?;
        Some(std::str::from_utf8(names).ok()?.split(' '))
    }

    /// The record as it was, where the columns do not give it.
    pub(super) fn record<'c>(&self, wide: &'c [Cells], row: usize) -> Option<&'c [u8]> {
        wide.get(self.wide + 1)?.bytes(row)
    }
}
