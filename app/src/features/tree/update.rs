//! Moving in the file tree, choosing rows, narrowing them, and what was listed for it.

use std::path::Path;

use super::{TreeDesk, TreeEvent, clipboard, naming};
use crate::event::Effect;
use crate::workspace::tree::{FileTree, Listing, TreeEntry};
use crate::workspace::{Focus, Workspace, open};

/// Something happened in the file tree.
pub fn on(desk: &mut TreeDesk, workspace: &mut Workspace, event: TreeEvent, now: u64, out: &mut Vec<Effect>) {
    let Some(tree) = &mut workspace.tree else { return };
    match event {
        TreeEvent::Step(by) => tree.step(by),
        TreeEvent::Extend(by) => tree.extend(by),
        TreeEvent::Click(path) => {
            tree.choose(Some(path.clone()));
            let is_file = tree.current_entry().is_some_and(|entry| !entry.folder);
            workspace.focus = Some(Focus::Tree);
            if is_file {
                return open::preview(workspace, path, out);
            }
            enter(workspace, out);
        }
        TreeEvent::Choose(path) => {
            if !tree.is_chosen(&path) {
                tree.choose(Some(path));
            }
            workspace.focus = Some(Focus::Tree);
        }
        TreeEvent::ChooseTo(path) => {
            tree.choose_to(&path);
            workspace.focus = Some(Focus::Tree);
        }
        TreeEvent::ChooseAlso(path) => {
            tree.choose_also(&path);
            workspace.focus = Some(Focus::Tree);
        }
        TreeEvent::ChooseNone => {
            tree.choose(None);
            workspace.focus = Some(Focus::Tree);
        }
        TreeEvent::Enter => enter(workspace, out),
        TreeEvent::Fold(open) => {
            let folder = tree.current_entry().filter(|entry| entry.folder).map(|entry| entry.path.clone());
            match folder {
                Some(folder) if tree.is_open(&folder) != open => toggle(tree, &folder, out),
                _ if !open => to_parent(tree),
                _ => {}
            }
        }
        TreeEvent::Type(text) => {
            tree.filter.extend(text.chars().filter(|typed| !typed.is_control()));
            tree.step(0);
        }
        TreeEvent::Untype => drop(tree.filter.pop()),
        TreeEvent::Filter(text) => {
            tree.filter = text;
            workspace.focus = Some(Focus::Tree);
        }
        TreeEvent::Clear => {
            if !clear(desk, tree) {
                workspace.focus = Some(Focus::Editor);
            }
        }
        TreeEvent::Name(text) => naming::typed(tree, text),
        TreeEvent::NameDone => naming::done(desk, workspace, now, out),
        TreeEvent::NameCancel => naming::cancel(workspace),
        TreeEvent::NameLeft => naming::left(desk, workspace, now, out),
        TreeEvent::Drop(paths, folder, copies) => {
            clipboard::place(workspace, &paths, &folder, (!copies, false), now, out);
        }
        TreeEvent::Paste(text) => clipboard::paste(desk, workspace, &text, now, out),
    }
}

/// One Escape at a time: the filter, what was cut, the choice of several. False when there is none of it.
fn clear(desk: &mut TreeDesk, tree: &mut FileTree) -> bool {
    if !tree.filter.is_empty() {
        tree.filter.clear();
    } else if !tree.cut.is_empty() {
        tree.cut.clear();
        desk.clip = None;
    } else if tree.count_chosen() > 1 {
        let current = tree.current.take();
        tree.choose(current);
    } else {
        return false;
    }
    true
}

fn enter(workspace: &mut Workspace, out: &mut Vec<Effect>) {
    let Some(tree) = &mut workspace.tree else { return };
    match tree.current_entry().cloned() {
        // While rows are narrowed folders are open for what they hold.
        Some(TreeEntry { folder: true, path, .. }) if !tree.filter.is_empty() => {
            tree.filter.clear();
            out.extend(tree.expand(&path).then_some(Effect::List(path)));
        }
        Some(TreeEntry { folder: true, path, .. }) => toggle(tree, &path, out),
        Some(TreeEntry { path, .. }) => open::open(workspace, path, out),
        None => {}
    }
}

fn toggle(tree: &mut FileTree, folder: &Path, out: &mut Vec<Effect>) {
    if tree.toggle(folder) {
        out.push(Effect::List(folder.to_owned()));
    }
}

/// To the row of the folder that the current one is in, which may stand for several.
fn to_parent(tree: &mut FileTree) {
    let above = tree.current.iter().flat_map(|current| current.ancestors().skip(1));
    let parent = above.into_iter().find(|parent| tree.entry(parent).is_some()).map(Path::to_owned);
    if parent.is_some() {
        tree.choose(parent);
    }
}

/// A folder was listed.
pub fn listed(workspace: &mut Workspace, folder: &Path, listing: Listing, out: &mut Vec<Effect>) {
    if let Some(tree) = &mut workspace.tree
        && tree.has(folder)
    {
        out.extend(tree.listed(folder, listing).map(Effect::List));
    }
}
