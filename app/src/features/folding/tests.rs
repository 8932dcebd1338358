//! Folding by commands, kept while the text changes.
#![allow(clippy::single_range_in_vec_init, reason = "one range is what is meant")]

use editor_core::{Document, EditKind, Language, Selection, Transaction};
use ground::ids::TabId;

use super::FoldingEvent;
use super::update::*;
use crate::workspace::{Workspace, edit, open};

const CODE: &str =
    "class A:\n    def f(self):\n        if a:\n            b\n        c\n\n    def g(self):\n        d\n";

/// A window with a text, indented and without a tree, and the caret in a line.
fn with_text(text: &str, line: usize) -> Workspace {
    let mut workspace = Workspace::default();
    open::add(&mut workspace, Document::untitled("Untitled 1", text), true, &mut Vec::new());
    caret_in(&mut workspace, line);
    workspace
}

fn caret_in(workspace: &mut Workspace, line: usize) {
    let tab = workspace.tab_mut().unwrap();
    assert_eq!(tab.document.language(), Language::PlainText, "it is folded by indentation");
    let at = tab.document.buffer().line_start(line);
    tab.document.select(&Selection::caret(at));
    follow(workspace);
}

fn hidden(workspace: &Workspace) -> Vec<std::ops::Range<usize>> {
    let tab = workspace.tab().unwrap();
    tab.folds.hidden(tab.document.buffer())
}

fn caret_line(workspace: &Workspace) -> usize {
    workspace.tab().unwrap().caret().0
}

#[test]
fn folding_goes_from_the_inside_to_the_outside_and_takes_the_caret_along() {
    let mut workspace = with_text(CODE, 3);
    fold(&mut workspace);
    assert_eq!((hidden(&workspace), caret_line(&workspace)), (vec![3..4], 2));
    fold(&mut workspace);
    assert_eq!((hidden(&workspace), caret_line(&workspace)), (vec![2..5], 1));
    unfold(&mut workspace);
    assert_eq!(hidden(&workspace), [3..4], "the inner one is remembered");
    toggle(&mut workspace);
    assert_eq!(hidden(&workspace), [2..5]);
    unfold_recursively(&mut workspace);
    assert!(hidden(&workspace).is_empty());
}

#[test]
fn all_is_folded_and_unfolded_and_levels_spare_the_caret() {
    let mut workspace = with_text(CODE, 3);
    fold_all(&mut workspace);
    assert_eq!((hidden(&workspace), caret_line(&workspace)), (vec![1..8], 0));
    unfold_all(&mut workspace);
    assert!(hidden(&workspace).is_empty());
    caret_in(&mut workspace, 7);
    fold_level(&mut workspace, 2);
    assert_eq!(hidden(&workspace), [2..5]);
    caret_in(&mut workspace, 1);
    unfold_all(&mut workspace);
    fold_recursively(&mut workspace);
    assert_eq!(hidden(&workspace), [2..5]);
    unfold(&mut workspace);
    assert_eq!(hidden(&workspace), [3..4]);
}

#[test]
fn a_caret_that_comes_into_a_fold_unfolds_it() {
    let mut workspace = with_text(CODE, 1);
    fold(&mut workspace);
    assert_eq!(hidden(&workspace), [2..5]);
    caret_in(&mut workspace, 4);
    assert!(hidden(&workspace).is_empty());
}

#[test]
fn what_is_brought_into_view_is_unfolded() {
    let mut workspace = with_text(CODE, 1);
    fold(&mut workspace);
    edit::reveal(&mut workspace, CODE.find("b\n").unwrap(), true);
    assert!(hidden(&workspace).is_empty());
}

#[test]
fn folds_move_with_the_text() {
    let mut workspace = with_text(CODE, 1);
    fold(&mut workspace);
    let tab = workspace.tab_mut().unwrap();
    let above = Transaction::replace(tab.document.buffer(), 0..0, "# one\n# two\n");
    let id = tab.id;
    edit::apply_transaction(&mut workspace, id, above, EditKind::Alone, 0, &mut Vec::new());
    follow(&mut workspace);
    assert_eq!(hidden(&workspace), [4..7]);
}

#[test]
fn the_arrow_folds_and_unfolds_and_the_sign_unfolds_only() {
    let mut workspace = with_text(CODE, 0);
    let id: TabId = workspace.tab().unwrap().id;
    on(&mut workspace, FoldingEvent::Toggle(id, 6));
    assert_eq!(hidden(&workspace), [7..8]);
    on(&mut workspace, FoldingEvent::Unfold(id, 6));
    on(&mut workspace, FoldingEvent::Unfold(id, 6));
    assert!(hidden(&workspace).is_empty());
    on(&mut workspace, FoldingEvent::Toggle(id, 5));
    assert!(hidden(&workspace).is_empty(), "nothing can be folded there");
}
