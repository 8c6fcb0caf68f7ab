//! The one place that decides what goes to the terminal: data on standard
//! output, talk on standard error, colour and progress only where they help.

use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::path::Path;

use flowtrail_output::{Style, sanitize};

use crate::args::Color;

/// Standard output, buffered.
pub(crate) fn stdout() -> BufWriter<io::Stdout> {
    BufWriter::with_capacity(64 << 10, io::stdout())
}

/// Some lines of talk, safe for a terminal. If standard error is gone there is
/// nobody to tell.
pub(crate) fn say(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", safe(text));
}

/// A text of several lines, each of them safe for a terminal.
pub(crate) fn safe(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(sanitize).collect();
    lines.join("\n")
}

/// A path as messages show it: on one line, whatever its name.
pub(crate) fn path(path: &Path) -> String {
    sanitize(&path.to_string_lossy()).into_owned()
}

/// That something could not be done with a file, and why, as a user says it.
pub(crate) fn cannot(what: &str, file: &Path, error: &io::Error) -> anyhow::Error {
    anyhow::anyhow!("cannot {what} `{}`: {}", path(file), reason(error))
}

/// What the file system said, without the number that it says it by.
pub(crate) fn reason(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::NotFound {
        return "no such file or folder".to_owned();
    }
    let text = error.to_string();
    let bare = text.split(" (os error").next().unwrap_or(&text);
    let mut chars = bare.chars();
    let first = chars.next().map(|c| c.to_ascii_lowercase());
    first.into_iter().chain(chars).collect()
}

/// A number of things: `1 file`, `2 files`.
pub(crate) fn counted(n: usize, thing: &str) -> String {
    let end = if n == 1 { "" } else { "s" };
    format!("{n} {thing}{end}")
}

/// How text looks on standard output.
pub(crate) fn style(color: Color) -> Style {
    let terminal = io::stdout().is_terminal();
    let colour = match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()),
    };
    let width = terminal_size::terminal_size_of(io::stdout()).map(|(w, _)| usize::from(w.0));
    Style {
        colour,
        width: if terminal { width } else { None },
        ascii: false,
    }
}

/// Whether a progress bar would be seen.
pub(crate) fn shows_progress() -> bool {
    io::stderr().is_terminal()
}

/// Whether an error means that the reader of our output went away, which is no
/// failure of ours.
pub(crate) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|e| e.downcast_ref::<io::Error>())
        .any(|e| e.kind() == io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_the_system_are_put_in_words() {
        let said = |code| reason(&io::Error::from_raw_os_error(code));
        assert_eq!(said(2), "no such file or folder");
        assert_eq!(said(13), "permission denied");
        assert_eq!(said(21), "is a directory");
        assert_eq!(reason(&io::Error::other("Disk is gone")), "disk is gone");
        assert_eq!(
            (counted(1, "file"), counted(0, "file")),
            ("1 file".into(), "0 files".into())
        );
    }

    #[test]
    fn names_of_files_do_not_steer_a_terminal() {
        assert_eq!(path(Path::new("a\u{1b}[2J\nb")), "a\\x1b[2J\\nb");
        assert_eq!(
            safe("error: x\u{9b}1m\nhint: y\r"),
            "error: x\\x9b1m\nhint: y\\r"
        );
    }
}
