//! What a confined process cannot do, tried by the process itself: an empty filter would satisfy every look from outside.
//!
//! The test program starts itself, gives up what the worker gives up, and tries.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::{
    collections::BTreeMap,
    fmt::Display,
    fs, io,
    net::{TcpListener, UdpSocket},
    os::unix::net::UnixDatagram,
    process::Command,
};

use rustix::process::{Signal, kill_process, test_kill_process};

/// Tells [`probe`] what to be: `confined` or `free`.
const MODE: &str = "LOCALCODER_TEST_PROBE";
/// Before each line of the probe: the test harness says things of its own.
const MARK: &str = "probe> ";
const ATTEMPTS: [&str; 8] =
    ["tcp socket", "udp socket", "unix socket", "execve", "signal", "kill", "file", "ptrace"];

fn say<T>(name: &str, result: Result<T, impl Display>) {
    match result {
        Ok(_) => println!("\n{MARK}{name}: done"),
        Err(error) => println!("\n{MARK}{name}: {error}"),
    }
}

/// Not a test by itself: what the tests below start, in a process of its own.
#[test]
#[ignore = "the other tests of this file run it"]
fn probe() {
    let Some(mode) = std::env::var_os(MODE) else { return };
    if mode == "confined" {
        inference::confine::confine(None).unwrap();
    }
    say("tcp socket", TcpListener::bind("127.0.0.1:0"));
    say("udp socket", UdpSocket::bind("127.0.0.1:0"));
    say("unix socket", UnixDatagram::unbound());
    say("execve", Command::new("/bin/true").status());
    let parent = rustix::process::getppid().unwrap();
    say("signal", test_kill_process(parent));
    // A signal that does nothing to who gets it by default.
    say("kill", kill_process(parent, Signal::WINCH));
    say("file", fs::read("/proc/self/status"));
    // Nobody has this id, beyond any pid_max: the kernel says so, or the filter that nothing is traced.
    say("ptrace", nix::sys::ptrace::attach(nix::unistd::Pid::from_raw(i32::MAX)));
}

/// What came of each attempt.
fn attempts(mode: &str) -> BTreeMap<String, String> {
    let mut probe = Command::new(std::env::current_exe().unwrap());
    probe.args(["--exact", "probe", "--ignored", "--nocapture", "--test-threads=1"]).env(MODE, mode);
    let output = probe.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let lines = text.lines().filter_map(|line| line.strip_prefix(MARK)?.split_once(": "));
    let attempts: BTreeMap<String, String> =
        lines.map(|(name, end)| (name.to_owned(), end.to_owned())).collect();
    assert_eq!(attempts.len(), ATTEMPTS.len(), "each was tried: {text}");
    attempts
}

#[test]
fn a_confined_process_gets_no_socket_starts_no_program_traces_nobody_and_ends_nobody() {
    let confined = attempts("confined");
    let denied = io::Error::from_raw_os_error(libc::EPERM).to_string();
    for name in ATTEMPTS {
        let end = confined.get(name).map_or("not tried", String::as_str);
        match name {
            "file" => assert_eq!(end, "done", "reading goes on: {confined:?}"),
            // Rustix and nix say it in other words than the standard library.
            "signal" | "kill" | "ptrace" => {
                assert!(end.contains("not permitted"), "{name}: {end}");
            }
            _ => assert_eq!(end, denied, "{name}"),
        }
    }
}

/// The same attempts succeed where nothing was given up: else the test above would pass without a filter.
#[test]
fn a_process_that_gave_up_nothing_does_all_of_it() {
    let free = attempts("free");
    for name in ATTEMPTS {
        let end = free.get(name).map_or("not tried", String::as_str);
        let done = if name == "ptrace" { end.contains("No such process") } else { end == "done" };
        assert!(done, "{name}: {free:?}");
    }
}
