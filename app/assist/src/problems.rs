//! What a language's checker says of the lines of a file, as data: marked in the text, told to the model, and explained.

use std::ops::Range;
use std::path::Path;

use editor_core::Transaction;
use editor_core::transaction::Bias;
use ropey::Rope;

use super::checkers::Checker;
use crate::sandbox::Scratch;

/// Most problems of one file that are shown.
const MAX: usize = 100;
/// At most this many are given to the model at once.
const MAX_TOLD: usize = 5;

/// Something that is wrong in a line of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where, in characters of the text: the line without its indentation.
    pub range: Range<usize>,
    /// What is said of it.
    pub said: String,
    /// The program that says so.
    pub by: String,
}

impl Problem {
    /// Who says what, for people.
    pub fn words(&self) -> String {
        format!("{}: {}", self.by, self.said)
    }

    /// Follows an edit; false when its line is gone.
    pub fn follow(&mut self, transaction: &Transaction) -> bool {
        let start = transaction.map(self.range.start, Bias::After);
        self.range = start..transaction.map(self.range.end, Bias::Before).max(start);
        !self.range.is_empty()
    }
}

/// Asks a checker about the text of a file. May take seconds.
pub fn found(checker: &Checker, text: &Rope, file: Option<&Path>) -> Vec<Problem> {
    let Ok(folder) = Scratch::new() else { return Vec::new() };
    let said = checker.complaints(&text.to_string(), file, &folder).unwrap_or_default();
    let problem = |(line, said): (usize, String)| {
        Some(Problem { range: visible(text, line)?, said, by: checker.program.clone() })
    };
    said.into_iter().filter_map(problem).take(MAX).collect()
}

/// What is said of a line of a text, counted from 1; `None`: the text has nothing there.
#[must_use]
pub fn at_line(text: &Rope, line: usize, said: &str, by: &str) -> Option<Problem> {
    Some(Problem { range: visible(text, line)?, said: said.to_owned(), by: by.to_owned() })
}

/// The characters of a line, counted from 1, without blanks around them. What is said of a blank line, or of the end of the text, is
/// about what stands above it.
fn visible(text: &Rope, line: usize) -> Option<Range<usize>> {
    let last = line.min(text.len_lines()).checked_sub(1)?;
    let is_visible = |line: &usize| text.line(*line).chars().any(|c| !c.is_whitespace());
    let line = (0..=last).rev().find(is_visible)?;
    let words = text.line(line).to_string();
    let indent = words.chars().take_while(|c| c.is_whitespace()).count();
    let start = text.line_to_char(line) + indent;
    Some(start..start + words.trim().chars().count())
}

/// What is known to be wrong in a range, in sentences for the model; empty when nothing is.
pub fn sentences(problems: &[Problem], text: &Rope, range: &Range<usize>) -> String {
    let within = |problem: &&Problem| problem.range.start < range.end && range.start < problem.range.end;
    let sentence = |problem: &Problem| {
        let line = text.get_slice(problem.range.clone()).map(|line| line.to_string()).unwrap_or_default();
        format!("{} says of the line `{line}`: {}", problem.by, problem.said)
    };
    problems.iter().filter(within).take(MAX_TOLD).map(sentence).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use editor_core::{Buffer, Change};

    use super::*;

    #[test]
    fn problems_stand_on_visible_text_follow_edits_and_are_told_in_their_range() {
        let mut buffer = Buffer::from_rope(Rope::from_str("a = 1\n\n    return x\n\n"));
        let problem = |line| Problem {
            range: visible(buffer.rope(), line).unwrap(),
            said: "no".into(),
            by: "python3".into(),
        };
        let mut found = [problem(3), problem(5), problem(99)];
        assert_eq!(found.each_ref().map(|problem| problem.range.clone()), [11..19, 11..19, 11..19]);
        assert_eq!(sentences(&found[..1], buffer.rope(), &(0..5)), "");
        assert_eq!(
            sentences(&found[..1], buffer.rope(), &(7..20)),
            "python3 says of the line `return x`: no"
        );
        let edit = Transaction::new(&buffer, vec![Change::insert(0, "b\n")]).unwrap();
        buffer.apply(&edit).unwrap();
        assert!(found[0].follow(&edit));
        assert_eq!(buffer.slice(found[0].range.clone()), "return x");
        let gone = Transaction::new(&buffer, vec![Change::delete(8..22)]).unwrap();
        assert!(!found[0].follow(&gone));
    }
}
