//! Copying a model and hashing the copy at the same time: two threads follow what a third has written, so that an import takes
//! as long as the disk does.
//!
//! What is hashed is read back from the copy, never from the original, which somebody may be writing.

use crate::hash::{Digest, HashTree, PIECE, PieceTree, read_piece};
use crate::{OnProgress, Progress};
use sha2::Digest as _;
use std::fs::File;
use std::io::{self, Read, Write};
use std::sync::{Condvar, Mutex, PoisonError};

/// Bytes written before those who follow are told.
const BLOCK: usize = 4 << 20;

/// How much of the copy is there.
#[derive(Default)]
struct Growth {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    bytes: u64,
    ended: bool,
    stopped: bool,
}

impl Growth {
    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_all();
    }

    fn stopped(&self) -> bool {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).stopped
    }

    /// Waits until this many bytes are there.
    fn wait_for(&self, bytes: u64) -> io::Result<()> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let state = self
            .changed
            .wait_while(state, |state| state.bytes < bytes && !state.ended && !state.stopped)
            .unwrap_or_else(PoisonError::into_inner);
        match () {
            () if state.stopped => Err(io::ErrorKind::Interrupted.into()),
            () if state.bytes < bytes => Err(io::ErrorKind::UnexpectedEof.into()),
            () => Ok(()),
        }
    }
}

/// Copies `source` to `target`, both open and at their beginning, waits until it is on the disk, and returns the digests of what
/// is there. `on` is told the bytes that were hashed.
///
/// # Errors
/// Reading or writing; [`io::ErrorKind::Interrupted`] when `on` says stop.
pub(super) fn copy_hashed(source: File, target: &File, on: OnProgress<'_>) -> io::Result<(Digest, HashTree)> {
    let len = source.metadata()?.len();
    let growth = Growth::default();
    let pieces = len.div_ceil(PIECE as u64) as usize;
    let thread = |name: &str| std::thread::Builder::new().name(name.to_owned());
    std::thread::scope(|scope| {
        let copier = thread("copy").spawn_scoped(scope, || {
            let copied = copy(source.take(len), target, &growth);
            growth.change(|state| state.ended = true);
            copied
        })?;
        let tree = thread("blake3").spawn_scoped(scope, || {
            let mut tree = PieceTree::default();
            follow(target, pieces, len, &growth, |_, bytes| {
                tree.push(bytes);
                true
            })?;
            Ok(tree.finish())
        });
        let mut sha256 = sha2::Sha256::new();
        let hashed = follow(target, pieces, len, &growth, |done, bytes| {
            sha256.update(bytes);
            on(Progress { done, total: len }).is_continue()
        });
        let tree = tree.and_then(|tree| tree.join().unwrap_or_else(|_| Err(io::ErrorKind::Other.into())));
        let copied = copier.join().unwrap_or_else(|_| Err(io::ErrorKind::Other.into()));
        // Of several failures the copy's own says why.
        let stopped = hashed.as_ref().is_err_and(|cause| cause.kind() == io::ErrorKind::Interrupted);
        if !stopped {
            copied?;
        }
        hashed?;
        Ok((Digest(sha256.finalize().into()), tree?))
    })
}

fn copy(mut source: impl Read, mut target: &File, growth: &Growth) -> io::Result<()> {
    let mut buffer = vec![0; BLOCK];
    while !growth.stopped() {
        match source.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => {
                target.write_all(&buffer[..n])?;
                growth.change(|state| state.bytes += n as u64);
            }
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
            Err(cause) => return Err(cause),
        }
    }
    growth.change(|state| state.ended = true);
    target.sync_all()
}

/// Reads each piece as soon as it is there; `take` gets the bytes so far and the piece, and says whether to go on.
fn follow(
    file: &File,
    pieces: usize,
    len: u64,
    growth: &Growth,
    mut take: impl FnMut(u64, &[u8]) -> bool,
) -> io::Result<()> {
    let mut buffer = Vec::new();
    for index in 0..pieces {
        let end = len.min((index as u64 + 1) * PIECE as u64);
        let taken = growth.wait_for(end).and_then(|()| {
            let bytes = read_piece(file, index, &mut buffer)?;
            let wanted = (end - index as u64 * PIECE as u64) as usize;
            let bytes = bytes.get(..wanted).ok_or(io::ErrorKind::UnexpectedEof)?;
            if take(end, bytes) { Ok(()) } else { Err(io::ErrorKind::Interrupted.into()) }
        });
        if let Err(cause) = taken {
            growth.change(|state| state.stopped = true);
            return Err(cause);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::{blake3_tree, sha256};
    use crate::quiet;
    use std::io::Seek;
    use std::ops::ControlFlow;

    fn file_of(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file.rewind().unwrap();
        file
    }

    #[test]
    fn the_copy_and_its_digests_are_those_of_the_original() {
        for len in [0, 1, 1000, PIECE, PIECE + 1, 3 * PIECE, 5 * PIECE + 77] {
            let bytes: Vec<u8> = (0..len).map(|i| (i * 31 + i / 997) as u8).collect();
            let source = file_of(&bytes);
            let whole = (sha256(&source, &mut quiet).unwrap(), blake3_tree(&source, &mut quiet).unwrap());
            let mut target = tempfile::tempfile().unwrap();
            let mut last = 0;
            let mut on = |now: Progress| {
                assert!(now.done > last && now.total == len as u64);
                last = now.done;
                ControlFlow::Continue(())
            };
            assert_eq!(copy_hashed(source, &target, &mut on).unwrap(), whole, "{len}");
            assert_eq!(last, len as u64);
            let mut copied = Vec::new();
            target.rewind().unwrap();
            target.read_to_end(&mut copied).unwrap();
            assert_eq!(copied, bytes, "{len}");
        }
    }

    #[test]
    fn it_stops_when_asked_and_says_when_nothing_can_be_written() {
        let source = || file_of(&vec![7; 4 * PIECE]);
        let mut stop = |_| ControlFlow::Break(());
        let stopped = copy_hashed(source(), &tempfile::tempfile().unwrap(), &mut stop).unwrap_err();
        assert_eq!(stopped.kind(), io::ErrorKind::Interrupted);
        let named = tempfile::NamedTempFile::new().unwrap();
        let unwritable = File::open(named.path()).unwrap();
        let refused = copy_hashed(source(), &unwritable, &mut quiet).unwrap_err();
        assert_ne!(refused.kind(), io::ErrorKind::UnexpectedEof, "the write's own failure: {refused}");
    }
}
