//! Which C library a program needs.
//!
//! A program names, for each library, the versions of the symbols that it takes
//! from it (`.gnu.version_r`, Linux Standard Base, "Symbol Versioning"). The
//! loader refuses to start it if the library lacks one.

use std::path::Path;

use object::Endianness;
use object::read::elf::ElfFile64;

/// What the versions of the C library begin with.
const PREFIX: &str = "GLIBC_";

/// The versions of the C library that a program needs and that one of version
/// `max` lacks. One that is no number marks a feature of the loader, which no
/// number vouches for, so that it is among them.
///
/// # Errors
/// If the file is no program for Linux.
pub(super) fn newer_than(program: &Path, max: &str) -> Result<Vec<String>, String> {
    let max = numbers(max).unwrap_or_default();
    let needed = versions(program)?.into_iter();
    let lacks = |v: &String| numbers(v).is_none_or(|n| n > max);
    Ok(needed
        .filter(lacks)
        .map(|v| format!("{PREFIX}{v}"))
        .collect())
}

/// The newest version of the C library that a program needs.
///
/// # Errors
/// If the file is no program for Linux.
pub(super) fn newest(program: &Path) -> Result<Option<String>, String> {
    let newest = versions(program)?.into_iter().max_by_key(|v| numbers(v));
    Ok(newest.map(|v| format!("{PREFIX}{v}")))
}

/// `2.34` as numbers.
fn numbers(version: &str) -> Option<Vec<u32>> {
    version.split('.').map(|n| n.parse().ok()).collect()
}

/// What follows `GLIBC_` in the versions that a program needs.
fn versions(program: &Path) -> Result<Vec<String>, String> {
    let wrong = |e: &dyn std::fmt::Display| format!("{}: {e}", program.display());
    let bytes = std::fs::read(program).map_err(|e| wrong(&e))?;
    let file: ElfFile64<'_, Endianness> =
        ElfFile64::parse(bytes.as_slice()).map_err(|e| wrong(&e))?;
    read(&file, &bytes).map_err(|e| wrong(&e))
}

fn read(file: &ElfFile64<'_, Endianness>, bytes: &[u8]) -> object::Result<Vec<String>> {
    let endian = file.endian();
    let sections = file.elf_section_table();
    let mut out = Vec::new();
    let Some((mut libraries, link)) = sections.gnu_verneed(endian, bytes)? else {
        return Ok(out);
    };
    let names = sections.strings(endian, bytes, link)?;
    while let Some((_, mut needed)) = libraries.next()? {
        while let Some(version) = needed.next()? {
            let name = String::from_utf8_lossy(version.name(endian, names)?);
            out.extend(name.strip_prefix(PREFIX).map(str::to_owned));
        }
    }
    out.sort();
    out.dedup();
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(numbers("2.9") < numbers("2.34"));
        assert!(numbers("2.2.5") < numbers("2.34"));
        assert!(numbers("2.34") < numbers("2.34.1"));
        assert_eq!(numbers("ABI_DT_RELR"), None);
    }

    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[test]
    fn a_program_says_what_it_needs() {
        let this = std::env::current_exe().unwrap();
        let newest = newest(&this).unwrap().unwrap();
        assert!(newest.starts_with("GLIBC_2."), "{newest}");
        assert!(newer_than(&this, "9.0").unwrap().is_empty());
        assert!(newer_than(&this, "2.0").unwrap().contains(&newest));
    }

    #[test]
    fn other_files_are_refused() {
        let this = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        assert!(newest(&this).is_err());
        assert!(newest(Path::new("no such file")).is_err());
    }
}
