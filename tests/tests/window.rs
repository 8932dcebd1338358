//! The real editor window under a virtual display, when things go wrong.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::{fs, process::Command, time::Duration};

use tests::{
    Random, TestModel, editor, process_exists,
    screen::{Editor, Home, Screen},
};

const SOURCE: &str = "def area(width, height):\n    result = width * height\n    return result\n\n\n";

#[test]
fn without_a_display_or_with_a_wrong_argument_it_says_so_and_exits_with_two() {
    let run = |args: &[&str]| {
        let mut command = Command::new(editor());
        command.args(args);
        for variable in ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"] {
            command.env_remove(variable);
        }
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, text) = run(&[]);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("display") && !text.contains("panicked"), "{text}");
    for args in [
        &["--frobnicate"][..],
        &["improve"],
        &["improve", "a.py", "--lines", "x"],
        &["doctor", "--format", "xml"],
    ] {
        let (code, text) = run(args);
        assert_eq!(code, Some(2), "{args:?}: {text}");
        assert!(!text.contains("panicked"), "{text}");
    }
}

/// Mesa maps the index of its shader cache: a shader that is compiled on a disk that became full while the window was open would
/// end the process (SIGBUS). `localcoder` looks at the disk before the window opens; this is why that suffices.
#[test]
fn whatever_is_shown_no_shader_is_compiled_once_the_window_is_open() {
    let screen = Screen::start(1300, 900).unwrap();
    let home = Home::new().unwrap();
    let file = home.path().join("area.py");
    fs::write(&file, format!("# 日本語 ελληνικά\n{SOURCE}")).unwrap();
    let mut window = Editor::open(&screen, &home, std::slice::from_ref(&file), &[]).unwrap();
    let cache = home.path().join("cache/mesa_shader_cache");
    let kept = || -> usize {
        let inside =
            |folder: &std::path::Path| fs::read_dir(folder).map(|all| all.flatten().count()).unwrap_or(0);
        let all = fs::read_dir(&cache).map(|all| all.flatten().collect::<Vec<_>>()).unwrap_or_default();
        all.iter().map(|entry| if entry.path().is_dir() { inside(&entry.path()) } else { 1 }).sum()
    };
    let picture = home.path().join("first.png");
    window
        .wait("a first picture", |_| {
            screen.picture(&picture)?;
            let colours = screen.command("identify").args(["-format", "%k"]).arg(&picture).output()?;
            Ok(String::from_utf8_lossy(&colours.stdout)
                .trim()
                .parse::<u32>()
                .is_ok_and(|colours| colours > 50))
        })
        .unwrap();
    let before = kept();
    if before == 0 {
        eprintln!("Mesa keeps no shaders here, so none can be counted");
    }
    for keys in [
        &["ctrl+shift+p", "Escape", "ctrl+comma", "Escape"][..],
        &["ctrl+alt+a", "Escape", "ctrl+shift+m", "Escape", "ctrl+n"],
        &["ctrl+f", "Escape", "ctrl+p", "Escape", "ctrl+plus", "ctrl+plus", "ctrl+plus"],
    ] {
        window.press(keys).unwrap();
        window.type_text("value = 1 # more\n").unwrap();
    }
    window.press(&["ctrl+s"]).unwrap();
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(kept(), before, "a shader was compiled late: look at app/src/graphics.rs");
    assert!(process_exists(window.pid()));
}

/// Kills the worker under running requests while the user types. `LOCALCODER_KILLS` raises the number of rounds.
#[test]
fn killed_workers_cost_neither_the_editor_nor_a_keystroke() {
    let rounds: u32 = std::env::var("LOCALCODER_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(12);
    let screen = Screen::start(1200, 800).unwrap();
    let home = Home::new().unwrap();
    home.install(&TestModel::Starter.path()).unwrap();
    let file = home.path().join("area.py");
    fs::write(&file, SOURCE).unwrap();
    let mut window = Editor::open(&screen, &home, std::slice::from_ref(&file), &[]).unwrap();
    std::thread::sleep(Duration::from_millis(800));
    let mut random = Random::new(0);
    let mut killed = 0;
    let mut typed = String::new();
    for round in 0..rounds {
        window.press(&["ctrl+End"]).unwrap();
        let line = format!("# round {round}");
        window.type_text(&format!("{line}\n")).unwrap();
        typed += &format!("{line}\n");
        window.press(&["ctrl+Home", "shift+Down", "shift+Down", "shift+Down", "ctrl+i", "Return"]).unwrap();
        window.wait("a worker", |window| Ok(!window.workers().is_empty())).unwrap();
        std::thread::sleep(Duration::from_millis(random.below(500)));
        for pid in window.workers() {
            killed += 1;
            let _already_gone = Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap();
            window.wait("an end of the worker", |_| Ok(!process_exists(pid))).unwrap();
        }
        assert!(process_exists(window.pid()), "round {round}: the editor died");
        window.press(&["Escape", "Escape"]).unwrap();
    }
    assert!(killed >= rounds, "{killed} workers were killed in {rounds} rounds");
    window.press(&["ctrl+s"]).unwrap();
    let expected = format!("{SOURCE}{typed}");
    window.wait("every typed line in the file", |_| Ok(fs::read_to_string(&file)? == expected)).unwrap();
    window.press(&["ctrl+Home", "shift+Down", "shift+Down", "shift+Down", "ctrl+i", "Return"]).unwrap();
    window.wait("another worker", |window| Ok(!window.workers().is_empty())).unwrap();
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(window.workers().len(), 1, "one worker, and it stays");
    window.press(&["Escape", "Escape", "ctrl+q"]).unwrap();
    window.ended().unwrap();
}
