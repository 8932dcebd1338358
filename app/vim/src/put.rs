//! `p` and `P`: what is in a register goes into the text, as characters, lines or a block.

use editor_core::Change;
use editor_core::movement;

use crate::command::{Act, Deed, VimCommand, VisualKind};
use crate::lines::TextLines;
use crate::region::Extent;
use crate::register::{RegisterText, is_clipboard};
use crate::vim::{Desk, Vim, VimMode, VimWish};

/// Where a put goes.
#[derive(Clone, Copy, Debug)]
struct Put {
    after: bool,
    /// The caret goes behind what was put.
    beyond: bool,
    times: usize,
    /// The line is split where lines are put.
    splits: bool,
}

impl Vim {
    /// Puts what a register holds behind or before the caret, or in the place of what is selected.
    pub(crate) fn put(&mut self, desk: &mut Desk<'_>, command: &VimCommand, after: bool, beyond: bool) {
        if command.register.is_some_and(is_clipboard) {
            self.waiting_put = Some(command.clone());
            self.wishes.push(VimWish::AskClipboard);
            return;
        }
        let Some(text) = self.registers.get(command.register).cloned() else {
            // What is selected is deleted before it shows that there is nothing to put.
            if let Some(area) = self.visual {
                let extent = Extent::of(&desk.lines(), &area);
                self.note_change(command, Some(extent));
                self.end_visual(desk);
                let region = area.region(&desk.lines(), true);
                self.delete(desk, if after { None } else { Some('_') }, &region);
            }
            self.failed = true;
            return;
        };
        self.put_text(desk, command, text, after, beyond);
    }

    /// The clipboard's text has come. False: nobody waits for it.
    pub fn pasted(&mut self, desk: &mut Desk<'_>, text: &str) -> bool {
        self.look(desk);
        let Some(command) = self.waiting_put.take().filter(|_| !self.is_typing()) else { return false };
        let Deed::Act(Act::Put { after, beyond }) = command.deed else { return false };
        self.put_text(desk, &command, RegisterText::from_outside(text), after, beyond);
        desk.document.join_edits(false);
        self.remember(desk);
        true
    }

    pub(crate) fn put_text(
        &mut self,
        desk: &mut Desk<'_>,
        command: &VimCommand,
        text: RegisterText,
        after: bool,
        beyond: bool,
    ) {
        let times = command.count.unwrap_or(1).max(1);
        let Some(area) = self.visual else {
            if text.text.is_empty() && text.kind == VisualKind::Chars {
                self.failed = true;
                return;
            }
            self.note_change(command, None);
            return self.place(desk, &text, Put { after, beyond, times, splits: false });
        };
        let extent = Extent::of(&desk.lines(), &area);
        self.note_change(command, Some(extent));
        self.end_visual(desk);
        let region = area.region(&desk.lines(), true);
        let begins = (region.range.start, region.lines.0);
        // An upper-case `P` keeps what is deleted out of the registers.
        let register = if after { None } else { Some('_') };
        let all = region.kind == VisualKind::Lines && region.lines == (0, desk.lines().last());
        self.delete(desk, register, &region);
        let (head, lines) = (desk.head(), desk.lines());
        let before_it = match region.kind {
            VisualKind::Lines => lines.of(head) < begins.1,
            _ => head < begins.0,
        };
        let text = if region.kind == VisualKind::Lines {
            RegisterText { kind: VisualKind::Lines, ..text }
        } else {
            text
        };
        let below = region.kind == VisualKind::Block && text.kind == VisualKind::Lines && after;
        if below {
            let last = desk.lines().start(region.lines.1);
            self.put_caret(desk, last);
        }
        let splits = region.kind == VisualKind::Chars;
        self.place(desk, &text, Put { after: before_it || below, beyond, times, splits });
        if all {
            self.drop_empty_end(desk);
        }
    }

    /// All lines were replaced: the empty one that was left of them goes.
    fn drop_empty_end(&mut self, desk: &mut Desk<'_>) {
        let lines = desk.lines();
        let last = lines.last();
        if last == 0 || !lines.is_empty(last) {
            return;
        }
        let head = desk.head();
        let range = lines.end(last - 1)..lines.end(last);
        self.edit(desk, vec![Change::delete(range)], head, head);
        self.put_caret(desk, head);
    }

    fn place(&mut self, desk: &mut Desk<'_>, text: &RegisterText, put: Put) {
        match text.kind {
            VisualKind::Chars => self.put_chars(desk, &text.text, put),
            VisualKind::Lines => self.put_lines(desk, &text.text, put),
            VisualKind::Block => self.put_block(desk, text, put),
        }
    }

    fn put_chars(&mut self, desk: &mut Desk<'_>, text: &str, put: Put) {
        let head = desk.head();
        let at = if put.after { desk.lines().right(head) } else { head };
        let text = desk.document.line_ending().normalize(&text.repeat(put.times));
        let length = text.chars().count();
        let several = text.contains('\n');
        self.edit(desk, vec![Change::insert(at, text)], head, at);
        let lines = desk.lines();
        let to = match (put.beyond, several) {
            (true, _) => at + length,
            (false, true) => at,
            (false, false) if length == 0 => head,
            (false, false) => movement::grapheme_left(lines.rope, at + length).max(at),
        };
        self.put_caret_past(desk, to, put.beyond);
    }

    fn put_lines(&mut self, desk: &mut Desk<'_>, text: &str, put: Put) {
        let head = desk.head();
        let ending = desk.document.line_ending().as_str();
        let text = vec![text; put.times].join("\n");
        let count = text.split('\n').count();
        let text = desk.document.line_ending().normalize(&text);
        let lines = desk.lines();
        let line = lines.of(head);
        let (change, first) = if put.splits {
            let at = if put.after { lines.right(head) } else { head };
            (Change::insert(at, format!("{ending}{text}{ending}")), line + 1)
        } else if put.after {
            (Change::insert(lines.end(line), format!("{ending}{text}")), line + 1)
        } else {
            (Change::insert(lines.start(line), format!("{text}{ending}")), line)
        };
        let after = change.range.start;
        self.edit(desk, vec![change], head, after);
        let lines = desk.lines();
        let to = if put.beyond { lines.start((first + count).min(lines.last())) } else { lines.begin(first) };
        self.put_caret(desk, to);
    }

    fn put_block(&mut self, desk: &mut Desk<'_>, text: &RegisterText, put: Put) {
        let head = desk.head();
        let ending = desk.document.line_ending().as_str();
        let lines = desk.lines();
        let first = lines.of(head);
        let columns = lines.columns(head);
        let column = if put.after && !lines.is_end(head) { columns.end } else { columns.start };
        let rows: Vec<&str> = text.text.split('\n').collect();
        let width = rows.iter().map(|row| row.chars().count()).max().unwrap_or(0).max(text.width);
        let (mut changes, mut behind) = (Vec::new(), String::new());
        for (offset, row) in rows.iter().enumerate() {
            let padded = format!("{row:width$}");
            let block = padded.repeat(put.times);
            let line = first + offset;
            if line > lines.last() {
                behind += ending;
                behind += &" ".repeat(column);
                behind += &format!("{}{row}", padded.repeat(put.times - 1));
                continue;
            }
            let (end, reached) = (lines.end(line), lines.columns(lines.end(line)).start);
            let at = lines.at_column(line, column, true);
            let is_last = at == end;
            let pad = " ".repeat(column.saturating_sub(reached));
            // Nothing is padded where the line ends behind it.
            let block = if is_last { format!("{}{row}", padded.repeat(put.times - 1)) } else { block };
            changes.push(Change::insert(at, pad + &block));
        }
        if !behind.is_empty() {
            match changes.last_mut().filter(|last| last.range.start == lines.end(lines.last())) {
                Some(last) => last.insert += &behind,
                None => changes.push(Change::insert(lines.end(lines.last()), behind)),
            }
        }
        let corner = changes.first().map_or(head, |change| change.range.start);
        self.edit(desk, changes, head, corner);
        let lines = desk.lines();
        let to = if put.beyond {
            lines.at_column((first + rows.len() - 1).min(lines.last()), column + width * put.times, true)
        } else {
            lines.at_column(first, column, false)
        };
        self.put_caret_past(desk, to, put.beyond);
    }

    /// Puts the caret somewhere in Normal mode, where `past` its line's end will do for what follows.
    fn put_caret_past(&mut self, desk: &mut Desk<'_>, to: usize, past: bool) {
        let lines = desk.lines();
        let line = lines.of(to);
        let next = past && to >= lines.end(line) && line < lines.last() && lines.is_start(to);
        let to = if next { lines.start(line) } else { to };
        self.put_caret(desk, to);
    }
}

/// The text of whole lines.
pub(crate) fn lines_text(lines: &TextLines<'_>, first: usize, last: usize) -> RegisterText {
    let text = lines.slice(lines.start(first)..lines.end(last)).replace("\r\n", "\n");
    RegisterText::new(text, VisualKind::Lines)
}

impl VimMode {
    /// Its name, as it is shown.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            VimMode::Normal => "NORMAL",
            VimMode::Insert => "INSERT",
            VimMode::Replace => "REPLACE",
            VimMode::Visual(VisualKind::Chars) => "VISUAL",
            VimMode::Visual(VisualKind::Lines) => "VISUAL LINE",
            VimMode::Visual(VisualKind::Block) => "VISUAL BLOCK",
        }
    }
}
