//! Branches: which there are, and making one.

use std::io::Write as _;
use std::path::PathBuf;

use gix::ObjectId;
use gix::bstr::ByteSlice as _;
use gix::refs::Target;
use gix::refs::transaction::{Change, LogChange, PreviousValue, RefEdit, RefLog};

use crate::{GitError, Repository};

/// Most branches that are listed.
pub const MAX_BRANCHES: usize = 5_000;

/// A branch that can be switched to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitBranch {
    /// `main`, or `origin/main` for what was fetched from elsewhere.
    pub name: String,
    /// It is what was fetched of another repository's branch.
    pub is_remote: bool,
    /// The next commit goes there.
    pub is_current: bool,
    /// When its last commit was made, in seconds since 1970.
    pub time: i64,
    /// The first line of that commit's message.
    pub subject: String,
}

/// Where somebody wants to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BranchTarget {
    /// To a branch of this repository.
    Local(String),
    /// To one that was fetched, `origin/topic`: a branch `topic` is made of it if there is none.
    Remote(String),
    /// To a new one that begins here.
    New(String),
}

/// A branch with the commit at its end.
pub(crate) struct FoundBranch {
    /// Without `refs/heads/`.
    pub name: String,
    /// The commit; `None`: there is no commit at all yet.
    pub commit: Option<ObjectId>,
    /// The branch is to be made, and is a copy of this remote's.
    pub made: Option<Option<(String, String)>>,
}

impl Repository {
    /// The branches: the current one, the others of this repository, then those that were fetched, each kind the latest first.
    ///
    /// # Errors
    /// The repository cannot be read.
    pub fn branches(&self) -> Result<Vec<GitBranch>, GitError> {
        const WHAT: &str = "Reading the branches";
        let repository = self.local();
        let current = repository.head_name().map_err(GitError::of("Reading HEAD"))?;
        let current = current.map(|name| name.as_bstr().to_owned());
        let platform = repository.references().map_err(GitError::of(WHAT))?;
        let mut found: Vec<GitBranch> = Vec::new();
        let local = platform.local_branches().map_err(GitError::of(WHAT))?;
        let remote = platform.remote_branches().map_err(GitError::of(WHAT))?;
        for (reference, is_remote) in
            local.map(|reference| (reference, false)).chain(remote.map(|reference| (reference, true)))
        {
            // One that cannot be read is none that can be switched to.
            let Ok(reference) = reference else { continue };
            let full = reference.name().as_bstr().to_owned();
            let prefix: &[u8] = if is_remote { b"refs/remotes/" } else { b"refs/heads/" };
            let name = full.strip_prefix(prefix).and_then(|name| name.to_str().ok().map(str::to_owned));
            // `origin/HEAD` only says which of them is the first.
            let (Some(name), Some(id)) = (name, reference.try_id()) else { continue };
            let (time, subject) = last_commit(&repository, id.detach()).unwrap_or_default();
            let is_current = current.as_ref() == Some(&full);
            found.push(GitBranch { name, is_remote, is_current, time, subject });
            if found.len() >= MAX_BRANCHES {
                break;
            }
        }
        found.sort_by(|a, b| {
            (b.is_current, a.is_remote, b.time, &a.name).cmp(&(a.is_current, b.is_remote, a.time, &b.name))
        });
        Ok(found)
    }

    /// Finds where somebody wants to go.
    pub(crate) fn find_branch(
        &self,
        repository: &gix::Repository,
        to: &BranchTarget,
    ) -> Result<FoundBranch, GitError> {
        match to {
            BranchTarget::Local(name) => {
                let commit = commit_of(repository, &format!("refs/heads/{name}"), name)?;
                self.refuse_in_use(repository, name)?;
                Ok(FoundBranch { name: name.clone(), commit: Some(commit), made: None })
            }
            BranchTarget::Remote(full) => {
                let (remote, name) = split_remote(repository, full);
                check_branch_name(&name)?;
                if exists(repository, &name)? {
                    return self.find_branch(repository, &BranchTarget::Local(name));
                }
                let commit = commit_of(repository, &format!("refs/remotes/{full}"), full)?;
                let of = Some((remote, name.clone()));
                Ok(FoundBranch { name, commit: Some(commit), made: Some(of) })
            }
            BranchTarget::New(name) => {
                check_branch_name(name)?;
                if exists(repository, name)? {
                    return Err(GitError::BranchExists(name.clone()));
                }
                let head = repository.head().map_err(GitError::of("Reading HEAD"))?;
                let commit = head.id().map(gix::Id::detach);
                Ok(FoundBranch { name: name.clone(), commit, made: Some(None) })
            }
        }
    }

    /// A branch can be checked out in one folder only: its files would not follow.
    fn refuse_in_use(&self, repository: &gix::Repository, branch: &str) -> Result<(), GitError> {
        let wanted = format!("ref: refs/heads/{branch}");
        let mut others: Vec<(PathBuf, PathBuf)> = Vec::new();
        for other in repository.worktrees().map_err(GitError::of("Reading the linked folders"))? {
            let folder = other.base().unwrap_or_else(|_| other.git_dir().to_owned());
            others.push((other.git_dir().to_owned(), folder));
        }
        let common = repository.common_dir();
        others.push((common.to_owned(), common.parent().unwrap_or(common).to_owned()));
        let own = std::fs::canonicalize(repository.git_dir()).unwrap_or_else(|_| repository.git_dir().into());
        for (git_folder, folder) in others {
            if std::fs::canonicalize(&git_folder).unwrap_or_else(|_| git_folder.clone()) == own {
                continue;
            }
            let head = small_text(&git_folder.join("HEAD"));
            if head.is_some_and(|head| head.trim_end() == wanted) {
                return Err(GitError::InOtherWorktree { branch: branch.to_owned(), folder });
            }
        }
        Ok(())
    }

    /// Makes a branch at a commit, and notes whose copy it is.
    pub(crate) fn make_branch(
        &self,
        repository: &gix::Repository,
        name: &str,
        commit: ObjectId,
        of: Option<&(String, String)>,
        who: gix::actor::SignatureRef<'_>,
    ) -> Result<(), GitError> {
        const WHAT: &str = "Making the branch";
        let from = of.map_or_else(|| "HEAD".to_owned(), |(remote, branch)| format!("{remote}/{branch}"));
        let edit = RefEdit {
            change: Change::Update {
                log: LogChange {
                    mode: RefLog::AndReference,
                    force_create_reflog: false,
                    message: format!("branch: Created from {from}").into(),
                },
                expected: PreviousValue::MustNotExist,
                new: Target::Object(commit),
            },
            name: format!("refs/heads/{name}").try_into().map_err(GitError::of(WHAT))?,
            deref: false,
        };
        repository.edit_references_as([edit], Some(who)).map_err(GitError::of(WHAT))?;
        match of {
            Some((remote, branch)) => note_upstream(repository, name, remote, branch),
            None => Ok(()),
        }
    }
}

fn last_commit(repository: &gix::Repository, id: ObjectId) -> Option<(i64, String)> {
    let commit = repository.find_commit(id).ok()?;
    let subject = commit.message_raw_sloppy().lines().next().unwrap_or_default().to_str_lossy().into_owned();
    Some((commit.time().ok()?.seconds, subject))
}

fn exists(repository: &gix::Repository, name: &str) -> Result<bool, GitError> {
    let found = repository.try_find_reference(format!("refs/heads/{name}").as_str());
    Ok(found.map_err(GitError::of("Reading the branch"))?.is_some())
}

fn commit_of(repository: &gix::Repository, full: &str, name: &str) -> Result<ObjectId, GitError> {
    const WHAT: &str = "Reading the branch";
    let found = repository.try_find_reference(full).map_err(GitError::of(WHAT))?;
    let mut reference = found.ok_or_else(|| GitError::NoBranch(name.to_owned()))?;
    Ok(reference.peel_to_commit().map_err(GitError::of(WHAT))?.id)
}

/// Refuses what git would not take for a branch, and what its command line would take for something else.
fn check_branch_name(name: &str) -> Result<(), GitError> {
    let full = format!("refs/heads/{name}");
    let is_right = !name.is_empty()
        && !name.starts_with('-')
        && name != "HEAD"
        && !name.chars().any(char::is_control)
        && gix::validate::reference::name(full.as_str().into()).is_ok();
    if is_right { Ok(()) } else { Err(GitError::BadBranchName(name.to_owned())) }
}

/// The remote and the branch of `origin/topic/more`. A remote may have slashes in its name.
fn split_remote(repository: &gix::Repository, full: &str) -> (String, String) {
    let known = remotes(repository).into_iter().filter_map(|remote| {
        let name = full.strip_prefix(remote.as_str())?.strip_prefix('/')?.to_owned();
        Some((remote, name))
    });
    let split = || full.split_once('/').map(|(remote, name)| (remote.to_owned(), name.to_owned()));
    known.max_by_key(|(remote, _)| remote.len()).or_else(split).unwrap_or_default()
}

/// The remotes that the repository's configuration names.
fn remotes(repository: &gix::Repository) -> Vec<String> {
    let config = repository.config_snapshot();
    let sections = config.plumbing().sections_by_name("remote").into_iter().flatten();
    let mut names: Vec<String> = sections
        .filter_map(|section| Some(section.header().subsection_name()?.to_str().ok()?.to_owned()))
        .collect();
    names.sort();
    names.dedup();
    names
}

/// Writes into the repository's configuration whose copy a branch is, unless it says so already.
fn note_upstream(
    repository: &gix::Repository,
    name: &str,
    remote: &str,
    branch: &str,
) -> Result<(), GitError> {
    let known = repository.config_snapshot().string(format!("branch.{name}.remote").as_str()).is_some();
    if known || [name, remote, branch].iter().any(|text| text.chars().any(char::is_control)) {
        return Ok(());
    }
    let path = repository.common_dir().join("config");
    let quoted = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
    let lines = format!(
        "[branch \"{}\"]\n\tremote = \"{}\"\n\tmerge = \"refs/heads/{}\"\n",
        quoted(name),
        quoted(remote),
        quoted(branch)
    );
    let fail = gix::lock::acquire::Fail::Immediately;
    let lock = gix::lock::File::acquire_to_update_resource(&path, fail, None, 0);
    let mut lock = lock.map_err(|_| GitError::Locked(path.with_extension("lock")))?;
    let mut content = std::fs::read(&path).map_err(GitError::io(&path))?;
    if content.last().is_some_and(|byte| *byte != b'\n') {
        content.push(b'\n');
    }
    content.extend_from_slice(lines.as_bytes());
    let permissions = path.metadata().map_err(GitError::io(&path))?.permissions();
    lock.with_mut(|file| file.set_permissions(permissions)).map_err(GitError::io(&path))?;
    lock.write_all(&content).map_err(GitError::io(&path))?;
    lock.commit().map(drop).map_err(GitError::of("Writing the configuration"))
}

/// A file of git's own that is a line or two.
pub(crate) fn small_text(path: &std::path::Path) -> Option<String> {
    let metadata = path.symlink_metadata().ok()?;
    (metadata.is_file() && metadata.len() < 4096).then(|| std::fs::read_to_string(path).ok()).flatten()
}

/// What a push or a pull would be on a command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exchange {
    /// What is here goes there.
    Push,
    /// What is there comes here.
    Pull,
}

impl Repository {
    /// The command line that exchanges the current branch with its remote. Nothing is connected and nothing started.
    ///
    /// # Errors
    /// There is no branch or no remote, or a name of theirs is none for a command line.
    pub fn exchange_command(&self, what: Exchange) -> Result<String, GitError> {
        let repository = self.local();
        let head = repository.head_name().map_err(GitError::of("Reading HEAD"))?;
        let head = head.ok_or(GitError::NoBranchHere)?;
        let branch =
            head.shorten().to_str().map_err(|_| GitError::BadBranchName(head.shorten().to_string()))?;
        let config = repository.config_snapshot();
        let set = |key: &str| {
            config
                .string(format!("branch.{branch}.{key}").as_str())
                .map(|value| value.to_str_lossy().into_owned())
        };
        let upstream = set("merge").and_then(|name| name.strip_prefix("refs/heads/").map(str::to_owned));
        let names = remotes(&repository);
        let usual = || names.iter().find(|name| *name == "origin").or(names.first()).cloned();
        let remote = set("remote").filter(|name| names.contains(name)).or_else(usual);
        let remote = word(&remote.ok_or(GitError::NoRemote)?)?;
        let (here, there) = (word(branch)?, word(upstream.as_deref().unwrap_or(branch))?);
        Ok(match what {
            Exchange::Pull => format!("git pull {remote} {there}"),
            Exchange::Push if upstream.is_none() => format!("git push --set-upstream {remote} {here}"),
            Exchange::Push if here == there => format!("git push {remote} {here}"),
            Exchange::Push => format!("git push {remote} {here}:{there}"),
        })
    }
}

/// A name as one word of a command line, whatever is in it: a repository of a stranger's may have any.
fn word(name: &str) -> Result<String, GitError> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_./@%+=:-".contains(c);
    if name.is_empty() || name.starts_with('-') || name.chars().any(char::is_control) {
        return Err(GitError::BadBranchName(name.to_owned()));
    }
    Ok(if name.chars().all(is_plain) {
        name.to_owned()
    } else {
        format!("'{}'", name.replace('\'', r"'\''"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_one_word_of_a_command_line() {
        assert_eq!(word("main").unwrap(), "main");
        assert_eq!(word("fix/a-1").unwrap(), "fix/a-1");
        assert_eq!(word("a$(touch x)").unwrap(), "'a$(touch x)'");
        assert_eq!(word("a'b").unwrap(), r"'a'\''b'");
        for bad in ["", "-f", "--upload-pack=evil", "a\nb", "a\u{1b}[0m"] {
            assert!(word(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn branches_have_names_that_git_takes() {
        for good in ["topic", "fix/1", "ä", "a.b"] {
            assert!(check_branch_name(good).is_ok(), "{good}");
        }
        for bad in ["", "-d", "a b", "a..b", "a.lock", "HEAD", "a~1", "/a", "a/", "a\u{7}"] {
            assert!(check_branch_name(bad).is_err(), "{bad}");
        }
    }
}
