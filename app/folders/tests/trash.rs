//! The real FreeDesktop trash of a home of its own. One test, because the home is the process's.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "what the test does lies in a function of its own")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use folders::work::{Clash, FolderStep, FolderWork, WorkError, run};

/// What the test does runs in a child of it, whose home is a scratch folder.
#[test]
fn what_is_deleted_is_in_the_trash_and_comes_back_as_it_was() {
    if std::env::var_os("LOCALCODER_TRASH_TEST").is_some() {
        return in_a_home_of_its_own(Path::new(&std::env::var_os("HOME").expect("a home")));
    }
    let home = tempfile::tempdir().expect("a scratch folder");
    let program = std::env::current_exe().expect("this test");
    let child = std::process::Command::new(program)
        .args(["--exact", "what_is_deleted_is_in_the_trash_and_comes_back_as_it_was", "--nocapture"])
        .env("LOCALCODER_TRASH_TEST", "1")
        .env("HOME", home.path())
        .env_remove("XDG_DATA_HOME")
        .status();
    assert!(child.expect("the child starts").success());
}

fn in_a_home_of_its_own(home: &Path) {
    let at = |name: &str| home.join("project").join(name);
    let trash = home.join(".local/share/Trash");
    fs::create_dir_all(at("folder/deep")).unwrap();
    fs::write(at("folder/deep/x"), "deep").unwrap();
    fs::write(at("a b%.rs"), "first").unwrap();
    symlink("folder", at("link")).unwrap();
    let in_trash = || fs::read_dir(trash.join("files")).map(Iterator::count).unwrap_or(0);

    // What is in a folder goes with it, and is not looked for a second time.
    let paths = vec![at("folder"), at("folder/deep/x"), at("a b%.rs"), at("link")];
    let outcome = run(FolderWork::Trash(paths));
    assert!(outcome.error.is_none(), "{:?}", outcome.error);
    assert_eq!((outcome.steps.len(), in_trash()), (3, 3));
    assert!(fs::read_dir(at("")).unwrap().next().is_none());
    let record = fs::read_to_string(trash.join("info/a b%.rs.trashinfo")).unwrap();
    assert!(record.contains("DeletionDate=") && record.contains("a%20b%25.rs"), "{record}");

    let undo = outcome.undo().expect("it can be taken back");
    let back = run(undo);
    assert!(back.error.is_none(), "{:?}", back.error);
    assert_eq!(fs::read_to_string(at("folder/deep/x")).unwrap(), "deep");
    assert_eq!(fs::read_to_string(at("a b%.rs")).unwrap(), "first");
    assert_eq!(fs::read_link(at("link")).unwrap(), Path::new("folder"));
    assert_eq!((in_trash(), fs::read_dir(trash.join("info")).unwrap().count()), (0, 0));
    // And that again: undo of undo.
    let again = run(back.undo().unwrap());
    assert!(again.error.is_none() && !at("link").is_symlink());
    run(again.undo().unwrap());

    // Two of one name: the one that was deleted last comes back first.
    let delete = || run(FolderWork::Trash(vec![at("a b%.rs")]));
    let first = delete();
    fs::write(at("a b%.rs"), "second").unwrap();
    let second = delete();
    assert!(run(second.undo().unwrap()).error.is_none());
    assert_eq!(fs::read_to_string(at("a b%.rs")).unwrap(), "second");
    // The other one finds its place taken, and neither is lost.
    let refused = run(first.undo().unwrap());
    assert!(matches!(refused.error, Some(WorkError::Exists(_))), "{:?}", refused.error);
    assert_eq!((fs::read_to_string(at("a b%.rs")).unwrap().as_str(), in_trash()), ("second", 1));

    // What is replaced is in the trash, and one undo brings both back.
    fs::write(at("new"), "new").unwrap();
    let replaced = run(FolderWork::Move(vec![(at("new"), at("a b%.rs"))], Clash::Replace));
    assert!(replaced.error.is_none());
    assert!(matches!(&replaced.steps[..], [FolderStep::Trashed(_), FolderStep::Moved(..)]));
    assert_eq!(fs::read_to_string(at("a b%.rs")).unwrap(), "new");
    assert!(run(replaced.undo().unwrap()).error.is_none());
    assert_eq!(fs::read_to_string(at("a b%.rs")).unwrap(), "second");
    assert_eq!(fs::read_to_string(at("new")).unwrap(), "new");

    // Emptied meanwhile: reported as such.
    let lost = run(FolderWork::Trash(vec![at("new")]));
    fs::remove_dir_all(&trash).unwrap();
    assert!(matches!(run(lost.undo().unwrap()).error, Some(WorkError::NotInTrash(_))));
}
