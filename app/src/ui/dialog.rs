//! What must be answered before anything else: one look for all of it. The title, what is said, and the answers at the right, the
//! first one outermost, over a veil.

use egui::{Align, Id, Label, Layout, Margin, Modal, Response, RichText, Ui, vec2};

use super::theme::{self, Theme};
use super::widgets::{self, Tone};

/// Width of a question.
pub const QUESTION: f32 = 440.0;
/// Width of what has a text or a table in it.
pub const WIDE: f32 = 640.0;

/// Shows a dialog no wider than this and than the window.
pub fn show(ui: &Ui, id: Id, width: f32, content: impl FnOnce(&mut Ui)) {
    let theme = Theme::of(ui);
    let veil = theme::mix(theme.background, egui::Color32::BLACK, 0.5);
    let veil = veil.gamma_multiply(if theme.dark { 0.6 } else { 0.25 });
    let frame = theme.popover().inner_margin(Margin::same(20));
    Modal::new(id).frame(frame).backdrop_color(veil).show(ui.ctx(), |ui| {
        ui.set_width(width.min(ui.ctx().content_rect().width() - 80.0));
        content(ui);
    });
}

/// The title.
pub fn title(ui: &mut Ui, text: &str) {
    ui.label(RichText::new(text).font(theme::semibold(15.0)).color(Theme::of(ui).text));
    ui.add_space(4.0);
}

/// What is said beneath it.
pub fn text(ui: &mut Ui, text: &str) {
    ui.add(Label::new(RichText::new(text).color(Theme::of(ui).muted)).wrap());
}

/// The answers, from the right.
pub fn answers(ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    ui.add_space(16.0);
    let size = vec2(ui.available_width(), theme::CONTROL);
    ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), content);
}

/// The answer that changes nothing. It gets the keyboard where nobody else has it and `first`, for what cannot be had back is never
/// what Enter does unasked.
pub fn cancel(ui: &mut Ui, words: &str, first: bool) -> Response {
    let cancel = widgets::button(ui, words, "Esc", Tone::Plain);
    if first && is_nobodys(ui) {
        cancel.request_focus();
    }
    cancel
}

/// Has nobody the keyboard, or the text beneath?
pub fn is_nobodys(ui: &Ui) -> bool {
    ui.memory(|memory| memory.focused().is_none_or(|id| id == super::code::id()))
}
