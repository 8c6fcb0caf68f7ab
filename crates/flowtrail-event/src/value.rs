//! One value of one field.

/// A value as the log wrote it, borrowed from the bytes that were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// JSON `null`: present, without a value.
    Null,
    /// JSON `true` or `false`.
    Bool(bool),
    /// A JSON number, as written. Kept as text so that 64-bit identifiers and
    /// counters never pass through a float.
    Number(&'a [u8]),
    /// Text with JSON escapes already resolved; a flow-log column as written.
    /// UTF-8 unless the log was not (then invalid bytes stand as U+FFFD).
    Text(&'a [u8]),
    /// A JSON object, as written; a JSON array in a slot that
    /// [keeps arrays](crate::Projection::keep_arrays).
    Object(&'a [u8]),
    /// A JSON array without members: present, without a value.
    EmptyArray,
}

impl<'a> Value<'a> {
    /// The value as text: numbers and booleans as JSON writes them. `None` for
    /// null, objects and empty arrays.
    #[must_use]
    pub const fn text(self) -> Option<&'a [u8]> {
        match self {
            Self::Text(t) | Self::Number(t) => Some(t),
            Self::Bool(true) => Some(b"true"),
            Self::Bool(false) => Some(b"false"),
            Self::Null | Self::Object(_) | Self::EmptyArray => None,
        }
    }

    /// [`Value::text`] as a `str`; `None` also where it is not UTF-8.
    #[must_use]
    pub fn as_str(self) -> Option<&'a str> {
        std::str::from_utf8(self.text()?).ok()
    }
}

/// A range of bytes in the input that a reader holds at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// Length in bytes.
    pub len: u32,
}

impl Span {
    /// The bytes of this span in `input`; empty if it does not lie inside.
    #[must_use]
    pub fn of(self, input: &[u8]) -> &[u8] {
        let start = self.start as usize;
        input.get(start..start + self.len as usize).unwrap_or(&[])
    }
}
