//! Keys of change places beside those of ghost text and reviews, and models for next edits.

use ground::command::Context;
use ipc::protocol::NextEditForm;

use super::*;

/// A window on a text in which the first place of `old` was replaced, and rests.
fn after_edit(text: &str, old: &str, new: &str) -> Window {
    let mut window = Window::on("/a.py", text);
    let at = text.find(old).unwrap();
    window.select(at, at + old.len());
    window.type_text(new);
    window.rests(0..1000);
    window
}

impl Window {
    /// Frames at these times, and what is looked for in them is found.
    fn rests(&mut self, times: std::ops::Range<u64>) -> Vec<Effect> {
        let mut effects = self.frames(times);
        let searches = effects.iter().filter_map(|effect| match effect {
            Effect::FindPlaces(search) => Some(Event::PlacesFound(Box::new(search.run()))),
            _ => None,
        });
        let found: Vec<Event> = searches.collect();
        found.into_iter().for_each(|event| effects.extend(self.send(event)));
        effects
    }
}

const CALLS: &str = "old_call(1)\n\nold_call(2)\n";

#[test]
fn the_keys_are_there_with_the_places_and_tab_where_one_went() {
    let mut window = after_edit(CALLS, "old_call", "new_call");
    let contexts = window.state.contexts(true);
    assert!(contexts.contains(&Context::ChangePlaces) && !contexts.contains(&Context::AtChangePlace));
    assert!(!window.state.contexts(false).contains(&Context::ChangePlaces), "the text has the keyboard");
    window.command(Command::NextPlace);
    assert!(window.state.contexts(true).contains(&Context::AtChangePlace));
    window.command(Command::ApplyPlace);
    assert_eq!(window.text(), "new_call(1)\n\nnew_call(2)\n");
    assert!(!window.state.contexts(true).contains(&Context::ChangePlaces));
    window.command(Command::Undo);
    assert_eq!(window.text(), "new_call(1)\n\nold_call(2)\n");
    window.send(Event::Typed(Typed::Tab));
    assert!(window.text().contains("    "), "Tab indents again");
}

#[test]
fn ghost_text_has_tab_and_escape_before_them() {
    assert!(Context::Ghost > Context::AtChangePlace && Context::AtChangePlace > Context::Text);
    let mut window = after_edit(CALLS, "old_call", "new_call");
    window.command(Command::DropPlaces);
    window.rests(1000..2000);
    assert!(!window.state.contexts(true).contains(&Context::ChangePlaces), "not before the next edit");
}

#[test]
fn a_review_of_all_places_is_one_of_hunks() {
    let mut window = after_edit(CALLS, "old_call", "new_call");
    window.command(Command::ReviewPlaces);
    assert_eq!(window.status(), Some(ReviewStatus::Ready));
    assert!(
        !window.state.contexts(true).contains(&Context::ChangePlaces),
        "its keys are those of the review"
    );
    window.command(Command::AcceptAll);
    assert_eq!(window.text(), "new_call(1)\n\nnew_call(2)\n");
    window.rests(1000..2000);
    assert!(!window.state.contexts(true).contains(&Context::ChangePlaces));
}

/// A window whose model for completion is one for next edits, after an edit that nothing else follows from.
fn asked(id: &str) -> (Window, JobId, NextEditForm) {
    let mut window = Window::on("/a.py", "value = 1\nother = 2\nlast = 3\n");
    let reference = ModelRef { id: id.into(), path: "/m.gguf".into(), sha256: None, stamp: None };
    let model = Model { reference, name: id.into(), size: 1, for_code: false };
    window.send(Event::ModelsListed(Ok(vec![model]), 0));
    window.state.settings.models.completion = id.into();
    let mut window = window.resident();
    window.select(8, 9);
    window.type_text("7");
    let effects = window.rests(0..1000);
    let asked = effects.iter().find_map(|effect| match effect {
        Effect::Ask { job, prompt, .. } => Some((*job, prompt)),
        _ => None,
    });
    let (job, prompt) = asked.unwrap_or_else(|| panic!("{effects:?}"));
    let Prompt::NextEdit(edit) = &**prompt else { panic!("{prompt:?}") };
    assert_eq!(edit.region, "value = 7\nother = 2\nlast = 3\n");
    assert_eq!((edit.earlier.as_str(), edit.caret), ("value = 1\nother = 2\nlast = 3\n", 9));
    assert_eq!(edit.changes.len(), 1);
    (window, job, edit.form)
}

fn answer(window: &mut Window, job: JobId, text: &str) {
    let delta = WorkerMessage::Delta { id: RequestId(3), text: text.into(), tokens: 1 };
    window.send(Event::Worker(WorkerEvent::Said { job: Some(job), event: delta }));
    window.completion_done(job);
}

#[test]
fn a_model_for_next_edits_is_asked_where_nothing_is_found_and_its_answer_is_a_place() {
    let (mut window, job, form) = asked("sweep-next-edit-1.5b");
    assert_eq!(form, NextEditForm::Sweep);
    answer(&mut window, job, "value = 7\nother = 8\nlast = 3");
    assert_eq!(window.text(), "value = 7\nother = 2\nlast = 3\n", "nothing is changed before a key says so");
    window.command(Command::NextPlace);
    window.command(Command::ApplyPlace);
    assert_eq!(window.text(), "value = 7\nother = 8\nlast = 3\n");
}

#[test]
fn an_answer_that_says_nothing_or_comes_too_late_is_no_place() {
    let (mut window, job, form) = asked("zeta-2-q4_k_m");
    assert_eq!(form, NextEditForm::Zeta2);
    answer(&mut window, job, "NO_EDITS\n");
    assert!(!window.state.contexts(true).contains(&Context::ChangePlaces));
    let (mut window, job, _) = asked("zeta-2.1");
    window.type_text("8");
    answer(&mut window, job, "value = 7\nother = 8\nlast = 3\n");
    assert!(!window.state.contexts(true).contains(&Context::ChangePlaces));
    let (mut window, job, _) = asked("zeta2");
    window.type_text("8");
    let cancelled = window.frames(1000..1050);
    assert!(
        cancelled.iter().any(|effect| matches!(effect, Effect::Cancel(of) if *of == job)),
        "{cancelled:?}"
    );
}
