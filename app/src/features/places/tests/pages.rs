//! Pages among texts: opened, found again, moved, left, closed, and there again at the next start.

use ground::command::Context;

use super::*;
use crate::workspace::Page;
use crate::workspace::session::SavedTab;

/// The window's pane, and the tab of a page in it.
fn of(window: &Window, page: Page) -> (PaneId, TabContent) {
    (window.state.panes.with(page)[0], page.into())
}

#[test]
fn a_page_opens_as_a_tab_beside_the_one_in_front_and_is_found_there_again() {
    let mut window = Window::on(&["/a", "/b"]);
    window.command(Command::Tab1);
    window.command(Command::OpenSettings);
    assert_eq!(window.drawn(), "*a [Settings] b");
    assert!(window.state.tab().is_none(), "no text is in front");
    window.command(Command::ModelManager);
    window.command(Command::Tab1);
    window.command(Command::OpenSettings);
    assert_eq!(window.drawn(), "*a [Settings] Models b");
    window.command(Command::SplitRight);
    assert_eq!(window.drawn(), "[a] Models b | *[Settings]", "a page is there once: it moves");
    window.command(Command::SplitRight);
    assert_eq!(window.drawn(), "[a] Models b | *[Settings]", "one that is alone stays");
    window.command(Command::PaneLeft);
    window.command(Command::OpenSettings);
    assert_eq!(window.drawn(), "[a] Models b | *[Settings]", "it is gone to where it is");
    window.command(Command::ClosePane);
    assert_eq!(window.drawn(), "*[a] Models b Settings", "nothing is closed with a pane");
}

#[test]
fn enough_of_a_page_leads_back_to_the_text_and_its_tab_stays() {
    let mut window = Window::on(&["/a", "/b"]);
    window.go(50);
    window.command(Command::Activity);
    window.send(Event::LeavePage);
    assert_eq!(window.drawn(), "*a [b] Activity");
    window.command(Command::Activity);
    window.command(Command::Activity);
    assert_eq!(window.drawn(), "*a [b] Activity", "its command leads there and back");
    window.command(Command::Activity);
    window.command(Command::GoBack);
    assert_eq!((window.drawn().as_str(), window.place().1), ("*a [b] Activity", 50));
    window.command(Command::CloseAllTabs);
    window.command(Command::Statistics);
    window.send(Event::LeavePage);
    assert_eq!(window.drawn(), "*", "without a text there is nothing to go back to");
}

#[test]
fn the_tab_of_a_page_is_closed_and_pinned_as_that_of_a_text() {
    let mut window = Window::on(&["/a", "/b"]);
    window.command(Command::OpenSettings);
    window.command(Command::CloseTab);
    assert_eq!(window.drawn(), "*a [b]");
    window.command(Command::OpenSettings);
    window.command(Command::PinTab);
    assert_eq!(window.drawn(), "*[Settings!] a b");
    window.menu(TabDeed::CloseOthers);
    assert_eq!(window.drawn(), "*[Settings!]");
    window.send(Event::Open("/c".into()));
    let (pane, tab) = of(&window, Page::Settings);
    window.send(Event::Places(PlacesEvent::Close(pane, tab)));
    assert_eq!(window.drawn(), "*[c]");
}

#[test]
fn pages_are_in_the_list_of_tabs_and_among_the_tabs_that_are_switched_through() {
    let mut window = Window::on(&["/a", "/b"]);
    window.command(Command::OpenSettings);
    window.command(Command::SwitchTab);
    window.send(Event::Places(PlacesEvent::Take));
    assert_eq!(window.drawn(), "*a [b] Settings");
    window.command(Command::SwitchTab);
    window.send(Event::Places(PlacesEvent::Take));
    assert_eq!(window.drawn(), "*a b [Settings]");
    window.command(Command::Tab1);
    window.command(Command::ListTabs);
    let Overlay::Picker(picker) = &window.state.overlay else { panic!("no list") };
    let rows: Vec<&str> = picker.shown().map(|row| row.text.as_str()).collect();
    assert_eq!(rows, ["a", "Settings", "b"]);
    window.send(Event::Overlay(OverlayEvent::Pick(1)));
    assert_eq!(window.drawn(), "*a b [Settings]");
    window.command(Command::NextTab);
    assert_eq!(window.drawn(), "*[a] b Settings", "over the end");
}

#[test]
fn a_page_is_dragged_among_tabs_and_to_a_side() {
    let mut window = Window::on(&["/a", "/b"]);
    window.command(Command::OpenSettings);
    let (pane, tab) = of(&window, Page::Settings);
    window.send(Event::Places(PlacesEvent::Move { tab, from: pane, to: pane, index: 0 }));
    assert_eq!(window.drawn(), "*[Settings] a b");
    let event = PlacesEvent::MoveBeside { tab, from: pane, beside: pane, side: Side::Below };
    window.send(Event::Places(event));
    assert_eq!(window.drawn(), "a [b] | *[Settings]");
    window.command(Command::MoveTabToPreviousPane);
    assert_eq!(window.drawn(), "*a b [Settings]");
}

#[test]
fn pages_are_there_again_at_the_next_start_and_stay_in_front() {
    let mut window = Window::on(&["/a", "/b"]);
    window.command(Command::OpenSettings);
    window.command(Command::SplitRight);
    window.send(Event::Open("/c".into()));
    window.command(Command::Statistics);
    window.command(Command::PinTab);
    let drawn = window.drawn();
    assert_eq!(drawn, "a [b] | *[AI statistics!] Settings c");
    let session = window.state.session_now();
    for reversed in [false, true] {
        let next = restarted(&session, reversed);
        assert_eq!(next.drawn(), drawn);
        assert_eq!(remembered(&next), remembered(&window));
    }
}

#[test]
fn a_page_of_a_later_version_and_one_that_is_named_twice_harm_nothing() {
    let mut window = Window::on(&["/a"]);
    window.command(Command::OpenSettings);
    let mut session = window.state.session_now();
    let panes = session.panes.as_mut().unwrap();
    let tabs = &mut panes.panes_mut()[0].tabs;
    let page = |page: &str| SavedTab { page: Some(page.into()), ..SavedTab::default() };
    tabs.extend([page("settings"), page("oracle")]);
    let next = restarted(&session, false);
    assert_eq!(next.drawn(), "*a [Settings]");
}

#[test]
fn the_history_of_a_file_is_not_there_again() {
    let mut window = Window::on(&["/a", "/b"]);
    window.command(Command::FileHistory);
    assert_eq!(window.drawn(), "*a b [File history]");
    let next = restarted(&window.state.session_now(), false);
    assert_eq!(next.drawn(), "*a [b]");
}

#[test]
fn a_page_has_the_keys_of_tabs_and_none_of_the_text() {
    let mut window = Window::on(&["/a"]);
    window.command(Command::OpenSettings);
    let contexts = window.state.contexts(true);
    assert_eq!(contexts, [Context::Always, Context::Tab]);
    assert_eq!(window.state.title(), "Settings — LocalCoder");
}
