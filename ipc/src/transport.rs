//! One message at a time over a wire that may lie.
//!
//! Both ends speak through [`Outgoing`] and [`Incoming`], so that tests run in memory and a relay can later take the
//! place of ipc-channel without a change anywhere else. The receiving half of ipc-channel trusts its peer and panics on
//! forged frames; here such a panic becomes [`Closed::Violation`], which costs the peer its life, never ours.

use std::panic::{AssertUnwindSafe, catch_unwind};

use ipc_channel::{
    IpcError,
    ipc::{IpcReceiver, IpcSender},
};
use serde::{Serialize, de::DeserializeOwned};

/// Why no more messages come or go.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Closed {
    /// The other end is gone.
    #[error("the other end closed the connection")]
    Disconnected,
    /// The other end sent something that is not a message, or the system failed in between.
    #[error("the connection broke the protocol: {0}")]
    Violation(String),
}

/// Sends messages, in order. May block while the other end is behind.
pub trait Outgoing<T>: Send + 'static {
    /// Sends one message.
    ///
    /// # Errors
    /// [`Closed`]; nothing can be sent afterwards.
    fn send(&mut self, message: T) -> Result<(), Closed>;
}

/// Receives messages, in order.
pub trait Incoming<T>: Send + 'static {
    /// Waits for the next message.
    ///
    /// # Errors
    /// [`Closed`]; nothing can be received afterwards.
    fn recv(&mut self) -> Result<T, Closed>;
}

impl<T: Serialize + Send + 'static> Outgoing<T> for IpcSender<T> {
    fn send(&mut self, message: T) -> Result<(), Closed> {
        IpcSender::send(self, message).map_err(closed)
    }
}

impl<T: Serialize + DeserializeOwned + Send + 'static> Incoming<T> for IpcReceiver<T> {
    fn recv(&mut self) -> Result<T, Closed> {
        loop {
            // The panic is caught here, on the reader's own thread, so that it stays one end's problem.
            match catch_unwind(AssertUnwindSafe(|| IpcReceiver::recv(self))) {
                Ok(Ok(message)) => return Ok(message),
                Ok(Err(IpcError::Io(error))) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Ok(Err(error)) => return Err(closed(error)),
                Err(panic) => return Err(Closed::Violation(panic_text(&*panic))),
            }
        }
    }
}

fn closed(error: IpcError) -> Closed {
    match error {
        IpcError::Disconnected => Closed::Disconnected,
        IpcError::Io(error)
            if matches!(
                error.kind(),
                std::io::ErrorKind::BrokenPipe | std::io::ErrorKind::ConnectionReset
            ) =>
        {
            Closed::Disconnected
        }
        other => Closed::Violation(other.to_string()),
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text =
        panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    format!("a malformed frame ({})", text.unwrap_or("no details"))
}

impl<T: Send + 'static> Outgoing<T> for crossbeam_channel::Sender<T> {
    fn send(&mut self, message: T) -> Result<(), Closed> {
        crossbeam_channel::Sender::send(self, message).map_err(|_| Closed::Disconnected)
    }
}

impl<T: Send + 'static> Incoming<T> for crossbeam_channel::Receiver<T> {
    fn recv(&mut self) -> Result<T, Closed> {
        crossbeam_channel::Receiver::recv(self).map_err(|_| Closed::Disconnected)
    }
}
