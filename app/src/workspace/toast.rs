//! Messages about what happened elsewhere: they pass by themselves.

use ground::ids::TabId;

use super::Workspace;

/// How loud a toast is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToastKind {
    /// Something was done.
    Info,
    /// Something failed.
    Error,
}

/// A message about what happened elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Toast {
    /// Its number.
    pub id: u64,
    /// How loud.
    pub kind: ToastKind,
    /// A sentence.
    pub text: String,
    /// When it came, in milliseconds of the window's clock.
    pub since: u64,
    /// The tab whose closed review it offers to take up again.
    pub reopens: Option<TabId>,
    /// It offers to take back what was done to files.
    pub undoes: bool,
}

/// Sentences from this length on take time to read, in bytes.
const LONG: usize = 100;

impl Toast {
    /// How long a toast stays, in milliseconds.
    pub fn lifetime(&self) -> u64 {
        match self.kind {
            ToastKind::Info if self.reopens.is_none() && !self.undoes && self.text.len() < LONG => 4000,
            ToastKind::Info | ToastKind::Error => 12_000,
        }
    }
}

impl Workspace {
    /// Shows a message about something that happened elsewhere, `now` on the window's clock in milliseconds.
    pub fn toast(&mut self, kind: ToastKind, text: String, now: u64) {
        self.toasts.retain(|toast| toast.text != text);
        let id = self.counters.toast();
        self.toasts.push(Toast { id, kind, text, since: now, reopens: None, undoes: false });
    }

    /// Says that something was done to files, and offers to take it back. Only the last offer counts.
    pub fn toast_with_undo(&mut self, text: String, now: u64) {
        self.toasts.retain(|toast| !toast.undoes);
        self.toast(ToastKind::Info, text, now);
        self.toasts.iter_mut().rev().take(1).for_each(|toast| toast.undoes = true);
    }

    /// No longer offers the closed review of a tab.
    pub fn withdraw_reopening(&mut self, id: TabId) {
        self.toasts.retain(|toast| toast.reopens != Some(id));
    }
}
