//! The state of the keys, and the way of one key through it.

use std::collections::HashMap;

use editor_core::edit::Edit;
use editor_core::{Change, Document, EditKind, Revision, Selection, Transaction};

use crate::command::{FindChar, PaneWish, ScrollTo, VimCommand, VisualKind};
use crate::keys::{self, VimKey};
use crate::lines::TextLines;
use crate::marks::Marks;
use crate::memory::{CommandLine, Confirming, LastSearch, Substitution};
use crate::parse::{Circumstances, Parsed, parse};
use crate::region::{Extent, VisualArea};
use crate::register::{RegisterText, Registers};
use crate::session::{InsertSession, Inserted};

/// So deep may macros call macros.
const MACRO_DEPTH: usize = 100;
/// So many keys may one macro play: one that calls itself ends.
const MACRO_KEYS: usize = 100_000;

/// The text that keys work on, and what is seen of it.
pub struct Desk<'a> {
    /// The text.
    pub document: &'a mut Document,
    /// Which text it is: marks belong to one.
    pub id: u64,
    /// Columns up to which a tab reaches.
    pub tab_width: usize,
    /// Any clock that counts milliseconds.
    pub now_ms: u64,
    /// The first and the last line that are seen.
    pub seen: (usize, usize),
    open_end: bool,
}

impl<'a> Desk<'a> {
    /// A text to work on.
    pub fn new(
        document: &'a mut Document,
        id: u64,
        tab_width: usize,
        now_ms: u64,
        seen: (usize, usize),
    ) -> Self {
        Self { document, id, tab_width, now_ms, seen, open_end: false }
    }

    pub(crate) fn lines(&self) -> TextLines<'_> {
        self.lines_of(self.document.rope())
    }

    pub(crate) fn lines_of<'r>(&self, rope: &'r ropey::Rope) -> TextLines<'r> {
        TextLines { open_end: self.open_end, ..TextLines::new(rope, self.tab_width) }
    }

    pub(crate) fn head(&self) -> usize {
        self.document.selection().primary().head
    }
}

/// What the keys mean at the moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VimMode {
    /// Keys are commands.
    #[default]
    Normal,
    /// Keys are typed.
    Insert,
    /// Keys are typed over what is there.
    Replace,
    /// Keys are commands for what is selected.
    Visual(VisualKind),
}

/// What is wanted of the editor around the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VimWish {
    /// Save the file.
    Save,
    /// Save all files.
    SaveAll,
    /// Save the text as this file.
    SaveAs(String),
    /// Close the file; true: without saving it.
    Close(bool),
    /// Save it, then close it.
    SaveAndClose,
    /// Close everything.
    Quit,
    /// Open this file.
    Open(String),
    /// Read the file again, and forget what is not saved.
    Reload,
    /// Bring the caret's line to a place of the view.
    ScrollTo(ScrollTo),
    /// Scroll by so many lines, on or back.
    ScrollBy(isize),
    /// Bring the caret into view.
    Reveal,
    /// Mark what this regular expression finds; `None`: nothing.
    Highlight(Option<String>),
    /// This text goes on the clipboard.
    Copy(String),
    /// What is on the clipboard is wanted: [`Vim::pasted`] takes it.
    AskClipboard,
    /// Go to where the name at the caret is declared.
    GoToDefinition,
    /// The next tab; false: the previous one.
    Tab(bool),
    /// To a later place; false: to an earlier one.
    Jump(bool),
    /// Something about the panes.
    Pane(PaneWish),
    /// Split the view; true: side by side.
    Split(bool),
    /// Changes were taken back or done again.
    Undone,
    /// Something is to be read.
    Say(String),
    /// Something went wrong.
    Complain(String),
}

/// The last change, as `.` does it again.
#[derive(Clone, Debug)]
pub(crate) struct LastChange {
    pub command: VimCommand,
    /// How much was selected.
    pub extent: Option<Extent>,
    /// What was typed.
    pub inserted: Option<Inserted>,
}

/// The keys of a window.
#[derive(Default)]
pub struct Vim {
    pub(crate) mode: VimMode,
    /// Keys that mean nothing yet.
    pub(crate) pending: Vec<VimKey>,
    pub(crate) line: Option<CommandLine>,
    pub(crate) visual: Option<VisualArea>,
    /// Column that `j` and `k` aim at; `None`: the caret's.
    pub(crate) goal: Option<usize>,
    pub(crate) registers: Registers,
    pub(crate) marks: HashMap<u64, Marks>,
    pub(crate) last_find: Option<FindChar>,
    pub(crate) last_search: Option<LastSearch>,
    pub(crate) last_change: Option<LastChange>,
    pub(crate) last_substitution: Option<Substitution>,
    pub(crate) history: HashMap<char, Vec<String>>,
    pub(crate) session: Option<InsertSession>,
    pub(crate) confirming: Option<Confirming>,
    pub(crate) recording: Option<(char, Vec<VimKey>)>,
    pub(crate) last_played: Option<char>,
    /// `.` is at work: what it types.
    pub(crate) repeating: Option<LastChange>,
    /// A put that waits for the clipboard.
    pub(crate) waiting_put: Option<VimCommand>,
    pub(crate) wishes: Vec<VimWish>,
    /// The last command came to nothing: a macro ends there.
    pub(crate) failed: bool,
    /// Texts that did not end in a line break when they were first seen.
    open_ends: HashMap<u64, bool>,
    playing: usize,
    played: usize,
    /// Text and selection as they were left after the last key.
    shown: Option<(u64, Selection)>,
    /// Edits before this one are known.
    seen: Revision,
}

impl Vim {
    /// What the keys mean at the moment.
    #[must_use]
    pub fn mode(&self) -> VimMode {
        self.mode
    }

    /// The line that is being typed at the bottom, with its first sign, and where its caret stands in characters.
    #[must_use]
    pub fn command_line(&self) -> Option<(String, usize)> {
        if let Some(confirming) = &self.confirming {
            let question = confirming.question();
            let end = question.chars().count();
            return Some((question, end));
        }
        self.line.as_ref().map(|line| (format!("{}{}", line.kind, line.text), line.caret + 1))
    }

    /// The keys that wait for others, as they are written.
    #[must_use]
    pub fn pending_keys(&self) -> String {
        self.pending.iter().map(|key| key.written()).collect()
    }

    /// The register that is recorded into.
    #[must_use]
    pub fn recording(&self) -> Option<char> {
        self.recording.as_ref().map(|(register, _)| *register)
    }

    /// Where the block of the caret is drawn, while there is one: on this character.
    #[must_use]
    pub fn block_caret(&self, document: &Document, id: u64) -> Option<usize> {
        let open_end = self.open_ends.get(&id).copied().unwrap_or(true);
        let lines = TextLines { open_end, ..TextLines::new(document.rope(), 1) };
        let is_shown = self
            .shown
            .as_ref()
            .is_some_and(|(own, selection)| *own == id && selection == document.selection());
        match (self.mode, self.visual) {
            (VimMode::Insert | VimMode::Replace, _) => None,
            (VimMode::Visual(_), Some(visual)) if is_shown => Some(visual.head),
            _ => Some(lines.clamp(document.selection().primary().head, false)),
        }
    }

    /// What a register holds; `None`: the unnamed one.
    #[must_use]
    pub fn register(&self, name: Option<char>) -> Option<&RegisterText> {
        self.registers.get(name)
    }

    /// What is wanted of the editor since this was last asked.
    pub fn take_wishes(&mut self) -> Vec<VimWish> {
        std::mem::take(&mut self.wishes)
    }

    /// Would a key be taken as a command or a part of one, and not be typed?
    #[must_use]
    pub fn takes_commands(&self) -> bool {
        !matches!(self.mode, VimMode::Insert) || self.line.is_some()
    }

    /// The editor typed a key: a macro that is recorded has it.
    pub fn note(&mut self, key: VimKey) {
        if let Some((_, keys)) = &mut self.recording {
            keys.push(key);
        }
    }

    /// Takes a key. False: it is the editor's, which types it or has a command for it.
    pub fn key(&mut self, desk: &mut Desk<'_>, key: VimKey) -> bool {
        self.sync(desk);
        self.rest(desk);
        (self.failed, self.played) = (false, 0);
        if let Some((_, keys)) = &mut self.recording {
            keys.push(key);
        }
        let taken = self.take(desk, key, true);
        self.rest(desk);
        self.remember(desk);
        taken
    }

    /// Outside of Insert mode each key is an undo step of its own.
    fn rest(&mut self, desk: &mut Desk<'_>) {
        if self.session.is_none() {
            desk.document.join_edits(false);
        }
    }

    pub(crate) fn remember(&mut self, desk: &Desk<'_>) {
        self.shown = Some((desk.id, desk.document.selection().clone()));
        self.seen = desk.document.revision();
    }

    /// Knows how a text ended when it was first seen.
    pub(crate) fn look(&mut self, desk: &mut Desk<'_>) {
        let rope = desk.document.rope();
        let ends_open = || rope.get_char(rope.len_chars().wrapping_sub(1)).is_none_or(|last| last != '\n');
        desk.open_end = *self.open_ends.entry(desk.id).or_insert_with(ends_open);
    }

    /// Takes over what others selected, and another text.
    fn sync(&mut self, desk: &mut Desk<'_>) {
        self.look(desk);
        let is_same = self.shown.as_ref().is_some_and(|(id, _)| *id == desk.id);
        if !is_same {
            self.stop();
        }
        let selection = desk.document.selection().clone();
        if self.shown.as_ref().is_some_and(|(id, shown)| *id == desk.id && *shown == selection) {
            return;
        }
        if matches!(self.mode, VimMode::Insert | VimMode::Replace) {
            return;
        }
        self.goal = None;
        let primary = selection.primary();
        if primary.is_empty() {
            if self.visual.take().is_some() {
                self.mode = VimMode::Normal;
            }
            let at = desk.lines().clamp(primary.head, false);
            if at != primary.head || selection.spans().len() > 1 {
                desk.document.select(&Selection::caret(at));
            }
        } else {
            let lines = desk.lines();
            let last =
                if primary.end() > lines.end(lines.last()) { lines.end(lines.last()) } else { primary.end() };
            let mut end = last;
            lines.dec(&mut end);
            let end = end.max(primary.start());
            let (anchor, head) =
                if primary.head < primary.anchor { (end, primary.start()) } else { (primary.start(), end) };
            let kind = VisualKind::Chars;
            self.visual = Some(VisualArea { kind, anchor, head, to_ends: false });
            self.mode = VimMode::Visual(kind);
        }
    }

    /// Back to Normal mode: another text is in front, or the keys are switched off. The text that was typed into is to be told by
    /// [`Document::join_edits`] that its undo step has ended.
    pub fn stop(&mut self) {
        self.mode = VimMode::Normal;
        (self.session, self.visual, self.line, self.confirming) = (None, None, None, None);
        self.pending.clear();
        self.goal = None;
    }

    /// Text was edited by others, or typed in Insert mode: marks follow, and `.` knows what was typed.
    pub fn follow(&mut self, id: u64, transaction: &Transaction) {
        if transaction.base() < self.seen && self.shown.as_ref().is_some_and(|(shown, _)| *shown == id) {
            return;
        }
        self.follow_all(id, transaction);
    }

    pub(crate) fn follow_all(&mut self, id: u64, transaction: &Transaction) {
        if let Some(marks) = self.marks.get_mut(&id) {
            marks.follow(transaction);
        }
        if let Some(session) = self.session.as_mut().filter(|session| session.id == id) {
            session.follow(transaction);
        }
    }

    /// One key, typed or played.
    pub(crate) fn take(&mut self, desk: &mut Desk<'_>, key: VimKey, typed: bool) -> bool {
        let key = if key == VimKey::Ctrl('[') { VimKey::Escape } else { key };
        if self.confirming.is_some() {
            self.confirm(desk, key);
            return true;
        }
        if self.line.is_some() {
            self.line_key(desk, key);
            return true;
        }
        match self.mode {
            VimMode::Insert => self.insert_key(desk, key, typed),
            VimMode::Replace => {
                self.replace_key(desk, key);
                true
            }
            VimMode::Normal | VimMode::Visual(_) => self.command_key(desk, key),
        }
    }

    fn command_key(&mut self, desk: &mut Desk<'_>, key: VimKey) -> bool {
        if key == VimKey::Escape && !self.pending.is_empty() {
            self.pending.clear();
            return true;
        }
        self.pending.push(key);
        self.parsed(desk, None)
    }

    /// Does what the keys mean so far, with the line that was typed for them.
    pub(crate) fn parsed(&mut self, desk: &mut Desk<'_>, line: Option<&str>) -> bool {
        let at = Circumstances {
            visual: matches!(self.mode, VimMode::Visual(_)),
            recording: self.recording.is_some() && self.playing == 0,
        };
        match parse(&self.pending, at, line) {
            Parsed::More => {}
            Parsed::Line(back) => self.line = Some(CommandLine::new(if back { '?' } else { '/' }, "")),
            Parsed::Invalid => {
                let pending = std::mem::take(&mut self.pending);
                self.failed = true;
                return !matches!(pending.as_slice(), [VimKey::Ctrl(_)]);
            }
            Parsed::Done(command) => {
                self.pending.clear();
                self.execute(desk, &command);
            }
        }
        true
    }

    /// Plays a register.
    pub(crate) fn play(&mut self, desk: &mut Desk<'_>, register: char, times: usize) {
        let text = match register {
            '@' => self.last_played.and_then(|last| self.registers.get(Some(last)).cloned()),
            name => self.registers.get(Some(name)).cloned(),
        };
        let Some(text) = text.filter(|_| self.playing < MACRO_DEPTH) else {
            self.failed = true;
            return;
        };
        if register != '@' {
            self.last_played = Some(register);
        }
        let keys: Vec<VimKey> = text.shown().chars().map(keys::plain_key).collect();
        for _ in 0..times {
            self.play_keys(desk, &keys);
        }
    }

    /// Plays keys, until one of them comes to nothing.
    pub(crate) fn play_keys(&mut self, desk: &mut Desk<'_>, keys: &[VimKey]) {
        self.playing += 1;
        for key in keys {
            self.played += 1;
            if self.failed || self.played > MACRO_KEYS {
                break;
            }
            self.take(desk, *key, false);
        }
        self.playing -= 1;
    }

    /// Edits the text as a part of this key's undo step. `before` is where the caret stands when this is undone.
    pub(crate) fn edit(
        &mut self,
        desk: &mut Desk<'_>,
        changes: Vec<Change>,
        before: usize,
        after: usize,
    ) -> bool {
        let transaction = match Transaction::new(desk.document.buffer(), changes) {
            Ok(transaction) => transaction,
            Err(_) => return self.fail(),
        };
        self.edit_by(desk, Edit { transaction, selection: Selection::caret(after) }, before)
    }

    /// As [`Vim::edit`], for an edit that the core made.
    pub(crate) fn edit_by(&mut self, desk: &mut Desk<'_>, edit: Edit, before: usize) -> bool {
        if let Some(reason) = desk.document.read_only() {
            self.wishes.push(VimWish::Complain(reason.to_string()));
            return self.fail();
        }
        desk.document.join_edits(true);
        if desk.document.selection() != &Selection::caret(before) {
            desk.document.select(&Selection::caret(before));
        }
        let transaction = edit.transaction.clone();
        if desk.document.edit(edit, EditKind::Alone, desk.now_ms).is_err() {
            return self.fail();
        }
        if !transaction.is_empty() {
            self.follow_all(desk.id, &transaction);
            self.marks.entry(desk.id).or_default().edited(&transaction);
        }
        true
    }

    /// The command comes to nothing.
    pub(crate) fn fail(&mut self) -> bool {
        self.failed = true;
        false
    }

    /// Puts the caret of Normal mode somewhere.
    pub(crate) fn put_caret(&mut self, desk: &mut Desk<'_>, at: usize) {
        let past = matches!(self.mode, VimMode::Insert | VimMode::Replace);
        let at = desk.lines().clamp(at, past);
        let caret = Selection::caret(at);
        if *desk.document.selection() != caret {
            desk.document.select(&caret);
        }
        self.goal = None;
    }

    /// The caret: of a selection the end that moves.
    pub(crate) fn caret(&self, desk: &Desk<'_>) -> usize {
        self.visual.map_or_else(|| desk.head(), |visual| visual.head)
    }
}
