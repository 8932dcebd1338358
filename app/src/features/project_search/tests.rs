//! What the panel makes of what comes from outside: stale answers, refreshes, what was dismissed.

use std::collections::HashSet;
use std::path::PathBuf;

use editor_core::disk::Metadata;
use search::hits::HitLine;
use search::run::Summary;
use search::{FileHits, Hit, HitPlace, Matcher, SearchQuery, Version};

use super::update;
use super::*;
use crate::event::Effect;
use crate::workspace::Workspace;
use crate::workspace::tree::FileTree;

/// A panel that has asked for "x", and the serial of that.
fn asked() -> (ProjectSearch, Workspace, u64) {
    let mut search = ProjectSearch { open: true, ..ProjectSearch::default() };
    let mut workspace = Workspace { tree: Some(FileTree::new("/p".into())), ..Workspace::default() };
    let out = on(&mut search, &mut workspace, ProjectSearchEvent::Typed(SearchField::Pattern, "x".into()), 0);
    assert!(out.is_empty(), "it has not rested yet");
    assert_eq!(searches(&tick(&mut search, &mut workspace, 100)), [0; 0]);
    assert_eq!(update::wake_in(&search, 100), Some(80));
    let serials = searches(&tick(&mut search, &mut workspace, 200));
    assert_eq!(serials.len(), 1);
    let matcher = Matcher::new(&SearchQuery { pattern: "x".into(), ..SearchQuery::default() });
    on(&mut search, &mut workspace, ProjectSearchEvent::Begun(serials[0], matcher.map(Box::new)), 200);
    (search, workspace, serials[0])
}

fn on(
    search: &mut ProjectSearch,
    workspace: &mut Workspace,
    event: ProjectSearchEvent,
    now: u64,
) -> Vec<Effect> {
    let mut out = Vec::new();
    update::on(search, workspace, event, now, &mut out);
    out
}

fn tick(search: &mut ProjectSearch, workspace: &mut Workspace, now: u64) -> Vec<Effect> {
    let mut out = Vec::new();
    update::tick(search, workspace, now, &mut out);
    out
}

/// The serials of searches that are asked for.
fn searches(out: &[Effect]) -> Vec<u64> {
    let serial = |effect: &Effect| match effect {
        Effect::ProjectSearch(ProjectSearchEffect::Search(asked)) => Some(asked.serial),
        _ => None,
    };
    out.iter().filter_map(serial).collect()
}

/// A file with a hit at the start of each of these lines.
fn file(name: &str, lines: &[usize]) -> FileHits {
    let line = |number: &usize| HitLine {
        number: *number,
        start: number * 10,
        text: format!("x {number}"),
        cut_before: 0,
        is_cut_behind: false,
        marks: std::iter::once(0..1).collect(),
        is_match: true,
    };
    FileHits {
        place: HitPlace::File(PathBuf::from(name)),
        version: Version::Disk(Metadata::default()),
        hits: lines
            .iter()
            .map(|line| Hit { range: line * 10..line * 10 + 1, line: *line, column: 0 })
            .collect(),
        lines: lines.iter().map(line).collect(),
        is_capped: false,
        read_only: None,
    }
}

fn found(
    serial: u64,
    files: Vec<FileHits>,
    over: bool,
) -> (ProjectSearchEvent, crossbeam_channel::Receiver<()>) {
    let (turn, drawn) = SearchTurn::new();
    let done = over.then(Summary::default);
    let batch = SearchBatch { serial, files, progress: Default::default(), done, turn };
    (ProjectSearchEvent::Found(batch), drawn)
}

fn names(search: &ProjectSearch) -> Vec<String> {
    let of = |file: &std::sync::Arc<FileHits>| match &file.place {
        HitPlace::File(path) => format!("{} {}", path.display(), file.hits.len()),
        HitPlace::Text(number) => number.to_string(),
    };
    search.results.page.files().map(of).collect()
}

#[test]
fn a_batch_waits_for_a_frame_and_one_of_an_earlier_search_for_nothing() {
    let (mut search, mut workspace, serial) = asked();
    let is_held = |drawn: &crossbeam_channel::Receiver<()>| {
        drawn.try_recv() == Err(crossbeam_channel::TryRecvError::Empty)
    };
    let (batch, drawn) = found(serial, vec![file("/p/a", &[1])], false);
    on(&mut search, &mut workspace, batch, 210);
    assert!(is_held(&drawn));
    tick(&mut search, &mut workspace, 220);
    assert!(!is_held(&drawn));
    let (stale, drawn) = found(serial - 1, vec![file("/p/b", &[1])], true);
    on(&mut search, &mut workspace, stale, 230);
    assert!(!is_held(&drawn));
    assert_eq!((names(&search), search.results.is_running()), (vec!["/p/a 1".into()], true));
    let (last, _) = found(serial, vec![file("/p/0", &[1, 2])], true);
    on(&mut search, &mut workspace, last, 240);
    assert_eq!((names(&search).len(), search.results.is_running()), (2, false));
}

#[test]
fn what_is_listed_stays_until_the_next_search_finds_something() {
    let (mut search, mut workspace, serial) = asked();
    on(&mut search, &mut workspace, found(serial, vec![file("/p/a", &[1]), file("/p/b", &[1])], true).0, 210);
    // The same again: what is not met goes at the end alone.
    let mut out = Vec::new();
    update::refresh(&mut search, &workspace, 300, &mut out);
    let again = searches(&out)[0];
    on(&mut search, &mut workspace, found(again, vec![file("/p/b", &[1, 2])], false).0, 310);
    assert_eq!(names(&search), ["/p/a 1", "/p/b 2"]);
    on(&mut search, &mut workspace, found(again, vec![], true).0, 320);
    assert_eq!(names(&search), ["/p/b 2"]);
    // Something else: what was found before goes with the first that comes.
    on(&mut search, &mut workspace, ProjectSearchEvent::Typed(SearchField::Pattern, "y".into()), 400);
    let out = on(&mut search, &mut workspace, ProjectSearchEvent::Enter, 410);
    assert_eq!(names(&search), ["/p/b 2"]);
    on(&mut search, &mut workspace, found(searches(&out)[0], vec![file("/p/c", &[3])], false).0, 420);
    assert_eq!(names(&search), ["/p/c 1"]);
    // Escape ends the search, a second one the panel.
    let out = on(&mut search, &mut workspace, ProjectSearchEvent::Escape, 430);
    assert!(matches!(out[..], [Effect::ProjectSearch(ProjectSearchEffect::Cancel)]) && search.open);
    let over = found(search.results.serial, vec![], true).0;
    on(&mut search, &mut workspace, over, 440);
    on(&mut search, &mut workspace, ProjectSearchEvent::Escape, 450);
    assert!(!search.open);
}

#[test]
fn what_was_dismissed_does_not_come_back_with_what_is_searched_again() {
    let (mut search, mut workspace, serial) = asked();
    let all = || vec![file("/p/a", &[1, 5, 9]), file("/p/b", &[1])];
    on(&mut search, &mut workspace, found(serial, all(), true).0, 210);
    let a = HitPlace::File("/p/a".into());
    on(&mut search, &mut workspace, ProjectSearchEvent::DismissRow(a.clone(), Some(5)), 220);
    on(&mut search, &mut workspace, ProjectSearchEvent::DismissRow(HitPlace::File("/p/b".into()), None), 220);
    assert_eq!(names(&search), ["/p/a 2"]);
    let mut out = Vec::new();
    update::refresh(&mut search, &workspace, 300, &mut out);
    on(&mut search, &mut workspace, found(searches(&out)[0], all(), true).0, 310);
    assert_eq!(names(&search), ["/p/a 2"]);
    // Also where a line was moved.
    let mut moved = file("/p/a", &[2, 6, 10]);
    moved.lines[1].text = "x 5".into();
    let generation = search.results.generation;
    on(&mut search, &mut workspace, ProjectSearchEvent::Again(generation, vec![a], vec![moved]), 320);
    let left: HashSet<usize> = search.results.page.file(0).unwrap().hits.iter().map(|hit| hit.line).collect();
    assert_eq!(left, HashSet::from([2, 10]));
    // Another question begins anew.
    on(&mut search, &mut workspace, ProjectSearchEvent::Context(2), 400);
    let anew = found(search.results.serial, all(), true).0;
    on(&mut search, &mut workspace, anew, 410);
    assert_eq!(names(&search), ["/p/a 3", "/p/b 1"]);
}

#[test]
fn what_changed_is_searched_again_once_it_has_rested() {
    let (mut search, mut workspace, serial) = asked();
    on(&mut search, &mut workspace, found(serial, vec![file("/p/a", &[1])], true).0, 210);
    refresh::written(&mut search, ["/p/a".into(), "/p/b".into()], 1_000);
    refresh::written(&mut search, ["/p/b".into()], 1_200);
    assert!(tick(&mut search, &mut workspace, 1_300).is_empty());
    assert_eq!(update::wake_in(&search, 1_300), Some(150));
    let out = tick(&mut search, &mut workspace, 1_450);
    let [Effect::ProjectSearch(ProjectSearchEffect::Again(asked, _, places))] = &out[..] else {
        panic!("{out:?}")
    };
    assert_eq!(places.len(), 2);
    let answer = ProjectSearchEvent::Again(asked.serial, places.clone(), vec![file("/p/b", &[4])]);
    on(&mut search, &mut workspace, answer, 1_500);
    assert_eq!((names(&search), update::wake_in(&search, 1_500)), (vec!["/p/b 1".into()], None));
    let late = ProjectSearchEvent::Again(asked.serial - 1, places.clone(), vec![]);
    on(&mut search, &mut workspace, late, 1_500);
    assert_eq!(names(&search), ["/p/b 1"], "an answer to another question");
}

#[test]
fn the_list_is_walked_through_and_folded_by_key() {
    let (mut search, mut workspace, serial) = asked();
    let mut collapse = |search: &mut ProjectSearch, event| on(search, &mut workspace, event, 300);
    collapse(&mut search, found(serial, vec![file("/p/a", &[1, 5]), file("/p/b", &[1])], true).0);
    let row = |search: &ProjectSearch| search.results.row();
    let mut press = |search: &mut ProjectSearch, event| {
        collapse(search, event);
        row(search)
    };
    assert_eq!(press(&mut search, ProjectSearchEvent::ToList), Some(0));
    assert_eq!(press(&mut search, ProjectSearchEvent::Fold(true)), Some(1), "into it");
    assert_eq!(press(&mut search, ProjectSearchEvent::Step(1)), Some(2));
    assert_eq!(press(&mut search, ProjectSearchEvent::Fold(false)), Some(0), "to its head");
    assert_eq!(press(&mut search, ProjectSearchEvent::Fold(false)), Some(0));
    assert_eq!(press(&mut search, ProjectSearchEvent::End(true)), Some(2), "its lines are hidden");
    assert_eq!(press(&mut search, ProjectSearchEvent::Dismiss), Some(0));
    assert_eq!(names(&search), ["/p/a 2"]);
}
