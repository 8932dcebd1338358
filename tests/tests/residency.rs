//! Memory of the real worker: several models side by side, a budget that holds, and unloading that gives memory back.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::{
    fs::File,
    time::{Duration, Instant},
};

use inference::{
    engine::{Budgets, Engine, Generate, Given, LlamaEngine},
    llama::LlamaBackend,
};
use ipc::{
    blocking::Conversation,
    client::Client,
    files::ModelFiles,
    jobs::StopFlag,
    protocol::{
        Control, FailureKind, KvType, Prompt, RequestId, ResidentModel, RunProfile, Sampling, WorkerMessage,
        WorkerMode,
    },
};
use tests::{TestModel, process_memory, sample_edit, worker};

const MB: u64 = 1_000_000;

fn profile() -> RunProfile {
    RunProfile { context_tokens: 2048, ..RunProfile::default() }
}

fn limit(tokens: u32) -> Control {
    Control { max_tokens: Some(tokens), ..Control::default() }
}

fn within(budget: u64) -> Conversation {
    let mut program = worker();
    program.env.push(("LOCALCODER_MEMORY_BUDGET".into(), budget.to_string().into()));
    Conversation::new(program)
}

/// What the worker last told: models, bytes used, budget, note.
fn told(conversation: &Conversation) -> (Vec<ResidentModel>, u64, u64, Option<String>) {
    parts(conversation.residency().unwrap())
}

fn parts(event: WorkerMessage) -> (Vec<ResidentModel>, u64, u64, Option<String>) {
    let WorkerMessage::Residency { models, used, budget, note } = event else { panic!("{event:?}") };
    (models, used, budget, note)
}

fn ids(models: &[ResidentModel]) -> Vec<&str> {
    models.iter().map(|model| model.id.as_str()).collect()
}

fn ask(conversation: &Conversation, model: TestModel) -> String {
    let id = model.reference().id;
    let reply = conversation.ask_model(Some(&id), sample_edit(), Sampling::default(), limit(24), |_, _| {});
    reply.unwrap().text
}

/// Resident bytes of the worker.
fn resident(conversation: &Conversation) -> u64 {
    status(conversation, "VmRSS:")
}

fn status(conversation: &Conversation, key: &str) -> u64 {
    process_memory(conversation.client().worker_pid().unwrap(), key).unwrap()
}

#[test]
fn two_real_models_stay_side_by_side_and_answer_in_turn() {
    let conversation = Conversation::new(worker());
    let (small, large) = (TestModel::Starter, TestModel::Half);
    conversation.load(&small.reference(), &profile(), |_| {}).unwrap();
    let first = ask(&conversation, small);
    conversation.load(&large.reference(), &profile(), |_| {}).unwrap();
    let other = ask(&conversation, large);
    assert_eq!(ask(&conversation, small), first, "its answer does not depend on who else is there");
    assert_eq!(ask(&conversation, large), other);
    assert_ne!(first, other);
    let reply = conversation.ask(sample_edit(), Sampling::default(), limit(24), |_, _| {}).unwrap();
    assert_eq!(reply.text, other, "no model named: the one loaded last");
    let (models, used, budget, note) = told(&conversation);
    assert_eq!(ids(&models).len(), 2, "{models:?}");
    assert!(used <= budget && note.is_none(), "{used} of {budget}: {note:?}");
    let sum: u64 = models.iter().map(|model| model.bytes_predicted.max(model.bytes_measured)).sum();
    assert_eq!(used, sum);
}

#[test]
fn a_budget_for_one_real_model_evicts_the_other_and_says_so() {
    let conversation = within(800 * MB);
    let (small, large) = (TestModel::Starter.reference(), TestModel::Half.reference());
    conversation.load(&small, &profile(), |_| {}).unwrap();
    conversation.load(&large, &profile(), |_| {}).unwrap();
    let (models, used, budget, note) = told(&conversation);
    assert_eq!((ids(&models), budget), (vec![large.id.as_str()], 800 * MB));
    assert!(used <= budget, "{used}");
    let note = note.unwrap();
    assert!(note.contains(&small.id) && note.contains(&large.id) && note.contains("800 MB"), "{note}");
    let gone =
        conversation.ask_model(Some(&small.id), sample_edit(), Sampling::default(), limit(4), |_, _| {});
    assert_eq!(gone.unwrap_err().kind, FailureKind::NoModel);
    // Back and forth, many times: each load finds its room, and nothing is left behind.
    let mut after = Vec::new();
    for _ in 0..6 {
        conversation.load(&small, &profile(), |_| {}).unwrap();
        conversation.load(&large, &profile(), |_| {}).unwrap();
        after.push(resident(&conversation));
    }
    assert!(after.iter().max().unwrap() - after.iter().min().unwrap() < 20 * MB, "{after:?}");
}

#[test]
fn a_budget_for_no_real_model_refuses_with_numbers_before_a_byte_is_loaded() {
    let conversation = within(300 * MB);
    conversation.ping().unwrap();
    let before = resident(&conversation);
    let mut progress = 0;
    let load = |profile: &RunProfile, progress: &mut u32| {
        conversation.load(&TestModel::Half.reference(), profile, |_| *progress += 1)
    };
    let failure = load(&profile(), &mut progress).unwrap_err();
    assert_eq!((failure.kind, progress), (FailureKind::OutOfMemory, 0), "{failure}");
    assert!(failure.text.contains("300 MB") && failure.text.contains("smaller model"), "{failure}");
    assert!(resident(&conversation) < before + 60 * MB, "only the header was read");
    let anyway = RunProfile { load_anyway: true, ..profile() };
    load(&anyway, &mut progress).unwrap();
    assert!(progress > 0);
    assert!(!ask(&conversation, TestModel::Half).is_empty());
    let (models, used, budget, _) = told(&conversation);
    assert!(models.len() == 1 && used > budget, "the user insisted: {used} of {budget}");
}

#[test]
fn an_idle_real_model_is_unloaded_gives_its_memory_back_and_comes_again() {
    let conversation = Conversation::new(worker());
    let profile = RunProfile { idle_unload_s: Some(1), ..profile() };
    let model = TestModel::Half.reference();
    conversation.load(&model, &profile, |_| {}).unwrap();
    let first = ask(&conversation, TestModel::Half);
    let full = resident(&conversation);
    let (models, .., note) = loop {
        let event =
            conversation.next_residency(Duration::from_secs(10)).expect("it is unloaded after a second");
        let told = parts(event);
        if told.3.is_some() {
            break (told.0, told.3);
        }
    };
    let empty = resident(&conversation);
    println!("resident with the model {} MB, after idle unload {} MB; {note:?}", full / MB, empty / MB);
    assert!(models.is_empty() && note.unwrap().contains(&model.id));
    assert!(full > 450 * MB && empty < 60 * MB, "{full} -> {empty}");
    conversation.load(&model, &profile, |_| {}).unwrap();
    assert_eq!(ask(&conversation, TestModel::Half), first);
}

#[test]
fn a_model_that_never_goes_idle_stays() {
    let conversation = Conversation::new(worker());
    let profile = RunProfile { idle_unload_s: None, ..profile() };
    conversation.load(&TestModel::Starter.reference(), &profile, |_| {}).unwrap();
    while let Some(event) = conversation.next_residency(Duration::from_secs(3)) {
        assert_eq!(parts(event).0.len(), 1);
    }
}

#[test]
fn another_profile_of_a_real_model_takes_its_place() {
    let conversation = Conversation::new(worker());
    let model = TestModel::Starter.reference();
    conversation.load(&model, &profile(), |_| {}).unwrap();
    let smaller = RunProfile { context_tokens: 1024, ..profile() };
    assert_eq!(conversation.load(&model, &smaller, |_| {}).unwrap().context_tokens, 1024);
    assert_eq!(told(&conversation).0.len(), 1);
    let typing = RunProfile { background: true, ..smaller };
    conversation.load(&model, &typing, |_| {}).unwrap();
    assert_eq!(told(&conversation).0.len(), 2, "a completion model stands beside it");
}

#[test]
fn stability_takes_small_steps_and_drafts_nothing() {
    let answer = |mode| {
        let conversation = Conversation::new(worker());
        let wished = RunProfile { mode, kv: KvType::Q8, micro_batch: 512, ..profile() };
        conversation.load(&TestModel::Starter.reference(), &wished, |_| {}).unwrap();
        let mut steps = vec![0];
        let on = |_: &Client, event: &WorkerMessage| {
            if let WorkerMessage::PrefillProgress { done, .. } = event {
                steps.push(*done);
            }
        };
        let reply = conversation.ask(sample_edit(), Sampling::default(), limit(48), on).unwrap();
        let longest = steps.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
        (reply.usage.drafted_tokens, longest)
    };
    let (drafted, longest) = answer(WorkerMode::Stability);
    assert!(drafted == 0 && longest <= 64, "{drafted} drafted, {longest} in one step");
    let (drafted, longest) = answer(WorkerMode::Performance);
    assert!(drafted > 0 && longest > 64, "{drafted} drafted, {longest} in one step");
}

fn fixed(bytes: u64) -> Budgets {
    Budgets { machine: Some(bytes), ..Budgets::default() }
}

#[test]
fn a_real_model_under_pressure_becomes_smaller_step_by_step_and_still_answers() {
    let model = TestModel::Starter.reference();
    let files = ModelFiles::holding([(RequestId(1), File::open(&model.path).unwrap())]);
    let given = Given { files, ..Given::default() };
    let mut engine = LlamaEngine::new(LlamaBackend::init(), fixed(1000 * MB), given);
    let full = engine.load(RequestId(1), &model, &RunProfile::default(), &mut |_| true).unwrap();
    assert_eq!(full.context_tokens, 8192);
    let (_, mut used, ..) = parts(engine.residency().unwrap());
    for words in ["8 bits", "4096 instead of 8192", "2048 instead of 4096"] {
        engine.set_budgets(fixed(used - 5 * MB));
        engine.care();
        let (models, now, budget, note) = parts(engine.residency().unwrap());
        let note = note.unwrap();
        assert!(note.contains(words) && note.contains("short of"), "{note}");
        assert!(models.len() == 1 && now <= budget && now < used, "{now} of {budget}");
        used = now;
    }
    let request = Generate {
        model: None,
        prompt: sample_edit(),
        sampling: Sampling::default(),
        ctrl: limit(8),
        stop: StopFlag::default(),
        received: Instant::now(),
    };
    assert!(engine.generate(&request, &mut |_| {}).unwrap().1.generated_tokens > 0);
    engine.set_budgets(fixed(50 * MB));
    engine.care();
    let (models, used, _, note) = parts(engine.residency().unwrap());
    assert!(models.is_empty() && used == 0 && note.unwrap().contains("Unloaded"));
}

/// The table of predictions: each model, context and KV type, measured once a long prompt has touched all buffers.
#[test]
fn predictions_are_never_under_what_is_measured_and_at_most_a_twentieth_over() {
    let mut wrong = Vec::new();
    println!("| model | context | KV | predicted MB | taken MB | over | process MB | peak MB | over |");
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for model in [TestModel::Starter, TestModel::Half, TestModel::OneAndHalf] {
        for context_tokens in [1024, 2048, 4096, 8192] {
            for kv in [KvType::F16, KvType::Q8] {
                let profile = RunProfile { context_tokens, kv, ..RunProfile::default() };
                let (taken, peak) = measured(model, &profile);
                // What the editor shows before a load counts the process too; its most is the peak of the process.
                let shown = taken.bytes_predicted + models::fit::PROCESS;
                let over = [over(taken.bytes_predicted, taken.bytes_measured), over(shown, peak)];
                println!(
                    "| {} | {context_tokens} | {kv:?} | {} | {} | {:.1} % | {} | {} | {:.1} % |",
                    taken.id,
                    taken.bytes_predicted / MB,
                    taken.bytes_measured / MB,
                    over[0] * 100.0,
                    shown / MB,
                    peak / MB,
                    over[1] * 100.0
                );
                if !is_close(taken.bytes_predicted, taken.bytes_measured) || !is_close(shown, peak) {
                    wrong.push(format!("{} at {context_tokens} {kv:?}: {over:.3?}", taken.id));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// How far above the measurement a prediction may be, …
const ROOM: f64 = 0.05;
/// … or by how many bytes: what the few large allocations of a model are rounded up by (2 MiB each at most) and the pages of the
/// program's own text that nothing has read yet, which weigh more than a twentieth of the smallest model.
const ROOM_BYTES: u64 = 8 * MB;

fn over(predicted: u64, measured: u64) -> f64 {
    predicted as f64 / measured as f64 - 1.0
}

fn is_close(predicted: u64, measured: u64) -> bool {
    let room = ((measured as f64 * ROOM) as u64).max(ROOM_BYTES);
    (measured..=measured + room).contains(&predicted)
}

/// A model's account after two answers, and the most that was ever resident of its worker.
fn measured(model: TestModel, profile: &RunProfile) -> (ResidentModel, u64) {
    let conversation = Conversation::new(worker());
    conversation.load(&model.reference(), profile, |_| {}).unwrap();
    // More than a micro-batch, so that all of the graph's buffers are touched.
    let prompt = Prompt::Raw("a word of it ".repeat(50));
    conversation.ask(prompt, Sampling::default(), limit(8), |_, _| {}).unwrap();
    conversation.ask(sample_edit(), Sampling::default(), limit(24), |_, _| {}).unwrap();
    // What a request took is told after its answer, and before the next request is answered.
    conversation.devices().unwrap();
    (told(&conversation).0.remove(0), status(&conversation, "VmHWM:"))
}
