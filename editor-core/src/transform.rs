//! What commands make of selected text beyond typing: other cases, sorted lines, other indentation, swapped characters.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use crate::{
    buffer::Buffer,
    edit::{Edit, Style, touched_lines},
    language::Language,
    lexer, movement,
    selection::{Selection, Span},
    token::TokenKind,
    transaction::{Change, Transaction},
};

/// How words can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LetterCase {
    /// `SOME WORDS`.
    Upper,
    /// `some words`.
    Lower,
    /// `Some Words`.
    Title,
    /// `some_words`.
    Snake,
    /// `someWords`.
    Camel,
    /// `SomeWords`.
    Pascal,
    /// `some-words`.
    Kebab,
}

/// Changes of stretches in order, each with what is selected of its new text: `None`, and the selection moves along with it.
fn edit(buffer: &Buffer, selection: &Selection, changes: Vec<Change>) -> Edit {
    let transaction = Transaction::new(buffer, changes);
    debug_assert!(transaction.is_ok(), "{transaction:?}");
    let transaction = transaction.unwrap_or_else(|_| Transaction::nothing(buffer));
    let selection = transaction.map_selection(selection);
    Edit { transaction, selection }
}

/// Writes what is selected, or the words at the carets, in another case.
#[must_use]
pub fn change_case(buffer: &Buffer, selection: &Selection, case: LetterCase) -> Edit {
    let (mut changes, mut spans): (Vec<Change>, Vec<Span>) = (Vec::new(), Vec::new());
    let mut grown = 0isize;
    for span in selection.spans() {
        let range = if span.is_empty() { movement::word_at(buffer.rope(), span.head) } else { span.range() };
        if changes.last().is_some_and(|last| range.start < last.range.end) {
            continue;
        }
        let text = in_case(&buffer.slice(range.clone()), case);
        let (start, length) = (range.start.wrapping_add_signed(grown), text.chars().count());
        let kept = |at: usize| start + (at - range.start).min(length);
        spans.push(match span.is_empty() {
            true => Span::caret(kept(span.head)),
            false if span.head < span.anchor => Span::new(start + length, start),
            false => Span::new(start, start + length),
        });
        grown += length as isize - range.len() as isize;
        changes.push(Change::new(range, text));
    }
    let transaction = Transaction::new(buffer, changes).unwrap_or_else(|_| Transaction::nothing(buffer));
    Edit { transaction, selection: Selection::new(spans, selection.primary_index()) }
}

fn in_case(text: &str, case: LetterCase) -> String {
    match case {
        LetterCase::Upper => text.to_uppercase(),
        LetterCase::Lower => text.to_lowercase(),
        LetterCase::Title => text.split_word_bounds().map(capitalized).collect(),
        LetterCase::Snake => identifiers(text, |words| words.join("_").to_lowercase()),
        LetterCase::Kebab => identifiers(text, |words| words.join("-").to_lowercase()),
        LetterCase::Pascal => identifiers(text, |words| words.iter().map(|word| capitalized(word)).collect()),
        LetterCase::Camel => identifiers(text, |words| {
            let rest = words.iter().skip(1).map(|word| capitalized(word));
            words.first().map(|word| word.to_lowercase()).into_iter().chain(rest).collect()
        }),
    }
}

fn capitalized(word: &str) -> String {
    let mut chars = word.chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    first + &chars.as_str().to_lowercase()
}

/// Writes each identifier anew from its words, and leaves everything between them as it is.
fn identifiers(text: &str, write: impl Fn(&[String]) -> String) -> String {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    let (mut written, mut rest) = (String::new(), text);
    while !rest.is_empty() {
        let between = rest.find(is_part).unwrap_or(rest.len());
        written.push_str(&rest[..between]);
        rest = &rest[between..];
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let words = words_of(&rest[..end]);
        written.push_str(&if words.is_empty() { rest[..end].to_owned() } else { write(&words) });
        rest = &rest[end..];
    }
    written
}

/// The words of an identifier: between underscores and hyphens, and where capitals begin.
fn words_of(identifier: &str) -> Vec<String> {
    let chars: Vec<char> = identifier.chars().collect();
    let mut words: Vec<String> = vec![String::new()];
    for (index, &c) in chars.iter().enumerate() {
        if matches!(c, '_' | '-') {
            words.push(String::new());
            continue;
        }
        let before = index.checked_sub(1).map(|before| chars[before]);
        let begins = c.is_uppercase()
            && (before.is_some_and(|before| !before.is_uppercase())
                || chars.get(index + 1).is_some_and(|next| next.is_lowercase()));
        if begins {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(c);
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Sorts the selected lines; all of them where no two are selected. Case counts only between lines that are the same otherwise.
#[must_use]
pub fn sort_lines(buffer: &Buffer, selection: &Selection, descending: bool) -> Edit {
    let mut blocks = touched_lines(buffer, selection);
    blocks.retain(|lines| lines.len() > 1);
    let all = blocks.is_empty();
    if all {
        let last = buffer.len_lines() - 1;
        let is_open = buffer.line_start(last) == buffer.line_end(last);
        blocks.push(0..if is_open { last } else { last + 1 });
    }
    let sorted = |lines: &Range<usize>| {
        let content = |line: usize| buffer.slice(buffer.line_start(line)..buffer.line_end(line));
        let mut texts: Vec<String> = lines.clone().map(content).collect();
        texts.sort_by_cached_key(|text| (text.to_lowercase(), text.clone()));
        if descending {
            texts.reverse();
        }
        // Each line keeps its place's line ending, so that the last one stays without if it was.
        let ending = |line: usize| buffer.slice(buffer.line_end(line)..buffer.line_start(line + 1));
        let end = buffer.line_end(lines.end.saturating_sub(1).max(lines.start));
        let mut text = String::new();
        for (line, own) in lines.clone().zip(&texts) {
            text.push_str(own);
            if line + 1 < lines.end {
                text.push_str(&ending(line));
            }
        }
        (buffer.line_start(lines.start)..end, text)
    };
    let changes: Vec<(Range<usize>, String)> =
        blocks.iter().filter(|lines| lines.len() > 1).map(sorted).collect();
    // Sorting changes no lengths: what was selected stays so.
    let selection = selection.clone();
    let changes = changes.into_iter().filter(|(range, text)| buffer.slice(range.clone()) != *text);
    let changes = changes.map(|(range, text)| Change::new(range, text)).collect();
    Edit { selection, ..edit(buffer, &Selection::caret(0), changes) }
}

/// Swaps the characters around each caret, at the end of a line the last two, and moves behind them.
#[must_use]
pub fn transpose(buffer: &Buffer, selection: &Selection) -> Edit {
    let rope = buffer.rope();
    let (mut changes, mut spans): (Vec<Change>, Vec<Span>) = (Vec::new(), Vec::new());
    for span in selection.spans() {
        let line = buffer.line_of(span.head);
        let (start, end) = (buffer.line_start(line), buffer.line_end(line));
        let middle = if span.head == end { movement::grapheme_left(rope, span.head) } else { span.head };
        let floor = changes.last().map_or(start, |last| last.range.end.max(start));
        if !span.is_empty() || middle <= floor || middle >= end {
            spans.push(*span);
            continue;
        }
        let range = movement::grapheme_left(rope, middle)..movement::grapheme_right(rope, middle);
        let swapped = buffer.slice(middle..range.end) + &buffer.slice(range.start..middle);
        spans.push(Span::caret(range.end));
        changes.push(Change::new(range, swapped));
    }
    let transaction = Transaction::new(buffer, changes).unwrap_or_else(|_| Transaction::nothing(buffer));
    Edit { transaction, selection: Selection::new(spans, selection.primary_index()) }
}

/// Deletes the blanks at the ends of all lines.
#[must_use]
pub fn trim_trailing_blanks(buffer: &Buffer, selection: &Selection) -> Edit {
    let changes = (0..buffer.len_lines()).filter_map(|line| {
        let (start, end) = (buffer.line_start(line), buffer.line_end(line));
        let before = buffer.rope().chars_at(end).reversed().take(end - start);
        let blanks = before.take_while(|c| matches!(c, ' ' | '\t')).count();
        (blanks > 0).then(|| Change::delete(end - blanks..end))
    });
    edit(buffer, selection, changes.collect())
}

/// Deletes each span, or from its caret to where `target` says.
fn delete_to(buffer: &Buffer, selection: &Selection, target: impl Fn(usize) -> usize) -> Edit {
    let mut changes: Vec<Change> = Vec::new();
    for span in selection.spans() {
        let range =
            if span.is_empty() { Span::new(span.head, target(span.head)).range() } else { span.range() };
        let start = changes.last().map_or(range.start, |last| last.range.end.max(range.start));
        changes.push(Change::delete(start..range.end.max(start)));
    }
    edit(buffer, selection, changes)
}

/// Deletes what is selected, or to the start of the line; at its start the line break.
#[must_use]
pub fn delete_to_line_start(buffer: &Buffer, selection: &Selection) -> Edit {
    delete_to(buffer, selection, |at| match buffer.line_start(buffer.line_of(at)) {
        start if start == at => movement::grapheme_left(buffer.rope(), at),
        start => start,
    })
}

/// Deletes what is selected, or to the end of the line; at its end the line break.
#[must_use]
pub fn delete_to_line_end(buffer: &Buffer, selection: &Selection) -> Edit {
    delete_to(buffer, selection, |at| match buffer.line_end(buffer.line_of(at)) {
        end if end <= at => movement::grapheme_right(buffer.rope(), at),
        end => end,
    })
}

/// Deletes what is selected, or to the start of the part of a word.
#[must_use]
pub fn delete_subword_left(buffer: &Buffer, selection: &Selection) -> Edit {
    delete_to(buffer, selection, |at| crate::subword::left(buffer.rope(), at))
}

/// Deletes what is selected, or to the end of the part of a word.
#[must_use]
pub fn delete_subword_right(buffer: &Buffer, selection: &Selection) -> Edit {
    delete_to(buffer, selection, |at| crate::subword::right(buffer.rope(), at))
}

/// Indents the selected lines, or all, by the brackets around them. Where indentation means something itself, as in Python, only its
/// characters are made those of the text.
#[must_use]
pub fn reindent(buffer: &Buffer, selection: &Selection, style: &Style) -> Edit {
    let blocks = match selection.is_empty() {
        true => std::iter::once(0..buffer.len_lines()).collect(),
        false => touched_lines(buffer, selection),
    };
    let changes = blocks.iter().flat_map(|lines| match by_brackets(style.language) {
        true => indented_by_brackets(buffer, lines, style),
        false => indented_anew(buffer, lines, style),
    });
    edit(buffer, selection, changes.collect())
}

fn by_brackets(language: Language) -> bool {
    use Language as L;
    !matches!(
        language,
        L::Python
            | L::Yaml
            | L::Makefile
            | L::Markdown
            | L::PlainText
            | L::Ruby
            | L::Lua
            | L::Bash
            | L::Sql
            | L::Html
            | L::Dockerfile
    )
}

fn blanks_of(buffer: &Buffer, line: usize) -> Range<usize> {
    buffer.line_start(line)..movement::first_non_blank(buffer.rope(), line)
}

fn columns(buffer: &Buffer, line: usize, tab_width: usize) -> usize {
    movement::display_column(buffer.rope(), blanks_of(buffer, line).end, tab_width)
}

/// The blanks that reach to a column.
fn blanks(column: usize, style: &Style) -> String {
    style.indent.reaching(column, style.tab_width)
}

fn indented(buffer: &Buffer, line: usize, wanted: &str) -> Option<Change> {
    let range = blanks_of(buffer, line);
    (buffer.slice(range.clone()) != wanted).then(|| Change::new(range, wanted))
}

fn indented_anew(buffer: &Buffer, lines: &Range<usize>, style: &Style) -> Vec<Change> {
    let anew = |line| indented(buffer, line, &blanks(columns(buffer, line, style.tab_width), style));
    lines.clone().filter_map(anew).collect()
}

/// Brackets that a line opens, and those that it begins by closing. Strings and comments do not count.
fn balance(text: &str, language: Language) -> (isize, isize) {
    let tokens = lexer::line(language, text);
    let is_silent = |at: usize| {
        tokens.iter().any(|(range, token)| {
            range.contains(&at) && matches!(token, TokenKind::String | TokenKind::Comment)
        })
    };
    let (mut depth, mut closed, mut begins) = (0, 0, true);
    for (at, c) in text.chars().enumerate() {
        match c {
            '(' | '[' | '{' if !is_silent(at) => depth += 1,
            ')' | ']' | '}' if !is_silent(at) => {
                depth -= 1;
                closed += isize::from(begins);
                continue;
            }
            _ => {}
        }
        begins &= c.is_whitespace();
    }
    (depth, closed)
}

fn indented_by_brackets(buffer: &Buffer, lines: &Range<usize>, style: &Style) -> Vec<Change> {
    let step = style.indent.width(style.tab_width).max(1);
    let text = |line: usize| buffer.slice(buffer.line_start(line)..buffer.line_end(line));
    let is_blank = |line: usize| text(line).trim().is_empty();
    // The line above says where the first one stands.
    let above = (0..lines.start).rev().find(|line| !is_blank(*line));
    let mut depth = above.map_or(0, |line| {
        let (opened, closed) = balance(&text(line), style.language);
        (columns(buffer, line, style.tab_width) / step) as isize + (opened + closed).clamp(0, 1)
    });
    let (mut changes, mut several): (Vec<Change>, Vec<isize>) = (Vec::new(), Vec::new());
    for line in lines.clone() {
        let own = text(line);
        if own.trim().is_empty() {
            changes.extend(indented(buffer, line, ""));
            continue;
        }
        let (opened, closed) = balance(&own, style.language);
        // Brackets that open in one line are one step, however many they are.
        for _ in 0..closed {
            depth -= several.pop().unwrap_or(1);
        }
        depth = depth.max(0);
        changes.extend(indented(buffer, line, &blanks(depth as usize * step, style)));
        let rest = opened + closed;
        for number in 0..rest {
            several.push(isize::from(number == 0));
        }
        for _ in rest..0 {
            depth -= several.pop().unwrap_or(1);
        }
        depth = (depth + isize::from(rest > 0)).max(0);
    }
    changes
}

/// A text of several lines, ready to be pasted behind blanks: its lines stand to each other as they did, and the first one where the
/// caret is. `None` where the caret is not behind blanks alone, or nothing would change.
#[must_use]
pub fn pasted_at(buffer: &Buffer, caret: usize, text: &str, style: &Style) -> Option<String> {
    let start = buffer.line_start(buffer.line_of(caret));
    let own = buffer.slice(start..caret);
    if own.is_empty() || !own.chars().all(|c| matches!(c, ' ' | '\t')) || !text.contains('\n') {
        return None;
    }
    let width = |line: &str| {
        let reach = |column: usize, c: char| {
            if c == '\t' { column + style.tab_width - column % style.tab_width } else { column + 1 }
        };
        line.chars().take_while(|c| matches!(c, ' ' | '\t')).fold(0, reach)
    };
    let lines: Vec<&str> = text.split('\n').collect();
    let is_blank = |line: &str| line.trim().is_empty();
    let least = |lines: &[&str]| lines.iter().filter(|line| !is_blank(line)).map(|line| width(line)).min();
    // Copied from the middle of a line, the first one has lost its blanks: the least of the others tells what they were.
    let base = if width(lines[0]) > 0 { least(&lines) } else { least(&lines[1..]) }?;
    let target = width(&own);
    let mut written = lines[0].trim_start_matches([' ', '\t']).to_owned();
    if width(lines[0]) > base {
        written.insert_str(0, &" ".repeat(width(lines[0]) - base));
    }
    for line in &lines[1..] {
        written.push('\n');
        if is_blank(line) {
            written.push_str(if line.ends_with('\r') { "\r" } else { "" });
        } else {
            written.push_str(&blanks(target + width(line) - base, style));
            written.push_str(line.trim_start_matches([' ', '\t']));
        }
    }
    (written != text).then_some(written)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::selection_notation::{self, edited, style};
    use proptest::prelude::*;

    fn check(before: &str, edit: impl Fn(&Buffer, &Selection) -> Edit, after: &str) {
        assert_eq!(edited(before, edit), after, "of {before:?}");
    }

    #[test]
    fn words_change_their_case() {
        let case = |case| move |b: &Buffer, s: &Selection| change_case(b, s, case);
        check("ab gr|öße", case(LetterCase::Upper), "ab GR|ÖSSE");
        check("⟦Ab C|⟧d", case(LetterCase::Lower), "⟦ab c|⟧d");
        check("⟦|ab cD⟧", case(LetterCase::Title), "⟦|Ab Cd⟧");
        check("⟦fooBar HTTPServer2 x-y|⟧", case(LetterCase::Snake), "⟦foo_bar http_server2 x_y|⟧");
        check("⟦foo_bar, some-thing|⟧", case(LetterCase::Camel), "⟦fooBar, someThing|⟧");
        check("foo_b|ar", case(LetterCase::Pascal), "FooBa|r");
        check("⟦fooBar|⟧ ⟦aB|⟧", case(LetterCase::Kebab), "⟦foo-bar|⟧ ⟦a-b|⟧");
        check("⟦__|⟧", case(LetterCase::Camel), "⟦__|⟧");
    }

    #[test]
    fn lines_are_sorted_and_keep_the_last_line_as_it_is() {
        let up = |b: &Buffer, s: &Selection| sort_lines(b, s, false);
        let down = |b: &Buffer, s: &Selection| sort_lines(b, s, true);
        check("⟦c\nB\na|⟧", up, "⟦a\nB\nc|⟧");
        check("⟦c\nb\n|⟧a\n", up, "⟦b\nc\n|⟧a\n");
        check("x\n⟦a\r\nb|⟧\r\n", down, "x\n⟦b\r\na|⟧\r\n");
        check("b|\na\n", up, "a|\nb\n");
        check("|", up, "|");
    }

    #[test]
    fn characters_are_swapped() {
        check("a|b", transpose, "ba|");
        check("ab|", transpose, "ba|");
        check("|ab", transpose, "|ab");
        check("e\u{301}|x", transpose, "xe\u{301}|");
        check("a|\nb", transpose, "a|\nb");
        check("ab|c\nd|e", transpose, "acb|\ned|");
    }

    #[test]
    fn blanks_at_ends_go() {
        check("a  \nb|\t\n  \nc", trim_trailing_blanks, "a\nb|\n\nc");
    }

    #[test]
    fn deleting_goes_to_the_ends_of_lines_and_parts_of_words() {
        check("ab\ncd|e", delete_to_line_start, "ab\n|e");
        check("ab\n|cd", delete_to_line_start, "ab|cd");
        check("a|bc\r\nd", delete_to_line_end, "a|\r\nd");
        check("a|\r\nd", delete_to_line_end, "a|d");
        check("fooBar|", delete_subword_left, "foo|");
        check("|fooBar", delete_subword_right, "|Bar");
        check("a⟦b|⟧c", delete_to_line_end, "a|c");
    }

    #[test]
    fn lines_are_indented_by_their_brackets() {
        let rust = |b: &Buffer, s: &Selection| reindent(b, s, &style(Language::Rust));
        check(
            "fn f() {\nif a {\n        b(\"{\");\n  } // {\n\n      }|\n",
            rust,
            "fn f() {\n    if a {\n        b(\"{\");\n    } // {\n\n}|\n",
        );
        check("f(|a, {\nb\n})\nc", rust, "f(|a, {\n    b\n})\nc");
        check(
            "fn f() {\n⟦a\n  b|⟧\n}",
            rust,
            "fn f() {\n⟦    a\n    b|⟧\n}".replace("⟦    a", "    ⟦a").as_str(),
        );
        let python = |b: &Buffer, s: &Selection| reindent(b, s, &style(Language::Python));
        check("if a:\n\tb|\n", python, "if a:\n    b|\n");
    }

    #[test]
    fn what_is_pasted_is_indented_as_the_line_it_comes_into() {
        let check = |before: &str, text: &str, expected: Option<&str>| {
            let (own, selection) = selection_notation::parse(before);
            let buffer = Buffer::from_text(&own);
            let found = pasted_at(&buffer, selection.primary().head, text, &style(Language::Rust));
            assert_eq!(found.as_deref(), expected, "{text:?} at {before:?}");
        };
        check("    |", "if a {\n            b\n        }\n", Some("if a {\n        b\n    }\n"));
        check("        |", "  if a {\n    b\n  }", Some("if a {\n          b\n        }"));
        check("|", "if a {\n            b\n        }", None);
        check("a |", "b\n  c", None);
        check("    |", "b", None);
        check("    |", "a\r\n\r\n  b", Some("a\r\n\r\n    b"));
        check("    |", "a\n    b", None);
    }

    proptest! {
        /// No command produces changes that do not fit the text, and the selection stays inside it.
        #[test]
        fn every_edit_fits(
            text in "[aB_({}\"' \t\r\n漢ß]{0,30}",
            ends in prop::collection::vec((0usize..31, 0usize..31), 1..4),
        ) {
            let buffer = Buffer::from_text(&text);
            let spans = ends.iter().map(|&(anchor, head)| Span::new(anchor, head)).collect();
            let selection = Selection::new(spans, 0).clamped(buffer.len_chars());
            let style = style(Language::Rust);
            for edit in [
                change_case(&buffer, &selection, LetterCase::Upper),
                change_case(&buffer, &selection, LetterCase::Camel),
                sort_lines(&buffer, &selection, true),
                transpose(&buffer, &selection),
                trim_trailing_blanks(&buffer, &selection),
                delete_to_line_start(&buffer, &selection),
                delete_to_line_end(&buffer, &selection),
                delete_subword_left(&buffer, &selection),
                reindent(&buffer, &selection, &style),
            ] {
                let mut edited = buffer.clone();
                edited.apply(&edit.transaction).unwrap();
                prop_assert!(edit.selection.spans().iter().all(|span| span.end() <= edited.len_chars()));
            }
        }

        /// Sorting loses and invents no line, and reindenting changes nothing but blanks.
        #[test]
        fn lines_stay_what_they_are(text in "([abC{} ]|\n|\r\n){0,40}") {
            let mut sorted = Buffer::from_text(&text);
            sorted.apply(&sort_lines(&sorted, &Selection::caret(0), false).transaction).unwrap();
            let lines = |text: &str| {
                let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
                lines.sort();
                lines
            };
            let without_ends = |text: &str| text.replace("\r\n", "\n");
            prop_assert_eq!(
                lines(&without_ends(&sorted.rope().to_string())), lines(&without_ends(&text))
            );
            let mut indented = Buffer::from_text(&text);
            let style = style(Language::Rust);
            indented.apply(&reindent(&indented, &Selection::caret(0), &style).transaction).unwrap();
            let once = indented.rope().to_string();
            let bare = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(bare(&once), bare(&text));
            indented.apply(&reindent(&indented, &Selection::caret(0), &style).transaction).unwrap();
            prop_assert_eq!(indented.rope().to_string(), once);
        }
    }
}
