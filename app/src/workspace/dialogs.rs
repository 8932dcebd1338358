//! The system's own dialogs for files and folders: whether there are any, and what is asked of one.

use std::path::PathBuf;

use super::PathPurpose;

/// What is known of the system's dialogs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SystemDialogs {
    /// There are none, or nobody has looked yet: paths are typed.
    #[default]
    Missing,
    /// There are some.
    Ready,
    /// One is open for this. Who asks for another one meanwhile types the path, for a dialog may never come.
    Open(PathPurpose),
}

/// What is asked of a dialog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathWish {
    /// Why.
    pub wish: PathPurpose,
    /// Where it begins.
    pub folder: PathBuf,
    /// What the file is to be called.
    pub name: Option<String>,
}

/// What came of a dialog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PickedPaths {
    /// These paths were chosen.
    Chosen(Vec<PathBuf>),
    /// It was closed.
    Nothing,
    /// None was shown.
    NoDialog,
}

#[cfg(test)]
mod tests {
    use ground::command::Command;

    use super::*;
    use crate::event::{Effect, Event};
    use crate::state::State;
    use crate::update::update;
    use crate::workspace::Overlay;

    fn send(state: &mut State, event: Event) -> Vec<Effect> {
        update(state, event, 0)
    }

    fn asked(effects: &[Effect]) -> Option<PathWish> {
        effects.iter().find_map(|effect| match effect {
            Effect::PickPath(wish) => Some(wish.clone()),
            _ => None,
        })
    }

    fn typed(state: &State) -> Option<&str> {
        match &state.overlay {
            Overlay::Path(prompt) => Some(&prompt.text),
            _ => None,
        }
    }

    #[test]
    fn paths_are_typed_where_no_dialog_is_and_chosen_where_there_is_one() {
        let mut state = State::default();
        assert!(asked(&send(&mut state, Event::Command(Command::OpenFile))).is_none());
        assert!(typed(&state).is_some());
        state.overlay = Overlay::None;
        send(&mut state, Event::SystemDialogs(true));
        let wish = asked(&send(&mut state, Event::Command(Command::OpenFile))).unwrap();
        assert_eq!((wish.wish, typed(&state)), (PathPurpose::OpenFile, None));
        let paths = PickedPaths::Chosen(vec!["/a".into(), "/b".into()]);
        let effects = send(&mut state, Event::PathPicked(wish, paths));
        let opened: Vec<_> = effects
            .iter()
            .filter_map(
                |effect| if let Effect::Open { path, .. } = effect { Some(path.as_path()) } else { None },
            )
            .collect();
        assert_eq!(opened, [std::path::Path::new("/a"), std::path::Path::new("/b")]);
        state.settings.window.system_dialogs = false;
        assert!(asked(&send(&mut state, Event::Command(Command::OpenFolder))).is_none());
        assert!(typed(&state).is_some(), "as the settings say");
    }

    #[test]
    fn who_asks_again_while_a_dialog_is_open_types_and_one_that_was_never_seen_is_none() {
        let mut state = State::default();
        send(&mut state, Event::SystemDialogs(true));
        send(&mut state, Event::Command(Command::NewFile));
        let wish = asked(&send(&mut state, Event::Command(Command::SaveAs))).unwrap();
        assert_eq!(wish.name.as_deref(), Some("Untitled 1"));
        send(&mut state, Event::Command(Command::OpenFile));
        assert!(typed(&state).is_some(), "a dialog may never come");
        state.overlay = Overlay::None;
        send(&mut state, Event::PathPicked(wish, PickedPaths::NoDialog));
        assert!(typed(&state).unwrap().ends_with("/Untitled 1"));
        state.overlay = Overlay::None;
        assert!(asked(&send(&mut state, Event::Command(Command::OpenFile))).is_none(), "there are none");
    }

    #[test]
    fn a_window_that_waits_for_a_name_closes_when_it_is_chosen_and_not_when_the_dialog_is_closed() {
        let mut state = State::default();
        send(&mut state, Event::SystemDialogs(true));
        send(&mut state, Event::Command(Command::NewFile));
        let wish = asked(&send(&mut state, Event::Command(Command::SaveAs))).unwrap();
        state.quitting = true;
        send(&mut state, Event::Frame);
        assert!(state.quitting, "the dialog is open");
        send(&mut state, Event::PathPicked(wish, PickedPaths::Nothing));
        assert!(!state.quitting);
    }

    #[test]
    fn a_path_can_be_typed_whatever_dialogs_there_are() {
        let mut state = State::default();
        send(&mut state, Event::SystemDialogs(true));
        assert!(asked(&send(&mut state, Event::Command(Command::OpenPath))).is_none());
        assert!(typed(&state).is_some());
    }
}
