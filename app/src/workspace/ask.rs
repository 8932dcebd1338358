//! What is asked about a range of a text, whatever for: what is sent ahead must be what is asked then.

use std::ops::Range;

use assist::check::EditTarget;
use assist::problems::{self, Problem};
use assist::reference;
use editor_core::{Selection, Span};
use ground::command::Command;
use ipc::protocol::{Approach, CodeContext};

use super::{Tab, Workspace, references, whole_lines};

/// What is asked when nothing was typed.
const PLAIN_IMPROVE: &str = "Improve this code.";

/// Said wherever a model is needed and none is there, with the way to one.
pub fn no_model() -> String {
    let key = match Command::ModelManager.key_text() {
        none if none.is_empty() => none,
        key => format!(" ({key})"),
    };
    format!("No model is installed. The model manager{key} downloads one or imports a file.")
}

/// What is asked first about a range, for what was typed, and the range as a target. What is sent ahead must be the same.
pub fn question(
    workspace: &Workspace,
    tab: &Tab,
    range: &Range<usize>,
    typed: &str,
) -> (CodeContext, EditTarget) {
    let document = &tab.document;
    let (rope, language) = (document.rope(), document.language());
    let instruction = if typed.trim().is_empty() { PLAIN_IMPROVE } else { typed.trim() };
    let context = assist::code_context(rope, range.clone(), &document.title(), language, instruction);
    let tree = tab.highlighter.tree().filter(|tree| tree.revision() == document.revision());
    let target = EditTarget::new(rope.clone(), range.clone(), language, tree);
    let added = references::added(workspace, typed).text;
    let elsewhere = document.path().map(|path| {
        let around = format!("{}{}{}", target.reference, context.before, context.selection);
        workspace.index.signatures(path, &around, &context.selection, language)
    });
    let parts = [added, elsewhere.unwrap_or_default(), target.reference.clone()];
    let reference = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n");
    let known = known(tab, range, target.misfit());
    (CodeContext { reference, known, instruction: reference::plain(&context.instruction), ..context }, target)
}

/// What is asked about a range for these words: over a proposal that is as it came a further wish about it, where `refines`.
pub fn asked(
    workspace: &Workspace,
    tab: &Tab,
    range: &Range<usize>,
    words: &str,
    refines: bool,
) -> (CodeContext, EditTarget) {
    let wish = words.trim();
    let shown = tab.review.as_ref().filter(|review| refines && review.is_untouched() && !wish.is_empty());
    let Some(review) = shown else { return question(workspace, tab, range, wish) };
    let answer = review.candidates.proposal().map(|proposal| proposal.text.clone()).unwrap_or_default();
    let before = review.candidates.attempts.code();
    let (mut code, target) = question(workspace, tab, range, &before.instruction);
    // With the files that were named then.
    code.reference.clone_from(&before.reference);
    let added = references::added(workspace, wish).text;
    if !added.is_empty() && !code.reference.contains(&added) {
        let gap = if code.reference.is_empty() { "" } else { "\n\n" };
        code.reference += &format!("{gap}{added}");
    }
    (CodeContext { approach: Approach::FollowUp(vec![(answer, reference::plain(wish))]), ..code }, target)
}

/// Said where [`target`] finds nothing.
pub const NOTHING_HERE: &str =
    "There is nothing at the caret. Select code, or put the caret into a function or a paragraph.";

/// The lines that a request is about: the selection, else the function around the caret, else its paragraph. Between blank lines
/// there is none: what stands above or below was not meant.
pub fn target(workspace: &Workspace) -> Option<Range<usize>> {
    let tab = workspace.tab()?;
    let document = &tab.document;
    let span = document.selection().primary();
    if !span.is_empty() {
        return whole_lines(document, document.selection());
    }
    lines_around(tab, span.head)
}

/// The lines of the function around a position, else of its paragraph.
pub fn lines_around(tab: &Tab, position: usize) -> Option<Range<usize>> {
    let document = &tab.document;
    let function = tab.highlighter.tree().and_then(|tree| tree.enclosing_function(document.rope(), position));
    let range = function.or_else(|| paragraph(document.buffer(), position))?;
    whole_lines(document, &Selection::single(Span::new(range.start, range.end)))
}

/// The lines around a position up to the next blank ones; `None`: its own line is blank.
pub fn paragraph(buffer: &editor_core::Buffer, position: usize) -> Option<Range<usize>> {
    let blank = |line: usize| buffer.line(line).chars().all(char::is_whitespace);
    let line = buffer.line_of(position);
    if blank(line) {
        return None;
    }
    let first = (0..line).rev().take_while(|line| !blank(*line)).last().unwrap_or(line);
    let last = (line..buffer.len_lines()).take_while(|line| !blank(*line)).last().unwrap_or(line);
    Some(buffer.line_start(first)..buffer.line_end(last))
}

/// What is known to be wrong in a range of a text, in sentences for the model: what a checker says, else the grammar.
pub fn known(tab: &Tab, range: &Range<usize>, misfit: Option<String>) -> String {
    let told = problems::sentences(&tab.problems, tab.document.rope(), range);
    if told.is_empty() { misfit.unwrap_or_default() } else { told }
}

/// The problem of the line with the caret in the text in front.
pub fn at_caret(workspace: &Workspace) -> Option<&Problem> {
    let tab = workspace.tab()?;
    let line = tab.caret().0;
    tab.problems.iter().find(|problem| tab.document.buffer().line_of(problem.range.start) == line)
}
