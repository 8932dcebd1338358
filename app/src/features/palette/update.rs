//! Lists to choose from: commands, files of the folder, what was open lately.

use std::path::{Path, PathBuf};

use ground::command::Context;

use crate::event::Effect;
use crate::workspace::picker::{self, Choice, Item, Picker, PickerKind};
use crate::workspace::{Overlay, Workspace};

/// Shows the command palette.
pub fn palette(workspace: &mut Workspace, contexts: &[Context]) {
    let items = picker::commands(contexts);
    workspace.overlay = Overlay::Picker(Picker::new(PickerKind::Commands, items));
}

/// Shows the files of the folder.
pub fn quick_open(workspace: &mut Workspace, out: &mut Vec<Effect>) {
    let items = file_items(workspace);
    let mut picker = Picker::new(PickerKind::Files, items);
    if let Some(tree) = &workspace.tree {
        picker.loading = workspace.files.is_none();
        out.push(Effect::Scan(tree.root.clone()));
    }
    workspace.overlay = Overlay::Picker(picker);
}

/// The files of a folder were found.
pub fn scanned(workspace: &mut Workspace, root: &Path, files: Vec<PathBuf>) {
    if workspace.tree.as_ref().is_none_or(|tree| tree.root != root) {
        return;
    }
    workspace.files = Some(files);
    let items = file_items(workspace);
    if let Overlay::Picker(picker) = &mut workspace.overlay
        && picker.kind == PickerKind::Files
    {
        picker.loading = false;
        picker.set_items(items);
    }
}

fn file_items(workspace: &Workspace) -> Vec<Item> {
    let Some(tree) = &workspace.tree else { return Vec::new() };
    let item = |path: &PathBuf| {
        let inside = path.strip_prefix(&tree.root).unwrap_or(path);
        let name = inside.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let detail = inside.parent().map(|folder| folder.display().to_string()).unwrap_or_default();
        Item { text: name, detail, right: String::new(), choice: Choice::File(path.clone()) }
    };
    workspace.files.iter().flatten().map(item).collect()
}
