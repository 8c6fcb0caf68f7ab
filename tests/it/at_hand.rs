//! Data that stands beside the project and is not part of it. Tests that read
//! it are skipped with a message where it is absent.

use std::path::PathBuf;

/// The folder `name` of the data beside the project, if it is there.
pub(crate) fn folder(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data")
        .join(name);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: {name} is not at hand");
    None
}
