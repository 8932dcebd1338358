//! One open file, or one that has no file yet: text, selection, history and how it is written.

use std::path::{Path, PathBuf};

use ropey::Rope;

use crate::{
    buffer::{Buffer, LineEnding, Revision, WrongRevision},
    edit::{Edit, Style},
    file::{Format, Opened, ReadOnly, Stamp},
    history::{EditKind, Entry, History, Travel},
    language::{Indent, Language},
    selection::Selection,
    transaction::Transaction,
};

/// A transaction that was applied, with the text before it: what syntax, reviews and searches need to follow.
#[derive(Clone, Debug)]
pub struct Applied {
    /// The text before.
    pub before: Rope,
    /// What changed.
    pub transaction: Transaction,
    /// The revision after.
    pub revision: Revision,
}

/// Why an edit was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The file cannot be written back as it was.
    #[error("{0}")]
    ReadOnly(ReadOnly),
    /// The edit was made for another revision.
    #[error(transparent)]
    WrongRevision(#[from] WrongRevision),
}

/// One open text.
#[derive(Clone, Debug)]
pub struct Document {
    buffer: Buffer,
    selection: Selection,
    history: History,
    language: Language,
    indent: Indent,
    line_ending: LineEnding,
    path: Option<PathBuf>,
    untitled: String,
    format: Format,
    stamp: Option<Stamp>,
    read_only: Option<ReadOnly>,
    auto_close: bool,
    applied: Vec<Applied>,
}

impl Document {
    /// A text that is no file yet. `title` is what it is called until then: `Untitled 1`.
    #[must_use]
    pub fn untitled(title: &str, text: &str) -> Self {
        let opened = Opened::new_text(Rope::from_str(text));
        Self { untitled: title.to_owned(), ..Self::make(None, opened) }
    }

    /// A file as [`crate::file::open`] read it.
    #[must_use]
    pub fn opened(path: &Path, opened: Opened) -> Self {
        Self::make(Some(path.to_owned()), opened)
    }

    fn make(path: Option<PathBuf>, opened: Opened) -> Self {
        let Opened { rope, format, stamp, read_only } = opened;
        let language = detect(path.as_deref(), &rope);
        Self {
            selection: Selection::caret(0),
            history: History::new(),
            language,
            indent: Indent::detect(&rope).unwrap_or(language.indent()),
            line_ending: LineEnding::dominant(&rope),
            path,
            untitled: String::new(),
            format,
            stamp,
            read_only,
            auto_close: true,
            applied: Vec::new(),
            buffer: Buffer::from_rope(rope),
        }
    }

    /// The text and its revision.
    #[must_use]
    pub fn buffer(&self) -> &Buffer {
        &self.buffer
    }

    /// The text.
    #[must_use]
    pub fn rope(&self) -> &Rope {
        self.buffer.rope()
    }

    /// How often the text has been edited.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.buffer.revision()
    }

    /// What is selected.
    #[must_use]
    pub fn selection(&self) -> &Selection {
        &self.selection
    }

    /// Selects, clamped to the text. Typing after it is another undo step.
    pub fn select(&mut self, selection: &Selection) {
        self.selection = selection.clamped(self.buffer.len_chars());
        self.history.close_step();
    }

    /// The language.
    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    /// Overrides the language that was detected.
    pub fn set_language(&mut self, language: Language) {
        self.language = language;
    }

    /// One step of indentation.
    #[must_use]
    pub fn indent(&self) -> Indent {
        self.indent
    }

    /// Overrides the indentation that was detected.
    pub fn set_indent(&mut self, indent: Indent) {
        self.indent = indent;
    }

    /// What a new line ends in.
    #[must_use]
    pub fn line_ending(&self) -> LineEnding {
        self.line_ending
    }

    /// Should brackets and quotes be closed when they are typed? They are unless switched off.
    pub fn set_auto_close(&mut self, on: bool) {
        self.auto_close = on;
    }

    /// What the functions of [`crate::edit`] must know about this document.
    #[must_use]
    pub fn style(&self) -> Style {
        Style {
            language: self.language,
            indent: self.indent,
            line_ending: self.line_ending,
            auto_close: self.auto_close,
        }
    }

    /// The file, if it is one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The file's name, or the name of a text without a file.
    #[must_use]
    pub fn title(&self) -> String {
        let name = self.path.as_deref().and_then(Path::file_name);
        name.map_or_else(|| self.untitled.clone(), |name| name.to_string_lossy().into_owned())
    }

    /// Encoding and byte order mark.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// What the file was when it was read or written last; `None` for a text without a file.
    #[must_use]
    pub fn stamp(&self) -> Option<&Stamp> {
        self.stamp.as_ref()
    }

    /// Why it cannot be edited, if so.
    #[must_use]
    pub fn read_only(&self) -> Option<ReadOnly> {
        self.read_only
    }

    /// Does the text differ from the file?
    #[must_use]
    pub fn is_modified(&self) -> bool {
        self.history.is_modified()
    }

    /// Is there something to undo?
    #[must_use]
    pub fn can_undo(&self) -> bool {
        self.history.can_undo()
    }

    /// Is there something to redo?
    #[must_use]
    pub fn can_redo(&self) -> bool {
        self.history.can_redo()
    }

    /// Edits the text and moves the selection along. `now_ms` is any clock that counts milliseconds.
    ///
    /// # Errors
    /// The document is read-only, or the transaction was made for another revision; nothing is changed then.
    pub fn apply(&mut self, transaction: Transaction, kind: EditKind, now_ms: u64) -> Result<(), Refused> {
        let after = transaction.map_selection(&self.selection);
        self.edit(Edit { transaction, selection: after }, kind, now_ms)
    }

    /// Edits the text and selects what the edit says.
    ///
    /// # Errors
    /// The document is read-only, or the transaction was made for another revision; nothing is changed then.
    pub fn edit(&mut self, edit: Edit, kind: EditKind, now_ms: u64) -> Result<(), Refused> {
        let Edit { transaction, selection } = edit;
        if transaction.is_empty() {
            self.select(&selection);
            return Ok(());
        }
        if let Some(reason) = self.read_only {
            return Err(Refused::ReadOnly(reason));
        }
        let inverse = self.carry_out(&transaction)?;
        let before = std::mem::replace(&mut self.selection, selection.clamped(self.buffer.len_chars()));
        let after = self.selection.clone();
        self.history.push(Entry { transaction, inverse, before, after, kind, now_ms });
        Ok(())
    }

    fn carry_out(&mut self, transaction: &Transaction) -> Result<Transaction, WrongRevision> {
        let before = self.buffer.rope().clone();
        let inverse = self.buffer.apply(transaction)?;
        let revision = self.buffer.revision();
        self.applied.push(Applied { before, transaction: transaction.clone(), revision });
        Ok(inverse)
    }

    /// Takes the last step back. False when there is none.
    pub fn undo(&mut self) -> bool {
        let travel = self.history.undo();
        self.travel(travel)
    }

    /// Brings the last undone step back. False when there is none.
    pub fn redo(&mut self) -> bool {
        let travel = self.history.redo();
        self.travel(travel)
    }

    fn travel(&mut self, travel: Option<Travel>) -> bool {
        let Some(Travel { transactions, selection }) = travel else { return false };
        for transaction in transactions {
            let met = transaction.restamped(self.buffer.revision());
            let applied = self.carry_out(&met);
            debug_assert!(applied.is_ok(), "history and text have parted: {applied:?}");
        }
        self.selection = selection.clamped(self.buffer.len_chars());
        true
    }

    /// Everything applied since this was last asked, undo and redo included, in order. The owner of the syntax
    /// tree, the reviews, the search and the journal asks once a frame and passes it on.
    pub fn take_applied(&mut self) -> Vec<Applied> {
        std::mem::take(&mut self.applied)
    }

    /// Remembers that `revision` of the text is now in the file. A text edited since then stays modified.
    pub fn saved(&mut self, path: &Path, stamp: Stamp, revision: Revision) {
        if self.path.as_deref() != Some(path) {
            self.path = Some(path.to_owned());
            self.language = detect(Some(path), self.buffer.rope());
        }
        self.stamp = Some(stamp);
        if revision == self.revision() {
            self.history.mark_saved();
        } else {
            self.history.mark_unsaved();
        }
    }

    /// Marks the text as not on disk, as after a recovery.
    pub fn mark_unsaved(&mut self) {
        self.history.mark_unsaved();
    }
}

fn detect(path: Option<&Path>, rope: &Rope) -> Language {
    let first_line: String = rope.line(0).chars().take(200).collect();
    Language::detect(path, &first_line)
}
