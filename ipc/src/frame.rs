//! Messages as bytes: a length, then this many bytes, both within caps that the reader sets.
//!
//! The editor reads what a worker sends with this file and nothing else, and the worker may be anybody: it reads model files that
//! strangers made. So a length is judged before a byte is read for it, memory is taken as bytes arrive and not as they are
//! promised, and what is decoded is judged once more by [`crate::bounds`]. No type on the wire contains itself: how deep a
//! message can be nested is fixed by its type, whatever its bytes say.
//!
//! How a message is encoded is bincode's business, as everywhere in this project.

use std::io::{ErrorKind, Read, Write};

use bincode::error::DecodeError;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    bounds,
    greeting::Greeting,
    protocol::{Request, WorkerMessage},
};

/// Bytes of the length in front of each message: an unsigned number, the least significant byte first.
pub const HEADER: usize = 4;
/// Most bytes of an event. The longest ones are answers that waited for a slow editor; [`crate::server`] joins no more than 64 KiB.
pub const MAX_EVENT: usize = 1 << 20;
/// Most bytes of a request: several hundred times what the longest context holds.
pub const MAX_REQUEST: usize = 16 << 20;
/// Most bytes of a greeting: a token and the name of a socket.
pub const MAX_GREETING: usize = 1 << 10;
/// A buffer that one long message made larger than this is given back after it.
const MAX_KEPT: usize = 256 << 10;

/// Why a frame or a message could not be read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// The other end is gone, perhaps in the middle of a frame.
    #[error("the other end closed the connection")]
    Ended,
    /// A length that no message has.
    #[error("a frame of {claimed} bytes, where 1 to {most} are allowed")]
    Length {
        /// What stands in the header.
        claimed: usize,
        /// The reader's cap.
        most: usize,
    },
    /// Bytes that are no message of this protocol, or one that says what cannot be.
    #[error("a message that is none ({0})")]
    Malformed(String),
    /// The system failed.
    #[error("{0}")]
    System(String),
}

/// What travels in a frame.
pub trait Message: Serialize + Sized + Send + 'static {
    /// Most bytes of one, without its header.
    const MAX_BYTES: usize;

    /// Reads one from exactly these bytes.
    ///
    /// # Errors
    /// [`Broken::Malformed`].
    fn decode(bytes: &[u8]) -> Result<Self, Broken>;
}

impl Message for WorkerMessage {
    const MAX_BYTES: usize = MAX_EVENT;

    fn decode(bytes: &[u8]) -> Result<Self, Broken> {
        let event = decode::<WorkerMessage, MAX_EVENT>(bytes)?;
        bounds::check(&event).map_err(Broken::Malformed)?;
        Ok(event)
    }
}

impl Message for Request {
    const MAX_BYTES: usize = MAX_REQUEST;

    fn decode(bytes: &[u8]) -> Result<Self, Broken> {
        decode::<Request, MAX_REQUEST>(bytes)
    }
}

impl Message for Greeting {
    const MAX_BYTES: usize = MAX_GREETING;

    fn decode(bytes: &[u8]) -> Result<Self, Broken> {
        decode::<Greeting, MAX_GREETING>(bytes)
    }
}

fn decode<T: DeserializeOwned, const MAX: usize>(bytes: &[u8]) -> Result<T, Broken> {
    if bytes.len() > MAX {
        return Err(Broken::Length { claimed: bytes.len(), most: MAX });
    }
    let format = bincode::config::standard().with_limit::<MAX>();
    let malformed = |error: DecodeError| Broken::Malformed(error.to_string());
    let (message, read) = bincode::serde::decode_from_slice(bytes, format).map_err(malformed)?;
    if read == bytes.len() {
        Ok(message)
    } else {
        Err(Broken::Malformed(format!("{} bytes too many", bytes.len() - read)))
    }
}

/// Reads the next frame's bytes into `payload`, which is emptied first. Waits for as long as `from` does; memory grows with
/// what has arrived, and never beyond `most`.
///
/// # Errors
/// [`Broken`]; nothing more can be read from here.
pub fn read(from: &mut impl Read, most: usize, payload: &mut Vec<u8>) -> Result<(), Broken> {
    payload.clear();
    payload.shrink_to(MAX_KEPT);
    let mut header = [0; HEADER];
    from.read_exact(&mut header).map_err(|error| broken(&error))?;
    let claimed = usize::try_from(u32::from_le_bytes(header)).unwrap_or(usize::MAX);
    if claimed == 0 || claimed > most {
        return Err(Broken::Length { claimed, most });
    }
    from.take(claimed as u64).read_to_end(payload).map_err(|error| broken(&error))?;
    if payload.len() == claimed { Ok(()) } else { Err(Broken::Ended) }
}

/// Reads the next message; see [`read`].
///
/// # Errors
/// [`Broken`].
pub fn receive<T: Message>(from: &mut impl Read, payload: &mut Vec<u8>) -> Result<T, Broken> {
    read(from, T::MAX_BYTES, payload)?;
    T::decode(payload)
}

/// Writes a message as one frame, in one call where the system takes it. `frame` is a buffer that may be used again.
///
/// # Errors
/// [`Broken`]; nothing was written when the message is longer than [`Message::MAX_BYTES`].
pub fn send<T: Message>(to: &mut impl Write, message: &T, frame: &mut Vec<u8>) -> Result<(), Broken> {
    encode(message, frame)?;
    to.write_all(frame).and_then(|()| to.flush()).map_err(|error| broken(&error))
}

/// Makes `frame` the frame of a message.
///
/// # Errors
/// [`Broken`] when the message is longer than [`Message::MAX_BYTES`], or cannot be written as bytes.
pub fn encode<T: Message>(message: &T, frame: &mut Vec<u8>) -> Result<(), Broken> {
    frame.clear();
    frame.shrink_to(MAX_KEPT);
    frame.resize(HEADER, 0);
    let format = bincode::config::standard().with_limit::<MAX_REQUEST>();
    bincode::serde::encode_into_std_write(message, frame, format)
        .map_err(|error| Broken::Malformed(error.to_string()))?;
    let claimed = frame.len() - HEADER;
    let length = u32::try_from(claimed).ok().filter(|_| claimed <= T::MAX_BYTES);
    let length = length.ok_or(Broken::Length { claimed, most: T::MAX_BYTES })?;
    frame[..HEADER].copy_from_slice(&length.to_le_bytes());
    Ok(())
}

fn broken(error: &std::io::Error) -> Broken {
    match error.kind() {
        ErrorKind::UnexpectedEof | ErrorKind::BrokenPipe | ErrorKind::ConnectionReset => Broken::Ended,
        _ => Broken::System(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::RequestId;

    fn framed(payload: &[u8]) -> Vec<u8> {
        [&u32::try_from(payload.len()).unwrap().to_le_bytes()[..], payload].concat()
    }

    /// What the reader makes of these bytes, message after message, until it stops.
    fn read_all(mut bytes: &[u8]) -> (Vec<WorkerMessage>, Broken) {
        let (mut events, mut buffer) = (Vec::new(), Vec::new());
        loop {
            match receive(&mut bytes, &mut buffer) {
                Ok(event) => events.push(event),
                Err(broken) => return (events, broken),
            }
        }
    }

    #[test]
    fn messages_come_out_as_they_went_in_and_the_end_is_told() {
        let events = [
            WorkerMessage::Unloaded { id: RequestId(7) },
            WorkerMessage::Delta { id: RequestId(u64::MAX), text: "naïve\n".repeat(9000), tokens: 3 },
        ];
        let (mut wire, mut buffer) = (Vec::new(), Vec::new());
        for event in &events {
            send(&mut wire, event, &mut buffer).unwrap();
        }
        assert_eq!(read_all(&wire), (events.to_vec(), Broken::Ended));
        wire.truncate(wire.len() - 1);
        assert_eq!(read_all(&wire), (events[..1].to_vec(), Broken::Ended));
    }

    #[test]
    fn a_length_is_judged_before_a_byte_is_read_for_it() {
        for claimed in [0, MAX_EVENT + 1, u32::MAX as usize] {
            let header = u32::try_from(claimed).unwrap().to_le_bytes();
            let mut buffer = Vec::new();
            let read = read(&mut &header[..], MAX_EVENT, &mut buffer);
            assert_eq!(read, Err(Broken::Length { claimed, most: MAX_EVENT }));
            assert_eq!(buffer.capacity(), 0);
        }
    }

    #[test]
    fn memory_grows_with_what_has_come_and_not_with_what_is_promised() {
        let promised = u32::try_from(MAX_EVENT).unwrap().to_le_bytes();
        let wire = [&promised[..], &[1; 100]].concat();
        let mut buffer = Vec::new();
        assert_eq!(read(&mut &wire[..], MAX_EVENT, &mut buffer), Err(Broken::Ended));
        assert!(buffer.capacity() < 1 << 10, "{}", buffer.capacity());
        buffer.reserve(MAX_EVENT);
        let wire = framed(&[1]);
        assert_eq!(read(&mut &wire[..], MAX_EVENT, &mut buffer), Ok(()));
        assert!(buffer.capacity() <= MAX_KEPT, "a long frame is not paid for ever");
    }

    #[test]
    fn what_is_no_message_is_refused() {
        let pong = |more: &[u8]| {
            let event = WorkerMessage::Unloaded { id: RequestId(1) };
            let mut frame = Vec::new();
            encode(&event, &mut frame).unwrap();
            frame.extend(more);
            framed(&frame[HEADER..])
        };
        assert_eq!(read_all(&pong(&[])).0.len(), 1);
        assert!(matches!(read_all(&pong(&[0])).1, Broken::Malformed(_)), "a byte too many");
        for payload in [&[0xFF; 64][..], &[7, 1, 253, 255, 255, 255, 255, 255, 255, 255, 255, 1], &[200]] {
            assert!(matches!(read_all(&framed(payload)).1, Broken::Malformed(_)), "{payload:?}");
        }
    }

    #[test]
    fn a_message_that_is_too_long_is_not_sent() {
        let event = WorkerMessage::Delta { id: RequestId(1), text: "x".repeat(MAX_EVENT), tokens: 1 };
        let (mut wire, mut buffer) = (Vec::new(), Vec::new());
        assert!(matches!(send(&mut wire, &event, &mut buffer), Err(Broken::Length { .. })));
        assert_eq!(wire, []);
    }
}
