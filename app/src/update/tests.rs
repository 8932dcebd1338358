//! Scripted sequences of events, and what the state and the effects are after them.

mod conflicts;
mod desk;
mod encodings;
mod everywhere;
mod explain;
mod ghost;
mod known;
mod measure;
mod mended;
mod mentioned;
mod next_place;
mod remarks;
mod repository;
mod reviews;
mod saving;
mod two_windows;
mod writing;

use std::path::{Path, PathBuf};

use editor_core::file::{Opened, SaveError};
use editor_core::movement::Motion;
use editor_core::{Selection, Span};
use ground::command::Command;
use ground::ids::JobId;
use ipc::death::Cause;
use ipc::protocol::{
    Approach, Doing, Failure, FailureKind, LoadedModel, ModelRef, Prompt, PromptReport, RequestId,
    ResidentModel, StopReason, Usage, WorkerMessage,
};
use models::store::StoreError;
use ropey::Rope;

use crate::event::{Effect, Event, OverlayEvent, Save, Typed, WorkerEvent};
use crate::features::activity::ActivityEffect;
use crate::features::explain::ExplainEvent;
use crate::features::find::FindEvent;
use crate::features::health::HealthEffect;
use crate::features::recovery::RecoveryEffect;
use crate::state::State;
use crate::workspace::{Model, Overlay, Question, Reply, ReviewStatus, WorkerState};

/// A window whose clock stands still.
#[derive(Default)]
struct Window {
    state: State,
}

impl Window {
    /// With one file in front.
    fn on(path: &str, text: &str) -> Window {
        let mut window = Window::default();
        window.state.settings.window.confirm_exit = true;
        let opened = Box::new(Opened::new_text(Rope::from_str(text)));
        window.send(Event::Opened { path: path.into(), caret: None, front: true, result: Ok(opened) });
        window
    }

    fn with_model(mut self) -> Window {
        let reference = ModelRef { id: "tiny".into(), path: "/m.gguf".into(), sha256: None, stamp: None };
        let model = Model { reference, name: "Tiny".into(), size: 1_000_000, for_code: true };
        self.send(Event::ModelsListed(Ok(vec![model]), 8_000_000_000));
        self
    }

    fn send(&mut self, event: Event) -> Vec<Effect> {
        super::update(&mut self.state, event, 0)
    }

    fn command(&mut self, command: Command) -> Vec<Effect> {
        self.send(Event::Command(command))
    }

    fn type_text(&mut self, text: &str) {
        self.send(Event::Typed(Typed::Text(text.into())));
    }

    fn select(&mut self, from: usize, to: usize) {
        let id = self.state.tab().unwrap().id;
        self.send(Event::Select(id, Selection::single(Span::new(from, to))));
    }

    /// Frames at these times, in milliseconds; what they ask for, but for keeping what is not saved.
    fn frames(&mut self, times: std::ops::Range<u64>) -> Vec<Effect> {
        let keeps = |effect: &Effect| {
            matches!(effect, Effect::Recovery(RecoveryEffect::Keep(..) | RecoveryEffect::Forget(_)))
        };
        let all = times.step_by(50).flat_map(|now| super::update(&mut self.state, Event::Frame, now));
        // What a frame asks of git and of watched folders is looked at where that is tested.
        let asks = |effect: &Effect| matches!(effect, Effect::Changes(_) | Effect::Watch(_));
        all.filter(|effect| !keeps(effect) && !asks(effect)).collect()
    }

    fn text(&self) -> String {
        self.state.tab().unwrap().document.rope().to_string()
    }

    fn said(&mut self, event: WorkerMessage) {
        let job = self.state.job.map(|job| job.id);
        self.send(Event::Worker(WorkerEvent::Said { job, event }));
    }

    /// Asks for an improvement of a range, and lets this answer arrive in pieces.
    fn improve(&mut self, range: std::ops::Range<usize>, answer: &str) {
        self.select(range.start, range.end);
        self.command(Command::Improve);
        self.send(Event::Overlay(OverlayEvent::Accept));
        for (index, piece) in answer.split_inclusive(' ').enumerate() {
            self.said(WorkerMessage::Delta {
                id: RequestId(2),
                text: piece.into(),
                tokens: index as u32 + 1,
            });
        }
        self.end();
    }

    /// The answer is complete, and judged.
    fn end(&mut self) -> Vec<Effect> {
        let job = self.state.job.map(|job| job.id);
        let event =
            WorkerMessage::Done { id: RequestId(2), stop: StopReason::EndOfAnswer, usage: Usage::default() };
        let effects = self.send(Event::Worker(WorkerEvent::Said { job, event }));
        let judge = effects.into_iter().find_map(|effect| match effect {
            Effect::Judge(judge) => Some(judge),
            _ => None,
        });
        judge.map(|judge| self.send(judge.judged())).unwrap_or_default()
    }

    fn status(&self) -> Option<ReviewStatus> {
        Some(self.state.tab()?.review.as_ref()?.status.clone())
    }
}

#[test]
fn what_is_typed_can_be_undone_and_redone() {
    let mut window = Window::on("/a.txt", "one\n");
    window.send(Event::Typed(Typed::Move(Motion::DocumentEnd, false)));
    window.type_text("two");
    assert_eq!(window.text(), "one\ntwo");
    assert!(window.state.tab().unwrap().document.is_modified());
    window.command(Command::Undo);
    assert_eq!(window.text(), "one\n");
    window.command(Command::Redo);
    assert_eq!(window.text(), "one\ntwo");
}

#[test]
fn a_file_is_opened_once() {
    let mut window = Window::on("/a.txt", "x");
    assert!(window.send(Event::Open("/a.txt".into())).is_empty());
    assert!(matches!(window.send(Event::Open("/b.txt".into()))[..], [Effect::Open { .. }]));
}

#[test]
fn closing_an_unsaved_tab_asks_and_saves_before_it_closes() {
    let mut window = Window::on("/a.txt", "x");
    window.type_text("y");
    let id = window.state.tab().unwrap().id;
    window.command(Command::CloseTab);
    assert!(matches!(window.state.overlay, Overlay::Question(Question::Close(asked)) if asked == id));
    let effects = window.send(Event::Overlay(OverlayEvent::Reply(Reply::Yes)));
    let [Effect::Recovery(RecoveryEffect::Keep(..)), Effect::Save(Save { tab, path, revision, .. })] =
        &effects[..]
    else {
        panic!("{effects:?}")
    };
    assert_eq!((*tab, path.as_path()), (id, Path::new("/a.txt")));
    assert_eq!(window.state.tabs.len(), 1, "not closed before it is saved");
    let stamp = stamp();
    window.send(Event::Saved { tab: id, path: path.clone(), revision: *revision, result: Ok(stamp) });
    assert!(window.state.tabs.is_empty());
    assert_eq!(window.state.closed_files, [PathBuf::from("/a.txt")]);
}

fn stamp() -> editor_core::file::Stamp {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    std::fs::write(&path, "x").unwrap();
    editor_core::file::open(&editor_core::disk::RealDisk, &path).unwrap().stamp.unwrap()
}

#[test]
fn a_file_changed_by_another_program_is_not_overwritten_without_a_question() {
    let mut window = Window::on("/a.txt", "x");
    window.type_text("y");
    window.command(Command::Save);
    let tab = window.state.tab().unwrap();
    let (id, revision) = (tab.id, tab.document.revision());
    let result = Err(SaveError::ChangedOnDisk("/a.txt".into(), Box::new(stamp())));
    window.send(Event::Saved { tab: id, path: "/a.txt".into(), revision, result });
    assert!(matches!(window.state.overlay, Overlay::Question(Question::Overwrite { .. })));
    assert!(window.send(Event::Overlay(OverlayEvent::Close)).is_empty());
    assert!(window.state.tab().unwrap().document.is_modified());
}

#[test]
fn a_second_save_waits_for_the_first_and_writes_what_was_typed_meanwhile() {
    let mut window = Window::on("/a.txt", "x");
    window.type_text("y");
    let tab = window.state.tab().unwrap();
    let (id, revision) = (tab.id, tab.document.revision());
    let saved = |revision| Event::Saved { tab: id, path: "/a.txt".into(), revision, result: Ok(stamp()) };
    assert_eq!(saved_text(&window.command(Command::Save)), "yx");
    window.type_text("z");
    assert!(window.command(Command::Save).is_empty(), "nobody knows yet what the file is like");
    assert!(window.command(Command::Save).is_empty());
    assert_eq!(saved_text(&window.send(saved(revision))), "yzx");
    let revision = window.state.tab().unwrap().document.revision();
    let more = window.send(saved(revision));
    assert!(!more.iter().any(|effect| matches!(effect, Effect::Save(_))), "{more:?}");
    assert!(!window.state.tab().unwrap().document.is_modified());
}

#[test]
fn a_reload_keeps_what_is_the_same_and_can_be_undone() {
    let mut window = Window::on("/a.txt", "one two three");
    let id = window.state.tab().unwrap().id;
    let opened = Opened { stamp: Some(stamp()), ..Opened::new_text(Rope::from_str("one 2 three")) };
    let revision = window.state.tab().unwrap().document.revision();
    window.send(Event::Reloaded(id, revision, Ok(Box::new(opened))));
    assert_eq!(window.text(), "one 2 three");
    assert!(!window.state.tab().unwrap().document.is_modified());
    window.command(Command::Undo);
    assert_eq!(window.text(), "one two three");
}

#[test]
fn quitting_with_unsaved_text_asks_first() {
    let mut window = Window::on("/a.txt", "x");
    window.type_text("y");
    assert!(window.send(Event::CloseRequested).is_empty());
    assert!(matches!(window.state.overlay, Overlay::Question(Question::Quit(1))));
    let effects = window.send(Event::Overlay(OverlayEvent::Reply(Reply::Discard)));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Quit)));
}

#[test]
fn finding_goes_round_and_replacing_goes_on() {
    let mut window = Window::on("/a.txt", "a b a b a");
    window.command(Command::Replace);
    window.send(Event::Find(FindEvent::Pattern("a".into())));
    window.send(Event::Find(FindEvent::Replacement("xy".into())));
    window.command(Command::FindNext);
    assert_eq!(window.state.tab().unwrap().document.selection().primary().range(), 0..1);
    window.send(Event::Find(FindEvent::ReplaceOne));
    assert_eq!(window.text(), "xy b a b a");
    window.send(Event::Frame);
    assert_eq!(window.state.tab().unwrap().document.selection().primary().range(), 5..6);
    window.send(Event::Find(FindEvent::ReplaceAll));
    assert_eq!(window.text(), "xy b xy b xy");
    window.command(Command::Undo);
    assert_eq!(window.text(), "xy b a b a");
}

#[test]
fn a_line_and_a_column_can_be_gone_to() {
    let mut window = Window::on("/a.txt", "one\ntwo\nthree");
    window.command(Command::GotoLine);
    window.send(Event::Overlay(OverlayEvent::Text(":2:3".into())));
    window.send(Event::Overlay(OverlayEvent::Accept));
    assert_eq!(window.state.tab().unwrap().caret(), (1, 2));
}

#[test]
fn the_next_occurrence_is_added_to_the_selection() {
    let mut window = Window::on("/a.txt", "ab cd ab");
    window.command(Command::SelectNext);
    window.command(Command::SelectNext);
    window.type_text("x");
    assert_eq!(window.text(), "x cd x");
}

#[test]
fn between_blank_lines_nothing_is_taken_and_the_message_says_what_to_do() {
    let mut window = Window::on("/a.txt", "above\n\n\n\nbelow\n").with_model();
    for command in [Command::Improve, Command::Explain] {
        window.select(7, 7);
        window.command(command);
        assert!(matches!(window.state.overlay, Overlay::None), "{command:?}");
        assert!(window.state.explain.shown.is_none());
        let selection = window.state.tab().unwrap().document.selection().primary();
        assert_eq!((selection.start(), selection.end()), (7, 7), "nothing is selected");
        assert_eq!(window.state.toasts.last().unwrap().text, crate::workspace::ask::NOTHING_HERE);
    }
}

#[test]
fn escape_from_the_instruction_gives_back_what_was_selected() {
    let mut window = Window::on("/a.txt", "one\ntwo words\nthree\n").with_model();
    for (anchor, head) in [(6, 6), (8, 5)] {
        let before = Selection::single(Span::new(anchor, head));
        window.state.tab_mut().unwrap().document.select(&before);
        window.command(Command::Improve);
        assert_ne!(*window.state.tab().unwrap().document.selection(), before, "whole lines are marked");
        window.send(Event::Overlay(OverlayEvent::Close));
        assert_eq!(*window.state.tab().unwrap().document.selection(), before);
    }
}

#[test]
fn improve_asks_for_whole_lines_with_the_instruction() {
    let mut window = Window::on("/a.py", "a = 1\nb = 2\nc = 3\n").with_model();
    window.select(8, 9);
    window.command(Command::Improve);
    window.send(Event::Overlay(OverlayEvent::Text("double it".into())));
    let effects = window.command(Command::Improve);
    let [Effect::Ask { model, prompt, .. }] = &effects[..] else { panic!("{effects:?}") };
    let Prompt::Edit(code) = &**prompt else { panic!("{prompt:?}") };
    assert_eq!(model.id, "tiny");
    assert_eq!((code.selection.as_str(), code.instruction.as_str()), ("b = 2", "double it"));
    assert_eq!((code.file_name.as_str(), code.language.as_str()), ("a.py", "Python"));
    assert_eq!(window.status(), Some(ReviewStatus::Waiting));
}

#[test]
fn without_a_model_the_review_says_what_to_do() {
    let mut window = Window::on("/a.py", "a = 1\n");
    window.select(0, 5);
    window.command(Command::Improve);
    assert!(window.send(Event::Overlay(OverlayEvent::Accept)).is_empty());
    assert_eq!(window.status(), Some(ReviewStatus::Failed(crate::workspace::ask::no_model())));
}

#[test]
fn hunks_are_accepted_and_rejected_one_by_one_in_one_undo_step() {
    let mut window = Window::on("/a.py", "a = 1\nb = 2\nc = 3\nd = 4\n").with_model();
    window.improve(0..23, "a = 10\nb = 2\nc = 30\nd = 40\n");
    assert_eq!(window.status(), Some(ReviewStatus::Ready));
    assert_eq!(window.text(), "a = 1\nb = 2\nc = 3\nd = 4\n", "nothing changes before it is accepted");
    window.command(Command::AcceptHunk);
    assert_eq!(window.text(), "a = 10\nb = 2\nc = 3\nd = 4\n");
    window.command(Command::AcceptHunk);
    assert!(window.state.tab().unwrap().review.is_none(), "the last decision ends the review");
    assert_eq!(window.text(), "a = 10\nb = 2\nc = 30\nd = 40\n");
    window.command(Command::Undo);
    assert_eq!(window.text(), "a = 1\nb = 2\nc = 3\nd = 4\n");
}

#[test]
fn rejected_hunks_stay_as_they_were() {
    let mut window = Window::on("/a.py", "a = 1\nb = 2\nc = 3\n").with_model();
    window.improve(0..17, "a = 10\nb = 2\nc = 30\n");
    window.command(Command::RejectHunk);
    window.command(Command::AcceptAll);
    assert_eq!(window.text(), "a = 1\nb = 2\nc = 30\n");
}

#[test]
fn escape_cancels_and_leaves_the_text_as_it_was() {
    let mut window = Window::on("/a.py", "a = 1\n").with_model();
    window.select(0, 5);
    window.command(Command::Improve);
    window.send(Event::Overlay(OverlayEvent::Accept));
    window.said(WorkerMessage::Delta { id: RequestId(2), text: "a = 2".into(), tokens: 3 });
    assert_eq!(window.status(), Some(ReviewStatus::Streaming));
    let effects = window.command(Command::StopReview);
    assert!(matches!(effects[..], [Effect::Cancel(_)]));
    assert_eq!((window.text().as_str(), window.status()), ("a = 1\n", None));
}

#[test]
fn a_late_answer_to_a_cancelled_question_is_dropped() {
    let mut window = Window::on("/a.py", "a = 1\n").with_model();
    window.improve(0..5, "a = 2\n");
    let late = WorkerMessage::Delta { id: RequestId(2), text: "zzz".into(), tokens: 9 };
    window.send(Event::Worker(WorkerEvent::Said { job: Some(JobId(77)), event: late }));
    window.command(Command::AcceptAll);
    assert_eq!(window.text(), "a = 2\n");
}

#[test]
fn a_dead_workers_answer_goes_on_in_another_one_twice_and_then_fails() {
    let mut window = Window::on("/a.py", "a = 1\n").with_model();
    window.select(0, 5);
    window.command(Command::Improve);
    window.send(Event::Overlay(OverlayEvent::Accept));
    let job = window.state.job.unwrap().id;
    let reason = "The model worker was killed by signal 9.".to_owned();
    let mut die = || {
        let mut effects = window.send(Event::Worker(WorkerEvent::Stopped {
            reason: reason.clone(),
            cause: Cause::Killed,
            doing: Doing::Decode,
            gave_up: false,
            failed: vec![job],
            loading: None,
        }));
        effects.retain(|effect| !matches!(effect, Effect::Activity(ActivityEffect::WriteLog(_))));
        effects
    };
    let restore = Effect::Health(HealthEffect::Restore);
    for _ in 0..2 {
        let effects = die();
        assert!(matches!(&effects[..], [Effect::Resume(resumed), _] if *resumed == job), "{effects:?}");
        assert_eq!(format!("{:?}", effects[1]), format!("{restore:?}"));
    }
    assert_eq!(die().len(), 1, "what was loaded comes back, the answer does not");
    assert_eq!(window.status(), Some(ReviewStatus::Failed(reason)));
    assert_eq!(window.state.worker.state, WorkerState::Off, "nothing was in memory: nothing is started");
    let effects = window.command(Command::TryAgain);
    assert!(matches!(&effects[..], [Effect::Ask { job: next, .. }] if *next != job));
    assert_eq!(window.status(), Some(ReviewStatus::Waiting));
}

#[test]
fn a_selection_that_rests_is_sent_ahead_once_and_only_when_the_model_is_in_memory() {
    let mut window = Window::on("/a.py", "a = 1\nb = 2\n").with_model();
    window.select(0, 5);
    assert!(window.frames(0..1000).is_empty(), "the model is not in memory");
    let id = window.state.model().unwrap().reference.id.clone();
    let resident = ResidentModel { id, bytes_predicted: 1, bytes_measured: 1, idle_s: 0 };
    window.said(WorkerMessage::Residency { models: vec![resident], used: 1, budget: 2, note: None });
    assert!(window.frames(1000..1200).is_empty(), "it has not rested yet");
    let effects = window.frames(1200..3000);
    let [Effect::Prime { prompt, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert!(matches!(&**prompt, Prompt::Edit(code) if code.selection == "a = 1"), "{prompt:?}");
    window.select(0, 8);
    assert_eq!(window.frames(3000..4000).len(), 1, "another selection");
    window.command(Command::Improve);
    assert!(window.frames(4000..5000).is_empty(), "the instruction line is about the same lines");
    window.send(Event::Overlay(OverlayEvent::Accept));
    assert!(window.frames(5000..6000).is_empty(), "beside a running request nothing is sent ahead");
}

#[test]
fn the_same_answer_is_no_change() {
    let mut window = Window::on("/a.py", "a = 1\n").with_model();
    window.improve(0..5, "a = 1\n");
    assert_eq!(window.status(), Some(ReviewStatus::Waiting), "it is asked once more");
    window.delta("a = 1\n");
    window.end();
    assert_eq!(window.status(), Some(ReviewStatus::Unchanged));
}

#[test]
fn the_worker_is_seen_as_its_events_tell() {
    let mut window = Window::default();
    let id = RequestId(1);
    let mut check = |event: WorkerMessage, state: WorkerState| {
        window.said(event);
        assert_eq!(window.state.worker.state, state);
    };
    check(WorkerMessage::LoadProgress { id, fraction: 0.5 }, WorkerState::Loading(0.5));
    let model = LoadedModel {
        id: "tiny".into(),
        sha256: None,
        description: "tiny".into(),
        context_tokens: 8192,
        weights_bytes: 1,
        layers: 3,
        gpu_layers: 0,
        threads: 2,
        load_ms: 1.0,
        resident_bytes: 2,
    };
    check(WorkerMessage::Loaded { id, model }, WorkerState::Idle);
    let prompt = PromptReport { tokens: 100, cached: 40, ..PromptReport::default() };
    check(WorkerMessage::PromptReady { id, prompt }, WorkerState::Prefill(40, 100));
    check(WorkerMessage::PrefillProgress { id, done: 80, total: 100 }, WorkerState::Prefill(80, 100));
    check(WorkerMessage::Delta { id, text: "x".into(), tokens: 1 }, WorkerState::Generating(0.0));
    let failure = Failure::new(FailureKind::Device, "broken");
    check(WorkerMessage::Failed { id: Some(id), failure }, WorkerState::Idle);
}

#[test]
fn the_session_names_open_files_and_carets() {
    let mut window = Window::on("/a.txt", "one\ntwo");
    window.send(Event::Typed(Typed::Move(Motion::DocumentEnd, false)));
    let session = window.state.session_now();
    assert_eq!((session.files[0].path.as_path(), session.files[0].caret), (Path::new("/a.txt"), (1, 3)));
}

#[test]
fn a_paragraph_ends_at_blank_lines() {
    let buffer = editor_core::Buffer::from_text("a\n\nb\nc\n\nd");
    assert_eq!(crate::workspace::ask::paragraph(&buffer, 5), Some(3..6));
    assert_eq!(crate::workspace::ask::paragraph(&buffer, 0), Some(0..1));
    assert_eq!(crate::workspace::ask::paragraph(&buffer, 2), None, "what stands above was not meant");
}

#[test]
fn a_failure_is_a_sentence() {
    assert_eq!(ground::words::sentence("the worker ended"), "The worker ended.");
    assert_eq!(ground::words::sentence("Why?"), "Why?");
}

#[test]
fn a_saved_text_gets_its_language_and_shows_in_the_tree() {
    let mut window = Window::default();
    window.send(Event::OpenFolder("/p".into()));
    window.command(Command::NewFile);
    window.type_text("x = 1");
    let (tab, revision) = {
        let tab = window.state.tab().unwrap();
        (tab.id, tab.document.revision())
    };
    crate::features::files::save::save_at(&mut window.state, tab, "/p/a.py".into(), 0, &mut Vec::new());
    let effects = window.send(Event::Saved { tab, path: "/p/a.py".into(), revision, result: Ok(stamp()) });
    assert!(effects.iter().any(|effect| matches!(effect, Effect::List(folder) if folder == Path::new("/p"))));
    assert_eq!(window.state.tab().unwrap().document.language(), editor_core::Language::Python);
}

/// The prompt of the only question among effects.
fn asked(effects: &[Effect]) -> ipc::protocol::CodeContext {
    let found = effects.iter().find_map(|effect| match effect {
        Effect::Ask { prompt, .. } => Some(prompt),
        _ => None,
    });
    match found.map(|prompt| (**prompt).clone()) {
        Some(Prompt::Edit(code)) => code,
        other => panic!("{other:?} in {effects:?}"),
    }
}

const DOUBLE: &str = "def double(x):\n    \"\"\"Twice x.\"\"\"\n    return x * 3\n";

impl Window {
    fn delta(&mut self, text: &str) {
        self.said(WorkerMessage::Delta { id: RequestId(2), text: text.into(), tokens: 1 });
    }
}

#[test]
fn an_answer_that_changes_nothing_is_asked_for_anew_and_escape_never_loses_a_proposal() {
    let mut window = Window::on("/a.py", DOUBLE).with_model();
    window.select(0, DOUBLE.len() - 1);
    window.command(Command::Improve);
    window.send(Event::Overlay(OverlayEvent::Text("Fix the mistake.".into())));
    assert_eq!(asked(&window.send(Event::Overlay(OverlayEvent::Accept))).approach, Approach::Change);
    window.delta(DOUBLE);
    let head = "def double(x):\n    \"\"\"Twice x.\"\"\"\n".to_owned();
    assert_eq!(asked(&window.end()).approach, Approach::Rewrite(head));
    window.delta("    return 2 * x\n\nprint(double(1))\n");
    assert!(window.end().is_empty(), "it parses and nothing more is known");
    assert_eq!(window.status(), Some(ReviewStatus::Ready));
    let another = window.command(Command::NextAlternative);
    assert!(matches!(asked(&another).approach, Approach::Rewrite(_)));
    window.delta("    return x + ");
    let effects = window.command(Command::StopReview);
    assert!(matches!(effects[..], [Effect::Cancel(_)]), "{effects:?}");
    assert_eq!(window.status(), Some(ReviewStatus::Ready));
    window.command(Command::AcceptAll);
    assert_eq!(window.text(), DOUBLE.replace("x * 3", "2 * x"), "what shows its use is left out");
}

#[test]
fn alternatives_can_be_gone_through_until_one_is_accepted_in_part() {
    let mut window = Window::on("/a.py", DOUBLE).with_model();
    window.improve(0..DOUBLE.len() - 1, &DOUBLE.replace('3', "2"));
    window.command(Command::NextAlternative);
    window.delta(&DOUBLE.replace("x * 3", "x + x"));
    window.end();
    let place = |window: &Window| window.state.tab().unwrap().review.as_ref().unwrap().place();
    let shown =
        |window: &Window| window.state.tab().unwrap().review.as_ref().unwrap().review.answer().to_owned();
    assert_eq!((place(&window), shown(&window).contains("x + x")), (Some((2, 2)), true), "it was asked for");
    window.command(Command::NextAlternative);
    window.delta(&DOUBLE.replace('3', "2"));
    window.end();
    assert_eq!(place(&window), Some((2, 2)), "the same once more is none");
    assert!(window.state.toasts.iter().any(|toast| toast.text.contains("no other usable answer")));
    window.command(Command::PreviousAlternative);
    assert_eq!((place(&window), shown(&window).contains("x * 2")), (Some((1, 2)), true));
    window.command(Command::AcceptHunk);
    assert_eq!(window.text(), DOUBLE.replace('3', "2"));
}

#[test]
fn a_refinement_shows_the_model_its_proposal_and_keeps_the_first_instruction() {
    let mut window = Window::on("/a.py", DOUBLE).with_model();
    window.improve(0..DOUBLE.len() - 1, &DOUBLE.replace('3', "2"));
    window.command(Command::Improve);
    assert!(matches!(&window.state.overlay, Overlay::Instruction(line) if line.refines));
    window.send(Event::Overlay(OverlayEvent::Text("but add".into())));
    let code = asked(&window.send(Event::Overlay(OverlayEvent::Accept)));
    let turn = (DOUBLE.replace('3', "2").trim_end().to_owned(), "but add".to_owned());
    assert_eq!(code.approach, Approach::FollowUp(vec![turn]));
    assert_eq!(code.instruction, "Improve this code.");
    window.delta(&DOUBLE.replace("x * 3", "x + x"));
    window.end();
    window.command(Command::AcceptAll);
    assert_eq!(window.text(), DOUBLE.replace("x * 3", "x + x"));
}

#[test]
fn quick_choices_own_prompts_and_earlier_instructions_are_a_key_away() {
    let mut window = Window::on("/a.py", DOUBLE).with_model();
    window.send(Event::Prompts(vec![("Mine".into(), "Do it my way.".into())]));
    window.select(0, 5);
    window.command(Command::Improve);
    let code = asked(&window.send(Event::Overlay(OverlayEvent::Pick(1))));
    assert!(code.instruction.starts_with("Make this code simpler"), "{code:?}");
    window.command(Command::StopReview);
    window.command(Command::Improve);
    window.send(Event::Overlay(OverlayEvent::Step(1)));
    window.send(Event::Overlay(OverlayEvent::Step(1)));
    assert!(
        matches!(&window.state.overlay, Overlay::Instruction(line) if line.text.starts_with("Make this code simpler"))
    );
    let code = asked(&window.send(Event::Overlay(OverlayEvent::Pick(9))));
    assert_eq!(code.instruction, "Do it my way.");
}

#[test]
fn examples_are_run_only_in_a_folder_that_was_allowed() {
    let mut window = Window::on("/p/a.py", DOUBLE).with_model();
    assert!(!crate::workspace::permissions::may_run_examples(&window.state));
    window.command(Command::RunExamples);
    window.command(Command::RunCheckers);
    assert!(window.state.session.trusted.is_empty(), "a file alone does not speak for its folder");
    assert!(window.state.session.checked.is_empty());
    window.send(Event::OpenFolder("/p".into()));
    window.command(Command::RunExamples);
    assert!(crate::workspace::permissions::may_run_examples(&window.state));
    window.command(Command::RunExamples);
    assert!(!crate::workspace::permissions::may_run_examples(&window.state));
}

impl Window {
    /// With its model in memory.
    fn resident(mut self) -> Window {
        let id = self.state.model().unwrap().reference.id.clone();
        let resident = ResidentModel { id, bytes_predicted: 1, bytes_measured: 1, idle_s: 0 };
        self.said(WorkerMessage::Residency { models: vec![resident], used: 1, budget: 2, note: None });
        self
    }

    /// Types, rests, and lets a completion arrive. The job.
    fn completed(&mut self, typed: &str, answer: &str) -> JobId {
        self.type_text(typed);
        let effects = self.frames(0..400);
        let [Effect::Ask { job, prompt, .. }] = &effects[..] else { panic!("{effects:?}") };
        assert!(matches!(&**prompt, Prompt::Fill(_)), "{prompt:?}");
        let delta = WorkerMessage::Delta { id: RequestId(3), text: answer.into(), tokens: 1 };
        self.send(Event::Worker(WorkerEvent::Said { job: Some(*job), event: delta }));
        *job
    }

    fn completion_done(&mut self, job: JobId) {
        let event =
            WorkerMessage::Done { id: RequestId(3), stop: StopReason::StopText, usage: Usage::default() };
        self.send(Event::Worker(WorkerEvent::Said { job: Some(job), event }));
    }

    fn ghost(&self) -> Option<&str> {
        crate::features::complete::ghost(&self.state.completion, self.state.tab().unwrap())
            .map(|(_, text)| text)
    }
}

#[test]
fn a_completion_is_asked_for_when_typing_rests_and_typed_into_or_away() {
    let mut window = Window::on("/a.py", "").with_model().resident();
    window.type_text("x");
    assert!(window.frames(0..150).is_empty(), "it has not rested yet");
    let job = window.completed(" ", "= 1 + 2\n");
    assert_eq!(window.ghost(), Some("= 1 + 2\n"));
    window.type_text("= ");
    assert_eq!(window.ghost(), Some("1 + 2\n"), "what is typed as it says goes on");
    let typed = window.send(Event::Typed(Typed::Text("z".into())));
    assert!(typed.iter().any(|effect| matches!(effect, Effect::Cancel(cancelled) if *cancelled == job)));
    assert_eq!((window.ghost(), window.text().as_str()), (None, "x = z"));
}

#[test]
fn a_completion_is_taken_by_words_by_lines_or_as_a_whole_and_undone_in_steps() {
    let mut window = Window::on("/a.py", "").with_model().resident();
    window.completed("x ", "= foo(1)\ny = 2\nz = 3");
    window.command(Command::TakeGhostWord);
    assert_eq!((window.text().as_str(), window.ghost()), ("x =", Some(" foo(1)\ny = 2\nz = 3")));
    window.command(Command::TakeGhostWord);
    window.command(Command::TakeGhostLine);
    assert_eq!((window.text().as_str(), window.ghost()), ("x = foo(1)", Some("\ny = 2\nz = 3")));
    window.command(Command::TakeGhostLine);
    assert_eq!(window.text(), "x = foo(1)\ny = 2");
    window.command(Command::TakeGhost);
    assert_eq!((window.text().as_str(), window.ghost()), ("x = foo(1)\ny = 2\nz = 3", None));
    window.command(Command::Undo);
    assert_eq!(window.text(), "x = foo(1)\ny = 2");
}

#[test]
fn there_are_no_completions_in_strings_in_the_middle_of_lines_or_where_they_are_off() {
    let quiet = |text: &str, at: usize, change: fn(&mut Window)| {
        let mut window = Window::on("/a.py", text).with_model().resident();
        let tree = {
            let tab = window.state.tab().unwrap();
            let never = std::sync::atomic::AtomicBool::new(false);
            let rope = tab.document.rope();
            let revision = tab.document.revision();
            editor_core::syntax::SyntaxTree::parse(
                editor_core::Language::Python,
                rope,
                revision,
                None,
                &never,
            )
        };
        let id = window.state.tab().unwrap().id;
        window.send(Event::Parsed(id.0, tree.unwrap()));
        window.select(at, at);
        change(&mut window);
        window.type_text("a");
        window.frames(0..400).is_empty()
    };
    let nothing = |_: &mut Window| {};
    assert!(!quiet("x = 1\n", 5, nothing));
    assert!(quiet("x = 'abc'\n", 7, nothing));
    assert!(!quiet("x = 'abc'\n", 7, |window| {
        window.command(Command::ToggleCompletionText);
    }));
    assert!(quiet("x = 1 + something_else\n", 5, nothing));
    assert!(quiet("x = 1\n", 5, |window| {
        window.command(Command::ToggleCompletion);
    }));
    assert!(quiet("x = 1\n", 5, |window| {
        window.command(Command::ToggleCompletionLanguage);
    }));
}

#[test]
fn a_model_that_is_removed_while_it_is_loaded_is_unloaded_and_that_is_said() {
    let mut window = Window::on("/a.py", "").with_model().resident();
    let tiny = window.state.models.installed.clone().unwrap();
    assert!(window.send(Event::ModelsListed(Ok(tiny), 0)).is_empty(), "it is there");
    let broken = StoreError::Manifest { path: "/m/models.json".into(), what: "a hole".into() };
    assert!(window.send(Event::ModelsListed(Err(broken), 0)).is_empty(), "nothing is known");
    assert!(
        window.state.models.error.as_ref().is_some_and(|words| words.starts_with("/m/models.json is not"))
    );
    let effects = window.send(Event::ModelsListed(Ok(Vec::new()), 0));
    assert!(matches!(&effects[..], [Effect::UnloadModel(Some(id))] if id == "tiny"), "{effects:?}");
    assert!(window.state.toasts.iter().any(|toast| toast.text.contains("was removed and unloaded")));
}

#[test]
fn another_completion_of_the_same_place_is_a_key_away() {
    let mut window = Window::on("/a.py", "").with_model().resident();
    let job = window.completed("x ", "= 1");
    window.completion_done(job);
    let effects = window.command(Command::NextGhost);
    let [Effect::Ask { job, params, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert!(params.temperature > 0.0);
    let delta = WorkerMessage::Delta { id: RequestId(4), text: "= 2".into(), tokens: 1 };
    window.send(Event::Worker(WorkerEvent::Said { job: Some(*job), event: delta }));
    window.completion_done(*job);
    assert_eq!(window.ghost(), Some("= 2"));
    window.command(Command::DropGhost);
    assert_eq!((window.ghost(), window.text().as_str()), (None, "x "));
}

#[test]
fn an_explanation_is_asked_about_further_stopped_and_kept_as_text() {
    let mut window = Window::on("/a.py", DOUBLE).with_model();
    window.command(Command::Explain);
    window.delta("It doubles.\n");
    window.said(WorkerMessage::Done {
        id: RequestId(2),
        stop: StopReason::EndOfAnswer,
        usage: Usage::default(),
    });
    window.send(Event::Explain(ExplainEvent::Question("Why 3?".into())));
    let effects = window.send(Event::Explain(ExplainEvent::Ask));
    let [Effect::Ask { prompt, .. }] = &effects[..] else { panic!("{effects:?}") };
    let Prompt::Explain(code) = &**prompt else { panic!("{prompt:?}") };
    assert_eq!(code.approach, Approach::FollowUp(vec![("It doubles.\n".into(), "Why 3?".into())]));
    window.delta("A mistake.");
    assert!(matches!(window.send(Event::Explain(ExplainEvent::Stop))[..], [Effect::Cancel(_)]));
    window.send(Event::Explain(ExplainEvent::Insert("# doubled\n".into())));
    assert!(window.text().contains("# doubled\n"));
    window.send(Event::Explain(ExplainEvent::Export));
    let text = window.text();
    assert!(
        text.starts_with("# a.py, lines") && text.contains("**Why 3?**") && text.ends_with("A mistake.\n"),
        "{text}"
    );
}

#[test]
fn what_the_settings_want_is_tidied_before_saving_in_one_undo_step() {
    let mut window = Window::on("/a.py", "a  \nb\t\n\nc ");
    assert_eq!(saved_text(&window.command(Command::Save)), "a  \nb\t\n\nc ", "nobody asked for it");
    let (tab, path) = (window.state.tab().unwrap(), "/a.py".into());
    let (id, revision) = (tab.id, tab.document.revision());
    window.send(Event::Saved { tab: id, path, revision, result: Ok(stamp()) });
    window.state.settings.files.trim_trailing_whitespace = true;
    window.state.settings.files.final_newline = true;
    assert_eq!(saved_text(&window.command(Command::Save)), "a\nb\n\nc\n");
    window.command(Command::Undo);
    assert_eq!(window.text(), "a  \nb\t\n\nc ");
}

fn saved_text(effects: &[Effect]) -> String {
    let save = effects.iter().find_map(|effect| match effect {
        Effect::Save(Save { text, .. }) => Some(text.rope().to_string()),
        _ => None,
    });
    save.unwrap()
}

#[test]
fn a_file_without_indentation_is_indented_as_the_settings_want() {
    use editor_core::Indent;
    use settings::IndentChoice;
    let indent = |choice, width, path: &str, text: &str| {
        let mut window = Window::default();
        (window.state.settings.editor.indent, window.state.settings.editor.indent_width) = (choice, width);
        let opened = Box::new(Opened::new_text(Rope::from_str(text)));
        window.send(Event::Opened { path: path.into(), caret: None, front: true, result: Ok(opened) });
        window.state.tab().unwrap().document.indent()
    };
    assert_eq!(indent(IndentChoice::Language, 0, "/a.py", ""), Indent::Spaces(4));
    assert_eq!(indent(IndentChoice::Language, 2, "/a.py", ""), Indent::Spaces(2));
    assert_eq!(indent(IndentChoice::Language, 2, "/a.go", ""), Indent::Tabs);
    assert_eq!(indent(IndentChoice::Spaces, 0, "/a.go", ""), Indent::Spaces(4));
    assert_eq!(indent(IndentChoice::Tabs, 0, "/a.py", ""), Indent::Tabs);
    let own = "def f():\n  a\n  b\ndef g():\n  c\n  d\n";
    assert_eq!(indent(IndentChoice::Tabs, 8, "/a.py", own), Indent::Spaces(2), "the file shows its own");
}
