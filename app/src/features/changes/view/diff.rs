//! What differs in one file, in the look of reviews: what was there above what is, hunk by hunk.

use std::path::{Path, PathBuf};

use egui::{Align2, Rect, Role, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2};
use git::{DiffPart, FileDiff};

use crate::event::Event;
use crate::features::changes::page::{DiffLine, rows};
use crate::features::changes::{Changes, ChangesEvent};
use crate::ui::theme::{self, Theme};
use crate::ui::widgets::{self, Tone};
use crate::ui::{icons, parts};

/// Height of a row.
const ROW: f32 = 20.0;
/// Width of the line numbers.
const GUTTER: f32 = 56.0;

/// Shows it; `back`: it stands in the place of the list, to which there is a way back.
pub fn show(
    ui: &mut Ui,
    changes: &Changes,
    (path, part): &(PathBuf, DiffPart),
    back: bool,
    out: &mut Vec<Event>,
) {
    ui.spacing_mut().item_spacing = vec2(4.0, 0.0);
    header(ui, path, *part, back, out);
    match &changes.page.diff {
        None => widgets::empty(ui, "Reading…"),
        Some(Err(reason)) => {
            ui.add_space(8.0);
            parts::column(ui, |ui| parts::coloured(ui, reason, Theme::of(ui).error));
        }
        Some(Ok(diff)) if diff.is_binary => {
            widgets::empty(ui, "The file is no text: it has no lines to compare.");
        }
        Some(Ok(diff)) if diff.changes.is_empty() => {
            let words = match (&diff.old, &diff.new) {
                (None, _) => "The file is new and empty.",
                (_, None) => "The file was empty and is gone.",
                _ => "No line differs; the file's mode or line ends do.",
            };
            widgets::empty(ui, words);
        }
        Some(Ok(diff)) => hunks(ui, diff, changes.page.is_writing, out),
    }
}

fn header(ui: &mut Ui, path: &Path, part: DiffPart, back: bool, out: &mut Vec<Event>) {
    let theme = Theme::of(ui);
    let words = if part == DiffPart::Staged { "staged, beside the last commit" } else { "not staged yet" };
    let draw = |ui: &mut Ui, rect: Rect| {
        let mut place = rect.with_min_x(rect.left() + 16.0);
        let width = parts::text(ui, place, &path.to_string_lossy(), theme::medium(12.0), theme.text);
        place.min.x += width + 12.0;
        if place.width() > 40.0 {
            parts::text(ui, place, words, theme::label(), theme.muted);
        }
    };
    parts::line(ui, 36.0, draw, |ui| {
        ui.add_space(8.0);
        if back && parts::icon(ui, icons::CHEVRON_LEFT, "Back to the list", "Back to the list").clicked() {
            out.push(Event::Changes(ChangesEvent::Unchoose));
        }
        let open = widgets::sized_button(ui, "Open file", "", Tone::Quiet, 22.0);
        if open.on_hover_text("Open the file in a tab").clicked() {
            out.push(Event::Changes(ChangesEvent::Open(path.to_owned())));
        }
    });
    let bottom = ui.cursor().top() - 0.5;
    ui.painter().hline(ui.max_rect().x_range(), bottom, theme.hairline());
}

fn hunks(ui: &mut Ui, diff: &FileDiff, is_writing: bool, out: &mut Vec<Event>) {
    lines(ui, &diff.path, &rows(diff), Some((diff.part, is_writing)), out);
}

/// Shows the rows of a difference. `part`: its hunks can be moved to the other side, unless something is being written.
pub fn lines(
    ui: &mut Ui,
    salt: impl std::hash::Hash + std::fmt::Debug,
    rows: &[DiffLine],
    part: Option<(DiffPart, bool)>,
    out: &mut Vec<Event>,
) {
    ScrollArea::both().id_salt(salt).auto_shrink(false).show_rows(ui, ROW, rows.len(), |ui, range| {
        for row in &rows[range] {
            one(ui, row, part, out);
        }
    });
}

fn one(ui: &mut Ui, row: &DiffLine, part: Option<(DiffPart, bool)>, out: &mut Vec<Event>) {
    let theme = Theme::of(ui);
    let (sign, number, text, ink, ground) = match row {
        DiffLine::Hunk(hunk, line) => return heading(ui, *hunk, *line, part, out),
        DiffLine::Cut => return widgets::empty(ui, "The rest is not shown: open the file to see it."),
        DiffLine::Context(line, text) => (" ", line, text, theme.muted, None),
        DiffLine::Removed(line, text) => ("−", line, text, theme.removed, Some(theme.removed_ground)),
        DiffLine::Added(line, text) => ("+", line, text, theme.added, Some(theme.added_ground)),
    };
    let code = match row {
        DiffLine::Removed(..) => theme::mix(theme.removed_ground, theme.text, 0.75),
        _ => theme.text,
    };
    let galley = ui.painter().layout_no_wrap(text.clone(), theme::code(13.0), code);
    let width = (GUTTER + 28.0 + galley.size().x).max(ui.available_width());
    let (rect, response) = ui.allocate_exact_size(vec2(width, ROW), Sense::hover());
    let said = match row {
        DiffLine::Removed(..) => "removed",
        DiffLine::Added(..) => "added",
        _ => "unchanged",
    };
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("Line {number}, {said}: {text}")));
    if let Some(ground) = ground {
        ui.painter().rect_filled(rect, 0.0, ground);
        let bar = Rect::from_min_size(rect.min, vec2(3.0, rect.height()));
        ui.painter().rect_filled(bar, 0.0, theme::mix(theme.background, ink, 0.6));
    }
    let middle = rect.center().y;
    let faint = theme::mix(theme.background, theme.muted, 0.8);
    ui.painter().text(
        pos2(rect.left() + GUTTER - 8.0, middle),
        Align2::RIGHT_CENTER,
        number,
        theme::code(11.0),
        faint,
    );
    ui.painter().text(
        pos2(rect.left() + GUTTER + 6.0, middle),
        Align2::CENTER_CENTER,
        sign,
        theme::code(13.0),
        ink,
    );
    let place = pos2(rect.left() + GUTTER + 20.0, (middle - galley.size().y / 2.0).round());
    ui.painter().galley(place, galley, code);
}

fn heading(ui: &mut Ui, hunk: usize, line: usize, part: Option<(DiffPart, bool)>, out: &mut Vec<Event>) {
    let theme = Theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    ui.painter().rect_filled(rect, 0.0, theme.surface);
    let place = rect.with_min_x(rect.left() + GUTTER + 20.0);
    parts::text(ui, place, &format!("Line {line}"), theme::label(), theme.muted);
    let Some((part, is_writing)) = part else { return };
    let (word, tooltip) = match part {
        DiffPart::Unstaged => ("Stage hunk", "Stage these lines alone"),
        DiffPart::Staged => {
            ("Unstage hunk", "Take these lines out of what is staged; the file stays as it is")
        }
    };
    let visible = rect.intersect(ui.clip_rect());
    let area = visible.with_max_x(visible.right() - 16.0);
    let layout = egui::Layout::right_to_left(egui::Align::Center);
    let builder = egui::UiBuilder::new().id_salt(("hunk", hunk)).max_rect(area).layout(layout);
    let mut ui = ui.new_child(builder);
    let button =
        ui.add_enabled_ui(!is_writing, |ui| widgets::sized_button(ui, word, "", Tone::Plain, ROW - 2.0));
    let response = button.inner;
    response.widget_info(|| WidgetInfo::labeled(Role::Button, !is_writing, format!("{word} {}", hunk + 1)));
    if response.on_hover_text(tooltip).clicked() {
        out.push(Event::Changes(ChangesEvent::MoveHunk(hunk)));
    }
}
