//! The real window with a worker that forges frames; what the editor's end of the wire makes of many more, `ipc` tests.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::fs;

use tests::{
    TestModel, process_exists,
    screen::{Editor, Home, Screen},
    script::Script,
};

const SOURCE: &str = "def area(width, height):\n    result = width * height\n    return result\n\n\n";

#[test]
fn a_worker_that_forges_frames_costs_neither_the_window_nor_a_keystroke() {
    let (screen, home) = (Screen::start(1200, 800).unwrap(), Home::new().unwrap());
    home.install(&TestModel::Starter.path()).unwrap();
    let file = home.path().join("area.py");
    fs::write(&file, SOURCE).unwrap();
    let hexadecimal = |words: &[u64]| -> String {
        words.iter().flat_map(|word| word.to_le_bytes()).map(|byte| format!("{byte:02x}")).collect()
    };
    // What ended the editor while ipc-channel received it there, and a frame of the wire as it is that cannot be.
    let frames: [&[u64]; 4] = [&[8], &[16, 1 << 62], &[100, 84], &[u64::MAX; 4]];
    let script = |frame: &[u64]| {
        let answer = format!("forge:{}", hexadecimal(frame));
        Script::write(home.path(), &[&answer], &[]).unwrap()
    };
    let first = script(frames[0]);
    let mut window = Editor::open(&screen, &home, std::slice::from_ref(&file), &first.env()).unwrap();
    let mut typed = String::new();
    for frame in frames {
        let said = script(frame);
        let asked = said.asked().len();
        window.press(&["ctrl+End"]).unwrap();
        let line = format!("# {}\n", frame.len());
        window.type_text(&line).unwrap();
        typed += &line;
        window
            .wait("a question", |window| {
                window.press(&["ctrl+Home", "shift+Down", "shift+Down", "ctrl+i", "Return"])?;
                std::thread::sleep(std::time::Duration::from_millis(500));
                Ok(said.asked().len() > asked)
            })
            .unwrap();
        window.wait("the end of the forger", |window| Ok(window.workers().is_empty())).unwrap();
        assert!(process_exists(window.pid()), "{frame:?}: the editor died");
        window.press(&["Escape", "Escape"]).unwrap();
    }
    window.press(&["ctrl+s"]).unwrap();
    let expected = format!("{SOURCE}{typed}");
    window.wait("every typed line in the file", |_| Ok(fs::read_to_string(&file)? == expected)).unwrap();
    window.press(&["ctrl+q"]).unwrap();
    window.ended().unwrap();
}
