//! What the window and the headless commands share of the AI: the request, the model to ask, the cleaning of the answer.

pub mod answer;
pub mod asked;
pub mod attempts;
pub mod behaviour;
pub mod cargo;
pub mod check;
pub mod checkers;
pub mod commit;
mod compare;
pub mod document;
pub mod examples;
mod fences;
pub mod git;
pub mod index;
pub mod interpreter;
mod line_ends;
mod lone_rust;
pub mod lost;
pub mod messages;
pub mod naming;
pub mod next_edit;
pub mod permission;
pub mod presets;
pub mod problems;
pub mod proof;
pub mod reference;
pub mod remarks;
pub mod repeated;
mod runner;
pub mod sandbox;
mod settle;
pub mod statistics;
pub mod task;
pub mod wish;
pub mod worker;

use std::ops::Range;

use editor_core::Language;
use editor_core::syntax::{Function, SyntaxTree};
use ipc::protocol::{CodeContext, Excerpt};
use ropey::Rope;

/// Most characters of the file before the selection that go into a prompt, from a whole line on. About 1,000 tokens: more
/// costs the user seconds before the first word on a machine without a GPU, and helps a small model little.
const BEFORE: usize = 3_000;
/// The same after the selection.
const AFTER: usize = 1_000;
/// Most signatures of called functions in a prompt.
const MAX_SIGNATURES: usize = 12;

/// A selection with what surrounds it, for a prompt.
pub fn code_context(
    rope: &Rope,
    range: Range<usize>,
    file_name: &str,
    language: Language,
    instruction: &str,
) -> CodeContext {
    CodeContext {
        file_name: file_name.to_owned(),
        language: language.name().to_owned(),
        before: before(rope, range.start),
        selection: rope.slice(range.clone()).to_string(),
        after: after(rope, range.end),
        instruction: instruction.to_owned(),
        ..CodeContext::default()
    }
}

/// What a prompt should say of the rest of the file: imports, and signatures of the functions that the selection calls, as far
/// as they stand outside of what [`code_context`] takes along. Empty in small files.
pub fn reference(tree: &SyntaxTree, rope: &Rope, range: &Range<usize>) -> String {
    let start = range.start - before(rope, range.start).chars().count();
    let end = range.end + after(rope, range.end).chars().count();
    let selection = rope.slice(range.clone()).to_string();
    let far = |place: &Range<usize>| place.end <= start || end <= place.start;
    let called = |name: &str| {
        let whole = |at: usize| !selection[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        selection
            .match_indices(name)
            .any(|(at, _)| whole(at) && selection[at + name.len()..].starts_with('('))
    };
    let mut lines = if start > 0 { tree.imports(rope) } else { Vec::new() };
    let functions = tree.functions(rope, &(0..rope.len_chars())).into_iter();
    let wanted = functions.filter(|function| far(&function.range) && called(&function.name));
    let head = |function: Function| {
        rope.slice(function.range.start..function.body).to_string().trim_end().to_owned()
    };
    lines.extend(wanted.take(MAX_SIGNATURES).map(head));
    lines.join("\n")
}

/// The lines of a file that a prompt about a range shows, counted from 1, and how many there are; `None` when it shows all.
pub fn seen_lines(rope: &Rope, range: &Range<usize>) -> Option<(usize, usize, usize)> {
    let start = range.start - before(rope, range.start).chars().count();
    let end = (range.end + after(rope, range.end).chars().count()).min(rope.len_chars());
    let all = rope.len_chars();
    let first = rope.char_to_line(start) + 1;
    let last = rope.char_to_line(end.saturating_sub(1).max(start)) + 1;
    let lines = rope.len_lines() - usize::from(rope.line(rope.len_lines() - 1).len_chars() == 0);
    (start > 0 || end < all).then_some((first, last, lines))
}

/// The same in a sentence without a full stop.
pub fn seen_words(rope: &Rope, range: &Range<usize>) -> Option<String> {
    let (first, last, lines) = seen_lines(rope, range)?;
    Some(format!("the model sees lines {first} to {last} of {lines}"))
}

/// The text before and after a caret that goes into a completion's prompt: at most 256 lines before and 64 after it
/// (llama.vscode's figures).
pub fn around(rope: &Rope, position: usize) -> (String, String) {
    const LINES_BEFORE: usize = 256;
    const LINES_AFTER: usize = 64;
    /// The beginning moves by this many lines at once, so that it stays where it is while lines are typed.
    const BLOCK: usize = 16;
    let line = rope.char_to_line(position);
    let start = rope.line_to_char(line.saturating_sub(LINES_BEFORE).next_multiple_of(BLOCK).min(line));
    let end = rope.line_to_char((line + 1 + LINES_AFTER).min(rope.len_lines()));
    (rope.slice(start..position).to_string(), rope.slice(position..end).to_string())
}

/// The lines around a caret in another file, for a completion's prompt.
pub fn excerpt(rope: &Rope, position: usize, file_name: String) -> Excerpt {
    const LINES: usize = 12;
    let line = rope.char_to_line(position);
    let start = rope.line_to_char(line.saturating_sub(LINES));
    let end = rope.line_to_char((line + LINES).min(rope.len_lines()));
    Excerpt { file_name, text: rope.slice(start..end).to_string() }
}

fn before(rope: &Rope, end: usize) -> String {
    let Some(far) = end.checked_sub(BEFORE) else { return rope.slice(..end).to_string() };
    let line = rope.char_to_line(far) + 1;
    let start = rope.line_to_char(line.min(rope.len_lines())).min(end);
    rope.slice(start..end).to_string()
}

fn after(rope: &Rope, start: usize) -> String {
    let far = start + AFTER;
    if far >= rope.len_chars() {
        return rope.slice(start..).to_string();
    }
    let end = rope.line_to_char(rope.char_to_line(far)).max(start);
    rope.slice(start..end).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_of_what_a_completion_sees_stays_while_lines_are_typed() {
        let text: String = (0..1000).map(|n| format!("line {n}\n")).collect();
        let rope = Rope::from_str(&text);
        let start = |line: usize| around(&rope, rope.line_to_char(line)).0.lines().next().map(str::to_owned);
        assert_eq!(start(500).as_deref(), Some("line 256"));
        assert_eq!(start(500), start(512));
        assert_eq!(start(513).as_deref(), Some("line 272"));
        let excerpt = excerpt(&rope, rope.line_to_char(3), "a.py".into());
        assert!(excerpt.text.starts_with("line 0\n") && excerpt.text.ends_with("line 14\n"), "{excerpt:?}");
    }

    #[test]
    fn surroundings_are_whole_lines_and_bounded() {
        let text: String = (0..1000).map(|n| format!("line {n}\n")).collect();
        let rope = Rope::from_str(&text);
        let range = rope.line_to_char(500)..rope.line_to_char(510);
        let code = code_context(&rope, range, "a.py", Language::Python, "x");
        assert!(code.before.len() <= BEFORE && code.after.len() <= AFTER);
        assert!(code.before.starts_with("line ") && code.before.ends_with("line 499\n"));
        assert!(code.after.starts_with("line 510\n") && code.after.ends_with('\n'));
        assert_eq!(code.selection.lines().count(), 10);
        let seen = seen_lines(&rope, &(rope.line_to_char(500)..rope.line_to_char(510)));
        let first: usize = code.before.lines().next().and_then(|line| line[5..].parse().ok()).unwrap();
        let last: usize = code.after.lines().last().and_then(|line| line[5..].parse().ok()).unwrap();
        assert_eq!(seen, Some((first + 1, last + 1, 1000)));
        assert_eq!(seen_lines(&Rope::from_str("a\nb\n"), &(0..1)), None);
    }

    #[test]
    fn signatures_of_called_functions_and_imports_come_from_afar() {
        let filler: String = (0..600).map(|n| format!("x{n} = {n}\n")).collect();
        let text = format!(
            "import os\n\ndef near(a):\n    return a\n\ndef other():\n    pass\n{filler}def g():\n    return near(os.sep)\n"
        );
        let rope = Rope::from_str(&text);
        let range = text.find("def g").unwrap()..text.len();
        let never = std::sync::atomic::AtomicBool::new(false);
        let tree =
            SyntaxTree::parse(Language::Python, &rope, editor_core::Revision(0), None, &never).unwrap();
        assert_eq!(reference(&tree, &rope, &range), "import os\ndef near(a):");
        assert_eq!(reference(&tree, &rope, &(0..text.len())), "", "nothing is far from all of it");
    }

    #[test]
    fn a_small_file_is_taken_whole() {
        let rope = Rope::from_str("a\nb\nc");
        let code = code_context(&rope, 2..4, "a", Language::Python, "");
        assert_eq!((code.before.as_str(), code.selection.as_str(), code.after.as_str()), ("a\n", "b\n", "c"));
    }
}
