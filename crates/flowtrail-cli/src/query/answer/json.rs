//! JSON: one array of objects, or one object a line. What a terminal would act
//! upon is escaped, which every parser turns back.

use std::io;

use flowtrail_output::write_json_line;
use flowtrail_table::arrow::array::RecordBatch;
use serde_json::{Map, Value};

use super::cell::Cells;
use super::{Out, Writer};

pub(super) struct Json {
    array: bool,
    begun: bool,
}

impl Json {
    pub(super) const fn array() -> Self {
        Self {
            array: true,
            begun: false,
        }
    }

    pub(super) const fn lines() -> Self {
        Self {
            array: false,
            begun: false,
        }
    }
}

impl Writer for Json {
    fn batch(&mut self, batch: &RecordBatch, out: Out<'_>) -> io::Result<()> {
        let schema = batch.schema();
        let columns: Vec<_> = batch
            .columns()
            .iter()
            .map(|c| Cells::new(c))
            .collect::<io::Result<_>>()?;
        for row in 0..batch.num_rows() {
            let mut object = Map::new();
            for (field, cells) in schema.fields().iter().zip(&columns) {
                object.insert(field.name().clone(), cells.json(row)?);
            }
            if self.array {
                out.write_all(if self.begun { b"," } else { b"[" })?;
            }
            self.begun = true;
            write_json_line(&Value::Object(object), out)?;
        }
        Ok(())
    }

    fn flush(&mut self, _: Out<'_>) -> io::Result<()> {
        Ok(())
    }

    fn end(&mut self, out: Out<'_>) -> io::Result<()> {
        match (self.array, self.begun) {
            (true, true) => out.write_all(b"]\n"),
            (true, false) => out.write_all(b"[]\n"),
            (false, _) => Ok(()),
        }
    }
}
