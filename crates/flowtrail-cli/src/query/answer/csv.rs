//! Rows for spreadsheets, as `flowtrail replay` writes findings: RFC 4180 with
//! LF, control characters as escapes, texts that would be formulas with a `'`
//! before them. Null is an empty cell.

use std::io;

use flowtrail_output::csv_text;
use flowtrail_table::arrow::array::RecordBatch;
use flowtrail_table::arrow::datatypes::SchemaRef;

use super::cell::{Cells, is_text};
use super::{Out, Writer};

pub(super) struct Csv {
    schema: SchemaRef,
    begun: bool,
}

impl Csv {
    pub(super) fn new(schema: &SchemaRef) -> Self {
        Self {
            schema: SchemaRef::clone(schema),
            begun: false,
        }
    }

    fn begin(&mut self, out: Out<'_>) -> io::Result<()> {
        if std::mem::replace(&mut self.begun, true) || self.schema.fields().is_empty() {
            return Ok(());
        }
        let mut row = String::new();
        for (at, field) in self.schema.fields().iter().enumerate() {
            if at > 0 {
                row.push(',');
            }
            csv_text(field.name(), &mut row);
        }
        writeln!(out, "{row}")
    }
}

impl Writer for Csv {
    fn batch(&mut self, batch: &RecordBatch, out: Out<'_>) -> io::Result<()> {
        self.begin(out)?;
        let columns: Vec<_> = batch
            .columns()
            .iter()
            .map(|c| Cells::new(c))
            .collect::<io::Result<_>>()?;
        let texts: Vec<bool> = batch
            .columns()
            .iter()
            .map(|c| is_text(c.data_type()))
            .collect();
        let mut line = String::new();
        for row in 0..batch.num_rows() {
            line.clear();
            for (at, (cells, text)) in columns.iter().zip(&texts).enumerate() {
                if at > 0 {
                    line.push(',');
                }
                match cells.text(row)? {
                    None => {}
                    Some(value) if *text => csv_text(&value, &mut line),
                    Some(value) => line.push_str(&value),
                }
            }
            // An empty line is no row to those who read it.
            if line.is_empty() && columns.len() == 1 {
                line.push_str("\"\"");
            }
            writeln!(out, "{line}")?;
        }
        Ok(())
    }

    fn flush(&mut self, out: Out<'_>) -> io::Result<()> {
        self.begin(out)
    }

    fn end(&mut self, out: Out<'_>) -> io::Result<()> {
        self.begin(out)
    }
}
