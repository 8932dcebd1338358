//! A path that is typed, with the entries of its folder beneath.

use std::path::{Path, PathBuf};

use crate::event::Effect;
use crate::workspace::tree::TreeEntry;
use crate::workspace::{Overlay, PathPrompt, Unreadable, Workspace, open};

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
