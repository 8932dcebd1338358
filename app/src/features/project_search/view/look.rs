//! What all rows of the list have in common in a frame.

use egui::Ui;

use super::super::ProjectSearch;
use crate::ui::theme::{self, Theme};
use crate::workspace::Workspace;

/// What all rows have in common in a frame.
pub struct ListLook<'a> {
    /// The search.
    pub search: &'a ProjectSearch,
    /// What stands around it.
    pub workspace: &'a Workspace,
    /// Colours.
    pub theme: &'static Theme,
    /// Has the list the keyboard?
    pub focused: bool,
    /// The row that is current.
    pub current: Option<usize>,
    /// Width of a char.
    pub cell: f32,
    /// Size of code.
    pub size: f32,
}

impl<'a> ListLook<'a> {
    /// `focused`: the list has the keyboard.
    pub fn new(ui: &Ui, search: &'a ProjectSearch, workspace: &'a Workspace, focused: bool) -> ListLook<'a> {
        let size = workspace.settings.editor.font_size.min(13.0);
        let cell = ui.fonts_mut(|fonts| fonts.glyph_width(&theme::code(size), '0'));
        let current = search.results.row();
        ListLook { search, workspace, theme: Theme::of(ui), focused, current, cell, size }
    }

    /// Is something to come in the place of what is found?
    pub fn replaces(&self) -> bool {
        self.search.previews.replacement.is_some()
    }
}
