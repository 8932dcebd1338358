//! What keys mean in the panel: in its fields, and in its list.

use egui::{Id, Key, Modifiers};
use ground::command::{Command, Context};

use super::{ProjectSearch, ProjectSearchEvent, SearchField, SearchSwitch};

/// What of the panel has the keyboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SearchFocus {
    /// A field.
    Field(SearchField),
    /// The list.
    List,
}

/// The widget that has it.
pub fn id(focus: SearchFocus) -> Id {
    match focus {
        SearchFocus::Field(field) => Id::unique(("project search", field)),
        SearchFocus::List => Id::unique("project search list"),
    }
}

/// What of the panel has the keyboard, if this widget does.
pub fn focus_of(widget: Id) -> Option<SearchFocus> {
    use SearchField::{Exclude, Include, Pattern, Replacement};
    let fields = [Pattern, Replacement, Include, Exclude].map(SearchFocus::Field);
    fields.into_iter().chain([SearchFocus::List]).find(|focus| id(*focus) == widget)
}

/// What a key means there; `None`: what it means elsewhere. `command`: the command of a review that it is.
pub fn pressed(
    focus: SearchFocus,
    key: Key,
    modifiers: Modifiers,
    search: &ProjectSearch,
    command: impl Fn(Context) -> Option<Command>,
) -> Option<ProjectSearchEvent> {
    let replaces = search.previews.replacement.is_some();
    // What accepts and rejects in a review does so here.
    match command(Context::Review).filter(|_| replaces) {
        Some(Command::AcceptAll) => return Some(ProjectSearchEvent::ReplaceAll),
        Some(Command::AcceptHunk) if focus == SearchFocus::List => {
            return Some(ProjectSearchEvent::ReplaceHit);
        }
        Some(Command::RejectHunk) if focus == SearchFocus::List => return Some(ProjectSearchEvent::Dismiss),
        _ => {}
    }
    match (key, modifiers.any()) {
        (Key::Escape, false) => return Some(ProjectSearchEvent::Escape),
        _ if modifiers.alt && !modifiers.ctrl && !modifiers.shift && !modifiers.command => {
            return held(focus, key);
        }
        _ => {}
    }
    match focus {
        SearchFocus::List if !modifiers.any() => list(key),
        SearchFocus::Field(field) if !modifiers.any() => in_field(field, key, search),
        _ => None,
    }
}

fn held(focus: SearchFocus, key: Key) -> Option<ProjectSearchEvent> {
    let switch = |switch| Some(ProjectSearchEvent::Switch(switch));
    match key {
        Key::C => switch(SearchSwitch::Case),
        Key::W => switch(SearchSwitch::Word),
        Key::R => switch(SearchSwitch::Regex),
        Key::P => switch(SearchSwitch::KeepCase),
        Key::ArrowUp | Key::ArrowDown if focus == SearchFocus::Field(SearchField::Pattern) => {
            Some(ProjectSearchEvent::Earlier(key == Key::ArrowUp))
        }
        _ => None,
    }
}

fn list(key: Key) -> Option<ProjectSearchEvent> {
    Some(match key {
        Key::ArrowDown => ProjectSearchEvent::Step(1),
        Key::ArrowUp => ProjectSearchEvent::Step(-1),
        Key::PageDown => ProjectSearchEvent::Step(20),
        Key::PageUp => ProjectSearchEvent::Step(-20),
        Key::Home => ProjectSearchEvent::End(false),
        Key::End => ProjectSearchEvent::End(true),
        Key::ArrowRight => ProjectSearchEvent::Fold(true),
        Key::ArrowLeft => ProjectSearchEvent::Fold(false),
        Key::Enter => ProjectSearchEvent::Open(false),
        Key::Space => ProjectSearchEvent::Open(true),
        Key::Delete => ProjectSearchEvent::Dismiss,
        _ => return None,
    })
}

fn in_field(field: SearchField, key: Key, search: &ProjectSearch) -> Option<ProjectSearchEvent> {
    match key {
        Key::Enter => Some(ProjectSearchEvent::Enter),
        // In a text of several lines the caret goes down.
        Key::ArrowDown if !search.form.field(field).contains('\n') => Some(ProjectSearchEvent::ToList),
        _ => None,
    }
}
