//! What the wire costs, against the two that it might have been: `cargo bench -p ipc --bench wire`.
//!
//! `direct` is ipc-channel in both directions, as it was; `relay` the same through a process between that receives each message, checks
//! it and sends it on; `frames` is the product: requests over ipc-channel, events in frames over a stream. They are measured in turns, so
//! that whatever else the machine does slows all of them, and the median of the rounds is reported with its ratio to `direct`.

#![allow(clippy::unwrap_used, reason = "a measurement that fails may say so by a panic")]

use std::{
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use ipc::{
    bounds, handshake,
    protocol::{Control, Prompt, Pulse, Request, RequestId, Sampling, StopReason, Usage, WorkerMessage},
    socket,
    transport::{FrameReader, Incoming, Outgoing},
};
use ipc_channel::ipc::{IpcOneShotServer, IpcReceiver, IpcSender, channel};
use serde::{Deserialize, Serialize};

const ROLE: &str = "LOCALCODER_BENCH_ROLE";
const NAME: &str = "LOCALCODER_BENCH_NAME";
const WAYS: [&str; 3] = ["direct", "relay", "frames"];
const ROUNDS: usize = 15;
const PINGS: u32 = 500;
const TOKENS: u32 = 5000;

fn main() {
    match std::env::var(ROLE).as_deref() {
        Ok("direct") => serve(greet(&std::env::var(NAME).unwrap())),
        Ok("relay") => relay(),
        Ok("frames") => {
            let ((requests, events), editor) = handshake::connect_to_editor().unwrap();
            editor.watch(|| std::process::exit(0)).unwrap();
            serve((Box::new(requests), Box::new(events)));
        }
        _ => measure(),
    }
}

type Ends = (Box<dyn Incoming<Request>>, Box<dyn Outgoing<WorkerMessage>>);
type Wire = (Box<dyn Outgoing<Request>>, Box<dyn Incoming<WorkerMessage>>);

#[derive(Serialize, Deserialize)]
struct Hello {
    requests: IpcSender<Request>,
    events: IpcReceiver<WorkerMessage>,
}

/// ipc-channel as one end of the wire.
struct Typed<C>(C);

impl<T: Serialize + Send + 'static> Outgoing<T> for Typed<IpcSender<T>> {
    fn send(&mut self, message: T) -> Result<(), ipc::transport::Closed> {
        self.0.send(message).map_err(|_| ipc::transport::Closed::Disconnected)
    }
}

impl<T: Serialize + for<'a> Deserialize<'a> + Send + 'static> Incoming<T> for Typed<IpcReceiver<T>> {
    fn recv(&mut self) -> Result<T, ipc::transport::Closed> {
        self.0.recv().map_err(|_| ipc::transport::Closed::Disconnected)
    }
}

fn greet(name: &str) -> Ends {
    let (requests, incoming) = channel().unwrap();
    let (outgoing, events) = channel().unwrap();
    IpcSender::connect(name.to_owned()).unwrap().send(Hello { requests, events }).unwrap();
    (Box::new(Typed(incoming)), Box::new(Typed(outgoing)))
}

/// The worker.
fn serve((mut requests, mut events): Ends) {
    while let Ok(request) = requests.recv() {
        match request {
            Request::Ping { id } => events.send(WorkerMessage::Pong { id, pulse: Pulse::default() }).unwrap(),
            Request::Generate { id, ctrl, .. } => {
                for tokens in 1..=ctrl.max_tokens.unwrap_or_default() {
                    events.send(WorkerMessage::Delta { id, text: " token".into(), tokens }).unwrap();
                }
                let done = WorkerMessage::Done { id, stop: StopReason::Length, usage: Usage::default() };
                events.send(done).unwrap();
            }
            _ => {}
        }
    }
}

/// The process between.
fn relay() {
    let (server, name) = IpcOneShotServer::<Hello>::new().unwrap();
    let mut worker = start("direct", Stdio::null(), Some(&name));
    let (_, Hello { requests: to_worker, events: from_worker }) = server.accept().unwrap();
    let (mut from_editor, mut to_editor) = greet(&std::env::var(NAME).unwrap());
    thread::spawn(move || {
        while let Ok(event) = from_worker.recv() {
            bounds::check(&event).unwrap();
            to_editor.send(event).unwrap();
        }
    });
    while let Ok(request) = from_editor.recv() {
        to_worker.send(request).unwrap();
    }
    worker.kill().unwrap();
    worker.wait().unwrap();
}

fn start(role: &str, stdin: Stdio, name: Option<&str>) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.env(ROLE, role).stdin(stdin).stdout(Stdio::null());
    command.envs(name.map(|name| (NAME, name))).spawn().unwrap()
}

/// A worker that has greeted us, and the wire to it.
fn connect(way: &str) -> (Child, Wire) {
    if way == "frames" {
        let (stream, stdin) = socket::pair().unwrap();
        let child = start(way, stdin, None);
        std::io::Write::write_all(&mut &stream, b"token\n").unwrap();
        let mut from = std::io::BufReader::new(stream);
        let requests = handshake::welcome(&mut from, "token").unwrap();
        return (child, (Box::new(requests), Box::new(FrameReader::behind(from))));
    }
    let (server, name) = IpcOneShotServer::<Hello>::new().unwrap();
    let child = start(way, Stdio::null(), Some(&name));
    let (_, Hello { requests, events }) = server.accept().unwrap();
    (child, (Box::new(Typed(requests)), Box::new(Typed(events))))
}

/// One round: start, a ping there and back, and a token of an answer, each in seconds.
fn round(way: &str) -> [f64; 3] {
    let began = Instant::now();
    let (mut child, (mut requests, mut events)) = connect(way);
    let mut ping = || {
        requests.send(Request::Ping { id: RequestId(1) }).unwrap();
        events.recv().unwrap();
    };
    ping();
    let started = began.elapsed();
    let began = Instant::now();
    (0..PINGS).for_each(|_| ping());
    let pinged = began.elapsed() / PINGS;
    let ctrl = Control { max_tokens: Some(TOKENS), ..Control::default() };
    let (prompt, params) = (Prompt::Raw("x".repeat(4000)), Sampling::default());
    let began = Instant::now();
    requests.send(Request::Generate { id: RequestId(2), model: None, prompt, params, ctrl }).unwrap();
    while !events.recv().unwrap().is_final() {}
    let token = began.elapsed() / TOKENS;
    // The relay ends its worker when the wire does.
    drop((requests, events));
    if way != "relay" {
        child.kill().unwrap();
    }
    child.wait().unwrap();
    [started, pinged, token].map(|time: Duration| time.as_secs_f64())
}

fn measure() {
    let mut all = WAYS.map(|_| Vec::new());
    for turn in 0..=ROUNDS {
        for (way, rounds) in WAYS.iter().zip(&mut all) {
            let times = round(way);
            // The first turn warms up.
            if turn > 0 {
                rounds.push(times);
            }
        }
    }
    let medians = all.map(|rounds: Vec<[f64; 3]>| {
        [0, 1, 2].map(|what| {
            let mut times: Vec<f64> = rounds.iter().map(|times| times[what]).collect();
            times.sort_unstable_by(f64::total_cmp);
            times[times.len() / 2] * 1000.0
        })
    });
    println!("{:8} {:>18} {:>22} {:>22}", "", "start", "ping there and back", "token of an answer");
    for (way, times) in WAYS.iter().zip(&medians) {
        let cells: Vec<String> = (0..3)
            .map(|what| format!("{:9.4} ms {:5.2} x", times[what], times[what] / medians[0][what]))
            .collect();
        println!("{way:8} {}", cells.join("   "));
    }
}
