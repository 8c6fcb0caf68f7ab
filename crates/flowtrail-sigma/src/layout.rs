//! The sections of a document that are read a second time, cut out of its text.
//!
//! Reading YAML is most of the work of loading rules, and most of a rule is
//! metadata in which the parser misreads nothing.

/// The sections in which the parser has to be helped, and the title that tells
/// them apart in a collection.
const SECTIONS: [&str; 4] = ["title", "detection", "filter", "correlation"];

/// Line breaks of YAML besides `\n`.
const OTHER_BREAKS: [char; 4] = ['\r', '\u{85}', '\u{2028}', '\u{2029}'];

/// The text of these sections alone. `None` unless the document is laid out as
/// rules are: each of its keys at the beginning of a line, and what belongs to
/// it indented or a list.
///
/// A quoted text that goes on at the beginning of a line is cut, too. What is
/// left is then no YAML, for a quote is open, and the whole has to be read; so
/// it has with an alias of an anchor that stands in another section.
pub(crate) fn sections(text: &str) -> Option<String> {
    let has_break = if text.is_ascii() {
        memchr::memchr(b'\r', text.as_bytes()).is_some()
    } else {
        text.contains(OTHER_BREAKS)
    };
    if has_break {
        return None;
    }
    let mut out = String::new();
    let mut wanted = false;
    for line in text.split_inclusive('\n') {
        match line.as_bytes() {
            [b' ' | b'\n' | b'#', ..] | [b'-', b' ' | b'\n', ..] => {}
            [b'a'..=b'z', ..] => wanted = SECTIONS.contains(&key(line)?),
            _ => return None,
        }
        if wanted {
            out.push_str(line);
        }
    }
    Some(out)
}

/// The key that a line begins with.
fn key(line: &str) -> Option<&str> {
    let (key, rest) = line.split_once(':')?;
    let is_plain = |b: u8| b.is_ascii_lowercase() || b == b'-' || b == b'_';
    let ends = matches!(rest.as_bytes().first(), None | Some(b' ' | b'\n'));
    (ends && key.bytes().all(is_plain)).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_parser_reads_well_is_left_out() {
        let text = "# a rule\ntitle: t\nid: 1\ndescription: |\n  detection:\n    no\n\
                    tags:\n- a\ndetection:\n    s:\n# why\n\n    - x\n    condition: s\nlevel: low";
        let cut = "title: t\ndetection:\n    s:\n# why\n\n    - x\n    condition: s\n";
        assert_eq!(sections(text).as_deref(), Some(cut));
        assert_eq!(
            sections("correlation:\n- a").as_deref(),
            Some("correlation:\n- a")
        );
        assert_eq!(sections("level: low\n").as_deref(), Some(""));
    }

    #[test]
    fn another_layout_is_read_as_a_whole() {
        for text in [
            "{title: t}",
            "'title': t\n",
            "\ttitle: t\n",
            "%YAML 1.2\n",
            "title: t\n---\ntitle: u\n",
            "title: t\nmore of it\n",
            "title:t\n",
            "Title: t\n",
            "title: t\r\ndetection: x",
            "description: a\u{2028}detection: x",
            "description: a\u{85}detection: x",
        ] {
            assert_eq!(sections(text), None, "{text:?}");
        }
    }
}
