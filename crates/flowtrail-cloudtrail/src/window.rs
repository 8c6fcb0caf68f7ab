//! The bytes that the reader holds: what came in and is not read yet.

/// Room that is offered for each fill. Large enough to amortise the call, small
/// enough to stay in the second-level cache.
const FILL_BYTES: usize = 256 << 10;

/// A sliding window over the object. It is moved to the front, or grown, only
/// when a record does not end inside it.
#[derive(Debug)]
pub(crate) struct Window {
    buf: Vec<u8>,
    begin: usize,
    end: usize,
    /// Offset in the object of `buf[0]`.
    base: u64,
}

impl Window {
    pub(crate) fn new() -> Self {
        Self {
            buf: Vec::new(),
            begin: 0,
            end: 0,
            base: 0,
        }
    }

    /// Forgets the object; keeps the room.
    pub(crate) fn reset(&mut self) {
        self.begin = 0;
        self.end = 0;
        self.base = 0;
    }

    /// What is held, with the position at which reading goes on.
    pub(crate) fn held(&self) -> (&[u8], usize) {
        (self.buf.get(..self.end).unwrap_or(&[]), self.begin)
    }

    /// Number of bytes not read yet.
    pub(crate) fn len(&self) -> usize {
        self.end - self.begin
    }

    /// Offset in the object of position `pos`.
    pub(crate) fn offset_of(&self, pos: usize) -> u64 {
        self.base + pos as u64
    }

    /// Goes on reading at `pos`.
    pub(crate) fn read_to(&mut self, pos: usize) {
        self.begin = pos.min(self.end);
    }

    /// Room for at least some more bytes, behind what is held.
    pub(crate) fn room(&mut self) -> &mut [u8] {
        if self.begin == self.end {
            self.base += self.begin as u64;
            self.begin = 0;
            self.end = 0;
        } else if self.buf.len() - self.end < FILL_BYTES / 4 && self.begin > 0 {
            self.buf.copy_within(self.begin..self.end, 0);
            self.base += self.begin as u64;
            self.end -= self.begin;
            self.begin = 0;
        }
        if self.buf.len() - self.end < FILL_BYTES / 4 {
            let grown = (self.buf.len() * 2).max(FILL_BYTES);
            self.buf.resize(grown, 0);
        }
        self.buf.get_mut(self.end..).unwrap_or(&mut [])
    }

    /// `len` bytes of the room were filled.
    pub(crate) fn filled(&mut self, len: usize) {
        self.end = (self.end + len).min(self.buf.len());
    }
}
