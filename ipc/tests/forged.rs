//! The editor's reader against frames and messages that were changed, cut, put together wrongly and made up: it never panics, never
//! waits, and takes no more memory than its caps.
//!
//! `LOCALCODER_FORGED_FRAMES=1000000` runs as many; without it so many as fit into every run of the tests.

use std::{
    io::{Read, Write},
    ops::AddAssign,
    thread,
    time::{Duration, Instant},
};

use ipc::{
    frame::{self, Broken, HEADER, MAX_EVENT, MAX_GREETING, Message},
    greeting::Greeting,
    handshake,
    protocol::{
        Confinement, Device, Doing, Failure, FailureKind, LoadedModel, PROTOCOL_VERSION, PromptReport, Pulse,
        RequestId, ResidentModel, StopReason, Usage, WorkerMessage,
    },
    socket::{self, Stream},
    transport::{Closed, FrameReader, Incoming},
};

/// How many unless somebody says so.
const FORGED: u64 = 30_000;
/// One in this many goes over a real socket, and one of those is a greeting that is answered.
const OVER_A_SOCKET: u64 = 64;
/// What the reader may take beside the frame it reads: its two buffers, and what was decoded.
const MAX_MEMORY: u64 = 16 << 20;

const ID: RequestId = RequestId(3);
const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// Numbers that look random (xorshift64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end.max(1) as u64).unwrap_or(0)
    }

    /// Numbers that are often wrong somewhere.
    fn edge(&mut self) -> u64 {
        const EDGES: [u64; 12] =
            [0, 1, 8, 16, 127, 251, 252, 255, MAX_EVENT as u64, 1 << 31, 1 << 62, u64::MAX];
        match self.below(3) {
            0 => EDGES[self.below(EDGES.len())],
            1 => (MAX_EVENT as u64).wrapping_add(self.next() % 5).wrapping_sub(2),
            _ => self.next() >> self.below(64),
        }
    }
}

fn framed<T: Message>(message: &T) -> Vec<u8> {
    let mut frame = Vec::new();
    frame::encode(message, &mut frame).expect("a message of ours");
    frame
}

/// Every kind of event, greetings, and the three frames that ipc-channel cannot bear.
fn seeds() -> Vec<Vec<u8>> {
    let device = Device {
        name: "CPU".into(),
        description: "a processor".into(),
        gpu: false,
        unified: false,
        memory_free: 1 << 33,
        memory_total: 1 << 34,
    };
    let resident = ResidentModel { id: "m".into(), bytes_predicted: 1, bytes_measured: 300, idle_s: 70_000 };
    let model = LoadedModel { id: "m".into(), sha256: Some("ab".repeat(32)), ..LoadedModel::default() };
    let failure = Failure::new(FailureKind::Device, "it is gone");
    let events = [
        WorkerMessage::Pong { id: ID, pulse: Pulse { steps: 1 << 40, doing: Doing::Decode } },
        WorkerMessage::Devices { id: ID, devices: vec![device; 3], confinement: Confinement::default() },
        WorkerMessage::LoadProgress { id: ID, fraction: 0.5 },
        WorkerMessage::Loaded { id: ID, model },
        WorkerMessage::Unloaded { id: ID },
        WorkerMessage::PromptReady {
            id: ID,
            prompt: PromptReport { tokens: 2000, ..PromptReport::default() },
        },
        WorkerMessage::PrefillProgress { id: ID, done: 128, total: 2000 },
        WorkerMessage::Delta { id: ID, text: "fn näme() {}\n".repeat(9), tokens: 12 },
        WorkerMessage::Delta { id: ID, text: "x".repeat(9000), tokens: 12 },
        WorkerMessage::Done { id: ID, stop: StopReason::Length, usage: Usage::default() },
        WorkerMessage::Residency {
            models: vec![resident; 5],
            used: 1 << 32,
            budget: u64::MAX,
            note: Some("n".into()),
        },
        WorkerMessage::Failed { id: Some(ID), failure },
    ];
    let greeting = Greeting {
        version: PROTOCOL_VERSION,
        token: TOKEN.into(),
        server: "/tmp/.localcoder-no-such-folder/socket".into(),
    };
    let words = |words: &[u64]| words.iter().flat_map(|word| word.to_le_bytes()).collect();
    events
        .iter()
        .map(framed)
        .chain([framed(&greeting), words(&[8]), words(&[16, 1 << 62]), words(&[100, 84])])
        .collect()
}

/// Another wire: frames behind each other, changed in a few places.
fn forge(seeds: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut wire = Vec::new();
    for _ in 0..=random.below(3) {
        let mut frame = seeds[random.below(seeds.len())].clone();
        let honest_length = random.below(4) > 0;
        for _ in 0..random.below(4) {
            change(&mut frame, seeds, random);
        }
        // A wrong message in a right frame comes further than a wrong frame.
        if honest_length && frame.len() > HEADER {
            let length = u32::try_from(frame.len() - HEADER).unwrap_or(u32::MAX);
            frame[..HEADER].copy_from_slice(&length.to_le_bytes());
        }
        wire.extend(frame);
    }
    if random.below(8) == 0 {
        wire.truncate(random.below(wire.len()));
    }
    wire
}

fn change(frame: &mut Vec<u8>, seeds: &[Vec<u8>], random: &mut Random) {
    let at = random.below(frame.len());
    let number = random.edge().to_le_bytes();
    match random.below(8) {
        0 if !frame.is_empty() => frame[at] ^= 1 << random.below(8),
        1 if !frame.is_empty() => frame[at] = number[0],
        // A number as bincode writes it: a mark, then two, four or eight bytes.
        2 => {
            let mark = random.below(3);
            let bytes = [&[251 + u8::try_from(mark).unwrap_or(0)], &number[..2 << mark]].concat();
            frame.splice(at..at, bytes);
        }
        3 => drop(frame.splice(at..(at + 8).min(frame.len()), number)),
        4 => frame.truncate(at),
        5 => drop(frame.drain(at..(at + random.below(20)).min(frame.len()))),
        6 => {
            let other = &seeds[random.below(seeds.len())];
            frame.splice(at.., other[random.below(other.len())..].iter().copied());
        }
        _ => frame.extend((0..random.below(200)).map(|n| number[n % 8])),
    }
}

/// Gives no more than a few bytes at once, as a socket may.
struct Slowly<'a>(&'a [u8], usize);

impl Read for Slowly<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let most = into.len().min(self.1);
        self.0.read(&mut into[..most])
    }
}

/// What the reader made of all of them.
#[derive(Debug, Default, PartialEq)]
struct Tally {
    messages: u64,
    ended: u64,
    lengths: u64,
    malformed: u64,
    greetings: u64,
}

impl AddAssign<&Broken> for Tally {
    fn add_assign(&mut self, broken: &Broken) {
        match broken {
            Broken::Ended => self.ended += 1,
            Broken::Length { .. } => self.lengths += 1,
            Broken::Malformed(_) => self.malformed += 1,
            Broken::System(text) => panic!("{text}"),
        }
    }
}

/// Reads all there is as events.
fn read_events(wire: &[u8], at_once: usize, tally: &mut Tally) {
    let (mut from, mut payload) = (Slowly(wire, at_once), Vec::new());
    let broken = loop {
        match frame::receive::<WorkerMessage>(&mut from, &mut payload) {
            Ok(_) => tally.messages += 1,
            Err(broken) => break broken,
        }
        assert!(payload.capacity() <= MAX_EVENT);
    };
    *tally += &broken;
}

fn read_greeting(wire: &[u8], at_once: usize, tally: &mut Tally) {
    let mut payload = Vec::new();
    match frame::receive::<Greeting>(&mut Slowly(wire, at_once), &mut payload) {
        Ok(greeting) => tally.greetings += u64::from(greeting.verify(TOKEN).is_ok()),
        Err(broken) => *tally += &broken,
    }
    assert!(payload.capacity() <= 2 * MAX_GREETING);
}

/// The same over a socket whose other end stays open: the reader waits, and is released by the end of the stream.
fn read_over_a_socket(wire: &[u8], as_greeting: bool) {
    let (mut worker, editor) = Stream::pair().expect("a pair of sockets");
    let from = editor.try_clone().expect("a descriptor");
    let reader = thread::spawn(move || {
        if as_greeting {
            // None of them names a server that is there.
            assert!(handshake::welcome(&mut &from, TOKEN).is_err());
        } else {
            let mut reader = FrameReader::<_, WorkerMessage>::new(from);
            while !matches!(reader.recv(), Err(Closed::Disconnected | Closed::Violation(_))) {}
        }
    });
    let _reader_has_enough = worker.write_all(wire);
    socket::end(&editor);
    reader.join().expect("no panic");
}

/// The most memory that this process ever took, in bytes; 0 where the system does not tell.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or(0) << 10
}

#[test]
fn forged_frames_and_messages_cost_the_editor_neither_its_life_nor_time_nor_memory() {
    let wanted = std::env::var("LOCALCODER_FORGED_FRAMES").ok().and_then(|count| count.parse().ok());
    let (seeds, mut random) = (seeds(), Random(0x9E37_79B9_7F4A_7C15));
    let (mut tally, mut longest, before) = (Tally::default(), Duration::ZERO, peak());
    for n in 0..wanted.unwrap_or(FORGED) {
        let wire =
            if (n as usize) < seeds.len() { seeds[n as usize].clone() } else { forge(&seeds, &mut random) };
        let at_once = 1 + random.below(300);
        let began = Instant::now();
        read_events(&wire, at_once, &mut tally);
        read_greeting(&wire, at_once, &mut tally);
        if n % OVER_A_SOCKET == 0 {
            read_over_a_socket(&wire, n % (64 * OVER_A_SOCKET) == 0);
        }
        longest = longest.max(began.elapsed());
    }
    println!("{tally:?}, the longest took {longest:?}, {} bytes more than before", peak() - before);
    let Tally { messages, ended, lengths, malformed, greetings } = tally;
    let each = [messages, ended, lengths, malformed, greetings];
    assert!(each.iter().all(|count| *count > 100), "the test leaves out what it is about: {tally:?}");
    assert!(longest < Duration::from_secs(1), "{longest:?}");
    assert!(peak() - before < MAX_MEMORY, "{} bytes", peak() - before);
}
