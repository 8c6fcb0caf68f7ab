//! Memory stays bounded whatever is read: the binary is fed more than it may
//! hold, and asked for its peak while it still runs.

use std::fs;
use std::io::{self, Read, Write as _};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::WITNESS;
use super::specimens::record;

/// A record is held whole up to 16 MiB, in a window that doubles; beside it
/// stand the rules, the threads and the allocator's reserve.
const PEAK_KB_MAX: u64 = 130_000;

struct Fed {
    peak_kb: Option<u64>,
    status: Option<i32>,
    ids: Vec<String>,
    summary: Value,
}

/// Replays what `input` gives through a pipe.
fn feed(mut input: impl Read) -> Fed {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("witness.yml"), WITNESS).unwrap();
    let options = "replay - --no-shipped --rules witness.yml --format jsonl --no-summary \
                   --summary-json summary.json";
    let mut child = Command::new(env!("CARGO_BIN_EXE_flowtrail"))
        .args(options.split_whitespace())
        .current_dir(dir.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    io::copy(&mut input, &mut pipe).unwrap();
    pipe.flush().unwrap();
    // It still waits for more, so that its peak can be read.
    let peak_kb = peak_kb_of(&mut child);
    drop(pipe);
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let id = |line: &str| {
        let finding: Value = serde_json::from_str(line).unwrap();
        finding["evidence"][0]["event_id"]
            .as_str()
            .unwrap_or("")
            .to_owned()
    };
    let mut ids: Vec<_> = text.lines().map(id).collect();
    ids.sort();
    let summary = fs::read_to_string(dir.path().join("summary.json")).unwrap();
    Fed {
        peak_kb,
        status: output.status.code(),
        ids,
        summary: serde_json::from_str(&summary).unwrap(),
    }
}

/// The most memory that a process ever had, once it has stopped growing. Pages of
/// its binary are not counted, which is hundreds of megabytes in the profile of
/// tests. `None` where the system does not tell.
fn peak_kb_of(child: &mut Child) -> Option<u64> {
    let file = format!("/proc/{}/status", child.id());
    let peak = || {
        let status = fs::read_to_string(&file).ok()?;
        let kb = |name: &str| {
            let line = status.lines().find(|l| l.starts_with(name))?;
            line.split_whitespace().nth(1)?.parse::<u64>().ok()
        };
        Some(kb("VmHWM:")?.saturating_sub(kb("RssFile:")?))
    };
    // The pipe holds a little that is not read yet.
    let end = Instant::now() + Duration::from_millis(200);
    while Instant::now() < end {
        std::thread::sleep(Duration::from_millis(20));
    }
    peak()
}

impl Fed {
    #[track_caller]
    fn stayed_small(&self) {
        match self.peak_kb {
            Some(peak) => {
                println!("peak {peak} kB");
                assert!(peak < PEAK_KB_MAX, "{peak} kB");
            }
            None => println!("skipped: this system does not tell a process's peak"),
        }
    }
}

/// `bytes` times the letter x, made as they are asked for.
fn long(bytes: u64) -> impl Read {
    io::repeat(b'x').take(bytes)
}

/// Two sound records, and between them one with a text of `bytes` bytes.
fn with_a_long_text(bytes: u64) -> impl Read {
    let (a, b) = (record("a"), record("b"));
    let head = format!("{{\"Records\":[{a},{{\"eventVersion\":\"1.08\",\"userAgent\":\"");
    let tail = format!("\"}},{b}]}}");
    io::Cursor::new(head)
        .chain(long(bytes))
        .chain(io::Cursor::new(tail))
}

#[test]
fn a_text_of_300_megabytes_is_one_skip() {
    let fed = feed(with_a_long_text(300_000_000));
    fed.stayed_small();
    assert_eq!(
        (fed.status, &fed.ids[..]),
        (Some(0), &["a".into(), "b".into()][..])
    );
    let account = &fed.summary["accounting"];
    assert_eq!(account["records"]["in"], 3);
    assert_eq!(account["skipped"]["too_large"], 1);
}

#[test]
fn compressed_it_is_the_same() {
    let zipped =
        flate2::read::GzEncoder::new(with_a_long_text(300_000_000), flate2::Compression::fast());
    let fed = feed(zipped);
    fed.stayed_small();
    assert_eq!(
        (fed.status, &fed.ids[..]),
        (Some(0), &["a".into(), "b".into()][..])
    );
    let account = &fed.summary["accounting"];
    assert_eq!(account["skipped"]["too_large"], 1);
    assert!(account["bytes"]["stored"].as_u64().unwrap() < 20_000_000);
    assert!(account["bytes"]["inflated"].as_u64().unwrap() > 300_000_000);
}

#[test]
fn a_line_of_300_megabytes_is_one_skip() {
    let header = "version srcaddr dstaddr end\n";
    let line = "\n2 10.0.0.1 10.0.0.2 1772445600\n";
    let fed = feed(
        io::Cursor::new(header)
            .chain(long(300_000_000))
            .chain(io::Cursor::new(line)),
    );
    fed.stayed_small();
    let account = &fed.summary["accounting"];
    assert_eq!((fed.status, fed.ids.len()), (Some(0), 1));
    assert_eq!(account["records"]["in"], 2);
    assert_eq!(account["skipped"]["too_large"], 1);
}

/// Damage behind which nothing looks like a record: all of it is searched, and
/// none of it held.
#[test]
fn megabytes_without_a_record_are_not_held() {
    let head = format!("{{\"Records\":[{},!", record("a"));
    let blanks = io::repeat(b' ').take(100_000_000);
    let tail = format!(",{}]}}", record("b"));
    let fed = feed(
        io::Cursor::new(head)
            .chain(long(100_000_000))
            .chain(blanks)
            .chain(io::Cursor::new(tail)),
    );
    fed.stayed_small();
    assert_eq!(
        (fed.status, &fed.ids[..]),
        (Some(0), &["a".into(), "b".into()][..])
    );
    assert_eq!(fed.summary["accounting"]["skipped"]["malformed"], 1);
}

/// A file that is no log is not read behind its beginning.
#[test]
fn a_text_that_is_no_log_is_not_read_on() {
    let dir = tempfile::tempdir().unwrap();
    let file = fs::File::create(dir.path().join("core")).unwrap();
    file.set_len(1 << 40)
        .unwrap_or_else(|_| file.set_len(1 << 30).unwrap());
    let started = Instant::now();
    let output = crate::support::flowtrail(dir.path(), &["replay", "--no-summary", "core"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(started.elapsed() < Duration::from_secs(20));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("core: neither CloudTrail nor flow logs"),
        "{said}"
    );
}
