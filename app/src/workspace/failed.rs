//! Parts of the window that fail alone: one whose drawing panics is replaced by a word on it.

/// Part of the window that fails alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum View {
    /// The status bar.
    Status,
    /// The file tree.
    Sidebar,
    /// The explanation.
    Explanation,
    /// The outline.
    Outline,
    /// The text, its tabs and bars.
    Text,
    /// The models.
    Models,
    /// The settings.
    Settings,
    /// The activity.
    Activity,
    /// What lies over the window.
    Overlay,
    /// Messages.
    Toasts,
    /// The first run.
    Welcome,
    /// What stays over the panels until it was dealt with.
    Notices,
}

impl View {
    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            View::Status => "The status bar",
            View::Sidebar => "The file tree",
            View::Explanation => "The explanation",
            View::Outline => "The outline",
            View::Text => "The text view",
            View::Models => "The model panel",
            View::Settings => "The settings panel",
            View::Activity => "The activity panel",
            View::Overlay => "A dialog",
            View::Toasts => "The messages",
            View::Welcome => "The welcome",
            View::Notices => "The bar of notices",
        }
    }
}
