//! Work on real files and folders: nothing is overwritten or lost, and each deed can be taken back.

use std::collections::BTreeMap;
use std::os::unix::fs::{PermissionsExt, symlink};

use proptest::prelude::*;

use super::*;

/// Everything in a folder: path within, and content, target or nothing.
fn content(root: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let kind = fs::symlink_metadata(&path).unwrap().file_type();
            let what = if kind.is_symlink() {
                format!("-> {}", fs::read_link(&path).unwrap().display())
            } else if kind.is_dir() {
                folders.push(path.clone());
                "/".to_owned()
            } else {
                fs::read_to_string(&path).unwrap()
            };
            found.insert(path.strip_prefix(root).unwrap().to_owned(), what);
        }
    }
    found
}

fn put(root: &Path, files: &[&str]) {
    for file in files {
        let path = root.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, *file).unwrap();
    }
}

fn ok(work: FolderWork) -> FolderOutcome {
    let outcome = run(work);
    assert!(outcome.error.is_none(), "{:?}", outcome.error);
    outcome
}

fn refused(work: FolderWork) -> WorkError {
    run(work).error.expect("it must be refused")
}

#[test]
fn new_files_come_with_their_folders_and_replace_nothing() {
    let root = tempfile::tempdir().unwrap();
    let at = |name: &str| root.path().join(name);
    let made = ok(FolderWork::CreateFile(at("a/b/c.rs")));
    assert_eq!(made.steps, [FolderStep::Made(at("a"))], "the folder goes away with all that is in it");
    fs::write(at("a/b/c.rs"), "text").unwrap();
    for work in [FolderWork::CreateFile(at("a/b/c.rs")), FolderWork::CreateFolder(at("a/b"))] {
        assert!(matches!(refused(work), WorkError::Exists(_)));
    }
    assert!(run(FolderWork::CreateFile(at("a/b/c.rs/d"))).error.is_some(), "a file is no folder");
    assert_eq!(fs::read_to_string(at("a/b/c.rs")).unwrap(), "text");
}

#[test]
fn what_is_in_the_way_is_refused_kept_or_replaced_as_the_person_says() {
    for clash in [Clash::Refuse, Clash::KeepBoth] {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        put(root.path(), &["a.rs", "b/a.rs", "c.rs"]);
        let before = content(root.path());
        let pairs = vec![(at("c.rs"), at("b/c.rs")), (at("a.rs"), at("b/a.rs"))];
        let outcome = run(FolderWork::Move(pairs, clash));
        match clash {
            Clash::Refuse => {
                assert!(matches!(&outcome.error, Some(WorkError::Exists(paths)) if *paths == [at("b/a.rs")]));
                assert_eq!(content(root.path()), before, "nothing was done at all");
            }
            _ => {
                assert_eq!(fs::read_to_string(at("b/a.rs")).unwrap(), "b/a.rs");
                assert_eq!(fs::read_to_string(at("b/a copy.rs")).unwrap(), "a.rs");
                ok(outcome.undo().unwrap());
                assert_eq!(content(root.path()), before);
            }
        }
    }
}

#[test]
fn a_folder_cannot_be_put_into_itself_and_what_is_gone_is_told() {
    let root = tempfile::tempdir().unwrap();
    let at = |name: &str| root.path().join(name);
    put(root.path(), &["a/x"]);
    for work in [FolderWork::Move, FolderWork::Copy] {
        let work = work(vec![(at("a"), at("a/b/a"))], Clash::Refuse);
        assert!(matches!(refused(work), WorkError::IntoItself(_)));
    }
    let gone = FolderWork::Move(vec![(at("nothing"), at("b"))], Clash::Refuse);
    assert!(matches!(refused(gone), WorkError::Vanished(_)));
    assert!(matches!(refused(FolderWork::Delete(vec![at("nothing")])), WorkError::Vanished(_)));
    assert_eq!(content(root.path()).len(), 2);
}

#[test]
fn links_are_moved_copied_and_deleted_themselves_never_what_they_lead_to() {
    let root = tempfile::tempdir().unwrap();
    let at = |name: &str| root.path().join(name);
    put(root.path(), &["real/x"]);
    symlink("real", at("link")).unwrap();
    symlink("nowhere", at("broken")).unwrap();
    symlink("..", at("real/up")).unwrap();
    ok(FolderWork::Copy(vec![(at("link"), at("l2")), (at("broken"), at("b2"))], Clash::Refuse));
    let taken = FolderWork::Move(vec![(at("l2"), at("broken"))], Clash::Refuse);
    assert!(
        matches!(refused(taken), WorkError::Exists(_)),
        "a link that leads nowhere is there all the same"
    );
    ok(FolderWork::Copy(vec![(at("real"), at("r2"))], Clash::Refuse));
    assert_eq!(fs::read_link(at("r2/up")).unwrap(), Path::new(".."), "a circle is copied as what it is");
    ok(FolderWork::Delete(vec![at("link"), at("b2"), at("r2")]));
    assert_eq!(
        content(root.path()).keys().map(|path| path.display().to_string()).collect::<Vec<_>>(),
        ["broken", "l2", "real", "real/up", "real/x"]
    );
}

#[test]
fn a_copy_that_cannot_be_finished_leaves_nothing_and_rights_are_kept() {
    let root = tempfile::tempdir().unwrap();
    let at = |name: &str| root.path().join(name);
    put(root.path(), &["a/run.sh"]);
    fs::set_permissions(at("a/run.sh"), fs::Permissions::from_mode(0o4755)).unwrap();
    ok(FolderWork::Duplicate(vec![at("a")]));
    assert_eq!(fs::metadata(at("a copy/run.sh")).unwrap().permissions().mode() & 0o7777, 0o755);
    assert!(std::process::Command::new("mkfifo").arg(at("a/pipe")).status().unwrap().success());
    let work = FolderWork::Copy(vec![(at("a"), at("b"))], Clash::Refuse);
    assert!(matches!(refused(work), WorkError::NotCopied(_)), "and nobody waits for the pipe");
    assert!(!at("b").exists());
}

#[test]
fn errors_are_sentences_with_a_way_out() {
    let path = PathBuf::from("/p/a.rs");
    let words = [
        WorkError::Exists(vec![path.clone(), "/p/b".into()]).to_string(),
        WorkError::of(&path, io::ErrorKind::PermissionDenied.into()).to_string(),
        WorkError::of(&path, io::ErrorKind::NotFound.into()).to_string(),
    ];
    assert_eq!(words[0], "a.rs (and 1 more) exists already. Choose another name.");
    assert!(words.iter().all(|words| words.starts_with("a.rs ") && words.ends_with('.')), "{words:?}");
}

/// Names of few files, so that they meet.
fn names() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "b", "d", "d/a", "d/b", "d/e", "d/e/a"]).prop_map(str::to_owned)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// Whatever is moved or copied to wherever: taken back, everything is as it was, and no content is ever lost.
    #[test]
    fn nothing_is_lost_and_everything_can_be_taken_back(
        steps in prop::collection::vec((names(), names(), any::<bool>(), any::<bool>()), 1..6)
    ) {
        let root = tempfile::tempdir().unwrap();
        put(root.path(), &["a", "d/a", "d/e/a"]);
        let mut undo = Vec::new();
        for (from, to, moves, keeps) in steps {
            let before = content(root.path());
            let pairs = vec![(root.path().join(from), root.path().join(to))];
            let clash = if keeps { Clash::KeepBoth } else { Clash::Refuse };
            let work = if moves { FolderWork::Move(pairs, clash) } else { FolderWork::Copy(pairs, clash) };
            let outcome = run(work);
            let after = content(root.path());
            prop_assert!(outcome.error.is_none() || before == after, "a refusal changes nothing");
            for text in before.values().filter(|text| *text != "/") {
                prop_assert!(after.values().any(|other| other == text), "{text} is lost");
            }
            // Copies go to the trash when they are taken back, which the test of the trash looks at.
            if moves && let Some(work) = outcome.undo() {
                undo.push((work, before));
            } else {
                undo.clear();
            }
        }
        for (work, before) in undo.into_iter().rev() {
            let outcome = run(work);
            prop_assert!(outcome.error.is_none(), "{:?}", outcome.error);
            prop_assert_eq!(content(root.path()), before);
        }
    }
}
