//! A stash comes back over the files: what it changed is joined with what was changed since. Files with changes of their own are not
//! touched, and nothing that git does not know is overwritten.

use std::path::PathBuf;

use gix::ObjectId;
use gix::bstr::BString;
use gix::index::entry::{Flags, Stage, Stat};

use super::list::parents;
use crate::content::{MAX_BYTES, is_file, path_of};
use crate::files::{InTheWay, Step, WorkFiles, collides};
use crate::stage::{HeldIndex, WantedEntry, put};
use crate::switch::{refuse_conflicts, staged, tree_of, unread};
use crate::tree::{Entry, TreeChange, differences, files_of};
use crate::{GitError, Repository, lines, merge};

/// What came of a stash.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StashApplied {
    /// Files that changed.
    pub files: usize,
    /// Files in which both sides are marked, and have to be joined by hand.
    pub conflicts: Vec<PathBuf>,
}

/// What a stash does.
#[derive(Default)]
struct Plan {
    steps: Vec<Step>,
    /// Files that git does not know.
    others: Vec<Step>,
    /// Files with markers in them, and what they were at the base, here and in the stash.
    conflicts: Vec<(BString, [Entry; 3])>,
}

impl Repository {
    /// Brings a stash back and keeps it. Files that are new in it are staged, all else is not, as with git.
    ///
    /// # Errors
    /// Changes or files would be overwritten ([`GitError::InTheWay`]), the two sides cannot be joined by lines, something else is under
    /// way, or something cannot be read or written. Then everything is as it was.
    pub fn apply_stash(&self, id: ObjectId) -> Result<StashApplied, GitError> {
        let repository = self.local();
        let mut held = self.hold_index(&repository)?;
        refuse_conflicts(&held.index)?;
        let plan = plan(&repository, &held.index, id)?;
        let mut target: gix::index::State = (*held.index).clone();
        put(&mut target, &unread(&plan.steps));
        let all: Vec<Step> = plan.steps.iter().chain(&plan.others).cloned().collect();
        let mut files = WorkFiles::new(&repository, &self.root, &target)?;
        files.survey(&all)?.refuse("the stash".to_owned())?;
        let written = files.apply(&all)?;
        let wanted = index_of(&held, &plan, &written);
        put(&mut held.index, &wanted);
        push_conflicts(&mut held.index, &plan.conflicts);
        let finish = || held.written()?.put_in_place();
        finish().map_err(|error| files.back(&all, error))?;
        let conflicts = plan.conflicts.iter().map(|(path, _)| path_of(path.as_ref())).collect();
        Ok(StashApplied { files: all.len(), conflicts })
    }

    /// Brings a stash back and takes it off the list, unless something has to be joined by hand.
    ///
    /// # Errors
    /// As [`Repository::apply_stash`] and [`Repository::drop_stash`].
    pub fn pop_stash(&self, id: ObjectId) -> Result<StashApplied, GitError> {
        let applied = self.apply_stash(id)?;
        if applied.conflicts.is_empty() {
            self.drop_stash(id)?;
        }
        Ok(applied)
    }
}

fn plan(repository: &gix::Repository, index: &gix::index::State, id: ObjectId) -> Result<Plan, GitError> {
    let parents = parents(repository, id)?;
    let (base, stashed) = (tree_of(repository, parents.base)?, tree_of(repository, id)?);
    let changes = differences(repository, base, stashed)?;
    let leaving =
        changes.iter().filter(|change| change.new.is_none()).map(|change| change.path.clone()).collect();
    let mut plan = Plan::default();
    let mut in_the_way = InTheWay::default();
    let mut unjoined = Vec::new();
    for change in changes {
        let here = staged(index, &change.path);
        if here.is_none()
            && change.new.is_some()
            && let Some(other) = collides(index, change.path.as_ref(), &leaving)
        {
            in_the_way.changed.insert(path_of(other.as_ref()));
            continue;
        }
        match join(repository, &change, here)? {
            Joined::Same => {}
            Joined::Becomes(to) => plan.steps.push(Step { path: change.path, from: here, to }),
            Joined::Marked(to, sides) => {
                plan.conflicts.push((change.path.clone(), sides));
                plan.steps.push(Step { path: change.path, from: here, to: Some(to) });
            }
            Joined::Not => unjoined.push(path_of(change.path.as_ref())),
        }
    }
    in_the_way.refuse("the stash".to_owned())?;
    if !unjoined.is_empty() {
        return Err(GitError::CannotMerge(unjoined));
    }
    if let Some(others) = parents.untracked {
        for file in files_of(repository, tree_of(repository, others)?)? {
            plan.others.push(Step { path: file.path, from: None, to: file.new });
        }
    }
    Ok(plan)
}

/// What comes of a file.
enum Joined {
    /// It is as it is to be.
    Same,
    /// It becomes this, or goes.
    Becomes(Option<Entry>),
    /// Both sides are marked in it.
    Marked(Entry, [Entry; 3]),
    /// There is no joining it.
    Not,
}

/// Joins what the stash made of a file with what is staged of it.
fn join(repository: &gix::Repository, change: &TreeChange, here: Option<Entry>) -> Result<Joined, GitError> {
    if here == change.new {
        return Ok(Joined::Same);
    }
    if here == change.old {
        return Ok(Joined::Becomes(change.new));
    }
    let (Some(base), Some(ours), Some(theirs)) = (change.old, here, change.new) else {
        return Ok(Joined::Not);
    };
    if ![base, ours, theirs].iter().all(|(mode, _)| is_file(*mode)) {
        return Ok(Joined::Not);
    }
    let mode = if ours.0 == base.0 { theirs.0 } else { ours.0 };
    let (Some(old), Some(mine), Some(other)) =
        (text(repository, base)?, text(repository, ours)?, text(repository, theirs)?)
    else {
        return Ok(Joined::Not);
    };
    let merged = merge::three_way(&old, &mine, &other);
    let id = repository.write_blob(&merged.text).map_err(GitError::of("Keeping what was joined"))?.detach();
    Ok(match merged.is_clean {
        true if here == Some((mode, id)) => Joined::Same,
        true => Joined::Becomes(Some((mode, id))),
        false => Joined::Marked((mode, id), [base, ours, theirs]),
    })
}

/// The content of a file that has lines.
fn text(repository: &gix::Repository, (_, id): Entry) -> Result<Option<Vec<u8>>, GitError> {
    const WHAT: &str = "Reading the repository";
    if repository.find_header(id).map_err(GitError::of(WHAT))?.size() > MAX_BYTES {
        return Ok(None);
    }
    let mut blob = repository.find_blob(id).map_err(GitError::of(WHAT))?;
    let text = std::mem::take(&mut blob.data);
    Ok((!lines::is_binary(&text)).then_some(text))
}

/// What the index is to have. Where something has to be joined by hand, all that came is staged, so that only that is left.
fn index_of(held: &HeldIndex, plan: &Plan, written: &[WantedEntry]) -> Vec<WantedEntry> {
    let is_open = |path: &BString| plan.conflicts.iter().any(|(conflict, _)| conflict == path);
    let is_other = |path: &BString| plan.others.iter().any(|other| other.path == *path);
    let unlooked = |(mode, id): Entry| (mode, id, Stat::default());
    written
        .iter()
        .filter(|(path, _)| !is_other(path))
        .filter_map(|wanted| {
            let (path, now) = wanted;
            let here = staged(&held.index, path);
            match () {
                () if is_open(path) => Some((path.clone(), None)),
                () if !plan.conflicts.is_empty() => Some(wanted.clone()),
                () if here.is_none() && now.is_some() => Some(wanted.clone()),
                // The index says what it said, and must not take the file for what it knew.
                () => here.map(|here| (path.clone(), Some(unlooked(here)))),
            }
        })
        .collect()
}

/// The three sides of each file that has to be joined by hand.
fn push_conflicts(index: &mut gix::index::State, conflicts: &[(BString, [Entry; 3])]) {
    for (path, sides) in conflicts {
        for (stage, (mode, id)) in [Stage::Base, Stage::Ours, Stage::Theirs].into_iter().zip(*sides) {
            let flags = Flags::from_stage(stage);
            index.dangerously_push_entry(Stat::default(), id, flags, mode, path.as_ref());
        }
    }
    index.sort_entries();
}
