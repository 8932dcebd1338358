//! Small trees are searched: every kind of pattern, file and limit.
#![allow(clippy::single_range_in_vec_init, reason = "one range is what is meant")]

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::process::Command;

use editor_core::encoding::ReadOnly;
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::globs::Globs;
use crate::query::{Case, SearchQuery};

fn text(pattern: &str) -> SearchQuery {
    SearchQuery { pattern: pattern.to_owned(), ..SearchQuery::default() }
}

fn regex(pattern: &str) -> SearchQuery {
    SearchQuery { regex: true, ..text(pattern) }
}

/// Writes files, with their folders.
fn written(files: &[(&str, &[u8])]) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = root.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    root
}

fn request(root: &Path, query: &SearchQuery) -> SearchRequest {
    let mut request =
        SearchRequest::new(Matcher::new(query).unwrap(), SearchScope::folders(vec![root.to_owned()]));
    request.order = VisitOrder::Sorted;
    request
}

fn finished(request: SearchRequest) -> (Vec<FileHits>, Summary) {
    let running = RunningSearch::start(request, || {}).unwrap();
    let (mut files, mut summary) = (Vec::new(), None);
    for event in running.wait() {
        match event {
            SearchEvent::File(file) => files.push(*file),
            SearchEvent::Done(done) => summary = Some(*done),
        }
    }
    (files, summary.unwrap())
}

fn name(root: &Path, place: &HitPlace) -> String {
    match place {
        HitPlace::File(path) => path.strip_prefix(root).unwrap().to_string_lossy().into_owned(),
        HitPlace::Text(number) => format!("text {number}"),
    }
}

/// `name:line:column` of each hit, counted from 1, as people write it.
fn places(root: &Path, request: SearchRequest) -> Vec<String> {
    let (files, _) = finished(request);
    let hit = |file: &FileHits, hit: &crate::Hit| {
        format!("{}:{}:{}", name(root, &file.place), hit.line + 1, hit.column + 1)
    };
    files.iter().flat_map(|file| file.hits.iter().map(move |one| hit(file, one))).collect()
}

fn found(files: &[(&str, &[u8])], query: &SearchQuery) -> Vec<String> {
    let root = written(files);
    places(root.path(), request(root.path(), query))
}

#[test]
fn text_words_case_and_regular_expressions_are_found() {
    let files: &[(&str, &[u8])] = &[("a", b"Foo foobar\n a.b FOO\r\nfoo"), ("b", "é漢foo a+b\n".as_bytes())];
    assert_eq!(found(files, &text("foo")), ["a:1:1", "a:1:5", "a:2:6", "a:3:1", "b:1:3"]);
    assert_eq!(found(files, &text("Foo")), ["a:1:1"], "a capital matters");
    let case = |case| found(files, &SearchQuery { case, ..text("Foo") });
    assert_eq!(case(Case::Insensitive), ["a:1:1", "a:1:5", "a:2:6", "a:3:1", "b:1:3"]);
    assert_eq!(
        found(files, &SearchQuery { case: Case::Sensitive, ..text("foo") }),
        ["a:1:5", "a:3:1", "b:1:3"]
    );
    assert_eq!(found(files, &SearchQuery { whole_word: true, ..text("foo") }), ["a:1:1", "a:2:6", "a:3:1"]);
    assert_eq!(found(files, &text("a.b")), ["a:2:2"]);
    assert_eq!(found(files, &text("a+b")), ["b:1:7"]);
    assert_eq!(found(files, &regex("a.b")), ["a:2:2", "b:1:7"]);
    assert_eq!(found(files, &regex("FOO$")), ["a:2:6"], "a line ends before its carriage return");
    assert_eq!(found(files, &regex(r"^\s*a\b")), ["a:2:1"]);
}

#[test]
fn matches_over_several_lines_are_found_in_files_of_either_line_ending() {
    let files: &[(&str, &[u8])] = &[("a", b"x\none\ntwo\n"), ("b", b"one\r\ntwo one\r\n\r\ntwo")];
    assert_eq!(found(files, &text("one\ntwo")), ["a:2:1", "b:1:1"]);
    assert!(found(files, &regex(r"one\s+two")).is_empty());
    assert_eq!(
        found(files, &SearchQuery { multi_line: true, ..regex(r"one\s+two") }),
        ["a:2:1", "b:1:1", "b:2:5"]
    );
    let root = written(files);
    let (files, _) = finished(request(root.path(), &text("one\ntwo")));
    let lines: Vec<_> = files[1].lines.iter().map(|line| (line.text.as_str(), line.marks.clone())).collect();
    assert_eq!(lines, [("one", vec![0..3]), ("two one", vec![0..3])]);
    assert_eq!(files[1].hits[0].range, 0..8);
}

#[test]
fn lines_around_a_hit_come_with_it_and_long_ones_are_cut() {
    let long = format!("{}needle{}\n", "é".repeat(5000), "x".repeat(5000));
    let all = format!("1\n2\n{long}4\n5\n6\n7\n8 needle\n");
    let root = written(&[("a", all.as_bytes())]);
    let mut request = request(root.path(), &text("needle"));
    request.context = 1;
    let (files, _) = finished(request);
    let shown: Vec<_> = files[0].lines.iter().map(|line| (line.number, line.is_match)).collect();
    assert_eq!(shown, [(1, false), (2, true), (3, false), (6, false), (7, true)]);
    let line = &files[0].lines[1];
    assert_eq!((line.cut_before, line.is_cut_behind, line.text.chars().count()), (4920, true, 400));
    assert_eq!((line.marks.clone(), line.start), (vec![80..86], 4));
    assert_eq!((files[0].hits[0].column, files[0].hits[0].range.clone()), (5000, 5004..5010));
    assert_eq!(files[0].lines[4].marks, [2..8]);
}

#[test]
fn a_file_is_searched_as_the_editor_decodes_it() {
    let utf16: Vec<u8> = "\u{feff}größe café\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let unmarked: Vec<u8> = "plain café\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
    let (japanese, ..) = encoding_rs::SHIFT_JIS.encode("これは日本語の文章です。café\n");
    let files: &[(&str, &[u8])] = &[
        ("bom", b"\xEF\xBB\xBFcaf\xC3\xA9\n"),
        ("broken", b"\xC3\xA9\xC3\xA9\xC3\xA9 \xFF caf\xC3\xA9\n"),
        ("latin", b"cr\xE8me br\xFBl\xE9e au caf\xE9\n"),
        ("utf16", &utf16),
        ("utf16_unmarked", &unmarked),
    ];
    let root = written(files);
    let (found, _) = finished(request(root.path(), &text("café")));
    assert_eq!(found.len(), files.len());
    for file in &found {
        let HitPlace::File(path) = &file.place else { panic!() };
        let opened = editor_core::file::open(&editor_core::disk::RealDisk, path).unwrap();
        let selected = opened.rope.slice(file.hits[0].range.clone());
        assert_eq!(selected, "café", "{}", path.display());
        assert_eq!(file.read_only, opened.read_only);
        assert_eq!(file.version, Version::Disk(opened.stamp.unwrap().metadata));
    }
    assert_eq!(found.iter().filter(|file| file.read_only == Some(ReadOnly::BrokenUtf8)).count(), 1);
    let root = written(&[("chosen", &japanese)]);
    let mut chosen = request(root.path(), &text("日本語"));
    chosen.readings = HashMap::from([(root.path().join("chosen"), Encoding::Legacy(encoding_rs::SHIFT_JIS))]);
    assert_eq!(places(root.path(), chosen), ["chosen:1:4"]);
}

#[test]
fn open_texts_are_searched_in_place_of_their_files() {
    let root = written(&[("a", b"needle"), ("b", b"needle"), ("sub/c.log", b"needle")]);
    let open = |text: &str| OpenText { rope: Rope::from_str(text), revision: Revision(7) };
    let mut asked = request(root.path(), &text("needle"));
    for (name, text) in [("a", "nothing"), ("b", "é needle needle"), ("new", "needle"), (".new", "needle")] {
        asked.open.insert(root.path().join(name), open(text));
    }
    asked.open.insert("/elsewhere/new".into(), open("needle"));
    asked.untitled = vec![(9, open("needle")), (3, open("\nneedle"))];
    asked.scope.globs = Globs::new("", "*.log").unwrap();
    assert_eq!(
        places(root.path(), asked.clone()),
        ["text 3:2:1", "text 9:1:1", "b:1:3", "b:1:10", "new:1:1"]
    );
    let (files, _) = finished(asked.clone());
    assert_eq!(files[2].version, Version::Open(Revision(7)));
    asked.scope.places = walk::SearchRoots::Files(vec![root.path().join("b"), root.path().join("sub/c.log")]);
    asked.untitled.clear();
    assert_eq!(places(root.path(), asked), ["b:1:3", "b:1:10"], "only open files");
}

#[test]
fn what_is_set_aside_is_searched_on_wish() {
    let files: &[(&str, &[u8])] = &[
        (".git/config", b"needle"),
        (".gitignore", b"*.log\nbuild/\n"),
        (".hidden/a", b"needle"),
        ("a", b"needle"),
        ("b.log", b"needle"),
        ("build/c", b"needle"),
        ("vendor/d", b"needle"),
    ];
    let root = written(files);
    let asked = |hidden, ignored| {
        let mut asked = request(root.path(), &text("needle"));
        asked.scope.exclude = vec!["vendor".to_owned()];
        (asked.scope.hidden, asked.scope.ignored) = (hidden, ignored);
        places(root.path(), asked)
    };
    assert_eq!(asked(false, false), ["a:1:1"]);
    assert_eq!(asked(true, false), [".hidden/a:1:1", "a:1:1"]);
    assert_eq!(asked(false, true), ["a:1:1", "b.log:1:1", "build/c:1:1", "vendor/d:1:1"]);
    let mut within = request(&root.path().join("build"), &text("needle"));
    assert_eq!(places(root.path(), within.clone()), ["build/c:1:1"], "search in this folder");
    within.scope.places =
        walk::SearchRoots::Folders(["build", "", "build"].map(|name| root.path().join(name)).to_vec());
    assert_eq!(places(root.path(), within), ["a:1:1", "vendor/d:1:1"], "each file once");
}

#[test]
fn what_changed_is_searched_with_all_below_where_it_is_a_folder() {
    let files: &[(&str, &[u8])] = &[
        ("a", b"needle"),
        ("b", b"needle"),
        ("new/c", b"needle"),
        ("new/d/e", b"needle"),
        ("new/.f", b"needle"),
    ];
    let root = written(files);
    let mut asked = request(root.path(), &text("needle"));
    let changed = ["a", "new", "gone"].map(|name| root.path().join(name)).to_vec();
    asked.scope.places = walk::SearchRoots::Again(vec![root.path().to_owned()], changed);
    assert_eq!(places(root.path(), asked), ["a:1:1", "new/c:1:1", "new/d/e:1:1"], "not what is hidden");
}

#[test]
fn what_cannot_be_searched_is_counted_with_its_reason() {
    let root = written(&[("a", b"needle"), ("binary", b"needle\0\xFF\x01needle"), ("huge", &[b'x'; 2000])]);
    let path = |name: &str| root.path().join(name);
    for pipe in ["pipe", ".gitignore"] {
        assert!(Command::new("mkfifo").arg(path(pipe)).status().unwrap().success());
    }
    let odd = std::ffi::OsStr::from_bytes(b"odd\xFF\n");
    fs::write(root.path().join(odd), "needle").unwrap();
    fs::create_dir(path("sub")).unwrap();
    std::os::unix::fs::symlink("..", path("sub/up")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", path("zero")).unwrap();
    let mut asked = request(root.path(), &text("needle"));
    (asked.scope.follow_links, asked.limits.file_bytes) = (true, 1000);
    let (files, summary) = finished(asked.clone());
    let paths: Vec<_> = files.iter().map(|file| file.place.clone()).collect();
    assert_eq!(paths, [HitPlace::File(path("a")), HitPlace::File(root.path().join(odd))]);
    let expected = "1 binary, 1 too large, 2 not ordinary files, 1 links in a circle";
    assert_eq!(summary.skipped.words(), expected);
    assert_eq!(summary.skipped.examples(Reason::Circle), [path("sub/up")]);
    asked.scope.places = walk::SearchRoots::Files(vec![path("gone"), path("pipe"), path("a")]);
    let (files, summary) = finished(asked);
    assert_eq!(
        (files.len(), summary.skipped.words().as_str()),
        (1, "1 not ordinary files, 1 gone meanwhile")
    );
    assert_eq!((summary.searched, summary.files, summary.hits), (1, 1, 1));
}

#[test]
fn no_more_is_kept_than_is_asked_for_and_that_is_said() {
    let root = written(&[("a", b"x x x x\n"), ("b", b"x\nx\nx\n"), ("c", b"x\n")]);
    let counts = |hits, hits_of_file| {
        let mut asked = request(root.path(), &text("x"));
        (asked.limits.hits, asked.limits.hits_of_file) = (hits, hits_of_file);
        let (files, summary) = finished(asked);
        let of: Vec<_> = files.iter().map(|file| (file.hits.len(), file.is_capped)).collect();
        assert_eq!(summary.hits, files.iter().map(|file| file.hits.len()).sum::<usize>());
        (of, summary.is_capped)
    };
    assert_eq!(counts(99, 99), (vec![(4, false), (3, false), (1, false)], false));
    assert_eq!(counts(8, 99), (vec![(4, false), (3, false), (1, false)], false));
    assert_eq!(counts(99, 2), (vec![(2, true), (2, true), (1, false)], false));
    assert_eq!(counts(5, 99), (vec![(4, false), (1, true)], true));
    assert_eq!(counts(4, 99), (vec![(4, false)], true));
}

#[test]
fn several_threads_find_what_one_does() {
    let files: Vec<(String, String)> =
        (0..300).map(|n| (format!("{}/{n}", n % 7), format!("needle {n}\n").repeat(n % 5))).collect();
    let files: Vec<(&str, &[u8])> =
        files.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
    let root = written(&files);
    let mut asked = request(root.path(), &text("needle"));
    let (expected, summary) = finished(asked.clone());
    asked.order = VisitOrder::AsFound;
    let (mut found, parallel) = finished(asked.clone());
    found.sort_by(|a, b| a.place.cmp(&b.place));
    let mut expected = expected;
    expected.sort_by(|a, b| a.place.cmp(&b.place));
    assert_eq!(found, expected);
    assert_eq!(parallel, summary);
    asked.limits.hits = 100;
    let (found, summary) = finished(asked);
    assert_eq!(found.iter().map(|file| file.hits.len()).sum::<usize>(), 100);
    assert!(summary.is_capped && summary.hits == 100);
}

#[test]
fn a_search_that_nobody_takes_from_waits_and_ends_when_it_is_told_to() {
    let files: Vec<String> = (0..MAX_WAITING * 3).map(|n| n.to_string()).collect();
    let files: Vec<(&str, &[u8])> = files.iter().map(|name| (name.as_str(), &b"needle"[..])).collect();
    let root = written(&files);
    let mut asked = request(root.path(), &text("needle"));
    asked.order = VisitOrder::AsFound;
    let running = RunningSearch::start(asked.clone(), || {}).unwrap();
    while running.progress().searched < MAX_WAITING {
        thread::yield_now();
    }
    running.cancel();
    let events: Vec<SearchEvent> = running.wait().collect();
    let Some(SearchEvent::Done(summary)) = events.last() else { panic!("{events:?}") };
    assert!(summary.is_cancelled && summary.searched < files.len(), "{summary:?}");
    assert!(events.len() <= MAX_WAITING + walk::threads() + 1);
    let woken = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&woken);
    let running = RunningSearch::start(asked, move || {
        counter.fetch_add(1, Ordering::Relaxed);
    })
    .unwrap();
    let first = running.wait().next();
    assert!(matches!(first, Some(SearchEvent::File(_))));
    // The window is woken once there is something to take, so who waits may take it before.
    while woken.load(Ordering::Relaxed) == 0 {
        thread::yield_now();
    }
    drop(running);
    // The closure goes when the search's own thread ends.
    while Arc::strong_count(&woken) > 1 {
        thread::yield_now();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// The hits are those of a dumb model: each place at which the text stands, whatever the lines and the letters are.
    #[test]
    fn hits_are_where_the_text_stands(content in "[aé漢\r\n ]{0,40}", needle in "[aé漢 ]{1,2}") {
        let root = written(&[("a", content.as_bytes())]);
        let (files, _) = finished(request(root.path(), &SearchQuery { case: Case::Sensitive, ..text(&needle) }));
        let found: Vec<_> = files.iter().flat_map(|file| file.hits.iter().map(|hit| hit.range.clone())).collect();
        let chars = |byte: usize| content[..byte].chars().count();
        let expected: Vec<_> =
            content.match_indices(&needle).map(|(at, found)| chars(at)..chars(at + found.len())).collect();
        prop_assert_eq!(found, expected);
        let rope = Rope::from_str(&content);
        for file in &files {
            for hit in &file.hits {
                prop_assert_eq!(hit.line, rope.char_to_line(hit.range.start));
                prop_assert_eq!(hit.column, hit.range.start - rope.line_to_char(hit.line));
            }
            for line in &file.lines {
                prop_assert_eq!(line.start, rope.line_to_char(line.number));
                let whole = rope.line(line.number).to_string();
                let whole = whole.strip_suffix('\n').map_or(&whole[..], |line| line.strip_suffix('\r').unwrap_or(line));
                prop_assert_eq!(&line.text, whole);
            }
        }
    }
}
