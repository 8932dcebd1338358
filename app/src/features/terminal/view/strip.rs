//! The strip of the panel: a tab for each terminal, and buttons for a new one, the size of the panel and its end.

use egui::{
    Align, Layout, PointerButton, Rect, Role, ScrollArea, Sense, Stroke, Ui, UiBuilder, WidgetInfo, pos2,
    vec2,
};
use ground::command::Command;

use super::super::{TerminalContent, TerminalEvent, TerminalState, TerminalTab, Terminals};
use crate::event::Event;
use crate::ui::theme::{self, Theme};
use crate::ui::{icons, widgets};

/// Widest that the words of a tab get.
const MAX_NAME: f32 = 200.0;
/// Room of the close button of a tab.
const CLOSE: f32 = 24.0;

/// Shows the strip.
pub fn show(ui: &mut Ui, rect: Rect, terminals: &Terminals, out: &mut Vec<Event>) {
    let theme = Theme::of(ui);
    ui.painter().rect_filled(rect.with_min_y(rect.top() + 1.0), 0.0, theme.surface);
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, theme.hairline());
    let inner = rect.shrink2(vec2(4.0, 3.0));
    let mut right =
        ui.new_child(UiBuilder::new().max_rect(inner).layout(Layout::right_to_left(Align::Center)));
    right.spacing_mut().item_spacing.x = 2.0;
    // A tab has its own end, and is as large as its pane.
    let is_panel = terminals.open;
    let close = format!("Hide terminal ({})", Command::ToggleTerminal.key_text());
    if is_panel
        && widgets::icon_button(&mut right, icons::X, theme::CONTROL, "Hide terminal", &close).clicked()
    {
        out.push(Event::Terminal(TerminalEvent::Hide));
    }
    let size = if terminals.maximized { icons::CHEVRON_DOWN } else { icons::CHEVRON_UP };
    let buttons = [
        (size, Command::MaximizeTerminal),
        (if is_panel { icons::CORNER_UP_RIGHT } else { icons::CHEVRON_DOWN }, Command::MoveTerminals),
        (icons::PLUS, Command::NewTerminal),
    ];
    for (icon, command) in buttons.into_iter().skip(usize::from(!is_panel)) {
        if widgets::command_icon(&mut right, icon, command).clicked() {
            out.push(Event::Command(command));
        }
    }
    let room = rect.with_max_x(right.min_rect().left() - 8.0);
    let mut strip = ui.new_child(UiBuilder::new().max_rect(room));
    strip.style_mut().always_scroll_the_only_direction = true;
    let area = ScrollArea::horizontal().id_salt("terminal tabs").auto_shrink(false);
    let area = area.scroll_bar_visibility(egui::scroll_area::ScrollBarVisibility::AlwaysHidden);
    area.show(&mut strip, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            for (index, tab) in terminals.tabs.iter().enumerate() {
                ui.push_id(tab.id.0, |ui| one(ui, tab, index, index == terminals.front, out));
            }
        });
    });
}

fn one(ui: &mut Ui, tab: &TerminalTab, index: usize, is_front: bool, out: &mut Vec<Event>) {
    let theme = Theme::of(ui);
    let ink = if is_front { theme.text } else { theme.muted };
    let name = widgets::elided(ui, tab.name(), theme::label(), ink, MAX_NAME);
    let width = (12.0 + 20.0 + name.size().x + CLOSE + 4.0).ceil();
    let (rect, response) = ui.allocate_exact_size(vec2(width, theme::TABS), Sense::click());
    let words = match &tab.state {
        TerminalState::Ended(end) => format!("Terminal tab {}, {}", tab.name(), end.words()),
        TerminalState::Waiting | TerminalState::Running => format!("Terminal tab {}", tab.name()),
    };
    response.widget_info(|| WidgetInfo::selected(Role::Tab, true, is_front, &words));
    if is_front {
        let ground = rect.with_min_y(rect.top() + 1.0).with_max_y(rect.bottom());
        ui.painter().rect_filled(ground, 0.0, theme.background);
        ui.painter().hline(rect.x_range(), rect.top() + 1.0, Stroke::new(2.0, theme.accent));
    } else if response.hovered() {
        ui.painter().rect_filled(rect.shrink2(vec2(0.0, 1.0)), 0.0, theme.hover(theme.surface));
    }
    let place = Rect::from_min_size(pos2(rect.left() + 12.0, rect.top()), vec2(16.0, rect.height()));
    let (icon, colour) = sign(tab, theme);
    widgets::paint_icon(ui, place, icon, 13.0, colour);
    let y = rect.center().y - name.size().y / 2.0;
    ui.painter().galley(pos2(rect.left() + 32.0, y), name, ink);
    widgets::focus_ring(ui, &response, rect.shrink(1.0));
    let button = Rect::from_center_size(
        pos2(rect.right() - CLOSE / 2.0 - 2.0, rect.center().y),
        egui::Vec2::splat(20.0),
    );
    let mut corner = ui.new_child(UiBuilder::new().max_rect(button));
    let label = format!("Close terminal {}", tab.name());
    if widgets::icon_button(&mut corner, icons::X, 20.0, &label, "Close and end what runs in it").clicked()
        || response.clicked_by(PointerButton::Middle)
    {
        out.push(Event::Terminal(TerminalEvent::Close(tab.id)));
    } else if response.clicked() {
        out.push(Event::Terminal(TerminalEvent::Show(index)));
    }
    response.on_hover_text(words);
}

/// A sign for what runs in it and how it ended.
fn sign(tab: &TerminalTab, theme: &Theme) -> (char, egui::Color32) {
    match (&tab.state, &tab.content) {
        (TerminalState::Ended(terminal::TerminalEnd::Exited(0)), _) => (icons::CHECK, theme.added),
        (TerminalState::Ended(_), _) => (icons::CIRCLE_ALERT, theme.error),
        (_, TerminalContent::Task(_)) => (icons::PLAY, theme.accent),
        (_, TerminalContent::Shell(_)) if tab.rang => (icons::CHEVRON_RIGHT, theme.warning),
        (_, TerminalContent::Shell(_)) => (icons::CHEVRON_RIGHT, theme.muted),
    }
}
