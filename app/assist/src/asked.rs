//! What the commands ask about a text besides an improvement: the same in the window and without one.

use std::ops::Range;

use editor_core::Language;
use editor_core::syntax::SyntaxTree;
use ipc::protocol::{Approach, CodeContext};
use ropey::Rope;

use super::check::EditTarget;
use super::document::Target;
use super::task::Task;

/// A text as a command sees it.
#[derive(Clone, Copy, Debug)]
pub struct CommandText<'a> {
    /// The text.
    pub rope: &'a Rope,
    /// Its tree, of this text.
    pub tree: &'a SyntaxTree,
    /// Its language.
    pub language: Language,
    /// The file's name without its folders.
    pub file_name: &'a str,
    /// Where the caret is.
    pub caret: usize,
}

/// What a command asks.
#[derive(Clone, Debug)]
pub struct EditRequest {
    /// The command.
    pub task: Task,
    /// What the answer takes the place of.
    pub range: Range<usize>,
    /// What the model is told.
    pub code: CodeContext,
    /// The range as the checks see it.
    pub target: EditTarget,
}

impl CommandText<'_> {
    /// What a command asks here; `None` where there is nothing that it could be about, and for commands of another kind.
    pub fn asked(&self, task: Task) -> Option<EditRequest> {
        match task {
            Task::Generate => self.comment(),
            Task::Document => self.function(),
            _ => None,
        }
    }

    /// Code for the comment around the caret, or right above a blank line that the caret is on. `None` without a comment.
    fn comment(&self) -> Option<EditRequest> {
        let CommandText { rope, tree, language, file_name, caret } = *self;
        let line = rope.char_to_line(caret);
        let is_blank = rope.line(line).chars().all(char::is_whitespace);
        let above = (is_blank && line > 0).then(|| rope.line_to_char(line - 1));
        let range = tree.comment_lines(rope, caret).or_else(|| tree.comment_lines(rope, above?))?;
        let code = super::code_context(rope, range.clone(), file_name, language, "");
        let begun = first_word(tree, rope, language, range.start);
        let approach = Approach::Rewrite(format!("{}\n{begun}", code.selection));
        let mut target = EditTarget::new(rope.clone(), range.clone(), language, Some(tree));
        target.generates = true;
        let instruction = whereabouts(tree, rope, range.start);
        let code = CodeContext { approach, instruction, reference: target.reference.clone(), ..code };
        Some(EditRequest { task: Task::Generate, range, code, target })
    }

    /// Documentation of the innermost function around the caret. `None` without one, and in languages without a form for it.
    fn function(&self) -> Option<EditRequest> {
        let CommandText { rope, tree, language, file_name, caret } = *self;
        let Target { function, header, documentation } = Target::find(tree, rope, language, caret)?;
        let code = super::code_context(rope, function, file_name, language, "");
        let code = CodeContext { approach: documentation.approach(), ..code };
        let mut target = EditTarget::new(rope.clone(), header.clone(), language, Some(tree));
        target.documentation = Some(documentation);
        Some(EditRequest { task: Task::Document, range: header, code, target })
    }
}

/// What code below a comment there has to begin with, when that is certain: in a Python class nothing but methods makes sense.
fn first_word(tree: &SyntaxTree, rope: &Rope, language: Language, position: usize) -> String {
    let indent: String = rope.slice(position..).chars().take_while(|c| matches!(c, ' ' | '\t')).collect();
    let first = position + indent.chars().count();
    let in_function = tree.enclosing_function(rope, first).is_some();
    let in_class = !in_function && !tree.enclosing_scopes(rope, first).is_empty();
    if language == Language::Python && in_class { format!("{indent}def") } else { String::new() }
}

/// What kind of code can stand there: a small model writes statements into a class otherwise.
fn whereabouts(tree: &SyntaxTree, rope: &Rope, position: usize) -> String {
    let first = position + rope.slice(position..).chars().take_while(|c| c.is_whitespace()).count();
    let function = tree.enclosing_function(rope, first).is_some();
    let scopes = tree.enclosing_scopes(rope, first);
    let head = scopes.last().map(|scope| {
        let line = rope.line(rope.char_to_line(scope.range.start)).to_string();
        line.trim().trim_end_matches(['{', ':', ' ']).to_owned()
    });
    match head {
        Some(head) if function => format!("It stands inside of `{head}`: statements, not another function."),
        Some(head) => format!("It stands inside of `{head}`: a member of it, indented as such."),
        None => "Where it makes sense, write a complete function.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use editor_core::Revision;
    use proptest::prelude::*;

    use super::*;

    /// What a command asks about a text with its caret at the `|`.
    fn asked(language: Language, marked: &str) -> (String, Option<EditRequest>) {
        let caret = marked.chars().position(|c| c == '|').unwrap();
        let text = marked.replacen('|', "", 1);
        let rope = Rope::from_str(&text);
        let tree = SyntaxTree::parse(language, &rope, Revision(0), None, &AtomicBool::new(false)).unwrap();
        let place = CommandText { rope: &rope, tree: &tree, language, file_name: "a", caret };
        let found = place.asked(Task::Generate);
        (text, found)
    }

    const COMMENT: &str =
        "import os\n\nclass A:\n    # the sum of x|s\n    # and ys\n\n    def g(self):\n        pass\n";

    #[test]
    fn a_comment_is_the_beginning_of_what_is_written() {
        let (_, found) = asked(Language::Python, COMMENT);
        let found = found.unwrap();
        assert_eq!(found.code.selection, "    # the sum of xs\n    # and ys");
        assert_eq!(
            found.code.approach,
            Approach::Rewrite("    # the sum of xs\n    # and ys\n    def".into())
        );
        assert_eq!(
            found.code.instruction,
            "It stands inside of `class A`: a member of it, indented as such."
        );
        let below = "# one\n|\nx = 1\n";
        let (_, found) = asked(Language::Python, below);
        assert_eq!(found.unwrap().range, 0..5);
        let (_, none) = asked(Language::Python, "x = |1\n");
        assert!(none.is_none());
    }

    #[test]
    fn a_script_may_end_in_calls_and_a_function_may_not_show_its_use() {
        let (_, found) = asked(Language::Python, "# print the| files\n");
        let found = found.unwrap();
        let judged = |raw: &str| {
            let mut answer = found.target.answer(&found.code);
            answer.push(raw);
            found.target.judge(&answer, false, false).text
        };
        let script = "names = list()\nprint(names)\n";
        assert_eq!(judged(script), format!("# print the files\n{}", script.trim_end()));
        let used = "def show():\n    pass\n\nshow()\n";
        assert_eq!(judged(used), "# print the files\ndef show():\n    pass");
    }

    proptest! {
        /// Whatever the model says and wherever it is cut: text outside of the comment stays, the comment stays, and no fence
        /// and no thought gets in.
        #[test]
        fn only_code_below_the_comment_is_added(pieces in prop::collection::vec(prop::sample::select(vec![
            "x = 1\n", "    y = 2\n", "```python\n", "```\n", "<think>", "</think>\n", "Here is the code:\n", "\n",
            "import os\n", "class A:\n", "    # the sum of xs\n", "    def f(self):\n", "        return 1\n",
            "# ... rest of the code\n",
        ]), 0..10), cut in 0usize..120) {
            let (text, found) = asked(Language::Python, COMMENT);
            let found = found.unwrap();
            let mut answer = found.target.answer(&found.code);
            answer.push(&pieces.concat().chars().take(cut).collect::<String>());
            let proposal = found.target.judge(&answer, false, false);
            let mut after = Rope::from_str(&text);
            after.remove(found.range.clone());
            after.insert(found.range.start, &proposal.text);
            let after = after.to_string();
            let (before, behind) = text.split_at(text.find("\n    # the").unwrap() + 1);
            prop_assert!(after.starts_with(before), "{after}");
            prop_assert!(after.ends_with(&behind[behind.find("ys\n").unwrap() + 2..]), "{after}");
            prop_assert!(!proposal.text.contains("```") && !proposal.text.contains("<think>"), "{after}");
            let first = proposal.text.lines().next().unwrap_or_default();
            prop_assert!(first.starts_with("    ") && !first.starts_with("     "), "{after}");
        }
    }
}
