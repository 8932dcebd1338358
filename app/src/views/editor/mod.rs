//! The text on the screen: a widget that lays out only the lines that are seen.
//!
//! Scrolling is kept in lines as `f64`, so that nothing is lost at the end of a huge file. The widget changes nothing:
//! the pointer's selections go out as events, keys are read in [`crate::keyboard`].

mod authors;
mod bookmarks;
mod changes;
mod folds;
pub mod line;
mod menu;
mod paint;
mod pointer;
mod problems;
mod remarks;
mod screen_reader;
mod scrollbar;
mod sticky;
mod view;

use std::collections::HashMap;
use std::ops::Range;
use std::path::PathBuf;

use editor_core::Revision;
use editor_core::rows::{RowTop, SeenRow, WrapWidth};
use egui::output::IMEOutput;
use egui::{EventFilter, Rect, Role, Sense, Ui, Vec2, WidgetInfo};
use ground::ids::{PaneId, TabId};

use self::line::{Lines, Pen};
use self::view::View;
use crate::event::Event;
use crate::features::places::PlacesEvent;
use crate::features::text::TextEvent;
use crate::features::vim::VimEvent;
use crate::state::State;
pub use crate::ui::code::id;
use crate::ui::theme::{self, Theme};
use crate::workspace::session::{SavedLayout, Session};
use crate::workspace::{Panes, RevealFrom, Tab};

/// Rows kept between the caret and the edge when it is brought into view.
const MARGIN_ROWS: f64 = 3.0;

/// What the widget remembers of all tabs.
#[derive(Default)]
pub struct EditorMemory {
    panes: HashMap<(PaneId, TabId), Pane>,
    /// How far views were scrolled when the window was closed, until they come.
    restored: HashMap<(PaneId, PathBuf), f64>,
    lines: Lines,
    /// Text of an input method that is not committed yet.
    pub preedit: String,
    /// Rows on the screen, for the page keys.
    pub page: usize,
    /// The rows that the instruction line is about, on the screen or beyond its edges.
    pub anchor: Option<Rect>,
}

/// Two brackets to mark, and whether one is at the caret: of this revision and this caret.
type KnownBrackets = (Revision, usize, Option<(usize, usize, bool)>);

/// What the widget remembers of one tab.
#[derive(Clone, Debug, Default)]
pub struct Pane {
    /// The first row on the screen.
    top: RowTop,
    /// Points scrolled to the right.
    left: f32,
    revealed: u64,
    /// Where the top of the text was on the screen.
    edge: Option<f32>,
    drag: Option<pointer::Drag>,
    /// Where it took the pointer in the last frame; `None` before it was drawn.
    place: Option<Rect>,
    widest: f32,
    /// How wide rows were.
    width: Option<WrapWidth>,
    bracket: Option<KnownBrackets>,
    /// What lay on the text in the last frame and takes presses for itself.
    taken: Vec<Rect>,
}

impl EditorMemory {
    /// Forgets views that are closed.
    pub fn keep(&mut self, panes: &Panes) {
        self.panes.retain(|(pane, tab), _| panes.get(*pane).is_some_and(|pane| pane.get(*tab).is_some()));
    }

    /// How far views were scrolled when the window was closed: the panes are numbered from the first on.
    pub fn restore(&mut self, session: &Session) {
        for (number, pane) in session.panes.iter().flat_map(SavedLayout::panes).enumerate() {
            let own = pane.tabs.iter().filter_map(|tab| Some((tab.path.clone()?, tab.scroll)));
            let own = own.filter(|(_, scroll)| scroll.is_finite());
            self.restored.extend(own.map(|(path, scroll)| ((PaneId(number as u64), path), scroll)));
        }
    }

    /// Notes how far the views of a session are scrolled.
    pub fn note_scroll(&self, session: &mut Session) {
        let panes = session.panes.iter_mut().flat_map(SavedLayout::panes_mut);
        for tab in panes.flat_map(|pane| &mut pane.tabs) {
            if let Some((pane, id)) = tab.view.take() {
                let waits = || Some(self.restored.get(&(pane, tab.path.clone()?))?.to_owned());
                let known = self.panes.get(&(pane, id)).map(|view| view.top.line as f64 + view.top.row);
                tab.scroll = known.or_else(waits).unwrap_or_default();
            }
        }
    }

    /// What is known of a view. One that is new shows what another one of the same text shows.
    fn take(&mut self, pane: PaneId, tab: &Tab) -> Pane {
        let path = tab.document.path().filter(|_| !self.restored.is_empty());
        let restored = path.and_then(|path| self.restored.remove(&(pane, path.to_owned())));
        if let Some(top) = restored {
            let line = top.max(0.0) as usize;
            return Pane { top: RowTop { line, row: top.max(0.0) - line as f64 }, ..Pane::default() };
        }
        let other = || {
            let of_text = self.panes.iter().find(|((_, other), _)| *other == tab.id);
            of_text.map(|(_, other)| Pane {
                revealed: 0,
                edge: None,
                drag: None,
                place: None,
                taken: Vec::new(),
                ..other.clone()
            })
        };
        self.panes.get(&(pane, tab.id)).cloned().or_else(other).unwrap_or_default()
    }
}

/// Shows the text of a tab of a pane in all the space that is left.
pub fn show(
    ui: &mut Ui,
    state: &State,
    (in_pane, tab): (PaneId, &Tab),
    memory: &mut EditorMemory,
    out: &mut Vec<Event>,
) {
    let rect = ui.available_rect_before_wrap();
    ui.advance_cursor_after_rect(rect);
    let live = in_pane == state.panes.focused();
    let widget = if live { id() } else { id().with(in_pane.0) };
    let selection = state.panes.selection(in_pane, tab.id, &tab.document);
    let response = ui.interact(rect, widget, Sense::click_and_drag());
    response.widget_info(|| {
        WidgetInfo::labeled(Role::MultilineTextInput, true, format!("Text of {}", tab.document.title()))
    });
    let focused = keep_keyboard(ui, &response);
    if focused && !live {
        // The Tab key came to it.
        out.push(Event::Places(PlacesEvent::Focus(in_pane)));
    }
    let theme = Theme::of(ui);
    let mut pen = pen(ui, theme, &state.settings.editor);
    pen.tab = tab.tab_width(&state.settings.editor);
    let ui = &mut ui.new_child(egui::UiBuilder::new().max_rect(rect));
    ui.set_clip_rect(rect.intersect(ui.clip_rect()));
    memory.lines.begin(ui.painter(), &pen);
    let mut pane = memory.take(in_pane, tab);
    let beside = authors::width(state, tab, rect.width());
    let editor = &state.settings.editor;
    let mut view = View::new(ui, (rect, beside), (tab, selection), (&mut pane, &pen, editor));
    view.widget = widget;
    let width = view.rows.width();
    if std::mem::replace(&mut pane.width, width) != width {
        // What was the widest row was that of other rows.
        pane.widest = 0.0;
    }
    if live && tab.row_width != width {
        out.push(Event::Text(TextEvent::RowWidth(tab.id, width)));
    }
    stay_in_place(&mut pane, &mut view, tab);
    if live {
        memory.page = view.visible_rows().saturating_sub(2).max(1);
    }
    if tab.reveal.pane == in_pane {
        let covered = if editor.sticky_scroll { sticky::depth(tab, tab.reveal.position) } else { 0 };
        grant_reveal(&mut pane, &mut view, (tab, covered), ui, &mut memory.lines);
    }
    scroll_by_wheel(ui, &response, &mut pane, &mut view);
    scrollbar::vertical(ui, tab, state, &mut pane, &mut view);
    if live {
        tell_seen(state, tab, &pane, &view, out);
    }
    let tab_width = pen.tab;
    pointer::handle(ui, &response, &mut pane, (&mut view, tab_width), &mut memory.lines, out);
    menu::by_pointer(ui, &pane, tab, &view, &mut memory.lines, out);
    let preedit = if live { memory.preedit.as_str() } else { "" };
    let frame = paint::Frame { state, tab, selection, theme, pen: &pen, focused, live, preedit };
    let painted = paint::paint(ui, &frame, &mut pane, &view, &mut memory.lines);
    problems::show(ui, tab, &view, &mut memory.lines);
    changes::show(ui, state, tab, &view, out);
    authors::show(ui, state, tab, &view);
    remarks::show(ui, state, tab, &view, out);
    let pointed = response.contains_pointer();
    pane.taken = folds::show(ui, tab, (&view, pointed), &mut memory.lines, tab_width, out);
    paint::hunk_buttons(ui, tab, &view, out);
    if editor.sticky_scroll {
        pane.taken.extend(sticky::show(ui, &frame, &view, &mut memory.lines, out));
    }
    scrollbar::horizontal(ui, &mut pane, &view);
    bookmarks::show(ui, tab, &state.places.bookmarks, &view);
    if live {
        memory.anchor = painted.anchor;
        menu::by_key(ui, state, tab, &view, painted.caret);
        menu::show(ui, state, tab, out);
    }
    if let Some(caret) = painted.caret.filter(|_| focused) {
        place_input_method(ui, rect, caret);
    }
    screen_reader::tell_text(ui, &view, &painted.rows);
    memory.panes.insert((in_pane, tab.id), pane);
}

/// Tells Vim's keys which lines are seen, where they are on and it has changed.
fn tell_seen(state: &State, tab: &Tab, pane: &Pane, view: &View<'_>, out: &mut Vec<Event>) {
    if state.vim.layer.is_none() {
        return;
    }
    let last = view.rows.shifted(pane.top, (view.height_rows() - 1.0).max(0.0)).line;
    let last = last.min(tab.document.buffer().len_lines() - 1);
    let first = pane.top.line + usize::from(pane.top.row >= 0.5);
    if state.vim.seen != Some((tab.id, first, last.max(first))) {
        out.push(Event::Vim(VimEvent::Seen(tab.id, first, last.max(first))));
    }
}

/// Keeps Tab, arrows and Escape for the text while it has the keyboard.
fn keep_keyboard(ui: &Ui, response: &egui::Response) -> bool {
    let filter = EventFilter { tab: true, horizontal_arrows: true, vertical_arrows: true, escape: true };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    response.has_focus()
}

fn place_input_method(ui: &Ui, rect: Rect, cursor_rect: Rect) {
    if ui.memory(|memory| memory.owns_ime_events(id())) {
        let purpose = egui::viewport::IMEPurpose::Normal;
        ui.output_mut(|output| {
            output.ime = Some(IMEOutput { purpose, rect, cursor_rect, should_interrupt_composition: false });
        });
    }
}

/// The fonts and colours of code, measured.
fn pen(ui: &Ui, theme: &Theme, editor: &settings::EditorSettings) -> Pen {
    let font = theme::code(editor.font_size);
    let cell = ui.fonts_mut(|fonts| fonts.glyph_width(&font, '0'));
    Pen {
        bold: theme::code_bold(editor.font_size),
        italic: theme::code_italic(editor.font_size),
        font,
        text: theme.text,
        warning: theme.warning,
        cell,
        leading: editor.line_height,
        tab: editor.tab_width as usize,
        ligatures: editor.ligatures,
    }
}

/// Scrolls so that the position that was wished for is seen; each wish is granted once.
fn grant_reveal(
    pane: &mut Pane,
    view: &mut View<'_>,
    (tab, covered): (&Tab, usize),
    ui: &Ui,
    lines: &mut Lines,
) {
    if tab.reveal.number == pane.revealed {
        return;
    }
    pane.revealed = tab.reveal.number;
    let buffer = tab.document.buffer();
    let (line, column) = (buffer.line_of(tab.reveal.position), buffer.column(tab.reveal.position));
    let (place, height) = (view.rows.place(line, column), view.height_rows());
    let bottom = (height - 1.0).max(0.0).floor();
    pane.top = match tab.reveal.from {
        RevealFrom::Here => pane.top,
        RevealFrom::Scrolled(rows) => view.rows.shifted(pane.top, rows as f64),
        RevealFrom::Top => view.rows.shifted(place, -(covered as f64)),
        RevealFrom::Middle => view.rows.shifted(place, -(bottom / 2.0).floor()),
        RevealFrom::Bottom => view.rows.shifted(place, -bottom),
    };
    let edges = if tab.reveal.from == RevealFrom::Here { MARGIN_ROWS } else { 0.0 };
    let row = view.rows.distance(pane.top, place, height * 2.0);
    // Lines that stay above the text would cover it.
    let above = edges.max(covered as f64).min(height / 2.0);
    let seen = above..=height - edges - 1.0;
    if !seen.contains(&row) {
        let far = row < 0.0 || row > height.floor();
        let before = match (tab.reveal.center && far, row < *seen.start()) {
            (true, _) => height.floor() / 2.5,
            (false, true) => above,
            (false, false) => height - 1.0 - MARGIN_ROWS,
        };
        pane.top = view.rows.shifted(place, -before);
    }
    if let Some(beneath) = rows_of_hunk(view, tab, place) {
        // What is proposed stands beneath the line: as much of it as there is room for comes into view as well.
        let before = (height - 1.0 - MARGIN_ROWS - beneath).max(above);
        if view.rows.distance(pane.top, place, height * 2.0) > before {
            pane.top = view.rows.shifted(place, -before);
        }
    }
    view.scroll_to(pane);
    let wrapped = view.rows.wrapped(line);
    let part = wrapped.columns(wrapped.row_of(column));
    let indent = wrapped.indent(wrapped.row_of(column)) as f32 * view.pen_cell();
    let laid = view.lay_out_row(ui.painter(), lines, (line, &part), &[]);
    let x = laid.map_or(0.0, |laid| indent + laid.x(column - part.start));
    pane.widest = pane.widest.max(x);
    let (room, edge) = (view.text.width(), view.pen_cell() * 4.0);
    if x - edge < pane.left {
        pane.left = (x - edge).max(0.0);
    } else if x + edge > pane.left + room {
        pane.left = x + edge - room;
    }
    if x + edge <= room {
        pane.left = 0.0;
    }
    view.scroll_to(pane);
}

/// How many rows the last one of the current hunk stands beneath a place, as far as a screen reaches.
fn rows_of_hunk(view: &View<'_>, tab: &Tab, place: RowTop) -> Option<f64> {
    let current = tab.review.as_ref().filter(|review| review.is_open())?.current?;
    let rows = view.rows.seen(place, view.height_rows() + 1.0);
    let is_own = |row: &SeenRow| view.review_row(&row.content).is_some_and(|diff| diff.hunk == Some(current));
    rows.into_iter().rfind(is_own).map(|row| row.y)
}

/// A bar that appears above the text covers its first rows instead of pushing everything down, but not that of the caret.
fn stay_in_place(pane: &mut Pane, view: &mut View<'_>, tab: &Tab) {
    let edge = view.rect.top();
    if let Some(known) = pane.edge.replace(edge).filter(|known| *known != edge) {
        let buffer = tab.document.buffer();
        let head = view.selection.primary().head;
        let caret = view.rows.place(buffer.line_of(head), buffer.column(head));
        let by = f64::from((edge - known) / view.row_height);
        let limit = view.height_rows() * 2.0;
        let rows = beneath(by, view.rows.distance(pane.top, caret, limit));
        pane.top = view.rows.shifted(pane.top, rows);
        view.scroll_to(pane);
    }
}

/// Rows that the text moves up when its edge came down by this many rows, or went up: never over the caret, which stands `caret` rows
/// beneath the top.
fn beneath(by: f64, caret: f64) -> f64 {
    if caret < 0.0 { by } else { by.min(caret) }
}

fn scroll_by_wheel(ui: &Ui, response: &egui::Response, pane: &mut Pane, view: &mut View<'_>) {
    if !response.contains_pointer() {
        return;
    }
    let delta: Vec2 = ui.input(egui::InputState::smooth_scroll_delta);
    if delta != Vec2::ZERO {
        pane.top = view.rows.shifted(pane.top, -f64::from(delta.y / view.row_height));
        pane.left -= delta.x;
        view.scroll_to(pane);
    }
}

/// A range of characters cut to another one, counted from its start.
fn within(range: &Range<usize>, line: &Range<usize>) -> Option<Range<usize>> {
    let (start, end) = (range.start.max(line.start), range.end.min(line.end));
    (start <= end).then(|| start - line.start..end - line.start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_covers_rows_above_the_caret_and_never_the_caret() {
        assert_eq!(beneath(2.5, 20.0), 2.5);
        assert_eq!(beneath(2.5, 1.0), 1.0, "the rest is pushed down");
        assert_eq!(beneath(2.0, 0.0), 0.0);
        assert_eq!(beneath(2.5, -7.0), 2.5, "it was not seen before");
        assert_eq!(beneath(-2.5, 0.0), -2.5, "the bar goes");
    }
}
