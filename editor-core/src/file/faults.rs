//! Each operation of a save is made to fail, in each way in which a file is written.

use std::{fs, process::Command};

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

fn write(disk: &dyn Disk, path: &Path, text: &str, expect: &Expect) -> Result<Stamp, SaveError> {
    let text = Opened::new_text(Rope::new()).writable(Rope::from_str(text)).unwrap();
    save(disk, path, &text, expect)
}

/// Fails at each operation in turn, as a crash or once, until a save succeeds. Returns how often it failed.
fn inject(way: Way, new: &str, fault: Fault, once: bool) -> usize {
    for operations in 0..100 {
        let (folder, scratch) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let path = folder.path().join("a");
        let mut disk = FaultyDisk::new(operations, once, scratch.path());
        disk.fault = fault;
        let mut expect = Expect::Absent;
        if way != Way::New {
            fs::write(&path, OLD).unwrap();
            expect = Expect::Unchanged(open(&RealDisk, &path).unwrap().stamp.unwrap());
        }
        match way {
            Way::Linked => fs::hard_link(&path, folder.path().join("b")).unwrap(),
            Way::LockedFolder => disk.locked = Some(folder.path().to_owned()),
            Way::New | Way::Renamed => {}
        }
        let old = (way != Way::New).then_some(OLD);
        let result = write(&disk, &path, new, &expect);
        let now = fs::read_to_string(&path).ok();
        let told = format!("{way:?}, {fault:?}, {once}, after {operations}: {result:?}");
        match result {
            Ok(stamp) => {
                assert_eq!(now.as_deref(), Some(new), "{told}");
                assert!(is_unchanged(&RealDisk, &path, &stamp).unwrap(), "{told}");
                if !disk.has_failed() {
                    return operations;
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
    for (way, least) in [(Way::New, 6), (Way::Renamed, 7), (Way::Linked, 10), (Way::LockedFolder, 11)] {
        for fault in FAULTS {
            for once in [false, true] {
                for new in ["the new content, longer", "shorter"] {
                    let failed = inject(way, new, fault, once);
                    assert!(failed > least, "{way:?}: {failed}");
                }
            }
        }
    }
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
