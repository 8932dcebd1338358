//! Files on disk become what another tree has. Each is looked at before anything is changed, and again in the moment of its own change;
//! when one fails, those before it are put back. Nothing is followed through links, and what git does not keep is never touched.

mod disk;
mod rules;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

use gix::bstr::{BStr, BString, ByteSlice as _};
use gix::index::entry::{Mode, Stat};
use gix::worktree::stack::state::attributes::Source;

use self::disk::{DiskFiles, Now};
use self::rules::Rules;
use crate::GitError;
use crate::content::path_of;
use crate::stage::{WantedEntry, folders_of};
use crate::tree::{Entry, check_name};

pub(crate) use self::disk::Found;

/// Most names that are gathered of what is in the way in one folder.
const MAX_STRANGERS: usize = 20;

/// A file that is to change. `None`: it is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// From the repository's folder on.
    pub path: BString,
    /// What is on disk, unless the user deleted it.
    pub from: Option<Entry>,
    /// What is to be there.
    pub to: Option<Entry>,
}

/// What would be lost if steps were made.
#[derive(Debug, Default)]
pub(crate) struct InTheWay {
    /// Files that are not as git keeps them.
    pub changed: BTreeSet<PathBuf>,
    /// Files that git does not keep at all.
    pub untracked: BTreeSet<PathBuf>,
}

impl InTheWay {
    /// Refuses, when anything would be.
    pub(crate) fn refuse(self, what: String) -> Result<(), GitError> {
        if self.changed.is_empty() && self.untracked.is_empty() {
            return Ok(());
        }
        let (changed, untracked) = (self.changed.into_iter().collect(), self.untracked.into_iter().collect());
        Err(GitError::InTheWay { what, changed, untracked })
    }
}

/// The files of a repository, between two states of them.
pub(crate) struct WorkFiles<'r> {
    disk: DiskFiles<'r>,
    /// How files are written by the attributes of the state that comes.
    new: Rules<'r>,
    /// What was there when it was looked; no attribute is asked again while files with attributes change.
    seen: HashMap<BString, Option<(Entry, Stat)>>,
    /// What was written since.
    written: HashMap<BString, Stat>,
}

impl<'r> WorkFiles<'r> {
    /// `target`: the index as it is to be, for the attributes in it.
    pub(crate) fn new(
        repository: &'r gix::Repository,
        root: &Path,
        target: &gix::index::State,
    ) -> Result<WorkFiles<'r>, GitError> {
        Ok(WorkFiles {
            disk: DiskFiles::new(repository, root)?,
            new: Rules::new(repository, target, Source::IdMappingThenWorktree)?,
            seen: HashMap::new(),
            written: HashMap::new(),
        })
    }

    /// What is on disk at a path; what git would keep of it is written among the objects if that is wanted.
    pub(crate) fn find(&mut self, path: &BStr, keep: bool) -> Result<Found, GitError> {
        self.disk.find(path, keep)
    }

    /// Looks what would be lost, without changing anything.
    ///
    /// # Errors
    /// A name leads elsewhere, an object is not there, or a file is kept by way of a program.
    pub(crate) fn survey(&mut self, steps: &[Step]) -> Result<InTheWay, GitError> {
        let leaving: HashSet<&BStr> =
            steps.iter().filter(|step| step.from.is_some()).map(|step| step.path.as_bstr()).collect();
        let mut found = InTheWay::default();
        for step in steps {
            let mut modes = step.from.iter().chain(&step.to).map(|(mode, _)| *mode);
            modes.try_for_each(|mode| check_name(step.path.as_ref(), mode))?;
            if let Some((mode, id)) = step.to.filter(|(mode, _)| *mode != Mode::COMMIT) {
                self.new.can_write(step.path.as_ref(), mode, id)?;
            }
            match (step.from, step.to) {
                (Some((Mode::COMMIT, _)), Some((mode, _))) if mode != Mode::COMMIT => {
                    self.strangers(step.path.as_ref(), &leaving, &mut found);
                }
                (Some((Mode::COMMIT, _)), _) | (None, None) => {}
                (Some(from), to) => self.survey_known(step.path.as_ref(), from, to, &leaving, &mut found)?,
                (None, Some(to)) => self.survey_new(step.path.as_ref(), to, &leaving, &mut found)?,
            }
        }
        Ok(found)
    }

    /// A file that git keeps must be as it keeps it.
    fn survey_known(
        &mut self,
        path: &BStr,
        from: Entry,
        to: Option<Entry>,
        leaving: &HashSet<&BStr>,
        found: &mut InTheWay,
    ) -> Result<(), GitError> {
        match self.disk.find(path, false)? {
            Found::File(there, stat) if self.disk.is_same(from, there) => {
                self.seen.insert(path.to_owned(), Some((there, stat)));
            }
            Found::File(..) | Found::Folder | Found::Other => {
                found.changed.insert(path_of(path));
            }
            Found::Nothing => {
                self.seen.insert(path.to_owned(), None);
                let blocker = self.disk.blocker(path)?.filter(|path| !leaving.contains(path.as_bstr()));
                if let Some(blocker) = blocker {
                    let is_file = self.disk.kind(blocker.as_ref())?.is_some_and(|kind| kind.is_file());
                    match to {
                        Some(_) => {
                            found.untracked.insert(path_of(blocker.as_ref()));
                        }
                        // As with git: a file took the place of the folder.
                        None if is_file => {
                            found.changed.insert(path_of(path));
                        }
                        None => {}
                    }
                }
            }
        }
        Ok(())
    }

    /// Where a file comes, nothing may be but what goes.
    fn survey_new(
        &mut self,
        path: &BStr,
        to: Entry,
        leaving: &HashSet<&BStr>,
        found: &mut InTheWay,
    ) -> Result<(), GitError> {
        if let Some(blocker) = self.disk.blocker(path)? {
            if !leaving.contains(blocker.as_bstr()) {
                found.untracked.insert(path_of(blocker.as_ref()));
            }
            return Ok(());
        }
        match self.disk.kind(path)? {
            None => {}
            // The folder of another repository may be there already.
            Some(kind) if kind.is_dir() && to.0 == Mode::COMMIT => {}
            Some(kind) if kind.is_dir() => self.strangers(path, leaving, found),
            Some(_) => {
                found.untracked.insert(path_of(path));
            }
        }
        Ok(())
    }

    /// Files in a folder that do not go.
    fn strangers(&self, folder: &BStr, leaving: &HashSet<&BStr>, found: &mut InTheWay) {
        let mut waiting = vec![path_of(folder)];
        let mut count = 0;
        while let Some(folder) = waiting.pop() {
            // A folder that cannot be read may have anything in it.
            let Ok(entries) = std::fs::read_dir(self.disk.root().join(&folder)) else {
                found.untracked.insert(folder);
                continue;
            };
            for entry in entries.flatten() {
                let path = folder.join(entry.file_name());
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    waiting.push(path);
                } else if !crate::content::bytes_of(&path).is_ok_and(|path| leaving.contains(path.as_bstr()))
                {
                    found.untracked.insert(path);
                    count += 1;
                }
                if count >= MAX_STRANGERS {
                    return;
                }
            }
        }
    }

    /// Makes the steps, and says what the index is to have of them. What goes makes room for what comes.
    ///
    /// # Errors
    /// A file could not be written or was changed meanwhile. Then all is as it was, or it is said what is not.
    pub(crate) fn apply(&mut self, steps: &[Step]) -> Result<Vec<WantedEntry>, GitError> {
        let mut done: Vec<(&Step, Option<Entry>)> = Vec::new();
        match self.make(steps, &mut done) {
            Ok(wanted) => Ok(wanted),
            Err(error) => Err(self.take_all_back(done, error)),
        }
    }

    /// Puts back what steps have done, for what came after them failed with this error.
    pub(crate) fn back(&mut self, steps: &[Step], error: GitError) -> GitError {
        let done = steps.iter().map(|step| (step, step.from));
        self.take_all_back(done.collect(), error)
    }

    fn take_all_back(&mut self, done: Vec<(&Step, Option<Entry>)>, error: GitError) -> GitError {
        // What came goes first: it may stand where a folder has to be.
        let (came, went): (Vec<_>, Vec<_>) = done.into_iter().rev().partition(|(step, _)| step.to.is_some());
        let paths: Vec<PathBuf> = came
            .into_iter()
            .chain(went)
            .filter(|(step, was)| self.take_back(step, *was).is_err())
            .map(|(step, _)| path_of(step.path.as_ref()))
            .collect();
        if paths.is_empty() { error } else { GitError::NotTakenBack { error: Box::new(error), paths } }
    }

    fn make<'s>(
        &mut self,
        steps: &'s [Step],
        done: &mut Vec<(&'s Step, Option<Entry>)>,
    ) -> Result<Vec<WantedEntry>, GitError> {
        let is_folder = |entry: Option<Entry>| entry.is_some_and(|(mode, _)| mode == Mode::COMMIT);
        let goes = |step: &&Step| step.to.is_none() || is_folder(step.from) != is_folder(step.to);
        for step in steps.iter().rev().filter(goes) {
            if let Some(from) = step.from
                && let Some(was) = self.remove(step.path.as_ref(), from)?
            {
                done.push((step, Some(was)));
            }
        }
        let mut wanted = Vec::with_capacity(steps.len());
        for step in steps {
            let Some(to) = step.to else {
                wanted.push((step.path.clone(), None));
                continue;
            };
            let was = self.place(step, to)?;
            done.push((step, was));
            let stat = self.written.get(&step.path).copied().unwrap_or_default();
            wanted.push((step.path.clone(), Some((to.0, to.1, stat))));
        }
        Ok(wanted)
    }

    /// Takes a file away that is as it was seen; what was there.
    fn remove(&mut self, path: &BStr, from: Entry) -> Result<Option<Entry>, GitError> {
        if from.0 == Mode::COMMIT {
            // Another repository stays, with all that is in it.
            self.disk.remove_empty(path);
            return Ok(None);
        }
        let Some((there, stat)) = self.seen.get(path).copied().flatten() else {
            self.disk.prune(path);
            return Ok(None);
        };
        if self.disk.now(path)? != Now::File(stat) {
            return Err(GitError::ChangedMeanwhile(path_of(path)));
        }
        self.disk.remove_file(path)?;
        Ok(Some(there))
    }

    /// Puts a file in its place; what was there.
    fn place(&mut self, step: &Step, to: Entry) -> Result<Option<Entry>, GitError> {
        let path = step.path.as_bstr();
        self.disk.make_folders(path)?;
        if to.0 == Mode::COMMIT {
            self.disk.make_folder(path)?;
            return Ok(None);
        }
        let seen = self.seen.get(path).copied().flatten();
        let there = match (seen, self.disk.now(path)?) {
            (_, Now::Nothing) => None,
            (None, Now::Folder) => {
                self.disk.clear_empty(path)?;
                None
            }
            (Some((_, stat)), Now::File(now)) if stat == now => Some(stat),
            _ => return Err(GitError::ChangedMeanwhile(path_of(path))),
        };
        let content = self.new.content(path, to)?;
        self.disk.write(path, to.0, &content, there)?;
        if let Now::File(stat) = self.disk.now(path)? {
            self.written.insert(path.to_owned(), stat);
        }
        Ok(seen.filter(|_| there.is_some()).map(|(entry, _)| entry))
    }

    /// A step is undone: the file is what it was, unless somebody else wrote it since.
    fn take_back(&mut self, step: &Step, was: Option<Entry>) -> Result<(), GitError> {
        let path = step.path.as_bstr();
        let is_repository = |entry: Option<Entry>| entry.is_some_and(|(mode, _)| mode == Mode::COMMIT);
        if is_repository(step.to) || is_repository(was) {
            self.disk.remove_empty(path);
            return if is_repository(was) { self.disk.make_folder(path) } else { Ok(()) };
        }
        let there = match (self.written.get(path), self.disk.now(path)?) {
            (Some(stat), Now::File(now)) if *stat == now => Some(now),
            (_, Now::Nothing) => None,
            _ => return Err(GitError::ChangedMeanwhile(path_of(path))),
        };
        match was {
            None if there.is_some() => self.disk.remove_file(path),
            None => Ok(()),
            Some(was) => {
                self.disk.make_folders(path)?;
                let content = self.disk.old_content(path, was)?;
                self.disk.write(path, was.0, &content, there)
            }
        }
    }
}

/// Does the index have something where a folder of this path, or a file in it, would have to go, that does not go?
pub(crate) fn collides(
    index: &gix::index::State,
    path: &BStr,
    leaving: &HashSet<BString>,
) -> Option<BString> {
    let is_file = |path: &BStr| index.entry_by_path(path).is_some() && !leaving.contains(path);
    if let Some(above) = folders_of(path).find(|path| is_file(path)) {
        return Some(above.to_owned());
    }
    let mut within = path.to_owned();
    within.push(b'/');
    let entries = index.prefixed_entries(within.as_ref()).unwrap_or_default();
    let stays = entries.iter().map(|entry| entry.path(index)).find(|path| !leaving.contains(*path));
    stays.map(ToOwned::to_owned)
}
