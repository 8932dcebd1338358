//! What a changed line was before, over the text, with what can be done about it; and the ways out of a conflict.

use egui::{Color32, Rect, ScrollArea, Ui, UiBuilder, vec2};
use git::Against;
use git::conflict::{Conflict, ConflictSide};
use git::lines::ChangeKind;
use ground::command::Command;
use ground::ids::TabId;

use crate::event::Event;
use crate::features::changes::{ChangesEvent, LineMark, TabMarks, marks};
use crate::ui::theme::{self, Theme};
use crate::ui::widgets::{self, Tone};
use crate::ui::{icons, parts};

/// Most rows of old text that are shown at once.
const ROWS: f32 = 10.0;
/// Narrower popovers have no keys on their buttons.
const KEYS_SHOWN: f32 = 560.0;

/// The colour of a mark.
pub fn colour(theme: &Theme, kind: ChangeKind) -> Color32 {
    let ink = match kind {
        ChangeKind::Added => theme.added,
        ChangeKind::Modified => theme.accent,
        ChangeKind::Deleted => theme.removed,
    };
    theme::mix(theme.background, ink, 0.8)
}

/// What a mark says.
pub fn words(mark: &LineMark) -> String {
    let lines = |count: usize| if count == 1 { "1 line".to_owned() } else { format!("{count} lines") };
    let (old, new) = (mark.change.old.len(), mark.change.new.len());
    match mark.change.kind() {
        ChangeKind::Added => format!("{} added", lines(new)),
        ChangeKind::Deleted => format!("{} deleted", lines(old)),
        ChangeKind::Modified if old == new => format!("{} changed", lines(new)),
        ChangeKind::Modified => format!("{} in place of {}", lines(new), lines(old)),
    }
}

/// Shows the old text of a change below `row`, within `room`.
pub fn show(
    ui: &Ui,
    (known, mark): (&TabMarks, &LineMark),
    place: (usize, usize),
    (row, room): (Rect, Rect),
    code_size: f32,
    out: &mut Vec<Event>,
) {
    let theme = Theme::of(ui);
    let width = (room.width() - 32.0).clamp(240.0, 760.0);
    let old = known.base.as_ref().map(|base| marks::old_text(base, mark)).unwrap_or_default();
    let lines: Vec<&str> = old.lines().collect();
    let height = code_size * 1.5;
    let tall = 44.0 + height * (lines.len() as f32).clamp(1.0, ROWS);
    // Above the line where there is no room beneath it.
    let top = if row.bottom() + tall > room.bottom() && row.top() - tall > room.top() {
        row.top() - tall
    } else {
        row.bottom()
    };
    let area = egui::Area::new(egui::Id::unique("peek")).order(egui::Order::Middle);
    area.fixed_pos(egui::pos2(room.left() + 8.0, top)).constrain_to(room).show(ui.ctx(), |ui| {
        theme.popover().inner_margin(0.0).show(ui, |ui| {
            ui.set_width(width);
            ui.spacing_mut().item_spacing = vec2(4.0, 0.0);
            header(ui, known, mark, place, out);
            old_lines(ui, &lines, code_size, height);
        });
    });
}

fn header(ui: &mut Ui, known: &TabMarks, mark: &LineMark, (at, count): (usize, usize), out: &mut Vec<Event>) {
    let theme = Theme::of(ui);
    let with = if known.of.against == Against::Head { "the last commit" } else { "what is staged" };
    let title = format!("{}, change {at} of {count}, compared with {with}", words(mark));
    let wide = ui.available_width() >= KEYS_SHOWN;
    let draw = |ui: &mut Ui, rect: Rect| {
        parts::text(ui, rect.with_min_x(rect.left() + 12.0), &title, theme::label(), theme.text)
    };
    parts::line(ui, 36.0, draw, |ui| {
        ui.add_space(4.0);
        if parts::icon(ui, icons::X, "Close the old text", "Close (Esc)").clicked() {
            out.push(Event::Changes(ChangesEvent::ClosePeek));
        }
        for (icon, command) in
            [(icons::ARROW_DOWN, Command::NextChange), (icons::ARROW_UP, Command::PreviousChange)]
        {
            if widgets::command_icon(ui, icon, command).clicked() {
                out.push(Event::Command(command));
            }
        }
        let actions = [(Command::StageHunk, "Stage"), (Command::RevertHunk, "Revert")];
        for (command, word) in actions {
            // What differs from the last commit may be staged already.
            if command == Command::StageHunk && known.of.against == Against::Head {
                continue;
            }
            let keys = if wide { command.key_text() } else { String::new() };
            let button = widgets::sized_button(ui, word, &keys, Tone::Plain, 22.0);
            if button.on_hover_text(command.tooltip()).clicked() {
                out.push(Event::Command(command));
            }
        }
    });
}

fn old_lines(ui: &mut Ui, lines: &[&str], code_size: f32, height: f32) {
    let theme = Theme::of(ui);
    if lines.is_empty() {
        widgets::empty(ui, "Nothing was here before.");
        return;
    }
    let area = ScrollArea::both().id_salt("old text").max_height(height * ROWS).auto_shrink([false, true]);
    area.show_rows(ui, height, lines.len(), |ui, range| {
        for line in &lines[range] {
            let shown: String = line.chars().take(2000).collect::<String>().replace('\t', "    ");
            let galley = ui.painter().layout_no_wrap(shown, theme::code(code_size), theme.text);
            let width = (galley.size().x + 24.0).max(ui.available_width());
            let (rect, response) = ui.allocate_exact_size(vec2(width, height), egui::Sense::hover());
            response.widget_info(|| {
                egui::WidgetInfo::labeled(egui::Role::Label, true, format!("Before: {line}"))
            });
            ui.painter().rect_filled(rect, 0.0, theme.removed_ground);
            let place = egui::pos2(rect.left() + 12.0, (rect.center().y - galley.size().y / 2.0).round());
            ui.painter().galley(place, galley, theme.text);
        }
    });
    ui.add_space(6.0);
}

/// The ways out of a conflict, at the right end of the row where it begins.
pub fn conflict(ui: &mut Ui, tab: TabId, conflict: &Conflict, row: Rect, out: &mut Vec<Event>) {
    let area = row.with_max_x(row.right() - 20.0);
    let layout = egui::Layout::right_to_left(egui::Align::Center);
    let line = conflict.all.start;
    let mut ui = ui.new_child(UiBuilder::new().id_salt(("conflict", line)).max_rect(area).layout(layout));
    ui.spacing_mut().item_spacing.x = 4.0;
    let behind = ui.painter().add(egui::Shape::Noop);
    let choices = [
        ("Both", ConflictSide::Both, Command::TakeBoth),
        ("Theirs", ConflictSide::Theirs, Command::TakeTheirs),
        ("Ours", ConflictSide::Ours, Command::TakeOurs),
    ];
    for (word, side, command) in choices {
        let button = widgets::sized_button(&mut ui, word, "", Tone::Plain, row.height() - 2.0);
        let names = match side {
            ConflictSide::Ours => format!("Keep what {} has", name(&conflict.names.0, "this side")),
            ConflictSide::Theirs => format!("Keep what {} has", name(&conflict.names.1, "the other side")),
            ConflictSide::Both => "Keep both, ours first".to_owned(),
        };
        if button.on_hover_text(format!("{names}\n{}", command.tooltip())).clicked() {
            out.push(Event::Changes(ChangesEvent::Resolve(tab, line, side)));
        }
    }
    let cover = row.with_min_x(ui.min_rect().left() - 6.0);
    ui.painter().set(behind, egui::Shape::rect_filled(cover, 0.0, Theme::of(&ui).background));
}

fn name<'a>(name: &'a str, otherwise: &'a str) -> &'a str {
    if name.is_empty() { otherwise } else { name }
}
