//! What is done with the repository as a whole: branches, changes that are put aside, and what a push would be.

use folders::watch::WatchNews;
use git::GitError;
use git::branches::{BranchTarget, Exchange, GitBranch};
use git::stash::{StashEntry, StashRequest};
use ground::command::Command;
use ground::words::sentence;

use super::{Changes, ChangesEffect, GitDeed, look};
use crate::event::{Effect, Event};
use crate::workspace::picker::{Choice, Item, ListWords, Picker, PickerKind, StashDeed};
use crate::workspace::{Overlay, ToastKind, Workspace};

static BRANCHES: ListWords = ListWords {
    command: Command::SwitchBranch,
    hint: "Type part of a branch, or the name of a new one",
    empty: "There is no branch yet. Type the name of a new one.",
};
static NEW_BRANCH: ListWords = ListWords {
    command: Command::CreateBranch,
    hint: "Type the name of the new branch; it begins at the last commit",
    empty: "The new branch takes along what is not committed.",
};
static APPLY: ListWords = ListWords {
    command: Command::ApplyStash,
    hint: "Choose the stash to bring back and keep",
    empty: "Nothing is stashed.",
};
static POP: ListWords = ListWords {
    command: Command::PopStash,
    hint: "Choose the stash to bring back",
    empty: "Nothing is stashed.",
};
static DROP: ListWords = ListWords {
    command: Command::DropStash,
    hint: "Choose the stash to give up",
    empty: "Nothing is stashed.",
};

/// The folder of the repository; says that there is none.
fn root(changes: &Changes, workspace: &mut Workspace, now: u64) -> Option<std::path::PathBuf> {
    let root = changes.looked().map(|found| found.root.clone());
    if root.is_none() {
        let words = match &changes.found {
            Some(Err(reason)) => reason.clone(),
            _ if changes.is_looking => "The repository is still being read. Try again in a moment.".into(),
            _ => "The open folder is in no git repository.".into(),
        };
        workspace.toast(ToastKind::Info, words, now);
    }
    root
}

/// Shows the branches, and makes one of a name that is none.
pub fn list_branches(changes: &Changes, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    let Some(root) = root(changes, workspace, now) else { return };
    let mut picker = Picker::new(PickerKind::Own(&BRANCHES), Vec::new()).making(new_branch);
    picker.loading = true;
    workspace.overlay = Overlay::Picker(picker);
    out.push(Effect::Changes(ChangesEffect::ListBranches(root)));
}

/// Asks for the name of a new branch.
pub fn create_branch(changes: &Changes, workspace: &mut Workspace, now: u64) {
    if root(changes, workspace, now).is_some() {
        let picker = Picker::new(PickerKind::Own(&NEW_BRANCH), Vec::new()).making(new_branch);
        workspace.overlay = Overlay::Picker(picker);
    }
}

fn new_branch(typed: &str) -> Item {
    Item {
        text: format!("Create branch “{typed}”"),
        detail: "from the last commit".to_owned(),
        right: String::new(),
        choice: Choice::Branch(BranchTarget::New(typed.to_owned())),
    }
}

/// The branches were read.
pub fn branches(workspace: &mut Workspace, found: Result<Vec<(GitBranch, String)>, GitError>, now: u64) {
    let items =
        |found: Vec<(GitBranch, String)>| found.into_iter().map(|(branch, age)| row(branch, age)).collect();
    fill(workspace, &[&BRANCHES], found.map(items), now);
}

fn row(branch: GitBranch, age: String) -> Item {
    let to = if branch.is_remote { BranchTarget::Remote } else { BranchTarget::Local };
    Item {
        right: if branch.is_current { "current".to_owned() } else { age },
        detail: branch.subject,
        choice: Choice::Branch(to(branch.name.clone())),
        text: branch.name,
    }
}

/// Shows the stashes, for what the command does with one.
pub fn list_stashes(
    changes: &Changes,
    workspace: &mut Workspace,
    command: Command,
    now: u64,
    out: &mut Vec<Effect>,
) {
    let Some(root) = root(changes, workspace, now) else { return };
    let words = match command {
        Command::PopStash => &POP,
        Command::DropStash => &DROP,
        _ => &APPLY,
    };
    let mut picker = Picker::new(PickerKind::Own(words), Vec::new());
    picker.loading = true;
    workspace.overlay = Overlay::Picker(picker);
    out.push(Effect::Changes(ChangesEffect::ListStashes(root)));
}

/// The stashes were read.
pub fn stashes(workspace: &mut Workspace, found: Result<Vec<(StashEntry, String)>, GitError>, now: u64) {
    let Overlay::Picker(picker) = &workspace.overlay else { return };
    let deed = match picker.kind {
        PickerKind::Own(words) if words == &POP => StashDeed::Pop,
        PickerKind::Own(words) if words == &DROP => StashDeed::Drop,
        _ => StashDeed::Apply,
    };
    let item = |(place, (stash, age)): (usize, (StashEntry, String))| Item {
        text: stash.message,
        detail: format!("stash@{{{place}}}"),
        right: age,
        choice: Choice::Stash(deed, stash.id),
    };
    let items = found.map(|found| found.into_iter().enumerate().map(item).collect());
    fill(workspace, &[&APPLY, &POP, &DROP], items, now);
}

/// Gives the list that is shown its rows, or closes it with the reason why there are none.
fn fill(
    workspace: &mut Workspace,
    lists: &[&'static ListWords],
    items: Result<Vec<Item>, GitError>,
    now: u64,
) {
    let Overlay::Picker(picker) = &mut workspace.overlay else { return };
    if !matches!(picker.kind, PickerKind::Own(words) if lists.contains(&words)) {
        return;
    }
    match items {
        Ok(items) => {
            picker.loading = false;
            picker.set_items(items);
        }
        Err(error) => {
            workspace.overlay = Overlay::None;
            workspace.toast(ToastKind::Error, sentence(&error.to_string()), now);
        }
    }
}

/// Puts changes aside. What is typed and not saved is not in the files, and stays.
pub fn stash(
    changes: &mut Changes,
    workspace: &mut Workspace,
    untracked: bool,
    now: u64,
    out: &mut Vec<Effect>,
) {
    let asked = StashRequest { message: String::new(), untracked };
    begin(changes, workspace, GitDeed::Stash(asked), now, out);
}

/// Does something with the repository, one thing at a time.
pub fn begin(
    changes: &mut Changes,
    workspace: &mut Workspace,
    deed: GitDeed,
    now: u64,
    out: &mut Vec<Effect>,
) {
    let Some(root) = root(changes, workspace, now) else { return };
    if changes.doing || changes.page.is_writing {
        let words = "The repository is being written. Try again when that is done.";
        return workspace.toast(ToastKind::Info, words.into(), now);
    }
    changes.doing = true;
    out.push(Effect::Changes(ChangesEffect::Do(root, deed)));
}

/// It was done: the files of open texts may be others now, and folders have other content.
pub fn done(
    changes: &mut Changes,
    workspace: &mut Workspace,
    result: Result<String, GitError>,
    now: u64,
    out: &mut Vec<Effect>,
) {
    changes.doing = false;
    match result {
        Ok(words) => workspace.toast(ToastKind::Info, words, now),
        Err(error) => workspace.toast(ToastKind::Error, sentence(&error.to_string()), now),
    }
    look::moved(changes, workspace, out);
    out.push(Effect::then(Event::Watch(WatchNews::Anything)));
}

/// Nothing that the editor starts may connect: it says what would be run elsewhere.
pub fn exchange(
    changes: &Changes,
    workspace: &mut Workspace,
    what: Exchange,
    now: u64,
    out: &mut Vec<Effect>,
) {
    let Some(root) = root(changes, workspace, now) else { return };
    out.push(Effect::Changes(ChangesEffect::ExchangeCommand(root, what)));
}

/// The command line is known: it goes to the clipboard.
pub fn exchanged(
    workspace: &mut Workspace,
    result: Result<String, GitError>,
    now: u64,
    out: &mut Vec<Effect>,
) {
    match result {
        Ok(command) => {
            let words = format!(
                "LocalCoder never connects. The command is copied; run it in a terminal of your system: {command}"
            );
            out.push(Effect::Copy(command));
            workspace.toast(ToastKind::Info, words, now);
        }
        Err(error) => workspace.toast(ToastKind::Error, sentence(&error.to_string()), now),
    }
}
