//! The question to the worker that is open: one at a time, a new one takes its place.

use ground::ids::{JobId, TabId};

use super::{JobKind, Workspace};
use crate::event::{Effect, Event};

/// Stops the open job; a new request of any kind replaces the old one.
pub fn cancel_job(workspace: &mut Workspace, out: &mut Vec<Effect>) {
    let Some(job) = workspace.job.take() else { return };
    out.push(Effect::Cancel(job.id));
    match job.kind {
        JobKind::Improve(tab) => drop_review(workspace, tab, job.id),
        JobKind::Explain | JobKind::Commit(_) | JobKind::Name | JobKind::Remarks | JobKind::Everywhere => {
            out.push(Effect::then(Event::JobStopped(job.id)));
        }
    }
}

fn drop_review(workspace: &mut Workspace, tab: TabId, job: JobId) {
    if let Some(tab) = workspace.find_tab(tab)
        && tab.review.as_ref().is_some_and(|review| review.job == job)
    {
        tab.review = None;
    }
}

/// A tab is gone, or shows something else: so is its job.
pub fn tab_closed(workspace: &mut Workspace, tab: TabId, out: &mut Vec<Effect>) {
    if workspace
        .job
        .is_some_and(|job| matches!(job.kind, JobKind::Improve(of) | JobKind::Commit(of) if of == tab))
    {
        cancel_job(workspace, out);
    }
}

pub fn close_job(workspace: &mut Workspace, job: JobId) {
    if workspace.job.is_some_and(|open| open.id == job) {
        workspace.job = None;
    }
}
