//! The commits that changed a file, and beside them what the chosen one changed.

use egui::{Rect, Role, ScrollArea, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};
use git::history::{CommitDiff, FileCommit};

use super::diff;
use crate::event::Event;
use crate::features::changes::page::rows_of;
use crate::features::changes::{Changes, ChangesEvent};
use crate::ui::theme::{self, Theme};
use crate::ui::{parts, widgets};

/// Pages from this width on have the difference beside the list.
const WIDE: f32 = 720.0;
/// Width of the list there.
const LIST: f32 = 320.0;
/// Height of a commit's row.
const ROW: f32 = 42.0;
/// The list's part of the height where the difference is beneath it.
const SHARE: f32 = 0.4;

/// Shows the page.
pub fn show(ui: &mut Ui, changes: &Changes, out: &mut Vec<Event>) {
    let history = &changes.history;
    let name = history.path.file_name().unwrap_or(history.path.as_os_str()).to_string_lossy();
    parts::title_bar(ui, &format!("History of {name}"), |_| {});
    let commits = match &history.commits {
        None => return widgets::empty(ui, "Reading the history…"),
        Some(Err(reason)) => {
            return parts::column(ui, |ui| parts::coloured(ui, reason, Theme::of(ui).error));
        }
        Some(Ok(commits)) if commits.is_empty() => {
            return widgets::empty(ui, "No commit has this file yet.");
        }
        Some(Ok(commits)) => commits,
    };
    let all = ui.available_rect_before_wrap();
    let (list_area, diff_area) = if all.width() < WIDE {
        let middle = all.top() + (all.height() * SHARE).floor();
        ui.painter().hline(all.x_range(), middle + 0.5, Theme::of(ui).hairline());
        (all.with_max_y(middle), all.with_min_y(middle + 1.0))
    } else {
        let middle = all.left() + LIST;
        ui.painter().vline(middle + 0.5, all.y_range(), Theme::of(ui).hairline());
        (all.with_max_x(middle), all.with_min_x(middle + 1.0))
    };
    let mut side = ui.new_child(UiBuilder::new().id_salt("commits").max_rect(list_area));
    side.set_clip_rect(list_area.intersect(ui.clip_rect()));
    list(&mut side, changes, commits, out);
    let mut side = ui.new_child(UiBuilder::new().id_salt("commit").max_rect(diff_area));
    side.set_clip_rect(diff_area.intersect(ui.clip_rect()));
    chosen(&mut side, changes, out);
    ui.advance_cursor_after_rect(all);
}

fn list(ui: &mut Ui, changes: &Changes, commits: &[(FileCommit, String)], out: &mut Vec<Event>) {
    ui.spacing_mut().item_spacing = vec2(0.0, 0.0);
    let is_cut = changes.history.is_cut;
    let rows = commits.len() + usize::from(is_cut);
    ScrollArea::vertical().id_salt("commits").auto_shrink(false).show_rows(ui, ROW, rows, |ui, range| {
        for index in range {
            match commits.get(index) {
                Some(commit) => row(ui, commit, (index, index == changes.history.chosen), out),
                None => widgets::empty(ui, "Older commits are not listed."),
            }
        }
    });
}

fn row(
    ui: &mut Ui,
    (commit, age): &(FileCommit, String),
    (index, is_chosen): (usize, bool),
    out: &mut Vec<Event>,
) {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    let name = format!("{}, {}, {age}", commit.subject, commit.author);
    response.widget_info(|| WidgetInfo::selected(Role::ListItem, true, is_chosen, &name));
    widgets::row_ground(ui, rect, &response, is_chosen);
    let inner = rect.shrink2(vec2(16.0, 4.0));
    let middle = inner.center().y;
    let first = Rect::from_min_max(inner.min, pos2(inner.right(), middle));
    let second = Rect::from_min_max(pos2(inner.left(), middle), inner.max);
    widgets::line_in(ui, first, &commit.subject, theme::body(), theme.text);
    let who = format!("{}, {age}", commit.author);
    widgets::line_in(ui, second, &who, theme::label(), theme.muted);
    if response.clicked() {
        out.push(Event::Changes(ChangesEvent::ChooseCommit(index)));
    }
    response.on_hover_text(format!("{}\n{who}\n{:.10}", commit.subject, commit.id.to_string()));
}

/// What the chosen commit changed.
fn chosen(ui: &mut Ui, changes: &Changes, out: &mut Vec<Event>) {
    let Some(commit) = changes.history.chosen_commit() else { return };
    ui.spacing_mut().item_spacing = vec2(4.0, 0.0);
    let theme = Theme::of(ui);
    let words = match commit.from.as_ref().filter(|from| **from != commit.path) {
        Some(from) => format!("{}, renamed from {}", commit.path.display(), from.display()),
        None => commit.path.display().to_string(),
    };
    let draw = |ui: &mut Ui, rect: Rect| {
        let id = format!("{:.10}", commit.id.to_string());
        let place = rect.with_min_x(rect.left() + 16.0);
        let width = parts::text(ui, place, &id, theme::code(12.0), theme.muted);
        parts::text(
            ui,
            place.with_min_x(place.left() + width + 12.0),
            &words,
            theme::medium(12.0),
            theme.text,
        );
    };
    parts::line(ui, 36.0, draw, |_| {});
    let bottom = ui.cursor().top() - 0.5;
    ui.painter().hline(ui.max_rect().x_range(), bottom, theme.hairline());
    match &changes.history.diff {
        None => widgets::empty(ui, "Reading…"),
        Some(Err(reason)) => parts::column(ui, |ui| parts::coloured(ui, reason, Theme::of(ui).error)),
        Some(Ok(diff)) if diff.changes.is_empty() => widgets::empty(ui, nothing_differs(diff)),
        Some(Ok(diff)) => {
            let rows = rows_of(diff.old.as_deref(), diff.new.as_deref(), &diff.changes);
            diff::lines(ui, ("commit", commit.id.to_string()), &rows, None, out);
        }
    }
}

fn nothing_differs(diff: &CommitDiff) -> &'static str {
    match (&diff.old, &diff.new) {
        _ if diff.is_binary => "The file is no text: it has no lines to compare.",
        (None, None) => "The file is a link or a repository: it has no lines.",
        (None, _) => "The file came empty.",
        (_, None) => "The file was empty and went.",
        _ => "No line differs; the file's name or mode does.",
    }
}
