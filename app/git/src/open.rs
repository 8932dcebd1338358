//! Finding and opening a repository that a stranger may have made.

use std::path::{Path, PathBuf};

use gix::discover::upwards::{self, TrustPolicy};
use gix::open::{Options, Permissions, permissions};
use gix::sec::trust::Mapping;
use gix::sec::{Permission, Trust};

use crate::{GitError, UserConfig};

/// What stands above the configuration of any repository.
const CONFIGURED: &[&str] = &[
    // Nothing may be refused because line ends would not come back: that is for who writes.
    "core.safecrlf=false",
    // What gix would read of its own accord, for the sake of speed.
    "gitoxide.objects.cacheLimit=33554432",
];

/// An open repository with a folder of files.
pub struct Repository {
    pub(crate) inner: gix::ThreadSafeRepository,
    /// The folder of its files, as the folder that was asked about leads there.
    pub(crate) root: PathBuf,
}

impl Repository {
    /// Opens the repository around a folder.
    ///
    /// Its own configuration counts with reduced trust: drivers, hooks, programs, `core.worktree` and included files are left out.
    /// Neither the environment nor the user's configuration is read, but for `user`.
    ///
    /// # Errors
    /// There is none ([`GitError::NoRepository`]), it has no files, or it cannot be read.
    pub fn open(folder: &Path, user: &UserConfig) -> Result<Repository, GitError> {
        let found = gix::ThreadSafeRepository::discover_opts(folder, upward(), mapping(user));
        let inner = match found {
            Ok(inner) => inner,
            Err(_) if !is_within_repository(folder) => {
                return Err(GitError::NoRepository(folder.to_owned()));
            }
            Err(error) => return Err(GitError::of("Reading the repository")(error)),
        };
        let root = inner.work_dir().ok_or_else(|| GitError::Bare(inner.path().to_owned()))?;
        let root = std::path::absolute(root).map_err(GitError::io(root))?;
        Ok(Repository { inner, root })
    }

    /// The folder of its files.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder that git keeps, `.git` mostly. One of a linked worktree is its own.
    pub fn git_folder(&self) -> &Path {
        self.inner.path()
    }

    /// The path of a file from the repository's folder on.
    ///
    /// # Errors
    /// It lies elsewhere.
    pub fn relative(&self, file: &Path) -> Result<PathBuf, GitError> {
        if let Ok(path) = file.strip_prefix(&self.root) {
            return Ok(path.to_owned());
        }
        // One of the two is named through a link.
        let outside = || GitError::Outside(file.to_owned());
        let (folder, name) = (file.parent().ok_or_else(outside)?, file.file_name().ok_or_else(outside)?);
        let folder = folder.canonicalize().map_err(|_| outside())?;
        let root = self.root.canonicalize().map_err(|_| outside())?;
        Ok(folder.strip_prefix(root).map_err(|_| outside())?.join(name))
    }

    pub(crate) fn local(&self) -> gix::Repository {
        self.inner.to_thread_local()
    }
}

/// Upwards to the root of the file system, trusting nothing that is found.
fn upward() -> upwards::Options<'static> {
    upwards::Options {
        trust: TrustPolicy::Assume(Trust::Reduced),
        cross_fs: true,
        ..upwards::Options::default()
    }
}

fn mapping(user: &UserConfig) -> Mapping<Options> {
    Mapping { full: options(user), reduced: options(user) }
}

fn options(user: &UserConfig) -> Options {
    let allow = Permission::Allow;
    let env = permissions::Environment {
        home: allow,
        xdg_config_home: allow,
        ..permissions::Environment::isolated()
    };
    let values = CONFIGURED.iter().map(|value| (*value).to_owned()).chain(user.values.iter().cloned());
    Options::isolated()
        .permissions(Permissions { env, ..Permissions::isolated() })
        .filter_config_section(gix::config::section::is_trusted)
        .bail_if_untrusted(false)
        .config_overrides(values)
}

/// Is there anything that looks like a repository above? Then an error is one of that repository.
fn is_within_repository(folder: &Path) -> bool {
    let bare = |folder: &Path| folder.join("HEAD").is_file() && folder.join("objects").is_dir();
    folder.ancestors().any(|folder| folder.join(".git").exists() || bare(folder))
}
