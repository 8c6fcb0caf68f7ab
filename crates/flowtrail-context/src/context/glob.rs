//! Globs: `*` stands for any text, `?` for one byte.

/// Whether `glob` takes the whole of `text`. No backslash has a meaning. The
/// time is at most the product of both lengths.
pub(crate) fn takes(glob: &[u8], text: &[u8]) -> bool {
    let (mut g, mut t) = (0, 0);
    // Behind the last star, and what it has taken so far.
    let mut star: Option<(usize, usize)> = None;
    while let Some(byte) = text.get(t) {
        match glob.get(g) {
            Some(b'*') => {
                g += 1;
                star = Some((g, t));
            }
            Some(b) if *b == b'?' || b == byte => {
                g += 1;
                t += 1;
            }
            Some(_) | None => match star {
                Some((behind, taken)) => {
                    star = Some((behind, taken + 1));
                    (g, t) = (behind, taken + 1);
                }
                None => return false,
            },
        }
    }
    glob.get(g..)
        .is_some_and(|rest| rest.iter().all(|b| *b == b'*'))
}

#[cfg(test)]
mod tests {
    use super::takes;

    #[test]
    fn globs() {
        for (glob, text, expected) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("*", "abc", true),
            ("a*c", "abc", true),
            ("a*c", "ac", true),
            ("a*c", "acb", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*b*", "abc", true),
            ("*ab", "aab", true),
            ("*aab", "aaaab", true),
            ("a**", "a", true),
            (
                "arn:aws:iam::*:role/deploy-*",
                "arn:aws:iam::111122223333:role/deploy-shop",
                true,
            ),
            (
                "arn:aws:iam::*:role/deploy-*",
                "arn:aws:iam::111122223333:role/undeploy-shop",
                false,
            ),
            ("port_scan", "port_scan", true),
            ("port_scan", "port_scan_slow", false),
        ] {
            assert_eq!(
                takes(glob.as_bytes(), text.as_bytes()),
                expected,
                "{glob} {text}"
            );
        }
    }

    #[test]
    fn many_stars_do_not_take_long() {
        let glob = "*a".repeat(500);
        let text = "a".repeat(499) + &"b".repeat(100_000);
        assert!(!takes(glob.as_bytes(), text.as_bytes()));
    }
}
