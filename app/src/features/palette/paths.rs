//! A path that is typed, with the entries of its folder beneath, and the line to go to.

use std::path::{Path, PathBuf};

use crate::event::Effect;
use crate::workspace::tree::TreeEntry;
use crate::workspace::{Overlay, PathPrompt, Unreadable, Workspace, edit, open};

/// A folder was listed for the path prompt.
pub fn path_listed(workspace: &mut Workspace, folder: &Path, entries: Result<Vec<TreeEntry>, Unreadable>) {
    if let Overlay::Path(prompt) = &mut workspace.overlay
        && prompt.folder == folder
    {
        prompt.entries = entries;
    }
}

pub fn list_typed_folder(prompt: &mut PathPrompt, home: Option<&Path>, out: &mut Vec<Effect>) {
    let path = prompt.path(home);
    let folder =
        if prompt.text.ends_with('/') { path } else { path.parent().unwrap_or(Path::new("/")).to_owned() };
    if folder != prompt.folder {
        prompt.folder = folder.clone();
        prompt.entries = Ok(Vec::new());
        out.push(Effect::ListPath(folder));
    }
}

/// Takes the current or the first entry into the typed path.
pub fn complete(workspace: &mut Workspace, out: &mut Vec<Effect>) {
    let home = workspace.home.clone();
    let Overlay::Path(prompt) = &mut workspace.overlay else { return };
    let Some(entry) = prompt.shown().get(prompt.current.unwrap_or(0)).copied().cloned() else { return };
    prompt.text = if entry.folder { open::with_slash(&entry.path) } else { entry.path.display().to_string() };
    prompt.current = None;
    list_typed_folder(prompt, home.as_deref(), out);
}

/// The same path without a slash at its end.
pub fn without_slash(path: &Path) -> PathBuf {
    path.components().collect()
}

pub fn preview_line(workspace: &mut Workspace) {
    let Overlay::Line(text) = &workspace.overlay else { return };
    let text = text.clone();
    if let Some(position) = line_position(workspace, &text) {
        edit::reveal(workspace, position, true);
    }
}

/// The position that `12` or `12:5` means, counted from 1.
pub fn line_position(workspace: &Workspace, text: &str) -> Option<usize> {
    let (line, column) = text.trim().split_once(':').unwrap_or((text.trim(), "1"));
    let (line, column): (usize, usize) = (line.parse().ok()?, column.parse().unwrap_or(1));
    let buffer = workspace.tab()?.document.buffer();
    Some(buffer.position(line.saturating_sub(1), column.saturating_sub(1)))
}
