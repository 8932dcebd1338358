//! The two ends of a stream between editor and worker: a pair of connected sockets without a name, of which the worker inherits one
//! as its standard input. Nobody else can reach it, on Linux and on a Mac alike.
//!
//! Descriptors that a worker sends along with its bytes are closed by the system, because nothing here asks for them (unix(7)).

use std::{
    io,
    net::Shutdown,
    os::{fd::AsFd, unix::net::UnixStream},
    process::Stdio,
};

/// The editor's end.
pub type Stream = UnixStream;

/// The editor's end, and what the worker gets as standard input.
///
/// # Errors
/// When the system gives no descriptors.
pub fn pair() -> io::Result<(Stream, Stdio)> {
    let (ours, theirs) = UnixStream::pair()?;
    Ok((ours, Stdio::from(std::os::fd::OwnedFd::from(theirs))))
}

/// The worker's end.
///
/// # Errors
/// When standard input is no such stream: nobody started this process as a worker.
pub fn inherited() -> io::Result<Stream> {
    let stream = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    stream.peer_addr()?;
    Ok(stream)
}

/// Ends the stream for both sides, also for a thread that waits for it.
pub fn end(stream: &Stream) {
    let _already_ended = stream.shutdown(Shutdown::Both);
}
