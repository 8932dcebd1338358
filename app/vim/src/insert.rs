//! Insert and Replace mode: what is typed is the editor's; what came of it is kept, for `.`, for counts, and for the lines of a block.

use editor_core::edit::{self, Edit};
use editor_core::{Change, Selection, Transaction};

use crate::command::InsertAt;
use crate::keys::VimKey;
use crate::lines::{indent_of, is_blank};
use crate::motion::LINE_END;
use crate::session::{BlockInsert, InsertSession, Inserted};
use crate::vim::{Desk, Vim, VimMode};

impl Vim {
    /// `i`, `a`, `o` and the like.
    pub(crate) fn insert_at(&mut self, desk: &mut Desk<'_>, at: InsertAt, times: usize) {
        let (head, lines) = (desk.head(), desk.lines());
        let line = lines.of(head);
        let place = match at {
            InsertAt::Here => head,
            InsertAt::FirstFilled => lines.first_filled(line),
            InsertAt::Column0 => lines.start(line),
            InsertAt::Behind => lines.right(head),
            InsertAt::LineEnd => lines.end(line),
            InsertAt::Last if self.repeating.is_some() => head,
            InsertAt::Last => {
                let mark = self.marks.get(&desk.id).and_then(|marks| marks.get('^'));
                lines.clamp(mark.unwrap_or(head), true)
            }
            InsertAt::LineBelow | InsertAt::LineAbove => {
                return self.open(desk, at == InsertAt::LineBelow, times);
            }
        };
        let session = InsertSession { count: times, ..InsertSession::new(desk.id, place) };
        self.begin_insert(desk, session);
    }

    /// `o` and `O`.
    fn open(&mut self, desk: &mut Desk<'_>, below: bool, times: usize) {
        let at = self.open_line_at(desk, below);
        let session = InsertSession {
            count: times,
            opens: true,
            fresh_indent: true,
            ..InsertSession::new(desk.id, at)
        };
        self.begin_insert(desk, session);
    }

    /// A new line below or above the caret's, indented as the editor does it. Where its text begins.
    fn open_line_at(&mut self, desk: &mut Desk<'_>, below: bool) -> usize {
        let (head, lines) = (desk.head(), desk.lines());
        let line = lines.of(head);
        if below {
            let end = Selection::caret(lines.end(line));
            let style = desk.document.style(desk.tab_width);
            let made = edit::newline(desk.document.buffer(), &end, &style);
            let at = made.selection.primary().head;
            let is_white = lines.is_white(line) && !lines.is_empty(line);
            if is_white {
                // A line of blanks stays as it is.
                let text = lines.text(line);
                let insert = format!("{}{text}", desk.document.line_ending().as_str());
                let (from, at) = (lines.end(line), lines.end(line) + insert.chars().count());
                self.edit(desk, vec![Change::insert(from, insert)], head, at);
                return at;
            }
            self.edit_by(desk, made, head);
            return at;
        }
        let text = lines.text(line);
        let indent = indent_of(&text).to_owned();
        let start = lines.start(line);
        let at = start + indent.chars().count();
        let insert = format!("{indent}{}", desk.document.line_ending().as_str());
        self.edit(desk, vec![Change::insert(start, insert)], head, at);
        at
    }

    /// Begins Insert mode, or does at once what `.` says was typed.
    pub(crate) fn begin_insert(&mut self, desk: &mut Desk<'_>, session: InsertSession) {
        self.mode = VimMode::Insert;
        self.goal = None;
        let at = session.start;
        self.session = Some(session);
        desk.document.join_edits(true);
        if *desk.document.selection() != Selection::caret(at) {
            desk.document.select(&Selection::caret(at));
        }
        if let Some(inserted) = self.repeating.as_ref().and_then(|last| last.inserted.clone()) {
            self.insert_again(desk, &inserted);
            self.leave_insert(desk);
        } else if self.repeating.is_some() {
            self.leave_insert(desk);
        }
    }

    fn insert_again(&mut self, desk: &mut Desk<'_>, inserted: &Inserted) {
        let (head, length) = (desk.head(), desk.document.rope().len_chars());
        let range = head.saturating_sub(inserted.before)..(head + inserted.behind).min(length);
        let at = range.start + inserted.text.chars().count() - inserted.tail;
        self.edit(desk, vec![Change::new(range, inserted.text.clone())], head, at);
    }

    /// A key in Insert mode. False: the editor types it.
    pub(crate) fn insert_key(&mut self, desk: &mut Desk<'_>, key: VimKey, typed: bool) -> bool {
        if key == VimKey::Escape {
            self.leave_insert(desk);
            return true;
        }
        if typed {
            return false;
        }
        if let Some(edit) = typed_edit(desk, key) {
            let before = desk.head();
            self.edit_by(desk, edit, before);
        }
        true
    }

    /// Types a key as the editor does where it has nothing to add: for macros, and for who has no typing of their own.
    pub fn type_key(&mut self, desk: &mut Desk<'_>, key: VimKey) {
        self.look(desk);
        if let Some(edit) = typed_edit(desk, key) {
            let before = desk.head();
            self.edit_by(desk, edit, before);
            self.remember(desk);
        }
    }

    /// Escape in Insert mode.
    pub(crate) fn leave_insert(&mut self, desk: &mut Desk<'_>) {
        let Some(session) = self.session.take() else {
            self.mode = VimMode::Normal;
            return;
        };
        let head = desk.head();
        let touches = session.region.start <= head && head <= session.region.end;
        let region = if touches { session.region.clone() } else { head..head };
        let text = desk.lines().slice(region.clone());
        let inserted =
            Inserted { tail: region.end - head, text, before: session.before, behind: session.behind };
        let plain = inserted.before == 0 && inserted.behind == 0;
        let mut at = head;
        if session.count > 1 && plain && self.mode == VimMode::Insert {
            at = self.insert_copies(desk, &session, &inserted.text);
        }
        let block = session.block.clone().filter(|_| plain && !inserted.text.contains('\n'));
        if let Some(block) = &block {
            self.insert_into_block(desk, block, &inserted.text);
        }
        let trimmed = self.trim_fresh_indent(desk, &session, at);
        self.marks.entry(desk.id).or_default().set('^', at.min(trimmed.unwrap_or(at)));
        self.mode = VimMode::Normal;
        self.registers.note('.', &inserted.text);
        if self.repeating.is_none()
            && let Some(last) = &mut self.last_change
        {
            last.inserted = Some(inserted.clone());
        }
        let back = match (&block, trimmed) {
            (Some(BlockInsert { back_to: Some(column), .. }), _) if !inserted.text.is_empty() => {
                let lines = desk.lines();
                lines.at_column(lines.of(at), *column, false)
            }
            (_, Some(start)) => start,
            _ => Vim::back_one(desk, at),
        };
        self.put_caret(desk, back);
    }

    /// What was typed, once for each further time of the count. Where the caret is then.
    fn insert_copies(&mut self, desk: &mut Desk<'_>, session: &InsertSession, text: &str) -> usize {
        let head = desk.head();
        if session.opens && text.is_empty() {
            // Lines that stay empty keep no indentation.
            let start = desk.lines().start(desk.lines().of(head));
            let breaks = desk.document.line_ending().as_str().repeat(session.count - 1);
            let at = start + breaks.chars().count();
            self.edit(desk, vec![Change::new(start..head, breaks)], head, at);
            return at;
        }
        let copy = if session.opens {
            let lines = desk.lines();
            let line = lines.text(lines.of(session.region.start));
            format!("{}{}{text}", desk.document.line_ending().as_str(), indent_of(&line))
        } else {
            text.to_owned()
        };
        let copies = copy.repeat(session.count - 1);
        let at = head + copies.chars().count();
        self.edit(desk, vec![Change::insert(head, copies)], head, at);
        at
    }

    fn insert_into_block(&mut self, desk: &mut Desk<'_>, block: &BlockInsert, text: &str) {
        if text.is_empty() {
            return;
        }
        let (lines, head) = (desk.lines(), desk.head());
        let changes = block.lines.iter().filter(|line| **line <= lines.last()).map(|&line| {
            let at = if block.column == LINE_END {
                lines.end(line)
            } else {
                lines.at_column(line, block.column, true)
            };
            let reached = lines.columns(lines.end(line)).start;
            let pad =
                if block.pads && block.column != LINE_END { block.column.saturating_sub(reached) } else { 0 };
            Change::insert(at, " ".repeat(pad) + text)
        });
        let changes: Vec<Change> = changes.collect();
        self.edit(desk, changes, head, head);
    }

    /// Takes away the indentation of a line that got no text. Where the line starts, if it did.
    fn trim_fresh_indent(
        &mut self,
        desk: &mut Desk<'_>,
        session: &InsertSession,
        at: usize,
    ) -> Option<usize> {
        let lines = desk.lines();
        let line = lines.of(at);
        let (start, end) = (lines.start(line), lines.end(line));
        let untouched = session.fresh_indent && session.region.is_empty();
        let broken = session.region.start < start && session.region.end >= end;
        let is_fresh = at == end && start < end && lines.is_white(line) && (untouched || broken);
        if !is_fresh || self.mode != VimMode::Insert {
            return None;
        }
        self.edit(desk, vec![Change::delete(start..end)], at, start);
        Some(start)
    }

    /// `R`.
    pub(crate) fn overwrite(&mut self, desk: &mut Desk<'_>, times: usize) {
        let at = desk.head();
        if let Some(inserted) = self.repeating.as_ref().and_then(|last| last.inserted.clone()) {
            let end = desk.lines().end(desk.lines().of(at));
            let text = inserted.text.repeat(times);
            let length = text.chars().count();
            self.edit(desk, vec![Change::new(at..(at + length).min(end), text)], at, at + length);
            let back = Vim::back_one(desk, at + length);
            return self.put_caret(desk, back);
        }
        self.mode = VimMode::Replace;
        self.session = Some(InsertSession { count: times, ..InsertSession::new(desk.id, at) });
        desk.document.join_edits(true);
    }

    /// A key in Replace mode.
    pub(crate) fn replace_key(&mut self, desk: &mut Desk<'_>, key: VimKey) {
        let at = desk.head();
        let over = desk.lines().at(at);
        match key {
            VimKey::Escape => return self.leave_replace(desk),
            VimKey::Backspace => {
                let Some(session) = self.session.as_mut().filter(|session| at > session.start) else {
                    return;
                };
                let before = session.replaced.pop().flatten();
                let text = before.map(String::from).unwrap_or_default();
                self.edit(desk, vec![Change::new(at - 1..at, text)], at, at - 1);
            }
            VimKey::Enter => {
                if let Some(edit) = typed_edit(desk, key) {
                    self.edit_by(desk, edit, at);
                }
            }
            key => {
                let Some(c) = key.typed() else { return };
                let end = if over.is_some() { desk.lines().right(at) } else { at };
                self.edit(desk, vec![Change::new(at..end, c.to_string())], at, at + 1);
                if let Some(session) = &mut self.session {
                    session.replaced.push(over);
                }
            }
        }
        let head = desk.head();
        if let Some(session) = &mut self.session {
            session.region = session.start.min(head)..head;
        }
    }

    fn leave_replace(&mut self, desk: &mut Desk<'_>) {
        let Some(session) = self.session.take() else {
            self.mode = VimMode::Normal;
            return;
        };
        let text = desk.lines().slice(session.region.clone());
        let head = desk.head();
        if session.count > 1 {
            let copies = text.repeat(session.count - 1);
            let length = copies.chars().count();
            let over = copies.chars().filter(|c| !matches!(c, '\n' | '\r')).count();
            let end = desk.lines().end(desk.lines().of(head));
            self.edit(desk, vec![Change::new(head..(head + over).min(end), copies)], head, head + length);
        }
        self.mode = VimMode::Normal;
        if let Some(last) = &mut self.last_change {
            last.inserted = Some(Inserted { text, ..Inserted::default() });
        }
        let back = Vim::back_one(desk, desk.head());
        self.put_caret(desk, back);
    }
}

/// What a key types, as the editor does it.
fn typed_edit(desk: &Desk<'_>, key: VimKey) -> Option<Edit> {
    let document = &desk.document;
    let (buffer, selection, style) =
        (document.buffer(), document.selection(), document.style(desk.tab_width));
    Some(match key {
        VimKey::Char(c) => edit::insert_text(buffer, selection, c.encode_utf8(&mut [0; 4]), &style),
        VimKey::Enter => edit::newline(buffer, selection, &style),
        VimKey::Tab => edit::tab(buffer, selection, &style),
        VimKey::Backspace | VimKey::Ctrl('h') => edit::backspace(buffer, selection, &style),
        VimKey::Delete => edit::delete(buffer, selection),
        VimKey::Ctrl('w') => edit::delete_word_left(buffer, selection),
        VimKey::Ctrl('u') => {
            let start = desk.lines().start(desk.lines().of(desk.head()));
            let blank = desk.lines().slice(start..desk.head()).chars().all(is_blank);
            let from = if blank { start } else { desk.lines().first_filled(desk.lines().of(desk.head())) };
            let transaction = Transaction::replace(buffer, from..desk.head(), "");
            Edit { transaction, selection: Selection::caret(from) }
        }
        _ => return None,
    })
}
