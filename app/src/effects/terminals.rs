//! Terminals at their programs: started, told what was typed, asked what is new. None of it waits but the end of the window, a moment.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tasks::ProblemMatcher;
use terminal::{
    LineTap, TerminalEnd, TerminalId, TerminalNews, TerminalPalette, TerminalSession, TerminalSize,
    TerminalSpec,
};

use super::permitted::Permitted;
use super::{Effects, Outbox};
use crate::airgap;
use crate::event::Event;
use crate::features::problems::ProblemsEvent;
use crate::features::terminal::{TerminalContent, TerminalEffect, TerminalEvent, TerminalMeasure};

/// The first line of each terminal, where it is so.
const NO_NETWORK: &str = "Programs in this terminal have no network access: LocalCoder is offline by design.";
/// So long all programs together may take to end when the window does.
const LAST_PATIENCE: Duration = Duration::from_millis(800);
/// Most problems of one run that are told.
const MAX_PROBLEMS: usize = 1000;

/// The terminals that there are.
#[derive(Default)]
pub struct TerminalDesk {
    sessions: Mutex<HashMap<TerminalId, TerminalSession>>,
    /// The terminal that was looked at last.
    shown: Mutex<Option<TerminalId>>,
}

impl TerminalDesk {
    /// Ends all programs.
    pub fn end(&self) {
        let began = Instant::now();
        let sessions = std::mem::take(&mut *self.sessions.lock());
        // All are told first.
        let closing: Vec<_> = sessions.into_values().map(TerminalSession::hang_up).collect();
        for session in closing {
            session.wait(LAST_PATIENCE.saturating_sub(began.elapsed()));
        }
    }

    fn with<R>(&self, id: TerminalId, act: impl FnOnce(&TerminalSession) -> R) -> Option<R> {
        self.sessions.lock().get(&id).map(act)
    }

    /// Tells what is new, and of the terminal that is shown what is seen.
    fn look(&self, shown: Option<TerminalId>, out: &Outbox) {
        let is_other = std::mem::replace(&mut *self.shown.lock(), shown) != shown;
        for (id, session) in &*self.sessions.lock() {
            let news = session.news();
            if news != TerminalNews::default() {
                out.send(Event::Terminal(TerminalEvent::News(*id, news)));
            }
            if shown != Some(*id) {
                // What is not shown is not drawn, and wakes nobody until it is looked at again.
                continue;
            }
            let screen = if is_other { Some(session.screen()) } else { session.new_screen() };
            if let Some(screen) = screen {
                out.send(Event::Terminal(TerminalEvent::Screen(*id, Box::new(screen))));
            }
        }
    }
}

impl Effects {
    /// Does what terminals want.
    pub(super) fn terminal(&self, effect: TerminalEffect) {
        let (desk, out) = (&self.terminals, &self.outbox);
        match effect {
            TerminalEffect::Start { id, content, measure, again } => {
                self.start_program(id, content, measure, again);
            }
            TerminalEffect::Input(id, bytes) => {
                if desk.with(id, |session| session.input(bytes)) == Some(false) {
                    out.send(Event::Terminal(TerminalEvent::Refused));
                }
            }
            TerminalEffect::Resize(TerminalMeasure { size, palette }) => {
                desk.sessions.lock().values().for_each(|session| session.resize(size, palette));
            }
            TerminalEffect::Scroll(id, rows) => {
                desk.with(id, |session| session.scroll(rows));
            }
            TerminalEffect::Select(id, unit, place) => {
                desk.with(id, |session| session.select(unit, place));
            }
            TerminalEffect::Extend(id, place) => {
                desk.with(id, |session| session.extend(place));
            }
            TerminalEffect::SelectAll(id) => {
                desk.with(id, TerminalSession::select_all);
            }
            TerminalEffect::TellSelection(id, purpose) => {
                let text = desk.with(id, TerminalSession::selected).flatten();
                out.send(Event::Terminal(TerminalEvent::Selected(purpose, text)));
            }
            TerminalEffect::Clear(id) => {
                desk.with(id, TerminalSession::clear);
            }
            TerminalEffect::Find(id, text, step) => {
                if let Some(found) = desk.with(id, |session| session.find(&text, step)) {
                    out.send(Event::Terminal(TerminalEvent::Found(found)));
                }
            }
            TerminalEffect::Close(id) => drop(desk.sessions.lock().remove(&id)),
            TerminalEffect::Look(shown) => desk.look(shown, out),
            TerminalEffect::Locate { id, path, place, folder } => {
                let folders = [desk.with(id, TerminalSession::folder).flatten(), folder];
                self.on(&self.folders, move |out| locate(out, &path, place, &folders));
            }
            TerminalEffect::ListTasks(folder, own) => self.on(&self.folders, move |out| {
                let mut found = tasks::from_settings(&own, &folder);
                found.extend(tasks::in_folder(&folder));
                out.send(Event::Terminal(TerminalEvent::TasksListed(found)));
            }),
        }
    }

    fn start_program(&self, id: TerminalId, content: TerminalContent, measure: TerminalMeasure, again: bool) {
        let settings = self.obeyed();
        let greeting = if airgap::is_closed() && !again { NO_NETWORK } else { "" };
        let scrollback = settings.terminal.scrollback as usize;
        let spec = match content {
            TerminalContent::Shell(folder) => TerminalSpec {
                program: terminal::shell(&settings.terminal.shell.to_string_lossy()),
                args: Vec::new(),
                folder,
                greeting: greeting.into(),
                scrollback,
                tap: None,
            },
            TerminalContent::Task(task) => {
                // Another window may have taken the permission back.
                if Permitted(self.session.clone()).forbids_tasks(&task.folder) {
                    let reason =
                        format!("running tasks of {} is not allowed any more", task.folder.display());
                    return self.failed_to_start(id, TerminalEnd::Failed(reason));
                }
                TerminalSpec {
                    tap: Some(tap(&task.folder, self.outbox.clone())),
                    program: task.program,
                    args: task.args,
                    folder: Some(task.folder),
                    greeting: greeting.into(),
                    scrollback,
                }
            }
        };
        match self.open_terminal(spec, measure.size, measure.palette) {
            Ok(session) => drop(self.terminals.sessions.lock().insert(id, session)),
            Err(error) => self.failed_to_start(id, TerminalEnd::Failed(error.to_string())),
        }
        // It is shown although nothing of it was printed yet.
        *self.terminals.shown.lock() = None;
    }

    fn open_terminal(
        &self,
        spec: TerminalSpec,
        size: TerminalSize,
        palette: TerminalPalette,
    ) -> std::io::Result<TerminalSession> {
        let out = self.outbox.clone();
        TerminalSession::start(spec, size, palette, move || out.wake())
    }

    fn failed_to_start(&self, id: TerminalId, end: TerminalEnd) {
        self.outbox.send(Event::Trouble(format!("The program in the terminal {}.", end.words())));
        let news = TerminalNews { end: Some(end), ..TerminalNews::default() };
        self.outbox.send(Event::Terminal(TerminalEvent::News(id, news)));
    }
}

/// Tells what a task says of files.
fn tap(folder: &Path, out: Outbox) -> LineTap {
    let mut matcher = ProblemMatcher::new(folder);
    let mut told = 0;
    Box::new(move |line| {
        if told < MAX_PROBLEMS
            && let Some(problem) = matcher.read(line)
        {
            told += 1;
            out.send(Event::Problems(ProblemsEvent::Found(Box::new(problem))));
        }
    })
}

/// Finds the file that is meant: as it is written, in these folders, and without the first part that git puts before it.
fn locate(
    out: &Outbox,
    written: &str,
    (line, column): (Option<usize>, Option<usize>),
    folders: &[Option<PathBuf>],
) {
    let home =
        written.strip_prefix("~/").and_then(|rest| Some(Path::new(&std::env::var_os("HOME")?).join(rest)));
    let bare = written.strip_prefix("a/").or_else(|| written.strip_prefix("b/"));
    let names = [Some(written), bare].into_iter().flatten();
    let in_folders = names.flat_map(|name| folders.iter().flatten().map(move |folder| folder.join(name)));
    let path = home.into_iter().chain(in_folders).find(|path| path.is_file());
    let event = match path {
        Some(path) => {
            let from_zero = |number: Option<usize>| number.map_or(0, |number| number.saturating_sub(1));
            let path: PathBuf = path.components().collect();
            let caret = line.map(|line| (from_zero(Some(line)), from_zero(column)));
            TerminalEvent::Place(path, caret)
        }
        None => return out.send(Event::Trouble(format!("There is no file {written} to open."))),
    };
    out.send(Event::Terminal(event));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_found_in_the_folders_it_may_be_meant_in() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("src")).unwrap();
        std::fs::write(folder.path().join("src/a.rs"), "").unwrap();
        let folders = [None, Some(folder.path().to_owned())];
        let found = |written: &str| {
            let (out, inbox) = Outbox::new(|| {});
            locate(&out, written, (Some(3), None), &folders);
            match inbox.try_recv().unwrap() {
                Event::Terminal(TerminalEvent::Place(path, caret)) => Some((path, caret)),
                _ => None,
            }
        };
        let expected = Some((folder.path().join("src/a.rs"), Some((2, 0))));
        assert_eq!(found("src/a.rs"), expected);
        assert_eq!(found("./src/a.rs"), expected);
        assert_eq!(found("b/src/a.rs"), expected, "as git writes it");
        assert_eq!(found(folder.path().join("src/a.rs").to_str().unwrap()), expected);
        assert_eq!(found("src"), None, "a folder is no file");
        assert_eq!(found("gone.rs"), None);
    }
}
