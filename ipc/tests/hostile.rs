//! The editor's end of the wire against a worker that wants to harm it: forged frames as greeting and after it, on each socket that
//! the worker holds; frames that never end; floods; answers and complaints without end.
//!
//! The worker is this very program, started again with a role in its environment. What ipc-channel itself makes of the three forged
//! frames is shown first: that is why its receiver sees nothing of what a worker sends.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::{
    io::{BufRead, BufReader, IoSlice, Write},
    mem::MaybeUninit,
    os::fd::{AsFd, OwnedFd},
    os::unix::process::ExitStatusExt,
    process::{Command, Output, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, unbounded};
use ipc::{
    client::{Client, Exit, Signal, Stopped, WorkerProgram},
    death::Cause,
    handshake,
    protocol::{
        Control, FailureKind, PROTOCOL_VERSION, Prompt, Pulse, Request, RequestId, Sampling, WorkerMessage,
    },
    socket::Stream,
    supervise::{Hang, SupervisePolicy},
    transport::{Incoming, Outgoing},
};
use ipc_channel::ipc::{IpcOneShotServer, IpcSender};
use rustix::net::{
    AddressFamily, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketAddrUnix, SocketType, connect,
    sendmsg, socket, sockopt::socket_type,
};
use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};

const ROLE: &str = "LOCALCODER_TEST_ROLE";

/// What ipc-channel 0.23.1 cannot bear, each to be sent with a descriptor of a socket.
const FORGED: [(&str, &[u64]); 3] = [
    // A first fragment of eight bytes, though sixteen of them are its header: eight less than nothing are its message.
    ("negative", &[8]),
    // A message of 2^62 bytes, of which none has come.
    ("huge", &[16, 1 << 62]),
    // A fragment that says it is longer than the packet it came in.
    ("unfinished", &[100, 84]),
];

fn forged(name: &str) -> Vec<u8> {
    let (_, words) = FORGED.iter().find(|(other, _)| *other == name).unwrap();
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

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
    match role.split_once(' ') {
        Some(("victim", how)) => be_victim(how),
        Some(("greet", frame)) => {
            let stream = handshake::inherited().unwrap();
            handshake::read_token().unwrap();
            send_with_descriptor(&stream, &forged(frame));
            wait(stream);
        }
        _ => serve(&role),
    }
}

fn wait<T>(_keep_open: T) {
    thread::sleep(Duration::from_secs(600));
}

/// Sends bytes with a descriptor of a socket, in one packet where the socket knows packets.
fn send_with_descriptor(to: impl AsFd, bytes: &[u8]) {
    let (ours, _theirs) = std::os::unix::net::UnixStream::pair().unwrap();
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    let descriptors = [ours.as_fd()];
    assert!(ancillary.push(SendAncillaryMessage::ScmRights(&descriptors)));
    let sent = sendmsg(to, &[IoSlice::new(bytes)], &mut ancillary, SendFlags::empty());
    assert_eq!(sent, Ok(bytes.len()));
}

/// Each socket of packets that this process holds: ipc-channel's.
fn packet_sockets() -> Vec<OwnedFd> {
    let ourselves = pidfd_open(getpid(), PidfdFlags::empty()).unwrap();
    let numbers = std::fs::read_dir("/proc/self/fd").unwrap();
    let numbers = numbers.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let all = numbers.filter_map(|number| pidfd_getfd(&ourselves, number, PidfdGetfdFlags::empty()).ok());
    all.filter(|fd| socket_type(fd) == Ok(SocketType::SEQPACKET)).collect()
}

/// Greets as a worker of ours does, and then does what its role says.
fn serve(role: &str) {
    let stream = handshake::inherited().unwrap();
    let token = handshake::read_token().unwrap();
    let (mut requests, mut events) =
        handshake::connect(stream.try_clone().unwrap(), &token, PROTOCOL_VERSION).unwrap();
    match role.split_once(' ').unwrap_or((role, "")) {
        ("stream", frame) => {
            send_with_descriptor(&stream, &forged(frame));
            wait(events);
            return;
        }
        ("requests", frame) => {
            let sockets = packet_sockets();
            assert!(!sockets.is_empty());
            sockets.iter().for_each(|socket| send_with_descriptor(socket, &forged(frame)));
        }
        ("mid-frame", _) => {
            (&stream).write_all(&[100, 0, 0, 0, 1, 2, 3]).unwrap();
            wait(events);
            return;
        }
        ("drip", _) => return drip(&stream),
        ("deaf", _) => return wait((requests, events)),
        ("shout", _) => {
            // Without an end of a line.
            thread::spawn(|| while std::io::stderr().write_all(&[b'x'; 1 << 16]).is_ok() {});
        }
        ("flood", _) => {
            let event = WorkerMessage::Residency { models: Vec::new(), used: 0, budget: 0, note: None };
            while events.send(event.clone()).is_ok() {}
        }
        ("heartbeats", _) => {
            let event = WorkerMessage::Pong { id: RequestId(0), pulse: Pulse::default() };
            while events.send(event.clone()).is_ok() {}
        }
        ("nonsense", _) => {
            events.send(WorkerMessage::LoadProgress { id: RequestId(1), fraction: f32::NAN }).unwrap();
        }
        _ => {}
    }
    while let Ok(request) = requests.recv() {
        match request {
            Request::Ping { id } => events.send(WorkerMessage::Pong { id, pulse: Pulse::default() }).unwrap(),
            Request::Generate { id, .. } => {
                let text = "x".repeat(100);
                while events.send(WorkerMessage::Delta { id, text: text.clone(), tokens: 1 }).is_ok() {}
            }
            _ => {}
        }
    }
}

/// The longest event there is, a byte a second.
fn drip(mut stream: &Stream) {
    stream.write_all(&u32::try_from(ipc::frame::MAX_EVENT).unwrap().to_le_bytes()).unwrap();
    while stream.write_all(&[0]).is_ok() {
        thread::sleep(Duration::from_secs(1));
    }
}

/// Receives over ipc-channel what anybody sends it.
fn be_victim(how: &str) {
    let (server, name) = IpcOneShotServer::<Vec<u8>>::new().unwrap();
    println!("\nserver {name}");
    let (receiver, _) = server.accept().unwrap();
    if how == "in time" {
        let received = receiver.try_recv_timeout(Duration::from_millis(100));
        println!("received {:?}", received.map(|bytes| bytes.len()).is_ok());
    } else {
        // The greeting above is honest; what is read as bytes is what came in the frame, without another check.
        let bytes: ipc_channel::ipc::IpcBytesReceiver = {
            let (sender, welcome) = ipc_channel::ipc::channel().unwrap();
            IpcSender::send(&sender, receiver.to_opaque().to::<Vec<u8>>()).unwrap();
            welcome.to_opaque().to::<ipc_channel::ipc::IpcBytesReceiver>().recv().unwrap()
        };
        println!("received {}", bytes.recv().unwrap().len());
    }
}

/// What becomes of a process that receives these bytes over ipc-channel; `None`: it still waits after ten seconds.
fn victim(how: &str, frame: &[u8]) -> Option<Output> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["child_process", "--exact", "--nocapture"])
        .env(ROLE, format!("victim {how}"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let name = loop {
        let mut line = String::new();
        assert_ne!(out.read_line(&mut line).unwrap(), 0, "no server");
        if let Some(name) = line.strip_prefix("server ") {
            break name.trim().to_owned();
        }
    };
    let peer = socket(AddressFamily::UNIX, SocketType::SEQPACKET, None).unwrap();
    connect(&peer, &SocketAddrUnix::new(name).unwrap()).unwrap();
    // An empty list of bytes as ipc-channel sends it: the fragment's length, the message's, the message.
    let honest = [&17u64.to_le_bytes()[..], &1u64.to_le_bytes(), &[0]].concat();
    assert_eq!(rustix::net::send(&peer, &honest, SendFlags::empty()), Ok(honest.len()));
    send_with_descriptor(&peer, frame);
    let (sender, ended) = mpsc::channel();
    let pid = rustix::process::Pid::from_child(&child);
    thread::spawn(move || {
        let rest = std::io::read_to_string(&mut out).unwrap_or_default();
        let output = child.wait_with_output().unwrap();
        sender.send(Output { stdout: rest.into_bytes(), ..output }).unwrap_or_default();
    });
    let output = ended.recv_timeout(Duration::from_secs(10)).ok();
    let _already_gone = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
    output
}

/// The reason for the wire as it is. Should a newer ipc-channel bear these frames, this test fails, and that reason is gone.
#[test]
fn ipc_channel_itself_bears_none_of_the_three_frames() {
    let negative = victim("in the end", &forged("negative")).unwrap();
    let said = String::from_utf8_lossy(&negative.stdout) + String::from_utf8_lossy(&negative.stderr);
    // With checks for overflow it is a panic. Without them safe code gets a Vec of that length.
    let overflow = said.contains("subtract with overflow");
    assert!(overflow || said.contains(&format!("received {}", u64::MAX - 7)), "{said}");

    let huge = victim("in the end", &forged("huge")).unwrap();
    assert_eq!(huge.status.signal(), Some(6), "it aborts: {huge:?}");

    assert!(victim("in time", &forged("unfinished")).is_none(), "it waits beyond the time it was given");
}

/// Patience that makes a test short and is still long for a machine that does other things.
fn hasty() -> SupervisePolicy {
    SupervisePolicy {
        ping_busy: Duration::from_millis(300),
        silence: Duration::from_secs(3),
        ..SupervisePolicy::default()
    }
}

struct Editor {
    client: Client,
    signals: Receiver<Signal>,
}

impl Editor {
    fn with(role: &str) -> Editor {
        let (sender, signals) = unbounded();
        let client = Client::with_policy(program(role), hasty(), move |signal| {
            sender.send(signal).unwrap_or_default();
        });
        Editor { client, signals }
    }

    /// Calls the client as the window does, which never waits.
    fn send(&self, request: Request) -> Result<(), FailureKind> {
        let began = Instant::now();
        let sent = self.client.send(request).map_err(|failure| failure.kind);
        assert!(began.elapsed() < Duration::from_secs(1), "the window waited {:?}", began.elapsed());
        sent
    }

    fn ask(&self, length: usize) -> Result<RequestId, FailureKind> {
        let id = self.client.next_id();
        let prompt = Prompt::Raw("x".repeat(length));
        let ctrl = Control { max_tokens: Some(5), ..Control::default() };
        self.send(Request::Generate { id, model: None, prompt, params: Sampling::default(), ctrl })
            .map(|()| id)
    }

    fn ping(&self) -> RequestId {
        let id = self.client.next_id();
        self.send(Request::Ping { id }).unwrap();
        id
    }

    /// The worker's end, and how many events came before it.
    fn stopped(&self) -> (Stopped, usize) {
        let mut events = 0;
        let end = Instant::now() + Duration::from_secs(90);
        loop {
            match self.signals.recv_deadline(end).expect("the worker is not ended") {
                Signal::Stopped(stopped) => return (stopped, events),
                Signal::Event(_) => events += 1,
                _ => {}
            }
        }
    }

    fn answered(&self, id: RequestId) {
        let end = Instant::now() + Duration::from_secs(90);
        let answers = |signal| matches!(signal, Signal::Event(event) if event.id() == Some(id));
        while !answers(self.signals.recv_deadline(end).expect("no answer")) {}
    }

    /// What is over for one worker is over for it alone.
    fn goes_on(&self) {
        self.client.stop();
        self.client.replace(program("good"));
        self.client.forgive();
        self.answered(self.ping());
        let began = Instant::now();
        self.client.stop();
        assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
        let end = Instant::now() + Duration::from_secs(60);
        while !threads_of_the_wire().is_empty() {
            assert!(Instant::now() < end, "threads are left: {:?}", threads_of_the_wire());
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Threads of this process that belong to a worker. Tests that look at them run alone, see [`ONE_AT_A_TIME`].
fn threads_of_the_wire() -> Vec<String> {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap().flatten();
    let names = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("comm")).ok());
    names.map(|name| name.trim().to_owned()).filter(|name| name.starts_with("worker-")).collect()
}

static ONE_AT_A_TIME: std::sync::Mutex<()> = std::sync::Mutex::new(());

fn alone() -> std::sync::MutexGuard<'static, ()> {
    ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// The most memory that this process ever took, in bytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}

#[test]
fn a_forged_frame_as_greeting_is_no_greeting() {
    let _alone = alone();
    let editors: Vec<(&str, Editor)> =
        FORGED.iter().map(|(name, _)| (*name, Editor::with(&format!("greet {name}")))).collect();
    for (_, editor) in &editors {
        editor.ping();
    }
    for (name, editor) in &editors {
        let (end, events) = editor.stopped();
        assert_eq!(
            (end.exit, end.cause, events),
            (Exit::NotStarted, Cause::NotStarted, 0),
            "{name}: {end:?}"
        );
    }
    // Others are started in their place, which greet no better: nobody waits for those.
    let began = Instant::now();
    editors.iter().for_each(|(_, editor)| editor.client.stop());
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    editors[0].1.goes_on();
}

#[test]
fn a_forged_frame_after_a_valid_greeting_costs_the_worker_on_the_stream_and_nothing_elsewhere() {
    let _alone = alone();
    for (name, _) in FORGED {
        let editor = Editor::with(&format!("stream {name}"));
        editor.ping();
        let (end, events) = editor.stopped();
        let hung = end.cause == Cause::Hung(Hang::Silent);
        assert!((hung || end.exit == Exit::Violation) && events == 0, "{name}: {end:?}");
        editor.goes_on();
        // What it sends where the editor only sends is read by nobody.
        let editor = Editor::with(&format!("requests {name}"));
        let id = editor.ping();
        editor.answered(id);
        editor.goes_on();
    }
}

#[test]
fn a_frame_that_does_not_end_ends_its_worker() {
    let _alone = alone();
    for role in ["mid-frame", "drip"] {
        let editor = Editor::with(role);
        editor.ping();
        let (end, _) = editor.stopped();
        assert_eq!(end.cause, Cause::Hung(Hang::Silent), "{role}: {end:?}");
        editor.goes_on();
    }
}

#[test]
fn who_says_too_much_or_what_cannot_be_is_ended() {
    let _alone = alone();
    for (role, words) in [
        ("flood", "a flood of events"),
        ("heartbeats", "a flood of events"),
        ("nonsense", "says what cannot be"),
        ("good", "a longer answer"),
    ] {
        let editor = Editor::with(role);
        let id = editor.ask(10).unwrap();
        let (end, events) = editor.stopped();
        assert_eq!((end.exit, &end.failed[..]), (Exit::Violation, &[id][..]), "{role}: {end:?}");
        assert!(end.reason.contains(words), "{role}: {}", end.reason);
        assert!(events <= 300, "{role}: {events}");
        editor.goes_on();
    }
}

#[test]
fn a_worker_that_reads_nothing_takes_no_memory_and_no_time_of_the_window() {
    let _alone = alone();
    let editor = Editor::with("deaf");
    editor.ping();
    while !matches!(editor.signals.recv_timeout(Duration::from_secs(60)).unwrap(), Signal::Started { .. }) {}
    let before = peak();
    assert_eq!(editor.ask(ipc::frame::MAX_REQUEST), Err(FailureKind::PromptTooLong));
    let asked = std::iter::from_fn(|| editor.ask(4 << 20).ok()).take(1000).count();
    assert!((2..20).contains(&asked), "{asked} requests of 4 MiB wait");
    assert_eq!(editor.ask(4 << 20), Err(FailureKind::Busy));
    assert!(peak() - before < 160 << 20, "{} bytes more", peak() - before);
    // Its end is that of the thread that writes to it, too.
    let (end, _) = editor.stopped();
    assert_eq!(end.cause, Cause::Hung(Hang::Silent), "{end:?}");
    editor.goes_on();
}

#[test]
fn a_worker_that_complains_without_end_is_heard_at_its_own_cost() {
    let _alone = alone();
    let editor = Editor::with("shout");
    let before = peak();
    for _ in 0..20 {
        let id = editor.ping();
        editor.answered(id);
        thread::sleep(Duration::from_millis(100));
    }
    assert!(peak() - before < 8 << 20, "{} bytes more", peak() - before);
    editor.client.stop();
    assert!(editor.stopped().0.reason.len() < 6000);
    editor.goes_on();
}
