//! Columns for a terminal.
//!
//! The first rows are kept until their widths are known; what follows is written
//! as it comes. On a terminal a table takes the width that there is: long values
//! are cut, and if there are too many columns even for that, each row becomes a
//! list. Elsewhere nothing is cut.

use std::io;

use flowtrail_output::{Style, sanitize, shown};
use flowtrail_table::arrow::array::RecordBatch;
use flowtrail_table::arrow::datatypes::SchemaRef;
use textwrap::core::display_width;

use super::cell::{Cells, is_number};
use super::list::List;
use super::{Out, Writer};

/// Rows that are looked at for the widths of columns.
const ROWS_KEPT_MAX: usize = 1000;
/// Between two columns.
const GAP: &str = "  ";
/// Narrower than this a cut value says nothing.
const COLUMN_MIN: usize = 12;
/// What stands for no value.
const NULL: &str = "null";

pub(super) struct Table {
    schema: SchemaRef,
    style: Style,
    kept: Vec<RecordBatch>,
    rows_kept: usize,
    layout: Option<Layout>,
}

enum Layout {
    Columns(Vec<Column>),
    /// There are too many of them.
    List(List),
}

struct Column {
    width: usize,
    right: bool,
}

impl Table {
    pub(super) fn new(schema: &SchemaRef, style: Style) -> Self {
        Self {
            schema: SchemaRef::clone(schema),
            style,
            kept: Vec::new(),
            rows_kept: 0,
            layout: None,
        }
    }

    /// Settles the widths by what was kept, and writes it.
    fn settle(&mut self, out: Out<'_>) -> io::Result<()> {
        if self.layout.is_none() {
            let kept = std::mem::take(&mut self.kept);
            let texts: Vec<Texts> = kept.iter().map(texts).collect::<io::Result<_>>()?;
            self.layout = Some(self.layout(&texts));
            self.head(out)?;
            for (batch, texts) in kept.iter().zip(&texts) {
                self.rows(batch, texts, out)?;
            }
        }
        Ok(())
    }

    fn layout(&self, batches: &[Texts]) -> Layout {
        let fields = self.schema.fields().iter().enumerate();
        let widest = fields.clone().map(|(at, field)| {
            let cells = batches.iter().filter_map(|b| b.get(at)).flatten();
            let widths = cells.map(|cell| display_width(cell));
            widths
                .chain([display_width(&sanitize(field.name()))])
                .max()
                .unwrap_or(0)
        });
        let widest: Vec<usize> = widest.collect();
        let Some(widths) = fitted(widest, self.style.width) else {
            return Layout::List(List::new(&self.schema, self.style));
        };
        let columns = fields.zip(widths).map(|((_, field), width)| Column {
            width,
            right: is_number(field.data_type()),
        });
        Layout::Columns(columns.collect())
    }

    fn head(&self, out: Out<'_>) -> io::Result<()> {
        let Some(Layout::Columns(columns)) = &self.layout else {
            return Ok(());
        };
        if columns.is_empty() {
            return Ok(());
        }
        let (bold, plain) = marks(&self.style);
        let names = self
            .schema
            .fields()
            .iter()
            .map(|f| sanitize(f.name()).into_owned());
        let names: Vec<String> = names.collect();
        writeln!(out, "{bold}{}{plain}", line(columns, names.iter()))?;
        let rules = columns.iter().map(|c| "-".repeat(c.width));
        writeln!(out, "{}", rules.collect::<Vec<_>>().join(GAP))
    }

    fn rows(&mut self, batch: &RecordBatch, texts: &Texts, out: Out<'_>) -> io::Result<()> {
        match &mut self.layout {
            Some(Layout::List(list)) => list.batch(batch, out),
            Some(Layout::Columns(columns)) if !columns.is_empty() => {
                for row in 0..batch.num_rows() {
                    let cells = texts.iter().filter_map(|column| column.get(row));
                    writeln!(out, "{}", line(columns, cells))?;
                }
                Ok(())
            }
            Some(Layout::Columns(_)) | None => Ok(()),
        }
    }
}

/// The cells of a batch, column by column, safe for a terminal.
type Texts = Vec<Vec<String>>;

fn texts(batch: &RecordBatch) -> io::Result<Texts> {
    let column = |array| {
        let cells = Cells::new(array)?;
        let cell = |row| {
            let text = cells.text(row)?;
            Ok(text.map_or_else(|| NULL.to_owned(), |t| sanitize(&t).into_owned()))
        };
        (0..batch.num_rows()).map(cell).collect()
    };
    batch.columns().iter().map(|array| column(array)).collect()
}

/// A row on one line, without blanks at its end.
fn line<'c>(columns: &[Column], cells: impl Iterator<Item = &'c String>) -> String {
    let mut line = String::new();
    for (at, (column, cell)) in columns.iter().zip(cells).enumerate() {
        if at > 0 {
            line.push_str(GAP);
        }
        let cell = shown(cell, column.width);
        let gap = " ".repeat(column.width.saturating_sub(display_width(&cell)));
        if column.right {
            line.push_str(&gap);
            line.push_str(&cell);
        } else {
            line.push_str(&cell);
            line.push_str(&gap);
        }
    }
    line.truncate(line.trim_end().len());
    line
}

/// Widths that fit into that of the terminal, the widest column cut first;
/// `None` if not even narrow ones do.
fn fitted(mut widths: Vec<usize>, terminal: Option<usize>) -> Option<Vec<usize>> {
    let Some(terminal) = terminal else {
        return Some(widths);
    };
    let gaps = GAP.len() * widths.len().saturating_sub(1);
    let room = terminal.saturating_sub(gaps);
    let least: usize = widths.iter().map(|w| *w.min(&COLUMN_MIN)).sum();
    if least > room {
        return None;
    }
    loop {
        let sum: usize = widths.iter().sum();
        let Some(excess) = sum.checked_sub(room).filter(|e| *e > 0) else {
            return Some(widths);
        };
        let widest = widths.iter().copied().max().unwrap_or(0);
        let next = widths
            .iter()
            .copied()
            .filter(|w| *w < widest)
            .max()
            .unwrap_or(0);
        let peers = widths.iter().filter(|w| **w == widest).count().max(1);
        // Down to the next widest, or by what is too much, whichever is less.
        let cut = (widest - next.max(COLUMN_MIN)).min(excess.div_ceil(peers));
        let mut left = excess;
        for width in widths.iter_mut().filter(|w| **w == widest) {
            let cut = cut.min(left).max(usize::from(left > 0));
            *width -= cut;
            left -= cut;
        }
    }
}

/// What makes text bold on a terminal, and what ends it.
pub(in crate::query) const fn marks(style: &Style) -> (&'static str, &'static str) {
    if style.colour {
        ("\x1b[1m", "\x1b[0m")
    } else {
        ("", "")
    }
}

impl Writer for Table {
    fn batch(&mut self, batch: &RecordBatch, out: Out<'_>) -> io::Result<()> {
        if self.layout.is_some() {
            let texts = texts(batch)?;
            return self.rows(batch, &texts, out);
        }
        self.kept.push(batch.clone());
        self.rows_kept += batch.num_rows();
        if self.rows_kept >= ROWS_KEPT_MAX {
            self.settle(out)?;
        }
        Ok(())
    }

    fn flush(&mut self, out: Out<'_>) -> io::Result<()> {
        self.settle(out)
    }

    fn end(&mut self, out: Out<'_>) -> io::Result<()> {
        self.settle(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn widths_are_cut_where_it_hurts_least() {
        assert_eq!(fitted(vec![5, 100], None), Some(vec![5, 100]));
        assert_eq!(fitted(vec![5, 20], Some(80)), Some(vec![5, 20]));
        assert_eq!(fitted(vec![5, 100], Some(50)), Some(vec![5, 43]));
        assert_eq!(fitted(vec![100, 60, 5], Some(80)), Some(vec![35, 36, 5]));
        assert_eq!(fitted(vec![50; 10], Some(80)), None);
        assert_eq!(fitted(vec![], Some(80)), Some(vec![]));
    }

    proptest! {
        #[test]
        fn a_fitted_table_fits(widths in prop::collection::vec(0_usize..300, 0..12), terminal in 1_usize..200) {
            let gaps = GAP.len() * widths.len().saturating_sub(1);
            match fitted(widths.clone(), Some(terminal)) {
                None => prop_assert!(widths.iter().map(|w| *w.min(&COLUMN_MIN)).sum::<usize>() + gaps > terminal.max(gaps)),
                Some(cut) => {
                    prop_assert!(cut.iter().sum::<usize>() <= terminal.saturating_sub(gaps));
                    for (cut, was) in cut.iter().zip(&widths) {
                        prop_assert!(cut <= was && *cut >= *was.min(&COLUMN_MIN));
                    }
                }
            }
        }
    }
}
