//! One terminal: its grid, and the thread between it and its program.
//!
//! Nothing here waits for the program: what is typed goes into a bounded queue, what was printed is taken from the grid when a frame
//! wants it. The lock on the grid is held for one piece of output at most.

use std::io::{self, PipeWriter, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use alacritty_terminal::grid::{Dimensions as _, Scroll};
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
use crate::screen::{self, FoundMatches, TerminalScreen};
use crate::shared::{Listener, Order, TerminalShared, Told};
use crate::spec::{
    FindStep, GridPlace, SelectionUnit, TerminalFound, TerminalNews, TerminalSize, TerminalSpec,
};

/// Most bytes that wait until the program reads them.
const MAX_WAITING: usize = 16 << 20;
/// Most matches that are marked on one screen.
const MAX_MARKED: usize = 500;
/// Most matches that are counted.
const MAX_COUNTED: usize = 1_000;

struct Search {
    text: String,
    regex: RegexSearch,
    current: Option<Match>,
}

/// A terminal with its program.
pub struct TerminalSession {
    shared: Arc<TerminalShared>,
    orders: Sender<Order>,
    waker: PipeWriter,
    search: Mutex<Option<Search>>,
    ended: Receiver<()>,
}

impl TerminalSession {
    /// Starts a program. `wake` is called, on any thread, when there is something new to see.
    ///
    /// # Errors
    /// The system has no thread or no pipe left. A program that cannot be started is told as [`crate::TerminalEnd::Failed`].
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
        let shared = Arc::new(TerminalShared {
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
        screen::take(&*term, &FoundMatches { all: &all, current: current.as_ref() })
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

    /// Looks for a text, upper and lower case alike unless it has upper case, and scrolls to it. An empty one ends
    /// looking.
    pub fn find(&self, text: &str, step: FindStep) -> TerminalFound {
        let mut search = self.search.lock();
        if text.is_empty() {
            *search = None;
            self.shared.touch();
            return TerminalFound::default();
        }
        if search.as_ref().is_none_or(|search| search.text != text) {
            let regex = RegexSearch::new(&regex_syntax::escape(text)).ok();
            *search = regex.map(|regex| Search { text: text.to_owned(), regex, current: None });
        }
        let Some(search) = search.as_mut() else { return TerminalFound::default() };
        let (regex, known) = (&mut search.regex, search.current.clone());
        let found = self.look(regex, known, step);
        search.current.clone_from(&found);
        self.shared.touch();
        self.count(&mut search.regex, found.as_ref())
    }

    /// Which of how many matches one is.
    fn count(&self, regex: &mut RegexSearch, current: Option<&Match>) -> TerminalFound {
        let Some(current) = current else { return TerminalFound::default() };
        let term = self.shared.term.lock();
        let (start, end) = (
            Point::new(term.topmost_line(), Column(0)),
            Point::new(term.bottommost_line(), term.last_column()),
        );
        let mut found = TerminalFound { is_found: true, ..TerminalFound::default() };
        for one in RegexIter::new(start, end, Direction::Right, &*term, regex) {
            if found.count == MAX_COUNTED {
                found.is_more = true;
                break;
            }
            found.count += 1;
            if one == *current {
                found.place = Some(found.count);
            }
        }
        found
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
