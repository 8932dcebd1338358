//! The files of the folder, for those who name them, and what keys of other editors are told.

use std::path::{Path, PathBuf};

use ground::command::{Command, Context};
use ground::habits;

use crate::event::Effect;
use crate::workspace::{ToastKind, Workspace, open};

/// The files of a folder were found.
pub fn scanned(workspace: &mut Workspace, root: &Path, files: Vec<PathBuf>) {
    if workspace.tree.as_ref().is_none_or(|tree| tree.root != root) {
        return;
    }
    workspace.files = Some(files);
}

/// A key that means something in other editors and nothing here: it is told once what comes nearest.
pub fn habit(workspace: &mut Workspace, habit: usize, now: u64) {
    if let Some(known) = habits::all().get(habit)
        && workspace.habits.insert(habit)
    {
        workspace.toast(ToastKind::Info, known.words(), now);
    }
}

/// Opens a text with every command and the keys that it has now, whoever gave them.
pub fn show_keys(workspace: &mut Workspace, out: &mut Vec<Effect>) {
    open::new_with(workspace, &keys_table(), out);
}

/// All commands with their keys as Markdown, by where they make sense.
fn keys_table() -> String {
    let mut text = "# Keyboard shortcuts\n\nKeys of your own are set in the settings, under Keys; `keymap` there chooses those of \
                    VS Code, Sublime Text or Zed.\n"
        .to_owned();
    let groups = [
        (Context::Always, "Everywhere"),
        (Context::Tab, "With a tab in front"),
        (Context::Editor, "With a file in front"),
        (Context::Text, "In the text"),
        (Context::Review, "In a review"),
        (Context::Closed, "After a review was closed"),
        (Context::ChangePlaces, "While change places are marked"),
        (Context::AtChangePlace, "At a change place"),
        (Context::Ghost, "While a completion is shown"),
        (Context::Tree, "In the file tree"),
        (Context::Terminal, "In a terminal"),
    ];
    for (context, title) in groups {
        text += &format!("\n## {title}\n\n| Command | Keys |\n| --- | --- |\n");
        for command in Command::ALL.iter().filter(|command| command.context() == context) {
            text += &format!("| {} | {} |\n", command.name(), command.all_keys_text().replace('|', "\\|"));
        }
    }
    text += "\nThe keys of Vim, where they are on (`editor.vim` in the settings); in Insert mode all keys are those above but Escape.\n";
    for (title, rows) in vim::KEYS {
        text += &format!("\n## Vim: {title}\n\n| Keys | What they do |\n| --- | --- |\n");
        for (keys, what) in *rows {
            let keys: Vec<String> =
                keys.split(' ').map(|key| format!("`{}`", key.replace('|', "\\|"))).collect();
            text += &format!("| {} | {what} |\n", keys.join(" "));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_names_every_command_with_its_keys() {
        let text = keys_table();
        for command in Command::ALL {
            assert!(text.contains(&format!("| {} |", command.name())), "{}", command.id());
        }
        assert!(text.contains(&Command::Improve.key_text()));
        assert!(text.contains("| `gd` `gt` `gT` | Go to definition; next tab, previous tab |"), "{text}");
    }
}
