//! What the window and the headless commands share of the AI: the request, the model to ask, the cleaning of the answer.

pub mod answer;
pub mod attempts;
pub mod check;
pub mod examples;
pub mod presets;
pub mod worker;

use std::ops::Range;

use editor_core::Language;
use ipc::protocol::CodeContext;
use ropey::Rope;

/// Most characters of the file before the selection that go into a prompt, from a whole line on. About 1,000 tokens: more
/// costs the user seconds before the first word on a machine without a GPU, and helps a small model little.
const BEFORE: usize = 3_000;
/// The same after the selection.
const AFTER: usize = 1_000;

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

/// The text before and after a caret that goes into a completion's prompt: at most 256 lines before and 64 after it
/// (llama.vscode's figures).
pub fn around(rope: &Rope, position: usize) -> (String, String) {
    const LINES_BEFORE: usize = 256;
    const LINES_AFTER: usize = 64;
    let line = rope.char_to_line(position);
    let start = rope.line_to_char(line.saturating_sub(LINES_BEFORE));
    let end = rope.line_to_char((line + 1 + LINES_AFTER).min(rope.len_lines()));
    (rope.slice(start..position).to_string(), rope.slice(position..end).to_string())
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
    fn surroundings_are_whole_lines_and_bounded() {
        let text: String = (0..1000).map(|n| format!("line {n}\n")).collect();
        let rope = Rope::from_str(&text);
        let range = rope.line_to_char(500)..rope.line_to_char(510);
        let code = code_context(&rope, range, "a.py", Language::Python, "x");
        assert!(code.before.len() <= BEFORE && code.after.len() <= AFTER);
        assert!(code.before.starts_with("line ") && code.before.ends_with("line 499\n"));
        assert!(code.after.starts_with("line 510\n") && code.after.ends_with('\n'));
        assert_eq!(code.selection.lines().count(), 10);
    }

    #[test]
    fn a_small_file_is_taken_whole() {
        let rope = Rope::from_str("a\nb\nc");
        let code = code_context(&rope, 2..4, "a", Language::Python, "");
        assert_eq!((code.before.as_str(), code.selection.as_str(), code.after.as_str()), ("a\n", "b\n", "c"));
    }
}
