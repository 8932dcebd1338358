//! Repositories of all kinds, most of them hostile: whatever they name leaves a mark when it is started, and nothing may.

use std::os::unix::fs::PermissionsExt;

use super::*;

fn run(folder: &Path, args: &[&str]) -> String {
    let own = ["-c", "user.name=A", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main"];
    let done = Command::new("git").arg("-C").arg(folder).args(own).args(args).output().unwrap();
    assert!(done.status.success(), "{args:?}: {done:?}");
    String::from_utf8(done.stdout).unwrap().trim().to_owned()
}

#[test]
fn staged_changes_are_read_and_their_absence_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    assert!(staged(path).is_err_and(|error| matches!(error, GitProgramError::NoRepository(_))));
    run(path, &["init", "-q"]);
    assert!(staged(path).is_err_and(|error| matches!(error, GitProgramError::NothingStaged)));
    std::fs::write(path.join("a b.py"), "x = 1\n").unwrap();
    run(path, &["add", "."]);
    let first = staged(path).unwrap();
    assert_eq!((first.text.as_str(), first.style.len()), ("New a b.py (+1 -0)\n@@\n+x = 1\n\n", 0));
    run(path, &["commit", "-qm", "files: begin"]);
    std::fs::write(path.join("a b.py"), "x = 2\n").unwrap();
    run(path, &["add", "."]);
    assert_eq!(staged(path).unwrap().style, ["files: begin"]);
    std::fs::write(path.join("large.txt"), "a line\n".repeat(2 * MAX_BYTES as usize / 7)).unwrap();
    run(path, &["add", "."]);
    assert!(staged(path).unwrap().text.contains("large.txt"), "more than is read is cut");
}

#[test]
fn only_the_few_commands_are_run() {
    for args in [&["fetch"][..], &["status"], &["show", "HEAD"], &["-c", "a.b=c", "diff"], &["archive"], &[]]
    {
        assert!(git(Path::new("/"), args).is_err_and(|error| matches!(error, GitProgramError::NotOurs(_))));
    }
}

#[test]
fn a_program_is_run_by_git_where_that_is_asked_for() {
    assert_eq!(through_git(Path::new("/bin/echo"), "word").unwrap(), "word\n");
}

/// A repository with something committed and something staged, and a program that marks that it was started.
struct Hostile {
    folder: tempfile::TempDir,
}

impl Hostile {
    fn new() -> Hostile {
        let hostile = Hostile { folder: tempfile::tempdir().unwrap() };
        let program = hostile.program();
        std::fs::write(
            &program,
            format!("#!/bin/sh\necho \"$0 $*\" >> '{}'\nexit 1\n", hostile.mark().display()),
        )
        .unwrap();
        std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
        let repository = hostile.repository();
        std::fs::create_dir(&repository).unwrap();
        run(&repository, &["init", "-q"]);
        for text in ["one\n", "two\n"] {
            std::fs::write(repository.join("a.txt"), text).unwrap();
            run(&repository, &["add", "."]);
            run(&repository, &["commit", "-qm", text]);
        }
        std::fs::write(repository.join("a.txt"), "three\n").unwrap();
        run(&repository, &["add", "."]);
        hostile
    }

    fn repository(&self) -> PathBuf {
        self.folder.path().join("repository")
    }

    fn program(&self) -> PathBuf {
        self.folder.path().join("evil")
    }

    fn mark(&self) -> PathBuf {
        self.folder.path().join("started")
    }

    fn configure(&self, name: &str, value: &str) {
        let value = value.replace("EVIL", &self.program().to_string_lossy());
        run(&self.repository(), &["config", "--local", name, &value]);
    }

    /// What is staged is not here: git has to get it from elsewhere.
    fn without_its_blobs(&self, url: &str) {
        for (name, value) in [
            ("core.repositoryFormatVersion", "1"),
            ("extensions.partialClone", "origin"),
            ("remote.origin.promisor", "true"),
            ("remote.origin.partialCloneFilter", "blob:none"),
            ("remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*"),
            ("remote.origin.url", url),
        ] {
            self.configure(name, value);
        }
        let blob = run(&self.repository(), &["rev-parse", ":a.txt"]);
        std::fs::remove_file(self.repository().join(".git/objects").join(&blob[..2]).join(&blob[2..]))
            .unwrap();
    }

    /// A commit that says it was signed.
    fn signed(&self) {
        let commit = run(&self.repository(), &["cat-file", "commit", "HEAD"]);
        let (head, message) = commit.split_once("\n\n").unwrap();
        let signature = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n aaaa\n -----END PGP SIGNATURE-----";
        let file = self.folder.path().join("commit");
        std::fs::write(&file, format!("{head}\n{signature}\n\n{message}\n")).unwrap();
        let made = run(&self.repository(), &["hash-object", "-t", "commit", "-w", file.to_str().unwrap()]);
        run(&self.repository(), &["update-ref", "HEAD", &made]);
    }

    fn was_started(&self) -> Option<String> {
        std::fs::read_to_string(self.mark()).ok()
    }

    /// The same commands without what the door adds.
    fn plainly(&self) {
        for args in [
            &["diff", "--cached"][..],
            &["diff"],
            &["log"],
            &["status"],
            &["-c", "core.pager=cat", "show", "HEAD"],
        ] {
            let _as_it_may =
                Command::new("git").arg("-C").arg(self.repository()).args(args).output().unwrap();
        }
    }
}

/// Nothing is started through the door; the same repository without it starts something, else this would prove nothing.
fn check(what: &str, prepare: impl Fn(&Hostile)) {
    let hostile = Hostile::new();
    prepare(&hostile);
    let _as_it_may = staged(&hostile.repository());
    assert_eq!(hostile.was_started(), None, "{what}");
    hostile.plainly();
    assert!(hostile.was_started().is_some(), "{what}: this repository does no harm, so nothing was shown");
}

#[test]
fn no_program_that_a_repository_names_is_started() {
    check("fsmonitor", |it| it.configure("core.fsmonitor", "EVIL"));
    check("external diff", |it| it.configure("diff.external", "EVIL"));
    check("hooks", |it| {
        let hooks = it.folder.path().join("hooks");
        std::fs::create_dir(&hooks).unwrap();
        std::fs::copy(it.program(), hooks.join("post-index-change")).unwrap();
        it.configure("core.hooksPath", hooks.to_str().unwrap());
        // The index is out of date, so that asking for changes writes it.
        std::fs::write(it.repository().join("a.txt"), "three\n").unwrap();
        let file = std::fs::File::options().write(true).open(it.repository().join("a.txt")).unwrap();
        file.set_modified(std::time::UNIX_EPOCH + Duration::from_secs(1_000_000)).unwrap();
    });
    for (key, command) in [("diff.evil.textconv", "EVIL"), ("diff.evil.command", "EVIL")] {
        check(key, |it| {
            std::fs::write(it.repository().join(".gitattributes"), "* diff=evil\n").unwrap();
            it.configure(key, command);
        });
    }
    for key in ["filter.evil.clean", "filter.evil.process"] {
        check(key, |it| {
            std::fs::write(it.repository().join(".gitattributes"), "*.txt filter=evil\n").unwrap();
            it.configure(key, "EVIL");
            std::fs::write(it.repository().join("a.txt"), "four\n").unwrap();
        });
    }
    for key in ["gpg.program", "gpg.openpgp.program"] {
        check(key, |it| {
            it.signed();
            it.configure(key, "EVIL");
            it.configure("log.showSignature", "true");
        });
    }
}

#[test]
fn what_is_missing_is_fetched_from_nowhere() {
    check("ext::", |it| {
        it.configure("protocol.ext.allow", "always");
        it.configure("protocol.allow", "always");
        it.without_its_blobs("ext::EVIL %S");
    });
    check("ssh", |it| {
        it.configure("core.sshCommand", "EVIL");
        it.without_its_blobs("ssh://nowhere.invalid/a");
    });
    check("uploadpack", |it| {
        let other = it.folder.path().join("other");
        run(it.folder.path(), &["clone", "-q", it.repository().to_str().unwrap(), other.to_str().unwrap()]);
        it.configure("remote.origin.uploadpack", "EVIL");
        it.without_its_blobs(other.to_str().unwrap());
    });
    check("a helper for an unknown transport", |it| {
        it.configure("protocol.allow", "always");
        it.configure("core.askPass", "EVIL");
        it.configure("credential.helper", "EVIL");
        it.configure("core.gitProxy", "EVIL");
        it.without_its_blobs("git://nowhere.invalid/a");
    });
}
