//! Where answers go: standard output, or a file that is there only when it is
//! whole.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::console;

pub(crate) enum Output {
    Stdout(BufWriter<io::Stdout>),
    File {
        file: BufWriter<File>,
        /// Where it is written.
        part: PathBuf,
        /// Where it will be.
        path: PathBuf,
    },
}

impl Output {
    /// # Errors
    /// If the file can not be made.
    pub(crate) fn open(path: Option<&Path>) -> anyhow::Result<Self> {
        let Some(path) = path else {
            return Ok(Self::Stdout(console::stdout()));
        };
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".part");
        let part = path.with_file_name(name);
        let file = File::create(&part).map_err(|e| console::cannot("write", &part, &e))?;
        Ok(Self::File {
            file: BufWriter::with_capacity(64 << 10, file),
            part,
            path: path.to_owned(),
        })
    }

    pub(crate) fn writer(&mut self) -> &mut (dyn Write + Send) {
        match self {
            Self::Stdout(out) => out,
            Self::File { file, .. } => file,
        }
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// Those of the file system.
    pub(crate) fn keep(self) -> anyhow::Result<()> {
        match self {
            Self::Stdout(mut out) => Ok(out.flush()?),
            Self::File {
                mut file,
                part,
                path,
            } => {
                let kept = file.flush().and_then(|()| fs::rename(&part, &path));
                kept.map_err(|e| console::cannot("write", &path, &e))
            }
        }
    }

    /// Leaves no file behind.
    pub(crate) fn discard(self) {
        if let Self::File { part, .. } = self {
            // If it can not be removed, its name says what it is.
            let _ = fs::remove_file(part);
        }
    }
}
