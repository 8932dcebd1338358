//! A shell in the real window: opened by a key, typed in, and gone with the editor.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::fs;
use std::time::Duration;

use tests::screen::{Editor, Home, Screen};

/// How long a key may take to be seen. The steps that follow say whether it was.
const SETTLED: Duration = Duration::from_millis(1_500);

fn runs(pid: &str) -> bool {
    let status = fs::read_to_string(format!("/proc/{}/status", pid.trim())).unwrap_or_default();
    !status.is_empty() && !status.contains("State:\tZ")
}

#[test]
fn a_shell_is_opened_typed_in_has_no_network_and_ends_with_the_editor() {
    let screen = Screen::start(1200, 800).unwrap();
    let home = Home::new().unwrap();
    fs::create_dir_all(home.settings().parent().unwrap()).unwrap();
    fs::write(home.settings(), "[terminal]\nshell = \"/bin/sh\"\n").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let real = folder.path().canonicalize().unwrap();
    fs::write(real.join("a.txt"), "a\n").unwrap();
    let mut window = Editor::open(&screen, &home, std::slice::from_ref(&real), &[]).unwrap();
    std::thread::sleep(SETTLED);
    window.press(&["ctrl+grave"]).unwrap();
    std::thread::sleep(SETTLED);

    let read = |name: &str| fs::read_to_string(real.join(name)).unwrap_or_default();
    window.type_text("echo hi $TERM >hi.txt\n").unwrap();
    window.wait("what the shell wrote", |_| Ok(read("hi.txt").ends_with('\n'))).unwrap();
    assert_eq!(read("hi.txt"), "hi xterm-256color\n", "in the folder of the project");

    // The filter of the editor's first line is on everything it starts.
    window.type_text("grep Seccomp: /proc/self/status >filter.txt\n").unwrap();
    window.wait("the filter", |_| Ok(read("filter.txt").ends_with('\n'))).unwrap();
    assert_eq!(read("filter.txt").split_whitespace().last(), Some("2"), "{}", read("filter.txt"));

    // What is typed goes to the program in front, control keys too.
    window.type_text("cat >typed.txt\nline\n").unwrap();
    window.press(&["ctrl+d"]).unwrap();
    window.wait("the typed line", |_| Ok(read("typed.txt") == "line\n")).unwrap();

    window.type_text("sleep 1000 &\n").unwrap();
    window.type_text("echo $$ $! >pids.txt\n").unwrap();
    window.wait("two programs", |_| Ok(read("pids.txt").ends_with('\n'))).unwrap();
    assert!(read("pids.txt").split_whitespace().all(runs));
    window.press(&["ctrl+q"]).unwrap();
    window.ended().unwrap();
    let mut looks = 0;
    while read("pids.txt").split_whitespace().any(runs) {
        looks += 1;
        assert!(looks < 200, "they outlive the editor: {}", read("pids.txt"));
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(fs::read_to_string(real.join("a.txt")).unwrap(), "a\n", "nothing was typed into the text");
}
