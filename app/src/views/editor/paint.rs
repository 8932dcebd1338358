//! Draws the rows that are seen: grounds, text, line numbers, carets, and the marks of a review.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use editor_core::diff::{DiffRow, RowKind};
use editor_core::movement;
use editor_core::review::HunkState;
use editor_core::token::TokenKind;
use editor_core::{Indent, Selection, lexer};
use egui::text::LayoutJob;
use egui::{Align2, Color32, Galley, Rect, Stroke, StrokeKind, Ui, pos2, vec2};
use ropey::Rope;

use super::line::{Ink, Line, Lines, Pen, WINDOW};
use super::rows::Row;
use super::view::View;
use super::{Pane, id, within};
use crate::event::Event;
use crate::features::review::view::hunk;
use crate::state::State;
use crate::ui::code::{Face, colour_of};
use crate::ui::theme::{self, Theme};
use crate::workspace::{Overlay, Tab};

/// Longest selection whose other occurrences are shown.
const MAX_OCCURRENCE: usize = 100;
/// Width of a caret in points.
const CARET: f32 = 2.0;

/// What painting needs to know beside the geometry.
pub struct Frame<'a> {
    /// The window.
    pub state: &'a State,
    /// The tab.
    pub tab: &'a Tab,
    /// What is selected in this view of it.
    pub selection: &'a Selection,
    /// Colours.
    pub theme: &'a Theme,
    /// Fonts of code.
    pub pen: &'a Pen,
    /// Does the text have the keyboard?
    pub focused: bool,
    /// Is this the view that has the keyboard, or had it last?
    pub live: bool,
    /// Text of an input method.
    pub preedit: &'a str,
}

/// What painting found out.
#[derive(Default)]
pub struct Painted {
    /// The primary caret on the screen.
    pub caret: Option<Rect>,
    /// The rows that the instruction line is about.
    pub anchor: Option<Rect>,
    /// The galleys of the lines seen, for screen readers.
    pub galleys: Vec<Arc<Galley>>,
}

/// A row that is seen, laid out.
struct Seen {
    rect: Rect,
    line: Option<usize>,
    laid: Arc<Line>,
    diff: Option<RowLook>,
}

/// How a row of a review looks.
#[derive(Clone, Copy, PartialEq)]
struct RowLook {
    kind: RowKind,
    current: bool,
}

/// Draws everything but the scroll bars and the buttons of hunks.
pub fn paint(ui: &Ui, frame: &Frame<'_>, pane: &mut Pane, view: &View<'_>, lines: &mut Lines) -> Painted {
    let seen = lay_out(ui, frame, view, lines);
    pane.widest = seen.iter().map(|row| width(frame, view, row)).fold(pane.widest, f32::max);
    let mut painted = Painted::default();
    grounds(ui, frame, view, &seen);
    let text = ui.painter().with_clip_rect(view.text.expand2(vec2(2.0, 0.0)).intersect(ui.clip_rect()));
    let behind = Behind { painter: &text, frame, view };
    for row in seen.iter().filter(|row| row.line.is_some()) {
        behind.line(row);
    }
    indent_guides(&text, frame, view, &seen);
    for row in &seen {
        text.galley(pos2(view.x(row.laid.left), glyph_top(row)), row.laid.galley.clone(), frame.theme.text);
    }
    brackets(&text, frame, pane, view, &seen);
    ghost(&text, frame, view, &seen);
    painted.caret = carets(&text, frame, view, &seen);
    writing_caret(&text, frame, view, &seen);
    gutter(ui, frame, view, &seen);
    painted.anchor = anchor(frame, view);
    painted.galleys =
        seen.into_iter().filter(|row| row.line.is_some()).map(|row| row.laid.galley.clone()).collect();
    painted
}

fn width(frame: &Frame<'_>, view: &View<'_>, row: &Seen) -> f32 {
    let chars = row.line.map_or(0, |line| view.line_text(line).len_chars());
    if chars > WINDOW { chars as f32 * frame.pen.cell } else { row.laid.galley.size().x }
}

fn glyph_top(row: &Seen) -> f32 {
    (row.rect.center().y - row.laid.galley.size().y / 2.0).round()
}

// ---- what is seen -------------------------------------------------------------------------------------------------

fn lay_out(ui: &Ui, frame: &Frame<'_>, view: &View<'_>, lines: &mut Lines) -> Vec<Seen> {
    let rows = view.seen_rows();
    let inks = inks(frame, view, rows.clone());
    let none = Vec::new();
    rows.filter_map(|row| {
        let diff = view.review_row(row).and_then(|diff| look(frame, diff));
        let (line, laid) = match view.rows.at(row) {
            Row::Line(line) => {
                let own = inks.get(&line).unwrap_or(&none);
                let dimmed =
                    diff.filter(|look| look.kind == RowKind::Removed).map(|_| dim(frame, view, line, own));
                let laid = view.lay_out_line(ui.painter(), lines, line, dimmed.as_ref().unwrap_or(own))?;
                (Some(line), laid)
            }
            Row::Inserted { .. } => {
                let added = view.review_row(row)?;
                let (text, inks) = (Rope::from_str(&added.text), added_inks(frame, added));
                (None, lines.get(ui.painter(), text.slice(..), &inks, view.seen_width())?)
            }
        };
        Some(Seen { rect: view.row_rect(row), line, laid, diff })
    })
    .collect()
}

/// How a row of a review looks now; `None`: as any other line.
fn look(frame: &Frame<'_>, diff: &DiffRow) -> Option<RowLook> {
    let review = frame.tab.review.as_ref()?;
    let state = diff.hunk.and_then(|hunk| review.review.hunks().get(hunk)).map(|hunk| hunk.state);
    let open = state.is_none_or(|state| state == HunkState::Pending);
    let changed = matches!(diff.kind, RowKind::Removed | RowKind::Added | RowKind::Writing);
    let current = diff.hunk.is_some() && diff.hunk == review.current;
    (open && changed).then_some(RowLook { kind: diff.kind, current })
}

/// The colours of all lines seen.
fn inks(frame: &Frame<'_>, view: &View<'_>, rows: Range<usize>) -> HashMap<usize, Vec<Ink>> {
    let mut inks: HashMap<usize, Vec<Ink>> = HashMap::new();
    if rows.is_empty() {
        return inks;
    }
    let (buffer, rope) = (frame.tab.document.buffer(), frame.tab.document.rope());
    let lines = view.rows.lines_in(rows);
    let all = buffer.line_start(lines.start)..buffer.line_start(lines.end);
    let ranges: Vec<Range<usize>> = if all.len() <= WINDOW * 10 {
        vec![all]
    } else {
        lines.map(|line| part_seen(frame, view, buffer.line_range(line))).collect()
    };
    for (range, token) in ranges.into_iter().flat_map(|range| frame.tab.highlighter.highlights(rope, range)) {
        let Some((colour, face)) = colour_of(frame.theme, token) else { continue };
        for line in buffer.line_of(range.start)..=buffer.line_of(range.end.saturating_sub(1).max(range.start))
        {
            let own = buffer.line_start(line)..buffer.line_end(line);
            if let Some(columns) = within(&range, &own) {
                inks.entry(line).or_default().push(Ink { columns, colour, face });
            }
        }
    }
    inks
}

/// The part of a very long line that is seen, generously.
fn part_seen(frame: &Frame<'_>, view: &View<'_>, line: Range<usize>) -> Range<usize> {
    let seen = view.seen_width();
    let first = (seen.start / frame.pen.cell) as usize;
    let last = (seen.end / frame.pen.cell) as usize + WINDOW;
    let start = line.start + first.saturating_sub(WINDOW).min(line.len());
    start..(line.start + last).min(line.end)
}

/// The colours of a line of the answer; one that has only begun is not parsed yet.
fn added_inks(frame: &Frame<'_>, row: &DiffRow) -> Vec<Ink> {
    let parsed = frame.tab.review.as_ref().and_then(|review| review.tokens.get(row.new_line?)).cloned();
    let tokens = parsed.unwrap_or_else(|| lexer::line(frame.tab.document.language(), &row.text));
    let ink = |(columns, token): (Range<usize>, TokenKind)| {
        colour_of(frame.theme, token).map(|(colour, face)| Ink { columns, colour, face })
    };
    tokens.into_iter().filter_map(ink).collect()
}

/// The colours of a removed line: its own, stepped back.
fn dim(frame: &Frame<'_>, view: &View<'_>, line: usize, inks: &[Ink]) -> Vec<Ink> {
    let (ground, chars) = (frame.theme.removed_ground, view.line_text(line).len_chars());
    let faded = |colour| theme::mix(ground, colour, 0.62);
    let mut dimmed = Vec::with_capacity(inks.len() * 2 + 1);
    let mut at = 0;
    let plain = |columns| Ink { columns, colour: faded(frame.theme.text), face: Face::Regular };
    for ink in inks {
        if ink.columns.start > at {
            dimmed.push(plain(at..ink.columns.start));
        }
        dimmed.push(Ink { colour: faded(ink.colour), ..ink.clone() });
        at = ink.columns.end;
    }
    dimmed.push(plain(at..chars));
    dimmed
}

// ---- grounds ------------------------------------------------------------------------------------------------------

fn grounds(ui: &Ui, frame: &Frame<'_>, view: &View<'_>, seen: &[Seen]) {
    let theme = frame.theme;
    let selection = frame.selection;
    let caret_line = frame.tab.caret().0;
    let lone = selection.spans().len() == 1 && selection.is_empty();
    for row in seen {
        let ground = match row.diff.map(|look| look.kind) {
            Some(RowKind::Removed) => Some(theme.removed_ground),
            Some(_) => Some(theme.added_ground),
            None if lone && row.line == Some(caret_line) && frame.focused => Some(current_line(theme)),
            None => None,
        };
        if let Some(ground) = ground {
            ui.painter().rect_filled(row.rect, 0.0, ground);
        }
    }
    review_marks(ui, frame, view, seen);
}

/// Changed words, marked stronger.
fn review_marks(ui: &Ui, frame: &Frame<'_>, view: &View<'_>, seen: &[Seen]) {
    let first = view.seen_rows().start;
    for (offset, row) in seen.iter().enumerate() {
        let (Some(look), Some(diff)) = (row.diff, view.review_row(first + offset)) else { continue };
        let strong = match look.kind {
            RowKind::Removed => theme::mix(frame.theme.removed_ground, frame.theme.removed, 0.28),
            _ => theme::mix(frame.theme.added_ground, frame.theme.added, 0.28),
        };
        for mark in &diff.marks {
            let span = columns_rect(view, row, mark);
            ui.painter().rect_filled(span.shrink2(vec2(0.0, 1.0)), 2.0, strong);
        }
    }
}

fn columns_rect(view: &View<'_>, row: &Seen, columns: &Range<usize>) -> Rect {
    let (left, right) = (view.x(row.laid.x(columns.start)), view.x(row.laid.x(columns.end)));
    Rect::from_min_max(pos2(left, row.rect.top()), pos2(right, row.rect.bottom()))
}

/// What lies behind the text of a line: matches, occurrences, the selection.
struct Behind<'a> {
    painter: &'a egui::Painter,
    frame: &'a Frame<'a>,
    view: &'a View<'a>,
}

impl Behind<'_> {
    fn line(&self, row: &Seen) {
        let Some(line) = row.line else { return };
        let buffer = self.frame.tab.document.buffer();
        let range = buffer.line_start(line)..buffer.line_end(line);
        self.matches(row, &range);
        self.occurrences(row, line);
        self.selection(row, &range, buffer.line_start(line + 1));
        self.instruction(row, &range);
    }

    fn matches(&self, row: &Seen, range: &Range<usize>) {
        let Some(search) = &self.frame.tab.search else { return };
        let theme = self.frame.theme;
        let primary = self.frame.selection.primary().range();
        for found in search.matches_in(&(range.start..range.end + 1)) {
            let Some(columns) = within(found, range) else { continue };
            let strength = if *found == primary { 0.55 } else { 0.25 };
            let ground = theme::mix(theme.background, theme.warning, strength);
            let rect = columns_rect(self.view, row, &columns).shrink2(vec2(0.0, 1.0));
            self.painter.rect_filled(rect, 2.0, ground);
        }
    }

    fn occurrences(&self, row: &Seen, line: usize) {
        let selection = self.frame.selection;
        let span = selection.primary();
        let length = span.range().len();
        if selection.spans().len() > 1
            || !(2..=MAX_OCCURRENCE).contains(&length)
            || self.frame.tab.search.is_some()
        {
            return;
        }
        let buffer = self.frame.tab.document.buffer();
        let wanted = buffer.slice(span.range());
        let text = self.view.line_text(line);
        if wanted.trim().is_empty() || wanted.contains('\n') || text.len_chars() > WINDOW {
            return;
        }
        let (text, start) = (text.to_string(), buffer.line_start(line));
        for (byte, found) in text.match_indices(&wanted) {
            let column = text[..byte].chars().count();
            if start + column != span.start() {
                let rect = columns_rect(self.view, row, &(column..column + found.chars().count()));
                let ground = theme::mix(self.frame.theme.background, self.frame.theme.accent, 0.18);
                self.painter.rect_filled(rect.shrink2(vec2(0.0, 1.0)), 2.0, ground);
            }
        }
    }

    fn selection(&self, row: &Seen, range: &Range<usize>, next: usize) {
        for span in self.frame.selection.spans().iter().filter(|span| !span.is_empty()) {
            let Some(columns) = within(&span.range(), range) else { continue };
            let mut rect = columns_rect(self.view, row, &columns);
            // The line break is part of the selection: show it as a narrow cell.
            if span.end() > range.end && next > range.end && span.start() <= range.end {
                rect.max.x += self.frame.pen.cell * 0.6;
            }
            let colour = if self.frame.focused || self.is_asked() {
                self.frame.theme.selection
            } else {
                theme::mix(self.frame.theme.background, self.frame.theme.selection, 0.6)
            };
            self.painter.rect_filled(rect, 0.0, colour);
        }
    }

    fn is_asked(&self) -> bool {
        matches!(&self.frame.state.overlay, Overlay::Instruction(_))
    }

    /// A line at the left of what the instruction is about.
    fn instruction(&self, row: &Seen, range: &Range<usize>) {
        let Overlay::Instruction(instruction) = &self.frame.state.overlay else { return };
        if instruction.tab == self.frame.tab.id
            && range.start >= instruction.range.start
            && range.end <= instruction.range.end
        {
            let x = self.view.text.left() - 2.0;
            let bar = Rect::from_min_size(pos2(x, row.rect.top()), vec2(2.0, row.rect.height()));
            self.painter.rect_filled(bar, 0.0, self.frame.theme.accent);
        }
    }
}

// ---- in front of the grounds --------------------------------------------------------------------------------------

fn indent_guides(painter: &egui::Painter, frame: &Frame<'_>, view: &View<'_>, seen: &[Seen]) {
    let step = match frame.tab.document.indent() {
        Indent::Tabs => frame.pen.tab,
        Indent::Spaces(width) => usize::from(width).max(1),
    };
    let stroke = Stroke::new(1.0, theme::mix(frame.theme.background, frame.theme.text, 0.1));
    let mut depths: Vec<Option<usize>> =
        seen.iter().map(|row| row.line.and_then(|line| depth(view, line, frame.pen.tab))).collect();
    fill_blanks(&mut depths);
    for (row, depth) in seen.iter().zip(depths) {
        if row.line.is_none() {
            continue;
        }
        for column in (step..depth.unwrap_or(0)).step_by(step) {
            let x = (view.x(column as f32 * frame.pen.cell) + 0.5).round() - 0.5;
            painter.vline(x, row.rect.y_range(), stroke);
        }
    }
}

/// Columns of white space a line begins with; `None` for blank lines.
fn depth(view: &View<'_>, line: usize, tab: usize) -> Option<usize> {
    let mut column = 0;
    for c in view.line_text(line).chars() {
        match c {
            ' ' => column += 1,
            '\t' => column += tab - column % tab,
            _ => return Some(column),
        }
    }
    None
}

/// A blank line is as deep as the shallower of its neighbours.
fn fill_blanks(depths: &mut [Option<usize>]) {
    let mut above = 0;
    for at in 0..depths.len() {
        if depths[at].is_none() {
            let below = depths[at..].iter().flatten().next().copied().unwrap_or(0);
            depths[at] = Some(above.min(below));
        }
        above = depths[at].unwrap_or(0);
    }
}

fn brackets(painter: &egui::Painter, frame: &Frame<'_>, pane: &mut Pane, view: &View<'_>, seen: &[Seen]) {
    let document = &frame.tab.document;
    let (head, revision) = (frame.selection.primary().head, document.revision());
    if !frame.focused || !frame.selection.primary().is_empty() {
        return;
    }
    if pane.bracket.is_none_or(|(known, at, _)| (known, at) != (revision, head)) {
        pane.bracket = Some((revision, head, movement::matching_bracket(document.rope(), head)));
    }
    let Some((_, _, Some(other))) = pane.bracket else { return };
    let is_bracket = |at: usize| document.rope().get_char(at).is_some_and(|c| "()[]{}".contains(c));
    let own = if is_bracket(head) { head } else { head.saturating_sub(1) };
    let stroke = Stroke::new(1.0, theme::mix(frame.theme.background, frame.theme.text, 0.45));
    for position in [own, other] {
        if let Some((row, column)) = place_of(frame, seen, position) {
            let rect = columns_rect(view, row, &(column..column + 1)).shrink2(vec2(0.0, 2.0));
            painter.rect_stroke(rect, 2.0, stroke, StrokeKind::Inside);
        }
    }
}

fn place_of<'a>(frame: &Frame<'_>, seen: &'a [Seen], position: usize) -> Option<(&'a Seen, usize)> {
    let buffer = frame.tab.document.buffer();
    let line = buffer.line_of(position);
    let row = seen.iter().find(|row| row.line == Some(line))?;
    Some((row, buffer.column(position)))
}

/// The ground of the line with the caret.
fn current_line(theme: &Theme) -> Color32 {
    theme::mix(theme.background, theme.text, 0.045)
}

/// The lines of ghost text beneath the first one, of which `room` can be seen; the last one tells how many cannot.
fn ghost_lines(further: &[&str], room: usize) -> Vec<String> {
    let shown = if further.len() <= room { further.len() } else { room.saturating_sub(1) };
    let mut lines: Vec<String> = further[..shown].iter().map(|line| (*line).to_owned()).collect();
    match further.len() - shown {
        0 => {}
        1 => lines.push("… 1 more line".to_owned()),
        left => lines.push(format!("… {left} more lines")),
    }
    lines
}

/// What the model would write at the caret: over what is there, which does not move. Its first line goes on from the caret,
/// further lines lie on a ground of their own.
fn ghost(painter: &egui::Painter, frame: &Frame<'_>, view: &View<'_>, seen: &[Seen]) {
    let Some((position, text)) = crate::features::complete::ghost(&frame.state.completion, frame.tab) else {
        return;
    };
    if !frame.preedit.is_empty() || !frame.live {
        return;
    }
    let Some((row, column)) = place_of(frame, seen, position) else { return };
    let theme = frame.theme;
    let ink = theme::mix(theme.background, theme.muted, 0.85);
    let (first, further) = text.split_once('\n').unwrap_or((text, ""));
    let behind =
        row.line.map_or(0, |line| view.line_text(line).chars().filter(|c| !matches!(c, '\n' | '\r')).count());
    let height = row.rect.height();
    let room = ((view.text.bottom() - row.rect.bottom()) / height).max(0.0) as usize;
    let further: Vec<&str> = if further.trim().is_empty() { Vec::new() } else { further.lines().collect() };
    let further = ghost_lines(&further, room);
    // In the last line that is seen there is no room beneath.
    let first = match (room, further.first()) {
        (0, Some(rest)) => format!("{first}  {rest}"),
        _ => first.to_owned(),
    };
    let galley = painter.layout_job(frame.pen.plain(&first.replace('\t', &" ".repeat(frame.pen.tab)), ink));
    let at = pos2(view.x(row.laid.x(column)), row.rect.center().y - galley.size().y / 2.0);
    if behind > column {
        // A few characters stand behind the caret, such as a bracket: the ghost text covers them.
        let cover = Rect::from_min_size(
            pos2(at.x, row.rect.top()),
            vec2(galley.size().x.max(frame.pen.cell), row.rect.height()),
        );
        painter.rect_filled(cover.expand2(vec2(1.0, 0.0)), 0.0, current_line(theme));
    }
    painter.galley(pos2(at.x, at.y.round()), galley, ink);
    if further.is_empty() || room == 0 {
        return;
    }
    let count = further.len();
    let galleys: Vec<_> = further
        .iter()
        .map(|line| painter.layout_job(frame.pen.plain(&line.replace('\t', &" ".repeat(frame.pen.tab)), ink)))
        .collect();
    let width = galleys.iter().map(|galley| galley.size().x).fold(0.0_f32, f32::max);
    let ground = Rect::from_min_size(
        pos2(view.x(0.0) - 2.0, row.rect.bottom()),
        vec2(width + frame.pen.cell + 4.0, height * count as f32),
    );
    painter.rect_filled(ground, 3.0, theme.raised);
    painter.rect_stroke(ground, 3.0, theme.hairline(), StrokeKind::Inside);
    for (index, galley) in galleys.into_iter().enumerate() {
        let top = row.rect.bottom() + height * index as f32 + (height - galley.size().y) / 2.0;
        painter.galley(pos2(view.x(0.0), top.round()), galley, ink);
    }
}

fn carets(painter: &egui::Painter, frame: &Frame<'_>, view: &View<'_>, seen: &[Seen]) -> Option<Rect> {
    let selection = frame.selection;
    let mut primary = None;
    for (number, span) in selection.spans().iter().enumerate() {
        let Some((row, column)) = place_of(frame, seen, span.head) else { continue };
        let x = view.x(row.laid.x(column));
        let mut rect = Rect::from_min_size(
            pos2(x - CARET / 2.0, row.rect.top() + 2.0),
            vec2(CARET, row.rect.height() - 4.0),
        );
        let is_primary = number == selection.primary_index();
        if is_primary && !frame.preedit.is_empty() {
            rect = rect.translate(vec2(preedit(painter, frame, rect), 0.0));
        }
        if frame.focused {
            painter.rect_filled(rect, 0.0, frame.theme.accent);
        } else {
            painter.rect_filled(rect, 0.0, theme::mix(frame.theme.background, frame.theme.muted, 0.5));
        }
        if is_primary {
            primary = Some(rect);
        }
    }
    primary
}

/// Draws what an input method is composing over the text; returns its width.
fn preedit(painter: &egui::Painter, frame: &Frame<'_>, at: Rect) -> f32 {
    let galley = painter.layout_no_wrap(frame.preedit.to_owned(), frame.pen.font.clone(), frame.theme.text);
    let rect = Rect::from_min_size(at.left_top(), vec2(galley.size().x, at.height()));
    painter.rect_filled(rect, 0.0, frame.theme.raised);
    painter.hline(rect.x_range(), rect.bottom(), Stroke::new(1.0, frame.theme.accent));
    let width = galley.size().x;
    painter.galley(pos2(rect.left(), rect.center().y - galley.size().y / 2.0), galley, frame.theme.text);
    width
}

/// The block where the answer is being written.
fn writing_caret(painter: &egui::Painter, frame: &Frame<'_>, view: &View<'_>, seen: &[Seen]) {
    let writing = |row: &&Seen| row.diff.is_some_and(|look| look.kind == RowKind::Writing);
    if let Some(row) = seen.iter().rev().find(writing) {
        let x = view.x(row.laid.left + row.laid.galley.size().x);
        let rect = Rect::from_min_size(
            pos2(x + 1.0, row.rect.top() + 3.0),
            vec2(frame.pen.cell, row.rect.height() - 6.0),
        );
        painter.rect_filled(rect, 1.0, frame.theme.added);
    }
}

fn gutter(ui: &Ui, frame: &Frame<'_>, view: &View<'_>, seen: &[Seen]) {
    let theme = frame.theme;
    let caret_line = frame.tab.caret().0;
    let right = view.text.left() - 20.0;
    let faint = theme::mix(theme.background, theme.muted, 0.7);
    for row in seen {
        let middle = row.rect.center().y;
        if let Some(look) = row.diff {
            let removed = look.kind == RowKind::Removed;
            let (sign, colour) = if removed { ("−", theme.removed) } else { ("+", theme.added) };
            ui.painter().text(
                pos2(right + 10.0, middle),
                Align2::CENTER_CENTER,
                sign,
                theme::code(13.0),
                colour,
            );
            let bar = Rect::from_min_size(row.rect.left_top(), vec2(3.0, row.rect.height()));
            ui.painter().rect_filled(
                bar,
                0.0,
                if look.current { theme.accent } else { theme::mix(theme.background, colour, 0.6) },
            );
        }
        if let Some(line) = row.line {
            let colour = if line == caret_line { theme.text } else { faint };
            ui.painter().text(pos2(right, middle), Align2::RIGHT_CENTER, line + 1, theme::code(12.0), colour);
        }
    }
}

/// The rows that the instruction is about, which its line must not cover.
fn anchor(frame: &Frame<'_>, view: &View<'_>) -> Option<Rect> {
    let Overlay::Instruction(instruction) = &frame.state.overlay else { return None };
    let buffer = frame.tab.document.buffer();
    let [first, last] = [instruction.range.start, instruction.range.end].map(|end| buffer.line_of(end));
    // What a review adds stands before the next line.
    let behind = if last + 1 < buffer.len_lines() { view.rows.of_line(last + 1) } else { view.rows.len() };
    let rows = view.row_rect(view.rows.of_line(first)).union(view.row_rect(behind.saturating_sub(1)));
    Some(rows.with_min_x(view.text.left()))
}

// ---- buttons and screen readers -----------------------------------------------------------------------------------

/// The two buttons beside each hunk that waits for a decision.
pub fn hunk_buttons(ui: &mut Ui, tab: &Tab, view: &View<'_>, out: &mut Vec<Event>) {
    let Some(review) = tab.review.as_ref().filter(|review| review.is_open()) else { return };
    let theme = Theme::of(ui);
    let mut last = None;
    for row in view.seen_rows() {
        let Some(index) = view.review_row(row).and_then(|diff| diff.hunk) else { continue };
        if last == Some(index)
            || review.review.hunks().get(index).is_none_or(|hunk| hunk.state != HunkState::Pending)
        {
            continue;
        }
        last = Some(index);
        let rect = view.row_rect(row);
        let removes = view.review_row(row).is_some_and(|diff| diff.kind == RowKind::Removed);
        let ground = if removes { theme.removed_ground } else { theme.added_ground };
        hunk::buttons(ui, review, index, (rect, rect.width()), ground, out);
    }
}

/// Gives screen readers the lines that are seen and the caret in them.
pub fn accessibility(ui: &Ui, view: &View<'_>, galleys: &[Arc<Galley>]) {
    if ui.ctx().accesskit_node_builder(id(), |_| ()).is_none() || galleys.is_empty() {
        return;
    }
    let galley = Galley::concat(Arc::new(LayoutJob::default()), galleys, ui.pixels_per_point());
    let origin = egui::emath::TSTransform::from_translation(view.text.left_top().to_vec2());
    egui::text_selection::accesskit_text::update_accesskit_for_text_widget(
        ui.ctx(),
        id(),
        None,
        origin,
        &galley,
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ghost_text_that_has_no_room_is_counted() {
        let check = |room: usize, expected: &[&str]| {
            assert_eq!(ghost_lines(&["a", "b", "c"], room), expected, "{room}");
        };
        check(4, &["a", "b", "c"]);
        check(3, &["a", "b", "c"]);
        check(2, &["a", "… 2 more lines"]);
        check(1, &["… 3 more lines"]);
        check(0, &["… 3 more lines"]);
        assert_eq!(ghost_lines(&["a"], 0), ["… 1 more line"]);
        assert!(ghost_lines(&[], 5).is_empty());
    }
}
