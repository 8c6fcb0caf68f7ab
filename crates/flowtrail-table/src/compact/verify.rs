//! Compares the files of a destination with the account of what was taken in.

use super::CompactError;
use super::dest::{Destination, OWN};
use super::ledger;
use super::manifest::{Manifest, Totals};
use super::part::rows_of;

/// What a destination holds beside what it ought to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    /// The state that was looked at.
    pub generation: u64,
    /// Files of the table.
    pub parts: u64,
    /// Rows that they have.
    pub rows: u64,
    /// The account.
    pub totals: Totals,
    /// What is wrong, in sentences.
    pub problems: Vec<String>,
}

/// Reads what every file says of itself and adds it up:
/// `records = rows + duplicates + skipped`, over all runs and object by object.
///
/// # Errors
/// If the destination cannot be read. What is wrong with it is no error.
pub async fn verify(dest: &Destination) -> Result<Verified, CompactError> {
    let manifest = Manifest::load(dest).await?;
    let mut found = Verified {
        generation: manifest.generation,
        totals: manifest.totals.clone(),
        ..Verified::default()
    };
    let mut problems = Vec::new();
    for part in &manifest.parts {
        let bytes = match dest.read(&part.path).await? {
            Some(bytes) => Some(bytes),
            None => dest.read(&part.staged()).await?,
        };
        found.parts += 1;
        match bytes.as_ref().map(rows_of) {
            None => problems.push(format!("`{}` is missing", part.path)),
            Some(Err(error)) => problems.push(format!("`{}` is damaged: {error}", part.path)),
            Some(Ok(rows)) => {
                found.rows += rows;
                if rows != part.rows {
                    let said = part.rows;
                    problems.push(format!("`{}` has {rows} rows, not {said}", part.path));
                }
            }
        }
    }
    let ledger = ledger::sums(dest, &manifest).await?;
    let totals = &manifest.totals;
    let sums = [
        ("rows in files", found.rows, totals.rows),
        ("records", ledger.records, totals.records),
        (
            "records read",
            ledger.evaluated,
            totals.rows + totals.duplicates,
        ),
    ];
    for (what, has, said) in sums {
        if has != said {
            problems.push(format!("{what}: {has}, and the account says {said}"));
        }
    }
    if !totals.adds_up() {
        problems.push(format!("the account does not add up: {totals:?}"));
    }
    let known: std::collections::HashSet<&str> =
        manifest.parts.iter().map(|p| p.path.as_str()).collect();
    for (path, _) in dest.list("").await? {
        let ours = path.starts_with("table=") && path.ends_with(".parquet");
        if ours && !path.starts_with(OWN) && !known.contains(path.as_str()) {
            problems.push(format!(
                "`{path}` is no file of the table; engines that list files see it"
            ));
        }
    }
    found.problems = problems;
    Ok(found)
}
