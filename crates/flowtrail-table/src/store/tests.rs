//! Listing of folders: what is found, what is left out, what is told.

use std::fs;
use std::path::Path;

use super::*;
use crate::layout::Wanted;

async fn listed(paths: &[&Path]) -> Result<Listing, ListError> {
    let sources: Vec<_> = paths
        .iter()
        .map(|p| Source::Local(p.to_path_buf()))
        .collect();
    list(&sources, &Wanted::default(), &ListSettings::default()).await
}

fn names(listing: &Listing, below: &Path) -> Vec<String> {
    let root = format!("{}/", below.to_string_lossy());
    let name = |o: &LogObject| o.name().trim_start_matches(&root).to_owned();
    listing.objects.iter().map(name).collect()
}

fn write(folder: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

#[tokio::test]
async fn a_folder_is_listed_whole_in_the_order_of_names() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(
        root,
        &[
            ("b.json", "22"),
            ("a/c.json", "1"),
            (".hidden", ""),
            ("b/x", ""),
        ],
    );
    let listing = listed(&[root]).await.unwrap();
    assert_eq!(
        names(&listing, root),
        [".hidden", "a/c.json", "b.json", "b/x"]
    );
    let sizes: Vec<_> = listing.objects.iter().map(LogObject::size).collect();
    assert_eq!(sizes, [0, 1, 2, 0]);
    assert!(listing.objects.iter().all(|o| !o.is_given()));
    // Named beside its folder it is there once, and was named.
    let file = root.join("b.json");
    let listing = listed(&[&file, root]).await.unwrap();
    assert_eq!(listing.objects.len(), 4);
    let given: Vec<_> = listing.objects.iter().filter(|o| o.is_given()).collect();
    assert!(given.len() == 1 && given[0].is(&file));
    let error = listed(&[&root.join("nowhere")]).await.unwrap_err();
    assert_eq!(error.reason, "no such file or folder");
}

#[tokio::test]
async fn an_ignore_file_of_ours_leaves_names_out_and_no_other_does() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(
        root,
        &[
            ("a.json", ""),
            ("notes.txt", ""),
            ("old/b.json", ""),
            (".gitignore", "*\n"),
        ],
    );
    write(root, &[(IGNORE_FILE, "notes.txt\nold/\n[z-a]\n")]);
    let listing = listed(&[root]).await.unwrap();
    assert_eq!(names(&listing, root), [".gitignore", "a.json"]);
    let [warning] = listing.warnings.as_slice() else {
        panic!("{:?}", listing.warnings);
    };
    assert!(warning.ends_with("this line is not heeded"), "{warning}");
}

#[cfg(unix)]
#[tokio::test]
async fn links_are_followed_and_loops_are_told() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, &[("logs/a.json", ""), ("other/b.json", "")]);
    let logs = root.join("logs");
    symlink("../other", logs.join("more")).unwrap();
    symlink("..", logs.join("more/up")).unwrap();
    symlink("nowhere", logs.join("lost.json")).unwrap();
    let listing = listed(&[&logs]).await.unwrap();
    assert!(names(&listing, &logs).contains(&"more/b.json".to_owned()));
    let kinds: Vec<_> = listing.not_listed.iter().map(|n| n.kind).collect();
    assert!(
        kinds.contains(&NotListedKind::Loop),
        "{:?}",
        listing.not_listed
    );
    let lost = listing
        .not_listed
        .iter()
        .find(|n| n.kind.is_loss())
        .unwrap();
    assert!(lost.name.ends_with("logs/lost.json"), "{lost:?}");
    assert_eq!(lost.reason, "no such file or folder");
}

#[tokio::test]
async fn a_file_is_itself_however_it_was_reached() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(
        root,
        &[
            ("a/context.yaml", ""),
            ("b/context.yaml", ""),
            ("a/x.json", ""),
        ],
    );
    let listing = listed(&[root]).await.unwrap();
    let is = |path: &Path| {
        let found = listing.objects.iter().filter(|o| o.is(path));
        found.map(LogObject::name).collect::<Vec<_>>()
    };
    let roundabout = root.join("b/../a/context.yaml");
    let name = root.join("a/context.yaml").to_string_lossy().into_owned();
    assert_eq!(is(&roundabout), [name]);
    assert!(is(Path::new("context.yaml")).is_empty());
    assert!(is(&root.join("a")).is_empty() && is(Path::new("/")).is_empty());
    let stdin = list(
        &[Source::Stdin],
        &Wanted::default(),
        &ListSettings::default(),
    )
    .await;
    assert!(!stdin.unwrap().objects[0].is(Path::new(STDIN)));
}
