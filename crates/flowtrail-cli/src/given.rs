//! What is known beside the logs, from the files that options name, and how it is
//! said that something is not.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{anyhow, bail};
use flowtrail_context::{Given, Knowledge, Places, Tells};

use crate::args::RuleChoice;
use crate::console;
use crate::context;

/// Bytes of a file of places that are read. The largest that are sold have about
/// half as many.
const FILE_BYTES_MAX: u64 = 1 << 30;

/// All that the options of a choice of rules name.
///
/// # Errors
/// If a file cannot be read or used.
pub(crate) fn load(choice: &RuleChoice) -> anyhow::Result<Given> {
    of(choice.context.as_deref(), &choice.geo)
}

/// A context file and files of places.
///
/// # Errors
/// See [`load`].
pub(crate) fn of(context: Option<&Path>, geo: &[PathBuf]) -> anyhow::Result<Given> {
    Ok(Given {
        context: context::load(context)?,
        places: places(geo)?,
        memory: None,
    })
}

/// The files of places, if there are any.
///
/// # Errors
/// If one cannot be read, or is none.
pub(crate) fn places(paths: &[PathBuf]) -> anyhow::Result<Option<Arc<Places>>> {
    if paths.is_empty() {
        return Ok(None);
    }
    let files: Vec<_> = paths.iter().map(|p| read(p)).collect::<Result<_, _>>()?;
    let places = Places::read(files).map_err(|e| anyhow!("{}", console::safe(&e.to_string())))?;
    if let Some(lacks) = lacks(places.tells()) {
        console::say(&format!("note: the files of --geo tell no {lacks}"));
    }
    Ok(Some(Arc::new(places)))
}

fn read(path: &Path) -> anyhow::Result<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|e| console::cannot("open", path, &e))?;
    file.take(FILE_BYTES_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| console::cannot("read", path, &e))?;
    let name = console::path(path);
    if bytes.len() as u64 > FILE_BYTES_MAX {
        bail!(
            "cannot use `{name}`: it has more than a gigabyte\n             hint: databases of countries, cities and autonomous systems (ASN) are smaller"
        );
    }
    Ok((name, bytes))
}

/// What no file tells, so that fields of it are absent.
fn lacks(tells: Tells) -> Option<String> {
    let all = [
        (tells.countries, "countries"),
        (tells.places, "places"),
        (tells.systems, "autonomous systems"),
    ];
    let lacks: Vec<&str> = all.iter().filter(|t| !t.0).map(|t| t.1).collect();
    (!lacks.is_empty()).then(|| lacks.join(" and no "))
}

/// Says what files of places could not answer, because they are damaged.
/// Whether there is anything.
pub(crate) fn report_damage(places: Option<&Arc<Places>>) -> bool {
    let mut any = false;
    let files = places.iter().flat_map(|p| p.files());
    for file in files.filter(|f| f.damaged > 0) {
        any = true;
        let name = console::safe(file.name);
        console::say(&format!(
            "warning: {name} is damaged: {} answers could not be read\nhint: fetch it anew",
            file.damaged
        ));
    }
    any
}

/// The sorts of knowledge that rules wait for, of which these are the names.
pub(crate) fn awaited<'n>(needs: impl IntoIterator<Item = &'n str>) -> Vec<Knowledge> {
    let needs: Vec<&str> = needs.into_iter().collect();
    let all = Knowledge::ALL.into_iter();
    all.filter(|k| needs.contains(&k.name())).collect()
}

/// What somebody who lacks these has to look for: `a baseline`, `files of
/// countries and places`.
pub(crate) fn in_words(awaited: &[Knowledge]) -> Vec<String> {
    let mut words = Vec::new();
    let mut told = Vec::new();
    for knowledge in awaited {
        match knowledge {
            Knowledge::Context => words.push("a context file".to_owned()),
            Knowledge::Baseline => words.push("a baseline".to_owned()),
            Knowledge::Countries => told.push("countries"),
            Knowledge::Systems => told.push("autonomous systems"),
            Knowledge::Places => told.push("places"),
        }
    }
    if !told.is_empty() {
        words.push(format!("files of {}", told.join(" and ")));
    }
    words
}

/// What rules wait for, where no hint follows: `a baseline and files of places
/// (--geo)`. What gives the others differs from command to command.
pub(crate) fn needs<'n>(needs: impl IntoIterator<Item = &'n str>) -> String {
    let awaited = awaited(needs);
    let option = awaited.iter().any(|k| Knowledge::OF_ADDRESSES.contains(k));
    let words = in_words(&awaited).join(" and ");
    if option {
        format!("{words} (--geo)")
    } else {
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sort_of_knowledge_has_words_in_one_order() {
        assert_eq!(
            needs(["places", "baseline", "context"]),
            "a context file and a baseline and files of places (--geo)"
        );
        assert_eq!(
            needs(Knowledge::ALL.map(Knowledge::name)),
            "a context file and a baseline and files of countries and autonomous systems and \
             places (--geo)"
        );
        assert_eq!(needs(["baseline"]), "a baseline");
    }
}
