//! Keys reach the text in front, and what they wish reaches the window.

use std::path::{Path, PathBuf};

use ::vim::{Desk, PaneWish, ScrollTo, Vim, VimKey, VimWish};
use editor_core::Transaction;
use editor_core::search::{FindQuery, Search};
use ground::command::Command;
use ground::ids::TabId;

use super::{VimEvent, VimKeys};
use crate::event::{Effect, Event, Typed};
use crate::workspace::{RevealFrom, ToastKind, Workspace, configure, edit, outcomes};

/// Lines that are taken to be seen before the view has said.
const UNSEEN: usize = 40;

/// Switches the keys on or off, in the user's settings.
pub fn toggle(workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    let on = !workspace.settings.editor.vim;
    configure::set(workspace, "editor.vim", &on, now, out);
}

/// Obeys the setting, and leaves Insert mode where another text comes to the front. Called after each event.
pub fn follow(keys: &mut VimKeys, workspace: &mut Workspace) {
    let wanted = workspace.settings.editor.vim;
    if !wanted && keys.layer.is_none() {
        return;
    }
    let front = workspace.tab().map(|tab| tab.id);
    if wanted != keys.layer.is_some() || keys.text != front {
        if let Some(tab) = keys.text.and_then(|id| workspace.find_tab(id)) {
            tab.document.join_edits(false);
        }
        keys.text = front;
        match (&mut keys.layer, wanted) {
            (layer, false) => *layer = None,
            (Some(layer), true) => layer.stop(),
            (layer, true) => *layer = Some(Box::default()),
        }
    }
}

/// Something happened with the keys.
pub fn on(keys: &mut VimKeys, workspace: &mut Workspace, event: VimEvent, now: u64, out: &mut Vec<Effect>) {
    match event {
        VimEvent::Seen(id, first, last) => keys.seen = Some((id, first, last)),
        VimEvent::Keys(pressed) => with_desk(keys, workspace, now, out, |layer, desk| {
            for key in pressed {
                layer.key(desk, key);
            }
        }),
        VimEvent::Paste(text) => {
            keys.awaits = false;
            with_desk(keys, workspace, now, out, |layer, desk| {
                if !layer.paste_into_line(&text) {
                    layer.pasted(desk, &text);
                }
            });
        }
    }
}

/// Lets the layer work on the text in front, and passes on what came of it.
fn with_desk(
    keys: &mut VimKeys,
    workspace: &mut Workspace,
    now: u64,
    out: &mut Vec<Effect>,
    work: impl FnOnce(&mut Vim, &mut Desk<'_>),
) {
    let tab_width = workspace.tab_width();
    let Some(layer) = &mut keys.layer else { return };
    let Some(tab) = workspace.tab_mut() else { return };
    let id = tab.id;
    let line = tab.document.buffer().line_of(tab.document.selection().primary().head);
    let guess = (line.saturating_sub(UNSEEN / 2), line + UNSEEN / 2);
    let seen = keys.seen.filter(|(own, ..)| *own == id).map_or(guess, |(_, first, last)| (first, last));
    let before = (tab.document.revision(), tab.document.selection().clone());
    let mut desk = Desk::new(&mut tab.document, id.0, tab_width, now, seen);
    work(layer, &mut desk);
    let changed = tab.document.revision() != before.0;
    let moved = *tab.document.selection() != before.1;
    let wishes = layer.take_wishes();
    if changed {
        edit::after_edit(workspace, id, out);
    }
    if changed || moved {
        edit::reveal_caret(workspace, false);
    }
    for wish in wishes {
        grant(keys, workspace, wish, now, out);
    }
}

/// Does what the layer wishes of the window.
fn grant(keys: &mut VimKeys, workspace: &mut Workspace, wish: VimWish, now: u64, out: &mut Vec<Effect>) {
    let mut run = |command: Command| out.push(Effect::then(Event::Command(command)));
    match wish {
        VimWish::Save => run(Command::Save),
        VimWish::SaveAll => run(Command::SaveAll),
        VimWish::Close(_) => run(Command::CloseTab),
        VimWish::SaveAndClose => {
            run(Command::Save);
            run(Command::CloseTab);
        }
        VimWish::Quit => run(Command::Quit),
        VimWish::Reload => run(Command::Revert),
        VimWish::GoToDefinition => run(Command::GoToDefinition),
        VimWish::Tab(on) => run(if on { Command::NextTab } else { Command::PreviousTab }),
        VimWish::Jump(on) => run(if on { Command::GoForward } else { Command::GoBack }),
        VimWish::Pane(wish) => run(pane_command(wish)),
        VimWish::Split(beside) => run(if beside { Command::SplitRight } else { Command::SplitDown }),
        VimWish::SaveAs(path) => {
            let path = place(workspace, &path);
            if let Some(id) = workspace.tab().map(|tab| tab.id) {
                out.push(Effect::then(Event::SaveAt(id, path)));
            }
        }
        VimWish::Open(path) => {
            let path = place(workspace, &path);
            out.push(Effect::then(Event::Open(path)));
        }
        VimWish::Copy(text) => out.push(Effect::Copy(text)),
        VimWish::AskClipboard => {
            keys.awaits = true;
            out.push(Effect::RequestPaste);
        }
        VimWish::ScrollTo(to) => {
            let from = match to {
                ScrollTo::Top => RevealFrom::Top,
                ScrollTo::Middle => RevealFrom::Middle,
                ScrollTo::Bottom => RevealFrom::Bottom,
            };
            edit::reveal_from(workspace, from);
        }
        VimWish::ScrollBy(rows) => edit::reveal_from(workspace, RevealFrom::Scrolled(rows)),
        VimWish::Reveal => edit::reveal_caret(workspace, false),
        VimWish::Highlight(pattern) => highlight(workspace, pattern),
        VimWish::Undone => outcomes::undone(workspace, now, out),
        VimWish::Say(words) => workspace.toast(ToastKind::Info, words, now),
        VimWish::Complain(words) => workspace.toast(ToastKind::Error, words, now),
    }
}

fn pane_command(wish: PaneWish) -> Command {
    match wish {
        PaneWish::Left => Command::PaneLeft,
        PaneWish::Below => Command::PaneBelow,
        PaneWish::Above => Command::PaneAbove,
        PaneWish::Right => Command::PaneRight,
        PaneWish::Next => Command::NextPane,
        PaneWish::Previous => Command::PreviousPane,
        PaneWish::Close => Command::ClosePane,
        PaneWish::Even => Command::EvenPanes,
    }
}

/// A path as it was typed: from the folder of the project, or of the file in front.
fn place(workspace: &Workspace, typed: &str) -> PathBuf {
    let typed = PathBuf::from(typed);
    let root = workspace.tree.as_ref().and_then(|tree| tree.roots().next().map(Path::to_path_buf));
    let beside = || Some(workspace.tab()?.document.path()?.parent()?.to_owned());
    match root.or_else(beside) {
        Some(folder) => folder.join(typed),
        None => typed,
    }
}

/// Marks what a search finds, or nothing any more.
fn highlight(workspace: &mut Workspace, pattern: Option<String>) {
    let Some(tab) = workspace.tab_mut() else { return };
    let query = pattern.map(|pattern| FindQuery {
        pattern,
        case_sensitive: true,
        regex: true,
        ..FindQuery::default()
    });
    tab.search = query.and_then(|query| Search::new(&query, tab.document.buffer()).ok());
}

/// A text was edited: marks and `.` go along.
pub fn edited(keys: &mut VimKeys, id: TabId, steps: &[Transaction]) {
    if let Some(layer) = &mut keys.layer {
        steps.iter().for_each(|step| layer.follow(id.0, step));
    }
}

/// The editor typed something: a macro that is recorded has it.
pub fn typed(keys: &mut VimKeys, typed: &Typed) {
    let Some(layer) = keys.layer.as_mut().filter(|layer| layer.recording().is_some()) else { return };
    match typed {
        Typed::Text(text) => text.chars().for_each(|c| layer.note(VimKey::Char(c))),
        Typed::Newline => layer.note(VimKey::Enter),
        Typed::Backspace => layer.note(VimKey::Backspace),
        Typed::Delete => layer.note(VimKey::Delete),
        Typed::Tab => layer.note(VimKey::Tab),
        _ => {}
    }
}
