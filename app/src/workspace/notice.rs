//! What stays over the panels until the user has dealt with it.

use super::Workspace;

/// Something that stays until the user has dealt with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// What it is about; there is one of each kind.
    pub kind: NoticeKind,
    /// What happened, what was kept.
    pub text: String,
}

/// What a notice is about, and with it what can be done.
#[derive(Clone, Debug, PartialEq)]
pub enum NoticeKind {
    /// Too many workers died.
    GaveUp,
    /// Memory ran out, and another way is used.
    Stepped,
    /// The editor did not end well the last time.
    Recovery,
    /// What is typed cannot be kept for a recovery.
    Unkept,
    /// Answers come too slowly; this would be faster, when anything here would.
    Slow(Option<Lighter>),
}

/// What would be faster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lighter {
    /// A profile, by name.
    Profile(String),
    /// A model, by id, where no profile has a lighter one.
    Model(String),
}

impl Workspace {
    /// Shows a notice; another one of its kind is replaced.
    pub fn notify(&mut self, kind: NoticeKind, text: String) {
        let same = |other: &Notice| std::mem::discriminant(&other.kind) == std::mem::discriminant(&kind);
        self.notices.retain(|other| !same(other));
        self.notices.push(Notice { kind, text });
    }

    /// Takes notices of a kind away.
    pub fn settle(&mut self, kind: &NoticeKind) {
        self.notices.retain(|other| std::mem::discriminant(&other.kind) != std::mem::discriminant(kind));
    }
}
