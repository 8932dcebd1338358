//! A save in place that is killed midway tears the file: then the typed text is in the journal, which the next start offers, and the
//! old content in the backup.

use std::env;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Command as Process;
use std::sync::Arc;
use std::time::{Duration, Instant};

use editor_core::disk::RealDisk;
use editor_core::journal;
use ground::command::Command;

use super::refusing::Refusing;
use super::window::Window;
use crate::effects::{Outbox, disk};
use crate::event::Event;
use crate::features::recovery::RecoveryEvent;
use crate::workspace::Reply;

/// Names the folder in which the child is to be killed.
const KILLED: &str = "LOCALCODER_KILLED_IN_PLACE";
const OLD: &str = "the old content of a file with two names\n";
const NEW: &str = "typed: the old content of a file with two names\n";

#[test]
fn a_file_that_a_kill_tore_is_recovered_with_what_was_typed_and_its_old_content_is_kept() {
    if let Some(folder) = env::var_os(KILLED).map(PathBuf::from) {
        return save_and_be_killed(&folder);
    }
    let folder = tempfile::tempdir().unwrap();
    let (file, home) = (folder.path().join("a.txt"), folder.path().join("home"));
    fs::write(&file, OLD).unwrap();
    fs::hard_link(&file, folder.path().join("b.txt")).unwrap();
    let name = concat!(
        "effects::matrix_tests::killed::",
        "a_file_that_a_kill_tore_is_recovered_with_what_was_typed_and_its_old_content_is_kept"
    );
    let mut child = Process::new(env::current_exe().unwrap());
    let ended = child.args(["--exact", name]).env(KILLED, folder.path()).output().unwrap();
    assert_eq!(ended.status.signal(), Some(9), "{}", String::from_utf8_lossy(&ended.stdout));
    let torn = fs::read_to_string(&file).unwrap();
    assert!(torn != OLD && torn != NEW, "the kill came in the midst: {torn:?}");
    let backup = folder.path().join(".a.txt.0.localcoder-backup");
    assert_eq!(fs::read_to_string(&backup).unwrap(), OLD);

    let (out, events) = Outbox::new(|| ());
    disk::open(&out, file.clone(), None, true);
    let says = |event| matches!(event, Event::Trouble(text) if text.contains(".a.txt.0.localcoder-backup"));
    assert!(events.try_recv().is_ok_and(says), "who opens the file hears of its old content");

    let mut window = Window::new(&home, Arc::new(disk::save));
    window.send(Event::Recovery(RecoveryEvent::Recover));
    let tab = window.state.tab().unwrap().id;
    assert_eq!((window.text(tab).as_str(), window.document(tab).path()), (NEW, Some(file.as_path())));
    window.command(Command::Save);
    assert!(window.asks_to_overwrite(), "the torn file is not what the text was typed into");
    window.reply(Reply::Yes);
    assert_eq!(fs::read_to_string(folder.path().join("b.txt")).unwrap(), NEW, "{:?}", window.error());
    assert_eq!(fs::read_to_string(&backup).unwrap(), OLD, "the only copy stays");
}

fn save_and_be_killed(folder: &Path) {
    let (file, home) = (folder.join("a.txt"), folder.join("home"));
    let mut window = Window::new(&home, Refusing { kills: true, ..Refusing::default() }.writer());
    window.open(&file);
    window.type_text("typed: ");
    window.rest();
    let end = Instant::now() + Duration::from_secs(60);
    while !is_kept(&home) {
        assert!(Instant::now() < end, "no journal has the text");
        std::thread::yield_now();
    }
    window.command(Command::Save);
}

fn is_kept(home: &Path) -> bool {
    let inside =
        |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let journals = inside(&home.join("unsaved")).flat_map(|folder| inside(&folder).collect::<Vec<_>>());
    journals.into_iter().any(|path| journal::recover(&RealDisk, &path).is_ok_and(|found| found.rope == NEW))
}
