//! Tabs, panes, the way that was gone and bookmarks, on a whole state, without a window.

use std::path::{Path, PathBuf};

use editor_core::file::Opened;
use editor_core::{Selection, Transaction};
use ground::command::Command;
use ropey::Rope;

mod folds;
mod pages;

use super::*;
use crate::event::{Effect, Event, OverlayEvent, Typed};
use crate::state::State;
use crate::update::update;
use crate::workspace::Overlay;
use crate::workspace::session::{OpenFile, SavedLayout, Session};

/// A window whose files are read at once.
#[derive(Default)]
struct Window {
    state: State,
    copied: Option<String>,
}

impl Window {
    fn on(paths: &[&str]) -> Window {
        let mut window = Window::default();
        paths.iter().for_each(|path| window.send(Event::Open(path.into())));
        window
    }

    fn send(&mut self, event: Event) {
        for effect in update(&mut self.state, event, 0) {
            match effect {
                Effect::Open { path, caret, front } => {
                    let lines =
                        (0..100).map(|line| format!("{} {line}\n", path.display())).collect::<String>();
                    let result = Ok(Box::new(Opened::new_text(Rope::from_str(&lines))));
                    self.send(Event::Opened { path, caret, front, result });
                }
                Effect::Copy(text) => self.copied = Some(text),
                _ => {}
            }
        }
    }

    fn command(&mut self, command: Command) {
        self.send(Event::Command(command));
    }

    fn type_text(&mut self, text: &str) {
        self.send(Event::Typed(Typed::Text(text.into())));
    }

    fn preview(&mut self, path: &str) {
        // As a click in the list of files does it.
        let mut effects = Vec::new();
        crate::workspace::open::preview(&mut self.state.workspace, path.into(), &mut effects);
        for effect in effects {
            let event = match effect {
                Effect::Open { path, caret, front } => {
                    let result = Ok(Box::new(Opened::new_text(Rope::from_str("text\n"))));
                    Event::Opened { path, caret, front, result }
                }
                Effect::Then(event) => *event,
                _ => continue,
            };
            self.send(event);
        }
    }

    fn go(&mut self, line: usize) {
        let tab = self.state.tab().unwrap();
        let (id, at) = (tab.id, tab.document.buffer().line_start(line));
        self.send(Event::Select(id, Selection::caret(at)));
    }

    /// The names of the tabs of each pane; the one in front in brackets, pinned ones with a `!`, previews with a `?`.
    fn drawn(&self) -> String {
        let one = |pane: &crate::workspace::TextPane| {
            let tab = |own: &crate::workspace::PaneTab| {
                let open = |id| self.state.tabs.iter().find(|tab| tab.id == id).unwrap().document.title();
                let title = match own.tab {
                    TabContent::Text(id) => open(id),
                    TabContent::Page(page) => page.title().to_owned(),
                };
                let sign = match (own.pinned, own.preview) {
                    (true, _) => "!",
                    (_, true) => "?",
                    _ => "",
                };
                let name = format!("{title}{sign}");
                if pane.shown() == Some(own.tab) { format!("[{name}]") } else { name }
            };
            let tabs = pane.tabs.iter().map(tab).collect::<Vec<_>>().join(" ");
            if pane.id == self.state.panes.focused() { format!("*{tabs}") } else { tabs }
        };
        self.state.panes.all().map(one).collect::<Vec<_>>().join(" | ")
    }

    fn place(&self) -> (String, usize) {
        let tab = self.state.tab().unwrap();
        (tab.document.title(), tab.caret().0)
    }

    fn toast(&self) -> &str {
        self.state.toasts.last().map_or("", |toast| &toast.text)
    }

    fn menu(&mut self, deed: TabDeed) {
        let pane = self.state.panes.front();
        let event = PlacesEvent::Menu(pane.id, pane.shown().unwrap(), deed);
        self.send(Event::Places(event));
    }
}

#[test]
fn what_is_looked_at_gives_way_to_the_next_until_it_is_edited_or_kept() {
    let mut window = Window::on(&["/a"]);
    window.preview("/b");
    assert_eq!(window.drawn(), "*a [b?]");
    window.preview("/c");
    assert_eq!(window.drawn(), "*a [c?]");
    window.type_text("x");
    assert_eq!(window.drawn(), "*a [c]");
    window.preview("/d");
    let id = window.state.tab().unwrap().id;
    window.send(Event::Places(PlacesEvent::Keep(id)));
    window.preview("/e");
    window.send(Event::KeepFile("/e".into()));
    window.preview("/f");
    assert_eq!(window.drawn(), "*a c d e [f?]");
    window.preview("/a");
    assert_eq!(window.drawn(), "*[a] c d e f?", "one that is open comes to the front");
    window.send(Event::Open("/f".into()));
    assert_eq!(window.drawn(), "*a c d e [f]", "opened for good");
    window.state.settings.window.preview_tabs = false;
    window.preview("/g");
    assert_eq!(window.drawn(), "*a c d e f [g]");
}

#[test]
fn a_text_with_something_going_on_does_not_give_way() {
    let mut window = Window::default();
    window.preview("/a");
    window.preview("/b");
    assert_eq!(window.drawn(), "*[b?]");
    window.command(Command::Save);
    window.state.tabs[0].saving = Some(crate::workspace::Saving {
        path: "/b".into(),
        revision: window.state.tabs[0].document.revision(),
    });
    window.preview("/c");
    assert_eq!(window.drawn(), "*b [c?]");
}

#[test]
fn tabs_are_pinned_moved_numbered_and_closed_in_many_ways() {
    let mut window = Window::on(&["/a", "/b", "/c", "/d", "/e"]);
    assert_eq!(window.drawn(), "*a b c d [e]");
    window.command(Command::PinTab);
    assert_eq!(window.drawn(), "*[e!] a b c d");
    window.command(Command::Tab3);
    assert_eq!(window.drawn(), "*e! a [b] c d");
    window.command(Command::MoveTabRight);
    assert_eq!(window.drawn(), "*e! a c [b] d");
    window.command(Command::MoveTabLeft);
    window.command(Command::MoveTabLeft);
    window.command(Command::MoveTabLeft);
    assert_eq!(window.drawn(), "*e! [b] a c d", "a pinned one stays first");
    window.command(Command::LastTab);
    window.command(Command::NextTab);
    assert_eq!(window.drawn(), "*[e!] b a c d", "over the ends");
    window.command(Command::Tab3);
    window.type_text("x");
    window.command(Command::Tab4);
    window.menu(TabDeed::CloseOthers);
    assert_eq!(window.drawn(), "*e! a [c]", "pinned and unsaved ones stay");
    assert!(window.toast().contains("1 tab with unsaved changes stays open"), "{}", window.toast());
    window.send(Event::Open("/f".into()));
    window.command(Command::Tab2);
    window.menu(TabDeed::CloseRight);
    assert_eq!(window.drawn(), "*e! [a]");
    window.command(Command::CloseSavedTabs);
    assert_eq!(window.drawn(), "*e! [a]");
    window.menu(TabDeed::CopyPath);
    assert_eq!(window.copied.as_deref(), Some("/a"));
}

#[test]
fn closing_goes_to_the_tab_that_was_in_front_before() {
    let mut window = Window::on(&["/a", "/b", "/c"]);
    window.command(Command::Tab1);
    window.command(Command::Tab3);
    window.command(Command::CloseTab);
    assert_eq!(window.drawn(), "*[a] b");
}

#[test]
fn the_tab_before_is_one_key_away_and_the_others_are_in_its_list() {
    let mut window = Window::on(&["/a", "/b", "/c"]);
    window.command(Command::SwitchTab);
    window.send(Event::Places(PlacesEvent::Take));
    assert_eq!(window.drawn(), "*a [b] c");
    window.command(Command::SwitchTab);
    window.command(Command::SwitchTab);
    window.send(Event::Places(PlacesEvent::Take));
    assert_eq!(window.drawn(), "*[a] b c");
    window.command(Command::SwitchTabBack);
    window.send(Event::Places(PlacesEvent::Leave));
    assert_eq!(window.drawn(), "*[a] b c");
    window.command(Command::ListTabs);
    assert!(matches!(&window.state.overlay, Overlay::Picker(picker) if picker.shown().len() == 3));
    window.send(Event::Overlay(OverlayEvent::Pick(2)));
    assert_eq!(window.drawn(), "*a b [c]");
}

#[test]
fn panes_are_split_walked_through_and_closed_and_nothing_goes_with_them() {
    let mut window = Window::on(&["/a", "/b"]);
    window.command(Command::SplitRight);
    assert_eq!(window.drawn(), "a [b] | *[b]");
    window.send(Event::Open("/c".into()));
    window.command(Command::SplitDown);
    assert_eq!(window.drawn(), "a [b] | b [c] | *[c]");
    window.command(Command::PaneLeft);
    assert_eq!(window.drawn(), "*a [b] | b [c] | [c]");
    window.command(Command::PreviousPane);
    assert_eq!(window.drawn(), "a [b] | b [c] | *[c]");
    window.type_text("typed");
    window.command(Command::CloseTab);
    assert!(matches!(window.state.overlay, Overlay::None), "another view shows the text: nothing is asked");
    assert_eq!(window.drawn(), "a [b] | *b [c]");
    window.command(Command::MoveTabToNextPane);
    assert_eq!(window.drawn(), "*a b [c] | [b]");
    window.command(Command::PaneRight);
    window.command(Command::ClosePane);
    assert_eq!(window.drawn(), "*a b [c]");
    assert!(window.state.tabs.iter().any(|tab| tab.is_unsaved()));
    window.command(Command::MoveTabToNextPane);
    assert_eq!(window.drawn(), "a [b] | *[c]");
    window.command(Command::ClosePane);
    assert_eq!(window.drawn(), "*a [b] c", "a text of that pane alone moves");
}

#[test]
fn a_tab_is_dropped_at_a_side_or_among_others() {
    let mut window = Window::on(&["/a", "/b"]);
    let (pane, tab) = (window.state.panes.focused(), window.state.tab().unwrap().id);
    let tab = tab.into();
    let event = PlacesEvent::MoveBeside { tab, from: pane, beside: pane, side: Side::Left };
    window.send(Event::Places(event));
    assert_eq!(window.drawn(), "*[b] | [a]");
    let from = window.state.panes.focused();
    window.send(Event::Places(PlacesEvent::Move { tab, from, to: pane, index: 0 }));
    assert_eq!(window.drawn(), "*[b] a");
    let tab = window.state.tabs[0].id.into();
    let event = PlacesEvent::MoveBeside { tab, from, beside: from, side: Side::Left };
    window.send(Event::Places(event));
    assert_eq!(window.drawn(), "*[b] a", "a pane that is gone");
}

#[test]
fn the_way_leads_back_and_forward_through_files_and_edits() {
    let mut window = Window::on(&["/a"]);
    window.go(50);
    window.go(52);
    window.send(Event::Open("/b".into()));
    window.go(90);
    window.command(Command::GoBack);
    assert_eq!(window.place(), ("b".into(), 0));
    window.command(Command::GoBack);
    assert_eq!(window.place(), ("a".into(), 52), "small steps are no places");
    // Lines that come before a place move it.
    let id = window.state.tab().unwrap().id;
    let text = "new\n".repeat(20);
    let step = Transaction::replace(window.state.tab().unwrap().document.buffer(), 0..0, &text);
    let mut effects = Vec::new();
    let kind = editor_core::EditKind::Alone;
    crate::workspace::edit::apply_transaction(&mut window.state.workspace, id, step, kind, 0, &mut effects);
    for effect in effects {
        if let Effect::Then(event) = effect {
            window.send(*event);
        }
    }
    window.command(Command::GoBack);
    assert_eq!(window.place(), ("a".into(), 20));
    window.command(Command::GoForward);
    assert_eq!(window.place(), ("a".into(), 72));
    window.command(Command::GoForward);
    window.command(Command::GoForward);
    assert_eq!(window.place(), ("b".into(), 90));
    window.command(Command::GoForward);
    assert!(window.toast().contains("no place to go forward to"));
    // A file that was closed is opened again at its place.
    window.command(Command::CloseTab);
    window.command(Command::GoBack);
    window.command(Command::GoForward);
    assert_eq!(window.place().0, "b");
}

#[test]
fn the_last_edit_is_found_again() {
    let mut window = Window::on(&["/a", "/b"]);
    window.command(Command::LastEdit);
    assert_eq!(window.toast(), "Nothing was edited yet.");
    window.go(40);
    window.type_text("x");
    window.command(Command::Tab1);
    window.command(Command::LastEdit);
    assert_eq!(window.place(), ("b".into(), 40));
}

#[test]
fn bookmarks_move_with_their_lines_and_are_there_at_the_next_start() {
    let mut window = Window::on(&["/a", "/b"]);
    window.command(Command::NextBookmark);
    assert!(window.toast().contains("Toggle bookmark"), "{}", window.toast());
    window.go(30);
    window.command(Command::ToggleBookmark);
    window.command(Command::Tab1);
    window.go(5);
    window.command(Command::ToggleBookmark);
    window.go(0);
    window.send(Event::Typed(Typed::Newline));
    window.command(Command::NextBookmark);
    assert_eq!(window.place(), ("a".into(), 6));
    window.command(Command::NextBookmark);
    assert_eq!(window.place(), ("b".into(), 30));
    window.command(Command::NextBookmark);
    assert_eq!(window.place(), ("a".into(), 6), "over the end");
    window.command(Command::PreviousBookmark);
    window.command(Command::Bookmarks);
    let Overlay::Picker(picker) = &window.state.overlay else { panic!("no list") };
    let rows: Vec<(&str, &str)> =
        picker.shown().map(|row| (row.text.as_str(), row.detail.as_str())).collect();
    assert_eq!(rows, [("a:7", "/a 5"), ("b:31", "/b 30")]);
    window.send(Event::Overlay(OverlayEvent::Pick(0)));
    assert_eq!(window.place(), ("a".into(), 6));

    let session = window.state.session_now();
    assert_eq!(session.bookmarks, [(PathBuf::from("/a"), 6), ("/b".into(), 30)]);
    let mut next = Window { state: State::new(session, settings::Layers::default()), copied: None };
    next.send(Event::Open("/c".into()));
    next.command(Command::NextBookmark);
    assert_eq!(next.place(), ("a".into(), 6), "its file is opened");
    next.command(Command::ToggleBookmark);
    next.command(Command::ClearBookmarks);
    assert!(next.state.session_now().bookmarks.is_empty());
}

#[test]
fn bookmarks_and_places_go_with_files_that_are_renamed() {
    let mut window = Window::on(&["/p/a", "/p/b"]);
    window.go(30);
    window.command(Command::ToggleBookmark);
    window.command(Command::CloseTab);
    window.command(Command::Tab1);
    window.go(5);
    window.command(Command::ToggleBookmark);
    window.send(Event::Relocated("/p".into(), "/q".into()));
    let session = window.state.session_now();
    assert_eq!(session.bookmarks, [(PathBuf::from("/q/a"), 5), ("/q/b".into(), 30)]);
    // Those of a session whose files were not opened yet go along as well.
    let mut next = Window { state: State::new(session, settings::Layers::default()), copied: None };
    next.send(Event::Relocated("/q/b".into(), "/q/c".into()));
    assert_eq!(next.state.session_now().bookmarks, [(PathBuf::from("/q/a"), 5), ("/q/c".into(), 30)]);
}

/// What is remembered of the panes; the names of panes and tabs are not.
fn remembered(window: &Window) -> Option<SavedLayout> {
    let mut panes = window.state.session_now().panes?;
    panes.panes_mut().into_iter().flat_map(|pane| &mut pane.tabs).for_each(|tab| tab.view = None);
    Some(panes)
}

/// The next start of a window, its files read in any order.
fn restarted(session: &Session, reversed: bool) -> Window {
    let mut window = Window { state: State::new(session.clone(), settings::Layers::default()), copied: None };
    let mut files = window.state.restore_panes(session);
    if reversed {
        files.reverse();
    }
    for (path, caret, front) in files {
        let lines = (0..100).map(|line| format!("{} {line}\n", path.display())).collect::<String>();
        let result = Ok(Box::new(Opened::new_text(Rope::from_str(&lines))));
        window.send(Event::Opened { path, caret: Some(caret), front, result });
    }
    window
}

#[test]
fn panes_pins_and_carets_are_there_at_the_next_start_in_whatever_order_files_are_read() {
    let mut window = Window::on(&["/a", "/b", "/c"]);
    window.command(Command::PinTab);
    window.command(Command::Tab2);
    window.go(7);
    window.command(Command::SplitRight);
    window.send(Event::Open("/b".into()));
    window.go(70);
    window.command(Command::SplitDown);
    window.send(Event::Open("/d".into()));
    window.command(Command::PaneAbove);
    let drawn = window.drawn();
    let session = window.state.session_now();
    for reversed in [false, true] {
        let next = restarted(&session.clone(), reversed);
        assert_eq!(next.drawn(), drawn);
        assert_eq!(remembered(&next), remembered(&window));
    }
}

#[test]
fn a_file_that_is_gone_leaves_no_empty_pane() {
    let mut window = Window::on(&["/a"]);
    window.command(Command::SplitRight);
    window.send(Event::Open("/b".into()));
    window.command(Command::PaneRight);
    window.command(Command::Tab1);
    window.command(Command::CloseTab);
    assert_eq!(window.drawn(), "[a] | *[b]");
    let session = window.state.session_now();
    let mut next = Window { state: State::new(session.clone(), settings::Layers::default()), copied: None };
    let files = next.state.restore_panes(&session);
    assert_eq!(files.len(), 2);
    for (path, caret, front) in files {
        let result = match path == Path::new("/b") {
            true => Err(editor_core::file::OpenError::Io(path.clone(), std::io::ErrorKind::NotFound.into())),
            false => Ok(Box::new(Opened::new_text(Rope::from_str("text\n")))),
        };
        next.send(Event::Opened { path, caret: Some(caret), front, result });
    }
    assert_eq!(next.drawn(), "*[a]");
}

#[test]
fn the_session_of_an_older_version_is_one_pane() {
    let open = |path: &str| OpenFile { path: path.into(), caret: (3, 0) };
    let session = Session { files: vec![open("/a"), open("/b")], active: 0, ..Session::default() };
    let window = restarted(&session, false);
    assert_eq!((window.drawn().as_str(), window.place().1), ("*[a] b", 3));
}

#[test]
fn nothing_but_the_text_is_shown_and_the_way_out_is_told() {
    let mut window = Window::on(&["/a"]);
    window.command(Command::ZenMode);
    assert!(window.state.zen && window.toast().contains("Ctrl+K Z"), "{}", window.toast());
    window.command(Command::ZenMode);
    assert!(!window.state.zen);
}
