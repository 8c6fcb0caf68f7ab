//! The columns that only a whole record needs, decoded when one is asked for.

use std::cell::RefCell;

use ::parquet::file::reader::ChunkReader;

use super::ParquetFault;
use super::cells::Cells;
use super::file::{Batch, Batches, File, Side};

/// A second reader over the same file. It stands still until somebody asks for
/// a whole record and then only moves forward, so at worst the file is decoded
/// once as a whole.
pub(super) struct Whole<'f, R> {
    file: &'f File<R>,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    batches: Option<Batches>,
    batch: Option<Batch>,
    fault: Option<ParquetFault>,
}

impl<'f, R: ChunkReader + 'static> Whole<'f, R> {
    pub(super) fn new(file: &'f File<R>) -> Self {
        Self {
            file,
            state: RefCell::default(),
        }
    }

    /// Calls `show` with the columns of [`Side::Wide`] and the place of `row` in
    /// them; without columns if there are none or if they are damaged.
    pub(super) fn with(&self, row: u64, show: impl FnOnce(&[Cells], usize)) {
        let places = &self.file.places;
        if self.file.origin.is_none() && places.iter().all(|(side, _)| *side == Side::Narrow) {
            return show(&[], 0);
        }
        // Nobody else borrows: `show` writes JSON and cannot come back here.
        let Ok(mut state) = self.state.try_borrow_mut() else {
            return show(&[], 0);
        };
        match state.forward_to(self.file, row) {
            Ok((cells, at)) => show(cells, at),
            Err(fault) => {
                state.fault = Some(fault);
                show(&[], 0);
            }
        }
    }

    /// What went wrong since the last call.
    pub(super) fn take_fault(&self) -> Option<ParquetFault> {
        self.state.try_borrow_mut().ok()?.fault.take()
    }
}

impl State {
    fn forward_to<R: ChunkReader + 'static>(
        &mut self,
        file: &File<R>,
        row: u64,
    ) -> Result<(&[Cells], usize), ParquetFault> {
        while self.batch.as_ref().and_then(|b| b.place(row)).is_none() {
            let mut batches = match self.batches.take() {
                Some(batches) => batches,
                None => file.batches(Side::Wide, row)?,
            };
            let Some(next) = batches.next()? else {
                return Err(file.ends_early(row));
            };
            self.batches = Some(batches);
            self.batch = Some(next);
        }
        let batch = self.batch.as_ref();
        let found = batch.and_then(|b| Some((b.cells.as_slice(), b.place(row)?)));
        found.ok_or_else(|| file.ends_early(row))
    }
}
