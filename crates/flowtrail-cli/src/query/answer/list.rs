//! One value a line: for rows of many columns, and for plans.

use std::io;

use flowtrail_output::{Style, sanitize};
use flowtrail_table::arrow::array::RecordBatch;
use flowtrail_table::arrow::datatypes::SchemaRef;
use textwrap::core::display_width;

use super::cell::Cells;
use super::{Out, Writer};

/// Rows as blocks of `name  value`.
pub(super) struct List {
    names: Vec<String>,
    width: usize,
    style: Style,
    rows: u64,
}

impl List {
    pub(super) fn new(schema: &SchemaRef, style: Style) -> Self {
        let names = schema
            .fields()
            .iter()
            .map(|f| sanitize(f.name()).into_owned());
        let names: Vec<String> = names.collect();
        Self {
            width: names.iter().map(|n| display_width(n)).max().unwrap_or(0),
            names,
            style,
            rows: 0,
        }
    }
}

impl Writer for List {
    fn batch(&mut self, batch: &RecordBatch, out: Out<'_>) -> io::Result<()> {
        let columns: Vec<_> = batch
            .columns()
            .iter()
            .map(|c| Cells::new(c))
            .collect::<io::Result<_>>()?;
        let (bold, plain) = super::table::marks(&self.style);
        for row in 0..batch.num_rows() {
            self.rows += 1;
            writeln!(out, "{bold}-- {} --{plain}", self.rows)?;
            for (name, cells) in self.names.iter().zip(&columns) {
                let Some(value) = cells.text(row)? else {
                    continue;
                };
                let gap = " ".repeat(self.width.saturating_sub(display_width(name)));
                writeln!(out, "{bold}{name}{plain}{gap}  {}", sanitize(&value))?;
            }
        }
        Ok(())
    }

    fn flush(&mut self, _: Out<'_>) -> io::Result<()> {
        Ok(())
    }

    fn end(&mut self, _: Out<'_>) -> io::Result<()> {
        Ok(())
    }
}

/// Plans: the lines of each under its name.
#[derive(Default)]
pub(super) struct Plan {
    begun: bool,
}

impl Writer for Plan {
    fn batch(&mut self, batch: &RecordBatch, out: Out<'_>) -> io::Result<()> {
        let columns: Vec<_> = batch
            .columns()
            .iter()
            .map(|c| Cells::new(c))
            .collect::<io::Result<_>>()?;
        let [names, plans] = columns.as_slice() else {
            return Ok(());
        };
        for row in 0..batch.num_rows() {
            if std::mem::replace(&mut self.begun, true) {
                writeln!(out)?;
            }
            writeln!(out, "{}:", sanitize(&names.text(row)?.unwrap_or_default()))?;
            for line in plans.text(row)?.unwrap_or_default().lines() {
                writeln!(out, "{}", sanitize(line))?;
            }
        }
        Ok(())
    }

    fn flush(&mut self, _: Out<'_>) -> io::Result<()> {
        Ok(())
    }

    fn end(&mut self, _: Out<'_>) -> io::Result<()> {
        Ok(())
    }
}
