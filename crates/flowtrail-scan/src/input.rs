//! The stored bytes of an object, buffered and counted.

use std::io::{self, BufRead, Read};

/// Bytes that are read in one go.
const READ_BYTES: usize = 256 << 10;

/// A buffered reader over room that outlives it: most objects are a few
/// kilobytes, and making room for each would cost more than reading it.
pub(crate) struct Input<'b, R> {
    input: R,
    room: &'b mut Vec<u8>,
    at: usize,
    end: usize,
    /// Bytes that came in so far.
    pub(crate) count: u64,
}

impl<'b, R: Read> Input<'b, R> {
    pub(crate) fn new(input: R, room: &'b mut Vec<u8>) -> Self {
        room.resize(READ_BYTES, 0);
        Self {
            input,
            room,
            at: 0,
            end: 0,
            count: 0,
        }
    }
}

impl<R: Read> BufRead for Input<'_, R> {
    /// A read that a signal interrupted is tried again here, because a decoder
    /// that meets one half-way does not go on.
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.at >= self.end {
            match self.input.read(self.room) {
                Ok(len) => {
                    self.at = 0;
                    self.end = len;
                    self.count += len as u64;
                    break;
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(self.room.get(self.at..self.end).unwrap_or(&[]))
    }

    fn consume(&mut self, len: usize) {
        self.at = (self.at + len).min(self.end);
    }
}

impl<R: Read> Read for Input<'_, R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let len = self.fill_buf()?.read(room)?;
        self.consume(len);
        Ok(len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_counts_everything() {
        let bytes: Vec<u8> = (0..600_000_u32).map(|i| i.to_le_bytes()[0]).collect();
        let mut room = Vec::new();
        let mut input = Input::new(bytes.as_slice(), &mut room);
        let mut out = Vec::new();
        input.read_to_end(&mut out).unwrap();
        assert_eq!(input.count, 600_000);
        assert_eq!(out, bytes);
        assert!(input.fill_buf().unwrap().is_empty());
    }
}
