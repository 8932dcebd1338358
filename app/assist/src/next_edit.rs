//! What a model for next edits answers: the lines as they shall be, or nothing.
//!
//! Such answers come with line breaks that nobody meant, with the words for "no edit", with marks of their own form, or cut off. What is
//! unsure is no proposal: nothing may be deleted by a misunderstanding.

use ipc::protocol::{NextEditForm, StopReason};

/// What Zeta answers when nothing is to be changed.
const NO_EDITS: &str = "NO_EDITS";

/// Marks that an answer must not hold, whatever the form.
const MARKS: [&str; 8] = [
    "<|file_sep|>",
    "<|user_cursor|>",
    "<|marker_",
    "<[fim-",
    "<<<<<<< CURRENT",
    ">>>>>>> UPDATED",
    "<filename>",
    "<|endoftext|>",
];

/// The lines that shall take the place of `region`; `None` where the answer changes nothing, or cannot be used.
#[must_use]
pub fn proposed(form: NextEditForm, region: &str, answer: &str, stop: StopReason) -> Option<String> {
    if !matches!(stop, StopReason::EndOfAnswer | StopReason::StopText) {
        // What is missing at its end would be deleted.
        return None;
    }
    let answer = answer.replace("<|user_cursor|>", "");
    let answer = match form {
        NextEditForm::Sweep => answer.as_str(),
        NextEditForm::Zeta2 => answer.split(">>>>>>> UPDATED").next().unwrap_or_default(),
        NextEditForm::Zeta21 => {
            let inside = answer.split_once("<|marker_1|>").map_or(answer.as_str(), |(_, inside)| inside);
            inside.split("<|marker_2|>").next().unwrap_or_default()
        }
    };
    let says_none = answer.trim() == NO_EDITS || answer.trim().is_empty();
    if says_none
        || MARKS.iter().any(|mark| answer.contains(mark))
        || answer.contains(NO_EDITS) != region.contains(NO_EDITS)
    {
        return None;
    }
    let proposed = with_ends_of(region, answer);
    (proposed != region).then_some(proposed)
}

/// The answer with the blank lines at its ends that the region has, and no others.
fn with_ends_of(region: &str, answer: &str) -> String {
    let breaks = |c: char| matches!(c, '\n' | '\r');
    let inner = region.trim_matches(breaks);
    let Some(start) = region.find(inner).filter(|_| !inner.is_empty()) else { return answer.to_owned() };
    let (before, behind) = (&region[..start], &region[start + inner.len()..]);
    let own = answer.trim_matches(breaks);
    let own = if region.contains("\r\n") {
        own.replace("\r\n", "\n").replace('\n', "\r\n")
    } else {
        own.to_owned()
    };
    format!("{before}{own}{behind}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const REGION: &str = "a = old(1)\nb = old(2)\n";

    fn check(form: NextEditForm, answer: &str, expected: Option<&str>) {
        assert_eq!(
            proposed(form, REGION, answer, StopReason::EndOfAnswer).as_deref(),
            expected,
            "{answer:?}"
        );
    }

    #[test]
    fn stray_line_breaks_are_no_edit() {
        for answer in ["a = old(1)\nb = old(2)", "\n\na = old(1)\nb = old(2)\n\n\n", REGION] {
            check(NextEditForm::Sweep, answer, None);
        }
        check(NextEditForm::Sweep, "\na = new(1)\nb = old(2)", Some("a = new(1)\nb = old(2)\n"));
    }

    #[test]
    fn no_edits_is_never_text_and_deletes_nothing() {
        for answer in ["NO_EDITS", "NO_EDITS\n>>>>>>> UPDATED\n", "", "\n", "a = old(1)\nNO_EDITS\n"] {
            check(NextEditForm::Zeta2, answer, None);
        }
    }

    #[test]
    fn marks_end_an_answer_or_make_it_useless() {
        check(
            NextEditForm::Zeta2,
            "a = new(1)\nb = new(2)\n>>>>>>> UPDATED\nmore",
            Some("a = new(1)\nb = new(2)\n"),
        );
        check(
            NextEditForm::Zeta2,
            "a = new(1)<|user_cursor|>\nb = old(2)\n",
            Some("a = new(1)\nb = old(2)\n"),
        );
        check(
            NextEditForm::Zeta21,
            "<|marker_1|>a = new(1)\nb = old(2)\n<|marker_2|>",
            Some("a = new(1)\nb = old(2)\n"),
        );
        check(NextEditForm::Sweep, "a = new(1)\n<|file_sep|>x", None);
        check(NextEditForm::Zeta2, "<filename>a.py\nx\n", None);
    }

    #[test]
    fn an_answer_that_was_cut_off_deletes_nothing() {
        assert_eq!(proposed(NextEditForm::Sweep, REGION, "a = new(1)\n", StopReason::Length), None);
    }

    #[test]
    fn line_ends_stay_those_of_the_text() {
        let region = "a = 1\r\nb = 2\r\n";
        let found = proposed(NextEditForm::Sweep, region, "a = 1\nb = 3\n", StopReason::EndOfAnswer);
        assert_eq!(found.as_deref(), Some("a = 1\r\nb = 3\r\n"));
    }
}
