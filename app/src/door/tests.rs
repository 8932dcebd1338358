//! Starts that look for a window and windows that listen, on real sockets.

use std::fs::Permissions;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::sync::mpsc;

use ground::asked::{AskedFile, AskedFiles};

use super::*;

fn address(folder: &Path, home: &str) -> DoorAddress {
    DoorAddress::of(folder.join("localcoder"), Path::new(home), &Default::default()).unwrap()
}

fn asked(path: &str, waits: bool) -> AskedFiles {
    AskedFiles { files: vec![AskedFile { path: path.into(), place: Some((4, 2)) }], waits }
}

/// A window that takes everything, and what it was asked.
fn window(door: Door) -> (DoorSign, mpsc::Receiver<Caller>) {
    let (send, calls) = mpsc::channel();
    let sign = door.serve(move |mut caller| {
        caller.answer(CallerAnswer::Taken);
        let _test_is_over = send.send(caller);
    });
    (sign.unwrap(), calls)
}

fn line(address: &DoorAddress) -> ask::WindowLine {
    match find(address, false) {
        FoundWindow::Window(line) => line,
        FoundWindow::Nobody(_) => panic!("no window was found"),
    }
}

#[test]
fn files_go_to_the_window_that_runs_and_who_waits_is_told_when_they_are_closed() {
    let folder = tempfile::tempdir().unwrap();
    let address = address(folder.path(), "/home");
    let (_sign, calls) = window(Door::open(&address).unwrap());
    assert_eq!(line(&address).ask(&asked("/a", false)), Asked::Done);
    assert_eq!(calls.recv().unwrap().asked, asked("/a", false));
    let waits = line(&address);
    let closed = std::thread::spawn(move || waits.ask(&asked("/b", true)));
    let mut caller = calls.recv().unwrap();
    assert!(!closed.is_finished());
    caller.answer(CallerAnswer::Closed);
    assert_eq!(closed.join().unwrap(), Asked::Done);
    let waits = line(&address);
    let lost = std::thread::spawn(move || waits.ask(&asked("/c", true)));
    drop(calls.recv().unwrap());
    assert_eq!(lost.join().unwrap(), Asked::Lost, "the window ended");
}

#[test]
fn of_two_starts_at_once_the_second_finds_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let address = address(folder.path(), "/home");
    let starts: Vec<_> = (0..8)
        .map(|_| {
            let address = address.clone();
            // As two processes have two names for their sockets: here only the first one gets one.
            std::thread::spawn(move || find(&address, true))
        })
        .collect();
    let found: Vec<FoundWindow> = starts.into_iter().map(|start| start.join().unwrap()).collect();
    let doors = found.iter().filter(|found| matches!(found, FoundWindow::Nobody(Some(_)))).count();
    let lines = found.iter().filter(|found| matches!(found, FoundWindow::Window(_))).count();
    assert_eq!((doors, lines), (1, 7));
    // Those that found it before it listens are heard when it does.
    let (mut ask, mut door) = (Vec::new(), None);
    for found in found {
        match found {
            FoundWindow::Window(line) => ask.push(std::thread::spawn(move || line.ask(&asked("/a", false)))),
            FoundWindow::Nobody(own) => door = own,
        }
    }
    let (_sign, calls) = window(door.unwrap());
    assert!(ask.into_iter().all(|ask| ask.join().unwrap() == Asked::Done));
    // They are noted beside the answers, on another thread.
    (0..7).for_each(|_| drop(calls.recv_timeout(std::time::Duration::from_secs(60)).unwrap()));
}

#[test]
fn a_socket_without_a_window_is_taken_away_and_a_window_of_another_home_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let (mine, other) = (address(folder.path(), "/home"), address(folder.path(), "/other"));
    let dead = mine.folder.join(format!("{}-1.sock", mine.key));
    drop(UnixListener::bind(&dead).unwrap());
    assert!(dead.exists());
    let _theirs = window(Door::open(&other).unwrap());
    assert!(matches!(find(&mine, false), FoundWindow::Nobody(None)));
    assert!(!dead.exists());
    let own = match find(&mine, true) {
        FoundWindow::Nobody(Some(door)) => door,
        found => panic!("{found:?}"),
    };
    assert!(mine.own().exists());
    drop(own);
    assert!(!mine.own().exists(), "it goes with its window");
}

#[test]
fn the_window_that_was_in_front_last_is_asked_first() {
    let folder = tempfile::tempdir().unwrap();
    let address = address(folder.path(), "/home");
    let sign = |number: u32| {
        let path = address.folder.join(format!("{}-{number}.sock", address.key));
        (UnixListener::bind(&path).unwrap(), path)
    };
    let (one, two) = (sign(1), sign(2));
    let touch = |path: &Path, seconds: i64| {
        let at = rustix::fs::Timespec { tv_sec: seconds, tv_nsec: 0 };
        let times = rustix::fs::Timestamps { last_access: at, last_modification: at };
        rustix::fs::utimensat(rustix::fs::CWD, path, &times, rustix::fs::AtFlags::empty()).unwrap();
    };
    touch(&one.1, 1_000);
    touch(&two.1, 2_000);
    assert_eq!(address.doors(), [two.1, one.1.clone()]);
    let (_sign, _calls) = window(Door::open(&address).unwrap());
    assert_eq!(address.doors()[0], address.own());
    touch(&one.1, i64::from(u32::MAX));
    assert_eq!(address.doors()[0], one.1);
}

#[test]
fn what_is_no_message_and_who_says_nothing_hold_nobody_up() {
    let folder = tempfile::tempdir().unwrap();
    let address = address(folder.path(), "/home");
    let (_sign, calls) = window(Door::open(&address).unwrap());
    let mut silent = UnixStream::connect(address.own()).unwrap();
    let answered = |bytes: &[u8]| {
        let mut stream = UnixStream::connect(address.own()).unwrap();
        // One that is too long is refused before it is read to its end.
        let _refused_before =
            stream.write_all(bytes).and_then(|()| stream.shutdown(std::net::Shutdown::Write));
        let mut answer = Vec::new();
        let _reset = stream.read_to_end(&mut answer);
        answer
    };
    assert_eq!(answered(b"GET / HTTP/1.1\r\n\r\n"), b"R", "after the silent one had its time");
    assert_eq!(answered(&[]), b"R");
    assert_ne!(answered(&vec![0; 1 << 20]), b"T");
    assert_eq!(line(&address).ask(&asked("/a", false)), Asked::Done);
    // It is noted beside the answer, on another thread.
    calls.recv_timeout(std::time::Duration::from_secs(60)).unwrap();
    assert_eq!(calls.try_iter().count(), 0, "nothing else was taken");
    let mut answer = Vec::new();
    silent.read_to_end(&mut answer).unwrap();
    assert_eq!(answer, b"R");
}

#[test]
fn a_folder_that_others_may_enter_is_no_place_for_a_door() {
    let folder = tempfile::tempdir().unwrap();
    let open = folder.path().join("open");
    fs::create_dir(&open).unwrap();
    fs::set_permissions(&open, Permissions::from_mode(0o755)).unwrap();
    assert!(DoorAddress::of(open, Path::new("/home"), &Default::default()).is_none());
    let link = folder.path().join("link");
    fs::create_dir(folder.path().join("real")).unwrap();
    std::os::unix::fs::symlink(folder.path().join("real"), &link).unwrap();
    assert!(DoorAddress::of(link, Path::new("/home"), &Default::default()).is_none(), "a link");
}
