//! What is written into a repository is what git would have written, and nothing else is.

#![allow(clippy::unwrap_used, reason = "what fails in a test is to be seen")]
#![allow(clippy::single_range_in_vec_init, reason = "a list of one range is meant")]

mod real;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use git::commit::CommitRequest;
use git::{Against, DiffPart, GitError, KeptFile};
use real::Real;

fn asked(message: &str) -> CommitRequest {
    CommitRequest { message: message.into(), ..CommitRequest::default() }
}

#[test]
fn files_are_staged_and_unstaged_as_git_does_it() {
    let real = Real::new();
    real.write("kept", "1\n");
    real.write("gone", "1\n");
    real.write("folder/file", "1\n");
    real.commit("begin");
    real.write("kept", "2\n");
    std::fs::remove_file(real.path().join("gone")).unwrap();
    real.write("new/a", "a");
    real.write("new/deep/b", "b");
    real.write("new/.gitignore", "left\n");
    real.write("new/left", "x");
    std::fs::remove_dir_all(real.path().join("folder")).unwrap();
    real.write("folder", "now a file\n");
    std::os::unix::fs::symlink("kept", real.path().join("link")).unwrap();
    real.write("run", "#!/bin/sh\n");
    std::fs::set_permissions(real.path().join("run"), PermissionsExt::from_mode(0o755)).unwrap();
    let repository = real.open();
    for path in ["kept", "gone", "new", "folder", "link", "run"] {
        repository.stage(Path::new(path)).unwrap();
    }
    let ours = real.git(&["ls-files", "--stage"]);
    real.git(&["read-tree", "HEAD"]);
    real.git(&["add", "-A"]);
    assert_eq!(ours, real.git(&["ls-files", "--stage"]));
    real.git(&["fsck", "--strict"]);
    repository
        .unstage(&["kept", "gone", "new/a", "new/deep/b", "new/.gitignore", "folder", "link", "run"])
        .unwrap();
    repository.unstage(&["folder/file"]).unwrap();
    assert_eq!(real.git(&["diff", "--cached", "--name-status"]), "");
}

#[test]
fn status_says_what_git_says() {
    let real = Real::new();
    for name in ["a", "b", "c", "d", "e f"] {
        real.write(name, format!("{name}\n").repeat(20));
    }
    real.commit("begin");
    real.write("a", "changed\n");
    real.write("b", "staged\n");
    real.git(&["add", "b"]);
    real.write("b", "and changed\n");
    real.git(&["rm", "-q", "c"]);
    real.git(&["mv", "d", "moved"]);
    real.write("new/file", "1\n");
    real.write(".gitignore", "left\n");
    real.git(&["add", ".gitignore"]);
    real.write("left", "1");
    std::fs::remove_file(real.path().join("e f")).unwrap();
    assert_eq!(real.short(), ["A  .gitignore", " M a", "MM b", "D  c", " D e f", "R  moved", " U new"]);
    let moved = real.status().files.into_iter().find(|file| file.path == Path::new("moved")).unwrap();
    assert_eq!(moved.from.as_deref(), Some(Path::new("d")));
}

#[test]
fn the_lock_of_the_index_is_respected_and_what_moved_is_not_overwritten() {
    let real = Real::new();
    real.write("a", "1\n");
    real.commit("begin");
    let repository = real.open();
    let known = repository.kept(Path::new("a"), Against::Index).unwrap().id();
    let lock = real.path().join(".git/index.lock");
    std::fs::write(&lock, "").unwrap();
    real.write("a", "2\n");
    for result in [
        repository.stage(Path::new("a")),
        repository.unstage(&["a"]),
        repository.stage_text(Path::new("a"), known, b"x"),
        repository.commit(&asked("no")).map(drop),
    ] {
        assert!(matches!(result, Err(GitError::Locked(_))), "{result:?}");
    }
    assert!(lock.exists(), "it is another one's");
    std::fs::remove_file(&lock).unwrap();
    real.git(&["add", "a"]);
    let moved = repository.stage_text(Path::new("a"), known, b"x");
    assert!(matches!(moved, Err(GitError::Moved(_))), "{moved:?}");
    assert_eq!(real.git(&["show", ":a"]), "2");
}

#[test]
fn commits_are_those_of_git() {
    let real = Real::new();
    let repository = real.open();
    assert!(matches!(repository.commit(&asked("x")), Err(GitError::NothingStaged)));
    assert!(matches!(repository.last_message(), Err(GitError::NoCommit)));
    real.write("dir/a", "1\n");
    real.git(&["add", "-A"]);
    assert!(matches!(repository.commit(&asked(" \n ")), Err(GitError::NoMessage)));
    let first = repository.commit(&asked("first: begin\n\n\n\nwhy  \n")).unwrap();
    assert_eq!(first.subject, "first: begin");
    assert_eq!(
        real.git(&["log", "--format=%an <%ae> %B", "main"]),
        "A U Thor <a@example.org> first: begin\n\nwhy"
    );
    assert_eq!(real.git(&["rev-parse", "HEAD^{tree}"]), real.git(&["write-tree"]));
    assert_eq!(real.git(&["log", "-g", "--format=%gs"]), "commit (initial): first: begin");

    real.write("dir/a", "2\n");
    real.git(&["add", "-A"]);
    let again = CommitRequest { message: "second".into(), sign_off: true, amend: false };
    repository.commit(&again).unwrap();
    let signed = "second\n\nSigned-off-by: A U Thor <a@example.org>";
    assert_eq!(real.git(&["log", "-1", "--format=%B"]), signed);

    real.git(&["commit", "-q", "--amend", "--no-edit", "--author=Other <o@example.org>"]);
    real.write("b", "new\n");
    repository.stage(Path::new("b")).unwrap();
    let amend = CommitRequest { message: repository.last_message().unwrap(), sign_off: true, amend: true };
    repository.commit(&amend).unwrap();
    assert_eq!(real.git(&["log", "-1", "--format=%an %B"]), format!("Other {signed}"), "signed off once");
    assert_eq!(real.git(&["rev-list", "--count", "HEAD"]), "2");
    assert_eq!(real.git(&["status", "--short"]), "");
    real.git(&["fsck", "--strict"]);
}

#[test]
fn what_is_under_way_is_left_to_git() {
    let real = Real::new();
    real.write("a", "1\n");
    real.commit("one");
    real.git(&["checkout", "-q", "-b", "side"]);
    real.write("a", "2\n");
    real.commit("two");
    real.git(&["checkout", "-q", "main"]);
    real.write("a", "3\n");
    real.commit("three");
    assert!(!real.try_git(&["merge", "side"]).status.success());
    assert_eq!(real.short(), [" ! a"]);
    let repository = real.open();
    assert_eq!(repository.kept(Path::new("a"), Against::Index).unwrap(), KeptFile::Conflict);
    assert!(matches!(repository.commit(&asked("x")), Err(GitError::InProgress("A merge"))));
    repository.stage(Path::new("a")).unwrap();
    assert_eq!(real.git(&["ls-files", "-u"]), "", "staging resolves");
    assert!(real.path().join(".git/MERGE_HEAD").exists());
}

#[test]
fn what_a_program_would_store_is_refused() {
    let real = Real::new();
    real.write(".gitattributes", "*.bin filter=lfs\n*.txt text eol=crlf\n");
    real.write("a.bin", "large");
    real.write("a.txt", "one\r\ntwo\r\n");
    let repository = real.open();
    let refused = repository.stage(Path::new("a.bin"));
    assert!(matches!(&refused, Err(GitError::Filtered { filter, .. }) if filter == "lfs"), "{refused:?}");
    repository.stage(Path::new("a.txt")).unwrap();
    assert!(matches!(
        repository.kept(Path::new("a.txt"), Against::Index),
        Ok(KeptFile::Blob(text, _)) if text == b"one\ntwo\n"
    ));
}

#[test]
fn hooks_are_named_and_not_run() {
    let real = Real::new();
    assert!(real.open().not_run().is_empty(), "samples are no hooks");
    real.write(".git/hooks/pre-commit", "#!/bin/sh\nexit 1\n");
    std::fs::set_permissions(real.path().join(".git/hooks/pre-commit"), PermissionsExt::from_mode(0o755))
        .unwrap();
    real.git(&["config", "commit.gpgSign", "true"]);
    assert_eq!(real.open().not_run(), ["the hook pre-commit", "signing"]);
}

#[test]
fn hunks_go_into_the_index_and_back_out_of_it() {
    let real = Real::new();
    let text: String = (0..30).map(|line| format!("line {line}\n")).collect();
    real.write("a", &text);
    real.commit("begin");
    let edited = text.replace("line 3\n", "LINE 3\nand more\n").replace("line 20\n", "");
    real.write("a", &edited);
    real.write("new", "1\n2\n");
    let repository = real.open();
    let file =
        |path: &str| real.status().files.into_iter().find(|file| file.path == Path::new(path)).unwrap();
    let diff = repository.diff(&file("a"), DiffPart::Unstaged).unwrap();
    assert_eq!(diff.changes.len(), 2);
    repository.move_lines(&diff, &diff.changes[1..]).unwrap();
    assert_eq!(real.git(&["diff", "--cached", "--numstat"]), "0\t1\ta");
    let moved = repository.move_lines(&diff, &diff.changes[..1]);
    assert!(matches!(moved, Err(GitError::Moved(_))), "{moved:?}");
    let staged = repository.diff(&file("a"), DiffPart::Staged).unwrap();
    repository.move_lines(&staged, &staged.changes).unwrap();
    assert_eq!(real.git(&["diff", "--cached", "--numstat"]), "");

    let whole = repository.diff(&file("new"), DiffPart::Unstaged).unwrap();
    let first = git::lines::within(&whole.changes, &(0..1));
    repository.move_lines(&whole, &first).unwrap();
    assert_eq!(real.git(&["show", ":new"]), "1");
    let counts = repository.count(&real.status().files, &std::sync::atomic::AtomicBool::new(false));
    let counts: Vec<_> =
        counts.iter().map(|(path, part, lines)| (path.to_str().unwrap(), *part, *lines)).collect();
    assert_eq!(
        counts,
        [
            ("a", DiffPart::Unstaged, Some((2, 2))),
            ("new", DiffPart::Staged, Some((1, 0))),
            ("new", DiffPart::Unstaged, Some((1, 0)))
        ]
    );
    let added = repository.diff(&file("new"), DiffPart::Staged).unwrap();
    repository.move_lines(&added, &added.changes).unwrap();
    assert_eq!(real.git(&["status", "--short"]), " M a\n?? new");
}

#[test]
fn selected_lines_of_a_text_are_staged_although_it_is_not_saved() {
    let real = Real::new();
    real.write("a", "1\n2\n3\n4\n");
    real.commit("begin");
    let repository = real.open();
    let typed = b"1\ntwo\n3\nfour\nfive\n";
    repository.stage_lines(Path::new("a"), typed, &[3..4]).unwrap();
    assert_eq!(real.git(&["show", ":a"]), "1\n2\n3\nfour");
    assert!(matches!(
        repository.stage_lines(Path::new("a"), typed, &[0..1]),
        Err(GitError::NothingDiffers(_))
    ));
    // Two carets on one line choose it once.
    repository.stage_lines(Path::new("a"), typed, &[1..2, 1..2, 4..5]).unwrap();
    assert_eq!(real.git(&["show", ":a"]), "1\ntwo\n3\nfour\nfive");
    // What only goes lies at the line that follows.
    repository.stage_lines(Path::new("a"), b"1\n3\nfour\nfive\n", &[1..2]).unwrap();
    assert_eq!(real.git(&["show", ":a"]), "1\n3\nfour\nfive");
    assert_eq!(
        std::fs::read_to_string(real.path().join("a")).unwrap(),
        "1\n2\n3\n4\n",
        "the file is as it was"
    );
}

#[test]
fn lines_of_a_text_are_found_in_the_last_commit() {
    use git::blame::CommittedLine::{At, New, Nowhere};
    let real = Real::new();
    real.write("a", "1\n2\n3\n4\n5\n");
    real.commit("begin");
    let repository = real.open();
    let places = |text: &str| {
        let lines = text.lines().count() + 1;
        let place = |line| repository.committed_line(Path::new("a"), text.as_bytes(), line).unwrap();
        (0..lines).map(place).collect::<Vec<_>>()
    };
    assert_eq!(places("1\nnew\n2\n5\n"), [At(0), New, At(1), At(4), Nowhere]);
    assert_eq!(places("0\n1\n2\n3\n4\n5\n"), [New, At(0), At(1), At(2), At(3), At(4), Nowhere]);
    real.write("b", "1\n");
    assert_eq!(repository.committed_line(Path::new("b"), b"1\n", 0).unwrap(), Nowhere);
}

/// A file that changes within a second of its staging looks as before by its size and times; git knows it by the time of the index, which
/// moves on when something else is staged (racy-git.txt).
#[test]
fn what_changed_in_the_second_of_the_index_is_not_lost_when_something_else_is_staged() {
    let real = Real::new();
    let then = std::time::SystemTime::now() - std::time::Duration::from_secs(100);
    let dated = |name: &str, text: &str| {
        real.write(name, text);
        let file = std::fs::File::options().write(true).open(real.path().join(name)).unwrap();
        file.set_modified(then).unwrap();
    };
    // As if all that follows came within one second: times of changes of files' states are not compared.
    real.git(&["config", "core.trustctime", "false"]);
    dated("same size", "one\n");
    dated("untouched", "one\n");
    real.write("other", "one\n");
    std::os::unix::fs::symlink("one", real.path().join("link")).unwrap();
    real.commit("begin");
    dated("same size", "two\n");
    real.write("other", "two\n");
    let index = std::fs::File::options().write(true).open(real.path().join(".git/index")).unwrap();
    index.set_modified(then).unwrap();
    drop(index);
    assert_eq!(real.short(), [" M other", " M same size"], "before");

    let repository = real.open();
    repository.stage(Path::new("other")).unwrap();
    assert_eq!(real.short(), ["M  other", " M same size"]);
    repository.unstage(&["other"]).unwrap();
    assert_eq!(real.short(), [" M other", " M same size"]);
    assert_eq!(real.git(&["diff", "--name-only"]), "other\nsame size");
}
