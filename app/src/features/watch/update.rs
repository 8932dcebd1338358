//! Which folders are watched, and what follows when something happens in them.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use folders::watch::WatchNews;

use super::WatchedFolders;
use crate::event::Effect;
use crate::workspace::log::Severity;
use crate::workspace::tree::FileTree;
use crate::workspace::{Workspace, folder};

/// Has watched what is open and shown, whenever that has changed. Called with every frame.
pub fn tick(watch: &mut WatchedFolders, workspace: &Workspace, out: &mut Vec<Effect>) {
    let now = Some(fingerprint(workspace));
    if watch.told != now {
        out.push(Effect::Watch(wanted(workspace)));
        watch.told = now;
    }
}

/// Stands for what is open and shown: to ask for it in each frame must cost nothing.
fn fingerprint(workspace: &Workspace) -> u64 {
    let mut hasher = DefaultHasher::new();
    let files = workspace.tabs.iter().filter_map(|tab| tab.document.path()?.parent());
    for path in files.chain(workspace.tree.iter().flat_map(FileTree::open_folders)) {
        path.as_os_str().hash(&mut hasher);
    }
    workspace.theme_shelf.folder.hash(&mut hasher);
    hasher.finish()
}

/// The folders of open files, and those that the tree shows with all above them in the project: of folders that are one row, each can
/// get more content.
fn wanted(workspace: &Workspace) -> BTreeSet<PathBuf> {
    let files = workspace.tabs.iter().filter_map(|tab| tab.document.path()?.parent());
    let mut folders: BTreeSet<PathBuf> = files.map(Path::to_owned).collect();
    let shown = workspace
        .tree
        .iter()
        .flat_map(|tree| tree.shown_folders().into_iter().map(move |folder| (tree, folder)));
    for (tree, folder) in shown {
        folders.extend(folder.ancestors().take_while(|above| tree.has(above)).map(Path::to_owned));
    }
    // A theme is drawn as soon as its file is saved.
    folders.extend(workspace.theme_shelf.folder.clone());
    folders
}

/// Something happened.
pub fn on(
    watch: &mut WatchedFolders,
    workspace: &mut Workspace,
    news: WatchNews,
    now: u64,
    out: &mut Vec<Effect>,
) {
    match news {
        WatchNews::Changed(names, contents) => {
            // A folder that was gone is watched anew once it is back.
            watch.told = None;
            list(workspace, &names, out);
            let is_met = |folder: &Path| names.contains(folder) || contents.contains(folder);
            check(workspace, is_met, out);
            let themes = workspace.theme_shelf.folder.as_deref();
            out.extend(themes.filter(|folder| is_met(folder)).map(|_| Effect::ListThemes));
        }
        WatchNews::Anything => {
            watch.told = None;
            out.push(Effect::ListThemes);
            folder::refresh(workspace, out);
            check(workspace, |_| true, out);
        }
        WatchNews::Unwatched(0, _) => {
            workspace.record(now, Severity::Info, "All shown folders are watched for changes again.");
        }
        WatchNews::Unwatched(count, why) => {
            let what = if count == usize::MAX { "Folders".into() } else { format!("{count} folders") };
            let words = format!(
                "{what} cannot be watched for changes: {why}. They are looked at again whenever the window gets the keyboard."
            );
            workspace.record(now, Severity::Warning, words);
        }
    }
}

/// Lists folders in which names changed.
fn list(workspace: &Workspace, names: &BTreeSet<PathBuf>, out: &mut Vec<Effect>) {
    let Some(tree) = &workspace.tree else { return };
    let folders: BTreeSet<PathBuf> = names.iter().filter_map(|folder| tree.lister(folder)).collect();
    out.extend(folders.into_iter().map(Effect::List));
}

/// Asks what became of the open files in folders. One that is being written by ourselves is not asked about.
fn check(workspace: &Workspace, is_met: impl Fn(&Path) -> bool, out: &mut Vec<Effect>) {
    for tab in workspace.tabs.iter().filter(|tab| tab.saving.is_none()) {
        if let (Some(path), Some(stamp)) = (tab.document.path(), tab.document.stamp())
            && path.parent().is_some_and(&is_met)
        {
            out.push(Effect::Check(tab.id, path.to_owned(), stamp.clone()));
        }
    }
}
