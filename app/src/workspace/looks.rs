//! The themes that there are, and which of them the window has.

use std::path::PathBuf;

use settings::ThemeChoice;
use settings::themes::{self, ThemeFile};

use super::picker::Choice;
use super::{Overlay, Workspace};

/// The user's own themes.
#[derive(Debug, Default)]
pub struct ThemeShelf {
    /// The folder that they lie in, once it is there.
    pub folder: Option<PathBuf>,
    /// As they were read.
    pub own: Vec<ThemeFile>,
    /// What is wrong with files among them, each in a sentence.
    pub wrong: Vec<String>,
}

/// What the folder of themes has: itself, the themes, and what is wrong.
pub type ThemesRead = (Option<PathBuf>, Vec<ThemeFile>, Vec<String>);

impl Workspace {
    /// All themes: the user's own come before built-in ones, and stand for those of the same name.
    pub fn themes(&self) -> impl Iterator<Item = &ThemeFile> {
        let own = &self.theme_shelf.own;
        let others = themes::builtin().iter().filter(|theme| !own.iter().any(|own| own.id == theme.id));
        own.iter().chain(others)
    }

    /// Which kind of window there is, and the themes of a dark and of a light one. A row of the list of themes is shown while it is
    /// the current one. `None` for what no theme has the name of.
    pub fn looks(&self) -> (ThemeChoice, [Option<&ThemeFile>; 2]) {
        let window = &self.settings.window;
        let find = |id: &str, dark: bool| self.themes().find(|theme| theme.dark == dark && theme.id == id);
        let (dark, light) = (find(&window.dark_theme, true), find(&window.light_theme, false));
        match self.previewed() {
            Some(theme) if theme.dark => (ThemeChoice::Dark, [Some(theme), light]),
            Some(theme) => (ThemeChoice::Light, [dark, Some(theme)]),
            None => (window.theme, [dark, light]),
        }
    }

    fn previewed(&self) -> Option<&ThemeFile> {
        let Overlay::Picker(picker) = &self.overlay else { return None };
        let Choice::Theme(id) = &picker.get(picker.current)?.choice else { return None };
        self.themes().find(|theme| theme.id == *id)
    }
}
