//! Terminals opened, typed in, scrolled, looked through and closed.

use terminal::mouse::{self, MouseDeed, MouseReport};
use terminal::{
    FindStep, HeldKeys, LinkTarget, TerminalEnd, TerminalId, TerminalKey, TerminalLink, TerminalModes,
    TerminalNews, keys,
};

use super::tabs::{begin, close, front, hide, is_seen, restart, shell, show, start_waiting, with_shown};
use super::{
    SelectionPurpose, TerminalContent, TerminalEffect, TerminalEvent, TerminalFind, TerminalState, Terminals,
    running,
};
use crate::event::{Effect, Event};
use crate::workspace::{Focus, Overlay, Page, Question, Reply, TerminalQuestion, ToastKind, Workspace, open};

/// Most steps of the wheel that a program is told of at once.
const MAX_WHEEL: usize = 20;

/// Shows the panel, or hides it.
pub fn toggle(terminals: &mut Terminals, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    let is_here = match workspace.has_page(Page::Terminal) {
        true => workspace.page_in_front() == Some(Page::Terminal),
        false => terminals.open,
    };
    if is_here { hide(terminals, workspace) } else { show(terminals, workspace, now, out) }
}

/// Opens another shell.
pub fn new_shell(terminals: &mut Terminals, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    let content = shell(workspace);
    begin(terminals, workspace, content, now, out);
}

/// Closes the terminal that is shown.
pub fn close_shown(terminals: &mut Terminals, workspace: &mut Workspace, out: &mut Vec<Effect>) {
    if let Some(id) = terminals.shown().map(|tab| tab.id) {
        close(terminals, workspace, id, out);
    }
}

/// The panel takes the place of the text, or gives it back.
pub fn maximize(terminals: &mut Terminals, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    show(terminals, workspace, now, out);
    terminals.maximized = terminals.open && !terminals.maximized;
}

/// Asks for the selection.
pub fn tell_selection(terminals: &Terminals, purpose: SelectionPurpose, out: &mut Vec<Effect>) {
    with_shown(terminals, out, |id| TerminalEffect::TellSelection(id, purpose));
}

/// Asks for what is on the clipboard; it comes to who has the keyboard.
pub fn ask_paste(workspace: &mut Workspace, out: &mut Vec<Effect>) {
    workspace.focus = Some(Focus::Terminal);
    out.push(Effect::RequestPaste);
}

/// Opens the field that looks through the history.
pub fn find(terminals: &mut Terminals, workspace: &mut Workspace) {
    if is_seen(terminals, workspace) && terminals.shown().is_some() {
        terminals.find.get_or_insert_default();
        workspace.focus = Some(Focus::TerminalFind);
    }
}

/// A frame begins: what is seen may be something else.
pub fn tick(terminals: &Terminals, workspace: &Workspace, out: &mut Vec<Effect>) {
    if !terminals.tabs.is_empty() {
        let shown = terminals.shown().map(|tab| tab.id).filter(|_| is_seen(terminals, workspace));
        out.push(Effect::Terminal(TerminalEffect::Look(shown)));
    }
}

/// Something happened in the panel, or in its programs.
pub fn on(
    terminals: &mut Terminals,
    workspace: &mut Workspace,
    event: TerminalEvent,
    now: u64,
    out: &mut Vec<Effect>,
) {
    match event {
        TerminalEvent::Measured(measure) => {
            if terminals.measure.replace(measure) != Some(measure) {
                out.push(Effect::Terminal(TerminalEffect::Resize(measure)));
            }
            start_waiting(terminals, out);
        }
        TerminalEvent::Key(key, held) => key_pressed(terminals, key, held, out),
        TerminalEvent::Text(text) => send(terminals, out, |_| text.into_bytes()),
        TerminalEvent::Paste(text) => paste(terminals, workspace, text, out),
        TerminalEvent::Focus(has) => send(terminals, out, |modes| {
            let told: &[u8] = if has { b"\x1b[I" } else { b"\x1b[O" };
            if modes.focus { told.to_vec() } else { Vec::new() }
        }),
        TerminalEvent::Mouse(report) => send(terminals, out, |modes| mouse::encode(report, modes)),
        TerminalEvent::Wheel(rows, report) => wheel(terminals, rows, report, out),
        TerminalEvent::ScrollTo(offset) => {
            if let Some(tab) = terminals.shown() {
                let by = i32::try_from(offset).unwrap_or(i32::MAX) - tab.screen.offset as i32;
                out.push(Effect::Terminal(TerminalEffect::Scroll(tab.id, by)));
            }
        }
        TerminalEvent::Select(unit, place) => {
            with_shown(terminals, out, |id| TerminalEffect::Select(id, unit, place));
        }
        TerminalEvent::Extend(place) => with_shown(terminals, out, |id| TerminalEffect::Extend(id, place)),
        TerminalEvent::SelectionSettled => tell_selection(terminals, SelectionPurpose::Offer, out),
        TerminalEvent::Follow(link) => follow(terminals, workspace, link, now, out),
        TerminalEvent::Show(index) => {
            front(terminals, index, out);
            workspace.focus = Some(Focus::Terminal);
        }
        TerminalEvent::Close(id) => close(terminals, workspace, id, out),
        TerminalEvent::Hide => hide(terminals, workspace),
        TerminalEvent::Height(height) => {
            workspace.session.terminal_height = height;
            workspace.remember(out);
        }
        TerminalEvent::FindText(text) => {
            with_shown(terminals, out, |id| TerminalEffect::Find(id, text.clone(), FindStep::Typed));
            terminals.find = Some(TerminalFind { text, found: None });
        }
        TerminalEvent::FindNext(step) => {
            let text = terminals.find.as_ref().map(|find| find.text.clone()).unwrap_or_default();
            with_shown(terminals, out, |id| TerminalEffect::Find(id, text, step));
        }
        TerminalEvent::FindClose => {
            terminals.find = None;
            with_shown(terminals, out, |id| TerminalEffect::Find(id, String::new(), FindStep::Typed));
            workspace.focus = Some(Focus::Terminal);
        }
        TerminalEvent::Found(found) => {
            if let Some(find) = &mut terminals.find {
                find.found = Some(found);
            }
        }
        TerminalEvent::Screen(id, screen) => {
            if let Some(tab) = terminals.tabs.iter_mut().find(|tab| tab.id == id) {
                tab.screen = *screen;
            }
        }
        TerminalEvent::News(id, news) => heard(terminals, workspace, id, news, out),
        TerminalEvent::Refused => {
            let words = "The program in the terminal does not read what it is sent. Stop it with Ctrl+C, or close the terminal.";
            workspace.toast(ToastKind::Error, words.into(), now);
        }
        TerminalEvent::Selected(purpose, text) => selected(workspace, purpose, text, now, out),
        TerminalEvent::Place(path, caret) => open::open_at(workspace, path, caret, out),
        TerminalEvent::TasksListed(found) => running::listed(terminals, workspace, found, now),
        TerminalEvent::RunListed(index) => running::chosen(terminals, workspace, index, now, out),
    }
}

/// Sends something to the program that is shown, if it runs.
fn send(terminals: &Terminals, out: &mut Vec<Effect>, bytes: impl FnOnce(&TerminalModes) -> Vec<u8>) {
    let Some(tab) = terminals.shown().filter(|tab| tab.state == TerminalState::Running) else { return };
    let bytes = bytes(&tab.screen.modes);
    if !bytes.is_empty() {
        out.push(Effect::Terminal(TerminalEffect::Input(tab.id, bytes)));
    }
}

fn key_pressed(terminals: &mut Terminals, key: TerminalKey, held: HeldKeys, out: &mut Vec<Effect>) {
    let Some(tab) = terminals.shown() else { return };
    let (id, rows) = (tab.id, i32::try_from(tab.screen.rows.len()).unwrap_or(1).max(2));
    if matches!(tab.state, TerminalState::Ended(_)) {
        if key == TerminalKey::Enter {
            if let TerminalContent::Task(task) = &tab.content {
                out.push(Effect::then(Event::TaskBegan(task.name.clone())));
            }
            restart(terminals, id, out);
        }
        return;
    }
    // The history is looked through by keys as in other terminals.
    let scrolled = match key {
        TerminalKey::PageUp => Some(rows - 1),
        TerminalKey::PageDown => Some(1 - rows),
        TerminalKey::Home => Some(i32::MAX),
        TerminalKey::End => Some(i32::MIN),
        _ => None,
    };
    let only_shift = held.shift && !held.alt && !held.ctrl;
    match scrolled.filter(|_| only_shift && !tab.screen.modes.alternate) {
        Some(rows) => out.push(Effect::Terminal(TerminalEffect::Scroll(id, rows))),
        None => send(terminals, out, |modes| keys::encode(key, held, modes)),
    }
}

fn wheel(terminals: &Terminals, rows: i32, report: MouseReport, out: &mut Vec<Effect>) {
    let Some(tab) = terminals.shown() else { return };
    let modes = tab.screen.modes;
    let steps = (rows.unsigned_abs() as usize).min(MAX_WHEEL);
    if modes.mouse && !report.held.shift {
        let deed = MouseDeed::Wheel(rows > 0);
        send(terminals, out, |modes| mouse::encode(MouseReport { deed, ..report }, modes).repeat(steps));
    } else if modes.alternate && modes.alternate_scroll {
        let key = if rows > 0 { TerminalKey::Up } else { TerminalKey::Down };
        send(terminals, out, |modes| keys::encode(key, HeldKeys::default(), modes).repeat(steps));
    } else {
        out.push(Effect::Terminal(TerminalEffect::Scroll(tab.id, rows)));
    }
}

/// Pastes; several lines, which a shell would run one by one as they come, are asked about.
fn paste(terminals: &mut Terminals, workspace: &mut Workspace, text: String, out: &mut Vec<Effect>) {
    let Some(tab) = terminals.shown().filter(|tab| tab.state == TerminalState::Running) else { return };
    let lines = text.lines().count();
    if lines > 1 && !tab.screen.modes.bracketed_paste {
        terminals.pasted = Some((tab.id, text));
        workspace.overlay = Overlay::Question(Question::Terminal(TerminalQuestion::Paste(lines)));
        return;
    }
    send(terminals, out, |modes| keys::paste(&text, modes));
}

/// A question about a terminal or a task was answered.
pub fn replied(
    terminals: &mut Terminals,
    workspace: &mut Workspace,
    question: &TerminalQuestion,
    reply: Reply,
    now: u64,
    out: &mut Vec<Effect>,
) {
    let is_seen = is_seen(terminals, workspace);
    workspace.focus = Some(if is_seen { Focus::Terminal } else { Focus::Editor });
    match question {
        TerminalQuestion::Paste(_) => {
            let pasted = terminals.pasted.take().filter(|_| reply == Reply::Yes);
            let tab = |id| terminals.tabs.iter().find(|tab| tab.id == id);
            if let Some((id, text)) = pasted
                && let Some(tab) = tab(id)
            {
                let bytes = keys::paste(&text, &tab.screen.modes);
                out.push(Effect::Terminal(TerminalEffect::Input(id, bytes)));
            }
        }
        TerminalQuestion::RunTask { .. } => running::replied(terminals, workspace, reply, now, out),
    }
}

fn follow(
    terminals: &Terminals,
    workspace: &mut Workspace,
    link: TerminalLink,
    now: u64,
    out: &mut Vec<Effect>,
) {
    let Some(tab) = terminals.shown() else { return };
    match link.target {
        LinkTarget::Address(address) => {
            workspace.toast(ToastKind::Info, format!("Copied {address}. LocalCoder opens no browser."), now);
            out.push(Effect::Copy(address));
        }
        LinkTarget::File(path, line, column) => {
            let folder = match &tab.content {
                TerminalContent::Task(task) => Some(task.folder.clone()),
                TerminalContent::Shell(folder) => folder.clone(),
            };
            let place = (line, column);
            out.push(Effect::Terminal(TerminalEffect::Locate { id: tab.id, path, place, folder }));
        }
    }
}

fn heard(
    terminals: &mut Terminals,
    workspace: &mut Workspace,
    id: TerminalId,
    news: TerminalNews,
    out: &mut Vec<Effect>,
) {
    let shown = terminals.shown().map(|tab| tab.id).filter(|_| is_seen(terminals, workspace));
    let Some(tab) = terminals.tabs.iter_mut().find(|tab| tab.id == id) else { return };
    if let Some(title) = news.title {
        tab.title = title;
    }
    tab.rang |= news.bell && shown != Some(id);
    let Some(end) = news.end else { return };
    // Who leaves a shell by its own means is done with it.
    let is_left = end == TerminalEnd::Exited(0) && matches!(tab.content, TerminalContent::Shell(_));
    tab.state = TerminalState::Ended(end);
    if is_left {
        close(terminals, workspace, id, out);
    }
}

fn selected(
    workspace: &mut Workspace,
    purpose: SelectionPurpose,
    text: Option<String>,
    now: u64,
    out: &mut Vec<Effect>,
) {
    match (purpose, text) {
        (SelectionPurpose::Copy, Some(text)) => out.push(Effect::Copy(text)),
        (SelectionPurpose::Offer, Some(text)) => out.push(Effect::OfferSelection(text)),
        (SelectionPurpose::Copy | SelectionPurpose::Offer, None) => {}
        (SelectionPurpose::Explain, Some(text)) => out.push(Effect::then(Event::ExplainOutput(text))),
        (SelectionPurpose::Explain, None) => {
            workspace.toast(ToastKind::Info, "Select the output to explain first.".into(), now);
        }
    }
}
