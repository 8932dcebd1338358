//! The sidebar: the project's name, its files, and the menu of what is chosen.

use egui::{EventFilter, Id, Rect, Response, Role, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2};
use ground::command::Command;

use super::row::{self, Look, ROW};
use super::{TreeEvent, menu as tree_menu};
use crate::event::Event;
use crate::ui::theme::{self, Theme};
use crate::ui::widgets::{self, Tone};
use crate::ui::{icons, menu};
use crate::workspace::tree::{FileTree, TreeRow};
use crate::workspace::{RepositoryView, Workspace};

/// Sidebars up to this width have the two buttons alone that are used most.
const NARROW: f32 = 220.0;

/// The id that has the keyboard.
pub fn id() -> Id {
    Id::unique("tree")
}

/// The id of the field in which a file is named.
pub fn name_id() -> Id {
    row::name_id()
}

/// Is something being named?
pub fn names(workspace: &Workspace) -> bool {
    workspace.tree.as_ref().is_some_and(|tree| tree.naming.is_some())
}

/// Who has the keyboard when the tree has it.
pub fn focused_id(workspace: &Workspace) -> Id {
    if names(workspace) { name_id() } else { id() }
}

/// Shows the sidebar.
pub fn show(ui: &mut Ui, workspace: &Workspace, out: &mut Vec<Event>) {
    ui.spacing_mut().item_spacing = vec2(0.0, 0.0);
    header(ui, workspace, out);
    match &workspace.tree {
        Some(tree) => {
            if !tree.filter.is_empty() {
                filter(ui, tree, out);
            }
            rows(ui, tree, workspace.repository.as_ref(), out);
        }
        None => nothing(ui, out),
    }
    menu::show(ui, row::menu_id(), "Menu of the file tree", || tree_menu::lines(workspace), out);
}

fn header(ui: &mut Ui, workspace: &Workspace, out: &mut Vec<Event>) {
    let theme = Theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), theme::TABS), Sense::hover());
    let name = workspace.tree.as_ref().map_or_else(|| "Files".to_owned(), FileTree::name);
    let mut commands = vec![(icons::FOLDER_OPEN, Command::OpenFolder)];
    if workspace.tree.is_some() {
        if rect.width() > NARROW {
            commands.push((icons::CHEVRONS_DOWN_UP, Command::TreeCollapse));
            commands.push((icons::FOLDER_PLUS, Command::TreeNewFolder));
        }
        commands.push((icons::FILE_PLUS, Command::TreeNewFile));
    }
    let end = rect.right() - 12.0 - commands.len() as f32 * theme::CONTROL;
    let title = Rect::from_min_max(pos2(rect.left() + 16.0, rect.top()), pos2(end, rect.bottom()));
    widgets::line_in(ui, title, &name, theme::semibold(12.0), theme.text);
    let area = rect.shrink2(vec2(4.0, 3.0));
    let layout = egui::Layout::right_to_left(egui::Align::Center);
    let mut buttons = ui.new_child(egui::UiBuilder::new().max_rect(area).layout(layout));
    for (icon, command) in commands {
        if widgets::command_icon(&mut buttons, icon, command).clicked() {
            out.push(Event::Command(command));
        }
    }
}

/// What the rows are narrowed to; more of it is typed in the tree.
fn filter(ui: &mut Ui, tree: &FileTree, out: &mut Vec<Event>) {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), theme::CONTROL), Sense::hover());
    let shown = rect.shrink2(vec2(8.0, 2.0));
    ui.painter().rect_filled(shown, f32::from(theme::RADIUS), theme.raised);
    ui.painter().rect_stroke(shown, f32::from(theme::RADIUS), theme.hairline(), egui::StrokeKind::Inside);
    let icon = Rect::from_min_size(shown.min + vec2(6.0, 0.0), vec2(16.0, shown.height()));
    widgets::paint_icon(ui, icon, icons::LIST_FILTER, 14.0, theme.muted);
    let text = shown.with_min_x(icon.right() + 6.0).with_max_x(shown.right() - 26.0);
    widgets::line_in(ui, text, &tree.filter, theme::body(), theme.text);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("Names with {}", tree.filter)));
    response.on_hover_text("Typing in the tree narrows it, Escape ends that");
    let place = Rect::from_center_size(pos2(shown.right() - 13.0, shown.center().y), vec2(20.0, 20.0));
    let mut button = ui.new_child(egui::UiBuilder::new().max_rect(place));
    if widgets::icon_button(&mut button, icons::X, 20.0, "Show all files", "Show all files (Escape)")
        .clicked()
    {
        out.push(Event::Tree(TreeEvent::Filter(String::new())));
    }
}

fn nothing(ui: &mut Ui, out: &mut Vec<Event>) {
    widgets::empty(ui, "No folder is open.");
    ui.horizontal(|ui| {
        ui.add_space(8.0);
        let open = Command::OpenFolder;
        if widgets::command_button(ui, open, "Open folder", Tone::Plain, theme::CONTROL).clicked() {
            out.push(Event::Command(open));
        }
    });
}

fn rows(ui: &mut Ui, tree: &FileTree, repository: Option<&RepositoryView>, out: &mut Vec<Event>) {
    let area = ui.available_rect_before_wrap();
    let keyboard = ui.interact(area, id(), Sense::focusable_noninteractive());
    keyboard.widget_info(|| WidgetInfo::labeled(Role::Tree, true, format!("Files of {}", tree.name())));
    let filter = EventFilter {
        vertical_arrows: true,
        horizontal_arrows: true,
        escape: true,
        ..EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(id(), filter));
    // Beneath the rows, which are drawn after it; Tab does not come to it.
    let ground = ui.interact(area, id().with("ground"), Sense::CLICK);
    let look = Look { tree, repository, focused: keyboard.has_focus(), target: row::take_target(ui.ctx()) };
    let rows = tree.rows();
    let current = current_row(tree, &rows);
    let place = wanted_row(ui, tree, &rows, current);
    let mut menu_at = None;
    ScrollArea::vertical().id_salt("tree").auto_shrink(false).show_rows(ui, ROW, rows.len(), |ui, range| {
        let top = ui.max_rect().top();
        let rect_of = |index: usize| {
            let y = top + (index as f32 - range.start as f32) * ROW;
            Rect::from_min_size(pos2(ui.max_rect().left(), y), vec2(1.0, ROW))
        };
        let clip = ui.clip_rect().y_range();
        let is_seen = |rect: &Rect| clip.contains(rect.top()) && clip.contains(rect.bottom());
        if let Some(rect) = place.map(rect_of).filter(|rect| !is_seen(rect)) {
            ui.scroll_to_rect(rect, None);
        }
        menu_at = current.map(rect_of).map(|rect| rect.left_bottom() + vec2(40.0, 0.0));
        for tree_row in &rows[range] {
            match tree_row {
                TreeRow::Entry { entry, depth, open } => row::entry(ui, &look, (entry, *depth, *open), out),
                TreeRow::Note { text, depth } => row::note(ui, text, *depth),
                TreeRow::New { folder, depth } => row::new(ui, &look, *folder, *depth, out),
            }
        }
    });
    let free = area.with_min_y((area.top() + rows.len() as f32 * ROW).min(area.bottom()));
    beneath(&ground, free, out);
    row::dragging(ui, &look, free, out);
    menu_by_key(ui, tree, menu_at.unwrap_or(area.left_top() + vec2(40.0, 20.0)));
    widgets::focus_ring(ui, &keyboard, area.shrink(1.0));
}

/// A click where no row is chooses nothing; with the other button it asks for the menu of the project.
fn beneath(ground: &Response, free: Rect, out: &mut Vec<Event>) {
    if !ground.interact_pointer_pos().is_some_and(|at| free.contains(at)) {
        return;
    }
    if ground.clicked() || menu::on_secondary_click(ground, row::menu_id()) {
        out.push(Event::Tree(TreeEvent::ChooseNone));
    }
}

fn current_row(tree: &FileTree, rows: &[TreeRow<'_>]) -> Option<usize> {
    rows.iter().position(|row| match row {
        // As bytes: there may be many rows.
        TreeRow::Entry { entry, .. } => {
            tree.current.as_ref().is_some_and(|current| current.as_os_str() == entry.path.as_os_str())
        }
        TreeRow::New { .. } | TreeRow::Note { .. } => false,
    })
}

/// The row that should come into view: the current one or the field, when it became that or got another place.
fn wanted_row(ui: &Ui, tree: &FileTree, rows: &[TreeRow<'_>], current: Option<usize>) -> Option<usize> {
    let key = id().with("wanted row");
    let field = rows.iter().position(|row| matches!(row, TreeRow::New { .. }));
    let wanted = field.or(current);
    let now = (tree.current.clone(), field.is_some(), wanted.is_some());
    let known = ui.data(|data| data.get_temp(key));
    if known.as_ref() == Some(&now) {
        return None;
    }
    ui.data_mut(|data| data.insert_temp(key, now));
    wanted
}

/// Each wish for the menu is granted once.
fn menu_by_key(ui: &Ui, tree: &FileTree, at: egui::Pos2) {
    let key = id().with("menu wish");
    let known: u64 = ui.data(|data| data.get_temp(key)).unwrap_or_default();
    if tree.menu_wish() != known {
        ui.data_mut(|data| data.insert_temp(key, tree.menu_wish()));
        if tree.menu_wish() > known {
            menu::open(ui.ctx(), row::menu_id(), at);
        }
    }
}
