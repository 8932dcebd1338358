//! The field over a terminal that looks through its history.

use egui::{Id, Rect, Ui, UiBuilder, pos2, vec2};
use ground::words::grouped;
use terminal::FindStep;

use super::super::{TerminalEvent, TerminalFind, Terminals};
use crate::event::Event;
use crate::ui::theme::{self, Theme};
use crate::ui::{icons, widgets};

/// Width of the field and of all of it.
const FIELD: f32 = 200.0;
const WIDTH: f32 = FIELD + COUNT + 3.0 * theme::CONTROL + 32.0;
/// Width of what says how many there are.
const COUNT: f32 = 84.0;

/// The field.
pub fn field_id() -> Id {
    Id::unique("terminal find")
}

/// Shows the field while somebody looks.
pub fn show(ui: &mut Ui, body: Rect, terminals: &Terminals, out: &mut Vec<Event>) {
    let Some(find) = &terminals.find else { return };
    let theme = Theme::of(ui);
    let width = WIDTH.min(body.width() - 24.0);
    let corner = pos2(body.right() - width - 16.0, body.top() + 4.0);
    let rect = Rect::from_min_size(corner, vec2(width, theme::CONTROL + 8.0));
    ui.painter().rect_filled(rect, f32::from(theme::RADIUS), theme.raised);
    ui.painter().rect_stroke(rect, f32::from(theme::RADIUS), theme.hairline(), egui::StrokeKind::Inside);
    // What lies over the terminal takes its clicks.
    ui.interact(rect, field_id().with("ground"), egui::Sense::CLICK | egui::Sense::DRAG);
    let mut bar = ui.new_child(
        UiBuilder::new().max_rect(rect.shrink(4.0)).layout(egui::Layout::left_to_right(egui::Align::Center)),
    );
    bar.spacing_mut().item_spacing.x = 4.0;
    let mut typed = find.text.clone();
    let room = (width - COUNT - 3.0 * theme::CONTROL - 32.0).max(40.0);
    let label = if find.is_in_vain() { "Find in terminal: no results" } else { "Find in terminal" };
    let field = widgets::with_caret(&mut bar, field_id(), &mut typed, |ui, typed| {
        widgets::input(ui, field_id(), typed, label, "Find", room)
    });
    if find.is_in_vain() {
        let stroke = egui::Stroke::new(1.0, theme.error);
        bar.painter().rect_stroke(field.rect, f32::from(theme::RADIUS), stroke, egui::StrokeKind::Inside);
    }
    if field.changed() {
        out.push(Event::Terminal(TerminalEvent::FindText(typed)));
    }
    count(&mut bar, find, theme);
    let buttons = [
        (
            icons::ARROW_UP,
            "Find further up",
            "Find further up (Enter)",
            TerminalEvent::FindNext(FindStep::Up),
        ),
        (
            icons::ARROW_DOWN,
            "Find further down",
            "Find further down (Shift+Enter)",
            TerminalEvent::FindNext(FindStep::Down),
        ),
        (icons::X, "Close search in terminal", "Close (Esc)", TerminalEvent::FindClose),
    ];
    for (icon, name, tooltip, event) in buttons {
        let response =
            bar.push_id(name, |ui| widgets::icon_button(ui, icon, theme::CONTROL, name, tooltip)).inner;
        if response.clicked() {
            out.push(Event::Terminal(event));
        }
    }
}

/// Which of how many matches is shown.
fn count(ui: &mut Ui, find: &TerminalFind, theme: &Theme) {
    let (rect, _) = ui.allocate_exact_size(vec2(COUNT, theme::CONTROL), egui::Sense::hover());
    let words = words(find);
    ui.painter().text(rect.left_center(), egui::Align2::LEFT_CENTER, &words, theme::label(), theme.muted);
    ui.interact(rect, field_id().with("count"), egui::Sense::hover())
        .widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &words));
}

fn words(find: &TerminalFind) -> String {
    let Some(found) = find.found.filter(|_| !find.text.is_empty()) else { return String::new() };
    let more = if found.is_more { "+" } else { "" };
    let count = grouped(found.count as u64);
    match found.place {
        _ if !found.is_found => "No results".to_owned(),
        Some(place) => format!("{} of {count}{more}", grouped(place as u64)),
        None => format!("{count}{more}"),
    }
}
