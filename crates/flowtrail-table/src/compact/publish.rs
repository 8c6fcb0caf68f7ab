//! Makes a committed state visible to engines that list files, and clears away
//! what no state needs.

use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, SystemTime};

use super::CompactError;
use super::dest::{Destination, OWN};
use super::manifest::{self, Manifest};

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Gives the files of `manifest` the places that engines look into and deletes
/// those that they replace, partition by partition. Does nothing where that was
/// done; whoever comes after a run that died half-way does the rest.
pub(super) async fn publish(dest: &Destination, manifest: &Manifest) -> Result<(), CompactError> {
    let folder = format!("{OWN}/staged/{}", manifest.run);
    let staged = dest.list(&folder).await?;
    let staged: HashSet<String> = staged.into_iter().map(|(path, _)| path).collect();
    let mut replaced: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for path in &manifest.replaced {
        let of_folder = replaced.entry(folder_of(path)).or_default();
        of_folder.push(path.clone());
    }
    let mut added: BTreeMap<&str, Vec<(&str, String)>> = BTreeMap::new();
    for part in manifest.added() {
        let of_folder = added.entry(folder_of(&part.path)).or_default();
        of_folder.push((&part.path, part.staged()));
    }
    for (folder, parts) in &added {
        for (path, from) in parts {
            // Somebody else may be at the same, or have done it before.
            let copied = staged.contains(from) && dest.copy(from, path).await?;
            if !copied && dest.size(path).await?.is_none() {
                return Err(CompactError::missing(dest, path));
            }
        }
        dest.settle(parts.iter().map(|(path, _)| *path))?;
        if let Some(old) = replaced.remove(folder) {
            put_aside(dest, &old).await?;
        }
    }
    let rest: Vec<String> = replaced.into_values().flatten().collect();
    put_aside(dest, &rest).await?;
    dest.delete_folder(&folder).await
}

/// Takes files out of the sight of engines that list them, but not from under
/// the hands of readers that go by a state which names them: those look here.
async fn put_aside(dest: &Destination, paths: &[String]) -> Result<(), CompactError> {
    for path in paths {
        let aside = manifest::replaced(path);
        if dest.size(&aside).await?.is_none() {
            // Where it was done and forgotten there is nothing to copy.
            dest.copy(path, &aside).await?;
        }
    }
    dest.delete(paths).await
}

/// Deletes what runs that died left behind, once it is so old that nobody can
/// be at it any more.
pub(super) async fn sweep(
    dest: &Destination,
    manifest: &Manifest,
    age: Duration,
) -> Result<(), CompactError> {
    let ledger: HashSet<&str> = manifest.ledger.iter().map(|f| f.path.as_str()).collect();
    let before = SystemTime::now().checked_sub(age);
    let mut old = Vec::new();
    for folder in ["staged", "ledger", "manifest"] {
        for (path, meta) in dest.list(&format!("{OWN}/{folder}")).await? {
            let is_old = before.is_some_and(|before| SystemTime::from(meta.last_modified) < before);
            let of_state = ledger.contains(path.as_str())
                || path.starts_with(&format!("{OWN}/staged/{}/", manifest.run))
                || (folder == "manifest" && path.ends_with(".json"));
            if is_old && !of_state {
                old.push(path);
            }
        }
    }
    dest.delete(&old).await
}
