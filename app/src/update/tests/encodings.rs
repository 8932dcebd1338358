//! Reopening and saving with another encoding: asked for by keys, undone when it fails, and kept while it fits.

use editor_core::encoding::OFFERED;
use editor_core::file::{Encoding, Fate, NotInEncoding, ReadOnly, Reading, Stamp};

use super::saving::{id_and_revision, opened_as, saves, window_on};
use super::*;
use crate::workspace::picker::{Picker, PickerKind};

const BROKEN: &[u8] = b"caf\xC3\xA9 \xE9t\xC3\xA9\n";

fn encoding(name: &str) -> Encoding {
    OFFERED.iter().find(|(encoding, _)| encoding.name() == name).unwrap().0
}

fn list(window: &Window) -> &Picker {
    let Overlay::Picker(picker) = &window.state.overlay else { panic!("no list is shown") };
    picker
}

/// Name and mark of the first rows.
fn rows(window: &Window, count: usize) -> Vec<(&str, &str)> {
    list(window).shown().take(count).map(|item| (item.text.as_str(), item.right.as_str())).collect()
}

fn choose(window: &mut Window, typed: &str) -> Vec<Effect> {
    window.send(Event::Overlay(OverlayEvent::Text(typed.into())));
    window.send(Event::Overlay(OverlayEvent::Accept))
}

fn by_palette(window: &mut Window, command: &str, encoding: &str) -> Vec<Effect> {
    window.command(Command::Palette);
    let effects = choose(window, &format!(">{command}"));
    // That the command was used is remembered; nothing else happens.
    assert!(
        effects.iter().all(|effect| matches!(effect, Effect::Quick(_) | Effect::Remember(_))),
        "{effects:?}"
    );
    choose(window, encoding)
}

fn reply(window: &mut Window, reply: Reply) -> Vec<Effect> {
    window.send(Event::Overlay(OverlayEvent::Reply(reply)))
}

fn reading(effects: &[Effect]) -> Option<Reading> {
    effects.iter().find_map(|effect| match effect {
        Effect::Reload(.., reading) => Some(*reading),
        _ => None,
    })
}

/// The file is read as the effects ask.
fn read(window: &mut Window, effects: &[Effect], bytes: &[u8]) {
    let (id, revision) = id_and_revision(window);
    let reading = reading(effects).expect("the file is to be read");
    window.send(Event::Reloaded(id, revision, Ok(opened_as(bytes, reading))));
}

fn written(effects: &[Effect]) -> Vec<u8> {
    let save = effects.iter().find_map(|effect| match effect {
        Effect::Save(save) => Some(save),
        _ => None,
    });
    save.expect("a save").text.bytes().unwrap()
}

/// The save that the effects ask for is done, or fails as it would.
fn saved(window: &mut Window, effects: &[Effect]) -> Vec<Effect> {
    let Some(Effect::Save(save)) = effects.iter().find(|effect| matches!(effect, Effect::Save(_))) else {
        panic!("nothing is saved: {effects:?}")
    };
    let result = match save.text.bytes() {
        Ok(_) => Ok(Stamp { format: save.text.format(), ..stamp() }),
        Err(error) => Err(SaveError::NotInEncoding(error)),
    };
    let (tab, path, revision) = (save.tab, save.path.clone(), save.revision);
    window.send(Event::Saved { tab, path, revision, result })
}

fn format(window: &Window) -> String {
    window.state.tab().unwrap().document.format().to_string()
}

fn is_modified(window: &Window) -> bool {
    window.state.tab().unwrap().document.is_modified()
}

fn told(window: &Window, words: &str) -> bool {
    window.state.toasts.iter().any(|toast| toast.text.contains(words))
}

#[test]
fn broken_utf_8_is_reopened_as_the_person_says_and_edited() {
    let mut window = window_on("/a.txt", BROKEN);
    window.type_text("x");
    assert!(told(&window, "choose \"Reopen with encoding\""), "the refusal names the way out");
    let effects = by_palette(&mut window, "reopen with", "1252");
    assert_eq!(reading(&effects), Some(Reading::Chosen(encoding("windows-1252"))));
    read(&mut window, &effects, BROKEN);
    assert_eq!(window.text(), "cafÃ© étÃ©\n");
    assert!(!is_modified(&window));
    window.type_text("x");
    assert_eq!(written(&window.command(Command::Save)), [b"x", BROKEN].concat());
}

#[test]
fn the_guess_comes_first_and_what_the_file_is_in_is_marked() {
    let mut window = window_on("/a.txt", BROKEN);
    window.command(Command::ChangeEncoding);
    assert_eq!(list(&window).kind, PickerKind::ReopenWith, "it cannot be saved, so that is not asked");
    assert_eq!(rows(&window, 2), [("windows-1252", "likely"), ("UTF-8", "in use")]);
    let mut window = window_on("/a.txt", b"caf\xE9 cr\xE8me br\xFBl\xE9e\n");
    window.command(Command::ReopenWithEncoding);
    assert_eq!(rows(&window, 2), [("windows-1252", "in use"), ("UTF-8", "")]);
    window.command(Command::SaveWithEncoding);
    assert_eq!(rows(&window, 3), [("windows-1252", "in use"), ("UTF-8", ""), ("UTF-8 with BOM", "")]);
    let mut window = window_on("/a.bin", b"log\0\n\xFF\xFE\xFF");
    window.command(Command::ReopenWithEncoding);
    assert!(list(&window).shown().all(|item| item.right != "in use"), "a binary is in none");
}

#[test]
fn a_click_on_the_encoding_asks_what_to_do_where_both_can_be_done() {
    let mut window = window_on("/a.txt", b"a\n");
    window.command(Command::ChangeEncoding);
    assert_eq!(rows(&window, 9), [("Reopen with encoding", ""), ("Save with encoding", "")]);
    window.send(Event::Overlay(OverlayEvent::Step(1)));
    window.send(Event::Overlay(OverlayEvent::Accept));
    assert_eq!(list(&window).kind, PickerKind::SaveWith);
    let mut untitled = Window::default();
    untitled.command(Command::NewFile);
    untitled.command(Command::ChangeEncoding);
    assert_eq!(list(&untitled).kind, PickerKind::SaveWith, "there is no file to reopen");
    untitled.send(Event::Overlay(OverlayEvent::Close));
    untitled.command(Command::ReopenWithEncoding);
    assert!(matches!(untitled.state.overlay, Overlay::None) && told(&untitled, "no file to reopen"));
}

#[test]
fn an_encoding_is_found_by_its_name_or_by_what_is_written_in_it() {
    for (typed, first) in
        [("utf8", "UTF-8"), ("koi8 r", "KOI8-R"), ("greek", "windows-1253"), ("latin-2", "ISO-8859-2")]
    {
        let mut window = window_on("/a.txt", b"a\n");
        window.command(Command::ReopenWithEncoding);
        window.send(Event::Overlay(OverlayEvent::Text(typed.into())));
        assert_eq!(rows(&window, 1)[0].0, first, "for {typed}");
    }
}

#[test]
fn a_text_that_is_not_saved_is_asked_about_before_it_is_reopened() {
    for answer in [Reply::Yes, Reply::Discard, Reply::Cancel] {
        let mut window = window_on("/a.txt", "é\n".as_bytes());
        window.type_text("typed ");
        assert!(by_palette(&mut window, "reopen with", "koi8-r").is_empty());
        assert!(matches!(window.state.overlay, Overlay::Question(Question::Reopen(..))));
        let effects = reply(&mut window, answer);
        let effects = match answer {
            Reply::Yes => {
                assert_eq!(reading(&effects), None, "not before it is saved");
                saved(&mut window, &effects)
            }
            _ => effects,
        };
        let is_read = answer != Reply::Cancel;
        assert_eq!(reading(&effects), is_read.then(|| Reading::Chosen(encoding("KOI8-R"))), "{answer:?}");
        assert_eq!(is_modified(&window), answer != Reply::Yes, "{answer:?}");
        assert_eq!(window.text(), "typed é\n", "{answer:?}");
    }
}

#[test]
fn a_save_that_fails_reopens_nothing() {
    let mut window = window_on("/a.txt", b"a\n");
    window.type_text("typed ");
    by_palette(&mut window, "reopen with", "koi8-r");
    assert_eq!(saves(&reply(&mut window, Reply::Yes)).len(), 1);
    let (tab, revision) = id_and_revision(&window);
    let full =
        SaveError::Io { path: "/a.txt".into(), step: "writing", source: std::io::Error::other("full") };
    window.send(Event::Saved { tab, path: "/a.txt".into(), revision, result: Err(full) });
    let effects = window.command(Command::Save);
    assert_eq!(reading(&saved(&mut window, &effects)), None, "a later save only saves");
}

#[test]
fn a_file_that_is_being_saved_is_reopened_after_that() {
    let mut window = window_on("/a.txt", b"a\n");
    let save = window.command(Command::Save);
    assert_eq!(reading(&by_palette(&mut window, "reopen with", "koi8-r")), None);
    let effects = saved(&mut window, &save);
    assert_eq!(reading(&effects), Some(Reading::Chosen(encoding("KOI8-R"))));
}

#[test]
fn an_encoding_that_does_not_give_the_bytes_back_is_shown_and_left_again() {
    let mut window = window_on("/a.txt", "é\n".as_bytes());
    let effects = by_palette(&mut window, "reopen with", "utf-16 le");
    read(&mut window, &effects, "é\n".as_bytes());
    let utf16 = encoding("UTF-16 LE");
    assert_eq!(window.state.tab().unwrap().document.read_only(), Some(ReadOnly::Inexact(utf16)));
    assert!(saves(&window.command(Command::Save)).is_empty());
    window.command(Command::SaveWithEncoding);
    assert!(matches!(window.state.overlay, Overlay::None), "there is no text to save");
    let effects = by_palette(&mut window, "reopen with", "utf-8");
    read(&mut window, &effects, "é\n".as_bytes());
    window.type_text("x");
    assert_eq!(written(&window.command(Command::Save)), "xé\n".as_bytes());
}

#[test]
fn a_text_is_saved_with_an_encoding_and_stays_in_it() {
    let mut window = window_on("/a.txt", "café\n".as_bytes());
    let effects = by_palette(&mut window, "save with", "1252");
    assert_eq!(written(&effects), b"caf\xE9\n");
    assert!(is_modified(&window), "until it is written");
    saved(&mut window, &effects);
    assert_eq!((is_modified(&window), format(&window)), (false, "windows-1252".to_owned()));
    window.type_text("x");
    assert_eq!(written(&window.command(Command::Save)), b"xcaf\xE9\n");
    let effects = window.command(Command::Revert);
    assert_eq!(reading(&effects), Some(Reading::Kept(encoding("windows-1252"))));
}

#[test]
fn a_new_text_is_saved_with_an_encoding() {
    let mut window = Window::default();
    window.command(Command::NewFile);
    window.type_text("é");
    by_palette(&mut window, "save with", "utf-16 le");
    let effects = choose(&mut window, "/new.txt");
    assert_eq!(written(&effects), b"\xFF\xFE\xE9\0");
}

#[test]
fn an_encoding_that_lacks_a_character_is_given_up_and_utf_8_is_offered() {
    let mut window = window_on("/a.txt", "漢字\n".as_bytes());
    let effects = by_palette(&mut window, "save with", "1252");
    assert!(saved(&mut window, &effects).is_empty());
    assert_eq!((format(&window), is_modified(&window)), ("UTF-8".to_owned(), false), "as it was");
    let Overlay::Question(Question::SaveAsUtf8 { error, .. }) = &window.state.overlay else {
        panic!("not asked")
    };
    assert_eq!(*error, NotInEncoding { character: '漢', encoding: "windows-1252" });
}

#[test]
fn what_was_typed_into_an_encoding_that_lacks_it_is_saved_as_utf_8_by_the_person_alone() {
    let mut window = window_on("/a.txt", b"caf\xE9 cr\xE8me br\xFBl\xE9e\n");
    window.type_text("漢 ");
    let effects = window.command(Command::Save);
    saved(&mut window, &effects);
    assert!(reply(&mut window, Reply::Cancel).is_empty());
    assert_eq!((format(&window), is_modified(&window)), ("windows-1252".to_owned(), true));
    let effects = window.command(Command::Save);
    saved(&mut window, &effects);
    let effects = reply(&mut window, Reply::Yes);
    assert_eq!(written(&effects), "漢 café crème brûlée\n".as_bytes());
    let (_, expect) = saves(&effects)[0];
    assert!(
        matches!(expect, editor_core::file::Expect::Unchanged(_)),
        "another program's change is still asked about"
    );
    saved(&mut window, &effects);
    assert_eq!((format(&window), is_modified(&window)), ("UTF-8".to_owned(), false));
}

#[test]
fn a_change_from_outside_keeps_the_encoding_that_the_person_chose_while_it_fits() {
    let mut window = window_on("/a.txt", "é\n".as_bytes());
    let effects = by_palette(&mut window, "reopen with", "shift_jis");
    read(&mut window, &effects, b"\x83\x65\n");
    for (bytes, shown, now) in
        [(&b"\x83\x65\x83\x58\n"[..], "テス\n", "Shift_JIS"), ("漢字\n".as_bytes(), "漢字\n", "UTF-8")]
    {
        let (id, _) = id_and_revision(&window);
        let effects = window.send(Event::Checked(id, Fate::Changed));
        assert_eq!(reading(&effects), Some(Reading::Kept(encoding("Shift_JIS"))));
        read(&mut window, &effects, bytes);
        assert_eq!((window.text().as_str(), format(&window).as_str()), (shown, now));
    }
    let (id, _) = id_and_revision(&window);
    assert_eq!(reading(&window.send(Event::Checked(id, Fate::Changed))), Some(Reading::Guessed));
}

#[test]
fn a_format_that_is_chosen_during_a_save_is_written_by_the_next_one() {
    let mut window = window_on("/a.txt", "é\n".as_bytes());
    window.type_text("x");
    let first = window.command(Command::Save);
    assert!(saves(&by_palette(&mut window, "save with", "1252")).is_empty(), "one after the other");
    let second = saved(&mut window, &first);
    assert_eq!((written(&first), written(&second)), ("xé\n".as_bytes().to_vec(), b"x\xE9\n".to_vec()));
    saved(&mut window, &second);
    assert!(!is_modified(&window));
}
