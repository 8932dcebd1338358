//! The two buttons of a hunk that waits for a decision. They stand over the code, so they take as little of it as they can.

use editor_core::diff::RowKind;
use editor_core::review::HunkState;
use egui::{Align, Color32, Layout, Rect, Role, Sense, Shape, Ui, UiBuilder, WidgetInfo, vec2};
use ground::command::Command;

use crate::event::Event;
use crate::ui::icons;
use crate::ui::menu::MenuLine;
use crate::ui::theme::Theme;
use crate::ui::widgets::{self, Tone};
use crate::workspace::TabReview;

/// Places from this width on have room for the keys.
const KEYS_SHOWN: f32 = 760.0;
/// Narrower places have signs instead of words.
const WORDS_SHOWN: f32 = 520.0;

/// What can be done with a hunk that waits for a decision, and with the whole review.
pub fn menu_lines(review: &TabReview, hunk: usize) -> Vec<MenuLine> {
    let is_pending = review.review.hunks().get(hunk).is_some_and(|hunk| hunk.state == HunkState::Pending);
    let one = |command: Command, event| {
        MenuLine::event(command.name(), &command.key_text(), event).only_if(is_pending)
    };
    let coming: String = review
        .rows
        .iter()
        .filter(|row| row.hunk == Some(hunk) && row.kind == RowKind::Added)
        .map(|row| format!("{}\n", row.text))
        .collect();
    let mut lines = vec![
        one(Command::AcceptHunk, Event::AcceptHunk(hunk)),
        one(Command::RejectHunk, Event::RejectHunk(hunk)),
    ];
    if !coming.is_empty() {
        lines.push(MenuLine::copy("Copy new lines", coming));
    }
    lines.push(MenuLine::Separator);
    lines.extend([Command::AcceptAll, Command::RejectAll].map(MenuLine::command));
    lines.push(MenuLine::command(Command::EditProposal));
    if review.is_untouched() && review.task.asks() {
        lines.push(MenuLine::named(Command::NextAlternative, "Another proposal"));
    }
    lines.push(MenuLine::command(Command::SideBySide));
    lines
}

/// Shows them at the right end of `row`, whose code is `width` wide, on the ground of that row.
pub fn buttons(
    ui: &mut Ui,
    review: &TabReview,
    hunk: usize,
    (row, width): (Rect, f32),
    ground: Color32,
    out: &mut Vec<Event>,
) {
    // The keys act on it.
    let current = review.current == Some(hunk);
    let area = row.with_max_x(row.right() - 20.0);
    let layout = Layout::right_to_left(Align::Center);
    let mut ui = ui.new_child(UiBuilder::new().id_salt(("hunk", hunk)).max_rect(area).layout(layout));
    ui.spacing_mut().item_spacing.x = 4.0;
    let behind = ui.painter().add(Shape::Noop);
    let tone = if current { Tone::Primary } else { Tone::Plain };
    let height = row.height() - 2.0;
    let choices = [
        (Command::RejectHunk, "Reject", icons::X, Tone::Plain, Event::RejectHunk(hunk)),
        (Command::AcceptHunk, "Accept", icons::CHECK, tone, Event::AcceptHunk(hunk)),
    ];
    for (command, word, icon, tone, event) in choices {
        let keys = if current && width >= KEYS_SHOWN { command.key_text() } else { String::new() };
        let button = if width >= WORDS_SHOWN {
            widgets::sized_button(&mut ui, word, &keys, tone, height)
        } else {
            widgets::sign_button(&mut ui, icon, word, tone, vec2(height + 6.0, height))
        };
        if button.on_hover_text(command.tooltip()).clicked() {
            out.push(event);
        }
    }
    if let Some(words) = review.warning_of(hunk) {
        let (rect, response) = ui.allocate_exact_size(vec2(height, height), Sense::hover());
        widgets::paint_icon(&ui, rect, icons::WARNING, 14.0, Theme::of(&ui).warning);
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, words));
        response.on_hover_text(words);
    }
    // Code that is longer ends before them instead of showing between and behind them.
    let cover = row.with_min_x(ui.min_rect().left() - 6.0);
    ui.painter().set(behind, Shape::rect_filled(cover, 0.0, ground));
}
