//! The command line as users and scripts meet it: exit statuses, streams,
//! options, messages.

mod explain;
mod formats;
mod input;
mod rules;
mod simulate;
mod status;
mod texts;

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{flowtrail, root};

/// A rule that no real log can miss by accident.
pub(super) const GOOD: &str = "\
title: Somebody took a cookie
id: 11111111-1111-4111-8111-111111111111
logsource: { product: aws, service: cloudtrail }
detection:
  selection: { eventName: TakeCookie }
  condition: selection
level: high
";

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: Option<i32>,
    pub(crate) out: String,
    pub(crate) said: String,
}

impl Ran {
    pub(crate) fn of(output: std::process::Output) -> Self {
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!said.contains("panicked"), "{said}");
        Self {
            status: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            said,
        }
    }

    /// Standard output as JSON, line by line.
    pub(crate) fn json(&self) -> Vec<Value> {
        let all = self.out.lines().map(|l| serde_json::from_str(l).unwrap());
        all.collect()
    }

    /// It could not be done: an error with a hint, on standard error alone.
    #[track_caller]
    pub(crate) fn refused(&self, words: &[&str]) {
        assert_eq!((self.status, self.out.as_str()), (Some(2), ""), "{self:?}");
        assert!(self.said.starts_with("error: "), "{}", self.said);
        for word in words {
            assert!(self.said.contains(word), "no `{word}` in: {}", self.said);
        }
    }
}

/// Runs `flowtrail` with the words of `args` in `folder`.
pub(crate) fn run(folder: &Path, args: &str) -> Ran {
    let args: Vec<&str> = args.split_whitespace().collect();
    Ran::of(flowtrail(folder, &args))
}

/// The same at the top of the checkout.
pub(super) fn at_top(args: &str) -> Ran {
    run(&root(), args)
}

/// The same with `input` on standard input.
pub(super) fn fed(folder: &Path, args: &[&str], input: &[u8]) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_flowtrail"))
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    Ran::of(child.wait_with_output().unwrap())
}

/// A folder with these files in it.
pub(crate) fn folder(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

/// A trail file with one taken cookie for each of these times.
pub(super) fn cookies(times: &[&str]) -> String {
    let record = |(n, time): (usize, &&str)| {
        format!(
            r#"{{"eventVersion":"1.11","eventID":"cookie-{n}","eventTime":"{time}","eventSource":"jar.amazonaws.com","eventName":"TakeCookie","recipientAccountId":"111122223333"}}"#
        )
    };
    let records: Vec<_> = times.iter().enumerate().map(record).collect();
    format!(r#"{{"Records":[{}]}}"#, records.join(","))
}
