//! The manual page: one page with a section for each command, from the same
//! definition as the command line.

use std::io;

use clap::{Command, CommandFactory as _};
use clap_mangen::Man;

use crate::args::Cli;

/// The page in roff.
///
/// # Errors
/// None in practice: it is written into memory.
pub(crate) fn page() -> io::Result<Vec<u8>> {
    let mut command = Cli::command();
    // Gives every command its full name.
    command.build();
    let mut page = Vec::new();
    let man = Man::new(command.clone());
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_extra_section(&mut page)?;
    commands(&command, &mut page)?;
    man.render_version_section(&mut page)?;
    Ok(page)
}

/// A section for each command that does something.
fn commands(parent: &Command, page: &mut Vec<u8>) -> io::Result<()> {
    for command in parent.get_subcommands() {
        if command.get_name() == "help" {
            continue;
        }
        if command.has_subcommands() {
            commands(command, page)?;
            continue;
        }
        let name = command.get_bin_name().unwrap_or(command.get_name());
        let heading = format!(".SH {}\n", name.to_uppercase());
        page.extend_from_slice(heading.as_bytes());
        let man = Man::new(command.clone());
        let mut body = Vec::new();
        man.render_description_section(&mut body)?;
        man.render_synopsis_section(&mut body)?;
        man.render_options_section(&mut body)?;
        man.render_extra_section(&mut body)?;
        page.extend_from_slice(subsections(&String::from_utf8_lossy(&body)).as_bytes());
    }
    Ok(())
}

/// A command's sections are subsections of the page. What follows the options
/// is laid out by hand and has to stay so.
fn subsections(roff: &str) -> String {
    let mut out = String::with_capacity(roff.len());
    let mut by_hand = false;
    for line in roff.lines() {
        match line.strip_prefix(".SH ") {
            Some("EXTRA") => {
                out.push_str(".SS NOTES\n.nf\n");
                by_hand = true;
            }
            Some(name) => {
                out.push_str(&format!(".SS {name}\n"));
            }
            // What every line of roff would say anew.
            None if line.starts_with(".ie ") || line.starts_with(".el ") => {}
            None => {
                out.push_str(line);
                out.push('\n');
            }
        }
    }
    if by_hand {
        out.push_str(".fi\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_its_section() {
        let page = String::from_utf8(page().unwrap()).unwrap();
        for name in ["REPLAY", "RULES EXPLAIN", "SIMULATE", "COMPLETIONS", "MAN"] {
            assert!(
                page.contains(&format!("\n.SH FLOWTRAIL {name}\n")),
                "{name}"
            );
        }
        assert_eq!(page.matches(".TH ").count(), 1);
        assert_eq!(
            page.matches("\n.nf\n").count(),
            page.matches("\n.fi\n").count()
        );
    }
}
