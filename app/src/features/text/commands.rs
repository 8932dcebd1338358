//! Commands on the text that are no keys of typing: other cases, sorted and indented lines, wrapped rows.

use std::path::Path;

use editor_core::editorconfig::FileConventions;
use editor_core::transform::{self, LetterCase};
use editor_core::{EditKind, Selection};
use settings::WrapChoice;

use super::TextEvent;
use super::update::select_block;
use crate::event::Effect;
use crate::workspace::Workspace;
use crate::workspace::edit as text;

/// What can be done to the selected text.
#[derive(Clone, Copy, Debug)]
pub enum TextCommand {
    /// Deletes to the start of the line.
    DeleteToLineStart,
    /// Deletes to the end of the line.
    DeleteToLineEnd,
    /// Deletes to the start of the part of a word.
    DeleteSubwordLeft,
    /// Deletes to the end of the part of a word.
    DeleteSubwordRight,
    /// Sorts the lines; true: the last one first.
    Sort(bool),
    /// Indents the lines by the brackets around them.
    Reindent,
    /// Deletes the blanks at the ends of all lines.
    Trim,
    /// Swaps the characters around the caret.
    Transpose,
    /// Writes the words in another case.
    Case(LetterCase),
}

/// Does it to the text in front.
pub fn run(workspace: &mut Workspace, command: TextCommand, now: u64, out: &mut Vec<Effect>) {
    let tab_width = workspace.tab_width();
    let Some(tab) = workspace.tab() else { return };
    let document = &tab.document;
    let (buffer, selection) = (document.buffer(), document.selection());
    let edit = match command {
        TextCommand::DeleteToLineStart => transform::delete_to_line_start(buffer, selection),
        TextCommand::DeleteToLineEnd => transform::delete_to_line_end(buffer, selection),
        TextCommand::DeleteSubwordLeft => transform::delete_subword_left(buffer, selection),
        TextCommand::DeleteSubwordRight => transform::delete_subword_right(buffer, selection),
        TextCommand::Sort(descending) => transform::sort_lines(buffer, selection, descending),
        TextCommand::Reindent => transform::reindent(buffer, selection, &document.style(tab_width)),
        TextCommand::Trim => transform::trim_trailing_blanks(buffer, selection),
        TextCommand::Transpose => transform::transpose(buffer, selection),
        TextCommand::Case(case) => transform::change_case(buffer, selection, case),
    };
    text::apply(workspace, edit, EditKind::Alone, now, out);
}

/// Something happened in the view of a text.
pub fn on(workspace: &mut Workspace, event: TextEvent) {
    match event {
        TextEvent::RowWidth(id, width) => {
            if let Some(tab) = workspace.find_tab(id) {
                tab.row_width = width;
            }
        }
        TextEvent::Conventions(path, conventions) => obey(workspace, &path, conventions),
        TextEvent::SelectBlock(id, block) => {
            if workspace.tab().is_some_and(|tab| tab.id == id) {
                select_block(workspace, block);
            }
        }
        TextEvent::GoTo(id, position) => {
            if let Some(tab) = workspace.tab_mut().filter(|tab| tab.id == id) {
                tab.document.select(&Selection::caret(position));
                text::reveal_caret(workspace, false);
            }
        }
    }
}

/// Takes over what `.editorconfig` files say of a file that is open. Nothing in the text changes by it.
fn obey(workspace: &mut Workspace, path: &Path, conventions: FileConventions) {
    let Some(id) = workspace.tab_on(path).map(|tab| tab.id) else { return };
    let is_obeyed = workspace.settings.files.editorconfig;
    let Some(tab) = workspace.find_tab(id).filter(|_| is_obeyed) else { return };
    tab.conventions = conventions;
    if let Some(indent) = conventions.indent {
        tab.document.set_indent(indent);
    }
    if let Some(ending) = conventions.line_ending {
        tab.document.prefer_line_ending(ending);
    }
}

/// Wraps the lines of the text in front, or does not any more.
pub fn toggle_wrap(workspace: &mut Workspace) {
    let editor = workspace.settings.editor.clone();
    if let Some(tab) = workspace.tab_mut() {
        tab.wrap = Some(tab.wrap_choice(&editor) == WrapChoice::Off);
    }
    text::reveal_caret(workspace, false);
}
