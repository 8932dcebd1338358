//! What our own failures cost: texts that are not saved are kept outside, what an earlier start left is offered, and a view
//! that failed is closed.

use std::path::PathBuf;

use editor_core::file::Opened;
use editor_core::journal::Owner;
use editor_core::{EditKind, Revision, Transaction};

use super::supervise::log;
use super::{editing, files, toast};
use crate::event::Effect;
use crate::state::{Overlay, State, Tab, TabId, ToastKind};
use crate::supervise::crash::{Left, Recovered};
use crate::supervise::log::Level;
use crate::supervise::{NoticeKind, SuperviseEffect, View};

/// How often changed texts are handed on, in milliseconds.
const KEEP_EACH: u64 = 100;

/// Hands on what was changed and is not saved. Called with every frame.
pub fn look(state: &mut State, now: u64, out: &mut Vec<Effect>) {
    if now < state.supervise.looked + KEEP_EACH {
        return;
    }
    state.supervise.looked = now;
    let State { tabs, supervise, .. } = state;
    let unsaved = |tab: &&Tab| is_unsaved(tab);
    supervise.kept.retain(|id, _| {
        let stays = tabs.iter().filter(unsaved).any(|tab| tab.id == *id);
        if !stays {
            out.push(Effect::Supervise(SuperviseEffect::Forget(*id)));
        }
        stays
    });
    for tab in tabs.iter().filter(unsaved) {
        let revision = tab.document.revision();
        if supervise.kept.insert(tab.id, revision) != Some(revision) {
            let owner = Owner {
                path: tab.document.path().map(Into::into),
                title: tab.document.title(),
                file_hash: None,
            };
            out.push(Effect::Supervise(SuperviseEffect::Keep(tab.id, owner, tab.document.rope().clone())));
        }
    }
}

fn is_unsaved(tab: &Tab) -> bool {
    tab.document.is_modified() && tab.document.read_only().is_none()
}

/// Milliseconds until something has to be handed on; `None`: nothing.
pub fn wake_in(state: &State, now: u64) -> Option<u64> {
    let kept = |id: TabId, revision: Revision| state.supervise.kept.get(&id) == Some(&revision);
    let waits = state.tabs.iter().any(|tab| is_unsaved(tab) && !kept(tab.id, tab.document.revision()));
    waits.then(|| (state.supervise.looked + KEEP_EACH).saturating_sub(now))
}

/// An earlier start left something behind.
pub fn left_behind(state: &mut State, left: Left) {
    let names: Vec<&str> = left.texts.iter().map(|(title, _)| title.as_str()).collect();
    let text = match (&names[..], &left.report) {
        ([], None) => return,
        ([], Some(_)) => "LocalCoder ended with an error the last time. No text was lost.".to_owned(),
        ([one], _) => {
            format!("LocalCoder did not end well the last time. {one} was not saved; its text was kept.")
        }
        (many, _) => format!(
            "LocalCoder did not end well the last time. {} texts were not saved and were kept: {}.",
            many.len(),
            many.join(", ")
        ),
    };
    state.supervise.notify(NoticeKind::Recovery, text);
    state.supervise.left = left;
}

/// Unsaved texts cannot be kept, or can again.
pub fn unkept(state: &mut State, reason: Option<String>, now: u64) {
    let Some(reason) = reason else {
        log(state, now, Level::Info, "Unsaved texts are kept again.");
        return state.supervise.settle(&NoticeKind::Unkept);
    };
    let text = format!(
        "Unsaved changes cannot be kept for recovery: {reason}. LocalCoder keeps trying; until then, save often."
    );
    log(state, now, Level::Error, &text);
    state.supervise.notify(NoticeKind::Unkept, text);
}

/// The kept texts are wanted.
pub fn recover(state: &mut State, out: &mut Vec<Effect>) {
    state.supervise.settle(&NoticeKind::Recovery);
    out.push(Effect::Supervise(SuperviseEffect::ReadLeft(state.supervise.left.clone())));
}

/// The kept texts are wanted, if there are any: by the command's name, where the notice was closed or no mouse is at hand.
pub fn recover_by_name(state: &mut State, now: u64, out: &mut Vec<Effect>) {
    if state.supervise.left.texts.is_empty() {
        let words = "There are no unsaved texts to recover.".to_owned();
        return toast(state, ToastKind::Info, words, now);
    }
    recover(state, out);
}

/// The kept texts are not wanted.
pub fn discard(state: &mut State, out: &mut Vec<Effect>) {
    state.supervise.settle(&NoticeKind::Recovery);
    out.push(Effect::Supervise(SuperviseEffect::RemoveLeft(std::mem::take(&mut state.supervise.left))));
}

/// The report is wanted: it opens like any file.
pub fn show_report(state: &State, out: &mut Vec<Effect>) {
    if let Some(path) = state.supervise.left.report.clone() {
        out.push(Effect::Open { path, caret: None, front: true });
    }
}

/// The kept texts were read: each is an unsaved change of its file, which one undo takes back.
pub fn recovered(state: &mut State, texts: Vec<Recovered>, now: u64, out: &mut Vec<Effect>) {
    let count = texts.len();
    (state.supervise.panel, state.manager.open) = (None, false);
    for Recovered { file, text } in texts {
        // A file that cannot be edited now, or that another text was recovered for, takes no text: it gets a tab of its own.
        let takes = |(path, opened): &(PathBuf, Box<Opened>)| {
            opened.read_only.is_none() && state.tab_on(path).is_none_or(|tab| !is_unsaved(tab))
        };
        let Some((path, opened)) = file.filter(takes) else {
            files::new_with(state, "", out);
            let id = state.tab().map(|tab| tab.id);
            set_text(state, id, &text, now, out);
            continue;
        };
        files::opened(state, (path.clone(), None, true), Ok(opened), now, out);
        let id = state.tab_on(&path).map(|tab| tab.id);
        set_text(state, id, &text, now, out);
    }
    out.push(Effect::Supervise(SuperviseEffect::RemoveLeft(std::mem::take(&mut state.supervise.left))));
    let texts = if count == 1 { "One text is".to_owned() } else { format!("{count} texts are") };
    let words = format!("{texts} as before, not saved yet; undo shows what is on disk.");
    toast(state, ToastKind::Info, words, now);
}

fn set_text(state: &mut State, id: Option<TabId>, text: &ropey::Rope, now: u64, out: &mut Vec<Effect>) {
    let Some(id) = id else { return };
    let Some(tab) = state.find_tab(id) else { return };
    let change = Transaction::difference(tab.document.buffer(), text);
    editing::apply_transaction(state, id, change, EditKind::Alone, now, out);
}

/// A view failed: it is closed, or says so in its place.
pub fn view_failed(state: &mut State, view: View, place: String, now: u64) {
    let text = format!("{} failed ({place}) and was closed. Your text is untouched.", view.name());
    log(state, now, Level::Error, &text);
    match view {
        View::Overlay | View::Toasts | View::Notices => {
            close_view(state, view);
            toast(state, ToastKind::Error, text, now);
        }
        _ => {
            state.supervise.failed_views.insert(view, place);
        }
    }
}

/// A view that failed is done without.
pub fn close_view(state: &mut State, view: View) {
    state.supervise.failed_views.remove(&view);
    match view {
        View::Sidebar => state.sidebar = false,
        View::Explanation => state.explanation = None,
        View::Models => state.manager.open = false,
        View::Settings => state.settings_panel.open = false,
        View::Activity => state.supervise.panel = None,
        View::Overlay => state.overlay = Overlay::None,
        View::Toasts => state.toasts.clear(),
        View::Notices => state.supervise.notices.clear(),
        // It is not done: the next start goes on with it.
        View::Welcome => state.onboarding.step = None,
        View::Status | View::Text => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Command;
    use crate::event::{Event, Typed};
    use crate::supervise::SuperviseEvent;
    use crate::update::update;
    use editor_core::file::Opened;
    use ropey::Rope;

    fn opened(text: &str) -> Box<Opened> {
        Box::new(Opened::new_text(Rope::from_str(text)))
    }

    fn window(text: &str) -> State {
        let mut state = State::default();
        let event =
            Event::Opened { path: "/a.py".into(), caret: None, front: true, result: Ok(opened(text)) };
        update(&mut state, event, 0);
        state
    }

    fn kept(effects: &[Effect]) -> Vec<String> {
        let text = |effect: &Effect| match effect {
            Effect::Supervise(SuperviseEffect::Keep(_, _, rope)) => Some(rope.to_string()),
            Effect::Supervise(SuperviseEffect::Forget(_)) => Some("forgotten".into()),
            _ => None,
        };
        effects.iter().filter_map(text).collect()
    }

    #[test]
    fn what_is_typed_is_handed_on_within_a_tenth_of_a_second_and_forgotten_when_it_is_as_on_disk() {
        let mut state = window("a");
        assert!(kept(&update(&mut state, Event::Frame, 1_000)).is_empty());
        update(&mut state, Event::Typed(Typed::Text("b".into())), 1_010);
        assert_eq!(wake_in(&state, 1_010), Some(90));
        assert!(kept(&update(&mut state, Event::Frame, 1_050)).is_empty());
        assert_eq!(kept(&update(&mut state, Event::Frame, 1_100)), ["ba"]);
        assert_eq!(wake_in(&state, 1_100), None);
        assert!(kept(&update(&mut state, Event::Frame, 1_500)).is_empty(), "once");
        update(&mut state, Event::Command(Command::Undo), 2_000);
        assert_eq!(kept(&update(&mut state, Event::Frame, 2_000)), ["forgotten"]);
    }

    #[test]
    fn what_may_not_survive_a_power_cut_is_kept_and_counts_as_unsaved() {
        let mut state = window("a");
        update(&mut state, Event::Typed(Typed::Text("b".into())), 1_000);
        assert_eq!(kept(&update(&mut state, Event::Frame, 2_000)), ["ba"]);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.py");
        std::fs::write(&path, "ba").unwrap();
        let stamp = editor_core::file::open(&editor_core::disk::RealDisk, &path).unwrap().stamp.unwrap();
        let (id, revision) = (state.tabs[0].id, state.tabs[0].document.revision());
        let error = editor_core::file::SaveError::NotDurable {
            path: path.clone(),
            stamp: Box::new(stamp.clone()),
            source: std::io::Error::other("no promise"),
        };
        state.tabs[0].saving = Some(crate::state::Saving { path: path.clone(), revision });
        files::saved(&mut state, (id, path, revision), Err(error), 2_100, &mut Vec::new());
        let document = &state.tabs[0].document;
        assert!(document.is_modified());
        assert_eq!(document.stamp(), Some(&stamp), "our own writing is no other program's");
        assert!(kept(&update(&mut state, Event::Frame, 3_000)).is_empty(), "its journal stays");
    }

    #[test]
    fn a_disk_that_keeps_nothing_is_told_of_until_it_does() {
        let mut state = window("a");
        let mut says = |reason: Option<&str>| {
            let event = SuperviseEvent::Unkept(reason.map(str::to_owned));
            update(&mut state, Event::Supervise(event), 0);
            state.supervise.notices.iter().map(|notice| notice.text.clone()).collect::<Vec<_>>()
        };
        let told = says(Some("no space"));
        assert!(told.len() == 1 && told[0].contains("no space") && told[0].contains("save"), "{told:?}");
        assert_eq!(says(Some("no space at all")).len(), 1, "one notice, brought up to date");
        assert!(says(None).is_empty());
    }

    #[test]
    fn what_was_left_is_offered_and_comes_back_as_an_unsaved_change_that_can_be_undone() {
        let mut state = State::default();
        let left = Left {
            texts: vec![("a.py".into(), "/j/1".into()), ("Untitled 1".into(), "/j/2".into())],
            report: None,
        };
        let event = Event::Supervise;
        update(&mut state, event(SuperviseEvent::LeftBehind(Left::default())), 0);
        assert!(state.supervise.notices.is_empty());
        update(&mut state, event(SuperviseEvent::LeftBehind(left.clone())), 0);
        let notice = &state.supervise.notices[0];
        assert!(notice.text.contains("a.py, Untitled 1"), "{notice:?}");
        let effects = update(&mut state, event(SuperviseEvent::Recover), 0);
        assert!(
            matches!(&effects[..], [Effect::Supervise(SuperviseEffect::ReadLeft(read))] if *read == left)
        );
        let texts = vec![
            Recovered { file: Some(("/a.py".into(), opened("on disk\n"))), text: Rope::from_str("typed\n") },
            Recovered { file: None, text: Rope::from_str("a thought") },
        ];
        let effects = update(&mut state, event(SuperviseEvent::Recovered(texts)), 0);
        let removed =
            |e: &Effect| matches!(e, Effect::Supervise(SuperviseEffect::RemoveLeft(done)) if *done == left);
        assert!(effects.iter().any(removed));
        let texts: Vec<(String, bool)> = state
            .tabs
            .iter()
            .map(|tab| (tab.document.rope().to_string(), tab.document.is_modified()))
            .collect();
        assert_eq!(texts, [("typed\n".to_owned(), true), ("a thought".to_owned(), true)]);
        let first = state.tabs[0].id;
        update(&mut state, Event::Activate(first), 0);
        update(&mut state, Event::Command(Command::Undo), 0);
        assert_eq!(state.tabs[0].document.rope().to_string(), "on disk\n");
    }

    #[test]
    fn a_text_whose_file_cannot_take_it_is_recovered_into_a_tab_of_its_own() {
        let mut state = State::default();
        let file = |opened: Box<Opened>| Some((PathBuf::from("/a.py"), opened));
        let binary = Opened { read_only: Some(editor_core::file::ReadOnly::Binary), ..*opened("shown\n") };
        let texts = vec![
            Recovered { file: file(opened("on disk\n")), text: Rope::from_str("first\n") },
            Recovered { file: file(opened("on disk\n")), text: Rope::from_str("second\n") },
            Recovered { file: Some(("/b".into(), Box::new(binary))), text: Rope::from_str("third\n") },
        ];
        update(&mut state, Event::Supervise(SuperviseEvent::Recovered(texts)), 0);
        let texts: Vec<String> = state.tabs.iter().map(|tab| tab.document.rope().to_string()).collect();
        assert_eq!(texts, ["first\n", "second\n", "third\n"]);
        assert!(state.tabs.iter().all(is_unsaved), "none is lost with its journal");
    }
}
