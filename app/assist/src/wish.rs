//! What an instruction is about, as far as it decides what counts as a change.

use ipc::protocol::{Approach, CodeContext};

use super::behaviour::{NOTHING_MENDED, SAME_RESULTS};
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
    /// What it does is to stay as it is: results that differ are a mistake.
    pub keeps: bool,
    /// It is to take less time.
    pub faster: bool,
    /// What the quick choice promises to leave alone.
    pub promise: Option<Promise>,
}

impl Wish {
    /// What is asked in a question.
    pub fn of(asked: &CodeContext) -> Wish {
        let mut said = asked.instruction.clone();
        if let Approach::FollowUp(turns) = &asked.approach {
            // What an answer got wrong is no further wish.
            let is_remark =
                |more: &str| [SAME_RESULTS, NOTHING_MENDED].iter().any(|begin| more.starts_with(begin));
            for (_, more) in turns.iter().filter(|(_, more)| !is_remark(more)) {
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
        let faster = FASTER.iter().any(|words| said.contains(words));
        let keeps = keeps_results(&said, faster);
        Wish { layout, comments, fix: fix && !comments, keeps, faster, promise: None }
    }
}

/// Words of a wish for speed.
const FASTER: [&str; 5] = ["faster", "speed up", "speed this up", "optimise", "optimize"];

/// Does an instruction, in small letters, say that what the code does must not change?
fn keeps_results(said: &str, faster: bool) -> bool {
    const PROMISED: [&str; 3] =
        ["keep what it does", "do not change what it does", "don't change what it does"];
    const KINDS: [&str; 9] = [
        "simplify",
        "simpler",
        "refactor",
        "rename",
        "clean up",
        "more readable",
        "easier to read",
        "type annotations",
        "type hints",
    ];
    let is_named = |words: &[&str]| words.iter().any(|words| said.contains(words));
    // Errors that are handled are results that differ.
    let otherwise = said.contains("keep what it does otherwise");
    !wants_fix(said) && !otherwise && (faster || is_named(&PROMISED) || is_named(&KINDS))
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

    #[test]
    fn what_must_keep_its_results_is_told_by_its_words() {
        let keeping = ["Simplify", "Faster", "Types", "Rename"];
        for preset in PRESETS {
            let wish = Wish::said(preset.instruction);
            assert_eq!(wish.keeps, keeping.contains(&preset.name), "{}", preset.name);
            assert_eq!(wish.faster, preset.name == "Faster");
        }
        assert!(Wish::said("Refactor this").keeps && Wish::said("Please optimise it").faster);
        assert!(!Wish::said("Fix this and make it simpler").keeps && !Wish::said("Return 3").keeps);
    }

    #[test]
    fn what_an_answer_got_wrong_is_no_wish_of_the_user() {
        let asked = |more: &str| CodeContext {
            instruction: PRESETS.iter().find(|preset| preset.name == "Rename").unwrap().instruction.into(),
            approach: Approach::FollowUp(vec![("x = 1".into(), more.into())]),
            ..CodeContext::default()
        };
        assert!(Wish::of(&asked(&format!("{SAME_RESULTS} With this code `f()` fails."))).promise.is_some());
        assert!(Wish::of(&asked("And fix it.")).promise.is_none());
    }
}
