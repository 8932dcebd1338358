//! Locks between the windows and commands of one home. They are waited for a moment and never for ever, for a process that is
//! stopped keeps its own. Where a file system knows no locks everyone is as if alone.

use std::fs::{File, TryLockError};
use std::io;
use std::thread;
use std::time::{Duration, Instant};

/// So long a lock is waited for. Nobody keeps one longer than a small file takes to write.
const PATIENCE: Duration = Duration::from_secs(2);
/// It is tried again after so long.
const PAUSE: Duration = Duration::from_millis(5);

/// Locks a file or folder for this process alone, until it is closed.
///
/// # Errors
/// Somebody else keeps it.
pub fn exclusive(file: &File) -> io::Result<()> {
    wait(PATIENCE, || file.try_lock())
}

/// Locks a file or folder against changes, until it is closed.
///
/// # Errors
/// Somebody else is changing it.
pub fn shared(file: &File) -> io::Result<()> {
    wait(PATIENCE, || file.try_lock_shared())
}

fn wait(patience: Duration, attempt: impl Fn() -> Result<(), TryLockError>) -> io::Result<()> {
    let end = Instant::now() + patience;
    loop {
        match attempt() {
            Err(TryLockError::WouldBlock) if Instant::now() < end => thread::sleep(PAUSE),
            Err(TryLockError::WouldBlock) => {
                let words = "another LocalCoder is writing it and does not finish";
                return Err(io::Error::new(io::ErrorKind::TimedOut, words));
            }
            Ok(()) | Err(TryLockError::Error(_)) => return Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_keeps_is_given_up_and_what_is_let_go_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let open = || File::open(folder.path()).unwrap();
        let (theirs, mine) = (open(), open());
        exclusive(&theirs).unwrap();
        let refused = wait(Duration::ZERO, || mine.try_lock()).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::TimedOut);
        let waits = thread::spawn(move || exclusive(&mine));
        drop(theirs);
        waits.join().unwrap().unwrap();
    }

    #[test]
    fn readers_do_not_hold_up_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let open = || File::open(folder.path()).unwrap();
        let (one, two, writer) = (open(), open(), open());
        shared(&one).unwrap();
        shared(&two).unwrap();
        wait(Duration::ZERO, || writer.try_lock()).unwrap_err();
    }
}
