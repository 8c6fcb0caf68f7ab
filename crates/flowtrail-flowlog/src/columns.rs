//! Splits a line into its columns, eight bytes at a time.

use flowtrail_event::Span;

use crate::format::COLUMNS_MAX;

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = ONES * 0x80;

/// The columns of one line; reused from line to line.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    spans: Vec<Span>,
    count: usize,
    /// First byte of the column that is open.
    begin: u32,
    control: bool,
    ascii: bool,
}

impl Columns {
    /// Splits `line` at blanks and tabs; several in a row are one separator.
    /// A line is shorter than 4 GiB, which the reader sees to.
    pub(crate) fn split(&mut self, line: &[u8]) {
        self.spans.clear();
        self.count = 0;
        self.begin = 0;
        self.control = false;
        let (words, tail) = line.as_chunks::<8>();
        let mut at = 0_u32;
        let mut all = 0_u64;
        for word in words {
            all |= u64::from_le_bytes(*word);
            self.word(word, at);
            at = at.saturating_add(8);
        }
        // The padding is neither a separator nor beyond ASCII.
        let mut last = [b'.'; 8];
        for (to, from) in last.iter_mut().zip(tail) {
            *to = *from;
        }
        all |= u64::from_le_bytes(last);
        self.word(&last, at);
        self.close(u32::try_from(line.len()).unwrap_or(u32::MAX));
        self.ascii = all & HIGH == 0;
    }

    /// Meets every byte of `word` up to the blank (0x20) and ends a column
    /// there. The sum carries out of no byte, so the mask is exact.
    #[inline]
    fn word(&mut self, word: &[u8; 8], at: u32) {
        let bits = u64::from_le_bytes(*word);
        let mut low = !(((bits & !HIGH) + ONES * (0x80 - 0x21)) | bits) & HIGH;
        while low != 0 {
            let i = low.trailing_zeros() / 8;
            if !matches!(word.get(i as usize), Some(b' ' | b'\t')) {
                self.control = true;
            }
            self.close(at.saturating_add(i));
            low &= low - 1;
        }
    }

    #[inline]
    fn close(&mut self, end: u32) {
        if end > self.begin {
            if self.count < COLUMNS_MAX {
                self.spans.push(Span {
                    start: self.begin,
                    len: end - self.begin,
                });
            }
            self.count += 1;
        }
        self.begin = end.saturating_add(1);
    }

    /// How many columns the line has, those beyond [`COLUMNS_MAX`] included.
    pub(crate) const fn count(&self) -> usize {
        self.count
    }

    /// Whether a control character stands in the line: it is no text.
    pub(crate) const fn has_control(&self) -> bool {
        self.control
    }

    /// Whether every byte is ASCII.
    pub(crate) const fn is_ascii(&self) -> bool {
        self.ascii
    }

    /// Where column `n` lies; `None` beyond the last one.
    #[inline]
    pub(crate) fn span(&self, n: usize) -> Option<Span> {
        self.spans.get(n).copied()
    }

    /// The bytes of column `n` of `line`; empty beyond the last one.
    #[inline]
    pub(crate) fn of<'a>(&self, n: usize, line: &'a [u8]) -> &'a [u8] {
        self.span(n).map_or(&[], |s| s.of(line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn split(line: &[u8]) -> (Vec<Vec<u8>>, Columns) {
        let mut c = Columns::default();
        c.split(line);
        let all = (0..c.count()).map(|n| c.of(n, line).to_vec()).collect();
        (all, c)
    }

    #[test]
    fn blanks_and_tabs_separate() {
        let (cols, c) = split(b"  2 123456789012\t\teni-1  - ");
        assert_eq!(cols, [&b"2"[..], b"123456789012", b"eni-1", b"-"]);
        assert!(!c.has_control() && c.is_ascii());
        assert_eq!(split(b"").0.len(), 0);
        assert_eq!(split(b" \t ").0.len(), 0);
    }

    #[test]
    fn control_characters_and_high_bytes_are_noticed_anywhere() {
        for at in 0..20 {
            let mut line = vec![b'a'; 20];
            line[at] = 0;
            assert!(split(&line).1.has_control(), "{at}");
            line[at] = 0xff;
            let c = split(&line).1;
            assert!(!c.has_control() && !c.is_ascii() && c.count() == 1, "{at}");
        }
    }

    #[test]
    fn columns_beyond_the_limit_are_counted_only() {
        let c = split(&b"a ".repeat(COLUMNS_MAX + 5)).1;
        assert_eq!(c.count(), COLUMNS_MAX + 5);
        assert!(c.span(COLUMNS_MAX - 1).is_some() && c.span(COLUMNS_MAX).is_none());
    }

    proptest! {
        #[test]
        fn splits_as_the_standard_library_does(line in "[ \tab\u{e9}\u{7f}!-]{0,64}") {
            let expected: Vec<_> = line
                .split([' ', '\t'])
                .filter(|t| !t.is_empty())
                .map(|t| t.as_bytes().to_vec())
                .collect();
            let (cols, c) = split(line.as_bytes());
            prop_assert_eq!(cols, expected);
            prop_assert_eq!(c.is_ascii(), line.is_ascii());
            prop_assert!(!c.has_control());
        }
    }
}
