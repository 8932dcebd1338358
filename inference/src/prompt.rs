//! From what is asked to the tokens the model sees.
//!
//! What changes least comes first (rules, file, selection), what changes with each request comes last (instruction), so that
//! the KV cache of a common beginning is reused. Markup of the model's chat template is tokenised as markup, everything a
//! user wrote as plain text: source code that contains `<|im_end|>` ends nothing. What does not fit is cut only around the
//! selection, at whole lines, and reported; a selection that does not fit is refused. Completions are in `fill`.

mod fill;
mod fit;
mod layout;
mod next_edit;

use ipc::protocol::{ChatMessage, Failure, FailureKind, Prompt, PromptReport};

use self::layout::PromptLayout;
use crate::{
    llama::{FillMarks, Token},
    text::StopText,
};

/// What the renderer asks of a model.
pub trait Tokenizer {
    /// Tokens of a text; with `markup`, special tokens written in it become those tokens.
    fn tokenize(&self, text: &str, markup: bool) -> Vec<Token>;
    /// The token that starts a text, when the model wants one.
    fn start(&self) -> Option<Token>;
    /// The conversation in the model's own template, ending where its turn begins.
    ///
    /// # Errors
    /// A failure for the user.
    fn chat(&self, messages: &[ChatMessage]) -> Result<String, Failure>;
    /// The model's fill-in-the-middle tokens, when it was trained with such.
    fn fill_marks(&self) -> Option<FillMarks>;
}

/// Prompts of one kind share their beginnings, so each kind keeps its own sequence in the KV cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// Edits.
    Edit,
    /// Explanations, conversations, raw text.
    Talk,
    /// Completions. Only here may computed tokens be moved to other positions: an approximation that nobody sees in a few
    /// tokens, and that an edit must not inherit.
    Completion,
}

impl Slot {
    /// How many there are.
    pub const COUNT: usize = 3;
}

/// A prompt in tokens.
#[derive(Clone, Debug, PartialEq)]
pub struct Rendered {
    /// What the model sees.
    pub tokens: Vec<Token>,
    /// Of these, how many at the end are the answer's own, given before.
    pub answered: usize,
    /// Which sequence it belongs to.
    pub slot: Slot,
    /// Texts the answer is likely to repeat.
    pub likely: Vec<Token>,
    /// The answer is expected to follow `likely` from its first token on: the selection of an edit.
    pub follows: bool,
    /// Texts that end the answer.
    pub stops: Vec<StopText>,
    /// Most tokens of an answer that makes sense, when the request does not say: a small model may repeat itself for ever.
    pub most: u32,
    /// What became of the prompt; `cached` is not known yet.
    pub report: PromptReport,
}

impl Rendered {
    /// Adds what was answered before, so that the answer continues after it.
    ///
    /// # Errors
    /// [`FailureKind::PromptTooLong`] when it leaves no room in a context of `context` tokens.
    pub fn resume(&mut self, answered: &[Token], context: u32) -> Result<(), Failure> {
        let needed = self.tokens.len() + answered.len() + 1;
        if needed > context as usize {
            return Err(too_long(needed, context as usize));
        }
        self.tokens.extend_from_slice(answered);
        self.answered = answered.len();
        self.most = self.most.saturating_sub(count(answered.len())).max(1);
        self.report.tokens = count(self.tokens.len());
        self.report.room = context - self.report.tokens;
        Ok(())
    }
}

/// Renders a prompt for a context of `context` tokens.
///
/// # Errors
/// [`FailureKind::PromptTooLong`] with the numbers when what must not be cut does not fit.
pub fn render(
    prompt: &Prompt,
    tokenizer: &dyn Tokenizer,
    context: u32,
    max_tokens: Option<u32>,
) -> Result<Rendered, Failure> {
    let layout = match prompt {
        Prompt::Raw(text) => PromptLayout::raw(text),
        Prompt::Chat(messages) => PromptLayout::chat(messages, tokenizer)?,
        Prompt::Edit(code) => PromptLayout::edit(code, tokenizer)?,
        Prompt::Explain(code) => PromptLayout::explain(code, tokenizer)?,
        Prompt::NextEdit(edit) => next_edit::layout(edit)?,
        Prompt::Fill(caret) => return fill::render(caret, tokenizer, context as usize, max_tokens),
    };
    layout.fit(tokenizer, context as usize, max_tokens)
}

fn too_long(needed: usize, context: usize) -> Failure {
    let text = format!(
        "The request needs {needed} tokens and the model's context has {context}. Select less, or choose a profile with a larger context."
    );
    Failure::new(FailureKind::PromptTooLong, text)
}

fn count(tokens: usize) -> u32 {
    u32::try_from(tokens).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use ipc::protocol::{Approach, CodeContext};
    use proptest::prelude::*;

    use super::layout::{TO_CHANGE, with_newline};
    use super::*;

    /// One token a byte; markup becomes one token for each `<|…|>`.
    struct Bytes;

    impl Tokenizer for Bytes {
        fn tokenize(&self, text: &str, markup: bool) -> Vec<Token> {
            let text = if markup { text.replace("<|end|>", "\u{3}") } else { text.to_owned() };
            text.bytes().map(Token::from).collect()
        }

        fn start(&self) -> Option<Token> {
            Some(1)
        }

        fn chat(&self, messages: &[ChatMessage]) -> Result<String, Failure> {
            let turn = |m: &ChatMessage| format!("<{:?}>{}<|end|>", m.role, m.text);
            Ok(messages.iter().map(turn).collect::<String>() + "<Assistant>")
        }

        fn fill_marks(&self) -> Option<FillMarks> {
            Some(FillMarks { prefix: 1001, suffix: 1002, middle: 1003, repository: None, file: None })
        }
    }

    fn code(before: &str, selection: &str, after: &str) -> CodeContext {
        CodeContext {
            file_name: "a.py".into(),
            language: "Python".into(),
            before: before.into(),
            selection: selection.into(),
            after: after.into(),
            instruction: "Fix it.".into(),
            ..CodeContext::default()
        }
    }

    fn text(rendered: &Rendered) -> String {
        let bytes: Vec<u8> = rendered.tokens.iter().skip(1).map(|t| u8::try_from(*t).unwrap()).collect();
        String::from_utf8(bytes).unwrap()
    }

    /// The end of a prompt for the selection `x = 1`.
    const ASKED: &str = concat!(
        "```python\nx = 1\n```\n\n",
        "Answer with this code only, from its first line on: x = 1\n\nFix it.",
        "\u{3}<Assistant>```python\n"
    );

    #[test]
    fn documentation_is_begun_inside_of_its_quotes_and_ends_with_them() {
        let (begin, end) = ("def f(x):\n    Q", "Q");
        let code = CodeContext {
            language: "Python".into(),
            selection: "def f(x):\n    return x".into(),
            approach: Approach::Document { begin: begin.into(), end: end.into() },
            ..CodeContext::default()
        };
        let rendered = render(&Prompt::Edit(code), &Bytes, 8192, None).unwrap();
        let text = String::from_utf8(rendered.tokens.iter().map(|token| *token as u8).collect()).unwrap();
        assert!(text.contains("The code to document:\n```python\ndef f(x):\n    return x\n```\n"), "{text}");
        assert!(text.ends_with(&format!("```python\n{begin}")), "{text}");
        assert_eq!(rendered.stops, ["Q", "\n```"].map(|text| StopText::from(text.to_owned())));
        assert!(rendered.likely.is_empty() && !rendered.follows);
    }

    #[test]
    fn an_edit_puts_what_changes_last_and_begins_the_answer_inside_the_fence() {
        let rendered = render(&Prompt::Edit(code("import os\n", "x = 1", "")), &Bytes, 4096, None).unwrap();
        let text = text(&rendered);
        assert!(text.ends_with(ASKED), "{text}");
        assert!(text.contains("```python\nimport os\n```"), "{text}");
        assert!(!text.contains("stands after it"), "{text}");
        assert_eq!(rendered.stops, [StopText::from("\n```".to_owned())]);
        assert_eq!(rendered.likely, Bytes.tokenize("x = 1\nimport os\n", false));
    }

    #[test]
    fn what_comes_before_the_instruction_is_the_same_for_every_instruction() {
        let ask = |instruction: &str| {
            let code = CodeContext { instruction: instruction.into(), ..code("import os\n", "x = 1", "") };
            render(&Prompt::Edit(code), &Bytes, 4096, None).unwrap()
        };
        let (one, other) = (ask("Fix it."), ask("Make it faster, please."));
        let alike = one.tokens.iter().zip(&other.tokens).take_while(|(one, other)| one == other).count();
        assert_eq!(one.tokens[alike..][..7], Bytes.tokenize("Fix it.", false));
    }

    #[test]
    fn code_written_anew_goes_on_from_its_head_and_never_shows_the_old_one() {
        let head = "def f():\n    'Two.'\n";
        let anew = CodeContext {
            approach: Approach::Rewrite(head.into()),
            ..code("import os\n", &format!("{head}    return 1\n"), "")
        };
        let rendered = render(&Prompt::Edit(anew), &Bytes, 4096, None).unwrap();
        let text = text(&rendered);
        assert!(text.ends_with(&format!("<Assistant>```python\n{head}")), "{text}");
        assert!(text.contains("Fix it.") && !text.contains("return 1"), "{text}");
        let change = code("import os\n", &format!("{head}    return 1\n"), "");
        let change = render(&Prompt::Edit(change), &Bytes, 4096, None).unwrap();
        let same = change.tokens.iter().zip(&rendered.tokens).take_while(|(a, b)| a == b).count();
        assert!(
            text[..same - 1].ends_with(&format!("{TO_CHANGE}```python\n{head}")),
            "{}",
            &text[..same - 1]
        );
        assert!(rendered.likely.starts_with(&Bytes.tokenize("    return 1\n", false)));
    }

    #[test]
    fn a_refinement_shows_the_answer_that_was_given() {
        let approach = Approach::FollowUp(vec![("x = 2".into(), "But keep x.".into())]);
        let refined = CodeContext { approach, ..code("", "x = 1", "") };
        let rendered = render(&Prompt::Edit(refined), &Bytes, 4096, None).unwrap();
        let text = text(&rendered);
        assert!(
            text.contains("Fix it.\u{3}<Assistant>```python\nx = 2\n```\u{3}<User>But keep x."),
            "{text}"
        );
        assert!(rendered.likely.starts_with(&Bytes.tokenize("x = 2\n", false)));
    }

    #[test]
    fn an_explanation_is_asked_about_further() {
        let approach =
            Approach::FollowUp(vec![("It adds.".into(), "Why?".into()), ("So.".into(), "And?".into())]);
        let asked = CodeContext { approach, ..code("", "x = 1", "") };
        let text = text(&render(&Prompt::Explain(asked), &Bytes, 4096, None).unwrap());
        let end = "<Assistant>It adds.\u{3}<User>Why?\u{3}<Assistant>So.\u{3}<User>And?\u{3}<Assistant>";
        assert!(text.ends_with(end), "{text}");
    }

    #[test]
    fn what_is_wrong_is_said_after_the_code() {
        let wrong = CodeContext {
            approach: Approach::WithFindings("`f()` gives 1.".into()),
            ..code("", "x = 1", "")
        };
        let rendered = render(&Prompt::Edit(wrong), &Bytes, 4096, None).unwrap();
        assert!(text(&rendered).contains("x = 1\n```\n\n`f()` gives 1.\n\nSo the code above is wrong"));
    }

    #[test]
    fn what_is_known_to_be_wrong_stands_behind_the_code_and_before_the_wish() {
        let plain = render(&Prompt::Edit(code("", "x = (", "")), &Bytes, 4096, None).unwrap();
        let known = CodeContext { known: "The line `x = (` is open.".into(), ..code("", "x = (", "") };
        let told = render(&Prompt::Edit(known), &Bytes, 4096, None).unwrap();
        assert!(text(&told).contains("```\n\nThe line `x = (` is open.\n\nFix it."), "{}", text(&told));
        let same = plain.tokens.iter().zip(&told.tokens).take_while(|(a, b)| a == b).count();
        assert!(text(&told)[..same - 1].ends_with("x = (\n```\n\n"), "all before it stays computed");
    }

    #[test]
    fn a_reference_is_left_out_before_anything_else_and_reported() {
        let with = CodeContext { reference: "fn g()\n".repeat(100), ..code("before\n", "x = 1", "") };
        let whole = render(&Prompt::Edit(with.clone()), &Bytes, 4096, None).unwrap();
        assert!(text(&whole).contains("fn g()") && whole.report.trimmed_reference == 0);
        let short = render(&Prompt::Edit(with), &Bytes, 1500, None).unwrap();
        assert!(!text(&short).contains("fn g()") && text(&short).contains("before"));
        assert!(short.report.trimmed_reference >= 700, "{:?}", short.report);
    }

    #[test]
    fn an_answer_that_is_resumed_goes_on_after_its_own_tokens() {
        let mut rendered = render(&Prompt::Edit(code("", "x = 1", "")), &Bytes, 4096, None).unwrap();
        let (tokens, most) = (rendered.tokens.len(), rendered.most);
        rendered.resume(&Bytes.tokenize("x =", false), 4096).unwrap();
        assert_eq!((rendered.tokens.len(), rendered.answered, rendered.most), (tokens + 3, 3, most - 3));
        let failure = rendered.resume(&vec![7; 4096], 4096).unwrap_err();
        assert_eq!(failure.kind, FailureKind::PromptTooLong);
    }

    #[test]
    fn source_code_cannot_speak_markup_or_close_its_fence() {
        let selection = "print('<|end|>')\n````\n";
        let rendered = render(&Prompt::Edit(code("", selection, "")), &Bytes, 4096, None).unwrap();
        assert_eq!(text(&rendered).matches('\u{3}').count(), 2);
        assert!(text(&rendered).contains(&format!("`````python\n{selection}`````")));
        assert_eq!(rendered.stops, [StopText::from("\n`````".to_owned())]);
    }

    #[test]
    fn what_does_not_fit_is_cut_at_whole_lines_around_the_selection_and_reported() {
        let before: String = (0..100).map(|n| format!("before {n}\n")).collect();
        let after: String = (0..100).map(|n| format!("after {n}\n")).collect();
        let rendered = render(&Prompt::Edit(code(&before, "sel\n", &after)), &Bytes, 1800, None).unwrap();
        let text = text(&rendered);
        assert!(text.contains("before 99\n```") && !text.contains("before 0\n"), "{text}");
        assert!(text.contains("python\nafter 0\n") && !text.contains("after 99\n"), "{text}");
        assert!(rendered.report.trimmed_before > 0 && rendered.report.trimmed_after > 0);
        assert!(rendered.tokens.len() + rendered.report.room as usize == 1800);
    }

    #[test]
    fn a_selection_that_does_not_fit_is_refused_with_the_numbers() {
        let failure = render(&Prompt::Edit(code("", &"x".repeat(5000), "")), &Bytes, 4096, None).unwrap_err();
        assert_eq!(failure.kind, FailureKind::PromptTooLong);
        assert!(failure.text.contains("4096"), "{failure}");
    }

    proptest! {
        #[test]
        fn a_prompt_never_exceeds_the_context_and_keeps_the_selection_whole(
            before in "[a\n]{0,600}", selection in "[b\n]{1,200}", after in "[c\n]{0,600}", context in 300u32..3000,
        ) {
            match render(&Prompt::Edit(code(&before, &selection, &after)), &Bytes, context, None) {
                Ok(rendered) => {
                    prop_assert!(rendered.tokens.len() < context as usize);
                    let kept = with_newline(&selection);
                    prop_assert!(text(&rendered).contains(&kept));
                    let cut = rendered.report.trimmed_before + rendered.report.trimmed_after;
                    prop_assert!(cut <= (before.len() + after.len() + 2) as u64);
                }
                Err(failure) => prop_assert_eq!(failure.kind, FailureKind::PromptTooLong),
            }
        }
    }
}
