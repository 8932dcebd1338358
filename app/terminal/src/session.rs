//! One terminal: its grid, and the thread between it and its program.
//!
//! Nothing here waits for the program: what is typed goes into a bounded queue, what was printed is taken from the grid when a frame
//! wants it. The lock on the grid is held for one piece of output at most.

use std::io::{self, PipeWriter, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use alacritty_terminal::event::{Event, EventListener, WindowSize};
use alacritty_terminal::grid::{Dimensions, Scroll};
use alacritty_terminal::index::{Boundary, Column, Direction, Line, Point, Side};
use alacritty_terminal::selection::{Selection, SelectionType};
use alacritty_terminal::term::search::{Match, RegexIter, RegexSearch};
use alacritty_terminal::term::{Config, Osc52, Term};
use alacritty_terminal::vte::ansi::Processor;
use crossbeam_channel::{Receiver, Sender, unbounded};
use parking_lot::Mutex;
use rustix::fs::OFlags;

use crate::colours::TerminalPalette;
use crate::reader;
use crate::screen::{self, Found, TerminalScreen};

/// Most bytes that wait until the program reads them.
const MAX_WAITING: usize = 16 << 20;
/// Most bytes of answers to a program's questions that wait.
const MAX_REPLIES: usize = 64 << 10;
/// Most matches that are marked on one screen.
const MAX_MARKED: usize = 500;
/// Longest title, in characters.
const MAX_TITLE: usize = 200;
/// A terminal has no fewer columns and rows, and no more.
const LEAST: (u16, u16) = (2, 1);
const MOST: (u16, u16) = (1000, 500);

/// Gets each line that is printed.
pub type LineTap = Box<dyn FnMut(&str) + Send>;

/// What to start.
pub struct TerminalSpec {
    /// The program, by path or name.
    pub program: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// The folder it begins in; `None`: the editor's own.
    pub folder: Option<PathBuf>,
    /// What is said before it prints anything; empty: nothing.
    pub greeting: String,
    /// Lines of history that are kept.
    pub scrollback: usize,
    /// Who wants to see what is printed.
    pub tap: Option<LineTap>,
}

/// The size of a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TerminalSize {
    /// Columns.
    pub columns: u16,
    /// Rows.
    pub rows: u16,
    /// Width and height of a cell in pixels, for programs that draw pictures.
    pub cell: (u16, u16),
}

impl TerminalSize {
    fn bounded(self) -> TerminalSize {
        TerminalSize {
            columns: self.columns.clamp(LEAST.0, MOST.0),
            rows: self.rows.clamp(LEAST.1, MOST.1),
            cell: self.cell,
        }
    }

    pub(crate) fn window(self) -> WindowSize {
        WindowSize {
            num_lines: self.rows,
            num_cols: self.columns,
            cell_width: self.cell.0,
            cell_height: self.cell.1,
        }
    }
}

impl Dimensions for TerminalSize {
    fn total_lines(&self) -> usize {
        self.rows.into()
    }

    fn screen_lines(&self) -> usize {
        self.rows.into()
    }

    fn columns(&self) -> usize {
        self.columns.into()
    }
}

/// How a program ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TerminalEnd {
    /// By itself, with this code.
    Exited(i32),
    /// By a signal.
    Killed(i32),
    /// It never began: why.
    Failed(String),
}

impl TerminalEnd {
    pub(crate) fn of(status: ExitStatus) -> TerminalEnd {
        match (status.code(), status.signal()) {
            (Some(code), _) => TerminalEnd::Exited(code),
            (None, signal) => TerminalEnd::Killed(signal.unwrap_or_default()),
        }
    }

    /// In words that follow on the program's name: "exited with code 1".
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            TerminalEnd::Exited(code) => format!("exited with code {code}"),
            TerminalEnd::Killed(signal) => format!("was ended by signal {signal}"),
            TerminalEnd::Failed(reason) => format!("could not be started: {reason}"),
        }
    }
}

/// What happened since it was asked last, beside what is seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TerminalNews {
    /// The program gave it this title; an empty one takes it back.
    pub title: Option<String>,
    /// It rang.
    pub bell: bool,
    /// The program ended.
    pub end: Option<TerminalEnd>,
}

/// A place on the screen: a cell and the half of it that was meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GridPlace {
    /// The row, from 0 at the top of what is seen.
    pub row: usize,
    /// The column, from 0.
    pub column: usize,
    /// The right half.
    pub right: bool,
}

/// What a selection grows by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelectionUnit {
    /// Characters.
    Character,
    /// Words.
    Word,
    /// Lines.
    Line,
    /// Characters, in a rectangle.
    Block,
}

/// Where to look on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FindStep {
    /// From what is seen upwards: the text was typed.
    Typed,
    /// Further up.
    Up,
    /// Further down.
    Down,
}

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
    palette: TerminalPalette,
    size: TerminalSize,
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
pub(crate) struct Shared {
    pub term: Mutex<Term<Listener>>,
    pub told: Arc<Mutex<Told>>,
    /// Bytes that wait until the program reads them.
    pub waiting: AtomicUsize,
    /// The process that was started; 0: none yet.
    pub pid: AtomicI32,
    dirty: AtomicBool,
    wake: Box<dyn Fn() + Send + Sync>,
}

impl Shared {
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

struct Search {
    text: String,
    regex: RegexSearch,
    current: Option<Match>,
}

/// A terminal with its program.
pub struct TerminalSession {
    shared: Arc<Shared>,
    orders: Sender<Order>,
    waker: PipeWriter,
    search: Mutex<Option<Search>>,
    ended: Receiver<()>,
}

impl TerminalSession {
    /// Starts a program. `wake` is called, on any thread, when there is something new to see.
    ///
    /// # Errors
    /// The system has no thread or no pipe left. A program that cannot be started is told as [`TerminalEnd::Failed`].
    pub fn start(
        spec: TerminalSpec,
        size: TerminalSize,
        palette: TerminalPalette,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> io::Result<TerminalSession> {
        let size = size.bounded();
        let told = Told { news: TerminalNews::default(), replies: Vec::new(), palette, size };
        let told = Arc::new(Mutex::new(told));
        let config =
            Config { scrolling_history: spec.scrollback, osc52: Osc52::Disabled, ..Config::default() };
        let term = Term::new(config, &size, Listener(Arc::clone(&told)));
        let shared = Arc::new(Shared {
            term: Mutex::new(term),
            told,
            waiting: AtomicUsize::new(0),
            pid: AtomicI32::new(0),
            dirty: AtomicBool::new(false),
            wake: Box::new(wake),
        });
        if !spec.greeting.is_empty() {
            shared.say(&spec.greeting);
        }
        let (orders, inbox) = unbounded();
        let (woken, waker) = io::pipe()?;
        for end in [
            rustix::fs::fcntl_setfl(&woken, OFlags::NONBLOCK),
            rustix::fs::fcntl_setfl(&waker, OFlags::NONBLOCK),
        ] {
            end?;
        }
        let (ends, ended) = crossbeam_channel::bounded(1);
        let theirs = Arc::clone(&shared);
        thread::Builder::new().name("terminal".into()).spawn(move || {
            reader::run(spec, size, &theirs, &inbox, woken);
            // Nobody may wait for it.
            let _nobody_waits = ends.send(());
        })?;
        Ok(TerminalSession { shared, orders, waker, search: Mutex::new(None), ended })
    }

    /// Sends bytes to the program; false when it has not read what it was sent before.
    #[must_use]
    pub fn input(&self, bytes: Vec<u8>) -> bool {
        if bytes.is_empty() {
            return true;
        }
        let len = bytes.len();
        if self.shared.waiting.fetch_add(len, Ordering::AcqRel) + len > MAX_WAITING {
            self.shared.waiting.fetch_sub(len, Ordering::AcqRel);
            return false;
        }
        // What is typed is typed at the end.
        self.scroll(i32::MIN);
        self.order(Order::Input(bytes));
        true
    }

    /// The terminal has another size, and other colours.
    pub fn resize(&self, size: TerminalSize, palette: TerminalPalette) {
        let size = size.bounded();
        {
            let mut told = self.shared.told.lock();
            (told.size, told.palette) = (size, palette);
        }
        self.order(Order::Resize(size));
    }

    fn order(&self, order: Order) {
        // After its end nobody is there to be told.
        let _ended = self.orders.send(order);
        // A pipe that is full wakes as well.
        let _full_or_ended = (&self.waker).write(&[0]);
    }

    /// What happened since the last time.
    #[must_use]
    pub fn news(&self) -> TerminalNews {
        std::mem::take(&mut self.shared.told.lock().news)
    }

    /// What is seen, when that may be something else than the last time.
    #[must_use]
    pub fn new_screen(&self) -> Option<TerminalScreen> {
        self.shared.dirty.swap(false, Ordering::AcqRel).then(|| self.screen())
    }

    /// What is seen.
    #[must_use]
    pub fn screen(&self) -> TerminalScreen {
        let mut search = self.search.lock();
        let term = self.shared.term.lock();
        let (mut all, mut current) = (Vec::new(), None);
        if let Some(search) = search.as_mut() {
            let top = Line(-(term.grid().display_offset() as i32));
            let (start, end) =
                (Point::new(top, Column(0)), Point::new(top + (term.screen_lines() - 1), term.last_column()));
            all.extend(
                RegexIter::new(start, end, Direction::Right, &*term, &mut search.regex).take(MAX_MARKED),
            );
            // Lines that were printed since have moved it.
            current = search.current.clone().filter(|current| all.contains(current));
        }
        screen::take(&*term, &Found { all: &all, current: current.as_ref() })
    }

    /// Scrolls back by so many rows, or on; `i32::MIN`: to the end, `i32::MAX`: to the beginning.
    pub fn scroll(&self, rows: i32) {
        let mut term = self.shared.term.lock();
        let before = term.grid().display_offset();
        term.scroll_display(match rows {
            i32::MIN => Scroll::Bottom,
            i32::MAX => Scroll::Top,
            rows => Scroll::Delta(rows),
        });
        if term.grid().display_offset() != before {
            drop(term);
            self.shared.touch();
        }
    }

    /// Begins a selection.
    pub fn select(&self, unit: SelectionUnit, place: GridPlace) {
        let kind = match unit {
            SelectionUnit::Character => SelectionType::Simple,
            SelectionUnit::Word => SelectionType::Semantic,
            SelectionUnit::Line => SelectionType::Lines,
            SelectionUnit::Block => SelectionType::Block,
        };
        let mut term = self.shared.term.lock();
        let (point, side) = point(&term, place);
        term.selection = Some(Selection::new(kind, point, side));
        drop(term);
        self.shared.touch();
    }

    /// Ends the selection here instead.
    pub fn extend(&self, place: GridPlace) {
        let mut term = self.shared.term.lock();
        let (point, side) = point(&term, place);
        if let Some(selection) = &mut term.selection {
            selection.update(point, side);
        }
        drop(term);
        self.shared.touch();
    }

    /// Selects everything, history included.
    pub fn select_all(&self) {
        let mut term = self.shared.term.lock();
        let start = Point::new(term.topmost_line(), Column(0));
        let end = Point::new(term.bottommost_line(), term.last_column());
        let mut selection = Selection::new(SelectionType::Simple, start, Side::Left);
        selection.update(end, Side::Right);
        term.selection = Some(selection);
        drop(term);
        self.shared.touch();
    }

    /// Nothing is selected any more.
    pub fn deselect(&self) {
        if self.shared.term.lock().selection.take().is_some() {
            self.shared.touch();
        }
    }

    /// The text that is selected.
    #[must_use]
    pub fn selected(&self) -> Option<String> {
        let text = self.shared.term.lock().selection_to_string()?;
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        let ends = if text.ends_with('\n') { "\n" } else { "" };
        Some(lines.join("\n") + ends).filter(|text| !text.trim().is_empty())
    }

    /// Empties the history and the screen, down to the line with the caret.
    pub fn clear(&self) {
        let mut term = self.shared.term.lock();
        let line = term.grid().cursor.point.line.0;
        let up = if line > 0 { format!("\x1b[{line}S\x1b[{line}A") } else { String::new() };
        let mut parser: Processor = Processor::new();
        parser.advance(&mut *term, format!("{up}\x1b[3J").as_bytes());
        term.selection = None;
        drop(term);
        self.shared.touch();
    }

    /// Looks for a text, upper and lower case alike unless it has upper case, and scrolls to it; false when it is nowhere. An empty one
    /// ends looking.
    pub fn find(&self, text: &str, step: FindStep) -> bool {
        let mut search = self.search.lock();
        if text.is_empty() {
            *search = None;
            self.shared.touch();
            return true;
        }
        if search.as_ref().is_none_or(|search| search.text != text) {
            let regex = RegexSearch::new(&regex_syntax::escape(text)).ok();
            *search = regex.map(|regex| Search { text: text.to_owned(), regex, current: None });
        }
        let Some(search) = search.as_mut() else { return false };
        let (regex, known) = (&mut search.regex, search.current.clone());
        let found = self.look(regex, known, step);
        search.current.clone_from(&found);
        self.shared.touch();
        found.is_some()
    }

    fn look(&self, regex: &mut RegexSearch, known: Option<Match>, step: FindStep) -> Option<Match> {
        let mut term = self.shared.term.lock();
        let bottom = Line(term.screen_lines() as i32 - 1 - term.grid().display_offset() as i32);
        let end = Point::new(bottom, term.last_column());
        let known =
            known.filter(|found| *found.end() <= Point::new(term.bottommost_line(), term.last_column()));
        let known = known.filter(|found| found.start().line >= term.topmost_line());
        let (origin, direction) = match (step, known) {
            (FindStep::Up, Some(found)) => (found.start().sub(&*term, Boundary::None, 1), Direction::Left),
            (FindStep::Down, Some(found)) => (found.end().add(&*term, Boundary::None, 1), Direction::Right),
            (FindStep::Down, None) => (Point::new(term.topmost_line(), Column(0)), Direction::Right),
            (FindStep::Typed | FindStep::Up, _) => (end, Direction::Left),
        };
        let side = if direction == Direction::Left { Side::Right } else { Side::Left };
        let found = term.search_next(regex, origin, direction, side, None)?;
        term.scroll_to_point(*found.start());
        Some(found)
    }

    /// The folder that the program is in now, where the system tells.
    #[must_use]
    pub fn folder(&self) -> Option<PathBuf> {
        let pid = self.shared.pid.load(Ordering::Acquire);
        (pid > 0).then(|| std::fs::read_link(format!("/proc/{pid}/cwd")).ok())?
    }

    /// Hangs up, which ends the program.
    #[must_use]
    pub fn hang_up(self) -> EndingSession {
        EndingSession(self.ended.clone())
    }
}

/// A terminal whose program is ending.
pub struct EndingSession(Receiver<()>);

impl EndingSession {
    /// Waits until the program is gone, at most this long; it goes on ending where that takes longer.
    pub fn wait(self, patience: Duration) {
        let _ended_or_late = self.0.recv_timeout(patience);
    }
}

impl Drop for TerminalSession {
    fn drop(&mut self) {
        self.order(Order::Close);
    }
}

fn point(term: &Term<Listener>, place: GridPlace) -> (Point, Side) {
    let row = place.row.min(term.screen_lines() - 1);
    let column = Column(place.column.min(term.last_column().0));
    let line = Line(row as i32 - term.grid().display_offset() as i32);
    (Point::new(line, column), if place.right { Side::Right } else { Side::Left })
}
