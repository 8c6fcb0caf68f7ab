//! Sigma's strings: wildcards, escapes, dashes and encodings, one character at
//! a time.

use rsigma_parser::Modifier;

/// One place of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Tok {
    /// This character.
    Char(char),
    /// `*`: any run of characters.
    Any,
    /// `?`: exactly one character.
    Single,
    /// A dash that begins an option: any of the five.
    Dash,
}

const DASHES: [char; 5] = ['-', '/', '\u{2013}', '\u{2014}', '\u{2015}'];

/// The table of backslashes, item 3: a backslash before `*` or `?` makes it
/// literal, two are one, and before anything else it stands for itself.
pub(crate) fn tokens(written: &str) -> Vec<Tok> {
    let chars: Vec<char> = written.chars().collect();
    let mut out = Vec::new();
    let mut i = 0;
    while i < chars.len() {
        match (chars[i], chars.get(i + 1)) {
            ('\\', Some(&c @ ('*' | '?' | '\\'))) => {
                out.push(Tok::Char(c));
                i += 1;
            }
            ('*', _) => out.push(Tok::Any),
            ('?', _) => out.push(Tok::Single),
            (c, _) => out.push(Tok::Char(c)),
        }
        i += 1;
    }
    out
}

/// The text of a pattern without wildcards.
pub(crate) fn plain(tokens: &[Tok]) -> Option<String> {
    let char = |t: &Tok| match t {
        Tok::Char(c) => Some(*c),
        Tok::Any | Tok::Single | Tok::Dash => None,
    };
    tokens.iter().map(char).collect()
}

pub(crate) fn literal(text: &str) -> Vec<Tok> {
    text.chars().map(Tok::Char).collect()
}

/// A pattern while it is encoded: bytes with wildcards between them.
#[derive(Clone)]
enum Piece {
    Bytes(Vec<u8>),
    Wild(Tok),
}

/// What a written string stands for, after the modifiers that change it, in
/// the order in which they are written (R:560). Bytes that are no text can
/// stand in no record.
pub(crate) fn patterns(written: &str, modifiers: &[Modifier]) -> Vec<Vec<Tok>> {
    let mut tokens = tokens(written);
    if modifiers.contains(&Modifier::WindAsh) {
        tokens = windash(&tokens);
    }
    let encodings = [
        Modifier::Wide,
        Modifier::Utf16,
        Modifier::Utf16be,
        Modifier::Base64,
        Modifier::Base64Offset,
    ];
    let mut all = vec![pieces(&tokens)];
    for modifier in modifiers.iter().filter(|m| encodings.contains(m)) {
        all = all.iter().flat_map(|p| encoded(p, *modifier)).collect();
    }
    all.iter().filter_map(|p| text_of(p)).collect()
}

fn pieces(tokens: &[Tok]) -> Vec<Piece> {
    let mut out = Vec::new();
    for tok in tokens {
        match (tok, out.last_mut()) {
            (Tok::Char(c), Some(Piece::Bytes(text))) => text.extend(c.to_string().bytes()),
            (Tok::Char(c), _) => out.push(Piece::Bytes(c.to_string().into_bytes())),
            (Tok::Any | Tok::Single | Tok::Dash, _) => out.push(Piece::Wild(tok.clone())),
        }
    }
    out
}

fn text_of(pieces: &[Piece]) -> Option<Vec<Tok>> {
    let mut out = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Bytes(bytes) => out.extend(literal(std::str::from_utf8(bytes).ok()?)),
            Piece::Wild(tok) => out.push(tok.clone()),
        }
    }
    Some(out)
}

fn encoded(pieces: &[Piece], modifier: Modifier) -> Vec<Vec<Piece>> {
    if [Modifier::Base64, Modifier::Base64Offset].contains(&modifier) {
        let bytes = match pieces {
            [] => &[],
            [Piece::Bytes(bytes)] => &bytes[..],
            _ => panic!("wildcards cannot be encoded"),
        };
        let all = match modifier == Modifier::Base64 {
            true => vec![base64(bytes)],
            false => (0..3).map(|k| base64_behind(bytes, k)).collect(),
        };
        return all.into_iter().map(|b| vec![Piece::Bytes(b)]).collect();
    }
    let wide = |piece: &Piece| match piece {
        Piece::Bytes(bytes) => {
            let text = String::from_utf8(bytes.clone()).unwrap();
            let units = text
                .encode_utf16()
                .map(|u| [(u >> 8) as u8, (u & 0xFF) as u8]);
            let swapped = units.flat_map(|[high, low]| match modifier == Modifier::Utf16be {
                true => [high, low],
                false => [low, high],
            });
            Piece::Bytes(swapped.collect())
        }
        Piece::Wild(tok) => Piece::Wild(tok.clone()),
    };
    let mark = (modifier == Modifier::Utf16).then(|| Piece::Bytes(vec![0xFF, 0xFE]));
    vec![mark.into_iter().chain(pieces.iter().map(wide)).collect()]
}

fn base64(bytes: &[u8]) -> Vec<u8> {
    let mut text = sextets(bytes, 0, bytes.len() * 8, true);
    while !text.len().is_multiple_of(4) {
        text.push(b'=');
    }
    text
}

/// A word `k` bytes behind a border of three bytes. Only the characters that
/// its own bits decide are known.
fn base64_behind(word: &[u8], k: usize) -> Vec<u8> {
    let padded: Vec<u8> = [0, 0].iter().take(k).chain(word).copied().collect();
    sextets(&padded, 8 * k, 8 * padded.len(), false)
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The base64 characters whose six bits lie in `from..to`; with `partial` also
/// the last one, filled up with zeros.
fn sextets(bytes: &[u8], from: usize, to: usize, partial: bool) -> Vec<u8> {
    let bit = |i: usize| bytes.get(i / 8).map_or(0, |b| b >> (7 - i % 8) & 1);
    (0..bytes.len() * 8)
        .step_by(6)
        .filter(|start| *start >= from && (start + 6 <= to || partial))
        .map(|start| (start..start + 6).fold(0, |n, i| n << 1 | usize::from(bit(i))))
        .map(|n| BASE64[n])
        .collect()
}

/// A dash begins an option if no word ends before it and one begins behind it.
fn windash(tokens: &[Tok]) -> Vec<Tok> {
    let word =
        |t: Option<&Tok>| matches!(t, Some(Tok::Char(c)) if c.is_alphanumeric() || *c == '_');
    let dash = |i: usize| {
        matches!(&tokens[i], Tok::Char(c) if DASHES.contains(c))
            && !word(i.checked_sub(1).and_then(|b| tokens.get(b)))
            && word(tokens.get(i + 1))
    };
    (0..tokens.len())
        .map(|i| {
            if dash(i) {
                Tok::Dash
            } else {
                tokens[i].clone()
            }
        })
        .collect()
}

/// One character in lower case, if that is one character; both small sigmas
/// are one letter.
fn lower(c: char) -> char {
    let all = c.to_lowercase().to_string().replace('ς', "σ");
    if all.chars().count() == 1 {
        all.chars().next().unwrap()
    } else {
        c
    }
}

/// Texts that are equal but for case, unless `cased`.
pub(crate) fn folded(text: &str, cased: bool) -> Vec<char> {
    let fold = |c| if cased { c } else { lower(c) };
    text.chars().map(fold).collect()
}

/// Whether the whole of `text` fits. `reached[i]`: the pattern so far fits the
/// first `i` characters.
pub(crate) fn fits(pattern: &[Tok], text: &str, cased: bool) -> bool {
    let text = folded(text, cased);
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for tok in pattern {
        let mut next = vec![false; text.len() + 1];
        match tok {
            Tok::Any => {
                let first = reached.iter().position(|r| *r).unwrap_or(next.len());
                next[first..].fill(true);
            }
            Tok::Char(_) | Tok::Single | Tok::Dash => {
                for i in (0..text.len()).filter(|i| reached[*i]) {
                    next[i + 1] = match tok {
                        Tok::Char(c) => folded(&c.to_string(), cased) == [text[i]],
                        Tok::Dash => DASHES.contains(&text[i]),
                        Tok::Single | Tok::Any => true,
                    };
                }
            }
        }
        reached = next;
    }
    reached[text.len()]
}

#[test]
fn backslashes_and_wildcards() {
    let of = |p: &str, t: &str| fits(&tokens(p), t, false);
    for (p, t, want) in [
        (r"a\W", r"a\w", true),
        (r"a\\W", r"a\w", true),
        (r"a\*", "a*", true),
        (r"a\*", "ab", false),
        (r"a\\*", r"a\b", true),
        (r"a\\\*", r"a\*", true),
        (r"a\\\*", r"a\b", false),
        (r"a\\\\", r"a\\", true),
        (r"a\\\", r"a\\", true),
        ("?", "\n", true),
        ("?", "", false),
        ("a*c", "a\nc", true),
        ("*", "", true),
    ] {
        assert_eq!(of(p, t), want, "{p} {t}");
    }
}

#[test]
fn known_encodings() {
    let of = |word: &str, modifiers: &[Modifier]| {
        let all = patterns(word, modifiers);
        all.iter().map(|p| plain(p).unwrap()).collect::<Vec<_>>()
    };
    use Modifier::{Base64, Base64Offset, Wide, WindAsh};
    assert_eq!(of("foobar", &[Base64]), ["Zm9vYmFy"]);
    assert_eq!(of("fo", &[Base64]), ["Zm8="]);
    assert_eq!(of("cmd", &[Wide, Base64]), ["YwBtAGQA"]);
    assert_eq!(
        of("foobarbaz", &[Base64Offset]),
        ["Zm9vYmFyYmF6", "Zvb2JhcmJhe", "mb29iYXJiYX"]
    );
    let dash = &patterns("x -enc a-b", &[WindAsh])[0];
    assert_eq!(dash.iter().filter(|t| **t == Tok::Dash).count(), 1);
    assert!(fits(dash, "x \u{2014}enc a-b", false));
}
