//! What a terminal's handle and its thread share: the grid, what its parser told, what waits to be read.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicUsize, Ordering};

use alacritty_terminal::event::{Event, EventListener};
use alacritty_terminal::term::Term;
use alacritty_terminal::vte::ansi::Processor;
use parking_lot::Mutex;

use crate::colours::TerminalPalette;
use crate::spec::{TerminalNews, TerminalSize};

/// Longest title, in characters.
const MAX_TITLE: usize = 200;
/// Most bytes of answers to a program's questions that wait.
const MAX_REPLIES: usize = 64 << 10;

/// What the thread is told to do.
pub(crate) enum Order {
    Input(Vec<u8>),
    Resize(TerminalSize),
    Close,
}

/// What the grid hears from its parser.
pub(crate) struct Told {
    pub news: TerminalNews,
    pub replies: Vec<u8>,
    pub palette: TerminalPalette,
    pub size: TerminalSize,
}

#[derive(Clone)]
pub(crate) struct Listener(pub Arc<Mutex<Told>>);

impl EventListener for Listener {
    fn send_event(&self, event: Event) {
        let mut told = self.0.lock();
        let reply = match event {
            Event::Title(title) => {
                told.news.title = Some(title.chars().filter(|c| !c.is_control()).take(MAX_TITLE).collect());
                return;
            }
            Event::ResetTitle => {
                told.news.title = Some(String::new());
                return;
            }
            Event::Bell => {
                told.news.bell = true;
                return;
            }
            Event::PtyWrite(text) => text,
            Event::ColorRequest(index, format) => format(told.palette.numbered(index)),
            Event::TextAreaSizeRequest(format) => format(told.size.window()),
            // Programs do not get at the clipboard.
            Event::ClipboardStore(..) | Event::ClipboardLoad(..) => return,
            Event::MouseCursorDirty
            | Event::CursorBlinkingChange
            | Event::Wakeup
            | Event::Exit
            | Event::ChildExit(_) => return,
        };
        if told.replies.len() + reply.len() <= MAX_REPLIES {
            told.replies.extend_from_slice(reply.as_bytes());
        }
    }
}

/// What the window and the thread share.
pub(crate) struct TerminalShared {
    pub term: Mutex<Term<Listener>>,
    pub told: Arc<Mutex<Told>>,
    /// Bytes that wait until the program reads them.
    pub waiting: AtomicUsize,
    /// The process that was started; 0: none yet.
    pub pid: AtomicI32,
    pub dirty: AtomicBool,
    pub wake: Box<dyn Fn() + Send + Sync>,
}

impl TerminalShared {
    /// There is something new: the window is woken once until it looks.
    pub fn touch(&self) {
        if !self.dirty.swap(true, Ordering::AcqRel) {
            (self.wake)();
        }
    }

    /// The same, whether or not the window has looked since: nobody looks at a terminal that is not shown.
    pub fn alarm(&self) {
        self.dirty.store(true, Ordering::Release);
        (self.wake)();
    }

    /// Says how the program ended, on the screen where it began, without anything that it asked of the terminal.
    pub fn say_end(&self, words: &str) {
        let mut parser: Processor = Processor::new();
        let plain = b"\x1b[?1049l\x1b[?1l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[?1004l\x1b[0m\x1b[?25h";
        parser.advance(&mut *self.term.lock(), plain);
        self.say(words);
    }

    /// Puts words of ours into the grid, on a line of their own, quieter than the rest.
    pub fn say(&self, words: &str) {
        let mut term = self.term.lock();
        let is_in_line = term.grid().cursor.point.column.0 > 0;
        let before = if is_in_line { "\r\n" } else { "" };
        let mut parser: Processor = Processor::new();
        parser.advance(&mut *term, format!("{before}\x1b[0;2m{words}\x1b[0m\r\n").as_bytes());
    }
}
