//! Edits by hand, places that are offered then, and what the keys do there.

use std::sync::atomic::AtomicBool;

use editor_core::syntax::SyntaxTree;
use editor_core::{Document, EditKind, Language, Selection, Transaction};
use ground::ids::TabId;

use super::update::*;
use super::*;
use crate::event::{Effect, Event};
use crate::workspace::{Workspace, edit, open};

/// A window with Python in front.
struct Desk {
    workspace: Workspace,
    next_place: NextPlace,
    now: u64,
}

impl Desk {
    fn new(texts: &[&str]) -> Desk {
        let mut workspace = Workspace::default();
        for (index, text) in texts.iter().enumerate() {
            let document = Document::untitled(&format!("Untitled {index}"), text);
            open::add(&mut workspace, document, true, &mut Vec::new());
        }
        let mut desk = Desk { workspace, next_place: NextPlace::default(), now: 0 };
        for tab in &mut desk.workspace.tabs {
            tab.document.set_language(Language::Python);
            tab.highlighter.set_language(Language::Python);
        }
        let ids: Vec<TabId> = desk.workspace.tabs.iter().map(|tab| tab.id).collect();
        for id in ids {
            open::activate(&mut desk.workspace, id, &mut Vec::new());
            desk.settle();
        }
        let first = desk.workspace.tabs[0].id;
        open::activate(&mut desk.workspace, first, &mut Vec::new());
        desk
    }

    /// Passes on what the workspace tells, and parses.
    fn pass(&mut self, effects: Vec<Effect>) -> Vec<Event> {
        let mut other = Vec::new();
        for effect in effects {
            if let Effect::FindPlaces(search) = &effect {
                found(&mut self.next_place, &mut self.workspace, search.run(), &mut Vec::new());
            }
            let Effect::Then(event) = effect else { continue };
            match *event {
                Event::Edited(tab, steps) => {
                    edited(&mut self.next_place, &self.workspace, tab, &steps, self.now);
                }
                event => other.push(event),
            }
        }
        self.settle();
        other
    }

    fn settle(&mut self) {
        for tab in &mut self.workspace.tabs {
            let (rope, revision) = (tab.document.rope(), tab.document.revision());
            let never = AtomicBool::new(false);
            if let Some(tree) = SyntaxTree::parse(Language::Python, rope, revision, None, &never) {
                tab.highlighter.publish(tree);
            }
        }
        watch(&mut self.next_place, &self.workspace);
        let ids: Vec<TabId> = self.workspace.tabs.iter().map(|tab| tab.id).collect();
        ids.into_iter().for_each(|id| parsed(&mut self.next_place, &self.workspace, id));
    }

    /// Replaces the first place of a text by hand.
    fn edit(&mut self, old: &str, new: &str) {
        let at = self.text().find(old).unwrap();
        let mut out = Vec::new();
        let buffer = self.workspace.tab().unwrap().document.buffer();
        let transaction = Transaction::replace(buffer, at..at + old.len(), new);
        let selection = Selection::caret(at + new.len());
        let made = edit_core(transaction, selection);
        edit::apply(&mut self.workspace, made, EditKind::Type, self.now, &mut out);
        self.pass(out);
    }

    fn rest(&mut self) -> Vec<Event> {
        self.now += 1000;
        self.tick()
    }

    fn tick(&mut self) -> Vec<Event> {
        let mut out = Vec::new();
        tick(&mut self.next_place, &mut self.workspace, self.now, &mut out);
        self.pass(out)
    }

    fn go(&mut self) {
        let mut out = Vec::new();
        go(&mut self.next_place, &mut self.workspace, &mut out);
        self.pass(out);
    }

    fn apply(&mut self) {
        let mut out = Vec::new();
        apply(&mut self.next_place, &mut self.workspace, self.now, &mut out);
        self.pass(out);
    }

    fn undo(&mut self) {
        let mut out = Vec::new();
        let tab = self.workspace.tab_mut().unwrap();
        assert!(tab.document.undo());
        let id = tab.id;
        edit::after_edit(&mut self.workspace, id, &mut out);
        self.pass(out);
    }

    fn text(&self) -> String {
        self.workspace.tab().unwrap().document.rope().to_string()
    }

    fn marked(&self) -> usize {
        places(&self.next_place, self.workspace.tab().unwrap()).len()
    }

    fn caret_line(&self) -> usize {
        self.workspace.tab().unwrap().caret().0
    }
}

fn edit_core(transaction: Transaction, selection: Selection) -> editor_core::edit::Edit {
    editor_core::edit::Edit { transaction, selection }
}

const CALLS: &str = "old_call(1)\nx = 2\nold_call(3)\nold_call(4)\n";

#[test]
fn places_are_marked_once_an_edit_rests_and_one_key_goes_there_and_one_changes_them() {
    let mut desk = Desk::new(&[CALLS]);
    desk.edit("old_call", "new_call");
    assert_eq!((desk.marked(), wake_in(&desk.next_place, desk.now)), (0, Some(600)));
    desk.rest();
    assert_eq!((desk.marked(), wake_in(&desk.next_place, desk.now)), (2, None));
    assert!(arrived(&desk.next_place, &desk.workspace).is_none(), "Tab indents as long as nobody went there");
    desk.go();
    assert_eq!(desk.caret_line(), 2);
    desk.apply();
    assert_eq!((desk.text().as_str(), desk.marked()), ("new_call(1)\nx = 2\nnew_call(3)\nold_call(4)\n", 1));
    desk.go();
    desk.apply();
    assert_eq!(desk.text(), "new_call(1)\nx = 2\nnew_call(3)\nnew_call(4)\n");
    assert!(!is_offered(&desk.next_place, &desk.workspace));
    desk.undo();
    assert_eq!(
        desk.text(),
        "new_call(1)\nx = 2\nnew_call(3)\nold_call(4)\n",
        "each change is an undo step of its own"
    );
}

#[test]
fn leaving_the_line_ends_an_edit() {
    let mut desk = Desk::new(&[CALLS]);
    desk.edit("old_call", "new_call");
    desk.tick();
    assert_eq!(desk.marked(), 0);
    desk.workspace.tab_mut().unwrap().document.select(&Selection::caret(14));
    desk.tick();
    assert_eq!(desk.marked(), 2);
}

#[test]
fn a_caret_that_was_moved_by_hand_indents() {
    let mut desk = Desk::new(&[CALLS]);
    desk.edit("old_call", "new_call");
    desk.rest();
    desk.go();
    assert!(arrived(&desk.next_place, &desk.workspace).is_some());
    let tab = desk.workspace.tab_mut().unwrap();
    let head = tab.document.selection().primary().head;
    tab.document.select(&Selection::caret(head + 1));
    assert!(arrived(&desk.next_place, &desk.workspace).is_none());
    desk.apply();
    assert_eq!(desk.marked(), 2, "nothing was changed");
}

#[test]
fn what_was_dismissed_or_undone_is_not_offered_again() {
    let mut desk = Desk::new(&[CALLS]);
    desk.edit("old_call", "new_call");
    desk.rest();
    desk.go();
    desk.apply();
    desk.undo();
    desk.rest();
    assert_eq!(desk.marked(), 1, "the one that was undone is none any more");
    dismiss(&mut desk.next_place);
    desk.rest();
    assert_eq!(desk.marked(), 0);
}

#[test]
fn taking_the_edit_back_takes_all_places_back() {
    let mut desk = Desk::new(&[CALLS]);
    desk.edit("old_call", "new_call");
    desk.rest();
    desk.undo();
    desk.rest();
    assert_eq!((desk.marked(), desk.text().as_str()), (0, CALLS));
}

#[test]
fn another_edit_is_looked_at_anew_and_the_setting_ends_it() {
    let mut desk = Desk::new(&[CALLS]);
    desk.edit("old_call", "new_call");
    desk.rest();
    desk.edit("x = 2", "x = 5");
    assert_eq!(desk.marked(), 0);
    desk.rest();
    assert_eq!(desk.marked(), 0);
    desk.workspace.settings.editor.next_place = false;
    desk.edit("old_call", "new_call");
    desk.rest();
    assert_eq!(desk.marked(), 0);
}

#[test]
fn other_open_texts_come_after_this_one() {
    let mut desk = Desk::new(&["old_call(1)\nold_call(2)\n", "import a\nold_call(5)\n"]);
    desk.edit("old_call", "new_call");
    desk.rest();
    let (first, second) = (desk.workspace.tabs[0].id, desk.workspace.tabs[1].id);
    desk.go();
    assert_eq!((desk.workspace.tab().unwrap().id, desk.caret_line()), (first, 1));
    desk.apply();
    desk.go();
    assert_eq!((desk.workspace.tab().unwrap().id, desk.caret_line()), (second, 1));
    desk.apply();
    assert_eq!(desk.text(), "import a\nnew_call(5)\n");
    assert!(!is_offered(&desk.next_place, &desk.workspace));
}

#[test]
fn all_places_are_reviewed_at_once_text_after_text() {
    let mut desk = Desk::new(&["old_call(1)\nold_call(2)\nold_call(3)\n", "import a\nold_call(5)\n"]);
    desk.edit("old_call", "new_call");
    desk.rest();
    let mut out = Vec::new();
    review(&mut desk.next_place, &mut desk.workspace, &mut out);
    let events = desk.pass(out);
    let [Event::ReviewChanges(id, shown, words)] = &events[..] else { panic!("{events:?}") };
    assert_eq!((*id, !shown.hunks().is_empty()), (desk.workspace.tabs[0].id, true));
    assert!(words.contains("2 other places"), "{words}");
    // The hunks are accepted, as a review does it.
    let mut out = Vec::new();
    let tab = desk.workspace.tab().unwrap();
    let (id, length) = (tab.id, tab.document.rope().len_chars());
    let all = Transaction::replace(tab.document.buffer(), 12..length, "new_call(2)\nnew_call(3)\n");
    edit::apply_transaction(&mut desk.workspace, id, all, EditKind::Review(1), 0, &mut out);
    desk.pass(out);
    let events = desk.rest();
    let second = desk.workspace.tabs[1].id;
    assert!(matches!(&events[..], [Event::ReviewChanges(id, ..)] if *id == second), "{events:?}");
}

#[test]
fn a_file_that_was_read_again_is_no_edit() {
    let mut desk = Desk::new(&[CALLS]);
    let mut out = Vec::new();
    let read = editor_core::file::Opened::new_text(ropey::Rope::from_str(&CALLS.replacen("old", "new", 1)));
    let tab = desk.workspace.tab_mut().unwrap();
    tab.document.reload(read, 0);
    let id = tab.id;
    edit::after_edit(&mut desk.workspace, id, &mut out);
    desk.pass(out);
    desk.rest();
    assert_eq!(desk.marked(), 0);
}

#[test]
fn what_is_typed_while_places_are_looked_for_makes_them_none() {
    let mut desk = Desk::new(&[CALLS, CALLS]);
    desk.edit("old_call", "new_call");
    desk.now += 1000;
    let mut out = Vec::new();
    tick(&mut desk.next_place, &mut desk.workspace, desk.now, &mut out);
    let [Effect::FindPlaces(search)] = &out[..] else { panic!("{out:?}") };
    let late = search.run();
    desk.edit("x = 2", "x = 3");
    found(&mut desk.next_place, &mut desk.workspace, late, &mut Vec::new());
    assert_eq!(desk.marked(), 0);
    assert!(!is_offered(&desk.next_place, &desk.workspace));
}
