//! A real repository made by a real git, apart from whoever runs the tests.
#![allow(clippy::unwrap_used, reason = "what fails in a test is to be seen")]
#![allow(dead_code, reason = "each test program uses a part of it")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use git::status::Status;
use git::{Repository, UserConfig};

/// A folder with a repository in it, and a home of its own.
pub struct Real {
    folder: tempfile::TempDir,
}

impl Real {
    /// An empty repository with a branch `main`.
    pub fn new() -> Real {
        let real = Real { folder: tempfile::tempdir().unwrap() };
        std::fs::create_dir(real.path()).unwrap();
        real.git(&["init", "-q", "-b", "main"]);
        real.git(&["config", "user.name", "A U Thor"]);
        real.git(&["config", "user.email", "a@example.org"]);
        real
    }

    /// The folder of its files.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("repository")
    }

    /// A place beside the repository.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Runs git, which must succeed, and says what it printed.
    pub fn git(&self, args: &[&str]) -> String {
        let done = self.try_git(args);
        assert!(done.status.success(), "{args:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8_lossy(&done.stdout).trim_end().to_owned()
    }

    /// Runs git.
    pub fn try_git(&self, args: &[&str]) -> Output {
        self.command(&self.path()).args(args).output().unwrap()
    }

    /// git in a folder, without what this machine and its user say to it.
    pub fn command(&self, folder: &Path) -> Command {
        let mut command = Command::new("git");
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GIT_")) {
            command.env_remove(name);
        }
        command
            .env("HOME", self.folder.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("XDG_CONFIG_HOME", "/nowhere");
        command.arg("-C").arg(folder);
        command
    }

    /// Commits all there is.
    pub fn commit(&self, message: &str) -> String {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// The repository as ours.
    pub fn open(&self) -> Repository {
        Repository::open(&self.path(), &UserConfig::default()).unwrap()
    }

    /// What ours says of it: path, staged, unstaged, as `git status --short` would.
    pub fn status(&self) -> Status {
        self.open().status(&Arc::new(AtomicBool::new(false))).unwrap()
    }

    /// The same in lines of two letters and a path.
    pub fn short(&self) -> Vec<String> {
        let letter = |state: Option<git::status::FileState>| state.map_or(' ', |state| state.letter());
        let line = |file: &git::status::ChangedFile| {
            format!("{}{} {}", letter(file.staged), letter(file.unstaged), file.path.display())
        };
        self.status().files.iter().map(line).collect()
    }
}
