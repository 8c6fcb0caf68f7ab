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
    Member(Box<GzDecoder<R>>),
    Between(R),
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
    pub(crate) fn new(input: R) -> Self {
        Self {
            state: State::Member(Box::new(GzDecoder::new(input))),
            inflated: 0,
            met: Met::default(),
        }
    }

    /// Behind a member: another one, garbage, or the end.
    fn next_member(&mut self, mut input: R) -> io::Result<()> {
        let ahead = input.fill_buf()?;
        if ahead.is_empty() {
            return Ok(());
        }
        if ahead.starts_with(&MAGIC) || ahead == [0x1F] {
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
                    self.state = State::Between(gz.into_inner());
                }
                State::Between(input) => self.next_member(input)?,
                State::Done => return Ok(0),
            }
        }
    }
}

/// Whether `first_bytes` begin a gzip stream.
pub(crate) fn is_gzip(first_bytes: &[u8]) -> bool {
    first_bytes.starts_with(&MAGIC)
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

    fn read(bytes: &[u8]) -> (Vec<u8>, Met, bool) {
        let mut inflate = Inflate::new(bytes);
        let mut out = Vec::new();
        let ok = inflate.read_to_end(&mut out).is_ok();
        (out, inflate.met, ok)
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
        let (text, _, ok) = read(&two[..two.len() - 9]);
        assert_eq!((text.starts_with(b"abc"), ok), (true, false));
    }
}
