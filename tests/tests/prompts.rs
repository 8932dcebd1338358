//! What was computed once serves again, with a real model: primed, moved, stored, resumed.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::time::Duration;

use ipc::{
    blocking::{BlockingReply, Conversation},
    client::{Signal, WorkerProgram},
    handshake::STATES_VARIABLE,
    protocol::{
        Control, FailureKind, FillContext, Prompt, Request, RunProfile, Sampling, StopReason, WorkerMessage,
    },
};
use tests::{TestModel, sample_edit, worker};

fn start(worker: WorkerProgram, model: TestModel) -> Conversation {
    let conversation = Conversation::new(worker);
    let profile = RunProfile { context_tokens: 2048, ..RunProfile::default() };
    conversation.load(&model.reference(), &profile, |_| {}).unwrap();
    conversation
}

fn limit(tokens: u32) -> Control {
    Control { max_tokens: Some(tokens), ..Control::default() }
}

fn ask(conversation: &Conversation, prompt: Prompt, ctrl: Control) -> BlockingReply {
    conversation.ask(prompt, Sampling::default(), ctrl, |_, _| {}).unwrap()
}

fn instructed(instruction: &str) -> Prompt {
    let Prompt::Edit(mut code) = sample_edit() else { unreachable!() };
    code.instruction = instruction.into();
    Prompt::Edit(code)
}

/// A caret after `typed` in a function, with a file around it.
fn caret(typed: &str) -> Prompt {
    let helper = |n: u32| format!("def helper_{n}(values):\n    return sum(values) / {n}\n\n\n");
    let before: String = (1..9).map(helper).collect();
    let after: String = (20..28).map(helper).collect();
    Prompt::Fill(FillContext {
        file_name: "mean.py".into(),
        before: format!("{before}def mean(values):\n    {typed}"),
        after: format!("\n\n\n{after}"),
        others: Vec::new(),
    })
}

#[test]
fn after_priming_a_step_is_left_and_of_another_instruction_its_own_tokens() {
    let conversation = start(worker(), TestModel::Half);
    let (stop, primed) = conversation.prime(instructed("")).unwrap();
    assert_eq!((stop, primed.generated_tokens), (StopReason::EndOfAnswer, 0));
    let usual = ask(&conversation, instructed(""), limit(8)).usage;
    assert_eq!(usual.cached_tokens + 1, usual.prompt_tokens);
    let other = "Use the statistics module.";
    let told = ask(&conversation, instructed(other), limit(8)).usage;
    let beginning = primed.prompt_tokens - told.cached_tokens;
    assert!(beginning < 40 && told.prompt_tokens - told.cached_tokens < 24, "{primed:?}, {told:?}");
    let (_, again) = conversation.prime(instructed(other)).unwrap();
    assert_eq!(again.cached_tokens, again.prompt_tokens, "{again:?}");
}

#[test]
fn a_completion_while_typing_computes_only_what_was_typed() {
    let conversation = start(worker(), TestModel::Half);
    let first = ask(&conversation, caret("return su"), limit(16));
    assert!(first.text.starts_with("m(values)"), "{:?}", first.text);
    let typed = ask(&conversation, caret("return sum(va"), limit(16));
    assert!(typed.text.starts_with("lues)"), "{:?}", typed.text);
    let computed = typed.usage.prompt_tokens - typed.usage.cached_tokens;
    assert!(computed <= 32, "{:?}", typed.usage);
    let back = ask(&conversation, caret("return su"), limit(16));
    assert!(back.text.starts_with("m(values)"), "{:?}", back.text);
    assert!(back.usage.prompt_tokens - back.usage.cached_tokens <= 32, "{:?}", back.usage);
}

#[test]
fn edits_explanations_and_completions_keep_their_prompts_beside_each_other() {
    let conversation = start(worker(), TestModel::Half);
    let Prompt::Edit(code) = sample_edit() else { unreachable!() };
    let round = || {
        [caret("return "), sample_edit(), Prompt::Explain(code.clone())]
            .map(|prompt| ask(&conversation, prompt, limit(4)).usage)
    };
    round();
    for usage in round() {
        assert_eq!(usage.cached_tokens + 1, usage.prompt_tokens, "{usage:?}");
    }
}

#[test]
fn a_model_without_fill_in_the_middle_says_so() {
    let conversation = start(worker(), TestModel::Starter);
    let failure = conversation.ask(caret("x"), Sampling::default(), limit(4), |_, _| {}).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unsupported, "{failure}");
}

/// A text without its blanks and line breaks. Batches of other sizes round differently: of a line break and a blank that are
/// equally likely the other one may come.
fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

#[test]
fn an_answer_goes_on_in_a_new_worker_after_the_death_of_its_own() {
    let whole = ask(&start(worker(), TestModel::Half), sample_edit(), limit(200)).text;
    let conversation = start(worker(), TestModel::Half);
    let mut given = String::new();
    let killed = conversation.ask(sample_edit(), Sampling::default(), limit(200), |client, event| {
        if let WorkerMessage::Delta { text, .. } = event {
            given += text;
        }
        if given.len() > whole.len() / 2 {
            let pid = client.worker_pid().unwrap();
            std::process::Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap();
        }
    });
    assert_eq!(killed.unwrap_err().kind, FailureKind::WorkerDied);
    assert!(given.len() > whole.len() / 2 && squeezed(&whole).starts_with(&squeezed(&given)), "{given}");
    conversation.load(&TestModel::Half.reference(), &RunProfile::default(), |_| {}).unwrap();
    let resumed = ask(&conversation, sample_edit(), Control { accepted: given.clone(), ..limit(200) });
    assert_eq!(squeezed(&(given + &resumed.text)), squeezed(&whole));
    let given_tokens = resumed.usage.prompt_tokens;
    assert!(resumed.usage.generated_tokens < given_tokens, "{:?}", resumed.usage);
}

#[test]
fn a_new_worker_takes_the_prompt_from_disk_and_answers_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let program = || {
        let mut program = worker();
        program.env.push((STATES_VARIABLE.into(), folder.path().into()));
        program
    };
    let first = ask(&start(program(), TestModel::Half), sample_edit(), limit(64));
    assert_eq!(first.usage.cached_tokens, 0);
    let again = ask(&start(program(), TestModel::Half), sample_edit(), limit(64));
    assert_eq!(again.usage.cached_tokens + 1, again.usage.prompt_tokens, "{:?}", again.usage);
    assert_eq!(again.text, first.text);
    let other = ask(&start(program(), TestModel::Starter), sample_edit(), limit(4));
    assert_eq!(other.usage.cached_tokens, 0, "another model's states are not its own");
}

#[test]
fn an_edit_overtakes_a_completion_which_then_goes_on() {
    let conversation = start(worker(), TestModel::Half);
    let client = conversation.client();
    let completion = client.next_id();
    let prompt =
        Prompt::Fill(FillContext { before: "# 1, 2, 3, 4, 5, 6, 7,".into(), ..FillContext::default() });
    let (params, ctrl) = (Sampling::default(), limit(400));
    client.send(Request::Generate { id: completion, model: None, prompt, params, ctrl }).unwrap();
    // The completion must be in its midst, or there is nothing to overtake.
    let mut text = String::new();
    while text.is_empty() {
        match conversation.signals().recv_timeout(Duration::from_secs(120)).unwrap() {
            Signal::Event(WorkerMessage::Delta { id, text: more, .. }) if id == completion => text += &more,
            Signal::Event(event) => assert!(!event.is_final(), "before its first word: {event:?}"),
            _ => {}
        }
    }
    let edit = client.next_id();
    let (params, ctrl) = (Sampling::default(), limit(8));
    client.send(Request::Generate { id: edit, model: None, prompt: sample_edit(), params, ctrl }).unwrap();
    let mut ended = Vec::new();
    while ended.len() < 2 {
        match conversation.signals().recv_timeout(Duration::from_secs(120)).unwrap() {
            Signal::Event(WorkerMessage::Delta { id, text: more, .. }) if id == completion => text += &more,
            Signal::Event(WorkerMessage::Done { id, usage, .. }) => ended.push((id, usage.generated_tokens)),
            _ => {}
        }
    }
    assert_eq!((ended[0], ended[1].0), ((edit, 8), completion), "the edit was served first");
    assert!(text.contains(" 8, 9, 10, 11, 12"), "the completion went on where it was: {text}");
}
