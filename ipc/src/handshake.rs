//! How editor and worker find each other: who is there, in which version, with which secret.
//!
//! The worker inherits one end of a stream as its standard input ([`crate::socket`]). The editor writes a random token on it; the
//! worker answers with a [`Greeting`] in a frame, which names a one-shot server of ipc-channel that the worker has opened; the
//! editor connects to that and sends it a welcome with the channel on which requests will come. From then on requests go
//! down over ipc-channel and events come up over the stream.
//!
//! So the editor only ever sends over ipc-channel. Its receiver trusts whoever sends (the architecture says how far), and what a
//! worker says does not reach it. The token tells the worker that it is the editor who connected: a socket with a name can be
//! reached by others.

use std::{
    io::{self, BufRead, Read},
    thread,
};

use ipc_channel::ipc::{IpcBytesReceiver, IpcBytesSender, IpcOneShotServer, IpcSender, bytes_channel};
use serde::{Deserialize, Serialize};

use crate::{
    frame::{self, Broken},
    greeting::Greeting,
    protocol::{PROTOCOL_VERSION, Request, WorkerMessage},
    socket::{self, Stream},
    transport::{FrameReader, FrameWriter, PacketStream},
};

/// Environment variable with the process id of the editor: the worker ends when that process is not its parent.
pub const PARENT_VARIABLE: &str = "LOCALCODER_PARENT";
/// Environment variable with the folder in which the worker keeps computed prompts; without it none are kept.
pub const STATES_VARIABLE: &str = "LOCALCODER_STATES";
/// Environment variable with the bytes that they may take.
pub const STATES_LIMIT_VARIABLE: &str = "LOCALCODER_STATES_LIMIT";

/// The editor's first and only message to the one-shot server.
#[derive(Serialize, Deserialize)]
struct Welcome {
    version: u32,
    token: String,
    requests: IpcBytesReceiver,
}

/// What the worker receives requests from and sends events to.
pub type WorkerEnds =
    (FrameReader<PacketStream<IpcBytesReceiver>, Request>, FrameWriter<Stream, WorkerMessage>);

/// Worker's side: connects to the editor that started this process. No thread is started, for what confines a thread on Linux does not
/// confine those that run already.
///
/// # Errors
/// A sentence for people: not started by an editor, or the editor is gone.
pub fn connect_to_editor() -> Result<(WorkerEnds, Editor), String> {
    let stream = inherited()?;
    let token = read_token()?;
    let watched = stream.try_clone().map_err(|e| format!("cannot watch the editor: {e}"))?;
    Ok((connect(stream, &token, PROTOCOL_VERSION)?, Editor(watched)))
}

/// The editor at the other end, to be watched.
#[derive(Debug)]
pub struct Editor(Stream);

impl Editor {
    /// Has `gone` run on a thread of its own as soon as the editor is gone.
    ///
    /// # Errors
    /// A sentence for people: no thread can be started.
    pub fn watch(self, gone: impl FnOnce() + Send + 'static) -> Result<(), String> {
        let watch = thread::Builder::new().name("wire-watch".into()).spawn(move || {
            wait_for_end(self.0);
            gone();
        });
        watch.map(drop).map_err(|e| format!("cannot start a thread: {e}"))
    }
}

/// The stream that the editor left as standard input.
///
/// # Errors
/// A sentence for people: nobody did.
pub fn inherited() -> Result<Stream, String> {
    socket::inherited().map_err(|e| {
        format!("this program is started by the editor, which speaks to its standard input: {e}")
    })
}

/// The editor's token: the only thing that it writes on the stream.
///
/// # Errors
/// A sentence for people.
pub fn read_token() -> Result<String, String> {
    let mut token = String::new();
    let read = io::stdin().lock().read_line(&mut token);
    read.map_err(|e| format!("cannot read the editor's token: {e}"))?;
    Ok(token.trim_end().to_owned())
}

/// On a Mac a receiver of ipc-channel may wait for a peer that died (ipc-channel#266); a stream ends.
fn wait_for_end(mut stream: Stream) {
    let mut bytes = [0; 64];
    loop {
        match stream.read(&mut bytes) {
            Ok(1..) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Ok(_) | Err(_) => return,
        }
    }
}

/// Greets the editor on the stream and waits for its welcome. Tests say a wrong version or token.
///
/// # Errors
/// A sentence for people: the editor is gone, or the system refused a channel.
pub fn connect(mut stream: Stream, token: &str, version: u32) -> Result<WorkerEnds, String> {
    let (server, name) =
        IpcOneShotServer::<Welcome>::new().map_err(|e| format!("cannot open a channel: {e}"))?;
    let greeting = Greeting { version, token: token.to_owned(), server: name };
    frame::send(&mut stream, &greeting, &mut Vec::new())
        .map_err(|e| format!("cannot greet the editor: {e}"))?;
    let (_, welcome) = server.accept().map_err(|e| format!("the editor does not answer: {e}"))?;
    if (welcome.version, welcome.token.as_str()) != (version, token) {
        return Err("a process that is not the editor tried to connect".into());
    }
    Ok((FrameReader::new(PacketStream::new(welcome.requests)), FrameWriter::new(stream)))
}

/// Editor's side: reads the worker's greeting, judges it, and sends the welcome. Waits as long as the worker lets it; whoever
/// watches the time ends the stream ([`socket::end`]) and the worker.
///
/// # Errors
/// Why there is no worker.
pub fn welcome(
    from: &mut impl Read,
    token: &str,
) -> Result<FrameWriter<PacketStream<IpcBytesSender>, Request>, NotGreeted> {
    let greeting: Greeting = frame::receive(from, &mut Vec::new())?;
    greeting.verify(token).map_err(NotGreeted::Refused)?;
    let failed = |error: io::Error| NotGreeted::Refused(format!("Cannot reach the model worker: {error}."));
    let (sender, requests) = bytes_channel().map_err(failed)?;
    let server = IpcSender::connect(greeting.server).map_err(failed)?;
    server
        .send(Welcome { version: PROTOCOL_VERSION, token: token.to_owned(), requests })
        .map_err(|error| NotGreeted::Refused(format!("Cannot reach the model worker: {error}.")))?;
    Ok(FrameWriter::new(PacketStream::new(sender)))
}

/// Why a worker was not welcomed.
#[derive(Debug, PartialEq, Eq)]
pub enum NotGreeted {
    /// It is gone, or what it said was no greeting.
    Broken(Broken),
    /// A sentence for people.
    Refused(String),
}

impl From<Broken> for NotGreeted {
    fn from(broken: Broken) -> NotGreeted {
        NotGreeted::Broken(broken)
    }
}
