//! Quick open without a window: what is asked for, what is shown, and where it leads.

use std::path::Path;

use editor_core::Document;
use ground::command::Command;

use super::update::{accept, on, start, step, typed};
use super::*;
use crate::event::{Effect, Event};
use crate::workspace::tree::FileTree;
use crate::workspace::{Overlay, QuickList, QuickMode, Workspace, open};

fn list(workspace: &Workspace) -> &QuickList {
    let Overlay::Quick(list) = &workspace.overlay else { panic!("no list is open") };
    list
}

fn texts(workspace: &Workspace) -> Vec<&str> {
    list(workspace).rows.iter().map(|row| row.text.as_str()).collect()
}

fn contexts() -> Vec<ground::command::Context> {
    use ground::command::Context;
    vec![Context::Always, Context::Editor, Context::Text]
}

/// A workspace on `/r` with this text in front, and its list.
fn on_text(path: &str, text: &str) -> (Quick, Workspace) {
    let mut workspace = Workspace { tree: Some(FileTree::new("/r".into())), ..Workspace::default() };
    let opened = editor_core::file::Opened::new_text(Rope::from_str(text));
    open::add(&mut workspace, Document::opened(Path::new(path), opened), true, &mut Vec::new());
    (Quick::default(), workspace)
}

fn file(path: &str) -> QuickFile {
    let shown = path.trim_start_matches("/r/").to_owned();
    QuickFile { path: path.into(), shown, marks: vec![0], is_set_aside: false }
}

fn asked_files(effects: &[Effect]) -> (u64, String) {
    let asked = effects.iter().rev().find_map(|effect| match effect {
        Effect::Quick(QuickEffect::Files { serial, typed, .. }) => Some((*serial, typed.clone())),
        _ => None,
    });
    asked.expect("no files were asked for")
}

#[test]
fn the_first_character_switches_what_is_listed() {
    let (mut quick, mut workspace) = on_text("/r/a.rs", "one\ntwo\n");
    let mut out = Vec::new();
    start(&mut quick, &mut workspace, contexts(), "", &mut out);
    for (text, mode) in [
        ("a", QuickMode::Files),
        (">sav", QuickMode::Commands),
        ("@", QuickMode::Symbols),
        ("#x", QuickMode::Project),
        (":2", QuickMode::Line),
        ("b", QuickMode::Files),
    ] {
        typed(&mut quick, &mut workspace, text.into(), &mut out);
        assert_eq!(list(&workspace).mode, mode, "{text}");
    }
    assert_eq!(asked_files(&out).1, "b");
    typed(&mut quick, &mut workspace, ">folder".into(), &mut out);
    assert_eq!(texts(&workspace)[0], "Open folder");
    assert_eq!(list(&workspace).rows[0].marks, [5, 6, 7, 8, 9, 10]);
}

#[test]
fn a_command_chosen_once_comes_first_the_next_time() {
    let (mut quick, mut workspace) = on_text("/r/a.rs", "");
    let mut out = Vec::new();
    start(&mut quick, &mut workspace, contexts(), ">", &mut out);
    typed(&mut quick, &mut workspace, "> save all".into(), &mut out);
    accept(&mut workspace, &mut out);
    let runs = |effect: &Effect| matches!(effect, Effect::Then(event) if matches!(**event, Event::Command(Command::SaveAll)));
    assert!(out.iter().any(runs));
    assert!(matches!(workspace.overlay, Overlay::None));
    start(&mut quick, &mut workspace, contexts(), ">", &mut out);
    assert_eq!(texts(&workspace)[0], "Save all");
}

#[test]
fn enter_outlasts_answers_that_come_before_anything_was_found() {
    let (mut quick, mut workspace) = on_text("/r/a.rs", "");
    let mut out = Vec::new();
    start(&mut quick, &mut workspace, contexts(), "", &mut out);
    typed(&mut quick, &mut workspace, "b".into(), &mut out);
    let (serial, _) = asked_files(&out);
    accept(&mut workspace, &mut out);
    out.clear();
    let mut answer = |found: Vec<QuickFile>, is_loading| {
        let count = QuickCount { is_loading, ..QuickCount::default() };
        on(&mut quick, &mut workspace, QuickEvent::Files(serial, found, count), 0, &mut out);
        matches!(workspace.overlay, Overlay::None)
    };
    assert!(!answer(Vec::new(), true), "the folders are still being looked through");
    assert!(answer(vec![file("/r/b.rs")], true));
    assert!(
        out.iter().any(|effect| matches!(effect, Effect::Open { path, .. } if path == Path::new("/r/b.rs")))
    );
}

#[test]
fn enter_waits_for_the_answer_to_what_was_typed() {
    let (mut quick, mut workspace) = on_text("/r/a.rs", "");
    let mut out = Vec::new();
    start(&mut quick, &mut workspace, contexts(), "", &mut out);
    let (first, _) = asked_files(&out);
    on(
        &mut quick,
        &mut workspace,
        QuickEvent::Files(first, vec![file("/r/x.rs")], QuickCount::default()),
        0,
        &mut out,
    );
    typed(&mut quick, &mut workspace, "b:3:2".into(), &mut out);
    out.clear();
    accept(&mut workspace, &mut out);
    assert!(out.is_empty(), "the row of what was typed before is not taken");
    // What answers an earlier question is nobody's answer.
    on(
        &mut quick,
        &mut workspace,
        QuickEvent::Files(first, vec![file("/r/x.rs")], QuickCount::default()),
        0,
        &mut out,
    );
    assert!(out.is_empty());
    let serial = list(&workspace).serial;
    on(
        &mut quick,
        &mut workspace,
        QuickEvent::Files(serial, vec![file("/r/b.rs")], QuickCount::default()),
        0,
        &mut out,
    );
    let opened = out.iter().find_map(|effect| match effect {
        Effect::Open { path, caret, front: true } => Some((path.clone(), *caret)),
        _ => None,
    });
    assert_eq!(opened, Some(("/r/b.rs".into(), Some((2, 1)))));
    assert!(matches!(workspace.overlay, Overlay::None));
}

#[test]
fn what_was_open_lately_comes_first_and_what_is_in_front_after_it() {
    let (mut quick, mut workspace) = on_text("/r/a.rs", "");
    for path in ["/r/old.rs", "/elsewhere/c.rs", "/r/lately.rs", "/r/a.rs"] {
        workspace.session.note_file(Path::new(path));
    }
    let mut out = Vec::new();
    start(&mut quick, &mut workspace, contexts(), "", &mut out);
    assert_eq!(texts(&workspace), ["lately.rs", "old.rs", "a.rs"], "before anything was found");
    let serial = list(&workspace).serial;
    let found = vec![file("/r/a.rs"), file("/r/deep/new.rs")];
    on(&mut quick, &mut workspace, QuickEvent::Files(serial, found, QuickCount::default()), 0, &mut out);
    assert_eq!(texts(&workspace), ["lately.rs", "old.rs", "a.rs", "new.rs"]);
    assert_eq!(list(&workspace).rows[3].detail, "deep");
    typed(&mut quick, &mut workspace, "c.rs".into(), &mut out);
    let serial = list(&workspace).serial;
    on(&mut quick, &mut workspace, QuickEvent::Files(serial, Vec::new(), QuickCount::default()), 0, &mut out);
    assert_eq!(texts(&workspace), ["c.rs"], "what lies elsewhere is found by its name");
}

#[test]
fn marks_are_those_of_the_name_and_of_the_folder() {
    let found = QuickFile {
        path: "/r/größe/ab.rs".into(),
        shown: "größe/ab.rs".into(),
        marks: vec![1, 5, 6, 8],
        is_set_aside: true,
    };
    let row = rows::file(found, None);
    assert_eq!((row.text.as_str(), row.detail.as_str(), row.dim), ("ab.rs", "größe", true));
    assert_eq!((row.marks, row.detail_marks), (vec![0, 2], vec![1]));
}

fn declared(place: QuickPlace, name: &str, line: usize, column: usize) -> QuickDeclared {
    let kind = editor_core::symbols::SymbolKind::Function;
    let declared = Declared { name: name.into(), kind, container: None, position: 0, line, column };
    QuickDeclared { place, declared, marks: Vec::new() }
}

fn define(quick: &mut Quick, workspace: &mut Workspace, position: usize) -> (u64, Vec<Effect>) {
    let id = workspace.tab().unwrap().id;
    let mut out = Vec::new();
    on(quick, workspace, QuickEvent::Define(id, position), 0, &mut out);
    let serial = out.iter().find_map(|effect| match effect {
        Effect::Quick(QuickEffect::Define(serial, name, _)) if name == "size" => Some(*serial),
        _ => None,
    });
    (serial.expect("nothing was asked"), out)
}

#[test]
fn one_definition_is_gone_to_several_are_listed_and_none_is_told() {
    let text = "fn size() {}\nfn f() { size() }\n";
    let (mut quick, mut workspace) = on_text("/r/a.rs", text);
    let here = || QuickPlace::File("/r/a.rs".into());
    let (serial, mut out) = define(&mut quick, &mut workspace, 23);
    let done = QuickCount::default();
    on(
        &mut quick,
        &mut workspace,
        QuickEvent::Defined(serial, vec![declared(here(), "size", 0, 3)], done),
        0,
        &mut out,
    );
    assert_eq!(workspace.tab().unwrap().caret(), (0, 3));

    let (serial, mut out) = define(&mut quick, &mut workspace, 23);
    let both =
        vec![declared(here(), "size", 0, 3), declared(QuickPlace::File("/r/b.rs".into()), "size", 4, 0)];
    on(&mut quick, &mut workspace, QuickEvent::Defined(serial, both, done), 0, &mut out);
    assert_eq!(list(&workspace).mode, QuickMode::Definitions("size".into()));
    let places: Vec<&str> = list(&workspace).rows.iter().map(|row| row.right.as_str()).collect();
    assert_eq!(places, ["a.rs:1", "b.rs:5"]);
    step(&mut workspace, 1);
    accept(&mut workspace, &mut out);
    assert!(out.iter().any(|effect| matches!(effect, Effect::Open { caret: Some((4, 0)), .. })));

    let (serial, mut out) = define(&mut quick, &mut workspace, 23);
    on(&mut quick, &mut workspace, QuickEvent::Defined(serial, Vec::new(), done), 0, &mut out);
    assert!(workspace.toasts.iter().any(|toast| toast.text.contains("No definition of “size” was found")));
}

#[test]
fn on_the_definition_itself_its_mentions_are_listed() {
    let (mut quick, mut workspace) = on_text("/r/a.rs", "fn size() {}\n");
    let (serial, mut out) = define(&mut quick, &mut workspace, 4);
    let here = declared(QuickPlace::File("/r/a.rs".into()), "size", 0, 3);
    on(
        &mut quick,
        &mut workspace,
        QuickEvent::Defined(serial, vec![here], QuickCount::default()),
        0,
        &mut out,
    );
    assert_eq!(list(&workspace).mode, QuickMode::Mentions("size".into()));
    assert!(out.iter().any(|effect| matches!(effect, Effect::Quick(QuickEffect::Mentions(..)))));
}

#[test]
fn a_definition_that_comes_late_takes_nobody_away() {
    let (mut quick, mut workspace) = on_text("/r/a.rs", "fn size() {}\nfn other() { size() }\n");
    let (serial, mut out) = define(&mut quick, &mut workspace, 27);
    crate::workspace::edit::go_to(&mut workspace, 17);
    let here = declared(QuickPlace::File("/r/a.rs".into()), "size", 0, 3);
    on(
        &mut quick,
        &mut workspace,
        QuickEvent::Defined(serial, vec![here], QuickCount::default()),
        0,
        &mut out,
    );
    assert_eq!(workspace.tab().unwrap().document.selection().primary().head, 17);
}

#[test]
fn a_name_that_has_moved_is_found_where_it_is_now() {
    let (_, mut workspace) = on_text("/r/a.rs", "// new\n// lines\nfn resize() {}\nfn size() {}\n");
    let at = crate::workspace::QuickAt { line: 0, column: 3, name: Some("size".into()) };
    go::go(&mut workspace, QuickPlace::File("/r/a.rs".into()), Some(at), &mut Vec::new());
    assert_eq!(workspace.tab().unwrap().caret(), (3, 3));
}

#[test]
fn more_mentions_are_put_where_they_belong() {
    let (mut quick, mut workspace) = on_text("/r/a.rs", "size\n");
    let mut out = Vec::new();
    names::mentions(&mut quick, &mut workspace, 0, &mut out);
    let serial = list(&workspace).serial;
    let mention = |path: &str, line: usize| QuickMention {
        place: QuickPlace::File(path.into()),
        line,
        column: 0,
        text: format!("size {line}"),
        marks: vec![0, 1, 2, 3],
    };
    let more = QuickCount { is_loading: true, ..QuickCount::default() };
    let first = vec![mention("/r/b.rs", 1), mention("/r/b.rs", 2)];
    on(&mut quick, &mut workspace, QuickEvent::Mentioned(serial, first, more), 0, &mut out);
    step(&mut workspace, 1);
    let second = vec![mention("/r/a.rs", 7)];
    on(&mut quick, &mut workspace, QuickEvent::Mentioned(serial, second, QuickCount::default()), 0, &mut out);
    assert_eq!(texts(&workspace), ["size 7", "size 1", "size 2"]);
    assert_eq!(list(&workspace).current, 2, "the chosen row stays the chosen one");
    assert_eq!(list(&workspace).note, "3 lines in 2 files");
    typed(&mut quick, &mut workspace, "b.rs".into(), &mut out);
    assert_eq!(texts(&workspace), ["size 1", "size 2"]);
    typed(&mut quick, &mut workspace, ">".into(), &mut out);
    assert!(texts(&workspace).is_empty(), "in a list about a name no character switches");
}

#[test]
fn all_folders_of_the_project_are_listed_and_searched() {
    let (mut quick, mut workspace) = on_text("/other/b.rs", "fn one() {}\n");
    let tree = workspace.tree.as_mut().unwrap();
    assert!(tree.add_root("/other".into()));
    let mut out = Vec::new();
    start(&mut quick, &mut workspace, contexts(), "", &mut out);
    let folders = out.iter().find_map(|effect| match effect {
        Effect::Quick(QuickEffect::Files { folders, .. }) => Some(folders.clone()),
        _ => None,
    });
    assert_eq!(folders, Some(vec![PathBuf::from("/r"), "/other".into()]));
    assert_eq!(rows::short(&workspace, Path::new("/other/b.rs")), "other/b.rs");
    assert_eq!(rows::short(&workspace, Path::new("/r/a.rs")), "a.rs");
}
