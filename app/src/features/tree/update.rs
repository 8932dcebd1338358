//! Moving in the file tree, and what was listed for it.

use std::path::{Path, PathBuf};

use super::TreeEvent;
use crate::event::Effect;
use crate::workspace::tree::{FileTree, Listing, TreeEntry};
use crate::workspace::{Workspace, open};

/// Something happened in the file tree.
pub fn on(workspace: &mut Workspace, event: TreeEvent, out: &mut Vec<Effect>) {
    let Some(tree) = &mut workspace.tree else { return };
    match event {
        TreeEvent::Step(by) => tree.step(by),
        TreeEvent::Click(path) => {
            tree.current = Some(path.clone());
            if tree.current_entry().is_some_and(|entry| !entry.folder) {
                return open::preview(workspace, path, out);
            }
            enter(workspace, out);
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
    }
}

fn enter(workspace: &mut Workspace, out: &mut Vec<Effect>) {
    let Some(tree) = &mut workspace.tree else { return };
    match tree.current_entry().cloned() {
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

fn to_parent(tree: &mut FileTree) {
    let parent = tree.current.as_deref().and_then(Path::parent).map(Path::to_owned);
    if let Some(parent) = parent.filter(|parent| *parent != tree.root && parent.starts_with(&tree.root)) {
        tree.current = Some(parent);
    }
}

/// A folder was listed.
pub fn listed(workspace: &mut Workspace, folder: PathBuf, listing: Listing) {
    if let Some(tree) = &mut workspace.tree
        && folder.starts_with(&tree.root)
    {
        tree.listed(folder, listing);
    }
}
