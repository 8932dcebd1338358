//! The commits that changed a file, and what the chosen one changed.

use std::path::Path;

use git::history::{CommitDiff, FileCommit};
use git::{GitError, ObjectId};
use ground::words::sentence;

use super::past::ShownHistory;
use super::{Changes, ChangesEffect};
use crate::event::Effect;
use crate::workspace::{Page, ToastKind, Workspace};

/// Shows the commits of the file in front.
pub fn open(changes: &mut Changes, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    let path = workspace.tab().and_then(|tab| tab.document.path().map(Path::to_owned));
    let Some(path) = path else {
        let words = "This text has no file yet, and so no history. Save it first.";
        return workspace.toast(ToastKind::Info, words.into(), now);
    };
    changes.history = ShownHistory { path: path.clone(), ..ShownHistory::default() };
    workspace.show_page(Page::FileHistory);
    out.push(Effect::Changes(ChangesEffect::ReadHistory(path)));
}

/// The commits were read.
pub fn read(
    changes: &mut Changes,
    path: &Path,
    found: Result<(Vec<(FileCommit, String)>, bool), GitError>,
    out: &mut Vec<Effect>,
) {
    let history = &mut changes.history;
    if history.path != path || history.commits.is_some() {
        return;
    }
    history.is_cut = found.as_ref().is_ok_and(|(_, is_cut)| *is_cut);
    history.commits = Some(found.map(|(commits, _)| commits).map_err(|error| sentence(&error.to_string())));
    choose(changes, 0, out);
}

/// One of them was chosen.
pub fn choose(changes: &mut Changes, index: usize, out: &mut Vec<Effect>) {
    let history = &mut changes.history;
    history.chosen = index;
    history.diff = None;
    let path = history.path.clone();
    if let Some(commit) = history.chosen_commit().cloned() {
        out.push(Effect::Changes(ChangesEffect::ReadCommit(path, Box::new(commit))));
    }
}

/// What a commit changed was read. Another one may have been chosen meanwhile.
pub fn commit_read(changes: &mut Changes, id: ObjectId, diff: Result<Box<CommitDiff>, GitError>) {
    if changes.history.chosen_commit().is_none_or(|commit| commit.id != id) {
        return;
    }
    changes.history.diff = Some(diff.map_err(|error| sentence(&error.to_string())));
}
