//! Texts with the selection drawn in, for tests: `|` is a caret, `⟦foo|⟧` and `⟦|foo⟧` are selections. And edits of them.

use crate::buffer::{Buffer, LineEnding};
use crate::edit::{Edit, Style};
use crate::language::Language;
use crate::selection::{Selection, Span};

/// The text without its marks, and the selection they draw.
pub fn parse(marked: &str) -> (String, Selection) {
    let (mut text, mut spans) = (String::new(), Vec::new());
    let (mut open, mut caret, mut length) = (None, None, 0);
    for c in marked.chars() {
        match c {
            '⟦' => open = Some(length),
            '|' if open.is_some() => caret = Some(length),
            '|' => spans.push(Span::caret(length)),
            '⟧' => spans.push(close(&mut open, &mut caret, length)),
            _ => {
                text.push(c);
                length += 1;
            }
        }
    }
    assert!(!spans.is_empty(), "no caret in {marked:?}");
    (text, Selection::new(spans, 0))
}

fn close(open: &mut Option<usize>, caret: &mut Option<usize>, end: usize) -> Span {
    let start = open.take().expect("a bracket that opens");
    let head = caret.take().expect("a caret inside the brackets");
    if head == start { Span::new(end, start) } else { Span::new(start, end) }
}

/// The text with its selection drawn in.
pub fn draw(text: &str, selection: &Selection) -> String {
    let mut marks = Vec::new();
    for span in selection.spans() {
        if span.is_empty() {
            marks.push((span.head, "|"));
        } else if span.head < span.anchor {
            marks.extend([(span.head, "⟦|"), (span.anchor, "⟧")]);
        } else {
            marks.extend([(span.anchor, "⟦"), (span.head, "|⟧")]);
        }
    }
    let mut drawn = String::new();
    for (at, c) in text.chars().map(Some).chain([None]).enumerate() {
        marks.iter().filter(|mark| mark.0 == at).for_each(|mark| drawn.push_str(mark.1));
        drawn.extend(c);
    }
    drawn
}

/// What an edit makes of a marked text, marked.
pub fn edited(marked: &str, edit: impl Fn(&Buffer, &Selection) -> Edit) -> String {
    let (text, selection) = parse(marked);
    let mut buffer = Buffer::from_text(&text);
    let edit = edit(&buffer, &selection);
    buffer.apply(&edit.transaction).unwrap();
    draw(&buffer.rope().to_string(), &edit.selection)
}

/// What is usual in texts of a language.
pub fn style(language: Language) -> Style {
    Style { language, indent: language.indent(), tab_width: 4, line_ending: LineEnding::Lf, auto_close: true }
}
