//! Each operation of a save is made to fail, and has the process killed, in each way in which a file is written.

use std::{
    collections::BTreeSet,
    env, fs,
    os::unix::process::ExitStatusExt,
    process::{Command, ExitStatus},
};

use super::*;
use crate::disk::{
    RealDisk,
    faulty::{Fault, FaultyDisk},
};

const OLD: &str = "the old content";
const FAULTS: [Fault; 4] = [Fault::FULL, Fault::BROKEN, Fault::FORBIDDEN, Fault::SHORT];

/// How the file comes to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    New,
    Renamed,
    Linked,
    LockedFolder,
}

const WAYS: [Way; 4] = [Way::New, Way::Renamed, Way::Linked, Way::LockedFolder];

/// All that a disk can be asked for.
const OPERATIONS: [&str; 16] = [
    "copy_attributes",
    "create_new",
    "cut_to",
    "is_abandoned",
    "metadata",
    "overwrite",
    "read",
    "remove",
    "rename",
    "rename_new",
    "reserve",
    "resolve",
    "rewind",
    "sync",
    "sync_folder",
    "write_all",
];

fn write(disk: &dyn Disk, path: &Path, text: &str, expect: &Expect) -> Result<Stamp, SaveError> {
    let text = Opened::new_text(Rope::new()).writable(Rope::from_str(text)).unwrap();
    save(disk, path, &text, expect)
}

/// Has the file there, as this way wants it, and gives its path and what is expected of it.
fn prepare(way: Way, folder: &Path) -> (PathBuf, Expect) {
    let path = folder.join("a");
    if way == Way::New {
        return (path, Expect::Absent);
    }
    fs::write(&path, OLD).unwrap();
    let expect = Expect::Unchanged(open(&RealDisk, &path).unwrap().stamp.unwrap());
    if way == Way::Linked {
        fs::hard_link(&path, folder.join("b")).unwrap();
    }
    (path, expect)
}

/// A disk that fails at an operation, in this way of writing.
fn faulty(way: Way, operations: usize, once: bool, folder: &Path, scratch: &Path) -> FaultyDisk {
    let mut disk = FaultyDisk::new(operations, once, scratch);
    disk.locked = (way == Way::LockedFolder).then(|| folder.to_owned());
    disk
}

/// Fails at each operation in turn, as a crash or once, until a save succeeds. Returns what failed.
fn inject(way: Way, new: &str, fault: Fault, once: bool) -> BTreeSet<&'static str> {
    let mut failed = BTreeSet::new();
    for operations in 0..100 {
        let (folder, scratch) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (path, expect) = prepare(way, folder.path());
        let mut disk = faulty(way, operations, once, folder.path(), scratch.path());
        disk.fault = fault;
        let old = (way != Way::New).then_some(OLD);
        let result = write(&disk, &path, new, &expect);
        failed.extend(disk.failed());
        let now = fs::read_to_string(&path).ok();
        let told = format!("{way:?}, {fault:?}, {once}, after {operations}: {result:?}");
        match result {
            Ok(stamp) => {
                assert_eq!(now.as_deref(), Some(new), "{told}");
                assert!(is_unchanged(&RealDisk, &path, &stamp).unwrap(), "{told}");
                if !disk.has_failed() {
                    return failed;
                }
            }
            Err(SaveError::NotDurable { .. }) => assert_eq!(now.as_deref(), Some(new), "{told}"),
            Err(SaveError::InPlace { backup, .. }) => {
                assert!(!once, "only a second fault keeps the old bytes from coming back: {told}");
                assert_eq!(fs::read_to_string(&backup).unwrap(), OLD, "{told}");
            }
            Err(_) => {
                assert_eq!(now.as_deref(), old, "{told}");
                let again = write(&RealDisk, &path, new, &expect);
                assert!(again.is_ok(), "the next save asks nothing: {again:?}, {told}");
            }
        }
    }
    panic!("saving never succeeded");
}

#[test]
fn whatever_fails_the_old_or_the_new_content_is_whole() {
    for fault in FAULTS {
        let mut failed = BTreeSet::new();
        for way in WAYS {
            for once in [false, true] {
                for new in ["the new content, longer", "shorter"] {
                    failed.extend(inject(way, new, fault, once));
                }
            }
        }
        assert_eq!(failed, BTreeSet::from(OPERATIONS), "{fault:?}: each operation has failed");
    }
}

/// Fails once at each operation in turn. Returns how often that kept the file from being written for certain.
fn inject_into_own(is_there: bool) -> usize {
    let mut failures = 0;
    for operations in 0..100 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("own");
        if is_there {
            fs::write(&path, OLD).unwrap();
        }
        let disk = FaultyDisk::new(operations, true, folder.path());
        let result = replace_own(&disk, &path, b"new", true);
        let now = fs::read_to_string(&path).ok();
        let expected = match &result {
            Ok(()) | Err(SaveError::NotDurable { .. }) => Some("new"),
            Err(_) => is_there.then_some(OLD),
        };
        let told = format!("{is_there}, after {operations}: {result:?}");
        assert_eq!(now.as_deref(), expected, "{told}");
        let others = fs::read_dir(folder.path()).unwrap().count() - usize::from(now.is_some());
        assert_eq!(others, 0, "something is left beside: {told}");
        failures += usize::from(result.is_err());
        if !disk.has_failed() {
            return failures;
        }
    }
    panic!("writing never succeeded");
}

#[test]
fn whatever_fails_a_file_of_the_editor_is_the_old_or_the_new_one_and_nothing_is_left_beside() {
    assert!(inject_into_own(false) >= 6 && inject_into_own(true) >= 7);
}

#[test]
fn a_pipe_or_a_device_in_the_files_place_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    fs::write(&path, OLD).unwrap();
    let expect = Expect::Unchanged(open(&RealDisk, &path).unwrap().stamp.unwrap());
    fs::remove_file(&path).unwrap();
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    let device = folder.path().join("device");
    std::os::unix::fs::symlink("/dev/null", &device).unwrap();
    for (path, expect) in [(&path, &expect), (&path, &Expect::Absent), (&device, &expect)] {
        let refused = write(&RealDisk, path, "new", expect).unwrap_err().to_string();
        assert!(refused.contains("it is not an ordinary file"), "{refused}");
    }
}

/// Tells the process that is to be killed what to do: number of the way, operations that succeed, folder of the file.
const KILLED: &str = "LOCALCODER_KILLED_SAVE";
const NEW: &str = "the new content, longer than the old one";

#[test]
fn killed_at_any_operation_a_save_leaves_a_whole_content_and_the_next_one_clears_up() {
    if let Ok(told) = env::var(KILLED) {
        return save_and_be_killed(&told);
    }
    for (number, way) in WAYS.into_iter().enumerate() {
        let kills = (0..100).take_while(|operations| is_killed(number, way, *operations)).count();
        assert!((8..100).contains(&kills), "{way:?}: {kills} kills, then it was saved");
    }
}

/// In a process of its own.
fn save_and_be_killed(told: &str) {
    let mut words = told.splitn(3, ' ');
    let mut number = || words.next().unwrap().parse::<usize>().unwrap();
    let (way, operations) = (WAYS[number()], number());
    let folder = PathBuf::from(words.next().unwrap());
    let expect = match open(&RealDisk, &folder.join("a")) {
        Ok(opened) => Expect::Unchanged(opened.stamp.unwrap()),
        Err(_) => Expect::Absent,
    };
    let mut disk = faulty(way, operations, false, &folder, &folder.with_file_name("scratch"));
    disk.fault = Fault::KILLED;
    write(&disk, &folder.join("a"), NEW, &expect).unwrap();
}

/// Kills a save at an operation and looks at what is left, then saves again; false when it was saved before it came to that.
fn is_killed(number: usize, way: Way, operations: usize) -> bool {
    let ground = tempfile::tempdir().unwrap();
    let (folder, scratch) = (ground.path().join("folder"), ground.path().join("scratch"));
    for made in [&folder, &scratch] {
        fs::create_dir(made).unwrap();
    }
    let (path, _) = prepare(way, &folder);
    let status = run_child(&format!("{number} {operations} {}", folder.display()));
    let told = format!("{way:?}, killed after {operations}: {status}");
    let is_killed = status.signal() == Some(9);
    assert!(is_killed || status.success(), "{told}");
    let now = fs::read_to_string(&path).ok();
    let old = (way != Way::New).then_some(OLD);
    let is_whole = now.as_deref() == old || now.as_deref() == Some(NEW);
    let is_in_place = matches!(way, Way::Linked | Way::LockedFolder);
    let copies = || [&folder, &scratch].map(|place| contents_of_backups(place)).concat();
    assert!(is_whole || (is_in_place && copies() == [OLD]), "{told}: torn without a backup: {now:?}");
    assert!(is_killed || now.as_deref() == Some(NEW), "{told}: {now:?}");

    // What is saved next, over whatever is there, and once more.
    let disk = faulty(way, usize::MAX, false, &folder, &scratch);
    for text in ["next", "and the one after"] {
        let there = open(&RealDisk, &path).ok().and_then(|opened| opened.stamp);
        write(&disk, &path, text, &there.map_or(Expect::Absent, Expect::Unchanged)).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), text, "{told}");
    }
    let mut left = names(&folder);
    left.retain(|name| !["a", "b"].contains(&name.as_str()));
    let backup = format!(".a.0.{BACKUP}");
    let may_stay = now.as_deref() != old && is_in_place && left == [backup] && copies() == [OLD];
    assert!(left.is_empty() || may_stay, "{told}: {left:?} is left");
    is_killed
}

fn run_child(told: &str) -> ExitStatus {
    let mut child = Command::new(env::current_exe().unwrap());
    let name =
        "file::faults::killed_at_any_operation_a_save_leaves_a_whole_content_and_the_next_one_clears_up";
    let output = child.args(["--exact", name]).env(KILLED, told).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("running 1 test"), "the child does nothing");
    output.status
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn contents_of_backups(folder: &Path) -> Vec<String> {
    let backups = names(folder).into_iter().filter(|name| name.ends_with(BACKUP));
    backups.map(|name| fs::read_to_string(folder.join(name)).unwrap()).collect()
}

#[test]
fn what_another_program_writes_during_a_save_is_not_replaced() {
    for way in WAYS {
        let operations = (0..).find(|operations| !is_disturbed(way, *operations));
        assert!(operations.is_some_and(|operations| operations > 3), "{way:?}: {operations:?}");
    }
}

/// Has another program write before an operation; false when it was saved before it came to that.
fn is_disturbed(way: Way, operations: usize) -> bool {
    const THEIRS: &str = "what another program wrote";
    let (folder, scratch) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (path, expect) = prepare(way, folder.path());
    let mut disk = faulty(way, operations, true, folder.path(), scratch.path());
    disk.disturbed = Some((path.clone(), THEIRS));
    let result = write(&disk, &path, NEW, &expect);
    let Some(before) = disk.failed().into_iter().next() else { return false };
    let now = fs::read_to_string(&path).unwrap();
    let told = format!("{way:?}, disturbed at {operations}, before {before}: {result:?}, {now:?}");
    match result {
        Err(SaveError::ChangedOnDisk(..) | SaveError::Exists(..)) => assert_eq!(now, THEIRS, "{told}"),
        // After it was written: the next save asks.
        Ok(stamp) if now == THEIRS => {
            let next = write(&RealDisk, &path, "next", &Expect::Unchanged(stamp));
            assert!(matches!(next, Err(SaveError::ChangedOnDisk(..))), "{told}: {next:?}");
        }
        // The moment between the last look and the writing.
        Ok(_) => {
            let unseen: &[&str] = match way {
                Way::New => &[],
                Way::Renamed => &["rename"],
                Way::Linked | Way::LockedFolder => &["overwrite", "reserve", "write_all", "cut_to", "sync"],
            };
            assert!(unseen.contains(&before), "{told}");
        }
        Err(_) => panic!("{told}"),
    }
    true
}
