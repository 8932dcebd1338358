//! The AI commands in the real window, by real keys, on a real model. Pictures go to `LOCALCODER_PICTURES` when that is set.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::{fs, path::Path, time::Duration};

use tests::{
    TestModel,
    screen::{Editor, Home, Screen},
};

const TWICE: &str =
    "def twice(x):\n    \"\"\"Twice x.\n\n    >>> twice(2)\n    4\n    \"\"\"\n    return x * 3\n";

/// Waits a little, then keeps a picture of the screen where the environment wants one.
fn look(screen: &Screen, name: &str, wait_ms: u64) {
    std::thread::sleep(Duration::from_millis(wait_ms));
    if let Some(folder) = std::env::var_os("LOCALCODER_PICTURES") {
        screen.picture(&Path::new(&folder).join(format!("{name}.png"))).unwrap();
    }
}

/// Presses keys and saves, again and again, until the file is as wanted.
fn until(window: &mut Editor<'_>, file: &Path, what: &str, keys: &[&str], wanted: impl Fn(&str) -> bool) {
    window
        .wait(what, |window| {
            window.press(keys)?;
            std::thread::sleep(Duration::from_millis(400));
            window.press(&["ctrl+s"])?;
            std::thread::sleep(Duration::from_millis(300));
            Ok(wanted(&fs::read_to_string(file)?))
        })
        .unwrap();
}

#[test]
fn a_quick_choice_mends_a_function_and_one_undo_brings_it_back() {
    let screen = Screen::start(1200, 800).unwrap();
    let home = Home::new().unwrap();
    home.install(&TestModel::OneAndHalf.path()).unwrap();
    let file = home.path().join("twice.py");
    fs::write(&file, TWICE).unwrap();
    let mut window = Editor::open(&screen, &home, std::slice::from_ref(&file), &[]).unwrap();
    look(&screen, "1-open", 1500);
    window.press(&["ctrl+i"]).unwrap();
    look(&screen, "2-instruction", 600);
    window.press(&["ctrl+1"]).unwrap();
    look(&screen, "3-asked", 3000);
    look(&screen, "4-review", 30_000);
    until(&mut window, &file, "the mended function", &["ctrl+shift+Return"], |text| text != TWICE);
    let mended = fs::read_to_string(&file).unwrap();
    assert!(mended.starts_with("def twice(x):\n    \"\"\"Twice x.\n") && !mended.contains("```"), "{mended}");
    look(&screen, "5-accepted", 300);
    until(&mut window, &file, "the undo", &["ctrl+z"], |text| text == TWICE);
}

#[test]
fn a_completion_is_taken_word_by_word() {
    let screen = Screen::start(1200, 800).unwrap();
    let home = Home::new().unwrap();
    home.install(&TestModel::OneAndHalf.path()).unwrap();
    let file = home.path().join("area.py");
    fs::write(&file, "def area(width, height):\n    return width * height\n\n\ndef volume(width, height, depth):\n    return ")
        .unwrap();
    let window = Editor::open(&screen, &home, std::slice::from_ref(&file), &[]).unwrap();
    std::thread::sleep(Duration::from_millis(1500));
    // An explanation brings the model into memory, as any request does.
    window.press(&["ctrl+shift+i"]).unwrap();
    look(&screen, "6-explain", 40_000);
    window.press(&["ctrl+End"]).unwrap();
    window.type_text("width").unwrap();
    look(&screen, "7-ghost", 12_000);
    window.press(&["ctrl+Right"]).unwrap();
    look(&screen, "8-word", 800);
    window.press(&["Tab", "ctrl+s"]).unwrap();
    look(&screen, "9-taken", 1000);
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("return width *"), "{text}");
}
