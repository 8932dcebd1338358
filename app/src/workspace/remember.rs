//! What is remembered for the next start, as it is now.

use super::session::{OpenFile, Session};
use super::{Tab, Workspace};
use crate::event::Effect;

impl Workspace {
    /// Has the session written.
    pub fn remember(&self, out: &mut Vec<Effect>) {
        out.push(Effect::Remember(Box::new(self.session_now())));
    }

    /// The session as it is now.
    pub fn session_now(&self) -> Session {
        let open = |tab: &Tab| Some(OpenFile { path: tab.document.path()?.to_owned(), caret: tab.caret() });
        let in_front = self.tab().and_then(|tab| tab.document.path());
        if !self.waited_for.is_empty() {
            // What another window had open is worth more than a message for git.
            return self.session.clone();
        }
        let files: Vec<OpenFile> = self.tabs.iter().filter_map(open).collect();
        Session {
            folder: self.tree.as_ref().map(|tree| tree.root.clone()),
            added_folders: self.tree.iter().flat_map(|tree| tree.roots().skip(1)).map(Into::into).collect(),
            active: files.iter().position(|file| Some(file.path.as_path()) == in_front).unwrap_or(0),
            files,
            panes: self.panes_now(),
            sidebar: self.sidebar,
            ..self.session.clone()
        }
    }
}
