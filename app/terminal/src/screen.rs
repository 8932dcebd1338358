//! A terminal as it looks at one moment: rows of runs of one style, ready to be drawn. Taken of the grid under its lock, so it is kept
//! cheap: what is seen, nothing else.

use std::ops::RangeInclusive;

use alacritty_terminal::event::EventListener;
use alacritty_terminal::grid::Dimensions as _;
use alacritty_terminal::index::{Column, Line, Point};
use alacritty_terminal::selection::SelectionRange;
use alacritty_terminal::term::cell::{Cell, Flags};
use alacritty_terminal::term::color::Colors;
use alacritty_terminal::term::{Term, TermMode, point_to_viewport};
use alacritty_terminal::vte::ansi::CursorShape;

use crate::colours::{self, TerminalColour};

/// What a program asked of its terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TerminalModes {
    /// Arrows have their application form.
    pub app_cursor: bool,
    /// What is pasted stands between marks.
    pub bracketed_paste: bool,
    /// Enter sends a line feed, too.
    pub new_line: bool,
    /// The program has the whole screen, and there is no history behind it.
    pub alternate: bool,
    /// The wheel sends arrows while it has.
    pub alternate_scroll: bool,
    /// Presses, releases and the wheel are told to the program.
    pub mouse: bool,
    /// Movement with a button held, too.
    pub mouse_drag: bool,
    /// All movement.
    pub mouse_motion: bool,
    /// In the form that has no limits.
    pub mouse_sgr: bool,
    /// The program wants to know who has the keyboard.
    pub focus: bool,
}

impl TerminalModes {
    fn of(mode: TermMode) -> TerminalModes {
        let has = |flag| mode.contains(flag);
        TerminalModes {
            app_cursor: has(TermMode::APP_CURSOR),
            bracketed_paste: has(TermMode::BRACKETED_PASTE),
            new_line: has(TermMode::LINE_FEED_NEW_LINE),
            alternate: has(TermMode::ALT_SCREEN),
            alternate_scroll: has(TermMode::ALTERNATE_SCROLL),
            mouse: mode.intersects(TermMode::MOUSE_MODE),
            mouse_drag: has(TermMode::MOUSE_DRAG),
            mouse_motion: has(TermMode::MOUSE_MOTION),
            mouse_sgr: has(TermMode::SGR_MOUSE),
            focus: has(TermMode::FOCUS_IN_OUT),
        }
    }
}

/// Is a cell a part of what is looked for?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MatchMark {
    /// No.
    #[default]
    None,
    /// Of one of the matches.
    Other,
    /// Of the match that was gone to.
    Current,
}

/// How cells are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CellStyle {
    /// The colour of the text. What is inverted is so already.
    pub ink: TerminalColour,
    /// The ground.
    pub ground: TerminalColour,
    /// Heavy.
    pub bold: bool,
    /// Slanted.
    pub italic: bool,
    /// With a line beneath.
    pub underline: bool,
    /// With a line through.
    pub strike: bool,
    /// Fainter.
    pub dim: bool,
    /// Selected.
    pub selected: bool,
    /// Found.
    pub found: MatchMark,
}

impl Default for CellStyle {
    fn default() -> Self {
        CellStyle {
            ink: TerminalColour::Text,
            ground: TerminalColour::Ground,
            bold: false,
            italic: false,
            underline: false,
            strike: false,
            dim: false,
            selected: false,
            found: MatchMark::None,
        }
    }
}

/// Cells of one style beside each other. A character that takes two cells is a run of its own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ScreenRun {
    /// Its first column.
    pub column: usize,
    /// How many columns it takes.
    pub columns: usize,
    /// One character for each column, with the marks that belong to it; one for both columns of a wide one.
    pub text: String,
    /// How it is drawn.
    pub style: CellStyle,
}

/// A row of the screen. Blank cells at its end may be left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ScreenRow {
    /// Its runs, from the left.
    pub runs: Vec<ScreenRun>,
    /// The next row goes on with it.
    pub wraps: bool,
}

impl ScreenRow {
    /// Its text, one character a column: marks are left out, and what takes two columns has a blank behind it.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text: Vec<char> = Vec::new();
        for run in &self.runs {
            text.resize(run.column, ' ');
            if run.columns == run.text.chars().count() {
                text.extend(run.text.chars());
            } else {
                let bases =
                    run.text.chars().filter(|c| unicode_width::UnicodeWidthChar::width(*c) != Some(0));
                text.extend(bases.take(run.columns));
            }
            text.resize(run.column + run.columns, ' ');
        }
        text.into_iter().collect()
    }
}

/// How the caret looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaretShape {
    /// The whole cell.
    Block,
    /// A line beneath.
    Underline,
    /// A line before.
    Beam,
}

/// The caret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScreenCaret {
    /// Its row on the screen.
    pub row: usize,
    /// Its column.
    pub column: usize,
    /// Its shape.
    pub shape: CaretShape,
    /// It stands on a character of two columns.
    pub wide: bool,
}

/// A terminal at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TerminalScreen {
    /// Columns.
    pub columns: usize,
    /// What is seen, from the top.
    pub rows: Vec<ScreenRow>,
    /// The caret, when it is seen.
    pub caret: Option<ScreenCaret>,
    /// What the program asked for.
    pub modes: TerminalModes,
    /// Rows that it is scrolled back.
    pub offset: usize,
    /// Rows of history.
    pub history: usize,
    /// Is something selected?
    pub has_selection: bool,
}

impl TerminalScreen {
    /// What is seen as text, a line a row, without blanks at the ends.
    #[must_use]
    pub fn text(&self) -> String {
        let lines: Vec<String> = self.rows.iter().map(|row| row.text().trim_end().to_owned()).collect();
        lines.join("\n").trim_end().to_owned()
    }
}

/// What is found of what is looked for.
pub(crate) struct FoundMatches<'a> {
    pub all: &'a [RangeInclusive<Point>],
    pub current: Option<&'a RangeInclusive<Point>>,
}

impl FoundMatches<'_> {
    fn mark(&self, point: Point) -> MatchMark {
        match () {
            () if self.current.is_some_and(|found| found.contains(&point)) => MatchMark::Current,
            () if self.all.iter().any(|found| found.contains(&point)) => MatchMark::Other,
            () => MatchMark::None,
        }
    }
}

/// Takes what is seen.
pub(crate) fn take<T: EventListener>(term: &Term<T>, found: &FoundMatches<'_>) -> TerminalScreen {
    let grid = term.grid();
    let offset = grid.display_offset();
    let selection = term.selection.as_ref().and_then(|selection| selection.to_range(term));
    let pen = Pen { selection: selection.as_ref(), colours: term.colors(), found };
    let lines = grid.screen_lines();
    let rows = (0..lines).map(|row| pen.row(term, Line(row as i32 - offset as i32))).collect();
    TerminalScreen {
        columns: grid.columns(),
        rows,
        caret: caret(term, offset, lines),
        modes: TerminalModes::of(*term.mode()),
        offset,
        history: grid.history_size(),
        has_selection: selection.is_some(),
    }
}

fn caret<T: EventListener>(term: &Term<T>, offset: usize, lines: usize) -> Option<ScreenCaret> {
    let cursor = term.renderable_content().cursor;
    let shape = match cursor.shape {
        CursorShape::Block | CursorShape::HollowBlock => CaretShape::Block,
        CursorShape::Underline => CaretShape::Underline,
        CursorShape::Beam => CaretShape::Beam,
        CursorShape::Hidden => return None,
    };
    let place = point_to_viewport(offset, cursor.point).filter(|place| place.line < lines)?;
    let wide = term.grid()[cursor.point].flags.contains(Flags::WIDE_CHAR);
    Some(ScreenCaret { row: place.line, column: place.column.0, shape, wide })
}

struct Pen<'a> {
    selection: Option<&'a SelectionRange>,
    colours: &'a Colors,
    found: &'a FoundMatches<'a>,
}

impl Pen<'_> {
    fn row<T>(&self, term: &Term<T>, line: Line) -> ScreenRow {
        let cells = &term.grid()[line];
        let mut row = ScreenRow::default();
        for column in 0..term.columns() {
            let cell = &cells[Column(column)];
            if cell.flags.intersects(Flags::WIDE_CHAR_SPACER | Flags::LEADING_WIDE_CHAR_SPACER) {
                continue;
            }
            let style = self.style(cell, Point::new(line, Column(column)));
            push(&mut row.runs, column, cell, style);
        }
        row.wraps = cells[term.last_column()].flags.contains(Flags::WRAPLINE);
        while row
            .runs
            .last()
            .is_some_and(|run| run.style == CellStyle::default() && run.text.trim_end().is_empty())
        {
            row.runs.pop();
        }
        row
    }

    fn style(&self, cell: &Cell, point: Point) -> CellStyle {
        let has = |flag| cell.flags.contains(flag);
        let (mut ink, mut ground) = (colours::of(cell.fg, self.colours), colours::of(cell.bg, self.colours));
        if has(Flags::INVERSE) {
            (ink, ground) = (ground, ink);
        }
        if has(Flags::HIDDEN) {
            ink = ground;
        }
        let is_wide = has(Flags::WIDE_CHAR);
        let selected = self.selection.is_some_and(|range| {
            range.contains(point) || (is_wide && range.contains(Point::new(point.line, point.column + 1)))
        });
        CellStyle {
            ink,
            ground,
            bold: has(Flags::BOLD),
            italic: has(Flags::ITALIC),
            underline: cell.flags.intersects(Flags::ALL_UNDERLINES),
            strike: has(Flags::STRIKEOUT),
            dim: has(Flags::DIM),
            selected,
            found: self.found.mark(point),
        }
    }
}

/// Adds a cell to the last run, or begins another one with it.
fn push(runs: &mut Vec<ScreenRun>, column: usize, cell: &Cell, style: CellStyle) {
    let is_wide = cell.flags.contains(Flags::WIDE_CHAR);
    let goes_on = runs.last().is_some_and(|run| {
        !is_wide && !run.is_wide() && run.style == style && run.column + run.columns == column
    });
    if !goes_on {
        runs.push(ScreenRun { column, columns: 0, text: String::new(), style });
    }
    let Some(run) = runs.last_mut() else { return };
    run.columns += if is_wide { 2 } else { 1 };
    run.text.push(if cell.c == '\t' { ' ' } else { cell.c });
    run.text.extend(cell.zerowidth().into_iter().flatten());
}

impl ScreenRun {
    /// Is it one character of two columns?
    #[must_use]
    pub fn is_wide(&self) -> bool {
        let width = |c: char| unicode_width::UnicodeWidthChar::width(c).unwrap_or_default();
        self.columns == 2 && self.text.chars().filter(|c| width(*c) > 0).count() == 1
    }
}

#[cfg(test)]
mod tests {
    use alacritty_terminal::event::VoidListener;
    use alacritty_terminal::term::Config;
    use alacritty_terminal::term::test::TermSize;
    use alacritty_terminal::vte::ansi::Processor;

    use super::*;

    fn printed(bytes: &[u8]) -> TerminalScreen {
        let mut term = Term::new(Config::default(), &TermSize::new(12, 4), VoidListener);
        let mut parser: Processor = Processor::new();
        parser.advance(&mut term, bytes);
        take(&term, &FoundMatches { all: &[], current: None })
    }

    #[test]
    fn cells_of_one_style_are_one_run() {
        let screen = printed(b"ab\x1b[1;31mcd\x1b[0m e");
        let runs: Vec<(usize, &str)> =
            screen.rows[0].runs.iter().map(|run| (run.column, run.text.as_str())).collect();
        assert_eq!(runs[..2], [(0, "ab"), (2, "cd")]);
        let style = screen.rows[0].runs[1].style;
        assert_eq!((style.ink, style.bold), (TerminalColour::Ansi(1), true));
        assert_eq!(screen.text(), "abcd e");
        assert_eq!(screen.rows[1], ScreenRow::default(), "blank rows have no runs");
        let caret = ScreenCaret { row: 0, column: 6, shape: CaretShape::Block, wide: false };
        assert_eq!(screen.caret, Some(caret));
    }

    #[test]
    fn wide_characters_take_two_columns_and_marks_none() {
        let screen = printed("a世e\u{301}x".as_bytes());
        let row = &screen.rows[0];
        let wide = row.runs.iter().find(|run| run.is_wide()).unwrap();
        assert_eq!((wide.column, wide.columns, wide.text.as_str()), (1, 2, "世"));
        assert_eq!(row.text().trim_end(), "a世 ex");
        assert!(row.runs.iter().any(|run| run.text.starts_with("e\u{301}x") && run.column == 3));
    }

    #[test]
    fn inverse_hidden_underlined_and_wrapped() {
        let screen = printed(b"\x1b[7ma\x1b[0;8mb\x1b[0;4;9;2mc\x1b[0m0123456789abc");
        let styles: Vec<CellStyle> = screen.rows[0].runs.iter().map(|run| run.style).collect();
        assert_eq!((styles[0].ink, styles[0].ground), (TerminalColour::Ground, TerminalColour::Text));
        assert_eq!(styles[1].ink, styles[1].ground);
        assert!(styles[2].underline && styles[2].strike && styles[2].dim);
        assert!(screen.rows[0].wraps && !screen.rows[1].wraps);
    }

    #[test]
    fn modes_are_told() {
        let modes = printed(b"\x1b[?1h\x1b[?2004h\x1b[?1002h\x1b[?1006h\x1b[?1049h\x1b[?25l").modes;
        assert!(modes.app_cursor && modes.bracketed_paste && modes.mouse && modes.mouse_drag);
        assert!(modes.mouse_sgr && modes.alternate && !modes.mouse_motion);
        assert_eq!(printed(b"\x1b[?25l").caret, None);
    }
}
