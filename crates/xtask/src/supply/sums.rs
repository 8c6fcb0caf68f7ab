//! SHA-256 of files, in the form that `sha256sum --check` reads.

use std::fmt::Write as _;
use std::path::Path;

use sha2::{Digest as _, Sha256};

/// The name of the list.
const NAME: &str = "SHA256SUMS";

/// The SHA-256 of some bytes, in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    let mut out = String::new();
    for byte in Sha256::digest(bytes) {
        // Writing to a string cannot fail.
        let _ = write!(out, "{byte:02x}");
    }
    out
}

/// Writes the sums of these files of a folder into it, in the order of names.
///
/// # Errors
/// If a file cannot be read, or the list not be written.
pub(crate) fn write(folder: &Path, names: &[String]) -> Result<(), String> {
    let mut names: Vec<&String> = names.iter().collect();
    names.sort();
    let mut text = String::new();
    for name in names {
        let path = folder.join(name);
        let bytes = std::fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        let _ = writeln!(text, "{}  {name}", sha256(&bytes));
    }
    let path = folder.join(NAME);
    std::fs::write(&path, text).map_err(|e| format!("{}: {e}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn sums_are_those_of_the_standard() {
        // FIPS 180-4, "abc" of its examples.
        let want = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256(b"abc"), want);
    }

    #[test]
    fn a_list_is_read_by_those_who_check_it() {
        let folder = std::env::temp_dir().join(format!("sums-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        for name in ["b.zip", "a.zip"] {
            std::fs::write(folder.join(name), name).unwrap();
        }
        write(&folder, &["b.zip".to_owned(), "a.zip".to_owned()]).unwrap();
        let text = std::fs::read_to_string(folder.join(NAME)).unwrap();
        let names: Vec<&str> = text.lines().filter_map(|l| l.split("  ").nth(1)).collect();
        assert_eq!(names, ["a.zip", "b.zip"]);
        let check = || {
            let mut command = Command::new("sha256sum");
            command
                .args(["--check", "--status", NAME])
                .current_dir(&folder);
            command.status().map(|s| s.success())
        };
        if let Ok(right) = check() {
            assert!(right);
            std::fs::write(folder.join("a.zip"), "other").unwrap();
            assert!(!check().unwrap());
        }
        assert!(write(&folder, &["none".to_owned()]).is_err());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
