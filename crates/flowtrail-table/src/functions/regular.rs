//! Regular expressions as Presto has them. Patterns run in linear time:
//! look-around and backreferences are refused.

use datafusion::arrow::array::ArrayRef;
use datafusion::common::Result;
use regex::{Captures, Regex, RegexBuilder};

use super::entry::{Entry, Group, Returns, argument, optional};
use super::inputs::{Inputs, Memo};
use super::kind::Kind;
use super::{Knowledge, fault};

/// The functions of this module.
#[rustfmt::skip] // One function, one block: it is read as a table.
pub(super) static ENTRIES: &[Entry] = &[
    Entry {
        name: "regexp_extract", aliases: &[], group: Group::Text,
        arguments: &[
            argument("text", Kind::Text, "text"),
            argument("pattern", Kind::Text, "a regular expression"),
            optional("group", Kind::Integer, "which group, 0 for the whole match"),
        ],
        returns: Returns::Text, needs: None, run: extract,
        doc: "The first match of a regular expression, or a group of it. Null where there is no match.",
        example: ("regexp_extract('arn:aws:iam::111122223333:role/Deploy', 'role/(.*)', 1)", "Deploy"),
    },
    Entry {
        name: "regexp_extract_all", aliases: &[], group: Group::Text,
        arguments: &[
            argument("text", Kind::Text, "text"),
            argument("pattern", Kind::Text, "a regular expression"),
            optional("group", Kind::Integer, "which group, 0 for the whole match"),
        ],
        returns: Returns::TextList, needs: None, run: extract_all,
        doc: "Every match of a regular expression, or a group of each, as a list.",
        example: ("regexp_extract_all('a1 b22', '[0-9]+')", "[1, 22]"),
    },
    Entry {
        name: "regexp_replace", aliases: &[], group: Group::Text,
        arguments: &[
            argument("text", Kind::Text, "text"),
            argument("pattern", Kind::Text, "a regular expression"),
            optional("replacement", Kind::Text, "what to put there, `$1` for a group; nothing, if it is left out"),
            optional("flags", Kind::Text, "`g` for every match, `i` to ignore case; with them it replaces as PostgreSQL does, the first match without `g` and groups as `\\1`"),
        ],
        returns: Returns::Text, needs: None, run: replace,
        doc: "Replaces every match of a regular expression, as Athena does.",
        example: ("regexp_replace('i-0abc i-1def', 'i-([0-9])', '$1:')", "0:abc 1:def"),
    },
    Entry {
        name: "regexp_split", aliases: &[], group: Group::Text,
        arguments: &[
            argument("text", Kind::Text, "text"),
            argument("pattern", Kind::Text, "a regular expression"),
        ],
        returns: Returns::TextList, needs: None, run: split,
        doc: "The pieces between the matches of a regular expression.",
        example: ("regexp_split('a, b;c', '[,;] *')", "[a, b, c]"),
    },
];

pub(super) fn compile(pattern: &str) -> Result<Regex> {
    Regex::new(pattern).map_err(|error| refused(pattern, &error))
}

fn refused(pattern: &str, error: &regex::Error) -> datafusion::common::DataFusionError {
    let text = error.to_string();
    let reason = text.lines().last().unwrap_or_default();
    let reason = reason.strip_prefix("error: ").unwrap_or(reason);
    let pattern = pattern.escape_debug();
    fault(format!(
        "`{pattern}` is no regular expression: {reason}\nhint: look-around and backreferences are not supported"
    ))
}

/// A group of the pattern.
fn group(pattern: &Regex, wanted: Option<i64>) -> Result<usize> {
    let groups = pattern.captures_len().saturating_sub(1);
    let wanted = wanted.unwrap_or(0);
    usize::try_from(wanted)
        .ok()
        .filter(|group| *group <= groups)
        .ok_or_else(|| {
            let pattern = pattern.as_str().escape_debug();
            fault(format!(
                "`{pattern}` has no group {wanted}\nhint: it has {groups}"
            ))
        })
}

fn extract(inputs: &Inputs<'_>, _: &Knowledge) -> Result<ArrayRef> {
    let (text, pattern, wanted) = (inputs.text(0), inputs.text(1), inputs.integer(2));
    let mut patterns = Memo::new();
    inputs.borrowed(|row| {
        let (Some(text), Some(pattern)) = (text.get(row), pattern.get(row)) else {
            return Ok(None);
        };
        if inputs.has(2) && wanted.get(row).is_none() {
            return Ok(None);
        }
        let pattern = patterns.get(pattern, compile)?;
        let group = group(pattern, wanted.get(row))?;
        if group == 0 {
            return Ok(pattern.find(text).map(|found| found.as_str()));
        }
        let found = pattern.captures(text);
        Ok(found
            .and_then(|found| found.get(group))
            .map(|found| found.as_str()))
    })
}

fn extract_all(inputs: &Inputs<'_>, _: &Knowledge) -> Result<ArrayRef> {
    let (text, pattern, wanted) = (inputs.text(0), inputs.text(1), inputs.integer(2));
    let mut patterns = Memo::new();
    inputs.text_lists(|row, put| {
        let (Some(text), Some(pattern)) = (text.get(row), pattern.get(row)) else {
            return Ok(false);
        };
        if inputs.has(2) && wanted.get(row).is_none() {
            return Ok(false);
        }
        let pattern = patterns.get(pattern, compile)?;
        let group = group(pattern, wanted.get(row))?;
        for found in pattern.captures_iter(text) {
            put(found.get(group).map(|found| found.as_str()));
        }
        Ok(true)
    })
}

fn split(inputs: &Inputs<'_>, _: &Knowledge) -> Result<ArrayRef> {
    let (text, pattern) = (inputs.text(0), inputs.text(1));
    let mut patterns = Memo::new();
    inputs.text_lists(|row, put| {
        let (Some(text), Some(pattern)) = (text.get(row), pattern.get(row)) else {
            return Ok(false);
        };
        let pieces = patterns.get(pattern, compile)?.split(text);
        pieces.for_each(|piece| put(Some(piece)));
        Ok(true)
    })
}

fn replace(inputs: &Inputs<'_>, _: &Knowledge) -> Result<ArrayRef> {
    let (text, pattern) = (inputs.text(0), inputs.text(1));
    let (replacement, flags) = (inputs.text(2), inputs.text(3));
    let mut memo = Memo::new();
    let mut key = String::new();
    inputs.texts(|row, out| {
        let with = if inputs.has(2) {
            replacement.get(row)
        } else {
            Some("")
        };
        let flagged = if inputs.has(3) {
            flags.get(row)
        } else {
            Some("")
        };
        let (Some(text), Some(pattern), Some(with), Some(flags)) =
            (text.get(row), pattern.get(row), with, flagged)
        else {
            return Ok(false);
        };
        // What a replacement means depends on the groups of its pattern, and what
        // a pattern means on its flags.
        key.clear();
        for part in [flags, "\0", pattern, "\0", with] {
            key.push_str(part);
        }
        let (pattern, with) = memo.get(&key, |_| {
            let pattern = flagged_pattern(pattern, flags)?;
            let sign = if inputs.has(3) { '\\' } else { '$' };
            let with = pieces(with, sign, &pattern)?;
            Ok((pattern, with))
        })?;
        let is_first_only = inputs.has(3) && !flags.contains('g');
        let limit = usize::from(is_first_only);
        out.push_str(&pattern.replacen(text, limit, |found: &Captures<'_>| fill(with, found)));
        Ok(true)
    })
}

fn flagged_pattern(pattern: &str, flags: &str) -> Result<Regex> {
    if let Some(flag) = flags.chars().find(|flag| !"gims".contains(*flag)) {
        let flag = flag.escape_debug();
        return Err(fault(format!(
            "`{flag}` is no flag of `regexp_replace`\nhint: flags are `g`, `i`, `m` and `s`"
        )));
    }
    let mut builder = RegexBuilder::new(pattern);
    builder
        .case_insensitive(flags.contains('i'))
        .multi_line(flags.contains('m'))
        .dot_matches_new_line(flags.contains('s'));
    builder.build().map_err(|error| refused(pattern, &error))
}

/// A part of a replacement.
#[derive(Debug)]
enum Piece {
    Text(String),
    Group(usize),
}

fn fill(pieces: &[Piece], found: &Captures<'_>) -> String {
    let text = |piece: &Piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Group(n) => found
            .get(*n)
            .map_or_else(String::new, |g| g.as_str().to_owned()),
    };
    pieces.iter().map(text).collect()
}

/// Takes a replacement apart. A group is `sign` and a number; of several
/// digits as many count as give a group that there is. `${name}` is a named
/// one. A backslash takes the next character as it is.
fn pieces(text: &str, sign: char, pattern: &Regex) -> Result<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
        let Some((group, after)) = (c == sign)
            .then(|| reference(rest, pattern))
            .transpose()?
            .flatten()
        else {
            let escaped = rest.chars().next().filter(|_| c == '\\');
            literal.push(escaped.unwrap_or(c));
            rest = rest
                .get(escaped.map_or(0, char::len_utf8)..)
                .unwrap_or_default();
            continue;
        };
        pieces.push(Piece::Text(std::mem::take(&mut literal)));
        pieces.push(Piece::Group(group));
        rest = after;
    }
    pieces.push(Piece::Text(literal));
    Ok(pieces)
}

/// The group whose number or name stands at the beginning, and what follows.
fn reference<'t>(text: &'t str, pattern: &Regex) -> Result<Option<(usize, &'t str)>> {
    if let Some((name, after)) = text.strip_prefix('{').and_then(|t| t.split_once('}')) {
        let mut names = pattern.capture_names();
        let named = names.position(|known| known == Some(name));
        let number = named.or_else(|| name.parse().ok());
        let number = number.and_then(|n| i64::try_from(n).ok()).unwrap_or(-1);
        return Ok(Some((group(pattern, Some(number))?, after)));
    }
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let mut found = None;
    for end in 1..=digits {
        let number = text.get(..end).and_then(|t| t.parse::<i64>().ok());
        match group(pattern, number.or(Some(-1))) {
            Ok(number) => found = text.get(end..).map(|after| (number, after)),
            Err(error) if end == 1 => return Err(error),
            Err(_) => break,
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replaced(text: &str, pattern: &str, with: &str, sign: char) -> String {
        let pattern = compile(pattern).unwrap();
        let with = pieces(with, sign, &pattern).unwrap();
        let fill = |found: &Captures<'_>| fill(&with, found);
        pattern.replace_all(text, fill).into_owned()
    }

    #[test]
    fn replacements_as_java_writes_them() {
        for (with, expected) in [
            ("$1", "a"),
            ("$1x", "ax"),
            ("$12", "a2"),
            ("<$2$1$0>", "<bamab>"),
            ("${who}!", "b!"),
            (r"\$1", "$1"),
            ("$", "$"),
            ("a$", "a$"),
            ("é$2é", "ébé"),
        ] {
            let got = replaced("mab", "m(a)(?P<who>b)", with, '$');
            assert_eq!(got, expected, "{with}");
        }
        assert_eq!(replaced("mab", "m(a)(b)", r"\2\1$1", '\\'), "ba$1");
    }

    #[test]
    fn a_group_that_is_not_there() {
        let pattern = compile("(a)").unwrap();
        for bad in ["$2", "${x}", "${9}"] {
            let error = pieces(bad, '$', &pattern).unwrap_err().to_string();
            assert!(error.contains("has no group"), "{bad}: {error}");
        }
        let error = compile("(?=a)").unwrap_err().to_string();
        assert!(error.contains("look-around"), "{error}");
    }
}
