//! The known name that was probably meant.

/// Longer words are no slips of known names, and comparing takes their length
/// times that of every name.
const WORD_CHARS_MAX: usize = 64;

/// The name that takes the fewest edits, if they are few enough for a slip: a
/// third of it.
pub(crate) fn nearest<'n>(word: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    if word.len() > WORD_CHARS_MAX {
        return None;
    }
    names
        .into_iter()
        .filter(|name| name.len().abs_diff(word.len()) <= name.len().div_ceil(3))
        .map(|name| (edits(word, name), name))
        .filter(|(edits, name)| *edits <= name.chars().count().div_ceil(3))
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, name)| name)
}

/// Levenshtein distance in characters, one row of the table at a time.
pub(crate) fn edits(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.chars().count()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut left = i + 1;
        let mut next = vec![left];
        for ((diagonal, above), b) in row.iter().zip(row.iter().skip(1)).zip(to.chars()) {
            left = (diagonal + usize::from(a != b))
                .min(above + 1)
                .min(left + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted() {
        for (a, b, n) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("abc", "abc", 0),
            ("kitten", "sitting", 3),
            ("princpal", "principal", 1),
            ("flaw", "lawn", 2),
        ] {
            assert_eq!(edits(a, b), n, "{a} {b}");
        }
    }

    #[test]
    fn a_slip_finds_its_name_and_an_invention_none() {
        let names = ["production", "staging", "development"];
        assert_eq!(nearest("prodution", names), Some("production"));
        assert_eq!(nearest("stagin", names), Some("staging"));
        assert_eq!(nearest("weather", names), None);
        assert_eq!(nearest("", names), None);
        assert_eq!(nearest(&"p".repeat(100_000), names), None);
    }
}
