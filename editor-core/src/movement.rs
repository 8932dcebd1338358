//! Where keys take the caret: pure functions of the rope and a span.

use std::ops::Range;

use ropey::Rope;
use unicode_segmentation::{GraphemeCursor, GraphemeIncomplete, UnicodeSegmentation};
use unicode_width::UnicodeWidthStr;

use crate::{
    buffer::{line_end, line_start},
    selection::{Selection, Span},
    subword,
    syntax::SyntaxTree,
};

/// So far a bracket is looked for, in chars.
const BRACKET_REACH: usize = 1_000_000;

/// A motion of the caret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motion {
    /// One grapheme cluster back.
    Left,
    /// One grapheme cluster on.
    Right,
    /// To the start of this word or of the one before.
    WordLeft,
    /// To the end of this word or of the next.
    WordRight,
    /// To the start of this part of a word or of the one before, as in `camelCase`.
    SubwordLeft,
    /// To the end of this part of a word or of the next.
    SubwordRight,
    /// To the first character that is no blank; from there to column 0.
    LineStart,
    /// To the end of the line.
    LineEnd,
    /// One line up, aiming at the remembered column.
    Up,
    /// One line down, aiming at the remembered column.
    Down,
    /// This many lines up.
    PageUp(usize),
    /// This many lines down.
    PageDown(usize),
    /// To the start of the text.
    DocumentStart,
    /// To the end of the text.
    DocumentEnd,
    /// To the bracket that belongs to the one at the caret.
    MatchingBracket,
}

/// Moves one span; `extend` keeps its anchor. `tab_width` is in columns.
#[must_use]
pub fn move_span(rope: &Rope, span: Span, motion: Motion, extend: bool, tab_width: usize) -> Span {
    let moved = match motion {
        Motion::Up => vertical(rope, span, -1, extend, tab_width),
        Motion::Down => vertical(rope, span, 1, extend, tab_width),
        Motion::PageUp(lines) => vertical(rope, span, -(lines as isize), extend, tab_width),
        Motion::PageDown(lines) => vertical(rope, span, lines as isize, extend, tab_width),
        Motion::Left if !extend && !span.is_empty() => Span::caret(span.start()),
        Motion::Right if !extend && !span.is_empty() => Span::caret(span.end()),
        _ => Span::caret(horizontal(rope, span.head, motion)),
    };
    if extend { Span { anchor: span.anchor, ..moved } } else { moved }
}

fn horizontal(rope: &Rope, head: usize, motion: Motion) -> usize {
    match motion {
        Motion::Left => grapheme_left(rope, head),
        Motion::Right => grapheme_right(rope, head),
        Motion::WordLeft => word_left(rope, head),
        Motion::WordRight => word_right(rope, head),
        Motion::SubwordLeft => subword::left(rope, head),
        Motion::SubwordRight => subword::right(rope, head),
        Motion::LineStart => smart_line_start(rope, head),
        Motion::LineEnd => line_end(rope, rope.char_to_line(head)),
        Motion::DocumentStart => 0,
        Motion::DocumentEnd => rope.len_chars(),
        Motion::MatchingBracket => matching_bracket(rope, head).unwrap_or(head),
        Motion::Up | Motion::Down | Motion::PageUp(_) | Motion::PageDown(_) => head,
    }
}

/// Moves by lines towards the goal column. Beyond the first or last line it goes to the end of the text.
fn vertical(rope: &Rope, span: Span, lines: isize, extend: bool, tab_width: usize) -> Span {
    let from = match extend {
        true => span.head,
        false if lines < 0 => span.start(),
        false => span.end(),
    };
    let goal = span.goal.unwrap_or_else(|| display_column(rope, from, tab_width));
    let last = rope.len_lines() - 1;
    let at = match rope.char_to_line(from).checked_add_signed(lines) {
        None => 0,
        Some(line) if line > last => rope.len_chars(),
        Some(line) => position_at_column(rope, line, goal, tab_width),
    };
    Span { goal: Some(goal), ..Span::caret(at) }
}

/// Moves every span.
#[must_use]
pub fn move_selection(
    rope: &Rope,
    selection: &Selection,
    motion: Motion,
    extend: bool,
    tab_width: usize,
) -> Selection {
    selection.map(|span| move_span(rope, span, motion, extend, tab_width))
}

/// Adds a caret in the line above the first span (`up`) or below the last.
#[must_use]
pub fn add_caret(rope: &Rope, selection: &Selection, up: bool, tab_width: usize) -> Selection {
    let edge = if up { selection.spans().first() } else { selection.spans().last() };
    let Some(&edge) = edge else { return selection.clone() };
    let line = rope.char_to_line(edge.head).checked_add_signed(if up { -1 } else { 1 });
    match line.filter(|&line| line < rope.len_lines()) {
        None => selection.clone(),
        Some(line) => {
            let goal = edge.goal.unwrap_or_else(|| display_column(rope, edge.head, tab_width));
            let at = position_at_column(rope, line, goal, tab_width);
            selection.with(Span { goal: Some(goal), ..Span::caret(at) })
        }
    }
}

/// The start of the grapheme cluster before a position.
#[must_use]
pub fn grapheme_left(rope: &Rope, position: usize) -> usize {
    let byte = rope.char_to_byte(position.min(rope.len_chars()));
    let mut cursor = GraphemeCursor::new(byte, rope.len_bytes(), true);
    let (mut chunk, mut start, _, _) = rope.chunk_at_byte(byte);
    loop {
        match cursor.prev_boundary(chunk, start) {
            Ok(found) => return rope.byte_to_char(found.unwrap_or(0)),
            Err(GraphemeIncomplete::PrevChunk) => (chunk, start, _, _) = rope.chunk_at_byte(start - 1),
            Err(GraphemeIncomplete::PreContext(end)) => give_context(rope, &mut cursor, end),
            Err(_) => return position.saturating_sub(1),
        }
    }
}

/// The end of the grapheme cluster behind a position.
#[must_use]
pub fn grapheme_right(rope: &Rope, position: usize) -> usize {
    let byte = rope.char_to_byte(position.min(rope.len_chars()));
    let mut cursor = GraphemeCursor::new(byte, rope.len_bytes(), true);
    let (mut chunk, mut start, _, _) = rope.chunk_at_byte(byte);
    loop {
        match cursor.next_boundary(chunk, start) {
            Ok(found) => return found.map_or(rope.len_chars(), |byte| rope.byte_to_char(byte)),
            Err(GraphemeIncomplete::NextChunk) => {
                (chunk, start, _, _) = rope.chunk_at_byte(start + chunk.len());
            }
            Err(GraphemeIncomplete::PreContext(end)) => give_context(rope, &mut cursor, end),
            Err(_) => return (position + 1).min(rope.len_chars()),
        }
    }
}

fn give_context(rope: &Rope, cursor: &mut GraphemeCursor, end: usize) {
    let (chunk, start, _, _) = rope.chunk_at_byte(end - 1);
    cursor.provide_context(&chunk[..end - start], start);
}

/// Columns of a grapheme cluster that starts at a column. What has no width is drawn as a mark one column wide.
#[must_use]
pub fn cluster_width(cluster: &str, column: usize, tab_width: usize) -> usize {
    match cluster {
        "\t" => tab_width.max(1) - column % tab_width.max(1),
        _ => cluster.width().clamp(1, 2),
    }
}

/// Column of a position as drawn: tabs expanded, wide characters counting two.
#[must_use]
pub fn display_column(rope: &Rope, position: usize, tab_width: usize) -> usize {
    let start = line_start(rope, rope.char_to_line(position));
    let text = rope.slice(start..position).to_string();
    text.graphemes(true).fold(0, |column, cluster| column + cluster_width(cluster, column, tab_width))
}

/// The position in a line that is drawn at a column or nearest to it.
#[must_use]
pub fn position_at_column(rope: &Rope, line: usize, column: usize, tab_width: usize) -> usize {
    let start = line_start(rope, line);
    let text = rope.slice(start..line_end(rope, line)).to_string();
    let (mut at, mut reached) = (start, 0);
    for cluster in text.graphemes(true) {
        let width = cluster_width(cluster, reached, tab_width);
        if column < reached + width.div_ceil(2) {
            break;
        }
        reached += width;
        at += cluster.chars().count();
    }
    at
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Blank,
    Word,
    Punctuation,
}

fn class(c: char) -> Class {
    match c {
        '_' => Class::Word,
        _ if c.is_whitespace() => Class::Blank,
        _ if c.is_ascii_punctuation() => Class::Punctuation,
        _ => Class::Word,
    }
}

fn char_class(rope: &Rope, position: usize) -> Option<Class> {
    rope.get_char(position).map(class)
}

/// Goes left over chars of one class, no further than `floor`.
fn skip_left(rope: &Rope, position: usize, floor: usize, over: Class) -> usize {
    let chars = rope.chars_at(position).reversed().take(position - floor);
    position - chars.take_while(|&c| class(c) == over).count()
}

/// Goes right over chars of one class, no further than `ceiling`.
fn skip_right(rope: &Rope, position: usize, ceiling: usize, over: Class) -> usize {
    let chars = rope.chars_at(position).take(ceiling - position);
    position + chars.take_while(|&c| class(c) == over).count()
}

/// The start of the word left of a position. As in VS Code it crosses one line break, and a single punctuation mark
/// before a word goes with it (`a.|b` goes to `|a.b`).
#[must_use]
pub fn word_left(rope: &Rope, position: usize) -> usize {
    let mut line = rope.char_to_line(position);
    let mut at = position;
    if at == line_start(rope, line) && line > 0 {
        line -= 1;
        at = line_end(rope, line);
    }
    let floor = line_start(rope, line);
    let at = skip_left(rope, at.min(line_end(rope, line)), floor, Class::Blank);
    if at == floor {
        return floor;
    }
    let kind = class(rope.char(at - 1));
    let start = skip_left(rope, at, floor, kind);
    let lone_mark =
        kind == Class::Punctuation && at - start == 1 && char_class(rope, at) == Some(Class::Word);
    match lone_mark && start > floor {
        true if class(rope.char(start - 1)) == Class::Word => skip_left(rope, start, floor, Class::Word),
        _ => start,
    }
}

/// The end of the word right of a position, the mirror of [`word_left`].
#[must_use]
pub fn word_right(rope: &Rope, position: usize) -> usize {
    let mut line = rope.char_to_line(position);
    let mut at = position;
    if at >= line_end(rope, line) && line + 1 < rope.len_lines() {
        line += 1;
        at = line_start(rope, line);
    }
    let ceiling = line_end(rope, line).max(at);
    let at = skip_right(rope, at, ceiling, Class::Blank);
    if at == ceiling {
        return ceiling;
    }
    let kind = class(rope.char(at));
    let end = skip_right(rope, at, ceiling, kind);
    let lone_mark = kind == Class::Punctuation && end - at == 1;
    match lone_mark && end < ceiling {
        true if class(rope.char(end)) == Class::Word => skip_right(rope, end, ceiling, Class::Word),
        _ => end,
    }
}

/// The first position of a line that is no blank, or its end.
#[must_use]
pub fn first_non_blank(rope: &Rope, line: usize) -> usize {
    skip_right(rope, line_start(rope, line), line_end(rope, line), Class::Blank)
}

fn smart_line_start(rope: &Rope, head: usize) -> usize {
    let line = rope.char_to_line(head);
    let text = first_non_blank(rope, line);
    if head == text { line_start(rope, line) } else { text }
}

/// The word, the run of blanks or the run of punctuation around a position. At a word's end it is that word.
#[must_use]
pub fn word_at(rope: &Rope, position: usize) -> Range<usize> {
    let line = rope.char_to_line(position);
    let (floor, ceiling) = (line_start(rope, line), line_end(rope, line));
    let position = position.min(ceiling);
    let before = (position > floor).then(|| class(rope.char(position - 1)));
    let behind = (position < ceiling).then(|| class(rope.char(position)));
    let kind = match (before, behind) {
        (Some(Class::Word), _) => Class::Word,
        (Some(Class::Punctuation), Some(Class::Blank)) => Class::Punctuation,
        (_, Some(kind)) | (Some(kind), None) => kind,
        (None, None) => return position..position,
    };
    skip_left(rope, position, floor, kind)..skip_right(rope, position, ceiling, kind)
}

/// The line of a position, with its ending.
#[must_use]
pub fn line_at(rope: &Rope, position: usize) -> Range<usize> {
    let line = rope.char_to_line(position);
    line_start(rope, line)..line_start(rope, line + 1)
}

const BRACKETS: [(char, char); 3] = [('(', ')'), ('[', ']'), ('{', '}')];

/// The bracket that belongs to the one behind the position, or to the one before it. Strings and comments are not
/// looked into: brackets there count like any other.
#[must_use]
pub fn matching_bracket(rope: &Rope, position: usize) -> Option<usize> {
    partner(rope, position).or_else(|| partner(rope, position.checked_sub(1)?))
}

fn partner(rope: &Rope, at: usize) -> Option<usize> {
    let bracket = rope.get_char(at)?;
    let &(open, close) = BRACKETS.iter().find(|pair| pair.0 == bracket || pair.1 == bracket)?;
    if bracket == open {
        let steps = balance(rope.chars_at(at).take(BRACKET_REACH), open, close)?;
        Some(at + steps)
    } else {
        let steps = balance(rope.chars_at(at + 1).reversed().take(BRACKET_REACH), close, open)?;
        Some(at - steps)
    }
}

/// How many chars on the depth comes back to zero.
fn balance(chars: impl Iterator<Item = char>, deeper: char, shallower: char) -> Option<usize> {
    let mut depth = 0usize;
    for (steps, c) in chars.enumerate() {
        if c == deeper {
            depth += 1;
        } else if c == shallower {
            depth -= 1;
            if depth == 0 {
                return Some(steps);
            }
        }
    }
    None
}

/// The next greater piece of syntax around a span; without a tree the word, the line, then everything.
#[must_use]
pub fn expand(rope: &Rope, span: Span, tree: Option<&SyntaxTree>) -> Span {
    let range = span.range();
    let is_greater = |found: &Range<usize>| {
        found.start <= range.start && range.end <= found.end && found.len() > range.len()
    };
    let word = word_at(rope, span.head);
    if is_greater(&word) && class(rope.char(word.start)) == Class::Word {
        return Span::new(word.start, word.end);
    }
    let found = tree
        .and_then(|tree| tree.enclosing_node(rope, &range))
        .or_else(|| Some(line_at(rope, span.start())).filter(is_greater))
        .unwrap_or(0..rope.len_chars());
    Span::new(found.start, found.end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::selection_notation;
    use proptest::prelude::*;

    fn check(before: &str, motion: Motion, after: &str) {
        check_all(before, motion, false, after);
    }

    fn check_all(before: &str, motion: Motion, extend: bool, after: &str) {
        let (text, selection) = selection_notation::parse(before);
        let moved = move_selection(&Rope::from_str(&text), &selection, motion, extend, 4);
        assert_eq!(selection_notation::draw(&text, &moved), after, "{motion:?} in {before:?}");
    }

    #[test]
    fn left_and_right_go_by_grapheme_clusters() {
        check("ab|c", Motion::Left, "a|bc");
        check("|", Motion::Left, "|");
        check("a|", Motion::Right, "a|");
        check("e\u{301}|x", Motion::Left, "|e\u{301}x");
        check("|👩‍👩‍👧x", Motion::Right, "👩‍👩‍👧|x");
        check("🇩🇪|🇫🇷", Motion::Left, "|🇩🇪🇫🇷");
        check("a|\r\nb", Motion::Right, "a\r\n|b");
        check("a⟦bc|⟧d", Motion::Left, "a|bcd");
        check("a⟦bc|⟧d", Motion::Right, "abc|d");
        check_all("a|bc", Motion::Right, true, "a⟦b|⟧c");
    }

    #[test]
    fn words_are_those_of_vs_code() {
        check("foo bar|", Motion::WordLeft, "foo |bar");
        check("foo   |bar", Motion::WordLeft, "|foo   bar");
        check("foo.bar|", Motion::WordLeft, "foo.|bar");
        check("foo.|bar", Motion::WordLeft, "|foo.bar");
        check("a\n  |b", Motion::WordLeft, "a\n|  b");
        check("foo\n|b", Motion::WordLeft, "|foo\nb");
        check("|foo bar", Motion::WordRight, "foo| bar");
        check("foo| bar", Motion::WordRight, "foo bar|");
        check("foo|.bar", Motion::WordRight, "foo.bar|");
        check("foo| -> bar", Motion::WordRight, "foo ->| bar");
        check("foo|\r\n  b", Motion::WordRight, "foo\r\n  b|");
        check("größe|", Motion::WordLeft, "|größe");
    }

    #[test]
    fn home_goes_to_the_text_and_then_to_the_edge() {
        check("  fo|o", Motion::LineStart, "  |foo");
        check("  |foo", Motion::LineStart, "|  foo");
        check("|  foo", Motion::LineStart, "  |foo");
        check("fo|o\r\nx", Motion::LineEnd, "foo|\r\nx");
    }

    #[test]
    fn vertical_motion_remembers_its_column() {
        let (text, selection) = selection_notation::parse("abcde|f\nab\nabcdef");
        let rope = Rope::from_str(&text);
        let once = move_selection(&rope, &selection, Motion::Down, false, 4);
        assert_eq!(selection_notation::draw(&text, &once), "abcdef\nab|\nabcdef");
        let twice = move_selection(&rope, &once, Motion::Down, false, 4);
        assert_eq!(selection_notation::draw(&text, &twice), "abcdef\nab\nabcde|f");
        let sideways = move_selection(&rope, &once, Motion::Left, false, 4);
        assert_eq!(sideways.primary().goal, None);
    }

    #[test]
    fn vertical_motion_counts_columns_as_drawn() {
        check("漢字|x\nabcdef", Motion::Down, "漢字x\nabcd|ef");
        check("abcd|ef\n\tx", Motion::Down, "abcdef\n\t|x");
        check("a\t|b\nabcdef", Motion::Down, "a\tb\nabcd|ef");
        check("ab|c", Motion::Up, "|abc");
        check("ab|c", Motion::Down, "abc|");
        check("1\n2\n3\n|4", Motion::PageUp(2), "1\n|2\n3\n4");
        check("|1\n2\n3", Motion::PageDown(9), "1\n2\n3|");
    }

    #[test]
    fn brackets_find_their_partner() {
        check("|(a(b)c)", Motion::MatchingBracket, "(a(b)c|)");
        check("(a(b)c)|", Motion::MatchingBracket, "|(a(b)c)");
        check("|(a", Motion::MatchingBracket, "|(a");
        check("a|b", Motion::MatchingBracket, "a|b");
    }

    #[test]
    fn every_caret_moves_and_those_that_meet_become_one() {
        check("a|b|c", Motion::LineStart, "|abc");
        check("a|\nb|", Motion::Left, "|a\n|b");
    }

    #[test]
    fn selections_grow_from_word_to_line_to_all() {
        let (text, selection) = selection_notation::parse("one two\nth|ree four");
        let rope = Rope::from_str(&text);
        let word = expand(&rope, selection.primary(), None);
        assert_eq!(rope.slice(word.range()), "three");
        let line = expand(&rope, word, None);
        assert_eq!(rope.slice(line.range()), "three four");
        assert_eq!(expand(&rope, line, None).range(), 0..rope.len_chars());
    }

    #[test]
    fn carets_are_added_above_and_below() {
        let (text, selection) = selection_notation::parse("abc\na|b\nabc");
        let rope = Rope::from_str(&text);
        let both = add_caret(&rope, &add_caret(&rope, &selection, true, 4), false, 4);
        assert_eq!(selection_notation::draw(&text, &both), "a|bc\na|b\na|bc");
    }

    proptest! {
        #[test]
        fn clusters_agree_with_the_string(text in "[a-c\r\n\u{301}\u{200d}👩🇩🇪漢]{0,40}") {
            let rope = Rope::from_str(&text);
            let mut at = 0;
            for cluster in text.graphemes(true) {
                let next = at + cluster.chars().count();
                prop_assert_eq!(grapheme_right(&rope, at), next);
                prop_assert_eq!(grapheme_left(&rope, next), at);
                at = next;
            }
        }

        #[test]
        fn no_motion_leaves_the_text(text in "[a. ({\t\r\n漢\u{301}]{0,30}", at in 0usize..31, extend: bool) {
            let rope = Rope::from_str(&text);
            let span = Span::caret(at.min(rope.len_chars()));
            for motion in [
                Motion::Left, Motion::Right, Motion::WordLeft, Motion::WordRight, Motion::LineStart,
                Motion::LineEnd, Motion::Up, Motion::Down, Motion::PageUp(3), Motion::PageDown(3),
                Motion::MatchingBracket,
            ] {
                let moved = move_span(&rope, span, motion, extend, 4);
                prop_assert!(moved.head <= rope.len_chars() && moved.anchor <= rope.len_chars());
            }
        }
    }
}
