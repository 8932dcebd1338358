//! The few controls everything else is made of: button, icon button, toggle, input, list row, text with an ellipsis.
//!
//! Each has an accessible name, a tooltip, a place in the tab order and a focus ring, so that no view has to think of it.

use std::sync::Arc;

use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{
    Align2, Color32, FontId, Galley, Rect, Response, Role, Sense, Stroke, StrokeKind, TextEdit, Ui, Vec2,
    WidgetInfo, pos2, vec2,
};
use ground::command::Command;

use crate::ui::theme::{self, Theme};

/// How loud a button is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// The one thing to do here.
    Primary,
    /// Anything else.
    Plain,
    /// No ground until the pointer is over it.
    Quiet,
    /// Loses something.
    Danger,
}

/// One line of text, cut with an ellipsis at `width`.
pub fn elided(ui: &Ui, text: &str, font: FontId, colour: Color32, width: f32) -> Arc<Galley> {
    let mut job = LayoutJob::simple_singleline(text.to_owned(), font, colour);
    job.wrap = TextWrapping::truncate_at_width(width.max(0.0));
    ui.painter().layout_job(job)
}

/// Paints one line of text, vertically centred at the left of `rect`; returns its width and whether it was cut.
pub fn line_in(ui: &Ui, rect: Rect, text: &str, font: FontId, colour: Color32) -> (f32, bool) {
    let galley = elided(ui, text, font, colour, rect.width());
    let width = galley.size().x;
    let cut = galley.elided;
    ui.painter().galley(pos2(rect.left(), rect.center().y - galley.size().y / 2.0), galley, colour);
    (width, cut)
}

/// The same with some of its chars marked as what matches.
fn marked_in(
    ui: &Ui,
    rect: Rect,
    (text, marks): (&str, &[usize]),
    font: FontId,
    colour: Color32,
) -> (f32, bool) {
    if marks.is_empty() {
        return line_in(ui, rect, text, font, colour);
    }
    let bold = theme::semibold(font.size);
    let plain = TextFormat::simple(font, colour);
    let marked = TextFormat::simple(bold, Theme::of(ui).accent);
    let mut job = LayoutJob::default();
    let mut run = String::new();
    let mut is_marked = false;
    let format = |is_marked: bool| if is_marked { marked.clone() } else { plain.clone() };
    for (index, c) in text.chars().enumerate() {
        let here = marks.binary_search(&index).is_ok();
        if here != is_marked && !run.is_empty() {
            job.append(&run, 0.0, format(is_marked));
            run.clear();
        }
        is_marked = here;
        run.push(c);
    }
    job.append(&run, 0.0, format(is_marked));
    job.break_on_newline = false;
    job.wrap = TextWrapping::truncate_at_width(rect.width().max(0.0));
    let galley = ui.painter().layout_job(job);
    let (width, cut) = (galley.size().x, galley.elided);
    ui.painter().galley(pos2(rect.left(), rect.center().y - galley.size().y / 2.0), galley, colour);
    (width, cut)
}

/// Paints an icon in the middle of `rect`.
pub fn paint_icon(ui: &Ui, rect: Rect, icon: char, size: f32, colour: Color32) {
    ui.painter().text(rect.center(), Align2::CENTER_CENTER, icon, theme::icon(size), colour);
}

/// The ring around what has the keyboard.
pub fn focus_ring(ui: &Ui, response: &Response, rect: Rect) {
    if response.has_focus() {
        let stroke = Stroke::new(1.5, Theme::of(ui).accent);
        ui.painter().rect_stroke(rect, f32::from(theme::RADIUS), stroke, StrokeKind::Inside);
    }
}

/// The ground of a row as wide as its list, which says that it is the chosen one or under the mouse, and its focus.
pub fn row_ground(ui: &Ui, rect: Rect, response: &Response, is_chosen: bool) {
    let theme = Theme::of(ui);
    if is_chosen {
        ui.painter().rect_filled(rect, 0.0, theme.current(theme.background));
    } else if response.hovered() {
        ui.painter().rect_filled(rect, 0.0, theme.hover(theme.background));
    }
    focus_ring(ui, response, rect.shrink(1.0));
}

fn ground_of(ui: &Ui, response: &Response, ground: Color32, quiet: bool) -> Option<Color32> {
    let theme = Theme::of(ui);
    if response.is_pointer_button_down_on() {
        Some(theme::mix(ground, theme.text, 0.14))
    } else if response.hovered() && ui.is_enabled() {
        Some(theme.hover(ground))
    } else {
        (!quiet).then_some(ground)
    }
}

/// A square button with an icon.
pub fn icon_button(ui: &mut Ui, icon: char, size: f32, label: &str, tooltip: &str) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(size), Sense::click());
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, label));
    let theme = Theme::of(ui);
    if let Some(ground) = ground_of(ui, &response, theme.surface, true) {
        ui.painter().rect_filled(rect, f32::from(theme::RADIUS), ground);
    }
    let colour = if response.hovered() && enabled { theme.text } else { theme.muted };
    let colour = if enabled { colour } else { theme::mix(theme.surface, theme.muted, 0.5) };
    paint_icon(ui, rect, icon, 16.0, colour);
    focus_ring(ui, &response, rect);
    response.on_hover_text(tooltip)
}

/// An icon button for a command.
pub fn command_icon(ui: &mut Ui, icon: char, command: Command) -> Response {
    ui.push_id(command.id(), |ui| icon_button(ui, icon, theme::CONTROL, command.name(), &command.tooltip()))
        .inner
}

/// A square switch with an icon.
pub fn toggle(ui: &mut Ui, icon: char, on: bool, label: &str) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(24.0), Sense::click());
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::selected(Role::Button, enabled, on, label));
    let theme = Theme::of(ui);
    let ground =
        if on { Some(theme.current(theme.raised)) } else { ground_of(ui, &response, theme.raised, true) };
    if let Some(ground) = ground {
        ui.painter().rect_filled(rect, f32::from(theme::RADIUS), ground);
    }
    paint_icon(ui, rect, icon, 15.0, if on { theme.accent } else { theme.muted });
    focus_ring(ui, &response, rect);
    response.on_hover_text(label)
}

/// A button with a word and, where there is one, its key.
pub fn button(ui: &mut Ui, text: &str, key: &str, tone: Tone) -> Response {
    sized_button(ui, text, key, tone, theme::CONTROL)
}

/// The width of a [`button`].
pub fn button_width(ui: &Ui, text: &str, key: &str) -> f32 {
    let width =
        |text: &str, font| ui.painter().layout_no_wrap(text.to_owned(), font, Color32::WHITE).size().x;
    let gap = if key.is_empty() { 0.0 } else { 8.0 };
    (24.0 + width(text, theme::medium(12.0)) + gap + width(key, theme::caption())).ceil()
}

/// A button of a given height.
pub fn sized_button(ui: &mut Ui, text: &str, key: &str, tone: Tone, height: f32) -> Response {
    let theme = Theme::of(ui);
    let (ground, ink) = colours(theme, tone);
    let font = if height < theme::CONTROL { theme::medium(11.0) } else { theme::medium(12.0) };
    let name = ui.painter().layout_no_wrap(text.to_owned(), font, ink);
    let key_ink = theme::mix(ground, ink, 0.75);
    let keys = ui.painter().layout_no_wrap(key.to_owned(), theme::caption(), key_ink);
    let gap = if key.is_empty() { 0.0 } else { 8.0 };
    let padding = if height < theme::CONTROL { 8.0 } else { 12.0 };
    let width = (padding * 2.0 + name.size().x + gap + keys.size().x).ceil();
    let (rect, response) = ui.allocate_exact_size(vec2(width, height), Sense::click());
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, text));
    button_ground(ui, &response, rect, ground, tone);
    let middle = rect.center().y;
    let x = rect.left() + padding;
    let after = x + name.size().x + gap;
    ui.painter().galley(pos2(x, middle - name.size().y / 2.0), name, ink);
    ui.painter().galley(pos2(after, middle - keys.size().y / 2.0), keys, key_ink);
    focus_ring(ui, &response, rect.expand(2.0));
    response
}

/// A button with a sign in the place of its word, for where words would take too much room.
pub fn sign_button(ui: &mut Ui, icon: char, name: &str, tone: Tone, size: Vec2) -> Response {
    let theme = Theme::of(ui);
    let (ground, ink) = colours(theme, tone);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, name));
    button_ground(ui, &response, rect, ground, tone);
    paint_icon(ui, rect, icon, 14.0, ink);
    focus_ring(ui, &response, rect.expand(2.0));
    response
}

/// Ground and ink.
fn colours(theme: &Theme, tone: Tone) -> (Color32, Color32) {
    match tone {
        Tone::Primary => (theme.accent, theme.on_accent),
        Tone::Plain => (theme.raised, theme.text),
        Tone::Quiet => (theme.surface, theme.text),
        Tone::Danger => (theme.raised, theme.error),
    }
}

fn button_ground(ui: &Ui, response: &Response, rect: Rect, ground: Color32, tone: Tone) {
    if let Some(ground) = ground_of(ui, response, ground, tone == Tone::Quiet) {
        ui.painter().rect_filled(rect, f32::from(theme::RADIUS), ground);
    }
    if matches!(tone, Tone::Plain | Tone::Danger) {
        let line = Theme::of(ui).hairline();
        ui.painter().rect_stroke(rect, f32::from(theme::RADIUS), line, StrokeKind::Inside);
    }
}

/// A button for a command, with its key written on it.
pub fn command_button(ui: &mut Ui, command: Command, text: &str, tone: Tone, height: f32) -> Response {
    sized_button(ui, text, &command.key_text(), tone, height).on_hover_text(command.tooltip())
}

/// A field for one line of text. `label` is its accessible name.
pub fn input(ui: &mut Ui, id: egui::Id, text: &mut String, label: &str, hint: &str, width: f32) -> Response {
    let theme = Theme::of(ui);
    let frame = egui::Frame::new()
        .fill(theme.background)
        .stroke(theme.hairline())
        .corner_radius(theme::RADIUS)
        .inner_margin(egui::Margin::symmetric(8, 4));
    let field = TextEdit::singleline(text)
        .id(id)
        .font(theme::body())
        .hint_text(egui::RichText::new(hint).color(theme.muted))
        .desired_width(width)
        .min_size(vec2(width, theme::CONTROL))
        .align(Align2::LEFT_CENTER)
        .frame(frame);
    let response = field.show(ui).response.response;
    focus_ring(ui, &response, response.rect);
    response.accessible_name(label)
}

/// Marks all `chars` characters of a field: what stood there before goes with the first key.
pub fn select_all(ui: &Ui, field: egui::Id, chars: usize) {
    use egui::text::{CCursor, CCursorRange};
    let mut state = TextEdit::load_state(ui.ctx(), field).unwrap_or_default();
    state.cursor.set_char_range(Some(CCursorRange::two(CCursor::new(0), CCursor::new(chars))));
    state.store(ui.ctx(), field);
}

/// Most lines of a [`growing_input`] that are shown at once.
const MAX_LINES: f32 = 5.0;

/// A field for one paragraph, which is wrapped and grows with it. `label` is its accessible name.
pub fn growing_input(ui: &mut Ui, id: egui::Id, text: &mut String, label: &str, hint: &str) -> Response {
    let theme = Theme::of(ui);
    let line = ui.fonts_mut(|fonts| fonts.row_height(&theme::body()));
    let width = ui.available_width();
    let frame = egui::Frame::new()
        .fill(theme.background)
        .stroke(theme.hairline())
        .corner_radius(theme::RADIUS)
        .inner_margin(egui::Margin::symmetric(8, 5));
    let shown = frame.show(ui, |ui| {
        egui::ScrollArea::vertical().max_height(line * MAX_LINES).show(ui, |ui| {
            TextEdit::multiline(text)
                .id(id)
                .font(theme::body())
                .hint_text(egui::RichText::new(hint).color(theme.muted))
                .desired_width(width - 16.0)
                .desired_rows(1)
                .return_key(None)
                .frame(egui::Frame::NONE)
                .show(ui)
                .response
                .response
        })
    });
    let response = shown.inner.inner;
    focus_ring(ui, &response, shown.response.rect);
    response.accessible_name(label)
}

/// Shows the field `id` with a text that may have come by other means than typing in it, such as a completed path: then the
/// caret stands behind it before the field takes what is typed in this frame.
pub fn with_caret<R>(
    ui: &mut Ui,
    id: egui::Id,
    text: &mut String,
    show: impl FnOnce(&mut Ui, &mut String) -> R,
) -> R {
    let key = id.with("known");
    let chars = text.chars().count();
    if ui.data(|data| data.get_temp(key)) != Some(chars) {
        let mut field = TextEdit::load_state(ui.ctx(), id).unwrap_or_default();
        let end = egui::text::CCursor::new(chars);
        field.cursor.set_char_range(Some(egui::text::CCursorRange::one(end)));
        field.store(ui.ctx(), id);
    }
    let shown = show(ui, text);
    ui.data_mut(|data| data.insert_temp(key, text.chars().count()));
    shown
}

/// What a row of a list looks like.
#[derive(Clone, Copy, Debug, Default)]
pub struct ListRow<'a> {
    /// Icon at the left.
    pub icon: Option<char>,
    /// Its colour; `None`: a quiet one.
    pub icon_colour: Option<Color32>,
    /// The text.
    pub text: &'a str,
    /// Its chars that match what was typed, in order.
    pub marks: &'a [usize],
    /// Quieter text behind it.
    pub detail: &'a str,
    /// Its chars that match.
    pub detail_marks: &'a [usize],
    /// Text at the right end.
    pub right: &'a str,
    /// It takes no more than this part of the row; 0: as much as it needs.
    pub max_right: f32,
    /// The one that Enter takes.
    pub current: bool,
    /// Pixels to shift the content right.
    pub indent: f32,
    /// Drawn as something that is set aside.
    pub dim: bool,
}

/// With less room than this in points the quieter text of a row is left out.
const MIN_DETAIL: f32 = 24.0;

/// One row of a list, as wide as there is room.
pub fn row(ui: &mut Ui, row: &ListRow<'_>) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), theme::CONTROL), Sense::click());
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::selected(Role::ListItem, enabled, row.current, row.text));
    let theme = Theme::of(ui);
    let ground = ui.stack().bg_color();
    let ground = if ground.a() == 0 { theme.raised } else { ground };
    if row.current {
        ui.painter().rect_filled(rect, f32::from(theme::RADIUS), theme.current(ground));
    } else if response.hovered() {
        ui.painter().rect_filled(rect, f32::from(theme::RADIUS), theme.hover(ground));
    }
    let ink = if row.dim { theme.muted } else { theme.text };
    let mut inner = rect.shrink2(vec2(8.0, 0.0));
    inner.min.x += row.indent;
    if let Some(icon) = row.icon {
        let colour = row.icon_colour.unwrap_or(theme.muted);
        paint_icon(ui, Rect::from_min_size(inner.min, vec2(16.0, rect.height())), icon, 15.0, colour);
        inner.min.x += 22.0;
    }
    let mut is_right_cut = false;
    if !row.right.is_empty() {
        let most = if row.max_right > 0.0 { rect.width() * row.max_right } else { f32::INFINITY };
        let galley = elided(ui, row.right, theme::caption(), theme.muted, most);
        is_right_cut = galley.elided;
        inner.max.x -= galley.size().x;
        ui.painter().galley(pos2(inner.max.x, inner.center().y - galley.size().y / 2.0), galley, theme.muted);
        inner.max.x -= 12.0;
    }
    let (width, mut cut) = marked_in(ui, inner, (row.text, row.marks), theme::body(), ink);
    inner.min.x += width + 8.0;
    if !row.detail.is_empty() {
        let detail = (row.detail, row.detail_marks);
        cut |= inner.width() < MIN_DETAIL || marked_in(ui, inner, detail, theme::label(), theme.muted).1;
    }
    focus_ring(ui, &response, rect);
    if !cut && !is_right_cut {
        return response;
    }
    let right = if is_right_cut { row.right } else { "" };
    response.on_hover_text(format!("{} {} {right}", row.text, row.detail).trim_end())
}

/// What an empty list says.
pub fn empty(ui: &mut Ui, text: &str) {
    let theme = Theme::of(ui);
    egui::Frame::new().inner_margin(8).show(ui, |ui| {
        // In a narrow panel it takes more lines, and does not push the panel wider.
        ui.add(egui::Label::new(egui::RichText::new(text).color(theme.muted)).wrap());
    });
}
