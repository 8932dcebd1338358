//! Other starts of the editor that asked this window to open files: which of them wait, and for which texts.

use std::path::Path;

use ground::asked::AskedFiles;
use ground::ids::CallerId;

use super::caller::WaitingCaller;
use super::{Workspace, open};
use crate::door::CallerAnswer;
use crate::event::Effect;

/// Files are asked for: they are opened and kept, and the window comes to the front.
pub fn asked(workspace: &mut Workspace, id: CallerId, asked: AskedFiles, out: &mut Vec<Effect>) {
    let mut waiting = WaitingCaller { id, coming: Vec::new(), open: Vec::new() };
    for file in asked.files {
        let place = file.place.map(|(line, column)| (line as usize, column as usize));
        match workspace.tab_on(&file.path).map(|tab| tab.id) {
            Some(tab) => {
                workspace.panes.keep(tab);
                waiting.open.push(tab);
            }
            None => waiting.coming.push(file.path.clone()),
        }
        open::open_at(workspace, file.path, place, out);
    }
    if asked.waits {
        workspace.callers.push(waiting);
    }
    out.push(Effect::AnswerCaller(id, CallerAnswer::Taken));
    out.push(Effect::ComeToFront);
}

/// A file was read, or cannot be: then nobody can wait for it.
pub fn arrived(workspace: &mut Workspace, path: &Path) {
    let tab = workspace.tab_on(path).map(|tab| tab.id);
    for caller in &mut workspace.callers {
        let before = caller.coming.len();
        caller.coming.retain(|coming| coming != path);
        caller.open.extend(tab.filter(|_| caller.coming.len() < before));
    }
}

/// Tells those whose files are closed by now. Called after each event.
pub fn follow(workspace: &mut Workspace, out: &mut Vec<Effect>) {
    let Workspace { callers, tabs, .. } = workspace;
    let is_done = |caller: &mut WaitingCaller| {
        caller.open.retain(|open| tabs.iter().any(|tab| tab.id == *open));
        caller.open.is_empty() && caller.coming.is_empty()
    };
    let done = callers.extract_if(.., is_done);
    out.extend(done.map(|caller| Effect::AnswerCaller(caller.id, CallerAnswer::Closed)));
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use editor_core::file::{OpenError, Opened};
    use ground::asked::AskedFile;
    use ground::command::Command;
    use ropey::Rope;

    use super::*;
    use crate::event::Event;
    use crate::state::State;
    use crate::update::update;

    /// A file, the place of the caret, and whether it comes to the front.
    type FileToRead = (PathBuf, Option<(usize, usize)>, bool);

    /// A window whose files are read when the test says so.
    #[derive(Default)]
    struct Window {
        state: State,
        reading: Vec<FileToRead>,
        said: Vec<(u64, CallerAnswer)>,
        came: usize,
    }

    impl Window {
        fn send(&mut self, event: Event) {
            for effect in update(&mut self.state, event, 0) {
                match effect {
                    Effect::Open { path, caret, front } => self.reading.push((path, caret, front)),
                    Effect::AnswerCaller(CallerId(id), answer) => self.said.push((id, answer)),
                    Effect::ComeToFront => self.came += 1,
                    _ => {}
                }
            }
        }

        fn ask(&mut self, id: u64, paths: &[&str], waits: bool) {
            let file = |path: &&str| AskedFile { path: path.into(), place: Some((2, 1)) };
            let asked = AskedFiles { files: paths.iter().map(file).collect(), waits };
            self.send(Event::Asked(CallerId(id), asked));
        }

        fn read(&mut self) {
            for (path, caret, front) in std::mem::take(&mut self.reading) {
                let result = if path.ends_with("gone") {
                    Err(OpenError::Io(path.clone(), std::io::ErrorKind::PermissionDenied.into()))
                } else {
                    Ok(Box::new(Opened::new_text(Rope::from_str("one\ntwo\nthree\n"))))
                };
                self.send(Event::Opened { path, caret, front, result });
            }
        }
    }

    use CallerAnswer::{Closed, Taken};

    #[test]
    fn files_are_opened_at_their_places_and_the_window_comes_to_the_front() {
        let mut window = Window::default();
        window.ask(1, &["/a", "/b"], false);
        assert_eq!((window.said.as_slice(), window.came), ([(1, Taken)].as_slice(), 1));
        window.read();
        let tab = window.state.tab().unwrap();
        assert_eq!((tab.document.title(), tab.caret()), ("b".to_owned(), (2, 1)));
        window.ask(2, &["/a"], false);
        assert!(window.reading.is_empty(), "it is open");
        assert_eq!(window.state.tab().unwrap().document.title(), "a");
        assert!(window.state.callers.is_empty(), "nobody waits");
    }

    #[test]
    fn who_waits_is_told_when_the_last_of_its_files_is_closed() {
        let mut window = Window::default();
        window.ask(1, &["/a", "/b"], true);
        window.ask(2, &["/b"], true);
        window.said.clear();
        window.read();
        assert!(window.said.is_empty());
        window.send(Event::Command(Command::CloseTab));
        assert_eq!(window.said, [(2, Closed)]);
        window.send(Event::Command(Command::CloseTab));
        assert_eq!(window.said, [(2, Closed), (1, Closed)]);
    }

    #[test]
    fn a_file_that_cannot_be_read_is_waited_for_by_nobody_and_a_second_view_is_still_open() {
        let mut window = Window::default();
        window.ask(1, &["/gone"], true);
        window.read();
        assert_eq!(window.said, [(1, Taken), (1, Closed)]);
        window.said.clear();
        window.ask(2, &["/a"], true);
        window.read();
        window.send(Event::Command(Command::SplitRight));
        window.send(Event::Command(Command::CloseTab));
        assert_eq!(window.said, [(2, Taken)], "another pane shows it");
        window.send(Event::Command(Command::CloseTab));
        assert_eq!(window.said, [(2, Taken), (2, Closed)]);
    }
}
