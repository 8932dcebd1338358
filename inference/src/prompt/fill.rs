//! Completions: what stands around the caret, between the model's own fill-in-the-middle tokens.
//!
//! Layout, as Qwen2.5-Coder and others were trained (repository level, then file level):
//! `<repo> <file>other…<file>name <prefix>before<suffix>after<middle>`. Token budgets keep the first answer soon; what is
//! over budget goes farthest from the caret first. The beginning of `before` is cut in blocks of lines, so that it stays
//! where it is while the user types and what was computed can be used again.

use ipc::protocol::{Failure, FailureKind, FillContext, PromptReport};

use super::fit::line_borders;
use super::{Rendered, Slot, Tokenizer, count};
use crate::{
    llama::{FillMarks, Token},
    text::StopText,
};

/// Most tokens before the caret.
const BEFORE: usize = 768;
/// Most tokens after the caret.
const AFTER: usize = 256;
/// Most tokens of other files.
const OTHERS: usize = 384;
/// Most tokens of a completion, when the request does not say (as llama.vscode).
const ANSWER: u32 = 128;
/// Lines that are cut from the beginning of `before` at once.
const BLOCK: usize = 16;
/// A following line with fewer characters is no reason to stop: brackets are repeated for good reasons.
const TELLING: usize = 4;

/// Renders a completion for a context of `context` tokens.
pub(super) fn render(
    caret: &FillContext,
    tokenizer: &dyn Tokenizer,
    context: usize,
    max_tokens: Option<u32>,
) -> Result<Rendered, Failure> {
    let Some(marks) = tokenizer.fill_marks() else {
        let text = "This model was not trained to complete text at the caret. Choose a completion model, for example \
                    Qwen2.5-Coder.";
        return Err(Failure::new(FailureKind::Unsupported, text));
    };
    let most = max_tokens.unwrap_or(ANSWER);
    let room = context.saturating_sub(most as usize);
    let before = keep_end(&caret.before, BEFORE.min(room / 2), tokenizer);
    let after = keep_start(&caret.after, AFTER.min(room / 4), tokenizer);
    let likely: Vec<Token> = before.tokens.iter().chain(&after.tokens).copied().collect();
    let mut tokens: Vec<Token> = tokenizer.start().into_iter().collect();
    tokens.extend(others(caret, marks, OTHERS.min(room / 8), tokenizer));
    tokens.push(marks.prefix);
    tokens.extend(before.tokens);
    tokens.push(marks.suffix);
    tokens.extend(after.tokens);
    tokens.push(marks.middle);
    let report = PromptReport {
        tokens: count(tokens.len()),
        cached: 0,
        trimmed_before: before.cut,
        trimmed_after: after.cut,
        trimmed_reference: 0,
        room: count(context.saturating_sub(tokens.len())),
    };
    let (slot, stops) = (Slot::Completion, stops(&caret.before, &caret.after));
    Ok(Rendered { tokens, answered: 0, slot, likely, follows: false, stops, most, report })
}

/// The excerpts that fit, the most helpful ones last, and the name of the file itself.
fn others(
    caret: &FillContext,
    marks: FillMarks,
    budget: usize,
    tokenizer: &dyn Tokenizer,
) -> impl Iterator<Item = Token> {
    let mut files: Vec<Vec<Token>> = Vec::new();
    if let (Some(repository), Some(file)) = (marks.repository, marks.file) {
        let mut left = budget;
        for excerpt in caret.others.iter().rev() {
            let text = format!("{}\n{}\n", excerpt.file_name, excerpt.text.trim_end());
            let tokens = tokenizer.tokenize(&text, false);
            if tokens.len() + 1 > left {
                break;
            }
            left -= tokens.len() + 1;
            files.push(std::iter::once(file).chain(tokens).collect());
        }
        if !files.is_empty() {
            let own = tokenizer.tokenize(&format!("{}\n", caret.file_name), false);
            files.push(std::iter::once(repository).chain(tokenizer.tokenize("project\n", false)).collect());
            files.rotate_right(1);
            files[1..].reverse();
            files.push(std::iter::once(file).chain(own).collect());
        }
    }
    files.into_iter().flatten()
}

/// A text that was cut to its budget.
struct Kept {
    tokens: Vec<Token>,
    /// Bytes that were cut.
    cut: u64,
}

/// The end of a text: from the first block of lines that fits, else the first line, else its last tokens.
fn keep_end(text: &str, budget: usize, tokenizer: &dyn Tokenizer) -> Kept {
    let borders = line_borders(text);
    let blocks: Vec<usize> = borders.iter().copied().step_by(BLOCK).collect();
    let first_fit = |candidates: &[usize]| {
        let fits = |from: &usize| tokenizer.tokenize(&text[*from..], false).len() <= budget;
        let at = candidates.partition_point(|from| !fits(from));
        candidates.get(at).copied().filter(|from| *from < text.len())
    };
    if let Some(from) = first_fit(&blocks).or_else(|| first_fit(&borders)) {
        return Kept { tokens: tokenizer.tokenize(&text[from..], false), cut: from as u64 };
    }
    let last_line = text.rfind('\n').map_or(0, |at| at + 1);
    let tokens = tokenizer.tokenize(&text[last_line..], false);
    let kept = tokens[tokens.len().saturating_sub(budget)..].to_vec();
    Kept { tokens: kept, cut: last_line as u64 }
}

/// The start of a text: as many whole lines as fit, else its first tokens.
fn keep_start(text: &str, budget: usize, tokenizer: &dyn Tokenizer) -> Kept {
    let borders = line_borders(text);
    let fits = |to: &usize| tokenizer.tokenize(&text[..*to], false).len() <= budget;
    let end = borders[..borders.partition_point(fits)].last().copied().unwrap_or(0);
    let mut tokens = tokenizer.tokenize(&text[..end], false);
    if end == 0 {
        let line = text.find('\n').unwrap_or(text.len());
        tokens = tokenizer.tokenize(&text[..line], false);
        tokens.truncate(budget);
    }
    Kept { tokens, cut: (text.len() - end) as u64 }
}

/// A completion must not go on where the file already does: it ends at the next line of the file, and at a gap. At the
/// beginning of a line that is not empty, this is the next line, and what is written there needs its line break.
fn stops(before: &str, after: &str) -> Vec<StopText> {
    let mut lines = after.split_inclusive('\n').map(str::trim_end);
    let own = lines.next().filter(|_| before.is_empty() || before.ends_with('\n'));
    let next = lines.find(|line| !line.is_empty());
    let at = |line: Option<&str>, kept| {
        let telling = line.filter(|line| line.trim().len() >= TELLING);
        telling.map(|line| StopText { text: format!("\n{line}\n"), kept })
    };
    at(own, 1).into_iter().chain(at(next, 0)).chain([StopText::from("\n\n\n".to_owned())]).collect()
}

#[cfg(test)]
mod tests {
    use ipc::protocol::{ChatMessage, Excerpt};
    use proptest::prelude::*;

    use super::*;

    /// One token a byte.
    struct Bytes {
        marks: Option<FillMarks>,
    }

    const MARKS: FillMarks =
        FillMarks { prefix: 1001, suffix: 1002, middle: 1003, repository: Some(1004), file: Some(1005) };

    impl Tokenizer for Bytes {
        fn tokenize(&self, text: &str, _: bool) -> Vec<Token> {
            text.bytes().map(Token::from).collect()
        }

        fn start(&self) -> Option<Token> {
            None
        }

        fn chat(&self, _: &[ChatMessage]) -> Result<String, Failure> {
            Ok(String::new())
        }

        fn fill_marks(&self) -> Option<FillMarks> {
            self.marks
        }
    }

    const MODEL: Bytes = Bytes { marks: Some(MARKS) };

    fn caret(before: &str, after: &str) -> FillContext {
        FillContext {
            file_name: "a.py".into(),
            before: before.into(),
            after: after.into(),
            others: Vec::new(),
        }
    }

    fn show(rendered: &Rendered) -> String {
        let name = |token: &Token| match token {
            1001 => "<P>".into(),
            1002 => "<S>".into(),
            1003 => "<M>".into(),
            1004 => "<R>".into(),
            1005 => "<F>".into(),
            byte => char::from(u8::try_from(*byte).unwrap()).to_string(),
        };
        rendered.tokens.iter().map(name).collect()
    }

    fn numbered(lines: std::ops::Range<usize>) -> String {
        lines.map(|n| format!("line {n:03}\n")).collect()
    }

    #[test]
    fn the_caret_stands_between_the_models_own_marks() {
        let rendered = render(&caret("def f(", "):\n    pass\n"), &MODEL, 4096, None).unwrap();
        assert_eq!(show(&rendered), "<P>def f(<S>):\n    pass\n<M>");
        assert_eq!(rendered.stops, ["\n    pass\n", "\n\n\n"].map(|text| StopText::from(text.to_owned())));
    }

    #[test]
    fn before_a_line_that_is_there_a_completion_ends_with_its_line_break() {
        let rendered = render(&caret("def f(x):\n", "    return x\n\nf(1)\n"), &MODEL, 4096, None).unwrap();
        assert_eq!(rendered.stops[0], StopText { text: "\n    return x\n".to_owned(), kept: 1 });
        assert_eq!(rendered.stops[1], StopText::from("\nf(1)\n".to_owned()));
    }

    #[test]
    fn other_files_come_first_and_the_most_helpful_next_to_the_caret() {
        let excerpt = |n: &str| Excerpt { file_name: format!("{n}.py"), text: format!("{n} = 1\n") };
        let context = FillContext { others: vec![excerpt("b"), excerpt("c")], ..caret("x", "") };
        let rendered = render(&context, &MODEL, 4096, None).unwrap();
        assert_eq!(show(&rendered), "<R>project\n<F>b.py\nb = 1\n<F>c.py\nc = 1\n<F>a.py\n<P>x<S><M>");
        let long = Excerpt { file_name: "long.py".into(), text: "x".repeat(5000) };
        let context = FillContext { others: vec![long, excerpt("c")], ..caret("x", "") };
        let rendered = render(&context, &MODEL, 4096, None).unwrap();
        assert_eq!(show(&rendered), "<R>project\n<F>c.py\nc = 1\n<F>a.py\n<P>x<S><M>");
    }

    #[test]
    fn a_model_without_such_tokens_says_so() {
        let failure = render(&caret("x", ""), &Bytes { marks: None }, 4096, None).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Unsupported);
    }

    #[test]
    fn typing_on_does_not_move_where_the_prompt_begins() {
        let before = numbered(0..300);
        let start =
            |typed: &str| show(&render(&caret(&(before.clone() + typed), ""), &MODEL, 4096, None).unwrap());
        let first = start("");
        let beginning = &first[..200];
        assert!(beginning.starts_with("<P>line "), "{beginning}");
        for typed in ["x", "x = 1", "x = 1\ny = 2\n"] {
            assert!(start(typed).starts_with(beginning), "after {typed:?}");
        }
    }

    proptest! {
        #[test]
        fn it_always_fits_and_keeps_what_is_next_to_the_caret(
            before in "[ab\n]{0,3000}", after in "[cd\n]{0,2000}", context in 256usize..4096,
        ) {
            let rendered = render(&caret(&before, &after), &MODEL, context, Some(32)).unwrap();
            prop_assert!(rendered.tokens.len() + 32 <= context);
            let shown = show(&rendered);
            let (kept_before, rest) = shown.strip_prefix("<P>").unwrap().split_once("<S>").unwrap();
            let kept_after = rest.strip_suffix("<M>").unwrap();
            prop_assert!(before.ends_with(kept_before) && after.starts_with(kept_after));
            prop_assert!(before.is_empty() || before.ends_with('\n') || !kept_before.is_empty());
        }
    }
}
