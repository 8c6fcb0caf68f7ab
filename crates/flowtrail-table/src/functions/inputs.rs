//! What a function sees of its arguments, and how it writes its answers.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayAccessor, ArrayRef, AsArray as _, BinaryArray, BooleanArray, BooleanBuilder,
    Date32Array, Float64Array, Int64Array, ListBuilder, PrimitiveArray, StringViewArray,
    StringViewBuilder, TimestampMillisecondArray,
};
use datafusion::arrow::datatypes::{
    ArrowPrimitiveType, Float64Type, Int64Type, TimestampMillisecondType,
};
use datafusion::common::Result;

/// One argument: a value for each row, or one value for all.
pub(super) struct Column {
    /// The values, in the one type of their kind.
    pub(super) array: ArrayRef,
    /// Whether it is one value for all rows.
    pub(super) constant: bool,
    /// Whether it was given as a date, before it was made a point in time.
    pub(super) was_date: bool,
}

/// The arguments of one call.
pub(super) struct Inputs<'a> {
    pub(super) columns: &'a [Column],
    pub(super) rows: usize,
}

/// The values of one argument. An argument that was left out is null in every row.
pub(super) struct Cells<'a, A> {
    array: Option<&'a A>,
    constant: bool,
}

impl<'a, A> Cells<'a, A>
where
    &'a A: ArrayAccessor,
{
    /// The value in a row; `None` where it is null.
    #[inline]
    pub(super) fn get(&self, row: usize) -> Option<<&'a A as ArrayAccessor>::Item> {
        let array = self.array?;
        let at = if self.constant { 0 } else { row };
        (at < array.len() && array.is_valid(at)).then(|| array.value(at))
    }

    /// Whether it is one value for all rows.
    pub(super) const fn is_constant(&self) -> bool {
        self.constant
    }
}

impl<'a> Inputs<'a> {
    /// Whether the argument was given.
    pub(super) const fn has(&self, ix: usize) -> bool {
        ix < self.columns.len()
    }

    /// Whether a point in time was given as a date.
    pub(super) fn was_date(&self, ix: usize) -> bool {
        self.columns.get(ix).is_some_and(|c| c.was_date)
    }

    /// The argument as it is.
    pub(super) fn column(&self, ix: usize) -> Option<&'a Column> {
        self.columns.get(ix)
    }

    fn cells<A>(&self, ix: usize, of: impl Fn(&'a dyn Array) -> Option<&'a A>) -> Cells<'a, A> {
        let column = self.columns.get(ix);
        Cells {
            array: column.and_then(|c| of(c.array.as_ref())),
            constant: column.is_none_or(|c| c.constant),
        }
    }

    /// An argument of the kind text.
    pub(super) fn text(&self, ix: usize) -> Cells<'a, StringViewArray> {
        self.cells(ix, |a| a.as_string_view_opt())
    }

    /// An argument that is a whole number.
    pub(super) fn integer(&self, ix: usize) -> Cells<'a, Int64Array> {
        self.cells(ix, |a| a.as_primitive_opt())
    }

    /// An argument that is a number.
    pub(super) fn number(&self, ix: usize) -> Cells<'a, Float64Array> {
        self.cells(ix, |a| a.as_primitive_opt())
    }

    /// An argument that is yes or no.
    pub(super) fn flag(&self, ix: usize) -> Cells<'a, BooleanArray> {
        self.cells(ix, |a| a.as_boolean_opt())
    }

    /// An argument that is bytes.
    pub(super) fn bytes(&self, ix: usize) -> Cells<'a, BinaryArray> {
        self.cells(ix, |a| a.as_binary_opt())
    }

    /// An argument that is a point in time, in milliseconds since 1970.
    pub(super) fn moment(&self, ix: usize) -> Cells<'a, TimestampMillisecondArray> {
        self.cells(ix, |a| a.as_primitive_opt::<TimestampMillisecondType>())
    }

    /// Answers with text: `write` gets the row and an empty buffer, and says
    /// whether there is an answer.
    pub(super) fn texts(
        &self,
        mut write: impl FnMut(usize, &mut String) -> Result<bool>,
    ) -> Result<ArrayRef> {
        let mut out = StringViewBuilder::with_capacity(self.rows);
        let mut text = String::new();
        for row in 0..self.rows {
            text.clear();
            if write(row, &mut text)? {
                out.append_value(&text);
            } else {
                out.append_null();
            }
        }
        Ok(Arc::new(out.finish()))
    }

    /// Answers with texts that stand somewhere already.
    pub(super) fn borrowed<'t>(
        &self,
        mut find: impl FnMut(usize) -> Result<Option<&'t str>>,
    ) -> Result<ArrayRef> {
        let mut out = StringViewBuilder::with_capacity(self.rows);
        for row in 0..self.rows {
            out.append_option(find(row)?);
        }
        Ok(Arc::new(out.finish()))
    }

    /// Answers with lists of texts.
    pub(super) fn text_lists(
        &self,
        mut write: impl FnMut(usize, &mut dyn FnMut(Option<&str>)) -> Result<bool>,
    ) -> Result<ArrayRef> {
        let mut out = ListBuilder::new(StringViewBuilder::new());
        for row in 0..self.rows {
            let is_there = write(row, &mut |text| out.values().append_option(text))?;
            out.append(is_there);
        }
        Ok(Arc::new(out.finish()))
    }

    /// Answers with yes or no.
    pub(super) fn flags(
        &self,
        mut judge: impl FnMut(usize) -> Result<Option<bool>>,
    ) -> Result<ArrayRef> {
        let mut out = BooleanBuilder::with_capacity(self.rows);
        for row in 0..self.rows {
            out.append_option(judge(row)?);
        }
        Ok(Arc::new(out.finish()))
    }

    /// Answers with numbers of an Arrow type.
    pub(super) fn values<T: ArrowPrimitiveType>(
        &self,
        mut find: impl FnMut(usize) -> Result<Option<T::Native>>,
    ) -> Result<PrimitiveArray<T>> {
        let mut out = PrimitiveArray::<T>::builder(self.rows);
        for row in 0..self.rows {
            out.append_option(find(row)?);
        }
        Ok(out.finish())
    }

    /// Answers with whole numbers.
    pub(super) fn integers(
        &self,
        find: impl FnMut(usize) -> Result<Option<i64>>,
    ) -> Result<ArrayRef> {
        Ok(Arc::new(self.values::<Int64Type>(find)?))
    }

    /// Answers with numbers.
    pub(super) fn numbers(
        &self,
        find: impl FnMut(usize) -> Result<Option<f64>>,
    ) -> Result<ArrayRef> {
        Ok(Arc::new(self.values::<Float64Type>(find)?))
    }

    /// Answers with points in time, in milliseconds since 1970.
    pub(super) fn moments(
        &self,
        find: impl FnMut(usize) -> Result<Option<i64>>,
    ) -> Result<ArrayRef> {
        let times = self.values::<TimestampMillisecondType>(find)?;
        Ok(Arc::new(times.with_timezone("UTC")))
    }

    /// Answers with days since 1970.
    pub(super) fn dates(&self, find: impl FnMut(usize) -> Result<Option<i32>>) -> Result<ArrayRef> {
        let days: Date32Array = self.values(find)?;
        Ok(Arc::new(days))
    }
}

/// What was made of a pattern, kept as long as rows have the same: a constant
/// pattern is compiled once for a batch.
pub(super) struct Memo<T> {
    last: Option<(String, T)>,
}

impl<T> Memo<T> {
    pub(super) const fn new() -> Self {
        Self { last: None }
    }

    /// What `make` makes of the text.
    pub(super) fn get(
        &mut self,
        text: &str,
        make: impl FnOnce(&str) -> Result<T>,
    ) -> Result<&mut T> {
        let kept = match self.last.take() {
            Some((key, value)) if key == text => (key, value),
            Some(_) | None => (text.to_owned(), make(text)?),
        };
        Ok(&mut self.last.insert(kept).1)
    }
}
