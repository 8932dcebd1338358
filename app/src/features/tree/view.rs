//! The sidebar: the folder's name and its files.

use egui::{EventFilter, Id, Rect, Role, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2};
use ground::command::Command;

use crate::event::Event;
use crate::features::tree::TreeEvent;
use crate::ui::icons;
use crate::ui::theme::{self, Theme};
use crate::ui::widgets::{self, Tone};
use crate::workspace::Workspace;
use crate::workspace::tree::{FileTree, TreeEntry, TreeRow};

/// Height of a row.
const ROW: f32 = 24.0;
/// Width of one step of indentation.
const STEP: f32 = 14.0;

/// The id that has the keyboard.
pub fn id() -> Id {
    Id::unique("tree")
}

/// Shows the sidebar.
pub fn show(ui: &mut Ui, workspace: &Workspace, out: &mut Vec<Event>) {
    ui.spacing_mut().item_spacing = vec2(0.0, 0.0);
    header(ui, workspace, out);
    match &workspace.tree {
        Some(tree) => rows(ui, tree, out),
        None => nothing(ui, out),
    }
}

fn header(ui: &mut Ui, workspace: &Workspace, out: &mut Vec<Event>) {
    let theme = Theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), theme::TABS), Sense::hover());
    let name = workspace.tree.as_ref().map_or_else(|| "Files".to_owned(), FileTree::name);
    let title =
        Rect::from_min_max(pos2(rect.left() + 16.0, rect.top()), pos2(rect.right() - 68.0, rect.bottom()));
    widgets::line_in(ui, title, &name, theme::semibold(12.0), theme.text);
    let area = rect.shrink2(vec2(4.0, 3.0));
    let layout = egui::Layout::right_to_left(egui::Align::Center);
    let mut buttons = ui.new_child(egui::UiBuilder::new().max_rect(area).layout(layout));
    if widgets::command_icon(&mut buttons, icons::FOLDER_OPEN, Command::OpenFolder).clicked() {
        out.push(Event::Command(Command::OpenFolder));
    }
    if workspace.tree.is_some()
        && widgets::command_icon(&mut buttons, icons::REFRESH, Command::RefreshTree).clicked()
    {
        out.push(Event::Command(Command::RefreshTree));
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

fn rows(ui: &mut Ui, tree: &FileTree, out: &mut Vec<Event>) {
    let area = ui.available_rect_before_wrap();
    let keyboard = ui.interact(area, id(), Sense::focusable_noninteractive());
    keyboard.widget_info(|| WidgetInfo::labeled(Role::Tree, true, format!("Files of {}", tree.name())));
    let filter = EventFilter { vertical_arrows: true, horizontal_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(id(), filter));
    let focused = keyboard.has_focus();
    let rows = tree.rows();
    ScrollArea::vertical().id_salt("tree").auto_shrink(false).show_rows(ui, ROW, rows.len(), |ui, range| {
        for row in &rows[range] {
            match row {
                TreeRow::Entry { entry, depth, open } => one(ui, tree, (entry, *depth, *open), focused, out),
                TreeRow::Note { text, depth } => note(ui, text, *depth),
            }
        }
    });
    widgets::focus_ring(ui, &keyboard, area.shrink(1.0));
}

fn note(ui: &mut Ui, text: &str, depth: usize) {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    let inner = rect.with_min_x(rect.left() + 34.0 + depth as f32 * STEP);
    if widgets::line_in(ui, inner, text, theme::label(), theme.muted).1 {
        response.on_hover_text(text);
    }
}

fn one(
    ui: &mut Ui,
    tree: &FileTree,
    (entry, depth, open): (&TreeEntry, usize, bool),
    focused: bool,
    out: &mut Vec<Event>,
) {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    let current = tree.current.as_deref() == Some(entry.path.as_path());
    response.widget_info(|| WidgetInfo::selected(Role::TreeItem, true, current, &entry.name));
    if current {
        let ground = if focused { theme.current(theme.surface) } else { theme.hover(theme.surface) };
        ui.painter().rect_filled(rect, 0.0, ground);
    } else if response.hovered() {
        ui.painter().rect_filled(rect, 0.0, theme.hover(theme.surface));
    }
    let left = rect.left() + 12.0 + depth as f32 * STEP;
    let faded = theme::mix(theme.surface, theme.muted, 0.75);
    let ink = match (entry.ignored, current) {
        (true, _) => faded,
        (false, true) => theme.text,
        (false, false) => theme::mix(theme.surface, theme.text, 0.9),
    };
    let icon_ink = if entry.ignored { faded } else { theme.muted };
    let slot = |x: f32| Rect::from_min_size(pos2(x, rect.top()), vec2(16.0, rect.height()));
    if entry.folder {
        let arrow = if open { icons::CHEVRON_DOWN } else { icons::CHEVRON_RIGHT };
        widgets::paint_icon(ui, slot(left), arrow, 14.0, icon_ink);
    }
    widgets::paint_icon(ui, slot(left + 18.0), icon_of(entry, open), 15.0, icon_ink);
    let text = Rect::from_min_max(pos2(left + 40.0, rect.top()), pos2(rect.right() - 8.0, rect.bottom()));
    let (_, cut) = widgets::line_in(ui, text, &entry.name, theme::body(), ink);
    if current && focused {
        let visible = ui.clip_rect();
        if rect.top() < visible.top() || rect.bottom() > visible.bottom() {
            response.scroll_to_me(None);
        }
    }
    if response.clicked() {
        out.push(Event::Tree(TreeEvent::Click(entry.path.clone())));
    }
    if response.double_clicked() && !entry.folder {
        out.push(Event::KeepFile(entry.path.clone()));
    }
    if cut {
        response.on_hover_text(&entry.name);
    }
}

fn icon_of(entry: &TreeEntry, open: bool) -> char {
    if entry.folder {
        return if open { icons::FOLDER_OPEN } else { icons::FOLDER };
    }
    let extension = entry.path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    match extension {
        "json" | "toml" | "yaml" | "yml" => icons::FILE_JSON,
        "md" | "txt" | "rst" => icons::FILE_TEXT,
        "" => icons::FILE,
        _ => icons::FILE_CODE,
    }
}
