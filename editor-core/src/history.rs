//! Undo and redo: a stack of steps, each one or several transactions that go and come back together.

use crate::{selection::Selection, transaction::Transaction};

/// A pause this long between two keys starts a new undo step.
const PAUSE_MS: u64 = 1000;

/// What an edit was, so that history knows what belongs together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EditKind {
    /// Typing: joined word by word while it continues without a pause.
    Type,
    /// Deleting by key: joined while it continues without a pause.
    Delete,
    /// An undo step of its own: paste, indent, replace all.
    Alone,
    /// A review accepted hunk by hunk: all its edits are one undo step as long as nothing else is edited between.
    Review(u64),
}

/// One transaction and the way back.
#[derive(Clone, Debug)]
struct Done {
    transaction: Transaction,
    inverse: Transaction,
}

#[derive(Clone, Debug)]
struct Step {
    edits: Vec<Done>,
    before: Selection,
    after: Selection,
    kind: EditKind,
    last_ms: u64,
    /// Nothing more may join.
    closed: bool,
    id: u64,
}

/// What undo or redo must do: apply the transactions in order, then set the selection. Each transaction has to be
/// restamped with the revision it meets; [`crate::Document`] does it.
#[derive(Clone, Debug)]
pub(crate) struct Travel {
    pub transactions: Vec<Transaction>,
    pub selection: Selection,
}

/// One edit to remember.
#[derive(Clone, Debug)]
pub struct RecordedEdit {
    /// What was applied.
    pub transaction: Transaction,
    /// What takes it back, as [`crate::Buffer::apply`] returned it.
    pub inverse: Transaction,
    /// The selection before it.
    pub before: Selection,
    /// The selection after it.
    pub after: Selection,
    /// What it was.
    pub kind: EditKind,
    /// When it was, on any clock that counts milliseconds.
    pub now_ms: u64,
}

/// A state of the text: the last step before it, 0 being the start, and how many of the step's edits it has.
type Position = (u64, usize);

/// The steps behind and ahead, and which state is on disk.
#[derive(Clone, Debug)]
pub struct History {
    undo: Vec<Step>,
    redo: Vec<Step>,
    /// The state that is on disk; `None` is one that can no longer be reached.
    saved: Option<Position>,
    next_id: u64,
    /// All edits join one step, whatever they are: its id, 0 until there is one.
    joined: Option<u64>,
}

impl Default for History {
    fn default() -> Self {
        Self { undo: Vec::new(), redo: Vec::new(), saved: Some((0, 0)), next_id: 1, joined: None }
    }
}

impl History {
    /// An empty history of a text as it is on disk.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Remembers an edit, as part of the last step where it belongs to it.
    pub fn push(&mut self, entry: RecordedEdit) {
        self.forget_redo();
        let joins = self.undo.last().is_some_and(|step| match self.joined {
            Some(id) => step.id == id,
            None => step.takes(&entry),
        });
        let done = Done { transaction: entry.transaction, inverse: entry.inverse };
        match self.undo.last_mut().filter(|_| joins) {
            Some(step) => {
                step.edits.push(done);
                step.after = entry.after;
                step.last_ms = entry.now_ms;
            }
            None => {
                let id = self.next_id;
                self.next_id += 1;
                self.joined = self.joined.map(|_| id);
                let RecordedEdit { before, after, kind, now_ms, .. } = entry;
                self.undo.push(Step {
                    edits: vec![done],
                    before,
                    after,
                    kind,
                    last_ms: now_ms,
                    closed: false,
                    id,
                });
            }
        }
    }

    fn forget_redo(&mut self) {
        if self.saved.is_some_and(|(id, _)| self.redo.iter().any(|step| step.id == id)) {
            self.saved = None;
        }
        self.redo.clear();
    }

    /// Ends the running step: what follows is undone apart from it. Called when the caret is moved.
    pub fn close_step(&mut self) {
        if let Some(step) = self.undo.last_mut()
            && !matches!(step.kind, EditKind::Review(_))
        {
            step.closed = true;
        }
    }

    /// All edits from here on are one step, whatever they are and wherever the caret goes between them, until that is switched off
    /// or something is undone. What came before stays apart, and so does what comes after.
    pub fn join_edits(&mut self, on: bool) {
        if on == self.joined.is_some() {
            return;
        }
        if let Some(step) = self.undo.last_mut() {
            step.closed = true;
        }
        self.joined = on.then_some(0);
    }

    /// Remembers that the text as it is now is on disk. What is typed afterwards is undone apart from it; a review continues.
    pub fn mark_saved(&mut self) {
        self.saved = Some(self.position());
        self.close_step();
    }

    /// Remembers that no state of the text is on disk, as after a recovery.
    pub fn mark_unsaved(&mut self) {
        self.saved = None;
    }

    /// Does the text differ from what is on disk?
    #[must_use]
    pub fn is_modified(&self) -> bool {
        self.saved != Some(self.position())
    }

    fn position(&self) -> Position {
        self.undo.last().map_or((0, 0), |step| (step.id, step.edits.len()))
    }

    /// Is there a step to undo?
    #[must_use]
    pub fn can_undo(&self) -> bool {
        !self.undo.is_empty()
    }

    /// Is there a step to redo?
    #[must_use]
    pub fn can_redo(&self) -> bool {
        !self.redo.is_empty()
    }

    pub(crate) fn before_last_step(&self) -> Option<&Selection> {
        self.undo.last().map(|step| &step.before)
    }

    pub(crate) fn undo(&mut self) -> Option<Travel> {
        self.joined = self.joined.map(|_| 0);
        let mut step = self.undo.pop()?;
        step.closed = true;
        let transactions = step.edits.iter().rev().map(|done| done.inverse.clone()).collect();
        let travel = Travel { transactions, selection: step.before.clone() };
        self.redo.push(step);
        Some(travel)
    }

    pub(crate) fn redo(&mut self) -> Option<Travel> {
        self.joined = self.joined.map(|_| 0);
        let step = self.redo.pop()?;
        let transactions = step.edits.iter().map(|done| done.transaction.clone()).collect();
        let travel = Travel { transactions, selection: step.after.clone() };
        self.undo.push(step);
        Some(travel)
    }
}

impl Step {
    fn takes(&self, entry: &RecordedEdit) -> bool {
        if self.closed || self.kind != entry.kind {
            return false;
        }
        match entry.kind {
            EditKind::Alone => false,
            EditKind::Review(_) => true,
            EditKind::Delete => self.is_recent(entry),
            EditKind::Type => self.is_recent(entry) && !self.ends_word_before(entry),
        }
    }

    fn is_recent(&self, entry: &RecordedEdit) -> bool {
        entry.now_ms.saturating_sub(self.last_ms) <= PAUSE_MS
    }

    /// A step ends with the white space behind a word: the next word is another step.
    fn ends_word_before(&self, entry: &RecordedEdit) -> bool {
        let last = self.edits.last().and_then(|done| typed(&done.transaction)?.chars().last());
        let next = typed(&entry.transaction).and_then(|text| text.chars().next());
        match (last, next) {
            (_, Some('\n' | '\r')) | (Some('\n' | '\r'), _) => true,
            (Some(last), Some(next)) => last.is_whitespace() && !next.is_whitespace(),
            _ => false,
        }
    }
}

fn typed(transaction: &Transaction) -> Option<&str> {
    transaction.changes().first().map(|change| change.insert.as_str())
}
