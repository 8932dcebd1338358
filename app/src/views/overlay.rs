//! What lies over the window: lists to choose from, go to line, paths, and where the other panels are put.

mod instruction;
mod question;
mod quick;

use egui::scroll_area::ScrollAreaOutput;
use egui::{Align2, Area, Frame, Id, Margin, Order, Rect, RichText, ScrollArea, Ui, vec2};
use ground::command::Command;

use crate::event::{Event, OverlayEvent};
use crate::features::models;
use crate::state::State;
use crate::ui::theme::{self, Theme};
use crate::ui::widgets::{self, ListRow, Tone};
use crate::ui::{file_icons, icons, page_icons};
use crate::workspace::picker::{Choice, Picker, PickerKind};
use crate::workspace::{Overlay, PathPrompt, PathPurpose, TabContent};

/// Width of lists.
const WIDTH: f32 = 560.0;
/// Width of the list behind quick open.
const QUICK: f32 = 680.0;
/// Width of code.
const WIDE: f32 = 760.0;
/// Greatest height of the rows of a list.
pub(super) const ROWS: f32 = 364.0;

/// The field of whatever lies over the window.
pub fn field_id() -> Id {
    Id::unique("overlay field")
}

/// Shows what lies over the window. `anchor`: the row that an instruction is about.
pub fn show(ui: &mut Ui, state: &State, anchor: Option<Rect>, out: &mut Vec<Event>) {
    match &state.overlay {
        Overlay::None => {}
        Overlay::Picker(picker) => popover(ui, out, |ui, out| list(ui, state, picker, out)),
        Overlay::Quick(list) => quick_popover(ui, out, |ui, out| quick::show(ui, state, list, out)),
        Overlay::Path(prompt) => popover(ui, out, |ui, out| path(ui, prompt, out)),
        Overlay::Instruction(instruction) => instruction::show(ui, state, instruction, anchor, out),
        Overlay::Question(question) => question::show(ui, state, question, out),
        Overlay::Proposal(_, text) => {
            wide_popover(ui, out, |ui, out| proposal(ui, state.settings.editor.font_size, text, out));
        }
        Overlay::ErrorMessage(text) => {
            wide_popover(ui, out, |ui, out| error_message(ui, state.settings.editor.font_size, text, out));
        }
        Overlay::Models(dialog) => models::view::dialog(ui, dialog, out),
    }
}

/// A panel at the top of the window; a click beside it closes it.
fn popover(ui: &mut Ui, out: &mut Vec<Event>, content: impl FnOnce(&mut Ui, &mut Vec<Event>)) {
    popover_of(ui, WIDTH, out, content);
}

/// One for paths and lines of code.
fn quick_popover(ui: &mut Ui, out: &mut Vec<Event>, content: impl FnOnce(&mut Ui, &mut Vec<Event>)) {
    popover_of(ui, QUICK, out, content);
}

/// One for code.
fn wide_popover(ui: &mut Ui, out: &mut Vec<Event>, content: impl FnOnce(&mut Ui, &mut Vec<Event>)) {
    popover_of(ui, WIDE, out, content);
}

fn popover_of(ui: &mut Ui, width: f32, out: &mut Vec<Event>, content: impl FnOnce(&mut Ui, &mut Vec<Event>)) {
    let theme = Theme::of(ui);
    let window = ui.ctx().content_rect();
    let width = width.min(window.width() - 32.0);
    // It is there at once: somebody who types into it waits for each frame of a fade.
    let area = Area::new(Id::unique("popover"))
        .order(Order::Foreground)
        .fade_in(false)
        .anchor(Align2::CENTER_TOP, vec2(0.0, (window.height() * 0.12).min(96.0)));
    let shown = area.show(ui.ctx(), |ui| {
        theme.popover().show(ui, |ui| {
            ui.set_width(width - 16.0);
            ui.spacing_mut().item_spacing.y = 2.0;
            content(ui, out);
        });
    });
    close_beside(ui, shown.response.rect, out);
}

fn close_beside(ui: &Ui, rect: Rect, out: &mut Vec<Event>) {
    let beside = ui.input(|input| {
        input.pointer.any_pressed() && input.pointer.interact_pos().is_some_and(|point| !rect.contains(point))
    });
    if beside {
        out.push(Event::Overlay(OverlayEvent::Close));
    }
}

/// The field at the top; it always has the keyboard.
pub(super) fn field(ui: &mut Ui, text: &str, label: &str, hint: &str, out: &mut Vec<Event>) {
    let mut typed = text.to_owned();
    let width = ui.available_width();
    let response = widgets::with_caret(ui, field_id(), &mut typed, |ui, typed| {
        widgets::input(ui, field_id(), typed, label, hint, width)
    });
    if response.changed() {
        out.push(Event::Overlay(OverlayEvent::Text(typed)));
    }
}

fn list(ui: &mut Ui, state: &State, picker: &Picker, out: &mut Vec<Event>) {
    field(ui, &picker.query, picker.kind.title(), picker.kind.hint(), out);
    ui.add_space(4.0);
    if picker.shown().len() == 0 {
        return widgets::empty(ui, &nothing_found(state, picker));
    }
    let rows = picker.shown().len();
    let area = rows_area(ui, rows, ROWS);
    keep_row_in_view(ui, area, "rows", Some(picker.current), |ui, area| {
        area.show_rows(ui, theme::CONTROL, rows, |ui, range| {
            for (index, item) in picker.shown().enumerate().skip(range.start).take(range.len()) {
                let (marks, detail_marks) = picker.marks(index);
                let is_file = matches!(
                    item.choice,
                    Choice::File(_) | Choice::Name(..) | Choice::Review(_) | Choice::Tab(TabContent::Text(_))
                );
                let file = is_file.then(|| file_icons::of(&item.text));
                let row = ListRow {
                    marks,
                    detail_marks,
                    icon: file.map(|file| file.sign).or(icon(&item.choice)),
                    icon_colour: file.map(|file| file.colour(Theme::of(ui))),
                    text: &item.text,
                    detail: &item.detail,
                    right: &item.right,
                    current: index == picker.current,
                    ..ListRow::default()
                };
                if widgets::row(ui, &row).clicked() {
                    out.push(Event::Overlay(OverlayEvent::Pick(index)));
                }
            }
        })
    });
    if picker.kind == PickerKind::Reviews {
        decisions(ui, out);
    }
}

/// The lines that a hunk adds, to be changed before they are accepted.
fn proposal(ui: &mut Ui, size: f32, text: &str, out: &mut Vec<Event>) {
    lines_field(ui, (text, size), ("Edit proposal", "Proposal"), "", out);
    lines_buttons(ui, "Use this", "Accept it in the review afterwards.", out);
}

/// The message of an error.
fn error_message(ui: &mut Ui, size: f32, text: &str, out: &mut Vec<Event>) {
    let hint = "Paste an error message from a compiler, an interpreter or a test";
    lines_field(ui, (text, size), ("Explain error", "Error message"), hint, out);
    lines_buttons(ui, "Explain", "With the selection, or the function that it names.", out);
}

/// A field for several lines; it always has the keyboard.
fn lines_field(
    ui: &mut Ui,
    (text, size): (&str, f32),
    (title, label): (&str, &str),
    hint: &str,
    out: &mut Vec<Event>,
) {
    let theme = Theme::of(ui);
    ui.horizontal(|ui| {
        ui.add_space(8.0);
        ui.label(RichText::new(title).font(theme::semibold(12.0)).color(theme.text));
    });
    ui.add_space(4.0);
    let mut typed = text.to_owned();
    let rows = text.lines().count().clamp(3, 16);
    ScrollArea::vertical().max_height(ROWS).show(ui, |ui| {
        let frame = Frame::new()
            .fill(theme.background)
            .stroke(theme.hairline())
            .corner_radius(theme::RADIUS)
            .inner_margin(Margin::symmetric(8, 6));
        let field = widgets::with_caret(ui, field_id(), &mut typed, |ui, typed| {
            egui::TextEdit::multiline(typed)
                .id(field_id())
                .frame(frame)
                .font(theme::code(size))
                .text_color(theme.text)
                .hint_text(RichText::new(hint).font(theme::body()).color(theme.muted))
                .lock_focus(true)
                .desired_rows(rows)
                .desired_width(ui.available_width())
                .show(ui)
        });
        let response = field.response.response.accessible_name(label);
        widgets::focus_ring(ui, &response, response.rect);
        if response.changed() {
            out.push(Event::Overlay(OverlayEvent::Text(typed.clone())));
        }
    });
    ui.add_space(6.0);
}

fn lines_buttons(ui: &mut Ui, action: &str, words: &str, out: &mut Vec<Event>) {
    let theme = Theme::of(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let key = if cfg!(target_os = "macos") { "⌘Enter" } else { "Ctrl+Enter" };
        if widgets::button(ui, action, key, Tone::Primary).clicked() {
            out.push(Event::Overlay(OverlayEvent::Accept));
        }
        if widgets::button(ui, "Cancel", "Esc", Tone::Plain).clicked() {
            out.push(Event::Overlay(OverlayEvent::Close));
        }
        ui.label(RichText::new(words).font(theme::label()).color(theme.muted));
    });
}

/// What can be done with the review in the current row.
fn decisions(ui: &mut Ui, out: &mut Vec<Event>) {
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let (accept, reject) = (Command::AcceptAll, Command::RejectAll);
        if widgets::button(ui, "Accept all", &accept.key_text(), Tone::Plain).clicked() {
            out.push(Event::Overlay(OverlayEvent::Decide(true)));
        }
        if widgets::button(ui, "Reject all", &reject.key_text(), Tone::Plain).clicked() {
            out.push(Event::Overlay(OverlayEvent::Decide(false)));
        }
    });
}

/// As high as its rows, up to a limit. Said outright: a popover that was small before offers no room to grow into. Rows that are more than
/// that are an area of their own, whose bar is there from the first frame and does not fade in.
pub(super) fn rows_area(ui: &Ui, rows: usize, limit: f32) -> ScrollArea {
    let height = rows as f32 * (theme::CONTROL + ui.spacing().item_spacing.y);
    let area = ScrollArea::vertical().max_height(limit).min_scrolled_height(height.min(limit));
    area.auto_shrink([false, true]).id_salt(height > limit)
}

/// Scrolls to the current row when it has changed and is not seen; a row that is not drawn cannot do it by itself.
pub(super) fn keep_row_in_view<R>(
    ui: &mut Ui,
    area: ScrollArea,
    salt: &str,
    current: Option<usize>,
    show: impl FnOnce(&mut Ui, ScrollArea) -> ScrollAreaOutput<R>,
) {
    let key = field_id().with(salt);
    let (known, offset, height): (Option<usize>, f32, f32) =
        ui.data(|data| data.get_temp(key)).unwrap_or_default();
    let step = theme::CONTROL + ui.spacing().item_spacing.y;
    let area = match current.filter(|_| current != known) {
        Some(row) if height > 0.0 => {
            let top = row as f32 * step;
            area.vertical_scroll_offset(offset.clamp((top + step - height).max(0.0), top.max(0.0)))
        }
        _ => area,
    };
    let shown = show(ui, area);
    let seen = (current, shown.state.clamped_offset().y, shown.inner_rect.height());
    ui.data_mut(|data| data.insert_temp(key, seen));
}

fn icon(choice: &Choice) -> Option<char> {
    match choice {
        Choice::Command(_) | Choice::Reopen(..) | Choice::SaveIn(..) | Choice::Theme(_) => None,
        Choice::Branch(_) | Choice::Stash(..) | Choice::ChangeResults(_) => None,
        Choice::Tab(TabContent::Page(page)) => Some(page_icons::of(*page)),
        Choice::File(_) | Choice::Name(..) | Choice::Review(_) | Choice::Tab(_) => Some(icons::FILE),
        Choice::Bookmark(_) => Some(icons::BOOKMARK),
        Choice::Folder(_) => Some(icons::FOLDER_OPEN),
        Choice::Task(_) => Some(icons::PLAY),
        Choice::Problem(_) => Some(icons::CIRCLE_ALERT),
        Choice::Model(_) | Choice::Profile(_) => Some(icons::BOX),
    }
}

/// What an empty list says.
fn nothing_found(state: &State, picker: &Picker) -> String {
    match picker.kind {
        PickerKind::Names if picker.loading => {
            let words = state.worker.doing();
            format!("Asking the model: {words}.")
        }
        PickerKind::Reviews => "No file has a review. Select code and improve it.".into(),
        PickerKind::Names => "The model suggested no name. Escape goes back.".into(),
        PickerKind::Own(_) if picker.loading => "Reading the repository…".into(),
        _ if picker.loading => "Reading the folder…".into(),
        _ if !picker.query.is_empty() => format!("Nothing matches “{}”.", picker.query),
        PickerKind::Files => "The folder is empty.".into(),
        PickerKind::Own(words) => words.empty.into(),
        PickerKind::Tabs => "No tab is open.".into(),
        PickerKind::Bookmarks => crate::features::places::update::no_bookmarks(),
        PickerKind::Profiles => "No matching profiles.".into(),
        PickerKind::Encoding | PickerKind::ReopenWith | PickerKind::SaveWith => {
            "No matching encodings.".into()
        }
        PickerKind::Models => state.models.error.clone().unwrap_or_else(crate::workspace::ask::no_model),
    }
}

fn path(ui: &mut Ui, prompt: &PathPrompt, out: &mut Vec<Event>) {
    let label = prompt.wish.title();
    let action = match prompt.wish {
        PathPurpose::OpenFile => "Open",
        PathPurpose::OpenFolder => "Open this folder",
        PathPurpose::AddFolder => "Add this folder",
        PathPurpose::ImportModel => "Import",
        PathPurpose::Compare(_) => "Compare",
        PathPurpose::Save(_) => "Save",
    };
    let theme = Theme::of(ui);
    ui.horizontal(|ui| {
        ui.add_space(8.0);
        ui.label(RichText::new(label).font(theme::semibold(12.0)).color(theme.text));
    });
    ui.add_space(4.0);
    field(ui, &prompt.text, label, "Path", out);
    ui.add_space(4.0);
    let entries = prompt.shown();
    match &prompt.entries {
        Err(error) => widgets::empty(ui, &error.sentence()),
        Ok(_) if entries.is_empty() && !matches!(prompt.wish, PathPurpose::Save(_)) => {
            widgets::empty(ui, "No matching files.");
        }
        Ok(_) => {}
    }
    let area = rows_area(ui, entries.len(), ROWS - 72.0);
    keep_row_in_view(ui, area, "entries", prompt.current, |ui, area| {
        area.show_rows(ui, theme::CONTROL, entries.len(), |ui, range| {
            for (index, entry) in entries.iter().enumerate().skip(range.start).take(range.len()) {
                let file = file_icons::of(&entry.name);
                let icon = if entry.folder { icons::FOLDER } else { file.sign };
                let current = prompt.current == Some(index);
                let row = ListRow {
                    icon: Some(icon),
                    icon_colour: (!entry.folder).then(|| file.colour(theme)),
                    text: &entry.name,
                    current,
                    dim: entry.ignored,
                    ..ListRow::default()
                };
                if widgets::row(ui, &row).clicked() {
                    out.push(Event::Overlay(OverlayEvent::Pick(index)));
                }
            }
        })
    });
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        if widgets::button(ui, action, "Enter", Tone::Primary).clicked() {
            out.push(Event::Overlay(OverlayEvent::Accept));
        }
        if widgets::button(ui, "Complete", "Tab", Tone::Plain).clicked() {
            out.push(Event::Overlay(OverlayEvent::Complete));
        }
        if widgets::button(ui, "Cancel", "Esc", Tone::Plain).clicked() {
            out.push(Event::Overlay(OverlayEvent::Close));
        }
    });
}
