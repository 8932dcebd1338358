//! The first words of a worker.

use serde::{Deserialize, Serialize};

use crate::protocol::PROTOCOL_VERSION;

/// The worker's first message, on the stream.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Greeting {
    /// Must equal [`PROTOCOL_VERSION`].
    pub version: u32,
    /// Must equal the token that the editor wrote to standard input.
    pub token: String,
    /// The name of the worker's one-shot server: a path on Linux, a name of the bootstrap server on a Mac.
    pub server: String,
}

impl Greeting {
    /// Checks version, token and the server's name.
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
        // ipc-channel makes a C string of it and panics when it cannot.
        if self.server.is_empty() || self.server.contains('\0') {
            return Err("the worker's greeting names no channel".into());
        }
        Ok(())
    }
}
