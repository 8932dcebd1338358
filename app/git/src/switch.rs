//! Switching to another branch, as `git switch` does it: files that differ between the two commits are written, all others stay with
//! what was changed in them, and nothing that is kept nowhere else is overwritten, ignored files included. The files come first, then
//! the index and `HEAD` in one go; what fails before is taken back.

use std::collections::HashSet;
use std::io::Write as _;

use gix::ObjectId;
use gix::bstr::BString;
use gix::index::entry::{Flags, Stage};
use gix::refs::Target;
use gix::refs::transaction::{Change, LogChange, PreviousValue, RefEdit, RefLog};

use crate::branches::{BranchTarget, FoundBranch};
use crate::content::path_of;
use crate::files::{InTheWay, Step, WorkFiles, collides};
use crate::stage::{HeldIndex, put};
use crate::tree::{Entry, TreeChange, differences};
use crate::{GitError, Repository};

/// What switching did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Switched {
    /// The branch.
    pub branch: String,
    /// It was made.
    pub is_new: bool,
    /// Files that were written or removed.
    pub files: usize,
}

impl Repository {
    /// Switches to a branch, making it if that is wanted.
    ///
    /// # Errors
    /// Changes or files would be overwritten ([`GitError::InTheWay`]), something else is under way, the branch is not there or is in use
    /// in another folder, or something cannot be read or written. Then everything is as it was.
    pub fn switch(&self, to: &BranchTarget) -> Result<Switched, GitError> {
        if let Some(other) = self.under_way() {
            return Err(GitError::InProgress(other));
        }
        let repository = self.local();
        let held = self.hold_index(&repository)?;
        let found = self.find_branch(&repository, to)?;
        let here = repository.head().map_err(GitError::of("Reading HEAD"))?.id().map(gix::Id::detach);
        let steps = match (here, found.commit) {
            (Some(_), Some(commit)) if here != Some(commit) => {
                let old =
                    repository.head_tree_id().map_err(GitError::of("Reading the last commit"))?.detach();
                let new = tree_of(&repository, commit)?;
                let changes = differences(&repository, old, new)?;
                plan(&held.index, changes, &format!("switching to {}", found.name))?
            }
            (None, Some(_)) => return Err(GitError::NoCommitYet),
            _ => Vec::new(),
        };
        let files = steps.len();
        self.go(&repository, held, &steps, &found, here)?;
        Ok(Switched { branch: found.name, is_new: found.made.is_some(), files })
    }

    fn go(
        &self,
        repository: &gix::Repository,
        mut held: HeldIndex,
        steps: &[Step],
        found: &FoundBranch,
        here: Option<ObjectId>,
    ) -> Result<(), GitError> {
        let who = Repository::identity_or_git(repository);
        let mut time = gix::date::parse::TimeBuf::default();
        let who = who.to_ref(&mut time);
        let mut target: gix::index::State = (*held.index).clone();
        put(&mut target, &unread(steps));
        let mut files = WorkFiles::new(repository, &self.root, &target)?;
        files.survey(steps)?.refuse(format!("switching to {}", found.name))?;
        let wanted = files.apply(steps)?;
        put(&mut held.index, &wanted);
        let prepare = || {
            let written = held.written()?;
            if let (Some(of), Some(commit)) = (&found.made, found.commit) {
                self.make_branch(repository, &found.name, commit, of.as_ref(), who)?;
            }
            set_head(repository, &found.name, here, found.commit, who)?;
            Ok(written)
        };
        prepare().map_err(|error| files.back(steps, error))?.put_in_place()
    }
}

/// Steps as an index would have them that knows nothing of files on disk.
pub(crate) fn unread(steps: &[Step]) -> Vec<crate::stage::WantedEntry> {
    let entry = |(mode, id): Entry| (mode, id, gix::index::entry::Stat::default());
    steps.iter().map(|step| (step.path.clone(), step.to.map(entry))).collect()
}

pub(crate) fn tree_of(repository: &gix::Repository, commit: ObjectId) -> Result<ObjectId, GitError> {
    const WHAT: &str = "Reading the commit";
    let commit = repository.find_commit(commit).map_err(GitError::of(WHAT))?;
    Ok(commit.tree_id().map_err(GitError::of(WHAT))?.detach())
}

/// The entry of the index for a path.
pub(crate) fn staged(index: &gix::index::State, path: &BString) -> Option<Entry> {
    let entry = index.entry_by_path_and_stage(path.as_ref(), Stage::Unconflicted)?;
    Some((entry.mode, entry.id))
}

/// No path of the index may have two sides.
pub(crate) fn refuse_conflicts(index: &gix::index::State) -> Result<(), GitError> {
    let conflicted = index.entries().iter().find(|entry| entry.stage() != Stage::Unconflicted);
    conflicted.map_or(Ok(()), |entry| Err(GitError::Conflicted(path_of(entry.path(index)))))
}

/// What is to be done for the differences between two commits, by the table of `git read-tree -m -u`.
fn plan(index: &gix::index::State, changes: Vec<TreeChange>, what: &str) -> Result<Vec<Step>, GitError> {
    refuse_conflicts(index)?;
    let leaving: HashSet<BString> =
        changes.iter().filter(|change| change.new.is_none()).map(|change| change.path.clone()).collect();
    let mut steps = Vec::new();
    let mut in_the_way = InTheWay::default();
    for change in changes {
        let staged = staged(index, &change.path);
        let skipped = index
            .entry_by_path_and_stage(change.path.as_ref(), Stage::Unconflicted)
            .is_some_and(|entry| entry.flags.contains(Flags::SKIP_WORKTREE));
        if skipped {
            return Err(GitError::Sparse);
        }
        let is_new = change.new.is_some() && staged.is_none();
        let collision = is_new.then(|| collides(index, change.path.as_ref(), &leaving)).flatten();
        match (staged, change.old, change.new) {
            // It is staged already as it is to be, or gone already.
            (staged, _, new) if staged == new => {}
            (staged, old, _) if staged != old => {
                in_the_way.changed.insert(path_of(change.path.as_ref()));
            }
            _ if collision.is_some() => {
                in_the_way.changed.extend(collision.map(|path| path_of(path.as_ref())));
            }
            _ => steps.push(Step { path: change.path, from: change.old, to: change.new }),
        }
    }
    in_the_way.refuse(what.to_owned())?;
    Ok(steps)
}

/// The next commit goes to this branch.
fn set_head(
    repository: &gix::Repository,
    branch: &str,
    here: Option<ObjectId>,
    commit: Option<ObjectId>,
    who: gix::actor::SignatureRef<'_>,
) -> Result<(), GitError> {
    const WHAT: &str = "Writing HEAD";
    let head = repository.head().map_err(GitError::of("Reading HEAD"))?;
    let from = match (head.referent_name(), here) {
        (Some(name), _) => name.shorten().to_string(),
        (None, Some(id)) => id.to_string(),
        (None, None) => String::new(),
    };
    let full: gix::refs::FullName = format!("refs/heads/{branch}").try_into().map_err(GitError::of(WHAT))?;
    let edit = RefEdit {
        change: Change::Update {
            log: LogChange { mode: RefLog::AndReference, force_create_reflog: false, message: "".into() },
            expected: PreviousValue::MustExist,
            new: Target::Symbolic(full),
        },
        name: "HEAD".try_into().map_err(GitError::of(WHAT))?,
        deref: false,
    };
    repository.edit_references_as([edit], Some(who)).map_err(GitError::of(WHAT))?;
    if let (Some(old), Some(new)) = (here, commit) {
        // The library logs no change of what HEAD stands for. Without this line nothing is lost but `git switch -`.
        let _unlogged =
            log_head(repository, old, new, &format!("checkout: moving from {from} to {branch}"), who);
    }
    Ok(())
}

fn log_head(
    repository: &gix::Repository,
    old: ObjectId,
    new: ObjectId,
    message: &str,
    who: gix::actor::SignatureRef<'_>,
) -> std::io::Result<()> {
    let path = repository.git_dir().join("logs").join("HEAD");
    // Whoever made the repository may have put a link there.
    if !path.symlink_metadata()?.is_file() {
        return Ok(());
    }
    let mut line = format!("{old} {new} ").into_bytes();
    who.trim().write_to(&mut line)?;
    line.extend_from_slice(format!("\t{message}\n").as_bytes());
    std::fs::OpenOptions::new().append(true).open(&path)?.write_all(&line)
}
