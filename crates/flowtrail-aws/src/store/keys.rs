//! Keys of S3 and paths of an object store: each key has one path, each path
//! one key.
//!
//! Most keys are their own path. A store's path has no empty names, no `.` and
//! `..` and no control characters; where a key has them, [`ESCAPE`] stands in the
//! path: alone for an empty name, else with two hexadecimal digits for the byte.

use std::borrow::Cow;

use object_store::path::{Path, PathPart};
use percent_encoding::percent_decode_str;

/// A character for private use, which nobody types into a key.
const ESCAPE: char = '\u{e000}';
/// What the escape itself is written as: no ASCII character has this number.
const ITSELF: &str = "ee";

/// The path of a key of a [`S3Store`](super::S3Store), or of the beginning of one
/// without its slash at the end.
#[must_use]
pub fn path_of(key: &str) -> Path {
    if let Some(path) = plain(key) {
        return path;
    }
    let names: Vec<_> = key.split('/').map(escaped).collect();
    // Without the names that a path may not have, this cannot fail.
    Path::parse(names.join("/")).unwrap_or_default()
}

/// The path of a key that is its own path.
fn plain(key: &str) -> Option<Path> {
    if key.contains(ESCAPE) {
        return None;
    }
    Path::parse(key).ok().filter(|path| path.as_ref() == key)
}

fn escaped(name: &str) -> Cow<'_, str> {
    if name.is_empty() {
        return Cow::Owned(ESCAPE.to_string());
    }
    if PathPart::parse(name).is_ok() && !name.contains(ESCAPE) {
        return Cow::Borrowed(name);
    }
    let is_dots = name == "." || name == "..";
    let mut out = String::with_capacity(name.len() + 8);
    for c in name.chars() {
        if c == ESCAPE {
            out.push(ESCAPE);
            out.push_str(ITSELF);
        } else if c.is_ascii_control() || is_dots {
            out.push(ESCAPE);
            out.push_str(&format!("{:02x}", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// The key of a path of a [`S3Store`](super::S3Store).
#[must_use]
pub fn key_of(path: &Path) -> String {
    let path = path.as_ref();
    if !path.contains(ESCAPE) {
        return path.to_owned();
    }
    let names: Vec<_> = path.split('/').map(unescaped).collect();
    names.join("/")
}

fn unescaped(name: &str) -> String {
    let mut parts = name.split(ESCAPE);
    let mut out = parts.next().unwrap_or("").to_owned();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2).unwrap_or(("", part));
        if digits == ITSELF {
            out.push(ESCAPE);
        } else if let Ok(byte) = u8::from_str_radix(digits, 16) {
            out.push(char::from(byte));
        }
        out.push_str(rest);
    }
    out
}

/// What the keys below a path begin with.
pub(super) fn prefix_of(path: Option<&Path>) -> String {
    match path.filter(|p| !p.is_root()) {
        Some(path) => key_of(path) + "/",
        None => String::new(),
    }
}

/// A key as a listing with `encoding-type=url` writes it.
pub(super) fn decoded(text: &str, is_encoded: bool) -> String {
    if !is_encoded {
        return text.to_owned();
    }
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_has_a_path_of_its_own() {
        let keys = [
            "AWSLogs/1/x.json.gz",
            "AWSLogs/",
            "AWSLogs",
            "logs//AWSLogs/1",
            "/logs",
            "//",
            "/",
            "a/./b",
            "a/../b",
            "a/.../b",
            "a\nb/c",
            "a/\u{e000}/b",
            "a/\u{e000}ee",
            "a/\u{e000}0a",
            "100%25 of/it",
            "ä/é+ ü",
        ];
        let mut paths: Vec<_> = keys.iter().map(|k| path_of(k)).collect();
        for (key, path) in keys.iter().zip(&paths) {
            assert_eq!(&key_of(path), key);
        }
        paths.sort();
        paths.dedup();
        assert_eq!(paths.len(), keys.len());
        assert_eq!(path_of(keys[0]).as_ref(), keys[0]);
    }

    #[test]
    fn prefixes_end_in_a_slash() {
        assert_eq!(prefix_of(None), "");
        assert_eq!(prefix_of(Some(&Path::ROOT)), "");
        assert_eq!(prefix_of(Some(&path_of("logs/"))), "logs//");
        assert_eq!(prefix_of(Some(&path_of("a/b"))), "a/b/");
    }

    #[test]
    fn encoded_keys_are_decoded() {
        assert_eq!(decoded("a+b%2Bc%2Fd", true), "a b+c/d");
        assert_eq!(decoded("a+b%2B", false), "a+b%2B");
    }
}
