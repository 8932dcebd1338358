//! What an answer changes once its layout is undone and it is held to what was promised.

use editor_core::syntax::SyntaxTree;
use ropey::Rope;

use super::answer::AnswerVerdict;
use super::check::{self, EditTarget};
use super::proof::promise::PromiseState;
use super::proof::{Proof, Stretch, TokenRole, layout};
use super::wish::Wish;

/// An answer as it is proposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// What comes in the place of the selection.
    pub text: String,
    /// What that is worth.
    pub verdict: AnswerVerdict,
    /// What is proved of it.
    pub proof: Option<Proof>,
    /// What became of the promise, where there was one.
    pub promise: Option<PromiseState>,
}

impl EditTarget {
    /// The selection as its grammar reads it; `None` where nothing can be said of it.
    pub fn stretch(&self) -> Option<Stretch> {
        self.stretch_with(&self.text.slice(self.range.clone()).to_string())
    }

    /// The same of a text in its place.
    pub fn stretch_with(&self, replacement: &str) -> Option<Stretch> {
        let text: Rope = self.with(replacement);
        let tree: SyntaxTree = check::parse(&text, self.language)?;
        Stretch::new(&tree, &text, &(self.range.start..self.range.start + replacement.chars().count()))
    }

    /// What is proved of a text in its place.
    pub fn proved(&self, replacement: &str) -> Option<Proof> {
        Proof::of(&self.stretch()?, &self.stretch_with(replacement)?)
    }

    /// Takes an answer that changes something: what of it is a change at all, and does it keep what was promised?
    pub fn settled(&self, text: String, wish: Wish) -> Settled {
        let plain = |text| Settled { text, verdict: AnswerVerdict::Changed, proof: None, promise: None };
        // What the file ends its lines with is no change; the review gives new lines the right ending.
        let crlf = self.text.slice(self.range.clone()).chars().any(|c| c == '\r');
        let (Some(old), Some(new)) = (self.stretch(), self.stretch_with(&text)) else {
            return match wish.promise {
                // A text that cannot be read keeps no promise.
                Some(promise) => {
                    let said = format!("Only {} may change.", promise.words());
                    refused(self.text.slice(self.range.clone()).to_string(), PromiseState::Broken(said))
                }
                None => plain(text),
            };
        };
        let (mut text, mut new, mut state) = (text, new, None);
        if let Some(promise) = wish.promise {
            let read = |text: &str| self.stretch_with(text);
            let (found, repaired) = promise.hold(&old, &new, &read);
            if matches!(found, PromiseState::Broken(_)) {
                return refused(old.text, found);
            }
            if let Some((repaired, stretch)) = repaired.and_then(|text| Some((text.clone(), read(&text)?))) {
                (text, new) = (repaired, stretch);
            }
            state = Some(found);
        }
        if !wish.layout {
            if is_unchanged(&old, &new, wish) {
                return Settled {
                    text: old.text,
                    verdict: AnswerVerdict::Unchanged,
                    proof: None,
                    promise: state,
                };
            }
            let kept = layout::keep(&old, &new, wish.comments);
            let kept = if crlf { kept.replace("\r\n", "\n") } else { kept };
            if kept != text
                && let Some(stretch) =
                    self.stretch_with(&kept).filter(|stretch| layout::is_kept(&new, stretch))
            {
                (text, new) = (kept, stretch);
            }
        }
        Settled { proof: Proof::of(&old, &new), text, verdict: AnswerVerdict::Changed, promise: state }
    }
}

fn refused(selection: String, broken: PromiseState) -> Settled {
    Settled { text: selection, verdict: AnswerVerdict::Refused, proof: None, promise: Some(broken) }
}

/// Does the answer change nothing that was asked for?
fn is_unchanged(old: &Stretch, new: &Stretch, wish: Wish) -> bool {
    const RUN: [TokenRole; 2] = [TokenRole::Code, TokenRole::Annotation];
    layout::is_same(old, new, wish.comments) || (wish.fix && old.marks(&RUN) == new.marks(&RUN))
}

#[cfg(test)]
mod tests {
    use editor_core::Language;
    use ipc::protocol::{CodeContext, Sampling};

    use super::*;
    use crate::attempts::{AttemptPolicy, Attempts};
    use crate::check::Proposal;
    use crate::presets::PRESETS;

    fn preset(name: &str) -> &'static str {
        PRESETS.iter().find(|preset| preset.name == name).map(|preset| preset.instruction).unwrap()
    }

    /// An answer to an instruction about a whole text, judged.
    fn judged(language: Language, text: &str, instruction: &str, answer: &str) -> Proposal {
        let target = EditTarget::new(Rope::from_str(text), 0..text.chars().count(), language, None);
        let code =
            CodeContext { selection: text.into(), instruction: instruction.into(), ..CodeContext::default() };
        let mut given = target.answer(&code);
        given.push(answer);
        target.judge(&given, false, false)
    }

    fn word(proposal: &Proposal) -> Option<&'static str> {
        proposal.proof.as_ref().map(Proof::word)
    }

    const RUST: &str = "fn f(a: u8) -> u8 {\n  // one\n  g(a, 1);\n  a\n}\n";
    const REFORMATTED: &str = "fn f(a: u8) -> u8 {\n    g(\n        a,\n        1,\n    );\n    a\n}\n";

    #[test]
    fn an_answer_that_only_formats_is_none_unless_that_was_asked_for() {
        for instruction in ["Fix it", "", "Make it faster"] {
            let proposal = judged(Language::Rust, RUST, instruction, REFORMATTED);
            assert_eq!(
                (proposal.verdict, proposal.text.as_str()),
                (AnswerVerdict::Unchanged, RUST),
                "{instruction}"
            );
        }
        let wanted = judged(Language::Rust, RUST, "Format this", REFORMATTED);
        assert_eq!((wanted.verdict, wanted.text.as_str()), (AnswerVerdict::Changed, REFORMATTED));
        let cut = judged(Language::Rust, RUST, "Remove the comments", REFORMATTED);
        assert_eq!(cut.text, "fn f(a: u8) -> u8 {\n  g(a, 1);\n  a\n}\n");
        assert_eq!(word(&cut), Some("comments"));
    }

    #[test]
    fn a_comment_is_no_fix_but_an_improvement() {
        let commented = RUST.replace("// one", "// The first one.");
        assert_eq!(judged(Language::Rust, RUST, preset("Fix"), &commented).verdict, AnswerVerdict::Unchanged);
        let improved = judged(Language::Rust, RUST, "", &commented);
        assert_eq!((improved.text.as_str(), word(&improved)), (commented.as_str(), Some("comments")));
    }

    #[test]
    fn what_changes_keeps_the_layout_around_it() {
        let proposal =
            judged(Language::Rust, RUST, "Fix it", &REFORMATTED.replace("    a\n}", "    a + 1\n}"));
        assert_eq!(proposal.text, RUST.replace("  a\n}", "  a + 1\n}"));
        assert_eq!(word(&proposal), Some("bodies"));
        let crlf = RUST.replace('\n', "\r\n");
        let proposal =
            judged(Language::Rust, &crlf, "Fix it", &REFORMATTED.replace("    a\n}", "    a + 1\n}"));
        assert_eq!(proposal.text.replace("\r\n", "\n"), RUST.replace("  a\n}", "  a + 1\n}"));
        assert_eq!(judged(Language::Rust, &crlf, "Fix it", REFORMATTED).verdict, AnswerVerdict::Unchanged);
    }

    #[test]
    fn what_is_put_between_tokens_has_its_own_blanks_and_what_replaces_some_has_theirs() {
        let check = |language, before: &str, answer: &str, expected: &str| {
            assert_eq!(judged(language, before, "Fix it", answer).text, expected, "{answer}");
        };
        let python = "def f(c):\n    return c\n";
        for line in
            ["return abs(c)", "return -c", "return not c", "return [c]", "return c.x", "return g(c, 1)"]
        {
            let answer = python.replace("return c", line);
            check(Language::Python, python, &answer, &answer);
        }
        let rust = "fn f(x: u8) -> bool {\n    x>1\n}\n";
        check(Language::Rust, rust, &rust.replace("x>1", "x >= 1"), &rust.replace("x>1", "x>=1"));
        check(Language::Rust, rust, &rust.replace("x>1", "!(x > 1)"), &rust.replace("x>1", "!(x>1)"));
        // What comes between lines leaves the empty line that stood there.
        let lines = "fn f(x: u8) -> u8 {\n    g(x);\n\n    x\n}\n";
        let answer = "fn f(x: u8) -> u8 {\n    g(x);\n    h(x);\n    x\n}\n";
        check(Language::Rust, lines, answer, "fn f(x: u8) -> u8 {\n    g(x);\n    h(x);\n\n    x\n}\n");
    }

    const PYTHON: &str = "def f(a, b):\n    # one\n    c = a + b\n    return c\n";

    #[test]
    fn documentation_is_taken_and_other_changes_of_the_answer_are_not() {
        let answer = "def f(a, b):\n    \"\"\"Adds.\"\"\"\n    # one\n    return a + b\n";
        let proposal = judged(Language::Python, PYTHON, preset("Document"), answer);
        let expected = PYTHON.replace("b):\n", "b):\n    \"\"\"Adds.\"\"\"\n");
        assert_eq!((proposal.text.as_str(), word(&proposal)), (expected.as_str(), Some("comments")));
        assert!(matches!(proposal.promise, Some(PromiseState::Repaired(_))));
        let kept = judged(Language::Python, PYTHON, preset("Document"), &expected);
        assert_eq!((kept.text, kept.promise), (expected, Some(PromiseState::Kept)));
        let rust = "/// Calls.\nfn f(a: u8) -> u8 {\n    // one\n    g(a, 2);\n    a\n}\n";
        let proposal = judged(Language::Rust, RUST, preset("Document"), rust);
        assert_eq!(proposal.text, format!("/// Calls.\n{RUST}"));
    }

    #[test]
    fn comments_are_translated_and_nothing_else() {
        let german = PYTHON.replace("# one", "# eins");
        let answer = PYTHON.replace("return c", "return a + b");
        let proposal = judged(Language::Python, &german, preset("Translate comments"), &answer);
        assert_eq!(proposal.text, PYTHON);
    }

    #[test]
    fn types_come_without_imports_and_known_to_the_file() {
        let answer = "from typing import *\n\ndef f(a: List[int], b: Optional[int]) -> int:\n    c: Foo = a + b\n    return c\n";
        let proposal = judged(Language::Python, PYTHON, preset("Types"), answer);
        let expected = PYTHON.replace("(a, b):", "(a: list[int], b: int | None) -> int:");
        assert_eq!((proposal.text.as_str(), word(&proposal)), (expected.as_str(), Some("annotations")));
        let script = "function f(a) {\n  return a;\n}\n";
        let typed = "/** @param {number} a */\nfunction f(a) {\n  return a + 0;\n}\n";
        let proposal = judged(Language::JavaScript, script, preset("Types"), typed);
        assert_eq!(proposal.text, format!("/** @param {{number}} a */\n{script}"));
    }

    #[test]
    fn names_are_taken_wherever_they_stand_and_nothing_else() {
        let answer = "def add(left, right):\n    # one\n    total = left + right\n    return total\n";
        let proposal = judged(Language::Python, PYTHON, preset("Rename"), answer);
        let expected = "def f(left, right):\n    # one\n    total = left + right\n    return total\n";
        assert_eq!((proposal.text.as_str(), word(&proposal)), (expected, Some("names")));
        let other = "def f(a, b):\n    return sum([a, b])\n";
        let refused = judged(Language::Python, PYTHON, preset("Rename"), other);
        assert_eq!((refused.verdict, refused.text.as_str()), (AnswerVerdict::Refused, PYTHON));
    }

    #[test]
    fn what_breaks_a_promise_is_asked_again_and_then_used_as_far_as_it_can_be() {
        let instruction = preset("Document");
        let target =
            EditTarget::new(Rope::from_str(PYTHON), 0..PYTHON.chars().count(), Language::Python, None);
        let code = CodeContext {
            selection: PYTHON.into(),
            instruction: instruction.into(),
            ..CodeContext::default()
        };
        let mut attempts = Attempts::new(code, Sampling::default(), &target, AttemptPolicy::USUAL);
        let broken = "def f(a, b):\n    \"\"\"Adds.\"\"\"\n    # one\n    return a + b\n";
        attempts.next_ask().unwrap();
        attempts.learn(judged(Language::Python, PYTHON, instruction, broken));
        let again = attempts.next_ask().unwrap();
        let ipc::protocol::Approach::WithFindings(said) = again.code.approach else { panic!("{again:?}") };
        assert!(said.contains("Only comments and documentation may change."), "{said}");
        attempts.learn(judged(Language::Python, PYTHON, instruction, broken));
        assert_eq!((attempts.next_ask(), attempts.best()), (None, Some(0)));
    }
}
