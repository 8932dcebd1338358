//! What must go on when the worker is killed, stopped, or left without memory: the editor, what was typed, and the next answer.
//!
//! Every test runs in a short form. `LOCALCODER_SOAK=full` gives the full counts, a number this many percent of them;
//! `LOCALCODER_SEED` other random moments. What is promised must be reached in every form: a promised time may be exceeded by so
//! much as the machine is slowed down by others at that moment ([`tests::load`]), and by nothing else. How a full run is told, ended early
//! and gone on with is in [`tests::tally`].
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use ipc::{
    blocking::Conversation,
    client::{Signal, Stopped, WorkerProgram},
    death::Cause,
    handshake::STATES_VARIABLE,
    protocol::{
        Control, Doing, FailureKind, Prompt, Request, RequestId, RunProfile, Sampling, WorkerMessage,
    },
    supervise::Hang,
};
use rustix::process::{Pid, Resource, Rlimit, Signal as Sig, kill_process, prlimit};
use tests::{
    Random, TestModel,
    load::slowdown,
    process_exists, resident_bytes, sample_edit,
    screen::{Editor, Home, Screen},
    soak,
    tally::Tally,
    worker,
};

const MB: u64 = 1_000_000;
/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);
/// Promised: after a kill the next answer comes within this time and that of the load, nineteen times of twenty.
const NEXT_ANSWER: Duration = Duration::from_secs(1);
/// Promised: a worker that is stopped is found within this time.
const FOUND: Duration = Duration::from_secs(5);
/// The figure of a promise: how much of it was taken.
const PROMISE: &str = "% of what is promised";

/// The count for CI, or the full one.
fn count(short: u32, full: u32) -> u32 {
    match std::env::var("LOCALCODER_SOAK").as_deref() {
        Ok("full") => full,
        Ok(percent) => percent.parse::<u32>().map_or(short, |percent| (full * percent).div_ceil(100)),
        Err(_) => short,
    }
}

/// Part of a promised time that was taken, were the machine ours alone.
fn part_of(promised: Duration, taken: Duration, slowdown: f64) -> f64 {
    taken.as_secs_f64() / (promised.as_secs_f64() * slowdown)
}

/// Does the promise have to be kept in nearly every round? Not where anything may run beside a short test.
fn is_full() -> bool {
    std::env::var("LOCALCODER_SOAK").is_ok_and(|form| form == "full")
}

fn random(test: u64) -> Random {
    let seed = std::env::var("LOCALCODER_SEED").ok().and_then(|seed| seed.parse::<u64>().ok());
    Random::new(seed.unwrap_or(0) * 16 + test)
}

fn profile() -> RunProfile {
    RunProfile { context_tokens: 2048, ..RunProfile::default() }
}

fn limit(tokens: u32) -> Control {
    Control { max_tokens: Some(tokens), ..Control::default() }
}

fn send(pid: u32, signal: Sig) {
    let pid = Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    // Gone already is as good.
    let _gone = kill_process(pid, signal);
}

/// Loads the starter and asks for this many tokens, without waiting.
fn ask(conversation: &Conversation, tokens: u32) -> [RequestId; 2] {
    let client = conversation.client();
    let ids = [client.next_id(), client.next_id()];
    let (model, profile) = (TestModel::Starter.reference(), profile());
    client.send(Request::LoadModel { id: ids[0], model, profile }).unwrap();
    let (prompt, params, ctrl) = (sample_edit(), Sampling::default(), limit(tokens));
    client.send(Request::Generate { id: ids[1], model: None, prompt, params, ctrl }).unwrap();
    ids
}

/// Waits for a signal that `wanted` takes.
fn wait<T>(conversation: &Conversation, what: &str, mut wanted: impl FnMut(&Signal) -> Option<T>) -> T {
    let mut waited = 0;
    loop {
        // A second at a time: while everything is stopped no patience is lost.
        let signal = match conversation.signals().recv_timeout(Duration::from_secs(1)) {
            Ok(signal) => signal,
            Err(_) => {
                waited += 1;
                assert!(waited < PATIENCE.as_secs(), "there is no {what} after {PATIENCE:?}");
                continue;
            }
        };
        if let Some(found) = wanted(&signal) {
            return found;
        }
    }
}

fn started(conversation: &Conversation) -> u32 {
    wait(conversation, "worker", |signal| match signal {
        Signal::Started { pid } => Some(*pid),
        _ => None,
    })
}

fn stopped(conversation: &Conversation) -> Stopped {
    wait(conversation, "end", |signal| match signal {
        Signal::Stopped(stopped) => Some(stopped.clone()),
        _ => None,
    })
}

fn first_word(conversation: &Conversation, id: RequestId) {
    wait(conversation, "first word", |signal| match signal {
        Signal::Event(WorkerMessage::Delta { id: of, .. }) if *of == id => Some(()),
        Signal::Stopped(stopped) => panic!("{stopped:?}"),
        _ => None,
    });
}

/// Milliseconds that the model took to load, and the moment of the first word.
fn loaded_and_first_word(conversation: &Conversation, ids: [RequestId; 2]) -> (f64, Instant) {
    let mut load_ms = 0.0;
    wait(conversation, "first word", |signal| match signal {
        Signal::Event(WorkerMessage::Loaded { id, model }) if *id == ids[0] => {
            load_ms = model.load_ms;
            None
        }
        Signal::Event(WorkerMessage::Delta { id, .. }) if *id == ids[1] => Some((load_ms, Instant::now())),
        Signal::Stopped(stopped) => panic!("{stopped:?}"),
        _ => None,
    })
}

/// Computed prompts are kept on disk, as the editor has it.
fn keeping_states(folder: &Path) -> WorkerProgram {
    let mut program = worker();
    program.env.push((STATES_VARIABLE.into(), folder.into()));
    program
}

#[test]
fn after_a_kill_the_next_answer_comes_as_soon_as_the_model_is_loaded() {
    let rounds = count(10, 200);
    let states = tempfile::tempdir().unwrap();
    let conversation = Conversation::new(keeping_states(states.path()));
    let mut tally = Tally::open("next answer after a kill");
    let mut moments = random(1 + 100 * u64::from(tally.count("kills")));
    let mut killed: Option<(Instant, f64)> = None;
    while tally.count("kills") < rounds && !tally.is_over() {
        let ids = ask(&conversation, 400);
        let pid = started(&conversation);
        let (load_ms, first) = loaded_and_first_word(&conversation, ids);
        if let Some((killed, slowdown)) = killed {
            let after = first - killed;
            let without_load = after.saturating_sub(Duration::from_secs_f64(load_ms / 1e3));
            tally.time("first word ms", after);
            tally.sample("load ms", load_ms);
            tally.time("first word without load ms", without_load);
            tally.sample("slowdown %", slowdown * 100.0);
            tally.sample(PROMISE, part_of(NEXT_ANSWER, without_load, slowdown) * 100.0);
        }
        std::thread::sleep(Duration::from_millis(moments.below(200)));
        send(pid, Sig::KILL);
        let moment = Instant::now();
        let end = stopped(&conversation);
        killed = Some((moment, slowdown()));
        tally.add("kills");
        assert!(!process_exists(pid) && !end.gave_up, "{end:?}");
        // In the window a whole answer in between does this.
        conversation.client().forgive();
    }
    tally.report();
    let (late, all) = tally.over(PROMISE, 100.0);
    if is_full() {
        let most = (all / 20).max(1);
        assert!(late <= most, "{late} of {all} answers took longer than {NEXT_ANSWER:?} and the load");
    } else {
        // What runs beside ten rounds may come or go between a kill and its answer: most of them must keep the promise, and
        // none may be far from it.
        let (middle, slowest) = (tally.percentile(PROMISE, 50), tally.percentile(PROMISE, 100));
        assert!(
            middle <= 100.0 && slowest <= 300.0,
            "{middle:.0} %, {slowest:.0} % at most, {late} of {all} late"
        );
    }
}

#[test]
fn a_stopped_worker_is_found_and_replaced_whatever_it_was_doing() {
    let rounds = count(5, 200);
    let conversation = Conversation::new(worker());
    let mut tally = Tally::open("a stopped worker is found");
    let mut moments = random(2 + 100 * u64::from(tally.count("stops")));
    while tally.count("stops") < rounds && !tally.is_over() {
        let ids = ask(&conversation, 400);
        let pid = started(&conversation);
        std::thread::sleep(Duration::from_millis(moments.below(900)));
        send(pid, Sig::STOP);
        let since = Instant::now();
        let end = stopped(&conversation);
        let found = since.elapsed();
        tally.time("found after ms", found);
        let slowdown = slowdown();
        tally.sample("slowdown %", slowdown * 100.0);
        tally.sample(PROMISE, part_of(FOUND, found, slowdown) * 100.0);
        tally.add("stops");
        assert_eq!(end.cause, Cause::Hung(Hang::Silent), "{end:?}");
        assert!(end.failed.iter().all(|id| ids.contains(id)), "{end:?}");
        assert!(!process_exists(pid), "{pid} is reaped");
        conversation.client().forgive();
    }
    tally.report();
    let slowest = tally.percentile(PROMISE, 100);
    assert!(slowest <= 100.0, "{slowest:.0} % of {FOUND:?}");
    let ids = ask(&conversation, 4);
    first_word(&conversation, ids[1]);
}

#[test]
fn a_long_prompt_and_a_busy_machine_are_no_hang() {
    let conversation = Conversation::new(worker());
    let profile =
        RunProfile { context_tokens: 4096, micro_batch: 2048, threads: Some(1), ..RunProfile::default() };
    conversation.load(&TestModel::Half.reference(), &profile, |_| {}).unwrap();
    // One call of 2,048 tokens on one thread takes longer than a ping may stay without an answer.
    let prompt = Prompt::Raw("a word of it ".repeat(500));
    let reply = conversation.ask(prompt, Sampling::default(), limit(2), |_, _| {}).unwrap();
    println!("prefill of {} tokens in {:.1} s", reply.usage.prompt_tokens, reply.usage.prefill_ms / 1000.0);
    assert!(reply.usage.generated_tokens > 0);
}

/// A worker that may use this many bytes of addresses.
fn limited(bytes: u64) -> WorkerProgram {
    let WorkerProgram { path, env, .. } = worker();
    let script = "ulimit -v \"$0\"; exec \"$@\"".into();
    let kilobytes = (bytes / 1024).to_string().into();
    WorkerProgram { path: "/bin/sh".into(), args: vec!["-c".into(), script, kilobytes, path.into()], env }
}

/// What became of a model under a limit, in each phase.
#[derive(Debug, PartialEq)]
enum Became {
    Answer,
    NoMemory(Doing),
    Other(Doing, String),
}

fn class(doing: Doing, failure: &ipc::protocol::Failure) -> Became {
    match failure.kind {
        FailureKind::OutOfMemory => Became::NoMemory(doing),
        kind => Became::Other(doing, format!("{kind:?}: {failure}")),
    }
}

/// Has whatever is larger than a page asked of the system and given back at once (mallopt(3)): a limit that comes late then meets the next
/// such wish, where else what was freed before would serve it and the limit would never bite.
const NOTHING_IN_RESERVE: [(&str, &str); 2] =
    [("MALLOC_MMAP_THRESHOLD_", "4096"), ("MALLOC_TRIM_THRESHOLD_", "0")];

/// Loads, computes a prompt and answers; the limit comes before `from`.
fn under(bytes: u64, from: Doing) -> Became {
    let model = TestModel::Starter.reference();
    let mut program = if from == Doing::Loading { limited(bytes) } else { worker() };
    program.env.extend(NOTHING_IN_RESERVE.map(|(name, value)| (name.into(), value.into())));
    let conversation = Conversation::new(program);
    if let Err(failure) = conversation.load(&model, &profile(), |_| {}) {
        return class(Doing::Loading, &failure);
    }
    let tighten = || {
        let pid = conversation.client().worker_pid().unwrap();
        let pages = fs::read_to_string(format!("/proc/{pid}/statm")).unwrap();
        let taken = pages.split(' ').next().unwrap().parse::<u64>().unwrap() * 4096;
        let most = taken + bytes;
        let rlimit = Rlimit { current: Some(most), maximum: Some(most) };
        prlimit(Pid::from_raw(i32::try_from(pid).unwrap()), Resource::As, rlimit).unwrap();
    };
    if from == Doing::Prefill {
        tighten();
    }
    let prompt = Prompt::Raw("a word of it ".repeat(40));
    let mut decoding = false;
    // Long enough that the limit comes in the midst of it. A choice among tokens takes memory for each, the likeliest one takes none.
    let (tokens, temperature) = if from == Doing::Decode { (200, 0.8) } else { (24, 0.0) };
    let sampling = Sampling { temperature, ..Sampling::default() };
    let answer = conversation.ask(prompt, sampling, limit(tokens), |_, event| {
        if matches!(event, WorkerMessage::Delta { .. })
            && !std::mem::replace(&mut decoding, true)
            && from == Doing::Decode
        {
            tighten();
        }
    });
    match answer {
        Ok(reply) if reply.usage.generated_tokens > 0 => Became::Answer,
        Ok(reply) => Became::Other(Doing::Decode, format!("{reply:?}")),
        Err(failure) => class(if decoding { Doing::Decode } else { Doing::Prefill }, &failure),
    }
}

#[test]
fn want_of_memory_is_told_as_such_at_every_level_and_in_every_phase() {
    let levels = count(7, 20);
    let mut tally = Tally::open("limits of memory");
    let mut wrong = Vec::new();
    for from in [Doing::Loading, Doing::Prefill, Doing::Decode] {
        let steps = u64::from(levels - 1);
        for level in 0..=steps {
            let place = format!(".{from:?} {level} of {steps}");
            if tally.count(&place) > 0 || tally.is_over() {
                continue;
            }
            // Of the whole process for a load, on top of what is taken for the rest.
            let bytes = if from == Doing::Loading {
                60 * MB + level * 960 * MB / steps
            } else {
                level * level * 45 * MB / (steps * steps)
            };
            let outcome = under(bytes, from);
            match &outcome {
                Became::Answer => tally.add(&format!("{from:?}: answers")),
                Became::NoMemory(_) => tally.add(&format!("{from:?}: without memory")),
                Became::Other(..) => wrong.push(format!("{from:?} with {} MB: {outcome:?}", bytes / MB)),
            }
            assert!(
                level < steps || outcome == Became::Answer,
                "{from:?}: the widest limit admits the model: {outcome:?}"
            );
            tally.add(&place);
        }
    }
    tally.report();
    // To go on decoding takes no memory on some processors (seen with AMX), so that no limit is met there.
    for from in [Doing::Loading, Doing::Prefill] {
        let without = tally.count(&format!("{from:?}: without memory"));
        assert!(without > 0 || tally.is_over(), "{from:?}: no limit was tight enough to be met");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

const SOURCE: &str = "def area(width, height):\n    result = width * height\n    return result\n\n\n";

/// When a process was born, in ticks since the start of the system (proc(5), field 22 of `stat`); `None` when it is gone.
fn born(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()
}

/// Selects the function of [`SOURCE`] and asks for an improvement.
fn improve(window: &Editor<'_>) {
    window.press(&["ctrl+Home", "shift+Down", "shift+Down", "shift+Down", "ctrl+i", "Return"]).unwrap();
}

#[test]
fn killed_and_stopped_workers_cost_neither_the_editor_nor_a_keystroke_and_leave_nobody_behind() {
    let (kills, stops) = (count(40, 1000), count(5, 200));
    let screen = Screen::start(1200, 800).unwrap();
    let home = Home::new().unwrap();
    home.install(&TestModel::Starter.path()).unwrap();
    let file = home.path().join("area.py");
    fs::write(&file, SOURCE).unwrap();
    let mut window = Editor::open(&screen, &home, std::slice::from_ref(&file), &[]).unwrap();
    let mut tally = Tally::open("kills and stops under a typing user");
    let mut typed = String::new();
    let mut seen: Vec<(u32, Option<u64>)> = Vec::new();
    let (mut killed, mut stopped) = (tally.count("kills"), tally.count("stops"));
    let mut moments = random(3 + 100 * u64::from(killed + stopped));
    while (killed < kills || stopped < stops) && !tally.is_over() {
        window.press(&["ctrl+End"]).unwrap();
        let line = format!("# {killed} {stopped}");
        window.type_text(&format!("{line}\n")).unwrap();
        typed += &format!("{line}\n");
        improve(&window);
        window.wait("a worker", |window| Ok(!window.workers().is_empty())).unwrap();
        std::thread::sleep(Duration::from_millis(moments.below(500)));
        let stops_now =
            stopped < stops && (killed >= kills || moments.below(u64::from(kills / stops + 1)) == 0);
        let signal = if stops_now { Sig::STOP } else { Sig::KILL };
        for pid in window.workers() {
            seen.push((pid, born(pid)));
            send(pid, signal);
            // What is typed while it is stopped is typed all the same.
            let since = Instant::now();
            if stops_now {
                window.press(&["Escape", "Escape", "ctrl+End"]).unwrap();
                window.type_text("# meanwhile\n").unwrap();
                typed += "# meanwhile\n";
                improve(&window);
            }
            let born_at = seen.last().and_then(|(_, born_at)| *born_at);
            window.wait("an end of the worker", |_| Ok(born_at.is_none() || born(pid) != born_at)).unwrap();
            tally.time(if stops_now { "stopped and gone ms" } else { "killed and gone ms" }, since.elapsed());
            tally.add(if stops_now { "stops" } else { "kills" });
            (killed, stopped) = (tally.count("kills"), tally.count("stops"));
        }
        assert!(process_exists(window.pid()), "the editor died");
        tally.sample("editor MB", resident_bytes(window.pid()) as f64 / MB as f64);
        window.press(&["Escape", "Escape"]).unwrap();
    }
    window.press(&["ctrl+s"]).unwrap();
    let expected = format!("{SOURCE}{typed}");
    window.wait("every typed line in the file", |_| Ok(fs::read_to_string(&file)? == expected)).unwrap();
    improve(&window);
    window.wait("another worker", |window| Ok(!window.workers().is_empty())).unwrap();
    seen.extend(window.workers().into_iter().map(|pid| (pid, born(pid))));
    window.press(&["Escape", "Escape", "ctrl+q"]).unwrap();
    window.ended().unwrap();
    // Numbers of processes come again; the time of their birth does not.
    seen.retain(|(pid, born_at)| born_at.is_some() && born(*pid) == *born_at);
    assert!(seen.is_empty(), "{seen:?}");
    // Whatever failed before has ended the test: no editor died, no line was lost, no worker is left.
    tally.report();
}

/// A worker program whose memory budget stands in a file, so that it can be lifted while the editor runs.
fn budgeted(home: &Home, bytes: u64) -> (PathBuf, PathBuf) {
    use std::os::unix::fs::PermissionsExt;
    let (script, budget) = (home.path().join("worker.sh"), home.path().join("budget"));
    fs::write(&budget, bytes.to_string()).unwrap();
    let text = format!(
        "#!/bin/sh\nLOCALCODER_MEMORY_BUDGET=$(cat '{}') exec '{}' \"$@\"\n",
        budget.display(),
        worker().path.display()
    );
    fs::write(&script, text).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    (script, budget)
}

fn largest_worker(window: &Editor<'_>) -> u64 {
    window.workers().into_iter().map(resident_bytes).max().unwrap_or(0)
}

#[test]
fn a_model_that_does_not_fit_is_stood_in_for_by_a_smaller_one_and_comes_back_with_the_memory() {
    let screen = Screen::start(1200, 800).unwrap();
    let home = Home::new().unwrap();
    home.install(&TestModel::Half.path()).unwrap();
    home.install(&TestModel::OneAndHalf.path()).unwrap();
    let (script, budget) = budgeted(&home, 900 * MB);
    let file = home.path().join("area.py");
    fs::write(&file, SOURCE).unwrap();
    let script = script.to_str().unwrap();
    let env = [("LOCALCODER_WORKER", script)];
    let mut window = Editor::open(&screen, &home, std::slice::from_ref(&file), &env).unwrap();
    let memory = home.path().join("state/localcoder/memory");
    let failures = |memory: &Path| {
        fs::read_to_string(memory).map(|text| text.matches("\"context\"").count()).unwrap_or(0)
    };
    std::thread::sleep(Duration::from_millis(800));
    improve(&window);
    // Four ways of the large model are refused, each remembered; then the small one is loaded and answers.
    window.wait("four remembered failures", |_| Ok(failures(&memory) == 4)).unwrap();
    window.wait("the small model", |window| Ok(largest_worker(window) > 450 * MB)).unwrap();
    assert!(largest_worker(&window) < 900 * MB);
    assert_eq!(failures(&memory), 4, "no way is tried twice");
    window.press(&["Escape", "Escape"]).unwrap();
    // The limit goes; a new worker reads it.
    fs::write(&budget, (8_000 * MB).to_string()).unwrap();
    let old = window.workers();
    old.iter().for_each(|pid| send(*pid, Sig::KILL));
    window.wait("an end of the worker", |_| Ok(!old.iter().any(|pid| process_exists(*pid)))).unwrap();
    // The first question goes to the small model still, and brings the news of the memory there is.
    improve(&window);
    window.wait("the small model again", |window| Ok(largest_worker(window) > 450 * MB)).unwrap();
    window.press(&["Escape", "Escape"]).unwrap();
    improve(&window);
    window.wait("the large model", |window| Ok(largest_worker(window) > 1_100 * MB)).unwrap();
    window.wait("nothing remembered", |_| Ok(failures(&memory) == 0)).unwrap();
    window.press(&["Escape", "Escape", "ctrl+q"]).unwrap();
    window.ended().unwrap();

    // The limit comes and goes between two starts: the next one weighs what is remembered before anything is asked.
    fs::write(&budget, (900 * MB).to_string()).unwrap();
    let mut window = Editor::open(&screen, &home, std::slice::from_ref(&file), &env).unwrap();
    std::thread::sleep(Duration::from_millis(800));
    improve(&window);
    window.wait("remembered failures again", |_| Ok(failures(&memory) == 4)).unwrap();
    window.wait("the small model", |window| Ok(largest_worker(window) > 450 * MB)).unwrap();
    window.press(&["Escape", "Escape", "ctrl+q"]).unwrap();
    window.ended().unwrap();
    fs::write(&budget, (8_000 * MB).to_string()).unwrap();
    let mut window = Editor::open(&screen, &home, &[file], &env).unwrap();
    window.wait("nothing remembered, before any question", |_| Ok(failures(&memory) == 0)).unwrap();
    improve(&window);
    window.wait("the large model", |window| Ok(largest_worker(window) > 1_100 * MB)).unwrap();
    assert_eq!(failures(&memory), 0);
    window.press(&["Escape", "Escape", "ctrl+q"]).unwrap();
    window.ended().unwrap();
}

/// The same under a limit of the system, which no worker can argue with: RLIMIT_AS, lifted while the window is open.
#[test]
fn under_a_limit_of_addresses_the_smaller_model_answers_each_step_is_told_and_the_larger_one_comes_back() {
    use std::os::unix::fs::PermissionsExt;
    let screen = Screen::start(1200, 800).unwrap();
    let home = Home::new().unwrap();
    home.install(&TestModel::Half.path()).unwrap();
    home.install(&TestModel::OneAndHalf.path()).unwrap();
    let (script, limit) = (home.path().join("worker.sh"), home.path().join("limit"));
    let text = format!(
        "#!/bin/sh\nulimit -v $(cat '{}')\nexec '{}' \"$@\"\n",
        limit.display(),
        worker().path.display()
    );
    fs::write(&script, text).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(&limit, "1700000").unwrap();
    let file = home.path().join("area.py");
    fs::write(&file, SOURCE).unwrap();
    let env = [("LOCALCODER_WORKER", script.to_str().unwrap())];
    let mut window = Editor::open(&screen, &home, &[file], &env).unwrap();
    let log = home.session().with_file_name("log.txt");
    let told = |words: &str| fs::read_to_string(&log).unwrap_or_default().matches(words).count();
    std::thread::sleep(Duration::from_millis(800));
    improve(&window);
    window.wait_for_answer("the small model", |_| Ok(told("Loaded Qwen2.5-Coder 0.5B") == 1)).unwrap();
    for step in [
        "runs with a context of 4,096 tokens until",
        "runs with a context of 2,048 tokens until",
        "runs with a context of 2,048 tokens and the 8-bit KV cache until",
        "Qwen2.5-Coder 0.5B Instruct answers in its place until",
    ] {
        assert_eq!(told(step), 1, "{step}: {}", fs::read_to_string(&log).unwrap_or_default());
    }
    assert_eq!((told("Loaded Qwen2.5-Coder 1.5B"), told("worker ended")), (0, 0));
    window.press(&["Escape", "Escape"]).unwrap();
    fs::write(&limit, "unlimited").unwrap();
    let old = window.workers();
    old.iter().for_each(|pid| send(*pid, Sig::KILL));
    window.wait("an end of the worker", |_| Ok(!old.iter().any(|pid| process_exists(*pid)))).unwrap();
    // The first question may go to the small model still, and brings the news of the memory there is.
    improve(&window);
    window.wait_for_answer("the news", |_| Ok(told("More memory is available again") == 1)).unwrap();
    window.press(&["Escape", "Escape"]).unwrap();
    improve(&window);
    window.wait_for_answer("the large model", |_| Ok(told("Loaded Qwen2.5-Coder 1.5B") == 1)).unwrap();
    window.press(&["Escape", "Escape"]).unwrap();
    window.press(&["ctrl+q"]).unwrap();
    window.ended().unwrap();
}

#[test]
fn an_idle_model_leaves_an_empty_worker_and_the_next_request_finds_its_prompt_on_disk() {
    let states = tempfile::tempdir().unwrap();
    let mut program = worker();
    program.env.push((STATES_VARIABLE.into(), states.path().into()));
    let conversation = Conversation::new(program);
    conversation.devices().unwrap();
    let pid = conversation.client().worker_pid().unwrap();
    let empty = resident_bytes(pid);
    let model = TestModel::Half.reference();
    let idle = RunProfile { idle_unload_s: Some(1), ..profile() };
    conversation.load(&model, &idle, |_| {}).unwrap();
    let first = conversation.ask(sample_edit(), Sampling::default(), limit(24), |_, _| {}).unwrap();
    assert_eq!(first.prompt.cached, 0);
    let full = resident_bytes(pid);
    while !matches!(
        conversation.next_residency(PATIENCE).expect("it is unloaded"),
        WorkerMessage::Residency { models, .. } if models.is_empty()
    ) {}
    let after = resident_bytes(pid);
    println!("resident: empty {} MB, with the model {} MB, idle {} MB", empty / MB, full / MB, after / MB);
    assert!(full > 400 * MB && after < empty + 16 * MB, "{empty} -> {full} -> {after}");
    conversation.load(&model, &idle, |_| {}).unwrap();
    let again = conversation.ask(sample_edit(), Sampling::default(), limit(24), |_, _| {}).unwrap();
    assert_eq!(again.text, first.text);
    assert!(again.prompt.cached + 1 >= again.prompt.tokens, "{:?}", again.prompt);
}

#[test]
fn many_requests_leave_nothing_behind() {
    let requests = count(150, 5_000);
    let mut tally = Tally::open("soak");
    let from = tally.count("requests");
    let time = tally.left().unwrap_or(Duration::from_secs(3 * 3600));
    let plan = soak::Plan { from, requests, time, kills: true };
    let outcome = soak::run(plan, |line| println!("{line}")).unwrap();
    println!("{outcome}");
    let done = outcome.reached - from;
    for (name, times) in [
        ("requests", done),
        ("answered", outcome.answered),
        ("cancelled", outcome.cancelled),
        ("loads", outcome.loads),
        ("kills", outcome.kills),
    ] {
        (0..times).for_each(|_| tally.add(name));
    }
    let leaks = outcome.leaks();
    let (client, worker) = outcome.slopes();
    tally.sample("client bytes a request", client);
    tally.sample("worker bytes a request", worker);
    tally.report();
    let whole = tally.count("requests") >= requests;
    assert!(!whole || tally.count("kills") > 0 && tally.count("cancelled") > 0, "{outcome}");
    assert!(outcome.answered > done / 2, "{outcome}");
    assert!(leaks.is_empty(), "{leaks:?}");
}
