//! What stands where the text would be: one page at most, until the user goes to a text.

use ground::ids::TabId;

use super::Workspace;

/// A page in place of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// The models: installed, in the catalogue, under way.
    Models,
    /// The settings.
    Settings,
    /// What the worker does and did.
    Activity,
    /// What differs from what was committed.
    Changes,
    /// The commits that changed a file.
    FileHistory,
}

/// A page that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShownPage {
    page: Page,
    /// The tab that was in front when it was opened; another one in front closes it.
    over: Option<TabId>,
}

impl Workspace {
    /// Shows a page in place of any other.
    pub fn show_page(&mut self, page: Page) {
        self.page = Some(ShownPage { page, over: self.tab().map(|tab| tab.id) });
    }

    /// Hides a page, if it is the one that is shown.
    pub fn hide_page(&mut self, page: Page) {
        self.page.take_if(|shown| shown.page == page);
    }

    /// Is this page shown?
    pub fn shows(&self, page: Page) -> bool {
        self.page.is_some_and(|shown| shown.page == page)
    }

    /// Hides the page once the user went to a text: another one is in front, or the same was asked for.
    pub fn leave_page(&mut self, asked: bool) {
        let front = self.tab().map(|tab| tab.id);
        self.page.take_if(|shown| asked || shown.over != front);
    }
}
