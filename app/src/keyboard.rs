//! Keys become commands and typing, before anything is drawn: what is typed is on the screen in the same frame.

use editor_core::movement::Motion;
use egui::{Event as Input, ImeEvent, Key, Modifiers};
use ground::command::{Command, Context};

use crate::event::{Event, OverlayEvent, Typed};
use crate::features::explain::ExplainEvent;
use crate::features::find::FindEvent;
use crate::features::onboarding::OnboardingEvent;
use crate::features::outline::OutlineEvent;
use crate::features::project_search::keys::{self as search_keys, SearchFocus};
use crate::features::terminal::TerminalEvent;
use crate::features::tree::TreeEvent;
use crate::features::vim::keys::VimInput;
use crate::features::{explain, find, outline, places, terminal, tree, vim};
use crate::shortcuts;
use crate::state::State;
use crate::views::{self, ViewsMemory};
use crate::workspace::Overlay;
use crate::workspace::picker::PickerKind;
use crate::workspace::tree::FileTree;

/// What becomes of one input event.
#[derive(Debug)]
pub enum Taken {
    /// It means this.
    Event(Event),
    /// It is dealt with.
    Done,
    /// It belongs to whatever widget has the keyboard.
    Left,
    /// It must wait until the field has taken what was typed before it.
    Wait,
}

/// Reads one input event. `typing`: text for a field was left in the same frame.
pub fn read(
    ctx: &egui::Context,
    event: &Input,
    state: &State,
    memory: &mut ViewsMemory,
    typing: bool,
) -> Taken {
    let focus = Focus::find(ctx, state);
    if focus == Focus::Text
        && memory.first_key.is_none()
        && !egui::Popup::is_any_open(ctx)
        && let Some(taken) = by_vim(ctx, event, state, memory)
    {
        return taken;
    }
    match event {
        // A menu that is open has the keys that go through it, and Escape closes it alone.
        Input::Key { modifiers, .. } if egui::Popup::is_any_open(ctx) && !modifiers.any() => Taken::Left,
        Input::Key { key, pressed: true, modifiers, .. } if focus == Focus::Terminal => {
            memory.first_key = None;
            in_terminal(*key, *modifiers)
        }
        Input::Key { key, pressed: true, modifiers, .. } => {
            if let Some(taken) = two_strokes((*key, *modifiers), state, focus, memory) {
                return taken;
            }
            match pressed(*key, *modifiers, state, focus, memory) {
                Some(_) if typing && focus != Focus::Text => Taken::Wait,
                Some(event) => Taken::Event(event),
                None => Taken::Left,
            }
        }
        // Nobody types behind a menu.
        Input::Text(_)
            if egui::Popup::is_any_open(ctx)
                && matches!(focus, Focus::Text | Focus::Tree | Focus::Terminal) =>
        {
            Taken::Done
        }
        _ if focus == Focus::Terminal => typed_in_terminal(event),
        _ if focus == Focus::Tree => in_tree(event),
        _ if focus != Focus::Text => Taken::Left,
        Input::Text(text) => {
            memory.editor.preedit.clear();
            Taken::Event(Event::Typed(Typed::Text(text.clone())))
        }
        Input::Paste(text) => Taken::Event(Event::Typed(Typed::Paste(text.clone()))),
        Input::Copy => Taken::Event(Event::Command(Command::Copy)),
        Input::Cut => Taken::Event(Event::Command(Command::Cut)),
        Input::Ime(ime) => input_method(ime, memory),
        _ => Taken::Left,
    }
}

/// What Vim's keys take of an input event, while they are on.
fn by_vim(ctx: &egui::Context, event: &Input, state: &State, memory: &mut ViewsMemory) -> Option<Taken> {
    if state.places.switcher.is_some() || !memory.editor.preedit.is_empty() && !matches!(event, Input::Ime(_))
    {
        return None;
    }
    // Escape without anything to leave is for what else it ends.
    let held = ctx.input(|input| input.modifiers);
    match vim::keys::read(event, &state.vim, held, true) {
        VimInput::Take(event) => {
            memory.editor.preedit.clear();
            Some(Taken::Event(Event::Vim(event)))
        }
        VimInput::Wait => Some(Taken::Left),
        VimInput::Leave => None,
    }
}

/// Does this come from the keyboard, or from what stands for it?
pub fn is_typed(event: &Input) -> bool {
    let edits = matches!(event, Input::Copy | Input::Cut | Input::Paste(_));
    edits || matches!(event, Input::Key { .. } | Input::Text(_) | Input::Ime(_))
}

/// Is this something that a field would take as text?
pub fn is_text(event: &Input) -> bool {
    match event {
        Input::Text(_) | Input::Paste(_) | Input::Ime(_) => true,
        Input::Key { key, pressed, .. } => *pressed && matches!(key, Key::Backspace | Key::Delete),
        _ => false,
    }
}

/// Is this a key that types nothing because Alt is held? On macOS the Option key types other characters.
pub fn is_held(event: &Input) -> bool {
    let held = |modifiers: &Modifiers| modifiers.alt && !cfg!(target_os = "macos");
    matches!(event, Input::Key { pressed: true, modifiers, .. } if held(modifiers))
}

/// Who has the keyboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Focus {
    Text,
    Tree,
    /// The field in which a file is named.
    Name,
    Find,
    Outline,
    /// The search through the project.
    Search(SearchFocus),
    Overlay,
    /// A terminal.
    Terminal,
    /// The field that looks through it.
    TerminalFind,
    /// A further question, with names of files offered for it.
    Offer,
    Other,
}

impl Focus {
    fn find(ctx: &egui::Context, state: &State) -> Focus {
        if !matches!(state.overlay, Overlay::None) {
            return Focus::Overlay;
        }
        match ctx.memory(egui::Memory::focused) {
            Some(id) if id == views::editor::id() && !state.panel_is_open() => Focus::Text,
            Some(id) if id == tree::view::id() => Focus::Tree,
            Some(id) if id == terminal::view::id() && terminal::tabs::is_seen(&state.terminals, state) => {
                Focus::Terminal
            }
            Some(id) if id == terminal::view::field_id() => Focus::TerminalFind,
            Some(id) if id == outline::view::filter_id() => Focus::Outline,
            // egui takes the keyboard from a field on Escape before anybody reads the key.
            None if tree::view::names(state) => Focus::Name,
            Some(id) if id == tree::view::name_id() && tree::view::names(state) => Focus::Name,
            Some(id) if id == find::view::pattern_id() || id == find::view::replacement_id() => Focus::Find,
            Some(id) if let Some(of) = search_keys::focus_of(id) => Focus::Search(of),
            Some(id) if id == explain::view::question_id() && has_offer(state) => Focus::Offer,
            _ => Focus::Other,
        }
    }
}

fn has_offer(state: &State) -> bool {
    state.explain.shown.as_ref().is_some_and(|explanation| !explanation.offer.names.is_empty())
}

/// What is composed stays out of the text until it is committed.
fn input_method(ime: &ImeEvent, memory: &mut ViewsMemory) -> Taken {
    match ime {
        ImeEvent::Preedit { text, .. } => memory.editor.preedit.clone_from(text),
        ImeEvent::Commit(text) => {
            memory.editor.preedit.clear();
            if !text.is_empty() {
                return Taken::Event(Event::Typed(Typed::Text(text.clone())));
            }
        }
        ImeEvent::DeleteSurrounding { before_chars, after_chars } => {
            return Taken::Event(Event::Typed(Typed::DeleteAround(*before_chars, *after_chars)));
        }
        #[expect(deprecated, reason = "still in the enum")]
        ImeEvent::Enabled | ImeEvent::Disabled => {}
    }
    Taken::Done
}

/// The first or the second of two keys that mean a command together; `None`: it is neither.
fn two_strokes(
    (key, modifiers): (Key, Modifiers),
    state: &State,
    focus: Focus,
    memory: &mut ViewsMemory,
) -> Option<Taken> {
    // egui also tells of the keys that are only held.
    if is_only_held(key) || matches!(focus, Focus::Overlay | Focus::Offer) {
        return None;
    }
    let contexts = contexts(state, focus, !memory.editor.preedit.is_empty());
    if let Some(first) = memory.first_key.take() {
        let command = shortcuts::after(Some(first), modifiers, key, &contexts);
        // What no command has is nobody's: it must not be typed either.
        let habit = || shortcuts::habit(Some(first), modifiers, key).map(Event::Habit);
        let meant = command.map(Event::Command).or_else(habit);
        return Some(meant.map_or(Taken::Done, Taken::Event));
    }
    memory.first_key = shortcuts::first_of_two(modifiers, key, &contexts);
    memory.first_key.map(|_| Taken::Done)
}

fn is_only_held(key: Key) -> bool {
    ["Shift", "Control", "Alt", "Super"].iter().any(|held| key.name().starts_with(held))
}

/// What a key means, given who has the keyboard.
fn pressed(
    key: Key,
    modifiers: Modifiers,
    state: &State,
    focus: Focus,
    memory: &ViewsMemory,
) -> Option<Event> {
    if state.places.switcher.is_some()
        && let Some(event) = places::view::key(key)
    {
        return Some(Event::Places(event));
    }
    match focus {
        Focus::Overlay => return overlay(key, modifiers, state),
        Focus::Find => {
            if let Some(event) = find(key, modifiers) {
                return Some(event);
            }
        }
        Focus::Search(of) => {
            let command = |context| shortcuts::for_key(modifiers, key, &[context]);
            if let Some(event) = search_keys::pressed(of, key, modifiers, &state.project_search, command) {
                return Some(Event::ProjectSearch(event));
            }
        }
        Focus::Tree => {
            if let Some(event) = tree(key, modifiers, state) {
                return Some(Event::Tree(event));
            }
        }
        Focus::Outline => {
            if let Some(event) = outline(key, modifiers) {
                return Some(Event::Outline(event));
            }
        }
        Focus::TerminalFind => {
            if let Some(event) = terminal_find(key, modifiers) {
                return Some(Event::Terminal(event));
            }
        }
        Focus::Offer => {
            let other = || pressed(key, modifiers, state, Focus::Other, memory);
            return offer(key, modifiers).map(Event::Explain).or_else(other);
        }
        Focus::Name => match key {
            Key::Escape => return Some(Event::Tree(TreeEvent::NameCancel)),
            Key::Enter => return Some(Event::Tree(TreeEvent::NameDone)),
            _ => {}
        },
        // egui takes the keyboard from a field on Escape before anybody reads the key.
        Focus::Other if key == Key::Escape && state.onboarding.covers() => {
            return Some(Event::Onboarding(OnboardingEvent::Skip));
        }
        Focus::Other
            if key == Key::Escape
                && state.terminals.find.is_some()
                && terminal::tabs::is_seen(&state.terminals, state) =>
        {
            return Some(Event::Terminal(TerminalEvent::FindClose));
        }
        Focus::Other if key == Key::Escape && state.page_in_front().is_some() => {
            return Some(Event::LeavePage);
        }
        Focus::Other if key == Key::Escape && state.session.outline && !state.outline.filter.is_empty() => {
            return Some(Event::Outline(OutlineEvent::Leave));
        }
        Focus::Other if key == Key::Escape && state.find.open => return Some(Event::Find(FindEvent::Close)),
        Focus::Text if key == Key::Escape && state.onboarding.accepted && is_plain(state) => {
            return Some(Event::Onboarding(OnboardingEvent::Skip));
        }
        Focus::Text if key == Key::Escape && state.find.open && is_plain(state) => {
            return Some(Event::Find(FindEvent::Close));
        }
        // `read` has dealt with it.
        Focus::Terminal => {}
        Focus::Text | Focus::Other => {}
    }
    let contexts = contexts(state, focus, !memory.editor.preedit.is_empty());
    if let Some(command) = shortcuts::for_key(modifiers, key, &contexts) {
        return Some(Event::Command(command));
    }
    if focus != Focus::Text {
        return None;
    }
    let typed = text(key, modifiers, memory.editor.page).map(Event::Typed);
    typed.or_else(|| shortcuts::habit(None, modifiers, key).map(Event::Habit))
}

/// One caret and no review: Escape has nothing else to do.
fn is_plain(state: &State) -> bool {
    state.tab().is_none_or(|tab| tab.review.is_none() && tab.document.selection().spans().len() == 1)
}

/// The contexts that hold. `composing`: an input method has text that is not committed yet.
fn contexts(state: &State, focus: Focus, composing: bool) -> Vec<Context> {
    let mut contexts = state.contexts(focus == Focus::Text);
    contexts.extend((focus == Focus::Tree).then_some(Context::Tree));
    kept(contexts, focus, composing)
}

/// A field with text in it keeps the keys of a review for itself, an input method those of ghost text, which is hidden while it
/// composes.
fn kept(mut contexts: Vec<Context>, focus: Focus, composing: bool) -> Vec<Context> {
    contexts.retain(|context| match context {
        Context::Review => !matches!(focus, Focus::Find | Focus::Name | Focus::Search(_)),
        Context::Ghost | Context::ChangePlaces | Context::AtChangePlace => !composing,
        _ => true,
    });
    contexts
}

fn offer(key: Key, modifiers: Modifiers) -> Option<ExplainEvent> {
    match key {
        _ if modifiers.any() => None,
        Key::Tab | Key::Enter => Some(ExplainEvent::Mention(None)),
        Key::ArrowDown => Some(ExplainEvent::Choose(1)),
        Key::ArrowUp => Some(ExplainEvent::Choose(-1)),
        _ => None,
    }
}

fn overlay(key: Key, modifiers: Modifiers, state: &State) -> Option<Event> {
    if matches!(state.overlay, Overlay::Models(_)) {
        return (key == Key::Escape).then_some(Event::Overlay(OverlayEvent::Close));
    }
    if matches!(state.overlay, Overlay::Proposal(..) | Overlay::ErrorMessage(_)) {
        return match key {
            Key::Escape => Some(Event::Overlay(OverlayEvent::Close)),
            Key::Enter if modifiers.command => Some(Event::Overlay(OverlayEvent::Accept)),
            _ => None,
        };
    }
    if matches!(&state.overlay, Overlay::Picker(picker) if picker.kind == PickerKind::Reviews) {
        match shortcuts::for_key(modifiers, key, &[Context::Review]) {
            Some(Command::AcceptAll) => return Some(Event::Overlay(OverlayEvent::Decide(true))),
            Some(Command::RejectAll) => return Some(Event::Overlay(OverlayEvent::Decide(false))),
            _ => {}
        }
    }
    let event = match (key, modifiers.any()) {
        (Key::Escape, _) => OverlayEvent::Close,
        (Key::Enter, false) if !matches!(state.overlay, Overlay::Question(_)) => OverlayEvent::Accept,
        (Key::ArrowDown, false) => OverlayEvent::Step(1),
        (Key::ArrowUp, false) => OverlayEvent::Step(-1),
        (Key::PageDown, false) => OverlayEvent::Step(10),
        (Key::PageUp, false) => OverlayEvent::Step(-10),
        (Key::Tab, false) if matches!(&state.overlay, Overlay::Path(_) | Overlay::Instruction(_)) => {
            OverlayEvent::Complete
        }
        _ if matches!(state.overlay, Overlay::Instruction(_))
            && modifiers.command_only()
            && quick(key).is_some() =>
        {
            OverlayEvent::Pick(quick(key)?)
        }
        _ => {
            let command = shortcuts::for_key(modifiers, key, &[Context::Always, Context::Editor])?;
            let sends = matches!(state.overlay, Overlay::Instruction(_)) && command == Command::Improve;
            let swaps = matches!(state.overlay, Overlay::Picker(_) | Overlay::Quick(_))
                && matches!(
                    command,
                    Command::Palette
                        | Command::QuickOpen
                        | Command::GotoSymbol
                        | Command::GotoProjectSymbol
                        | Command::GotoLine
                        | Command::SwitchModel
                        | Command::Reviews
                );
            let always = matches!(command, Command::ZoomIn | Command::ZoomOut | Command::ZoomReset);
            return (sends || swaps || always).then_some(Event::Command(command));
        }
    };
    Some(Event::Overlay(event))
}

/// The quick choice that a digit stands for.
fn quick(key: Key) -> Option<usize> {
    const DIGITS: [Key; 9] =
        [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6, Key::Num7, Key::Num8, Key::Num9];
    DIGITS.iter().position(|digit| *digit == key)
}

fn find(key: Key, modifiers: Modifiers) -> Option<Event> {
    match key {
        Key::Escape => Some(Event::Find(FindEvent::Close)),
        Key::Enter if modifiers.shift => Some(Event::Command(Command::FindPrevious)),
        _ => None,
    }
}

fn outline(key: Key, modifiers: Modifiers) -> Option<OutlineEvent> {
    match key {
        _ if modifiers.any() => None,
        Key::ArrowDown => Some(OutlineEvent::Step(1)),
        Key::ArrowUp => Some(OutlineEvent::Step(-1)),
        Key::PageDown => Some(OutlineEvent::Step(10)),
        Key::PageUp => Some(OutlineEvent::Step(-10)),
        Key::Enter => Some(OutlineEvent::Enter),
        Key::Escape => Some(OutlineEvent::Leave),
        _ => None,
    }
}

/// Commands that a terminal does not get the keys of: what leads out of it, as in other editors.
const NOT_FOR_SHELLS: [Command; 23] = [
    Command::ToggleTerminal,
    Command::NewTerminal,
    Command::CloseTerminal,
    Command::MaximizeTerminal,
    Command::RunTask,
    Command::RerunTask,
    Command::StopTask,
    Command::ListProblems,
    Command::Palette,
    Command::QuickOpen,
    Command::GotoProjectSymbol,
    Command::ProjectSearch,
    Command::FocusSidebar,
    Command::Changes,
    Command::OpenSettings,
    Command::ModelManager,
    Command::SwitchModel,
    Command::Activity,
    Command::ZoomIn,
    Command::ZoomOut,
    Command::ZoomReset,
    Command::FullScreen,
    Command::Quit,
];

/// A key in a terminal: a command that leads out of it, else the program's.
fn in_terminal(key: Key, modifiers: Modifiers) -> Taken {
    if is_only_held(key) {
        return Taken::Left;
    }
    let command = shortcuts::for_key(modifiers, key, &[Context::Always, Context::Terminal]);
    let command =
        command.filter(|command| command.context() == Context::Terminal || NOT_FOR_SHELLS.contains(command));
    if let Some(command) = command {
        return Taken::Event(Event::Command(command));
    }
    match terminal::view::key(key, modifiers) {
        Some((key, held)) => Taken::Event(Event::Terminal(TerminalEvent::Key(key, held))),
        // It comes as text.
        None => Taken::Left,
    }
}

/// What a terminal gets beside keys. egui makes its own events of Ctrl with C, X and V.
fn typed_in_terminal(event: &Input) -> Taken {
    let control = |c| {
        let held = ::terminal::HeldKeys { ctrl: true, ..Default::default() };
        Taken::Event(Event::Terminal(TerminalEvent::Key(::terminal::TerminalKey::Char(c), held)))
    };
    match event {
        Input::Text(text) | Input::Ime(ImeEvent::Commit(text)) if !text.is_empty() => {
            Taken::Event(Event::Terminal(TerminalEvent::Text(text.clone())))
        }
        Input::Paste(text) => Taken::Event(Event::Terminal(TerminalEvent::Paste(text.clone()))),
        Input::Copy => control('c'),
        Input::Cut => control('x'),
        _ => Taken::Left,
    }
}

fn terminal_find(key: Key, modifiers: Modifiers) -> Option<TerminalEvent> {
    match key {
        Key::Escape => Some(TerminalEvent::FindClose),
        Key::Enter if modifiers.shift => Some(TerminalEvent::FindNext(::terminal::FindStep::Down)),
        Key::Enter if !modifiers.any() => Some(TerminalEvent::FindNext(::terminal::FindStep::Up)),
        _ => None,
    }
}

/// What the tree takes beside keys: its own clipboard, and letters, which narrow its rows.
fn in_tree(event: &Input) -> Taken {
    match event {
        Input::Copy => Taken::Event(Event::Command(Command::TreeCopy)),
        Input::Cut => Taken::Event(Event::Command(Command::TreeCut)),
        Input::Paste(text) => Taken::Event(Event::Tree(TreeEvent::Paste(text.clone()))),
        Input::Text(text) if !text.trim().is_empty() => {
            Taken::Event(Event::Tree(TreeEvent::Type(text.clone())))
        }
        _ => Taken::Left,
    }
}

fn tree(key: Key, modifiers: Modifiers, state: &State) -> Option<TreeEvent> {
    /// About as many rows as are seen at once.
    const PAGE: isize = 20;
    let is_narrowed = state.tree.as_ref().is_some_and(|tree| !tree.filter.is_empty());
    let has_choice = |tree: &FileTree| is_narrowed || tree.count_chosen() > 1 || !tree.cut.is_empty();
    // A review ends on the Escape that nothing in the tree needs.
    let is_reviewed = state.tab().is_some_and(|tab| tab.review.is_some());
    match key {
        Key::ArrowDown if modifiers.shift_only() => return Some(TreeEvent::Extend(1)),
        Key::ArrowUp if modifiers.shift_only() => return Some(TreeEvent::Extend(-1)),
        _ if modifiers.any() => return None,
        Key::Escape if !is_reviewed || state.tree.as_ref().is_some_and(has_choice) => {
            return Some(TreeEvent::Clear);
        }
        Key::Backspace if is_narrowed => return Some(TreeEvent::Untype),
        Key::Space if is_narrowed => return Some(TreeEvent::Type(" ".into())),
        _ => {}
    }
    Some(match key {
        Key::PageDown => TreeEvent::Step(PAGE),
        Key::PageUp => TreeEvent::Step(-PAGE),
        Key::Home => TreeEvent::Step(isize::MIN),
        Key::End => TreeEvent::Step(isize::MAX),
        Key::ArrowDown => TreeEvent::Step(1),
        Key::ArrowUp => TreeEvent::Step(-1),
        Key::ArrowRight => TreeEvent::Fold(true),
        Key::ArrowLeft => TreeEvent::Fold(false),
        Key::Enter | Key::Space => TreeEvent::Enter,
        _ => return None,
    })
}

/// Keys that move or edit, as on this platform.
fn text(key: Key, modifiers: Modifiers, page: usize) -> Option<Typed> {
    let mac = cfg!(target_os = "macos");
    let word = if mac { modifiers.alt } else { modifiers.ctrl };
    let far = if mac { modifiers.mac_cmd } else { false };
    let plain = !modifiers.ctrl && !modifiers.alt && !modifiers.command;
    let go = |motion: Motion| Some(Typed::Move(motion, modifiers.shift));
    match key {
        Key::ArrowLeft if far => go(Motion::LineStart),
        Key::ArrowRight if far => go(Motion::LineEnd),
        Key::ArrowUp if far => go(Motion::DocumentStart),
        Key::ArrowDown if far => go(Motion::DocumentEnd),
        Key::ArrowLeft if word => go(Motion::WordLeft),
        Key::ArrowRight if word => go(Motion::WordRight),
        Key::ArrowLeft if plain => go(Motion::Left),
        Key::ArrowRight if plain => go(Motion::Right),
        Key::ArrowUp if plain => go(Motion::Up),
        Key::ArrowDown if plain => go(Motion::Down),
        Key::PageUp if plain => go(Motion::PageUp(page)),
        Key::PageDown if plain => go(Motion::PageDown(page)),
        Key::Home if modifiers.command => go(Motion::DocumentStart),
        Key::End if modifiers.command => go(Motion::DocumentEnd),
        Key::Home => go(Motion::LineStart),
        Key::End => go(Motion::LineEnd),
        Key::Backspace if word => Some(Typed::DeleteWordLeft),
        Key::Delete if word => Some(Typed::DeleteWordRight),
        Key::Backspace => Some(Typed::Backspace),
        Key::Delete => Some(Typed::Delete),
        Key::Enter if plain => Some(Typed::Newline),
        Key::Tab if modifiers.shift && plain => Some(Typed::Outdent),
        Key::Tab if plain => Some(Typed::Tab),
        Key::Escape => Some(Typed::Collapse),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_method_keeps_its_keys_from_ghost_text() {
        let all = || vec![Context::Always, Context::Text, Context::Ghost];
        let tab =
            |composing| shortcuts::for_key(Modifiers::NONE, Key::Tab, &kept(all(), Focus::Text, composing));
        assert_eq!((tab(false), tab(true)), (Some(Command::TakeGhost), None));
        let escape = shortcuts::for_key(Modifiers::NONE, Key::Escape, &kept(all(), Focus::Text, true));
        assert_eq!(escape, None);
    }

    #[test]
    fn keys_move_by_characters_words_and_pages() {
        let ctrl = Modifiers { ctrl: true, command: true, ..Modifiers::NONE };
        let shift = Modifiers::SHIFT;
        assert_eq!(text(Key::ArrowLeft, shift, 9), Some(Typed::Move(Motion::Left, true)));
        assert_eq!(text(Key::PageDown, Modifiers::NONE, 9), Some(Typed::Move(Motion::PageDown(9), false)));
        if !cfg!(target_os = "macos") {
            assert_eq!(text(Key::ArrowRight, ctrl, 9), Some(Typed::Move(Motion::WordRight, false)));
            assert_eq!(text(Key::Backspace, ctrl, 9), Some(Typed::DeleteWordLeft));
        }
        assert_eq!(text(Key::Enter, Modifiers::ALT, 9), None);
    }
}
