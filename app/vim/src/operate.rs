//! What operators do to a region.

use editor_core::{Change, Selection, transform};

use crate::change;
use crate::command::{Operator, VimCommand, VisualKind};
use crate::lines::TextLines;
use crate::region::Region;
use crate::session::{BlockInsert, InsertSession};
use crate::vim::{Desk, Vim, VimMode, VimWish};

impl Vim {
    /// Does what an operator does.
    pub(crate) fn operate(
        &mut self,
        desk: &mut Desk<'_>,
        command: &VimCommand,
        operator: Operator,
        region: &Region,
    ) {
        let caret = region.range.start;
        match operator {
            Operator::Delete => {
                self.delete(desk, command.register, region);
            }
            Operator::Change => self.change(desk, command, region),
            Operator::Yank => {
                let text = region.kept(&desk.lines());
                let outside = self.registers.yank(command.register, text);
                self.wishes.extend(outside.map(VimWish::Copy));
                self.put_caret(desk, caret);
            }
            Operator::Indent | Operator::Outdent => {
                let steps = if region.is_visual { command.count.unwrap_or(1).max(1) as isize } else { 1 };
                let steps = if operator == Operator::Indent { steps } else { -steps };
                self.shift(desk, region.lines, steps, caret);
            }
            Operator::Reindent => self.reindent(desk, region),
            Operator::Lower => self.map_chars(desk, region, change::lower),
            Operator::Upper => self.map_chars(desk, region, change::upper),
            Operator::Toggle => self.map_chars(desk, region, change::toggled),
        }
    }

    fn reindent(&mut self, desk: &mut Desk<'_>, region: &Region) {
        let (lines, caret) = (desk.lines(), region.range.start);
        let range = lines.start(region.lines.0)..lines.end(region.lines.1);
        let selection = Selection::single(editor_core::Span::new(range.start, range.end));
        let edit =
            transform::reindent(desk.document.buffer(), &selection, &desk.document.style(desk.tab_width));
        self.edit_by(desk, edit, caret);
        let at = desk.lines().begin(region.lines.0);
        self.put_caret(desk, at);
    }

    /// Deletes a region into a register. False: there was nothing.
    pub(crate) fn delete(&mut self, desk: &mut Desk<'_>, register: Option<char>, region: &Region) -> bool {
        let lines = desk.lines();
        let on_empty_line = region.kind != VisualKind::Lines
            && region.lines.0 == region.lines.1
            && lines.is_empty(region.lines.0);
        if region.is_empty || (on_empty_line && region.range.is_empty()) || is_bare(&lines) {
            self.put_caret(desk, region.range.start);
            return false;
        }
        let text = region.kept(&lines);
        let outside = self.registers.delete(register, text, region.is_long);
        self.wishes.extend(outside.map(VimWish::Copy));
        self.remove(desk, region);
        true
    }

    /// Takes a region out of the text.
    pub(crate) fn remove(&mut self, desk: &mut Desk<'_>, region: &Region) {
        let (lines, caret) = (desk.lines(), region.range.start);
        let (first, last) = region.lines;
        if region.kind == VisualKind::Lines {
            let is_last = last == lines.last();
            let range = match first {
                0 if is_last => lines.start(first)..lines.end(last),
                _ if is_last && lines.after(last) == lines.end(last) => lines.end(first - 1)..lines.end(last),
                _ => lines.start(first)..lines.after(last),
            };
            self.edit(desk, vec![Change::delete(range.clone())], caret, range.start);
            let lines = desk.lines();
            let at = lines.begin(first.min(lines.last()));
            return self.put_caret(desk, at);
        }
        let pieces = region.pieces(&lines).into_iter().filter(|piece| !piece.is_empty());
        let changes = pieces.map(Change::delete).collect();
        self.edit(desk, changes, caret, caret);
        self.put_caret(desk, caret);
    }

    /// Deletes a region and types in its place.
    fn change(&mut self, desk: &mut Desk<'_>, command: &VimCommand, region: &Region) {
        let lines = desk.lines();
        let caret = region.range.start;
        match region.kind {
            VisualKind::Lines => {
                let (first, last) = region.lines;
                let text = region.kept(&lines);
                let outside =
                    if is_bare(&lines) { None } else { self.registers.delete(command.register, text, true) };
                let from = lines.first_filled(first);
                let range = from..lines.end(last).max(from);
                self.wishes.extend(outside.map(VimWish::Copy));
                self.edit(desk, vec![Change::delete(range)], caret, from);
                let session = InsertSession { fresh_indent: true, ..InsertSession::new(desk.id, from) };
                self.begin_insert(desk, session);
            }
            VisualKind::Chars => {
                if !region.is_empty {
                    let text = region.kept(&lines);
                    let outside = self.registers.delete(command.register, text, region.is_long);
                    self.wishes.extend(outside.map(VimWish::Copy));
                    self.edit(desk, vec![Change::delete(region.range.clone())], caret, caret);
                }
                self.begin_insert(desk, InsertSession::new(desk.id, caret));
            }
            VisualKind::Block => {
                let text = region.kept(&lines);
                let outside = self.registers.delete(command.register, text, region.is_long);
                let reach: Vec<usize> = (region.lines.0 + 1..=region.lines.1)
                    .filter(|line| lines.columns(lines.end(*line)).start >= region.columns.0)
                    .collect();
                let block =
                    BlockInsert { lines: reach, column: region.columns.0, pads: false, back_to: None };
                self.wishes.extend(outside.map(VimWish::Copy));
                let pieces = region.pieces(&lines).into_iter().filter(|piece| !piece.is_empty());
                let changes = pieces.map(Change::delete).collect();
                self.edit(desk, changes, caret, caret);
                let session = InsertSession { block: Some(block), ..InsertSession::new(desk.id, caret) };
                self.begin_insert(desk, session);
            }
        }
    }

    /// `I` and `A` in Visual mode.
    pub(crate) fn insert_around(&mut self, desk: &mut Desk<'_>, command: &VimCommand, before: bool) {
        let Some(area) = self.visual else { return };
        let lines = desk.lines();
        let extent = crate::region::Extent::of(&lines, &area);
        let region = area.region(&lines, false);
        self.note_change(command, Some(extent));
        self.end_visual(desk);
        let lines = desk.lines();
        let (first, last) = region.lines;
        if region.kind != VisualKind::Block {
            let at = match (region.kind, before) {
                (VisualKind::Lines, true) => lines.start(first),
                (VisualKind::Lines, false) => lines.end(last),
                (_, true) => region.range.start,
                (_, false) => region.range.end,
            };
            let at = lines.clamp(at, true);
            return self.begin_insert(desk, InsertSession::new(desk.id, at));
        }
        let (left, right) = region.columns;
        let column = if before { left } else { right };
        let width = |line: usize| lines.columns(lines.end(line)).start;
        let reach: Vec<usize> = (first + 1..=last).filter(|line| !before || width(*line) > left).collect();
        let back_to = Some(left);
        let block = BlockInsert { lines: reach, column, pads: !before, back_to };
        let short = if !before && !area.to_ends { right.saturating_sub(width(first)) } else { 0 };
        let at = if column == crate::motion::LINE_END {
            lines.end(first)
        } else {
            lines.at_column(first, column, true)
        };
        if short > 0 {
            let end = lines.end(first);
            self.edit(desk, vec![Change::insert(end, " ".repeat(short))], region.range.start, end + short);
            let session = InsertSession { block: Some(block), ..InsertSession::new(desk.id, end + short) };
            return self.begin_insert(desk, session);
        }
        self.begin_insert(desk, InsertSession { block: Some(block), ..InsertSession::new(desk.id, at) });
    }

    /// Is the mode one in which text is typed?
    pub(crate) fn is_typing(&self) -> bool {
        matches!(self.mode, VimMode::Insert | VimMode::Replace)
    }
}

/// Is there nothing in the text, not even an empty line?
fn is_bare(lines: &TextLines<'_>) -> bool {
    lines.count() == 1 && lines.is_empty(0)
}
