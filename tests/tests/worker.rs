//! The real worker with a real model, through the real client.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::time::Duration;

use ipc::{
    blocking::Conversation,
    client::{Signal, WorkerProgram},
    protocol::{
        ChatMessage, ChatRole, Control, FailureKind, FileStamp, ModelRef, Prompt, Request, RequestId,
        RunProfile, Sampling, StopReason, WorkerMessage,
    },
};
use models::stamp::ModelStamp;
use tests::{TestModel, process_exists, sample_edit, worker};

fn profile() -> RunProfile {
    RunProfile { context_tokens: 2048, ..RunProfile::default() }
}

fn loaded(model: TestModel) -> Conversation {
    let conversation = Conversation::new(worker());
    conversation.load(&model.reference(), &profile(), |_| {}).unwrap();
    conversation
}

fn limit(tokens: u32) -> Control {
    Control { max_tokens: Some(tokens), ..Control::default() }
}

#[test]
fn real_model_answers_an_edit_and_reports_what_it_cost() {
    let conversation = Conversation::new(worker());
    let mut progress = Vec::new();
    let model = conversation.load(&TestModel::Starter.reference(), &profile(), |p| progress.push(p)).unwrap();
    assert!(progress.is_sorted() && progress.last().is_some_and(|p| *p > 0.9), "{progress:?}");
    assert!(model.context_tokens == 2048 && model.weights_bytes > 50_000_000, "{model:?}");
    let mut events = Vec::new();
    let reply = conversation
        .ask(sample_edit(), Sampling::default(), limit(64), |_, event| events.push(event.clone()))
        .unwrap();
    assert!(matches!(events[0], WorkerMessage::PromptReady { .. }), "{events:?}");
    assert!(events.iter().any(|e| matches!(e, WorkerMessage::PrefillProgress { .. })));
    assert!(!reply.text.is_empty());
    let usage = reply.usage;
    assert!(
        usage.prompt_tokens > 100 && usage.generated_tokens > 0 && usage.generated_tokens <= 64,
        "{usage:?}"
    );
    assert!(usage.ttft_ms > 0.0 && usage.ttft_ms >= usage.prefill_ms, "{usage:?}");
}

#[test]
fn real_model_gives_the_same_greedy_answer_with_and_without_drafts_and_from_a_warm_cache() {
    let conversation = loaded(TestModel::Half);
    let ask = || conversation.ask(sample_edit(), Sampling::default(), limit(200), |_, _| {}).unwrap();
    let (cold, warm) = (ask(), ask());
    assert!(warm.usage.cached_tokens + 1 == warm.usage.prompt_tokens, "{:?}", warm.usage);
    assert!(cold.usage.accepted_tokens > 0, "{:?}", cold.usage);
    let plain = RunProfile { speculate: false, ..profile() };
    conversation.load(&TestModel::Half.reference(), &plain, |_| {}).unwrap();
    let undrafted = ask();
    assert_eq!(undrafted.usage.drafted_tokens, 0);
    assert_eq!(cold.text, undrafted.text);
    assert_eq!(warm.text, undrafted.text);
}

#[test]
fn real_model_repeats_an_answer_with_the_same_seed_and_varies_with_another() {
    let conversation = Conversation::new(worker());
    let chat = || {
        let text = "Name twelve random animals.".to_owned();
        Prompt::Chat(vec![ChatMessage { role: ChatRole::User, text }])
    };
    // From an empty cache each time: a prompt computed in other batches rounds differently.
    let ask = |seed| {
        conversation.load(&TestModel::Half.reference(), &profile(), |_| {}).unwrap();
        let sampling = Sampling { temperature: 1.2, seed, ..Sampling::default() };
        let text = conversation.ask(chat(), sampling, limit(40), |_, _| {}).unwrap().text;
        conversation.unload().unwrap();
        text
    };
    let (one, again, other) = (ask(1), ask(1), ask(2));
    assert_eq!(one, again);
    assert_ne!(one, other);
}

#[test]
fn real_model_is_cancelled_in_prefill_and_in_decode_and_answers_the_next_request() {
    let conversation = loaded(TestModel::Half);
    let long = Prompt::Raw("word ".repeat(1500));
    let mut computed = 0;
    let reply = conversation
        .ask(long, Sampling::default(), limit(10), |client, event| match event {
            WorkerMessage::PromptReady { id, .. } => client.cancel(*id),
            WorkerMessage::PrefillProgress { done, .. } => computed = *done,
            _ => {}
        })
        .unwrap();
    assert_eq!((reply.stop, reply.usage.generated_tokens), (StopReason::Cancelled, 0));
    let whole = reply.prompt.tokens;
    assert!(computed < whole, "a cancel must not wait for the whole prompt: {computed} of {whole} tokens");
    let reply = conversation
        .ask(Prompt::Raw("Once upon a time".into()), Sampling::default(), limit(2000), |client, event| {
            if let WorkerMessage::Delta { id, .. } = event {
                client.cancel(*id);
            }
        })
        .unwrap();
    assert_eq!(reply.stop, StopReason::Cancelled);
    let next = conversation.ask(sample_edit(), Sampling::default(), limit(8), |_, _| {}).unwrap();
    assert!(next.usage.generated_tokens > 0);
}

#[test]
fn real_model_stops_at_a_stop_text_without_showing_it_and_at_the_limit() {
    let conversation = loaded(TestModel::Half);
    let counting = || Prompt::Raw("1, 2, 3, 4, 5, 6, 7, 8,".into());
    let ctrl = Control { stop: vec!["12".into()], ..limit(100) };
    let reply = conversation.ask(counting(), Sampling::default(), ctrl, |_, _| {}).unwrap();
    assert_eq!((reply.stop, reply.text.as_str()), (StopReason::StopText, " 9, 10, 11, "));
    let reply = conversation.ask(counting(), Sampling::default(), limit(3), |_, _| {}).unwrap();
    assert_eq!((reply.stop, reply.usage.generated_tokens), (StopReason::Length, 3));
}

#[test]
fn a_prompt_that_does_not_fit_is_refused_with_numbers_and_the_worker_goes_on() {
    let conversation = loaded(TestModel::Starter);
    let Prompt::Edit(mut code) = sample_edit() else { unreachable!() };
    code.selection = code.selection.repeat(30);
    let failure =
        conversation.ask(Prompt::Edit(code), Sampling::default(), Control::default(), |_, _| {}).unwrap_err();
    assert_eq!(failure.kind, FailureKind::PromptTooLong, "{failure}");
    assert!(failure.text.contains("2048"), "{failure}");
    conversation.ask(sample_edit(), Sampling::default(), limit(2), |_, _| {}).unwrap();
}

#[test]
fn files_that_are_no_models_are_refused_by_name_and_the_worker_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let conversation = Conversation::new(worker());
    let load = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let model = ModelRef { id: name.into(), path, sha256: None, stamp: None };
        conversation.load(&model, &profile(), |_| {}).unwrap_err()
    };
    let whole = std::fs::read(TestModel::Starter.path()).unwrap();
    assert_eq!(load("empty", b"").kind, FailureKind::ModelInvalid);
    assert_eq!(load("text", b"This is not a model.").kind, FailureKind::ModelInvalid);
    let truncated = load("truncated", &whole[..whole.len() / 2]);
    assert_eq!(truncated.kind, FailureKind::ModelInvalid, "{truncated}");
    let missing = ModelRef { id: "gone".into(), path: folder.path().join("gone"), sha256: None, stamp: None };
    assert_eq!(conversation.load(&missing, &profile(), |_| {}).unwrap_err().kind, FailureKind::ModelFile);
    conversation.load(&TestModel::Starter.reference(), &profile(), |_| {}).unwrap();
}

#[test]
fn pings_are_answered_while_the_model_computes() {
    const PINGS: usize = 20;
    let conversation = loaded(TestModel::Half);
    let client = conversation.client();
    let id = client.next_id();
    let prompt = Prompt::Raw("word ".repeat(600));
    client
        .send(Request::Generate { id, model: None, prompt, params: Sampling::default(), ctrl: limit(1000) })
        .unwrap();
    // Each ping is asked after a word of the answer and must be answered before its end: the model computes meanwhile.
    let mut asked: Vec<RequestId> = Vec::new();
    let mut answered = Vec::new();
    let mut words = 0;
    let end = loop {
        match conversation.signals().recv_timeout(Duration::from_secs(120)).unwrap() {
            Signal::Event(WorkerMessage::Delta { id: of, .. }) if of == id => {
                words += 1;
                if asked.len() < PINGS && asked.len() == answered.len() {
                    let ping = client.next_id();
                    client.send(Request::Ping { id: ping }).unwrap();
                    asked.push(ping);
                }
            }
            Signal::Event(WorkerMessage::Pong { id: ping, .. }) if asked.contains(&ping) => {
                answered.push((ping, words));
                if answered.len() == PINGS {
                    client.cancel(id);
                }
            }
            Signal::Event(event) if event.id() == Some(id) && event.is_final() => break event,
            Signal::Stopped(stopped) => panic!("{stopped:?}"),
            _ => {}
        }
    };
    let order: Vec<RequestId> = answered.iter().map(|(ping, _)| *ping).collect();
    assert_eq!(order.len(), PINGS, "{} of {} pings before {end:?}", order.len(), asked.len());
    assert_eq!(order, asked, "in their order, each once");
    assert!(
        matches!(end, WorkerMessage::Done { stop: StopReason::Cancelled, .. }),
        "the model was still computing behind the last ping: {end:?}"
    );
    assert!(answered.iter().all(|(_, words)| *words > 0), "{answered:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn the_worker_has_no_network_no_privileges_and_no_core_dumps() {
    let conversation = loaded(TestModel::Starter);
    let pid = conversation.client().worker_pid().unwrap();
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let value =
        |key: &str| status.lines().find_map(|l| l.strip_prefix(key)).map(str::trim).unwrap_or_default();
    assert_eq!(value("NoNewPrivs:"), "1");
    assert_eq!(value("Seccomp:"), "2", "filtered");
    let limits = std::fs::read_to_string(format!("/proc/{pid}/limits")).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().nth(4), Some("0"), "{core}");
    let sockets = std::fs::read_to_string(format!("/proc/{pid}/net/unix")).is_ok();
    assert!(sockets, "proc is readable, so the checks above were real");
}

#[test]
fn a_worker_that_cannot_start_or_says_nothing_sensible_is_a_failure_with_a_reason() {
    let missing = Conversation::new(WorkerProgram::at("/nonexistent/worker".into()));
    let failure = missing.ping().unwrap_err();
    assert_eq!(failure.kind, FailureKind::WorkerStart);
    assert!(failure.text.contains("/nonexistent/worker"), "{failure}");
    let exits = Conversation::new(WorkerProgram::at("/bin/false".into()));
    let failure = exits.ping().unwrap_err();
    assert_eq!(failure.kind, FailureKind::WorkerStart);
    assert!(failure.text.contains("exited with code 1"), "{failure}");
}

#[test]
fn two_hundred_kills_at_random_moments_leave_no_process_and_no_request_unanswered() {
    const KILLS: u32 = 200;
    let conversation = Conversation::new(worker());
    let model = TestModel::Starter.reference();
    let mut random = 0x2545_F491_4F6C_DD1Du64;
    let mut pids = Vec::new();
    // Each id as often as something ended its request: an event, or the end of the worker.
    let (mut asked, mut answers) = (Vec::new(), Vec::new());
    for n in 0..KILLS {
        // xorshift64: the moments differ in each round and are the same in each run.
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let delay = Duration::from_micros(random % 400_000);
        let client = conversation.client();
        let ids = [client.next_id(), client.next_id()];
        client.send(Request::LoadModel { id: ids[0], model: model.clone(), profile: profile() }).unwrap();
        let sample = Request::Generate {
            id: ids[1],
            model: None,
            prompt: sample_edit(),
            params: Sampling::default(),
            ctrl: limit(400),
        };
        client.send(sample).unwrap();
        let pid = loop {
            match conversation.signals().recv().unwrap() {
                Signal::Started { pid } => break pid,
                Signal::Stopped(stopped) => panic!("round {n}: {stopped:?}"),
                Signal::Event(event) if event.is_final() => answers.extend(event.id()),
                Signal::Event(_) | Signal::Phase(_) => {}
            }
        };
        std::thread::sleep(delay);
        kill(pid);
        loop {
            match conversation.signals().recv_timeout(Duration::from_secs(20)).unwrap() {
                Signal::Event(event) if event.is_final() => answers.extend(event.id()),
                Signal::Stopped(stopped) => {
                    answers.extend(stopped.failed);
                    break;
                }
                _ => {}
            }
        }
        asked.extend(ids);
        assert!(!process_exists(pid), "round {n}: {pid} is reaped");
        pids.push(pid);
        // Nobody answers in between, so that the breaker would open.
        client.forgive();
    }
    conversation.load(&model, &profile(), |_| {}).unwrap();
    let reply = conversation.ask(sample_edit(), Sampling::default(), limit(4), |_, _| {}).unwrap();
    assert!(reply.usage.generated_tokens > 0);
    assert_eq!(pids.len(), KILLS as usize);
    // A second answer may come late: also those that came with the next rounds and within a moment of the last count.
    while let Ok(signal) = conversation.signals().recv_timeout(Duration::from_millis(500)) {
        match signal {
            Signal::Event(event) if event.is_final() => answers.extend(event.id()),
            Signal::Stopped(stopped) => answers.extend(stopped.failed),
            _ => {}
        }
    }
    for id in asked {
        let times = answers.iter().filter(|answered| **answered == id).count();
        assert_eq!(times, 1, "request {id:?} is answered exactly once");
    }
}

fn kill(pid: u32) {
    let killed = std::process::Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap();
    assert!(killed.success());
}

#[test]
fn the_worker_ends_with_its_editor() {
    let conversation = loaded(TestModel::Starter);
    let pid = conversation.client().worker_pid().unwrap();
    assert!(process_exists(pid));
    drop(conversation);
    assert!(!process_exists(pid));
}

#[test]
fn a_file_that_changed_after_it_was_checked_is_not_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.gguf");
    std::fs::copy(TestModel::Starter.path(), &path).unwrap();
    let checked = |path: &std::path::Path| {
        let ModelStamp { device, inode, size, modified, changed } =
            ModelStamp::of(&std::fs::File::open(path).unwrap()).unwrap();
        let stamp = Some(FileStamp { device, inode, size, modified, changed });
        ModelRef { id: "m".into(), path: path.to_owned(), sha256: None, stamp }
    };
    let model = checked(&path);
    let conversation = Conversation::new(worker());
    conversation.load(&model, &profile(), |_| {}).unwrap();

    std::thread::sleep(Duration::from_millis(20));
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, &[1], model.stamp.unwrap().size / 2).unwrap();
    file.set_modified(std::time::UNIX_EPOCH + Duration::from_nanos(model.stamp.unwrap().modified as u64))
        .unwrap();
    conversation.unload().unwrap();
    let refused = conversation.load(&model, &profile(), |_| {}).unwrap_err();
    assert_eq!(refused.kind, FailureKind::ModelFile, "{}", refused.text);
    assert!(refused.text.contains("has changed since it was checked"), "{}", refused.text);
    // What is in memory is not served for a file that is another one now.
    conversation.load(&checked(&path), &profile(), |_| {}).unwrap();
    std::fs::copy(TestModel::Starter.path(), folder.path().join("other")).unwrap();
    std::fs::rename(folder.path().join("other"), &path).unwrap();
    assert!(conversation.load(&checked(&path), &profile(), |_| {}).is_ok());
    assert_eq!(conversation.load(&model, &profile(), |_| {}).unwrap_err().kind, FailureKind::ModelFile);
}
