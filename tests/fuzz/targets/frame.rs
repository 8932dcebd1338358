//! Any bytes where frames of the other process are expected: each is a message, which means the same when it is written again, or the
//! reason why nothing more is read, and memory grows with what has arrived, not with what was promised.

use ipc::frame::{self, Message};
use ipc::greeting::Greeting;
use ipc::protocol::{Request, WorkerMessage};

/// A reader keeps at most this much for the next message, in bytes, however short that is.
const MAX_KEPT: usize = 1 << 20;

/// Whether a whole message was among them, as an editor, a worker or a worker's first word reads them.
pub fn run(bytes: &[u8]) -> bool {
    messages::<WorkerMessage>(bytes) | messages::<Request>(bytes) | messages::<Greeting>(bytes)
}

fn messages<T: Message>(bytes: &[u8]) -> bool {
    let (mut rest, mut buffer, mut any) = (bytes, Vec::new(), false);
    loop {
        match frame::receive::<T>(&mut rest, &mut buffer) {
            Ok(message) => {
                any = true;
                let (mut written, mut again) = (Vec::new(), Vec::new());
                // A message may be a little longer than it was: bytes that are no number in its shortest form.
                if frame::encode(&message, &mut written).is_ok() {
                    let read: T =
                        frame::receive(&mut &written[..], &mut Vec::new()).expect("it reads itself");
                    frame::encode(&read, &mut again).expect("and writes itself");
                    assert_eq!(written, again);
                }
            }
            Err(broken) => {
                assert!(!broken.to_string().is_empty());
                assert!(buffer.capacity() <= MAX_KEPT + 4 * bytes.len(), "{}", buffer.capacity());
                return any;
            }
        }
    }
}
