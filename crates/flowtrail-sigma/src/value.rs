//! The values of a detection item, through their modifiers, to tests.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rsigma_parser::{Modifier, SigmaString, SigmaValue, SpecialChar, StringPart};

use crate::glob::Part;
use crate::problem::Reject;

/// A string value on its way through the encoding modifiers: text with
/// wildcards, or bytes.
pub(crate) type Pattern = Vec<Part>;

/// The most variants that one value may expand to; `windash` multiplies by
/// five for each dash.
const VARIANTS_MAX: usize = 3125;

/// The dashes of `windash`: hyphen, slash, en dash, em dash, horizontal bar.
const DASHES: [char; 5] = ['-', '/', '\u{2013}', '\u{2014}', '\u{2015}'];

/// The patterns that a value stands for, after the modifiers that change it,
/// applied in the order in which they are written.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the parser's modifiers; those that do not change the value are handled elsewhere"
)]
pub(crate) fn patterns(
    value: &SigmaString,
    modifiers: &[Modifier],
) -> Result<Vec<Pattern>, Reject> {
    let mut all = vec![parts_of(value)];
    for modifier in modifiers {
        all = match modifier {
            Modifier::WindAsh => windash(&all)?,
            Modifier::Wide => widen(&all, &[], u16::to_le_bytes),
            Modifier::Utf16be => widen(&all, &[], u16::to_be_bytes),
            Modifier::Utf16 => widen(&all, &[0xFF, 0xFE], u16::to_le_bytes),
            Modifier::Base64 => encode(&all, |t| STANDARD.encode(t).into_bytes())?,
            Modifier::Base64Offset => base64_offsets(&all)?,
            _ => all,
        };
    }
    Ok(all)
}

/// A string without wildcards as one pattern.
pub(crate) fn literal(text: &str) -> Pattern {
    if text.is_empty() {
        Vec::new()
    } else {
        vec![Part::Literal(text.as_bytes().to_vec())]
    }
}

/// A value as text: what it equals in a log.
pub(crate) fn plain_text(value: &SigmaValue) -> Option<String> {
    match value {
        SigmaValue::String(s) => s.as_plain(),
        SigmaValue::Integer(n) => Some(n.to_string()),
        SigmaValue::Float(n) => Some(n.to_string()),
        SigmaValue::Bool(b) => Some(b.to_string()),
        SigmaValue::Null => None,
    }
}

fn parts_of(value: &SigmaString) -> Pattern {
    let part = |p: &StringPart| match p {
        StringPart::Plain(t) => Part::Literal(t.as_bytes().to_vec()),
        StringPart::Special(SpecialChar::WildcardMulti) => Part::Any,
        StringPart::Special(SpecialChar::WildcardSingle) => Part::One,
    };
    value.parts.iter().map(part).collect()
}

/// The literal text of a pattern, if it has no wildcards.
pub(crate) fn plain_bytes(pattern: &Pattern) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    for part in pattern {
        match part {
            Part::Literal(t) => text.extend_from_slice(t),
            Part::Any | Part::One => return None,
        }
    }
    Some(text)
}

fn encode(all: &[Pattern], how: impl Fn(&[u8]) -> Vec<u8>) -> Result<Vec<Pattern>, Reject> {
    all.iter()
        .map(|p| {
            let text = plain_bytes(p).ok_or_else(no_wildcards)?;
            Ok(vec![Part::Literal(how(&text))])
        })
        .collect()
}

fn no_wildcards() -> Reject {
    Reject::new("a value with wildcards cannot be encoded")
        .hint("escape a literal `*` or `?` with a backslash")
}

fn units(text: &[u8]) -> impl Iterator<Item = u16> {
    let text = String::from_utf8_lossy(text).into_owned();
    text.encode_utf16().collect::<Vec<_>>().into_iter()
}

/// UTF-16, after a byte order mark. Wildcards stay between the encoded texts.
fn widen(all: &[Pattern], mark: &[u8], bytes: fn(u16) -> [u8; 2]) -> Vec<Pattern> {
    let wide = |part: &Part| match part {
        Part::Literal(text) => Part::Literal(units(text).flat_map(bytes).collect()),
        Part::Any | Part::One => part.clone(),
    };
    let one = |pattern: &Pattern| {
        let mark = (!mark.is_empty()).then(|| Part::Literal(mark.to_vec()));
        mark.into_iter().chain(pattern.iter().map(wide)).collect()
    };
    all.iter().map(one).collect()
}

/// The base64 of a text at each of the three positions in which it can stand
/// inside encoded data: the characters that its neighbours do not influence.
fn base64_offsets(all: &[Pattern]) -> Result<Vec<Pattern>, Reject> {
    const START: [usize; 3] = [0, 2, 3];
    const END: [usize; 3] = [0, 3, 2];
    let mut out = Vec::new();
    for p in all {
        let text = plain_bytes(p).ok_or_else(no_wildcards)?;
        for (offset, start) in START.into_iter().enumerate() {
            let mut padded = vec![b' '; offset];
            padded.extend_from_slice(&text);
            let cut = END.get(padded.len() % 3).copied().unwrap_or(0);
            let encoded = STANDARD.encode(&padded).into_bytes();
            let end = encoded.len().saturating_sub(cut);
            let inner = encoded.get(start..end).unwrap_or(&[]);
            out.push(vec![Part::Literal(inner.to_vec())]);
        }
    }
    Ok(out)
}

/// Each dash that begins an option stands for any of the five.
fn windash(all: &[Pattern]) -> Result<Vec<Pattern>, Reject> {
    let mut out = Vec::new();
    for pattern in all {
        let mut variants: Vec<Pattern> = vec![Vec::new()];
        for part in pattern {
            let Part::Literal(text) = part else {
                variants.iter_mut().for_each(|v| v.push(part.clone()));
                continue;
            };
            let text = String::from_utf8_lossy(text).into_owned();
            let choices = dash_variants(&text);
            if variants.len() * choices.len() > VARIANTS_MAX {
                return Err(Reject::new(
                    "`windash` expands this value to too many variants",
                ));
            }
            variants = variants
                .iter()
                .flat_map(|v| {
                    choices.iter().map(move |c| {
                        let mut v = v.clone();
                        v.push(Part::Literal(c.clone().into_bytes()));
                        v
                    })
                })
                .collect();
        }
        out.extend(variants);
    }
    Ok(out)
}

fn dash_variants(text: &str) -> Vec<String> {
    let mut variants = vec![String::new()];
    let mut before: Option<char> = None;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let option = DASHES.contains(&c)
            && !before.is_some_and(is_word)
            && rest.peek().is_some_and(|n| is_word(*n));
        if option && variants.len() <= VARIANTS_MAX {
            variants = variants
                .iter()
                .flat_map(|v| DASHES.iter().map(move |d| format!("{v}{d}")))
                .collect();
        } else {
            variants.iter_mut().for_each(|v| v.push(c));
        }
        before = Some(c);
    }
    variants
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(value: &str, modifiers: &[Modifier]) -> Vec<String> {
        patterns(&SigmaString::new(value), modifiers)
            .unwrap()
            .iter()
            .map(|p| String::from_utf8_lossy(&plain_bytes(p).unwrap()).into_owned())
            .collect()
    }

    #[test]
    fn encodings_in_order() {
        assert_eq!(texts("foobar", &[Modifier::Base64]), ["Zm9vYmFy"]);
        assert_eq!(
            texts("cmd", &[Modifier::Wide, Modifier::Base64]),
            ["YwBtAGQA"]
        );
        assert_eq!(
            texts("foobarbaz", &[Modifier::Base64Offset]),
            ["Zm9vYmFyYmF6", "Zvb2JhcmJhe", "mb29iYXJiYX"]
        );
        assert_eq!(texts("a", &[Modifier::Utf16be]), ["\0a"]);
        let marked = patterns(&SigmaString::new("a"), &[Modifier::Utf16]).unwrap();
        assert_eq!(plain_bytes(&marked[0]).unwrap(), [0xFF, 0xFE, b'a', 0]);
        let wide = patterns(&SigmaString::new("a*b"), &[Modifier::Wide]).unwrap();
        let text = |t: &str| Part::Literal(t.into());
        assert_eq!(wide, [[text("a\0"), Part::Any, text("b\0")]]);
        assert!(patterns(&SigmaString::new("a*"), &[Modifier::Base64]).is_err());
    }

    #[test]
    fn each_offset_is_found_in_what_it_encodes() {
        for word in ["foobarbaz", "ab", "abcd", "abcde"] {
            for (offset, needle) in texts(word, &[Modifier::Base64Offset]).iter().enumerate() {
                for tail in ["", "x", "xy", "xyz"] {
                    let whole = STANDARD.encode(format!("{}{word}{tail}", "q".repeat(offset)));
                    assert!(
                        whole.contains(needle.as_str()),
                        "{word} {offset} {tail}: {needle} in {whole}"
                    );
                }
            }
        }
    }

    #[test]
    fn dashes_that_begin_an_option() {
        assert_eq!(texts(" -enc a-b", &[Modifier::WindAsh]).len(), 5);
        assert!(texts(" -enc ", &[Modifier::WindAsh]).contains(&" \u{2013}enc ".to_owned()));
        assert_eq!(texts("-a -b", &[Modifier::WindAsh]).len(), 25);
    }
}
