//! A message of the other process is refused, or it is one: written again it means the same.

use ipc::protocol::{Request, WorkerMessage};
use serde::{Serialize, de::DeserializeOwned};

/// Most bytes that a message may make the reader take.
const MAX_BYTES: usize = 1 << 20;

/// Whether they are a message of either side.
pub fn run(bytes: &[u8]) -> bool {
    is_message::<WorkerMessage>(bytes) | is_message::<Request>(bytes)
}

fn is_message<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> bool {
    let format = bincode::config::standard().with_limit::<MAX_BYTES>();
    let Ok((message, read)) = bincode::serde::decode_from_slice::<T, _>(bytes, format) else { return false };
    assert!(read <= bytes.len());
    let written = bincode::serde::encode_to_vec(&message, format).expect("what was read can be written");
    let (again, _) = bincode::serde::decode_from_slice::<T, _>(&written, format).expect("and read again");
    let twice = bincode::serde::encode_to_vec(&again, format).expect("and written again");
    assert_eq!(written, twice);
    true
}
