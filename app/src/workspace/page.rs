//! Pages: what a tab can show beside texts. Each is there once, in one pane, and is found there again.

use super::{Focus, TabContent, Workspace};

/// A page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Page {
    /// The models: installed, in the catalogue, under way.
    Models,
    /// The settings.
    Settings,
    /// What the worker does and did.
    Activity,
    /// What became of the model's proposals.
    Statistics,
    /// What differs from what was committed.
    Changes,
    /// The commits that changed a file.
    FileHistory,
    /// The terminals, where they are no panel below the text.
    Terminal,
}

impl Page {
    /// All of them.
    pub const ALL: [Page; 7] = [
        Page::Models,
        Page::Settings,
        Page::Activity,
        Page::Statistics,
        Page::Changes,
        Page::FileHistory,
        Page::Terminal,
    ];

    /// What its tab is called.
    pub fn title(self) -> &'static str {
        match self {
            Page::Models => "Models",
            Page::Settings => "Settings",
            Page::Activity => "Activity",
            Page::Statistics => "AI statistics",
            Page::Changes => "Changes",
            Page::FileHistory => "File history",
            Page::Terminal => "Terminal",
        }
    }

    /// Its name in files; `None`: it is not there again at the next start, for nobody knows then what it was about.
    pub fn id(self) -> Option<&'static str> {
        match self {
            Page::Models => Some("models"),
            Page::Settings => Some("settings"),
            Page::Activity => Some("activity"),
            Page::Statistics => Some("statistics"),
            Page::Changes => Some("changes"),
            Page::FileHistory | Page::Terminal => None,
        }
    }

    /// The page with this name.
    pub fn from_id(id: &str) -> Option<Page> {
        Page::ALL.into_iter().find(|page| page.id() == Some(id))
    }
}

impl Workspace {
    /// Brings a page to the front where it is, else into the pane that has the keyboard.
    pub fn show_page(&mut self, page: Page) {
        self.place_page(page);
        self.go_to_tab(page);
        self.focus = Some(Focus::Page);
    }

    /// Is this page seen, in whatever pane?
    pub fn shows(&self, page: Page) -> bool {
        self.panes.all().any(|pane| pane.shown() == Some(page.into()))
    }

    /// Has this page a tab, seen or not?
    pub fn has_page(&self, page: Page) -> bool {
        !self.panes.with(page).is_empty()
    }

    /// The page that is in front of the pane that has the keyboard.
    pub fn page_in_front(&self) -> Option<Page> {
        self.panes.front().shown().and_then(TabContent::page)
    }

    /// Goes from the page in front back to the text that was there before; without one the page is closed.
    pub fn leave_page(&mut self) {
        let Some(page) = self.page_in_front() else { return };
        let text = self.panes.front().recent().iter().find_map(|tab| tab.text());
        match text {
            Some(text) => self.show(text),
            None => self.close_page(page),
        }
    }
}
