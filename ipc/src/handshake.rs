//! The first message on the wire: who is there, in which version, with which secret.
//!
//! The editor opens a one-shot server, starts the worker with the server's name in its environment and writes a random
//! token to the worker's standard input, where no other process can read it. The worker connects and sends [`Hello`].

use std::io::BufRead;

use ipc_channel::ipc::{self, IpcReceiver, IpcSender};
use serde::{Deserialize, Serialize};

use crate::protocol::{Event, PROTOCOL_VERSION, Request};

/// Environment variable with the name of the editor's one-shot server.
pub const CONNECT_VARIABLE: &str = "LOCALCODER_CONNECT";
/// Environment variable with the process id of the editor: the worker ends when that process is not its parent.
pub const PARENT_VARIABLE: &str = "LOCALCODER_PARENT";
/// Environment variable with the folder in which the worker keeps computed prompts; without it none are kept.
pub const STATES_VARIABLE: &str = "LOCALCODER_STATES";
/// Environment variable with the bytes that they may take.
pub const STATES_LIMIT_VARIABLE: &str = "LOCALCODER_STATES_LIMIT";

/// The worker's first and only message to the one-shot server.
#[derive(Serialize, Deserialize)]
pub struct Hello {
    /// Must equal [`PROTOCOL_VERSION`].
    pub version: u32,
    /// Must equal the token the editor wrote to standard input.
    pub token: String,
    /// Where the editor sends its requests.
    pub requests: IpcSender<Request>,
    /// Where the editor receives events.
    pub events: IpcReceiver<Event>,
}

/// The worker's ends of the wire.
pub type WorkerEnds = (IpcReceiver<Request>, IpcSender<Event>);

/// Worker's side: connects to the editor that started this process.
///
/// # Errors
/// A sentence for people: not started by an editor, or the editor is gone.
pub fn connect_to_editor() -> Result<WorkerEnds, String> {
    let name = std::env::var(CONNECT_VARIABLE)
        .map_err(|_| format!("this program is started by the editor, which sets {CONNECT_VARIABLE}"))?;
    let mut token = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut token)
        .map_err(|e| format!("cannot read the editor's token: {e}"))?;
    connect(&name, token.trim_end(), PROTOCOL_VERSION)
}

/// Connects to the one-shot server `name` and says hello. Tests say a wrong version or token.
///
/// # Errors
/// A sentence for people: the editor is gone, or the system refused a channel.
pub fn connect(name: &str, token: &str, version: u32) -> Result<WorkerEnds, String> {
    let (requests, incoming) = ipc::channel().map_err(|e| format!("cannot open a channel: {e}"))?;
    let (outgoing, events) = ipc::channel().map_err(|e| format!("cannot open a channel: {e}"))?;
    let server = IpcSender::connect(name.to_owned()).map_err(|e| format!("cannot reach the editor: {e}"))?;
    server
        .send(Hello { version, token: token.to_owned(), requests, events })
        .map_err(|e| format!("cannot greet the editor: {e}"))?;
    Ok((incoming, outgoing))
}

impl Hello {
    /// Checks version and token.
    ///
    /// # Errors
    /// A sentence for people.
    pub fn verify(&self, token: &str) -> Result<(), String> {
        if self.version != PROTOCOL_VERSION {
            return Err(format!(
                "the worker speaks protocol {}, the editor {PROTOCOL_VERSION}: install both from the same release",
                self.version
            ));
        }
        if self.token != token {
            return Err("a process that is not our worker tried to connect".into());
        }
        Ok(())
    }
}
