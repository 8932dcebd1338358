//! The commits that changed a file, held against `git log`.

#![allow(clippy::unwrap_used, reason = "what fails in a test is to be seen")]

mod real;

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use fastrand::Rng;
use git::history::{FileHistory, MAX_COMMITS};
use real::Real;

fn history(real: &Real, path: &str) -> FileHistory {
    real.open().history(Path::new(path), MAX_COMMITS, &AtomicBool::new(false)).unwrap()
}

/// Commits with times that rise, so that there is one order.
fn commit(real: &Real, number: u32, args: &[&str]) {
    let date = format!("{} +0000", 1_600_000_000 + number * 60);
    let mut command = real.command(&real.path());
    command.env("GIT_AUTHOR_DATE", &date).env("GIT_COMMITTER_DATE", &date);
    let done = command.args(args).output().unwrap();
    assert!(done.status.success(), "{done:?}");
}

#[test]
fn the_commits_of_a_file_are_those_of_git() {
    let count: u64 =
        std::env::var("LOCALCODER_GIT_HISTORIES").ok().and_then(|count| count.parse().ok()).unwrap_or(15);
    for seed in 0..count {
        let mut random = Rng::with_seed(seed);
        let real = Real::new();
        real.write("a", "0\n");
        real.git(&["add", "-A"]);
        let mut number = 0;
        commit(&real, number, &["commit", "-q", "-m", "begin"]);
        let mut sides = 0;
        for _ in 0..random.usize(2..12) {
            number += 1;
            match random.u8(0..6) {
                0 => {
                    sides += 1;
                    let side = format!("side{sides}");
                    real.git(&["switch", "-q", "-c", &side]);
                    let name = if random.bool() { "a" } else { "b" };
                    real.write(name, format!("{number} aside\n"));
                    real.git(&["add", "-A"]);
                    commit(&real, number, &["commit", "-q", "-m", "aside"]);
                    real.git(&["switch", "-q", "main"]);
                    number += 1;
                    real.write("c", format!("{number}\n"));
                    real.git(&["add", "-A"]);
                    commit(&real, number, &["commit", "-q", "-m", "meanwhile"]);
                    number += 1;
                    commit(&real, number, &["merge", "-q", "--no-edit", "-X", "theirs", &side]);
                }
                1 if real.path().join("a").exists() => {
                    real.git(&["rm", "-q", "a"]);
                    commit(&real, number, &["commit", "-q", "-m", "gone"]);
                }
                _ => {
                    let name = if random.bool() { "a" } else { "b" };
                    real.write(name, format!("{number}\n"));
                    real.git(&["add", "-A"]);
                    commit(&real, number, &["commit", "-q", "-m", "edit"]);
                }
            }
        }
        let ours: Vec<String> =
            history(&real, "a").commits.iter().map(|commit| commit.id.to_string()).collect();
        let gits = real.git(&["log", "--no-renames", "--format=%H", "--", "a"]);
        assert_eq!(ours.join("\n"), gits, "{seed}");
    }
}

#[test]
fn renames_are_followed_and_each_commit_shows_what_it_changed() {
    let real = Real::new();
    let text: String = (0..20).map(|line| format!("line {line}\n")).collect();
    real.write("old.rs", &text);
    real.commit("begin");
    std::fs::create_dir(real.path().join("src")).unwrap();
    real.git(&["mv", "old.rs", "src/new.rs"]);
    real.write("src/new.rs", text.replace("line 3\n", "line three\n"));
    real.commit("move");
    real.write("src/new.rs", text.replace("line 3\n", "line three\n") + "last\n");
    real.commit("more");
    let found = history(&real, "src/new.rs");
    let subjects: Vec<&str> = found.commits.iter().map(|commit| commit.subject.as_str()).collect();
    assert_eq!(subjects, ["more", "move", "begin"]);
    let moved = &found.commits[1];
    assert_eq!(
        (moved.path.clone(), moved.from.clone()),
        (PathBuf::from("src/new.rs"), Some("old.rs".into()))
    );
    let diff = real.open().commit_diff(moved).unwrap();
    assert_eq!(git::lines::counts(&diff.changes), (1, 1));
    let first = real.open().commit_diff(&found.commits[2]).unwrap();
    assert_eq!((first.old, first.new), (None, Some(text.into_bytes())));
    assert!(history(&real, "nowhere").commits.is_empty());
    let cut = real.open().history(Path::new("src/new.rs"), 2, &AtomicBool::new(false)).unwrap();
    assert_eq!((cut.commits.len(), cut.is_cut), (2, true));
}
