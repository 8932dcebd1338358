//! Reading and writing in another encoding, by pointer and by keys, on real files.

use std::path::PathBuf;

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};

use super::tests::{press, text, type_text, wait, window};
use crate::app::App;
use crate::state::State;
use crate::workspace::Overlay;

const FRENCH: &[u8] = b"caf\xE9 cr\xE8me br\xFBl\xE9e\n";

fn with_bytes(bytes: &[u8]) -> (tempfile::TempDir, PathBuf, Harness<'static, App>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.txt");
    std::fs::write(&path, bytes).unwrap();
    let mut harness = window(&[&path]);
    wait(&mut harness, |state| !state.tabs.is_empty());
    (folder, path, harness)
}

fn is_chosen(state: &State) -> bool {
    let chosen = |tab: &crate::workspace::Tab| tab.document.reading() != editor_core::file::Reading::Guessed;
    state.tab().is_some_and(chosen)
}

fn is_saved(state: &State) -> bool {
    state.tab().is_some_and(|tab| !tab.document.is_modified())
}

#[test]
fn a_click_on_the_encoding_leads_to_another_one() {
    let (_folder, path, mut harness) = with_bytes(FRENCH);
    harness.get_by_role_and_label(Role::Button, "windows-1252").click();
    harness.run_steps(4);
    harness.get_by_role_and_label(Role::ListItem, "Save with encoding");
    harness.get_by_role_and_label(Role::ListItem, "Reopen with encoding").click();
    harness.run_steps(4);
    type_text(&mut harness, "cyrillic");
    harness.get_by_role_and_label(Role::ListItem, "KOI8-R").click();
    wait(&mut harness, is_chosen);
    assert!(text(&mut harness).starts_with("cafИ"), "{}", text(&mut harness));
    harness.get_by_role_and_label(Role::Button, "KOI8-R").click();
    harness.run_steps(4);
    press(&mut harness, Modifiers::NONE, Key::ArrowDown);
    press(&mut harness, Modifiers::NONE, Key::Enter);
    type_text(&mut harness, "utf-8 with");
    press(&mut harness, Modifiers::NONE, Key::Enter);
    wait(&mut harness, is_saved);
    harness.get_by_role_and_label(Role::Button, "UTF-8 with BOM");
    assert!(std::fs::read(&path).unwrap().starts_with("\u{feff}cafИ".as_bytes()));
}

#[test]
fn a_file_that_can_only_be_read_says_what_it_is_and_has_the_way_out_above_its_text() {
    let bytes = b"caf\xC3\xA9 \xE9t\xC3\xA9\n";
    let (_folder, path, mut harness) = with_bytes(bytes);
    harness.get_by_label("UTF-8 (broken)");
    harness.get_by_label("Read-only");
    harness.get_by_role_and_label(Role::Button, "Reopen with encoding").click();
    harness.run_steps(4);
    press(&mut harness, Modifiers::NONE, Key::Enter);
    wait(&mut harness, is_chosen);
    assert!(harness.query_by_label("Read-only").is_none());
    type_text(&mut harness, "x");
    press(&mut harness, Modifiers::COMMAND, Key::S);
    wait(&mut harness, is_saved);
    assert_eq!(std::fs::read(&path).unwrap(), [b"x", &bytes[..]].concat());
}

#[test]
fn a_binary_is_not_called_utf_8() {
    let (_folder, _path, harness) = with_bytes(b"\x89PNG\r\n\x1a\n\0\0\xff\xfe");
    harness.get_by_label("Binary");
    assert!(harness.query_by_label("UTF-8").is_none());
}

#[test]
fn what_an_encoding_lacks_is_saved_as_utf_8_by_its_button_and_not_by_enter() {
    let (_folder, path, mut harness) = with_bytes(FRENCH);
    type_text(&mut harness, "ж ");
    press(&mut harness, Modifiers::COMMAND, Key::S);
    wait(&mut harness, |state| matches!(state.overlay, Overlay::Question(_)));
    harness.get_by_label("Save as UTF-8?");
    press(&mut harness, Modifiers::NONE, Key::Enter);
    wait(&mut harness, |state| matches!(state.overlay, Overlay::None));
    assert_eq!(std::fs::read(&path).unwrap(), FRENCH);
    press(&mut harness, Modifiers::COMMAND, Key::S);
    wait(&mut harness, |state| matches!(state.overlay, Overlay::Question(_)));
    harness.get_by_label("Save as UTF-8").click();
    wait(&mut harness, is_saved);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "ж café crème brûlée\n");
}

#[test]
fn the_list_of_encodings_stays_inside_a_narrow_window() {
    let (_folder, _path, mut harness) = with_bytes(FRENCH);
    harness.set_size(egui::vec2(420.0, 420.0));
    press(&mut harness, Modifiers { shift: true, ..Modifiers::COMMAND }, Key::P);
    type_text(&mut harness, "reopen with enc");
    press(&mut harness, Modifiers::NONE, Key::Enter);
    harness.run_steps(4);
    let rows: Vec<egui::Rect> = harness
        .get_all_by_role(Role::ListItem)
        .filter(|row| row.accesskit_node().label().is_some())
        .map(|row| row.rect())
        .collect();
    assert!(rows.len() > 5, "{rows:?}");
    assert!(rows.iter().all(|row| row.left() >= 0.0 && row.right() <= 420.0), "{rows:?}");
}
