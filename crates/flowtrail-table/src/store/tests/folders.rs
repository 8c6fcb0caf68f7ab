use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;

use super::*;

fn tree(files: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "x").unwrap();
    }
    folder
}

/// What was found, by its path below the folder.
fn below(listing: &Listing, folder: &tempfile::TempDir) -> Vec<String> {
    let root = format!("{}/", folder.path().display());
    let names = names(listing).into_iter();
    names.map(|n| n.replacen(&root, "", 1)).collect()
}

async fn walk(folder: &tempfile::TempDir) -> Listing {
    found(
        &[Source::Local(folder.path().to_owned())],
        &Wanted::default(),
    )
    .await
}

#[tokio::test]
async fn everything_below_a_folder_is_listed() {
    let folder = tree(&["b/2.json", "b/.hidden/1.gz", "a", ".gitignore", "c/d/e/f"]);
    fs::write(folder.path().join(".gitignore"), "*").unwrap();
    let listing = walk(&folder).await;
    assert_eq!(
        below(&listing, &folder),
        [".gitignore", "a", "b/.hidden/1.gz", "b/2.json", "c/d/e/f"]
    );
    assert!(listing.not_listed.is_empty() && listing.warnings.is_empty());
    let file = &listing.objects[1];
    assert_eq!((file.size(), file.is_given()), (1, false));
    assert!(file.modified().is_some() && file.location().is_none());
    assert!(file.is(&folder.path().join("c/../a")) && !file.is(&folder.path().join("b")));
}

#[tokio::test]
async fn names_can_be_left_out() {
    let folder = tree(&["a.json", "labels.csv", "deep/labels.csv"]);
    fs::write(folder.path().join(IGNORE_FILE), "labels.csv\n{a,b\n").unwrap();
    let listing = walk(&folder).await;
    assert_eq!(below(&listing, &folder), ["a.json"]);
    assert_eq!(listing.warnings.len(), 1, "{:?}", listing.warnings);
    assert!(listing.warnings[0].contains("this line is not heeded"));
    // A compaction beside is about to make one.
    fs::write(folder.path().join(format!(".{IGNORE_FILE}.0a1b")), "").unwrap();
    fs::write(folder.path().join(format!("{IGNORE_FILE}.mine")), "").unwrap();
    let listing = walk(&folder).await;
    assert_eq!(
        below(&listing, &folder),
        [".flowtrailignore.mine", "a.json"]
    );
}

#[tokio::test]
async fn links_are_followed_and_loops_are_said() {
    let folder = tree(&["a/1", "b/2"]);
    symlink(folder.path().join("b"), folder.path().join("a/to-b")).unwrap();
    symlink(folder.path(), folder.path().join("b/up")).unwrap();
    symlink("nowhere", folder.path().join("dead")).unwrap();
    let listing = walk(&folder).await;
    assert_eq!(below(&listing, &folder), ["a/1", "a/to-b/2", "b/2"]);
    let loops: Vec<_> = listing
        .not_listed
        .iter()
        .filter(|n| n.kind == NotListedKind::Loop)
        .collect();
    assert_eq!(loops.len(), 2, "{:?}", listing.not_listed);
    assert!(
        loops
            .iter()
            .all(|n| n.reason.contains("which is read once"))
    );
    let dead: Vec<_> = listing
        .not_listed
        .iter()
        .filter(|n| n.kind.is_loss())
        .collect();
    assert_eq!(dead.len(), 1, "{dead:?}");
    assert!(dead[0].name.ends_with("/dead"));
    assert_eq!(dead[0].reason, "no such file or folder");
}

#[tokio::test]
async fn what_is_no_file_is_said_and_not_read() {
    let folder = tree(&["a"]);
    let _socket = UnixListener::bind(folder.path().join("s")).unwrap();
    let listing = walk(&folder).await;
    assert_eq!(below(&listing, &folder), ["a"]);
    assert_eq!(listing.not_listed[0].kind, NotListedKind::Special);
    assert!(!listing.not_listed[0].kind.is_loss());
}

#[tokio::test]
async fn a_folder_that_may_not_be_looked_into_is_said() {
    let folder = tree(&["a", "shut/1"]);
    let shut = folder.path().join("shut");
    fs::set_permissions(&shut, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read_dir(&shut).is_ok() {
        eprintln!("skipped: nothing is shut to this user");
        return;
    }
    let listing = walk(&folder).await;
    assert_eq!(below(&listing, &folder), ["a"]);
    let not = &listing.not_listed[0];
    assert_eq!(not.kind, NotListedKind::Denied);
    assert_eq!(not.reason, "permission denied");
    assert!(not.name.ends_with("/shut"));
    fs::set_permissions(&shut, fs::Permissions::from_mode(0o700)).unwrap();
}

#[tokio::test]
async fn a_file_is_listed_whatever_it_is_called() {
    let folder = tree(&["111111111111_CloudTrail_us-east-1_20200101T0005Z_x.json.gz"]);
    let path = fs::read_dir(folder.path()).unwrap().next().unwrap();
    let path = path.unwrap().path();
    let listing = found(&[Source::Local(path.clone())], &march_second()).await;
    assert_eq!(names(&listing), [path.to_str().unwrap()]);
    assert!(listing.objects[0].is_given());
    // In a folder its name leaves it out.
    let in_folder = [Source::Local(folder.path().to_owned())];
    let listing = found(&in_folder, &march_second()).await;
    assert_eq!((listing.objects.len(), listing.pruned_objects), (0, 1));
}

#[tokio::test]
async fn a_name_that_is_no_text_can_be_opened() {
    let folder = tree(&[]);
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.json");
    fs::write(folder.path().join(name), "x").unwrap();
    let listing = walk(&folder).await;
    assert!(names(&listing)[0].ends_with("/caf\u{fffd}.json"));
    assert_eq!(fs::read(listing.objects[0].file().unwrap()).unwrap(), b"x");
}

#[tokio::test]
async fn what_is_not_there_is_an_error() {
    let source = [Source::Local("no/such/folder".into())];
    let failed = list(&source, &Wanted::default(), &ListSettings::default()).await;
    assert_eq!(
        failed.unwrap_err().to_string(),
        "cannot open `no/such/folder`: no such file or folder\nhint: give log files, folders \
         of them, or `-` for standard input"
    );
}

#[tokio::test]
async fn local_folders_are_pruned_before_they_are_entered() {
    let old = trail("111111111111", "01", 1);
    let folder = tree(&[&old, &trail("111111111111", "02", 1)]);
    let listing = found(&[Source::Local(folder.path().to_owned())], &march_second()).await;
    assert_eq!(below(&listing, &folder), [trail("111111111111", "02", 1)]);
    assert_eq!(listing.pruned_folders, 1);
    let inside = folder.path().join(old).parent().unwrap().to_owned();
    let listing = found(&[Source::Local(inside)], &march_second()).await;
    assert_eq!((listing.objects.len(), listing.pruned_folders), (0, 1));
}
