//! What models for next edits are asked, each family in the form that it was trained on: the lines that may change, what they were before
//! the last edit, and the edits before it.
//!
//! The forms are those of Zed's providers for these models. What a user wrote is never tokenised as markup, and a text that holds the
//! words by which an answer ends is refused: an answer about it could not be told from its end.

use std::fmt::Write as _;

use ipc::protocol::{Excerpt, Failure, FailureKind, NextEditContext, NextEditForm, RecentChange};

use super::Slot;
use super::layout::{PromptLayout, PromptPiece, with_newline};
use crate::text::StopText;

/// Changes that are told.
const MAX_CHANGES: usize = 3;

/// Lines of one change that are told, before and after.
const MAX_LINES: usize = 40;

/// Where the caret is, for the models that are told.
const CURSOR: &str = "<|user_cursor|>";

/// The layout of one request.
///
/// # Errors
/// [`FailureKind::Unsupported`] for a text that holds the model's own markup.
pub(super) fn layout(edit: &NextEditContext) -> Result<PromptLayout, Failure> {
    let stops = stops(edit.form);
    let texts = [&edit.before, &edit.region, &edit.earlier, &edit.after].into_iter();
    let others = edit.others.iter().map(|other| &other.text);
    let changes = edit.changes.iter().flat_map(|change| [&change.before, &change.after]);
    let mut all = texts.chain(others).chain(changes);
    if all.any(|text| marks(edit.form).iter().any(|mark| text.contains(mark))) {
        let text = "This text holds the marks by which the model for next edits ends its answers, so it is not asked about it.";
        return Err(Failure::new(FailureKind::Unsupported, text.to_owned()));
    }
    let pieces = match edit.form {
        NextEditForm::Sweep => sweep(edit),
        NextEditForm::Zeta2 | NextEditForm::Zeta21 => zeta(edit),
    };
    Ok(PromptLayout {
        slot: Slot::Talk,
        pieces,
        draft: None,
        stops: stops.iter().map(|stop| StopText::from((*stop).to_owned())).collect(),
        min_answer: |_| 64,
        usual_answer: |region| region + 128,
        max_answer: |region| 2 * region + 256,
    })
}

fn stops(form: NextEditForm) -> &'static [&'static str] {
    match form {
        NextEditForm::Sweep => &["<|file_sep|>", "</s>"],
        NextEditForm::Zeta2 => &[">>>>>>> UPDATED"],
        NextEditForm::Zeta21 => &["<|marker_2|>"],
    }
}

/// What must not stand in a text that the model is asked about.
fn marks(form: NextEditForm) -> &'static [&'static str] {
    match form {
        NextEditForm::Sweep => &["<|file_sep|>", "</s>"],
        NextEditForm::Zeta2 => &[
            "<<<<<<< CURRENT",
            ">>>>>>> UPDATED",
            CURSOR,
            "<[fim-prefix]>",
            "<[fim-suffix]>",
            "<[fim-middle]>",
        ],
        NextEditForm::Zeta21 => {
            &["<|marker_1|>", "<|marker_2|>", CURSOR, "<[fim-prefix]>", "<[fim-suffix]>", "<[fim-middle]>"]
        }
    }
}

fn markup(text: &str) -> PromptPiece {
    PromptPiece::Markup(text.to_owned())
}

fn text(text: impl Into<String>) -> PromptPiece {
    PromptPiece::Text(text.into())
}

/// Files, changes, then the window as it was, as it is, and as it shall be, which the model goes on from.
fn sweep(edit: &NextEditContext) -> Vec<PromptPiece> {
    let mut pieces = Vec::new();
    let mut file = |name: String, body: PromptPiece| {
        pieces.extend([markup("<|file_sep|>"), text(format!("{name}\n")), body]);
    };
    for Excerpt { file_name, text } in &edit.others {
        file(file_name.clone(), PromptPiece::Text(with_newline(text)));
    }
    for RecentChange { file_name, before, after } in recent(&edit.changes) {
        let told = format!("original:\n{}updated:\n{}", first_lines(before), first_lines(after));
        file(format!("{file_name}.diff"), text(told));
    }
    file(format!("original/{}", edit.file_name), text(with_newline(&edit.earlier)));
    file(format!("current/{}", edit.file_name), PromptPiece::Selection(with_newline(&edit.region)));
    file(format!("updated/{}", edit.file_name), text(""));
    pieces
}

/// What follows, then other files, the changes as a patch, and the file up to the lines that may change.
fn zeta(edit: &NextEditContext) -> Vec<PromptPiece> {
    let caret = (0..=edit.caret.min(edit.region.len()))
        .rev()
        .find(|at| edit.region.is_char_boundary(*at))
        .unwrap_or(0);
    let (left, right) = edit.region.split_at(caret);
    let mut pieces =
        vec![markup("<[fim-suffix]>"), PromptPiece::After(edit.after.clone()), markup("<[fim-prefix]>")];
    for Excerpt { file_name, text: body } in &edit.others {
        pieces.push(text(format!("<filename>{file_name}\n{}", with_newline(body))));
    }
    let mut history = String::new();
    for change in recent(&edit.changes) {
        let _in_memory = write!(history, "{}", patch(change));
    }
    pieces.push(text(format!("<filename>edit_history\n{history}")));
    pieces.push(text(format!("<filename>{}\n", edit.file_name)));
    pieces.push(PromptPiece::Before(edit.before.clone()));
    let (open, close) = match edit.form {
        NextEditForm::Zeta21 => ("<|marker_1|>", "<|marker_2|>"),
        _ => ("<<<<<<< CURRENT\n", "=======\n"),
    };
    pieces.push(markup(open));
    pieces.push(PromptPiece::Selection(left.to_owned()));
    pieces.push(markup(CURSOR));
    pieces.push(PromptPiece::Selection(with_newline(right)));
    pieces.push(markup(close));
    pieces.push(markup("<[fim-middle]>"));
    pieces
}

fn recent(changes: &[RecentChange]) -> &[RecentChange] {
    &changes[changes.len().saturating_sub(MAX_CHANGES)..]
}

fn first_lines(text: &str) -> String {
    text.lines().take(MAX_LINES).map(|line| format!("{line}\n")).collect()
}

/// One change as a patch of its lines.
fn patch(RecentChange { file_name, before, after }: &RecentChange) -> String {
    let count = |text: &str| text.lines().take(MAX_LINES).count();
    let lines = |text: &str, sign: char| -> String {
        text.lines().take(MAX_LINES).map(|line| format!("{sign}{line}\n")).collect()
    };
    format!(
        "--- a/{file_name}\n+++ b/{file_name}\n@@ -1,{} +1,{} @@\n{}{}",
        count(before),
        count(after),
        lines(before, '-'),
        lines(after, '+')
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(form: NextEditForm) -> NextEditContext {
        NextEditContext {
            form,
            file_name: "src/a.py".into(),
            before: "import os\n".into(),
            region: "b = new(2)\nc = old(3)\n".into(),
            earlier: "b = old(2)\nc = old(3)\n".into(),
            caret: 10,
            after: "end\n".into(),
            changes: vec![RecentChange {
                file_name: "src/a.py".into(),
                before: "a = old(1)".into(),
                after: "a = new(1)".into(),
            }],
            others: vec![Excerpt { file_name: "b.py".into(), text: "def old(x): pass".into() }],
        }
    }

    fn shown(edit: &NextEditContext) -> String {
        layout(edit).unwrap().pieces.iter().map(PromptPiece::text).collect()
    }

    #[test]
    fn sweep_sees_files_changes_and_the_window_before_and_now() {
        assert_eq!(
            shown(&edit(NextEditForm::Sweep)),
            concat!(
                "<|file_sep|>b.py\ndef old(x): pass\n",
                "<|file_sep|>src/a.py.diff\noriginal:\na = old(1)\nupdated:\na = new(1)\n",
                "<|file_sep|>original/src/a.py\nb = old(2)\nc = old(3)\n",
                "<|file_sep|>current/src/a.py\nb = new(2)\nc = old(3)\n",
                "<|file_sep|>updated/src/a.py\n",
            )
        );
        let stops: Vec<StopText> =
            ["<|file_sep|>", "</s>"].map(|stop| StopText::from(stop.to_owned())).into();
        assert_eq!(layout(&edit(NextEditForm::Sweep)).unwrap().stops, stops);
    }

    #[test]
    fn zeta_2_sees_what_follows_first_and_the_region_with_the_caret_last() {
        assert_eq!(
            shown(&edit(NextEditForm::Zeta2)),
            concat!(
                "<[fim-suffix]>end\n<[fim-prefix]>",
                "<filename>b.py\ndef old(x): pass\n",
                "<filename>edit_history\n--- a/src/a.py\n+++ b/src/a.py\n@@ -1,1 +1,1 @@\n-a = old(1)\n+a = new(1)\n",
                "<filename>src/a.py\nimport os\n",
                "<<<<<<< CURRENT\nb = new(2)<|user_cursor|>\nc = old(3)\n=======\n<[fim-middle]>",
            )
        );
        let newer = shown(&edit(NextEditForm::Zeta21));
        assert!(
            newer.ends_with("<|marker_1|>b = new(2)<|user_cursor|>\nc = old(3)\n<|marker_2|><[fim-middle]>"),
            "{newer}"
        );
    }

    #[test]
    fn three_changes_of_forty_lines_are_told() {
        let long = "x\n".repeat(100);
        let change =
            |name: &str| RecentChange { file_name: name.into(), before: long.clone(), after: String::new() };
        let changes = ["1", "2", "3", "4"].map(change).into();
        let text = shown(&NextEditContext { changes, ..edit(NextEditForm::Sweep) });
        assert!(!text.contains("1.diff") && text.contains("2.diff"), "{text}");
        assert_eq!(text.matches("x\n").count(), 3 * MAX_LINES);
    }

    #[test]
    fn a_text_that_holds_the_models_marks_is_refused() {
        for (form, mark) in [
            (NextEditForm::Sweep, "'<|file_sep|>'\n"),
            (NextEditForm::Sweep, "a</s>\n"),
            (NextEditForm::Zeta2, ">>>>>>> UPDATED\n"),
            (NextEditForm::Zeta21, "<|marker_2|>\n"),
        ] {
            let held = NextEditContext { region: mark.into(), ..edit(form) };
            let failure = layout(&held).err().unwrap();
            assert_eq!(failure.kind, FailureKind::Unsupported, "{mark}");
        }
        assert!(layout(&NextEditContext { region: "a </s>".into(), ..edit(NextEditForm::Zeta2) }).is_ok());
    }

    #[test]
    fn a_caret_within_a_character_or_behind_the_lines_is_put_right() {
        let text = shown(&NextEditContext { region: "ü\n".into(), caret: 1, ..edit(NextEditForm::Zeta2) });
        assert!(text.contains("CURRENT\n<|user_cursor|>ü\n"), "{text}");
        let text = shown(&NextEditContext { caret: 999, ..edit(NextEditForm::Zeta2) });
        assert!(text.contains("c = old(3)\n<|user_cursor|>=======\n"), "{text}");
    }
}
