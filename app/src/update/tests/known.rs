//! What is known to be wrong before anybody asks, and what is found out of an answer, and when.

use assist::examples::ExampleResult;
use assist::permission::Permission;
use assist::problems::Problem;

use super::*;
use crate::event::Judge;

const DOUBLE: &str =
    "def double(x):\n    \"\"\"Twice x.\n\n    >>> double(2)\n    4\n    \"\"\"\n    return x * 3\n";

/// A window on a file whose folder may be checked, with what its checker says of the third line.
fn with_a_problem() -> Window {
    let mut window = Window::on("/r/a.py", "x = 1\n\nreturn x\n").with_model();
    window.send(Event::OpenFolder("/r".into()));
    assert!(!asks_a_checker(&window.command(Command::Save)), "nobody allowed it");
    let effects = window.command(Command::RunCheckers);
    assert!(asks_a_checker(&effects), "{effects:?}");
    let tab = window.state.tab().unwrap();
    let (id, revision) = (tab.id, tab.document.revision());
    let said = Problem { range: 7..15, said: "SyntaxError: no".into(), by: "python3".into() };
    window.send(Event::Diagnosed(id, revision, vec![said]));
    window
}

fn asks_a_checker(effects: &[Effect]) -> bool {
    effects.iter().any(|effect| matches!(effect, Effect::Diagnose { .. }))
}

fn problems(window: &Window) -> Vec<(usize, usize)> {
    let problems = &window.state.tab().unwrap().problems;
    problems.iter().map(|problem| (problem.range.start, problem.range.end)).collect()
}

#[test]
fn a_problem_is_gone_to_told_to_the_model_and_follows_its_line() {
    let mut window = with_a_problem();
    window.command(Command::NextProblem);
    assert_eq!(window.state.tab().unwrap().caret(), (2, 0));
    window.select(0, 16);
    window.command(Command::Improve);
    let code = asked(&window.send(Event::Overlay(OverlayEvent::Accept)));
    assert_eq!(code.known, "python3 says of the line `return x`: SyntaxError: no");
    window.command(Command::StopReview);
    window.select(0, 0);
    window.type_text("#\n");
    assert_eq!(problems(&window), [(9, 17)]);
    let tab = window.state.tab().unwrap();
    let (id, old) = (tab.id, editor_core::Revision(0));
    window.send(Event::Diagnosed(id, old, Vec::new()));
    assert_eq!(problems(&window).len(), 1, "that was about another text");
    window.select(9, 18);
    window.send(Event::Typed(Typed::Delete));
    assert!(problems(&window).is_empty());
}

#[test]
fn a_problem_under_the_caret_is_explained_at_once_and_others_are_asked_for() {
    let mut window = with_a_problem();
    window.command(Command::ExplainError);
    assert!(matches!(window.state.overlay, Overlay::ErrorMessage(_)), "the caret is elsewhere");
    window.send(Event::Overlay(OverlayEvent::Close));
    window.command(Command::NextProblem);
    let effects = window.command(Command::ExplainError);
    let prompt = effects.iter().find_map(|effect| match effect {
        Effect::Ask { prompt, .. } => Some(&**prompt),
        _ => None,
    });
    let Some(Prompt::Explain(code)) = prompt else { panic!("{effects:?}") };
    assert!(
        code.instruction.contains("python3: SyntaxError: no") && code.selection == "return x",
        "{code:?}"
    );
}

#[test]
fn a_file_is_checked_when_it_is_opened_and_saved_and_no_more_once_that_is_forbidden() {
    let mut window = with_a_problem();
    let tab = window.state.tab().unwrap();
    let (id, revision) = (tab.id, tab.document.revision());
    let saved = |revision| Event::Saved { tab: id, path: "/r/a.py".into(), revision, result: Ok(stamp()) };
    assert!(asks_a_checker(&window.send(saved(revision))));
    let opened = Box::new(Opened::new_text(Rope::from_str("y = 1\n")));
    let event = Event::Opened { path: "/r/b.py".into(), caret: None, front: true, result: Ok(opened) };
    assert!(asks_a_checker(&window.send(event)));
    let opened = Box::new(Opened::new_text(Rope::from_str("fn f() {}\n")));
    let event = Event::Opened { path: "/r/b.rs".into(), caret: None, front: false, result: Ok(opened) };
    assert!(!asks_a_checker(&window.send(event)), "cargo takes too long for that");
    assert!(!asks_a_checker(&window.command(Command::RunCheckers)));
    assert!(window.state.tabs.iter().all(|tab| tab.problems.is_empty()));
    let said = Problem { range: 0..1, said: "late".into(), by: "python3".into() };
    window.send(Event::Diagnosed(id, revision, vec![said]));
    assert!(window.state.tabs.iter().all(|tab| tab.problems.is_empty()));
}

#[test]
fn code_that_does_not_parse_is_said_to_the_model() {
    let mut window = Window::on("/a.py", "def f(:\n    return 1\n").with_model();
    window.select(0, 20);
    window.command(Command::Improve);
    let code = asked(&window.send(Event::Overlay(OverlayEvent::Accept)));
    assert_eq!(code.known, "The line `def f(:` does not fit the syntax of Python.");
}

/// What a judge finds where all examples hold of an answer, or none do, of the code as it was.
fn judged(judge: &Judge, holds: bool) -> Event {
    let held = vec![ExampleResult { ran: true, passed: holds, got: "6".into() }];
    let proposal = assist::check::Proposal { held, ..judge.target.judge(&judge.answer, false, false) };
    let needed = judge.attempts.wants_baseline(&proposal);
    let before = vec![ExampleResult { ran: true, passed: false, got: "6".into() }];
    Event::Judged { job: judge.job, proposal: Box::new(proposal), baseline: needed.then_some(before) }
}

/// Asks to fix the function, in a folder whose examples may be run; gives the judge of the answer.
fn fix(window: &mut Window, answer: &str) -> Judge {
    window.send(Event::OpenFolder("/r".into()));
    window.command(Command::RunExamples);
    window.select(0, DOUBLE.len() - 1);
    window.command(Command::Improve);
    window.send(Event::Overlay(OverlayEvent::Text("Fix it.".into())));
    window.send(Event::Overlay(OverlayEvent::Accept));
    judge_of(window, answer)
}

fn judge_of(window: &mut Window, answer: &str) -> Judge {
    window.delta(answer);
    let job = window.state.job.map(|job| job.id);
    let event =
        WorkerMessage::Done { id: RequestId(2), stop: StopReason::EndOfAnswer, usage: Usage::default() };
    let effects = window.send(Event::Worker(WorkerEvent::Said { job, event }));
    let judge = effects.into_iter().find_map(|effect| match effect {
        Effect::Judge(judge) => Some(*judge),
        _ => None,
    });
    judge.unwrap()
}

#[test]
fn examples_are_run_on_the_old_code_after_a_fix_that_meets_them_is_shown_and_another_one_is_told() {
    let mut window = Window::on("/r/a.py", DOUBLE).with_model();
    let judge = fix(&mut window, &DOUBLE.replace("x * 3", "x * 2"));
    assert!(judge.run);
    let event = judged(&judge, true);
    assert!(matches!(event, Event::Judged { baseline: None, .. }), "nothing hangs on it");
    let effects = window.send(event);
    assert_eq!(window.status(), Some(ReviewStatus::Ready));
    let Some(Effect::RunBefore(job, _)) = effects.iter().find(|e| matches!(e, Effect::RunBefore(..))) else {
        panic!("{effects:?}")
    };
    window.send(Event::RanBefore(*job, vec![ExampleResult { ran: true, passed: false, got: "6".into() }]));
    let mut told = Vec::new();
    for answer in ["x + x", "2 * x", "x << 1"] {
        told.push(asked(&window.command(Command::NextAlternative)).approach);
        let judge = judge_of(&mut window, &format!("    return {answer}\n"));
        window.send(judged(&judge, true));
    }
    let finding =
        |approach: &Approach| matches!(approach, Approach::WithFindings(said) if said.contains("gives `6`"));
    assert!(told.iter().any(finding), "{told:?}");
}

#[test]
fn what_was_taken_back_since_it_was_asked_for_is_not_run() {
    let mut window = Window::on("/r/a.py", DOUBLE).with_model();
    let judge = fix(&mut window, &DOUBLE.replace("x * 3", "x * 2"));
    assert_eq!((judge.run, &judge.target.runs_in), (true, &Permission::Within("/r".into())));
    window.send(judged(&judge, true));
    window.command(Command::NextAlternative);
    window.state.session.trusted.clear();
    let judge = judge_of(&mut window, "    return x + x\n");
    assert_eq!((judge.run, &judge.target.runs_in), (false, &Permission::Nowhere));
}

#[test]
fn examples_are_run_on_the_old_code_at_once_where_an_answer_fails_them() {
    let mut window = Window::on("/r/a.py", DOUBLE).with_model();
    let judge = fix(&mut window, &DOUBLE.replace("x * 3", "x * 5"));
    let event = judged(&judge, false);
    assert!(matches!(event, Event::Judged { baseline: Some(_), .. }));
    let effects = window.send(event);
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::RunBefore(..))));
    assert!(matches!(asked(&effects).approach, Approach::Rewrite(_)));
}

#[test]
fn the_hunk_that_breaks_the_syntax_is_known() {
    let mut window = Window::on("/a.py", "a = 1\nb = 2\nc = 3\n").with_model();
    window.improve(0..17, "a = 10\nb = 2\nc = (3\n");
    for _ in 0..4 {
        if window.state.job.is_some() {
            window.delta("a = 10\nb = 2\nc = (3\n");
            window.end();
        }
    }
    let review = window.state.tab().unwrap().review.as_ref().unwrap();
    assert_eq!((review.review.hunks().len(), review.broken_hunk()), (2, Some(1)));
}

#[test]
fn a_thought_is_no_part_of_an_explanation() {
    let mut window = Window::on("/a.py", "a = 1\n").with_model();
    window.select(0, 5);
    window.command(Command::Explain);
    let shown = |window: &Window| window.state.explain.shown.as_ref().unwrap().text.clone();
    for piece in ["<thi", "nk>hm, `a`", " is one</think>\n", "It sets a."] {
        window.delta(piece);
        assert!(!shown(&window).contains("hm") && !shown(&window).contains('<'), "{}", shown(&window));
    }
    window.end();
    assert_eq!(shown(&window).trim(), "It sets a.");
    window.send(Event::Explain(ExplainEvent::Question("Why?".into())));
    window.send(Event::Explain(ExplainEvent::Ask));
    window.delta("So.");
    assert_eq!(shown(&window), "So.");
}

#[test]
fn carets_in_several_pieces_of_code_are_improved_in_turn() {
    let mut window = Window::on("/a.txt", "a = 1\n\nb = 2\nb2 = 2\n\nc = 3\n").with_model();
    let id = window.state.tab().unwrap().id;
    let carets = [Span::new(1, 1), Span::new(8, 8), Span::new(14, 14), Span::new(21, 26)];
    window.send(Event::Select(id, Selection::new(carets.to_vec(), 0)));
    window.command(Command::Improve);
    let Overlay::Instruction(instruction) = &window.state.overlay else { panic!() };
    assert_eq!((instruction.range.clone(), instruction.others.clone()), (0..5, vec![7..19, 21..26]));
}

#[test]
fn a_refinement_is_counted_before_it_is_sent_and_keeps_the_files_that_were_named() {
    let mut window = Window::on("/r/a.py", "x = 1\n").with_model();
    window.send(Event::OpenFolder("/r".into()));
    window.send(Event::Scanned("/r".into(), vec!["/r/b.py".into(), "/r/c.py".into()]));
    for file in ["b", "c"] {
        window.send(Event::ReferenceRead(format!("/r/{file}.py").into(), Ok(format!("{file} = 0\n"))));
    }
    window.select(0, 5);
    window.command(Command::Improve);
    window.send(Event::Overlay(OverlayEvent::Text("As @b.py has it".into())));
    window.send(Event::Overlay(OverlayEvent::Accept));
    window.delta("x = 2");
    window.end();
    window.command(Command::Improve);
    window.send(Event::Overlay(OverlayEvent::Text("but as in @c.py please".into())));
    let primed = window.frames(0..400).into_iter().find_map(|effect| match effect {
        Effect::Prime { prompt, .. } => Some(*prompt),
        _ => None,
    });
    let code = asked(&window.send(Event::Overlay(OverlayEvent::Accept)));
    assert_eq!(primed, Some(Prompt::Edit(code.clone())), "what is counted is what is sent");
    assert_eq!(code.reference, "File b.py:\nb = 0\n\nFile c.py:\nc = 0");
    assert_eq!(code.approach, Approach::FollowUp(vec![("x = 2".into(), "but as in c.py please".into())]));
    assert_eq!(code.instruction, "As b.py has it");
}

/// A window with two models.
fn with_two_models() -> Window {
    let mut window = Window::on("/a.py", "x = 1\n").with_model();
    let model = |id: &str, size| Model {
        reference: ModelRef { id: id.into(), path: "/m.gguf".into(), sha256: None, stamp: None },
        name: id.to_uppercase(),
        size,
        for_code: true,
    };
    let models = vec![model("large", 9), model("small", 1)];
    window.send(Event::ModelsListed(Ok(models), 8_000_000_000));
    window
}

#[test]
fn switching_the_model_keeps_the_answer_that_is_on_its_way() {
    let mut window = with_two_models();
    window.select(0, 5);
    window.command(Command::Improve);
    window.send(Event::Overlay(OverlayEvent::Accept));
    window.delta("x = ");
    let job = window.state.job;
    window.command(Command::SwitchModel);
    let effects = window.send(Event::Overlay(OverlayEvent::Accept));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Cancel(_) | Effect::UnloadModel(_))));
    assert_eq!((window.state.job, window.status()), (job, Some(ReviewStatus::Streaming)));
    window.delta("2");
    window.end();
    let review = window.state.tab().unwrap().review.as_ref().unwrap();
    assert_eq!(
        (review.model.as_str(), &review.status),
        ("large", &ReviewStatus::Ready),
        "who answered is counted"
    );
}

#[test]
fn enter_in_the_model_switcher_goes_to_another_model() {
    let mut window = with_two_models();
    assert_eq!(window.state.model().unwrap().reference.id, "large");
    for wanted in ["small", "large"] {
        window.command(Command::SwitchModel);
        let effects = window.send(Event::Overlay(OverlayEvent::Accept));
        assert!(
            effects.iter().any(|e| matches!(e, Effect::LoadModel(model) if model.id == wanted)),
            "{wanted}"
        );
    }
}

#[test]
fn the_examples_of_a_proposal_are_run_as_soon_as_that_is_allowed() {
    let mut window = Window::on("/r/a.py", DOUBLE).with_model();
    window.send(Event::OpenFolder("/r".into()));
    window.improve(0..DOUBLE.len() - 1, &DOUBLE.replace("x * 3", "x * 2"));
    let candidates = |window: &Window| window.state.tab().unwrap().review.as_ref().unwrap().candidates.runs;
    assert!(!candidates(&window));
    let effects = window.command(Command::RunExamples);
    let run = effects.iter().find_map(|effect| match effect {
        Effect::RunShown { job, proposal, text, .. } => Some((*job, *proposal, text.clone())),
        _ => None,
    });
    let (job, proposal, text) = run.unwrap();
    assert!(text.contains("x * 2") && candidates(&window));
    let held = || vec![ExampleResult { ran: true, passed: true, got: "4".into() }];
    let ran = assist::check::RunResults { held: held(), behaviour: None };
    window.send(Event::RanShown(job, proposal, Box::new(ran)));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::RunBefore(..))));
    window.send(Event::RanBefore(job, held()));
    let review = window.state.tab().unwrap().review.as_ref().unwrap();
    let shown = review.candidates.proposal().unwrap();
    assert!(review.candidates.attempts.examples_hold(shown));
    window.command(Command::RunExamples);
    assert!(!candidates(&window), "taken back");
}

#[test]
fn results_that_must_stay_and_do_not_are_asked_for_again() {
    let mut window = Window::on("/r/a.py", DOUBLE).with_model();
    window.send(Event::OpenFolder("/r".into()));
    window.command(Command::RunExamples);
    window.select(0, DOUBLE.len() - 1);
    window.command(Command::Improve);
    window.send(Event::Overlay(OverlayEvent::Text("Make it simpler.".into())));
    window.send(Event::Overlay(OverlayEvent::Accept));
    let judge = judge_of(&mut window, &DOUBLE.replace("x * 3", "x + x"));
    assert!(judge.run);
    let difference = assist::behaviour::BehaviourDifference {
        call: "double(1)".into(),
        old: "3".into(),
        new: "2".into(),
        inputs: 90,
        results: None,
    };
    let behaviour = Some(assist::behaviour::Behaviour::Differs(difference));
    let proposal = assist::check::Proposal { behaviour, ..judge.target.judge(&judge.answer, false, false) };
    let effects = window.send(Event::Judged {
        job: judge.job,
        proposal: Box::new(proposal),
        baseline: Some(Vec::new()),
    });
    let Approach::FollowUp(turns) = asked(&effects).approach else { panic!("not asked again") };
    let [(answer, said)] = &turns[..] else { panic!("{turns:?}") };
    assert!(
        answer.contains("x + x") && said.contains("`double(1)` gives `2`, and it must give `3`"),
        "{said}"
    );
}

#[test]
fn a_better_answer_is_asked_for_only_as_long_as_the_settings_say() {
    for (seconds, later, goes_on) in [(20, 19_999, true), (20, 20_000, false), (0, 500_000, true)] {
        let mut window = Window::on("/r/a.py", DOUBLE).with_model();
        window.state.settings.checks.seconds = seconds;
        window.select(0, DOUBLE.len() - 1);
        window.command(Command::Improve);
        window.send(Event::Overlay(OverlayEvent::Text("Fix it.".into())));
        window.send(Event::Overlay(OverlayEvent::Accept));
        // Three answers that break the syntax, the third one late.
        let mut asked = Vec::new();
        for now in [1_000, 2_000, 1_000 + later] {
            let judge = judge_of(&mut window, "def double(x:");
            let proposal = judge.target.judge(&judge.answer, false, false);
            let judged = Event::Judged { job: judge.job, proposal: Box::new(proposal), baseline: None };
            let effects = crate::update::update(&mut window.state, judged, now);
            asked.push(effects.iter().any(|effect| matches!(effect, Effect::Ask { .. })));
        }
        assert_eq!(asked, [true, true, goes_on], "{seconds} s, {later} ms");
        let status = &window.state.tab().unwrap().review.as_ref().unwrap().status;
        assert_eq!(*status == ReviewStatus::Ready, !goes_on, "{status:?}");
    }
}

#[test]
fn the_lines_of_a_long_file_that_the_model_sees_are_said_with_every_command() {
    let text = format!("{}# add one to x\n", "x = 1  # some words to make it long\n".repeat(400));
    let mut window = Window::on("/a.py", &text).with_model();
    let at = text.len() - 2;
    window.select(at, at);
    let tree = {
        let document = &window.state.tab().unwrap().document;
        let never = std::sync::atomic::AtomicBool::new(false);
        let (language, revision) = (document.language(), document.revision());
        editor_core::syntax::SyntaxTree::parse(language, document.rope(), revision, None, &never).unwrap()
    };
    let id = window.state.tab().unwrap().id;
    window.send(Event::Parsed(id.0, tree));
    window.command(Command::Generate);
    let seen = window.state.tab().unwrap().review.as_ref().unwrap().seen.clone().unwrap();
    assert!(seen.starts_with("the model sees lines ") && seen.ends_with(" of 401"), "{seen}");
}
