//! A replacement in many files that is killed in its midst: each file is as it was or as it is to be, and a second run ends it.
#![allow(clippy::unwrap_used, reason = "what fails in a test is to be seen")]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use editor_core::disk::{Disk as _, RealDisk};
use editor_core::encoding::Reading;
use search::replace::{self, InFile};
use search::template::Replacement;
use search::{Matcher, SearchQuery};

/// Names the folder to a process that is this test's child.
const FOLDER: &str = "LOCALCODER_TEST_REPLACE_IN";
const FILES: usize = 60;
const KILLS: usize = 8;

fn before(number: usize) -> String {
    format!("old {number} é\r\nolder\nold\n").repeat(number % 9 + 1)
}

fn after(number: usize) -> String {
    before(number).replace("old", "new")
}

/// Replaces in all files, and says each one that is written.
fn replace_everywhere(folder: &Path) {
    let matcher = Matcher::new(&SearchQuery { pattern: "old".to_owned(), ..SearchQuery::default() }).unwrap();
    let replacement = Replacement::new("new", false, &matcher).unwrap();
    for number in 0..FILES {
        let path = folder.join(number.to_string());
        let version = RealDisk.metadata(&path).unwrap();
        let file = InFile { path, version, reading: Reading::Guessed, wanted: None };
        replace::write(&RealDisk, &file, &matcher, &replacement).unwrap();
        println!("\nwritten {number}");
    }
}

#[test]
fn a_kill_in_the_midst_loses_nothing() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        replace_everywhere(Path::new(&folder));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut in_the_midst = 0;
    for kill in 0..KILLS {
        for number in 0..FILES {
            fs::write(folder.path().join(number.to_string()), before(number)).unwrap();
        }
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "a_kill_in_the_midst_loses_nothing", "--nocapture"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let written = said.filter(|line| line.starts_with("written")).take(kill * FILES / KILLS + 1).count();
        child.kill().unwrap();
        child.wait().unwrap();
        let is_after = |number: &usize| {
            let content = fs::read_to_string(folder.path().join(number.to_string())).unwrap();
            assert!(content == before(*number) || content == after(*number), "file {number}: {content:?}");
            content == after(*number)
        };
        let changed = (0..FILES).filter(is_after).count();
        assert!(changed >= written, "{changed} of {written} that were said to be written");
        in_the_midst += usize::from(changed < FILES);
        replace_everywhere(folder.path());
        assert_eq!((0..FILES).filter(is_after).count(), FILES);
        let left = fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(left, FILES, "nothing is left beside the files");
    }
    assert!(in_the_midst > 0, "every kill came too late");
}
