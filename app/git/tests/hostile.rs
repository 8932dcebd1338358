//! Repositories that a stranger made: whatever they name leaves a mark when it is started, and nothing may. And repositories that are
//! broken or unusual: each is reported in a sentence, and none is changed.

#![allow(clippy::unwrap_used, reason = "what fails in a test is to be seen")]

#[path = "../../../tests/src/ground.rs"]
mod ground;
mod real;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use git::branches::{BranchTarget, Exchange};
use git::commit::CommitRequest;
use git::stash::StashRequest;
use git::status::RepositoryHead;
use git::{Against, GitError, KeptFile, Repository, UserConfig};
use real::Real;

/// A repository with something to commit and a program that marks that it was started.
struct Hostile(Real);

impl Hostile {
    fn new() -> Hostile {
        let real = Real::new();
        real.write("a.txt", "one\n");
        real.commit("one");
        real.write("a.txt", "two\n");
        let hostile = Hostile(real);
        let text = format!("#!/bin/sh\necho \"$0 $*\" >> '{}'\nexit 1\n", hostile.mark().display());
        std::fs::write(hostile.program(), text).unwrap();
        std::fs::set_permissions(hostile.program(), PermissionsExt::from_mode(0o755)).unwrap();
        hostile
    }

    fn program(&self) -> PathBuf {
        self.0.beside("evil")
    }

    fn mark(&self) -> PathBuf {
        self.0.beside("started")
    }

    fn configure(&self, name: &str, value: &str) {
        self.0.git(&["config", "--local", name, &value.replace("EVIL", &self.program().to_string_lossy())]);
    }

    /// All that is ever done with a repository.
    fn everything(&self) {
        let repository = self.0.open();
        let file = Path::new("a.txt");
        let _status = repository.status(&Arc::new(AtomicBool::new(false)));
        for against in [Against::Head, Against::Index] {
            let _kept = repository.kept(file, against);
        }
        let _text = repository.as_kept(file, b"two\n");
        let _staged = repository.stage(file);
        let _unstaged = repository.unstage(&[file]);
        let _again = repository.stage(file);
        let _who = repository.blame_line(file, 0);
        let _hooks = repository.not_run();
        let asked = CommitRequest { message: "all".into(), amend: false, sign_off: true };
        let _made = repository.commit(&asked);
        let _known = repository.branches();
        let _gone = repository.switch(&BranchTarget::New("topic".into()));
        let _back = repository.switch(&BranchTarget::Local("main".into()));
        self.0.write("a.txt", "aside\n");
        let _stashed = repository.stash(&StashRequest { message: String::new(), untracked: true });
        for stash in repository.stashes().unwrap_or_default() {
            let _shown = repository.stash_files(stash.id);
            let _back = repository.pop_stash(stash.id);
        }
        let past = repository.history(file, 10, &AtomicBool::new(false));
        for commit in past.map(|past| past.commits).unwrap_or_default() {
            let _diff = repository.commit_diff(&commit);
        }
        let _authors = repository.blame(file);
        let _command = repository.exchange_command(Exchange::Push);
    }
}

/// Nothing is started by ours; git itself does start something, else this would prove nothing.
fn check(what: &str, prepare: impl Fn(&Hostile)) {
    let hostile = Hostile::new();
    prepare(&hostile);
    hostile.everything();
    let started = std::fs::read_to_string(hostile.mark()).ok();
    assert_eq!(started, None, "{what}");
    hostile.0.write("a.txt", "and more\n");
    for args in
        [&["status"][..], &["diff"], &["add", "."], &["commit", "-m", "x", "--allow-empty"], &["log", "-p"]]
    {
        let _as_it_may = hostile.0.try_git(args);
    }
    assert!(hostile.mark().exists(), "{what}: this repository does no harm, so nothing was shown");
}

#[test]
fn no_program_that_a_repository_names_is_started() {
    check("fsmonitor", |it| it.configure("core.fsmonitor", "EVIL"));
    check("external diff", |it| it.configure("diff.external", "EVIL"));
    check("hooks", |it| {
        let hooks = it.0.beside("hooks");
        std::fs::create_dir(&hooks).unwrap();
        for name in [
            "post-index-change",
            "pre-commit",
            "commit-msg",
            "post-commit",
            "post-checkout",
            "reference-transaction",
        ] {
            std::fs::copy(it.program(), hooks.join(name)).unwrap();
        }
        it.configure("core.hooksPath", hooks.to_str().unwrap());
    });
    for key in ["filter.evil.clean", "filter.evil.process"] {
        check(key, |it| {
            it.0.write(".gitattributes", "*.txt filter=evil\n");
            it.configure(key, "EVIL");
            it.0.write("a.txt", "four\n");
        });
    }
    check("smudge", |it| {
        it.0.write(".gitattributes", "*.txt filter=evil\n");
        it.configure("filter.evil.smudge", "EVIL");
        it.configure("filter.evil.clean", "EVIL");
    });
    check("a merge driver", |it| {
        it.0.write(".gitattributes", "*.txt merge=evil filter=evil\n");
        it.configure("merge.evil.driver", "EVIL");
        it.configure("filter.evil.clean", "EVIL");
    });
    for key in ["diff.evil.textconv", "diff.evil.command"] {
        check(key, |it| {
            it.0.write(".gitattributes", "* diff=evil\n");
            it.configure(key, "EVIL");
        });
    }
    check("signing", |it| {
        it.configure("gpg.program", "EVIL");
        it.configure("commit.gpgSign", "true");
    });
    check("an included file", |it| {
        let file = it.0.beside("included");
        std::fs::write(&file, format!("[core]\n fsmonitor = {}\n", it.program().display())).unwrap();
        it.configure("include.path", file.to_str().unwrap());
    });
}

/// The variable that makes this test the program that is watched.
const WATCHED: &str = "LOCALCODER_GIT_WATCHED";

/// Nothing at all is started and no socket is asked for, seen from outside of the process.
#[test]
fn nothing_is_started_and_no_socket_is_asked_for() {
    if let Some(folder) = std::env::var_os(WATCHED) {
        let repository = Repository::open(Path::new(&folder), &UserConfig::here(None)).unwrap();
        let found = repository.status(&Arc::new(AtomicBool::new(false))).unwrap();
        assert!(found.files.iter().any(|file| file.path == Path::new("a.txt")));
        let _who = repository.blame_line(Path::new("a.txt"), 0).unwrap();
        let _why = repository.stage(Path::new("a.txt"));
        return;
    }
    let Some(strace) = ground::program("a trace of what is started", "strace") else { return };
    let hostile = Hostile::new();
    for name in ["core.fsmonitor", "filter.evil.clean", "diff.external", "gpg.program"] {
        hostile.configure(name, "EVIL");
    }
    hostile.0.write(".gitattributes", "*.txt filter=evil\n");
    let trace = hostile.0.beside("trace");
    let done = std::process::Command::new(strace)
        .args(["-f", "-e", "trace=execve,execveat,socket,connect", "-o"])
        .arg(&trace)
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "nothing_is_started_and_no_socket_is_asked_for"])
        .env(WATCHED, hostile.0.path())
        .output()
        .unwrap();
    assert!(done.status.success(), "{done:?}");
    let trace = std::fs::read_to_string(trace).unwrap();
    let is_call = |line: &&str| ["execve", "socket(", "connect("].iter().any(|call| line.contains(call));
    let calls: Vec<&str> = trace.lines().filter(is_call).collect();
    assert_eq!(calls.len(), 1, "only the program itself is started: {calls:#?}");
}

#[test]
fn unusual_repositories_are_told_of() {
    let real = Real::new();
    let user = UserConfig::default();
    let outside = tempfile::tempdir().unwrap();
    assert!(matches!(Repository::open(outside.path(), &user), Err(GitError::NoRepository(_))));
    assert!(matches!(real.open().head(), Ok(RepositoryHead::Unborn(name)) if name == "main"));
    assert_eq!(real.short(), Vec::<String>::new());
    real.write("a", "1\n");
    assert_eq!(real.short(), [" U a"]);
    real.commit("one");

    let bare = real.beside("bare");
    real.git(&["clone", "-q", "--bare", ".", bare.to_str().unwrap()]);
    assert!(matches!(Repository::open(&bare, &user), Err(GitError::Bare(_))));

    let linked = real.beside("linked");
    real.git(&["worktree", "add", "-q", "-b", "side", linked.to_str().unwrap()]);
    let there = Repository::open(&linked, &user).unwrap();
    assert_eq!(there.head().unwrap(), RepositoryHead::Branch("side".into()));
    std::fs::write(linked.join("a"), "2\n").unwrap();
    there.stage(Path::new("a")).unwrap();
    assert_eq!(real.short(), Vec::<String>::new(), "each has an index of its own");

    let shallow = real.beside("shallow");
    real.commit("two");
    let from = format!("file://{}", real.path().display());
    real.git(&["clone", "-q", "--depth", "1", &from, shallow.to_str().unwrap()]);
    let there = Repository::open(&shallow, &user).unwrap();
    let cut = there.blame_line(Path::new("a"), 0);
    assert!(matches!(cut, Err(GitError::Shallow)), "{cut:?}");

    real.git(&["checkout", "-q", "--detach"]);
    assert!(matches!(real.open().head(), Ok(RepositoryHead::Detached(id)) if id.len() == 8));
}

#[test]
fn a_submodule_is_one_entry_and_a_repository_of_its_own() {
    let inner = Real::new();
    inner.write("i", "1\n");
    inner.commit("inner");
    let real = Real::new();
    let from = inner.path();
    real.git(&["-c", "protocol.file.allow=always", "submodule", "add", "-q", from.to_str().unwrap(), "sub"]);
    real.commit("with it");
    real.write("sub/i", "2\n");
    assert_eq!(real.short(), Vec::<String>::new());
    assert_eq!(real.open().kept(Path::new("sub"), Against::Index).unwrap(), KeptFile::NoText);
    let sub = Repository::open(&real.path().join("sub"), &UserConfig::default()).unwrap();
    assert_eq!(sub.root(), real.path().join("sub"));
    let found = sub.status(&Arc::new(AtomicBool::new(false))).unwrap();
    assert_eq!(found.files[0].path, Path::new("i"));
}

#[test]
fn a_broken_repository_is_told_of_and_left_as_it_is() {
    let real = Real::new();
    real.write("a", "1\n");
    real.commit("one");
    real.write("a", "2\n");
    let index = real.path().join(".git/index");
    let kept = std::fs::read(&index).unwrap();
    for broken in [&b"DIRC"[..], &kept[..kept.len() / 2], b"", &[0xff; 200]] {
        std::fs::write(&index, broken).unwrap();
        let repository = real.open();
        assert!(repository.stage(Path::new("a")).is_err());
        assert!(repository.status(&Arc::new(AtomicBool::new(false))).is_err(), "{broken:?}");
        assert_eq!(std::fs::read(&index).unwrap(), broken, "nobody repairs it");
        assert!(!real.path().join(".git/index.lock").exists());
    }
    std::fs::write(&index, kept).unwrap();
    std::fs::write(real.path().join(".git/HEAD"), "nonsense\n").unwrap();
    match Repository::open(&real.path(), &UserConfig::default()) {
        Ok(repository) => assert!(repository.head().is_err()),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

#[test]
fn names_of_any_bytes_are_kept() {
    use std::os::unix::ffi::OsStrExt as _;
    let real = Real::new();
    let name = std::ffi::OsStr::from_bytes(b"odd \xff\n\"name");
    std::fs::write(real.path().join(name), "1\n").unwrap();
    let repository = real.open();
    let found = repository.status(&Arc::new(AtomicBool::new(false))).unwrap();
    assert_eq!(found.files[0].path, Path::new(name));
    repository.stage(Path::new(name)).unwrap();
    assert!(
        matches!(repository.kept(Path::new(name), Against::Index), Ok(KeptFile::Blob(text, _)) if text == b"1\n")
    );
    assert_eq!(real.git(&["status", "--short"]), "A  \"odd \\377\\n\\\"name\"");
}

#[test]
fn worktrees_that_a_repository_names_elsewhere_are_not_looked_at() {
    let real = Real::new();
    let elsewhere = tempfile::tempdir().unwrap();
    std::fs::write(elsewhere.path().join("secret"), "x").unwrap();
    real.git(&["config", "core.worktree", elsewhere.path().to_str().unwrap()]);
    let repository = real.open();
    assert_eq!(repository.root(), real.path());
    assert!(real.short().iter().all(|line| !line.contains("secret")));
}

/// A tree whose files would lie outside of the folder, or in what git keeps, and links that lead out.
#[test]
fn nothing_is_written_outside_of_the_folder() {
    let real = Real::new();
    real.write("a", "1\n");
    real.commit("one");
    let blob = real.git(&["rev-parse", "HEAD:a"]);
    let outside = real.beside("outside");
    std::fs::create_dir(&outside).unwrap();
    let make_tree = |lines: &str| {
        let mut command = real.command(&real.path());
        command.args(["mktree"]).stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
        let mut child = command.spawn().unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), lines.as_bytes()).unwrap();
        String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap().trim().to_owned()
    };
    for (number, name) in ["..", ".git", ".GIT", "git~1"].iter().enumerate() {
        let inner = make_tree(&format!("100644 blob {blob}\toutside-file\n"));
        let tree = make_tree(&format!("040000 tree {inner}\t{name}\n"));
        let commit = real.git(&["commit-tree", &tree, "-m", "evil"]);
        let branch = format!("evil{number}");
        real.git(&["update-ref", &format!("refs/heads/{branch}"), &commit]);
        let refused = real.open().switch(&BranchTarget::Local(branch));
        assert!(matches!(refused, Err(GitError::BadName(_))), "{name}: {refused:?}");
        assert!(real.path().join("a").exists());
    }
    assert!(!real.beside("outside-file").exists() && !real.path().join(".git/outside-file").exists());
    // A link of this branch, and a folder by its name in the other one.
    real.git(&["switch", "-q", "-c", "folder"]);
    real.write("way/file", "evil\n");
    real.commit("folder");
    real.git(&["switch", "-q", "main"]);
    std::os::unix::fs::symlink(&outside, real.path().join("way")).unwrap();
    let refused = real.open().switch(&BranchTarget::Local("folder".into()));
    assert!(matches!(refused, Err(GitError::InTheWay { .. })), "{refused:?}");
    real.commit("link");
    real.open().switch(&BranchTarget::Local("folder".into())).unwrap();
    assert!(real.path().join("way").symlink_metadata().unwrap().is_dir());
    assert_eq!(std::fs::read_dir(&outside).unwrap().count(), 0);
    real.open().switch(&BranchTarget::Local("main".into())).unwrap();
    assert!(real.path().join("way").is_symlink());
    assert_eq!(std::fs::read_dir(&outside).unwrap().count(), 0);
}

#[test]
fn what_is_kept_by_a_program_is_not_switched() {
    let real = Real::new();
    real.write("a.bin", "1\n");
    real.commit("one");
    real.git(&["switch", "-q", "-c", "side"]);
    real.write("a.bin", "2\n");
    real.commit("two");
    real.git(&["switch", "-q", "main"]);
    std::fs::write(real.path().join(".git/info/attributes"), "*.bin filter=lfs\n").unwrap();
    let refused = real.open().switch(&BranchTarget::Local("side".into()));
    assert!(matches!(refused, Err(GitError::Filtered { .. })), "{refused:?}");
    assert_eq!(std::fs::read(real.path().join("a.bin")).unwrap(), b"1\n");
}
