//! The context menu of the tree: what can be done with what is chosen, from the command list.

use ground::command::Command;

use crate::ui::menu::MenuLine;
use crate::workspace::Workspace;

/// The lines for what is chosen at this moment.
pub fn lines(workspace: &Workspace) -> Vec<MenuLine> {
    let Some(tree) = &workspace.tree else {
        return vec![MenuLine::named(Command::OpenFolder, "Open folder…")];
    };
    let targets = tree.targets().len();
    let named = MenuLine::named;
    let mut lines =
        vec![named(Command::TreeNewFile, "New file"), named(Command::TreeNewFolder, "New folder")];
    lines.push(MenuLine::Separator);
    lines.extend([
        named(Command::TreeCut, "Cut").only_if(targets > 0),
        named(Command::TreeCopy, "Copy").only_if(targets > 0),
        named(Command::TreePaste, "Paste"),
        named(Command::TreeDuplicate, "Duplicate").only_if(targets > 0),
    ]);
    lines.push(MenuLine::Separator);
    lines.extend([
        named(Command::TreeRename, "Rename").only_if(targets == 1),
        named(Command::TreeTrash, "Delete").only_if(targets > 0),
        named(Command::TreeDelete, "Delete for good").only_if(targets > 0),
    ]);
    lines.push(MenuLine::Separator);
    lines.extend([
        named(Command::TreeCopyPath, "Copy path"),
        named(Command::TreeCopyRelativePath, "Copy relative path"),
        named(Command::TreeReveal, "Show in file manager"),
        named(Command::SearchInFolder, "Search in folder"),
    ]);
    lines.push(MenuLine::Separator);
    lines.extend([
        MenuLine::command(Command::TreeCollapse),
        named(Command::RefreshTree, "Refresh"),
        named(Command::AddFolder, "Add folder to project…"),
    ]);
    let is_top = tree.has_several()
        && tree.current.as_deref().is_some_and(|path| tree.roots().skip(1).any(|root| root == path));
    if is_top {
        lines.push(named(Command::RemoveFolder, "Remove folder from project"));
    }
    lines
}
