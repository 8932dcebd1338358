//! The line above a selection that says what to do with it: its field, the quick choices, and how much of the context it takes.

use std::ops::Range;

use assist::presets::PRESETS;
use egui::{Area, Id, Order, Rect, RichText, Ui, pos2, vec2};
use ground::command::Command;

use super::{WIDTH, close_beside, field_id};
use crate::event::{Event, OverlayEvent};
use crate::features::priming::{self, PromptMeter};
use crate::state::State;
use crate::ui::theme::{self, Theme};
use crate::ui::widgets::{self, Tone};
use crate::workspace::Instruction;

/// Height of the instruction line until it was seen.
const INSTRUCTION_HEIGHT: f32 = 152.0;
/// Room that the hint beside the buttons of an instruction needs.
const HINT: f32 = 190.0;

/// The line above a selection that says what to do with it, with the quick choices beneath.
pub(super) fn show(
    ui: &mut Ui,
    state: &State,
    instruction: &Instruction,
    anchor: Option<Rect>,
    out: &mut Vec<Event>,
) {
    let theme = Theme::of(ui);
    let window = ui.ctx().content_rect();
    let anchor =
        anchor.unwrap_or(Rect::from_min_size(window.center_top() + vec2(-200.0, 80.0), vec2(400.0, 20.0)));
    let width = WIDTH.min(window.right() - anchor.left() - 32.0).max(280.0);
    let known: Option<f32> = ui.data(|data| data.get_temp(field_id().with("instruction height")));
    let height = known.unwrap_or(INSTRUCTION_HEIGHT);
    let top = place(anchor, height, theme::TABS..window.bottom() - theme::STATUS - 8.0);
    let area =
        Area::new(Id::unique("instruction")).order(Order::Foreground).fixed_pos(pos2(anchor.left(), top));
    let shown = area.show(ui.ctx(), |ui| {
        theme.popover().show(ui, |ui| {
            ui.set_width(width - 16.0);
            let hint = if instruction.refines {
                "What else should change in the proposal?".to_owned()
            } else if instruction.others.is_empty() {
                "What to change? Leave empty to improve; @ adds a file".to_owned()
            } else {
                format!("What to change in {} selections, one after another?", instruction.others.len() + 1)
            };
            let mut typed = instruction.text.clone();
            let response = widgets::with_caret(ui, field_id(), &mut typed, |ui, typed| {
                widgets::growing_input(ui, field_id(), typed, "Instruction", &hint)
            });
            if response.changed() {
                // A paste of several lines is one instruction.
                out.push(Event::Overlay(OverlayEvent::Text(typed.replace(['\r', '\n'], " "))));
            }
            if !instruction.offer.names.is_empty() {
                ui.add_space(4.0);
                if let Some(index) = crate::ui::offered::offered(ui, &instruction.offer) {
                    out.push(Event::Overlay(OverlayEvent::Mention(index)));
                }
            }
            if !instruction.refines && instruction.offer.names.is_empty() {
                ui.add_space(6.0);
                quick_choices(ui, state, out);
            }
            if let Some(meter) = priming::update::meter(&state.priming, state) {
                ui.add_space(6.0);
                token_meter(ui, &meter);
            }
            ui.add_space(6.0);
            instruction_buttons(ui, instruction, out);
        });
    });
    let size = shown.response.rect.height();
    ui.data_mut(|data| data.insert_temp(field_id().with("instruction height"), size));
    close_beside(ui, shown.response.rect, out);
}

/// The top of the line, so that it covers nothing of what it is about: above it, else beneath it. What fills the window is covered at
/// its end, which is read last.
fn place(about: Rect, height: f32, room: Range<f32>) -> f32 {
    const GAP: f32 = 4.0;
    let most = (room.end - height).max(room.start);
    let (above, beneath) = (about.top() - height - GAP, about.bottom() + GAP);
    match () {
        () if above >= room.start => above.min(most),
        () if beneath <= most => beneath.max(room.start),
        () => most,
    }
}

/// How much of the context the prompt takes, and what is not in it.
fn token_meter(ui: &mut Ui, meter: &PromptMeter) {
    let theme = Theme::of(ui);
    let is_whole = !meter.full && meter.notes.is_empty();
    let ink = if is_whole { theme.muted } else { theme.warning };
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(8.0, 2.0);
        let (rect, response) = ui.allocate_exact_size(vec2(64.0, 14.0), egui::Sense::hover());
        let groove = Rect::from_center_size(rect.center(), vec2(rect.width(), 4.0));
        ui.painter().rect_filled(groove, 2.0, theme::mix(theme.raised, theme.text, 0.15));
        if let Some(part) = meter.part {
            let taken = groove.with_max_x(groove.left() + groove.width() * part.clamp(0.02, 1.0));
            ui.painter().rect_filled(taken, 2.0, if meter.full { theme.warning } else { theme.accent });
        }
        response.on_hover_text("How much of the model's context the request takes");
        let words = std::iter::once(meter.words.as_str()).chain(meter.notes.iter().map(String::as_str));
        let words = words.collect::<Vec<_>>().join("  ·  ");
        ui.add(egui::Label::new(RichText::new(words).font(theme::caption()).color(ink)).wrap());
    });
}

fn quick_choices(ui: &mut Ui, state: &State, out: &mut Vec<Event>) {
    let modifier = if cfg!(target_os = "macos") { "⌘" } else { "Ctrl+" };
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
        for (index, preset) in PRESETS.iter().enumerate() {
            let key = format!("{modifier}{}", index + 1);
            let button = widgets::button(ui, preset.name, &(index + 1).to_string(), Tone::Plain);
            if button.on_hover_text(format!("{} ({key})", preset.instruction)).clicked() {
                out.push(Event::Overlay(OverlayEvent::Pick(index)));
            }
        }
        for (index, (name, text)) in state.prompts.iter().enumerate() {
            if widgets::button(ui, name, "", Tone::Plain).on_hover_text(text).clicked() {
                out.push(Event::Overlay(OverlayEvent::Pick(PRESETS.len() + index)));
            }
        }
    });
}

fn instruction_buttons(ui: &mut Ui, instruction: &Instruction, out: &mut Vec<Event>) {
    let theme = Theme::of(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let name = if instruction.refines { "Refine" } else { "Improve" };
        if widgets::button(ui, name, "Enter", Tone::Primary)
            .on_hover_text(Command::Improve.tooltip())
            .clicked()
        {
            out.push(Event::Overlay(OverlayEvent::Accept));
        }
        if widgets::button(ui, "Cancel", "Esc", Tone::Plain).clicked() {
            out.push(Event::Overlay(OverlayEvent::Close));
        }
        let keys = if cfg!(target_os = "macos") { "⌘1–9" } else { "Ctrl+1–9" };
        let words = if instruction.refines {
            "↑ earlier instructions".to_owned()
        } else {
            format!("{keys} choose, ↑ earlier ones")
        };
        // In a narrow window the keys stand in the tooltips alone, so that nothing is pushed over its edge.
        if ui.available_width() >= HINT {
            ui.label(RichText::new(words).font(theme::label()).color(theme.muted));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_covers_nothing_of_what_it_is_about_where_there_is_room() {
        let about = |top: f32, bottom: f32| Rect::from_min_max(pos2(80.0, top), pos2(400.0, bottom));
        let top = |about| place(about, 150.0, 34.0..600.0);
        assert_eq!(top(about(300.0, 340.0)), 146.0, "above");
        assert_eq!(top(about(60.0, 200.0)), 204.0, "beneath all of its rows, not the first alone");
        assert_eq!(top(about(60.0, 560.0)), 450.0, "what fills the window is covered at its end");
        assert_eq!(top(about(-400.0, -300.0)), 34.0, "what is scrolled away is not covered");
        assert_eq!(top(about(900.0, 1000.0)), 450.0);
        assert_eq!(place(about(60.0, 90.0), 700.0, 34.0..600.0), 34.0, "a small window");
    }
}
