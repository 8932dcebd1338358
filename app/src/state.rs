//! What the user sees, as data: the workspace and beside it what each feature knows. Only `update` changes it; the views read it.

use std::ops::{Deref, DerefMut};

use ground::command::Context;
use settings::Layers;

use crate::features::activity::Activity;
use crate::features::changes::Changes;
use crate::features::complete::{self, Completion};
use crate::features::everywhere::Everywhere;
use crate::features::explain::Explain;
use crate::features::find::FindBar;
use crate::features::next_place::{self, NextPlace};
use crate::features::onboarding::Onboarding;
use crate::features::outline::Outline;
use crate::features::places::TextPlaces;
use crate::features::priming::Priming;
use crate::features::problems::TaskProblems;
use crate::features::project_search::ProjectSearch;
use crate::features::quick::Quick;
use crate::features::recovery::Recovery;
use crate::features::remarks::Remarks;
use crate::features::statistics::StatisticsPage;
use crate::features::terminal::Terminals;
use crate::features::tree::TreeDesk;
use crate::features::vim::VimKeys;
use crate::features::watch::WatchedFolders;
use crate::features::writing::Naming;
use crate::workspace::Workspace;
use crate::workspace::session::Session;

/// Everything.
#[derive(Default)]
pub struct State {
    /// What all features stand on.
    pub workspace: Workspace,
    /// The activity page.
    pub activity: Activity,
    /// What differs from what was committed.
    pub changes: Changes,
    /// Ghost text.
    pub completion: Completion,
    /// One instruction for all results of a search.
    pub everywhere: Everywhere,
    /// The explanation panel.
    pub explain: Explain,
    /// The find bar.
    pub find: FindBar,
    /// Names that are being asked for.
    pub naming: Option<Naming>,
    /// Where the last change is due as well.
    pub next_place: NextPlace,
    /// The first run.
    pub onboarding: Onboarding,
    /// What the text in front declares.
    pub outline: Outline,
    /// Where texts are shown, and places in them.
    pub places: TextPlaces,
    /// What is sent ahead of a request.
    pub priming: Priming,
    /// What the last task said of files.
    pub problems: TaskProblems,
    /// Search through the project.
    pub project_search: ProjectSearch,
    /// Quick open.
    pub quick: Quick,
    /// Texts that are kept because they are not saved, and what an earlier start left.
    pub recovery: Recovery,
    /// What the model has to say about changes.
    pub remarks: Remarks,
    /// The settings view.
    pub settings_panel: settings::panel::Panel,
    /// What became of proposals.
    pub statistics: StatisticsPage,
    /// Shells and tasks.
    pub terminals: Terminals,
    /// What the file tree knows beside what it shows.
    pub tree_desk: TreeDesk,
    /// Vim's keys.
    pub vim: VimKeys,
    /// Folders that are watched.
    pub watch: WatchedFolders,
}

// Who composes the features may see the workspace as a part of the whole; the features themselves get it alone.
impl Deref for State {
    type Target = Workspace;

    fn deref(&self) -> &Workspace {
        &self.workspace
    }
}

impl DerefMut for State {
    fn deref_mut(&mut self) -> &mut Workspace {
        &mut self.workspace
    }
}

impl State {
    /// The state of a window that remembers `session` and obeys what `layers` say.
    pub fn new(session: Session, mut layers: Layers) -> State {
        let settings = layers.resolve();
        let workspace =
            Workspace { sidebar: session.sidebar, session, settings, layers, ..Workspace::default() };
        State { workspace, ..State::default() }
    }

    /// The contexts that hold. `text_focused`: the editor has the keyboard.
    pub fn contexts(&self, text_focused: bool) -> Vec<Context> {
        let mut active = vec![Context::Always];
        if self.onboarding.covers() {
            return active;
        }
        active.extend(self.panes.front().shown().map(|_| Context::Tab));
        let Some(tab) = self.tab() else { return active };
        active.push(Context::Editor);
        if text_focused {
            active.push(Context::Text);
        }
        match tab.review {
            Some(_) => active.push(Context::Review),
            None if !tab.closed_reviews.is_empty() => active.push(Context::Closed),
            None => {}
        }
        if text_focused && next_place::is_offered(&self.next_place, self) {
            active.push(Context::ChangePlaces);
            active.extend(next_place::arrived(&self.next_place, self).map(|_| Context::AtChangePlace));
        }
        if text_focused && complete::is_shown(&self.completion, self) {
            active.push(Context::Ghost);
        }
        active
    }

    /// Does a page stand where the text would be, or the first run?
    pub fn panel_is_open(&self) -> bool {
        self.page_in_front().is_some() || self.onboarding.covers()
    }
}
