//! The zips of the function for `provided.al2023`, their sums, and what is in them.

mod glibc;
mod start;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::python::Python;
use crate::supply::{Subject, sha256, write_sbom, write_sums};
use crate::{cargo, root, run_knowing, say};

/// What the function is built with: one unit, all of it optimised together.
const PROFILE: &str = "dist";
/// Bytes of a zip. Lambda takes 50 MB; a small one is fetched sooner at a cold start.
const ZIP_BYTES_MAX: u64 = 10_000_000;
/// The C library of Amazon Linux 2023.
const GLIBC_MAX: &str = "2.34";
/// A linker for other machines and for an older C library than this one's.
const ZIG: [&str; 2] = ["cargo-zigbuild==0.24.0", "ziglang==0.17.1"];
/// What a record goes through, of what others wrote. All else of the program
/// waits for AWS or runs once, and is built to be small.
const HOT: [&str; 17] = [
    "aho-corasick",
    "arrow-array",
    "arrow-buffer",
    "arrow-data",
    "arrow-select",
    "bytes",
    "flate2",
    "foldhash",
    "hashbrown",
    "memchr",
    "parquet",
    "regex-automata",
    "serde_json",
    "simd-adler32",
    "snap",
    "zlib-rs",
    "zstd",
];
/// Starts of which the median is told.
const STARTS: usize = 15;

/// Makes a zip of one file that is the same for the same bytes: the time is the
/// first that the format knows, and the mode is that of a program.
const ZIP: &str = "
import sys, zipfile
entry = zipfile.ZipInfo('bootstrap', (1980, 1, 1, 0, 0, 0))
entry.create_system = 3
entry.external_attr = 0o100755 << 16
entry.compress_type = zipfile.ZIP_DEFLATED
with open(sys.argv[1], 'rb') as program, zipfile.ZipFile(sys.argv[2], 'w') as package:
    package.writestr(entry, program.read(), compresslevel=9)
";

/// A machine that Lambda has.
struct Machine {
    /// As Lambda calls it.
    name: &'static str,
    /// As Rust calls it.
    target: &'static str,
}

const MACHINES: [Machine; 2] = [
    Machine {
        name: "x86_64",
        target: "x86_64-unknown-linux-gnu",
    },
    Machine {
        name: "arm64",
        target: "aarch64-unknown-linux-gnu",
    },
];

/// Builds what can be built here, and says what cannot, and why. With `zig`
/// even the zip of this machine is linked by zig.
///
/// # Errors
/// If a build fails, its result does not fit Lambda, or nothing can be built.
pub(crate) fn package(zig: bool) -> Result<(), String> {
    let host = rustc(&["--print", "host-tuple"])?;
    let sysroot = PathBuf::from(rustc(&["--print", "sysroot"])?);
    let folder = root().join("target/package");
    std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut made = Vec::new();
    for machine in MACHINES {
        let target = machine.target;
        if !sysroot.join("lib/rustlib").join(target).exists() {
            say(&format!(
                "== {}: not built, because Rust's standard library for {target} is not installed\n\
                 hint: `rustup target add {target}`",
                machine.name
            ));
            continue;
        }
        let here = host == target;
        let program = program(&machine, here && !zig)?;
        let name = |ending: &str| format!("flowtrail-lambda-{}.{ending}", machine.name);
        pack(&program, &folder.join(name("zip")))?;
        let bytes = std::fs::read(&program).map_err(|e| format!("{}: {e}", program.display()))?;
        let subject = Subject {
            target,
            program_sha256: sha256(&bytes),
        };
        write_sbom(&folder.join(name("cdx.json")), &subject)?;
        made.extend([name("zip"), name("cdx.json")]);
        if here {
            time(&program)?;
        } else {
            say("== it cannot be started here, so no time is told");
        }
    }
    if made.is_empty() {
        return Err("no zip could be built".to_owned());
    }
    write_sums(&folder, &made)
}

/// The program for a machine, which needs no newer C library than Lambda has.
fn program(machine: &Machine, plain: bool) -> Result<PathBuf, String> {
    if plain {
        let program = build(machine, None)?;
        let needed = glibc::newer_than(&program, GLIBC_MAX)?;
        if needed.is_empty() {
            return Ok(program);
        }
        say(&format!(
            "== linked again by zig, because Lambda lacks {}",
            needed.join(", ")
        ));
    }
    let program = build(machine, Some(&Python::with("zig", &ZIG)?))?;
    let needed = glibc::newer_than(&program, GLIBC_MAX)?;
    if needed.is_empty() {
        return Ok(program);
    }
    Err(format!(
        "{} needs {}, and provided.al2023 has {GLIBC_MAX}",
        program.display(),
        needed.join(", ")
    ))
}

/// Builds the program, alone: with others in one build it would get their features.
fn build(machine: &Machine, zig: Option<&Python>) -> Result<PathBuf, String> {
    let package = "--locked --profile dist --package flowtrail-lambda --bin bootstrap";
    let package = package.split(' ').map(str::to_owned).chain(small());
    // Line tables are for a debugger, which Lambda has not.
    let strip = ("CARGO_PROFILE_DIST_STRIP", "symbols");
    // A tenth smaller than by thin LTO, which is for who builds the command line.
    let lto = ("CARGO_PROFILE_DIST_LTO", "fat");
    let flags = ("CARGO_ENCODED_RUSTFLAGS", flags());
    let flags = (flags.0, flags.1.as_str());
    let out = std::env::var_os("CARGO_TARGET_DIR");
    let out = out.map_or_else(|| root().join("target"), PathBuf::from);
    let Some(zig) = zig else {
        let mut words = cargo(&["build"]);
        words.extend(package);
        run_knowing(&[(machine.name, words)], &[strip, lto, flags])?;
        return Ok(out.join(PROFILE).join("bootstrap"));
    };
    let target = format!("{}.{GLIBC_MAX}", machine.target);
    let mut words = vec![zig.tool("cargo-zigbuild"), "zigbuild".to_owned()];
    words.extend(package);
    words.extend(["--target".to_owned(), target]);
    let path = zig.search_path();
    let mut variables = vec![strip, lto, flags, ("PATH", path.as_str())];
    let site = zig.site();
    variables.extend(site.as_deref().map(|s| ("PYTHONPATH", s)));
    run_knowing(&[(machine.name, words)], &variables)?;
    Ok(out.join(machine.target).join(PROFILE).join("bootstrap"))
}

/// The settings that build small what need not be fast. They are no part of the
/// profile, of which the command line is built too.
fn small() -> Vec<String> {
    let level = |package: &str, level: &str| {
        let setting = format!("profile.dist.package.\"{package}\".opt-level={level}");
        ["--config".to_owned(), setting]
    };
    let hot = HOT.iter().flat_map(|package| level(package, "3"));
    level("*", "\"s\"").into_iter().chain(hot).collect()
}

/// Places in messages are told from the checkout and from cargo's folder on, so that
/// the program is the same wherever these are, and says nothing of who built it.
fn flags() -> String {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let cargo = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let cargo = cargo.or_else(|| home.map(|h| h.join(".cargo")));
    let top = root().canonicalize().ok();
    let places = [(cargo, "/cargo"), (top, "/flowtrail")];
    let flags = places.into_iter().filter_map(|(from, to)| {
        let from = from?;
        Some(format!("--remap-path-prefix={}={to}", from.display()))
    });
    // What stands between two flags (Cargo book, "Environment variables").
    flags.collect::<Vec<_>>().join("\u{1f}")
}

/// Writes the zip of a program; nothing but its bytes counts.
fn zip_up(program: &Path, zip: &Path) -> Result<(), String> {
    let made = Command::new("python3")
        .args(["-c", ZIP])
        .args([program, zip])
        .status()
        .map_err(|e| format!("cannot run Python: {e}\nhint: Python 3 makes the zip"))?;
    if !made.success() {
        return Err(format!("the zip could not be made: {made}"));
    }
    Ok(())
}

fn pack(program: &Path, zip: &Path) -> Result<(), String> {
    zip_up(program, zip)?;
    let bytes = |path: &Path| {
        let about = std::fs::metadata(path).map_err(|e| format!("{}: {e}", path.display()));
        about.map(|a| a.len())
    };
    let (whole, packed) = (bytes(program)?, bytes(zip)?);
    let newest = glibc::newest(program)?.unwrap_or_else(|| "no GLIBC".to_owned());
    say(&format!(
        "== target/package/{}: {packed} bytes, bootstrap {whole} bytes, newest symbol {newest}",
        zip.file_name().unwrap_or_default().display()
    ));
    if packed > ZIP_BYTES_MAX {
        return Err(format!("the zip has more than {ZIP_BYTES_MAX} bytes"));
    }
    Ok(())
}

/// Tells how long a start takes. Nothing is asserted: that is the clock of this
/// machine, not of Lambda.
fn time(program: &Path) -> Result<(), String> {
    let mut polls = Vec::new();
    let mut answers = Vec::new();
    for _ in 0..STARTS {
        let started = start::start(program)?;
        polls.push(started.first_poll);
        answers.push(started.first_answer);
    }
    for (what, mut times) in [("first poll", polls), ("first answer", answers)] {
        times.sort_unstable();
        let middle = times.get(times.len() / 2).copied().unwrap_or_default();
        let longest = times.last().copied().unwrap_or_default();
        say(&format!(
            "== from start to {what}: {:.1} ms, the median of {STARTS}; the longest {:.1} ms",
            milliseconds(middle),
            milliseconds(longest)
        ));
    }
    Ok(())
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

/// One line that the compiler says.
fn rustc(args: &[&str]) -> Result<String, String> {
    let out = Command::new("rustc")
        .args(args)
        .current_dir(root())
        .output()
        .map_err(|e| format!("cannot run rustc: {e}"))?;
    if !out.status.success() {
        return Err(String::from_utf8_lossy(&out.stderr).into_owned());
    }
    Ok(String::from_utf8_lossy(&out.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::os::unix::fs::PermissionsExt;
    use std::time::SystemTime;

    /// The same bytes in another file, at another time, with another mode, by a
    /// process of its own.
    #[test]
    fn equal_programs_make_equal_zips() {
        let folder = std::env::temp_dir().join(format!("zips-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("b")).unwrap();
        let bytes: Vec<u8> = (0..400_000_u32)
            .flat_map(|n| (n / 7).to_le_bytes())
            .collect();
        let zipped = |name: &str, bytes: &[u8], mode: u32, time: SystemTime| {
            let program = folder.join(name);
            std::fs::write(&program, bytes).unwrap();
            let file = std::fs::File::options().write(true).open(&program).unwrap();
            file.set_modified(time).unwrap();
            std::fs::set_permissions(&program, PermissionsExt::from_mode(mode)).unwrap();
            let zip = folder.join("out.zip");
            zip_up(&program, &zip).unwrap();
            std::fs::read(zip).unwrap()
        };
        let now = SystemTime::now();
        let then = now - Duration::from_secs(40 * 86_400);
        let one = zipped("bootstrap", &bytes, 0o755, now);
        let other = zipped("b/program", &bytes, 0o600, then);
        assert!(one == other, "{} and {} bytes", one.len(), other.len());
        assert!(one.starts_with(b"PK") && one.len() < bytes.len());
        let entry = one.windows(9).filter(|w| *w == b"bootstrap").count();
        assert_eq!(entry, 2, "the head of the file and the directory");
        // -rwxr-xr-x of a Unix, in the upper half of the external attributes.
        let mode = (0o100_755_u32 << 16).to_le_bytes();
        assert!(one.windows(4).any(|w| w == mode));
        assert!(one != zipped("bootstrap", b"other", 0o755, now));
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn nobodys_folders_are_in_the_flags_but_as_what_is_replaced() {
        let flags = flags();
        assert!(flags.split('\u{1f}').count() == 2, "{flags}");
        assert!(
            flags.ends_with("=/flowtrail") && flags.contains("=/cargo"),
            "{flags}"
        );
    }
}
