//! Inflates an object and says what it met behind and between gzip members.

use std::io::{self, BufRead, Read};

use flate2::bufread::GzDecoder;

const MAGIC: [u8; 2] = [0x1F, 0x8B];

/// What an [`Inflate`] met that plain reading does not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Met {
    /// Members behind the first one, and where (inflated) the first of them begins.
    pub(crate) members: u64,
    pub(crate) second_member_at: u64,
    /// Bytes behind the last member that are no gzip.
    pub(crate) garbage_bytes: u64,
}

enum State<R> {
    /// Boxed: it is a hundred times larger than the other states.
    Member(Box<GzDecoder<Ahead<R>>>),
    Between(Ahead<R>),
    Done,
}

/// Reads all members of a gzip stream, one after the other.
///
/// AWS writes one member. Tools that concatenate files, and Firehose, write
/// several; an attacker may append one, because readers that stop at the first
/// member do not see it. So all are read, and the further ones are reported.
pub(crate) struct Inflate<R> {
    state: State<R>,
    inflated: u64,
    pub(crate) met: Met,
}

impl<R: BufRead> Inflate<R> {
    /// `input` begins with gzip's magic bytes.
    pub(crate) fn new(input: Ahead<R>) -> Self {
        Self {
            state: State::Member(Box::new(GzDecoder::new(input))),
            inflated: 0,
            met: Met::default(),
        }
    }

    /// Behind a member: another one, garbage, or the end.
    fn next_member(&mut self, mut input: Ahead<R>) -> io::Result<()> {
        if input.is_gzip()? {
            self.met.members += 1;
            if self.met.members == 1 {
                self.met.second_member_at = self.inflated;
            }
            self.state = State::Member(Box::new(GzDecoder::new(input)));
            return Ok(());
        }
        loop {
            let len = input.fill_buf()?.len();
            if len == 0 {
                return Ok(());
            }
            self.met.garbage_bytes += len as u64;
            input.consume(len);
        }
    }
}

impl<R: BufRead> Read for Inflate<R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if room.is_empty() {
            return Ok(0);
        }
        loop {
            match std::mem::replace(&mut self.state, State::Done) {
                State::Member(mut gz) => {
                    let len = gz.read(room)?;
                    if len > 0 {
                        self.inflated += len as u64;
                        self.state = State::Member(gz);
                        return Ok(len);
                    }
                    let mut input = gz.into_inner();
                    input.forget();
                    self.state = State::Between(input);
                }
                State::Between(input) => self.next_member(input)?,
                State::Done => return Ok(0),
            }
        }
    }
}

/// An input whose first two bytes can be looked at before they are read, also
/// where they arrive one by one, as from a pipe.
pub(crate) struct Ahead<R> {
    held: [u8; 2],
    /// How many bytes were looked at, and how many of them were read since.
    len: usize,
    read: usize,
    input: R,
}

impl<R: BufRead> Ahead<R> {
    pub(crate) fn new(input: R) -> Self {
        Self {
            held: [0; 2],
            len: 0,
            read: 0,
            input,
        }
    }

    /// Makes ready to look again, at what comes next.
    fn forget(&mut self) {
        if self.read == self.len {
            (self.len, self.read) = (0, 0);
        }
    }

    /// Whether a gzip stream begins here.
    pub(crate) fn is_gzip(&mut self) -> io::Result<bool> {
        while let Some(room) = self.held.get_mut(self.len) {
            let Some(&byte) = self.input.fill_buf()?.first() else {
                break;
            };
            *room = byte;
            self.len += 1;
            self.input.consume(1);
        }
        Ok(self.len == MAGIC.len() && self.held == MAGIC)
    }

    fn held(&self) -> &[u8] {
        self.held.get(self.read..self.len).unwrap_or(&[])
    }
}

impl<R: BufRead> BufRead for Ahead<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.held().is_empty() {
            self.input.fill_buf()
        } else {
            Ok(self.held())
        }
    }

    fn consume(&mut self, len: usize) {
        if self.held().is_empty() {
            self.input.consume(len);
        } else {
            self.read = (self.read + len).min(self.len);
        }
    }
}

impl<R: BufRead> Read for Ahead<R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if self.held().is_empty() {
            return self.input.read(room);
        }
        let len = self.held().read(room)?;
        self.consume(len);
        Ok(len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn gz(text: &[u8]) -> Vec<u8> {
        let mut e = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        e.write_all(text).unwrap();
        e.finish().unwrap()
    }

    /// Reads from a buffer of the given size: what lies ahead is seen only that
    /// far.
    fn read_by(bytes: &[u8], size: usize) -> (Vec<u8>, Met, bool) {
        let mut input = Ahead::new(io::BufReader::with_capacity(size, bytes));
        assert!(input.is_gzip().unwrap());
        let mut inflate = Inflate::new(input);
        let mut out = Vec::new();
        let ok = inflate.read_to_end(&mut out).is_ok();
        (out, inflate.met, ok)
    }

    fn read(bytes: &[u8]) -> (Vec<u8>, Met, bool) {
        let whole = read_by(bytes, 4096);
        for size in 1..4 {
            assert_eq!(read_by(bytes, size), whole, "by {size}");
        }
        whole
    }

    #[test]
    fn members_and_garbage() {
        let one = gz(b"abc");
        let two = [one.clone(), gz(b"de")].concat();
        assert_eq!(read(&one), (b"abc".to_vec(), Met::default(), true));
        let (text, met, ok) = read(&two);
        assert_eq!(
            (text.as_slice(), met.members, met.second_member_at, ok),
            (&b"abcde"[..], 1, 3, true)
        );
        let (text, met, ok) = read(&[one.clone(), b"garbage".to_vec()].concat());
        assert_eq!(
            (text.as_slice(), met.garbage_bytes, ok),
            (&b"abc"[..], 7, true)
        );
        // Garbage that begins like a member, and is too short to be one.
        for garbage in [&b"\x1F"[..], b"\x1F\x1F\x8B", b"\x8B\x1F"] {
            let (text, met, ok) = read(&[one.clone(), garbage.to_vec()].concat());
            assert_eq!(
                (text.as_slice(), met.garbage_bytes, ok),
                (&b"abc"[..], garbage.len() as u64, true)
            );
        }
        let (text, _, ok) = read(&two[..two.len() - 9]);
        assert_eq!((text.starts_with(b"abc"), ok), (true, false));
    }

    #[test]
    fn looking_ahead_takes_nothing_away() {
        for text in [&b""[..], b"x", b"\x1F", b"\x1F\x8B", b"{\"a\":1}"] {
            let mut input = Ahead::new(io::BufReader::with_capacity(1, text));
            assert_eq!(input.is_gzip().unwrap(), text == MAGIC);
            let mut out = Vec::new();
            input.read_to_end(&mut out).unwrap();
            assert_eq!(out, text);
        }
    }
}
