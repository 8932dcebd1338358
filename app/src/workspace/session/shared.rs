//! One session file, several windows: each writes what it changed itself on top of what the others wrote. What belongs to a
//! window (its size, its tabs, its sidebar) is as in the one that wrote last.

use std::io;
use std::path::{Path, PathBuf};

use super::{MAX_INSTRUCTIONS, MAX_RECENT, MAX_RECENT_COMMANDS, MAX_RECENT_FILES, Session};
use crate::atomic_write;
use crate::workspace::FirstRunProgress;

/// The file, and what this window knows to be in it.
#[derive(Debug)]
pub struct Shared {
    path: PathBuf,
    /// As this window read or wrote it last: what differs from it was changed here.
    last: Session,
    /// The number of the one that was written last.
    number: usize,
    /// What this window was told of last.
    revoked: Revoked,
}

impl Shared {
    /// The file from which `read` was read.
    pub fn new(path: PathBuf, read: Session) -> Shared {
        Shared { path, last: read, number: 0, revoked: Revoked::default() }
    }

    /// Writes the session number `number` of this window, and answers what other windows took back. One that a later one was
    /// written before comes to nothing.
    ///
    /// # Errors
    /// The folder or the file cannot be written; then the next one has what this one changed, too.
    pub fn save(&mut self, session: &Session, number: usize) -> io::Result<Revoked> {
        if number < self.number {
            return Ok(Revoked::default());
        }
        let _alone = atomic_write::lock(&self.path)?;
        let mut mine = session.clone();
        if session.obeyed < self.revoked.number {
            // It was sent before the window was told: what it still permits was not permitted anew.
            mine.revoke(&self.revoked);
        }
        let theirs = Session::read(&self.path);
        // What nobody can read has nothing of anybody's in it.
        let merged = theirs.as_ref().map_or_else(|| mine.clone(), |theirs| mine.over(&self.last, theirs));
        let merged = Session { obeyed: 0, ..merged };
        if theirs.as_ref() != Some(&merged) {
            merged.write(&self.path)?;
        }
        let news = self.revoked.after(session.obeyed, &mine, &merged);
        mine.revoke(&news);
        (self.last, self.number, self.revoked) = (mine, number, news.clone());
        Ok(if session.obeyed < news.number { news } else { Revoked::default() })
    }
}

impl Shared {
    /// What this window permits, as far as it knows, and another one took back since: it is told when it saves, and must not run anything
    /// until then.
    pub fn revoked_elsewhere(&self) -> Revoked {
        let there = Session::read(&self.path);
        there.map(|there| self.revoked.after(self.revoked.number, &self.last, &there)).unwrap_or_default()
    }
}

/// Folders whose permission another window took back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revoked {
    /// Of [`Session::trusted`].
    trusted: Vec<PathBuf>,
    /// Of [`Session::checked`].
    checked: Vec<PathBuf>,
    /// Of [`Session::runs_tasks`].
    runs_tasks: Vec<PathBuf>,
    /// Counts what this window is told.
    number: u64,
}

impl Revoked {
    /// This, as far as number `obeyed` does not include it yet, and what `mine` permits and the file does not.
    fn after(&self, obeyed: u64, mine: &Session, merged: &Session) -> Revoked {
        // A name that has no place in the file was never there to be taken back.
        let is_gone =
            |folder: &&PathBuf, there: &[PathBuf]| folder.to_str().is_some() && !there.contains(folder);
        let gone = |mine: &[PathBuf], there: &[PathBuf]| -> Vec<PathBuf> {
            mine.iter().filter(|folder| is_gone(folder, there)).cloned().collect()
        };
        let (trusted, checked) = (gone(&mine.trusted, &merged.trusted), gone(&mine.checked, &merged.checked));
        let runs_tasks = gone(&mine.runs_tasks, &merged.runs_tasks);
        if trusted.is_empty() && checked.is_empty() && runs_tasks.is_empty() {
            return self.clone();
        }
        let mut all = if obeyed < self.number { self.clone() } else { Revoked::default() };
        all.trusted.extend(trusted);
        all.checked.extend(checked);
        all.runs_tasks.extend(runs_tasks);
        Revoked { number: self.number + 1, ..all }
    }

    /// Was the permission to run examples in this folder taken back?
    pub fn examples_in(&self, folder: &Path) -> bool {
        self.trusted.iter().any(|gone| gone == folder)
    }

    /// Was the permission to ask checkers in this folder taken back?
    pub fn checks_in(&self, folder: &Path) -> bool {
        self.checked.iter().any(|gone| gone == folder)
    }

    /// Was the permission to run tasks in this folder taken back?
    pub fn tasks_in(&self, folder: &Path) -> bool {
        self.runs_tasks.iter().any(|gone| gone == folder)
    }

    /// Was nothing taken back?
    pub fn is_empty(&self) -> bool {
        self.trusted.is_empty() && self.checked.is_empty() && self.runs_tasks.is_empty()
    }
}

impl Session {
    /// What another window does not permit any more is not permitted here.
    pub fn revoke(&mut self, revoked: &Revoked) {
        self.trusted.retain(|folder| !revoked.trusted.contains(folder));
        self.checked.retain(|folder| !revoked.checked.contains(folder));
        self.runs_tasks.retain(|folder| !revoked.runs_tasks.contains(folder));
        self.obeyed = revoked.number;
    }

    /// This one, with what others changed in the file since this window's was `before`.
    fn over(&self, before: &Session, theirs: &Session) -> Session {
        Session {
            instructions: latest(
                &self.instructions,
                &before.instructions,
                &theirs.instructions,
                MAX_INSTRUCTIONS,
            ),
            recent: latest(&self.recent, &before.recent, &theirs.recent, MAX_RECENT),
            recent_files: latest(
                &self.recent_files,
                &before.recent_files,
                &theirs.recent_files,
                MAX_RECENT_FILES,
            ),
            recent_commands: latest(
                &self.recent_commands,
                &before.recent_commands,
                &theirs.recent_commands,
                MAX_RECENT_COMMANDS,
            ),
            trusted: members(&self.trusted, &before.trusted, &theirs.trusted),
            checked: members(&self.checked, &before.checked, &theirs.checked),
            runs_tasks: members(&self.runs_tasks, &before.runs_tasks, &theirs.runs_tasks),
            rates: self.rates.over(&before.rates, &theirs.rates),
            bookmarks: changed(&self.bookmarks, &before.bookmarks, &theirs.bookmarks).clone(),
            side_by_side: *changed(&self.side_by_side, &before.side_by_side, &theirs.side_by_side),
            legacy: changed(&self.legacy, &before.legacy, &theirs.legacy).clone(),
            onboarding: FirstRunProgress {
                // Once is enough.
                done: self.onboarding.done || theirs.onboarding.done,
                ..*changed(&self.onboarding, &before.onboarding, &theirs.onboarding)
            },
            ..self.clone()
        }
    }
}

/// What was changed here, else what is there.
fn changed<'a, T: PartialEq>(mine: &'a T, before: &T, theirs: &'a T) -> &'a T {
    if mine == before { theirs } else { mine }
}

/// A list with the latest first: what came to its front here since, then what is there.
fn latest<T: PartialEq + Clone>(mine: &[T], before: &[T], theirs: &[T], most: usize) -> Vec<T> {
    let rest_is_as_before = |&count: &usize| {
        let (came, rest) = mine.split_at(count);
        before.iter().filter(|item| !came.contains(item)).take(rest.len()).eq(rest)
    };
    let count = (0..mine.len()).find(rest_is_as_before).unwrap_or(mine.len());
    let (came, others) = (&mine[..count], theirs.iter().filter(|item| !mine[..count].contains(item)));
    came.iter().chain(others).take(most).cloned().collect()
}

/// A set: what is there, without what was taken out here since, with what was put in.
fn members<T: PartialEq + Clone>(mine: &[T], before: &[T], theirs: &[T]) -> Vec<T> {
    let taken = |item: &&T| before.contains(item) && !mine.contains(item);
    let put = mine.iter().filter(|item| !before.contains(item) && !theirs.contains(item));
    theirs.iter().filter(|item| !taken(item)).chain(put).cloned().collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use ipc::protocol::Usage;
    use proptest::prelude::*;

    use super::*;
    use crate::speed::Speed;

    /// A window: what it shows, and its way to the file.
    struct Window {
        session: Session,
        shared: Shared,
        saves: usize,
    }

    impl Window {
        fn open(path: &Path) -> Window {
            let session = Session::load(path);
            Window { shared: Shared::new(path.to_owned(), session.clone()), session, saves: 0 }
        }

        fn save(&mut self) {
            self.saves += 1;
            let revoked = self.shared.save(&self.session, self.saves).unwrap();
            if !revoked.is_empty() {
                self.session.revoke(&revoked);
            }
            let there = Session::load(&self.shared.path);
            assert!(self.session.trusted.iter().all(|folder| there.trusted.contains(folder)));
        }
    }

    #[derive(Clone, Debug)]
    enum Step {
        Folder(u8),
        Instruction(u8),
        Trust(u8),
        Revoke(u8),
        Rate(u8),
        Size(u16),
        Save,
        Reopen,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (0u8..6).prop_map(Step::Folder),
            (0u8..6).prop_map(Step::Instruction),
            (0u8..4).prop_map(Step::Trust),
            (0u8..4).prop_map(Step::Revoke),
            (0u8..4).prop_map(Step::Rate),
            (500u16..5000).prop_map(Step::Size),
            Just(Step::Save),
            Just(Step::Reopen),
        ]
    }

    fn name(number: u8) -> PathBuf {
        PathBuf::from(format!("/{number}"))
    }

    fn take(window: &mut Window, step: &Step) {
        let session = &mut window.session;
        match step {
            Step::Folder(n) => session.note_folder(&name(*n)),
            Step::Instruction(n) => session.note_instruction(&n.to_string()),
            Step::Trust(n) if !session.trusted.contains(&name(*n)) => session.trusted.push(name(*n)),
            Step::Revoke(n) => session.trusted.retain(|folder| *folder != name(*n)),
            Step::Rate(n) => {
                let usage = Usage { generated_tokens: 100, decode_ms: 1e3, ..Usage::default() };
                session.rates.note(&n.to_string(), 1, &usage);
            }
            Step::Size(width) => session.window = Some((f32::from(*width), 700.0)),
            Step::Trust(_) | Step::Save | Step::Reopen => {}
        }
    }

    /// What must be in the file: of each window what it changed before it saved.
    #[derive(Debug, Default)]
    struct Model {
        folders: BTreeSet<PathBuf>,
        instructions: BTreeSet<String>,
        trusted: BTreeSet<PathBuf>,
        rates: BTreeSet<String>,
        width: Option<f32>,
    }

    impl Model {
        fn save(&mut self, steps: &[Step], before: &Session, session: &Session) {
            for step in steps {
                match step {
                    Step::Folder(n) => drop(self.folders.insert(name(*n))),
                    Step::Instruction(n) => drop(self.instructions.insert(n.to_string())),
                    Step::Rate(n) => drop(self.rates.insert(n.to_string())),
                    _ => {}
                }
            }
            for folder in (0..4).map(name) {
                match (before.trusted.contains(&folder), session.trusted.contains(&folder)) {
                    (false, true) => drop(self.trusted.insert(folder)),
                    (true, false) => drop(self.trusted.remove(&folder)),
                    _ => {}
                }
            }
            self.width = session.window.map(|(width, _)| width);
        }

        fn check(&self, path: &Path) {
            let there = Session::load(path);
            assert_eq!(there.recent.into_iter().collect::<BTreeSet<_>>(), self.folders);
            assert_eq!(there.instructions.into_iter().collect::<BTreeSet<_>>(), self.instructions);
            assert_eq!(there.trusted.into_iter().collect::<BTreeSet<_>>(), self.trusted);
            for model in (0..4).map(|n| n.to_string()) {
                let is_known = matches!(there.rates.of(&model, 1.0, 1), Speed::Seen(_));
                assert_eq!(is_known, self.rates.contains(&model));
            }
            assert_eq!(there.window.map(|(width, _)| width), self.width);
        }
    }

    proptest! {
        #[test]
        fn two_windows_of_one_home_undo_nothing_of_each_other(
            steps in prop::collection::vec((any::<bool>(), step()), 0..60)
        ) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("session.json");
            let mut windows = [Window::open(&path), Window::open(&path)];
            let (mut unsaved, mut model) = ([Vec::new(), Vec::new()], Model::default());
            for (which, step) in &steps {
                let (window, unsaved) = (&mut windows[usize::from(*which)], &mut unsaved[usize::from(*which)]);
                match step {
                    Step::Save => {
                        model.save(unsaved, &window.shared.last, &window.session);
                        window.save();
                        unsaved.clear();
                        model.check(&path);
                    }
                    // Killed: what it did not save is gone.
                    Step::Reopen => {
                        *window = Window::open(&path);
                        unsaved.clear();
                    }
                    step => {
                        take(window, step);
                        unsaved.push(step.clone());
                    }
                }
            }
        }
    }

    #[test]
    fn what_comes_last_is_first_and_the_oldest_go() {
        let mine: Vec<u8> = (0..10).collect();
        assert_eq!(latest(&[7, 8, 0, 1], &[0, 1, 7], &[9, 1, 7], 4), [7, 8, 9, 1]);
        assert_eq!(latest(&mine, &mine, &[1, 0], 10), [1, 0]);
        assert_eq!(latest(&[11, 10, 0, 1], &[0, 1, 2, 3], &[5, 0, 1, 2], 4), [11, 10, 5, 0]);
        assert!(latest::<u8>(&[], &[1], &[], 4).is_empty());
    }

    #[test]
    fn windows_that_save_at_once_lose_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("session.json");
        let mut windows = [Window::open(&path), Window::open(&path)];
        std::thread::scope(|threads| {
            for (number, window) in windows.iter_mut().enumerate() {
                threads.spawn(move || {
                    for turn in 0..50 {
                        window.session.trusted.push(format!("/{number}/{turn}").into());
                        window.save();
                    }
                });
            }
        });
        assert_eq!(Session::load(&path).trusted.len(), 100);
    }

    #[test]
    fn a_session_of_before_comes_to_nothing_and_one_that_failed_is_made_good() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("session.json");
        let mut window = Window::open(&path);
        let older = window.session.clone();
        window.session.trusted.push("/a".into());
        window.shared.save(&window.session, 2).unwrap();
        window.shared.save(&older, 1).unwrap();
        assert_eq!(Session::load(&path).trusted, [Path::new("/a")]);
        std::fs::rename(&path, folder.path().join("aside")).unwrap();
        std::fs::create_dir(&path).unwrap();
        window.session.trusted.clear();
        window.shared.save(&window.session, 3).unwrap_err();
        std::fs::remove_dir(&path).unwrap();
        std::fs::rename(folder.path().join("aside"), &path).unwrap();
        window.shared.save(&window.session, 4).unwrap();
        assert!(Session::load(&path).trusted.is_empty(), "what was to be revoked is");
    }

    #[test]
    fn what_was_revoked_elsewhere_is_known_before_this_window_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("session.json");
        let mut one = Window::open(&path);
        one.session.trusted = vec!["/a".into()];
        one.session.checked = vec!["/a".into(), "/b".into()];
        one.save();
        let mut two = Window::open(&path);
        assert!(two.shared.revoked_elsewhere().is_empty());
        one.session.trusted.clear();
        one.session.checked.remove(0);
        one.save();
        let gone = two.shared.revoked_elsewhere();
        assert!(gone.examples_in(Path::new("/a")) && gone.checks_in(Path::new("/a")));
        assert!(!gone.checks_in(Path::new("/b")) && !gone.examples_in(Path::new("/b")));
        // What this window permitted and has not written yet was taken back by nobody.
        two.session.trusted.push("/c".into());
        assert!(!two.shared.revoked_elsewhere().examples_in(Path::new("/c")));
        two.save();
        assert!(!two.shared.revoked_elsewhere().examples_in(Path::new("/c")));
    }

    #[test]
    fn what_was_revoked_elsewhere_is_obeyed_stays_so_before_it_is_and_can_be_permitted_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("session.json");
        let mut one = Window::open(&path);
        one.session.trusted = vec!["/a".into(), "/b".into()];
        one.save();
        let mut two = Window::open(&path);
        one.session.trusted.clear();
        one.save();
        let told = two.shared.save(&two.session, 1).unwrap();
        assert_eq!(told.trusted, [Path::new("/a"), Path::new("/b")]);
        // A session that was on its way already permits them still.
        assert_eq!(two.shared.save(&two.session, 2).unwrap(), told);
        assert!(Session::load(&path).trusted.is_empty());
        two.session.revoke(&told);
        assert!(two.session.trusted.is_empty());
        one.session.trusted.push("/a".into());
        one.save();
        two.saves = 2;
        two.save();
        assert_eq!(Session::load(&path).trusted, [Path::new("/a")], "obeying is no revocation of one's own");
        two.session.trusted.push("/b".into());
        two.save();
        assert_eq!(Session::load(&path).trusted, [Path::new("/a"), Path::new("/b")]);
    }

    #[test]
    fn the_first_run_is_done_when_it_is_in_one_window() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("session.json");
        let (mut one, mut two) = (Window::open(&path), Window::open(&path));
        one.session.onboarding.done = true;
        one.save();
        two.session.onboarding.step = crate::workspace::FirstRunStep::Model;
        two.save();
        let there = Session::load(&path).onboarding;
        assert_eq!(there, FirstRunProgress { step: crate::workspace::FirstRunStep::Model, done: true });
    }
}
