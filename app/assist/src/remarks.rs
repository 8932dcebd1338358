//! A review of changes before they are committed: the changed lines of one file as the model sees them, and the remarks in its answer.

use std::collections::BTreeSet;
use std::ops::Range;

use ipc::protocol::{ChatMessage, ChatRole, Prompt};

/// What the model is told first.
const RULES: &str = include_str!("../../../assets/prompts/review-system.md");
/// Most characters of lines in a prompt: about 2,500 tokens.
pub const BUDGET: usize = 8_000;
/// Lines around a change.
const AROUND: usize = 4;
/// Most remarks on one file.
const MAX_REMARKS: usize = 5;
/// Longest remark, in characters.
const MAX_WORDS: usize = 400;
/// Longest line that is shown, in characters.
const MAX_LINE: usize = 300;

/// The changed lines of a file, as far as they fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReviewedFile {
    /// What it is called.
    pub name: String,
    /// What the model is shown.
    text: String,
    /// New lines that it is shown, counted from 0.
    lines: BTreeSet<usize>,
    /// Changed lines that did not fit.
    pub left_out: usize,
}

impl ReviewedFile {
    /// The lines around each change. A change: lines of the old text, and those in their place.
    pub fn new(name: &str, old: &str, new: &str, changes: &[(Range<usize>, Range<usize>)]) -> ReviewedFile {
        let (before, after): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
        let mut file = ReviewedFile { name: name.to_owned(), ..ReviewedFile::default() };
        let mut at = 0;
        for (number, (gone, came)) in changes.iter().enumerate() {
            let begin = came.start.saturating_sub(AROUND).max(at);
            if begin > at {
                file.push("…\n");
            }
            (begin..came.start).for_each(|line| file.line(' ', line, &after));
            gone.clone().for_each(|line| file.gone(before.get(line).copied()));
            came.clone().for_each(|line| file.line('+', line, &after));
            let next = changes.get(number + 1).map_or(after.len(), |(_, next)| next.start);
            let end = (came.end + AROUND).min(next);
            (came.end..end).for_each(|line| file.line(' ', line, &after));
            at = end;
        }
        file
    }

    /// Is there anything to say something about?
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    fn push(&mut self, text: &str) -> bool {
        let fits = self.text.len() + text.len() <= BUDGET;
        if fits {
            self.text.push_str(text);
        }
        fits
    }

    fn line(&mut self, sign: char, line: usize, all: &[&str]) {
        let Some(text) = all.get(line) else { return };
        let shown: String = text.chars().take(MAX_LINE).collect();
        let fits = self.push(&format!("{sign} {:>4}  {shown}\n", line + 1));
        if sign == '+' {
            if fits {
                self.lines.insert(line);
            } else {
                self.left_out += 1;
            }
        }
    }

    fn gone(&mut self, text: Option<&str>) {
        let shown: String = text.unwrap_or_default().chars().take(MAX_LINE).collect();
        if !self.push(&format!("-       {shown}\n")) {
            self.left_out += 1;
        }
    }

    /// The question.
    pub fn prompt(&self) -> Prompt {
        let cut = match self.left_out {
            0 => String::new(),
            count => format!("({count} more changed lines are not shown.)\n"),
        };
        let user =
            format!("Changes in {}:\n\n{}{cut}\nWhat is wrong in the new lines?", self.name, self.text);
        Prompt::Chat(vec![
            ChatMessage { role: ChatRole::System, text: RULES.trim_end().into() },
            ChatMessage { role: ChatRole::User, text: user },
        ])
    }

    /// The remarks in an answer, each with its line counted from 0. What names no new line that was shown is none.
    pub fn remarks(&self, answer: &str) -> Vec<(usize, String)> {
        let answer = answer.split("</think>").last().unwrap_or_default();
        if answer.contains("<think>") {
            return Vec::new();
        }
        let mut found: Vec<(usize, String)> = Vec::new();
        for (number, words) in answer.lines().filter_map(remark) {
            let line = number.saturating_sub(1);
            let is_known = found.iter().any(|(known, said)| *known == line || *said == words);
            if self.lines.contains(&line) && !is_known && found.len() < MAX_REMARKS {
                found.push((line, words));
            }
        }
        found.sort_by_key(|(line, _)| *line);
        found
    }
}

/// `LINE 12: words`, with what models put around it.
fn remark(line: &str) -> Option<(usize, String)> {
    let line = line.trim().trim_start_matches(['-', '*', '•', ' ', '#']).replace("**", "");
    let upper = line.get(..4).map(str::to_uppercase);
    let rest = if upper.as_deref() == Some("LINE") { line[4..].trim_start() } else { line.as_str() };
    let digits = rest.chars().take_while(char::is_ascii_digit).count();
    let number = rest.get(..digits)?.parse().ok()?;
    let words = rest[digits..].trim_start();
    let words = words.strip_prefix([':', '.', ')', '-', '–'])?.trim();
    let words: String = words.chars().take(MAX_WORDS).collect();
    (number > 0 && words.chars().any(char::is_alphabetic)).then_some((number, words))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> ReviewedFile {
        let old = "a\nb\nc\n";
        let new = "a\nB\nc\nd\n";
        ReviewedFile::new("x.rs", old, new, &[(1..2, 1..2), (3..3, 3..4)])
    }

    #[test]
    fn the_model_sees_changed_lines_with_their_numbers() {
        let Prompt::Chat(messages) = file().prompt() else { panic!() };
        let shown = "     1  a\n-       b\n+    2  B\n     3  c\n+    4  d\n";
        assert!(messages[1].text.contains(shown), "{}", messages[1].text);
        assert!(messages[1].text.starts_with("Changes in x.rs:"));
    }

    #[test]
    fn remarks_are_read_from_whatever_a_model_makes_of_the_form() {
        let read = |answer: &str| file().remarks(answer);
        assert_eq!(read("LINE 2: wrong"), [(1, "wrong".to_owned())]);
        assert_eq!(read("- **Line 4**: leaks\nline 2. twice\n"), [(1, "twice".into()), (3, "leaks".into())]);
        assert_eq!(read("4) off by one"), [(3, "off by one".into())]);
        assert_eq!(read("NONE"), []);
        assert_eq!(read("LINE 1: not a new line\nLINE 99: nowhere\nLINE 2:\nGood work!"), []);
        assert_eq!(read("<think>LINE 2: hm</think>LINE 4: so"), [(3, "so".into())]);
        assert_eq!(read("<think>LINE 2: hm"), []);
        assert_eq!(
            read("LINE 2: a\nLINE 2: b\nLINE 4: a"),
            [(1, "a".into())],
            "each line and each word once"
        );
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        let new: String = (0..2000).map(|line| format!("line number {line}\n")).collect();
        let file = ReviewedFile::new("x", "", &new, &[(0..0, 0..2000)]);
        assert!(file.left_out > 1000 && file.lines.len() + file.left_out == 2000);
        let Prompt::Chat(messages) = file.prompt() else { panic!() };
        assert!(messages[1].text.len() < BUDGET + 300);
        assert!(ReviewedFile::new("x", "a\n", "", &[(0..1, 0..0)]).is_empty(), "only lines that went");
    }
}
