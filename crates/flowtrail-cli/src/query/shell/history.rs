//! Where the shell keeps what was typed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustyline::history::DefaultHistory;
use rustyline::{Editor, Helper};

/// The file, in the folder for the state of programs (XDG Base Directory
/// Specification); none where there is neither such a folder nor a home.
pub(super) fn file() -> Option<PathBuf> {
    let named = |name| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|p| p.is_absolute())
    };
    let state = named("XDG_STATE_HOME").or_else(|| Some(named("HOME")?.join(".local/state")))?;
    Some(state.join("flowtrail").join("query_history"))
}

/// Writes what was typed since the last time behind what others typed. Nobody else may read it: names of people and keys stand
/// in what investigators ask.
///
/// # Errors
/// Those of the file system.
pub(super) fn append<H: Helper>(
    editor: &mut Editor<H, DefaultHistory>,
    file: &Path,
) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    editor.append_history(file).map_err(io::Error::other)?;
    private(file)
}

#[cfg(unix)]
fn private(file: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(file, fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn private(_: &Path) -> io::Result<()> {
    Ok(())
}
