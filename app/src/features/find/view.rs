//! The find bar: pattern, switches, count, next and previous; a second line to replace.

use egui::{FocusDirection, Frame, Id, Key, Margin, Response, Ui};
use ground::command::Command;

use crate::event::Event;
use crate::features::find::{FindBar, FindEvent};
use crate::ui::icons;
use crate::ui::theme::{self, Theme};
use crate::ui::widgets::{self, Tone};
use crate::workspace::Workspace;

/// Width of the fields.
const FIELD: f32 = 320.0;

/// The field for the pattern.
pub fn pattern_id() -> Id {
    Id::unique("find pattern")
}

/// The field for the replacement.
pub fn replacement_id() -> Id {
    Id::unique("find replacement")
}

/// Shows the bar.
pub fn show(ui: &mut Ui, find: &FindBar, workspace: &Workspace, out: &mut Vec<Event>) {
    let theme = Theme::of(ui);
    let frame = Frame::new().fill(theme.surface).inner_margin(Margin::symmetric(12, 6));
    let shown = frame.show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        ui.spacing_mut().item_spacing = egui::vec2(4.0, 6.0);
        let width = (ui.available_width() - 290.0).clamp(120.0, FIELD);
        if find.replacing {
            walk(ui);
        }
        ui.horizontal(|ui| pattern(ui, find, workspace, width, out));
        if find.replacing {
            ui.horizontal(|ui| replacement(ui, find, width, out));
        }
    });
    let rect = shown.response.rect;
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, theme.hairline());
}

/// Tab goes from the pattern straight to the replacement, and back: the switches come after both.
fn walk(ui: &Ui) {
    let (tab, back) = ui.input(|input| (input.key_pressed(Key::Tab), input.modifiers.shift));
    let (from, to) = if back { (replacement_id(), pattern_id()) } else { (pattern_id(), replacement_id()) };
    ui.memory_mut(|memory| {
        if tab && memory.has_focus(from) {
            memory.move_focus(FocusDirection::None);
            memory.request_focus(to);
        }
    });
}

fn pattern(ui: &mut Ui, find: &FindBar, workspace: &Workspace, width: f32, out: &mut Vec<Event>) {
    let find = &find;
    let mut text = find.query.pattern.clone();
    let field = widgets::input(ui, pattern_id(), &mut text, "Find", "Find", width);
    let marked = ui.data_mut(|data| std::mem::replace(data.get_temp_mut_or_default(field.id), find.opened));
    if marked != find.opened {
        widgets::select_all(ui, field.id, text.chars().count());
    }
    if field.changed() {
        out.push(Event::Find(FindEvent::Pattern(text)));
    }
    enter(ui, &field, Event::Command(Command::FindNext), out);
    let switches = [
        (icons::CASE_SENSITIVE, find.query.case_sensitive, "Match case", FindEvent::Case),
        (icons::WHOLE_WORD, find.query.whole_word, "Whole word", FindEvent::Word),
        (icons::REGEX, find.query.regex, "Regular expression", FindEvent::Regex),
    ];
    for (icon, on, label, event) in switches {
        if widgets::toggle(ui, icon, on, label).clicked() {
            out.push(Event::Find(event));
        }
    }
    for (icon, command) in [(icons::ARROW_UP, Command::FindPrevious), (icons::ARROW_DOWN, Command::FindNext)]
    {
        if widgets::icon_button(ui, icon, 24.0, command.name(), &command.tooltip()).clicked() {
            out.push(Event::Command(command));
        }
    }
    let (words, failed) = count(find, workspace);
    let theme = Theme::of(ui);
    let ink = if failed { theme.error } else { theme.muted };
    let room = (ui.available_width() - 32.0).max(0.0);
    let galley = widgets::elided(ui, &words, theme::label(), ink, room);
    let label = ui.add(egui::Label::new(galley).selectable(false));
    label.on_hover_text(&words);
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
        if widgets::icon_button(ui, icons::X, 24.0, "Close find bar", "Close (Esc)").clicked() {
            out.push(Event::Find(FindEvent::Close));
        }
    });
}

/// `3 of 17`, or why there is nothing to count.
fn count(find: &FindBar, workspace: &Workspace) -> (String, bool) {
    if let Some(error) = &find.error {
        return (error.clone(), true);
    }
    let Some((tab, search)) = workspace.tab().and_then(|tab| Some((tab, tab.search.as_ref()?))) else {
        return (String::new(), false);
    };
    let total = search.count();
    let more = if search.is_done() && !search.is_capped() { "" } else { "+" };
    let range = tab.document.selection().primary().range();
    let current = search.index_at(range.start).filter(|index| search.matches().get(*index) == Some(&range));
    match (total, current) {
        (0, _) if search.is_done() => ("No match".into(), true),
        (0, _) => ("Searching…".into(), false),
        (_, Some(index)) => (format!("{} of {total}{more}", index + 1), false),
        (1, None) => ("1 match".into(), false),
        (_, None) => (format!("{total}{more} matches"), false),
    }
}

fn replacement(ui: &mut Ui, find: &FindBar, width: f32, out: &mut Vec<Event>) {
    let mut text = find.replacement.clone();
    let field = widgets::input(ui, replacement_id(), &mut text, "Replace with", "Replace with", width);
    if field.changed() {
        out.push(Event::Find(FindEvent::Replacement(text)));
    }
    enter(ui, &field, Event::Find(FindEvent::ReplaceOne), out);
    if widgets::button(ui, "Replace", "", Tone::Plain).on_hover_text("Replace this match (Enter)").clicked() {
        out.push(Event::Find(FindEvent::ReplaceOne));
    }
    if widgets::button(ui, "Replace all", "", Tone::Plain)
        .on_hover_text("Replace every match in this file")
        .clicked()
    {
        out.push(Event::Find(FindEvent::ReplaceAll));
    }
}

/// Enter acts and leaves the keyboard in the field.
fn enter(ui: &Ui, field: &Response, event: Event, out: &mut Vec<Event>) {
    if field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) {
        field.request_focus();
        out.push(event);
    }
}
