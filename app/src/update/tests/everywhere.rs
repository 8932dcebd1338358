//! One instruction for all results: each place is asked about, what comes of it is reviewed file by file, and nothing is in a text before.

use super::*;
use crate::features::everywhere::{EverywhereEvent, FilePlaces};

fn asked(effects: &[Effect]) -> Option<(JobId, String)> {
    effects.iter().find_map(|effect| match effect {
        Effect::Ask { job, prompt, .. } => match &**prompt {
            Prompt::Edit(code) => Some((*job, code.selection.clone())),
            _ => None,
        },
        _ => None,
    })
}

fn says(window: &mut Window, job: JobId, text: &str) -> Vec<Effect> {
    let id = RequestId(1);
    let mut say = |event| window.send(Event::Worker(WorkerEvent::Said { job: Some(job), event }));
    say(WorkerMessage::Delta { id, text: text.into(), tokens: 1 });
    say(WorkerMessage::Done { id, stop: StopReason::EndOfAnswer, usage: Usage::default() })
}

fn last_toast(window: &Window) -> &str {
    window.state.toasts.last().map(|toast| toast.text.as_str()).unwrap_or_default()
}

const A: &str = "a = old(1)\n\n\n\n\n\nb = old(2)\n";

/// A window whose search found two places in one file and one in another, which is not open.
fn instructed() -> (Window, Vec<Effect>) {
    let mut window = Window::on("/r/a.py", A).with_model();
    let places = |path: &str, lines: &[usize]| FilePlaces { path: path.into(), lines: lines.to_vec() };
    let found = vec![places("/r/a.py", &[0, 6]), places("/r/b.py", &[0])];
    window.send(Event::Everywhere(EverywhereEvent::Offer(found, 4)));
    window.send(Event::Overlay(OverlayEvent::Text("call new".into())));
    let effects = window.send(Event::Overlay(OverlayEvent::Accept));
    (window, effects)
}

#[test]
fn each_place_is_asked_about_and_reviewed_in_its_file() {
    let (mut window, effects) = instructed();
    let (job, selection) = asked(&effects).expect("the first place is asked about");
    assert_eq!(selection, "a = old(1)");
    let effects = says(&mut window, job, "a = new(1)");
    let (job, selection) = asked(&effects).expect("the second place comes next");
    assert_eq!(selection, "b = old(2)");
    let effects = says(&mut window, job, "b = old(2)");
    let opens = |effect: &Effect| matches!(effect, Effect::Open { path, front: false, .. } if path == Path::new("/r/b.py"));
    assert!(effects.iter().any(opens), "the other file is opened behind");
    let opened = Box::new(Opened::new_text(Rope::from_str("c = old(3)\n")));
    let effects =
        window.send(Event::Opened { path: "/r/b.py".into(), caret: None, front: false, result: Ok(opened) });
    let (job, _) = asked(&effects).expect("its place is asked about");
    says(&mut window, job, "c = new(3)");
    assert_eq!(
        last_toast(&window),
        format!(
            "Changes at 2 places are to be reviewed in 2 files; {} lists them. 1 would stay as they are. 4 were not asked about.",
            Command::Reviews.key_text()
        )
    );
    let tab = window.state.tab().unwrap();
    assert_eq!(tab.document.rope().to_string(), A, "nothing is in the text");
    assert!(tab.document.path() == Some(Path::new("/r/a.py")) && tab.review.is_some());
    window.command(Command::AcceptAll);
    let text = window.state.tab().unwrap().document.rope().to_string();
    assert_eq!(text, A.replace("old(1)", "new(1)"));
    assert_eq!(window.state.tabs.iter().filter(|tab| tab.review.is_some()).count(), 1, "b.py waits");
}

#[test]
fn a_text_that_is_edited_meanwhile_is_left_alone_and_what_was_said_so_far_outlives_a_stop() {
    let (mut window, effects) = instructed();
    let (job, _) = asked(&effects).unwrap();
    let effects = says(&mut window, job, "a = new(1)");
    assert!(asked(&effects).is_some());
    // The command again ends it.
    window.send(Event::Everywhere(EverywhereEvent::Offer(Vec::new(), 0)));
    assert!(last_toast(&window).starts_with("Changes at 1 place are to be reviewed in 1 file."));
    assert!(window.state.tab().unwrap().review.is_some());
    let (mut window, effects) = instructed();
    let (job, _) = asked(&effects).unwrap();
    window.send(Event::Typed(Typed::Text("x".into())));
    let effects = says(&mut window, job, "a = new(1)");
    assert!(
        effects.iter().any(|effect| matches!(effect, Effect::Open { .. })),
        "it goes on with the next file"
    );
    let result = Err(editor_core::file::OpenError::NotAFile("/r/b.py".into()));
    window.send(Event::Opened { path: "/r/b.py".into(), caret: None, front: false, result });
    assert!(last_toast(&window).starts_with("The model would change nothing."), "{}", last_toast(&window));
    assert!(window.state.tab().unwrap().review.is_none());
}

#[test]
fn without_results_nothing_is_asked() {
    let mut window = Window::on("/r/a.py", A).with_model();
    window.command(Command::ChangeResults);
    assert!(last_toast(&window).starts_with("Search for what is to change first"));
    assert!(matches!(window.state.overlay, Overlay::None));
}
