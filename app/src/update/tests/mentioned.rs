//! Files that an instruction names, and the count of a prompt's tokens.

use ipc::protocol::{Failure, FailureKind};

use super::*;
use crate::features::priming::update::meter;

fn instruct(window: &mut Window, text: &str) -> Vec<Effect> {
    window.send(Event::Overlay(OverlayEvent::Text(text.into())))
}

/// An instruction line over `a.py` of a folder with two more files.
fn asking() -> Window {
    let mut window = Window::on("/r/a.py", "x = 1\n").with_model();
    window.send(Event::OpenFolder("/r".into()));
    window.send(Event::Scanned("/r".into(), vec!["/r/src/b.py".into(), "/r/src/beta.rs".into()]));
    window.select(0, 5);
    window.command(Command::Improve);
    window
}

fn text_and_offer(window: &Window) -> (String, Vec<String>) {
    let Overlay::Instruction(instruction) = &window.state.overlay else { panic!("no instruction line") };
    (instruction.text.clone(), instruction.offer.names.clone())
}

#[test]
fn a_name_is_offered_taken_read_and_told_to_the_model() {
    let mut window = asking();
    instruct(&mut window, "Like @src/b");
    let (_, offered) = text_and_offer(&window);
    assert_eq!(offered, ["src/b.py", "src/beta.rs"]);
    window.send(Event::Overlay(OverlayEvent::Step(1)));
    window.send(Event::Overlay(OverlayEvent::Step(1)));
    let effects = window.send(Event::Overlay(OverlayEvent::Accept));
    assert_eq!(text_and_offer(&window), ("Like @src/b.py ".into(), Vec::new()), "Enter takes the name first");
    assert!(matches!(&effects[..], [Effect::ReadReference(path)] if path == Path::new("/r/src/b.py")));
    window.send(Event::ReferenceRead("/r/src/b.py".into(), Ok("def b(): ...\n".into())));
    let effects = window.send(Event::Overlay(OverlayEvent::Accept));
    let Some(Effect::Ask { prompt, .. }) = effects.iter().find(|effect| matches!(effect, Effect::Ask { .. }))
    else {
        panic!("{effects:?}")
    };
    let Prompt::Edit(code) = prompt.as_ref() else { panic!() };
    assert_eq!(code.reference, "File src/b.py:\ndef b(): ...");
    assert_eq!(code.instruction, "Like src/b.py");
}

#[test]
fn an_open_file_is_read_as_it_is_and_a_missing_one_is_said() {
    let mut window = asking();
    instruct(&mut window, "Like @a.py and @nothing.py do");
    let notes = meter(&window.state.priming, &window.state).unwrap().notes;
    assert_eq!(notes, ["the file nothing.py is not in this folder"]);
    let effects = window.send(Event::Overlay(OverlayEvent::Accept));
    let asked = effects.iter().find_map(|effect| match effect {
        Effect::Ask { prompt, .. } => Some(prompt.as_ref()),
        _ => None,
    });
    assert!(matches!(asked, Some(Prompt::Edit(code)) if code.reference == "File a.py:\nx = 1"));
}

#[test]
fn files_are_listed_when_the_first_name_is_begun() {
    let mut window = Window::on("/r/a.py", "x = 1\n").with_model();
    window.send(Event::OpenFolder("/r".into()));
    window.command(Command::Improve);
    assert!(instruct(&mut window, "x").is_empty());
    assert!(matches!(&instruct(&mut window, "x @")[..], [Effect::Scan(root)] if root == Path::new("/r")));
    window.send(Event::Scanned("/r".into(), vec!["/r/z.py".into()]));
    assert_eq!(text_and_offer(&window).1, ["a.py", "z.py"]);
}

#[test]
fn tokens_are_counted_before_anything_is_sent_and_what_is_left_out_is_named() {
    let mut window = asking();
    let ahead = |window: &mut Window, report| window.send(Event::Worker(WorkerEvent::Ahead(report)));
    instruct(&mut window, "Fix");
    assert!(meter(&window.state.priming, &window.state).unwrap().words.contains("once the model is loaded"));
    window.frames(0..400);
    let report = PromptReport { tokens: 1204, room: 6988, ..PromptReport::default() };
    ahead(&mut window, Ok(report));
    let shown = meter(&window.state.priming, &window.state).unwrap();
    assert_eq!((shown.words.as_str(), shown.full), ("1,204 of 8,192 tokens", false));
    instruct(&mut window, "Fix it");
    window.frames(400..500);
    assert_eq!(
        meter(&window.state.priming, &window.state).unwrap().words,
        "1,204 of 8,192 tokens",
        "until the new figure comes"
    );
    ahead(&mut window, Ok(PromptReport { trimmed_before: 2000, ..report }));
    let full = meter(&window.state.priming, &window.state).unwrap();
    assert!(full.full && full.notes[0].contains("2.0 kB of the file before it"), "{full:?}");
    let too_long = Failure::new(FailureKind::PromptTooLong, "The request needs 9000 tokens.");
    ahead(&mut window, Err(too_long));
    assert_eq!(meter(&window.state.priming, &window.state).unwrap().words, "The request needs 9000 tokens.");
}

#[test]
fn a_prompt_that_was_cut_is_said_beside_its_answer() {
    let mut window = asking();
    window.send(Event::Overlay(OverlayEvent::Accept));
    let prompt = PromptReport { trimmed_reference: 500, ..PromptReport::default() };
    window.said(WorkerMessage::PromptReady { id: RequestId(2), prompt });
    let review = window.state.tab().unwrap().review.as_ref().unwrap();
    assert_eq!(review.prompt, Some(prompt));
    window.command(Command::StopReview);
    window.command(Command::Explain);
    window.said(WorkerMessage::PromptReady { id: RequestId(3), prompt });
    let notes = &window.state.explain.shown.as_ref().unwrap().notes;
    assert_eq!(notes[..], ["500 B of reference left out: the context is full"]);
}

#[test]
fn what_the_selection_calls_in_other_files_is_told_with_its_signature() {
    let mut window = Window::on("/r/a.py", "from shop import price\nx = price(1)\n").with_model();
    let effects = window.send(Event::OpenFolder("/r".into()));
    assert!(
        effects.iter().any(|effect| matches!(effect, Effect::Index(roots) if *roots == [Path::new("/r")]))
    );
    let mut index = assist::index::FunctionIndex::default();
    index.add(Path::new("/r/shop.py"), "def price(item, tax=0.2):\n    return 1\n");
    window.send(Event::Indexed(vec!["/elsewhere".into()], index.clone()));
    window.send(Event::Indexed(vec!["/r".into()], index));
    window.select(23, 35);
    window.command(Command::Improve);
    let effects = window.send(Event::Overlay(OverlayEvent::Accept));
    let asked = effects.iter().find_map(|effect| match effect {
        Effect::Ask { prompt, .. } => Some(prompt.as_ref()),
        _ => None,
    });
    let Some(Prompt::Edit(code)) = asked else { panic!("{effects:?}") };
    assert_eq!(code.reference, "From shop.py:\ndef price(item, tax=0.2):");
}

#[test]
fn a_further_question_names_files_too() {
    let mut window = asking();
    window.send(Event::Overlay(OverlayEvent::Close));
    window.select(0, 5);
    window.command(Command::Explain);
    window.said(WorkerMessage::Delta { id: RequestId(2), text: "One.".into(), tokens: 1 });
    window.end();
    let question = "Does @src/b.py use it, or @none.py?";
    let effects = window.send(Event::Explain(ExplainEvent::Question(question.into())));
    assert!(
        matches!(&effects[..], [Effect::ReadReference(path)] if path == Path::new("/r/src/b.py")),
        "{effects:?}"
    );
    window.send(Event::ReferenceRead("/r/src/b.py".into(), Ok("def b(): ...\n".into())));
    let effects = window.send(Event::Explain(ExplainEvent::Ask));
    let Some(Effect::Ask { prompt, .. }) = effects.iter().find(|effect| matches!(effect, Effect::Ask { .. }))
    else {
        panic!("{effects:?}")
    };
    let Prompt::Explain(code) = &**prompt else { panic!("{prompt:?}") };
    assert!(code.reference.contains("File src/b.py:\ndef b(): ..."), "{}", code.reference);
    let Approach::FollowUp(turns) = &code.approach else { panic!("{:?}", code.approach) };
    assert_eq!(turns[0].1, "Does src/b.py use it, or none.py?");
    let notes = &window.state.explain.shown.as_ref().unwrap().notes;
    assert!(notes.iter().any(|note| note.contains("none.py")), "{notes:?}");
}

#[test]
fn what_of_a_named_file_is_not_seen_is_told_with_the_answer_too() {
    let mut window = Window::on("/a.txt", "a = 1\n").with_model();
    window.select(0, 5);
    window.command(Command::Improve);
    window.send(Event::Overlay(OverlayEvent::Text("as in @none.py does".into())));
    window.send(Event::Overlay(OverlayEvent::Accept));
    let review = window.state.tab().unwrap().review.as_ref().unwrap();
    assert_eq!(review.notes, ["the file none.py is not in this folder"]);
}
