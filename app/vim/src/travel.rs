//! `u` and Ctrl+R, and where they leave the caret: at the first line that changed, or where the change began.

use editor_core::Applied;

use crate::lines::TextLines;
use crate::vim::{Desk, Vim};

/// Lines that came back: the first, and how many.
#[derive(Clone, Copy, Debug)]
struct Changed {
    first: usize,
    count: usize,
}

impl Vim {
    /// Takes changes back, or does them again.
    pub(crate) fn travel(&mut self, desk: &mut Desk<'_>, times: usize, back: bool) {
        desk.document.join_edits(false);
        for done in 0..times {
            let known = desk.document.applied().len();
            let before = desk.document.before_last_step().map(|selection| selection.primary().head);
            let moved = if back { desk.document.undo() } else { desk.document.redo() };
            if !moved {
                self.failed |= done == 0;
                break;
            }
            let began = match back {
                true => before,
                false => desk.document.before_last_step().map(|selection| selection.primary().head),
            };
            let applied = desk.document.applied()[known..].to_vec();
            for one in &applied {
                self.follow_all(desk.id, &one.transaction);
            }
            // The caret of the change, in the text in which it began.
            let saved = match (back, applied.first()) {
                (true, _) => place(&desk.lines(), began.unwrap_or(0)),
                (false, Some(first)) => place(&desk.lines_of(&first.before), began.unwrap_or(0)),
                (false, None) => (0, 0),
            };
            let to = arrival(&desk.lines(), &applied, saved);
            self.put_caret(desk, to);
        }
        self.wishes.push(crate::vim::VimWish::Undone);
    }
}

/// Line and column of a position.
fn place(lines: &TextLines<'_>, at: usize) -> (usize, usize) {
    (lines.of(at), lines.column(at))
}

/// The lines that one applied change brought back.
fn changed(applied: &Applied) -> Vec<Changed> {
    let before = TextLines { open_end: true, ..TextLines::new(&applied.before, 1) };
    let mut grown = 0isize;
    let mut found = Vec::new();
    for change in applied.transaction.changes() {
        let start = change.range.start;
        let gone = before.slice(change.range.clone());
        let come = &change.insert;
        let own_line = before.of(start).saturating_add_signed(grown);
        let breaks = |text: &str| text.matches('\n').count();
        let whole = |text: &str| text.is_empty() || text.ends_with('\n');
        let behind = |text: &str| text.is_empty() || text.starts_with('\n') || text.starts_with("\r\n");
        let is_start = before.is_start(start) && before.rope.len_chars() > 0;
        let (first, count) = if is_start && whole(&gone) && whole(come) {
            (own_line, breaks(come))
        } else if before.is_end(start) && behind(&gone) && behind(come) {
            (own_line + 1, breaks(come))
        } else {
            (own_line, breaks(come) + 1)
        };
        found.push(Changed { first, count });
        grown += breaks(come) as isize - breaks(&gone) as isize;
    }
    found
}

/// Where the caret goes after steps were taken back or done again; `saved` is where it was before the change.
fn arrival(lines: &TextLines<'_>, applied: &[Applied], saved: (usize, usize)) -> usize {
    let mut reached: Option<usize> = None;
    let blocks: Vec<Changed> = applied.iter().flat_map(changed).collect();
    for block in &blocks {
        if reached.is_some_and(|line| block.first > line) {
            continue;
        }
        let near = saved.0 + 1 >= block.first && saved.0 <= block.first + block.count;
        reached = match (near, block.count) {
            (true, _) => Some(saved.0),
            (false, 0) if reached.is_some() => reached,
            _ => Some(block.first),
        };
    }
    let Some(mut line) = reached else { return lines.start(saved.0) + saved.1 };
    if saved.0 + 1 == line && line > 0 {
        line -= 1;
    }
    if line > lines.last() {
        return lines.start(lines.last());
    }
    if line == saved.0 {
        return (lines.start(line) + saved.1).min(lines.end(line));
    }
    lines.begin(line)
}
