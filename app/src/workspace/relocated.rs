//! Files that we gave another place, deleted or brought back: what is open and remembered follows them.

use std::path::{Path, PathBuf};

use assist::index::FunctionIndex;
use editor_core::file::Fate;
use folders::name;
use ground::ids::TabId;

use super::{ToastKind, Workspace, close, edit};
use crate::event::Effect;

/// What was at `from`, or below, is at `to`: texts keep what was typed, their undo and their carets.
pub fn moved(workspace: &mut Workspace, from: &Path, to: &Path, now: u64, out: &mut Vec<Effect>) {
    for tab in &mut workspace.tabs {
        let Some(path) = tab.document.path().and_then(|path| name::moved(path, from, to)) else { continue };
        tab.document.renamed(&path);
        tab.highlighter.set_language(tab.document.language());
        // What is asked of the model about a text, and what waits for it, is about the text: it continues.
        edit::parse(tab, out);
    }
    let follow = |path: &mut PathBuf| {
        if let Some(moved) = name::moved(path, from, to) {
            *path = moved;
        }
    };
    workspace.closed_files.iter_mut().for_each(follow);
    workspace.session.recent_files.iter_mut().for_each(follow);
    workspace.references.retain(|path, _| !path.starts_with(from));
    index_again(workspace, from, to, out);
    if let Some(tree) = &mut workspace.tree {
        tree.moved(from, to);
    }
    // The text of a file that was deleted before may have kept its name.
    let paths: Vec<&Path> = workspace.tabs.iter().filter_map(|tab| tab.document.path()).collect();
    let twin = paths.iter().enumerate().find(|(at, path)| paths[at + 1..].contains(path));
    if let Some(name) =
        twin.and_then(|(_, path)| path.file_name()).map(|name| name.to_string_lossy().into_owned())
    {
        let words = format!(
            "{name} is open twice, for its name was that of a deleted file. Save one of the two under another name."
        );
        workspace.toast(ToastKind::Info, words, now);
    }
}

/// Functions are found where they are now.
fn index_again(workspace: &mut Workspace, from: &Path, to: &Path, out: &mut Vec<Effect>) {
    let Some(tree) = &workspace.tree else { return };
    if tree.entry(from).is_some_and(|entry| !entry.folder) {
        workspace.index.replace(from, FunctionIndex::default());
        out.push(Effect::IndexFile(to.to_owned()));
    } else {
        out.push(Effect::Index(tree.roots().map(Path::to_owned).collect()));
    }
}

/// What was at `path`, or below, is deleted. Its tabs close; a text that is not saved stays, as the only one there is, unless the person
/// gave it up (`dropped`).
pub fn gone(workspace: &mut Workspace, path: &Path, dropped: &[TabId], out: &mut Vec<Effect>) {
    let mut closing = Vec::new();
    for tab in &mut workspace.tabs {
        if !tab.document.path().is_some_and(|file| file.starts_with(path)) {
            continue;
        }
        if tab.is_unsaved() && !dropped.contains(&tab.id) {
            tab.fate = Fate::Gone;
            if tab.document.read_only().is_none() {
                tab.document.mark_unsaved();
            }
        } else {
            closing.push(tab.id);
        }
    }
    for tab in closing {
        close::drop_tab(workspace, tab, out);
    }
    workspace.references.retain(|file, _| !file.starts_with(path));
    workspace.index.replace(path, FunctionIndex::default());
}

/// Something is at `path`, where nothing was: texts whose file was gone look again.
pub fn came(workspace: &Workspace, path: &Path, out: &mut Vec<Effect>) {
    for tab in workspace.tabs.iter().filter(|tab| tab.saving.is_none()) {
        if let (Some(file), Some(stamp)) = (tab.document.path(), tab.document.stamp())
            && file.starts_with(path)
        {
            out.push(Effect::Check(tab.id, file.to_owned(), stamp.clone()));
        }
    }
}
