//! Files and folders that were open lately and are not now.

pub mod view;

use std::path::{Path, PathBuf};

use ground::command::Command;

use crate::workspace::picker::{Choice, Item, ListWords, Picker, PickerKind};
use crate::workspace::{Overlay, Workspace};

static WORDS: ListWords = ListWords {
    command: Command::OpenRecent,
    hint: "Type part of a name or a folder",
    empty: "No recent files or folders.",
};

/// Shows the list.
pub fn open(workspace: &mut Workspace) {
    workspace.overlay = Overlay::Picker(Picker::new(PickerKind::Own(&WORDS), rows(workspace)));
}

/// Rows for what was open lately: the folders, then the files, the latest first.
pub fn rows(workspace: &Workspace) -> Vec<Item> {
    let item = |path: &PathBuf, right: &str, choice: Choice| Item {
        text: path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned(),
        detail: path.parent().map(|parent| shown(parent, workspace.home.as_deref())).unwrap_or_default(),
        right: right.to_owned(),
        choice,
    };
    let is_open = |folder: &PathBuf| workspace.tree.as_ref().is_some_and(|tree| tree.root == *folder);
    let folders = workspace.session.recent.iter().filter(|folder| !is_open(folder));
    let files = workspace.session.recent_files.iter().filter(|file| workspace.tab_on(file).is_none());
    let folders = folders.map(|folder| item(folder, "folder", Choice::Folder(folder.clone())));
    folders.chain(files.map(|file| item(file, "", Choice::File(file.clone())))).collect()
}

/// A folder as people write it, with `~` for the home.
fn shown(folder: &Path, home: Option<&Path>) -> String {
    match home.and_then(|home| folder.strip_prefix(home).ok()) {
        Some(inside) if inside.as_os_str().is_empty() => "~".to_owned(),
        Some(inside) => format!("~/{}", inside.display()),
        None => folder.display().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::tree::FileTree;

    #[test]
    fn what_is_open_is_not_offered_and_the_home_is_short() {
        let mut state = Workspace { home: Some("/h/ada".into()), ..Workspace::default() };
        for folder in ["/srv/old", "/h/ada/shop", "/h/ada/open"] {
            state.session.note_folder(Path::new(folder));
        }
        state.tree = Some(FileTree::new("/h/ada/open".into()));
        state.session.note_file(Path::new("/h/ada/notes.md"));
        let rows: Vec<[String; 3]> =
            rows(&state).into_iter().map(|item| [item.text, item.detail, item.right]).collect();
        let expected = [["shop", "~", "folder"], ["old", "/srv", "folder"], ["notes.md", "~", ""]];
        assert_eq!(rows, expected);
    }
}
