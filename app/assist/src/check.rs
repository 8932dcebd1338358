//! What can be known about a proposal before anybody reads it: does the file still parse, and do the examples of the
//! documentation hold?

use std::ops::Range;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use editor_core::{
    Buffer, Language, LineEnding, Revision,
    review::Review,
    syntax::{Function, SyntaxTree},
    transaction::Bias,
};
use ipc::protocol::CodeContext;
use ropey::Rope;

use super::answer::{Answer, AnswerVerdict};
use super::behaviour::Behaviour;
use super::cargo;
use super::checkers::Checker;
use super::document::Documentation;
use super::examples::{self, Example, ExampleResult};
use super::permission::Permission;
use super::proof::Proof;
use super::proof::promise::PromiseState;
use super::runner::runner;
use super::wish::Wish;
use crate::sandbox::Scratch;

/// Longer files are not parsed for a check.
const MAX_BYTES: usize = 1_000_000;
/// Most bytes that are parsed to look at each hunk by itself: about a quarter of a second.
const MAX_PARSED: usize = 1_000_000;

/// The selection as the checks see it.
#[derive(Clone, Debug)]
pub struct EditTarget {
    pub(crate) text: Rope,
    pub(crate) range: Range<usize>,
    pub(crate) language: Language,
    /// The only function of the selection, when it is nothing else.
    pub function: Option<Function>,
    /// The examples of its documentation.
    pub examples: Vec<Example>,
    /// Imports and signatures from elsewhere in the file.
    pub reference: String,
    /// Did the selection parse before?
    parses: bool,
    /// The first of its lines that did not.
    unparsed: Option<String>,
    /// Does the selection end in calls itself?
    calls: bool,
    /// Code is written below the selection, which may be nothing but calls.
    pub generates: bool,
    /// The file on disk, where there is one: what looks at its project needs it.
    pub file: Option<PathBuf>,
    /// Says more about proposals, when the user allowed it.
    pub checker: Option<Checker>,
    /// Where the examples may be run.
    pub runs_in: Permission,
    /// Only documentation is written, into the selection.
    pub documentation: Option<Documentation>,
    /// What was found out of the code as it is, for all answers of a request: those are judged on clones of this.
    as_it_is: Arc<AsItIs>,
}

/// What running the code as it is gave. What nothing could be said of, as on a machine that was busy, is tried again.
#[derive(Debug, Default)]
struct AsItIs {
    behaviour: OnceLock<Behaviour>,
    /// Does its checker like the file?
    passes: OnceLock<bool>,
}

/// A line that does not fit the grammar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenLine {
    /// Counted from the first one of the replacement, from 0.
    pub line: usize,
    /// What stands in it, without its indentation.
    pub text: String,
}

/// A proposal with what is known about it.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// The replacement of the selection; the selection itself when the answer cannot be used.
    pub text: String,
    /// What the answer is worth.
    pub verdict: AnswerVerdict,
    /// It was cut off by a limit.
    pub incomplete: bool,
    /// It breaks a file that parsed, here.
    pub breaks: Option<BrokenLine>,
    /// Hunks that break it when they are accepted without the others.
    pub torn: Vec<usize>,
    /// What became of each example; empty when they were not run.
    pub held: Vec<ExampleResult>,
    /// What the language's checker says of the file with it; `None` when it was not asked, or said the same before.
    pub checked: Option<Result<(), String>>,
    /// What is proved of the change.
    pub proof: Option<Proof>,
    /// What became of the quick choice's promise, where it made one.
    pub promise: Option<PromiseState>,
    /// Does it do what the code did? `None` when that was not tried, or nothing can be said.
    pub behaviour: Option<Behaviour>,
}

/// What running a proposal gave.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunResults {
    /// What became of each example.
    pub held: Vec<ExampleResult>,
    /// What differs from the code as it is.
    pub behaviour: Option<Behaviour>,
}

impl Proposal {
    /// The grammar or the language's checker speaks against it.
    pub fn is_wrong(&self) -> bool {
        self.breaks.is_some() || matches!(self.checked, Some(Err(_)))
    }
}

impl EditTarget {
    /// Looks at a selection. Costs a parse of the file, unless its tree is `known`.
    pub fn new(
        text: Rope,
        range: Range<usize>,
        language: Language,
        known: Option<&SyntaxTree>,
    ) -> EditTarget {
        let parsed = if known.is_none() { parse(&text, language) } else { None };
        let tree = known.or(parsed.as_ref());
        let function = tree.and_then(|tree| sole_function(tree, &text, &range));
        let probe = if language == Language::Python { "(lambda *a, **k: 0)" } else { "(() => 0)" };
        let examples = function
            .as_ref()
            .map(|function| match language {
                Language::Rust => cargo::examples(&function.documentation),
                _ => examples::examples(&function.documentation, &function.name, probe),
            })
            .unwrap_or_default();
        let reference = tree.map(|tree| super::reference(tree, &text, &range)).unwrap_or_default();
        let error = tree.and_then(|tree| tree.first_error(&text, range.clone()));
        let unparsed = error.map(|at| text.line(text.char_to_line(at)).to_string().trim().to_owned());
        let parses = tree.is_some() && error.is_none();
        let calls = trailing_calls(&text.slice(range.clone()).to_string(), language).is_some();
        let (generates, file, checker, documentation) = (false, None, None, None);
        let as_it_is = Arc::default();
        EditTarget {
            text,
            range,
            language,
            function,
            examples,
            reference,
            parses,
            unparsed,
            calls,
            generates,
            file,
            checker,
            runs_in: Permission::Nowhere,
            documentation,
            as_it_is,
        }
    }

    /// What the grammar says of the selection as it is, in a sentence for the model.
    pub fn misfit(&self) -> Option<String> {
        let line = self.unparsed.as_ref()?;
        Some(format!("The line `{line}` does not fit the syntax of {}.", self.language.name()))
    }

    /// What an answer to this question begins as.
    pub fn answer(&self, asked: &CodeContext) -> Answer {
        match &self.documentation {
            Some(documentation) => {
                Answer::documenting(documentation.clone(), self.text.slice(self.range.clone()).to_string())
            }
            None => Answer::new(asked),
        }
    }

    /// Can anything be run to judge a proposal: examples, or the code before and after?
    pub fn can_run(&self) -> bool {
        let by_cargo = self.language == Language::Rust && self.file.is_some();
        let examples = !self.examples.is_empty() && (by_cargo || runner(self.language).is_some());
        examples || self.can_compare()
    }

    /// Runs all that can be run of a proposal.
    pub fn ran(&self, replacement: &str, proof: Option<&Proof>, wish: Wish) -> RunResults {
        RunResults { held: self.run(replacement), behaviour: self.compared(replacement, proof, wish) }
    }

    /// The selection's beginning up to where its statements begin, when it is a function with documentation that can be
    /// written anew.
    pub fn head(&self) -> Option<String> {
        let function = self.function.as_ref().filter(|function| !function.documentation.trim().is_empty())?;
        let head = self.text.slice(self.range.start..function.body).to_string();
        Some(head.trim_end().to_owned() + "\n")
    }

    /// Judges a complete answer; `run`: the examples too.
    pub fn judge(&self, answer: &Answer, incomplete: bool, run: bool) -> Proposal {
        let mut verdict = answer.verdict();
        let mut text = answer.finish();
        if verdict == AnswerVerdict::Changed
            && !self.calls
            && self.documentation.is_none()
            && let Some(length) = self.shown_use(&text)
        {
            let kept = text[..length].trim_end().len();
            text.truncate(kept);
            text.extend(self.text.slice(self.range.clone()).chars().last().filter(|c| *c == '\n'));
        }
        let (mut proof, mut promise) = (None, None);
        if verdict == AnswerVerdict::Changed && !incomplete && self.documentation.is_none() && !self.generates
        {
            let settled = self.settled(text, answer.wish());
            (text, verdict, proof, promise) = (settled.text, settled.verdict, settled.proof, settled.promise);
        } else if verdict == AnswerVerdict::Changed && self.documentation.is_some() {
            proof = self.proved(&text);
        }
        let usable = verdict == AnswerVerdict::Changed && !incomplete;
        let breaks = if usable { self.breaks(&text) } else { None };
        let parses = usable && breaks.is_none();
        let ran = (run && parses).then(|| self.ran(&text, proof.as_ref(), answer.wish()));
        let RunResults { held, behaviour } = ran.unwrap_or_default();
        // What the code gives as it is may tell the model what is wrong with it.
        let is_to_mend =
            run && verdict == AnswerVerdict::Unchanged && answer.wish().fix && self.examples.is_empty();
        let behaviour = behaviour.or_else(|| is_to_mend.then(|| self.as_it_is(answer.wish())).flatten());
        let checked = if parses { self.checked(&text) } else { None };
        let torn = if parses { self.invalid_alone(&text) } else { Vec::new() };
        Proposal { text, verdict, incomplete, breaks, torn, held, checked, proof, promise, behaviour }
    }

    /// What the code gives as it is.
    fn as_it_is(&self, wish: Wish) -> Option<Behaviour> {
        let known = &self.as_it_is.behaviour;
        if let Some(found) = known.get() {
            return Some(found.clone());
        }
        let selection = self.text.slice(self.range.clone()).to_string();
        let found = self.compared(&selection, None, wish)?;
        Some(known.get_or_init(|| found).clone())
    }

    /// What the checker says of the file with this replacement. A file that it did not like before tells nothing.
    fn checked(&self, replacement: &str) -> Option<Result<(), String>> {
        let checker = self.checker.as_ref()?;
        let said = |text: &Rope| {
            let folder = Scratch::new().ok()?;
            checker.check(&text.to_string(), self.file.as_deref(), &folder)
        };
        let said_now = said(&self.with(replacement))?;
        if said_now.is_ok() {
            return Some(said_now);
        }
        let passes = match self.as_it_is.passes.get() {
            Some(passes) => *passes,
            None => {
                let found = said(&self.text)?.is_ok();
                *self.as_it_is.passes.get_or_init(|| found)
            }
        };
        passes.then_some(said_now)
    }

    /// What becomes of the examples of the code as it is.
    pub fn baseline(&self) -> Vec<ExampleResult> {
        self.run(&self.text.slice(self.range.clone()).to_string())
    }

    pub(crate) fn with(&self, replacement: &str) -> Rope {
        let mut text = self.text.clone();
        text.remove(self.range.clone());
        text.insert(self.range.start, replacement);
        text
    }

    /// Where an answer begins to show its own use. Code from a comment may be a script, unless it defines something first.
    fn shown_use(&self, text: &str) -> Option<usize> {
        let rope = Rope::from_str(text);
        let tree = parse(&rope, self.language)?;
        let defines = !tree.functions(&rope, &(0..rope.len_chars())).is_empty();
        let start = tree.trailing_calls(&rope).filter(|_| defines || !self.generates)?;
        Some(rope.char_to_byte(start))
    }

    /// The first line of a replacement that breaks the parse of a file that had none broken.
    fn breaks(&self, replacement: &str) -> Option<BrokenLine> {
        let text = self.with(replacement);
        let range = self.range.start..self.range.start + replacement.chars().count();
        let tree = parse(&text, self.language).filter(|_| self.parses)?;
        let at = text.char_to_line(tree.first_error(&text, range)?);
        let lines: Vec<&str> = replacement.lines().map(str::trim).collect();
        // What is missing is missed behind the last word before it.
        let reached = at - text.char_to_line(self.range.start);
        let line = lines.iter().take(reached + 1).rposition(|line| !line.is_empty())?;
        Some(BrokenLine { line, text: lines[line].to_owned() })
    }

    /// Hunks of a replacement that parses, each of which breaks the parse when it is accepted alone.
    fn invalid_alone(&self, replacement: &str) -> Vec<usize> {
        let buffer = Buffer::from_rope(self.text.clone());
        let ending = LineEnding::dominant(&self.text);
        let mut review = Review::new(0, &buffer, self.range.clone(), ending);
        review.set_answer(replacement);
        review.finish();
        let count = review.hunks().len();
        if !self.parses || count < 2 || count * self.text.len_bytes() > MAX_PARSED {
            return Vec::new();
        }
        let breaks = |hunk: &usize| {
            let (mut after, accepted) = (buffer.clone(), review.accept(*hunk)?);
            after.apply(&accepted).ok()?;
            let range = self.range.start..accepted.map(self.range.end, Bias::After);
            Some(parse(after.rope(), self.language)?.has_error(after.rope(), range))
        };
        (0..count).filter(|hunk| breaks(hunk) == Some(true)).collect()
    }

    /// Runs the examples on the file with this replacement. Empty when they cannot be run: it is not allowed for this file, there
    /// is no interpreter, or the file needs more than itself.
    pub fn run(&self, replacement: &str) -> Vec<ExampleResult> {
        if self.examples.is_empty() {
            return Vec::new();
        }
        let is_allowed = self.runs_in.covers(self.file.as_deref());
        let source = self.with(replacement).to_string();
        let Some(folder) = Scratch::new().ok().filter(|_| is_allowed) else { return Vec::new() };
        let held = match (runner(self.language), &self.function, &self.file) {
            (Some(run), ..) => run(&source, &self.examples, &folder),
            (None, Some(function), Some(file)) if self.language == Language::Rust => {
                cargo::run(file, &source, &function.name, &self.examples, &folder)
            }
            _ => None,
        };
        held.unwrap_or_default()
    }

    /// The first example that does not hold, in a sentence for the model.
    pub fn finding(&self, held: &[ExampleResult]) -> Option<String> {
        let (example, held) = self.examples.iter().zip(held).find(|(_, held)| held.ran && !held.passed)?;
        Some(format!(
            "With this code, `{}` gives `{}` instead of `{}`.",
            example.call, held.got, example.expected[0]
        ))
    }
}

pub(crate) fn parse(text: &Rope, language: Language) -> Option<SyntaxTree> {
    let short = text.len_bytes() <= MAX_BYTES;
    short.then(|| SyntaxTree::parse(language, text, Revision::default(), None, &AtomicBool::new(false)))?
}

/// The function, when there is nothing else in the range but comments and blank lines above it.
fn sole_function(tree: &SyntaxTree, text: &Rope, range: &Range<usize>) -> Option<Function> {
    let mut functions = tree.functions(text, range);
    let function = (functions.len() == 1).then(|| functions.remove(0))?;
    let behind = text.slice(function.range.end..range.end.max(function.range.end));
    let is_end = |c: char| c.is_whitespace() || c == ';';
    behind.chars().all(is_end).then_some(function)
}

/// Bytes up to where an answer begins to show its own use.
fn trailing_calls(text: &str, language: Language) -> Option<usize> {
    let rope = Rope::from_str(text);
    let tree = parse(&rope, language)?;
    tree.trailing_calls(&rope).map(|start| rope.char_to_byte(start))
}

#[cfg(test)]
mod tests {
    use ipc::protocol::Approach;
    use proptest::prelude::*;

    use super::*;

    fn check(code: &str, answer: &str, text: &str, breaks: Option<&str>) {
        let rope = Rope::from_str(code);
        let target = EditTarget::new(rope.clone(), 0..rope.len_chars(), Language::Python, None);
        let mut given = Answer::new(&CodeContext { selection: code.into(), ..CodeContext::default() });
        given.push(answer);
        let proposal = target.judge(&given, false, false);
        let broken = proposal.breaks.as_ref().map(|broken| broken.text.as_str());
        assert_eq!((proposal.text.as_str(), broken), (text, breaks));
    }

    proptest! {
        /// Whatever the model says and wherever it is cut: accepting all of it changes no byte outside of the selection, puts
        /// no fence and no thought into the file, and keeps the indentation.
        #[test]
        fn accepting_an_answer_that_is_cut_anywhere_changes_the_selection_alone(
            pieces in prop::collection::vec(prop::sample::select(vec![
                "```python\n", "```\n", "~~~\n", "<think>", "</think>\n", "Here is the code:\n", "\n", "    return 2\n",
                "def g(self):\n", "        return 3\n", "    def g(self):\n", "\treturn 4\n", "class A:\n", "import os\n",
                "# ... rest of the code\n", "x = '漢'\n", "g()\n", "<|im_end|>",
            ]), 0..12),
            cut in 0usize..160, crlf in any::<bool>(),
        ) {
            let end = if crlf { "\r\n" } else { "\n" };
            let lines = |text: &str| text.replace('\n', end);
            let before = lines("import os\n\n\nclass A:\n    a = '漢'\n\n");
            let selection = lines("    def g(self):\n        return 1\n");
            let after = lines("\n    def h(self):\n        pass\n");
            let mut buffer = Buffer::from_rope(Rope::from_str(&format!("{before}{selection}{after}")));
            let start = before.chars().count();
            let range = start..start + selection.chars().count();
            let code =
                crate::code_context(buffer.rope(), range.clone(), "a.py", Language::Python, "Fix it");
            let target = EditTarget::new(buffer.rope().clone(), range.clone(), Language::Python, None);
            let mut answer = target.answer(&code);
            answer.push(&pieces.concat().chars().take(cut).collect::<String>());
            let proposal = target.judge(&answer, false, false);
            let mut review = Review::new(1, &buffer, range, LineEnding::dominant(buffer.rope()));
            review.set_answer(&proposal.text);
            review.finish();
            buffer.apply(&review.accept_all()).unwrap();
            let text = buffer.rope().to_string();
            let inside = text.strip_prefix(&before).and_then(|rest| rest.strip_suffix(&after));
            prop_assert!(inside.is_some(), "{text:?}");
            let inside = inside.unwrap_or_default();
            for mark in ["```", "<think>", "</think>", "<|"] {
                prop_assert!(!inside.contains(mark), "{inside:?}");
            }
            let first = inside.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
            prop_assert_eq!(first.len() - first.trim_start().len(), 4, "{:?}", inside);
            prop_assert!(!crlf || inside.matches('\n').count() == inside.matches("\r\n").count(), "{inside:?}");
        }
    }

    #[test]
    fn what_breaks_the_parse_is_known() {
        check("def f():\n    return 1\n", "def f():\n    return 2\n", "def f():\n    return 2\n", None);
        check(
            "def f():\n    return 1\n",
            "def f(:\n    return 2\n",
            "def f(:\n    return 2\n",
            Some("def f(:"),
        );
        check("def f(:\n    return 1\n", "def f(:\n    return 2\n", "def f(:\n    return 2\n", None);
        let open = "def f():\n    a = 1\n    return g(a\n";
        check("def f():\n    return 1\n", open, open, Some("return g(a"));
        let target = |code: &str| {
            EditTarget::new(Rope::from_str(code), 0..code.chars().count(), Language::Python, None).misfit()
        };
        assert_eq!(target("def f():\n    return 1\n"), None);
        let known = target("x = 1\ndef f(:\n    return 1\n");
        assert_eq!(known.as_deref(), Some("The line `def f(:` does not fit the syntax of Python."));
    }

    #[test]
    fn hunks_that_need_each_other_are_known() {
        let check = |answer: &str, torn: &[usize]| {
            let code = "a = f(1)\nb = 2\nc = 3\n";
            let rope = Rope::from_str(code);
            let target = EditTarget::new(rope.clone(), 0..rope.len_chars(), Language::Python, None);
            let mut given = Answer::new(&CodeContext { selection: code.into(), ..CodeContext::default() });
            given.push(answer);
            let proposal = target.judge(&given, false, false);
            assert_eq!((proposal.breaks, proposal.torn.as_slice()), (None, torn), "{answer}");
        };
        check("a = f(2)\nb = 2\nc = 4\n", &[]);
        check("a = \"\"\"\nb = 2\n\"\"\"\n", &[0, 1]);
        check("a = [\n    1,\n]\nb = 2\nc = 4\n", &[]);
    }

    #[test]
    fn calls_that_show_the_use_are_left_out_unless_the_selection_ends_in_some() {
        let shown = "def f():\n    return 2\n\n# Use\nprint(f())";
        check("def f():\n    return 1\n", shown, "def f():\n    return 2\n", None);
        let calls = "def f():\n    return 1\nf()\n";
        check(calls, shown, "def f():\n    return 2\n\n# Use\nprint(f())\n", None);
    }

    #[test]
    fn the_head_is_signature_and_documentation() {
        let code = "x = 1\n\n\ndef f(a):\n    \"\"\"One.\"\"\"\n    return 1\n";
        let rope = Rope::from_str(code);
        let target = EditTarget::new(rope.clone(), 8..rope.len_chars(), Language::Python, None);
        assert_eq!(target.head().as_deref(), Some("def f(a):\n    \"\"\"One.\"\"\"\n"));
        let plain = Rope::from_str("def f(a):\n    return 1\n");
        assert_eq!(EditTarget::new(plain.clone(), 0..plain.len_chars(), Language::Python, None).head(), None);
        let asked = CodeContext {
            selection: code[8..].into(),
            approach: Approach::Rewrite("def f(a):\n    \"\"\"One.\"\"\"\n".into()),
            ..CodeContext::default()
        };
        let mut answer = Answer::new(&asked);
        answer.push("    return 2\n");
        assert_eq!(
            target.judge(&answer, false, false).text,
            "def f(a):\n    \"\"\"One.\"\"\"\n    return 2\n"
        );
    }
}
