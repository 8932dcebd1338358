//! The side of who has files for a window.

use std::fs;
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use ground::asked::AskedFiles;

use super::{CallerAnswer, Door, DoorAddress, is_of_this_user};

/// So long a window may take to take files: it may be starting, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(10);

/// Who was found.
#[derive(Debug)]
pub enum FoundWindow {
    /// A window that runs.
    Window(WindowLine),
    /// Nobody: a window opens here. It has its door already, if it is to have one and that could be made.
    Nobody(Option<Door>),
}

/// The way to a window.
#[derive(Debug)]
pub struct WindowLine(UnixStream);

/// What became of the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// They are open, or closed again where that was waited for.
    Done,
    /// The window does not take them: it is about to close, or does not answer.
    NotTaken,
    /// The window ended before it said that they are closed.
    Lost,
}

/// Looks for a window that runs. `opens`: where there is none, the one that opens here is to be found from now on.
pub fn find(address: &DoorAddress, opens: bool) -> FoundWindow {
    let _alone = address.lock();
    for path in address.doors() {
        match UnixStream::connect(&path) {
            Ok(stream) if is_of_this_user(&stream) => return FoundWindow::Window(WindowLine(stream)),
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                // Its window was killed. Where it cannot be taken away it is refused the next time, too.
                let _stays = fs::remove_file(&path);
            }
            Ok(_) | Err(_) => {}
        }
    }
    FoundWindow::Nobody(opens.then(|| Door::bind(address).ok()).flatten())
}

impl WindowLine {
    /// Hands files over; waits until they are closed where that is asked.
    pub fn ask(self, asked: &AskedFiles) -> Asked {
        let WindowLine(mut stream) = self;
        let Ok(bytes) = asked.written() else { return Asked::NotTaken };
        let sent = stream
            .set_write_timeout(Some(PATIENCE))
            .and_then(|()| stream.set_read_timeout(Some(PATIENCE)))
            .and_then(|()| stream.write_all(&bytes))
            .and_then(|()| stream.shutdown(Shutdown::Write));
        if sent.is_err() || answer(&mut stream) != Some(CallerAnswer::Taken) {
            return Asked::NotTaken;
        }
        if !asked.waits {
            return Asked::Done;
        }
        let waits = stream.set_read_timeout(None).is_ok();
        match answer(&mut stream) {
            Some(CallerAnswer::Closed) if waits => Asked::Done,
            _ => Asked::Lost,
        }
    }
}

fn answer(stream: &mut UnixStream) -> Option<CallerAnswer> {
    let mut byte = [0];
    stream.read_exact(&mut byte).ok()?;
    [CallerAnswer::Taken, CallerAnswer::Closed, CallerAnswer::Refused]
        .into_iter()
        .find(|answer| *answer as u8 == byte[0])
}
