//! A view that fails costs itself, not the window: its panic is caught, and a sentence stands in its place until it is shown
//! again or closed.

use egui::{RichText, Ui, UiBuilder, vec2};

use crate::event::Event;
use crate::features::recovery::crash;
use crate::state::State;
use crate::ui::theme::{self, Theme};
use crate::ui::widgets::{self, Tone};
use crate::workspace::WindowPart;

#[cfg(test)]
thread_local! {
    /// The view that fails, for tests: after it has drawn.
    pub static FAILS: std::cell::Cell<Option<WindowPart>> = const { std::cell::Cell::new(None) };
}

/// Draws a view. What it said in a frame in which it failed is not heard.
pub fn guarded(
    ui: &mut Ui,
    state: &State,
    view: WindowPart,
    out: &mut Vec<Event>,
    draw: impl FnOnce(&mut Ui, &mut Vec<Event>),
) {
    if let Some(place) = state.failed_views.get(&view) {
        return stand_in(ui, view, place, out);
    }
    let mut said = Vec::new();
    let drawn = crash::guarded(|| {
        draw(ui, &mut said);
        #[cfg(test)]
        assert!(FAILS.get() != Some(view), "a view that fails");
    });
    match drawn {
        Ok(()) => out.append(&mut said),
        Err(place) => out.push(Event::ViewFailed(view, place)),
    }
}

fn stand_in(ui: &mut Ui, view: WindowPart, place: &str, out: &mut Vec<Event>) {
    let theme = Theme::of(ui);
    let low = ui.available_height() < 60.0;
    let margin = if low { vec2(12.0, 0.0) } else { vec2(16.0, 16.0) };
    let inner = ui.available_rect_before_wrap().shrink2(margin);
    ui.scope_builder(UiBuilder::new().max_rect(inner), |ui| {
        ui.spacing_mut().item_spacing = vec2(8.0, 8.0);
        let words = format!("{} failed ({place}). Your text is untouched.", view.name());
        let text = RichText::new(&words).font(if low { theme::label() } else { theme::body() });
        let mut again = false;
        let mut close = false;
        let mut buttons = |ui: &mut Ui| {
            let height = if low { 20.0 } else { theme::CONTROL };
            again = widgets::sized_button(ui, "Show again", "", Tone::Primary, height).clicked();
            if !matches!(view, WindowPart::Status | WindowPart::Text) {
                close = widgets::sized_button(ui, "Close", "", Tone::Plain, height).clicked();
            }
        };
        if low {
            ui.horizontal_centered(|ui| {
                ui.label(text.color(theme.error));
                buttons(ui);
            });
        } else {
            ui.add(egui::Label::new(text.color(theme.error)).wrap());
            ui.horizontal(buttons);
        }
        if again {
            out.push(Event::ShowView(view));
        }
        if close {
            out.push(Event::CloseView(view));
        }
    });
}
