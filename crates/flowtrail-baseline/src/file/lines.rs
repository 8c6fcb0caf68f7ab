//! Rows as lines of JSON, deflated.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A byte inflates to no more than this: so the format has it.
const INFLATED_MAX: u64 = 1032;

/// The bytes of a part and how many entries they are.
pub(super) type Written = (Vec<u8>, usize);

/// Deflates a line for each row.
pub(super) fn write<T: Serialize>(rows: impl Iterator<Item = T>) -> Written {
    let mut out = DeflateEncoder::new(Vec::new(), Compression::default());
    let mut n = 0;
    for row in rows {
        // Into memory, and of types that are always JSON.
        let _ = serde_json::to_writer(&mut out, &row);
        let _ = out.write_all(b"\n");
        n += 1;
    }
    (out.finish().unwrap_or_default(), n)
}

/// Inflates rows, of which there must be so many. One line is held at a time.
pub(super) fn read<T: DeserializeOwned>(deflated: &[u8], entries: u64) -> Option<Vec<T>> {
    let max = (deflated.len() as u64).saturating_mul(INFLATED_MAX);
    let mut lines = BufReader::new(DeflateDecoder::new(deflated).take(max));
    let (mut line, mut rows) = (Vec::new(), Vec::new());
    while lines.read_until(b'\n', &mut line).ok()? > 0 {
        if rows.len() as u64 == entries {
            return None;
        }
        rows.push(serde_json::from_slice(&line).ok()?);
        line.clear();
    }
    (rows.len() as u64 == entries).then_some(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_that_are_alike_come_back() {
        let rows: Vec<(String, u32)> = (0..2000).map(|n| ("a".repeat(5000), n)).collect();
        let (bytes, n) = write(rows.iter());
        assert!(bytes.len() * 200 < rows.len() * 5000);
        assert_eq!(read::<(String, u32)>(&bytes, n as u64), Some(rows));
    }

    #[test]
    fn rows_are_as_many_as_was_said() {
        let (bytes, _) = write([1, 2, 3].into_iter());
        assert_eq!(read::<u32>(&bytes, 3), Some(vec![1, 2, 3]));
        for other in [0, 2, 4, u64::MAX] {
            assert_eq!(read::<u32>(&bytes, other), None);
        }
        assert_eq!(read::<String>(&bytes, 3), None);
        assert_eq!(read::<u32>(b"no deflate", 3), None);
    }
}
