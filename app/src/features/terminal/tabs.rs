//! The terminals of the panel as tabs: begun, shown, begun again, closed. The panel may itself be a tab beside the files.

use terminal::{FindStep, TerminalId, TerminalScreen};

use super::{TerminalContent, TerminalEffect, TerminalState, TerminalTab, Terminals};
use crate::event::Effect;
use crate::workspace::{Focus, Page, ToastKind, Workspace, permissions};

/// Most terminals at once.
const MAX_TERMINALS: usize = 32;

/// Does something with the terminal that is shown.
pub fn with_shown(
    terminals: &Terminals,
    out: &mut Vec<Effect>,
    effect: impl FnOnce(TerminalId) -> TerminalEffect,
) {
    out.extend(terminals.shown().map(|tab| Effect::Terminal(effect(tab.id))));
}

/// The user's shell, in the folder of the project.
pub fn shell(workspace: &Workspace) -> TerminalContent {
    TerminalContent::Shell(permissions::project(workspace).or_else(|| workspace.home.clone()))
}

/// Shows the panel, with a terminal in it.
pub fn show(terminals: &mut Terminals, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    if terminals.tabs.is_empty() {
        return begin(terminals, workspace, shell(workspace), now, out);
    }
    come_up(terminals, workspace);
}

/// The panel is shown where it stands, and gets the keyboard.
pub fn come_up(terminals: &mut Terminals, workspace: &mut Workspace) {
    if workspace.has_page(Page::Terminal) {
        workspace.show_page(Page::Terminal);
    } else {
        terminals.open = true;
    }
    workspace.focus = Some(Focus::Terminal);
}

/// Is a terminal seen, in the panel or in a tab?
pub fn is_seen(terminals: &Terminals, workspace: &Workspace) -> bool {
    terminals.open || workspace.shows(Page::Terminal)
}

/// The panel becomes a tab beside the files, or a panel again.
pub fn change_place(terminals: &mut Terminals, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    if workspace.has_page(Page::Terminal) {
        workspace.close_page(Page::Terminal);
    } else {
        hide(terminals, workspace);
        workspace.show_page(Page::Terminal);
    }
    show(terminals, workspace, now, out);
}

/// Hides the panel, or goes from its tab back to the text; what runs in it goes on.
pub fn hide(terminals: &mut Terminals, workspace: &mut Workspace) {
    terminals.open = false;
    terminals.maximized = false;
    if workspace.page_in_front() == Some(Page::Terminal) {
        workspace.leave_page();
    }
    workspace.focus = Some(Focus::Editor);
}

/// Opens a terminal and shows it.
pub fn begin(
    terminals: &mut Terminals,
    workspace: &mut Workspace,
    content: TerminalContent,
    now: u64,
    out: &mut Vec<Effect>,
) {
    if terminals.tabs.len() >= MAX_TERMINALS {
        let words = format!("{MAX_TERMINALS} terminals are open. Close one of them first.");
        return workspace.toast(ToastKind::Error, words, now);
    }
    terminals.count += 1;
    let id = TerminalId(terminals.count);
    let state = TerminalState::Waiting;
    let (title, screen) = (String::new(), TerminalScreen::default());
    terminals.tabs.push(TerminalTab { id, content, state, title, rang: false, screen });
    terminals.front = terminals.tabs.len() - 1;
    come_up(terminals, workspace);
    start_waiting(terminals, out);
}

/// Starts what waits, once it is known how large terminals are.
pub fn start_waiting(terminals: &mut Terminals, out: &mut Vec<Effect>) {
    let Some(measure) = terminals.measure else { return };
    for tab in terminals.tabs.iter_mut().filter(|tab| tab.state == TerminalState::Waiting) {
        tab.state = TerminalState::Running;
        let content = tab.content.clone();
        out.push(Effect::Terminal(TerminalEffect::Start { id: tab.id, content, measure, again: false }));
    }
}

/// Starts again what has ended.
pub fn restart(terminals: &mut Terminals, id: TerminalId, out: &mut Vec<Effect>) {
    let Some(measure) = terminals.measure else { return };
    if let Some(tab) = terminals.tabs.iter_mut().find(|tab| tab.id == id) {
        tab.state = TerminalState::Running;
        tab.title.clear();
        let content = tab.content.clone();
        out.push(Effect::Terminal(TerminalEffect::Start { id, content, measure, again: true }));
    }
}

/// Closes a terminal, and the panel with the last one.
pub fn close(terminals: &mut Terminals, workspace: &mut Workspace, id: TerminalId, out: &mut Vec<Effect>) {
    let Some(at) = terminals.tabs.iter().position(|tab| tab.id == id) else { return };
    terminals.tabs.remove(at);
    out.push(Effect::Terminal(TerminalEffect::Close(id)));
    if at < terminals.front || terminals.front == terminals.tabs.len() {
        terminals.front = terminals.front.saturating_sub(1);
    }
    if terminals.tabs.is_empty() {
        hide(terminals, workspace);
        workspace.close_page(Page::Terminal);
    } else {
        workspace.focus = Some(Focus::Terminal);
    }
}

/// Shows the next terminal, or the one before.
pub fn step(terminals: &mut Terminals, by: isize, out: &mut Vec<Effect>) {
    let len = terminals.tabs.len() as isize;
    if len > 0 {
        front(terminals, (terminals.front as isize + by).rem_euclid(len) as usize, out);
    }
}

/// Shows this terminal.
pub fn front(terminals: &mut Terminals, index: usize, out: &mut Vec<Effect>) {
    if index != terminals.front {
        terminals.find = None;
        with_shown(terminals, out, |id| TerminalEffect::Find(id, String::new(), FindStep::Typed));
    }
    if let Some(tab) = terminals.tabs.get_mut(index) {
        tab.rang = false;
        terminals.front = index;
    }
}
