//! What each command means in the file tree.

use std::path::{Path, PathBuf};

use folders::work::FolderWork;
use ground::command::Command;

use super::{TreeDesk, WorkPurpose, clipboard, naming, work};
use crate::event::Effect;
use crate::workspace::tree::FileTree;
use crate::workspace::{Focus, Overlay, PathPurpose, ToastKind, Workspace, open};

/// A command about what the tree shows, or about the file in front.
pub fn run(
    desk: &mut TreeDesk,
    workspace: &mut Workspace,
    command: Command,
    now: u64,
    out: &mut Vec<Effect>,
) {
    let targets = workspace.tree.as_ref().map(FileTree::targets).unwrap_or_default();
    match command {
        Command::AddFolder => open::ask_path(workspace, PathPurpose::AddFolder, out),
        Command::CopyRelativePath => copy_paths(workspace, in_front(workspace), true, now, out),
        Command::RevealFile => out.extend(in_front(workspace).pop().map(Effect::RevealPath)),
        Command::ShowInTree => show_in_tree(workspace, out),
        Command::TreeNewFile => naming::begin_new(workspace, false, out),
        Command::TreeNewFolder => naming::begin_new(workspace, true, out),
        Command::TreeRename => naming::begin_rename(workspace),
        Command::TreeCut => clipboard::take(desk, workspace, true, out),
        Command::TreeCopy => clipboard::take(desk, workspace, false, out),
        Command::TreePaste => out.push(Effect::RequestPaste),
        Command::TreeDuplicate if !targets.is_empty() => {
            work::start(workspace, FolderWork::Duplicate(targets), WorkPurpose::Place(false), now, out);
        }
        Command::TreeTrash => work::delete(workspace, targets, false, now, out),
        Command::TreeDelete => work::delete(workspace, targets, true, now, out),
        Command::TreeUndo => work::undo(desk, workspace, now, out),
        Command::TreeRedo => work::redo(desk, workspace, now, out),
        Command::TreeCopyPath => copy_paths(workspace, here(workspace, targets), false, now, out),
        Command::TreeCopyRelativePath => copy_paths(workspace, here(workspace, targets), true, now, out),
        Command::TreeReveal => out.extend(here(workspace, targets).pop().map(Effect::RevealPath)),
        Command::RemoveFolder => remove_folder(workspace, out),
        _ => in_tree(workspace, command),
    }
}

fn in_tree(workspace: &mut Workspace, command: Command) {
    let Some(tree) = &mut workspace.tree else { return };
    match command {
        Command::TreeSelectAll => tree.choose_every(),
        Command::TreeCollapse => tree.collapse(),
        Command::TreeMenu => tree.wish_menu(),
        _ => {}
    }
    workspace.focus = Some(Focus::Tree);
}

fn in_front(workspace: &Workspace) -> Vec<PathBuf> {
    workspace.tab().and_then(|tab| tab.document.path()).map(Path::to_owned).into_iter().collect()
}

/// What is chosen; where that is nothing or a folder at the top, that folder.
fn here(workspace: &Workspace, targets: Vec<PathBuf>) -> Vec<PathBuf> {
    match &workspace.tree {
        Some(tree) if targets.is_empty() => vec![tree.folder_here()],
        _ => targets,
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

fn show_in_tree(workspace: &mut Workspace, out: &mut Vec<Effect>) {
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

fn remove_folder(workspace: &mut Workspace, out: &mut Vec<Effect>) {
    let Some(tree) = &mut workspace.tree else { return };
    if let Some(folder) = tree.current.clone()
        && tree.remove_root(&folder)
    {
        out.push(Effect::Index(tree.roots().map(Path::to_owned).collect()));
        workspace.remember(out);
    }
}
