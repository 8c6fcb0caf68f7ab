//! Log text on its way to a terminal.
//!
//! Whoever calls an AWS API chooses the user agent, the session name and most
//! resource names that end up in a finding. Such text must not move the
//! cursor, change colours, reverse the reading direction or begin a new line,
//! and it must not hide characters that make two names look alike.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// What stands at the end of a text that was cut.
const CUT: char = '…';

/// The text with every character that a reader would not see as itself shown
/// as an escape: `\n`, `\r`, `\t`, `\x1b` for other control characters, and
/// `\u{202e}` for invisible characters and those that steer the reading
/// direction. Borrowed, and the same, where there is nothing of the kind.
///
/// ```
/// use flowtrail_output::sanitize;
/// assert_eq!(sanitize("aws-cli/2.15"), "aws-cli/2.15");
/// assert_eq!(sanitize("a\u{1b}[2J\nb\u{202e}c"), "a\\x1b[2J\\nb\\u{202e}c");
/// ```
#[must_use]
pub fn sanitize(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' => safe.push_str("\\n"),
            '\r' => safe.push_str("\\r"),
            '\t' => safe.push_str("\\t"),
            _ if !is_unsafe(c) => safe.push(c),
            _ if u32::from(c) < 0x100 => safe.push_str(&format!("\\x{:02x}", u32::from(c))),
            _ => safe.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
        }
    }
    Cow::Owned(safe)
}

/// Whether a character is a control character (C0, DEL, C1), ends a line, or is
/// one that Unicode tells programs not to draw (`Default_Ignorable_Code_Point`:
/// bidirectional controls, zero-width characters, variation selectors, tags).
pub(crate) const fn is_unsafe(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    matches!(c,
        '\u{80}'..='\u{9f}'
        | '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{115f}'..='\u{1160}'
        | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}'
    )
}

/// The text, or its beginning and `…`, so that it takes at most `columns_max`
/// columns of a terminal.
pub(crate) fn cut(text: &str, columns_max: usize) -> Cow<'_, str> {
    if text.width() <= columns_max {
        return Cow::Borrowed(text);
    }
    let mut columns = 1; // that of the mark itself
    let mut kept = String::new();
    for c in text.chars() {
        columns += c.width().unwrap_or(0);
        if columns > columns_max {
            break;
        }
        kept.push(c);
    }
    kept.push(CUT);
    Cow::Owned(kept)
}

/// A value from a log, safe to print (see [`sanitize`]) and at most
/// `columns_max` columns wide: cut, with `…` at the end, where it is wider.
#[must_use]
pub fn shown(text: &str, columns_max: usize) -> String {
    cut(&sanitize(text), columns_max).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn plain_text_is_borrowed() {
        for text in ["", "aws-cli/2.15.0", "Zoë 日本 naïve", "C:\\Windows"] {
            assert!(matches!(sanitize(text), Cow::Borrowed(t) if t == text));
        }
    }

    #[test]
    fn what_steers_a_terminal_is_shown() {
        assert_eq!(sanitize("\u{1b}[31mred\u{7}"), "\\x1b[31mred\\x07");
        assert_eq!(sanitize("a\u{9b}2Jb\u{7f}"), "a\\x9b2Jb\\x7f");
        assert_eq!(sanitize("x\r\ny\tz\0"), "x\\r\\ny\\tz\\x00");
        assert_eq!(sanitize("a\u{2028}b\u{85}c"), "a\\u{2028}b\\x85c");
    }

    #[test]
    fn what_hides_or_reverses_is_shown() {
        for c in [
            '\u{202a}',
            '\u{202e}',
            '\u{2066}',
            '\u{2069}',
            '\u{200b}',
            '\u{feff}',
            '\u{e0041}',
        ] {
            let text = format!("ad{c}min");
            assert_eq!(sanitize(&text), format!("ad\\u{{{:x}}}min", u32::from(c)));
        }
    }

    #[test]
    fn cuts_by_columns_and_not_by_bytes() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdefg", 6), "abcde…");
        assert_eq!(cut("日本語日本語", 5), "日本…");
        assert_eq!(cut("abc", 0), "…");
        assert_eq!(shown("ab\u{1b}cdef", 6), "ab\\x1…");
    }

    proptest! {
        #[test]
        fn nothing_unsafe_comes_through(text in any::<String>(), columns in 1usize..40) {
            let safe = sanitize(&text);
            prop_assert!(!safe.chars().any(is_unsafe));
            prop_assert!(!safe.chars().any(char::is_control));
            prop_assert_eq!(sanitize(&safe), safe.clone());
            prop_assert!(cut(&safe, columns).width() <= columns);
        }
    }
}
