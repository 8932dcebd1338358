//! Switching branches and stashing over random histories: files, index and what is refused must be as with git.
//! `LOCALCODER_GIT_HISTORIES=500` makes so many.

#![allow(clippy::unwrap_used, reason = "what fails in a test is to be seen")]

mod real;

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use fastrand::Rng;
use git::GitError;
use git::branches::BranchTarget;
use git::stash::StashRequest;
use real::Real;

/// Names that can be files and folders alike.
const NAMES: &[&str] = &["a", "b", "d/a", "d/b", "d/e/f", "d", "x y", "ä", "a/b", "d/e"];

fn histories() -> u64 {
    std::env::var("LOCALCODER_GIT_HISTORIES").ok().and_then(|count| count.parse().ok()).unwrap_or(25)
}

/// All that is in a folder but what git keeps: kind and content by path.
fn files(folder: &Path) -> BTreeMap<PathBuf, (char, Vec<u8>)> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(next) = waiting.pop() {
        for entry in std::fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(folder).unwrap().to_owned();
            let metadata = path.symlink_metadata().unwrap();
            if name == Path::new(".git") {
                continue;
            }
            if metadata.is_dir() {
                found.insert(name, ('d', Vec::new()));
                waiting.push(path);
            } else if metadata.is_symlink() {
                let to = std::fs::read_link(&path).unwrap();
                found.insert(name, ('l', to.to_string_lossy().into_owned().into_bytes()));
            } else {
                let kind = if metadata.permissions().mode() & 0o100 == 0 { 'f' } else { 'x' };
                found.insert(name, (kind, std::fs::read(&path).unwrap()));
            }
        }
    }
    found
}

/// The same without folders: git takes empty ones away when it stashes what it does not know, ours leaves them.
fn only_files(folder: &Path) -> BTreeMap<PathBuf, (char, Vec<u8>)> {
    files(folder).into_iter().filter(|(_, (kind, _))| *kind != 'd').collect()
}

/// What the index has.
fn index(real: &Real, folder: &Path) -> String {
    let out = real.command(folder).args(["ls-files", "-s"]).output().unwrap();
    String::from_utf8(out.stdout).unwrap()
}

fn status(real: &Real, folder: &Path) -> String {
    let out = real.command(folder).args(["status", "--porcelain", "-uall", "--ignored"]).output().unwrap();
    String::from_utf8(out.stdout).unwrap()
}

/// Is there a folder of unknown files where a known one was? git keeps that file in the stash although it is gone; ours does not.
fn stands_in_place_of_a_file(status: &str) -> bool {
    let gone = status.lines().filter_map(|line| line.strip_prefix(" D "));
    gone.into_iter().any(|path| status.contains(&format!("?? {path}/")))
}

/// Some change of a file on disk: written, replaced by a link, made executable or removed.
fn change(random: &mut Rng, folder: &Path) {
    let path = folder.join(NAMES[random.usize(..NAMES.len())]);
    if path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
        if random.u8(0..3) == 0 {
            std::fs::remove_dir_all(&path).unwrap();
        }
        return;
    }
    match random.u8(0..10) {
        0 | 1 => {
            let _gone = std::fs::remove_file(&path);
        }
        2 => {
            let _gone = std::fs::remove_file(&path);
            if path.parent().is_some_and(Path::is_dir) {
                let _link = std::os::unix::fs::symlink("elsewhere", &path);
            }
        }
        _ => {
            let parent = path.parent().unwrap();
            if std::fs::create_dir_all(parent).is_err() || path.is_symlink() {
                return;
            }
            let lines: String = (0..random.usize(1..5)).map(|_| format!("{}\n", random.u8(0..4))).collect();
            if std::fs::write(&path, lines).is_ok() && random.u8(0..6) == 0 {
                std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
            }
        }
    }
}

/// Two branches with files of their own, then changes, some staged.
fn history(random: &mut Rng) -> Real {
    let real = Real::new();
    for _ in 0..random.usize(1..6) {
        change(random, &real.path());
    }
    real.write("always", "1\n");
    real.commit("begin");
    real.git(&["branch", "side"]);
    for branch in ["main", "side"] {
        real.git(&["switch", "-q", "-f", branch]);
        for _ in 0..random.usize(0..5) {
            change(random, &real.path());
        }
        real.commit(branch);
    }
    real.git(&["switch", "-q", "-f", "main"]);
    for _ in 0..random.usize(0..4) {
        change(random, &real.path());
        if random.bool() {
            let name = NAMES[random.usize(..NAMES.len())];
            let _unknown = real.try_git(&["add", "-A", "--", name]);
        }
    }
    real
}

/// A copy with all its times, as far as a copy can have them.
fn copy(real: &Real, name: &str) -> PathBuf {
    let to = real.beside(name);
    let done = std::process::Command::new("cp").arg("-a").arg(real.path()).arg(&to).status().unwrap();
    assert!(done.success());
    to
}

fn open(folder: &Path) -> git::Repository {
    git::Repository::open(folder, &git::UserConfig::default()).unwrap()
}

#[test]
fn switching_does_what_git_does() {
    let (mut switched, mut refused, mut stricter) = (0, 0, 0);
    for seed in 0..histories() {
        let mut random = Rng::with_seed(seed);
        let real = history(&mut random);
        let gits = copy(&real, "git");
        let before = (files(&real.path()), index(&real, &real.path()), real.git(&["symbolic-ref", "HEAD"]));
        let done = real.command(&gits).args(["switch", "-q", "side"]).output().unwrap();
        let ours = open(&real.path()).switch(&BranchTarget::Local("side".into()));
        let words = String::from_utf8_lossy(&done.stderr).into_owned();
        if let (Err(GitError::InTheWay { changed, untracked, .. }), true) = (&ours, done.status.success()) {
            // A staged file in a folder that becomes a file is lost by git. Ours refuses, and only where that is so.
            let lost = |path: &PathBuf| before.0.contains_key(path) && !gits.join(path).exists();
            assert!(changed.iter().chain(untracked).any(lost), "{seed}: {ours:?}");
            stricter += 1;
        } else {
            assert_eq!(ours.is_ok(), done.status.success(), "{seed}: {ours:?}\n{words}");
        }
        if ours.is_err() {
            let now = (files(&real.path()), index(&real, &real.path()), real.git(&["symbolic-ref", "HEAD"]));
            assert_eq!(now, before, "{seed}: what is refused changes nothing");
            assert!(matches!(ours, Err(GitError::InTheWay { .. })), "{seed}: {ours:?}");
            refused += 1;
        } else {
            assert_eq!(files(&real.path()), files(&gits), "{seed}");
            assert_eq!(index(&real, &real.path()), index(&real, &gits), "{seed}");
            assert_eq!(status(&real, &real.path()), status(&real, &gits), "{seed}");
            assert_eq!(real.git(&["symbolic-ref", "HEAD"]), "refs/heads/side", "{seed}");
            let log = |folder: &Path| {
                let out = real.command(folder).args(["reflog", "--format=%H %gs", "-1"]).output().unwrap();
                String::from_utf8(out.stdout).unwrap()
            };
            assert_eq!(log(&real.path()), log(&gits), "{seed}");
            switched += 1;
        }
        assert!(!real.path().join(".git/index.lock").exists(), "{seed}");
    }
    println!(
        "{switched} switched, {refused} refused, {stricter} of them although git does it and loses a file"
    );
    assert!(switched > 0 && refused > 0);
}

#[test]
fn stashing_does_what_git_does() {
    let (mut stashed, mut empty, mut refused, mut joined, mut marked) = (0, 0, 0, 0, 0);
    for seed in 0..histories() {
        let mut random = Rng::with_seed(seed ^ 0xabcd);
        let real = history(&mut random);
        let untracked = random.bool();
        let gits = copy(&real, "git");
        let was = status(&real, &gits);
        if stands_in_place_of_a_file(&was) {
            continue;
        }
        let args: &[&str] = if untracked { &["stash", "push", "-u"] } else { &["stash", "push"] };
        let done = real.command(&gits).args(args).output().unwrap();
        let words =
            format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        let before = only_files(&real.path());
        let ours = open(&real.path()).stash(&StashRequest { message: String::new(), untracked });
        match &ours {
            Err(GitError::NothingToStash) => {
                assert!(words.contains("No local changes"), "{seed}: {words}");
                empty += 1;
                continue;
            }
            Err(GitError::InTheWay { .. }) => {
                assert_eq!(only_files(&real.path()), before, "{seed}");
                refused += 1;
                continue;
            }
            Err(error) => panic!("{seed}: {error}\n{words}"),
            Ok(_) => {}
        }
        if !done.status.success() {
            // What git gives up in the midst of is not compared; nothing of ours may be lost.
            open(&real.path()).pop_stash(open(&real.path()).stashes().unwrap()[0].id).unwrap();
            assert_eq!(only_files(&real.path()), before, "{seed}: {words}");
            continue;
        }
        stashed += 1;
        let out = |folder: &Path, args: &[&str]| {
            let out = real.command(folder).args(args).output().unwrap();
            assert!(out.status.success(), "{seed}: {args:?} {out:?}");
            String::from_utf8(out.stdout).unwrap()
        };
        for args in [
            &["stash", "list", "--format=%gd %gs %T"][..],
            &["stash", "show", "-p", "--include-untracked"],
            &["rev-parse", "stash^{tree}", "stash^1", "stash^2^{tree}"],
        ] {
            let trees = [&real.path(), &gits].map(|folder| out(folder, &["ls-tree", "-r", "stash"]));
            let (ours, gits) = (out(&real.path(), args), out(&gits, args));
            assert_eq!(ours, gits, "{seed}: {args:?}\n{was}\n{}\n{}", trees[0], trees[1]);
        }
        assert_eq!(only_files(&real.path()), only_files(&gits), "{seed}");
        assert_eq!(index(&real, &real.path()), index(&real, &gits), "{seed}");
        assert_eq!(status(&real, &real.path()), status(&real, &gits), "{seed}");
        // Something else is committed meanwhile, in both.
        for _ in 0..random.usize(0..3) {
            let state = random.get_seed();
            change(&mut random, &real.path());
            change(&mut Rng::with_seed(state), &gits);
        }
        for folder in [&real.path(), &gits] {
            out(folder, &["add", "-A"]);
            let date = "2020-01-01T00:00:00Z";
            let mut command = real.command(folder);
            command.env("GIT_AUTHOR_DATE", date).env("GIT_COMMITTER_DATE", date);
            let made = command.args(["commit", "-q", "--allow-empty", "-m", "meanwhile"]).output().unwrap();
            assert!(made.status.success());
        }
        let before = only_files(&real.path());
        let done = real.command(&gits).args(["stash", "pop"]).output().unwrap();
        let words =
            format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        let repository = open(&real.path());
        let ours = repository.pop_stash(repository.stashes().unwrap()[0].id);
        match ours {
            Ok(applied) if applied.conflicts.is_empty() => {
                assert!(done.status.success(), "{seed}: git does not join this\n{words}");
                assert_eq!(only_files(&real.path()), only_files(&gits), "{seed}");
                assert_eq!(index(&real, &real.path()), index(&real, &gits), "{seed}");
                assert_eq!(status(&real, &real.path()), status(&real, &gits), "{seed}");
                assert_eq!(out(&real.path(), &["stash", "list"]), "", "{seed}");
                joined += 1;
            }
            Ok(applied) => {
                assert!(words.contains("CONFLICT"), "{seed}: git joins this: {applied:?}\n{words}");
                assert_eq!(repository.stashes().unwrap().len(), 1, "{seed}: it is kept");
                marked += 1;
            }
            Err(GitError::InTheWay { .. } | GitError::CannotMerge(_)) => {
                assert!(!done.status.success(), "{seed}: git does it\n{words}");
                assert_eq!(only_files(&real.path()), before, "{seed}: what is refused changes nothing");
                refused += 1;
            }
            Err(error) => panic!("{seed}: {error}"),
        }
    }
    println!("{stashed} stashed, {empty} empty, {joined} joined, {marked} marked, {refused} refused");
    assert!(stashed > 0 && joined > 0);
}

#[test]
fn what_git_would_overwrite_silently_is_refused_as_well() {
    let real = Real::new();
    real.write(".gitignore", "secret\n");
    real.commit("one");
    real.git(&["switch", "-q", "-c", "side"]);
    real.write("secret", "committed\n");
    real.git(&["add", "-f", "secret"]);
    real.commit("two");
    real.git(&["switch", "-q", "main"]);
    real.write("secret", "mine\n");
    let refused = real.open().switch(&BranchTarget::Local("side".into()));
    let Err(GitError::InTheWay { untracked, changed, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!((untracked, changed.len()), (vec![PathBuf::from("secret")], 0));
    assert_eq!(std::fs::read(real.path().join("secret")).unwrap(), b"mine\n");
    real.write("deep/er/file", "1\n");
    real.git(&["switch", "-q", "-f", "side"]);
    std::fs::remove_dir_all(real.path().join("deep")).unwrap();
    real.write("deep", "a file\n");
    real.commit("three");
    real.git(&["switch", "-q", "main"]);
    real.write("deep/er/file", "mine\n");
    let refused = real.open().switch(&BranchTarget::Local("side".into()));
    assert!(refused.unwrap_err().to_string().contains("deep/er/file"));
    assert_eq!(std::fs::read(real.path().join("deep/er/file")).unwrap(), b"mine\n");
}

#[test]
fn branches_are_listed_made_and_copied_from_a_remote() {
    let real = Real::new();
    assert!(matches!(real.open().branches(), Ok(list) if list.is_empty()));
    let made = real.open().switch(&BranchTarget::New("first".into())).unwrap();
    assert_eq!((made.branch.as_str(), made.is_new), ("first", true));
    assert_eq!(real.git(&["symbolic-ref", "HEAD"]), "refs/heads/first");
    real.write("a", "1\n");
    real.commit("one");
    real.write("a", "2\n");
    real.open().switch(&BranchTarget::New("topic/x".into())).unwrap();
    assert_eq!(real.git(&["symbolic-ref", "--short", "HEAD"]), "topic/x");
    assert_eq!(real.short(), [" M a"], "what is changed goes along");
    assert!(matches!(
        real.open().switch(&BranchTarget::New("first".into())),
        Err(GitError::BranchExists(name)) if name == "first"
    ));
    assert!(matches!(real.open().switch(&BranchTarget::Local("nowhere".into())), Err(GitError::NoBranch(_))));
    real.commit("two");
    let clone = real.beside("clone");
    real.git(&["clone", "-q", ".", clone.to_str().unwrap()]);
    let there = open(&clone);
    let names: Vec<(String, bool, bool)> = there
        .branches()
        .unwrap()
        .into_iter()
        .map(|branch| (branch.name, branch.is_remote, branch.is_current))
        .collect();
    let name = |name: &str, remote, current| (name.to_owned(), remote, current);
    let [current, rest @ ..] = names.as_slice() else { panic!() };
    assert_eq!(*current, name("topic/x", false, true));
    let mut rest = rest.to_vec();
    rest.sort();
    assert_eq!(rest, [name("origin/first", true, false), name("origin/topic/x", true, false)]);
    there.switch(&BranchTarget::Remote("origin/first".into())).unwrap();
    assert_eq!(std::fs::read(clone.join("a")).unwrap(), b"1\n");
    let config = |key: &str| {
        let out = real.command(&clone).args(["config", key]).output().unwrap();
        String::from_utf8(out.stdout).unwrap().trim_end().to_owned()
    };
    assert_eq!(config("branch.first.remote"), "origin");
    assert_eq!(config("branch.first.merge"), "refs/heads/first");
    assert_eq!(
        open(&clone).exchange_command(git::branches::Exchange::Push).unwrap(),
        "git push origin first"
    );
    assert_eq!(
        open(&clone).exchange_command(git::branches::Exchange::Pull).unwrap(),
        "git pull origin first"
    );
    assert!(matches!(real.open().exchange_command(git::branches::Exchange::Push), Err(GitError::NoRemote)));
    let linked = real.beside("linked");
    real.git(&["worktree", "add", "-q", linked.to_str().unwrap(), "first"]);
    let in_use = real.open().switch(&BranchTarget::Local("first".into()));
    assert!(matches!(in_use, Err(GitError::InOtherWorktree { .. })), "{in_use:?}");
}

#[test]
fn line_ends_and_attributes_are_those_of_the_branch_that_comes() {
    let real = Real::new();
    real.write(".gitattributes", "*.txt text eol=crlf\n");
    real.write("a.txt", "one\r\ntwo\r\n");
    real.write("b.txt", "same\r\n");
    real.commit("one");
    real.git(&["switch", "-q", "-c", "side"]);
    real.git(&["rm", "-q", ".gitattributes"]);
    real.write("a.txt", "one\nthree\n");
    real.commit("two");
    real.git(&["switch", "-q", "main"]);
    let there = |name: &str| std::fs::read(real.path().join(name)).unwrap();
    assert_eq!(there("a.txt"), b"one\r\ntwo\r\n");
    real.open().switch(&BranchTarget::Local("side".into())).unwrap();
    assert_eq!(there("a.txt"), b"one\nthree\n");
    real.open().switch(&BranchTarget::Local("main".into())).unwrap();
    assert_eq!(there("a.txt"), b"one\r\ntwo\r\n");
    assert_eq!(real.git(&["status", "--short", "-uno"]), "");
}

#[test]
fn several_stashes_are_taken_by_name_whatever_their_place() {
    let real = Real::new();
    real.write("a", "0\n");
    real.commit("zero");
    for number in 1..4 {
        real.write("a", format!("{number}\n"));
        let asked = StashRequest { message: format!("number {number}"), untracked: false };
        assert_eq!(real.open().stash(&asked).unwrap(), format!("On main: number {number}"));
    }
    let repository = real.open();
    let found = repository.stashes().unwrap();
    let messages: Vec<&str> = found.iter().map(|stash| stash.message.as_str()).collect();
    assert_eq!(messages, ["On main: number 3", "On main: number 2", "On main: number 1"]);
    let files = repository.stash_files(found[1].id).unwrap();
    assert_eq!(files, [(PathBuf::from("a"), git::status::FileState::Modified)]);
    repository.drop_stash(found[1].id).unwrap();
    assert_eq!(real.git(&["stash", "list", "--format=%gs"]), "On main: number 3\nOn main: number 1");
    real.git(&["fsck", "--strict"]);
    repository.drop_stash(found[0].id).unwrap();
    assert!(matches!(repository.drop_stash(found[0].id), Err(GitError::NoStash)));
    assert_eq!(real.git(&["rev-parse", "stash"]), found[2].id.to_string());
    repository.pop_stash(found[2].id).unwrap();
    assert_eq!(std::fs::read(real.path().join("a")).unwrap(), b"1\n");
    assert_eq!(real.git(&["stash", "list"]), "");
    assert!(repository.stashes().unwrap().is_empty());
}

#[test]
fn a_conflict_of_a_stash_is_marked_and_the_stash_kept() {
    let real = Real::new();
    real.write("a", "1\n2\n3\n");
    real.write("b", "1\n");
    real.commit("one");
    real.write("a", "1\nmine\n3\n");
    real.write("b", "2\n");
    real.open().stash(&StashRequest::default()).unwrap();
    real.write("a", "1\ntheirs\n3\n");
    real.commit("two");
    let repository = real.open();
    let id = repository.stashes().unwrap()[0].id;
    let applied = repository.pop_stash(id).unwrap();
    assert_eq!(applied.conflicts, [PathBuf::from("a")]);
    let marked = "1\n<<<<<<< Updated upstream\ntheirs\n=======\nmine\n>>>>>>> Stashed changes\n3\n";
    assert_eq!(std::fs::read_to_string(real.path().join("a")).unwrap(), marked);
    assert_eq!(real.git(&["status", "--short"]), "UU a\nM  b");
    assert_eq!(repository.stashes().unwrap().len(), 1);
    real.write("a", "1\nboth\n3\n");
    real.open().stage(Path::new("a")).unwrap();
    assert_eq!(real.git(&["status", "--short"]), "M  a\nM  b");
}
