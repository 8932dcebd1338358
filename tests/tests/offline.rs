//! The air gap of the whole product: editor, worker, git and a proposal as they are built for users, and the real window.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::{fs, process::Command};

use tests::{
    all_children, children, downloads, editor,
    screen::{Editor, Home, Screen},
};

const CLOSED: &str = "[privacy]\nair_gapped = true\n";

fn settle(home: &Home, settings: &str) {
    fs::create_dir_all(home.settings().parent().unwrap()).unwrap();
    fs::write(home.settings(), settings).unwrap();
}

fn proof(home: &Home) -> (Option<i32>, String) {
    let mut doctor = Command::new(editor());
    home.move_in(&mut doctor);
    let done = doctor.args(["doctor", "--prove-offline"]).output().unwrap();
    let text = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    (done.status.code(), text)
}

#[test]
fn the_proof_succeeds_in_the_air_gap_and_fails_outside_of_it() {
    let home = Home::new().unwrap();
    settle(&home, CLOSED);
    let (code, text) = proof(&home);
    assert_eq!(code, Some(0), "{text}");
    for from in ["editor", "worker", "git", "proposal"] {
        for what in ["INET", "INET6", "NETLINK", "PACKET", "VSOCK"] {
            let denied = format!("ok   {from:<9} {what:<8} denied: ");
            assert!(text.contains(&denied), "{denied}: {text}");
        }
    }
    assert!(text.contains("localcoder (") && text.contains("localcoder-work ("), "both processes: {text}");
    settle(&home, "");
    let (code, text) = proof(&home);
    assert!(code == Some(1) && text.contains("LocalCoder is not air-gapped"), "{text}");
}

/// A line of a process's status (proc(5)).
fn status(pid: u32, key: &str) -> String {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    text.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default().trim().to_owned()
}

#[test]
fn the_window_and_all_that_it_starts_are_closed_and_one_process_is_not_unless_air_gapped() {
    let screen = Screen::start(900, 600).unwrap();
    for (settings, renderer) in
        [(CLOSED, "wgpu"), ("", "wgpu"), ("", "glow"), ("[privacy]\nair_gapped = ture\n", "wgpu")]
    {
        let home = Home::new().unwrap();
        settle(&home, settings);
        let window = Editor::open(&screen, &home, &[], &[("LOCALCODER_RENDERER", renderer)]).unwrap();
        let all = all_children(window.pid());
        for pid in children(window.pid()).into_iter().chain([window.pid()]) {
            assert_eq!((status(pid, "Seccomp:"), status(pid, "NoNewPrivs:")), ("2".into(), "1".into()));
        }
        let open = all.iter().filter(|pid| downloads(**pid)).count();
        assert_eq!(open, usize::from(settings.is_empty()), "{settings:?} {renderer}");
    }
}

#[test]
fn entering_the_air_gap_ends_the_process_that_may_connect_at_once() {
    let screen = Screen::start(900, 600).unwrap();
    let home = Home::new().unwrap();
    settle(&home, "");
    let mut window = Editor::open(&screen, &home, &[], &[]).unwrap();
    let pid = window.pid();
    let open = move || all_children(pid).into_iter().filter(|pid| downloads(*pid)).count();
    assert_eq!(open(), 1);
    settle(&home, "[privacy]\nair_gapped = \"true\"\n");
    // The settings are read again with the keyboard: what is not understood closes as well.
    window.press(&["ctrl+comma"]).unwrap();
    window.wait("the end of the process that may connect", |_| Ok(open() == 0)).unwrap();
}
