//! The arrows beside lines that can be folded, and the signs behind those that are.

use editor_core::rows::RowContent;
use egui::{Align2, CursorIcon, Rect, Role, Sense, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::line::Lines;
use super::view::{ARROWS, View};
use crate::event::Event;
use crate::features::folding::FoldingEvent;
use crate::ui::icons;
use crate::ui::theme::{self, Theme};
use crate::ui::widgets;
use crate::workspace::Tab;

/// Width of the sign of what is hidden.
const SIGN: f32 = 22.0;

/// Shows the arrows while the pointer is over the gutter, those of folded lines always, and the signs. Returns where they are: a press
/// there selects nothing.
pub fn show(
    ui: &Ui,
    tab: &Tab,
    (view, pointed): (&View<'_>, bool),
    lines: &mut Lines,
    tab_width: usize,
    out: &mut Vec<Event>,
) -> Vec<Rect> {
    let mut taken = Vec::new();
    let buffer = tab.document.buffer();
    let hovered = ui.input(|input| input.pointer.hover_pos());
    let gutter = view.rect.with_max_x(view.text.left());
    let over_gutter = pointed && hovered.is_some_and(|point| gutter.contains(point));
    if tab.folds.is_empty() && !over_gutter {
        return taken;
    }
    let seen: Vec<usize> = view.seen.iter().filter_map(super::view::VisibleRow::line).collect();
    let (Some(first), Some(last)) = (seen.first(), seen.last()) else { return taken };
    // Where much is folded, what is seen may lie far apart.
    let near = *last - *first <= seen.len() * 20;
    let headers = match (over_gutter, near) {
        (false, _) => Vec::new(),
        (true, true) => tab.foldable(tab_width).headers(*first..*last + 1),
        (true, false) => {
            let foldable = tab.foldable(tab_width);
            seen.iter().copied().filter(|line| foldable.at(*line).is_some()).collect()
        }
    };
    for row in &view.seen {
        let RowContent::Text { line, is_first, is_last, .. } = row.content else { continue };
        let folded = tab.folds.at(buffer, line).filter(|region| view.rows.is_hidden(region.header + 1));
        if is_first && (folded.is_some() || headers.binary_search(&line).is_ok()) {
            taken.push(arrow(ui, tab, view, (line, row.rect), folded.is_some(), out));
        }
        if let Some(region) = folded.filter(|_| is_last) {
            taken.extend(sign(ui, tab, view, (row, region.last - region.header), lines, out));
        }
    }
    taken
}

fn arrow(
    ui: &Ui,
    tab: &Tab,
    view: &View<'_>,
    (line, row): (usize, Rect),
    is_folded: bool,
    out: &mut Vec<Event>,
) -> Rect {
    let theme = Theme::of(ui);
    let place =
        Rect::from_x_y_ranges(view.text.left() - ARROWS.0..=view.text.left() - ARROWS.1, row.y_range());
    let response = ui.interact(place, view.widget.with(("fold", line)), Sense::click());
    let words = if is_folded { "Unfold" } else { "Fold" };
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{words} line {}", line + 1)));
    let icon = if is_folded { icons::CHEVRON_RIGHT } else { icons::CHEVRON_DOWN };
    let ink = if response.hovered() { theme.text } else { theme.muted };
    widgets::paint_icon(ui, place, icon, 14.0, ink);
    if response.hovered() {
        ui.set_cursor_icon(CursorIcon::PointingHand);
    }
    if response.clicked() {
        out.push(Event::Folding(FoldingEvent::Toggle(tab.id, line)));
    }
    place
}

/// The sign behind a folded line.
fn sign(
    ui: &Ui,
    tab: &Tab,
    view: &View<'_>,
    (row, hidden): (&super::view::VisibleRow, usize),
    lines: &mut Lines,
    out: &mut Vec<Event>,
) -> Option<Rect> {
    let RowContent::Text { line, columns, indent, .. } = &row.content else { return None };
    let laid = view.lay_out_row(ui.painter(), lines, (*line, columns), &[])?;
    let cell = view.pen_cell();
    let left = view.x(*indent as f32 * cell + laid.x(columns.len()) + cell * 0.75);
    if left > view.text.right() - SIGN || left < view.text.left() {
        return None;
    }
    let theme = Theme::of(ui);
    let height = (row.rect.height() - 6.0).max(8.0);
    let place = Rect::from_min_size(pos2(left, row.rect.center().y - height / 2.0), vec2(SIGN, height));
    let response = ui.interact(place, view.widget.with(("hidden", *line)), Sense::click());
    let words = if hidden == 1 { "1 hidden line".to_owned() } else { format!("{hidden} hidden lines") };
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Show {words}")));
    let ground = if response.hovered() { theme.hover(theme.raised) } else { theme.raised };
    ui.painter().rect(place, 4.0, ground, theme.hairline(), StrokeKind::Inside);
    let ink = if response.hovered() { theme.text } else { theme.muted };
    ui.painter().text(place.center() - vec2(0.0, 2.0), Align2::CENTER_CENTER, "…", theme::code(12.0), ink);
    if response.hovered() {
        ui.set_cursor_icon(CursorIcon::PointingHand);
    }
    if response.clicked() {
        out.push(Event::Folding(FoldingEvent::Unfold(tab.id, *line)));
    }
    response.on_hover_text(words);
    Some(place)
}
