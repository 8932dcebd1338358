//! Pieces of the model panel: lines with controls at the right, headings, chips, bars of progress, hairlines.

use egui::text::{LayoutJob, TextWrapping};
use egui::{
    Align, Color32, FontId, Layout, Rect, Response, Role, Sense, StrokeKind, Ui, UiBuilder, WidgetInfo, pos2,
    vec2,
};
use models::fit::FitVerdict;

use crate::ui::theme::{self, Theme};
use crate::ui::widgets;

/// Width of the column of a page, in points.
const COLUMN: f32 = 880.0;

/// One line of text that a screen reader finds, cut with an ellipsis and whole in its tooltip. Returns its width.
pub fn text(ui: &Ui, rect: Rect, text: &str, font: FontId, colour: Color32) -> f32 {
    let (width, cut) = widgets::line_in(ui, rect, text, font, colour);
    let id = ui.scope_id().with((text, rect.left() as i32, rect.top() as i32));
    let response = ui.interact(rect.with_max_x(rect.left() + width.max(1.0)), id, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    if cut {
        response.on_hover_text(text);
    }
    width
}

/// A line of a height: controls at the right, the rest is for `left`.
pub fn line<L, R>(
    ui: &mut Ui,
    height: f32,
    left: impl FnOnce(&mut Ui, Rect) -> L,
    right: impl FnOnce(&mut Ui) -> R,
) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let layout = Layout::right_to_left(Align::Center);
    let mut controls = ui.new_child(UiBuilder::new().max_rect(rect).layout(layout));
    controls.spacing_mut().item_spacing.x = 4.0;
    right(&mut controls);
    let end = controls.min_rect().left().min(rect.right());
    let end = if controls.min_rect().width() > 0.5 { end - 12.0 } else { end };
    left(ui, rect.with_max_x(end.max(rect.left() + 24.0)));
}

/// The bar on top of a panel: its title, and `buttons` from the right.
pub fn title_bar(ui: &mut Ui, title: &str, buttons: impl FnOnce(&mut Ui)) {
    let theme = Theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), theme::TABS), Sense::hover());
    ui.painter().rect_filled(rect, 0.0, theme.surface);
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, theme.hairline());
    let inner = rect.shrink2(vec2(4.0, 3.0));
    let mut right =
        ui.new_child(UiBuilder::new().max_rect(inner).layout(Layout::right_to_left(Align::Center)));
    right.spacing_mut().item_spacing.x = 2.0;
    buttons(&mut right);
    let end = right.min_rect().left() - 8.0;
    let place = Rect::from_min_max(rect.min + vec2(16.0, 0.0), pos2(end, rect.bottom()));
    text(ui, place, title, theme::semibold(12.0), theme.text);
}

/// A heading with controls at its right.
pub fn heading(ui: &mut Ui, title: &str, right: impl FnOnce(&mut Ui)) {
    let ink = Theme::of(ui).text;
    line(ui, theme::CONTROL, |ui, rect| text(ui, rect, title, theme::semibold(15.0), ink), right);
    ui.add_space(4.0);
}

/// A quiet line that may be long: it wraps.
pub fn quiet(ui: &mut Ui, text: &str) {
    coloured(ui, text, Theme::of(ui).muted);
}

/// The same in another colour.
pub fn coloured(ui: &mut Ui, text: &str, colour: Color32) {
    let text = egui::RichText::new(text).font(theme::label()).color(colour);
    ui.add(egui::Label::new(text).wrap());
}

/// A hairline between rows.
pub fn hairline(ui: &mut Ui) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 13.0), Sense::hover());
    ui.painter().hline(rect.x_range(), rect.center().y, Theme::of(ui).hairline());
}

/// A square button with an icon; `name` says also what it acts on.
pub fn icon(ui: &mut Ui, icon: char, name: &str, tooltip: &str) -> Response {
    ui.push_id(name, |ui| widgets::icon_button(ui, icon, theme::CONTROL, name, tooltip)).inner
}

/// A small switch with a word.
pub fn chip(ui: &mut Ui, word: &str, name: &str, on: bool) -> Response {
    let theme = Theme::of(ui);
    let ink = if on { theme.accent } else { theme.muted };
    let galley = ui.painter().layout_no_wrap(word.to_owned(), theme::medium(11.0), ink);
    let (rect, response) =
        ui.allocate_exact_size(vec2((galley.size().x + 16.0).ceil(), 22.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, on, name));
    let radius = f32::from(theme::RADIUS);
    if on {
        ui.painter().rect_filled(rect, radius, theme.current(theme.background));
    } else if response.hovered() {
        ui.painter().rect_filled(rect, radius, theme.hover(theme.background));
    }
    if !on {
        ui.painter().rect_stroke(rect, radius, theme.hairline(), StrokeKind::Inside);
    }
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, ink);
    widgets::focus_ring(ui, &response, rect.expand(2.0));
    response
}

/// A bar of progress, 0 to 1.
pub fn progress(ui: &mut Ui, part: f32, name: &str, quiet: bool) {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 4.0), Sense::hover());
    response.widget_info(|| WidgetInfo {
        value: Some(f64::from(part) * 100.0),
        ..WidgetInfo::labeled(Role::ProgressIndicator, true, name)
    });
    ui.painter().rect_filled(rect, 2.0, theme::mix(theme.background, theme.border, 0.7));
    let done = rect.with_max_x(rect.left() + rect.width() * part.clamp(0.0, 1.0));
    ui.painter().rect_filled(done, 2.0, if quiet { theme.muted } else { theme.accent });
}

/// The colour of a verdict.
pub fn colour(theme: &Theme, verdict: &FitVerdict) -> Color32 {
    match verdict {
        FitVerdict::Fits => theme.added,
        FitVerdict::Tight { .. } => theme.warning,
        FitVerdict::DoesNotFit { .. } => theme.error,
    }
}

/// A dot at the left of a line.
pub fn dot(ui: &Ui, rect: Rect, colour: Color32) {
    ui.painter().circle_filled(pos2(rect.left() + 4.0, rect.center().y), 3.5, colour);
}

/// At most `rows` lines of wrapped text, the last one with an ellipsis.
pub fn paragraph(ui: &mut Ui, words: &str, colour: Color32, rows: usize, width: f32) {
    let mut job = LayoutJob::simple(words.to_owned(), theme::label(), colour, width);
    job.wrap = TextWrapping { max_width: width, max_rows: rows, ..TextWrapping::default() };
    let galley = ui.painter().layout_job(job);
    let cut = galley.elided;
    let response = ui.add(egui::Label::new(galley).selectable(false));
    if cut {
        response.on_hover_text(words);
    }
}

/// A column in the middle, as wide as is good to read.
pub fn column(ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    let all = ui.available_rect_before_wrap();
    let width = (all.width() - 32.0).min(COLUMN);
    let left = (all.left() + (all.width() - width) / 2.0).floor();
    let rect = Rect::from_min_size(pos2(left, all.top() + 16.0), vec2(width, all.height()));
    ui.scope_builder(UiBuilder::new().max_rect(rect), |ui| {
        ui.set_width(width);
        ui.spacing_mut().item_spacing = vec2(8.0, 4.0);
        content(ui);
        ui.add_space(24.0);
    });
}
