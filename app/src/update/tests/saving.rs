//! Saving, closing and reloading where something is in the way: nothing is written that was not asked for, and nothing typed is
//! replaced.

use editor_core::disk::Metadata;
use editor_core::file::{Expect, Fate, Format, NotInEncoding, ReadOnly, Reading, Stamp};

use super::*;

pub(super) fn opened_as(bytes: &[u8], reading: Reading) -> Box<Opened> {
    Box::new(Opened::of_bytes(bytes, Default::default(), reading))
}

fn opened(bytes: &[u8]) -> Box<Opened> {
    opened_as(bytes, Reading::Guessed)
}

pub(super) fn window_on(path: &str, bytes: &[u8]) -> Window {
    let mut window = Window::default();
    window.state.settings.window.confirm_exit = true;
    let event = Event::Opened { path: path.into(), caret: None, front: true, result: Ok(opened(bytes)) };
    window.send(event);
    window
}

const BINARY: &[u8] = b"a\0\xff\xfeb\n";

pub(super) fn saves(effects: &[Effect]) -> Vec<(&Path, &Expect)> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Save(save) => Some((save.path.as_path(), &save.expect)),
            _ => None,
        })
        .collect()
}

pub(super) fn id_and_revision(window: &Window) -> (ground::ids::TabId, editor_core::Revision) {
    let tab = window.state.tab().unwrap();
    (tab.id, tab.document.revision())
}

fn reload(window: &mut Window, bytes: &[u8]) {
    let (id, revision) = id_and_revision(window);
    window.send(Event::Reloaded(id, revision, Ok(opened(bytes))));
}

fn quits(effects: &[Effect]) -> bool {
    effects.iter().any(|effect| matches!(effect, Effect::Quit))
}

fn done(window: &mut Window, path: &str, result: Result<Stamp, SaveError>) -> Vec<Effect> {
    let tab = window.state.tab_on(Path::new(path)).unwrap();
    let (tab, revision) = (tab.id, tab.document.revision());
    window.send(Event::Saved { tab, path: path.into(), revision, result })
}

/// What another program made of a file.
fn found() -> Stamp {
    Stamp { metadata: Metadata::default(), hash: [7; 32], format: Format::UTF8 }
}

fn changed(path: &str) -> SaveError {
    SaveError::ChangedOnDisk(path.into(), Box::new(found()))
}

/// Two files with changes that are not saved, the second in front.
fn two_unsaved() -> Window {
    let mut window = window_on("/a.txt", b"a\n");
    window.type_text("1");
    let event = Event::Opened { path: "/b.txt".into(), caret: None, front: true, result: Ok(opened(b"b\n")) };
    window.send(event);
    window.type_text("2");
    window
}

#[test]
fn no_way_of_saving_writes_a_text_that_was_decoded_with_loss() {
    let mut window = window_on("/a.bin", BINARY);
    assert!(saves(&window.command(Command::Save)).is_empty());
    assert!(window.state.toasts.iter().any(|toast| toast.text.contains("is not saved")), "it says so");
    let (id, _) = id_and_revision(&window);
    let effects = window.send(Event::Overlay(OverlayEvent::Accept));
    assert!(saves(&effects).is_empty());
    let mut out = Vec::new();
    crate::features::files::save::save_at(&mut window.state, id, "/b.bin".into(), 0, &mut out);
    assert!(saves(&out).is_empty(), "neither under another name");
    let question =
        Question::Overwrite { tab: id, path: "/a.bin".into(), reason: String::new(), seen: Expect::Absent };
    window.state.overlay = Overlay::Question(question);
    assert!(saves(&window.send(Event::Overlay(OverlayEvent::Reply(Reply::Yes)))).is_empty());
    assert!(window.state.tab().unwrap().saving.is_none(), "nothing waits for a save that will not be");
}

#[test]
fn a_clean_tab_whose_file_became_binary_can_be_neither_typed_into_nor_saved() {
    let mut window = window_on("/a.txt", b"text\n");
    reload(&mut window, BINARY);
    assert_eq!(window.state.tab().unwrap().document.read_only(), Some(ReadOnly::Binary));
    let before = window.text();
    window.type_text("typed");
    window.command(Command::Undo);
    assert_eq!(window.text(), before);
    assert!(saves(&window.command(Command::Save)).is_empty());
}

#[test]
fn a_file_that_changed_its_encoding_is_saved_in_the_new_one() {
    let mut window = window_on("/a.txt", "café\n".as_bytes());
    reload(&mut window, b"caf\xe9\n");
    window.type_text("X");
    let effects = window.command(Command::Save);
    let bytes = effects.iter().find_map(|effect| match effect {
        Effect::Save(save) => Some(save.text.bytes().unwrap()),
        _ => None,
    });
    assert_eq!(bytes.unwrap(), b"Xcaf\xe9\n");
}

#[test]
fn what_was_typed_while_the_file_was_read_is_not_replaced() {
    let mut window = window_on("/a.txt", b"one\n");
    let (id, revision) = id_and_revision(&window);
    window.type_text("typed ");
    window.send(Event::Reloaded(id, revision, Ok(opened(b"two\n"))));
    assert_eq!(window.text(), "typed one\n");
    assert_eq!(window.state.tab().unwrap().fate, Fate::Changed, "the person chooses");
    let effects = window.command(Command::Revert);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Reload(..))));
    reload(&mut window, b"two\n");
    assert_eq!(window.text(), "two\n");
    window.command(Command::Undo);
    assert_eq!(window.text(), "typed one\n", "and even then it can be had back");
}

#[test]
fn a_failed_save_leaves_no_window_armed_to_close() {
    for closes in [Command::Quit, Command::CloseTab] {
        let mut window = window_on("/a.txt", b"x\n");
        window.type_text("typed");
        window.command(closes);
        assert_eq!(saves(&window.send(Event::Overlay(OverlayEvent::Reply(Reply::Yes)))).len(), 1);
        let error = SaveError::NotInEncoding(NotInEncoding { character: '漢', encoding: "windows-1252" });
        assert!(!quits(&done(&mut window, "/a.txt", Err(error))));
        window.command(Command::Save);
        assert!(!quits(&done(&mut window, "/a.txt", Ok(stamp()))), "a later save only saves");
        assert_eq!(window.state.tabs.len(), 1);
    }
}

#[test]
fn quitting_waits_for_the_last_save_and_for_what_was_typed_meanwhile() {
    let mut window = two_unsaved();
    window.command(Command::Quit);
    assert_eq!(saves(&window.send(Event::Overlay(OverlayEvent::Reply(Reply::Yes)))).len(), 2);
    assert!(!quits(&done(&mut window, "/a.txt", Ok(stamp()))), "the other one is not written yet");
    let (id, revision) = id_and_revision(&window);
    window.type_text("3");
    let saved = Event::Saved { tab: id, path: "/b.txt".into(), revision, result: Ok(stamp()) };
    assert!(!quits(&window.send(saved)), "what was typed during the save is not in the file");
}

#[test]
fn a_question_that_replaces_another_disarms_it() {
    let mut window = window_on("/a.txt", b"a\n");
    window.type_text("1");
    window.command(Command::Quit);
    window.send(Event::Overlay(OverlayEvent::Reply(Reply::Yes)));
    assert!(!quits(&done(&mut window, "/a.txt", Err(changed("/a.txt")))));
    assert!(matches!(window.state.overlay, Overlay::Question(Question::Overwrite { .. })));
    // Looking elsewhere instead of answering.
    window.command(Command::Palette);
    window.send(Event::Overlay(OverlayEvent::Close));
    window.command(Command::Save);
    assert!(!quits(&done(&mut window, "/a.txt", Ok(stamp()))), "quitting was given up");
}

#[test]
fn two_files_that_changed_elsewhere_are_asked_about_one_after_the_other() {
    let mut window = two_unsaved();
    window.command(Command::Quit);
    window.send(Event::Overlay(OverlayEvent::Reply(Reply::Yes)));
    for path in ["/a.txt", "/b.txt"] {
        done(&mut window, path, Err(changed(path)));
    }
    let asked = |window: &Window| match &window.state.overlay {
        Overlay::Question(Question::Overwrite { path, .. }) => path.clone(),
        _ => panic!("nothing is asked"),
    };
    assert_eq!(asked(&window), Path::new("/a.txt"), "the first question is not replaced");
    let effects = window.send(Event::Overlay(OverlayEvent::Reply(Reply::Yes)));
    assert_eq!(saves(&effects), [(Path::new("/a.txt"), &Expect::Unchanged(found()))]);
    let effects = done(&mut window, "/a.txt", Ok(stamp()));
    assert_eq!(saves(&effects).len(), 1, "the second file's turn");
    done(&mut window, "/b.txt", Err(changed("/b.txt")));
    assert_eq!(asked(&window), Path::new("/b.txt"));
    window.send(Event::Overlay(OverlayEvent::Reply(Reply::Yes)));
    assert!(quits(&done(&mut window, "/b.txt", Ok(stamp()))), "both are written");
}

#[test]
fn a_file_that_changed_elsewhere_can_be_reloaded_instead_and_that_can_be_undone() {
    let mut window = window_on("/a.txt", b"a\n");
    window.type_text("mine ");
    window.command(Command::Save);
    done(&mut window, "/a.txt", Err(changed("/a.txt")));
    let effects = window.send(Event::Overlay(OverlayEvent::Reply(Reply::Discard)));
    assert!(saves(&effects).is_empty());
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Reload(..))));
    reload(&mut window, b"theirs\n");
    assert_eq!(window.text(), "theirs\n");
    assert_eq!(window.state.tab().unwrap().fate, Fate::Same);
    window.command(Command::Undo);
    assert_eq!(window.text(), "mine a\n");
}

#[test]
fn two_tabs_are_never_saved_into_one_file() {
    let mut window = two_unsaved();
    let (id, _) = id_and_revision(&window);
    let mut out = Vec::new();
    crate::features::files::save::save_at(&mut window.state, id, "/a.txt".into(), 0, &mut out);
    assert!(saves(&out).is_empty());
    assert!(window.state.toasts.iter().any(|toast| toast.text.contains("open in another tab")));
    crate::features::files::save::save_at(&mut window.state, id, "/c.txt".into(), 0, &mut out);
    assert_eq!(saves(&out), [(Path::new("/c.txt"), &Expect::Absent)]);
}
