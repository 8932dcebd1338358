//! One message at a time over a wire that may lie.
//!
//! Both ends speak through [`Outgoing`] and [`Incoming`]. In the product these are frames ([`crate::frame`]): requests in pieces over
//! ipc-channel, which only the worker receives from; events over a stream, which the editor reads with nothing but safe code. In tests
//! they are queues in memory.

use std::{
    io::{self, BufReader, Read, Write},
    marker::PhantomData,
};

use ipc_channel::{
    IpcError,
    ipc::{IpcBytesReceiver, IpcBytesSender},
};

use crate::frame::{self, Broken, Message};

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

/// Writes each message as a frame.
pub struct FrameWriter<W, T> {
    to: W,
    frame: Vec<u8>,
    message: PhantomData<fn(T)>,
}

impl<W: Write, T: Message> FrameWriter<W, T> {
    /// Writes to this.
    pub fn new(to: W) -> FrameWriter<W, T> {
        FrameWriter { to, frame: Vec::new(), message: PhantomData }
    }
}

impl<W: Write + Send + 'static, T: Message> Outgoing<T> for FrameWriter<W, T> {
    fn send(&mut self, message: T) -> Result<(), Closed> {
        frame::send(&mut self.to, &message, &mut self.frame).map_err(closed)
    }
}

/// Reads each frame as a message.
pub struct FrameReader<R, T> {
    from: BufReader<R>,
    payload: Vec<u8>,
    message: PhantomData<fn() -> T>,
}

impl<R: Read, T: Message> FrameReader<R, T> {
    /// Reads from this.
    pub fn new(from: R) -> FrameReader<R, T> {
        FrameReader::behind(BufReader::new(from))
    }

    /// Reads what comes behind what was read from this.
    pub fn behind(from: BufReader<R>) -> FrameReader<R, T> {
        FrameReader { from, payload: Vec::new(), message: PhantomData }
    }
}

impl<R: Read + Send + 'static, T: Message> Incoming<T> for FrameReader<R, T> {
    fn recv(&mut self) -> Result<T, Closed> {
        frame::receive(&mut self.from, &mut self.payload).map_err(closed)
    }
}

fn closed(broken: Broken) -> Closed {
    match broken {
        Broken::Ended => Closed::Disconnected,
        other => Closed::Violation(other.to_string()),
    }
}

/// A channel of ipc-channel as a stream of bytes: what is written at one end in pieces is read at the other.
///
/// What does not fit into one packet ipc-channel sends over a channel that it makes for that message and holds both ends of, so that a
/// sender waits for ever when the receiver dies just then. A piece fits.
pub struct PacketStream<C> {
    channel: C,
    /// What came and was not read yet.
    rest: io::Cursor<Vec<u8>>,
}

/// Bytes of a piece: a sixth of what a packet holds on Linux (net.core.wmem_default, 212,992 bytes).
const MAX_PIECE: usize = 32 << 10;

impl<C> PacketStream<C> {
    /// Over this channel.
    pub fn new(channel: C) -> PacketStream<C> {
        PacketStream { channel, rest: io::Cursor::default() }
    }
}

impl Write for PacketStream<IpcBytesSender> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let piece = &bytes[..bytes.len().min(MAX_PIECE)];
        if !piece.is_empty() {
            self.channel.send(piece)?;
        }
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for PacketStream<IpcBytesReceiver> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.rest.position() >= self.rest.get_ref().len() as u64 {
            match self.channel.recv() {
                Ok(piece) => self.rest = io::Cursor::new(piece),
                Err(IpcError::Disconnected) => return Ok(0),
                Err(IpcError::Io(error)) => return Err(error),
                Err(other) => return Err(io::Error::other(other)),
            }
        }
        self.rest.read(into)
    }
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
