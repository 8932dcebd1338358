//! The window as a screen reader has it: the text line by line, words, what is selected, the hunks of a review, and a name for each
//! control.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::fs;

use tests::TestModel;
use tests::reader::{Node, Reader, Unit};
use tests::screen::{Editor, Home, Screen};
use tests::script::Script;

const TEXT: &str =
    "def area(width, height):\n\tresult = width * height\n    # größe 漢字\n    return result\n";
const ANSWER: &str =
    "def area(width, height):\n\tresult = width * height\n    # größe 漢字\n    return abs(result)\n";

/// Waits until the text says this at its caret.
fn says(reader: &Reader, window: &mut Editor<'_>, text: &Node, unit: Unit, wanted: &str) {
    let mut said = String::new();
    let waited = window.wait(&format!("«{wanted}» at the caret"), |_| {
        said = reader.at_caret(text, unit).unwrap_or_else(|error| format!("{error:#}"));
        Ok(said.trim_end_matches('\n') == wanted)
    });
    waited.unwrap_or_else(|error| panic!("{error:#}; the last was «{said}»"));
}

fn selects(reader: &Reader, window: &mut Editor<'_>, text: &Node, wanted: &str) {
    let mut said = String::new();
    let waited = window.wait(&format!("«{wanted}» selected"), |_| {
        said = reader.selected(text).unwrap_or_else(|error| format!("{error:#}"));
        Ok(said == wanted)
    });
    waited.unwrap_or_else(|error| panic!("{error:#}; the last was «{said}»"));
}

#[test]
fn lines_words_selections_and_hunks_are_read() {
    let screen = Screen::start(1200, 800).unwrap();
    let home = Home::new().unwrap();
    home.install(&TestModel::Starter.path()).unwrap();
    let file = home.path().join("area.py");
    fs::write(&file, TEXT).unwrap();
    let reader = Reader::start(&screen).unwrap();
    let script = Script::write(home.path(), &[ANSWER], &[]).unwrap();
    let env: Vec<(&str, &str)> = script.env().into_iter().chain([reader.env()]).collect();
    let mut window = Editor::open(&screen, &home, std::slice::from_ref(&file), &env).unwrap();
    let text = reader.wait_for(&mut window, "Text of area.py").unwrap();

    // Lines, as the caret comes to them; a tab is read as the blanks that are seen.
    says(&reader, &mut window, &text, Unit::Line, "def area(width, height):");
    window.press(&["Down"]).unwrap();
    says(&reader, &mut window, &text, Unit::Line, "    result = width * height");
    window.press(&["Down"]).unwrap();
    says(&reader, &mut window, &text, Unit::Line, "    # größe 漢字");
    // Words.
    window.press(&["ctrl+Home", "ctrl+Right", "Right", "Right"]).unwrap();
    // Up to the next one, brackets included.
    says(&reader, &mut window, &text, Unit::Word, "area(");
    // What is selected, in either direction, over lines, and all.
    window.press(&["ctrl+Home", "shift+End"]).unwrap();
    selects(&reader, &mut window, &text, "def area(width, height):");
    window.press(&["Down", "Home", "Home", "shift+Up"]).unwrap();
    selects(&reader, &mut window, &text, "def area(width, height):\n");
    window.press(&["ctrl+a"]).unwrap();
    selects(&reader, &mut window, &text, &TEXT.replace('\t', "    "));

    // A proposal: what goes, what comes, and that it was taken.
    window.press(&["ctrl+i"]).unwrap();
    window.type_text("never negative\n").unwrap();
    let hunk = reader.wait_for(&mut window, "Change 1 of 1.").unwrap();
    assert_eq!(hunk.name, "Change 1 of 1. Removed: return result. Added: return abs(result).");
    window.press(&["ctrl+Return"]).unwrap();
    window.press(&["ctrl+End", "Up"]).unwrap();
    says(&reader, &mut window, &text, Unit::Line, "    return abs(result)");
    assert_eq!(window.save(&file).unwrap(), ANSWER);
    window.press(&["ctrl+q"]).unwrap();
    window.ended().unwrap();
}

#[test]
fn each_control_has_a_name() {
    let screen = Screen::start(1200, 800).unwrap();
    let home = Home::new().unwrap();
    home.install(&TestModel::Starter.path()).unwrap();
    let folder = home.path().join("garden");
    fs::create_dir(&folder).unwrap();
    let file = folder.join("area.py");
    fs::write(&file, TEXT).unwrap();
    let reader = Reader::start(&screen).unwrap();
    let mut window = Editor::open(&screen, &home, &[folder, file], &[reader.env()]).unwrap();
    reader.wait_for(&mut window, "Text of area.py").unwrap();
    for keys in [
        &["Escape"][..],
        &["ctrl+shift+p"],
        &["ctrl+p"],
        &["ctrl+f"],
        &["ctrl+shift+f"],
        &["ctrl+shift+g"],
        &["ctrl+shift+b"],
        &["ctrl+grave"],
        &["ctrl+comma"],
        &["ctrl+alt+m"],
        &["ctrl+alt+a"],
        &["ctrl+alt+s"],
        &["ctrl+k", "ctrl+s"],
        &["ctrl+k", "ctrl+t"],
    ] {
        window.press(keys).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(700));
        let nodes = reader.nodes().unwrap();
        let nameless: Vec<&Node> =
            nodes.iter().filter(|node| node.is_focusable() && node.name.trim().is_empty()).collect();
        let places: Vec<_> = nameless.iter().map(|node| reader.middle(node)).collect();
        assert!(nameless.is_empty(), "{keys:?}: {nameless:?} at {places:?}");
        let controls = nodes.iter().filter(|node| node.is_focusable()).count();
        assert!(controls > 3, "{keys:?}: {controls} controls");
        window.press(&["Escape"]).unwrap();
    }
    window.press(&["Escape", "ctrl+q"]).unwrap();
    window.ended().unwrap();
}
