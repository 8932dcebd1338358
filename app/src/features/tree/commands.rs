//! What each command means in the file tree.

use std::path::{Path, PathBuf};

use folders::work::FolderWork;

use super::{WorkPurpose, clipboard, work};
use crate::event::Effect;
use crate::workspace::tree::FileTree;
use crate::workspace::{Focus, Overlay, ToastKind, Workspace, open};

/// Copies the path of the file in front, within its folder of the project.
pub fn copy_path_of_front(workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    copy_paths(workspace, in_front(workspace), true, now, out);
}

/// Shows the file in front in the system's file manager.
pub fn reveal_front(workspace: &Workspace, out: &mut Vec<Effect>) {
    out.extend(in_front(workspace).pop().map(Effect::RevealPath));
}

/// Duplicates what is chosen.
pub fn duplicate(workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    match targets(workspace) {
        none if none.is_empty() => workspace.focus = Some(Focus::Tree),
        chosen => work::start(workspace, FolderWork::Duplicate(chosen), WorkPurpose::Place(false), now, out),
    }
}

/// Moves what is chosen to the trash; `for_good`: deletes it.
pub fn delete(workspace: &mut Workspace, for_good: bool, now: u64, out: &mut Vec<Effect>) {
    work::delete(workspace, targets(workspace), for_good, now, out);
}

/// Copies the paths of what is chosen, or of the folder that the tree is in.
pub fn copy_path(workspace: &mut Workspace, is_relative: bool, now: u64, out: &mut Vec<Effect>) {
    copy_paths(workspace, here(workspace), is_relative, now, out);
}

/// Shows what is chosen in the system's file manager.
pub fn reveal(workspace: &Workspace, out: &mut Vec<Effect>) {
    out.extend(here(workspace).pop().map(Effect::RevealPath));
}

/// Chooses, folds or shows something in the tree, which has the keyboard then.
pub fn in_tree(workspace: &mut Workspace, deed: impl FnOnce(&mut FileTree)) {
    let Some(tree) = &mut workspace.tree else { return };
    deed(tree);
    workspace.focus = Some(Focus::Tree);
}

fn targets(workspace: &Workspace) -> Vec<PathBuf> {
    workspace.tree.as_ref().map(FileTree::targets).unwrap_or_default()
}

fn in_front(workspace: &Workspace) -> Vec<PathBuf> {
    workspace.tab().and_then(|tab| tab.document.path()).map(Path::to_owned).into_iter().collect()
}

/// What is chosen; where that is nothing or a folder at the top, that folder.
fn here(workspace: &Workspace) -> Vec<PathBuf> {
    let chosen = targets(workspace);
    match &workspace.tree {
        Some(tree) if chosen.is_empty() => vec![tree.folder_here()],
        _ => chosen,
    }
}

/// Relative paths are those within the folder of the project that a file lies in.
fn copy_paths(
    workspace: &mut Workspace,
    mut paths: Vec<PathBuf>,
    is_relative: bool,
    now: u64,
    out: &mut Vec<Effect>,
) {
    if paths.is_empty() {
        let words = "This text has no file yet, so there is no path to copy. Save it first.";
        return workspace.toast(ToastKind::Info, words.into(), now);
    }
    if let Some(tree) = workspace.tree.as_ref().filter(|_| is_relative) {
        for path in &mut paths {
            let inside = tree.roots().find_map(|root| path.strip_prefix(root).ok());
            match inside.map(Path::to_owned) {
                Some(inside) if inside.as_os_str().is_empty() => *path = ".".into(),
                Some(inside) => *path = inside,
                None => {}
            }
        }
    }
    out.push(Effect::Copy(clipboard::as_text(&paths)));
}

/// Shows the file in front in the tree.
pub fn show_in_tree(workspace: &mut Workspace, out: &mut Vec<Effect>) {
    let path = in_front(workspace).pop();
    if let (Some(path), Some(tree)) = (path, &mut workspace.tree) {
        tree.filter.clear();
        out.extend(tree.reveal(&path).map(Effect::List));
        workspace.sidebar = true;
        workspace.focus = Some(Focus::Tree);
    }
}

/// Adds a folder to the project, or opens it where there is none.
pub fn add_folder(workspace: &mut Workspace, folder: PathBuf, now: u64, out: &mut Vec<Effect>) {
    let Some(tree) = &mut workspace.tree else { return open::open_folder(workspace, folder, out) };
    if tree.add_root(folder.clone()) {
        out.push(Effect::Index(tree.roots().map(Path::to_owned).collect()));
        out.push(Effect::List(folder));
        workspace.sidebar = true;
        workspace.overlay = Overlay::None;
        workspace.remember(out);
    } else {
        let words = format!("{} is in the project already.", folder.display());
        workspace.toast(ToastKind::Info, words, now);
    }
}

/// Takes the folder that the keyboard is on out of the project.
pub fn remove_folder(workspace: &mut Workspace, out: &mut Vec<Effect>) {
    let Some(tree) = &mut workspace.tree else { return };
    if let Some(folder) = tree.current.clone()
        && tree.remove_root(&folder)
    {
        out.push(Effect::Index(tree.roots().map(Path::to_owned).collect()));
        workspace.remember(out);
    }
}
