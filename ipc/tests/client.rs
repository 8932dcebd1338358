//! The client against real child processes that behave well, badly and not at all.
//!
//! The child is this very test program, started again with a role in its environment.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::{
    io::BufRead,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, unbounded};
use ipc::{
    blocking::Conversation,
    client::{Client, Exit, Signal, Stopped, WorkerProgram},
    handshake::{self, CONNECT_VARIABLE, Hello},
    protocol::{Event, FailureKind, PROTOCOL_VERSION, Request, RequestId},
    transport::{Incoming, Outgoing},
};
use ipc_channel::ipc::{self as channel, IpcSender};

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
    let name = std::env::var(CONNECT_VARIABLE).unwrap();
    let mut token = String::new();
    std::io::stdin().lock().read_line(&mut token).unwrap();
    let token = token.trim_end();
    match role.as_str() {
        "wrong-version" => wait(handshake::connect(&name, token, PROTOCOL_VERSION + 1).unwrap()),
        "wrong-token" => wait(handshake::connect(&name, "guess", PROTOCOL_VERSION).unwrap()),
        "exit-early" => {
            eprintln!("no room on this machine");
            std::process::exit(7);
        }
        "forge" => forge(&name, token),
        role => serve(role, handshake::connect(&name, token, PROTOCOL_VERSION).unwrap()),
    }
}

fn wait<T>(_keep_open: T) {
    std::thread::sleep(Duration::from_secs(60));
}

/// Answers pings; asked to unload, it does what its role says.
fn serve(role: &str, (mut requests, mut events): handshake::WorkerEnds) {
    while let Ok(request) = Incoming::<Request>::recv(&mut requests) {
        match request {
            Request::Ping { id } => Outgoing::send(&mut events, Event::Pong { id }).unwrap(),
            Request::UnloadModel { id, .. } => match role {
                "abort" => {
                    eprintln!("GGML_ASSERT(shape) failed");
                    std::process::abort();
                }
                "strange-ids" => {
                    Outgoing::send(&mut events, Event::Unloaded { id: RequestId(9999) }).unwrap();
                    Outgoing::send(&mut events, Event::Unloaded { id }).unwrap();
                }
                _ => {}
            },
            _ => {}
        }
    }
}

/// Greets properly, then sends bytes that are no event.
fn forge(name: &str, token: &str) {
    let (requests, incoming) = channel::channel::<Request>().unwrap();
    let (outgoing, events) = channel::channel::<Vec<u8>>().unwrap();
    let hello = Hello {
        version: PROTOCOL_VERSION,
        token: token.to_owned(),
        requests,
        events: events.to_opaque().to(),
    };
    IpcSender::connect(name.to_owned()).unwrap().send(hello).unwrap();
    outgoing.send(vec![0xFF; 64]).unwrap();
    wait((incoming, outgoing));
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
        assert_eq!(event, Event::Pong { id });
        client.stop();
        let stopped = stopped(&signals);
        assert_eq!((stopped.exit, stopped.failed.len()), (Exit::Signal(9), 0));
        assert!(!std::path::Path::new(&format!("/proc/{pid}")).exists(), "reaped");
    }
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
    let answers: Vec<Event> = signals
        .iter()
        .filter_map(|signal| if let Signal::Event(event) = signal { Some(event) } else { None })
        .take(1)
        .collect();
    assert_eq!(answers, [Event::Unloaded { id }]);
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
