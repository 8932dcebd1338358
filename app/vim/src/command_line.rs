//! The line at the bottom in which `:`, `/` and `?` are typed.

use crate::keys::VimKey;
use crate::memory::CommandLine;
use crate::vim::{Desk, Vim};

/// So many lines are remembered.
const REMEMBERED: usize = 100;

impl Vim {
    /// A key in the line at the bottom.
    pub(crate) fn line_key(&mut self, desk: &mut Desk<'_>, key: VimKey) {
        let Some(line) = &mut self.line else { return };
        match key {
            VimKey::Escape | VimKey::Ctrl('c') => self.drop_line(),
            VimKey::Backspace | VimKey::Ctrl('h') if line.text.is_empty() => self.drop_line(),
            VimKey::Enter => self.accept_line(desk),
            VimKey::Backspace | VimKey::Ctrl('h') => line.delete(line.caret.saturating_sub(1)),
            VimKey::Delete if line.caret < line.text.chars().count() => {
                line.caret += 1;
                line.delete(line.caret - 1);
            }
            VimKey::Left => line.caret = line.caret.saturating_sub(1),
            VimKey::Right => line.caret = (line.caret + 1).min(line.text.chars().count()),
            VimKey::Home | VimKey::Ctrl('b') => line.caret = 0,
            VimKey::End | VimKey::Ctrl('e') => line.caret = line.text.chars().count(),
            VimKey::Ctrl('u') => line.delete(0),
            VimKey::Ctrl('w') => line.delete(line.word_start()),
            VimKey::Up => self.remembered(true),
            VimKey::Down => self.remembered(false),
            key => {
                if let Some(c) = key.typed() {
                    line.insert(c);
                }
            }
        }
    }

    /// Text that is pasted into the line at the bottom. False: there is none.
    pub fn paste_into_line(&mut self, text: &str) -> bool {
        let Some(line) = &mut self.line else { return false };
        text.chars().filter(|c| !c.is_control()).for_each(|c| line.insert(c));
        true
    }

    fn drop_line(&mut self) {
        self.line = None;
        self.pending.clear();
    }

    /// A line that was typed before.
    fn remembered(&mut self, earlier: bool) {
        let Some(line) = &mut self.line else { return };
        let lines = self.history.get(&line.kind).map_or(&[][..], Vec::as_slice);
        let back = if earlier { line.back + 1 } else { line.back.saturating_sub(1) };
        let text = match back {
            0 => Some(String::new()),
            back => lines.len().checked_sub(back).map(|index| lines[index].clone()),
        };
        if let Some(text) = text {
            *line = CommandLine { back, ..CommandLine::new(line.kind, &text) };
        }
    }

    fn accept_line(&mut self, desk: &mut Desk<'_>) {
        let Some(line) = self.line.take() else { return };
        if !line.text.is_empty() {
            let lines = self.history.entry(line.kind).or_default();
            lines.retain(|before| *before != line.text);
            lines.push(line.text.clone());
            let over = lines.len().saturating_sub(REMEMBERED);
            lines.drain(..over);
        }
        if line.kind == ':' {
            self.pending.clear();
            self.run_line(desk, &line.text);
        } else {
            // What stands behind the sign that ends a pattern is no part of it.
            let pattern = until(&line.text, line.kind).0;
            self.parsed(desk, Some(&pattern));
        }
    }
}

/// A text up to a sign that is not behind a backslash, and what is behind that. A backslash before the sign itself goes.
pub(crate) fn until(text: &str, sign: char) -> (String, Option<&str>) {
    let (mut before, mut escaped) = (String::new(), false);
    for (at, c) in text.char_indices() {
        if c == sign && !escaped {
            return (before, Some(&text[at + c.len_utf8()..]));
        }
        if escaped && c == sign {
            before.pop();
        }
        before.push(c);
        escaped = c == '\\' && !escaped;
    }
    (before, None)
}
