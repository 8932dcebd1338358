//! Who wrote the lines that are seen, in a column left of their numbers.

use egui::{Color32, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::view::View;
use crate::features::changes::authors::shown;
use crate::features::changes::column::{AuthorChunk, TabAuthors};
use crate::state::State;
use crate::ui::theme::{self, Theme};
use crate::ui::widgets;
use crate::workspace::Tab;

/// Width of the column.
const WIDTH: f32 = 168.0;
/// Narrower panes have none: the text comes first.
const MIN_PANE: f32 = 560.0;
/// Width of the bar that says which lines are of one commit.
const BAR: f32 = 3.0;

/// The width that the column takes of a pane.
pub fn width(state: &State, tab: &Tab, pane: f32) -> f32 {
    if pane >= MIN_PANE && shown(&state.changes, tab).is_some() { WIDTH } else { 0.0 }
}

/// Shows the column.
pub fn show(ui: &Ui, state: &State, tab: &Tab, view: &View<'_>) {
    let Some(known) = shown(&state.changes, tab).filter(|_| view.beside > 0.0) else { return };
    let buffer = tab.document.buffer();
    let end = buffer.len_chars();
    for (index, chunk) in known.chunks.iter().enumerate() {
        if chunk.at.is_empty() {
            continue;
        }
        let [first, last] = [chunk.at.start, chunk.at.end - 1].map(|at| buffer.line_of(at.min(end)));
        let Some(rows) = view.lines_rect(&(first..last + 1)) else { continue };
        one(ui, known, (index, chunk), rows.with_max_x(view.rect.left() + view.beside), view.row_height);
    }
}

fn one(ui: &Ui, known: &TabAuthors, (index, chunk): (usize, &AuthorChunk), rows: Rect, height: f32) {
    let theme = Theme::of(ui);
    let (short, long, ink) = match chunk.commit.and_then(|commit| known.words.get(commit)) {
        Some(words) => (words.short.as_str(), words.long.as_str(), colour(theme, words.colour)),
        None => ("Not committed yet", "Not committed yet", theme.border),
    };
    let bar = Rect::from_min_size(rows.min, vec2(BAR, (rows.height() - 1.0).max(1.0)));
    ui.painter().rect_filled(bar, 0.0, ink);
    let place = Rect::from_min_max(
        pos2(rows.left() + BAR + 6.0, rows.top()),
        pos2(rows.right(), rows.top() + height),
    );
    widgets::line_in(ui, place, short, theme::caption(), theme.muted);
    let response = ui.interact(rows, ui.scope_id().with(("author", index)), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("Lines by {short}")));
    response.on_hover_text(long);
}

/// A quiet colour that stands for a commit.
fn colour(theme: &Theme, number: u8) -> Color32 {
    let inks = [theme.accent, theme.added, theme.removed, theme.warning, theme.muted];
    let ink = inks[usize::from(number) % inks.len()];
    theme::mix(theme.background, ink, 0.35 + f32::from(number / 64) * 0.1)
}
