//! `expand`: placeholders and the values that stand for them.

use std::collections::BTreeMap;

use crate::problem::Reject;

/// Texts that one value may become. Placeholders stand for lists of accounts or
/// names, and two lists in one value multiply.
const TEXTS_MAX: usize = 10_000;

/// A piece of a value.
#[derive(Debug, PartialEq, Eq)]
enum Piece<'t> {
    Text(String),
    Placeholder(&'t str),
}

/// Every text that `written` stands for. Its own escapes and wildcards stay as
/// they are written, and those of the values count, too. A placeholder without
/// values is an error, because the rule would look for the percent signs.
pub(crate) fn expand(
    written: &str,
    placeholders: &BTreeMap<String, Vec<String>>,
) -> Result<Vec<String>, Reject> {
    let mut texts = vec![String::new()];
    for piece in pieces(written) {
        match piece {
            Piece::Text(text) => texts.iter_mut().for_each(|t| t.push_str(&text)),
            Piece::Placeholder(name) => {
                let values = placeholders.get(name).filter(|v| !v.is_empty());
                let values = values.ok_or_else(|| unknown(name))?;
                if texts.len().saturating_mul(values.len()) > TEXTS_MAX {
                    return Err(Reject::new("`expand` makes too many texts of this value"));
                }
                texts = texts
                    .iter()
                    .flat_map(|t| values.iter().map(move |v| format!("{t}{v}")))
                    .collect();
            }
        }
    }
    Ok(texts)
}

/// A placeholder is a name between two percent signs; any other percent sign
/// stands for itself, and so does `\%` (specification, "Placeholders").
fn pieces(written: &str) -> Vec<Piece<'_>> {
    let mut out = Vec::new();
    let mut text = String::new();
    let mut rest = written.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' => match rest.next() {
                Some('%') => text.push('%'),
                Some(other) => text.extend(['\\', other]),
                None => text.push('\\'),
            },
            '%' => match name(rest.as_str()) {
                Some((name, behind)) => {
                    out.push(Piece::Text(std::mem::take(&mut text)));
                    out.push(Piece::Placeholder(name));
                    rest = behind.chars();
                }
                None => text.push('%'),
            },
            _ => text.push(c),
        }
    }
    out.push(Piece::Text(text));
    out
}

/// The name up to the closing percent sign, and what follows that.
fn name(behind: &str) -> Option<(&str, &str)> {
    let (name, after) = behind.split_once('%')?;
    (!name.is_empty() && !name.contains('\\')).then_some((name, after))
}

fn unknown(name: &str) -> Reject {
    Reject::new(format!("placeholder `%{name}%` has no values"))
        .hint("define it, or remove the `expand` modifier to search for the text itself")
        .near(format!("%{name}%"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(written: &str) -> Option<Vec<String>> {
        let of = |values: &[&str]| values.iter().map(|v| (*v).to_owned()).collect();
        let placeholders = BTreeMap::from([
            ("a".to_owned(), of(&["x", "longer"])),
            ("b".to_owned(), of(&["1", "2"])),
            ("self".to_owned(), of(&["%self%"])),
            ("none".to_owned(), of(&[])),
            ("many".to_owned(), (0..200).map(|n| n.to_string()).collect()),
        ]);
        expand(written, &placeholders).ok()
    }

    #[test]
    fn values_of_any_length_are_put_in_place() {
        let of = |written| expanded(written).unwrap();
        assert_eq!(
            of("-%a%-%b%."),
            ["-x-1.", "-x-2.", "-longer-1.", "-longer-2."]
        );
        assert_eq!(of("%a%%b%"), ["x1", "x2", "longer1", "longer2"]);
        assert_eq!(of(r"\*%b%*"), [r"\*1*", r"\*2*"]);
        assert_eq!(of(r"\%a%b%\%a\%"), ["%a1%a%", "%a2%a%"]);
        assert_eq!(of(r"\\%b%\"), [r"\\1\", r"\\2\"]);
        for same in ["", "plain", "100%", "%%", "%self%"] {
            assert_eq!(of(same), [same]);
        }
    }

    #[test]
    fn what_has_no_values_is_named() {
        let error = expand("x%who%", &BTreeMap::new()).unwrap_err();
        assert_eq!(error.reason, "placeholder `%who%` has no values");
        assert_eq!(expanded("50% of %"), None, "a placeholder called ` of `");
        assert_eq!(expanded("%none%"), None);
        assert_eq!(expanded("%many%%many%"), None, "forty thousand texts");
        assert_eq!(expanded("%many%").map(|t| t.len()), Some(200));
    }
}
