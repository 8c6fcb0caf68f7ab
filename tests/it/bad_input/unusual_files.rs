//! Files and folders that are unusual as such, whatever is in them.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::binary::Folder;
use super::specimens::records;

#[test]
fn a_name_that_is_no_utf8_is_read_and_shown() {
    let folder = Folder::new(&[("a.json", &records(&["a"]))]);
    let name = std::ffi::OsStr::from_bytes(b"caf\xE9\xFF.json");
    if fs::write(folder.logs().join(name), records(&["b"])).is_err() {
        println!("skipped: this file system refuses such names");
        return;
    }
    let run = folder.replay();
    assert_eq!((run.status, run.said.as_str()), (Some(0), ""));
    let expected = [
        ("logs/a.json".to_owned(), "a".to_owned()),
        ("logs/caf\u{fffd}\u{fffd}.json".to_owned(), "b".to_owned()),
    ];
    assert_eq!(run.judged, expected);
}

#[test]
fn a_link_to_nowhere_is_named() {
    let folder = Folder::new(&[("a.json", &records(&["a"]))]);
    symlink("nowhere", folder.logs().join("lost.json")).unwrap();
    let run = folder.replay();
    assert_eq!((run.status, run.ids()), (Some(2), vec!["a"]));
    run.says(&["note: logs/lost.json: no such file"]);
    assert_eq!(run.account["objects"]["failed"], 1);
    let run = folder.replay_of(&["logs/lost.json"]);
    assert_eq!(run.status, Some(2));
    run.says(&["error: cannot open `logs/lost.json`: no such file"]);
    run.says(&["hint: "]);
}

#[test]
fn links_to_files_and_folders_are_followed() {
    let folder = Folder::new(&[("a.json", &records(&["a"]))]);
    let elsewhere = folder.0.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    fs::write(elsewhere.join("b.json"), records(&["b"])).unwrap();
    symlink("../elsewhere", folder.logs().join("folder")).unwrap();
    symlink("a.json", folder.logs().join("again.json")).unwrap();
    let run = folder.replay();
    assert_eq!((run.status, run.said.as_str()), (Some(0), ""));
    // A record that is read twice is one finding.
    assert_eq!(run.ids(), ["a", "b"]);
    assert_eq!(run.account["records"]["evaluated"], 3);
}

#[test]
fn a_loop_of_folders_is_named_and_read_once() {
    let folder = Folder::new(&[("a.json", &records(&["a"]))]);
    fs::create_dir(folder.logs().join("deep")).unwrap();
    fs::write(folder.logs().join("deep/b.json"), records(&["b"])).unwrap();
    symlink("..", folder.logs().join("deep/up")).unwrap();
    symlink("self", folder.logs().join("self")).unwrap();
    let run = folder.replay();
    assert_eq!(run.ids(), ["a", "b"]);
    assert_eq!(run.account["records"]["in"], 2);
    run.says(&["logs/deep/up", "leads back to `logs`"]);
    // A link to itself leads to nothing that could be read.
    run.says(&["logs/self", "symbolic link"]);
    assert_eq!(run.status, Some(2));
    fs::remove_file(folder.logs().join("self")).unwrap();
    let run = folder.replay();
    assert_eq!((run.status, run.ids()), (Some(0), vec!["a", "b"]));
}

/// Whether permissions keep this process out; they do not bind root.
fn locked_out(path: &std::path::Path) -> bool {
    fs::set_permissions(path, fs::Permissions::from_mode(0o000)).unwrap();
    let out = if path.is_dir() {
        fs::read_dir(path).is_err()
    } else {
        fs::read(path).is_err()
    };
    if !out {
        println!("skipped: permissions do not bind this user");
    }
    out
}

#[test]
fn a_file_without_permission_is_named() {
    let folder = Folder::new(&[("a.json", &records(&["a"])), ("secret.json", b"{}")]);
    if !locked_out(&folder.logs().join("secret.json")) {
        return;
    }
    let run = folder.replay();
    assert_eq!((run.status, run.ids()), (Some(2), vec!["a"]));
    run.says(&["logs/secret.json", "ermission denied"]);
}

#[test]
fn a_folder_without_permission_is_named() {
    let folder = Folder::new(&[("a.json", &records(&["a"]))]);
    let secret = folder.logs().join("secret");
    fs::create_dir(&secret).unwrap();
    let out = locked_out(&secret);
    if out {
        let run = folder.replay();
        assert_eq!((run.status, run.ids()), (Some(2), vec!["a"]));
        run.says(&["logs/secret", "ermission denied"]);
    }
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o700)).unwrap();
}

/// What no permission opens, for root too: a file that cannot be read at all.
#[test]
fn a_file_that_opens_and_does_not_read_is_named() {
    // Reading another process's memory from its first byte fails for everyone.
    let unreadable = "/proc/self/mem";
    if fs::File::open(unreadable).is_err() || fs::read(unreadable).is_ok() {
        println!("skipped: there is no such file here");
        return;
    }
    let folder = Folder::new(&[("a.json", &records(&["a"]))]);
    symlink(unreadable, folder.logs().join("memory.json")).unwrap();
    let run = folder.replay();
    assert_eq!((run.status, run.ids()), (Some(2), vec!["a"]));
    run.says(&["logs/memory.json", "error"]);
    assert_eq!(run.account["objects"]["failed"], 1);
}

#[test]
fn an_empty_folder_and_a_missing_path_are_told_apart() {
    let folder = Folder::new(&[]);
    let run = folder.replay();
    assert_eq!((run.status, run.ids()), (Some(0), vec![]));
    let run = folder.replay_of(&["nothing-here"]);
    assert_eq!(run.status, Some(2));
    run.says(&["cannot open `nothing-here`"]);
}
