//! The outline without a window: rows, filter, keys.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use editor_core::syntax::SyntaxTree;
use editor_core::{Document, EditKind, Language, Transaction};
use ropey::Rope;

use super::update::{around_caret, follow, on};
use super::*;
use crate::workspace::{Focus, Workspace, edit, open};

const TEXT: &str =
    "struct Size {\n    width: u8,\n}\n\nimpl Size {\n    fn area(&self) {}\n}\n\nfn main() {}\n";

/// A workspace with the text in front and its symbols known.
fn workspace() -> (Outline, Workspace) {
    let mut workspace = Workspace::default();
    workspace.session.outline = true;
    let rope = Rope::from_str(TEXT);
    let document = Document::opened(Path::new("/a.rs"), editor_core::file::Opened::new_text(rope.clone()));
    open::add(&mut workspace, document, true, &mut Vec::new());
    let tab = workspace.tab_mut().unwrap();
    let revision = tab.document.revision();
    let tree = SyntaxTree::parse(Language::Rust, &rope, revision, None, &AtomicBool::new(false)).unwrap();
    tab.symbols.revision = Some(revision);
    tab.symbols.all = tree.symbols(&rope).into();
    let mut outline = Outline::default();
    follow(&mut outline, &workspace);
    (outline, workspace)
}

fn names(outline: &Outline, workspace: &Workspace) -> Vec<String> {
    let all = &workspace.tab().unwrap().symbols.all;
    outline.rows.iter().map(|row| all[row.symbol].name.clone()).collect()
}

#[test]
fn it_follows_the_caret_and_a_row_leads_to_its_name() {
    let (mut outline, mut workspace) = workspace();
    let all = names(&outline, &workspace);
    let row = |name: &str| all.iter().position(|other| other == name).unwrap();
    edit::go_to(&mut workspace, TEXT.find("&self").unwrap());
    assert_eq!(around_caret(&outline, &workspace), Some(row("area")));
    on(&mut outline, &mut workspace, OutlineEvent::Click(row("main")), &mut Vec::new());
    assert_eq!(workspace.tab().unwrap().caret(), (8, 3));
    assert_eq!(workspace.focus, Some(Focus::Editor));
    assert_eq!(around_caret(&outline, &workspace), Some(row("main")));
    on(&mut outline, &mut workspace, OutlineEvent::Step(-1), &mut Vec::new());
    assert_eq!(outline.current, Some(row("main") - 1), "the keys start from the caret's row");
    on(&mut outline, &mut workspace, OutlineEvent::Enter, &mut Vec::new());
    assert_eq!(workspace.tab().unwrap().caret(), (5, 7));
}

#[test]
fn the_filter_narrows_it_in_the_order_of_the_text() {
    let (mut outline, mut workspace) = workspace();
    on(&mut outline, &mut workspace, OutlineEvent::Filter("a".into()), &mut Vec::new());
    assert_eq!(names(&outline, &workspace), ["area", "main"]);
    assert_eq!((outline.current, &outline.rows[1].marks[..]), (Some(0), &[1][..]));
    on(&mut outline, &mut workspace, OutlineEvent::Leave, &mut Vec::new());
    follow(&mut outline, &workspace);
    assert!(outline.filter.is_empty() && outline.rows.len() > 2);
    assert_eq!(workspace.focus, Some(Focus::Outline), "first the filter goes, then the keyboard");
    on(&mut outline, &mut workspace, OutlineEvent::Leave, &mut Vec::new());
    assert_eq!(workspace.focus, Some(Focus::Editor));
}

#[test]
fn symbols_follow_what_is_typed_before_them_until_the_text_is_parsed_anew() {
    let (outline, mut workspace) = workspace();
    let tab = workspace.tab().unwrap();
    let (id, edit) = (tab.id, Transaction::replace(tab.document.buffer(), 0..0, "// one\n// two\n"));
    edit::apply_transaction(&mut workspace, id, edit, EditKind::Alone, 0, &mut Vec::new());
    let tab = workspace.tab().unwrap();
    let area = tab.symbols.all.iter().find(|symbol| symbol.name == "area").unwrap();
    assert_eq!(tab.document.rope().slice(area.name_range.clone()), "area");
    assert_eq!(outline.rows.len(), tab.symbols.all.len());
}
