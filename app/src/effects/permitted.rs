//! Programs are run on files only as far as that is still allowed when they are: another window may have taken the permission back
//! since this one read it, and tells nobody.

use std::path::Path;
use std::sync::Arc;

use assist::check::EditTarget;
use assist::checkers::Checker;
use assist::permission::Permission;
use assist::problems;
use assist::wish::Wish;
use editor_core::Revision;
use ground::ids::{JobId, TabId};
use parking_lot::Mutex;
use ropey::Rope;

use crate::event::{Event, Judge};
use crate::workspace::session::{Revoked, Shared};

/// What asks before each run. Without a session file there is no other window to ask.
#[derive(Clone)]
pub struct Permitted(pub Option<Arc<Mutex<Shared>>>);

impl Permitted {
    fn revoked(&self) -> Revoked {
        self.0.as_ref().map(|shared| shared.lock().revoked_elsewhere()).unwrap_or_default()
    }

    /// Did another window take back the permission to run tasks of this folder?
    pub fn forbids_tasks(&self, folder: &Path) -> bool {
        self.revoked().tasks_in(folder)
    }

    /// A complete answer, judged.
    pub fn judged(&self, mut judge: Judge) -> Event {
        judge.target = self.target(judge.target);
        judge.judged()
    }

    /// What becomes of the examples of the code as it is.
    pub fn ran_before(&self, job: JobId, target: Arc<EditTarget>) -> Event {
        Event::RanBefore(job, self.target(target).baseline())
    }

    /// What running a proposal gives.
    pub fn ran_shown(
        &self,
        (job, proposal): (JobId, usize),
        text: &str,
        target: Arc<EditTarget>,
        wish: Wish,
    ) -> Event {
        let target = self.target(target);
        Event::RanShown(job, proposal, Box::new(target.ran(text, target.proved(text).as_ref(), wish)))
    }

    /// What a checker says of a file.
    pub fn diagnosed(
        &self,
        (tab, revision): (TabId, Revision),
        text: &Rope,
        file: Option<&Path>,
        checker: Checker,
    ) -> Event {
        let checker = checker_after(&self.revoked(), checker);
        Event::Diagnosed(tab, revision, problems::found(&checker, text, file))
    }

    fn target(&self, mut target: Arc<EditTarget>) -> Arc<EditTarget> {
        let revoked = self.revoked();
        if !revoked.is_empty() {
            let mine = Arc::make_mut(&mut target);
            let is_over = mine.runs_in.folder().is_some_and(|folder| revoked.examples_in(folder));
            mine.runs_in = if is_over { Permission::Nowhere } else { mine.runs_in.clone() };
            mine.checker = mine.checker.take().map(|checker| checker_after(&revoked, checker));
        }
        target
    }
}

fn checker_after(revoked: &Revoked, checker: Checker) -> Checker {
    let is_over = checker.asked_in.folder().is_some_and(|folder| revoked.checks_in(folder));
    if is_over { checker.asked_in(Permission::Nowhere) } else { checker }
}
