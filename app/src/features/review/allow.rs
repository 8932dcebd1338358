//! Permissions to run examples and to ask checkers, given or taken back for a folder.

use std::path::Path;
use std::sync::Arc;

use assist::permission::Permission;
use assist::wish::Wish;

use crate::event::{Effect, Event};
use crate::workspace::permissions::{checkers, examples, folder, may_run_examples};
use crate::workspace::{Candidates, ToastKind, Workspace};

/// A file alone says nothing of what lies beside it.
const NO_FOLDER: &str = "Open a folder first: this is allowed for a folder and the files in it.";

/// Allows or forbids running the examples of documentation for the open folder.
pub fn allow_examples(workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    let Some(folder) = folder(workspace).map(Path::to_owned) else {
        return workspace.toast(ToastKind::Error, NO_FOLDER.into(), now);
    };
    let words = folder.display();
    let text = if may_run_examples(workspace) {
        workspace.session.trusted.retain(|known| *known != folder);
        format!("Code and examples are no longer run in {words}.")
    } else {
        workspace.session.trusted.push(folder.clone());
        format!(
            "Functions and the examples of their documentation are run in {words} to judge answers: confined, without network, \
             files or other programs."
        )
    };
    workspace.toast(ToastKind::Info, text, now);
    run_shown(workspace, out);
    workspace.remember(out);
}

/// Runs the examples of the proposal that is shown, when the user has just allowed it.
fn run_shown(workspace: &mut Workspace, out: &mut Vec<Effect>) {
    let runs_in = examples(workspace);
    let Some(review) =
        workspace.tab_mut().and_then(|tab| tab.review.as_mut()).filter(|review| review.is_open())
    else {
        return;
    };
    review.candidates.runs = runs_in != Permission::Nowhere && review.candidates.target.can_run();
    Arc::make_mut(&mut review.candidates.target).runs_in = runs_in;
    let Candidates { target, shown, attempts, runs, .. } = &review.candidates;
    if let (true, Some(proposal)) = (*runs, *shown)
        && let Some(text) = attempts.proposals().get(proposal).map(|proposal| proposal.text.clone())
    {
        let wish = Wish::of(attempts.code());
        out.push(Effect::RunShown { job: review.job, proposal, text, target: target.clone(), wish });
        out.push(Effect::RunBefore(review.job, target.clone()));
    }
}

/// Allows or forbids fast checkers for the open folder.
pub fn allow_checkers(workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    let Some(folder) = folder(workspace).map(Path::to_owned) else {
        return workspace.toast(ToastKind::Error, NO_FOLDER.into(), now);
    };
    let words = folder.display();
    let text = if workspace.session.checked.contains(&folder) {
        workspace.session.checked.retain(|known| *known != folder);
        format!("Answers and files are no longer checked by programs in {words}.")
    } else {
        workspace.session.checked.push(folder.clone());
        let checkers = checkers(workspace);
        let programs: Vec<&str> = checkers.0.iter().map(|checker| checker.program.as_str()).collect();
        format!(
            "Answers and saved files in {words} are checked by {} where they are installed: on a copy, confined, without network.",
            programs.join(", ")
        )
    };
    workspace.toast(ToastKind::Info, text, now);
    out.push(Effect::then(Event::CheckersAllowed));
    workspace.remember(out);
}
