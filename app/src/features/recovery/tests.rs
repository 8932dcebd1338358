//! What is kept and what comes back, on a whole state, without a window.

use super::crash::{FileSinceCrash, Left, RecoveredText};
use super::texts::is_unsaved;
use super::update::wake_in;
use super::*;
use crate::event::{Effect, Event, Typed};
use crate::state::State;
use crate::workspace::Tab;
use editor_core::disk::Metadata;
use editor_core::file::{Fate, Format, Stamp};

use crate::update::update;
use editor_core::file::Opened;
use ground::command::Command;
use ropey::Rope;

fn opened(text: &str) -> Box<Opened> {
    Box::new(Opened::new_text(Rope::from_str(text)))
}

fn window(text: &str) -> State {
    let mut state = State::default();
    let event = Event::Opened { path: "/a.py".into(), caret: None, front: true, result: Ok(opened(text)) };
    update(&mut state, event, 0);
    state
}

fn kept(effects: &[Effect]) -> Vec<String> {
    let text = |effect: &Effect| match effect {
        Effect::Recovery(RecoveryEffect::Keep(_, _, rope)) => Some(rope.to_string()),
        Effect::Recovery(RecoveryEffect::Forget(_)) => Some("forgotten".into()),
        _ => None,
    };
    effects.iter().filter_map(text).collect()
}

#[test]
fn what_is_typed_is_handed_on_within_a_tenth_of_a_second_and_forgotten_when_it_is_as_on_disk() {
    let mut state = window("a");
    assert!(kept(&update(&mut state, Event::Frame, 1_000)).is_empty());
    update(&mut state, Event::Typed(Typed::Text("b".into())), 1_010);
    assert_eq!(wake_in(&state.recovery, &state, 1_010), Some(90));
    assert!(kept(&update(&mut state, Event::Frame, 1_050)).is_empty());
    assert_eq!(kept(&update(&mut state, Event::Frame, 1_100)), ["ba"]);
    assert_eq!(wake_in(&state.recovery, &state, 1_100), None);
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
    let error = SaveError::NotDurable {
        path: path.clone(),
        stamp: Box::new(stamp.clone()),
        source: io::Error::other("no promise"),
    };
    state.tabs[0].saving = Some(crate::workspace::Saving { path: path.clone(), revision });
    crate::features::files::save::saved(&mut state, (id, path, revision), Err(error), 2_100, &mut Vec::new());
    let document = &state.tabs[0].document;
    assert!(document.is_modified());
    assert_eq!(document.stamp(), Some(&stamp), "our own writing is no other program's");
    assert_eq!(
        kept(&update(&mut state, Event::Frame, 3_000)),
        ["ba"],
        "its journal stays, and names the file"
    );
}

#[test]
fn a_disk_that_keeps_nothing_is_told_of_until_it_does() {
    let mut state = window("a");
    let mut says = |reason: Option<&str>| {
        let event = RecoveryEvent::Unkept(reason.map(|words| Arc::new(io::Error::other(words))));
        update(&mut state, Event::Recovery(event), 0);
        state.notices.iter().map(|notice| notice.text.clone()).collect::<Vec<_>>()
    };
    let told = says(Some("no space"));
    assert!(told.len() == 1 && told[0].contains("no space") && told[0].contains("save"), "{told:?}");
    assert_eq!(says(Some("no space at all")).len(), 1, "one notice, brought up to date");
    assert!(says(None).is_empty());
}

fn recovered(path: Option<&str>, hash: Option<[u8; 32]>, text: &str, file: FileSinceCrash) -> RecoveredText {
    let title = path.map_or("Untitled 1", |path| path.trim_start_matches('/')).to_owned();
    let owner = JournalOwner { path: path.map(Into::into), title, file_hash: hash };
    RecoveredText { journal: format!("/j/{text}").into(), owner, text: Rope::from_str(text), file }
}

fn give(state: &mut State, texts: Vec<RecoveredText>, unread: &[&str]) -> Vec<Effect> {
    let unread = unread.iter().map(|path| Arc::new(JournalError::NotAJournal(path.into()))).collect();
    update(state, Event::Recovery(RecoveryEvent::Recovered(texts, unread)), 0)
}

/// Titles and texts of the tabs, and whether they are unsaved.
fn tabs(state: &State) -> Vec<(String, String, bool)> {
    let tab = |tab: &Tab| (tab.document.title(), tab.document.rope().to_string(), is_unsaved(tab));
    state.tabs.iter().map(tab).collect()
}

/// Which effects keep texts and remove what was left, in order.
fn kept_and_taken(effects: &[Effect]) -> Vec<String> {
    let name = |effect: &Effect| match effect {
        Effect::Recovery(RecoveryEffect::Keep(_, _, rope)) => Some(format!("keep {rope}")),
        Effect::Recovery(RecoveryEffect::TakeOver(left)) => Some(format!("remove {}", left.texts.len())),
        _ => None,
    };
    effects.iter().filter_map(name).collect()
}

#[test]
fn what_was_left_is_offered_and_comes_back_as_an_unsaved_change_that_can_be_undone() {
    let mut state = State::default();
    let left = Left {
        texts: vec![("a.py".into(), "/j/1".into()), ("Untitled 1".into(), "/j/2".into())],
        ..Left::default()
    };
    let event = Event::Recovery;
    update(&mut state, event(RecoveryEvent::LeftBehind(Left::default())), 0);
    assert!(state.notices.is_empty());
    update(&mut state, event(RecoveryEvent::LeftBehind(left.clone())), 0);
    let notice = &state.notices[0];
    assert!(notice.text.contains("a.py, Untitled 1"), "{notice:?}");
    let effects = update(&mut state, event(RecoveryEvent::Recover), 0);
    assert!(
        matches!(&effects[..], [Effect::Recovery(RecoveryEffect::ReadLeft(read))] if read.texts == left.texts && read.report == left.report)
    );
    let texts = vec![
        recovered(Some("/a.py"), None, "typed\n", FileSinceCrash::AsBefore(opened("on disk\n"))),
        recovered(None, None, "a thought", FileSinceCrash::Nothing),
    ];
    let effects = give(&mut state, texts, &[]);
    assert_eq!(kept_and_taken(&effects), ["keep typed\n", "keep a thought", "remove 2"]);
    let expected = [("a.py", "typed\n", true), ("Untitled 1", "a thought", true)];
    let expected = expected.map(|(title, text, unsaved)| (title.to_owned(), text.to_owned(), unsaved));
    assert_eq!(tabs(&state), expected);
    let first = state.tabs[0].id;
    update(&mut state, Event::Activate(first), 0);
    update(&mut state, Event::Command(Command::Undo), 0);
    assert_eq!(state.tabs[0].document.rope().to_string(), "on disk\n");
}

#[test]
fn a_text_whose_file_cannot_take_it_is_recovered_into_a_tab_of_its_own() {
    let mut state = State::default();
    let binary = Opened { read_only: Some(editor_core::file::ReadOnly::Binary), ..*opened("shown\n") };
    let texts = vec![
        recovered(Some("/a.py"), None, "first\n", FileSinceCrash::AsBefore(opened("on disk\n"))),
        recovered(Some("/a.py"), None, "second\n", FileSinceCrash::AsBefore(opened("on disk\n"))),
        recovered(Some("/b"), None, "third\n", FileSinceCrash::AsBefore(Box::new(binary))),
    ];
    give(&mut state, texts, &[]);
    let expected = [("a.py", "first\n"), ("a.py (recovered)", "second\n"), ("b (recovered)", "third\n")];
    let expected = expected.map(|(title, text)| (title.to_owned(), text.to_owned(), true));
    assert_eq!(tabs(&state), expected, "none is lost with its journal");
}

#[test]
fn the_same_text_left_twice_is_recovered_once_and_both_journals_go() {
    let mut state = State::default();
    let left =
        || recovered(Some("/a.py"), Some([7; 32]), "typed\n", FileSinceCrash::AsBefore(opened("on disk\n")));
    let effects = give(&mut state, vec![left(), left()], &[]);
    assert_eq!(tabs(&state), [("a.py".to_owned(), "typed\n".to_owned(), true)]);
    assert_eq!(kept_and_taken(&effects), ["keep typed\n", "remove 2"]);
}

#[test]
fn what_is_in_the_file_already_is_no_unsaved_change() {
    let mut state = State::default();
    let texts =
        vec![recovered(Some("/a.py"), Some([7; 32]), "saved\n", FileSinceCrash::Changed(opened("saved\n")))];
    give(&mut state, texts, &[]);
    assert_eq!(tabs(&state), [("a.py".to_owned(), "saved\n".to_owned(), false)]);
    assert_eq!(state.tabs[0].fate, Fate::Same);
    assert!(state.toasts.iter().any(|toast| toast.text.contains("Nothing was lost")));
}

#[test]
fn journals_that_cannot_be_read_are_told_of_and_stay_whatever_is_chosen() {
    for wanted in [RecoveryEvent::Recover, RecoveryEvent::DiscardLeft] {
        let mut state = State::default();
        let unread = vec![Arc::new(JournalError::OtherVersion("/j/9.journal".into()))];
        let left = Left { texts: vec![("a.py".into(), "/j/1.journal".into())], unread, ..Left::default() };
        update(&mut state, Event::Recovery(RecoveryEvent::LeftBehind(left)), 0);
        let told = state.notices[0].text.clone();
        assert!(
            told.contains("Unsaved changes to a.py were kept") && told.contains("/j/9.journal"),
            "{told}"
        );
        for effect in update(&mut state, Event::Recovery(wanted), 0) {
            if let Effect::Recovery(RecoveryEffect::ReadLeft(left) | RecoveryEffect::RemoveLeft(left)) =
                effect
            {
                assert_eq!(left.texts, [("a.py".into(), "/j/1.journal".into())]);
            }
        }
        assert_eq!(state.recovery.left.unread.len(), 1);
        let effects = give(&mut state, Vec::new(), &["/j/1.journal"]);
        assert_eq!(kept_and_taken(&effects), ["remove 0"], "what could not be read is not removed");
        assert!(state.notices[0].text.contains("/j/1.journal"));
    }
}

#[test]
fn a_text_that_is_another_files_now_is_kept_as_that_files_at_once() {
    let mut state = window("a");
    update(&mut state, Event::Typed(Typed::Text("b".into())), 1_000);
    assert_eq!(kept(&update(&mut state, Event::Frame, 2_000)), ["ba"]);
    let (id, revision) = (state.tabs[0].id, state.tabs[0].document.revision());
    let stamp = Stamp { metadata: Metadata::default(), hash: [7; 32], format: Format::UTF8 };
    let error = SaveError::NotDurable {
        path: "/b.py".into(),
        stamp: Box::new(stamp),
        source: io::Error::other("no promise"),
    };
    state.tabs[0].saving = Some(crate::workspace::Saving { path: "/b.py".into(), revision });
    crate::features::files::save::saved(
        &mut state,
        (id, "/b.py".into(), revision),
        Err(error),
        2_100,
        &mut Vec::new(),
    );
    assert!(wake_in(&state.recovery, &state, 2_100).is_some());
    let effects = update(&mut state, Event::Frame, 3_000);
    let owners: Vec<&JournalOwner> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Recovery(RecoveryEffect::Keep(_, owner, _)) => Some(owner),
            _ => None,
        })
        .collect();
    let expected =
        JournalOwner { path: Some("/b.py".into()), title: "b.py".into(), file_hash: Some([7; 32]) };
    assert_eq!(owners, [&expected]);
}
