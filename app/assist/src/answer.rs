//! The model's answer on its way to a replacement of the selection.
//!
//! A small model wraps code in fences, talks before and after it, thinks aloud, shifts the indentation, and leaves parts
//! out ("rest unchanged"). None of that may reach the file. The answer is cleaned while it streams: what arrived so far is
//! always a replacement as far as it goes, and cutting the stream elsewhere never changes the end result.

use std::borrow::Cow;

use editor_core::Indent;
use ipc::protocol::{Approach, CodeContext};

use super::document::Documentation;
use super::wish::Wish;
use super::{fences, line_ends};

/// An answer that is still arriving.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    selection: String,
    before: String,
    after: String,
    raw: String,
    /// Bytes of `raw` up to and with a word that the answer has to go on from.
    begun: usize,
    /// The answer is documentation, and this is where it goes.
    documentation: Option<Documentation>,
    /// What was asked for.
    wish: Wish,
}

/// What a complete answer is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerVerdict {
    /// It changes the selection.
    Changed,
    /// It gives the selection back as it was.
    Unchanged,
    /// There is nothing in it.
    Empty,
    /// It leaves code out and says so instead: accepting it would lose code.
    Elided,
    /// It changes what the quick choice promised to leave as it is.
    Refused,
}

impl AnswerVerdict {
    /// A sentence for people; `None` when there is nothing to say.
    pub fn message(self) -> Option<&'static str> {
        match self {
            AnswerVerdict::Changed => None,
            AnswerVerdict::Unchanged => Some("The model would leave this code as it is."),
            AnswerVerdict::Empty => {
                Some("The model gave an empty answer. Try another instruction or a larger model.")
            }
            AnswerVerdict::Refused => Some(
                "The model changed more than it was asked to, so its answer was not used. Try again, or select less.",
            ),
            AnswerVerdict::Elided => {
                Some("The model left part of the code out, so this answer cannot be used. Select less.")
            }
        }
    }
}

impl Answer {
    /// Nothing has arrived yet for what was asked.
    pub fn new(asked: &CodeContext) -> Answer {
        let word = |head: &String| if head.ends_with('\n') { 0 } else { head.len() };
        Answer {
            begun: if let Approach::Rewrite(head) = &asked.approach { word(head) } else { 0 },
            selection: asked.selection.clone(),
            before: asked.before.clone(),
            after: asked.after.clone(),
            // What is written anew continues from its head, which the model does not repeat.
            raw: match &asked.approach {
                Approach::Rewrite(head) => head.clone(),
                _ => String::new(),
            },
            documentation: None,
            wish: Wish::of(asked),
        }
    }

    /// Nothing has arrived yet of the documentation that goes into the lines `header`.
    pub fn documenting(documentation: Documentation, header: String) -> Answer {
        Answer { selection: header, documentation: Some(documentation), ..Answer::default() }
    }

    /// What was asked for.
    pub fn wish(&self) -> Wish {
        self.wish
    }

    /// More of the answer.
    pub fn push(&mut self, delta: &str) {
        self.raw.push_str(delta);
    }

    /// The replacement so far, without the blank lines that surround it.
    pub fn text(&self) -> String {
        if let Some(documentation) = &self.documentation {
            return documentation.compose(&self.raw);
        }
        let raw = without_thoughts(self.gone_on(), &self.selection);
        let code = fences::code_of(up_to_mark(&raw, &self.selection), &self.selection);
        let body = strip_blank_lines(self.without_echo(strip_blank_lines(code)));
        let leading = blank_lines_before(&self.selection);
        if body.is_empty() { String::new() } else { format!("{leading}{}", reindent(&self.selection, body)) }
    }

    /// What arrived; when it does not go on from the word it was begun with, only the lines above that.
    fn gone_on(&self) -> &str {
        let name = self.raw[self.begun..].strip_prefix(' ').and_then(|rest| rest.chars().next());
        if self.begun == 0 || name.is_some_and(|c| c.is_alphabetic() || c == '_') {
            return &self.raw;
        }
        &self.raw[..self.raw[..self.begun].rfind('\n').map_or(0, |line| line + 1)]
    }

    /// The whole replacement, with the blank lines around the selection kept as they were. The selection itself when the
    /// answer must not be used.
    pub fn finish(&self) -> String {
        match self.verdict() {
            AnswerVerdict::Changed => self.whole(),
            _ => self.selection.clone(),
        }
    }

    /// What the answer is worth, now that it is complete.
    pub fn verdict(&self) -> AnswerVerdict {
        let text = self.whole();
        if self.documentation.as_ref().is_some_and(|documentation| documentation.compose("") == text) {
            return AnswerVerdict::Empty;
        }
        if text.trim().is_empty() && !self.selection.trim().is_empty() {
            AnswerVerdict::Empty
        } else if elides(&text, &self.selection) {
            AnswerVerdict::Elided
        } else if same_lines(&text, &self.selection) {
            AnswerVerdict::Unchanged
        } else {
            AnswerVerdict::Changed
        }
    }

    /// The code without lines of the file around the selection that the model repeated before and after it. Lines that the
    /// selection begins or ends with itself stay.
    fn without_echo<'a>(&self, code: &'a str) -> &'a str {
        let first = visible_lines(&self.selection).next();
        let last = visible_lines(&self.selection).next_back();
        let code = &code[repeated(code, &self.before)..];
        let start = echo(code.split_inclusive('\n'), &self.before, first);
        let code = &code[start..];
        let end = echo(code.split_inclusive('\n').rev(), &self.after, last);
        &code[..code.len() - end]
    }

    fn whole(&self) -> String {
        line_ends::kept(&self.selection, self.text() + blank_end(&self.selection))
    }
}

/// Bytes at the start of `code` that repeat the end of `before`, two visible lines at least: the model wrote the file from
/// somewhere above on and came to the selection.
fn repeated(code: &str, before: &str) -> usize {
    let known: Vec<&str> = visible_lines(before).collect();
    let Some(first) = visible_lines(code).next() else { return 0 };
    let ends = known.iter().enumerate().filter(|(_, line)| **line == first).map(|(start, _)| &known[start..]);
    ends.filter(|end| end.len() > 1 && visible_lines(code).take(end.len()).eq(end.iter().copied()))
        .map(|end| length_of_visible(code, end.len()))
        .max()
        .unwrap_or(0)
}

/// Bytes of the first `count` visible lines and the blank ones between them.
fn length_of_visible(text: &str, count: usize) -> usize {
    let mut seen = 0;
    let lines = text.split_inclusive('\n').take_while(|line| {
        seen += usize::from(!line.trim().is_empty());
        seen <= count
    });
    lines.map(str::len).sum()
}

/// Bytes of the lines, up to the one that the selection has there, when all of them stand in `around`. Nothing when that
/// line does not come: then the model may well have written them.
fn echo<'a>(lines: impl Iterator<Item = &'a str>, around: &str, border: Option<&str>) -> usize {
    let Some(border) = border else { return 0 };
    let known: Vec<&str> = visible_lines(around).collect();
    let mut length = 0;
    for line in lines {
        let text = line.trim();
        if text == border {
            return length;
        }
        if !text.is_empty() && !known.contains(&text) {
            return 0;
        }
        length += line.len();
    }
    0
}

fn visible_lines(text: &str) -> impl DoubleEndedIterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}

/// Line by line the same, whatever the line endings and trailing blanks.
fn same_lines(a: &str, b: &str) -> bool {
    a.lines().map(str::trim_end).eq(b.lines().map(str::trim_end))
}

/// The answer without `<think>…</think>`, wherever it stands, and without a thought that still lasts; some models leave the
/// opening tag out. Tags that the selection has itself are code.
pub fn without_thoughts<'a>(raw: &'a str, selection: &str) -> Cow<'a, str> {
    const OPEN: &str = "<think>";
    const CLOSE: &str = "</think>";
    if selection.contains(OPEN) || selection.contains(CLOSE) {
        return Cow::Borrowed(raw);
    }
    let start = raw.trim_start();
    if !start.is_empty() && OPEN.starts_with(start) {
        // The tag may be arriving letter by letter.
        return Cow::Borrowed("");
    }
    if !raw.contains(OPEN) && !raw.contains(CLOSE) {
        return Cow::Borrowed(raw);
    }
    let mut said = String::new();
    let mut rest = raw;
    loop {
        match (rest.find(OPEN), rest.find(CLOSE)) {
            (Some(open), close) if close.is_none_or(|close| open < close) => {
                said += &rest[..open];
                rest = close.map_or("", |close| &rest[close + CLOSE.len()..]);
            }
            (_, Some(close)) => {
                said.clear();
                rest = &rest[close + CLOSE.len()..];
            }
            (_, None) => return Cow::Owned(said + rest),
        }
    }
}

/// What stands before a mark of a chat template (`<|im_end|>`) that was written as text, or before the beginning of one at the end.
/// Where the selection has such marks, they are code.
fn up_to_mark<'a>(raw: &'a str, selection: &str) -> &'a str {
    const OPEN: &str = "<|";
    const CLOSE: &str = "|>";
    if selection.contains(OPEN) {
        return raw;
    }
    let is_mark = |at: &usize| {
        let rest = raw[at + OPEN.len()..].trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
        CLOSE.starts_with(rest) || rest.starts_with(CLOSE)
    };
    raw.match_indices(OPEN).map(|(at, _)| at).find(is_mark).map_or(raw, |at| &raw[..at])
}

fn strip_blank_lines(text: &str) -> &str {
    let first =
        text.split_inclusive('\n').take_while(|line| line.trim().is_empty()).map(str::len).sum::<usize>();
    text[first..].trim_end()
}

fn blank_lines_before(selection: &str) -> &str {
    let length = selection
        .split_inclusive('\n')
        .take_while(|line| line.trim().is_empty())
        .map(str::len)
        .sum::<usize>();
    if length == selection.len() { "" } else { &selection[..length] }
}

/// What follows the last visible character of the selection.
fn blank_end(selection: &str) -> &str {
    &selection[selection.trim_end().len()..]
}

/// Gives `code` the selection's own indentation: the first lines are aligned, the others follow, and tabs or spaces are
/// used as the selection uses them.
fn reindent(selection: &str, code: &str) -> String {
    let wanted = indent_of_first(selection);
    let found = indent_of_first(code);
    let style = Style::of(selection, code);
    if wanted == found && style == Style::AsIs {
        return code.to_owned();
    }
    code.split_inclusive('\n').map(|line| shifted(line, found, wanted, style)).collect()
}

fn indent_of(line: &str) -> &str {
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

fn indent_of_first(text: &str) -> &str {
    text.lines().find(|line| !line.trim().is_empty()).map_or("", indent_of)
}

fn shifted(line: &str, found: &str, wanted: &str, style: Style) -> String {
    if line.trim().is_empty() {
        return line.trim_start_matches([' ', '\t']).to_owned();
    }
    let indent = indent_of(line);
    let rest = &line[indent.len()..];
    let deeper = indent.strip_prefix(found).unwrap_or("");
    format!("{wanted}{}{rest}", style.apply(deeper))
}

/// What becomes of indentation beyond the first line's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    AsIs,
    /// This many spaces become a tab.
    ToTabs(usize),
    /// A tab becomes this many spaces.
    ToSpaces(usize),
}

impl Style {
    fn of(selection: &str, code: &str) -> Style {
        let tabs = |text: &str| text.lines().any(|line| line.starts_with('\t'));
        let spaces = |text: &str| text.lines().any(|line| line.starts_with("  "));
        let (wants_tabs, wants_spaces) = (tabs(selection), spaces(selection));
        if wants_tabs && !wants_spaces && spaces(code) {
            Style::ToTabs(smallest_step(code).unwrap_or(4))
        } else if wants_spaces && !wants_tabs && tabs(code) {
            Style::ToSpaces(smallest_step(selection).unwrap_or(4))
        } else {
            Style::AsIs
        }
    }

    fn apply(self, indent: &str) -> String {
        match self {
            Style::AsIs => indent.to_owned(),
            Style::ToTabs(step) => {
                let columns: usize = indent.chars().map(|c| if c == '\t' { step } else { 1 }).sum();
                Indent::Tabs.reaching(columns, step)
            }
            Style::ToSpaces(step) => indent.replace('\t', &" ".repeat(step)),
        }
    }
}

/// The first change of indentation between consecutive lines that indent with spaces.
fn smallest_step(text: &str) -> Option<usize> {
    let widths: Vec<usize> = text
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with('\t'))
        .map(|line| indent_of(line).len())
        .collect();
    widths.windows(2).map(|w| w[0].abs_diff(w[1])).find(|step| *step >= 2)
}

/// True when the answer has a comment that stands for code left out, which the selection has not.
fn elides(answer: &str, selection: &str) -> bool {
    let own: Vec<&str> = selection.lines().map(str::trim).collect();
    answer.lines().map(str::trim).any(|line| is_elision(line) && !own.contains(&line))
}

fn is_elision(line: &str) -> bool {
    const MARKERS: [&str; 8] = ["{/*", "//", "#", "--", "/*", "<!--", ";", "%"];
    let Some(comment) = MARKERS.iter().find_map(|marker| line.strip_prefix(marker)) else { return false };
    let comment = comment.trim().to_lowercase();
    let dots = comment.contains("...") || comment.contains('…');
    /// With dots beside them.
    const WORDS: [&str; 14] = [
        "rest",
        "existing",
        "unchanged",
        "remaining",
        "same as",
        "as before",
        "previous",
        "omitted",
        "other code",
        "other methods",
        "other functions",
        "your code",
        "code here",
        "implementation",
    ];
    /// Without any.
    const PHRASES: [&str; 11] = [
        "rest of the code",
        "rest of the function",
        "rest of the class",
        "rest of the file",
        "rest of the method",
        "rest of the implementation",
        "rest of your code",
        "existing code",
        "remains unchanged",
        "remains the same",
        "omitted for brevity",
    ];
    let has = |words: &[&str]| words.iter().any(|word| comment.contains(word));
    let bare = comment.trim_end_matches(['*', '/', '}', '-', '>']).trim();
    (dots && has(&WORDS)) || has(&PHRASES) || bare == "..." || bare == "…"
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn asked(before: &str, selection: &str, after: &str) -> CodeContext {
        let text = str::to_owned;
        CodeContext {
            before: text(before),
            selection: text(selection),
            after: text(after),
            ..CodeContext::default()
        }
    }

    fn check(selection: &str, raw: &str, expected: &str) {
        check_in("", selection, "", raw, expected);
    }

    fn check_in(before: &str, selection: &str, after: &str, raw: &str, expected: &str) {
        let asked = asked(before, selection, after);
        let mut whole = Answer::new(&asked);
        whole.push(raw);
        assert_eq!(whole.finish(), expected);
        // However the stream is cut, the end is the same.
        let mut cut = Answer::new(&asked);
        for c in raw.chars() {
            cut.push(&c.to_string());
            cut.text();
        }
        assert_eq!(cut.finish(), expected);
    }

    #[test]
    fn plain_code_keeps_the_blank_lines_around_the_selection() {
        check("\na = 1\n\n", "a = 2", "\na = 2\n\n");
        check("a = 1", "a = 2\n\n\n", "a = 2");
    }

    #[test]
    fn fences_and_chatter_are_stripped_on_both_sides() {
        check("a = 1\n", "Here is the code:\n```python\na = 2\n```\nI changed it.", "a = 2\n");
        check("a = 1\n", "```\na = 2\n```", "a = 2\n");
        check("a = 1\n", "a = 2\n```\nSome words.", "a = 2\n");
    }

    #[test]
    fn fences_of_the_selection_itself_stay() {
        check("Text\n```sh\nls\n```\n", "Text!\n```sh\nls -l\n```\n", "Text!\n```sh\nls -l\n```\n");
    }

    #[test]
    fn lines_of_the_file_repeated_around_the_answer_are_dropped() {
        let (before, after) = ("import os\n\nimport re\n", "\ndef g():\n    pass\n");
        let selection = "def f():\n    return 1\n";
        check_in(
            before,
            selection,
            after,
            "import os\nimport re\n\ndef f():\n    return 2\n",
            "def f():\n    return 2\n",
        );
        check_in(
            before,
            selection,
            "",
            "import sys\n\ndef f():\n    return 2\n",
            "import sys\n\ndef f():\n    return 2\n",
        );
        let file = "import os\nimport re\n\n\ndef f():\n    return 2\n";
        check_in(before, "# old\ndef f():\n    return 1\n", after, file, "def f():\n    return 2\n");
        let answer = "def f():\n    x = 2\n    return 1\n\n\ndef g():\n    pass\n";
        check_in("", selection, after, answer, "def f():\n    x = 2\n    return 1\n");
    }

    #[test]
    fn thoughts_are_never_shown() {
        check("a = 1\n", "<think>\nlet me see\n```\nb\n```\n</think>\n```py\na = 2\n```\n", "a = 2\n");
        let mut answer = Answer::new(&asked("", "a", ""));
        answer.push("<thi");
        assert_eq!(answer.text(), "");
        answer.push("nk>secret");
        assert_eq!(answer.text(), "");
    }

    #[test]
    fn marks_of_the_template_end_an_answer_unless_the_selection_has_some() {
        for mark in ["<|im_end|>", "<|im_end|>\nuser", "<|im_en", "<|", "<|im_end|"] {
            check("a = 1\n", &format!("a = 2\n{mark}"), "a = 2\n");
        }
        check("a = 1\n", "a = x <| f\nb = 1", "a = x <| f\nb = 1\n");
        check("a = '<|end|>'\n", "b = '<|end|>'\n", "b = '<|end|>'\n");
    }

    #[test]
    fn indentation_follows_the_selection() {
        check(
            "        a = 1\n",
            "a = 2\nif a:\n    b()\n",
            "        a = 2\n        if a:\n            b()\n",
        );
        check("a = 1\n", "    a = 2\n    b = 3\n", "a = 2\nb = 3\n");
        check("\tif x {\n\t\ty()\n\t}\n", "if x {\n    z()\n}\n", "\tif x {\n\t\tz()\n\t}\n");
        check("    if x:\n        y\n", "if x:\n\tz\n", "    if x:\n        z\n");
    }

    /// Code, chatter, fences and thoughts, as models mix them.
    fn any_answer() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "```python\n",
            "```\n",
            "a = 2\n",
            "    b = 3\n",
            "\tc()\n",
            "Here is the code:\n",
            "<think>\n",
            "</think>\n",
            "\n",
            "# ... rest of the code\n",
            "def f():\n",
            "x = '漢'\n",
            "import os\n",
            "a = 1\n",
        ]);
        prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        /// Wherever the stream is cut, the end is the same; what is used has no fence and no thought in it, begins with the
        /// selection's own indentation and ends as the selection does.
        #[test]
        fn what_is_used_is_clean_wherever_the_stream_is_cut(
            raw in any_answer(), cuts in prop::collection::vec(0usize..200, 0..6), depth in 0usize..3,
        ) {
            let selection = format!("{}a = 1\n", "    ".repeat(depth));
            let asked = asked("import os\n", &selection, "");
            let mut whole = Answer::new(&asked);
            whole.push(&raw);
            let mut cuts: Vec<usize> = cuts.into_iter().filter(|cut| raw.is_char_boundary(*cut)).collect();
            cuts.extend([0, raw.len()]);
            cuts.sort_unstable();
            let mut streamed = Answer::new(&asked);
            for piece in cuts.windows(2) {
                streamed.push(&raw[piece[0]..piece[1]]);
                prop_assert!(!streamed.text().contains("```"));
            }
            prop_assert_eq!(streamed.finish(), whole.finish());
            let used = whole.finish();
            prop_assert!(!used.contains("```") && !used.contains("<think>"), "{used:?}");
            prop_assert!(used.ends_with('\n'), "{used:?}");
            let first = used.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
            prop_assert_eq!(indent_of(first).len(), 4 * depth, "{:?}", used);
        }
    }

    #[test]
    fn an_answer_that_leaves_code_out_is_refused() {
        let mut answer = Answer::new(&asked("", "def f():\n    pass\n\ndef g():\n    pass\n", ""));
        answer.push("def f():\n    return 1\n\n# ... rest of the code remains unchanged ...\n");
        assert_eq!(answer.verdict(), AnswerVerdict::Elided);
        assert_eq!(answer.finish(), "def f():\n    pass\n\ndef g():\n    pass\n");
    }

    #[test]
    fn comments_that_stand_for_code_are_known_and_others_are_left_alone() {
        let check = |line: &str, expected: bool| assert_eq!(is_elision(line), expected, "{line}");
        for line in [
            "// ... existing code ...",
            "# ... keep previous code ...",
            "/* ... */",
            "# …",
            "{/* ... rest of the list ... */}",
            "<!-- ... -->",
            "// rest of the code remains the same",
            "# Rest of the function",
            "-- (existing code)",
            "// ... other methods ...",
        ] {
            check(line, true);
        }
        for line in [
            "# The rest of the items go into the second list.",
            "// waits until... it is done",
            "x = \"...\"",
            "...",
            "# 1, 2, ...",
            "/* same order as the input */",
        ] {
            check(line, false);
        }
    }

    #[test]
    fn an_unchanged_and_an_empty_answer_are_told_apart() {
        let verdict = |raw: &str| {
            let mut answer = Answer::new(&asked("", "  a = 1\r\n  b = 2\r\n", ""));
            answer.push(raw);
            answer.verdict()
        };
        assert_eq!(verdict("a = 1\nb = 2\n"), AnswerVerdict::Unchanged);
        assert_eq!(verdict("```\n```"), AnswerVerdict::Empty);
        assert_eq!(verdict("a = 1\nb = 3"), AnswerVerdict::Changed);
    }
}
