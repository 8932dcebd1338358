//! Code from comments, documentation, commit messages and names.

use assist::commit::StagedChanges;
use assist::git::GitProgramError;

use super::*;
use crate::features::writing::WritingEvent;
use crate::update::update;
use crate::workspace::WritingStatus;

impl Window {
    /// Lets the parser's answer arrive.
    fn parsed(mut self) -> Window {
        let tab = self.state.tab().unwrap();
        let (id, rope, revision) = (tab.id, tab.document.rope().clone(), tab.document.revision());
        let never = std::sync::atomic::AtomicBool::new(false);
        let language = tab.document.language();
        let tree = editor_core::syntax::SyntaxTree::parse(language, &rope, revision, None, &never).unwrap();
        self.send(Event::Parsed(id.0, tree));
        self
    }

    fn answer(&mut self, text: &str) {
        for (index, piece) in text.split_inclusive(' ').enumerate() {
            self.said(WorkerMessage::Delta {
                id: RequestId(2),
                text: piece.into(),
                tokens: index as u32 + 1,
            });
        }
        self.end();
    }
}

fn prompt(effects: &[Effect]) -> &Prompt {
    let asked = effects.iter().find_map(|effect| match effect {
        Effect::Ask { prompt, .. } => Some(prompt.as_ref()),
        _ => None,
    });
    asked.unwrap_or_else(|| panic!("nothing is asked: {effects:?}"))
}

#[test]
fn code_comes_below_the_comment_in_one_undo_step() {
    let text = "x = 1\n# doubles a number\n\ny = 2\n";
    let mut window = Window::on("/a.py", text).with_model().parsed();
    window.select(10, 10);
    let effects = window.command(Command::Generate);
    let Prompt::Edit(code) = prompt(&effects) else { panic!() };
    assert_eq!(code.approach, Approach::Rewrite("# doubles a number\n".into()));
    window.answer("def double(n):\n    return n * 2\n```\nThat is it.");
    assert_eq!(window.status(), Some(ReviewStatus::Ready));
    assert_eq!(window.text(), text);
    window.command(Command::AcceptAll);
    assert_eq!(window.text(), "x = 1\n# doubles a number\ndef double(n):\n    return n * 2\n\ny = 2\n");
    window.command(Command::Undo);
    assert_eq!(window.text(), text);
    window.select(0, 0);
    assert!(window.command(Command::Generate).is_empty());
    assert!(window.state.toasts.iter().any(|toast| toast.text.contains("on a comment")));
}

#[test]
fn documentation_goes_into_the_function_around_the_caret() {
    let text = "def double(n):\n    return n * 2\n";
    let mut window = Window::on("/a.py", text).with_model().parsed();
    window.select(20, 20);
    let effects = window.command(Command::Document);
    let Prompt::Edit(code) = prompt(&effects) else { panic!() };
    assert_eq!(code.selection, text.trim_end());
    assert!(
        matches!(&code.approach, Approach::Document { begin, end } if begin.ends_with("    \"\"\"") && end == "\"\"\"")
    );
    window.answer("Doubles a number.");
    window.command(Command::AcceptAll);
    assert_eq!(window.text(), "def double(n):\n    \"\"\"Doubles a number.\"\"\"\n    return n * 2\n");
    let again = window.command(Command::Undo);
    assert!(!again.iter().any(|effect| matches!(effect, Effect::Ask { .. })));
}

#[test]
fn another_try_asks_the_same_command_again() {
    let mut window = Window::on("/a.py", "def double(n):\n    return n * 2\n").with_model().parsed();
    window.select(20, 20);
    window.command(Command::Document);
    window.answer("Doubles a number.");
    let effects = window.command(Command::TryAgain);
    let Effect::Ask { params, prompt, .. } = &effects[0] else { panic!("{effects:?}") };
    assert!(params.temperature > 0.0);
    assert!(
        matches!(prompt.as_ref(), Prompt::Edit(code) if matches!(code.approach, Approach::Document { .. }))
    );
}

fn staged() -> StagedChanges {
    StagedChanges {
        text: "Changed a.py (+1 -0)\n".into(),
        files: 1,
        cut: vec![("a.py".into(), 7)],
        ..StagedChanges::default()
    }
}

#[test]
fn a_commit_message_is_a_text_of_its_own_and_says_what_was_left_out() {
    let mut window = Window::on("/r/a.py", "x\n").with_model();
    let effects = window.command(Command::CommitMessage);
    assert!(matches!(&effects[..], [Effect::ReadStaged(folder)] if folder == Path::new("/r")));
    let effects = window.send(Event::Staged("/r".into(), Ok(staged())));
    assert!(matches!(prompt(&effects), Prompt::Chat(messages) if messages[1].text.contains("Changed a.py")));
    window.answer("Here is the message:\n```\nAdd a thing.\n\nIt was missing.\n```\n");
    assert_eq!(window.text(), "Add a thing\n\nIt was missing.\n");
    let tab = window.state.tab().unwrap();
    let writing = tab.writing.clone().unwrap();
    assert_eq!(writing.status, WritingStatus::Done);
    assert!(writing.note.contains("7 changed lines left out in a.py"), "{}", writing.note);
    assert!(!tab.is_unsaved(), "it can be had again");
    let effects = window.send(Event::Writing(WritingEvent::Copy));
    assert!(
        matches!(&effects[..], [Effect::NoteOutcome(_), Effect::Copy(text)] if text.starts_with("Add a thing\n"))
    );
    window.send(Event::Staged("/r".into(), Ok(staged())));
    assert_eq!((window.state.tabs.len(), window.text().as_str()), (2, ""), "the same tab");
    window.type_text("mine");
    assert!(window.state.tab().unwrap().is_unsaved());
}

#[test]
fn a_message_that_is_edited_while_it_arrives_is_left_alone() {
    let mut window = Window::on("/r/a.py", "x\n").with_model();
    window.send(Event::Staged("/r".into(), Ok(staged())));
    window.said(WorkerMessage::Delta { id: RequestId(2), text: "Add a".into(), tokens: 1 });
    window.type_text("Really ");
    let text = window.text();
    let job = window.state.job.map(|job| job.id);
    let event = WorkerMessage::Delta { id: RequestId(2), text: " thing".into(), tokens: 2 };
    let effects = window.send(Event::Worker(WorkerEvent::Said { job, event }));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Cancel(_))));
    assert_eq!(window.text(), text);
}

#[test]
fn what_is_missing_for_a_message_is_said() {
    let mut window = Window::on("/r/a.py", "x\n").with_model();
    window.send(Event::Staged("/r".into(), Err(GitProgramError::NothingStaged)));
    assert_eq!(
        window.state.toasts[0].text,
        "Nothing is staged. Stage changes with `git add`, then ask again."
    );
    let mut alone = Window::default().with_model();
    alone.command(Command::CommitMessage);
    assert!(alone.state.toasts[0].text.contains("Open the folder"));
}

#[test]
fn a_name_is_chosen_from_a_list_and_its_folder_is_asked_for() {
    let mut window = Window::default().with_model();
    window.state.home = Some("/home/me".into());
    window.command(Command::NewFile);
    window.command(Command::NameFile);
    assert!(window.state.toasts[0].text.contains("nothing to name"));
    window.type_text("def mean(xs): ...");
    let effects = window.command(Command::NameFile);
    assert!(matches!(prompt(&effects), Prompt::Chat(messages) if messages[1].text.contains("def mean(xs)")));
    window.said(WorkerMessage::Delta { id: RequestId(2), text: "mean.py\nave".into(), tokens: 1 });
    let Overlay::Picker(picker) = &window.state.overlay else { panic!() };
    assert_eq!((picker.shown().len(), picker.loading), (1, true), "what still arrives is not offered");
    window.answer("rage.py\n");
    let Overlay::Picker(picker) = &window.state.overlay else { panic!() };
    assert_eq!((picker.shown().len(), picker.loading), (2, false));
    window.send(Event::Overlay(OverlayEvent::Pick(1)));
    let Overlay::Path(prompt) = &window.state.overlay else { panic!() };
    assert_eq!(prompt.text, "/home/me/average.py");
}

#[test]
fn leaving_the_list_of_names_stops_the_question() {
    let mut window = Window::on("/a.py", "x = 1\n").with_model();
    window.command(Command::NameFile);
    let effects = update(&mut window.state, Event::Overlay(OverlayEvent::Close), 0);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Cancel(_))), "{effects:?}");
    assert!(window.state.job.is_none() && window.state.naming.is_none());
}
