//! Real programs on real terminals.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use terminal::{
    FindStep, GridPlace, MatchMark, SelectionUnit, TerminalEnd, TerminalFound, TerminalNews, TerminalPalette,
    TerminalScreen, TerminalSession, TerminalSize, TerminalSpec,
};

const SIZE: TerminalSize = TerminalSize { columns: 60, rows: 10, cell: (8, 16) };
/// How long anything here may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

fn spec(script: &str) -> TerminalSpec {
    TerminalSpec {
        program: "/bin/sh".into(),
        args: vec!["-c".into(), script.into()],
        folder: None,
        greeting: String::new(),
        scrollback: 1000,
        tap: None,
    }
}

fn start(spec: TerminalSpec) -> TerminalSession {
    TerminalSession::start(spec, SIZE, TerminalPalette::default(), || {}).unwrap()
}

fn run(script: &str) -> TerminalSession {
    start(spec(script))
}

/// Waits until the screen is as wanted.
fn wait(session: &TerminalSession, wanted: impl Fn(&TerminalScreen) -> bool) -> TerminalScreen {
    let began = Instant::now();
    loop {
        let screen = session.screen();
        if wanted(&screen) {
            return screen;
        }
        assert!(began.elapsed() < PATIENCE, "this never came up:\n{}", screen.text());
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn sees(session: &TerminalSession, words: &str) -> TerminalScreen {
    wait(session, |screen| screen.text().contains(words))
}

fn ended(session: &TerminalSession) -> TerminalEnd {
    let began = Instant::now();
    loop {
        if let TerminalNews { end: Some(end), .. } = session.news() {
            return end;
        }
        assert!(began.elapsed() < PATIENCE, "it never ended:\n{}", session.screen().text());
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn type_in(session: &TerminalSession, text: &str) {
    assert!(session.input(text.as_bytes().to_vec()));
}

/// Memory of this process that is in use, in bytes.
#[cfg(target_os = "linux")]
fn memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

#[test]
fn what_is_typed_is_read_and_what_is_printed_is_seen() {
    let session = run("read word; echo got $word; echo $TERM $COLORTERM");
    type_in(&session, "hello\r");
    let screen = sees(&session, "got hello");
    assert!(screen.text().starts_with("hello\ngot hello"), "{}", screen.text());
    sees(&session, "xterm-256color truecolor");
    assert_eq!(ended(&session), TerminalEnd::Exited(0));
}

#[test]
fn the_end_is_told_with_its_code_or_signal() {
    let session = run("echo last words; exit 7");
    assert_eq!(ended(&session), TerminalEnd::Exited(7));
    let screen = session.screen().text();
    assert!(screen.contains("last words\n/bin/sh exited with code 7. Press Enter"), "{screen}");
    assert_eq!(ended(&run("kill -9 $$")), TerminalEnd::Killed(9));
    let missing = TerminalSpec { program: "/no/such/program".into(), ..spec("") };
    let TerminalEnd::Failed(reason) = ended(&start(missing)) else { panic!("it ran") };
    assert!(reason.contains("/no/such/program"), "{reason}");
}

#[test]
fn a_greeting_comes_first_and_the_folder_is_the_one_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let real = folder.path().canonicalize().unwrap();
    let asked = TerminalSpec {
        greeting: "No network here.".into(),
        folder: Some(real.clone()),
        ..spec("pwd; tty >/dev/null && echo is a terminal")
    };
    let session = start(asked);
    let screen = sees(&session, "is a terminal");
    assert!(screen.text().starts_with("No network here.\n"), "{}", screen.text());
    assert!(screen.text().replace('\n', "").contains(real.to_str().unwrap()));
}

#[test]
fn a_new_size_reaches_the_program() {
    let session = run("trap 'stty size' WINCH; echo ready; while :; do sleep 0.05; done");
    sees(&session, "ready");
    session.resize(TerminalSize { columns: 33, rows: 7, ..SIZE }, TerminalPalette::default());
    let screen = sees(&session, "7 33");
    assert_eq!((screen.columns, screen.rows.len()), (33, 7));
}

#[test]
fn bytes_that_are_no_text_do_no_harm() {
    let session = run("head -c 300000 /dev/urandom; printf '\\033c\\377\\376 done\\n'; sleep 0.1");
    sees(&session, "done");
    assert_eq!(ended(&session), TerminalEnd::Exited(0));
}

#[test]
#[cfg(target_os = "linux")]
fn a_program_that_prints_without_end_fills_no_memory_and_holds_nothing_up() {
    let wakes = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&wakes);
    let wake = move || {
        counted.fetch_add(1, Ordering::Relaxed);
    };
    let session = TerminalSession::start(spec("yes"), SIZE, TerminalPalette::default(), wake).unwrap();
    sees(&session, "y\ny");
    std::thread::sleep(Duration::from_millis(500));
    let (before, began) = (memory(), Instant::now());
    let (mut frames, mut slowest) = (0, Duration::ZERO);
    while began.elapsed() < Duration::from_secs(2) {
        let asked = Instant::now();
        frames += usize::from(session.new_screen().is_some());
        slowest = slowest.max(asked.elapsed());
        std::thread::sleep(Duration::from_millis(16));
    }
    let grown = memory().saturating_sub(before);
    eprintln!("{frames} screens, the slowest took {slowest:?}; memory grew by {grown} bytes");
    assert!(grown < 32 << 20, "{grown} bytes");
    assert!(frames > 20 && slowest < Duration::from_millis(500), "{frames} screens, {slowest:?}");
    assert!(wakes.load(Ordering::Relaxed) <= frames + 4, "the window is woken once for each look");
    type_in(&session, "\x03");
    assert_eq!(ended(&session), TerminalEnd::Killed(2));
}

/// A gigabyte where the machine has time for it (`LOCALCODER_TERMINAL_GIGABYTE`), else a part of it.
#[test]
#[cfg(target_os = "linux")]
fn a_gigabyte_that_is_printed_takes_no_memory() {
    let bytes: u64 =
        if std::env::var_os("LOCALCODER_TERMINAL_GIGABYTE").is_some() { 1 << 30 } else { 64 << 20 };
    let evil = "\\033]0;title\\007\\033]8;;http://x.test/\\007link\\033[31m\\314\\201\\314\\201 plain text that goes on\\n";
    let session =
        run(&format!("yes \"$(printf '{evil}')\" | head -c {bytes}; printf '\\007\\nall of it\\n'"));
    let (before, began) = (memory(), Instant::now());
    let mut most = 0;
    while session.news().end.is_none() {
        most = most.max(memory());
        assert!(began.elapsed() < 10 * PATIENCE);
        std::thread::sleep(Duration::from_millis(20));
    }
    let grown = most.saturating_sub(before);
    eprintln!("{} MB in {:?}; memory grew by {grown} bytes", bytes >> 20, began.elapsed());
    assert!(session.screen().text().contains("all of it"));
    assert!(grown < 64 << 20, "{grown} bytes");
}

#[test]
fn history_is_kept_scrolled_and_bounded() {
    let session = start(TerminalSpec { scrollback: 50, ..spec("seq 1 500; echo end; sleep 60") });
    let screen = sees(&session, "end");
    assert_eq!(screen.history, 50);
    session.scroll(i32::MAX);
    let screen = session.screen();
    assert_eq!(screen.offset, 50);
    assert_eq!(screen.caret, None, "it is out of view");
    session.scroll(-3);
    assert_eq!(session.screen().offset, 47);
    type_in(&session, "x");
    assert_eq!(session.screen().offset, 0, "what is typed is typed at the end");
}

#[test]
fn text_is_selected_by_characters_words_and_lines() {
    let session = run("printf 'one two  \\nthree\\n'; sleep 60");
    sees(&session, "three");
    let place = |row, column, right| GridPlace { row, column, right };
    session.select(SelectionUnit::Character, place(0, 0, false));
    session.extend(place(0, 2, true));
    assert_eq!(session.selected().as_deref(), Some("one"));
    session.select(SelectionUnit::Word, place(0, 5, false));
    assert_eq!(session.selected().as_deref(), Some("two"));
    session.select(SelectionUnit::Line, place(1, 1, false));
    assert_eq!(session.selected().as_deref(), Some("three\n"));
    assert!(session.screen().rows[1].runs[0].style.selected);
    session.select(SelectionUnit::Character, place(0, 4, false));
    session.extend(place(1, 1, true));
    assert_eq!(session.selected().as_deref(), Some("two\nth"));
    session.deselect();
    assert_eq!(session.selected(), None);
    session.select_all();
    assert_eq!(session.selected().as_deref().map(str::trim_end), Some("one two\nthree"));
}

#[test]
fn what_is_looked_for_is_found_marked_and_gone_to() {
    let session = run("seq 1 300; sleep 60");
    sees(&session, "300");
    let found = session.find("42", FindStep::Typed);
    assert!(found.is_found && found.place == Some(found.count), "{found:?}");
    let current = |session: &TerminalSession| {
        let screen = session.screen();
        let row =
            screen.rows.iter().find(|row| row.runs.iter().any(|run| run.style.found == MatchMark::Current));
        row.map(|row| row.text().trim().to_owned()).unwrap_or_default()
    };
    assert_eq!(current(&session), "242");
    let above = session.find("42", FindStep::Up);
    assert_eq!(above, TerminalFound { place: found.place.map(|place| place - 1), ..found });
    assert_eq!(current(&session), "142");
    assert_eq!(session.find("42", FindStep::Down), found);
    assert_eq!(current(&session), "242");
    assert!(!session.find("4.2", FindStep::Typed).is_found, "it is no pattern");
    assert_eq!(session.find("", FindStep::Typed), TerminalFound::default());
    assert_eq!(current(&session), "");
}

#[test]
fn clearing_leaves_the_line_with_the_caret() {
    let session = run("seq 1 100; printf 'prompt> '; read x; echo got $x; sleep 60");
    sees(&session, "prompt>");
    session.clear();
    let screen = session.screen();
    assert_eq!((screen.text().as_str(), screen.history), ("prompt>", 0));
    type_in(&session, "on\r");
    assert!(sees(&session, "got on").text().starts_with("prompt> on\ngot on"));
}

#[test]
fn titles_bells_and_questions_are_heard() {
    let script = "printf '\\033]0;my title\\007\\007\\033[6n'; stty raw -echo; head -c 6 | od -c | head -n 1; sleep 60";
    let session = run(script);
    let began = Instant::now();
    let (mut title, mut bell) = (None, false);
    while title.is_none() || !bell {
        let news = session.news();
        (title, bell) = (title.or(news.title), bell || news.bell);
        assert!(began.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(title.as_deref(), Some("my title"));
    sees(&session, "033   [   1   ;   1   R");
}

#[test]
fn lines_are_told_as_they_come() {
    let told: Arc<Mutex<Vec<String>>> = Arc::default();
    let heard = Arc::clone(&told);
    let tap = Box::new(move |line: &str| heard.lock().push(line.to_owned()));
    let session = start(TerminalSpec {
        tap: Some(tap),
        ..spec("printf '\\033[1merror\\033[0m: no\\n  --> a.rs:1:2\\nno end'")
    });
    ended(&session);
    assert_eq!(*told.lock(), ["error: no", "  --> a.rs:1:2", "no end"]);
}

/// Does this process still run?
fn runs(pid: &str) -> bool {
    let status = fs::read_to_string(format!("/proc/{}/status", pid.trim())).unwrap_or_default();
    !status.is_empty() && !status.contains("State:\tZ")
}

#[test]
#[cfg(target_os = "linux")]
fn closing_ends_the_program_and_what_it_runs_even_if_it_does_not_want_to() {
    let folder = tempfile::tempdir().unwrap();
    let pids = folder.path().join("pids");
    let read = || fs::read_to_string(&pids).unwrap_or_default();
    for script in [
        "sleep 1000 & echo $$ $! >PIDS; wait",
        "trap '' HUP TERM INT; echo $$ $$ >PIDS; while :; do sleep 1; done",
    ] {
        let _old = fs::remove_file(&pids);
        let session = run(&script.replace("PIDS", pids.to_str().unwrap()));
        let began = Instant::now();
        while !read().ends_with('\n') {
            assert!(began.elapsed() < PATIENCE);
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(read().split_whitespace().all(runs));
        session.hang_up().wait(Duration::from_secs(10));
        let began = Instant::now();
        while read().split_whitespace().any(runs) {
            assert!(began.elapsed() < PATIENCE, "{script}: {}", read());
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

#[test]
#[cfg(target_os = "linux")]
fn other_programs_inherit_no_terminal() {
    let _session = run("sleep 60");
    let open = |folder: &Path| {
        let links =
            fs::read_dir(folder).unwrap().flatten().filter_map(|entry| fs::read_link(entry.path()).ok());
        links.filter(|link| link.starts_with("/dev/ptmx") || link.starts_with("/dev/pts")).count()
    };
    let began = Instant::now();
    while open(Path::new("/proc/self/fd")) == 0 {
        assert!(began.elapsed() < PATIENCE, "there is none to inherit");
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(200));
    let child = std::process::Command::new("sh")
        .args(["-c", "ls -l /proc/self/fd"])
        .stdin(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .output()
        .unwrap();
    let listed = String::from_utf8_lossy(&child.stdout).into_owned();
    assert!(!listed.contains("ptmx") && !listed.contains("pts/"), "{listed}");
}

#[test]
fn what_nobody_reads_is_refused_in_the_end() {
    let session = run("stty raw -echo; sleep 1000");
    let piece = vec![b'x'; 1 << 20];
    let taken = (0..64).take_while(|_| session.input(piece.clone())).count();
    assert!((1..64).contains(&taken), "{taken} MB wait");
}
