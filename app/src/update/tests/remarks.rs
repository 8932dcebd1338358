//! A review of changes: each file is asked about in its turn, and what is said is walked through, dismissed and kept at its lines.

use assist::remarks::ReviewedFile;

use super::*;
use crate::features::remarks::{ChangedText, RemarksEffect, RemarksEvent};

fn changed(path: &str, new: &str) -> ChangedText {
    let lines = new.lines().count();
    ChangedText { path: path.into(), file: ReviewedFile::new(path, "", new, &[(0..0, 0..lines)]) }
}

fn asked(effects: &[Effect]) -> Option<JobId> {
    effects.iter().find_map(|effect| match effect {
        Effect::Ask { job, .. } => Some(*job),
        _ => None,
    })
}

fn says(window: &mut Window, job: JobId, text: &str) -> Vec<Effect> {
    let id = RequestId(1);
    window.told(job, WorkerMessage::Delta { id, text: text.into(), tokens: 1 });
    window.told(job, WorkerMessage::Done { id, stop: StopReason::EndOfAnswer, usage: Usage::default() })
}

impl Window {
    fn told(&mut self, job: JobId, event: WorkerMessage) -> Vec<Effect> {
        self.send(Event::Worker(WorkerEvent::Said { job: Some(job), event }))
    }
}

fn toast(window: &Window) -> &str {
    window.state.toasts.last().map(|toast| toast.text.as_str()).unwrap_or_default()
}

/// A window with a model, whose changes in two files were read.
fn reviewing() -> (Window, JobId) {
    let mut window = Window::on("/r/a.py", "one\ntwo\nthree\n").with_model();
    window.send(Event::OpenFolder("/r".into()));
    let effects = window.command(Command::ReviewChanges);
    let reads = |effect: &Effect| matches!(effect, Effect::Remarks(RemarksEffect::Read(folder)) if folder == Path::new("/r"));
    assert!(effects.iter().any(reads));
    let files = vec![changed("/r/a.py", "one\ntwo\nthree\n"), changed("/r/b.py", "x\n")];
    let effects = window.send(Event::Remarks(RemarksEvent::Read(Ok((files, 1)))));
    let job = asked(&effects).expect("the first file is asked about");
    (window, job)
}

#[test]
fn each_file_is_asked_about_and_remarks_stand_at_their_lines() {
    let (mut window, job) = reviewing();
    let effects = says(&mut window, job, "LINE 2: wrong\nLINE 3: also\nLINE 9: nowhere\n");
    let next = asked(&effects).expect("the second file comes next");
    says(&mut window, next, "NONE");
    assert_eq!(
        toast(&window),
        "The model has 2 remarks on 2 changed files: F9 goes to the next. Not read: 1."
    );
    assert!(window.state.job.is_none());
    window.command(Command::NextRemark);
    let line = |window: &Window| window.state.tab().unwrap().caret().0;
    assert_eq!(line(&window), 1);
    // What is typed above takes the remark along.
    window.send(Event::Typed(Typed::Newline));
    window.command(Command::NextRemark);
    assert_eq!(line(&window), 3);
    let shown = window.state.remarks.shown.unwrap();
    window.send(Event::Remarks(RemarksEvent::Dismiss(shown)));
    assert_eq!((window.state.remarks.found.len(), window.state.remarks.shown), (1, None));
    window.command(Command::NextRemark);
    assert_eq!(line(&window), 2);
    window.send(Event::Remarks(RemarksEvent::DismissAll));
    window.command(Command::NextRemark);
    assert!(toast(&window).starts_with("There are no remarks."));
}

#[test]
fn a_model_that_says_nothing_is_not_taken_for_a_proof() {
    let (mut window, job) = reviewing();
    let effects = says(&mut window, job, "Looks good to me!");
    let next = asked(&effects).unwrap();
    says(&mut window, next, "");
    assert_eq!(
        toast(&window),
        "The model has nothing to say about 2 changed files. It may have overlooked something. Not read: 1."
    );
}

#[test]
fn a_review_that_is_stopped_or_fails_keeps_what_was_said() {
    let (mut window, job) = reviewing();
    let effects = says(&mut window, job, "LINE 1: wrong");
    assert!(asked(&effects).is_some());
    let effects = window.command(Command::ReviewChanges);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Cancel(_))), "the command again stops it");
    assert_eq!(window.state.remarks.found.len(), 1);
    let effects = window.command(Command::ReviewChanges);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Remarks(_))));
    window.send(Event::Remarks(RemarksEvent::Read(Err("nothing".into()))));
    assert_eq!((toast(&window), window.state.remarks.found.len()), ("Nothing.", 1));
    let files = vec![changed("/r/a.py", "one\n")];
    let effects = window.send(Event::Remarks(RemarksEvent::Read(Ok((files, 0)))));
    let job = asked(&effects).unwrap();
    let failure = Failure { kind: FailureKind::Device, text: "It broke.".into() };
    window.told(job, WorkerMessage::Failed { id: Some(RequestId(1)), failure });
    assert!(toast(&window).starts_with("It broke. The model has nothing to say about 0 changed files."));
}

#[test]
fn without_changes_or_a_model_nobody_is_asked() {
    let mut window = Window::on("/r/a.py", "");
    assert!(
        window.command(Command::ReviewChanges).iter().all(|effect| !matches!(effect, Effect::Remarks(_)))
    );
    let (mut window, _) = reviewing();
    window.send(Event::Remarks(RemarksEvent::Read(Ok((Vec::new(), 0)))));
    assert_eq!(toast(&window), "Nothing differs from the last commit: there is nothing to review.");
}
