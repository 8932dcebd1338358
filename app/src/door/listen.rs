//! The side of the window: a thread takes what comes to its socket, one caller after the other and none longer than a moment.

use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use ground::asked::{AskedFiles, MAX_BYTES, NotAsked};
use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, UTIME_NOW};
use thiserror::Error;

use super::{CallerAnswer, DoorAddress, is_of_this_user};

/// So long a caller may take to say what it wants.
const PATIENCE: Duration = Duration::from_secs(1);
/// So long an answer of one byte may take.
const ANSWERED: Duration = Duration::from_millis(100);
/// So long is waited when no caller can be taken, as when no file can be opened any more.
const PAUSE: Duration = Duration::from_millis(200);

/// A socket at which nobody listens yet. Who calls meanwhile waits.
#[derive(Debug)]
pub struct Door {
    listener: UnixListener,
    sign: DoorSign,
}

/// The name of a socket at which a window listens; it goes with this.
#[derive(Debug)]
pub struct DoorSign(PathBuf);

/// Another start of the editor, and what it wants.
#[derive(Debug)]
pub struct Caller {
    /// The files.
    pub asked: AskedFiles,
    stream: UnixStream,
}

/// Why nothing was taken from a caller.
#[derive(Debug, Error)]
enum NotHeard {
    #[error("it takes too long")]
    Slow,
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Message(#[from] NotAsked),
}

impl Door {
    /// A socket of this process.
    ///
    /// # Errors
    /// It cannot be made: the folder is read-only, or its name is too long for one.
    pub fn open(address: &DoorAddress) -> io::Result<Door> {
        let _alone = address.lock();
        Door::bind(address)
    }

    /// The same for who has the lock.
    pub(super) fn bind(address: &DoorAddress) -> io::Result<Door> {
        let path = address.own();
        // An earlier process with this number is gone.
        let _none_is_there = fs::remove_file(&path);
        Ok(Door { listener: UnixListener::bind(&path)?, sign: DoorSign(path) })
    }

    /// Listens on a thread of its own, which ends with the process.
    ///
    /// # Errors
    /// There is no thread for it; then the socket is gone.
    pub fn serve(self, take: impl Fn(Caller) + Send + 'static) -> io::Result<DoorSign> {
        let Door { listener, sign } = self;
        thread::Builder::new().name("door".to_owned()).spawn(move || {
            for stream in listener.incoming() {
                match stream {
                    Ok(stream) if is_of_this_user(&stream) => hear(stream, &take),
                    Ok(_) => {}
                    Err(_) => thread::sleep(PAUSE),
                }
            }
        })?;
        Ok(sign)
    }
}

fn hear(mut stream: UnixStream, take: &impl Fn(Caller)) {
    match read(&mut stream) {
        Ok(asked) => take(Caller { asked, stream }),
        // It is told to go its own way; what it said is nobody's.
        Err(_) => send(&mut stream, CallerAnswer::Refused),
    }
}

fn read(stream: &mut UnixStream) -> Result<AskedFiles, NotHeard> {
    let end = Instant::now() + PATIENCE;
    let (mut bytes, mut chunk) = (Vec::new(), [0; 4096]);
    loop {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(NotHeard::Slow);
        }
        stream.set_read_timeout(Some(left))?;
        match stream.read(&mut chunk) {
            Ok(0) => return Ok(AskedFiles::read(&bytes)?),
            Ok(count) => bytes.extend_from_slice(&chunk[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
        if bytes.len() > MAX_BYTES {
            return Err(NotAsked::TooLong.into());
        }
    }
}

fn send(stream: &mut UnixStream, answer: CallerAnswer) {
    // Who does not wait for it any more needs none.
    let _gone = stream.set_write_timeout(Some(ANSWERED)).and_then(|()| stream.write_all(&[answer as u8]));
}

impl Caller {
    /// Tells it.
    pub fn answer(&mut self, answer: CallerAnswer) {
        send(&mut self.stream, answer);
    }
}

impl DoorSign {
    /// The window came to the front: of several it is the first that is asked.
    pub fn touch(&self) {
        let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
        let times = Timestamps { last_access: now, last_modification: now };
        // Then another one is asked first.
        let _as_before = rustix::fs::utimensat(CWD, &self.0, &times, AtFlags::empty());
    }
}

impl Drop for DoorSign {
    fn drop(&mut self) {
        let _gone_already = fs::remove_file(&self.0);
    }
}
