//! Changes put aside and taken up again, in the form that `git stash` has: a commit of the files whose parents are the last commit, what
//! was staged, and what git did not know; the list of them is the log of `refs/stash`.

mod apply;
mod list;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use gix::ObjectId;
use gix::actor::SignatureRef;
use gix::bstr::{BStr, BString, ByteSlice as _};
use gix::diff::index::Change as Staged;
use gix::index::entry::{Mode, Stat};
use gix::refs::Target;
use gix::refs::transaction::{Change, LogChange, PreviousValue, RefEdit, RefLog};
use gix::status::index_worktree::Item as Unstaged;
use gix::status::plumbing::index_as_worktree::EntryStatus;

use crate::commit::staged_tree;
use crate::content::path_of;
use crate::files::{Found, Step, WorkFiles};
use crate::stage::{HeldIndex, WantedEntry, put};
use crate::switch::{refuse_conflicts, staged};
use crate::tree::Entry;
use crate::{GitError, Repository};

pub use self::apply::StashApplied;
pub use self::list::StashEntry;

/// What is to be put aside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StashRequest {
    /// What it is to be called; empty: after the last commit.
    pub message: String,
    /// Files that git does not know go with it.
    pub untracked: bool,
}

/// Files that differ.
#[derive(Default)]
struct Differing {
    /// Those that git knows, from the last commit or the index.
    known: BTreeSet<BString>,
    /// The others, without ignored ones.
    untracked: BTreeSet<BString>,
}

const WHAT: &str = "Writing the stash";

impl Repository {
    /// Puts aside what differs from the last commit; the files are as they were committed afterwards. Returns what it is called.
    ///
    /// # Errors
    /// Nothing differs, something else is under way, or a file cannot be read or written. As long as it is not
    /// [`GitError::StashKept`], everything is as it was.
    pub fn stash(&self, asked: &StashRequest) -> Result<String, GitError> {
        if let Some(other) = self.under_way() {
            return Err(GitError::InProgress(other));
        }
        let repository = self.local();
        let held = self.hold_index(&repository)?;
        refuse_conflicts(&held.index)?;
        let head = repository.head_id().map_err(|_| GitError::NoCommitYet)?.detach();
        let differing = self.differing(&repository, asked.untracked)?;
        if differing.known.is_empty() && differing.untracked.is_empty() {
            return Err(GitError::NothingToStash);
        }
        let target = target_of(&repository, &held, &differing)?;
        let mut files = WorkFiles::new(&repository, &self.root, &target)?;
        let made = self.make_stash(&repository, head, &mut files, &differing, asked)?;
        files.survey(&made.steps)?.refuse("putting the changes aside".to_owned())?;
        let who = Repository::identity_or_git(&repository);
        let mut time = gix::date::parse::TimeBuf::default();
        note(&repository, made.commit, &made.message, who.to_ref(&mut time))?;
        // From here on all is kept.
        let kept = |error| GitError::StashKept(Box::new(error));
        let mut wanted = unknown_to_disk(&target, &differing.known);
        wanted.extend(
            files
                .apply(&made.steps)
                .map_err(kept)?
                .into_iter()
                .filter(|(path, _)| differing.known.contains(path)),
        );
        write_index(held, &wanted).map_err(kept)?;
        Ok(made.message)
    }

    /// What differs, past the number that a list would end at.
    fn differing(&self, repository: &gix::Repository, untracked: bool) -> Result<Differing, GitError> {
        const WHAT: &str = "Looking for changes";
        let which =
            if untracked { gix::status::UntrackedFiles::Files } else { gix::status::UntrackedFiles::None };
        let platform = repository
            .status(gix::progress::Discard)
            .map_err(GitError::of(WHAT))?
            .untracked_files(which)
            .index_worktree_submodules(None)
            .index_worktree_rewrites(None)
            .tree_index_track_renames(gix::status::tree_index::TrackRenames::Disabled)
            .should_interrupt_owned(Arc::new(AtomicBool::new(false)));
        let mut found = Differing::default();
        for item in platform.into_iter(None).map_err(GitError::of(WHAT))? {
            match item.map_err(GitError::of(WHAT))? {
                gix::status::Item::TreeIndex(change) => note_staged(&change, &mut found),
                gix::status::Item::IndexWorktree(item) => note_unstaged(&item, &mut found)?,
            }
        }
        // What was taken out of the index and is still there is a file that git knows.
        found.untracked.retain(|path| !found.known.contains(path));
        Ok(found)
    }

    /// Writes the commits of a stash, and says how the files become what was committed.
    fn make_stash(
        &self,
        repository: &gix::Repository,
        head: ObjectId,
        files: &mut WorkFiles<'_>,
        differing: &Differing,
        asked: &StashRequest,
    ) -> Result<MadeStash, GitError> {
        let commit = repository.find_commit(head).map_err(GitError::of(WHAT))?;
        let committed = commit.tree().map_err(GitError::of(WHAT))?;
        let branch = repository.head_name().map_err(GitError::of("Reading HEAD"))?;
        let branch = branch.map_or_else(|| "(no branch)".to_owned(), |name| name.shorten().to_string());
        let subject = commit.message_raw_sloppy().lines().next().unwrap_or_default().to_str_lossy();
        let short = commit.short_id().map_err(GitError::of(WHAT))?;
        let here = format!("{branch}: {short} {subject}");
        let index_tree = staged_tree(repository)?;
        let mut tree = repository.edit_tree(index_tree).map_err(GitError::of(WHAT))?;
        let mut steps = Vec::new();
        for path in &differing.known {
            let old = entry_of(&committed, path.as_ref())?;
            if old.is_some_and(|(mode, _)| mode == Mode::COMMIT) {
                // Another repository is not part of it.
                continue;
            }
            let now = match files.find(path.as_ref(), true)? {
                Found::File(entry, _) => Some(entry),
                Found::Nothing | Found::Folder | Found::Other => None,
            };
            if let Some((mode, id)) = now {
                tree.upsert(path, kind_of(mode)?, id).map_err(GitError::of(WHAT))?;
            } else if old.is_some() {
                tree.remove(path).map_err(GitError::of(WHAT))?;
            }
            // What was staged and is gone comes back as it was staged, as with git.
            if now != old {
                steps.push(Step { path: path.clone(), from: now, to: old });
            }
        }
        let mut others = repository.empty_tree().edit().map_err(GitError::of(WHAT))?;
        for path in &differing.untracked {
            if let Found::File((mode, id), _) = files.find(path.as_ref(), true)? {
                others.upsert(path, kind_of(mode)?, id).map_err(GitError::of(WHAT))?;
                steps.push(Step { path: path.clone(), from: Some((mode, id)), to: None });
            }
        }
        let message = match asked.message.trim() {
            "" => format!("WIP on {here}"),
            words => format!("On {branch}: {}", words.lines().next().unwrap_or(words)),
        };
        let index = write_commit(repository, index_tree, vec![head], &format!("index on {here}\n"))?;
        let mut parents = vec![head, index];
        if !differing.untracked.is_empty() {
            let others = others.write().map_err(GitError::of(WHAT))?.detach();
            let words = format!("untracked files on {here}\n");
            parents.push(write_commit(repository, others, Vec::new(), &words)?);
        }
        let tree = tree.write().map_err(GitError::of(WHAT))?.detach();
        let commit = write_commit(repository, tree, parents, &message)?;
        Ok(MadeStash { commit, message, steps })
    }
}

struct MadeStash {
    commit: ObjectId,
    message: String,
    /// How the files become what was committed.
    steps: Vec<Step>,
}

fn note_staged(change: &Staged, found: &mut Differing) {
    found.known.insert(change.location().to_owned());
    if let Staged::Rewrite { source_location, .. } = change {
        found.known.insert(source_location.clone().into_owned());
    }
}

fn note_unstaged(item: &Unstaged, found: &mut Differing) -> Result<(), GitError> {
    let path = item.rela_path().to_owned();
    match item {
        Unstaged::Modification { status: EntryStatus::Conflict { .. }, .. } => {
            return Err(GitError::Conflicted(path_of(path.as_ref())));
        }
        Unstaged::Modification { status: EntryStatus::NeedsUpdate(_), .. } => {}
        Unstaged::DirectoryContents { entry, .. } => {
            let is_repository = entry.disk_kind == Some(gix::dir::entry::Kind::Repository);
            if entry.status == gix::dir::entry::Status::Untracked && !is_repository {
                found.untracked.insert(path);
            }
        }
        Unstaged::Modification { .. } | Unstaged::Rewrite { .. } => {
            found.known.insert(path);
        }
    }
    Ok(())
}

/// The index as it is to be: what differs is there as it was committed.
fn target_of(
    repository: &gix::Repository,
    held: &HeldIndex,
    differing: &Differing,
) -> Result<gix::index::State, GitError> {
    let committed = repository.head_commit().map_err(GitError::of(WHAT))?;
    let committed = committed.tree().map_err(GitError::of(WHAT))?;
    let mut target: gix::index::State = (*held.index).clone();
    let mut wanted: Vec<WantedEntry> = Vec::new();
    for path in &differing.known {
        let entry = entry_of(&committed, path.as_ref())?;
        wanted.push((path.clone(), entry.map(|(mode, id)| (mode, id, Stat::default()))));
    }
    put(&mut target, &wanted);
    Ok(target)
}

/// What an index has for paths, without what it knows of the files on disk.
fn unknown_to_disk(target: &gix::index::State, paths: &BTreeSet<BString>) -> Vec<WantedEntry> {
    let entry = |path: &BString| staged(target, path).map(|(mode, id)| (mode, id, Stat::default()));
    paths.iter().map(|path| (path.clone(), entry(path))).collect()
}

fn write_index(mut held: HeldIndex, wanted: &[WantedEntry]) -> Result<(), GitError> {
    let mut last: std::collections::BTreeMap<&BString, &WantedEntry> = std::collections::BTreeMap::new();
    for wanted in wanted {
        last.insert(&wanted.0, wanted);
    }
    let wanted: Vec<WantedEntry> = last.into_values().cloned().collect();
    put(&mut held.index, &wanted);
    held.written()?.put_in_place()
}

/// The stash stands at the head of the list.
fn note(
    repository: &gix::Repository,
    commit: ObjectId,
    message: &str,
    who: SignatureRef<'_>,
) -> Result<(), GitError> {
    let edit = RefEdit {
        change: Change::Update {
            log: LogChange { mode: RefLog::AndReference, force_create_reflog: true, message: message.into() },
            expected: PreviousValue::Any,
            new: Target::Object(commit),
        },
        name: list::NAME.try_into().map_err(GitError::of(WHAT))?,
        deref: false,
    };
    repository.edit_references_as([edit], Some(who)).map(drop).map_err(GitError::of(WHAT))
}

fn write_commit(
    repository: &gix::Repository,
    tree: ObjectId,
    parents: Vec<ObjectId>,
    message: &str,
) -> Result<ObjectId, GitError> {
    let who = Repository::identity_or_git(repository);
    let commit = gix::objs::Commit {
        tree,
        parents: parents.into(),
        author: who.clone(),
        committer: who,
        encoding: None,
        message: message.into(),
        extra_headers: Vec::new(),
    };
    Ok(repository.write_object(&commit).map_err(GitError::of(WHAT))?.detach())
}

/// A file of a tree.
fn entry_of(tree: &gix::Tree<'_>, path: &BStr) -> Result<Option<Entry>, GitError> {
    let found = tree.lookup_entry_by_path(path_of(path)).map_err(GitError::of("Reading the last commit"))?;
    let found = found.filter(|entry| !entry.mode().is_tree());
    Ok(found.map(|entry| (crate::tree::mode_of_kind(entry.mode().kind()), entry.object_id())))
}

fn kind_of(mode: Mode) -> Result<gix::objs::tree::EntryKind, GitError> {
    let mode = mode.to_tree_entry_mode();
    let unknown = || GitError::Broken { what: WHAT, why: "a file has an unknown kind".into() };
    Ok(mode.ok_or_else(unknown)?.kind())
}

/// A file of a stash, and what became of it there.
pub type StashedFile = (PathBuf, crate::status::FileState);
