//! The last lines that a worker wrote to standard error, collected on a thread of their own.
//!
//! What is kept is bounded, and so is what is read: a worker that writes without end is read at a certain rate and no faster. It
//! then waits for its own standard error, which costs it and nobody else.

use std::{
    collections::VecDeque,
    io::{ErrorKind, Read},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use parking_lot::{Condvar, Mutex};

/// Lines kept.
const MAX_LINES: usize = 12;
/// Longest line kept, in bytes.
const MAX_LINE: usize = 400;
/// Bytes read in a period. llama.cpp writes some hundred lines for a load.
const MAX_READ: usize = 1 << 20;
const PERIOD: Duration = Duration::from_secs(1);
/// How long the words of a worker that is gone are waited for: a busy machine may not have read them yet.
const HEARD_WITHIN: Duration = Duration::from_secs(2);

/// The last lines. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct LastWords(Arc<(Mutex<Heard>, Condvar)>);

#[derive(Default)]
struct Heard {
    tail: Tail,
    /// There is more to come.
    listening: bool,
}

impl LastWords {
    /// Collects what comes from here.
    pub fn listen(stderr: Option<impl Read + Send + 'static>) -> LastWords {
        let words = LastWords::default();
        let (Some(mut stderr), kept) = (stderr, words.clone()) else { return words };
        words.listening(true);
        let thread = thread::Builder::new().name("worker-stderr".into()).spawn(move || {
            kept.collect(&mut stderr);
            kept.listening(false);
        });
        // Without the thread only the last words are missing.
        if thread.is_err() {
            words.listening(false);
        }
        words
    }

    fn collect(&self, from: &mut impl Read) {
        let mut piece = [0; 8 << 10];
        let (mut began, mut spent) = (Instant::now(), 0);
        loop {
            let read = match from.read(&mut piece) {
                Ok(read @ 1..) => read,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Ok(_) | Err(_) => return,
            };
            let mut heard = self.0.0.lock();
            heard.tail.take(&piece[..read]);
            // Somebody else holds the other end, and the worker is gone.
            if !heard.listening {
                return;
            }
            drop(heard);
            spent += read;
            if spent >= MAX_READ {
                thread::sleep(PERIOD.saturating_sub(began.elapsed()));
                (began, spent) = (Instant::now(), 0);
            }
        }
    }

    fn listening(&self, now: bool) {
        let (heard, changed) = &*self.0;
        heard.lock().listening = now;
        changed.notify_all();
    }

    /// All of them; called when the worker has ended or is as good as ended.
    pub fn text(&self) -> String {
        let (heard, changed) = &*self.0;
        let mut heard = heard.lock();
        changed.wait_while_for(&mut heard, |heard| heard.listening, HEARD_WITHIN);
        heard.listening = false;
        heard.tail.text()
    }
}

/// The last lines of a text that comes in pieces.
#[derive(Default)]
struct Tail {
    lines: VecDeque<Vec<u8>>,
    /// The last line is not over.
    open: bool,
}

impl Tail {
    fn take(&mut self, piece: &[u8]) {
        for part in piece.split_inclusive(|&byte| byte == b'\n') {
            if !self.open {
                if self.lines.len() == MAX_LINES {
                    self.lines.pop_front();
                }
                self.lines.push_back(Vec::new());
            }
            let (text, ended) = part.strip_suffix(b"\n").map_or((part, false), |text| (text, true));
            self.open = !ended;
            if let Some(line) = self.lines.back_mut() {
                line.extend(&text[..text.len().min(MAX_LINE - line.len())]);
            }
        }
    }

    fn text(&self) -> String {
        let lines: Vec<String> =
            self.lines.iter().map(|line| String::from_utf8_lossy(line).trim().to_owned()).collect();
        lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" / ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(pieces: &[&[u8]]) -> Tail {
        let mut tail = Tail::default();
        pieces.iter().for_each(|piece| tail.take(piece));
        tail
    }

    #[test]
    fn lines_are_put_together_from_pieces_and_the_last_ones_are_kept() {
        assert_eq!(heard(&[b"one\ntw", b"o", b"\n\n  three"]).text(), "one / two / three");
        let many: Vec<u8> = (0..100).flat_map(|n| format!("{n}\n").into_bytes()).collect();
        assert_eq!(heard(&[&many]).text(), "88 / 89 / 90 / 91 / 92 / 93 / 94 / 95 / 96 / 97 / 98 / 99");
        assert_eq!(heard(&[b"a \xFF b\n"]).text(), "a \u{FFFD} b");
    }

    #[test]
    fn a_line_without_an_end_takes_no_more_than_a_line() {
        let piece = vec![b'x'; 1 << 16];
        let mut tail = heard(&[&piece, &piece]);
        tail.take(b"\nend");
        assert_eq!(tail.text(), format!("{} / end", "x".repeat(MAX_LINE)));
        assert!(tail.lines.iter().map(Vec::capacity).sum::<usize>() <= 2 * MAX_LINE * MAX_LINES);
    }

    /// Writes without end, and counts.
    struct Endless(Arc<Mutex<usize>>);

    impl Read for Endless {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            into.fill(b'\n');
            *self.0.lock() += into.len();
            Ok(into.len())
        }
    }

    #[test]
    fn who_writes_without_end_is_read_no_faster_than_is_allowed_and_not_after_its_end() {
        let read = Arc::new(Mutex::new(0));
        let words = LastWords::listen(Some(Endless(read.clone())));
        assert_eq!(words.text(), "", "it is not waited for without end");
        assert!(*read.lock() <= 4 * MAX_READ, "{}", read.lock());
        let soon = Instant::now() + Duration::from_secs(60);
        while Arc::strong_count(&read) > 1 {
            assert!(Instant::now() < soon, "it is still read, and nobody listens");
            thread::sleep(Duration::from_millis(20));
        }
    }
}
