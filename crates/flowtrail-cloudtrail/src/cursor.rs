//! A strict, allocation-free walk over JSON text that may not be complete yet.
//!
//! The grammar is checked everywhere, also in values that nobody wants: a
//! lenient skip would follow a lost quote through many records and swallow
//! them, and nothing must be lost.

/// Why a walk could not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The text ends here; more may come.
    More,
    /// Not JSON.
    Bad,
    /// Nested deeper than the limit.
    Deep,
}

pub(crate) type Walk<T> = Result<T, Stop>;

/// A string as it stands in the text: between its quotes, escapes unresolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quoted {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) escaped: bool,
}

/// Oddities met on the way that do not make the text wrong.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Odd {
    pub(crate) lone_surrogate: bool,
    pub(crate) number: bool,
}

/// A position in JSON text.
pub(crate) struct Cursor<'a> {
    pub(crate) text: &'a [u8],
    pub(crate) pos: usize,
    pub(crate) odd: Odd,
}

/// Deepest nesting that [`Cursor::skip_value`] can hold in its bit stack.
const STACK_MAX: u32 = 127;

impl<'a> Cursor<'a> {
    pub(crate) fn new(text: &'a [u8], pos: usize) -> Self {
        Self {
            text,
            pos,
            odd: Odd::default(),
        }
    }

    /// The next byte that is not white space, without passing it.
    #[inline]
    pub(crate) fn peek(&mut self) -> Walk<u8> {
        loop {
            match self.text.get(self.pos) {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.pos += 1,
                Some(&b) => return Ok(b),
                None => return Err(Stop::More),
            }
        }
    }

    /// Passes `byte`, which must come next.
    #[inline]
    pub(crate) fn expect(&mut self, byte: u8) -> Walk<()> {
        if self.peek()? == byte {
            self.pos += 1;
            Ok(())
        } else {
            Err(Stop::Bad)
        }
    }

    /// Passes a string, which must come next.
    #[inline]
    pub(crate) fn string(&mut self) -> Walk<Quoted> {
        self.expect(b'"')?;
        self.string_rest()
    }

    /// Passes a string whose opening quote has been passed.
    #[inline]
    fn string_rest(&mut self) -> Walk<Quoted> {
        let start = self.pos;
        let mut escaped = false;
        loop {
            self.pos = plain_end(self.text, self.pos);
            match self.text.get(self.pos) {
                Some(b'"') => {
                    let end = self.pos;
                    self.pos += 1;
                    return Ok(Quoted {
                        start,
                        end,
                        escaped,
                    });
                }
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                Some(_) => return Err(Stop::Bad),
                None => return Err(Stop::More),
            }
        }
    }

    /// Passes one escape sequence, beginning at its backslash.
    fn escape(&mut self) -> Walk<()> {
        match self.text.get(self.pos + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.pos += 2;
                Ok(())
            }
            Some(b'u') => self.unicode_escape(),
            Some(_) => Err(Stop::Bad),
            None => Err(Stop::More),
        }
    }

    fn unicode_escape(&mut self) -> Walk<()> {
        let unit = self.hex4(self.pos + 2)?;
        self.pos += 6;
        match unit {
            0xD800..=0xDBFF => self.low_surrogate(),
            0xDC00..=0xDFFF => {
                self.odd.lone_surrogate = true;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// After a high surrogate: passes the low one, or notes that it is missing.
    fn low_surrogate(&mut self) -> Walk<()> {
        match (self.text.get(self.pos), self.text.get(self.pos + 1)) {
            (None, _) | (Some(b'\\'), None) => Err(Stop::More),
            (Some(b'\\'), Some(b'u')) => {
                let unit = self.hex4(self.pos + 2)?;
                if (0xDC00..=0xDFFF).contains(&unit) {
                    self.pos += 6;
                } else {
                    self.odd.lone_surrogate = true;
                }
                Ok(())
            }
            _ => {
                self.odd.lone_surrogate = true;
                Ok(())
            }
        }
    }

    fn hex4(&self, at: usize) -> Walk<u32> {
        let mut unit = 0;
        for i in at..at + 4 {
            let Some(&b) = self.text.get(i) else {
                return Err(Stop::More);
            };
            let digit = char::from(b).to_digit(16).ok_or(Stop::Bad)?;
            unit = unit * 16 + digit;
        }
        Ok(unit)
    }

    /// Passes a number, whose first byte comes next, and gives its end.
    pub(crate) fn number(&mut self) -> Walk<usize> {
        let start = self.pos;
        if self.text.get(self.pos) == Some(&b'-') {
            self.pos += 1;
        }
        let int = self.digits()?;
        let leading_zero = self.text.get(self.pos - int) == Some(&b'0');
        if int == 0 || (leading_zero && int > 1) {
            return Err(Stop::Bad);
        }
        let mut odd = int > 18;
        if self.text.get(self.pos) == Some(&b'.') {
            self.pos += 1;
            if self.digits()? == 0 {
                return Err(Stop::Bad);
            }
        }
        if matches!(self.text.get(self.pos), Some(b'e' | b'E')) {
            odd = true;
            self.pos += 1;
            if matches!(self.text.get(self.pos), Some(b'+' | b'-')) {
                self.pos += 1;
            }
            if self.digits()? == 0 {
                return Err(Stop::Bad);
            }
        }
        if odd && !self.fits(start) {
            self.odd.number = true;
        }
        Ok(self.pos)
    }

    /// Whether the number from `start` fits a 64-bit integer or a finite float.
    fn fits(&self, start: usize) -> bool {
        let digits = self.text.get(start..self.pos).unwrap_or(&[]);
        let Ok(text) = std::str::from_utf8(digits) else {
            return false;
        };
        if text.contains(['.', 'e', 'E']) {
            return text.parse::<f64>().is_ok_and(f64::is_finite);
        }
        text.parse::<i64>().is_ok() || text.parse::<u64>().is_ok()
    }

    fn digits(&mut self) -> Walk<usize> {
        let start = self.pos;
        loop {
            match self.text.get(self.pos) {
                Some(b) if b.is_ascii_digit() => self.pos += 1,
                Some(_) => return Ok(self.pos - start),
                None => return Err(Stop::More),
            }
        }
    }

    /// Passes `true`, `false` or `null`, which must come next.
    pub(crate) fn literal(&mut self, word: &[u8]) -> Walk<()> {
        for (i, want) in word.iter().enumerate() {
            match self.text.get(self.pos + i) {
                Some(b) if b == want => {}
                Some(_) => return Err(Stop::Bad),
                None => return Err(Stop::More),
            }
        }
        self.pos += word.len();
        Ok(())
    }

    /// Passes one value of any kind and depth without looking at it.
    pub(crate) fn skip_value(&mut self, depth_max: u32) -> Walk<()> {
        let first = self.peek()?;
        if !matches!(first, b'{' | b'[') {
            return self.skip_scalar(first);
        }
        // One bit a level: 1 for an object, 0 for an array.
        let mut stack: u128 = 0;
        let mut depth: u32 = 0;
        let depth_max = depth_max.min(STACK_MAX);
        loop {
            // A value comes next.
            let first = self.peek()?;
            let opened = match first {
                b'{' | b'[' => {
                    if depth == depth_max {
                        return Err(Stop::Deep);
                    }
                    self.pos += 1;
                    depth += 1;
                    stack = (stack << 1) | u128::from(first == b'{');
                    true
                }
                _ => {
                    self.skip_scalar(first)?;
                    false
                }
            };
            // Now a value has ended, or a container has begun.
            let mut fresh = opened;
            loop {
                let object = stack & 1 == 1;
                let next = self.peek()?;
                let close = if object { b'}' } else { b']' };
                if next == close {
                    self.pos += 1;
                    depth -= 1;
                    stack >>= 1;
                    if depth == 0 {
                        return Ok(());
                    }
                    fresh = false;
                    continue;
                }
                if !fresh {
                    if next != b',' {
                        return Err(Stop::Bad);
                    }
                    self.pos += 1;
                }
                if object {
                    self.string()?;
                    self.expect(b':')?;
                }
                break;
            }
        }
    }

    #[inline]
    fn skip_scalar(&mut self, first: u8) -> Walk<()> {
        match first {
            b'"' => {
                self.pos += 1;
                self.string_rest().map(|_| ())
            }
            b't' => self.literal(b"true"),
            b'f' => self.literal(b"false"),
            b'n' => self.literal(b"null"),
            b'-' | b'0'..=b'9' => self.number().map(|_| ()),
            _ => Err(Stop::Bad),
        }
    }
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// The first byte from `at` on that ends a run of plain string content: a
/// quote, a backslash or a control character. Eight bytes at a time.
#[inline]
fn plain_end(text: &[u8], mut at: usize) -> usize {
    while let Some(chunk) = text.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let v = u64::from_le_bytes(*chunk);
        // A borrow can only raise a flag above a true one, so the lowest flag
        // is always right.
        let quote = v ^ (ONES * 0x22);
        let slash = v ^ (ONES * 0x5C);
        let flags = (quote.wrapping_sub(ONES) & !quote)
            | (slash.wrapping_sub(ONES) & !slash)
            | (v.wrapping_sub(ONES * 0x20) & !v);
        let flags = flags & HIGHS;
        if flags != 0 {
            return at + (flags.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while let Some(&b) = text.get(at) {
        if b == b'"' || b == b'\\' || b < 0x20 {
            break;
        }
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skip(text: &str) -> Walk<usize> {
        let mut c = Cursor::new(text.as_bytes(), 0);
        c.skip_value(100).map(|()| c.pos)
    }

    #[test]
    fn passes_whole_values() {
        for good in [
            r#"{"a":[1,2,{"b":null}],"c":"x\"y"}"#,
            "[]",
            "{}",
            "[ [ ] , { } ]",
            r#""text""#,
            "true",
            "-1.5e3 ",
            r#"{"a" : "\ud83d\ude00"}"#,
        ] {
            assert_eq!(skip(good), Ok(good.trim_end().len()), "{good}");
        }
    }

    #[test]
    fn refuses_what_is_not_json() {
        for bad in [
            "{,}",
            "[1,]",
            "[1 2]",
            r#"{"a" 1}"#,
            r#"{"a":1]"#,
            "[1}",
            r#"{1:2}"#,
            "01 ",
            "-x",
            "1. ",
            "tru3",
            "\"a\nb\"",
            r#""\x""#,
            r#""\u12g4""#,
            "[1,,2]",
        ] {
            assert_eq!(skip(bad), Err(Stop::Bad), "{bad}");
        }
    }

    #[test]
    fn asks_for_more_at_every_cut() {
        let whole =
            r#"{"a":[1,true,{"b":null}],"c":"x\"y\u00e9 long enough to cross a word","d":-12.5}"#;
        for cut in 0..whole.len() {
            assert_eq!(skip(whole.get(..cut).unwrap()), Err(Stop::More), "{cut}");
        }
    }

    #[test]
    fn depth_is_limited_without_recursion() {
        let deep = "[".repeat(10_000);
        assert_eq!(skip(&deep), Err(Stop::Deep));
        let fits = format!("{}{}", "[".repeat(100), "]".repeat(100));
        assert_eq!(skip(&fits), Ok(200));
    }

    #[test]
    fn oddities_are_noted() {
        let odd = |text: &str| {
            let mut c = Cursor::new(text.as_bytes(), 0);
            c.skip_value(100).unwrap();
            c.odd
        };
        assert!(odd(r#"["\ud800"]"#).lone_surrogate);
        assert!(odd(r#"["\udc00x"]"#).lone_surrogate);
        assert!(odd(r#"["\ud800\u0041"]"#).lone_surrogate);
        assert!(!odd(r#"["\ud83d\ude00"]"#).lone_surrogate);
        assert!(odd("[1e999]").number);
        assert!(odd("[123456789012345678901]").number);
        assert!(!odd("[18446744073709551615, -9223372036854775808, 1e10]").number);
    }

    #[test]
    fn plain_end_agrees_with_a_byte_loop() {
        let mut text: Vec<u8> = (0..=255).chain(0x30..=0x60).collect();
        for shift in 0..text.len() {
            text.rotate_left(1);
            let naive = text
                .iter()
                .position(|&b| b == b'"' || b == b'\\' || b < 0x20)
                .unwrap_or(text.len());
            assert_eq!(plain_end(&text, 0), naive, "{shift}");
        }
    }
}
