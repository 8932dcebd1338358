//! What stands between quotes in one line.

use super::{FoundObject, ObjectPlace, chars};
use crate::lines::{TextLines, is_blank};

/// A line by its characters, and where quotes are in it.
struct Line {
    text: Vec<char>,
    quote: char,
}

impl Line {
    fn is_quote(&self, column: usize) -> bool {
        self.text.get(column) == Some(&self.quote)
    }

    /// The next quote from a column on; with `escapes` one behind a backslash is none.
    fn next(&self, from: usize, escapes: bool) -> Option<usize> {
        let mut column = from;
        while let Some(c) = self.text.get(column) {
            if escapes && *c == '\\' {
                column += 1;
            } else if *c == self.quote {
                return Some(column);
            }
            column += 1;
        }
        None
    }

    /// The quote before a column, or the line's start.
    fn previous(&self, from: usize, escapes: bool) -> usize {
        let mut column = from;
        while column > 0 {
            column -= 1;
            let slashes = self.text[..column].iter().rev().take_while(|c| **c == '\\').count();
            if escapes && slashes % 2 == 1 {
                column -= slashes;
            } else if self.text[column] == self.quote {
                break;
            }
        }
        column
    }

    /// The quotes around a column, counted from the line's start.
    fn around(&self, column: usize) -> Option<(usize, usize)> {
        let mut from = 0;
        loop {
            let start = self.next(from, false).filter(|start| *start <= column)?;
            let end = self.next(start + 1, true)?;
            if column <= end {
                return Some((start, end));
            }
            from = end + 1;
        }
    }
}

pub(super) fn quoted(
    lines: &TextLines<'_>,
    place: ObjectPlace,
    count: usize,
    around: bool,
    quote: char,
) -> Option<FoundObject> {
    let number = lines.of(place.at);
    let origin = lines.start(number);
    let line = Line { text: lines.text(number).chars().collect(), quote };
    let at = place.at - origin;
    let selected = match place.selected {
        Some((anchor, _)) if lines.of(anchor) != number => return None,
        Some((anchor, _)) => Some(anchor - origin),
        None => None,
    };
    let extended = selected.filter(|anchor| *anchor != at);
    let forward = extended.is_some_and(|anchor| anchor < at);
    let (low, high) = extended.map_or((at, at), |anchor| (anchor.min(at), anchor.max(at)));
    let inside = extended.is_some()
        && low > 0
        && line.is_quote(low - 1)
        && high < line.text.len()
        && line.is_quote(high + 1);
    let has_quote = extended.is_some() && (low..=high).any(|column| line.is_quote(column));

    let (mut start, mut end) = if extended.is_some() && line.is_quote(at) {
        next_string(&line, at, forward)?
    } else if line.is_quote(at) || extended.is_some() {
        let column = match extended {
            None => at,
            Some(_) if forward => line.next(at, false)?,
            Some(_) => line.previous(at, false),
        };
        line.around(column)?
    } else {
        let before = line.previous(at, true);
        let start = if line.is_quote(before) { before } else { line.next(before, false)? };
        (start, line.next(start + 1, true)?)
    };

    if around {
        let blank = |column: usize| line.text.get(column).copied().is_some_and(is_blank);
        if blank(end + 1) {
            while blank(end + 1) {
                end += 1;
            }
        } else {
            while start > 0 && blank(start - 1) {
                start -= 1;
            }
        }
    }
    let plain = extended.is_none();
    if !around && count < 2 && (plain || !inside) {
        start += 1;
    }
    let takes_end = around || count > 1 || (!plain && inside);
    let Some(anchor) = selected else {
        let behind = origin + end + usize::from(takes_end);
        return Some(chars(origin + start, behind, takes_end && lines.is_end(behind)));
    };
    let behind = end + usize::from(takes_end);
    if plain || forward {
        let touches = line.is_quote(anchor) || (anchor > 0 && line.is_quote(anchor - 1));
        let moves = plain || (!has_quote && (inside || !touches));
        let anchor = if moves { start } else { anchor };
        return Some(chars(origin + anchor, origin + behind.saturating_sub(1), true));
    }
    let touches = line.is_quote(anchor) || line.is_quote(anchor + 1);
    let moves = inside || (!has_quote && !touches);
    let anchor = if moves { behind.saturating_sub(1) } else { anchor };
    Some(chars(origin + anchor, origin + start, true))
}

/// The string behind the quote at which a selection ends.
fn next_string(line: &Line, at: usize, forward: bool) -> Option<(usize, usize)> {
    if forward {
        let start = line.next(at + 1, false)?;
        return Some(line.next(start + 1, true).map_or((at, start), |end| (start, end)));
    }
    let end = line.previous(at, false);
    if !line.is_quote(end) {
        return None;
    }
    let start = line.previous(end, true);
    Some(if line.is_quote(start) { (start, end) } else { (end, at) })
}
