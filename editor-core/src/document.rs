//! One open file, or one that has no file yet: text, selection, history and how it is written.

use std::path::{Path, PathBuf};

use ropey::Rope;

use crate::{
    buffer::{Buffer, LineEnding, Revision, WrongRevision},
    edit::{Edit, Style},
    file::{Encoding, Format, Opened, ReadOnly, Reading, Stamp, Writable},
    history::{EditKind, History, RecordedEdit, Travel},
    language::{Indent, Language},
    selection::Selection,
    transaction::{Applied, Transaction},
};

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

/// What is known of a text's file beside the text: taken over as a whole whenever the file is read, so that no part of it can
/// be that of another reading.
#[derive(Clone, Debug)]
struct FileState {
    /// How the next save writes it: as the file is, unless the person wants another one.
    format: Format,
    /// What a new line ends in.
    line_ending: LineEnding,
    /// `None`: there is no file yet.
    stamp: Option<Stamp>,
    read_only: Option<ReadOnly>,
    /// The file's encoding is the person's choice.
    chosen: bool,
    guess: Option<Encoding>,
}

impl FileState {
    /// Of a file as it was read, and its text.
    fn of(opened: Opened) -> (Self, Rope) {
        let Opened { rope, format, stamp, read_only, chosen, guess } = opened;
        (Self { format, line_ending: LineEnding::dominant(&rope), stamp, read_only, chosen, guess }, rope)
    }
}

/// One open text.
#[derive(Clone, Debug)]
pub struct Document {
    buffer: Buffer,
    selection: Selection,
    history: History,
    language: Language,
    indent: Indent,
    path: Option<PathBuf>,
    untitled: String,
    file: FileState,
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
        let (file, rope) = FileState::of(opened);
        let language = detect(path.as_deref(), &rope);
        Self {
            selection: Selection::caret(0),
            history: History::new(),
            language,
            indent: Indent::detect(&rope).unwrap_or(language.indent()),
            path,
            untitled: String::new(),
            file,
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
        self.file.line_ending
    }

    /// Chooses what a new line ends in while the text has none that would say so.
    pub fn prefer_line_ending(&mut self, ending: LineEnding) {
        if self.buffer.len_lines() == 1 {
            self.file.line_ending = ending;
        }
    }

    /// Should brackets and quotes be closed when they are typed? They are unless switched off.
    pub fn set_auto_close(&mut self, on: bool) {
        self.auto_close = on;
    }

    /// What the functions of [`crate::edit`] must know about this document; `tab_width` in columns.
    #[must_use]
    pub fn style(&self, tab_width: usize) -> Style {
        Style {
            tab_width,
            language: self.language,
            indent: self.indent,
            line_ending: self.file.line_ending,
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

    /// Encoding and byte order mark of the next save.
    #[must_use]
    pub fn format(&self) -> Format {
        self.file.format
    }

    /// Chooses how the next save writes the text, which counts as modified until that is done.
    pub fn set_format(&mut self, format: Format) {
        self.file.format = format;
    }

    /// Gives up a format that was chosen and never written. False when there is none.
    pub fn restore_format(&mut self) -> bool {
        let wanted = self.file.format;
        self.file.format = self.file.stamp.as_ref().map_or(wanted, |stamp| stamp.format);
        self.file.format != wanted
    }

    /// How its file is to be read again: in the encoding that the person chose, if so.
    #[must_use]
    pub fn reading(&self) -> Reading {
        match &self.file.stamp {
            Some(stamp) if self.file.chosen => Reading::Kept(stamp.format.encoding),
            _ => Reading::Guessed,
        }
    }

    /// The encoding that the file seemed to be in when it was read, and that gives its bytes back.
    #[must_use]
    pub fn guess(&self) -> Option<Encoding> {
        self.file.guess
    }

    /// What the file was when it was read or written last; `None` for a text without a file.
    #[must_use]
    pub fn stamp(&self) -> Option<&Stamp> {
        self.file.stamp.as_ref()
    }

    /// Why it cannot be edited, if so.
    #[must_use]
    pub fn read_only(&self) -> Option<ReadOnly> {
        self.file.read_only
    }

    /// The text as it would be written.
    ///
    /// # Errors
    /// It was decoded with loss: written, it would destroy the file.
    pub fn writable(&self) -> Result<Writable, ReadOnly> {
        Writable::new(self.rope().clone(), self.file.format, self.file.read_only)
    }

    /// Takes over the file as it was read again: its text as one undo step that touches only what differs, and everything else
    /// that is known of it. No undo leads back over a text that was decoded with loss, nor over what the bytes are in an encoding
    /// that the person found to be the wrong one: there it could be written.
    pub fn reload(&mut self, opened: Opened, now_ms: u64) {
        let (file, rope) = FileState::of(opened);
        // What was shown of a file that could not be edited gives way all the same.
        let lossy = self.file.read_only.take().is_some() || file.read_only.is_some();
        let transaction = Transaction::difference(&self.buffer, &rope);
        let was = self.file.stamp.as_ref().map(|stamp| stamp.format.encoding);
        let misread = file.chosen && was != Some(file.format.encoding) && !transaction.is_empty();
        let applied = self.apply(transaction, EditKind::Alone, now_ms);
        debug_assert!(applied.is_ok(), "it was made for this revision: {applied:?}");
        self.file = file;
        if lossy || misread {
            self.history = History::new();
        }
        self.history.mark_saved();
    }

    /// Takes over what is known of the file as it was read again, and keeps the text, which was decided upon with that in view:
    /// the next save writes over this file and no other.
    pub fn settle(&mut self, opened: Opened) {
        let line_ending = self.file.line_ending;
        let (file, rope) = FileState::of(opened);
        self.file = FileState { line_ending, ..file };
        if *self.rope() == rope {
            self.history.mark_saved();
        } else {
            self.history.mark_unsaved();
        }
    }

    /// Would a save change the file, because the text differs or is to be written in another way?
    #[must_use]
    pub fn is_modified(&self) -> bool {
        let rewritten = self.file.stamp.as_ref().is_some_and(|stamp| stamp.format != self.file.format);
        rewritten || self.history.is_modified()
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
            self.selection = selection.clamped(self.buffer.len_chars());
            return Ok(());
        }
        if let Some(reason) = self.file.read_only {
            return Err(Refused::ReadOnly(reason));
        }
        let inverse = self.carry_out(&transaction)?;
        let before = std::mem::replace(&mut self.selection, selection.clamped(self.buffer.len_chars()));
        let after = self.selection.clone();
        self.history.push(RecordedEdit { transaction, inverse, before, after, kind, now_ms });
        Ok(())
    }

    fn carry_out(&mut self, transaction: &Transaction) -> Result<Transaction, WrongRevision> {
        let before = self.buffer.rope().clone();
        let inverse = self.buffer.apply(transaction)?;
        let revision = self.buffer.revision();
        self.applied.push(Applied { before, transaction: transaction.clone(), revision });
        Ok(inverse)
    }

    /// All edits from here on are one undo step, however the caret moves between them, until that is switched off.
    pub fn join_edits(&mut self, on: bool) {
        self.history.join_edits(on);
    }

    /// What was selected before the last step that can be undone.
    #[must_use]
    pub fn before_last_step(&self) -> Option<&Selection> {
        self.history.before_last_step()
    }

    /// Takes the last step back. False when there is none.
    pub fn undo(&mut self) -> bool {
        if self.file.read_only.is_some() {
            return false;
        }
        let travel = self.history.undo();
        self.travel(travel)
    }

    /// Brings the last undone step back. False when there is none.
    pub fn redo(&mut self) -> bool {
        if self.file.read_only.is_some() {
            return false;
        }
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

    /// What [`Document::take_applied`] would give.
    #[must_use]
    pub fn applied(&self) -> &[Applied] {
        &self.applied
    }

    /// Remembers that `revision` of the text is now in the file. A text edited since then stays modified.
    pub fn saved(&mut self, path: &Path, stamp: Stamp, revision: Revision) {
        if self.path.as_deref() != Some(path) {
            self.path = Some(path.to_owned());
            self.language = detect(Some(path), self.buffer.rope());
        }
        let was = self.file.stamp.as_ref().map_or(Format::UTF8, |stamp| stamp.format);
        self.file.chosen |= stamp.format != was;
        self.file.stamp = Some(stamp);
        if revision == self.revision() {
            self.history.mark_saved();
        } else {
            self.history.mark_unsaved();
        }
    }

    /// Its file has another path by now, and is otherwise what it was: text, selection and history stay as they are.
    pub fn renamed(&mut self, path: &Path) {
        self.path = Some(path.to_owned());
        self.language = detect(Some(path), self.buffer.rope());
    }

    /// Says what file the text was made from, as after a recovery: a save asks before it overwrites another one. `None`: there
    /// was no file.
    pub fn set_stamp(&mut self, stamp: Option<Stamp>) {
        self.file.stamp = stamp;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{disk::Metadata, edit, selection::Span, selection_notation};
    use proptest::prelude::*;

    fn document(marked: &str) -> Document {
        let (text, selection) = selection_notation::parse(marked);
        let mut document = Document::untitled("Untitled 1", &text);
        document.select(&selection);
        document
    }

    fn drawn(document: &Document) -> String {
        selection_notation::draw(&document.rope().to_string(), document.selection())
    }

    /// Types a text key by key, 100 ms apart.
    fn type_keys(document: &mut Document, text: &str, start_ms: u64) {
        for (index, key) in text.chars().enumerate() {
            let edit = edit::insert_text(
                document.buffer(),
                document.selection(),
                &key.to_string(),
                &document.style(4),
            );
            document.edit(edit, EditKind::Type, start_ms + 100 * index as u64).unwrap();
        }
    }

    /// Undoes everything and lists the texts on the way.
    fn undone(document: &mut Document) -> Vec<String> {
        std::iter::from_fn(|| document.undo().then(|| drawn(document))).collect()
    }

    #[test]
    fn typing_is_undone_word_by_word() {
        let mut document = document("|");
        type_keys(&mut document, "let it be", 0);
        assert_eq!(undone(&mut document), ["let it |", "let |", "|"]);
        assert!(document.redo() && document.redo() && document.redo() && !document.redo());
        assert_eq!(drawn(&document), "let it be|");
    }

    #[test]
    fn a_pause_or_a_moved_caret_starts_a_new_step() {
        let mut document = document("|");
        type_keys(&mut document, "ab", 0);
        type_keys(&mut document, "cd", 5000);
        document.select(&Selection::caret(4));
        type_keys(&mut document, "ef", 5200);
        assert_eq!(undone(&mut document), ["abcd|", "ab|", "|"]);
    }

    #[test]
    fn typing_over_a_closing_bracket_ends_no_step() {
        let mut document = document("|");
        type_keys(&mut document, "f(a)b", 0);
        assert_eq!(drawn(&document), "f(a)b|");
        assert_eq!(undone(&mut document), ["|"]);
    }

    #[test]
    fn hunks_accepted_one_by_one_are_one_step() {
        let mut document = document("a b c|");
        for (at, now) in [(0, 0), (2, 60_000), (4, 120_000)] {
            let change = Transaction::replace(document.buffer(), at..at + 1, "X");
            document.apply(change, EditKind::Review(7), now).unwrap();
            document.select(&Selection::caret(at));
        }
        assert_eq!(document.rope().to_string(), "X X X");
        assert_eq!(undone(&mut document), ["a b c|"]);
    }

    fn save(document: &mut Document) {
        let stamp = Stamp { metadata: Metadata::default(), hash: [0; 32], format: document.format() };
        document.saved(Path::new("x.py"), stamp, document.revision());
    }

    #[test]
    fn a_review_that_goes_on_after_a_save_is_one_step() {
        let mut document = document("a b|");
        let accept = |document: &mut Document, at: usize| {
            let change = Transaction::replace(document.buffer(), at..at + 1, "X");
            document.apply(change, EditKind::Review(7), 0).unwrap();
        };
        accept(&mut document, 0);
        save(&mut document);
        assert!(!document.is_modified());
        accept(&mut document, 2);
        assert!(document.is_modified(), "the second hunk is not on disk");
        assert_eq!(undone(&mut document), ["a b|"]);
        assert!(document.is_modified(), "the first hunk is on disk");
        document.redo();
        assert_eq!((document.rope().to_string(), document.is_modified()), ("X X".to_owned(), true));
        save(&mut document);
        document.undo();
        document.redo();
        assert!(!document.is_modified());
    }

    #[test]
    fn joined_edits_are_one_step_wherever_the_caret_went_and_whatever_was_saved_between() {
        let mut document = document("a|");
        type_keys(&mut document, "b", 0);
        document.join_edits(true);
        type_keys(&mut document, "c", 100);
        save(&mut document);
        document.select(&Selection::caret(0));
        type_keys(&mut document, "d e", 60_000);
        assert!(document.is_modified(), "what came after the save is not on disk");
        document.join_edits(false);
        type_keys(&mut document, "f", 60_400);
        assert_eq!(undone(&mut document), ["d e|abc", "ab|", "a|"]);
        assert!(document.is_modified());
        document.redo();
        document.redo();
        assert!(document.is_modified(), "the step holds more than what is on disk");
    }

    #[test]
    fn undoing_to_the_saved_state_is_unmodified() {
        let mut document = document("|");
        type_keys(&mut document, "ab", 0);
        save(&mut document);
        assert_eq!((document.title(), document.language()), ("x.py".to_owned(), Language::Python));
        assert!(!document.is_modified());
        type_keys(&mut document, "c", 200);
        assert!(document.is_modified());
        document.undo();
        assert_eq!((drawn(&document), document.is_modified()), ("ab|".to_owned(), false));
        document.undo();
        assert!(document.is_modified());
        type_keys(&mut document, "xx", 300);
        document.undo();
        assert!(document.is_modified(), "the saved state cannot be reached any more");
    }

    #[test]
    fn a_read_only_text_stays_as_it_is() {
        let opened = Opened { read_only: Some(ReadOnly::Binary), ..Opened::new_text(Rope::from_str("ab")) };
        let mut document = Document::opened(Path::new("x.bin"), opened);
        let change = Transaction::replace(document.buffer(), 0..1, "X");
        assert_eq!(document.apply(change, EditKind::Alone, 0), Err(Refused::ReadOnly(ReadOnly::Binary)));
        assert_eq!(document.rope().to_string(), "ab");
    }

    fn read_as(bytes: &[u8]) -> Opened {
        Opened::of_bytes(bytes, Metadata::default(), Reading::Guessed)
    }

    fn written(document: &Document) -> Result<Vec<u8>, ReadOnly> {
        document.writable().map(|text| text.bytes().unwrap())
    }

    #[test]
    fn a_file_that_became_binary_can_be_neither_edited_nor_written_nor_undone() {
        let mut document = Document::opened(Path::new("x"), read_as(b"some text\n"));
        document.reload(read_as(b"\x89PNG\r\n\x1a\n\0\0\xff\xfe"), 0);
        assert_eq!((document.read_only(), document.is_modified()), (Some(ReadOnly::Binary), false));
        let change = Transaction::replace(document.buffer(), 0..0, "X");
        assert_eq!(document.apply(change, EditKind::Type, 0), Err(Refused::ReadOnly(ReadOnly::Binary)));
        assert!(!document.undo(), "an undo would be an edit");
        assert_eq!(written(&document), Err(ReadOnly::Binary));
        document.reload(read_as(b"text again\n"), 0);
        assert_eq!(written(&document).unwrap(), b"text again\n");
        assert!(
            !document.undo(),
            "an undo would bring back what was shown of the binary, and a save would write it"
        );
        assert_eq!(written(&document).unwrap(), b"text again\n");
    }

    #[test]
    fn a_file_whose_encoding_mark_or_line_ending_changed_is_written_in_the_new_one() {
        let mut document = Document::opened(Path::new("x"), read_as("café\n".as_bytes()));
        for bytes in [&b"caf\xE9 cr\xE8me br\xFBl\xE9e\n"[..], b"\xEF\xBB\xBFa\n", b"\xFF\xFEa\0\r\0\n\0"] {
            document.reload(read_as(bytes), 0);
            assert_eq!(written(&document).unwrap(), bytes);
            assert!(!document.is_modified());
        }
        assert_eq!(document.line_ending(), LineEnding::Crlf);
    }

    const WESTERN: Encoding = Encoding::Legacy(encoding_rs::WINDOWS_1252);

    fn reopened(document: &mut Document, bytes: &[u8], encoding: Encoding) {
        document.reload(Opened::of_bytes(bytes, Metadata::default(), Reading::Chosen(encoding)), 0);
    }

    #[test]
    fn broken_utf_8_that_is_reopened_in_another_encoding_is_edited_and_keeps_its_other_bytes() {
        let bytes = b"caf\xC3\xA9 caf\xE9\0\n";
        let mut document = Document::opened(Path::new("x"), read_as(bytes));
        assert_eq!(document.read_only(), Some(ReadOnly::Binary));
        reopened(&mut document, bytes, WESTERN);
        type_keys(&mut document, "ß", 0);
        assert_eq!(written(&document).unwrap(), b"\xDFcaf\xC3\xA9 caf\xE9\0\n");
        document.undo();
        assert!(!document.undo(), "an undo would bring back what was shown of the binary");
        reopened(&mut document, bytes, Encoding::Utf8);
        assert_eq!(document.read_only(), Some(ReadOnly::BrokenUtf8), "and back");
    }

    #[test]
    fn no_undo_leads_back_to_what_was_read_in_the_wrong_encoding() {
        let bytes = "café\n".as_bytes();
        let mut document = Document::opened(Path::new("x"), read_as(bytes));
        type_keys(&mut document, "typed", 0);
        reopened(&mut document, bytes, WESTERN);
        assert_eq!((document.rope().to_string().as_str(), document.undo()), ("cafÃ©\n", false));
        let mut plain = Document::opened(Path::new("x"), read_as(b"ab\n"));
        type_keys(&mut plain, "typed", 0);
        plain.undo();
        reopened(&mut plain, b"ab\n", WESTERN);
        assert!(plain.redo(), "what is the same in both can be undone and redone");
    }

    #[test]
    fn a_chosen_encoding_is_kept_for_the_next_reading_whether_it_was_read_or_written() {
        let mut document = Document::opened(Path::new("x"), read_as(b"caf\xE9\n"));
        assert_eq!(document.reading(), Reading::Guessed);
        reopened(&mut document, b"caf\xE9\n", Encoding::Legacy(encoding_rs::ISO_8859_15));
        assert_eq!(document.reading(), Reading::Kept(Encoding::Legacy(encoding_rs::ISO_8859_15)));
        document.set_format(Format { encoding: WESTERN, bom: false });
        assert_ne!(document.reading(), Reading::Kept(WESTERN), "the file is not in it yet");
        save(&mut document);
        assert_eq!(document.reading(), Reading::Kept(WESTERN));
        document.reload(read_as("café\n".as_bytes()), 0);
        assert_eq!(document.reading(), Reading::Guessed, "it was not what was chosen");
    }

    #[test]
    fn another_format_is_a_change_until_it_is_written_or_given_up() {
        let mut document = Document::opened(Path::new("x"), read_as(b"a\n"));
        document.set_format(Format { encoding: Encoding::Utf8, bom: true });
        assert!(document.is_modified());
        assert!(document.restore_format() && !document.restore_format() && !document.is_modified());
        document.set_format(Format { encoding: Encoding::Utf16Le, bom: true });
        let stamp = document.stamp().unwrap().clone();
        document.saved(Path::new("x"), stamp, document.revision());
        assert!(document.is_modified(), "a save in the old format was under way");
        save(&mut document);
        assert!(!document.is_modified());
        let mut untitled = Document::untitled("Untitled 1", "");
        untitled.set_format(Format { encoding: WESTERN, bom: false });
        assert!(!untitled.is_modified(), "there is no file that a save would change");
    }

    #[test]
    fn what_was_applied_is_handed_on_once() {
        let mut document = document("|");
        type_keys(&mut document, "a", 0);
        document.undo();
        let applied = document.take_applied();
        let texts: Vec<String> = applied.iter().map(|applied| applied.before.to_string()).collect();
        assert_eq!((texts, applied[1].revision), (vec![String::new(), "a".to_owned()], Revision(2)));
        assert!(document.take_applied().is_empty());
    }

    #[derive(Clone, Debug)]
    enum Action {
        Edit(usize, usize, String, u8, u64),
        Undo,
        Redo,
    }

    fn action() -> impl Strategy<Value = Action> {
        prop_oneof![
            4 => (0usize..20, 0usize..20, "[ab \n]{0,3}", 0u8..4, 0u64..2000)
                .prop_map(|(a, b, text, kind, wait)| Action::Edit(a, b, text, kind, wait)),
            1 => Just(Action::Undo),
            1 => Just(Action::Redo),
        ]
    }

    fn kind(index: u8) -> EditKind {
        [EditKind::Type, EditKind::Delete, EditKind::Alone, EditKind::Review(1)][usize::from(index)]
    }

    proptest! {
        /// Undo walks back through texts that were there, to the first; redo to the last.
        #[test]
        fn undo_and_redo_walk_through_snapshots(actions in prop::collection::vec(action(), 0..25)) {
            let mut document = Document::untitled("", "start");
            let (mut snapshots, mut now) = (vec!["start".to_owned()], 0);
            for action in actions {
                match action {
                    Action::Edit(a, b, text, index, wait) => {
                        now += wait;
                        let span = Span::new(a, b);
                        let change = Transaction::replace(document.buffer(), span.range(), &text);
                        document.apply(change, kind(index), now).unwrap();
                    }
                    Action::Undo => drop(document.undo()),
                    Action::Redo => drop(document.redo()),
                }
                let text = document.rope().to_string();
                prop_assert!(document.is_modified() || text == "start");
                snapshots.push(text);
            }
            while document.redo() {}
            let last = document.rope().to_string();
            while document.undo() {
                prop_assert!(snapshots.contains(&document.rope().to_string()));
            }
            prop_assert_eq!(document.rope().to_string(), "start");
            prop_assert!(!document.is_modified());
            while document.redo() {}
            prop_assert_eq!(document.rope().to_string(), last);
        }
    }
}
