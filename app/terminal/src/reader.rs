//! The thread of a terminal: reads what the program prints, keeps the grid, writes what was typed, and sees the program end.
//!
//! It reads a piece of at most [`PIECE`] bytes, parses that under the lock and gives the lock away, so that a program that prints without
//! end neither fills memory nor holds up a frame: it is slowed down to what the parser takes.

use std::fs::File;
use std::io::{ErrorKind, PipeReader, Read as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use alacritty_terminal::tty::{self, ChildEvent, EventedPty as _, Options, Pty, Shell};
use alacritty_terminal::vte::ansi::Processor;
use crossbeam_channel::Receiver;
use parking_lot::MutexGuard;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process_group};
use rustix::termios::{Winsize, tcgetpgrp, tcsetwinsize};

use crate::guard::OutputGuard;
use crate::lines::PlainLines;
use crate::shared::{Order, TerminalShared};
use crate::spec::{LineTap, TerminalEnd, TerminalSize, TerminalSpec};

/// Most bytes that are parsed at once.
const PIECE: usize = 64 << 10;
/// Most bytes that are read of what an ended program left.
const LEFT_OVER: usize = 4 << 20;
/// So often it is seen whether the program ended, when nothing else happens.
const LOOK: Duration = Duration::from_millis(250);
/// The same once it has let go of its terminal.
const LOOK_AT_END: Duration = Duration::from_millis(15);
/// A program that was hung up on may take so long.
const GRACE: Duration = Duration::from_millis(500);

/// Runs a program until it ends or is to be ended.
pub fn run(
    mut spec: TerminalSpec,
    size: TerminalSize,
    shared: &Arc<TerminalShared>,
    orders: &Receiver<Order>,
    woken: PipeReader,
) {
    let tap = spec.tap.take();
    let end = match start(&spec, size) {
        Ok(pty) => {
            let pid = Pid::from_child(pty.child()).as_raw_nonzero().get();
            shared.pid.store(pid, Ordering::Release);
            let end = Reader::new(pty, shared, orders, woken, tap).run();
            shared.pid.store(0, Ordering::Release);
            end
        }
        Err(error) => Some(TerminalEnd::Failed(error.to_string())),
    };
    // Closed by the person: nobody looks any more.
    let Some(end) = end else { return };
    shared.say_end(&format!("{} {}. Press Enter to start it again.", spec.program, end.words()));
    shared.told.lock().news.end = Some(end);
    shared.alarm();
}

fn start(spec: &TerminalSpec, size: TerminalSize) -> std::io::Result<Pty> {
    let env = [
        ("TERM", "xterm-256color"),
        ("COLORTERM", "truecolor"),
        ("TERM_PROGRAM", "LocalCoder"),
        ("TERM_PROGRAM_VERSION", env!("CARGO_PKG_VERSION")),
    ];
    let options = Options {
        shell: Some(Shell::new(spec.program.clone(), spec.args.clone())),
        working_directory: spec.folder.clone(),
        drain_on_exit: true,
        env: env.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
    };
    tty::new(&options, size.window(), 0)
}

struct Reader<'a> {
    pty: Pty,
    shared: &'a Arc<TerminalShared>,
    orders: &'a Receiver<Order>,
    woken: PipeReader,
    parser: Processor,
    guard: OutputGuard,
    tap: Option<(LineTap, PlainLines)>,
    buffer: Vec<u8>,
    /// What the program has not read yet, and how much of it was written.
    unread: Vec<u8>,
    written: usize,
    /// The program has let go of its terminal.
    hung_up: bool,
}

impl<'a> Reader<'a> {
    fn new(
        pty: Pty,
        shared: &'a Arc<TerminalShared>,
        orders: &'a Receiver<Order>,
        woken: PipeReader,
        tap: Option<LineTap>,
    ) -> Reader<'a> {
        Reader {
            pty,
            shared,
            orders,
            woken,
            parser: Processor::new(),
            guard: OutputGuard::default(),
            tap: tap.map(|tap| (tap, PlainLines::new())),
            buffer: vec![0; PIECE],
            unread: Vec::new(),
            written: 0,
            hung_up: false,
        }
    }

    /// Until the program ended, and how; `None`: it was to be ended.
    fn run(mut self) -> Option<TerminalEnd> {
        loop {
            let is_readable = self.wait();
            if !self.obey() {
                self.hang_up();
                return None;
            }
            if is_readable && !self.hung_up {
                self.read();
            }
            self.end_update();
            self.write();
            if let Some(ChildEvent::Exited(Some(status))) = self.pty.next_child_event() {
                self.read_left_over();
                return Some(TerminalEnd::of(status));
            }
        }
    }

    /// Waits until there is something to do; true when there is something to read.
    fn wait(&self) -> bool {
        let mut wanted = PollFlags::IN;
        wanted.set(PollFlags::OUT, self.written < self.unread.len());
        let look = if self.hung_up { LOOK_AT_END } else { LOOK };
        let update = self.parser.sync_timeout().sync_timeout();
        let patience = update.map_or(look, |at| at.saturating_duration_since(Instant::now()).min(look));
        let patience = Timespec { tv_sec: 0, tv_nsec: i64::from(patience.subsec_nanos()) };
        let mut ends = vec![PollFd::new(&self.woken, PollFlags::IN)];
        if !self.hung_up {
            ends.push(PollFd::new(self.pty.file(), wanted));
        }
        // Interrupted or not: what can be done is done.
        let _interrupted = poll(&mut ends, Some(&patience));
        ends.get(1)
            .is_some_and(|end| end.revents().intersects(PollFlags::IN | PollFlags::HUP | PollFlags::ERR))
    }

    /// Does what it was told; false: it is to end.
    fn obey(&mut self) -> bool {
        let mut bell = [0; 256];
        while self.woken.read(&mut bell).is_ok_and(|len| len == bell.len()) {}
        let mut size = None;
        while let Ok(order) = self.orders.try_recv() {
            match order {
                Order::Input(bytes) => self.unread.extend_from_slice(&bytes),
                Order::Resize(wanted) => size = Some(wanted),
                Order::Close => return false,
            }
        }
        if let Some(size) = size {
            self.resize(size);
        }
        true
    }

    fn resize(&mut self, size: TerminalSize) {
        self.shared.term.lock().resize(size);
        let pixels = |cells: u16, cell: u16| cells.saturating_mul(cell);
        let size = Winsize {
            ws_row: size.rows,
            ws_col: size.columns,
            ws_xpixel: pixels(size.columns, size.cell.0),
            ws_ypixel: pixels(size.rows, size.cell.1),
        };
        // A program that is gone needs no size.
        let _gone = tcsetwinsize(self.pty.file(), size);
        self.shared.touch();
    }

    /// Reads and parses one piece.
    fn read(&mut self) -> usize {
        let mut len = 0;
        while len < self.buffer.len() {
            let mut file: &File = self.pty.file();
            match file.read(&mut self.buffer[len..]) {
                // What the program's end looks like: nothing here, an error there.
                Ok(0) => self.hung_up = true,
                Ok(read) => {
                    len += read;
                    continue;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(_) => self.hung_up = true,
            }
            break;
        }
        self.parse(len);
        len
    }

    fn parse(&mut self, len: usize) {
        if len == 0 {
            return;
        }
        let passed = self.guard.pass(&self.buffer[..len]);
        if let Some((tap, lines)) = &mut self.tap {
            lines.take(passed).iter().for_each(|line| tap(line));
        }
        let mut term = self.shared.term.lock();
        self.parser.advance(&mut *term, passed);
        // To the window, if it waits.
        MutexGuard::unlock_fair(term);
        if self.parser.sync_bytes_count() < len {
            self.shared.touch();
        }
        let replies = std::mem::take(&mut self.shared.told.lock().replies);
        self.shared.waiting.fetch_add(replies.len(), Ordering::AcqRel);
        self.unread.extend(replies);
    }

    /// A picture that a program began to put together and never finished is shown as it is.
    fn end_update(&mut self) {
        let is_over = self.parser.sync_timeout().sync_timeout().is_some_and(|at| at <= Instant::now());
        if is_over {
            self.parser.stop_sync(&mut *self.shared.term.lock());
            self.shared.touch();
        }
    }

    fn write(&mut self) {
        while self.written < self.unread.len() {
            let mut file: &File = self.pty.file();
            match file.write(&self.unread[self.written..]) {
                Ok(len) if len > 0 => {
                    self.written += len;
                    self.shared.waiting.fetch_sub(len, Ordering::AcqRel);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                _ => break,
            }
        }
        if self.written == self.unread.len() {
            self.unread = Vec::new();
            self.written = 0;
        } else if self.written > PIECE {
            self.unread.drain(..self.written);
            self.written = 0;
        }
    }

    fn read_left_over(&mut self) {
        let mut all = 0;
        while all < LEFT_OVER {
            match self.read() {
                0 => break,
                len => all += len,
            }
        }
        if let Some((tap, lines)) = &mut self.tap
            && let Some(rest) = lines.rest()
        {
            tap(&rest);
        }
    }

    /// Tells the program, and all that it has started in this terminal, that nobody is there any more; what stays is ended.
    fn hang_up(&mut self) {
        let shell = Pid::from_child(self.pty.child());
        let mut groups = groups_of_session(shell);
        groups.extend([Some(shell), tcgetpgrp(self.pty.file()).ok()].into_iter().flatten());
        let tell = |signal| {
            for group in &groups {
                // It may be gone already.
                let _gone = kill_process_group(*group, signal);
            }
        };
        tell(Signal::HUP);
        tell(Signal::CONT);
        let began = Instant::now();
        while began.elapsed() < GRACE {
            if matches!(self.pty.next_child_event(), Some(ChildEvent::Exited(_))) {
                // The shell is gone; what it ran may not be. Its own group is left alone: the number is free now.
                for group in groups.iter().filter(|group| **group != shell) {
                    let _gone = kill_process_group(*group, Signal::KILL);
                }
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        tell(Signal::KILL);
    }
}

/// The groups of processes in the session that a shell leads, as far as /proc says (Linux): jobs in the background hear of nothing
/// when their terminal goes.
fn groups_of_session(shell: Pid) -> Vec<Pid> {
    let folders = std::fs::read_dir("/proc").into_iter().flatten().flatten().map(|entry| entry.path());
    let stats = folders.filter_map(|folder| std::fs::read_to_string(folder.join("stat")).ok());
    stats.filter_map(|stat| group_in_session(&stat, shell)).collect()
}

/// The group of a process whose `stat` (proc_pid_stat(5)) this is, when it is of this session. Threads of the kernel have neither.
fn group_in_session(stat: &str, session: Pid) -> Option<Pid> {
    // The name, which comes before, may contain anything.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(2);
    let number = |field: &str| field.parse().ok().filter(|number| *number > 0).and_then(Pid::from_raw);
    let [group, own] = [fields.next()?, fields.next()?].map(number);
    group.filter(|_| own == Some(session))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_group_of_a_process_is_read_whatever_its_name_is() {
        let session = Pid::from_raw(70);
        let group = |stat: &str| session.and_then(|session| group_in_session(stat, session));
        assert_eq!(group("72 (a) b (c) S 70 71 70 34816 71 4194304"), Pid::from_raw(71));
        assert_eq!(group("72 (sh) S 70 71 69 34816 71 4194304"), None, "of another session");
        assert_eq!(group("2 (kthreadd) S 0 0 0 0 -1 2129984"), None);
        assert_eq!(group("72 (sh"), None);
    }
}
