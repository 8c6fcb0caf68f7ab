//! Python tools from PyPI, in a folder of their own under the target folder.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{root, say};

/// A Python that sees a set of packages.
pub(crate) struct Python {
    /// The interpreter.
    pub(crate) program: PathBuf,
    /// Set as `PYTHONPATH` where the packages lie beside the interpreter.
    site: Option<PathBuf>,
}

impl Python {
    /// Installs `packages` (`name==version`) into `target/python/NAME`, unless
    /// they are there already.
    ///
    /// # Errors
    /// If there is no Python 3, or the packages cannot be had.
    pub(crate) fn with(name: &str, packages: &[&str]) -> Result<Self, String> {
        let home = root().join("target/python").join(name);
        let (python, site) = (home.join("bin/python"), home.join("site"));
        let stamp = home.join("installed.txt");
        let wanted = packages.join("\n");
        let there = std::fs::read_to_string(&stamp).is_ok_and(|s| s == wanted);
        if !there {
            if home.exists() {
                std::fs::remove_dir_all(&home).map_err(|e| e.to_string())?;
            }
            std::fs::create_dir_all(&home).map_err(|e| e.to_string())?;
            say(&format!("== installing {}", packages.join(", ")));
            let install = [
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
            ];
            // Some systems have Python without its module for environments.
            if ran("python3", &["-m", "venv", &text(&home)]) {
                all_right(&python, &[&install, packages].concat())?;
            } else {
                let target = text(&site);
                let words = [&install[..], &["--target", &target], packages].concat();
                all_right(Path::new("python3"), &words)?;
            }
            std::fs::write(&stamp, wanted).map_err(|e| e.to_string())?;
        }
        Ok(if site.exists() {
            Self {
                program: "python3".into(),
                site: Some(site),
            }
        } else {
            Self {
                program: python,
                site: None,
            }
        })
    }

    /// The same; `None`, with a message that `what` was left out, where they cannot be
    /// had: there is no Python, or no way to PyPI.
    ///
    /// # Errors
    /// In CI (`CI` is set), which has both: a check that is left out there is none.
    pub(crate) fn at_hand(
        name: &str,
        packages: &[&str],
        what: &str,
    ) -> Result<Option<Self>, String> {
        let in_ci = std::env::var_os("CI").is_some_and(|v| !v.is_empty());
        excused(Self::with(name, packages), what, in_ci)
    }

    /// The path of a program that a package brought.
    pub(crate) fn tool(&self, name: &str) -> String {
        text(&self.programs().join(name))
    }

    /// `PATH` with this interpreter and what packages brought at its head.
    pub(crate) fn search_path(&self) -> String {
        let path = std::env::var("PATH").unwrap_or_default();
        format!("{}:{path}", text(&self.programs()))
    }

    /// `PYTHONPATH`, where it has to be set.
    pub(crate) fn site(&self) -> Option<String> {
        self.site.as_deref().map(text)
    }

    /// The folder of programs that packages brought.
    fn programs(&self) -> PathBuf {
        let beside = self.site.as_deref().map(|s| s.join("bin"));
        let parent = self.program.parent().map(Path::to_path_buf);
        beside.or(parent).unwrap_or_default()
    }

    /// A command of this interpreter, run at the top of the checkout.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.current_dir(root());
        if let Some(site) = &self.site {
            command.env("PYTHONPATH", site);
        }
        command
    }
}

fn excused(had: Result<Python, String>, what: &str, in_ci: bool) -> Result<Option<Python>, String> {
    match had {
        Ok(python) => Ok(Some(python)),
        Err(why) if in_ci => Err(format!("{what}: {why}")),
        Err(why) => {
            say(&format!(
                "== {what}: left out, because its tool is not there: {why}"
            ));
            Ok(None)
        }
    }
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn ran(program: &str, args: &[&str]) -> bool {
    let quiet = Command::new(program).args(args).output();
    quiet.is_ok_and(|o| o.status.success())
}

fn all_right(program: &Path, args: &[&str]) -> Result<(), String> {
    let hint = "hint: Python 3 with pip is needed, and a way to PyPI";
    let status = Command::new(program).args(args).status();
    match status {
        Ok(s) if s.success() => Ok(()),
        Ok(s) => Err(format!("pip: {s}\n{hint}")),
        Err(e) => Err(format!("cannot run {}: {e}\n{hint}", program.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_had_is_excused_but_not_in_ci() {
        let none = || Err("no way to PyPI".to_owned());
        assert!(excused(none(), "a check", false).unwrap().is_none());
        let why = excused(none(), "a check", true).err().unwrap();
        assert_eq!(why, "a check: no way to PyPI");
    }
}
