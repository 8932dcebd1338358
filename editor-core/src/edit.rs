//! What the keys do: each function builds the transaction for a selection, and the selection after it.

mod lines;

use std::ops::Range;

use self::lines::content;
pub(crate) use self::lines::touched_lines;
pub use self::lines::{
    delete_lines, duplicate_lines, indent, join_lines, move_lines_down, move_lines_up, outdent, tab,
    toggle_comment,
};
use crate::{
    buffer::{Buffer, LineEnding},
    language::{Indent, Language},
    movement,
    selection::{Selection, Span},
    transaction::{Bias, Change, Transaction},
};

/// What the keys must know about a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Decides comments, quotes and what opens a block.
    pub language: Language,
    /// One step of indentation.
    pub indent: Indent,
    /// Columns up to which a tab character reaches, where spaces are mixed with it.
    pub tab_width: usize,
    /// What a new line ends in.
    pub line_ending: LineEnding,
    /// Should brackets and quotes be closed when they are typed?
    pub auto_close: bool,
}

/// An edit and what is selected after it. An empty transaction means that the key only moves the selection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What changes.
    pub transaction: Transaction,
    /// The selection afterwards.
    pub selection: Selection,
}

/// What happens at one span: `insert` replaces `range`, and the selection then spans `anchor..head`, in chars from
/// the start of `insert`.
struct Piece {
    range: Range<usize>,
    insert: String,
    anchor: usize,
    head: usize,
}

impl Piece {
    /// The caret goes behind the inserted text.
    fn new(range: Range<usize>, insert: impl Into<String>) -> Self {
        let insert = insert.into();
        let head = insert.chars().count();
        Self { range, insert, anchor: head, head }
    }

    fn delete(range: Range<usize>) -> Self {
        Self::new(range, "")
    }

    fn caret_at(self, at: usize) -> Self {
        Self { anchor: at, head: at, ..self }
    }
}

/// One piece a span, in order. Where a piece reaches into the one before, it is cut.
fn per_span(buffer: &Buffer, selection: &Selection, mut piece: impl FnMut(usize, &Span) -> Piece) -> Edit {
    let (mut changes, mut spans) = (Vec::new(), Vec::new());
    let (mut floor, mut grown) = (0, 0isize);
    for (index, span) in selection.spans().iter().enumerate() {
        let Piece { range, insert, anchor, head } = piece(index, span);
        let start = range.start.max(floor);
        let range = start..range.end.max(start);
        let origin = start.wrapping_add_signed(grown);
        spans.push(Span::new(origin + anchor, origin + head));
        grown += insert.chars().count() as isize - range.len() as isize;
        floor = range.end;
        changes.push(Change::new(range, insert));
    }
    Edit {
        transaction: checked(buffer, changes),
        selection: Selection::new(spans, selection.primary_index()),
    }
}

/// The functions here build their changes sorted and inside the text; should one fail at it, nothing is edited.
fn checked(buffer: &Buffer, changes: Vec<Change>) -> Transaction {
    let transaction = Transaction::new(buffer, changes);
    debug_assert!(transaction.is_ok(), "{transaction:?}");
    transaction.unwrap_or_else(|_| Transaction::nothing(buffer))
}

/// Changes, with the selection moved along: the start of a selected stretch keeps its place before text inserted
/// there, a caret and the end of a stretch go behind it.
fn mapped(buffer: &Buffer, selection: &Selection, changes: Vec<Change>) -> Edit {
    let transaction = checked(buffer, changes);
    let selection = selection.map(|span| {
        let bias =
            |end: usize| if end == span.start() && !span.is_empty() { Bias::Before } else { Bias::After };
        let map = |end: usize| transaction.map(end, bias(end));
        Span::new(map(span.anchor), map(span.head))
    });
    Edit { transaction, selection }
}

/// Types text at every caret: surrounds selections, closes brackets and types over the closing ones.
#[must_use]
pub fn insert_text(buffer: &Buffer, selection: &Selection, text: &str, style: &Style) -> Edit {
    let mut chars = text.chars();
    let single = chars.next().filter(|_| chars.next().is_none() && style.auto_close);
    per_span(buffer, selection, |_, span| {
        let paired = single.and_then(|typed| type_paired(buffer, span, typed, style));
        paired.unwrap_or_else(|| Piece::new(span.range(), text))
    })
}

fn closing(open: char, style: &Style) -> Option<char> {
    match open {
        '(' => Some(')'),
        '[' => Some(']'),
        '{' => Some('}'),
        quote if style.language.quotes().contains(&quote) => Some(quote),
        _ => None,
    }
}

fn char_before(buffer: &Buffer, position: usize) -> Option<char> {
    buffer.rope().get_char(position.checked_sub(1)?)
}

fn type_paired(buffer: &Buffer, span: &Span, typed: char, style: &Style) -> Option<Piece> {
    let close = closing(typed, style);
    if !span.is_empty() {
        return Some(surround(buffer, span, typed, close?));
    }
    let at = span.head;
    let next = buffer.rope().get_char(at);
    let is_closing = matches!(typed, ')' | ']' | '}') || close == Some(typed);
    if is_closing && next == Some(typed) {
        return Some(Piece::delete(at..at).caret_at(1));
    }
    let close = close?;
    let has_room = next.is_none_or(|c| c.is_whitespace() || ")]};,:.".contains(c));
    let word = |c: char| c.is_alphanumeric() || c == '_' || c == typed;
    let glued = close == typed && char_before(buffer, at).is_some_and(word);
    (has_room && !glued).then(|| Piece::new(at..at, format!("{typed}{close}")).caret_at(1))
}

fn surround(buffer: &Buffer, span: &Span, open: char, close: char) -> Piece {
    let inner = buffer.slice(span.range());
    let (first, last) = (1, 1 + span.range().len());
    let (anchor, head) = if span.head < span.anchor { (last, first) } else { (first, last) };
    Piece { range: span.range(), insert: format!("{open}{inner}{close}"), anchor, head }
}

/// Breaks the line and indents the new one. A line of nothing but blanks is left empty.
#[must_use]
pub fn newline(buffer: &Buffer, selection: &Selection, style: &Style) -> Edit {
    per_span(buffer, selection, |_, span| break_line(buffer, span, style))
}

fn break_line(buffer: &Buffer, span: &Span, style: &Style) -> Piece {
    let line = buffer.line_of(span.start());
    let start = buffer.line_start(line);
    let before = buffer.slice(start..span.start());
    let indent = &before[..before.len() - before.trim_start_matches([' ', '\t']).len()];
    let rest = buffer.slice(span.end()..buffer.line_end(buffer.line_of(span.end())));
    let blanks = rest.chars().take_while(|c| matches!(c, ' ' | '\t')).count();
    let from = if indent.len() == before.len() { start } else { span.start() };
    let range = from..span.end() + blanks;
    let line_break = style.line_ending.as_str();
    let last = before.trim_end().chars().next_back();
    let Some(open) = last.filter(|&last| style.language.opens_block(last)) else {
        return Piece::new(range, format!("{line_break}{indent}"));
    };
    let deeper = format!("{line_break}{indent}{}", style.indent.unit());
    let next = rest.chars().nth(blanks);
    if next.is_some() && next == closing(open, style) {
        let caret = deeper.chars().count();
        return Piece::new(range, format!("{deeper}{line_break}{indent}")).caret_at(caret);
    }
    Piece::new(range, deeper)
}

/// Deletes what is selected, or backwards: a step of indentation, an empty pair, or one grapheme cluster.
#[must_use]
pub fn backspace(buffer: &Buffer, selection: &Selection, style: &Style) -> Edit {
    per_span(buffer, selection, |_, span| {
        let range = if span.is_empty() { backwards(buffer, span.head, style) } else { span.range() };
        Piece::delete(range)
    })
}

fn backwards(buffer: &Buffer, at: usize, style: &Style) -> Range<usize> {
    let start = buffer.line_start(buffer.line_of(at));
    let column = at - start;
    let is_indent = column > 0 && buffer.rope().slice(start..at).chars().all(|c| c == ' ');
    if let (true, Indent::Spaces(width)) = (is_indent, style.indent) {
        let width = usize::from(width.max(1));
        return start + (column - 1) / width * width..at;
    }
    let before = char_before(buffer, at);
    let close = before.and_then(|open| closing(open, style)).filter(|_| style.auto_close);
    if close.is_some() && close == buffer.rope().get_char(at) {
        return at - 1..at + 1;
    }
    movement::grapheme_left(buffer.rope(), at)..at
}

/// Deletes what is selected, or the grapheme cluster behind the caret.
#[must_use]
pub fn delete(buffer: &Buffer, selection: &Selection) -> Edit {
    delete_to(buffer, selection, |at| movement::grapheme_right(buffer.rope(), at))
}

fn delete_to(buffer: &Buffer, selection: &Selection, target: impl Fn(usize) -> usize) -> Edit {
    per_span(buffer, selection, |_, span| {
        let to = if span.is_empty() { target(span.head) } else { span.anchor };
        Piece::delete(Span::new(span.head, to).range())
    })
}

/// Deletes what is selected, or to the start of the word: blanks alone where there are several, a line break alone.
#[must_use]
pub fn delete_word_left(buffer: &Buffer, selection: &Selection) -> Edit {
    delete_to(buffer, selection, |at| {
        let line = buffer.line_of(at);
        let start = buffer.line_start(line);
        if at == start {
            return movement::grapheme_left(buffer.rope(), at);
        }
        let blanks =
            buffer.rope().chars_at(at).reversed().take(at - start).take_while(|&c| is_blank(c)).count();
        if blanks > 1 { at - blanks } else { movement::word_left(buffer.rope(), at) }
    })
}

/// Deletes what is selected, or to the end of the word: blanks alone where there are several, a line break alone.
#[must_use]
pub fn delete_word_right(buffer: &Buffer, selection: &Selection) -> Edit {
    delete_to(buffer, selection, |at| {
        let end = buffer.line_end(buffer.line_of(at));
        if at >= end {
            return movement::grapheme_right(buffer.rope(), at);
        }
        let blanks = buffer.rope().chars_at(at).take(end - at).take_while(|&c| is_blank(c)).count();
        if blanks > 1 { at + blanks } else { movement::word_right(buffer.rope(), at) }
    })
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t')
}

/// The text to copy: the selections joined by line breaks; a mere caret gives its whole line.
#[must_use]
pub fn copied_text(buffer: &Buffer, selection: &Selection, style: &Style) -> String {
    let line_break = style.line_ending.as_str();
    if selection.is_empty() {
        let lines = touched_lines(buffer, selection).into_iter().flatten();
        return lines.map(|line| content(buffer, line) + line_break).collect();
    }
    let selected = selection.spans().iter().filter(|span| !span.is_empty());
    selected.map(|span| buffer.slice(span.range())).collect::<Vec<_>>().join(line_break)
}

/// Deletes what [`copied_text`] copies.
#[must_use]
pub fn cut(buffer: &Buffer, selection: &Selection) -> Edit {
    if selection.is_empty() {
        return delete_lines(buffer, selection);
    }
    per_span(buffer, selection, |_, span| Piece::delete(span.range()))
}

/// Pastes: a line per caret when the counts agree, else everything at every caret. Line endings become the file's.
/// `whole_lines` says that the text was copied from a mere caret: it then goes above the caret's line.
#[must_use]
pub fn paste(buffer: &Buffer, selection: &Selection, text: &str, whole_lines: bool, style: &Style) -> Edit {
    let text = style.line_ending.normalize(text);
    if whole_lines && selection.is_empty() {
        let blocks = selection.spans().iter().map(|span| buffer.line_start(buffer.line_of(span.head)));
        let changes = blocks.map(|start| Change::insert(start, text.as_str()));
        return mapped(buffer, selection, changes.collect());
    }
    let lines: Vec<&str> = text.lines().collect();
    let one_each = selection.spans().len() > 1 && lines.len() == selection.spans().len();
    per_span(buffer, selection, |index, span| {
        Piece::new(span.range(), if one_each { lines[index] } else { text.as_str() })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::selection_notation::{self, edited, style};
    use proptest::prelude::*;

    fn check(before: &str, edit: impl Fn(&Buffer, &Selection, &Style) -> Edit, after: &str) {
        assert_eq!(
            edited(before, |buffer, selection| edit(buffer, selection, &style(Language::Rust))),
            after
        );
    }

    fn types(before: &str, text: &str, after: &str) {
        check(before, |b, s, style| insert_text(b, s, text, style), after);
    }

    #[test]
    fn typing_goes_to_every_caret() {
        types("a|b|c", "x", "ax|bx|c");
        types("a⟦bc|⟧d", "xy", "axy|d");
    }

    #[test]
    fn brackets_close_themselves_and_are_typed_over() {
        types("f|", "(", "f(|)");
        types("f(|)", ")", "f()|");
        types("f|x", "(", "f(|x");
        types("x = |;", "\"", "x = \"|\";");
        types("x = \"|\";", "\"", "x = \"\"|;");
        types("don|", "\"", "don\"|");
        types("&|", "'", "&'|");
        types("a⟦bc|⟧d", "(", "a(⟦bc|⟧)d");
        types("a⟦|bc⟧d", "\"", "a\"⟦|bc⟧\"d");
    }

    #[test]
    fn a_new_line_is_indented_like_the_one_before() {
        let python = |b: &Buffer, s: &Selection| newline(b, s, &style(Language::Python));
        check("  a|b", newline, "  a\n  |b");
        check("fn f() {|}", newline, "fn f() {\n    |\n}");
        check("  f(|", newline, "  f(\n      |");
        check("    |", newline, "\n    |");
        check("  a|   b", newline, "  a\n  |b");
        check("a:|", newline, "a:\n|");
        assert_eq!(edited("if a:|", python), "if a:\n    |");
        let crlf = Style { line_ending: LineEnding::Crlf, ..style(Language::Rust) };
        assert_eq!(edited("  a|\r\n", |b, s| newline(b, s, &crlf)), "  a\r\n  |\r\n");
    }

    #[test]
    fn backspace_takes_indentation_pairs_and_clusters() {
        check("        |x", backspace, "    |x");
        check("      |x", backspace, "    |x");
        check("a(|)", backspace, "a|");
        check("a(|b)", backspace, "a|b)");
        check("e\u{301}|", backspace, "|");
        check("a\r\n|b", backspace, "a|b");
        check("|a", backspace, "|a");
        check("a⟦bc|⟧d|", backspace, "a|");
    }

    #[test]
    fn words_are_deleted_and_blanks_by_themselves() {
        let left = |b: &Buffer, s: &Selection, _: &Style| delete_word_left(b, s);
        let right = |b: &Buffer, s: &Selection, _: &Style| delete_word_right(b, s);
        check("foo bar|", left, "foo |");
        check("foo   |", left, "foo|");
        check("a\r\n|b", left, "a|b");
        check("|foo bar", right, "| bar");
        check("a|\r\nb", right, "a|b");
        check("a|   b", right, "a|b");
    }

    #[test]
    fn lines_are_deleted_whole() {
        let lines = |b: &Buffer, s: &Selection, _: &Style| delete_lines(b, s);
        check("one\ntw|o\nthree", lines, "one\nth|ree");
        check("one\ntw|o", lines, "|one");
        check("on|e", lines, "|");
        check("⟦one\n|⟧two", lines, "|two");
        check("a|\nb\nc|\nd", lines, "b|\nd|");
    }

    #[test]
    fn tab_indents_lines_or_fills_up() {
        check("a|b", tab, "a   |b");
        check("\ta|", tab, "\ta   |");
        let wide = |b: &Buffer, s: &Selection| tab(b, s, &Style { tab_width: 7, ..style(Language::Rust) });
        assert_eq!(edited("\t|", wide), "\t |", "as the tab character reaches on the screen");
        check("\t|", tab, "\t    |");
        check("⟦a\nb|⟧", tab, "⟦    a\n    b|⟧");
        check("⟦a\n\nb\n|⟧c", indent, "⟦    a\n\n    b\n|⟧c");
        check("      a|", outdent, "  a|");
        check("⟦\ta\n  b|⟧", outdent, "⟦a\nb|⟧");
    }

    #[test]
    fn comments_come_and_go() {
        let html = |b: &Buffer, s: &Selection| toggle_comment(b, s, &style(Language::Html));
        check("⟦  a\n\n    b|⟧", toggle_comment, "⟦  // a\n\n  //   b|⟧");
        check("⟦  // a\n\n  //   b|⟧", toggle_comment, "⟦  a\n\n    b|⟧");
        check("⟦// a\nb|⟧", toggle_comment, "⟦// // a\n// b|⟧");
        check("|", toggle_comment, "// |");
        assert_eq!(edited("  <b>|", html), "  <!-- <b> -->|");
        assert_eq!(edited("  <!-- <b> -->|", html), "  <b>|");
    }

    #[test]
    fn lines_move_and_keep_the_final_line_break() {
        check("a\nb|\nc", move_lines_up, "b|\na\nc");
        check("a\nb|", move_lines_up, "b|\na");
        check("a|\nb", move_lines_up, "a|\nb");
        check("a|\nb\nc", move_lines_down, "b\na|\nc");
        check("a|\nb", move_lines_down, "b\na|");
        check("a\nb|", move_lines_down, "a\nb|");
        check("⟦a\n|⟧b\nc", move_lines_down, "b\n⟦a\n|⟧c");
        check("a\r\nb|", move_lines_up, "b|\r\na");
        check("a\nb|\nc\nd|", move_lines_up, "b|\na\nd|\nc");
    }

    #[test]
    fn lines_are_repeated_and_joined() {
        let join = |b: &Buffer, s: &Selection, _: &Style| join_lines(b, s);
        check("a|\nb", duplicate_lines, "a\na|\nb");
        check("a|", duplicate_lines, "a\na|");
        check("a|\nb|\nc", duplicate_lines, "a\nb\na|\nb|\nc");
        check("a|\nb\nc|", duplicate_lines, "a\na|\nb\nc\nc|");
        check("a|  \n   b\nc", join, "a| b\nc");
        check("⟦a\nb\nc|⟧", join, "⟦a b c|⟧");
        check("a|\n\nb", join, "a|\nb");
        check("a|", join, "a|");
    }

    #[test]
    fn a_mere_caret_copies_its_line() {
        let copied = |marked: &str| {
            let (text, selection) = selection_notation::parse(marked);
            copied_text(&Buffer::from_text(&text), &selection, &style(Language::Rust))
        };
        assert_eq!(copied("a\nb|\nc"), "b\n");
        assert_eq!(copied("a\nb|"), "b\n");
        assert_eq!(copied("⟦a|⟧b⟦c|⟧"), "a\nc");
        let cut = |b: &Buffer, s: &Selection, _: &Style| cut(b, s);
        check("a\nb|\nc", cut, "a\nc|");
        check("a⟦b|⟧c", cut, "a|c");
    }

    #[test]
    fn pasting_spreads_lines_over_carets() {
        let paste = |text: &'static str, whole: bool| {
            move |b: &Buffer, s: &Selection, style: &Style| paste(b, s, text, whole, style)
        };
        check("a|b|", paste("1\n2", false), "a1|b2|");
        check("a|b|", paste("1", false), "a1|b1|");
        check("a|b", paste("x\r\ny", false), "ax\ny|b");
        check("a\nb|c", paste("x\n", true), "a\nx\nb|c");
    }

    proptest! {
        /// No key produces changes that do not fit the text, and the selection stays inside it.
        #[test]
        fn every_edit_fits(
            text in "[ab({\"' \t\r\n漢]{0,30}",
            ends in prop::collection::vec((0usize..31, 0usize..31), 1..4),
        ) {
            let buffer = Buffer::from_text(&text);
            let spans = ends.iter().map(|&(anchor, head)| Span::new(anchor, head)).collect();
            let selection = Selection::new(spans, 0).clamped(buffer.len_chars());
            let style = style(Language::Python);
            for edit in [
                insert_text(&buffer, &selection, "(", &style),
                newline(&buffer, &selection, &style),
                backspace(&buffer, &selection, &style),
                delete(&buffer, &selection),
                delete_word_left(&buffer, &selection),
                delete_word_right(&buffer, &selection),
                delete_lines(&buffer, &selection),
                tab(&buffer, &selection, &style),
                outdent(&buffer, &selection, &style),
                toggle_comment(&buffer, &selection, &style),
                move_lines_up(&buffer, &selection, &style),
                move_lines_down(&buffer, &selection, &style),
                duplicate_lines(&buffer, &selection, &style),
                join_lines(&buffer, &selection),
                paste(&buffer, &selection, "x\ny", true, &style),
            ] {
                let mut edited = buffer.clone();
                edited.apply(&edit.transaction).unwrap();
                prop_assert!(edit.selection.spans().iter().all(|span| span.end() <= edited.len_chars()));
            }
        }

        #[test]
        fn moving_lines_down_and_up_again_changes_nothing(text in "[ab\n]{0,20}", at in 0usize..21) {
            let mut buffer = Buffer::from_text(&text);
            let selection = Selection::caret(at.min(buffer.len_chars()));
            let style = style(Language::Rust);
            let down = move_lines_down(&buffer, &selection, &style);
            prop_assume!(!down.transaction.is_empty());
            buffer.apply(&down.transaction).unwrap();
            let up = move_lines_up(&buffer, &down.selection, &style);
            buffer.apply(&up.transaction).unwrap();
            prop_assert_eq!(buffer.rope().to_string(), text);
            prop_assert_eq!(up.selection, selection);
        }
    }
}
