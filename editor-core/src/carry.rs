//! Selected text that is taken somewhere else by the pointer: moved there, or put there once more.

use crate::{
    buffer::Buffer,
    edit::Edit,
    selection::{Selection, Span},
    transaction::{Change, Transaction},
};

/// What becomes of the text when the primary selection is dropped at a position; it is selected where it comes. With `copies` it
/// stays where it was, too. `None` where nothing changes: nothing is selected, or it is dropped on itself.
#[must_use]
pub fn carry(buffer: &Buffer, selection: &Selection, at: usize, copies: bool) -> Option<Edit> {
    let span = selection.primary();
    let (start, end) = (span.start(), span.end());
    let at = at.min(buffer.len_chars());
    let is_inside = if copies { start < at && at < end } else { start <= at && at <= end };
    if span.is_empty() || is_inside {
        return None;
    }
    let text = buffer.slice(span.range());
    let length = end - start;
    let insert = Change::insert(at, text);
    let (changes, from) = match (copies, at <= start) {
        (true, _) => (vec![insert], at),
        (false, true) => (vec![insert, Change::delete(start..end)], at),
        (false, false) => (vec![Change::delete(start..end), insert], at - length),
    };
    let transaction = Transaction::new(buffer, changes).ok()?;
    Some(Edit { transaction, selection: Selection::single(Span::new(from, from + length)) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `[` and `]` stand around what is selected, `|` where it is dropped.
    fn check(text: &str, copies: bool, expected: Option<&str>) {
        let plain: String = text.chars().filter(|c| !"[]|".contains(*c)).collect();
        let place = |wanted: char| {
            text.chars().filter(|c| *c == wanted || !"[]|".contains(*c)).position(|c| c == wanted)
        };
        let [start, end, at] = ['[', ']', '|'].map(|sign| place(sign).unwrap());
        let mut buffer = Buffer::from_text(&plain);
        let edit = carry(&buffer, &Selection::single(Span::new(start, end)), at, copies);
        let found = edit.map(|edit| {
            buffer.apply(&edit.transaction).unwrap();
            let mut text = buffer.rope().to_string();
            let span = edit.selection.primary();
            text.insert(span.end(), ']');
            text.insert(span.start(), '[');
            text
        });
        assert_eq!(found.as_deref(), expected, "{text}");
    }

    #[test]
    fn what_is_dropped_comes_there_and_is_selected() {
        check("a[bc]d|e", false, Some("ad[bc]e"));
        check("a|b[cd]e", false, Some("a[cd]be"));
        check("a|b[cd]e", true, Some("a[cd]bcde"));
        check("a[bc]d|", true, Some("abcd[bc]"));
    }

    #[test]
    fn what_is_dropped_on_itself_stays() {
        check("a[b|c]d", false, None);
        check("a[bc]|d", false, None);
        check("a|[bc]d", false, None);
        check("a[b|c]d", true, None);
        check("a[bc]|d", true, Some("abc[bc]d"));
        assert_eq!(carry(&Buffer::from_text("ab"), &Selection::caret(1), 0, true), None);
    }

    proptest! {
        #[test]
        fn moving_keeps_every_char_and_copying_adds_what_was_selected(
            text in "[a-d\n]{0,24}", a in 0..25_usize, b in 0..25_usize, at in 0..30_usize, copies: bool,
        ) {
            let mut buffer = Buffer::from_text(&text);
            let length = buffer.len_chars();
            let (a, b) = (a.min(length), b.min(length));
            let selection = Selection::single(Span::new(a, b));
            let carried = buffer.slice(selection.primary().range());
            if let Some(edit) = carry(&buffer, &selection, at, copies) {
                buffer.apply(&edit.transaction).unwrap();
                let sorted = |text: &str| {
                    let mut chars: Vec<char> = text.chars().collect();
                    chars.sort_unstable();
                    chars
                };
                let wanted = if copies { format!("{text}{carried}") } else { text };
                prop_assert_eq!(sorted(&buffer.rope().to_string()), sorted(&wanted));
                prop_assert_eq!(buffer.slice(edit.selection.primary().range()), carried);
            }
        }
    }
}
