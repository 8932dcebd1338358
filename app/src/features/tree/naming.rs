//! The field in which something is named: what is wrong stands beneath it, and nothing that was typed is lost.

use std::path::PathBuf;

use folders::work::{Clash, FolderWork};

use super::{TreeDesk, WorkPurpose, work};
use crate::event::Effect;
use crate::workspace::tree::{FileNaming, FileTree, Named};
use crate::workspace::{Focus, Workspace};

/// Opens the field for something new in the folder where the keyboard is.
pub fn begin_new(workspace: &mut Workspace, is_folder: bool, out: &mut Vec<Effect>) {
    workspace.sidebar = true;
    let Some(tree) = &mut workspace.tree else { return };
    let folder = tree.folder_here();
    tree.filter.clear();
    if (folder != tree.root || tree.has_several()) && tree.expand(&folder) {
        out.push(Effect::List(folder.clone()));
    }
    let what = if is_folder { Named::Folder(folder) } else { Named::File(folder) };
    tree.naming = Some(FileNaming::new(what, is_folder));
    workspace.focus = Some(Focus::Tree);
}

/// Opens the field in the row where the keyboard is.
pub fn begin_rename(workspace: &mut Workspace) {
    let Some(tree) = &mut workspace.tree else { return };
    let Some(entry) = tree.current_entry().filter(|entry| !tree.roots().any(|root| root == entry.path))
    else {
        return;
    };
    let (path, is_folder) = (entry.path.clone(), entry.folder);
    tree.choose(Some(path.clone()));
    tree.naming = Some(FileNaming::new(Named::Rename(path), is_folder));
    workspace.focus = Some(Focus::Tree);
}

pub(super) fn typed(tree: &mut FileTree, text: String) {
    let Some(mut naming) = tree.naming.take().filter(|naming| !naming.busy) else { return };
    naming.typed(text, |path| tree.is_taken(path));
    tree.naming = Some(naming);
}

pub(super) fn cancel(workspace: &mut Workspace) {
    let Some(tree) = &mut workspace.tree else { return };
    // What is being done comes to its end, and then the field goes.
    if tree.naming.take_if(|naming| !naming.busy).is_some() {
        workspace.focus = Some(Focus::Tree);
    }
}

/// Enter. Without another name there is nothing to do.
pub(super) fn done(desk: &mut TreeDesk, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    let Some(naming) = workspace.tree.as_mut().and_then(|tree| tree.naming.as_mut()) else { return };
    if naming.busy || naming.error.is_some() {
        return;
    }
    let Some(path) = naming.path() else { return cancel(workspace) };
    let todo = wish(naming, path);
    match work::saving(workspace, &todo) {
        Some(reason) => work::refuse(workspace, reason),
        None => {
            if let Some(naming) = workspace.tree.as_mut().and_then(|tree| tree.naming.as_mut()) {
                naming.busy = true;
            }
            work::begin(desk, workspace, todo, WorkPurpose::Name, now, out);
        }
    }
}

fn wish(naming: &FileNaming, path: PathBuf) -> FolderWork {
    match &naming.what {
        Named::Rename(from) => FolderWork::Move(vec![(from.clone(), path)], Clash::Refuse),
        _ if naming.makes_folder() => FolderWork::CreateFolder(path),
        _ => FolderWork::CreateFile(path),
    }
}

/// Another place was clicked: a name that is possible counts, another one is given up.
pub(super) fn left(desk: &mut TreeDesk, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    let naming = workspace.tree.as_ref().and_then(|tree| tree.naming.as_ref());
    let counts = naming.is_some_and(|naming| naming.error.is_none() && naming.path().is_some());
    if counts {
        done(desk, workspace, now, out);
    } else if let Some(tree) = &mut workspace.tree {
        tree.naming.take_if(|naming| !naming.busy);
    }
}
