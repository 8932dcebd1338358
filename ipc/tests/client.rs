//! The client against real child processes that behave well, badly and not at all.
//!
//! The child is this very test program, started again with a role in its environment.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::{
    io::Write,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, Sender, unbounded};
use ipc::{
    blocking::Conversation,
    client::{Client, Exit, Signal, Stopped, WorkerProgram},
    death::Cause,
    handshake,
    protocol::{
        Control, Doing, FailureKind, ModelRef, PROTOCOL_VERSION, Prompt, Pulse, Request, RequestId,
        RunProfile, Sampling, WorkerMessage,
    },
    supervise::{Hang, SupervisePolicy, WorkerPhase},
    transport::{Incoming, Outgoing},
};

static STEPS: AtomicU64 = AtomicU64::new(0);
const ROLE: &str = "LOCALCODER_TEST_ROLE";

/// This program as a child in a role.
fn program(role: &str) -> WorkerProgram {
    WorkerProgram {
        path: std::env::current_exe().unwrap(),
        args: vec!["child_process".into(), "--exact".into(), "--nocapture".into()],
        env: vec![(ROLE.into(), role.into())],
    }
}

/// Not a test of its own: what the child does.
#[test]
fn child_process() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let stream = handshake::inherited().unwrap();
    let token = handshake::read_token().unwrap();
    let connect = |token: &str, version| handshake::connect(stream.try_clone().unwrap(), token, version);
    match role.as_str() {
        "wrong-version" => wait(connect(&token, PROTOCOL_VERSION + 1)),
        "wrong-token" => wait(connect("guess", PROTOCOL_VERSION)),
        "exit-early" => {
            eprintln!("no room on this machine");
            std::process::exit(7);
        }
        // Greets properly, then sends bytes that are no event.
        "forge" => {
            let ends = connect(&token, PROTOCOL_VERSION).unwrap();
            (&stream).write_all(&[&[64, 0, 0, 0], &[0xFF; 64][..]].concat()).unwrap();
            wait(ends);
        }
        role => serve(role, connect(&token, PROTOCOL_VERSION).unwrap()),
    }
}

fn wait<T>(_keep_open: T) {
    std::thread::sleep(Duration::from_secs(60));
}

/// Answers pings; asked to unload, it does what its role says.
fn serve(role: &str, (mut requests, mut events): handshake::WorkerEnds) {
    while let Ok(request) = Incoming::<Request>::recv(&mut requests) {
        match request {
            Request::Ping { id } if role != "deaf" => {
                let steps = if role == "busy" { STEPS.fetch_add(1, Ordering::Relaxed) } else { 0 };
                let doing = if matches!(role, "busy" | "stuck") { Doing::Decode } else { Doing::Idle };
                Outgoing::send(&mut events, WorkerMessage::Pong { id, pulse: Pulse { steps, doing } })
                    .unwrap();
            }
            Request::UnloadModel { id, .. } => match role {
                "abort" => {
                    eprintln!("GGML_ASSERT(shape) failed");
                    std::process::abort();
                }
                "mortal" => {
                    Outgoing::send(&mut events, WorkerMessage::Unloaded { id }).unwrap();
                    std::process::exit(3);
                }
                // Takes one more request into its grave.
                "greedy" => {
                    let _unanswered = Incoming::<Request>::recv(&mut requests);
                    std::process::exit(3);
                }
                "strange-ids" => {
                    Outgoing::send(&mut events, WorkerMessage::Unloaded { id: RequestId(9999) }).unwrap();
                    Outgoing::send(&mut events, WorkerMessage::Unloaded { id }).unwrap();
                }
                _ => {}
            },
            _ => {}
        }
    }
}

fn client(role: &str) -> (Client, Receiver<Signal>) {
    let (sender, signals) = unbounded();
    let client = Client::new(program(role), move |signal| sender.send(signal).unwrap_or_default());
    (client, signals)
}

fn stopped(signals: &Receiver<Signal>) -> Stopped {
    loop {
        if let Signal::Stopped(stopped) = signals.recv_timeout(Duration::from_secs(30)).unwrap() {
            return stopped;
        }
    }
}

#[test]
fn a_worker_starts_with_the_first_request_and_a_second_one_follows_a_dead_one() {
    let (client, signals) = client("good");
    assert_eq!(client.worker_pid(), None);
    for _ in 0..3 {
        let id = client.next_id();
        client.send(Request::Ping { id }).unwrap();
        let Signal::Started { pid } = signals.recv().unwrap() else { panic!("not started") };
        let Signal::Event(event) = signals.recv().unwrap() else { panic!("no answer") };
        assert_eq!(event, WorkerMessage::Pong { id, pulse: Pulse::default() });
        client.stop();
        let stopped = stopped(&signals);
        assert_eq!((stopped.exit, stopped.cause, stopped.failed.len()), (Exit::Signal(9), Cause::Asked, 0));
        assert!(!std::path::Path::new(&format!("/proc/{pid}")).exists(), "reaped");
    }
}

#[test]
fn a_replaced_program_ends_an_idle_worker_at_once_and_a_busy_one_after_its_answer() {
    let (client, signals) = client("good");
    let started = || loop {
        if let Signal::Started { pid } = signals.recv_timeout(Duration::from_secs(30)).unwrap() {
            return pid;
        }
    };
    let ping = || {
        let id = client.next_id();
        client.send(Request::Ping { id }).unwrap();
        id
    };
    let answered =
        |id| while !matches!(signals.recv().unwrap(), Signal::Event(event) if event.id() == Some(id)) {};
    let with = |value: &str| {
        let mut program = program("good");
        program.env.push(("LOCALCODER_TEST_OTHER".into(), value.into()));
        program
    };
    let id = ping();
    let first = started();
    answered(id);
    client.replace(program("good"));
    answered(ping());
    assert_eq!(client.worker_pid(), Some(first), "the same program is no other one");
    client.replace(with("one"));
    let end = stopped(&signals);
    assert_eq!((end.cause, end.failed, end.gave_up), (Cause::Asked, Vec::new(), false));
    // This role never answers an unload.
    let id = client.next_id();
    client.send(Request::UnloadModel { id, model: None }).unwrap();
    let second = started();
    client.replace(with("two"));
    answered(ping());
    assert_eq!(client.worker_pid(), Some(second), "it has something to do");
    client.stop();
    assert_eq!(stopped(&signals).failed, [id]);
}

#[test]
fn another_version_or_a_wrong_token_is_refused_with_a_reason() {
    let version = Conversation::new(program("wrong-version")).ping().unwrap_err();
    assert_eq!(version.kind, FailureKind::WorkerStart);
    assert!(version.text.contains("same release"), "{version}");
    let token = Conversation::new(program("wrong-token")).ping().unwrap_err();
    assert_eq!(token.kind, FailureKind::WorkerStart);
    assert!(token.text.contains("not our worker"), "{token}");
}

#[test]
fn a_worker_that_ends_before_its_greeting_is_told_with_its_last_words_and_soon() {
    let start = Instant::now();
    let failure = Conversation::new(program("exit-early")).ping().unwrap_err();
    assert!(failure.text.contains("code 7") && failure.text.contains("no room on this machine"), "{failure}");
    assert!(start.elapsed() < Duration::from_secs(10), "the greeting was not waited for");
}

#[test]
fn an_abort_fails_the_open_request_with_signal_and_last_words() {
    let (client, signals) = client("abort");
    let id = client.next_id();
    client.send(Request::UnloadModel { id, model: None }).unwrap();
    let stopped = stopped(&signals);
    assert_eq!((stopped.exit, stopped.failed), (Exit::Signal(6), vec![id]));
    assert!(
        stopped.reason.contains("SIGABRT") && stopped.reason.contains("GGML_ASSERT"),
        "{}",
        stopped.reason
    );
}

#[test]
fn bytes_that_are_no_event_cost_the_worker_and_nothing_else() {
    let (client, signals) = client("forge");
    let id = client.next_id();
    client.send(Request::Ping { id }).unwrap();
    let stopped = stopped(&signals);
    assert_eq!((stopped.exit, stopped.failed), (Exit::Violation, vec![id]));
    assert!(client.worker_pid().is_none());
}

#[test]
fn answers_to_requests_nobody_made_are_dropped() {
    let (client, signals) = client("strange-ids");
    let id = client.next_id();
    client.send(Request::UnloadModel { id, model: None }).unwrap();
    let answers: Vec<WorkerMessage> = signals
        .iter()
        .filter_map(|signal| if let Signal::Event(event) = signal { Some(event) } else { None })
        .take(1)
        .collect();
    assert_eq!(answers, [WorkerMessage::Unloaded { id }]);
}

#[test]
fn a_request_that_gets_no_answer_fails_when_the_client_is_stopped() {
    let (client, signals) = client("silent");
    let id = client.next_id();
    client.send(Request::UnloadModel { id, model: None }).unwrap();
    client.stop();
    let stopped = stopped(&signals);
    assert_eq!(stopped.failed, [id]);
    assert!(stopped.reason.contains("stopped"), "{}", stopped.reason);
}

/// Patience that makes a test short and is still long for a machine that does other things.
fn hasty() -> SupervisePolicy {
    SupervisePolicy {
        ping_busy: Duration::from_millis(300),
        silence: Duration::from_secs(3),
        stalled_computing: Duration::from_secs(4),
        ..SupervisePolicy::default()
    }
}

#[test]
fn a_worker_that_answers_no_ping_and_one_that_computes_nothing_are_ended_and_a_busy_one_is_not() {
    for (role, expected) in [
        ("deaf", Some(Hang::Silent)),
        ("stuck", Some(Hang::Stuck(Doing::Decode))),
        ("silent", Some(Hang::Stuck(Doing::Idle))),
        ("busy", None),
    ] {
        let (sender, signals) = unbounded();
        let client = Client::with_policy(program(role), hasty(), move |signal| {
            sender.send(signal).unwrap_or_default();
        });
        let id = client.next_id();
        client.send(Request::UnloadModel { id, model: None }).unwrap();
        let patience = if expected.is_some() { Duration::from_secs(60) } else { Duration::from_secs(8) };
        let end = Instant::now() + patience;
        let stopped = loop {
            match signals.recv_deadline(end) {
                Ok(Signal::Stopped(stopped)) => break Some(stopped),
                Ok(_) => {}
                Err(_) => break None,
            }
        };
        let cause = stopped.as_ref().map(|stopped| stopped.cause);
        assert_eq!(cause, expected.map(Cause::Hung), "{role}: {stopped:?}");
        assert!(stopped.is_none_or(|stopped| stopped.failed == [id]), "{role}");
    }
}

#[test]
fn a_receiver_of_signals_that_is_behind_is_no_silence_of_the_worker() {
    let ((sender, signals), (go_on, may_go_on)) = (unbounded(), unbounded::<()>());
    let client = Client::with_policy(program("good"), hasty(), move |signal| {
        let is_event = matches!(signal, Signal::Event(_));
        sender.send(signal).unwrap_or_default();
        if is_event {
            let _released_or_not = may_go_on.recv_timeout(Duration::from_secs(60));
        }
    });
    let ping = || {
        let id = client.next_id();
        client.send(Request::Ping { id }).unwrap();
        while !matches!(signals.recv().unwrap(), Signal::Event(event) if event.id() == Some(id)) {}
    };
    ping();
    let worker = client.worker_pid();
    // Longer than a ping may stay without an answer; the supervisor's own is unread by now.
    std::thread::sleep(2 * hasty().silence);
    assert_eq!(client.worker_pid(), worker);
    go_on.send(()).unwrap();
    ping();
    assert_eq!(client.worker_pid(), worker, "it was ended for what others did");
    go_on.send(()).unwrap();
}

#[test]
fn after_three_deaths_no_worker_is_started_before_somebody_wants_it() {
    let (client, signals) = client("abort");
    let mut reasons = Vec::new();
    for n in 0..3 {
        let id = client.next_id();
        client.send(Request::UnloadModel { id, model: None }).unwrap();
        let stopped = stopped(&signals);
        assert_eq!((stopped.failed, stopped.cause, stopped.gave_up), (vec![id], Cause::Crashed, n == 2));
        reasons.push(stopped.reason);
    }
    let refused = client.send(Request::UnloadModel { id: client.next_id(), model: None }).unwrap_err();
    assert_eq!(refused.kind, FailureKind::GaveUp);
    assert!(refused.text.contains("3 times") && refused.text.contains("GGML_ASSERT"), "{refused}");
    client.retry();
    let id = client.next_id();
    client.send(Request::UnloadModel { id, model: None }).unwrap();
    assert!(stopped(&signals).gave_up, "one more try, not three");
    client.forgive();
    client.send(Request::UnloadModel { id: client.next_id(), model: None }).unwrap();
    assert!(!stopped(&signals).gave_up);
}

/// A client whose worker answers an unload and dies, and whose owner learns of that death only when the test says so, or
/// after half a second.
struct LastMoment {
    client: Client,
    signals: Receiver<Signal>,
    answered: Receiver<()>,
    go_on: Sender<()>,
}

impl LastMoment {
    fn new(deaths: usize) -> LastMoment {
        let policy = SupervisePolicy {
            deaths,
            backoff: Duration::ZERO,
            max_backoff: Duration::ZERO,
            ..SupervisePolicy::default()
        };
        let ((sender, signals), (tell, answered), (go_on, may_go_on)) =
            (unbounded(), unbounded(), unbounded());
        let client = Client::with_policy(program("mortal"), policy, move |signal| {
            let is_answer = matches!(signal, Signal::Event(WorkerMessage::Unloaded { .. }));
            sender.send(signal).unwrap_or_default();
            if is_answer {
                tell.send(()).unwrap_or_default();
                // The reader cannot tell the owner that the wire is closed before this returns.
                let _too_late = may_go_on.recv_timeout(Duration::from_secs(30));
            }
        });
        LastMoment { client, signals, answered, go_on }
    }

    /// Has a worker die, and asks between its death and its accounting. Answers with the ids asked then, and with its end.
    fn ask(&self, requests: impl Fn() -> Vec<Request>) -> (Vec<RequestId>, Stopped) {
        let id = self.client.next_id();
        self.client.send(Request::UnloadModel { id, model: None }).unwrap();
        self.answered.recv_timeout(Duration::from_secs(30)).unwrap();
        if let Some(pid) = self.client.worker_pid() {
            let end = Instant::now() + Duration::from_secs(30);
            while is_alive(pid) && Instant::now() < end {
                std::thread::yield_now();
            }
        }
        let requests = requests();
        let ids = requests.iter().filter_map(Request::id).collect();
        for request in requests {
            self.client.send(request).unwrap();
        }
        self.go_on.send(()).unwrap();
        (ids, stopped(&self.signals))
    }

    fn ping(&self) -> Request {
        Request::Ping { id: self.client.next_id() }
    }

    fn pong(&self) -> RequestId {
        loop {
            if let Signal::Event(WorkerMessage::Pong { id, .. }) =
                self.signals.recv_timeout(Duration::from_secs(30)).unwrap()
            {
                return id;
            }
        }
    }
}

/// Neither gone nor a zombie.
fn is_alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

#[test]
fn what_is_asked_between_a_death_and_its_accounting_is_answered_by_the_next_worker() {
    let moment = LastMoment::new(usize::MAX);
    for round in 0..30 {
        let (asked, end) = moment.ask(|| vec![moment.ping(), moment.ping(), moment.ping()]);
        assert_eq!((end.exit, end.failed), (Exit::Code(3), vec![]), "round {round}");
        let answers: Vec<RequestId> = asked.iter().map(|_| moment.pong()).collect();
        assert_eq!(answers, asked, "round {round}: each once, in their order");
    }
    moment.client.stop();
    assert_eq!(stopped(&moment.signals).failed, []);
    assert!(moment.signals.try_iter().all(|signal| !matches!(signal, Signal::Event(_))), "nothing twice");
}

#[test]
fn what_the_user_insists_on_in_the_last_moment_is_tried_once_more_and_nothing_else_is() {
    let moment = LastMoment::new(2);
    moment.ask(Vec::new);
    let (asked, end) = moment.ask(|| {
        moment.client.insist();
        vec![moment.ping()]
    });
    assert_eq!((end.gave_up, end.failed), (false, vec![]));
    assert_eq!(moment.pong(), asked[0]);
    let (asked, end) = moment.ask(|| vec![moment.ping()]);
    assert_eq!((end.gave_up, end.failed), (true, asked), "the breaker holds for what nobody insists on");
    moment.client.insist();
    let id = moment.client.next_id();
    moment.client.send(Request::Ping { id }).unwrap();
    assert_eq!(moment.pong(), id, "and opens for what somebody does");
}

/// The worker is being torn down: what is written to it arrives, and nobody reads it.
#[test]
fn what_the_user_insists_on_is_tried_once_more_also_when_the_dying_worker_had_taken_it() {
    let policy = SupervisePolicy { deaths: 1, ..SupervisePolicy::default() };
    let ask = |insists: bool| {
        let (sender, signals) = unbounded();
        let deliver = move |signal| sender.send(signal).unwrap_or_default();
        let client = Client::with_policy(program("greedy"), policy, deliver);
        let first = client.next_id();
        client.send(Request::UnloadModel { id: first, model: None }).unwrap();
        let started = signals.recv_timeout(Duration::from_secs(30)).unwrap();
        assert!(matches!(started, Signal::Started { .. }), "{started:?}");
        if insists {
            client.insist();
        }
        let second = client.next_id();
        client.send(Request::Ping { id: second }).unwrap();
        (client, signals, first, second)
    };
    let (_client, signals, first, second) = ask(true);
    let end = stopped(&signals);
    assert_eq!((end.exit, end.gave_up, end.failed), (Exit::Code(3), false, vec![first]));
    let answer = loop {
        if let Signal::Event(event) = signals.recv_timeout(Duration::from_secs(30)).unwrap() {
            break event;
        }
    };
    assert_eq!(answer.id(), Some(second));

    let (_client, signals, first, second) = ask(false);
    let end = stopped(&signals);
    assert_eq!((end.gave_up, end.failed), (true, vec![first, second]), "nobody insists");

    // It kills every worker: once more, and no further.
    let (sender, signals) = unbounded();
    let client = Client::with_policy(program("abort"), policy, move |signal| {
        sender.send(signal).unwrap_or_default();
    });
    client.insist();
    let id = client.next_id();
    client.send(Request::UnloadModel { id, model: None }).unwrap();
    let end = stopped(&signals);
    assert_eq!((end.gave_up, end.failed), (true, vec![id]), "what it was started for ends with it");
}

#[test]
fn the_next_worker_gets_a_question_only_with_the_load_before_it() {
    let moment = LastMoment::new(usize::MAX);
    let question = || Request::Generate {
        id: moment.client.next_id(),
        model: Some("m".into()),
        prompt: Prompt::Raw("p".into()),
        params: Sampling::default(),
        ctrl: Control::default(),
    };
    let load = || {
        let model = ModelRef { id: "m".into(), path: "/m".into(), sha256: None, stamp: None };
        Request::LoadModel { id: moment.client.next_id(), model, profile: RunProfile::default() }
    };
    let (asked, end) = moment.ask(|| vec![question(), load(), question()]);
    assert_eq!(end.failed, asked[..1], "of the dead worker's model the next one knows nothing");
    // This role answers neither.
    moment.client.stop();
    assert_eq!(stopped(&moment.signals).failed, asked[1..]);
}

#[test]
fn a_worker_that_waits_for_its_turn_says_so_and_is_started_at_once_when_somebody_insists() {
    let patient = SupervisePolicy {
        backoff: Duration::from_secs(3600),
        max_backoff: Duration::from_secs(3600),
        ..SupervisePolicy::default()
    };
    let (sender, signals) = unbounded();
    let client =
        Client::with_policy(program("abort"), patient, move |signal| sender.send(signal).unwrap_or_default());
    for _ in 0..2 {
        client.send(Request::UnloadModel { id: client.next_id(), model: None }).unwrap();
        stopped(&signals);
    }
    let id = client.next_id();
    client.send(Request::UnloadModel { id, model: None }).unwrap();
    let Signal::Phase(WorkerPhase::BackingOff { .. }) =
        signals.recv_timeout(Duration::from_secs(30)).unwrap()
    else {
        panic!("it does not wait")
    };
    client.retry();
    assert_eq!(stopped(&signals).failed, [id], "it was started, and died like the others");
    client.forgive();
    for _ in 0..2 {
        client.send(Request::UnloadModel { id: client.next_id(), model: None }).unwrap();
        stopped(&signals);
    }
    client.send(Request::UnloadModel { id: client.next_id(), model: None }).unwrap();
    let start = Instant::now();
    client.stop();
    assert!(start.elapsed() < Duration::from_secs(30), "who waits can be stopped");
    assert_eq!(stopped(&signals).cause, Cause::Asked);
}
