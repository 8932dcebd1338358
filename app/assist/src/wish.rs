//! What an instruction is about, as far as it decides what counts as a change.

use ipc::protocol::{Approach, CodeContext};

use super::proof::promise::Promise;

/// What somebody asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// Blanks and line breaks are asked for: nothing of the layout is undone.
    pub layout: bool,
    /// Comments are asked for: one that goes is a change.
    pub comments: bool,
    /// Something is to be mended: what changes comments alone does not.
    pub fix: bool,
    /// What the quick choice promises to leave alone.
    pub promise: Option<Promise>,
}

impl Wish {
    /// What is asked in a question.
    pub fn of(asked: &CodeContext) -> Wish {
        let mut said = asked.instruction.clone();
        if let Approach::FollowUp(turns) = &asked.approach {
            for (_, more) in turns {
                said.push(' ');
                said += more;
            }
        }
        Wish { promise: Promise::of(&said), ..Wish::said(&said) }
    }

    fn said(text: &str) -> Wish {
        const LAYOUT: [&str; 19] = [
            "format",
            "formatting",
            "reformat",
            "formatted",
            "indent",
            "indentation",
            "wrap",
            "whitespace",
            "blank",
            "blanks",
            "layout",
            "align",
            "prettify",
            "prettier",
            "rustfmt",
            "gofmt",
            "pep8",
            "pep",
            "style",
        ];
        const COMMENTS: [&str; 15] = [
            "comment",
            "comments",
            "document",
            "documentation",
            "docstring",
            "docstrings",
            "doc",
            "docs",
            "jsdoc",
            "javadoc",
            "describe",
            "explain",
            "translate",
            "typo",
            "typos",
        ];
        const LINES: [&str; 4] = ["line length", "line break", "one line", "long lines"];
        let said = text.to_lowercase();
        let has =
            |words: &[&str]| said.split(|c: char| !c.is_alphanumeric()).any(|word| words.contains(&word));
        let layout = has(&LAYOUT) || LINES.iter().any(|words| said.contains(words));
        // What the usual wish for a fix says of documentation is no wish for any.
        let fix = wants_fix(&said);
        let comments = has(&COMMENTS) && !(fix && said.contains("documentation say"));
        Wish { layout, comments, fix: fix && !comments, promise: None }
    }
}

/// Does the instruction say that the code does the wrong thing? Then its documentation says more than the code itself.
pub fn wants_fix(instruction: &str) -> bool {
    const WORDS: [&str; 12] = [
        "fix",
        "bug",
        "correct",
        "wrong",
        "mistake",
        "error in",
        "broken",
        "repair",
        "fails",
        "failing",
        "does not work",
        "doesn't work",
    ];
    let said = instruction.to_lowercase();
    WORDS.iter().any(|word| said.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::presets::PRESETS;

    #[test]
    fn what_an_instruction_is_about_is_told_by_its_words() {
        let check = |text: &str, layout, comments, fix| {
            let wish = Wish::said(text);
            assert_eq!((wish.layout, wish.comments, wish.fix), (layout, comments, fix), "{text}");
        };
        check("Reformat this", true, false, false);
        check("Use the information in the header", false, false, false);
        check("Add comments", false, true, false);
        check("Fix the typos in the comments", false, true, false);
        check(PRESETS[0].instruction, false, false, true);
        check("", false, false, false);
    }
}
