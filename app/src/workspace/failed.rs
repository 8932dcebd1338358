//! Parts of the window that fail alone: one whose drawing panics is replaced by a word on it.

/// Part of the window that fails alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WindowPart {
    /// The status bar.
    Status,
    /// The file tree.
    Sidebar,
    /// The explanation.
    Explanation,
    /// The outline.
    Outline,
    /// The search through the project.
    Search,
    /// The terminals.
    Terminal,
    /// The text, its tabs and bars.
    Text,
    /// The models.
    Models,
    /// The settings.
    Settings,
    /// The activity.
    Activity,
    /// What became of proposals.
    Statistics,
    /// What differs from what was committed.
    Changes,
    /// The commits that changed a file.
    FileHistory,
    /// What lies over the window.
    Overlay,
    /// Messages.
    Toasts,
    /// The first run.
    Welcome,
    /// What stays over the panels until it was dealt with.
    Notices,
}

impl WindowPart {
    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            WindowPart::Status => "The status bar",
            WindowPart::Sidebar => "The file tree",
            WindowPart::Explanation => "The explanation",
            WindowPart::Outline => "The outline",
            WindowPart::Search => "The search panel",
            WindowPart::Terminal => "The terminal panel",
            WindowPart::Text => "The text view",
            WindowPart::Models => "The model panel",
            WindowPart::Settings => "The settings panel",
            WindowPart::Activity => "The activity panel",
            WindowPart::Statistics => "The page of statistics",
            WindowPart::Changes => "The page of changes",
            WindowPart::FileHistory => "The history of the file",
            WindowPart::Overlay => "A dialog",
            WindowPart::Toasts => "The messages",
            WindowPart::Welcome => "The welcome",
            WindowPart::Notices => "The bar of notices",
        }
    }
}
