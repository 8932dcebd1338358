//! The page of changed files: the commit above, what is staged and what is not, and the difference of one file beside it.

mod commit;
mod diff;
pub mod history;
pub mod peek;

use std::path::Path;

use egui::{Rect, Role, ScrollArea, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};
use git::DiffPart;
use git::status::{ChangedFile, FileState, RepositoryHead};
use ground::command::Command;

use super::{Changes, ChangesEvent, Looked};
use crate::event::Event;
use crate::ui::menu::{self, MenuLine};
use crate::ui::theme::{self, Theme};
use crate::ui::widgets::{self, Tone};
use crate::ui::{icons, parts};
use crate::workspace::Workspace;

/// Pages from this width on have the difference beside the list.
const WIDE: f32 = 720.0;
/// Width of the list there.
const LIST: f32 = 320.0;
/// Height of a file's row.
const ROW: f32 = 26.0;

/// Shows the page.
pub fn show(ui: &mut Ui, changes: &Changes, workspace: &Workspace, out: &mut Vec<Event>) {
    header(ui, changes, out);
    let found = match (&changes.found, &workspace.tree) {
        (_, None) => return nothing(ui, "No folder is open.", Some(Command::OpenFolder), out),
        (Some(Ok(found)), _) => found,
        (Some(Err(reason)), _) => return nothing(ui, reason, Some(Command::RefreshTree), out),
        (None, _) if changes.is_looking => return nothing(ui, "Looking for changes…", None, out),
        (None, Some(tree)) => {
            let words =
                format!("{} is in no git repository. Run `git init` there to make it one.", tree.name());
            return nothing(ui, &words, Some(Command::RefreshTree), out);
        }
    };
    let all = ui.available_rect_before_wrap();
    if all.width() < WIDE {
        match &changes.page.chosen {
            Some(chosen) => diff::show(ui, changes, chosen, true, out),
            None => list(ui, changes, found, out),
        }
        return;
    }
    let left = all.with_max_x(all.left() + LIST);
    let mut side = ui.new_child(UiBuilder::new().id_salt("changed files").max_rect(left));
    side.set_clip_rect(left.intersect(ui.clip_rect()));
    list(&mut side, changes, found, out);
    ui.painter().vline(left.right() + 0.5, all.y_range(), Theme::of(ui).hairline());
    let right = all.with_min_x(left.right() + 1.0);
    let mut side = ui.new_child(UiBuilder::new().id_salt("difference").max_rect(right));
    side.set_clip_rect(right.intersect(ui.clip_rect()));
    match &changes.page.chosen {
        Some(chosen) => diff::show(&mut side, changes, chosen, false, out),
        None => {
            side.add_space(8.0);
            widgets::empty(&mut side, "Choose a file to see what differs in it.");
        }
    }
    ui.advance_cursor_after_rect(all);
}

fn header(ui: &mut Ui, changes: &Changes, out: &mut Vec<Event>) {
    let title = match changes.looked().map(|found| &found.status.head) {
        Some(RepositoryHead::Branch(name)) => format!("Changes on {name}"),
        Some(RepositoryHead::Unborn(name)) => format!("Changes on {name}, which has no commit yet"),
        Some(RepositoryHead::Detached(id)) => format!("Changes at {id}, on no branch"),
        None => "Changes".to_owned(),
    };
    parts::title_bar(ui, &title, |ui| {
        if parts::icon(ui, icons::REFRESH, "Look for changes again", "Look for changes again").clicked() {
            out.push(Event::Changes(ChangesEvent::Moved));
        }
    });
}

fn nothing(ui: &mut Ui, words: &str, way_out: Option<Command>, out: &mut Vec<Event>) {
    parts::column(ui, |ui| {
        parts::coloured(ui, words, Theme::of(ui).muted);
        ui.add_space(8.0);
        if let Some(command) = way_out {
            let name = if command == Command::RefreshTree { "Look again" } else { command.name() };
            if widgets::button(ui, name, "", Tone::Plain).on_hover_text(command.tooltip()).clicked() {
                out.push(Event::Command(command));
            }
        }
    });
}

fn list(ui: &mut Ui, changes: &Changes, found: &Looked, out: &mut Vec<Event>) {
    ui.spacing_mut().item_spacing = vec2(4.0, 0.0);
    commit::show(ui, changes, found, out);
    ScrollArea::vertical().id_salt("changed files").auto_shrink(false).show(ui, |ui| {
        let staged: Vec<&ChangedFile> = found.status.staged().collect();
        let unstaged: Vec<&ChangedFile> = found.status.unstaged().collect();
        if staged.is_empty() && unstaged.is_empty() {
            widgets::empty(ui, "Nothing differs from the last commit.");
        }
        for (part, title, files) in
            [(DiffPart::Staged, "Staged", staged), (DiffPart::Unstaged, "Not staged", unstaged)]
        {
            if !files.is_empty() {
                section(ui, title, part, files.len(), out);
            }
            for file in files {
                row(ui, changes, found, file, part, out);
            }
        }
        if found.status.is_cut {
            let words = format!("More than {} files differ; the rest is not shown.", git::status::MAX_FILES);
            widgets::empty(ui, &words);
        }
        ui.add_space(12.0);
    });
}

fn section(ui: &mut Ui, title: &str, part: DiffPart, count: usize, out: &mut Vec<Event>) {
    ui.add_space(8.0);
    let theme = Theme::of(ui);
    let stage = part == DiffPart::Unstaged;
    let draw = |ui: &mut Ui, rect: Rect| {
        let words = format!("{title} ({count})");
        parts::text(ui, rect.with_min_x(rect.left() + 16.0), &words, theme::semibold(12.0), theme.text)
    };
    parts::line(ui, theme::CONTROL, draw, |ui| {
        ui.add_space(8.0);
        let (word, tooltip) = match stage {
            true => ("Stage all", "Stage all files as they are on disk"),
            false => ("Unstage all", "Take all files out of what is staged; the files stay as they are"),
        };
        if widgets::sized_button(ui, word, "", Tone::Quiet, 22.0).on_hover_text(tooltip).clicked() {
            out.push(Event::Changes(ChangesEvent::MoveAll(stage)));
        }
    });
}

fn row(
    ui: &mut Ui,
    changes: &Changes,
    found: &Looked,
    file: &ChangedFile,
    part: DiffPart,
    out: &mut Vec<Event>,
) {
    let theme = Theme::of(ui);
    let state = if part == DiffPart::Staged { file.staged } else { file.unstaged };
    let state = state.unwrap_or(FileState::Modified);
    let is_chosen = changes.page.chosen.as_ref().is_some_and(|(path, of)| *path == file.path && *of == part);
    let name = words(file, state, part);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::ListItem, true, is_chosen, &name));
    widgets::row_ground(ui, rect, &response, is_chosen);
    let end = button(ui, rect, file, state, part, out);
    let end = counts(ui, rect.with_max_x(end - 8.0), found, file, part);
    let ink = theme::git_colour(theme, state);
    let letter = Rect::from_min_size(rect.min + vec2(16.0, 0.0), vec2(14.0, rect.height()));
    widgets::line_in(ui, letter, &state.letter().to_string(), theme::semibold(11.0), ink);
    let place = Rect::from_min_max(pos2(rect.left() + 34.0, rect.top()), pos2(end - 8.0, rect.bottom()));
    let (own, folder) = (file_name(&file.path), file.path.parent().unwrap_or(Path::new("")));
    let (width, _) = widgets::line_in(ui, place, &own, theme::body(), theme.text);
    let rest = place.with_min_x(place.left() + width + 8.0);
    if rest.width() > 24.0 {
        widgets::line_in(ui, rest, &folder.to_string_lossy(), theme::label(), theme.muted);
    }
    menu::of(ui, &response, "Menu of the changed file", || lines(changes, found, file, part), out);
    if response.clicked() {
        out.push(Event::Changes(ChangesEvent::Choose(file.path.clone(), part)));
    }
    if response.double_clicked() {
        out.push(Event::Changes(ChangesEvent::Open(file.path.clone())));
    }
    response.on_hover_text(format!("{name}\nDouble click opens the file"));
}

/// What can be done with a changed file.
fn lines(changes: &Changes, found: &Looked, file: &ChangedFile, part: DiffPart) -> Vec<MenuLine> {
    let say = |name: &str, event| MenuLine::event(name, "", Event::Changes(event));
    let state = if part == DiffPart::Staged { file.staged } else { file.unstaged };
    let is_gone = state == Some(FileState::Deleted);
    menu::grouped([
        vec![
            say("Open file", ChangesEvent::Open(file.path.clone())).only_if(!is_gone),
            say("Show what differs", ChangesEvent::Choose(file.path.clone(), part)),
        ],
        vec![
            match part {
                DiffPart::Unstaged => say("Stage", moved(file, true)),
                DiffPart::Staged => say("Unstage", moved(file, false)),
            }
            .only_if(!changes.page.is_writing),
        ],
        menu::file_lines(&found.root.join(&file.path), &file.path),
    ])
}

/// A file is staged, or taken back with the place that it came from.
fn moved(file: &ChangedFile, stage: bool) -> ChangesEvent {
    let paths = std::iter::once(file.path.clone()).chain(file.from.clone().filter(|_| !stage));
    ChangesEvent::Move(paths.collect(), stage)
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

fn words(file: &ChangedFile, state: FileState, part: DiffPart) -> String {
    let place = if part == DiffPart::Staged { "staged" } else { "not staged" };
    match file.from.as_ref().filter(|_| part == DiffPart::Staged) {
        Some(from) => format!("{}, {} from {}, {place}", file.path.display(), state.word(), from.display()),
        None => format!("{}, {}, {place}", file.path.display(), state.word()),
    }
}

/// The button that moves a file to the other side; where it begins.
fn button(
    ui: &mut Ui,
    row: Rect,
    file: &ChangedFile,
    state: FileState,
    part: DiffPart,
    out: &mut Vec<Event>,
) -> f32 {
    let stage = part == DiffPart::Unstaged;
    let (word, tooltip) = match (stage, state) {
        (true, FileState::Conflicted) => ("Resolved", "Stage the file: its conflicts are resolved"),
        (true, _) => ("Stage", "Stage the file as it is on disk"),
        (false, _) => ("Unstage", "Take it out of what is staged; the file stays as it is"),
    };
    let layout = egui::Layout::right_to_left(egui::Align::Center);
    let area = row.with_max_x(row.right() - 12.0);
    let builder = UiBuilder::new().id_salt((&file.path, stage)).max_rect(area).layout(layout);
    let mut ui = ui.new_child(builder);
    let response = widgets::sized_button(&mut ui, word, "", Tone::Plain, 20.0);
    let name = format!("{word} {}", file.path.display());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    if response.on_hover_text(tooltip).clicked() {
        out.push(Event::Changes(moved(file, stage)));
    }
    ui.min_rect().left()
}

/// Lines that came in and went, at the right; where they begin.
fn counts(ui: &Ui, row: Rect, found: &Looked, file: &ChangedFile, part: DiffPart) -> f32 {
    let theme = Theme::of(ui);
    let Some(Some((added, removed))) = found.counts.get(&(file.path.clone(), part)) else {
        return row.right();
    };
    let mut end = row.right();
    for (sign, count, ink) in [('−', removed, theme.removed), ('+', added, theme.added)] {
        if *count > 0 {
            let galley = ui.painter().layout_no_wrap(format!("{sign}{count}"), theme::caption(), ink);
            end -= galley.size().x;
            ui.painter().galley(pos2(end, row.center().y - galley.size().y / 2.0), galley, ink);
            end -= 6.0;
        }
    }
    end
}
