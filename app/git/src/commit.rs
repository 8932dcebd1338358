//! Making a commit of what is staged. No hook is run and nothing is signed: both are programs, and [`Repository::not_run`] says which.

use gix::ObjectId;
use gix::actor::Signature;
use gix::bstr::ByteSlice as _;
use gix::index::entry::{Flags, Stage};
use gix::refs::Target;
use gix::refs::transaction::{Change, LogChange, PreviousValue, RefEdit, RefLog};

use crate::content::path_of;
use crate::{GitError, Repository, UserConfig};

/// Hooks that git would run for a commit.
const HOOKS: &[&str] = &["pre-commit", "prepare-commit-msg", "commit-msg", "post-commit", "post-rewrite"];

/// A commit that is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommitRequest {
    /// The message as it was written.
    pub message: String,
    /// It takes the place of the last commit.
    pub amend: bool,
    /// A line says who signs it off.
    pub sign_off: bool,
}

/// A commit that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// The beginning of its name.
    pub id: String,
    /// The first line of its message.
    pub subject: String,
}

impl Repository {
    /// Commits what is staged. The lock of the index is held meanwhile, so that it is what is committed.
    ///
    /// # Errors
    /// Nothing is staged, the message is empty, nobody knows who commits, something else is under way, or the repository cannot be
    /// written. Then `HEAD` is as it was.
    pub fn commit(&self, asked: &CommitRequest) -> Result<Committed, GitError> {
        const WHAT: &str = "Writing the commit";
        if let Some(other) = self.under_way() {
            return Err(GitError::InProgress(other));
        }
        let repository = self.local();
        let committer = Repository::identity(&repository)?;
        let message = Repository::message(asked, &committer)?;
        let held = gix::lock::Marker::acquire_to_hold_resource(
            repository.index_path(),
            gix::lock::acquire::Fail::Immediately,
            None,
            0,
        );
        let _held = held.map_err(|_| GitError::Locked(repository.index_path().with_extension("lock")))?;
        let tree = staged_tree(&repository)?;
        let head = repository.head().map_err(GitError::of("Reading HEAD"))?;
        let last = match head.is_unborn() {
            true => None,
            false => Some(repository.head_commit().map_err(GitError::of("Reading the last commit"))?),
        };
        let last_tree = last.as_ref().map(|last| last.tree_id().map(gix::Id::detach));
        let last_tree = last_tree.transpose().map_err(GitError::of("Reading the last commit"))?;
        let (parents, author) = match (&last, asked.amend) {
            (None, true) => return Err(GitError::NoCommit),
            (Some(last), true) => {
                let author = last.author().map_err(GitError::of("Reading the last commit"))?;
                let author = author.to_owned().map_err(GitError::of("Reading the last commit"))?;
                (last.parent_ids().map(gix::Id::detach).collect(), author)
            }
            (last, false) => {
                let before = last_tree.unwrap_or_else(|| ObjectId::empty_tree(repository.object_hash()));
                if before == tree {
                    return Err(GitError::NothingStaged);
                }
                (last.iter().map(|last| last.id).collect::<Vec<_>>(), committer.clone())
            }
        };
        let first_line = message.lines().next().unwrap_or_default().to_owned();
        let commit = gix::objs::Commit {
            tree,
            parents: parents.into(),
            author,
            committer: committer.clone(),
            encoding: None,
            message: message.into(),
            extra_headers: Vec::new(),
        };
        let id = repository.write_object(&commit).map_err(GitError::of(WHAT))?.detach();
        let kind = match (asked.amend, last.is_some()) {
            (true, _) => "commit (amend)",
            (false, true) => "commit",
            (false, false) => "commit (initial)",
        };
        let edit = RefEdit {
            change: Change::Update {
                log: LogChange {
                    mode: RefLog::AndReference,
                    force_create_reflog: false,
                    message: format!("{kind}: {first_line}").into(),
                },
                expected: match &last {
                    Some(last) => PreviousValue::MustExistAndMatch(Target::Object(last.id)),
                    None => PreviousValue::MustNotExist,
                },
                new: Target::Object(id),
            },
            name: "HEAD".try_into().map_err(GitError::of(WHAT))?,
            deref: true,
        };
        let mut time = gix::date::parse::TimeBuf::default();
        repository
            .edit_references_as([edit], Some(committer.to_ref(&mut time)))
            .map_err(GitError::of(WHAT))?;
        Ok(Committed { id: id.to_hex_with_len(8).to_string(), subject: first_line })
    }

    /// What git would run or do with a commit and we do not, in words: hooks by name, and signing.
    pub fn not_run(&self) -> Vec<String> {
        let repository = self.local();
        let config = repository.config_snapshot();
        let configured = config.string("core.hooksPath");
        let folder = configured.map_or_else(
            || repository.common_dir().join("hooks"),
            |path| self.root.join(path_of(path.as_ref())),
        );
        let is_there = |name: &&&str| is_program(&folder.join(name));
        let mut found: Vec<String> =
            HOOKS.iter().filter(is_there).map(|name| format!("the hook {name}")).collect();
        if Repository::identities(&repository).signs {
            found.push("signing".to_owned());
        }
        found
    }

    /// The message of the last commit, for amending.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub fn last_message(&self) -> Result<String, GitError> {
        let repository = self.local();
        let commit = repository.head_commit().map_err(|_| GitError::NoCommit)?;
        let message = commit.message_raw().map_err(GitError::of("Reading the last commit"))?;
        Ok(message.to_str_lossy().trim_end().to_owned())
    }

    /// Who commits: the user as configured for this repository's folder, and what the repository says.
    fn identities(repository: &gix::Repository) -> UserConfig {
        let everywhere = UserConfig::here(Some(repository.git_dir()));
        everywhere.or_of(repository.config_snapshot().plumbing())
    }

    /// Who stands in logs and stashes, which need no name of the user's.
    pub(crate) fn identity_or_git(repository: &gix::Repository) -> Signature {
        Repository::identity(repository).unwrap_or_else(|_| Signature {
            name: "git".into(),
            email: "git@stash".into(),
            time: gix::date::Time::now_local_or_utc(),
        })
    }

    fn identity(repository: &gix::Repository) -> Result<Signature, GitError> {
        let user = Repository::identities(repository);
        let clean =
            |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        match (clean(user.name), clean(user.email)) {
            (Some(name), Some(email)) => Ok(Signature {
                name: name.into(),
                email: email.into(),
                time: gix::date::Time::now_local_or_utc(),
            }),
            _ => Err(GitError::NoIdentity),
        }
    }

    fn message(asked: &CommitRequest, committer: &Signature) -> Result<String, GitError> {
        let mut message = tidy(&asked.message);
        if message.is_empty() {
            return Err(GitError::NoMessage);
        }
        if asked.sign_off {
            let line = format!("Signed-off-by: {} <{}>", committer.name, committer.email);
            if !message.lines().any(|known| known == line) {
                let follows = message.lines().last().is_some_and(is_trailer) && message.contains("\n\n");
                message.push_str(if follows { "\n" } else { "\n\n" });
                message.push_str(&line);
            }
        }
        message.push('\n');
        Ok(message)
    }
}

/// `Word-word: anything`, as the lines at the end of a message.
fn is_trailer(line: &str) -> bool {
    line.split_once(": ").is_some_and(|(name, _)| {
        name.contains('-') && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    })
}

/// The message as git keeps it: no blanks at the ends of lines, no two empty lines in a row, none around it.
fn tidy(message: &str) -> String {
    let mut lines: Vec<&str> = Vec::new();
    for line in message.lines().map(str::trim_end) {
        if !(line.is_empty() && lines.last().is_none_or(|last| last.is_empty())) {
            lines.push(line);
        }
    }
    lines.join("\n").trim_end().to_owned()
}

/// The tree of what is staged.
pub(crate) fn staged_tree(repository: &gix::Repository) -> Result<ObjectId, GitError> {
    const WHAT: &str = "Writing the tree";
    let index = repository.index_or_empty().map_err(GitError::of("Reading the index"))?;
    if index.is_sparse() {
        return Err(GitError::Sparse);
    }
    let mut editor = repository.empty_tree().edit().map_err(GitError::of(WHAT))?;
    for entry in index.entries() {
        let path = entry.path(&index);
        if entry.stage() != Stage::Unconflicted {
            return Err(GitError::Conflicted(path_of(path)));
        }
        if entry.flags.contains(Flags::INTENT_TO_ADD) {
            continue;
        }
        let mode = entry.mode.to_tree_entry_mode();
        let mode = mode.ok_or(GitError::Broken { what: WHAT, why: format!("{path} has an unknown kind") })?;
        editor.upsert(path, mode.kind(), entry.id).map_err(GitError::of(WHAT))?;
    }
    Ok(editor.write().map_err(GitError::of(WHAT))?.detach())
}

#[cfg(unix)]
fn is_program(path: &std::path::Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &std::path::Path) -> bool {
    path.is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_kept_as_git_keeps_them() {
        assert_eq!(tidy("\n\n a  \n\n\n b\t\n\n"), " a\n\n b");
        assert_eq!(tidy(" \n\t\n"), "");
        assert!(
            is_trailer("Signed-off-by: A <a@b>") && !is_trailer("fix: it") && !is_trailer("Words: of it")
        );
    }
}
