//! Lists are narrowed as somebody types, whatever was typed before and whatever is still under way.

use std::fs;
use std::path::PathBuf;

use super::files::FileGathering;
use super::frecency::Frecency;
use super::*;
use crate::walk::SearchScope;

const LONG: std::time::Duration = std::time::Duration::from_secs(60);

fn corpus(texts: &[&str]) -> Corpus {
    let mut corpus = Corpus::default();
    for text in texts {
        corpus.push(text, text.starts_with("target"));
    }
    corpus
}

fn finder(texts: &[&str]) -> Finder {
    let mut finder = Finder::new(true, || {}).unwrap();
    finder.set_corpus(corpus(texts));
    finder
}

fn found(finder: &Finder) -> Vec<String> {
    assert!(finder.wait(LONG));
    let text = |found: QuickMatch| finder.corpus().text(found.number).unwrap().to_owned();
    finder.found().into_iter().map(text).collect()
}

const PATHS: &[&str] = &[
    "src/views/editor.rs",
    "src/state.rs",
    "docs/state-of-things.md",
    "target/state.rs",
    "src/update/statistics.rs",
    "größe/straße.txt",
];

#[test]
fn parts_of_a_path_are_found_in_any_order_and_what_is_set_aside_comes_last() {
    let mut finder = finder(PATHS);
    for (typed, expected) in [
        ("state.rs", &["src/state.rs", "target/state.rs"][..]),
        ("rs state", &["src/state.rs", "target/state.rs"]),
        ("views/ed", &["src/views/editor.rs"]),
        ("straße", &["größe/straße.txt"]),
        ("grosse", &[]),
    ] {
        finder.set_typed(typed);
        assert_eq!(found(&finder)[..expected.len()], *expected, "{typed}");
    }
    finder.set_typed("");
    assert_eq!(found(&finder).len(), PATHS.len());
    assert_eq!(found(&finder).last().unwrap(), "target/state.rs");
}

#[test]
fn typing_on_finds_what_typing_at_once_does() {
    let many: Vec<String> = (0..20_000).map(|n| format!("src/{}/file_{n}.rs", n % 97)).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let mut slow = finder(&many);
    for typed in ["f", "fi", "fi1", "fi1 9", "fi1 97", "fi1 9", "le_19997", "LE_1"] {
        slow.set_typed(typed);
        // Every other one goes on before the last is done.
        if typed.len() % 2 == 0 {
            slow.wait(LONG);
        }
        let mut quick = finder(&many);
        quick.set_typed(typed);
        assert_eq!(found(&slow), found(&quick), "{typed}");
        assert_eq!(slow.matched(), quick.matched(), "{typed}");
        let marked = |found: &QuickMatch| {
            found.marks.len() >= typed.chars().filter(|c| !c.is_whitespace()).count().min(1)
        };
        assert!(slow.found().iter().all(marked));
    }
}

#[test]
fn what_was_found_before_is_there_at_once_when_it_still_matches() {
    let mut finder = finder(PATHS);
    finder.set_typed("sta");
    assert!(finder.wait(LONG));
    finder.pause();
    finder.set_typed("stat");
    assert!(!finder.is_finished());
    let mut fresh = self::finder(PATHS);
    fresh.set_typed("stat");
    assert!(fresh.wait(LONG) && fresh.matched() > 2);
    assert_eq!(finder.found(), fresh.found());
}

#[test]
fn a_short_list_is_narrowed_at_once() {
    let texts = ["Save as", "Save", "Close"];
    let narrowed = narrow(texts, "as sa");
    assert_eq!(narrowed, [Narrowed { index: 0, marks: vec![0, 1, 5, 6] }]);
    assert_eq!(narrow(texts, "").len(), 3);
}

#[test]
fn the_files_of_folders_are_gathered_and_those_of_late_come_first() {
    let root = tempfile::tempdir().unwrap();
    for name in [".gitignore", "a/one.rs", "a/two.rs", "b/one.rs", "a/log/one.rs", ".git/one.rs"] {
        let path = root.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "log/\n").unwrap();
    }
    let odd: PathBuf =
        root.path().join(<std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(b"b/one\xFF.rs"));
    fs::write(&odd, "").unwrap();
    let gathered = |folders: &[&str]| {
        let folders = folders.iter().map(|name| root.path().join(name)).collect();
        let (send, finished) = std::sync::mpsc::channel();
        let gathering =
            FileGathering::start(SearchScope::folders(folders), true, move || send.send(()).unwrap())
                .unwrap();
        finished.recv_timeout(LONG).unwrap();
        assert!(gathering.is_finished() && !gathering.is_capped());
        gathering
    };
    let paths = |gathering: &FileGathering, finder: &Finder| -> Vec<String> {
        assert!(finder.wait(LONG));
        let path = |found: QuickMatch| gathering.path(found.number).unwrap();
        let below = |path: PathBuf| path.strip_prefix(root.path()).unwrap().to_string_lossy().into_owned();
        finder.found().into_iter().map(|found| below(path(found))).collect()
    };
    let gathering = gathered(&[""]);
    let mut finder = Finder::new(true, || {}).unwrap();
    finder.set_corpus(gathering.corpus());
    finder.set_typed("one");
    let all = paths(&gathering, &finder);
    assert_eq!(all.len(), 4, "{all:?}");
    assert_eq!((all[2].as_str(), all[3].as_str()), ("b/one\u{fffd}.rs", "a/log/one.rs"));
    let mut frecency = Frecency::default();
    (0..9).for_each(|_| frecency.visit(&odd, 5));
    finder.set_bonus(gathering.bonus(&[root.path().join("b/one.rs")], &frecency, 5));
    assert_eq!(paths(&gathering, &finder), ["b/one\u{fffd}.rs", "b/one.rs", "a/one.rs", "a/log/one.rs"]);
    let gathering = gathered(&["a", "b"]);
    finder.set_corpus(gathering.corpus());
    finder.set_bonus(Default::default());
    finder.set_typed("b/one.rs");
    assert_eq!(paths(&gathering, &finder)[0], "b/one.rs", "several folders are told apart by their names");
}
